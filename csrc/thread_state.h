// What a thread knows of its tapes, and scopes in which it records otherwise.
#pragma once

#include <vector>

#include "log.h"

namespace ag {

// What a thread knows of its tapes. Other threads may ask and change it, with the lock.
struct ThreadState {
    Log* log = nullptr;  // of the open tapes; kept for reuse when none is open
    std::vector<Tape*> open;
    // Changes whenever the set of recording tapes does; the first time to one that no thread had.
    u64 generation = (1 << 20) - 1;
    int forward = 0;  // accumulators among the open ones
    int pauses = 0;   // scopes of PauseRecording
    Log** active;     // the thread's active_log

    // See sharing.h.
    SweepScope* scopes = nullptr;  // of the sweeps that it is in, the innermost
    Claim* claims = nullptr;       // on tapes that it asks, the latest
    int sweeps_without = 0;        // sweeps that have let go of the lock
    bool without_lock = false;     // it has let go of the lock now
    void* saved_lock = nullptr;    // to take the lock again

    ThreadState();
    ThreadState(const ThreadState&) = delete;
    ThreadState& operator=(const ThreadState&) = delete;
    void refresh();  // the set of recording tapes has changed
    // The log that records: none while a pause began after all the open tapes.
    Log* recording_log() const;
    void leave_all() noexcept;
    // The thread ends, and leaves its tapes. False if there is no lock any more to do so: whoever
    // takes an interpreter apart that has ended destroys these tapes, and they ask this state.
    bool end() noexcept;
};
extern AG_THREAD_LOCAL ThreadState* this_thread;  // null until it is asked for
ThreadState& make_thread_state();
inline ThreadState& thread_state() {
    return AG_LIKELY(this_thread != nullptr) ? *this_thread : make_thread_state();
}

// Results are not checked in its scope.
class PauseChecks {
   public:
    PauseChecks() : saved_(checking) { checking = false; }
    ~PauseChecks() { checking = saved_; }
    PauseChecks(const PauseChecks&) = delete;
    PauseChecks& operator=(const PauseChecks&) = delete;

   private:
    bool saved_;
};

// Nothing is recorded in its scope, but by tapes that are entered in it. Nor are results checked:
// what an operation computes on its way is its own affair.
class PauseRecording {
   public:
    explicit PauseRecording(bool really = true) : really_(really) {
        if (really) pause();
    }
    ~PauseRecording() {
        if (really_) resume();
    }
    PauseRecording(const PauseRecording&) = delete;
    PauseRecording& operator=(const PauseRecording&) = delete;

   private:
    bool really_;
    Log* saved_ = nullptr;
    u64 generation_ = 0;
    PauseChecks unchecked_;

    void pause();
    void resume() noexcept;
};

// A sweep calls a rule from outside, or a signal handler, in its scope. Those may enter and leave
// tapes; afterwards the sweep records as before, if the same log records still.
class CallOutside {
   public:
    // `anything`: what is called has nothing to do with the sweep, and is recorded as if there was
    // none.
    explicit CallOutside(bool anything = false)
        : log_(active_log), epoch_(log_ != nullptr ? log_->epoch : 0) {
        if (anything) forget_pauses();
    }
    ~CallOutside() {
        if (thread_ != nullptr) remember_pauses();
        if (log_ == nullptr) active_log = nullptr;
    }
    CallOutside(const CallOutside&) = delete;
    CallOutside& operator=(const CallOutside&) = delete;

    // What the sweep has recorded is on no log that records now.
    bool has_moved() const {
        return log_ != nullptr && (active_log != log_ || log_->epoch != epoch_);
    }

   private:
    Log* log_;
    u64 epoch_;
    ThreadState* thread_ = nullptr;
    int pauses_ = 0;

    void forget_pauses();
    void remember_pauses() noexcept;
};

}  // namespace ag
