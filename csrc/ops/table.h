// The operation table: what the engine, the sweeps and the Python side know of each operation. What
// sweeps touch (OpInfo) and what people read (OpText) are apart in memory.
#pragma once

#include "../log.h"

namespace ag {

// A loop over n contiguous elements. Forward: in = {x} or {a, b}. Reverse: in = {g, a, b, y},
// with null for what the partial does not use; `out` may be g itself.
using Loop = void (*)(i64 n, const void* const* in, void* out);

// The loops of one elementwise operation, by dtype; null where the operation has no rule.
struct Kernels {
    Loop forward[dtype_count];
    // [input][0: out = g * partial, 1: out += g * partial][float32, float64, complex64, complex128]
    Loop reverse[2][2][4];
    // The same for a tangent in place of the cotangent: without guards against poles.
    Loop push[2][2][4];
};
constexpr int float_index(DType t) {
    return static_cast<int>(t) - static_cast<int>(DType::float32);
}

enum class PartialKind : u8 { none, one, minus_one, zero, general };

// Kinds of dtypes an operation accepts.
enum Kinds : u8 {
    kind_boolean = 1,
    kind_integer = 2,
    kind_floating = 4,
    kind_complex = 8,
};
constexpr u8 kind_of(DType t) {
    return t == DType::boolean ? kind_boolean
           : is_integer(t)     ? kind_integer
           : is_floating(t)    ? kind_floating
                               : kind_complex;
}

[[noreturn]] inline void no_rule(const char* operation, DType dtype, int kinds) {
    throw NoRule(operation, name(dtype), kinds);
}

// What a reverse rule makes of a batched cotangent of which each element stands in one row only
// (see Scattered in scattered.h).
enum class Scatter : u8 {
    spread,    // something else
    in_place,  // each element stays where it is: inputs have the output's shape
    moved,     // elements are moved or repeated, and no two of them are added
};

class Host;         // of operations from outside of the engine; see host.h
class Call;         // a call of a structural operation; see call.h
class Batch;        // many of them at once; see batch.h
class Dependence;   // how the elements of a call's inputs meet in its result; see pattern.h
class Slots;        // of a sweep over numbers and arrays; see slots.h
class Accumulator;  // what a structural rule hands its cotangents to; see sweep.h
class Tangents;     // what a forward rule reads its tangents from; see sweep.h

// How a structural operation computes in float16 and bfloat16.
enum class InFloat16 : u8 {
    as_is,    // `run` takes it: elements are moved, or it sees to it itself
    inside,   // in float32, one record
    outside,  // in float32, by conversions that are recorded: its derivative computes in float32
              // too
};

// Which results are looked at where those that are not finite are an error.
enum class Checked : u8 {
    all,
    if_smaller,  // they are elements of what was looked at, some of which may be missing
    none,        // they are elements of what was looked at
};

// What it takes to run an operation.
enum class Effect : u8 {
    none,
    python,  // the layer above, with its lock
};

constexpr u8 reads_output = 0x80;
// In the place of a number of attributes: as many as the call has; or the extents of the result,
// which the record knows anyway.
constexpr u8 any_number = 0xff, output_extents = 0xfe;

struct OpInfo {
    u8 arity = 0;  // inputs that it has a derivative by, before others that it has none by
    bool elementwise = false;
    u8 kinds = 0;  // of the first input; 0: `run` sees to it
    bool to_boolean = false;

    // Elementwise operations: filled in from ops/elementwise.def.
    PartialKind partial[2] = {PartialKind::none, PartialKind::none};
    u8 differentiable = 0;             // bit k: input k has a derivative
    u8 uses[2] = {};                   // what partial k reads: bit 0 x or a, bit 1 b, bit 2 y
    u8 keep[4] = {};                   // payloads to keep, by the set of tracked inputs
    int y_slot = 0;                    // the payload that holds the result, if a partial uses it
    u64 (*unary_number[2])(u64) = {};  // float32, float64
    u64 (*binary_number[2])(u64, u64) = {};
    void (*reverse_number[2])(const Record&, u64 g, Slots&) = {};
    // The same for `count` cotangents at once.
    void (*reverse_lanes[2])(const Record&, const void* g, i64 count, Slots&) = {};
    u64 (*forward_number[2])(const Record&, const Value* a_tangent, const Value* b_tangent) = {};
    // [input][0: times a cotangent, 1: times a tangent]
    Value (*recorded[2][2])(const Value& g, const Value& a, const Value& b, const Value& y) = {};
    const Kernels* kernels = nullptr;

