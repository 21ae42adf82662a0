// Casts, the parts of complex numbers, and choosing by a condition: values and derivatives.

#include "derivatives.h"

using namespace test;

TEST(casts_between_inexact_dtypes_have_derivatives) {
    Random random(80);
    for (DType from : inexact_dtypes)
        for (DType to : inexact_dtypes) {
            const Note a("from", name(from)), b("to", name(to));
            if (is_complex(from) && !is_complex(to)) continue;  // tested below
            Recording t;
            const Value x = t.watch(random_value(random, from, Shape{5}, -1, 1));
            const Value y = cast(x, to);
            CHECK(y.dtype == to);
            t.tape.leave();
            const Value g = random_value(random, to, Shape{5}, -1, 1);
            const Value gx = gradient(t.tape, y, g, x);
            CHECK(gx.dtype == from);
            CHECK_VALUES(gx, cast(g, from), 0);
            const Value v = random_value(random, from, Shape{5}, -1, 1);
            CHECK_VALUES(tangent(t.tape, x, v, y), cast(v, to), 0);
        }
}

TEST(a_cast_to_an_integer_ends_the_chain) {
    Recording t;
    const Value x = t.watch(values(DType::float64, Shape{2}, {1.5, 2.5}));
    CHECK_EQUAL(cast(x, DType::int32).node, no_node);
    CHECK_EQUAL(cast(cast(x, DType::int32), DType::float64).node, no_node);
    CHECK_EQUAL(cast(x, DType::float64).node, x.node);
}

TEST(identity_shares_memory_and_passes_cotangents_on) {
    Recording t;
    const Value x = t.watch(values(DType::float64, Shape{2}, {1.5, 2.5}));
    const Value y = identity(x);
    CHECK(y.array == x.array);
    CHECK(y.node != x.node);
    const Value g = values(DType::float64, Shape{2}, {3, 4});
    CHECK(identical(gradient(t.tape, y, g, x), g));
    CHECK(identical(tangent(t.tape, x, g, y), g));
}

TEST(parts_of_complex_numbers_are_views) {
    for (DType dtype : {DType::complex64, DType::complex128}) {
        const Value z = complex_values(dtype, Shape{2}, {{1, 2}, {3, 4}});
        CHECK_VALUES(real_part(z), values(real_dtype(dtype), Shape{2}, {1, 3}), 0);
        CHECK_VALUES(imaginary_part(z), values(real_dtype(dtype), Shape{2}, {2, 4}), 0);
        CHECK(real_part(z).array->data == z.array->data);
        const Value n = number(dtype, {5, 6});
        CHECK_VALUES(real_part(n), number(real_dtype(dtype), 5), 0);
        CHECK_VALUES(imaginary_part(n), number(real_dtype(dtype), 6), 0);
        CHECK_VALUES(conj(z), complex_values(dtype, Shape{2}, {{1, -2}, {3, -4}}), 0);
        CHECK_VALUES(conj(n), number(dtype, {5, -6}), 0);
        for (Layout layout : layouts)
            CHECK_VALUES(imaginary_part(laid_out(z, layout)), imaginary_part(z), 0);
    }
    const Value x = values(DType::float32, Shape{2}, {1, 2});
    CHECK(real_part(x).array == x.array);
    CHECK(conj(x).array == x.array);
    CHECK_VALUES(imaginary_part(x), zeros(DType::float32, Shape{2}), 0);
}

TEST(parts_modulus_sign_and_conjugate_have_every_derivative) {
    Random random(81);
    struct {
        const char* name;
        Value (*f)(const Value&);
    } const functions[] = {
        {"real", real_part},
        {"imag", imaginary_part},
        {"conj", conj},
        {"abs", [](const Value& z) { return unary(Op::abs, z); }},
        {"sign", [](const Value& z) { return unary(Op::sign, z); }},
        {"to float", [](const Value& z) { return cast(z, real_dtype(z.dtype)); }},
        {"complex of a modulus", [](const Value& z) { return cast(unary(Op::abs, z), z.dtype); }},
    };
    for (const auto& each : functions)
        for (DType dtype : {DType::complex64, DType::complex128})
            for (const Shape& shape : {Shape(), Shape{5}, Shape{2, 3}}) {
                const Note a("function", each.name), b("dtype", name(dtype));
                const Value z = random_value(random, dtype, shape, 0.4, 1.5);
                check_derivatives(
                    [&](const auto& in) {
                        const Value y = each.f(in[0]);
                        return binary(Op::multiply, y, y);
                    },
                    {z});
                check_derivatives(
                    [&](const auto& in) {
                        const Value y = each.f(in[0]);
                        return binary(Op::multiply, y, y);
                    },
                    {laid_out(z, Layout::transposed)});
            }
}

