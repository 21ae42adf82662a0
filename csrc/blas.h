// The BLAS and LAPACK that NumPy or SciPy has already loaded into the process, if one can be found.
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

// Of a lower triangle, row by row: overwrites it with that of its Cholesky factor. Returns false,
// and leaves it as it is, when there is no LAPACK or n does not fit its integers.
bool cholesky(DType dtype, i64 n, void* a, bool* definite);
// Overwrites b, n rows of m, with the solution of a x = b, or a^H x = b, for a triangle a.
bool triangular_solve(DType dtype, i64 n, i64 m, const void* a, bool lower, bool adjoint, void* b);

// Where the BLAS was found, or "none".
const char* description();

}  // namespace ag::blas
