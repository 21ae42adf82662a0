// How much work a thread has done: for tests that it grows no faster than the program.
#pragma once

#include "config.h"

namespace ag {

// Counted where a walk begins and where a large block is taken, so that a record or a small array
// costs nothing more. Times say the same, but not on a machine that does something else meanwhile.
struct Work {
    i64 records = 0;  // that walks over a log have looked at, and intervals of tapes
    i64 bytes = 0;    // of arrays and of the slots of sweeps, in blocks of more than 1 KB
};

extern AG_THREAD_LOCAL Work work_done;  // since the thread began; defined in array.cpp

}  // namespace ag
