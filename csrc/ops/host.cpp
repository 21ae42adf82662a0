#include "host.h"

#include <algorithm>
#include <memory>
#include <set>

#include "../program.h"
#include "../sharing.h"
#include "../composite.h"
#include "../sweep.h"
#include "define.h"

namespace ag {

HostRef::HostRef(Host& host) noexcept : host_(&host) { host.retain(); }

HostRef::HostRef(const HostRef& other) noexcept : host_(other.host_) {
    if (host_ != nullptr) host_->retain();
}

HostRef::~HostRef() {
    if (host_ != nullptr) host_->drop();
}

Host* host_of(const Instruction& i) {
    return i.own.get() != nullptr ? i.own.get() : op_table[i.op].host;
}

u32 output_count(const Instruction& i) {
    const Host* const host = host_of(i);
    return host == nullptr ? 1 : host->spec.outputs;
}

bool needs_python(const Instruction& i) {
    if (i.own.get() == nullptr) return op_table[i.op].effect == Effect::python;
    return composite_of(i.own).needs_python();
}

void Host::run(const Call&, std::vector<Value>&) {
    fail(ErrorKind::unimplemented, "[" + spec.name + "] cannot be called by its row");
}

// ---------------------------------------------------------------- hosts of the layer above

namespace {

class AboveHost final : public Host {
   public:
    AboveHost(const HostSpec& given, void* object, const HostFunctions& functions)
        : Host(given), object_(object), functions_(functions) {}

    void run(const Call& given, std::vector<Value>& outputs) override {
        ask([&] { return functions_.run(object_, given, outputs); });
    }
    bool pull(HostPull& call) override {
        return ask([&] { return functions_.pull(object_, call); });
    }
    bool push(HostPush& call) override {
        return ask([&] { return functions_.push(object_, call); });
    }
    std::string no_further_derivative() const override {
        return "[" + spec.name +
               "] a derivative of higher order needs a gradient function that is made of "
               "operations on tensors; this one returned a NumPy array, whose derivative is not "
               "known. If it is a constant, return tf.constant of it";
    }

   private:
    void* object_;
    const HostFunctions functions_;

    ~AboveHost() override { functions_.release(object_); }

    template <class F>
    bool ask(F f) const {
        WithLock lock;
        CallOutside outside;
        ResumeChecks checks;
        if (lock.call(f) != 0) fail(ErrorKind::foreign, "[" + spec.name + "] failed");
        return outside.has_moved();
    }
};

}  // namespace

Host* make_host(const HostSpec& spec, void* object, const HostFunctions& functions) {
    return new AboveHost(spec, object, functions);
}

// ---------------------------------------------------------------- records

namespace {

OpCode custom_op, output_op, unknown_op, composite_op;

const HostExtra& extra_of(const Record& r) { return static_cast<const HostExtra&>(*r.extra()); }

bool derives(const Value& v) { return v.node != no_node && is_differentiable(v.dtype); }

}  // namespace

bool record_host(OpCode code, Host& host, const Call& given, std::vector<Value>& outputs,
                 std::size_t own, std::size_t node_count) {
    Log* const log = active_log;
    if (log == nullptr) return false;
    const bool in_program = log->program != nullptr && can_run_again(code);
    bool tracked = false, differentiable = in_program;
    for (std::size_t k = 0; k < given.size(); ++k)
        tracked = tracked ||
                  (in_program ? given[k].node != no_node : k < node_count && derives(given[k]));
    for (const Value& y : outputs) differentiable = differentiable || is_differentiable(y.dtype);
    if (!tracked || !differentiable) return false;

    auto extra = std::make_unique<HostExtra>(host, outputs.size(), own, given.size());
    extra->attributes.assign(given.attributes(), given.attributes() + given.attribute_count());
    extra->inputs.reserve(node_count);
    if (host.spec.keeps != 0) extra->kept.reserve(given.size() + outputs.size());
    for (std::size_t k = 0; k < node_count; ++k)
        extra->inputs.push_back(derives(given[k]) ? given[k].node : no_node);
    const bool is_row = code != custom_op && code != composite_op;
    for (std::size_t k = 0; k < given.size() + outputs.size() && host.spec.keeps != 0; ++k) {
        if (!host.keeps(k)) continue;
        const Value& v = k < given.size() ? given[k] : outputs[k - given.size()];
        const bool has_node = k >= node_count && k < given.size() && !is_row;
        extra->kept.push_back(has_node ? v : v.detached());
    }
    if (in_program) log->program->prepare(given);
    SmallVector<u32, 8> types;
    for (const Value& y : outputs) types.push_back(log->type_of(y));
    log->prepare(static_cast<u32>(outputs.size()));
    // The last thing that can fail: from here on the log has the record.
    note_origin(static_cast<u32>(outputs.size()));
    const u32 first = log->size();
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        Record* r = log->reserve();
        r->op = k == 0 ? code : output_op;
        r->dtype = outputs[k].dtype;
        r->type = types[k];
        r->in[0] = k == 0 ? no_node : first;
        r->in[1] = no_node;
        if (k == 0) r->store_extra(1, extra.release());
        const u32 node = log->commit();
        outputs[k].node = in_program || is_differentiable(outputs[k].dtype) ? node : no_node;
        log->elements += outputs[k].size();
    }
    if (in_program) log->program->enter(first);
    log->has_host = true;
    return true;
}

