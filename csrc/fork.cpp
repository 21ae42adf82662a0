#include "fork.h"

#include "blas.h"
#include "parallel.h"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace ag {

namespace {

// In the order in which their mutexes may be taken inside each other.
void at_fork(ForkStep step) {
    numerics_at_fork(step);
    sharing_at_fork(step);
    memory::at_fork(step);
    parallel_at_fork(step);
}

}  // namespace

void prepare_for_forks() {
#if defined(__unix__) || defined(__APPLE__)
    static const int registered = pthread_atfork(
        [] {
            // What is found out once, by whoever comes first, is guarded as if by a mutex.
            thread_count();
            blas::description();
            at_fork(ForkStep::before);
        },
        [] { at_fork(ForkStep::in_parent); }, [] { at_fork(ForkStep::in_child); });
    (void)registered;
#endif
}

}  // namespace ag
