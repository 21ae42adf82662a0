// The tape: a flat array of fixed-size records, one log per thread, and tapes as intervals of it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "array.h"
#include "small_vector.h"
#include "work.h"

namespace ag {

using OpCode = u16;
constexpr OpCode input_op = 0;  // a watched value: a record without a rule

// What one of the two payloads of a record holds.
enum class Keep : u8 { nothing = 0, number = 1, array = 2, extra = 3 };

// What a rule outside of the engine (a custom gradient) is asked for in a sweep.
struct ForeignCall {
    std::vector<Value> outputs;  // cotangents of the outputs, zeros where there are none
    std::vector<Value> inputs;   // to be filled in: cotangents of the inputs
    std::vector<u8> wanted;      // by input
    std::vector<u8> given;       // by input: whether `inputs` holds one
    std::vector<u32> nodes;      // by input: its node on the log that records now
};

// What it is asked for when tangents are pushed forward: the tangent of one output.
struct ForeignPush {
    std::vector<Value> inputs;   // tangents of the inputs
    std::vector<u8> given;       // by input: whether it has one
    std::vector<Value> outputs;  // zeros of the outputs' dtypes and shapes
    std::size_t output = 0;      // whose tangent is asked for
    Value result;
    bool has_result = false;
};

// Such a rule: an object of the layer above, and functions that know what it is. They return
// non-zero when they failed.
struct Foreign {
    void* object = nullptr;
    int (*reverse)(void* object, ForeignCall& call) = nullptr;
    int (*forward)(void* object, ForeignPush& push) = nullptr;
    void (*release)(void* object) = nullptr;

    Foreign() = default;
    Foreign(const Foreign&) = delete;
    Foreign& operator=(const Foreign&) = delete;
    ~Foreign() {
        if (release != nullptr) release(object);
    }
};

// What does not fit into a record: more than two inputs, attributes, values, a rule from outside.
struct Extra {
    std::vector<i64> attributes;
    std::vector<u32> inputs;  // none: those of the record
    std::vector<Value> kept;  // after the one in the first payload
    Foreign foreign;

    virtual ~Extra() = default;
};

// One operation. 32 bytes, values that a rule keeps alive included when they are numbers.
struct Record {
    OpCode op;
    u8 flags;     // kinds of the payloads in bits 0-1 and 2-3
    DType dtype;  // of the kept values
    u32 type;     // dtype and shape of the output, in the log's table of types
    u32 in[2];    // records of the inputs, or no_node
    union Payload {
        u64 bits;
        Array* array;
        Extra* extra;
    } keep[2];

    // Both payloads are numbers, the operation is elementwise, its output is a float.
    static constexpr u8 scalar = 0x10;

    Keep kind(int k) const { return static_cast<Keep>((flags >> (2 * k)) & 3); }
    void set_kind(int k, Keep kind) {
        flags = static_cast<u8>((flags & ~(3 << (2 * k))) | (static_cast<int>(kind) << (2 * k)));
    }
    bool has(int k) const { return kind(k) != Keep::nothing; }
    // Keeps `v` as payload k. All numbers kept by one record have one dtype.
    void store(int k, const Value& v);
    // Payload k as a value that input `node` made.
    Value load(int k, u32 node) const;
    void store_extra(int k, Extra* extra) {
        keep[k].extra = extra;
        set_kind(k, Keep::extra);
    }
    const Extra* extra() const {
        return kind(0) == Keep::extra   ? keep[0].extra
               : kind(1) == Keep::extra ? keep[1].extra
                                        : nullptr;
    }
    // Nodes of the inputs; no_node for constants, and where there is no second one.
    int input_count() const {
        const Extra* e = extra();
        return e != nullptr && !e->inputs.empty() ? static_cast<int>(e->inputs.size()) : 2;
    }
    u32 input(int k) const {
        const Extra* e = extra();
        return e != nullptr && !e->inputs.empty() ? e->inputs[static_cast<std::size_t>(k)] : in[k];
    }
    void drop_payloads() noexcept;
    // What is computed from it is of no concern to any tape.
    void become_constant() noexcept {
        drop_payloads();
        op = input_op;
        flags = 0;
        in[0] = in[1] = no_node;
    }
};
// Calls f(node) for each tracked input.
template <class F>
void each_input(const Record& r, F f) {
    for (int k = 0; k < r.input_count(); ++k)
        if (r.input(k) != no_node) f(r.input(k));
}
static_assert(sizeof(Record) == 32, "the record is the tape's price per operation");

// Where a record comes from. Noted only while results are checked; see numerics.h.
struct Origin {
    u64 place = 0;                    // in the user's program; 0: not known
    u64 asked = 0;                    // of a record that a sweep made: where that was asked for
    OpCode derivative_of = input_op;  // and the operation that the sweep was at
};

// dtype and shape of an output. 0-d values use their dtype's code as index.
struct TypeEntry {
    DType dtype;
    Shape shape;
};

// Memory by the word that stays where it is until all of it is given up.
class WordArena {
   public:
    u64* take(u32 count) {
        if (AG_UNLIKELY(count > left_)) grow(count);
        u64* const words = next_;
        next_ += count;
        left_ -= count;
        return words;
    }
    void clear() noexcept;
    ~WordArena() { clear(); }

