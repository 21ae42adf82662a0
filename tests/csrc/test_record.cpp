// Records and the log: what is kept, what is counted, what is let go of.

#include "allocation.h"
#include "ops/scalar.h"
#include "support.h"

using namespace test;

namespace {

u32 count_of(const Value& v) { return v.array->refs.load(); }

Value mul(const Value& a, const Value& b) { return binary(Op::multiply, a, b); }
Value add(const Value& a, const Value& b) { return binary(Op::add, a, b); }

}  // namespace

TEST(a_record_keeps_numbers_and_arrays_and_lets_go_of_them) {
    const Value a = values(DType::float64, Shape{3}, {1, 2, 3});
    Record r{};
    r.store(0, a);
    r.store(1, Value::number(2.5));
    CHECK_EQUAL(count_of(a), 2u);
    CHECK(r.kind(0) == Keep::array);
    CHECK(r.kind(1) == Keep::number);
    CHECK(identical(r.load(0, 4), a));
    CHECK_EQUAL(r.load(0, 4).node, 4u);
    CHECK_EQUAL(item(r.load(1, 5)), Number(2.5));
    r.drop_payloads();
    CHECK_EQUAL(count_of(a), 1u);
    CHECK(!r.has(0) && !r.has(1));
}

TEST(nothing_is_recorded_without_a_tape_or_a_tracked_input) {
    const Value x = values(DType::float32, Shape{2}, {1, 2});
    CHECK_EQUAL(mul(x, x).node, no_node);
    Recording t;
    CHECK_EQUAL(mul(x, x).node, no_node);
    CHECK_EQUAL(t.log().size(), 0u);
    const Value w = t.watch(x);
    CHECK_EQUAL(t.log().size(), 1u);
    CHECK(mul(w, x).node != no_node);
    CHECK_EQUAL(t.log().size(), 2u);
}

TEST(operations_without_derivative_are_not_recorded) {
    Recording t;
    const Value x = t.watch(values(DType::float32, Shape{2}, {1, 2}));
    const u32 size = t.log().size();
    for (OpCode op : {Op::floor, Op::ceil, Op::round, Op::is_nan})
        CHECK_EQUAL(unary(op, x).node, no_node);
    for (OpCode op : {Op::less, Op::equal, Op::floordiv})
        CHECK_EQUAL(binary(op, x, x).node, no_node);
    CHECK_EQUAL(cast(x, DType::int32).node, no_node);
    CHECK_EQUAL(arg_extremum(x, 0, true, DType::int64).node, no_node);
    CHECK_EQUAL(t.log().size(), size);
}

TEST(nothing_is_recorded_while_paused) {
    Recording t;
    const Value x = t.watch(values(DType::float32, Shape{2}, {1, 2}));
    {
        PauseRecording pause;
        CHECK_EQUAL(mul(x, x).node, no_node);
        {
            PauseRecording inner;
            CHECK(active_log == nullptr);
        }
        CHECK(active_log == nullptr);
    }
    CHECK(active_log == &t.log());
    CHECK(mul(x, x).node != no_node);
}

TEST(add_keeps_nothing_and_multiply_what_its_partials_use) {
    Recording t;
    const Value x = values(DType::float64, Shape{3}, {1, 2, 3}), c = fresh_copy(x);
    const Value w = t.watch(x);  // x, w, and the tensor
    CHECK_EQUAL(count_of(x), 3u);
    const Value s = add(w, c);
    CHECK_EQUAL(count_of(x), 3u);
    CHECK_EQUAL(count_of(c), 1u);
    CHECK_EQUAL(count_of(s), 1u);
    const Value p = mul(w, c);  // only the factor beside the tracked one
    CHECK_EQUAL(count_of(x), 3u);
    CHECK_EQUAL(count_of(c), 2u);
    const Value q = mul(w, w);
    CHECK_EQUAL(count_of(x), 5u);
    const Value e = unary(Op::exp, w);  // its result, not x
    CHECK_EQUAL(count_of(x), 5u);
    CHECK_EQUAL(count_of(e), 2u);
    t.tape.discard();
    CHECK_EQUAL(count_of(x), 3u);
    CHECK_EQUAL(count_of(c), 1u);
    CHECK_EQUAL(count_of(e), 1u);
}

