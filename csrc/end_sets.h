// Which sources (or seeds) are behind each record of a sweep.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "log.h"
#include "work.h"

namespace ag {

// The sets of ends behind the records from `first` on. They are found in one walk, which goes on
// where it stopped; equal sets are one, since most records have the set of one of their inputs.
class EndSets {
   public:
    using Id = u32;
    static constexpr Id none = 0;

    explicit EndSets(u32 first) : first_(first) {}

    // The set behind a node, and with it: live(node) tells whether any end is behind it, end(node)
    // whether it is one.
    template <class Live, class End>
    Id behind(const Log& log, u32 node, Live live, End end) {
        if (node == no_node || !live(node)) return none;
        if (node < first_) return with(none, node);
        const u32 next = first_ + static_cast<u32>(ids_.size());
        if (node >= next) work_done.records += node + 1 - next;
        for (u32 i = next; i <= node; ++i) {
            Id id = none;
            if (live(i)) {
                each_input(log[i], [&](u32 input) {
                    id = united(id, input < first_ ? (live(input) ? with(none, input) : none)
                                                   : ids_[input - first_]);
                });
                if (end(i)) id = with(id, i);
            }
            ids_.push_back(id);
        }
        return ids_[node - first_];
    }
    Id united(Id a, Id b);
    bool includes(Id whole, Id part) { return united(whole, part) == whole; }

   private:
    u32 first_;
    std::vector<Id> ids_;
    std::vector<std::vector<u32>> sets_{{}};
    std::map<std::vector<u32>, Id> known_{{{}, none}};
    std::unordered_map<u64, Id> unions_;

    Id with(Id id, u32 node);
    Id find(std::vector<u32>&& nodes);
};

}  // namespace ag
