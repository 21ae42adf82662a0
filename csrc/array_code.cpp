#include "array_code.h"

#include "elements.h"
#include "kernels/loops.h"
#include "ops/ops.h"
#include "ops/reduction.h"

namespace ag {

namespace {

template <class Item>
void fill(const char* from, u32 count, char* to) {
    Item x;
    std::memcpy(&x, from, sizeof x);
    std::fill_n(reinterpret_cast<Item*>(to), count, x);
}

}  // namespace

void ArrayCode::place(Room& room) const {
    char** const pointers = room.pointers.data() + first_;
    char* const memory = room.memory.mutable_data();
    for (const Fixed& f : fixed_) pointers[f.pointer] = memory + f.offset;
    for (const Derived& d : constant_)
        pointers[d.pointer] = constants_[d.from].array->data + d.offset;
}

inline void ArrayCode::run_step(const Step& step, char* const* p) const {
    const void* const in[] = {p[step.in[0]], p[step.in[1]], p[step.in[2]]};
    char* const out = p[step.out];
    switch (step.kind) {
        case Kind::loop: step.loop(step.n, in, out); break;
        case Kind::convert: convert_run(step.from, in[0], step.to, out, step.n); break;
        case Kind::move: std::memcpy(out, in[0], step.n); break;
        case Kind::zero: std::memset(out, 0, step.n); break;
        case Kind::fill: {
            const char* const from = p[step.in[0]];
            switch (itemsize(step.to)) {
                case 1: fill<u8>(from, step.n, out); break;
                case 2: fill<u16>(from, step.n, out); break;
                case 4: fill<u32>(from, step.n, out); break;
                case 8: fill<u64>(from, step.n, out); break;
                default: fill<Complex128>(from, step.n, out);
            }
            break;
        }
        case Kind::copy: {
            const Copy& c = copies_[step.n];
            copy_strided(c.item, c.shape, p[step.in[0]], c.from.data(), out, c.to.data());
            break;
        }
        case Kind::sum: {
            const Sum& s = sums_[step.n];
            sum_into(step.to, s.outer, s.n, s.inner, p[step.in[0]], out);
            break;
        }
        case Kind::product: {
            Product product = products_[step.n];
            product.a.data = p[step.in[0]];
            product.b.data = p[step.in[1]];
            multiply_matrices(product.dtype, product.a, product.b, out);
        }
    }
}

bool ArrayCode::run(std::vector<Value>& slots, Room& room) const {
    char** const pointers = room.pointers.data() + first_;
    for (const Import& i : imports_) {
        const Value& v = slots[i.slot];
        if (i.is_number) continue;
        if (v.size() != i.size)
            fail("an array of shape " + v.shape().text() + " in a program had " +
                 std::to_string(i.size) + " elements when that was recorded");
        if (!v.is_array || !v.array->contiguous || v.dtype != i.dtype) return false;
    }
    for (const Derived& d : imported_)
        pointers[d.pointer] = slots[imports_[d.from].slot].mutable_data() + d.offset;
    room.results.clear();
    for (const Result& r : results_) room.results.push_back(make_value(r.dtype, r.shape));
    for (const Derived& d : resulting_)
        pointers[d.pointer] = room.results[d.from].mutable_data() + d.offset;
    for (const Step& step : steps_) run_step(step, pointers);
    for (const Export& e : exports_) slots[e.slot] = exported(e, slots, room);
    room.results.clear();
    return true;
}

void ArrayCode::run_placed(std::vector<Value>& slots, char** places, char* const* const* targets,
                           Room& room) const {
    char** const pointers = room.pointers.data() + first_;
    for (const Derived& d : imported_) {
        const Import& i = imports_[d.from];
        pointers[d.pointer] =
            (i.is_number ? slots[i.slot].mutable_data() : places[i.slot]) + d.offset;
    }
    for (const Derived& d : resulting_) pointers[d.pointer] = *targets[d.from] + d.offset;
    for (const Step& step : steps_) run_step(step, pointers);
    for (const Export& e : exports_) {
        if (e.of == Of::number)
            slots[e.slot] = number_at(pointers[e.from], e.dtype);
        else
            places[e.slot] = (e.of == Of::result   ? *targets[e.from]
                              : e.of == Of::import ? places[imports_[e.from].slot]
                                                   : constants_[e.from].array->data) +
                             e.offset;
    }
}

bool ArrayCode::can_be_placed() const {
    return std::all_of(exports_.begin(), exports_.end(), [&](const Export& e) {
        if (e.of == Of::import && imports_[e.from].is_number) return false;
        return !e.is_view || in_c_order({e.dtype, e.shape}, e.strides.data());
    });
}

std::vector<ArrayCode::ResultPlace> ArrayCode::result_places() const {
    std::vector<ResultPlace> places;
    for (const Result& r : results_)
        places.push_back({bytes_of(TypeEntry{r.dtype, r.shape}), ResultPlace::none});
    for (const Export& e : exports_)
        if (e.of == Of::result && !e.is_view) places[e.from].slot = e.slot;
    return places;
}

Value ArrayCode::exported(const Export& e, std::vector<Value>& slots, Room& room) const {
    if (e.of == Of::number) return number_at(room.pointers[first_ + e.from], e.dtype);
    const Value& base = e.of == Of::result   ? room.results[e.from]
                        : e.of == Of::import ? slots[imports_[e.from].slot]
                                             : constants_[e.from];
    if (!e.is_view) return base;
    return Value::take(
        Array::view(base.array, e.dtype, base.array->data + e.offset, e.shape, e.strides.data()));
}

Value ArrayCode::Constants::spread(const Value& v, const Shape& shape) {
    const i64 count = shape.size();
    if (is_one_number(v) && itemsize(v.dtype) <= 8) {
        u64 bits = 0;
        std::memcpy(&bits, v.data(), static_cast<std::size_t>(itemsize(v.dtype)));
        Value& block = numbers_[{v.dtype, bits, count}];
        if (!block.is_array)
            block = contiguous(broadcast_to(Value::from_bits(v.dtype, bits), Shape{count}));
        return block;
    }
    if (v.contiguous() && v.size() == count) return v;
    Value& all = arrays_[{v.data(), count}];
    if (!all.is_array || !all.same_shape(broadcast_to(v, shape)))
        all = contiguous(broadcast_to(v, shape));
    return all;
}

}  // namespace ag
