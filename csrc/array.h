// Arrays: reference-counted buffers with a shape and strides, and Value, which is either one of
// them or a single number held inline.
#pragma once

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include "config.h"
#include "dtype.h"
#include "error.h"

namespace ag {

constexpr int max_rank = 32;

// The extents of an array. Copies only the extents in use.
struct Shape {
    int rank = 0;
    i64 dims[max_rank];

    Shape() {}
    Shape(const i64* extents, int count) : rank(count) { std::copy_n(extents, count, dims); }
    Shape(std::initializer_list<i64> extents) : rank(static_cast<int>(extents.size())) {
        std::copy(extents.begin(), extents.end(), dims);
    }
    Shape(const Shape& other) : Shape(other.dims, other.rank) {}
    Shape& operator=(const Shape& other) {
        rank = other.rank;
        std::copy_n(other.dims, rank, dims);
        return *this;
    }

    i64 operator[](int axis) const { return dims[axis]; }
    i64& operator[](int axis) { return dims[axis]; }
    bool operator==(const Shape& other) const {
        return rank == other.rank && std::equal(dims, dims + rank, other.dims);
    }
    bool operator!=(const Shape& other) const { return !(*this == other); }
    void push(i64 extent);
    // Number of elements. Throws when the product, or its size in bytes, does not fit.
    i64 size() const;
    std::string text() const;
};

// Shape that two operands broadcast to; throws an invalid-argument error naming `operation`.
Shape broadcast_shapes(const Shape& a, const Shape& b, const char* operation);

// Header, then 2 * rank extents and byte strides, then (unless it is a view) the elements.
struct Array {
    std::atomic<u32> refs;
    DType dtype;
    u8 rank;
    bool contiguous;   // in C order
    u32 allocated_in;  // which free list the block came from
    i64 size;          // number of elements
    char* data;
    void* owner;             // what keeps foreign or shared memory alive, or null
    void (*release)(void*);  // how to let go of it
    i64 extents[1];

    i64* shape() { return extents; }
    const i64* shape() const { return extents; }
    i64* strides() { return extents + rank; }
    const i64* strides() const { return extents + rank; }
    i64 bytes() const { return size * itemsize(dtype); }
    Shape full_shape() const { return Shape(extents, rank); }
    bool same_shape(const Array& other) const {
        return rank == other.rank && std::equal(extents, extents + rank, other.extents);
    }
    // In the order of Fortran, the first axis running fastest.
    bool fortran_contiguous() const;
    // Nobody else can see its elements, so that they may be overwritten.
    bool exclusive() const { return refs.load(std::memory_order_acquire) == 1 && owner == nullptr; }

    // New contiguous array with indeterminate elements.
    static Array* create(DType dtype, const Shape& shape);
    static Array* create_like(const Array& other, DType dtype);
    // View on the memory of `base`, whose count it raises.
    static Array* view(Array* base, DType dtype, char* data, const Shape& shape,
                       const i64* strides);
    // Memory that somebody else owns; `release(owner)` is called once, from any thread. Like all
    // strides, the given ones are multiples of the element's size, and the memory is aligned for
    // it; a bool is the byte 0 or 1 (see normalise_booleans).
    static Array* foreign(DType dtype, char* data, const Shape& shape, const i64* strides,
                          void* owner, void (*release)(void*));
    void retain() { refs.fetch_add(1, std::memory_order_relaxed); }
    void drop() {
        // The sole owner needs no atomic write: nobody else can raise the count.
        if (refs.load(std::memory_order_acquire) == 1 ||
            refs.fetch_sub(1, std::memory_order_acq_rel) == 1)
            destroy();
    }

   private:
    void destroy();
    void set_strides(const i64* strides);
};

constexpr u32 no_node = 0xffffffffu;

// A value of any dtype and shape, and the record of the log that made it (or no_node).
// 0-d values of up to 8 bytes are held inline: no allocation, no count.
class Value {
   public:
    union {
        u64 bits;
        Array* array;
    };
    u32 node = no_node;
    DType dtype = DType::float32;
    bool is_array = false;

