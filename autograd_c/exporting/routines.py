"""Functions that exported steps call: sums, matrices, orders, special functions; see `helpers`."""

from __future__ import annotations

FLOATING = {
    "above": """
/* A NaN is above all numbers. */
int #above(REAL a, REAL b) { return a > b || (a != a && b == b); }""",
    "sum": """
/* In blocks that are added in pairs, so that rounding grows with the logarithm of the count. */
REAL #sum(ptrdiff_t n, const REAL *x, ptrdiff_t step) {
    REAL sums[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    ptrdiff_t i, k;
    if (n > 256) {
        const ptrdiff_t half = n / 256 * 128;
        return #sum(half, x, step) + #sum(n - half, x + half * step, step);
    }
    for (i = 0; i + 8 <= n; i += 8)
        for (k = 0; k < 8; k++) sums[k] += x[(i + k) * step];
    for (k = 0; i + k < n; k++) sums[k] += x[(i + k) * step];
    for (k = 0; k < 4; k++) sums[k] += sums[k + 4];
    return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}""",
    "dot": """
/* The sum of products, several at a time. */
REAL #dot(ptrdiff_t n, const REAL *x, ptrdiff_t x_step, const REAL *y, ptrdiff_t y_step) {
    REAL sums[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    ptrdiff_t i, k;
    for (i = 0; i + 8 <= n; i += 8)
        for (k = 0; k < 8; k++) sums[k] += x[(i + k) * x_step] * y[(i + k) * y_step];
    for (k = 0; i + k < n; k++) sums[k] += x[(i + k) * x_step] * y[(i + k) * y_step];
    for (k = 0; k < 4; k++) sums[k] += sums[k + 4];
    return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}""",
    "gemm": """
/* c = a b, m rows of n, by strides of rows and columns of a and b. */
void #gemm(int m, int n, int inner, const REAL *a, ptrdiff_t a_row, ptrdiff_t a_column,
           const REAL *b, ptrdiff_t b_row, ptrdiff_t b_column, REAL *restrict c) {
    if (n == 1 && (a_column == 1 || a_row != 1)) {
        for (int i = 0; i < m; i++) {
            if (a_column == 1 && b_row == 1)
                c[i] = #dot(inner, a + i * a_row, 1, b, 1);
            else
                c[i] = #dot(inner, a + i * a_row, a_column, b, b_row);
        }
        return;
    }
    for (int i = 0; i < m * n; i++) c[i] = 0;
    if (n == 1) {
        for (int k = 0; k < inner; k++)
            for (int i = 0; i < m; i++) c[i] += a[k * a_column + i] * b[k * b_row];
        return;
    }
    for (int i = 0; i < m; i++)
        for (int k = 0; k < inner; k++) {
            const REAL factor = a[i * a_row + k * a_column];
            const REAL *const row = b + k * b_row;
            REAL *const to = c + (ptrdiff_t)i * n;
            if (b_column == 1)
                for (int j = 0; j < n; j++) to[j] += factor * row[j];
            else
                for (int j = 0; j < n; j++) to[j] += factor * row[j * b_column];
        }
}""",
    "cholesky": """
/* The lower triangle L of a = L L^T in place of a; 0 if a is not positive definite. */
int #cholesky(int n, REAL *a) {
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            REAL sum = a[i * n + j];
            for (int k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
            if (j < i) {
                a[i * n + j] = sum / a[j * n + j];
            } else {
                if (!(sum > 0) || sum - sum != 0) return 0;
                a[i * n + i] = @sqrt(sum);
            }
        }
        for (int j = i + 1; j < n; j++) a[i * n + j] = 0;
    }
    return 1;
}""",
    "cholesky_reverse": """
/* In place of g, the cotangent of the triangle l, that of the matrix that l is the factor of. */
void #cholesky_reverse(int n, const REAL *l, REAL *g) {
    for (int i = n - 1; i >= 0; i--)
        for (int j = i; j >= 0; j--) {
            if (j == i) {
                const REAL by_sum = g[i * n + i] / (2 * l[i * n + i]);
                g[i * n + i] = by_sum;
                for (int k = 0; k < i; k++) g[i * n + k] -= 2 * by_sum * l[i * n + k];
            } else {
                const REAL by_sum = g[i * n + j] /= l[j * n + j];
                g[j * n + j] -= by_sum * l[i * n + j];
                for (int k = 0; k < j; k++) {
                    g[i * n + k] -= by_sum * l[j * n + k];
                    g[j * n + k] -= by_sum * l[i * n + k];
                }
            }
        }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) g[i * n + j] = g[j * n + i] = g[i * n + j] / 2;
}""",
    "lower_solve": """
/* x of a x = b in place of b, n rows of m; of a the lower triangle counts, with ones on its
   diagonal if it is a unit. */
void #lower_solve(int n, int m, const REAL *a, int width, REAL *b, int is_unit) {
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            for (int j = 0; j < m; j++) b[i * m + j] -= a[i * width + k] * b[k * m + j];
        if (!is_unit)
            for (int j = 0; j < m; j++) b[i * m + j] /= a[i * width + i];
    }
}""",
    "upper_solve": """
/* The same of the upper triangle. */
void #upper_solve(int n, int m, const REAL *a, int width, REAL *b, int is_unit) {
    for (int i = n - 1; i >= 0; i--) {
        for (int k = n - 1; k > i; k--)
            for (int j = 0; j < m; j++) b[i * m + j] -= a[i * width + k] * b[k * m + j];
        if (!is_unit)
            for (int j = 0; j < m; j++) b[i * m + j] /= a[i * width + i];
    }
}""",
    "lu": """
/* The factors in place of a, the largest pivots first: row i of their product is row rows[i] of a.
   0 if a pivot is 0 or no number. */
int #lu(int n, REAL *a, int32_t *rows) {
    int is_regular = 1;
    for (int i = 0; i < n; i++) rows[i] = i;
    for (int k = 0; k < n; k++) {
        int chosen = k;
        for (int i = k + 1; i < n; i++)
            if (@fabs(a[i * n + k]) > @fabs(a[chosen * n + k])) chosen = i;
        if (chosen != k) {
            const int32_t row = rows[k];
            rows[k] = rows[chosen];
            rows[chosen] = row;
            for (int j = 0; j < n; j++) {
                const REAL x = a[k * n + j];
                a[k * n + j] = a[chosen * n + j];
                a[chosen * n + j] = x;
            }
        }
        if (!(@fabs(a[k * n + k]) > 0)) is_regular = 0;
        if (a[k * n + k] == 0) continue;
        for (int i = k + 1; i < n; i++) {
            const REAL factor = a[i * n + k] /= a[k * n + k];
            for (int j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
        }
    }
    return is_regular;
}""",
    "norm": """
/* The square root of the sum of squares, without overflow or underflow on the way. */
REAL #norm(ptrdiff_t n, const REAL *x, ptrdiff_t step) {
    REAL squares = 0, largest = 0;
    ptrdiff_t i;
    int exponent;
    for (i = 0; i < n; i++) {
        const REAL modulus = @fabs(x[i * step]);
        if (modulus != modulus) return modulus;
        if (modulus > largest) largest = modulus;
    }
    if (largest == 0 || largest - largest != 0) return largest;
    exponent = @ilogb(largest);
    for (i = 0; i < n; i++) {
        const REAL scaled = @ldexp(x[i * step], -exponent);
        squares += scaled * scaled;
    }
    return @ldexp(@sqrt(squares), exponent);
}""",
    "product_leaves_range": """
/* Whether a product of numbers of these logarithms, or one of halves of them on the way to it, or
   one of all others, is beyond 2^widest. The logarithms are lost. */
bool #product_leaves_range(ptrdiff_t n, REAL *logs, REAL widest) {
    REAL all = 0;
    for (ptrdiff_t i = 0; i < n; i++) all += logs[i];
    if (!(@fabs(all) < widest)) return true;
    for (; n > 1; n -= n / 2) {
        const ptrdiff_t half = n / 2;
        for (ptrdiff_t i = 0; i < half; i++) {
            logs[i] += logs[half + i];
            if (!(@fabs(logs[i]) < widest && @fabs(all - logs[i]) < widest)) return true;
        }
        if (n % 2) logs[half] = logs[n - 1];
    }
    return false;
}""",
    "exchange": """
/* Two rows or columns of so many numbers, each so far from the one before. */
void #exchange(int n, REAL *a, REAL *b, int step) {
    for (int i = 0; i < n; i++) {
        const REAL x = a[i * step];
        a[i * step] = b[i * step];
        b[i * step] = x;
    }
}""",
    "cofactors": """
/* The derivatives of the determinant of a by its elements, for singular matrices, too: with the
   largest pivots in both directions. a is lost; b is another matrix, rows and columns n numbers. */
void #cofactors(int n, REAL *a, REAL *b, int32_t *rows, int32_t *columns, REAL *result) {
    REAL before_last = 1;
    for (int i = 0; i < n; i++) rows[i] = columns[i] = i;
    for (int i = 0; i < n * n; i++) b[i] = result[i] = 0;
    for (int k = 0; k < n - 1; k++) {
        int row = k, column = k;
        for (int i = k; i < n; i++)
            for (int j = k; j < n; j++)
                if (@fabs(a[i * n + j]) > @fabs(a[row * n + column])) {
                    row = i;
                    column = j;
                }
        if (a[row * n + column] == 0) return;
        const int32_t old_row = rows[k], old_column = columns[k];
        rows[k] = rows[row];
        rows[row] = old_row;
        columns[k] = columns[column];
        columns[column] = old_column;
        if ((row != k) != (column != k)) before_last = -before_last;
        if (row != k) #exchange(n, a + k * n, a + row * n, 1);
        if (column != k) #exchange(n, a + k, a + column, n);
        before_last *= a[k * n + k];
        for (int i = k + 1; i < n; i++) {
            const REAL factor = a[i * n + k] /= a[k * n + k];
            for (int j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
        }
    }
    for (int j = 0; j < n; j++) {
        const int is_last = j == n - 1;
        if (is_last) b[n * n - 1] = 1;
        for (int i = is_last ? n - 2 : j; i >= 0; i--) {
            REAL sum = is_last ? -a[i * n + n - 1] : i == j ? a[n * n - 1] : 0;
            for (int k = i + 1; k < n - 1; k++) sum -= a[i * n + k] * b[k * n + j];
            b[i * n + j] = sum / a[i * n + i];
        }
    }
    for (int i = 0; i < n; i++)
        for (int j = n - 1; j >= 0; j--)
            for (int k = j + 1; k < n; k++) b[i * n + j] -= b[i * n + k] * a[k * n + j];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) result[rows[i] * n + columns[j]] = before_last * b[j * n + i];
}""",
    "lgamma": "REAL #lgamma(REAL x) { return (REAL)lgamma((double)x); }",
    "digamma": """
/* By the series for large numbers, to which smaller ones are moved. */
REAL #digamma(REAL given) {
    const double pi = 3.141592653589793;
    const double terms[6] = {1 / 12.0, 1 / 120.0, 1 / 252.0, 1 / 240.0, 1 / 132.0, 691 / 32760.0};
    double x = (double)given, y = 0, sum = 0, z;
    if (x <= 0) {
        if (x == floor(x)) return (REAL)(x == 0 ? -1 / x : NAN);
        y = -pi / tan(pi * (x - rint(x)));
        x = 1 - x;
    }
    for (; x < 12; x += 1) y -= 1 / x;
    z = 1 / (x * x);
    y += log(x) - 0.5 / x;
    for (int k = 5; k >= 0; k--) sum = (terms[k] - sum) * z;
    return (REAL)(y - sum);
}""",
    "trigamma": """
/* Its derivative. */
REAL #trigamma(REAL given) {
    const double pi = 3.141592653589793;
    const double terms[6] = {1 / 6.0, 1 / 30.0, 1 / 42.0, 1 / 30.0, 5 / 66.0, 691 / 2730.0};
    double x = (double)given, y = 0, sign = 1, sum = 0, z;
    if (x <= 0) {
        if (x == floor(x)) return (REAL)INFINITY;
        y = pi / sin(pi * (x - rint(x)));
        y *= y;
        x = 1 - x;
        sign = -1;
    }
    for (; x < 12; x += 1) y += sign / (x * x);
    z = 1 / (x * x);
    for (int k = 5; k >= 0; k--) sum = (terms[k] - sum) * z;
    return (REAL)(y + sign * (1 + 0.5 / x + sum) / x);
}""",
    "erfcinv": """
/* By Halley's method, from the rational approximation 26.2.22 of Abramowitz and Stegun. */
REAL #erfcinv(REAL given) {
    const double q = (double)given, slope = -1.1283791670955126;
    double t, z;
    if (!(q >= 0 && q <= 2)) return (REAL)NAN;
    if (q == 0 || q == 2) return (REAL)(q == 0 ? INFINITY : -INFINITY);
    if (q > 1) return -#erfcinv((REAL)(2 - q));
    t = sqrt(-2 * log(q / 2));
    z = (t - (2.30753 + 0.27061 * t) / (1 + (0.99229 + 0.04481 * t) * t)) / 1.4142135623730951;
    for (int k = 0; k < 4; k++) {
        const double u = (erfc(z) - q) / (slope * exp(-z * z));
        z -= u / (1 + u * z);
    }
    return (REAL)z;
}""",
    "erfinv": """
/* Where erf is not close to 1, by Newton's method. */
REAL #erfinv(REAL given) {
    const double y = fabs((double)given);
    double z = y * 0.886226925452758;
    if (y > 0.5 || y != y) return @copysign(#erfcinv((REAL)1 - @fabs(given)), given);
    for (int k = 0; k < 6; k++) z -= (erf(z) - y) / (1.1283791670955126 * exp(-z * z));
    return @copysign((REAL)z, given);
}""",
    "ndtri": """
/* The quantile of the normal distribution. */
REAL #ndtri(REAL p) {
    return p > (REAL)0.5 ? (REAL)1.4142135623730951 * #erfcinv(2 * (1 - p))
                         : (REAL)-1.4142135623730951 * #erfcinv(2 * p);
}""",
}

