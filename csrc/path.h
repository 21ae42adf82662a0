// Paths: what was recorded in program mode, from one event to the next, as instructions.
//
// The paths of one function share what they have in common, and with that its slots. So what is
// recorded anew is first compared with what is there.
#pragma once

#include <string>
#include <unordered_map>

#include "instruction.h"
#include "program.h"

namespace ag {

class PathWriter {
   public:
    // `code`: of all paths of the function.
    PathWriter(const Tape& tape, Code& code) : log_(*tape.log()), code_(code) {}

    // A node is a slot that is there, or a new one.
    void place(u32 node, u32 slot) { slots_[node] = slot; }
    u32 add(u32 node);
    // Writes the records of [begin, end) behind the instructions that are there.
    void write(u32 begin, u32 end);
    // Whether these records are the instructions [first, last). Then their outputs have the same
    // slots.
    bool follow(u32 begin, u32 end, u32 first, u32 last);
    // The slot of a value: a constant if none was made for its node. Throws if the record cannot be
    // run again.
    u32 slot_of(const Value& v);
    u32 slot_of_node(u32 node) const;
    bool both_constant(u32 a, u32 b) const;  // slots, and of the same value
    // Something was read that was recorded before, and is known to other tapes: it is no constant,
    // and what it is cannot be told here.
    bool foreign() const { return foreign_; }

   private:
    const Log& log_;
    Code& code_;
    std::unordered_map<u32, u32> slots_;  // by node
    std::unordered_map<u32, u32> types_;  // among those of the code, by those of the log
    bool foreign_ = false;

    u32 add_slot(u32 log_type);
    bool is_constant(const Value& v);
    // What a record was made of that is an instruction; null for inputs, further outputs of others,
    // and what cannot be run again, which it may be that nobody needs.
    const CallInputs::Inputs* inputs_of(u32 node) const;
    bool same_input(const Value& v, u32 slot);
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

// Which slots somebody asks for after the instructions [begin, end) of each segment; see Plan.
// `segments`: the ends of all, ascending. `wanted`: by slot, what is asked for at the end of one,
// or is given out.
std::vector<u8> needed_slots(const Code& code, const std::vector<u32>& ends,
                             std::vector<u8> wanted);

// Runs instructions one after the other, recorded as any call.
void walk(const Code& code, u32 begin, u32 end, const std::vector<u8>& needed,
          std::vector<Value>& slots);

}  // namespace ag
