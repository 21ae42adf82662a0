// Conversions between dtypes, the parts of complex numbers, and choosing by a condition.

#include "../kernels/kernels.h"
#include "../kernels/loops.h"
#include "../pattern.h"
#include "../sweep.h"
#include "../thread_state.h"
#include "batch.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode identity_op, assigned_op, cast_op, conj_op, complex_abs_op, select_op, real_op, imaginary_op,
    complex_op;

}  // namespace

// ---- identity

Value identity(const Value& x) { return call(identity_op, {}, {&x}); }

static Value run_identity(const Call& given) { return given[0]; }

static void identity_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, Value(g));
}

static Value identity_forward(const Record&, const Tangents& t) { return t.get(0); }

// ---- a value that a Variable was assigned

Value assigned(const Value& place, const Value& value) {
    return call(assigned_op, {}, {&place, &value});
}

bool is_assigned(OpCode op) { return op == assigned_op; }

static Value run_assigned(const Call& given) { return given[1]; }

static Value batch_assigned(const Batch& b) { return assigned(b.whole(0), b.whole(1)); }

// ---- cast

Value cast(const Value& x, DType dtype) {
    if (x.dtype == dtype) return x;
    return call(cast_op, {static_cast<i64>(dtype)}, {&x});
}

static Value run_cast(const Call& given) {
    const auto dtype = static_cast<DType>(given.attribute(0));
    Value y = make_value(dtype, given[0].shape());
    convert_into(given[0], y.shape(), dtype, y.mutable_data());
    return y;
}

Value converted(const Value& x, DType dtype) {
    PauseChecks unchecked;
    return cast(x, dtype);
}

static void cast_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, cast(g, acc.dtype(0)));
}

static Value cast_forward(const Record&, const Tangents& t) { return cast(t.get(0), t.dtype()); }

// ---- complex parts

Value conj(const Value& x) { return is_complex(x.dtype) ? call(conj_op, {}, {&x}) : x; }

static Value run_conj(const Call& given) {
    Value y = fresh_copy(given[0]);
    char* data = y.mutable_data();
    for (i64 i = 0; i < y.size(); ++i) {
        if (y.dtype == DType::complex64) {
            auto* z = reinterpret_cast<Complex64*>(data) + i;
            *z = std::conj(*z);
        } else {
            auto* z = reinterpret_cast<Complex128*>(data) + i;
            *z = std::conj(*z);
        }
    }
    return y;
}

static void conj_reverse(const Record&, const Value& g, Accumulator& acc) { acc.add(0, conj(g)); }

static Value conj_forward(const Record&, const Tangents& t) { return conj(t.get(0)); }

namespace {

// The real or imaginary parts, as a view where that is possible.
Value part(const Value& x, int offset) {
    const DType dtype = real_dtype(x.dtype);
    if (!x.is_array) {  // complex64, inline
        const auto z = x.as<Complex64>();
        return Value::number(offset ? z.imag() : z.real());
    }
    Value y = Value::take(Array::view(x.array, dtype, x.array->data + offset * itemsize(dtype),
                                      x.shape(), x.array->strides()));
    return y;
}

}  // namespace

Value real_part(const Value& x) {
    if (!is_complex(x.dtype)) return x;
    return call(real_op, {}, {&x});
}

static Value run_real(const Call& given) { return part(given[0], 0); }

static void real_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, cast(g, acc.dtype(0)));
}

static Value real_forward(const Record&, const Tangents& t) { return real_part(t.get(0)); }

Value imaginary_part(const Value& x) {
    if (!is_complex(x.dtype)) return zeros(x.dtype, x.shape());
    return call(imaginary_op, {}, {&x});
}

static Value run_imaginary(const Call& given) { return part(given[0], 1); }

static void imaginary_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, complex_of(Value::constant(g.dtype, 0), g));
}

static Value imaginary_forward(const Record&, const Tangents& t) {
    return imaginary_part(t.get(0));
}

// ---- a complex number of its parts

// Put in place: a product with i would be NaN where a part is infinite.
Value complex_of(const Value& real, const Value& imaginary) {
    return call(complex_op, {}, {&real, &imaginary});
}

namespace {

template <class T>
void complex_loop(i64 n, const void* const* in, void* out) {
    const T* re = static_cast<const T*>(in[0]);
    const T* im = static_cast<const T*>(in[1]);
    T* z = static_cast<T*>(out);
    for (i64 i = 0; i < n; ++i) {
        z[2 * i] = re[i];
        z[2 * i + 1] = im[i];
    }
}

}  // namespace

