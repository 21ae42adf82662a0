// What is computed from triangular factors of any square matrices (LU, by Gauss's elimination with
// the largest pivots): solutions of equations, inverses, determinants. The factors of large
// matrices are LAPACK's where NumPy has one (blas.h), others come from the loops below.

#include <cmath>
#include <cstring>

#include "../blas.h"
#include "../kernels/loops.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "matrices.h"

namespace ag {

namespace {

OpCode lu_op, solve_op, factored_solve_op, inverse_op, det_op, cofactors_op, slogdet_op,
    factored_slogdet_op;

double magnitude(double x) { return std::fabs(x); }
float magnitude(float x) { return std::fabs(x); }
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

// ---------------------------------------------------------------- loops

// Overwrites a, rows `ld` elements apart, with L (below the diagonal, its own being 1) and U, so
// that row rows[i] of the matrix is row i of L U. `odd` is turned with each exchange of two rows.
// Whether all pivots are numbers other than 0. N is the extent, or 0 for any.
template <class T, int N>
bool eliminate(i64 size, T* a, i64 ld, i64* rows, bool& odd) {
    const i64 n = N > 0 ? N : size;
    bool regular = true;
    for (i64 i = 0; i < n; ++i) rows[i] = i;
    for (i64 k = 0; k < n; ++k) {
        i64 chosen = k;
        auto largest = magnitude(a[k * ld + k]);
        for (i64 i = k + 1; i < n; ++i) {
            const auto other = magnitude(a[i * ld + k]);
            if (other > largest) largest = other, chosen = i;
        }
        if (chosen != k) {
            for (i64 j = 0; j < n; ++j) std::swap(a[k * ld + j], a[chosen * ld + j]);
            std::swap(rows[k], rows[chosen]);
            odd = !odd;
        }
        if (!(largest > 0)) {
            regular = false;
            if (largest == 0) continue;
        }
        const T pivot = a[k * ld + k];
        for (i64 i = k + 1; i < n; ++i) {
            const T factor = a[i * ld + k] /= pivot;
            for (i64 j = k + 1; j < n; ++j) a[i * ld + j] -= factor * a[k * ld + j];
        }
    }
    return regular;
}

// The rows that stand behind known factors, in their last column. Whoever brings the factors may
// have put anything there.
template <class T>
void read_rows(const char* name, i64 n, const T* packed, i64 ld, i64* rows) {
    u64 seen = 0;
    std::vector<bool> more_seen(n > 64 ? static_cast<std::size_t>(n) : 0);
    for (i64 i = 0; i < n; ++i) {
        const double number = static_cast<double>(std::real(packed[i * ld + n]));
        const bool there = number >= 0 && number < static_cast<double>(n);
        const i64 row = there ? static_cast<i64>(number) : 0;
        const bool again = n > 64 ? more_seen[static_cast<std::size_t>(row)] : (seen >> row) & 1;
        if (!there || again)
            fail(std::string("[") + name +
                 "] The last column of factors numbers the rows, each of them once.");
        rows[i] = row;
        if (n > 64)
            more_seen[static_cast<std::size_t>(row)] = true;
        else
            seen |= u64(1) << row;
    }
}

// Overwrites b, n rows of m, with the solution x of L U x = b.
template <class T, int N>
void substitute(i64 size, i64 m, const T* a, i64 ld, T* b) {
    const i64 n = N > 0 ? N : size;
    for (i64 i = 1; i < n; ++i)
        for (i64 k = 0; k < i; ++k) {
            const T factor = a[i * ld + k];
            for (i64 j = 0; j < m; ++j) b[i * m + j] -= factor * b[k * m + j];
        }
    for (i64 i = n - 1; i >= 0; --i) {
        for (i64 k = i + 1; k < n; ++k) {
            const T factor = a[i * ld + k];
            for (i64 j = 0; j < m; ++j) b[i * m + j] -= factor * b[k * m + j];
        }
        const T pivot = a[i * ld + i];
        for (i64 j = 0; j < m; ++j) b[i * m + j] /= pivot;
    }
}

// ---------------------------------------------------------------- of any extent

template <class T>
void transpose_into(i64 n, const T* from, i64 from_ld, T* to, i64 to_ld) {
    constexpr i64 block = 32;
    for (i64 i0 = 0; i0 < n; i0 += block)
        for (i64 j0 = 0; j0 < n; j0 += block)
            for (i64 i = i0; i < std::min(n, i0 + block); ++i)
                for (i64 j = j0; j < std::min(n, j0 + block); ++j)
                    to[j * to_ld + i] = from[i * from_ld + j];
}

template <class T>
bool factor(DType dtype, i64 n, T* a, i64 ld, i64* rows, bool& odd) {
    switch (n) {
        case 1: return eliminate<T, 1>(n, a, ld, rows, odd);
        case 2: return eliminate<T, 2>(n, a, ld, rows, odd);
        case 3: return eliminate<T, 3>(n, a, ld, rows, odd);
        case 4: return eliminate<T, 4>(n, a, ld, rows, odd);
        default: break;
    }
    if (n >= small_matrix) {
        Value scratch = make_value(dtype, Shape{n, n});
        T* const columns = reinterpret_cast<T*>(scratch.mutable_data());
        std::vector<i64> exchanged(static_cast<std::size_t>(n));
        transpose_into(n, a, ld, columns, n);
        if (blas::lu(dtype, n, columns, exchanged.data())) {
            transpose_into(n, columns, n, a, ld);
            bool regular = true;
            for (i64 i = 0; i < n; ++i) rows[i] = i;
            for (i64 i = 0; i < n; ++i) {
                regular = regular && magnitude(a[i * ld + i]) > 0;
                const i64 other = exchanged[static_cast<std::size_t>(i)];
                if (other == i) continue;
                std::swap(rows[i], rows[other]);
                odd = !odd;
            }
            return regular;
        }
    }
    return eliminate<T, 0>(n, a, ld, rows, odd);
}

// x of L U x = b, in place of b.
template <class T>
void solve_factored(DType dtype, i64 n, i64 m, const T* a, i64 ld, T* b) {
    switch (n) {
        case 1: return substitute<T, 1>(n, m, a, ld, b);
        case 2: return substitute<T, 2>(n, m, a, ld, b);
        case 3: return substitute<T, 3>(n, m, a, ld, b);
        case 4: return substitute<T, 4>(n, m, a, ld, b);
        default: break;
    }
    if (n >= small_matrix && blas::triangular_solve(dtype, n, m, a, ld, true, true, false, b) &&
        blas::triangular_solve(dtype, n, m, a, ld, false, false, false, b))
        return;
    substitute<T, 0>(n, m, a, ld, b);
}

// x of (L U)^H x = b, in place of b.
template <class T>
void solve_factored_adjoint(DType dtype, i64 n, i64 m, const T* a, i64 ld, T* b) {
    if (n >= small_matrix && blas::triangular_solve(dtype, n, m, a, ld, false, false, true, b) &&
        blas::triangular_solve(dtype, n, m, a, ld, true, true, true, b))
        return;
    for (i64 i = 0; i < n; ++i) {
        for (i64 k = 0; k < i; ++k) {
            const T factor = conjugate(a[k * ld + i]);
            for (i64 j = 0; j < m; ++j) b[i * m + j] -= factor * b[k * m + j];
        }
        const T pivot = conjugate(a[i * ld + i]);
        for (i64 j = 0; j < m; ++j) b[i * m + j] /= pivot;
    }
    for (i64 i = n - 2; i >= 0; --i)
        for (i64 k = i + 1; k < n; ++k) {
            const T factor = conjugate(a[k * ld + i]);
            for (i64 j = 0; j < m; ++j) b[i * m + j] -= factor * b[k * m + j];
        }
}

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

Value element(const Value& x, i64 k) { return slice_axis(x, x.rank() - 1, k, 1, true); }

// Of numbers, one for each matrix, something to multiply the matrices with.
Value for_matrices(const Value& x) { return expand_dims(expand_dims(x, x.rank()), x.rank() + 1); }

Value sum_of_matrices(const Value& x) { return sum(x, Axes{3} << (x.rank() - 2), false); }

}  // namespace

// ---------------------------------------------------------------- the factors

// L and U in one matrix, and a column more: the row of the matrix that each row is of.
static Value run_lu(const Call& given) {
    require_square("lu", given[0]);
    Shape shape = given[0].shape();
    shape[shape.rank - 1] += 1;
    Value y = make_value(given[0].dtype, shape);
    with_matrices(given[0], [&](auto zero, const auto* a, i64 n, i64 count) {
        using T = decltype(zero);
        T* out = reinterpret_cast<T*>(y.mutable_data());
        const i64 ld = n + 1;
        std::vector<i64> rows(static_cast<std::size_t>(n));
        for (i64 k = 0; k < count; ++k, a += n * n, out += n * ld) {
            for (i64 i = 0; i < n; ++i) std::copy_n(a + i * n, n, out + i * ld);
            bool odd = false;
            if (!factor(y.dtype, n, out, ld, rows.data(), odd))
                fail("[lu] Input is not invertible.");
            for (i64 i = 0; i < n; ++i)
                out[i * ld + n] =
                    static_cast<T>(static_cast<double>(rows[static_cast<std::size_t>(i)]));
        }
    });
    return y;
}

// Ones where row i of the factors' product is row j of the matrix.
static Value permutation_of(const Value& factors) {
    const int r = factors.rank();
    const i64 n = factors.extent(r - 2);
    Value columns = make_value(DType::float64, Shape{1, n});
    for (i64 j = 0; j < n; ++j)
        reinterpret_cast<double*>(columns.mutable_data())[j] = static_cast<double>(j);
    const Value rows = stop(slice_axis(factors, r - 1, n, 1, false));
    return cast(binary(Op::equal, rows, cast(columns, factors.dtype)), factors.dtype);
}

static Value without_last_column(const Value& x) {
    return slice_axis(x, x.rank() - 1, 0, x.extent(x.rank() - 1) - 1, false);
}

// The lower triangle with ones (or zeros) on its diagonal.
static Value unit_lower(const Value& factors) {
    const i64 n = factors.extent(factors.rank() - 1);
    Value ones = make_zeros(DType::float64, Shape{n, n});
    for (i64 i = 0; i < n; ++i) reinterpret_cast<double*>(ones.mutable_data())[i * n + i] = 1;
    return plus(triangle(factors, true, 0), cast(ones, factors.dtype));
}

static void lu_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value packed = acc.kept_output();
    const Value factors = without_last_column(packed);
    const Value l = unit_lower(factors), u = triangle(factors, false, 1);
    const Value both = without_last_column(g);
    const Value of_l = triangle(both, true, 0), of_u = triangle(both, false, 1);
    const Value inner = plus(triangle(product(adjoint_of(l), of_l), true, 0),
                             triangle(product(of_u, adjoint_of(u)), false, 1));
    const Value left = triangular_solve(l, inner, true, true);
    // left u^-H is the adjoint of u^-1 left^H.
    const Value whole = adjoint_of(triangular_solve(u, adjoint_of(left), false, false));
    acc.add(0, product(swap_last_axes(permutation_of(packed)), whole));
}

