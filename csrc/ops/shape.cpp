// Operations that move elements without computing: all are linear, and each rule is the adjoint.

#include <memory>

#include "../kernels/loops.h"
#include "../sweep.h"
#include "define.h"
#include "walk.h"

namespace ag {

namespace {

OpCode reshape_op, broadcast_op, view_op, unview_op, join_op;

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

// ---------------------------------------------------------------- reshape

Value reshape(const Value& x, const Shape& shape) {
    if (x.shape() == shape) return x;
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
    Value y = view_of(c, c.data(), shape, strides);
    if (begin_record(reshape_op, y, x.node) != nullptr) finish_record(y);
    return y;
}

static void reshape_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, reshape(g, acc.lift(acc.shape(0))));
}

static Value reshape_forward(const Record&, const Tangents& t) {
    return reshape(t.get(0), t.output_shape());
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

Value broadcast_to(const Value& x, const Shape& shape) {
    if (x.shape() == shape) return x;
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
    Value y = view_of(x, x.data(), shape, strides);
    if (begin_record(broadcast_op, y, x.node) != nullptr) finish_record(y);
    return y;
}

static void broadcast_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, acc.fit(0, g));
}

static Value broadcast_forward(const Record&, const Tangents& t) {
    return broadcast_to(t.get(0), t.output_shape());
}

// ---------------------------------------------------------------- views

std::vector<i64> pack(const ViewSpec& spec) {
    std::vector<i64> packed;
    packed.reserve(1 + 3 * static_cast<std::size_t>(spec.in_rank) +
                   static_cast<std::size_t>(spec.out.rank));
    packed.push_back(spec.in_rank);
    for (int d = 0; d < spec.in_rank; ++d) {
        packed.push_back(spec.start[d]);
        packed.push_back(spec.step[d]);
        packed.push_back(spec.to[d]);
    }
    packed.insert(packed.end(), spec.out.dims, spec.out.dims + spec.out.rank);
    return packed;
}

