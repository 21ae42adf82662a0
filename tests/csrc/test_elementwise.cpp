// Every operation of the table ops/elementwise.def, without naming them: loops of every layout
// against one number at a time, derivatives against differences, and the rules against each other.

#include <algorithm>
#include <cstring>

#include "kernels/loops.h"
#include "support.h"

using namespace test;

namespace {

struct Operands {
    Value a, b;  // b counts for binary operations only
};

// Calls f(code, op) for each operation that takes the dtype.
template <class F>
void each_op(DType dtype, F f) {
    for (int code = 1; code < Op::elementwise_end; ++code) {
        const OpInfo& op = op_table[code];
        if (!(op.kinds & kind_of(dtype))) continue;
        const Note a("op", op_text[code].name), b("dtype", name(dtype));
        f(static_cast<OpCode>(code), op);
    }
}

template <class F>
void each_differentiable_op(DType dtype, F f) {
    each_op(dtype, [&](OpCode code, const OpInfo& op) {
        if (op.differentiable) f(code, op);
    });
}

// Where the table says that tests sample; for complex numbers, away from the branch cuts.
Value sample(Random& random, const OpInfo& op, DType dtype, const Shape& shape) {
    const OpText& text = op_text[&op - op_table];
    if (!is_complex(dtype)) {
        const bool small = is_integer(dtype) || dtype == DType::boolean;
        const double low =
            small && !(op.kinds & kind_floating) ? text.low : std::max(text.low, small ? 1 : -99.0);
        return random_value(random, dtype, shape, low, text.high + (small ? 1 : 0));
    }
    std::vector<Number> numbers(static_cast<std::size_t>(shape.size()));
    for (Number& z : numbers) z = {random.between(text.low, text.high), random.between(0.2, 0.7)};
    return complex_values(dtype, shape, numbers);
}

Operands samples(Random& random, const OpInfo& op, DType dtype, const Shape& a, const Shape& b) {
    return {sample(random, op, dtype, a), sample(random, op, dtype, b)};
}

Value apply(OpCode code, const Operands& x) {
    return op_table[code].arity == 1 ? unary(code, x.a) : binary(code, x.a, x.b);
}

// Cotangents of the operands, one sweep.
struct Cotangents {
    bool has[2] = {};
    Value value[2];
};
Cotangents sweep(const Tape& tape, const Value& y, const Value& g, const Value& a, const Value& b,
                 int arity) {
    std::vector<u32> sources{a.node};
    if (arity == 2) sources.push_back(b.node);
    const auto answers = reverse(tape, {{y.node, g}}, sources);
    Cotangents out;
    for (std::size_t k = 0; k < answers.size(); ++k) {
        out.has[k] = answers[k].connected;
        out.value[k] = answers[k].value;
    }
    return out;
}

Cotangents cotangents(OpCode code, const Operands& x, const Value& g) {
    Recording t;
    const Value a = t.watch(x.a), b = t.watch(x.b);
    const Value y = apply(code, {a, b});
    t.tape.leave();
    return sweep(t.tape, y, g, a, b, op_table[code].arity);
}

// The result and the cotangents, one element at a time, from values without a shape.
struct Reference {
    Value y;
    Value gradient[2];
};
Reference by_elements(OpCode code, const Operands& x, const Value& g) {
    const OpInfo& op = op_table[code];
    const Shape shape =
        op.arity == 1 ? x.a.shape() : broadcast_shapes(x.a.shape(), x.b.shape(), "");
    const Value a = contiguous(broadcast_to(x.a, shape));
    const Value b = op.arity == 1 ? a : contiguous(broadcast_to(x.b, shape));
    Reference out{make_value(op.to_boolean ? DType::boolean : a.dtype, shape), {}};
    for (Value& each : out.gradient) each = make_value(a.dtype, shape);
    const auto put = [](Value& target, i64 k, const Value& v) {
        const auto item = static_cast<std::size_t>(itemsize(v.dtype));
        std::memcpy(target.mutable_data() + static_cast<std::size_t>(k) * item, v.data(), item);
    };
    for (i64 k = 0; k < out.y.size(); ++k) {
        const Operands one{scalar(a, k), scalar(b, k)};
        put(out.y, k, apply(code, one));
        if (!op.differentiable || !is_differentiable(a.dtype)) continue;
        const Cotangents c = cotangents(code, one, scalar(g, k));
        for (int input = 0; input < op.arity; ++input)
            put(out.gradient[input], k,
                c.has[input] ? c.value[input] : Value::constant(a.dtype, 0));
    }
    if (!op.differentiable || !is_differentiable(a.dtype)) return out;
    out.gradient[0] = sum_to(out.gradient[0], x.a.shape());
    if (op.arity == 2) out.gradient[1] = sum_to(out.gradient[1], x.b.shape());
    return out;
}

// Loops may call the vector versions of elementary functions, which are a few units off.
double loop_tolerance(DType dtype) { return 8 * tolerance(dtype); }

void check_against_elements(OpCode code, const Operands& x, const Value& g,
                            const Reference& expected) {
    const OpInfo& op = op_table[code];
    const double allowed = loop_tolerance(x.a.dtype);
    CHECK_VALUES(apply(code, x), expected.y, op.to_boolean ? 0 : allowed);
    if (!op.differentiable || !is_differentiable(x.a.dtype)) return;
    const Cotangents c = cotangents(code, x, g);
    for (int k = 0; k < op.arity; ++k) {
        const Note at("input", k);
        CHECK_EQUAL(c.has[k], (op.differentiable >> k & 1) != 0);
        if (c.has[k]) CHECK_VALUES(c.value[k], expected.gradient[k], 4 * allowed);
    }
}

// The shapes of two operands; unary operations use the first.
struct Shapes {
    Shape a, b;
};
const Shapes same_shapes[] = {
    {Shape(), Shape()},
    {Shape{1}, Shape{1}},
    {Shape{7}, Shape{7}},
    {Shape{17}, Shape{17}},
    {Shape{3, 5}, Shape{3, 5}},
    {Shape{0}, Shape{0}},
    {Shape{2, 0, 3}, Shape{2, 0, 3}},
    {Shape{2, 3, 4}, Shape{2, 3, 4}},
};
const Shapes broadcast_pairs[] = {
    {Shape{3, 5}, Shape{5}},    {Shape{5}, Shape{3, 5}},       {Shape{3, 1}, Shape{1, 5}},
    {Shape(), Shape{3, 5}},     {Shape{3, 5}, Shape()},        {Shape{1}, Shape()},
    {Shape{1, 1}, Shape{7}},    {Shape{2, 1, 4}, Shape{3, 1}}, {Shape{0, 3}, Shape{3}},
    {Shape{1, 3}, Shape{0, 1}},
};

}  // namespace

