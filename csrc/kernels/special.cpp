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

}  // namespace ag
