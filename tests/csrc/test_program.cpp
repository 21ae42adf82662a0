// Programs: run again, in batches, and their patterns. The Python tests have all operations.

#include "program.h"

#include <functional>
#include <memory>

#include "array.h"
#include "pattern.h"
#include "reverse.h"
#include "support.h"

using namespace test;

namespace {

using Function = std::function<std::vector<Value>(const std::vector<Value>&)>;

Program recorded(const Function& f, const std::vector<Value>& inputs) {
    ProgramMode mode;
    mode.begin();
    std::deque<Tensor> tensors;
    std::vector<Value> given;
    std::vector<u32> nodes;
    for (const Value& x : inputs) {
        tensors.emplace_back(x);
        mode.tape.watch(tensors.back());
        given.push_back(traced(tensors.back()));
        nodes.push_back(given.back().node);
    }
    Program program(mode.tape, nodes, f(given));
    mode.end();
    mode.tape.discard();
    return program;
}

struct Sample {
    const char* name;
    Function f;
    std::vector<Shape> shapes;
};

Value by_name(const char* name, std::initializer_list<i64> attributes, const Value& x) {
    return call(code_of(name), attributes, {&x});
}

const std::vector<Sample>& samples() {
    using Values = std::vector<Value>;
    static const Value indices = values(DType::int64, Shape{3}, {1, 0, 1});
    static const Value choice = values(DType::boolean, Shape{3}, {1, 0, 1});
    static const std::vector<Sample> all = {
        {"elementwise",
         [](const Values& x) -> Values {
             return {binary(Op::multiply, x[0], unary(Op::sin, x[1]))};
         },
         {Shape{2, 3}, Shape{3}}},
        {"moves",
         [](const Values& x) -> Values {
             return {swap_last_axes(x[0]), slice_axis(x[0], 1, 1, 2, false),
                     reshape(concat({x[0], x[0]}, 1), Shape{12}), stack({x[0], x[0]}, 1)};
         },
         {Shape{2, 3}}},
        {"broadcast",
         [](const Values& x) -> Values { return {broadcast_to(x[0], Shape{4, 2, 3})}; },
         {Shape{3}}},
        {"indices",
         [](const Values& x) -> Values {
             return {gather(x[0], indices, false, 2), scatter_add(x[1], indices, 4)};
         },
         {Shape{2, 3}, Shape{3, 2}}},
        {"choices",
         [](const Values& x) -> Values {
             return {select(choice, x[0], x[1]), select(binary(Op::less, x[0], x[1]), x[0], x[1])};
         },
         {Shape{3}, Shape{2, 3}}},
        {"sums",
         [](const Values& x) -> Values {
             return {sum(x[0], 2, false), norm(x[0], 1, true), extremum(x[0], 3, false, true),
                     by_name("cumsum", {1, 0, 1}, x[0])};
         },
         {Shape{2, 3}}},
        {"products",
         [](const Values& x) -> Values { return {matmul(x[0], x[1], true, false)}; },
         {Shape{3, 2}, Shape{4, 3, 2}}},
        {"factors",
         [](const Values& x) -> Values {
             const Value square = matmul(x[0], x[0], false, true);
             const Value factor = by_name("cholesky", {}, square);
             return {factor, call(code_of("triangular_solve"), {1, 0}, {&factor, &x[0]})};
         },
         {Shape{2, 2}}},
    };
    return all;
}

std::vector<Value> random_inputs(Random& random, const Sample& c) {
    std::vector<Value> inputs;
    for (const Shape& shape : c.shapes)
        inputs.push_back(random_value(random, DType::float64, shape, 0.5, 1.5));
    return inputs;
}

}  // namespace

