#include "composed.h"

#include <algorithm>

#include "custom.h"
#include "loops.h"

namespace ag {

namespace {

[[noreturn]] void refuse(const Composed& parts, const std::string& why) {
    fail("[" + parts.kind + "] cannot be made of these parts: " + why);
}

bool is_same(const TypeEntry& a, const TypeEntry& b) {
    return a.dtype == b.dtype && a.shape == b.shape;
}
bool are_same(const std::vector<TypeEntry>& a, const std::vector<TypeEntry>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), is_same);
}

HostRef branch_of(const Composed& parts) {
    if (parts.programs.empty() || !parts.numbers.empty())
        refuse(parts, "it takes one program or more, and no numbers");
    const Program& first = *parts.programs.front();
    for (const auto& program : parts.programs)
        if (!are_same(program->input_types(), first.input_types()) ||
            !are_same(program->output_types(), first.output_types()))
            refuse(parts, "its programs take or give values of different types");
    return make_branch(parts.programs);
}

bool is_flag(i64 x) { return x == 0 || x == 1; }

HostRef loop_of(const Composed& parts, bool is_conditional) {
    constexpr i64 most_rounds = i64{1} << 40;
    if (parts.numbers.size() != 5 || parts.programs.size() != (is_conditional ? 2u : 1u))
        refuse(parts, "it takes five numbers, and a program of a round");
    const i64 carried = parts.numbers[0], rows = parts.numbers[1], count = parts.numbers[2];
    const i64 least = is_conditional ? -1 : 0;
    if (!is_flag(parts.numbers[3]) || !is_flag(parts.numbers[4]) || count < least ||
        count > most_rounds)
        refuse(parts, "it has no such number of rounds");
    const std::vector<TypeEntry> inputs = parts.programs[0]->input_types();
    const std::vector<TypeEntry> outputs = parts.programs[0]->output_types();
    const auto input_count = static_cast<i64>(inputs.size());
    const auto output_count = static_cast<i64>(outputs.size());
    if (carried < 0 || rows < 0 || carried > output_count || carried > input_count ||
        rows > input_count - carried)
        refuse(parts, "a round takes or gives fewer values than that");
    if (!std::equal(inputs.begin(), inputs.begin() + carried, outputs.begin(), is_same))
        refuse(parts, "a round gives values of other types than the next one takes");
    const auto has_room = [&](const TypeEntry& type) {
        return type.shape.rank < max_rank &&
               (count <= 0 || type.shape.size() <= (i64{1} << 59) / count);
    };
    if (!std::all_of(inputs.begin() + carried, inputs.begin() + carried + rows, has_room) ||
        !std::all_of(outputs.begin() + carried, outputs.end(), has_room))
        refuse(parts, "its rows are of no array that there can be");
    LoopSpec loop;
    loop.count = count;
    loop.backwards = parts.numbers[3] != 0;
    loop.checkpoints = parts.numbers[4] != 0;
    if (is_conditional) {
        if (rows != 0 || output_count != carried || loop.backwards)
            refuse(parts, "its rounds take no rows, and give nothing but what they carry");
        loop.condition = parts.programs[1];
        if (!are_same(loop.condition->input_types(), inputs) ||
            !are_same(loop.condition->output_types(), {{DType::boolean, Shape()}}))
            refuse(parts, "its condition is no bool that depends on what it carries");
    }
    loop.round = std::make_shared<const Round>(parts.programs[0], static_cast<u32>(carried),
                                               static_cast<u32>(rows));
    return make_loop(loop);
}

HostRef derivative_of(const Composed& parts, bool forwards) {
    if (parts.of.get() == nullptr || !parts.programs.empty())
        refuse(parts, "it is that of another one, and has no programs");
    auto& of = composite_of(parts.of);
    const std::size_t inputs = of.input_types().size(), outputs = of.types().size();
    if (parts.numbers.size() != inputs + outputs) refuse(parts, "that has other values");
    std::vector<u8> flags;
    for (std::size_t k = 0; k < inputs + outputs; ++k) {
        const TypeEntry& type = k < inputs ? of.input_types()[k] : of.types()[k - inputs];
        const i64 flag = parts.numbers[k];
        if (!is_flag(flag) || (flag == 1 && !is_differentiable(type.dtype)))
            refuse(parts, "it is by or of a value that has no derivative");
        flags.push_back(static_cast<u8>(flag));
    }
    const auto middle = flags.begin() + static_cast<std::ptrdiff_t>(inputs);
    if (std::count(flags.begin(), middle, 1) == 0 || std::count(middle, flags.end(), 1) == 0)
        refuse(parts, "it is by nothing, or of nothing");
    return make_derivative(of, forwards, {flags.begin(), middle}, {middle, flags.end()});
}

// A program of which each result is an input, those from a certain one on.
bool hands_on(const Program& program, std::size_t first) {
    if (program.size() != 0 || !program.code().constants.empty()) return false;
    for (std::size_t n = 0; n < program.outputs().size(); ++n)
        if (program.outputs()[n] != first + n) return false;
    return true;
}

