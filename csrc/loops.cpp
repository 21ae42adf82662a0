#include "loops.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "composite.h"
#include "path.h"
#include "patience.h"

namespace ag {

// ---------------------------------------------------------------- running

namespace {

void append(std::vector<Value>& list, const std::vector<Value>& more) {
    list.insert(list.end(), more.begin(), more.end());
}

i64 bytes_of(const TypeEntry& type) { return type.shape.size() * itemsize(type.dtype); }

// A number of so many bytes, mostly of 8 or 4.
void copy_number(void* target, const void* source, i64 bytes) {
    if (bytes == 8)
        std::memcpy(target, source, 8);
    else if (bytes == 4)
        std::memcpy(target, source, 4);
    else
        std::memcpy(target, source, static_cast<std::size_t>(bytes));
}

// Rows that are read one after the other.
class Rows {
   public:
    explicit Rows(const Value& all) : all_(all.detached()) {
        const Array& a = *all_.array;
        row_ = Shape(a.shape() + 1, a.rank - 1);
        is_number_ = row_.rank == 0 && fits_inline(all_.dtype);
    }
    u64 number_at(i64 k) const {
        u64 bits = 0;
        copy_number(&bits, all_.array->data + k * all_.array->strides()[0], itemsize(all_.dtype));
        return bits;
    }
    Value at(i64 k) const {
        char* const data = all_.array->data + k * all_.array->strides()[0];
        if (is_number_) return Value::from_bits(all_.dtype, number_at(k));
        return Value::take(
            Array::view(all_.array, all_.dtype, data, row_, all_.array->strides() + 1));
    }

   private:
    Value all_;
    Shape row_;
    bool is_number_;
};

// Rows that are written.
class Stack {
   public:
    Stack(const TypeEntry& type, i64 rows)
        : type_(type),
          bytes_(bytes_of(type)),
          rows_(rows),
          all_(make_value(type.dtype, in_front(rows, type.shape))) {}
    void put_number(i64 k, u64 bits) {
        if (AG_UNLIKELY(k >= rows_)) grow(std::max(2 * rows_, k + 1));
        copy_number(all_.mutable_data() + k * bytes_, &bits, bytes_);
    }
    void put(i64 k, const Value& row) {
        if (k >= rows_) grow(std::max(2 * rows_, k + 1));
        const Value v = ag::contiguous(row);
        if (v.dtype != type_.dtype || v.size() * itemsize(v.dtype) != bytes_)
            fail("a round of a loop gave another type than the first one");
        copy_bytes(all_.mutable_data() + k * bytes_, v.data(), bytes_);
    }
    // Keeps every second row.
    void halve(i64 rows) {
        for (i64 k = 1; 2 * k < rows; ++k)
            std::memmove(all_.mutable_data() + k * bytes_, all_.data() + 2 * k * bytes_,
                         static_cast<std::size_t>(bytes_));
    }
    Value finish(i64 rows) {
        if (rows != rows_) grow(rows);
        return std::move(all_);
    }

   private:
    TypeEntry type_;
    i64 bytes_, rows_;
    Value all_;

    void grow(i64 rows) {
        Value larger = make_value(type_.dtype, in_front(rows, type_.shape));
        copy_bytes(larger.mutable_data(), all_.data(), std::min(rows, rows_) * bytes_);
        all_ = std::move(larger);
        rows_ = rows;
    }
};

// Of what was carried into every so many rounds: rows.
struct Checkpoints {
    std::vector<Value> carried;
    i64 every = 1;
};

struct Ran {
    std::vector<Value> outputs;
    Checkpoints checkpoints;
    i64 count = 0;
};

class Run {
   public:
    // `keeps`: checkpoints.
    Run(const LoopSpec& loop, const std::vector<Value>& inputs, bool keeps)
        : loop_(loop),
          own_(loop.condition == nullptr ? loop.round
                                         : loop.round->with_condition(*loop.condition)),
          round_(*own_),
          code_(round_.program().code()),
          carried_(round_.carried()),
          keeps_(keeps) {
        fill_constants(code_, slots_);
        for (u32 k = 0; k < inputs.size(); ++k)
            if (k >= carried_ && k < carried_ + round_.rows())
                rows_.emplace_back(inputs[k]);
            else
                slots_[k] = inputs[k].detached();
        find_movable();
        for (u32 k = 0; k < loop.round->results(); ++k) {
            const TypeEntry& type = round_.output_type(carried_ + k);
            results_.emplace_back(type, loop.condition == nullptr ? loop.count : room(type));
        }
        if (!keeps_) return;
        if (loop.condition == nullptr)
            every_ = static_cast<i64>(std::ceil(std::sqrt(static_cast<double>(loop.count))));
        every_ = std::max<i64>(every_, 1);
        const i64 rows = loop.condition == nullptr ? (loop.count + every_ - 1) / every_ : least;
        for (u32 k = 0; k < carried_; ++k) checkpoints_.emplace_back(round_.input_type(k), rows);
    }

