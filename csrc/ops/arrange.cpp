// Elements taken along each axis run by run, forwards or backwards, with a filling between them:
// what `tf.pad` and `tf.roll` make of an array, written once.

#include <algorithm>

#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "walk.h"

namespace ag {

namespace {

OpCode arrange_op, back_op;

// `count` elements of the result in a row: of the operand from `start` on, upwards or downwards; or
// of the filling.
struct Run {
    i64 start, step, count;
    bool is_filling() const { return step == 0; }
};

}  // namespace

// As attributes: for each axis of the operand the number of its runs, and those.
void Arrangement::add_axis() {
    open_ = packed.size();
    packed.push_back(0);
}

void Arrangement::add_run(i64 start, i64 step, i64 count) {
    if (count == 0) return;
    ++packed[open_];
    i64* const next = packed.extend(3);
    next[0] = start;
    next[1] = step;
    next[2] = count;
}

namespace {

class Runs {
   public:
    Runs(const i64* packed, std::size_t count) {
        for (const i64* const end = packed + count; packed != end; ++rank_) {
            count_[rank_] = *packed++;
            runs_[rank_] = packed;
            packed += 3 * count_[rank_];
        }
    }
    explicit Runs(const Arrangement& how) : Runs(how.packed.begin(), how.packed.size()) {}

    int rank() const { return rank_; }
    i64 count(int axis) const { return count_[axis]; }
    Run run(int axis, i64 n) const {
        const i64* const r = runs_[axis] + 3 * n;
        return {r[0], r[1], r[2]};
    }
    i64 extent(int axis) const {
        i64 sum = 0;
        for (i64 n = 0; n < count(axis); ++n) sum += run(axis, n).count;
        return sum;
    }
    Shape shape() const {
        Shape all;
        for (int k = 0; k < rank_; ++k) all.push(extent(k));
        return all;
    }
    bool is_whole(int axis, i64 extent) const {
        if (count(axis) != 1) return extent == 0 && count(axis) == 0;
        const Run r = run(axis, 0);
        return r.step == 1 && r.start == 0 && r.count == extent;
    }
    // How many elements of an axis of the operand are taken; -1 if one is taken twice.
    i64 taken_once(int axis) const {
        i64 sum = 0;
        for (i64 n = 0; n < count(axis); ++n) {
            const Run a = run(axis, n);
            if (a.is_filling()) continue;
            sum += a.count;
            for (i64 m = 0; m < n; ++m) {
                const Run b = run(axis, m);
                if (!b.is_filling() && first(a) <= last(b) && first(b) <= last(a)) return -1;
            }
        }
        return sum;
    }
    // An operand of which all that is taken is there.
    Shape least_operand() const {
        Shape all;
        for (int k = 0; k < rank_; ++k) {
            i64 extent = 0;
            for (i64 n = 0; n < count(k); ++n)
                if (!run(k, n).is_filling()) extent = std::max(extent, last(run(k, n)) + 1);
            all.push(extent);
        }
        return all;
    }
    bool takes_nothing_twice() const {
        for (int k = 0; k < rank_; ++k)
            if (taken_once(k) < 0) return false;
        return true;
    }
    bool takes_all_once(const Shape& shape) const {
        for (int k = 0; k < rank_; ++k)
            if (taken_once(k) != shape[k]) return false;
        return true;
    }
    // Where the operand as a whole is, if it is one part of the result.
    bool is_box(const Shape& shape, ViewSpec& spec) const {
        spec.in_rank = rank_;
        spec.out = shape;
        for (int k = 0; k < rank_; ++k) {
            i64 place = 0;
            bool found = false;
            for (i64 n = 0; n < count(k); ++n) {
                const Run r = run(k, n);
                if (!r.is_filling()) {
                    if (found || r.step != 1 || r.start != 0 || r.count != shape[k]) return false;
                    found = true;
                    spec.start[k] = place;
                }
                place += r.count;
            }
            if (!found) {
                if (shape[k] != 0) return false;
                spec.start[k] = 0;
            }
            spec.step[k] = 1;
            spec.to[k] = k;
        }
        return true;
    }

