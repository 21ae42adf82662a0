// Tapes: intervals of a log, and what they watch.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "small_vector.h"
#include "thread_state.h"
#include "work.h"

namespace ag {

// Half-open range of records.
struct Interval {
    u32 begin, end;
};

class Tape {
    friend struct ThreadState;
    friend class Log;

   public:
    void* owner = nullptr;  // the Python object, for the core
    bool watch_accessed = true;
    bool recording = false;
    bool forward = false;      // of an accumulator of tangents
    bool never_asked = false;  // it is there for the sake of the records, not of derivatives
    // Not 0 for a tape of a function whose derivative is taken: what it knows must not leave the
    // tensors unnoticed. Set before it is entered; the core knows what the number means.
    int strict = 0;

    Tape();
    ~Tape();
    Tape(const Tape&) = delete;
    Tape& operator=(const Tape&) = delete;

    bool entered() const { return log_ != nullptr && !spent_; }
    // Somebody is asking it for derivatives.
    bool asked() const { return asked_ > 0; }
    // Waits until no other thread does.
    void wait_for_sweeps() const;
    Log* log() const { return log_; }
    // Starts recording on this thread. Throws when the tape lives on another log than the tapes
    // that are open, or on one that another thread appends to.
    void enter();
    // On another thread than it was entered on, waits for that thread's sweeps.
    void leave();
    // Leaves for a while: no other thread comes to append to the log before it is entered again, or
    // `stay_aside` is called.
    void set_aside();
    void stay_aside() noexcept;
    // Forgets what was recorded and watched; goes on recording if it was.
    void reset();
    // Forgets everything; leaves the thread if it is still open. Where a sweep runs, what is left
    // of the tape goes when that ends.
    void discard() noexcept;

    // Whether records of this tape have used it before, as a constant.
    bool watch(TensorData& t);
    bool watches(u32 node) const;
    // Whether a record of the log depends on what the tape watches. All calls together look at each
    // record of the tape once.
    bool knows(u32 node) const;
    const SmallVector<u32, 4>& watched() const { return watched_; }
    // What came to be watched after records of this tape may have used it; they see a constant.
    struct Late {
        u32 node, since;
    };
    const SmallVector<Late, 1>& watched_late() const { return late_; }
    // Adds the number of records of each operation, by its code, to `counts`.
    void count_operations(i64* counts) const {
        each_interval(no_node, [&](u32 begin, u32 end) {
            for (u32 i = begin; i < end; ++i) ++counts[(*log_)[i].op];
        });
    }
    // Calls f(begin, end) for each interval up to record `limit`, the open one included.
    template <class F>
    void each_interval(u32 limit, F f) const {
        each_interval(0, limit, f);
    }
    // The same for what lies in [first, limit): a walk that goes on where it stopped.
    template <class F>
    void each_interval(u32 first, u32 limit, F f) const {
        limit = std::min(limit, log_->size());
        // A rule that is called on the way may enter and leave the tape.
        for (auto k = interval_after(first) - intervals_.begin();
             k < static_cast<std::ptrdiff_t>(intervals_.size()); ++k) {
            const Interval i = intervals_.begin()[k];
            const u32 begin = std::max(i.begin, first), end = std::min(i.end, limit);
            if (begin >= limit) break;
            work_done.records += 1 + end - begin;
            f(begin, end);
        }
    }
    // Whether a node is a record of this tape's intervals.
    bool recorded(u32 node) const {
        const Interval* i = interval_after(node);
        return i != intervals_.end() && node >= i->begin;
    }
    // Whether anything but watched values was recorded, from `first` on.
    bool has_operations(u32 first) const {
        bool found = false;
        each_interval(first, no_node, [&](u32 begin, u32 end) {
            for (u32 i = begin; i < end && !found; ++i) found = (*log_)[i].op != input_op;
        });
        return found;
    }
    u32 begin() const { return intervals_.empty() ? 0 : intervals_.front().begin; }
    u32 end() const {
        return intervals_.empty() ? 0 : std::min(intervals_.back().end, log_->size());
    }
    // No other tape needs the records.
    bool sole() const { return log_ != nullptr && log_->tapes.size() == 1; }
    // No other tape is asked for derivatives by them.
    bool only_asked() const;
    // A tape that is recording now, this one included, may depend on records up to `limit`.
    // With `first`, nothing before it did when that was asked about last.
    bool seen_by_others(u32 limit, u32 first = 0) const;
    // Records of the interval may depend on other tapes' watched values.
    bool may_see_foreign() const { return shared_; }

   private:
    friend class Claim;
    friend class Sharing;
    Log* log_ = nullptr;
    ThreadState* thread_ = nullptr;       // while open
    int pauses_ = 0;                      // of the thread when it was entered
    SmallVector<Interval, 2> intervals_;  // the last one ends at no_node while recording
    SmallVector<u32, 4> watched_;         // ascending
    SmallVector<Late, 1> late_;           // those of them, in the order of `since`
    struct Uses;
    std::unique_ptr<Uses> uses_;  // of nodes, as far as it was asked for
    bool shared_ = false;
    mutable std::vector<bool> known_;  // by node from begin() on, as far as somebody asked
    int asked_ = 0;                    // claims on it
    bool asked_once_ = false;          // one of them is to use it up
    bool spent_ = false;               // it is used up: goes when the last claim does
    Tape* next_abandoned_ = nullptr;   // in the log's list

    // What is left of a tape that is destroyed while its log is swept.
    Tape(Tape&&) = default;
    void abandon();
    void wait_for_thread() const;
    void count_strict(int by) noexcept;
    void leave_now(bool for_a_while) noexcept;
    void release_log() noexcept;
    bool uses_unknown(u32 node);
    bool used_as_constant(const TensorData& t) const;
    // Lets go of arrays that only this tape could have reached.
    void drop_own_records() noexcept;
    // The first interval that does not end before `node`.
    const Interval* interval_after(u32 node) const {
        return std::upper_bound(intervals_.begin(), intervals_.end(), node,
                                [](u32 n, const Interval& i) { return n < i.end; });
    }
    // Notes in `known` which of this tape's records in [first, limit) another tape knows, and calls
    // visit(node) for those, until it returns false; so does this function then. Of the records
    // before `first` it knows none but those that it watches. What the other tape computed before
    // this one began counts as known: to know better would take a longer walk.
    template <class Visit>
    bool each_known(const Tape& tape, u32 first, u32 limit, u8* known, Visit visit) const;
};

}  // namespace ag
