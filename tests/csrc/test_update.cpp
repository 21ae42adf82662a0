// Steps of optimizers: the loops of all instruction sets, and who may see what they overwrite.

#include "allocation.h"
#include "kernels/select.h"
#include "support.h"
#include "update.h"

using namespace test;

namespace {

// Rate, two numbers that add up to 1, epsilon, momentum: sensible for each rule.
constexpr double coefficients[max_coefficients] = {0.125, 0.75, 0.25, 0.01, 0.5};

// A variable with what a rule keeps for it.
struct Trained {
    Value variable;
    Value slots[max_slots];
    Update update(const Value& gradient) {
        Update u;
        u.variable = &variable;
        for (int k = 0; k < max_slots; ++k) u.slots[k] = &slots[k];
        u.set_gradient(gradient);
        return u;
    }
    void step(Rule rule, Update u) {
        std::vector<Update> updates = {u};
        prepare_updates(rule, updates);
        run_updates(rule, coefficients, updates);
    }
};

Trained trained(Random& random, DType dtype, const Shape& shape) {
    Trained t;
    t.variable = random_value(random, dtype, shape, -1, 1);
    // Larger ones first: a mean of squares is no less than the square of the mean.
    for (int k = 0; k < max_slots; ++k)
        t.slots[k] = random_value(random, dtype, shape, k == 0 ? 1 : 0, k == 0 ? 2 : 1);
    return t;
}

}  // namespace

TEST(instruction_sets_agree_on_every_rule) {
    Random random(90);
    UpdateKernels expected;
    baseline::fill_updates(expected);
    for (const InstructionSet& set : instruction_sets()) {
        if (!set.present) continue;
        const Note at("set", set.name);
        UpdateKernels table;
        set.fill_updates(table);
        for (int rule = 0; rule < rule_count; ++rule)
            for (DType dtype : float_dtypes)
                for (int apart : {0, 1})
                    for (i64 n : {0, 1, 3, 7, 8, 9, 16, 17, 65}) {
                        const Note a("rule", rule_name(rule)), b("n", n);
                        const int wide = dtype == DType::float64;
                        Trained x = trained(random, dtype, Shape{n + 1});
                        Trained y;
                        y.variable = fresh_copy(x.variable);
                        const Value g = random_value(random, dtype, Shape{n}, -1, 1);
                        const Value q = random_value(random, dtype, Shape{n}, 1, 2);
                        const double c[] = {0.875, 0.5, 0.125, 0.75, 0.25, 0.01, 0.5};
                        // From a place that is not aligned.
                        void* places[2][max_slots];
                        for (int k = 0; k < max_slots; ++k) {
                            y.slots[k] = fresh_copy(x.slots[k]);
                            places[0][k] = x.slots[k].mutable_data() + itemsize(dtype);
                            places[1][k] = y.slots[k].mutable_data() + itemsize(dtype);
                        }
                        const void* squares = apart ? q.data() : nullptr;
                        expected.loops[rule][wide][apart](
                            n, x.variable.mutable_data() + itemsize(dtype), g.data(), squares,
                            places[0], c);
                        table.loops[rule][wide][apart](n,
                                                       y.variable.mutable_data() + itemsize(dtype),
                                                       g.data(), squares, places[1], c);
                        CHECK_VALUES(y.variable, x.variable, 8 * tolerance(dtype));
                        for (int k = 0; k < max_slots; ++k)
                            CHECK_VALUES(y.slots[k], x.slots[k], 8 * tolerance(dtype));
                    }
    }
}

TEST(a_step_overwrites_only_memory_that_nobody_else_holds) {
    Random random(91);
    Trained t = trained(random, DType::float32, Shape{5});
    const Value g = random_value(random, DType::float32, Shape{5}, -1, 1);
    const char* place = t.variable.data();
    t.step(Rule::adam, t.update(g));
    CHECK(t.variable.data() == place);
    const Value held = t.variable;
    const Value part = slice_axis(t.slots[1], 0, 1, 3, false);
    const Value copy = fresh_copy(held), copied_part = fresh_copy(part);
    const char* slot = t.slots[0].data();
    t.step(Rule::adam, t.update(g));
    CHECK(t.variable.data() != place && held.data() == place);
    CHECK(t.slots[0].data() == slot);
    CHECK(identical(held, copy));
    CHECK(identical(part, copied_part));
    CHECK(!identical(t.variable, copy));
}

TEST(numbers_held_inline_are_variables_too) {
    Trained t;
    t.variable = Value::number(2.0);
    t.slots[0] = Value::number(1.0);
    t.variable.node = 7;
    t.step(Rule::momentum, t.update(Value::number(4.0)));
    CHECK_EQUAL(t.slots[0].as<double>(), 0.75 * 1 - 0.125 * 4);
    CHECK_EQUAL(t.variable.as<double>(), 2.25);
    CHECK_EQUAL(t.variable.node, 7u);
}

TEST(only_the_rows_of_a_gradient_are_touched) {
    for (DType dtype : {DType::float16, DType::float32, DType::float64}) {
        Trained t;
        t.variable = values(dtype, Shape{3, 2}, {1, 2, NAN, 4, 5, 6});
        Update u = t.update(t.variable);
        u.set_rows(values(dtype, Shape{3, 2}, {8, 16, 8, 0, 8, 8}),
                   values(DType::int32, Shape{3}, {-1, 0, 2}));
        t.step(Rule::descent, u);
        CHECK_VALUES(t.variable, values(dtype, Shape{3, 2}, {0, 2, NAN, 4, 3, 3}), 0);
        CHECK_FAILS(index, t.update(t.variable)
                               .set_rows(values(dtype, Shape{1, 2}, {1, 1}),
                                         values(DType::int32, Shape{1}, {3})));
    }
}

TEST(a_step_without_memory_leaves_all_values_as_they_were) {
    if (!allocations_are_counted()) return skip("allocations are not counted here");
    Random random(92);
    const Trained first = trained(random, DType::float32, Shape{6, 2});
    const Value g = random_value(random, DType::float32, Shape{6, 2}, -1, 1);
    const Value rows = values(DType::int64, Shape{6}, {0, 5, 0, 2, 2, 2});
    bool failed = true;
    for (long long n = 0; failed; ++n) {
        const Note at("allocation", n);
        Trained t = first;  // shares all arrays, so that a step needs new ones
        {
            FailAllocation fail(n, false);
            try {
                Update u = t.update(g);
                u.set_rows(g, rows);
                std::vector<Update> updates = {u, u};
                clip_by_value(updates, 0.5);
                clip_by_global_norm(updates, 0.5);
                prepare_updates(Rule::amsgrad, updates);
            } catch (const std::bad_alloc&) {
            } catch (const Error& error) {
                CHECK(error.kind() == ErrorKind::memory);
            }
            failed = fail.happened();
        }
        CHECK(identical(t.variable, first.variable));
        for (int k = 0; k < max_slots; ++k) CHECK(identical(t.slots[k], first.slots[k]));
    }
}
