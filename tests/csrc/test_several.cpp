// Several cotangents at once, tangents pushed along as records come, cotangents kept as rows, and
// operations whose rule comes from outside.

#include "allocation.h"
#include "derivatives.h"

using namespace test;

namespace {

std::vector<Answer> jacobian(const Tape& tape, const Value& y, const std::vector<u32>& sources,
                             bool shared_rows = false) {
    std::vector<Answer> answers(sources.size());
    jacobian_sweep(tape, {y.node, y}, sources.data(), sources.size(), answers.data(), shared_rows);
    return answers;
}

Value unit(const Value& like, i64 index) {
    Value e = fresh_copy(zeros(like.dtype, like.shape()));
    const Value one = Value::constant(like.dtype, 1);
    const auto item = static_cast<std::size_t>(itemsize(like.dtype));
    std::memcpy(e.mutable_data() + static_cast<std::size_t>(index) * item, one.data(), item);
    return e;
}

Shape with_rows(i64 rows, const Shape& shape) {
    Shape out{rows};
    for (int k = 0; k < shape.rank; ++k) out.push(shape[k]);
    return out;
}

// Checks a Jacobian against one reverse sweep for each element.
void check_jacobian(const Function& f, const std::vector<Value>& inputs) {
    Recording t;
    std::vector<Value> x;
    std::vector<u32> sources;
    for (const Value& each : inputs) {
        x.push_back(t.watch(each));
        sources.push_back(x.back().node);
    }
    const Value y = f(x);
    t.tape.leave();
    const auto all = jacobian(t.tape, y, sources);
    for (std::size_t k = 0; k < x.size(); ++k) {
        const Note at("input", static_cast<long long>(k));
        CHECK(all[k].connected);
        CHECK(all[k].value.shape() == with_rows(y.size(), x[k].shape()));
        if (all[k].value.rank() == 0) continue;
        for (i64 row = 0; row < y.size(); ++row)
            CHECK_VALUES(slice_axis(all[k].value, 0, row, 1, true),
                         gradient(t.tape, y, unit(y, row), x[k]), 100 * tolerance(y.dtype));
    }
}

}  // namespace

TEST(a_jacobian_is_the_gradient_of_each_element) {
    Random random(110);
    for (DType dtype : {DType::float32, DType::float64, DType::complex128}) {
        const Note at("dtype", name(dtype));
        const Value a = random_value(random, dtype, Shape{3, 4}, 0.2, 1),
                    b = random_value(random, dtype, Shape{4}, 0.2, 1);
        check_jacobian(
            [](const auto& in) { return binary(Op::multiply, in[0], unary(Op::exp, in[1])); },
            {a, b});
        check_jacobian(
            [](const auto& in) { return matmul(in[0], expand_dims(in[1], 1), false, false); },
            {a, b});
        check_jacobian(
            [](const auto& in) {
                return concat({sum(in[0], 1, false), unary(Op::square, in[1])}, 0);
            },
            {a, b});
        check_jacobian(
            [](const auto& in) { return swap_last_axes(slice_axis(in[0], 1, 1, 2, false)); }, {a});
        check_jacobian([](const auto& in) { return prod(in[0], 2, false); }, {a});
        check_jacobian([](const auto& in) { return unary(Op::sin, in[0]); }, {scalar(a, 0)});
        check_jacobian([](const auto& in) { return broadcast_to(in[0], Shape{3, 2}); },
                       {scalar(a, 0)});
    }
}

TEST(a_jacobian_of_numbers_and_of_large_arrays) {
    // A chain of numbers is swept one element at a time, arrays together; 1,000 elements in blocks.
    check_jacobian(
        [](const auto& in) {
            Value y = in[0];
            for (int k = 0; k < 200; ++k) y = unary(Op::sin, y);
            return stack({y, binary(Op::multiply, y, in[0])}, 0);
        },
        {Value::number(0.7)});
    Random random(111);
    const Value x = random_value(random, DType::float64, Shape{1000}, 0.5, 1);
    Recording t;
    const Value w = t.watch(x);
    const Value y = unary(Op::square, w);
    const Value wide = broadcast_to(y, Shape{20, 1000});
    const Value z = binary(Op::add, y, sum(wide, 1, false));
    t.tape.leave();
    const Value j = jacobian(t.tape, z, {w.node})[0].value;
    CHECK_VALUES(slice_axis(slice_axis(j, 0, 17, 1, true), 0, 17, 1, true),
                 binary(Op::multiply, Value::number(42.0), scalar(x, 17)), 1e-14);
    CHECK_NEAR(item(sum(j, 3, false)), item(sum(x, 1, false)) * 42.0, 1e-13);
}

TEST(a_jacobian_by_rows_treats_all_rows_at_once) {
    Random random(112);
    const Value x = random_value(random, DType::float64, Shape{5, 3}, 0.2, 1),
                m = random_value(random, DType::float64, Shape{3, 2}, 0, 1);
    Recording t;
    const Value w = t.watch(x);
    const Value y = unary(Op::tanh, matmul(w, m, false, false));  // row r of y from row r of x
    t.tape.leave();
    const Value by_rows = jacobian(t.tape, y, {w.node}, true)[0].value;  // (2, 5, 3)
    const Value whole = jacobian(t.tape, y, {w.node})[0].value;          // (10, 5, 3)
    CHECK((by_rows.shape() == Shape{2, 5, 3}));
    for (i64 r = 0; r < 5; ++r)
        for (i64 j = 0; j < 2; ++j)
            CHECK_VALUES(slice_axis(slice_axis(by_rows, 0, j, 1, true), 0, r, 1, true),
                         slice_axis(slice_axis(whole, 0, 2 * r + j, 1, true), 0, r, 1, true),
                         1e-14);
}

