#include "common.h"

#define AG_COMPLEX_LOOPS 1
#define AG_VECTOR_LOOPS AG_VECTOR_MATH
namespace ag::baseline {
#include "functions.inl"
#include "../ops/elementwise_structs.inl"
#include "elementwise.inl"
#include "dense.inl"
#include "update.inl"
}  // namespace ag::baseline
