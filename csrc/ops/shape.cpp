// Operations that move elements without computing: all are linear, and each rule is the adjoint.

#include <memory>

#include "../kernels/loops.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "walk.h"

namespace ag {

namespace {

OpCode reshape_op, broadcast_op, view_op, unview_op, concat_op, stack_op;

// A view on x's memory; 0-d results become numbers.
Value view_of(const Value& x, const char* data, const Shape& shape, const i64* strides) {
    if (shape.rank == 0 && fits_inline(x.dtype)) {
        Value v;
        v.dtype = x.dtype;
        std::memcpy(&v.bits, data, static_cast<std::size_t>(itemsize(x.dtype)));
        return v;
    }
    Array* base = as_array(x);
    if (!x.is_array) data = base->data;
    Value result;
    try {
        result = Value::take(Array::view(base, x.dtype, const_cast<char*>(data), shape, strides));
    } catch (...) {
        base->drop();
        throw;
    }
    base->drop();
    return result;
}

}  // namespace

namespace {

// Nothing is recorded or checked: attributes, which take longer than an element, are for nobody.
bool is_for_nobody(const Value& x) {
    return (active_log == nullptr || x.node == no_node) && !checking;
}

// Of an operation that is told the shape of its result.
Value call_for(OpCode op, const Shape& shape, const Value& x) {
    const Value* const inputs[] = {&x};
    return call(op, Call(shape.dims, static_cast<std::size_t>(shape.rank), inputs, 1));
}

Value call_with(OpCode op, const Attributes& attributes, const Value& x) {
    const Value* const inputs[] = {&x};
    return call(op, Call(attributes.begin(), attributes.size(), inputs, 1));
}

Shape shape_of(const Call& given) {
    return Shape(given.attributes(), static_cast<int>(given.attribute_count()));
}

Shape extents_of(const Batch& b) {
    const Attributes a = b.attributes();
    return Shape(a.begin(), static_cast<int>(a.size()));
}

}  // namespace

// ---------------------------------------------------------------- reshape

static Value reshaped(const Value& x, const Shape& shape) {
    if (shape.size() != x.size())
        fail("[reshape] Input to reshape is a tensor with " + std::to_string(x.size()) +
             " values, but the requested shape " + shape.text() + " has " +
             std::to_string(shape.size()));
    const Value c = contiguous(x);
    i64 strides[max_rank];
    i64 stride = itemsize(x.dtype);
    for (int k = shape.rank - 1; k >= 0; --k) {
        strides[k] = stride;
        stride *= std::max<i64>(shape[k], 1);
    }
    return view_of(c, c.data(), shape, strides);
}

Value reshape(const Value& x, const Shape& shape) {
    if (x.shape() == shape) return x;
    return is_for_nobody(x) ? reshaped(x, shape) : call_for(reshape_op, shape, x);
}

static Value run_reshape(const Call& given) { return reshaped(given[0], shape_of(given)); }

static void reshape_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, reshape(g, acc.lift(acc.shape(0))));
}

static Value reshape_forward(const Record&, const Tangents& t) {
    return reshape(t.get(0), t.output_shape());
}

static Value batched_reshape(const Batch& b) {
    return reshape(b[0], in_front(b.extent(), extents_of(b)));
}

Shape in_front(i64 extent, const Shape& shape) {
    Shape longer{extent};
    for (int k = 0; k < shape.rank; ++k) longer.push(shape[k]);
    return longer;
}

Value expand_dims(const Value& x, int axis) {
    Shape shape;
    for (int k = 0; k <= x.rank(); ++k) {
        if (k == axis) shape.push(1);
        if (k < x.rank()) shape.push(x.extent(k));
    }
    return reshape(x, shape);
}

// ---------------------------------------------------------------- broadcast

