// Values that record: what the expressions of the table are evaluated with for derivatives of
// derivatives.
#pragma once

#include "../sweep.h"
#include "expressions.h"
#include "ops.h"

namespace ag {

// A value on which the table's expressions are evaluated: each operator appends a record.
struct Traced {
    Value value;
};

static inline Traced traced_number(const Traced& like, double x) {
    return {Value::constant(like.value.dtype, x)};
}

#define UNARY(NAME, ...) \
    static inline Traced NAME(const Traced& x) { return {unary(Op::NAME, x.value)}; }
#define BINARY(NAME, ...)                                         \
    static inline Traced NAME(const Traced& a, const Traced& b) { \
        return {binary(Op::NAME, a.value, b.value)};              \
    }
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#include "elementwise.def"
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
#undef UNARY
#undef BINARY

static inline Traced operator-(const Traced& x) { return negative(x); }
static inline Traced operator!(const Traced& x) { return logical_not(x); }
#define AG_TRACED(OPERATOR, NAME)                                                               \
    [[maybe_unused]] static inline Traced operator OPERATOR(const Traced& a, const Traced& b) { \
        return NAME(a, b);                                                                      \
    }                                                                                           \
    [[maybe_unused]] static inline Traced operator OPERATOR(const Traced& a, int b) {           \
        return NAME(a, traced_number(a, b));                                                    \
    }                                                                                           \
    [[maybe_unused]] static inline Traced operator OPERATOR(int a, const Traced& b) {           \
        return NAME(traced_number(b, a), b);                                                    \
    }
AG_TRACED(+, add)
AG_TRACED(-, subtract)
AG_TRACED(*, multiply)
AG_TRACED(/, divide)
AG_TRACED(>, greater)
AG_TRACED(>=, greater_equal)
AG_TRACED(<=, less_equal)
#undef AG_TRACED
static inline Traced constant(const Traced& like, double x) { return traced_number(like, x); }
static inline Traced positive(const Traced& x) {
    const Traced zero_ = traced_number(x, 0);
    return is_complex(x.value.dtype) ? not_equal(x, zero_) : greater(x, zero_);
}
static inline Traced select(const Traced& c, const Traced& a, const Traced& b) {
    return {select(c.value, a.value, b.value)};
}
static inline Traced select(const Traced& c, const Traced& a, int b) {
    return {select(c.value, a.value, Value::constant(a.value.dtype, b))};
}

static inline Traced asin_slope(const Traced& x) {
    return is_complex(x.value.dtype) ? rsqrt(1 - x) * rsqrt(1 + x) : rsqrt(co_square(x));
}

static inline Traced times(const Traced& g, const Traced& partial) {
    return multiply(g, {conj(partial.value)});
}
static inline Traced times(const Traced& g, One) { return g; }
static inline Traced times(const Traced& g, MinusOne) { return negative(g); }
static inline Traced times(const Traced& g, Zero) {
    return {zeros(g.value.dtype, g.value.shape())};
}
static inline Traced times(const Traced& g, const When<Traced>& p) { return select(p.holds, g, 0); }
static inline Traced times(const Traced& g, const Guarded<Traced>& p) {
    // The product has derivatives by g where g is 0 as well; only 0 times infinity is a constant.
    const Traced nothing = traced_number(g, 0);
    const Traced partial{stop(p.partial.value)};
    const Traced finite = equal(partial - partial, nothing);
    const Traced kept = logical_or(not_equal(g, nothing), finite);
    return select(kept, times(g, p.partial), nothing);
}

}  // namespace ag
