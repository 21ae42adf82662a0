// How instructions are run where no tape knows what they take.
//
// They are simplified first (simplify.h). What computes with numbers becomes a stream over
// registers (scalar_code.h), what computes with small arrays one over their memory (array_code.h),
// what computes with many short rows goes by their columns (columns.h), and what computes with
// elements of other larger ones is fused (fused.h); other instructions are called.
// A value is dropped after its last use.
#pragma once

#include <atomic>
#include <deque>
#include <memory>

#include "array_code.h"
#include "columns.h"
#include "fused.h"
#include "instruction.h"
#include "scalar_code.h"

namespace ag {

class KeptCall;
struct Simplified;

class Plan {
   public:
    // Runs code.instructions[begin, end), and keeps nothing of `code`. `needed`: by slot, whether
    // its value is asked for afterwards.
    Plan(const Code& code, u32 begin, u32 end, const std::vector<u8>& needed);
    ~Plan();
    Plan(const Plan&) = delete;
    Plan& operator=(const Plan&) = delete;

    // Of `slots`, those that the instructions read are filled in, constants apart. Afterwards those
    // that are needed are, and others may hold anything. From any thread; others run meanwhile, if
    // that takes long and calls no host. Ctrl-C ends it.
    void run(std::vector<Value>& slots) const;
    // The most that arrays made in a run hold at a time, results included, if what the run is given
    // lies in C order. (What an operation that is called takes for itself on the way is not in it.)
    i64 peak_bytes() const { return peak_bytes_; }
    // After what was not needed has been left out.
    std::size_t size() const { return size_; }
    class Numbers;
    class Placed;

   private:
    // Between a slot and a register.
    struct Transfer {
        u32 slot, at;
        DType dtype;
    };
    // Parts of the lists below.
    struct Range {
        u32 begin = 0, end = 0;
    };
    enum class Kind : u8 { scalars, arrays, columns, fused, view, call, kept, gradient };
    struct Step {
        Kind kind;
        Range code;  // of the stream; or `begin` is the place of what is fused or called
        i64 work = 0;
        Range loads, stores, drops;
    };
    // Of operands. What gives up its first input may be written to that.
    struct PlannedCall {
        Instruction instruction;
        bool gives_up;
    };
    // The call of a composite, and those of its gradients, which make use of it; or of a gradient
    // of that. See KeptCall.
    struct PlannedKept {
        u32 call, place;        // among what a run keeps
        std::vector<u8> known;  // by input, whether a gradient asks for it
        bool is_last;
    };
    // And the calls that are made where it cannot be run; with what is kept of them for each other.
    struct PlannedArrays {
        ArrayCode code;
        Range calls, inner;
    };
    struct PlannedColumns {
        Columns columns;
        Range calls, inner;
    };
    // What a call comes to if its input lies in C order: a view of it, or one of its elements.
    struct PlannedView {
        u32 call;
        DType dtype;
        i64 size, offset;  // elements of the input; bytes
        u32 rank, layout;  // of the result; where its extents and strides begin
        u32 input_rank;    // whose extents are behind those
        // It is one of so many rows, by a number: which operand that is, or none; of its input.
        u32 index;
        i64 rows, stride;
    };
    static constexpr u32 no_index = 0xffffffffu;
    // An operand: a slot, or a constant.
    static constexpr u32 is_constant = Fused::is_constant;
    // What a run writes to; kept for the next one.
    struct Workspace {
        std::vector<u64> registers;
        std::vector<const Value*> operands;
        Fused::Room room;
        ArrayCode::Room arrays;
        std::vector<std::shared_ptr<const KeptCall>> kept;
    };
    // More memory for small arrays than this is given back after a run.
    static constexpr i64 most_kept = 1 << 20;
    class Borrowed;
    class Builder;

