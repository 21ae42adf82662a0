// Operations whose rule lives outside of the engine: custom gradients.
//
// An operation with m outputs is m records in a row. The first one has the inputs and the rule; the
// others only stand for their outputs. A reverse sweep meets the first one last, when the
// cotangents of all outputs are complete.

#include <algorithm>
#include <memory>
#include <set>

#include "../sharing.h"
#include "../sweep.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode foreign_op, output_op;

}  // namespace

bool record_foreign(const std::vector<Value>& inputs, std::vector<Value>& outputs, void* object,
                    int (*reverse)(void*, ForeignCall&), int (*forward)(void*, ForeignPush&),
                    void (*release)(void*), std::size_t own) {
    Log* log = active_log;
    bool tracked = false;
    for (const Value& v : inputs) tracked |= v.node != no_node && is_differentiable(v.dtype);
    if (log == nullptr || !tracked || outputs.empty()) return false;
    auto extra = std::make_unique<Extra>();
    for (const Value& v : inputs)
        extra->inputs.push_back(is_differentiable(v.dtype) ? v.node : no_node);
    extra->attributes.push_back(static_cast<i64>(outputs.size()));
    extra->attributes.push_back(static_cast<i64>(std::min(own, inputs.size())));
    std::vector<u32> types;
    for (const Value& v : outputs) types.push_back(log->type_of(v));
    log->prepare(static_cast<u32>(outputs.size()));
    // The last thing that can fail: from here on the log has the rule.
    note_origin(static_cast<u32>(outputs.size()));
    const u32 first = log->size();
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        Record* r = log->reserve();
        r->op = k == 0 ? foreign_op : output_op;
        r->dtype = outputs[k].dtype;
        r->type = types[k];
        r->in[0] = k == 0 ? no_node : first;
        r->in[1] = no_node;
        if (k == 0) {
            extra->foreign.object = object;
            extra->foreign.reverse = reverse;
            extra->foreign.forward = forward;
            extra->foreign.release = release;
            r->store_extra(1, extra.release());
        }
        const u32 node = log->commit();
        outputs[k].node = is_differentiable(outputs[k].dtype) ? node : no_node;
        log->elements += outputs[k].size();
    }
    log->has_foreign = true;
    return true;
}

namespace {

// Whether some end of the inputs without a derivative of their own is no end of the others.
template <class Live, class End>
bool lacks_derivative(const Log& log, const Extra& e, EndSets& ends, Live live, End end) {
    const auto own = static_cast<std::size_t>(e.attributes[1]);
    EndSets::Id sets[2] = {EndSets::none, EndSets::none};
    for (std::size_t n = e.inputs.size(); n-- > 0;) {
        if (n < own && sets[1] == EndSets::none) return false;
        EndSets::Id& set = sets[n >= own];
        set = ends.united(set, ends.behind(log, e.inputs[n], live, end));
    }
    return !ends.includes(sets[0], sets[1]);
}

}  // namespace

std::vector<u32> origins(const std::vector<Value>& results, const std::vector<Value>& inputs,
                         u32 since) {
    const Log& log = *active_log;
    std::set<u32> known, found;
    for (const Value& v : inputs) known.insert(v.node);
    std::vector<u8> reached(log.size() - since);
    const auto reach = [&](u32 node) {
        if (node == no_node || known.count(node) != 0) return;
        if (node < since || log[node].op == input_op)
            found.insert(node);
        else
            reached[node - since] = 1;
    };
    for (const Value& v : results) reach(v.node);
    for (u32 node = log.size(); node-- > since;)
        if (reached[node - since]) each_input(log[node], reach);
    return {found.begin(), found.end()};
}

namespace {

void call_rule(const Extra& e, ForeignCall& call, Accumulator& acc) {
    call.wanted.clear();
    call.nodes.clear();
    const bool lacks = lacks_derivative(
        acc.log(), e, acc.ends(), [&](u32 node) { return acc.wants_node(node); },
        [&](u32 node) { return acc.is_source(node); });
    for (std::size_t k = 0; k < e.inputs.size(); ++k) {
        const bool own = static_cast<i64>(k) < e.attributes[1];
        call.wanted.push_back(own ? acc.wants(static_cast<int>(k)) : lacks);
        call.nodes.push_back(acc.active_input(static_cast<int>(k)));
    }
    call.given.assign(e.inputs.size(), 0);
    call.inputs.resize(e.inputs.size());
    {
        WithLock lock;
        CallOutside outside;
        ResumeChecks checks;
        const int failed = lock.call([&] { return e.foreign.reverse(e.foreign.object, call); });
        if (outside.has_moved()) {
            acc.forget_records();
            for (Value& v : call.inputs) v.node = no_node;
        }
        if (failed) fail(ErrorKind::foreign, "a custom gradient failed");
    }
    for (std::size_t n = 0; n < e.inputs.size(); ++n) {
        const int k = static_cast<int>(n);
        if (!call.wanted[n] || !call.given[n]) continue;
        if (call.inputs[n].dtype != acc.dtype(k) || call.inputs[n].shape() != acc.shape(k))
            fail("[custom_gradient] the gradient of input " + std::to_string(k) + " has shape " +
                 call.inputs[n].shape().text() + " and dtype " + name(call.inputs[n].dtype) +
                 ", the input has shape " + acc.shape(k).text() + " and dtype " +
                 name(acc.dtype(k)));
    }
}

}  // namespace

