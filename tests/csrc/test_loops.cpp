// Loops: the rounds, their derivatives, and what they hold. The Python tests have all kinds.

#include "loops.h"

#include <memory>

#include "allocation.h"
#include "composite.h"
#include "support.h"

using namespace test;

namespace {

// carried: y; rows: x; constants: c. Gives sin(y c) + x, and as a result its square.
RoundPointer recurrence(DType dtype, const Shape& shape) {
    const Value example = full(dtype, shape, 0.5);
    auto program = record_program({example, example, example}, [](const Tape&, const auto& x) {
        const Value y = binary(Op::add, unary(Op::sin, binary(Op::multiply, x[0], x[2])), x[1]);
        return std::vector<Value>{y, binary(Op::multiply, y, y)};
    });
    return std::make_shared<const Round>(std::move(program), 1, 1);
}

std::vector<Value> by_hand(i64 count, bool backwards, const std::vector<Value>& given) {
    std::vector<Value> results(static_cast<std::size_t>(count));
    Value y = given[0];
    for (i64 k = 0; k < count; ++k) {
        const i64 row = backwards ? count - 1 - k : k;
        y = binary(Op::add, unary(Op::sin, binary(Op::multiply, y, given[2])),
                   slice_axis(given[1], 0, row, 1, true));
        results[static_cast<std::size_t>(row)] = binary(Op::multiply, y, y);
    }
    return {y, stack(results, 0)};
}

// How the shapes of a test vary.
std::vector<Value> inputs(Random& random, DType dtype, const Shape& shape, i64 count) {
    return {random_value(random, dtype, shape, -1, 1),
            random_value(random, dtype, in_front(count, shape), -1, 1),
            random_value(random, dtype, shape, -1, 1)};
}

}  // namespace

TEST(a_loop_gives_what_its_rounds_give_and_so_do_its_derivatives) {
    Random random(3);
    for (DType dtype : inexact_dtypes) {
        if (is_narrow(dtype)) continue;
        for (const Shape& shape : {Shape{}, Shape{4}, Shape{2, 3}}) {
            for (int kind = 0; kind < 4; ++kind) {
                LoopSpec loop;
                loop.round = recurrence(dtype, shape);
                loop.count = 7;
                loop.backwards = kind & 1;
                loop.checkpoints = kind & 2;
                const std::vector<Value> given = inputs(random, dtype, shape, loop.count);
                const Value g = random_value(random, dtype, shape, -1, 1);
                const Value rows = random_value(random, dtype, in_front(7, shape), -1, 1);
                std::vector<Value> found[2];
                for (int by = 0; by < 2; ++by) {
                    Recording r;
                    std::vector<Value> x;
                    for (const Value& v : given) x.push_back(r.watch(v));
                    const std::vector<Value> y =
                        by == 0 ? run_loop(loop, x) : by_hand(7, loop.backwards, x);
                    found[by] = y;
                    const std::vector<u32> sources{x[0].node, x[1].node, x[2].node};
                    for (const Answer& a :
                         reverse(r.tape, {{y[0].node, g}, {y[1].node, rows}}, sources))
                        found[by].push_back(a.value);
                    std::vector<Seed> seeds;
                    for (const Value& v : x) seeds.push_back({v.node, v});
                    for (const Answer& a : forward(r.tape, seeds, {y[0].node, y[1].node}))
                        found[by].push_back(a.value);
                }
                for (std::size_t k = 0; k < found[0].size(); ++k) {
                    const Note at("value", static_cast<i64>(k));
                    CHECK(near(__FILE__, __LINE__, "loop", found[0][k], found[1][k],
                               100 * tolerance(dtype)));
                }
            }
        }
    }
}