static Value run_complex(const Call& given) {
    const Value &re = given[0], &im = given[1];
    const bool is_double = re.dtype == DType::float64;
    if (re.dtype != im.dtype || !(is_double || re.dtype == DType::float32))
        fail(ErrorKind::dtype, std::string("[complex] real and imag have dtypes ") +
                                   name(re.dtype) + " and " + name(im.dtype) +
                                   "; both must be float32, or both float64");
    const Shape shape = broadcast_shapes(re.shape(), im.shape(), "complex");
    Value y = make_value(is_double ? DType::complex128 : DType::complex64, shape);
    const Value* inputs[] = {&re, &im};
    run_loop(is_double ? complex_loop<double> : complex_loop<float>, inputs, 2, shape, y, false);
    return y;
}

static void complex_reverse(const Record&, const Value& g, Accumulator& acc) {
    if (acc.wants(0)) acc.add(0, acc.fit(0, real_part(g)));
    if (acc.wants(1)) acc.add(1, acc.fit(1, imaginary_part(g)));
}

static Value complex_forward(const Record&, const Tangents& t) {
    const Value nothing = Value::constant(real_dtype(t.dtype()), 0);
    return broadcast_to(complex_of(t.has(0) ? t.get(0) : nothing, t.has(1) ? t.get(1) : nothing),
                        t.output_shape());
}

// ---- modulus of a complex number

Value complex_abs(const Value& x) { return call(complex_abs_op, {}, {&x}); }

static Value run_complex_abs(const Call& given) {
    const Value z = contiguous(given[0]);
    const DType dtype = real_dtype(z.dtype);
    Value y = make_value(dtype, z.shape());
    row_kernels.moduli[dtype == DType::float64](y.size(), z.data(), y.mutable_data());
    return y;
}

namespace {

// z with the same sign, where |z| would overflow: a fourth of it, or its direction if it is
// infinite.
template <class T>
Value brought_in(const Value& z) {
    using C = std::complex<T>;
    constexpr T most = std::numeric_limits<T>::max() / 4;
    // What is recorded is the same for all values: a program is run with others than these.
    if (active_log == nullptr || z.node == no_node) {
        const Value c = contiguous(z);
        const C* from = reinterpret_cast<const C*>(c.data());
        const auto is_far = [](const C& x) {
            return std::fabs(x.real()) > most || std::fabs(x.imag()) > most;
        };
        if (std::none_of(from, from + c.size(), is_far)) return z;
    }
    const DType dtype = real_dtype(z.dtype);
    const auto number = [&](double x) { return Value::constant(dtype, x); };
    const Value parts[] = {real_part(stop(z)), imaginary_part(stop(z))};
    Value far[2], infinite[2], direction[2];
    for (int k = 0; k < 2; ++k) {
        far[k] = binary(Op::greater, unary(Op::abs, parts[k]), number(most));
        infinite[k] = unary(Op::is_inf, parts[k]);
        direction[k] = select(infinite[k], unary(Op::sign, parts[k]), number(0));
    }
    const Value both = binary(Op::logical_and, infinite[0], infinite[1]);
    const Value no_number = number(std::numeric_limits<double>::quiet_NaN());
    for (Value& d : direction) d = select(both, no_number, d);
    const Value any_far = binary(Op::logical_or, far[0], far[1]);
    const Value any_infinite = binary(Op::logical_or, infinite[0], infinite[1]);
    const Value fourth = binary(Op::multiply, z, Value::constant(z.dtype, 0.25));
    return select(any_infinite, complex_of(direction[0], direction[1]), select(any_far, fourth, z));
}

}  // namespace

// z / |z|, and 0 at 0; of one infinite part, its direction, as NumPy's.
Value complex_sign(const Value& given) {
    const Value z =
        given.dtype == DType::complex64 ? brought_in<float>(given) : brought_in<double>(given);
    const Value modulus = cast(complex_abs(z), z.dtype);
    const Value nothing = Value::constant(z.dtype, 0);
    const Value at_zero = binary(Op::equal, modulus, nothing);
    const Value divisor = select(at_zero, Value::constant(z.dtype, 1), modulus);
    return select(at_zero, nothing, binary(Op::divide, z, divisor));
}

static void complex_abs_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value z = acc.kept_input(0);
    acc.add(0, binary(Op::multiply, cast(g, z.dtype), complex_sign(z)));
}

static Value complex_abs_forward(const Record&, const Tangents& t) {
    const Value z = t.kept_input(0);
    return real_part(binary(Op::multiply, conj(complex_sign(z)), t.get(0)));
}

// ---- select

