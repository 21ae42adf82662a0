#include "composite.h"

#include <algorithm>

#include "expanding.h"
#include "lists.h"
#include "ops/call.h"
#include "reverse.h"
#include "rounds.h"
#include "sharing.h"
#include "tangents.h"

namespace ag {

namespace {

HostSpec spec_of(const std::string& name, std::size_t inputs, std::size_t outputs, u32 keeps) {
    HostSpec spec;
    spec.name = name;
    spec.inputs = spec.arity = static_cast<u8>(std::min<std::size_t>(inputs, 0xff));
    spec.outputs = static_cast<u32>(outputs);
    spec.keeps = keeps;
    spec.dtypes = ~u32{0};
    return spec;
}

template <class T>
std::vector<T> picked(const std::vector<T>& list, const std::vector<u8>& which) {
    std::vector<T> found;
    for (std::size_t k = 0; k < list.size(); ++k)
        if (which[k]) found.push_back(list[k]);
    return found;
}

// Holds a composite.
class Shared {
   public:
    explicit Shared(Composite& composite) : host_(composite) {}
    Composite& operator*() const { return composite_of(host_); }
    Composite* operator->() const { return &**this; }

   private:
    HostRef host_;
};

}  // namespace

void watch_unobserved(Tape& tape, TensorData& t) {
    Log& log = *tape.log();
    const ReadObserver* const observer = log.observer();
    log.observe(nullptr);
    tape.watch(t);
    log.observe(observer);
}

// The operation, on a tape of its own that knows some of its inputs.
class KeptCall {
   public:
    KeptCall(Composite& operation, const std::vector<Value>& inputs, const std::vector<u8>& known)
        : places_(operation.input_types().size()), nodes(places_.size(), no_node) {
        std::vector<Value> values(inputs.begin(), inputs.begin() + places_.size());
        tape.watch_accessed = false;
        // Of one that is given twice each has a node of its own.
        for (std::size_t k = 0; k < places_.size(); ++k)
            if (known[k] && values[k].node != no_node) values[k] = identity(values[k]);
        tape.enter();
        for (std::size_t k = 0; k < places_.size(); ++k) {
            if (!known[k]) continue;
            if (values[k].node != no_node) places_[k].epoch = active_log->epoch;
            places_[k].value = values[k];
            watch_unobserved(tape, places_[k]);
            values[k] = traced(places_[k]);
            nodes[k] = values[k].node;
        }
        outputs = in_program() ? operation.compute(values) : operation.compute_recorded(values);
    }

   private:
    std::vector<TensorData> places_;

   public:
    mutable Tape tape;
    std::vector<u32> nodes;  // of the inputs that it knows
    std::vector<Value> outputs;
};

namespace {

// Calls an operation for its derivative of some outputs by some inputs.
template <class Own>
class Derivative : public Composite {
   public:
    bool needs_python() const override { return operation_->needs_python(); }
    bool is_like(const Composite& other) const override {
        const auto* const o = dynamic_cast<const Derivative*>(&other);
        return o != nullptr && o->by_ == by_ && o->of_ == of_ &&
               operation_->is_like(*o->operation_);
    }
    bool takes_number(std::size_t input) const override { return operation_->takes_number(input); }
    // What it is taken by has the axis, as each example has a derivative of its own. So no output
    // that is the same for all examples depends on that.
    std::optional<Batched> batched(const std::vector<u8>& has_axis, i64 extent) const override {
        std::vector<u8> inputs(has_axis.begin(),
                               has_axis.begin() + static_cast<std::ptrdiff_t>(by_.size()));
        for (std::size_t k = 0; k < by_.size(); ++k) inputs[k] |= by_[k];
        const std::optional<Batched> one = operation_->batched(inputs, extent);
        if (!one.has_value()) return {};
        const std::vector<int> by = picked(one->input_axes, by_),
                               of = picked(one->output_axes, of_);
        return Batched{make_derivative(composite_of(one->operation), Own::forwards, by_, of_),
                       joined(one->input_axes, Own::forwards ? by : of), Own::forwards ? of : by};
    }
    const Composite& operation() const { return *operation_; }
    const std::vector<u8>& by() const { return by_; }
    Composed composed() const override {
        Composed parts{Own::kind, {by_.begin(), by_.end()}, {}, HostRef(*operation_)};
        parts.numbers.insert(parts.numbers.end(), of_.begin(), of_.end());
        return parts;
    }

