// Sums and extrema of the rows that carry the same number, their segment's.
//
// Numbers of segments are integers of any shape; behind their axes, x has those of one row, and in
// front of them, with `leading`, axes along which each array is taken by itself. A row with a
// negative number is in no segment.

#include <algorithm>
#include <limits>

#include "../kernels/loops.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "reduction.h"

namespace ag {

namespace {

OpCode sum_op, pick_op, max_op, min_op, numbers_op;

// The numbers as contiguous int64, below `segments`; what is not says so. With `sorted`, they
// may neither fall nor be negative.
Value segment_numbers(const Value& ids, i64 segments, bool sorted) {
    if (!is_integer(ids.dtype))
        fail(ErrorKind::dtype, std::string("segment_ids must be integers, not ") + name(ids.dtype));
    Value numbers = ids.detached();
    if (ids.dtype != DType::int64 || !ids.contiguous()) {
        numbers = make_value(DType::int64, ids.shape());
        convert_into(ids, ids.shape(), DType::int64, numbers.mutable_data());
    }
    const i64* number = reinterpret_cast<const i64*>(numbers.data());
    // The sign of the difference tells whether one may be too large; mostly none is.
    u64 suspects = sorted ? ~u64{0} : 0;
    for (i64 i = 0; i < numbers.size() && !sorted; ++i)
        suspects |= static_cast<u64>(segments - 1) - static_cast<u64>(number[i]);
    if (suspects >> 63 == 0) return numbers;
    i64 before = 0;
    for (i64 i = 0; i < numbers.size(); ++i) {
        if (sorted && number[i] < before)
            fail(number[i] < 0 ? "segment_ids[" + std::to_string(i) +
                                     "] = " + std::to_string(number[i]) + " is negative"
                               : std::string("segment ids are not increasing"));
        if (sorted && number[i] >= segments)  // the last one says how many there are
            fail("segment ids are not increasing");
        if (sorted) before = number[i];
        if (number[i] >= segments)
            fail("segment_ids[" + std::to_string(i) + "] = " + std::to_string(number[i]) +
                 " is out of range [0, " + std::to_string(segments) + ")");
    }
    return numbers;
}

// How an array divides: arrays in front, rows with a number, elements of a row.
struct Parts {
    i64 arrays = 1, inner = 1;
    Shape front, row;

