// Matrix products. tensordot and einsum are made of them, on the Python side.

#include "contraction.h"

#include "../blas.h"
#include "../kernels/kernels.h"
#include "../kernels/loops.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode matmul_op;

// Up to about this many multiplications our own kernel is faster than the call into a BLAS.
constexpr i64 small_product = 32 * 32 * 32;

// BLAS wants one of the two strides to be 1; a copy otherwise.
bool blas_operand(const Matrix& x, blas::Operand& out) {
    out.data = x.data;
    if (x.column_stride == 1 || x.columns == 1) {
        out.ld = std::max<i64>(x.row_stride, std::max<i64>(x.columns, 1));
        out.transposed = false;
        return x.rows == 1 || x.row_stride >= x.columns;
    }
    out.ld = std::max<i64>(x.column_stride, std::max<i64>(x.rows, 1));
    out.transposed = true;
    return (x.row_stride == 1 || x.rows == 1) && (x.columns == 1 || x.column_stride >= x.rows);
}

template <class T>
struct Buffer {
    explicit Buffer(i64 n)
        : value(make_value(DType::uint8, Shape{n * static_cast<i64>(sizeof(T))})) {}
    T* data() { return reinterpret_cast<T*>(value.mutable_data()); }
    Value value;
};

template <class T>
Matrix packed(const Matrix& x, Buffer<T>& buffer) {
    T* target = buffer.data();
    const T* source = reinterpret_cast<const T*>(x.data);
    for (i64 i = 0; i < x.rows; ++i)
        for (i64 j = 0; j < x.columns; ++j)
            target[i * x.columns + j] = source[i * x.row_stride + j * x.column_stride];
    return {reinterpret_cast<const char*>(target), x.rows, x.columns, x.columns, 1};
}

// c += a b for any number type; c is contiguous.
template <class T>
void multiply_any(const Matrix& a, const Matrix& b, T* c) {
    const T* x = reinterpret_cast<const T*>(a.data);
    const T* y = reinterpret_cast<const T*>(b.data);
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
        const auto gemm = [] {
            if constexpr (std::is_same_v<T, float>)
                return dense_kernels.gemm_f32;
            else
                return dense_kernels.gemm_f64;
        }();
        if (b.columns == 1 && a.row_stride == 1 && a.rows > 1) {
            // A column of results: as the row b^T a^T, which runs along a's columns.
            gemm(1, a.rows, a.columns, y, 0, b.row_stride, x, a.column_stride, c, a.rows);
            return;
        }
        // Blocks of k keep the rows of b in the second-level cache when there is no BLAS.
        constexpr i64 block = 256;
        for (i64 k = 0; k < a.columns; k += block)
            gemm(a.rows, b.columns, std::min(block, a.columns - k), x + k * a.column_stride,
                 a.row_stride, a.column_stride, y + k * b.row_stride, b.row_stride, c, b.columns);
    } else {
        for (i64 i = 0; i < a.rows; ++i)
            for (i64 k = 0; k < a.columns; ++k) {
                const T factor = x[i * a.row_stride + k * a.column_stride];
                const T* row = y + k * b.row_stride;
                T* out = c + i * b.columns;
                for (i64 j = 0; j < b.columns; ++j)
                    out[j] = static_cast<T>(out[j] + factor * row[j]);
            }
    }
}

template <class T>
void multiply(const Matrix& a, const Matrix& b, T* c) {
    const bool large = a.rows * a.columns > small_product / std::max<i64>(b.columns, 1);
    if (large && is_differentiable(TypeOf<T>::value)) {
        blas::Operand x, y;
        const bool a_fits = blas_operand(a, x), b_fits = blas_operand(b, y);
        Buffer<T> a_copy(a_fits ? 0 : a.rows * a.columns), b_copy(b_fits ? 0 : b.rows * b.columns);
        if (!a_fits) blas_operand(packed(a, a_copy), x);
        if (!b_fits) blas_operand(packed(b, b_copy), y);
        if (blas::gemm(TypeOf<T>::value, a.rows, b.columns, a.columns, x, y, c)) return;
    }
    std::memset(static_cast<void*>(c), 0, sizeof(T) * static_cast<std::size_t>(a.rows * b.columns));
    if (b.column_stride == 1 || b.columns == 1) {
        multiply_any(a, b, c);
    } else {
        Buffer<T> copy(b.rows * b.columns);
        multiply_any(a, packed(b, copy), c);
    }
}

// In a batch of products this small, what is looked at for each of them costs more than they do.
constexpr i64 tiny_product = 64;

