// Arrays with some of their elements replaced: along a view, or at rows picked by indices; and with
// the smaller or larger of what meets there.

#include <algorithm>
#include <vector>

#include "../kernels/loops.h"
#include "../pattern.h"
#include "../sweep.h"
#include "../update.h"
#include "batch.h"
#include "define.h"
#include "walk.h"

namespace ag {

namespace {

OpCode put_op, update_op, sum_op, min_op, max_op, last_op, flat_op;

}  // namespace

// ---------------------------------------------------------------- along a view

void put_along_view(Value& target, const ViewSpec& spec, const Value& values) {
    if (values.size() == 0) return;
    i64 strides[max_rank], own[max_rank] = {};
    const i64 none_[1] = {0};
    const i64 offset = layout(spec, target.is_array ? target.array->strides() : none_, strides);
    if (values.is_array) std::copy_n(values.array->strides(), values.rank(), own);
    copy_strided(itemsize(target.dtype), spec.out, values.data(), own,
                 target.mutable_data() + offset, strides);
}

// Attributes: the view, which has no element twice.
Value put(const Value& x, const ViewSpec& spec, const Value& values) {
    return put(Value(x), spec, values);
}

Value put(Value&& x, const ViewSpec& spec, const Value& values) {
    Attributes packed;
    pack(spec, packed);
    const Value* const inputs[] = {&x, &values};
    return call(put_op, Call(packed.begin(), packed.size(), inputs, 2, give_up(x)));
}

static Value run_put(const Call& given) {
    require_same_dtype("put", given[0], given[1]);
    const ViewSpec spec = unpack(given.attributes(), given.attribute_count());
    if (given[1].shape() != spec.out)
        fail("[put] values of shape " + given[1].shape().text() + " for a part of shape " +
             spec.out.text());
    Value y = given.take_first();
    put_along_view(y, spec, given[1]);
    return y;
}

namespace {

template <class Rule>
ViewSpec spec_of(const Rule& rule) {
    const Attributes a = rule.attributes();
    return unpack(a.begin(), a.size());
}

}  // namespace

static void put_reverse(const Record&, const Value& g, Accumulator& acc) {
    const ViewSpec spec = acc.lift(spec_of(acc));
    if (!acc.wants(0)) return acc.add(1, view(g, spec));
    // The part is copied, and the rest stays where it is: so that an array that was filled piece by
    // piece costs what its pieces do.
    if (acc.wants(1)) {
        Value part = view(g, spec);
        make_writable(part);
        acc.add(1, std::move(part));
    }
    const Value none_ = zeros(g.dtype, spec.out);
    acc.add(0, put(acc.take(), spec, none_));
}

static Value put_forward(const Record&, const Tangents& t) {
    const ViewSpec spec = spec_of(t);
    const Value part = t.has(1) ? t.get(1) : zeros(t.dtype(), spec.out);
    if (Value* x = t.spare_first()) return put(std::move(*x), spec, part);
    return put(t.has(0) ? t.get(0) : zeros(t.dtype(), t.output_shape()), spec, part);
}

static Value batched_put(const Batch& b) {
    const Attributes a = b.attributes();
    return put(b.whole(0), in_front(b.extent(), unpack(a.begin(), a.size())), b.whole(1));
}

// ---------------------------------------------------------------- at picked rows

namespace {

template <class T>
T ordered(T x) {
    return x;
}
float ordered(Half x) { return to_float(x); }
float ordered(Brain x) { return to_float(x); }

template <Combine How, class T>
void combine(T& y, const T& x) {
    // As TensorFlow has it, a NaN stays, and does not come in.
    if (How == Combine::smaller ? ordered(x) < ordered(y) : ordered(x) > ordered(y)) y = x;
}

template <Combine How>
void combine_rows(Value& target, const Value& indices, const PickedRows& rows,
                  const Value& values) {
    dispatch(target.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (is_narrow_type<T> || (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)) {
            const T* x = reinterpret_cast<const T*>(values.data());
            const i64* index = reinterpret_cast<const i64*>(indices.data());
            char* const data = target.mutable_data();
            for (i64 i = 0; i < indices.size(); ++i)
                each_run(rows.block, rows.block_strides, rows.offset(index[i]),
                         [&](i64 offset, i64 count, i64 step) {
                             char* place = data + offset;
                             for (i64 k = 0; k < count; ++k, ++x, place += step)
                                 combine<How>(*reinterpret_cast<T*>(place), *x);
                         });
        } else {
            no_rule(How == Combine::smaller ? "scatter_min" : "scatter_max", target.dtype,
                    kind_integer | kind_floating);
        }
    });
}

void write_rows(Value& target, const Value& indices, const PickedRows& rows, const Value& values) {
    const int item = itemsize(target.dtype);
    i64 strides[max_rank];
    const i64 bytes = rows.own_strides(item, strides);
    const bool together = rows.in_one_piece(item);
    const i64* index = reinterpret_cast<const i64*>(indices.data());
    const char* source = values.data();
    for (i64 i = 0; i < indices.size(); ++i, source += bytes) {
        char* place = target.mutable_data() + rows.offset(index[i]);
        if (together)
            copy_bytes(place, source, bytes);
        else
            copy_strided(item, rows.block, source, strides, place, rows.block_strides);
    }
}

}  // namespace

