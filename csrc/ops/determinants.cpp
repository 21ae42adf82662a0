// Inverses and determinants of any square matrices, by Gauss's elimination (elimination.h).

#include "../kernels/loops.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "elimination.h"

namespace ag {

namespace {

OpCode inverse_op, det_op, cofactors_op, slogdet_op;

Value element(const Value& x, i64 k) { return slice_axis(x, x.rank() - 1, k, 1, true); }

// Of numbers, one for each matrix, something to multiply the matrices with.
Value for_matrices(const Value& x) { return expand_dims(expand_dims(x, x.rank()), x.rank() + 1); }

Value sum_of_matrices(const Value& x) { return sum(x, Axes{3} << (x.rank() - 2), false); }

}  // namespace

// ---------------------------------------------------------------- inverses

// Attribute: whether the adjoint of the inverse is meant.
static Value inverse(const Value& a, bool adjoint) { return call(inverse_op, {adjoint}, {&a}); }

static Value run_inverse(const Call& given) {
    const bool adjoint = given.attribute(0) != 0;
    require_square("inv", given[0]);
    Value y = make_value(given[0].dtype, given[0].shape());
    with_matrices(given[0], [&](auto zero, const auto* a, i64 n, i64 count) {
        using T = decltype(zero);
        T* out = reinterpret_cast<T*>(y.mutable_data());
        T det;
        for (i64 k = 0; k < count; ++k, a += n * n, out += n * n) {
            copy_matrix(n, a, adjoint, out);
            if (!invert(y.dtype, n, out, false, det)) fail("[inv] Input is not invertible.");
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
            factor_for_pivots(y.dtype, n, work.elements, work.rows, odd);
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

static Value run_cofactors(const Call& given) {
    require_square("cofactors", given[0]);
    Value y = make_value(given[0].dtype, given[0].shape());
    with_matrices(given[0], [&](auto zero, const auto* a, i64 n, i64 count) {
        using T = decltype(zero);
        T* out = reinterpret_cast<T*>(y.mutable_data());
        T det;
        for (i64 k = 0; k < count; ++k, a += n * n, out += n * n) {
            transpose_into(n, a, n, out, n);
            if (invert(y.dtype, n, out, true, det))
                for (i64 i = 0; i < n * n; ++i) out[i] *= det;
            else
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
// its modulus.
static Value run_slogdet(const Call& given) {
    require_square("slogdet", given[0]);
    Shape shape = batch_shape(given[0]);
    shape.push(2);
    Value y = make_value(given[0].dtype, shape);
    with_matrices(given[0], [&](auto zero, const auto* a, i64 n, i64 count) {
        using T = decltype(zero);
        T* out = reinterpret_cast<T*>(y.mutable_data());
        Workspace<T> work(n);
        for (i64 k = 0; k < count; ++k, a += n * n) {
            bool odd = false;
            copy_matrix(n, a, false, work.elements);
            factor_for_pivots(y.dtype, n, work.elements, work.rows, odd);
            T sign = odd ? T(-1) : T(1);
            auto logarithm = std::real(T(0));
            for (i64 i = 0; i < n; ++i) {
                const T pivot = work.elements[i * n + i];
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
static void slogdet_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value a = acc.kept_input(0);
    Value c = element(g, 1);
    if (is_complex_value(c)) {
        const Value turned = times(conj(element(g, 0)), element(acc.kept_output(), 0));
        c = complex_of(real_part(c), negative(imaginary_part(turned)));
    }
    acc.add(0, times(for_matrices(c), inverse(a, true)));
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

void define_determinants() {
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
    logarithm.reads[0] = 1 << 0 | reads_output;
    logarithm.pattern = slogdet_pattern;
    for (OpInfo* op : {&inverting, &determinant, &by_elements, &logarithm}) {
        op->kinds = kinds_of_fields;
        op->half = InFloat16::outside;
        op->batched = batch_aligned;
    }
}

}  // namespace ag
