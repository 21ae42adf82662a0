#include "sweep.h"

#include <chrono>
#include <cstdlib>
#include <iterator>
#include <optional>

#include "kernels/loops.h"
#include "numerics.h"
#include "sharing.h"
#include "tangent_run.h"

namespace ag {

// ---------------------------------------------------------------- slots

Slots::Slots(u32 first, u32 count, const Nodes& outside, bool recorded, i64 lane_count)
    : first_(first),
      count_(count),
      outside_(outside),
      has_outside_(!outside.empty()),
      slots_(count + outside.size()),
      lane_count_(lane_count) {
    if (slots_ <= inline_slots) {
        state_ = inline_state_;
        value_ = inline_value_;
        std::fill_n(state_, slots_, u8{0});
    } else {
        work_done.bytes += static_cast<i64>(slots_ * (1 + sizeof(u64)));
        // calloc hands out zeroed pages without touching them.
        state_ = static_cast<u8*>(std::calloc(slots_, 1));
        value_ = static_cast<u64*>(std::malloc(slots_ * sizeof(u64)));
    }
    if (recorded) node_ = static_cast<u32*>(std::malloc((slots_ + 1) * sizeof(u32)));
    if (state_ == nullptr || value_ == nullptr || (recorded && node_ == nullptr)) {
        release();
        fail(ErrorKind::memory,
             "could not allocate the cotangents of " + std::to_string(slots_) + " records");
    }
}

Slots::~Slots() {
    if (holds_arrays_)
        for (std::size_t i = 0; i < slots_; ++i)
            if (state_[i] & array) reinterpret_cast<Array*>(value_[i])->drop();
    release();
}

void Slots::forget_records() {
    if (node_ != nullptr) std::fill_n(node_, slots_, no_node);
    if (rare_ == nullptr) return;
    for (auto& [index, pieces] : rare_->pieces)
        for (Piece& p : pieces) p.value.node = no_node;
    for (auto& [index, sum] : rare_->scattered)
        for (Scattered& term : sum) term.values.node = no_node;
}

void Slots::release() {
    if (state_ != inline_state_) std::free(state_);
    if (value_ != inline_value_) std::free(value_);
    std::free(node_);
    for (void* lanes : all_lanes_) std::free(lanes);
}

u32 Slots::outside_index(u32 node) const {
    const u32* found = std::lower_bound(outside_.begin(), outside_.end(), node);
    if (found == outside_.end() || *found != node) return nowhere;
    return count_ + static_cast<u32>(found - outside_.begin());
}

void Slots::put(u32 index, Value&& g) {
    u8& s = state_[index];
    s &= static_cast<u8>(~(number | array));
    if (g.is_array) {
        s |= array;
        holds_arrays_ = true;
    } else {
        s |= number;
    }
    value_[index] = g.bits;
    if (node_ != nullptr) node_[index] = g.node;
    g.is_array = false;  // the slot has taken its count over
}

void Slots::begin_lanes(u32 index) {
    Value before;
    if (state_[index] & array)
        before = get(index, reinterpret_cast<Array*>(value_[index])->dtype, false);
    if (free_lanes_.empty()) {
        // Several at once, as long as that is little memory.
        constexpr i64 chunk = 16'384;
        const i64 bytes = lane_count_ * static_cast<i64>(sizeof(double));
        const i64 count = std::max<i64>(1, chunk / bytes);
        all_lanes_.push_back(nullptr);
        lanes_made_ += static_cast<std::size_t>(count);
        if (free_lanes_.capacity() < lanes_made_) free_lanes_.reserve(2 * lanes_made_);
        char* const fresh =
            static_cast<char*>(std::malloc(static_cast<std::size_t>(count * bytes)));
        if (fresh == nullptr)
            fail(ErrorKind::memory,
                 "could not allocate " + std::to_string(lane_count_) + " cotangents of a number");
        all_lanes_.back() = fresh;
        for (i64 k = count; k-- > 0;) free_lanes_.push_back(fresh + k * bytes);
    }
    void* const lanes = free_lanes_.back();
    free_lanes_.pop_back();
    if (before.is_array)
        convert_into(before, before.shape(), before.dtype, static_cast<char*>(lanes));
    else
        std::memset(lanes, 0, static_cast<std::size_t>(lane_count_) * sizeof(double));
    value_[index] = reinterpret_cast<u64>(lanes);
    state_[index] |= in_lanes;
}

Value Slots::get(u32 index, DType dtype, bool keep) {
    u8& s = state_[index];
    if (AG_UNLIKELY(s & in_lanes)) {
        Value batch = make_value(dtype, Shape{lane_count_});
        std::memcpy(batch.mutable_data(), lanes(index),
                    static_cast<std::size_t>(batch.array->bytes()));
        if (!keep) drop_lanes(index);
        return batch;
    }
    Value v;
    v.bits = value_[index];
    v.dtype = dtype;
    v.node = node_ != nullptr ? node_[index] : no_node;
    if (s & array) {
        v.is_array = true;
        if (keep) v.array->retain();
    }
    if (!keep) s &= static_cast<u8>(~(number | array));
    return v;
}

void Slots::add(u32 node, Value&& g) {
    const u32 i = index(node);
    if (i == nowhere || !(state_[i] & wanted)) return;
    if (!filled(i)) {
        put(i, std::move(g));
        return;
    }
    const DType dtype = g.dtype;
    if (state_[i] & in_lanes) {
        Value sum = binary(Op::add, get(i, dtype, false), g);
        put(i, std::move(sum));
        return;
    }
    if (node_ != nullptr) {
        put(i, binary(Op::add, get(i, dtype, false), g));
        return;
    }
    Value sum = get(i, dtype, false);
    const auto writable = [](const Value& v) {
        return !v.is_array || (v.array->exclusive() && v.array->contiguous);
    };
    if (!writable(sum)) {
        if (writable(g)) {
            sum.swap(g);
        } else {
            put(i, binary(Op::add, sum, g));
            return;
        }
    }
    const Value* inputs[] = {&sum, &g};
    run_loop(op_table[Op::add].kernels->forward[static_cast<int>(loop_dtype(dtype))], inputs, 2,
             sum.shape(), sum, false);
    put(i, std::move(sum));
}

void Slots::add_scattered(u32 node, Scattered&& cotangent) {
    const u32 i = index(node);
    if (i == nowhere || !(state_[i] & wanted)) return;
    std::vector<Scattered>& sum = rare().scattered[i];
    state_[i] |= apart;
    for (Scattered& term : sum) {
        if (!same_rows(term.rows, cotangent.rows)) continue;
        term.values = binary(Op::add, term.values, cotangent.values);
        return;
    }
    // Of many with few elements each, those without one in common are one.
    if (node_ == nullptr && sum.size() >= most_terms / 2)
        for (Scattered& term : sum) {
            own(term);
            if (put_scattered(term, nullptr, cotangent)) return;
        }
    sum.push_back(std::move(cotangent));
}

std::vector<Scattered> Slots::take_scattered(u32 index, bool keep) {
    auto found = rare_->scattered.find(index);
    if (keep) return found->second;
    std::vector<Scattered> sum = std::move(found->second);
    rare_->scattered.erase(found);
    if (rare_->pieces.count(index) == 0) state_[index] &= static_cast<u8>(~apart);
    return sum;
}

bool Slots::add_scattered_at(u32 node, const Shape& shape, const std::vector<i64>& places,
                             const Scattered& part) {
    const u32 i = index(node);
    if (i == nowhere || !(state_[i] & wanted)) return true;
    std::vector<Scattered>& sum = rare().scattered[i];
    state_[i] |= apart;
    for (Scattered& term : sum)
        if (put_scattered(term, &places, part)) return true;
    if (sum.size() >= most_terms) return false;
    sum.push_back(scattered_nothing(part.values.dtype, shape));
    put_scattered(sum.back(), &places, part);
    return true;
}

void Slots::add_piece(u32 node, Piece&& piece) {
    const u32 i = index(node);
    if (i == nowhere || !(state_[i] & wanted)) return;
    rare().pieces[i].push_back(std::move(piece));
    state_[i] |= apart;
}

std::vector<Piece> Slots::take_pieces(u32 index) {
    if (rare_ == nullptr) return {};
    auto found = rare_->pieces.find(index);
    if (found == rare_->pieces.end()) return {};
    std::vector<Piece> pieces = std::move(found->second);
    rare_->pieces.erase(found);
    if (rare_->scattered.count(index) == 0) state_[index] &= static_cast<u8>(~apart);
    return pieces;
}

Value* Slots::borrow(u32 node, Value& space) {
    const u32 i = index(node);
    if (i == nowhere || !(state_[i] & array)) return nullptr;
    Array* a = reinterpret_cast<Array*>(value_[i]);
    if (!a->exclusive() || !a->contiguous) return nullptr;
    space = get(i, a->dtype, false);
    return &space;
}

void Slots::give_back(u32 node, Value& space) { put(index(node), std::move(space)); }

Shape SweepMode::lift(const Shape& shape) const {
    if (!batched()) return shape;
    Shape lifted;
    lifted.push(batch);
    for (int k = 0; k < shape.rank; ++k) lifted.push(shape[k]);
    return lifted;
}

ViewSpec SweepMode::lift(const ViewSpec& spec) const {
    if (!batched()) return spec;
    if (spec.in_rank == max_rank) fail("a tensor of rank 32 has no Jacobian");
    ViewSpec lifted;
    lifted.in_rank = spec.in_rank + 1;
    lifted.out = lift(spec.out);
    lifted.start[0] = 0;
    lifted.step[0] = 1;
    lifted.to[0] = 0;
    for (int d = 0; d < spec.in_rank; ++d) {
        lifted.start[d + 1] = spec.start[d];
        lifted.step[d + 1] = spec.step[d];
        lifted.to[d + 1] = spec.to[d] < 0 ? -1 : spec.to[d] + 1;
    }
    return lifted;
}

void Accumulator::add_along(int k, const ViewSpec& one, const Value& g) {
    const u32 node = input(k);
    const ViewSpec spec = lift(one);
    if (mode_.pieces && !takes_all_once(spec, lift(shape(k)))) {
        Attributes packed;
        pack(spec, packed);
        slots_.add_piece(node, {g, {packed.begin(), packed.end()}, Value(), 1});
        return;
    }
    if (!mode_.recorded) {
        Value space;
        if (Value* target = slots_.borrow(node, space)) {
            add_along_view(*target, spec, g);
            slots_.give_back(node, space);
            return;
        }
    }
    slots_.add(node, unview(g, spec, lift(shape(k))));
}

void Accumulator::add_picked(int k, const Value& indices, Axes one, const Value& given) {
    const u32 node = input(k);
    const Axes axes = one << batch_axes();
    // The axis of the batch stays out of the way behind those of the indices.
    const Value g = mode_.batched() ? move_axis(given, 0, indices.rank()) : given;
    if (mode_.pieces) {
        slots_.add_piece(node, {g, {}, indices, axes});
        return;
    }
    if (!mode_.recorded) {
        Value space;
        if (Value* target = slots_.borrow(node, space)) {
            ag::add_rows(*target, indices, axes, g);
            slots_.give_back(node, space);
            return;
        }
    }
    slots_.add(node, scatter_add(g, indices, lift(shape(k)), axes));
}

Value Accumulator::picked(const Value& g, const Value& indices, Axes axes) const {
    const Value y = gather(g, indices, false, axes << batch_axes());
    return mode_.batched() ? move_axis(y, indices.rank(), 0) : y;
}

bool Accumulator::add_rows(int k, const Value& indices, const Value& g) {
    const u32 node = input(k);
    const u32 i = slots_.index(node);
    if (log_[node].op != input_op || i == Slots::nowhere || !(slots_.state(i) & Slots::source))
        return false;
    slots_.add_rows(i, indices, g);
    return true;
}

Value Accumulator::take_output(int k) {
    const u32 node = node_ + static_cast<u32>(k);
    const TypeEntry& type = log_.type_of_node(node);
    const u32 i = slots_.index(node);
    if (i == Slots::nowhere || !slots_.filled(i)) return zeros(type.dtype, lift(type.shape));
    return slots_.get(i, type.dtype, (slots_.state(i) & Slots::source) != 0);
}

namespace {

// Adds a number to the cotangent of the batch in which it stands.
void add_to_lane(Slots& slots, u32 index, const Scattered& number) {
    const auto lane = static_cast<i64>(number.rows.as<double>()) - 1;
    if (lane < 0) return;
    if (number.values.dtype == DType::float32)
        static_cast<float*>(slots.lanes(index))[lane] += number.values.as<float>();
    else
        static_cast<double*>(slots.lanes(index))[lane] += number.values.as<double>();
}

// Adds what waited to the cotangent of a node, which may have come to be known late: at its own
// record it is wanted no more.
void add_waiting(u32 node, Slots& slots, Value&& g) {
    const u32 i = slots.index(node);
    const bool wanted = slots.state(i) & Slots::wanted;
    slots.state(i) |= Slots::wanted;
    slots.add(node, std::move(g));
    if (!wanted) slots.state(i) &= static_cast<u8>(~Slots::wanted);
}

// Makes the scattered part of a cotangent dense.
void spread_cotangent(const Log& log, u32 node, Slots& slots, const SweepMode& mode) {
    const std::vector<Scattered> sum = slots.take_scattered(slots.index(node), false);
    add_waiting(node, slots, spread(sum, log.type_of_node(node).shape, mode.batch));
}

bool too_many(std::size_t terms, const SweepMode& mode) {
    return terms > Slots::most_terms && 2 * terms > static_cast<std::size_t>(mode.batch);
}

void add_scattered(const Log& log, u32 node, Slots& slots, const SweepMode& mode,
                   Scattered&& part) {
    const u32 i = slots.index(node);
    if (slots.has_lanes() && (log[node].flags & Record::scalar)) {
        add_to_lane(slots, i, part);
        return;
    }
    slots.add_scattered(node, std::move(part));
    if (too_many(slots.scattered_terms(i), mode)) spread_cotangent(log, node, slots, mode);
}

// Puts together what a recorded sweep has kept in pieces.
void join_pieces(const Log& log, u32 node, Slots& slots, const SweepMode& mode) {
    const std::vector<Piece> pieces = slots.take_pieces(slots.index(node));
    if (!pieces.empty())
        add_waiting(node, slots, assemble(pieces, mode.lift(log.type_of_node(node).shape)));
}

template <class F>
Value without_records(F compute) {
    PauseRecording pause;
    return compute();
}

}  // namespace

bool Accumulator::whole(int k, bool all) const {
    return mode_.recorded ? slots_.scattered_terms(slots_.index(input(k))) < Slots::most_terms
                          : all;
}

void Accumulator::add_scattered_along(int k, const ViewSpec& spec, const Scattered& g) {
    if (!wants(k)) return;
    const Shape& in = shape(k);
    if (whole(k, takes_all_once(spec, in))) {
        Value values = unview(g.values, spec, in);
        add_scattered(
            log_, input(k), slots_, mode_,
            {std::move(values), without_records([&] { return unview(g.rows, spec, in); })});
    } else if (mode_.recorded ||
               !slots_.add_scattered_at(input(k), in, places_along(spec, in), g)) {
        add_along(k, spec, spread({g}, output_shape(), mode_.batch));
    }
}

void Accumulator::add_scattered_picked(int k, const Value& indices, Axes axes, const Scattered& g) {
    if (!wants(k)) return;
    const Shape& in = shape(k);
    const i64* const index = reinterpret_cast<const i64*>(indices.data());
    std::vector<i64> sorted(index, index + indices.size());
    std::sort(sorted.begin(), sorted.end());
    const bool once = std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
    if (once && whole(k, false)) {
        Value values = scatter_add(g.values, indices, in, axes);
        add_scattered(log_, input(k), slots_, mode_,
                      {std::move(values),
                       without_records([&] { return scatter_add(g.rows, indices, in, axes); })});
    } else if (!once || mode_.recorded ||
               !slots_.add_scattered_at(input(k), in, places_picked(indices, axes, in), g)) {
        add_picked(k, indices, axes, spread({g}, output_shape(), mode_.batch));
    }
}

// ---------------------------------------------------------------- marking

namespace {

// The part of the log that a sweep has to look at.
struct Range {
    u32 begin, end;
};

bool marked_input(const Record& r, Slots& slots, u8 mark) {
    const Extra* e = r.in[0] == no_node && r.in[1] == no_node ? r.extra() : nullptr;
    const auto test = [&](u32 node) {
        const u32 i = slots.index(node);
        return i != Slots::nowhere && (slots.state(i) & mark);
    };
    if (AG_LIKELY(e == nullptr)) return test(r.in[0]) || test(r.in[1]);
    for (u32 node : e->inputs)
        if (test(node)) return true;
    return false;
}

void watched_before(const Tape& tape, Range range, Nodes& outside) {
    for (u32 w : tape.watched())
        if (w < range.begin) outside.push_back(w);
}

using Flags = SmallVector<u8, 8>;
using LateNodes = SmallVector<Tape::Late, 4>;

// Calls f(begin, end) for the parts into which `since`, ascending, cuts the tape's intervals in the
// range, and reach(k) where since[k] is reached.
template <class Part, class Reach>
void each_part(const Tape& tape, Range range, const LateNodes& late, Part part, Reach reach) {
    std::size_t next = 0;
    tape.each_interval(range.begin, range.end, [&](u32 begin, u32 end) {
        while (begin < end) {
            for (; next < late.size() && late[next].since <= begin; ++next) reach(late[next].node);
            const u32 stop = next < late.size() ? std::min(late[next].since, end) : end;
            part(begin, stop);
            begin = stop;
        }
    });
}

// Marks what the tape tracks: what it watches, from then on, and the records that depend on it.
// `computed`: those of the nodes watched late that it knew already, since it had computed them.
void track(const Tape& tape, Range range, Slots& slots, Nodes& computed) {
    const Log& log = *tape.log();
    LateNodes late, by_node;
    for (const Tape::Late& l : tape.watched_late()) {
        late.push_back(l);
        by_node.push_back(l);
    }
    const auto less = [](const Tape::Late& a, const Tape::Late& b) { return a.node < b.node; };
    std::sort(by_node.begin(), by_node.end(), less);
    for (u32 node : tape.watched()) {
        const u32 i = slots.index(node);
        if (i != Slots::nowhere &&
            !std::binary_search(by_node.begin(), by_node.end(), Tape::Late{node, 0}, less))
            slots.state(i) |= Slots::tracked;
    }
    each_part(
        tape, range, late,
        [&](u32 begin, u32 end) {
            for (u32 i = begin; i < end; ++i)
                if (marked_input(log[i], slots, Slots::tracked))
                    slots.state(i - range.begin) |= Slots::tracked;
        },
        [&](u32 node) {
            const u32 i = slots.index(node);
            if (i == Slots::nowhere) return;
            if (slots.state(i) & Slots::tracked) computed.push_back(node);
            slots.state(i) |= Slots::tracked;
        });
    std::sort(computed.begin(), computed.end());
}

// Which of some nodes a tape knows, and since when. Records before used it as a constant: whether
// another tape knew it by then makes no difference to this one.
struct Known {
    Flags is;
    Nodes since;  // 0: always

