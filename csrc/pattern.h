// Sparsity patterns: which elements of its inputs a program's outputs have derivatives by, whatever
// the values are. Never fewer than there are; exact for what only moves elements.
//
// A walk over the program with a bit set for each element in the place of its number. A row of the
// table says by its function `pattern` how the sets of its inputs meet.
#pragma once

#include <vector>

#include "ops/ops.h"

namespace ag {

// A bit set for each element of a value. Without words there is no derivative at all.
struct Pattern {
    std::size_t words = 0;
    std::vector<u64> bits;

    u64* of(i64 element) { return bits.data() + static_cast<std::size_t>(element) * words; }
    const u64* of(i64 element) const {
        return bits.data() + static_cast<std::size_t>(element) * words;
    }
};

// What a walk knows of a value.
struct Operand {
    DType dtype;
    Shape shape;
    const Value* constant = nullptr;  // if it depends on no input
    Pattern pattern = {};
};

// A call of which the result's pattern is asked for.
class Dependence {
   public:
    Dependence(OpCode op, const std::vector<i64>& attributes,
               const std::vector<const Operand*>& inputs, Operand& result)
        : op_(op), attributes_(attributes), inputs_(inputs), result_(result) {}

    i64 attribute(std::size_t k) const { return attributes_[k]; }
    const std::vector<i64>& attributes() const { return attributes_; }
    std::size_t size() const { return inputs_.size(); }
    const Shape& shape(std::size_t k) const { return inputs_[k]->shape; }
    const Shape& shape() const { return result_.shape; }
    // The value of input k, if it does not depend on the program's inputs; or null.
    const Value* constant(std::size_t k) const { return inputs_[k]->constant; }
    // Whether the operation has a derivative by input k that is not 0 everywhere.
    bool derives(std::size_t k) const;
    // The operation of other inputs.
    Value run(const std::vector<Value>& inputs) const;

    // Each element of the result has derivatives by those elements of input k that have its number:
    // int64, of the shapes of the input and of the result. Those with a negative one have none.
    void meet(std::size_t k, const Value& of_input, const Value& of_result);
    // Or by all elements of all inputs.
    void meet_all();

   private:
    OpCode op_;
    const std::vector<i64>& attributes_;
    const std::vector<const Operand*>& inputs_;
    Operand& result_;
};

// int64: `first` and the numbers after it, in C order.
Value numbered(const Shape& shape, i64 first = 0);

// What most rows do. Each element of the result comes from those at its place, inputs being
// broadcast against each other.
void pattern_in_place(Dependence& d);
// Or is one element of the inputs, if what its value alone depends on is constant: the operation is
// run on numbers of elements.
void pattern_moved(Dependence& d);

// As a bool matrix: [elements, bits].
Value dense(const Pattern& pattern, i64 elements, i64 bits);

}  // namespace ag