void scatter_into(Value& target, const Value& indices, Axes axes, const Value& values,
                  Combine how) {
    if (how == Combine::sum) return add_rows(target, indices, axes, values);
    const Value c = contiguous(values);
    if (c.size() == 0) return;
    const i64 own[1] = {itemsize(target.dtype)};
    const PickedRows rows(target.shape(), target.is_array ? target.array->strides() : own, axes);
    if (how == Combine::replaced)
        write_rows(target, indices, rows, c);
    else if (how == Combine::smaller)
        combine_rows<Combine::smaller>(target, indices, rows, c);
    else
        combine_rows<Combine::larger>(target, indices, rows, c);
}

namespace {

OpCode code_of(Combine how) {
    switch (how) {
        case Combine::replaced: return update_op;
        case Combine::sum: return sum_op;
        case Combine::smaller: return min_op;
        default: return max_op;
    }
}

// What is checked of rows that meet those of an array.
Value checked_rows(const Value& x, const Value& indices, Axes axes, const Value& values,
                   const char* operation) {
    if (x.dtype != values.dtype)
        fail(ErrorKind::dtype, std::string("[") + operation + "] updates of dtype " +
                                   name(values.dtype) + " for a tensor of dtype " + name(x.dtype));
    const Value flat = row_indices(indices, row_count(x.shape(), axes), operation);
    const Shape shape = gathered_shape(x.shape(), axes, flat);
    if (values.shape() != shape)
        fail(std::string("[") + operation + "] updates of shape " + values.shape().text() +
             " where indices of shape " + flat.shape().text() + " take " + shape.text());
    return flat;
}

}  // namespace

// Attributes: the axes that are indexed, flattened together.
Value scatter(Combine how, const Value& x, const Value& indices, Axes axes, const Value& values) {
    return call(code_of(how), {static_cast<i64>(axes)}, {&x, &values, &indices});
}

Value replace_rows(Value&& x, const Value& indices, Axes axes, const Value& values) {
    const i64 attributes[] = {static_cast<i64>(axes)};
    const Value* const inputs[] = {&x, &values, &indices};
    return call(update_op, Call(attributes, 1, inputs, 3, give_up(x)));
}

template <Combine How>
static Value run_scatter(const Call& given) {
    constexpr int kinds =
        kind_integer | kind_floating | (How == Combine::sum ? int{kind_complex} : 0);
    if (How != Combine::replaced && !(kind_of(given[0].dtype) & kinds))
        no_rule(op_text[code_of(How)].called, given[0].dtype, kinds);
    const Axes axes = static_cast<Axes>(given.attribute(0));
    const Value flat =
        checked_rows(given[0], given[2], axes, given[1], op_text[code_of(How)].called);
    Value y = given.take_first();
    scatter_into(y, flat, axes, given[1], How);
    return y;
}

