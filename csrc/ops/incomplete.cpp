// Densities of the gamma and beta distributions, and integrals of their derivatives by the
// parameters. By rows that are called with float64 for float32.
//
// With p the density in t, its n-th derivative by a parameter is p H, where H is the complete Bell
// polynomial of the derivatives of log p (Comtet, Advanced Combinatorics, 3.3): of the first, L,
// and of those that do not depend on t. So a derivative of the distribution function is the
// integral of p H from the lower end to x, or minus that from x to the upper end. On the side where
// L does not change its sign nothing cancels in the first derivative, however small the result is.
// In the logarithm (gamma) or logit (beta) of t, p is log-concave and smooth: Gauss-Legendre rules
// on panels as wide as its logarithm allows give all digits.

#include "incomplete.h"

#include <cmath>
#include <limits>

#include "../kernels/loops.h"
#include "../pattern.h"
#include "batch.h"
#include "define.h"
#include "traced.h"

namespace ag {

namespace {

OpCode gamma_density_op, igamma_by_a_op, beta_density_op, betainc_by_ab_op;

constexpr int highest_order = 6;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// ---------------------------------------------------------------- of numbers

// lambda - 1 - log(lambda), for m = lambda - 1 and log(lambda) from where it loses nothing.
double above_logarithm(double m, double logarithm) {
    if (std::fabs(m) > 0.4) return m - logarithm;
    // log(1 + m) = 2 artanh(s), s = m / (2 + m): m - 2 s = m s, and the rest is of one sign.
    const double s = m / (2 + m), square = s * s;
    double series = 0;
    for (int k = 31; k >= 3; k -= 2) series = series * square + 1.0 / k;
    return m * s - 2 * s * square * series;
}

// log Gamma(a) - ((a - 1/2) log a - a + log(2 pi) / 2).
double stirling_error(double a) {
    if (a < 12) {
        const double half_log_two_pi = 0.91893853320467274178;
        return std::lgamma(a) - ((a - 0.5) * std::log(a) - a + half_log_two_pi);
    }
    const double r = 1 / (a * a);
    return (1.0 / 12 -
            r * (1.0 / 360 -
                 r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188 - r * 691.0 / 360360))))) /
           a;
}

// log a - digamma(a).
double above_digamma(double a) {
    double sum = 0, shifted = a;
    if (a < 12) {
        for (; shifted < 12; shifted += 1) sum += 1 / shifted;
        sum += -std::log1p((shifted - a) / a);
    }
    const double r = 1 / (shifted * shifted);
    return sum + 0.5 / shifted +
           r * (1.0 / 12 -
                r * (1.0 / 120 -
                     r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132 - r * 691.0 / 32760)))));
}

// The derivative of order n of digamma, n from 1 on, of a positive number.
double positive_polygamma(int n, double a) {
    static constexpr double bernoulli[] = {1.0 / 6,   -1.0 / 30,     1.0 / 42,
                                           -1.0 / 30, 5.0 / 66,      -691.0 / 2730,
                                           7.0 / 6,   -3617.0 / 510, 43867.0 / 798};
    double factorial = 1;  // (n - 1)!
    for (int k = 2; k < n; ++k) factorial *= k;
    double sum = 0;
    for (; a < 16 + n; a += 1) sum += factorial * n / std::pow(a, n + 1);
    // DLMF 5.15.8, without its sign.
    const double power = std::pow(a, -n);
    double series = factorial * power + factorial * n * power / (2 * a);
    double term = factorial * n * (n + 1) / 2 * power / (a * a);  // (2k + n - 1)! / (2k)! / a^..
    for (int k = 1; k <= 9; ++k) {
        series += bernoulli[k - 1] * term;
        term *= static_cast<double>((2 * k + n) * (2 * k + n + 1)) / ((2 * k + 1) * (2 * k + 2)) /
                (a * a);
    }
    return (n % 2 == 1 ? 1 : -1) * (sum + series);
}

// log(x / a), where the quotient may be close to 1, or may not be a number.
double log_ratio(double x, double a) {
    const double m = (x - a) / a;
    return std::fabs(m) > 0.4 ? std::log(x) - std::log(a) : std::log1p(m);
}

