// Operations on numbers as a stream of instructions over registers, run by one loop.
#pragma once

#include <unordered_map>

#include "instruction.h"
#include "ops/table.h"

namespace ag {

class ScalarCode {
   public:
    // Whether it takes and gives numbers of up to 8 bytes, and has a form here.
    static bool takes(const Code& code, const Instruction& i);
    // Appends an instruction of that kind.
    void append(const Code& code, const Instruction& i, const u32* inputs, u32 output);
    // Two of them in one, of PairKernels's forms: of two inputs, and of that and the third.
    void append_pair(u8 first, u8 second, DType dtype, const u32* inputs, u32 output);
    u32 size() const { return static_cast<u32>(wide_.empty() ? narrow_.size() : wide_.size()); }
    // Nothing is appended any more. Few registers make a stream half as long.
    void finish(u32 registers);
    // Results are those of eager execution, bit by bit.
    void run(u32 begin, u32 end, u64* registers) const;

   private:
    // 8 or 16 bytes. What has three inputs goes on in a second step.
    template <class Index>
    struct Step {
        Index op, out, a, b;
    };
    // Of the table: one of them.
    struct Function {
        u64 (*unary)(u64);
        u64 (*binary)(u64, u64);
        Loop loop;
    };
    std::vector<Step<u32>> wide_;
    std::vector<Step<u16>> narrow_;
    std::vector<Function> functions_;
    std::unordered_map<u32, u32> function_of_;  // by operation and dtype

    u32 function(OpCode op, DType dtype);
    template <class Index>
    void run_steps(const Step<Index>* at, const Step<Index>* end, u64* registers) const;
};

}  // namespace ag