   protected:
    std::vector<Value> expand(const std::vector<Value>& inputs) const override {
        return compute(inputs);
    }
    Derivative(const char* what, Composite& operation, const std::vector<TypeEntry>& more,
               std::vector<TypeEntry> types, const std::vector<u8>& by, const std::vector<u8>& of)
        : Composite(operation.spec.name + what, joined(operation.input_types(), more),
                    std::move(types)),
          operation_(operation),
          by_(by),
          of_(of) {}

    const Shared operation_;
    const std::vector<u8> by_, of_;
};

// Takes the inputs of an operation, and then the cotangents of some outputs: gives the cotangents
// of some inputs.
class Pulled final : public Derivative<Pulled> {
   public:
    static constexpr const char* kind = "gradient";
    static constexpr bool forwards = false;
    Pulled(Composite& operation, const std::vector<u8>& by, const std::vector<u8>& of)
        : Derivative(": gradient", operation, picked(operation.types(), of),
                     picked(operation.input_types(), by), by, of) {}

    std::vector<Value> compute(const std::vector<Value>& inputs) const override {
        WithLock lock;
        const KeptCall again(*operation_, inputs, by_);
        again.tape.leave();  // or the sweep would be recorded on it
        return sweep(again, inputs.data() + again.nodes.size());
    }
    // Of the call that it is the gradient of.
    std::vector<Value> sweep(const KeptCall& call, const Value* cotangent) const {
        std::vector<Seed> seeds;
        for (std::size_t n = 0; n < call.outputs.size(); ++n) {
            if (!of_[n]) continue;
            if (call.outputs[n].node != no_node)
                seeds.push_back({call.outputs[n].node, *cotangent});
            ++cotangent;
        }
        std::vector<u32> sources;
        for (std::size_t k = 0; k < call.nodes.size(); ++k)
            if (by_[k]) sources.push_back(call.nodes[k]);
        std::vector<Answer> answers(sources.size());
        if (!seeds.empty())
            reverse_sweep(call.tape, seeds.data(), seeds.size(), sources.data(), sources.size(),
                          answers.data(), false);
        std::vector<Value> results;
        for (std::size_t k = 0; k < answers.size(); ++k)
            results.push_back(whole(answers[k], types()[k]));
        return results;
    }
};

// Takes the inputs of an operation, and then the tangents of some: gives the tangents of some
// outputs.
class Pushed final : public Derivative<Pushed> {
   public:
    static constexpr const char* kind = "tangent";
    static constexpr bool forwards = true;
    Pushed(Composite& operation, const std::vector<u8>& by, const std::vector<u8>& of)
        : Derivative(": tangent", operation, picked(operation.input_types(), by),
                     picked(operation.types(), of), by, of) {}

    std::vector<Value> compute(const std::vector<Value>& inputs) const override {
        WithLock lock;
        const KeptCall again(*operation_, inputs, by_);
        again.tape.leave();
        std::vector<Seed> seeds;
        const Value* tangent = inputs.data() + again.nodes.size();
        for (u32 node : again.nodes)
            if (node != no_node) seeds.push_back({node, *tangent++});
        std::vector<u32> targets;
        std::vector<std::size_t> places;
        std::vector<Value> results;
        for (std::size_t n = 0; n < again.outputs.size(); ++n) {
            if (!of_[n]) continue;
            if (again.outputs[n].node != no_node) {
                targets.push_back(again.outputs[n].node);
                places.push_back(results.size());
            }
            const TypeEntry& type = types()[results.size()];
            results.push_back(zeros(type.dtype, type.shape));
        }
        std::vector<Answer> answers(targets.size());
        if (!targets.empty())
            forward_sweep(again.tape, seeds.data(), seeds.size(), targets.data(), targets.size(),
                          answers.data());
        for (std::size_t k = 0; k < answers.size(); ++k)
            results[places[k]] = whole(answers[k], types()[places[k]]);
        return results;
    }
};

// A program as it is.
class ProgramCall final : public Composite {
   public:
    ProgramCall(const std::string& name, std::shared_ptr<const Program> program)
        : Composite(name, program->input_types(), program->output_types()),
          program_(std::move(program)) {}

    std::vector<Value> compute(const std::vector<Value>& inputs) const override {
        return program_->run(inputs);
    }
    bool needs_python() const override { return program_->needs_python(); }
    bool is_like(const Composite& other) const override {
        const auto* const o = dynamic_cast<const ProgramCall*>(&other);
        return o != nullptr && program_->is_like(*o->program_);
    }
    Composed composed() const override { return {"call", {}, {program_}, HostRef(), spec.name}; }
    std::optional<Batched> batched(const std::vector<u8>& has_axis, i64 extent) const override {
        return Batched{make_call(spec.name, record_batch(*program_, has_axis, extent)),
                       axes_in_front(has_axis), std::vector<int>(types().size(), 0)};
    }