// x^a e^-x / Gamma(a).
double gamma_weight(double a, double x) {
    if (x == 0) return 0;
    const double m = (x - a) / a;
    if (m > 1e300) return std::exp(a * std::log(x) - x) * (a / std::tgamma(a + 1));
    return std::sqrt(a) * 0.39894228040143267794 *
           std::exp(-a * above_logarithm(m, log_ratio(x, a)) - stirling_error(a));
}

// x^a (1-x)^b / B(a, b).
double beta_weight(double a, double b, double x) {
    const double off = x * b - (1 - x) * a;
    const double of_a = above_logarithm(off / a, std::log(x) + std::log1p(b / a));
    const double of_b = above_logarithm(-off / b, std::log1p(-x) + std::log1p(a / b));
    const double exponent = -a * of_a - b * of_b;
    const double error = stirling_error(a + b) - stirling_error(a) - stirling_error(b);
    return std::sqrt(a / (a + b)) * std::sqrt(b) * 0.39894228040143267794 *
           std::exp(exponent + error);
}

double gamma_density_at(double a, double x) {
    if (!(a > 0) || !(x >= 0)) return not_a_number;
    if (x == 0) return a < 1 ? infinity : a == 1 ? 1 : 0;
    if (x == infinity) return 0;
    return gamma_weight(a, x) / x;
}

double beta_density_at(double a, double b, double x) {
    if (!(a > 0) || !(b > 0) || !(x >= 0 && x <= 1)) return not_a_number;
    if (x == 0) return a < 1 ? infinity : a == 1 ? b : 0;
    if (x == 1) return b < 1 ? infinity : b == 1 ? a : 0;
    return beta_weight(a, b, x) / x / (1 - x);
}

// Complete Bell polynomial of m derivatives by one parameter and n by another: `c(j, k)` is the
// derivative of log p by the first j times and by the second k times.
template <class N, class F>
N bell(int m, int n, F c) {
    N table[highest_order + 1][highest_order + 1];
    static constexpr int choose[7][7] = {{1},
                                         {1, 1},
                                         {1, 2, 1},
                                         {1, 3, 3, 1},
                                         {1, 4, 6, 4, 1},
                                         {1, 5, 10, 10, 5, 1},
                                         {1, 6, 15, 20, 15, 6, 1}};
    for (int i = 0; i <= m; ++i)
        for (int j = 0; j <= n; ++j) {
            if (i == 0 && j == 0) continue;
            // The derivative by the first, or by the second if there is none by the first, of the
            // product of p and the polynomial below.
            bool begun = false;
            const int first = i > 0 ? i - 1 : 0, second = i > 0 ? j : j - 1;
            for (int r = 0; r <= first; ++r)
                for (int s = 0; s <= second; ++s) {
                    const int times = choose[first][r] * choose[second][s];
                    const N slope = c(r + (i > 0), s + (i == 0));
                    const bool is_one = first - r == 0 && second - s == 0;
                    const N part =
                        is_one ? times * slope : times * (slope * table[first - r][second - s]);
                    table[i][j] = begun ? table[i][j] + part : part;
                    begun = true;
                }
        }
    return table[m][n];
}

// Gauss-Legendre nodes and weights of order 24 on [-1, 1]: the positive half.
struct Rule {
    static constexpr int half = 12;
    double node[half], weight[half];
    Rule() {
        constexpr int order = 2 * half;
        for (int k = 0; k < half; ++k) {
            long double z = std::cos(3.14159265358979323846L * (k + 0.75L) / (order + 0.5L));
            long double slope = 1;
            for (int step = 0; step < 100; ++step) {
                long double p = 1, before = 0;
                for (int j = 1; j <= order; ++j) {
                    const long double next = ((2 * j - 1) * z * p - (j - 1) * before) / j;
                    before = p;
                    p = next;
                }
                slope = order * (z * p - before) / (z * z - 1);
                const long double change = p / slope;
                z -= change;
                if (std::fabs(change) < 1e-19L) break;
            }
            node[k] = static_cast<double>(z);
            weight[k] = static_cast<double>(2 / ((1 - z * z) * slope * slope));
        }
    }
};
const Rule rule;

