// A process may be forked while other threads are inside the engine. The child has none of them: it
// must not wait for a mutex that one of them holds, nor for the end of what one of them began.
#pragma once

namespace ag {

// Each of these is called three times by the thread that forks: it locks what it guards, and
// unlocks it in both processes.
enum class ForkStep { before, in_parent, in_child };

namespace memory {
void at_fork(ForkStep step);  // array.cpp
}
void parallel_at_fork(ForkStep step);
void numerics_at_fork(ForkStep step);
void sharing_at_fork(ForkStep step);

// Has them called from now on. Once is enough.
void prepare_for_forks();

}  // namespace ag