TEST(loops_of_every_shape_agree_with_single_numbers) {
    Random random(10);
    for (DType dtype : all_dtypes)
        each_op(dtype, [&](OpCode code, const OpInfo& op) {
            for (const Shapes& shapes : same_shapes) {
                const std::string text = shapes.a.text();
                const Note at("shape", text.c_str());
                const Operands x = samples(random, op, dtype, shapes.a, shapes.b);
                const Value g = random_value(random, dtype, shapes.a, -1, 1);
                check_against_elements(code, x, g, by_elements(code, x, g));
            }
        });
}

TEST(loops_read_every_layout) {
    Random random(11);
    const Shape shape{3, 5};
    for (DType dtype : all_dtypes)
        each_op(dtype, [&](OpCode code, const OpInfo& op) {
            const Operands x = samples(random, op, dtype, shape, shape);
            const Value g = random_value(random, dtype, shape, -1, 1);
            const Reference expected = by_elements(code, x, g);
            for (Layout a : layouts)
                for (Layout b : {Layout::contiguous, Layout::transposed}) {
                    if (op.arity == 1 && b != Layout::contiguous) continue;
                    const Note at("layouts of a", name(a)), at_b("b", name(b));
                    const Operands y{laid_out(x.a, a), laid_out(x.b, b)};
                    check_against_elements(code, y, laid_out(g, b), expected);
                }
        });
}

