// Conversions between dtypes, the parts of complex numbers, and choosing by a condition.

#include "../kernels/loops.h"
#include "../sweep.h"
#include "define.h"
#include "ops.h"

namespace ag {

Record* open_record(OpCode op, const Value& y, u32 in0, u32 in1) {
    Log* log = active_log;
    const u32 type = log->type_of(y);
    Record* r = log->reserve();
    r->op = op;
    r->dtype = y.dtype;
    r->type = type;
    r->in[0] = in0;
    r->in[1] = in1;
    note_origin();
    log->elements += y.size();
    return r;
}

Record* begin_record(OpCode op, const Value& y, u32 in0, u32 in1) {
    if (active_log == nullptr || (in0 == no_node && in1 == no_node) || !is_differentiable(y.dtype))
        return nullptr;
    return open_record(op, y, in0, in1);
}

namespace {

OpCode identity_op, cast_op, conj_op, complex_abs_op, select_op, real_op, imaginary_op;

Value record_linear(OpCode op, const Value& x, Value y) {
    if (op != identity_op) check_result(op_table[op].name, {&x}, y);
    if (is_differentiable(x.dtype) && begin_record(op, y, x.node) != nullptr) finish_record(y);
    return y;
}

}  // namespace

// ---- identity

Value identity(const Value& x) { return record_linear(identity_op, x, x.detached()); }

static void identity_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, Value(g));
}

static Value identity_forward(const Record&, const Tangents& t) { return t.get(0); }

// ---- cast

Value cast(const Value& x, DType dtype) {
    if (x.dtype == dtype) return x;
    Value y = make_value(dtype, x.shape());
    convert_into(x, y.shape(), dtype, y.mutable_data());
    return record_linear(cast_op, x, std::move(y));
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

Value conj(const Value& x) {
    if (!is_complex(x.dtype)) return x;
    Value y = fresh_copy(x);
    char* data = y.mutable_data();
    for (i64 i = 0; i < y.size(); ++i) {
        if (x.dtype == DType::complex64) {
            auto* z = reinterpret_cast<Complex64*>(data) + i;
            *z = std::conj(*z);
        } else {
            auto* z = reinterpret_cast<Complex128*>(data) + i;
            *z = std::conj(*z);
        }
    }
    return record_linear(conj_op, x, std::move(y));
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
    return record_linear(real_op, x, part(x, 0));
}

static void real_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, cast(g, acc.dtype(0)));
}

static Value real_forward(const Record&, const Tangents& t) { return real_part(t.get(0)); }

Value imaginary_part(const Value& x) {
    if (!is_complex(x.dtype)) return zeros(x.dtype, x.shape());
    return record_linear(imaginary_op, x, part(x, 1));
}

namespace {

Value imaginary_unit(DType dtype) {
    Value i = Value::constant(dtype, 0);
    if (dtype == DType::complex64) return Value::number(Complex64(0, 1));
    reinterpret_cast<Complex128*>(i.mutable_data())->imag(1);
    return i;
}

}  // namespace

static void imaginary_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, binary(Op::multiply, cast(g, acc.dtype(0)), imaginary_unit(acc.dtype(0))));
}

static Value imaginary_forward(const Record&, const Tangents& t) {
    return imaginary_part(t.get(0));
}

// ---- modulus of a complex number

Value complex_abs(const Value& x) {
    const DType dtype = real_dtype(x.dtype);
    const Value z = contiguous(x);
    Value y = make_value(dtype, x.shape());
    for (i64 i = 0; i < y.size(); ++i) {
        if (dtype == DType::float32)
            reinterpret_cast<float*>(y.mutable_data())[i] =
                std::abs(reinterpret_cast<const Complex64*>(z.data())[i]);
        else
            reinterpret_cast<double*>(y.mutable_data())[i] =
                std::abs(reinterpret_cast<const Complex128*>(z.data())[i]);
    }
    check_result("abs", {&x}, y);
    if (Record* r = begin_record(complex_abs_op, y, x.node)) {
        r->store(0, x);
        finish_record(y);
    }
    return y;
}

