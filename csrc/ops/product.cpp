// Products over axes: a tree of multiplications of halves: exact where elements are zero, to any
// derivative, and rounding grows with the logarithm of the count. Where a product on the way would
// leave the range, upwards or downwards through the tree, there is an operation of its own.

#include <cfenv>
#include <limits>

#include "../program.h"
#include "../sweep.h"
#include "batch.h"
#include "reduction.h"

namespace ag {

namespace {

OpCode prod_op, leaves_op;

template <class T>
constexpr int widest_exponent = std::numeric_limits<T>::max_exponent - 4;

// Whether no product of some of the elements leaves the range; may say no though none does. Bits of
// a float, read as an integer, are its logarithm with a straight line between powers of 2.
template <class T>
bool holds_any_product(i64 n, const T* x) {
    using Bits = std::conditional_t<sizeof(T) == sizeof(u64), u64, u32>;
    using Code = std::int32_t;  // sums of a block fit
    constexpr i64 block = 256;
    constexpr int shift = sizeof(T) == sizeof(u64) ? 42 : 13;
    constexpr Code unit = Code{1} << (std::numeric_limits<T>::digits - 1 - shift);
    constexpr Code bias = (std::numeric_limits<T>::max_exponent - 1) * unit;
    constexpr Code slack = unit / 11 + 2;  // more than the line, cut off, is below the logarithm
    i64 all_up = 0, all_down = 0;
    Code subnormal = 0;
    for (i64 first = 0; first < n; first += block) {
        Code up = 0, down = 0;
        for (i64 i = first; i < std::min(first + block, n); ++i) {
            Bits bits;
            std::memcpy(&bits, x + i, sizeof bits);
            bits &= static_cast<Bits>(~Bits{0}) >> 1;
            const Code code = static_cast<Code>(bits >> shift);
            const bool normal = code >= unit && code < 2 * bias + unit;
            const Code log2 = code - bias;
            subnormal |= bits != 0 && code < unit;
            up += normal ? std::max(log2 + slack, Code{0}) : 0;
            down += normal ? std::max(-log2, Code{0}) : 0;
        }
        all_up += up;
        all_down += down;
    }
    return subnormal == 0 && std::max(all_up, all_down) < i64{widest_exponent<T>} * unit;
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

// Elements of which programs take the products by the operation that is right for all of them.
constexpr i64 few = 32;

// Whether the tree is no way to go. A program is run with other values: what is right for these
// alone is a guard of a function that is recorded, and binds other programs.
bool needs_exponents(const Value& x, Axes axes) {
    const i64 n = reduced_count(x.shape(), axes);
    const bool is_float = x.dtype == DType::float32 || x.dtype == DType::float64;
    if (!in_program() || x.node == no_node || !is_float || n < 2) return tree_overflows(x, axes);
    const bool samples = active_log->program->samples();
    if (active_log->program->has_guards() && !samples) {
        const Value rows = call(leaves_op, {static_cast<i64>(axes)}, {&x});
        const Value any = any_all(rows, all_axes(rows.rank()), false, false);
        note_values_read(any);
        return any.as<bool>();
    }
    if ((n <= few || samples) && x.size() <= most_of_matrices / n) return true;
    bind_program("it multiplies many elements, in a way that depends on how large they are");
    return tree_overflows(x, axes);
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

static void prod_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Axes axes = axes_of(acc.attributes());
    acc.add(0, binary(Op::multiply, g, cofactors(acc.kept_input(0), axes)));
}

static Value prod_forward(const Record&, const Tangents& t) {
    const Axes axes = axes_of(t.attributes());
    const Value terms = binary(Op::multiply, t.get(0), cofactors(t.kept_input(0), axes));
    return sum_to(terms, t.output_shape());
}

namespace {

// The same products of the same pairs as those that are recorded, of n rows of `inner` elements:
// row i times row n/2 + i, and so on. Up to three of these steps are done at once, so that memory
// is read once for them. Not inlined: it runs between questions to the processor.
template <class T>
AG_NOINLINE void tree_of_rows(i64 n, i64 inner, const T* x, T* to) {
    while (n > 1) {
        if (n % 8 == 0) {
            n /= 8;
            const i64 m = n * inner;
            AG_SIMD for (i64 i = 0; i < m; ++i) {
                const T *a = x + i, *b = a + m;
                to[i] = static_cast<T>(((a[0] * a[4 * m]) * (a[2 * m] * a[6 * m])) *
                                       ((b[0] * b[4 * m]) * (b[2 * m] * b[6 * m])));
            }
        } else if (n % 4 == 0) {
            n /= 4;
            const i64 m = n * inner;
            AG_SIMD for (i64 i = 0; i < m; ++i) to[i] =
                static_cast<T>((x[i] * x[i + 2 * m]) * (x[i + m] * x[i + 3 * m]));
        } else {
            const i64 m = n / 2 * inner;
            AG_SIMD for (i64 i = 0; i < m; ++i) to[i] = static_cast<T>(x[i] * x[i + m]);
            if (n % 2) std::copy_n(x + 2 * m, inner, to + m);
            n -= n / 2;
        }
        x = to;
    }
}

// Without a record. `left_range`: whether a product on the way has, by the processor's own flags.
Value tree_values(const Value& x, Axes axes, const Shape& shape, bool& left_range) {
    const ReducedRows given(x, axes);
    const i64 n = reduced_count(x.shape(), axes);
    const i64 inner = given.together ? given.inner : 1;
    const Value rows = given.together ? x : grouped(x, axes);
    Value y = make_value(x.dtype, shape);
    std::feclearexcept(FE_OVERFLOW | FE_UNDERFLOW);
    dispatch(x.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_same_v<T, bool> || is_narrow_type<T>) {
            no_rule("reduce_prod", x.dtype, kinds_of_numbers);
        } else {
            Value space = make_value(x.dtype, Shape{(n / 2 + 1) * inner});
            T* const halves = reinterpret_cast<T*>(space.mutable_data());
            const T* from = reinterpret_cast<const T*>(rows.data());
            T* to = reinterpret_cast<T*>(y.mutable_data());
            for (i64 i = 0; i < y.size(); i += inner, from += n * inner) {
                tree_of_rows(n, inner, from, halves);
                std::copy_n(halves, inner, to + i);
            }
        }
    });
    left_range = std::fetestexcept(FE_OVERFLOW | FE_UNDERFLOW) != 0;
    return y;
}

}  // namespace

// In one operation, with the axes kept: the tree's products where they hold.
static Value run_prod(const Call& given) {
    const Value& x = given[0];
    const Axes axes = axes_of(given);
    const i64 n = reduced_count(x.shape(), axes);
    const Shape kept = reduced_shape(x.shape(), axes, true);
    bool left_range = n < 2;
    Value y = left_range ? make_value(x.dtype, kept) : tree_values(x, axes, kept, left_range);
    if (!left_range) return y;
    const Value rows = grouped(x, axes);
    with_floats(rows, [&](auto* from) {
        using T = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
        T* to = reinterpret_cast<T*>(y.mutable_data());
        for (i64 i = 0; i < y.size(); ++i)
            if (n < 2 || !holds_tree(n, from + i * n)) to[i] = product_row(n, from + i * n);
    });
    return y;
}

// Of which rows of elements a product in the tree leaves the range, with the axes kept.
static Value run_leaves(const Call& given) {
    const Value& x = given[0];
    const Axes axes = axes_of(given);
    const i64 n = reduced_count(x.shape(), axes);
    Value y = make_value(DType::boolean, reduced_shape(x.shape(), axes, true));
    const Value rows = grouped(x, axes);
    const bool is_small = x.size() <= most_of_matrices / std::max<i64>(n, 1);
    with_floats(rows, [&](auto* from) {
        bool* to = reinterpret_cast<bool*>(y.mutable_data());
        for (i64 i = 0; i < y.size(); ++i) to[i] = is_small && !holds_tree(n, from + i * n);
    });
    return y;
}

Value prod(const Value& x, Axes axes, bool keepdims) {
    const Shape shape = reduced_shape(x.shape(), axes, keepdims);
    i64 n = reduced_count(x.shape(), axes);
    if (x.dtype == DType::boolean) no_rule("reduce_prod", x.dtype, kinds_of_numbers);
    if (is_narrow(x.dtype))
        return in_float32("reduce_prod", x,
                          [&](const Value& w) { return prod(w, axes, keepdims); });
    // The sum of nothing, 0, keeps the result connected to x.
    if (n == 0) return binary(Op::add, sum(x, axes, keepdims), Value::constant(x.dtype, 1));
    if (n > 1 && x.is_array && !checking && (active_log == nullptr || x.node == no_node)) {
        bool left_range = false;
        Value y = tree_values(x, axes, shape, left_range);
        if (!left_range || !tree_overflows(x, axes)) return y;
        return reshape(call(prod_op, {static_cast<i64>(axes)}, {&x}), shape);
    }
    if (needs_exponents(x, axes))
        return reshape(call(prod_op, {static_cast<i64>(axes)}, {&x}), shape);
    // In place where whole rows lie behind each other; in rows with the elements side by side else.
    const ReducedRows given(x, axes);
    Value y = given.together && given.inner > 1
                  ? reshape(x, Shape{given.outer, n, given.inner})
                  : reshape(reduced_last(x, axes), Shape{shape.size(), n});
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

void define_products() {
    OpInfo& row = define_op(prod_op, "reduce_prod", 1, run_prod, prod_reverse, prod_forward);
    row.attributes = 1;
    row.reads[0] = 1 << 0;
    row.batched = batch_axes<0>;
    row.pattern = reduction_pattern;
    OpInfo& leaves = define_op(leaves_op, "product_leaves_range", 0, run_leaves, nullptr, nullptr);
    leaves.attributes = 1;
    leaves.batched = batch_axes<0>;
}

}  // namespace ag