TEST(operands_broadcast_and_their_cotangents_are_summed) {
    Random random(12);
    for (DType dtype :
         {DType::int32, DType::float16, DType::float32, DType::float64, DType::complex128})
        each_op(dtype, [&](OpCode code, const OpInfo& op) {
            if (op.arity == 1) return;
            for (const Shapes& shapes : broadcast_pairs) {
                const std::string text = shapes.a.text() + " " + shapes.b.text();
                const Note at("shapes", text.c_str());
                const Operands x = samples(random, op, dtype, shapes.a, shapes.b);
                const Value g =
                    random_value(random, dtype, broadcast_shapes(shapes.a, shapes.b, ""), -1, 1);
                check_against_elements(code, x, g, by_elements(code, x, g));
            }
        });
}

TEST(repeated_elements_are_read_once_and_count_each_time) {
    // Operands and cotangents of stride 0, over more than one block of the loops.
    Random random(13);
    const Shape shape{1200};
    for (DType dtype : inexact_dtypes)
        each_differentiable_op(dtype, [&](OpCode code, const OpInfo& op) {
            const Operands x = samples(random, op, dtype, Shape{1}, Shape{1});
            const Operands wide{broadcast_to(x.a, shape), broadcast_to(x.b, shape)};
            const Value g = full(dtype, shape, 0.5);
            const Value y = apply(code, wide);
            CHECK_VALUES(scalar(y, 0), scalar(apply(code, x), 0), loop_tolerance(dtype));
            CHECK(identical(scalar(y, 0), scalar(y, 512)));
            const Cotangents one = cotangents(code, x, full(dtype, Shape{1}, 0.5));
            const Cotangents all = cotangents(code, wide, g);
            for (int k = 0; k < op.arity; ++k) {
                if (!one.has[k]) continue;
                CHECK_VALUES(scalar(all.value[k], 1199), scalar(one.value[k], 0),
                             4 * loop_tolerance(dtype));
            }
        });
}

TEST(loops_longer_than_a_block_agree_with_their_parts) {
    Random random(14);
    const Shape shape{1100}, two{2, 1100};
    for (DType dtype :
         {DType::int16, DType::float16, DType::float32, DType::float64, DType::complex64})
        each_op(dtype, [&](OpCode code, const OpInfo& op) {
            const Operands x = samples(random, op, dtype, shape, shape);
            const Value y = apply(code, x);
            const Value strided = apply(code, {laid_out(x.a, Layout::gaps), x.b});
            CHECK_VALUES(strided, y, op.to_boolean ? 0 : loop_tolerance(dtype));
            for (i64 k : {0, 511, 512, 513, 1023, 1024, 1099}) {
                const Note at("index", k);
                CHECK_VALUES(scalar(y, k), apply(code, {scalar(x.a, k), scalar(x.b, k)}),
                             op.to_boolean ? 0 : loop_tolerance(dtype));
            }
        });
}

TEST(values_of_narrow_types_are_those_of_wide_ones_rounded) {
    Random random(15);
    const Shape shape{33};
    for (DType dtype : {DType::float16, DType::float32, DType::complex64}) {
        const DType wide = is_complex(dtype) ? DType::complex128 : DType::float64;
        each_op(dtype, [&](OpCode code, const OpInfo& op) {
            const Operands x = samples(random, op, dtype, shape, shape);
            const Operands w{cast(x.a, wide), cast(x.b, wide)};
            const Value y = apply(code, x), v = apply(code, w);
            CHECK_VALUES(op.to_boolean ? y : cast(y, wide), v, 4 * tolerance(dtype));
            if (!op.differentiable) return;
            const Value g = random_value(random, dtype, shape, -1, 1);
            const Cotangents c = cotangents(code, x, g), d = cotangents(code, w, cast(g, wide));
            for (int k = 0; k < op.arity; ++k) {
                const Note at("input", k);
                CHECK_EQUAL(c.has[k], d.has[k]);
                if (c.has[k])
                    CHECK_VALUES(cast(c.value[k], wide), d.value[k], 30 * tolerance(dtype));
            }
        });
    }
}

