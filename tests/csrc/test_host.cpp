// Operations whose rule comes from outside of the engine: two outputs, p = x y and q = x + 2 y.

#include <chrono>
#include <functional>
#include <deque>
#include <thread>

#include "sharing.h"
#include "support.h"

using namespace test;

namespace {

struct Rule {
    Value x, y;
    int calls = 0, released = 0;
    bool fails = false, lies = false, answers_nothing = false;
    std::function<void()> meanwhile = {};
    int sleep_ms = 0;
    i64 bytes_in_use = 0;  // when it was called last
};

Value mul(const Value& a, const Value& b) { return binary(Op::multiply, a, b); }
Value add(const Value& a, const Value& b) { return binary(Op::add, a, b); }
Value two(DType dtype) { return Value::constant(dtype, 2); }

int rule_reverse(void* object, HostPull& call) {
    Rule& rule = *static_cast<Rule*>(object);
    ++rule.calls;
    rule.bytes_in_use = memory::bytes_in_use();
    std::this_thread::sleep_for(std::chrono::milliseconds(rule.sleep_ms));
    if (rule.fails) return 1;
    if (rule.meanwhile) rule.meanwhile();
    if (rule.answers_nothing) return 0;
    const Value &gp = call.cotangents[0], &gq = call.cotangents[1];
    if (call.wanted[0]) {
        call.answers[0] = rule.lies ? Value::number(1.0f) : add(mul(gp, rule.y), gq);
        call.given[0] = HostPull::recorded;
    }
    if (call.wanted[1]) {
        call.answers[1] = add(mul(gp, rule.x), mul(gq, two(gq.dtype)));
        call.given[1] = HostPull::recorded;
    }
    return 0;
}

int rule_forward(void* object, HostPush& push) {
    const Rule& rule = *static_cast<Rule*>(object);
    std::this_thread::sleep_for(std::chrono::milliseconds(rule.sleep_ms));
    if (rule.fails) return 1;
    if (rule.meanwhile) rule.meanwhile();
    Value total = push.zeros[push.output];
    for (std::size_t k = 0; k < 2; ++k) {
        if (!push.reached[k]) continue;
        const Value& t = push.tangents[k];
        const Value term = push.output == 0 ? mul(t, k == 0 ? rule.y : rule.x)
                           : k == 0         ? t
                                            : mul(t, two(t.dtype));
        total = add(total, term);
    }
    push.answer = total;
    push.given = HostPull::recorded;
    return 0;
}

void rule_release(void* object) { ++static_cast<Rule*>(object)->released; }

// p and q, recorded if x or y is tracked.
std::vector<Value> outputs(Rule& rule, const Value& x, const Value& y) {
    rule.x = x;
    rule.y = y;
    std::vector<Value> out;
    {
        PauseRecording pause;
        out = {mul(x.detached(), y.detached()), add(x.detached(), mul(y.detached(), two(y.dtype)))};
    }
    record_rule({x, y}, out, &rule, rule_reverse, rule_forward, rule_release);
    return out;
}

const Value X = values(DType::float64, Shape{3}, {1, 2, 3}),
            Y = values(DType::float64, Shape{3}, {4, 5, 6});
const Value G = values(DType::float64, Shape{3}, {1, 10, 100});

}  // namespace

TEST(a_rule_from_outside_gets_the_cotangents_of_all_outputs) {
    Rule rule;
    {
        Recording t;
        const Value x = t.watch(X), y = t.watch(Y);
        const auto out = outputs(rule, x, y);
        CHECK_EQUAL(out[1].node, out[0].node + 1);
        t.tape.leave();
        const auto sweep = [&](std::vector<Seed> seeds) {
            return reverse(t.tape, seeds, {x.node, y.node});
        };
        const auto p = sweep({{out[0].node, G}});
        CHECK_VALUES(p[0].value, mul(G, Y), 0);
        CHECK_VALUES(p[1].value, mul(G, X), 0);
        const auto q = sweep({{out[1].node, G}});  // the first output has no cotangent
        CHECK_VALUES(q[0].value, G, 0);
        CHECK_VALUES(q[1].value, mul(G, Value::number(2.0)), 0);
        CHECK_EQUAL(rule.calls, 2);
        const auto both = sweep({{out[0].node, G}, {out[1].node, G}});
        CHECK_VALUES(both[0].value, add(mul(G, Y), G), 0);
        CHECK_EQUAL(rule.calls, 3);
        // An output as a source keeps its cotangent.
        const auto with_outputs =
            reverse(t.tape, {{out[1].node, G}}, {out[1].node, x.node, out[0].node});
        CHECK_VALUES(with_outputs[0].value, G, 0);
        CHECK_VALUES(with_outputs[1].value, G, 0);
        CHECK(!with_outputs[2].connected);
        CHECK_EQUAL(rule.released, 0);
    }
    CHECK_EQUAL(rule.released, 1);
}

