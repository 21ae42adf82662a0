#include "elements.h"

namespace ag {

const ElementOps& element_ops() {
    static const ElementOps all{op_named("where"), op_named("cast")};
    return all;
}

// What eager execution does otherwise than by the row's loop.
static bool is_special(OpCode op, DType dtype) {
    if (is_complex(dtype)) return op == Op::abs || op == Op::sign;
    return is_integer(dtype) && (op == Op::floordiv || op == Op::mod || op == Op::truncatediv ||
                                 op == Op::truncatemod || op == Op::pow);
}

bool goes_by_elements(const Code& code, const Instruction& i) {
    const OpInfo& op = op_table[i.op];
    if (op.host != nullptr || is_narrow(code.type(i.output).dtype)) return false;
    for (const u32 slot : i.inputs)
        if (is_narrow(code.type(slot).dtype)) return false;
    if (i.inputs.empty()) return false;
    const DType dtype = code.type(i.inputs[0]).dtype;
    if (op.elementwise)
        return (op.kinds & kind_of(dtype)) && !is_special(i.op, dtype) &&
               (op.arity == 1 || code.type(i.inputs[1]).dtype == dtype);
    if (i.op == element_ops().select)
        return code.type(i.inputs[1]).dtype == dtype &&
               code.type(i.inputs[2]).dtype == DType::boolean;
    return i.op == element_ops().cast;
}

}  // namespace ag
