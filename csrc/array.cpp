#include "array.h"

#include <cstdlib>
#include <limits>
#include <mutex>
#include <new>
#include <vector>

#include "fork.h"
#include "small_block.h"
#include "work.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif
#if defined(_WIN32)
#include <malloc.h>
#endif

namespace ag {

const i64 copied_at_once = 2048;

AG_THREAD_LOCAL Work work_done;

// ---------------------------------------------------------------- shapes

void Shape::push(i64 extent) {
    if (rank == max_rank) fail("a tensor has at most 32 dimensions");
    dims[rank++] = extent;
}

i64 Shape::size() const {
    i64 total = 1;
    bool empty = false;
    // Extents that overflow are an error even when another extent is 0, as in NumPy.
    for (int k = 0; k < rank; ++k) {
        if (dims[k] < 0) fail("negative extent in shape " + text());
        if (dims[k] == 0) {
            empty = true;
            continue;
        }
        // So that the bytes fit for the widest dtype. Small extents are spared the division.
        const bool small = ((total | dims[k]) >> 29) == 0;
        if (!small && total > std::numeric_limits<i64>::max() / 16 / dims[k])
            fail("too many elements in shape " + text());
        total *= dims[k];
    }
    return empty ? 0 : total;
}

std::string Shape::text() const {
    std::string out = "(";
    for (int k = 0; k < rank; ++k) {
        if (k) out += ", ";
        out += std::to_string(dims[k]);
    }
    return out + (rank == 1 ? ",)" : ")");
}

Shape broadcast_shapes(const Shape& a, const Shape& b, const char* operation) {
    Shape out;
    out.rank = std::max(a.rank, b.rank);
    for (int k = 1; k <= out.rank; ++k) {
        const i64 x = k <= a.rank ? a[a.rank - k] : 1;
        const i64 y = k <= b.rank ? b[b.rank - k] : 1;
        if (x != y && x != 1 && y != 1)
            fail(std::string("[") + operation + "] Incompatible shapes: " + a.text() + " vs. " +
                 b.text());
        out[out.rank - k] = x == 1 ? y : x;
    }
    return out;
}

// ---------------------------------------------------------------- memory

// Small blocks (by 64 bytes up to 1 KB) and medium ones (four sizes to an octave up to 64 KB) wait
// in lists of the thread that freed them; large ones wait in one list of the process, so that a
// loop over megabytes does not pay for fresh pages in each round.
namespace memory {
namespace {

constexpr std::size_t small_limit = 1024;
constexpr std::size_t medium_limit = 64 * 1024;
constexpr int small_cells = small_limit / 64;
constexpr int medium_cells = 4 * 6;
constexpr int cells = small_cells + medium_cells;
constexpr u32 large_cell = 0xffffu;
constexpr std::size_t cached_per_cell = 64 * 1024;  // bytes, and at least 4 blocks
constexpr std::size_t cached_large_blocks = 1024;

// Blocks in use and waiting together stay near what the program once used: up to a sixteenth of
// the machine's memory may wait.
std::size_t cached_large() {
    static const std::size_t limit = [] {
        std::size_t total = std::size_t{4} << 30;
#if defined(__unix__) || defined(__APPLE__)
        const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
        if (pages > 0 && page > 0)
            total = static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
#endif
        return std::max(total / 16, std::size_t{64} << 20);
    }();
    return limit;
}

struct Free {
    Free* next;
};

struct ThreadCache {
    Free* head[cells] = {};
    u32 count[cells] = {};
};

AG_THREAD_LOCAL ThreadCache* cache = nullptr;
AG_THREAD_LOCAL bool cache_closed = false;

// `alignment`: a power of two.
void* system_allocate(std::size_t bytes, std::size_t alignment = 64) {
#if defined(_WIN32)
    void* block = _aligned_malloc(bytes, alignment);
#else
    void* block = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
#endif
    if (block == nullptr)
        fail(ErrorKind::memory, "could not allocate " + std::to_string(bytes) + " bytes");
    return block;
}

void system_release(void* block) {
#if defined(_WIN32)
    _aligned_free(block);
#else
    std::free(block);
#endif
}

void empty(ThreadCache& c) {
    for (int cell = 0; cell < cells; ++cell) {
        for (Free* block = c.head[cell]; block != nullptr;) {
            Free* next = block->next;
            system_release(block);
            block = next;
        }
        c.head[cell] = nullptr;
        c.count[cell] = 0;
    }
}

// Runs when a thread ends. What is freed after it goes straight to the system.
struct CloseCache {
    ~CloseCache() {
        if (cache != nullptr) {
            empty(*cache);
            delete cache;
        }
        cache = nullptr;
        cache_closed = true;
    }
};

ThreadCache* open_cache() {
    if (cache_closed) return nullptr;
    static thread_local CloseCache close;
    (void)close;
    cache = new (std::nothrow) ThreadCache;
    return cache;
}

std::size_t cell_bytes(int cell) {
    if (cell < small_cells) return static_cast<std::size_t>(cell + 1) * 64;
    const int step = cell - small_cells;
    const std::size_t octave = small_limit << (step / 4);
    return octave + octave / 4 * static_cast<std::size_t>(step % 4 + 1);
}

int cell_of(std::size_t bytes) {
    if (bytes <= small_limit) return static_cast<int>((bytes + 63) / 64) - (bytes != 0);
    work_done.bytes += static_cast<i64>(bytes);
    int cell = small_cells;
    while (cell_bytes(cell) < bytes) ++cell;
    return cell;
}

struct Large {
    void* block;
    std::size_t bytes;
};
struct LargeCache {
    std::mutex mutex;
    std::vector<Large> blocks;  // oldest first
    std::size_t bytes = 0;
};
// Never destroyed: tensors may outlive static objects at exit.
LargeCache& large_cache() {
    static LargeCache* shared = new LargeCache;
    return *shared;
}
std::atomic<i64> large_in_use{0}, most_large_in_use{0};

void count_large(std::size_t bytes) {
    const i64 now = large_in_use.fetch_add(static_cast<i64>(bytes), std::memory_order_relaxed) +
                    static_cast<i64>(bytes);
    i64 most = most_large_in_use.load(std::memory_order_relaxed);
    while (now > most && !most_large_in_use.compare_exchange_weak(most, now)) {
    }
}

std::size_t large_size(std::size_t bytes) { return (bytes + 0xffff) & ~std::size_t{0xffff}; }

void* allocate_large(std::size_t bytes) {
    work_done.bytes += static_cast<i64>(bytes);
    bytes = large_size(bytes);
    {
        LargeCache& large = large_cache();
        std::lock_guard<std::mutex> lock(large.mutex);
        for (std::size_t k = large.blocks.size(); k-- > 0;) {
            // Exact sizes only: a release must find the size from the array alone.
            if (large.blocks[k].bytes != bytes) continue;
            void* block = large.blocks[k].block;
            large.blocks.erase(large.blocks.begin() + static_cast<std::ptrdiff_t>(k));
            large.bytes -= bytes;
            count_large(bytes);
            return block;
        }
    }
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    // Page faults cost more than the arithmetic on a fresh array; huge pages make them rare. A
    // block that began anywhere would have small ones for a quarter of 8 MB. What the last huge
    // page has behind the array is to be little.
    constexpr std::size_t huge = std::size_t{2} << 20;
    if (bytes >= 2 * huge) {
        void* const block = system_allocate(bytes, huge);
        count_large(bytes);
        const std::size_t up = (bytes + huge - 1) / huge * huge;
        madvise(block, up - bytes <= bytes / 8 ? up : bytes / huge * huge, MADV_HUGEPAGE);
        return block;
    }
#endif
    void* block = system_allocate(bytes);
    count_large(bytes);
    return block;
}

void release_large(void* block, std::size_t bytes) noexcept {
    bytes = large_size(bytes);
    large_in_use.fetch_sub(static_cast<i64>(bytes), std::memory_order_relaxed);
    std::vector<Large> dropped;
    if (bytes <= cached_large() / 2) {
        LargeCache& large = large_cache();
        std::lock_guard<std::mutex> lock(large.mutex);
        try {
            large.blocks.push_back({block, bytes});
            large.bytes += bytes;
            block = nullptr;
            while (large.bytes > cached_large() || large.blocks.size() > cached_large_blocks) {
                dropped.push_back(large.blocks.front());
                large.bytes -= large.blocks.front().bytes;
                large.blocks.erase(large.blocks.begin());
            }
        } catch (const std::bad_alloc&) {  // no room to remember it: give it back below
        }
    }
    if (block != nullptr) system_release(block);
    for (const Large& old : dropped) system_release(old.block);
}

}  // namespace

void* allocate(std::size_t bytes, u32* cell_out) {
    if (AG_UNLIKELY(bytes > medium_limit)) {
        *cell_out = large_cell;
        return allocate_large(bytes);
    }
    const int cell = cell_of(bytes);
    *cell_out = static_cast<u32>(cell);
    ThreadCache* c = cache;
    if (AG_LIKELY(c != nullptr) && AG_LIKELY(c->head[cell] != nullptr)) {
        Free* block = c->head[cell];
        c->head[cell] = block->next;
        --c->count[cell];
        return block;
    }
    return system_allocate(cell_bytes(cell));
}

void release(void* block, std::size_t bytes, u32 cell) noexcept {
    if (AG_UNLIKELY(cell == large_cell)) {
        release_large(block, bytes);
        return;
    }
    ThreadCache* c = cache != nullptr ? cache : open_cache();
    if (c == nullptr || (c->count[cell] >= 4 &&
                         c->count[cell] * cell_bytes(static_cast<int>(cell)) >= cached_per_cell)) {
        system_release(block);
        return;
    }
    auto* entry = static_cast<Free*>(block);
    entry->next = c->head[cell];
    c->head[cell] = entry;
    ++c->count[cell];
}

void trim() noexcept {
    if (cache != nullptr) empty(*cache);
    LargeCache& large = large_cache();
    std::lock_guard<std::mutex> lock(large.mutex);
    for (const Large& old : large.blocks) system_release(old.block);
    large.blocks.clear();
    large.bytes = 0;
}

void at_fork(ForkStep step) {
    std::mutex& mutex = large_cache().mutex;
    if (step == ForkStep::before) {
        cached_large();
        mutex.lock();
    } else {
        mutex.unlock();
    }
}

i64 bytes_in_use() { return large_in_use.load(std::memory_order_relaxed); }
i64 most_in_use() { return most_large_in_use.exchange(bytes_in_use()); }

}  // namespace memory

// ---------------------------------------------------------------- arrays

namespace {

constexpr std::size_t fixed_header = offsetof(Array, extents);

std::size_t header_bytes(int rank) {
    return fixed_header + sizeof(i64) * 2 * static_cast<std::size_t>(std::max(rank, 1));
}

std::size_t data_offset(int rank) { return (header_bytes(rank) + 63) & ~std::size_t{63}; }

Array* make_header(DType dtype, const Shape& shape, i64 size, std::size_t bytes) {
    u32 cell;
    auto* a = static_cast<Array*>(memory::allocate(bytes, &cell));
    new (&a->refs) std::atomic<u32>(1);
    a->dtype = dtype;
    a->rank = static_cast<u8>(shape.rank);
    a->contiguous = true;
    a->allocated_in = cell;
    a->size = size;
    a->owner = nullptr;
    a->release = nullptr;
    std::copy_n(shape.dims, shape.rank, a->extents);
    return a;
}

void drop_base(void* base) { static_cast<Array*>(base)->drop(); }

}  // namespace

Array* Array::create(DType dtype, const Shape& shape) {
    const i64 size = shape.size();
    const std::size_t offset = data_offset(shape.rank);
    Array* a = make_header(
        dtype, shape, size,
        offset + static_cast<std::size_t>(size) * static_cast<std::size_t>(itemsize(dtype)));
    a->data = reinterpret_cast<char*>(a) + offset;
    i64 stride = itemsize(dtype);
    for (int k = shape.rank - 1; k >= 0; --k) {
        a->extents[shape.rank + k] = stride;
        stride *= std::max<i64>(shape.dims[k], 1);
    }
    return a;
}

Array* Array::create_like(const Array& other, DType dtype) {
    return create(dtype, other.full_shape());
}

void Array::set_strides(const i64* given) {
    std::copy_n(given, rank, strides());
    contiguous = true;
    i64 expected = itemsize(dtype);
    for (int k = rank - 1; k >= 0 && size > 1; --k) {
        // Matrix products count strides in elements.
        AG_ASSERT(extents[k] == 1 || given[k] % itemsize(dtype) == 0);
        if (extents[k] != 1 && given[k] != expected) contiguous = false;
        expected *= extents[k];
    }
}

bool Array::fortran_contiguous() const {
    i64 expected = itemsize(dtype);
    for (int k = 0; k < rank && size > 1; ++k) {
        if (extents[k] != 1 && strides()[k] != expected) return false;
        expected *= extents[k];
    }
    return true;
}

Array* Array::view(Array* base, DType dtype, char* data, const Shape& shape, const i64* strides) {
    // A view of a view holds what that one holds: a chain of them is never let go of recursively.
    if (base->release == drop_base) base = static_cast<Array*>(base->owner);
    Array* a = foreign(dtype, data, shape, strides, base, drop_base);
    base->retain();
    return a;
}

Array* Array::foreign(DType dtype, char* data, const Shape& shape, const i64* strides, void* owner,
                      void (*release)(void*)) {
    Array* a = make_header(dtype, shape, shape.size(), header_bytes(shape.rank));
    a->data = data;
    a->owner = owner;
    a->release = release;
    a->set_strides(strides);
    return a;
}

void Array::destroy() {
    std::size_t bytes = header_bytes(rank);
    if (owner != nullptr)
        release(owner);
    else
        bytes = data_offset(rank) + static_cast<std::size_t>(this->bytes());
    memory::release(this, bytes, allocated_in);
}

Value Value::take(Array* array) {
    Value v;
    v.dtype = array->dtype;
    if (array->rank == 0 && fits_inline(array->dtype)) {
        std::memcpy(&v.bits, array->data, static_cast<std::size_t>(itemsize(array->dtype)));
        array->drop();
    } else {
        v.array = array;
        v.is_array = true;
    }
    return v;
}

Value Value::constant(DType dtype, double x) {
    if (dtype == DType::complex128) {
        Value v = make_value(dtype, Shape());
        const Complex128 z(x, 0.0);
        std::memcpy(v.mutable_data(), &z, sizeof z);
        return v;
    }
    return dispatch(dtype, [&](auto tag) -> Value {
        using T = typename decltype(tag)::type;
        if constexpr (is_narrow_type<T>)
            return number(narrowed<T>(static_cast<float>(x)));
        else if constexpr (std::is_same_v<T, Complex64>)
            return number(Complex64(static_cast<float>(x), 0.0f));
        else if constexpr (std::is_same_v<T, Complex128>)
            return Value();
        else
            return number(static_cast<T>(x));
    });
}

Value make_value(DType dtype, const Shape& shape) {
    Value v;
    v.dtype = dtype;
    if (shape.rank != 0 || !fits_inline(dtype)) {
        v.array = Array::create(dtype, shape);
        v.is_array = true;
    }
    return v;
}

Value make_zeros(DType dtype, const Shape& shape) {
    Value v = make_value(dtype, shape);
    if (v.is_array) std::memset(v.array->data, 0, static_cast<std::size_t>(v.array->bytes()));
    return v;
}

// ---------------------------------------------------------------- copying

namespace {

template <class Item>
void copy_run(i64 n, const char* source, i64 source_stride, char* target, i64 target_stride) {
    if (source_stride == sizeof(Item) && target_stride == sizeof(Item))
        return copy_bytes(target, source, n * static_cast<i64>(sizeof(Item)));
    if (source_stride == 0 && target_stride == sizeof(Item)) {
        Item x;
        std::memcpy(&x, source, sizeof x);
        for (i64 i = 0; i < n; ++i) std::memcpy(target + i * target_stride, &x, sizeof x);
        return;
    }
    for (i64 i = 0; i < n; ++i)
        std::memcpy(target + i * target_stride, source + i * source_stride, sizeof(Item));
}

struct Item16 {
    u64 words[2];
};

// Calls f(source, target) for each place of the axes.
template <class F>
void each_place(const Shape& shape, const char* source, const i64* source_strides, char* target,
                const i64* target_strides, F f) {
    i64 index[max_rank];
    std::fill_n(index, shape.rank, i64{0});
    for (;;) {
        f(source, target);
        int k = shape.rank - 1;
        for (; k >= 0; --k) {
            source += source_strides[k];
            target += target_strides[k];
            if (++index[k] < shape[k]) break;
            source -= source_strides[k] * shape[k];
            target -= target_strides[k] * shape[k];
            index[k] = 0;
        }
        if (k < 0) return;
    }
}

// Rows and columns change places: target[r, c] = source[c, r], both with elements side by side
// along their last axis. By tiles, of which both sides stay in the first-level cache: each line of
// memory is fetched once, not once for each of its elements.
template <class Item>
void copy_transposed(i64 rows, i64 columns, const char* source, i64 source_stride, char* target,
                     i64 target_stride) {
    constexpr i64 tile = 16, item = sizeof(Item), small = SmallBlock<Item>::size;
    for (i64 r0 = 0; r0 < rows; r0 += tile)
        for (i64 c0 = 0; c0 < columns; c0 += tile) {
            const i64 r1 = std::min(r0 + tile, rows), c1 = std::min(c0 + tile, columns);
            const i64 r2 = r1 - (r1 - r0) % small, c2 = c1 - (c1 - c0) % small;
            for (i64 r = r0; r < r2; r += small)
                for (i64 c = c0; c < c2; c += small) {
                    const char* from[small];
                    char* to[small];
                    for (i64 k = 0; k < small; ++k) {
                        from[k] = source + r * item + (c + k) * source_stride;
                        to[k] = target + (r + k) * target_stride + c * item;
                    }
                    SmallBlock<Item>::transpose(from, to);
                }
            const auto rest = [&](i64 first_r, i64 first_c) {
                for (i64 r = first_r; r < r1; ++r)
                    for (i64 c = first_c; c < c1; ++c)
                        std::memcpy(target + r * target_stride + c * item,
                                    source + r * item + c * source_stride, sizeof(Item));
            };
            if (r2 < r1) rest(r2, c0);
            if (c2 < c1) rest(r0, c2);
        }
}

template <class Item>
void copy_items(Shape shape, const char* source, i64* source_strides, char* target,
                i64* target_strides) {
    int inner = shape.rank - 1;
    // The axis along which the source's elements are side by side, where the target's are not.
    int across = -1;
    if (inner > 0 && target_strides[inner] == sizeof(Item) && source_strides[inner] != sizeof(Item))
        for (int k = 0; k < inner; ++k)
            if (source_strides[k] == sizeof(Item)) across = k;
    if (across >= 0 && shape[across] >= 4 && shape[inner] >= 4) {
        const i64 rows = shape[across], columns = shape[inner];
        const i64 from = source_strides[inner], to = target_strides[across];
        // Each pair of these axes at once; the walk goes over the others.
        for (int k = across; k + 1 < inner; ++k) {
            shape[k] = shape[k + 1];
            source_strides[k] = source_strides[k + 1];
            target_strides[k] = target_strides[k + 1];
        }
        shape.rank -= 2;
        each_place(
            shape, source, source_strides, target, target_strides,
            [&](const char* x, char* y) { copy_transposed<Item>(rows, columns, x, from, y, to); });
        return;
    }
    if (inner < 0) {
        std::memcpy(target, source, sizeof(Item));
        return;
    }
    const i64 run = shape[inner], from = source_strides[inner], to = target_strides[inner];
    --shape.rank;
    each_place(shape, source, source_strides, target, target_strides,
               [&](const char* x, char* y) { copy_run<Item>(run, x, from, y, to); });
}

}  // namespace

void copy_strided(int item, const Shape& shape, const char* source, const i64* source_strides,
                  char* target, const i64* target_strides) {
    if (shape.size() == 0) return;
    // Axes that step together on both sides become one, so that the inner run is long.
    Shape merged;
    i64 from[max_rank], to[max_rank];
    for (int k = 0; k < shape.rank; ++k) {
        if (shape[k] == 1) continue;
        const int last = merged.rank - 1;
        if (last >= 0 && from[last] == source_strides[k] * shape[k] &&
            to[last] == target_strides[k] * shape[k]) {
            merged[last] *= shape[k];
            from[last] = source_strides[k];
            to[last] = target_strides[k];
        } else {
            from[merged.rank] = source_strides[k];
            to[merged.rank] = target_strides[k];
            merged.push(shape[k]);
        }
    }
    switch (item) {
        case 1: return copy_items<u8>(merged, source, from, target, to);
        case 2: return copy_items<u16>(merged, source, from, target, to);
        case 4: return copy_items<u32>(merged, source, from, target, to);
        case 8: return copy_items<u64>(merged, source, from, target, to);
        default: return copy_items<Item16>(merged, source, from, target, to);
    }
}

bool is_one_number(const Value& v) {
    if (v.size() == 1) return true;
    const i64* const strides = v.array->strides();
    return v.size() > 0 && std::all_of(strides, strides + v.rank(), [](i64 s) { return s == 0; });
}

Value fresh_copy(const Value& x) {
    if (!x.is_array) return x.detached();
    Array* out = Array::create_like(*x.array, x.dtype);
    copy_strided(itemsize(x.dtype), x.shape(), x.array->data, x.array->strides(), out->data,
                 out->strides());
    return Value::take(out);
}

Array* as_array(const Value& x) {
    if (x.is_array) {
        x.array->retain();
        return x.array;
    }
    Array* a = Array::create(x.dtype, Shape());
    std::memcpy(a->data, x.data(), static_cast<std::size_t>(itemsize(x.dtype)));
    return a;
}

void normalise_booleans(char* bytes, i64 count) {
    for (i64 i = 0; i < count; ++i) bytes[i] = bytes[i] != 0;
}

Value contiguous(const Value& x) {
    if (x.contiguous()) return x;
    Value out = fresh_copy(x);
    out.node = x.node;
    return out;
}

}  // namespace ag
