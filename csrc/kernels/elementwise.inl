// Loops over contiguous memory for every row of AG_ROWS, inside the namespace of one instruction
// set, and AG_FILL, which puts them into the table. The including file has set AG_COMPLEX_LOOPS:
// complex loops exist once, without clones.

// The cotangent times the partial. Complex cotangents follow TensorFlow: g * conj(partial).
template <class T>
AG_INLINE T times(T g, T partial) {
    if constexpr (std::is_floating_point_v<T>)
        return g * partial;
    else
        return g * std::conj(partial);
}
template <class T>
AG_INLINE T times(T g, One) {
    return g;
}
template <class T>
AG_INLINE T times(T g, MinusOne) {
    return -g;
}
template <class T>
AG_INLINE T times(T, Zero) {
    return T(0);
}
template <class T>
AG_INLINE T times(T g, When<bool> p) {
    return p.holds ? g : T(0);
}
template <class T>
AG_INLINE T times(T g, Guarded<T> p) {
    return g == T(0) ? T(0) : times(g, p.partial);
}

template <class Row, class T>
void forward_loop(i64 n, const void* const* in, void* out) {
    if constexpr (Row::arity == 1) {
        using R = std::conditional_t<std::is_same_v<decltype(Row::value(T())), bool>, bool, T>;
        const T* x = static_cast<const T*>(in[0]);
        R* y = static_cast<R*>(out);
        AG_SIMD for (i64 i = 0; i < n; ++i) y[i] = static_cast<R>(Row::value(x[i]));
    } else {
        using R = std::conditional_t<std::is_same_v<decltype(Row::value(T(), T())), bool>, bool, T>;
        const T* a = static_cast<const T*>(in[0]);
        const T* b = static_cast<const T*>(in[1]);
        R* y = static_cast<R*>(out);
        AG_SIMD for (i64 i = 0; i < n; ++i) y[i] = static_cast<R>(Row::value(a[i], b[i]));
    }
}

template <class Row, int K>
constexpr u8 row_uses() {
    return uses(Row::template partial<K>(Probe(u8(1)), Probe(u8(2)), Probe(u8(4))));
}

template <class Row, class T, int K, bool Accumulate, bool Bare>
void reverse_loop(i64 n, const void* const* in, void* out) {
    constexpr u8 used = row_uses<Row, K>();
    const T* g = static_cast<const T*>(in[0]);
    const T* a = static_cast<const T*>(used & 1 ? in[1] : in[0]);
    const T* b = static_cast<const T*>(used & 2 ? in[2] : in[0]);
    const T* y = static_cast<const T*>(used & 4 ? in[3] : in[0]);
    T* gx = static_cast<T*>(out);
    AG_SIMD for (i64 i = 0; i < n; ++i) {
        const auto partial = Row::template partial<K>(a[i], b[i], y[i]);
        T v;
        if constexpr (Bare)
            v = times(g[i], bare(partial));
        else
            v = times(g[i], partial);
        if constexpr (Accumulate)
            gx[i] += v;
        else
            gx[i] = v;
    }
}

template <class Row, int K, class T>
void fill_reverse(Kernels& k) {
    if constexpr ((Row::kinds & kind_of(TypeOf<T>::value)) != 0 &&
                  !std::is_same_v<decltype(Row::template partial<K>(T(), T(), T())), None>) {
        constexpr int index = float_index(TypeOf<T>::value);
        using P = decltype(Row::template partial<K>(T(), T(), T()));
        k.reverse[K][0][index] = reverse_loop<Row, T, K, false, false>;
        k.reverse[K][1][index] = reverse_loop<Row, T, K, true, false>;
        k.push[K][0][index] = reverse_loop<Row, T, K, false, is_guarded<P>>;
        k.push[K][1][index] = reverse_loop<Row, T, K, true, is_guarded<P>>;
    }
}

template <class Row, class T>
void fill(Kernels& k) {
    if constexpr ((Row::kinds & kind_of(TypeOf<T>::value)) != 0) {
        k.forward[static_cast<int>(TypeOf<T>::value)] = forward_loop<Row, T>;
        if constexpr (is_differentiable(TypeOf<T>::value)) {
            fill_reverse<Row, 0, T>(k);
            if constexpr (Row::arity == 2) fill_reverse<Row, 1, T>(k);
        }
    }
}

template <class Row>
void fill_row(Kernels& k) {
    fill<Row, bool>(k);
    fill<Row, std::int8_t>(k);
    fill<Row, std::int16_t>(k);
    fill<Row, std::int32_t>(k);
    fill<Row, std::int64_t>(k);
    fill<Row, std::uint8_t>(k);
    fill<Row, std::uint16_t>(k);
    fill<Row, std::uint32_t>(k);
    fill<Row, std::uint64_t>(k);
    fill<Row, float>(k);
    fill<Row, double>(k);
#if AG_COMPLEX_LOOPS
    fill<Row, Complex64>(k);
    fill<Row, Complex128>(k);
#endif
}

void AG_FILL(Kernels* table) {
#define UNARY(NAME, ...) fill_row<NAME##_row>(table[Op::NAME]);
#define BINARY(NAME, ...) fill_row<NAME##_row>(table[Op::NAME]);
#include AG_ROWS
#undef UNARY
#undef BINARY
}
