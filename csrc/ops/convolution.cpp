// Convolutions along one to three spatial axes, channels last, and their two adjoints.
//
// An image x [n, in.., channels], a filter w [taps.., channels / groups, features] and a result
// y [n, out.., features] belong together by one form, the sum of w x y over all that meets: each of
// the three operations is its derivative by one of them, so that their rules are each other.
//
//     conv(x, w) -> y        conv_input(y, w) -> x        conv_filter(x, y) -> w
//
// Attributes: the number of groups, that of spatial axes, then for each an `Axis`, and zeros where
// there are fewer than three.

#include "../kernels/kernels.h"
#include "../kernels/loops.h"
#include "../pattern.h"
#include "../sweep.h"
#include "batch.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode conv_op, conv_input_op, conv_filter_op;

// Tap t of output o stands at input o * stride + t * dilation - before, if that is one.
struct Axis {
    i64 stride, dilation, before, in, taps, out;
};
constexpr int most_axes = 3;
constexpr std::size_t attribute_count = 2 + most_axes * sizeof(Axis) / sizeof(i64);

struct Geometry {
    i64 groups = 1;
    int rank = 0;  // of spatial axes
    Axis axes[most_axes];

    explicit Geometry(const i64* attributes)
        : groups(attributes[0]), rank(static_cast<int>(attributes[1])) {
        std::memcpy(axes, attributes + 2, sizeof axes);
    }

    i64 taps() const { return product(&Axis::taps); }
    Shape images(i64 n, i64 Axis::* extent, i64 channels) const {
        Shape shape{n};
        for (int d = 0; d < rank; ++d) shape.push(axes[d].*extent);
        shape.push(channels);
        return shape;
    }
    Shape filter(i64 channels, i64 features) const {
        Shape shape;
        for (int d = 0; d < rank; ++d) shape.push(axes[d].taps);
        shape.push(channels);
        shape.push(features);
        return shape;
    }
    // One tap, which meets each place once: a matrix product.
    bool pointwise() const {
        bool all = groups == 1;
        for (int d = 0; d < rank; ++d) {
            const Axis& a = axes[d];
            all = all && a.taps == 1 && a.stride == 1 && a.before == 0 && a.in == a.out;
        }
        return all;
    }

   private:
    i64 product(i64 Axis::* extent) const {
        i64 n = 1;
        for (int d = 0; d < rank; ++d) n *= axes[d].*extent;
        return n;
    }
};

Geometry geometry_of(const char* operation, const Call& given) {
    constexpr i64 most = i64{1} << 40;
    const i64 rank = given.attribute(1);
    bool good = given.attribute(0) > 0 && rank > 0 && rank <= most_axes;
    for (std::size_t k = 0; good && k < attribute_count; ++k)
        good = given.attribute(k) > -most && given.attribute(k) < most;
    if (!good) fail(std::string("[") + operation + "] these are no attributes of a convolution");
    const Geometry geometry(given.attributes());
    for (int d = 0; d < geometry.rank; ++d) {
        const Axis& a = geometry.axes[d];
        if (a.stride < 1 || a.dilation < 1 || a.in < 0 || a.taps < 0 || a.out < 0)
            fail(std::string("[") + operation + "] these are no attributes of a convolution");
    }
    return geometry;
}

// How many channels a group of the filter has, and how many features there are.
struct Channels {
    i64 images, channels, features;
};

[[noreturn]] void mismatch(const char* operation, const Value& a, const Value& b) {
    fail(std::string("[") + operation + "] operands of shapes " + a.shape().text() + " and " +
         b.shape().text() + " do not fit the convolution");
}

Channels channels_of(const char* operation, const Geometry& geometry, const Value* x,
                     const Value* w, const Value* y) {
    const Value& first = x != nullptr ? *x : *y;
    const Value& second = w != nullptr ? *w : *y;
    const int rank = geometry.rank + 2;
    require_same_dtype(operation, first, second);
    if (first.rank() != rank || second.rank() != rank) mismatch(operation, first, second);
    Channels all{first.extent(0), 0, 0};
    const i64 groups = geometry.groups;
    const auto last = [&](const Value& v) { return v.extent(rank - 1); };
    all.channels = x != nullptr ? last(*x) / groups : w->extent(rank - 2);
    all.features = y != nullptr ? last(*y) : last(*w);
    const auto check = [&](const Value* v, const Shape& shape) {
        if (v != nullptr && v->shape() != shape) mismatch(operation, first, second);
    };
    check(x, geometry.images(all.images, &Axis::in, all.channels * groups));
    check(w, geometry.filter(all.channels, all.features));
    check(y, geometry.images(all.images, &Axis::out, all.features));
    if (all.features % groups != 0) mismatch(operation, first, second);
    return all;
}