    // Of x, or of the result with its one axis of segments.
    Parts(const Shape& shape, int leading, int numbered_axes) {
        for (int k = 0; k < shape.rank; ++k) {
            if (k < leading) {
                arrays *= shape[k];
                front.push(shape[k]);
            } else if (k >= leading + numbered_axes) {
                inner *= shape[k];
                row.push(shape[k]);
            }
        }
    }
    Shape with(const Shape& middle) const {
        Shape all = front;
        for (int k = 0; k < middle.rank; ++k) all.push(middle[k]);
        for (int k = 0; k < row.rank; ++k) all.push(row[k]);
        return all;
    }
};

// Checks that the axes of x begin with those of the numbers, behind the leading ones.
Parts parts_of(const Value& x, const Value& ids, int leading) {
    const Shape shape = x.shape(), numbers = ids.shape();
    if (leading < 0 || leading + numbers.rank > shape.rank ||
        !std::equal(numbers.dims, numbers.dims + numbers.rank, shape.dims + leading))
        fail("data.shape = " + shape.text() +
             " does not start with segment_ids.shape = " + numbers.text());
    return Parts(shape, leading, numbers.rank);
}

// Calls f(place, source, inner) for each row: where its segment is in the result, and where it is.
template <class F>
void each_row(const Parts& parts, const Value& numbers, i64 segments, F f) {
    const i64* number = reinterpret_cast<const i64*>(numbers.data());
    const i64 rows = numbers.size(), inner = parts.inner;
    if (inner == 1 && parts.arrays == 1) {
        for (i64 i = 0; i < rows; ++i)
            if (number[i] >= 0) f(number[i], i, std::integral_constant<i64, 1>());
        return;
    }
    for (i64 array = 0; array < parts.arrays; ++array)
        for (i64 i = 0; i < rows; ++i)
            if (number[i] >= 0)
                f((array * segments + number[i]) * inner, (array * rows + i) * inner, inner);
}

}  // namespace

// Attributes: whether the numbers have to be sorted, how many segments there are, how many axes
// lead.
static Value segment_sum(const Value& x, const Value& ids, bool sorted, i64 segments, int leading) {
    return call(sum_op, {sorted, segments, leading}, {&x, &ids});
}

// For each row its segment's of x: the adjoint. 0 where it is in none.
static Value segment_pick(const Value& x, const Value& ids, int leading) {
    return call(pick_op, {leading}, {&x, &ids});
}

static Value run_segment_sum(const Call& given) {
    const i64 segments = given.attribute(1);
    if (segments < 0) fail("num_segments = " + std::to_string(segments) + " must not be negative");
    const Value x = contiguous(given[0]);
    const Parts parts = parts_of(x, given[1], static_cast<int>(given.attribute(2)));
    const Value numbers = segment_numbers(given[1], segments, given.attribute(0) != 0);
    Value y = make_zeros(x.dtype, parts.with(Shape{segments}));
    dispatch(x.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_same_v<T, bool> || is_narrow_type<T>) {
            no_rule("segment_sum", x.dtype, kinds_of_numbers);
        } else {
            const T* from = reinterpret_cast<const T*>(x.data());
            T* to = reinterpret_cast<T*>(y.mutable_data());
            const auto add = [&](auto* sums) {
                using S = std::remove_pointer_t<decltype(sums)>;
                each_row(parts, numbers, segments, [&](i64 place, i64 source, auto inner) {
                    for (i64 k = 0; k < inner; ++k)
                        sums[place + k] = static_cast<S>(sums[place + k] + S(from[source + k]));
                });
            };
            if constexpr (std::is_same_v<T, float> || std::is_same_v<T, Complex64>) {
                // Sums of millions of float32 would stop where the next one is less than a bit.
                using S = std::conditional_t<std::is_same_v<T, float>, double, Complex128>;
                std::vector<S> sums(static_cast<std::size_t>(y.size()));
                add(sums.data());
                for (std::size_t k = 0; k < sums.size(); ++k) to[k] = static_cast<T>(sums[k]);
            } else {
                add(to);
            }
        }
    });
    return y;
}

static Value run_segment_pick(const Call& given) {
    const Value x = contiguous(given[0]);
    const int leading = static_cast<int>(given.attribute(0));
    if (x.rank() <= leading) fail("[segment_pick] no axis of segments in " + x.shape().text());
    const i64 segments = x.extent(leading);
    const Parts parts(x.shape(), leading, 1);
    const Value numbers = segment_numbers(given[1], segments, false);
    Value y = make_zeros(x.dtype, parts.with(numbers.shape()));
    const i64 item = itemsize(x.dtype);
    const auto move = [&](auto word) {
        using W = decltype(word);
        const W* from = reinterpret_cast<const W*>(x.data());
        W* to = reinterpret_cast<W*>(y.mutable_data());
        each_row(parts, numbers, segments, [&](i64 place, i64 target, auto inner) {
            std::memcpy(to + target, from + place, static_cast<std::size_t>(inner) * sizeof(W));
        });
    };
    switch (item) {
        case 1: move(u8()); break;
        case 2: move(u16()); break;
        case 4: move(u32()); break;
        case 8: move(u64()); break;
        default: move(Complex128());
    }
    return y;
}

static void segment_sum_reverse(const Record&, const Value& g, Accumulator& acc) {
    const int leading = static_cast<int>(acc.attributes()[2]) + acc.batch_axes();
    acc.add(0, segment_pick(g, acc.kept_input(1), leading));
}

static Value segment_sum_forward(const Record&, const Tangents& t) {
    const Attributes a = t.attributes();
    return segment_sum(t.get(0), t.kept_input(1), a[0] != 0, a[1], static_cast<int>(a[2]));
}

static void segment_pick_reverse(const Record&, const Value& g, Accumulator& acc) {
    const int leading = static_cast<int>(acc.attributes()[0]);
    acc.add(0, segment_sum(g, acc.kept_input(1), false, acc.shape(0)[leading],
                           leading + acc.batch_axes()));
}

static Value segment_pick_forward(const Record&, const Tangents& t) {
    return segment_pick(t.get(0), t.kept_input(1), static_cast<int>(t.attributes()[0]));
}

// ---------------------------------------------------------------- extrema

