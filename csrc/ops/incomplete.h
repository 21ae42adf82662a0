// Derivatives of the incomplete gamma and beta functions, by their parameters to any order that a
// double is enough for.
#pragma once

#include "../sweep.h"
#include "ops.h"

namespace ag {

// x^(a-1) e^(-x) / Gamma(a), the derivative by x of the regularised P(a, x).
Value gamma_density(const Value& a, const Value& x);
// The derivative of the given order by a of P(a, x), from 1.
Value igamma_by_order(int order, const Value& a, const Value& x);
// x^(a-1) (1-x)^(b-1) / B(a, b), the derivative by x of the regularised I_x(a, b).
Value beta_density(const Value& a, const Value& b, const Value& x);
// The derivative by a and by b, as often as is given, of I_x(a, b).
Value betainc_by_orders(int by_a, int by_b, const Value& a, const Value& b, const Value& x);

// ---- special.cpp
Value digamma(const Value& x);
Value polygamma(int order, const Value& x);

// The sum over inputs k that have one of tangent times `slope(k)`.
template <class F>
Value total_of_products(const Tangents& t, int inputs, F slope) {
    Value total;
    bool any = false;
    for (int k = 0; k < inputs; ++k) {
        if (!t.has(k)) continue;
        const Value part = binary(Op::multiply, t.get(k), slope(k));
        total = any ? binary(Op::add, total, part) : part;
        any = true;
    }
    return broadcast_to(total, t.output_shape());
}

}  // namespace ag
