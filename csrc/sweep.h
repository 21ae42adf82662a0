// What rules see of a sweep: where they hand cotangents to, and where they read tangents.
#pragma once

#include "ops/call.h"
#include "slots.h"
#include "tangents.h"

namespace ag {

// What a structural reverse rule works with.
class Accumulator {
   public:
    // `g`: the cotangent that the rule is given.
    Accumulator(const Log& log, u32 node, Value& g, Slots& slots, const SweepMode& mode)
        : log_(log), record_(log[node]), node_(node), g_(g), slots_(slots), mode_(mode) {}

    const SweepMode& mode() const { return mode_; }
    // 1 if cotangents have an axis in front of those of their node.
    int batch_axes() const { return mode_.batched(); }
    const Log& log() const { return log_; }
    u32 node() const { return node_; }
    bool wants_node(u32 node) const { return slots_.wants(node); }
    EndSets& ends() const { return slots_.ends(); }
    bool is_source(u32 node) const { return slots_.state(slots_.index(node)) & Slots::source; }
    // The shape, or view, of a cotangent for that of its node.
    template <class Shaped>
    Shaped lift(const Shaped& x) const {
        return mode_.lift(x);
    }
    // g summed over the axes along which input k was broadcast.
    Value fit(int k, const Value& g) const { return sum_to(g, lift(shape(k)), batch_axes()); }

    bool wants(int k) const { return slots_.wants(input(k)); }
    u32 input(int k) const { return record_.input(k); }
    // Its node in the log that is recorded on.
    u32 active_input(int k) const {
        const u32 node = input(k);
        return node == no_node ? no_node : log_.node_in_active(node);
    }
    const Shape& shape(int k) const { return log_.type_of_node(input(k)).shape; }
    DType dtype(int k) const { return log_.type_of_node(input(k)).dtype; }
    const Shape& output_shape() const { return log_.type(record_.type).shape; }
    // Of the call that made the record; see ops/call.h.
    Attributes attributes() const { return attributes_of(log_, record_); }
    Value kept_input(int j) const { return ag::kept_input(log_, node_, j); }
    Value kept_output() const { return ag::kept_output(log_, node_); }
    void add(int k, Value&& g) { slots_.add(input(k), std::move(g)); }
    // The cotangent of the output, to be written to if nobody else holds it. The rule has done all
    // else with it.
    Value take() { return std::move(g_); }
    void forget_records() { slots_.forget_records(); }
    // Whether output k of an operation with several has a cotangent.
    bool reaches_output(int k) const {
        if (k == 0) return !(slots_.state(slots_.index(node_)) & Slots::deferred);
        const u32 i = slots_.index(node_ + static_cast<u32>(k));
        return i != Slots::nowhere && slots_.filled(i);
    }
    // That cotangent; zeros if there is none.
    Value take_output(int k);
    // Keeps g as rows of the cotangent of input k, if that is a source and no result of its own.
    bool add_rows(int k, const Value& indices, const Value& g);
    // Adds g along a view of input k, or to its picked rows. That costs no more than g is large,
    // if it is not the first.
    void add_along(int k, const ViewSpec& spec, const Value& g);
    void add_picked(int k, const Value& indices, Axes axes, const Value& g);
    // The same of a scattered cotangent, in which no element of the input occurs twice.
    void add_scattered_along(int k, const ViewSpec& spec, const Scattered& g);
    void add_scattered_picked(int k, const Value& indices, Axes axes, const Scattered& g);
    // Rows of g, which has the shape of the output.
    Value picked(const Value& g, const Value& indices, Axes axes) const;

   private:
    const Log& log_;
    const Record& record_;
    u32 node_;
    Value& g_;
    Slots& slots_;
    const SweepMode& mode_;

    // Whether to put a scattered part of input k into an array of its own.
    bool whole(int k, bool all) const;
};

// What a structural forward rule works with.
class Tangents {
   public:
    Tangents(const Log& log, u32 node, const TangentTable& table, Value* spare_first)
        : log_(log), record_(log[node]), node_(node), table_(table), spare_first_(spare_first) {}
    bool has(int k) const { return input(k) != no_node && table_.find(input(k)) != nullptr; }
    u32 node() const { return node_; }
    const Record& record(u32 node) const { return log_[node]; }
    const TypeEntry& type_of(u32 node) const { return log_.type_of_node(node); }
    const Log& log() const { return log_; }
    const Value* of(u32 node) const { return table_.find(node); }
    bool reaches(u32 node) const { return table_.reaches(node); }
    EndSets& ends() const { return table_.ends(); }
    // Tangent of input k, which must have one.
    const Value& get(int k) const { return *table_.find(input(k)); }
    // The tangent of input 0, to be given up; null if there is none, or it may be asked for again.
    Value* spare_first() const { return spare_first_; }
    u32 input(int k) const { return record_.input(k); }
    // Its node in the log that is recorded on.
    u32 active_input(int k) const {
        const u32 node = input(k);
        return node == no_node ? no_node : log_.node_in_active(node);
    }
    const Shape& shape(int k) const { return log_.type_of_node(input(k)).shape; }
    const Shape& output_shape() const { return log_.type(record_.type).shape; }
    DType dtype() const { return log_.type(record_.type).dtype; }
    // Of the call that made the record; see ops/call.h.
    Attributes attributes() const { return attributes_of(log_, record_); }
    Value kept_input(int j) const { return ag::kept_input(log_, node_, j); }
    Value kept_output() const { return ag::kept_output(log_, node_); }

   private:
    const Log& log_;
    const Record& record_;
    u32 node_;
    const TangentTable& table_;
    Value* spare_first_;
};

}  // namespace ag
