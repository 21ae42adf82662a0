// Logs: flat arrays of records, and which node a value has in one.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>
#include <vector>

#include "record.h"

namespace ag {

struct TensorData;
struct ThreadState;
class Tape;
class SweepScope;
class Claim;
class CallInputs;  // of a log in program mode; see program.h

// Where a record comes from. Noted only where that is asked for; see numerics.h.
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

// Who uses a log at present, guarded by the lock; sharing.h has the rules.
struct LogUse {
    std::atomic<int> sweeps{0};       // that read it or may append to it
    int readers = 0;                  // of them, those that read it without the lock
    int writers = 0;                  // and those that may append to it without the lock
    ThreadState* consumer = nullptr;  // whose sweep lets go of its records
    bool consumed = false;            // that sweep, or the last one, has let go of some
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
    bool has_host = false;          // a rule is somebody else's code, which can fail
    WordArena words;                // numbers that records point to
    i64 elements = 0;               // recorded so far, a measure of what a sweep will cost
    int strict = 0;                 // open tapes that are
    CallInputs* program = nullptr;  // in program mode: whatever has an input is recorded
    u32 program_end = 0;            // of the records of programs that are set aside
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
    u8 assigned = 0;       // how often its value was assigned to; 255: more often than is counted

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

}  // namespace ag
