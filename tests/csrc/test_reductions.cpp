// Reductions over every set of axes, their derivatives, and their corners.

#include <algorithm>
#include <functional>
#include <limits>

#include "derivatives.h"

using namespace test;

namespace {

// Reduces by the definition: f(so far, next) over the elements in C order.
Value by_definition(const Value& x, Axes axes, bool keepdims, Number start,
                    const std::function<Number(Number, Number)>& f) {
    Shape shape;
    for (int k = 0; k < x.rank(); ++k) {
        if (!(axes >> k & 1))
            shape.push(x.extent(k));
        else if (keepdims)
            shape.push(1);
    }
    std::vector<Number> out(static_cast<std::size_t>(shape.size()), start);
    const std::vector<Number> in = elements(x);
    for (i64 flat = 0; flat < x.size(); ++flat) {
        i64 rest = flat, place = 0, stride = 1;
        for (int k = x.rank() - 1; k >= 0; --k) {
            const i64 index = rest % x.extent(k);
            rest /= x.extent(k);
            if (axes >> k & 1) continue;
            place += index * stride;
            stride *= x.extent(k);
        }
        Number& y = out[static_cast<std::size_t>(place)];
        y = f(y, in[static_cast<std::size_t>(flat)]);
    }
    return complex_values(x.dtype, shape, out);
}

Number plus(Number a, Number b) { return a + b; }
Number times(Number a, Number b) { return a * b; }

template <class F>
void each_reduction(F f) {
    for (const Shape& shape : {Shape(), Shape{5}, Shape{3, 4}, Shape{2, 3, 4}, Shape{2, 1, 20},
                               Shape{0, 3}, Shape{3, 0}})
        for (Axes axes = 0; axes <= all_axes(shape.rank); ++axes)
            for (bool keepdims : {false, true}) {
                const std::string text = shape.text();
                const Note a("shape", text.c_str()), b("axes", static_cast<long long>(axes)),
                    c("keepdims", keepdims);
                f(shape, axes, keepdims);
            }
}

}  // namespace

TEST(sums_run_over_every_set_of_axes) {
    Random random(60);
    each_reduction([&](const Shape& shape, Axes axes, bool keepdims) {
        for (DType dtype : all_dtypes) {
            if (dtype == DType::boolean) continue;
            const Note at("dtype", name(dtype));
            const Value x = random_value(random, dtype, shape, 0, 4);
            const Value expected = by_definition(x, axes, keepdims, 0, plus);
            for (Layout layout : layouts)
                CHECK_VALUES(sum(laid_out(x, layout), axes, keepdims), expected,
                             4 * tolerance(dtype));
        }
    });
}

TEST(sums_of_repeated_elements_multiply) {
    for (DType dtype :
         {DType::float16, DType::float32, DType::float64, DType::complex128, DType::int32}) {
        const Value x = broadcast_to(values(dtype, Shape{3, 1}, {1, 2, 3}), Shape{2, 3, 100});
        CHECK_VALUES(sum(x, 7, false), number(dtype, 1200), 0);
        CHECK_VALUES(sum(x, 5, false), values(dtype, Shape{3}, {200, 400, 600}), 0);
        CHECK_VALUES(sum(x, 4, true), by_definition(x, 4, true, 0, plus), 0);
        CHECK_VALUES(sum(full(dtype, Shape{0, 5}, 1), 3, false), number(dtype, 0), 0);
    }
    CHECK_EQUAL(item(sum(full(DType::float64, Shape{1'000'000'000, 1'000}, 0.5), 3, false)),
                Number(5e11));
}

