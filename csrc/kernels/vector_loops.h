// Elementary functions as loops call them: libm's, under names of our own that carry `declare
// simd`. A compiler that makes a vector loop of the calls calls vector versions of the same names,
// such as _ZGVdN4v_autograd_c_tanh, by the vector ABI of x86-64. Those are in vector_math.cpp.
#pragma once

#include "vector_math.h"

#if AG_VECTOR_MATH
#define FUNCTION1(NAME)                                                                           \
    _Pragma("omp declare simd notinbranch") extern "C" double autograd_c_##NAME(double) noexcept; \
    _Pragma("omp declare simd notinbranch") extern "C" float autograd_c_##NAME##f(float) noexcept;
#define FUNCTION2(NAME)                                                                           \
    _Pragma("omp declare simd notinbranch") extern "C" double autograd_c_##NAME(double,           \
                                                                                double) noexcept; \
    _Pragma("omp declare simd notinbranch") extern "C" float autograd_c_##NAME##f(float,          \
                                                                                  float) noexcept;
#include "elementary.def"
#undef FUNCTION1
#undef FUNCTION2
#endif
