// Reductions over axes.

#include <limits>

#include "../kernels/kernels.h"
#include "../kernels/loops.h"
#include "../parallel.h"
#include "../sweep.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode sum_op, prod_op, extremum_op, norm_op;

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
    PauseRecording pause;
    const i64 n = reduced_count(x.shape(), axes);
    const Value rows = contiguous(reduced_last(x.detached(), axes));
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
        Value y = make_value(x.dtype, shape);
        std::memset(y.mutable_data(), 0, static_cast<std::size_t>(bytes));
        for (i64 r = first; r < std::min(first + block, rows); ++r) {
            const void* in[] = {y.data(), x.data() + r * bytes};
            loop(y.size(), in, y.mutable_data());
        }
        sum.push(std::move(y));
    }
    return sum.total();
}

Value sum_values(const Value& x, Axes axes, const Shape& shape) {
    if (x.dtype == DType::boolean)
        no_rule("reduce_sum", x.dtype, kind_integer | kind_floating | kind_complex);
    if (x.dtype == DType::float16) {
        Value wide = make_value(DType::float32, x.shape());
        convert_into(x, x.shape(), DType::float32, wide.mutable_data());
        const Value s = sum_values(wide, axes, shape);
        Value y = make_value(DType::float16, shape);
        convert_into(s, shape, DType::float16, y.mutable_data());
        return y;
    }
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
            const Value once = sum_values(view(x.detached(), spec), axes, shape);
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
            no_rule("reduce_sum", x.dtype, kind_integer | kind_floating | kind_complex);
        else
            return reduce_rows<T, T>(x, axes, shape, sum_row<T>);
    });
}

}  // namespace

// ---------------------------------------------------------------- sum

Value sum(const Value& x, Axes axes, bool keepdims) {
    const Shape shape = reduced_shape(x.shape(), axes, keepdims);
    Value y;
    {
        PauseRecording pause;
        y = axes == 0 && x.dtype != DType::boolean ? x.detached() : sum_values(x, axes, shape);
    }
    check_result("reduce_sum", {&x}, y);
    if (Record* r = begin_record(sum_op, y, x.node)) {
        r->keep[1].bits = axes;
        r->set_kind(1, Keep::number);
        finish_record(y);
    }
    return y;
}

static void sum_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const Shape& shape = acc.shape(0);
    const Shape kept = reduced_shape(shape, static_cast<Axes>(r.keep[1].bits), true);
    acc.add(0, broadcast_to(reshape(g, acc.lift(kept)), acc.lift(shape)));
}

static Value sum_forward(const Record& r, const Tangents& t) {
    const Axes axes = static_cast<Axes>(r.keep[1].bits);
    return reshape(sum(t.get(0), axes, true), t.output_shape());
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

// float16 is reduced in float32: what is on the way may leave its range, or need more digits.
template <class Reduce>
Value in_float32(const char* op, const Value& x, Reduce reduce) {
    const Value y = reduce(converted(x, DType::float32));
    Value narrow = converted(y, DType::float16);
    check_result(op, {&x}, narrow);
    return narrow;
}

}  // namespace

Value mean(const Value& x, Axes axes, bool keepdims) {
    if (x.dtype == DType::boolean)
        no_rule("reduce_mean", x.dtype, kind_integer | kind_floating | kind_complex);
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
    PauseRecording pause;
    const Value rows = contiguous(reduced_last(x.detached(), axes));
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
        const Value rows = contiguous(moved.detached());
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

Value scaled_prod(const Value& x, Axes axes) {
    const Shape kept = reduced_shape(x.shape(), axes, true);
    Value y = x.dtype == DType::float32
                  ? reduce_rows<float, float>(x, axes, kept, product_row<float>)
                  : reduce_rows<double, double>(x, axes, kept, product_row<double>);
    check_result("reduce_prod", {&x}, y);
    if (Record* r = begin_record(prod_op, y, x.node)) {
        r->store(0, x);
        r->keep[1].bits = axes;
        r->set_kind(1, Keep::number);
        finish_record(y);
    }
    return y;
}

}  // namespace

static void prod_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const Axes axes = static_cast<Axes>(r.keep[1].bits);
    acc.add(0, binary(Op::multiply, g, cofactors(acc.kept_input(0, 0), axes)));
}

static Value prod_forward(const Record& r, const Tangents& t) {
    const Axes axes = static_cast<Axes>(r.keep[1].bits);
    const Value terms = binary(Op::multiply, t.get(0), cofactors(t.kept_input(0, 0), axes));
    return sum_to(terms, t.output_shape());
}

