// Operations given as C functions.

#include "ops/external.h"
#include "support.h"

using namespace test;

namespace {

struct Data {
    double factor = 2;
    std::int32_t status = 0;
    int released = 0;
};

// y = factor a b, for numbers.
std::int32_t product(const void* const* in, void* out, const i64* d, void* user) {
    const double *a = static_cast<const double*>(in[0]), *b = static_cast<const double*>(in[1]);
    const Data& data = *static_cast<Data*>(user);
    for (i64 i = 0; i < d[0]; ++i) static_cast<double*>(out)[i] = data.factor * a[i] * b[i];
    return data.status;
}

std::int32_t product_vjp(const void* const* in, const void*, const void* g, void* const* found,
                         const i64* d, void* user) {
    const Data& data = *static_cast<Data*>(user);
    for (int k = 0; k < 2; ++k)
        for (i64 i = 0; found[k] != nullptr && i < d[0]; ++i)
            static_cast<double*>(found[k])[i] = data.factor * static_cast<const double*>(g)[i] *
                                                static_cast<const double*>(in[1 - k])[i];
    return data.status;
}

std::int32_t product_jvp(const void* const* in, const void*, const void* const* t, void* out,
                         const i64* d, void* user) {
    const Data& data = *static_cast<Data*>(user);
    for (i64 i = 0; i < d[0]; ++i) {
        double sum = 0;
        for (int k = 0; k < 2; ++k)
            if (t[k] != nullptr)
                sum +=
                    static_cast<const double*>(t[k])[i] * static_cast<const double*>(in[1 - k])[i];
        static_cast<double*>(out)[i] = data.factor * sum;
    }
    return data.status;
}

// The sum of a vector; its Jacobian-vector product writes nothing.
std::int32_t total(const void* const* in, void* out, const i64* d, void*) {
    for (i64 p = 0; p < d[0]; ++p) {
        double sum = 0;
        for (i64 i = 0; i < d[1]; ++i) sum += static_cast<const double*>(in[0])[p * d[1] + i];
        static_cast<double*>(out)[p] = sum;
    }
    return 0;
}

std::int32_t total_vjp(const void* const*, const void*, const void* g, void* const* found,
                       const i64* d, void*) {
    for (i64 i = 0; i < d[0] * d[1]; ++i)
        static_cast<double*>(found[0])[i] = static_cast<const double*>(g)[i / d[1]];
    return 0;
}

std::int32_t forgetful_jvp(const void* const*, const void*, const void* const*, void*, const i64*,
                           void*) {
    return 0;
}

void release_data(void* data) { ++static_cast<Data*>(data)->released; }

autograd_c_operation product_of(Data& data) {
    return {AUTOGRAD_C_OPERATION_VERSION,
            AUTOGRAD_C_FLOAT64,
            "product",
            "(),()->()",
            product,
            product_vjp,
            product_jvp,
            &data,
            release_data};
}

autograd_c_operation sum_of() {
    return {AUTOGRAD_C_OPERATION_VERSION,
            AUTOGRAD_C_FLOAT64,
            "total",
            "(n)->()",
            total,
            total_vjp,
            forgetful_jvp,
            nullptr,
            nullptr};
}

struct Holder {
    External* external;
    explicit Holder(const autograd_c_operation& functions)
        : external(External::create(functions, nullptr, nullptr)) {}
    ~Holder() { external->drop(); }
    Value operator()(const Value& a) { return external->call(&a); }
    Value operator()(const Value& a, const Value& b) {
        const Value both[] = {a, b};
        return external->call(both);
    }
};

const Value X = values(DType::float64, Shape{3}, {1, 2, 3}),
            Y = values(DType::float64, Shape{2, 1}, {4, 5});

Value built_in(const Value& a, const Value& b) {
    return binary(Op::multiply, binary(Op::multiply, a, b), Value::number(2.0));
}

}  // namespace

TEST(c_functions_of_numbers_and_arrays_agree_with_operations) {
    Data data;
    Holder f(product_of(data));
    const std::vector<std::pair<Value, Value>> pairs = {
        {Value::number(3.0), Value::number(-2.0)}, {X, Value::number(0.5)}, {X, Y}, {Y, X}};
    for (const auto& [a, b] : pairs) {
        Recording t;
        const Value x = t.watch(a), y = t.watch(b);
        const Value z = f(x, y), w = built_in(x, y);
        t.tape.leave();
        CHECK_VALUES(z, w, 0);
        CHECK_VALUES(gradient(t.tape, z, ones_like(z), x), gradient(t.tape, w, ones_like(z), x), 0);
        CHECK_VALUES(gradient(t.tape, z, ones_like(z), y), gradient(t.tape, w, ones_like(z), y), 0);
        CHECK_VALUES(tangent(t.tape, x, ones_like(a), z), tangent(t.tape, x, ones_like(a), w), 0);
        CHECK_VALUES(tangent(t.tape, y, ones_like(b), z), tangent(t.tape, y, ones_like(b), w), 0);
        const Value rows = stack({ones_like(z), built_in(z.detached(), z.detached())}, 0);
        const auto one = reverse(t.tape, {{z.node, rows}}, {x.node, y.node}, false, 2);
        const auto two = reverse(t.tape, {{w.node, rows}}, {x.node, y.node}, false, 2);
        for (int k = 0; k < 2; ++k) CHECK_VALUES(one[k].value, two[k].value, 0);
    }
}

