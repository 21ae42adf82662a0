#include "custom.h"

#include <algorithm>
#include <iterator>

#include "expanding.h"
#include "lists.h"
#include "program.h"
#include "reverse.h"
#include "rounds.h"
#include "sharing.h"
#include "thread_state.h"

namespace ag {

namespace {

std::vector<TypeEntry> types_of(const std::vector<Value>& values) {
    std::vector<TypeEntry> types;
    for (const Value& v : values) types.push_back({v.dtype, v.shape()});
    return types;
}

// For HostSpec::keeps: the inputs [begin, end).
u32 bits_between(std::size_t begin, std::size_t end) {
    u32 bits = 0;
    for (std::size_t k = begin; k < end; ++k) bits |= u32{1} << std::min<std::size_t>(k, 31);
    return bits;
}

// What a sweep hands to a rule has nodes of its own log where none records.
void forget_nodes(std::vector<Value>& values) {
    if (active_log == nullptr)
        for (Value& v : values) v.node = no_node;
}

bool any_of(const Flags& flags, std::size_t begin, std::size_t end) {
    return std::any_of(flags.begin() + begin, flags.begin() + end, [](u8 x) { return x != 0; });
}

class Custom final : public Composite {
   public:
    Custom(CustomSpec spec, std::vector<TypeEntry> inputs, std::size_t arguments,
           std::vector<TypeEntry> results, HostRef above)
        : Composite(spec.name, inputs, results,
                    bits_between(arguments + results.size(), inputs.size())),
          given_(std::move(spec)),
          arguments_(arguments),
          above_(std::move(above)),
          recording_(in_program() ? active_log->program : nullptr) {}

    std::size_t own() const override { return arguments_; }
    std::size_t depends_on() const override { return arguments_ + types().size(); }
    std::size_t gives() const override { return arguments_; }

    std::vector<Value> compute(const std::vector<Value>& inputs) const override {
        const auto first = inputs.begin() + static_cast<std::ptrdiff_t>(arguments_);
        return {first, first + static_cast<std::ptrdiff_t>(types().size())};
    }

    std::vector<Value> sample(const std::vector<Value>& inputs) const override {
        return compute(inputs);
    }

    std::vector<Value> compute_recorded(const std::vector<Value>& inputs) override {
        std::vector<Value> results = compute(inputs);
        for (std::size_t k = 0; k < arguments_; ++k) {
            if (inputs[k].node == no_node || !is_differentiable(inputs[k].dtype)) continue;
            for (Value& y : results) y = y.detached();
            const HostRef other = untracked_ ? with_untracked(false) : HostRef();
            Composite& as = other.get() != nullptr ? composite_of(other) : *this;
            // Of results that have no derivatives there is no record.
            record_custom(as, inputs, results, own(), depends_on());
            return results;
        }
        return results;
    }

    HostRef recorded_as(const std::vector<Value>& inputs) override {
        const bool untracked = given_.passes && !expanding && !is_known_to_tapes(inputs);
        if (is_recording()) {
            if (!is_recorded_) untracked_ = untracked;
            is_recorded_ = true;
        }
        return untracked == untracked_ ? HostRef() : with_untracked(untracked);
    }

    bool needs_python() const override {
        return given_.gradient != nullptr && given_.gradient->needs_python();
    }

    bool is_like(const Composite& other) const override {
        const auto* const o = dynamic_cast<const Custom*>(&other);
        return o != nullptr && arguments_ == o->arguments_ && given_.name == o->given_.name &&
               given_.answers == o->given_.answers && given_.passes == o->given_.passes &&
               given_.closes_over == o->given_.closes_over &&
               (given_.gradient == nullptr) == (o->given_.gradient == nullptr) &&
               (given_.gradient == nullptr || given_.gradient->is_like(*o->given_.gradient));
    }