static Value lu_forward(const Record&, const Tangents& t) {
    const Value packed = t.kept_output();
    const Value factors = without_last_column(packed);
    const Value l = unit_lower(factors), u = triangle(factors, false, 1);
    const Value left = triangular_solve(l, product(permutation_of(packed), t.get(0)), true, false);
    const Value inner = adjoint_of(triangular_solve(u, adjoint_of(left), false, true));
    const Value both =
        plus(product(l, triangle(inner, true, 0)), product(triangle(inner, false, 1), u));
    Shape column = both.shape();
    column[column.rank - 1] = 1;
    return concat({both, zeros(both.dtype, column)}, both.rank() - 1);
}

// ---------------------------------------------------------------- equations

// Attribute: whether the adjoint of the matrix is meant. Inputs: the matrix and the right sides;
// and the factors of the matrix where they are known, which are not differentiated.
static Value solve(const Value& a, const Value& b, bool adjoint) {
    return call(solve_op, {adjoint}, {&a, &b});
}
static Value solve(const Value& a, const Value& b, const Value& factors, bool adjoint) {
    return call(factored_solve_op, {adjoint}, {&a, &b, &factors});
}

static Value run_solve(const Call& given) {
    const bool adjoint = given.attribute(0) != 0, known = given.size() == 3;
    require_same_dtype("solve", given[0], given[1]);
    require_square("solve", given[0]);
    const int ra = given[0].rank(), rb = given[1].rank();
    const i64 n = given[0].extent(ra - 1);
    if (rb < 2 || given[1].extent(rb - 2) != n)
        fail("[solve] Input matrix and rhs are incompatible: shapes " + given[0].shape().text() +
             " and " + given[1].shape().text());
    const Shape batch = broadcast_shapes(batch_shape(given[0]), batch_shape(given[1]), "solve");
    const i64 m = given[1].extent(rb - 1), count = batch.size();
    Shape of_b = batch, of_a = batch;
    for (i64 extent : {n, m}) of_b.push(extent);
    // One matrix for all right sides is factored once.
    const bool one = batch_shape(given[0]).size() == 1;
    if (one) of_a = Shape{};
    for (i64 extent : {n, known ? n + 1 : n}) of_a.push(extent);
    const Value& source = given[known ? 2 : 0];
    const Value a = contiguous(one ? reshape(source, of_a) : broadcast_to(source, of_a));
    const Value b = contiguous(broadcast_to(given[1], of_b));
    Value x = make_value(a.dtype, of_b);
    if (count == 0) return x;
    with_field(a.dtype, [&](auto zero) {
        using T = decltype(zero);
        const i64 ld = known ? n + 1 : n;
        const T* matrix = reinterpret_cast<const T*>(a.data());
        const T* right = reinterpret_cast<const T*>(b.data());
        T* out = reinterpret_cast<T*>(x.mutable_data());
        Workspace<T> work(n);
        for (i64 k = 0; k < count; ++k, right += n * m, out += n * m) {
            if (k == 0 || !one) {
                if (known) {
                    read_rows("solve", n, matrix, ld, work.rows);
                } else {
                    copy_matrix(n, matrix, adjoint, work.elements);
                    bool odd = false;
                    if (!factor(a.dtype, n, work.elements, n, work.rows, odd))
                        fail("[solve] Input matrix is not invertible.");
                }
            }
            if (known && adjoint) {
                std::vector<T> y(right, right + n * m);
                solve_factored_adjoint(a.dtype, n, m, matrix, ld, y.data());
                for (i64 i = 0; i < n; ++i)
                    std::copy_n(y.data() + i * m, m, out + work.rows[i] * m);
            } else {
                for (i64 i = 0; i < n; ++i) std::copy_n(right + work.rows[i] * m, m, out + i * m);
                solve_factored(a.dtype, n, m, known ? matrix : work.elements, ld, out);
            }
            if (!one) matrix += n * ld;
        }
    });
    return x;
}

