// Special functions whose values are somebody else's: the inner loops of ufuncs of SciPy, called
// without Python (ufunc.h); and those with loops of our own (kernels/special.h). Partials are
// operations as everywhere.

#include <limits>

#include "../kernels/loops.h"
#include "../kernels/select.h"
#include "../kernels/special.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "incomplete.h"
#include "ops.h"
#include "ufunc.h"

namespace ag {

namespace {

// Operation, ufunc, number of inputs, which of the ufunc's outputs it is.
#define AG_UFUNCS(ROW)              \
    ROW(bessel_j0, j0, 1, 0)        \
    ROW(bessel_j1, j1, 1, 0)        \
    ROW(bessel_k0, k0, 1, 0)        \
    ROW(bessel_k0e, k0e, 1, 0)      \
    ROW(bessel_k1, k1, 1, 0)        \
    ROW(bessel_k1e, k1e, 1, 0)      \
    ROW(bessel_y0, y0, 1, 0)        \
    ROW(bessel_y1, y1, 1, 0)        \
    ROW(dawsn, dawsn, 1, 0)         \
    ROW(expint, expi, 1, 0)         \
    ROW(fresnel_sin, fresnel, 1, 0) \
    ROW(fresnel_cos, fresnel, 1, 1) \
    ROW(spence, spence, 1, 0)       \
    ROW(bessel_iv, iv, 2, 0)        \
    ROW(bessel_jv, jv, 2, 0)        \
    ROW(igamma, gammainc, 2, 0)     \
    ROW(igammac, gammaincc, 2, 0)   \
    ROW(betainc, betainc, 3, 0)

enum Index : int {
#define ROW(NAME, UFUNC, ARITY, OUTPUT) at_##NAME,
    AG_UFUNCS(ROW)
#undef ROW
        ufunc_count
};

constexpr const char* ufunc_names[] = {
#define ROW(NAME, UFUNC, ARITY, OUTPUT) #UFUNC,
    AG_UFUNCS(ROW)
#undef ROW
};

constexpr int arities[] = {
#define ROW(NAME, UFUNC, ARITY, OUTPUT) ARITY,
    AG_UFUNCS(ROW)
#undef ROW
};

constexpr int outputs[] = {
#define ROW(NAME, UFUNC, ARITY, OUTPUT) OUTPUT,
    AG_UFUNCS(ROW)
#undef ROW
};

// Has a derivative by its last input alone, which comes first in the operation therefore.
constexpr bool reversed(int which) { return which == at_bessel_iv || which == at_bessel_jv; }

// Has two outputs.
// SciPy's loop for float32 loses what that dtype could hold: its factors leave the range.
constexpr bool is_wide(int which) { return which == at_betainc; }
constexpr bool is_pair(int which) { return which == at_fresnel_sin || which == at_fresnel_cos; }

OpCode codes[ufunc_count];
OpCode zeta_op, polygamma_op, i0_fall_op, k0_fall_op, dawson_slope_op;
#define KERNEL(NAME) OpCode NAME##_op;
AG_SPECIAL_FUNCTIONS(KERNEL)
#undef KERNEL
const SpecialLoops* own_loops;    // of the instruction set in use
UfuncLoop loops[ufunc_count][2];  // float32, float64

template <int Which, class T>
void ufunc_loop(i64 n, const void* const* in, void* out) {
    constexpr int arity = arities[Which];
    constexpr i64 block = is_pair(Which) ? 256 : std::numeric_limits<i64>::max();
    const UfuncLoop& loop = loops[Which][std::is_same_v<T, double>];
    T other[is_pair(Which) ? block : 1];
    for (i64 start = 0; start < n; start += std::min(block, n - start)) {
        char* pointers[arity + 2];
        std::intptr_t steps[arity + 2];
        for (int k = 0; k < arity + 2; ++k) steps[k] = sizeof(T);
        // A ufunc's loop does not write to its inputs, whatever its type says.
        for (int k = 0; k < arity; ++k)
            pointers[k] = static_cast<char*>(const_cast<void*>(in[k])) + sizeof(T) * start;
        pointers[arity + outputs[Which]] = static_cast<char*>(out) + sizeof(T) * start;
        if constexpr (is_pair(Which))
            pointers[arity + 1 - outputs[Which]] = reinterpret_cast<char*>(other);
        const std::intptr_t count = std::min(block, n - start);
        loop.function(pointers, &count, steps, loop.data);
    }
}

template <int Which>
Value run_ufunc(const Call& given) {
    constexpr int arity = arities[Which];
    const char* const name = op_text[codes[Which]].called;
    if (loops[Which][0].function == nullptr)
        fail(ErrorKind::unimplemented,
             std::string("[") + name + "] needs SciPy, which is not loaded");
    if constexpr (is_wide(Which)) {
        if (given[0].dtype == DType::float32) {
            Value wide[arity];
            const Value* pointers[arity];
            for (int k = 0; k < arity; ++k) {
                require_same_dtype(name, given[0], given[static_cast<std::size_t>(k)]);
                wide[k] = cast(given[static_cast<std::size_t>(k)], DType::float64);
                pointers[k] = &wide[k];
            }
            return cast(run_ufunc<Which>(Call(nullptr, 0, pointers, arity)), DType::float32);
        }
    }
    Shape shape = given[0].shape();
    // In the ufunc's order.
    const Value* inputs[arity];
    for (int k = 0; k < arity; ++k)
        inputs[k] = &given[static_cast<std::size_t>(reversed(Which) ? arity - 1 - k : k)];
    for (int k = 1; k < arity; ++k) {
        require_same_dtype(name, *inputs[0], *inputs[k]);
        shape = broadcast_shapes(k == 1 ? inputs[0]->shape() : shape, inputs[k]->shape(), name);
    }
    Value y = make_value(given[0].dtype, shape);
    run_loop(y.dtype == DType::float32 ? ufunc_loop<Which, float> : ufunc_loop<Which, double>,
             inputs, arity, shape, y, false);
    return y;
}

// By loops of our own.
template <Loop (SpecialLoops::*Loops)[2]>
Value run_own(const Call& given) {
    const Value* inputs[] = {&given[0]};
    Value y = make_value(given[0].dtype, given[0].shape());
    run_loop((own_loops->*Loops)[y.dtype == DType::float64], inputs, 1, y.shape(), y, false);
    return y;
}

Value special(Index which, const Value& x) { return call(codes[which], {}, {&x}); }

Value times(const Value& a, const Value& b) { return binary(Op::multiply, a, b); }

Value constant(const Value& like, double x) { return Value::constant(like.dtype, x); }

Value of_order(Index which, double order, const Value& x) {
    const Value n = constant(x, order);
    return call(codes[which], {}, {&x, &n});
}

Value plus(const Value& a, const Value& b) { return binary(Op::add, a, b); }
Value minus(const Value& a, const Value& b) { return binary(Op::subtract, a, b); }
Value over(const Value& a, const Value& b) { return binary(Op::divide, a, b); }
Value half_of(const Value& x) { return times(constant(x, 0.5), x); }
Value square(const Value& x) { return unary(Op::square, x); }

Value partial_of_lgamma(const Value& x) { return call(digamma_op, {}, {&x}); }
Value partial_of_digamma(const Value& x) { return call(trigamma_op, {}, {&x}); }
Value partial_of_trigamma(const Value& x) { return polygamma(2, x); }
// Partials by the result.
Value partial_of_erfinv(const Value& y) {
    return times(constant(y, 0.8862269254527580), unary(Op::exp, square(y)));
}
Value partial_of_erfcinv(const Value& y) {
    return times(constant(y, -0.8862269254527580), unary(Op::exp, square(y)));
}
Value partial_of_ndtri(const Value& y) {
    return times(constant(y, 2.5066282746310002), unary(Op::exp, half_of(square(y))));
}

// The partials by the input.
// Recurrences of Bessel functions (NIST Digital Library of Mathematical Functions, 10.6, 10.29).
// Those with the second order in the place of a quotient by x hold at 0.
Value partial_of_i0(const Value& x) { return call(bessel_i1_op, {}, {&x}); }
Value partial_of_i1(const Value& x) {
    return half_of(plus(call(bessel_i0_op, {}, {&x}), of_order(at_bessel_iv, 2, x)));
}
// Falls (kernels/special.h) have no cancellation.
Value i0_fall(i64 k, const Value& x) { return call(i0_fall_op, {k}, {&x}); }
Value k0_fall(i64 k, const Value& x) { return call(k0_fall_op, {k}, {&x}); }
Value partial_of_i0e(const Value& x) {
    return times(unary(Op::negative, unary(Op::sign, x)), i0_fall(1, x));
}
Value partial_of_i1e(const Value& x) { return minus(i0_fall(2, x), i0_fall(1, x)); }
Value partial_of_j0(const Value& x) { return unary(Op::negative, special(at_bessel_j1, x)); }
Value partial_of_j1(const Value& x) {
    return half_of(minus(special(at_bessel_j0, x), of_order(at_bessel_jv, 2, x)));
}
Value partial_of_k0(const Value& x) { return unary(Op::negative, special(at_bessel_k1, x)); }
Value partial_of_k1(const Value& x) {
    return unary(Op::negative, plus(special(at_bessel_k0, x), over(special(at_bessel_k1, x), x)));
}
Value partial_of_k0e(const Value& x) { return unary(Op::negative, k0_fall(1, x)); }
Value partial_of_k1e(const Value& x) {
    return unary(Op::negative, plus(k0_fall(1, x), k0_fall(2, x)));
}
Value partial_of_y0(const Value& x) { return unary(Op::negative, special(at_bessel_y1, x)); }
Value partial_of_y1(const Value& x) {
    return minus(special(at_bessel_y0, x), over(special(at_bessel_y1, x), x));
}
Value partial_of_dawsn(const Value& x) { return call(dawson_slope_op, {1}, {&x}); }
Value partial_of_expint(const Value& x) { return over(unary(Op::exp, x), x); }
Value phase_of_fresnel(const Value& x) { return times(constant(x, 1.5707963267948966), square(x)); }
Value partial_of_fresnel_sin(const Value& x) { return unary(Op::sin, phase_of_fresnel(x)); }
Value partial_of_fresnel_cos(const Value& x) { return unary(Op::cos, phase_of_fresnel(x)); }
// log(x) / (1 - x); close to 1 the series -(1 + u / 2 + u**2 / 3 + ...) in u = 1 - x, since the
// derivatives of the quotient would cancel there.
Value partial_of_spence(const Value& x) {
    const Value u = minus(constant(x, 1), x);
    const Value close = binary(Op::less, unary(Op::abs, stop(u)), constant(x, 0.0625));
    const Value far_x = select(close, constant(x, 2), x);
    const Value quotient = over(unary(Op::log, far_x), minus(constant(x, 1), far_x));
    const Value near_u = select(close, u, constant(x, 0));
    Value series = constant(x, 1.0 / 16);
    for (int k = 15; k >= 1; --k) series = plus(times(series, near_u), constant(x, 1.0 / k));
    return select(close, unary(Op::negative, series), quotient);
}

template <Value (*Partial)(const Value&)>
void reverse_of_one(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, times(g, Partial(acc.kept_input(0))));
}
template <Value (*Partial)(const Value&)>
Value forward_of_one(const Record&, const Tangents& t) {
    return times(t.get(0), Partial(t.kept_input(0)));
}

template <Value (*Partial)(const Value&)>
void reverse_of_inverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, times(g, Partial(acc.kept_output())));
}
template <Value (*Partial)(const Value&)>
Value forward_of_inverse(const Record&, const Tangents& t) {
    return times(t.get(0), Partial(t.kept_output()));
}

