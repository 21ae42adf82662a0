// Instructions that a compiler of C has made machine code of, in the place of a plan.
#pragma once

#include <vector>

#include "instruction.h"
#include "small_vector.h"

namespace ag {

class Compiled {
   public:
    // 0 if all is well. Inputs and results lie in C order; `work` is memory for what is on the way.
    using Function = int (*)(const void* const* inputs, void* const* results, void* work);

    Compiled() = default;
    // `reads` and `writes`: slots, in the order in which the function has them.
    Compiled(const Code& code, Function function, std::vector<u32> reads, std::vector<u32> writes,
             i64 work_bytes);

    // What one run needs: where it reads and writes.
    struct Run {
        SmallVector<const void*, 16> from;
        SmallVector<void*, 16> to;
        std::vector<Value> copies;  // of inputs that do not lie in C order
        Value work;
    };
    // Makes the results in their slots, and has to find these where they are until the call is
    // over.
    void begin(std::vector<Value>& slots, Run& run) const;
    // Touches nothing but the memory that it has been told of. False if an operation failed: which,
    // a plan finds out.
    bool call(Run& run) const noexcept;

   private:
    Function function_ = nullptr;
    std::vector<u32> reads_, writes_;
    std::vector<TypeEntry> types_;  // of what is written
    i64 work_bytes_ = 0;
};

}  // namespace ag
