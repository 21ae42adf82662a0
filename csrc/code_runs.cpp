// Code from elsewhere while it is run one instruction after the other.
#include <algorithm>
#include <chrono>
#include <string>

#include "code_checks.h"
#include "ops/host.h"

namespace ag {

namespace {

// Runs the instructions [begin, end), but for those that nobody needs, one after the other: call()
// makes the results of each, and then take(place, results) puts them into their slots.
template <class Take>
void run_each(const Code& code, std::size_t begin, std::size_t end, const std::vector<u8>* runs,
              std::vector<Value>& slots, Take take) {
    for (Value& v : slots) v.node = no_node;
    slots.resize(code.slot_count());
    for (const auto& [slot, value] : code.constants) slots[slot] = value.detached();
    std::vector<const Value*> operands;
    for (std::size_t place = begin; place < end; ++place) {
        if (runs != nullptr && !(*runs)[place]) continue;
        const Instruction& i = code.instructions[place];
        operands.clear();
        for (u32 slot : i.inputs) operands.push_back(&slots[slot]);
        const Call call(i.attributes.data(), i.attributes.size(), operands.data(), operands.size());
        take(place, [&] {
            std::vector<Value> made(output_count(i));
            call_into(i, call, made.data());
            return made;
        });
    }
}

void require_types_of(const Code& code, std::size_t place, const std::vector<Value>& made) {
    const Instruction& i = code.instructions[place];
    if (made.size() != output_count(i))
        fail_at(place, i.op, "gave " + std::to_string(made.size()) + " results");
    for (std::size_t n = 0; n < made.size(); ++n) {
        const u32 slot = i.output + static_cast<u32>(n);
        if (code.is_of_type(slot, made[n])) continue;
        const TypeEntry& type = code.type(slot);
        fail_at(place, i.op,
                std::string("gave ") + name(made[n].dtype) + made[n].shape().text() +
                    ", and is said to give " + name(type.dtype) + type.shape.text());
    }
}

void require_types_made(const Code& code, std::size_t begin, std::size_t end,
                        const std::vector<u8>* runs, std::vector<Value> slots) {
    Computing scope;
    run_each(code, begin, end, runs, slots, [&](std::size_t place, auto call) {
        std::vector<Value> made = call();
        require_types_of(code, place, made);
        std::move(made.begin(), made.end(), slots.begin() + code.instructions[place].output);
    });
}

}  // namespace

void require_types(const Code& code, const std::vector<Value>& inputs) {
    require_types_made(code, 0, code.instructions.size(), nullptr, inputs);
}

void require_types(const Code& code, u32 begin, u32 end, const std::vector<u8>& runs,
                   const std::vector<Value>& slots) {
    require_types_made(code, begin, end, &runs, slots);
}

void require_types(const Code& code) {
    Computing scope;
    std::vector<Value> values;
    std::vector<const Value*> operands;
    for (std::size_t place = 0; place < code.instructions.size(); ++place) {
        const Instruction& i = code.instructions[place];
        if (i.own.get() != nullptr) continue;  // of the types of its parts, see `fits`
        const auto fail_with = [&](const std::string& why) {
            fail(ErrorKind::unimplemented,
                 "what a function from a file gives is not known before it has been run: " + why);
        };
        if (needs_python(i)) fail_with(std::string("[") + op_text[i.op].name + "] is Python's");
        values.clear();
        operands.clear();
        for (const u32 slot : i.inputs) {
            const Value* const constant = code.constant(slot);
            const TypeEntry& type = code.type(slot);
            const double number = op_table[i.op].elementwise ? 1 : 0;  // or else an index
            values.push_back(constant != nullptr
                                 ? *constant
                                 : broadcast_to(Value::constant(type.dtype, number), type.shape));
        }
        for (const Value& v : values) operands.push_back(&v);
        std::vector<Value> made(output_count(i));
        try {
            call_into(
                i, Call(i.attributes.data(), i.attributes.size(), operands.data(), operands.size()),
                made.data());
        } catch (const Error& error) {
            fail_with(error.what());
        }
        require_types_of(code, place, made);
    }
}

std::vector<double> times_of(const Code& code, const std::vector<Value>& inputs) {
    using Clock = std::chrono::steady_clock;
    Computing scope;
    std::vector<std::size_t> last(code.slot_count());  // where each slot is read last
    for (std::size_t place = 0; place < code.instructions.size(); ++place)
        for (u32 slot : code.instructions[place].inputs) last[slot] = place;
    std::vector<Value> slots(inputs);
    std::vector<double> times(code.instructions.size());
    run_each(code, 0, code.instructions.size(), nullptr, slots, [&](std::size_t place, auto call) {
        const Instruction& i = code.instructions[place];
        const auto begin = Clock::now();
        std::vector<Value> made = call();
        times[place] = std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
        for (std::size_t n = 0; n < made.size(); ++n) slots[i.output + n] = std::move(made[n]);
        // So that memory is used again, as in any run.
        for (u32 slot : i.inputs)
            if (last[slot] == place) slots[slot] = Value();
    });
    return times;
}

std::vector<Value> like_inputs(const Code& code, u32 inputs) {
    std::vector<Value> values;
    for (u32 k = 0; k < inputs; ++k)
        values.push_back(make_zeros(code.type(k).dtype, code.type(k).shape));
    return values;
}

}  // namespace ag