namespace {

// z with the same sign, where |z| would overflow: a fourth of it, or its direction if it is
// infinite.
template <class T>
Value brought_in(const Value& z) {
    using C = std::complex<T>;
    const Value c = contiguous(z.detached());
    const C* from = reinterpret_cast<const C*>(c.data());
    constexpr T far = std::numeric_limits<T>::max() / 4;
    const auto is_far = [&](const C& x) {
        return std::fabs(x.real()) > far || std::fabs(x.imag()) > far;
    };
    if (std::none_of(from, from + c.size(), is_far)) return z;
    Value scale = make_value(z.dtype, z.shape()), direction = make_value(z.dtype, z.shape()),
          infinite = make_value(DType::boolean, z.shape());
    for (i64 i = 0; i < c.size(); ++i) {
        const bool x = std::isinf(from[i].real()), y = std::isinf(from[i].imag());
        const T nan = std::numeric_limits<T>::quiet_NaN();
        reinterpret_cast<bool*>(infinite.mutable_data())[i] = x || y;
        reinterpret_cast<C*>(scale.mutable_data())[i] = is_far(from[i]) ? T(0.25) : T(1);
        reinterpret_cast<C*>(direction.mutable_data())[i] =
            x && y ? C(nan, nan)
                   : C(x ? std::copysign(T(1), from[i].real()) : T(0),
                       y ? std::copysign(T(1), from[i].imag()) : T(0));
    }
    return select(infinite, direction, binary(Op::multiply, z, scale));
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
    const Value z = acc.kept_input(0, 0);
    acc.add(0, binary(Op::multiply, cast(g, z.dtype), complex_sign(z)));
}

static Value complex_abs_forward(const Record&, const Tangents& t) {
    const Value z = t.kept_input(0, 0);
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
    for (i64 i = 0; i < n; ++i) y[i] = c[i] ? a[i] : b[i];
}

Loop select_loop_for(DType dtype) {
    switch (dtype == DType::float16 ? 4 : itemsize(dtype)) {
        case 1: return select_loop<u8>;
        case 2: return select_loop<u16>;
        case 4: return select_loop<u32>;
        case 8: return select_loop<u64>;
        default: return select_loop<Complex128>;
    }
}

}  // namespace

Value select(const Value& condition, const Value& a, const Value& b) {
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
    check_result("where", {&condition, &a, &b}, y);
    if (Record* r = begin_record(select_op, y, a.node, b.node)) {
        r->store(0, condition);
        finish_record(y);
    }
    return y;
}

static void select_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value condition = acc.kept_input(0, 0).detached();
    const Value nothing = Value::constant(g.dtype, 0);
    if (acc.wants(0)) acc.add(0, acc.fit(0, select(condition, g, nothing)));
    if (acc.wants(1)) acc.add(1, acc.fit(1, select(condition, nothing, g)));
}

static Value select_forward(const Record&, const Tangents& t) {
    const Value condition = t.kept_input(0, 0).detached();
    const Value nothing = Value::constant(t.dtype(), 0);
    return broadcast_to(
        select(condition, t.has(0) ? t.get(0) : nothing, t.has(1) ? t.get(1) : nothing),
        t.output_shape());
}

void define_conversions() {
    identity_op = define_op("identity", 1, identity_reverse, identity_forward);
    cast_op = define_op("cast", 1, cast_reverse, cast_forward);
    conj_op = define_op("conj", 1, conj_reverse, conj_forward);
    real_op = define_op("real", 1, real_reverse, real_forward);
    imaginary_op = define_op("imag", 1, imaginary_reverse, imaginary_forward);
    complex_abs_op = define_op("complex_abs", 1, complex_abs_reverse, complex_abs_forward);
    select_op = define_op("where", 2, select_reverse, select_forward);
    for (OpCode op :
         {identity_op, cast_op, conj_op, real_op, imaginary_op, complex_abs_op, select_op})
        op_table[op].scatter = Scatter::in_place;
}

}  // namespace ag
