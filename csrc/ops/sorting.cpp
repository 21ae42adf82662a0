// Sorting, the largest elements, and searching in what is sorted.
//
// Elements are compared as unsigned integers of the same order: a NaN is above all numbers, and
// equal elements stay in their order, whichever way is sorted.

#include <algorithm>
#include <limits>

#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode take_op, put_op, argsort_op, sort_op, top_op, search_op;

// ---- elements as unsigned integers

template <std::size_t Bytes>
using UnsignedOf = std::conditional_t<
    Bytes == 8, u64, std::conditional_t<Bytes == 4, u32, std::conditional_t<Bytes == 2, u16, u8>>>;
template <class T>
using KeyOf = UnsignedOf<sizeof(T)>;
template <class T>
constexpr bool is_float = std::is_floating_point_v<T> || is_narrow_type<T>;

template <class T>
KeyOf<T> key_of(const T& x) {
    using K = KeyOf<T>;
    constexpr K top = static_cast<K>(K{1} << (8 * sizeof(K) - 1));
    K bits;
    std::memcpy(&bits, &x, sizeof bits);
    if constexpr (is_float<T>) {
        constexpr K infinity = static_cast<K>(sizeof(T) == 8            ? u64{0x7ff0'0000'0000'0000}
                                              : sizeof(T) == 4          ? u64{0x7f80'0000}
                                              : std::is_same_v<T, Half> ? u64{0x7c00}
                                                                        : u64{0x7f80});
        const K size = static_cast<K>(bits & ~top);
        if (size > infinity) return static_cast<K>(~K{0});
        if (size == 0) return top;
        return static_cast<K>(bits & top ? ~bits : bits | top);
    } else if constexpr (std::is_signed_v<T>) {
        return static_cast<K>(bits ^ top);
    } else {
        return bits;
    }
}

template <class K>
struct Keyed {
    K key;
    u32 index;
};

// Sorts n items by `key(item)` with as few passes over them as its bits ask for, from the lowest
// digit to the highest. Stable. `spare` has room for as many.
template <class Item, class K, class Key>
void radix_sort(Item* items, Item* spare, std::size_t n, Key key) {
    constexpr int digit = sizeof(K) > 2 ? 11 : 8;
    constexpr int passes = (8 * static_cast<int>(sizeof(K)) + digit - 1) / digit;
    constexpr std::size_t size = std::size_t{1} << digit;
    std::vector<u32> counts(passes * size);
    for (std::size_t i = 0; i < n; ++i) {
        const K k = key(items[i]);
        for (int p = 0; p < passes; ++p)
            ++counts[static_cast<std::size_t>(p) * size + (k >> (p * digit) & (size - 1))];
    }
    Item *from = items, *to = spare;
    for (int p = 0; p < passes; ++p) {
        u32* count = counts.data() + static_cast<std::size_t>(p) * size;
        const int shift = p * digit;
        // A digit that all have moves nothing.
        if (count[key(from[0]) >> shift & (size - 1)] == n) continue;
        u32 sum = 0;
        for (std::size_t d = 0; d < size; ++d) {
            const u32 next = sum + count[d];
            count[d] = sum;
            sum = next;
        }
        for (std::size_t i = 0; i < n; ++i)
            to[count[key(from[i]) >> shift & (size - 1)]++] = from[i];
        std::swap(from, to);
    }
    if (from != items) std::copy_n(from, n, items);
}

constexpr std::size_t few = 512;  // that a sort by comparisons is faster for

template <class K>
void sort_keyed(std::vector<Keyed<K>>& items, std::vector<Keyed<K>>& spare) {
    if (items.size() < few) {
        std::sort(items.begin(), items.end(), [](const Keyed<K>& a, const Keyed<K>& b) {
            return a.key < b.key || (a.key == b.key && a.index < b.index);
        });
        return;
    }
    spare.resize(items.size());
    radix_sort<Keyed<K>, K>(items.data(), spare.data(), items.size(),
                            [](const Keyed<K>& item) { return item.key; });
}

// ---- rows along an axis

// x with an axis last, and back.
Value axis_last(const Value& x, int axis) { return contiguous(move_axis(x, axis, x.rank() - 1)); }
Value axis_back(const Value& y, int axis) { return move_axis(y, y.rank() - 1, axis); }

int checked_axis(const Call& given, std::size_t k, const char* operation) {
    const i64 axis = given.attribute(k);
    if (axis < 0 || axis >= given[0].rank())
        fail(std::string("[") + operation + "] axis " + std::to_string(axis) +
             " is out of range for shape " + given[0].shape().text());
    if (given[0].extent(static_cast<int>(axis)) > std::numeric_limits<std::int32_t>::max())
        fail(std::string("[") + operation + "] an axis of more than 2**31 - 1 elements");
    return static_cast<int>(axis);
}

// f(tag) for the types that have an order.
template <class F>
void with_order(const char* operation, DType dtype, F f) {
    dispatch(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_same_v<T, Complex64> || std::is_same_v<T, Complex128>)
            no_rule(operation, dtype, kind_integer | kind_floating);
        else
            f(tag);
    });
}

