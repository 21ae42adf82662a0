// The BLAS that NumPy or SciPy has already loaded into the process, if one can be found.
#pragma once

#include "dtype.h"

namespace ag::blas {

// One matrix as BLAS takes it: rows `ld` elements apart, or columns if transposed.
struct Operand {
    const void* data;
    i64 ld;
    bool transposed;
};

// c[m, n] = a[m, k] b[k, n], row-major. Returns false when there is no BLAS, or when an extent does
// not fit its integers.
bool gemm(DType dtype, i64 m, i64 n, i64 k, const Operand& a, const Operand& b, void* c);

// Where the BLAS was found, or "none".
const char* description();

}  // namespace ag::blas
