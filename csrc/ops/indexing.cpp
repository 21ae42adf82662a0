// Rows picked by integer tensors, and their adjoint.

#include <algorithm>
#include <memory>

#include "../kernels/loops.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "walk.h"

namespace ag {

namespace {

OpCode gather_op, scatter_op, rows_op;

}  // namespace

i64 row_count(const Shape& shape, Axes axes) {
    i64 rows = 1;
    for (int k = 0; k < shape.rank; ++k)
        if (axes >> k & 1) rows *= shape[k];
    return rows;
}

Shape gathered_shape(const Shape& shape, Axes axes, const Value& indices) {
    Shape picked = indices.shape();
    for (int k = 0; k < shape.rank; ++k)
        if (!(axes >> k & 1)) picked.push(shape[k]);
    return picked;
}

namespace {

// Rows of so many bytes, each by one move. False if there is none of that size.
template <class T>
bool gather_moves(const char* x, const PickedRows& rows, const i64* index, i64 count,
                  char* target) {
    T* next = reinterpret_cast<T*>(target);
    if (rows.picked.rank == 1) {
        const i64 stride = rows.picked_strides[0];
        for (i64 i = 0; i < count; ++i) std::memcpy(next + i, x + index[i] * stride, sizeof(T));
    } else {
        for (i64 i = 0; i < count; ++i) std::memcpy(next + i, x + rows.offset(index[i]), sizeof(T));
    }
    return true;
}

bool gather_small(const char* x, const PickedRows& rows, const i64* index, i64 count, i64 bytes,
                  char* target) {
    struct Sixteen {
        u64 words[2];
    };
    switch (bytes) {
        case 1: return gather_moves<u8>(x, rows, index, count, target);
        case 2: return gather_moves<u16>(x, rows, index, count, target);
        case 4: return gather_moves<u32>(x, rows, index, count, target);
        case 8: return gather_moves<u64>(x, rows, index, count, target);
        case 16: return gather_moves<Sixteen>(x, rows, index, count, target);
        default: return false;
    }
}

Value gather_rows(const Value& x, const Value& flat, Axes axes) {
    const Shape shape = x.shape();
    Value y = make_value(x.dtype, gathered_shape(shape, axes, flat));
    const PickedRows rows(shape, x.array->strides(), axes);
    const int item = itemsize(x.dtype);
    i64 strides[max_rank];
    const i64 bytes = rows.own_strides(item, strides);
    const bool together = rows.in_one_piece(item);
    const i64* index = reinterpret_cast<const i64*>(flat.data());
    char* target = y.mutable_data();
    if (bytes == 0) return y;
    if (together && gather_small(x.data(), rows, index, flat.size(), bytes, target)) return y;
    for (i64 i = 0; i < flat.size(); ++i, target += bytes) {
        const char* source = x.data() + rows.offset(index[i]);
        if (together)
            copy_bytes(target, source, bytes);
        else
            copy_strided(item, rows.block, source, rows.block_strides, target, strides);
    }
    return y;
}

}  // namespace

PickedRows::PickedRows(const Shape& shape, const i64* strides, Axes axes) {
    for (int k = 0; k < shape.rank; ++k) {
        if (axes >> k & 1) {
            picked_strides[picked.rank] = strides[k];
            picked.push(shape[k]);
            continue;
        }
        if (shape[k] == 1) continue;
        const int last = block.rank - 1;
        // Axes that step together are one, so that the inner run is long.
        if (last >= 0 && block_strides[last] == strides[k] * shape[k]) {
            block[last] *= shape[k];
            block_strides[last] = strides[k];
            continue;
        }
        block_strides[block.rank] = strides[k];
        block.push(shape[k]);
    }
}

Value row_indices(const Value& indices, i64 rows, const char* operation) {
    if (!is_integer(indices.dtype))
        fail(ErrorKind::dtype, std::string("[") + operation + "] indices must be integers, not " +
                                   name(indices.dtype));
    if (indices.dtype == DType::int64 && indices.contiguous()) {
        // Often they are as they should be, from having been here before.
        const i64* given = reinterpret_cast<const i64*>(indices.data());
        bool are_rows = true;
        for (i64 i = 0; i < indices.size(); ++i)
            are_rows &= static_cast<u64>(given[i]) < static_cast<u64>(rows);
        if (are_rows) return indices.detached();
    }
    Value flat = make_value(DType::int64, indices.shape());
    convert_into(indices, indices.shape(), DType::int64, flat.mutable_data());
    i64* index = reinterpret_cast<i64*>(flat.mutable_data());
    // As 64-bit signed numbers the largest unsigned ones are negative.
    const bool is_unsigned = indices.dtype == DType::uint64;
    for (i64 i = 0; i < flat.size(); ++i) {
        if (index[i] >= (is_unsigned ? 0 : -rows) && index[i] < rows) {
            if (index[i] < 0) index[i] += rows;
            continue;
        }
        const std::string given =
            is_unsigned ? std::to_string(static_cast<u64>(index[i])) : std::to_string(index[i]);
        fail(ErrorKind::index,
             "index " + given + " is out of bounds for an axis of size " + std::to_string(rows));
    }
    return flat;
}

namespace {

// What joint_indices computes, where each part has one number or all of `shape`.
bool flat_at_once(const std::vector<Value>& parts, const std::vector<i64>& extents,
                  const Shape& shape, Value& flat) {
    std::vector<Value> rows;
    for (std::size_t k = 0; k < parts.size(); ++k) {
        if (parts[k].rank() != 0 && parts[k].shape() != shape) return false;
        rows.push_back(row_indices(parts[k], extents[k], "gather"));
    }
    flat = make_value(DType::int64, shape);
    i64* const y = reinterpret_cast<i64*>(flat.mutable_data());
    const i64 size = flat.size();
    for (std::size_t k = 0; k < parts.size(); ++k) {
        const i64* const x = reinterpret_cast<const i64*>(rows[k].data());
        const i64 extent = extents[k], step = rows[k].rank() == 0 ? 0 : 1;
        if (k == 0)
            for (i64 i = 0; i < size; ++i) y[i] = x[i * step];
        else
            for (i64 i = 0; i < size; ++i) y[i] = y[i] * extent + x[i * step];
    }
    return true;
}

}  // namespace

Value joint_indices(const std::vector<Value>& parts, const std::vector<i64>& extents) {
    if (parts.size() == 1) return parts[0];
    Shape shape;
    for (const Value& part : parts) {
        const Shape own = part.shape();
        while (shape.rank < own.rank) shape = in_front(1, shape);
        const int lead = shape.rank - own.rank;
        for (int k = 0; k < own.rank; ++k) {
            if (own[k] == 1 || own[k] == shape[lead + k]) continue;
            if (shape[lead + k] != 1) {
                std::string shapes;
                for (const Value& p : parts) shapes += " " + p.shape().text();
                fail(ErrorKind::index, "index arrays of shapes" + shapes + " do not broadcast");
            }
            shape[lead + k] = own[k];
        }
    }
    Value flat;
    if (!in_program() && flat_at_once(parts, extents, shape, flat)) return flat;
    for (std::size_t k = 0; k < parts.size(); ++k) {
        const Value own = call(rows_op, {extents[k]}, {&parts[k]});
        if (k == 0) {
            flat = own;
            continue;
        }
        flat = binary(Op::multiply, flat, Value::number<i64>(extents[k]));
        flat = binary(Op::add, flat, own);
    }
    return flat;
}

// Attributes: whether the cotangent may stay a list of rows, the axes.
Value gather(const Value& x, const Value& indices, bool sparse, Axes axes) {
    return call(gather_op, {sparse && axes == 1, static_cast<i64>(axes)}, {&x, &indices});
}

static Value run_gather(const Call& given) {
    const Value& x = given[0];
    const Axes axes = static_cast<Axes>(given.attribute(1));
    if (x.rank() == 0) fail("[gather] needs a tensor of rank 1 or more");
    return gather_rows(x, row_indices(given[1], row_count(x.shape(), axes), "gather"), axes);
}

Value move_axis(const Value& x, int from, int to) {
    if (from == to) return x;
    int permutation[max_rank];
    for (int k = 0, next = 0; k < x.rank(); ++k) {
        if (next == from) ++next;
        permutation[k] = k == to ? from : next++;
    }
    return transpose(x, permutation);
}

Value gather_each(const Value& x, const Value& indices, Axes axes) {
    return move_axis(gather(x, indices, false, axes << 1), indices.rank(), 0);
}

namespace {

// The indices that a record has kept, as they were given, and in range.
template <class Rule>
Value indices_of(const Rule& rule, const Shape& shape, Axes axes) {
    const Value given = rule.kept_input(1);
    if (given.node != no_node && active_log != nullptr) return given;  // in a program
    return row_indices(given, row_count(shape, axes), "gather");
}

}  // namespace

static void gather_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes a = acc.attributes();
    const Axes axes = static_cast<Axes>(a[1]);
    const Value indices = indices_of(acc, acc.shape(0), axes);
    if (a[0] != 0 && acc.batch_axes() == 0 && acc.add_rows(0, indices, g)) return;
    acc.add_picked(0, indices, axes, g);
}

