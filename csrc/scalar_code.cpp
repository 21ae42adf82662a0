#include "scalar_code.h"

#include "elements.h"
#include "kernels/common.h"
#include "kernels/kernels.h"
#include "kernels/loops.h"

#define AG_COMPLEX_LOOPS 0
#define AG_VECTOR_LOOPS 0

namespace ag {

namespace {

namespace number {

#include "kernels/functions.inl"
#define AG_ROWS "ops/elementwise.def"
#include "ops/elementwise_structs.inl"
#undef AG_ROWS

template <class T>
AG_INLINE T from_bits(u64 bits) {
    T x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}
template <class T>
AG_INLINE u64 to_bits(T x) {
    u64 bits = 0;
    std::memcpy(&bits, &x, sizeof x);
    return bits;
}

// Rows without a rule for floats have no instructions.
template <class Row, class T>
AG_INLINE u64 value(u64 a, u64 b) {
    if constexpr (!(Row::kinds & kind_floating))
        return 0;
    else if constexpr (Row::arity == 1)
        return to_bits(Row::value(from_bits<T>(a)));
    else
        return to_bits(Row::value(from_bits<T>(a), from_bits<T>(b)));
}

// See PairKernels.
template <int First, int Second, class T>
AG_INLINE u64 pair(u64 first, u64 second, u64 third) {
    using P = PairKernels;
    const T a = from_bits<T>(first), b = from_bits<T>(second), c = from_bits<T>(third);
    const T x = First == P::sum          ? a + b
                : First == P::difference ? a - b
                : First == P::product    ? a * b
                                         : -a;
    return to_bits<T>(Second == P::add             ? x + c
                      : Second == P::subtract      ? x - c
                      : Second == P::subtract_from ? c - x
                                                   : x * c);
}

}  // namespace number

#define AG_PAIRS_OF(PAIR, FIRST) \
    PAIR(FIRST, add)             \
    PAIR(FIRST, subtract)        \
    PAIR(FIRST, subtract_from)   \
    PAIR(FIRST, multiply)
#define AG_PAIRS(PAIR)            \
    AG_PAIRS_OF(PAIR, sum)        \
    AG_PAIRS_OF(PAIR, difference) \
    AG_PAIRS_OF(PAIR, product)    \
    AG_PAIRS_OF(PAIR, negation)

// Rows on floats of two groups are computed by the loop itself, others called.
namespace Do {
enum Step : u32 {
#define UNARY(NAME, ...) NAME##_f32, NAME##_f64,
#define BINARY(NAME, ...) NAME##_f32, NAME##_f64,
#include "ops/rows/arithmetic.def"
#include "ops/rows/comparisons.def"
#undef UNARY
#undef BINARY
// The third input in a second step.
#define AG_PAIR(FIRST, SECOND) FIRST##_##SECOND##_f32, FIRST##_##SECOND##_f64,
    AG_PAIRS(AG_PAIR)
#undef AG_PAIR
        select,  // and the condition in a second step
    convert,     // b: from and to
    function,    // and those that follow: one of the functions
};
}  // namespace Do

constexpr u32 no_step = 0xffffffffu;

u32 inlined(OpCode op, DType dtype) {
    const bool is_double = dtype == DType::float64;
    if (!is_double && dtype != DType::float32) return no_step;
    switch (op) {
#define UNARY(NAME, ...) \
    case Op::NAME: return is_double ? Do::NAME##_f64 : Do::NAME##_f32;
#define BINARY(NAME, ...) \
    case Op::NAME: return is_double ? Do::NAME##_f64 : Do::NAME##_f32;
#include "ops/rows/arithmetic.def"
#include "ops/rows/comparisons.def"
#undef UNARY
#undef BINARY
        default: return no_step;
    }
}

bool is_number(const TypeEntry& type) {
    return type.shape.rank == 0 && fits_inline(type.dtype) && !is_narrow(type.dtype);
}

}  // namespace

bool ScalarCode::takes(const Code& code, const Instruction& i) {
    if (!is_number(code.type(i.output))) return false;
    for (const u32 slot : i.inputs)
        if (!is_number(code.type(slot))) return false;
    return goes_by_elements(code, i);
}

u32 ScalarCode::function(OpCode op, DType dtype) {
    const u32 key = op * static_cast<u32>(dtype_count) + static_cast<u32>(dtype);
    const auto entry = function_of_.emplace(key, static_cast<u32>(functions_.size()));
    if (entry.second) {
        Function f{nullptr, nullptr, op_table[op].kernels->forward[static_cast<int>(dtype)]};
        if (dtype == DType::float32 || dtype == DType::float64) {
            f.unary = number_functions(op).unary[float_index(dtype)];
            f.binary = number_functions(op).binary[float_index(dtype)];
        }
        functions_.push_back(f);
    }
    return entry.first->second;
}

void ScalarCode::append(const Code& code, const Instruction& i, const u32* inputs, u32 output) {
    const DType dtype = code.type(i.inputs[0]).dtype;
    if (i.op == element_ops().select) {
        wide_.push_back({Do::select, output, inputs[0], inputs[1]});
        wide_.push_back({Do::select, 0, inputs[2], 0});
    } else if (i.op == element_ops().cast) {
        const u32 to = static_cast<u32>(code.type(i.output).dtype);
        wide_.push_back({Do::convert, output, inputs[0], static_cast<u32>(dtype) << 8 | to});
    } else {
        u32 step = inlined(i.op, dtype);
        if (step == no_step) step = Do::function + function(i.op, dtype);
        wide_.push_back({step, output, inputs[0], inputs[i.inputs.size() - 1]});
    }
}

void ScalarCode::append_pair(u8 first, u8 second, DType dtype, const u32* inputs, u32 output) {
    const u32 form = static_cast<u32>(first * PairKernels::seconds + second);
    const u32 step = Do::sum_add_f32 + 2 * form + static_cast<u32>(float_index(dtype));
    wide_.push_back({step, output, inputs[0], inputs[1]});
    wide_.push_back({step, 0, inputs[2], 0});
}

void ScalarCode::finish(u32 registers) {
    if (registers > 0x10000 || wide_.empty()) return;
    narrow_.reserve(wide_.size());
    const auto narrow = [](u32 x) { return static_cast<u16>(x); };
    for (const Step<u32>& s : wide_)
        narrow_.push_back({narrow(s.op), narrow(s.out), narrow(s.a), narrow(s.b)});
    std::vector<Step<u32>>().swap(wide_);
}

template <class Index>
void ScalarCode::run_steps(const Step<Index>* at, const Step<Index>* end, u64* r) const {
    for (; at != end; ++at) {
        switch (at->op) {
#define AG_STEP(NAME)                                                               \
    case Do::NAME##_f32:                                                            \
        r[at->out] = number::value<number::NAME##_row, float>(r[at->a], r[at->b]);  \
        break;                                                                      \
    case Do::NAME##_f64:                                                            \
        r[at->out] = number::value<number::NAME##_row, double>(r[at->a], r[at->b]); \
        break;
#define UNARY(NAME, ...) AG_STEP(NAME)
#define BINARY(NAME, ...) AG_STEP(NAME)
#include "ops/rows/arithmetic.def"
#include "ops/rows/comparisons.def"
#undef UNARY
#undef BINARY
#undef AG_STEP
#define AG_PAIR_OF(FIRST, SECOND, SUFFIX, TYPE)                                               \
    case Do::FIRST##_##SECOND##_##SUFFIX: {                                                   \
        const u64 a = r[at->a], b = r[at->b];                                                 \
        const u32 out = at->out;                                                              \
        ++at;                                                                                 \
        r[out] = number::pair<PairKernels::FIRST, PairKernels::SECOND, TYPE>(a, b, r[at->a]); \
        break;                                                                                \
    }
#define AG_PAIR(FIRST, SECOND)            \
    AG_PAIR_OF(FIRST, SECOND, f32, float) \
    AG_PAIR_OF(FIRST, SECOND, f64, double)
            AG_PAIRS(AG_PAIR)
#undef AG_PAIR
#undef AG_PAIR_OF
            case Do::select: {
                const u64 a = r[at->a], b = r[at->b];
                const u32 out = at->out;
                ++at;
                r[out] = r[at->a] != 0 ? a : b;
                break;
            }
            case Do::convert: {
                const u64 x = r[at->a];
                u64 y = 0;
                convert_run(static_cast<DType>(at->b >> 8), &x, static_cast<DType>(at->b & 0xff),
                            &y, 1);
                r[at->out] = y;
                break;
            }
            default: {
                const Function& f = functions_[at->op - Do::function];
                if (f.unary != nullptr) {
                    r[at->out] = f.unary(r[at->a]);
                } else if (f.binary != nullptr) {
                    r[at->out] = f.binary(r[at->a], r[at->b]);
                } else {
                    const void* const in[] = {&r[at->a], &r[at->b]};
                    u64 y = 0;
                    f.loop(1, in, &y);
                    r[at->out] = y;
                }
            }
        }
    }
}

void ScalarCode::run(u32 begin, u32 end, u64* registers) const {
    if (wide_.empty())
        run_steps(narrow_.data() + begin, narrow_.data() + end, registers);
    else
        run_steps(wide_.data() + begin, wide_.data() + end, registers);
}

}  // namespace ag