static void foreign_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const Extra& e = *r.extra();
    const auto output_count = static_cast<int>(e.attributes[0]);
    std::vector<Value> outputs;
    for (int k = 0; k < output_count; ++k) outputs.push_back(k == 0 ? g : acc.take_output(k));
    const std::size_t inputs = e.inputs.size();
    if (acc.batch_axes() == 0) {
        ForeignCall call;
        call.outputs = std::move(outputs);
        call_rule(e, call, acc);
        for (std::size_t k = 0; k < inputs; ++k)
            if (call.wanted[k] && call.given[k])
                acc.add(static_cast<int>(k), std::move(call.inputs[k]));
        return;
    }
    // A rule from outside knows of one cotangent at a time.
    std::vector<std::vector<Value>> rows(inputs);
    std::vector<u8> answered(inputs);
    for (i64 row = 0; row < acc.mode().batch; ++row) {
        ForeignCall call;
        for (const Value& v : outputs) call.outputs.push_back(slice_axis(v, 0, row, 1, true));
        call_rule(e, call, acc);
        for (std::size_t k = 0; k < inputs; ++k) {
            if (!call.wanted[k]) continue;
            answered[k] |= call.given[k];
            rows[k].push_back(call.given[k] ? call.inputs[k]
                                            : zeros(acc.dtype(static_cast<int>(k)),
                                                    acc.shape(static_cast<int>(k))));
        }
    }
    for (std::size_t k = 0; k < inputs; ++k)
        if (acc.mode().batch == 0 && acc.wants(static_cast<int>(k)))
            acc.add(static_cast<int>(k), zeros(acc.dtype(static_cast<int>(k)),
                                               acc.lift(acc.shape(static_cast<int>(k)))));
        else if (answered[k])
            acc.add(static_cast<int>(k), stack(rows[k], 0));
}

static Value foreign_forward(const Record& r, const Tangents& t) {
    // Of a further output: the rule and the inputs are those of the first record.
    const u32 first = op_table[r.op].defers ? r.in[0] : t.node();
    const Extra& e = *t.record(first).extra();
    ForeignPush push;
    push.output = t.node() - first;
    const auto live = [&](u32 node) { return t.reaches(node); };
    const bool lacks = lacks_derivative(t.log(), e, t.ends(), live, [&](u32 node) {
        bool pushed = false;
        each_input(t.record(node), [&](u32 input) { pushed = pushed || live(input); });
        return !pushed;
    });
    for (std::size_t k = 0; k < e.inputs.size(); ++k) {
        const bool asked = static_cast<i64>(k) < e.attributes[1] || lacks;
        const Value* tangent = e.inputs[k] == no_node || !asked ? nullptr : t.of(e.inputs[k]);
        push.given.push_back(tangent != nullptr);
        push.inputs.push_back(tangent != nullptr ? *tangent : Value());
    }
    for (i64 k = 0; k < e.attributes[0]; ++k) {
        const TypeEntry& type = t.type_of(first + static_cast<u32>(k));
        push.outputs.push_back(zeros(type.dtype, type.shape));
    }
    {
        WithLock lock;
        CallOutside outside;
        ResumeChecks checks;
        const int failed = lock.call([&] { return e.foreign.forward(e.foreign.object, push); });
        if (outside.has_moved()) push.result.node = no_node;
        if (failed) fail(ErrorKind::foreign, "a custom gradient failed");
    }
    return push.has_result ? push.result : push.outputs[push.output];
}

void define_foreign() {
    define_op(foreign_op, "custom", 1, nullptr, foreign_reverse, foreign_forward);
    define_op(output_op, "custom_output", 1, nullptr, nullptr, foreign_forward);
    op_table[output_op].defers = true;
}

}  // namespace ag
