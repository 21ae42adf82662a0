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
    int item_;
    const char* data_;
    Shape dims_;
    i64 strides_[max_rank];
    i64 index_[max_rank];
    int inner_;

    template <class Item>
    void read_items(i64 n, char* out) {
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
            for (int k = inner_; k > 0 && index_[k] == dims_[k]; --k) {
                data_ += strides_[k - 1] - strides_[k] * dims_[k];
                index_[k] = 0;
                ++index_[k - 1];
            }
        }
    }
};

}  // namespace ag
