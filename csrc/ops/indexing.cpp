// Rows picked by integer tensors, and their adjoint.

#include "../kernels/loops.h"
#include "../sweep.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode gather_op, scatter_op;
constexpr u8 sparse_gather = 0x20;  // in Record::flags

Shape gathered_shape(const Value& x, const Value& indices) {
    Shape shape = indices.shape();
    for (int k = 1; k < x.rank(); ++k) shape.push(x.extent(k));
    return shape;
}

Value gather_rows(const Value& x, const Value& flat) {
    const Value c = contiguous(x);
    Value y = make_value(x.dtype, gathered_shape(x, flat));
    const i64 rows = x.extent(0);
    const i64 bytes = rows == 0 ? 0 : x.array->bytes() / rows;
    const i64* index = reinterpret_cast<const i64*>(flat.data());
    for (i64 i = 0; i < flat.size(); ++i)
        std::memcpy(y.mutable_data() + i * bytes, c.data() + index[i] * bytes,
                    static_cast<std::size_t>(bytes));
    return y;
}

void record_rows(OpCode op, Value& y, const Value& x, const Value& flat, bool sparse = false) {
    if (Record* r = begin_record(op, y, x.node)) {
        r->store(0, flat);
        if (sparse) r->flags |= sparse_gather;
        finish_record(y);
    }
}

}  // namespace

Value row_indices(const Value& indices, i64 rows, const char* operation) {
    if (!is_integer(indices.dtype))
        fail(ErrorKind::dtype, std::string("[") + operation + "] indices must be integers, not " +
                                   name(indices.dtype));
    Value flat = make_value(DType::int64, indices.shape());
    convert_into(indices, indices.shape(), DType::int64, flat.mutable_data());
    i64* index = reinterpret_cast<i64*>(flat.mutable_data());
    for (i64 i = 0; i < flat.size(); ++i) {
        if (index[i] < -rows || index[i] >= rows)
            fail(ErrorKind::index, "index " + std::to_string(index[i]) +
                                       " is out of bounds for an axis of size " +
                                       std::to_string(rows));
        if (index[i] < 0) index[i] += rows;
    }
    return flat;
}

Value gather(const Value& x, const Value& indices, bool sparse) {
    if (x.rank() == 0) fail("[gather] needs a tensor of rank 1 or more");
    const Value flat = row_indices(indices, x.extent(0), "gather");
    Value y = gather_rows(x, flat);
    check_result("gather", {&x, &indices}, y);
    record_rows(gather_op, y, x, flat, sparse);
    return y;
}

namespace {

// The first axis moved to place `to`.
Value move_first_axis(const Value& x, int to) {
    int permutation[max_rank];
    for (int k = 0; k < x.rank(); ++k) permutation[k] = k < to ? k + 1 : k == to ? 0 : k;
    return transpose(x, permutation);
}

// Axis `from` moved to the front.
Value move_axis_first(const Value& x, int from) {
    int permutation[max_rank];
    for (int k = 0; k < x.rank(); ++k) permutation[k] = k == 0 ? from : k <= from ? k - 1 : k;
    return transpose(x, permutation);
}

}  // namespace

static void gather_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const Value indices = acc.kept_input(0, 0).detached();
    const i64 rows = acc.shape(0)[0];
    if ((r.flags & sparse_gather) && acc.batch_axes() == 0 && acc.add_rows(0, indices, g)) return;
    if (acc.batch_axes() == 0) {
        acc.add(0, scatter_add(g, indices, rows));
        return;
    }
    // The axis of the batch stays out of the way behind those of the indices.
    const Value rows_first = scatter_add(move_first_axis(g, indices.rank()), indices, rows);
    acc.add(0, move_axis_first(rows_first, 1));
}

static Value gather_forward(const Record&, const Tangents& t) {
    return gather(t.get(0), t.kept_input(0, 0).detached());
}

Value scatter_add(const Value& g, const Value& indices, i64 rows) {
    const Value flat = row_indices(indices, rows, "gather");
    Shape shape{rows};
    for (int k = flat.rank(); k < g.rank(); ++k) shape.push(g.extent(k));
    Value y = make_value(g.dtype, shape);
    const i64 row_size = rows == 0 ? 0 : y.size() / rows;
    const i64 item = itemsize(g.dtype);
    std::memset(y.mutable_data(), 0, static_cast<std::size_t>(y.size() * item));
    const Value c = contiguous(g);
    const i64* index = reinterpret_cast<const i64*>(flat.data());
    dispatch(g.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        T* target = reinterpret_cast<T*>(y.mutable_data());
        const T* source = reinterpret_cast<const T*>(c.data());
        for (i64 i = 0; i < flat.size(); ++i) {
            T* row = target + index[i] * row_size;
            for (i64 j = 0; j < row_size; ++j, ++source) {
                if constexpr (std::is_same_v<T, Half>)
                    row[j] = to_half(to_float(row[j]) + to_float(*source));
                else
                    row[j] = static_cast<T>(row[j] + *source);
            }
        }
    });
    check_result("scatter_add", {&g, &indices}, y);
    record_rows(scatter_op, y, g, flat);
    return y;
}

static void scatter_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value indices = acc.kept_input(0, 0).detached();
    if (acc.batch_axes() == 0) {
        acc.add(0, gather(g, indices));
        return;
    }
    acc.add(0, move_axis_first(gather(move_first_axis(g, 1), indices), indices.rank()));
}

static Value scatter_forward(const Record&, const Tangents& t) {
    return scatter_add(t.get(0), t.kept_input(0, 0).detached(), t.output_shape()[0]);
}

Value nonzero_flat(const Value& mask) {
    const Value c = contiguous(mask);
    const bool* b = reinterpret_cast<const bool*>(c.data());
    const i64 size = c.size();
    const i64 count = std::count(b, b + size, true);
    Value y = make_value(DType::int64, Shape{count});
    i64* index = reinterpret_cast<i64*>(y.mutable_data());
    for (i64 i = 0; i < size; ++i)
        if (b[i]) *index++ = i;
    return y;
}

void define_indexing() {
    gather_op = define_op("gather", 1, gather_reverse, gather_forward);
    scatter_op = define_op("scatter_add", 1, scatter_reverse, scatter_forward);
}

}  // namespace ag