static void solve_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const bool adjoint = acc.attributes()[0] != 0;
    const Value a = acc.kept_input(0);
    const Value gb =
        r.op == solve_op ? solve(a, g, !adjoint) : solve(a, g, acc.kept_input(2), !adjoint);
    if (acc.wants(0)) {
        const Value x = acc.kept_output();
        const Value ga = adjoint ? product(x, adjoint_of(gb)) : product(gb, adjoint_of(x));
        acc.add(0, acc.fit(0, negative(ga)));
    }
    if (acc.wants(1)) acc.add(1, acc.fit(1, gb));
}

static Value solve_forward(const Record& r, const Tangents& t) {
    const bool adjoint = t.attributes()[0] != 0;
    Value right;
    if (t.has(0)) {
        const Value da = t.get(0);
        right = negative(product(adjoint ? adjoint_of(da) : da, t.kept_output()));
    }
    if (t.has(1)) right = t.has(0) ? plus(t.get(1), right) : t.get(1);
    const Value a = t.kept_input(0);
    const Value x =
        r.op == solve_op ? solve(a, right, adjoint) : solve(a, right, t.kept_input(2), adjoint);
    return broadcast_to(x, t.output_shape());
}

static void solve_pattern(Dependence& d) {
    const i64 m = d.shape()[d.shape().rank - 1];
    for (std::size_t k = 0; k < 2; ++k) {
        const Value numbers = numbered_columns(d.shape(k), k == 0 ? 1 : m);
        d.meet(k, broadcast_to(numbers, d.shape(k)), broadcast_to(numbers, d.shape()));
    }
}