static Value repeated(const Value& x, const Shape& shape) {
    const int lead = shape.rank - x.rank();
    i64 strides[max_rank] = {};
    bool fits = lead >= 0;
    for (int k = 0; fits && k < x.rank(); ++k) {
        const i64 extent = x.extent(k);
        if (extent == shape[lead + k])
            strides[lead + k] = x.array->strides()[k];
        else
            fits = extent == 1;
    }
    if (!fits)
        fail("[broadcast_to] Incompatible shapes: " + x.shape().text() + " vs. " + shape.text());
    return view_of(x, x.data(), shape, strides);
}

Value broadcast_to(const Value& x, const Shape& shape) {
    if (x.shape() == shape) return x;
    return is_for_nobody(x) ? repeated(x, shape) : call_for(broadcast_op, shape, x);
}

static Value run_broadcast(const Call& given) { return repeated(given[0], shape_of(given)); }

static void broadcast_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, acc.fit(0, g));
}

static Value broadcast_forward(const Record&, const Tangents& t) {
    return broadcast_to(t.get(0), t.output_shape());
}

static Value batched_broadcast(const Batch& b) {
    const Shape shape = extents_of(b);
    return broadcast_to(b.aligned(0, shape.rank), in_front(b.extent(), shape));
}

// ---------------------------------------------------------------- views

void pack(const ViewSpec& spec, Attributes& packed) {
    i64* next = packed.extend(static_cast<std::size_t>(1 + 3 * spec.in_rank + spec.out.rank));
    *next++ = spec.in_rank;
    for (int d = 0; d < spec.in_rank; ++d) {
        *next++ = spec.start[d];
        *next++ = spec.step[d];
        *next++ = spec.to[d];
    }
    std::copy_n(spec.out.dims, spec.out.rank, next);
}

ViewSpec unpack(const i64* next, std::size_t count) {
    ViewSpec spec;
    const i64* const end = next + count;
    spec.in_rank = static_cast<int>(*next++);
    for (int d = 0; d < spec.in_rank; ++d) {
        spec.start[d] = *next++;
        spec.step[d] = *next++;
        spec.to[d] = static_cast<int>(*next++);
    }
    spec.out = Shape(next, static_cast<int>(end - next));
    return spec;
}

ViewSpec in_front(i64 extent, const ViewSpec& spec) {
    if (spec.in_rank == max_rank) fail("a tensor has at most 32 dimensions");
    ViewSpec longer;
    longer.in_rank = spec.in_rank + 1;
    longer.out = in_front(extent, spec.out);
    longer.start[0] = 0;
    longer.step[0] = 1;
    longer.to[0] = 0;
    for (int d = 0; d < spec.in_rank; ++d) {
        longer.start[d + 1] = spec.start[d];
        longer.step[d + 1] = spec.step[d];
        longer.to[d + 1] = spec.to[d] < 0 ? -1 : spec.to[d] + 1;
    }
    return longer;
}

i64 layout(const ViewSpec& spec, const i64* strides, i64* out_strides) {
    std::fill_n(out_strides, spec.out.rank, i64{0});
    i64 offset = 0;
    for (int d = 0; d < spec.in_rank; ++d) {
        offset += spec.start[d] * strides[d];
        if (spec.to[d] >= 0) out_strides[spec.to[d]] += spec.step[d] * strides[d];
    }
    return spec.out.size() == 0 ? 0 : offset;
}

namespace {

// Of a record of a view, which has so many attributes that they are in its Extra.
ViewSpec spec_of(const Record& r) { return unpack(r.extra()->attributes); }

// The view that undoes a permutation or a reversal; false if the view drops or repeats elements.
bool inverse(const ViewSpec& spec, const Shape& shape, ViewSpec& out) {
    out.in_rank = spec.out.rank;
    out.out = shape;
    bool seen[max_rank] = {};
    for (int d = 0; d < spec.in_rank; ++d) {
        const int o = spec.to[d];
        if (o < 0) {
            if (shape[d] != 1) return false;
            continue;
        }
        const bool whole =
            spec.out[o] == shape[d] && ((spec.step[d] == 1 && spec.start[d] == 0) ||
                                        (spec.step[d] == -1 && spec.start[d] == shape[d] - 1));
        if (seen[o] || !whole) return false;
        seen[o] = true;
        out.to[o] = d;
        out.step[o] = spec.step[d];
        out.start[o] = spec.start[d];
    }
    for (int o = 0; o < spec.out.rank; ++o) {
        if (seen[o]) continue;
        if (spec.out[o] != 1) return false;
        out.to[o] = -1;
        out.start[o] = 0;
        out.step[o] = 0;
    }
    return true;
}

}  // namespace

