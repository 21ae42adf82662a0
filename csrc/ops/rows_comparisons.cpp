#define AG_ROWS "ops/rows/comparisons.def"
#define AG_DEFINE define_comparisons_rows
#include "rows.inl"