TEST(modulus_and_sign_at_zero_are_zero) {
    for (DType dtype : {DType::complex64, DType::complex128}) {
        Recording t;
        const Value z = t.watch(fresh_copy(zeros(dtype, Shape{3})));
        const Value r = unary(Op::abs, z);
        t.tape.leave();
        CHECK_VALUES(r, zeros(real_dtype(dtype), Shape{3}), 0);
        CHECK_VALUES(gradient(t.tape, r, ones_like(r), z), zeros(dtype, Shape{3}), 0);
        CHECK_VALUES(unary(Op::sign, z.detached()), zeros(dtype, Shape{3}), 0);
    }
}

TEST(select_chooses_and_broadcasts_all_three) {
    const Value c = values(DType::boolean, Shape{2, 1}, {1, 0});
    for (DType dtype : all_dtypes) {
        const Note at("dtype", name(dtype));
        const Value a = values(dtype, Shape{3}, {1, 0, 1}), b = values(dtype, Shape{1, 1}, {0});
        CHECK_VALUES(select(c, a, b), values(dtype, Shape{2, 3}, {1, 0, 1, 0, 0, 0}), 0);
        CHECK_VALUES(select(number(DType::boolean, 0), a, b), values(dtype, Shape{1, 3}, {0, 0, 0}),
                     0);
        CHECK_VALUES(select(scalar(c, 0), scalar(a, 0), scalar(b, 0)), number(dtype, 1), 0);
        CHECK(
            (select(zeros(DType::boolean, Shape{0}), number(dtype, 1), number(dtype, 0)).shape() ==
             Shape{0}));
    }
    CHECK_FAILS(dtype,
                select(zeros(DType::int8, Shape{2}), Value::number(1.0), Value::number(1.0)));
    CHECK_FAILS(dtype, select(c, Value::number(1.0), Value::number(1.0f)));
    CHECK_FAILS(invalid_argument,
                select(c, zeros(DType::float32, Shape{3}), zeros(DType::float32, Shape{4})));
}

TEST(select_has_every_derivative) {
    Random random(82);
    const Value c = values(DType::boolean, Shape{2, 3}, {1, 0, 0, 1, 1, 0});
    for (DType dtype : {DType::float32, DType::float64, DType::complex128}) {
        const Value a = random_value(random, dtype, Shape{3}, -1, 1);
        const Value b = random_value(random, dtype, Shape{2, 1}, -1, 1);
        check_derivatives(
            [&](const auto& in) { return unary(Op::square, select(c, in[0], in[1])); }, {a, b});
        check_derivatives([&](const auto& in) { return unary(Op::square, select(c, in[0], b)); },
                          {a});
        check_derivatives([&](const auto& in) { return unary(Op::square, select(c, a, in[0])); },
                          {b});
        check_derivatives(
            [&](const auto& in) {
                return unary(Op::square, select(number(DType::boolean, 1), in[0], in[1]));
            },
            {a, b});
        check_derivatives(
            [&](const auto& in) { return unary(Op::square, select(c, in[0], in[1])); },
            {scalar(a, 0), scalar(b, 0)});
    }
}

TEST(where_does_not_let_nan_through_from_the_other_side) {
    Recording t;
    const Value x = t.watch(values(DType::float64, Shape{2}, {0, 4}));
    const Value y = select(binary(Op::greater, x, Value::number(0.0)), unary(Op::sqrt, x), x);
    t.tape.leave();
    CHECK_VALUES(gradient(t.tape, y, ones_like(y), x), values(DType::float64, Shape{2}, {1, 0.25}),
                 0);
}