TEST(a_loop_without_rounds_hands_on_what_is_carried) {
    LoopSpec loop;
    loop.round = recurrence(DType::float64, Shape{2});
    loop.count = 0;
    Recording r;
    const Value y = r.watch(values(DType::float64, Shape{2}, {1, 2}));
    const Value rows = r.watch(zeros(DType::float64, Shape{0, 2}));
    const Value c = r.watch(values(DType::float64, Shape{2}, {3, 4}));
    const std::vector<Value> found = run_loop(loop, {y, rows, c});
    CHECK(identical(found[0].detached(), y.detached()));
    CHECK(found[1].shape() == (Shape{0, 2}));
    const Value g = values(DType::float64, Shape{2}, {5, 6});
    const std::vector<Answer> answers =
        reverse(r.tape, {{found[0].node, g}}, {y.node, rows.node, c.node});
    CHECK(identical(answers[0].value, g));
    CHECK_EQUAL(answers[1].value.size(), 0);
}

TEST(a_loop_with_checkpoints_holds_about_two_square_roots_of_its_rounds) {
    constexpr i64 count = 400, size = 20'000, bytes = size * 8;
    for (bool checkpoints : {false, true}) {
        LoopSpec loop;
        loop.round = recurrence(DType::float64, Shape{size});
        loop.count = count;
        loop.checkpoints = checkpoints;
        Random random(5);
        // All rows are the same one.
        const std::vector<Value> given{
            random_value(random, DType::float64, Shape{size}, -1, 1),
            broadcast_to(random_value(random, DType::float64, Shape{size}, -1, 1),
                         Shape{count, size}),
            random_value(random, DType::float64, Shape{size}, -1, 1)};
        Recording r;
        std::vector<Value> x{r.watch(given[0]), given[1], r.watch(given[2])};
        const i64 before = memory::bytes_in_use();
        std::vector<Value> y = run_loop(loop, x);
        y.pop_back();
        const i64 kept = memory::bytes_in_use() - before;
        r.tape.leave();  // a tape that records would keep what the sweep does
        memory::most_in_use();
        reverse(r.tape, {{y[0].node, y[0].detached()}}, {x[0].node, x[2].node});
        const i64 most = memory::most_in_use() - before;
        if (checkpoints) {
            CHECK(kept < 30 * bytes);
            CHECK(most < 80 * bytes);
        } else {
            CHECK(kept >= count * bytes);
        }
    }
}

TEST(a_loop_that_runs_out_of_memory_leaves_nothing_behind) {
    if (!allocations_are_counted()) return;
    LoopSpec loop;
    loop.round = recurrence(DType::float64, Shape{3});
    loop.count = 4;
    Random random(7);
    const std::vector<Value> given = inputs(random, DType::float64, Shape{3}, 4);
    const auto differentiate = [&] {
        Recording r;
        const Value c = r.watch(given[2]);
        const std::vector<Value> y = run_loop(loop, {given[0], given[1], c});
        return reverse(r.tape, {{y[0].node, y[0].detached()}}, {c.node})[0].value;
    };
    const Value expected = differentiate();
    int failures = 0;
    for (long long n = 0; n < 200; ++n) {
        bool failed = false;
        {
            const FailAllocation one(n, false);
            try {
                differentiate();
            } catch (const std::exception&) {
                failed = true;
            }
            if (!one.happened()) break;
        }
        failures += failed;
        CHECK(identical(differentiate(), expected));
    }
    CHECK(failures > 0);
}

namespace {

// The recurrence with the cotangent of its constant, as one program: a loop and its gradient.
std::shared_ptr<const Program> with_gradient(const std::vector<Value>& given, i64 count) {
    LoopSpec loop;
    loop.round = recurrence(DType::float64, given[0].shape());
    loop.count = count;
    return record_program(given, [&](const Tape& tape, const std::vector<Value>& x) {
        const std::vector<Value> y = run_loop(loop, x);
        const Answer a = reverse(tape, {{y[0].node, y[0]}}, {x[2].node})[0];
        return std::vector<Value>{y[0], y[1], a.value};
    });
}

std::vector<Value> with_gradient_by_hand(const std::vector<Value>& given, i64 count) {
    Recording r;
    const Value c = r.watch(given[2]);
    std::vector<Value> y = by_hand(count, false, {given[0], given[1], c});
    y.push_back(reverse(r.tape, {{y[0].node, y[0].detached()}}, {c.node})[0].value);
    return y;
}

}  // namespace

