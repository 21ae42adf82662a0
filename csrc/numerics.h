// Stops at the first result that is not finite, on the threads that ask for it.
//
// An operation that takes the general way tests `checking` once. The scalar path has no test: while
// any thread checks, its functions are out of the table, so that numbers take the general way too.
// What a sweep computes on its way is not looked at, but each cotangent or tangent that comes out
// of a record is.
#pragma once

#include <initializer_list>
#include <vector>

#include "log.h"

namespace ag {

// Elements that are not finite. A complex infinity has the sign of its real part, if that is the
// infinite one, else of its imaginary part.
struct NonFinite {
    i64 negative = 0, positive = 0, nan = 0;
    bool any() const { return negative + positive + nan > 0; }
};
NonFinite count_non_finite(const Value& x);

// What was found, for people.
struct Finding {
    enum Kind : int { result, cotangent, tangent };
    struct Operand {
        const char* name;  // null: by its place
        Value value;
        NonFinite count;
    };

    Kind kind = result;
    const char* operation = "";
    int input = 0;   // that the cotangent is of
    i64 batch = -1;  // so many cotangents at once, along the first axis
    Value found;
    NonFinite count;
    std::vector<Operand> operands;
    Origin origin;  // of the record that a sweep is at
};

// The layer above: how it names places in the user's program, and tells of what was found.
struct NumericsHooks {
    // A number for the place that runs now; 0 if there is none to name.
    u64 (*here)() = nullptr;
    // Sets an error of its own and returns non-zero. It may have to wait for a lock of its own.
    int (*tell)(const Finding& finding) = nullptr;
};
extern NumericsHooks numerics_hooks;

// Switches the checks of this thread on or off. No other thread may be in an operation meanwhile.
void check_numerics(bool on);
bool checks_numerics();
// Notes where this thread's records come from, without checks, until it is called with false.
void note_origins(bool on);
bool any_thread_checks();
// Numbers take the general way too, in all threads, until as many have let go as hold.
void hold_scalar_path(bool hold);

// ---- for operations

// Throws if `y`, computed from `inputs`, is not finite.
void require_finite(const char* operation, const Value* const* inputs, std::size_t count,
                    const Value& y);
inline void check_result(const char* operation, std::initializer_list<const Value*> inputs,
                         const Value& y) {
    if (AG_UNLIKELY(checking)) require_finite(operation, inputs.begin(), inputs.size(), y);
}
inline void check_result(const char* operation, const Value* const* inputs, std::size_t count,
                         const Value& y) {
    if (AG_UNLIKELY(checking)) require_finite(operation, inputs, count, y);
}
void check_result(const char* operation, const std::vector<Value>& inputs, const Value& y);

extern AG_THREAD_LOCAL bool noting_origins;  // of checks or by note_origins
// Notes where the next records of the active log come from.
void note_next_origin(u32 count);
inline void note_origin(u32 count = 1) {
    if (AG_UNLIKELY(noting_origins)) note_next_origin(count);
}

// ---- for sweeps

// In its scope the operations of this thread belong to a sweep over `log`.
class CheckedSweep {
   public:
    CheckedSweep(const Log& log, Finding::Kind kind, i64 batch = -1)
        : log_(log), kind_(kind), batch_(batch), on_(checking) {
        if (AG_UNLIKELY(on_)) begin();
    }
    ~CheckedSweep() { end(); }
    CheckedSweep(const CheckedSweep&) = delete;
    CheckedSweep& operator=(const CheckedSweep&) = delete;

    bool on() const { return on_; }
    // Which record the sweep is at.
    void at(u32 node) { node_ = node; }
    u32 node() const { return node_; }
    // Throws if the derivative for one input (of the output, for tangents) is not finite. `given`
    // is what came in: a cotangent, or tangents by input, null where there is none.
    void require_finite(int input, const Value& found, const Value* const* given,
                        std::size_t count) const;
    Origin next_origin() const;
    // Operations are checked again, what is left of the scope included.
    void end() noexcept {
        if (AG_UNLIKELY(on_)) resume();
    }

   private:
    const Log& log_;
    Finding::Kind kind_;
    i64 batch_;
    u32 node_ = no_node;
    u64 asked_ = 0;
    bool on_;
    const CheckedSweep* outer_ = nullptr;

    void begin();
    void resume() noexcept;
};

// A sweep calls a rule from outside in its scope: the operations of that are the user's.
class ResumeChecks {
   public:
    ResumeChecks();
    ~ResumeChecks();
    ResumeChecks(const ResumeChecks&) = delete;
    ResumeChecks& operator=(const ResumeChecks&) = delete;

   private:
    bool checking_before_;
    const CheckedSweep* sweep_before_;
};

}  // namespace ag