// Large blocks that are in use at once while a chain is differentiated by a tape.
i64 most_bytes_of_a_gradient(bool in_function) {
    Random random(104);
    ProgramMode mode;
    mode.tape.never_asked = true;
    Tensor x(random_value(random, DType::float64, Shape{100'000}, -1, 1));
    if (in_function) {
        mode.begin();
        mode.tape.watch(x);
    }
    const i64 before = memory::bytes_in_use();
    memory::most_in_use();
    Tape tape;
    tape.enter();
    tape.watch(x);
    const u32 source = active_node(x);
    Value y = traced(x);
    for (int k = 0; k < 10; ++k)
        y = binary(Op::add, unary(Op::exp, unary(Op::negative, binary(Op::multiply, y, y))),
                   traced(x));
    tape.leave();
    CHECK(tape.only_asked());
    const Value sum = ones_like(y);
    const std::vector<Seed> seeds = {{y.node, sum}};
    y = Value();
    const std::vector<Answer> answers = reverse(tape, seeds, {source}, true);
    CHECK(answers[0].connected);
    tape.discard();
    const i64 most = memory::most_in_use() - before;
    mode.end();
    mode.tape.discard();
    return most;
}

TEST(recorded_functions_keep_what_their_tapes_keep) {
    const i64 eager = most_bytes_of_a_gradient(false);
    CHECK(eager > 20 * 800'000);
    CHECK(most_bytes_of_a_gradient(true) < eager + 4 * 800'000);
}

TEST(programs_are_run_again) {
    Random random(100);
    for (const Sample& c : samples()) {
        const Note at("case", c.name);
        const Program program = recorded(c.f, random_inputs(random, c));
        const std::vector<Value> given = random_inputs(random, c);
        const std::vector<Value> found = program.run(given), expected = c.f(given);
        CHECK_EQUAL(found.size(), expected.size());
        for (std::size_t n = 0; n < expected.size(); ++n) CHECK(identical(found[n], expected[n]));
    }
}

TEST(programs_are_run_in_batches) {
    Random random(101);
    for (const Sample& c : samples())
        for (const std::size_t extent : {0u, 1u, 3u})
            for (const bool all : {false, true}) {
                const Note at("case", c.name), of("extent", static_cast<i64>(extent));
                const std::vector<Value> first = random_inputs(random, c);
                const Program program = recorded(c.f, first);
                std::vector<std::vector<Value>> rows;
                for (std::size_t i = 0; i < extent; ++i) rows.push_back(random_inputs(random, c));
                std::vector<Value> given;
                std::vector<u8> has_axis;
                for (std::size_t k = 0; k < first.size(); ++k) {
                    has_axis.push_back(all || k == 0);
                    if (!has_axis[k])
                        for (std::vector<Value>& row : rows) row[k] = first[k];
                    std::vector<Value> column;
                    for (const std::vector<Value>& row : rows) column.push_back(row[k]);
                    given.push_back(!has_axis[k]  ? first[k]
                                    : extent == 0 ? zeros(DType::float64, in_front(0, c.shapes[k]))
                                                  : stack(column, 0));
                }
                const std::vector<Value> found =
                    program.run_batched(given, has_axis, static_cast<i64>(extent));
                for (std::size_t n = 0; n < found.size(); ++n) {
                    std::vector<Value> each;
                    for (const std::vector<Value>& row : rows) each.push_back(c.f(row)[n]);
                    if (extent > 0)
                        CHECK_VALUES(found[n], stack(each, 0), 1e-12);
                    else
                        CHECK(found[n].shape() == in_front(0, c.f(first)[n].shape()));
                }
            }
}

TEST(patterns_have_whatever_changes) {
    Random random(102);
    for (const Sample& c : samples()) {
        const Note at("case", c.name);
        const std::vector<Value> inputs = random_inputs(random, c);
        const Program program = recorded(c.f, inputs);
        const std::vector<Pattern> patterns = program.patterns();
        const std::vector<Value> before = program.run(inputs);
        i64 bit = 0;
        for (std::size_t k = 0; k < inputs.size(); ++k)
            for (i64 i = 0; i < inputs[k].size(); ++i, ++bit) {
                std::vector<Value> moved = inputs;
                moved[k] = fresh_copy(inputs[k]);
                reinterpret_cast<double*>(moved[k].mutable_data())[i] += 1e-3;
                const std::vector<Value> after = program.run(moved);
                for (std::size_t n = 0; n < before.size(); ++n)
                    for (i64 e = 0; e < before[n].size(); ++e)
                        if (element(before[n], e) != element(after[n], e))
                            CHECK(patterns[n].of(e)[0] >> bit & 1);
            }
    }
}

TEST(patterns_of_moves_are_exact) {
    Random random(103);
    for (const Sample& c : samples()) {
        if (std::string(c.name) != "moves" && std::string(c.name) != "broadcast") continue;
        const Program program = recorded(c.f, random_inputs(random, c));
        for (const Pattern& p : program.patterns())
            for (const u64 set : p.bits) CHECK(set != 0 && (set & (set - 1)) == 0);
    }
}
