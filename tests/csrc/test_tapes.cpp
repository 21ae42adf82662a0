// Tapes as intervals of the log: nesting, overlapping, pausing, watching, and several logs at once.

#include <thread>

#include "allocation.h"
#include "support.h"

using namespace test;

namespace {

Value mul(const Value& a, const Value& b) { return binary(Op::multiply, a, b); }
Value add(const Value& a, const Value& b) { return binary(Op::add, a, b); }
Value seed() { return Value::number(1.0); }

// The derivative of y, or nothing if the tape does not connect them.
std::vector<Answer> derivative(const Tape& tape, const Value& y, u32 source) {
    return reverse(tape, {{y.node, seed()}}, {source});
}
void check_derivative(int line, const Tape& tape, const Value& y, const Value& x, double expected) {
    const Answer a = derivative(tape, y, x.node)[0];
    if (!a.connected)
        test::report(__FILE__, line, "not connected");
    else
        test::near(__FILE__, line, "derivative", item(a.value), expected, 1e-12);
}
#define CHECK_DERIVATIVE(TAPE, Y, X, EXPECTED) check_derivative(__LINE__, TAPE, Y, X, EXPECTED)
#define CHECK_UNCONNECTED(TAPE, Y, X) CHECK(!derivative(TAPE, Y, (X).node)[0].connected)

}  // namespace

TEST(entering_and_leaving_sets_what_the_thread_records_on) {
    CHECK(active_log == nullptr);
    Tape a, b;
    a.enter();
    CHECK(a.entered() && a.recording);
    CHECK(active_log == a.log());
    const u64 generation = thread_state().generation;
    b.enter();
    CHECK(active_log == a.log() && b.log() == a.log());
    CHECK(thread_state().generation != generation);
    a.leave();
    CHECK(active_log == b.log());
    b.leave();
    CHECK(active_log == nullptr);
    CHECK(a.entered() && !a.recording);
    a.leave();  // nothing to leave: nothing happens
}

TEST(a_tape_that_is_open_cannot_be_entered) {
    Tape t;
    t.enter();
    CHECK_FAILS(invalid_argument, t.enter());
    CHECK(t.recording && thread_state().open.size() == 1);
    t.leave();
    CHECK(active_log == nullptr);
}

TEST(four_nested_tapes_record_once) {
    Tensor x(Value::number(3.0));
    Tape tapes[4];
    for (Tape& t : tapes) {
        t.enter();
        t.watch(x);
    }
    CHECK_EQUAL(tapes[0].log()->size(), 1u);
    const Value v = traced(x);
    const Value y = mul(mul(v, v), v);
    CHECK_EQUAL(tapes[0].log()->size(), 3u);
    for (Tape& t : tapes) CHECK_DERIVATIVE(t, y, v, 27);
    for (int k = 4; k-- > 0;) tapes[k].leave();
    for (Tape& t : tapes) CHECK_DERIVATIVE(t, y, v, 27);
}

TEST(overlapping_tapes_know_what_was_recorded_in_their_own_intervals) {
    Tensor x(Value::number(2.0));
    Tape a, b;
    a.enter();
    a.watch(x);
    const Value v = traced(x);
    const Value y1 = mul(v, v);
    b.enter();
    b.watch(x);
    const Value y2 = mul(y1, v);
    a.leave();
    const Value y3 = mul(y2, v);
    b.leave();
    CHECK_DERIVATIVE(a, y1, v, 4);
    CHECK_DERIVATIVE(a, y2, v, 12);
    CHECK_UNCONNECTED(a, y3, v);
    CHECK_UNCONNECTED(b, y1, v);
    CHECK_DERIVATIVE(b, y2, v, 4);          // y1 is a constant for b
    CHECK_DERIVATIVE(b, y3, v, 4 * 2 * 2);  // y1 x x
}