    Ran all() {
        if (loop_.condition != nullptr) {
            const auto asked = slots_.begin() + static_cast<std::ptrdiff_t>(input_count());
            goes_on_ = is_true(loop_.condition->run({slots_.begin(), asked})[0]);
        }
        i64 done = 0;
        if (is_next(0)) done = all_rounds();
        without_.reset();
        loop_.round->last_count.store(done, std::memory_order_relaxed);
        Ran ran;
        ran.count = done;
        for (u32 k = 0; k < carried_; ++k) ran.outputs.push_back(std::move(slots_[k]));
        for (Stack& s : results_) ran.outputs.push_back(s.finish(done));
        for (Stack& s : checkpoints_) ran.checkpoints.carried.push_back(s.finish(kept_));
        ran.checkpoints.every = every_;
        return ran;
    }

   private:
    void require_own_types() const {
        std::vector<Value> first(slots_.begin(),
                                 slots_.begin() + static_cast<std::ptrdiff_t>(input_count()));
        for (u32 k = 0; k < rows_.size(); ++k) first[carried_ + k] = rows_[k].at(row_of(0));
        round_.program().require_own_types(first);
    }

    i64 all_rounds() {
        if (AG_UNLIKELY(round_.program().is_believed())) require_own_types();
        const Plan& plan = round_.plan();
        work_ = static_cast<i64>(plan.size());
        for (u32 slot = 0; slot < code_.slot_count(); ++slot)
            work_ += code_.type(slot).shape.size() / 16;
        return is_of_numbers() && !checking ? go_by_numbers(plan) : go(plan);
    }

    const LoopSpec& loop_;
    const RoundPointer own_;
    const Round& round_;
    const Code& code_;
    const u32 carried_;
    const bool keeps_;
    std::vector<Value> slots_;
    std::vector<Rows> rows_;
    std::vector<Stack> results_;
    std::vector<Stack> checkpoints_;
    std::vector<u8> movable_;  // of what is carried on: whether its slot may be emptied
    i64 every_ = 1, kept_ = 0;
    bool goes_on_ = true;
    i64 work_ = 0, spent_ = 0;  // of a round; of all
    Patience patience_;
    std::optional<WithoutLock> without_;

    static constexpr i64 least = 16;  // rows
    // Rows to begin with, where nobody knows their number: as many as the last loop had, within
    // limits.
    i64 room(const TypeEntry& type) const {
        constexpr i64 most_bytes = i64{1} << 24;
        const i64 last = loop_.round->last_count.load(std::memory_order_relaxed);
        return std::max(least, std::min(last, most_bytes / std::max<i64>(bytes_of(type), 1)));
    }
    u32 input_count() const { return round_.program().input_count(); }
    u32 output(u32 k) const { return round_.program().outputs()[k]; }

    void find_movable() {
        std::vector<u32> uses(code_.slot_count());
        // Results have been read before.
        for (u32 k = 0; k < carried_; ++k) ++uses[output(k)];
        for (const auto& constant : code_.constants) ++uses[constant.first];
        for (u32 k = carried_ + round_.rows(); k < input_count(); ++k) ++uses[k];
        for (u32 k = 0; k < carried_; ++k) movable_.push_back(uses[output(k)] == 1);
    }

    // Others run meanwhile, where that is worth while.
    void spend() {
        constexpr i64 is_long = 200'000;
        spent_ += work_;
        if (AG_UNLIKELY(spent_ > is_long) && !without_.has_value() &&
            !round_.program().needs_python())
            without_.emplace();
        patience_.spend(work_);
    }

    bool is_next(i64 done) const { return goes_on_ && (loop_.count < 0 || done < loop_.count); }
    i64 row_of(i64 done) const { return loop_.backwards ? loop_.count - 1 - done : done; }

