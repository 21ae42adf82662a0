// Equations with band matrices, by elimination within the band.

#include <cmath>
#include <vector>

#include "../kernels/loops.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "matrices.h"

namespace ag {

namespace {

OpCode banded_op, times_op, outer_op;

// `lower` diagonals below the main one and `upper` above it, as rows, the uppermost first. In
// column i stands what is in row i of the matrix.
struct Band {
    bool adjoint;
    i64 lower, upper;
    i64 count() const { return lower + upper + 1; }
};

Band band_of(const i64* attributes) { return {attributes[0] != 0, attributes[1], attributes[2]}; }

// Solves for one matrix, in place of b, n rows of m; false if there is no solution. `work` has
// n * (2 * lower + upper + 1) elements.
template <class T>
bool eliminate(i64 n, i64 m, Band band, const T* given, T* b, T* work) {
    i64 kl = band.lower, ku = band.upper;
    if (band.adjoint) std::swap(kl, ku);
    const i64 width = 2 * kl + ku + 1;
    std::fill_n(work, n * width, T(0));
    // Row i of the matrix from column i - kl on.
    const auto at = [&](i64 i, i64 j) -> T& { return work[i * width + j - i + kl]; };
    for (i64 r = 0; r < band.count(); ++r) {
        const i64 d = band.upper - r;
        for (i64 i = std::max<i64>(0, -d); i < std::min(n, n - d); ++i) {
            if (band.adjoint)
                at(i + d, i) = conjugate(given[r * n + i]);
            else
                at(i, i + d) = given[r * n + i];
        }
    }
    for (i64 k = 0; k < n; ++k) {
        const i64 rows = std::min(n - 1, k + kl), columns = std::min(n - 1, k + ku + kl);
        i64 chosen = k;
        // A triangle needs no exchange, and keeps its zeros.
        if (ku > 0)
            for (i64 i = k + 1; i <= rows; ++i)
                if (std::abs(at(i, k)) > std::abs(at(chosen, k))) chosen = i;
        if (!(std::abs(at(chosen, k)) > 0)) return false;
        if (chosen != k) {
            for (i64 j = k; j <= columns; ++j) std::swap(at(k, j), at(chosen, j));
            for (i64 c = 0; c < m; ++c) std::swap(b[k * m + c], b[chosen * m + c]);
        }
        for (i64 i = k + 1; i <= rows; ++i) {
            const T factor = at(i, k) / at(k, k);
            if (factor == T(0)) continue;
            for (i64 j = k + 1; j <= columns; ++j) at(i, j) -= factor * at(k, j);
            for (i64 c = 0; c < m; ++c) b[i * m + c] -= factor * b[k * m + c];
        }
    }
    for (i64 i = n - 1; i >= 0; --i) {
        for (i64 j = i + 1; j <= std::min(n - 1, i + ku + kl); ++j) {
            const T factor = at(i, j);
            for (i64 c = 0; c < m; ++c) b[i * m + c] -= factor * b[j * m + c];
        }
        for (i64 c = 0; c < m; ++c) b[i * m + c] /= at(i, i);
    }
    return true;
}

// Calls f(row of the band, first row of the matrix, how many, how far beside the diagonal).
template <class F>
void each_diagonal(Band band, i64 n, F f) {
    for (i64 r = 0; r < band.count(); ++r) {
        const i64 d = band.upper - r, first = std::max<i64>(0, -d);
        f(r, first, std::min(n, n - d) - first, d);
    }
}

// The extents of a batch that two inputs broadcast to, and these inputs.
struct Pair {
    Shape batch;
    Value a, b;

    Pair(const char* operation, const Value& x, const Value& y) {
        require_same_dtype(operation, x, y);
        batch = broadcast_shapes(batch_shape(x), batch_shape(y), operation);
        a = whole(x);
        b = whole(y);
    }
    Shape with(i64 rows, i64 columns) const {
        Shape shape = batch;
        shape.push(rows);
        shape.push(columns);
        return shape;
    }

