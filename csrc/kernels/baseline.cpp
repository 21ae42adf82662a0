#include "common.h"

#define AG_COMPLEX_LOOPS 1
namespace ag::baseline {
#include "functions.inl"
#include "../ops/elementwise_structs.inl"
#include "elementwise.inl"
#include "dense.inl"
#include "update.inl"
}  // namespace ag::baseline
