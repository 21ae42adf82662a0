// Largest and smallest elements along axes, and where they are.

#include <limits>

#include "../parallel.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "reduction.h"

namespace ag {

namespace {

OpCode max_op, min_op, spread_op, argmax_op, argmin_op;

}  // namespace

// Over axes with others behind them: whole rows at once.
static Value extremum_leading(const Value& x, const ReducedRows& rows, const Shape& shape,
                              Loop loop) {
    Value y = make_value(x.dtype, shape);
    const i64 bytes = rows.inner * itemsize(x.dtype);
    const char* from = x.data();
    char* to = y.mutable_data();
    for (i64 outer = 0; outer < rows.outer; ++outer, to += bytes) {
        std::memcpy(to, from, static_cast<std::size_t>(bytes));
        from += bytes;
        for (i64 k = 1; k < rows.n; ++k, from += bytes) {
            const void* in[] = {to, from};
            loop(rows.inner, in, to);
        }
    }
    return y;
}

Value extremum(const Value& x, Axes axes, bool keepdims, bool largest) {
    return reduce(largest ? max_op : min_op, x, axes, keepdims);
}

namespace {

// Of no elements: the number that every other one is better than.
Value worst(DType dtype, const Shape& shape, bool largest) {
    return dispatch(dtype, [&](auto tag) -> Value {
        using T = typename decltype(tag)::type;
        Value y = make_value(dtype, shape);
        if constexpr (std::is_arithmetic_v<T>) {
            using Limits = std::numeric_limits<T>;
            const T low =
                Limits::has_infinity ? static_cast<T>(-Limits::infinity()) : Limits::lowest();
            const T high = Limits::has_infinity ? Limits::infinity() : Limits::max();
            std::fill_n(reinterpret_cast<T*>(y.mutable_data()), y.size(), largest ? low : high);
        }
        return y;
    });
}

}  // namespace

template <bool Largest>
static Value run_extremum(const Call& given) {
    const Value& x = given[0];
    const int dtype = static_cast<int>(x.dtype);
    const RowKernels::Rows kernel = row_kernels.extremum[Largest][dtype];
    if (kernel == nullptr)
        no_rule(Largest ? "reduce_max" : "reduce_min", x.dtype, kind_integer | kind_floating);
    if (reduced_count(x.shape(), axes_of(given)) == 0)
        return worst(x.dtype, shape_of(given), Largest);
    const ReducedRows rows(x, axes_of(given));
    if (rows.together && rows.inner >= 16 && x.size() > 0) {
        const Kernels& kernels = *op_table[Largest ? Op::maximum : Op::minimum].kernels;
        return extremum_leading(x, rows, shape_of(given), kernels.forward[dtype]);
    }
    return reduce_rows(kernel, x, axes_of(given), shape_of(given));
}

namespace {

// The weight of each element in the derivative: elements that tie share it equally. `y` has kept
// its axes.
Value extremum_weights(const Value& x, const Value& y) {
    if (is_narrow(x.dtype)) {  // which cannot count to 70,000
        const Value wide =
            extremum_weights(converted(x, DType::float32), converted(y, DType::float32));
        return cast(wide, x.dtype);
    }
    const Value ties = cast(binary(Op::equal, x, y), x.dtype);
    return binary(Op::divide, ties, sum_to(ties, y.shape()));
}

// The weights of a record, as a constant; and the shape of its result with its axes kept.
template <class Rule>
Value weights_of(const Rule& rule, Shape& kept) {
    const Value x = stop(rule.kept_input(0)), y = stop(rule.kept_output());
    kept = reduced_shape(x.shape(), axes_of(rule.attributes()), true);
    return extremum_weights(x, reshape(y, kept));
}

}  // namespace

// g times the weights of the elements of x, whose extrema are y: in one pass, and with a derivative
// by g. Attribute: the axes, which g and y have kept.
static Value spread(const Value& g, const Value& x, const Value& y, Axes axes) {
    return call(spread_op, {static_cast<i64>(axes)}, {&g, &x, &y});
}

template <class T>
static void spread_rows(const ReducedRows& r, const T* g, const T* x, const T* y, T* to) {
    std::vector<T> counts(static_cast<std::size_t>(2 * r.inner));
    T* const shares = counts.data();
    T* const others = shares + r.inner;
    for (i64 outer = 0; outer < r.outer; ++outer, g += r.inner, y += r.inner) {
        std::fill_n(shares, r.inner, T(0));
        if (r.inner == 1) {
            i64 count = 0;
            for (i64 k = 0; k < r.n; ++k) count += x[k] == y[0];
            const T total = static_cast<T>(count);
            const T share = T(1) / total * g[0], other = T(0) / total * g[0];
            for (i64 k = 0; k < r.n; ++k) to[k] = x[k] == y[0] ? share : other;
        } else {
            for (i64 k = 0; k < r.n; ++k)
                for (i64 i = 0; i < r.inner; ++i) shares[i] += x[k * r.inner + i] == y[i];
            for (i64 i = 0; i < r.inner; ++i) {
                others[i] = T(0) / shares[i] * g[i];
                shares[i] = T(1) / shares[i] * g[i];
            }
            for (i64 k = 0; k < r.n; ++k)
                for (i64 i = 0; i < r.inner; ++i)
                    to[k * r.inner + i] = x[k * r.inner + i] == y[i] ? shares[i] : others[i];
        }
        x += r.n * r.inner;
        to += r.n * r.inner;
    }
}

static Value run_spread(const Call& given) {
    const Value &g = given[0], &x = given[1], &y = given[2];
    const Shape kept = reduced_shape(x.shape(), axes_of(given), true);
    if (g.shape() != kept || y.shape() != kept || x.dtype != g.dtype || y.dtype != g.dtype)
        fail("[spread_extremum] cotangents of shape " + g.shape().text() +
             " and extrema of shape " + y.shape().text() + " for elements of shape " +
             x.shape().text());
    const ReducedRows rows(x, axes_of(given));
    if (!rows.together || x.size() == 0) return binary(Op::multiply, g, extremum_weights(x, y));
    const Value cotangents = contiguous(g), extrema = contiguous(y);
    Value to = make_value(x.dtype, x.shape());
    with_floats(x, [&](auto* elements) {
        using T = std::remove_const_t<std::remove_pointer_t<decltype(elements)>>;
        spread_rows(rows, reinterpret_cast<const T*>(cotangents.data()), elements,
                    reinterpret_cast<const T*>(extrema.data()),
                    reinterpret_cast<T*>(to.mutable_data()));
    });
    return to;
}

static void spread_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value weights = extremum_weights(stop(acc.kept_input(1)), stop(acc.kept_input(2)));
    acc.add(0, acc.fit(0, binary(Op::multiply, g, weights)));
}