   private:
    const std::shared_ptr<const Program> program_;
};

class Branch final : public Composite {
   public:
    Branch(std::vector<std::shared_ptr<const Program>> programs, std::vector<TypeEntry> inputs,
           std::vector<TypeEntry> types)
        : Composite("cond", std::move(inputs), std::move(types)), programs_(std::move(programs)) {}

    std::vector<Value> compute(const std::vector<Value>& inputs) const override {
        if (in_program()) return call_composite_of(make_branch(programs_), inputs);
        i64 number;
        {
            Computing scope;
            number = cast(inputs[0].detached(), DType::int64).as<i64>();
        }
        const i64 last = static_cast<i64>(programs_.size()) - 1;
        if (number < 0 || number > last) number = last;
        return programs_[static_cast<std::size_t>(number)]->run({inputs.begin() + 1, inputs.end()});
    }
    bool needs_python() const override {
        return std::any_of(programs_.begin(), programs_.end(),
                           [](const auto& program) { return program->needs_python(); });
    }
    bool is_like(const Composite& other) const override {
        const auto* const o = dynamic_cast<const Branch*>(&other);
        return o != nullptr && std::equal(programs_.begin(), programs_.end(), o->programs_.begin(),
                                          o->programs_.end(), [](const auto& a, const auto& b) {
                                              return a->is_like(*b);
                                          });
    }
    Composed composed() const override { return {spec.name, {}, programs_, {}}; }
    std::optional<Batched> batched(const std::vector<u8>& has_axis, i64 extent) const override {
        if (has_axis[0]) return {};
        const std::vector<u8> given(has_axis.begin() + 1, has_axis.end());
        std::vector<std::shared_ptr<const Program>> programs;
        for (const auto& program : programs_)
            programs.push_back(record_batch(*program, given, extent));
        return Batched{make_branch(std::move(programs)), axes_in_front(has_axis),
                       std::vector<int>(types().size(), 0)};
    }
    bool takes_number(std::size_t input) const override { return input == 0; }
    std::vector<Value> sample(const std::vector<Value>& inputs) const override {
        return compute(inputs);
    }

   private:
    const std::vector<std::shared_ptr<const Program>> programs_;

