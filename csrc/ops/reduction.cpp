// Sums over axes, and what is made of them; norms; any and all.

#include <limits>

#include "../kernels/kernels.h"
#include "../kernels/loops.h"
#include "../parallel.h"
#include "../pattern.h"
#include "../sweep.h"
#include "../thread_state.h"
#include "batch.h"
#include "reduction.h"

namespace ag {

namespace {

OpCode sum_op, norm_op, logsumexp_op, any_op, all_op;

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
    constexpr i64 block = 128;
    const auto plain = [](i64 count, const T* from) {
        T total = T();
        for (i64 i = 0; i < count; ++i) total = static_cast<T>(total + from[i]);
        return total;
    };
    if constexpr (std::is_integral_v<T>) {  // in any order: they wrap
        constexpr i64 width = 128 / static_cast<i64>(sizeof(T));
        T sums[width] = {};
        i64 i = 0;
        for (; i + width <= n; i += width)
            for (i64 j = 0; j < width; ++j) sums[j] = static_cast<T>(sums[j] + x[i + j]);
        return static_cast<T>(plain(width, sums) + plain(n - i, x + i));
    }
    if (n <= block) return plain(n, x);
    const auto add = [](T& a, const T& b) { a = static_cast<T>(a + b); };
    PairedSum<T, decltype(add)> sum(add);
    for (i64 i = 0; i < n; i += block) sum.push(plain(std::min(block, n - i), x + i));
    return sum.total();
}

}  // namespace

namespace {

// Long rows are cut into parts.
constexpr i64 cut = 65'536, most_parts = 4'096;
i64 part_length(i64 n) { return std::max(cut, (n / most_parts / cut + 1) * cut); }

// As the kernels add up sums of blocks.
template <class T>
T sum_pairs(i64 count, const T* sums) {
    if (count == 1) return sums[0];
    T pending[64];
    int level = 0;
    for (i64 k = 0; k < count; ++k) {
        T s = sums[k];
        for (i64 b = k; b & 1; b >>= 1) s = pending[--level] + s;
        pending[level++] = s;
    }
    T total = 0;
    while (level > 0) total = pending[--level] + total;
    return total;
}

template <class T>
T sum_parts(i64 n, const T* sums) {
    const i64 blocks = (n + summed_block - 1) / summed_block;
    if (n < 2 * cut) return sum_pairs(blocks, sums);
    T parts[most_parts], total;
    const i64 length = part_length(n) / summed_block;
    i64 count = 0;
    for (i64 first = 0; first < blocks; first += length)
        parts[count++] = sum_pairs(std::min(length, blocks - first), sums + first);
    row_kernels.sum[sizeof(T) == sizeof(double)](1, count, parts, &total);
    return total;
}

}  // namespace

void sum_block(DType dtype, i64 n, i64 begin, i64 count, const void* x, void* sum) {
    // What is a row by itself.
    const bool alone = n < 2 * cut ? begin == 0 : begin % part_length(n) == 0;
    const int index = dtype == DType::float64;
    if (count <= 16 && alone)
        row_kernels.sum[index](1, count, x, sum);
    else if (index == 0)
        *static_cast<float*>(sum) = dense_kernels.sum_f32(count, static_cast<const float*>(x));
    else
        *static_cast<double*>(sum) = dense_kernels.sum_f64(count, static_cast<const double*>(x));
}

Value sum_of_blocks(DType dtype, i64 n, const void* sums, const Shape& shape) {
    Value y = make_value(dtype, shape);
    if (dtype == DType::float32)
        *reinterpret_cast<float*>(y.mutable_data()) = sum_parts(n, static_cast<const float*>(sums));
    else
        *reinterpret_cast<double*>(y.mutable_data()) =
            sum_parts(n, static_cast<const double*>(sums));
    return y;
}

Value reduce_rows(RowKernels::Rows kernel, const Value& x, Axes axes, const Shape& shape) {
    const i64 n = reduced_count(x.shape(), axes);
    const Value rows = grouped(x, axes);
    Value y = make_value(x.dtype, shape);
    const i64 item = itemsize(x.dtype), count = y.size();
    const char* const from = rows.data();
    char* const to = y.mutable_data();
    if (n < 2 * cut) {
        // Rows that begin within a part are the part's.
        auto part = [&](i64 begin, i64 end) {
            const i64 first = n == 0 ? begin : (begin + n - 1) / n;
            const i64 last = n == 0 ? end : (end + n - 1) / n;
            kernel(last - first, n, from + first * n * item, to + first * item);
        };
        parallel_for(n == 0 ? count : count * n, part);
        return y;
    }
    alignas(64) char parts[most_parts * sizeof(double)];
    const i64 length = part_length(n);
    for (i64 row = 0; row < count; ++row) {
        const char* const whole = from + row * n * item;
        auto part = [&](i64 begin, i64 end) {
            for (i64 k = (begin + length - 1) / length; k * length < end; ++k)
                kernel(1, std::min(length, n - k * length), whole + k * length * item,
                       parts + k * item);
        };
        parallel_for(n, part);
        kernel(1, (n + length - 1) / length, parts, to + row * item);
    }
    return y;
}

