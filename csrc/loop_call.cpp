#include "loop_call.h"

#include <algorithm>
#include <mutex>

#include "lists.h"
#include "loop_run.h"
#include "ops/host.h"
#include "ops/ops.h"

namespace ag {

namespace {

Value rows_between(const Value& all, i64 begin, i64 end) {
    return slice_axis(all, 0, begin, end - begin, false);
}

// The inputs of the first round, to record its derivative with.
Round::Example of_round(const Round& round, const std::vector<Value>& inputs) {
    return [&round, &inputs] {
        const Computing scope;
        std::vector<Value> values;
        for (u32 k = 0; k < inputs.size(); ++k) {
            const Value v = inputs[k].detached();
            const bool is_row = k >= round.carried() && k < round.carried() + round.rows();
            values.push_back(is_row ? slice_axis(v, 0, 0, 1, true) : v);
        }
        return values;
    };
}

// What the rounds have handed to a derivative: by which inputs, and of which outputs.
struct HandedOver {
    std::vector<u8> wanted, reached;
    Round::Keeps keeps = Round::Keeps::carried;
    std::vector<Value> stacked;
};

// The last ones of a list.
std::vector<Value> last_of(const std::vector<Value>& list, u32 count) {
    return {list.end() - static_cast<std::ptrdiff_t>(count), list.end()};
}

// A loop over values that a tape knows: what its record holds.
class LoopCall final : public Host {
   public:
    LoopCall(const LoopSpec& loop, const std::vector<Value>& inputs, i64 count,
             Checkpoints&& checkpoints, HandedOver&& kept)
        : Host({"loop"}),
          loop_(loop),
          checkpoints_(std::move(checkpoints)),
          kept_(std::move(kept)) {
        loop_.condition = nullptr;
        loop_.count = count;
        for (const Value& v : inputs) inputs_.push_back(v.detached());
    }

    bool pull(HostPull& call) override {
        CallOutside outside;
        Sweep sweep(*this, call);
        for (i64 end = loop_.count; end > 0;) {
            const i64 begin = (end - 1) / sweep.step * sweep.step;
            pull_part(call, sweep, begin, end);
            end = begin;
        }
        const u32 carried = loop_.round->carried(), rows = loop_.round->rows();
        auto next = sweep.cotangents.begin();
        if (sweep.pullback != nullptr)
            for (const u32 k : sweep.pullback->moving) call.cotangents[k] = *next++;
        for (u32 k = 0; k < inputs_.size(); ++k) {
            if (!sweep.wanted[k]) {
                continue;
            } else if (k < carried) {
                call.answers[k] = call.cotangents[k];
            } else if (k >= carried + rows) {
                call.answers[k] = sweep.sums[k];
            } else if (sweep.pieces[k].empty()) {
                call.answers[k] = zeros(inputs_[k].dtype, inputs_[k].shape());
            } else {
                call.answers[k] = joined(sweep.pieces[k]);
            }
            call.given[k] = HostPull::recorded;
        }
        return outside.has_moved();
    }

    bool push(HostPush& call) override {
        const Round& round = *loop_.round;
        const u32 carried = round.carried(), rows = round.rows();
        if (!is_differentiable(round.output_type(static_cast<u32>(call.output)).dtype))
            return false;
        CallOutside outside;
        std::vector<u8> given(inputs_.size());
        for (u32 k = 0; k < inputs_.size(); ++k)
            given[k] = call.reached[k] && is_differentiable(inputs_[k].dtype);
        const std::vector<u32>& pushed = round.pushed(given);
        const auto own = std::find(pushed.begin(), pushed.end(), call.output);
        if (call.output < carried && own == pushed.end()) return false;
        const bool recorded = active_log != nullptr;
        std::vector<Value> outputs;
        if (recorded || !remembers(call.tangents, outputs)) {
            const std::vector<Value> inputs = recorded ? known(call.nodes) : inputs_;
            std::vector<Value> all{inputs.begin(), inputs.begin() + carried};
            for (const u32 k : pushed)
                all.push_back(given[k] ? call.tangents[k]
                                       : zeros(inputs_[k].dtype, inputs_[k].shape()));
            const auto add = [&](std::size_t begin, std::size_t end) {
                for (std::size_t k = begin; k < end; ++k) all.push_back(inputs[k]);
                for (std::size_t k = begin; k < end; ++k)
                    if (given[k]) all.push_back(call.tangents[k]);
            };
            add(carried, carried + rows);
            add(carried + rows, inputs_.size());
            LoopSpec both = loop_;
            both.checkpoints = false;
            both.round = loop_.count == 0 ? nullptr : round.jvp(given, of_round(round, inputs_));
            outputs = loop_.count == 0 ? nothing_pushed(all, carried + pushed.size())
                                       : run_loop(both, all);
            if (!recorded) remember(call.tangents, outputs);
        }
        std::size_t place = carried + static_cast<std::size_t>(own - pushed.begin());
        for (u32 k = carried; k < call.output; ++k)
            place += is_differentiable(round.output_type(k).dtype);
        call.answer = outputs[place];
        call.given = HostPull::recorded;
        return outside.has_moved();
    }

