// Means, sums and largest elements of the windows that slide along some axes.
//
// Attributes: a flag, how many of the last axes have windows, then a `Window` for each, and zeros
// where there are fewer than four. Axes before those are a batch.
//
// avg_pool and its adjoint, avg_pool_input, are linear and each other's derivative. max_pool is the
// choice of an element of each window, the first of the largest: max_pool_pick makes the same
// choice by the elements of another array, max_pool_input is the adjoint of that.

#include <limits>

#include "../kernels/loops.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode avg_pool_op, avg_pool_input_op, max_pool_op, max_pool_pick_op, max_pool_input_op,
    max_pool_index_op;

// Element t of window o stands at o * stride + t * dilation - before, if there is one.
struct Window {
    i64 stride, dilation, before, in, taps, out;

    i64 place(i64 o, i64 t) const { return o * stride + t * dilation - before; }
    bool has(i64 place) const { return place >= 0 && place < in; }
    // The windows whose element t is there: those from `begin` to `end`.
    i64 begin(i64 t) const {
        const i64 short_by = before - t * dilation;
        return std::min(out, short_by <= 0 ? 0 : (short_by + stride - 1) / stride);
    }
    i64 end(i64 t) const {
        const i64 room = in - 1 + before - t * dilation;
        return room < 0 ? 0 : std::max(begin(t), std::min(out, room / stride + 1));
    }
};
constexpr int most_axes = 4;
constexpr std::size_t attribute_count = 2 + most_axes * sizeof(Window) / sizeof(i64);

bool trivial(const Window& w) {
    return w.stride == 1 && w.before == 0 && w.taps == 1 && w.in == w.out;
}

// The windows of a call; what stands inside and outside of them has been merged.
struct Windows {
    int given = 0;  // axes that have one
    int rank = 0;   // without trivial ones at the end
    Window axes[most_axes];
    i64 inner = 1;

    explicit Windows(const Call& call) : Windows(call.attributes()) {}
    explicit Windows(const i64* attributes) {
        constexpr i64 most = i64{1} << 40;
        bool good = attributes[1] > 0 && attributes[1] <= most_axes;
        for (std::size_t k = 2; good && k < attribute_count; ++k)
            good = attributes[k] > -most && attributes[k] < most;
        if (good) {
            given = rank = static_cast<int>(attributes[1]);
            std::memcpy(axes, attributes + 2, sizeof axes);
        }
        for (int d = 0; good && d < rank; ++d) {
            const Window& w = axes[d];
            good = w.stride > 0 && w.dilation > 0 && w.in >= 0 && w.taps > 0 && w.out >= 0;
        }
        if (!good) fail("these are no attributes of a pool");
        for (; rank > 1 && trivial(axes[rank - 1]); --rank) inner *= axes[rank - 1].in;
    }

    Shape shape(const Value& like, i64 Window::* extent) const {
        Shape shape = like.shape();
        for (int d = 0; d < given; ++d) shape[shape.rank - given + d] = axes[d].*extent;
        return shape;
    }
    void check(const char* operation, const Value& x, i64 Window::* extent) const {
        if (x.rank() < given || x.shape() != shape(x, extent))
            fail(std::string("[") + operation + "] windows do not fit shape " + x.shape().text());
    }
    i64 elements(i64 Window::* extent) const {  // of one array of the batch
        i64 n = inner;
        for (int d = 0; d < rank; ++d) n *= axes[d].*extent;
        return n;
    }