   private:
    Value whole(const Value& x) const {
        const int r = x.rank();
        return contiguous(broadcast_to(x, with(x.extent(r - 2), x.extent(r - 1))));
    }
};

void require_band(const char* operation, Band band, const Value& bands, const Value& x) {
    const int ra = bands.rank(), rb = x.rank();
    if (ra < 2 || rb < 2 || bands.extent(ra - 2) != band.count() ||
        bands.extent(ra - 1) != x.extent(rb - 2))
        fail(std::string("[") + operation + "] Incompatible shapes: diagonals of shape " +
             bands.shape().text() + " and a matrix of shape " + x.shape().text());
}

}  // namespace

// ---------------------------------------------------------------- products

// Attributes: whether the adjoint of the band matrix is meant, how many diagonals are below the
// main one, how many above it. Inputs: the diagonals, and what the matrix is multiplied with.
static Value band_times(const Value& bands, const Value& x, Band band) {
    return call(times_op, {band.adjoint, band.lower, band.upper}, {&bands, &x});
}

// Of left right^H, what is within a band. Attributes: how many diagonals, as above.
static Value band_outer(const Value& left, const Value& right, Band band) {
    return call(outer_op, {band.lower, band.upper}, {&left, &right});
}

static Value run_times(const Call& given) {
    const Band band = band_of(given.attributes());
    require_band("band_times", band, given[0], given[1]);
    const Pair pair("band_times", given[0], given[1]);
    const i64 n = pair.b.extent(pair.b.rank() - 2), m = pair.b.extent(pair.b.rank() - 1);
    Value y = make_zeros(pair.b.dtype, pair.b.shape());
    with_field(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        const T* bands = reinterpret_cast<const T*>(pair.a.data());
        const T* x = reinterpret_cast<const T*>(pair.b.data());
        T* out = reinterpret_cast<T*>(y.mutable_data());
        for (i64 k = pair.batch.size(); k > 0; --k) {
            each_diagonal(band, n, [&](i64 r, i64 first, i64 count, i64 d) {
                for (i64 i = first; i < first + count; ++i) {
                    const T element = bands[r * n + i];
                    const T factor = band.adjoint ? conjugate(element) : element;
                    const T* from = x + (band.adjoint ? i : i + d) * m;
                    T* to = out + (band.adjoint ? i + d : i) * m;
                    for (i64 c = 0; c < m; ++c) to[c] += factor * from[c];
                }
            });
            bands += band.count() * n;
            x += n * m;
            out += n * m;
        }
    });
    return y;
}

static void times_reverse(const Record&, const Value& g, Accumulator& acc) {
    Attributes attributes = acc.attributes();
    const Band band = band_of(attributes.data());
    if (acc.wants(0)) {
        const Value x = acc.kept_input(1);
        acc.add(0, acc.fit(0, band.adjoint ? band_outer(x, g, band) : band_outer(g, x, band)));
    }
    if (acc.wants(1))
        acc.add(1, acc.fit(1, band_times(acc.kept_input(0), g,
                                         {!band.adjoint, band.lower, band.upper})));
}

// The sum of two tangents, of which one may be missing.
static Value joined(const Tangents& t, const Value& first, const Value& second) {
    const Value sum = !t.has(1) ? first : !t.has(0) ? second : plus(first, second);
    return broadcast_to(sum, t.output_shape());
}

static Value times_forward(const Record&, const Tangents& t) {
    Attributes attributes = t.attributes();
    const Band band = band_of(attributes.data());
    Value first, second;
    if (t.has(0)) first = band_times(t.get(0), t.kept_input(1), band);
    if (t.has(1)) second = band_times(t.kept_input(0), t.get(1), band);
    return joined(t, first, second);
}

static Value run_outer(const Call& given) {
    const Band band = {false, given.attribute(0), given.attribute(1)};
    const Pair pair("band_outer", given[0], given[1]);
    const int r = pair.a.rank();
    const i64 n = pair.a.extent(r - 2), m = pair.a.extent(r - 1);
    Value y = make_zeros(pair.a.dtype, pair.with(band.count(), n));
    with_field(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        const T* left = reinterpret_cast<const T*>(pair.a.data());
        const T* right = reinterpret_cast<const T*>(pair.b.data());
        T* out = reinterpret_cast<T*>(y.mutable_data());
        for (i64 k = pair.batch.size(); k > 0; --k) {
            each_diagonal(band, n, [&](i64 row, i64 first, i64 count, i64 d) {
                for (i64 i = first; i < first + count; ++i) {
                    T sum = T(0);
                    for (i64 c = 0; c < m; ++c)
                        sum += left[i * m + c] * conjugate(right[(i + d) * m + c]);
                    out[row * n + i] = sum;
                }
            });
            left += n * m;
            right += n * m;
            out += band.count() * n;
        }
    });
    return y;
}

static void outer_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes attributes = acc.attributes();
    const Band band = {false, attributes[0], attributes[1]};
    if (acc.wants(0)) acc.add(0, acc.fit(0, band_times(g, acc.kept_input(1), band)));
    if (acc.wants(1))
        acc.add(1, acc.fit(1, band_times(g, acc.kept_input(0), {true, band.lower, band.upper})));
}