TEST(what_is_computed_while_a_tape_is_paused_is_a_constant_for_it) {
    Tensor x(Value::number(2.0));
    Tape t, other;
    t.enter();
    t.watch(x);
    other.enter();
    other.watch(x);
    const Value v = traced(x);
    const Value before = mul(v, v);
    t.leave();
    const Value paused = mul(before, v);
    t.enter();
    const Value after = add(mul(paused, v), before);
    CHECK_UNCONNECTED(t, paused, v);
    CHECK_DERIVATIVE(t, after, v, 8 + 4);
    CHECK_DERIVATIVE(other, after, v, 4 * 8 + 4);
    other.leave();
    t.leave();
    CHECK_DERIVATIVE(t, after, v, 8 + 4);
}

TEST(a_tape_alone_pauses_and_goes_on_in_the_same_log) {
    Recording t;
    const Value x = t.watch(Value::number(2.0));
    const Value a = mul(x, x);
    const Log* log = &t.log();
    t.tape.leave();
    CHECK_EQUAL(mul(a, x).node, no_node);
    t.tape.enter();
    CHECK(&t.log() == log);
    CHECK_DERIVATIVE(t.tape, mul(a, x), x, 12);
}

TEST(a_tape_does_not_know_what_only_another_tape_watches) {
    Tensor x(Value::number(2.0)), z(Value::number(5.0));
    Tape outer, inner;
    outer.enter();
    outer.watch(x);
    inner.enter();
    inner.watch(z);
    const Value u = mul(traced(x), traced(x));  // depends on x alone
    const Value y = mul(u, traced(z));
    CHECK_DERIVATIVE(inner, y, traced(z), 4);
    CHECK_UNCONNECTED(inner, y, traced(x));
    CHECK_UNCONNECTED(inner, y, u);
    CHECK_DERIVATIVE(outer, y, traced(x), 20);
    CHECK_DERIVATIVE(outer, y, u, 5);
    CHECK_UNCONNECTED(outer, y, traced(z));
}

TEST(intermediates_are_sources_too_and_a_source_is_its_own_target) {
    Recording t;
    const Value x = t.watch(Value::number(2.0));
    const Value u = mul(x, x), y = mul(u, u);
    const auto answers = reverse(t.tape, {{y.node, seed()}}, {u.node, x.node, u.node, y.node});
    CHECK_EQUAL(item(answers[0].value), Number(8));
    CHECK_EQUAL(item(answers[1].value), Number(32));
    CHECK_EQUAL(item(answers[2].value), Number(8));
    CHECK_EQUAL(item(answers[3].value), Number(1));
    CHECK_DERIVATIVE(t.tape, x, x, 1);
    CHECK_UNCONNECTED(t.tape, x, y);
}

TEST(seeds_of_several_targets_add_up) {
    Recording t;
    const Value x = t.watch(Value::number(2.0));
    const Value a = mul(x, x), b = mul(a, x);
    const auto answers = reverse(
        t.tape, {{a.node, seed()}, {b.node, Value::number(10.0)}, {a.node, seed()}}, {x.node});
    CHECK_EQUAL(item(answers[0].value), Number(4 + 120 + 4));
}

TEST(watching_twice_is_watching_once) {
    Recording t;
    Tensor x(Value::number(2.0));
    t.tape.watch(x);
    const u32 size = t.log().size();
    t.tape.watch(x);
    CHECK_EQUAL(t.log().size(), size);
    CHECK_EQUAL(t.tape.watched().size(), 1u);
    CHECK(t.tape.watches(traced(x).node));
    const Value y = mul(traced(x), traced(x));
    Tensor u(y);
    u.epoch = t.log().epoch;
    u.value.node = y.node;
    t.tape.watch(u);  // an intermediate: known anyway
    CHECK_EQUAL(t.log().size(), size + 1);
    CHECK_DERIVATIVE(t.tape, mul(y, y), traced(x), 32);
}

TEST(a_tensor_watched_before_the_tape_was_entered_lies_outside_its_range) {
    Recording outer;
    const Value c = outer.watch(Value::number(3.0));
    Tensor x(Value::number(2.0));
    outer.tape.watch(x);
    for (int k = 0; k < 3000; ++k) mul(c, c);
    Tape inner;
    inner.enter();
    inner.watch(x);
    const Value v = traced(x);
    CHECK(v.node < inner.begin());
    const Value y = mul(mul(v, v), c);
    CHECK_DERIVATIVE(inner, y, v, 12);
    CHECK_UNCONNECTED(inner, y, c);
    CHECK_DERIVATIVE(inner, v, v, 1);
    const auto t = forward(inner, {{v.node, seed()}, {c.node, seed()}}, {y.node});
    CHECK_EQUAL(item(t[0].value), Number(12));
}

