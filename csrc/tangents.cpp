#include "tangents.h"

#include <algorithm>
#include <iterator>

#include "marks.h"
#include "numerics.h"
#include "patience.h"
#include "sweep.h"
#include "tangent_run.h"

namespace ag {

namespace {

// One partial times one tangent. Complex tangents are not conjugated: T = conj(P) conj(T),
// conjugated.
Value push_elementwise(const Log& log, u32 node, const Tangents& tangents) {
    const Record& r = log[node];
    const OpInfo& op = op_table[r.op];
    const Kept kept(log, node, op);
    const Shape shape = tangents.output_shape();
    Value out;
    bool first = true;
    for (int k = 0; k < op.arity; ++k) {
        if (op.partial[k] == PartialKind::none || !tangents.has(k)) continue;
        const Value t = broadcast_to(conj(tangents.get(k)), shape);
        Value term = conj(times_partial(op, k, t, kept.a, kept.b, kept.y, shape, true));
        out = first ? term : binary(Op::add, out, term);
        first = false;
    }
    if (first) return zeros(tangents.dtype(), shape);
    return out;
}

}  // namespace

const Value* TangentTable::find_outside(u32 node) const {
    auto found = outside_.find(node);
    return found == outside_.end() ? nullptr : &found->second;
}

// Where the tangent of a node is, or will be; nodes up to it have room from then on.
std::size_t TangentTable::place(u32 node) {
    const std::size_t i = node - first_;
    if (i >= values_.size()) {
        values_.resize(i + 1);
        state_.resize(i + 1);
    }
    return i;
}

void TangentTable::add(u32 node, Value&& tangent) {
    if (node < first_) {
        const bool has_one = find_outside(node) != nullptr;
        Value& slot = outside_[node];
        slot = has_one ? binary(Op::add, slot, tangent) : std::move(tangent);
        return;
    }
    const std::size_t i = place(node);
    values_[i] = state_[i] == present ? binary(Op::add, values_[i], tangent) : std::move(tangent);
    state_[i] = present;
}

void TangentTable::seed(u32 node, const Value& tangent, u32 since) {
    ends_.reset();
    if (values_.empty() && outside_.empty()) first_ = next_ = tape_.begin();
    if (next_ < since) {
        advance(since);
        next_ = since;
    }
    tracked_ = tracked_ || tangent.node != no_node;
    // What was pushed before must not see this one.
    if (passed_.empty()) return add(node, Value(tangent));
    SweepScope scope(tape_);
    while (!passed_.empty()) store(std::prev(passed_.end()));
    add(node, Value(tangent));
}

// Whether a run whose tangents were not all stored reads a node.
bool TangentTable::read_in_passed(const Log& log, u32 node) const {
    bool found = false;
    for (auto run = passed_.upper_bound(node); run != passed_.end() && !found; ++run)
        for (u32 reader : run->second)
            each_input(log[reader], [&](u32 input) { found = found || input == node; });
    return found;
}

// The tangent of what a record has overwritten, if nothing reads it after the record. There is room
// for the record's own, so that nothing fails once this one is gone.
Value* TangentTable::spare_first(const Log& log, u32 node) {
    const Record& r = log[node];
    const u32 first = r.in[0];
    if (!(r.flags & Record::overwrote) || first == no_node || first < first_ ||
        find(first) == nullptr || find(node) != nullptr || read_in_passed(log, first))
        return nullptr;
    place(node);
    return &values_[first - first_];
}

void TangentTable::push(const Log& log, u32 node, CheckedSweep& checks) {
    const Record& r = log[node];
    if (r.op == input_op) return;
    const OpInfo& op = op_table[r.op];
    if ((r.flags & Record::scalar) && active_log == nullptr && !checks.on()) {
        const Value* a = r.in[0] == no_node ? nullptr : find(r.in[0]);
        const Value* b = r.in[1] == no_node ? nullptr : find(r.in[1]);
        if (a == nullptr && b == nullptr) return;
        const u64 bits = op.forward_number[float_index(r.dtype)](r, a, b);
        add(node, Value::from_bits(r.dtype, bits));
        return;
    }
    Value* const spare = checks.on() ? nullptr : spare_first(log, node);
    Tangents tangents(log, node, *this, spare);
    const int inputs = r.input_count();
    bool any = false;
    for (int k = 0; k < inputs && !any; ++k) any = tangents.has(k);
    if (!any) return;
    checks.at(node);
    Value t = op.elementwise ? push_elementwise(log, node, tangents) : op.forward(r, tangents);
    if (AG_UNLIKELY(checks.on())) {
        std::vector<const Value*> given;
        for (int k = 0; k < inputs; ++k)
            given.push_back(tangents.has(k) ? &tangents.get(k) : nullptr);
        checks.require_finite(0, t, given.data(), given.size());
    }
    add(node, std::move(t));
    if (AG_UNLIKELY(spare != nullptr)) {
        *spare = Value();
        state_[r.in[0] - first_] = overwritten;
    }
}

// ---- runs of elementwise records on large arrays

// Which record before `limit` is the last to read each node from `next_` on.
void TangentTable::find_readers(const Log& log, u32 limit) {
    reader_first_ = next_;
    last_reader_.assign(limit - next_, 0);
    tape_.each_interval(next_, limit, [&](u32 begin, u32 end) {
        for (u32 node = begin; node < end; ++node)
            each_input(log[node], [&](u32 input) {
                if (input >= reader_first_) last_reader_[input - reader_first_] = node;
            });
    });
}

// Pushes through the records from `begin` on that make a run, past those that no tangent reaches;
// where it ends.
u32 TangentTable::push_run(const Log& log, u32 begin, u32 end) {
    TangentRun run(log, log[begin].type);
    u32 node = begin;
    for (; node < end; ++node) {
        const Record& r = log[node];
        if (r.op == input_op) continue;
        if (!passed_.empty()) each_input(r, [&](u32 input) { require_here(input); });
        bool reached = false;
        each_input(
            r, [&](u32 input) { reached = reached || run.has(input) || find(input) != nullptr; });
        if (!reached) continue;
        // A node with a tangent of its own, beside that of its inputs, ends the run.
        if (!op_table[r.op].elementwise || find(node) != nullptr) break;
        const Value* tangents[2];
        for (int k = 0; k < 2; ++k)
            tangents[k] = r.in[k] == no_node || run.has(r.in[k]) ? nullptr : find(r.in[k]);
        if (!run.take(node, tangents)) break;
    }
    const std::vector<u32>& nodes = run.nodes();
    if (nodes.empty()) return node;
    std::vector<u8> wanted(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const u32 last = last_reader_[nodes[i] - reader_first_];
        wanted[i] = last == 0 || last >= node;  // read by nobody yet, or by others
    }
    std::vector<Value> results(nodes.size());
    run.run(wanted.data(), results.data());
    place(nodes.back());
    bool all = true;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        values_[nodes[i] - first_].swap(results[i]);
        state_[nodes[i] - first_] = wanted[i] ? present : passed;
        all = all && wanted[i];
    }
    if (!all) passed_[nodes.front()] = nodes;
    return node;
}

