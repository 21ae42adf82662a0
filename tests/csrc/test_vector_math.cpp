// Elementary functions in loops: as exact as each other with libmvec and without, under every
// instruction set.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <vector>

#include "kernel_sets.h"

using namespace test;

namespace {

constexpr double allowed = 4;  // units in the last place: what libmvec promises

using Wide = long double;

// How many units in the last place of T `y` is away from `exact`.
template <class T>
double distance(T y, Wide exact) {
    if (y == static_cast<T>(exact) || (std::isnan(y) && std::isnan(exact))) return 0;
    if (!std::isfinite(y) || !std::isfinite(exact)) {
        // Beyond the range of T a neighbour of the largest number will do.
        const Wide largest = std::numeric_limits<T>::max();
        const Wide from = std::isinf(y) ? std::copysign(largest, static_cast<Wide>(y)) : y;
        const Wide to = std::isinf(exact) ? std::copysign(largest, exact) : exact;
        return std::isnan(y) || std::isnan(exact) ? std::numeric_limits<double>::infinity()
                                                  : distance<double>(1, from / to);
    }
    int exponent;
    std::frexp(exact, &exponent);
    exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
    const Wide unit = std::ldexp(Wide(1), exponent - std::numeric_limits<T>::digits);
    return static_cast<double>(std::fabs(static_cast<Wide>(y) - exact) / unit);
}

// Numbers of all sizes that functions of numbers between low and high are asked for: near 0 and
// near the ends of the interval, and everywhere else.
template <class T>
std::vector<T> arguments(Random& random, double low, double high) {
    std::vector<T> found = {0, static_cast<T>(-0.0), 1, -1, static_cast<T>(0.5)};
    const double far = std::max(std::fabs(low), std::fabs(high));
    for (int k = 0; k < 2000; ++k) {
        found.push_back(static_cast<T>(random.between(low, high)));
        const double small = std::ldexp(random.between(1, 2), -static_cast<int>(k % 60));
        found.push_back(static_cast<T>(low + (high - low) * small / 4));
        found.push_back(static_cast<T>(high - (high - low) * small / 4));
        found.push_back(static_cast<T>((k & 1 ? far : -far) * small / 2));
    }
    for (T& x : found) x = std::clamp(x, static_cast<T>(low), static_cast<T>(high));
    return found;
}

template <class T>
void check_unary(Loop loop, Wide (*exact)(Wide), const std::vector<T>& x) {
    std::vector<T> y(x.size());
    const void* in[] = {x.data()};
    loop(static_cast<i64>(x.size()), in, y.data());
    double worst = 0;
    T at = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
        const double d = distance(y[k], exact(x[k]));
        if (!(d <= worst)) worst = d, at = x[k];
    }
    const std::string where = text(static_cast<double>(at));
    const Note a("x", where.c_str());
    if (!(worst <= allowed)) CHECK_EQUAL(worst, allowed);
}

template <class T>
void check_binary(Loop loop, Wide (*exact)(Wide, Wide), const std::vector<T>& a,
                  const std::vector<T>& b) {
    std::vector<T> y(a.size());
    const void* in[] = {a.data(), b.data()};
    loop(static_cast<i64>(a.size()), in, y.data());
    double worst = 0;
    std::size_t at = 0;
    for (std::size_t k = 0; k < a.size(); ++k) {
        const double d = distance(y[k], exact(a[k], b[k]));
        if (!(d <= worst)) worst = d, at = k;
    }
    const std::string where =
        text(static_cast<double>(a[at])) + ", " + text(static_cast<double>(b[at]));
    const Note both("a, b", where.c_str());
    if (!(worst <= allowed)) CHECK_EQUAL(worst, allowed);
}

