// Special functions of our own: loops over contiguous float32 [0] and float64 [1] for each
// instruction set, and functions of numbers.
#pragma once

#include "../ops/table.h"

namespace ag {

#define AG_SPECIAL_KERNELS(KERNEL) \
    KERNEL(lgamma)                 \
    KERNEL(digamma)                \
    KERNEL(trigamma)               \
    KERNEL(erfinv)                 \
    KERNEL(erfcinv)                \
    KERNEL(ndtri)

struct SpecialLoops {
#define KERNEL(NAME) Loop NAME[2];
    AG_SPECIAL_KERNELS(KERNEL)
#undef KERNEL
};

// Those for the instruction set of that name; the narrowest for a name of none.
const SpecialLoops& special_loops(const char* set);

// The sum of (k + q)^-s over k = 0, 1, ...; at whole q up to 0 infinity, and below 0 no number
// unless s is whole.
double hurwitz_zeta(double s, double q);
// The derivative of order n of digamma; no number where n is not 0, 1, 2, ...
double polygamma(double n, double x);

}  // namespace ag
