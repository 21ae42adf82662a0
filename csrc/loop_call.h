// A loop over values that a tape knows: one record, whose derivatives go through its rounds again.
#pragma once

#include "loops.h"

namespace ag {

// Runs the loop and records that. `known`: by input, whether a tape knows it.
std::vector<Value> record_loop(const LoopSpec& loop, const std::vector<Value>& inputs,
                               std::vector<u8> known);

// What a record of a loop with so many rounds holds whose derivatives will be recorded.
HostRef loop_to_record(const LoopSpec& loop, const std::vector<Value>& inputs);

}  // namespace ag