template <class T>
void check_all(const std::vector<Kernels>& table) {
    Random random(41);
    const auto loop = [&](Op::Code code) {
        return table[static_cast<std::size_t>(code)].forward[static_cast<int>(TypeOf<T>::value)];
    };
    const auto unary = [&](Op::Code code, Wide (*exact)(Wide), double low, double high) {
        const Note at("op", op_text[code].name);
        check_unary<T>(loop(code), exact, arguments<T>(random, low, high));
    };
    const auto binary = [&](Op::Code code, Wide (*exact)(Wide, Wide), double a_low, double a_high,
                            double b_low, double b_high) {
        const Note at("op", op_text[code].name);
        std::vector<T> a = arguments<T>(random, a_low, a_high);
        std::vector<T> b = arguments<T>(random, b_low, b_high);
        for (std::size_t k = b.size(); k > 1; --k)  // each with any
            std::swap(b[k - 1], b[static_cast<std::size_t>(random.below(static_cast<i64>(k)))]);
        check_binary<T>(loop(code), exact, a, b);
    };
    const double big = std::numeric_limits<T>::max();
    const double last = std::log(big);
    unary(Op::exp, std::exp, -1.1 * last, 1.1 * last);
    unary(Op::expm1, std::expm1, -1.1 * last, 1.1 * last);
    unary(Op::log, std::log, 0, 4);
    unary(Op::log, std::log, 0, big);
    unary(Op::log1p, std::log1p, -1, 4);
    unary(Op::log1p, std::log1p, -1, big);
    unary(Op::sin, std::sin, -1e4, 1e4);
    unary(Op::sin, std::sin, -big / 4, big / 4);
    unary(Op::cos, std::cos, -1e4, 1e4);
    unary(Op::cos, std::cos, -big / 4, big / 4);
    unary(Op::tan, std::tan, -1e4, 1e4);
    unary(Op::tan, std::tan, -big / 4, big / 4);
    unary(Op::asin, std::asin, -1, 1);
    unary(Op::acos, std::acos, -1, 1);
    unary(Op::atan, std::atan, -50, 50);
    unary(Op::sinh, std::sinh, -1.1 * last, 1.1 * last);
    unary(Op::cosh, std::cosh, -1.1 * last, 1.1 * last);
    unary(Op::tanh, std::tanh, -20, 20);
    unary(Op::asinh, std::asinh, -50, 50);
    unary(Op::asinh, std::asinh, -big / 4, big / 4);
    unary(Op::acosh, std::acosh, 1, 50);
    unary(Op::acosh, std::acosh, 1, big);
    unary(Op::atanh, std::atanh, -1, 1);
    unary(Op::erf, std::erf, -6, 6);
    unary(Op::erfc, std::erfc, -6, 28);
    binary(Op::pow, std::pow, 0, 4, -30, 30);
    binary(Op::pow, std::pow, 0, big / 4, -2, 2);
    binary(Op::atan2, std::atan2, -4, 4, -4, 4);
    binary(Op::atan2, std::atan2, -4, 4, -big / 4, big / 4);
}

}  // namespace

TEST(elementary_functions_are_exact_to_a_few_units_with_libmvec_and_without) {
    if (std::numeric_limits<Wide>::digits <= std::numeric_limits<double>::digits)
        return skip("long double is no wider than double");
    for (const char* math : vector_maths()) {
        const VectorMath chosen(math);
        for (const InstructionSet& set : instruction_sets()) {
            if (!set.present) continue;
            const Note at("set", set.name);
            const std::vector<Kernels> table = kernels_of(set);
            {
                const Note a("dtype", "float32");
                check_all<float>(table);
            }
            const Note a("dtype", "float64");
            check_all<double>(table);
        }
    }
}

TEST(without_libmvec_loops_give_the_same_numbers_as_the_scalar_path) {
    Random random(42);
    const VectorMath chosen("none");
    for (const InstructionSet& set : instruction_sets()) {
        if (!set.present) continue;
        const std::vector<Kernels> table = kernels_of(set);
        for (int code = 1; code < Op::elementwise_end; ++code)
            for (DType dtype : {DType::float32, DType::float64}) {
                const OpInfo& op = op_table[code];
                const OpText& words = op_text[code];
                const Note at("set", set.name), a("op", words.name), b("dtype", name(dtype));
                const Loop loop =
                    table[static_cast<std::size_t>(code)].forward[static_cast<int>(dtype)];
                const auto unary = op.unary_number[float_index(dtype)];
                const auto binary = op.binary_number[float_index(dtype)];
                if (loop == nullptr || (unary == nullptr && binary == nullptr)) continue;
                const i64 n = 37;
                const Value x = random_value(random, dtype, Shape{n}, words.low, words.high);
                const Value y = random_value(random, dtype, Shape{n}, words.low, words.high);
                Value z = fresh_copy(zeros(dtype, Shape{n}));
                const void* in[] = {x.data(), y.data()};
                loop(n, in, z.mutable_data());
                for (i64 k = 0; k < n; ++k) {
                    const u64 p = scalar(x, k).bits, q = scalar(y, k).bits;
                    const u64 expected = op.arity == 1 ? unary(p) : binary(p, q);
                    CHECK_EQUAL(scalar(z, k).bits, expected);
                }
            }
    }
}

namespace {

template <class F>
std::string refusal(F f) {
    try {
        f();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST(words_that_mean_nothing_are_refused_and_change_nothing) {
    const std::string before = vector_math(), set = instruction_set();
    CHECK_EQUAL(refusal([] { choose_vector_math("svml"); }),
                "AUTOGRAD_C_VECTOR_MATH=svml: expected libmvec or none");
    std::vector<Kernels> table(Op::elementwise_end);
    const std::string message = refusal([&] { select_kernels("sse9", table.data()); });
    CHECK(message.find("AUTOGRAD_C_ISA=sse9: expected baseline") == 0);
    CHECK_EQUAL(std::string(vector_math()), before);
    CHECK_EQUAL(std::string(instruction_set()), set);
    CHECK(table[Op::add].forward[static_cast<int>(DType::float32)] == nullptr);
    for (const InstructionSet& each : instruction_sets())
        if (!each.present)
            CHECK(refusal([&] { select_kernels(each.name, table.data()); }).find(" only") !=
                  std::string::npos);
}
