#include "common.h"

#if AG_HAVE_X86_CLONES
AG_BEGIN_AVX2
#define AG_COMPLEX_LOOPS 0
#define AG_VECTOR_LOOPS AG_VECTOR_MATH
namespace ag::avx2 {
#include "functions.inl"
#include "../ops/elementwise_structs.inl"
#include "elementwise.inl"
#include "dense.inl"
#include "update.inl"
}  // namespace ag::avx2
AG_END_CLONE
#endif
