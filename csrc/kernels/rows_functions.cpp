#define AG_ROWS "ops/rows/functions.def"
#define AG_FILL fill_functions
#include "rows.inl"