TEST(a_plan_keeps_the_call_of_a_loop_for_its_gradient) {
    Random random(8);
    const auto program = with_gradient(inputs(random, DType::float64, Shape{3}, 4), 4);
    CHECK_EQUAL(program->size(), 2u);
    for (int n = 0; n < 3; ++n) {
        const std::vector<Value> given = inputs(random, DType::float64, Shape{3}, 4);
        const std::vector<Value> found = program->run(given);
        const std::vector<Value> expected = with_gradient_by_hand(given, 4);
        for (std::size_t k = 0; k < found.size(); ++k)
            CHECK(near(__FILE__, __LINE__, "loop", found[k], expected[k].detached(), 1e-14));
    }
    if (!allocations_are_counted()) return;
    const std::vector<Value> given = inputs(random, DType::float64, Shape{3}, 4);
    const std::vector<Value> expected = program->run(given);
    const i64 before = memory::bytes_in_use();
    int failures = 0;
    for (long long n = 0; n < 300; ++n) {
        bool failed = false;
        {
            const FailAllocation one(n, false);
            try {
                program->run(given);
            } catch (const std::exception&) {
                failed = true;
            }
            if (!one.happened()) break;
        }
        failures += failed;
        CHECK_EQUAL(memory::bytes_in_use(), before);
        const std::vector<Value> found = program->run(given);
        for (std::size_t k = 0; k < found.size(); ++k) CHECK(identical(found[k], expected[k]));
    }
    CHECK(failures > 0);
}

TEST(a_batch_goes_through_a_loop_together) {
    Random random(9);
    constexpr i64 extent = 3;
    const auto program = with_gradient(inputs(random, DType::float64, Shape{2}, 4), 4);
    for (const std::vector<u8>& has_axis : {std::vector<u8>{1, 1, 1}, std::vector<u8>{0, 1, 0},
                                            std::vector<u8>{1, 0, 0}, std::vector<u8>{0, 0, 1}}) {
        std::vector<Value> given = inputs(random, DType::float64, Shape{2}, 4);
        for (std::size_t k = 0; k < given.size(); ++k)
            if (has_axis[k])
                given[k] =
                    random_value(random, DType::float64, in_front(extent, given[k].shape()), -1, 1);
        const std::vector<Value> all = program->run_batched(given, has_axis, extent);
        for (i64 i = 0; i < extent; ++i) {
            std::vector<Value> one = given;
            for (std::size_t k = 0; k < one.size(); ++k)
                if (has_axis[k]) one[k] = contiguous(slice_axis(given[k], 0, i, 1, true));
            const std::vector<Value> expected = program->run(one);
            for (std::size_t k = 0; k < all.size(); ++k)
                CHECK(near(__FILE__, __LINE__, "batch",
                           contiguous(slice_axis(all[k], 0, i, 1, true)), expected[k], 1e-14));
        }
    }
}

TEST(a_branch_runs_one_of_its_programs) {
    const Value example = number(DType::float64, 2);
    std::vector<std::shared_ptr<const Program>> programs;
    for (OpCode op : {Op::sin, Op::cos, Op::exp})
        programs.push_back(record_program({example}, [&](const Tape&, const auto& x) {
            return std::vector<Value>{unary(op, x[0])};
        }));
    const HostRef branch = make_branch(programs);
    constexpr OpCode expected[] = {Op::sin, Op::cos, Op::exp, Op::exp};
    for (i64 k : {0, 1, 2, 5}) {
        Recording r;
        const Value x = r.watch(example);
        const Value y = call_composite_of(branch, {Value::number(k), x})[0];
        CHECK(identical(y.detached(), unary(expected[std::min<i64>(k, 3)], example)));
        CHECK_EQUAL(r.log().size(), 2u);  // what was watched, and the operation
    }
}
