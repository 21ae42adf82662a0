// Sweeps over the records of a tape: reverse for cotangents, forward for tangents. They let go of
// the lock, if that is allowed, and take it back (sharing.h).
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "end_sets.h"
#include "ops/call.h"
#include "ops/ops.h"
#include "scattered.h"

namespace ag {

class CheckedSweep;  // see numerics.h

using Nodes = SmallVector<u32, 8>;

// Cotangents (or tangents) of the nodes in [first, first + count), and of a few nodes before it
// that were watched before the tape was entered.
class Slots {
   public:
    // `deferred`: a further output of the record has a cotangent that waits for it.
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

// What a structural reverse rule works with.
class Accumulator {
   public:
    Accumulator(const Log& log, u32 node, Slots& slots, const SweepMode& mode)
        : log_(log), record_(log[node]), node_(node), slots_(slots), mode_(mode) {}

    const SweepMode& mode() const { return mode_; }
    // 1 if cotangents have an axis in front of those of their node.
    int batch_axes() const { return mode_.batched(); }
    const Log& log() const { return log_; }
    bool wants_node(u32 node) const { return slots_.wants(node); }
    EndSets& ends() const { return slots_.ends(); }
    bool is_source(u32 node) const { return slots_.state(slots_.index(node)) & Slots::source; }
    // The shape, or view, of a cotangent for that of its node.
    template <class Shaped>
    Shaped lift(const Shaped& x) const {
        return mode_.lift(x);
    }
    // g summed over the axes along which input k was broadcast.
    Value fit(int k, const Value& g) const { return sum_to(g, lift(shape(k)), batch_axes()); }

    bool wants(int k) const { return slots_.wants(input(k)); }
    u32 input(int k) const { return record_.input(k); }
    // Its node in the log that is recorded on.
    u32 active_input(int k) const {
        const u32 node = input(k);
        return node == no_node ? no_node : log_.node_in_active(node);
    }
    const Shape& shape(int k) const { return log_.type_of_node(input(k)).shape; }
    DType dtype(int k) const { return log_.type_of_node(input(k)).dtype; }
    const Shape& output_shape() const { return log_.type(record_.type).shape; }
    // Of the call that made the record; see ops/call.h.
    Attributes attributes() const { return attributes_of(log_, record_); }
    Value kept_input(int j) const { return ag::kept_input(log_, node_, j); }
    Value kept_output() const { return ag::kept_output(log_, node_); }
    void add(int k, Value&& g) { slots_.add(input(k), std::move(g)); }
    void forget_records() { slots_.forget_records(); }
    // The cotangent of further output k of an operation with several; zeros if there is none.
    Value take_output(int k);
    // Keeps g as rows of the cotangent of input k, if that is a source and no result of its own.
    bool add_rows(int k, const Value& indices, const Value& g);
    // Adds g along a view of input k, or to its picked rows. That costs no more than g is large,
    // if it is not the first.
    void add_along(int k, const ViewSpec& spec, const Value& g);
    void add_picked(int k, const Value& indices, Axes axes, const Value& g);
    // The same of a scattered cotangent, in which no element of the input occurs twice.
    void add_scattered_along(int k, const ViewSpec& spec, const Scattered& g);
    void add_scattered_picked(int k, const Value& indices, Axes axes, const Scattered& g);
    // Rows of g, which has the shape of the output.
    Value picked(const Value& g, const Value& indices, Axes axes) const;

   private:
    const Log& log_;
    const Record& record_;
    u32 node_;
    Slots& slots_;
    const SweepMode& mode_;

    // Whether to put a scattered part of input k into an array of its own.
    bool whole(int k, bool all) const;
};

// Tangents of the nodes of a tape, pushed along as far as they were asked for.
class TangentTable {
   public:
    explicit TangentTable(const Tape& tape) : tape_(tape) {}

    // Gives a node a tangent, beside what it may get from its inputs; records before `since` do not
    // see it.
    void seed(u32 node, const Value& tangent, u32 since = 0);
    // Pushes tangents through the records before `limit`. Appends records if another tape that is
    // recording on this thread can see the tape's records.
    void advance(u32 limit);
    // Whether advance(limit) has anything to do.
    bool behind(u32 limit) const { return next_ < limit && !(values_.empty() && outside_.empty()); }
    // The first record that they were not pushed through.
    u32 position() const { return next_; }
    // Tangent of a node, or null. Of what was passed over, only after `require`.
    const Value* find(u32 node) const {
        if (node < first_) return find_outside(node);
        const std::size_t i = node - first_;
        return i < values_.size() && state_[i] == present ? &values_[i] : nullptr;
    }
    // Whether it has one, stored or not.
    bool reaches(u32 node) const {
        if (node < first_) return find_outside(node) != nullptr;
        const std::size_t i = node - first_;
        return i < values_.size() && state_[i] != absent;
    }
    // Computes the tangent of a node that was not stored, when it was passed, for want of a reader.
    void require(u32 node);
    // The seeds behind the records.
    EndSets& ends() const {
        if (ends_ == nullptr) ends_ = std::make_unique<EndSets>(first_);
        return *ends_;
    }

