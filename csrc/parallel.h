// Large loops on all processors. The result does not depend on how many there are.
#pragma once

#include "config.h"

namespace ag {

// Calls body(context, begin, end) on parts of [0, n) that begin at multiples of 1,024, from several
// threads when n is large enough to be worth it. The body must not throw and must not call
// parallel_for. Runs on the calling thread alone while another caller uses the workers.
void parallel_for(i64 n, void (*body)(void* context, i64 begin, i64 end), void* context);

template <class F>
void parallel_for(i64 n, F& f) {
    parallel_for(
        n, [](void* context, i64 begin, i64 end) { (*static_cast<F*>(context))(begin, end); }, &f);
}

// Threads that large loops use: AUTOGRAD_C_NUM_THREADS, else OMP_NUM_THREADS, else all processors.
int thread_count();

}  // namespace ag
