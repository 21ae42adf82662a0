// Gauss's elimination with the largest pivots, of one matrix at a time: by LAPACK where the matrix
// is large and NumPy has one (blas.h), else by loops of ours.
#pragma once

#include <cmath>
#include <vector>

#include "matrices.h"

namespace ag {

inline double magnitude(double x) { return std::fabs(x); }
inline float magnitude(float x) { return std::fabs(x); }
template <class T>
T magnitude(const std::complex<T>& x) {
    return std::abs(x);
}

// Memory for a matrix and a permutation, on the stack if they are small.
template <class T>
class Workspace {
   public:
    explicit Workspace(i64 n) {
        if (n > inside) {
            more_elements_ = make_value(TypeOf<T>::value, Shape{n, n});
            more_rows_.resize(static_cast<std::size_t>(n));
        }
        elements = n > inside ? reinterpret_cast<T*>(more_elements_.mutable_data()) : elements_;
        rows = n > inside ? more_rows_.data() : rows_;
    }
    T* elements;
    i64* rows;

   private:
    static constexpr i64 inside = 16;
    T elements_[inside * inside];
    i64 rows_[inside];
    Value more_elements_;
    std::vector<i64> more_rows_;
};

// All below are compiled for the number types of `with_field`.

template <class T>
void transpose_into(i64 n, const T* from, i64 from_ld, T* to, i64 to_ld);

// Fills a, rows `ld` elements apart, with L (below the diagonal, its own being 1) and U of a matrix
// whose rows are `from_ld` elements apart, so that row rows[i] of it is row i of L U; `from` may be
// `a`. `odd` is turned with each exchange of two rows. Whether all pivots are numbers other than 0.
template <class T>
bool factor(DType dtype, i64 n, const T* from, T* a, i64 ld, i64* rows, bool& odd);

// Overwrites a with factors of itself or of its transpose, for those who want the pivots on their
// diagonal and the number of exchanges: without the two transpositions that LAPACK costs us.
template <class T>
bool factor_for_pivots(DType dtype, i64 n, T* a, i64* rows, bool& odd);

// Overwrites a with its inverse, and tells its determinant. False, and with `a` lost, if a pivot is
// 0 or NaN; with `far`, also if pivots are of very different sizes.
template <class T>
bool invert(DType dtype, i64 n, T* a, bool far, T& det);

// x of L U x = b, in place of b, n rows of m.
template <class T>
void solve_factored(DType dtype, i64 n, i64 m, const T* a, i64 ld, T* b);

// x of (L U)^H x = b, in place of b.
template <class T>
void solve_factored_adjoint(DType dtype, i64 n, i64 m, const T* a, i64 ld, T* b);

// The rows that stand behind known factors, in their last column. Whoever brings the factors may
// have put anything there.
template <class T>
void read_rows(const char* name, i64 n, const T* packed, i64 ld, i64* rows);

template <class T>
void copy_matrix(i64 n, const T* from, bool adjoint, T* to) {
    if (!adjoint) {
        std::copy_n(from, n * n, to);
        return;
    }
    for (i64 i = 0; i < n; ++i)
        for (i64 j = 0; j < n; ++j) to[j * n + i] = conjugate(from[i * n + j]);
}

// Calls f(T(), contiguous elements, extent, number of matrices).
template <class F>
void with_matrices(const Value& x, F f) {
    const Value a = contiguous(x);
    const i64 n = a.extent(a.rank() - 1), count = batch_shape(a).size();
    with_field(a.dtype, [&](auto zero) {
        f(zero, reinterpret_cast<const decltype(zero)*>(a.data()), n, count);
    });
}

}  // namespace ag
