// Makes instructions of the records of a log in program mode.
#pragma once

#include <unordered_map>

#include "instruction.h"
#include "program.h"

namespace ag {

// Slots by node. Those of the records from `first` on are in a row.
class SlotsByNode {
   public:
    static constexpr u32 none = 0xffffffffu;
    SlotsByNode(u32 first, u32 end) : first_(first), slots_(end - first, none) {}
    u32 find(u32 node) const {
        if (node >= first_ && node - first_ < slots_.size()) return slots_[node - first_];
        const auto found = before_.find(node);
        return found == before_.end() ? none : found->second;
    }
    void set(u32 node, u32 slot) {
        if (node >= first_ && node - first_ < slots_.size())
            slots_[node - first_] = slot;
        else
            before_[node] = slot;
    }

   private:
    u32 first_;
    std::vector<u32> slots_;
    std::unordered_map<u32, u32> before_;
};

class CodeWriter {
   public:
    // `first`: the first record that is written.
    CodeWriter(const Tape& tape, Code& code, u32 first)
        : log_(*tape.log()), code_(code), slots_(first, log_.size()) {}

    // A node is a slot that is there, or a new one.
    void place(u32 node, u32 slot) { slots_.set(node, slot); }
    u32 add(u32 node) {
        const u32 slot = add_slot(log_[node].type);
        place(node, slot);
        return slot;
    }
    bool is_placed(u32 node) const { return slots_.find(node) != SlotsByNode::none; }
    // The slot of a value: a constant if none was made for its node. Throws if the record cannot be
    // run again.
    u32 slot_of(const Value& v);
    u32 slot_of_node(u32 node) const;
    // A constant that keeps its node.
    void add_connected(const Value& v);
    // The instruction of a record, behind those that are there.
    void write_record(u32 node);
    // Something was read that was recorded before, and is known to other tapes: it is no constant,
    // and what it is cannot be told here.
    bool foreign() const { return foreign_; }

   protected:
    const Log& log_;
    Code& code_;
    SlotsByNode slots_;

    u32 add_slot(u32 log_type);
    bool is_constant(const Value& v);
    // What a record was made of that is an instruction; null for inputs, further outputs of others,
    // and what cannot be run again, which it may be that nobody needs.
    const CallInputs::Inputs* inputs_of(u32 node) const;

   private:
    std::vector<u32> types_;  // among those of the code, by those of the log
    bool foreign_ = false;
};

}  // namespace ag