HostRef custom_of(const Composed& parts) {
    if (parts.numbers.size() < 4 || parts.programs.empty() || parts.programs.size() > 2)
        refuse(parts, "it takes four numbers or more, and one program or two");
    const i64 count = parts.numbers[0];
    const std::vector<TypeEntry> inputs = parts.programs[0]->input_types();
    const std::vector<TypeEntry> results = parts.programs[0]->output_types();
    if (count < 0 || parts.numbers.size() != static_cast<std::size_t>(count) + 4 ||
        inputs.size() < static_cast<std::size_t>(count) + results.size() ||
        !std::all_of(parts.numbers.begin() + 1, parts.numbers.begin() + 4, is_flag))
        refuse(parts, "it has no such arguments");
    const auto arguments = static_cast<std::size_t>(count);
    if (!hands_on(*parts.programs[0], arguments))
        refuse(parts, "its results are not those that it takes behind its arguments");
    CustomSpec spec;
    spec.name = parts.name;
    spec.closes_over = parts.numbers[1] != 0;
    spec.passes = parts.numbers[2] != 0;
    std::vector<TypeEntry> answers;
    if (parts.programs.size() == 2) {
        spec.gradient = parts.programs[1];
        std::vector<TypeEntry> taken = results;
        taken.insert(taken.end(),
                     inputs.begin() + static_cast<std::ptrdiff_t>(arguments + results.size()),
                     inputs.end());
        if (!are_same(spec.gradient->input_types(), taken))
            refuse(parts, "its gradient takes values of other types");
        answers = spec.gradient->output_types();
    }
    for (std::size_t k = 0; k < arguments; ++k) {
        const i64 answer = parts.numbers[4 + k];
        if (answer < -1 || answer >= static_cast<i64>(answers.size()))
            refuse(parts, "its gradient gives no such value");
        if (answer >= 0 && !(is_differentiable(inputs[k].dtype) &&
                             is_same(answers[static_cast<std::size_t>(answer)], inputs[k])))
            refuse(parts, "its gradient gives a cotangent of another type than the argument has");
        spec.answers.push_back(answer < 0 ? CustomSpec::none : static_cast<u32>(answer));
    }
    return make_custom(std::move(spec), inputs, arguments, results, parts.numbers[3] != 0);
}

HostRef call_of(const Composed& parts) {
    if (parts.programs.size() != 1 || !parts.numbers.empty())
        refuse(parts, "it takes one program, and no numbers");
    return make_call(parts.name, parts.programs[0]);
}

HostRef checkpoint_of(const Composed& parts) {
    if (parts.of.get() == nullptr || !parts.programs.empty() || !parts.numbers.empty())
        refuse(parts, "it is another composite that is computed again, and nothing else");
    Composed called = composed_of(parts.of);
    while (called.kind == "gradient" || called.kind == "tangent") called = composed_of(called.of);
    if (called.kind != "call")
        refuse(parts, "what it computes again is no call, nor derived from one");
    return make_checkpoint(parts.of);
}

}  // namespace

HostRef make_composite(const Composed& parts) {
    if (parts.kind == "gradient") return derivative_of(parts, false);
    if (parts.kind == "tangent") return derivative_of(parts, true);
    if (parts.kind == "recompute_grad") return checkpoint_of(parts);
    if (parts.of.get() != nullptr) refuse(parts, "it is no derivative");
    if (parts.kind == "custom_gradient") return custom_of(parts);
    if (parts.kind == "call") return call_of(parts);
    if (parts.kind == "cond") return branch_of(parts);
    if (parts.kind == "scan") return loop_of(parts, false);
    if (parts.kind == "while_loop") return loop_of(parts, true);
    fail("there is no composite of the kind '" + parts.kind.substr(0, 50) + "'");
}

Composed composed_of(const HostRef& composite) { return composite_of(composite).composed(); }

bool fits(const Instruction& i, const std::vector<const TypeEntry*>& inputs,
          const std::vector<const TypeEntry*>& outputs) {
    const auto& composite = composite_of(i.own);
    const auto takes = [](const TypeEntry& type, const TypeEntry* given) {
        return is_same(type, *given);
    };
    const std::vector<TypeEntry>& taken = composite.input_types();
    const std::vector<TypeEntry>& given = composite.types();
    if (!i.attributes.empty() || taken.size() != inputs.size() ||
        !std::equal(given.begin(), given.end(), outputs.begin(), outputs.end(), takes))
        return false;
    for (std::size_t k = 0; k < taken.size(); ++k) {
        // The number of a branch may be of any dtype of integers.
        const DType dtype = inputs[k]->dtype;
        const bool is_number = composite.takes_number(k) &&
                               (is_integer(dtype) || dtype == DType::boolean) &&
                               inputs[k]->shape.rank == 0;
        if (!is_number && !takes(taken[k], inputs[k])) return false;
    }
    return true;
}

}  // namespace ag
