// Cumulative sums along an axis.

#include "../kernels/loops.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "ops.h"

namespace ag {

static OpCode cumsum_op;

// Attributes: whether an element is left out of its own sum, whether sums begin at the end, the
// axis.
static Value cumsum(const Value& x, bool exclusive, bool backwards, int axis) {
    return call(cumsum_op, {exclusive, backwards, axis}, {&x});
}

static Value run_cumsum(const Call& given) {
    const bool exclusive = given.attribute(0) != 0, backwards = given.attribute(1) != 0;
    const int axis = static_cast<int>(given.attribute(2));
    const Value x = contiguous(given[0]);
    if (axis < 0 || axis >= x.rank())
        fail("[cumsum] axis " + std::to_string(axis) + " is out of range for shape " +
             x.shape().text());
    Value y = make_value(x.dtype, x.shape());
    const i64 n = x.extent(axis);
    i64 inner = 1;
    for (int k = axis + 1; k < x.rank(); ++k) inner *= x.extent(k);
    dispatch(x.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, Half>) {
            no_rule("cumsum", x.dtype, kind_integer | kind_floating | kind_complex);
        } else {
            const T* from = reinterpret_cast<const T*>(x.data());
            T* to = reinterpret_cast<T*>(y.mutable_data());
            for (i64 block = 0; block < y.size(); block += n * inner)
                for (i64 k = 0; k < n; ++k) {
                    const i64 row = block + (backwards ? n - 1 - k : k) * inner;
                    const i64 before = row + (backwards ? inner : -inner);
                    for (i64 i = 0; i < inner; ++i) {
                        const T sum = k == 0 ? T(0) : to[before + i];
                        const T more = !exclusive ? from[row + i]
                                       : k == 0   ? T(0)
                                                  : from[before + i];
                        to[row + i] = static_cast<T>(sum + more);
                    }
                }
        }
    });
    return y;
}

static void cumsum_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes a = acc.attributes();
    acc.add(0, cumsum(g, a[0] != 0, a[1] == 0, static_cast<int>(a[2]) + acc.batch_axes()));
}

static Value cumsum_forward(const Record&, const Tangents& t) {
    const Attributes a = t.attributes();
    return cumsum(t.get(0), a[0] != 0, a[1] != 0, static_cast<int>(a[2]));
}

static void cumsum_pattern(Dependence& d) {
    const bool exclusive = d.attribute(0) != 0, backwards = d.attribute(1) != 0;
    const int axis = static_cast<int>(d.attribute(2));
    // An element of each line, and the sums that it is in.
    Shape lines = d.shape();
    lines[axis] = 1;
    const Value number = contiguous(broadcast_to(numbered(lines), d.shape()));
    i64 inner = 1;
    for (int k = axis + 1; k < d.shape().rank; ++k) inner *= d.shape()[k];
    const auto where = [&](auto is_there) {
        Value y = fresh_copy(number);
        i64* const numbers = reinterpret_cast<i64*>(y.mutable_data());
        for (i64 i = 0; i < y.size(); ++i)
            if (!is_there(i / inner % d.shape()[axis])) numbers[i] = -1;
        return y;
    };
    for (i64 at = 0; at < d.shape()[axis] && number.size() > 0; ++at)
        d.meet(0, where([&](i64 k) { return k == at; }), where([&](i64 k) {
                   return (backwards ? k < at : k > at) || (k == at && !exclusive);
               }));
}

void define_cumulative() {
    OpInfo& op = define_op(cumsum_op, "cumsum", 1, run_cumsum, cumsum_reverse, cumsum_forward);
    op.kinds = kind_integer | kind_floating | kind_complex;
    op.half = InFloat16::inside;
    op.attributes = 3;
    op.flag_attributes = 2;
    op.batched = batch_axis<2>;
    op.pattern = cumsum_pattern;
}

}  // namespace ag
