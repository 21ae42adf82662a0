#define AG_ROWS "ops/rows/functions.def"
#define AG_DEFINE define_functions_rows
#include "rows.inl"
