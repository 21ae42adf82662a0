#include "expanding.h"

namespace ag {

AG_THREAD_LOCAL bool expanding = false;

namespace {

class Expanding {
   public:
    Expanding() : before_(expanding) { expanding = true; }
    ~Expanding() { expanding = before_; }
    Expanding(const Expanding&) = delete;
    Expanding& operator=(const Expanding&) = delete;

   private:
    const bool before_;
};

// Some value of a type with which most operations can be done: of numbers that are neither 0 nor
// 1, matrices that can be factored, and indices that are in range.
Value example_of(const TypeEntry& type) {
    if (type.dtype == DType::boolean || is_integer(type.dtype))
        return zeros(type.dtype, type.shape);
    const Value half = cast(Value::constant(DType::float64, 0.5), type.dtype);
    const int rank = type.shape.rank;
    const bool is_matrix = rank >= 2 && type.shape[rank - 1] == type.shape[rank - 2];
    if (!is_matrix) return broadcast_to(half, type.shape);
    const i64 extent = type.shape[rank - 1];
    Value matrix = make_value(DType::float64, Shape{extent, extent});
    auto* const elements = reinterpret_cast<double*>(matrix.mutable_data());
    for (i64 k = 0; k < extent * extent; ++k) elements[k] = k % (extent + 1) == 0 ? 1.5 : 0.25;
    return broadcast_to(cast(matrix, type.dtype), type.shape);
}

std::vector<Value> examples_of(const std::vector<TypeEntry>& types) {
    const Computing scope;
    std::vector<Value> values;
    for (const TypeEntry& type : types) values.push_back(example_of(type));
    return values;
}

}  // namespace

std::shared_ptr<const Program> expanded(Composite& derivative) {
    const Expanding scope;
    return record_program(
        examples_of(derivative.input_types()),
        [&](const Tape&, const auto& values) { return call_composite(derivative, values); });
}

std::vector<Value> run_counted(const LoopSpec& loop, const std::vector<Value>& inputs) {
    const Round& round = *loop.round;
    const auto carried = static_cast<std::ptrdiff_t>(round.carried());
    if (loop.count < 0)
        fail(ErrorKind::unimplemented,
             "the derivative of a tf.while_loop takes memory for each round, whose number is not "
             "known: give it maximum_iterations");
    const std::vector<Value> examples = examples_of(round.program().input_types());
    const auto same = record_program(examples, [&](const Tape&, const auto& values) {
        return std::vector<Value>(values.begin(), values.begin() + carried);
    });
    // Takes whether there was a round before, behind what is carried.
    std::vector<Value> taken = examples;
    taken.insert(taken.begin() + carried, Value::constant(DType::boolean, 1));
    const auto program = record_program(taken, [&](const Tape&, const auto& values) {
        std::vector<Value> given = values;
        given.erase(given.begin() + carried);
        const Value goes_on = binary(Op::logical_and, values[static_cast<std::size_t>(carried)],
                                     loop.condition->run(given)[0]);
        given.insert(given.begin(), goes_on);
        std::vector<Value> outputs =
            call_composite_of(make_branch({same, round.program_pointer()}), given);
        outputs.push_back(goes_on);
        return outputs;
    });
    LoopSpec counted = loop;
    counted.condition = nullptr;
    counted.round = std::make_shared<const Round>(program, round.carried() + 1, 0);
    std::vector<Value> all = inputs;
    all.insert(all.begin() + carried, Value::constant(DType::boolean, 1));
    std::vector<Value> outputs = run_loop(counted, all);
    outputs.pop_back();
    return outputs;
}

}  // namespace ag
