// tanh of vectors of Doubles, in the place of libmvec's, which takes longer. The including file has
// set AG_VECTOR_BYTES.

typedef i64 Integers __attribute__((vector_size(AG_VECTOR_BYTES)));

AG_INLINE Doubles times_plus(Doubles a, Doubles b, Doubles c) {
#if AG_VECTOR_BYTES == 64
    return _mm512_fmadd_pd(a, b, c);
#elif AG_VECTOR_BYTES == 32
    return _mm256_fmadd_pd(a, b, c);
#else
    return a * b + c;
#endif
}

AG_INLINE Doubles all_lanes(double x) { return x - Doubles{}; }

// x = count * log(2) + rest, |rest| at most log(2) / 2, and 2 to the power of the count, which is
// between -1,022 and 1,023.
struct Reduced {
    Doubles rest, power;
};

AG_INLINE Reduced reduced(Doubles x) {
    // What is added to this is rounded to an integer, in the lowest bits.
    const Doubles rounding = all_lanes(0x1.8p52);
    const Doubles rounded = times_plus(x, all_lanes(0x1.71547652b82fep0), rounding);
    const Doubles count = rounded - rounding;
    const Integers bits = (reinterpret_cast<Integers>(rounded) << 52) + (i64{1'023} << 52);
    // log(2) in two parts; a product of a count and the first is exact.
    const Doubles rest = times_plus(count, all_lanes(-0x1.62e42fee00000p-1), x);
    return {times_plus(count, all_lanes(-0x1.a39ef35793c76p-33), rest),
            reinterpret_cast<Doubles>(bits)};
}

// exp(x) - 1 by its series, for |x| of at most log(2) / 2: the first term that is left out is
// smaller than 2**-56 of the sum.
AG_INLINE Doubles series(Doubles x) {
    const Doubles x2 = x * x, x4 = x2 * x2, x8 = x4 * x4;
    const auto pair = [&](double a, double b) {
        return times_plus(x, all_lanes(1 / b), all_lanes(1 / a));
    };
    const Doubles low = times_plus(x2, pair(24, 120), pair(2, 6));
    const Doubles middle = times_plus(x2, pair(40'320, 362'880), pair(720, 5'040));
    const Doubles high =
        times_plus(x2, pair(479'001'600, 6'227'020'800), pair(3'628'800, 39'916'800));
    return times_plus(x2, times_plus(x8, high, times_plus(x4, middle, low)), x);
}

// (exp(2 x) - 1) / (exp(2 x) + 1) of |x|.
Doubles own_tanh(Doubles x) {
    const Integers sign = reinterpret_cast<Integers>(all_lanes(-0.0));
    const Doubles size = reinterpret_cast<Doubles>(reinterpret_cast<Integers>(x) & ~sign);
    const Doubles capped = size > 22 ? all_lanes(22) : size;  // 1, from there on
    const Reduced r = reduced(capped + capped);
    const Doubles less = times_plus(r.power, series(r.rest), r.power - 1);
    const Doubles y = less / (less + 2);
    return reinterpret_cast<Doubles>(reinterpret_cast<Integers>(y) |
                                     (reinterpret_cast<Integers>(x) & sign));
}
