#include "program.h"

#include <algorithm>

#include "code_checks.h"
#include "numerics.h"
#include "ops/batch.h"
#include "ops/host.h"

namespace ag {

// ---------------------------------------------------------------- recording

CallInputs::Inputs CallInputs::prepare(const Call& given) {
    Inputs inputs;
    inputs.reserve(given.size());
    const Log& log = *active_log;
    for (std::size_t k = 0; k < given.size(); ++k) {
        const Value& v = given[k];
        const bool is_known =
            v.node != no_node && v.node >= log.program->first() && log[v.node].op != input_op;
        if (!is_known) {
            inputs.push_back(v);
            continue;
        }
        // The record that made it is enough: its memory may be wanted for something else.
        inputs.emplace_back();
        inputs.back().node = v.node;
        inputs.back().dtype = v.dtype;
    }
    return inputs;
}

u32 CallInputs::input_node(u32 node, int k) const {
    const Inputs* inputs = find(node);
    return inputs == nullptr || static_cast<std::size_t>(k) >= inputs->size()
               ? no_node
               : (*inputs)[static_cast<std::size_t>(k)].node;
}

void CallInputs::note_read(u32 node, const Value& value, bool truth, u32 before) {
    if (node == no_node || node < first_) return;
    if (owner_ == nullptr) {
        bind("a value was read");
        return;
    }
    const Read* const last = reads_.empty() ? nullptr : &reads_.back();
    if (last != nullptr && last->node == node && (truth || !last->truth)) return;
    reads_.push_back({node, before, truth, value.detached()});
}

ProgramMode::ProgramMode() = default;

ProgramMode::~ProgramMode() { end(); }

void ProgramMode::begin() {
    if (!try_begin()) fail(ErrorKind::busy, "a program is being recorded, or recording is paused");
}

bool ProgramMode::try_begin() {
    tape.enter();
    if (active_log == nullptr || active_log->program != nullptr) {
        tape.leave();
        return false;
    }
    log_ = active_log;
    inputs_.begin(log_->size());
    log_->program = &inputs_;
    hold_scalar_path(true);
    return true;
}

void ProgramMode::set(CallInputs* inputs, const ReadObserver* observer) noexcept {
    if (log_ == nullptr) return;
    log_->program = inputs;
    if (observer_ != nullptr) log_->observe(observer);
}

bool ProgramMode::observe(const ReadObserver* observer) noexcept {
    if (log_->observer() != nullptr) return false;
    observer_ = observer;
    log_->observe(observer);
    return true;
}

void ProgramMode::note_other_threads() noexcept {
    exclusive_ = true;
    ++log_->strict;
    strict_tapes.fetch_add(1, std::memory_order_relaxed);
}

void ProgramMode::end() noexcept {
    if (log_ == nullptr) return;
    if (exclusive_) {
        exclusive_ = false;
        --log_->strict;
        strict_tapes.fetch_sub(1, std::memory_order_relaxed);
    }
    set(nullptr, nullptr);
    log_ = nullptr;
    hold_scalar_path(false);
}

// ---------------------------------------------------------------- freezing

// Whether one of the other open tapes knows a node of the log that it records on.
static bool known_beside(const Tape& tape, u32 node) {
    for (const Tape* other : thread_state().open)
        if (other != &tape && other->knows(node)) return true;
    return false;
}

Program::Program(const Tape& tape, const std::vector<u32>& inputs,
                 const std::vector<Value>& outputs, bool connected) {
    const Log& log = *tape.log();
    if (log.program == nullptr) fail("only what was recorded in program mode can be frozen");
    std::unordered_map<u32, u32> slots;  // of nodes
    std::unordered_map<u32, u32> types;  // here, of those of the log
    const auto add_slot = [&](u32 type) {
        const auto here = types.emplace(type, static_cast<u32>(code_.types.size()));
        if (here.second) code_.types.push_back(log.type(type));
        code_.slot_types.push_back(here.first->second);
        return code_.slot_count() - 1;
    };
    for (u32 node : inputs) slots[node] = add_slot(log[node].type);
    input_count_ = static_cast<u32>(inputs.size());
    // What was made before, and what is watched within, does not depend on the inputs.
    const auto is_constant = [&](u32 node) {
        return node == no_node || node < log.program->first() ||
               (log[node].op == input_op && slots.find(node) == slots.end());
    };
    // What the outputs depend on, from the last record back.
    std::unordered_map<u32, bool> needed;
    for (const Value& v : outputs)
        if (!is_constant(v.node)) needed[v.node] = true;
    std::vector<u32> order;
    for (u32 node = log.size(); node-- > log.program->first();) {
        if (needed.find(node) == needed.end() || slots.find(node) != slots.end()) continue;
        const OpInfo& op = op_table[log[node].op];
        if (op.defers) {
            needed[log[node].in[0]] = true;
            continue;
        }
        const CallInputs::Inputs* made_of = log.program->find(node);
        if (made_of == nullptr || !(op.elementwise || op.run != nullptr || op.host != nullptr))
            fail(ErrorKind::unimplemented,
                 std::string("[") + op_text[log[node].op].called +
                     "] cannot be run again from its record: it needs Python");
        order.push_back(node);
        for (const Value& v : *made_of)
            if (!is_constant(v.node)) needed[v.node] = true;
    }
    const auto slot_of = [&](const Value& v) {
        if (!is_constant(v.node)) return slots.at(v.node);
        const u32 slot = add_slot(tape.log()->type_of(v));
        const bool known = connected && known_beside(tape, v.node);
        is_connected_ = is_connected_ || known;
        code_.constants.emplace_back(slot, known ? v : v.detached());
        return slot;
    };
    for (std::size_t k = order.size(); k-- > 0;) {
        const u32 node = order[k];
        const Record& r = log[node];
        Instruction instruction{r.op, {}, {}, 0};
        const Attributes attributes = attributes_of(log, r);
        instruction.attributes.assign(attributes.begin(), attributes.end());
        for (const Value& v : *log.program->find(node)) instruction.inputs.push_back(slot_of(v));
        instruction.output = code_.slot_count();
        const Host* const host = op_table[r.op].host;
        const u32 outputs = host == nullptr ? 1 : host->spec.outputs;
        for (u32 n = 0; n < outputs; ++n) slots[node + n] = add_slot(log[node + n].type);
        needs_python_ = needs_python_ || op_table[r.op].effect == Effect::python;
        code_.instructions.push_back(std::move(instruction));
        if (noting_origins) {
            const Origin origin = log.origin(node);
            code_.places.push_back(origin.place != 0 ? origin.place : origin.asked);
        }
    }
    for (const Value& v : outputs) outputs_.push_back(slot_of(v));
}

// ---------------------------------------------------------------- from elsewhere

Program::Program(Code code, u32 inputs, std::vector<u32> outputs)
    : code_(std::move(code)), input_count_(inputs), outputs_(std::move(outputs)) {
    require_sound(code_, input_count_, outputs_);
    for (const Instruction& i : code_.instructions)
        needs_python_ = needs_python_ || op_table[i.op].effect == Effect::python;
    planned_->believed = true;
}

void Program::require_own_types(const std::vector<Value>& inputs) const {
    if (AG_LIKELY(!is_believed())) return;
    ag::require_types(code_, inputs);
    planned_->believed.store(false, std::memory_order_release);
}

// ---------------------------------------------------------------- running

void Program::require_types(const std::vector<Value>& inputs, const std::vector<u8>& has_axis,
                            i64 extent) const {
    if (inputs.size() != input_count_ || has_axis.size() != inputs.size())
        fail("a program of " + std::to_string(input_count_) + " inputs was given " +
             std::to_string(inputs.size()));
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        const TypeEntry& type = code_.type(static_cast<u32>(k));
        const Shape shape = has_axis[k] ? in_front(extent, type.shape) : type.shape;
        if (inputs[k].dtype != type.dtype || inputs[k].shape() != shape)
            fail("input " + std::to_string(k) + " of a program has dtype " + name(inputs[k].dtype) +
                 " and shape " + inputs[k].shape().text() + ", and was recorded with " +
                 name(type.dtype) + " and " + type.shape.text() +
                 (has_axis[k] ? ", before which there is to be a batch of " + std::to_string(extent)
                              : ""));
    }
}