TEST(cotangents_are_central_differences) {
    Random random(16);
    const Shape shape{9};
    const double h = 1e-6;
    each_differentiable_op(DType::float64, [&](OpCode code, const OpInfo& op) {
        const Operands x = samples(random, op, DType::float64, shape, shape);
        const Value g = random_value(random, DType::float64, shape, -1, 1);
        const Cotangents c = cotangents(code, x, g);
        for (int k = 0; k < op.arity; ++k) {
            const Note at("input", k);
            const Value step = full(DType::float64, shape, h);
            Operands up = x, down = x;
            Value& moved_up = k ? up.b : up.a;
            Value& moved_down = k ? down.b : down.a;
            moved_up = binary(Op::add, moved_up, step);
            moved_down = binary(Op::subtract, moved_down, step);
            const Value difference = binary(Op::subtract, apply(code, up), apply(code, down));
            const Value slope =
                binary(Op::divide, difference, full(DType::float64, Shape(), 2 * h));
            CHECK_VALUES(c.value[k], binary(Op::multiply, g, slope), 2e-8);
        }
    });
}

TEST(complex_cotangents_are_times_the_conjugate_derivative) {
    Random random(17);
    const Shape shape{9};
    const double h = 1e-6;
    const DType dtype = DType::complex128;
    each_differentiable_op(dtype, [&](OpCode code, const OpInfo& op) {
        if (code == Op::sign) return;  // not holomorphic: see test_conversions
        const Operands x = samples(random, op, dtype, shape, shape);
        const Value g = random_value(random, dtype, shape, -1, 1);
        const Cotangents c = cotangents(code, x, g);
        for (int k = 0; k < op.arity; ++k)
            for (Number direction : {Number(1, 0), Number(0, 1)}) {  // in both: it is holomorphic
                const Note at("input", k);
                const Value step = number(dtype, h * direction);
                Operands up = x, down = x;
                Value& moved_up = k ? up.b : up.a;
                Value& moved_down = k ? down.b : down.a;
                moved_up = binary(Op::add, moved_up, step);
                moved_down = binary(Op::subtract, moved_down, step);
                const Value difference = binary(Op::subtract, apply(code, up), apply(code, down));
                const Value slope =
                    binary(Op::divide, difference, number(dtype, 2 * h * direction));
                CHECK_VALUES(c.value[k], binary(Op::multiply, g, conj(slope)), 1e-7);
            }
    });
}

TEST(the_recorded_rule_gives_what_the_loop_gives) {
    Random random(18);
    for (DType dtype : inexact_dtypes)
        each_differentiable_op(dtype, [&](OpCode code, const OpInfo& op) {
            for (const Shapes& shapes :
                 {same_shapes[0], same_shapes[3], same_shapes[4], broadcast_pairs[2]}) {
                if (op.arity == 1 && shapes.a != shapes.b) continue;
                const Operands x = samples(random, op, dtype, shapes.a, shapes.b);
                Recording outer;
                const Value a = outer.watch(x.a), b = outer.watch(x.b);
                const Value y = apply(code, {a, b});
                const Value g = random_value(random, dtype, y.shape(), -1, 1);
                const u32 size = outer.log().size();
                const Cotangents recorded = sweep(outer.tape, y, outer.watch(g), a, b, op.arity);
                CHECK(outer.log().size() > size);
                outer.tape.leave();
                const Cotangents plain = sweep(outer.tape, y, g, a, b, op.arity);
                for (int k = 0; k < op.arity; ++k) {
                    const Note at("input", k);
                    CHECK_EQUAL(recorded.has[k], plain.has[k]);
                    if (plain.has[k])
                        CHECK_VALUES(recorded.value[k], plain.value[k], 8 * loop_tolerance(dtype));
                }
            }
        });
}