    Known(const Tape& tape, const u32* nodes, std::size_t count);
    // Those of the nodes that came to be known late, in the order of that.
    void find_late(const u32* nodes, LateNodes& found) const {
        for (std::size_t k = 0; k < since.size(); ++k)
            if (is[k] && since[k] != 0) found.push_back({nodes[k], since[k]});
        std::sort(found.begin(), found.end(),
                  [](const Tape::Late& a, const Tape::Late& b) { return a.since < b.since; });
    }
};

Known::Known(const Tape& tape, const u32* nodes, std::size_t count) : is(count), since(count) {
    const Log& log = *tape.log();
    const auto& watched_late = tape.watched_late();
    bool need_marks = false;
    for (std::size_t k = 0; k < count; ++k) {
        is[k] = tape.watches(nodes[k]);
        if (!is[k] && tape.recorded(nodes[k])) {
            is[k] = !tape.may_see_foreign();
            need_marks = need_marks || !is[k];
        }
    }
    if (!watched_late.empty()) {
        std::map<u32, u32> late;
        for (const Tape::Late& l : watched_late) late[l.node] = l.since;
        for (std::size_t k = 0; k < count; ++k) {
            const auto found = late.find(nodes[k]);
            if (found == late.end()) continue;
            since[k] = found->second;
            // Or had the tape computed it itself?
            need_marks = need_marks || (log[nodes[k]].op != input_op && tape.recorded(nodes[k]));
        }
    }
    if (!need_marks) return;
    const Range range{tape.begin(), tape.end()};
    Nodes outside;
    watched_before(tape, range, outside);
    Slots slots(range.begin, range.end - range.begin, outside, false);
    Nodes computed;
    track(tape, range, slots, computed);
    for (std::size_t k = 0; k < count; ++k) {
        const u32 i = slots.index(nodes[k]);
        if (!is[k] && i != Slots::nowhere) is[k] = (slots.state(i) & Slots::tracked) != 0;
        if (std::binary_search(computed.begin(), computed.end(), nodes[k])) since[k] = 0;
    }
}

// Wants all records of the tape that depend on a source; those in `late` have their slots wanted
// from then on.
void spread_wanted(const Tape& tape, Range range, const LateNodes& late, Slots& slots) {
    const Log& log = *tape.log();
    each_part(
        tape, range, late,
        [&](u32 begin, u32 end) {
            for (u32 i = begin; i < end; ++i)
                if (marked_input(log[i], slots, Slots::wanted))
                    slots.state(i - range.begin) |= Slots::wanted;
        },
        [&](u32 node) { slots.state(slots.index(node)) |= Slots::wanted; });
}

// The known nodes that lie outside the range, ascending.
void find_outside(Range range, const u32* nodes, std::size_t count, const Flags& known,
                  Nodes& outside) {
    for (std::size_t k = 0; k < count; ++k)
        if (known[k] && (nodes[k] < range.begin || nodes[k] >= range.end))
            outside.push_back(nodes[k]);
    if (outside.empty()) return;
    std::sort(outside.begin(), outside.end());
    outside.truncate(std::unique(outside.begin(), outside.end()));
}

// The first record that a sweep has to look at: the oldest one between the sources and the targets,
// if that is found soon. Else many small gradients on one long tape would each walk over all of it.
u32 first_needed(const Log& log, Range range, const Seed* seeds, std::size_t seed_count,
                 const u32* sources, std::size_t source_count, const Flags& known) {
    constexpr u32 worth_asking = 256;
    u32 lowest = range.end;
    for (std::size_t k = 0; k < source_count; ++k)
        if (known[k]) lowest = std::min(lowest, sources[k]);
    const u32 first = std::max(range.begin, lowest);
    if (range.end - first < worth_asking) return first;
    // Backwards from the targets, the newest first; nothing at or before the oldest source counts.
    std::vector<u32> todo;
    const auto add = [&](u32 node) {
        if (node == no_node || node <= lowest || node < range.begin) return;
        todo.push_back(node);
        std::push_heap(todo.begin(), todo.end());
    };
    for (std::size_t k = 0; k < seed_count; ++k) add(seeds[k].node);
    const u32 most = (range.end - first) / 32;
    u32 looked = 0, oldest = range.end;
    while (!todo.empty() && looked < most) {
        const u32 node = todo.front();
        std::pop_heap(todo.begin(), todo.end());
        todo.pop_back();
        if (node == oldest) continue;  // an input more than once
        oldest = node;
        ++looked;
        each_input(log[node], add);
    }
    work_done.records += looked;
    return todo.empty() ? std::max(first, oldest) : first;
}

// Looks for Ctrl-C about every 50 ms. Asking the clock is cheap beside the work that is spent
// first.
class Patience {
   public:
    void spend(i64 work) {
        left_ -= work;
        if (AG_LIKELY(left_ > 0)) return;
        left_ = allowance;
        // Most sweeps end before they ask the clock, which takes as long as some of them.
        const auto now = Clock::now();
        if (last_ != Clock::time_point() && now - last_ < std::chrono::milliseconds(50)) return;
        const bool is_first = last_ == Clock::time_point();
        last_ = now;
        if (is_first) return;
        if (stopped()) fail(ErrorKind::interrupted, "the sweep was interrupted");
    }

