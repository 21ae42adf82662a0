// Reductions over axes.

#include <limits>

#include "../kernels/kernels.h"
#include "../kernels/loops.h"
#include "../parallel.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode sum_op, prod_op, max_op, min_op, norm_op, any_op, all_op, argmax_op, argmin_op;

constexpr u8 kinds_of_numbers = kind_integer | kind_floating | kind_complex;

Shape reduced_shape(const Shape& shape, Axes axes, bool keepdims) {
    Shape out;
    for (int k = 0; k < shape.rank; ++k) {
        if (!(axes >> k & 1))
            out.push(shape[k]);
        else if (keepdims)
            out.push(1);
    }
    return out;
}

i64 reduced_count(const Shape& shape, Axes axes) {
    i64 n = 1;
    for (int k = 0; k < shape.rank; ++k)
        if (axes >> k & 1) n *= shape[k];
    return n;
}

// x with the reduced axes last.
Value reduced_last(const Value& x, Axes axes) {
    int permutation[max_rank];
    int next = 0;
    for (int pass = 0; pass < 2; ++pass)
        for (int k = 0; k < x.rank(); ++k)
            if (static_cast<int>(axes >> k & 1) == pass) permutation[next++] = k;
    return transpose(x, permutation);
}

// Applies row(n, elements, result) to each group of reduced elements.
template <class T, class R, class Row>
Value reduce_rows(const Value& x, Axes axes, const Shape& shape, Row row) {
    const i64 n = reduced_count(x.shape(), axes);
    const Value rows = contiguous(reduced_last(x, axes));
    Value y = make_value(TypeOf<R>::value, shape);
    const T* source = reinterpret_cast<const T*>(rows.data());
    R* target = reinterpret_cast<R*>(y.mutable_data());
    for (i64 i = 0; i < y.size(); ++i) target[i] = row(n, source + i * n);
    return y;
}

template <class T>
T sum_block(i64 n, const T* x) {
    if constexpr (std::is_same_v<T, float>)
        return dense_kernels.sum_f32(n, x);
    else
        return dense_kernels.sum_f64(n, x);
}

// Long rows are cut at fixed places, so that the sum does not depend on the number of threads.
template <class T>
T sum_long(i64 n, const T* x) {
    constexpr i64 cut = 65'536;
    constexpr i64 most = 4'096;
    T sums[most];
    const i64 length = std::max(cut, (n / most / cut + 1) * cut);
    const i64 count = (n + length - 1) / length;
    auto part = [&](i64 begin, i64 end) {
        for (i64 k = (begin + length - 1) / length; k * length < end; ++k)
            sums[k] = sum_block(std::min(length, n - k * length), x + k * length);
    };
    parallel_for(n, part);
    return sum_block(count, sums);
}

// Adds up what arrives in blocks, in pairs of equal numbers of blocks: rounding errors grow with
// the logarithm of the count. `add` puts its second argument's sum into the first.
template <class T, class Add>
class PairedSum {
   public:
    explicit PairedSum(Add add) : add_(add) {}
    void push(T block) {
        for (u64 b = blocks_++; b & 1; b >>= 1) {
            add_(pending_.back(), block);
            std::swap(pending_.back(), block);
            pending_.pop_back();
        }
        pending_.push_back(std::move(block));
    }
    T total() {
        T sum = std::move(pending_.back());
        pending_.pop_back();
        for (; !pending_.empty(); pending_.pop_back()) add_(sum, pending_.back());
        return sum;
    }

   private:
    Add add_;
    std::vector<T> pending_;
    u64 blocks_ = 0;
};

template <class T>
T sum_row(i64 n, const T* x) {
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
        return n < 131'072 ? sum_block(n, x) : sum_long(n, x);
    } else {
        constexpr i64 block = 128;
        const auto plain = [](i64 count, const T* from) {
            T total = T();
            for (i64 i = 0; i < count; ++i) total = static_cast<T>(total + from[i]);
            return total;
        };
        if (std::is_integral_v<T> || n <= block) return plain(n, x);
        const auto add = [](T& a, const T& b) { a = static_cast<T>(a + b); };
        PairedSum<T, decltype(add)> sum(add);
        for (i64 i = 0; i < n; i += block) sum.push(plain(std::min(block, n - i), x + i));
        return sum.total();
    }
}