    // A branch of their derivatives.
    std::vector<Value> expand_derivative(bool forwards, const std::vector<u8>& by,
                                         const std::vector<u8>& of,
                                         const std::vector<Value>& given) override {
        const std::vector<u8> by_values(by.begin() + 1, by.end());
        const std::vector<Value> taken(given.begin() + 1, given.end());
        std::vector<std::shared_ptr<const Program>> derivatives;
        for (const auto& program : programs_) {
            const HostRef call = make_call("program", program);
            const HostRef derivative = make_derivative(composite_of(call), forwards, by_values, of);
            derivatives.push_back(record_program(taken, [&](const Tape&, const auto& values) {
                return call_composite_of(derivative, values);
            }));
        }
        return call_composite_of(make_branch(std::move(derivatives)), given);
    }
};

}  // namespace

// ---------------------------------------------------------------- what all have in common

Composite::Composite(const std::string& name, std::vector<TypeEntry> inputs,
                     std::vector<TypeEntry> types)
    : Composite(name, std::move(inputs), std::move(types), ~u32{0}) {}

Composite::Composite(const std::string& name, std::vector<TypeEntry> inputs,
                     std::vector<TypeEntry> types, u32 keeps)
    : Host(spec_of(name, inputs.size(), types.size(), keeps)),
      inputs_(std::move(inputs)),
      types_(std::move(types)) {}

bool Composite::takes_number(std::size_t) const { return false; }

std::vector<Value> Composite::sample(const std::vector<Value>&) const {
    std::vector<Value> outputs;
    for (const TypeEntry& type : types_) outputs.push_back(zeros(type.dtype, type.shape));
    return outputs;
}

std::vector<Value> Composite::expand(const std::vector<Value>&) const { return {}; }

std::vector<Value> Composite::expand_derivative(bool, const std::vector<u8>&,
                                                const std::vector<u8>&, const std::vector<Value>&) {
    fail(ErrorKind::unimplemented, "the derivative of [" + spec.name + "] is no program");
}

HostRef Composite::expanded_call(const std::vector<Value>&) const { return {}; }

HostRef Composite::derivative(bool forwards, const std::vector<u8>& inputs,
                              const std::vector<u8>& outputs) {
    return make_derivative(*this, forwards, inputs, outputs);
}

// With the nodes of inputs that have no derivative, too: a program depends on these as well.
template <class Asked>
static Asked& with_all_nodes(Asked& call) {
    for (std::size_t k = 0; k < call.inputs.size(); ++k) call.nodes[k] = call.inputs[k].node;
    return call;
}

bool Composite::pull(HostPull& call) {
    WithLock lock;
    if (expanding) {
        const HostRef own = expanded_call(call.inputs);
        if (own.get() != nullptr) return own.get()->pull(with_all_nodes(call));
    }
    CallOutside outside;
    std::vector<Value> given = call.inputs;
    std::vector<u8> by(inputs_.size()), of(types_.size());
    for (std::size_t n = 0; n < types_.size(); ++n) {
        of[n] = call.reached[n] && is_differentiable(types_[n].dtype);
        if (of[n]) given.push_back(call.cotangents[n]);
    }
    for (std::size_t k = 0; k < inputs_.size(); ++k)
        by[k] = call.wanted[k] && is_differentiable(inputs_[k].dtype);
    const bool asked =
        std::count(by.begin(), by.end(), 1) > 0 && std::count(of.begin(), of.end(), 1) > 0;
    if (!asked) return false;
    std::vector<Value> found = expanding ? expand_derivative(false, by, of, given)
                                         : call_composite_of(derivative(false, by, of), given);
    for (std::size_t k = 0, next = 0; k < inputs_.size(); ++k) {
        if (!by[k]) continue;
        call.answers[k] = std::move(found[next++]);
        call.given[k] = HostPull::recorded;
    }
    return outside.has_moved();
}

bool Composite::push(HostPush& call) {
    if (!is_differentiable(types_[call.output].dtype)) return false;
    WithLock lock;
    if (expanding) {
        const HostRef own = expanded_call(call.inputs);
        if (own.get() != nullptr) return own.get()->push(with_all_nodes(call));
    }
    CallOutside outside;
    std::vector<Value> given = call.inputs;
    std::vector<u8> by(inputs_.size()), of(types_.size());
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
        by[k] = call.reached[k] && is_differentiable(inputs_[k].dtype);
        if (by[k]) given.push_back(call.tangents[k]);
    }
    if (std::count(by.begin(), by.end(), 1) == 0) return false;
    // Of all outputs, so that a program has one instruction for them.
    for (std::size_t n = 0; n < types_.size(); ++n) of[n] = is_differentiable(types_[n].dtype);
    std::vector<Value> found = expanding ? expand_derivative(true, by, of, given)
                                         : call_composite_of(derivative(true, by, of), given);
    call.answer = std::move(found[static_cast<std::size_t>(
        std::count(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(call.output), 1))]);
    call.given = HostPull::recorded;
    return outside.has_moved();
}

std::string Composite::no_further_derivative() const {
    return "[" + spec.name + "] has no further derivative";
}

std::vector<Value> call_composite(Composite& composite, const std::vector<Value>& inputs) {
    if (active_log != nullptr && !in_program()) return composite.compute_recorded(inputs);
    if (expanding && active_log != nullptr) {
        std::vector<Value> outputs = composite.expand(inputs);
        if (!outputs.empty()) return outputs;
    }
    // What a sweep hands to a rule has nodes of its own log where none records.
    std::vector<Value> outputs, values;
    for (const Value& v : inputs) values.push_back(v.detached());
    if (active_log == nullptr) return composite.compute(values);
    {
        // What constants alone give is a constant, and no sample of one: there is no record of it.
        const bool is_recorded = std::any_of(inputs.begin(), inputs.end(),
                                             [](const Value& v) { return v.node != no_node; });
        const bool samples = is_recorded && active_log->program->samples();
        OutsideProgram scope;
        outputs = samples ? composite.sample(values) : composite.compute(values);
    }
    for (Value& v : outputs) v.node = no_node;
    const HostRef other = composite.recorded_as(inputs);
    record_composite(other.get() != nullptr ? composite_of(other) : composite, inputs, outputs,
                     composite.own(), composite.depends_on());
    return outputs;
}

