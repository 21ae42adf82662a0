// What a tape holds, and how long a sweep takes at each of its records, for people to look at.
#pragma once

#include <chrono>
#include <vector>

#include "tape.h"

namespace ag {

// A record that a tape knows, without its values.
struct TapeRecord {
    u32 node;
    OpCode op;
    TypeEntry type;
    std::vector<u32> inputs;  // nodes; no_node for constants
    std::vector<i64> attributes;
    u64 place;  // in the user's program; 0 where that was not noted
};

// All that the tape knows, watched values included, as they were recorded.
std::vector<TapeRecord> tape_records(const Tape& tape);

// In its scope, sweeps of this thread back through records note how long they take at each.
class SweepTimes {
   public:
    struct Entry {
        OpCode op;
        TypeEntry type;
        u64 place;
        double nanoseconds;
    };

    SweepTimes();
    ~SweepTimes();
    SweepTimes(const SweepTimes&) = delete;
    SweepTimes& operator=(const SweepTimes&) = delete;
    const std::vector<Entry>& entries() const { return entries_; }

    // For a sweep: it comes to a record, or to its end.
    static SweepTimes* of_this_thread();
    void come_to(const Log& log, u32 node);
    void end();

   private:
    using Clock = std::chrono::steady_clock;
    std::vector<Entry> entries_;
    Clock::time_point since_;
    bool is_at_one_ = false;
    SweepTimes* outer_;
};

}  // namespace ag