template <class T>
const ConvolutionKernels<T>& kernels() {
    if constexpr (std::is_same_v<T, float>)
        return dense_kernels.convolution_f32;
    else if constexpr (std::is_same_v<T, double>)
        return dense_kernels.convolution_f64;
    else
        return dense_kernels.convolution_i64;
}

template <class T>
struct Buffer {
    explicit Buffer(i64 n, bool zeros = false)
        : value((zeros ? make_zeros : make_value)(TypeOf<T>::value, Shape{n})),
          data(reinterpret_cast<T*>(value.mutable_data())) {}
    Value value;
    T* data;
};

// ---- planes

// Some images with each channel as one block: [channels][phases of all axes][places][images]. Along
// an axis with stride s the places are put down in s phases, each s-th of them in one, so that
// the places that a tap meets follow one another.
struct Planes {
    // Where the places of each axis stand, in elements; -1 for those that nothing meets.
    std::vector<i64> places[most_axes];
    i64 steps[most_axes];  // of one place within its phase
    i64 channel = 0;       // elements
    i64 together = 1;      // images side by side
};

// How many images stand side by side: as many as make long runs of short lines, while the planes
// stay in the second-level cache.
i64 images_together(i64 images, i64 line, i64 elements) {
    constexpr i64 long_enough = 64, cached = 1 << 18;
    if (line >= long_enough * 3 / 4) return 1;
    i64 together = (long_enough + line - 1) / std::max<i64>(line, 1);
    together = (together + 7) / 8 * 8;
    while (together > 1 && together * elements > cached && together * line > 16) together /= 2;
    return std::min(together, std::max<i64>(images, 1));
}

// Reads `count` images from number `first` on into planes.
template <class T>
void load(const Value& x, const Planes& planes, i64 first, i64 count, T* data) {
    const int last = x.rank() - 2, inner = last - 1;  // the last spatial axis, as one of `places`
    i64 strides[max_rank];
    for (int k = 0; k < x.rank(); ++k)
        strides[k] = x.array->strides()[k] / static_cast<i64>(sizeof(T));
    const i64 channels = x.extent(x.rank() - 1), channel_stride = strides[x.rank() - 1];
    const T* const base = reinterpret_cast<const T*>(x.data());
    const std::vector<i64>& along = planes.places[inner];
    // Whether a line of x is one of the planes.
    std::size_t begin = 0, end = along.size();
    while (begin < end && along[begin] < 0) ++begin;
    while (begin < end && along[end - 1] < 0) --end;
    bool in_row = channels == 1 && planes.together == 1 && strides[last] == 1 && begin < end;
    for (std::size_t i = begin + 1; in_row && i < end; ++i) in_row = along[i] == along[i - 1] + 1;
    i64 index[max_rank] = {};
    for (;;) {
        i64 from = 0, to = 0;
        bool met = true;
        for (int d = 0; d < inner; ++d) {
            const i64 place = planes.places[d][static_cast<std::size_t>(index[d])];
            met = met && place >= 0;
            from += index[d] * strides[d + 1];
            to += place;
        }
        for (i64 n = 0; met && n < count; ++n) {
            const T* const line = base + (first + n) * strides[0] + from;
            if (in_row) {
                std::copy(line + begin, line + end, data + to + along[begin]);
                continue;
            }
            for (std::size_t i = 0; i < along.size(); ++i) {
                if (along[i] < 0) continue;
                const T* const pixel = line + static_cast<i64>(i) * strides[last];
                T* const plane = data + to + along[i] + n;
                for (i64 c = 0; c < channels; ++c)
                    plane[c * planes.channel] = pixel[c * channel_stride];
            }
        }
        int d = inner - 1;
        for (; d >= 0; --d) {
            if (++index[d] < x.extent(d + 1)) break;
            index[d] = 0;
        }
        if (d < 0) return;
    }
}

// A channel's block in memory is not a multiple of a page: lines of different channels would be
// kept in the same place of the cache.
i64 apart(i64 elements) { return (elements + 15) / 16 * 16 + 16; }

// The planes of x, and where in them each tap begins.
struct InputPlanes : Planes {
    std::vector<i64> taps;  // in C order
    Shape lines;            // the outputs, but for the last axis
    i64 run;                // elements of the last axis
    i64 elements;