TEST(tangents_are_adjoint_to_cotangents) {
    Random random(19);
    for (DType dtype : {DType::float32, DType::float64, DType::complex64, DType::complex128})
        each_differentiable_op(dtype, [&](OpCode code, const OpInfo& op) {
            for (const Shapes& shapes :
                 {same_shapes[0], same_shapes[4], broadcast_pairs[0], broadcast_pairs[2]}) {
                if (op.arity == 1 && shapes.a != shapes.b) continue;
                const Operands x = samples(random, op, dtype, shapes.a, shapes.b);
                Recording t;
                const Value a = t.watch(x.a), b = t.watch(x.b);
                const Value y = apply(code, {a, b});
                t.tape.leave();
                const Value g = random_value(random, dtype, y.shape(), -1, 1);
                const Value ta = random_value(random, dtype, a.shape(), -1, 1);
                const Value tb = random_value(random, dtype, b.shape(), -1, 1);
                const Cotangents c = sweep(t.tape, y, g, a, b, op.arity);
                std::vector<Seed> seeds{{a.node, ta}};
                if (op.arity == 2) seeds.push_back({b.node, tb});
                const auto pushed = forward(t.tape, seeds, {y.node});
                CHECK(pushed[0].connected);
                if (!pushed[0].connected) continue;
                double expected = inner(c.value[0], ta);
                if (op.arity == 2 && c.has[1]) expected += inner(c.value[1], tb);
                CHECK_NEAR(inner(g, pushed[0].value), expected, 100 * tolerance(dtype));
            }
        });
}

TEST(cotangents_accumulate_in_place) {
    // op(x) three times: the first cotangent may take over g, the others are added to it.
    Random random(20);
    for (DType dtype : inexact_dtypes)
        each_differentiable_op(dtype, [&](OpCode code, const OpInfo& op) {
            for (const Shape& shape : {Shape(), Shape{17}, Shape{3, 5}}) {
                const Operands x = samples(random, op, dtype, shape, shape);
                Recording t;
                const Value a = t.watch(x.a), b = t.watch(x.b);
                std::vector<Seed> seeds;
                for (double weight : {1.0, 2.0, -0.5})
                    seeds.push_back({apply(code, {a, b}).node, full(dtype, shape, weight)});
                t.tape.leave();
                const Cotangents one = cotangents(code, x, full(dtype, shape, 1));
                std::vector<u32> sources{a.node, b.node};
                const auto all = reverse(t.tape, seeds, sources);
                for (int k = 0; k < op.arity; ++k) {
                    if (!one.has[k]) continue;
                    const Note at("input", k);
                    const Value expected =
                        binary(Op::multiply, one.value[k], Value::constant(dtype, 2.5));
                    CHECK_VALUES(all[static_cast<std::size_t>(k)].value, expected,
                                 40 * tolerance(dtype));
                }
            }
        });
}

TEST(a_sweep_never_writes_into_what_others_hold) {
    Random random(21);
    const Shape shape{17};
    for (DType dtype : {DType::float32, DType::float64, DType::complex128})
        each_differentiable_op(dtype, [&](OpCode code, const OpInfo& op) {
            const Operands x = samples(random, op, dtype, shape, shape);
            Recording t;
            const Value a = t.watch(x.a), b = t.watch(x.b);
            const Value y = apply(code, {a, b});
            const Value z = binary(Op::add, y, apply(code, {a, b}));
            t.tape.leave();
            const Value g = random_value(random, dtype, shape, -1, 1);
            const Value copies[] = {fresh_copy(x.a), fresh_copy(x.b), fresh_copy(y), fresh_copy(g)};
            const auto first = reverse(t.tape, {{z.node, g}, {y.node, g}}, {a.node, y.node});
            const Value kept = fresh_copy(first[0].value);
            const auto second = reverse(t.tape, {{z.node, g}, {y.node, g}}, {a.node, y.node});
            CHECK(identical(x.a, copies[0]) && identical(x.b, copies[1]));
            CHECK(identical(y, copies[2]) && identical(g, copies[3]));
            CHECK(identical(first[0].value, kept));
            CHECK(identical(second[0].value, kept));
            CHECK(identical(second[1].value, first[1].value));
        });
}

