// A vector whose first few elements need no allocation: tapes are opened and swept in tight loops.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "config.h"
#include "error.h"

namespace ag {

template <class T, std::size_t N>
class SmallVector {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

   public:
    SmallVector() = default;
    explicit SmallVector(std::size_t count, T value = T()) {
        reserve(count);
        std::fill_n(data_, count, value);
        size_ = count;
    }
    ~SmallVector() {
        if (data_ != space()) std::free(data_);
    }
    SmallVector(SmallVector&& other) noexcept : size_(other.size_), capacity_(other.capacity_) {
        if (other.data_ == other.space()) {
            std::memcpy(space_, other.space_, sizeof space_);
        } else {
            data_ = other.data_;
            other.data_ = other.space();
            other.capacity_ = N;
        }
        other.size_ = 0;
    }
    SmallVector(const SmallVector& other) {
        std::copy_n(other.data_, other.size_, extend(other.size_));
    }
    SmallVector& operator=(const SmallVector&) = delete;

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T* data() { return data_; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    const T* begin() const { return data_; }
    const T* end() const { return data_ + size_; }
    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }
    T& front() { return data_[0]; }
    const T& front() const { return data_[0]; }
    T& back() { return data_[size_ - 1]; }
    const T& back() const { return data_[size_ - 1]; }

    void reserve(std::size_t wanted) {
        if (wanted <= capacity_) return;
        const std::size_t larger = std::max(wanted, capacity_ * 2);
        T* moved = static_cast<T*>(std::malloc(larger * sizeof(T)));
        if (moved == nullptr) fail(ErrorKind::memory, "could not allocate a list");
        std::memcpy(static_cast<void*>(moved), data_, size_ * sizeof(T));
        if (data_ != space()) std::free(data_);
        data_ = moved;
        capacity_ = larger;
    }
    void push_back(const T& x) {
        const T copy = x;
        reserve(size_ + 1);
        data_[size_++] = copy;
    }
    // Room for `count` more at the end, to be filled in.
    T* extend(std::size_t count) {
        reserve(size_ + count);
        T* const first = data_ + size_;
        size_ += count;
        return first;
    }
    void pop_back() { --size_; }
    void insert(T* place, const T& x) {
        const std::size_t at = static_cast<std::size_t>(place - data_);
        const T copy = x;
        reserve(size_ + 1);
        std::copy_backward(data_ + at, data_ + size_, data_ + size_ + 1);
        data_[at] = copy;
        ++size_;
    }
    // Drops all elements from `place` on.
    void truncate(T* place) { size_ = static_cast<std::size_t>(place - data_); }
    // Also gives heap memory back.
    void clear() {
        if (data_ != space()) {
            std::free(data_);
            data_ = space();
            capacity_ = N;
        }
        size_ = 0;
    }

   private:
    alignas(T) unsigned char space_[N * sizeof(T)];
    T* data_ = space();
    std::size_t size_ = 0;
    std::size_t capacity_ = N;

    T* space() { return reinterpret_cast<T*>(space_); }
};

// Whether something holds, of each of several.
using Flags = SmallVector<u8, 8>;

}  // namespace ag