    // Each example has cotangents of its own.
    std::optional<Batched> batched(const std::vector<u8>& has_axis, i64 extent) const override {
        const std::size_t results = types().size();
        const std::vector<u8> captured_axes(
            has_axis.begin() + static_cast<std::ptrdiff_t>(depends_on()), has_axis.end());
        const std::vector<u8> axes = joined(std::vector<u8>(depends_on(), true), captured_axes);
        const std::vector<Value> examples = examples_of_batch(input_types(), axes, extent);
        const auto part = [&](std::size_t begin, std::size_t end) {
            return std::vector<Value>(examples.begin() + static_cast<std::ptrdiff_t>(begin),
                                      examples.begin() + static_cast<std::ptrdiff_t>(end));
        };
        const std::vector<Value> arguments = part(0, own()), outputs = part(own(), depends_on());
        const std::vector<Value> captured = part(depends_on(), examples.size());
        CustomSpec spec = given_;
        spec.passes = false;
        if (spec.gradient != nullptr)
            spec.gradient = record_batch(
                *given_.gradient, joined(std::vector<u8>(results, true), captured_axes), extent);
        const HostRef above = recording_ == nullptr ? above_ : HostRef();
        const HostRef all = make_custom(std::move(spec), arguments, outputs, captured, above);
        ag::forget_above(all, above.get() != nullptr);
        return Batched{all, axes_in_front(axes), std::vector<int>(results, 0)};
    }

    bool pull(HostPull& call) override {
        if (hands_on(call.wanted)) {
            for (std::size_t n = 0; n < types().size(); ++n) {
                if (!call.reached[n] || !is_differentiable(types()[n].dtype)) continue;
                call.answers[arguments_ + n] = call.cotangents[n];
                call.given[arguments_ + n] = HostPull::recorded;
            }
            return false;
        }
        if (!any_of(call.wanted, 0, arguments_)) return false;
        if (above_.get() != nullptr && is_recording()) return ask_above(call);
        CallOutside outside;
        forget_nodes(call.cotangents);
        forget_nodes(call.inputs);
        const std::vector<Value> found = run_gradient(call.cotangents, call.inputs);
        for (std::size_t k = 0; k < arguments_; ++k) {
            if (given_.answers[k] == CustomSpec::none) continue;
            call.answers[k] = found[given_.answers[k]];
            call.given[k] = HostPull::recorded;
        }
        return outside.has_moved();
    }

    bool push(HostPush& call) override {
        if (!is_differentiable(types()[call.output].dtype)) return false;
        if (hands_on(call.reached)) {
            if (!call.reached[arguments_ + call.output]) return false;
            call.answer = call.tangents[arguments_ + call.output];
            call.given = HostPull::recorded;
            return false;
        }
        if (!any_of(call.reached, 0, arguments_)) return false;
        if (above_.get() != nullptr && is_recording()) return ask_above(call);
        return push_transposed(call);
    }

    std::string no_further_derivative() const override {
        return "[" + spec.name +
               "] a derivative of this order is not known in a program: the gradient function "
               "computes with the function itself, and its own gradient was not recorded so often";
    }

    // What reads Variables when its gradient is taken is made of more than these parts.
    Composed composed() const override {
        if (above_.get() != nullptr) return {};
        Composed parts{"custom_gradient", {}, {}, HostRef(), given_.name};
        parts.numbers = {static_cast<i64>(arguments_), given_.closes_over, given_.passes,
                         untracked_};
        for (const u32 answer : given_.answers)
            parts.numbers.push_back(answer == CustomSpec::none ? -1 : static_cast<i64>(answer));
        Code code;
        std::vector<u32> outputs;
        for (const TypeEntry& type : input_types()) {
            code.slot_types.push_back(static_cast<u32>(code.types.size()));
            code.types.push_back(type);
        }
        for (std::size_t n = 0; n < types().size(); ++n)
            outputs.push_back(static_cast<u32>(arguments_ + n));
        const u32 inputs = code.slot_count();
        parts.programs.push_back(
            std::make_shared<const Program>(std::move(code), inputs, std::move(outputs)));
        if (given_.gradient != nullptr) parts.programs.push_back(given_.gradient);
        return parts;
    }

    void forget_above(bool refreshes) {
        recording_ = nullptr;
        if (!refreshes) above_ = HostRef();
    }
    void set_untracked(bool untracked) { untracked_ = untracked; }

   private:
    const CustomSpec given_;
    const std::size_t arguments_;
    HostRef above_;
    const CallInputs* recording_;  // that it was made in, while that goes on

    // Of its record: no tape knew an argument, but only what records a program. What tapes know of
    // the results is what the function has computed, as if nothing were recorded.
    bool untracked_ = false, is_recorded_ = false;

