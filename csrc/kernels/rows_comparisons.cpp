#define AG_ROWS "ops/rows/comparisons.def"
#define AG_FILL fill_comparisons
#include "rows.inl"
