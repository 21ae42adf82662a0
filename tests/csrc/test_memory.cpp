// Memory: nothing leaks, whatever fails.

#include <atomic>
#include <memory>
#include <thread>

#include "allocation.h"
#include "numerics.h"
#include "support.h"

using namespace test;

namespace {

// A rule from outside that passes cotangents through, and counts who holds it.
std::atomic<int> holders{0};
int pass_through(void*, HostPull& call) {
    for (std::size_t k = 0; k < call.answers.size(); ++k) {
        call.answers[k] = binary(Op::add, call.cotangents[0], call.cotangents[1]);
        call.given[k] = HostPull::recorded;
    }
    return 0;
}
int push_through(void*, HostPush& push) {
    push.answer = push.tangents[0];
    push.given = HostPull::recorded;
    return 0;
}
void release(void*) { --holders; }

Value recorded_by_rule(const Value& x) {
    std::vector<Value> outputs{x.detached(), x.detached()};
    const std::vector<Value> inputs{x};
    ++holders;
    record_rule(inputs, outputs, &holders, pass_through, push_through, release, 1);
    return binary(Op::add, outputs[0], outputs[1]);
}

// Results are checked in its scope, and origins noted.
struct Checked {
    explicit Checked(bool on) { check_numerics(on); }
    ~Checked() { check_numerics(false); }
};

// Uses every kind of record, both sweeps, a recorded sweep and a second log.
Number everything(bool checked) {
    const Checked checks(checked);
    const Value c = values(DType::float64, Shape{3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 10});
    Tensor x(values(DType::float64, Shape{3, 3}, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}));
    Tape outer, inner, other;
    other.enter();
    other.watch(x);
    other.leave();
    outer.enter();
    outer.watch(x);
    for (int k = 0; k < 6; ++k) outer.watch(*std::make_unique<Tensor>(Value::number(1.0)));
    inner.enter();
    inner.watch(x);
    const Value w = traced(x);
    Value y = matmul(unary(Op::tanh, w), c, false, true);
    y = concat({y, binary(Op::multiply, y, w)}, 0);
    y = gather(swap_last_axes(y), values(DType::int32, Shape{2}, {0, -1}));
    y = prod(extremum(y, 1, true, true), 2, false);
    y = stack({reshape(y, Shape()), sum(w, 3, false)}, 0);
    y = sum(select(values(DType::boolean, Shape{2}, {1, 0}), y,
                   cast(cast(y, DType::complex64), DType::float64)),
            1, false);
    for (int k = 0; k < 700; ++k) y = unary(Op::sin, y);
    y = recorded_by_rule(y);
    inner.leave();
    const auto first = reverse(inner, {{y.node, Value::number(1.0)}}, {w.node, w.node});
    const Value large = broadcast_to(sum(first[0].value, 3, false), Shape{20'000});
    const Value z = binary(Op::multiply, large, unary(Op::tanh, large));
    inner.discard();
    outer.leave();
    const auto pushed = forward(outer, {{w.node, ones_like(w)}}, {z.node});
    CHECK(pushed[0].connected);
    other.enter();
    const auto crossed = reverse(outer, {{first[0].value.node, ones_like(w)}}, {w.node});
    other.reset();
    other.leave();
    const auto second = reverse(outer, {{z.node, ones_like(z)}}, {w.node}, true);
    return item(second[0].value) + element(pushed[0].value, 19'999) + item(crossed[0].value);
}

// Fails allocation number n, and those after it if asked; says whether there was one.
bool survives(long long n, bool all_later, bool checked, Number expected) {
    bool happened = false;
    memory::trim();
    // On a thread of its own, so that everything it needs is made anew.
    std::thread([&] {
        const Note a("allocation", n), b("all later", all_later);
        {
            FailAllocation fail(n, all_later);
            try {
                const Number result = everything(checked);
                CHECK_EQUAL(result, expected);
            } catch (const std::bad_alloc&) {
            } catch (const Error& error) {
                CHECK(error.kind() == ErrorKind::memory);
            }
            happened = fail.happened();
        }
        CHECK(active_log == nullptr);
        CHECK_EQUAL(everything(checked), expected);
    }).join();
    CHECK_EQUAL(holders.load(), 0);
    return happened;
}

}  // namespace

void fail_each_allocation(bool checked) {
    if (!allocations_are_counted()) return skip("allocations are not counted here");
    Number expected;
    std::thread([&] { expected = everything(checked); }).join();
    CHECK(std::isfinite(std::abs(expected)) && expected != Number(0));
    const long long before = live_blocks();
    for (bool all_later : {false, true}) {
        long long n = 0;
#if defined(NDEBUG)
        const int step = 1;
#elif defined(AG_SANITIZE)
        const int step = checked ? 29 : 7;  // the origins are thousands of allocations
#else
        const int step = 7;
#endif
        while (survives(n, all_later, checked, expected)) n += step;
        CHECK(n > 100);
        CHECK_EQUAL(live_blocks(), before);
    }
}

TEST(every_allocation_may_fail) { fail_each_allocation(false); }

// The origins of records take memory too.
TEST(every_allocation_may_fail_while_results_are_checked) { fail_each_allocation(true); }

TEST(main_uses_hold_no_more_memory_after_many_rounds) {
    if (!allocations_are_counted()) return skip("allocations are not counted here");
    everything(false);
    const long long before = live_blocks();
    const i64 large = memory::bytes_in_use();
    for (int k = 0; k < 20; ++k) everything(false);
    CHECK_EQUAL(live_blocks(), before);
    CHECK_EQUAL(memory::bytes_in_use(), large);
}
