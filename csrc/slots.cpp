#include "slots.h"

#include <algorithm>
#include <cstdlib>

#include "kernels/loops.h"
#include "work.h"

namespace ag {

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
    return batched() ? in_front(batch, shape) : shape;
}

ViewSpec SweepMode::lift(const ViewSpec& spec) const {
    return batched() ? in_front(batch, spec) : spec;
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

}  // namespace

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

void join_pieces(const Log& log, u32 node, Slots& slots, const SweepMode& mode) {
    const std::vector<Piece> pieces = slots.take_pieces(slots.index(node));
    if (!pieces.empty())
        add_waiting(node, slots, assemble(pieces, mode.lift(log.type_of_node(node).shape)));
}

}  // namespace ag
