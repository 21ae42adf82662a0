#include "loop_run.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "ops/ops.h"
#include "path.h"
#include "patience.h"

namespace ag {

namespace {

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
        copy_number(&bits, place(k), itemsize(all_.dtype));
        return bits;
    }
    char* place(i64 k) const { return all_.array->data + k * all_.array->strides()[0]; }
    bool lie_in_c_order() const {
        return in_c_order({all_.dtype, row_}, all_.array->strides() + 1);
    }
    Value at(i64 k) const {
        char* const data = place(k);
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
    // Where a row is to be written, until the next call.
    char* place(i64 k) {
        if (AG_UNLIKELY(k >= rows_)) grow(std::max(2 * rows_, k + 1));
        return all_.mutable_data() + k * bytes_;
    }
    void put_number(i64 k, u64 bits) { copy_number(place(k), &bits, bytes_); }
    void put_from(i64 k, const char* data) { copy_bytes(place(k), data, bytes_); }
    void put(i64 k, const Value& row) {
        const Value v = ag::contiguous(row);
        if (v.dtype != type_.dtype || v.size() * itemsize(v.dtype) != bytes_)
            fail("a round of a loop gave another type than the first one");
        put_from(k, v.data());
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
        if (checking) return go(plan);
        return is_of_numbers() ? go_by_numbers(plan) : can_be_placed() ? go_placed(plan) : go(plan);
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
            if (keeps_)
                keep(done, [&](u32 k) {
                    if (slots_[k].is_array)
                        checkpoints_[k].put(kept_, slots_[k]);
                    else
                        checkpoints_[k].put_number(kept_, slots_[k].bits);
                });
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

    bool is_number(u32 slot) const {
        return code_.type(slot).shape.rank == 0 && fits_inline(code_.type(slot).dtype);
    }
    // All that is carried, given and made are numbers of up to 8 bytes, and so is what is between.
    bool is_of_numbers() const {
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
            if (keeps_)
                keep(done, [&](u32 k) { checkpoints_[k].put_number(kept_, numbers.input(k)); });
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

    // Whether a round computes with numbers and small arrays alone, of which it is known where they
    // lie. What is handed on as it is may be large.
    bool can_be_placed() const {
        for (u32 k = 0; k < carried_; ++k)
            if (output(k) != k && !ArrayCode::is_small(round_.input_type(k))) return false;
        for (const Rows& r : rows_)
            if (!r.lie_in_c_order()) return false;
        return Plan::Placed::fits(round_.plan());
    }

    // What is carried lies in two places in turn: a round reads one, and writes the other.
    struct Turns {
        u32 input, output;
        i64 bytes;
        Value now, next;
    };

    i64 go_placed(const Plan& plan) {
        Plan::Placed placed(plan, slots_);
        const auto lay_down = [&](u32 slot) {
            if (is_number(slot)) return;
            slots_[slot] = ag::contiguous(slots_[slot]);
            placed.at(slot) = slots_[slot].mutable_data();
        };
        for (const auto& constant : code_.constants) lay_down(constant.first);
        for (u32 k = carried_ + round_.rows(); k < input_count(); ++k) lay_down(k);
        std::vector<Turns> turns;
        std::vector<u32> numbers;
        for (u32 k = 0; k < carried_; ++k) {
            lay_down(k);
            const TypeEntry& type = round_.input_type(k);
            if (is_number(k)) {
                numbers.push_back(k);
            } else if (output(k) != k) {
                turns.push_back({k, output(k), bytes_of(type), make_value(type.dtype, type.shape),
                                 make_value(type.dtype, type.shape)});
                std::memcpy(turns.back().now.mutable_data(), placed.at(k),
                            static_cast<std::size_t>(turns.back().bytes));
            }
        }
        std::vector<u64> next(numbers.size());
        i64 done = 0;
        for (; is_next(done); ++done) {
            const i64 row = row_of(done);
            for (Turns& t : turns) placed.at(t.input) = t.now.mutable_data();
            if (keeps_)
                keep(done, [&](u32 k) {
                    if (is_number(k))
                        checkpoints_[k].put_number(kept_, slots_[k].bits);
                    else
                        checkpoints_[k].put_from(kept_, placed.at(k));
                });
            for (u32 k = 0; k < rows_.size(); ++k)
                if (is_number(carried_ + k))
                    slots_[carried_ + k] = rows_[k].at(row);
                else
                    placed.at(carried_ + k) = rows_[k].place(row);
            for (u32 k = 0; k < results_.size(); ++k)
                placed.aim(output(carried_ + k), results_[k].place(row));
            for (Turns& t : turns) placed.aim(t.output, t.next.mutable_data());
            placed.run();
            if (loop_.condition != nullptr)
                goes_on_ = is_true(slots_[round_.program().outputs().back()]);
            for (u32 k = 0; k < results_.size(); ++k) {
                const u32 slot = output(carried_ + k);
                if (is_number(slot))
                    results_[k].put_number(row, slots_[slot].bits);
                else if (placed.at(slot) != results_[k].place(row))
                    results_[k].put_from(row, placed.at(slot));
            }
            for (std::size_t n = 0; n < numbers.size(); ++n)
                next[n] = slots_[output(numbers[n])].bits;
            for (Turns& t : turns)
                if (placed.at(t.output) != t.next.mutable_data())
                    std::memcpy(t.next.mutable_data(), placed.at(t.output),
                                static_cast<std::size_t>(t.bytes));
            for (Turns& t : turns) std::swap(t.now, t.next);
            for (std::size_t n = 0; n < numbers.size(); ++n)
                slots_[numbers[n]] = Value::from_bits(round_.input_type(numbers[n]).dtype, next[n]);
            spend();
        }
        for (Turns& t : turns) slots_[t.input] = std::move(t.now);
        return done;
    }

    void run_round(const Plan& plan) {
        if (AG_LIKELY(!checking)) return plan.run(slots_);
        const std::vector<Value> given(slots_.begin(), slots_.begin() + input_count());
        std::vector<Value> found = round_.program().run(given);
        for (u32 k = 0; k < found.size(); ++k) slots_[output(k)] = found[k];
    }

    // `put` puts what is carried there.
    template <class Put>
    void keep(i64 done, Put put) {
        if (done % every_ != 0) return;
        if (loop_.condition != nullptr && kept_ >= 32 && kept_ >= 2 * every_) {
            for (Stack& s : checkpoints_) s.halve(kept_);
            every_ *= 2;
            kept_ = (kept_ + 1) / 2;
            if (done % every_ != 0) return;
        }
        for (u32 k = 0; k < carried_; ++k) put(k);
        ++kept_;
    }
};

}  // namespace

Ran run_rounds(const LoopSpec& loop, const std::vector<Value>& inputs, bool checkpoints) {
    const bool checks = checking;
    const Computing scope;
    set_checking(checks);  // what a round computes is what others see as operations
    return Run(loop, inputs, checkpoints).all();
}

}  // namespace ag