namespace {

template <class Item>
void select_loop(i64 n, const void* const* in, void* out) {
    const u8* c = static_cast<const u8*>(in[0]);
    const Item* a = static_cast<const Item*>(in[1]);
    const Item* b = static_cast<const Item*>(in[2]);
    Item* y = static_cast<Item*>(out);
    for (i64 i = 0; i < n; ++i) {
        if constexpr (std::is_integral_v<Item>) {
            // Both are read, and no branch is predicted: conditions are often random.
            const Item chosen = static_cast<Item>(-static_cast<Item>(c[i] != 0));
            y[i] = static_cast<Item>(b[i] ^ ((a[i] ^ b[i]) & chosen));
        } else {
            y[i] = c[i] ? a[i] : b[i];
        }
    }
}

}  // namespace

Loop select_loop_for(DType dtype) {
    switch (is_narrow(dtype) ? 4 : itemsize(dtype)) {
        case 1: return select_loop<u8>;
        case 2: return select_loop<u16>;
        case 4: return select_loop<u32>;
        case 8: return select_loop<u64>;
        default: return select_loop<Complex128>;
    }
}

// The condition is what the value alone depends on: the last input.
Value select(const Value& condition, const Value& a, const Value& b) {
    return call(select_op, {}, {&a, &b, &condition});
}

static Value run_select(const Call& given) {
    const Value &a = given[0], &b = given[1], &condition = given[2];
    if (condition.dtype != DType::boolean)
        fail(ErrorKind::dtype,
             std::string("[where] condition must be bool, not ") + name(condition.dtype));
    if (a.dtype != b.dtype)
        fail(ErrorKind::dtype,
             std::string("[where] x and y have dtypes ") + name(a.dtype) + " and " + name(b.dtype));
    Shape shape = a.same_shape(b) ? a.shape() : broadcast_shapes(a.shape(), b.shape(), "where");
    if (condition.is_array) shape = broadcast_shapes(condition.shape(), shape, "where");
    Value y = make_value(a.dtype, shape);
    const Value* inputs[] = {&condition, &a, &b};
    run_loop(select_loop_for(a.dtype), inputs, 3, shape, y, false);
    return y;
}

static void select_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value condition = acc.kept_input(2);
    const Value nothing = Value::constant(g.dtype, 0);
    if (acc.wants(0)) acc.add(0, acc.fit(0, select(condition, g, nothing)));
    if (acc.wants(1)) acc.add(1, acc.fit(1, select(condition, nothing, g)));
}

static Value select_forward(const Record&, const Tangents& t) {
    const Value condition = t.kept_input(2);
    const Value nothing = Value::constant(t.dtype(), 0);
    return broadcast_to(
        select(condition, t.has(0) ? t.get(0) : nothing, t.has(1) ? t.get(1) : nothing),
        t.output_shape());
}

static void select_pattern(Dependence& d) {
    return d.constant(2) != nullptr ? pattern_moved(d) : pattern_in_place(d);
}

void define_conversions() {
    define_op(identity_op, "identity", 1, run_identity, identity_reverse, identity_forward).checks =
        Checked::none;
    // The derivative is that of the Variable's place: none flows to what it was assigned.
    OpInfo& assignment =
        define_op(assigned_op, "assigned", 1, run_assigned, identity_reverse, identity_forward);
    assignment.inputs = 2;
    assignment.checks = Checked::none;
    assignment.scatter = Scatter::in_place;
    assignment.batched = batch_assigned;
    define_op(cast_op, "cast", 1, run_cast, cast_reverse, cast_forward).attributes = 1;
    define_op(conj_op, "conj", 1, run_conj, conj_reverse, conj_forward);
    define_op(real_op, "real", 1, run_real, real_reverse, real_forward);
    define_op(imaginary_op, "imag", 1, run_imaginary, imaginary_reverse, imaginary_forward);
    OpInfo& modulus = define_op(complex_abs_op, "complex_abs", 1, run_complex_abs,
                                complex_abs_reverse, complex_abs_forward);
    op_text[complex_abs_op].called = "abs";
    modulus.reads[0] = 1 << 0;
    OpInfo& choice = define_op(select_op, "where", 2, run_select, select_reverse, select_forward);
    choice.inputs = 3;
    choice.reads[0] = choice.reads[1] = 1 << 2;
    define_op(complex_op, "complex", 2, run_complex, complex_reverse, complex_forward).inputs = 2;
    for (OpCode op : {identity_op, cast_op, conj_op, real_op, imaginary_op, complex_op,
                      complex_abs_op, select_op}) {
        op_table[op].scatter = Scatter::in_place;
        op_table[op].batched = batch_aligned;
        op_table[op].pattern = op == select_op ? select_pattern : pattern_in_place;
    }
}

}  // namespace ag
