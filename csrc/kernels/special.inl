// Special functions of one number or of a vector of them: V is double, or the vector of doubles of
// the namespace that includes this, which has `log` and `sqrt` of it, `any` and `all` of a
// condition, and `repair`. Conditions that hold for no lane skip what is for the others; which
// lanes a number is with never changes its value.
//
// Polynomials are interpolants at Chebyshev nodes of what the comments say, computed with 50 digits
// and rounded (special_coefficients.h); each is within a quarter of a unit of the last place.

// c[0] + c[1] x + ...; even and odd powers apart, so that two chains wait side by side.
template <class V, std::size_t N>
AG_INLINE V polynomial(const double (&c)[N], V x) {
    static_assert(N >= 4);
    const V square = x * x;
    constexpr int last_even = static_cast<int>(N - 1) & ~1, last_odd = static_cast<int>(N - 2) | 1;
    V even = V{} + c[last_even], odd = V{} + c[last_odd];
    for (int k = last_even - 2; k >= 0; k -= 2) even = even * square + c[k];
    for (int k = last_odd - 2; k >= 1; k -= 2) odd = odd * square + c[k];
    return even + odd * x;
}

// To the nearest integer, of numbers below 2^51: what is added leaves no place for more.
template <class V>
AG_INLINE V rounded(V x) {
    constexpr double shift = 0x1.8p52;
    return (x + shift) - shift;
}

template <class V>
AG_INLINE V lgamma(V x) {
    const auto far = x >= 8.0;
    // Below: with m = round(x), log Gamma(2 + x - m) and the logarithm of the factors between. From
    // 5/4 on m is 2: a logarithm would leave little of both.
    const V nearest = rounded(far ? V{} : x);
    const V m = x >= 1.25 ? (nearest < 2.0 ? V{} + 2 : nearest) : nearest;
    V factors = m < 1.0 ? x * (x + 1) : x;
    factors = m > 1.0 ? V{} + 1 : factors;
    for (double k = 1; k <= 6; ++k) factors *= m > k + 1 ? x - k : V{} + 1;
    const V logarithm = log(far ? x : factors);
    const V u = x - m;
    V y = u * polynomial(gamma_near_2, u) + (m > 1.0 ? logarithm : -logarithm);
    if (any(far)) {
        // Stirling's series (NIST Digital Library of Mathematical Functions, 5.11.1).
        const V inverse = 1 / x;
        const V rest = polynomial(stirling, inverse * inverse) * inverse + 0.41893853320467274178;
        y = far ? (x - 0.5) * (logarithm - 1) + rest : y;
    }
    if (any(x < 0.0)) repair(x, y, negative_lgamma);
    return y;
}

template <class V>
AG_INLINE V digamma(V x) {
    const auto far = x >= 9.0;
    V y = V{};
    if (!all(far)) {
        // psi(x - n) with x - n in [1, 2), and 1 / (x - 1) + ... + 1 / (x - n) as one quotient.
        const V near = far ? V{} + 1 : x;
        const V to_nearest = rounded(near);
        const V n = (to_nearest > near ? to_nearest - 1 : to_nearest) - 1;
        V above = n < 0.0 ? V{} - 1 : V{}, below = n < 0.0 ? near : V{} + 1;
        for (double k = 1; k <= 7; ++k) {
            const auto counts = n >= k;
            const V factor = near - k;
            above = counts ? above * factor + below : above;
            below = counts ? below * factor : below;
        }
        const V z = near - n;
        const V from_root = (z - digamma_root) - digamma_root_rest;
        y = from_root * polynomial(digamma_near_root, z - 1.5) + above / below;
    }
    if (any(far)) {
        const V inverse = 1 / x, square = inverse * inverse;
        const V series = log(far ? x : V{} + 9) - 0.5 * inverse;
        y = far ? series - square * polynomial(digamma_far, square) : y;
    }
    if (any(x <= 0.0)) repair(x, y, negative_digamma);
    return y;
}

template <class V>
AG_INLINE V trigamma(V x) {
    const auto near = x < 8.0;
    V sum = V{}, from = x;
    if (any(near)) {
        // 1 / x^2 + ... + 1 / (x + 7)^2 as one quotient.
        V above = V{} + 1, below = x * x;
        for (double k = 1; k <= 7; ++k) {
            const V factor = (x + k) * (x + k);
            above = above * factor + below;
            below *= factor;
        }
        sum = near ? above / below : sum;
        from = near ? x + 8 : x;
    }
    const V inverse = 1 / from, square = inverse * inverse;
    const V rest = square * (0.5 + inverse * polynomial(trigamma_far, square));
    V y = sum + (inverse + rest);
    if (any(x < 0.0)) repair(x, y, negative_trigamma);
    return y;
}