TEST(a_rule_from_outside_is_released_at_once_without_a_record) {
    Rule rule;
    CHECK_EQUAL(outputs(rule, X, Y)[0].node, no_node);
    CHECK_EQUAL(rule.released, 1);
    Recording t;
    CHECK_EQUAL(outputs(rule, X, Y)[0].node, no_node);
    CHECK_EQUAL(rule.released, 2);
}

TEST(a_rule_from_outside_works_in_batches_forwards_and_recorded) {
    Rule rule;
    Recording t;
    const Value x = t.watch(X), y = t.watch(Y);
    const auto out = outputs(rule, x, y);
    const Value two_rows = stack({G, mul(G, Value::number(-3.0))}, 0);
    const u32 size = t.log().size();
    const auto recorded = reverse(t.tape, {{out[0].node, G}}, {x.node});  // its own tape sees it
    CHECK(t.log().size() > size);
    CHECK_VALUES(gradient(t.tape, recorded[0].value, ones_like(G), y), G, 0);
    t.tape.leave();
    const auto rows = reverse(t.tape, {{out[0].node, two_rows}}, {x.node, y.node}, false, 2);
    CHECK_VALUES(slice_axis(rows[0].value, 0, 0, 1, true), mul(G, Y), 0);
    CHECK_VALUES(slice_axis(rows[1].value, 0, 1, 1, true), mul(mul(G, X), Value::number(-3.0)), 0);
    const auto pushed = forward(t.tape, {{x.node, G}}, {out[0].node, out[1].node});
    CHECK_VALUES(pushed[0].value, mul(G, Y), 0);
    CHECK_VALUES(pushed[1].value, G, 0);
}

TEST(a_rule_that_fails_or_lies_is_an_error_and_the_tape_stays) {
    Rule rule;
    Recording t;
    const Value x = t.watch(X), y = t.watch(Y);
    const auto out = outputs(rule, x, y);
    t.tape.leave();
    rule.fails = true;
    CHECK_FAILS(foreign, reverse(t.tape, {{out[0].node, G}}, {x.node}));
    CHECK_FAILS(foreign, forward(t.tape, {{x.node, G}}, {out[0].node}));
    rule.fails = false;
    rule.lies = true;
    CHECK_FAILS(invalid_argument, reverse(t.tape, {{out[0].node, G}}, {x.node}));
    rule.lies = false;
    rule.answers_nothing = true;
    CHECK(!reverse(t.tape, {{out[0].node, G}}, {x.node})[0].connected);
    rule.answers_nothing = false;
    CHECK_VALUES(gradient(t.tape, out[0], G, x), mul(G, Y), 0);
}

TEST(a_rule_may_stop_and_start_recording) {
    Rule rule;
    Recording t;
    rule.meanwhile = [&] {
        t.tape.leave();
        t.tape.enter();
    };
    const Value x = t.watch(X);
    const auto out = outputs(rule, unary(Op::sin, x), Y);
    // What comes after the rule in the same sweep is recorded all the same.
    CHECK(gradient(t.tape, out[1], G, x).node != no_node);
    CHECK(active_log == &t.log());
    tangent(t.tape, x, G, out[1]);
    CHECK(active_log == &t.log());
}

TEST(a_rule_may_leave_a_tape_open_or_closed) {
    for (bool recorded : {false, true}) {
        Rule rule;
        Recording t;
        const Value x = t.watch(X);
        const auto out = outputs(rule, unary(Op::sin, x), Y);
        if (!recorded) t.tape.leave();
        Tape opened;
        rule.meanwhile = [&] { opened.enter(); };
        const Value g = gradient(t.tape, out[1], G, x);
        CHECK_VALUES(g, mul(G, unary(Op::cos, X)), 1);
        CHECK_EQUAL(g.node != no_node, recorded);
        CHECK(active_log == opened.log());
        opened.discard();
        CHECK(active_log == (recorded ? &t.log() : nullptr));
        if (!recorded) continue;
        // Nothing records any more: the rest of the sweep is not recorded either.
        rule.meanwhile = [&] { t.tape.leave(); };
        const Value constant = gradient(t.tape, out[1], G, x);
        CHECK_VALUES(constant, g, 0);
        CHECK_EQUAL(constant.node, no_node);
        CHECK(active_log == nullptr);
        // Or another log does.
        Tape other;
        t.tape.enter();
        rule.meanwhile = [&] {
            t.tape.leave();
            other.enter();
        };
        CHECK_VALUES(gradient(t.tape, out[1], G, x), g, 0);
        CHECK(active_log == other.log());
    }
}