static bool gather_reverse_scattered(const Record&, const Value& values, const Value& rows,
                                     Accumulator& acc) {
    const Axes axes = static_cast<Axes>(acc.attributes()[1]);
    acc.add_scattered_picked(0, indices_of(acc, acc.shape(0), axes), axes, {values, rows});
    return true;
}

static Value gather_forward(const Record&, const Tangents& t) {
    return gather(t.get(0), t.kept_input(1), false, static_cast<Axes>(t.attributes()[1]));
}

namespace {

// Of rows of one number each: nothing between two of them, so that memory is waited for together.
void add_numbers(Value& target, const i64* index, i64 stride, const Value& g) {
    dispatch(g.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (!is_narrow_type<T>) {
            const T* x = reinterpret_cast<const T*>(g.data());
            char* const data = target.mutable_data();
            for (i64 i = 0; i < g.size(); ++i) {
                T* const place = reinterpret_cast<T*>(data + index[i] * stride);
                *place = static_cast<T>(*place + x[i]);
            }
        }
    });
}

}  // namespace

void add_rows(Value& target, const Value& indices, Axes axes, const Value& g) {
    if (is_narrow(target.dtype) && indices.size() > 1 && g.size() >= target.size()) {
        // So many that rows may meet often: they are added up in float32.
        Computing scope;
        Value wide = make_value(DType::float32, target.shape());
        convert_into(target, target.shape(), DType::float32, wide.mutable_data());
        add_rows(wide, indices, axes, converted(g, DType::float32));
        convert_into(wide, target.shape(), target.dtype, target.mutable_data());
        return;
    }
    const PickedRows rows(target.shape(), target.array->strides(), axes);
    const i64* index = reinterpret_cast<const i64*>(indices.data());
    if (rows.block.rank == 0 && rows.picked.rank == 1 && !is_narrow(target.dtype))
        return add_numbers(target, index, rows.picked_strides[0], contiguous(g));
    add_along_runs(target, g, [&](auto add) {
        for (i64 i = 0; i < indices.size(); ++i)
            each_run(rows.block, rows.block_strides, rows.offset(index[i]), add);
    });
}

