#include "sharing.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "fork.h"

namespace ag {

LockHooks lock_hooks;
bool (*interrupted)() = nullptr;

namespace {

// A sweep of less work than this is over before another thread could make use of the lock.
constexpr u32 lock_records = 20'000;
constexpr i64 lock_elements = 200'000;

// How many threads wait for sweeps to end; guarded by the lock.
int waiting = 0;

// The thread runs without the lock. (A function in C that was called meanwhile may have taken it
// back without a word.)
bool is_without(const ThreadState& thread) {
    return AG_UNLIKELY(thread.without_lock) && !lock_hooks.held(thread.saved_lock);
}

bool ending() { return lock_hooks.ending != nullptr && lock_hooks.ending(); }

}  // namespace

// ---------------------------------------------------------------- the lock

WithoutLock::WithoutLock(bool really) {
    if (!really || lock_hooks.release == nullptr || ending()) return;
    ThreadState& thread = thread_state();
    if (is_without(thread)) return;
    thread_ = &thread;
    saved_before_ = thread.saved_lock;
    without_before_ = thread.without_lock;
    thread.without_lock = true;
    thread.saved_lock = lock_hooks.release();
}

void WithoutLock::end() {
    ThreadState* const thread = thread_;
    if (thread == nullptr) return;
    thread_ = nullptr;
    lock_hooks.acquire(thread->saved_lock);
    thread->saved_lock = saved_before_;
    thread->without_lock = without_before_;
}

WithLock::WithLock() {
    ThreadState& thread = thread_state();
    if (!is_without(thread)) return;
    thread_ = &thread;
    lock_hooks.acquire(thread.saved_lock);
    thread.without_lock = false;
}

WithLock::~WithLock() {
    if (thread_ == nullptr) return;
    thread_->without_lock = true;
    thread_->saved_lock = lock_hooks.release();
}

void WithLock::stay_if_ending() {
    if (ending()) lock_hooks.acquire(nullptr);
}

// ---------------------------------------------------------------- sweeps

SweepScope::SweepScope(const Tape& tape, bool consume, bool is_long)
    : read_(tape.log()), thread_(&thread_state()), outer_(thread_->scopes) {
    if (AG_UNLIKELY(thread_->without_lock) && is_without(*thread_)) {
        read_ = nullptr;  // within a sweep that has asked all this, and counts
        return;
    }
    Sharing::require_whole(*read_);
    Sharing::wait_while([&] { return Sharing::others_append(*read_); },
                        "a derivative cannot be computed here while another thread records one on "
                        "the same tapes");
    if (!thread_->open.empty()) appended_ = thread_->log;
    begin();
    if (consume) {
        read_->use.consumer = thread_;
        read_->use.consumed = false;
        consumes_ = true;
    }
    if (lock_hooks.release == nullptr) return;
    if (!is_long && read_->size() <= lock_records && read_->elements <= lock_elements) return;
    // Sweeps one after the other, with hardly a moment between them, would have it wait for ever.
    if (waiting > 0 || ending()) return;
    if (read_->appender != nullptr && read_->appender != thread_) return;
    if (appended_ != nullptr && Sharing::others_sweep(*appended_)) return;
    reads_without_ = true;
    ++read_->use.readers;
    if (appended_ != nullptr) {
        appends_without_ = true;
        ++appended_->use.writers;
    }
    ++thread_->sweeps_without;
    without_.emplace();
}

SweepScope::SweepScope(Log& changed)
    : read_(&changed), thread_(&thread_state()), outer_(thread_->scopes) {
    begin();
    appended_ = read_;
    appends_without_ = true;
    ++read_->use.writers;
}

namespace {

// The lock guards the count, and an atomic update would cost as much as some sweeps; but where
// there is no lock, threads may sweep one tape at once.
int add_to(std::atomic<int>& count, int by) {
    if (AG_UNLIKELY(lock_hooks.release == nullptr))
        return count.fetch_add(by, std::memory_order_acq_rel) + by;
    const int sum = count.load(std::memory_order_relaxed) + by;
    count.store(sum, std::memory_order_relaxed);
    return sum;
}

}  // namespace

void SweepScope::begin() {
    add_to(read_->use.sweeps, 1);
    if (appended_ != nullptr && appended_ != read_) add_to(appended_->use.sweeps, 1);
    thread_->scopes = this;
}

SweepScope::~SweepScope() {
    if (AG_UNLIKELY(read_ == nullptr)) return;
    const bool was_without = without_.has_value();
    if (was_without) {
        without_->end();
        --thread_->sweeps_without;
    }
    if (reads_without_) --read_->use.readers;
    if (appends_without_) --appended_->use.writers;
    if (consumes_) read_->use.consumer = nullptr;
    thread_->scopes = outer_;
    if (appended_ != nullptr && appended_ != read_) end(*appended_);
    end(*read_);
    // What other threads destroyed of this one's open tapes is in the list of their log.
    if (was_without && thread_->log != nullptr && thread_->log->use.abandoned != nullptr &&
        thread_->log->use.sweeps == 0)
        Sharing::reap(*thread_->log);
}

void SweepScope::end(Log& log) {
    if (add_to(log.use.sweeps, -1) == 0 && AG_UNLIKELY(log.use.abandoned != nullptr))
        Sharing::reap(log);
}

// ---------------------------------------------------------------- claims

bool Claim::take(Tape& tape, bool once) {
    ThreadState& thread = thread_state();
    const auto gone = [&] {
        return !tape.entered() || tape.log()->use.consumer != nullptr || (once && tape.asked_once_);
    };
    if (gone()) return false;
    Sharing::require_whole(*tape.log());
    Sharing::wait_while([&] { return !gone() && Sharing::others_append(*tape.log()); },
                        "a tape cannot be asked here while another thread records a derivative on "
                        "the same tapes");
    if (gone()) return false;
    tape_ = &tape;
    once_ = once;
    thread_ = &thread;
    outer_ = thread.claims;
    thread.claims = this;
    ++tape.asked_;
    if (once) tape.asked_once_ = true;
    return true;
}

Claim::~Claim() {
    if (tape_ == nullptr) return;
    thread_->claims = outer_;
    if (once_) tape_->asked_once_ = false;
    if (--tape_->asked_ == 0 && tape_->spent_) tape_->discard();
}

// ---------------------------------------------------------------- questions

Sharing::Count Sharing::mine(const Log& log) {
    Count count;
    for (const SweepScope* s = thread_state().scopes; s != nullptr; s = s->outer_) {
        count.sweeps += s->read_ == &log || s->appended_ == &log;
        count.readers += s->reads_without_ && s->read_ == &log;
        count.writers += s->appends_without_ && s->appended_ == &log;
    }
    return count;
}

bool Sharing::only_mine(const Log& log) {
    const Count count = mine(log);
    return count.readers == log.use.readers && count.writers == log.use.writers;
}

bool Sharing::others_sweep(const Log& log) { return log.use.sweeps > mine(log).sweeps; }

void Sharing::wait(const char* what) {
    if (thread_state().scopes != nullptr || lock_hooks.release == nullptr || ending())
        fail(ErrorKind::busy, what);
    ++waiting;
    {
        WithoutLock without;
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    --waiting;
    if (interrupted != nullptr && interrupted())
        fail(ErrorKind::interrupted, "waiting for another thread was interrupted");
}

void Sharing::require_whole(const Log& log) {
    if (AG_UNLIKELY(log.use.broken))
        fail(ErrorKind::busy,
             "the tape is of no use in this process: it was forked while another thread computed "
             "a derivative that was recorded on the tape, or that used it up");
}

void Sharing::reap(Log& log) noexcept {
    // The last of them may end the log.
    Tape* next = log.use.abandoned;
    log.use.abandoned = nullptr;
    while (next != nullptr) {
        Tape* const tape = next;
        next = tape->next_abandoned_;
        delete tape;  // or puts it off again, if a sweep has begun meanwhile
    }
}

// ---------------------------------------------------------------- fork

void sharing_at_fork(ForkStep step) {
    if (step == ForkStep::before) {
        thread_state();  // made now: it enters itself in the registry
        registry().mutex.lock();
        return;
    }
    if (step == ForkStep::in_child) Sharing::forget_other_threads();
    registry().mutex.unlock();
}

void Sharing::forget_other_threads() {
    static Log* nowhere = nullptr;
    waiting = 0;
    ThreadState& me = thread_state();
    Registry& r = registry();
    for (Log* log : r.logs) {
        if (log == nullptr) continue;
        const Count count = mine(*log);
        LogUse& use = log->use;
        use.broken = use.broken || use.writers > count.writers ||
                     (use.consumer != nullptr && use.consumer != &me);
        use.sweeps = count.sweeps;
        use.readers = count.readers;
        use.writers = count.writers;
        for (Tape* tape : log->tapes) {
            tape->asked_ = 0;
            tape->asked_once_ = false;
        }
    }
    for (const Claim* claim = me.claims; claim != nullptr; claim = claim->outer_) {
        ++claim->tape_->asked_;
        claim->tape_->asked_once_ = claim->tape_->asked_once_ || claim->once_;
    }
    for (ThreadState* thread : r.threads) {
        if (thread == &me) continue;
        thread->active = &nowhere;
        thread->sweeps_without = 0;
        thread->scopes = nullptr;
        thread->claims = nullptr;
        thread->leave_all();
    }
}

}  // namespace ag