template <class T>
void multiply_tiny(const Matrix& a, const Matrix& b, T* c) {
    const T* x = reinterpret_cast<const T*>(a.data);
    const T* y = reinterpret_cast<const T*>(b.data);
    for (i64 i = 0; i < a.rows; ++i)
        for (i64 j = 0; j < b.columns; ++j) {
            T sum = T(0);
            for (i64 k = 0; k < a.columns; ++k)
                sum = static_cast<T>(sum + x[i * a.row_stride + k * a.column_stride] *
                                               y[k * b.row_stride + j * b.column_stride]);
            *c++ = sum;
        }
}

}  // namespace

void multiply_matrices(DType dtype, const Matrix& a, const Matrix& b, char* c) {
    dispatch(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (!std::is_same_v<T, bool> && !is_narrow_type<T>)
            multiply(a, b, reinterpret_cast<T*>(c));
    });
}

namespace {

Matrix matrix_of(const Value& x, bool transposed) {
    const int rank = x.rank();
    const i64 item = itemsize(x.dtype);
    const i64* strides = x.array->strides();
    Matrix m{x.data(), x.extent(rank - 2), x.extent(rank - 1), strides[rank - 2] / item,
             strides[rank - 1] / item};
    if (transposed) {
        std::swap(m.rows, m.columns);
        std::swap(m.row_stride, m.column_stride);
    }
    return m;
}

// Byte strides over the batch axes, 0 where broadcast.
void batch_strides(const Value& x, const Shape& batch, i64* out) {
    const int lead = batch.rank - (x.rank() - 2);
    for (int k = 0; k < batch.rank; ++k)
        out[k] = k < lead || x.extent(k - lead) == 1 ? 0 : x.array->strides()[k - lead];
}

Value multiply_batches(const Value& a, const Value& b, bool transpose_a, bool transpose_b) {
    if (a.dtype == DType::boolean)
        no_rule("matmul", a.dtype, kind_integer | kind_floating | kind_complex);
    Matrix x = matrix_of(a, transpose_a), y = matrix_of(b, transpose_b);
    if (x.columns != y.rows)
        fail("[matmul] Matrix size-incompatible: In[0]: " + a.shape().text() +
             ", In[1]: " + b.shape().text() + (transpose_a ? ", transpose_a" : "") +
             (transpose_b ? ", transpose_b" : ""));
    if (a.rank() > 2 && b.rank() == 2 && !transpose_a && a.contiguous()) {
        // All rows of the batch against one matrix are one product.
        Shape shape = a.shape();
        shape[shape.rank - 1] = y.columns;
        Value c = make_value(a.dtype, shape);
        x.rows = c.size() / std::max<i64>(y.columns, 1);
        x.row_stride = x.columns;  // an axis of extent 1 may have had another stride
        x.column_stride = 1;
        if (c.size() != 0) multiply_matrices(a.dtype, x, y, c.mutable_data());
        return c;
    }
    if (a.rank() == 2 && b.rank() > 2 && y.columns == 1 && b.contiguous()) {
        // One matrix against a batch of columns: the columns, as rows, against its transpose.
        Shape shape = batch_shape(b);
        shape.push(x.rows);
        shape.push(1);
        Value c = make_value(a.dtype, shape);
        const i64 inner = x.columns;
        const Matrix rows{b.data(), batch_shape(b).size(), inner, inner, 1};
        std::swap(x.rows, x.columns);
        std::swap(x.row_stride, x.column_stride);
        if (c.size() != 0) multiply_matrices(a.dtype, rows, x, c.mutable_data());
        return c;
    }
    const Shape batch = broadcast_shapes(batch_shape(a), batch_shape(b), "matmul");
    Shape shape = batch;
    shape.push(x.rows);
    shape.push(y.columns);
    Value c = make_value(a.dtype, shape);
    if (c.size() == 0) return c;
    const i64 batches = batch.size();
    const i64 bytes = x.rows * y.columns * itemsize(a.dtype);
    i64 a_strides[max_rank], b_strides[max_rank], index[max_rank] = {};
    batch_strides(a, batch, a_strides);
    batch_strides(b, batch, b_strides);
    const bool tiny = batches > 1 && x.rows * y.columns * x.columns <= tiny_product;
    const auto each = [&](auto product) {
        for (i64 n = 0; n < batches; ++n) {
            product(c.mutable_data() + n * bytes);
            for (int k = batch.rank - 1; k >= 0; --k) {
                x.data += a_strides[k];
                y.data += b_strides[k];
                if (++index[k] < batch[k]) break;
                x.data -= a_strides[k] * batch[k];
                y.data -= b_strides[k] * batch[k];
                index[k] = 0;
            }
        }
    };
    if (!tiny) {
        each([&](char* out) { multiply_matrices(a.dtype, x, y, out); });
        return c;
    }
    dispatch(a.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (!std::is_same_v<T, bool> && !is_narrow_type<T>)
            each([&](char* out) { multiply_tiny(x, y, reinterpret_cast<T*>(out)); });
    });
    return c;
}

}  // namespace

