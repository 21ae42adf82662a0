// Matrix products: every transposition, batch and layout, against the definition.

#include "blas.h"
#include "derivatives.h"

using namespace test;

namespace {

Shape matrix_shape(std::initializer_list<i64> batch, i64 rows, i64 columns, bool transposed) {
    Shape shape(batch.begin(), static_cast<int>(batch.size()));
    shape.push(transposed ? columns : rows);
    shape.push(transposed ? rows : columns);
    return shape;
}

// By the definition, from broadcast and transposed copies.
Value by_definition(Value a, Value b, bool ta, bool tb) {
    if (ta) a = swap_last_axes(a);
    if (tb) b = swap_last_axes(b);
    const i64 m = a.extent(a.rank() - 2), k = a.extent(a.rank() - 1), n = b.extent(b.rank() - 1);
    const Shape batch = broadcast_shapes(Shape(a.array->shape(), a.rank() - 2),
                                         Shape(b.array->shape(), b.rank() - 2), "");
    Shape left = batch, right = batch, shape = batch;
    left.push(m), left.push(k), right.push(k), right.push(n), shape.push(m), shape.push(n);
    const std::vector<Number> x = elements(broadcast_to(a, left)),
                              y = elements(broadcast_to(b, right));
    std::vector<Number> out(static_cast<std::size_t>(shape.size()));
    const auto at = [](const std::vector<Number>& v, i64 index) {
        return v[static_cast<std::size_t>(index)];
    };
    for (i64 q = 0; q < batch.size(); ++q)
        for (i64 i = 0; i < m; ++i)
            for (i64 j = 0; j < n; ++j) {
                Number& total = out[static_cast<std::size_t>((q * m + i) * n + j)];
                for (i64 p = 0; p < k; ++p)
                    total += at(x, (q * m + i) * k + p) * at(y, (q * k + p) * n + j);
            }
    return complex_values(a.dtype, shape, out);
}

template <class F>
void each_transposition(F f) {
    for (bool ta : {false, true})
        for (bool tb : {false, true}) {
            const Note a("transpose_a", ta), b("transpose_b", tb);
            f(ta, tb);
        }
}

}  // namespace

TEST(products_of_every_dtype_and_transposition) {
    Random random(70);
    each_transposition([&](bool ta, bool tb) {
        for (DType dtype : all_dtypes) {
            if (dtype == DType::boolean) continue;
            const Note at("dtype", name(dtype));
            for (const auto& [m, k, n] : {std::tuple<i64, i64, i64>{3, 4, 5},
                                          {1, 1, 1},
                                          {1, 7, 1},
                                          {7, 1, 3},
                                          {2, 5, 1},
                                          {1, 5, 9}}) {
                const Value a = random_value(random, dtype, matrix_shape({}, m, k, ta), 0, 3);
                const Value b = random_value(random, dtype, matrix_shape({}, k, n, tb), 0, 3);
                CHECK_VALUES(matmul(a, b, ta, tb), by_definition(a, b, ta, tb),
                             4 * tolerance(dtype));
            }
        }
    });
}

TEST(products_read_every_layout) {
    Random random(71);
    each_transposition([&](bool ta, bool tb) {
        for (DType dtype :
             {DType::float32, DType::float64, DType::complex128, DType::int32, DType::float16}) {
            const Value a = random_value(random, dtype, matrix_shape({2}, 6, 5, ta), 0, 3);
            const Value b = random_value(random, dtype, matrix_shape({2}, 5, 4, tb), 0, 3);
            const Value expected = by_definition(a, b, ta, tb);
            for (Layout x : layouts)
                for (Layout y : layouts) {
                    const Note p("a", name(x)), q("b", name(y)), r("dtype", name(dtype));
                    CHECK_VALUES(matmul(laid_out(a, x), laid_out(b, y), ta, tb), expected,
                                 4 * tolerance(dtype));
                }
        }
    });
}

TEST(an_axis_of_extent_1_may_have_any_stride) {
    // A new axis has stride 0, and the array is contiguous all the same.
    Random random(76);
    const Value flat = random_value(random, DType::float64, Shape{5, 4}, -1, 1);
    ViewSpec s;
    s.in_rank = 2;
    for (int d = 0; d < 2; ++d) s.start[d] = 0, s.step[d] = 1;
    for (int place : {0, 1, 2}) {
        const Note at("new axis", place);
        s.to[0] = place == 0 ? 1 : 0;
        s.to[1] = place == 2 ? 1 : 2;
        s.out = place == 0 ? Shape{1, 5, 4} : place == 1 ? Shape{5, 1, 4} : Shape{5, 4, 1};
        const Value a = view(flat, s);
        CHECK(a.contiguous());
        for (const Shape& shape : {Shape{4, 3}, Shape{4, 1}, Shape{1, 4, 3}, Shape{5, 4, 3}}) {
            Shape fit = shape;
            if (place == 2) fit[fit.rank - 2] = 1;
            const Value b = random_value(random, DType::float64, fit, -1, 1);
            CHECK_VALUES(matmul(a, b, false, false), by_definition(a, b, false, false), 1e-14);
            CHECK_VALUES(matmul(swap_last_axes(a), b, true, false),
                         by_definition(a, b, false, false), 1e-14);
            const Value c = swap_last_axes(b);
            CHECK_VALUES(matmul(c, a, false, true), by_definition(c, a, false, true), 1e-14);
        }
    }
}

