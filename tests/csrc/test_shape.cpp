// Operations that move elements: views and their adjoints, reshape, broadcast, concat and stack.

#include <numeric>

#include "derivatives.h"

using namespace test;

namespace {

Value counted(DType dtype, const Shape& shape) {
    std::vector<double> numbers(static_cast<std::size_t>(shape.size()));
    std::iota(numbers.begin(), numbers.end(), 0);
    return values(dtype, shape, numbers);
}

ViewSpec spec(std::initializer_list<i64> start, std::initializer_list<i64> step,
              std::initializer_list<int> to, const Shape& out) {
    ViewSpec s;
    s.in_rank = static_cast<int>(start.size());
    std::copy(start.begin(), start.end(), s.start);
    std::copy(step.begin(), step.end(), s.step);
    std::copy(to.begin(), to.end(), s.to);
    s.out = out;
    return s;
}

// Views of a (4, 5) array.
const ViewSpec views[] = {
    spec({0, 0}, {1, 1}, {0, 1}, Shape{4, 5}),        // all of it
    spec({1, 2}, {1, 1}, {0, 1}, Shape{2, 3}),        // a part
    spec({3, 4}, {-1, -1}, {0, 1}, Shape{4, 5}),      // backwards
    spec({3, 0}, {-2, 2}, {0, 1}, Shape{2, 3}),       // in steps
    spec({0, 0}, {1, 1}, {1, 0}, Shape{5, 4}),        // transposed
    spec({2, 0}, {1, 1}, {-1, 0}, Shape{5}),          // one row
    spec({2, 3}, {1, 1}, {-1, -1}, Shape()),          // one element
    spec({0, 0}, {1, 1}, {0, 0}, Shape{4}),           // the diagonal
    spec({0, 4}, {1, -1}, {0, 0}, Shape{4}),          // the other diagonal
    spec({0, 0}, {1, 1}, {1, 3}, Shape{1, 4, 1, 5}),  // with new axes
    spec({0, 1}, {1, 1}, {0, 1}, Shape{0, 3}),        // nothing
    spec({1, 0}, {0, 1}, {0, 1}, Shape{3, 5}),        // one row, three times
};

// Element of a view, by the definition.
Value picked(const Value& x, const ViewSpec& s) {
    std::vector<Number> from = elements(x), out;
    const i64 size = s.out.size();
    for (i64 flat = 0; flat < size; ++flat) {
        i64 index[max_rank] = {}, rest = flat;
        for (int k = s.out.rank - 1; k >= 0; --k) {
            index[k] = rest % s.out[k];
            rest /= s.out[k];
        }
        i64 place = 0;
        for (int d = 0; d < s.in_rank; ++d)
            place =
                place * x.extent(d) + s.start[d] + (s.to[d] < 0 ? 0 : s.step[d] * index[s.to[d]]);
        out.push_back(from[static_cast<std::size_t>(place)]);
    }
    return complex_values(x.dtype, s.out, out);
}

template <class F>
void each_view(F f) {
    long long k = 0;
    for (const ViewSpec& s : views) {
        const Note at("view", k++);
        f(s);
    }
}

const Function squared(const Function& f) {
    return [f](const std::vector<Value>& x) { return unary(Op::square, f(x)); };
}

}  // namespace

TEST(a_view_picks_the_elements_that_it_says) {
    each_view([](const ViewSpec& s) {
        for (DType dtype :
             {DType::int8, DType::float16, DType::float32, DType::float64, DType::complex128})
            for (Layout layout : layouts) {
                const Note a("dtype", name(dtype)), b("layout", name(layout));
                const Value x = counted(dtype, Shape{4, 5});
                CHECK(identical(view(laid_out(x, layout), s), picked(x, s)));
            }
    });
}

TEST(unview_is_the_adjoint_of_view) {
    Random random(40);
    const Shape shape{4, 5};
    each_view([&](const ViewSpec& s) {
        for (DType dtype : {DType::float16, DType::float32, DType::float64, DType::complex64,
                            DType::complex128}) {
            const Note at("dtype", name(dtype));
            const Value x = random_value(random, dtype, shape, -1, 1);
            const Value g = random_value(random, dtype, s.out, -1, 1);
            for (Layout layout : layouts) {
                const Value back = unview(laid_out(g, layout), s, shape);
                CHECK(back.shape() == shape);
                CHECK_NEAR(inner(back, x), inner(g, view(x, s)), 20 * tolerance(dtype));
            }
        }
    });
}