TEST(a_record_of_numbers_costs_one_record_and_no_allocation) {
    if (!allocations_are_counted()) return skip("allocations are not counted here");
    Recording t;
    Value x = t.watch(Value::number(1.5f));
    const u32 size = t.log().size();
    const long long before = live_and_cached_blocks();
    for (int k = 0; k < 1000; ++k) x = unary(Op::sin, add(mul(x, x), x));
    CHECK_EQUAL(t.log().size(), size + 3000);
    CHECK(live_and_cached_blocks() - before <= 4);  // a chunk of records or two
}

TEST(the_scalar_fast_path_records_what_binary_records) {
    for (DType dtype : float_dtypes) {
        Recording t;
        const Value a = t.watch(number(dtype, 1.5)), b = t.watch(number(dtype, 2.5));
        TensorData fast;
        for (int op = 1; op < Op::elementwise_end; ++op) {
            const Note at("op", op_text[op].name);
            const OpCode code = static_cast<OpCode>(op);
            if (!(op_table[op].kinds & kind_floating)) continue;
            const u32 size = t.log().size();
            bool done;
            Value slow;
            fast = TensorData();
            if (op_table[op].arity == 1) {
                done = scalar_unary(code, dtype, a.bits, a.node, fast);
                if (done) slow = unary(code, a);
            } else {
                done = scalar_binary(code, dtype, a.bits, a.node, b.bits, b.node, fast);
                if (done) slow = binary(code, a, b);
            }
            CHECK_EQUAL(done, !op_table[op].to_boolean);
            if (!done) continue;
            CHECK_VALUES(fast.value, slow, tolerance(dtype));
            if (!op_table[op].differentiable) {
                CHECK_EQUAL(t.log().size(), size);
                continue;
            }
            CHECK_EQUAL(t.log().size(), size + 2);
            CHECK_EQUAL(fast.epoch, t.log().epoch);
            const Value g = number(dtype, 1);
            const auto x = reverse(t.tape, {{fast.value.node, g}}, {a.node, b.node});
            const auto y = reverse(t.tape, {{slow.node, g}}, {a.node, b.node});
            for (std::size_t k = 0; k < 2; ++k) {
                CHECK_EQUAL(x[k].connected, y[k].connected);
                CHECK_EQUAL(x[k].connected, (op_table[op].differentiable >> k & 1) != 0);
                if (x[k].connected) CHECK_VALUES(x[k].value, y[k].value, 4 * tolerance(dtype));
            }
        }
    }
}

TEST(outputs_of_one_type_share_an_entry) {
    Recording t;
    const Value x = t.watch(full(DType::float32, Shape{2, 3}, 1));
    const Value y = t.watch(full(DType::float32, Shape{3, 2}, 1));
    const Value z = t.watch(full(DType::float64, Shape{2, 3}, 1));
    const Value n = t.watch(Value::number(1.0f));
    Log& log = t.log();
    const auto type = [&](const Value& v) { return log[v.node].type; };
    CHECK_EQUAL(type(mul(x, x)), type(x));
    CHECK(type(x) != type(y));
    CHECK(type(x) != type(z));
    CHECK_EQUAL(type(n), static_cast<u32>(DType::float32));
    CHECK_EQUAL(type(reshape(y, Shape{2, 3})), type(x));
    CHECK((log.type_of_node(y.node).shape == Shape{3, 2}));
    CHECK(log.type_of_node(z.node).dtype == DType::float64);
    for (i64 k = 0; k < 200; ++k) log.type_of(DType::float32, Shape{k, 7});
    CHECK_EQUAL(log.type_of(DType::float32, Shape{2, 3}), type(x));
    CHECK((log.type(log.type_of(DType::float32, Shape{123, 7})).shape == Shape{123, 7}));
}

TEST(the_log_counts_elements) {
    Recording t;
    const Value x = t.watch(full(DType::float32, Shape{1000}, 1));
    const i64 before = t.log().elements;
    mul(x, x);
    sum(x, 1, false);
    reshape(x, Shape{10, 100});
    CHECK_EQUAL(t.log().elements - before, 2001);
}

