// Counts what the program holds on the heap, and makes allocations fail on demand.
#pragma once

namespace test {

// False where the linker could not put the counters in between: then nothing can be counted.
bool allocations_are_counted();
// Blocks on the heap, after the engine's caches have been emptied.
long long live_blocks();
// The same with the blocks in the caches.
long long live_and_cached_blocks();

// In its scope, allocation number `n` (from 0) of this thread fails, and with `all_later` also
// those after it.
class FailAllocation {
   public:
    FailAllocation(long long n, bool all_later);
    ~FailAllocation();
    FailAllocation(const FailAllocation&) = delete;
    FailAllocation& operator=(const FailAllocation&) = delete;
    // Whether it has come to that.
    bool happened() const;
};

}  // namespace test
