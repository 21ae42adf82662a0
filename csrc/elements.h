// Instructions that compute each element of their result from one element of each input.
#pragma once

#include "instruction.h"
#include "ops/table.h"

namespace ag {

// Those among them that are no rows of the table.
struct ElementOps {
    OpCode select, cast;
};
const ElementOps& element_ops();

// A row's loop, a choice or a conversion, and nothing else, of dtypes that loops compute in.
bool goes_by_elements(const Code& code, const Instruction& i);

}  // namespace ag