    Value() : bits(0) {}
    ~Value() {
        if (is_array) array->drop();
    }
    Value(const Value& other)
        : bits(other.bits), node(other.node), dtype(other.dtype), is_array(other.is_array) {
        if (is_array) array->retain();
    }
    Value(Value&& other) noexcept
        : bits(other.bits), node(other.node), dtype(other.dtype), is_array(other.is_array) {
        other.is_array = false;
    }
    Value& operator=(Value other) noexcept {
        swap(other);
        return *this;
    }
    void swap(Value& other) noexcept {
        std::swap(bits, other.bits);
        std::swap(node, other.node);
        std::swap(dtype, other.dtype);
        std::swap(is_array, other.is_array);
    }

    static Value from_bits(DType dtype, u64 bits) {
        Value v;
        v.bits = bits;
        v.dtype = dtype;
        return v;
    }
    // Takes over one count of `array`. A 0-d array that fits becomes an inline number.
    static Value take(Array* array);
    template <class T>
    static Value number(T x) {
        static_assert(sizeof(T) <= 8, "held inline");
        Value v;
        std::memcpy(&v.bits, &x, sizeof x);
        v.dtype = TypeOf<T>::value;
        return v;
    }
    // The number `x` in the given dtype, 0-d.
    static Value constant(DType dtype, double x);

    template <class T>
    T as() const {
        T x;
        std::memcpy(&x, data(), sizeof x);
        return x;
    }
    const char* data() const {
        return is_array ? array->data : reinterpret_cast<const char*>(&bits);
    }
    // For filling in a value made by make_value; an inline number must be where it stays.
    char* mutable_data() { return is_array ? array->data : reinterpret_cast<char*>(&bits); }
    int rank() const { return is_array ? array->rank : 0; }
    i64 size() const { return is_array ? array->size : 1; }
    Shape shape() const { return is_array ? array->full_shape() : Shape(); }
    i64 extent(int axis) const { return array->extents[axis]; }
    bool contiguous() const { return !is_array || array->contiguous; }
    bool same_shape(const Value& other) const {
        return is_array ? (other.is_array && array->same_shape(*other.array)) : other.rank() == 0;
    }
    // The same elements without a record.
    Value detached() const {
        Value v(*this);
        v.node = no_node;
        return v;
    }
};

constexpr bool fits_inline(DType dtype) { return dtype != DType::complex128; }

// A fresh value, to be filled in through mutable_data().
Value make_value(DType dtype, const Shape& shape);
// The same with zeros, which may be written to.
Value make_zeros(DType dtype, const Shape& shape);
// Its elements in C order, without copying when they are.
Value contiguous(const Value& x);
// A copy in C order that nobody else holds.
Value fresh_copy(const Value& x);
// Whether it has a single element, as many times as there may be.
bool is_one_number(const Value& v);
// The array that a value is, or one that holds its number; one count is the caller's.
Array* as_array(const Value& x);
// Makes 1 of all bytes that are not 0: what others call a bool may be any byte.
void normalise_booleans(char* bytes, i64 count);

// memcpy for rows of any size. Of 4 KB to some MB that is one string instruction on many machines,
// which takes ten times as long where source and target are not aligned alike; and so it is of a
// size that the compiler knows.
extern const i64 copied_at_once;
inline void copy_bytes(char* target, const char* source, i64 bytes) {
    constexpr i64 large = i64{1} << 22;
    if (bytes < large)
        for (const i64 part = copied_at_once; bytes > part;
             bytes -= part, target += part, source += part)
            std::memcpy(target, source, static_cast<std::size_t>(part));
    std::memcpy(target, source, static_cast<std::size_t>(bytes));
}

// Copies strided elements; both sides have the same shape. Strides are in bytes.
void copy_strided(int item, const Shape& shape, const char* source, const i64* source_strides,
                  char* target, const i64* target_strides);

// The caching allocator.
namespace memory {
void* allocate(std::size_t bytes, u32* cell);  // 64-byte aligned beyond small sizes; throws
void release(void* block, std::size_t bytes, u32 cell) noexcept;
void trim() noexcept;  // gives cached blocks of this thread and the shared ones back
i64 bytes_in_use();    // of large blocks, for tests
// The most of them since this was asked last.
i64 most_in_use();
}  // namespace memory

}  // namespace ag
