// The instruction sets that kernels are compiled for, and the choice of one.
#pragma once

#include <vector>

#include "kernels.h"

namespace ag {

struct InstructionSet {
    const char* name;
    bool present;  // in this processor
    // What one set lacks is taken from the ones before it.
    void (*fill_kernels)(Kernels*);
    void (*fill_dense)(DenseKernels&);
    void (*fill_updates)(UpdateKernels&);
    void (*fill_softmax)(SoftmaxKernels&);
    void (*fill_rows)(RowKernels&);
};

// From the narrowest, which every processor has.
const std::vector<InstructionSet>& instruction_sets();

// Fills the tables of loops, that of elementwise operations at `loops`, for the set called
// `wanted`, or if that is null for the widest that is present. Throws std::runtime_error for a name
// of no set, and of one that the processor lacks.
void select_kernels(const char* wanted, Kernels* loops);
// Name of the set in use.
const char* instruction_set();

}  // namespace ag
