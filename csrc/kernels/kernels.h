// Entry points of the compiled loops, one set for each instruction set; select.h chooses one.
#pragma once

#include "../ops/table.h"
#include "../update.h"

namespace ag {

// The loops of convolutions, on channels that are blocks of memory. Offsets say where in x each tap
// of the filter begins.
template <class T>
struct ConvolutionKernels {
    // y[r, j] = the sum over k of w[k, r] x[offsets[k] + j], for j < n; the rows of w and y are ldw
    // and ldy apart. Reads x and writes y for up to `slack` more of j.
    void (*correlate)(i64 n, i64 rows, i64 taps, const T* x, const i64* offsets, const T* w,
                      i64 ldw, T* y, i64 ldy);
    // out[k, r] += the sum over runs i and j < n of
    // x[offsets[k] + x_runs[i] + j] g[r, g_runs[i] + j].
    void (*meet)(i64 n, i64 runs, const i64* x_runs, const i64* g_runs, i64 rows, i64 taps,
                 const T* x, const i64* offsets, const T* g, i64 ldg, T* out, i64 ldo);
    static constexpr i64 slack = 64;
};

// Two operations on floats in one loop, float32 [0] and float64 [1]: of in[0] and in[1], and of
// what comes of that and in[2].
struct PairKernels {
    enum First : u8 { sum, difference, product, negation, firsts };  // the last of in[0] alone
    enum Second : u8 { add, subtract, subtract_from, multiply, seconds };
    Loop loops[firsts][seconds][2];
};

// Loops that are not elementwise operations, for float32 [0] and float64 [1].
struct DenseKernels {
    PairKernels pairs;
    // Sum of n contiguous numbers, by pairs of blocks, in a fixed order.
    double (*sum_f64)(i64 n, const double* x);
    float (*sum_f32)(i64 n, const float* x);
    // c[m, n] += a[m, k] b[k, n]; b and c have contiguous rows of strides ldb and ldc (in
    // elements), a has element strides (a_row, a_column).
    void (*gemm_f64)(i64 m, i64 n, i64 k, const double* a, i64 a_row, i64 a_column, const double* b,
                     i64 ldb, double* c, i64 ldc);
    void (*gemm_f32)(i64 m, i64 n, i64 k, const float* a, i64 a_row, i64 a_column, const float* b,
                     i64 ldb, float* c, i64 ldc);
    ConvolutionKernels<float> convolution_f32;
    ConvolutionKernels<double> convolution_f64;
    ConvolutionKernels<i64> convolution_i64;
};

// Reductions of `count` rows of n elements that lie one after the other, and what else goes through
// all elements; for float32 [0] and float64 [1], or by dtype. Of empty rows there are sums alone.
struct RowKernels {
    using Rows = void (*)(i64 count, i64 n, const void* x, void* y);
    Rows sum[2];
    Rows logsumexp[2];
    // The smallest [0] and largest [1] element, NaN if any is; and its place, as int64, NaN passed
    // over. The last is of n rows of `inner` elements, along columns.
    Rows extremum[2][dtype_count];
    Rows place[2][dtype_count];
    void (*place_columns[2][dtype_count])(i64 n, i64 inner, const void* x, void* y);
    // |x| of n complex numbers.
    void (*moduli[2])(i64 n, const void* x, void* y);
};

// Of lines [begin, end) of n elements that are `inner` apart: softmax [0] and its logarithm [1],
// for float32 [0] and float64 [1]. `slope` has in = {g, y}, y the result of `value`.
struct SoftmaxKernels {
    using Lines = void (*)(i64 begin, i64 end, i64 n, i64 inner, const void* const* in, void* out);
    Lines value[2][2];
    Lines slope[2][2];
};

#define GROUP(NAME) void fill_##NAME(Kernels* table);
namespace baseline {
AG_ROW_GROUPS(GROUP)
void fill_dense(DenseKernels& dense);
void fill_updates(UpdateKernels& updates);
void fill_softmax(SoftmaxKernels& kernels);
void fill_rows(RowKernels& rows);
}  // namespace baseline
#if AG_HAVE_X86_CLONES
namespace avx2 {
AG_ROW_GROUPS(GROUP)
void fill_dense(DenseKernels& dense);
void fill_updates(UpdateKernels& updates);
void fill_softmax(SoftmaxKernels& kernels);
void fill_rows(RowKernels& rows);
}  // namespace avx2
namespace avx512 {
AG_ROW_GROUPS(GROUP)
void fill_dense(DenseKernels& dense);
void fill_updates(UpdateKernels& updates);
void fill_softmax(SoftmaxKernels& kernels);
void fill_rows(RowKernels& rows);
}  // namespace avx512
#endif
#undef GROUP

extern DenseKernels dense_kernels;
extern SoftmaxKernels softmax_kernels;
extern RowKernels row_kernels;

}  // namespace ag