    InputPlanes(const Geometry& g, i64 images, i64 channels) {
        std::vector<i64> phases[most_axes], shift[most_axes];
        i64 extents[most_axes], total = 1;
        for (int d = 0; d < g.rank; ++d) {
            const Axis& a = g.axes[d];
            i64 farthest = 0;
            for (i64 t = 0; t < a.taps; ++t) {
                const i64 phase = t * a.dilation % a.stride;
                if (std::find(phases[d].begin(), phases[d].end(), phase) == phases[d].end())
                    phases[d].push_back(phase);
                shift[d].push_back(t * a.dilation / a.stride);
                farthest = std::max(farthest, shift[d].back());
            }
            extents[d] = a.out + farthest;
            total *= extents[d] * static_cast<i64>(std::max<std::size_t>(phases[d].size(), 1));
        }
        const Axis& last = g.axes[g.rank - 1];
        together = images_together(images, last.out, total * channels);
        run = last.out * together;
        // Phases outside, places inside.
        i64 step = together;
        for (int d = g.rank - 1; d >= 0; --d) {
            steps[d] = step;
            step *= extents[d];
        }
        taps.assign(1, 0);
        for (int d = g.rank - 1; d >= 0; --d) {
            const Axis& a = g.axes[d];
            const auto place_of = [&](i64 u) -> i64 {
                const i64 phase = u % a.stride, q = u / a.stride;
                const auto found = std::find(phases[d].begin(), phases[d].end(), phase);
                if (found == phases[d].end() || q >= extents[d]) return -1;
                return (found - phases[d].begin()) * step + q * steps[d];
            };
            for (i64 i = 0; i < a.in; ++i)
                places[d].push_back(i + a.before < 0 ? -1 : place_of(i + a.before));
            std::vector<i64> more;
            for (i64 t = 0; t < a.taps; ++t)
                for (i64 place : taps) more.push_back(place_of(t * a.dilation) + place);
            taps.swap(more);
            step *= static_cast<i64>(std::max<std::size_t>(phases[d].size(), 1));
            if (d < g.rank - 1) lines.push(0);
        }
        for (int d = 0; d < g.rank - 1; ++d) lines[d] = g.axes[d].out;
        channel = apart(step);
        elements = channel * channels + ConvolutionKernels<i64>::slack;
    }

    // Where the taps of each channel begin.
    std::vector<i64> offsets(i64 first_channel, i64 channels) const {
        std::vector<i64> all;
        all.reserve(taps.size() * static_cast<std::size_t>(channels));
        for (i64 tap : taps)
            for (i64 c = 0; c < channels; ++c) all.push_back(tap + (first_channel + c) * channel);
        return all;
    }
};

// f(line, at): each line of the outputs, and where its run begins, by the steps of each axis.
template <class F>
void each_line(const Shape& lines, const i64* steps, F f) {
    i64 index[max_rank] = {};
    i64 at = 0;
    if (lines.size() == 0) return;
    for (;;) {
        f(index, at);
        int d = lines.rank - 1;
        for (; d >= 0; --d) {
            at += steps[d];
            if (++index[d] < lines[d]) break;
            at -= steps[d] * lines[d];
            index[d] = 0;
        }
        if (d < 0) return;
    }
}

// The lines of all rows, [rows][places][images], to places `step` elements apart with rows inside.
template <class T>
void scatter_line(const T* from, i64 ld, i64 rows, i64 places, i64 together, i64 images, T* to,
                  i64 image_step, i64 step) {
    if (rows == 1 && together == 1 && step == 1) {
        std::copy_n(from, places, to);
        return;
    }
    for (i64 n = 0; n < images; ++n, to += image_step)
        for (i64 i = 0; i < places; ++i) {
            const T* const place = from + i * together + n;
            T* const pixel = to + i * step;
            for (i64 r = 0; r < rows; ++r) pixel[r] = place[r * ld];
        }
}

// ---- the three operations, for float32, float64 and int64

template <class T>
Value convolve(const Geometry& g, const Channels& size, const Value& x, const Value& filter) {
    const i64 all = size.features, rows = all / g.groups;
    Value y = make_value(x.dtype, g.images(size.images, &Axis::out, all));
    if (y.size() == 0) return y;
    const Value w = contiguous(filter);
    const InputPlanes planes(g, size.images, size.channels * g.groups);
    Buffer<T> data(planes.elements, true);
    const i64 ld = apart(planes.run + ConvolutionKernels<T>::slack);
    Buffer<T> line(ld * all);
    std::vector<std::vector<i64>> offsets;
    for (i64 group = 0; group < g.groups; ++group)
        offsets.push_back(planes.offsets(group * size.channels, size.channels));
    const i64 taps = static_cast<i64>(offsets[0].size()), last = g.axes[g.rank - 1].out,
              image = y.size() / size.images;
    i64 line_steps[max_rank];
    i64 step = last * all;
    for (int d = g.rank - 2; d >= 0; --d) {
        line_steps[d] = step;
        step *= g.axes[d].out;
    }
    const T* const weights = reinterpret_cast<const T*>(w.data());
    for (i64 first = 0; first < size.images; first += planes.together) {
        const i64 count = std::min(planes.together, size.images - first);
        load(x, planes, first, count, data.data);
        T* const target = reinterpret_cast<T*>(y.mutable_data()) + first * image;
        each_line(planes.lines, planes.steps, [&](const i64* index, i64 at) {
            for (i64 group = 0; group < g.groups; ++group)
                kernels<T>().correlate(planes.run, rows, taps, data.data + at,
                                       offsets[static_cast<std::size_t>(group)].data(),
                                       weights + group * rows, all, line.data + group * rows * ld,
                                       ld);
            T* to = target;
            for (int d = 0; d < g.rank - 1; ++d) to += index[d] * line_steps[d];
            scatter_line(line.data, ld, all, last, planes.together, count, to, image, all);
        });
    }
    return y;
}

