#include "elimination.h"

#include "../blas.h"

namespace ag {

namespace {

// Overwrites a, rows `ld` elements apart, with L (below the diagonal, its own being 1) and U, so
// that row rows[i] of the matrix is row i of L U. N is the extent, or 0 for any.
template <class T, int N>
bool eliminate(i64 size, T* a, i64 ld, i64* rows, bool& odd) {
    const i64 n = N > 0 ? N : size;
    bool regular = true;
    for (i64 i = 0; i < n; ++i) rows[i] = i;
    for (i64 k = 0; k < n; ++k) {
        i64 chosen = k;
        auto largest = magnitude(a[k * ld + k]);
        for (i64 i = k + 1; i < n; ++i) {
            const auto other = magnitude(a[i * ld + k]);
            if (other > largest) largest = other, chosen = i;
        }
        if (chosen != k) {
            for (i64 j = 0; j < n; ++j) std::swap(a[k * ld + j], a[chosen * ld + j]);
            std::swap(rows[k], rows[chosen]);
            odd = !odd;
        }
        if (!(largest > 0)) {
            regular = false;
            if (largest == 0) continue;
        }
        const T pivot = a[k * ld + k];
        for (i64 i = k + 1; i < n; ++i) {
            const T factor = a[i * ld + k] /= pivot;
            for (i64 j = k + 1; j < n; ++j) a[i * ld + j] -= factor * a[k * ld + j];
        }
    }
    return regular;
}

// Overwrites b, n rows of m, with the solution x of L U x = b.
template <class T, int N>
void substitute(i64 size, i64 m, const T* a, i64 ld, T* b) {
    const i64 n = N > 0 ? N : size;
    for (i64 i = 1; i < n; ++i)
        for (i64 k = 0; k < i; ++k) {
            const T factor = a[i * ld + k];
            for (i64 j = 0; j < m; ++j) b[i * m + j] -= factor * b[k * m + j];
        }
    for (i64 i = n - 1; i >= 0; --i) {
        for (i64 k = i + 1; k < n; ++k) {
            const T factor = a[i * ld + k];
            for (i64 j = 0; j < m; ++j) b[i * m + j] -= factor * b[k * m + j];
        }
        const T pivot = a[i * ld + i];
        for (i64 j = 0; j < m; ++j) b[i * m + j] /= pivot;
    }
}

// Follows LAPACK's exchanges of rows. Whether all pivots are numbers other than 0.
template <class T>
bool follow(i64 n, const T* factors, i64 ld, const i64* exchanged, i64* rows, bool& odd) {
    bool regular = true;
    for (i64 i = 0; i < n; ++i) rows[i] = i;
    for (i64 i = 0; i < n; ++i) {
        regular = regular && magnitude(factors[i * ld + i]) > 0;
        if (exchanged[i] == i) continue;
        std::swap(rows[i], rows[exchanged[i]]);
        odd = !odd;
    }
    return regular;
}

template <class T>
bool eliminate_any(i64 n, T* a, i64 ld, i64* rows, bool& odd) {
    switch (n) {
        case 1: return eliminate<T, 1>(n, a, ld, rows, odd);
        case 2: return eliminate<T, 2>(n, a, ld, rows, odd);
        case 3: return eliminate<T, 3>(n, a, ld, rows, odd);
        case 4: return eliminate<T, 4>(n, a, ld, rows, odd);
        default: return eliminate<T, 0>(n, a, ld, rows, odd);
    }
}

// Whether the pivots are of about one size, so that the inverse has the digits that cofactors need.
template <class T>
bool far_from_singular(i64 n, const T* factors) {
    auto least = magnitude(factors[0]), largest = least;
    for (i64 i = 1; i < n; ++i) {
        least = std::min(least, magnitude(factors[i * n + i]));
        largest = std::max(largest, magnitude(factors[i * n + i]));
    }
    return least > largest * decltype(least)(1e-3);
}

template <class T>
T product_of_pivots(i64 n, const T* factors, bool odd) {
    T det = odd ? T(-1) : T(1);
    for (i64 i = 0; i < n; ++i) det *= factors[i * n + i];
    return det;
}

}  // namespace

template <class T>
void transpose_into(i64 n, const T* from, i64 from_ld, T* to, i64 to_ld) {
    // By tiles that are turned in the first-level cache, so that memory is read and written by
    // rows.
    constexpr i64 tile = 16;
    T turned[tile][tile];
    for (i64 i0 = 0; i0 < n; i0 += tile)
        for (i64 j0 = 0; j0 < n; j0 += tile) {
            const i64 height = std::min(tile, n - i0), width = std::min(tile, n - j0);
            for (i64 i = 0; i < height; ++i)
                for (i64 j = 0; j < width; ++j) turned[j][i] = from[(i0 + i) * from_ld + j0 + j];
            for (i64 j = 0; j < width; ++j)
                std::copy_n(turned[j], height, to + (j0 + j) * to_ld + i0);
        }
}

template <class T>
bool factor(DType dtype, i64 n, const T* from, T* a, i64 ld, i64* rows, bool& odd) {
    if (n >= small_matrix) {
        Value scratch = make_value(dtype, Shape{n, n});
        T* const columns = reinterpret_cast<T*>(scratch.mutable_data());
        std::vector<i64> exchanged(static_cast<std::size_t>(n));
        transpose_into(n, from, from == a ? ld : n, columns, n);
        if (blas::lu(dtype, n, columns, exchanged.data())) {
            transpose_into(n, columns, n, a, ld);
            return follow(n, a, ld, exchanged.data(), rows, odd);
        }
    }
    if (from != a)
        for (i64 i = 0; i < n; ++i) std::copy_n(from + i * n, n, a + i * ld);
    return eliminate_any(n, a, ld, rows, odd);
}

template <class T>
bool factor_for_pivots(DType dtype, i64 n, T* a, i64* rows, bool& odd) {
    if (n >= small_matrix) {
        std::vector<i64> exchanged(static_cast<std::size_t>(n));
        if (blas::lu(dtype, n, a, exchanged.data()))
            return follow(n, a, n, exchanged.data(), rows, odd);
    }
    return eliminate_any(n, a, n, rows, odd);
}

template <class T>
bool invert(DType dtype, i64 n, T* a, bool far, T& det) {
    Workspace<T> work(n);
    bool odd = false;
    const auto usable = [&](const T* factors) {
        det = product_of_pivots(n, factors, odd);
        return !far || far_from_singular(n, factors);
    };
    if (n >= small_matrix) {
        // LAPACK's columns are our rows: it inverts the transpose, in place.
        std::vector<i64> exchanged(static_cast<std::size_t>(n));
        if (blas::inverts(dtype) && blas::lu(dtype, n, a, exchanged.data()))
            return follow(n, a, n, exchanged.data(), work.rows, odd) && usable(a) &&
                   blas::inverse_of_factors(dtype, n, a, exchanged.data());
    }
    if (!factor(dtype, n, a, work.elements, n, work.rows, odd) || !usable(work.elements))
        return false;
    std::fill_n(a, n * n, T(0));
    for (i64 i = 0; i < n; ++i) a[i * n + work.rows[i]] = T(1);
    solve_factored(dtype, n, n, work.elements, n, a);
    return true;
}

// x of L U x = b, in place of b.
template <class T>
void solve_factored(DType dtype, i64 n, i64 m, const T* a, i64 ld, T* b) {
    switch (n) {
        case 1: return substitute<T, 1>(n, m, a, ld, b);
        case 2: return substitute<T, 2>(n, m, a, ld, b);
        case 3: return substitute<T, 3>(n, m, a, ld, b);
        case 4: return substitute<T, 4>(n, m, a, ld, b);
        default: break;
    }
    if (n >= small_matrix && blas::triangular_solve(dtype, n, m, a, ld, true, true, false, b) &&
        blas::triangular_solve(dtype, n, m, a, ld, false, false, false, b))
        return;
    substitute<T, 0>(n, m, a, ld, b);
}

// x of (L U)^H x = b, in place of b.
template <class T>
void solve_factored_adjoint(DType dtype, i64 n, i64 m, const T* a, i64 ld, T* b) {
    if (n >= small_matrix && blas::triangular_solve(dtype, n, m, a, ld, false, false, true, b) &&
        blas::triangular_solve(dtype, n, m, a, ld, true, true, true, b))
        return;
    for (i64 i = 0; i < n; ++i) {
        for (i64 k = 0; k < i; ++k) {
            const T factor = conjugate(a[k * ld + i]);
            for (i64 j = 0; j < m; ++j) b[i * m + j] -= factor * b[k * m + j];
        }
        const T pivot = conjugate(a[i * ld + i]);
        for (i64 j = 0; j < m; ++j) b[i * m + j] /= pivot;
    }
    for (i64 i = n - 2; i >= 0; --i)
        for (i64 k = i + 1; k < n; ++k) {
            const T factor = conjugate(a[k * ld + i]);
            for (i64 j = 0; j < m; ++j) b[i * m + j] -= factor * b[k * m + j];
        }
}

template <class T>
void read_rows(const char* name, i64 n, const T* packed, i64 ld, i64* rows) {
    u64 seen = 0;
    std::vector<bool> more_seen(n > 64 ? static_cast<std::size_t>(n) : 0);
    for (i64 i = 0; i < n; ++i) {
        const double number = static_cast<double>(std::real(packed[i * ld + n]));
        const bool there = number >= 0 && number < static_cast<double>(n);
        const i64 row = there ? static_cast<i64>(number) : 0;
        const bool again = n > 64 ? more_seen[static_cast<std::size_t>(row)] : (seen >> row) & 1;
        if (!there || again)
            fail(std::string("[") + name +
                 "] The last column of factors numbers the rows, each of them once.");
        rows[i] = row;
        if (n > 64)
            more_seen[static_cast<std::size_t>(row)] = true;
        else
            seen |= u64(1) << row;
    }
}

#define TYPE(T)                                                       \
    template void transpose_into(i64, const T*, i64, T*, i64);        \
    template bool factor(DType, i64, const T*, T*, i64, i64*, bool&); \
    template bool factor_for_pivots(DType, i64, T*, i64*, bool&);     \
    template bool invert(DType, i64, T*, bool, T&);                   \
    template void read_rows(const char*, i64, const T*, i64, i64*);   \
    template void solve_factored(DType, i64, i64, const T*, i64, T*); \
    template void solve_factored_adjoint(DType, i64, i64, const T*, i64, T*);
TYPE(float)
TYPE(double)
TYPE(Complex64)
TYPE(Complex128)
#undef TYPE

}  // namespace ag
