// Tangents of elementwise operations on large arrays, several operations at once.
#pragma once

#include <vector>

#include "log.h"

namespace ag {

struct OpInfo;

// A run of elementwise records on arrays of one float type. Their tangents are pushed through all
// of them block by block, so that those in between stay in the cache, and are not stored at all
// where nobody reads them afterwards.
class TangentRun {
   public:
    // Arrays smaller than this are not worth a plan.
    static constexpr i64 least = 4'096;

    TangentRun(const Log& log, u32 type);
    static bool suits(const Log& log, u32 node);  // as the first one of a run

    // Takes a record into the run. `tangent[k]` is that of its input k from outside of the run;
    // null if the input has none, or is in the run. False: the record is not of the kind.
    bool take(u32 node, const Value* const* tangent);
    bool has(u32 node) const { return step_of(node) >= 0; }
    const std::vector<u32>& nodes() const { return nodes_; }

    // Pushes; `results[i]` becomes the tangent of node i, if `wanted[i]`.
    void run(const u8* wanted, Value* results);

   private:
    // What a loop reads: `data` moves along with the blocks, or is a block of equal numbers; or
    // what another step has computed.
    struct Operand {
        const char* data = nullptr;
        bool moves = false;
        int step = -1;
    };
    struct Step {
        const OpInfo* op;
        bool pushes[2] = {};
        Operand tangent[2], kept[3];  // kept: a, b, y
        char* target = nullptr;       // or, if that is null, a place in the scratch memory
        int place = -1;
    };

    const Log& log_;
    u32 type_;
    DType dtype_;
    i64 size_;
    std::vector<u32> nodes_;
    std::vector<Step> steps_;
    std::vector<Value> held_;  // keeps the operands alive

    int step_of(u32 node) const;
    bool operand(const Value& v, Operand& out);
    void assign_places(const u8* wanted);
    void run_block(i64 begin, i64 count, char* scratch) const;
};

}  // namespace ag
