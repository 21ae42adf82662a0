#define AG_ROWS "ops/rows/inner.def"
#define AG_DEFINE define_inner_rows
#include "rows.inl"
