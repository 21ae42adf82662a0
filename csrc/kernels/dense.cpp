// Sums, small matrix products and steps of optimizers, for each instruction set.
#include "common.h"

#define AG_VECTOR_LOOPS AG_VECTOR_MATH
#define AG_COMPLEX_LOOPS 0
namespace ag::baseline {
#include "functions.inl"
#include "dense.inl"
#include "update.inl"
}  // namespace ag::baseline

#if AG_HAVE_X86_CLONES
AG_BEGIN_AVX2
namespace ag::avx2 {
#include "functions.inl"
#include "dense.inl"
#include "update.inl"
}  // namespace ag::avx2
AG_END_CLONE

AG_BEGIN_AVX512
namespace ag::avx512 {
#include "functions.inl"
#include "dense.inl"
#include "update.inl"
}  // namespace ag::avx512
AG_END_CLONE
#endif