// Half the sum, or difference, of the functions of the orders around the order.
template <Index Which>
Value slope_of_bessel(const Value& order, const Value& x) {
    const Value one = constant(x, 1), before = minus(order, one), behind = plus(order, one);
    const Value first = call(codes[Which], {}, {&x, &before});
    const Value second = call(codes[Which], {}, {&x, &behind});
    if (Which == at_bessel_jv) return half_of(minus(first, second));
    return half_of(plus(first, second));
}

// Of x, and of a second input that there is no derivative by. `Partial(second, x)`.
template <Value (*Partial)(const Value&, const Value&)>
void reverse_of_two(const Record&, const Value& g, Accumulator& acc) {
    const Value slope = Partial(acc.kept_input(1), acc.kept_input(0));
    acc.add(0, acc.fit(0, times(g, slope)));
}
template <Value (*Partial)(const Value&, const Value&)>
Value forward_of_two(const Record&, const Tangents& t) {
    const Value slope = Partial(t.kept_input(1), t.kept_input(0));
    return broadcast_to(times(t.get(0), slope), t.output_shape());
}

}  // namespace

// ---------------------------------------------------------------- zeta and polygamma

namespace {

// A loop of a function of an order and of x, the first input, which alone it has a derivative by.
template <double (*Function)(double, double), class T>
void loop_of_order(i64 n, const void* const* in, void* out) {
    const T *x = static_cast<const T*>(in[0]), *order = static_cast<const T*>(in[1]);
    T* y = static_cast<T*>(out);
    for (i64 i = 0; i < n; ++i)
        y[i] = static_cast<T>(Function(static_cast<double>(order[i]), static_cast<double>(x[i])));
}

template <double (*Function)(double, double)>
Value run_of_order(const Call& given) {
    const char* const name = Function == hurwitz_zeta ? "zeta" : "polygamma";
    require_same_dtype(name, given[1], given[0]);
    // Messages name the operands as they were given.
    const Shape shape = broadcast_shapes(given[1].shape(), given[0].shape(), name);
    const Value* inputs[] = {&given[0], &given[1]};
    Value y = make_value(given[0].dtype, shape);
    run_loop(y.dtype == DType::float32 ? loop_of_order<Function, float>
                                       : loop_of_order<Function, double>,
             inputs, 2, shape, y, false);
    return y;
}

Value zeta(const Value& s, const Value& q) { return call(zeta_op, {}, {&q, &s}); }
Value polygamma(const Value& order, const Value& x) { return call(polygamma_op, {}, {&x, &order}); }

// By q alone, as in TensorFlow: -s zeta(s + 1, q).
Value slope_of_zeta(const Value& s, const Value& q) {
    return times(unary(Op::negative, s), zeta(plus(s, constant(s, 1)), q));
}
Value slope_of_polygamma(const Value& order, const Value& x) {
    return polygamma(plus(order, constant(order, 1)), x);
}

}  // namespace

