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

OpCode cholesky_op, cholesky_reverse_op, triangular_op;

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

// Overwrites g, the cotangent of the lower triangle l, with that of the lower triangle of the
// matrix that l is the factor of: the loops of `factor_small`, backwards. Rows are `ld` elements
// apart. N is the extent, or 0 for any.
template <class T, int N>
void factor_backwards(i64 size, const T* l, T* g, i64 ld) {
    const i64 n = N > 0 ? N : size;
    for (i64 i = n - 1; i >= 0; --i) {
        const T* const row = l + i * ld;
        T* const by_row = g + i * ld;
        for (i64 j = i; j >= 0; --j) {
            const T* const other = l + j * ld;
            T* const by_other = g + j * ld;
            const auto pivot = std::real(other[j]);
            if (j == i) {
                const auto by_sum = std::real(by_row[i]) / (2 * pivot);
                by_row[i] = by_sum;
                for (i64 k = 0; k < i; ++k) by_row[k] -= 2 * by_sum * row[k];
                continue;
            }
            const T by_sum = by_row[j] /= pivot;
            const T conjugated = conjugate(by_sum);
            by_other[j] -= std::real(conjugated * row[j]);
            for (i64 k = 0; k < j; ++k) {
                by_row[k] -= by_sum * other[k];
                by_other[k] -= conjugated * row[k];
            }
        }
    }
}

// The same by blocks of columns from the last: Murray, Differentiation of the Cholesky
// decomposition, arXiv:1602.07527, section 4.2. False if there is no LAPACK.
template <class T>
bool factor_backwards_by_blocks(DType dtype, i64 n, const T* l, T* g) {
    if (!blas::triangular_solve_right(dtype, n, 0, l, n, g, n)) return false;
    constexpr i64 block = 32;
    T inner[block * block];
    for (i64 end = n; end > 0;) {
        const i64 k = std::max<i64>(0, end - block), width = end - k, below = n - end;
        const T* const diagonal = l + k * n + k;
        T* const by_diagonal = g + k * n + k;
        const blas::Operand left = {l + k * n, n, false};
        if (below > 0) {
            T* const by_column = g + end * n + k;
            blas::triangular_solve_right(dtype, width, below, diagonal, n, by_column, n);
            const blas::Operand column = {l + end * n + k, n, false};
            const blas::Operand by = {by_column, n, false}, turned = {by_column, n, true, true};
            blas::gemm_off(dtype, below, k, width, by, left, g + end * n, n);
            blas::gemm_off(dtype, width, width, below, turned, column, by_diagonal, n);
            blas::gemm_off(dtype, width, k, below, turned, {l + end * n, n, false}, g + k * n, n);
        }
        factor_backwards<T, 0>(width, diagonal, by_diagonal, n);
        for (i64 i = 0; i < width; ++i)
            for (i64 j = 0; j <= i; ++j) {
                inner[i * width + j] = by_diagonal[i * n + j];
                inner[j * width + i] = conjugate(by_diagonal[i * n + j]);
                if (i == j) inner[i * width + i] *= 2;
            }
        blas::gemm_off(dtype, width, k, width, {inner, width, false}, left, g + k * n, n);
        end = k;
    }
    return true;
}

template <class T>
void factor_backwards(DType dtype, i64 n, const T* l, T* g) {
    switch (n) {
        case 1: return factor_backwards<T, 1>(n, l, g, n);
        case 2: return factor_backwards<T, 2>(n, l, g, n);
        case 3: return factor_backwards<T, 3>(n, l, g, n);
        case 4: return factor_backwards<T, 4>(n, l, g, n);
        default:
            if (n < small_matrix || !factor_backwards_by_blocks(dtype, n, l, g))
                factor_backwards<T, 0>(n, l, g, n);
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

// The cotangent of A = L L^H by that of L: with P the lower triangle of L^H G, its diagonal halved,
// S = L^-H P L^-1, or the Hermitian part of it.
static Value by_factor(const Value& l, const Value& g) {
    return call(cholesky_reverse_op, {}, {&l, &g});
}

static void cholesky_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, by_factor(acc.kept_output(), g));
}

