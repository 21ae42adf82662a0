#define AG_ROWS "ops/rows/activations.def"
#define AG_FILL fill_activations
#include "rows.inl"
