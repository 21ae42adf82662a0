// Every way to differentiate a function, compared with every other.
#pragma once

#include <functional>

#include "support.h"

namespace test {

using Function = std::function<Value(const std::vector<Value>&)>;

// Checks, with random cotangents and tangents in the inputs' dtypes:
//   the reverse sweep is adjoint to the forward sweep, and agrees with central differences;
//   a recorded reverse sweep gives the same as one that is not, and so does one of several
//   cotangents at once;
//   second derivatives, by reverse over reverse, forward over reverse and reverse over forward,
//   agree with each other and with differences of first ones.
// Differences are taken where all inputs are float64 or complex128 and `smooth` says so.
void check_derivatives(const Function& f, const std::vector<Value>& inputs, bool smooth = true);

}  // namespace test
