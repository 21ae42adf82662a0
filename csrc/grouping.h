// Instructions of a plan that are run together.
#pragma once

#include "array_code.h"
#include "columns.h"
#include "fused.h"
#include "scalar_code.h"
#include "simplify.h"

namespace ag {

struct Group {
    enum Kind : u8 { scalars, arrays, columns, fused, call };
    Kind kind;
    std::vector<u32> members{};  // instructions
    u32 totals = 0;              // of what is fused: sums at its end
    i64 rows = 0, width = 0;     // of columns: how long they are; how many, at most
};

// Which instructions are done by columns: those of which several that depend on each other gain by
// it.
class RowsChosen {
   public:
    RowsChosen(const Code& code, const Simplified& simplified, const std::vector<u8>& needed);
    // For how many rows, or 0.
    i64 operator[](u32 k) const { return rows_[k - first_]; }

   private:
    static constexpr u32 least_gains = 4;
    u32 first_ = 0;          // instruction
    std::vector<i64> rows_;  // from it on
    std::vector<u32> root_;  // of the same: another one that it is together with, or itself

    void leave_sums(const Code& code, const Simplified& simplified);
    void leave_views(const Code& code, const Simplified& simplified, const std::vector<u8>& needed);
    u32 root(u32 k);
};

// Puts instructions into groups, in an order in which these can be run. Groups of several kinds and
// shapes are open at a time; one is closed when an instruction of another reads what it makes.
class Grouping {
   public:
    // `needed`: by slot, whether its value is asked for afterwards.
    Grouping(const Code& code, const Simplified& simplified, const std::vector<u8>& needed);
    const std::vector<u32>& order() const { return order_; }
    const Group& operator[](u32 g) const { return groups_[g]; }
    // Which one makes the value of a slot; `none` if that is there before.
    u32 maker(u32 slot) const { return group_of_[slot]; }
    static constexpr u32 none = 0xffffffffu;

   private:
    static constexpr std::size_t most_open = 8;
    static constexpr i64 most_columns = 4'096;
    const Code& code_;
    const Simplified& simplified_;
    const RowsChosen rows_;
    std::vector<Group> groups_;
    std::vector<u8> is_closed_;
    std::vector<u32> order_, open_;
    std::vector<u32> group_of_;  // by slot
    std::vector<u8> is_view_;    // of the same

    Group::Kind kind_of(u32 k) const;
    bool has_small_operands(const Instruction& i) const;
    void add(u32 k);
    const Shape& shape_of(u32 g) const;
    bool is_element(u32 g, u32 slot) const;
    u32 find(Group::Kind kind, const Shape* shape) const;
    u32 find_rows(i64 rows) const;
    u32 summed(const Instruction& i) const;
    u32 begin(Group::Kind kind);
    void close(u32 g);
};

}  // namespace ag