TEST(what_a_tape_watches_late_is_a_constant_before) {
    // `y` was computed when `outer` did not watch x.
    Tensor x(Value::number(2.0));
    Tape outer, inner;
    outer.enter();
    inner.enter();
    inner.watch(x);
    const Value v = traced(x);
    const Value y = mul(v, v);
    outer.watch(x);
    const Value z = mul(y, v);
    CHECK_DERIVATIVE(inner, z, v, 12);
    CHECK_DERIVATIVE(outer, z, v, 4);
    CHECK_UNCONNECTED(outer, y, v);
    CHECK_EQUAL(item(forward(outer, {{v.node, seed()}}, {z.node})[0].value), Number(4));
    inner.discard();
    CHECK_DERIVATIVE(outer, z, v, 4);
    CHECK_EQUAL(item(forward(outer, {{v.node, seed()}}, {z.node})[0].value), Number(4));
}

TEST(a_tape_takes_of_a_record_only_the_inputs_that_it_knew) {
    // z = y x with y = x x. The inner tape came to watch y and x after y was computed; the outer
    // one knows all of it.
    Tensor x(Value::number(3.0));
    Tape outer, inner;
    outer.enter();
    outer.watch(x);
    inner.enter();
    const Value v = traced(x);
    Tensor y(Value::number(0.0));
    Value square = mul(v, v);
    bind_result(y, square);
    inner.watch(y);
    inner.watch(x);
    const Value z = mul(traced(y), v);
    CHECK_DERIVATIVE(inner, z, v, 9);
    CHECK_DERIVATIVE(inner, z, traced(y), 3);
    CHECK_UNCONNECTED(inner, traced(y), v);
    CHECK_DERIVATIVE(outer, z, v, 27);
    const auto t = forward(inner, {{v.node, seed()}, {traced(y).node, seed()}}, {z.node});
    CHECK_EQUAL(item(t[0].value), Number(12));  // 9 by x, 3 by y
    // Together, and when the target is the source: 1 + dz/dx.
    Answer answers[2];
    const u32 sources[] = {v.node, traced(y).node};
    const Seed seeds[] = {{z.node, seed()}, {v.node, seed()}};
    reverse_sweep(inner, seeds, 2, sources, 2, answers, false);
    CHECK_EQUAL(item(answers[0].value), Number(10));
    CHECK_EQUAL(item(answers[1].value), Number(3));
}

TEST(what_a_tape_computed_it_knows_however_late_it_is_watched) {
    Tensor x(Value::number(2.0)), y(Value::number(0.0));
    Tape outer, inner;
    outer.enter();
    outer.watch(x);
    inner.enter();
    inner.watch(x);
    Value square = mul(traced(x), traced(x));
    bind_result(y, square);
    const Value cube = mul(traced(y), traced(x));
    inner.watch(y);  // changes nothing
    const Value z = mul(cube, traced(y));
    CHECK_DERIVATIVE(inner, z, traced(y), 16);  // y^2 x by y, with x held
    CHECK_DERIVATIVE(inner, z, traced(x), 80);
}

TEST(a_finished_tape_leaves_no_traces_for_the_next_one) {
    Tensor x(Value::number(2.0));
    u64 epoch;
    {
        Recording t;
        t.tape.watch(x);
        CHECK(traced(x).node != no_node);
        epoch = x.epoch;
        CHECK_EQUAL(epoch, t.log().epoch);
    }
    CHECK_EQUAL(traced(x).node, no_node);
    Recording t;
    CHECK(t.log().epoch != epoch);
    CHECK_EQUAL(traced(x).node, no_node);
    CHECK_EQUAL(mul(traced(x), traced(x)).node, no_node);
    t.tape.watch(x);
    CHECK_DERIVATIVE(t.tape, mul(traced(x), traced(x)), traced(x), 4);
}

