// What the operations on matrices share: the types of their elements, and rules in terms of
// products.
#pragma once

#include <string>

#include "../pattern.h"
#include "ops.h"

namespace ag {

constexpr u8 kinds_of_fields = kind_floating | kind_complex;

// Below this extent a call of LAPACK costs more than it saves.
constexpr i64 small_matrix = 48;

template <class T>
T conjugate(T x) {
    if constexpr (std::is_floating_point_v<T>)
        return x;
    else
        return std::conj(x);
}

// Calls f(T()) for the number type of a float or complex dtype.
template <class F>
void with_field(DType dtype, F f) {
    switch (dtype) {
        case DType::float32: return f(float());
        case DType::float64: return f(double());
        case DType::complex64: return f(Complex64());
        default: return f(Complex128());
    }
}

inline bool is_square(const Value& x) {
    return x.rank() >= 2 && x.extent(x.rank() - 1) == x.extent(x.rank() - 2);
}

inline void require_square(const char* operation, const Value& x) {
    if (!is_square(x))
        fail(std::string("[") + operation + "] Input matrix must be square, got shape " +
             x.shape().text());
}

inline Value adjoint_of(const Value& x) { return conj(swap_last_axes(x)); }
inline Value product(const Value& a, const Value& b) { return matmul(a, b, false, false); }
inline Value plus(const Value& a, const Value& b) { return binary(Op::add, a, b); }
inline Value minus(const Value& a, const Value& b) { return binary(Op::subtract, a, b); }
inline Value times(const Value& a, const Value& b) { return binary(Op::multiply, a, b); }
inline Value negative(const Value& x) { return unary(Op::negative, x); }

// x times `diagonal` on the diagonal, x on one side of it, 0 on the other.
Value triangle(const Value& x, bool lower, double diagonal);
// The solution of a x = b, or a^H x = b, for triangles a.
Value triangular_solve(const Value& a, const Value& b, bool lower, bool adjoint);

// A number for each matrix, or each column, of a batch of that shape; they broadcast to it.
Value numbered_columns(const Shape& shape, i64 columns);
// Each matrix of the result has derivatives by all elements of the one in its place.
void pattern_of_matrices(Dependence& d);

}  // namespace ag