    // For each line of outputs along the last axis with a window: begin(line, there, origin), where
    // it begins, how many elements the windows have along the other axes, and where the first of
    // them stands, if it is there; each(line, from, tap) for each line of inputs that they lie on,
    // where that begins, and which it is; end(line, there).
    template <class Begin, class Each, class End>
    void each_line(Begin begin, Each each, End end) const {
        i64 o[max_rank] = {};
        const int outer = rank - 1;
        const i64 out_line = axes[outer].out * inner, in_line = axes[outer].in * inner;
        i64 lines = 1;
        for (int d = 0; d < outer; ++d) lines *= axes[d].out;
        for (i64 line = 0; line < lines; ++line) {
            i64 there = 1, origin = 0;
            for (int d = 0; d < outer; ++d) {
                i64 n = 0;
                for (i64 t = 0; t < axes[d].taps; ++t) n += axes[d].has(axes[d].place(o[d], t));
                there *= n;
                origin = origin * axes[d].in + axes[d].place(o[d], 0);
            }
            begin(line * out_line, there, origin * in_line);
            i64 t[max_rank] = {};
            i64 tap = 0;
            for (bool more = there > 0; more; ++tap) {
                i64 from = 0;
                bool inside = true;
                for (int d = 0; d < outer; ++d) {
                    const i64 place = axes[d].place(o[d], t[d]);
                    inside = inside && axes[d].has(place);
                    from = from * axes[d].in + place;
                }
                if (inside) each(line * out_line, from * in_line, tap);
                int d = outer - 1;
                for (; d >= 0; --d) {
                    if (++t[d] < axes[d].taps) break;
                    t[d] = 0;
                }
                more = d >= 0;
            }
            end(line * out_line, there);
            for (int d = outer - 1; d >= 0; --d) {
                if (++o[d] < axes[d].out) break;
                o[d] = 0;
            }
        }
    }
    // How far each element of a window stands from its first.
    std::vector<i64> offsets() const {
        std::vector<i64> all{0};
        for (int d = 0; d < rank; ++d) {
            std::vector<i64> more;
            for (i64 at : all)
                for (i64 t = 0; t < axes[d].taps; ++t)
                    more.push_back(at * axes[d].in + t * axes[d].dilation);
            all.swap(more);
        }
        for (i64& at : all) at *= inner;
        return all;
    }
    // f(output, input, tap): runs of `inner` elements of the line that meet, by the windows' last
    // axis.
    template <class F>
    void each_run(F f) const {
        const Window& w = axes[rank - 1];
        for (i64 t = 0; t < w.taps; ++t)
            for (i64 o = w.begin(t); o < w.end(t); ++o) f(o * inner, w.place(o, t) * inner, t);
    }
    // How many elements the windows of a line have along it.
    std::vector<i64> counts() const {
        std::vector<i64> n(static_cast<std::size_t>(axes[rank - 1].out), 0);
        const Window& w = axes[rank - 1];
        for (i64 t = 0; t < w.taps; ++t)
            for (i64 o = w.begin(t); o < w.end(t); ++o) ++n[static_cast<std::size_t>(o)];
        return n;
    }
};

// f of the operands in one of four types, back in their dtype: small integers are computed as
// int64.
template <class F>
Value by_type(const Value& a, const Value& b, F f) {
    switch (a.dtype) {
        case DType::float32: return f(Tag<float>{}, contiguous(a), contiguous(b));
        case DType::float64: return f(Tag<double>{}, contiguous(a), contiguous(b));
        case DType::uint64: return f(Tag<u64>{}, contiguous(a), contiguous(b));
        case DType::int64: return f(Tag<i64>{}, contiguous(a), contiguous(b));
        default: break;
    }
    const Value wide_a = contiguous(cast(a, DType::int64));
    const Value y = f(Tag<i64>{}, wide_a, &a == &b ? wide_a : contiguous(cast(b, DType::int64)));
    return cast(y, a.dtype);
}

}  // namespace

// ---------------------------------------------------------------- means and sums