   private:
    static constexpr u32 chunk_words = 4096;
    std::vector<u64*> chunks_;
    u64* next_ = nullptr;
    u32 left_ = 0;
    void grow(u32 count);
};

struct TensorData;
struct ThreadState;
class Tape;
class SweepScope;
class Claim;
class CallInputs;  // of a log in program mode; see program.h

// Who uses a log at present, guarded by the lock; sharing.h has the rules.
struct LogUse {
    std::atomic<int> sweeps{0};       // that read it or may append to it
    int readers = 0;                  // of them, those that read it without the lock
    int writers = 0;                  // and those that may append to it without the lock
    ThreadState* consumer = nullptr;  // whose sweep lets go of its records
    Tape* abandoned = nullptr;        // destroyed meanwhile, which is put off
    bool broken = false;              // a fork has left it half changed
};

// Who wants to know of the values from outside that operations read while a log records.
struct ReadObserver {
    void* object = nullptr;
    void (*read)(void* object, const TensorData& t) = nullptr;
};

// An epoch is a count and, in its last bits, the place of its log in the registry.
constexpr int place_bits = 20;

// The records of one thread, since the outermost tape was entered.
class Log {
   public:
    static constexpr int chunk_bits = 11;
    static constexpr u32 chunk_size = 1u << chunk_bits;

    u64 epoch = 0;             // identifies this life of the log among all logs of the process
    std::vector<Tape*> tapes;  // that still need the records
    ThreadState* appender = nullptr;  // the thread whose open tapes append to it
    // Threads that keep it for their next tape, and one more while it has tapes.
    std::atomic<int> users{0};
    std::atomic<u64> alive{0};      // `epoch`, as other threads see it
    bool has_foreign = false;       // a sweep may run code that can fail
    WordArena words;                // numbers that records point to
    i64 elements = 0;               // recorded so far, a measure of what a sweep will cost
    int strict = 0;                 // open tapes that are
    CallInputs* program = nullptr;  // in program mode: whatever has an input is recorded
    LogUse use;

    Log();
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    u32 size() const { return size_; }
    Record& operator[](u32 i) { return chunks_[i >> chunk_bits][i & (chunk_size - 1)]; }
    const Record& operator[](u32 i) const { return chunks_[i >> chunk_bits][i & (chunk_size - 1)]; }
    // The record that will have index size(). It counts once commit() is called, so that what
    // fails in between leaves no trace.
    Record* reserve() {
        if (AG_UNLIKELY(next_ == end_)) grow();
        next_->flags = 0;
        return next_;
    }
    // Makes sure that the next `count` reserve() cannot fail.
    void prepare(u32 count);
    u32 commit() {
        ++next_;
        return size_++;
    }
    u32 type_of(const Value& v) {
        return v.is_array ? array_type(v.dtype, v.array->extents, v.array->rank)
                          : static_cast<u32>(v.dtype);
    }
    u32 type_of(DType dtype, const Shape& shape) {
        return array_type(dtype, shape.dims, shape.rank);
    }
    const TypeEntry& type(u32 index) const { return *types_[index]; }
    const TypeEntry& type_of_node(u32 node) const { return type((*this)[node].type); }

