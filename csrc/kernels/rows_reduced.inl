// Reductions of rows that lie one after the other, and moduli of complex numbers, inside the
// namespace of one instruction set. The including file has set AG_INTEGER_ROWS:
// integers are reduced by one set alone.

// ---------------------------------------------------------------- extrema

// The better of two, the first where they tie; a NaN before any number, or (`Passing`) after all.
template <bool Largest, bool Passing, class T>
AG_INLINE T better(T best, T x) {
    const bool beyond = Largest ? x > best : x < best;
    if constexpr (!std::is_floating_point_v<T>)
        return beyond ? x : best;
    else
        return (beyond | (Passing ? best != best : x != x)) ? x : best;
}

// `Bytes` of them at a time, which need not wait for each other, and no branch, which random
// numbers would make it guess wrong. n is at least as many.
template <int Bytes, bool Largest, bool Passing, class T>
AG_INLINE T best_in_lanes(i64 n, const T* x) {
    constexpr i64 lanes = Bytes / static_cast<int>(sizeof(T));
    T best[lanes];
    AG_SIMD for (i64 j = 0; j < lanes; ++j) best[j] = x[j];
    for (i64 i = lanes; i < n; i += lanes) {
        const T* next = x + std::min(i, n - lanes);  // what was seen before changes nothing
        AG_SIMD for (i64 j = 0; j < lanes; ++j) best[j] =
            better<Largest, Passing>(best[j], next[j]);
    }
    for (i64 half = lanes / 2; half > 0; half /= 2) {
        AG_SIMD for (i64 j = 0; j < half; ++j) best[j] =
            better<Largest, Passing>(best[j], best[j + half]);
    }
    return best[0];
}

template <bool Largest, bool Passing, class T>
T best_of_row(i64 n, const T* x) {
    constexpr i64 item = sizeof(T);
    if (n * item >= 1024) return best_in_lanes<256, Largest, Passing>(n, x);
    if (n * item >= 128) return best_in_lanes<64, Largest, Passing>(n, x);
    T best = x[0];
    for (i64 i = 1; i < n; ++i) best = better<Largest, Passing>(best, x[i]);
    return best;
}

// Short rows side by side: f(best, next) for the elements of each.
template <class T, class F>
i64 short_rows(i64 count, i64 n, const T* x, T* y, F f) {
    constexpr i64 together = 16;
    i64 row = 0;
    for (; row + together <= count; row += together, x += together * n) {
        T all[together];
        AG_SIMD for (i64 j = 0; j < together; ++j) all[j] = x[j * n];
        for (i64 k = 1; k < n; ++k) {
            AG_SIMD for (i64 j = 0; j < together; ++j) all[j] = f(all[j], x[j * n + k]);
        }
        AG_SIMD for (i64 j = 0; j < together; ++j) y[row + j] = all[j];
    }
    return row;
}

// n is 1 or more.
template <class T, bool Largest>
void extremum_rows(i64 count, i64 n, const void* in, void* out) {
    const T* x = static_cast<const T*>(in);
    T* y = static_cast<T*>(out);
    i64 row = 0;
    if (n < 64)
        row = short_rows(count, n, x, y,
                         [](T best, T next) { return better<Largest, false>(best, next); });
    for (; row < count; ++row) y[row] = best_of_row<Largest, false>(n, x + row * n);
}

// Where the best element of each row is, the first of equal ones; 0 if all are NaN.
template <class T, bool Largest>
void place_rows(i64 count, i64 n, const void* in, void* out) {
    // Comparisons give as many bits as they compare, where there is a choice.
    using Bits = std::conditional_t<sizeof(T) == 8, std::int64_t,
                                    std::conditional_t<sizeof(T) == 4, std::int32_t, T>>;
    const T* x = static_cast<const T*>(in);
    i64* y = static_cast<i64*>(out);
    for (i64 row = 0; row < count; ++row, x += n) {
        const T best = best_of_row<Largest, true>(n, x);
        constexpr i64 step = 64;
        i64 at = 0;
        for (; at + step <= n; at += step) {
            Bits here = 0;
            const T* from = x + at;
#if defined(__GNUC__)
#pragma omp simd reduction(| : here)
#endif
            for (i64 j = 0; j < step; ++j)
                here = static_cast<Bits>(here | static_cast<Bits>(from[j] == best));
            if (here != 0) break;
        }
        while (at < n && x[at] != best) ++at;
        y[row] = at < n ? at : 0;
    }
}