Value prod(const Value& x, Axes axes, bool keepdims) {
    const Shape shape = reduced_shape(x.shape(), axes, keepdims);
    i64 n = reduced_count(x.shape(), axes);
    if (x.dtype == DType::boolean)
        no_rule("reduce_prod", x.dtype, kind_integer | kind_floating | kind_complex);
    if (x.dtype == DType::float16)
        return in_float32("reduce_prod", x,
                          [&](const Value& w) { return prod(w, axes, keepdims); });
    // The sum of nothing, 0, keeps the result connected to x.
    if (n == 0) return binary(Op::add, sum(x, axes, keepdims), Value::constant(x.dtype, 1));
    if (tree_overflows(x, axes)) return reshape(scaled_prod(x, axes), shape);
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
    const char* op = largest ? "reduce_max" : "reduce_min";
    const Shape kept = reduced_shape(x.shape(), axes, true);
    Value y = dispatch(x.dtype, [&](auto tag) -> Value {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_same_v<T, Half>) {
            PauseRecording pause;
            return cast(extremum(cast(x.detached(), DType::float32), axes, true, largest),
                        DType::float16);
        } else if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
            return largest ? reduce_rows<T, T>(x, axes, kept, extremum_row<T, true>)
                           : reduce_rows<T, T>(x, axes, kept, extremum_row<T, false>);
        } else {
            no_rule(op, x.dtype, kind_integer | kind_floating);
        }
    });
    check_result(op, {&x}, y);
    if (Record* r = begin_record(extremum_op, y, x.node)) {
        r->store(0, x);
        r->store(1, y);
        finish_record(y);
    }
    return keepdims ? y : reshape(y, reduced_shape(x.shape(), axes, false));
}

namespace {

// The weight of each element in the derivative: elements that tie share it equally.
Value extremum_weights(const Value& x, const Value& y) {
    if (x.dtype == DType::float16) {  // which cannot count to 70,000
        const Value wide = extremum_weights(converted(x.detached(), DType::float32),
                                            converted(y.detached(), DType::float32));
        return cast(wide, DType::float16);
    }
    const Value ties = cast(binary(Op::equal, x.detached(), y.detached()), x.dtype);
    return binary(Op::divide, ties, sum_to(ties, y.shape()));
}

}  // namespace

static void extremum_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value weights = extremum_weights(acc.kept_input(0, 0), acc.kept_output(1));
    acc.add(0, binary(Op::multiply, g, weights));
}

static Value extremum_forward(const Record&, const Tangents& t) {
    const Value weights = extremum_weights(t.kept_input(0, 0), t.kept_output(1));
    return sum_to(binary(Op::multiply, t.get(0), weights), t.output_shape());
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
    const Value c = contiguous(x.detached());
    return with_floats(c, [&](auto* from) { return std::any_of(from, from + c.size(), test); });
}

// x / y, for a norm y that has kept its axes.
Value unit_vectors(const Value& x, const Value& y, Axes axes) {
    if (!any_of(y, [](auto norm) { return std::isinf(norm); })) return binary(Op::divide, x, y);
    // The norm of finite numbers may be no finite number.
    Value scale;
    {
        PauseRecording pause;
        scale = select(unary(Op::is_inf, y.detached()), Value::constant(x.dtype, 0x1p-64),
                       Value::constant(x.dtype, 1));
    }
    const Value scaled = binary(Op::multiply, x, scale);
    return binary(Op::divide, scaled, norm(scaled, axes, true));
}

}  // namespace

Value norm(const Value& x, Axes axes, bool keepdims) {
    if (!is_floating(x.dtype)) no_rule("norm", x.dtype, kind_floating);
    if (x.dtype == DType::float16)
        return in_float32("norm", x, [&](const Value& w) { return norm(w, axes, keepdims); });
    const Shape kept = reduced_shape(x.shape(), axes, true);
    Value y = x.dtype == DType::float32
                  ? reduce_rows<float, float>(x, axes, kept, norm_row<float>)
                  : reduce_rows<double, double>(x, axes, kept, norm_row<double>);
    check_result("norm", {&x}, y);
    if (Record* r = begin_record(norm_op, y, x.node)) {
        r->store(0, x);
        r->store(1, y);
        finish_record(y);
    }
    return keepdims ? y : reshape(y, reduced_shape(x.shape(), axes, false));
}