   private:
    const Tape& tape_;
    u32 first_ = 0;  // node of values_[0]
    u32 next_ = 0;   // first record that was not looked at
    enum State : u8 { absent, present, passed };
    std::vector<Value> values_;
    std::vector<u8> state_;
    // Runs of records, of which some have no tangent stored, by the first.
    using Passed = std::map<u32, std::vector<u32>>;
    Passed passed_;
    std::vector<u32> last_reader_;  // of the nodes that are being advanced over
    u32 reader_first_ = 0;
    std::map<u32, Value> outside_;           // of nodes watched before the tape was entered
    bool tracked_ = false;                   // some tangent given has a record of its own
    bool seen_ = false;                      // some tape that was recording could see the records
    u32 unseen_ = 0;                         // none could, of those before this one
    mutable std::unique_ptr<EndSets> ends_;  // until there is another seed

    const Value* find_outside(u32 node) const;
    void add(u32 node, Value&& tangent);
    void push(const Log& log, u32 node, CheckedSweep& checks);
    void require_here(u32 node);
    void store(Passed::iterator run);
    bool seen_by_others(u32 limit);
    void find_readers(const Log& log, u32 limit);
    u32 push_run(const Log& log, u32 begin, u32 end);
};

// What a structural forward rule works with.
class Tangents {
   public:
    Tangents(const Log& log, u32 node, const TangentTable& table)
        : log_(log), record_(log[node]), node_(node), table_(table) {}
    bool has(int k) const { return input(k) != no_node && table_.find(input(k)) != nullptr; }
    u32 node() const { return node_; }
    const Record& record(u32 node) const { return log_[node]; }
    const TypeEntry& type_of(u32 node) const { return log_.type_of_node(node); }
    const Log& log() const { return log_; }
    const Value* of(u32 node) const { return table_.find(node); }
    bool reaches(u32 node) const { return table_.reaches(node); }
    EndSets& ends() const { return table_.ends(); }
    // Tangent of input k, which must have one.
    const Value& get(int k) const { return *table_.find(input(k)); }
    u32 input(int k) const { return record_.input(k); }
    // Its node in the log that is recorded on.
    u32 active_input(int k) const {
        const u32 node = input(k);
        return node == no_node ? no_node : log_.node_in_active(node);
    }
    const Shape& shape(int k) const { return log_.type_of_node(input(k)).shape; }
    const Shape& output_shape() const { return log_.type(record_.type).shape; }
    DType dtype() const { return log_.type(record_.type).dtype; }
    // Of the call that made the record; see ops/call.h.
    Attributes attributes() const { return attributes_of(log_, record_); }
    Value kept_input(int j) const { return ag::kept_input(log_, node_, j); }
    Value kept_output() const { return ag::kept_output(log_, node_); }

   private:
    const Log& log_;
    const Record& record_;
    u32 node_;
    const TangentTable& table_;
};

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

// Cotangents of `sources` for the cotangents `seeds`, into `answers`. Appends records if a tape is
// recording on this thread. With `consume`, the records are let go of as the sweep passes them.
// `batch`: how many cotangents there are at once, along a first axis that all of them have more; or
// -1.
void reverse_sweep(const Tape& tape, const Seed* seeds, std::size_t seed_count, const u32* sources,
                   std::size_t source_count, Answer* answers, bool consume, i64 batch = -1);

// Cotangents of `sources` for every element of one target: answer k has the shape [elements of the
// target, *shape of source k]. Many cotangents go through one sweep together. With `shared_rows`,
// the first axis of the target is not looped over: element (r, j) of all rows r is one cotangent.
void jacobian_sweep(const Tape& tape, const Seed& target, const u32* sources,
                    std::size_t source_count, Answer* answers, bool shared_rows);

// Tangents of `targets` for the tangents `seeds`, into `answers`.
void forward_sweep(const Tape& tape, const Seed* seeds, std::size_t seed_count, const u32* targets,
                   std::size_t target_count, Answer* answers);

}  // namespace ag
