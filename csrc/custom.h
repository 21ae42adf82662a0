// Functions with a gradient of their own, and functions that are computed again for theirs, in
// programs.
//
// What a function with a gradient of its own computes is recorded as any code is. Behind that
// stands one composite, which gives the results as they are and has another program as its
// derivative. Where no tape records it is nothing at all.
#pragma once

#include "composite.h"

namespace ag {

struct CustomSpec {
    std::string name;
    // Of the cotangents of all results, and then of what else it reads: the cotangents of
    // arguments. Null if there is none.
    std::shared_ptr<const Program> gradient;
    // Of each argument: its cotangent among the outputs of the program; or none, if it has none.
    std::vector<u32> answers;
    static constexpr u32 none = 0xffffffffu;
    // Some result depends on something else, and has no derivative by that: to ask for one is an
    // error.
    bool closes_over = false;
    // The results have the derivatives that they have by other things if nobody asks for one by an
    // argument.
    bool passes = false;
};

// The message of that error.
extern const char* const closed_over_message;

// A composite of the arguments, the results, and what the program of the gradient reads beside
// cotangents. It gives the results.
//
// `above`: a custom gradient of the layer above, which takes the arguments; it is asked in the
// place of the program until `forget_above`. Its `run` may change what else the program reads to
// what it is when the gradient is taken. Null for none.
HostRef make_custom(CustomSpec spec, const std::vector<Value>& arguments,
                    const std::vector<Value>& results, const std::vector<Value>& captured,
                    HostRef above);
// The same of types, where no function is recorded. `inputs`: of all that it takes, arguments
// first. `untracked`: no tape knew an argument, so that its results have the derivatives that they
// have by other things.
HostRef make_custom(CustomSpec spec, std::vector<TypeEntry> inputs, std::size_t arguments,
                    std::vector<TypeEntry> results, bool untracked);
// From here on the program is asked; `refreshes`: and before, what else it reads.
void forget_above(const HostRef& custom, bool refreshes);

// A program of which tapes keep the inputs alone: derivatives compute it again, and are such
// composites too.
HostRef make_checkpoint(std::shared_ptr<const Program> program);
// The same of a call of a program, or of a derivative of one.
HostRef make_checkpoint(HostRef operation);

}  // namespace ag