template <class T>
Value convolve_filter(const Geometry& g, const Channels& size, const Value& x, const Value& y) {
    const i64 all = size.features, rows = all / g.groups;
    Value w = make_zeros(x.dtype, g.filter(size.channels, all));
    if (w.size() == 0 || x.size() == 0 || y.size() == 0) return w;
    const InputPlanes planes(g, size.images, size.channels * g.groups);
    Buffer<T> data(planes.elements, true);
    // The planes of y have no places between the lines.
    Planes results;
    results.together = planes.together;
    i64 step = planes.together;
    for (int d = g.rank - 1; d >= 0; --d) {
        results.steps[d] = step;
        for (i64 o = 0; o < g.axes[d].out; ++o) results.places[d].push_back(o * step);
        step *= g.axes[d].out;
    }
    results.channel = apart(step);
    Buffer<T> cotangents(results.channel * all);
    std::vector<i64> x_runs, y_runs;
    each_line(planes.lines, planes.steps, [&](const i64*, i64 at) { x_runs.push_back(at); });
    each_line(planes.lines, results.steps, [&](const i64*, i64 at) { y_runs.push_back(at); });
    for (i64 first = 0; first < size.images; first += planes.together) {
        const i64 count = std::min(planes.together, size.images - first);
        if (count < planes.together)  // fewer images than before: none in the others' places
            for (Buffer<T>* old : {&data, &cotangents})
                std::fill_n(old->data, old->value.size(), T(0));
        load(x, planes, first, count, data.data);
        load(y, results, first, count, cotangents.data);
        for (i64 group = 0; group < g.groups; ++group) {
            const std::vector<i64> offsets = planes.offsets(group * size.channels, size.channels);
            kernels<T>().meet(planes.run, static_cast<i64>(x_runs.size()), x_runs.data(),
                              y_runs.data(), rows, static_cast<i64>(offsets.size()), data.data,
                              offsets.data(), cotangents.data + group * rows * results.channel,
                              results.channel,
                              reinterpret_cast<T*>(w.mutable_data()) + group * rows, all);
        }
    }
    return w;
}

// [taps, channels, features] as [taps, features, channels].
template <class T>
std::vector<T> turned(const T* w, i64 taps, i64 channels, i64 features) {
    std::vector<T> all(static_cast<std::size_t>(taps * channels * features));
    constexpr i64 block = 16;  // so many lines stay in the cache
    for (i64 t = 0; t < taps; ++t, w += channels * features)
        for (i64 begin = 0; begin < channels; begin += block) {
            const i64 end = std::min(begin + block, channels);
            for (i64 f = 0; f < features; ++f) {
                T* const to = all.data() + (t * features + f) * channels;
                for (i64 c = begin; c < end; ++c) to[c] = w[c * features + f];
            }
        }
    return all;
}

// The taps of one phase of an axis, and the places of x that they reach.
struct Phase {
    std::vector<i64> taps, shifts;
    i64 first_place = 0;  // the first within the phase, and
    i64 first = 0;        // as one of x,
    i64 count = 0;        // and how many
};

