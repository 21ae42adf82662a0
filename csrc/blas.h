// The BLAS and LAPACK that NumPy or SciPy has already loaded into the process, if one can be found.
#pragma once

#include "dtype.h"

namespace ag::blas {

// One matrix as BLAS takes it: rows `ld` elements apart, or columns if transposed.
struct Operand {
    const void* data;
    i64 ld;
    bool transposed;
    bool conjugated = false;  // only if transposed
};

// c[m, n] = a[m, k] b[k, n], row-major. Returns false when there is no BLAS, or when an extent does
// not fit its integers.
bool gemm(DType dtype, i64 m, i64 n, i64 k, const Operand& a, const Operand& b, void* c);
// The same, taken off c, whose rows are `ld` elements apart.
bool gemm_off(DType dtype, i64 m, i64 n, i64 k, const Operand& a, const Operand& b, void* c,
              i64 ld);

// Of a lower triangle, row by row: overwrites it with that of its Cholesky factor. Returns false,
// and leaves it as it is, when there is no LAPACK or n does not fit its integers.
bool cholesky(DType dtype, i64 n, void* a, bool* definite);
// Overwrites b, n rows of m, with the solution of a x = b, or a^H x = b, for a triangle a, whose
// rows are `ld` elements apart; with `unit`, its diagonal counts as ones.
bool triangular_solve(DType dtype, i64 n, i64 m, const void* a, i64 ld, bool lower, bool unit,
                      bool adjoint, void* b);
// Overwrites b, m rows of n that are `ldb` elements apart, with the solution of x a = b for a lower
// triangle a.
bool triangular_solve_right(DType dtype, i64 n, i64 m, const void* a, i64 lda, void* b, i64 ldb);
// Overwrites a, column by column, with its factors L and U; row k was exchanged for exchanged[k].
bool lu(DType dtype, i64 n, void* a, i64* exchanged);
// Whether the next function is there. It overwrites such factors with the inverse of the matrix,
// column by column.
bool inverts(DType dtype);
bool inverse_of_factors(DType dtype, i64 n, void* a, const i64* exchanged);

// Where the BLAS was found, or "none".
const char* description();

}  // namespace ag::blas
