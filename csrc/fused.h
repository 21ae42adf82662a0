// Elementwise instructions on arrays of one shape, run together: block by block, so that what is
// computed on the way stays in the cache, and only what others read is stored.
#pragma once

#include "instruction.h"
#include "ops/table.h"

namespace ag {

class Fused {
   public:
    static constexpr u32 most_members = 128, most_totals = 2;
    // Operands: members, slots from outside, and, of the latter, constants.
    static constexpr u32 is_constant = 0x80000000u;

    // Whether an instruction is one of these.
    static bool takes(const Code& code, const Instruction& i);
    // Or the sum of all elements of a member, which no other member may read.
    static bool takes_total(const Code& code, const Instruction& i);

    explicit Fused(const Shape& shape) : shape_(shape), n_(shape.size()) {}

    // What comes from outside, an operand of so many elements. With `dies`, nobody reads it
    // afterwards. `numbers`: a constant's block of equal numbers, or else no array.
    u32 add_outside(u32 operand, i64 size, bool dies, const Value& numbers);
    // How many there are in that.
    i64 numbers_in_block() const { return std::min(most_block, n_); }
    // Appends an instruction of inputs that are members, or `outside + k`. Its place among them.
    static constexpr u32 outside = 0x40000000u;
    u32 add(const Code& code, const Instruction& i, const u32* inputs);
    // The same of two instructions in one loop, of what the first reads, once or twice, and of what
    // else the second does.
    u32 add_pair(Loop loop, DType dtype, const u32* inputs);
    // The member's value goes to that slot.
    void keep(u32 member, u32 slot);
    // Nothing is added any more.
    void finish();

    std::size_t size() const { return members_.size(); }
    // In whose memory what is kept in `slot` is written, if nobody else holds that; or none.
    static constexpr u32 none = 0xffffffffu;
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
    // Results are those of eager execution, bit by bit, however many threads there are.
    void run(std::vector<Value>& slots, const std::vector<Value>& constants, Room& room) const;

   private:
    enum class Kind : u8 { loop, convert, total };
    struct Member {
        Kind kind;
        u8 inputs;
        DType from, dtype;
        Loop loop;
        u32 in[3];  // members and what is outside; then streams
        u32 out;    // a stream, or the place among the totals
    };
    struct Outside {
        u32 operand;
        bool dies;
        i64 size;
        Value numbers;
        u32 last_read = 0;
    };
    struct Output {
        u32 member, slot, stream;
        u32 overwrites;  // of what is outside, or none
    };
    struct Total {
        u32 member, slot, stream;
        DType dtype;
        Shape shape;
    };
    static constexpr u32 most_readers = 4;
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
    i64 block_ = most_block;

    u32 first_place() const { return static_cast<u32>(outside_.size()); }
    u32 first_output() const { return first_place() + wide_places_ + places_; }
    // Of the scratch memory of a part: what is wide, other places, buffers of readers.
    i64 place_offset(u32 place) const;
    i64 scratch_bytes() const;
    void assign_places();
    void choose_overwritten();
    bool prepare(u32 k, const Value& v, Room& room) const;
    void prepare_outputs(std::vector<Value>& slots, Room& room) const;
    template <std::size_t Bytes>
    void run_part(Room& room, i64 begin, i64 end) const;
    void run_block(const Stream* streams, i64 start, i64 count) const;
};

}  // namespace ag
