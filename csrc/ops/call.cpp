#include "call.h"

#include <algorithm>
#include <memory>

#include "../numerics.h"
#include "../program.h"
#include "batch.h"
#include "define.h"
#include "host.h"
#include "ops.h"

namespace ag {

namespace {

OpCode stop_op;

// In Record::flags, between Record::scalar and Record::overwrote.
constexpr int first_flag = 5;

int bits_in(unsigned set) {
    int count = 0;
    for (; set != 0; set &= set - 1) ++count;
    return count;
}

// What the rules of a record read, of its inputs and its output.
unsigned kept_by(const OpInfo& op, u32 in0, u32 in1) {
    if (op.many) return op.reads[0];
    return (in0 != no_node ? op.reads[0] : 0u) | (in1 != no_node ? op.reads[1] : 0u);
}

// Attributes that fit into one payload: one, or two of 32 bits.
bool fits_word(const i64* attributes, std::size_t count) {
    const auto is_small = [](i64 x) { return x >= 0 && x <= 0xffffffff; };
    return count == 1 || (count == 2 && is_small(attributes[0]) && is_small(attributes[1]));
}

// Whether there is anything to record: a derivative, or, for a program, any input.
bool is_tracked(const OpInfo& op, const Call& given, const Value& y) {
    const std::size_t inputs = op.many ? given.size() : op.arity;
    if (is_differentiable(y.dtype))
        for (std::size_t k = 0; k < inputs; ++k)
            if (given[k].node != no_node && is_differentiable(given[k].dtype)) return true;
    if (AG_LIKELY(active_log->program == nullptr)) return false;
    for (std::size_t k = 0; k < given.size(); ++k)
        if (given[k].node != no_node) return true;
    return false;
}

void append(OpCode code, const OpInfo& op, const Call& given, Value& y) {
    const bool derives = is_differentiable(y.dtype);
    const auto input = [&](std::size_t k) {
        return derives && k < given.size() && is_differentiable(given[k].dtype) ? given[k].node
                                                                                : no_node;
    };
    const u32 in0 = op.arity > 0 && !op.many ? input(0) : no_node;
    const u32 in1 = op.arity > 1 && !op.many ? input(1) : no_node;

    const unsigned kept = keeps_values() ? kept_by(op, in0, in1) : 0;
    const Value* values[8];
    std::size_t count = 0;
    for (std::size_t j = 0; j < given.size() && j < 7; ++j)
        if (kept >> j & 1) values[count++] = &given[j];
    if (kept & reads_output) values[count++] = &y;

    const i64* const attributes = given.attributes() + op.flag_attributes;
    const std::size_t rest =
        op.attributes == output_extents ? 0 : given.attribute_count() - op.flag_attributes;
    const bool in_word =
        rest > 0 && count < 2 && op.attributes != any_number && fits_word(attributes, rest);
    // Numbers that a record keeps have one dtype.
    const bool fits = count < 2 || (count == 2 && values[0]->dtype == values[1]->dtype);
    std::unique_ptr<Extra> extra;
    if (op.many || !fits || (rest > 0 && !in_word)) {
        extra = std::make_unique<Extra>();
        extra->attributes.assign(attributes, attributes + rest);
        if (op.many)
            for (std::size_t k = 0; k < given.size(); ++k) extra->inputs.push_back(input(k));
        for (std::size_t k = 1; k < count; ++k) extra->kept.push_back(values[k]->detached());
    }
    Record* const r = open_record(code, y, in0, in1);
    for (int k = 0; k < op.flag_attributes; ++k)
        if (given.attribute(static_cast<std::size_t>(k)) != 0)
            r->flags |= static_cast<u8>(1 << (first_flag + k));
    if (given.took_first(y)) r->flags |= Record::overwrote;
    if (count > 0) r->store(0, *values[0]);
    if (extra != nullptr) {
        r->store_extra(1, extra.release());
    } else if (count > 1) {
        r->store(1, *values[1]);
    } else if (in_word) {
        r->keep[1].bits =
            rest == 1 ? static_cast<u64>(attributes[0])
                      : static_cast<u64>(attributes[0]) | static_cast<u64>(attributes[1]) << 32;
        r->set_kind(1, Keep::number);
    }
    finish_record(y);
}

void append_in_program(OpCode code, const OpInfo& op, const Call& given, Value& y) {
    active_log->program->prepare(given);
    append(code, op, given, y);
    active_log->program->enter(y.node);
}

void record(OpCode code, const OpInfo& op, const Call& given, Value& y) {
    if (!is_tracked(op, given, y)) return;
    if (AG_UNLIKELY(active_log->program != nullptr))
        append_in_program(code, op, given, y);
    else
        append(code, op, given, y);
}

// What `f` makes of the call with float32 for a narrow dtype, converted by `convert`, and back if
// it is float32.
template <class F>
Value in_float32(const Call& given, Value (*convert)(const Value&, DType), F f) {
    const WideCall wide(given, convert);
    const Value y = f(wide.call());
    return y.dtype == DType::float32 ? convert(y, given[0].dtype) : y;
}

// The same operation in float32, conversions to and from it recorded.
Value call_outside(OpCode code, const Call& given) {
    const auto again = [code](const Call& wide) { return call(code, wide); };
    Value y = in_float32(given, converted, again);
    check_result(op_text[code].called, given.inputs(), given.size(), y);
    return y;
}

}  // namespace

WideCall::WideCall(const Call& given, Value (*convert)(const Value&, DType))
    : inputs_(given.inputs(), given.inputs() + given.size()),
      call_(given.attributes(), given.attribute_count(), inputs_.data(), inputs_.size()) {
    wide_.reserve(given.size());
    for (std::size_t k = 0; k < given.size(); ++k) {
        if (!is_narrow(given[k].dtype)) continue;
        wide_.push_back(convert(given[k], DType::float32));
        inputs_[k] = &wide_.back();
    }
}

Value Call::take_first() const {
    const Value& x = *inputs_[0];
    const bool own = x.is_array && x.array->contiguous && x.array->exclusive();
    if (given_up_ == nullptr || !own) return fresh_copy(x);
    return std::move(*given_up_);  // what is left of it still says what dtype and node it had
}

Value call(OpCode code, const Call& given) {
    const OpInfo& op = op_table[code];
    if (AG_UNLIKELY(op.host != nullptr)) return call_host(code, given)[0];
    AG_ASSERT(op.run != nullptr && (op.many ? given.size() >= 1 : given.size() == op.inputs));
    AG_ASSERT(op.attributes >= output_extents || given.attribute_count() == op.attributes);
    const DType dtype = given[0].dtype;
    if (op.kinds != 0 && !(op.kinds & kind_of(dtype)))
        no_rule(op_text[code].called, dtype, op.kinds);
    if (is_narrow(dtype) && op.half == InFloat16::outside) return call_outside(code, given);
    const bool narrow = is_narrow(dtype) && op.half == InFloat16::inside;
    if (AG_LIKELY(active_log == nullptr && !checking && !narrow)) {
        Value y = op.run(given);
        y.node = no_node;
        return y;
    }
    Value y;
    {
        Computing scope;
        y = narrow ? in_float32(given, cast, op.run) : op.run(given);
    }
    y.node = no_node;
    if (op.checks == Checked::all ||
        (op.checks == Checked::if_smaller && y.size() != given[0].size()))
        check_result(op_text[code].called, given.inputs(), given.size(), y);
    if (active_log != nullptr) record(code, op, given, y);
    return y;
}

Value call_any(OpCode code, const Call& given) {
    if (!op_table[code].elementwise) return call(code, given);
    return op_table[code].arity == 1 ? unary(code, given[0]) : binary(code, given[0], given[1]);
}

// ---------------------------------------------------------------- records

bool is_asked_in_program() {
    const auto& open = thread_state().open;
    return std::any_of(open.begin(), open.end(), [](const Tape* t) { return !t->never_asked; });
}

Record* open_record(OpCode op, const Value& y, u32 in0, u32 in1) {
    Log* log = active_log;
    const u32 type = log->type_of(y);
    Record* r = log->reserve();
    r->op = op;
    r->dtype = y.dtype;
    r->type = type;
    r->in[0] = in0;
    r->in[1] = in1;
    note_origin();
    log->elements += y.size();
    return r;
}

Attributes attributes_of(const Log& log, const Record& r) {
    const OpInfo& op = op_table[r.op];
    Attributes all;
    const auto append = [&](const i64* from, std::size_t count) {
        std::copy_n(from, count, all.extend(count));
    };
    if (op.attributes == output_extents) {
        const Shape& shape = log.type(r.type).shape;
        append(shape.dims, static_cast<std::size_t>(shape.rank));
        return all;
    }
    for (int k = 0; k < op.flag_attributes; ++k) all.push_back(r.flags >> (first_flag + k) & 1);
    if (const Extra* e = r.extra()) {
        append(e->attributes.data(), e->attributes.size());
        return all;
    }
    const int rest = op.attributes - op.flag_attributes;
    if (rest == 1) {
        all.push_back(static_cast<i64>(r.keep[1].bits));
    } else if (rest == 2) {
        all.push_back(static_cast<i64>(r.keep[1].bits & 0xffffffff));
        all.push_back(static_cast<i64>(r.keep[1].bits >> 32));
    }
    return all;
}

namespace {

Value kept(const Log& log, u32 node, unsigned bit, u32 made_by) {
    const Record& r = log[node];
    const unsigned all = kept_by(op_table[r.op], r.in[0], r.in[1]);
    AG_ASSERT(all & bit);
    const int place = bits_in(all & (bit - 1));
    const u32 active = made_by == no_node ? no_node : log.node_in_active(made_by);
    if (place == 0) return r.load(0, active);
    if (r.kind(1) != Keep::extra) return r.load(1, active);
    Value v = r.extra()->kept[static_cast<std::size_t>(place) - 1];
    v.node = active;
    return v;
}

}  // namespace

Value kept_input(const Log& log, u32 node, int j) {
    const Record& r = log[node];
    const OpInfo& op = op_table[r.op];
    u32 made_by = op.many ? r.input(j) : j < 2 && j < op.arity ? r.in[j] : no_node;
    if (AG_UNLIKELY(log.program != nullptr) && made_by == no_node)
        made_by = log.program->input_node(node, j);
    return kept(log, node, 1u << j, made_by);
}

Value kept_output(const Log& log, u32 node) { return kept(log, node, reads_output, node); }

// ---------------------------------------------------------------- stop

Value stop_in_program(const Value& x) { return call(stop_op, {}, {&x}); }

static Value run_stop(const Call& given) { return given[0]; }

void define_stop() {
    OpInfo& op = define_op(stop_op, "stop_gradient", 0, run_stop, nullptr, nullptr);
    op.checks = Checked::none;
    op.batched = batch_aligned;
}

}  // namespace ag