// The indices of the first `count` elements of each row in their order, as int32.
template <class T>
void order_rows(const Value& rows, i64 n, i64 count, bool descending, std::int32_t* to) {
    using K = KeyOf<T>;
    const T* from = reinterpret_cast<const T*>(rows.data());
    const K flip = descending ? static_cast<K>(~K{0}) : K{0};
    std::vector<Keyed<K>> items, spare;
    const auto key = [&](i64 row, i64 i) {
        return static_cast<K>(key_of(from[row * n + i]) ^ flip);
    };
    const auto first = [](const Keyed<K>& a, const Keyed<K>& b) {
        return a.key < b.key || (a.key == b.key && a.index < b.index);
    };
    const i64 row_count = n == 0 ? 0 : rows.size() / n;
    for (i64 row = 0; row < row_count; ++row, to += count) {
        items.clear();
        if (count < n / 8) {  // a heap of the best, the worst of them on top
            for (i64 i = 0; i < count; ++i) items.push_back({key(row, i), static_cast<u32>(i)});
            std::make_heap(items.begin(), items.end(), first);
            for (i64 i = count; i < n && count > 0; ++i) {
                const K k = key(row, i);
                if (AG_LIKELY(k >= items.front().key)) continue;
                std::pop_heap(items.begin(), items.end(), first);
                items.back() = {k, static_cast<u32>(i)};
                std::push_heap(items.begin(), items.end(), first);
            }
        } else {
            items.reserve(static_cast<std::size_t>(n));
            for (i64 i = 0; i < n; ++i) items.push_back({key(row, i), static_cast<u32>(i)});
        }
        sort_keyed(items, spare);
        for (i64 i = 0; i < count; ++i)
            to[i] = static_cast<std::int32_t>(items[static_cast<std::size_t>(i)].index);
    }
}

// Sorts the elements of a row themselves.
template <class T>
void sort_row(T* x, i64 n, bool descending, std::vector<KeyOf<T>>& keys,
              std::vector<KeyOf<T>>& spare, std::vector<T>& zeros) {
    using K = KeyOf<T>;
    const K flip = descending ? static_cast<K>(~K{0}) : K{0};
    const std::size_t size = static_cast<std::size_t>(n);
    keys.resize(size);
    zeros.clear();
    bool negative_zero = false;
    for (std::size_t i = 0; i < size; ++i) {
        keys[i] = static_cast<K>(key_of(x[i]) ^ flip);
        if constexpr (is_float<T>) {
            K bits;
            std::memcpy(&bits, x + i, sizeof bits);
            negative_zero |= bits == static_cast<K>(K{1} << (8 * sizeof(K) - 1));
        }
    }
    if constexpr (is_float<T>)
        if (negative_zero)  // which keys do not tell from 0
            for (std::size_t i = 0; i < size; ++i)
                if (key_of(x[i]) == key_of(T{})) zeros.push_back(x[i]);
    if (size < few) {
        std::sort(keys.begin(), keys.end());
    } else {
        spare.resize(size);
        radix_sort<K, K>(keys.data(), spare.data(), size, [](K k) { return k; });
    }
    std::size_t zero = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const K key = static_cast<K>(keys[i] ^ flip);
        constexpr K top = static_cast<K>(K{1} << (8 * sizeof(K) - 1));
        K bits = key;
        if constexpr (is_float<T>) {
            if (key == top && zero < zeros.size()) {
                x[i] = zeros[zero++];
                continue;
            }
            if (key == static_cast<K>(~K{0}))  // a quiet NaN
                bits = static_cast<K>(~K{0} >> 1);
            else
                bits = static_cast<K>(key & top ? key & ~top : ~key);
        } else if constexpr (std::is_signed_v<T>) {
            bits = static_cast<K>(key ^ top);
        }
        std::memcpy(x + i, &bits, sizeof bits);
    }
}

}  // namespace