// Computes the tangents that were not stored when a run was passed.
void TangentTable::store(Passed::iterator run) {
    const Log& log = *tape_.log();
    const std::vector<u32>& nodes = run->second;
    TangentRun again(log, log[nodes.front()].type);
    for (u32 node : nodes) {
        const Record& r = log[node];
        const Value* tangents[2];
        for (int i = 0; i < 2; ++i)
            tangents[i] = r.in[i] == no_node || again.has(r.in[i]) ? nullptr : find(r.in[i]);
        if (!again.take(node, tangents)) fail("a run of tangents cannot be repeated");
    }
    // What has one may have been given more.
    std::vector<u8> wanted(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) wanted[i] = state_[nodes[i] - first_] == passed;
    std::vector<Value> results(nodes.size());
    again.run(wanted.data(), results.data());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!wanted[i]) continue;
        values_[nodes[i] - first_].swap(results[i]);
        state_[nodes[i] - first_] = present;
    }
    passed_.erase(run);
}

void TangentTable::require(u32 node) {
    if (node < first_ || node - first_ >= state_.size() || state_[node - first_] != passed) return;
    SweepScope scope(tape_);
    require_here(node);
}

void TangentTable::require_here(u32 node) {
    if (node < first_ || node - first_ >= state_.size() || state_[node - first_] != passed) return;
    store(std::prev(passed_.upper_bound(node)));  // runs do not overlap
}

bool TangentTable::seen_by_others(u32 limit) {
    if (!seen_ && limit > unseen_) {
        seen_ = tape_.seen_by_others(limit, unseen_);
        unseen_ = limit;
    }
    return seen_;
}

void TangentTable::advance(u32 limit) {
    if (values_.empty() && outside_.empty()) return;
    SweepScope scope(tape_);
    const Log& log = *tape_.log();
    CheckedSweep checks(log, Finding::tangent);
    PauseRecording pause(active_log == nullptr ||
                         (active_log == &log && !tracked_ && active_log->program == nullptr &&
                          !seen_by_others(limit)));
    Patience patience;
    bool readers = false;
    tape_.each_interval(next_, limit, [&](u32 begin, u32 end) {
        for (u32 node = begin; node < end;) {
            if (!passed_.empty()) each_input(log[node], [&](u32 input) { require_here(input); });
            u32 next = node;
            if (active_log == nullptr && !checks.on() && TangentRun::suits(log, node)) {
                if (!readers) find_readers(log, limit);
                readers = true;
                next = push_run(log, node, end);
            }
            if (next == node) {
                push(log, node, checks);
                ++next;
            }
            for (; node < next; ++node) patience.spend(1 + log.type(log[node].type).shape.size());
            next_ = next;  // an error on the way must not make it push twice
        }
    });
    next_ = std::max(next_, limit);
}

void forward_sweep(const Tape& tape, const Seed* seeds, std::size_t seed_count, const u32* targets,
                   std::size_t target_count, Answer* answers) {
    SweepScope scope(tape);
    Nodes sources;
    for (std::size_t k = 0; k < seed_count; ++k) sources.push_back(seeds[k].node);
    const Known known(tape, sources.begin(), seed_count);
    std::vector<std::size_t> order;
    for (std::size_t k = 0; k < seed_count; ++k)
        if (known.is[k]) order.push_back(k);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return known.since[a] < known.since[b]; });
    TangentTable table(tape);
    for (std::size_t k : order) table.seed(seeds[k].node, seeds[k].value, known.since[k]);
    u32 limit = 0;
    for (std::size_t k = 0; k < target_count; ++k) limit = std::max(limit, targets[k] + 1);
    table.advance(limit);
    for (std::size_t k = 0; k < target_count; ++k) {
        table.require(targets[k]);
        const Value* t = table.find(targets[k]);
        if (t == nullptr) continue;
        answers[k].connected = true;
        answers[k].value = *t;
    }
}

}  // namespace ag