// For each phase of x, its places are a convolution of y, with room around it.
template <class T>
Value convolve_input(const Geometry& g, const Channels& size, const Value& y, const Value& filter) {
    const i64 all = size.channels * g.groups, rows = size.channels,
              features = size.features / g.groups;
    std::vector<Phase> phases[most_axes];
    i64 margin[most_axes], extents[most_axes], places = 1, covered = 1;
    for (int d = 0; d < g.rank; ++d) {
        const Axis& a = g.axes[d];
        margin[d] = a.taps > 0 ? (a.taps - 1) * a.dilation / a.stride : 0;
        extents[d] = a.out + 2 * margin[d];
        places *= extents[d];
        i64 reached = 0;
        for (i64 phase = 0; phase < std::min(a.stride, a.in + std::max<i64>(a.before, 0));
             ++phase) {
            Phase p;
            for (i64 t = 0; t < a.taps; ++t)
                if (t * a.dilation % a.stride == phase) {
                    p.taps.push_back(t);
                    p.shifts.push_back(t * a.dilation / a.stride);
                }
            if (p.taps.empty()) continue;
            const i64 begin = std::max<i64>(a.before - phase, 0);
            p.first_place = (begin + a.stride - 1) / a.stride;
            p.first = p.first_place * a.stride + phase - a.before;
            if (p.first < a.in) p.count = (a.in - 1 - p.first) / a.stride + 1;
            p.count = std::min(p.count, a.out + p.shifts.back() - p.first_place);
            if (p.count <= 0) continue;
            reached += p.count;
            phases[d].push_back(p);
        }
        covered *= reached;
    }
    const Shape shape = g.images(size.images, &Axis::in, all);
    const bool everywhere = covered * size.images * all == shape.size();
    if (shape.size() == 0 || covered == 0 || y.size() == 0) return make_zeros(y.dtype, shape);
    Value x = (everywhere ? make_value : make_zeros)(y.dtype, shape);
    const i64 image = x.size() / size.images;
    const Value w = contiguous(filter);
    const std::vector<T> weights =
        turned(reinterpret_cast<const T*>(w.data()), g.taps(), rows, size.features);

    Planes planes;
    const int inner = g.rank - 1;
    planes.together = images_together(
        size.images, (g.axes[inner].in + g.axes[inner].stride - 1) / g.axes[inner].stride,
        places * size.features);
    i64 step = planes.together;
    for (int d = inner; d >= 0; --d) {
        planes.steps[d] = step;
        for (i64 o = 0; o < g.axes[d].out; ++o) planes.places[d].push_back((margin[d] + o) * step);
        step *= extents[d];
    }
    planes.channel = apart(step);
    Buffer<T> data(planes.channel * size.features + ConvolutionKernels<T>::slack, true);
    i64 longest = 0;
    for (const Phase& p : phases[inner]) longest = std::max(longest, p.count);
    const i64 ld = apart(longest * planes.together + ConvolutionKernels<T>::slack);
    Buffer<T> line(ld * all);
    i64 x_steps[max_rank];
    step = all;
    for (int d = inner; d >= 0; --d) {
        x_steps[d] = step;
        step *= g.axes[d].in;
    }

    for (i64 first = 0; first < size.images; first += planes.together) {
        const i64 count = std::min(planes.together, size.images - first);
        load(y, planes, first, count, data.data);
        T* const target = reinterpret_cast<T*>(x.mutable_data()) + first * image;
        std::size_t at_phase[max_rank] = {};
        for (;;) {  // over the phases of all axes
            const Phase* now[max_rank];
            for (int d = 0; d < g.rank; ++d) now[d] = &phases[d][at_phase[d]];
            // The taps of the phase: where they begin in the planes, and which they are.
            std::vector<i64> begins{0}, numbers{0};
            for (int d = 0; d < g.rank; ++d) {
                std::vector<i64> more_begins, more_numbers;
                for (std::size_t k = 0; k < begins.size(); ++k)
                    for (std::size_t t = 0; t < now[d]->taps.size(); ++t) {
                        const i64 place = margin[d] + now[d]->first_place - now[d]->shifts[t];
                        more_begins.push_back(begins[k] + place * planes.steps[d]);
                        more_numbers.push_back(numbers[k] * g.axes[d].taps + now[d]->taps[t]);
                    }
                begins.swap(more_begins);
                numbers.swap(more_numbers);
            }
            std::vector<i64> offsets;
            for (i64 begin : begins)
                for (i64 f = 0; f < features; ++f) offsets.push_back(begin + f * planes.channel);
            const bool all_taps = g.groups == 1 && static_cast<i64>(numbers.size()) == g.taps();
            std::vector<T> chosen(all_taps ? 0 : offsets.size() * static_cast<std::size_t>(rows));
            const T* const factors = all_taps ? weights.data() : chosen.data();
            Shape lines;
            i64 line_steps[max_rank];
            i64 start = 0;
            for (int d = 0; d < g.rank; ++d) {
                start += now[d]->first * x_steps[d];
                line_steps[d] = g.axes[d].stride * x_steps[d];
                if (d < inner) lines.push(now[d]->count);
            }
            for (i64 group = 0; group < g.groups; ++group) {
                T* to = chosen.data();
                for (i64 number : numbers)
                    if (!all_taps)
                        to = std::copy_n(
                            weights.data() + (number * size.features + group * features) * rows,
                            features * rows, to);
                const i64 run = now[inner]->count * planes.together;
                each_line(lines, planes.steps, [&](const i64* index, i64 at) {
                    kernels<T>().correlate(run, rows, static_cast<i64>(offsets.size()),
                                           data.data + group * features * planes.channel + at,
                                           offsets.data(), factors, rows, line.data, ld);
                    T* pixel = target + start + group * rows;
                    for (int d = 0; d < inner; ++d) pixel += index[d] * line_steps[d];
                    scatter_line(line.data, ld, rows, now[inner]->count, planes.together, count,
                                 pixel, image, line_steps[inner]);
                });
            }
            int d = inner;
            for (; d >= 0; --d) {
                if (++at_phase[d] < phases[d].size()) break;
                at_phase[d] = 0;
            }
            if (d < 0) break;
        }
    }
    return x;
}

