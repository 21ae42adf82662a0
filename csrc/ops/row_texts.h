// The expressions of elementwise rows as text, for what writes programs down in other languages.
#pragma once

#include "table.h"

namespace ag {

// The row's value, as ops/elementwise.def has it: an expression in x, or in a and b. Null for
// operations that are no rows of that file.
const char* row_expression(OpCode code);

}  // namespace ag