    // Makes `node`, the next record, the one of a value. If a living log has the value's slot, that
    // log enters its own node of it in a side table.
    void adopt(TensorData& t, u32 node);
    // Values that this log knows although their own slot belongs to another one.
    bool has_side() const { return !side_.empty(); }
    u32 side_node(const TensorData* t) const;

    // The observer of reads, which must outlive this life of the log; null for none.
    const ReadObserver* observer() const { return observer_; }
    void observe(const ReadObserver* observer) {
        observer_ = observer;
        refresh();
    }
    // Whether a value whose slot belongs to another log is looked up here, or observed.
    bool has_lookup() const { return has_lookup_; }
    u32 look_up(const TensorData& t) const;

    // The node that a node of this log is in the log that the thread records on: values watched in
    // both have one in each. no_node if it has none there.
    u32 node_in_active(u32 node) const;
    u32 alias_of(const Log& other, u32 other_node) const;
    void keep() noexcept { users.fetch_add(1, std::memory_order_relaxed); }
    // One user fewer; the last one ends the log.
    void let_go() noexcept {
        if (users.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    // This thread appends to it no more, unless it has tapes open on it.
    void settle_appender() noexcept;

    // Keeps an object until the records go, once however often it is asked to.
    void hold(void* object, void (*retain)(void*), void (*release)(void*)) {
        if (AG_LIKELY(!held_.empty() && held_.back().first == object)) return;
        hold_another(object, retain, release);
    }

    // Lets go of what no tape knows, if so much was recorded since it was done last that the walk
    // over all tapes costs little beside that. Tapes let go of their own records, but not of what a
    // sweep or another thing has recorded from those.
    void collect() noexcept;

    // Lets go of the payloads in [begin, end).
    void drop_range(u32 begin, u32 end) noexcept;
    // Lets go of the chunk that ends at record `end`, and of all payloads in it.
    void drop_chunk(u32 end) noexcept;
    void begin_epoch();
    void clear() noexcept;
    // Some bits of the epoch, as much as a tensor has room for.
    u16 mark() const { return static_cast<u16>(epoch >> place_bits); }

    // A side table: a record has no room for it, and hardly ever needs it.
    Origin origin(u32 node) const {
        const std::size_t i = node - first_origin_;
        return node >= first_origin_ && i < origins_.size() ? origins_[i] : Origin();
    }
    // Of the next `count` records.
    void set_next_origin(const Origin& origin, u32 count = 1);
    void forget_origins() noexcept { std::vector<Origin>().swap(origins_); }
    // Of all logs of the process. No thread may be noting any.
    static void forget_all_origins() noexcept;

   private:
    std::vector<Record*> chunks_;
    Record* next_ = nullptr;
    Record* end_ = nullptr;
    u32 size_ = 0;
    std::vector<std::unique_ptr<TypeEntry>> types_;  // references stay valid while it grows
    std::unordered_multimap<u64, u32> type_index_;
    u32 last_type_ = 0;
    // A value that other logs know too.
    struct Shared {
        u32 node;
        const TensorData* value;
    };
    u32 place_;  // in the registry of logs
    std::unordered_map<const TensorData*, u32> side_;
    std::vector<Shared> shared_;  // by node, ascending
    const ReadObserver* observer_ = nullptr;
    bool has_lookup_ = false;
    std::vector<std::pair<void*, void (*)(void*)>> held_;
    i64 collected_ = 0;            // `elements` when collect() did its work last
    i64 known_elements_ = 0;       // that tapes knew then
    std::vector<Origin> origins_;  // of the records from first_origin_ on
    u32 first_origin_ = 0;

    friend struct TensorData;
    void enter_side(const TensorData* t, u32 node);
    void erase_side(const TensorData* t);
    void forget_sides() noexcept;
    std::vector<Shared>::const_iterator find_shared(u32 node) const;
    void enter_shared(u32 node, const TensorData* t);
    void erase_shared(u32 node);
    void hold_another(void* object, void (*retain)(void*), void (*release)(void*));
    void refresh() { has_lookup_ = !side_.empty() || observer_ != nullptr; }
    void grow();
    void make_chunk(std::size_t chunk);
    u32 array_type(DType dtype, const i64* extents, int rank);
};

// A value and the place that it has in a log: what a Python tensor holds.
struct TensorData {
    Value value;  // value.node counts only while `epoch` is that of the asking log
    u64 epoch = 0;
    // Where it was an operand without a node last: the next record's index, and Log::mark().
    mutable u32 used_at = no_node;
    mutable u16 used_in = 0;
    bool in_side = false;  // some other log knows it too

    ~TensorData() {
        if (AG_UNLIKELY(in_side)) forget_sides();
    }
    void forget_sides() noexcept;
};

// The log that operations of this thread are appended to; null while nothing records.
extern AG_THREAD_LOCAL Log* active_log;
// Operations of this thread look whether their results are finite; see numerics.h.
extern AG_THREAD_LOCAL bool checking;
inline void set_checking(bool on) { checking = on; }

inline u32 Log::node_in_active(u32 node) const {
    if (active_log == this || active_log == nullptr) return node;
    return active_log->alias_of(*this, node);
}

// Results are not checked in its scope.
class PauseChecks {
   public:
    PauseChecks() : saved_(checking) { checking = false; }
    ~PauseChecks() { checking = saved_; }
    PauseChecks(const PauseChecks&) = delete;
    PauseChecks& operator=(const PauseChecks&) = delete;

   private:
    bool saved_;
};

// Nothing is recorded in its scope, but by tapes that are entered in it. Nor are results checked:
// what an operation computes on its way is its own affair.
class PauseRecording {
   public:
    explicit PauseRecording(bool really = true) : really_(really) {
        if (really) pause();
    }
    ~PauseRecording() {
        if (really_) resume();
    }
    PauseRecording(const PauseRecording&) = delete;
    PauseRecording& operator=(const PauseRecording&) = delete;

   private:
    bool really_;
    Log* saved_ = nullptr;
    u64 generation_ = 0;
    PauseChecks unchecked_;

    void pause();
    void resume() noexcept;
};

// A sweep calls a rule from outside, or a signal handler, in its scope. Those may enter and leave
// tapes; afterwards the sweep records as before, if the same log records still.
class CallOutside {
   public:
    // `anything`: what is called has nothing to do with the sweep, and is recorded as if there was
    // none.
    explicit CallOutside(bool anything = false)
        : log_(active_log), epoch_(log_ != nullptr ? log_->epoch : 0) {
        if (anything) forget_pauses();
    }
    ~CallOutside() {
        if (thread_ != nullptr) remember_pauses();
        if (log_ == nullptr) active_log = nullptr;
    }
    CallOutside(const CallOutside&) = delete;
    CallOutside& operator=(const CallOutside&) = delete;

    // What the sweep has recorded is on no log that records now.
    bool has_moved() const {
        return log_ != nullptr && (active_log != log_ || log_->epoch != epoch_);
    }

   private:
    Log* log_;
    u64 epoch_;
    ThreadState* thread_ = nullptr;
    int pauses_ = 0;

    void forget_pauses();
    void remember_pauses() noexcept;
};

AG_INLINE u32 node_of(const TensorData& t, const Log* log) {
    if (AG_LIKELY(t.epoch == log->epoch)) return t.value.node;
    return AG_UNLIKELY(log->has_lookup()) ? log->look_up(t) : no_node;
}

// The same, and no observer hears of it.
inline u32 known_node(const TensorData& t, const Log* log) {
    return t.epoch == log->epoch ? t.value.node : log->side_node(&t);
}

// Open tapes of functions whose derivative is taken (Tape::strict), in all threads.
extern std::atomic<int> strict_tapes;
// Fails if such a tape of another thread knows the value: what is computed from it here would be
// missing in the derivative without a word.
void check_other_threads(const TensorData& t);

// The node of a value that an operation of this thread reads. One without is marked, so that who
// comes to watch it later can be told.
AG_INLINE u32 active_node(const TensorData& t) {
    const Log* const log = active_log;
    if (AG_LIKELY(log != nullptr && t.epoch == log->epoch)) return t.value.node;
    const int own = log == nullptr ? 0 : log->strict;
    // What never was on a tape is on no other thread's.
    if (AG_UNLIKELY((t.epoch != 0 || t.in_side) &&
                    strict_tapes.load(std::memory_order_relaxed) != own))
        check_other_threads(t);
    if (log == nullptr) return no_node;
    const u32 node = node_of(t, log);
    if (node == no_node) {
        t.used_at = log->size();
        t.used_in = log->mark();
    }
    return node;
}

// The tensor's value as the operations of this thread see it.
inline Value traced(const TensorData& t) {
    Value v(t.value);
    v.node = active_node(t);
    return v;
}

// The value for an operation that has no derivative by it: that it was read is of no concern to
// tapes, and where it comes from to programs alone.
inline Value untraced(const TensorData& t) {
    if (AG_UNLIKELY(active_log != nullptr && active_log->program != nullptr)) return traced(t);
    return t.value.detached();
}

// Takes a result over into a tensor.
inline void bind_result(TensorData& t, Value& v) {
    if (v.node != no_node && active_log != nullptr) t.epoch = active_log->epoch;
    t.value.swap(v);
}

// What a thread knows of its tapes. Other threads may ask and change it, with the lock.
struct ThreadState {
    Log* log = nullptr;  // of the open tapes; kept for reuse when none is open
    std::vector<Tape*> open;
    // Changes whenever the set of recording tapes does; the first time to one that no thread had.
    u64 generation = (1 << 20) - 1;
    int forward = 0;  // accumulators among the open ones
    int pauses = 0;   // scopes of PauseRecording
    Log** active;     // the thread's active_log

    // See sharing.h.
    SweepScope* scopes = nullptr;  // of the sweeps that it is in, the innermost
    Claim* claims = nullptr;       // on tapes that it asks, the latest
    int sweeps_without = 0;        // sweeps that have let go of the lock
    bool without_lock = false;     // it has let go of the lock now
    void* saved_lock = nullptr;    // to take the lock again

    ThreadState();
    ~ThreadState();
    ThreadState(const ThreadState&) = delete;
    ThreadState& operator=(const ThreadState&) = delete;
    void refresh();  // the set of recording tapes has changed
    // The log that records: none while a pause began after all the open tapes.
    Log* recording_log() const;
    void leave_all() noexcept;
};
ThreadState& thread_state();

// All threads and logs of the process, to find the one that a tensor's slot speaks of, if that is
// still in use. There are as many logs as threads with tapes, and those that closed persistent
// tapes keep.
struct Registry {
    std::mutex mutex;
    std::vector<Log*> logs;  // by place; null where one may be taken
    std::vector<u32> free;   // such places
    std::vector<ThreadState*> threads;
    // The side tables in which a value is.
    std::set<std::pair<const TensorData*, Log*>> sides;

    // The log of an epoch, or null if that is over.
    Log* find(u64 epoch) const {
        const u64 place = epoch & ((u64{1} << place_bits) - 1);
        Log* log = epoch == 0 || place >= logs.size() ? nullptr : logs[place];
        return log != nullptr && log->alive.load(std::memory_order_relaxed) == epoch ? log
                                                                                     : nullptr;
    }
};
Registry& registry();

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
    bool forward = false;  // of an accumulator of tangents
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
