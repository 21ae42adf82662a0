// Reverse sweeps: cotangents, carried back through the records of a tape. They let go of the lock,
// if that is allowed, and take it back (sharing.h).
#pragma once

#include "slots.h"

namespace ag {

// Cotangents of `sources` for the cotangents `seeds`, into `answers`. Appends records if a tape is
// recording on this thread. With `consume`, the records are let go of as the sweep passes them.
// `batch`: how many cotangents there are at once, along a first axis that all of them have more; or
// -1.
void reverse_sweep(const Tape& tape, const Seed* seeds, std::size_t seed_count, const u32* sources,
                   std::size_t source_count, Answer* answers, bool consume, i64 batch = -1);

// The same within a SweepScope. With `scattered`, those are the cotangents of the seeds.
void sweep_back(const Tape& tape, const Seed* seeds, std::size_t seed_count, const u32* sources,
                std::size_t source_count, Answer* answers, bool consume, i64 batch,
                const Scattered* scattered);

}  // namespace ag
