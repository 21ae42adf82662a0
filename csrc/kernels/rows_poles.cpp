#define AG_ROWS "ops/rows/poles.def"
#define AG_FILL fill_poles
#include "rows.inl"