// The integral over v from 0 in a direction (1 or -1) of f(v), where exponent(v, slope, curvature)
// is the logarithm of what makes f decay and its derivatives. `apart(v)`: how far the nearest
// singularity of f may be, or where its exponent begins to bend.
template <class F, class E, class A>
double integral(double direction, F f, E exponent, A apart) {
    double total = 0, v = 0;
    for (int panel = 0; panel < 400; ++panel) {
        double slope, curvature;
        const double here = exponent(v, slope, curvature);
        if (here < -44) break;
        const double scale = std::max(std::fabs(slope), 1.5 * std::sqrt(curvature));
        const double width = direction * std::min(8 / scale, apart(v));
        double sum = 0;
        for (int k = 0; k < Rule::half; ++k) {
            const double offset = rule.node[k] * width / 2, middle = v + width / 2;
            sum += rule.weight[k] * (f(middle - offset) + f(middle + offset));
        }
        total += sum * width / 2;
        v += width;
    }
    return direction * total;
}

double igamma_by_a_at(int order, double a, double x) {
    if (!(a > 0) || !(x >= 0) || a == infinity) return not_a_number;
    if (x == 0 || x == infinity) return 0;
    const double level = log_ratio(x, a) + above_digamma(a);  // log x - digamma(a)
    double rest[highest_order];
    for (int k = 1; k < order; ++k) rest[k] = -positive_polygamma(k, a);
    const bool lower = level < 0;
    const auto polynomial = [&](double l) {
        if (order == 1) return l;
        if (order == 2) return l * l + rest[1];
        return bell<double>(order, 0, [&](int j, int) { return j == 1 ? l : rest[j - 1]; });
    };
    // t = x e^v
    const auto height = [&](double v) { return a * v - x * std::expm1(v); };
    const auto f = [&](double v) { return std::exp(height(v)) * polynomial(level + v); };
    const auto exponent = [&](double v, double& slope, double& curvature) {
        const double grown = x * std::exp(v);
        slope = a - grown;
        curvature = grown;
        return height(v);
    };
    const double bend = std::log(x);
    const auto apart = [&](double v) { return std::max(2.5, std::fabs(v + bend) / 2); };
    const double part = integral(lower ? -1 : 1, f, exponent, apart);
    return (lower ? 1 : -1) * gamma_weight(a, x) * part;
}

double betainc_by_ab_at(int by_a, int by_b, double a, double b, double x) {
    if (!(a > 0) || !(b > 0) || !(x >= 0 && x <= 1) || a == infinity || b == infinity)
        return not_a_number;
    if (x == 0 || x == 1) return 0;
    const double y = 1 - x, off = x * b - y * a;
    const double of_both = above_digamma(a + b);
    // log x - digamma(a) + digamma(a + b), and the same of 1 - x and b.
    const auto logarithm = [](double m, double x_or_y, double ratio) {
        return std::fabs(m) > 0.4 ? std::log(x_or_y) + std::log1p(ratio) : std::log1p(m);
    };
    const double level_a = logarithm(off / a, x, b / a) + above_digamma(a) - of_both;
    const double level_b = logarithm(-off / b, y, a / b) + above_digamma(b) - of_both;
    const int order = by_a + by_b;
    double of_a[highest_order], of_b[highest_order], of_sum[highest_order];
    for (int k = 1; k < order; ++k) {
        of_a[k] = -positive_polygamma(k, a);
        of_b[k] = -positive_polygamma(k, b);
        of_sum[k] = positive_polygamma(k, a + b);
    }
    const auto polynomial = [&](double first, double second) {
        if (order == 1) return by_a == 1 ? first : second;
        return bell<double>(by_a, by_b, [&](int j, int k) {
            if (j + k == 1) return j == 1 ? first : second;
            return of_sum[j + k - 1] + (k == 0 ? of_a[j - 1] : j == 0 ? of_b[k - 1] : 0);
        });
    };
    const bool lower = by_a > 0 ? level_a < 0 : level_b > 0;
    // logit t = logit x + v: the logarithms of t / x and (1 - t) / (1 - x).
    // Small parameters reach far: there exp(v) would be infinite.
    constexpr double far = 30;
    const auto grown = [&](double v) {
        return v < -far ? v - std::log(y + x * std::exp(v)) : -std::log1p(y * std::expm1(-v));
    };
    const auto shrunk = [&](double v) {
        return v > far ? -v - std::log(x + y * std::exp(-v)) : -std::log1p(x * std::expm1(v));
    };
    const auto f = [&](double v) {
        const double first = grown(v), second = shrunk(v);
        return std::exp(a * first + b * second) * polynomial(level_a + first, level_b + second);
    };
    const auto exponent = [&](double v, double& slope, double& curvature) {
        const double first = grown(v), second = shrunk(v);
        const double t = x * std::exp(first), rest = y * std::exp(second);
        slope = a * rest - b * t;
        curvature = (a + b) * t * rest;
        return a * first + b * second;
    };
    const double logit = std::log(x) - std::log1p(-x);
    const auto apart = [&](double v) { return std::max(3.0, std::fabs(v + logit) / 2); };
    const double part = integral(lower ? -1 : 1, f, exponent, apart);
    return (lower ? 1 : -1) * beta_weight(a, b, x) * part;
}

