// Special functions, whose values are somebody else's: the inner loops of ufuncs of SciPy, called
// without Python (ufunc.h). Partials are operations as everywhere.

#include <limits>

#include "../kernels/loops.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "ops.h"
#include "ufunc.h"

namespace ag {

namespace {

// Operation, ufunc, number of inputs.
#define AG_UFUNCS(ROW)      \
    ROW(lgamma, gammaln, 1) \
    ROW(digamma, psi, 1)    \
    ROW(gamma, gamma, 1)    \
    ROW(zeta, zeta, 2)

enum Index : int {
#define ROW(NAME, UFUNC, ARITY) at_##NAME,
    AG_UFUNCS(ROW)
#undef ROW
        ufunc_count
};

constexpr const char* ufunc_names[] = {
#define ROW(NAME, UFUNC, ARITY) #UFUNC,
    AG_UFUNCS(ROW)
#undef ROW
};

constexpr int arities[] = {
#define ROW(NAME, UFUNC, ARITY) ARITY,
    AG_UFUNCS(ROW)
#undef ROW
};

OpCode codes[ufunc_count];
OpCode polygamma_op;
UfuncLoop loops[ufunc_count][2];  // float32, float64

template <int Which, class T>
void ufunc_loop(i64 n, const void* const* in, void* out) {
    constexpr int arity = arities[Which];
    const UfuncLoop& loop = loops[Which][std::is_same_v<T, double>];
    char* pointers[arity + 1];
    std::intptr_t steps[arity + 1];
    for (int k = 0; k <= arity; ++k) {
        // A ufunc's loop does not write to its inputs, whatever its type says.
        pointers[k] = static_cast<char*>(k == arity ? out : const_cast<void*>(in[k]));
        steps[k] = sizeof(T);
    }
    const std::intptr_t count = n;
    loop.function(pointers, &count, steps, loop.data);
}

template <int Which>
Value run_ufunc(const Call& given) {
    const char* const name = op_text[codes[Which]].called;
    if (loops[Which][0].function == nullptr)
        fail(ErrorKind::unimplemented,
             std::string("[") + name + "] needs SciPy, which is not loaded");
    Shape shape = given[0].shape();
    if (given.size() == 2) {
        require_same_dtype(name, given[0], given[1]);
        shape = broadcast_shapes(given[1].shape(), shape, name);
    }
    Value y = make_value(given[0].dtype, shape);
    // In the ufunc's order: what an operation has a derivative by comes first here, and last there.
    const Value* inputs[] = {&given[given.size() - 1], &given[0]};
    run_loop(y.dtype == DType::float32 ? ufunc_loop<Which, float> : ufunc_loop<Which, double>,
             inputs, arities[Which], shape, y, false);
    return y;
}

Value special(Index which, const Value& x) { return call(codes[which], {}, {&x}); }

Value times(const Value& a, const Value& b) { return binary(Op::multiply, a, b); }

Value constant(const Value& like, double x) { return Value::constant(like.dtype, x); }

// It has a derivative by q alone, which is the first input therefore.
Value zeta(const Value& s, const Value& q) { return call(codes[at_zeta], {}, {&q, &s}); }

// The partials by the last input.
Value partial_of_lgamma(const Value& x) { return special(at_digamma, x); }
Value partial_of_digamma(const Value& x) { return zeta(constant(x, 2), x); }
Value partial_of_gamma(const Value& x) {
    return times(special(at_gamma, x), special(at_digamma, x));
}

template <Value (*Partial)(const Value&)>
void reverse_of_one(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, times(g, Partial(acc.kept_input(0))));
}
template <Value (*Partial)(const Value&)>
Value forward_of_one(const Record&, const Tangents& t) {
    return times(t.get(0), Partial(t.kept_input(0)));
}

// By q alone, as in TensorFlow: -s zeta(s + 1, q).
Value slope_of_zeta(const Value& s, const Value& q) {
    return times(unary(Op::negative, s), zeta(binary(Op::add, s, constant(s, 1)), q));
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

int ufunc_row_count() { return ufunc_count; }
const char* ufunc_row_name(int row) { return ufunc_names[row]; }
void set_ufunc_loop(int row, bool is_double, UfuncLoop loop) { loops[row][is_double] = loop; }

void define_special() {
    define_op(codes[at_lgamma], "lgamma", 1, run_ufunc<at_lgamma>,
              reverse_of_one<partial_of_lgamma>, forward_of_one<partial_of_lgamma>);
    define_op(codes[at_digamma], "digamma", 1, run_ufunc<at_digamma>,
              reverse_of_one<partial_of_digamma>, forward_of_one<partial_of_digamma>);
    define_op(codes[at_gamma], "gamma", 1, run_ufunc<at_gamma>, reverse_of_one<partial_of_gamma>,
              forward_of_one<partial_of_gamma>);
    define_op(codes[at_zeta], "zeta", 1, run_ufunc<at_zeta>, reverse_of_two<slope_of_zeta>,
              forward_of_two<slope_of_zeta>);
    define_op(polygamma_op, "polygamma", 1, run_polygamma, reverse_of_two<slope_of_polygamma>,
              forward_of_two<slope_of_polygamma>);
    std::vector<OpCode> all(codes, codes + ufunc_count);
    all.push_back(polygamma_op);
    for (const OpCode code : all) {
        OpInfo& op = op_table[code];
        op.kinds = kind_floating;
        op.half = InFloat16::outside;
        op.reads[0] = 1 << 0;
        op.scatter = Scatter::in_place;
        op.batched = batch_aligned;
        op.pattern = pattern_in_place;
    }
    for (const OpCode of_two : {codes[at_zeta], polygamma_op}) {
        op_table[of_two].inputs = 2;
        op_table[of_two].reads[0] |= 1 << 1;
    }
}

}  // namespace ag
