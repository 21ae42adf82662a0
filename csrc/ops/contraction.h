// Products of matrices that lie in memory, for who has no values of them.
#pragma once

#include "../dtype.h"

namespace ag {

struct Matrix {
    const char* data;
    i64 rows, columns;
    i64 row_stride, column_stride;  // in elements
};

// c = a b, row by row, as `matmul` of two matrices computes it; of numbers that are not narrow.
void multiply_matrices(DType dtype, const Matrix& a, const Matrix& b, char* c);

}  // namespace ag