// ---------------------------------------------------------------- elements by their indices

// Elements along an axis by indices into it, of one shape but for that axis.
// Attribute: the axis.
static Value take_along(const Value& x, const Value& indices, int axis) {
    return call(take_op, {axis}, {&x, &indices});
}

// The adjoint: zeros with the elements of g added there. Attributes: the axis, its extent.
static Value put_along(const Value& g, const Value& indices, int axis, i64 extent) {
    return call(put_op, {axis, extent}, {&g, &indices});
}

namespace {

// Calls f(whole, part) for each index: the places of what it names, in an array with `extent`
// elements along the axis, and of the index itself.
template <class F>
void each_index(const Value& numbers, int axis, i64 extent, F f) {
    const i64* index = reinterpret_cast<const i64*>(numbers.data());
    const i64 n = numbers.extent(axis);
    i64 inner = 1;
    for (int k = axis + 1; k < numbers.rank(); ++k) inner *= numbers.extent(k);
    const i64 blocks = n * inner == 0 ? 0 : numbers.size() / (n * inner);
    i64 part = 0;
    for (i64 block = 0; block < blocks; ++block)
        for (i64 k = 0; k < n; ++k)
            for (i64 i = 0; i < inner; ++i, ++part)
                f((block * extent + index[part]) * inner + i, part);
}

void check_along(const char* operation, const Value& x, const Value& indices, int axis) {
    bool same = x.rank() == indices.rank() && axis >= 0 && axis < x.rank();
    for (int k = 0; same && k < x.rank(); ++k) same = k == axis || x.extent(k) == indices.extent(k);
    if (!same)
        fail(std::string("[") + operation + "] indices of shape " + indices.shape().text() +
             " along axis " + std::to_string(axis) + " of shape " + x.shape().text());
}

}  // namespace

static Value run_take(const Call& given) {
    const int axis = static_cast<int>(given.attribute(0));
    check_along("take_along_axis", given[0], given[1], axis);
    const Value x = contiguous(given[0]);
    const Value numbers = row_indices(given[1], x.extent(axis), "take_along_axis");
    Value y = make_value(x.dtype, numbers.shape());
    const auto move = [&](auto word) {
        using W = decltype(word);
        const W* from = reinterpret_cast<const W*>(x.data());
        W* to = reinterpret_cast<W*>(y.mutable_data());
        each_index(numbers, axis, x.extent(axis),
                   [&](i64 whole, i64 part) { to[part] = from[whole]; });
    };
    switch (itemsize(x.dtype)) {
        case 1: move(u8()); break;
        case 2: move(u16()); break;
        case 4: move(u32()); break;
        case 8: move(u64()); break;
        default: move(Complex128());
    }
    return y;
}

static Value run_put(const Call& given) {
    const int axis = static_cast<int>(given.attribute(0));
    const i64 extent = given.attribute(1);
    const Value g = contiguous(given[0]);
    if (!g.is_array || axis < 0 || axis >= g.rank() || !g.same_shape(given[1]))
        fail("[put_along_axis] elements of shape " + g.shape().text() + " at indices of shape " +
             given[1].shape().text());
    const Value numbers = row_indices(given[1], extent, "put_along_axis");
    Shape shape = g.shape();
    shape[axis] = extent;
    Value y = make_zeros(g.dtype, shape);
    dispatch(g.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_same_v<T, bool> || is_narrow_type<T>) {
            no_rule("put_along_axis", g.dtype, kind_integer | kind_floating | kind_complex);
        } else {
            const T* from = reinterpret_cast<const T*>(g.data());
            T* to = reinterpret_cast<T*>(y.mutable_data());
            each_index(numbers, axis, extent, [&](i64 whole, i64 part) {
                to[whole] = static_cast<T>(to[whole] + from[part]);
            });
        }
    });
    return y;
}

