// What a run of instructions comes to: without those that nobody needs, that compute what is known,
// or what another one has computed.
#pragma once

#include "instruction.h"

namespace ag {

// Results stay what they are, bit by bit. (Of what is not needed, errors are not noticed either.)
struct Simplified {
    // What stays the same: values alone, or what derivatives there are, too.
    enum class Keeps : u8 { values, derivatives };
    // Of code.instructions[begin, end). `needed`: by slot, whether it is asked for afterwards.
    Simplified(const Code& code, u32 begin, u32 end, const std::vector<u8>& needed,
               Keeps keeps = Keeps::values);

    // Those that are left, in order.
    std::vector<u32> kept;
    // By slot: the one that holds its value, which may be itself.
    std::vector<u32> same;
    // Of the code, and what has been computed from them.
    std::vector<std::pair<u32, Value>> constants;
    // By slot: the place of its value among the constants, or no_constant.
    std::vector<u32> constant_of;
    static constexpr u32 no_constant = 0xffffffffu;

    const Value* constant(u32 slot) const {
        return constant_of[slot] == no_constant ? nullptr : &constants[constant_of[slot]].second;
    }

   private:
    const Code& code_;
    const Keeps keeps_;

    void drop_dead(const std::vector<u8>& needed);
    void add_constant(u32 slot, const Value& v);
    bool is_number(u32 slot, double x) const;
    u32 forwarded(const Instruction& i) const;
    bool hands_on(const Instruction& i);
    bool fold(const Instruction& i);
    u64 hash(const Instruction& i) const;
    bool equal(const Instruction& i, const Instruction& j) const;
};

}  // namespace ag