TEST(reset_forgets_and_goes_on_recording) {
    Tensor x(Value::number(2.0)), u(Value::number(0.0));
    Tape t;
    t.enter();
    t.watch(x);
    Value y = mul(traced(x), traced(x));
    bind_result(u, y);
    CHECK(traced(u).node != no_node);
    t.reset();
    CHECK(t.recording);
    CHECK_EQUAL(t.watched().size(), 0u);
    CHECK_EQUAL(traced(x).node, no_node);
    CHECK_EQUAL(traced(u).node, no_node);
    t.watch(x);
    CHECK_DERIVATIVE(t, mul(traced(u), traced(x)), traced(x), 4);
}

TEST(resetting_one_of_two_tapes_leaves_the_other_alone) {
    Tensor x(Value::number(2.0));
    Tape outer, inner;
    outer.enter();
    outer.watch(x);
    inner.enter();
    inner.watch(x);
    const Value v = traced(x);
    const Value y = mul(v, v);
    inner.reset();
    const Value z = mul(y, v);
    CHECK_UNCONNECTED(inner, z, v);
    inner.watch(x);
    CHECK_DERIVATIVE(inner, mul(y, v), v, 4);
    CHECK_DERIVATIVE(outer, z, v, 12);
}

TEST(discarding_one_of_two_tapes_leaves_the_other_alone) {
    Tensor x(values(DType::float64, Shape{2}, {2, 3}));
    Tape outer;
    outer.enter();
    outer.watch(x);
    Value y;
    {
        Tape inner;
        inner.enter();
        inner.watch(x);
        y = mul(traced(x), traced(x));
        y = mul(y, y);
    }
    CHECK(outer.recording && active_log == outer.log());
    CHECK_VALUES(gradient(outer, y, ones_like(y), traced(x)),
                 values(DType::float64, Shape{2}, {32, 108}), 0);
}

TEST(a_persistent_tape_keeps_its_log_while_the_next_tape_gets_another) {
    Tensor x(Value::number(2.0));
    Tape first;
    first.enter();
    first.watch(x);
    const Value v1 = traced(x);
    const Value y1 = mul(v1, v1);
    first.leave();
    Tape second;
    second.enter();
    CHECK(second.log() != first.log());
    CHECK_EQUAL(traced(x).node, no_node);  // not watched here
    second.watch(x);                       // in two logs at once
    CHECK(x.in_side);
    const Value v2 = traced(x);
    const Value y2 = mul(mul(v2, v2), v2);
    CHECK_DERIVATIVE(second, y2, v2, 12);
    CHECK_EQUAL(node_of(x, first.log()), v1.node);
    {
        PauseRecording pause;
        CHECK_DERIVATIVE(first, y1, v1, 4);
    }
    first.discard();
    CHECK_DERIVATIVE(second, y2, v2, 12);
    CHECK_EQUAL(traced(x).node, v2.node);
    second.discard();
    Recording third;
    CHECK_EQUAL(traced(x).node, no_node);
    third.tape.watch(x);
    CHECK_DERIVATIVE(third.tape, mul(traced(x), traced(x)), traced(x), 4);
}

TEST(three_logs_know_one_tensor) {
    Tensor x(Value::number(2.0));
    Tape tapes[3];
    Value v[3], y[3];
    for (int k = 0; k < 3; ++k) {
        tapes[k].enter();
        if (k == 2) mul(x.value, x.value);
        tapes[k].watch(x);
        v[k] = traced(x);
        y[k] = mul(v[k], mul(v[k], v[k]));
        tapes[k].leave();
    }
    for (int k : {1, 0, 2}) {
        CHECK_DERIVATIVE(tapes[k], y[k], v[k], 12);
        tapes[k].discard();
    }
}

TEST(a_dying_tensor_leaves_the_side_tables) {
    if (!allocations_are_counted()) return skip("allocations are not counted here");
    Tape first, second;
    alignas(Tensor) char place[sizeof(Tensor)];
    Tensor* x = new (place) Tensor(Value::number(2.0));
    first.enter();
    first.watch(*x);
    first.leave();
    second.enter();
    second.watch(*x);
    CHECK(first.log()->has_side());  // the slot is now the second one's
    x->~Tensor();
    CHECK(!first.log()->has_side());
    x = new (place) Tensor(Value::number(7.0));  // another one at the same address
    CHECK_EQUAL(traced(*x).node, no_node);
    x->~Tensor();
}

