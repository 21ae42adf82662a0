// Checks for NaN and infinities: who is told of what, and what a failure leaves behind.

#include "numerics.h"

#include <limits>
#include <thread>

#include "ops/scalar.h"
#include "support.h"

using namespace test;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::vector<Finding> told;
u64 place = 0;

u64 next_place() { return ++place; }
int remember(const Finding& finding) {
    told.push_back(finding);
    return 1;
}

// Checks are on in its scope.
struct Checks {
    Checks() {
        told.clear();
        place = 0;
        numerics_hooks = {next_place, remember};
        check_numerics(true);
    }
    ~Checks() {
        check_numerics(false);
        numerics_hooks = NumericsHooks();
        told.clear();
    }
};

// Whether f is stopped; what was found is told.back().
template <class F>
bool stopped(F f) {
    const std::size_t before = told.size();
    try {
        f();
    } catch (const Error& error) {
        return error.kind() == ErrorKind::foreign && told.size() == before + 1;
    }
    return false;
}

Value vector_of(double a, double b) { return values(DType::float64, Shape{2}, {a, b}); }

}  // namespace

// ---------------------------------------------------------------- counting

TEST(elements_that_are_not_finite_are_counted) {
    for (DType dtype : {DType::float16, DType::float32, DType::float64}) {
        Note at("dtype", name(dtype));
        const Value x = values(dtype, Shape{2, 3}, {inf, 1, -inf, not_a_number, -inf, 0});
        for (Layout layout : layouts) {
            const NonFinite n = count_non_finite(laid_out(x, layout));
            CHECK_EQUAL(n.positive, 1);
            CHECK_EQUAL(n.negative, 2);
            CHECK_EQUAL(n.nan, 1);
        }
        CHECK(!count_non_finite(values(dtype, Shape{2}, {65504, -65504})).any());
        CHECK(!count_non_finite(values(dtype, Shape{0}, {})).any());
        CHECK(count_non_finite(Value::constant(dtype, -inf)).negative == 1);
    }
    CHECK(!count_non_finite(Value::constant(DType::int32, 5)).any());
}

TEST(complex_infinities_have_the_sign_of_the_infinite_part) {
    for (DType dtype : {DType::complex64, DType::complex128}) {
        const NonFinite n = count_non_finite(complex_values(
            dtype, Shape{5}, {{1, 2}, {-inf, inf}, {1, inf}, {not_a_number, inf}, {2, -inf}}));
        CHECK_EQUAL(n.negative, 2);
        CHECK_EQUAL(n.positive, 1);
        CHECK_EQUAL(n.nan, 1);
    }
}

// ---------------------------------------------------------------- operations

TEST(operations_are_checked_before_they_are_recorded) {
    Recording r;
    const Value x = r.watch(vector_of(0, 1));
    Checks checks;
    const u32 records = r.log().size();
    CHECK(stopped([&] { unary(Op::log, x); }));
    CHECK_EQUAL(std::string(told.back().operation), std::string("log"));
    CHECK_EQUAL(told.back().count.negative, 1);
    CHECK_EQUAL(told.back().operands.size(), std::size_t{1});
    CHECK(!told.back().operands[0].count.any());
    CHECK(stopped([&] { binary(Op::divide, x, vector_of(0, 1)); }));
    CHECK_EQUAL(told.back().count.nan, 1);
    const Value bad = vector_of(inf, 1);
    CHECK(stopped([&] { sum(bad, 1, false); }));
    CHECK_EQUAL(std::string(told.back().operation), std::string("reduce_sum"));
    CHECK_EQUAL(told.back().operands[0].count.positive, 1);
    CHECK(stopped([&] { extremum(bad, 1, false, true); }));
    CHECK(stopped([&] { logsumexp(bad, 1, false); }));
    CHECK(stopped([&] { prod(bad, 1, false); }));
    CHECK(stopped([&] { concat({x, bad}, 0); }));
    CHECK(stopped([&] { slice_axis(bad, 0, 0, 1, true); }));
    CHECK(stopped([&] { gather(bad, Value::constant(DType::int32, 0)); }));
    CHECK(stopped([&] { scatter_add(bad, values(DType::int32, Shape{2}, {0, 1}), 3); }));
    CHECK(stopped([&] { select(Value::constant(DType::boolean, 1), bad, x); }));
    CHECK(stopped([&] { cast(bad, DType::float32); }));
    const Value matrix = reshape(bad, Shape{1, 2});
    CHECK(stopped([&] { matmul(matrix, reshape(x, Shape{2, 1}), false, false); }));
    // All that is left is the reshape in the line before.
    CHECK_EQUAL(r.log().size(), records + 1);
}

