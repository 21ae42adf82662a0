// Which records of a tape a sweep has to do with.
#pragma once

#include <algorithm>

#include "tape.h"
#include "slots.h"

namespace ag {

// The part of the log that a sweep has to look at.
struct Range {
    u32 begin, end;
};

using LateNodes = SmallVector<Tape::Late, 4>;

// Which of some nodes a tape knows, and since when. Records before used it as a constant: whether
// another tape knew it by then makes no difference to this one.
struct Known {
    Flags is;
    Nodes since;  // 0: always

    Known(const Tape& tape, const u32* nodes, std::size_t count);
    // Those of the nodes that came to be known late, in the order of that.
    void find_late(const u32* nodes, LateNodes& found) const {
        for (std::size_t k = 0; k < since.size(); ++k)
            if (is[k] && since[k] != 0) found.push_back({nodes[k], since[k]});
        std::sort(found.begin(), found.end(),
                  [](const Tape::Late& a, const Tape::Late& b) { return a.since < b.since; });
    }
};

// The known nodes that lie outside the range, ascending.
void find_outside(Range range, const u32* nodes, std::size_t count, const Flags& known,
                  Nodes& outside);
// The first record that a sweep has to look at: the oldest one between the sources and the targets,
// if that is found soon. Else many small gradients on one long tape would each walk over all of it.
u32 first_needed(const Log& log, Range range, const Seed* seeds, std::size_t seed_count,
                 const u32* sources, std::size_t source_count, const Flags& known);
// Wants all records of the tape that depend on a source; those in `late` have their slots wanted
// from then on.
void spread_wanted(const Tape& tape, Range range, const LateNodes& late, Slots& slots);

}  // namespace ag
