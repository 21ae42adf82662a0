// What the sweeps share: cotangents by node, what goes into a sweep and what comes out of it.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "end_sets.h"
#include "scattered.h"

namespace ag {

using Nodes = SmallVector<u32, 8>;

// Cotangents (or tangents) of the nodes in [first, first + count), and of a few nodes before it
// that were watched before the tape was entered.
class Slots {
   public:
    // `deferred`: a further output of the record has a cotangent that waits for it; when the rule
    // is asked, that this output itself has none.
    // `apart`: the cotangent, or some of it, is a sum of Scattered, or pieces to be put together.
    // `in_lanes`: it is the cotangents of a batch, of a number.
    enum State : u8 {
        wanted = 1,
        number = 2,
        array = 4,
        tracked = 8,
        source = 16,
        deferred = 32,
        apart = 64,
        in_lanes = 128,
    };

    struct Rows {
        Value indices, values;
    };

    // `outside`: further nodes, ascending, which must outlive the slots. `lane_count`: how many
    // cotangents of a number are kept in a row, if they are to be.
    Slots(u32 first, u32 count, const Nodes& outside, bool recorded, i64 lane_count = 0);
    ~Slots();
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    static constexpr u32 nowhere = 0xffffffffu;
    // Index of a node's slot, or nowhere.
    AG_INLINE u32 index(u32 node) const {
        const u32 i = node - first_;
        return AG_LIKELY(i < count_) ? i : has_outside_ ? outside_index(node) : nowhere;
    }
    u8& state(u32 index) { return state_[index]; }
    bool wants(u32 node) const {
        const u32 i = index(node);
        return i != nowhere && (state_[i] & wanted);
    }
    bool filled(u32 index) const { return state_[index] & (number | array | in_lanes); }

    // Adds a float or double to the cotangent of a 0-d node.
    template <class T>
    AG_INLINE void add_number(u32 index, T x) {
        u8& s = state_[index];
        if (s & number) {
            T sum;
            std::memcpy(&sum, &value_[index], sizeof sum);
            x += sum;
        }
        value_[index] = 0;
        std::memcpy(&value_[index], &x, sizeof x);
        s |= number;
    }
    void add(u32 node, Value&& g);
    // The stored value, of the given dtype; with `keep` it stays.
    Value get(u32 index, DType dtype, bool keep);
    u64 bits(u32 index) const { return value_[index]; }
    void clear(u32 index) { state_[index] &= static_cast<u8>(~number); }
    // Cotangents are constants from now on.
    void forget_records();

    // The sources behind the records of the sweep.
    EndSets& ends() {
        if (ends_ == nullptr) ends_ = std::make_unique<EndSets>(first_);
        return *ends_;
    }
    void forget_ends() noexcept { ends_.reset(); }

    // A batch of cotangents of a 0-d node, to be added to; zeros if there were none.
    void* lanes(u32 index) {
        if (AG_UNLIKELY(!(state_[index] & in_lanes))) begin_lanes(index);
        return reinterpret_cast<void*>(value_[index]);
    }
    bool has_lanes() const { return lane_count_ > 0; }
    void drop_lanes(u32 index) {
        free_lanes_.push_back(reinterpret_cast<void*>(value_[index]));
        state_[index] &= static_cast<u8>(~in_lanes);
    }

    // Rows of the cotangent of a source that nothing else was computed for: kept as they are.
    void add_rows(u32 index, const Value& indices, const Value& rows) {
        rare().rows[index].push_back({indices, rows});
    }
    // The rows kept for a source, if any.
    const std::vector<Rows>* rows(u32 index) const {
        if (rare_ == nullptr) return nullptr;
        auto found = rare_->rows.find(index);
        return found == rare_->rows.end() ? nullptr : &found->second;
    }

    void add_scattered(u32 node, Scattered&& cotangent);
    std::vector<Scattered> take_scattered(u32 index, bool keep);
    // The same, of a part of a node of this shape: its elements, by their places in C order.
    // False if there are too many terms, in which one of them is another row's.
    bool add_scattered_at(u32 node, const Shape& shape, const std::vector<i64>& places,
                          const Scattered& part);
    std::size_t scattered_terms(u32 index) const {
        if (rare_ == nullptr) return 0;
        auto found = rare_->scattered.find(index);
        return found == rare_->scattered.end() ? 0 : found->second.size();
    }
    // More terms than this, and than half of the batch, are cheaper as one dense cotangent.
    static constexpr std::size_t most_terms = 16;

    void add_piece(u32 node, Piece&& piece);
    // The pieces of a cotangent, which has them no more.
    std::vector<Piece> take_pieces(u32 index);
    // If the node's cotangent is an array that nobody else holds, it can be added to in place.
    Value* borrow(u32 node, Value& space);
    void give_back(u32 node, Value& space);

   private:
    u32 first_, count_;
    const Nodes& outside_;
    bool has_outside_;
    u64* value_;
    u32* node_ = nullptr;  // records of the cotangents, in a recorded sweep
    u8* state_;
    std::size_t slots_;
    bool holds_arrays_ = false;
    i64 lane_count_;
    std::vector<void*> all_lanes_, free_lanes_;  // memory of several each; of one each
    std::size_t lanes_made_ = 0;
    // What few sweeps have: made when it is needed, since most are over in a microsecond.
    struct Rare {
        std::map<u32, std::vector<Rows>> rows;
        std::map<u32, std::vector<Scattered>> scattered;
        std::map<u32, std::vector<Piece>> pieces;
    };
    std::unique_ptr<Rare> rare_;
    Rare& rare() {
        if (rare_ == nullptr) rare_ = std::make_unique<Rare>();
        return *rare_;
    }
    std::unique_ptr<EndSets> ends_;
    static constexpr std::size_t inline_slots = 64;
    u64 inline_value_[inline_slots];
    u8 inline_state_[inline_slots];

    u32 outside_index(u32 node) const;
    void begin_lanes(u32 index);
    void put(u32 index, Value&& g);
    void release();
};

// How a sweep runs: with records of its own, and with many cotangents at once. In a batched sweep
// every cotangent has one axis more than its node, in front, of extent `batch`.
struct SweepMode {
    bool recorded = false;
    bool pieces = false;  // recorded, and parts of a cotangent wait until it is complete
    i64 batch = -1;

    bool batched() const { return batch >= 0; }
    Shape lift(const Shape& shape) const;
    ViewSpec lift(const ViewSpec& spec) const;
};

// ---- parts of a cotangent that wait for the rest

// Whether one dense cotangent is cheaper than so many scattered ones.
bool too_many(std::size_t terms, const SweepMode& mode);
void add_scattered(const Log& log, u32 node, Slots& slots, const SweepMode& mode, Scattered&& part);
// Makes the scattered part of a cotangent dense.
void spread_cotangent(const Log& log, u32 node, Slots& slots, const SweepMode& mode);
// Puts together what a recorded sweep has kept in pieces.
void join_pieces(const Log& log, u32 node, Slots& slots, const SweepMode& mode);

// ---- what goes in and comes out

struct Seed {
    u32 node;
    Value value;
};

// What a sweep answers for one source (or target): nothing if it is not connected.
struct Answer {
    bool connected = false;
    Value value;
    std::vector<Slots::Rows> rows;  // instead of the value: rows of a cotangent that is 0 elsewhere
};

}  // namespace ag
