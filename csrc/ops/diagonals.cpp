// Diagonals of matrices, several side by side, as rows of an array: taken, and put into zeros.

#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode diagonal_part_op, diagonals_op;

// Which diagonals: from `lower` to `upper`, 0 being the main one, positive ones above it. They are
// rows of one length, the uppermost first; a shorter one stands at the left or right end of its
// row. One alone (lower == upper) has no axis of rows.
struct Diagonals {
    bool superdiagonals_left, subdiagonals_left;
    i64 lower, upper;

    explicit Diagonals(const i64* attributes)
        : superdiagonals_left(attributes[0] != 0),
          subdiagonals_left(attributes[1] != 0),
          lower(attributes[2]),
          upper(attributes[3]) {}

    static i64 length(i64 k, i64 m, i64 n) {
        return std::max<i64>(0, std::min(m + std::min<i64>(k, 0), n - std::max<i64>(k, 0)));
    }
    i64 longest(i64 m, i64 n) const {
        return std::max<i64>(0, std::min(m + std::min<i64>(upper, 0), n - std::max<i64>(lower, 0)));
    }
    // Calls f(place in the rows, place in the matrix) for each element.
    template <class F>
    void walk(i64 m, i64 n, F f) const {
        const i64 columns = longest(m, n);
        for (i64 k = upper; k >= lower; --k) {
            const i64 count = length(k, m, n);
            const bool left = (k >= 0 && superdiagonals_left) || (k <= 0 && subdiagonals_left);
            i64 row = (upper - k) * columns + (left ? 0 : columns - count);
            i64 at = k >= 0 ? k : -k * n;
            for (i64 i = 0; i < count; ++i, ++row, at += n + 1) f(row, at);
        }
    }
};

// Elements of any type, by their size.
template <class F>
void by_size(int item, F f) {
    switch (item) {
        case 1: return f(std::uint8_t());
        case 2: return f(std::uint16_t());
        case 4: return f(std::uint32_t());
        case 8: return f(std::uint64_t());
        default: return f(Complex128());
    }
}

}  // namespace

// Attributes: whether superdiagonals stand left, whether subdiagonals do, lowest, uppermost.
static Value run_diagonal_part(const Call& given) {
    if (given[0].rank() < 2)
        fail("[diag_part] input must be at least 2-dim, received shape " + given[0].shape().text());
    const Diagonals which(given.attributes());
    const Value x = contiguous(given[0]);
    const i64 m = x.extent(x.rank() - 2), n = x.extent(x.rank() - 1);
    if (which.lower > which.upper)
        fail("[diag_part] lower_diag_index must not be larger than upper_diag_index: " +
             std::to_string(which.lower) + " > " + std::to_string(which.upper));
    for (i64 k : {which.lower, which.upper})
        if (k != 0 && (k <= -m || k >= n))
            fail("[diag_part] diagonal " + std::to_string(k) + " is out of bound for shape " +
                 x.shape().text());
    const i64 rows = which.upper - which.lower + 1, columns = which.longest(m, n);
    Shape shape = batch_shape(x);
    const i64 count = shape.size();
    if (rows > 1) shape.push(rows);
    shape.push(columns);
    Value y = make_zeros(x.dtype, shape);
    by_size(itemsize(x.dtype), [&](auto zero) {
        using T = decltype(zero);
        const T* from = reinterpret_cast<const T*>(x.data());
        T* to = reinterpret_cast<T*>(y.mutable_data());
        for (i64 k = 0; k < count; ++k, from += m * n, to += rows * columns)
            which.walk(m, n, [&](i64 row, i64 at) { to[row] = from[at]; });
    });
    return y;
}

// Attributes: the same four, and the extents of the matrices.
static Value run_diagonals(const Call& given) {
    const Diagonals which(given.attributes());
    const i64 m = given.attribute(4), n = given.attribute(5);
    const Value x = contiguous(given[0]);
    const i64 rows = which.upper - which.lower + 1, columns = which.longest(m, n);
    const int axes = rows > 1 ? 2 : 1, r = x.rank();
    if (r < axes || x.extent(r - 1) != columns || (axes == 2 && x.extent(r - 2) != rows) || m < 0 ||
        n < 0 || rows < 1)
        fail("[diag] " + std::to_string(rows) + " diagonals of shape " + x.shape().text() +
             " are none of a matrix of shape " + Shape{m, n}.text());
    Shape shape(x.shape().dims, r - axes);
    const i64 count = shape.size();
    shape.push(m);
    shape.push(n);
    Value y = make_zeros(x.dtype, shape);
    by_size(itemsize(x.dtype), [&](auto zero) {
        using T = decltype(zero);
        const T* from = reinterpret_cast<const T*>(x.data());
        T* to = reinterpret_cast<T*>(y.mutable_data());
        for (i64 k = 0; k < count; ++k, from += rows * columns, to += m * n)
            which.walk(m, n, [&](i64 row, i64 at) { to[at] = from[row]; });
    });
    return y;
}

static Value diagonal_part(const Value& x, const Attributes& a) {
    return call(diagonal_part_op, {a[0], a[1], a[2], a[3]}, {&x});
}

static Value diagonals(const Value& x, const Attributes& a, i64 m, i64 n) {
    return call(diagonals_op, {a[0], a[1], a[2], a[3], m, n}, {&x});
}

static void diagonal_part_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Shape& shape = acc.shape(0);
    acc.add(0, diagonals(g, acc.attributes(), shape[shape.rank - 2], shape[shape.rank - 1]));
}

static Value diagonal_part_forward(const Record&, const Tangents& t) {
    return diagonal_part(t.get(0), t.attributes());
}

static void diagonals_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, diagonal_part(g, acc.attributes()));
}

static Value diagonals_forward(const Record&, const Tangents& t) {
    const Attributes a = t.attributes();
    return diagonals(t.get(0), a, a[4], a[5]);
}

// Run on numbers from 1: zeros of the result come from nowhere.
static void diagonals_pattern(Dependence& d) {
    const Value numbers = numbered(d.shape(0), 1);
    d.meet(0, numbers, d.run({numbers}));
}

void define_diagonals() {
    OpInfo& taking = define_op(diagonal_part_op, "diag_part", 1, run_diagonal_part,
                               diagonal_part_reverse, diagonal_part_forward);
    OpInfo& putting =
        define_op(diagonals_op, "diag", 1, run_diagonals, diagonals_reverse, diagonals_forward);
    taking.attributes = 4;
    putting.attributes = 6;
    for (OpInfo* op : {&taking, &putting}) {
        op->flag_attributes = 2;
        op->kinds = kind_boolean | kind_integer | kind_floating | kind_complex;
        op->checks = Checked::none;
        op->batched = batch_aligned;
        op->pattern = diagonals_pattern;
    }
}

}  // namespace ag