// f of the operands as float32, float64 or int64, back in their dtype.
template <class F>
Value in_three_types(const Value& a, const Value& b, F f) {
    if (a.dtype == DType::float32) return f(Tag<float>{}, a, b);
    if (a.dtype == DType::float64) return f(Tag<double>{}, a, b);
    const Value y = f(Tag<i64>{}, cast(a, DType::int64), cast(b, DType::int64));
    return cast(y, a.dtype);
}

Value rows_of(const Value& x) {
    const i64 n = x.extent(x.rank() - 1);
    return reshape(x, Shape{n == 0 ? 0 : x.size() / n, n});
}

}  // namespace

static Value run_conv(const Call& given) {
    const Geometry g = geometry_of("conv", given);
    const Value &x = given[0], &w = given[1];
    const Channels size = channels_of("conv", g, &x, &w, nullptr);
    if (g.pointwise() && size.channels > 0 && size.features > 0)
        return reshape(matmul(rows_of(x), rows_of(w), false, false),
                       g.images(size.images, &Axis::out, size.features));
    return in_three_types(x, w, [&](auto tag, const Value& a, const Value& b) {
        return convolve<typename decltype(tag)::type>(g, size, a, b);
    });
}

static Value run_conv_input(const Call& given) {
    const Geometry g = geometry_of("conv_input", given);
    const Value &y = given[0], &w = given[1];
    const Channels size = channels_of("conv_input", g, nullptr, &w, &y);
    if (g.pointwise() && size.channels > 0 && size.features > 0)
        return reshape(matmul(rows_of(y), rows_of(w), false, true),
                       g.images(size.images, &Axis::in, size.channels));
    return in_three_types(y, w, [&](auto tag, const Value& a, const Value& b) {
        return convolve_input<typename decltype(tag)::type>(g, size, a, b);
    });
}

static Value run_conv_filter(const Call& given) {
    const Geometry g = geometry_of("conv_filter", given);
    const Value &x = given[0], &y = given[1];
    const Channels size = channels_of("conv_filter", g, &x, nullptr, &y);
    if (g.pointwise() && size.channels > 0 && size.features > 0)
        return reshape(matmul(rows_of(x), rows_of(y), true, false),
                       g.filter(size.channels, size.features));
    return in_three_types(x, y, [&](auto tag, const Value& a, const Value& b) {
        return convolve_filter<typename decltype(tag)::type>(g, size, a, b);
    });
}

// ---- with an axis in front

