// Elementwise operations: run, recorded, and their partials.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "../kernels/common.h"
#include "../kernels/loops.h"
#include "../program.h"
#include "../sweep.h"
#include "define.h"
#include "ops.h"
#include "scalar.h"

namespace ag {

namespace {

void require_rule(OpCode code, DType dtype) {
    const u8 kinds = op_table[code].kinds;
    if (!(kinds & kind_of(dtype))) no_rule(op_text[code].called, dtype, kinds);
}

bool is_plain_float(const Value& v) {
    return !v.is_array && (v.dtype == DType::float32 || v.dtype == DType::float64);
}

// `tracked`: the inputs that have a node. Where none of them gives a derivative, the record is
// there for a program alone.
void append(OpCode code, const OpInfo& op, const Value& a, const Value* b, Value& y, int tracked,
            bool derives) {
    Log* log = active_log;
    Record* r = log->reserve();
    r->op = code;
    r->dtype = a.dtype;
    r->type = log->type_of(y);
    r->in[0] = derives ? a.node : no_node;
    r->in[1] = derives && b != nullptr ? b->node : no_node;
    note_origin();  // may fail: before payloads are stored
    const bool keeps = derives && keeps_values();
    const u8 keep = keeps ? op.keep[tracked] : 0;
    if (keep & 1) r->store(0, op.y_slot == 0 ? y : a);
    if (keep & 2) r->store(1, op.y_slot == 1 ? y : *b);
    if (keeps && is_plain_float(y) && is_plain_float(a) && (b == nullptr || is_plain_float(*b)))
        r->flags |= Record::scalar;
    log->elements += y.size();
    y.node = log->commit();
}

void record_in_program(OpCode code, const OpInfo& op, const Value& a, const Value* b, Value& y,
                       int tracked, bool derives) {
    const Value* const inputs[] = {&a, b};
    active_log->program->prepare(Call(nullptr, 0, inputs, b == nullptr ? 1 : 2));
    append(code, op, a, b, y, tracked, derives);
    active_log->program->enter(y.node);
}

void record(OpCode code, const OpInfo& op, const Value& a, const Value* b, Value& y) {
    const int tracked = (a.node != no_node) | (b != nullptr && b->node != no_node) << 1;
    const bool derives = (tracked & op.differentiable) && is_differentiable(y.dtype);
    if (AG_UNLIKELY(active_log->program != nullptr)) {
        if (tracked != 0) record_in_program(code, op, a, b, y, tracked, derives);
    } else if (derives) {
        append(code, op, a, b, y, tracked, true);
    }
}

// What has been computed, looked at and recorded where that is asked for: either takes the short
// way for numbers from all threads.
Value finished(OpCode code, const Value& a, const Value* b, Value y) {
    if (b == nullptr)
        check_result(op_text[code].called, {&a}, y);
    else
        check_result(op_text[code].called, {&a, b}, y);
    if (active_log != nullptr) record(code, op_table[code], a, b, y);
    return y;
}

}  // namespace

Value complex_abs(const Value& x);
Value complex_sign(const Value& x);

Value unary(OpCode code, const Value& x) {
    const OpInfo& op = op_table[code];
    if (is_plain_float(x)) {
        const auto function = op.unary_number[float_index(x.dtype)];
        if (AG_LIKELY(function != nullptr)) {
            Value y = Value::from_bits(x.dtype, function(x.bits));
            if (active_log != nullptr)
                y.node = append_number(code, op, x.dtype, x.bits, x.node, 0, no_node, y.bits);
            return y;
        }
        const auto held = number_functions(code).unary[float_index(x.dtype)];
        if (held != nullptr)
            return finished(code, x, nullptr, Value::from_bits(x.dtype, held(x.bits)));
    }
    if (is_complex(x.dtype)) {
        if (code == Op::abs) return complex_abs(x);
        if (code == Op::sign) return complex_sign(x);
    }
    require_rule(code, x.dtype);
    const DType dtype = op.to_boolean ? DType::boolean : x.dtype;
    Value y = make_value(dtype, x.shape());
    const Value* inputs[] = {&x};
    run_loop(op.kernels->forward[static_cast<int>(loop_dtype(x.dtype))], inputs, 1, y.shape(), y,
             false);
    return finished(code, x, nullptr, std::move(y));
}

namespace {

bool any_element(const Value& v, bool (*test)(const Value&, i64)) {
    const Value c = contiguous(v);
    for (i64 i = 0; i < c.size(); ++i)
        if (test(c, i)) return true;
    return false;
}

bool is_zero_at(const Value& v, i64 i) {
    static const char zeros_[8] = {};
    const auto item = static_cast<std::size_t>(itemsize(v.dtype));
    return std::memcmp(v.data() + static_cast<std::size_t>(i) * item, zeros_, item) == 0;
}

bool is_negative_at(const Value& v, i64 i) {
    return dispatch(v.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_integral_v<T> && std::is_signed_v<T>)
            return reinterpret_cast<const T*>(v.data())[i] < 0;
        else
            return false;
    });
}