// The flag: means, of the elements that are there, or sums.
static Value run_avg_pool(const Call& given) {
    const Windows windows(given);
    windows.check("avg_pool", given[0], &Window::in);
    const bool mean = given.attribute(0) != 0;
    return by_type(given[0], given[0], [&](auto tag, const Value& x, const Value&) {
        using T = typename decltype(tag)::type;
        Value y = make_zeros(x.dtype, windows.shape(x, &Window::out));
        if (y.size() == 0) return y;
        const i64 size = windows.elements(&Window::out), from = windows.elements(&Window::in);
        const T* source = reinterpret_cast<const T*>(x.data());
        T* target = reinterpret_cast<T*>(y.mutable_data());
        const std::vector<i64> counts = windows.counts();
        for (i64 i = 0; i < y.size(); i += size, source += from, target += size)
            windows.each_line([](i64, i64, i64) {},
                              [&](i64 to_line, i64 from_line, i64) {
                                  windows.each_run([&](i64 to, i64 at, i64) {
                                      T* const sums = target + to_line + to;
                                      const T* const more = source + from_line + at;
                                      AG_SIMD for (i64 k = 0; k < windows.inner; ++k) sums[k] =
                                          static_cast<T>(sums[k] + more[k]);
                                  });
                              },
                              [&](i64 line, i64 there) {
                                  if (!mean) return;
                                  T* at = target + line;
                                  for (i64 count : counts) {
                                      const T n = static_cast<T>(std::max<i64>(count * there, 1));
                                      for (i64 k = 0; k < windows.inner; ++k, ++at)
                                          *at = static_cast<T>(*at / n);
                                  }
                              });
        return y;
    });
}

static Value run_avg_pool_input(const Call& given) {
    const Windows windows(given);
    windows.check("avg_pool_input", given[0], &Window::out);
    const bool mean = given.attribute(0) != 0;
    return by_type(given[0], given[0], [&](auto tag, const Value& g, const Value&) {
        using T = typename decltype(tag)::type;
        Value x = make_zeros(g.dtype, windows.shape(g, &Window::in));
        if (g.size() == 0 || x.size() == 0) return x;
        const i64 size = windows.elements(&Window::out), to = windows.elements(&Window::in);
        const T* source = reinterpret_cast<const T*>(g.data());
        T* target = reinterpret_cast<T*>(x.mutable_data());
        const std::vector<i64> counts = windows.counts();
        std::vector<T> shares(counts.size() * static_cast<std::size_t>(windows.inner));
        for (i64 i = 0; i < g.size(); i += size, source += size, target += to)
            windows.each_line(
                [&](i64 line, i64 there, i64) {
                    const T* at = source + line;
                    T* share = shares.data();
                    for (i64 count : counts) {
                        const T n = static_cast<T>(mean ? std::max<i64>(count * there, 1) : 1);
                        for (i64 k = 0; k < windows.inner; ++k)
                            *share++ = static_cast<T>(*at++ / n);
                    }
                },
                [&](i64, i64 line, i64) {
                    windows.each_run([&](i64 from, i64 at, i64) {
                        const T* const share = shares.data() + from;
                        T* const sums = target + line + at;
                        AG_SIMD for (i64 k = 0; k < windows.inner; ++k) sums[k] =
                            static_cast<T>(sums[k] + share[k]);
                    });
                },
                [](i64, i64) {});
        return x;
    });
}

namespace {

Value again(OpCode op, const Attributes& a, std::initializer_list<const Value*> inputs) {
    return call(op, Call(a.begin(), a.size(), inputs.begin(), inputs.size()));
}

}  // namespace

template <OpCode* Adjoint>
static void linear_reverse(const Record&, const Value& g, Accumulator& acc) {
    acc.add(0, again(*Adjoint, acc.attributes(), {&g}));
}

template <OpCode* Op>
static Value linear_forward(const Record&, const Tangents& t) {
    return again(*Op, t.attributes(), {&t.get(0)});
}

// ---------------------------------------------------------------- the largest

namespace {

// b where the mask is -1, a where it is 0: without a branch, which random numbers would often miss.
template <class T, class Int>
T chosen(Int mask, T a, T b) {
    Int x, y;
    std::memcpy(&x, &a, sizeof a);
    std::memcpy(&y, &b, sizeof b);
    x ^= (x ^ y) & mask;
    std::memcpy(&a, &x, sizeof a);
    return a;
}

// Follows the largest elements of the windows of one line, and which they are, or -1.
template <class T>
struct Largest {
    using Tap = std::conditional_t<sizeof(T) == 4, std::int32_t, i64>;