namespace {

// What a further axis of an operand is: more images, more channels or features within each group,
// or more groups.
Value in_images(const Value& x) {
    Shape shape(x.array->shape() + 1, x.rank() - 1);
    shape[0] *= x.extent(0);
    return reshape(x, shape);
}

// [extent, .., groups * n] as [.., groups * extent * n] or [.., extent * groups * n].
Value in_last(const Value& x, i64 groups, bool outside) {
    const int rank = x.rank();
    Shape shape = x.shape();
    const i64 extent = shape[0], n = shape[rank - 1] / groups;
    shape[rank - 1] = groups;
    shape.push(n);
    const Value moved = move_axis(reshape(x, shape), 0, outside ? rank - 2 : rank - 1);
    Shape merged(x.array->shape() + 1, rank - 1);
    merged[rank - 2] = extent * groups * n;
    return reshape(moved, merged);
}

// And back: the axis in front again.
Value from_last(const Value& x, i64 extent, i64 groups, bool outside) {
    const int rank = x.rank();
    Shape shape = x.shape();
    const i64 n = shape[rank - 1] / (extent * groups);
    shape[rank - 1] = outside ? extent : groups;
    shape.push(outside ? groups : extent);
    shape.push(n);
    const Value moved = move_axis(reshape(x, shape), outside ? rank - 1 : rank, 0);
    Shape split = in_front(extent, x.shape());
    split[rank] = groups * n;
    return reshape(moved, split);
}

// The operation `op` with an axis of `extent` in front of one or both operands.
Value call_stacked(OpCode op, const Attributes& attributes, const Value& a, bool stacked_a,
                   const Value& b, bool stacked_b, i64 extent) {
    const i64 groups = attributes[0];
    const auto call_with = [&](const Value& first, const Value& second, i64 now = 0) {
        Attributes changed(attributes);
        if (now > 0) changed[0] = now;
        const Value* const inputs[] = {&first, &second};
        return call(op, Call(changed.begin(), changed.size(), inputs, 2));
    };
    if (extent == 0) {
        const Geometry g(attributes.begin());
        const auto last = [](const Value& v, int k = 1) { return v.extent(v.rank() - k); };
        const i64 images = a.extent(stacked_a);
        const Shape one = op == conv_op         ? g.images(images, &Axis::out, last(b))
                          : op == conv_input_op ? g.images(images, &Axis::in, last(b, 2) * groups)
                                                : g.filter(last(a) / groups, last(b));
        return zeros(a.dtype, in_front(0, one));
    }
    if (stacked_a && stacked_b) {  // more groups
        const Value y =
            call_with(in_last(a, groups, true), in_last(b, groups, true), groups * extent);
        return from_last(y, extent, groups, true);
    }
    if (op != conv_filter_op && stacked_a) {  // more images
        const Value y = call_with(in_images(a), b);
        Shape shape = y.shape();
        shape[0] /= extent;
        return reshape(y, in_front(extent, shape));
    }
    if (op == conv_op || (op == conv_filter_op && stacked_b)) {  // more features in each group
        return from_last(call_with(a, in_last(b, groups, false)), extent, groups, false);
    }
    // More channels in each group, which the filter has last but one.
    if (op == conv_input_op) {
        const Value w = swap_last_axes(in_last(swap_last_axes(b), 1, false));
        return from_last(call_with(a, w), extent, groups, false);
    }
    const Value w = call_with(in_last(a, groups, false), b);
    return swap_last_axes(from_last(swap_last_axes(w), extent, 1, false));
}

Value call_as(OpCode op, const Accumulator& acc, const Attributes& attributes, const Value& a,
              bool stacked_a, const Value& b, bool stacked_b) {
    if (acc.batch_axes() == 0) {
        const Value* const inputs[] = {&a, &b};
        return call(op, Call(attributes.begin(), attributes.size(), inputs, 2));
    }
    return call_stacked(op, attributes, a, stacked_a, b, stacked_b, acc.mode().batch);
}

}  // namespace

template <OpCode* Op>
static Value batched_conv(const Batch& b) {
    return call_stacked(*Op, b.attributes(), b[0], b.has_axis(0), b[1], b.has_axis(1), b.extent());
}

// ---- rules

static void conv_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes a = acc.attributes();
    if (acc.wants(0)) acc.add(0, call_as(conv_input_op, acc, a, g, true, acc.kept_input(1), false));
    if (acc.wants(1))
        acc.add(1, call_as(conv_filter_op, acc, a, acc.kept_input(0), false, g, true));
}

static void conv_input_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes a = acc.attributes();
    if (acc.wants(0)) acc.add(0, call_as(conv_op, acc, a, g, true, acc.kept_input(1), false));
    if (acc.wants(1))
        acc.add(1, call_as(conv_filter_op, acc, a, g, true, acc.kept_input(0), false));
}

static void conv_filter_reverse(const Record&, const Value& g, Accumulator& acc) {
    const Attributes a = acc.attributes();
    if (acc.wants(0)) acc.add(0, call_as(conv_input_op, acc, a, acc.kept_input(1), false, g, true));
    if (acc.wants(1)) acc.add(1, call_as(conv_op, acc, a, acc.kept_input(0), false, g, true));
}

// All three are linear in each operand.
template <OpCode* Op>
static Value conv_forward(const Record&, const Tangents& t) {
    const Attributes a = t.attributes();
    const auto apply = [&](const Value& first, const Value& second) {
        const Value* const inputs[] = {&first, &second};
        return call(*Op, Call(a.begin(), a.size(), inputs, 2));
    };
    Value sum;
    if (t.has(0)) sum = apply(t.get(0), t.kept_input(1));
    if (!t.has(1)) return sum;
    const Value second = apply(t.kept_input(0), t.get(1));
    return t.has(0) ? binary(Op::add, sum, second) : second;
}

// ---- patterns

namespace {

// int64 of a shape, each element numbered by its index.
template <class F>
Value numbered_by(const Shape& shape, F number) {
    Value y = make_value(DType::int64, shape);
    i64* const numbers = reinterpret_cast<i64*>(y.mutable_data());
    i64 index[max_rank] = {};
    for (i64 i = 0; i < y.size(); ++i) {
        numbers[i] = number(index);
        for (int d = shape.rank - 1; d >= 0; --d) {
            if (++index[d] < shape[d]) break;
            index[d] = 0;
        }
    }
    return y;
}

}  // namespace