// Sums over leading axes of a contiguous array: whole rows are added at once.
Value sum_leading(const Value& x, i64 rows, const Shape& shape) {
    constexpr i64 block = 64;
    const i64 bytes = shape.size() * itemsize(x.dtype);
    const Loop loop = op_table[Op::add].kernels->forward[static_cast<int>(x.dtype)];
    const auto add = [&](Value& a, const Value& b) {
        const void* in[] = {a.data(), b.data()};
        loop(a.size(), in, a.mutable_data());
    };
    PairedSum<Value, decltype(add)> sum(add);
    for (i64 first = 0; first < std::max<i64>(rows, 1); first += block) {
        Value y = make_zeros(x.dtype, shape);
        for (i64 r = first; r < std::min(first + block, rows); ++r) {
            const void* in[] = {y.data(), x.data() + r * bytes};
            loop(y.size(), in, y.mutable_data());
        }
        sum.push(std::move(y));
    }
    return sum.total();
}

Value sum_values(const Value& x, Axes axes, const Shape& shape) {
    // An axis along which an element only repeats is a multiplication.
    if (x.is_array && !x.array->contiguous && is_differentiable(x.dtype)) {
        Axes repeated = 0;
        i64 count = 1;
        ViewSpec spec;
        spec.in_rank = x.rank();
        for (int k = 0; k < x.rank(); ++k) {
            const bool here = (axes >> k & 1) && x.array->strides()[k] == 0 && x.extent(k) > 1;
            if (here) {
                repeated |= Axes{1} << k;
                count *= x.extent(k);
            }
            spec.start[k] = 0;
            spec.step[k] = 1;
            spec.to[k] = k;
            spec.out.push(here ? 1 : x.extent(k));
        }
        if (repeated != 0) {
            const Value once = sum_values(view(x, spec), axes, shape);
            return binary(Op::multiply, once, Value::constant(x.dtype, static_cast<double>(count)));
        }
    }
    const i64 n = reduced_count(x.shape(), axes);
    int leading = 0;
    while (leading < x.rank() && (axes >> leading & 1)) ++leading;
    const bool only_leading = axes == all_axes(leading) && leading < x.rank();
    if (only_leading && x.contiguous() && shape.size() >= 16) return sum_leading(x, n, shape);
    return dispatch(x.dtype, [&](auto tag) -> Value {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, Half>)
            no_rule("reduce_sum", x.dtype, kinds_of_numbers);
        else
            return reduce_rows<T, T>(x, axes, shape, sum_row<T>);
    });
}

}  // namespace

// ---------------------------------------------------------------- sum

// The attributes of all reductions.
static Axes axes_of(const Attributes& attributes) { return static_cast<Axes>(attributes[0]); }
static Axes axes_of(const Call& given) { return static_cast<Axes>(given.attribute(0)); }
static Shape shape_of(const Call& given) {
    return reduced_shape(given[0].shape(), axes_of(given), given.attribute(1) != 0);
}
static Value reduce(OpCode op, const Value& x, Axes axes, bool keepdims) {
    return call(op, {static_cast<i64>(axes), keepdims}, {&x});
}

Value sum(const Value& x, Axes axes, bool keepdims) { return reduce(sum_op, x, axes, keepdims); }

static Value run_sum(const Call& given) {
    const Axes axes = axes_of(given);
    return axes == 0 ? given[0] : sum_values(given[0], axes, shape_of(given));
}

static void sum_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Shape& shape = acc.shape(0);
    const Shape kept = reduced_shape(shape, axes_of(acc.attributes()), true);
    acc.add(0, broadcast_to(reshape(g, acc.lift(kept)), acc.lift(shape)));
}

static Value sum_forward(const Record&, const Tangents& t) {
    const Attributes a = t.attributes();
    return sum(t.get(0), axes_of(a), a[1] != 0);
}

Value sum_to(const Value& x, const Shape& shape, int fixed) {
    if (x.shape() == shape) return x;
    const int lead = x.rank() - shape.rank;
    Axes axes = 0;
    for (int k = fixed; k < x.rank(); ++k)
        if (k < lead + fixed || (shape[k - lead] == 1 && x.extent(k) != 1)) axes |= Axes{1} << k;
    return reshape(sum(x, axes, true), shape);
}

namespace {

// What is made of several operations is computed in float32 for float16: what is on the way may
// leave its range, or need more digits.
template <class Reduce>
Value in_float32(const char* op, const Value& x, Reduce reduce) {
    const Value y = reduce(converted(x, DType::float32));
    Value narrow = converted(y, DType::float16);
    check_result(op, {&x}, narrow);
    return narrow;
}

}  // namespace