Value matmul(const Value& a, const Value& b, bool transpose_a, bool transpose_b) {
    return call(matmul_op, {transpose_a, transpose_b}, {&a, &b});
}

static Value run_matmul(const Call& given) {
    const Value &a = given[0], &b = given[1];
    if (a.rank() < 2 || b.rank() < 2)
        fail("[matmul] needs tensors of rank 2 or more, got shapes " + a.shape().text() + " and " +
             b.shape().text());
    require_same_dtype("matmul", a, b);
    return multiply_batches(a, b, given.attribute(0) != 0, given.attribute(1) != 0);
}

// For C = A' B', with ' a transposition or none: the cotangent of A' is G B'^H and that of B' is
// A'^H G. Each is written as one product, so that no transposed copy is made.
static void matmul_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes attributes = acc.attributes();
    const bool ta = attributes[0], tb = attributes[1];
    if (acc.wants(0)) {
        const Value b = conj(acc.kept_input(1));
        acc.add(0, acc.fit(0, ta ? matmul(b, g, tb, true) : matmul(g, b, false, !tb)));
    }
    if (acc.wants(1)) {
        const Value a = conj(acc.kept_input(0));
        acc.add(1, acc.fit(1, tb ? matmul(g, a, true, ta) : matmul(a, g, !ta, false)));
    }
}

// Scattered g: each element g[i, j] meets one row of A'^H or of B'^H, in the row of the batch that
// it stands in.
static bool matmul_reverse_scattered(const Record&, const Value& g, const Value& rows,
                                     Accumulator& acc) {
    const Attributes attributes = acc.attributes();
    const bool ta = attributes[0], tb = attributes[1];
    const i64 batch = acc.mode().batch, m = g.rank() == 2 ? g.extent(0) : 0,
              p = m > 0 ? g.extent(1) : 0;
    if (m * p == 0) return false;
    // A matrix that was broadcast would have to be summed over.
    for (int k = 0; k < 2; ++k)
        if (acc.wants(k) && (acc.shape(k).rank != 2 || acc.kept_input(1 - k).rank() != 2))
            return false;
    const auto product = [&](const Value& lines, i64 count, const Value& cotangent,
                             const Value& places, bool transposed) {
        // cotangent [c, lanes] times lines [c, 1, count], for cotangents [batch, lanes, count].
        const i64 lanes = cotangent.extent(1);
        const Value items = binary(Op::multiply, expand_dims(cotangent, 2), expand_dims(lines, 1));
        const Value sum =
            reshape(add_into_rows(items, places, batch, lanes), Shape{batch, lanes, count});
        return transposed ? swap_last_axes(sum) : sum;
    };
    if (acc.wants(0)) {  // cotangents [batch, m, n] of A'
        const Value b = conj(acc.kept_input(1));
        const Value lines = tb ? b : swap_last_axes(b);  // [p, n]
        acc.add(0, product(lines, lines.extent(1), swap_last_axes(g), swap_last_axes(rows), ta));
    }
    if (acc.wants(1)) {  // cotangents [batch, n, p] of B'
        const Value a = conj(acc.kept_input(0));
        const Value lines = ta ? swap_last_axes(a) : a;  // [m, n]
        acc.add(1, product(lines, lines.extent(1), g, rows, !tb));
    }
    return true;
}

static Value matmul_forward(const Record&, const Tangents& t) {
    const Attributes attributes = t.attributes();
    const bool ta = attributes[0], tb = attributes[1];
    Value out;
    if (t.has(0)) out = matmul(t.get(0), t.kept_input(1), ta, tb);
    if (!t.has(1)) return out;
    const Value second = matmul(t.kept_input(0), t.get(1), ta, tb);
    return t.has(0) ? binary(Op::add, out, second) : second;
}

// Rows of A' and columns of B'.
static void matmul_pattern(Dependence& d) {
    for (std::size_t k = 0; k < 2; ++k) {
        const Shape& shape = d.shape(k);
        const int last = shape.rank - 1;
        Shape lines = shape, in_result = shape;
        lines[(k == 0) != (d.attribute(k) != 0) ? last : last - 1] = 1;
        in_result[k == 0 ? last : last - 1] = 1;
        in_result[k == 0 ? last - 1 : last] = lines[last - 1] * lines[last];
        d.meet(k, broadcast_to(numbered(lines), shape),
               broadcast_to(numbered(in_result), d.shape()));
    }
}

void define_contraction() {
    OpInfo& op = define_op(matmul_op, "matmul", 2, run_matmul, matmul_reverse, matmul_forward);
    op.half = InFloat16::inside;
    op.attributes = op.flag_attributes = 2;
    op.reads[0] = 1 << 1;
    op.reads[1] = 1 << 0;
    op.reverse_scattered = matmul_reverse_scattered;
    op.batched = batch_aligned;
    op.pattern = matmul_pattern;
}

}  // namespace ag
