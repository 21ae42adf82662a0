// Loops: programs that are run again and again, where what one run gives is what the next one
// takes.
//
// A loop over values that a tape knows is one record. Its derivative goes through the rounds again,
// from the last to the first, by a program that is the derivative of a round: a loop too.
#pragma once

#include "rounds.h"

namespace ag {

struct LoopSpec {
    RoundPointer round;
    // Of what is carried and the constants: whether there is another round. If it is null, there is
    // one for each row.
    std::shared_ptr<const Program> condition;
    i64 count = -1;  // of the rounds; with a condition the most of them, or -1
    bool backwards = false;
    // Of what was carried a derivative keeps that of some rounds alone, about the square root of
    // their number, and computes the others from those again.
    bool checkpoints = false;
};

// A loop in a program: it takes what is carried, all rows, and the constants.
HostRef make_loop(const LoopSpec& loop);

// What is carried in the end, and the results, stacked. In program mode it is a composite.
std::vector<Value> run_loop(const LoopSpec& loop, const std::vector<Value>& inputs);

}  // namespace ag