TEST(batches_broadcast) {
    Random random(72);
    const std::pair<Shape, Shape> batches[] = {{Shape{2, 3}, Shape{2, 3}}, {Shape{3}, Shape{2, 1}},
                                               {Shape(), Shape{4}},        {Shape{4}, Shape()},
                                               {Shape{1, 2}, Shape{3, 1}}, {Shape{0}, Shape{1}}};
    for (auto [left, right] : batches) {
        const std::string text = left.text() + " " + right.text();
        const Note at("batches", text.c_str());
        left.push(2), left.push(3), right.push(3), right.push(4);
        const Value a = random_value(random, DType::float64, left, -1, 1);
        const Value b = random_value(random, DType::float64, right, -1, 1);
        CHECK_VALUES(matmul(a, b, false, false), by_definition(a, b, false, false), 1e-14);
        check_derivatives(
            [](const auto& in) { return unary(Op::square, matmul(in[0], in[1], false, false)); },
            {a, b});
    }
}

TEST(empty_products_are_zero) {
    const Value y = matmul(zeros(DType::float32, Shape{2, 0}), zeros(DType::float32, Shape{0, 3}),
                           false, false);
    CHECK_VALUES(y, zeros(DType::float32, Shape{2, 3}), 0);
    CHECK((matmul(zeros(DType::int32, Shape{0, 2}), zeros(DType::int32, Shape{2, 3}), false, false)
               .shape() == Shape{0, 3}));
    Recording t;
    const Value a = t.watch(zeros(DType::float64, Shape{2, 0}));
    const Value c = matmul(a, zeros(DType::float64, Shape{0, 3}), false, false);
    CHECK((gradient(t.tape, c, ones_like(c), a).shape() == Shape{2, 0}));
}

TEST(repeated_rows_and_columns_are_operands_too) {
    Random random(73);
    const Value a =
        broadcast_to(random_value(random, DType::float64, Shape{1, 6}, -1, 1), Shape{70, 6});
    const Value b =
        broadcast_to(random_value(random, DType::float64, Shape{6, 1}, -1, 1), Shape{6, 80});
    each_transposition([&](bool ta, bool tb) {
        const Value x = ta ? swap_last_axes(a) : a, y = tb ? swap_last_axes(b) : b;
        CHECK_VALUES(matmul(x, y, ta, tb), by_definition(a, b, false, false), 1e-14);
    });
}

TEST(large_products_are_right_without_a_blas) {
    CHECK_EQUAL(std::string(blas::description()), "none");  // nothing loaded one into this program
    Random random(74);
    each_transposition([&](bool ta, bool tb) {
        for (DType dtype : {DType::float32, DType::float64, DType::complex64}) {
            const Note at("dtype", name(dtype));
            const Value a = random_value(random, dtype, matrix_shape({}, 70, 300, ta), -1, 1);
            const Value b = random_value(random, dtype, matrix_shape({}, 300, 65, tb), -1, 1);
            for (Layout layout : {Layout::contiguous, Layout::backwards, Layout::gaps})
                CHECK_VALUES(matmul(laid_out(a, layout), b, ta, tb), by_definition(a, b, ta, tb),
                             30 * tolerance(dtype));
        }
    });
}

TEST(products_have_every_derivative_for_every_transposition) {
    Random random(75);
    each_transposition([&](bool ta, bool tb) {
        for (DType dtype : {DType::float32, DType::float64, DType::complex64, DType::complex128}) {
            const Note at("dtype", name(dtype));
            const Value a = random_value(random, dtype, matrix_shape({2}, 3, 4, ta), -1, 1);
            const Value b = random_value(random, dtype, matrix_shape({2}, 4, 2, tb), -1, 1);
            const Function f = [=](const auto& in) { return matmul(in[0], in[1], ta, tb); };
            check_derivatives(f, {a, b});
            check_derivatives([=](const auto& in) { return matmul(in[0], b, ta, tb); }, {a});
            check_derivatives([=](const auto& in) { return matmul(a, in[0], ta, tb); }, {b});
            check_derivatives([&](const auto& in) { return matmul(in[0], in[0], false, true); },
                              {a});
        }
    });
}

TEST(products_of_float16_are_computed_in_float32) {
    const Value a = fresh_copy(full(DType::float16, Shape{1, 4096}, 0.25)),
                b = fresh_copy(full(DType::float16, Shape{4096, 1}, 1));
    CHECK_EQUAL(item(matmul(a, b, false, false)), Number(1024));
    Recording t;
    const Value x = t.watch(a);
    const Value y = matmul(x, b, false, false);
    t.tape.leave();
    CHECK_VALUES(gradient(t.tape, y, ones_like(y), x), full(DType::float16, Shape{1, 4096}, 1), 0);
}

TEST(products_that_do_not_fit_are_refused) {
    const Value a = zeros(DType::float32, Shape{2, 3}), b = zeros(DType::float32, Shape{4, 5});
    CHECK_FAILS(invalid_argument, matmul(a, b, false, false));
    CHECK_FAILS(invalid_argument, matmul(a, zeros(DType::float32, Shape{3}), false, false));
    CHECK_FAILS(dtype, matmul(a, zeros(DType::float64, Shape{3, 2}), false, false));
    CHECK_FAILS(dtype, matmul(zeros(DType::boolean, Shape{2, 2}),
                              zeros(DType::boolean, Shape{2, 2}), false, false));
    CHECK_FAILS(invalid_argument, matmul(zeros(DType::float32, Shape{2, 2, 3}),
                                         zeros(DType::float32, Shape{3, 3, 2}), false, false));
    CHECK_FAILS(memory, matmul(zeros(DType::float32, Shape{i64{1} << 30, 1}),
                               zeros(DType::float32, Shape{1, i64{1} << 28}), false, false));
}
