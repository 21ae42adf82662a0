// Sums, products and logarithms of sums up to each element along an axis.

#include <cmath>
#include <limits>

#include "../kernels/loops.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode cumsum_op, cumprod_op, recurrence_op, logsumexp_op;

// The axis of a call with the attributes of this file; throws if it is out of range.
int axis_of_call(const Call& given, const char* operation) {
    const i64 axis = given.attribute(2);
    if (axis < 0 || axis >= given[0].rank())
        fail(std::string("[") + operation + "] axis " + std::to_string(axis) +
             " is out of range for shape " + given[0].shape().text());
    return static_cast<int>(axis);
}

// How the elements lie along an axis: lines of n, `inner` of them side by side.
struct Lines {
    i64 n, inner = 1, size;
    Lines(const Value& x, int axis) : n(x.extent(axis)), size(x.size()) {
        for (int k = axis + 1; k < x.rank(); ++k) inner *= x.extent(k);
    }
};

// Fills y, of which each element is begin(at) where a line begins, and then next(y before it, at,
// before): the places of the element and of the one before it.
template <class T, class Begin, class Next>
void scan(const Lines& lines, bool backwards, T* y, Begin begin, Next next) {
    const i64 n = lines.n, inner = lines.inner;
    if (lines.size == 0) return;
    if (inner > 1) {
        for (i64 block = 0; block < lines.size; block += n * inner)
            for (i64 k = 0; k < n; ++k) {
                const i64 row = block + (backwards ? n - 1 - k : k) * inner;
                const i64 before = row + (backwards ? inner : -inner);
                if (k == 0)
                    for (i64 i = 0; i < inner; ++i) y[row + i] = begin(row + i);
                else
                    for (i64 i = 0; i < inner; ++i)
                        y[row + i] = next(y[before + i], row + i, before + i);
            }
        return;
    }
    const i64 first = backwards ? n - 1 : 0, step = backwards ? -1 : 1;
    // Each element waits for the one before it: four lines at a time wait together.
    constexpr i64 together = 4;
    i64 line = 0;
    for (; line + together * n <= lines.size; line += together * n) {
        T last[together];
        for (i64 j = 0; j < together; ++j)
            y[line + j * n + first] = last[j] = begin(line + j * n + first);
        for (i64 k = 1, at = line + first + step; k < n; ++k, at += step)
            for (i64 j = 0; j < together; ++j)
                y[at + j * n] = last[j] = next(last[j], at + j * n, at + j * n - step);
    }
    for (; line < lines.size; line += n) {
        T last = y[line + first] = begin(line + first);
        for (i64 k = 1, at = line + first + step; k < n; ++k, at += step)
            y[at] = last = next(last, at, at - step);
    }
}

// y[k] = x[k - 1] along the axis (x[k + 1] backwards), and `first` where there is none.
Value shifted(const Value& x, int axis, bool backwards, double first) {
    const i64 n = x.extent(axis);
    if (n == 0) return x;
    Shape one = x.shape();
    one[axis] = 1;
    const Value filled = full(x.dtype, one, first);
    const Value others = slice_axis(x, axis, backwards ? 1 : 0, n - 1, false);
    return backwards ? concat({others, filled}, axis) : concat({filled, others}, axis);
}

}  // namespace

// Attributes of all: whether an element is left out of its own sum, whether sums begin at the end,
// the axis.
static Value cumsum(const Value& x, bool exclusive, bool backwards, int axis) {
    return call(cumsum_op, {exclusive, backwards, axis}, {&x});
}

static Value run_cumsum(const Call& given) {
    const bool exclusive = given.attribute(0) != 0, backwards = given.attribute(1) != 0;
    const int axis = axis_of_call(given, "cumsum");
    const Value x = contiguous(given[0]);
    Value y = make_value(x.dtype, x.shape());
    dispatch(x.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_same_v<T, bool> || is_narrow_type<T>) {
            no_rule("cumsum", x.dtype, kind_integer | kind_floating | kind_complex);
        } else {
            const T* from = reinterpret_cast<const T*>(x.data());
            T* to = reinterpret_cast<T*>(y.mutable_data());
            scan(
                Lines(x, axis), backwards, to, [&](i64 at) { return exclusive ? T(0) : from[at]; },
                [&](T sum, i64 at, i64 before) {
                    return static_cast<T>(sum + from[exclusive ? before : at]);
                });
        }
    });
    return y;
}

static void cumsum_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes a = acc.attributes();
    acc.add(0, cumsum(g, a[0] != 0, a[1] == 0, static_cast<int>(a[2]) + acc.batch_axes()));
}