    std::string no_further_derivative() const override {
        return "[loop] has no further derivative";
    }

   private:
    LoopSpec loop_;
    std::vector<Value> inputs_;
    const Checkpoints checkpoints_;
    const HandedOver kept_;
    // What was pushed last: tangents are asked for output by output.
    std::mutex mutex_;
    std::vector<Value> last_tangents_, last_outputs_;

    ~LoopCall() override = default;

    // What goes through the rounds, from the last to the first.
    struct Sweep {
        std::vector<u8> wanted, reached;
        bool recorded, is_kept;  // what was handed over when the rounds were run is all it takes
        const std::vector<Value> inputs;
        const Round::Pullback* pullback = nullptr;
        RoundPointer backward;
        i64 step = 1;                            // rounds at a time
        std::vector<u32> constants;              // that the pullback is for
        std::vector<Value> cotangents;           // of what is carried and moves
        std::vector<Value> sums;                 // by input, of constants
        std::vector<std::vector<Value>> pieces;  // of the rows, from the last on

        Sweep(const LoopCall& loop, const HostPull& call)
            : wanted(loop.inputs_.size()),
              reached(loop.loop_.round->program().outputs().size()),
              recorded(active_log != nullptr),
              is_kept(false),
              inputs(recorded ? loop.known(call.nodes) : loop.inputs_),
              sums(inputs.size()),
              pieces(inputs.size()) {
            const Round& round = *loop.loop_.round;
            const u32 carried = round.carried(), rows = round.rows();
            for (u32 k = 0; k < inputs.size(); ++k)
                wanted[k] = call.wanted[k] && is_differentiable(inputs[k].dtype);
            for (u32 k = 0; k < reached.size(); ++k)
                reached[k] = call.reached[k] && is_differentiable(round.output_type(k).dtype);
            for (u32 k = carried + rows; k < inputs.size(); ++k)
                if (wanted[k]) sums[k] = zeros(inputs[k].dtype, inputs[k].shape());
            if (loop.loop_.count == 0) return;
            // What is wanted is among what was when the rounds were run.
            const HandedOver& kept = loop.kept_;
            if (!recorded && !loop.loop_.checkpoints) {
                is_kept =
                    reached == kept.reached ||
                    (std::equal(reached.begin() + carried, reached.end(),
                                kept.reached.begin() + carried) &&
                     round.moving(kept.wanted, reached) == round.moving(kept.wanted, kept.reached));
                if (!is_kept) round.note_reached(reached);
            }
            const std::vector<u8>& by = is_kept ? kept.wanted : wanted;
            const std::vector<u8>& of = is_kept ? kept.reached : reached;
            for (u32 k = carried + rows; k < inputs.size(); ++k)
                if (by[k]) constants.push_back(k);
            pullback = &round.pullback(by, of, kept.keeps, of_round(round, inputs));
            for (const u32 k : pullback->moving) cotangents.push_back(call.cotangents[k]);
            backward = is_kept ? loop.narrowed(*pullback, wanted) : pullback->backward;
            step = recorded ? loop.loop_.count : loop.part_length(*pullback);
        }
    };

    // As many rounds at a time as their factors are worth keeping.
    i64 part_length(const Round::Pullback& pullback) const {
        constexpr i64 most_bytes = i64{1} << 22;
        i64 bytes = 1;
        for (const auto& product : pullback.products) bytes += product.bytes;
        const i64 length = loop_.checkpoints ? checkpoints_.every : loop_.count;
        return loop_.checkpoints ? length : std::min(length, std::max<i64>(most_bytes / bytes, 16));
    }