    // Structural operations. `run` computes and does nothing else; see call.h for what is done
    // around it. Rules are written in terms of other operations.
    Value (*run)(const Call&) = nullptr;
    void (*reverse)(const Record&, const Value& g, Accumulator&) = nullptr;
    Value (*forward)(const Record&, const Tangents&) = nullptr;
    u8 inputs = 0;           // of a call, those without a derivative included
    bool many = false;       // or any number of them, and a derivative by each
    u8 attributes = 0;       // how many, or any_number, or output_extents
    u8 flag_attributes = 0;  // the first of them, 0 or 1, stand in the record's flags
    // By the rules for input k, of `many` by the first for all: bit j for input j, or reads_output.
    u8 reads[2] = {};
    InFloat16 half = InFloat16::as_is;
    Checked checks = Checked::all;

    Scatter scatter = Scatter::spread;
    bool (*scatters)(const Record&) = nullptr;  // if that depends on the record
    // Or a rule of its own for scattered cotangents, which returns false if it has none.
    bool (*reverse_scattered)(const Record&, const Value& values, const Value& rows,
                              Accumulator&) = nullptr;

    bool defers = false;  // stands for a further output of the record in[0]

    // The call with an axis in front of some of its inputs, made of recorded calls; see batch.h.
    // Null: each row of the batch is called by itself.
    Value (*batched)(const Batch&) = nullptr;
    // Which elements of the inputs each one of the result has derivatives by; see pattern.h. Null:
    // all of them.
    void (*pattern)(Dependence&) = nullptr;

    // Host rows: the host in the place of `run`; see host.h.
    Host* host = nullptr;
    Effect effect = Effect::none;
};

struct OpText {
    const char* name = nullptr;
    const char* called = nullptr;  // in messages: the function that people have written
    // Of elementwise operations, for documentation and tests; empty for others.
    const char* names = nullptr;
    const char* numpy = nullptr;
    const char* arguments = nullptr;
    double low = 0, high = 0;
    const char* summary = nullptr;
};

// Room for all that a process may come to define. An empty row is all zeros, so that the tables
// take no room in the file, and pages that no operation is in take no memory.
constexpr int max_ops = 1 << 14;
extern OpInfo op_table[max_ops];
extern OpText op_text[max_ops];
extern int op_count;

// Adds a structural operation, and sets `code` to its code. Throws if there is no room for it.
OpInfo& define_op(OpCode& code, const char* name, u8 arity, Value (*run)(const Call&),
                  void (*reverse)(const Record&, const Value&, Accumulator&),
                  Value (*forward)(const Record&, const Tangents&));

// The groups of elementwise operations: rows/NAME.def, compiled by kernels/rows_NAME.cpp, their
// loops, and by ops/rows_NAME.cpp, the rest.
#define AG_ROW_GROUPS(GROUP) \
    GROUP(arithmetic)        \
    GROUP(functions)         \
    GROUP(activations)       \
    GROUP(poles)             \
    GROUP(comparisons)       \
    GROUP(inner)

// Codes of the elementwise operations: Op::tanh and so on, from 1.
namespace Op {
enum Code : OpCode {
    input = input_op,
#define UNARY(NAME, ...) NAME,
#define BINARY(NAME, ...) NAME,
#include "elementwise.def"
#undef UNARY
#undef BINARY
    elementwise_end
};
}  // namespace Op

// Fills the table. Called once, before anything else. Throws std::runtime_error if what the
// environment asks for, AUTOGRAD_C_ISA and AUTOGRAD_C_VECTOR_MATH, is not there.
void initialise();
// The operation of that name, which there is.
OpCode op_named(const char* name);
// The functions of the scalar path, by float_index; null where there is none.
struct NumberFunctions {
    u64 (*unary[2])(u64);
    u64 (*binary[2])(u64, u64);
};
// Of an elementwise operation, whether they are in the table or not.
const NumberFunctions& number_functions(OpCode code);
// Puts the functions of the scalar path into the table, or takes them out.
void set_scalar_path(bool on);

}  // namespace ag