static Value cumsum_forward(const Record&, const Tangents& t) {
    const Attributes a = t.attributes();
    return cumsum(t.get(0), a[0] != 0, a[1] != 0, static_cast<int>(a[2]));
}

static void cumsum_pattern(Dependence& d) {
    const bool exclusive = d.attribute(0) != 0, backwards = d.attribute(1) != 0;
    const int axis = static_cast<int>(d.attribute(2));
    // An element of each line, and the sums that it is in.
    Shape lines = d.shape();
    lines[axis] = 1;
    const Value number = contiguous(broadcast_to(numbered(lines), d.shape()));
    i64 inner = 1;
    for (int k = axis + 1; k < d.shape().rank; ++k) inner *= d.shape()[k];
    const auto where = [&](auto is_there) {
        Value y = fresh_copy(number);
        i64* const numbers = reinterpret_cast<i64*>(y.mutable_data());
        for (i64 i = 0; i < y.size(); ++i)
            if (!is_there(i / inner % d.shape()[axis])) numbers[i] = -1;
        return y;
    };
    for (i64 at = 0; at < d.shape()[axis] && number.size() > 0; ++at)
        d.meet(0, where([&](i64 k) { return k == at; }), where([&](i64 k) {
                   return (backwards ? k < at : k > at) || (k == at && !exclusive);
               }));
}

// ---------------------------------------------------------------- linear recurrences

// h[k] = b[k] + a[k] h[k - 1]; with `exclusive`, b[k] + a[k - 1] h[k - 1]: what derivatives of
// products are made of. (Backwards, with k + 1.) Its own derivatives are recurrences, too.
static Value recurrence(const Value& a, const Value& b, bool exclusive, bool backwards, int axis) {
    return call(recurrence_op, {exclusive, backwards, axis}, {&a, &b});
}

static Value run_recurrence(const Call& given) {
    const bool exclusive = given.attribute(0) != 0, backwards = given.attribute(1) != 0;
    const int axis = axis_of_call(given, "linear_recurrence");
    require_same_dtype("linear_recurrence", given[0], given[1]);
    if (!given[0].same_shape(given[1]))
        fail("[linear_recurrence] factors of shape " + given[0].shape().text() +
             " and terms of shape " + given[1].shape().text());
    const Value a = contiguous(given[0]), b = contiguous(given[1]);
    Value h = make_value(a.dtype, a.shape());
    dispatch(a.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_same_v<T, bool> || is_narrow_type<T>) {
            no_rule("linear_recurrence", a.dtype, kind_integer | kind_floating | kind_complex);
        } else {
            const T* factors = reinterpret_cast<const T*>(a.data());
            const T* terms = reinterpret_cast<const T*>(b.data());
            T* to = reinterpret_cast<T*>(h.mutable_data());
            scan(
                Lines(a, axis), backwards, to, [&](i64 at) { return terms[at]; },
                [&](T last, i64 at, i64 before) {
                    return static_cast<T>(terms[at] + factors[exclusive ? before : at] * last);
                });
        }
    });
    return h;
}

static void recurrence_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes at = acc.attributes();
    const bool exclusive = at[0] != 0, backwards = at[1] != 0;
    const int axis = static_cast<int>(at[2]), lifted = axis + acc.batch_axes();
    const Value a = broadcast_to(conj(acc.kept_input(0)), acc.lift(acc.shape(0)));
    Value u = recurrence(a, g, !exclusive, !backwards, lifted);
    if (acc.wants(0)) {
        const Value h = conj(acc.kept_output());
        acc.add(0, exclusive ? binary(Op::multiply, shifted(u, lifted, !backwards, 0), h)
                             : binary(Op::multiply, u, shifted(h, axis, backwards, 0)));
    }
    if (acc.wants(1)) acc.add(1, std::move(u));
}

static Value recurrence_forward(const Record&, const Tangents& t) {
    const Attributes at = t.attributes();
    const bool exclusive = at[0] != 0, backwards = at[1] != 0;
    const int axis = static_cast<int>(at[2]);
    Value terms = t.has(1) ? t.get(1) : Value();
    if (t.has(0)) {
        const Value h = t.kept_output();
        const Value more = exclusive
                               ? shifted(binary(Op::multiply, t.get(0), h), axis, backwards, 0)
                               : binary(Op::multiply, t.get(0), shifted(h, axis, backwards, 0));
        terms = t.has(1) ? binary(Op::add, terms, more) : more;
    }
    return recurrence(t.kept_input(0), terms, exclusive, backwards, axis);
}