   private:
    static i64 first(const Run& r) { return r.step < 0 ? r.start - r.count + 1 : r.start; }
    static i64 last(const Run& r) { return r.step < 0 ? r.start : r.start + r.count - 1; }

    int rank_ = 0;
    i64 count_[max_rank];
    const i64* runs_[max_rank];
};

// Calls move(place in the result, place in the operand, step, count, size of a block) for each run
// of blocks, and fill(place in the result, count) for what is filled, in elements of contiguous
// arrays.
template <class Move, class Fill>
class Walk {
   public:
    Walk(const Runs& runs, const Shape& operand, Move move, Fill fill)
        : runs_(runs), move_(move), fill_(fill) {
        inner_ = runs.rank() - 1;
        i64 from = 1;
        // Axes behind the last one of which something becomes are a block.
        while (inner_ > 0 && runs.is_whole(inner_, operand[inner_])) from *= operand[inner_--];
        i64 to = from;
        for (int k = inner_; k >= 0; --k) {
            from_[k] = from;
            to_[k] = to;
            from *= operand[k];
            to *= runs.extent(k);
        }
        if (to > 0) axis(0, 0, 0);
    }

   private:
    void axis(int k, i64 to, i64 from) {
        for (i64 n = 0; n < runs_.count(k); ++n) {
            const Run r = runs_.run(k, n);
            if (r.is_filling()) {
                fill_(to, r.count * to_[k]);
            } else if (k == inner_) {
                move_(to, from + r.start * from_[k], r.step, r.count, from_[k]);
            } else {
                for (i64 i = 0; i < r.count; ++i)
                    axis(k + 1, to + i * to_[k], from + (r.start + i * r.step) * from_[k]);
            }
            to += r.count * to_[k];
        }
    }

