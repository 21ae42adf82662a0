// Sums, small matrix products, convolutions, softmax, reductions of rows and steps of optimizers,
// for each instruction set.
#include "common.h"

#define AG_VECTOR_LOOPS AG_VECTOR_MATH
#define AG_COMPLEX_LOOPS 0
#define AG_INTEGER_ROWS 1
namespace ag::baseline {
constexpr int tile_bytes = 32;
#include "functions.inl"
#include "convolution.inl"
#include "dense.inl"
#include "softmax.inl"
#include "rows_reduced.inl"
#include "update.inl"
}  // namespace ag::baseline
#undef AG_INTEGER_ROWS
#define AG_INTEGER_ROWS 0

#if AG_HAVE_X86_CLONES
AG_BEGIN_AVX2
namespace ag::avx2 {
constexpr int tile_bytes = 64;
#include "functions.inl"
#include "convolution.inl"
#include "dense.inl"
#include "softmax.inl"
#include "rows_reduced.inl"
#include "update.inl"
}  // namespace ag::avx2
AG_END_CLONE

AG_BEGIN_AVX512
namespace ag::avx512 {
constexpr int tile_bytes = 128;
#include "functions.inl"
#include "convolution.inl"
#include "dense.inl"
#include "softmax.inl"
#include "rows_reduced.inl"
#include "update.inl"
}  // namespace ag::avx512
AG_END_CLONE
#endif
