#include "update.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/loops.h"
#include "ops/ops.h"
#include "parallel.h"

namespace ag {

UpdateKernels update_kernels;

namespace {

// float16 and bfloat16 are computed in float32, this many elements at a time.
constexpr i64 block = 512;

// Rows that stay as they are where the gradient is zero.
bool leaves_zeros_alone(Rule rule) { return rule == Rule::descent || rule == Rule::adagrad; }

// Contiguous elements of the dtype that loops compute in; `x` itself if it has them.
Value loop_value(const Value& x, DType variable) {
    const DType dtype = loop_dtype(variable);
    if (x.dtype == dtype) return contiguous(x.detached());
    Value out = make_value(dtype, x.shape());
    convert_into(x, x.shape(), dtype, out.mutable_data());
    return out;
}

// The sum of squares, unscaled.
double square_sum(const Value& x) {
    const Value total = sum(binary(Op::multiply, x, x), all_axes(x.rank()), false);
    return total.dtype == DType::float64 ? total.as<double>() : total.as<float>();
}

// The factor that takes a norm to at most `limit`.
double shrink(double norm, double limit) { return limit / std::max(norm, limit); }

template <class T>
void add_rows(const Update& u, i64 row, const std::vector<i64>& place, Value& sum, Value& squares) {
    const T* source = reinterpret_cast<const T*>(u.gradient.data());
    T* total = reinterpret_cast<T*>(sum.mutable_data());
    T* square = reinterpret_cast<T*>(squares.mutable_data());
    for (const i64 k : place)
        for (i64 j = k * row; j < (k + 1) * row; ++j, ++source) {
            total[j] += *source;
            square[j] += *source * *source;
        }
}

// Adds up rows of the same index, and their squares: as a rule those of the sums are not used,
// which is what Keras makes of a sparse gradient. `everywhere`: into an array of the variable's
// shape.
void merge_rows(Update& u, bool everywhere) {
    const i64* index = reinterpret_cast<const i64*>(u.indices.data());
    const i64 count = u.indices.size();
    Shape shape = u.variable->shape();
    std::vector<i64> place(index, index + count);
    if (!everywhere) {
        u.touched = place;
        std::sort(u.touched.begin(), u.touched.end());
        u.touched.erase(std::unique(u.touched.begin(), u.touched.end()), u.touched.end());
        for (i64& k : place)
            k = std::lower_bound(u.touched.begin(), u.touched.end(), k) - u.touched.begin();
        shape[0] = static_cast<i64>(u.touched.size());
    }
    Value total = fresh_copy(zeros(u.gradient.dtype, shape));
    u.squares = fresh_copy(zeros(u.gradient.dtype, shape));
    const i64 row = shape[0] == 0 ? 0 : total.size() / shape[0];
    if (u.gradient.dtype == DType::float64)
        add_rows<double>(u, row, place, total, u.squares);
    else
        add_rows<float>(u, row, place, total, u.squares);
    u.gradient = total;
    u.sparse = false;
    u.apart = !u.summed;
    u.in_rows = !everywhere;
}

struct Span {
    char* variable;
    const char* gradient;
    const char* squares;
    char* slots[max_slots];
};

void run_narrow(DType dtype, UpdateLoop loop, int slots, const double* c, Span at, i64 n) noexcept {
    alignas(64) float buffers[1 + max_slots][block];
    void* places[max_slots];
    for (int k = 0; k < slots; ++k) places[k] = buffers[1 + k];
    for (i64 start = 0; start < n; start += block) {
        const i64 m = std::min(block, n - start);
        convert_run(dtype, at.variable + 2 * start, DType::float32, buffers[0], m);
        for (int k = 0; k < slots; ++k)
            convert_run(dtype, at.slots[k] + 2 * start, DType::float32, places[k], m);
        loop(m, buffers[0], at.gradient + 4 * start,
             at.squares == nullptr ? nullptr : at.squares + 4 * start, places, c);
        convert_run(DType::float32, buffers[0], dtype, at.variable + 2 * start, m);
        for (int k = 0; k < slots; ++k)
            convert_run(DType::float32, places[k], dtype, at.slots[k] + 2 * start, m);
    }
}

void run_update(Rule rule, const double* coefficients, Update& u) noexcept {
    double c[2 + max_coefficients] = {u.keep, u.scale};
    std::copy_n(coefficients, max_coefficients, c + 2);
    const DType dtype = u.variable->dtype;
    const int slots = slot_count(rule);
    const UpdateLoop loop =
        update_kernels.loops[static_cast<int>(rule)][dtype == DType::float64][u.apart];
    const i64 item = itemsize(dtype);
    const i64 loop_item = itemsize(loop_dtype(dtype));
    // n elements of the variable from `to` on, and of the gradient from `from` on.
    auto run = [&](i64 to, i64 from, i64 n) {
        Span at;
        at.variable = u.variable->mutable_data() + to * item;
        at.gradient = u.gradient.data() + from * loop_item;
        at.squares = u.apart ? u.squares.data() + from * loop_item : nullptr;
        void* places[max_slots];
        for (int k = 0; k < slots; ++k)
            places[k] = at.slots[k] = u.slots[k]->mutable_data() + to * item;
        if (is_narrow(dtype))
            run_narrow(dtype, loop, slots, c, at, n);
        else
            loop(n, at.variable, at.gradient, at.squares, places, c);
    };
    if (u.in_rows) {
        const i64 count = static_cast<i64>(u.touched.size());
        const i64 row = count == 0 ? 0 : u.gradient.size() / count;
        for (i64 k = 0; k < count; ++k)
            run(u.touched[static_cast<std::size_t>(k)] * row, k * row, row);
    } else {
        auto part = [&](i64 begin, i64 end) { run(begin, begin, end - begin); };
        parallel_for(u.variable->size(), part);
    }
}

}  // namespace

void Update::set_gradient(const Value& g) { gradient = loop_value(g, variable->dtype); }

void Update::set_rows(const Value& values, const Value& rows) {
    indices = row_indices(rows, variable->extent(0), "IndexedSlices");
    set_gradient(values);
    sparse = true;
}

void clip_by_norm(std::vector<Update>& updates, double limit) {
    for (Update& u : updates)
        u.scale *= shrink(std::sqrt(square_sum(u.gradient)) * std::abs(u.scale), limit);
}

void clip_by_global_norm(std::vector<Update>& updates, double limit) {
    double total = 0;
    for (const Update& u : updates) total += square_sum(u.gradient) * u.scale * u.scale;
    const double norm = std::sqrt(total);
    // As TensorFlow: one infinite element makes all gradients NaN.
    const double factor =
        std::isfinite(norm) ? shrink(norm, limit) : std::numeric_limits<double>::quiet_NaN();
    for (Update& u : updates) {
        u.scale *= factor;
        u.summed = true;  // as in Keras, which makes these gradients dense
    }
}

void clip_by_value(std::vector<Update>& updates, double limit) {
    for (Update& u : updates) {
        const DType dtype = u.gradient.dtype;
        const Value g = binary(Op::multiply, u.gradient, Value::constant(dtype, u.scale));
        const Value lower = Value::constant(dtype, -limit);
        u.gradient =
            binary(Op::minimum, binary(Op::maximum, g, lower), Value::constant(dtype, limit));
        u.scale = 1;
    }
}

void add_to_gradient(Update& u, const Value& x) {
    const DType dtype = u.gradient.dtype;
    Value g = binary(Op::multiply, u.gradient, Value::constant(dtype, u.scale));
    if (u.sparse) g = scatter_add(g, u.indices, u.variable->extent(0));
    u.gradient = binary(Op::add, g, loop_value(x, dtype));
    u.sparse = false;
    u.scale = 1;
}

void make_writable(Value& v) {
    if (!v.is_array || (v.array->contiguous && v.array->exclusive())) return;
    Value own = fresh_copy(v);
    own.node = v.node;
    v.swap(own);
}

namespace {

// The loops go over all of it with the variable's extents and item size. Whoever holds the
// variables may have given one another shape since its slots were made.
void require_same_layout(const Value& variable, const Value& other, const char* what) {
    if (other.same_shape(variable) && is_floating(variable.dtype)) return;
    fail(std::string(what) + " of shape " + other.shape().text() + " for a variable of shape " +
         variable.shape().text() + " and dtype " + name(variable.dtype));
}

}  // namespace

void prepare_updates(Rule rule, std::vector<Update>& updates) {
    for (Update& u : updates) {
        if (!u.sparse) require_same_layout(*u.variable, u.gradient, "a gradient");
        for (int k = 0; k < slot_count(rule); ++k) {
            require_same_layout(*u.variable, *u.slots[k], "a slot");
            if (u.slots[k]->dtype != u.variable->dtype)
                fail(ErrorKind::dtype, std::string("a slot of dtype ") + name(u.slots[k]->dtype) +
                                           " for a variable of dtype " + name(u.variable->dtype));
        }
        if (u.sparse) merge_rows(u, !leaves_zeros_alone(rule) || u.keep != 1);
        make_writable(*u.variable);
        for (int k = 0; k < slot_count(rule); ++k) make_writable(*u.slots[k]);
    }
}

void run_updates(Rule rule, const double* coefficients, std::vector<Update>& updates) noexcept {
    for (Update& u : updates) run_update(rule, coefficients, u);
}

}  // namespace ag