void scatter_checked(Value& target, const Value& indices, Axes axes, const Value& values,
                     Combine how, const char* operation) {
    const Value flat = checked_rows(target, indices, axes, values, operation);
    make_writable(target);
    scatter_into(target, flat, axes, values, how);
}

// Of indices into `rows` rows, those after which no other one names the same row.
static Value run_last(const Call& given) {
    const i64 rows = given.attribute(0);
    const Value flat = row_indices(given[0], rows, "scatter");
    Value y = make_value(DType::boolean, flat.shape());
    bool* last = reinterpret_cast<bool*>(y.mutable_data());
    const i64* index = reinterpret_cast<const i64*>(flat.data());
    std::vector<bool> seen(static_cast<std::size_t>(rows));
    for (i64 i = flat.size(); i-- > 0;) {
        const auto row = static_cast<std::size_t>(index[i]);
        last[i] = !seen[row];
        seen[row] = true;
    }
    return y;
}

static Value batched_last(const Batch& b) {
    const i64 rows = b.attributes()[0];
    const Value all = rows_of_all(b[0], b.extent(), rows);
    return call(last_op, {rows * b.extent()}, {&all});
}

namespace {

// The axes of a call, with that of a batch of cotangents.
Axes lifted_axes(const Accumulator& acc) {
    return static_cast<Axes>(acc.attributes()[0]) << acc.batch_axes();
}

// `x`, which has a value for each index, with axes of 1 behind, for those of a row.
Value beside_rows(const Value& x, const Shape& shape, Axes axes) {
    Shape wide = x.shape();
    for (int k = 0; k < shape.rank; ++k)
        if (!(axes >> k & 1)) wide.push(1);
    return reshape(x, wide);
}

}  // namespace

static void update_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value indices = acc.kept_input(2);
    const Axes axes = static_cast<Axes>(acc.attributes()[0]);
    const Shape& shape = acc.output_shape();
    if (acc.wants(1)) {
        const Value last = call(last_op, {row_count(shape, axes)}, {&indices});
        const Value picked = acc.picked(g, indices, axes);
        acc.add(1, select(beside_rows(last, shape, axes), picked, zeros(g.dtype, picked.shape())));
    }
    if (acc.wants(0)) {
        const Axes lifted = lifted_axes(acc);
        const Value none_ = zeros(g.dtype, gathered_shape(g.shape(), lifted, indices));
        acc.add(0, replace_rows(acc.take(), indices, lifted, none_));
    }
}

static Value update_forward(const Record&, const Tangents& t) {
    const Axes axes = static_cast<Axes>(t.attributes()[0]);
    const Value indices = t.kept_input(2);
    const Shape& shape = t.output_shape();
    const Value values =
        t.has(1) ? t.get(1) : zeros(t.dtype(), gathered_shape(shape, axes, indices));
    if (Value* x = t.spare_first()) return replace_rows(std::move(*x), indices, axes, values);
    const Value x = t.has(0) ? t.get(0) : zeros(t.dtype(), shape);
    return scatter(Combine::replaced, x, indices, axes, values);
}

static void sum_reverse(const Record&, const Value& g, Accumulator& acc) {
    if (acc.wants(0)) acc.add(0, Value(g));
    if (acc.wants(1))
        acc.add(1, acc.picked(g, acc.kept_input(2), static_cast<Axes>(acc.attributes()[0])));
}

static Value sum_forward(const Record&, const Tangents& t) {
    if (!t.has(1)) return t.get(0);
    const Axes axes = static_cast<Axes>(t.attributes()[0]);
    const Value indices = t.kept_input(2);
    if (!t.has(0)) return scatter_add(t.get(1), indices, t.output_shape(), axes);
    return scatter(Combine::sum, t.get(0), indices, axes, t.get(1));
}

static void sum_pattern(Dependence& d) {
    if (d.constant(2) == nullptr) return d.meet_all();
    const Value numbers = numbered(d.shape());
    d.meet(0, numbers, numbers);
    d.meet(1, gather(numbers, *d.constant(2), false, static_cast<Axes>(d.attribute(0))), numbers);
}

