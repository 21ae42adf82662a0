// Softmax and its logarithm along lines of an array, and the products of their Jacobians with
// vectors, inside the namespace of one instruction set. Lines are numbered through [outer, inner];
// element k of a line is k * inner behind its first.

// Columns that are worked on at once where lines are not contiguous.
constexpr i64 softmax_columns = 256;

template <class T>
T line_largest(i64 n, const T* x) {
    T largest = -std::numeric_limits<T>::infinity();
#if defined(__GNUC__)
#pragma omp simd reduction(max : largest)
#endif
    for (i64 i = 0; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
    return largest;
}

// y = exp(x - largest), or exp(x - largest) is summed alone.
template <class T, bool Store>
T line_exponentials(i64 n, const T* x, T largest, T* y) {
    double total = 0;
    for (i64 start = 0; start < n; start += 1024) {
        const i64 end = std::min(n, start + 1024);
        T sum = 0;
#if defined(__GNUC__)
#pragma omp simd reduction(+ : sum)
#endif
        for (i64 i = start; i < end; ++i) {
            const T power = exp(x[i] - largest);
            if constexpr (Store) y[i] = power;
            sum += power;
        }
        total += static_cast<double>(sum);
    }
    return static_cast<T>(total);
}

template <class T, bool Logarithm>
void softmax_line(i64 n, const T* x, T* y) {
    const T largest = line_largest(n, x);
    const T sum = line_exponentials<T, !Logarithm>(n, x, largest, y);
    if constexpr (Logarithm) {
        const T shift = std::log(sum);
        AG_SIMD for (i64 i = 0; i < n; ++i) y[i] = (x[i] - largest) - shift;
    } else {
        const T factor = 1 / sum;
        AG_SIMD for (i64 i = 0; i < n; ++i) y[i] *= factor;
    }
}

// Sums of columns, of rows that are added one by one: those of every 64 rows are added in float64.
template <class T>
class ColumnSums {
   public:
    explicit ColumnSums(i64 count) : count_(count) {
        for (i64 j = 0; j < count; ++j) {
            part[j] = 0;
            total_[j] = 0;
        }
    }
    void row_is_done(i64 k) {
        if (k % 64 == 63) collect();
    }
    // The sums stand in `part` then.
    void finish() {
        collect();
        AG_SIMD for (i64 j = 0; j < count_; ++j) part[j] = static_cast<T>(total_[j]);
    }

    T part[softmax_columns];

   private:
    i64 count_;
    double total_[softmax_columns];

    void collect() {
        AG_SIMD for (i64 j = 0; j < count_; ++j) {
            total_[j] += static_cast<double>(part[j]);
            part[j] = 0;
        }
    }
};

// `count` lines beside each other.
template <class T, bool Logarithm>
void softmax_columns_of(i64 count, i64 n, i64 inner, const T* x, T* y) {
    T largest[softmax_columns];
    for (i64 j = 0; j < count; ++j) largest[j] = -std::numeric_limits<T>::infinity();
    ColumnSums<T> sums(count);
    T* const sum = sums.part;
    for (i64 k = 0; k < n; ++k) {
        const T* from = x + k * inner;
        AG_SIMD for (i64 j = 0; j < count; ++j) largest[j] =
            from[j] > largest[j] ? from[j] : largest[j];
    }
    for (i64 k = 0; k < n; ++k) {
        const T* from = x + k * inner;
        T* to = y + k * inner;
        AG_SIMD for (i64 j = 0; j < count; ++j) {
            const T power = exp(from[j] - largest[j]);
            if constexpr (!Logarithm) to[j] = power;
            sum[j] += power;
        }
        sums.row_is_done(k);
    }
    sums.finish();
    AG_SIMD for (i64 j = 0; j < count; ++j) sum[j] = Logarithm ? log(sum[j]) : 1 / sum[j];
    for (i64 k = 0; k < n; ++k) {
        const T* from = x + k * inner;
        T* to = y + k * inner;
        AG_SIMD for (i64 j = 0; j < count; ++j) {
            if constexpr (Logarithm)
                to[j] = (from[j] - largest[j]) - sum[j];
            else
                to[j] *= sum[j];
        }
    }
}

// y (g - sum of g y), or for the logarithm y of it g - exp(y) sum of g.
template <class T, bool Logarithm>
void softmax_slope_line(i64 n, const T* g, const T* y, T* out) {
    double total = 0;
    for (i64 start = 0; start < n; start += 1024) {
        const i64 end = std::min(n, start + 1024);
        T sum = 0;
#if defined(__GNUC__)
#pragma omp simd reduction(+ : sum)
#endif
        for (i64 i = start; i < end; ++i) sum += Logarithm ? g[i] : g[i] * y[i];
        total += static_cast<double>(sum);
    }
    const T all = static_cast<T>(total);
    AG_SIMD for (i64 i = 0; i < n; ++i) {
        if constexpr (Logarithm)
            out[i] = g[i] - exp(y[i]) * all;
        else
            out[i] = y[i] * (g[i] - all);
    }
}

template <class T, bool Logarithm>
void softmax_slope_columns_of(i64 count, i64 n, i64 inner, const T* g, const T* y, T* out) {
    ColumnSums<T> sums(count);
    T* const sum = sums.part;
    for (i64 k = 0; k < n; ++k) {
        const T *gs = g + k * inner, *ys = y + k * inner;
        AG_SIMD for (i64 j = 0; j < count; ++j) sum[j] += Logarithm ? gs[j] : gs[j] * ys[j];
        sums.row_is_done(k);
    }
    sums.finish();
    for (i64 k = 0; k < n; ++k) {
        const T *gs = g + k * inner, *ys = y + k * inner;
        T* to = out + k * inner;
        AG_SIMD for (i64 j = 0; j < count; ++j) {
            if constexpr (Logarithm)
                to[j] = gs[j] - exp(ys[j]) * sum[j];
            else
                to[j] = ys[j] * (gs[j] - sum[j]);
        }
    }
}

// The first line from this one on at which lines may be cut: so that an element is in a whole
// vector, or in the rest of one, however many threads there are.
inline i64 whole_vectors(i64 line, i64 inner) {
    constexpr i64 width = 16;
    const i64 column = line % inner, into = column % width;
    return into == 0 ? line : line + std::min(width - into, inner - column);
}

// f(columns, offset of the first element) for the lines [begin, end).
template <class F>
void each_line(i64 begin, i64 end, i64 n, i64 inner, F f) {
    begin = whole_vectors(begin, inner);
    end = whole_vectors(end, inner);
    while (begin < end) {
        const i64 column = begin % inner;
        const i64 count = std::min({end - begin, inner - column, softmax_columns});
        f(count, begin / inner * n * inner + column);
        begin += count;
    }
}

template <class T, bool Logarithm>
void softmax_lines(i64 begin, i64 end, i64 n, i64 inner, const void* const* in, void* out) {
    const T* x = static_cast<const T*>(in[0]);
    T* y = static_cast<T*>(out);
    each_line(begin, end, n, inner, [&](i64 count, i64 at) {
        if (inner == 1)
            softmax_line<T, Logarithm>(n, x + at, y + at);
        else
            softmax_columns_of<T, Logarithm>(count, n, inner, x + at, y + at);
    });
}

template <class T, bool Logarithm>
void softmax_slope_lines(i64 begin, i64 end, i64 n, i64 inner, const void* const* in, void* out) {
    const T *g = static_cast<const T*>(in[0]), *y = static_cast<const T*>(in[1]);
    T* to = static_cast<T*>(out);
    each_line(begin, end, n, inner, [&](i64 count, i64 at) {
        if (inner == 1)
            softmax_slope_line<T, Logarithm>(n, g + at, y + at, to + at);
        else
            softmax_slope_columns_of<T, Logarithm>(count, n, inner, g + at, y + at, to + at);
    });
}

void fill_softmax(SoftmaxKernels& kernels) {
    kernels.value[0][0] = softmax_lines<float, false>;
    kernels.value[0][1] = softmax_lines<double, false>;
    kernels.value[1][0] = softmax_lines<float, true>;
    kernels.value[1][1] = softmax_lines<double, true>;
    kernels.slope[0][0] = softmax_slope_lines<float, false>;
    kernels.slope[0][1] = softmax_slope_lines<double, false>;
    kernels.slope[1][0] = softmax_slope_lines<float, true>;
    kernels.slope[1][1] = softmax_slope_lines<double, true>;
}
