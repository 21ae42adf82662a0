// Instructions on small arrays as a stream of loops, run one after the other on memory that the
// plan keeps: where each array lies is known before a run, and views are places in others.
#pragma once

#include <cstring>
#include <map>
#include <tuple>

#include "instruction.h"
#include "ops/contraction.h"
#include "ops/ops.h"
#include "ops/table.h"

namespace ag {

struct Simplified;

// Operations that plans know by their codes: what moves elements, sums and products.
struct ArrayOps {
    OpCode view = op_named("view"), unview = op_named("unview"), put = op_named("put"),
           reshape = op_named("reshape"), broadcast = op_named("broadcast_to"),
           concat = op_named("concat"), stack = op_named("stack"), sum = op_named("reduce_sum"),
           norm = op_named("norm"), matmul = op_named("matmul");
    // What gives elements of its input where these lie.
    bool is_view(OpCode op) const { return op == view || op == reshape || op == broadcast; }
    bool joins(OpCode op) const { return op == concat || op == stack; }
};
const ArrayOps& array_ops();

inline bool is_float(DType dtype) { return dtype == DType::float32 || dtype == DType::float64; }
// What an instruction says of its input: the axes that it reduces, the view that it is the adjoint
// of.
inline Axes reduced_axes(const Instruction& i) { return static_cast<Axes>(i.attributes[0]); }
ViewSpec unviewed(const Instruction& i);

// Whether strides are those of C order, as arrays find out.
inline bool in_c_order(const TypeEntry& type, const i64* strides) {
    if (type.shape.size() <= 1) return true;
    i64 expected = itemsize(type.dtype);
    for (int k = type.shape.rank; k-- > 0; expected *= type.shape[k])
        if (type.shape[k] != 1 && strides[k] != expected) return false;
    return true;
}

// The number of up to 8 bytes that lies there.
inline Value number_at(const char* data, DType dtype) {
    u64 bits = 0;
    std::memcpy(&bits, data, static_cast<std::size_t>(itemsize(dtype)));
    return Value::from_bits(dtype, bits);
}

class ArrayCode {
   public:
    // Of an array that is small. A block of all that one instruction reads and writes fits the
    // first-level cache then.
    static constexpr i64 most_bytes = 16'384;
    static bool is_small(const TypeEntry& type) { return bytes_of(type) <= most_bytes; }
    // Whether an instruction has a form here, if its operands are small.
    static bool takes(const Code& code, const Instruction& i);
    // Of a run; kept for the next one.
    struct Room {
        Value memory;
        std::vector<char*> pointers;
        std::vector<Value> results;
    };
    // Fills in the pointers into memory, from the place `first` on, and those to constants.
    void place(Room& room) const;
    // Returns false, and has done nothing, where an array lies otherwise than in C order: then the
    // instructions are to be called. Results are those of eager execution, bit by bit.
    bool run(std::vector<Value>& slots, Room& room) const;
    // The same where memory is given for all arrays, which lie in C order: `places`, by slot, say
    // where, of what it reads before and of what it gives afterwards; `targets`, by result, where
    // that is to be written. Numbers are in their slots.
    void run_placed(std::vector<Value>& slots, char** places, char* const* const* targets,
                    Room& room) const;
    // Whether all that it gives lies in C order.
    bool can_be_placed() const;
    // The bytes of each result, and the slot that is all of it, or none.
    struct ResultPlace {
        i64 bytes;
        u32 slot;
        static constexpr u32 none = 0xffffffffu;
    };
    std::vector<ResultPlace> result_places() const;
    // Of the memory that it takes, and how many pointers there are up to its own.
    i64 bytes() const { return bytes_; }
    bool reads_arrays() const {
        return std::any_of(imports_.begin(), imports_.end(),
                           [](const Import& i) { return !i.is_number; });
    }
    u32 end() const { return first_ + count_; }
    // Which slots get memory of their own, and how much; and which ones are views of another.
    const std::vector<std::pair<u32, i64>>& made() const { return made_; }
    const std::vector<std::pair<u32, u32>>& views() const { return viewed_; }

    // Constants as loops take them, for all that use them.
    class Constants {
       public:
        Value spread(const Value& v, const Shape& shape);

       private:
        std::map<std::tuple<DType, u64, i64>, Value> numbers_;
        std::map<std::pair<const char*, i64>, Value> arrays_;
    };
    struct Member {
        u32 instruction;
        bool stored;  // its result is read from its slot
        // The instruction that is done in its loop, or none; and whether it is one of those.
        u32 first;
        bool is_first;
    };
    // Pointers from `first` on are its own.
    ArrayCode(const Code& code, const Simplified& simplified, const std::vector<Member>& members,
              u32 first, Constants& constants);

   private:
    class Maker;
    enum class Kind : u8 { loop, convert, move, zero, fill, copy, sum, product };
    // in, out: pointers. n: elements, bytes of what is moved, or a place in a list below.
    struct Step {
        Kind kind;
        DType from, to;
        u32 n;
        u32 in[3];
        u32 out;
        Loop loop;
    };
    struct Copy {
        int item;
        Shape shape;
        std::vector<i64> from, to;  // strides
    };
    struct Product {
        DType dtype;
        Matrix a, b;
    };
    // See ReducedRows.
    struct Sum {
        i64 outer, n, inner;
    };
    struct Import {
        u32 slot;
        DType dtype;
        bool is_number;
        i64 size;
    };
    // pointer = that of an import or of a result, moved on by so many bytes.
    struct Derived {
        u32 pointer, from;
        i64 offset;
    };
    struct Fixed {
        u32 pointer;
        i64 offset;
    };
    struct Result {
        DType dtype;
        Shape shape;
    };
    // What a slot becomes in the end: a number, a result, or a view of something.
    enum class Of : u8 { number, result, import, constant };
    struct Export {
        u32 slot;
        Of of;
        u32 from;  // a pointer, or a place in a list
        i64 offset;
        bool is_view;
        DType dtype;
        Shape shape;
        std::vector<i64> strides;
    };

    u32 first_, count_ = 0;
    i64 bytes_ = 0;
    std::vector<Step> steps_;
    std::vector<Copy> copies_;
    std::vector<Product> products_;
    std::vector<Sum> sums_;
    std::vector<Import> imports_;
    std::vector<Result> results_;
    std::vector<Derived> imported_, resulting_;
    std::vector<Fixed> fixed_;
    std::vector<Value> constants_;
    std::vector<Derived> constant_;
    std::vector<Export> exports_;
    std::vector<std::pair<u32, i64>> made_;
    std::vector<std::pair<u32, u32>> viewed_;

    void run_step(const Step& step, char* const* pointers) const;
    Value exported(const Export& e, std::vector<Value>& slots, Room& room) const;
};

}  // namespace ag
