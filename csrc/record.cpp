#include "record.h"

#include <new>
#include <set>

#include "ops/table.h"
#include "sharing.h"

namespace ag {

AG_THREAD_LOCAL Log* active_log = nullptr;
AG_THREAD_LOCAL bool checking = false;
std::atomic<int> strict_tapes{0};

// ---------------------------------------------------------------- records

void Record::store(int k, const Value& v) {
    dtype = v.dtype;
    if (v.is_array) {
        v.array->retain();
        keep[k].array = v.array;
        set_kind(k, Keep::array);
    } else {
        keep[k].bits = v.bits;
        set_kind(k, Keep::number);
    }
}

Value Record::load(int k, u32 node) const {
    Value v;
    if (kind(k) == Keep::array) {
        v.array = keep[k].array;
        v.array->retain();
        v.is_array = true;
        v.dtype = v.array->dtype;
    } else {
        AG_ASSERT(kind(k) == Keep::number);
        v.bits = keep[k].bits;
        v.dtype = dtype;
    }
    v.node = node;
    return v;
}

// Apart: most records have none.
AG_NOINLINE static void drop_extra(Extra* extra) noexcept { delete extra; }

void Record::drop_payloads() noexcept {
    for (int k = 0; k < 2; ++k) {
        if (kind(k) == Keep::array)
            keep[k].array->drop();
        else if (AG_UNLIKELY(kind(k) == Keep::extra))
            drop_extra(keep[k].extra);
    }
    flags &= scalar;
}

// ---------------------------------------------------------------- logs

Registry& registry() {
    // Never destroyed: threads may end after static objects.
    static Registry* shared = new Registry;
    return *shared;
}

void WordArena::grow(u32 count) {
    const u32 size = std::max(count, chunk_words);
    chunks_.push_back(nullptr);  // first, so that the chunk cannot be lost
    u64* const chunk = static_cast<u64*>(std::malloc(size * sizeof(u64)));
    if (chunk == nullptr) fail(ErrorKind::memory, "could not allocate numbers of the tape");
    chunks_.back() = chunk;
    next_ = chunk;
    left_ = size;
}

void WordArena::clear() noexcept {
    for (u64* chunk : chunks_) std::free(chunk);
    chunks_.clear();
    next_ = nullptr;
    left_ = 0;
}

namespace {

std::atomic<u64> next_epoch{1};

constexpr std::size_t chunks_kept = 64;

u64 hash_type(DType dtype, const i64* extents, int rank) {
    u64 h = 0x9e3779b97f4a7c15ull * (static_cast<u64>(dtype) * 64 + static_cast<u64>(rank) + 1);
    for (int k = 0; k < rank; ++k) h = (h ^ static_cast<u64>(extents[k])) * 0xff51afd7ed558ccdull;
    return h ^ (h >> 29);
}

}  // namespace

Log::Log() {
    for (int code = 0; code < dtype_count; ++code)
        types_.push_back(std::make_unique<TypeEntry>(TypeEntry{static_cast<DType>(code), Shape()}));
    Registry& r = registry();
    std::lock_guard<std::mutex> lock(r.mutex);
    if (r.free.empty()) {
        if (r.logs.size() >> place_bits != 0)
            fail(ErrorKind::memory, "a process holds at most 1,048,576 tapes with records");
        r.free.reserve(r.logs.size() + 1);
        r.logs.push_back(nullptr);
        r.free.push_back(static_cast<u32>(r.logs.size() - 1));
    }
    place_ = r.free.back();
    r.free.pop_back();
    r.logs[place_] = this;
}

Log::~Log() {
    clear();
    {
        Registry& r = registry();
        std::lock_guard<std::mutex> lock(r.mutex);
        r.logs[place_] = nullptr;
        r.free.push_back(place_);
    }
    for (Record* chunk : chunks_) std::free(chunk);
}

void Log::make_chunk(std::size_t chunk) {
    while (chunk >= chunks_.size()) chunks_.push_back(nullptr);
    if (chunks_[chunk] != nullptr) return;
    chunks_[chunk] = static_cast<Record*>(std::malloc(sizeof(Record) * chunk_size));
    if (chunks_[chunk] == nullptr)
        fail(ErrorKind::memory, "could not allocate records of the tape");
}

void Log::grow() {
    const std::size_t chunk = size_ >> chunk_bits;
    if (size_ > no_node - chunk_size)
        fail(ErrorKind::memory, "a tape holds at most 4,294,965,248 records");
    make_chunk(chunk);
    next_ = chunks_[chunk];
    end_ = next_ + chunk_size;
}

void Log::prepare(u32 count) {
    if (count > no_node - 2 * chunk_size - size_)
        fail(ErrorKind::memory, "a tape holds at most 4,294,965,248 records");
    for (std::size_t chunk = size_ >> chunk_bits; chunk <= (size_ + count) >> chunk_bits; ++chunk)
        make_chunk(chunk);
}

u32 Log::array_type(DType dtype, const i64* extents, int rank) {
    if (rank == 0) return static_cast<u32>(dtype);
    auto equal = [&](const TypeEntry& t) {
        return t.dtype == dtype && t.shape.rank == rank &&
               std::equal(extents, extents + rank, t.shape.dims);
    };
    if (equal(*types_[last_type_])) return last_type_;
    const u64 h = hash_type(dtype, extents, rank);
    auto range = type_index_.equal_range(h);
    for (auto it = range.first; it != range.second; ++it)
        if (equal(*types_[it->second])) return last_type_ = it->second;
    const u32 index = static_cast<u32>(types_.size());
    types_.push_back(std::make_unique<TypeEntry>(TypeEntry{dtype, Shape(extents, rank)}));
    type_index_.emplace(h, index);
    return last_type_ = index;
}

u32 Log::side_node(const TensorData* t) const {
    auto found = side_.find(t);
    return found == side_.end() ? no_node : found->second;
}

void Log::enter_side(const TensorData* t, u32 node) {
    const auto entered = registry().sides.insert({t, this});
    try {
        side_[t] = node;
    } catch (...) {
        registry().sides.erase(entered.first);
        throw;
    }
    refresh();
}

void Log::erase_side(const TensorData* t) {
    side_.erase(t);
    refresh();
}

std::vector<Log::Shared>::const_iterator Log::find_shared(u32 node) const {
    return std::lower_bound(shared_.begin(), shared_.end(), node,
                            [](const Shared& s, u32 n) { return s.node < n; });
}

void Log::enter_shared(u32 node, const TensorData* t) {
    const auto place = find_shared(node);
    if (place == shared_.end() || place->node != node) shared_.insert(place, {node, t});
}

void Log::erase_shared(u32 node) {
    const auto place = find_shared(node);
    if (place != shared_.end() && place->node == node) shared_.erase(place);
}

void Log::adopt(TensorData& t, u32 node) {
    if (t.in_side || t.epoch != 0) {
        Registry& r = registry();
        std::lock_guard<std::mutex> lock(r.mutex);
        Log* const before = t.epoch == epoch ? nullptr : r.find(t.epoch);
        const auto side = r.sides.lower_bound({&t, nullptr});
        const bool elsewhere = side != r.sides.end() && side->first == &t;
        if (before != nullptr || elsewhere) enter_shared(node, &t);
        if (before != nullptr) {
            try {
                before->enter_shared(t.value.node, &t);
                before->enter_side(&t, t.value.node);
            } catch (...) {
                erase_shared(node);
                throw;
            }
        }
        t.in_side = before != nullptr || elsewhere;
        t.epoch = epoch;
        t.value.node = node;
        return;
    }
    t.epoch = epoch;
    t.value.node = node;
}

void Log::forget_sides() noexcept {
    if (side_.empty() && shared_.empty()) return;
    Registry& r = registry();
    std::lock_guard<std::mutex> lock(r.mutex);
    for (const auto& entry : side_) r.sides.erase({entry.first, this});
    side_.clear();
    shared_.clear();
    refresh();
}

u32 Log::look_up(const TensorData& t) const {
    const u32 node = side_node(&t);
    if (node == no_node && observer_ != nullptr) observer_->read(observer_->object, t);
    return node;
}

void Log::drop_range(u32 begin, u32 end) noexcept {
    for (u32 i = begin; i < end; ++i) {
        // A chunk that was let go of before holds nothing.
        if (chunks_[i >> chunk_bits] == nullptr) {
            i |= chunk_size - 1;
            continue;
        }
        (*this)[i].drop_payloads();
    }
}

void Log::drop_chunk(u32 end) noexcept {
    const u32 chunk = (end - 1) >> chunk_bits;
    drop_range(chunk << chunk_bits, end);
    if (chunk >= chunks_kept && end == (chunk + 1) << chunk_bits) {
        std::free(chunks_[chunk]);
        chunks_[chunk] = nullptr;
    }
}

void Log::hold_another(void* object, void (*retain)(void*), void (*release)(void*)) {
    for (std::size_t k = 0; k < held_.size(); ++k)
        if (held_[k].first == object) {
            std::swap(held_[k], held_.back());  // likely to come again
            return;
        }
    held_.push_back({object, release});
    retain(object);
}

void Log::begin_epoch() {
    epoch = next_epoch.fetch_add(1, std::memory_order_relaxed) << place_bits | place_;
    alive.store(epoch, std::memory_order_relaxed);
}

void Log::clear() noexcept {
    drop_range(0, size_);
    while (chunks_.size() > chunks_kept) {
        std::free(chunks_.back());
        chunks_.pop_back();
    }
    size_ = 0;
    next_ = end_ = nullptr;
    elements = collected_ = known_elements_ = 0;
    has_foreign = false;
    epoch = 0;
    alive.store(0, std::memory_order_relaxed);
    if (types_.size() > dtype_count) {
        types_.erase(types_.begin() + dtype_count, types_.end());
        type_index_.clear();
        last_type_ = 0;
    }
    forget_sides();
    words.clear();
    for (const auto& [object, release] : held_) release(object);
    held_.clear();
    forget_origins();
    observe(nullptr);
}

void Log::set_next_origin(const Origin& origin, u32 count) {
    if (origins_.empty()) first_origin_ = size_;
    origins_.resize(size_ - first_origin_);  // without one that was noted for a record that failed
    origins_.resize(size_ - first_origin_ + count, origin);
}

void Log::forget_all_origins() noexcept {
    Registry& r = registry();
    std::lock_guard<std::mutex> lock(r.mutex);
    for (Log* log : r.logs)
        if (log != nullptr) log->forget_origins();
}

void TensorData::forget_sides() noexcept {
    Registry& r = registry();
    std::lock_guard<std::mutex> lock(r.mutex);
    const auto begin = r.sides.lower_bound({this, nullptr});
    auto end = begin;
    for (; end != r.sides.end() && end->first == this; ++end) {
        end->second->erase_shared(end->second->side_node(this));
        end->second->erase_side(this);
    }
    r.sides.erase(begin, end);
    if (Log* const log = r.find(epoch)) log->erase_shared(value.node);
}

u32 Log::alias_of(const Log& other, u32 other_node) const {
    // Another thread may be entering a value that both know.
    std::lock_guard<std::mutex> lock(registry().mutex);
    const auto found = other.find_shared(other_node);
    return found == other.shared_.end() || found->node != other_node
               ? no_node
               : known_node(*found->value, this);
}

// ---------------------------------------------------------------- threads

namespace {

AG_THREAD_LOCAL ThreadState* this_thread = nullptr;

struct CloseThread {
    ~CloseThread() {
        delete this_thread;
        this_thread = nullptr;
        active_log = nullptr;
    }
};

}  // namespace

ThreadState& thread_state() {
    if (AG_UNLIKELY(this_thread == nullptr)) {
        static thread_local CloseThread close;
        (void)close;
        this_thread = new ThreadState;
    }
    return *this_thread;
}

ThreadState::ThreadState() : active(&active_log) {
    Registry& r = registry();
    std::lock_guard<std::mutex> guard(r.mutex);
    r.threads.push_back(this);
}

ThreadState::~ThreadState() {
    {
        Registry& r = registry();
        std::lock_guard<std::mutex> guard(r.mutex);
        r.threads.erase(std::find(r.threads.begin(), r.threads.end(), this));
    }
    if (!open.empty()) {
        int state = 0;
        const bool locks = lock_hooks.enter != nullptr;
        if (locks && !lock_hooks.enter(&state)) return;
        leave_all();
        if (locks) lock_hooks.exit(state);
    }
    if (log != nullptr) log->let_go();
}

Log* ThreadState::recording_log() const {
    for (const Tape* tape : open)
        if (tape->pauses_ >= pauses) return log;
    return nullptr;
}

void ThreadState::leave_all() noexcept {
    while (!open.empty()) open.back()->leave_now(false);
}

void ThreadState::refresh() {
    forward = 0;
    for (const Tape* tape : open) forward += tape->forward;
    *active = recording_log();
    // Unique over all threads, of which each takes many at once: a Variable compares it with the
    // one that it saw last.
    constexpr u64 block = 1 << 20;
    static std::atomic<u64> counter{block};
    if (AG_UNLIKELY(++generation % block == 0))
        generation = counter.fetch_add(block, std::memory_order_relaxed);
}

void PauseRecording::pause() {
    ThreadState& thread = thread_state();
    ++thread.pauses;
    saved_ = active_log;
    generation_ = thread.generation;
    active_log = nullptr;
}

void PauseRecording::resume() noexcept {
    ThreadState& thread = thread_state();
    --thread.pauses;
    // Tapes may have been entered and left meanwhile.
    active_log = thread.generation == generation_ ? saved_ : thread.recording_log();
}

void CallOutside::forget_pauses() {
    thread_ = &thread_state();
    pauses_ = thread_->pauses;
    thread_->pauses = 0;
    if (pauses_ > 0) active_log = thread_->recording_log();
}

void CallOutside::remember_pauses() noexcept { thread_->pauses = pauses_; }

// ---------------------------------------------------------------- tapes

namespace {

// Makes `log` the one that the thread appends to.
void hold(ThreadState& thread, Log* log) {
    if (thread.log == log) return;
    if (thread.log != nullptr) thread.log->let_go();
    thread.log = log;
    log->users.fetch_add(1, std::memory_order_relaxed);
}

// Nobody but the thread itself keeps its log, and it has no tapes.
bool has_free_log(const ThreadState& thread) {
    return thread.log != nullptr && thread.log->users.load(std::memory_order_acquire) == 1;
}

}  // namespace

Tape::Tape() = default;
Tape::~Tape() { discard(); }

void Tape::enter() {
    if (log_ != nullptr) {
        Sharing::require_whole(*log_);
        Sharing::wait_while(
            [&] { return log_ != nullptr && Sharing::swept_by_others(*log_); },
            "a tape cannot be entered here while another thread sweeps its records");
    }
    if (thread_ != nullptr)
        fail(
            "Tape is still recording, This can happen if you try to re-enter an already-active "
            "tape.");
    ThreadState& thread = thread_state();
    if (thread.open.empty()) {
        if (log_ != nullptr && log_->appender != nullptr && log_->appender != &thread)
            fail("a GradientTape cannot be entered while another thread records on its records");
        if (log_ != nullptr)  // entered again: goes on where it stopped
            hold(thread, log_);
        else if (!has_free_log(thread))
            hold(thread, new Log);
    } else if (log_ != nullptr && log_ != thread.log) {
        fail(
            "a GradientTape cannot be entered again inside another tape that was opened after "
            "it was left");
    }
    Log* log = thread.log;
    intervals_.reserve(intervals_.size() + 1);
    thread.open.reserve(thread.open.size() + 1);
    if (log_ == nullptr) {
        log->tapes.push_back(this);
        log_ = log;
        if (log->tapes.size() == 1) {
            log->begin_epoch();
            log->users.fetch_add(1, std::memory_order_relaxed);
        }
    }
    log->appender = &thread;
    log->strict += strict != 0;
    strict_tapes.fetch_add(strict != 0, std::memory_order_relaxed);
    shared_ = shared_ || log->tapes.size() > 1;
    if (log->tapes.size() > 1)
        for (Tape* other : thread.open) other->shared_ = true;
    if (!intervals_.empty() && intervals_.back().end == log->size())
        intervals_.back().end = no_node;  // nobody recorded in the pause
    else
        intervals_.push_back({log->size(), no_node});
    thread.open.push_back(this);
    thread_ = &thread;
    pauses_ = thread.pauses;
    recording = true;
    thread.refresh();
}

void Tape::leave() {
    wait_for_thread();
    if (thread_ != nullptr) leave_now(false);
}

void Tape::set_aside() {
    wait_for_thread();
    if (thread_ != nullptr) leave_now(thread_ == this_thread);
}

void Tape::wait_for_thread() const {
    Sharing::wait_while(
        [&] { return thread_ != nullptr && thread_ != this_thread && thread_->sweeps_without > 0; },
        "a tape cannot be left here while the thread that it records on sweeps");
}

void Tape::wait_for_sweeps() const {
    Sharing::wait_while(
        [&] { return asked_ > 0 && log_ != nullptr && Sharing::others_sweep(*log_); },
        "a ForwardAccumulator is needed while another thread has it push tangents");
}

void Tape::stay_aside() noexcept {
    if (log_ != nullptr) log_->settle_appender();
}

void Log::settle_appender() noexcept {
    if (appender == nullptr || appender != this_thread) return;
    if (appender->open.empty() || appender->log != this) appender = nullptr;
}

void Tape::leave_now(bool for_a_while) noexcept {
    auto& open = thread_->open;
    open.erase(std::find(open.begin(), open.end(), this));
    Interval& last = intervals_.back();
    last.end = log_->size();
    if (last.end == last.begin) intervals_.pop_back();
    recording = false;
    log_->strict -= strict != 0;
    strict_tapes.fetch_sub(strict != 0, std::memory_order_relaxed);
    if (open.empty() && !for_a_while) log_->appender = nullptr;
    thread_->refresh();
    thread_ = nullptr;
}

void Tape::reset() {
    if (asked_ > 0) fail(ErrorKind::busy, "a tape cannot be reset while it is swept");
    if (thread_ != nullptr && thread_ != this_thread)
        fail(ErrorKind::busy, "a tape can be reset only on the thread that it records on");
    const bool was_recording = recording;
    if (was_recording) leave();
    discard();
    if (was_recording) enter();
}

void Tape::discard() noexcept {
    AG_ASSERT(asked_ == 0);
    if (thread_ != nullptr && (thread_ == this_thread || thread_->sweeps_without == 0))
        leave_now(false);
    if (log_ != nullptr && (thread_ != nullptr || log_->use.sweeps > 0))
        abandon();
    else
        release_log();
    intervals_.clear();
    watched_.clear();
    late_.clear();
    known_.clear();
    uses_.reset();
    shared_ = spent_ = false;
}

void Tape::abandon() {
    Tape* const rest = new Tape(std::move(*this));
    rest->owner = nullptr;
    rest->watch_accessed = rest->forward = rest->spent_ = false;
    std::replace(log_->tapes.begin(), log_->tapes.end(), this, rest);
    if (thread_ != nullptr) std::replace(thread_->open.begin(), thread_->open.end(), this, rest);
    rest->next_abandoned_ = log_->use.abandoned;
    log_->use.abandoned = rest;
    log_ = nullptr;
    thread_ = nullptr;
    recording = false;
}

void Tape::release_log() noexcept {
    if (log_ == nullptr) return;
    Log* log = log_;
    log->tapes.erase(std::find(log->tapes.begin(), log->tapes.end(), this));
    if (log->use.broken) {  // nothing of it is touched any more
        log->alive.store(0, std::memory_order_relaxed);
        log_ = nullptr;
        return;
    }
    if (!log->tapes.empty()) {
        log->settle_appender();
        if (log->elements > 0) {
            // What is let go of may run a program, and so let other threads run.
            SweepScope scope(*log);
            drop_own_records();
            log->collect();
        }
        log_ = nullptr;
        return;
    }
    log_ = nullptr;
    log->clear();
    log->let_go();
}

template <class Visit>
bool Tape::each_known(const Tape& tape, u32 first, u32 limit, u8* known, Visit visit) const {
    const Log& log = *log_;
    const auto knows = [&](u32 node) {
        if (node == no_node) return false;
        if (recorded(node)) return node < first ? tape.watches(node) : known[node - first] != 0;
        return tape.watches(node) || (log[node].op != input_op && tape.recorded(node));
    };
    bool go_on = true;
    each_interval(first, limit, [&](u32 begin, u32 end) {
        for (u32 i = begin; i < end && go_on; ++i) {
            const Record& r = log[i];
            bool is_known = tape.watches(i);
            if (!is_known && tape.recorded(i)) {
                is_known = knows(r.in[0]) || knows(r.in[1]);
                if (const Extra* e = r.extra())
                    for (u32 node : e->inputs) is_known = is_known || knows(node);
            }
            known[i - first] = is_known;
            if (is_known) go_on = visit(i);
        }
    });
    return go_on;
}

void Tape::drop_own_records() noexcept {
    // A program needs all that depends on its inputs, whether tapes know it or not.
    if (log_->elements == 0 || intervals_.empty() || log_->program != nullptr) return;
    const u32 first = begin();
    const std::size_t count = end() - first;
    // For each record: whether one other tape knows it, and whether any does.
    auto* known = static_cast<u8*>(std::malloc(count + 1));
    auto* needed = static_cast<u8*>(std::calloc(count + 1, 1));
    if (known != nullptr && needed != nullptr) {
        for (const Tape* tape : log_->tapes)
            if (tape->begin() < end() && first < tape->end())
                each_known(*tape, first, no_node, known, [&](u32 node) {
                    needed[node - first] = 1;
                    return true;
                });
        each_interval(no_node, [&](u32 begin, u32 end) {
            for (u32 i = begin; i < end; ++i)
                if (!needed[i - first]) (*log_)[i].become_constant();
        });
    }
    std::free(known);
    std::free(needed);
}

void Log::collect() noexcept {
    constexpr i64 enough = 1 << 18;
    if (elements - collected_ < std::max(enough, known_elements_) || program != nullptr) return;
    auto* known = static_cast<u8*>(std::malloc(size_ + 1));
    auto* needed = static_cast<u8*>(std::calloc(size_ + 1, 1));
    if (known != nullptr && needed != nullptr) {
        for (const Tape* tape : tapes)
            tape->each_known(*tape, tape->begin(), no_node, known, [&](u32 node) {
                needed[node] = 1;
                return true;
            });
        known_elements_ = 0;
        collected_ = elements;
        work_done.records += size_;
        for (u32 i = 0; i < size_; ++i) {
            if (needed[i])
                known_elements_ += type_of_node(i).shape.size();
            else if ((*this)[i].op != input_op)
                (*this)[i].become_constant();
        }
    }
    std::free(known);
    std::free(needed);
}

bool Tape::seen_by_others(u32 limit, u32 first) const {
    if (recording) return true;
    first = std::max(first, begin());
    limit = std::min(limit, end());
    if (limit <= first || sole()) return false;
    const WithLock lock;  // other threads leave and destroy theirs while this one sweeps without
    u8* known = nullptr;
    bool seen = false;
    for (const Tape* tape : log_->tapes) {
        if (seen || tape == this || !tape->recording || tape->begin() >= limit) continue;
        if (known == nullptr) known = static_cast<u8*>(std::malloc(limit - first));
        // Not to know is to record.
        seen =
            known == nullptr || !each_known(*tape, first, limit, known, [](u32) { return false; });
    }
    std::free(known);
    return seen;
}

struct Tape::Uses {
    u32 looked = 0;  // until where
    std::vector<bool> used;
};

// Whether a record of this tape has a node as an input that the tape does not know.
bool Tape::uses_unknown(u32 node) {
    if (!uses_) uses_ = std::make_unique<Uses>();
    std::vector<bool>& used = uses_->used;
    used.resize(log_->size());
    each_interval(uses_->looked, no_node, [&](u32 begin, u32 end) {
        for (u32 i = begin; i < end; ++i)
            each_input((*log_)[i], [&](u32 input) { used[input] = true; });
    });
    uses_->looked = log_->size();
    return used[node] && !knows(node);
}

// As far as that can be told: a record does not say which values were its constants.
bool Tape::used_as_constant(const TensorData& t) const {
    const u32 node = t.used_at;
    if (t.used_in != log_->mark() || !recorded(node) || node >= log_->size()) return false;
    const Record& r = (*log_)[node];
    const OpInfo& op = op_table[r.op];
    if (const Extra* e = r.extra())
        if (!e->inputs.empty()) return std::count(e->inputs.begin(), e->inputs.end(), no_node) != 0;
    if (op.arity < 2 || (r.in[0] == no_node) == (r.in[1] == no_node)) return false;
    const int k = r.in[0] == no_node ? 0 : 1;
    if (!op.elementwise || !r.has(k) || op.y_slot == k) return true;
    return r.kind(k) == Keep::array ? t.value.is_array && r.keep[k].array == t.value.array
                                    : !t.value.is_array && r.keep[k].bits == t.value.bits;
}

bool Tape::watch(TensorData& t) {
    Sharing::require_whole(*log_);
    Sharing::wait_while(
        [&] { return log_ != nullptr && Sharing::swept_by_others(*log_); },
        "a tape cannot be asked to watch here while another thread sweeps its records");
    if (log_ == nullptr) fail("the tape was used up");
    if (strict_tapes.load(std::memory_order_relaxed) != log_->strict) check_other_threads(t);
    u32 node = known_node(t, log_);
    if (node == no_node && log_->observer() != nullptr) log_->look_up(t);
    if (node != no_node && watches(node)) return false;
    bool used = false;
    watched_.reserve(watched_.size() + 1);
    if (node != no_node) {
        if (shared_ && log_->size() > std::max(begin(), node + 1)) {
            used = uses_unknown(node);
            late_.push_back({node, log_->size()});
        }
    } else {
        used = used_as_constant(t);
        Record* r = log_->reserve();
        r->op = input_op;
        r->type = log_->type_of(t.value);
        r->in[0] = r->in[1] = no_node;
        node = log_->size();
        log_->adopt(t, node);
        log_->commit();
    }
    watched_.insert(std::lower_bound(watched_.begin(), watched_.end(), node), node);
    return used;
}

bool Tape::watches(u32 node) const {
    return std::binary_search(watched_.begin(), watched_.end(), node);
}

bool Tape::knows(u32 node) const {
    const u32 first = begin();
    if (node < first || node == no_node) return node != no_node && watches(node);
    for (u32 i = first + static_cast<u32>(known_.size()); i <= node; ++i) {
        bool known = watches(i);
        each_input((*log_)[i], [&](u32 input) {
            known = known || (input < first ? watches(input) : known_[input - first]);
        });
        known_.push_back(known);
    }
    return known_[node - first];
}

void check_other_threads(const TensorData& t) {
    if (t.epoch == 0 && !t.in_side) return;
    bool lost = false;
    {
        Registry& r = registry();
        std::lock_guard<std::mutex> lock(r.mutex);
        for (const Log* log : r.logs) {
            if (log == nullptr || log->strict == 0 || log->appender == this_thread) continue;
            if (log->use.writers > 0) continue;  // its records are not there to be read
            const u32 node = known_node(t, log);
            for (const Tape* tape : log->tapes)
                lost = lost || (tape->strict != 0 && tape->recording && tape->knows(node));
        }
    }
    if (lost)
        fail(ErrorKind::foreign,
             "a tensor whose derivative is being taken by a function of tf.func is computed with "
             "on another thread, where nothing is recorded: the derivative would be lost. Compute "
             "with it on the thread that runs the function, or pass tf.stop_gradient(x) to the "
             "other one if it is a constant there");
}

}  // namespace ag