namespace {

// Whether rows are so long, or so many, that they are added to each other as a whole.
bool adds_whole_rows(const ReducedRows& r) { return r.inner >= 16 || (r.inner >= 2 && r.n >= 256); }

// Sums over axes with others behind them: whole rows are added at once.
void sum_leading(DType dtype, ReducedRows r, const char* from, char* to) {
    constexpr i64 block = 64;
    // Of short rows several at once, in pairs of which they are added up in the end.
    i64 together = 1;
    while (r.inner * together < 64 && r.n / (2 * together) >= 64) together *= 2;
    const i64 left = r.n % together;
    r.inner *= together;
    r.n /= together;
    const i64 bytes = r.inner * itemsize(dtype);
    const Loop loop = op_table[Op::add].kernels->forward[static_cast<int>(dtype)];
    const auto add = [&](Value& a, const Value& b) {
        const void* in[] = {a.data(), b.data()};
        loop(r.inner, in, a.mutable_data());
    };
    const auto add_rows = [&](const char* first, i64 rows, char* sums) {
        for (i64 k = 0; k < rows; ++k) {
            const void* in[] = {sums, first + k * bytes};
            loop(r.inner, in, sums);
        }
    };
    const i64 row = bytes / together;
    std::memset(to, 0, static_cast<std::size_t>(r.outer * row));
    for (i64 outer = 0; outer < r.outer; ++outer, to += row, from += r.n * bytes + left * row) {
        if (together == 1 && r.n <= block) {
            add_rows(from, r.n, to);
            continue;
        }
        PairedSum<Value, decltype(add)> sum(add);
        for (i64 first = 0; first < r.n; first += block) {
            Value part = make_zeros(dtype, Shape{r.inner});
            add_rows(from + first * bytes, std::min(block, r.n - first), part.mutable_data());
            sum.push(std::move(part));
        }
        Value total = sum.total();
        char* const wide = total.mutable_data();
        for (i64 count = together; count > 1; count /= 2) {
            const void* in[] = {wide, wide + count / 2 * row};
            loop(count / 2 * (r.inner / together), in, wide);
        }
        for (i64 k = 0; k < left; ++k) {
            const void* in[] = {wide, from + r.n * bytes + k * row};
            loop(r.inner / together, in, wide);
        }
        std::memcpy(to, wide, static_cast<std::size_t>(row));
    }
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
            const auto times = Value::constant(real_dtype(x.dtype), static_cast<double>(count));
            const auto by_count = [&](const Value& v) { return binary(Op::multiply, v, times); };
            if (!is_complex(x.dtype)) return by_count(once);
            return complex_of(by_count(real_part(once)), by_count(imaginary_part(once)));
        }
    }
    if (x.rank() > 1 && x.dtype != DType::boolean) {
        const ReducedRows rows(x, axes);
        if (rows.together && adds_whole_rows(rows) && x.size() > 0) {
            Value y = make_value(x.dtype, shape);
            sum_leading(x.dtype, rows, x.data(), y.mutable_data());
            return y;
        }
    }
    return dispatch(x.dtype, [&](auto tag) -> Value {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_same_v<T, bool> || is_narrow_type<T>)
            no_rule("reduce_sum", x.dtype, kinds_of_numbers);
        else if constexpr (std::is_floating_point_v<T>)
            return reduce_rows(row_kernels.sum[sizeof(T) == sizeof(double)], x, axes, shape);
        else
            return reduce_rows<T, T>(x, axes, shape, sum_row<T>);
    });
}

}  // namespace

bool sums_in_place(const ReducedRows& rows) {
    return rows.together && (rows.inner == 1 ? rows.n < 2 * cut : adds_whole_rows(rows));
}

void sum_into(DType dtype, i64 outer, i64 n, i64 inner, const char* x, char* y) {
    if (inner > 1) return sum_leading(dtype, ReducedRows(outer, n, inner), x, y);
    row_kernels.sum[dtype == DType::float64](outer, n, x, y);
}

// ---------------------------------------------------------------- sum

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