std::optional<std::vector<Value>> call_batched(const Composite& composite,
                                               const std::vector<Value>& inputs,
                                               const std::vector<u8>& has_axis, i64 extent) {
    const std::optional<Batched> all = composite.batched(has_axis, extent);
    if (!all.has_value()) return {};
    const auto moved = [](const Value& v, int axis) {
        if (axis == 0) return v;
        int order[max_rank] = {1, 0};
        for (int k = 2; k < v.rank(); ++k) order[k] = k;
        return transpose(v, order);
    };
    std::vector<Value> given;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        const Value& v = inputs[k];
        if (all->input_axes[k] < 0)
            given.push_back(has_axis[k] ? slice_axis(v, 0, 0, 1, true) : v);
        else
            given.push_back(moved(has_axis[k] ? v : broadcast_to(v, in_front(extent, v.shape())),
                                  all->input_axes[k]));
    }
    std::vector<Value> outputs = call_composite_of(all->operation, given);
    for (std::size_t n = 0; n < outputs.size(); ++n)
        outputs[n] = all->output_axes[n] < 0
                         ? broadcast_to(outputs[n], in_front(extent, outputs[n].shape()))
                         : moved(outputs[n], all->output_axes[n]);
    return outputs;
}

static const Pulled* as_gradient(const HostRef& host) {
    return dynamic_cast<const Pulled*>(host.get());
}

std::size_t inputs_of_operation(const HostRef& gradient) {
    const Pulled* const pulled = as_gradient(gradient);
    return pulled == nullptr ? 0 : pulled->operation().input_types().size();
}

bool is_gradient_of(const HostRef& gradient, const HostRef& operation) {
    return as_gradient(gradient)->operation().is_like(composite_of(operation));
}

const std::vector<u8>& wanted_of(const HostRef& gradient) { return as_gradient(gradient)->by(); }

std::shared_ptr<const KeptCall> call_and_keep(const HostRef& operation,
                                              const std::vector<Value>& inputs,
                                              const std::vector<u8>& known, Value* results) {
    WithLock lock;
    if (in_program()) return nullptr;
    auto& composite = composite_of(operation);
    const auto kept = std::make_shared<const KeptCall>(composite, inputs, known);
    kept->tape.leave();
    for (std::size_t n = 0; n < kept->outputs.size(); ++n) results[n] = kept->outputs[n].detached();
    return kept;
}

void call_gradient(const HostRef& gradient, const KeptCall& kept,
                   const std::vector<Value>& cotangents, Value* results) {
    WithLock lock;
    std::vector<Value> found = as_gradient(gradient)->sweep(kept, cotangents.data());
    std::move(found.begin(), found.end(), results);
}

bool is_like(const HostRef& a, const HostRef& b) {
    if (a.get() == nullptr || b.get() == nullptr || a.get() == b.get()) return a.get() == b.get();
    return composite_of(a).is_like(composite_of(b));
}

std::vector<int> axes_in_front(const std::vector<u8>& has_axis) {
    std::vector<int> axes;
    for (const u8 has : has_axis) axes.push_back(has ? 0 : -1);
    return axes;
}

HostRef make_call(const std::string& name, std::shared_ptr<const Program> program) {
    return HostRef::take(new ProgramCall(name, std::move(program)));
}

HostRef make_branch(std::vector<std::shared_ptr<const Program>> programs) {
    const Program& first = *programs.front();
    std::vector<TypeEntry> inputs{{DType::int64, Shape()}};
    return HostRef::take(
        new Branch(programs, joined(inputs, first.input_types()), first.output_types()));
}

HostRef make_derivative(Composite& composite, bool forwards, const std::vector<u8>& by,
                        const std::vector<u8>& of) {
    if (forwards) return HostRef::take(new Pushed(composite, by, of));
    return HostRef::take(new Pulled(composite, by, of));
}

OutsideProgram::OutsideProgram() : log_(thread_state().log) {
    if (log_ == nullptr || log_->program == nullptr) {
        log_ = nullptr;
        return;
    }
    program_ = log_->program;
    end_ = log_->program_end;
    observer_ = log_->observer();
    log_->program = nullptr;
    log_->program_end = log_->size();
    log_->observe(nullptr);
}

OutsideProgram::~OutsideProgram() {
    if (log_ == nullptr) return;
    log_->program = program_;
    log_->program_end = end_;
    log_->observe(observer_);
}

Value whole(const Answer& answer, const TypeEntry& type) {
    if (!answer.connected) return zeros(type.dtype, type.shape);
    Value sum = answer.value;
    if (answer.rows.empty()) return sum;
    sum = zeros(type.dtype, type.shape);
    for (const Slots::Rows& rows : answer.rows)
        sum = binary(Op::add, sum, scatter_add(rows.values, rows.indices, type.shape[0]));
    return sum;
}

}  // namespace ag
