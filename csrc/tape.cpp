#include "tape.h"

#include <cstdlib>

#include "ops/table.h"
#include "program.h"
#include "sharing.h"

namespace ag {

std::atomic<int> strict_tapes{0};

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
    count_strict(1);
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

// Most tapes are not, and an atomic update of nothing would cost as much as another.
void Tape::count_strict(int by) noexcept {
    if (AG_LIKELY(strict == 0)) return;
    log_->strict += by;
    strict_tapes.fetch_add(by, std::memory_order_relaxed);
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

void Tape::leave_now(bool for_a_while) noexcept {
    auto& open = thread_->open;
    open.erase(std::find(open.begin(), open.end(), this));
    Interval& last = intervals_.back();
    last.end = log_->size();
    if (last.end == last.begin) intervals_.pop_back();
    recording = false;
    count_strict(-1);
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

// ---------------------------------------------------------------- what other tapes know

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
    // See collect().
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
            for (u32 i = std::max(begin, log_->program_end); i < end; ++i)
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
            // A program needs all that depends on its inputs, whether tapes know it or not.
            if (needed[i] || i < program_end)
                known_elements_ += type_of_node(i).shape.size();
            else if ((*this)[i].op != input_op)
                (*this)[i].become_constant();
        }
    }
    std::free(known);
    std::free(needed);
}

bool Tape::only_asked() const {
    if (log_ == nullptr) return false;
    for (const Tape* tape : log_->tapes)
        if (tape != this && !tape->never_asked) return false;
    return true;
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

// ---------------------------------------------------------------- watching

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
            if (log_->program == nullptr || knows(i))  // and not because a program needs all
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
    if (node == no_node && log_->observer() != nullptr) node = log_->look_up(t);
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
            if (node != no_node && log->program != nullptr && log->program->notes_reads())
                log->program->bind_all("another thread computes with its tensors");
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
