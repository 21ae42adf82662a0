// Calls with an axis in front of some of their inputs: many calls at once, and their results
// stacked.
//
// A row of the table says by its function `batched` how that is done: by ordinary calls, recorded
// as any, mostly one of the same operation with other attributes. So derivatives follow from the
// rules that are there. An operation without that function is called for each row of the batch.
#pragma once

#include "ops.h"

namespace ag {

class Batch {
   public:
    // `has_axis`: which inputs have the axis.
    Batch(OpCode op, const Call& given, const u8* has_axis, i64 extent)
        : op_(op), given_(given), has_axis_(has_axis), extent_(extent) {}

    OpCode code() const { return op_; }
    i64 extent() const { return extent_; }
    std::size_t size() const { return given_.size(); }
    const Value& operator[](std::size_t k) const { return given_[k]; }
    bool has_axis(std::size_t k) const { return has_axis_[k]; }
    // Of an input of one call.
    int rank(std::size_t k) const { return given_[k].rank() - has_axis(k); }
    Shape shape(std::size_t k) const {
        const Shape all = given_[k].shape();
        return has_axis(k) ? Shape(all.dims + 1, all.rank - 1) : all;
    }
    // The attributes of one call; a copy, to be changed.
    Attributes attributes() const;
    // Input k with the axis: repeated along it if it has none.
    Value whole(std::size_t k) const;
    // Of the inputs of call i, the k-th.
    Value of_call(std::size_t k, i64 i) const;
    // Input k, with axes of 1 behind that of the batch until one call's input has `rank` axes.
    Value aligned(std::size_t k, int rank) const;
    // The operation of these attributes, of the inputs as they are or of others.
    Value call(const Attributes& attributes) const;
    Value call(const Attributes& attributes, const std::vector<Value>& inputs) const;
    // Each call by itself. `row`: the type of its result.
    Value one_by_one(const TypeEntry& row) const;

   private:
    OpCode op_;
    const Call& given_;
    const u8* has_axis_;
    i64 extent_;
};

// What most rows do.

// The same operation. Inputs are broadcast against each other, matrices on the last axes apart.
Value batch_aligned(const Batch& b);
// The same operation, of an input with one axis more: attribute K is an axis, or a set of axes.
template <std::size_t K>
Value batch_axis(const Batch& b) {
    Attributes a = b.attributes();
    a[K] += 1;
    return b.call(a);
}
template <std::size_t K>
Value batch_axes(const Batch& b) {
    Attributes a = b.attributes();
    a[K] <<= 1;
    return b.call(a);
}

// The result of any operation, with the axis. At least one input has it. `row` is the type of the
// result of one call.
Value call_batched(OpCode op, const Call& given, const u8* has_axis, i64 extent,
                   const TypeEntry& row);

}  // namespace ag