TEST(a_jacobian_of_nothing_is_empty) {
    for (const Shape& shape : {Shape{0}, Shape{2, 0}}) {
        Recording t;
        const Value x = t.watch(zeros(DType::float64, Shape{3})),
                    e = t.watch(zeros(DType::float64, shape));
        const Value y = binary(Op::add, e, sum(x, 1, false));
        t.tape.leave();
        const auto all = jacobian(t.tape, y, {x.node, e.node});
        CHECK((all[0].value.shape() == Shape{0, 3}));
        CHECK(all[1].value.shape() == with_rows(0, shape));
    }
}

// ---------------------------------------------------------------- rows

TEST(the_cotangent_of_a_gathered_source_stays_rows) {
    const Value x = values(DType::float64, Shape{4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
    const Value index = values(DType::int32, Shape{3}, {1, 3, 1});
    Recording t;
    const Value w = t.watch(x);
    const Value y = gather(w, index, true);
    const Value z = binary(Op::add, sum(unary(Op::square, y), 3, false), sum(w, 3, false));
    t.tape.leave();
    const Value g = values(DType::float64, Shape{3, 2}, {1, 2, 10, 20, 100, 200});
    const auto rows = reverse(t.tape, {{y.node, g}}, {w.node});
    CHECK(rows[0].connected && rows[0].rows.size() == 1);
    if (rows[0].rows.size() == 1) {
        CHECK(identical(rows[0].rows[0].values, g));
        CHECK_VALUES(rows[0].rows[0].indices, cast(index, DType::int64), 0);
    }
    // With a dense cotangent beside it, the sum is dense.
    CHECK_VALUES(gradient(t.tape, z, Value::number(1.0), w),
                 values(DType::float64, Shape{4, 2}, {1, 1, 13, 17, 1, 1, 15, 17}), 0);
    // A source that is itself a result has a dense one.
    Recording u;
    const Value v = unary(Op::negative, u.watch(x));
    const Value q = gather(v, index, true);
    u.tape.leave();
    const auto dense = reverse(u.tape, {{q.node, g}}, {v.node});
    CHECK(dense[0].rows.empty());
    CHECK_VALUES(dense[0].value, scatter_add(g, index, 4), 0);
}

TEST(a_jacobian_of_gathered_rows_is_dense) {
    for (bool sparse : {false, true}) {
        const Note at("sparse", sparse);
        const Value one = values(DType::int32, Shape{1}, {1}),
                    pair = values(DType::int32, Shape{2}, {1, 1});
        const Value v = values(DType::float64, Shape{3}, {1, 2, 3});
        check_jacobian([&](const auto& in) { return gather(in[0], one, sparse); }, {v});
        check_jacobian([&](const auto& in) { return gather(in[0], scalar(one, 0), sparse); }, {v});
        check_jacobian(
            [&](const auto& in) { return gather(gather(in[0], pair, sparse), pair, sparse); }, {v});
        check_jacobian(
            [&](const auto& in) {
                return binary(Op::add, gather(in[0], pair, sparse), gather(in[0], one, sparse));
            },
            {v});
    }
}

// ---------------------------------------------------------------- tangents, as records come

TEST(tangents_are_pushed_as_far_as_they_are_asked_for) {
    Recording t;
    const Value x = t.watch(values(DType::float64, Shape{2}, {2, 3}));
    TangentTable table(t.tape);
    CHECK(!table.behind(100));
    table.seed(x.node, values(DType::float64, Shape{2}, {1, 10}));
    PauseRecording pause;
    const auto record = [&](auto f) {
        active_log = &t.log();
        const Value y = f();
        active_log = nullptr;
        return y;
    };
    const Value y = record([&] { return unary(Op::square, x); });
    CHECK(table.find(y.node) == nullptr);
    CHECK(table.behind(y.node + 1));
    table.advance(y.node + 1);
    CHECK(!table.behind(y.node + 1));
    CHECK_VALUES(*table.find(y.node), values(DType::float64, Shape{2}, {4, 60}), 0);
    const Value z = record([&] { return sum(binary(Op::multiply, y, x), 1, false); });
    const Value w = record([&] { return unary(Op::negative, z); });
    table.advance(z.node + 1);
    CHECK_EQUAL(item(*table.find(z.node)), Number(12 + 270));
    CHECK(table.find(w.node) == nullptr);
    table.advance(w.node + 1);
    table.advance(w.node + 1);
    CHECK_EQUAL(item(*table.find(w.node)), Number(-282));
    table.seed(w.node, Value::number(1.0));
    CHECK_EQUAL(item(*table.find(w.node)), Number(-281));
}

TEST(tangents_of_one_node_add_up_wherever_it_lies) {
    Recording outer;
    const Value c = outer.watch(Value::number(3.0));
    Tensor x(Value::number(2.0));
    outer.tape.watch(x);
    binary(Op::multiply, c, c);
    Tape inner;
    inner.enter();
    inner.watch(x);
    const Value v = traced(x);
    CHECK(v.node < inner.begin());
    const Value y = binary(Op::multiply, v, v);
    inner.leave();
    outer.tape.leave();
    const Value one = Value::number(1.0);
    CHECK_EQUAL(item(forward(inner, {{v.node, one}, {v.node, one}}, {y.node})[0].value), Number(8));
    CHECK_EQUAL(item(forward(outer.tape, {{v.node, one}, {v.node, one}}, {y.node})[0].value),
                Number(8));
}