// What integer loops cannot do at all is refused before they run.
void check_integer_operands(OpCode code, const Value& b) {
    const bool divides = code == Op::floordiv || code == Op::mod || code == Op::truncatediv ||
                         code == Op::truncatemod;
    if (divides && any_element(b, is_zero_at))
        fail(std::string("[") + op_text[code].name + "] Integer division by zero");
    if (code == Op::pow && any_element(b, is_negative_at))
        fail("[pow] Integers to negative integer powers are not allowed");
}

}  // namespace

Value binary(OpCode code, const Value& a, const Value& b) {
    const OpInfo& op = op_table[code];
    if (is_plain_float(a) && is_plain_float(b) && a.dtype == b.dtype) {
        const auto function = op.binary_number[float_index(a.dtype)];
        if (AG_LIKELY(function != nullptr)) {
            Value y = Value::from_bits(a.dtype, function(a.bits, b.bits));
            if (active_log != nullptr)
                y.node = append_number(code, op, a.dtype, a.bits, a.node, b.bits, b.node, y.bits);
            return y;
        }
        const auto held = number_functions(code).binary[float_index(a.dtype)];
        if (held != nullptr)
            return finished(code, a, &b, Value::from_bits(a.dtype, held(a.bits, b.bits)));
    }
    require_same_dtype(op_text[code].called, a, b);
    require_rule(code, a.dtype);
    if (is_integer(a.dtype)) check_integer_operands(code, b);
    const Shape shape =
        a.same_shape(b) ? a.shape() : broadcast_shapes(a.shape(), b.shape(), op_text[code].called);
    Value y = make_value(op.to_boolean ? DType::boolean : a.dtype, shape);
    const Value* inputs[] = {&a, &b};
    run_loop(op.kernels->forward[static_cast<int>(loop_dtype(a.dtype))], inputs, 2, shape, y,
             false);
    return finished(code, a, &b, std::move(y));
}

Value times_partial(const OpInfo& op, int k, const Value& g, const Value& a, const Value& b,
                    const Value& y, const Shape& shape, bool tangent) {
    const u8 used = op.uses[k];
    if (active_log != nullptr) {
        const auto recorded = op.recorded[k][tangent];
        if (!is_narrow(g.dtype) || op.partial[k] != PartialKind::general)
            return recorded(g, a, b, y);
        // What the partial is made of may leave the range of a narrow dtype, though the partial
        // does not.
        const auto wide = [](const Value& x, bool is_used) {
            return is_used ? cast(x, DType::float32) : x;
        };
        return cast(
            recorded(wide(g, true), wide(a, used & 1), wide(b, used & 2), wide(y, used & 4)),
            g.dtype);
    }
    switch (op.partial[k]) {
        case PartialKind::one: return g;
        case PartialKind::minus_one: return unary(Op::negative, g);
        case PartialKind::none:
        case PartialKind::zero: return zeros(g.dtype, shape);
        case PartialKind::general: break;
    }
    const Value* inputs[] = {&g, used & 1 ? &a : nullptr, used & 2 ? &b : nullptr,
                             used & 4 ? &y : nullptr};
    Value out = make_value(g.dtype, shape);
    const auto& loops = tangent ? op.kernels->push[k] : op.kernels->reverse[k];
    run_loop(loops[0][float_index(loop_dtype(g.dtype))], inputs, 4, shape, out, false);
    return out;
}

Value full(DType dtype, const Shape& shape, double x) {
    const Value one_number = Value::constant(dtype, x);
    if (shape.rank == 0) return one_number;
    Array* base = Array::create(dtype, Shape{1});
    std::memcpy(base->data, one_number.data(), static_cast<std::size_t>(itemsize(dtype)));
    const i64 strides[max_rank] = {};
    Array* out = nullptr;
    try {
        out = Array::view(base, dtype, base->data, shape, strides);
    } catch (...) {
        base->drop();
        throw;
    }
    base->drop();
    return Value::take(out);
}

Value zeros(DType dtype, const Shape& shape) { return full(dtype, shape, 0); }

}  // namespace ag
