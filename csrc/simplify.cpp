#include "simplify.h"

#include <map>
#include <tuple>

#include "array_code.h"
#include "composite.h"
#include "elements.h"
#include "ops/ops.h"

namespace ag {

namespace {

constexpr u32 no_slot = 0xffffffffu;

// What hands its input on, always or where the type is the same.
struct Moves {
    OpCode identity = op_named("identity"), stop = op_named("stop_gradient"),
           reshape = op_named("reshape"), broadcast = op_named("broadcast_to"),
           cast = op_named("cast"), view = op_named("view"), concat = op_named("concat"),
           sum = op_named("reduce_sum");
};

const Moves& moves() {
    static const Moves all;
    return all;
}

bool is_same_type(const TypeEntry& a, const TypeEntry& b) {
    return a.dtype == b.dtype && a.shape == b.shape;
}

bool takes_all_in_place(const ViewSpec& spec) {
    if (spec.in_rank != spec.out.rank) return false;
    for (int k = 0; k < spec.in_rank; ++k)
        if (spec.start[k] != 0 || spec.step[k] != 1 || spec.to[k] != k) return false;
    return true;
}

// Whether what lies otherwise may stand for a result, which lies in C order: sums are rounded by
// that.
class Layouts {
   public:
    Layouts(const Code& code, u32 begin, u32 end, const std::vector<u8>& needed)
        : code_(code), begin_(begin), end_(end), needed_(needed) {}

    bool may_stand_for(u32 from, const Value* constant, u32 result) {
        if (code_.type(result).shape.rank == 0) return true;
        if (matters_.empty()) look();
        const bool in_order = constant != nullptr ? constant->contiguous() : in_order_[from] != 0;
        return in_order || !matters_[result];
    }

   private:
    const Code& code_;
    const u32 begin_, end_;
    const std::vector<u8>& needed_;
    std::vector<u8> in_order_, matters_;  // by slot; the latter: to somebody who reads it

    void look() {
        const ArrayOps& op = array_ops();
        in_order_.resize(code_.slot_count());
        matters_ = needed_;
        for (u32 k = end_; k-- > begin_;) {
            const Instruction& i = code_.instructions[k];
            const bool is_made = op_table[i.op].elementwise || i.op == element_ops().select ||
                                 op.joins(i.op) || i.op == op.unview;
            in_order_[i.output] = is_made || i.op == op.sum || i.op == op.matmul;
            const bool hands_on = op.is_view(i.op) || i.op == moves().identity ||
                                  i.op == moves().stop || i.op == moves().cast;
            if (is_made || (hands_on && !matters_[i.output])) continue;
            for (const u32 slot : i.inputs) matters_[slot] = true;
        }
    }
};

}  // namespace

Simplified::Simplified(const Code& code, u32 begin, u32 end, const std::vector<u8>& needed,
                       Keeps keeps)
    : constant_of(code.slot_count(), no_constant), code_(code), keeps_(keeps) {
    same.resize(code.slot_count());
    for (u32 slot = 0; slot < code.slot_count(); ++slot) same[slot] = slot;
    // One for all that are the same number, or the same array.
    std::map<std::tuple<DType, bool, u64>, u32> first_of;
    for (const auto& [slot, value] : code.constants) {
        add_constant(slot, value.detached());
        const auto found =
            first_of.emplace(std::make_tuple(value.dtype, value.is_array, value.bits), slot);
        same[slot] = found.first->second;
    }
    for (u32 k = begin; k < end; ++k) kept.push_back(k);
    drop_dead(needed);

    std::size_t size = 16;
    while (size < 2 * kept.size()) size *= 2;
    std::vector<u32> found(size, no_slot);  // instructions, by their hash
    Layouts layouts(code, begin, end, needed);
    std::size_t left = 0;
    for (const u32 k : kept) {
        const Instruction& i = code.instructions[k];
        const bool is_pure = op_table[i.op].effect == Effect::none;
        if (i.own.get() != nullptr && hands_on(i)) continue;
        if (is_pure && host_of(i) == nullptr) {
            const u32 from = forwarded(i);
            const bool is_made = op_table[i.op].elementwise || i.op == moves().concat;
            if (from != no_slot &&
                (!is_made || layouts.may_stand_for(from, constant(from), i.output))) {
                same[i.output] = from;
                continue;
            }
            if (fold(i)) continue;
        }
        if (is_pure) {
            std::size_t at = hash(i) & (size - 1);
            while (found[at] != no_slot && !equal(i, code.instructions[found[at]]))
                at = (at + 1) & (size - 1);
            if (found[at] != no_slot) {
                const u32 first = code.instructions[found[at]].output;
                for (u32 n = 0; n < output_count(i); ++n) same[i.output + n] = first + n;
                continue;
            }
            found[at] = k;
        }
        kept[left++] = k;
    }
    kept.resize(left);
    drop_dead(needed);
}

void Simplified::drop_dead(const std::vector<u8>& needed) {
    std::vector<u8> used(needed);
    for (u32 slot = 0; slot < same.size(); ++slot)
        if (needed[slot]) used[same[slot]] = true;
    std::size_t left = kept.size();
    for (std::size_t k = kept.size(); k-- > 0;) {
        const Instruction& i = code_.instructions[kept[k]];
        bool keeps = false;
        for (u32 n = 0; n < output_count(i); ++n) keeps = keeps || used[i.output + n];
        if (!keeps) continue;
        for (const u32 slot : i.inputs) used[same[slot]] = true;
        kept[--left] = kept[k];
    }
    kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(left));
}