    std::vector<Value> known(const SmallVector<u32, 8>& nodes) const {
        std::vector<Value> inputs = inputs_;
        for (std::size_t k = 0; k < inputs.size(); ++k) inputs[k].node = nodes[k];
        return inputs;
    }

    Value joined(std::vector<Value>& pieces) const {
        if (pieces.size() == 1) return pieces[0];
        if (!loop_.backwards) std::reverse(pieces.begin(), pieces.end());
        return concat(pieces, 0);
    }

    // The rounds [begin, end).
    void pull_part(const HostPull& call, Sweep& sweep, i64 begin, i64 end) const {
        const Round& round = *loop_.round;
        const u32 carried = round.carried(), rows = round.rows();
        const bool is_whole = begin == 0 && end == loop_.count;
        const i64 first = loop_.backwards ? loop_.count - end : begin;
        const auto part = [&](const Value& all) {
            return is_whole ? all : rows_between(all, first, first + end - begin);
        };
        std::vector<Value> given = sweep.inputs, residuals;
        for (u32 k = carried; k < carried + rows; ++k) given[k] = part(given[k]);
        if (sweep.is_kept) {
            for (const Value& stacked : kept_.stacked) residuals.push_back(part(stacked));
        } else {
            LoopSpec again = loop_;
            again.round = sweep.pullback->forward;
            again.count = end - begin;
            again.checkpoints = false;
            if (!sweep.recorded && loop_.checkpoints)
                for (u32 k = 0; k < carried; ++k)
                    given[k] =
                        slice_axis(checkpoints_.carried[k], 0, begin / checkpoints_.every, 1, true);
            residuals =
                last_of(sweep.recorded ? run_loop(again, given) : run_rounds(again, given).outputs,
                        sweep.pullback->residuals);
        }
        LoopSpec back;
        back.round = sweep.backward;
        back.count = end - begin;
        back.backwards = !loop_.backwards;
        std::vector<u32> summed;
        for (u32 n = 0; n < sweep.constants.size(); ++n)
            if (sweep.pullback->is_summed[n] && sweep.wanted[sweep.constants[n]])
                summed.push_back(sweep.constants[n]);
        std::vector<Value> all = sweep.cotangents;
        for (u32 k : summed) all.push_back(sweep.sums[k]);
        append(all, residuals);
        append(all, {given.begin() + carried, given.begin() + carried + rows});
        for (u32 k = carried; k < sweep.reached.size(); ++k)
            if (sweep.reached[k]) all.push_back(part(call.cotangents[k]));
        append(all, {given.begin() + carried + rows, given.end()});
        const std::vector<Value> found = run_loop(back, all);
        auto next = found.begin();
        for (Value& cotangent : sweep.cotangents) cotangent = *next++;
        for (u32 k : summed) sweep.sums[k] = *next++;
        for (u32 k = carried; k < carried + rows; ++k)
            if (sweep.wanted[k]) sweep.pieces[k].push_back(*next++);
        for (const auto& product : sweep.pullback->products) {
            const u32 k = sweep.constants[product.constant];
            if (!sweep.wanted[k]) continue;
            const Value &left = *next++, &right = *next++;
            sweep.sums[k] = binary(Op::add, sweep.sums[k], product.of(left, right));
        }
    }

    // For less than what was wanted when the rounds were run.
    RoundPointer narrowed(const Round::Pullback& pullback, const std::vector<u8>& wanted) const {
        const Round& round = *loop_.round;
        const u32 carried = round.carried(), rows = round.rows();
        std::vector<u8> sums(pullback.moving.size(), true), results;
        for (u32 k = carried; k < carried + rows; ++k)
            if (kept_.wanted[k]) results.push_back(wanted[k]);
        std::vector<u8> of_constants;
        for (u32 k = carried + rows; k < inputs_.size(); ++k)
            if (kept_.wanted[k]) of_constants.push_back(wanted[k]);
        for (std::size_t n = 0; n < of_constants.size(); ++n)
            if (pullback.is_summed[n]) sums.push_back(of_constants[n]);
        for (const auto& product : pullback.products)
            results.insert(results.end(), 2, of_constants[product.constant]);
        const auto is_all = [](const std::vector<u8>& flags) {
            return std::count(flags.begin(), flags.end(), 0) == 0;
        };
        if (is_all(sums) && is_all(results)) return pullback.backward;
        return pullback.backward->narrowed(sums, results);
    }

