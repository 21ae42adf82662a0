#include "elements.h"

#include "kernels/kernels.h"

namespace ag {

const ElementOps& element_ops() {
    static const ElementOps all{op_named("where"), op_named("cast")};
    return all;
}

// What eager execution does otherwise than by the row's loop.
static bool is_special(OpCode op, DType dtype) {
    if (is_complex(dtype)) return op == Op::abs || op == Op::sign;
    return is_integer(dtype) && (op == Op::floordiv || op == Op::mod || op == Op::truncatediv ||
                                 op == Op::truncatemod || op == Op::pow);
}

bool goes_by_elements(const Code& code, const Instruction& i) {
    const OpInfo& op = op_table[i.op];
    if (op.host != nullptr || is_narrow(code.type(i.output).dtype)) return false;
    for (const u32 slot : i.inputs)
        if (is_narrow(code.type(slot).dtype)) return false;
    if (i.inputs.empty()) return false;
    const DType dtype = code.type(i.inputs[0]).dtype;
    if (op.elementwise)
        return (op.kinds & kind_of(dtype)) && !is_special(i.op, dtype) &&
               (op.arity == 1 || code.type(i.inputs[1]).dtype == dtype);
    if (i.op == element_ops().select)
        return code.type(i.inputs[1]).dtype == dtype &&
               code.type(i.inputs[2]).dtype == DType::boolean;
    return i.op == element_ops().cast;
}

// ---------------------------------------------------------------- pairs

bool Pairs::forms(const Code& code, const Instruction& first, const Instruction& second,
                  const std::vector<u32>& same, u8* first_form, u8* second_form, u32* other) {
    using P = PairKernels;
    const TypeEntry& type = code.type(second.output);
    if (type.dtype != DType::float32 && type.dtype != DType::float64) return false;
    if (type.dtype != code.type(first.output).dtype || type.shape != code.type(first.output).shape)
        return false;
    const bool is_left = same[second.inputs[0]] == first.output;
    switch (first.op) {
        case Op::add: *first_form = P::sum; break;
        case Op::subtract: *first_form = P::difference; break;
        case Op::multiply: *first_form = P::product; break;
        case Op::negative: *first_form = P::negation; break;
        default: return false;
    }
    switch (second.op) {
        case Op::add: *second_form = P::add; break;
        case Op::subtract: *second_form = is_left ? P::subtract : P::subtract_from; break;
        case Op::multiply: *second_form = P::multiply; break;
        default: return false;
    }
    *other = second.inputs[is_left ? 1 : 0];
    return true;
}

Loop Pairs::loop(const Code& code, const Instruction& first, const Instruction& second,
                 const std::vector<u32>& same, u32* other) {
    u8 a, b;
    if (!forms(code, first, second, same, &a, &b, other)) return nullptr;
    return dense_kernels.pairs.loops[a][b][float_index(code.type(second.output).dtype)];
}

Pairs::Pairs(const Code& code, const std::vector<u32>& members, const std::vector<u8>& stored,
             const std::vector<u32>& same, Room& room)
    : first_of_(members.size(), none), is_first_(members.size()) {
    static const OpCode unview = op_named("unview");
    for (u32 m = 0; m < members.size(); ++m) {
        room.makers[code.instructions[members[m]].output] = m;
        for (const u32 slot : code.instructions[members[m]].inputs) ++room.readers[same[slot]];
    }
    const auto maker = [&](u32 slot) { return room.makers[same[slot]]; };
    // Those that are added to a part are not for others.
    const auto widens = [&](const Instruction& i) {
        return std::any_of(i.inputs.begin(), i.inputs.end(), [&](u32 slot) {
            const u32 m = maker(slot);
            return m != none && code.instructions[members[m]].op == unview;
        });
    };
    for (u32 m = 0; m < members.size(); ++m) {
        const Instruction& second = code.instructions[members[m]];
        if (second.inputs.size() != 2 || widens(second)) continue;
        for (const u32 slot : second.inputs) {
            const u32 f = maker(slot);
            if (f == none || f >= m || stored[f] || first_of_[f] != none || is_first_[f]) continue;
            const Instruction& first = code.instructions[members[f]];
            u32 other = 0;
            if (room.readers[first.output] != 1 || widens(first) ||
                loop(code, first, second, same, &other) == nullptr)
                continue;
            first_of_[m] = f;
            is_first_[f] = true;
            break;
        }
    }
    for (const u32 k : members) {
        room.makers[code.instructions[k].output] = none;
        for (const u32 slot : code.instructions[k].inputs) room.readers[same[slot]] = 0;
    }
}

}  // namespace ag