TEST(what_only_shows_or_tests_elements_is_let_be) {
    Checks checks;
    const Value bad = vector_of(inf, not_a_number);
    identity(bad);
    reshape(bad, Shape{2, 1});
    broadcast_to(bad, Shape{3, 2});
    swap_last_axes(reshape(bad, Shape{2, 1}));
    converted(bad, DType::float32);
    unary(Op::is_finite, bad);
    binary(Op::less, bad, vector_of(1, 2));
    select(values(DType::boolean, Shape{2}, {0, 0}), bad, vector_of(1, 2));
    CHECK(told.empty());
}

TEST(numbers_take_the_general_way_while_a_thread_checks) {
    TensorData out;
    const u64 three = Value::number(3.0).bits;
    CHECK(scalar_unary(Op::exp, DType::float64, three, no_node, out));
    {
        Checks checks;
        CHECK(!scalar_unary(Op::exp, DType::float64, three, no_node, out));
        CHECK(!scalar_binary(Op::multiply, DType::float32, three, no_node, three, no_node, out));
        CHECK(stopped([] { unary(Op::log, Value::number(0.0f)); }));
        CHECK(stopped([] { binary(Op::divide, Value::number(1.0), Value::number(0.0)); }));
    }
    CHECK(scalar_unary(Op::exp, DType::float64, three, no_node, out));
    CHECK(scalar_binary(Op::multiply, DType::float64, three, no_node, three, no_node, out));
    CHECK_EQUAL(item(out.value), Number(9));
}

TEST(checks_belong_to_a_thread_and_end_with_it) {
    {
        Checks checks;
        check_numerics(true);  // changes nothing
        bool failed = false, on = true;
        std::thread([&] {
            on = checks_numerics();
            try {
                unary(Op::log, Value::number(0.0));
            } catch (const Error&) {
                failed = true;
            }
        }).join();
        CHECK(!on);
        CHECK(!failed);
        CHECK(any_thread_checks());
    }
    CHECK(!any_thread_checks());
    std::thread([] { check_numerics(true); }).join();
    CHECK(!any_thread_checks());
    TensorData out;
    CHECK(scalar_unary(Op::exp, DType::float64, Value::number(1.0).bits, no_node, out));
}

// ---------------------------------------------------------------- sweeps

TEST(cotangents_are_checked_and_the_tape_keeps_its_records) {
    for (bool scalar : {true, false}) {
        Recording r;
        Checks checks;
        const Value zero = scalar ? Value::number(0.0) : vector_of(0, 1);
        const Value x = r.watch(zero);
        const Value y = unary(Op::sqrt, x);
        const Value z = binary(Op::multiply, y, Value::constant(DType::float64, 2));
        r.tape.leave();
        CHECK(stopped([&] { gradient(r.tape, z, ones_like(z), x); }));
        const Finding& found = told.back();
        CHECK_EQUAL(static_cast<int>(found.kind), static_cast<int>(Finding::cotangent));
        CHECK_EQUAL(std::string(found.operation), std::string("sqrt"));
        CHECK_EQUAL(found.count.positive, 1);
        CHECK_EQUAL(found.origin.place, u64{1});
        CHECK_EQUAL(std::string(found.operands[0].name), std::string("cotangent"));
        CHECK_EQUAL(element(found.operands[0].value, 0), Number(2));
        check_numerics(false);
        CHECK_EQUAL(element(gradient(r.tape, z, ones_like(z), x), 0), Number(inf));
    }
}

