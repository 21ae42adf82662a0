// The loops of each instruction set, and loops with and without libmvec.
#pragma once

#include "kernels/select.h"
#include "kernels/vector_math.h"
#include "support.h"

namespace test {

// The loops of elementwise operations for one instruction set, by code.
inline std::vector<Kernels> kernels_of(const InstructionSet& set) {
    std::vector<Kernels> table(Op::elementwise_end);
    instruction_sets()[0].fill_kernels(table.data());
    set.fill_kernels(table.data());
    return table;
}

// While it lives, loops call libmvec ("libmvec") or not ("none").
class VectorMath {
   public:
    explicit VectorMath(const char* wanted) : note_("vector math", wanted) {
        choose_vector_math(wanted);
    }
    ~VectorMath() { choose_vector_math(before_ == "none" ? "none" : nullptr); }
    VectorMath(const VectorMath&) = delete;
    VectorMath& operator=(const VectorMath&) = delete;

   private:
    std::string before_ = vector_math();
    Note note_;
};

// What loops can call here.
inline std::vector<const char*> vector_maths() {
    try {
        const VectorMath probe("libmvec");
        return {"libmvec", "none"};
    } catch (const std::runtime_error&) {
        return {"none"};
    }
}

}  // namespace test
