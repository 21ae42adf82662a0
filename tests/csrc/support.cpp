#include "support.h"

#include "kernels/loops.h"

namespace test {

u64 Random::bits() {
    // splitmix64
    u64 z = state_ += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

// ---------------------------------------------------------------- values

Value complex_values(DType dtype, const Shape& shape, const std::vector<Number>& elements) {
    Value y = make_value(dtype, shape);
    AG_ASSERT(y.size() == static_cast<i64>(elements.size()));
    if (y.size() != 0)
        convert_run(DType::complex128, elements.data(), dtype, y.mutable_data(), y.size());
    return y;
}

Value values(DType dtype, const Shape& shape, const std::vector<double>& elements) {
    return complex_values(dtype, shape, {elements.begin(), elements.end()});
}

Value number(DType dtype, Number x) { return complex_values(dtype, Shape(), {x}); }

Value random_value(Random& random, DType dtype, const Shape& shape, double low, double high) {
    std::vector<Number> numbers(static_cast<std::size_t>(shape.size()));
    for (Number& x : numbers)
        x = {random.between(low, high), is_complex(dtype) ? random.between(low, high) : 0};
    return complex_values(dtype, shape, numbers);
}

std::vector<Number> elements(const Value& x) {
    std::vector<Number> out(static_cast<std::size_t>(x.size()));
    convert_into(x, x.shape(), DType::complex128, reinterpret_cast<char*>(out.data()));
    return out;
}

Number element(const Value& x, i64 index) { return elements(x)[static_cast<std::size_t>(index)]; }

Value scalar(const Value& x, i64 index) {
    const Value c = contiguous(x);
    Value y = make_value(x.dtype, Shape());
    const i64 item = itemsize(x.dtype);
    std::memcpy(y.mutable_data(), c.data() + index * item, static_cast<std::size_t>(item));
    return y;
}

const char* name(Layout layout) {
    constexpr const char* names[] = {"contiguous", "transposed", "backwards", "gaps", "inside"};
    return names[static_cast<int>(layout)];
}

Value laid_out(const Value& x, Layout layout) {
    const int rank = x.rank();
    if (rank == 0) return x;
    PauseRecording pause;
    // A larger array is made, and the view of it that has x's elements.
    Shape outer;
    i64 steps[max_rank], starts[max_rank];
    int order[max_rank];
    for (int k = 0; k < rank; ++k) {
        steps[k] = layout == Layout::backwards ? -1 : layout == Layout::gaps ? 2 : 1;
        starts[k] = layout == Layout::inside ? 1 : 0;
        order[k] = layout == Layout::transposed ? rank - 1 - k : k;
    }
    for (int k = 0; k < rank; ++k) {
        const i64 extent = x.extent(order[k]);
        outer.push(layout == Layout::gaps     ? 2 * extent + 1
                   : layout == Layout::inside ? extent + 3
                                              : extent);
    }
    Array* base = Array::create(x.dtype, outer);
    std::memset(base->data, 0x5a, static_cast<std::size_t>(base->bytes()));
    if (x.dtype == DType::boolean)
        std::memset(base->data, 0, static_cast<std::size_t>(base->bytes()));
    i64 strides[max_rank];
    char* data = base->data;
    for (int k = 0; k < rank; ++k) {
        const int axis = order[k];
        const i64 stride = base->strides()[k];
        strides[axis] = stride * steps[axis];
        if (steps[axis] < 0) data += stride * std::max<i64>(x.extent(axis) - 1, 0);
        data += stride * starts[axis];
    }
    copy_strided(itemsize(x.dtype), x.shape(), x.array->data, x.array->strides(), data, strides);
    const Value y = Value::take(Array::view(base, x.dtype, data, x.shape(), strides));
    base->drop();
    return y;
}

bool near(const char* file, int line, const char* source, const Value& a, const Value& b,
          double tolerance) {
    if (a.dtype != b.dtype || a.shape() != b.shape()) {
        report(file, line,
               std::string(source) + ": " + ag::name(a.dtype) + " " + a.shape().text() +
                   " beside " + ag::name(b.dtype) + " " + b.shape().text());
        return false;
    }
    const std::vector<Number> x = elements(a), y = elements(b);
    for (std::size_t k = 0; k < x.size(); ++k) {
        const Note at("element", static_cast<long long>(k));
        if (!near(file, line, source, x[k], y[k], tolerance)) return false;
    }
    return true;
}

bool identical(const Value& a, const Value& b) {
    if (a.dtype != b.dtype || a.shape() != b.shape()) return false;
    const Value x = contiguous(a), y = contiguous(b);
    return std::memcmp(x.data(), y.data(),
                       static_cast<std::size_t>(x.size() * itemsize(x.dtype))) == 0;
}

double inner(const Value& a, const Value& b) {
    const std::vector<Number> x = elements(a), y = elements(b);
    double total = 0;
    for (std::size_t k = 0; k < x.size(); ++k) total += (std::conj(x[k]) * y[k]).real();
    return total;
}

OpCode code_of(const std::string& name) {
    for (int op = 1; op < op_count; ++op)
        if (name == op_text[op].name) return static_cast<OpCode>(op);
    fail("there is no operation " + name);
}

double tolerance(DType dtype) {
    switch (real_dtype(dtype)) {
        case DType::float16: return 2e-3;
        case DType::bfloat16: return 2e-2;
        case DType::float32: return 2e-6;
        case DType::float64: return 4e-15;
        default: return 0;
    }
}

// ---------------------------------------------------------------- tapes

std::vector<Answer> reverse(const Tape& tape, const std::vector<Seed>& seeds,
                            const std::vector<u32>& sources, bool consume, i64 batch) {
    std::vector<Answer> answers(sources.size());
    reverse_sweep(tape, seeds.data(), seeds.size(), sources.data(), sources.size(), answers.data(),
                  consume, batch);
    return answers;
}

std::vector<Answer> forward(const Tape& tape, const std::vector<Seed>& seeds,
                            const std::vector<u32>& targets) {
    std::vector<Answer> answers(targets.size());
    forward_sweep(tape, seeds.data(), seeds.size(), targets.data(), targets.size(), answers.data());
    return answers;
}

namespace {

Value only(const std::vector<Answer>& answers, const Value& like) {
    if (!answers[0].rows.empty()) {
        Value total = zeros(like.dtype, like.shape());
        for (const Slots::Rows& r : answers[0].rows)
            total = binary(Op::add, total, scatter_add(r.values, r.indices, like.extent(0)));
        return total;
    }
    if (answers[0].connected) return answers[0].value;
    report(__FILE__, __LINE__, "not connected");
    return zeros(like.dtype, like.shape());
}

}  // namespace

Value gradient(const Tape& tape, const Value& y, const Value& g, const Value& x) {
    return only(reverse(tape, {{y.node, g}}, {x.node}), x);
}

Value tangent(const Tape& tape, const Value& x, const Value& t, const Value& y) {
    return only(forward(tape, {{x.node, t}}, {y.node}), y);
}

}  // namespace test
