// What a caller does wrong is an error, and leaves the tape as it was.

#include <functional>

#include "support.h"

using namespace test;

namespace {

struct Mistake {
    const char* name;
    ErrorKind kind;
    std::function<void(const Value& x)> call;  // x: float64, (2, 3), tracked
};

Value z(const Shape& shape) { return zeros(DType::float64, shape); }
const Shape huge{i64{1} << 24, i64{1} << 24};

const std::vector<Mistake>& mistakes() {
    constexpr auto invalid = ErrorKind::invalid_argument;
    static const std::vector<Mistake> all = {
        {"shapes of add", invalid, [](const Value& x) { binary(Op::add, x, z(Shape{4})); }},
        {"shapes of maximum", invalid,
         [](const Value& x) { binary(Op::maximum, z(Shape{2, 3, 1, 2}), x); }},
        {"dtypes of add", ErrorKind::dtype,
         [](const Value& x) { binary(Op::add, x, Value::number(1.0f)); }},
        {"dtype of logical_not", ErrorKind::dtype,
         [](const Value& x) { unary(Op::logical_not, x); }},
        {"dtype of bitwise_and", ErrorKind::dtype,
         [](const Value& x) { binary(Op::bitwise_and, x, x); }},
        {"reshape", invalid, [](const Value& x) { reshape(x, Shape{7}); }},
        {"broadcast_to", invalid, [](const Value& x) { broadcast_to(x, Shape{3, 3}); }},
        {"broadcast_to fewer axes", invalid, [](const Value& x) { broadcast_to(x, Shape{6}); }},
        {"select shapes", invalid,
         [](const Value& x) { select(zeros(DType::boolean, Shape{5}), x, x); }},
        {"select dtypes", ErrorKind::dtype, [](const Value& x) { select(x, x, x); }},
        {"matmul shapes", invalid, [](const Value& x) { matmul(x, x, false, false); }},
        {"matmul rank", invalid, [](const Value& x) { matmul(x, z(Shape{3}), false, false); }},
        {"matmul dtypes", ErrorKind::dtype,
         [](const Value& x) { matmul(x, zeros(DType::float32, Shape{3, 2}), false, false); }},
        {"gather range", ErrorKind::index,
         [](const Value& x) { gather(x, values(DType::int32, Shape{2}, {0, 2})); }},
        {"gather dtype", ErrorKind::dtype, [](const Value& x) { gather(x, x); }},
        {"scatter_add range", ErrorKind::index,
         [](const Value& x) { scatter_add(x, values(DType::int32, Shape{2}, {0, 2}), 2); }},
        {"any of floats", ErrorKind::dtype, [](const Value& x) { any_all(x, 1, false, false); }},
        {"argmax of nothing", invalid,
         [](const Value&) { arg_extremum(z(Shape{0, 2}), 0, true, DType::int64); }},
        {"memory of exp", ErrorKind::memory,
         [](const Value& x) {
             unary(Op::exp,
                   broadcast_to(reshape(slice_axis(x.detached(), 0, 0, 1, false), Shape{3, 1}),
                                Shape{3, i64{1} << 45}));
         }},
        {"memory of add", ErrorKind::memory,
         [](const Value& x) { binary(Op::add, sum(x, 3, false), z(huge)); }},
        {"memory of concat", ErrorKind::memory,
         [](const Value&) { concat({z(huge), z(huge)}, 0); }},
        {"memory of gather", ErrorKind::memory,
         [](const Value& x) { gather(x, zeros(DType::int64, huge)); }},
        {"memory of scatter_add", ErrorKind::memory,
         [](const Value& x) {
             scatter_add(x, values(DType::int32, Shape{2}, {0, 1}), i64{1} << 47);
         }},
        {"elements of reshape", invalid,
         [](const Value& x) { reshape(x, Shape{i64{1} << 40, i64{1} << 40}); }},
        {"elements of scatter_add", invalid,
         [](const Value& x) {
             scatter_add(x, values(DType::int32, Shape{2}, {0, 1}), i64{1} << 60);
         }},
        {"elements of add", invalid,
         [](const Value&) {
             binary(Op::add, z(Shape{i64{1} << 40, 1}), z(Shape{1, i64{1} << 40}));
         }},
    };
    return all;
}

}  // namespace

TEST(a_mistake_is_an_error_of_its_kind_and_leaves_the_tape_as_it_was) {
    Recording t;
    const Value x = t.watch(values(DType::float64, Shape{2, 3}, {1, 2, 3, 4, 5, 6}));
    const Value y = unary(Op::square, x);
    for (const Mistake& m : mistakes()) {
        const Note at("mistake", m.name);
        const u32 size = t.log().size(), references = x.array->refs.load();
        try {
            m.call(x);
            test::report(__FILE__, __LINE__, "no error");
        } catch (const Error& error) {
            if (error.kind() != m.kind) test::report(__FILE__, __LINE__, error.what());
            CHECK(std::string(error.what()).size() > 10);
        }
        // What was computed on the way to the mistake may be recorded; the mistake itself is not.
        CHECK(t.log().size() <= size + 1);
        CHECK_EQUAL(x.array->refs.load(), references);
        CHECK(active_log == &t.log());
    }
    CHECK_VALUES(gradient(t.tape, y, ones_like(y), x),
                 values(DType::float64, Shape{2, 3}, {2, 4, 6, 8, 10, 12}), 0);
}

TEST(division_of_integers_by_zero_is_refused_before_it_traps) {
    for (DType dtype : all_dtypes) {
        if (!is_integer(dtype)) continue;
        const Note at("dtype", name(dtype));
        const Value a = values(dtype, Shape{3}, {1, 2, 3}), b = values(dtype, Shape{3}, {1, 0, 1});
        CHECK_FAILS(invalid_argument, binary(Op::floordiv, a, b));
        CHECK_FAILS(invalid_argument, binary(Op::mod, a, b));
        CHECK_FAILS(invalid_argument, binary(Op::mod, a, number(dtype, 0)));
        CHECK_FAILS(invalid_argument, binary(Op::floordiv, a, laid_out(b, Layout::backwards)));
        if (dtype <= DType::int64)
            CHECK_FAILS(invalid_argument, binary(Op::pow, a, values(dtype, Shape{3}, {1, 2, -1})));
    }
}

TEST(a_failing_sweep_leaves_the_tape_as_it_was) {
    // The cotangent of y * b needs the shape of both, which is more than there is memory for.
    Recording t;
    const Value x = t.watch(values(DType::float64, Shape{3}, {1, 2, 3}));
    const Value wide = broadcast_to(x, Shape{i64{1} << 45, 3});
    const Value y = unary(Op::square, x);
    t.tape.leave();
    CHECK_FAILS(memory, reverse(t.tape,
                                {{wide.node, full(DType::float64, Shape{i64{1} << 45, 3}, 1)},
                                 {wide.node, full(DType::float64, Shape{i64{1} << 45, 3}, 1)}},
                                {x.node}));
    CHECK_VALUES(gradient(t.tape, y, ones_like(y), x), values(DType::float64, Shape{3}, {2, 4, 6}),
                 0);
    CHECK_EQUAL(x.array->refs.load(),
                4u);  // x, the tensor, and what the square keeps; `wide` views it
}