// Attributes: the axes, then the extents of the result.
Value scatter_add(const Value& g, const Value& indices, const Shape& shape, Axes axes) {
    Attributes attributes;
    attributes.push_back(static_cast<i64>(axes));
    std::copy_n(shape.dims, shape.rank, attributes.extend(static_cast<std::size_t>(shape.rank)));
    const Value* const inputs[] = {&g, &indices};
    return call(scatter_op, Call(attributes.begin(), attributes.size(), inputs, 2));
}

static Value run_scatter_add(const Call& given) {
    const Value& g = given[0];
    const Axes axes = static_cast<Axes>(given.attribute(0));
    const Shape shape(given.attributes() + 1, static_cast<int>(given.attribute_count()) - 1);
    const Value flat = row_indices(given[1], row_count(shape, axes), "gather");
    if (g.shape() != gathered_shape(shape, axes, flat))
        fail("[scatter_add] rows of shape " + g.shape().text() + " at indices of shape " +
             flat.shape().text() + " for shape " + shape.text());
    Value y = make_zeros(g.dtype, shape);
    add_rows(y, flat, axes, g);
    return y;
}

Value scatter_add(const Value& g, const Value& indices, i64 rows) {
    Shape shape{rows};
    for (int k = indices.rank(); k < g.rank(); ++k) shape.push(g.extent(k));
    return scatter_add(g, indices, shape, 1);
}

