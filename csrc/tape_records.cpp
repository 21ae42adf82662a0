#include "tape_records.h"

#include "ops/call.h"

namespace ag {

static AG_THREAD_LOCAL SweepTimes* times_of_thread = nullptr;

std::vector<TapeRecord> tape_records(const Tape& tape) {
    const Log& log = *tape.log();
    std::vector<u32> nodes;
    for (const u32 node : tape.watched()) nodes.push_back(node);
    tape.each_interval(no_node, [&](u32 begin, u32 end) {
        for (u32 node = begin; node < end; ++node)
            if (tape.knows(node) && !tape.watches(node)) nodes.push_back(node);
    });
    std::sort(nodes.begin(), nodes.end());
    std::vector<TapeRecord> all;
    for (const u32 node : nodes) {
        const Record& r = log[node];
        const OpInfo& op = op_table[r.op];
        TapeRecord record{node, r.op, log.type(r.type), {}, {}, log.origin(node).place};
        const Extra* const e = r.extra();
        // What a sweep has made is from where that was asked for.
        if (record.place == 0) record.place = log.origin(node).asked;
        if (e != nullptr && !e->inputs.empty()) {
            record.inputs.assign(e->inputs.begin(), e->inputs.end());
        } else if (r.op != input_op) {
            const int count = std::min<int>(op.arity, 2);
            for (int k = 0; k < count; ++k) record.inputs.push_back(r.in[k]);
        }
        if (!op.elementwise && op.host == nullptr && op.attributes != any_number)
            for (const i64 a : attributes_of(log, r)) record.attributes.push_back(a);
        all.push_back(std::move(record));
    }
    return all;
}

SweepTimes::SweepTimes() : outer_(times_of_thread) { times_of_thread = this; }
SweepTimes::~SweepTimes() { times_of_thread = outer_; }
SweepTimes* SweepTimes::of_this_thread() { return times_of_thread; }

void SweepTimes::come_to(const Log& log, u32 node) {
    end();
    const Record& r = log[node];
    const Origin origin = log.origin(node);
    entries_.push_back(
        {r.op, log.type(r.type), origin.place != 0 ? origin.place : origin.asked, 0});
    is_at_one_ = true;
    since_ = Clock::now();
}

void SweepTimes::end() {
    if (!is_at_one_) return;
    const std::chrono::duration<double, std::nano> passed = Clock::now() - since_;
    entries_.back().nanoseconds = passed.count();
    is_at_one_ = false;
}

}  // namespace ag