// The inverse of erf, divided by its argument x, of w = -log(1 - x^2). Far out it is sqrt(w) times
// something that hardly changes.
template <class V>
AG_INLINE V inverse_erf_over_x(V w) {
    const auto middle = w < 6.25;
    V y = polynomial(quantile_middle, w - 3.125);
    if (!all(middle)) {
        const V t = sqrt(middle ? V{} + 6.25 : w);
        const V scale =
            t < 4.0 ? polynomial(quantile_tail, t - 3.25) : polynomial(quantile_end, t - 5.125);
        y = middle ? y : t * scale;
        if (any(t > 6.25)) y = t > 6.25 ? t * polynomial(quantile_far, 1 / t - 0.0625) : y;
    }
    return y;
}

// Modified Bessel functions: series in x up to 8, and in 1 / x.
template <class V, std::size_t N>
AG_INLINE V over_root(const double (&far)[N], V a) {
    return polynomial(far, 1 / a - 0.0625) / sqrt(a);
}
template <class V>
AG_INLINE V magnitude(V x) {
    return x < 0.0 ? -x : x;
}

template <class V>
AG_INLINE V bessel_i0e(V x) {
    const V a = magnitude(x);
    const auto near = a <= 8.0;
    V y = polynomial(i0_near, near ? a * a : V{}) * exp(near ? -a : V{});
    if (!all(near)) y = near ? y : over_root(i0_far, near ? V{} + 8 : a);
    return y;
}
template <class V>
AG_INLINE V bessel_i1e(V x) {
    const V a = magnitude(x);
    const auto near = a <= 8.0;
    V y = x * polynomial(i1_near, near ? a * a : V{}) * exp(near ? -a : V{});
    if (!all(near)) {
        const V far = over_root(i1_far, near ? V{} + 8 : a);
        y = near ? y : (x < 0.0 ? -far : far);
    }
    return y;
}
// The exponential in two factors: the function is in range longer.
template <class V>
AG_INLINE V bessel_i0(V x) {
    const V a = magnitude(x);
    const auto near = a <= 8.0;
    V y = polynomial(i0_near, near ? a * a : V{});
    if (!all(near)) {
        const V root = exp(near ? V{} : 0.5 * a);
        y = near ? y : root * over_root(i0_far, near ? V{} + 8 : a > 1e4 ? V{} + 1e4 : a) * root;
    }
    return y;
}
template <class V>
AG_INLINE V bessel_i1(V x) {
    const V a = magnitude(x);
    const auto near = a <= 8.0;
    V y = x * polynomial(i1_near, near ? a * a : V{});
    if (!all(near)) {
        const V root = exp(near ? V{} : 0.5 * a);
        const V far = root * over_root(i1_far, near ? V{} + 8 : a > 1e4 ? V{} + 1e4 : a) * root;
        y = near ? y : (x < 0.0 ? -far : far);
    }
    return y;
}

template <class V, std::size_t L, std::size_t M, std::size_t N>
AG_INLINE V i0_fall_of(const double (&low)[L], const double (&middle)[M], const double (&high)[N],
                       int k, V x) {
    const V a = magnitude(x);
    const auto near = a <= 8.0;
    const V b = near ? a : V{};
    V y = exp(-b) *
          (b <= 4.0 ? polynomial(low, b - 2) : polynomial(middle, b - (k == 1 ? 4.0 : 6.0)));
    if (!all(near)) {
        const V c = near ? V{} + 8 : a;
        const V far = over_root(high, c) / c;
        y = near ? y : (k == 1 ? far : far / c);
    }
    return y;
}
template <class V>
AG_INLINE V i0_fall_1(V x) {
    return i0_fall_of(i0_fall_1_near, i0_fall_1_middle, i0_fall_1_far, 1, x);
}
template <class V>
AG_INLINE V i0_fall_2(V x) {
    return i0_fall_of(i0_fall_2_near, i0_fall_2_middle, i0_fall_2_far, 2, x);
}

template <class V>
AG_INLINE V erfinv(V x) {
    return x * inverse_erf_over_x(-log((1 - x) * (1 + x)));
}
template <class V>
AG_INLINE V erfcinv(V x) {
    return (1 - x) * inverse_erf_over_x(-log(x * (2 - x)));
}
template <class V>
AG_INLINE V ndtri(V p) {
    return (2 * p - 1) * (1.4142135623730951 * inverse_erf_over_x(-log(4 * p * (1 - p))));
}