Value mean(const Value& x, Axes axes, bool keepdims) {
    if (x.dtype == DType::boolean) no_rule("reduce_mean", x.dtype, kinds_of_numbers);
    if (is_narrow(x.dtype))
        return in_float32("reduce_mean", x,
                          [&](const Value& w) { return mean(w, axes, keepdims); });
    // Of no integers it is 0, as in TensorFlow.
    if (is_integer(x.dtype) && reduced_count(x.shape(), axes) == 0) return sum(x, axes, keepdims);
    if (is_integer(x.dtype) && x.dtype != DType::int64 && x.dtype != DType::uint64)
        return cast(mean(cast(x, DType::int64), axes, keepdims), x.dtype);
    const Value total = sum(x, axes, keepdims);
    const auto n = Value::constant(x.dtype, static_cast<double>(reduced_count(x.shape(), axes)));
    if (!is_integer(x.dtype)) return binary(Op::divide, total, n);
    // Towards 0, as in TensorFlow.
    const Value zero = Value::constant(x.dtype, 0);
    const Value up = binary(Op::subtract, n, Value::constant(x.dtype, 1));
    return binary(Op::floordiv,
                  binary(Op::add, total, select(binary(Op::less, total, zero), up, zero)), n);
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

// Whether a rule has to hold for other values than those at hand: a program is run with any.
bool for_any_values() { return active_log != nullptr && active_log->program != nullptr; }

// x / y, for a norm y that has kept its axes.
Value unit_vectors(const Value& x, const Value& y, Axes axes) {
    const auto is_infinite = [](auto norm) { return std::isinf(norm); };
    if (!for_any_values() && !any_of(y, is_infinite)) return binary(Op::divide, x, y);
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
    if (for_any_values() || any_of(y, [](auto norm) { return norm == 0; })) {
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
    const ReducedRows rows(given[0], axes_of(given));
    if (rows.together && rows.inner >= 16 && given[0].size() > 0) {
        Value y = make_value(DType::boolean, shape_of(given));
        std::memset(y.mutable_data(), All, static_cast<std::size_t>(y.size()));
        const char* from = given[0].data();
        char* to = y.mutable_data();
        for (i64 outer = 0; outer < rows.outer; ++outer, to += rows.inner)
            for (i64 k = 0; k < rows.n; ++k, from += rows.inner)
                for (i64 i = 0; i < rows.inner; ++i)
                    to[i] = static_cast<char>(All ? to[i] & from[i] : to[i] | from[i]);
        return y;
    }
    return reduce_rows<bool, bool>(
        given[0], axes_of(given), shape_of(given), [](i64 n, const bool* b) {
            return (n > 0 && std::memchr(b, !All, static_cast<std::size_t>(n))) != All;
        });
}

// ---------------------------------------------------------------- logsumexp

Value logsumexp(const Value& x, Axes axes, bool keepdims) {
    return reduce(logsumexp_op, x, axes, keepdims);
}

static Value run_logsumexp(const Call& given) {
    const Value& x = given[0];
    if (reduced_count(x.shape(), axes_of(given)) == 0)
        return full(x.dtype, shape_of(given), -std::numeric_limits<double>::infinity());
    return reduce_rows(row_kernels.logsumexp[x.dtype == DType::float64], x, axes_of(given),
                       shape_of(given));
}

namespace {

// exp(x) in units of exp(y), y the logarithm of their sum: what is rounded off y is no part of
// shares in that sum. Not finite ones are no unit.
struct Powers {
    Shape kept;
    Value powers, sums;
    template <class Rule>
    explicit Powers(const Rule& rule) {
        const Axes axes = axes_of(rule.attributes());
        const Value x = rule.kept_input(0);
        kept = reduced_shape(x.shape(), axes, true);
        const Value y = stop(reshape(rule.kept_output(), kept));
        const Value unit = select(unary(Op::is_finite, y), y, Value::constant(x.dtype, 0));
        powers = binary(Op::exp_difference, x, unit);
        sums = sum(powers, axes, true);
    }
};

}  // namespace

static void logsumexp_reverse(const Record&, const Value& given, Accumulator& acc) {
    const Powers p(acc);
    const Value g = reshape(given, acc.lift(p.kept));
    acc.add(0, binary(Op::multiply, binary(Op::divide, g, p.sums), p.powers));
}

static Value logsumexp_forward(const Record&, const Tangents& t) {
    const Powers p(t);
    const Value terms = binary(Op::multiply, t.get(0), p.powers);
    return reshape(binary(Op::divide, sum_to(terms, p.kept), p.sums), t.output_shape());
}

void reduction_pattern(Dependence& d) {
    const Shape kept = reduced_shape(d.shape(0), static_cast<Axes>(d.attribute(0)), true);
    d.meet(0, broadcast_to(numbered(kept), d.shape(0)), numbered(d.shape()));
}

void define_reductions() {
    OpInfo& sum_row = define_op(sum_op, "reduce_sum", 1, run_sum, sum_reverse, sum_forward);
    sum_row.kinds = kinds_of_numbers;
    sum_row.half = InFloat16::inside;
    sum_row.scatter = Scatter::moved;
    OpInfo& norm_row = define_op(norm_op, "norm", 1, run_norm, norm_reverse, norm_forward);
    norm_row.kinds = kind_floating;
    norm_row.half = InFloat16::outside;
    norm_row.reads[0] = 1 << 0 | reads_output;
    OpInfo& logsumexp_row = define_op(logsumexp_op, "reduce_logsumexp", 1, run_logsumexp,
                                      logsumexp_reverse, logsumexp_forward);
    logsumexp_row.kinds = kind_floating;
    logsumexp_row.half = InFloat16::outside;
    logsumexp_row.reads[0] = 1 << 0 | reads_output;
    define_op(any_op, "reduce_any", 0, run_any_all<false>, nullptr, nullptr);
    define_op(all_op, "reduce_all", 0, run_any_all<true>, nullptr, nullptr);
    for (OpCode op : {sum_op, norm_op, logsumexp_op, any_op, all_op}) {
        op_table[op].attributes = 2;
        op_table[op].batched = batch_axes<0>;
        op_table[op].pattern = reduction_pattern;
    }
}

}  // namespace ag
