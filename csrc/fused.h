// Elementwise instructions on arrays of one shape, run together: block by block, so that what is
// computed on the way stays in the cache, and only what others read is stored. Of arrays of rows
// they may take and give one number of each row, a column; see columns.h.
#pragma once

#include "elements.h"
#include "instruction.h"
#include "ops/table.h"

namespace ag {

class Fused {
   public:
    static constexpr u32 most_members = 128, most_totals = 2;
    // Operands: members, slots from outside, and, of the latter, constants.
    static constexpr u32 is_constant = 0x80000000u, none = 0xffffffffu;

    // Whether an instruction is one of these.
    static bool takes(const Code& code, const Instruction& i);
    // Or the sum of all elements of a member, which no other member may read.
    static bool takes_total(const Code& code, const Instruction& i);

    explicit Fused(const Shape& shape) : shape_(shape), n_(shape.size()) {}

    // What comes from outside, an operand of so many elements. With `dies`, nobody reads it
    // afterwards. `numbers`: a constant's block of equal numbers, or else no array.
    u32 add_outside(u32 operand, i64 size, bool dies, const Value& numbers);
    // One of the numbers of a small array.
    u32 add_number(u32 operand, i64 size, i64 element);
    // How many there are in a constant's block.
    i64 numbers_in_block() const { return std::min(most_block, n_); }
    // Appends an instruction of inputs that are members, or `outside + k`. Its place among them.
    static constexpr u32 outside = 0x40000000u;
    u32 add(const Code& code, const Instruction& i, const u32* inputs);
    // The same of one of several instructions, by its place among them, with the one that it takes
    // in. `input` says what a slot is here.
    template <class Input>
    u32 add(const Code& code, const std::vector<u32>& instructions, u32 place, const Pairs& pairs,
            const std::vector<u32>& same, Input input) {
        const Instruction& i = code.instructions[instructions[place]];
        u32 inputs[3];
        if (pairs.first_of(place) == Pairs::none) {
            for (std::size_t j = 0; j < i.inputs.size(); ++j) inputs[j] = input(i.inputs[j]);
            return add(code, i, inputs);
        }
        const Instruction& first = code.instructions[instructions[pairs.first_of(place)]];
        u32 other = none;
        const Loop loop = Pairs::loop(code, first, i, same, &other);
        inputs[0] = input(first.inputs[0]);
        inputs[1] = input(first.inputs.back());
        inputs[2] = input(other);
        return add_pair(loop, code.type(i.output).dtype, inputs);
    }
    // The same of two instructions in one loop, of what the first reads, once or twice, and of what
    // else the second does.
    u32 add_pair(Loop loop, DType dtype, const u32* inputs);
    // The member's value goes to that slot.
    void keep(u32 member, u32 slot) { keep(member, slot, shape_); }
    void keep(u32 member, u32 slot, const Shape& shape);
    // The number at `place` of each row of what is outside, as a member. Those that are asked for
    // one after the other are taken together.
    u32 add_pick(u32 from, DType dtype, i64 place);
    // An array of rows that goes to a slot, and its columns, which are put there together if they
    // are given one after the other.
    u32 add_rows(u32 slot, DType dtype, const Shape& shape);
    void put(u32 from, u32 rows, i64 place);
    // Rows on the way: the columns of a block are put there, a loop takes all numbers as they lie
    // in rows, and columns are picked again. It writes to the first one.
    static constexpr u32 way = 0x20000000u;  // | 0, or 1: in the place of rows
    void add_loop_on_way(const Code& code, const Instruction& i, u32 width);
    u32 pick_on_way(DType dtype, u32 width, i64 place);
    void put_on_way(u32 from, u32 on_way, DType dtype, u32 width, i64 place);
    // A run is refused where an element of the member is true, or where what is outside repeats
    // some of its elements.
    void refuse_if(u32 member);
    void refuse_repeated(u32 from) { outside_[from & ~outside].must_not_repeat = true; }
    // Nothing is added any more.
    void finish();

