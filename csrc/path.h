// Paths: what was recorded in program mode, from one event to the next, as instructions.
//
// The paths of one function share what they have in common, and with that its slots. So what is
// recorded anew is first compared with what is there.
#pragma once

#include "code_writer.h"

namespace ag {

class PathWriter : public CodeWriter {
   public:
    // `code`: of all paths of the function.
    PathWriter(const Tape& tape, Code& code)
        : CodeWriter(tape, code, tape.log()->program->first()) {}

    // Writes the records of [begin, end) behind the instructions that are there.
    void write(u32 begin, u32 end);
    // Whether these records are the instructions [first, last). Then their outputs have the same
    // slots.
    bool follow(u32 begin, u32 end, u32 first, u32 last);
    // Both leave out the records of these ranges, but for those that a value of `wanted` or a
    // record of anything else depends on.
    void leave_out(const std::vector<std::pair<u32, u32>>& ranges, const std::vector<u32>& wanted);
    bool both_constant(u32 a, u32 b) const;  // slots, and of the same value

   private:
    std::vector<u8> left_out_;  // by node

    bool same_input(const Value& v, u32 slot);
    bool is_left_out(u32 node) const { return node < left_out_.size() && left_out_[node]; }
};

// Whether two values are the same, bit by bit.
bool same_elements(const Value& a, const Value& b);
// Whether a single element is not 0.
bool is_true(const Value& v);

// Slots as a run begins with them.
void fill_constants(const Code& code, std::vector<Value>& slots);
// Which slots come to hold memory that is not a constant's; and what lets go of that.
std::vector<u8> slots_with_memory(const Code& code);
void let_go(std::vector<Value>& slots, const std::vector<u8>& holds);

// What is asked for of the instructions of several segments. `needed`: by slot, whether it is after
// the segment that makes it; see Plan. `runs`: by instruction, whether anybody needs what it makes.
struct Uses {
    std::vector<u8> needed, runs;
};
// `ends`: of all segments, ascending. `wanted`: by slot, what is asked for at the end of one, or is
// given out.
Uses uses_of(const Code& code, const std::vector<u32>& ends, std::vector<u8> wanted);

// Runs those of the instructions that anybody needs one after the other, recorded as any call.
void walk(const Code& code, u32 begin, u32 end, const std::vector<u8>& runs,
          std::vector<Value>& slots);

}  // namespace ag