TEST(views_and_unviews_have_every_derivative) {
    Random random(41);
    each_view([&](const ViewSpec& s) {
        for (DType dtype : {DType::float32, DType::float64, DType::complex128}) {
            const Note at("dtype", name(dtype));
            const Value x = random_value(random, dtype, Shape{4, 5}, -1, 1);
            const Value g = random_value(random, dtype, s.out, -1, 1);
            check_derivatives(squared([&](const auto& in) { return view(in[0], s); }), {x});
            check_derivatives(
                squared([&](const auto& in) { return unview(in[0], s, Shape{4, 5}); }), {g});
        }
    });
}

TEST(a_diagonal_of_a_square_is_no_permutation) {
    const ViewSpec s = spec({0, 0}, {1, 1}, {0, 0}, Shape{3});
    const Value g = counted(DType::float64, Shape{3});
    CHECK_VALUES(unview(g, s, Shape{3, 3}),
                 values(DType::float64, Shape{3, 3}, {0, 0, 0, 0, 1, 0, 0, 0, 2}), 0);
    check_derivatives(squared([&](const auto& in) { return view(in[0], s); }),
                      {counted(DType::float64, Shape{3, 3})});
}

TEST(cotangents_of_many_views_are_added_into_one_array) {
    // 2,000 rows of one matrix: each adds into the same buffer.
    Recording t;
    const Value x = t.watch(counted(DType::float64, Shape{2000, 3}));
    Value y;
    for (i64 k = 0; k < 2000; ++k) {
        const Value row = sum(slice_axis(x, 0, k, 1, true), 1, false);
        y = k ? binary(Op::add, y, binary(Op::multiply, row, Value::number(static_cast<double>(k))))
              : row;
    }
    t.tape.leave();
    const Value g = gradient(t.tape, y, Value::number(1.0), x);
    CHECK_EQUAL(element(g, 0), Number(1));
    CHECK_EQUAL(element(g, 3 * 1234 + 1), Number(1234));
    CHECK_EQUAL(element(g, 5999), Number(1999));
}

TEST(a_number_gets_new_axes) {
    const ViewSpec s = spec({}, {}, {}, Shape{1, 1});
    for (DType dtype : inexact_dtypes) {
        const Value x = Value::constant(dtype, 1.5);
        CHECK(identical(view(x, s), full(dtype, Shape{1, 1}, 1.5)));
        CHECK(identical(unview(view(x, s), s, Shape()), x));
        check_derivatives(squared([&](const auto& in) { return view(in[0], s); }), {x});
    }
}

TEST(reshape_keeps_the_order_and_copies_only_if_it_must) {
    const Value x = counted(DType::float32, Shape{4, 6});
    const Value y = reshape(x, Shape{2, 3, 4});
    CHECK(y.array->data == x.array->data);
    for (Layout layout : layouts) {
        const Note at("layout", name(layout));
        CHECK(identical(reshape(laid_out(x, layout), Shape{2, 3, 4}), y));
    }
    CHECK(
        identical(reshape(reshape(Value::number(2.0), Shape{1, 1}), Shape()), Value::number(2.0)));
    CHECK((reshape(zeros(DType::float32, Shape{0, 3}), Shape{5, 0, 7}).shape() == Shape{5, 0, 7}));
    CHECK_FAILS(invalid_argument, reshape(x, Shape{5, 5}));
    CHECK_FAILS(invalid_argument, reshape(x, Shape{-1, 24}));
    for (DType dtype : {DType::float64, DType::complex64})
        check_derivatives(squared([](const auto& in) { return reshape(in[0], Shape{6, 2, 2}); }),
                          {laid_out(counted(dtype, Shape{4, 6}), Layout::transposed)});
}

