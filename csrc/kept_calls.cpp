#include "kept_calls.h"

#include <algorithm>

#include "composite.h"

namespace ag {

KeptCalls::KeptCalls(const Code& code, const std::vector<u32>& same,
                     const std::vector<u32>& calls) {
    const auto hash = [&](const Instruction& i, std::size_t count) {
        u64 h = count;
        for (std::size_t k = 0; k < count; ++k) h = (h ^ same[i.inputs[k]]) * 0x9e3779b97f4a7c15ull;
        return h;
    };
    const auto is_same = [&](u32 a, u32 b) { return same[a] == same[b]; };
    std::unordered_multimap<u64, std::size_t> places;  // in the order, by inputs
    for (std::size_t n = 0; n < calls.size(); ++n) {
        const Instruction& i = code.instructions[calls[n]];
        places.emplace(hash(i, i.inputs.size()), n);
    }
    // A call that is kept for its own gradient, which comes behind it, makes use of none.
    for (std::size_t n = calls.size(); n-- > 0;) {
        const Instruction& i = code.instructions[calls[n]];
        const std::size_t count = inputs_of_operation(i.own);
        if (count == 0 || kept_.find(calls[n]) != kept_.end()) continue;
        const auto found = places.equal_range(hash(i, count));
        for (auto at = found.first; at != found.second; ++at) {
            const u32 call = calls[at->second];
            const Instruction& other = code.instructions[call];
            if (at->second >= n || other.inputs.size() != count ||
                !std::equal(other.inputs.begin(), other.inputs.end(), i.inputs.begin(), is_same) ||
                !is_gradient_of(i.own, other.own))
                continue;
            Kept& kept =
                kept_.emplace(call, Kept{size(), calls[n], std::vector<u8>(count)}).first->second;
            const std::vector<u8>& wanted = wanted_of(i.own);
            for (std::size_t k = 0; k < count; ++k) kept.known[k] |= wanted[k];
            used_[calls[n]] = call;
            break;
        }
    }
}

}  // namespace ag