static Value outer_forward(const Record&, const Tangents& t) {
    const Attributes attributes = t.attributes();
    const Band band = {false, attributes[0], attributes[1]};
    Value first, second;
    if (t.has(0)) first = band_outer(t.get(0), t.kept_input(1), band);
    if (t.has(1)) second = band_outer(t.kept_input(0), t.get(1), band);
    return joined(t, first, second);
}

static void outer_pattern(Dependence& d) {
    for (std::size_t k = 0; k < 2; ++k) {
        const Value numbers = numbered_columns(d.shape(k), 1);
        d.meet(k, broadcast_to(numbers, d.shape(k)), broadcast_to(numbers, d.shape()));
    }
}

// ---------------------------------------------------------------- equations

// Attributes: whether the adjoint of the matrix is meant, how many diagonals are below the main
// one, how many above it. Inputs: the diagonals and the right sides.
static Value banded_solve(const Value& bands, const Value& b, Band band) {
    return call(banded_op, {band.adjoint, band.lower, band.upper}, {&bands, &b});
}

static Value run_banded_solve(const Call& given) {
    const Band band = band_of(given.attributes());
    require_band("banded_solve", band, given[0], given[1]);
    const Pair pair("banded_solve", given[0], given[1]);
    const i64 n = pair.b.extent(pair.b.rank() - 2), m = pair.b.extent(pair.b.rank() - 1);
    const i64 count = pair.batch.size();
    Value x = fresh_copy(pair.b);
    with_field(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        const T* bands = reinterpret_cast<const T*>(pair.a.data());
        T* right = reinterpret_cast<T*>(x.mutable_data());
        const i64 below = band.adjoint ? band.upper : band.lower;
        std::vector<T> work(static_cast<std::size_t>(n * (band.count() + below)));
        for (i64 k = 0; k < count; ++k, bands += band.count() * n, right += n * m)
            if (!eliminate(n, m, band, bands, right, work.data()))
                fail("[banded_solve] Input matrix is not invertible.");
    });
    return x;
}

static void banded_reverse(const Record&, const Value& g, Accumulator& acc) {
    Attributes attributes = acc.attributes();
    const Band band = band_of(attributes.data());
    const Value gb = banded_solve(acc.kept_input(0), g, {!band.adjoint, band.lower, band.upper});
    if (acc.wants(0)) {
        const Value x = acc.kept_output();
        const Value ga = band.adjoint ? band_outer(x, gb, band) : band_outer(gb, x, band);
        acc.add(0, acc.fit(0, negative(ga)));
    }
    if (acc.wants(1)) acc.add(1, acc.fit(1, gb));
}

static Value banded_forward(const Record&, const Tangents& t) {
    Attributes attributes = t.attributes();
    const Band band = band_of(attributes.data());
    Value right;
    if (t.has(0)) right = negative(band_times(t.get(0), t.kept_output(), band));
    if (t.has(1)) right = t.has(0) ? plus(t.get(1), right) : t.get(1);
    return broadcast_to(banded_solve(t.kept_input(0), right, band), t.output_shape());
}

static void banded_pattern(Dependence& d) {
    const i64 m = d.shape()[d.shape().rank - 1];
    for (std::size_t k = 0; k < 2; ++k) {
        const Value numbers = numbered_columns(d.shape(k), k == 0 ? 1 : m);
        d.meet(k, broadcast_to(numbers, d.shape(k)), broadcast_to(numbers, d.shape()));
    }
}

void define_bands() {
    OpInfo& solving =
        define_op(banded_op, "banded_solve", 2, run_banded_solve, banded_reverse, banded_forward);
    solving.attributes = 3;
    solving.flag_attributes = 1;
    solving.reads[0] = 1 << 0 | reads_output;
    solving.reads[1] = 1 << 0;
    solving.pattern = banded_pattern;
    OpInfo& multiplying =
        define_op(times_op, "band_times", 2, run_times, times_reverse, times_forward);
    multiplying.attributes = 3;
    multiplying.flag_attributes = 1;
    multiplying.pattern = banded_pattern;
    OpInfo& within = define_op(outer_op, "band_outer", 2, run_outer, outer_reverse, outer_forward);
    within.attributes = 2;
    within.pattern = outer_pattern;
    for (OpInfo* op : {&multiplying, &within}) {
        op->reads[0] = 1 << 1;
        op->reads[1] = 1 << 0;
    }
    for (OpInfo* op : {&solving, &multiplying, &within}) {
        op->kinds = kinds_of_fields;
        op->half = InFloat16::outside;
        op->batched = batch_aligned;
    }
}

}  // namespace ag
