// Instructions on many short rows, such as points and small matrices, that lie one behind the
// other.
//
// Each number of a row is a column, as long as there are rows, and what is computed with rows
// becomes what is computed with columns: by the loops of fused.h, block by block. Parts of rows,
// and rows that are joined, repeated or given other shapes, are other names of columns then, and
// cost nothing. Nothing of that is stored but what others read.
#pragma once

#include <functional>

#include "fused.h"
#include "instruction.h"

namespace ag {

struct Simplified;

class Columns {
   public:
    // Fewer rows are not worth it, and columns of longer ones lie too far apart.
    static constexpr i64 least_rows = 16, most_numbers = 32;
    // How many rows an instruction is about, if it has a form here; or 0.
    static i64 rows_of(const Code& code, const Instruction& i);
    // Of those: how many numbers are in a row of what it makes, and whether it would be more than
    // the loop of one operation, on its own.
    static i64 width_of(const Code& code, const Instruction& i);
    static bool is_gain(const Code& code, const Instruction& i);

    struct Member {
        u32 instruction;
        bool stored;  // its result is read from its slot
    };
    // Of operands from outside: what a plan calls them. Of constants: their block of numbers.
    struct Outside {
        std::function<u32(u32)> operand;
        std::function<Value(const Value&, i64)> numbers;
    };
    Columns(const Code& code, const Simplified& simplified, const std::vector<Member>& members,
            const Outside& outside);

    // Results are those of eager execution, bit by bit. False, and nothing is changed, where they
    // would not be: then the instructions are to be called.
    bool run(std::vector<Value>& slots, const std::vector<Value>& constants,
             Fused::Room& room) const {
        return fused_.run(slots, constants, room);
    }

   private:
    class Maker;
    Fused fused_;
};

}  // namespace ag