static void take_reverse(const Record&, const Value& g, Accumulator& acc) {
    const int axis = static_cast<int>(acc.attributes()[0]);
    const Value indices = broadcast_to(acc.kept_input(1), g.shape());
    acc.add(0, put_along(g, indices, axis + acc.batch_axes(), acc.shape(0)[axis]));
}

static Value take_forward(const Record&, const Tangents& t) {
    return take_along(t.get(0), t.kept_input(1), static_cast<int>(t.attributes()[0]));
}

static void put_reverse(const Record&, const Value& g, Accumulator& acc) {
    const int axis = static_cast<int>(acc.attributes()[0]);
    const Value indices = broadcast_to(acc.kept_input(1), acc.lift(acc.shape(0)));
    acc.add(0, take_along(g, indices, axis + acc.batch_axes()));
}

static Value put_forward(const Record&, const Tangents& t) {
    const Attributes a = t.attributes();
    return put_along(t.get(0), t.kept_input(1), static_cast<int>(a[0]), a[1]);
}

static Value batched_along(const Batch& b) {
    Attributes a = b.attributes();
    a[0] += 1;
    return b.call(a, {b.whole(0), b.whole(1)});
}

static void put_pattern(Dependence& d) {
    if (d.constant(1) == nullptr) return d.meet_all();
    const Value numbers = numbered(d.shape());
    d.meet(0, take_along(numbers, *d.constant(1), static_cast<int>(d.attribute(0))), numbers);
}

// ---------------------------------------------------------------- sorting

// Attributes: whether from the largest on, the axis.
static Value argsort(const Value& x, bool descending, int axis) {
    return call(argsort_op, {descending, axis}, {&x});
}

static Value run_argsort(const Call& given) {
    const int axis = checked_axis(given, 1, "argsort");
    const Value rows = axis_last(given[0], axis);
    const i64 n = rows.extent(rows.rank() - 1);
    Value y = make_value(DType::int32, rows.shape());
    with_order("argsort", rows.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        order_rows<T>(rows, n, n, given.attribute(0) != 0,
                      reinterpret_cast<std::int32_t*>(y.mutable_data()));
    });
    return axis_back(y, axis);
}

static Value run_sort(const Call& given) {
    const int axis = checked_axis(given, 1, "sort");
    Value y = fresh_copy(move_axis(given[0], axis, given[0].rank() - 1));
    const i64 n = y.extent(y.rank() - 1);
    with_order("sort", y.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        std::vector<KeyOf<T>> keys, spare;
        std::vector<T> zeros;
        T* x = reinterpret_cast<T*>(y.mutable_data());
        for (i64 row = 0; row < y.size(); row += n)
            sort_row(x + row, n, given.attribute(0) != 0, keys, spare, zeros);
    });
    return axis_back(y, axis);
}

static void sort_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes a = acc.attributes();
    const int axis = static_cast<int>(a[1]);
    const Value order = argsort(stop(acc.kept_input(0)), a[0] != 0, axis);
    acc.add(0, put_along(g, broadcast_to(order, g.shape()), axis + acc.batch_axes(),
                         acc.shape(0)[axis]));
}

static Value sort_forward(const Record&, const Tangents& t) {
    const Attributes a = t.attributes();
    const int axis = static_cast<int>(a[1]);
    return take_along(t.get(0), argsort(stop(t.kept_input(0)), a[0] != 0, axis), axis);
}

// Elements meet along the axis.
static void sort_pattern(Dependence& d) {
    Shape lines = d.shape();
    lines[static_cast<int>(d.attribute(1))] = 1;
    const Value number = broadcast_to(numbered(lines), d.shape());
    d.meet(0, number, number);
}

// ---------------------------------------------------------------- the largest elements