bool can_run_again(OpCode code) {
    const OpInfo& op = op_table[code];
    return op.elementwise || op.run != nullptr || op.host != nullptr || code == composite_op;
}

static bool record_values(OpCode code, Host& host, const std::vector<Value>& inputs,
                          std::vector<Value>& outputs, std::size_t own, std::size_t node_count) {
    SmallVector<const Value*, 8> pointers;
    for (const Value& v : inputs) pointers.push_back(&v);
    return record_host(code, host, Call(nullptr, 0, pointers.begin(), pointers.size()), outputs,
                       own, std::min(node_count, inputs.size()));
}

void record_composite(Host& host, const std::vector<Value>& inputs, std::vector<Value>& outputs,
                      std::size_t own, std::size_t node_count) {
    record_values(composite_op, host, inputs, outputs, own, node_count);
}

HostRef own_host(const Record& r) {
    return r.op == composite_op ? HostRef(extra_of(r).host) : HostRef();
}

bool record_custom(Host& host, const std::vector<Value>& inputs, std::vector<Value>& outputs,
                   std::size_t own, std::size_t node_count) {
    return record_values(custom_op, host, inputs, outputs, own, node_count);
}

namespace {

// What the rules are told of the call whose first record is `first`.
void describe(const Log& log, u32 first, const HostExtra& e, HostCall& call) {
    if (e.host.spec.is_row()) {
        call.attributes = e.attributes;
        for (u32 node : e.inputs)
            call.of_inputs.push_back(node == no_node ? nullptr : &log.type_of_node(node));
    }
    if (e.host.spec.keeps == 0) return;
    call.inputs.resize(e.values);
    call.outputs.resize(e.outputs);
    std::size_t next = 0;
    for (std::size_t k = 0; k < e.values + e.outputs; ++k) {
        if (!e.host.keeps(k)) continue;
        const bool is_input = k < e.values;
        Value& v = is_input ? call.inputs[k] : call.outputs[k - e.values];
        v = e.kept[next++];
        u32 node = first + static_cast<u32>(k - e.values);
        if (is_input) node = k < e.inputs.size() ? e.inputs[k] : v.node;
        if (is_input && node == no_node && AG_UNLIKELY(log.program != nullptr))
            node = log.program->input_node(first, static_cast<int>(k));
        // A program has to know of what no derivative is taken by, too.
        const bool is_known =
            node != no_node && (log.program != nullptr || is_differentiable(v.dtype));
        v.node = is_known ? log.node_in_active(node) : no_node;
    }
}

// Whether some end of the inputs without a derivative of their own is no end of the others.
template <class Live, class End>
bool lacks_derivative(const Log& log, const HostExtra& e, EndSets& ends, Live live, End end) {
    EndSets::Id sets[2] = {EndSets::none, EndSets::none};
    for (std::size_t n = e.inputs.size(); n-- > 0;) {
        if (n < e.own && sets[1] == EndSets::none) return false;
        EndSets::Id& set = sets[n >= e.own];
        set = ends.united(set, ends.behind(log, e.inputs[n], live, end));
    }
    return !ends.includes(sets[0], sets[1]);
}

// `y` was computed from what has these nodes, in a way that nobody knows.
void record_unknown(Host& host, const SmallVector<u32, 8>& nodes, const std::vector<Value>& others,
                    Value& y) {
    std::vector<Value> inputs(nodes.size());
    for (std::size_t k = 0; k < nodes.size(); ++k) {
        inputs[k].dtype = y.dtype;
        inputs[k].node = nodes[k];
    }
    inputs.insert(inputs.end(), others.begin(), others.end());
    SmallVector<const Value*, 8> pointers;
    for (const Value& v : inputs) pointers.push_back(&v);
    std::vector<Value> outputs{y};
    outputs[0].node = no_node;
    record_host(unknown_op, host, Call(nullptr, 0, pointers.begin(), pointers.size()), outputs,
                inputs.size(), inputs.size());
    y = outputs[0];
}

// Asks for the inputs' cotangents, and leaves those that were given in `call`.
void ask(const HostExtra& e, HostPull& call, Accumulator& acc) {
    const std::size_t inputs = e.inputs.size();
    call.wanted.reserve(inputs);
    call.nodes.reserve(inputs);
    const bool lacks = lacks_derivative(
        acc.log(), e, acc.ends(), [&](u32 node) { return acc.wants_node(node); },
        [&](u32 node) { return acc.is_source(node); });
    for (std::size_t n = 0; n < inputs; ++n) {
        const int k = static_cast<int>(n);
        call.wanted.push_back(n < e.own ? acc.wants(k) : lacks);
        call.nodes.push_back(acc.active_input(k));
    }
    std::fill_n(call.given.extend(inputs), inputs, HostPull::nothing);
    call.answers.resize(inputs);
    if (e.host.pull(call)) {
        acc.forget_records();
        for (Value& v : call.answers) v.node = no_node;
    }
    for (std::size_t n = 0; n < inputs; ++n) {
        const int k = static_cast<int>(n);
        if (!call.wanted[n]) call.given[n] = HostPull::nothing;
        if (call.given[n] == HostPull::nothing) continue;
        Value& x = call.answers[n];
        if (call.given[n] == HostPull::unrecorded && active_log != nullptr)
            record_unknown(e.host, call.nodes, call.cotangents, x);
        const Shape shape = call.batch < 0 ? acc.shape(k) : acc.lift(acc.shape(k));
        if (e.host.spec.broadcasts) x = acc.fit(k, x);
        if (x.dtype != acc.dtype(k) || x.shape() != shape)
            fail("[" + e.host.spec.name + "] the gradient of input " + std::to_string(k) +
                 " has shape " + x.shape().text() + " and dtype " + name(x.dtype) +
                 ", the input has shape " + shape.text() + " and dtype " + name(acc.dtype(k)));
    }
}

}  // namespace