TEST(broadcasting_shares_memory_and_its_cotangent_is_summed) {
    const Value x = counted(DType::float64, Shape{3, 1});
    const Value y = broadcast_to(x, Shape{2, 3, 4});
    CHECK(y.array->data == x.array->data);
    CHECK_EQUAL(element(y, 23), Number(2));
    CHECK_FAILS(invalid_argument, broadcast_to(x, Shape{2, 4}));
    CHECK_FAILS(invalid_argument, broadcast_to(x, Shape{3}));
    CHECK((broadcast_to(x, Shape{3, 0}).shape() == Shape{3, 0}));
    for (const Shape& target : {Shape{2, 3, 4}, Shape{3, 1}, Shape{1, 3, 1}, Shape{3, 0}})
        check_derivatives(squared([&](const auto& in) { return broadcast_to(in[0], target); }),
                          {x});
    check_derivatives(squared([](const auto& in) { return broadcast_to(in[0], Shape{2, 2}); }),
                      {Value::number(1.5)});
}

TEST(transposition_moves_axes) {
    const Value x = counted(DType::int16, Shape{2, 3, 4});
    const int order[] = {2, 0, 1};
    const Value y = transpose(x, order);
    CHECK((y.shape() == Shape{4, 2, 3}));
    CHECK_EQUAL(element(y, 0 * 6 + 1 * 3 + 2), Number(1 * 12 + 2 * 4 + 0));
    const int same[] = {0, 1, 2};
    CHECK(transpose(x, same).array == x.array);
    CHECK((swap_last_axes(x).shape() == Shape{2, 4, 3}));
    check_derivatives(squared([&](const auto& in) { return transpose(in[0], order); }),
                      {counted(DType::float64, Shape{2, 3, 4})});
}

TEST(concat_and_stack_join_in_order) {
    const Value a = counted(DType::float64, Shape{2, 3}), b = unary(Op::negative, a);
    CHECK_VALUES(concat({a, b}, 0),
                 values(DType::float64, Shape{4, 3}, {0, 1, 2, 3, 4, 5, 0, -1, -2, -3, -4, -5}), 0);
    CHECK_VALUES(concat({a, b}, 1),
                 values(DType::float64, Shape{2, 6}, {0, 1, 2, 0, -1, -2, 3, 4, 5, -3, -4, -5}), 0);
    CHECK_VALUES(stack({a, b}, 0), reshape(concat({a, b}, 0), Shape{2, 2, 3}), 0);
    CHECK_VALUES(stack({a, b}, 1), reshape(concat({a, b}, 1), Shape{2, 2, 3}), 0);
    CHECK_VALUES(stack({a, b}, 2),
                 values(DType::float64, Shape{2, 3, 2}, {0, 0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5}),
                 0);
    CHECK_VALUES(stack({Value::number(1.0), Value::number(2.0)}, 0),
                 values(DType::float64, Shape{2}, {1, 2}), 0);
    const Value nothing = zeros(DType::float64, Shape{0, 3});
    CHECK(identical(concat({nothing, a, nothing}, 0), a));
    for (DType dtype : {DType::boolean, DType::uint8, DType::float16, DType::complex128})
        CHECK(identical(concat({laid_out(cast(a, dtype), Layout::transposed)}, 1), cast(a, dtype)));
}

TEST(joins_have_every_derivative_for_any_tracked_inputs) {
    Random random(42);
    for (DType dtype : {DType::float64, DType::complex128}) {
        const Value a = random_value(random, dtype, Shape{2, 3}, -1, 1);
        const Value b = random_value(random, dtype, Shape{2, 2}, -1, 1);
        const Value c = random_value(random, dtype, Shape{2, 3}, -1, 1);
        check_derivatives(squared([](const auto& in) { return concat({in[0], in[1], in[0]}, 1); }),
                          {a, b});
        check_derivatives(squared([&](const auto& in) { return concat({c, in[0], c}, 0); }), {a});
        for (int axis : {0, 1, 2})
            check_derivatives(
                squared([axis](const auto& in) { return stack({in[0], in[1], in[0]}, axis); }),
                {a, c});
        check_derivatives(squared([](const auto& in) { return stack({in[0], in[1]}, 0); }),
                          {number(dtype, 0.5), number(dtype, 1.5)});
    }
}

TEST(joining_thousands_costs_what_they_cost) {
    Recording t;
    const Value x = t.watch(Value::number(2.0));
    std::vector<Value> parts(20'000, x);
    const Value y = stack(parts, 0);
    t.tape.leave();
    CHECK_EQUAL(item(gradient(t.tape, y, ones_like(y), x)), Number(20'000));
}