Program::Slots Program::begin(const std::vector<Value>& inputs, std::vector<u8> has_axis,
                              i64 extent) const {
    require_types(inputs, has_axis, extent);
    Slots slots{inputs, std::move(has_axis)};
    slots.values.resize(code_.slot_count());
    slots.has_axis.resize(code_.slot_count());
    for (const auto& [slot, value] : code_.constants) slots.values[slot] = value;
    return slots;
}

void Program::walk(Slots& slots, i64 extent) const {
    std::vector<const Value*> operands;
    std::vector<u8> has_axis;
    for (const Instruction& i : code_.instructions) {
        operands.clear();
        has_axis.clear();
        bool any = false;
        for (u32 slot : i.inputs) {
            operands.push_back(&slots.values[slot]);
            has_axis.push_back(slots.has_axis[slot]);
            any = any || slots.has_axis[slot];
        }
        const Call call(i.attributes.data(), i.attributes.size(), operands.data(), operands.size());
        if (op_table[i.op].host != nullptr) {
            const Host& host = *op_table[i.op].host;
            std::vector<TypeEntry> types;
            for (u32 n = 0; any && n < host.spec.outputs; ++n)
                types.push_back(code_.type(i.output + n));
            std::vector<Value> outputs =
                any ? call_host_batched(Batch(i.op, call, has_axis.data(), extent), types.data())
                    : call_host(i.op, call);
            for (std::size_t n = 0; n < outputs.size(); ++n) {
                slots.values[i.output + n] = std::move(outputs[n]);
                slots.has_axis[i.output + n] = any;
            }
            continue;
        }
        slots.values[i.output] =
            any ? call_batched(i.op, call, has_axis.data(), extent, code_.type(i.output))
                : call_any(i.op, call);
        slots.has_axis[i.output] = any;
    }
}

