// Instructions that compute each element of their result from one element of each input.
#pragma once

#include "instruction.h"
#include "ops/table.h"

namespace ag {

// Those among them that are no rows of the table.
struct ElementOps {
    OpCode select, cast;
};
const ElementOps& element_ops();

// A row's loop, a choice or a conversion, and nothing else, of dtypes that loops compute in.
bool goes_by_elements(const Code& code, const Instruction& i);

// What two members of a group come to in one loop: the second one reads what the first one makes,
// which nobody else does.
class Pairs {
   public:
    static constexpr u32 none = 0xffffffffu;
    // By slot: the place of the member that makes it, and how many read it. For the pairs of one
    // group after the other.
    struct Room {
        explicit Room(u32 slots) : makers(slots, none), readers(slots) {}
        std::vector<u32> makers, readers;
    };
    // `members`: instructions, in order. `stored`: whether others read what they make. `same`: by
    // slot, the one that holds its value.
    Pairs(const Code& code, const std::vector<u32>& members, const std::vector<u8>& stored,
          const std::vector<u32>& same, Room& room);
    // Of members by their places: the one that it takes in, or none; and whether it is taken in.
    u32 first_of(u32 member) const { return first_of_[member]; }
    bool is_first(u32 member) const { return is_first_[member]; }
    // What they do, two of PairKernels's; and the input of the second one that the first one is
    // not. False if there is no loop for them.
    static bool forms(const Code& code, const Instruction& first, const Instruction& second,
                      const std::vector<u32>& same, u8* first_form, u8* second_form, u32* other);
    static Loop loop(const Code& code, const Instruction& first, const Instruction& second,
                     const std::vector<u32>& same, u32* other);

   private:
    std::vector<u32> first_of_;
    std::vector<u8> is_first_;
};

}  // namespace ag