static Value spread_forward(const Record&, const Tangents& t) {
    return spread(t.get(0), stop(t.kept_input(1)), stop(t.kept_input(2)), axes_of(t.attributes()));
}

static Value batched_spread(const Batch& b) {
    Attributes a = b.attributes();
    a[0] <<= 1;
    return b.call(a, {b.whole(0), b.whole(1), b.whole(2)});
}

static void spread_pattern(Dependence& d) {
    const Value numbers = numbered(d.shape(0));
    d.meet(0, numbers, broadcast_to(numbers, d.shape()));
}

static void extremum_reverse(const Record&, const Value& g, Accumulator& acc) {
    if (acc.batch_axes() == 0 && !is_narrow(g.dtype)) {
        const Axes axes = axes_of(acc.attributes());
        const Value x = stop(acc.kept_input(0)), y = stop(acc.kept_output());
        const Shape kept = reduced_shape(x.shape(), axes, true);
        acc.add(0, spread(reshape(g, kept), x, reshape(y, kept), axes));
        return;
    }
    Shape kept;
    const Value weights = weights_of(acc, kept);
    acc.add(0, binary(Op::multiply, reshape(g, acc.lift(kept)), weights));
}

static Value extremum_forward(const Record&, const Tangents& t) {
    Shape kept;
    const Value weights = weights_of(t, kept);
    return reshape(sum_to(binary(Op::multiply, t.get(0), weights), kept), t.output_shape());
}

