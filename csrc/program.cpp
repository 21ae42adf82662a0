#include "program.h"

#include <algorithm>

#include "code_checks.h"
#include "code_writer.h"
#include "composite.h"
#include "numerics.h"
#include "ops/batch.h"
#include "ops/host.h"
#include "path.h"

namespace ag {

// ---------------------------------------------------------------- recording

void CallInputs::prepare(const Call& given) {
    const Log& log = *active_log;
    const std::size_t records = log.size() - first_ + 1;
    if (records > inputs_.capacity()) inputs_.reserve(std::max(records, 2 * inputs_.capacity()));
    prepared_ = static_cast<u32>(given.size());
    if (prepared_ > left_) {
        left_ = std::max(prepared_, chunk_values);
        chunks_.push_back(std::make_unique<Value[]>(left_));
        next_ = chunks_.back().get();
    }
    for (u32 k = 0; k < prepared_; ++k) {
        const Value& v = given[k];
        const bool is_known = v.node != no_node && v.node >= first_ && v.node >= part_.since &&
                              log[v.node].op != input_op;
        if (!is_known) {
            next_[k] = v;
            continue;
        }
        // The record that made it is enough: its memory may be wanted for something else.
        next_[k] = Value();
        next_[k].node = v.node;
        next_[k].dtype = v.dtype;
    }
}

void CallInputs::enter(u32 node) noexcept {
    if (inputs_.size() <= node - first_) inputs_.resize(node - first_ + 1);
    inputs_[node - first_].values_ = next_;
    inputs_[node - first_].count_ = prepared_;
    next_ += prepared_;
    left_ -= prepared_;
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

void ProgramMode::pause() noexcept {
    if (log_ == nullptr) return;
    end_ = log_->program_end;
    log_->program_end = log_->size();
    set(nullptr, nullptr);
}

void ProgramMode::resume() noexcept {
    if (log_ == nullptr) return;
    log_->program_end = end_;
    set(&inputs_, observer_);
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
                 const std::vector<Value>& outputs, const Scope& scope) {
    const Log& log = *tape.log();
    if (log.program == nullptr) fail("only what was recorded in program mode can be frozen");
    // What was made before, and what is watched within, does not depend on the inputs.
    const u32 first = std::max(scope.since, log.program->first());
    CodeWriter writer(tape, code_, first);
    for (u32 node : inputs) writer.add(node);
    const auto is_made_here = [&](u32 node) { return node >= first && log[node].op != input_op; };
    // What the outputs depend on, from the last record back.
    std::vector<u8> needed(log.size() - first);
    const auto need = [&](const Value& v) {
        if (v.node == no_node || writer.is_placed(v.node)) return;
        if (is_made_here(v.node))
            needed[v.node - first] = true;
        else if (scope.captured != nullptr && !scope.is_constant(v.node))
            scope.captured->push_back(v), writer.add(v.node);
    };
    for (const Value& v : outputs) need(v);
    std::vector<u32> order;
    for (u32 node = log.size(); node-- > first;) {
        if (!needed[node - first]) continue;
        if (op_table[log[node].op].defers) {
            needed[log[node].in[0] - first] = true;
            continue;
        }
        const CallInputs::Inputs* const made_of = log.program->find(node);
        if (made_of == nullptr || !can_run_again(log[node].op)) writer.slot_of_node(node);
        order.push_back(node);
        for (const Value& v : *made_of) need(v);
    }
    input_count_ = code_.slot_count();
    const auto keep_known = [&](const Value& v) {
        if (!scope.connected || v.node == no_node || writer.is_placed(v.node) ||
            !known_beside(tape, v.node))
            return;
        is_connected_ = true;
        writer.add_connected(v);
    };
    for (std::size_t k = order.size(); k-- > 0;) {
        const u32 node = order[k];
        for (const Value& v : *log.program->find(node)) keep_known(v);
        writer.write_record(node);
        needs_python_ = needs_python_ || ag::needs_python(code_.instructions.back());
        if (noting_origins) {
            const Origin origin = log.origin(node);
            code_.places.push_back(origin.place != 0 ? origin.place : origin.asked);
        }
    }
    for (const Value& v : outputs) {
        keep_known(v);
        outputs_.push_back(writer.slot_of(v));
    }
}

bool Program::Scope::is_constant(u32 node) const {
    return std::find(constants.begin(), constants.end(), node) != constants.end();
}

std::vector<TypeEntry> Program::input_types() const {
    std::vector<TypeEntry> types;
    for (u32 k = 0; k < input_count_; ++k) types.push_back(code_.type(k));
    return types;
}

std::vector<TypeEntry> Program::output_types() const {
    std::vector<TypeEntry> types;
    for (u32 slot : outputs_) types.push_back(code_.type(slot));
    return types;
}

bool Program::is_like(const Program& other) const {
    const auto is_like_type = [&](u32 slot) {
        const TypeEntry &a = code_.type(slot), &b = other.code_.type(slot);
        return a.dtype == b.dtype && a.shape == b.shape;
    };
    if (this == &other) return true;
    if (input_count_ != other.input_count_ || outputs_ != other.outputs_ ||
        code_.slot_count() != other.code_.slot_count())
        return false;
    for (u32 slot = 0; slot < code_.slot_count(); ++slot)
        if (!is_like_type(slot)) return false;
    return std::equal(code_.constants.begin(), code_.constants.end(), other.code_.constants.begin(),
                      other.code_.constants.end(),
                      [](const auto& a, const auto& b) {
                          return a.first == b.first && same_elements(a.second, b.second);
                      }) &&
           std::equal(code_.instructions.begin(), code_.instructions.end(),
                      other.code_.instructions.begin(), other.code_.instructions.end(),
                      [](const Instruction& a, const Instruction& b) {
                          return a.op == b.op && a.attributes == b.attributes &&
                                 a.inputs == b.inputs && a.output == b.output &&
                                 ag::is_like(a.own, b.own);
                      });
}

// ---------------------------------------------------------------- from elsewhere

Program::Program(Code code, u32 inputs, std::vector<u32> outputs)
    : code_(std::move(code)), input_count_(inputs), outputs_(std::move(outputs)) {
    require_sound(code_, input_count_, outputs_);
    for (const Instruction& i : code_.instructions)
        needs_python_ = needs_python_ || ag::needs_python(i);
    planned_->believed = true;
}

Program::Program(const Program& other, std::vector<u32> outputs)
    : code_(other.code_),
      input_count_(other.input_count_),
      outputs_(std::move(outputs)),
      needs_python_(other.needs_python_),
      is_connected_(other.is_connected_) {
    planned_->believed = other.is_believed();
}

Program::Program(const Program& other, Code code, u32 inputs, std::vector<u32> outputs)
    : code_(std::move(code)), input_count_(inputs), outputs_(std::move(outputs)) {
    for (const Instruction& i : code_.instructions)
        needs_python_ = needs_python_ || ag::needs_python(i);
    planned_->believed = other.is_believed();
}

Program::Program(const Program& first, const Program& second, const std::vector<u32>& taken)
    : Program(first, first.outputs_) {
    const auto types = static_cast<u32>(code_.types.size());
    code_.types.insert(code_.types.end(), second.code_.types.begin(), second.code_.types.end());
    std::vector<u32> slots = taken;
    for (u32 slot = second.input_count_; slot < second.code_.slot_count(); ++slot) {
        slots.push_back(code_.slot_count());
        code_.slot_types.push_back(types + second.code_.slot_types[slot]);
    }
    for (const auto& [slot, value] : second.code_.constants)
        code_.constants.emplace_back(slots[slot], value);
    for (Instruction i : second.code_.instructions) {
        for (u32& slot : i.inputs) slot = slots[slot];
        i.output = slots[i.output];
        code_.instructions.push_back(std::move(i));
    }
    code_.places.clear();
    for (u32 slot : second.outputs_) outputs_.push_back(slots[slot]);
    needs_python_ = needs_python_ || second.needs_python_;
    is_connected_ = is_connected_ || second.is_connected_;
    planned_->believed = first.is_believed() || second.is_believed();
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
        if (host_of(i) != nullptr) {
            const u32 outputs = output_count(i);
            std::vector<TypeEntry> types;
            for (u32 n = 0; any && n < outputs; ++n) types.push_back(code_.type(i.output + n));
            Value* const results = slots.values.data() + i.output;
            if (any) {
                const Batch batch(i.op, call, has_axis.data(), extent);
                std::vector<Value> found = call_host_batched(i, batch, types.data());
                std::move(found.begin(), found.end(), results);
            } else {
                call_into(i, call, results);
            }
            std::fill_n(slots.has_axis.begin() + i.output, outputs, any);
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

std::vector<u8> Program::dependent(const std::vector<u8>& inputs) const {
    std::vector<u8> slots(code_.slot_count());
    std::copy(inputs.begin(), inputs.end(), slots.begin());
    for (const Instruction& i : code_.instructions) {
        const auto is_dependent = [&](u32 slot) { return slots[slot] != 0; };
        if (std::any_of(i.inputs.begin(), i.inputs.end(), is_dependent))
            std::fill_n(slots.begin() + i.output, output_count(i), 1);
    }
    return slots;
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
