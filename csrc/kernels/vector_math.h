// Elementary functions in vector loops: which of libmvec's are used is found out when the engine
// starts, not when it is compiled, so that one binary runs with any glibc.
#pragma once

#include "../config.h"

namespace ag {

// `wanted` is "libmvec" or "none", or null for what there is. Called before any loop runs; throws
// std::runtime_error for any other word, and where libmvec is wanted and there is none.
void choose_vector_math(const char* wanted);
// What loops use, for people: "libmvec", with a count if some of its functions are missing; "none".
const char* vector_math();

}  // namespace ag
