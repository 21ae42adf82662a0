// Special functions of our own: loops over contiguous float32 [0] and float64 [1] for each
// instruction set, and functions of numbers.
#pragma once

#include "../ops/table.h"

namespace ag {

// Those that are operations, and all.
#define AG_SPECIAL_FUNCTIONS(KERNEL) \
    KERNEL(lgamma)                   \
    KERNEL(digamma)                  \
    KERNEL(trigamma)                 \
    KERNEL(erfinv)                   \
    KERNEL(erfcinv)                  \
    KERNEL(ndtri)                    \
    KERNEL(bessel_i0)                \
    KERNEL(bessel_i0e)               \
    KERNEL(bessel_i1)                \
    KERNEL(bessel_i1e)
#define AG_SPECIAL_KERNELS(KERNEL) \
    AG_SPECIAL_FUNCTIONS(KERNEL)   \
    KERNEL(i0_fall_1)              \
    KERNEL(i0_fall_2)

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

// exp(-|x|) I0(x) is the integral of exp(-|x| u) / pi over the angle, from 0 to pi, with u = 1
// minus its cosine; exp(x) K0(x) that of exp(-x u) with u the hyperbolic cosine minus 1, from 0 on.
// Their falls of order k are these integrals with the factor u^k: up to signs the derivatives of
// order k, and, since nothing has another sign, without cancellation.
double i0_fall(int k, double x);
// Of K0, exp(x) K0(x) and exp(x) K1(x) are given.
double k0_fall(int k, double x, double k0, double k1);
// The derivative of order k, from 1 on, of Dawson's integral, whose value at x is given.
double dawson_slope(int k, double x, double value);

}  // namespace ag
