#include "special.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "special_coefficients.h"

namespace ag {

namespace {

constexpr double pi = 3.14159265358979323846;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// Where a formula for positive numbers does not hold: below 0, and at 0 where it has a pole.
double negative_lgamma(double x);
double negative_digamma(double x);
double negative_trigamma(double x);

}  // namespace

namespace special_plain {
namespace {
using Doubles = double;
[[maybe_unused]] double exp(double x) { return std::exp(x); }
double log(double x) { return std::log(x); }
[[maybe_unused]] double sqrt(double x) { return std::sqrt(x); }
bool any(bool condition) { return condition; }
bool all(bool condition) { return condition; }
void repair(double x, double& y, double (*f)(double)) { y = f(x); }
#if AG_VECTOR_MATH
#include "special.inl"
#else
#include "special_loops.inl"
#endif
}  // namespace
}  // namespace special_plain

#if AG_VECTOR_MATH
namespace {
// Compiled for any processor, as libm is: vectors have gone to memory before.
AG_NOINLINE void repair_lanes(const double* x, double* y, int n, double (*f)(double)) {
    for (int k = 0; k < n; ++k)
        if (x[k] <= 0) y[k] = f(x[k]);
}
}  // namespace

#define AG_VECTOR_BYTES 16
#define AG_DOUBLES "bN2"
namespace special_sse {
#include "special_vectors.inl"
}  // namespace special_sse
#undef AG_VECTOR_BYTES
#undef AG_DOUBLES
#define AG_VECTOR_BYTES 32
#define AG_DOUBLES "dN4"
AG_BEGIN_AVX2
namespace special_avx2 {
#include "special_vectors.inl"
}  // namespace special_avx2
AG_END_CLONE
#undef AG_VECTOR_BYTES
#undef AG_DOUBLES
#define AG_VECTOR_BYTES 64
#define AG_DOUBLES "eN8"
AG_BEGIN_AVX512
namespace special_avx512 {
#include "special_vectors.inl"
}  // namespace special_avx512
AG_END_CLONE
#endif

const SpecialLoops& special_loops(const char* set) {
#if AG_VECTOR_MATH
    if (std::strcmp(set, "avx512") == 0) return special_avx512::loops;
    return std::strcmp(set, "avx2") == 0 ? special_avx2::loops : special_sse::loops;
#else
    (void)set;
    return special_plain::loops;
#endif
}

namespace {

// What x is beyond the nearest integer: exact.
double beyond_integer(double x) { return x - std::nearbyint(x); }

// By reflection (NIST Digital Library of Mathematical Functions, 5.5.3 and 5.5.4).
double negative_lgamma(double x) {
    const double a = -x, off = beyond_integer(a);
    if (off == 0 || a == infinity) return infinity;
    if (a < 1e-20) return -std::log(a);
    return std::log(pi / std::fabs(a * std::sin(pi * off))) - special_plain::lgamma(a);
}

double negative_digamma(double x) {
    if (x == 0) return std::copysign(infinity, -x);
    const double off = beyond_integer(x);
    if (off == 0 || x == -infinity) return not_a_number;
    return special_plain::digamma(1 - x) - pi / std::tan(pi * off);
}

double negative_trigamma(double x) {
    const double off = beyond_integer(x);
    if (x == -infinity) return not_a_number;
    if (off == 0) return infinity;
    const double sine = std::sin(pi * off) / pi;
    return 1 / (sine * sine) - special_plain::trigamma(1 - x);
}

// Of q above 0 and s above 1: the first terms, and the Euler-Maclaurin formula for the others
// (NIST Digital Library of Mathematical Functions, 25.11.5 and 2.10.1).
double positive_zeta(double s, double q) {
    // B(2 j) / (2 j)!
    static constexpr double bernoulli[] = {
        8.3333333333333333e-2,   -1.3888888888888889e-3,  3.3068783068783069e-5,
        -8.2671957671957672e-7,  2.0876756987868099e-8,   -5.2841901386874932e-10,
        1.3382536530684679e-11,  -3.3896802963225829e-13, 8.5860620562778446e-15,
        -2.1748686985580619e-16, 5.5090028283602295e-18,  -1.3954464685812523e-19};
    const double enough = std::max(10.0, s);  // where the formula begins to converge
    double sum = 0, from = q;
    while (from < enough) {
        const double term = std::pow(from, -s);
        sum += term;
        from += 1;
        if (term == infinity || term <= 1e-19 * sum) return sum;
    }
    const double higher = std::pow(from, 1 - s), power = higher / from;
    double tail = higher / (s - 1) + power / 2;
    double term = s * power / from;
    const double inverse_square = 1 / (from * from);
    for (int j = 0; j < 12; ++j) {
        const double part = bernoulli[j] * term;
        tail += part;
        if (std::fabs(part) < 1e-18 * tail) break;
        term *= (s + (2 * j + 1)) * (s + (2 * j + 2)) * inverse_square;
    }
    return sum + tail;
}

}  // namespace

double hurwitz_zeta(double s, double q) {
    if (s != s || q != q || s < 1) return not_a_number;
    if (s == 1) return infinity;
    if (q > 0) return q == infinity ? 0 : positive_zeta(s, q);
    const double off = beyond_integer(q);
    if (off == 0) return infinity;
    if (s != std::floor(s) || q == -infinity) return not_a_number;
    // Over all whole k, less those below 0.
    const double sign = std::fmod(s, 2) == 0 ? 1 : -1;
    const double above = off > 0 ? off : 1 + off, below = off > 0 ? 1 - off : -off;
    return positive_zeta(s, above) + sign * (positive_zeta(s, below) - positive_zeta(s, 1 - q));
}

double polygamma(double n, double x) {
    if (!(n >= 0) || n != std::floor(n)) return not_a_number;
    if (n == 0) return special_plain::digamma(x);
    if (n == 1) return special_plain::trigamma(x);
    // (NIST Digital Library of Mathematical Functions, 5.15.1)
    const double size = std::tgamma(n + 1) * hurwitz_zeta(n + 1, x);
    return std::fmod(n, 2) == 0 ? -size : size;
}

// ---------------------------------------------------------------- derivatives of Bessel functions

namespace {

// The sum of f(0) / 2 + f(step) + f(2 step) + ... while it grows: the trapezoidal rule, which
// converges exponentially for functions that are even and analytic.
template <class F>
double trapezoids(double step, F f) {
    double sum = f(0) / 2, largest = 0;
    for (int j = 1; j < 100000; ++j) {
        const double part = f(j * step);
        sum += part;
        largest = std::max(largest, part);
        if (!(part > 1e-18 * sum) && part < largest) break;
    }
    return sum * step;
}

}  // namespace

double i0_fall(int k, double x) {
    const double a = std::fabs(x);
    if (a != a) return a;
    if (a > 20 + 2 * k) {
        // The series in 1 / a of the integral over u, whose density is (2 u)^(-1/2) (1 - u /
        // 2)^(-1/2).
        double term = std::tgamma(k + 0.5) / (pi * std::sqrt(2.0)), sum = term;
        for (int j = 1; j < 40 && term > 1e-17 * sum; ++j) {
            term *= (2 * j - 1) * (k + j - 0.5) / (4 * j * a);
            sum += term;
        }
        return sum * std::pow(a, -k) / std::sqrt(a);
    }
    // The rule is periodic here: it goes once round.
    const int points = 20 + k + static_cast<int>(9 * std::sqrt(a));
    double sum = 0;
    for (int j = 1; j <= points; ++j) {
        const double half = std::sin(pi * j / (2.0 * points)), u = 2 * half * half;
        sum += std::pow(u, k) * std::exp(-a * u) * (j == points ? 0.5 : 1.0);
    }
    return sum / points;
}

double k0_fall(int k, double x, double k0, double k1) {
    if (x == 0) return infinity;
    if (x < 2) {
        // Integrated by parts: x N(n + 2) = (n + 1 - 2 x) N(n + 1) + (2 n + 1) N(n).
        double before = k0, fall = k1 - k0;
        for (int n = 0; n + 1 < k; ++n) {
            const double next = ((n + 1 - 2 * x) * fall + (2 * n + 1) * before) / x;
            before = fall;
            fall = next;
        }
        return k == 0 ? k0 : fall;
    }
    if (!(x < infinity)) return 0 * k0;
    if (k <= 2) {
        const double root = std::sqrt(x);
        return k == 1 ? special_plain::polynomial(k0_fall_1_far, 1 / x - 0.25) / (x * root)
                      : special_plain::polynomial(k0_fall_2_far, 1 / x - 0.25) / (x * x * root);
    }
    const double step = std::min(0.14, 0.5 / std::sqrt(x));
    return trapezoids(step, [&](double t) {
        const double half = std::sinh(t / 2), u = 2 * half * half;
        return std::pow(u, k) * std::exp(-x * u);
    });
}

double dawson_slope(int k, double x, double value) {
    const double a = std::fabs(x);
    if (a != a) return a;
    const double sign = x < 0 && k % 2 == 0 ? -1 : 1;
    if (a > 8 && k > 1) {
        // The derivative of the asymptotic series (NIST Digital Library of Mathematical Functions,
        // 7.12.1), term by term.
        double coefficient = 0.5, sum = 0;
        for (int j = 0; j < 40; ++j) {
            double term = coefficient / a;
            for (int i = 0; i < k; ++i) term *= -(2 * j + 1 + i) / a;
            sum += term;
            if (!(std::fabs(term) > 1e-18 * std::fabs(sum))) break;
            coefficient *= (2 * j + 1) / (2 * a * a);
        }
        return sign * sum;
    }
    double slope;
    if (a < 1.1875) {
        slope = 1 - 2 * a * std::fabs(value);
    } else if (a < 2.5) {
        slope = -special_plain::polynomial(dawson_slope_near, a - 1.84375);
    } else {
        const double square = a * a;
        slope = -(a < 5 ? special_plain::polynomial(dawson_slope_middle, a - 3.75)
                        : special_plain::polynomial(dawson_slope_far, 1 / square - 0.02)) /
                square;
    }
    double before = std::fabs(value);
    for (int n = 1; n < k; ++n) {
        const double next = -2 * (a * slope + n * before);
        before = slope;
        slope = next;
    }
    return sign * slope;
}

}  // namespace ag