Value mean(const Value& x, Axes axes, bool keepdims) {
    if (x.dtype == DType::boolean) no_rule("reduce_mean", x.dtype, kinds_of_numbers);
    if (x.dtype == DType::float16)
        return in_float32("reduce_mean", x,
                          [&](const Value& w) { return mean(w, axes, keepdims); });
    // Of no integers it is 0, as in TensorFlow.
    if (is_integer(x.dtype) && reduced_count(x.shape(), axes) == 0) return sum(x, axes, keepdims);
    if (is_integer(x.dtype) && x.dtype != DType::int64 && x.dtype != DType::uint64)
        return cast(mean(cast(x, DType::int64), axes, keepdims), x.dtype);
    const Value total = sum(x, axes, keepdims);
    const auto n = static_cast<double>(reduced_count(x.shape(), axes));
    return binary(is_integer(x.dtype) ? Op::floordiv : Op::divide, total,
                  Value::constant(x.dtype, n));
}

// ---------------------------------------------------------------- product

// A tree of multiplications of halves: exact where elements are zero, to any derivative, and
// rounding grows with the logarithm of the count. Where a product on the way would leave the range,
// upwards or downwards through the tree, there is an operation of its own.

namespace {

template <class T>
constexpr int widest_exponent = std::numeric_limits<T>::max_exponent - 4;

// Whether no product of some of the elements leaves the range; may say no though none does. Bits of
// a float, read as an integer, are its logarithm with a straight line between powers of 2.
template <class T>
bool holds_any_product(i64 n, const T* x) {
    using Bits = std::conditional_t<sizeof(T) == sizeof(u64), u64, u32>;
    constexpr int shift = sizeof(T) == sizeof(u64) ? 32 : 0;
    constexpr i64 unit = i64{1} << (std::numeric_limits<T>::digits - 1 - shift);
    constexpr i64 bias = (std::numeric_limits<T>::max_exponent - 1) * unit;
    constexpr i64 slack = unit / 11;  // more than the line is below the logarithm
    i64 up = 0, down = 0, subnormal = 0;
    for (i64 i = 0; i < n; ++i) {
        Bits bits;
        std::memcpy(&bits, x + i, sizeof bits);
        bits &= static_cast<Bits>(~Bits{0}) >> 1;
        const i64 code = static_cast<i64>(bits >> shift);
        const bool normal = code >= unit && code < 2 * bias + unit;
        const i64 log2 = code - bias;
        subnormal |= bits != 0 && code < unit;
        up += normal ? std::max<i64>(log2 + slack, 0) : 0;
        down += normal ? std::max<i64>(-log2, 0) : 0;
    }
    return !subnormal && std::max(up, down) < widest_exponent<T> * unit;
}

// Whether no product in the tree leaves the range, and no product of all that is outside a branch.
template <class T>
bool holds_tree(i64 n, const T* x) {
    if (holds_any_product(n, x)) return true;
    std::vector<double> logs(static_cast<std::size_t>(n));
    double all = 0;
    const auto fits = [](double log2) { return std::fabs(log2) < widest_exponent<T>; };
    for (i64 i = 0; i < n; ++i) {
        const double modulus = std::fabs(static_cast<double>(x[i]));
        all += logs[static_cast<std::size_t>(i)] =
            modulus > 0 && std::isfinite(modulus) ? std::log2(modulus) : 0;
    }
    if (!fits(all)) return false;
    for (std::size_t count = logs.size(); count > 1; count -= count / 2) {
        const std::size_t half = count / 2;
        for (std::size_t i = 0; i < half; ++i) {
            logs[i] += logs[half + i];
            if (!fits(logs[i]) || !fits(all - logs[i])) return false;
        }
        if (count % 2) logs[half] = logs[count - 1];
    }
    return true;
}

struct Scaled {  // a number with its exponent apart
    double mantissa = 1;
    i64 exponent = 0;

    void multiply(double x) {
        int by_x = 0, by_both = 0;
        mantissa = std::frexp(mantissa * std::frexp(x, &by_x), &by_both);
        exponent += by_x + by_both;
    }
    double times(const Scaled& x) const {
        const i64 e = std::max<i64>(-9'999, std::min<i64>(exponent + x.exponent, 9'999));
        return std::ldexp(mantissa * x.mantissa, static_cast<int>(e));
    }
};

template <class T>
T product_row(i64 n, const T* x) {
    Scaled product;
    for (i64 i = 0; i < n; ++i) product.multiply(static_cast<double>(x[i]));
    return static_cast<T>(product.times(Scaled()));
}