ViewSpec unpack(const std::vector<i64>& packed) {
    ViewSpec spec;
    const i64* next = packed.data();
    spec.in_rank = static_cast<int>(*next++);
    for (int d = 0; d < spec.in_rank; ++d) {
        spec.start[d] = *next++;
        spec.step[d] = *next++;
        spec.to[d] = static_cast<int>(*next++);
    }
    spec.out = Shape(next, static_cast<int>(packed.data() + packed.size() - next));
    return spec;
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

Record* begin_view_record(OpCode op, const Value& y, u32 node, const ViewSpec& spec) {
    if (active_log == nullptr || node == no_node) return nullptr;
    auto extra = std::make_unique<Extra>();
    extra->attributes = pack(spec);
    Record* r = begin_record(op, y, node);
    if (r != nullptr) r->store_extra(1, extra.release());
    return r;
}

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

Value view(const Value& x, const ViewSpec& spec) {
    i64 strides[max_rank];
    const i64 none_[1] = {0};
    const i64 offset = layout(spec, x.is_array ? x.array->strides() : none_, strides);
    Value y = view_of(x, x.data() + offset, spec.out, strides);
    // As many elements are the same ones, in another order.
    if (y.size() != x.size()) check_result("view", {&x}, y);
    if (begin_view_record(view_op, y, x.node, spec) != nullptr) finish_record(y);
    return y;
}

static void view_reverse(const Record& r, const Value& g, Accumulator& acc) {
    acc.add_along(0, unpack(r.extra()->attributes), g);
}

// Each element of the input is in the view at most once, so that its cotangent is no sum.
static bool view_repeats_nothing(const Record& r) {
    const ViewSpec spec = unpack(r.extra()->attributes);
    bool walked[max_rank] = {};
    for (int d = 0; d < spec.in_rank; ++d)
        if (spec.to[d] >= 0 && spec.step[d] != 0) walked[spec.to[d]] = true;
    for (int o = 0; o < spec.out.rank; ++o)
        if (!walked[o] && spec.out[o] > 1) return false;
    return true;
}

static bool view_reverse_scattered(const Record& r, const Value& values, const Value& rows,
                                   Accumulator& acc) {
    if (!view_repeats_nothing(r)) return false;
    acc.add_scattered_along(0, unpack(r.extra()->attributes), {values, rows});
    return true;
}

static Value view_forward(const Record& r, const Tangents& t) {
    return view(t.get(0), unpack(r.extra()->attributes));
}

bool takes_all_once(const ViewSpec& spec, const Shape& shape) {
    ViewSpec back;
    return inverse(spec, shape, back);
}

Value unview(const Value& g, const ViewSpec& spec, const Shape& shape) {
    ViewSpec back;
    if (inverse(spec, shape, back)) return view(g, back);
    Value y = make_value(g.dtype, shape);
    std::memset(y.mutable_data(), 0,
                static_cast<std::size_t>(y.size()) * static_cast<std::size_t>(itemsize(g.dtype)));
    add_along_view(y, spec, g);
    check_result("unview", {&g}, y);
    if (begin_view_record(unview_op, y, g.node, spec) != nullptr) finish_record(y);
    return y;
}

static void unview_reverse(const Record& r, const Value& g, Accumulator& acc) {
    acc.add(0, view(g, acc.lift(unpack(r.extra()->attributes))));
}

static Value unview_forward(const Record& r, const Tangents& t) {
    return unview(t.get(0), unpack(r.extra()->attributes), t.output_shape());
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

// attributes: axis, whether the axis is new, then the extent of each part along it.
Value join(const std::vector<Value>& parts, int axis, bool is_new) {
    const DType dtype = parts[0].dtype;
    Shape shape;
    i64 total = 0;
    std::vector<i64> extents;
    for (const Value& p : parts) {
        extents.push_back(is_new ? 1 : p.extent(axis));
        total += extents.back();
    }
    for (int k = 0; k <= parts[0].rank(); ++k) {
        if (k == axis) shape.push(total);
        if (k < parts[0].rank() && !(k == axis && !is_new)) shape.push(parts[0].extent(k));
    }
    Value y = make_value(dtype, shape);
    i64 place = 0;
    const i64 inner_bytes = y.array->strides()[axis];
    i64 outer = 1;
    for (int k = 0; k < axis; ++k) outer *= shape[k];
    for (std::size_t p = 0; p < parts.size(); ++p) {
        const Value c = contiguous(parts[p]);
        const i64 bytes = extents[p] * inner_bytes;
        // Strides count empty axes as 1: without elements there is nothing to move.
        for (i64 o = 0; o < outer && bytes > 0 && y.size() > 0; ++o)
            std::memcpy(y.array->data + o * total * inner_bytes + place, c.data() + o * bytes,
                        static_cast<std::size_t>(bytes));
        place += bytes;
    }
    check_result(is_new ? "stack" : "concat", parts, y);
    bool tracked = false;
    for (const Value& p : parts) tracked |= p.node != no_node;
    if (!tracked || active_log == nullptr || !is_differentiable(dtype)) return y;
    auto extra = std::make_unique<Extra>();
    for (const Value& p : parts) extra->inputs.push_back(p.node);
    extra->attributes = {axis, is_new};
    extra->attributes.insert(extra->attributes.end(), extents.begin(), extents.end());
    open_record(join_op, y, no_node, no_node)->store_extra(1, extra.release());
    finish_record(y);
    return y;
}

}  // namespace

Value concat(const std::vector<Value>& parts, int axis) { return join(parts, axis, false); }
Value stack(const std::vector<Value>& parts, int axis) { return join(parts, axis, true); }

static void join_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const Extra& e = *r.extra();
    const int axis = static_cast<int>(e.attributes[0]) + acc.batch_axes();
    i64 start = 0;
    for (std::size_t k = 0; k < e.inputs.size(); ++k) {
        const i64 extent = e.attributes[2 + k];
        if (acc.wants(static_cast<int>(k)))
            acc.add(static_cast<int>(k), slice_axis(g, axis, start, extent, e.attributes[1] != 0));
        start += extent;
    }
}

static Value join_forward(const Record& r, const Tangents& t) {
    const Extra& e = *r.extra();
    const int axis = static_cast<int>(e.attributes[0]);
    const bool is_new = e.attributes[1] != 0;
    std::vector<Value> parts;
    for (std::size_t k = 0; k < e.inputs.size(); ++k) {
        const int input = static_cast<int>(k);
        if (t.has(input)) {
            parts.push_back(t.get(input));
            continue;
        }
        Shape shape;
        for (int d = 0; d < t.output_shape().rank; ++d) {
            if (d == axis && is_new) continue;
            shape.push(d == axis ? e.attributes[2 + k] : t.output_shape()[d]);
        }
        parts.push_back(zeros(t.dtype(), shape));
    }
    return join(parts, axis, is_new);
}

void define_shape_ops() {
    reshape_op = define_op("reshape", 1, reshape_reverse, reshape_forward);
    broadcast_op = define_op("broadcast_to", 1, broadcast_reverse, broadcast_forward);
    view_op = define_op("view", 1, view_reverse, view_forward);
    unview_op = define_op("unview", 1, unview_reverse, unview_forward);
    join_op = define_op("concat", 2, join_reverse, join_forward);
    for (OpCode op : {reshape_op, unview_op, join_op}) op_table[op].scatter = Scatter::moved;
    op_table[view_op].reverse_scattered = view_reverse_scattered;
}

}  // namespace ag