    i64 go(const Plan& plan) {
        std::vector<Value> next(carried_);
        i64 done = 0;
        for (; is_next(done); ++done) {
            const i64 row = row_of(done);
            if (keeps_) keep(done);
            for (u32 k = 0; k < rows_.size(); ++k) slots_[carried_ + k] = rows_[k].at(row);
            run_round(plan);
            if (loop_.condition != nullptr)
                goes_on_ = is_true(slots_[round_.program().outputs().back()]);
            for (u32 k = 0; k < results_.size(); ++k)
                results_[k].put(row, slots_[output(carried_ + k)]);
            for (u32 k = 0; k < carried_; ++k) {
                Value& made = slots_[output(k)];
                next[k] = movable_[k] ? std::move(made) : made;
            }
            for (u32 k = 0; k < carried_; ++k) slots_[k] = std::move(next[k]);
            spend();
        }
        return done;
    }

    // All that is carried, given and made are numbers of up to 8 bytes, and so is what is between.
    bool is_of_numbers() const {
        const auto is_number = [&](u32 slot) {
            return code_.type(slot).shape.rank == 0 && fits_inline(code_.type(slot).dtype);
        };
        for (u32 k = 0; k < input_count(); ++k)
            if (!is_number(k)) return false;
        for (u32 slot : round_.program().outputs())
            if (!is_number(slot)) return false;
        return Plan::Numbers::fits(round_.plan());
    }

    i64 go_by_numbers(const Plan& plan) {
        Plan::Numbers numbers(plan, input_count());
        for (u32 k = 0; k < input_count(); ++k) numbers.input(k) = slots_[k].bits;
        std::vector<const u64*> made;
        for (u32 slot : round_.program().outputs()) {
            const u64* const value = numbers.value_of(slot);
            made.push_back(value != nullptr ? value : &slots_[slot].bits);
        }
        std::vector<u64> next(carried_);
        i64 done = 0;
        for (; is_next(done); ++done) {
            const i64 row = row_of(done);
            if (keeps_) {
                for (u32 k = 0; k < carried_; ++k) slots_[k].bits = numbers.input(k);
                keep(done);
            }
            for (u32 k = 0; k < rows_.size(); ++k)
                numbers.input(carried_ + k) = rows_[k].number_at(row);
            numbers.run();
            if (loop_.condition != nullptr) goes_on_ = *made.back() & 0xff;
            for (u32 k = 0; k < results_.size(); ++k)
                results_[k].put_number(row, *made[carried_ + k]);
            for (u32 k = 0; k < carried_; ++k) next[k] = *made[k];
            for (u32 k = 0; k < carried_; ++k) numbers.input(k) = next[k];
            spend();
        }
        for (u32 k = 0; k < carried_; ++k)
            slots_[k] = Value::from_bits(round_.input_type(k).dtype, numbers.input(k));
        return done;
    }

    void run_round(const Plan& plan) {
        if (AG_LIKELY(!checking)) return plan.run(slots_);
        const std::vector<Value> given(slots_.begin(), slots_.begin() + input_count());
        std::vector<Value> found = round_.program().run(given);
        for (u32 k = 0; k < found.size(); ++k) slots_[output(k)] = found[k];
    }