    std::size_t size_ = 0;
    i64 peak_bytes_ = 0;
    std::vector<Step> steps_;
    ScalarCode scalars_;
    std::vector<Transfer> loads_, stores_;
    std::vector<u32> drops_;
    std::vector<PlannedCall> calls_;
    std::vector<Fused> fused_;
    std::vector<PlannedArrays> arrays_;
    std::vector<PlannedColumns> columns_;
    std::vector<u32> inner_;  // slots
    i64 array_bytes_ = 0;     // the most that one of them takes
    bool lets_go_ = false;    // of the lock, while it is run
    std::vector<PlannedKept> kept_;
    u32 kept_places_ = 0;
    std::vector<PlannedView> views_;
    std::vector<i64> layouts_;
    std::vector<Value> constants_;
    std::vector<u64> registers_;  // as they are before a run
    // At the end: slots, and what they hold.
    std::vector<std::pair<u32, u32>> copies_;
    mutable std::atomic<Workspace*> spare_{nullptr};

    void place_arrays(Workspace& work) const;
    void run_arrays(const PlannedArrays& planned, Workspace& work, std::vector<Value>& slots) const;
    void run_columns(const PlannedColumns& planned, Workspace& work,
                     std::vector<Value>& slots) const;
    void run_calls(Range calls, Range inner, Workspace& work, std::vector<Value>& slots) const;
    // Where a view begins; or -1 if there is no such row.
    i64 offset_of(const PlannedView& view, const std::vector<Value>& slots) const;
    void run_view(const PlannedView& view, Workspace& work, std::vector<Value>& slots) const;
    void run_kept(const PlannedKept& planned, Workspace& work, std::vector<Value>& slots) const;
    void run_gradient(const PlannedKept& planned, Workspace& work, std::vector<Value>& slots) const;
    std::vector<Value> operands(const Instruction& i, std::size_t first,
                                const std::vector<Value>& slots) const;
    void run_scalars(const Step& step, u64* registers, std::vector<Value>& slots) const;
    void run_call(const PlannedCall& planned, Workspace& work, std::vector<Value>& slots) const;
};

// A plan that computes with numbers alone, run again and again without slots.
class Plan::Numbers {
   public:
    static bool fits(const Plan& plan) {
        return plan.steps_.empty() ||
               (plan.steps_.size() == 1 && plan.steps_[0].kind == Kind::scalars);
    }
    // `inputs`: how many slots in front are its inputs. All of them are numbers.
    Numbers(const Plan& plan, u32 inputs);
    Numbers(const Numbers&) = delete;
    Numbers& operator=(const Numbers&) = delete;

    u64& input(u32 slot) { return inputs_[slot]; }
    void run() {
        if (plan_.steps_.empty()) return;
        const Step& step = plan_.steps_[0];
        for (u32 k = step.loads.begin; k < step.loads.end; ++k)
            registers_[plan_.loads_[k].at] = inputs_[plan_.loads_[k].slot];
        plan_.scalars_.run(step.code.begin, step.code.end, registers_.data());
    }
    // Where the value of a slot is after a run: one that is needed, or an input; of constants of
    // the code null.
    const u64* value_of(u32 slot) const;

   private:
    const Plan& plan_;
    std::vector<u64> registers_, inputs_;
};

// A plan that computes with numbers and small arrays alone, run again and again: it is said where
// arrays lie, and none is made.
class Plan::Placed {
   public:
    static bool fits(const Plan& plan);
    // Numbers are in their slots.
    Placed(const Plan& plan, std::vector<Value>& slots);
    Placed(const Placed&) = delete;
    Placed& operator=(const Placed&) = delete;

    // Where an array lies, in C order: one that the plan reads, before a run; and what it gives,
    // afterwards.
    char*& at(u32 slot) { return places_[slot]; }
    // Where what becomes of a slot is to be written, if it is anything new.
    void aim(u32 slot, char* target) { targets_[slot] = target; }
    void run();

   private:
    const Plan& plan_;
    std::vector<Value>& slots_;
    std::vector<u64> registers_;
    ArrayCode::Room room_;
    std::vector<char*> places_, targets_;             // by slot
    Value memory_;                                    // of results that nobody has said a place for
    std::deque<char*> unnamed_;                       // of those that no slot is all of
    std::vector<std::vector<char* const*>> results_;  // by part of arrays: where targets are

    void run_view(const PlannedView& view);
};

}  // namespace ag