    std::size_t size() const { return members_.size(); }
    // In whose memory what is kept in `slot` is written, if nobody else holds that; or none.
    u32 overwritten_for(u32 slot) const;

   private:
    // Where a loop reads or writes: it moves by `step` an element, from the element `origin` on.
    struct Stream {
        char* base;
        i64 step, origin;
    };

   public:
    // What a run needs; kept for the next one.
    struct Room {
        std::vector<Stream> streams;
        std::vector<std::pair<u32, const Value*>> readers;  // streams that are read through them
        std::vector<Value> held, results;
        std::vector<char> sums;
    };
    // Results are those of eager execution, bit by bit, however many threads there are. False, and
    // nothing is changed, where the run is refused.
    bool run(std::vector<Value>& slots, const std::vector<Value>& constants, Room& room) const;

   private:
    enum class Kind : u8 { loop, convert, total, pick, put, wide, check };
    struct Member {
        Kind kind;
        u8 inputs;
        DType from, dtype;
        Loop loop;
        u32 in[3];  // members and what is outside; then streams
        u32 out;    // a stream, or the place among the totals or outputs
        // Of a column, in bytes: where it begins, and from one row to the next.
        i64 offset = 0, row = 0;
        // How many columns follow each other, from this one on; of rows, how long they are.
        u32 together = 1;
    };
    struct Outside {
        u32 operand;
        bool dies;
        i64 size;
        Value numbers;
        i64 element;  // of a small array, the number that is meant; or none_of
        u32 last_read = 0;
        bool must_not_repeat = false;
    };
    struct Output {
        u32 member, slot, stream;  // the member is none where columns are put there
        u32 overwrites;            // of what is outside, or none
        DType dtype;
        Shape shape;
    };
    struct Total {
        u32 member, slot, stream;
        DType dtype;
        Shape shape;
    };
    static constexpr u32 most_readers = 4;
    static constexpr i64 none_of = -1;
    static constexpr u32 most_together = 32;
    static constexpr i64 most_block = 1'024;

    Shape shape_;
    i64 n_;
    std::vector<Member> members_;
    std::vector<Outside> outside_;
    std::vector<Output> outputs_;
    std::vector<Total> totals_;
    // Streams are what is outside, places in the scratch memory, and outputs, one after the other.
    u32 places_ = 0, wide_places_ = 0;  // the latter, in front, hold what a sum is taken of
    i64 wide_items_[most_totals] = {};
    i64 item_ = 1;  // of places
    bool has_checks_ = false;
    i64 way_bytes_ = 0;  // of a row on the way
    i64 block_ = most_block;

    u32 add(const Member& m);
    u32 first_place() const { return static_cast<u32>(outside_.size()); }
    u32 streams() const { return first_on_way() + 2; }
    u32 first_on_way() const { return first_output() + static_cast<u32>(outputs_.size()); }
    static bool is_member(u32 operand) { return !(operand & (outside | way)); }
    u32 first_output() const { return first_place() + wide_places_ + places_; }
    // Of the scratch memory of a part: what is wide, other places, buffers of readers.
    i64 place_offset(u32 place) const;
    i64 readers_offset() const;
    i64 scratch_bytes() const;
    void assign_places();
    void choose_overwritten();
    bool prepare(u32 k, const Value& v, Room& room) const;
    void prepare_outputs(std::vector<Value>& slots, Room& room) const;
    template <std::size_t Bytes>
    bool run_on_stack(Room& room, i64 begin, i64 end) const;
    bool run_on_heap(Room& room, i64 begin, i64 end) const;
    bool run_part(Room& room, i64 begin, i64 end, char* scratch, Stream* streams) const;
    // False if it is refused.
    bool run_block(const Stream* streams, i64 start, i64 count) const;
    void note_together();
};

}  // namespace ag