Value digamma(const Value& x) { return call(digamma_op, {}, {&x}); }
Value polygamma(int order, const Value& x) {
    if (order == 0) return digamma(x);
    return order == 1 ? call(trigamma_op, {}, {&x}) : polygamma(constant(x, order), x);
}

// ---------------------------------------------------------------- derivatives of Bessel functions

namespace {

// f of numbers of one shape, in float64.
template <class F>
Value mapped(DType dtype, const Value& x, F f) {
    const Value wide = fresh_copy(cast(x, DType::float64));
    Value y = make_value(DType::float64, x.shape());
    const double* from = reinterpret_cast<const double*>(wide.data());
    double* to = reinterpret_cast<double*>(y.mutable_data());
    for (i64 i = 0; i < y.size(); ++i) to[i] = f(i, from[i]);
    return cast(y, dtype);
}

Value run_i0_fall(const Call& given) {
    const int k = static_cast<int>(given.attribute(0));
    if (k == 1) return run_own<&SpecialLoops::i0_fall_1>(given);
    if (k == 2) return run_own<&SpecialLoops::i0_fall_2>(given);
    return mapped(given[0].dtype, given[0], [&](i64, double x) { return ag::i0_fall(k, x); });
}
Value run_k0_fall(const Call& given) {
    const int k = static_cast<int>(given.attribute(0));
    const Value x = cast(given[0], DType::float64);
    const Value k0 = fresh_copy(special(at_bessel_k0e, x));
    const Value k1 = fresh_copy(special(at_bessel_k1e, x));
    const double* first = reinterpret_cast<const double*>(k0.data());
    const double* second = reinterpret_cast<const double*>(k1.data());
    return mapped(given[0].dtype, x,
                  [&](i64 i, double a) { return ag::k0_fall(k, a, first[i], second[i]); });
}
Value run_dawson_slope(const Call& given) {
    const int k = static_cast<int>(given.attribute(0));
    const Value x = cast(given[0], DType::float64), y = fresh_copy(special(at_dawsn, x));
    const double* value = reinterpret_cast<const double*>(y.data());
    return mapped(given[0].dtype, x,
                  [&](i64 i, double a) { return ag::dawson_slope(k, a, value[i]); });
}

// By the order in the attribute: the function of the next one, and a factor.
Value partial_of_i0_fall(i64 k, const Value& x) {
    return times(unary(Op::negative, unary(Op::sign, x)), i0_fall(k + 1, x));
}
Value partial_of_k0_fall(i64 k, const Value& x) { return unary(Op::negative, k0_fall(k + 1, x)); }
Value partial_of_dawson_slope(i64 k, const Value& x) {
    return call(dawson_slope_op, {k + 1}, {&x});
}
template <Value (*Partial)(i64, const Value&)>
void reverse_of_kth(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, times(g, Partial(acc.attributes()[0], acc.kept_input(0))));
}
template <Value (*Partial)(i64, const Value&)>
Value forward_of_kth(const Record&, const Tangents& t) {
    return times(t.get(0), Partial(t.attributes()[0], t.kept_input(0)));
}

}  // namespace

