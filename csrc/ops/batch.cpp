#include "batch.h"

namespace ag {

Attributes Batch::attributes() const {
    Attributes all;
    std::copy_n(given_.attributes(), given_.attribute_count(),
                all.extend(given_.attribute_count()));
    return all;
}

Value Batch::whole(std::size_t k) const {
    return has_axis(k) ? given_[k] : broadcast_to(given_[k], in_front(extent_, shape(k)));
}

Value Batch::of_call(std::size_t k, i64 i) const {
    return has_axis(k) ? slice_axis(given_[k], 0, i, 1, true) : given_[k];
}

Value Batch::aligned(std::size_t k, int rank) const {
    const int missing = rank - this->rank(k);
    if (!has_axis(k) || missing <= 0) return given_[k];
    Shape shape{extent_};
    for (int d = 0; d < missing; ++d) shape.push(1);
    for (int d = 1; d < given_[k].rank(); ++d) shape.push(given_[k].extent(d));
    return reshape(given_[k], shape);
}

Value Batch::call(const Attributes& attributes) const {
    return call_any(op_, Call(attributes.begin(), attributes.size(), given_.inputs(), size()));
}

Value Batch::call(const Attributes& attributes, const std::vector<Value>& inputs) const {
    SmallVector<const Value*, 16> pointers;
    for (const Value& v : inputs) pointers.push_back(&v);
    return call_any(op_,
                    Call(attributes.begin(), attributes.size(), pointers.begin(), pointers.size()));
}

Value Batch::one_by_one(const TypeEntry& row) const {
    if (extent_ == 0) return zeros(row.dtype, in_front(0, row.shape));
    const Attributes attributes = this->attributes();
    std::vector<Value> results, inputs(size());
    for (i64 i = 0; i < extent_; ++i) {
        for (std::size_t k = 0; k < size(); ++k) inputs[k] = of_call(k, i);
        results.push_back(call(attributes, inputs));
    }
    return stack(results, 0);
}

Value batch_aligned(const Batch& b) {
    int rank = 0;
    for (std::size_t k = 0; k < b.size(); ++k) rank = std::max(rank, b.rank(k));
    std::vector<Value> inputs;
    for (std::size_t k = 0; k < b.size(); ++k) inputs.push_back(b.aligned(k, rank));
    return b.call(b.attributes(), inputs);
}

Value call_batched(OpCode op, const Call& given, const u8* has_axis, i64 extent,
                   const TypeEntry& row) {
    const Batch batch(op, given, has_axis, extent);
    const auto batched = op_table[op].batched;
    return batched != nullptr ? batched(batch) : batch.one_by_one(row);
}

}  // namespace ag