void reverse_host(const HostExtra& e, const Value& g, Accumulator& acc) {
    const std::size_t inputs = e.inputs.size();
    HostPull call;
    for (std::size_t k = 0; k < e.outputs; ++k) {
        call.reached.push_back(acc.reaches_output(static_cast<int>(k)));
        call.cotangents.push_back(k == 0 ? g : acc.take_output(static_cast<int>(k)));
    }
    describe(acc.log(), acc.node(), e, call);
    if (acc.batch_axes() == 0 || e.host.spec.leading) {
        call.batch = acc.mode().batch;
        ask(e, call, acc);
        for (std::size_t k = 0; k < inputs; ++k)
            if (call.given[k]) acc.add(static_cast<int>(k), std::move(call.answers[k]));
        return;
    }
    // It knows of one cotangent at a time.
    std::vector<std::vector<Value>> rows(inputs);
    std::vector<u8> answered(inputs);
    for (i64 row = 0; row < acc.mode().batch; ++row) {
        HostPull one = call;
        for (Value& v : one.cotangents) v = slice_axis(v, 0, row, 1, true);
        ask(e, one, acc);
        for (std::size_t n = 0; n < inputs; ++n) {
            const int k = static_cast<int>(n);
            if (!one.wanted[n]) continue;
            answered[n] |= one.given[n];
            rows[n].push_back(one.given[n] ? one.answers[n] : zeros(acc.dtype(k), acc.shape(k)));
        }
    }
    for (std::size_t n = 0; n < inputs; ++n) {
        const int k = static_cast<int>(n);
        if (acc.mode().batch == 0 && acc.wants(k))
            acc.add(k, zeros(acc.dtype(k), acc.lift(acc.shape(k))));
        else if (answered[n])
            acc.add(k, stack(rows[n], 0));
    }
}

