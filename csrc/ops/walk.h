// Walks over some of the elements of an array: those of a view, or of picked rows.
#pragma once

#include <vector>

#include "ops.h"

namespace ag {

// Calls f(offset, count, step) for each run of elements along the last axis, in C order. Offsets,
// strides and steps are in any one unit.
template <class F>
void each_run(const Shape& shape, const i64* strides, i64 offset, F f) {
    const int inner = shape.rank - 1;
    const i64 count = inner < 0 ? 1 : shape[inner];
    const i64 step = inner < 0 ? 0 : strides[inner];
    if (inner <= 0) {
        if (count > 0) f(offset, count, step);
        return;
    }
    if (shape.size() == 0) return;
    i64 index[max_rank] = {};
    for (;;) {
        f(offset, count, step);
        int k = inner - 1;
        for (; k >= 0; --k) {
            offset += strides[k];
            if (++index[k] < shape[k]) break;
            offset -= strides[k] * shape[k];
            index[k] = 0;
        }
        if (k < 0) return;
    }
}

// Where the first element of a view is, and the strides of the view, for those of its input.
i64 layout(const ViewSpec& spec, const i64* strides, i64* out_strides);

// Each element of the input is in the view at most once, so that its cotangent is no sum.
bool repeats_nothing(const ViewSpec& spec);
// The view in the attributes of `unview`.
ViewSpec unviewed(const i64* attributes, std::size_t count);
// The strides of an array in C order, in bytes.
inline void own_strides(const Shape& shape, int item, i64* strides) {
    i64 bytes = item;
    for (int k = shape.rank; k-- > 0; bytes *= shape[k]) strides[k] = bytes;
}

// What is picked by an index into the axes `axes` of an array: a block of all other axes.
struct PickedRows {
    Shape picked, block;
    i64 picked_strides[max_rank], block_strides[max_rank];

    PickedRows(const Shape& shape, const i64* strides, Axes axes);
    i64 offset(i64 index) const {
        i64 sum = 0;
        for (int k = picked.rank; k-- > 1;) {
            sum += index % picked[k] * picked_strides[k];
            index /= picked[k];
        }
        return sum + index * picked_strides[0];
    }
    // The strides of a block of its own, in C order; returns how many bytes that has.
    i64 own_strides(int item, i64* strides) const {
        i64 bytes = item;
        for (int k = block.rank; k-- > 0;) {
            strides[k] = bytes;
            bytes *= block[k];
        }
        return bytes;
    }
    bool in_one_piece(int item) const {
        return block.rank == 0 || (block.rank == 1 && block_strides[0] == item);
    }
};

// How many rows an index into these axes can name.
i64 row_count(const Shape& shape, Axes axes);
// The shape of what is picked from `shape`.
Shape gathered_shape(const Shape& shape, Axes axes, const Value& indices);
// Indices into the rows of each array of a batch, as those into the rows of all of them.
Value rows_of_all(const Value& indices, i64 extent, i64 rows);

// Adds the elements of `g`, in C order, to those that each_place(f) calls f for: a run of bytes of
// `target`, which nobody else holds.
template <class EachRun>
void add_along_runs(Value& target, const Value& g, EachRun each) {
    dispatch(g.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        const Value c = contiguous(g);
        const T* x = reinterpret_cast<const T*>(c.data());
        char* const data = target.mutable_data();
        each([&](i64 offset, i64 count, i64 step) {
            const auto add = [](T& y, const T& given) {
                if constexpr (is_narrow_type<T>)
                    y = narrowed<T>(to_float(y) + to_float(given));
                else
                    y = static_cast<T>(y + given);
            };
            char* place = data + offset;
            if (step == sizeof(T)) {
                T* y = reinterpret_cast<T*>(place);
                for (i64 i = 0; i < count; ++i) add(y[i], x[i]);
                x += count;
                return;
            }
            for (i64 i = 0; i < count; ++i, ++x, place += step)
                add(*reinterpret_cast<T*>(place), *x);
        });
    });
}

}  // namespace ag
