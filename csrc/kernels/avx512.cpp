#include "common.h"

#if AG_HAVE_X86_CLONES
AG_BEGIN_AVX512
#define AG_COMPLEX_LOOPS 0
#define AG_VECTOR_LOOPS AG_VECTOR_MATH
namespace ag::avx512 {
#include "functions.inl"
#include "../ops/elementwise_structs.inl"
#include "elementwise.inl"
#include "dense.inl"
#include "update.inl"
}  // namespace ag::avx512
AG_END_CLONE
#endif