    explicit Largest(const Windows& windows)
        : windows(windows),
          last(windows.axes[windows.rank - 1]),
          offsets(windows.offsets()),
          line(static_cast<std::size_t>(last.out * windows.inner)),
          taps(line.size()) {}

    void begin() {
        std::fill(taps.begin(), taps.end(), Tap{-1});
        lines.clear();
    }
    // A line of the array that begins at `place`: of tap `outer_tap` along the other axes.
    void meet(const T* array, i64 place, i64 outer_tap) {
        const T* const x = array + place;
        if (lines.empty()) begin_with(x, outer_tap);
        lines.push_back({place, outer_tap});
        windows.each_run([&](i64 to, i64 from, i64 tap) {
            T* const largest = line.data() + to;
            Tap* const which = taps.data() + to;
            const T* const now = x + from;
            const Tap number = static_cast<Tap>(outer_tap * last.taps + tap);
            AG_SIMD for (i64 k = 0; k < windows.inner; ++k) {
                // The first of those that are equal; what is no number counts as the largest.
                const bool better = (largest[k] == largest[k]) & !(now[k] <= largest[k]);
                const Tap mask = static_cast<Tap>(-static_cast<Tap>(better));
                largest[k] = chosen(mask, largest[k], now[k]);
                which[k] = chosen(mask, which[k], number);
            }
        });
    }
    // f(number of the window, place of its largest element, or -1).
    template <class F>
    void each(i64 origin, F f) const {
        i64 i = 0;
        for (i64 o = 0; o < last.out; ++o) {
            const i64 from = origin + last.place(o, 0) * windows.inner;
            for (i64 k = 0; k < windows.inner; ++k, ++i) {
                const Tap tap = taps[static_cast<std::size_t>(i)];
                f(i, tap < 0 ? -1 : from + k + offsets[static_cast<std::size_t>(tap)]);
            }
        }
    }

    // Adds a number for each window to its largest element in an array like that which was met.
    void add(i64 origin, const T* g, T* array) const {
        if (windows.inner < 8) {
            each(origin, [&](i64 i, i64 place) {
                if (place >= 0) array[place] = static_cast<T>(array[place] + g[i]);
            });
            return;
        }
        // All elements of each tap at once, with a zero for those that were not chosen.
        for (const Line& l : lines)
            windows.each_run([&](i64 to, i64 from, i64 tap) {
                const Tap* const which = taps.data() + to;
                const T* const given = g + to;
                T* const sum = array + l.place + from;
                const Tap number = static_cast<Tap>(l.outer_tap * last.taps + tap);
                AG_SIMD for (i64 k = 0; k < windows.inner; ++k) {
                    const Tap mask = static_cast<Tap>(-static_cast<Tap>(which[k] == number));
                    sum[k] = static_cast<T>(sum[k] + chosen(mask, T(0), given[k]));
                }
            });
    }

    struct Line {
        i64 place, outer_tap;
    };
    const Windows& windows;
    const Window& last;
    const std::vector<i64> offsets;
    std::vector<T> line;
    std::vector<Tap> taps;
    std::vector<Line> lines;

