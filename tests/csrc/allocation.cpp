#include "allocation.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include "array.h"

namespace test {

namespace {

std::atomic<long long> blocks{0};
thread_local long long countdown = -1;  // allocations until one fails, or -1
thread_local bool fail_later = false;
thread_local bool has_failed = false;

}  // namespace

#if defined(__linux__)

// The linker, told to `--wrap` the functions of the C library, leads the engine's and the tests'
// own calls here.
extern "C" {
void* __real_malloc(std::size_t);
void* __real_calloc(std::size_t, std::size_t);
void* __real_aligned_alloc(std::size_t, std::size_t);
void __real_free(void*);
}

static bool must_fail() {
    if (has_failed && fail_later) return true;
    if (countdown < 0 || countdown-- > 0) return false;
    return has_failed = true;
}

static void* counted(void* block) {
    if (block != nullptr) blocks.fetch_add(1, std::memory_order_relaxed);
    return block;
}

extern "C" {
void* __wrap_malloc(std::size_t bytes) {
    return must_fail() ? nullptr : counted(__real_malloc(bytes));
}
void* __wrap_calloc(std::size_t count, std::size_t bytes) {
    return must_fail() ? nullptr : counted(__real_calloc(count, bytes));
}
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t bytes) {
    return must_fail() ? nullptr : counted(__real_aligned_alloc(alignment, bytes));
}
void __wrap_free(void* block) {
    if (block != nullptr) blocks.fetch_sub(1, std::memory_order_relaxed);
    __real_free(block);
}
}

#endif

bool allocations_are_counted() {
    void* (*volatile allocate)(std::size_t) = std::malloc;
    const long long before = blocks.load();
    void* block = allocate(1);
    const bool counts = blocks.load() != before;
    std::free(block);
    return counts;
}

long long live_and_cached_blocks() { return blocks.load(); }

long long live_blocks() {
    ag::memory::trim();
    return blocks.load();
}

FailAllocation::FailAllocation(long long n, bool all_later) {
    countdown = n;
    fail_later = all_later;
    has_failed = false;
}

FailAllocation::~FailAllocation() {
    countdown = -1;
    has_failed = false;
}

bool FailAllocation::happened() const { return has_failed; }

}  // namespace test

// The standard library's containers allocate here, and so count too.
void* operator new(std::size_t bytes) {
    if (void* block = std::malloc(bytes != 0 ? bytes : 1)) return block;
    throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    return std::malloc(bytes != 0 ? bytes : 1);
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
