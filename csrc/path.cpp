#include "path.h"

#include <algorithm>
#include <cstring>

#include "composite.h"
#include "ops/host.h"

namespace ag {

// ---------------------------------------------------------------- writing

void PathWriter::write(u32 begin, u32 end) {
    // Together with what there is, as paths have many segments.
    const std::size_t most = code_.instructions.size() + (end - begin);
    if (most > code_.instructions.capacity())
        code_.instructions.reserve(std::max(most, 2 * code_.instructions.capacity()));
    for (u32 node = begin; node < end; ++node)
        if (!is_left_out(node) && inputs_of(node) != nullptr) write_record(node);
}

void PathWriter::leave_out(const std::vector<std::pair<u32, u32>>& ranges,
                           const std::vector<u32>& wanted) {
    if (ranges.empty()) return;
    left_out_.resize(log_.size());
    for (const auto& [begin, end] : ranges)
        std::fill(left_out_.begin() + begin, left_out_.begin() + end, u8{1});
    const auto keep = [&](u32 node) {
        if (node != no_node) left_out_[node] = 0;
    };
    for (u32 node : wanted) keep(node);
    for (u32 node = log_.size(); node-- > log_.program->first();) {
        const Record& r = log_[node];
        if (left_out_[node] || r.op == input_op) continue;
        if (op_table[r.op].defers) keep(r.in[0]);
        const CallInputs::Inputs* const made_of = log_.program->find(node);
        if (made_of != nullptr)
            for (const Value& v : *made_of) keep(v.node);
        else if (node > log_.program->first())
            keep(node - 1);  // of which it may be a further output
    }
}

// ---------------------------------------------------------------- comparing

bool same_elements(const Value& a, const Value& b) {
    if (a.dtype != b.dtype || !a.same_shape(b)) return false;
    if (a.is_array && b.is_array && a.array == b.array) return true;
    const Value x = contiguous(a), y = contiguous(b);
    return std::memcmp(x.data(), y.data(),
                       static_cast<std::size_t>(x.size() * itemsize(x.dtype))) == 0;
}

bool is_true(const Value& v) {
    if (v.dtype == DType::boolean) return *v.data() != 0;
    Computing scope;
    return *cast(contiguous(v), DType::boolean).data() != 0;
}

bool PathWriter::both_constant(u32 a, u32 b) const {
    const Value *const x = code_.constant(a), *const y = code_.constant(b);
    return x != nullptr && y != nullptr && same_elements(*x, *y);
}

bool PathWriter::same_input(const Value& v, u32 slot) {
    if (!is_constant(v)) return slots_.find(v.node) == slot;
    const Value* const there = code_.constant(slot);
    return there != nullptr && same_elements(*there, v);
}

bool PathWriter::follow(u32 begin, u32 end, u32 first, u32 last) {
    for (u32 node = begin; node < end; ++node) {
        const CallInputs::Inputs* const made_of = inputs_of(node);
        if (made_of == nullptr || is_left_out(node)) continue;
        const Record& r = log_[node];
        if (first == last) return false;
        const Instruction& there = code_.instructions[first++];
        const Attributes attributes = attributes_of(log_, r);
        if (there.op != r.op || !is_like(there.own, own_host(r)) ||
            there.inputs.size() != made_of->size() ||
            there.attributes.size() != attributes.size() ||
            !std::equal(attributes.begin(), attributes.end(), there.attributes.begin()))
            return false;
        for (std::size_t k = 0; k < made_of->size(); ++k)
            if (!same_input((*made_of)[k], there.inputs[k])) return false;
        for (u32 n = 0; n < output_count(there); ++n) {
            const TypeEntry& here = log_.type_of_node(node + n);
            const TypeEntry& type = code_.type(there.output + n);
            if (type.dtype != here.dtype || type.shape != here.shape) return false;
            place(node + n, there.output + n);
        }
    }
    return first == last;
}

// ---------------------------------------------------------------- running

Uses uses_of(const Code& code, const std::vector<u32>& ends, std::vector<u8> wanted) {
    constexpr u8 live = 2;
    for (u8& w : wanted) w = w ? 1 | live : 0;
    std::vector<u32> segments(code.slot_count(), static_cast<u32>(ends.size()));
    u32 segment = 0;
    for (u32 k = 0; k < code.instructions.size(); ++k) {
        while (segment < ends.size() && k >= ends[segment]) ++segment;
        const Instruction& i = code.instructions[k];
        for (u32 n = 0; n < output_count(i); ++n) segments[i.output + n] = segment;
    }
    Uses uses;
    uses.runs.resize(code.instructions.size());
    for (std::size_t k = code.instructions.size(); k-- > 0;) {
        const Instruction& i = code.instructions[k];
        for (u32 n = 0; n < output_count(i); ++n)
            uses.runs[k] = uses.runs[k] || wanted[i.output + n] != 0;
        if (!uses.runs[k]) continue;
        for (u32 slot : i.inputs)
            wanted[slot] |= segments[slot] == segments[i.output] ? live : u8{1 | live};
    }
    for (u8& w : wanted) w &= 1;
    uses.needed = std::move(wanted);
    return uses;
}

void walk(const Code& code, u32 begin, u32 end, const std::vector<u8>& runs,
          std::vector<Value>& slots) {
    std::vector<const Value*> operands;
    for (u32 k = begin; k < end; ++k) {
        if (!runs[k]) continue;
        const Instruction& i = code.instructions[k];
        operands.clear();
        for (u32 slot : i.inputs) operands.push_back(&slots[slot]);
        call_into(i,
                  Call(i.attributes.data(), i.attributes.size(), operands.data(), operands.size()),
                  slots.data() + i.output);
    }
}

std::vector<u8> slots_with_memory(const Code& code) {
    std::vector<u8> holds(code.slot_count());
    for (u32 slot = 0; slot < code.slot_count(); ++slot)
        holds[slot] = code.type(slot).shape.rank > 0 || !fits_inline(code.type(slot).dtype);
    for (const auto& constant : code.constants) holds[constant.first] = 0;
    return holds;
}

void fill_constants(const Code& code, std::vector<Value>& slots) {
    slots.resize(code.slot_count());
    for (const auto& [slot, value] : code.constants) slots[slot] = value;
}

void let_go(std::vector<Value>& slots, const std::vector<u8>& holds) {
    for (std::size_t k = 0; k < holds.size(); ++k)
        if (holds[k] && slots[k].is_array) slots[k] = Value();
}

}  // namespace ag
