// Records that are run again: the seed of compiled functions. No optimisation yet.
//
// A log in program mode records whatever depends on the program's inputs, derivative or not, and
// notes beside each record all inputs of its value, constants included. `freeze` makes instructions
// of the records of a tape, and `run` walks them with other inputs of the same shapes, by the rows
// of the operation table. Some inputs may have an axis in front: then it runs for each row of that,
// all at once. What tapes know of the inputs is recorded, as in any call.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "instruction.h"
#include "pattern.h"
#include "plan.h"
#include "tape.h"

namespace ag {

// What a log in program mode knows beside its records.
class CallInputs {
   public:
    // The layer above has read a value: what it does next may depend on that.
    struct Read {
        u32 node;
        u32 before;  // the record that it was read before
        bool truth;  // no more of it than whether it is 0
        Value value;
    };
    // Of one record, by position; of what the program has computed the node alone.
    class Inputs {
       public:
        const Value* begin() const { return values_; }
        const Value* end() const { return values_ + count_; }
        u32 size() const { return count_; }
        const Value& operator[](std::size_t k) const { return values_[k]; }

       private:
        const Value* values_ = nullptr;
        u32 count_ = 0;
        friend class CallInputs;
    };

    // From the next record on.
    void begin(u32 first) { first_ = first; }
    // The first record in program mode.
    u32 first() const { return first_; }
    // Takes down the inputs of the next record. They count once `enter` is called, which cannot
    // fail, so that a record that cannot be made leaves no trace.
    void prepare(const Call& given);
    void enter(u32 node) noexcept;
    // A part of it, from a record on, which may become a program of its own. Of what was made
    // before, and is read in it, the values stay known; and what binds is the part alone.
    struct Part {
        bool is_open = false;
        bool is_bound = false;
        u32 since = 0;
    };
    const Part& part() const { return part_; }
    void set_part(const Part& part) { part_ = part; }
    const std::vector<Read>& reads() const { return reads_; }
    // Forgets what was read since there were so many.
    void forget_reads(std::size_t count) { reads_.resize(count); }
    // Null for what has none: inputs, further outputs, and what was recorded before.
    const Inputs* find(u32 node) const {
        if (node < first_ || node - first_ >= inputs_.size()) return nullptr;
        const Inputs& found = inputs_[node - first_];
        return found.values_ == nullptr ? nullptr : &found;
    }
    // The node of one of them; no_node if it is a constant.
    u32 input_node(u32 node, int k) const;
    void note_read(u32 node, const Value& value, bool truth, u32 before);
    // What is recorded holds for the inputs at hand alone.
    void bind(const char* why) {
        if (part_.is_open)
            part_.is_bound = true;
        else
            bind_all(why);
    }
    void bind_all(const char* why) {
        if (!bound()) why_.store(why, std::memory_order_relaxed);
        bound_.store(true, std::memory_order_relaxed);
    }
    bool bound() const { return bound_.load(std::memory_order_relaxed); }
    const char* why_bound() const { return why_.load(std::memory_order_relaxed); }
    // From here on reads are noted one by one, and do not bind. `owner`: of what is noted;
    // `guards`: whether what was read can be asked for at each run.
    void note_reads(void* owner, bool guards) { owner_ = owner, guards_ = guards; }
    bool notes_reads() const { return owner_ != nullptr; }
    bool has_guards() const { return guards_; }
    void* owner() const { return owner_; }
    // From here on nobody asks for values: loops are not run to their ends.
    void sample() { samples_ = true; }
    bool samples() const { return samples_; }

   private:
    u32 first_ = 0;
    Part part_;
    std::atomic<bool> bound_{false};  // by other threads, too
    std::atomic<const char*> why_{""};
    void* owner_ = nullptr;
    bool guards_ = false;
    bool samples_ = false;
    std::vector<Read> reads_;
    std::vector<Inputs> inputs_;  // by record
    // Their values, which stay where they are, in arrays of this many at least.
    static constexpr u32 chunk_values = 512;
    std::vector<std::unique_ptr<Value[]>> chunks_;
    Value* next_ = nullptr;
    u32 left_ = 0, prepared_ = 0;
};

class Program {
   public:
    // What of the log it is made of, and what becomes of the rest.
    struct Scope {
        // What the other tapes know that are open stays connected to them, for as long as they are
        // open and on this thread alone.
        bool connected = false;
        // The records from here on. What was made before, or is watched within, is a constant; or,
        // if there is a list, an input behind the others, whose value is added to that.
        u32 since = 0;
        std::vector<Value>* captured = nullptr;
        // But for these.
        std::vector<u32> constants{};

        bool is_constant(u32 node) const;
    };
    // Throws if a record that an output depends on cannot be run again: then its operation needs
    // Python. Outputs that depend on no input are constants.
    Program(const Tape& tape, const std::vector<u32>& inputs, const std::vector<Value>& outputs,
            const Scope& scope);
    Program(const Tape& tape, const std::vector<u32>& inputs, const std::vector<Value>& outputs)
        : Program(tape, inputs, outputs, Scope()) {}
    // Of code from elsewhere, whose first slots are its inputs. Throws if that is not sound; what
    // it says of types is looked at when it is run first. See code_checks.h.
    Program(Code code, u32 inputs, std::vector<u32> outputs);
    // The same with other outputs: any of its slots.
    Program(const Program& other, std::vector<u32> outputs);
    // Of code that was made of another one's, and is as sound.
    Program(const Program& other, Code code, u32 inputs, std::vector<u32> outputs);
    // One program and then another, which takes slots of the first one: the outputs of both.
    Program(const Program& first, const Program& second, const std::vector<u32>& taken);

