#include "pattern.h"

#include "ops/host.h"
#include "code_checks.h"
#include "program.h"

namespace ag {

Value numbered(const Shape& shape, i64 first) {
    Value y = make_value(DType::int64, shape);
    i64* const number = reinterpret_cast<i64*>(y.mutable_data());
    for (i64 i = 0; i < y.size(); ++i) number[i] = first + i;
    return y;
}

bool Dependence::derives(std::size_t k) const {
    const OpInfo& op = op_table[op_];
    if (!is_differentiable(inputs_[k]->dtype) || !is_differentiable(result_.dtype)) return false;
    if (op.elementwise)
        return op.partial[k] != PartialKind::none && op.partial[k] != PartialKind::zero;
    return op.many || k < op.arity;
}

Value Dependence::run(const std::vector<Value>& inputs) const {
    SmallVector<const Value*, 16> pointers;
    for (const Value& v : inputs) pointers.push_back(&v);
    Computing scope;
    return op_table[op_].run(
        Call(attributes_.data(), attributes_.size(), pointers.begin(), pointers.size()));
}

void Dependence::meet(std::size_t k, const Value& of_input, const Value& of_result) {
    const Pattern& given = inputs_[k]->pattern;
    Pattern& found = result_.pattern;
    if (given.words == 0 || !derives(k)) return;
    if (found.words == 0) {
        found.words = given.words;
        found.bits.resize(static_cast<std::size_t>(shape().size()) * given.words);
    }
    const Value from = contiguous(of_input), to = contiguous(of_result);
    AG_ASSERT(from.shape() == shape(k) && to.shape() == shape());
    const i64* const number = reinterpret_cast<const i64*>(from.data());
    const i64* const wanted = reinterpret_cast<const i64*>(to.data());
    i64 count = 0;
    for (i64 i = 0; i < from.size(); ++i) count = std::max(count, number[i] + 1);
    const auto add = [&](u64* set, const u64* more) {
        for (std::size_t w = 0; w < given.words; ++w) set[w] |= more[w];
    };
    Pattern sets;  // of the elements with each number together
    sets.words = given.words;
    sets.bits.resize(static_cast<std::size_t>(count) * given.words);
    for (i64 i = 0; i < from.size(); ++i)
        if (number[i] >= 0) add(sets.of(number[i]), given.of(i));
    for (i64 i = 0; i < to.size(); ++i)
        if (wanted[i] >= 0 && wanted[i] < count) add(found.of(i), sets.of(wanted[i]));
}

void Dependence::meet_all() {
    for (std::size_t k = 0; k < size(); ++k)
        meet(k, zeros(DType::int64, shape(k)), zeros(DType::int64, shape()));
}

void pattern_in_place(Dependence& d) {
    for (std::size_t k = 0; k < d.size(); ++k) {
        const Value numbers = numbered(d.shape(k));
        d.meet(k, numbers, broadcast_to(numbers, d.shape()));
    }
}

void pattern_moved(Dependence& d) {
    std::vector<Value> inputs;
    i64 first = 0;
    for (std::size_t k = 0; k < d.size(); ++k) {
        if (d.derives(k)) {
            inputs.push_back(numbered(d.shape(k), first));
            first += d.shape(k).size();
        } else if (d.constant(k) != nullptr) {
            inputs.push_back(*d.constant(k));
        } else {
            return d.meet_all();
        }
    }
    const Value taken = d.run(inputs);
    for (std::size_t k = 0; k < d.size(); ++k)
        if (d.derives(k)) d.meet(k, inputs[k], taken);
}

std::vector<Pattern> Program::patterns() const {
    Computing scope;
    if (is_believed()) require_own_types(like_inputs(code_, input_count_));
    std::vector<Operand> slots(code_.slot_count());
    i64 total = 0;
    for (u32 k = 0; k < input_count_; ++k) total += code_.type(k).shape.size();
    const std::size_t words = (static_cast<std::size_t>(total) + 63) / 64;
    i64 bit = 0;
    for (u32 k = 0; k < input_count_; ++k) {
        Operand& input = slots[k];
        input.dtype = code_.type(k).dtype;
        input.shape = code_.type(k).shape;
        input.pattern.words = words;
        input.pattern.bits.resize(static_cast<std::size_t>(input.shape.size()) * words);
        for (i64 i = 0; i < input.shape.size(); ++i, ++bit)
            input.pattern.of(i)[bit / 64] |= u64{1} << (bit % 64);
    }
    for (const auto& [slot, value] : code_.constants) {
        slots[slot].dtype = value.dtype;
        slots[slot].shape = value.shape();
        slots[slot].constant = &value;
    }
    std::vector<const Operand*> operands;
    for (const Instruction& i : code_.instructions) {
        operands.clear();
        for (u32 slot : i.inputs) operands.push_back(&slots[slot]);
        for (u32 n = 0; n < output_count(i); ++n) {
            Operand& result = slots[i.output + n];
            result.dtype = code_.type(i.output + n).dtype;
            result.shape = code_.type(i.output + n).shape;
            Dependence dependence(i.op, i.attributes, operands, result);
            const auto pattern = op_table[i.op].pattern;
            if (pattern != nullptr)
                pattern(dependence);
            else
                dependence.meet_all();
        }
    }
    std::vector<Pattern> results;
    for (u32 slot : outputs_) results.push_back(slots[slot].pattern);
    return results;
}

Value dense(const Pattern& pattern, i64 elements, i64 bits) {
    Value y = make_zeros(DType::boolean, Shape{elements, bits});
    if (pattern.words == 0) return y;
    bool* next = reinterpret_cast<bool*>(y.mutable_data());
    for (i64 i = 0; i < elements; ++i)
        for (i64 b = 0; b < bits; ++b) *next++ = pattern.of(i)[b / 64] >> (b % 64) & 1;
    return y;
}

}  // namespace ag
