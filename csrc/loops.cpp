#include "loops.h"

#include <algorithm>

#include "composite.h"
#include "expanding.h"
#include "loop_call.h"
#include "loop_run.h"
#include "ops/call.h"

namespace ag {

namespace {

// A loop in a program.
class LoopComposite final : public Composite {
   public:
    explicit LoopComposite(const LoopSpec& loop)
        : Composite(loop.condition == nullptr ? "scan" : "while_loop", inputs_of(loop),
                    types_of(loop)),
          loop_(loop) {}

    std::vector<Value> compute(const std::vector<Value>& inputs) const override {
        return run_loop(loop_, inputs);
    }
    bool needs_python() const override {
        return loop_.round->program().needs_python() ||
               (loop_.condition != nullptr && loop_.condition->needs_python());
    }
    bool is_like(const Composite& other) const override {
        const auto* const o = dynamic_cast<const LoopComposite*>(&other);
        if (o == nullptr || (loop_.condition == nullptr) != (o->loop_.condition == nullptr))
            return false;
        return loop_.count == o->loop_.count && loop_.backwards == o->loop_.backwards &&
               loop_.checkpoints == o->loop_.checkpoints &&
               loop_.round->carried() == o->loop_.round->carried() &&
               loop_.round->rows() == o->loop_.round->rows() &&
               loop_.round->program().is_like(o->loop_.round->program()) &&
               (loop_.condition == nullptr || loop_.condition->is_like(*o->loop_.condition));
    }
    Composed composed() const override {
        const Round& round = *loop_.round;
        Composed parts{
            spec.name,
            {round.carried(), round.rows(), loop_.count, loop_.backwards, loop_.checkpoints},
            {round.program_pointer()},
            {}};
        if (loop_.condition != nullptr) parts.programs.push_back(loop_.condition);
        return parts;
    }
    // What one round gives, if there is one.
    std::vector<Value> sample(const std::vector<Value>& inputs) const override {
        if (loop_.count == 0) return compute(inputs);
        const u32 carried = loop_.round->carried(), rows = loop_.round->rows();
        LoopSpec once = loop_;
        once.count = 1;
        std::vector<Value> given = inputs;
        const i64 row = loop_.backwards ? loop_.count - 1 : 0;
        for (u32 k = carried; k < carried + rows; ++k)
            given[k] = slice_axis(given[k], 0, row, 1, false);
        std::vector<Value> outputs = run_loop(once, given);
        for (std::size_t k = carried; k < outputs.size(); ++k)
            outputs[k] = broadcast_to(outputs[k], types()[k].shape);
        return outputs;
    }

    std::optional<Batched> batched(const std::vector<u8>& has_axis, i64 extent) const override;

   private:
    const LoopSpec loop_;

    std::vector<Value> expand(const std::vector<Value>& inputs) const override {
        if (loop_.condition == nullptr || loop_.count < 0) return {};
        return run_counted(loop_, inputs);
    }
    HostRef expanded_call(const std::vector<Value>& inputs) const override {
        if (loop_.condition != nullptr) run_counted(loop_, inputs);  // which says why it cannot be
        return loop_to_record(loop_, inputs);
    }

    static std::vector<TypeEntry> inputs_of(const LoopSpec& loop) {
        const Round& round = *loop.round;
        std::vector<TypeEntry> types = round.program().input_types();
        for (u32 k = round.carried(); k < round.carried() + round.rows(); ++k)
            types[k].shape = in_front(loop.count, types[k].shape);
        return types;
    }
    static std::vector<TypeEntry> types_of(const LoopSpec& loop) {
        const Round& round = *loop.round;
        std::vector<TypeEntry> types = round.program().output_types();
        for (u32 k = round.carried(); k < types.size(); ++k)
            types[k].shape = in_front(loop.count, types[k].shape);
        return types;
    }
};

// All examples go through the rounds together, unless they decide how many there are.
std::optional<Batched> LoopComposite::batched(const std::vector<u8>& given, i64 extent) const {
    const Round& round = *loop_.round;
    const Program& program = round.program();
    const u32 carried = round.carried(), rows = round.rows();
    // What is carried on with an axis is carried with it from the beginning.
    const std::vector<u8> inputs = round.with_dependent(given);
    if (loop_.condition != nullptr &&
        loop_.condition->dependent(inputs)[loop_.condition->outputs()[0]])
        return {};
    std::vector<u8> one_for_all(program.outputs().size());
    for (u32 k = 0; k < carried; ++k) one_for_all[k] = !inputs[k];
    LoopSpec loop = loop_;
    loop.round = std::make_shared<const Round>(record_batch(program, inputs, extent, one_for_all),
                                               carried, rows);
    if (loop_.condition != nullptr)
        loop.condition = record_batch(*loop_.condition, inputs, extent, {true});
    Batched batched;
    batched.operation = make_loop(loop);
    for (u32 k = 0; k < inputs.size(); ++k) {
        const bool is_row = k >= carried && k < carried + rows;
        batched.input_axes.push_back(!inputs[k] ? -1 : is_row ? 1 : 0);
    }
    for (u32 k = 0; k < program.outputs().size(); ++k)
        batched.output_axes.push_back(k >= carried ? 1 : inputs[k] ? 0 : -1);
    return batched;
}

}  // namespace

HostRef make_loop(const LoopSpec& loop) { return HostRef::take(new LoopComposite(loop)); }

std::vector<Value> run_loop(const LoopSpec& loop, const std::vector<Value>& inputs) {
    AG_ASSERT(inputs.size() == loop.round->program().input_count());
    if (in_program()) return call_composite_of(make_loop(loop), inputs);
    std::vector<u8> known(inputs.size());
    for (std::size_t k = 0; k < inputs.size(); ++k)
        known[k] = active_log != nullptr && inputs[k].node != no_node &&
                   is_differentiable(inputs[k].dtype);
    if (std::count(known.begin(), known.end(), 1) == 0) return run_rounds(loop, inputs).outputs;
    return record_loop(loop, inputs, std::move(known));
}

}  // namespace ag
