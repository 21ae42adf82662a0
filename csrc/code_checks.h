// Code that somebody else has written down, such as a file: whether it can be run at all.
//
// What the layers above give to operations is right, or checked by the functions that they call. In
// code from elsewhere nothing is: any attribute may stand anywhere. So each row says here what its
// `run` and its rules take for granted. Types of slots are believed until the code is run first.
#pragma once

#include "instruction.h"

namespace ag {

// Whether code from elsewhere may have the row: it can be run, and what it takes is known here.
bool takes_code(OpCode op);

// Throws unless each slot is written once and before it is read, rows can be run and have as many
// inputs, attributes and outputs as instructions give them, and take what these are, if slots are
// of the types that they are said to be. The inputs are the first slots.
void require_sound(const Code& code, u32 inputs, const std::vector<u32>& outputs);

// Runs it, and throws unless what it gives is of the types that it is said to be.
void require_types(const Code& code, const std::vector<Value>& inputs);

// How many nanoseconds each instruction takes in a run.
std::vector<double> times_of(const Code& code, const std::vector<Value>& inputs);

// Zeros of the types of the first slots.
std::vector<Value> like_inputs(const Code& code, u32 inputs);

}  // namespace ag