// The same for n rows of `inner` elements, of which each column has a place.
template <class T, bool Largest>
void place_columns(i64 n, i64 inner, const void* in, void* out) {
    using Bits = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
    constexpr i64 width = 128;
    const T* x = static_cast<const T*>(in);
    i64* y = static_cast<i64*>(out);
    for (i64 first = 0; first < inner; first += width) {
        const i64 count = std::min(width, inner - first);
        T best[width];
        Bits place[width];
        for (i64 j = 0; j < count; ++j) {
            best[j] = x[first + j];
            place[j] = 0;
        }
        for (i64 k = 1; k < n; ++k) {
            const T* from = x + k * inner + first;
            const Bits at = static_cast<Bits>(k);
            AG_SIMD for (i64 j = 0; j < count; ++j) {
                const T next = from[j];
                bool chosen = Largest ? next > best[j] : next < best[j];
                if constexpr (std::is_floating_point_v<T>)
                    chosen = chosen | ((best[j] != best[j]) & (next == next));
                best[j] = chosen ? next : best[j];
                place[j] = chosen ? at : place[j];
            }
        }
        for (i64 j = 0; j < count; ++j) y[first + j] = place[j];
    }
}

// ---------------------------------------------------------------- sums

template <class T>
void sum_rows(i64 count, i64 n, const void* in, void* out) {
    const T* x = static_cast<const T*>(in);
    T* y = static_cast<T*>(out);
    if (n > 16 || n == 0) {
        for (i64 row = 0; row < count; ++row) y[row] = pairwise_sum(n, x + row * n);
        return;
    }
    const i64 done = short_rows(count, n, x, y, [](T sum, T next) { return sum + next; });
    for (i64 row = done; row < count; ++row) {
        T sum = x[row * n];
        for (i64 k = 1; k < n; ++k) sum += x[row * n + k];
        y[row] = sum;
    }
}

// The largest element of each row, 0 where it is not finite: what exponentials are taken beside.
template <class T>
void finite_peaks(i64 count, i64 n, const T* x, T* peaks) {
    extremum_rows<T, true>(count, n, x, peaks);
    constexpr T largest = std::numeric_limits<T>::max();
    AG_SIMD for (i64 j = 0; j < count; ++j) peaks[j] = abs(peaks[j]) <= largest ? peaks[j] : T(0);
}

// log(sum(exp(x))), by blocks that stay in the cache: of several short rows, or parts of a long
// one. n is 1 or more.
template <class T>
void logsumexp_rows(i64 count, i64 n, const void* in, void* out) {
    constexpr i64 block = 1024, width = 16;
    const T* x = static_cast<const T*>(in);
    T* y = static_cast<T*>(out);
    T powers[block], peaks[block];
    if (n > block / 2) {
        for (i64 row = 0; row < count; ++row, x += n) {
            T peak;
            finite_peaks(1, n, x, &peak);
            double total = 0;
            for (i64 first = 0; first < n; first += block) {
                const i64 length = std::min(block, n - first);
                const T* from = x + first;
                AG_SIMD for (i64 i = 0; i < length; ++i) powers[i] = exp_difference(from[i], peak);
                total += static_cast<double>(pairwise_sum(length, powers));
            }
            y[row] = std::log(static_cast<T>(total)) + peak;
        }
        return;
    }
    const i64 together = block / n;
    for (i64 row = 0; row < count; row += together, x += together * n) {
        const i64 rows = std::min(together, count - row);
        T tops[block];
        finite_peaks(rows, n, x, tops);
        for (i64 r = 0; r < rows; ++r)
            for (i64 k = 0; k < n; ++k) peaks[r * n + k] = tops[r];
        // All by vectors, so that it does not matter where rows are cut for the threads.
        const i64 whole = rows * n / width * width, rest = rows * n - whole;
        AG_SIMD for (i64 i = 0; i < whole; ++i) powers[i] = exp_difference(x[i], peaks[i]);
        if (rest > 0) {  // of fewer than `block` elements
            T last[width] = {}, beside[width] = {};
            std::copy_n(x + whole, rest, last);
            std::copy_n(peaks + whole, rest, beside);
            AG_SIMD for (i64 j = 0; j < width; ++j) last[j] = exp_difference(last[j], beside[j]);
            std::copy_n(last, rest, powers + whole);
        }
        T sums[block];
        sum_rows<T>(rows, n, powers, sums);
        std::fill_n(sums + rows, (width - rows % width) % width, T(1));
        std::fill_n(tops + rows, (width - rows % width) % width, T(0));
        AG_SIMD for (i64 r = 0; r < (rows + width - 1) / width * width; ++r) sums[r] =
            log(sums[r]) + tops[r];
        std::copy_n(sums, rows, y + row);
    }
}