// ---------------------------------------------------------------- inverses

// Attribute: whether the adjoint of the inverse is meant.
static Value inverse(const Value& a, bool adjoint) { return call(inverse_op, {adjoint}, {&a}); }

static Value run_inverse(const Call& given) {
    const bool adjoint = given.attribute(0) != 0;
    require_square("inv", given[0]);
    Value y = make_zeros(given[0].dtype, given[0].shape());
    with_matrices(given[0], [&](auto zero, const auto* a, i64 n, i64 count) {
        using T = decltype(zero);
        T* out = reinterpret_cast<T*>(y.mutable_data());
        Workspace<T> work(n);
        for (i64 k = 0; k < count; ++k, a += n * n, out += n * n) {
            copy_matrix(n, a, adjoint, work.elements);
            bool odd = false;
            if (!factor(y.dtype, n, work.elements, n, work.rows, odd))
                fail("[inv] Input is not invertible.");
            for (i64 i = 0; i < n; ++i) out[i * n + work.rows[i]] = T(1);
            solve_factored(y.dtype, n, n, work.elements, n, out);
        }
    });
    return y;
}

static void inverse_reverse(const Record&, const Value& g, Accumulator& acc) {
    const bool adjoint = acc.attributes()[0] != 0;
    const Value y = acc.kept_output();
    const Value outer = adjoint ? y : adjoint_of(y);
    acc.add(0, negative(product(product(outer, adjoint ? adjoint_of(g) : g), outer)));
}