    const Runs& runs_;
    Move move_;
    Fill fill_;
    int inner_;
    i64 from_[max_rank], to_[max_rank];
};

template <class Item>
void arrange_items(const Runs& runs, const Value& x, const void* filling, Value& y) {
    const char* const source = x.data();
    char* const target = y.mutable_data();
    constexpr i64 item = sizeof(Item);
    Item one;
    std::memcpy(&one, filling, sizeof one);
    const auto move = [&](i64 to, i64 from, i64 step, i64 count, i64 block) {
        char* out = target + to * item;
        const char* in = source + from * item;
        if (step == 1) return copy_bytes(out, in, count * block * item);
        if (block == 1) {
            for (i64 i = 0; i < count; ++i) std::memcpy(out + i * item, in - i * item, item);
            return;
        }
        for (i64 i = 0; i < count; ++i)
            copy_bytes(out + i * block * item, in - i * block * item, block * item);
    };
    const auto fill = [&](i64 to, i64 count) {
        std::fill_n(reinterpret_cast<Item*>(target) + to, count, one);
    };
    Walk(runs, x.shape(), move, fill);
}

void arrange_into(const Runs& runs, const Value& x, const void* filling, Value& y) {
    switch (itemsize(x.dtype)) {
        case 1: return arrange_items<u8>(runs, x, filling, y);
        case 2: return arrange_items<u16>(runs, x, filling, y);
        case 4: return arrange_items<u32>(runs, x, filling, y);
        case 8: return arrange_items<u64>(runs, x, filling, y);
        default: return arrange_items<Complex128>(runs, x, filling, y);
    }
}

}  // namespace

// Attributes: the arrangement. The second input is the filling, a number.
Value arrange(const Value& x, const Arrangement& how, const Value& filling) {
    const Value* const inputs[] = {&x, &filling};
    return call(arrange_op, Call(how.packed.begin(), how.packed.size(), inputs, 2));
}

static Value run_arrange(const Call& given) {
    const Value& filling = given[1];
    require_same_dtype("pad", given[0], filling);
    if (filling.rank() != 0)
        fail("[pad] constant_values must be a scalar, got shape " + filling.shape().text());
    if (given[0].rank() == 0) return given[0].detached();
    const Value x = contiguous(given[0]);
    const Runs runs(given.attributes(), given.attribute_count());
    Value y = make_value(x.dtype, runs.shape());
    arrange_into(runs, x, filling.data(), y);
    return y;
}

namespace {

// With all of an axis in front.
Arrangement in_front(i64 extent, const Arrangement& how) {
    Arrangement longer;
    longer.add_axis();
    longer.add_run(0, 1, extent);
    std::copy_n(how.packed.begin(), how.packed.size(), longer.packed.extend(how.packed.size()));
    return longer;
}

// From attributes, `skipped` of which are something else.
template <class Attributes>
Arrangement arrangement_in(const Attributes& a, std::size_t skipped = 0) {
    Arrangement how;
    const std::size_t count = a.size() - skipped;
    std::copy_n(a.begin() + static_cast<std::ptrdiff_t>(skipped), count, how.packed.extend(count));
    return how;
}

}  // namespace

// The adjoint: zeros of `shape`, to which each element of g is added where `arrange` takes it from.
// Attributes: rank and extents of the result, then the arrangement.
static Value arrange_back(const Value& g, const Arrangement& how, const Shape& shape) {
    Attributes attributes;
    attributes.push_back(shape.rank);
    std::copy_n(shape.dims, shape.rank, attributes.extend(static_cast<std::size_t>(shape.rank)));
    std::copy_n(how.packed.begin(), how.packed.size(), attributes.extend(how.packed.size()));
    const Value* const inputs[] = {&g};
    return call(back_op, Call(attributes.begin(), attributes.size(), inputs, 1));
}

namespace {

template <class T>
void add_back(const Runs& runs, const Value& g, Value& y, bool once) {
    const T* const source = reinterpret_cast<const T*>(g.data());
    T* const target = reinterpret_cast<T*>(y.mutable_data());
    const auto copy = [&](i64 to, i64 from, i64 count) {
        copy_bytes(reinterpret_cast<char*>(target + to),
                   reinterpret_cast<const char*>(source + from),
                   count * static_cast<i64>(sizeof(T)));
    };
    const auto put = [&](i64 place, i64 from, i64 step, i64 count, i64 block) {
        if (once) {
            if (step == 1) return copy(from, place, count * block);
            if (block == 1)
                for (i64 i = 0; i < count; ++i) target[from - i] = source[place + i];
            else
                for (i64 i = 0; i < count; ++i) copy(from - i * block, place + i * block, block);
            return;
        }
        const auto add = [](T& sum, const T& x) {
            if constexpr (is_narrow_type<T>)
                sum = narrowed<T>(to_float(sum) + to_float(x));
            else
                sum = static_cast<T>(sum + x);
        };
        const T* x = source + place;
        for (i64 i = 0; i < count; ++i, x += block) {
            T* const to = target + from + i * step * block;
            for (i64 k = 0; k < block; ++k) add(to[k], x[k]);
        }
    };
    Walk(runs, y.shape(), put, [](i64, i64) {});
}

}  // namespace

static Value run_arrange_back(const Call& given) {
    const i64* const a = given.attributes();
    const Shape shape(a + 1, static_cast<int>(a[0]));
    if (shape.rank == 0) return given[0].detached();
    const Runs runs(a + 1 + shape.rank, given.attribute_count() - 1 - a[0]);
    const Value g = contiguous(given[0]);
    if (g.shape() != runs.shape())
        fail("[pad] a cotangent of shape " + g.shape().text() + " where the result has " +
             runs.shape().text());
    Value y = runs.takes_all_once(shape) ? make_value(g.dtype, shape) : make_zeros(g.dtype, shape);
    const bool once = runs.takes_nothing_twice();
    dispatch(g.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        // Cotangents, and the numbers of elements and rows.
        if constexpr (!std::is_integral_v<T> || std::is_same_v<T, i64>)
            add_back<T>(runs, g, y, once);
        else
            no_rule("pad", g.dtype, kind_floating | kind_complex);
    });
    return y;
}