    // Apart from the one that the program is made of.
    bool is_known_to_tapes(const std::vector<Value>& inputs) const {
        const auto end = inputs.begin() + static_cast<std::ptrdiff_t>(arguments_);
        int others = 0;
        for (const Tape* tape : thread_state().open) {
            if (tape->owner == nullptr)
                ++others;
            else if (std::any_of(inputs.begin(), end,
                                 [&](const Value& v) { return tape->knows(v.node); }))
                return true;
        }
        return others > 1;
    }

    HostRef with_untracked(bool untracked) const {
        HostRef other = make_custom(given_, input_types(), arguments_, types(), untracked);
        auto& made = static_cast<Custom&>(composite_of(other));
        made.above_ = above_;
        made.forget_above(above_.get() != nullptr);
        return other;
    }

    // Whether it is asked by that, and not by what runs the programs that it is part of.
    bool is_recording() const {
        return recording_ != nullptr && in_program() && active_log->program == recording_;
    }

    // Whether what is asked for is the derivative of the results as they were computed. Fails if
    // it is one that there is not.
    bool hands_on(const Flags& asked) const {
        if (!any_of(asked, arguments_, asked.size())) return false;
        const bool passes = untracked_ || (given_.passes && is_recording());
        if (passes && !any_of(asked, 0, arguments_)) return true;
        if (given_.closes_over) fail(ErrorKind::unimplemented, closed_over_message);
        return false;
    }

    // The layer above knows of the arguments alone.
    bool ask_above(HostPull& call) const {
        HostPull asked = call;
        asked.wanted.truncate(asked.wanted.begin() + arguments_);
        asked.nodes.truncate(asked.nodes.begin() + arguments_);
        const bool moved = above_.get()->pull(asked);
        call.answers = std::move(asked.answers);
        std::copy(asked.given.begin(), asked.given.end(), call.given.begin());
        return moved;
    }

    bool ask_above(HostPush& call) const {
        HostPush asked = call;
        asked.reached.truncate(asked.reached.begin() + arguments_);
        asked.nodes.truncate(asked.nodes.begin() + arguments_);
        asked.tangents.resize(arguments_);
        const bool moved = above_.get()->push(asked);
        call.answer = std::move(asked.answer);
        call.given = asked.given;
        return moved;
    }

    std::vector<Value> run_gradient(const std::vector<Value>& cotangents,
                                    const std::vector<Value>& inputs) const {
        if (given_.gradient == nullptr) fail(ErrorKind::unimplemented, no_further_derivative());
        std::vector<Value> captured;
        // Of a record that keeps nothing no inputs are told.
        for (std::size_t k = depends_on(); k < inputs.size(); ++k) captured.push_back(inputs[k]);
        if (above_.get() != nullptr) captured = refreshed(captured);
        return given_.gradient->run(joined(cotangents, captured));
    }

    std::vector<Value> refreshed(const std::vector<Value>& captured) const {
        SmallVector<const Value*, 8> pointers;
        for (const Value& v : captured) pointers.push_back(&v);
        std::vector<Value> now;
        above_.get()->run(Call(nullptr, 0, pointers.begin(), pointers.size()), now);
        for (std::size_t k = 0; k < now.size(); ++k)
            if (!now[k].same_shape(captured[k])) now[k] = captured[k];  // each example has its own
        return now;
    }

