// Factorizations of matrices, and equations with triangular ones: the values by LAPACK where NumPy
// has one (blas.h), and by the loops below.

#include <cmath>
#include <cstring>
#include <vector>

#include "../blas.h"
#include "../kernels/loops.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "matrices.h"

namespace ag {

namespace {

OpCode cholesky_op, triangular_op;

// Overwrites the lower triangle of a with that of its factor; false if a is not positive definite.
// N is the extent, or 0 for any.
template <class T, int N>
bool factor_small(i64 size, T* a) {
    const i64 n = N > 0 ? N : size;
    for (i64 i = 0; i < n; ++i)
        for (i64 j = 0; j <= i; ++j) {
            T sum = a[i * n + j];
            for (i64 k = 0; k < j; ++k) sum -= a[i * n + k] * conjugate(a[j * n + k]);
            if (j < i) {
                a[i * n + j] = sum / a[j * n + j];
                continue;
            }
            const auto square = std::real(sum);
            if (!(square > 0) || std::isinf(square)) return false;
            a[i * n + i] = std::sqrt(square);
        }
    return true;
}

// The same by rows of the upper triangle L^H, from which each row is taken off all later ones:
// loops along rows, which take several elements at once.
template <class T>
bool factor_by_rows(i64 n, T* a) {
    std::vector<T> upper(static_cast<std::size_t>(n * n));
    T* const u = upper.data();
    for (i64 i = 0; i < n; ++i)
        for (i64 j = 0; j <= i; ++j) u[j * n + i] = conjugate(a[i * n + j]);
    for (i64 k = 0; k < n; ++k) {
        T* const row = u + k * n;
        const auto square = std::real(row[k]);
        if (!(square > 0) || std::isinf(square)) return false;
        const auto pivot = std::sqrt(square);
        row[k] = pivot;
        for (i64 j = k + 1; j < n; ++j) row[j] /= pivot;
        for (i64 i = k + 1; i < n; ++i) {
            const T factor = conjugate(row[i]);
            T* const other = u + i * n;
            for (i64 j = i; j < n; ++j) other[j] -= factor * row[j];
        }
    }
    for (i64 i = 0; i < n; ++i)
        for (i64 j = 0; j <= i; ++j) a[i * n + j] = conjugate(u[j * n + i]);
    return true;
}

template <class T>
bool factor(i64 n, T* a) {
    switch (n) {
        case 1: return factor_small<T, 1>(n, a);
        case 2: return factor_small<T, 2>(n, a);
        case 3: return factor_small<T, 3>(n, a);
        case 4: return factor_small<T, 4>(n, a);
        default: return n < 8 ? factor_small<T, 0>(n, a) : factor_by_rows(n, a);
    }
}

// Overwrites b, n rows of m, with the solution x of a x = b, or a^H x = b.
template <class T>
void solve(i64 n, i64 m, const T* a, bool lower, bool adjoint, T* b) {
    const bool downwards = lower != adjoint;
    for (i64 step = 0; step < n; ++step) {
        const i64 i = downwards ? step : n - 1 - step;
        T* const row = b + i * m;
        for (i64 before = 0; before < step; ++before) {
            const i64 k = downwards ? before : n - 1 - before;
            const T factor = adjoint ? conjugate(a[k * n + i]) : a[i * n + k];
            const T* const other = b + k * m;
            for (i64 j = 0; j < m; ++j) row[j] -= factor * other[j];
        }
        const T pivot = adjoint ? conjugate(a[i * n + i]) : a[i * n + i];
        for (i64 j = 0; j < m; ++j) row[j] /= pivot;
    }
}

Value halved_sum(const Value& x, const Value& y) {
    return binary(Op::multiply, binary(Op::add, x, y), Value::constant(x.dtype, 0.5));
}

}  // namespace

Value triangle(const Value& x, bool lower, double diagonal) {
    const int r = x.rank();
    const i64 n = x.extent(r - 1);
    Value inside = make_value(DType::boolean, Shape{n, n});
    Value weights = make_value(DType::float64, Shape{n, n});
    bool* const is_inside = reinterpret_cast<bool*>(inside.mutable_data());
    double* const weight = reinterpret_cast<double*>(weights.mutable_data());
    for (i64 i = 0; i < n; ++i)
        for (i64 j = 0; j < n; ++j) {
            is_inside[i * n + j] = lower ? j <= i : j >= i;
            weight[i * n + j] = i == j ? diagonal : 1;
        }
    const Value y = select(inside, x, Value::constant(x.dtype, 0));
    return diagonal == 1 ? y : binary(Op::multiply, y, cast(weights, x.dtype));
}

// ---------------------------------------------------------------- triangular equations

// Attributes: whether the matrix is a lower triangle, whether its adjoint is meant.
Value triangular_solve(const Value& a, const Value& b, bool lower, bool adjoint) {
    return call(triangular_op, {lower, adjoint}, {&a, &b});
}

static Value run_triangular_solve(const Call& given) {
    const bool lower = given.attribute(0) != 0, adjoint = given.attribute(1) != 0;
    require_same_dtype("triangular_solve", given[0], given[1]);
    require_square("triangular_solve", given[0]);
    const int ra = given[0].rank(), rb = given[1].rank();
    const i64 n = given[0].extent(ra - 1);
    if (rb < 2 || given[1].extent(rb - 2) != n)
        fail("[triangular_solve] Incompatible shapes: a matrix of shape " +
             given[0].shape().text() + " and right sides of shape " + given[1].shape().text());
    const Shape batch =
        broadcast_shapes(batch_shape(given[0]), batch_shape(given[1]), "triangular_solve");
    const i64 m = given[1].extent(rb - 1);
    Shape of_a = batch, of_b = batch;
    for (i64 extent : {n, n}) of_a.push(extent);
    for (i64 extent : {n, m}) of_b.push(extent);
    const Value a = contiguous(broadcast_to(given[0], of_a));
    Value x = make_value(a.dtype, of_b);
    convert_into(broadcast_to(given[1], of_b), of_b, a.dtype, x.mutable_data());
    if (x.size() == 0) return x;
    const i64 count = batch.size();
    with_field(a.dtype, [&](auto zero) {
        using T = decltype(zero);
        const T* matrix = reinterpret_cast<const T*>(a.data());
        T* right = reinterpret_cast<T*>(x.mutable_data());
        for (i64 k = 0; k < count; ++k, matrix += n * n, right += n * m)
            if (n < small_matrix ||
                !blas::triangular_solve(a.dtype, n, m, matrix, n, lower, false, adjoint, right))
                solve(n, m, matrix, lower, adjoint, right);
    });
    return x;
}

static void triangular_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes attributes = acc.attributes();
    const bool lower = attributes[0] != 0, adjoint = attributes[1] != 0;
    const Value a = acc.kept_input(0);
    const Value gb = triangular_solve(a, g, lower, !adjoint);
    if (acc.wants(0)) {
        const Value x = acc.kept_output();
        const Value ga = adjoint ? product(x, adjoint_of(gb)) : product(gb, adjoint_of(x));
        acc.add(0, acc.fit(0, triangle(unary(Op::negative, ga), lower, 1)));
    }
    if (acc.wants(1)) acc.add(1, acc.fit(1, gb));
}

