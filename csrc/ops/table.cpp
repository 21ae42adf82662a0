// The table of operations, and how it is filled.

#include "table.h"

#include <algorithm>
#include <cstdlib>

#include "../fork.h"
#include "../kernels/select.h"
#include "../kernels/vector_math.h"
#include "../pattern.h"
#include "batch.h"
#include "define.h"

namespace ag {

OpInfo op_table[max_ops];
OpText op_text[max_ops];
int op_count = Op::elementwise_end;

namespace {

Kernels loops[Op::elementwise_end];

void describe(OpCode code, const char* name, const char* names, const char* numpy,
              const char* arguments, double low, double high, const char* summary) {
    op_text[code] = {name, name, names, numpy, arguments, low, high, summary};
}

void define_elementwise() {
    describe(Op::input, "input", "", "", "", 0, 0, "");
    op_table[Op::input].y_slot = -1;
    choose_vector_math(std::getenv("AUTOGRAD_C_VECTOR_MATH"));
    select_kernels(std::getenv("AUTOGRAD_C_ISA"), loops);
#define GROUP(NAME) define_##NAME##_rows();
    AG_ROW_GROUPS(GROUP)
#undef GROUP
#define UNARY(NAME, KINDS, VALUE, PARTIAL, ...) describe(Op::NAME, #NAME, __VA_ARGS__);
#define BINARY(NAME, KINDS, VALUE, PARTIAL_A, PARTIAL_B, ...) \
    describe(Op::NAME, #NAME, __VA_ARGS__);
#include "elementwise.def"
#undef UNARY
#undef BINARY
    // Rows without names of their own speak for those whose values or partials they compute.
    for (const Op::Code code :
         {Op::second_power, Op::twice, Op::zero_of, Op::lowered, Op::pow_slope})
        op_text[code].called = "pow";
    op_text[Op::co_square].called = "atanh";
    op_text[Op::one_plus_square].called = "atan";
    op_text[Op::hypot1].called = "asinh";
    op_text[Op::over_square].called = "atan2";
    op_text[Op::exp_difference].called = "reduce_logsumexp";
    op_text[Op::gelu_tanh].called = "gelu";
    op_text[Op::sigmoid_cross_entropy].called = "sigmoid_cross_entropy_with_logits";
    for (int op = 1; op < Op::elementwise_end; ++op) {
        op_table[op].kernels = &loops[op];
        op_table[op].scatter = Scatter::in_place;
        op_table[op].batched = batch_aligned;
        op_table[op].pattern = pattern_in_place;
    }
}

}  // namespace

OpInfo& define_op(OpCode& code, const char* name, u8 arity, Value (*run)(const Call&),
                  void (*reverse)(const Record&, const Value&, Accumulator&),
                  Value (*forward)(const Record&, const Tangents&)) {
    if (op_count == max_ops) fail(ErrorKind::memory, "there is no room for another operation");
    code = static_cast<OpCode>(op_count++);
    describe(code, name, "", "", "", 0, 0, "");
    OpInfo& op = op_table[code];
    op.y_slot = -1;
    op.arity = arity;
    op.inputs = std::max<u8>(arity, 1);
    op.run = run;
    op.reverse = reverse;
    op.forward = forward;
    return op;
}

void initialise() {
    static const bool done = [] {
        define_elementwise();
        define_stop();
        define_conversions();
        define_shape_ops();
        define_arrangements();
        define_reductions();
        define_products();
        define_extrema();
        define_indexing();
        define_scatter();
        define_pieces();
        define_contraction();
        define_cumulative();
        define_segments();
        define_sorting();
        define_convolutions();
        define_pooling();
        define_factorizations();
        define_equations();
        define_determinants();
        define_diagonals();
        define_bands();
        define_exponential();
        define_special();
        define_softmax();
        define_incomplete();
        define_hosts();
        define_external();
        prepare_for_forks();
        return true;
    }();
    (void)done;
}

OpCode op_named(const char* name) {
    for (int op = 1; op < op_count; ++op)
        if (op_text[op].name != nullptr && std::strcmp(op_text[op].name, name) == 0)
            return static_cast<OpCode>(op);
    fail(ErrorKind::unimplemented, std::string("there is no operation [") + name + "]");
}

// First called before any of them is taken out.
const NumberFunctions& number_functions(OpCode code) {
    static const auto* const all = [] {
        auto* functions = new NumberFunctions[Op::elementwise_end];
        for (int op = 0; op < Op::elementwise_end; ++op)
            for (int k = 0; k < 2; ++k) {
                functions[op].unary[k] = op_table[op].unary_number[k];
                functions[op].binary[k] = op_table[op].binary_number[k];
            }
        return functions;
    }();
    return all[code];
}

void set_scalar_path(bool on) {
    for (int op = 0; op < Op::elementwise_end; ++op) {
        const NumberFunctions& functions = number_functions(static_cast<OpCode>(op));
        for (int k = 0; k < 2; ++k) {
            op_table[op].unary_number[k] = on ? functions.unary[k] : nullptr;
            op_table[op].binary_number[k] = on ? functions.binary[k] : nullptr;
        }
    }
}

}  // namespace ag