static Value inverse_forward(const Record&, const Tangents& t) {
    const bool adjoint = t.attributes()[0] != 0;
    const Value y = t.kept_output();
    const Value da = t.get(0);
    return negative(product(product(y, adjoint ? adjoint_of(da) : da), y));
}

// ---------------------------------------------------------------- determinants

static Value run_det(const Call& given) {
    require_square("det", given[0]);
    Value y = make_value(given[0].dtype, batch_shape(given[0]));
    with_matrices(given[0], [&](auto zero, const auto* a, i64 n, i64 count) {
        using T = decltype(zero);
        T* out = reinterpret_cast<T*>(y.mutable_data());
        Workspace<T> work(n);
        for (i64 k = 0; k < count; ++k, a += n * n) {
            copy_matrix(n, a, false, work.elements);
            bool odd = false;
            factor(y.dtype, n, work.elements, n, work.rows, odd);
            T det = odd ? T(-1) : T(1);
            for (i64 i = 0; i < n; ++i) det *= work.elements[i * n + i];
            out[k] = det;
        }
    });
    return y;
}

// The derivatives of the determinant by each element: det(A) A^-T, and right for singular matrices
// too. With the largest pivots in both directions A = P L U Q, where L and the first n - 1 rows of
// U are regular unless the rank is below n - 1, and the cofactors of products are the products of
// the cofactors.
template <class T>
static void cofactors_of(i64 n, const T* given, T* out) {
    std::vector<T> a(given, given + n * n), rest(static_cast<std::size_t>(n * n), T(0));
    std::vector<i64> rows(static_cast<std::size_t>(n)), columns(static_cast<std::size_t>(n));
    bool odd = false;
    for (i64 i = 0; i < n; ++i) rows[i] = columns[i] = i;
    const auto at = [&](i64 i, i64 j) -> T& { return a[static_cast<std::size_t>(i * n + j)]; };
    T before_last = T(1);
    for (i64 k = 0; k < n - 1; ++k) {
        i64 row = k, column = k;
        auto largest = magnitude(at(k, k));
        for (i64 i = k; i < n; ++i)
            for (i64 j = k; j < n; ++j)
                if (magnitude(at(i, j)) > largest)
                    largest = magnitude(at(i, j)), row = i, column = j;
        if (largest == 0) {
            std::fill_n(out, n * n, T(0));
            return;
        }
        if (row != k) {
            for (i64 j = 0; j < n; ++j) std::swap(at(k, j), at(row, j));
            std::swap(rows[static_cast<std::size_t>(k)], rows[static_cast<std::size_t>(row)]);
            odd = !odd;
        }
        if (column != k) {
            for (i64 i = 0; i < n; ++i) std::swap(at(i, k), at(i, column));
            std::swap(columns[static_cast<std::size_t>(k)],
                      columns[static_cast<std::size_t>(column)]);
            odd = !odd;
        }
        before_last *= at(k, k);
        for (i64 i = k + 1; i < n; ++i) {
            const T factor = at(i, k) /= at(k, k);
            for (i64 j = k + 1; j < n; ++j) at(i, j) -= factor * at(k, j);
        }
    }
    if (odd) before_last = -before_last;
    // Its adjugate: adj(U) L^-1, row j of which is column `columns[j]` of the result. The last
    // column of adj(U) is det(U') (-U'^-1 u, 1), the others are the last pivot times det(U') U'^-1,
    // for U = [U' u; 0 pivot].
    const T last = n > 0 ? at(n - 1, n - 1) : T(1);
    const auto adjugate = [&](i64 i, i64 j) -> T& {
        return rest[static_cast<std::size_t>(i * n + j)];
    };
    for (i64 j = 0; j < n; ++j) {
        const bool is_last = j == n - 1;
        if (is_last) adjugate(n - 1, j) = T(1);
        for (i64 i = is_last ? n - 2 : j; i >= 0; --i) {
            T sum = is_last ? -at(i, n - 1) : i == j ? last : T(0);
            for (i64 k = i + 1; k < n - 1; ++k) sum -= at(i, k) * adjugate(k, j);
            adjugate(i, j) = sum / at(i, i);
        }
    }
    // x L = adj(U), by columns from the last.
    for (i64 i = 0; i < n; ++i)
        for (i64 j = n - 1; j >= 0; --j) {
            T sum = adjugate(i, j);
            for (i64 k = j + 1; k < n; ++k) sum -= adjugate(i, k) * at(k, j);
            adjugate(i, j) = sum;
        }
    for (i64 i = 0; i < n; ++i)
        for (i64 j = 0; j < n; ++j)
            out[rows[static_cast<std::size_t>(i)] * n + columns[static_cast<std::size_t>(j)]] =
                before_last * adjugate(j, i);
}

