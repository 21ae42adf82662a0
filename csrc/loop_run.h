// How a loop is run where no tape knows what it takes.
#pragma once

#include "loops.h"

namespace ag {

// Of what was carried into every so many rounds: rows.
struct Checkpoints {
    std::vector<Value> carried;
    i64 every = 1;
};

struct Ran {
    std::vector<Value> outputs;
    Checkpoints checkpoints;
    i64 count = 0;
};

Ran run_rounds(const LoopSpec& loop, const std::vector<Value>& inputs, bool checkpoints = false);

}  // namespace ag