void Simplified::add_constant(u32 slot, const Value& v) {
    constant_of[slot] = static_cast<u32>(constants.size());
    constants.emplace_back(slot, v);
}

// Whether it is a constant of floats that all are x, with its sign.
bool Simplified::is_number(u32 slot, double x) const {
    const Value* const v = constant(same[slot]);
    if (v == nullptr || (v->dtype != DType::float32 && v->dtype != DType::float64)) return false;
    if (!is_one_number(*v)) return false;
    const Value number = Value::constant(v->dtype, x);
    return std::memcmp(v->data(), number.data(), static_cast<std::size_t>(itemsize(v->dtype))) == 0;
}

// The slot whose value the instruction gives as it is.
u32 Simplified::forwarded(const Instruction& i) const {
    const Moves& move = moves();
    const TypeEntry& type = code_.type(i.output);
    const auto input = [&](std::size_t k) {
        const u32 slot = same[i.inputs[k]];
        return is_same_type(code_.type(slot), type) ? slot : no_slot;
    };
    if (i.op == move.stop) return keeps_ == Keeps::values ? input(0) : no_slot;
    if (i.op == move.identity || i.op == move.reshape || i.op == move.broadcast ||
        i.op == move.cast)
        return input(0);
    if (i.op == move.sum) return i.attributes[0] == 0 ? input(0) : no_slot;
    if (i.op == move.concat) return i.inputs.size() == 1 ? input(0) : no_slot;
    if (i.op == move.view) return takes_all_in_place(unpack(i.attributes)) ? input(0) : no_slot;
    switch (i.op) {
        case Op::multiply:
            if (is_number(i.inputs[0], 1)) return input(1);
            return is_number(i.inputs[1], 1) ? input(0) : no_slot;
        case Op::divide: return is_number(i.inputs[1], 1) ? input(0) : no_slot;
        case Op::add:
            if (is_number(i.inputs[0], -0.0)) return input(1);
            return is_number(i.inputs[1], -0.0) ? input(0) : no_slot;
        case Op::subtract: return is_number(i.inputs[1], 0) ? input(0) : no_slot;
        default: return no_slot;
    }
}

// Whether a composite gives inputs as they are: those stand for its outputs then.
bool Simplified::hands_on(const Instruction& i) {
    if (keeps_ == Keeps::derivatives) return false;
    const std::size_t first = composite_of(i.own).gives();
    if (first == Composite::none) return false;
    for (u32 n = 0; n < output_count(i); ++n) same[i.output + n] = same[i.inputs[first + n]];
    return true;
}

// Computes what depends on constants alone, if that takes no more memory than they do. (Not what
// is to be computed as it lies; see columns.cpp.)
bool Simplified::fold(const Instruction& i) {
    if (op_table[i.op].elementwise && !i.attributes.empty()) return false;
    constexpr i64 small = 1 << 16;
    i64 bytes = bytes_of(code_.type(i.output)) - small;
    if (i.op == moves().broadcast) bytes = 0;
    std::vector<const Value*> inputs;
    for (const u32 slot : i.inputs) {
        const Value* const v = constant(same[slot]);
        if (v == nullptr) return false;
        bytes -= v->size() * itemsize(v->dtype);
        inputs.push_back(v);
    }
    if (bytes > 0) return false;
    const Computing scope;
    try {
        const Value y = call_any(
            i.op, Call(i.attributes.data(), i.attributes.size(), inputs.data(), inputs.size()));
        // Code from elsewhere says what it likes, and others are to be of what it says.
        if (!code_.is_of_type(i.output, y)) return false;
        add_constant(i.output, y);
    } catch (const Error&) {  // when it is run
        return false;
    }
    return true;
}

u64 Simplified::hash(const Instruction& i) const {
    u64 h = i.op;
    const auto mix = [&h](u64 x) {
        h = (h ^ x) * 0x9e3779b97f4a7c15ull;
        h ^= h >> 29;
    };
    for (const i64 a : i.attributes) mix(static_cast<u64>(a));
    for (const u32 slot : i.inputs) mix(same[slot]);
    return h ^ h >> 32;
}

bool Simplified::equal(const Instruction& i, const Instruction& j) const {
    if (i.op != j.op || !is_like(i.own, j.own) || i.attributes != j.attributes ||
        i.inputs.size() != j.inputs.size() ||
        !is_same_type(code_.type(i.output), code_.type(j.output)))
        return false;
    for (std::size_t k = 0; k < i.inputs.size(); ++k)
        if (same[i.inputs[k]] != same[j.inputs[k]]) return false;
    return true;
}

}  // namespace ag