static Value elements_along(const Value& x, const ViewSpec& spec) {
    i64 strides[max_rank];
    const i64 none_[1] = {0};
    const i64 offset = layout(spec, x.is_array ? x.array->strides() : none_, strides);
    return view_of(x, x.data() + offset, spec.out, strides);
}

Value view(const Value& x, const ViewSpec& spec) {
    if (is_for_nobody(x)) return elements_along(x, spec);
    Attributes packed;
    pack(spec, packed);
    return call_with(view_op, packed, x);
}

static Value run_view(const Call& given) {
    return elements_along(given[0], unpack(given.attributes(), given.attribute_count()));
}

static void view_reverse(const Record& r, const Value& g, Accumulator& acc) {
    acc.add_along(0, spec_of(r), g);
}

bool repeats_nothing(const ViewSpec& spec) {
    bool walked[max_rank] = {};
    for (int d = 0; d < spec.in_rank; ++d)
        if (spec.to[d] >= 0 && spec.step[d] != 0) walked[spec.to[d]] = true;
    for (int o = 0; o < spec.out.rank; ++o)
        if (!walked[o] && spec.out[o] > 1) return false;
    return true;
}

static bool view_reverse_scattered(const Record& r, const Value& values, const Value& rows,
                                   Accumulator& acc) {
    const ViewSpec spec = spec_of(r);
    if (!repeats_nothing(spec)) return false;
    acc.add_scattered_along(0, spec, {values, rows});
    return true;
}

static Value view_forward(const Record& r, const Tangents& t) { return view(t.get(0), spec_of(r)); }

static Value batched_view(const Batch& b) {
    const Attributes a = b.attributes();
    return view(b[0], in_front(b.extent(), unpack(a.begin(), a.size())));
}

bool takes_all_once(const ViewSpec& spec, const Shape& shape) {
    ViewSpec back;
    return inverse(spec, shape, back);
}

static Value zeros_but_along(const Value& g, const ViewSpec& spec, const Shape& shape) {
    Value y = make_zeros(g.dtype, shape);
    if (repeats_nothing(spec))
        put_along_view(y, spec, g);
    else
        add_along_view(y, spec, g);
    return y;
}

// Its attributes are the rank and the extents of the result, then the view.
Value unview(const Value& g, const ViewSpec& spec, const Shape& shape) {
    ViewSpec back;
    if (inverse(spec, shape, back)) return view(g, back);
    if (is_for_nobody(g)) return zeros_but_along(g, spec, shape);
    Attributes attributes;
    attributes.push_back(shape.rank);
    std::copy_n(shape.dims, shape.rank, attributes.extend(static_cast<std::size_t>(shape.rank)));
    pack(spec, attributes);
    return call_with(unview_op, attributes, g);
}

ViewSpec unviewed(const i64* attributes, std::size_t count) {
    const auto skipped = static_cast<std::size_t>(attributes[0]) + 1;
    return unpack(attributes + skipped, count - skipped);
}

static Value run_unview(const Call& given) {
    const i64* const a = given.attributes();
    return zeros_but_along(given[0], unviewed(a, given.attribute_count()),
                           Shape(a + 1, static_cast<int>(a[0])));
}

static void unview_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const std::vector<i64>& a = r.extra()->attributes;
    acc.add(0, view(g, acc.lift(unviewed(a.data(), a.size()))));
}

static Value unview_forward(const Record& r, const Tangents& t) {
    const std::vector<i64>& a = r.extra()->attributes;
    return unview(t.get(0), unviewed(a.data(), a.size()), t.output_shape());
}

