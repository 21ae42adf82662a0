// Records: one operation each, of fixed size.
#pragma once

#include <vector>

#include "array.h"

namespace ag {

using OpCode = u16;
constexpr OpCode input_op = 0;  // a watched value: a record without a rule

// What one of the two payloads of a record holds.
enum class Keep : u8 { nothing = 0, number = 1, array = 2, extra = 3 };

// What does not fit into a record: more than two inputs, attributes, values, a host (ops/host.h).
struct Extra {
    std::vector<i64> attributes;
    std::vector<u32> inputs;  // none: those of the record
    std::vector<Value> kept;  // after the one in the first payload

    // Lets go of the values, of which derivatives are made.
    virtual void drop_values() noexcept { std::vector<Value>().swap(kept); }
    virtual ~Extra() = default;
};

// One operation. 32 bytes, values that a rule keeps alive included when they are numbers.
struct Record {
    OpCode op;
    u8 flags;     // kinds of the payloads in bits 0-1 and 2-3
    DType dtype;  // of the kept values
    u32 type;     // dtype and shape of the output, in the log's table of types
    u32 in[2];    // records of the inputs, or no_node
    union Payload {
        u64 bits;
        Array* array;
        Extra* extra;
    } keep[2];

    // Both payloads are numbers, the operation is elementwise, its output is a float.
    static constexpr u8 scalar = 0x10;
    // The output was written into the array of the first input, which nobody else held: nobody can
    // ask for that node again.
    static constexpr u8 overwrote = 0x80;

    Keep kind(int k) const { return static_cast<Keep>((flags >> (2 * k)) & 3); }
    void set_kind(int k, Keep kind) {
        flags = static_cast<u8>((flags & ~(3 << (2 * k))) | (static_cast<int>(kind) << (2 * k)));
    }
    bool has(int k) const { return kind(k) != Keep::nothing; }
    // Keeps `v` as payload k. All numbers kept by one record have one dtype.
    void store(int k, const Value& v);
    // Payload k as a value that input `node` made.
    Value load(int k, u32 node) const;
    void store_extra(int k, Extra* extra) {
        keep[k].extra = extra;
        set_kind(k, Keep::extra);
    }
    const Extra* extra() const {
        return kind(0) == Keep::extra   ? keep[0].extra
               : kind(1) == Keep::extra ? keep[1].extra
                                        : nullptr;
    }
    // Nodes of the inputs; no_node for constants, and where there is no second one.
    int input_count() const {
        const Extra* e = extra();
        return e != nullptr && !e->inputs.empty() ? static_cast<int>(e->inputs.size()) : 2;
    }
    u32 input(int k) const {
        const Extra* e = extra();
        return e != nullptr && !e->inputs.empty() ? e->inputs[static_cast<std::size_t>(k)] : in[k];
    }
    void drop_payloads() noexcept;
    // Lets go of arrays that it keeps for derivatives. What it is a record of can still be told.
    void drop_values() noexcept;
    // What is computed from it is of no concern to any tape.
    void become_constant() noexcept {
        drop_payloads();
        op = input_op;
        flags = 0;
        in[0] = in[1] = no_node;
    }
};
// Calls f(node) for each tracked input.
template <class F>
void each_input(const Record& r, F f) {
    for (int k = 0; k < r.input_count(); ++k)
        if (r.input(k) != no_node) f(r.input(k));
}
static_assert(sizeof(Record) == 32, "the record is the tape's price per operation");

}  // namespace ag