static Value run_cholesky_reverse(const Call& given) {
    require_same_dtype("cholesky_reverse", given[0], given[1]);
    require_square("cholesky_reverse", given[0]);
    require_square("cholesky_reverse", given[1]);
    const i64 n = given[0].extent(given[0].rank() - 1);
    if (given[1].extent(given[1].rank() - 1) != n)
        fail("[cholesky_reverse] Incompatible shapes " + given[0].shape().text() + " and " +
             given[1].shape().text());
    const Shape batch =
        broadcast_shapes(batch_shape(given[0]), batch_shape(given[1]), "cholesky_reverse");
    const bool one = batch_shape(given[0]).size() == 1;
    Shape shape = batch, of_l = one ? Shape{} : batch;
    for (i64 extent : {n, n}) shape.push(extent), of_l.push(extent);
    const Value factors = contiguous(one ? reshape(given[0], of_l) : broadcast_to(given[0], of_l));
    Value y = make_value(factors.dtype, shape);
    convert_into(given[1], shape, y.dtype, y.mutable_data());
    const i64 count = batch.size();
    with_field(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        const T* l = reinterpret_cast<const T*>(factors.data());
        T* g = reinterpret_cast<T*>(y.mutable_data());
        for (i64 k = 0; k < count; ++k, g += n * n) {
            factor_backwards(y.dtype, n, l, g);
            for (i64 i = 0; i < n; ++i)
                for (i64 j = 0; j < i; ++j) {
                    const T half = g[i * n + j] / decltype(std::real(zero))(2);
                    g[i * n + j] = half;
                    g[j * n + i] = conjugate(half);
                }
            if (!one) l += n * n;
        }
    });
    return y;
}

// With C the Hermitian part of the cotangent of S and K = L^-1 C L^-H, of which F is the lower
// triangle, its diagonal halved: that of G is L F, that of L is G F^H - 2 S L K.
static void cholesky_reverse_reverse(const Record&, const Value& by_s, Accumulator& acc) {
    const Value l = acc.kept_input(0);
    const Value c = halved_sum(by_s, adjoint_of(by_s));
    const Value left = triangular_solve(l, c, true, false);
    const Value k = triangular_solve(l, adjoint_of(left), true, false);
    const Value f = triangle(k, true, 0.5);
    if (acc.wants(0)) {
        const Value second = product(acc.kept_output(), product(l, k));
        const Value first = product(acc.kept_input(1), adjoint_of(f));
        acc.add(0, acc.fit(0, triangle(minus(first, plus(second, second)), true, 1)));
    }
    if (acc.wants(1)) acc.add(1, acc.fit(1, product(l, f)));
}

// With W = L^-H dL^H: dS is that of the cotangent dG + W G, less W S + S W^H.
static Value cholesky_reverse_forward(const Record&, const Tangents& t) {
    const Value l = t.kept_input(0);
    if (!t.has(0)) return broadcast_to(by_factor(l, t.get(1)), t.output_shape());
    const Value w = triangular_solve(l, adjoint_of(triangle(t.get(0), true, 1)), true, true);
    const Value g = t.kept_input(1), turned = product(w, t.kept_output());
    const Value inner = product(w, triangle(g, true, 1));
    const Value outer = by_factor(l, t.has(1) ? plus(t.get(1), inner) : inner);
    return minus(outer, plus(turned, adjoint_of(turned)));
}

static void cholesky_reverse_pattern(Dependence& d) {
    for (std::size_t k = 0; k < 2; ++k) {
        const Value numbers = numbered_columns(d.shape(k), 1);
        d.meet(k, broadcast_to(numbers, d.shape(k)), broadcast_to(numbers, d.shape()));
    }
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
    OpInfo& backwards = define_op(cholesky_reverse_op, "cholesky_reverse", 2, run_cholesky_reverse,
                                  cholesky_reverse_reverse, cholesky_reverse_forward);
    backwards.reads[0] = 1 << 0 | 1 << 1 | reads_output;
    backwards.reads[1] = 1 << 0;
    backwards.pattern = cholesky_reverse_pattern;
    for (OpInfo* op : {&solving, &factoring, &backwards}) {
        op->kinds = kinds_of_fields;
        op->half = InFloat16::outside;
        op->batched = batch_aligned;
    }
    solving.pattern = triangular_pattern;
    factoring.pattern = pattern_of_matrices;
}

}  // namespace ag
