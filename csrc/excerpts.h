// Parts of a program as programs of their own: from some of its slots to others.
#pragma once

#include <memory>

#include "program.h"
#include "simplify.h"

namespace ag {

class Excerpts {
   public:
    // Simplified first: what is computed twice has one slot. `whole` has to stay.
    explicit Excerpts(const Program& whole);

    // What computes the outputs of the inputs, and of constants: any slots. Throws where an output
    // depends on an input of the whole that is not among them.
    std::shared_ptr<const Program> between(const std::vector<u32>& inputs,
                                           const std::vector<u32>& outputs) const;
    // The slot that holds what is in a slot.
    u32 same(u32 slot) const { return simplified_.same[slot]; }
    bool is_constant(u32 slot) const { return simplified_.constant(same(slot)) != nullptr; }
    // What makes the value of a slot; null for inputs and constants.
    const Instruction* maker(u32 slot) const;
    // The instructions that are left, in order.
    const std::vector<u32>& kept() const { return simplified_.kept; }
    const Code& code() const { return whole_.code(); }

   private:
    const Program& whole_;
    const Simplified simplified_;
    std::vector<u32> makers_;  // by slot: the instruction
};

}  // namespace ag
