// What the table says of one group of rows, beside their loops: what they keep, their functions of
// numbers, and their partials as recorded operations. The including file has set AG_ROWS, the
// group's file, and AG_DEFINE, the name of the function that enters its rows.
#include "../kernels/common.h"
#include "define.h"
#include "traced.h"

#define AG_COMPLEX_LOOPS 0
#define AG_VECTOR_LOOPS 0

namespace ag {

namespace number {

#include "../kernels/functions.inl"
#include "elementwise_structs.inl"

template <class T>
AG_INLINE T times(T g, T partial) {
    return g * partial;
}
template <class T>
AG_INLINE T times(T g, One) {
    return g;
}
template <class T>
AG_INLINE T times(T g, MinusOne) {
    return -g;
}
template <class T>
AG_INLINE T times(T, Zero) {
    return 0;
}
template <class T>
AG_INLINE T times(T g, When<bool> p) {
    return p.holds ? g : 0;
}
template <class T>
AG_INLINE T times(T g, Guarded<T> p) {
    return g == 0 ? 0 : g * p.partial;
}

template <class T>
AG_INLINE T from_bits(u64 bits) {
    T x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}
template <class T>
AG_INLINE u64 to_bits(T x) {
    u64 bits = 0;
    std::memcpy(&bits, &x, sizeof x);
    return bits;
}

template <class Row, class T>
u64 unary_number(u64 x) {
    return to_bits(Row::value(from_bits<T>(x)));
}
template <class Row, class T>
u64 binary_number(u64 a, u64 b) {
    return to_bits(Row::value(from_bits<T>(a), from_bits<T>(b)));
}

template <class Row, int K>
constexpr u8 row_uses() {
    return uses(Row::template partial<K>(Probe(u8(1)), Probe(u8(2)), Probe(u8(4))));
}
template <class Row>
constexpr u8 all_uses() {
    if constexpr (Row::arity == 2)
        return row_uses<Row, 0>() | row_uses<Row, 1>();
    else
        return row_uses<Row, 0>();
}
template <class Row>
constexpr int y_slot() {
    constexpr u8 used = all_uses<Row>();
    static_assert(used != 7, "a record keeps two values: write one partial without y");
    return !(used & 4) ? -1 : (Row::arity == 1 || (used & 1)) ? 1 : 0;
}
template <class Row, int K>
using partial_type = decltype(Row::template partial<K>(Probe(u8(1)), Probe(u8(2)), Probe(u8(4))));

template <class Row, class T, int K>
AG_INLINE void reverse_input(const Record& r, T g, T a, T b, T y, Slots& slots) {
    if constexpr (!std::is_same_v<partial_type<Row, K>, None>) {
        const u32 i = slots.index(r.in[K]);
        if (i != Slots::nowhere && (slots.state(i) & Slots::wanted))
            slots.add_number(i, times(g, Row::template partial<K>(a, b, y)));
    }
}
template <class Row, class T>
void reverse_number(const Record& r, u64 g_bits, Slots& slots) {
    constexpr int y_at = y_slot<Row>();
    const T g = from_bits<T>(g_bits);
    const T a = from_bits<T>(r.keep[0].bits);
    const T b = from_bits<T>(r.keep[1].bits);
    const T y = y_at < 0 ? T(0) : from_bits<T>(r.keep[y_at < 0 ? 0 : y_at].bits);
    reverse_input<Row, T, 0>(r, g, a, b, y, slots);
    if constexpr (Row::arity == 2) reverse_input<Row, T, 1>(r, g, a, b, y, slots);
}

// Not inlined: it is the same for all rows.
template <class T, class Partial>
AG_NOINLINE void add_times(T* gx, const T* g, i64 count, Partial partial) {
    AG_SIMD for (i64 j = 0; j < count; ++j) gx[j] += times(g[j], partial);
}

template <class Row, class T, int K>
AG_INLINE void reverse_input_lanes(const Record& r, const T* g, i64 count, T a, T b, T y,
                                   Slots& slots) {
    if constexpr (!std::is_same_v<partial_type<Row, K>, None>) {
        const u32 i = slots.index(r.in[K]);
        if (i == Slots::nowhere || !(slots.state(i) & Slots::wanted)) return;
        add_times(static_cast<T*>(slots.lanes(i)), g, count, Row::template partial<K>(a, b, y));
    }
}
template <class Row, class T>
void reverse_lanes(const Record& r, const void* lanes, i64 count, Slots& slots) {
    constexpr int y_at = y_slot<Row>();
    const T* const g = static_cast<const T*>(lanes);
    const T a = from_bits<T>(r.keep[0].bits);
    const T b = from_bits<T>(r.keep[1].bits);
    const T y = y_at < 0 ? T(0) : from_bits<T>(r.keep[y_at < 0 ? 0 : y_at].bits);
    reverse_input_lanes<Row, T, 0>(r, g, count, a, b, y, slots);
    if constexpr (Row::arity == 2) reverse_input_lanes<Row, T, 1>(r, g, count, a, b, y, slots);
}

template <class Row, class T>
u64 forward_number(const Record& r, const Value* a_tangent, const Value* b_tangent) {
    constexpr int y_at = y_slot<Row>();
    const T a = from_bits<T>(r.keep[0].bits);
    const T b = from_bits<T>(r.keep[1].bits);
    const T y = y_at < 0 ? T(0) : from_bits<T>(r.keep[y_at < 0 ? 0 : y_at].bits);
    T t = 0;
    if constexpr (!std::is_same_v<partial_type<Row, 0>, None>)
        if (a_tangent != nullptr)
            t = times(from_bits<T>(a_tangent->bits), bare(Row::template partial<0>(a, b, y)));
    if constexpr (Row::arity == 2 && !std::is_same_v<partial_type<Row, Row::arity - 1>, None>)
        if (b_tangent != nullptr)
            t += times(from_bits<T>(b_tangent->bits), bare(Row::template partial<1>(a, b, y)));
    return to_bits(t);
}

template <class Row, int K, bool Bare>
Value recorded(const Value& g, const Value& a, const Value& b, const Value& y) {
    const auto partial = Row::template partial<K>(Traced{a}, Traced{b}, Traced{y});
    if constexpr (Bare)
        return times(Traced{g}, bare(partial)).value;
    else
        return times(Traced{g}, partial).value;
}

template <class Row, int K>
void fill_partial(OpInfo& op) {
    constexpr PartialKind kind = partial_kind<partial_type<Row, K>>();
    op.partial[K] = kind;
    if constexpr (kind != PartialKind::none) {
        op.differentiable |= 1 << K;
        op.uses[K] = row_uses<Row, K>();
        op.recorded[K][0] = recorded<Row, K, false>;
        op.recorded[K][1] = recorded<Row, K, is_guarded<partial_type<Row, K>>>;
    }
}

template <class Row, class T>
void fill_numbers(OpInfo& op) {
    constexpr int index = float_index(TypeOf<T>::value);
    if constexpr (Row::kinds & kind_floating) {
        if constexpr (Row::arity == 1) {
            if constexpr (std::is_same_v<decltype(Row::value(T())), T>)
                op.unary_number[index] = unary_number<Row, T>;
        } else {
            if constexpr (std::is_same_v<decltype(Row::value(T(), T())), T>)
                op.binary_number[index] = binary_number<Row, T>;
        }
        if constexpr (!std::is_same_v<partial_type<Row, 0>, None> ||
                      !std::is_same_v<partial_type<Row, Row::arity - 1>, None>) {
            op.reverse_number[index] = reverse_number<Row, T>;
            op.reverse_lanes[index] = reverse_lanes<Row, T>;
        }
        op.forward_number[index] = forward_number<Row, T>;
    }
}

template <class Row>
constexpr bool gives_boolean() {
    if constexpr (!(Row::kinds & kind_floating))
        return false;
    else if constexpr (Row::arity == 1)
        return std::is_same_v<decltype(Row::value(0.0)), bool>;
    else
        return std::is_same_v<decltype(Row::value(0.0, 0.0)), bool>;
}

template <class Row>
void fill_row(OpInfo& op) {
    op.elementwise = true;
    op.arity = Row::arity;
    op.kinds = Row::kinds;
    op.to_boolean = gives_boolean<Row>();
    op.y_slot = y_slot<Row>();
    fill_partial<Row, 0>(op);
    if constexpr (Row::arity == 2) fill_partial<Row, 1>(op);
    for (int tracked = 1; tracked < 4; ++tracked) {
        u8 used = 0;
        for (int k = 0; k < 2; ++k)
            if (tracked >> k & 1) used |= op.uses[k];
        op.keep[tracked] = used & 3;
        if (used & 4) op.keep[tracked] |= static_cast<u8>(1 << op.y_slot);
        if (op.y_slot >= 0 && !(used & 4)) op.keep[tracked] &= static_cast<u8>(~(1 << op.y_slot));
    }
    fill_numbers<Row, float>(op);
    fill_numbers<Row, double>(op);
}

}  // namespace number

void AG_DEFINE() {
#define UNARY(NAME, ...) number::fill_row<number::NAME##_row>(op_table[Op::NAME]);
#define BINARY(NAME, ...) number::fill_row<number::NAME##_row>(op_table[Op::NAME]);
#include AG_ROWS
#undef UNARY
#undef BINARY
}

}  // namespace ag
