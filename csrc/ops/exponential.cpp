// Exponentials of matrices.

#include <cmath>
#include <limits>
#include <vector>

#include "../blas.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "matrices.h"

namespace ag {

namespace {

OpCode expm_op;

// The solution of a x = b for n right sides, in place of b; a is overwritten. There is one: a is
// near the identity.
template <class T>
void solve_near_identity(i64 n, T* a, T* b) {
    for (i64 k = 0; k < n; ++k) {
        i64 chosen = k;
        for (i64 i = k + 1; i < n; ++i)
            if (std::abs(a[i * n + k]) > std::abs(a[chosen * n + k])) chosen = i;
        if (chosen != k)
            for (i64 j = 0; j < n; ++j) {
                std::swap(a[k * n + j], a[chosen * n + j]);
                std::swap(b[k * n + j], b[chosen * n + j]);
            }
        for (i64 i = k + 1; i < n; ++i) {
            const T factor = a[i * n + k] / a[k * n + k];
            for (i64 j = k + 1; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
            for (i64 j = 0; j < n; ++j) b[i * n + j] -= factor * b[k * n + j];
        }
    }
    for (i64 i = n - 1; i >= 0; --i) {
        for (i64 k = i + 1; k < n; ++k) {
            const T factor = a[i * n + k];
            for (i64 j = 0; j < n; ++j) b[i * n + j] -= factor * b[k * n + j];
        }
        for (i64 j = 0; j < n; ++j) b[i * n + j] /= a[i * n + i];
    }
}

template <class T>
class Exponential {
   public:
    Exponential(DType dtype, i64 n) : dtype_(dtype), n_(n), size_(static_cast<std::size_t>(n * n)) {
        for (std::vector<T>* x : {&a_, &a2_, &a4_, &a6_, &sum_, &odd_, &even_}) x->resize(size_);
    }

    // Scaling and squaring of rational approximations. Higham, The scaling and squaring method for
    // the matrix exponential revisited, SIAM J. Matrix Anal. Appl. 26 (2005).
    void compute(const T* given, T* out) {
        using Real = decltype(std::real(T(0)));
        constexpr bool single = std::is_same_v<Real, float>;
        Real norm = 0;
        for (i64 j = 0; j < n_; ++j) {
            Real column = 0;
            for (i64 i = 0; i < n_; ++i) column += std::abs(given[i * n_ + j]);
            if (!(column <= norm)) norm = column;
        }
        if (!std::isfinite(norm)) {
            std::fill_n(out, size_, T(std::numeric_limits<Real>::quiet_NaN()));
            return;
        }
        const bool low = single || norm <= Real(0.9504178996162932);
        const Real bound = single ? Real(3.925724783138660) : Real(5.371920351148152);
        int squarings = 0;
        if (norm > bound) squarings = std::max(0, std::ilogb(norm / bound) + 1);
        for (std::size_t k = 0; k < size_; ++k) a_[k] = given[k] * std::ldexp(Real(1), -squarings);
        multiply(a_, a_, a2_);
        multiply(a2_, a2_, a4_);
        multiply(a4_, a2_, a6_);
        if (low) {
            combine({17297280, 1995840, 25200, 56}, even_);
            combine({8648640, 277200, 1512, 1}, sum_);
        } else {
            combine({0, 40840800, 16380, 1}, odd_);
            multiply(a6_, odd_, sum_);
            add({32382376266240000, 1187353796428800, 10559470521600, 33522128640}, sum_);
            combine({0, 1323241920, 960960, 182}, odd_);
            multiply(a6_, odd_, even_);
            add({64764752532480000, 7771770303897600, 129060195264000, 670442572800}, even_);
        }
        multiply(a_, sum_, odd_);
        for (std::size_t k = 0; k < size_; ++k) {
            sum_[k] = even_[k] - odd_[k];
            even_[k] += odd_[k];
        }
        solve_near_identity(n_, sum_.data(), even_.data());
        for (int k = 0; k < squarings; ++k) {
            multiply(even_, even_, odd_);
            std::swap(even_, odd_);
        }
        std::copy_n(even_.data(), size_, out);
    }

   private:
    DType dtype_;
    i64 n_;
    std::size_t size_;
    std::vector<T> a_, a2_, a4_, a6_, sum_, odd_, even_;

    void multiply(const std::vector<T>& x, const std::vector<T>& y, std::vector<T>& out) const {
        if (n_ >= small_matrix && blas::gemm(dtype_, n_, n_, n_, {x.data(), n_, false},
                                             {y.data(), n_, false}, out.data()))
            return;
        std::fill(out.begin(), out.end(), T(0));
        for (i64 i = 0; i < n_; ++i)
            for (i64 k = 0; k < n_; ++k) {
                const T factor = x[static_cast<std::size_t>(i * n_ + k)];
                const T* row = y.data() + k * n_;
                T* to = out.data() + i * n_;
                for (i64 j = 0; j < n_; ++j) to[j] += factor * row[j];
            }
    }
    struct Weights {
        double of_identity, of_a2, of_a4, of_a6;
    };
    void combine(Weights w, std::vector<T>& out) const {
        std::fill(out.begin(), out.end(), T(0));
        add(w, out);
    }
    void add(Weights w, std::vector<T>& out) const {
        using Real = decltype(std::real(T(0)));
        for (std::size_t k = 0; k < size_; ++k)
            out[k] += a2_[k] * Real(w.of_a2) + a4_[k] * Real(w.of_a4) + a6_[k] * Real(w.of_a6);
        for (i64 i = 0; i < n_; ++i)
            out[static_cast<std::size_t>(i * n_ + i)] += Real(w.of_identity);
    }
};

}  // namespace

static Value expm(const Value& x) { return call(expm_op, {}, {&x}); }

static Value run_expm(const Call& given) {
    require_square("expm", given[0]);
    const Value x = contiguous(given[0]);
    Value y = make_value(x.dtype, x.shape());
    if (y.size() == 0) return y;
    const i64 n = x.extent(x.rank() - 1), count = x.size() / (n * n);
    with_field(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        const T* from = reinterpret_cast<const T*>(x.data());
        T* to = reinterpret_cast<T*>(y.mutable_data());
        Exponential<T> exponential(x.dtype, n);
        for (i64 k = 0; k < count; ++k, from += n * n, to += n * n) exponential.compute(from, to);
    });
    return y;
}

// The derivative of the exponential at x in the direction of d: the corner of the exponential of
// [x d; 0 x]. (Higham, Functions of Matrices, section 3.2.) It is linear in d, which is brought to
// elements of about 1 before.
static Value derivative(const Value& at, const Value& d) {
    const int r = d.rank();
    const i64 n = d.extent(r - 1);
    if (d.size() == 0) return d;
    const Value size = is_complex(d.dtype)
                           ? plus(unary(Op::abs, real_part(d)), unary(Op::abs, imaginary_part(d)))
                           : unary(Op::abs, d);
    Value unit = extremum(stop(size), Axes{3} << (r - 2), true, true);
    const Value one = Value::constant(unit.dtype, 1);
    unit = select(binary(Op::greater, unit, Value::constant(unit.dtype, 0)), unit, one);
    unit = cast(unit, d.dtype);
    const Value x = broadcast_to(at, d.shape());
    const Value above = concat({x, binary(Op::divide, d, unit)}, r - 1);
    const Value below = concat({zeros(d.dtype, d.shape()), x}, r - 1);
    const Value both = expm(concat({above, below}, r - 2));
    const Value corner = slice_axis(slice_axis(both, r - 2, 0, n, false), r - 1, n, n, false);
    return times(corner, unit);
}

static void expm_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, derivative(adjoint_of(acc.kept_input(0)), g));
}

static Value expm_forward(const Record&, const Tangents& t) {
    return derivative(t.kept_input(0), t.get(0));
}

void define_exponential() {
    OpInfo& op = define_op(expm_op, "expm", 1, run_expm, expm_reverse, expm_forward);
    op.reads[0] = 1 << 0;
    op.kinds = kinds_of_fields;
    op.half = InFloat16::outside;
    op.batched = batch_aligned;
    op.pattern = pattern_of_matrices;
}

}  // namespace ag
