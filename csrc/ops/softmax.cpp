// Softmax and its logarithm along an axis, which is counted from the end (0 is the last): so a
// batch changes nothing.

#include "../kernels/kernels.h"
#include "../parallel.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

// [0] of softmax, [1] of its logarithm; and the product of a vector with the Jacobian of it, by the
// result y: softmax_slope(g, y).
OpCode value_op[2], slope_op[2];

Axes axis_of(const Value& x, i64 from_end) { return Axes{1} << (x.rank() - 1 - from_end); }

Value sum_along(const Value& x, i64 from_end) { return sum(x, axis_of(x, from_end), true); }

Value times(const Value& a, const Value& b) { return binary(Op::multiply, a, b); }
Value minus(const Value& a, const Value& b) { return binary(Op::subtract, a, b); }

template <bool Logarithm>
Value slope(const Value& g, const Value& y, i64 from_end) {
    return call(slope_op[Logarithm], {from_end}, {&g, &y});
}

void run_lines(SoftmaxKernels::Lines lines, const Shape& shape, i64 from_end, const void* const* in,
               Value& y) {
    if (from_end < 0 || from_end >= shape.rank)
        fail("[softmax] axis " + std::to_string(-1 - from_end) + " is out of range for shape " +
             shape.text());
    const int axis = shape.rank - 1 - static_cast<int>(from_end);
    i64 inner = 1;
    for (int k = axis + 1; k < shape.rank; ++k) inner *= shape[k];
    const i64 n = shape[axis];
    if (y.size() == 0) return;
    void* const out = y.mutable_data();
    // Lines that begin within a part are the part's.
    auto part = [&](i64 begin, i64 end) {
        lines((begin + n - 1) / n, (end + n - 1) / n, n, inner, in, out);
    };
    parallel_for(y.size(), part);
}

template <bool Logarithm>
Value run_value(const Call& given) {
    const i64 from_end = given.attribute(0);
    const Value x = contiguous(given[0]);
    Value y = make_value(x.dtype, x.shape());
    const void* in[] = {x.data()};
    run_lines(softmax_kernels.value[Logarithm][x.dtype == DType::float64], x.shape(), from_end, in,
              y);
    return y;
}

template <bool Logarithm>
Value run_slope(const Call& given) {
    const char* const name = op_text[slope_op[Logarithm]].name;
    require_same_dtype(name, given[0], given[1]);
    const Shape shape = broadcast_shapes(given[0].shape(), given[1].shape(), name);
    const Value g = contiguous(broadcast_to(given[0], shape));
    const Value y = contiguous(broadcast_to(given[1], shape));
    Value result = make_value(g.dtype, shape);
    const void* in[] = {g.data(), y.data()};
    run_lines(softmax_kernels.slope[Logarithm][g.dtype == DType::float64], shape,
              given.attribute(0), in, result);
    return result;
}

template <bool Logarithm>
void value_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, slope<Logarithm>(g, acc.kept_output(), acc.attributes()[0]));
}

template <bool Logarithm>
Value value_forward(const Record&, const Tangents& t) {
    const i64 from_end = t.attributes()[0];
    const Value& x = t.get(0);
    const Value y = t.kept_output();
    if constexpr (!Logarithm) return slope<false>(x, y, from_end);
    return minus(x, sum_along(times(x, unary(Op::exp, y)), from_end));
}

// The two partials of a slope, applied to a cotangent c or to tangents.
template <bool Logarithm>
void slope_reverse(const Record&, const Value& c, Accumulator& acc) {
    const i64 from_end = acc.attributes()[0];
    const Value y = acc.kept_input(1);
    if (acc.wants(0)) {
        Value by_g;
        if constexpr (Logarithm)
            by_g = minus(c, sum_along(times(c, unary(Op::exp, y)), from_end));
        else
            by_g = slope<false>(c, y, from_end);
        acc.add(0, acc.fit(0, by_g));
    }
    if (!acc.wants(1)) return;
    const Value g = acc.kept_input(0);
    Value by_y;
    if constexpr (Logarithm)
        by_y = unary(Op::negative, times(times(c, unary(Op::exp, y)), sum_along(g, from_end)));
    else
        by_y = minus(times(c, minus(g, sum_along(times(g, y), from_end))),
                     times(g, sum_along(times(c, y), from_end)));
    acc.add(1, acc.fit(1, by_y));
}

template <bool Logarithm>
Value slope_forward(const Record&, const Tangents& t) {
    const i64 from_end = t.attributes()[0];
    const Value y = t.kept_input(1);
    Value total;
    if (t.has(0)) total = broadcast_to(slope<Logarithm>(t.get(0), y, from_end), t.output_shape());
    if (!t.has(1)) return total;
    const Value g = t.kept_input(0);
    const Value& v = t.get(1);
    Value by_y;
    if constexpr (Logarithm)
        by_y = unary(Op::negative, times(times(v, unary(Op::exp, y)), sum_along(g, from_end)));
    else
        by_y = minus(times(v, minus(g, sum_along(times(g, y), from_end))),
                     times(y, sum_along(times(g, v), from_end)));
    by_y = broadcast_to(by_y, t.output_shape());
    return t.has(0) ? binary(Op::add, total, by_y) : by_y;
}

// All elements of a line meet.
void lines_pattern(Dependence& d) {
    for (std::size_t k = 0; k < d.size(); ++k) {
        Shape lines = d.shape(k);
        lines[lines.rank - 1 - static_cast<int>(d.attribute(0))] = 1;
        const Value of_input = broadcast_to(numbered(lines), d.shape(k));
        d.meet(k, of_input, broadcast_to(of_input, d.shape()));
    }
}

template <bool Logarithm>
void define_one() {
    OpInfo& value =
        define_op(value_op[Logarithm], Logarithm ? "log_softmax" : "softmax", 1,
                  run_value<Logarithm>, value_reverse<Logarithm>, value_forward<Logarithm>);
    value.reads[0] = reads_output;
    OpInfo& slope =
        define_op(slope_op[Logarithm], Logarithm ? "log_softmax_slope" : "softmax_slope", 2,
                  run_slope<Logarithm>, slope_reverse<Logarithm>, slope_forward<Logarithm>);
    slope.reads[0] = 1 << 1;
    slope.reads[1] = 1 << 0 | 1 << 1;
    for (OpInfo* op : {&value, &slope}) {
        op->kinds = kind_floating;
        op->half = InFloat16::outside;
        op->attributes = 1;
        op->batched = batch_aligned;
        op->pattern = lines_pattern;
    }
}

}  // namespace

void define_softmax() {
    define_one<false>();
    define_one<true>();
}

}  // namespace ag