// Whether the pivots are of about one size, so that the inverse has the digits that cofactors need.
template <class T>
static bool far_from_singular(i64 n, const T* factors) {
    auto least = magnitude(factors[0]), largest = least;
    for (i64 i = 1; i < n; ++i) {
        least = std::min(least, magnitude(factors[i * n + i]));
        largest = std::max(largest, magnitude(factors[i * n + i]));
    }
    return least > largest * decltype(least)(1e-3);
}

static Value run_cofactors(const Call& given) {
    require_square("cofactors", given[0]);
    Value y = make_value(given[0].dtype, given[0].shape());
    with_matrices(given[0], [&](auto zero, const auto* a, i64 n, i64 count) {
        using T = decltype(zero);
        T* out = reinterpret_cast<T*>(y.mutable_data());
        Workspace<T> work(n), more(n);
        T* const inverted = more.elements;
        for (i64 k = 0; k < count; ++k, a += n * n, out += n * n) {
            std::copy_n(a, n * n, work.elements);
            bool odd = false;
            if (factor(y.dtype, n, work.elements, n, work.rows, odd) &&
                far_from_singular(n, work.elements)) {
                T det = odd ? T(-1) : T(1);
                for (i64 i = 0; i < n; ++i) det *= work.elements[i * n + i];
                std::fill_n(inverted, n * n, T(0));
                for (i64 i = 0; i < n; ++i) inverted[i * n + work.rows[i]] = det;
                solve_factored(y.dtype, n, n, work.elements, n, inverted);
                transpose_into(n, inverted, n, out, n);
                continue;
            }
            cofactors_of(n, a, out);
        }
    });
    return y;
}

