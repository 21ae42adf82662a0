// Largest and smallest elements along axes, and where they are.

#include <limits>

#include "../sweep.h"
#include "batch.h"
#include "reduction.h"

namespace ag {

namespace {

OpCode max_op, min_op, argmax_op, argmin_op;

template <class T, bool Largest>
T extremum_row(i64 n, const T* x) {
    T best;
    if constexpr (std::numeric_limits<T>::has_infinity)
        best = Largest ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity();
    else
        best = Largest ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max();
    for (i64 i = 0; i < n; ++i) {
        // A NaN stays: no comparison with it holds.
        const bool better = Largest ? x[i] > best : x[i] < best;
        if (better || x[i] != x[i]) best = x[i];
        if (best != best) return best;
    }
    return best;
}

}  // namespace

Value extremum(const Value& x, Axes axes, bool keepdims, bool largest) {
    return reduce(largest ? max_op : min_op, x, axes, keepdims);
}

template <bool Largest>
static Value run_extremum(const Call& given) {
    return dispatch(given[0].dtype, [&](auto tag) -> Value {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
            return reduce_rows<T, T>(given[0], axes_of(given), shape_of(given),
                                     extremum_row<T, Largest>);
        else
            no_rule(Largest ? "reduce_max" : "reduce_min", given[0].dtype,
                    kind_integer | kind_floating);
    });
}

namespace {

// The weight of each element in the derivative: elements that tie share it equally. `y` has kept
// its axes.
Value extremum_weights(const Value& x, const Value& y) {
    if (x.dtype == DType::float16) {  // which cannot count to 70,000
        const Value wide =
            extremum_weights(converted(x, DType::float32), converted(y, DType::float32));
        return cast(wide, DType::float16);
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

static void extremum_reverse(const Record&, const Value& g, Accumulator& acc) {
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
    const Value index = dispatch(x.dtype, [&](auto tag) -> Value {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_arithmetic_v<T>) {
            return reduce_rows<T, i64>(x, axes, shape, [](i64 n, const T* v) {
                i64 best = 0;
                for (i64 i = 1; i < n; ++i) {
                    // NaN is passed over, as TensorFlow does.
                    const bool better = Largest ? v[i] > v[best] : v[i] < v[best];
                    if (better || (v[best] != v[best] && v[i] == v[i])) best = i;
                }
                return best;
            });
        } else {
            no_rule(Largest ? "argmax" : "argmin", x.dtype, kind_integer | kind_floating);
        }
    });
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
