// Factors L and U of any square matrices, and solutions of equations by them (elimination.h).

#include "../kernels/loops.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "elimination.h"

namespace ag {

namespace {

OpCode lu_op, solve_op, factored_solve_op;

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
            bool odd = false;
            if (!factor(y.dtype, n, a, out, ld, rows.data(), odd))
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
                    const T* given_rows = matrix;
                    if (adjoint) {
                        copy_matrix(n, matrix, true, work.elements);
                        given_rows = work.elements;
                    }
                    bool odd = false;
                    if (!factor(a.dtype, n, given_rows, work.elements, n, work.rows, odd))
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
    for (OpInfo* op : {&factors, &solving, &factored}) {
        op->kinds = kinds_of_fields;
        op->half = InFloat16::outside;
        op->batched = batch_aligned;
    }
}

}  // namespace ag