static Value cofactors(const Value& a) { return call(cofactors_op, {}, {&a}); }

static void det_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, times(for_matrices(g), conj(cofactors(acc.kept_input(0)))));
}

static Value det_forward(const Record&, const Tangents& t) {
    return sum_of_matrices(times(cofactors(t.kept_input(0)), t.get(0)));
}

static void pattern_of_numbers(Dependence& d) {
    const Value numbers = numbered_columns(d.shape(0), 1);
    d.meet(0, broadcast_to(numbers, d.shape(0)), reshape(numbers, d.shape()));
}

// Of C = det(A) A^-T: dC = C tr(A^-1 dA) - A^-T dA^T C.
static void cofactors_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value c = acc.kept_output();
    const Value y = inverse(acc.kept_input(0), true);
    const Value traces = for_matrices(sum_of_matrices(times(conj(c), g)));
    acc.add(0, minus(times(traces, y), product(product(conj(c), swap_last_axes(g)), y)));
}

static Value cofactors_forward(const Record&, const Tangents& t) {
    const Value c = t.kept_output();
    const Value y = swap_last_axes(inverse(t.kept_input(0), false));
    const Value trace = for_matrices(sum_of_matrices(times(y, t.get(0))));
    return minus(times(c, trace), product(product(y, swap_last_axes(t.get(0))), c));
}

// Along a last axis, the sign of the determinant (a number of modulus 1, or 0) and the logarithm of
// its modulus. Inputs: the matrix; and its factors where they are known.
static Value run_slogdet(const Call& given) {
    require_square("slogdet", given[0]);
    const bool known = given.size() == 2;
    Shape shape = batch_shape(given[0]);
    shape.push(2);
    Value y = make_value(given[0].dtype, shape);
    const Value& source = given[known ? 1 : 0];
    const i64 ld = source.extent(source.rank() - 1), n = given[0].extent(given[0].rank() - 1);
    if (known &&
        (source.rank() != given[0].rank() || ld != n + 1 || source.extent(source.rank() - 2) != n ||
         !(batch_shape(source) == batch_shape(given[0]))))
        fail("[slogdet] The factors are not those of the matrices: their shapes differ.");
    const i64 count = y.size() / 2;
    const Value matrices = contiguous(source);
    with_field(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        const T* a = reinterpret_cast<const T*>(matrices.data());
        T* out = reinterpret_cast<T*>(y.mutable_data());
        Workspace<T> work(n);
        for (i64 k = 0; k < count; ++k, a += n * ld) {
            bool odd = false;
            const T* factors = a;
            if (known) {
                read_rows("slogdet", n, a, ld, work.rows);
                for (i64 i = 0; i < n; ++i)
                    while (work.rows[i] != i) {
                        std::swap(work.rows[i], work.rows[work.rows[i]]);
                        odd = !odd;
                    }
            } else {
                copy_matrix(n, a, false, work.elements);
                factor(y.dtype, n, work.elements, n, work.rows, odd);
                factors = work.elements;
            }
            T sign = odd ? T(-1) : T(1);
            auto logarithm = std::real(T(0));
            for (i64 i = 0; i < n; ++i) {
                const T pivot = factors[i * ld + i];
                const auto size = std::abs(pivot);
                sign = size == 0 ? T(0) : T(sign * (pivot / size));
                logarithm += std::log(size);
            }
            out[2 * k] = sign;
            out[2 * k + 1] = logarithm;
        }
    });
    return y;
}

static bool is_complex_value(const Value& x) {
    return x.dtype == DType::complex64 || x.dtype == DType::complex128;
}