   private:
    // The first element of each window.
    void begin_with(const T* x, i64 outer_tap) {
        for (i64 o = 0; o < last.out; ++o)
            for (i64 t = 0; t < last.taps; ++t) {
                const i64 place = last.place(o, t);
                if (!last.has(place)) continue;
                std::copy_n(x + place * windows.inner, windows.inner,
                            line.data() + o * windows.inner);
                std::fill_n(taps.data() + o * windows.inner, windows.inner,
                            static_cast<Tap>(outer_tap * last.taps + t));
                break;
            }
    }
};

// f(array of the batch, where the line of windows begins in that, the choice made there, where the
// first of the windows' elements stand), for the arrays of x one after the other.
template <class T, class F>
void each_choice(const Windows& windows, const Value& x, F f) {
    const i64 size = windows.elements(&Window::in);
    Largest<T> largest(windows);
    const T* source = reinterpret_cast<const T*>(x.data());
    const i64 count = size == 0 ? 0 : x.size() / size;
    i64 origin = 0;
    for (i64 n = 0; n < count; ++n, source += size)
        windows.each_line(
            [&](i64, i64, i64 at) {
                origin = at;
                largest.begin();
            },
            [&](i64, i64 from, i64 tap) { largest.meet(source, from, tap); },
            [&](i64 line, i64) { f(n, line, largest, origin); });
}

// How often x has to be repeated to go with g, which may have more axes in front.
i64 repeated(const char* operation, const Windows& windows, const Value& g, i64 Window::* extent,
             const Value& x) {
    windows.check(operation, g, extent);
    windows.check(operation, x, &Window::in);
    const int more = g.rank() - x.rank();
    bool fits = more >= 0;
    for (int d = 0; fits && d < x.rank() - windows.given; ++d)
        fits = g.extent(more + d) == x.extent(d);
    if (!fits)
        fail(std::string("[") + operation + "] operands of shapes " + g.shape().text() + " and " +
             x.shape().text() + " do not fit");
    i64 n = 1;
    for (int d = 0; d < more; ++d) n *= g.extent(d);
    return n;
}

}  // namespace

static Value run_max_pool(const Call& given) {
    const Windows windows(given);
    windows.check("max_pool", given[0], &Window::in);
    const i64 size = windows.elements(&Window::out), from = windows.elements(&Window::in);
    return by_type(given[0], given[0], [&](auto tag, const Value& x, const Value&) {
        using T = typename decltype(tag)::type;
        Value y = make_value(x.dtype, windows.shape(x, &Window::out));
        if (y.size() == 0) return y;
        constexpr bool infinite = std::numeric_limits<T>::has_infinity;
        constexpr T least =
            infinite ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
        const T* source = reinterpret_cast<const T*>(x.data());
        T* target = reinterpret_cast<T*>(y.mutable_data());
        std::fill_n(target, y.size(), least);
        for (i64 i = 0; i < y.size(); i += size, source += from, target += size)
            windows.each_line([](i64, i64, i64) {},
                              [&](i64 to_line, i64 from_line, i64) {
                                  windows.each_run([&](i64 to, i64 at, i64) {
                                      T* const best = target + to_line + to;
                                      const T* const more = source + from_line + at;
                                      AG_SIMD for (i64 k = 0; k < windows.inner; ++k) best[k] =
                                          more[k] > best[k] || more[k] != more[k] ? more[k]
                                                                                  : best[k];
                                  });
                              },
                              [](i64, i64) {});
        return y;
    });
}

// Inputs: the array that is chosen from, and the one whose windows are looked at.
static Value run_max_pool_pick(const Call& given) {
    const Windows windows(given);
    const i64 times = repeated("max_pool_pick", windows, given[0], &Window::in, given[1]);
    require_same_dtype("max_pool_pick", given[0], given[1]);
    const i64 size = windows.elements(&Window::out), from = windows.elements(&Window::in);
    return by_type(given[0], given[1], [&](auto tag, const Value& h, const Value& x) {
        using T = typename decltype(tag)::type;
        Value y = make_zeros(h.dtype, windows.shape(h, &Window::out));
        if (y.size() == 0 || h.size() == 0) return y;
        const T* const source = reinterpret_cast<const T*>(h.data());
        T* const target = reinterpret_cast<T*>(y.mutable_data());
        const i64 count = x.size() / from;
        each_choice<T>(windows, x, [&](i64 n, i64 line, const Largest<T>& at, i64 origin) {
            for (i64 again = 0; again < times; ++again) {
                const T* const one = source + (again * count + n) * from;
                T* const to = target + (again * count + n) * size + line;
                at.each(origin, [&](i64 i, i64 place) { to[i] = place < 0 ? T(0) : one[place]; });
            }
        });
        return y;
    });
}

