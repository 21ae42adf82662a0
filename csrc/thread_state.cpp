#include "thread_state.h"

#include <algorithm>

#include "sharing.h"
#include "tape.h"

namespace ag {

AG_THREAD_LOCAL ThreadState* this_thread = nullptr;

namespace {

Log* of_ended_threads = nullptr;

struct CloseThread {
    ~CloseThread() {
        if (this_thread->end())
            delete this_thread;
        else
            this_thread->active = &of_ended_threads;
        this_thread = nullptr;
        active_log = nullptr;
    }
};

}  // namespace

ThreadState& make_thread_state() {
    static thread_local CloseThread close;
    (void)close;
    this_thread = new ThreadState;
    return *this_thread;
}

ThreadState::ThreadState() : active(&active_log) {
    Registry& r = registry();
    std::lock_guard<std::mutex> guard(r.mutex);
    r.threads.push_back(this);
}

bool ThreadState::end() noexcept {
    {
        Registry& r = registry();
        std::lock_guard<std::mutex> guard(r.mutex);
        r.threads.erase(std::find(r.threads.begin(), r.threads.end(), this));
    }
    if (!open.empty()) {
        int state = 0;
        const bool locks = lock_hooks.enter != nullptr;
        if (locks && !lock_hooks.enter(&state)) return false;
        leave_all();
        if (locks) lock_hooks.exit(state);
    }
    if (log != nullptr) log->let_go();
    return true;
}

Log* ThreadState::recording_log() const {
    for (const Tape* tape : open)
        if (tape->pauses_ >= pauses) return log;
    return nullptr;
}

void ThreadState::leave_all() noexcept {
    while (!open.empty()) open.back()->leave_now(false);
}

void ThreadState::refresh() {
    forward = 0;
    for (const Tape* tape : open) forward += tape->forward;
    *active = recording_log();
    // Unique over all threads, of which each takes many at once: a Variable compares it with the
    // one that it saw last.
    constexpr u64 block = 1 << 20;
    static std::atomic<u64> counter{block};
    if (AG_UNLIKELY(++generation % block == 0))
        generation = counter.fetch_add(block, std::memory_order_relaxed);
}

// ---------------------------------------------------------------- pauses

void PauseRecording::pause() {
    ThreadState& thread = thread_state();
    ++thread.pauses;
    saved_ = active_log;
    generation_ = thread.generation;
    active_log = nullptr;
}

void PauseRecording::resume() noexcept {
    ThreadState& thread = thread_state();
    --thread.pauses;
    // Tapes may have been entered and left meanwhile.
    active_log = thread.generation == generation_ ? saved_ : thread.recording_log();
}

void CallOutside::forget_pauses() {
    thread_ = &thread_state();
    pauses_ = thread_->pauses;
    thread_->pauses = 0;
    if (pauses_ > 0) active_log = thread_->recording_log();
}

void CallOutside::remember_pauses() noexcept { thread_->pauses = pauses_; }

}  // namespace ag