static Value triangular_forward(const Record&, const Tangents& t) {
    const Attributes attributes = t.attributes();
    const bool lower = attributes[0] != 0, adjoint = attributes[1] != 0;
    Value right;
    if (t.has(0)) {
        const Value da = triangle(t.get(0), lower, 1);
        right = unary(Op::negative, product(adjoint ? adjoint_of(da) : da, t.kept_output()));
    }
    if (t.has(1)) right = t.has(0) ? binary(Op::add, t.get(1), right) : t.get(1);
    return broadcast_to(triangular_solve(t.kept_input(0), right, lower, adjoint), t.output_shape());
}

Value numbered_columns(const Shape& shape, i64 columns) {
    Shape numbers = shape;
    numbers[shape.rank - 2] = 1;
    numbers[shape.rank - 1] = columns;
    return numbered(numbers);
}

static void triangular_pattern(Dependence& d) {
    const i64 m = d.shape()[d.shape().rank - 1];
    for (std::size_t k = 0; k < 2; ++k) {
        const Value numbers = numbered_columns(d.shape(k), k == 0 ? 1 : m);
        d.meet(k, broadcast_to(numbers, d.shape(k)), broadcast_to(numbers, d.shape()));
    }
}

// ---------------------------------------------------------------- Cholesky

static Value run_cholesky(const Call& given) {
    require_square("cholesky", given[0]);
    const Shape shape = given[0].shape();
    const i64 n = shape[shape.rank - 1];
    Value y = make_value(given[0].dtype, shape);
    convert_into(given[0], shape, y.dtype, y.mutable_data());
    if (y.size() == 0) return y;
    const i64 count = y.size() / (n * n);
    with_field(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        T* a = reinterpret_cast<T*>(y.mutable_data());
        for (i64 k = 0; k < count; ++k, a += n * n) {
            bool definite = true;
            for (i64 i = 0; i < n; ++i)
                for (i64 j = i + 1; j < n; ++j) a[i * n + j] = T(0);
            if (n < small_matrix || !blas::cholesky(y.dtype, n, a, &definite))
                definite = factor(n, a);
            // LAPACK lets NaN and infinities through.
            for (i64 i = 0; i < n; ++i)
                definite = definite && std::isfinite(std::real(a[i * n + i]));
            if (!definite)
                fail(
                    "[cholesky] Cholesky decomposition was not successful. The input might not be "
                    "valid: matrix " +
                    std::to_string(k) + " of a tensor of shape " + shape.text() +
                    " is not positive definite");
        }
    });
    return y;
}

