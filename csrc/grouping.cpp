#include "grouping.h"

#include <algorithm>

namespace ag {

// ---------------------------------------------------------------- rows

RowsChosen::RowsChosen(const Code& code, const Simplified& simplified,
                       const std::vector<u8>& needed) {
    const std::vector<u32>& kept = simplified.kept;
    if (kept.empty()) return;
    first_ = kept.front();
    rows_.resize(kept.back() - first_ + 1);
    u32 gains = 0;
    for (const u32 k : kept) {
        const Instruction& i = code.instructions[k];
        rows_[k - first_] = Columns::rows_of(code, i);
        if (rows_[k - first_] != 0) gains += Columns::is_gain(code, i);
    }
    if (gains < least_gains) {
        std::fill(rows_.begin(), rows_.end(), 0);
        return;
    }
    leave_sums(code, simplified);
    leave_views(code, simplified, needed);
    root_.resize(rows_.size());
    std::vector<u32> makers(code.slot_count(), Grouping::none), gains_of(rows_.size());
    for (const u32 each : kept) {
        const u32 k = each - first_;
        root_[k] = k;
        if (rows_[k] == 0) continue;
        const Instruction& i = code.instructions[each];
        makers[i.output] = k;
        for (const u32 slot : i.inputs) {
            const u32 maker = makers[simplified.same[slot]];
            if (maker != Grouping::none && rows_[maker] == rows_[k]) root_[root(maker)] = root(k);
        }
    }
    for (const u32 each : kept)
        if (rows_[each - first_] != 0)
            gains_of[root(each - first_)] += Columns::is_gain(code, code.instructions[each]);
    for (const u32 each : kept)
        if (gains_of[root(each - first_)] < least_gains) rows_[each - first_] = 0;
}

// What repeats elements is not summed one by one, but multiplied.
void RowsChosen::leave_sums(const Code& code, const Simplified& simplified) {
    std::vector<u8> repeats(code.slot_count());
    const auto repeated = [&](u32 slot) {
        slot = simplified.same[slot];
        const Value* const constant = simplified.constant(slot);
        return repeats[slot] || (constant != nullptr && is_one_number(*constant));
    };
    for (const u32 k : simplified.kept) {
        const Instruction& i = code.instructions[k];
        const bool does = !i.inputs.empty() && repeated(i.inputs[0]);
        if (i.op == array_ops().sum && does) rows_[k - first_] = 0;
        repeats[i.output] = i.op == array_ops().broadcast || (does && array_ops().is_view(i.op));
    }
}

// What others read is to lie as it does in eager execution, as sums are rounded by that.
void RowsChosen::leave_views(const Code& code, const Simplified& simplified,
                             const std::vector<u8>& needed) {
    std::vector<u8> is_read(code.slot_count());
    for (u32 slot = 0; slot < code.slot_count(); ++slot)
        if (needed[slot]) is_read[simplified.same[slot]] = true;
    for (std::size_t n = simplified.kept.size(); n-- > 0;) {
        const Instruction& i = code.instructions[simplified.kept[n]];
        i64& rows = rows_[simplified.kept[n] - first_];
        if (rows != 0 && is_read[i.output] && array_ops().is_view(i.op)) rows = 0;
        if (rows != 0) continue;
        for (const u32 slot : i.inputs) is_read[simplified.same[slot]] = true;
    }
}

u32 RowsChosen::root(u32 k) {
    while (root_[k] != k) k = root_[k] = root_[root_[k]];
    return k;
}

// ---------------------------------------------------------------- groups

Grouping::Grouping(const Code& code, const Simplified& simplified, const std::vector<u8>& needed)
    : code_(code),
      simplified_(simplified),
      rows_(code, simplified, needed),
      group_of_(code.slot_count(), none),
      is_view_(code.slot_count()) {
    for (const u32 k : simplified.kept) add(k);
    for (u32 g = 0; g < groups_.size(); ++g) close(g);
}

Group::Kind Grouping::kind_of(u32 k) const {
    const Instruction& i = code_.instructions[k];
    if (rows_[k] > 0) return Group::columns;
    if (ScalarCode::takes(code_, i)) return Group::scalars;
    if (ArrayCode::takes(code_, i) && has_small_operands(i)) return Group::arrays;
    return Fused::takes(code_, i) ? Group::fused : Group::call;
}

// Larger ones that are made on the way would be held for longer than they are needed. And what
// only repeats is not summed element by element.
bool Grouping::has_small_operands(const Instruction& i) const {
    for (const u32 slot : i.inputs) {
        const u32 from = simplified_.same[slot];
        if (group_of_[from] != none && !ArrayCode::is_small(code_.type(from))) return false;
        if (i.op == array_ops().sum && is_view_[from]) return false;
    }
    return true;
}

void Grouping::add(u32 k) {
    const Instruction& i = code_.instructions[k];
    const Group::Kind kind = kind_of(k);
    u32 g = none;
    if (kind == Group::fused)
        g = find(kind, &code_.type(i.output).shape);
    else if (kind == Group::columns)
        g = find_rows(rows_[k]);
    else if (kind != Group::call)
        g = find(kind, nullptr);
    else if (Fused::takes_total(code_, i))
        g = summed(i);
    for (const u32 slot : i.inputs) {
        const u32 from = group_of_[simplified_.same[slot]];
        if (from == none || is_closed_[from]) continue;
        const bool is_total =
            groups_[from].kind == Group::fused && !is_element(from, simplified_.same[slot]);
        if (from == g && !is_total) continue;
        close(from);
        if (from == g) g = none;
    }
    if (g == none) g = begin(kind);
    Group& group = groups_[g];
    group.members.push_back(k);
    for (u32 n = 0; n < output_count(i); ++n) group_of_[i.output + n] = g;
    is_view_[i.output] = array_ops().is_view(i.op);
    if (group.kind == Group::call) {
        close(g);
    } else if (group.kind == Group::columns) {
        group.rows = rows_[k];
        group.width += Columns::width_of(code_, i);
        if (group.width > most_columns) close(g);
    } else if (group.kind == Group::fused) {
        group.totals += Fused::takes_total(code_, i);
        if (group.members.size() == Fused::most_members) close(g);
    }
}

const Shape& Grouping::shape_of(u32 g) const {
    return code_.type(code_.instructions[groups_[g].members[0]].output).shape;
}

// Whether a slot of what is fused is of its shape, and no sum.
bool Grouping::is_element(u32 g, u32 slot) const {
    if (groups_[g].totals == 0) return true;
    for (const u32 k : groups_[g].members)
        if (code_.instructions[k].output == slot)
            return !Fused::takes_total(code_, code_.instructions[k]);
    return true;
}

u32 Grouping::find(Group::Kind kind, const Shape* shape) const {
    for (const u32 g : open_)
        if (groups_[g].kind == kind && (shape == nullptr || shape_of(g) == *shape)) return g;
    return none;
}

u32 Grouping::find_rows(i64 rows) const {
    for (const u32 g : open_)
        if (groups_[g].kind == Group::columns && groups_[g].rows == rows) return g;
    return none;
}

// The open group that makes what a sum is taken of.
u32 Grouping::summed(const Instruction& i) const {
    const u32 slot = simplified_.same[i.inputs[0]], g = group_of_[slot];
    const bool fits = g != none && !is_closed_[g] && groups_[g].kind == Group::fused &&
                      groups_[g].totals < Fused::most_totals && is_element(g, slot);
    return fits ? g : none;
}

u32 Grouping::begin(Group::Kind kind) {
    if (open_.size() == most_open) close(open_.front());
    const auto g = static_cast<u32>(groups_.size());
    groups_.push_back({kind});
    is_closed_.push_back(false);
    open_.push_back(g);
    return g;
}

void Grouping::close(u32 g) {
    if (is_closed_[g]) return;
    is_closed_[g] = true;
    order_.push_back(g);
    open_.erase(std::find(open_.begin(), open_.end(), g));
}

}  // namespace ag
