#include "sweep.h"

#include <algorithm>

#include "ops/ops.h"
#include "thread_state.h"

namespace ag {

void Accumulator::add_along(int k, const ViewSpec& one, const Value& g) {
    const u32 node = input(k);
    const ViewSpec spec = lift(one);
    if (mode_.pieces && !takes_all_once(spec, lift(shape(k)))) {
        Attributes packed;
        pack(spec, packed);
        slots_.add_piece(node, {g, {packed.begin(), packed.end()}, Value(), 1});
        return;
    }
    if (!mode_.recorded) {
        Value space;
        if (Value* target = slots_.borrow(node, space)) {
            add_along_view(*target, spec, g);
            slots_.give_back(node, space);
            return;
        }
    }
    slots_.add(node, unview(g, spec, lift(shape(k))));
}

void Accumulator::add_picked(int k, const Value& indices, Axes one, const Value& given) {
    const u32 node = input(k);
    const Axes axes = one << batch_axes();
    // The axis of the batch stays out of the way behind those of the indices.
    const Value g = mode_.batched() ? move_axis(given, 0, indices.rank()) : given;
    if (mode_.pieces) {
        slots_.add_piece(node, {g, {}, indices, axes});
        return;
    }
    if (!mode_.recorded) {
        Value space;
        if (Value* target = slots_.borrow(node, space)) {
            ag::add_rows(*target, indices, axes, g);
            slots_.give_back(node, space);
            return;
        }
    }
    slots_.add(node, scatter_add(g, indices, lift(shape(k)), axes));
}

Value Accumulator::picked(const Value& g, const Value& indices, Axes axes) const {
    return mode_.batched() ? gather_each(g, indices, axes) : gather(g, indices, false, axes);
}

bool Accumulator::add_rows(int k, const Value& indices, const Value& g) {
    u32 node = input(k);
    u32 i = slots_.index(node);
    // What is read of a Variable that a program has assigned to has the derivative of its place.
    while (i != Slots::nowhere && !(slots_.state(i) & Slots::source) &&
           is_assigned(log_[node].op)) {
        node = log_[node].input(0);
        i = node == no_node ? Slots::nowhere : slots_.index(node);
    }
    if (i == Slots::nowhere || !(slots_.state(i) & Slots::source) || log_[node].op != input_op)
        return false;
    slots_.add_rows(i, indices, g);
    return true;
}

Value Accumulator::take_output(int k) {
    const u32 node = node_ + static_cast<u32>(k);
    const TypeEntry& type = log_.type_of_node(node);
    const u32 i = slots_.index(node);
    if (i == Slots::nowhere || !slots_.filled(i)) return zeros(type.dtype, lift(type.shape));
    return slots_.get(i, type.dtype, (slots_.state(i) & Slots::source) != 0);
}

namespace {

template <class F>
Value without_records(F compute) {
    PauseRecording pause;
    return compute();
}

}  // namespace

bool Accumulator::whole(int k, bool all) const {
    return mode_.recorded ? slots_.scattered_terms(slots_.index(input(k))) < Slots::most_terms
                          : all;
}

void Accumulator::add_scattered_along(int k, const ViewSpec& spec, const Scattered& g) {
    if (!wants(k)) return;
    const Shape& in = shape(k);
    if (whole(k, takes_all_once(spec, in))) {
        Value values = unview(g.values, spec, in);
        add_scattered(
            log_, input(k), slots_, mode_,
            {std::move(values), without_records([&] { return unview(g.rows, spec, in); })});
    } else if (mode_.recorded ||
               !slots_.add_scattered_at(input(k), in, places_along(spec, in), g)) {
        add_along(k, spec, spread({g}, output_shape(), mode_.batch));
    }
}

void Accumulator::add_scattered_picked(int k, const Value& indices, Axes axes, const Scattered& g) {
    if (!wants(k)) return;
    const Shape& in = shape(k);
    // A program is run with other indices than these, which are as they were given, too.
    if (in_program() && indices.node != no_node)
        return add_picked(k, indices, axes, spread({g}, output_shape(), mode_.batch));
    const i64* const index = reinterpret_cast<const i64*>(indices.data());
    std::vector<i64> sorted(index, index + indices.size());
    std::sort(sorted.begin(), sorted.end());
    const bool once = std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
    if (once && whole(k, false)) {
        Value values = scatter_add(g.values, indices, in, axes);
        add_scattered(log_, input(k), slots_, mode_,
                      {std::move(values),
                       without_records([&] { return scatter_add(g.rows, indices, in, axes); })});
    } else if (!once || mode_.recorded ||
               !slots_.add_scattered_at(input(k), in, places_picked(indices, axes, in), g)) {
        add_picked(k, indices, axes, spread({g}, output_shape(), mode_.batch));
    }
}

}  // namespace ag
