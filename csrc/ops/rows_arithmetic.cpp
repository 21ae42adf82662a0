#define AG_ROWS "ops/rows/arithmetic.def"
#define AG_DEFINE define_arithmetic_rows
#include "rows.inl"