TEST(batches_and_tangents_are_checked) {
    Recording r;
    Checks checks;
    const Value x = r.watch(values(DType::float64, Shape{8}, {0, 1, 2, 3, 4, 5, 6, 7}));
    const Value y = unary(Op::sqrt, x);
    r.tape.leave();
    const Seed target{y.node, y};
    Answer answer;
    CHECK(stopped([&] { jacobian_sweep(r.tape, target, &x.node, 1, &answer, false); }));
    CHECK_EQUAL(told.back().batch, 8);
    CHECK(stopped([&] { tangent(r.tape, x, ones_like(x), y); }));
    CHECK_EQUAL(static_cast<int>(told.back().kind), static_cast<int>(Finding::tangent));
    CHECK_EQUAL(std::string(told.back().operation), std::string("sqrt"));
}

TEST(what_a_recorded_sweep_computes_on_its_way_is_not_looked_at) {
    // The partial of sqrt at 0 is infinite, but with a zero cotangent the product counts as 0.
    Recording outer;
    Checks checks;
    const Value x = outer.watch(vector_of(0, 1));
    const Value weights = vector_of(0, 1);
    const Value y = unary(Op::sqrt, x);
    const Value z = binary(Op::multiply, y, weights);
    const u32 before = outer.log().size();
    const Value g = gradient(outer.tape, z, ones_like(z), x);
    CHECK_VALUES(g, vector_of(0, 0.5), 0);
    CHECK(told.empty());
    CHECK(checks_numerics());
    // Its records say what they were made for.
    CHECK(outer.log().size() > before);
    const Origin origin = outer.log().origin(outer.log().size() - 1);
    CHECK_EQUAL(origin.derivative_of, static_cast<OpCode>(Op::sqrt));
    CHECK_EQUAL(origin.place, outer.log().origin(y.node).place);
    CHECK(origin.asked > origin.place);
    // And operations after it are checked again.
    CHECK(stopped([] { unary(Op::log, vector_of(0, 1)); }));
}

namespace {

int bad_rule(void*, HostPull& call) {
    call.answers[0] = unary(Op::log, binary(Op::multiply, call.cotangents[0], Value::number(0.0)));
    call.given[0] = HostPull::recorded;
    return 0;
}

int overflowing_rule(void*, HostPull& call) {
    PauseChecks pause;
    return bad_rule(nullptr, call);
}

}  // namespace

TEST(rules_from_outside_are_checked_within_and_by_what_they_give) {
    for (bool inside : {true, false}) {
        Recording r;
        Checks checks;
        const Value x = r.watch(Value::number(1.0));
        std::vector<Value> out = {Value::number(2.0)};
        CHECK(record_rule({x}, out, nullptr, inside ? bad_rule : overflowing_rule, nullptr,
                          [](void*) {}));
        r.tape.leave();
        CHECK(stopped([&] { gradient(r.tape, out[0], Value::number(1.0), x); }));
        CHECK_EQUAL(std::string(told.back().operation), std::string(inside ? "log" : "custom"));
        CHECK_EQUAL(static_cast<int>(told.back().kind),
                    static_cast<int>(inside ? Finding::result : Finding::cotangent));
    }
}

// ---------------------------------------------------------------- origins

TEST(origins_go_with_the_log_or_with_the_last_check) {
    Recording r;
    const Value x = r.watch(Value::number(1.0));
    const Value early = unary(Op::exp, x);
    {
        Checks checks;
        const Value y = unary(Op::exp, x);
        const Value z = unary(Op::exp, y);
        CHECK_EQUAL(r.log().origin(early.node).place, u64{0});
        CHECK_EQUAL(r.log().origin(y.node).place, u64{1});
        CHECK_EQUAL(r.log().origin(z.node).place, u64{2});
        CHECK_EQUAL(r.log().origin(z.node + 1).place, u64{0});
        r.tape.reset();
        const Value again = r.watch(Value::number(1.0));
        CHECK_EQUAL(r.log().origin(again.node + 1).place, u64{0});
        const Value last = unary(Op::exp, again);
        CHECK_EQUAL(r.log().origin(last.node).place, u64{3});
    }
    for (u32 node = 0; node < r.log().size(); ++node)
        CHECK_EQUAL(r.log().origin(node).place, u64{0});
}