// For each element the product of the others.
template <class T>
void cofactors_row(i64 n, const T* x, T* y) {
    std::vector<Scaled> before(static_cast<std::size_t>(n));
    for (std::size_t i = 1; i < before.size(); ++i) {
        before[i] = before[i - 1];
        before[i].multiply(static_cast<double>(x[i - 1]));
    }
    Scaled after;
    for (i64 i = n - 1; i >= 0; --i) {
        y[i] = static_cast<T>(before[static_cast<std::size_t>(i)].times(after));
        after.multiply(static_cast<double>(x[i]));
    }
}

template <class F>
auto with_floats(const Value& x, F f) {
    return x.dtype == DType::float32 ? f(reinterpret_cast<const float*>(x.data()))
                                     : f(reinterpret_cast<const double*>(x.data()));
}

// Second derivatives of n elements take a matrix of n by n.
constexpr i64 most_of_matrices = 1 << 24;

bool tree_overflows(const Value& x, Axes axes) {
    const i64 n = reduced_count(x.shape(), axes);
    if ((x.dtype != DType::float32 && x.dtype != DType::float64) || n < 2 ||
        x.size() > most_of_matrices / n)
        return false;
    Computing scope;
    const Value rows = contiguous(reduced_last(x, axes));
    return with_floats(rows, [&](auto* from) {
        for (i64 i = 0; i < rows.size(); i += n)
            if (!holds_tree(n, from + i)) return true;
        return false;
    });
}

Value cofactors(const Value& x, Axes axes) {
    const i64 n = reduced_count(x.shape(), axes);
    const Value moved = reduced_last(x, axes);
    Value y;
    if (active_log != nullptr && x.node != no_node) {
        // With derivatives of their own: products of rows in which 1 takes the place of an element.
        const i64 count = x.size() / n;
        Value diagonal = make_value(DType::boolean, Shape{1, n, n});
        for (i64 i = 0; i < n * n; ++i) diagonal.mutable_data()[i] = i % (n + 1) == 0;
        const Value rows = broadcast_to(reshape(moved, Shape{count, 1, n}), Shape{count, n, n});
        y = prod(select(diagonal, Value::constant(x.dtype, 1), rows), Axes{4}, false);
        y = reshape(y, moved.shape());
    } else {
        const Value rows = contiguous(moved);
        y = make_value(x.dtype, moved.shape());
        with_floats(rows, [&](auto* from) {
            using T = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
            T* to = reinterpret_cast<T*>(y.mutable_data());
            for (i64 i = 0; i < rows.size(); i += n) cofactors_row(n, from + i, to + i);
        });
    }
    int back[max_rank];
    int next = 0;
    for (int pass = 0; pass < 2; ++pass)
        for (int k = 0; k < x.rank(); ++k)
            if (static_cast<int>(axes >> k & 1) == pass) back[k] = next++;
    return transpose(y, back);
}

}  // namespace

// In one operation, with the axes kept.
static Value run_prod(const Call& given) {
    const Value& x = given[0];
    const Shape kept = reduced_shape(x.shape(), axes_of(given), true);
    return x.dtype == DType::float32
               ? reduce_rows<float, float>(x, axes_of(given), kept, product_row<float>)
               : reduce_rows<double, double>(x, axes_of(given), kept, product_row<double>);
}

static void prod_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Axes axes = axes_of(acc.attributes());
    acc.add(0, binary(Op::multiply, g, cofactors(acc.kept_input(0), axes)));
}

static Value prod_forward(const Record&, const Tangents& t) {
    const Axes axes = axes_of(t.attributes());
    const Value terms = binary(Op::multiply, t.get(0), cofactors(t.kept_input(0), axes));
    return sum_to(terms, t.output_shape());
}

Value prod(const Value& x, Axes axes, bool keepdims) {
    const Shape shape = reduced_shape(x.shape(), axes, keepdims);
    i64 n = reduced_count(x.shape(), axes);
    if (x.dtype == DType::boolean) no_rule("reduce_prod", x.dtype, kinds_of_numbers);
    if (x.dtype == DType::float16)
        return in_float32("reduce_prod", x,
                          [&](const Value& w) { return prod(w, axes, keepdims); });
    // The sum of nothing, 0, keeps the result connected to x.
    if (n == 0) return binary(Op::add, sum(x, axes, keepdims), Value::constant(x.dtype, 1));
    if (tree_overflows(x, axes))
        return reshape(call(prod_op, {static_cast<i64>(axes)}, {&x}), shape);
    Value y = reshape(reduced_last(x, axes), Shape{shape.size(), n});
    while (n > 1) {
        const i64 half = n / 2;
        Value halves = binary(Op::multiply, slice_axis(y, 1, 0, half, false),
                              slice_axis(y, 1, half, half, false));
        if (n % 2) halves = concat({halves, slice_axis(y, 1, 2 * half, 1, false)}, 1);
        y = halves;
        n -= half;
    }
    return reshape(y, shape);
}