// For A = L L^H: with P the lower triangle of L^H g, its diagonal halved, the cotangent is the
// Hermitian part of L^-H P L^-1. Murray, Differentiation of the Cholesky decomposition,
// arXiv:1602.07527, equation (10).
static void cholesky_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value l = acc.kept_output();
    const Value p = triangle(product(adjoint_of(l), g), true, 0.5);
    const Value left = triangular_solve(l, p, true, true);
    const Value s = triangular_solve(l, adjoint_of(left), true, true);
    acc.add(0, halved_sum(s, adjoint_of(s)));
}

static Value cholesky_forward(const Record&, const Tangents& t) {
    const Value l = t.kept_output();
    const Value da = halved_sum(t.get(0), adjoint_of(t.get(0)));
    const Value left = triangular_solve(l, da, true, false);
    const Value s = triangular_solve(l, adjoint_of(left), true, false);
    return product(l, triangle(s, true, 0.5));
}

void pattern_of_matrices(Dependence& d) {
    const Value numbers = numbered_columns(d.shape(0), 1);
    d.meet(0, broadcast_to(numbers, d.shape(0)), broadcast_to(numbers, d.shape()));
}

void define_factorizations() {
    OpInfo& solving = define_op(triangular_op, "triangular_solve", 2, run_triangular_solve,
                                triangular_reverse, triangular_forward);
    solving.attributes = solving.flag_attributes = 2;
    solving.reads[0] = 1 << 0 | reads_output;
    solving.reads[1] = 1 << 0;
    OpInfo& factoring =
        define_op(cholesky_op, "cholesky", 1, run_cholesky, cholesky_reverse, cholesky_forward);
    factoring.reads[0] = reads_output;
    for (OpInfo* op : {&solving, &factoring}) {
        op->kinds = kinds_of_fields;
        op->half = InFloat16::outside;
        op->batched = batch_aligned;
    }
    solving.pattern = triangular_pattern;
    factoring.pattern = pattern_of_matrices;
}

}  // namespace ag
