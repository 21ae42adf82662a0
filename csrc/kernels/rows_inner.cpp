#define AG_ROWS "ops/rows/inner.def"
#define AG_FILL fill_inner
#include "rows.inl"