    // The outputs for other inputs, of the same dtypes and shapes.
    std::vector<Value> run(const std::vector<Value>& inputs) const;
    // The outputs with an axis of `extent` in front, as those inputs have it that `has_axis` says.
    std::vector<Value> run_batched(const std::vector<Value>& inputs,
                                   const std::vector<u8>& has_axis, i64 extent) const;
    // By slot, whether what it holds depends on some of the inputs.
    std::vector<u8> dependent(const std::vector<u8>& inputs) const;
    // For each output, by which elements of the inputs, counted one after the other, its own have
    // derivatives.
    std::vector<Pattern> patterns() const;
    // How many nanoseconds each instruction takes in a run that records nothing.
    std::vector<double> times(const std::vector<Value>& inputs) const;
    std::size_t size() const { return code_.instructions.size(); }
    const Code& code() const { return code_; }
    u32 input_count() const { return input_count_; }
    const std::vector<u32>& outputs() const { return outputs_; }
    std::vector<TypeEntry> input_types() const;
    std::vector<TypeEntry> output_types() const;
    // Some instruction calls the layer above.
    bool needs_python() const { return needs_python_; }
    // Whether it does the same, bit by bit, by the same instructions.
    bool is_like(const Program& other) const;
    // Whether it is code from elsewhere of which nothing has been run yet. To be called then, with
    // what it is run with, before anything else is done: its types are those that it says.
    bool is_believed() const { return planned_->believed.load(std::memory_order_acquire); }
    void require_own_types(const std::vector<Value>& inputs) const;

   private:
    // What every slot holds, and which of them have the axis of a batch.
    struct Slots {
        std::vector<Value> values;
        std::vector<u8> has_axis;
    };
    // How it is run where no tape knows the inputs, made when that is first asked for, and the
    // slots of the last such run.
    struct Planned {
        std::once_flag once;
        std::unique_ptr<Plan> plan;
        std::vector<std::pair<u32, Value>> constants;  // among the outputs
        std::atomic<std::vector<Value>*> spare{nullptr};
        // Code from elsewhere, of which nothing has been run yet.
        std::atomic<bool> believed{false};
        ~Planned() { delete spare.load(); }
    };
    void require_types(const std::vector<Value>& inputs, const std::vector<u8>& has_axis,
                       i64 extent) const;
    std::vector<Value> run_planned(const std::vector<Value>& inputs) const;
    Slots begin(const std::vector<Value>& inputs, std::vector<u8> has_axis, i64 extent) const;
    void walk(Slots& slots, i64 extent) const;

    // Its slots: the inputs, then what the instructions make and the constants, in any order.
    Code code_;
    u32 input_count_ = 0;
    std::vector<u32> outputs_;
    bool needs_python_ = false;
    bool is_connected_ = false;  // a tape knows one of the constants
    std::unique_ptr<Planned> planned_ = std::make_unique<Planned>();
};

// The thread's log is in program mode until the end of the scope, and `tape` records on it.
class ProgramMode {
   public:
    ProgramMode();
    ~ProgramMode();
    ProgramMode(const ProgramMode&) = delete;
    ProgramMode& operator=(const ProgramMode&) = delete;

    // Throws if the log is in program mode already.
    void begin();
    // Or returns false then.
    bool try_begin();
    void end() noexcept;
    // For a while, what is done is none of the program's.
    void pause() noexcept;
    void resume() noexcept;
    // Who is told of each value from outside that is read. False if somebody else is told already.
    bool observe(const ReadObserver* observer) noexcept;
    // From here on, what another thread computes with values of the program binds that.
    void note_other_threads() noexcept;
    // Whether what has been recorded holds for the inputs at hand alone.
    bool bound() const { return inputs_.bound(); }
    CallInputs& inputs() { return inputs_; }
    Tape tape;

   private:
    Log* log_ = nullptr;
    const ReadObserver* observer_ = nullptr;
    u32 end_ = 0;  // what the log's `program_end` was before a pause
    CallInputs inputs_;
    bool exclusive_ = false;

    void set(CallInputs* inputs, const ReadObserver* observer) noexcept;
};

// To be called where the layer above reads elements of a tensor. `truth`: it asks of a single one
// whether it is 0.
inline void note_values_read(const TensorData& t, bool truth = false) {
    if (AG_UNLIKELY(active_log != nullptr && active_log->program != nullptr)) {
        const u32 node = active_node(t);
        active_log->program->note_read(node, t.value, truth, active_log->size());
    }
}

inline void note_values_read(const Value& v) {
    if (AG_UNLIKELY(active_log != nullptr && active_log->program != nullptr))
        active_log->program->note_read(v.node, v, false, active_log->size());
}

// The same where it decides by something else, such as the state of a generator of numbers.
inline void bind_program(
    const char* why = "it draws random numbers in a way that cannot be recorded") {
    if (active_log != nullptr && active_log->program != nullptr) active_log->program->bind(why);
}

}  // namespace ag
