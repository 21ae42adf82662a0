// The loops of one group of rows, for each instruction set. The including file has set AG_ROWS, the
// group's file, and AG_FILL, the name of the function that puts the loops into the table.
#include "common.h"

#define AG_VECTOR_LOOPS AG_VECTOR_MATH
#define AG_COMPLEX_LOOPS 1
namespace ag::baseline {
#include "functions.inl"
#include "../ops/elementwise_structs.inl"
#include "elementwise.inl"
}  // namespace ag::baseline
#undef AG_COMPLEX_LOOPS
#define AG_COMPLEX_LOOPS 0

#if AG_HAVE_X86_CLONES
AG_BEGIN_AVX2
namespace ag::avx2 {
#include "functions.inl"
#include "../ops/elementwise_structs.inl"
#include "elementwise.inl"
}  // namespace ag::avx2
AG_END_CLONE

AG_BEGIN_AVX512
namespace ag::avx512 {
#include "functions.inl"
#include "../ops/elementwise_structs.inl"
#include "elementwise.inl"
}  // namespace ag::avx512
AG_END_CLONE
#endif
