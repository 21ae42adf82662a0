// Derivatives of loops and branches, as programs of loops and branches.
//
// A composite's derivative computes it once more on a tape, and sweeps that, when it is run. Where
// somebody else runs a program, as a compiler does, it has to be said before how that goes: the
// derivative of a loop is a loop that keeps what its rounds have carried, and one back. For that,
// the number of rounds, or the most that there can be, has to be known.
#pragma once

#include "composite.h"
#include "loops.h"

namespace ag {

// On this thread composites that are recorded in program mode are such as have no derivatives of
// others in them, and derivatives are by those alone.
extern AG_THREAD_LOCAL bool expanding;

// Of a derivative. Throws if the rounds of a loop in it have no greatest number.
std::shared_ptr<const Program> expanded(Composite& derivative);
inline std::shared_ptr<const Program> expanded_of(const HostRef& derivative) {
    return expanded(composite_of(derivative));
}

// In program mode: a loop with a condition as one of as many rounds as there may be, of which those
// behind the last one hand on what they take. Its results are those of the loop.
std::vector<Value> run_counted(const LoopSpec& loop, const std::vector<Value>& inputs);

}  // namespace ag