static Value batched_recurrence(const Batch& b) {
    Attributes a = b.attributes();
    a[2] += 1;
    return b.call(a, {b.whole(0), b.whole(1)});
}

// ---------------------------------------------------------------- products

static Value cumprod(const Value& x, bool exclusive, bool backwards, int axis) {
    return call(cumprod_op, {exclusive, backwards, axis}, {&x});
}

static Value run_cumprod(const Call& given) {
    const bool exclusive = given.attribute(0) != 0, backwards = given.attribute(1) != 0;
    const int axis = axis_of_call(given, "cumprod");
    const Value x = contiguous(given[0]);
    Value y = make_value(x.dtype, x.shape());
    dispatch(x.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_same_v<T, bool> || is_narrow_type<T>) {
            no_rule("cumprod", x.dtype, kind_integer | kind_floating | kind_complex);
        } else {
            const T* from = reinterpret_cast<const T*>(x.data());
            T* to = reinterpret_cast<T*>(y.mutable_data());
            scan(
                Lines(x, axis), backwards, to, [&](i64 at) { return exclusive ? T(1) : from[at]; },
                [&](T product, i64 at, i64 before) {
                    return static_cast<T>(product * from[exclusive ? before : at]);
                });
        }
    });
    return y;
}

// The product of all before an element, times what the products after it say of its place: nothing
// is divided, so that it is right where elements are 0.
static void cumprod_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes at = acc.attributes();
    const bool exclusive = at[0] != 0, backwards = at[1] != 0;
    const int axis = static_cast<int>(at[2]), lifted = axis + acc.batch_axes();
    const Value x = acc.kept_input(0);
    const Value factors = broadcast_to(conj(x), acc.lift(acc.shape(0)));
    Value u = recurrence(factors, g, !exclusive, !backwards, lifted);
    if (exclusive) u = shifted(u, lifted, !backwards, 0);
    acc.add(0, binary(Op::multiply, u, conj(cumprod(x, true, backwards, axis))));
}

static Value cumprod_forward(const Record&, const Tangents& t) {
    const Attributes at = t.attributes();
    const bool exclusive = at[0] != 0, backwards = at[1] != 0;
    const int axis = static_cast<int>(at[2]);
    const Value x = t.kept_input(0);
    const Value terms = binary(Op::multiply, t.get(0), cumprod(x, true, backwards, axis));
    const Value y = recurrence(x, terms, false, backwards, axis);
    return exclusive ? shifted(y, axis, backwards, 0) : y;
}

// ---------------------------------------------------------------- logarithms of sums

template <class T>
static void logsumexp_scan(const Value& x, int axis, bool backwards, Value& y) {
    const T* from = reinterpret_cast<const T*>(x.data());
    T* to = reinterpret_cast<T*>(y.mutable_data());
    constexpr double nothing = -std::numeric_limits<double>::infinity();
    // The largest so far, and the sum in units of its exponential.
    const Lines lines(x, axis);
    std::vector<double> peaks(static_cast<std::size_t>(lines.inner)), sums(peaks.size());
    for (i64 block = 0; block < lines.size; block += lines.n * lines.inner) {
        std::fill(peaks.begin(), peaks.end(), nothing);
        std::fill(sums.begin(), sums.end(), 0);
        for (i64 k = 0; k < lines.n; ++k) {
            i64 at = block + (backwards ? lines.n - 1 - k : k) * lines.inner;
            for (std::size_t i = 0; i < peaks.size(); ++i, ++at) {
                double &peak = peaks[i], &sum = sums[i];
                const double more = static_cast<double>(from[at]);
                if (more == peak) {  // they may be infinite
                    sum += more == nothing ? 0 : 1;
                } else if (more < peak) {
                    sum += std::exp(more - peak);
                } else {
                    sum = sum * std::exp(peak - more) + 1;
                    peak = more;
                }
                const bool is_nothing = peak == nothing && sum == sum;  // and was never NaN
                to[at] = static_cast<T>(is_nothing ? nothing : peak + std::log(sum));
            }
        }
    }
}

static Value run_cumulative_logsumexp(const Call& given) {
    const bool exclusive = given.attribute(0) != 0, backwards = given.attribute(1) != 0;
    const int axis = axis_of_call(given, "cumulative_logsumexp");
    Value x = contiguous(given[0]);
    if (exclusive) x = shifted(x, axis, backwards, -std::numeric_limits<double>::infinity());
    Value y = make_value(x.dtype, x.shape());
    if (x.dtype == DType::float32)
        logsumexp_scan<float>(x, axis, backwards, y);
    else
        logsumexp_scan<double>(x, axis, backwards, y);
    return y;
}