TEST(one_operand_twice_gets_both_cotangents) {
    Random random(22);
    for (DType dtype : {DType::float64, DType::complex128})
        each_differentiable_op(dtype, [&](OpCode code, const OpInfo& op) {
            if (op.arity == 1) return;
            for (const Shape& shape : {Shape(), Shape{17}}) {
                const Value x = sample(random, op, dtype, shape);
                const Value g = random_value(random, dtype, shape, -1, 1);
                Recording t;
                const Value a = t.watch(x);
                const Value y = binary(code, a, a);
                t.tape.leave();
                const Cotangents c = cotangents(code, {x, x}, g);
                const auto both = reverse(t.tape, {{y.node, g}}, {a.node});
                const Value expected =
                    c.has[1] ? binary(Op::add, c.value[0], c.value[1]) : c.value[0];
                CHECK_VALUES(both[0].value, expected, 40 * tolerance(dtype));
            }
        });
}

TEST(second_derivatives_are_differences_of_first_ones) {
    Random random(23);
    const Shape shape{5};
    const double h = 1e-6;
    const DType dtype = DType::float64;
    each_differentiable_op(dtype, [&](OpCode code, const OpInfo& op) {
        const Operands x = samples(random, op, dtype, shape, shape);
        const Value g = random_value(random, dtype, shape, -1, 1);
        for (int k = 0; k < op.arity; ++k) {
            const Note at("input", k);
            Recording t;
            const Value a = t.watch(x.a), b = t.watch(x.b);
            const Value y = apply(code, {a, b});
            const Cotangents first = sweep(t.tape, y, g, a, b, op.arity);
            if (!first.has[k]) continue;
            t.tape.leave();
            // The derivative of the sum of first derivatives.
            std::vector<Answer> second(1);
            if (first.value[k].node != no_node)
                second = reverse(t.tape, {{first.value[k].node, ones_like(y)}}, {a.node});
            const Value step = full(dtype, shape, h);
            const Value up = cotangents(code, {binary(Op::add, x.a, step), x.b}, g).value[k];
            const Value down = cotangents(code, {binary(Op::subtract, x.a, step), x.b}, g).value[k];
            const Value slope =
                binary(Op::divide, binary(Op::subtract, up, down), full(dtype, shape, 2 * h));
            CHECK_VALUES(second[0].connected ? second[0].value : zeros(dtype, shape), slope, 1e-7);
        }
    });
}

TEST(half_the_inputs_tracked_keeps_enough) {
    Random random(24);
    for (DType dtype : {DType::float16, DType::float64, DType::complex64})
        each_differentiable_op(dtype, [&](OpCode code, const OpInfo& op) {
            if (op.arity == 1) return;
            for (const Shape& shape : {Shape(), Shape{6}}) {
                const Operands x = samples(random, op, dtype, shape, shape);
                const Value g = random_value(random, dtype, shape, -1, 1);
                const Cotangents both = cotangents(code, x, g);
                for (int k = 0; k < 2; ++k) {
                    const Note at("tracked", k);
                    Recording t;
                    const Value w = t.watch(k ? x.b : x.a);
                    const Value y = k ? binary(code, x.a, w) : binary(code, w, x.b);
                    CHECK_EQUAL(y.node != no_node, both.has[k]);
                    t.tape.leave();
                    if (!both.has[k]) continue;
                    CHECK_VALUES(gradient(t.tape, y, g, w), both.value[k], loop_tolerance(dtype));
                }
            }
        });
}

// ---------------------------------------------------------------- values, by the standard library

namespace {

double real_of(OpCode code, double a, double b = 0) {
    const DType dtype = DType::float64;
    return item(apply(code, {number(dtype, a), number(dtype, b)})).real();
}

}  // namespace