// ---------------------------------------------------------------- incomplete gamma and beta

// By what is below in incomplete.cpp; igammac is 1 - igamma.
static Value slope_of_igamma(bool upper, int k, const Value& a, const Value& x) {
    const Value slope = k == 0 ? igamma_by_order(1, a, x) : gamma_density(a, x);
    return upper ? unary(Op::negative, slope) : slope;
}

template <bool Upper>
static void igamma_reverse(const Record&, const Value& g, Accumulator& acc) {
    for (int k = 0; k < 2; ++k)
        if (acc.wants(k)) {
            const Value slope = slope_of_igamma(Upper, k, acc.kept_input(0), acc.kept_input(1));
            acc.add(k, acc.fit(k, times(g, slope)));
        }
}

template <bool Upper>
static Value igamma_forward(const Record&, const Tangents& t) {
    return total_of_products(
        t, 2, [&](int k) { return slope_of_igamma(Upper, k, t.kept_input(0), t.kept_input(1)); });
}

static Value slope_of_betainc(int k, const Value& a, const Value& b, const Value& x) {
    return k == 2 ? beta_density(a, b, x) : betainc_by_orders(k == 0, k == 1, a, b, x);
}

static void betainc_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value a = acc.kept_input(0), b = acc.kept_input(1), x = acc.kept_input(2);
    for (int k = 0; k < 3; ++k)
        if (acc.wants(k)) acc.add(k, acc.fit(k, times(g, slope_of_betainc(k, a, b, x))));
}