// ---------------------------------------------------------------- moduli

// |x + iy| of pairs, without overflow or underflow on the way, within a unit of the last place.
template <class T>
void moduli(i64 n, const void* in, void* out) {
    constexpr bool wide = sizeof(T) == sizeof(double);
    constexpr T high = static_cast<T>(wide ? 0x1p500 : 0x1p60);
    constexpr T low = static_cast<T>(wide ? 0x1p-450 : 0x1p-50);
    constexpr T down = static_cast<T>(wide ? 0x1p-600 : 0x1p-80);
    constexpr T up = static_cast<T>(wide ? 0x1p600 : 0x1p100);
    constexpr T infinity = std::numeric_limits<T>::infinity();
    const T* x = static_cast<const T*>(in);
    T* y = static_cast<T*>(out);
    AG_SIMD for (i64 i = 0; i < n; ++i) {
        T a = abs(x[2 * i]), b = abs(x[2 * i + 1]);
        const T larger = a > b ? a : b;
        const bool is_infinite = (a == infinity) | (b == infinity);
        const T scale = larger > high ? down : larger < low ? up : T(1);
        const T back = larger > high ? 1 / down : larger < low ? 1 / up : T(1);
        a *= scale;
        b *= scale;
        const T modulus = sqrt(a * a + b * b) * back;
        y[i] = is_infinite ? infinity : modulus;
    }
}

template <class T>
void fill_ordered(RowKernels& rows) {
    constexpr int dtype = static_cast<int>(TypeOf<T>::value);
    rows.extremum[0][dtype] = extremum_rows<T, false>;
    rows.extremum[1][dtype] = extremum_rows<T, true>;
    rows.place[0][dtype] = place_rows<T, false>;
    rows.place[1][dtype] = place_rows<T, true>;
    rows.place_columns[0][dtype] = place_columns<T, false>;
    rows.place_columns[1][dtype] = place_columns<T, true>;
}

void fill_rows(RowKernels& rows) {
#if AG_INTEGER_ROWS
    fill_ordered<std::uint8_t>(rows);
    fill_ordered<std::uint16_t>(rows);
    fill_ordered<std::uint32_t>(rows);
    fill_ordered<std::uint64_t>(rows);
    fill_ordered<std::int8_t>(rows);
    fill_ordered<std::int16_t>(rows);
    fill_ordered<std::int32_t>(rows);
    fill_ordered<std::int64_t>(rows);
#endif
    fill_ordered<float>(rows);
    fill_ordered<double>(rows);
    rows.sum[0] = sum_rows<float>;
    rows.sum[1] = sum_rows<double>;
    rows.logsumexp[0] = logsumexp_rows<float>;
    rows.logsumexp[1] = logsumexp_rows<double>;
    rows.moduli[0] = moduli<float>;
    rows.moduli[1] = moduli<double>;
}