TEST(c_functions_without_a_pair_of_derivatives_use_the_one_they_have) {
    Data data;
    for (int missing = 0; missing < 2; ++missing) {
        autograd_c_operation functions = product_of(data);
        if (missing == 0)
            functions.vjp = nullptr;
        else
            functions.jvp = nullptr;
        Holder f(functions);
        for (const Value& a : {Value::number(3.0), X}) {
            Recording t;
            const Value x = t.watch(a);
            const Value z = f(x, x), w = built_in(x, x);
            t.tape.leave();
            CHECK_VALUES(gradient(t.tape, z, a, x), gradient(t.tape, w, a, x), 0);
            CHECK_VALUES(tangent(t.tape, x, a, z), tangent(t.tape, x, a, w), 0);
        }
    }
    autograd_c_operation neither = product_of(data);
    neither.vjp = nullptr;
    neither.jvp = nullptr;
    Holder f(neither);
    Recording t;
    const Value x = t.watch(Value::number(3.0));
    const Value z = f(x, x);
    t.tape.leave();
    CHECK_FAILS(unimplemented, gradient(t.tape, z, ones_like(z), x));
    CHECK_FAILS(unimplemented, tangent(t.tape, x, ones_like(x), z));
}

TEST(c_functions_that_fail_leave_the_tape) {
    Data data;
    Holder f(product_of(data));
    for (const Value& a : {Value::number(3.0), X}) {
        Recording t;
        const Value x = t.watch(a);
        const u32 size = t.log().size();
        data.status = 3;
        CHECK_FAILS(external, f(x, x));
        CHECK_EQUAL(t.log().size(), size);
        data.status = 0;
        const Value z = f(x, x);
        t.tape.leave();
        data.status = 4;
        CHECK_FAILS(external, gradient(t.tape, z, ones_like(z), x));
        CHECK_FAILS(external, tangent(t.tape, x, ones_like(x), z));
        data.status = 0;
        CHECK_VALUES(gradient(t.tape, z, ones_like(z), x),
                     binary(Op::multiply, a, Value::number(4.0)), 0);
    }
}

TEST(c_functions_are_released_after_their_last_record) {
    Data data;
    {
        Recording t;
        Value z;
        const Value x = t.watch(Value::number(3.0)), v = t.watch(X);
        {
            Holder f(product_of(data));
            z = f(f(x, x), v);
        }
        t.tape.leave();
        CHECK_EQUAL(data.released, 0);
        CHECK_VALUES(gradient(t.tape, z, ones_like(z), v), full(DType::float64, Shape{3}, 36), 0);
    }
    Recording another;  // the thread's log begins anew
    CHECK_EQUAL(data.released, 1);
}

TEST(a_second_derivative_of_a_c_function_is_an_error) {
    Data data;
    Holder f(product_of(data));
    for (const Value& a : {Value::number(3.0), X}) {
        Recording t;
        const Value x = t.watch(a), factor = t.watch(Value::number(5.0));
        const Value z = f(x, x);
        const Value g = gradient(t.tape, z, ones_like(z), x);  // its own tape sees it
        const Value other = binary(Op::multiply, g, factor);
        t.tape.leave();
        CHECK_FAILS(unimplemented, gradient(t.tape, g, ones_like(g), x));
        CHECK_FAILS(unimplemented, tangent(t.tape, x, ones_like(x), g));
        CHECK_VALUES(gradient(t.tape, other, ones_like(g), factor), sum_to(g.detached(), Shape()),
                     0);
    }
}

TEST(what_a_c_function_does_not_write_is_nan) {
    Holder f(sum_of());
    Recording t;
    const Value x = t.watch(values(DType::float64, Shape{2, 3}, {1, 2, 3, 4, 5, 6}));
    const Value y = f(x);
    t.tape.leave();
    CHECK_VALUES(y, values(DType::float64, Shape{2}, {6, 15}), 0);
    CHECK_VALUES(gradient(t.tape, y, values(DType::float64, Shape{2}, {1, 10}), x),
                 values(DType::float64, Shape{2, 3}, {1, 1, 1, 10, 10, 10}), 0);
    for (const Number& n : elements(tangent(t.tape, x, ones_like(x), y)))
        CHECK(std::isnan(n.real()));
}

TEST(signatures_and_shapes_are_checked) {
    for (const char* signature : {"", "()", "(a)(b)->()", "(a)->(b)", "()->()x", "(9a)->()"}) {
        autograd_c_operation functions = sum_of();
        functions.signature = signature;
        CHECK_FAILS(invalid_argument, External::create(functions, nullptr, nullptr));
    }
    autograd_c_operation functions = sum_of();
    functions.signature = "(3)->()";
    Holder f(functions);
    CHECK_FAILS(invalid_argument, f(Value::number(1.0)));
    CHECK_FAILS(invalid_argument, f(values(DType::float64, Shape{2}, {1, 2})));
    CHECK_VALUES(f(X), Value::number(6.0), 0);
    functions.dtype = 17;
    CHECK_FAILS(dtype, External::create(functions, nullptr, nullptr));
}
