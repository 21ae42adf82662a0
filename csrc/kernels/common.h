// What every set of kernels includes before its instruction set is switched on.
#pragma once

#include <math.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "../ops/expressions.h"
#include "kernels.h"
#include "vector_loops.h"
