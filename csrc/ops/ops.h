// The operations as functions of values: each computes, and appends a record when an input is
// tracked. The rules of structural operations are written with them.
#pragma once

#include <vector>

#include "call.h"

namespace ag {

// ---- elementwise.cpp
Value unary(OpCode op, const Value& x);
Value binary(OpCode op, const Value& a, const Value& b);  // broadcasts; dtypes must agree
Value select(const Value& condition, const Value& a, const Value& b);
// The loop of `select`: in = {condition, a, b}.
Loop select_loop_for(DType dtype);
Value identity(const Value& x);
// `value`, with the derivative by `place`, which has its dtype and shape: what is read of a
// Variable in a program that has assigned to it.
Value assigned(const Value& place, const Value& value);
bool is_assigned(OpCode op);  // whether it is that
Value cast(const Value& x, DType dtype);
Value converted(const Value& x, DType dtype);  // as cast, of what may be infinite from the start
Value conj(const Value& x);
Value real_part(const Value& x);
Value imaginary_part(const Value& x);
Value complex_of(const Value& real, const Value& imaginary);
Value zeros(DType dtype, const Shape& shape);
Value full(DType dtype, const Shape& shape, double x);  // one number, broadcast
// The cotangent g (or tangent, without guards against poles) times partial k of an elementwise
// record; g and the result have the shape of the output. Computed with recorded operations if a
// tape is recording.
Value times_partial(const OpInfo& op, int k, const Value& g, const Value& a, const Value& b,
                    const Value& y, const Shape& shape, bool tangent);

using Axes = u32;  // bit k: axis k

// ---- shape.cpp
Value reshape(const Value& x, const Shape& shape);
Shape in_front(i64 extent, const Shape& shape);  // with one more axis
Value broadcast_to(const Value& x, const Shape& shape);
Value expand_dims(const Value& x, int axis);
Value transpose(const Value& x, const int* permutation);
Value swap_last_axes(const Value& x);
Value move_axis(const Value& x, int from, int to);  // the others stay in their order
Value concat(const std::vector<Value>& parts, int axis);
Value stack(const std::vector<Value>& parts, int axis);
// Row `index` of axis `axis`, without the axis.
Value slice_axis(const Value& x, int axis, i64 start, i64 count, bool drop);

// How the output axes of a view walk over its input: input axis d starts at start[d] and moves by
// step[d] along output axis to[d] (or not at all, -1); an output axis that nothing moves along is
// new. Two input axes on one output axis walk a diagonal.
struct ViewSpec {
    int in_rank = 0;
    i64 start[max_rank];
    i64 step[max_rank];
    int to[max_rank];
    Shape out;
};
Value view(const Value& x, const ViewSpec& spec);
// The same of arrays with one more axis in front.
ViewSpec in_front(i64 extent, const ViewSpec& spec);
// The adjoint: zeros of `shape` with g added along the view.
Value unview(const Value& g, const ViewSpec& spec, const Shape& shape);
// target += g along the view, in place; `target` is exclusive and contiguous.
void add_along_view(Value& target, const ViewSpec& spec, const Value& g);
// A view as attributes: appended to those, and from so many.
void pack(const ViewSpec& spec, Attributes& packed);
ViewSpec unpack(const i64* packed, std::size_t count);
inline ViewSpec unpack(const std::vector<i64>& packed) {
    return unpack(packed.data(), packed.size());
}
// The view takes each element of its input just once; it may move them.
bool takes_all_once(const ViewSpec& spec, const Shape& shape);

// ---- arrange.cpp
// Elements of an array, taken along each axis run by run: `count` from `start` on, upwards (a step
// of 1) or downwards (-1), or of a filling (0). One run at least along an axis that has elements.
struct Arrangement {
    Attributes packed;
    void add_axis();
    void add_run(i64 start, i64 step, i64 count);

