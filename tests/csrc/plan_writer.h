// Instructions, and what plans of them are to give.
#pragma once

#include "plan.h"
#include "support.h"

namespace test {

// Instructions as they are written down, without a tape.
class Writer {
   public:
    Code code;
    std::vector<u8> needed;

    u32 input(const Value& v) {
        given_.emplace_back(slot(v), v);
        return given_.back().first;
    }
    u32 constant(const Value& v) {
        code.constants.emplace_back(slot(v), v);
        values_.back() = v;
        return code.constants.back().first;
    }
    u32 add(OpCode op, const std::vector<u32>& inputs, const std::vector<i64>& attributes = {}) {
        std::vector<const Value*> operands;
        for (const u32 k : inputs) operands.push_back(&values_[k]);
        const Value y = call_any(
            op, Call(attributes.data(), attributes.size(), operands.data(), inputs.size()));
        code.instructions.push_back({op, attributes, inputs, slot(y)});
        return code.instructions.back().output;
    }
    u32 add(const char* op, const std::vector<u32>& inputs,
            const std::vector<i64>& attributes = {}) {
        return add(code_of(op), inputs, attributes);
    }
    void need(u32 k) { needed[k] = true; }
    void need_all() { needed.assign(needed.size(), true); }

    Plan plan() const { return Plan(code, 0, static_cast<u32>(code.instructions.size()), needed); }
    std::vector<Value> slots() const {
        std::vector<Value> all(values_.size());
        for (const auto& [k, v] : given_) all[k] = v;
        return all;
    }
    const Value& value(u32 k) const { return values_[k]; }
    // What the plan gives is what was computed when it was written.
    void check(const Plan& plan) const {
        std::vector<Value> all = slots();
        plan.run(all);
        for (u32 k = 0; k < needed.size(); ++k) {
            const Note at("slot", static_cast<i64>(k));
            if (needed[k] && !is_constant(k)) CHECK(identical(all[k], values_[k]));
        }
    }
    void check() const {
        const Plan made = plan();
        for (int k = 0; k < 3; ++k) check(made);
    }

   private:
    std::vector<Value> values_;
    std::vector<std::pair<u32, Value>> given_;

    u32 slot(const Value& v) {
        code.types.push_back({v.dtype, v.shape()});
        code.slot_types.push_back(static_cast<u32>(code.types.size() - 1));
        values_.push_back(v);
        needed.push_back(false);
        return static_cast<u32>(values_.size() - 1);
    }
    bool is_constant(u32 k) const {
        for (const auto& c : code.constants)
            if (c.first == k) return true;
        return false;
    }
};

// Calls f(row, its entry, dtype) for each elementwise row and each dtype that it takes.
template <class F>
void each_row(F f) {
    for (int code = 1; code < Op::elementwise_end; ++code) {
        const OpInfo& op = op_table[code];
        const Note at("row", op_text[code].name);
        for (int d = 0; d < dtype_count; ++d) {
            const auto dtype = static_cast<DType>(d);
            if (!(op.kinds & kind_of(dtype))) continue;
            const Note of("dtype", name(dtype));
            f(static_cast<OpCode>(code), op, dtype);
        }
    }
}

}  // namespace test