TEST(elementary_functions_are_those_of_the_standard_library) {
    struct {
        OpCode code;
        double (*function)(double);
    } const functions[] = {
        {Op::exp, std::exp},         {Op::expm1, std::expm1}, {Op::log, std::log},
        {Op::log1p, std::log1p},     {Op::sin, std::sin},     {Op::cos, std::cos},
        {Op::tan, std::tan},         {Op::asin, std::asin},   {Op::acos, std::acos},
        {Op::atan, std::atan},       {Op::sinh, std::sinh},   {Op::cosh, std::cosh},
        {Op::tanh, std::tanh},       {Op::asinh, std::asinh}, {Op::acosh, std::acosh},
        {Op::atanh, std::atanh},     {Op::erf, std::erf},     {Op::erfc, std::erfc},
        {Op::sqrt, std::sqrt},       {Op::floor, std::floor}, {Op::ceil, std::ceil},
        {Op::round, std::nearbyint}, {Op::abs, std::fabs}};
    const double special[] = {0.0,  -0.0,     1,         -1,  0.5,   2.5,    3.5,
                              -2.5, INFINITY, -INFINITY, NAN, 1e300, 1e-300, -7.25};
    for (const auto& f : functions) {
        const Note at("op", op_text[f.code].name);
        for (double x : special) {
            CHECK_NEAR(real_of(f.code, x), f.function(x), 1e-15);
            // In a loop too, at every position in a vector.
            for (i64 n : {1, 9}) {
                const Value y = unary(f.code, fresh_copy(full(DType::float64, Shape{n}, x)));
                for (i64 k = 0; k < n; ++k) CHECK_NEAR(element(y, k), f.function(x), 1e-14);
            }
        }
    }
}

TEST(division_of_integers_and_floats_rounds_down) {
    const double pairs[][2] = {{7, 2}, {-7, 2}, {7, -2}, {-7, -2}, {6, 3}, {-6, 3}, {0, 5}, {1, 9}};
    for (DType dtype : {DType::int8, DType::int16, DType::int32, DType::int64, DType::float16,
                        DType::float32, DType::float64})
        for (const auto& p : pairs) {
            const Note at("dtype", name(dtype));
            const Value a = number(dtype, p[0]), b = number(dtype, p[1]);
            const double q = std::floor(p[0] / p[1]);
            CHECK_EQUAL(item(binary(Op::floordiv, a, b)), Number(q));
            CHECK_EQUAL(item(binary(Op::mod, a, b)), Number(p[0] - q * p[1]));
        }
}

TEST(the_most_negative_integer_wraps_and_does_not_trap) {
    for (DType dtype : {DType::int8, DType::int16, DType::int32, DType::int64}) {
        const Note at("dtype", name(dtype));
        const Value low = number(dtype, -std::ldexp(1.0, itemsize(dtype) * 8 - 1));
        const Value minus_one = number(dtype, -1), two = number(dtype, 2);
        CHECK(identical(binary(Op::floordiv, low, minus_one), low));
        CHECK_EQUAL(item(binary(Op::mod, low, minus_one)), Number(0));
        CHECK(identical(unary(Op::abs, low), low));
        CHECK(identical(unary(Op::negative, low), low));
        CHECK_EQUAL(item(binary(Op::multiply, low, two)), Number(0));
        CHECK_EQUAL(item(binary(Op::add, low, low)), Number(0));
        CHECK_EQUAL(item(unary(Op::square, low)), Number(0));
        CHECK_EQUAL(item(binary(Op::subtract, number(dtype, 0), low)), item(low));
    }
}

TEST(powers_of_integers_wrap) {
    CHECK_EQUAL(item(binary(Op::pow, number(DType::int32, 3), number(DType::int32, 5))),
                Number(243));
    CHECK_EQUAL(item(binary(Op::pow, number(DType::int64, -2), number(DType::int64, 63))),
                Number(-std::ldexp(1.0, 63)));
    CHECK_EQUAL(item(binary(Op::pow, number(DType::uint8, 3), number(DType::uint8, 6))),
                Number(729 % 256));
    CHECK_EQUAL(item(binary(Op::pow, number(DType::int8, 0), number(DType::int8, 0))), Number(1));
}