static Value run_max_pool_input(const Call& given) {
    const Windows windows(given);
    const i64 times = repeated("max_pool_input", windows, given[0], &Window::out, given[1]);
    require_same_dtype("max_pool_input", given[0], given[1]);
    const i64 size = windows.elements(&Window::out), to = windows.elements(&Window::in);
    return by_type(given[0], given[1], [&](auto tag, const Value& g, const Value& x) {
        using T = typename decltype(tag)::type;
        Value y = make_zeros(g.dtype, windows.shape(g, &Window::in));
        if (y.size() == 0 || g.size() == 0) return y;
        const T* const source = reinterpret_cast<const T*>(g.data());
        T* const target = reinterpret_cast<T*>(y.mutable_data());
        const i64 count = x.size() / to;
        each_choice<T>(windows, x, [&](i64 n, i64 line, const Largest<T>& at, i64 origin) {
            for (i64 again = 0; again < times; ++again) {
                const T* const from = source + (again * count + n) * size + line;
                at.add(origin, from, target + (again * count + n) * to);
            }
        });
        return y;
    });
}

// The places, counted through all axes that have windows; -1 for empty windows.
static Value run_max_pool_index(const Call& given) {
    const Windows windows(given);
    windows.check("max_pool_index", given[0], &Window::in);
    const i64 size = windows.elements(&Window::out);
    Value y = make_value(DType::int64, windows.shape(given[0], &Window::out));
    std::fill_n(reinterpret_cast<i64*>(y.mutable_data()), y.size(), i64{-1});
    if (y.size() == 0 || given[0].size() == 0) return y;
    by_type(given[0], given[0], [&](auto tag, const Value& x, const Value&) {
        using T = typename decltype(tag)::type;
        i64* const target = reinterpret_cast<i64*>(y.mutable_data());
        each_choice<T>(windows, x, [&](i64 n, i64 line, const Largest<T>& at, i64 origin) {
            i64* const to = target + n * size + line;
            at.each(origin, [&](i64 i, i64 place) { to[i] = place; });
        });
        return x;
    });
    return y;
}

static void max_pool_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value x = stop(acc.kept_input(0));
    acc.add(0, again(max_pool_input_op, acc.attributes(), {&g, &x}));
}

static Value max_pool_forward(const Record&, const Tangents& t) {
    const Value x = stop(t.kept_input(0));
    return again(max_pool_pick_op, t.attributes(), {&t.get(0), &x});
}

template <OpCode* Adjoint>
static void choice_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Value x = acc.kept_input(1);
    acc.add(0, again(*Adjoint, acc.attributes(), {&g, &x}));
}

template <OpCode* Op>
static Value choice_forward(const Record&, const Tangents& t) {
    const Value x = t.kept_input(1);
    return again(*Op, t.attributes(), {&t.get(0), &x});
}

// With the axis in front of the windowed array alone, that one is repeated: by choices made once.
static Value batched_choice(const Batch& b) {
    if (!b.has_axis(1)) return b.call(b.attributes());
    const int more = b.rank(0) - b.rank(1);
    if (more == 0) return b.call(b.attributes(), {b.whole(0), b[1]});
    // What one call repeats by itself stands behind the axis, and has to be there.
    Shape shape{b.extent()};
    const Shape of_first = b.shape(0), of_second = b.shape(1);
    for (int d = 0; d < more; ++d) shape.push(of_first[d]);
    for (int d = 0; d < of_second.rank; ++d) shape.push(of_second[d]);
    return b.call(b.attributes(), {b.whole(0), broadcast_to(b.aligned(1, b.rank(0)), shape)});
}

// ---- patterns

