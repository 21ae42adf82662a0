#include "log.h"

#include <algorithm>
#include <cstdlib>

#include "thread_state.h"

namespace ag {

AG_THREAD_LOCAL Log* active_log = nullptr;
AG_THREAD_LOCAL bool checking = false;

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
    // Earlier lives of this log are over, and need not be looked for.
    const bool was_here = ((t.epoch ^ epoch) & ((u64{1} << place_bits) - 1)) == 0;
    if (t.in_side || (t.epoch != 0 && !was_here)) {
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
    if (node != no_node || observer_ == nullptr) return node;
    observer_->read(observer_->object, t);
    return known_node(t, this);  // it may have one now
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
    has_host = use.consumed = false;
    program_end = 0;
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

void Log::settle_appender() noexcept {
    if (appender == nullptr || appender != this_thread) return;
    if (appender->open.empty() || appender->log != this) appender = nullptr;
}

u32 Log::alias_of(const Log& other, u32 other_node) const {
    // Another thread may be entering a value that both know.
    std::lock_guard<std::mutex> lock(registry().mutex);
    const auto found = other.find_shared(other_node);
    return found == other.shared_.end() || found->node != other_node
               ? no_node
               : known_node(*found->value, this);
}

}  // namespace ag
