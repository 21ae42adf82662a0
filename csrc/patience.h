// Long work that Ctrl-C can end.
#pragma once

#include <chrono>

#include "sharing.h"

namespace ag {

// Looks for Ctrl-C about every 50 ms. Asking the clock is cheap beside the work that is spent
// first.
class Patience {
   public:
    void spend(i64 work) {
        left_ -= work;
        if (AG_LIKELY(left_ > 0)) return;
        left_ = allowance;
        // Most sweeps end before they ask the clock, which takes as long as some of them.
        const auto now = Clock::now();
        if (last_ != Clock::time_point() && now - last_ < std::chrono::milliseconds(50)) return;
        const bool is_first = last_ == Clock::time_point();
        last_ = now;
        if (is_first) return;
        if (stopped()) fail(ErrorKind::interrupted, "the sweep was interrupted");
    }

   private:
    using Clock = std::chrono::steady_clock;
    static bool stopped() {
        if (interrupted == nullptr) return false;
        WithLock lock;
        CallOutside outside(true);
        const bool stop = interrupted();
        if (outside.has_moved())
            fail(ErrorKind::busy,
                 "a signal handler has left the tape on which the derivative is recorded");
        return stop;
    }

    static constexpr i64 allowance = 50'000;
    i64 left_ = allowance;
    Clock::time_point last_;  // when the clock was asked, if it was
};

}  // namespace ag