   private:
    using Clock = std::chrono::steady_clock;
    static bool stopped() {
        if (interrupted == nullptr) return false;
        WithLock lock;
        CallOutside outside(true);
        const bool stop = interrupted();
        if (outside.has_moved())
            fail(ErrorKind::busy,
                 "a signal handler has left the tape on which the derivative is recorded");
        return stop;
    }

    static constexpr i64 allowance = 50'000;
    i64 left_ = allowance;
    Clock::time_point last_;  // when the clock was asked, if it was
};

// The values that an elementwise record keeps, by the names in the table.
struct Kept {
    Value a, b, y;
    Kept(const Log& log, u32 node, const OpInfo& op) {
        const Record& r = log[node];
        for (int k = 0; k < 2; ++k) {
            if (!r.has(k)) continue;
            if (op.y_slot == k)
                y = r.load(k, log.node_in_active(node));
            else
                (k == 0 ? a : b) = r.load(k, log.node_in_active(r.in[k]));
        }
    }
};

void reverse_elementwise(const Log& log, u32 node, Value& g, Slots& slots, const SweepMode& mode) {
    const Record& r = log[node];
    const OpInfo& op = op_table[r.op];
    const Shape shape = mode.lift(log.type(r.type).shape);
    const Kept kept(log, node, op);
    const int last = op.arity == 2 && slots.wants(r.in[1]) ? 1 : 0;
    for (int k = 0; k <= last; ++k) {
        const u32 input = r.in[k];
        if (!slots.wants(input) || op.partial[k] == PartialKind::none) continue;
        const bool same = log[input].type == r.type;
        const bool has_loop =
            op.partial[k] == PartialKind::general || op.partial[k] == PartialKind::minus_one;
        if (!mode.recorded && same && has_loop) {
            const u8 used = op.uses[k];
            const Value* inputs[] = {&g, used & 1 ? &kept.a : nullptr, used & 2 ? &kept.b : nullptr,
                                     used & 4 ? &kept.y : nullptr};
            const auto& loops = op.kernels->reverse[k];
            const int index = float_index(loop_dtype(g.dtype));
            Value space;
            if (Value* target = slots.borrow(input, space)) {
                run_loop(loops[1][index], inputs, 4, shape, *target, true);
                slots.give_back(input, space);
                continue;
            }
            if (k == last && g.is_array && g.array->exclusive() && g.array->contiguous) {
                run_loop(loops[0][index], inputs, 4, shape, g, false);
                slots.add(input, std::move(g));
                return;
            }
        }
        Value c = times_partial(op, k, g, kept.a, kept.b, kept.y, shape, false);
        if (!same) {
            const Shape target = mode.lift(log.type_of_node(input).shape);
            c = sum_to(c.shape() == shape ? c : broadcast_to(c, shape), target, mode.batched());
        }
        slots.add(input, std::move(c));
    }
}

void reverse_record(const Log& log, u32 node, Value& g, Slots& slots, const SweepMode& mode) {
    const OpInfo& op = op_table[log[node].op];
    if (op.elementwise) {
        reverse_elementwise(log, node, g, slots, mode);
    } else if (op.reverse != nullptr) {
        Accumulator accumulator(log, node, slots, mode);
        op.reverse(log[node], g, accumulator);
    }
}

// The wanted inputs of a record, ascending, if its rule keeps scattered cotangents so.
bool scattering_inputs(const Log& log, u32 node, Slots& slots, Nodes& inputs) {
    const Record& r = log[node];
    const OpInfo& op = op_table[r.op];
    if (op.scatter == Scatter::spread || (op.scatters != nullptr && !op.scatters(r))) return false;
    const Shape& shape = log.type(r.type).shape;
    for (int k = 0; k < r.input_count(); ++k) {
        const u32 input = r.input(k);
        if (input == no_node || !slots.wants(input)) continue;
        u32* const place = std::lower_bound(inputs.begin(), inputs.end(), input);
        const bool again = place != inputs.end() && *place == input;
        if (op.scatter == Scatter::in_place ? log.type_of_node(input).shape != shape : again)
            return false;
        if (!again) inputs.insert(place, input);
    }
    return true;
}

// Runs the rule of a record on one cotangent, into slots of its inputs alone.
void reverse_alone(const Log& log, u32 node, Value& g, Slots& alone, const Nodes& inputs,
                   bool recorded) {
    SweepMode mode;
    mode.recorded = recorded;
    for (u32 input : inputs) alone.state(alone.index(input)) |= Slots::wanted;
    reverse_record(log, node, g, alone, mode);
}

// Sends the scattered cotangent of a record through its rule. False if that has to be a dense one.
bool reverse_scattered(const Log& log, u32 node, Slots& slots, const SweepMode& mode, bool keep) {
    const u32 i = slots.index(node);
    const Record& r = log[node];
    const OpInfo& op = op_table[r.op];
    if (slots.filled(i) || too_many(slots.scattered_terms(i), mode)) return false;
    if (op.reverse_scattered != nullptr) {
        Accumulator accumulator(log, node, slots, mode);
        std::vector<Scattered> sum = slots.take_scattered(i, true);
        for (const Scattered& s : sum)
            if (!op.reverse_scattered(r, s.values, s.rows, accumulator)) return false;
        if (!keep) slots.take_scattered(i, false);
        return true;
    }
    Nodes inputs;
    if (!scattering_inputs(log, node, slots, inputs)) return false;
    for (Scattered& s : slots.take_scattered(i, keep)) {
        Slots values(0, 0, inputs, mode.recorded);
        reverse_alone(log, node, s.values, values, inputs, mode.recorded);
        Slots rows(0, 0, inputs, false);
        if (op.scatter == Scatter::moved) {
            PauseRecording pause;
            Value g = s.rows;
            reverse_alone(log, node, g, rows, inputs, false);
        }
        for (u32 input : inputs) {
            const u32 k = values.index(input);
            if (!values.filled(k)) continue;
            add_scattered(
                log, input, slots, mode,
                {values.get(k, log.type_of_node(input).dtype, false),
                 op.scatter == Scatter::moved ? rows.get(k, DType::float64, false) : s.rows});
        }
    }
    return true;
}

// Looks at what a record has added to the cotangents of its inputs, with `g` for its own.
void check_cotangents(const CheckedSweep& checks, const Log& log, u32 node, const Value& g,
                      Slots& slots) {
    const Record& r = log[node];
    const Value* given[] = {&g};
    for (int k = 0; k < r.input_count(); ++k) {
        const u32 input = r.input(k);
        const u32 i = slots.index(input);
        if (i == Slots::nowhere) continue;
        if (slots.filled(i))
            checks.require_finite(k, slots.get(i, log.type_of_node(input).dtype, true), given, 1);
        if (const auto* rows = slots.rows(i))
            checks.require_finite(k, rows->back().values, given, 1);
    }
}

}  // namespace

// ---------------------------------------------------------------- reverse

// With `scattered`, those are the cotangents of the seeds.
static void sweep_back(const Tape& tape, const Seed* seeds, std::size_t seed_count,
                       const u32* sources, std::size_t source_count, Answer* answers, bool consume,
                       i64 batch, const Scattered* scattered) {
    consume = consume && tape.watched_late().empty();  // that goes by whole chunks
    Log& log = *tape.log();
    Range range{tape.begin(), tape.begin()};
    for (std::size_t k = 0; k < seed_count; ++k) range.end = std::max(range.end, seeds[k].node + 1);
    const Known known(tape, sources, source_count);
    LateNodes late;
    known.find_late(sources, late);
    range.begin = first_needed(log, range, seeds, seed_count, sources, source_count, known.is);
    Nodes outside;
    find_outside(range, sources, source_count, known.is, outside);

    // Recorded: some tape is to see how the cotangents come about.
    bool recorded = false;
    if (active_log != nullptr) {
        for (std::size_t k = 0; k < seed_count; ++k)
            recorded = recorded || seeds[k].value.node != no_node;
        recorded = recorded || active_log != &log || active_log->program != nullptr ||
                   tape.seen_by_others(range.end);
    }
    CheckedSweep checks(log, Finding::cotangent, batch);
    PauseRecording pause(!recorded);
    SweepMode mode;
    mode.recorded = recorded;
    // Of a piece that waits, neither a check nor a program would know.
    mode.pieces = recorded && !checks.on() && active_log->program == nullptr;
    mode.batch = batch;
    const bool plain_numbers = !recorded && !mode.batched() && !checks.on();
    SmallVector<DType, 8> dtypes;  // asked for now: the sweep may let go of the records
    for (std::size_t k = 0; k < source_count; ++k)
        dtypes.push_back(log.type_of_node(sources[k]).dtype);
    const bool lanes = mode.batch > 0 && !recorded && !checks.on();
    Slots slots(range.begin, range.end - range.begin, outside, recorded, lanes ? mode.batch : 0);
    const auto want_sources = [&](bool all) {
        for (std::size_t k = 0; k < source_count; ++k) {
            if (!known.is[k]) continue;
            u8& state = slots.state(slots.index(sources[k]));
            state |= Slots::source;
            if (all || known.since[k] == 0) state |= Slots::wanted;
        }
    };
    want_sources(false);
    spread_wanted(tape, range, late, slots);
    want_sources(true);
    for (std::size_t k = 0; k < seed_count; ++k) {
        if (scattered != nullptr)
            slots.add_scattered(seeds[k].node, Scattered(scattered[k]));
        else
            slots.add(seeds[k].node, Value(seeds[k].value));
    }

    work_done.records += range.end - range.begin;
    Patience patience;
    std::size_t late_left = late.size();
    for (u32 end = range.end; end > range.begin;) {
        u32 begin = std::max(range.begin, (end - 1) & ~(Log::chunk_size - 1));
        // What is before used the source as a constant.
        for (; late_left > 0 && late[late_left - 1].since >= end; --late_left)
            slots.state(slots.index(late[late_left - 1].node)) &= static_cast<u8>(~Slots::wanted);
        if (late_left < late.size()) slots.forget_ends();
        if (late_left > 0) begin = std::max(begin, late[late_left - 1].since);
        for (u32 node = end; node-- > begin;) {
            const u32 i = node - range.begin;
            const u8 state = slots.state(i);
            constexpr u8 reached =
                Slots::number | Slots::array | Slots::deferred | Slots::apart | Slots::in_lanes;
            if (!(state & reached)) continue;
            const Record& r = log[node];
            if (AG_LIKELY((r.flags & Record::scalar) && plain_numbers)) {
                op_table[r.op].reverse_number[float_index(r.dtype)](r, slots.bits(i), slots);
                if (!(state & Slots::source)) slots.clear(i);
                continue;
            }
            if (r.op == input_op) continue;
            if (AG_UNLIKELY(state & Slots::apart)) join_pieces(log, node, slots, mode);
            if (AG_UNLIKELY(slots.state(i) & Slots::apart)) {
                patience.spend(log.type(r.type).shape.size());
                const bool keep = state & Slots::source;
                if (!checks.on() && reverse_scattered(log, node, slots, mode, keep)) continue;
                spread_cotangent(log, node, slots, mode);
            }
            if ((r.flags & Record::scalar) && lanes) {
                const auto reverse = op_table[r.op].reverse_lanes[float_index(r.dtype)];
                if (reverse != nullptr) {
                    reverse(r, slots.lanes(i), mode.batch, slots);
                    if (!(state & Slots::source)) slots.drop_lanes(i);
                    patience.spend(mode.batch);
                    continue;
                }
            }
            if (op_table[r.op].defers) {
                const u32 first = slots.index(r.in[0]);  // nowhere: no source is behind it
                if (first != Slots::nowhere) slots.state(first) |= Slots::deferred;
                continue;
            }
            const TypeEntry& type = log.type(r.type);
            Value g = slots.filled(i) ? slots.get(i, type.dtype, state & Slots::source)
                                      : zeros(type.dtype, mode.lift(type.shape));
            const i64 work = g.size();
            if (AG_LIKELY(!checks.on())) {
                reverse_record(log, node, g, slots, mode);
            } else {
                checks.at(node);
                const Value given = g;  // the rule may write over g
                reverse_record(log, node, g, slots, mode);
                check_cotangents(checks, log, node, given, slots);
            }
            if (consume) log[node].drop_payloads();
            patience.spend(work);
        }
        if (consume) log.drop_chunk(end);
        patience.spend(end - begin);
        end = begin;
    }
    checks.end();
    for (std::size_t k = 0; k < source_count; ++k) {
        if (!known.is[k]) continue;
        const u32 i = slots.index(sources[k]);
        if (slots.state(i) & Slots::apart) join_pieces(log, sources[k], slots, mode);
        if (slots.state(i) & Slots::apart) spread_cotangent(log, sources[k], slots, mode);
        const std::vector<Slots::Rows>* rows = slots.rows(i);
        if (!slots.filled(i) && rows == nullptr) continue;
        answers[k].connected = true;
        if (!slots.filled(i)) {
            answers[k].rows = *rows;
            continue;
        }
        answers[k].value = slots.get(i, dtypes[k], true);
        if (rows == nullptr) continue;
        for (const Slots::Rows& r : *rows)
            answers[k].value = binary(Op::add, answers[k].value,
                                      scatter_add(r.values, r.indices, answers[k].value.extent(0)));
    }
}

void reverse_sweep(const Tape& tape, const Seed* seeds, std::size_t seed_count, const u32* sources,
                   std::size_t source_count, Answer* answers, bool consume, i64 batch) {
    SweepScope scope(tape, consume);
    sweep_back(tape, seeds, seed_count, sources, source_count, answers, consume, batch, nullptr);
}

// ---------------------------------------------------------------- jacobian

namespace {

// Adds up the rows that a sweep has kept for a source of so many.
void make_dense(Answer& a, i64 extent) {
    for (std::size_t k = 0; k < a.rows.size(); ++k) {
        const Value g = scatter_add(a.rows[k].values, a.rows[k].indices, extent);
        a.value = k == 0 ? g : binary(Op::add, a.value, g);
    }
    a.rows.clear();
}

// Copies a block of rows into an array of `count` rows, which is made with the first block.
void put_rows(Value& all, const Value& block, i64 first, i64 count) {
    Shape shape = block.shape();
    if (first == 0) {
        shape[0] = count;
        all = make_value(block.dtype, shape);
    }
    const i64 bytes = all.array->bytes() / count;
    convert_into(block, block.shape(), block.dtype, all.mutable_data() + first * bytes);
}

// How many cotangents go through one sweep: as many as keep each array within 64 MB of float64.
i64 batch_size(const Tape& tape, i64 elements) {
    constexpr i64 limit = i64{8} << 20;
    i64 largest = 1;
    const Log& log = *tape.log();
    tape.each_interval(no_node, [&](u32 begin, u32 end) {
        for (u32 i = begin; i < end; ++i)
            if (!(log[i].flags & Record::scalar))
                largest = std::max(largest, log.type(log[i].type).shape.size());
    });
    return std::max<i64>(1, std::min(elements, limit / largest));
}

}  // namespace

void jacobian_sweep(const Tape& tape, const Seed& target, const u32* sources,
                    std::size_t source_count, Answer* answers, bool shared_rows) {
    SweepScope sweep(tape, false, true);
    const Log& log = *tape.log();
    const Shape shape = target.value.shape();
    const i64 rows = shared_rows ? shape[0] : 1;
    const i64 elements = rows == 0 ? 0 : shape.size() / rows;
    const i64 block = batch_size(tape, elements);
    // Blocks are joined by an operation where that has to be recorded, else put in their place.
    const bool joined = active_log != nullptr;
    std::vector<std::vector<Value>> parts(source_count);
    std::vector<Answer> found(source_count);
    for (i64 first = 0; first < std::max<i64>(elements, 1); first += block) {
        const i64 count = std::min(block, elements - first);
        const Seed seed{target.node, Value()};
        const Scattered unit = scattered_identity(target.value.dtype, shape, rows, first, count);
        for (Answer& a : found) a = Answer();
        sweep_back(tape, &seed, 1, sources, source_count, found.data(), false, count, &unit);
        for (std::size_t k = 0; k < source_count; ++k) {
            if (!found[k].connected) continue;
            if (!found[k].rows.empty()) make_dense(found[k], log.type_of_node(sources[k]).shape[0]);
            answers[k].connected = true;
            if (joined || count == elements)
                parts[k].push_back(found[k].value);
            else
                put_rows(answers[k].value, found[k].value, first, elements);
        }
    }
    for (std::size_t k = 0; k < source_count; ++k)
        if (!parts[k].empty())
            answers[k].value = parts[k].size() == 1 ? parts[k][0] : concat(parts[k], 0);
}

// ---------------------------------------------------------------- forward

namespace {

// One partial times one tangent. Complex tangents are not conjugated: T = conj(P) conj(T),
// conjugated.
Value push_elementwise(const Log& log, u32 node, const Tangents& tangents) {
    const Record& r = log[node];
    const OpInfo& op = op_table[r.op];
    const Kept kept(log, node, op);
    const Shape shape = tangents.output_shape();
    Value out;
    bool first = true;
    for (int k = 0; k < op.arity; ++k) {
        if (op.partial[k] == PartialKind::none || !tangents.has(k)) continue;
        const Value t = broadcast_to(conj(tangents.get(k)), shape);
        Value term = conj(times_partial(op, k, t, kept.a, kept.b, kept.y, shape, true));
        out = first ? term : binary(Op::add, out, term);
        first = false;
    }
    if (first) return zeros(tangents.dtype(), shape);
    return out;
}

}  // namespace

const Value* TangentTable::find_outside(u32 node) const {
    auto found = outside_.find(node);
    return found == outside_.end() ? nullptr : &found->second;
}

void TangentTable::add(u32 node, Value&& tangent) {
    if (node < first_) {
        const bool has_one = find_outside(node) != nullptr;
        Value& slot = outside_[node];
        slot = has_one ? binary(Op::add, slot, tangent) : std::move(tangent);
        return;
    }
    const std::size_t i = node - first_;
    if (i >= values_.size()) {
        values_.resize(i + 1);
        state_.resize(i + 1);
    }
    values_[i] = state_[i] == present ? binary(Op::add, values_[i], tangent) : std::move(tangent);
    state_[i] = present;
}

void TangentTable::seed(u32 node, const Value& tangent, u32 since) {
    ends_.reset();
    if (values_.empty() && outside_.empty()) first_ = next_ = tape_.begin();
    if (next_ < since) {
        advance(since);
        next_ = since;
    }
    tracked_ = tracked_ || tangent.node != no_node;
    // What was pushed before must not see this one.
    if (passed_.empty()) return add(node, Value(tangent));
    SweepScope scope(tape_);
    while (!passed_.empty()) store(std::prev(passed_.end()));
    add(node, Value(tangent));
}

void TangentTable::push(const Log& log, u32 node, CheckedSweep& checks) {
    const Record& r = log[node];
    if (r.op == input_op) return;
    const OpInfo& op = op_table[r.op];
    if ((r.flags & Record::scalar) && active_log == nullptr && !checks.on()) {
        const Value* a = r.in[0] == no_node ? nullptr : find(r.in[0]);
        const Value* b = r.in[1] == no_node ? nullptr : find(r.in[1]);
        if (a == nullptr && b == nullptr) return;
        const u64 bits = op.forward_number[float_index(r.dtype)](r, a, b);
        add(node, Value::from_bits(r.dtype, bits));
        return;
    }
    Tangents tangents(log, node, *this);
    const int inputs = r.input_count();
    bool any = false;
    for (int k = 0; k < inputs && !any; ++k) any = tangents.has(k);
    if (!any) return;
    checks.at(node);
    Value t = op.elementwise ? push_elementwise(log, node, tangents) : op.forward(r, tangents);
    if (AG_UNLIKELY(checks.on())) {
        std::vector<const Value*> given;
        for (int k = 0; k < inputs; ++k)
            given.push_back(tangents.has(k) ? &tangents.get(k) : nullptr);
        checks.require_finite(0, t, given.data(), given.size());
    }
    add(node, std::move(t));
}

// ---- runs of elementwise records on large arrays

// Which record before `limit` is the last to read each node from `next_` on.
void TangentTable::find_readers(const Log& log, u32 limit) {
    reader_first_ = next_;
    last_reader_.assign(limit - next_, 0);
    tape_.each_interval(next_, limit, [&](u32 begin, u32 end) {
        for (u32 node = begin; node < end; ++node)
            each_input(log[node], [&](u32 input) {
                if (input >= reader_first_) last_reader_[input - reader_first_] = node;
            });
    });
}

// Pushes through the records from `begin` on that make a run, past those that no tangent reaches;
// where it ends.
u32 TangentTable::push_run(const Log& log, u32 begin, u32 end) {
    TangentRun run(log, log[begin].type);
    u32 node = begin;
    for (; node < end; ++node) {
        const Record& r = log[node];
        if (r.op == input_op) continue;
        if (!passed_.empty()) each_input(r, [&](u32 input) { require_here(input); });
        bool reached = false;
        each_input(
            r, [&](u32 input) { reached = reached || run.has(input) || find(input) != nullptr; });
        if (!reached) continue;
        // A node with a tangent of its own, beside that of its inputs, ends the run.
        if (!op_table[r.op].elementwise || find(node) != nullptr) break;
        const Value* tangents[2];
        for (int k = 0; k < 2; ++k)
            tangents[k] = r.in[k] == no_node || run.has(r.in[k]) ? nullptr : find(r.in[k]);
        if (!run.take(node, tangents)) break;
    }
    const std::vector<u32>& nodes = run.nodes();
    if (nodes.empty()) return node;
    std::vector<u8> wanted(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const u32 last = last_reader_[nodes[i] - reader_first_];
        wanted[i] = last == 0 || last >= node;  // read by nobody yet, or by others
    }
    std::vector<Value> results(nodes.size());
    run.run(wanted.data(), results.data());
    const std::size_t count = nodes.back() - first_ + 1;
    if (count > values_.size()) {
        values_.resize(count);
        state_.resize(count);
    }
    bool all = true;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        values_[nodes[i] - first_].swap(results[i]);
        state_[nodes[i] - first_] = wanted[i] ? present : passed;
        all = all && wanted[i];
    }
    if (!all) passed_[nodes.front()] = nodes;
    return node;
}

