#include "end_sets.h"

#include <algorithm>
#include <iterator>

namespace ag {

EndSets::Id EndSets::find(std::vector<u32>&& nodes) {
    const auto [found, fresh] = known_.try_emplace(nodes, static_cast<Id>(sets_.size()));
    if (fresh) sets_.push_back(std::move(nodes));
    return found->second;
}

EndSets::Id EndSets::with(Id id, u32 node) {
    std::vector<u32> nodes = sets_[id];
    const auto place = std::lower_bound(nodes.begin(), nodes.end(), node);
    if (place == nodes.end() || *place != node) nodes.insert(place, node);
    return find(std::move(nodes));
}

EndSets::Id EndSets::united(Id a, Id b) {
    if (a == b || b == none) return a;
    if (a == none) return b;
    const u64 pair = u64{std::min(a, b)} << 32 | std::max(a, b);
    const auto known = unions_.find(pair);
    if (known != unions_.end()) return known->second;
    std::vector<u32> nodes;
    std::set_union(sets_[a].begin(), sets_[a].end(), sets_[b].begin(), sets_[b].end(),
                   std::back_inserter(nodes));
    return unions_[pair] = find(std::move(nodes));
}

}  // namespace ag