// Their indices along the last axis, from the largest on. Attribute: how many.
static Value run_top(const Call& given) {
    const Value& x = given[0];
    const i64 k = given.attribute(0);
    if (x.rank() == 0) fail("[top_k] input must have rank 1 or more, got shape ()");
    if (k < 0) fail("[top_k] Need k >= 0, got " + std::to_string(k));
    const i64 n = x.extent(x.rank() - 1);
    if (k > n)
        fail("[top_k] input must have at least k columns. Had " + std::to_string(n) + ", needed " +
             std::to_string(k));
    if (n > std::numeric_limits<std::int32_t>::max())
        fail("[top_k] an axis of more than 2**31 - 1 elements");
    const Value rows = contiguous(x);
    Shape shape = x.shape();
    shape[x.rank() - 1] = k;
    Value y = make_value(DType::int32, shape);
    with_order("top_k", x.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        order_rows<T>(rows, n, k, true, reinterpret_cast<std::int32_t*>(y.mutable_data()));
    });
    return y;
}

// ---------------------------------------------------------------- searching

// Where each value would go in the row of a sorted array: before all that equal it, or behind
// them. Attributes: whether behind, the dtype of the result.
static Value run_search(const Call& given) {
    require_same_dtype("searchsorted", given[0], given[1]);
    const Value sorted = contiguous(given[0]), values = contiguous(given[1]);
    const int last = sorted.rank() - 1;
    bool fits = sorted.rank() == values.rank() && last >= 0;
    for (int k = 0; fits && k < last; ++k) fits = sorted.extent(k) == values.extent(k);
    if (!fits)
        fail("[searchsorted] Leading dim_size of both tensors must match, got shapes " +
             sorted.shape().text() + " and " + values.shape().text());
    const i64 n = sorted.extent(last), m = values.extent(last);
    const bool behind = given.attribute(0) != 0;
    Value y = make_value(DType::int64, values.shape());
    with_order("searchsorted", sorted.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (!is_narrow_type<T>) {
            const T* rows = reinterpret_cast<const T*>(sorted.data());
            const T* value = reinterpret_cast<const T*>(values.data());
            i64* place = reinterpret_cast<i64*>(y.mutable_data());
            for (i64 i = 0; i < values.size(); ++i) {
                const T* row = rows + i / m * n;
                // Halves without a branch, which half of the times would be guessed wrong.
                const T* begin = row;
                for (i64 left = n; left > 0;) {
                    const i64 half = (left + 1) / 2;
                    const T middle = begin[half - 1];
                    const bool after = behind ? !(value[i] < middle) : middle < value[i];
                    begin += after ? half : 0;
                    left = after ? left - half : half - 1;
                }
                place[i] = begin - row;
            }
        }
    });
    return cast(y, static_cast<DType>(given.attribute(1)));
}

static Value batched_search(const Batch& b) {
    return b.call(b.attributes(), {b.whole(0), b.whole(1)});
}

void define_sorting() {
    OpInfo& take = define_op(take_op, "take_along_axis", 1, run_take, take_reverse, take_forward);
    take.attributes = 1;
    take.pattern = pattern_moved;
    OpInfo& put = define_op(put_op, "put_along_axis", 1, run_put, put_reverse, put_forward);
    put.attributes = 2;
    put.half = InFloat16::inside;
    put.pattern = put_pattern;
    take.inputs = put.inputs = 2;
    take.reads[0] = put.reads[0] = 1 << 1;
    take.batched = put.batched = batched_along;
    OpInfo& order = define_op(argsort_op, "argsort", 0, run_argsort, nullptr, nullptr);
    OpInfo& sort = define_op(sort_op, "sort", 1, run_sort, sort_reverse, sort_forward);
    order.attributes = sort.attributes = 2;
    order.flag_attributes = sort.flag_attributes = 1;
    order.batched = sort.batched = batch_axis<1>;
    sort.pattern = sort_pattern;
    sort.reads[0] = 1 << 0;
    OpInfo& top = define_op(top_op, "top_k", 0, run_top, nullptr, nullptr);
    top.attributes = 1;
    top.batched = batch_aligned;
    OpInfo& search = define_op(search_op, "searchsorted", 0, run_search, nullptr, nullptr);
    search.inputs = 2;
    search.attributes = 2;
    search.flag_attributes = 1;
    search.half = InFloat16::inside;
    search.batched = batched_search;
    for (OpCode op : {argsort_op, sort_op, top_op, search_op})
        op_table[op].kinds = kind_integer | kind_floating;
}

}  // namespace ag