static Value batched_unview(const Batch& b) {
    const Attributes a = b.attributes();
    const Shape shape(a.begin() + 1, static_cast<int>(a[0]));
    return unview(b[0], in_front(b.extent(), unviewed(a.begin(), a.size())),
                  in_front(b.extent(), shape));
}

static void unview_pattern(Dependence& d) {
    const std::vector<i64>& a = d.attributes();
    const Value numbers = numbered(d.shape());
    d.meet(0, view(numbers, unviewed(a.data(), a.size())), numbers);
}

void add_along_view(Value& target, const ViewSpec& spec, const Value& g) {
    if (g.size() == 0) return;
    i64 strides[max_rank];
    const i64 none_[1] = {0};
    const i64 offset = layout(spec, target.is_array ? target.array->strides() : none_, strides);
    add_along_runs(target, g, [&](auto add) { each_run(spec.out, strides, offset, add); });
}

Value transpose(const Value& x, const int* permutation) {
    ViewSpec spec;
    spec.in_rank = x.rank();
    spec.out.rank = x.rank();
    bool moves = false;
    for (int k = 0; k < spec.in_rank; ++k) {
        const int d = permutation[k];
        moves |= d != k;
        spec.start[d] = 0;
        spec.step[d] = 1;
        spec.to[d] = k;
        spec.out[k] = x.extent(d);
    }
    return moves ? view(x, spec) : x;
}

Value swap_last_axes(const Value& x) {
    int permutation[max_rank];
    for (int k = 0; k < x.rank(); ++k) permutation[k] = k;
    std::swap(permutation[x.rank() - 1], permutation[x.rank() - 2]);
    return transpose(x, permutation);
}

Value slice_axis(const Value& x, int axis, i64 start, i64 count, bool drop) {
    ViewSpec spec;
    spec.in_rank = x.rank();
    for (int d = 0; d < spec.in_rank; ++d) {
        spec.start[d] = d == axis ? start : 0;
        spec.step[d] = 1;
        if (d == axis && drop) {
            spec.to[d] = -1;
            continue;
        }
        spec.to[d] = spec.out.rank;
        spec.out.push(d == axis ? count : x.extent(d));
    }
    return view(x, spec);
}

// ---------------------------------------------------------------- concat and stack

namespace {

// Attributes: axis, whether the axis is new, then the extent of each part along it.
Value join(const std::vector<Value>& parts, int axis, bool is_new) {
    SmallVector<const Value*, 16> inputs;
    Attributes attributes;
    attributes.push_back(axis);
    attributes.push_back(is_new);
    for (const Value& p : parts) {
        inputs.push_back(&p);
        attributes.push_back(is_new ? 1 : p.extent(axis));
    }
    return call(is_new ? stack_op : concat_op,
                Call(attributes.begin(), attributes.size(), inputs.begin(), inputs.size()));
}

Value run_join(const Call& parts) {
    const int axis = static_cast<int>(parts.attribute(0));
    const bool is_new = parts.attribute(1) != 0;
    const DType dtype = parts[0].dtype;
    const auto extent = [&](std::size_t p) { return parts.attribute(2 + p); };
    Shape shape;
    i64 total = 0;
    for (std::size_t p = 0; p < parts.size(); ++p) total += extent(p);
    for (int k = 0; k <= parts[0].rank(); ++k) {
        if (k == axis) shape.push(total);
        if (k < parts[0].rank() && !(k == axis && !is_new)) shape.push(parts[0].extent(k));
    }
    Value y = make_value(dtype, shape);
    if (y.size() == 0) return y;
    const i64* const strides = y.array->strides();
    i64 outer = 1;
    for (int k = 0; k < axis; ++k) outer *= shape[k];
    // Long rows of what is contiguous are written in the order of the result; all else part by
    // part.
    struct Rows {
        const char* data;
        i64 bytes, place;
    };
    SmallVector<Rows, 16> rows;
    i64 place = 0;
    for (std::size_t p = 0; p < parts.size(); ++p) {
        const Value& part = parts[p];
        const i64 bytes = extent(p) * strides[axis];
        if (part.contiguous() && (bytes >= 64 || outer == 1)) {
            rows.push_back({part.data(), bytes, place});
        } else if (part.is_array) {
            i64 to[max_rank];
            for (int k = 0; k < part.rank(); ++k) to[k] = strides[is_new && k >= axis ? k + 1 : k];
            copy_strided(itemsize(dtype), part.shape(), part.data(), part.array->strides(),
                         y.array->data + place, to);
        }
        place += bytes;
    }
    for (i64 o = 0; o < outer; ++o)
        for (const Rows& r : rows)
            copy_bytes(y.array->data + o * place + r.place, r.data + o * r.bytes, r.bytes);
    return y;
}

}  // namespace