// ---------------------------------------------------------------- of values

// A loop of a function of two or three doubles.
template <auto Function, class T>
void loop_of_two(i64 n, const void* const* in, void* out) {
    const T *a = static_cast<const T*>(in[0]), *x = static_cast<const T*>(in[1]);
    T* y = static_cast<T*>(out);
    for (i64 i = 0; i < n; ++i)
        y[i] = static_cast<T>(Function(static_cast<double>(a[i]), static_cast<double>(x[i])));
}
template <auto Function, class T>
void loop_of_three(i64 n, const void* const* in, void* out) {
    const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
    const T* x = static_cast<const T*>(in[2]);
    T* y = static_cast<T*>(out);
    for (i64 i = 0; i < n; ++i)
        y[i] = static_cast<T>(Function(static_cast<double>(a[i]), static_cast<double>(b[i]),
                                       static_cast<double>(x[i])));
}

template <int Order>
double igamma_of_order(double a, double x) {
    return igamma_by_a_at(Order, a, x);
}
template <int Orders>
double betainc_of_orders(double a, double b, double x) {
    constexpr int by_a = Orders / (highest_order + 1), by_b = Orders % (highest_order + 1);
    if constexpr (by_a + by_b == 0 || by_a + by_b > highest_order)
        return not_a_number;
    else
        return betainc_by_ab_at(by_a, by_b, a, b, x);
}

// Loops for float32 and float64.
struct Loops {
    Loop of[2];
};
template <int... Order>
Loops loops_of_igamma(int order, std::integer_sequence<int, Order...>) {
    static constexpr Loops all[] = {{{loop_of_two<igamma_of_order<Order + 1>, float>,
                                      loop_of_two<igamma_of_order<Order + 1>, double>}}...};
    return all[order - 1];
}
template <int... Orders>
Loops loops_of_betainc(int orders, std::integer_sequence<int, Orders...>) {
    static constexpr Loops all[] = {{{loop_of_three<betainc_of_orders<Orders>, float>,
                                      loop_of_three<betainc_of_orders<Orders>, double>}}...};
    return all[orders];
}

Value run_loops(OpCode code, const Call& given, const Loops& loops) {
    const char* const name = op_text[code].called;
    const Value* inputs[3];
    Shape shape = given[0].shape();
    for (std::size_t k = 0; k < given.size(); ++k) {
        require_same_dtype(name, given[0], given[k]);
        inputs[k] = &given[k];
        if (k > 0) shape = broadcast_shapes(shape, given[k].shape(), name);
    }
    Value y = make_value(given[0].dtype, shape);
    run_loop(loops.of[y.dtype == DType::float64], inputs, static_cast<int>(given.size()), shape, y,
             false);
    return y;
}

Value run_gamma_density(const Call& given) {
    static constexpr Loops loops{
        {loop_of_two<gamma_density_at, float>, loop_of_two<gamma_density_at, double>}};
    return run_loops(gamma_density_op, given, loops);
}
Value run_beta_density(const Call& given) {
    static constexpr Loops loops{
        {loop_of_three<beta_density_at, float>, loop_of_three<beta_density_at, double>}};
    return run_loops(beta_density_op, given, loops);
}
void check_order(const char* name, i64 order, i64 least = 1) {
    if (order < least || order > highest_order)
        fail(ErrorKind::unimplemented, std::string("[") + name +
                                           "] has derivatives by its parameters up to order " +
                                           std::to_string(highest_order));
}