namespace {

// The inclusive sums y, and the factors by which the share of one element falls from each to the
// next, at most 1: exp(y[k - 1] - y[k]).
struct Shares {
    Value y, decay, share;
    template <class Rule>
    Shares(const Rule& rule, const Value& x, bool exclusive, bool backwards, int axis) {
        y = exclusive ? call(logsumexp_op, {0, backwards, axis}, {&x}) : rule.kept_output();
        share = binary(Op::exp_difference, x, y);
        const i64 n = x.extent(axis);
        if (n == 0) {
            decay = y;
            return;
        }
        // None for the first, of which the factor is not read.
        const Value low = slice_axis(y, axis, 0, n - 1, false);
        const Value high = slice_axis(y, axis, 1, n - 1, false);
        const Value &before = backwards ? high : low, &after = backwards ? low : high;
        const Value falls = select(binary(Op::equal, before, after), Value::constant(y.dtype, 1),
                                   binary(Op::exp_difference, before, after));
        Shape one = x.shape();
        one[axis] = 1;
        const Value none = zeros(y.dtype, one);
        decay = concat(
            backwards ? std::vector<Value>{falls, none} : std::vector<Value>{none, falls}, axis);
    }
};

}  // namespace

static void logsumexp_reverse(const Record&, const Value& given, Accumulator& acc) {
    const Attributes at = acc.attributes();
    const bool exclusive = at[0] != 0, backwards = at[1] != 0;
    const int axis = static_cast<int>(at[2]), lifted = axis + acc.batch_axes();
    const Shares s(acc, acc.kept_input(0), exclusive, backwards, axis);
    const Value g = exclusive ? shifted(given, lifted, !backwards, 0) : given;
    const Value decay = broadcast_to(s.decay, acc.lift(acc.shape(0)));
    acc.add(0, binary(Op::multiply, recurrence(decay, g, true, !backwards, lifted), s.share));
}

static Value logsumexp_forward(const Record&, const Tangents& t) {
    const Attributes at = t.attributes();
    const bool exclusive = at[0] != 0, backwards = at[1] != 0;
    const int axis = static_cast<int>(at[2]);
    const Shares s(t, t.kept_input(0), exclusive, backwards, axis);
    const Value terms = binary(Op::multiply, t.get(0), s.share);
    // A sum of nothing but -inf has no derivative, and no share in the sums behind it.
    const Value nothing = binary(
        Op::equal, s.y, Value::constant(s.y.dtype, -std::numeric_limits<double>::infinity()));
    const Value sums = recurrence(s.decay, select(nothing, Value::constant(terms.dtype, 0), terms),
                                  false, backwards, axis);
    const Value y = select(nothing, terms, sums);
    return exclusive ? shifted(y, axis, backwards, 0) : y;
}

void define_cumulative() {
    OpInfo& sums = define_op(cumsum_op, "cumsum", 1, run_cumsum, cumsum_reverse, cumsum_forward);
    sums.kinds = kind_integer | kind_floating | kind_complex;
    sums.half = InFloat16::inside;
    OpInfo& products =
        define_op(cumprod_op, "cumprod", 1, run_cumprod, cumprod_reverse, cumprod_forward);
    products.kinds = sums.kinds;
    products.half = InFloat16::outside;
    products.reads[0] = 1 << 0;
    OpInfo& logarithms = define_op(logsumexp_op, "cumulative_logsumexp", 1,
                                   run_cumulative_logsumexp, logsumexp_reverse, logsumexp_forward);
    logarithms.kinds = kind_floating;
    logarithms.half = InFloat16::outside;
    logarithms.reads[0] = 1 << 0 | reads_output;
    OpInfo& linear = define_op(recurrence_op, "linear_recurrence", 2, run_recurrence,
                               recurrence_reverse, recurrence_forward);
    linear.kinds = sums.kinds;
    linear.half = InFloat16::outside;
    linear.reads[0] = 1 << 0 | reads_output;
    linear.reads[1] = 1 << 0;
    for (OpCode op : {cumsum_op, cumprod_op, logsumexp_op, recurrence_op}) {
        op_table[op].attributes = 3;
        op_table[op].flag_attributes = 2;
        op_table[op].batched = op == recurrence_op ? batched_recurrence : batch_axis<2>;
        if (op != recurrence_op) op_table[op].pattern = cumsum_pattern;
    }
}

}  // namespace ag