SIGNED = {
    "odd": """
/* Whether a permutation, which is lost, is an odd number of exchanges. */
int #odd(int n, REAL *rows) {
    int is_odd = 0;
    for (int i = 0; i < n; i++)
        while (rows[i] != i) {
            const REAL other = rows[rows[i]];
            rows[rows[i]] = rows[i];
            rows[i] = other;
            is_odd = !is_odd;
        }
    return is_odd;
}""",
}

INTEGRAL = {"above": "int #above(REAL a, REAL b) { return a > b; }"}

# Of what has an order.
ORDERED = {
    "order": """
/* The places of n numbers in their order, or the opposite one; equal ones stay as they are. */
void #order(int32_t n, const REAL *x, ptrdiff_t step, int is_down, int32_t *places) {
    for (int32_t i = 0; i < n; i++) places[i] = i;
    /* A heap, of which the last one is on top. */
    for (int32_t end = n, begin = n / 2; end > 1;) {
        int32_t hole, place;
        if (begin > 0) {
            place = places[--begin];
        } else {
            place = places[--end];
            places[end] = places[0];
        }
        hole = begin;
        for (;;) {
            int32_t next = 2 * hole + 1;
            if (next >= end) break;
            if (next + 1 < end && #behind(x, step, is_down, places[next + 1], places[next])) next++;
            if (!#behind(x, step, is_down, places[next], place)) break;
            places[hole] = places[next];
            hole = next;
        }
        places[hole] = place;
    }
}""",
    "behind": """
int #behind(const REAL *x, ptrdiff_t step, int is_down, int32_t i, int32_t j) {
    const REAL a = x[i * step], b = x[j * step];
    if (is_down ? #above(b, a) : #above(a, b)) return 1;
    if (is_down ? #above(a, b) : #above(b, a)) return 0;
    return i > j;
}""",
    "search": """
/* How many of n sorted numbers are below another one, or not above it. */
int64_t #search(int64_t n, const REAL *x, ptrdiff_t step, REAL value, int is_behind) {
    int64_t begin = 0;
    while (n > 0) {
        const int64_t half = (n + 1) / 2;
        const REAL middle = x[(begin + half - 1) * step];
        if (is_behind ? !(value < middle) : middle < value) {
            begin += half;
            n -= half;
        } else {
            n = half - 1;
        }
    }
    return begin;
}""",
}