static void scatter_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, acc.picked(g, acc.kept_input(1), static_cast<Axes>(acc.attributes()[0])));
}

static Value scatter_forward(const Record&, const Tangents& t) {
    return scatter_add(t.get(0), t.kept_input(1), t.output_shape(),
                       static_cast<Axes>(t.attributes()[0]));
}

// ---- with an axis in front

// Indices into `rows` rows, in range: what a batch needs of them before it counts on.
static Value run_rows(const Call& given) {
    return row_indices(given[0], given.attribute(0), "gather");
}

Value rows_of_all(const Value& indices, i64 extent, i64 rows) {
    Shape shape{extent};
    for (int k = 1; k < indices.rank(); ++k) shape.push(1);
    Value first = make_value(DType::int64, shape);
    for (i64 i = 0; i < extent; ++i) reinterpret_cast<i64*>(first.mutable_data())[i] = i * rows;
    return binary(Op::add, call(rows_op, {rows}, {&indices}), first);
}

static Value batched_gather(const Batch& b) {
    const Axes axes = static_cast<Axes>(b.attributes()[1]);
    if (!b.has_axis(0)) return b.call(b.attributes());  // the indices' axes come first
    if (!b.has_axis(1)) return gather_each(b[0], b[1], axes);
    const Value indices = rows_of_all(b[1], b.extent(), row_count(b.shape(0), axes));
    return gather(b[0], indices, false, axes << 1 | 1);
}

static Value batched_scatter_add(const Batch& b) {
    const Attributes a = b.attributes();
    const Axes axes = static_cast<Axes>(a[0]);
    const Shape one(a.begin() + 1, static_cast<int>(a.size()) - 1), all = in_front(b.extent(), one);
    if (!b.has_axis(1)) return scatter_add(move_axis(b[0], 0, b[1].rank()), b[1], all, axes << 1);
    const Value indices = rows_of_all(b[1], b.extent(), row_count(one, axes));
    return scatter_add(b.whole(0), indices, all, axes << 1 | 1);
}

static void scatter_pattern(Dependence& d) {
    if (d.constant(1) == nullptr) return d.meet_all();
    const Value numbers = numbered(d.shape());
    d.meet(0, gather(numbers, *d.constant(1), false, static_cast<Axes>(d.attribute(0))), numbers);
}

Value nonzero_flat(const Value& mask) {
    const Value c = contiguous(mask);
    const bool* b = reinterpret_cast<const bool*>(c.data());
    const i64 size = c.size();
    const i64 count = std::count(b, b + size, true);
    Value y = make_value(DType::int64, Shape{count});
    i64* index = reinterpret_cast<i64*>(y.mutable_data());
    // Without a branch. Nothing is written behind the last one, since that ends the loop.
    for (i64 i = 0, found = 0; found < count; ++i) {
        index[found] = i;
        found += b[i];
    }
    return y;
}

void define_indexing() {
    OpInfo& picking = define_op(gather_op, "gather", 1, run_gather, gather_reverse, gather_forward);
    picking.attributes = 2;
    picking.flag_attributes = 1;
    picking.reverse_scattered = gather_reverse_scattered;
    OpInfo& adjoint =
        define_op(scatter_op, "scatter_add", 1, run_scatter_add, scatter_reverse, scatter_forward);
    adjoint.attributes = any_number;
    picking.pattern = pattern_moved;
    adjoint.pattern = scatter_pattern;
    picking.batched = batched_gather;
    adjoint.batched = batched_scatter_add;
    OpInfo& counting = define_op(rows_op, "row_indices", 0, run_rows, nullptr, nullptr);
    counting.attributes = 1;
    counting.batched = batch_aligned;
    picking.inputs = adjoint.inputs = 2;
    picking.reads[0] = adjoint.reads[0] = 1 << 1;
}

}  // namespace ag
