#define AG_ROWS "ops/rows/activations.def"
#define AG_DEFINE define_activations_rows
#include "rows.inl"
