// The caching allocator: reuse, sizes, threads, and giving back.

#include <algorithm>
#include <thread>
#include <vector>

#include "allocation.h"
#include "support.h"

using namespace test;

namespace {

struct Block {
    void* place;
    std::size_t bytes;
    u32 cell;
};

Block take(std::size_t bytes) {
    Block b{nullptr, bytes, 0};
    b.place = memory::allocate(bytes, &b.cell);
    std::memset(b.place, 0x11, bytes);
    return b;
}

void give(const Block& b) { memory::release(b.place, b.bytes, b.cell); }

}  // namespace

TEST(a_freed_block_is_the_next_one_of_its_size) {
    for (std::size_t bytes : {1, 64, 65, 1024, 1025, 4096, 65536, 65537, 3'000'000}) {
        const Note at("bytes", static_cast<long long>(bytes));
        const Block first = take(bytes);
        give(first);
        const Block second = take(bytes);
        CHECK(second.place == first.place);
        give(second);
    }
}

TEST(blocks_of_every_size_hold_their_bytes) {
    // Under AddressSanitizer a cell that is too small shows here.
    std::vector<Block> blocks;
    for (std::size_t bytes = 1; bytes < 200'000; bytes += 1 + bytes / 7) {
        blocks.push_back(take(bytes));
        CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(blocks.back().place) % 64, 0u);
    }
    std::sort(blocks.begin(), blocks.end(),
              [](const Block& a, const Block& b) { return a.place < b.place; });
    for (std::size_t k = 1; k < blocks.size(); ++k)
        CHECK(static_cast<char*>(blocks[k - 1].place) + blocks[k - 1].bytes <=
              static_cast<char*>(blocks[k].place));
    for (const Block& b : blocks) give(b);
}

TEST(bytes_in_use_counts_large_blocks) {
    const i64 before = memory::bytes_in_use();
    {
        const Value a = make_value(DType::float64, Shape{100'000});
        const i64 taken = memory::bytes_in_use() - before;
        CHECK(taken >= 800'000 && taken < 900'000);
        const Value view = slice_axis(a, 0, 10, 5, false);
        CHECK_EQUAL(memory::bytes_in_use() - before, taken);
    }
    CHECK_EQUAL(memory::bytes_in_use(), before);
}

TEST(trim_gives_everything_back) {
    if (!allocations_are_counted()) return skip("allocations are not counted here");
    const long long before = live_blocks();
    {
        std::vector<Value> held;
        for (i64 n = 1; n < 2'000'000; n *= 2)
            for (int k = 0; k < 10; ++k) held.push_back(make_value(DType::uint8, Shape{n}));
    }
    CHECK_EQUAL(live_blocks(), before);
}

TEST(what_is_cached_is_bounded) {
    if (!allocations_are_counted()) return skip("allocations are not counted here");
    const auto cached_after = [](int count, std::size_t bytes) {
        const long long before = live_blocks();
        {
            std::vector<Block> blocks(static_cast<std::size_t>(count));
            for (Block& b : blocks) b = {memory::allocate(bytes, &b.cell), bytes, b.cell};
            for (const Block& b : blocks) give(b);
        }
        const long long cached = live_and_cached_blocks() - before;
        CHECK_EQUAL(live_blocks(), before);
        return cached;
    };
    CHECK(cached_after(5000, 8192) <= 8);
    CHECK(cached_after(5000, 64) <= 1024);
    CHECK(cached_after(1100, 70'000) <= 1024 + 1);  // and the list of them
}

TEST(blocks_may_be_freed_by_another_thread) {
    std::vector<Value> made;
    std::thread([&] {
        for (i64 n = 1; n < 300'000; n *= 3) made.push_back(full(DType::float32, Shape{n}, 3));
        for (Value& v : made) v = fresh_copy(v);
    }).join();
    for (const Value& v : made) CHECK_EQUAL(element(v, v.size() - 1), Number(3));
    std::vector<Value> back;
    for (i64 n = 1; n < 300'000; n *= 3) back.push_back(make_value(DType::float32, Shape{n}));
    std::thread([&] { back.clear(); }).join();
    made.clear();
}

TEST(a_thread_that_ends_gives_its_cache_back) {
    if (!allocations_are_counted()) return skip("allocations are not counted here");
    const auto work = [] {
        for (i64 n = 1; n < 10'000; n *= 2) make_value(DType::float64, Shape{n});
    };
    std::thread(work).join();
    const long long before = live_blocks();
    for (int k = 0; k < 3; ++k) std::thread(work).join();
    CHECK_EQUAL(live_blocks(), before);
}

TEST(threads_share_arrays_and_large_blocks) {
    const Value shared = fresh_copy(full(DType::float64, Shape{1000}, 1));
    const i64 before = memory::bytes_in_use();
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&shared, t] {
            for (int k = 0; k < 300; ++k) {
                const Value mine = shared;
                const Value part = slice_axis(mine, 0, k, 100, false);
                const Value large = make_value(DType::uint8, Shape{100'000 + 4096 * ((k + t) % 5)});
                std::memset(large.array->data, k, 100);
                if (item(part) != Number(1)) CHECK(false);
            }
        });
    for (std::thread& t : threads) t.join();
    CHECK_EQUAL(shared.array->refs.load(), 1u);
    CHECK_EQUAL(memory::bytes_in_use(), before);
}
