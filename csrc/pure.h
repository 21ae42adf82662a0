// Functions of the layer above whose results depend on their inputs alone, as instructions.
#pragma once

#include "composite.h"

namespace ag {

// A composite whose outputs, of these types, are what `above` gives for inputs of those. No
// derivative goes through it.
HostRef make_pure(HostRef above, std::vector<TypeEntry> inputs, std::vector<TypeEntry> types);

}  // namespace ag
