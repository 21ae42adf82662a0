#include "loops.h"

#include "../parallel.h"
#include "reader.h"

namespace ag {

namespace {

constexpr i64 block = 512;  // elements; four operands of 16 bytes fit the first-level cache

constexpr int max_inputs = 4;

}  // namespace

namespace {

struct LoopTask {
    Loop loop;
    const Value* const* inputs;
    int count;
    const Shape& shape;
    Value& out;
    bool accumulates;
};

// All operands are contiguous, of the shape and of dtypes that loops compute in.
bool is_direct(const LoopTask& task, i64 n) {
    if (is_narrow(task.out.dtype)) return false;
    for (int k = 0; k < task.count; ++k) {
        if (task.inputs[k] == nullptr) continue;
        const Value& v = *task.inputs[k];
        if (is_narrow(v.dtype) || v.size() != n || !v.contiguous()) return false;
    }
    return true;
}

void run_direct(const LoopTask& task, i64 begin, i64 end) {
    const void* pointers[max_inputs] = {};
    for (int k = 0; k < task.count; ++k)
        if (task.inputs[k] != nullptr)
            pointers[k] = task.inputs[k]->data() + begin * itemsize(task.inputs[k]->dtype);
    task.loop(end - begin, pointers, task.out.mutable_data() + begin * itemsize(task.out.dtype));
}

// Operands of any layout, through buffers of one block.
void run_blocks(const LoopTask& task, i64 begin, i64 end) {
    const void* pointers[max_inputs] = {};
    // Readers hold 32 extents each: they are made in place and only where needed.
    alignas(64) char buffers[max_inputs][block * 16];
    alignas(64) char narrow_buffer[block * 4];
    alignas(Reader) char space[max_inputs][sizeof(Reader)];
    Reader* readers[max_inputs] = {};
    const char* moving[max_inputs] = {};
    i64 step[max_inputs] = {};
    const i64 first = std::min(end - begin, block);
    for (int k = 0; k < task.count; ++k) {
        if (task.inputs[k] == nullptr) continue;
        const Value& v = *task.inputs[k];
        const bool narrow = is_narrow(v.dtype);
        Reader* r = new (space[k]) Reader(v, task.shape);
        if (r->constant() || v.size() == 1) {
            if (narrow) {
                r->read(first, narrow_buffer);
                convert_run(v.dtype, narrow_buffer, DType::float32, buffers[k], first);
            } else {
                r->read(first, buffers[k]);
            }
            pointers[k] = buffers[k];
        } else if (r->contiguous() && !narrow) {
            moving[k] = r->data();
            step[k] = itemsize(v.dtype);
        } else {
            r->seek(begin);
            readers[k] = r;
            pointers[k] = buffers[k];
        }
    }
    const DType out_dtype = task.out.dtype;
    alignas(64) float out_buffer[block];
    char* target = task.out.mutable_data();
    const i64 out_item = itemsize(task.out.dtype);
    for (i64 start = begin; start < end; start += block) {
        const i64 m = std::min(block, end - start);
        for (int k = 0; k < task.count; ++k) {
            if (moving[k] != nullptr) {
                pointers[k] = moving[k] + start * step[k];
            } else if (readers[k] != nullptr) {
                const DType dtype = task.inputs[k]->dtype;
                if (is_narrow(dtype)) {
                    readers[k]->read(m, narrow_buffer);
                    convert_run(dtype, narrow_buffer, DType::float32, buffers[k], m);
                } else {
                    readers[k]->read(m, buffers[k]);
                }
            }
        }
        char* place = target + start * out_item;
        if (is_narrow(out_dtype)) {
            if (task.accumulates) convert_run(out_dtype, place, DType::float32, out_buffer, m);
            task.loop(m, pointers, out_buffer);
            convert_run(DType::float32, out_buffer, out_dtype, place, m);
        } else {
            task.loop(m, pointers, place);
        }
    }
}

// Operands that lie along the second axis from the end, as a transposed matrix does, beside
// contiguous ones: by bands of rows, of which the former are copied to buffers, so that each line
// of memory is fetched once and what was copied is read from the cache. Of long rows by parts.
class BandedLoop {
   public:
    // Whether there is such an operand, and no other kind than these two.
    static bool suits(const LoopTask& task, i64 n) {
        const int rank = task.shape.rank;
        if (rank < 2 || is_narrow(task.out.dtype)) return false;
        if (task.shape[rank - 1] < least_rows || task.shape[rank - 2] < least_rows) return false;
        int copied = 0;
        for (int k = 0; k < task.count; ++k) {
            if (task.inputs[k] == nullptr) continue;
            const Value& v = *task.inputs[k];
            if (is_narrow(v.dtype) || v.size() != n || v.rank() != rank) return false;
            if (v.contiguous()) continue;
            if (v.array->strides()[rank - 2] != itemsize(v.dtype)) return false;
            ++copied;
        }
        return copied > 0 && copied <= most_copied;
    }

