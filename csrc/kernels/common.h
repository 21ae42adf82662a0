// What every set of kernels includes before its instruction set is switched on.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <type_traits>
#include <utility>

#include "../ops/expressions.h"
#include "kernels.h"

#if defined(__APPLE__)
#define AG_SYMBOL "_"
#else
#define AG_SYMBOL ""
#endif
