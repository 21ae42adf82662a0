// Functions of C's in the place of plans: what they are given, and where their results go.

#include "compiled.h"

#include "ops/ops.h"
#include "ops/row_texts.h"
#include "support.h"

using namespace test;

namespace {

// y = x[0] + 2 x[1], z = 10 x; with so many bytes of work, which are written to.
int twice_the_second(const void* const* inputs, void* const* results, void* work) {
    const double* const x = static_cast<const double*>(inputs[0]);
    const double factor = *static_cast<const double*>(inputs[1]);
    if (x[0] < 0) return 1;
    double* const kept = static_cast<double*>(work);
    for (int k = 0; k < 2; ++k) kept[k] = 10 * x[k];
    *static_cast<double*>(results[0]) = x[0] + factor * x[1];
    for (int k = 0; k < 2; ++k) static_cast<double*>(results[1])[k] = kept[k];
    return 0;
}

struct Segment {
    Code code;
    Compiled compiled;
    std::vector<Value> slots{4};

    Segment() {
        code.types = {{DType::float64, Shape{2}}, {DType::float64, Shape()}};
        code.slot_types = {0, 1, 1, 0};
        compiled = Compiled(code, twice_the_second, {0, 1}, {2, 3}, 16);
        slots[1] = Value::number(2.0);
    }
    bool run() {
        Compiled::Run run;
        compiled.begin(slots, run);
        return compiled.call(run);
    }
    double number() const { return slots[2].as<double>(); }
    double element(int k) const { return reinterpret_cast<const double*>(slots[3].data())[k]; }
};

Value two(double a, double b) { return values(DType::float64, Shape{2}, {a, b}); }

}  // namespace

TEST(compiled_results_are_in_their_slots) {
    Segment s;
    s.slots[0] = two(1, 3);
    CHECK(s.run());
    CHECK_EQUAL(s.number(), 7.0);
    CHECK_EQUAL(s.element(1), 30.0);
}

TEST(compiled_functions_get_copies_of_inputs_in_another_order) {
    Segment s;
    ViewSpec backwards;
    backwards.in_rank = 1;
    backwards.start[0] = 1;
    backwards.step[0] = -1;
    backwards.to[0] = 0;
    backwards.out = Shape{2};
    s.slots[0] = view(two(1, 3), backwards);
    CHECK(s.run());
    CHECK_EQUAL(s.number(), 5.0);
    CHECK_EQUAL(s.element(0), 30.0);
}

TEST(compiled_functions_tell_of_a_failure) {
    Segment s;
    s.slots[0] = two(-1, 3);
    CHECK(!s.run());
}

TEST(expressions_of_rows_are_their_text) {
    CHECK_EQUAL(std::string(row_expression(Op::tanh)), std::string("tanh(x)"));
    CHECK_EQUAL(std::string(row_expression(Op::add)), std::string("a + b"));
    CHECK(row_expression(op_named("reshape")) == nullptr);
}