// The attributes of sums. A segment without rows has 0 if they have to be sorted, else the end of
// the dtype's finite range, as in TensorFlow.
template <bool Largest>
static Value run_segment_extremum(const Call& given) {
    const bool sorted = given.attribute(0) != 0;
    const i64 segments = given.attribute(1);
    if (segments < 0) fail("num_segments = " + std::to_string(segments) + " must not be negative");
    const bool narrow = is_narrow(given[0].dtype);
    const Value x = contiguous(narrow ? converted(given[0], DType::float32) : given[0]);
    const Parts parts = parts_of(x, given[1], static_cast<int>(given.attribute(2)));
    const Value numbers = segment_numbers(given[1], segments, sorted);
    Value y = make_value(x.dtype, parts.with(Shape{segments}));
    dispatch(x.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
            const T* from = reinterpret_cast<const T*>(x.data());
            T* to = reinterpret_cast<T*>(y.mutable_data());
            T end = Largest ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max();
            if (narrow) {
                const float far = given[0].dtype == DType::float16 ? 65'504.0f : 0x1.fep127f;
                end = static_cast<T>(Largest ? -far : far);
            }
            std::fill_n(to, y.size(), sorted ? T(0) : end);
            std::vector<u8> seen(static_cast<std::size_t>(parts.arrays * segments));
            each_row(parts, numbers, segments, [&](i64 place, i64 source, auto inner) {
                u8& any = seen[static_cast<std::size_t>(inner == 0 ? 0 : place / inner)];
                for (i64 k = 0; k < inner; ++k) {
                    const T value = from[source + k], best = to[place + k];
                    // A NaN is put there, and stays: no comparison with it holds.
                    bool better = !any || (Largest ? value > best : value < best);
                    if constexpr (std::is_floating_point_v<T>) better = better || std::isnan(value);
                    if (better) to[place + k] = value;
                }
                any = 1;
            });
        } else {
            no_rule(Largest ? "segment_max" : "segment_min", x.dtype, kind_integer | kind_floating);
        }
    });
    return narrow ? converted(y, given[0].dtype) : y;
}

namespace {

// 1 for the elements that are their segment's extremum, and how many of them it has; in a dtype
// that can count them, which narrow dtypes cannot.
DType counting_dtype(DType t) { return is_narrow(t) ? DType::float32 : t; }

struct Ties {
    Value ties, count;
    template <class Rule>
    Ties(const Rule& rule, const Value& ids, i64 segments, int leading) {
        const Value x = stop(rule.kept_input(0)), y = stop(rule.kept_output());
        ties = cast(binary(Op::equal, x, segment_pick(y, ids, leading)), counting_dtype(x.dtype));
        // At least 1: of a segment without rows, or with a NaN, nothing has a derivative.
        count = binary(Op::maximum, segment_sum(ties, ids, false, segments, leading),
                       Value::constant(ties.dtype, 1));
    }
};

}  // namespace

static void segment_extremum_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes a = acc.attributes();
    const int leading = static_cast<int>(a[2]);
    const Value ids = acc.kept_input(1);
    const Ties t(acc, ids, a[1], leading);
    const Value share = binary(Op::divide, cast(g, t.count.dtype), t.count);
    const Value shares = segment_pick(share, ids, leading + acc.batch_axes());
    acc.add(0, cast(binary(Op::multiply, shares, t.ties), g.dtype));
}

static Value segment_extremum_forward(const Record&, const Tangents& t) {
    const Attributes a = t.attributes();
    const int leading = static_cast<int>(a[2]);
    const Value ids = t.kept_input(1);
    const Ties found(t, ids, a[1], leading);
    const Value parts = binary(Op::multiply, cast(t.get(0), found.ties.dtype), found.ties);
    const Value sums = segment_sum(parts, ids, false, a[1], leading);
    return cast(binary(Op::divide, sums, found.count), t.dtype());
}

// ---------------------------------------------------------------- with an axis in front

// Numbers in range, what is in no segment as -1: what a batch needs of them before it counts on.
static Value run_segment_numbers(const Call& given) {
    return segment_numbers(given[0], given.attribute(0), false);
}

