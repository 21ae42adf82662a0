#define AG_ROWS "ops/rows/poles.def"
#define AG_DEFINE define_poles_rows
#include "rows.inl"
