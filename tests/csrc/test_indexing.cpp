// Rows by index, and their adjoint.

#include "derivatives.h"

using namespace test;

namespace {

Value integers(DType dtype, const Shape& shape, std::vector<double> numbers) {
    return values(dtype, shape, numbers);
}

}  // namespace

TEST(gather_takes_rows_in_the_order_of_the_indices) {
    const Value x = values(DType::float64, Shape{3, 2}, {0, 1, 10, 11, 20, 21});
    for (DType dtype :
         {DType::int8, DType::int16, DType::int32, DType::int64, DType::uint8, DType::uint64})
        CHECK_VALUES(gather(x, integers(dtype, Shape{4}, {2, 0, 0, 1})),
                     values(DType::float64, Shape{4, 2}, {20, 21, 0, 1, 0, 1, 10, 11}), 0);
    CHECK_VALUES(gather(x, integers(DType::int32, Shape(), {-1})),
                 values(DType::float64, Shape{2}, {20, 21}), 0);
    CHECK_VALUES(gather(x, integers(DType::int32, Shape{2, 1}, {1, -3})),
                 values(DType::float64, Shape{2, 1, 2}, {10, 11, 0, 1}), 0);
    CHECK((gather(x, integers(DType::int32, Shape{0}, {})).shape() == Shape{0, 2}));
    const Value v = values(DType::int16, Shape{3}, {5, 6, 7});
    CHECK_VALUES(gather(v, integers(DType::int32, Shape(), {1})), number(DType::int16, 6), 0);
}

TEST(indices_and_rows_may_have_any_layout) {
    Random random(50);
    const Value x = random_value(random, DType::float32, Shape{4, 3}, -1, 1);
    const Value index = integers(DType::int32, Shape{2, 3}, {0, 3, 1, -1, 2, 0});
    const Value expected = gather(x, index);
    for (Layout a : layouts)
        for (Layout b : layouts)
            CHECK(identical(gather(laid_out(x, a), laid_out(index, b)), expected));
}

TEST(an_index_out_of_range_is_an_index_error) {
    const Value x = zeros(DType::float32, Shape{3, 2});
    CHECK_FAILS(index, gather(x, integers(DType::int32, Shape(), {3})));
    CHECK_FAILS(index, gather(x, integers(DType::int32, Shape{2}, {0, -4})));
    CHECK_FAILS(index,
                gather(zeros(DType::float32, Shape{0}), integers(DType::int32, Shape(), {0})));
    CHECK_FAILS(index, scatter_add(x, integers(DType::int32, Shape{3}, {0, 1, 2}), 2));
    CHECK_FAILS(dtype, gather(x, zeros(DType::float32, Shape{1})));
    CHECK_FAILS(invalid_argument,
                gather(Value::number(1.0f), integers(DType::int32, Shape(), {0})));
}

TEST(scatter_add_adds_rows_that_meet) {
    const Value g = values(DType::float64, Shape{3, 2}, {1, 2, 10, 20, 100, 200});
    CHECK_VALUES(scatter_add(g, integers(DType::int32, Shape{3}, {1, 1, 3}), 4),
                 values(DType::float64, Shape{4, 2}, {0, 0, 11, 22, 0, 0, 100, 200}), 0);
    CHECK_VALUES(
        scatter_add(zeros(DType::float64, Shape{0, 2}), integers(DType::int32, Shape{0}, {}), 2),
        zeros(DType::float64, Shape{2, 2}), 0);
    for (DType dtype : {DType::float16, DType::int32, DType::complex64})
        CHECK_EQUAL(
            element(scatter_add(full(dtype, Shape{5}, 2), zeros(DType::int64, Shape{5}), 1), 0),
            Number(10));
}

TEST(gather_and_scatter_add_have_every_derivative) {
    Random random(51);
    const Value index = integers(DType::int32, Shape{2, 3}, {0, 3, 3, -1, 2, 0});
    const Function rows = [&](const auto& in) { return unary(Op::square, gather(in[0], index)); };
    const Function sums = [&](const auto& in) {
        return unary(Op::square, scatter_add(in[0], index, 5));
    };
    for (DType dtype : {DType::float32, DType::float64, DType::complex128}) {
        const Note at("dtype", name(dtype));
        check_derivatives(rows, {random_value(random, dtype, Shape{4, 2}, -1, 1)});
        check_derivatives(rows, {random_value(random, dtype, Shape{4}, -1, 1)});
        check_derivatives(sums, {random_value(random, dtype, Shape{2, 3, 2}, -1, 1)});
        check_derivatives(sums, {random_value(random, dtype, Shape{2, 3}, -1, 1)});
    }
}

TEST(nonzero_lists_the_true_elements) {
    const Value mask = values(DType::boolean, Shape{2, 3}, {0, 1, 1, 0, 0, 1});
    CHECK_VALUES(nonzero_flat(mask), values(DType::int64, Shape{3}, {1, 2, 5}), 0);
    CHECK_VALUES(nonzero_flat(laid_out(mask, Layout::transposed)),
                 values(DType::int64, Shape{3}, {1, 2, 5}), 0);
    CHECK((nonzero_flat(zeros(DType::boolean, Shape{0})).shape() == Shape{0}));
}