// ---------------------------------------------------------------- max and min

namespace {

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

// ---------------------------------------------------------------- euclidean norm

namespace {

template <class T>
T sum_of_squares(i64 n, const T* x) {
    constexpr i64 block = 1'024;
    const auto squares = [](i64 count, const T* from) {
        T total = 0;
        if constexpr (std::is_same_v<T, float>)
            dense_kernels.gemm_f32(1, 1, count, from, count, 1, from, 1, &total, 1);
        else
            dense_kernels.gemm_f64(1, 1, count, from, count, 1, from, 1, &total, 1);
        return total;
    };
    if (n <= block) return squares(n, x);
    const auto add = [](T& a, const T& b) { a += b; };
    PairedSum<T, decltype(add)> sum(add);
    for (i64 i = 0; i < n; i += block) sum.push(squares(std::min(block, n - i), x + i));
    return sum.total();
}

template <class T>
T norm_row(i64 n, const T* x) {
    const T squares = sum_of_squares(n, x);
    // Small enough for terms that are lost in it to have been subnormal.
    constexpr T low = std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon() * 1'024;
    if (squares >= low && squares <= std::numeric_limits<T>::max()) return std::sqrt(squares);
    if (squares != squares) return squares;
    double largest = 0;
    for (i64 i = 0; i < n; ++i) largest = std::max(largest, std::fabs(static_cast<double>(x[i])));
    if (largest == 0 || std::isinf(largest)) return static_cast<T>(largest);
    const int exponent = std::ilogb(largest);
    double total = 0;
    for (i64 i = 0; i < n; ++i) {
        const double scaled = std::ldexp(static_cast<double>(x[i]), -exponent);
        total += scaled * scaled;
    }
    return static_cast<T>(std::ldexp(std::sqrt(total), exponent));
}

template <class Test>
bool any_of(const Value& x, Test test) {
    const Value c = contiguous(x);
    return with_floats(c, [&](auto* from) { return std::any_of(from, from + c.size(), test); });
}

// x / y, for a norm y that has kept its axes.
Value unit_vectors(const Value& x, const Value& y, Axes axes) {
    if (!any_of(y, [](auto norm) { return std::isinf(norm); })) return binary(Op::divide, x, y);
    // The norm of finite numbers may be no finite number.
    const Value scale = select(unary(Op::is_inf, stop(y)), Value::constant(x.dtype, 0x1p-64),
                               Value::constant(x.dtype, 1));
    const Value scaled = binary(Op::multiply, x, scale);
    return binary(Op::divide, scaled, norm(scaled, axes, true));
}

}  // namespace

Value norm(const Value& x, Axes axes, bool keepdims) { return reduce(norm_op, x, axes, keepdims); }

static Value run_norm(const Call& given) {
    return given[0].dtype == DType::float32
               ? reduce_rows<float, float>(given[0], axes_of(given), shape_of(given),
                                           norm_row<float>)
               : reduce_rows<double, double>(given[0], axes_of(given), shape_of(given),
                                             norm_row<double>);
}

static void norm_reverse(const Record&, const Value& given, Accumulator& acc) {
    const Axes axes = axes_of(acc.attributes());
    const Value x = acc.kept_input(0);
    const Shape kept = reduced_shape(x.shape(), axes, true);
    const Value y = reshape(acc.kept_output(), kept), g = reshape(given, acc.lift(kept));
    Value gx = binary(Op::multiply, g, unit_vectors(x, y, axes));
    // At 0 there is no derivative, but a zero cotangent stays 0: see `guarded` in elementwise.def.
    if (any_of(y, [](auto norm) { return norm == 0; })) {
        const Value nothing = Value::constant(g.dtype, 0);
        const Value apart =
            binary(Op::logical_and, binary(Op::equal, g, nothing), binary(Op::equal, y, nothing));
        gx = select(apart, nothing, gx);
    }
    acc.add(0, std::move(gx));
}

static Value norm_forward(const Record&, const Tangents& t) {
    const Axes axes = axes_of(t.attributes());
    const Value x = t.kept_input(0);
    const Shape kept = reduced_shape(x.shape(), axes, true);
    const Value unit = unit_vectors(x, reshape(t.kept_output(), kept), axes);
    return reshape(sum_to(binary(Op::multiply, t.get(0), unit), kept), t.output_shape());
}

// ---------------------------------------------------------------- without derivative

Value any_all(const Value& x, Axes axes, bool keepdims, bool all) {
    return reduce(all ? all_op : any_op, x, axes, keepdims);
}

template <bool All>
static Value run_any_all(const Call& given) {
    if (given[0].dtype != DType::boolean)
        fail(ErrorKind::dtype, std::string(All ? "[reduce_all]" : "[reduce_any]") +
                                   " needs dtype bool, not " + name(given[0].dtype));
    return reduce_rows<bool, bool>(given[0], axes_of(given), shape_of(given),
                                   [](i64 n, const bool* b) {
                                       for (i64 i = 0; i < n; ++i)
                                           if (b[i] != All) return !All;
                                       return All;
                                   });
}

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

// ---------------------------------------------------------------- logsumexp

Value logsumexp(const Value& x, Axes axes, bool keepdims) {
    if (!is_floating(x.dtype)) no_rule("reduce_logsumexp", x.dtype, kind_floating);
    if (x.dtype == DType::float16)
        return in_float32("reduce_logsumexp", x,
                          [&](const Value& w) { return logsumexp(w, axes, keepdims); });
    Value peak;
    {
        PauseChecks unchecked;
        peak = extremum(stop(x), axes, true, true);
        peak = select(unary(Op::is_finite, peak), peak, Value::constant(x.dtype, 0));
    }
    const Value scaled = binary(Op::exp_difference, x, peak);
    const Value y = binary(Op::add, unary(Op::log, sum(scaled, axes, true)), peak);
    return keepdims ? y : reshape(y, reduced_shape(x.shape(), axes, false));
}

static void reduction_pattern(Dependence& d) {
    const Shape kept = reduced_shape(d.shape(0), static_cast<Axes>(d.attribute(0)), true);
    d.meet(0, broadcast_to(numbered(kept), d.shape(0)), numbered(d.shape()));
}

void define_reductions() {
    OpInfo& sum_row = define_op(sum_op, "reduce_sum", 1, run_sum, sum_reverse, sum_forward);
    sum_row.kinds = kinds_of_numbers;
    sum_row.half = InFloat16::inside;
    sum_row.scatter = Scatter::moved;
    const auto define_extremum = [](OpCode& code, const char* name, Value (*run)(const Call&)) {
        OpInfo& op = define_op(code, name, 1, run, extremum_reverse, extremum_forward);
        op.kinds = kind_integer | kind_floating;
        op.half = InFloat16::inside;
        op.reads[0] = 1 << 0 | reads_output;
    };
    define_extremum(max_op, "reduce_max", run_extremum<true>);
    define_extremum(min_op, "reduce_min", run_extremum<false>);
    OpInfo& norm_row = define_op(norm_op, "norm", 1, run_norm, norm_reverse, norm_forward);
    norm_row.kinds = kind_floating;
    norm_row.half = InFloat16::outside;
    norm_row.reads[0] = 1 << 0 | reads_output;
    define_op(any_op, "reduce_any", 0, run_any_all<false>, nullptr, nullptr);
    define_op(all_op, "reduce_all", 0, run_any_all<true>, nullptr, nullptr);
    define_op(argmax_op, "argmax", 0, run_arg_extremum<true>, nullptr, nullptr);
    define_op(argmin_op, "argmin", 0, run_arg_extremum<false>, nullptr, nullptr);
    for (OpCode op : {sum_op, max_op, min_op, norm_op, any_op, all_op, argmax_op, argmin_op}) {
        op_table[op].attributes = 2;
        op_table[op].batched = batch_axes<0>;
        op_table[op].pattern = reduction_pattern;
    }
    OpInfo& prod_row = define_op(prod_op, "reduce_prod", 1, run_prod, prod_reverse, prod_forward);
    prod_row.attributes = 1;
    prod_row.reads[0] = 1 << 0;
    prod_row.batched = batch_axes<0>;
    prod_row.pattern = reduction_pattern;
    for (OpCode op : {argmax_op, argmin_op}) {
        op_table[op].half = InFloat16::inside;
        op_table[op].batched = batch_axis<0>;
    }
}

}  // namespace ag
