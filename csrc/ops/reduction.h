// What the reductions over axes have in common.
#pragma once

#include "../kernels/kernels.h"
#include "define.h"
#include "ops.h"

namespace ag {

constexpr u8 kinds_of_numbers = kind_integer | kind_floating | kind_complex;

// The shape that is left, and how many elements one of the result is made of.
inline Shape reduced_shape(const Shape& shape, Axes axes, bool keepdims) {
    Shape out;
    for (int k = 0; k < shape.rank; ++k) {
        if (!(axes >> k & 1))
            out.push(shape[k]);
        else if (keepdims)
            out.push(1);
    }
    return out;
}

inline i64 reduced_count(const Shape& shape, Axes axes) {
    i64 n = 1;
    for (int k = 0; k < shape.rank; ++k)
        if (axes >> k & 1) n *= shape[k];
    return n;
}

// x with the reduced axes last.
inline Value reduced_last(const Value& x, Axes axes) {
    int permutation[max_rank];
    int next = 0;
    for (int pass = 0; pass < 2; ++pass)
        for (int k = 0; k < x.rank(); ++k)
            if (static_cast<int>(axes >> k & 1) == pass) permutation[next++] = k;
    return transpose(x, permutation);
}

// An array in C order whose reduced axes lie together: `outer` arrays of n rows of `inner`
// elements.
struct ReducedRows {
    bool together = true;
    i64 outer = 1, n = 1, inner = 1;

    ReducedRows(i64 outer_, i64 n_, i64 inner_) : outer(outer_), n(n_), inner(inner_) {}
    ReducedRows(const Value& x, Axes axes) : ReducedRows(x.shape(), axes, x.contiguous()) {}
    ReducedRows(const Shape& shape, Axes axes, bool in_c_order) : together(in_c_order) {
        int state = 0;  // before them, among them, behind them
        for (int k = 0; k < shape.rank; ++k) {
            const i64 extent = shape[k];
            if (extent == 1) continue;
            const bool reduced = axes >> k & 1;
            if (reduced && state == 0) state = 1;
            if (!reduced && state == 1) state = 2;
            if (reduced && state == 2) together = false;
            (state == 0 ? outer : state == 1 ? n : inner) *= extent;
        }
    }
};

// The groups of reduced elements one after the other.
inline Value grouped(const Value& x, Axes axes) {
    const ReducedRows rows(x, axes);
    return rows.together && rows.inner == 1 ? x : contiguous(reduced_last(x, axes));
}

// The same through a kernel: on several threads, long rows cut at fixed places, and `kernel` again
// for what comes of the parts, so that the result does not depend on the number of threads.
Value reduce_rows(RowKernels::Rows kernel, const Value& x, Axes axes, const Shape& shape);

// The sum of n floats of which blocks are summed as they come, as that over all axes adds them:
// that of the `count` from `begin` on, which lie at x; and of all such sums.
constexpr i64 summed_block = 1'024;
void sum_block(DType dtype, i64 n, i64 begin, i64 count, const void* x, void* sum);
Value sum_of_blocks(DType dtype, i64 n, const void* sums, const Shape& shape);

// The sum of floats in C order, of which there are some, where `reduce_sum` adds them as they lie.
bool sums_in_place(const ReducedRows& rows);
void sum_into(DType dtype, i64 outer, i64 n, i64 inner, const char* x, char* y);

// Applies row(n, elements, result) to each group of reduced elements.
template <class T, class R, class Row>
Value reduce_rows(const Value& x, Axes axes, const Shape& shape, Row row) {
    const i64 n = reduced_count(x.shape(), axes);
    const Value rows = grouped(x, axes);
    Value y = make_value(TypeOf<R>::value, shape);
    const T* source = reinterpret_cast<const T*>(rows.data());
    R* target = reinterpret_cast<R*>(y.mutable_data());
    for (i64 i = 0; i < y.size(); ++i) target[i] = row(n, source + i * n);
    return y;
}

// The attributes of all reductions.
inline Axes axes_of(const Attributes& attributes) { return static_cast<Axes>(attributes[0]); }
inline Axes axes_of(const Call& given) { return static_cast<Axes>(given.attribute(0)); }
inline Shape shape_of(const Call& given) {
    return reduced_shape(given[0].shape(), axes_of(given), given.attribute(1) != 0);
}
inline Value reduce(OpCode op, const Value& x, Axes axes, bool keepdims) {
    return call(op, {static_cast<i64>(axes), keepdims}, {&x});
}

// The rows' `pattern`.
void reduction_pattern(Dependence& d);

// f(elements), as float32 or float64.
template <class F>
auto with_floats(const Value& x, F f) {
    return x.dtype == DType::float32 ? f(reinterpret_cast<const float*>(x.data()))
                                     : f(reinterpret_cast<const double*>(x.data()));
}

// What is made of several operations is computed in float32 for narrow dtypes: what is on the way
// may leave its range, or need more digits.
template <class Reduce>
Value in_float32(const char* op, const Value& x, Reduce reduce) {
    const Value y = reduce(converted(x, DType::float32));
    Value narrow = converted(y, x.dtype);
    check_result(op, {&x}, narrow);
    return narrow;
}

}  // namespace ag
