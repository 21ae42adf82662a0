// Shapes, arrays, views, values and their reference counts.

#include <limits>

#include "allocation.h"
#include "support.h"

using namespace test;

namespace {

u32 count_of(const Value& v) { return v.array->refs.load(); }

int released = 0;
void count_release(void* owner) { ++*static_cast<int*>(owner); }

}  // namespace

TEST(a_shape_counts_elements_and_prints_as_a_tuple) {
    CHECK_EQUAL(Shape().size(), 1);
    CHECK_EQUAL((Shape{3, 4}).size(), 12);
    CHECK_EQUAL((Shape{3, 0}).size(), 0);
    CHECK_EQUAL(Shape().text(), "()");
    CHECK_EQUAL(Shape{7}.text(), "(7,)");
    CHECK_EQUAL((Shape{2, 0, 5}).text(), "(2, 0, 5)");
}

TEST(a_size_that_does_not_fit_is_an_error_even_beside_a_zero) {
    const i64 huge = i64{1} << 40;
    CHECK_FAILS(invalid_argument, (Shape{huge, huge}).size());
    CHECK_FAILS(invalid_argument, (Shape{huge, 0, huge}).size());
    CHECK_FAILS(invalid_argument, (Shape{std::numeric_limits<i64>::max()}).size());
    CHECK_FAILS(invalid_argument, (Shape{-1}).size());
    CHECK_FAILS(invalid_argument, (Shape{i64{1} << 59}).size());
    // The largest that passes: its bytes fit for every dtype, also as a stride.
    const i64 largest = (i64{1} << 59) - 1;
    CHECK_EQUAL(Shape{largest}.size(), largest);
    const Value empty = make_value(DType::complex128, Shape{0, largest});
    CHECK_EQUAL(empty.size(), 0);
    const Value broad = zeros(DType::complex128, Shape{largest});
    CHECK_EQUAL(broad.array->bytes(), largest * 16);
}

TEST(memory_that_cannot_be_had_is_a_memory_error) {
    CHECK_FAILS(memory, make_value(DType::float64, Shape{i64{1} << 50}));
    CHECK_FAILS(memory, fresh_copy(zeros(DType::float32, Shape{i64{1} << 55})));
}

TEST(a_shape_has_at_most_32_axes) {
    Shape shape;
    for (int k = 0; k < max_rank; ++k) shape.push(1);
    CHECK_FAILS(invalid_argument, shape.push(1));
    CHECK_EQUAL(make_value(DType::float32, shape).rank(), 32);
}

TEST(shapes_broadcast_from_the_last_axis) {
    CHECK((broadcast_shapes(Shape{3, 1}, Shape{4}, "t") == Shape{3, 4}));
    CHECK((broadcast_shapes(Shape(), Shape{0, 2}, "t") == Shape{0, 2}));
    CHECK((broadcast_shapes(Shape{1}, Shape{0}, "t") == Shape{0}));
    CHECK_FAILS(invalid_argument, broadcast_shapes(Shape{2}, Shape{3}, "t"));
    CHECK_FAILS(invalid_argument, broadcast_shapes(Shape{2}, Shape{0}, "t"));
    try {
        broadcast_shapes(Shape{2, 3}, Shape{4}, "add");
    } catch (const Error& error) {
        CHECK_EQUAL(std::string(error.what()), "[add] Incompatible shapes: (2, 3) vs. (4,)");
    }
}

TEST(numbers_are_held_inline_and_complex128_is_not) {
    for (DType dtype : all_dtypes) {
        const Note at("dtype", name(dtype));
        const Value v = make_value(dtype, Shape());
        CHECK_EQUAL(v.is_array, dtype == DType::complex128);
        CHECK_EQUAL(v.size(), 1);
        CHECK_EQUAL(v.rank(), 0);
    }
    Array* zero_d = Array::create(DType::float64, Shape());
    const double pi = 3.25;
    std::memcpy(zero_d->data, &pi, sizeof pi);
    const Value v = Value::take(zero_d);
    CHECK(!v.is_array);
    CHECK_EQUAL(v.as<double>(), 3.25);
}