// Of log(det A) the imaginary part turns the sign, s: ds = i s im(tr(A^-1 dA)).
static void slogdet_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const Value a = acc.kept_input(0);
    Value c = element(g, 1);
    if (is_complex_value(c)) {
        const Value turned = times(conj(element(g, 0)), element(acc.kept_output(), 0));
        c = complex_of(real_part(c), negative(imaginary_part(turned)));
    }
    if (r.op == slogdet_op) return acc.add(0, times(for_matrices(c), inverse(a, true)));
    const i64 n = a.extent(a.rank() - 1);
    Value ones = make_zeros(DType::float64, Shape{n, n});
    for (i64 i = 0; i < n; ++i) reinterpret_cast<double*>(ones.mutable_data())[i * n + i] = 1;
    const Value y = solve(a, cast(ones, a.dtype), acc.kept_input(1), true);
    acc.add(0, times(for_matrices(c), y));
}

static Value slogdet_forward(const Record&, const Tangents& t) {
    const Value y = swap_last_axes(inverse(t.kept_input(0), false));
    const Value trace = sum_of_matrices(times(y, t.get(0)));
    const int axis = trace.rank();
    if (!is_complex_value(trace)) return stack({zeros(trace.dtype, trace.shape()), trace}, axis);
    const Value real = real_part(trace);
    const Value none = zeros(real.dtype, real.shape());
    const Value turned =
        times(element(t.kept_output(), 0), complex_of(none, imaginary_part(trace)));
    return stack({turned, complex_of(real, none)}, axis);
}

static void slogdet_pattern(Dependence& d) {
    const Value numbers = numbered_columns(d.shape(0), 1);
    Shape each = d.shape();
    each[each.rank - 1] = 1;
    d.meet(0, broadcast_to(numbers, d.shape(0)), broadcast_to(reshape(numbers, each), d.shape()));
}

void define_equations() {
    OpInfo& factors = define_op(lu_op, "lu", 1, run_lu, lu_reverse, lu_forward);
    factors.reads[0] = reads_output;
    factors.pattern = pattern_of_matrices;
    OpInfo& solving = define_op(solve_op, "solve", 2, run_solve, solve_reverse, solve_forward);
    OpInfo& factored =
        define_op(factored_solve_op, "factored_solve", 2, run_solve, solve_reverse, solve_forward);
    for (OpInfo* op : {&solving, &factored}) {
        op->attributes = op->flag_attributes = 1;
        op->reads[0] = 1 << 0 | reads_output;
        op->reads[1] = 1 << 0;
        op->pattern = solve_pattern;
    }
    factored.inputs = 3;
    factored.reads[0] |= 1 << 2;
    factored.reads[1] |= 1 << 2;
    OpInfo& inverting =
        define_op(inverse_op, "inv", 1, run_inverse, inverse_reverse, inverse_forward);
    inverting.attributes = inverting.flag_attributes = 1;
    inverting.reads[0] = reads_output;
    inverting.pattern = pattern_of_matrices;
    OpInfo& determinant = define_op(det_op, "det", 1, run_det, det_reverse, det_forward);
    determinant.reads[0] = 1 << 0;
    determinant.pattern = pattern_of_numbers;
    OpInfo& by_elements = define_op(cofactors_op, "cofactors", 1, run_cofactors, cofactors_reverse,
                                    cofactors_forward);
    by_elements.reads[0] = 1 << 0 | reads_output;
    by_elements.pattern = pattern_of_matrices;
    OpInfo& logarithm =
        define_op(slogdet_op, "slogdet", 1, run_slogdet, slogdet_reverse, slogdet_forward);
    OpInfo& of_factors = define_op(factored_slogdet_op, "factored_slogdet", 1, run_slogdet,
                                   slogdet_reverse, slogdet_forward);
    of_factors.inputs = 2;
    for (OpInfo* op : {&logarithm, &of_factors}) {
        op->reads[0] = 1 << 0 | reads_output;
        op->pattern = slogdet_pattern;
    }
    of_factors.reads[0] |= 1 << 1;
    for (OpInfo* op : {&factors, &solving, &factored, &inverting, &determinant, &by_elements,
                       &logarithm, &of_factors}) {
        op->kinds = kinds_of_fields;
        op->half = InFloat16::outside;
        op->batched = batch_aligned;
    }
}

}  // namespace ag