TEST(a_consuming_sweep_releases_the_rule) {
    // After so much that what it has passed is not kept for another try.
    const Value like = fresh_copy(full(DType::float64, Shape{100'000}, 1));
    Rule rule;
    Recording t;
    const Value x = t.watch(like);
    const auto out = outputs(rule, x, like);
    const Value y = unary(Op::negative, out[1]);
    t.tape.leave();
    CHECK_VALUES(reverse(t.tape, {{y.node, like}}, {x.node}, true)[0].value,
                 unary(Op::negative, like), 0);
    CHECK_EQUAL(rule.released, 1);
}

TEST(a_short_tape_keeps_its_records_where_a_rule_fails) {
    Rule rule;
    Recording t;
    const Value x = t.watch(X);
    const Value y = unary(Op::sin, outputs(rule, x, Y)[0]);
    t.tape.leave();
    rule.fails = true;
    CHECK_FAILS(foreign, reverse(t.tape, {{y.node, G}}, {x.node}, true));
    CHECK(!t.log().use.consumed);
    rule.fails = false;
    CHECK(reverse(t.tape, {{y.node, G}}, {x.node}, true)[0].connected);
    CHECK_EQUAL(rule.released, 0);
}

// ---------------------------------------------------------------- what a rule sees of a sweep

TEST(intermediates_are_freed_as_the_sweep_goes) {
    // 40 arrays of 1 MB are kept by the tape. When the sweep reaches the rule at its end, beside
    // the two that the rule keeps there are a few.
    const i64 megabyte = 131'072 * 8;
    const i64 before = memory::bytes_in_use();
    const Value like = full(DType::float64, Shape{131'072}, 0.5);
    Rule rule;
    Recording t;
    const Value x = t.watch(fresh_copy(like));
    u32 node;
    {
        Value y = outputs(rule, x, like)[0];
        for (int k = 0; k < 40; ++k) y = unary(Op::sin, y);
        node = y.node;
    }
    t.tape.leave();
    CHECK(memory::bytes_in_use() - before > 40 * megabyte);
    CHECK(reverse(t.tape, {{node, like}}, {x.node}, true)[0].connected);
    CHECK(rule.bytes_in_use - before < 6 * megabyte);
}

TEST(a_long_sweep_is_interrupted_and_leaves_everything_usable) {
    const Shape shape{100'000};
    const Value like = fresh_copy(full(DType::float64, shape, 1));
    Rule rule;
    rule.sleep_ms = 70;  // the sweep asks every 50 ms
    Recording t;
    const Value x = t.watch(like);
    Value y = outputs(rule, unary(Op::negative, x), like)[0];
    for (int k = 0; k < 5; ++k) y = unary(Op::negative, y);
    t.tape.leave();
    const i64 before = memory::bytes_in_use();
    static int asked;
    asked = 0;
    bool (*const saved)() = interrupted;
    interrupted = [] { return ++asked > 0; };
    CHECK_FAILS(interrupted, reverse(t.tape, {{y.node, like}}, {x.node}));
    CHECK_FAILS(interrupted, forward(t.tape, {{x.node, like}}, {y.node}));
    CHECK_EQUAL(asked, 2);
    CHECK_EQUAL(memory::bytes_in_use(), before);
    interrupted = saved;
    CHECK_EQUAL(element(gradient(t.tape, y, like, x), 99'999), Number(1));
}

TEST(what_a_result_was_computed_from_is_found_among_the_records_since_then) {
    Recording t;
    const Value x = t.watch(X), y = t.watch(Y);
    const Value before = mul(x, y);
    const u32 since = active_log->size();
    const Value z = add(mul(before, x), X);
    const Value other = mul(y, y);
    const Value w = t.watch(G);
    using Found = std::vector<u32>;
    CHECK(origins({z}, {}, since) == (Found{x.node, before.node}));
    CHECK(origins({z}, {x}, since) == (Found{before.node}));
    CHECK(origins({z}, {x, before}, since).empty());
    CHECK(origins({mul(z, other)}, {x}, since) == (Found{y.node, before.node}));
    CHECK(origins({mul(other, w)}, {y}, since) == (Found{w.node}));
    CHECK(origins({before, X}, {}, since) == (Found{before.node}));
}

TEST(inputs_without_a_derivative_are_asked_for_if_a_source_reaches_the_result_by_them_alone) {
    std::deque<Rule> rules;  // which the records use to their end
    Recording t;
    const Value x = t.watch(X), y = t.watch(Y);
    const Value behind = mul(x, x);
    const auto gradient_by = [&](const Value& a, const Value& b, const Value& source) {
        rules.push_back({a.detached(), b.detached()});
        Rule& rule = rules.back();
        std::vector<Value> out{mul(rule.x, rule.y), add(rule.x, rule.y)};
        record_rule({a, b}, out, &rule, rule_reverse, rule_forward, rule_release, 1);
        return reverse(t.tape, {{out[0].node, G}}, {source.node})[0];
    };
    // The rule answers for its second input if it is asked, as no such rule should.
    CHECK_VALUES(gradient_by(x, y, y).value, mul(G, X), 0);
    CHECK_VALUES(gradient_by(x, behind, behind).value, mul(G, X), 0);
    CHECK_VALUES(gradient_by(x, behind, x).value, mul(G, mul(X, X)), 0);
    CHECK(!gradient_by(y, X, x).connected);
}
