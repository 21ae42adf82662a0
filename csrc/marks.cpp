#include "marks.h"

#include <algorithm>
#include <map>

#include "work.h"

namespace ag {

namespace {

bool marked_input(const Record& r, Slots& slots, u8 mark) {
    const Extra* e = r.in[0] == no_node && r.in[1] == no_node ? r.extra() : nullptr;
    const auto test = [&](u32 node) {
        const u32 i = slots.index(node);
        return i != Slots::nowhere && (slots.state(i) & mark);
    };
    if (AG_LIKELY(e == nullptr)) return test(r.in[0]) || test(r.in[1]);
    for (u32 node : e->inputs)
        if (test(node)) return true;
    return false;
}

void watched_before(const Tape& tape, Range range, Nodes& outside) {
    for (u32 w : tape.watched())
        if (w < range.begin) outside.push_back(w);
}

// Calls f(begin, end) for the parts into which `since`, ascending, cuts the tape's intervals in the
// range, and reach(k) where since[k] is reached.
template <class Part, class Reach>
void each_part(const Tape& tape, Range range, const LateNodes& late, Part part, Reach reach) {
    std::size_t next = 0;
    tape.each_interval(range.begin, range.end, [&](u32 begin, u32 end) {
        while (begin < end) {
            for (; next < late.size() && late[next].since <= begin; ++next) reach(late[next].node);
            const u32 stop = next < late.size() ? std::min(late[next].since, end) : end;
            part(begin, stop);
            begin = stop;
        }
    });
}

// Marks what the tape tracks: what it watches, from then on, and the records that depend on it.
// `computed`: those of the nodes watched late that it knew already, since it had computed them.
void track(const Tape& tape, Range range, Slots& slots, Nodes& computed) {
    const Log& log = *tape.log();
    LateNodes late, by_node;
    for (const Tape::Late& l : tape.watched_late()) {
        late.push_back(l);
        by_node.push_back(l);
    }
    const auto less = [](const Tape::Late& a, const Tape::Late& b) { return a.node < b.node; };
    std::sort(by_node.begin(), by_node.end(), less);
    for (u32 node : tape.watched()) {
        const u32 i = slots.index(node);
        if (i != Slots::nowhere &&
            !std::binary_search(by_node.begin(), by_node.end(), Tape::Late{node, 0}, less))
            slots.state(i) |= Slots::tracked;
    }
    each_part(
        tape, range, late,
        [&](u32 begin, u32 end) {
            for (u32 i = begin; i < end; ++i)
                if (marked_input(log[i], slots, Slots::tracked))
                    slots.state(i - range.begin) |= Slots::tracked;
        },
        [&](u32 node) {
            const u32 i = slots.index(node);
            if (i == Slots::nowhere) return;
            if (slots.state(i) & Slots::tracked) computed.push_back(node);
            slots.state(i) |= Slots::tracked;
        });
    std::sort(computed.begin(), computed.end());
}

}  // namespace

Known::Known(const Tape& tape, const u32* nodes, std::size_t count) : is(count), since(count) {
    const Log& log = *tape.log();
    const auto& watched_late = tape.watched_late();
    bool need_marks = false;
    for (std::size_t k = 0; k < count; ++k) {
        is[k] = tape.watches(nodes[k]);
        if (!is[k] && tape.recorded(nodes[k])) {
            is[k] = !tape.may_see_foreign();
            need_marks = need_marks || !is[k];
        }
    }
    if (!watched_late.empty()) {
        std::map<u32, u32> late;
        for (const Tape::Late& l : watched_late) late[l.node] = l.since;
        for (std::size_t k = 0; k < count; ++k) {
            const auto found = late.find(nodes[k]);
            if (found == late.end()) continue;
            since[k] = found->second;
            // Or had the tape computed it itself?
            need_marks = need_marks || (log[nodes[k]].op != input_op && tape.recorded(nodes[k]));
        }
    }
    if (!need_marks) return;
    const Range range{tape.begin(), tape.end()};
    Nodes outside;
    watched_before(tape, range, outside);
    Slots slots(range.begin, range.end - range.begin, outside, false);
    Nodes computed;
    track(tape, range, slots, computed);
    for (std::size_t k = 0; k < count; ++k) {
        const u32 i = slots.index(nodes[k]);
        if (!is[k] && i != Slots::nowhere) is[k] = (slots.state(i) & Slots::tracked) != 0;
        if (std::binary_search(computed.begin(), computed.end(), nodes[k])) since[k] = 0;
    }
}

void spread_wanted(const Tape& tape, Range range, const LateNodes& late, Slots& slots) {
    const Log& log = *tape.log();
    each_part(
        tape, range, late,
        [&](u32 begin, u32 end) {
            for (u32 i = begin; i < end; ++i)
                if (marked_input(log[i], slots, Slots::wanted))
                    slots.state(i - range.begin) |= Slots::wanted;
        },
        [&](u32 node) { slots.state(slots.index(node)) |= Slots::wanted; });
}

void find_outside(Range range, const u32* nodes, std::size_t count, const Flags& known,
                  Nodes& outside) {
    for (std::size_t k = 0; k < count; ++k)
        if (known[k] && (nodes[k] < range.begin || nodes[k] >= range.end))
            outside.push_back(nodes[k]);
    if (outside.empty()) return;
    std::sort(outside.begin(), outside.end());
    outside.truncate(std::unique(outside.begin(), outside.end()));
}

u32 first_needed(const Log& log, Range range, const Seed* seeds, std::size_t seed_count,
                 const u32* sources, std::size_t source_count, const Flags& known) {
    constexpr u32 worth_asking = 256;
    u32 lowest = range.end;
    for (std::size_t k = 0; k < source_count; ++k)
        if (known[k]) lowest = std::min(lowest, sources[k]);
    const u32 first = std::max(range.begin, lowest);
    if (range.end - first < worth_asking) return first;
    // Backwards from the targets, the newest first; nothing at or before the oldest source counts.
    std::vector<u32> todo;
    const auto add = [&](u32 node) {
        if (node == no_node || node <= lowest || node < range.begin) return;
        todo.push_back(node);
        std::push_heap(todo.begin(), todo.end());
    };
    for (std::size_t k = 0; k < seed_count; ++k) add(seeds[k].node);
    const u32 most = (range.end - first) / 32;
    u32 looked = 0, oldest = range.end;
    while (!todo.empty() && looked < most) {
        const u32 node = todo.front();
        std::pop_heap(todo.begin(), todo.end());
        todo.pop_back();
        if (node == oldest) continue;  // an input more than once
        oldest = node;
        ++looked;
        each_input(log[node], add);
    }
    work_done.records += looked;
    return todo.empty() ? std::max(first, oldest) : first;
}

}  // namespace ag
