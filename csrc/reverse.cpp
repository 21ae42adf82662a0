#include "reverse.h"

#include <algorithm>

#include "kernels/loops.h"
#include "marks.h"
#include "numerics.h"
#include "patience.h"
#include "tape_records.h"
#include "sweep.h"

namespace ag {

namespace {

void reverse_elementwise(const Log& log, u32 node, Value& g, Slots& slots, const SweepMode& mode) {
    const Record& r = log[node];
    const OpInfo& op = op_table[r.op];
    const Shape shape = mode.lift(log.type(r.type).shape);
    const Kept kept(log, node, op);
    const int last = op.arity == 2 && slots.wants(r.in[1]) ? 1 : 0;
    for (int k = 0; k <= last; ++k) {
        const u32 input = r.in[k];
        if (!slots.wants(input) || op.partial[k] == PartialKind::none) continue;
        const bool same = log[input].type == r.type;
        const bool has_loop =
            op.partial[k] == PartialKind::general || op.partial[k] == PartialKind::minus_one;
        if (!mode.recorded && same && has_loop) {
            const u8 used = op.uses[k];
            const Value* inputs[] = {&g, used & 1 ? &kept.a : nullptr, used & 2 ? &kept.b : nullptr,
                                     used & 4 ? &kept.y : nullptr};
            const auto& loops = op.kernels->reverse[k];
            const int index = float_index(loop_dtype(g.dtype));
            Value space;
            if (Value* target = slots.borrow(input, space)) {
                run_loop(loops[1][index], inputs, 4, shape, *target, true);
                slots.give_back(input, space);
                continue;
            }
            if (k == last && g.is_array && g.array->exclusive() && g.array->contiguous) {
                run_loop(loops[0][index], inputs, 4, shape, g, false);
                slots.add(input, std::move(g));
                return;
            }
        }
        Value c = times_partial(op, k, g, kept.a, kept.b, kept.y, shape, false);
        if (!same) {
            const Shape target = mode.lift(log.type_of_node(input).shape);
            c = sum_to(c.shape() == shape ? c : broadcast_to(c, shape), target, mode.batched());
        }
        slots.add(input, std::move(c));
    }
}

void reverse_record(const Log& log, u32 node, Value& g, Slots& slots, const SweepMode& mode) {
    const OpInfo& op = op_table[log[node].op];
    if (op.elementwise) {
        reverse_elementwise(log, node, g, slots, mode);
    } else if (op.reverse != nullptr) {
        Accumulator accumulator(log, node, g, slots, mode);
        op.reverse(log[node], g, accumulator);
    }
}

// The wanted inputs of a record, ascending, if its rule keeps scattered cotangents so.
bool scattering_inputs(const Log& log, u32 node, Slots& slots, Nodes& inputs) {
    const Record& r = log[node];
    const OpInfo& op = op_table[r.op];
    if (op.scatter == Scatter::spread || (op.scatters != nullptr && !op.scatters(r))) return false;
    const Shape& shape = log.type(r.type).shape;
    for (int k = 0; k < r.input_count(); ++k) {
        const u32 input = r.input(k);
        if (input == no_node || !slots.wants(input)) continue;
        u32* const place = std::lower_bound(inputs.begin(), inputs.end(), input);
        const bool again = place != inputs.end() && *place == input;
        if (op.scatter == Scatter::in_place ? log.type_of_node(input).shape != shape : again)
            return false;
        if (!again) inputs.insert(place, input);
    }
    return true;
}

// Runs the rule of a record on one cotangent, into slots of its inputs alone.
void reverse_alone(const Log& log, u32 node, Value& g, Slots& alone, const Nodes& inputs,
                   bool recorded) {
    SweepMode mode;
    mode.recorded = recorded;
    for (u32 input : inputs) alone.state(alone.index(input)) |= Slots::wanted;
    reverse_record(log, node, g, alone, mode);
}

// Sends the scattered cotangent of a record through its rule. False if that has to be a dense one.
bool reverse_scattered(const Log& log, u32 node, Slots& slots, const SweepMode& mode, bool keep) {
    const u32 i = slots.index(node);
    const Record& r = log[node];
    const OpInfo& op = op_table[r.op];
    if (slots.filled(i) || too_many(slots.scattered_terms(i), mode)) return false;
    if (op.reverse_scattered != nullptr) {
        Value none_;  // these rules are given their cotangents piece by piece
        Accumulator accumulator(log, node, none_, slots, mode);
        std::vector<Scattered> sum = slots.take_scattered(i, true);
        for (const Scattered& s : sum)
            if (!op.reverse_scattered(r, s.values, s.rows, accumulator)) return false;
        if (!keep) slots.take_scattered(i, false);
        return true;
    }
    Nodes inputs;
    if (!scattering_inputs(log, node, slots, inputs)) return false;
    for (Scattered& s : slots.take_scattered(i, keep)) {
        Slots values(0, 0, inputs, mode.recorded);
        reverse_alone(log, node, s.values, values, inputs, mode.recorded);
        Slots rows(0, 0, inputs, false);
        if (op.scatter == Scatter::moved) {
            PauseRecording pause;
            Value g = s.rows;
            reverse_alone(log, node, g, rows, inputs, false);
        }
        for (u32 input : inputs) {
            const u32 k = values.index(input);
            if (!values.filled(k)) continue;
            add_scattered(
                log, input, slots, mode,
                {values.get(k, log.type_of_node(input).dtype, false),
                 op.scatter == Scatter::moved ? rows.get(k, DType::float64, false) : s.rows});
        }
    }
    return true;
}

// Looks at what a record has added to the cotangents of its inputs, with `g` for its own.
void check_cotangents(const CheckedSweep& checks, const Log& log, u32 node, const Value& g,
                      Slots& slots) {
    const Record& r = log[node];
    const Value* given[] = {&g};
    for (int k = 0; k < r.input_count(); ++k) {
        const u32 input = r.input(k);
        const u32 i = slots.index(input);
        if (i == Slots::nowhere) continue;
        if (slots.filled(i))
            checks.require_finite(k, slots.get(i, log.type_of_node(input).dtype, true), given, 1);
        if (const auto* rows = slots.rows(i))
            checks.require_finite(k, rows->back().values, given, 1);
    }
}

// Lets go of records as a sweep passes them: of the values alone if a program is made of them.
// Where rules may fail, which people correct and try again, not before so much was passed that it
// would be a waste of memory to keep it for that.
class Consumption {
   public:
    Consumption(Log& log, u32 end, bool consume)
        : log_(log), end_(end), values_alone_(log.program != nullptr) {
        if (consume) log.use.consumed = !log.has_host;
    }
    void pass(u32 node, i64 elements) {
        if (may_let_go(node, elements)) let_go(node, node + 1);
    }
    void pass_chunk(u32 begin, u32 end) {
        if (!may_let_go(begin, (end - begin) * record_elements)) return;
        if (values_alone_)
            let_go(begin, end);
        else
            log_.drop_chunk(end);
    }