Value forward_host(const HostExtra& e, u32 first, const Tangents& t) {
    HostPush call;
    call.output = t.node() - first;
    const auto live = [&](u32 node) { return t.reaches(node); };
    const bool lacks = lacks_derivative(t.log(), e, t.ends(), live, [&](u32 node) {
        bool pushed = false;
        each_input(t.record(node), [&](u32 input) { pushed = pushed || live(input); });
        return !pushed;
    });
    for (std::size_t k = 0; k < e.inputs.size(); ++k) {
        const u32 node = e.inputs[k];
        const bool asked = k < e.own || lacks;
        const Value* tangent = node == no_node || !asked ? nullptr : t.of(node);
        call.reached.push_back(tangent != nullptr);
        call.tangents.push_back(tangent != nullptr ? *tangent : Value());
        call.nodes.push_back(node == no_node ? no_node : t.log().node_in_active(node));
    }
    for (u32 k = 0; k < e.outputs; ++k) {
        const TypeEntry& type = t.type_of(first + k);
        call.zeros.push_back(zeros(type.dtype, type.shape));
    }
    describe(t.log(), first, e, call);
    if (e.host.push(call)) call.answer.node = no_node;
    const Value& like = call.zeros[call.output];
    if (call.given == HostPull::nothing) return like;
    if (call.given == HostPull::unrecorded && active_log != nullptr)
        record_unknown(e.host, call.nodes, call.tangents, call.answer);
    return call.answer;
}

namespace {

void host_reverse(const Record& r, const Value& g, Accumulator& acc) {
    reverse_host(extra_of(r), g, acc);
}

Value host_forward(const Record& r, const Tangents& t) {
    // Of a further output: the host and the inputs are those of the first record.
    const u32 first = op_table[r.op].defers ? r.in[0] : t.node();
    return forward_host(extra_of(t.record(first)), first, t);
}

// ---------------------------------------------------------------- what is not known

[[noreturn]] void fail_unknown(const Record& r) {
    fail(ErrorKind::unimplemented, extra_of(r).host.no_further_derivative());
}

void unknown_reverse(const Record& r, const Value&, Accumulator&) { fail_unknown(r); }

Value unknown_forward(const Record& r, const Tangents&) { fail_unknown(r); }

// ---------------------------------------------------------------- rows

u8 kinds_of(u32 dtypes) {
    u8 kinds = 0;
    for (int code = 0; code < dtype_count; ++code)
        if (dtypes >> code & 1) kinds |= kind_of(static_cast<DType>(code));
    return kinds;
}

void require_dtype(const HostSpec& spec, DType dtype) {
    if (spec.dtypes >> static_cast<int>(dtype) & 1) return;
    if (!(kinds_of(spec.dtypes) & kind_of(dtype)))
        no_rule(spec.name.c_str(), dtype, kinds_of(spec.dtypes));
    std::string known;
    for (int code = 0; code < dtype_count; ++code)
        if (spec.dtypes >> code & 1)
            known += (known.empty() ? "" : ", ") + std::string(name(static_cast<DType>(code)));
    fail(ErrorKind::dtype,
         "[" + spec.name + "] has no rule for dtype " + name(dtype) + ": it takes " + known);
}

}  // namespace