std::vector<Value> Program::run_planned(const std::vector<Value>& inputs) const {
    std::call_once(planned_->once, [&] {
        std::vector<u8> needed(code_.slot_count());
        for (const u32 slot : outputs_) needed[slot] = true;
        planned_->plan =
            std::make_unique<Plan>(code_, 0, static_cast<u32>(code_.instructions.size()), needed);
        for (const auto& [slot, value] : code_.constants)
            if (needed[slot]) planned_->constants.emplace_back(slot, value);
    });
    require_types(inputs, std::vector<u8>(inputs.size()), 0);
    std::unique_ptr<std::vector<Value>> slots(planned_->spare.exchange(nullptr));
    if (slots == nullptr) slots = std::make_unique<std::vector<Value>>(code_.slot_count());
    std::copy(inputs.begin(), inputs.end(), slots->begin());
    for (const auto& [slot, value] : planned_->constants) (*slots)[slot] = value;
    planned_->plan->run(*slots);
    std::vector<Value> results;
    results.reserve(outputs_.size());
    for (const u32 slot : outputs_) results.push_back((*slots)[slot]);
    for (const u32 slot : outputs_) (*slots)[slot] = Value();
    std::fill_n(slots->begin(), inputs.size(), Value());
    delete planned_->spare.exchange(slots.release());
    return results;
}

std::vector<Value> Program::run(const std::vector<Value>& inputs) const {
    if (AG_UNLIKELY(is_believed())) {
        require_types(inputs, std::vector<u8>(inputs.size()), 0);
        require_own_types(inputs);
    }
    const auto is_known = [](const Value& v) { return v.node != no_node; };
    if (!checking && !is_connected_ && std::none_of(inputs.begin(), inputs.end(), is_known))
        return run_planned(inputs);
    Slots slots = begin(inputs, std::vector<u8>(inputs.size()), 0);
    walk(slots, 0);
    std::vector<Value> results;
    for (u32 slot : outputs_) results.push_back(slots.values[slot]);
    return results;
}

std::vector<double> Program::times(const std::vector<Value>& inputs) const {
    begin(inputs, std::vector<u8>(inputs.size()), 0);
    require_own_types(inputs);
    return times_of(code_, inputs);
}

std::vector<Value> Program::run_batched(const std::vector<Value>& inputs,
                                        const std::vector<u8>& has_axis, i64 extent) const {
    Slots slots = begin(inputs, has_axis, extent);
    if (AG_UNLIKELY(is_believed())) {
        // The first call of the batch, if it has one.
        std::vector<Value> first = like_inputs(code_, input_count_);
        for (u32 k = 0; k < input_count_; ++k)
            if (extent > 0 || !has_axis[k])
                first[k] =
                    has_axis[k] ? slice_axis(inputs[k].detached(), 0, 0, 1, true) : inputs[k];
        require_own_types(first);
    }
    walk(slots, extent);
    std::vector<Value> results;
    for (u32 slot : outputs_) {
        const Value& v = slots.values[slot];
        results.push_back(slots.has_axis[slot] ? v : broadcast_to(v, in_front(extent, v.shape())));
    }
    return results;
}

}  // namespace ag