namespace {

// All that are equal to what an element has become share its derivative equally.
struct Shares {
    Value indices;
    Axes axes;
    Value of_x, of_values, count;

    template <class Rule>
    explicit Shares(const Rule& rule)
        : indices(rule.kept_input(2)), axes(static_cast<Axes>(rule.attributes()[0])) {
        const Value x = stop(rule.kept_input(0)), values = stop(rule.kept_input(1));
        const Value y = stop(rule.kept_output());
        of_x = cast(binary(Op::equal, x, y), x.dtype);
        of_values = cast(binary(Op::equal, values, gather(y, indices, false, axes)), x.dtype);
        count = binary(Op::add, of_x, scatter_add(of_values, indices, x.shape(), axes));
    }
};

}  // namespace

static void extremum_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Shares shares(acc);
    const Value each = binary(Op::divide, g, shares.count);
    if (acc.wants(0)) acc.add(0, binary(Op::multiply, each, shares.of_x));
    if (acc.wants(1))
        acc.add(1, binary(Op::multiply, acc.picked(each, shares.indices, shares.axes),
                          shares.of_values));
}

static Value extremum_forward(const Record&, const Tangents& t) {
    const Shares shares(t);
    Value sum = zeros(t.dtype(), t.output_shape());
    if (t.has(0)) sum = binary(Op::multiply, t.get(0), shares.of_x);
    if (t.has(1))
        sum = binary(Op::add, sum,
                     scatter_add(binary(Op::multiply, t.get(1), shares.of_values), shares.indices,
                                 t.output_shape(), shares.axes));
    return binary(Op::divide, sum, shares.count);
}

template <Combine How>
static Value batched_scatter(const Batch& b) {
    const Axes axes = static_cast<Axes>(b.attributes()[0]);
    const Value x = b.whole(0);
    if (!b.has_axis(2))
        return scatter(How, x, b[2], axes << 1, move_axis(b.whole(1), 0, b.rank(2)));
    const Value indices = rows_of_all(b[2], b.extent(), row_count(b.shape(0), axes));
    return scatter(How, x, indices, axes << 1 | 1, b.whole(1));
}

// ---------------------------------------------------------------- item assignment

namespace {

// If `make` fails, the tensor is as it was.
template <class F>
void rebind(TensorData& t, F make) {
    const u32 node = active_node(t);
    if (active_log != nullptr) active_log->prepare(1);  // nothing fails once x has been written to
    Value x;
    x.swap(t.value);  // so that x alone holds the array
    const u32 before = x.node;
    Value y;
    try {
        x.node = node;
        y = make(std::move(x));
    } catch (...) {
        x.node = before;
        x.swap(t.value);
        throw;
    }
    t.value.node = before;
    if (t.in_side) t.forget_sides();
    t.in_side = false;
    t.epoch = 0;
    t.used_at = no_node;
    if (t.assigned < 255) ++t.assigned;
    bind_result(t, y);
}

}  // namespace

void assign(TensorData& t, const ViewSpec& spec, const Value& values) {
    rebind(t, [&](Value&& x) { return put(std::move(x), spec, values); });
}

void assign_rows(TensorData& t, const Value& indices, Axes axes, const Value& values) {
    rebind(t, [&](Value&& x) { return replace_rows(std::move(x), indices, axes, values); });
}

// ---------------------------------------------------------------- indices of several axes

// Attributes: extents. The last axis of the indices has one for each of them.
Value flat_indices(const Value& indices, const Shape& extents) {
    const Value* const inputs[] = {&indices};
    return call(flat_op, Call(extents.dims, static_cast<std::size_t>(extents.rank), inputs, 1));
}