namespace {

// Each element of the result meets those of its window in input 0; or the other way round.
void window_pattern(Dependence& d, bool adjoint) {
    const Windows w(d.attributes().data());
    const Value inputs = numbered(d.shape(0)), outputs = numbered(d.shape());
    const Shape& small = adjoint ? d.shape(0) : d.shape();
    const Shape& large = adjoint ? d.shape() : d.shape(0);
    const int lead = small.rank - w.given;
    i64 taps = 1;
    for (int k = 0; k < w.given; ++k) taps *= w.axes[k].taps;
    const Value large_numbers = adjoint ? outputs : inputs;
    Value small_numbers = make_value(DType::int64, small);
    i64* const to = reinterpret_cast<i64*>(small_numbers.mutable_data());
    std::vector<i64> inverse;
    for (i64 tap = 0; tap < taps; ++tap) {
        i64 t[max_rank], rest = tap;
        for (int k = w.given - 1; k >= 0; --k) {
            t[k] = rest % w.axes[k].taps;
            rest /= w.axes[k].taps;
        }
        i64 index[max_rank] = {};
        for (i64 i = 0; i < small_numbers.size(); ++i) {
            i64 at = 0;
            bool there = true;
            for (int k = 0; k < small.rank; ++k) {
                i64 place = index[k];
                if (k >= lead) {
                    place = w.axes[k - lead].place(place, t[k - lead]);
                    there = there && w.axes[k - lead].has(place);
                }
                at = at * large[k] + place;
            }
            to[i] = there ? at : -1;
            for (int k = small.rank - 1; k >= 0; --k) {
                if (++index[k] < small[k]) break;
                index[k] = 0;
            }
        }
        if (adjoint)
            d.meet(0, small_numbers, large_numbers);
        else
            d.meet(0, large_numbers, small_numbers);
    }
}

}  // namespace

template <bool Adjoint>
static void pool_pattern(Dependence& d) {
    window_pattern(d, Adjoint);
}

void define_pooling() {
    const auto define = [](OpCode& code, const char* name, Value (*run)(const Call&),
                           void (*reverse)(const Record&, const Value&, Accumulator&),
                           Value (*forward)(const Record&, const Tangents&)) -> OpInfo& {
        OpInfo& op = define_op(code, name, 1, run, reverse, forward);
        op.kinds = kind_integer | kind_floating;
        op.half = InFloat16::inside;
        op.attributes = attribute_count;
        op.flag_attributes = 1;
        op.batched = batch_aligned;
        return op;
    };
    define(avg_pool_op, "avg_pool", run_avg_pool, linear_reverse<&avg_pool_input_op>,
           linear_forward<&avg_pool_op>)
        .pattern = pool_pattern<false>;
    define(avg_pool_input_op, "avg_pool_input", run_avg_pool_input, linear_reverse<&avg_pool_op>,
           linear_forward<&avg_pool_input_op>)
        .pattern = pool_pattern<true>;
    OpInfo& largest =
        define(max_pool_op, "max_pool", run_max_pool, max_pool_reverse, max_pool_forward);
    largest.reads[0] = 1 << 0;
    largest.pattern = pool_pattern<false>;
    OpInfo& pick = define(max_pool_pick_op, "max_pool_pick", run_max_pool_pick,
                          choice_reverse<&max_pool_input_op>, choice_forward<&max_pool_pick_op>);
    pick.pattern = pool_pattern<false>;
    OpInfo& input = define(max_pool_input_op, "max_pool_input", run_max_pool_input,
                           choice_reverse<&max_pool_pick_op>, choice_forward<&max_pool_input_op>);
    input.pattern = pool_pattern<true>;
    for (OpInfo* op : {&pick, &input}) {
        op->inputs = 2;
        op->reads[0] = 1 << 1;
        op->batched = batched_choice;
    }
    OpInfo& index =
        define_op(max_pool_index_op, "max_pool_index", 0, run_max_pool_index, nullptr, nullptr);
    index.kinds = kind_integer | kind_floating;
    index.half = InFloat16::inside;
    index.attributes = attribute_count;
    index.flag_attributes = 1;
    index.batched = batch_aligned;
}

}  // namespace ag
