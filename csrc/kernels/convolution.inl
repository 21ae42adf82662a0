// Convolutions, inside the namespace of one instruction set. `tile_bytes` is two of its vectors.
//
// A channel of an image is one block of memory, so that what a tap of the filter meets is the same
// block from another place on: a matrix product whose second factor is never written down.

// y[R, N] = the sum over k of w[k, R] x[offsets[k] + N].
template <class T, int R, int N>
AG_INLINE void correlate_tile(i64 taps, const T* x, const i64* offsets, const T* w, i64 ldw, T* y,
                              i64 ldy) {
    T sums[R][N] = {};
    for (i64 k = 0; k < taps; ++k) {
        const T* line = x + offsets[k];
        const T* weights = w + k * ldw;
        for (int r = 0; r < R; ++r) {
            const T weight = weights[r];
            AG_SIMD for (int j = 0; j < N; ++j) sums[r][j] += weight * line[j];
        }
    }
    for (int r = 0; r < R; ++r) {
        AG_SIMD for (int j = 0; j < N; ++j) y[r * ldy + j] = sums[r][j];
    }
}

// The same for one row of V times N.
template <class T, int V, int N>
AG_INLINE void correlate_row(i64 taps, const T* x, const i64* offsets, const T* w, i64 ldw, T* y) {
    T sums[V][N] = {};
    for (i64 k = 0; k < taps; ++k) {
        const T* line = x + offsets[k];
        const T weight = w[k * ldw];
        for (int v = 0; v < V; ++v) {
            AG_SIMD for (int j = 0; j < N; ++j) sums[v][j] += weight * line[v * N + j];
        }
    }
    for (int v = 0; v < V; ++v) {
        AG_SIMD for (int j = 0; j < N; ++j) y[v * N + j] = sums[v][j];
    }
}

template <class T, int N>
AG_INLINE void correlate_rows(i64 rows, i64 taps, const T* x, const i64* offsets, const T* w,
                              i64 ldw, T* y, i64 ldy) {
    i64 r = 0;
    for (; r + 6 <= rows; r += 6)
        correlate_tile<T, 6, N>(taps, x, offsets, w + r, ldw, y + r * ldy, ldy);
    if (r + 4 <= rows) {
        correlate_tile<T, 4, N>(taps, x, offsets, w + r, ldw, y + r * ldy, ldy);
        r += 4;
    }
    if (r + 3 == rows) {
        correlate_tile<T, 3, N>(taps, x, offsets, w + r, ldw, y + r * ldy, ldy);
        r += 3;
    }
    if (r + 2 <= rows) {
        correlate_tile<T, 2, N>(taps, x, offsets, w + r, ldw, y + r * ldy, ldy);
        r += 2;
    }
    if (r < rows) correlate_row<T, 2, N / 2>(taps, x, offsets, w + r, ldw, y + r * ldy);
}

// Reads and writes up to the next multiple of tile_bytes beyond n.
template <class T>
void correlate(i64 n, i64 rows, i64 taps, const T* x, const i64* offsets, const T* w, i64 ldw, T* y,
               i64 ldy) {
    constexpr int wide = tile_bytes / sizeof(T), narrow = wide / 2;
    i64 j = 0;
    if (rows == 1)  // sums enough to hide that each waits for the one before
        for (; j + 4 * wide <= n; j += 4 * wide)
            correlate_row<T, 4, wide>(taps, x + j, offsets, w, ldw, y + j);
    for (; j + narrow < n; j += wide)
        correlate_rows<T, wide>(rows, taps, x + j, offsets, w, ldw, y + j, ldy);
    if (j < n) correlate_rows<T, narrow>(rows, taps, x + j, offsets, w, ldw, y + j, ldy);
}

// sums[S, R, lanes] += a[S, lanes] b[R, lanes].
template <class T, int S, int R, int lanes>
AG_INLINE void meet_lanes(T (&sums)[S][R][lanes], const T* const* a, const T* const* b, i64 j) {
    for (int s = 0; s < S; ++s)
        for (int r = 0; r < R; ++r) {
            AG_SIMD for (int l = 0; l < lanes; ++l) sums[s][r][l] += a[s][j + l] * b[r][j + l];
        }
}

// out[S, R] += the sum over runs i and j < n of x[offsets[S] + x_runs[i] + j] g[R, g_runs[i] + j].
template <class T, int S, int R>
AG_INLINE void meet_tile(i64 n, i64 runs, const i64* x_runs, const i64* g_runs, const T* x,
                         const i64* offsets, const T* g, i64 ldg, T* out, i64 ldo) {
    constexpr int lanes = tile_bytes / 2 / sizeof(T), half = lanes / 2;
    T sums[S][R][lanes] = {};
    T ends[S][R][half] = {};
    T rest[S][R] = {};
    for (i64 i = 0; i < runs; ++i) {
        const T* a[S];
        const T* b[R];
        for (int s = 0; s < S; ++s) a[s] = x + offsets[s] + x_runs[i];
        for (int r = 0; r < R; ++r) b[r] = g + r * ldg + g_runs[i];
        i64 j = 0;
        for (; j + lanes <= n; j += lanes) meet_lanes<T, S, R, lanes>(sums, a, b, j);
        if (j + half <= n) {
            meet_lanes<T, S, R, half>(ends, a, b, j);
            j += half;
        }
        for (; j < n; ++j)
            for (int s = 0; s < S; ++s)
                for (int r = 0; r < R; ++r) rest[s][r] += a[s][j] * b[r][j];
    }
    for (int s = 0; s < S; ++s)
        for (int r = 0; r < R; ++r) {
            T total = rest[s][r];
            for (int l = 0; l < half; ++l) total += ends[s][r][l];
            for (int l = 0; l < lanes; ++l) total += sums[s][r][l];
            out[s * ldo + r] += total;
        }
}

template <class T, int R, int S>
AG_INLINE void meet_taps(i64 n, i64 runs, const i64* x_runs, const i64* g_runs, i64 taps,
                         const T* x, const i64* offsets, const T* g, i64 ldg, T* out, i64 ldo) {
    i64 k = 0;
    for (; k + S <= taps; k += S)
        meet_tile<T, S, R>(n, runs, x_runs, g_runs, x, offsets + k, g, ldg, out + k * ldo, ldo);
    for (; k < taps; ++k)
        meet_tile<T, 1, R>(n, runs, x_runs, g_runs, x, offsets + k, g, ldg, out + k * ldo, ldo);
}

template <class T>
void meet(i64 n, i64 runs, const i64* x_runs, const i64* g_runs, i64 rows, i64 taps, const T* x,
          const i64* offsets, const T* g, i64 ldg, T* out, i64 ldo) {
    i64 r = 0;
    for (; r + 4 <= rows; r += 4)
        meet_taps<T, 4, 3>(n, runs, x_runs, g_runs, taps, x, offsets, g + r * ldg, ldg, out + r,
                           ldo);
    for (; r + 2 <= rows; r += 2)
        meet_taps<T, 2, 4>(n, runs, x_runs, g_runs, taps, x, offsets, g + r * ldg, ldg, out + r,
                           ldo);
    if (r < rows)
        meet_taps<T, 1, 7>(n, runs, x_runs, g_runs, taps, x, offsets, g + r * ldg, ldg, out + r,
                           ldo);
}

void fill_convolution(DenseKernels& dense) {
    dense.convolution_f32 = {correlate<float>, meet<float>};
    dense.convolution_f64 = {correlate<double>, meet<double>};
    if constexpr (tile_bytes == 32)  // the first set, from which the others take what they lack
        dense.convolution_i64 = {correlate<i64>, meet<i64>};
}