    void keep(i64 done) {
        if (done % every_ != 0) return;
        if (loop_.condition != nullptr && kept_ >= 32 && kept_ >= 2 * every_) {
            for (Stack& s : checkpoints_) s.halve(kept_);
            every_ *= 2;
            kept_ = (kept_ + 1) / 2;
            if (done % every_ != 0) return;
        }
        for (u32 k = 0; k < carried_; ++k) {
            if (slots_[k].is_array)
                checkpoints_[k].put(kept_, slots_[k]);
            else
                checkpoints_[k].put_number(kept_, slots_[k].bits);
        }
        ++kept_;
    }
};

Ran run_rounds(const LoopSpec& loop, const std::vector<Value>& inputs, bool checkpoints = false) {
    const bool checks = checking;
    const Computing scope;
    set_checking(checks);  // what a round computes is what others see as operations
    return Run(loop, inputs, checkpoints).all();
}

Value rows_between(const Value& all, i64 begin, i64 end) {
    return slice_axis(all, 0, begin, end - begin, false);
}

// ---------------------------------------------------------------- recorded

// The inputs of a round, to record its derivative with.
std::vector<Value> of_round(const Round& round, const std::vector<Value>& inputs, i64 row) {
    const Computing scope;
    std::vector<Value> values;
    for (u32 k = 0; k < inputs.size(); ++k) {
        const Value v = inputs[k].detached();
        const bool is_row = k >= round.carried() && k < round.carried() + round.rows();
        values.push_back(is_row ? slice_axis(v, 0, row, 1, true) : v);
    }
    return values;
}

// What the rounds have handed to a derivative: by which inputs, and of which results.
struct Residuals {
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
             Checkpoints&& checkpoints, Residuals&& kept)
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
        for (u32 k = 0; k < inputs_.size(); ++k) {
            if (k < carried) {
                if (is_differentiable(inputs_[k].dtype)) call.answers[k] = *next++;
            } else if (!sweep.wanted[k]) {
                continue;
            } else if (k >= carried + rows) {
                call.answers[k] = sweep.sums[k];
            } else if (sweep.pieces[k].empty()) {
                call.answers[k] = zeros(inputs_[k].dtype, inputs_[k].shape());
            } else {
                call.answers[k] = joined(sweep.pieces[k]);
            }
            if (sweep.wanted[k]) call.given[k] = HostPull::recorded;
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
        const bool recorded = active_log != nullptr;
        std::vector<Value> outputs;
        if (recorded || !remembers(call.tangents, outputs)) {
            const std::vector<Value> inputs = recorded ? known(call.nodes) : inputs_;
            std::vector<Value> all{inputs.begin(), inputs.begin() + carried};
            for (u32 k = 0; k < carried; ++k)
                if (is_differentiable(inputs_[k].dtype))
                    all.push_back(given[k] ? call.tangents[k]
                                           : zeros(inputs_[k].dtype, inputs_[k].shape()));
            const auto add = [&](std::size_t begin, std::size_t end) {
                for (std::size_t k = begin; k < end; ++k) all.push_back(inputs[k]);
                for (std::size_t k = begin; k < end; ++k)
                    if (given[k]) all.push_back(call.tangents[k]);
            };
            add(carried, carried + rows);
            add(carried + rows, inputs_.size());
            LoopSpec pushed = loop_;
            pushed.checkpoints = false;
            pushed.round =
                loop_.count == 0 ? nullptr : round.jvp(given, of_round(round, inputs_, 0));
            outputs = loop_.count == 0 ? nothing_pushed(all) : run_loop(pushed, all);
            if (!recorded) remember(call.tangents, outputs);
        }
        u32 place = carried;
        for (u32 k = 0; k < call.output; ++k)
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
    const Residuals kept_;
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
        std::vector<Value> cotangents;           // of what is carried
        std::vector<Value> sums;                 // by input, of constants
        std::vector<std::vector<Value>> pieces;  // of the rows, from the last on

        Sweep(const LoopCall& loop, const HostPull& call)
            : wanted(loop.inputs_.size()),
              reached(loop.loop_.round->results()),
              recorded(active_log != nullptr),
              is_kept(false),
              inputs(recorded ? loop.known(call.nodes) : loop.inputs_),
              sums(inputs.size()),
              pieces(inputs.size()) {
            const Round& round = *loop.loop_.round;
            const u32 carried = round.carried(), rows = round.rows();
            for (u32 k = 0; k < inputs.size(); ++k)
                wanted[k] = call.wanted[k] && is_differentiable(inputs[k].dtype);
            for (u32 k = 0; k < round.results(); ++k)
                reached[k] = call.reached[carried + k] &&
                             is_differentiable(round.output_type(carried + k).dtype);
            for (u32 k = 0; k < carried; ++k)
                if (is_differentiable(inputs[k].dtype)) cotangents.push_back(call.cotangents[k]);
            for (u32 k = carried + rows; k < inputs.size(); ++k)
                if (wanted[k]) sums[k] = zeros(inputs[k].dtype, inputs[k].shape());
            if (loop.loop_.count == 0) return;
            // What is wanted is among what was when the rounds were run.
            is_kept = !recorded && !loop.loop_.checkpoints && reached == loop.kept_.reached;
            const std::vector<u8>& by = is_kept ? loop.kept_.wanted : wanted;
            for (u32 k = carried + rows; k < inputs.size(); ++k)
                if (by[k]) constants.push_back(k);
            pullback = &round.pullback(by, reached, loop.kept_.keeps, of_round(round, inputs, 0));
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
        for (u32 k = 0; k < sweep.reached.size(); ++k)
            if (sweep.reached[k]) all.push_back(part(call.cotangents[carried + k]));
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
        std::vector<u8> sums, results;
        for (u32 k = 0; k < carried; ++k)
            if (is_differentiable(inputs_[k].dtype)) sums.push_back(true);
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
    std::vector<Value> nothing_pushed(const std::vector<Value>& all) const {
        const Round& round = *loop_.round;
        std::size_t count = round.carried();
        for (u32 k = 0; k < round.carried(); ++k) count += is_differentiable(inputs_[k].dtype);
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

// A loop in a program.
class LoopComposite final : public Composite {
   public:
    explicit LoopComposite(const LoopSpec& loop)
        : Composite(loop.condition == nullptr ? "scan" : "while_loop", inputs_of(loop),
                    types_of(loop)),
          loop_(loop) {}

    std::vector<Value> compute(const std::vector<Value>& inputs) const override {
        return run_loop(loop_, inputs);
    }
    bool needs_python() const override {
        return loop_.round->program().needs_python() ||
               (loop_.condition != nullptr && loop_.condition->needs_python());
    }
    bool is_like(const Composite& other) const override {
        const auto* const o = dynamic_cast<const LoopComposite*>(&other);
        if (o == nullptr || (loop_.condition == nullptr) != (o->loop_.condition == nullptr))
            return false;
        return loop_.count == o->loop_.count && loop_.backwards == o->loop_.backwards &&
               loop_.checkpoints == o->loop_.checkpoints &&
               loop_.round->carried() == o->loop_.round->carried() &&
               loop_.round->rows() == o->loop_.round->rows() &&
               loop_.round->program().is_like(o->loop_.round->program()) &&
               (loop_.condition == nullptr || loop_.condition->is_like(*o->loop_.condition));
    }
    Composed composed() const override {
        const Round& round = *loop_.round;
        Composed parts{
            spec.name,
            {round.carried(), round.rows(), loop_.count, loop_.backwards, loop_.checkpoints},
            {round.program_pointer()},
            {}};
        if (loop_.condition != nullptr) parts.programs.push_back(loop_.condition);
        return parts;
    }
    // What one round gives, if there is one.
    std::vector<Value> sample(const std::vector<Value>& inputs) const override {
        if (loop_.count == 0) return compute(inputs);
        const u32 carried = loop_.round->carried(), rows = loop_.round->rows();
        LoopSpec once = loop_;
        once.count = 1;
        std::vector<Value> given = inputs;
        const i64 row = loop_.backwards ? loop_.count - 1 : 0;
        for (u32 k = carried; k < carried + rows; ++k)
            given[k] = rows_between(given[k], row, row + 1);
        std::vector<Value> outputs = run_loop(once, given);
        for (std::size_t k = carried; k < outputs.size(); ++k)
            outputs[k] = broadcast_to(outputs[k], types()[k].shape);
        return outputs;
    }

   private:
    const LoopSpec loop_;

    static std::vector<TypeEntry> inputs_of(const LoopSpec& loop) {
        const Round& round = *loop.round;
        std::vector<TypeEntry> types = round.program().input_types();
        for (u32 k = round.carried(); k < round.carried() + round.rows(); ++k)
            types[k].shape = in_front(loop.count, types[k].shape);
        return types;
    }
    static std::vector<TypeEntry> types_of(const LoopSpec& loop) {
        const Round& round = *loop.round;
        std::vector<TypeEntry> types = round.program().output_types();
        for (u32 k = round.carried(); k < types.size(); ++k)
            types[k].shape = in_front(loop.count, types[k].shape);
        return types;
    }
};

// The round that keeps what a derivative reads, as far as there is memory for that. Says in `kept`
// how it keeps it.
RoundPointer with_residuals(const LoopSpec& loop, const std::vector<Value>& inputs,
                            Residuals& kept) {
    constexpr i64 most_bytes = i64{1} << 28;
    const Round& round = *loop.round;
    const std::vector<Value> example = of_round(round, inputs, 0);
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

HostRef make_loop(const LoopSpec& loop) { return HostRef::take(new LoopComposite(loop)); }

std::vector<Value> run_loop(const LoopSpec& loop, const std::vector<Value>& inputs) {
    const Round& round = *loop.round;
    AG_ASSERT(inputs.size() == round.program().input_count());
    if (in_program()) return call_composite_of(make_loop(loop), inputs);
    std::vector<u8> known(inputs.size());
    for (std::size_t k = 0; k < inputs.size(); ++k)
        known[k] = active_log != nullptr && inputs[k].node != no_node &&
                   is_differentiable(inputs[k].dtype);
    if (std::count(known.begin(), known.end(), 1) == 0) return run_rounds(loop, inputs).outputs;
    Residuals kept;
    kept.wanted = std::move(known);
    // What a derivative by all that may be asked for reads; one by less reads no more.
    for (u32 k = 0; k < round.results(); ++k)
        kept.reached.push_back(is_differentiable(round.output_type(round.carried() + k).dtype));
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