TEST(shifts_by_the_width_move_all_bits_out) {
    for (DType dtype : all_dtypes) {
        if (!is_integer(dtype)) continue;
        const Note at("dtype", name(dtype));
        const double width = itemsize(dtype) * 8;
        const bool is_signed = dtype <= DType::int64;
        CHECK_EQUAL(item(binary(Op::left_shift, number(dtype, 3), number(dtype, width))),
                    Number(0));
        CHECK_EQUAL(item(binary(Op::left_shift, number(dtype, 3), number(dtype, 2))), Number(12));
        CHECK_EQUAL(item(binary(Op::right_shift, number(dtype, 100), number(dtype, width))),
                    Number(0));
        if (is_signed) {
            CHECK_EQUAL(item(binary(Op::right_shift, number(dtype, -5), number(dtype, width))),
                        Number(-1));
            CHECK_EQUAL(item(binary(Op::right_shift, number(dtype, -5), number(dtype, 1))),
                        Number(-3));
            CHECK_EQUAL(item(binary(Op::left_shift, number(dtype, 1), number(dtype, -1))),
                        Number(0));
        }
    }
}

TEST(nan_passes_through_maximum_minimum_and_sign) {
    for (DType dtype : {DType::float16, DType::float32, DType::float64})
        for (i64 n : {1, 9}) {
            const Value one = fresh_copy(full(dtype, Shape{n}, 1)),
                        bad = fresh_copy(full(dtype, Shape{n}, NAN));
            for (OpCode code : {Op::maximum, Op::minimum}) {
                CHECK(std::isnan(element(binary(code, one, bad), n - 1).real()));
                CHECK(std::isnan(element(binary(code, bad, one), n - 1).real()));
            }
            CHECK(std::isnan(element(unary(Op::sign, bad), n - 1).real()));
            CHECK(std::isnan(element(unary(Op::relu, bad), n - 1).real()));
            CHECK_EQUAL(element(unary(Op::is_nan, bad), n - 1), Number(1));
        }
}

TEST(zero_cotangents_stay_zero_where_guarded_partials_are_infinite) {
    for (DType dtype : {DType::float32, DType::float64, DType::complex64})
        for (OpCode code : {Op::sqrt, Op::rsqrt, Op::reciprocal})
            for (i64 n : {0, 9}) {
                const Note at("op", op_text[code].name);
                const Shape shape = n ? Shape{n} : Shape();
                const Operands x{zeros(dtype, shape), zeros(dtype, shape)};
                const Cotangents c = cotangents(code, x, zeros(dtype, shape));
                CHECK_VALUES(c.value[0], zeros(dtype, shape), 0);
            }
}

TEST(ties_of_maximum_and_minimum_go_to_the_first) {
    for (OpCode code : {Op::maximum, Op::minimum})
        for (const Shape& shape : {Shape(), Shape{9}}) {
            const Value x = full(DType::float64, shape, 2), g = full(DType::float64, shape, 3);
            const Cotangents c = cotangents(code, {x, x}, g);
            CHECK_VALUES(c.value[0], g, 0);
            CHECK_VALUES(c.value[1], zeros(DType::float64, shape), 0);
        }
}

TEST(comparisons_answer_in_bool) {
    const Value a = values(DType::float32, Shape{4}, {1, 2, 3, NAN}),
                b = values(DType::float32, Shape{4}, {2, 2, 2, NAN});
    const auto check = [&](OpCode code, std::vector<double> expected) {
        const Note at("op", op_text[code].name);
        CHECK_VALUES(binary(code, a, b), values(DType::boolean, Shape{4}, expected), 0);
    };
    check(Op::equal, {0, 1, 0, 0});
    check(Op::not_equal, {1, 0, 1, 1});
    check(Op::less, {1, 0, 0, 0});
    check(Op::less_equal, {1, 1, 0, 0});
    check(Op::greater, {0, 0, 1, 0});
    check(Op::greater_equal, {0, 1, 1, 0});
}

TEST(dtypes_without_a_rule_are_refused) {
    for (DType dtype : all_dtypes)
        for (int code = 1; code < Op::elementwise_end; ++code) {
            const OpInfo& op = op_table[code];
            const Note a("op", op_text[code].name), b("dtype", name(dtype));
            if (op.kinds & kind_of(dtype)) continue;
            if (is_complex(dtype) && code == Op::abs) continue;  // the modulus
            const Value x = full(dtype, Shape{3}, 1);
            CHECK_FAILS(dtype, apply(static_cast<OpCode>(code), {x, x}));
        }
    CHECK_FAILS(dtype, binary(Op::add, Value::number(1.0f), Value::number(1.0)));
}
