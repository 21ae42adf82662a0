// What the expressions of ops/elementwise.def are made of, whatever they are evaluated with.
#pragma once

#include <type_traits>
#include <utility>

#include "../dtype.h"
#include "table.h"

namespace ag {

// ---- partials that are no number

struct One {};
struct MinusOne {};
struct Zero {};
struct None {};
template <class Condition>
struct When {
    Condition holds;
};
constexpr One one{};
constexpr MinusOne minus_one{};
constexpr Zero zero{};
constexpr None none{};
template <class Condition>
constexpr When<Condition> when(const Condition& c) {
    return {c};
}

template <class P>
struct Guarded {
    P partial;
};
template <class P>
constexpr Guarded<P> guarded(const P& p) {
    return {p};
}

// The partial itself: a zero tangent at a pole gives NaN.
template <class P>
constexpr P bare(const P& p) {
    return p;
}
template <class P>
constexpr P bare(const Guarded<P>& p) {
    return p.partial;
}

template <class P>
constexpr bool is_guarded = !std::is_same_v<P, decltype(bare(std::declval<P>()))>;

template <class P>
constexpr PartialKind partial_kind() {
    if constexpr (std::is_same_v<P, One>) return PartialKind::one;
    if constexpr (std::is_same_v<P, MinusOne>) return PartialKind::minus_one;
    if constexpr (std::is_same_v<P, Zero>) return PartialKind::zero;
    if constexpr (std::is_same_v<P, None>) return PartialKind::none;
    return PartialKind::general;
}

// ---- which of x, b and y an expression uses

// Evaluating an expression with probes yields the set of variables in it.
struct Probe {
    u8 uses;
    constexpr Probe(u8 mask) : uses(mask) {}
    constexpr Probe(int) : uses(0) {}
};
constexpr Probe operator-(Probe a) { return a; }
constexpr Probe operator!(Probe a) { return a; }
#define AG_PROBE(OPERATOR)                                                              \
    constexpr Probe operator OPERATOR(Probe a, Probe b) { return u8(a.uses | b.uses); } \
    constexpr Probe operator OPERATOR(Probe a, int) { return a; }                       \
    constexpr Probe operator OPERATOR(int, Probe b) { return b; }
AG_PROBE(+)
AG_PROBE(-)
AG_PROBE(*)
AG_PROBE(/)
AG_PROBE(>)
AG_PROBE(>=)
AG_PROBE(<=)
#undef AG_PROBE
constexpr Probe constant(Probe, double) { return u8(0); }
constexpr Probe positive(Probe a) { return a; }
constexpr Probe largest(Probe) { return u8(0); }
constexpr Probe asin_slope(Probe a) { return a; }
constexpr Probe select(Probe c, Probe a, Probe b) { return u8(c.uses | a.uses | b.uses); }
#define UNARY(NAME, ...) \
    constexpr Probe NAME(Probe a) { return a; }
#define BINARY(NAME, ...) \
    constexpr Probe NAME(Probe a, Probe b) { return u8(a.uses | b.uses); }
#include "elementwise.def"
#undef UNARY
#undef BINARY

constexpr u8 uses(Probe p) { return p.uses; }
constexpr u8 uses(When<Probe> p) { return p.holds.uses; }
constexpr u8 uses(Guarded<Probe> p) { return p.partial.uses; }
template <class P>
constexpr u8 uses(P) {
    return 0;
}

// ---- complex numbers beside int, and what std lacks

template <class T>
using Z = std::complex<T>;
#define AG_MIXED(OPERATOR)                         \
    template <class T>                             \
    Z<T> operator OPERATOR(int a, const Z<T>& b) { \
        return static_cast<T>(a) OPERATOR b;       \
    }                                              \
    template <class T>                             \
    Z<T> operator OPERATOR(const Z<T>& a, int b) { \
        return a OPERATOR static_cast<T>(b);       \
    }
AG_MIXED(+)
AG_MIXED(-)
AG_MIXED(*)
AG_MIXED(/)
#undef AG_MIXED

// ---- the sets of dtypes

constexpr u8 boolean = kind_boolean;
constexpr u8 integer = kind_integer;
constexpr u8 floating = kind_floating;
constexpr u8 real = kind_integer | kind_floating;
constexpr u8 inexact = kind_floating | kind_complex;
constexpr u8 numeric = kind_integer | kind_floating | kind_complex;
constexpr u8 any = 15;

}  // namespace ag