std::vector<Value> call_host(OpCode code, const Call& given) {
    Host& host = *op_table[code].host;
    const HostSpec& spec = host.spec;
    AG_ASSERT(given.size() == spec.inputs && given.attribute_count() == spec.attributes);
    require_dtype(spec, given[0].dtype);
    std::vector<Value> outputs;
    if (is_narrow(given[0].dtype)) {
        // In float32, by conversions that are recorded: its derivative computes in float32 too.
        outputs = call_host(code, WideCall(given, converted).call());
        for (Value& y : outputs) {
            if (y.dtype == DType::float32) y = converted(y, given[0].dtype);
            check_result(spec.name.c_str(), given.inputs(), given.size(), y);
        }
        return outputs;
    }
    {
        PauseRecording pause;
        host.run(given, outputs);
    }
    for (Value& y : outputs) {
        y.node = no_node;
        check_result(spec.name.c_str(), given.inputs(), given.size(), y);
    }
    record_host(code, host, given, outputs, spec.arity, spec.arity);
    return outputs;
}

void call_into(const Instruction& i, const Call& given, Value* results) {
    if (host_of(i) == nullptr) {
        *results = call_any(i.op, given);
        return;
    }
    std::vector<Value> outputs;
    if (i.own.get() == nullptr) {
        outputs = call_host(i.op, given);
    } else {
        std::vector<Value> inputs;
        for (std::size_t k = 0; k < given.size(); ++k) inputs.push_back(given[k]);
        outputs = call_composite(composite_of(i.own), inputs);
    }
    std::move(outputs.begin(), outputs.end(), results);
}

std::vector<Value> call_host_batched(const Instruction& i, const Batch& batch,
                                     const TypeEntry* types) {
    const HostSpec& spec = host_of(i)->spec;
    const auto call = [&](const std::vector<Value>& inputs) {
        SmallVector<const Value*, 8> pointers;
        for (const Value& v : inputs) pointers.push_back(&v);
        const Attributes attributes = batch.attributes();
        std::vector<Value> results(spec.outputs);
        call_into(i, Call(attributes.begin(), attributes.size(), pointers.begin(), pointers.size()),
                  results.data());
        return results;
    };
    std::vector<Value> inputs(batch.size());
    std::vector<Value> outputs(spec.outputs);
    if (batch.extent() == 0) {
        for (std::size_t n = 0; n < spec.outputs; ++n)
            outputs[n] = zeros(types[n].dtype, in_front(0, types[n].shape));
        return outputs;
    }
    if (spec.leading) {
        for (std::size_t k = 0; k < batch.size(); ++k) inputs[k] = batch.whole(k);
        return call(inputs);
    }
    if (i.own.get() != nullptr) {
        std::vector<u8> has_axis;
        for (std::size_t k = 0; k < batch.size(); ++k) {
            inputs[k] = batch[k];
            has_axis.push_back(batch.has_axis(k));
        }
        std::optional<std::vector<Value>> found =
            call_batched(composite_of(i.own), inputs, has_axis, batch.extent());
        if (found.has_value()) return *std::move(found);
    }
    std::vector<std::vector<Value>> rows(spec.outputs);
    for (i64 i = 0; i < batch.extent(); ++i) {
        for (std::size_t k = 0; k < batch.size(); ++k) inputs[k] = batch.of_call(k, i);
        const std::vector<Value> found = call(inputs);
        for (std::size_t n = 0; n < spec.outputs; ++n) rows[n].push_back(found[n]);
    }
    for (std::size_t n = 0; n < spec.outputs; ++n) outputs[n] = stack(rows[n], 0);
    return outputs;
}

OpCode define_host(Host& host) {
    const HostSpec& spec = host.spec;
    OpCode code;
    OpInfo& op =
        define_op(code, spec.name.c_str(), spec.arity, nullptr, host_reverse, host_forward);
    op.inputs = spec.inputs;
    op.attributes = spec.attributes;
    op.kinds = kinds_of(spec.dtypes);
    op.host = &host;
    op.effect = Effect::python;
    host.retain();
    return code;
}

void define_hosts() {
    define_op(custom_op, "custom", 1, nullptr, host_reverse, host_forward);
    define_op(output_op, "custom_output", 1, nullptr, nullptr, host_forward);
    define_op(unknown_op, "unknown_derivative", 1, nullptr, unknown_reverse, unknown_forward);
    op_table[output_op].defers = true;
    define_op(composite_op, "composite", 1, nullptr, host_reverse, host_forward);
}

// ---------------------------------------------------------------- what a result came of

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

}  // namespace ag