// Computes the tangents that were not stored when a run was passed.
void TangentTable::store(Passed::iterator run) {
    const Log& log = *tape_.log();
    const std::vector<u32>& nodes = run->second;
    TangentRun again(log, log[nodes.front()].type);
    for (u32 node : nodes) {
        const Record& r = log[node];
        const Value* tangents[2];
        for (int i = 0; i < 2; ++i)
            tangents[i] = r.in[i] == no_node || again.has(r.in[i]) ? nullptr : find(r.in[i]);
        if (!again.take(node, tangents)) fail("a run of tangents cannot be repeated");
    }
    // What has one may have been given more.
    std::vector<u8> wanted(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) wanted[i] = state_[nodes[i] - first_] == passed;
    std::vector<Value> results(nodes.size());
    again.run(wanted.data(), results.data());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!wanted[i]) continue;
        values_[nodes[i] - first_].swap(results[i]);
        state_[nodes[i] - first_] = present;
    }
    passed_.erase(run);
}

void TangentTable::require(u32 node) {
    if (node < first_ || node - first_ >= state_.size() || state_[node - first_] != passed) return;
    SweepScope scope(tape_);
    require_here(node);
}

void TangentTable::require_here(u32 node) {
    if (node < first_ || node - first_ >= state_.size() || state_[node - first_] != passed) return;
    store(std::prev(passed_.upper_bound(node)));  // runs do not overlap
}

