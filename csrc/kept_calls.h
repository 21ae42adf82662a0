// Which gradients of composites, in a plan, make use of the composite's own call before them.
#pragma once

#include <unordered_map>
#include <vector>

#include "instruction.h"

namespace ag {

class KeptCalls {
   public:
    struct Kept {
        u32 place;              // among what a run keeps
        u32 last;               // the last gradient that makes use of it
        std::vector<u8> known;  // by input, whether one of them asks for it
    };

    KeptCalls() = default;
    // `same`: by slot, the one that holds its value. `calls`: the instructions that are composites,
    // in the order in which they are run.
    KeptCalls(const Code& code, const std::vector<u32>& same, const std::vector<u32>& calls);

    // By instruction: what is kept of it, or null; what it makes use of.
    const Kept* kept(u32 k) const { return find(kept_, k); }
    const Kept* used(u32 k) const {
        const auto found = used_.find(k);
        return found == used_.end() ? nullptr : find(kept_, found->second);
    }
    u32 size() const { return static_cast<u32>(kept_.size()); }

   private:
    std::unordered_map<u32, Kept> kept_;
    std::unordered_map<u32, u32> used_;  // by a gradient: the call

    static const Kept* find(const std::unordered_map<u32, Kept>& map, u32 k) {
        const auto found = map.find(k);
        return found == map.end() ? nullptr : &found->second;
    }
};

}  // namespace ag