Value run_igamma_by_a(const Call& given) {
    check_order("igamma", given.attribute(0));
    const int order = static_cast<int>(given.attribute(0));
    const auto all = std::make_integer_sequence<int, highest_order>();
    return run_loops(igamma_by_a_op, given, loops_of_igamma(order, all));
}
Value run_betainc_by_ab(const Call& given) {
    for (const std::size_t k : {0, 1}) check_order("betainc", given.attribute(k), 0);
    const auto orders = given.attribute(0) * (highest_order + 1) + given.attribute(1);
    const auto all = std::make_integer_sequence<int, (highest_order + 1) * (highest_order + 1)>();
    return run_loops(betainc_by_ab_op, given, loops_of_betainc(static_cast<int>(orders), all));
}

Value times(const Value& a, const Value& b) { return binary(Op::multiply, a, b); }
Value minus(const Value& a, const Value& b) { return binary(Op::subtract, a, b); }
Value plus(const Value& a, const Value& b) { return binary(Op::add, a, b); }
Value one_of(const Value& like) { return Value::constant(like.dtype, 1); }

// log(x), and 0 where x is 0 and the density that it is a factor of decides.
Value safe_log(const Value& x) {
    const Value there = binary(Op::greater, stop(x), Value::constant(x.dtype, 0));
    return unary(Op::log, select(there, x, one_of(x)));
}

// The derivative of the given order by a, `y` being the density.
Value gamma_density_by_a(int order, const Value& y, const Value& a, const Value& x) {
    if (order == 0) return y;
    const auto derivative = [&](int j, int) -> Traced {
        if (j == 1) return {minus(safe_log(x), digamma(a))};
        return {unary(Op::negative, polygamma(j - 1, a))};
    };
    return times(y, bell<Traced>(order, 0, derivative).value);
}

Value beta_density_by_ab(int m, int n, const Value& y, const Value& a, const Value& b,
                         const Value& x) {
    if (m + n == 0) return y;
    const auto derivative = [&](int j, int k) -> Traced {
        const Value of_both = polygamma(j + k - 1, plus(a, b));
        if (k == 0) {
            const Value of_a = polygamma(j - 1, a);
            return {plus(minus(j == 1 ? safe_log(x) : Value::constant(a.dtype, 0), of_a), of_both)};
        }
        if (j == 0) {
            const Value of_b = polygamma(k - 1, b);
            const Value rest = minus(one_of(x), x);
            return {
                plus(minus(k == 1 ? safe_log(rest) : Value::constant(b.dtype, 0), of_b), of_both)};
        }
        return {of_both};
    };
    return times(y, bell<Traced>(m, n, derivative).value);
}

// ---------------------------------------------------------------- partials

Value number_like(const Value& like, double x) { return Value::constant(like.dtype, x); }
// Where x is at an end and the parameter of the power that is 0 there is above 1: the quotient by
// that power is no number there, and the density with the parameter less 1 is what it tends to.
Value is_at_end(const Value& x, double end, const Value& parameter) {
    return binary(Op::logical_and, binary(Op::equal, stop(x), number_like(x, end)),
                  binary(Op::greater, stop(parameter), one_of(x)));
}

// Of the row that a rule is for: what it reads, and the partial by input k.
template <class Reader>
Value partial_of_gamma_density(const Reader& from, int k) {
    const Value a = from.kept_input(0), x = from.kept_input(1), y = from.kept_output();
    if (k == 0) return gamma_density_by_a(1, y, a, x);
    const Value at_end = is_at_end(x, 0, a);
    const Value inside = select(at_end, one_of(x), x);
    const Value quotient =
        times(y, minus(binary(Op::xdivy, minus(a, one_of(a)), inside), one_of(x)));
    // p(a - 1, x) - p(a, x), of which the second is 0.
    const Value lower = select(at_end, minus(a, one_of(a)), a);
    return select(at_end, gamma_density(lower, select(at_end, x, one_of(x))), quotient);
}
template <class Reader>
Value partial_of_igamma_by_a(const Reader& from, int k) {
    const Value a = from.kept_input(0), x = from.kept_input(1);
    const int order = static_cast<int>(from.attributes()[0]);
    if (k == 0) return igamma_by_order(order + 1, a, x);
    return gamma_density_by_a(order, gamma_density(a, x), a, x);
}
template <class Reader>
Value partial_of_beta_density(const Reader& from, int k) {
    const Value a = from.kept_input(0), b = from.kept_input(1), x = from.kept_input(2);
    const Value y = from.kept_output();
    if (k < 2) return beta_density_by_ab(k == 0, k == 1, y, a, b, x);
    const Value at_0 = is_at_end(x, 0, a), at_1 = is_at_end(x, 1, b);
    const Value at_end = binary(Op::logical_or, at_0, at_1), half = number_like(x, 0.5);
    const Value inside = select(at_end, half, x), rest = minus(one_of(x), inside);
    const Value quotient = times(y, minus(binary(Op::xdivy, minus(a, one_of(a)), inside),
                                          binary(Op::xdivy, minus(b, one_of(b)), rest)));
    // (a + b - 1) (p(a - 1, b, x) - p(a, b - 1, x)), of which one is 0.
    const Value lower_a = select(at_0, minus(a, one_of(a)), a);
    const Value lower_b = select(at_1, minus(b, one_of(b)), b);
    const Value total = minus(plus(a, b), one_of(a));
    const Value limit = times(select(at_0, total, unary(Op::negative, total)),
                              beta_density(lower_a, lower_b, select(at_end, x, half)));
    return select(at_end, limit, quotient);
}
template <class Reader>
Value partial_of_betainc_by_ab(const Reader& from, int k) {
    const Value a = from.kept_input(0), b = from.kept_input(1), x = from.kept_input(2);
    const Attributes orders = from.attributes();
    const int m = static_cast<int>(orders[0]), n = static_cast<int>(orders[1]);
    if (k < 2) return betainc_by_orders(m + (k == 0), n + (k == 1), a, b, x);
    return beta_density_by_ab(m, n, beta_density(a, b, x), a, b, x);
}