// Tap by tap. An image has a number for each place and group, a filter for each group's features
// or channels.
template <OpCode* Op>
static void conv_pattern(Dependence& d) {
    const Geometry g(d.attributes().data());
    const bool to_x = *Op == conv_input_op, to_w = *Op == conv_filter_op;
    const Shape& x_shape = to_x ? d.shape() : d.shape(0);
    const Shape& y_shape = to_w ? d.shape(1) : to_x ? d.shape(0) : d.shape();
    const Shape& w_shape = to_w ? d.shape() : d.shape(1);
    const int last = g.rank + 1;
    const i64 channels = w_shape[g.rank], features = y_shape[last] / g.groups;
    std::vector<i64> tap(static_cast<std::size_t>(g.rank), 0);
    const i64 count = g.taps();
    for (i64 number = 0; number < count; ++number) {
        i64 rest = number;
        for (int k = g.rank - 1; k >= 0; --k) {
            tap[static_cast<std::size_t>(k)] = rest % g.axes[k].taps;
            rest /= g.axes[k].taps;
        }
        // The place of x that this tap of an output meets, or the other way round; or -1.
        const auto place = [&](const i64* index, bool from_x) {
            i64 at = index[0];
            for (int k = 0; k < g.rank; ++k) {
                const Axis& a = g.axes[k];
                const i64 shift = tap[static_cast<std::size_t>(k)] * a.dilation - a.before;
                i64 i = index[k + 1];
                if (from_x) {
                    const i64 u = i - shift;
                    if (u < 0 || u % a.stride != 0 || u / a.stride >= a.out) return i64{-1};
                } else {
                    i = i * a.stride + shift;
                    if (i < 0 || i >= a.in) return i64{-1};
                }
                at = at * a.in + i;
            }
            return at;
        };
        const auto here = [&](const i64* index) {
            return std::equal(tap.begin(), tap.end(), index);
        };
        // By place and group; or by channel and group; or by feature.
        const auto x_places = [&](const i64* i) {
            const i64 at = place(i, true);
            return at < 0 ? -1 : at * g.groups + i[last] / channels;
        };
        const auto y_places = [&](const i64* i) {
            const i64 at = place(i, false);
            return at < 0 ? -1 : at * g.groups + i[last] / features;
        };
        const auto x_channels = [&](const i64* i) { return place(i, true) < 0 ? -1 : i[last]; };
        const auto y_features = [&](const i64* i) { return place(i, false) < 0 ? -1 : i[last]; };
        const auto w_features = [&](const i64* i) { return here(i) ? i[last] : -1; };
        const auto w_channels = [&](const i64* i) {
            return here(i) ? i[g.rank] + i[last] / features * channels : -1;
        };
        if (to_w) {
            // An element of the filter belongs to a channel of a group, and to a feature.
            d.meet(0, numbered_by(x_shape, x_channels), numbered_by(w_shape, w_channels));
            d.meet(1, numbered_by(y_shape, y_features), numbered_by(w_shape, w_features));
        } else if (to_x) {
            d.meet(0, numbered_by(y_shape, y_places), numbered_by(x_shape, x_places));
            d.meet(1, numbered_by(w_shape, w_channels), numbered_by(x_shape, x_channels));
        } else {
            d.meet(0, numbered_by(x_shape, x_places), numbered_by(y_shape, y_places));
            d.meet(1, numbered_by(w_shape, w_features), numbered_by(y_shape, y_features));
        }
    }
}

void define_convolutions() {
    const auto define = [](OpCode& code, const char* name, Value (*run)(const Call&),
                           void (*reverse)(const Record&, const Value&, Accumulator&),
                           Value (*forward)(const Record&, const Tangents&),
                           Value (*batched)(const Batch&), void (*pattern)(Dependence&)) {
        OpInfo& op = define_op(code, name, 2, run, reverse, forward);
        op.kinds = kind_integer | kind_floating;
        op.half = InFloat16::inside;
        op.attributes = attribute_count;
        op.reads[0] = 1 << 1;
        op.reads[1] = 1 << 0;
        op.batched = batched;
        op.pattern = pattern;
    };
    define(conv_op, "conv", run_conv, conv_reverse, conv_forward<&conv_op>, batched_conv<&conv_op>,
           conv_pattern<&conv_op>);
    define(conv_input_op, "conv_input", run_conv_input, conv_input_reverse,
           conv_forward<&conv_input_op>, batched_conv<&conv_input_op>,
           conv_pattern<&conv_input_op>);
    define(conv_filter_op, "conv_filter", run_conv_filter, conv_filter_reverse,
           conv_forward<&conv_filter_op>, batched_conv<&conv_filter_op>,
           conv_pattern<&conv_filter_op>);
}

}  // namespace ag