    // By the gradient, which is linear in the cotangents u: with the arguments' tangents t, the
    // derivative of <gradient(u), t> by u is the tangent. (Complex: tangents are conjugated on the
    // way in and out, since gradients are those of the conjugate.)
    bool push_transposed(HostPush& call) const {
        WithLock lock;
        CallOutside outside;
        forget_nodes(call.inputs);
        forget_nodes(call.tangents);
        TensorData u;
        u.value = call.zeros[call.output];
        Tape tape;
        tape.watch_accessed = false;
        tape.enter();
        watch_unobserved(tape, u);
        std::vector<Value> cotangents = call.zeros;
        cotangents[call.output] = traced(u);
        const u32 source = cotangents[call.output].node;
        const std::vector<Value> found = run_gradient(cotangents, call.inputs);
        Value total;
        bool any = false;
        for (std::size_t k = 0; k < arguments_; ++k) {
            if (!call.reached[k] || given_.answers[k] == CustomSpec::none) continue;
            const Value product =
                binary(Op::multiply, found[given_.answers[k]], conj(call.tangents[k]));
            const Value term = real_part(sum(product, all_axes(product.rank()), false));
            total = any ? binary(Op::add, total, term) : term;
            any = true;
        }
        tape.leave();
        if (!any || total.node == no_node) return outside.has_moved();
        const Seed seed{total.node, full(total.dtype, Shape(), 1)};
        Answer answer;
        reverse_sweep(tape, &seed, 1, &source, 1, &answer, false);
        if (answer.connected) {
            call.answer = whole(answer, types()[call.output]);
            call.given = HostPull::recorded;
        }
        return outside.has_moved();
    }
};

// Keeps of what tapes know its inputs alone, and computes the rest again where a derivative is
// asked for.
class Checkpoint final : public Composite {
   public:
    explicit Checkpoint(HostRef operation)
        : Composite(composite_of(operation).spec.name, composite_of(operation).input_types(),
                    composite_of(operation).types(),
                    bits_between(0, composite_of(operation).input_types().size())),
          operation_(std::move(operation)) {}

    std::vector<Value> compute(const std::vector<Value>& inputs) const override {
        return composite_of(operation_).compute(inputs);
    }

    std::vector<Value> compute_recorded(const std::vector<Value>& inputs) override {
        std::vector<Value> values, outputs;
        for (const Value& v : inputs) values.push_back(v.detached());
        {
            const bool checks = checking;
            const PauseRecording scope;
            set_checking(checks);  // what it computes is what others see as operations
            outputs = compute(values);
        }
        for (Value& v : outputs) v.node = no_node;
        record_custom(*this, inputs, outputs);
        return outputs;
    }

    std::optional<Batched> batched(const std::vector<u8>& has_axis, i64 extent) const override {
        std::optional<Batched> all = composite_of(operation_).batched(has_axis, extent);
        if (all.has_value()) all->operation = make_checkpoint(all->operation);
        return all;
    }

    bool needs_python() const override { return composite_of(operation_).needs_python(); }

    Composed composed() const override { return {"recompute_grad", {}, {}, operation_}; }
    bool is_like(const Composite& other) const override {
        const auto* const o = dynamic_cast<const Checkpoint*>(&other);
        return o != nullptr && composite_of(operation_).is_like(composite_of(o->operation_));
    }

   protected:
    // Who writes out programs has no use for that.
    std::vector<Value> expand(const std::vector<Value>& inputs) const override {
        return compute(inputs);
    }
    HostRef derivative(bool forwards, const std::vector<u8>& inputs,
                       const std::vector<u8>& outputs) override {
        return make_checkpoint(derivative_of(composite_of(operation_), forwards, inputs, outputs));
    }

   private:
    const HostRef operation_;
};

}  // namespace

const char* const closed_over_message =
    "@tf.custom_gradient: the function computes with a watched tensor that it closes over or got "
    "by keyword, so that grad_fn has no gradient by it. Pass the tensor as a positional argument, "
    "or tf.stop_gradient of it if it is a constant.";

HostRef make_checkpoint(std::shared_ptr<const Program> program) {
    return make_checkpoint(make_call("recompute_grad", std::move(program)));
}

HostRef make_checkpoint(HostRef operation) {
    return HostRef::take(new Checkpoint(std::move(operation)));
}

HostRef make_custom(CustomSpec spec, const std::vector<Value>& arguments,
                    const std::vector<Value>& results, const std::vector<Value>& captured,
                    HostRef above) {
    return HostRef::take(new Custom(std::move(spec),
                                    types_of(joined(joined(arguments, results), captured)),
                                    arguments.size(), types_of(results), std::move(above)));
}

HostRef make_custom(CustomSpec spec, std::vector<TypeEntry> inputs, std::size_t arguments,
                    std::vector<TypeEntry> results, bool untracked) {
    HostRef made = HostRef::take(
        new Custom(std::move(spec), std::move(inputs), arguments, std::move(results), HostRef()));
    static_cast<Custom&>(*made.get()).set_untracked(untracked);
    return made;
}

void forget_above(const HostRef& custom, bool refreshes) {
    static_cast<Custom&>(*custom.get()).forget_above(refreshes);
}

}  // namespace ag