static Value betainc_forward(const Record&, const Tangents& t) {
    return total_of_products(t, 3, [&](int k) {
        return slope_of_betainc(k, t.kept_input(0), t.kept_input(1), t.kept_input(2));
    });
}

int ufunc_row_count() { return ufunc_count; }
const char* ufunc_row_name(int row) { return ufunc_names[row]; }
void set_ufunc_loop(int row, bool is_double, UfuncLoop loop) { loops[row][is_double] = loop; }

namespace {

template <Index Which, Value (*Partial)(const Value&)>
void define_of_one(const char* name) {
    define_op(codes[Which], name, 1, run_ufunc<Which>, reverse_of_one<Partial>,
              forward_of_one<Partial>)
        .reads[0] = 1 << 0;
}

template <Value (*Partial)(const Value&)>
void define_own(OpCode& code, const char* name, Value (*run)(const Call&)) {
    define_op(code, name, 1, run, reverse_of_one<Partial>, forward_of_one<Partial>).reads[0] = 1
                                                                                               << 0;
}
template <Value (*Partial)(const Value&)>
void define_inverse(OpCode& code, const char* name, Value (*run)(const Call&)) {
    define_op(code, name, 1, run, reverse_of_inverse<Partial>, forward_of_inverse<Partial>)
        .reads[0] = reads_output;
}

// Of x, and of an order.
template <Value (*Partial)(const Value&, const Value&)>
void define_of_order(OpCode& code, const char* name, Value (*run)(const Call&)) {
    OpInfo& op = define_op(code, name, 1, run, reverse_of_two<Partial>, forward_of_two<Partial>);
    op.inputs = 2;
    op.reads[0] = 1 << 0 | 1 << 1;
}
template <Value (*Partial)(i64, const Value&)>
void define_kth(OpCode& code, const char* name, const char* called, Value (*run)(const Call&)) {
    OpInfo& op = define_op(code, name, 1, run, reverse_of_kth<Partial>, forward_of_kth<Partial>);
    op.attributes = 1;
    op.reads[0] = 1 << 0;
    op_text[code].called = called;
}
template <Index Which>
void define_bessel(const char* name) {
    define_of_order<slope_of_bessel<Which>>(codes[Which], name, run_ufunc<Which>);
}

}  // namespace