namespace {

// False if one of the indices is out of range.
template <class T>
bool flatten(const T* next, i64 tuples, const i64* extents, i64 count, i64* flat) {
    bool good = true;
    const auto in_range = [&](T given, i64 extent) {
        i64 index = static_cast<i64>(given);
        if constexpr (std::is_signed_v<T>) index += index < 0 ? extent : 0;
        // As 64-bit signed numbers the largest unsigned ones are negative.
        good &= static_cast<u64>(index) < static_cast<u64>(extent);
        return index;
    };
    if (count == 1) {
        for (i64 i = 0; i < tuples; ++i) flat[i] = in_range(next[i], extents[0]);
        return good;
    }
    for (i64 i = 0; i < tuples; ++i) {
        i64 sum = 0;
        for (i64 k = 0; k < count; ++k, ++next)
            sum = static_cast<i64>(static_cast<u64>(sum) * static_cast<u64>(extents[k]) +
                                   static_cast<u64>(in_range(*next, extents[k])));
        flat[i] = sum;
    }
    return good;
}

template <class T>
[[noreturn]] void out_of_range(const T* next, const i64* extents, i64 count) {
    for (i64 i = 0;; ++i)
        for (i64 k = 0; k < count; ++k, ++next) {
            i64 one;
            if (!flatten(next, 1, extents + k, 1, &one))
                fail(ErrorKind::index, "index " + std::to_string(*next) + " at position " +
                                           std::to_string(k) + " of indices[" + std::to_string(i) +
                                           "] is out of bounds for axis " + std::to_string(k) +
                                           " with size " + std::to_string(extents[k]));
        }
}

}  // namespace

static Value run_flat(const Call& given) {
    const Value x = contiguous(given[0]);
    const i64* const extents = given.attributes();
    const i64 count = static_cast<i64>(given.attribute_count());
    Shape shape = x.shape();
    --shape.rank;
    Value y = make_value(DType::int64, shape);
    i64* flat = reinterpret_cast<i64*>(y.mutable_data());
    dispatch(x.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
            const T* const next = reinterpret_cast<const T*>(x.data());
            if (!flatten(next, y.size(), extents, count, flat)) out_of_range(next, extents, count);
        } else {
            no_rule("indices", x.dtype, kind_integer);
        }
    });
    return y;
}

// ----------------------------------------------------------------

void define_scatter() {
    OpInfo& putting = define_op(put_op, "put", 2, run_put, put_reverse, put_forward);
    putting.attributes = any_number;
    putting.pattern = pattern_moved;
    putting.batched = batched_put;
    putting.scatter = Scatter::moved;
    OpInfo& updating = define_op(update_op, "scatter_update", 2, run_scatter<Combine::replaced>,
                                 update_reverse, update_forward);
    updating.pattern = pattern_moved;
    updating.batched = batched_scatter<Combine::replaced>;
    OpInfo& adding =
        define_op(sum_op, "scatter_sum", 2, run_scatter<Combine::sum>, sum_reverse, sum_forward);
    adding.pattern = sum_pattern;
    adding.batched = batched_scatter<Combine::sum>;
    updating.reads[0] = updating.reads[1] = adding.reads[1] = 1 << 2;
    OpInfo& smaller = define_op(min_op, "scatter_min", 2, run_scatter<Combine::smaller>,
                                extremum_reverse, extremum_forward);
    smaller.batched = batched_scatter<Combine::smaller>;
    OpInfo& larger = define_op(max_op, "scatter_max", 2, run_scatter<Combine::larger>,
                               extremum_reverse, extremum_forward);
    larger.batched = batched_scatter<Combine::larger>;
    for (OpInfo* op : {&smaller, &larger}) {
        op->half = InFloat16::inside;
        op->reads[0] = op->reads[1] = 1 << 0 | 1 << 1 | 1 << 2 | reads_output;
    }
    for (OpInfo* op : {&updating, &adding, &smaller, &larger}) {
        op->inputs = 3;
        op->attributes = 1;
    }
    OpInfo& last = define_op(last_op, "last_of_rows", 0, run_last, nullptr, nullptr);
    last.inputs = 1;
    last.attributes = 1;
    last.batched = batched_last;
    OpInfo& flat = define_op(flat_op, "flat_indices", 0, run_flat, nullptr, nullptr);
    flat.inputs = 1;
    flat.attributes = any_number;
    flat.batched = batch_aligned;
}

}  // namespace ag
