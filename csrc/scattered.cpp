#include "scattered.h"

#include <cstring>

#include "ops/walk.h"

namespace ag {

Scattered scattered_identity(DType dtype, const Shape& shape, i64 groups, i64 first, i64 count) {
    Scattered s;
    s.values = full(dtype, shape, 1);
    s.rows = make_value(DType::float64, shape);
    auto* const rows = reinterpret_cast<double*>(s.rows.mutable_data());
    const i64 size = shape.size();
    const i64 elements = groups > 0 ? size / groups : 0;
    for (i64 i = 0; i < size; ++i) {
        const i64 row = i % elements - first;
        rows[i] = row >= 0 && row < count ? static_cast<double>(row + 1) : 0;
    }
    return s;
}

bool same_rows(const Value& a, const Value& b) {
    if (a.bits == b.bits && a.is_array == b.is_array) return true;
    if (!a.is_array || !b.is_array) return false;
    const Value x = contiguous(a), y = contiguous(b);
    return std::memcmp(x.data(), y.data(), static_cast<std::size_t>(x.array->bytes())) == 0;
}

Value add_into_rows(const Value& items, const Value& rows, i64 count, i64 lanes) {
    Shape shape{rows.size()};
    for (int k = rows.rank(); k < items.rank(); ++k) shape.push(items.extent(k));
    Value list = reshape(items, shape);
    const Value from = contiguous(rows);
    const auto* const row = reinterpret_cast<const double*>(from.data());
    const i64 size = rows.size();
    i64 kept = 0;
    bool in_order = true;  // each row has one item, and they come in the order of the rows
    for (i64 i = 0; i < size; ++i) {
        in_order = in_order && static_cast<i64>(row[i]) - 1 == i / lanes;
        kept += row[i] != 0;
    }
    shape[0] = count * lanes;
    if (in_order && size == shape[0]) return list;
    Value places = make_value(DType::int64, Shape{kept}),
          there = make_value(DType::int64, Shape{kept});
    auto* const place = reinterpret_cast<i64*>(places.mutable_data());
    auto* const index = reinterpret_cast<i64*>(there.mutable_data());
    for (i64 i = 0, n = 0; i < size; ++i) {
        if (row[i] == 0) continue;
        index[n] = i;
        place[n++] = (static_cast<i64>(row[i]) - 1) * lanes + i % lanes;
    }
    if (kept < size) list = gather(list, there);
    return scatter_add(list, places, count * lanes);
}

Value spread(const std::vector<Scattered>& sum, const Shape& shape, i64 batch) {
    const i64 size = shape.size();
    const DType dtype = sum[0].values.dtype;
    const Shape lifted = in_front(batch, shape);
    bool tracked = is_narrow(dtype);  // for which there is no plain sum
    for (const Scattered& s : sum) tracked = tracked || s.values.node != no_node;
    Value total;
    if (tracked) {
        for (std::size_t k = 0; k < sum.size(); ++k) {
            // Each element is an item of its own, and a lane.
            const Value items = reshape(sum[k].values, Shape{size});
            const Value rows = reshape(sum[k].rows, Shape{size});
            const Value part = reshape(add_into_rows(items, rows, batch, size), lifted);
            total = k == 0 ? part : binary(Op::add, total, part);
        }
        return total;
    }
    total = make_zeros(dtype, lifted);
    for (const Scattered& s : sum) {
        const Value values = contiguous(s.values), rows = contiguous(s.rows);
        const auto* const row = reinterpret_cast<const double*>(rows.data());
        dispatch(dtype, [&](auto tag) {
            using T = typename decltype(tag)::type;
            if constexpr (!is_narrow_type<T>) {
                const T* const x = reinterpret_cast<const T*>(values.data());
                T* const y = reinterpret_cast<T*>(total.mutable_data());
                for (i64 i = 0; i < size; ++i) {
                    if (row[i] == 0) continue;
                    T& target = y[(static_cast<i64>(row[i]) - 1) * size + i];
                    target = static_cast<T>(target + x[i]);
                }
            }
        });
    }
    return total;
}

namespace {

// Strides of an array of this shape, in elements.
void element_strides(const Shape& shape, i64* strides) {
    i64 stride = 1;
    for (int k = shape.rank; k-- > 0;) {
        strides[k] = stride;
        stride *= shape[k];
    }
}

bool writable(const Value& x) { return x.is_array && x.array->exclusive() && x.array->contiguous; }

}  // namespace

Scattered scattered_nothing(DType dtype, const Shape& shape) {
    return {make_zeros(dtype, shape), make_zeros(DType::float64, shape)};
}

void own(Scattered& s) {
    for (Value* x : {&s.values, &s.rows})
        if (x->is_array && !writable(*x)) *x = fresh_copy(*x);
}

bool put_scattered(Scattered& whole, const std::vector<i64>* places, const Scattered& part) {
    if (!writable(whole.values) || !writable(whole.rows)) return false;
    const Value values = contiguous(part.values), rows = contiguous(part.rows);
    const auto count = static_cast<std::size_t>(rows.size());
    const auto place = [&](std::size_t i) {
        return places == nullptr ? i : static_cast<std::size_t>((*places)[i]);
    };
    auto* const row = reinterpret_cast<double*>(whole.rows.mutable_data());
    const auto* const from = reinterpret_cast<const double*>(rows.data());
    for (std::size_t i = 0; i < count; ++i) {
        const double there = row[place(i)];
        if (there != 0 && from[i] != 0 && there != from[i]) return false;
    }
    dispatch(values.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        const T* const x = reinterpret_cast<const T*>(values.data());
        T* const y = reinterpret_cast<T*>(whole.values.mutable_data());
        for (std::size_t i = 0; i < count; ++i) {
            if (from[i] == 0) continue;
            T& target = y[place(i)];
            if (row[place(i)] == 0)
                target = x[i];
            else if constexpr (is_narrow_type<T>)
                target = narrowed<T>(to_float(target) + to_float(x[i]));
            else
                target = static_cast<T>(target + x[i]);
            row[place(i)] = from[i];
        }
    });
    return true;
}

std::vector<i64> places_along(const ViewSpec& spec, const Shape& shape) {
    i64 strides[max_rank], steps[max_rank];
    element_strides(shape, strides);
    const i64 first = layout(spec, strides, steps);
    std::vector<i64> places;
    each_run(spec.out, steps, first, [&](i64 offset, i64 count, i64 step) {
        for (i64 i = 0; i < count; ++i) places.push_back(offset + i * step);
    });
    return places;
}

std::vector<i64> places_picked(const Value& indices, Axes axes, const Shape& shape) {
    i64 strides[max_rank];
    element_strides(shape, strides);
    const PickedRows rows(shape, strides, axes);
    const i64* const index = reinterpret_cast<const i64*>(indices.data());
    std::vector<i64> places;
    for (i64 i = 0; i < indices.size(); ++i)
        each_run(rows.block, rows.block_strides, rows.offset(index[i]),
                 [&](i64 offset, i64 count, i64 step) {
                     for (i64 j = 0; j < count; ++j) places.push_back(offset + j * step);
                 });
    return places;
}

}  // namespace ag