    explicit BandedLoop(const LoopTask& task)
        : task_(task),
          rank_(task.shape.rank),
          rows_(task.shape[rank_ - 2]),
          columns_(task.shape[rank_ - 1]) {
        int item = 1;
        for (int k = 0; k < task.count; ++k)
            if (task.inputs[k] != nullptr) item = std::max(item, itemsize(task.inputs[k]->dtype));
        const i64 fit = buffer_bytes / item / columns_;
        whole_ = fit >= least_rows;
        band_ = std::min(whole_ ? fit / least_rows * least_rows : 2 * least_rows, rows_);
        part_ = whole_ ? columns_ : buffer_bytes / item / band_;
        bands_ = (rows_ + band_ - 1) / band_;
    }

    // The bands that begin among elements [begin, end), counted as if all were whole.
    void run(i64 begin, i64 end) const {
        const i64 size = band_ * columns_;
        for (i64 k = (begin + size - 1) / size; k * size < end; ++k) run_band(k);
    }
    i64 size() const { return task_.out.size() / rows_ * bands_ * band_; }

   private:
    static constexpr i64 least_rows = 8, buffer_bytes = 65'536;
    static constexpr int most_copied = 2;
    const LoopTask& task_;
    const int rank_;
    const i64 rows_, columns_;
    bool whole_;               // rows are
    i64 band_, part_, bands_;  // rows of a band, columns of a part, bands of a matrix

    void run_band(i64 k) const {
        alignas(64) char buffers[most_copied][buffer_bytes];
        const i64 first = k % bands_ * band_, outer = k / bands_;
        const i64 rows = std::min(band_, rows_ - first);
        const i64 start = (outer * rows_ + first) * columns_;  // in C order
        const i64 out_item = itemsize(task_.out.dtype);
        for (i64 c = 0; c < columns_; c += part_) {
            const i64 columns = std::min(part_, columns_ - c);
            const char* from[max_inputs] = {};
            i64 step[max_inputs] = {};
            char* buffer = buffers[0];
            for (int j = 0; j < task_.count; ++j) {
                if (task_.inputs[j] == nullptr) continue;
                const Value& v = *task_.inputs[j];
                const int item = itemsize(v.dtype);
                if (v.contiguous()) {
                    from[j] = v.data() + (start + c) * item;
                    step[j] = columns_ * item;
                    continue;
                }
                const i64* const strides = v.array->strides();
                const char* source = v.data() + first * item + c * strides[rank_ - 1];
                i64 rest = outer;
                for (int axis = rank_ - 3; axis >= 0; --axis) {
                    source += rest % task_.shape[axis] * strides[axis];
                    rest /= task_.shape[axis];
                }
                step[j] = columns * item;
                const i64 to[] = {step[j], item};
                copy_strided(item, Shape{rows, columns}, source, strides + rank_ - 2, buffer, to);
                from[j] = buffer;
                buffer += buffer_bytes;
            }
            const i64 runs = whole_ ? 1 : rows;
            for (i64 r = 0; r < runs; ++r) {
                const void* pointers[max_inputs] = {};
                for (int j = 0; j < task_.count; ++j)
                    if (from[j] != nullptr) pointers[j] = from[j] + r * step[j];
                task_.loop(whole_ ? rows * columns : columns, pointers,
                           task_.out.mutable_data() + (start + r * columns_ + c) * out_item);
            }
        }
    }
};

}  // namespace

void run_loop(Loop loop, const Value* const* inputs, int count, const Shape& shape, Value& out,
              bool accumulates) {
    const i64 n = shape.size();
    if (n == 0) return;
    const LoopTask task{loop, inputs, count, shape, out, accumulates};
    if (is_direct(task, n)) {
        auto part = [&](i64 begin, i64 end) { run_direct(task, begin, end); };
        parallel_for(n, part);
        return;
    }
    constexpr i64 many = 4'096;
    if (n < many) return run_blocks(task, 0, n);
    if (BandedLoop::suits(task, n)) {
        const BandedLoop bands(task);
        auto part = [&](i64 begin, i64 end) { bands.run(begin, end); };
        parallel_for(bands.size(), part);
        return;
    }
    // What lies otherwise than its result is copied first.
    Value copies[max_inputs];
    const Value* given[max_inputs] = {};
    for (int k = 0; k < count; ++k) {
        given[k] = inputs[k];
        if (inputs[k] == nullptr || inputs[k]->size() != n || inputs[k]->contiguous()) continue;
        const Array& a = *inputs[k]->array;
        if (a.strides()[a.rank - 1] == itemsize(a.dtype)) continue;
        copies[k] = fresh_copy(*inputs[k]);
        given[k] = &copies[k];
    }
    const LoopTask same{loop, given, count, shape, out, accumulates};
    if (is_direct(same, n)) {
        auto part = [&](i64 begin, i64 end) { run_direct(same, begin, end); };
        parallel_for(n, part);
    } else {
        auto part = [&](i64 begin, i64 end) { run_blocks(same, begin, end); };
        parallel_for(n, part);
    }
}

namespace {

template <class T>
struct Part {
    using type = T;
};
template <class T>
struct Part<std::complex<T>> {
    using type = T;
};

// A float that does not fit an integer gives the most negative one (or, for 64-bit unsigned, its
// 64-bit pattern), as the processor's own conversion does and NumPy and TensorFlow show.
template <class To, class From>
AG_INLINE To float_to_integer(From x) {
    if constexpr (sizeof(To) == 8 && std::is_unsigned_v<To>) {
        if (x >= From(9223372036854775808.0) && x < From(18446744073709551616.0))
            return static_cast<To>(static_cast<i64>(x - From(9223372036854775808.0))) ^
                   (u64{1} << 63);
    }
    using Wide =
        std::conditional_t<(sizeof(To) < 4), std::int32_t,
                           std::conditional_t<std::is_same_v<To, std::int32_t>, std::int32_t, i64>>;
    constexpr From limit = static_cast<From>(u64{1} << (sizeof(Wide) * 8 - 1));
    const bool fits = x >= -limit && x < limit;
    const Wide wide = fits ? static_cast<Wide>(x) : std::numeric_limits<Wide>::min();
    return static_cast<To>(wide);
}

// To float, inexact results to the neighbour with an odd last bit: rounding that to a narrow dtype
// is the same as rounding x to it.
AG_INLINE float round_to_odd(double x) {
    float y = static_cast<float>(x);
    if (y == x || x != x) return y;
    u32 bits;
    std::memcpy(&bits, &y, sizeof bits);
    if (std::fabs(static_cast<double>(y)) > std::fabs(x)) --bits;
    bits |= 1;
    std::memcpy(&y, &bits, sizeof y);
    return y;
}

template <class To, class From>
AG_INLINE To convert(From x) {
    if constexpr (std::is_same_v<From, To>) {
        return x;
    } else if constexpr (is_narrow_type<From>) {
        return convert<To>(to_float(x));
    } else if constexpr (is_narrow_type<To>) {
        if constexpr (!std::is_arithmetic_v<From>)
            return convert<To>(x.real());
        else if constexpr (std::is_same_v<From, double>)
            return narrowed<To>(round_to_odd(x));
        else
            return narrowed<To>(static_cast<float>(x));
    } else if constexpr (std::is_same_v<To, bool>) {
        return x != From(0);
    } else if constexpr (!std::is_arithmetic_v<From> && !std::is_arithmetic_v<To>) {
        using T = typename Part<To>::type;
        return To(static_cast<T>(x.real()), static_cast<T>(x.imag()));
    } else if constexpr (!std::is_arithmetic_v<From>) {
        return convert<To>(x.real());
    } else if constexpr (!std::is_arithmetic_v<To>) {
        return To(static_cast<typename Part<To>::type>(x));
    } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        return float_to_integer<To>(x);
    } else {
        return static_cast<To>(x);
    }
}

template <class From, class To>
void convert_items(const void* source, void* target, i64 n) {
    const From* x = static_cast<const From*>(source);
    To* y = static_cast<To*>(target);
    for (i64 i = 0; i < n; ++i) y[i] = convert<To>(x[i]);
}

}  // namespace

