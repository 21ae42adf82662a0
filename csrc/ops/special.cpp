// Special functions, whose values are somebody else's: the inner loops of ufuncs of SciPy, called
// without Python (ufunc.h). Partials are operations as everywhere.

#include <limits>

#include "../kernels/loops.h"
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
    ROW(lgamma, gammaln, 1, 0)      \
    ROW(digamma, psi, 1, 0)         \
    ROW(gamma, gamma, 1, 0)         \
    ROW(erfinv, erfinv, 1, 0)       \
    ROW(erfcinv, erfcinv, 1, 0)     \
    ROW(ndtri, ndtri, 1, 0)         \
    ROW(bessel_i0, i0, 1, 0)        \
    ROW(bessel_i0e, i0e, 1, 0)      \
    ROW(bessel_i1, i1, 1, 0)        \
    ROW(bessel_i1e, i1e, 1, 0)      \
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
    ROW(zeta, zeta, 2, 0)           \
    ROW(bessel_iv, iv, 2, 0)        \
    ROW(bessel_ive, ive, 2, 0)      \
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
constexpr bool reversed(int which) {
    return which == at_zeta || which == at_bessel_iv || which == at_bessel_ive ||
           which == at_bessel_jv;
}

// Has two outputs.
// SciPy's loop for float32 loses what that dtype could hold: its factors leave the range.
constexpr bool is_wide(int which) { return which == at_betainc; }
constexpr bool is_pair(int which) { return which == at_fresnel_sin || which == at_fresnel_cos; }

OpCode codes[ufunc_count];
OpCode polygamma_op;
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

Value special(Index which, const Value& x) { return call(codes[which], {}, {&x}); }

Value times(const Value& a, const Value& b) { return binary(Op::multiply, a, b); }

Value constant(const Value& like, double x) { return Value::constant(like.dtype, x); }

// It has a derivative by q alone, which is the first input therefore.
Value zeta(const Value& s, const Value& q) { return call(codes[at_zeta], {}, {&q, &s}); }

Value of_order(Index which, double order, const Value& x) {
    const Value n = constant(x, order);
    return call(codes[which], {}, {&x, &n});
}

Value plus(const Value& a, const Value& b) { return binary(Op::add, a, b); }
Value minus(const Value& a, const Value& b) { return binary(Op::subtract, a, b); }
Value over(const Value& a, const Value& b) { return binary(Op::divide, a, b); }
Value half_of(const Value& x) { return times(constant(x, 0.5), x); }
Value square(const Value& x) { return unary(Op::square, x); }

// The partials by the input.
Value partial_of_lgamma(const Value& x) { return special(at_digamma, x); }
Value partial_of_digamma(const Value& x) { return zeta(constant(x, 2), x); }
Value partial_of_gamma(const Value& x) {
    return times(special(at_gamma, x), special(at_digamma, x));
}
// Recurrences of Bessel functions (NIST Digital Library of Mathematical Functions, 10.6, 10.29).
// Those with the second order in the place of a quotient by x hold at 0.
Value partial_of_i0(const Value& x) { return special(at_bessel_i1, x); }
Value partial_of_i1(const Value& x) {
    return half_of(plus(special(at_bessel_i0, x), of_order(at_bessel_iv, 2, x)));
}
Value partial_of_i0e(const Value& x) {
    return minus(special(at_bessel_i1e, x), times(unary(Op::sign, x), special(at_bessel_i0e, x)));
}
Value partial_of_i1e(const Value& x) {
    return minus(half_of(plus(special(at_bessel_i0e, x), of_order(at_bessel_ive, 2, x))),
                 times(unary(Op::sign, x), special(at_bessel_i1e, x)));
}
Value partial_of_j0(const Value& x) { return unary(Op::negative, special(at_bessel_j1, x)); }
Value partial_of_j1(const Value& x) {
    return half_of(minus(special(at_bessel_j0, x), of_order(at_bessel_jv, 2, x)));
}
Value partial_of_k0(const Value& x) { return unary(Op::negative, special(at_bessel_k1, x)); }
Value partial_of_k1(const Value& x) {
    return unary(Op::negative, plus(special(at_bessel_k0, x), over(special(at_bessel_k1, x), x)));
}
Value partial_of_k0e(const Value& x) {
    return minus(special(at_bessel_k0e, x), special(at_bessel_k1e, x));
}
Value partial_of_k1e(const Value& x) {
    const Value y = special(at_bessel_k1e, x);
    return minus(minus(y, special(at_bessel_k0e, x)), over(y, x));
}
Value partial_of_y0(const Value& x) { return unary(Op::negative, special(at_bessel_y1, x)); }
Value partial_of_y1(const Value& x) {
    return minus(special(at_bessel_y0, x), over(special(at_bessel_y1, x), x));
}
Value partial_of_dawsn(const Value& x) {
    return minus(constant(x, 1), times(constant(x, 2), times(x, special(at_dawsn, x))));
}
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

// By q alone, as in TensorFlow: -s zeta(s + 1, q).
Value slope_of_zeta(const Value& s, const Value& q) {
    return times(unary(Op::negative, s), zeta(binary(Op::add, s, constant(s, 1)), q));
}

