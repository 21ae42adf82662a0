// Composites from elsewhere, such as a file: made of their parts.
//
// kind             numbers                                         programs
// cond             none                                            one for each branch
// scan             carried, rows, count, backwards, checkpoints    a round
// while_loop       the same, without rows; count: at most, or -1   a round, and whether there is
// one gradient         0 or 1 for each input and each output of `of`   none tangent          the
// same                                        none call             none that which it calls
// recompute_grad   none; `of` is a call, or a derivative of one    none
// custom_gradient  how many arguments; whether it closes over      the results, without
// instructions,
//                  something, passes derivatives on, is untracked  of arguments, results and what
//                  the (see custom.h); of each argument its cotangent  gradient reads; the
//                  gradient, or among the outputs of the gradient, or -1        none if it is not
//                  known
#pragma once

#include "composite.h"

namespace ag {

// Throws unless it is one of these, and its programs are of types that it can be of.
HostRef make_composite(const Composed& parts);
Composed composed_of(const HostRef& composite);

// Whether an instruction calls a composite with values that it takes, and gives what that gives.
bool fits(const Instruction& i, const std::vector<const TypeEntry*>& inputs,
          const std::vector<const TypeEntry*>& outputs);

}  // namespace ag