void convert_run(DType from, const void* source, DType to, void* target, i64 n) {
    if (from == to) {
        std::memcpy(target, source,
                    static_cast<std::size_t>(n) * static_cast<std::size_t>(itemsize(from)));
        return;
    }
    dispatch(from, [&](auto f) {
        dispatch(to, [&](auto t) {
            convert_items<typename decltype(f)::type, typename decltype(t)::type>(source, target,
                                                                                  n);
        });
    });
}

void convert_into(const Value& x, const Shape& shape, DType dtype, char* target) {
    const i64 n = shape.size();
    if (n == 0) return;
    if (x.contiguous() && x.size() == n) {
        convert_run(x.dtype, x.data(), dtype, target, n);
        return;
    }
    if (x.dtype == dtype && x.size() == n) {
        i64 strides[max_rank];
        i64 bytes = itemsize(dtype);
        const int lead = shape.rank - x.rank();
        i64 from[max_rank] = {};
        for (int k = shape.rank; k-- > 0; bytes *= shape[k]) {
            strides[k] = bytes;
            if (k >= lead) from[k] = x.array->strides()[k - lead];
        }
        copy_strided(itemsize(dtype), shape, x.data(), from, target, strides);
        return;
    }
    Reader reader(x, shape);
    if (x.dtype == dtype) {
        reader.read(n, target);
        return;
    }
    alignas(64) char buffer[block * 16];
    for (i64 start = 0; start < n; start += block) {
        const i64 m = std::min(block, n - start);
        reader.read(m, buffer);
        convert_run(x.dtype, buffer, dtype, target + start * itemsize(dtype), m);
    }
}

}  // namespace ag