    // Of no rounds: what is carried, its tangents, and no rows.
    std::vector<Value> nothing_pushed(const std::vector<Value>& all, std::size_t count) const {
        const Round& round = *loop_.round;
        std::vector<Value> outputs{all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)};
        for (u32 k = 0; k < round.results(); ++k) {
            const TypeEntry& type = round.output_type(round.carried() + k);
            if (is_differentiable(type.dtype))
                outputs.push_back(zeros(type.dtype, in_front(0, type.shape)));
        }
        return outputs;
    }

    static bool is_same(const Value& a, const Value& b) {
        return a.is_array == b.is_array && a.dtype == b.dtype && a.bits == b.bits;
    }
    bool remembers(const std::vector<Value>& tangents, std::vector<Value>& outputs) {
        std::lock_guard<std::mutex> guard(mutex_);
        if (!std::equal(tangents.begin(), tangents.end(), last_tangents_.begin(),
                        last_tangents_.end(), is_same))
            return false;
        outputs = last_outputs_;
        return true;
    }
    void remember(const std::vector<Value>& tangents, const std::vector<Value>& outputs) {
        std::lock_guard<std::mutex> guard(mutex_);
        last_tangents_ = tangents;
        last_outputs_ = outputs;
    }
};

// The round that keeps what a derivative reads, as far as there is memory for that. Says in `kept`
// how it keeps it.
RoundPointer with_residuals(const LoopSpec& loop, const std::vector<Value>& inputs,
                            HandedOver& kept) {
    constexpr i64 most_bytes = i64{1} << 28;
    const Round& round = *loop.round;
    const Round::Example example = of_round(round, inputs);
    const auto pullback = [&](Round::Keeps keeps) -> const Round::Pullback& {
        kept.keeps = keeps;
        return round.pullback(kept.wanted, kept.reached, keeps, example);
    };
    const auto bytes = [&](const Round::Pullback& p) {
        i64 sum = 0;
        for (u32 k = round.results(); k < p.forward->results(); ++k)
            sum += bytes_of(p.forward->output_type(round.carried() + k));
        return sum;
    };
    const i64 count = loop.condition == nullptr ? loop.count : round.last_count.load();
    const Round::Pullback& all = pullback(Round::Keeps::residuals);
    if (bytes(all) <= most_bytes / std::max<i64>(count, 1)) return all.forward;
    const Round::Pullback& carried = pullback(Round::Keeps::carried);
    if (bytes(all) > 2 * bytes(carried)) return carried.forward;
    return pullback(Round::Keeps::residuals).forward;
}

}  // namespace

HostRef loop_to_record(const LoopSpec& loop, const std::vector<Value>& inputs) {
    HandedOver kept;
    kept.keeps = Round::Keeps::residuals;
    return HostRef::take(new LoopCall(loop, inputs, loop.count, Checkpoints(), std::move(kept)));
}

std::vector<Value> record_loop(const LoopSpec& loop, const std::vector<Value>& inputs,
                               std::vector<u8> known) {
    const Round& round = *loop.round;
    HandedOver kept;
    kept.wanted = std::move(known);
    // What a derivative by all that may be asked for reads; one by less reads no more. Of which
    // outputs it will be, nobody knows: of those that the last one was of, or else of all.
    kept.reached = round.last_reached();
    if (kept.reached.empty())
        for (u32 k = 0; k < round.program().outputs().size(); ++k)
            kept.reached.push_back(is_differentiable(round.output_type(k).dtype));
    LoopSpec first = loop;
    if (!loop.checkpoints && loop.count != 0) first.round = with_residuals(loop, inputs, kept);
    Ran ran = run_rounds(first, inputs, loop.checkpoints);
    std::vector<Value> outputs = std::move(ran.outputs);
    const auto own =
        outputs.begin() + static_cast<std::ptrdiff_t>(round.program().outputs().size());
    kept.stacked.assign(own, outputs.end());
    outputs.erase(own, outputs.end());
    const HostRef call = HostRef::take(
        new LoopCall(loop, inputs, ran.count, std::move(ran.checkpoints), std::move(kept)));
    record_custom(*call.get(), inputs, outputs);
    return outputs;
}

}  // namespace ag