namespace {

Axes axes_between(const Shape& from, const Shape& to) {
    Axes axes = 0;
    for (int k = 0; k < from.rank; ++k)
        if (from[k] != to[k]) axes |= Axes{1} << k;
    return axes;
}

}  // namespace

static void norm_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value x = acc.kept_input(0, 0), y = acc.kept_output(1);
    Value gx = binary(Op::multiply, g, unit_vectors(x, y, axes_between(x.shape(), y.shape())));
    // At 0 there is no derivative, but a zero cotangent stays 0: see `guarded` in elementwise.def.
    if (any_of(y, [](auto norm) { return norm == 0; })) {
        const Value nothing = Value::constant(g.dtype, 0);
        const Value apart = binary(Op::logical_and, binary(Op::equal, g.detached(), nothing),
                                   binary(Op::equal, y.detached(), nothing));
        gx = select(apart, nothing, gx);
    }
    acc.add(0, std::move(gx));
}

static Value norm_forward(const Record&, const Tangents& t) {
    const Value x = t.kept_input(0, 0), y = t.kept_output(1);
    const Value unit = unit_vectors(x, y, axes_between(x.shape(), y.shape()));
    return sum_to(binary(Op::multiply, t.get(0), unit), t.output_shape());
}

// ---------------------------------------------------------------- without derivative

Value any_all(const Value& x, Axes axes, bool keepdims, bool all) {
    if (x.dtype != DType::boolean)
        fail(ErrorKind::dtype, std::string(all ? "[reduce_all]" : "[reduce_any]") +
                                   " needs dtype bool, not " + name(x.dtype));
    const Shape shape = reduced_shape(x.shape(), axes, keepdims);
    return reduce_rows<bool, bool>(x, axes, shape, [all](i64 n, const bool* b) {
        for (i64 i = 0; i < n; ++i)
            if (b[i] != all) return !all;
        return all;
    });
}

Value arg_extremum(const Value& x, int axis, bool largest, DType dtype) {
    if (x.extent(axis) == 0)
        fail(std::string(largest ? "[argmax]" : "[argmin]") + " Reduction axis " +
             std::to_string(axis) + " is empty in shape " + x.shape().text());
    const Axes axes = Axes{1} << axis;
    const Shape shape = reduced_shape(x.shape(), axes, false);
    if (x.dtype == DType::float16) {
        PauseRecording pause;
        return arg_extremum(cast(x, DType::float32), axis, largest, dtype);
    }
    const Value index = dispatch(x.dtype, [&](auto tag) -> Value {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_arithmetic_v<T>) {
            return reduce_rows<T, i64>(x, axes, shape, [largest](i64 n, const T* v) {
                i64 best = 0;
                for (i64 i = 1; i < n; ++i) {
                    // NaN is passed over, as TensorFlow does.
                    const bool better = largest ? v[i] > v[best] : v[i] < v[best];
                    if (better || (v[best] != v[best] && v[i] == v[i])) best = i;
                }
                return best;
            });
        } else {
            no_rule(largest ? "argmax" : "argmin", x.dtype, kind_integer | kind_floating);
        }
    });
    return cast(index, dtype);
}

// ---------------------------------------------------------------- logsumexp

Value logsumexp(const Value& x, Axes axes, bool keepdims) {
    if (!is_floating(x.dtype)) no_rule("reduce_logsumexp", x.dtype, kind_floating);
    if (x.dtype == DType::float16)
        return in_float32("reduce_logsumexp", x,
                          [&](const Value& w) { return logsumexp(w, axes, keepdims); });
    Value peak;
    {
        PauseRecording pause;
        peak = extremum(x.detached(), axes, true, true);
        peak = select(unary(Op::is_finite, peak), peak, Value::constant(x.dtype, 0));
    }
    const Value scaled = binary(Op::exp_difference, x, peak);
    const Value y = binary(Op::add, unary(Op::log, sum(scaled, axes, true)), peak);
    return keepdims ? y : reshape(y, reduced_shape(x.shape(), axes, false));
}

void define_reductions() {
    sum_op = define_op("reduce_sum", 1, sum_reverse, sum_forward);
    op_table[sum_op].scatter = Scatter::moved;
    extremum_op = define_op("reduce_max", 1, extremum_reverse, extremum_forward);
    prod_op = define_op("reduce_prod", 1, prod_reverse, prod_forward);
    norm_op = define_op("norm", 1, norm_reverse, norm_forward);
}

}  // namespace ag
