#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include "fork.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ag {

namespace {

// Below this, waking a worker costs more than it saves.
constexpr i64 smallest = 65'536;
constexpr i64 alignment = 1'024;
// A worker looks for the next loop this often before it sleeps: sweeps are loops in a row.
constexpr int patience = 4'000;

void relax() {
#if defined(__x86_64__)
    _mm_pause();
#else
    std::this_thread::yield();
#endif
}

class Pool {
   public:
    explicit Pool(int threads) {
        try {
            for (int k = 1; k < threads; ++k) {
                std::thread([this] { work(); }).detach();
                ++workers_;
            }
        } catch (const std::system_error&) {  // as many as the system gives
        }
    }

    void run(i64 n, void (*body)(void*, i64, i64), void* context) {
        const i64 parts = workers_ + 1;
        if (parts == 1 || busy_.exchange(true, std::memory_order_acquire)) {
            body(context, 0, n);
            return;
        }
        {
            std::lock_guard<std::mutex> lock(mutex_);
            body_ = body;
            context_ = context;
            n_ = n;
            // More parts than threads: one whose processor is busy elsewhere takes fewer.
            step_ = (n / (parts * 4) + alignment) / alignment * alignment;
            next_.store(0, std::memory_order_relaxed);
            open_ = true;
            generation_.fetch_add(1, std::memory_order_release);
        }
        if (sleeping_.load(std::memory_order_acquire) > 0) wake_.notify_all();
        take_parts();
        {
            std::unique_lock<std::mutex> lock(mutex_);
            open_ = false;
            while (active_ > 0) {
                lock.unlock();
                relax();
                lock.lock();
            }
        }
        busy_.store(false, std::memory_order_release);
    }

   private:
    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<bool> busy_{false};
    std::atomic<u64> generation_{0};
    std::atomic<int> sleeping_{0};
    std::atomic<i64> next_{0};
    void (*body_)(void*, i64, i64) = nullptr;
    void* context_ = nullptr;
    i64 n_ = 0, step_ = 0;
    bool open_ = false;  // parts of the present loop may be taken
    int active_ = 0;     // workers inside it
    int workers_ = 0;

    void take_parts() {
        for (;;) {
            const i64 begin = next_.fetch_add(step_, std::memory_order_relaxed);
            if (begin >= n_) return;
            body_(context_, begin, std::min(begin + step_, n_));
        }
    }

    [[noreturn]] void work() {
        u64 seen = 0;
        for (;;) {
            for (int k = 0; k < patience; ++k) {
                if (generation_.load(std::memory_order_acquire) != seen) break;
                relax();
            }
            std::unique_lock<std::mutex> lock(mutex_);
            sleeping_.fetch_add(1, std::memory_order_release);
            wake_.wait(lock, [&] { return generation_.load(std::memory_order_relaxed) != seen; });
            sleeping_.fetch_sub(1, std::memory_order_relaxed);
            seen = generation_.load(std::memory_order_relaxed);
            if (!open_) continue;
            ++active_;
            lock.unlock();
            take_parts();
            lock.lock();
            --active_;
        }
    }
};

int count_threads() {
    for (const char* name : {"AUTOGRAD_C_NUM_THREADS", "OMP_NUM_THREADS"})
        if (const char* text = std::getenv(name)) {
            const int n = std::atoi(text);
            if (n > 0) return std::min(n, 256);
        }
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Never destroyed: workers may outlive static objects at exit.
std::atomic<Pool*> pool{nullptr};
std::mutex pool_mutex;

Pool& the_pool() {
    Pool* p = pool.load(std::memory_order_acquire);
    if (p != nullptr) return *p;
    std::lock_guard<std::mutex> lock(pool_mutex);
    p = pool.load(std::memory_order_acquire);
    if (p == nullptr) {
        p = new Pool(thread_count());
        pool.store(p, std::memory_order_release);
    }
    return *p;
}

}  // namespace

void parallel_at_fork(ForkStep step) {
    if (step == ForkStep::before) {
        pool_mutex.lock();
        return;
    }
    // A forked process has no workers: it starts its own when it needs them.
    if (step == ForkStep::in_child) pool.store(nullptr);
    pool_mutex.unlock();
}

int thread_count() {
    static const int threads = count_threads();
    return threads;
}

void parallel_for(i64 n, void (*body)(void*, i64, i64), void* context) {
    if (n < smallest || thread_count() == 1)
        body(context, 0, n);
    else
        the_pool().run(n, body, context);
}

}  // namespace ag
