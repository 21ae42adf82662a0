// Sums and small matrix products, inside the namespace of one instruction set.

// Blocks of 1,024 are summed in vector lanes; block sums are added in pairs of equal size, so that
// the rounding error grows with the logarithm of n.
template <class T>
T block_sum(i64 n, const T* x) {
    T total = 0;
#if defined(__GNUC__)
#pragma omp simd reduction(+ : total)
#endif
    for (i64 i = 0; i < n; ++i) total += x[i];
    return total;
}

template <class T>
T pairwise_sum(i64 n, const T* x) {
    constexpr i64 block = 1024;
    T pending[64];
    int level = 0;
    u64 blocks = 0;
    for (i64 start = 0; start < n; start += block) {
        T s = block_sum(std::min(block, n - start), x + start);
        for (u64 b = blocks++; b & 1; b >>= 1) s = pending[--level] + s;
        pending[level++] = s;
    }
    T total = 0;
    while (level > 0) total = pending[--level] + total;
    return total;
}

// c[R, N] += a[R, k] b[k, N]: the sums stay in registers over all of k.
template <class T, int R, int N>
AG_INLINE void gemm_tile(i64 k, const T* a, i64 a_row, i64 a_column, const T* b, i64 ldb, T* c,
                         i64 ldc) {
    T sums[R][N] = {};
    for (i64 p = 0; p < k; ++p) {
        const T* row = b + p * ldb;
        for (int r = 0; r < R; ++r) {
            const T x = a[r * a_row + p * a_column];
            AG_SIMD for (int j = 0; j < N; ++j) sums[r][j] += x * row[j];
        }
    }
    for (int r = 0; r < R; ++r) {
        AG_SIMD for (int j = 0; j < N; ++j) c[r * ldc + j] += sums[r][j];
    }
}

// The columns that fill no tile.
template <class T>
void gemm_rest(i64 m, i64 n, i64 k, const T* a, i64 a_row, i64 a_column, const T* b, i64 ldb, T* c,
               i64 ldc) {
    for (i64 i = 0; i < m; ++i) {
        T* out = c + i * ldc;
        for (i64 p = 0; p < k; ++p) {
            const T x = a[i * a_row + p * a_column];
            const T* row = b + p * ldb;
            AG_SIMD for (i64 j = 0; j < n; ++j) out[j] += x * row[j];
        }
    }
}

template <class T, int N>
AG_INLINE void gemm_columns(i64 m, i64 k, const T* a, i64 a_row, i64 a_column, const T* b, i64 ldb,
                            T* c, i64 ldc) {
    i64 i = 0;
    for (; i + 4 <= m; i += 4)
        gemm_tile<T, 4, N>(k, a + i * a_row, a_row, a_column, b, ldb, c + i * ldc, ldc);
    for (; i < m; ++i)
        gemm_tile<T, 1, N>(k, a + i * a_row, a_row, a_column, b, ldb, c + i * ldc, ldc);
}

template <class T>
T dot(i64 n, const T* x, const T* y) {
    T total = 0;
#if defined(__GNUC__)
#pragma omp simd reduction(+ : total)
#endif
    for (i64 i = 0; i < n; ++i) total += x[i] * y[i];
    return total;
}

// The same of four rows: their sums need not wait for each other.
template <class T>
AG_INLINE void dot_rows(i64 n, const T* x, i64 row, const T* y, T* out, i64 step) {
    const T *x1 = x + row, *x2 = x1 + row, *x3 = x2 + row;
    T s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#if defined(__GNUC__)
#pragma omp simd reduction(+ : s0, s1, s2, s3)
#endif
    for (i64 i = 0; i < n; ++i) {
        s0 += x[i] * y[i];
        s1 += x1[i] * y[i];
        s2 += x2[i] * y[i];
        s3 += x3[i] * y[i];
    }
    out[0] += s0;
    out[step] += s1;
    out[2 * step] += s2;
    out[3 * step] += s3;
}

template <class T>
void gemm(i64 m, i64 n, i64 k, const T* a, i64 a_row, i64 a_column, const T* b, i64 ldb, T* c,
          i64 ldc) {
    if (n == 1 && a_column == 1 && ldb == 1) {
        i64 i = 0;
        for (; i + 4 <= m; i += 4) dot_rows(k, a + i * a_row, a_row, b, c + i * ldc, ldc);
        for (; i < m; ++i) c[i * ldc] += dot(k, a + i * a_row, b);
        return;
    }
    if (m == 1) {
        // One row of sums waits for each of its additions: more of it is computed side by side.
        constexpr i64 most = 512 / sizeof(T);
        for (; n >= most; n -= most, b += most, c += most)
            gemm_tile<T, 1, most>(k, a, a_row, a_column, b, ldb, c, ldc);
    }
    // Two vectors of 64 bytes, then one of 32: what two instruction sets hold in registers.
    constexpr i64 wide = 128 / sizeof(T), narrow = 32 / sizeof(T);
    i64 j = 0;
    for (; j + wide <= n; j += wide)
        gemm_columns<T, wide>(m, k, a, a_row, a_column, b + j, ldb, c + j, ldc);
    for (; j + narrow <= n; j += narrow)
        gemm_columns<T, narrow>(m, k, a, a_row, a_column, b + j, ldb, c + j, ldc);
    if (j < n) gemm_rest(m, n - j, k, a, a_row, a_column, b + j, ldb, c + j, ldc);
}

template <class T, int First, int Second>
void pair_loop(i64 n, const void* const* in, void* out) {
    using P = PairKernels;
    const T* a = static_cast<const T*>(in[0]);
    const T* b = static_cast<const T*>(in[1]);
    const T* c = static_cast<const T*>(in[2]);
    T* y = static_cast<T*>(out);
    AG_SIMD for (i64 i = 0; i < n; ++i) {
        const T x = First == P::sum          ? a[i] + b[i]
                    : First == P::difference ? a[i] - b[i]
                    : First == P::product    ? a[i] * b[i]
                                             : -a[i];
        y[i] = Second == P::add             ? x + c[i]
               : Second == P::subtract      ? x - c[i]
               : Second == P::subtract_from ? c[i] - x
                                            : x * c[i];
    }
}

template <int First>
void fill_pairs_of(Loop (&loops)[PairKernels::seconds][2]) {
    using P = PairKernels;
#define AG_PAIR(SECOND)                                 \
    loops[SECOND][0] = pair_loop<float, First, SECOND>; \
    loops[SECOND][1] = pair_loop<double, First, SECOND>;
    AG_PAIR(P::add)
    AG_PAIR(P::subtract)
    AG_PAIR(P::subtract_from)
    AG_PAIR(P::multiply)
#undef AG_PAIR
}

void fill_dense(DenseKernels& dense) {
    fill_pairs_of<PairKernels::sum>(dense.pairs.loops[PairKernels::sum]);
    fill_pairs_of<PairKernels::difference>(dense.pairs.loops[PairKernels::difference]);
    fill_pairs_of<PairKernels::product>(dense.pairs.loops[PairKernels::product]);
    fill_pairs_of<PairKernels::negation>(dense.pairs.loops[PairKernels::negation]);
    dense.sum_f64 = pairwise_sum<double>;
    dense.sum_f32 = pairwise_sum<float>;
    dense.gemm_f64 = gemm<double>;
    dense.gemm_f32 = gemm<float>;
    fill_convolution(dense);
}
