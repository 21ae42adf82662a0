// The fast path of eager execution: one elementwise operation on numbers of one float dtype, and
// its record, without a call into anything but the operation itself.
#pragma once

#include "table.h"

namespace ag {

AG_INLINE bool plain_float(const TensorData& t) {
    return !t.value.is_array &&
           (t.value.dtype == DType::float32 || t.value.dtype == DType::float64);
}

AG_INLINE u64 float_bits(DType dtype, double x) {
    u64 bits = 0;
    if (dtype == DType::float32) {
        const float f = static_cast<float>(x);
        std::memcpy(&bits, &f, sizeof f);
    } else {
        std::memcpy(&bits, &x, sizeof x);
    }
    return bits;
}

// Appends the record of an operation on floats; its node, or no_node if no input is tracked.
AG_INLINE u32 append_number(OpCode code, const OpInfo& op, DType dtype, u64 a, u32 a_node, u64 b,
                            u32 b_node, u64 y) {
    const int tracked = (a_node != no_node) | (b_node != no_node) << 1;
    if (!(tracked & op.differentiable)) return no_node;
    Record* r = active_log->reserve();
    r->op = code;
    r->flags = Record::scalar | static_cast<u8>(Keep::number) | static_cast<u8>(Keep::number) << 2;
    r->dtype = dtype;
    r->type = static_cast<u32>(dtype);
    r->in[0] = a_node;
    r->in[1] = b_node;
    r->keep[0].bits = op.y_slot == 0 ? y : a;
    r->keep[1].bits = op.y_slot == 1 ? y : b;
    return active_log->commit();
}

AG_INLINE void append_scalar(OpCode code, const OpInfo& op, DType dtype, u64 a, u32 a_node, u64 b,
                             u32 b_node, u64 y, TensorData& out) {
    const u32 node = append_number(code, op, dtype, a, a_node, b, b_node, y);
    if (node == no_node) return;
    out.epoch = active_log->epoch;
    out.value.node = node;
}

// Both operands are floats of `dtype`; false if the operation has another result.
AG_INLINE bool scalar_binary(OpCode code, DType dtype, u64 a, u32 a_node, u64 b, u32 b_node,
                             TensorData& out) {
    const OpInfo& op = op_table[code];
    const auto function = op.binary_number[float_index(dtype)];
    if (AG_UNLIKELY(function == nullptr)) return false;
    const u64 y = function(a, b);
    out.value.bits = y;
    out.value.dtype = dtype;
    if (active_log != nullptr) append_scalar(code, op, dtype, a, a_node, b, b_node, y, out);
    return true;
}

AG_INLINE bool scalar_unary(OpCode code, DType dtype, u64 x, u32 node, TensorData& out) {
    const OpInfo& op = op_table[code];
    const auto function = op.unary_number[float_index(dtype)];
    if (AG_UNLIKELY(function == nullptr)) return false;
    const u64 y = function(x);
    out.value.bits = y;
    out.value.dtype = dtype;
    if (active_log != nullptr) append_scalar(code, op, dtype, x, node, 0, no_node, y, out);
    return true;
}

}  // namespace ag