template <int Inputs, Value (*Partial)(const Accumulator&, int)>
void reverse_of(const Record&, const Value& g, Accumulator& acc) {
    for (int k = 0; k < Inputs; ++k)
        if (acc.wants(k)) acc.add(k, acc.fit(k, times(g, Partial(acc, k))));
}
template <int Inputs, Value (*Partial)(const Tangents&, int)>
Value forward_of(const Record&, const Tangents& t) {
    return total_of_products(t, Inputs, [&](int k) { return Partial(t, k); });
}

template <int Inputs, Value (*Reverse)(const Accumulator&, int),
          Value (*Forward)(const Tangents&, int)>
void define_one(OpCode& code, const char* name, const char* called, Value (*run)(const Call&),
                u8 attributes) {
    OpInfo& op = define_op(code, name, Inputs, run, reverse_of<Inputs, Reverse>,
                           forward_of<Inputs, Forward>);
    op_text[code].called = called;
    op.kinds = kind_floating;
    op.half = InFloat16::outside;
    op.attributes = attributes;
    op.many = Inputs > 2;
    op.reads[0] = op.reads[1] =
        static_cast<u8>(((1 << Inputs) - 1) | (attributes == 0 ? reads_output : 0));
    op.batched = batch_aligned;
    op.pattern = pattern_in_place;
}

}  // namespace

Value gamma_density(const Value& a, const Value& x) { return call(gamma_density_op, {}, {&a, &x}); }
Value igamma_by_order(int order, const Value& a, const Value& x) {
    check_order("igamma", order);
    return call(igamma_by_a_op, {order}, {&a, &x});
}
Value beta_density(const Value& a, const Value& b, const Value& x) {
    return call(beta_density_op, {}, {&a, &b, &x});
}
Value betainc_by_orders(int by_a, int by_b, const Value& a, const Value& b, const Value& x) {
    check_order("betainc", by_a + by_b);
    return call(betainc_by_ab_op, {by_a, by_b}, {&a, &b, &x});
}

void define_incomplete() {
    define_one<2, partial_of_gamma_density<Accumulator>, partial_of_gamma_density<Tangents>>(
        gamma_density_op, "gamma_density", "igamma", run_gamma_density, 0);
    define_one<2, partial_of_igamma_by_a<Accumulator>, partial_of_igamma_by_a<Tangents>>(
        igamma_by_a_op, "igamma_by_a", "igamma", run_igamma_by_a, 1);
    define_one<3, partial_of_beta_density<Accumulator>, partial_of_beta_density<Tangents>>(
        beta_density_op, "beta_density", "betainc", run_beta_density, 0);
    define_one<3, partial_of_betainc_by_ab<Accumulator>, partial_of_betainc_by_ab<Tangents>>(
        betainc_by_ab_op, "betainc_by_ab", "betainc", run_betainc_by_ab, 2);
}

}  // namespace ag
