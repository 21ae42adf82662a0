#define AG_ROWS "ops/rows/arithmetic.def"
#define AG_FILL fill_arithmetic
#include "rows.inl"