bool TangentTable::seen_by_others(u32 limit) {
    if (!seen_ && limit > unseen_) {
        seen_ = tape_.seen_by_others(limit, unseen_);
        unseen_ = limit;
    }
    return seen_;
}

void TangentTable::advance(u32 limit) {
    if (values_.empty() && outside_.empty()) return;
    SweepScope scope(tape_);
    const Log& log = *tape_.log();
    CheckedSweep checks(log, Finding::tangent);
    PauseRecording pause(active_log == nullptr ||
                         (active_log == &log && !tracked_ && active_log->program == nullptr &&
                          !seen_by_others(limit)));
    Patience patience;
    bool readers = false;
    tape_.each_interval(next_, limit, [&](u32 begin, u32 end) {
        for (u32 node = begin; node < end;) {
            if (!passed_.empty()) each_input(log[node], [&](u32 input) { require_here(input); });
            u32 next = node;
            if (active_log == nullptr && !checks.on() && TangentRun::suits(log, node)) {
                if (!readers) find_readers(log, limit);
                readers = true;
                next = push_run(log, node, end);
            }
            if (next == node) {
                push(log, node, checks);
                ++next;
            }
            for (; node < next; ++node) patience.spend(1 + log.type(log[node].type).shape.size());
            next_ = next;  // an error on the way must not make it push twice
        }
    });
    next_ = std::max(next_, limit);
}

void forward_sweep(const Tape& tape, const Seed* seeds, std::size_t seed_count, const u32* targets,
                   std::size_t target_count, Answer* answers) {
    SweepScope scope(tape);
    Nodes sources;
    for (std::size_t k = 0; k < seed_count; ++k) sources.push_back(seeds[k].node);
    const Known known(tape, sources.begin(), seed_count);
    std::vector<std::size_t> order;
    for (std::size_t k = 0; k < seed_count; ++k)
        if (known.is[k]) order.push_back(k);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return known.since[a] < known.since[b]; });
    TangentTable table(tape);
    for (std::size_t k : order) table.seed(seeds[k].node, seeds[k].value, known.since[k]);
    u32 limit = 0;
    for (std::size_t k = 0; k < target_count; ++k) limit = std::max(limit, targets[k] + 1);
    table.advance(limit);
    for (std::size_t k = 0; k < target_count; ++k) {
        table.require(targets[k]);
        const Value* t = table.find(targets[k]);
        if (t == nullptr) continue;
        answers[k].connected = true;
        answers[k].value = *t;
    }
}

}  // namespace ag