// Half the sum, or difference, of the functions of the orders around the order.
template <Index Which>
Value slope_of_bessel(const Value& order, const Value& x) {
    const Value one = constant(x, 1), before = minus(order, one), behind = plus(order, one);
    const Value first = call(codes[Which], {}, {&x, &before});
    const Value second = call(codes[Which], {}, {&x, &behind});
    if (Which == at_bessel_jv) return half_of(minus(first, second));
    const Value slope = half_of(plus(first, second));
    if (Which == at_bessel_iv) return slope;
    return minus(slope, times(unary(Op::sign, x), call(codes[Which], {}, {&x, &order})));
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

// ---------------------------------------------------------------- polygamma

// Of x and the order, which it has no derivative by. For whole orders from 1 on,
// (-1)^(order + 1) order! zeta(order + 1, x) (NIST Digital Library of Mathematical Functions,
// 5.15.1), in float64: factorial and zeta leave the range of float32 long before the product.
static Value run_polygamma(const Call& given) {
    require_same_dtype("polygamma", given[1], given[0]);
    const Value x = cast(given[0], DType::float64), order = cast(given[1], DType::float64);
    broadcast_shapes(order.shape(), x.shape(), "polygamma");
    const Value zero = Value::number(0.0), one = Value::number(1.0), two = Value::number(2.0);
    const Value next = binary(Op::add, order, one);
    const Value sign = binary(Op::subtract, one, times(two, binary(Op::mod, next, two)));
    const Value size = times(special(at_gamma, next), zeta(next, x));
    const Value y =
        select(binary(Op::equal, order, zero), special(at_digamma, x), times(sign, size));
    const Value whole = binary(Op::equal, binary(Op::mod, order, one), zero);
    const Value known = binary(Op::logical_and, whole, binary(Op::greater_equal, order, zero));
    const Value nan = Value::number(std::numeric_limits<double>::quiet_NaN());
    return cast(select(known, y, nan), given[0].dtype);
}

namespace {

Value polygamma(const Value& order, const Value& x) { return call(polygamma_op, {}, {&x, &order}); }

Value slope_of_polygamma(const Value& order, const Value& x) {
    return polygamma(binary(Op::add, order, constant(order, 1)), x);
}

}  // namespace

Value digamma(const Value& x) { return special(at_digamma, x); }
Value polygamma(int order, const Value& x) {
    return order == 0 ? digamma(x) : polygamma(constant(x, order), x);
}

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

template <Index Which, Value (*Partial)(const Value&)>
void define_inverse(const char* name) {
    define_op(codes[Which], name, 1, run_ufunc<Which>, reverse_of_inverse<Partial>,
              forward_of_inverse<Partial>)
        .reads[0] = reads_output;
}

// Of x, and of an order.
template <Index Which, Value (*Partial)(const Value&, const Value&)>
void define_of_order(const char* name) {
    OpInfo& op = define_op(codes[Which], name, 1, run_ufunc<Which>, reverse_of_two<Partial>,
                           forward_of_two<Partial>);
    op.inputs = 2;
    op.reads[0] = 1 << 0 | 1 << 1;
}

}  // namespace

void define_special() {
    define_of_one<at_lgamma, partial_of_lgamma>("lgamma");
    define_of_one<at_digamma, partial_of_digamma>("digamma");
    define_of_one<at_gamma, partial_of_gamma>("gamma");
    define_of_one<at_bessel_i0, partial_of_i0>("bessel_i0");
    define_of_one<at_bessel_i0e, partial_of_i0e>("bessel_i0e");
    define_of_one<at_bessel_i1, partial_of_i1>("bessel_i1");
    define_of_one<at_bessel_i1e, partial_of_i1e>("bessel_i1e");
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
    define_inverse<at_erfinv, partial_of_erfinv>("erfinv");
    define_inverse<at_erfcinv, partial_of_erfcinv>("erfcinv");
    define_inverse<at_ndtri, partial_of_ndtri>("ndtri");
    define_of_order<at_zeta, slope_of_zeta>("zeta");
    define_of_order<at_bessel_iv, slope_of_bessel<at_bessel_iv>>("bessel_iv");
    define_of_order<at_bessel_ive, slope_of_bessel<at_bessel_ive>>("bessel_ive");
    define_of_order<at_bessel_jv, slope_of_bessel<at_bessel_jv>>("bessel_jv");
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
    define_op(polygamma_op, "polygamma", 1, run_polygamma, reverse_of_two<slope_of_polygamma>,
              forward_of_two<slope_of_polygamma>);
    std::vector<OpCode> all(codes, codes + ufunc_count);
    all.push_back(polygamma_op);
    for (const OpCode code : all) {
        OpInfo& op = op_table[code];
        op.kinds = kind_floating;
        op.half = InFloat16::outside;
        op.scatter = Scatter::in_place;
        op.batched = batch_aligned;
        op.pattern = pattern_in_place;
    }
    op_table[polygamma_op].inputs = 2;
    op_table[polygamma_op].reads[0] = 1 << 0 | 1 << 1;
}

}  // namespace ag