namespace {

// Numbers of the segments of each array of a batch, as those of the segments of all of them.
Value numbers_of_all(const Value& ids, i64 extent, i64 segments) {
    Shape shape{extent};
    for (int k = 1; k < ids.rank(); ++k) shape.push(1);
    Value first = make_value(DType::int64, shape);
    for (i64 i = 0; i < extent; ++i) reinterpret_cast<i64*>(first.mutable_data())[i] = i * segments;
    const Value numbers = call(numbers_op, {segments}, {&ids});
    const Value none = Value::constant(DType::int64, -1);
    return select(binary(Op::less, numbers, Value::constant(DType::int64, 0)), none,
                  binary(Op::add, numbers, first));
}

}  // namespace

// Attribute K is the number of leading axes.
static Value batched_segments(const Batch& b) {
    Attributes a = b.attributes();
    const i64 leading = a[2], segments = a[1];
    if (!b.has_axis(1)) {
        a[2] += 1;
        return b.call(a);
    }
    // The axis of the batch, behind those that lead, is one of the numbers.
    const int at = static_cast<int>(leading);
    a[1] = segments * b.extent();
    const Value y =
        b.call(a, {move_axis(b.whole(0), 0, at), numbers_of_all(b[1], b.extent(), segments)});
    Shape shape = y.shape();
    Shape apart(shape.dims, at);
    apart.push(b.extent());
    apart.push(segments);
    for (int k = at + 1; k < shape.rank; ++k) apart.push(shape[k]);
    return move_axis(reshape(y, apart), at, 0);
}

static Value batched_segment_pick(const Batch& b) {
    Attributes a = b.attributes();
    if (!b.has_axis(1)) {
        a[0] += 1;
        return b.call(a);
    }
    const int at = static_cast<int>(a[0]);
    const Value x = move_axis(b.whole(0), 0, at);
    Shape together(x.shape().dims, at);
    together.push(x.extent(at) * x.extent(at + 1));
    for (int k = at + 2; k < x.rank(); ++k) together.push(x.extent(k));
    const Value ids = numbers_of_all(b[1], b.extent(), x.extent(at + 1));
    return move_axis(b.call(a, {reshape(x, together), ids}), at, 0);
}

// The number of each row's element of the result; -1 if it is in no segment.
static Value numbers_by_row(const Shape& shape, const Value& ids, int leading) {
    return binary(Op::subtract, segment_pick(numbered(shape, 1), ids, leading),
                  Value::constant(DType::int64, 1));
}

static void segments_pattern(Dependence& d) {
    if (d.constant(1) == nullptr) return d.meet_all();
    d.meet(0, numbers_by_row(d.shape(), *d.constant(1), static_cast<int>(d.attribute(2))),
           numbered(d.shape()));
}

static void segment_pick_pattern(Dependence& d) {
    if (d.constant(1) == nullptr) return d.meet_all();
    d.meet(0, numbered(d.shape(0)),
           numbers_by_row(d.shape(0), *d.constant(1), static_cast<int>(d.attribute(0))));
}

void define_segments() {
    OpInfo& sums = define_op(sum_op, "segment_sum", 1, run_segment_sum, segment_sum_reverse,
                             segment_sum_forward);
    sums.half = InFloat16::inside;
    sums.reads[0] = 1 << 1;
    for (OpCode* code : {&max_op, &min_op}) {
        const bool largest = code == &max_op;
        OpInfo& extrema =
            define_op(*code, largest ? "segment_max" : "segment_min", 1,
                      largest ? run_segment_extremum<true> : run_segment_extremum<false>,
                      segment_extremum_reverse, segment_extremum_forward);
        extrema.reads[0] = 1 << 0 | 1 << 1 | reads_output;
    }
    for (OpCode op : {sum_op, max_op, min_op}) {
        op_table[op].inputs = 2;
        op_table[op].attributes = 3;
        op_table[op].flag_attributes = 1;
        op_table[op].batched = batched_segments;
        op_table[op].pattern = segments_pattern;
    }
    OpInfo& picks = define_op(pick_op, "segment_pick", 1, run_segment_pick, segment_pick_reverse,
                              segment_pick_forward);
    picks.inputs = 2;
    picks.attributes = 1;
    picks.reads[0] = 1 << 1;
    picks.batched = batched_segment_pick;
    picks.pattern = segment_pick_pattern;
    OpInfo& numbers =
        define_op(numbers_op, "segment_numbers", 0, run_segment_numbers, nullptr, nullptr);
    numbers.attributes = 1;
    numbers.batched = batch_aligned;
}

}  // namespace ag
