// Operations that are made of programs: in a program, one instruction each.
//
// Outside of a program such an operation is what it is made of: calls that are recorded as any. In
// program mode it is one record, so that a loop is not written out. So are its derivatives, which
// are composites again: they compute the operation once more on a tape of their own and sweep that.
// Derivatives of any order follow.
#pragma once

#include <memory>
#include <optional>

#include "ops/host.h"
#include "program.h"
#include "slots.h"

namespace ag {

// What a composite is made of; see composed.h.
struct Composed {
    std::string kind;  // empty of one that cannot be made of these parts again
    std::vector<i64> numbers;
    std::vector<std::shared_ptr<const Program>> programs;
    HostRef of;          // the composite whose derivative it is, or which it computes again
    std::string name{};  // of a call or a custom gradient
};

// Watches what is no tensor of the layer above: who observes what a program reads takes it for one.
void watch_unobserved(Tape& tape, TensorData& t);

// An operation for all examples of a batch at once, with the places of their axis in its inputs and
// outputs; -1 of those that are the same for all.
struct Batched {
    HostRef operation;
    std::vector<int> input_axes, output_axes;
};

class Composite : public Host {
   public:
    // `types`: of its outputs.
    Composite(const std::string& name, std::vector<TypeEntry> inputs, std::vector<TypeEntry> types);

    const std::vector<TypeEntry>& input_types() const { return inputs_; }
    const std::vector<TypeEntry>& types() const { return types_; }
    // The outputs.
    virtual std::vector<Value> compute(const std::vector<Value>& inputs) const = 0;
    // The same where tapes record, and no program.
    virtual std::vector<Value> compute_recorded(const std::vector<Value>& inputs) {
        return compute(inputs);
    }
    // What it is recorded as in a program, if that is not the composite itself.
    virtual HostRef recorded_as(const std::vector<Value>& inputs) {
        (void)inputs;
        return {};
    }
    virtual bool needs_python() const = 0;
    // Whether it does the same, bit by bit.
    virtual bool is_like(const Composite& other) const = 0;
    virtual Composed composed() const { return {}; }
    // `has_axis`: by input. Nothing where each example has to be computed by itself.
    virtual std::optional<Batched> batched(const std::vector<u8>& has_axis, i64 extent) const {
        (void)has_axis, (void)extent;
        return {};
    }
    // Whether an input is the number of a branch, of any dtype of integers or bool.
    virtual bool takes_number(std::size_t input) const;
    // Values of the outputs' types, for a program that is recorded and not run: as they may be, at
    // little cost.
    virtual std::vector<Value> sample(const std::vector<Value>& inputs) const;

    bool pull(HostPull& call) override;
    bool push(HostPush& call) override;
    std::string no_further_derivative() const override;

    // What it has derivatives by, and behind that what else its outputs depend on. Other inputs are
    // there for its rules.
    virtual std::size_t own() const { return inputs_.size(); }
    virtual std::size_t depends_on() const { return inputs_.size(); }
    // The first of the inputs that it gives as they are, one for each output.
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    virtual std::size_t gives() const { return none; }

   protected:
    // In program mode while derivatives are expanded; see expanding.h. The outputs, by composites
    // that have derivatives; nothing if it is one of these.
    virtual std::vector<Value> expand(const std::vector<Value>& inputs) const;
    // Its derivative as `make_derivative` has it.
    virtual std::vector<Value> expand_derivative(bool forwards, const std::vector<u8>& by,
                                                 const std::vector<u8>& of,
                                                 const std::vector<Value>& given);
    // What it is recorded as then, if that has a derivative of its own.
    virtual HostRef expanded_call(const std::vector<Value>& inputs) const;
    // `keeps`: which inputs its rules read; see HostSpec.
    Composite(const std::string& name, std::vector<TypeEntry> inputs, std::vector<TypeEntry> types,
              u32 keeps);
    // A composite that takes the inputs, and then the cotangents of some outputs, and gives those
    // of some inputs; `forwards`: that takes the tangents of some inputs, and gives those of some
    // outputs.
    virtual HostRef derivative(bool forwards, const std::vector<u8>& inputs,
                               const std::vector<u8>& outputs);
    static HostRef derivative_of(Composite& composite, bool forwards, const std::vector<u8>& inputs,
                                 const std::vector<u8>& outputs) {
        return composite.derivative(forwards, inputs, outputs);
    }

   private:
    friend std::vector<Value> call_composite(Composite& composite,
                                             const std::vector<Value>& inputs);
    std::vector<TypeEntry> inputs_, types_;
};

inline Composite& composite_of(const HostRef& host) { return static_cast<Composite&>(*host.get()); }

// All outputs.
std::vector<Value> call_composite(Composite& composite, const std::vector<Value>& inputs);
inline std::vector<Value> call_composite_of(const HostRef& host, const std::vector<Value>& inputs) {
    return call_composite(composite_of(host), inputs);
}
bool is_like(const HostRef& a, const HostRef& b);
// All outputs of all examples of a batch, with an axis in front; `inputs` have it as `has_axis`
// says. Nothing where each has to be computed by itself.
std::optional<std::vector<Value>> call_batched(const Composite& composite,
                                               const std::vector<Value>& inputs,
                                               const std::vector<u8>& has_axis, i64 extent);

// A call of a composite that is kept for its gradient, which then needs not compute it once more.
class KeptCall;
// How many of the inputs of what may be the gradient of a composite are that composite's, or 0.
std::size_t inputs_of_operation(const HostRef& gradient);
bool is_gradient_of(const HostRef& gradient, const HostRef& operation);
// By input of its operation: whether it gives the cotangent of that.
const std::vector<u8>& wanted_of(const HostRef& gradient);
// `known`: by input, whether a gradient gives its cotangent. Null where it cannot be kept: then
// nothing has been done.
std::shared_ptr<const KeptCall> call_and_keep(const HostRef& operation,
                                              const std::vector<Value>& inputs,
                                              const std::vector<u8>& known, Value* results);
void call_gradient(const HostRef& gradient, const KeptCall& kept,
                   const std::vector<Value>& cotangents, Value* results);

// For Batched: in front of those that have one.
std::vector<int> axes_in_front(const std::vector<u8>& has_axis);

// A program as it is.
HostRef make_call(const std::string& name, std::shared_ptr<const Program> program);

// One of several programs, by a number: of those that there are, or the last one. Inputs: the
// number, a bool or integer, and then what all programs take.
HostRef make_branch(std::vector<std::shared_ptr<const Program>> programs);

// A composite's derivative of the outputs in `of` by the inputs in `by`: takes its inputs, and then
// the cotangents of those outputs; or, forwards, the tangents of those inputs.
HostRef make_derivative(Composite& composite, bool forwards, const std::vector<u8>& by,
                        const std::vector<u8>& of);

// In its scope what is done is none of the program's that is being recorded, and nothing is
// recorded but by tapes that are entered in it.
class OutsideProgram {
   public:
    OutsideProgram();
    ~OutsideProgram();
    OutsideProgram(const OutsideProgram&) = delete;
    OutsideProgram& operator=(const OutsideProgram&) = delete;

   private:
    Log* log_;
    CallInputs* program_ = nullptr;
    u32 end_ = 0;
    const ReadObserver* observer_ = nullptr;
    PauseRecording pause_;
};

// What was added up of a source's cotangent, as one array; zeros of a type if there is none.
Value whole(const Answer& answer, const TypeEntry& type);

}  // namespace ag