// Of a record, which has no attributes where the operand has no axis.
static Arrangement arrangement_of(const Record& r) {
    const Extra* const extra = r.extra();
    return extra == nullptr ? Arrangement() : arrangement_in(extra->attributes);
}

static void arrange_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const Arrangement how = arrangement_of(r);
    const Runs runs(how);
    if (acc.wants(0)) {
        ViewSpec box;
        const Shape& own = acc.shape(0);
        if (runs.is_box(own, box))
            acc.add(0, view(g, acc.lift(box)));
        else if (acc.batch_axes() == 0)
            acc.add(0, arrange_back(g, how, own));
        else
            acc.add(0, arrange_back(g, in_front(g.extent(0), how), acc.lift(own)));
    }
    if (acc.wants(1)) {
        const Value filled =
            arrange(zeros(DType::boolean, runs.least_operand()), how, Value::number(true));
        acc.add(1, acc.fit(1, select(filled, g, zeros(g.dtype, g.shape()))));
    }
}

static Value arrange_forward(const Record& r, const Tangents& t) {
    const Arrangement how = arrangement_of(r);
    return arrange(t.has(0) ? t.get(0) : zeros(t.dtype(), Runs(how).least_operand()), how,
                   t.has(1) ? t.get(1) : zeros(t.dtype(), Shape()));
}

static bool arrange_moves(const Record& r) {
    return r.in[1] == no_node && Runs(arrangement_of(r)).takes_nothing_twice();
}

static Value batched_arrange(const Batch& b) {
    const Arrangement how = arrangement_in(b.attributes());
    if (b.has_axis(1)) return b.one_by_one({b[0].dtype, Runs(how).shape()});
    return arrange(b[0], in_front(b.extent(), how), b[1]);
}

namespace {

// Of the adjoint, whose attributes have extents before it.
template <class Attributes>
Arrangement arrangement_back(const Attributes& a) {
    return arrangement_in(a, static_cast<std::size_t>(a[0]) + 1);
}

}  // namespace

static void arrange_back_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const Arrangement how = arrangement_back(r.extra()->attributes);
    acc.add(0, arrange(g, acc.batch_axes() ? in_front(g.extent(0), how) : how,
                       zeros(g.dtype, Shape())));
}

static Value arrange_back_forward(const Record& r, const Tangents& t) {
    return arrange_back(t.get(0), arrangement_back(r.extra()->attributes), t.output_shape());
}

static Value batched_arrange_back(const Batch& b) {
    const Attributes a = b.attributes();
    const Shape shape(a.begin() + 1, static_cast<int>(a[0]));
    return arrange_back(b[0], in_front(b.extent(), arrangement_back(a)),
                        in_front(b.extent(), shape));
}

static void arrange_back_pattern(Dependence& d) {
    const Value numbers = numbered(d.shape());
    const Arrangement how = arrangement_back(d.attributes());
    d.meet(0, arrange(numbers, how, Value::number<i64>(-1)), numbers);
}

void define_arrangements() {
    OpInfo& arranging =
        define_op(arrange_op, "arrange", 2, run_arrange, arrange_reverse, arrange_forward);
    arranging.scatters = arrange_moves;
    arranging.pattern = pattern_moved;
    arranging.batched = batched_arrange;
    OpInfo& adjoint = define_op(back_op, "arrange_back", 1, run_arrange_back, arrange_back_reverse,
                                arrange_back_forward);
    adjoint.pattern = arrange_back_pattern;
    adjoint.batched = batched_arrange_back;
    for (OpInfo* op : {&arranging, &adjoint}) {
        op->attributes = any_number;
        op->scatter = Scatter::moved;
    }
}

}  // namespace ag