TEST(records_lie_in_chunks_and_every_boundary_is_crossed) {
    for (u32 n : {2046u, 2047u, 2048u, 2049u, 4095u, 4096u, 4097u, 10'000u}) {
        const Note at("records", n);
        Recording t;
        const Value x = t.watch(Value::number(1.0));
        const Value v = t.watch(values(DType::float64, Shape{2}, {1, 2}));
        Value y = x, w = v;
        while (t.log().size() + 2 <= n) {
            y = add(y, x);
            w = add(w, v);
        }
        const double additions = (n - 2) / 2;
        for (bool consume : {false, true}) {
            const auto answers =
                reverse(t.tape, {{y.node, Value::number(1.0)}, {w.node, ones_like(w)}},
                        {x.node, v.node}, consume);
            CHECK_EQUAL(item(answers[0].value), Number(additions + 1));
            CHECK_EQUAL(element(answers[1].value, 1), Number(additions + 1));
        }
    }
}

TEST(a_consuming_sweep_lets_go_of_what_records_keep) {
    const Value x = values(DType::float64, Shape{3}, {1, 2, 3});
    Recording t;
    const Value w = t.watch(x);
    const u32 count = count_of(x);
    Value y = mul(w, w);
    y = concat({y, mul(y, w)}, 0);
    t.tape.leave();
    const Value g = ones_like(y);
    CHECK(count_of(x) > count);
    const auto first = reverse(t.tape, {{y.node, g}}, {w.node}, false);
    CHECK(count_of(x) > count);
    const auto second = reverse(t.tape, {{y.node, g}}, {w.node}, true);
    CHECK_EQUAL(count_of(x), count);
    CHECK(identical(first[0].value, second[0].value));
}

TEST(a_consuming_sweep_frees_intermediates_as_it_goes) {
    // 40 arrays of 1 MB are kept by the tape; beside them the sweep needs a few.
    const i64 megabyte = 131'072 * 8;
    Recording t;
    const i64 before = memory::bytes_in_use();
    const Value x = t.watch(fresh_copy(full(DType::float64, Shape{131'072}, 0.5)));
    Value y = x;
    for (int k = 0; k < 40; ++k) y = unary(Op::sin, y);
    t.tape.leave();
    const u32 node = y.node;
    y = Value();
    CHECK(memory::bytes_in_use() - before < 43 * megabyte);
    const auto answers =
        reverse(t.tape, {{node, full(DType::float64, Shape{131'072}, 1)}}, {x.node}, true);
    CHECK(answers[0].connected);
    CHECK(memory::bytes_in_use() - before < 4 * megabyte);
}

TEST(chunks_beyond_the_first_are_freed_by_a_consuming_sweep) {
    if (!allocations_are_counted()) return skip("allocations are not counted here");
    const u32 n = 100 * Log::chunk_size;
    {
        Recording warm;  // fills the chunks that the log keeps
        Value y = warm.watch(Value::number(1.0));
        for (u32 k = 0; k < n; ++k) y = unary(Op::negative, y);
    }
    const long long before = live_blocks();
    {
        Recording t;
        const Value x = t.watch(Value::number(1.0));
        Value y = x;
        for (u32 k = 0; k < n; ++k) y = unary(Op::negative, y);
        const auto answers = reverse(t.tape, {{y.node, Value::number(1.0)}}, {x.node}, true);
        CHECK_EQUAL(item(answers[0].value), Number(1));
        CHECK(live_blocks() < before + 10);
    }
    CHECK_EQUAL(live_blocks(), before);
    Recording again;  // the log is whole again
    const Value x = again.watch(Value::number(1.0));
    Value y = x;
    for (u32 k = 0; k < n; ++k) y = unary(Op::negative, y);
    CHECK_EQUAL(item(gradient(again.tape, y, Value::number(1.0), x)), Number(1));
}

TEST(a_discarded_tape_leaves_nothing_behind) {
    if (!allocations_are_counted()) return skip("allocations are not counted here");
    Random random(3);
    const Value x = random_value(random, DType::float64, Shape{4, 5}, 0.5, 1);
    const auto round = [&] {
        Recording t;
        const Value w = t.watch(x);
        Value y = mul(w, unary(Op::exp, w));
        y = concat({y, matmul(y, w, true, false)}, 0);
        y = gather(y, values(DType::int32, Shape{3}, {0, 3, -1}));
        y = prod(extremum(y, 1, true, true), 2, false);  // of shape (1,)
        gradient(t.tape, y, ones_like(y), w);
        for (int k = 0; k < 3000; ++k) y = reshape(y, k % 2 ? Shape{1} : Shape{1, 1});
        gradient(t.tape, y, ones_like(y), w);
    };
    round();
    const long long before = live_blocks();
    for (int k = 0; k < 5; ++k) round();
    CHECK_EQUAL(live_blocks(), before);
}