// ---------------------------------------------------------------- where they are

Value arg_extremum(const Value& x, int axis, bool largest, DType dtype) {
    return call(largest ? argmax_op : argmin_op, {axis, static_cast<i64>(dtype)}, {&x});
}

template <bool Largest>
static Value run_arg_extremum(const Call& given) {
    const Value& x = given[0];
    const int axis = static_cast<int>(given.attribute(0));
    if (x.extent(axis) == 0)
        fail(std::string(Largest ? "[argmax]" : "[argmin]") + " Reduction axis " +
             std::to_string(axis) + " is empty in shape " + x.shape().text());
    const Axes axes = Axes{1} << axis;
    const Shape shape = reduced_shape(x.shape(), axes, false);
    // Bools are ordered as the bytes that they are.
    const int dtype = static_cast<int>(x.dtype == DType::boolean ? DType::uint8 : x.dtype);
    const RowKernels::Rows kernel = row_kernels.place[Largest][dtype];
    if (kernel == nullptr)
        no_rule(Largest ? "argmax" : "argmin", x.dtype, kind_integer | kind_floating);
    Value index = make_value(DType::int64, shape);
    const ReducedRows rows(x, axes);
    const i64 item = itemsize(x.dtype);
    if (rows.together && rows.inner >= 16 && rows.n < std::numeric_limits<std::int32_t>::max()) {
        for (i64 outer = 0; outer < rows.outer; ++outer)
            row_kernels.place_columns[Largest][dtype](
                rows.n, rows.inner, x.data() + outer * rows.n * rows.inner * item,
                index.mutable_data() + outer * rows.inner * itemsize(DType::int64));
    } else {
        kernel(index.size(), x.extent(axis), grouped(x, axes).data(), index.mutable_data());
    }
    return cast(index, static_cast<DType>(given.attribute(1)));
}

void define_extrema() {
    const auto define_extremum = [](OpCode& code, const char* name, Value (*run)(const Call&)) {
        OpInfo& op = define_op(code, name, 1, run, extremum_reverse, extremum_forward);
        op.kinds = kind_integer | kind_floating;
        op.reads[0] = 1 << 0 | reads_output;
    };
    define_extremum(max_op, "reduce_max", run_extremum<true>);
    define_extremum(min_op, "reduce_min", run_extremum<false>);
    OpInfo& spreading =
        define_op(spread_op, "spread_extremum", 1, run_spread, spread_reverse, spread_forward);
    spreading.inputs = 3;
    spreading.kinds = kind_floating;
    spreading.half = InFloat16::outside;
    spreading.attributes = 1;
    spreading.reads[0] = 1 << 1 | 1 << 2;
    spreading.batched = batched_spread;
    spreading.pattern = spread_pattern;
    define_op(argmax_op, "argmax", 0, run_arg_extremum<true>, nullptr, nullptr);
    define_op(argmin_op, "argmin", 0, run_arg_extremum<false>, nullptr, nullptr);
    for (OpCode op : {max_op, min_op, argmax_op, argmin_op}) {
        op_table[op].half = InFloat16::inside;
        op_table[op].attributes = 2;
        op_table[op].pattern = reduction_pattern;
    }
    for (OpCode op : {max_op, min_op}) op_table[op].batched = batch_axes<0>;
    for (OpCode op : {argmax_op, argmin_op}) op_table[op].batched = batch_axis<0>;
}

}  // namespace ag