TEST(a_sweep_of_one_log_is_recorded_on_another) {
    // TensorFlow's answer: the inner tape's rules multiply by x itself, which the outer one
    // watches.
    Tensor x(Value::number(2.0));
    Tape first;
    first.enter();
    first.watch(x);
    const Value v1 = traced(x);
    Value a = v1;
    for (int k = 0; k < 5; ++k) a = mul(a, v1);
    first.leave();
    Tape second;
    second.enter();
    second.watch(x);
    const Value v2 = traced(x);
    add(v2, v2);  // so that the numbers of the nodes differ
    const Value g = gradient(first, a, seed(), v1);
    CHECK_EQUAL(item(g), Number(192));
    CHECK_DERIVATIVE(second, mul(g, v2), v2, 704);
    // And the other way round.
    const Value b = mul(v2, mul(v2, v2));
    second.leave();
    first.enter();
    const Value h = gradient(second, b, seed(), v2);
    CHECK_EQUAL(item(h), Number(12));
    CHECK_DERIVATIVE(first, mul(h, v1), v1, 28);  // x x was computed outside of it
    first.leave();
}

TEST(a_tape_that_was_left_goes_on_when_it_is_entered_again) {
    Tensor x(Value::number(2.0));
    Tape t, other;
    t.enter();
    t.watch(x);
    const Value v = traced(x);
    const Value y = mul(v, v);
    t.leave();
    other.enter();  // a log of its own
    other.watch(x);
    other.leave();
    t.enter();
    CHECK(active_log == t.log());
    CHECK_DERIVATIVE(t, mul(y, traced(x)), v, 12);
    t.leave();
}

TEST(a_tape_of_another_log_cannot_be_entered_inside_a_tape) {
    Tensor x(Value::number(2.0));
    Tape first, second;
    first.enter();
    first.watch(x);
    first.leave();
    second.enter();
    CHECK_FAILS(invalid_argument, first.enter());
    CHECK(!first.recording && second.recording);
    CHECK(active_log == second.log());
    second.leave();
    first.enter();
    CHECK(first.recording);
}

TEST(logs_are_used_again) {
    if (!allocations_are_counted()) return skip("allocations are not counted here");
    const auto round = [] {
        Tape a, b, c;
        a.enter();
        b.enter();
        a.leave();
        b.leave();
        c.enter();
        c.leave();
        a.enter();
        a.discard();
        c.discard();
    };
    round();
    const long long before = live_blocks();
    for (int k = 0; k < 10; ++k) round();
    CHECK_EQUAL(live_blocks(), before);
}

TEST(a_thread_that_ends_closes_its_tapes) {
    Tape t;
    Tensor x(Value::number(2.0));
    Value v, y;
    std::thread([&] {
        t.enter();
        t.watch(x);
        v = traced(x);
        y = mul(v, v);
    }).join();
    CHECK(t.entered() && !t.recording);
    CHECK_DERIVATIVE(t, y, v, 4);
}

TEST(a_tape_is_entered_again_on_another_thread) {
    Tensor x(Value::number(2.0));
    Tape t;
    t.enter();
    t.watch(x);
    const Value y = mul(traced(x), traced(x));
    t.leave();
    Value z;
    std::thread([&] {
        t.enter();
        z = mul(y, traced(x));
        t.leave();
    }).join();
    CHECK_DERIVATIVE(t, z, x.value, 12);  // x.value.node is t's
    Recording next;                       // this thread's log is not left in another's hands
    CHECK(&next.log() != t.log());
    t.discard();
    const Value w = next.watch(Value::number(3.0));
    CHECK_DERIVATIVE(next.tape, mul(w, w), w, 6);
}

TEST(two_threads_do_not_append_to_one_log) {
    Tape here, shared;
    here.enter();
    shared.enter();
    shared.leave();
    std::thread([&] {
        CHECK_FAILS(invalid_argument, shared.enter());
        Recording own;
        CHECK(&own.log() != here.log());
    }).join();
    here.leave();
}