TEST(elements_are_aligned_to_64_bytes_at_every_size) {
    for (i64 n : {0, 1, 7, 8, 9, 100, 1000, 8191, 8192, 8193, 100'000, 1'000'000})
        for (int rank = 1; rank < 10; ++rank) {
            Shape shape{n};
            while (shape.rank < rank) shape.push(1);
            const Value v = make_value(DType::uint8, shape);
            CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(v.data()) % 64, 0u);
            std::memset(v.array->data, 1, static_cast<std::size_t>(n));
        }
}

TEST(new_arrays_are_contiguous_in_c_order) {
    const Value v = make_value(DType::float32, Shape{2, 3, 4});
    CHECK(v.contiguous());
    CHECK_EQUAL(v.array->strides()[0], 48);
    CHECK_EQUAL(v.array->strides()[1], 16);
    CHECK_EQUAL(v.array->strides()[2], 4);
    CHECK_EQUAL(v.array->bytes(), 96);
}

TEST(values_count_the_references_to_their_array) {
    Value a = make_value(DType::float32, Shape{5});
    CHECK_EQUAL(count_of(a), 1u);
    CHECK(a.array->exclusive());
    {
        const Value b = a;
        CHECK_EQUAL(count_of(a), 2u);
        CHECK(!a.array->exclusive());
        Value c;
        c = b;
        CHECK_EQUAL(count_of(a), 3u);
        const Value d = std::move(c);
        CHECK_EQUAL(count_of(a), 3u);
        CHECK(!c.is_array);
    }
    CHECK_EQUAL(count_of(a), 1u);
    a = Value(a);
    CHECK_EQUAL(count_of(a), 1u);
}

TEST(a_view_keeps_the_memory_alive_and_is_never_exclusive) {
    Value view;
    {
        const Value base = values(DType::float64, Shape{4}, {1, 2, 3, 4});
        view = slice_axis(base, 0, 1, 2, false);
        CHECK_EQUAL(count_of(base), 2u);
        CHECK(!base.array->exclusive());
    }
    CHECK(!view.array->exclusive());
    CHECK_VALUES(view, values(DType::float64, Shape{2}, {2, 3}), 0);
}

TEST(a_view_of_a_view_holds_the_array_and_not_the_view) {
    const Value base = values(DType::float64, Shape{6}, {1, 2, 3, 4, 5, 6});
    Value x = slice_axis(base, 0, 1, 5, false);
    const Value y = slice_axis(x, 0, 1, 4, false);
    CHECK_EQUAL(count_of(x), 1u);
    CHECK_EQUAL(count_of(base), 3u);
    x = Value();
    CHECK_EQUAL(count_of(base), 2u);
    CHECK_VALUES(y, values(DType::float64, Shape{4}, {3, 4, 5, 6}), 0);
}

TEST(a_million_nested_views_are_let_go_of_without_recursion) {
    Value x = values(DType::float64, Shape{3}, {1, 2, 3});
    for (int k = 0; k < 1'000'000; ++k) x = reshape(x, k % 2 ? Shape{3} : Shape{3, 1});
    CHECK_EQUAL(item(x), Number(1));
}

TEST(foreign_memory_is_released_once) {
    float data[] = {1, 2, 3, 4};
    released = 0;
    {
        const i64 strides[] = {8};
        const Value v = Value::take(Array::foreign(DType::float32, reinterpret_cast<char*>(data),
                                                   Shape{2}, strides, &released, count_release));
        const Value w = v, part = slice_axis(v, 0, 1, 1, false);
        CHECK_VALUES(v, values(DType::float32, Shape{2}, {1, 3}), 0);
        CHECK(!v.contiguous());
        CHECK(!v.array->exclusive());
        CHECK_EQUAL(released, 0);
    }
    CHECK_EQUAL(released, 1);
}

TEST(contiguity_ignores_axes_of_extent_1_and_empty_arrays) {
    float data[6] = {};
    const auto made = [&](const Shape& shape, std::initializer_list<i64> strides) {
        return Value::take(Array::foreign(DType::float32, reinterpret_cast<char*>(data), shape,
                                          strides.begin(), &released, count_release));
    };
    CHECK(made(Shape{1, 3}, {999, 4}).contiguous());
    CHECK(made(Shape{3, 1}, {4, -8}).contiguous());
    CHECK(made(Shape{1, 1}, {0, 0}).contiguous());
    CHECK(made(Shape{0, 3}, {1, 1}).contiguous());
    CHECK(!made(Shape{2, 3}, {4, 8}).contiguous());
    CHECK(!made(Shape{3}, {0}).contiguous());
    CHECK(!made(Shape{3}, {-4}).contiguous());
}

TEST(copies_of_every_layout_have_the_same_elements) {
    Random random(2);
    for (DType dtype :
         {DType::int8, DType::float16, DType::int32, DType::float64, DType::complex128})
        for (const Shape& shape : {Shape{7}, Shape{3, 5}, Shape{2, 3, 4}, Shape{4, 1, 3},
                                   Shape{0, 2}, Shape{2, 2, 2, 2, 2}}) {
            const Value x = random_value(random, dtype, shape, 0, 50);
            for (Layout layout : layouts) {
                const Note a("dtype", name(dtype)), b("layout", name(layout));
                const Value y = laid_out(x, layout);
                CHECK(identical(fresh_copy(y), x));
                CHECK(fresh_copy(y).array->exclusive());
                CHECK(contiguous(y).contiguous());
                CHECK(identical(contiguous(y), x));
            }
        }
}

TEST(contiguous_does_not_copy_what_is_contiguous_and_keeps_the_record) {
    Value x = values(DType::float32, Shape{2, 2}, {1, 2, 3, 4});
    x.node = 7;
    CHECK(contiguous(x).array == x.array);
    Value t = laid_out(x, Layout::transposed);
    t.node = 9;
    CHECK_EQUAL(contiguous(t).node, 9u);
    CHECK_EQUAL(fresh_copy(t).node, no_node);
}

TEST(full_is_one_number_whatever_the_shape) {
    const Value f = full(DType::float64, Shape{1000, 1000, 1000}, 2.5);
    CHECK_EQUAL(f.size(), 1'000'000'000);
    CHECK_EQUAL(f.array->strides()[0], 0);
    CHECK_EQUAL(
        item(slice_axis(reshape(slice_axis(f, 0, 5, 1, true), Shape{1000000}), 0, 9, 1, false)),
        Number(2.5));
}