Value concat(const std::vector<Value>& parts, int axis) { return join(parts, axis, false); }
Value stack(const std::vector<Value>& parts, int axis) { return join(parts, axis, true); }

static void join_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const Attributes a = acc.attributes();
    const int axis = static_cast<int>(a[0]) + acc.batch_axes();
    i64 start = 0;
    for (int k = 0; k < r.input_count(); ++k) {
        const i64 extent = a[2 + static_cast<std::size_t>(k)];
        if (acc.wants(k)) acc.add(k, slice_axis(g, axis, start, extent, a[1] != 0));
        start += extent;
    }
}

static Value join_forward(const Record& r, const Tangents& t) {
    const Attributes a = t.attributes();
    const int axis = static_cast<int>(a[0]);
    const bool is_new = a[1] != 0;
    std::vector<Value> parts;
    for (int k = 0; k < r.input_count(); ++k) {
        if (t.has(k)) {
            parts.push_back(t.get(k));
            continue;
        }
        Shape shape;
        for (int d = 0; d < t.output_shape().rank; ++d) {
            if (d == axis && is_new) continue;
            shape.push(d == axis ? a[2 + static_cast<std::size_t>(k)] : t.output_shape()[d]);
        }
        parts.push_back(zeros(t.dtype(), shape));
    }
    return join(parts, axis, is_new);
}

static Value batched_join(const Batch& b) {
    Attributes a = b.attributes();
    a[0] += 1;
    std::vector<Value> parts;
    for (std::size_t k = 0; k < b.size(); ++k) parts.push_back(b.whole(k));
    return b.call(a, parts);
}

void define_shape_ops() {
    OpInfo& reshaping =
        define_op(reshape_op, "reshape", 1, run_reshape, reshape_reverse, reshape_forward);
    OpInfo& broadcasting = define_op(broadcast_op, "broadcast_to", 1, run_broadcast,
                                     broadcast_reverse, broadcast_forward);
    for (OpInfo* op : {&reshaping, &broadcasting}) {
        op->attributes = output_extents;
        op->checks = Checked::none;
    }
    reshaping.pattern = broadcasting.pattern = pattern_moved;
    reshaping.batched = batched_reshape;
    broadcasting.batched = batched_broadcast;
    OpInfo& viewing = define_op(view_op, "view", 1, run_view, view_reverse, view_forward);
    viewing.reverse_scattered = view_reverse_scattered;
    viewing.checks = Checked::if_smaller;  // else the same ones in another order
    OpInfo& adjoint = define_op(unview_op, "unview", 1, run_unview, unview_reverse, unview_forward);
    viewing.attributes = adjoint.attributes = any_number;
    viewing.batched = batched_view;
    viewing.pattern = pattern_moved;
    adjoint.pattern = unview_pattern;
    adjoint.batched = batched_unview;
    for (OpCode* code : {&concat_op, &stack_op}) {
        OpInfo& op = define_op(*code, code == &stack_op ? "stack" : "concat", 2, run_join,
                               join_reverse, join_forward);
        op.many = true;
        op.attributes = any_number;
        op.batched = batched_join;
        op.pattern = pattern_moved;
    }
    for (OpCode op : {reshape_op, unview_op, concat_op, stack_op})
        op_table[op].scatter = Scatter::moved;
}

}  // namespace ag
