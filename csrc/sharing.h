// Who may touch a log, when several threads (or a signal handler, or a rule of the user's in the
// middle of a sweep) want to.
//
// Logs, tapes and threads' states are guarded by one lock, which the layer above gives: Python's
// GIL. A long sweep lets go of it, and others run meanwhile. What they may do then follows from
// what each log's LogUse says:
//
//   a sweep that uses a tape up     only if nobody else asks the tape; who comes later is refused
//   a sweep of a log that another   waits
//     thread's sweep may append to
//   a sweep of a log that another   keeps the lock
//     thread may append to
//   entering a tape, or watching,   waits for sweeps of other threads that have let go of the lock
//     where a sweep reads
//   leaving a tape of another       waits for that thread's sweep
//     thread
//   resetting a tape that is asked  is refused
//   destroying a tape of a log that is put off until the last sweep of the log ends
//     is swept
//
// A thread that is in a sweep itself never waits: it is refused. So no two wait for each other, and
// a signal handler does not wait for the sweep that it interrupts. Nor is a sweep waited for whose
// thread does not get the lock any more, since the interpreter ends.
#pragma once

#include <optional>

#include "tape.h"

namespace ag {

// The lock, as the layer above has it; null without one.
struct LockHooks {
    void* (*release)() = nullptr;  // what it returns goes to `acquire`
    // By this thread, which let go of it and got `saved`, and may have taken it back.
    bool (*held)(void* saved) = nullptr;
    void (*acquire)(void* saved) = nullptr;
    // For a thread that ends. False: there is nothing left that the lock guards.
    bool (*enter)(int* state) = nullptr;
    void (*exit)(int state) = nullptr;
    // Who has let go of the lock does not get it back: it never comes back from `acquire`.
    bool (*ending)() = nullptr;
};
extern LockHooks lock_hooks;

// Asked from long sweeps, and by who waits, about every 50 ms; true to stop. Set by the core.
extern bool (*interrupted)();

// In its scope the thread has let go of the lock, unless it would not get it back. It touches no
// log and no tape then, unless a SweepScope has seen to that.
class WithoutLock {
   public:
    explicit WithoutLock(bool really = true);
    ~WithoutLock() { end(); }
    // Waits for the lock.
    void end();
    WithoutLock(const WithoutLock&) = delete;
    WithoutLock& operator=(const WithoutLock&) = delete;

   private:
    ThreadState* thread_ = nullptr;  // null: it was not for us to let go of
    void* saved_before_ = nullptr;
    bool without_before_ = false;
};

// In its scope the layer above is called, with the lock.
class WithLock {
   public:
    WithLock();
    ~WithLock();
    WithLock(const WithLock&) = delete;
    WithLock& operator=(const WithLock&) = delete;

    // What `f` gives, which calls the layer above. If that ends this thread meanwhile, by an
    // exception of its own, since there will be no lock any more: nothing here is destroyed without
    // it.
    template <class F>
    auto call(F f) const {
        try {
            return f();
        } catch (...) {
            stay_if_ending();
            throw;
        }
    }

   private:
    ThreadState* thread_ = nullptr;

    static void stay_if_ending();
};

// A sweep over the records of a tape. Decides whether others may run meanwhile.
class SweepScope {
   public:
    // `consume`: it lets go of the records as it passes them. `is_long`: even of few records.
    explicit SweepScope(const Tape& tape, bool consume = false, bool is_long = false);
    // A sweep of nothing, that changes the log on its own thread.
    explicit SweepScope(Log& changed);
    ~SweepScope();
    SweepScope(const SweepScope&) = delete;
    SweepScope& operator=(const SweepScope&) = delete;

   private:
    friend class Sharing;
    Log* read_;                // null: within a sweep without the lock
    Log* appended_ = nullptr;  // may be; null: none but `read_`
    ThreadState* thread_;
    SweepScope* outer_;
    bool consumes_ = false;
    bool reads_without_ = false;    // read_->use.readers counts it
    bool appends_without_ = false;  // and (appended_ or read_)->use.writers
    std::optional<WithoutLock> without_;

    void begin();
    static void end(Log& log);
};

// A tape that is asked for derivatives, until the end of the scope: nobody resets it or uses it up.
class Claim {
   public:
    Claim() = default;
    ~Claim();
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

    // False if the tape has no records to ask: it was not entered, or is used up, or it is to be
    // used up by this and another claim. `once`: this one will use it up.
    bool take(Tape& tape, bool once);
    // Nobody else asks it.
    bool alone() const { return tape_->asked_ == 1; }
    // At the end of the scope the tape forgets everything, or when the last claim ends.
    void use_up() { tape_->spent_ = true; }

   private:
    friend class Sharing;
    Tape* tape_ = nullptr;
    ThreadState* thread_ = nullptr;
    Claim* outer_ = nullptr;
    bool once_ = false;
};

// What records and tapes ask.
class Sharing {
   public:
    // Whether sweeps of other threads read the log, or append to it, without the lock.
    static bool swept_by_others(const Log& log) {
        return AG_UNLIKELY(log.use.readers + log.use.writers > 0) && !only_mine(log);
    }
    // Whether sweeps of other threads run on it at all.
    static bool others_sweep(const Log& log);
    // Waits until `blocked()` is false; throws if that may not be waited for.
    template <class Blocked>
    static void wait_while(Blocked blocked, const char* what) {
        while (AG_UNLIKELY(blocked())) wait(what);
    }
    // Destroys the tapes that were put off; no sweep of the log runs.
    static void reap(Log& log) noexcept;
    static void require_whole(const Log& log);

    // In a forked process: what other threads were doing has ended, or will never.
    static void forget_other_threads();

   private:
    friend class SweepScope;
    friend class Claim;
    struct Count {
        int sweeps = 0, readers = 0, writers = 0;
    };
    static Count mine(const Log& log);
    static bool only_mine(const Log& log);
    static bool others_append(const Log& log) {
        return AG_UNLIKELY(log.use.writers > 0) && mine(log).writers < log.use.writers;
    }
    static void wait(const char* what);
};

}  // namespace ag