void define_special() {
    own_loops = &special_loops(instruction_set());
    define_own<partial_of_lgamma>(lgamma_op, "lgamma", run_own<&SpecialLoops::lgamma>);
    define_own<partial_of_digamma>(digamma_op, "digamma", run_own<&SpecialLoops::digamma>);
    define_own<partial_of_trigamma>(trigamma_op, "trigamma", run_own<&SpecialLoops::trigamma>);
    op_text[trigamma_op].called = "digamma";
    define_inverse<partial_of_erfinv>(erfinv_op, "erfinv", run_own<&SpecialLoops::erfinv>);
    define_inverse<partial_of_erfcinv>(erfcinv_op, "erfcinv", run_own<&SpecialLoops::erfcinv>);
    define_inverse<partial_of_ndtri>(ndtri_op, "ndtri", run_own<&SpecialLoops::ndtri>);
    define_own<partial_of_i0>(bessel_i0_op, "bessel_i0", run_own<&SpecialLoops::bessel_i0>);
    define_own<partial_of_i0e>(bessel_i0e_op, "bessel_i0e", run_own<&SpecialLoops::bessel_i0e>);
    define_own<partial_of_i1>(bessel_i1_op, "bessel_i1", run_own<&SpecialLoops::bessel_i1>);
    define_own<partial_of_i1e>(bessel_i1e_op, "bessel_i1e", run_own<&SpecialLoops::bessel_i1e>);
    define_of_one<at_bessel_j0, partial_of_j0>("bessel_j0");
    define_of_one<at_bessel_j1, partial_of_j1>("bessel_j1");
    define_of_one<at_bessel_k0, partial_of_k0>("bessel_k0");
    define_of_one<at_bessel_k0e, partial_of_k0e>("bessel_k0e");
    define_of_one<at_bessel_k1, partial_of_k1>("bessel_k1");
    define_of_one<at_bessel_k1e, partial_of_k1e>("bessel_k1e");
    define_of_one<at_bessel_y0, partial_of_y0>("bessel_y0");
    define_of_one<at_bessel_y1, partial_of_y1>("bessel_y1");
    define_of_one<at_dawsn, partial_of_dawsn>("dawsn");
    define_of_one<at_expint, partial_of_expint>("expint");
    define_of_one<at_fresnel_sin, partial_of_fresnel_sin>("fresnel_sin");
    define_of_one<at_fresnel_cos, partial_of_fresnel_cos>("fresnel_cos");
    define_of_one<at_spence, partial_of_spence>("spence");
    define_of_order<slope_of_zeta>(zeta_op, "zeta", run_of_order<hurwitz_zeta>);
    define_of_order<slope_of_polygamma>(polygamma_op, "polygamma", run_of_order<polygamma>);
    define_bessel<at_bessel_iv>("bessel_iv");
    define_bessel<at_bessel_jv>("bessel_jv");
    define_op(codes[at_igamma], "igamma", 2, run_ufunc<at_igamma>, igamma_reverse<false>,
              igamma_forward<false>);
    define_op(codes[at_igammac], "igammac", 2, run_ufunc<at_igammac>, igamma_reverse<true>,
              igamma_forward<true>);
    define_op(codes[at_betainc], "betainc", 3, run_ufunc<at_betainc>, betainc_reverse,
              betainc_forward);
    for (const OpCode of_all : {codes[at_igamma], codes[at_igammac]})
        op_table[of_all].reads[0] = op_table[of_all].reads[1] = 1 << 0 | 1 << 1;
    op_table[codes[at_betainc]].many = true;
    op_table[codes[at_betainc]].reads[0] = 1 << 0 | 1 << 1 | 1 << 2;
    define_kth<partial_of_i0_fall>(i0_fall_op, "i0_fall", "bessel_i0e", run_i0_fall);
    define_kth<partial_of_k0_fall>(k0_fall_op, "k0_fall", "bessel_k0e", run_k0_fall);
    define_kth<partial_of_dawson_slope>(dawson_slope_op, "dawson_slope", "dawsn", run_dawson_slope);
    std::vector<OpCode> all(codes, codes + ufunc_count);
    all.insert(all.end(), {zeta_op, polygamma_op, i0_fall_op, k0_fall_op, dawson_slope_op});
#define KERNEL(NAME) all.push_back(NAME##_op);
    AG_SPECIAL_FUNCTIONS(KERNEL)
#undef KERNEL
    for (const OpCode code : all) {
        OpInfo& op = op_table[code];
        op.kinds = kind_floating;
        op.half = InFloat16::outside;
        op.scatter = Scatter::in_place;
        op.batched = batch_aligned;
        op.pattern = pattern_in_place;
    }
}

}  // namespace ag
