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

// Rows of four at a time: each loaded vector of b serves four rows of a.
template <class T>
void gemm(i64 m, i64 n, i64 k, const T* a, i64 a_row, i64 a_column, const T* b, i64 ldb, T* c,
          i64 ldc) {
    i64 i = 0;
    for (; i + 4 <= m; i += 4) {
        T* c0 = c + i * ldc;
        T* c1 = c0 + ldc;
        T* c2 = c1 + ldc;
        T* c3 = c2 + ldc;
        const T* a0 = a + i * a_row;
        for (i64 p = 0; p < k; ++p) {
            const T x0 = a0[p * a_column];
            const T x1 = a0[a_row + p * a_column];
            const T x2 = a0[2 * a_row + p * a_column];
            const T x3 = a0[3 * a_row + p * a_column];
            const T* row = b + p * ldb;
            AG_SIMD for (i64 j = 0; j < n; ++j) {
                c0[j] += x0 * row[j];
                c1[j] += x1 * row[j];
                c2[j] += x2 * row[j];
                c3[j] += x3 * row[j];
            }
        }
    }
    for (; i < m; ++i) {
        T* c0 = c + i * ldc;
        for (i64 p = 0; p < k; ++p) {
            const T x0 = a[i * a_row + p * a_column];
            const T* row = b + p * ldb;
            AG_SIMD for (i64 j = 0; j < n; ++j) c0[j] += x0 * row[j];
        }
    }
}

void fill_dense(DenseKernels& dense) {
    dense.sum_f64 = pairwise_sum<double>;
    dense.sum_f32 = pairwise_sum<float>;
    dense.gemm_f64 = gemm<double>;
    dense.gemm_f32 = gemm<float>;
}