   private:
    std::size_t open_ = 0;
};
// The filling is a number.
Value arrange(const Value& x, const Arrangement& how, const Value& filling);

// ---- pieces.cpp
// A part of an array: a view of it, or picked rows.
struct Piece {
    Value value;            // what is to be added there
    std::vector<i64> view;  // packed; empty for rows
    Value indices;          // of rows
    Axes axes = 1;
};
// zeros of `shape` with all pieces added; one record, however many there are.
Value assemble(const std::vector<Piece>& pieces, const Shape& shape);

// ---- reduction.cpp
constexpr Axes all_axes(int rank) { return rank == 32 ? ~Axes{0} : (Axes{1} << rank) - 1; }
Value sum(const Value& x, Axes axes, bool keepdims);
Value mean(const Value& x, Axes axes, bool keepdims);
Value norm(const Value& x, Axes axes, bool keepdims);  // euclidean, of floats
Value any_all(const Value& x, Axes axes, bool keepdims, bool all);
Value logsumexp(const Value& x, Axes axes, bool keepdims);
// Sums over the axes along which `shape` was broadcast to x's shape, its first `fixed` axes apart.
Value sum_to(const Value& x, const Shape& shape, int fixed = 0);

// ---- product.cpp
Value prod(const Value& x, Axes axes, bool keepdims);

// ---- extremum.cpp
Value extremum(const Value& x, Axes axes, bool keepdims, bool largest);
Value arg_extremum(const Value& x, int axis, bool largest, DType dtype);

// ---- indexing.cpp
// x[indices[i], ...] for integer indices into axis 0; out of range is an error. With other `axes`,
// they are indices into those, flattened together; the result has the axes of `indices` first, and
// then all others. With `sparse`, the cotangent of an x that is a source itself stays a list of
// rows, for axis 0.
Value gather(const Value& x, const Value& indices, bool sparse = false, Axes axes = 1);
// The same of each x along a first axis that stays in front.
Value gather_each(const Value& x, const Value& indices, Axes axes);
// The adjoint: zeros of `shape` with each g[i] added to what indices[i] picks; or of [rows, ...].
Value scatter_add(const Value& g, const Value& indices, const Shape& shape, Axes axes);
Value scatter_add(const Value& g, const Value& indices, i64 rows);
// target += g there, in place; `target` is exclusive and contiguous, and `indices` are in range.
void add_rows(Value& target, const Value& indices, Axes axes, const Value& g);
// Contiguous int64 indices of rows, negative ones counted from the end; an error out of range.
Value row_indices(const Value& indices, i64 rows, const char* operation);
// Arrays of indices, which broadcast, into axes of these extents: as indices into all of them,
// flattened together. (Of several parts; one alone is as it is.)
Value joint_indices(const std::vector<Value>& parts, const std::vector<i64>& extents);
inline Value gather_joint(const Value& x, const std::vector<Value>& parts,
                          const std::vector<i64>& extents, Axes axes) {
    return gather(x, joint_indices(parts, extents), false, axes);
}
// Flat indices (int64) of the true elements.
Value nonzero_flat(const Value& mask);

// ---- scatter.cpp
// `x` with `values` along a view, which has no element twice; and in place, where nobody else holds
// the target.
Value put(const Value& x, const ViewSpec& spec, const Value& values);
// In the memory of x if nobody else holds that. If it fails, x is as it was.
Value put(Value&& x, const ViewSpec& spec, const Value& values);
// `values` along a view, which has no element twice, of what nobody else holds.
void put_along_view(Value& target, const ViewSpec& spec, const Value& values);
// What becomes of an element that updates meet: the last of them, the sum, or an extremum.
enum class Combine : u8 { replaced, sum, smaller, larger };
// `x` with values[i] at what indices[i] picks. (See gather for indices and axes.)
Value scatter(Combine how, const Value& x, const Value& indices, Axes axes, const Value& values);
// The same of Combine::replaced, in the memory of x if nobody else holds that.
Value replace_rows(Value&& x, const Value& indices, Axes axes, const Value& values);
// Item assignment: gives a tensor the value that `put` and `replace_rows` make of its own, in its
// memory if nobody else holds that. Records, views and buffers keep what they have.
void assign(TensorData& t, const ViewSpec& spec, const Value& values);
void assign_rows(TensorData& t, const Value& indices, Axes axes, const Value& values);
// target, which nobody else holds; indices are in range, and shapes fit.
void scatter_into(Value& target, const Value& indices, Axes axes, const Value& values, Combine how);
// The same of any target and indices: all is checked before an element is written.
void scatter_checked(Value& target, const Value& indices, Axes axes, const Value& values,
                     Combine how, const char* operation);
// Tuples of indices into several axes, along the last axis, as indices into all of them, flattened.
Value flat_indices(const Value& indices, const Shape& extents);

// ---- contraction.cpp
// The extents of a batch of matrices, without those of the matrices.
inline Shape batch_shape(const Value& x) { return Shape(x.array->shape(), x.rank() - 2); }
Value matmul(const Value& a, const Value& b, bool transpose_a, bool transpose_b);

}  // namespace ag