   private:
    static constexpr i64 enough = 1 << 16;
    static constexpr u32 record_elements = 16;  // what a record weighs
    Log& log_;
    u32 end_;
    bool values_alone_;
    i64 left_ = enough;

    bool may_let_go(u32 node, i64 elements) {
        if (AG_LIKELY(log_.use.consumed)) return true;
        left_ -= elements;
        if (left_ >= 0) return false;
        log_.use.consumed = true;
        let_go(node, end_);
        return true;
    }
    void let_go(u32 begin, u32 end) {
        if (!values_alone_) return log_.drop_range(begin, end);
        for (u32 i = begin; i < end; ++i) log_[i].drop_values();
    }
};

}  // namespace

void sweep_back(const Tape& tape, const Seed* seeds, std::size_t seed_count, const u32* sources,
                std::size_t source_count, Answer* answers, bool consume, i64 batch,
                const Scattered* scattered) {
    consume = consume && tape.watched_late().empty();  // that goes by whole chunks
    Log& log = *tape.log();
    Range range{tape.begin(), tape.begin()};
    for (std::size_t k = 0; k < seed_count; ++k) range.end = std::max(range.end, seeds[k].node + 1);
    const Known known(tape, sources, source_count);
    LateNodes late;
    known.find_late(sources, late);
    range.begin = first_needed(log, range, seeds, seed_count, sources, source_count, known.is);
    Nodes outside;
    find_outside(range, sources, source_count, known.is, outside);

    // Recorded: some tape is to see how the cotangents come about.
    bool recorded = false;
    if (active_log != nullptr) {
        for (std::size_t k = 0; k < seed_count; ++k)
            recorded = recorded || seeds[k].value.node != no_node;
        recorded = recorded || active_log != &log || active_log->program != nullptr ||
                   tape.seen_by_others(range.end);
    }
    CheckedSweep checks(log, Finding::cotangent, batch);
    PauseRecording pause(!recorded);
    SweepMode mode;
    mode.recorded = recorded;
    // Of a piece that waits, neither a check nor a program would know.
    mode.pieces = recorded && !checks.on() && active_log->program == nullptr;
    mode.batch = batch;
    SweepTimes* const times = SweepTimes::of_this_thread();
    const bool numbers = !recorded && !mode.batched() && !checks.on();
    const bool plain_numbers = numbers && times == nullptr;
    SmallVector<DType, 8> dtypes;  // before the sweep, which may let go of their records
    for (std::size_t k = 0; k < source_count; ++k)
        dtypes.push_back(log.type_of_node(sources[k]).dtype);
    const bool lanes = mode.batch > 0 && !recorded && !checks.on();
    Slots slots(range.begin, range.end - range.begin, outside, recorded, lanes ? mode.batch : 0);
    const auto want_sources = [&](bool all) {
        for (std::size_t k = 0; k < source_count; ++k) {
            if (!known.is[k]) continue;
            u8& state = slots.state(slots.index(sources[k]));
            state |= Slots::source;
            if (all || known.since[k] == 0) state |= Slots::wanted;
        }
    };
    want_sources(false);
    spread_wanted(tape, range, late, slots);
    want_sources(true);
    for (std::size_t k = 0; k < seed_count; ++k) {
        if (scattered != nullptr)
            slots.add_scattered(seeds[k].node, Scattered(scattered[k]));
        else
            slots.add(seeds[k].node, Value(seeds[k].value));
    }

    work_done.records += range.end - range.begin;
    Patience patience;
    Consumption consumption(log, range.end, consume);
    std::size_t late_left = late.size();
    for (u32 end = range.end; end > range.begin;) {
        u32 begin = std::max(range.begin, (end - 1) & ~(Log::chunk_size - 1));
        // What is before used the source as a constant.
        for (; late_left > 0 && late[late_left - 1].since >= end; --late_left)
            slots.state(slots.index(late[late_left - 1].node)) &= static_cast<u8>(~Slots::wanted);
        if (late_left < late.size()) slots.forget_ends();
        if (late_left > 0) begin = std::max(begin, late[late_left - 1].since);
        for (u32 node = end; node-- > begin;) {
            const u32 i = node - range.begin;
            const u8 state = slots.state(i);
            constexpr u8 reached =
                Slots::number | Slots::array | Slots::deferred | Slots::apart | Slots::in_lanes;
            if (!(state & reached)) continue;
            const Record& r = log[node];
            if (AG_LIKELY((r.flags & Record::scalar) && plain_numbers)) {
                op_table[r.op].reverse_number[float_index(r.dtype)](r, slots.bits(i), slots);
                if (!(state & Slots::source)) slots.clear(i);
                continue;
            }
            if (r.op == input_op) continue;
            if (AG_UNLIKELY(times != nullptr)) {
                times->come_to(log, node);
                if ((r.flags & Record::scalar) && numbers) {
                    op_table[r.op].reverse_number[float_index(r.dtype)](r, slots.bits(i), slots);
                    if (!(state & Slots::source)) slots.clear(i);
                    continue;
                }
            }
            if (AG_UNLIKELY(state & Slots::apart)) join_pieces(log, node, slots, mode);
            if (AG_UNLIKELY(slots.state(i) & Slots::apart)) {
                patience.spend(log.type(r.type).shape.size());
                const bool keep = state & Slots::source;
                if (!checks.on() && reverse_scattered(log, node, slots, mode, keep)) continue;
                spread_cotangent(log, node, slots, mode);
            }
            if ((r.flags & Record::scalar) && lanes) {
                const auto reverse = op_table[r.op].reverse_lanes[float_index(r.dtype)];
                if (reverse != nullptr) {
                    reverse(r, slots.lanes(i), mode.batch, slots);
                    if (!(state & Slots::source)) slots.drop_lanes(i);
                    patience.spend(mode.batch);
                    continue;
                }
            }
            if (op_table[r.op].defers) {
                const u32 first = slots.index(r.in[0]);  // nowhere: no source is behind it
                if (first != Slots::nowhere) slots.state(first) |= Slots::deferred;
                continue;
            }
            const TypeEntry& type = log.type(r.type);
            const bool has_own = slots.filled(i);
            if (has_own) slots.state(i) &= static_cast<u8>(~Slots::deferred);
            Value g = has_own ? slots.get(i, type.dtype, state & Slots::source)
                              : zeros(type.dtype, mode.lift(type.shape));
            const i64 work = g.size();
            if (AG_LIKELY(!checks.on())) {
                reverse_record(log, node, g, slots, mode);
            } else {
                checks.at(node);
                const Value given = g;  // the rule may write over g
                reverse_record(log, node, g, slots, mode);
                check_cotangents(checks, log, node, given, slots);
            }
            if (consume) consumption.pass(node, work);
            patience.spend(work);
        }
        if (consume) consumption.pass_chunk(begin, end);
        patience.spend(end - begin);
        end = begin;
    }
    if (times != nullptr) times->end();
    checks.end();
    for (std::size_t k = 0; k < source_count; ++k) {
        if (!known.is[k]) continue;
        const u32 i = slots.index(sources[k]);
        if (slots.state(i) & Slots::apart) join_pieces(log, sources[k], slots, mode);
        if (slots.state(i) & Slots::apart) spread_cotangent(log, sources[k], slots, mode);
        const std::vector<Slots::Rows>* rows = slots.rows(i);
        if (!slots.filled(i) && rows == nullptr) continue;
        answers[k].connected = true;
        if (!slots.filled(i)) {
            answers[k].rows = *rows;
            continue;
        }
        answers[k].value = slots.get(i, dtypes[k], true);
        if (rows == nullptr) continue;
        for (const Slots::Rows& r : *rows)
            answers[k].value = binary(Op::add, answers[k].value,
                                      scatter_add(r.values, r.indices, answers[k].value.extent(0)));
    }
}

void reverse_sweep(const Tape& tape, const Seed* seeds, std::size_t seed_count, const u32* sources,
                   std::size_t source_count, Answer* answers, bool consume, i64 batch) {
    // Of a program's records others can be swept meanwhile: they stay.
    SweepScope scope(tape, consume && tape.log()->program == nullptr);
    sweep_back(tape, seeds, seed_count, sources, source_count, answers, consume, batch, nullptr);
}

}  // namespace ag
