// Elements of an operand of any layout, one after the other.
#pragma once

#include "../array.h"

namespace ag {

// Hands out the elements of one operand, broadcast to a shape, in C order.
class Reader {
   public:
    Reader(const Value& v, const Shape& shape) : item_(itemsize(v.dtype)), data_(v.data()) {
        const int lead = shape.rank - v.rank();
        const i64* strides = v.is_array ? v.array->strides() : nullptr;
        for (int k = 0; k < shape.rank; ++k) {
            if (shape[k] == 1) continue;
            const i64 stride = k < lead || v.extent(k - lead) == 1 ? 0 : strides[k - lead];
            const int last = dims_.rank - 1;
            if (last >= 0 && strides_[last] == stride * shape[k]) {
                dims_[last] *= shape[k];
                strides_[last] = stride;
            } else {
                strides_[dims_.rank] = stride;
                dims_.push(shape[k]);
            }
        }
        if (dims_.rank == 0) {
            dims_.push(1);
            strides_[0] = 0;
        }
        inner_ = dims_.rank - 1;
        std::fill_n(index_, dims_.rank, i64{0});
    }

    bool contiguous() const { return inner_ == 0 && (strides_[0] == item_ || dims_[0] == 1); }
    bool constant() const { return inner_ == 0 && strides_[0] == 0; }
    const char* data() const { return data_; }

    // Goes to element `position` of the shape.
    void seek(i64 position) {
        for (int k = inner_; k >= 0; --k) {
            index_[k] = position % dims_[k];
            position /= dims_[k];
            data_ += index_[k] * strides_[k];
        }
    }

    void read(i64 n, void* target) {
        char* out = static_cast<char*>(target);
        switch (item_) {
            case 1: return read_items<u8>(n, out);
            case 2: return read_items<u16>(n, out);
            case 4: return read_items<u32>(n, out);
            case 8: return read_items<u64>(n, out);
            default: return read_items<Complex128>(n, out);
        }
    }

   private:
    // Elements of the last few axes, where these are short: to be copied by a list of places.
    static constexpr i64 max_tile = 16;
    static constexpr i64 worth_a_tile = 64;

    int item_;
    const char* data_;
    Shape dims_;
    i64 strides_[max_rank];
    i64 index_[max_rank];
    int inner_;
    int tile_axis_ = 0;  // the first of those axes; 0: not known
    int tile_ = 0;
    i64 places_[max_tile];

    template <class Item>
    void read_items(i64 n, char* out) {
        if (n >= worth_a_tile && inner_ > 0 && dims_[inner_] <= max_tile)
            read_tiles<Item>(n, out);
        else
            read_runs<Item>(n, out);
    }

    void find_tile() {
        tile_axis_ = inner_;
        tile_ = static_cast<int>(dims_[inner_]);
        while (tile_axis_ > 1 && tile_ * dims_[tile_axis_ - 1] <= max_tile)
            tile_ *= static_cast<int>(dims_[--tile_axis_]);
        for (int n = 0; n < tile_; ++n) {
            i64 left = n;
            places_[n] = 0;
            for (int k = inner_; k >= tile_axis_; --k) {
                places_[n] += left % dims_[k] * strides_[k];
                left /= dims_[k];
            }
        }
    }

    template <class Item>
    void read_tiles(i64 n, char* out) {
        if (tile_ == 0) find_tile();
        const int outer = tile_axis_ - 1;
        while (n > 0) {
            i64 within = 0;
            for (int k = tile_axis_; k <= inner_; ++k) within = within * dims_[k] + index_[k];
            if (within > 0 || n < tile_) {
                const i64 rest = std::min(n, tile_ - within);
                read_runs<Item>(rest, out);
                n -= rest;
                out += rest * static_cast<i64>(sizeof(Item));
                continue;
            }
            const i64 count = std::min(n / tile_, dims_[outer] - index_[outer]);
            switch (tile_) {
                case 2: copy_tiles<Item, 2>(count, out); break;
                case 3: copy_tiles<Item, 3>(count, out); break;
                case 4: copy_tiles<Item, 4>(count, out); break;
                case 6: copy_tiles<Item, 6>(count, out); break;
                case 8: copy_tiles<Item, 8>(count, out); break;
                default: copy_tiles<Item, 0>(count, out);
            }
            n -= count * tile_;
            out += count * tile_ * static_cast<i64>(sizeof(Item));
            data_ += count * strides_[outer];
            index_[outer] += count;
            carry(outer);
        }
    }

    template <class Item, int size>
    void copy_tiles(i64 count, char* out) const {
        const int elements = size > 0 ? size : tile_;
        const i64 step = strides_[tile_axis_ - 1];
        const char* from = data_;
        for (i64 i = 0; i < count; ++i, from += step)
            for (int n = 0; n < elements; ++n, out += sizeof(Item))
                std::memcpy(out, from + places_[n], sizeof(Item));
    }

    // After a step along an axis.
    void carry(int axis) {
        for (int k = axis; k > 0 && index_[k] == dims_[k]; --k) {
            data_ += strides_[k - 1] - strides_[k] * dims_[k];
            index_[k] = 0;
            ++index_[k - 1];
        }
    }

    template <class Item>
    void read_runs(i64 n, char* out) {
        while (n > 0) {
            const i64 run = std::min(n, dims_[inner_] - index_[inner_]);
            const i64 stride = strides_[inner_];
            Item* items = reinterpret_cast<Item*>(out);
            if (stride == static_cast<i64>(sizeof(Item))) {
                std::memcpy(out, data_, static_cast<std::size_t>(run) * sizeof(Item));
            } else if (stride == 0) {
                Item x;
                std::memcpy(&x, data_, sizeof x);
                for (i64 i = 0; i < run; ++i) items[i] = x;
            } else {
                for (i64 i = 0; i < run; ++i)
                    std::memcpy(items + i, data_ + i * stride, sizeof(Item));
            }
            out += run * static_cast<i64>(sizeof(Item));
            n -= run;
            data_ += run * stride;
            index_[inner_] += run;
            carry(inner_);
        }
    }
};

}  // namespace ag