TEST(long_sums_keep_their_accuracy) {
    const Value x = fresh_copy(full(DType::float32, Shape{1'000'000}, 0.1));
    CHECK_NEAR(item(sum(x, 1, false)), 100'000, 2e-5);
    const Value y = reshape(x, Shape{1000, 1000});
    CHECK_NEAR(element(sum(y, 1, false), 999), 100, 2e-4);
    CHECK_NEAR(element(sum(y, 2, false), 999), 100, 2e-5);
    const Value h = fresh_copy(full(DType::float16, Shape{3000}, 0.25));
    CHECK_EQUAL(item(sum(h, 1, false)), Number(750));  // summed in float32, rounded once
}

TEST(long_sums_of_complex_numbers_keep_their_accuracy) {
    for (DType dtype : {DType::complex64, DType::complex128})
        for (i64 n : {127, 128, 129, 1000, 100'000}) {
            const Note a("dtype", name(dtype)), b("n", n);
            Value x = fresh_copy(full(dtype, Shape{n}, 0.1));
            x = binary(Op::multiply, x, number(dtype, {1, 2}));
            const double single = dtype == DType::complex64 ? 1e-5 : 1e-14;
            CHECK_NEAR(item(sum(x, 1, false)) / static_cast<double>(n), Number(0.1, 0.2), single);
        }
}

TEST(sums_of_bool_have_no_rule_whatever_the_path) {
    for (const Shape& shape : {Shape{3}, Shape{2, 40}, Shape{40, 2}, Shape()})
        for (Axes axes = 0; axes <= all_axes(shape.rank); ++axes)
            CHECK_FAILS(dtype, sum(fresh_copy(zeros(DType::boolean, shape)), axes, false));
}

TEST(sum_to_undoes_broadcasting) {
    Random random(61);
    const Value x = random_value(random, DType::float64, Shape{2, 3, 4}, -1, 1);
    CHECK(identical(sum_to(x, Shape{2, 3, 4}), x));
    CHECK_VALUES(sum_to(x, Shape{3, 1}), sum(sum(x, 4, true), 1, false), 1e-15);
    CHECK_VALUES(sum_to(x, Shape{1, 1, 1}), sum(x, 7, true), 1e-15);
    CHECK_VALUES(sum_to(x, Shape()), sum(x, 7, false), 1e-15);
    CHECK((sum_to(zeros(DType::float64, Shape{3, 0}), Shape{3, 1}).shape() == Shape{3, 1}));
}

TEST(reductions_have_every_derivative_over_every_set_of_axes) {
    Random random(62);
    each_reduction([&](const Shape& shape, Axes axes, bool keepdims) {
        for (DType dtype : {DType::float32, DType::float64, DType::complex128}) {
            const Note at("dtype", name(dtype));
            const Value x = random_value(random, dtype, shape, 0.5, 2);
            const auto check = [&](const char* what, const Function& f) {
                const Note rule("reduction", what);
                check_derivatives([&](const auto& in) { return unary(Op::square, f(in)); }, {x});
            };
            check("sum", [&](const auto& in) { return sum(in[0], axes, keepdims); });
            if (shape.size() == 0) continue;
            check("mean", [&](const auto& in) { return mean(in[0], axes, keepdims); });
            check("prod", [&](const auto& in) { return prod(in[0], axes, keepdims); });
            if (is_complex(dtype)) continue;
            check("max", [&](const auto& in) { return extremum(in[0], axes, keepdims, true); });
            check("min", [&](const auto& in) { return extremum(in[0], axes, keepdims, false); });
            check("logsumexp", [&](const auto& in) { return logsumexp(in[0], axes, keepdims); });
        }
    });
}

TEST(products_run_over_every_set_of_axes) {
    Random random(63);
    each_reduction([&](const Shape& shape, Axes axes, bool keepdims) {
        for (DType dtype : all_dtypes) {
            if (dtype == DType::boolean) continue;
            const Note at("dtype", name(dtype));
            const Value x = random_value(random, dtype, shape, is_integer(dtype) ? 1 : 0.7,
                                         is_integer(dtype) ? 2.5 : 1.2);
            const Value y = prod(x, axes, keepdims);
            const Value expected = by_definition(x, axes, keepdims, 1, times);
            if (is_integer(dtype) && itemsize(dtype) < 8)
                CHECK(y.shape() == expected.shape());  // may wrap
            else
                CHECK_VALUES(y, expected, 20 * tolerance(dtype));
        }
    });
}

TEST(products_of_bool_have_no_rule) {
    CHECK_FAILS(dtype, prod(zeros(DType::boolean, Shape{3}), 1, false));
}

TEST(products_with_zeros_have_exact_derivatives) {
    struct {
        std::vector<double> x, gradient;
    } const cases[] = {{{2, 0, 3}, {0, 6, 0}},
                       {{0, 0, 3}, {0, 0, 0}},
                       {{0}, {1}},
                       {{2, 3, 4, 5, 0}, {0, 0, 0, 0, 120}}};
    for (const auto& c : cases) {
        const Shape shape{static_cast<i64>(c.x.size())};
        Recording t;
        const Value x = t.watch(values(DType::float64, shape, c.x));
        const Value y = prod(x, 1, false);
        const Value g = gradient(t.tape, y, t.watch(Value::number(1.0)), x);
        CHECK_VALUES(g, values(DType::float64, shape, c.gradient), 0);
        t.tape.leave();
        if (c.x.size() != 3 || c.x[0] != 0) continue;
        // d2(xyz)/dxdy = z at x = y = 0
        const Value second = gradient(t.tape, scalar(g, 0).node == no_node ? g : g,
                                      values(DType::float64, shape, {1, 0, 0}), x);
        CHECK_VALUES(second, values(DType::float64, shape, {0, 3, 0}), 0);
    }
}

TEST(extrema_of_every_dtype_and_layout) {
    Random random(64);
    each_reduction([&](const Shape& shape, Axes axes, bool keepdims) {
        if (shape.size() == 0) return;
        for (DType dtype : all_dtypes) {
            if (dtype == DType::boolean || is_complex(dtype)) continue;
            const Note at("dtype", name(dtype));
            const Value x = random_value(random, dtype, shape, 0, 100);
            const auto larger = [](Number a, Number b) { return b.real() > a.real() ? b : a; };
            const auto smaller = [](Number a, Number b) { return b.real() < a.real() ? b : a; };
            const Value most = by_definition(x, axes, keepdims, -1, larger);
            const Value least = by_definition(x, axes, keepdims, 1000, smaller);
            for (Layout layout : layouts) {
                CHECK_VALUES(extremum(laid_out(x, layout), axes, keepdims, true), most, 0);
                if (dtype != DType::int8 && dtype != DType::uint8)
                    CHECK_VALUES(extremum(laid_out(x, layout), axes, keepdims, false), least, 0);
            }
        }
    });
    CHECK_FAILS(dtype, extremum(zeros(DType::complex64, Shape{2}), 1, false, true));
    CHECK_FAILS(dtype, extremum(zeros(DType::boolean, Shape{2}), 1, false, true));
}

TEST(extrema_of_nothing_and_of_nan) {
    for (DType dtype : {DType::float16, DType::float32, DType::float64}) {
        const Note at("dtype", name(dtype));
        CHECK_EQUAL(item(extremum(zeros(dtype, Shape{0}), 1, false, true)), Number(-INFINITY));
        CHECK_EQUAL(item(extremum(zeros(dtype, Shape{0}), 1, false, false)), Number(INFINITY));
        for (bool largest : {false, true}) {
            CHECK(std::isnan(
                item(extremum(values(dtype, Shape{3}, {1, NAN, 2}), 1, false, largest)).real()));
            const double inf = largest ? -INFINITY : INFINITY;
            CHECK_EQUAL(item(extremum(values(dtype, Shape{2}, {inf, inf}), 1, false, largest)),
                        Number(inf));
        }
    }
    CHECK_EQUAL(item(extremum(zeros(DType::int32, Shape{0}), 1, false, true)),
                Number(-2147483648.0));
}

TEST(elements_that_tie_for_the_extremum_share_the_cotangent) {
    for (DType dtype : {DType::float16, DType::float32, DType::float64})
        for (bool keepdims : {false, true}) {
            Recording t;
            const Value x = t.watch(values(dtype, Shape{2, 4}, {1, 3, 3, 2, 5, 5, 5, 5}));
            const Value y = extremum(x, 2, keepdims, true);
            t.tape.leave();
            const Value g = values(dtype, y.shape(), {1, 8});
            CHECK_VALUES(gradient(t.tape, y, g, x),
                         values(dtype, Shape{2, 4}, {0, 0.5, 0.5, 0, 2, 2, 2, 2}), 0);
            CHECK_VALUES(
                tangent(t.tape, x, values(dtype, Shape{2, 4}, {9, 1, 3, 9, 1, 2, 3, 2}), y),
                values(dtype, y.shape(), {2, 2}), 0);
        }
}

TEST(means_of_every_kind) {
    CHECK_VALUES(mean(values(DType::float64, Shape{2, 2}, {1, 2, 3, 6}), 2, false),
                 values(DType::float64, Shape{2}, {1.5, 4.5}), 0);
    CHECK(std::isnan(item(mean(zeros(DType::float32, Shape{0}), 1, false)).real()));
    CHECK_VALUES(mean(values(DType::complex64, Shape{2}, {1, 2}), 1, false),
                 number(DType::complex64, 1.5), 0);
    CHECK_VALUES(mean(fresh_copy(full(DType::int8, Shape{300}, 100)), 1, false),
                 number(DType::int8, 100), 0);
}

TEST(any_and_all_of_bool) {
    const Value x = values(DType::boolean, Shape{3, 2}, {0, 0, 0, 1, 1, 1});
    CHECK_VALUES(any_all(x, 2, false, false), values(DType::boolean, Shape{3}, {0, 1, 1}), 0);
    CHECK_VALUES(any_all(x, 2, true, true), values(DType::boolean, Shape{3, 1}, {0, 0, 1}), 0);
    CHECK_VALUES(any_all(zeros(DType::boolean, Shape{0}), 1, false, true),
                 number(DType::boolean, 1), 0);
    CHECK_VALUES(any_all(zeros(DType::boolean, Shape{0}), 1, false, false),
                 number(DType::boolean, 0), 0);
    CHECK_FAILS(dtype, any_all(zeros(DType::int8, Shape{1}), 1, false, true));
}

TEST(the_first_of_equal_elements_is_the_argmax) {
    const Value x = values(DType::float64, Shape{2, 4}, {1, 3, 3, 0, NAN, 2, 1, NAN});
    CHECK_VALUES(arg_extremum(x, 1, true, DType::int64), values(DType::int64, Shape{2}, {1, 1}), 0);
    CHECK_VALUES(arg_extremum(x, 1, false, DType::int32), values(DType::int32, Shape{2}, {3, 2}),
                 0);
    CHECK_VALUES(arg_extremum(cast(x, DType::float16), 1, true, DType::int64),
                 values(DType::int64, Shape{2}, {1, 1}), 0);
    CHECK_FAILS(invalid_argument,
                arg_extremum(zeros(DType::float32, Shape{0, 2}), 0, true, DType::int64));
    CHECK_FAILS(dtype, arg_extremum(zeros(DType::complex64, Shape{2}), 0, true, DType::int64));
}

TEST(logsumexp_does_not_overflow) {
    CHECK_NEAR(item(logsumexp(values(DType::float64, Shape{2}, {1000, 1000}), 1, false)),
               1000 + std::log(2.0), 1e-15);
    CHECK_EQUAL(item(logsumexp(values(DType::float64, Shape{2}, {-INFINITY, -INFINITY}), 1, false)),
                Number(-INFINITY));
    CHECK_EQUAL(item(logsumexp(values(DType::float64, Shape{2}, {INFINITY, 1}), 1, false)),
                Number(INFINITY));
    CHECK_EQUAL(item(logsumexp(zeros(DType::float64, Shape{0}), 1, false)), Number(-INFINITY));
    CHECK_FAILS(dtype, logsumexp(zeros(DType::complex64, Shape{2}), 1, false));
}
