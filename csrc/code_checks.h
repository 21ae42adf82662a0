// Code that somebody else has written down, such as a file: whether it can be run at all.
//
// What the layers above give to operations is right, or checked by the functions that they call. In
// code from elsewhere nothing is: any attribute may stand anywhere. So each row says here what its
// `run` and its rules take for granted. Types of slots are believed until the code is run first.
#pragma once

#include <string>

#include "instruction.h"

namespace ag {

// Whether code from elsewhere may have the row: it can be run, and what it takes is known here.
bool takes_code(OpCode op);

// Throws what is wrong with an instruction.
[[noreturn]] void fail_at(std::size_t place, OpCode code, const std::string& what);

// Throws unless each slot is written once and before it is read, rows can be run and have as many
// inputs, attributes and outputs as instructions give them, and take what these are, if slots are
// of the types that they are said to be. The inputs are the first slots.
void require_sound(const Code& code, u32 inputs, const std::vector<u32>& outputs);

// Of a tree of paths: the instructions from where the segment before it ends up to `end`, which are
// run behind those of its parent. The first one has none.
struct SegmentCode {
    u32 end, parent;
    std::vector<u32> reads;  // slots that are asked for when it has been run
};
// The same for such a tree: what a segment reads has been written by it, or by those it is behind.
// Segments come behind their parents. `inputs`: slots that are written before the first one.
void require_sound(const Code& code, const std::vector<u32>& inputs,
                   const std::vector<SegmentCode>& segments);

// Runs it, and throws unless what it gives is of the types that it is said to be.
void require_types(const Code& code, const std::vector<Value>& inputs);
// The same of some of the instructions, with the slots that these read; see Uses for `runs`.
void require_types(const Code& code, u32 begin, u32 end, const std::vector<u8>& runs,
                   const std::vector<Value>& slots);
// The same without a run, for who writes it as other code: each instruction by itself is called
// with zeros or ones of the types that it is said to take. Those that do not take these are
// "unimplemented".
void require_types(const Code& code);

// How many nanoseconds each instruction takes in a run.
std::vector<double> times_of(const Code& code, const std::vector<Value>& inputs);

// Zeros of the types of the first slots.
std::vector<Value> like_inputs(const Code& code, u32 inputs);

}  // namespace ag
