// Reverse sweeps for all elements of a target.
#pragma once

#include "slots.h"

namespace ag {

// Cotangents of `sources` for every element of one target: answer k has the shape [elements of the
// target, *shape of source k]. Many cotangents go through one sweep together. With `shared_rows`,
// the first axis of the target is not looped over: element (r, j) of all rows r is one cotangent.
void jacobian_sweep(const Tape& tape, const Seed& target, const u32* sources,
                    std::size_t source_count, Answer* answers, bool shared_rows);

}  // namespace ag
