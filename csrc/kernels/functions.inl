// Functions of numbers that the expressions of ops/elementwise.def use. Included once for each
// instruction set, inside its namespace, so that vector loops inline code made for them. The
// including file has set AG_COMPLEX_LOOPS, and AG_VECTOR_LOOPS: whether elementary functions are
// called by the names that have vector versions.

// Elementary functions are libm's.
#if AG_VECTOR_LOOPS
#define AG_LIBM(NAME) autograd_c_##NAME
#else
#define AG_LIBM(NAME) ::NAME
#endif
#define FUNCTION1(NAME)                                          \
    AG_INLINE double NAME(double x) { return AG_LIBM(NAME)(x); } \
    AG_INLINE float NAME(float x) { return AG_LIBM(NAME##f)(x); }
#define FUNCTION2(NAME)                                                       \
    AG_INLINE double NAME(double x, double y) { return AG_LIBM(NAME)(x, y); } \
    AG_INLINE float NAME(float x, float y) { return AG_LIBM(NAME##f)(x, y); }
#include "elementary.def"
#undef FUNCTION1
#undef FUNCTION2
#undef AG_LIBM

// Instructions rather than calls.
template <class T>
using if_floating = std::enable_if_t<std::is_floating_point_v<T>, T>;
template <class T>
using if_integral = std::enable_if_t<std::is_integral_v<T>, T>;

template <class T>
AG_INLINE if_floating<T> sqrt(T x) {
    return std::sqrt(x);
}
template <class T>
AG_INLINE if_floating<T> floor(T x) {
    return std::floor(x);
}
template <class T>
AG_INLINE if_floating<T> ceil(T x) {
    return std::ceil(x);
}
// The rounding mode is the default one, to nearest with halves to even.
template <class T>
AG_INLINE if_floating<T> round(T x) {
    return std::rint(x);
}
template <class T>
AG_INLINE if_floating<T> abs(T x) {
    return std::fabs(x);
}
template <class T>
AG_INLINE if_integral<T> abs(T x) {
    // Through the unsigned type: the most negative integer maps to itself, as in NumPy.
    using U = std::make_unsigned_t<T>;
    return x < 0 ? static_cast<T>(U{0} - static_cast<U>(x)) : x;
}
template <class T>
AG_INLINE std::enable_if_t<std::is_arithmetic_v<T>, T> sign(T x) {
    if constexpr (std::is_floating_point_v<T>)
        return x != x ? x : static_cast<T>((x > 0) - (x < 0));
    else
        return static_cast<T>((x > 0) - (x < 0));
}
// condition ? a : b by bits: a compiler makes no vector loop of a choice beside a call (GCC does
// not convert such branches), whatever versions of the function there are.
template <class T>
AG_INLINE if_floating<T> either(bool condition, T a, T b) {
    using Bits = std::conditional_t<sizeof(T) == sizeof(double), std::int64_t, std::int32_t>;
    Bits first, second;
    std::memcpy(&first, &a, sizeof a);
    std::memcpy(&second, &b, sizeof b);
    const Bits mask = -static_cast<Bits>(condition);
    const Bits chosen = (first & mask) | (second & ~mask);
    T y;
    std::memcpy(&y, &chosen, sizeof y);
    return y;
}
template <class T>
AG_INLINE T maximum(T a, T b) {
    return (a >= b || a != a) ? a : b;
}
// Of one comparison: only the first can be NaN.
template <class T>
AG_INLINE if_floating<T> maximum(T a, int b) {
    return either(a < static_cast<T>(b), static_cast<T>(b), a);
}
template <class T>
AG_INLINE std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, int>, T> maximum(T a,
                                                                                        int b) {
    return maximum(a, static_cast<T>(b));
}
template <class T>
AG_INLINE T minimum(T a, T b) {
    return (a <= b || a != a) ? a : b;
}
template <class T>
AG_INLINE if_floating<T> minimum(T a, int b) {
    return either(a > static_cast<T>(b), static_cast<T>(b), a);
}
template <class T>
AG_INLINE std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, int>, T> minimum(T a,
                                                                                        int b) {
    return minimum(a, static_cast<T>(b));
}
template <class T>
AG_INLINE T sigmoid(const T& x) {
    return 1 / (1 + exp(-x));
}
template <class T>
AG_INLINE T reciprocal(const T& x) {
    return 1 / x;
}
template <class T>
AG_INLINE T rsqrt(const T& x) {
    return 1 / sqrt(x);
}
template <class T>
AG_INLINE T co_square(const T& x) {
    return (1 - x) * (1 + x);
}
template <class T>
AG_INLINE if_floating<T> one_plus_square(T x) {
    return 1 + x * x;
}
template <class T>
AG_INLINE if_floating<T> exp_difference(T a, T b) {
    // What was rounded off the difference is worth as many units of the exponential as the
    // difference is large.
    const T d = a - b;
    const T taken = d - a;
    const T lost = (a - (d - taken)) - (b + taken);
    const T y = exp(d);
    const T nearer = y + y * lost;  // no number where either is infinite
    return either(nearer == nearer, nearer, y);
}
template <class T>
AG_INLINE if_floating<T> asin_slope(T x) {
    return rsqrt(co_square(x));
}
template <class T>
AG_INLINE if_floating<T> hypot1(T x) {
    // Beyond, 1 is less than half a unit of the last place, long before the square overflows.
    constexpr T far = T(0x1p40f);
    const T modulus = abs(x);
    return modulus > far ? modulus : sqrt(1 + x * x);
}
template <class T>
AG_INLINE if_floating<T> over_square(T a, T b) {
    // Where a square could overflow, or be subnormal, both numbers move by a power of two.
    constexpr bool wide = sizeof(T) == sizeof(double);
    constexpr T high = static_cast<T>(wide ? 0x1p500 : 0x1p60);
    constexpr T low = static_cast<T>(wide ? 0x1p-440 : 0x1p-50);
    constexpr T down = static_cast<T>(wide ? 0x1p-600 : 0x1p-80);
    constexpr T up = static_cast<T>(wide ? 0x1p600 : 0x1p90);
    const T larger = abs(a) > abs(b) ? abs(a) : abs(b);
    const T scale = larger > high ? down : larger < low ? up : T(1);
    a *= scale;
    b *= scale;
    return a / (a * a + b * b) * scale;
}
// The exponential is taken of numbers that are at most 0: none overflows.
template <class T>
AG_INLINE if_floating<T> elu(T x) {
    return either(x > 0, x, expm1(either(x > 0, T(0), x)));
}
template <class T>
AG_INLINE if_floating<T> selu(T x) {
    const T below = T(1.7580993408473766) * expm1(either(x > 0, T(0), x));
    return either(x > 0, T(1.0507009873554805) * x, below);
}
template <class T>
AG_INLINE T nonzero(const T& x) {
    return x != T(0) ? T(1) : T(0);
}
template <class T>
AG_INLINE if_floating<T> xlogy(T a, T b) {
    return either(a != 0, a * log(b), T(0));
}
template <class T>
AG_INLINE if_floating<T> xlog1py(T a, T b) {
    return either(a != 0, a * log1p(b), T(0));
}
template <class T>
AG_INLINE T xdivy(const T& a, const T& b) {
    const T y = a / b;
    return a != T(0) ? y : T(0);
}
template <class T>
AG_INLINE T divide_no_nan(const T& a, const T& b) {
    const T y = a / b;
    return b != T(0) ? y : T(0);
}
template <class T>
AG_INLINE T reciprocal_no_nan(const T& x) {
    return divide_no_nan(T(1), x);
}
template <class T>
AG_INLINE T multiply_no_nan(const T& a, const T& b) {
    const T y = a * b;
    return b != T(0) ? y : T(0);
}
template <class T>
AG_INLINE if_floating<T> nextafter(T a, T b) {
    return std::nextafter(a, b);
}
template <class T>
AG_INLINE T twice(const T& x) {
    return x + x;
}
template <class T>
AG_INLINE T zero_of(const T&) {
    return T(0);
}
template <class T>
AG_INLINE T lowered(const T& a, const T& b) {
    return b - (a != T(0) || b != T(0) ? T(1) : T(0));
}
template <class T>
AG_INLINE if_floating<T> pow_slope(T a, T b) {
    // b - 1 is rounded for a b below 1/2, which a large or tiny base would magnify. It is not if b
    // is infinite, where a division by a negative base would change the sign.
    const bool rounded = b < T(0.5) && b >= std::numeric_limits<T>::lowest() && a != 0;
    const T p = b * pow(a, rounded ? b : lowered(a, b));
    return rounded ? p / a : p;
}
template <class T>
AG_INLINE bool positive(T a) {
    return a > 0;
}
template <class T>
AG_INLINE T largest(T) {
    return std::numeric_limits<T>::max();
}
template <class T>
AG_INLINE T constant(T, double value) {
    return static_cast<T>(value);
}
template <class T>
AG_INLINE std::enable_if_t<std::is_arithmetic_v<T>, T> select(bool condition, T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
        return either(condition, a, b);
    else
        return condition ? a : b;
}
template <class T>
AG_INLINE std::enable_if_t<std::is_arithmetic_v<T> && !std::is_same_v<T, int>, T> select(
    bool condition, T a, int b) {
    return select(condition, a, static_cast<T>(b));
}

// Floor division and remainder as Python and NumPy define them.
template <class T>
AG_INLINE if_floating<T> mod(T a, T b) {
    T r = std::fmod(a, b);
    if (r != 0) {
        if ((b < 0) != (r < 0)) r += b;
    } else {
        r = std::copysign(T(0), b);
    }
    return b == 0 ? std::numeric_limits<T>::quiet_NaN() : r;
}
template <class T>
AG_INLINE if_floating<T> floordiv(T a, T b) {
    if (b == 0) return a / b;
    const T r = std::fmod(a, b);
    T q = (a - r) / b;
    if (r != 0 && (b < 0) != (r < 0)) q -= 1;
    if (q == 0) return std::copysign(T(0), a / b);
    const T f = std::floor(q);
    return q - f > T(0.5) ? f + 1 : f;
}
// Zero divisors are refused before a loop runs; -1 is apart because the most negative integer
// divided by it traps.
template <class T>
AG_INLINE if_integral<T> floordiv(T a, T b) {
    if constexpr (std::is_signed_v<T>) {
        if (b == -1)
            return static_cast<T>(std::make_unsigned_t<T>(0) -
                                  static_cast<std::make_unsigned_t<T>>(a));
        const T q = static_cast<T>(a / b);
        return static_cast<T>(q - ((a % b != 0) && ((a < 0) != (b < 0))));
    } else {
        return static_cast<T>(a / b);
    }
}
template <class T>
AG_INLINE if_integral<T> mod(T a, T b) {
    if constexpr (std::is_signed_v<T>) {
        if (b == -1) return 0;
        const T r = static_cast<T>(a % b);
        return static_cast<T>(r != 0 && ((r < 0) != (b < 0)) ? r + b : r);
    } else {
        return static_cast<T>(a % b);
    }
}
// Towards 0, as C divides.
template <class T>
AG_INLINE if_floating<T> truncatediv(T a, T b) {
    return std::trunc(a / b);
}
template <class T>
AG_INLINE if_floating<T> truncatemod(T a, T b) {
    return std::fmod(a, b);
}
template <class T>
AG_INLINE if_integral<T> truncatediv(T a, T b) {
    if constexpr (std::is_signed_v<T>) {
        using U = std::make_unsigned_t<T>;
        if (b == -1) return static_cast<T>(U(0) - static_cast<U>(a));
    }
    return static_cast<T>(a / b);
}
template <class T>
AG_INLINE if_integral<T> truncatemod(T a, T b) {
    if constexpr (std::is_signed_v<T>)
        if (b == -1) return 0;
    return static_cast<T>(a % b);
}
// Wraps on overflow, as NumPy does; negative exponents are refused before a loop runs.
template <class T>
AG_INLINE if_integral<T> pow(T base, T exponent) {
    using U = std::conditional_t<(sizeof(T) < 4), u32, std::make_unsigned_t<T>>;
    U result = 1, factor = static_cast<U>(base);
    for (auto e = static_cast<std::make_unsigned_t<T>>(exponent); e != 0;
         e = static_cast<decltype(e)>(e >> 1)) {
        if (e & 1) result *= factor;
        factor *= factor;
    }
    return static_cast<T>(result);
}
// A shift by the width or more moves all bits out, as in NumPy.
template <class T>
AG_INLINE T left_shift(T a, T b) {
    using U = std::make_unsigned_t<T>;
    return static_cast<U>(b) < sizeof(T) * 8
               ? static_cast<T>(
                     static_cast<U>(static_cast<u64>(static_cast<U>(a)) << static_cast<U>(b)))
               : T(0);
}
template <class T>
AG_INLINE T right_shift(T a, T b) {
    using U = std::make_unsigned_t<T>;
    if (static_cast<U>(b) < sizeof(T) * 8) return static_cast<T>(a >> b);
    return a < 0 ? static_cast<T>(-1) : T(0);
}

// Complex functions that the standard library lacks or names otherwise.
#if AG_COMPLEX_LOOPS
template <class T>
std::complex<T> expm1(const std::complex<T>& z) {
    if (z.real() > 40 && std::isfinite(z.real())) return std::exp(z);  // 1 is lost in rounding
    const T half = std::sin(z.imag() / 2);
    return {std::expm1(z.real()) * std::cos(z.imag()) - 2 * half * half,
            std::exp(z.real()) * std::sin(z.imag())};
}
template <class T>
std::complex<T> log1p(const std::complex<T>& z) {
    const T x = z.real(), y = z.imag();
    constexpr T far = T(0x1p40f);
    if (!(std::fabs(x) < far && std::fabs(y) < far)) return std::log(1 + z);
    // Close to -1 the sum is exact, and what is below would cancel.
    if (std::fabs(1 + x) <= T(0.5) && std::fabs(y) <= T(0.5)) return std::log(1 + z);
    return {std::log1p(x * (2 + x) + y * y) / 2, std::atan2(y, 1 + x)};
}
template <class T>
std::complex<T> xlogy(const std::complex<T>& a, const std::complex<T>& b) {
    return a == T(0) ? std::complex<T>(0) : a * std::log(b);
}
template <class T>
std::complex<T> xlog1py(const std::complex<T>& a, const std::complex<T>& b) {
    return a == T(0) ? std::complex<T>(0) : a * log1p(b);
}
template <class T>
std::complex<T> sigmoid(const std::complex<T>& z) {
    const T x = z.real(), y = z.imag();
    if (std::fabs(x) > 1) return T(1) / (T(1) + std::exp(-z));
    // Close to its poles 1 + exp(-z) would cancel.
    const T power = std::exp(-x), half = std::cos(y / 2);
    return T(1) / std::complex<T>(2 * half * half * power - std::expm1(-x), -power * std::sin(y));
}
template <class T>
std::complex<T> sign(const std::complex<T>& z) {
    const T modulus = std::abs(z);
    return modulus == 0 ? std::complex<T>(0) : z / modulus;
}
// In factors of which none overflows. The arguments of both have opposite signs, so that no branch
// is crossed.
template <class T>
std::complex<T> asin_slope(const std::complex<T>& z) {
    return rsqrt(1 - z) * rsqrt(1 + z);
}
template <class T>
std::complex<T> one_plus_square(const std::complex<T>& z) {
    const T x = z.real(), y = z.imag();  // (1 + iz)(1 - iz)
    return {(1 - y) * (1 + y) + x * x, 2 * x * y};
}
template <class T>
std::complex<T> hypot1(const std::complex<T>& z) {
    constexpr T far = T(0x1p40f);
    if (std::fabs(z.real()) > far || std::fabs(z.imag()) > far) return z.real() < 0 ? -z : z;
    return sqrt(one_plus_square(z));
}
// Small whole exponents by multiplications, as NumPy does: exact where they are, and right at 0.
template <class T>
std::complex<T> complex_pow(const std::complex<T>& base, const std::complex<T>& exponent) {
    const T n = exponent.real();
    if (exponent == T(0)) return T(1);
    if (base == T(0)) {
        if (n > 0) return T(0);  // its modulus tends to 0
        constexpr T nan = std::numeric_limits<T>::quiet_NaN();
        return {nan, nan};
    }
    if (exponent.imag() != 0 || n != std::floor(n) || !(std::fabs(n) < 100))
        return std::pow(base, exponent);
    std::complex<T> factor(base);
    unsigned bits = static_cast<unsigned>(std::fabs(n));
    for (; (bits & 1) == 0; bits >>= 1) factor *= factor;
    std::complex<T> result(factor);  // not 1 times it: of infinite parts that makes NaN
    while ((bits >>= 1) != 0) {
        factor *= factor;
        if (bits & 1) result *= factor;
    }
    return n < 0 ? T(1) / result : result;
}
inline Complex64 pow(const Complex64& a, const Complex64& b) { return complex_pow(a, b); }
inline Complex128 pow(const Complex128& a, const Complex128& b) { return complex_pow(a, b); }
template <class T>
std::complex<T> pow_slope(const std::complex<T>& a, const std::complex<T>& b) {
    return b * pow(a, lowered(a, b));
}
template <class T>
bool positive(const std::complex<T>& z) {
    return z != std::complex<T>(0);
}
template <class T>
std::complex<T> select(bool condition, const std::complex<T>& a, const std::complex<T>& b) {
    return condition ? a : b;
}
template <class T>
std::complex<T> select(bool condition, const std::complex<T>& a, int b) {
    return condition ? a : std::complex<T>(static_cast<T>(b));
}

#endif
