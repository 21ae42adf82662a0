#include "fused.h"

#include <new>

#include "elements.h"
#include "kernels/loops.h"
#include "kernels/reader.h"
#include "ops/ops.h"
#include "ops/reduction.h"
#include "parallel.h"

namespace ag {

namespace {

OpCode sum_op() {
    static const OpCode op = op_named("reduce_sum");
    return op;
}

constexpr std::size_t small_scratch = 16 * 1'024, large_scratch = 192 * 1'024;

}  // namespace

bool Fused::takes(const Code& code, const Instruction& i) {
    const Shape& shape = code.type(i.output).shape;
    return shape.rank > 0 && shape.size() > 0 && goes_by_elements(code, i);
}

bool Fused::takes_total(const Code& code, const Instruction& i) {
    if (i.op != sum_op()) return false;
    const TypeEntry& type = code.type(i.inputs[0]);
    const Axes all = all_axes(type.shape.rank);
    return (type.dtype == DType::float32 || type.dtype == DType::float64) && type.shape.rank > 0 &&
           (static_cast<Axes>(i.attributes[0]) & all) == all;
}

// ---------------------------------------------------------------- making

u32 Fused::add_outside(u32 operand, i64 size, bool dies, const Value& numbers) {
    outside_.push_back({operand, dies && !(operand & is_constant), size, numbers});
    return outside | static_cast<u32>(outside_.size() - 1);
}

u32 Fused::add(const Code& code, const Instruction& i, const u32* inputs) {
    Member m{};
    m.from = code.type(i.inputs[0]).dtype;
    m.dtype = code.type(i.output).dtype;
    m.inputs = static_cast<u8>(i.inputs.size());
    std::copy_n(inputs, m.inputs, m.in);
    if (i.op == element_ops().cast) {
        m.kind = Kind::convert;
    } else if (i.op == element_ops().select) {
        m.loop = select_loop_for(m.dtype);
        std::rotate(m.in, m.in + 2, m.in + 3);  // the condition comes first
    } else if (i.op == sum_op()) {
        m.kind = Kind::total;
        m.out = static_cast<u32>(totals_.size());
        totals_.push_back({inputs[0], i.output, 0, m.dtype, code.type(i.output).shape});
    } else {
        m.loop = op_table[i.op].kernels->forward[static_cast<int>(m.from)];
    }
    members_.push_back(m);
    return static_cast<u32>(members_.size() - 1);
}

u32 Fused::add_pair(Loop loop, DType dtype, const u32* inputs) {
    Member m{Kind::loop, 3, dtype, dtype, loop, {inputs[0], inputs[1], inputs[2]}, 0};
    members_.push_back(m);
    return static_cast<u32>(members_.size() - 1);
}

void Fused::keep(u32 member, u32 slot) { outputs_.push_back({member, slot, 0, none}); }

void Fused::finish() {
    for (u32 m = 0; m < members_.size(); ++m)
        for (u32 j = 0; j < members_[m].inputs; ++j)
            if (members_[m].in[j] & outside) outside_[members_[m].in[j] & ~outside].last_read = m;
    choose_overwritten();
    assign_places();
}

// An output may be written to the memory of what dies here, from the last member on that reads it.
void Fused::choose_overwritten() {
    std::vector<u8> taken(outside_.size());
    for (Output& out : outputs_) {
        const Member& m = members_[out.member];
        if (m.kind == Kind::total) continue;
        for (u32 k = 0; k < outside_.size() && out.overwrites == none; ++k) {
            if (!outside_[k].dies || taken[k] || outside_[k].last_read > out.member) continue;
            out.overwrites = k;
            taken[k] = true;
        }
    }
}

u32 Fused::overwritten_for(u32 slot) const {
    for (const Output& out : outputs_)
        if (out.slot == slot)
            return out.overwrites == none ? none : outside_[out.overwrites].operand;
    return none;
}

// Gives what is not stored a place in the scratch memory, for as long as it is read.
void Fused::assign_places() {
    std::vector<u32> last(members_.size(), none), stream(members_.size(), none);
    for (u32 m = 0; m < members_.size(); ++m)
        for (u32 j = 0; j < members_[m].inputs; ++j)
            if (!(members_[m].in[j] & outside)) last[members_[m].in[j]] = m;
    std::vector<u8> kept(members_.size()), summed(members_.size());
    for (const Output& out : outputs_) kept[out.member] = true;
    for (const Total& t : totals_) {
        if (!kept[t.member] && !summed[t.member]) {
            stream[t.member] = first_place() + wide_places_++;
            wide_items_[wide_places_ - 1] = itemsize(t.dtype);
        }
        summed[t.member] = true;
    }
    std::vector<u32> free;
    for (u32 m = 0; m < members_.size(); ++m) {
        Member& member = members_[m];
        if (member.kind == Kind::total) continue;
        const auto give_back = [&](bool same) {
            for (u32 j = 0; j < member.inputs; ++j) {
                const u32 from = member.in[j];
                if (from & outside || last[from] != m || kept[from] || summed[from]) continue;
                if ((members_[from].dtype == member.dtype) != same) continue;
                last[from] = none;  // once
                free.push_back(stream[from]);
            }
        };
        // A loop may write to what it reads, if that is of one dtype.
        give_back(true);
        if (!kept[m]) item_ = std::max<i64>(item_, itemsize(member.dtype));
        if (!kept[m] && !summed[m]) {
            if (free.empty()) free.push_back(first_place() + wide_places_ + places_++);
            stream[m] = free.back();
            free.pop_back();
            if (last[m] == none) free.push_back(stream[m]);
        }
        give_back(false);
    }
    u32 next = first_output();
    for (Output& out : outputs_) out.stream = stream[out.member] = next++;
    for (Total& t : totals_) t.stream = stream[t.member];
    for (u32 m = 0; m < members_.size(); ++m) {
        Member& member = members_[m];
        for (u32 j = 0; j < member.inputs; ++j)
            member.in[j] = member.in[j] & outside ? member.in[j] & ~outside : stream[member.in[j]];
        for (u32 j = member.inputs; j < 3; ++j) member.in[j] = member.in[0];
        if (member.kind != Kind::total) member.out = stream[m];
    }
    // The second-level cache is to hold the scratch memory. Smaller blocks, which fit the
    // first-level one, gain nothing: a call of each loop on each of them costs as much.
    constexpr i64 cache = 131'072, least = 256;
    while (block_ > 64 && block_ / 2 >= n_) block_ /= 2;
    while (block_ > least && places_ * item_ * block_ > cache) block_ /= 2;
    while (scratch_bytes() > static_cast<i64>(large_scratch)) block_ /= 2;
}

i64 Fused::place_offset(u32 place) const {
    return place < wide_places_
               ? place * most_block * item_
               : wide_places_ * most_block * item_ + (place - wide_places_) * block_ * item_;
}

i64 Fused::scratch_bytes() const {
    return place_offset(wide_places_ + places_) + most_readers * block_ * 16;
}

// ---------------------------------------------------------------- running

namespace {

template <class Item>
void fill(const Value& v, i64 count, char* to) {
    std::fill_n(reinterpret_cast<Item*>(to), count, v.as<Item>());
}

bool is_one_number(const Value& v) {
    if (v.size() == 1) return true;
    const i64* const strides = v.array->strides();
    return std::all_of(strides, strides + v.rank(), [](i64 x) { return x == 0; });
}

}  // namespace

// How what is outside is read; false if that takes a reader.
bool Fused::prepare(u32 k, const Value& v, Room& room) const {
    Stream& s = room.streams[k];
    const i64 item = itemsize(v.dtype);
    if (v.size() == n_ && v.contiguous()) {
        s = {const_cast<char*>(v.data()), item, 0};
        return true;
    }
    if (!is_one_number(v)) return false;
    // A block of equal numbers.
    const i64 count = std::min(block_, n_);
    room.held.push_back(make_value(v.dtype, Shape{count}));
    char* const to = room.held.back().mutable_data();
    switch (item) {
        case 1: fill<u8>(v, count, to); break;
        case 2: fill<u16>(v, count, to); break;
        case 4: fill<u32>(v, count, to); break;
        case 8: fill<u64>(v, count, to); break;
        default: fill<Complex128>(v, count, to);
    }
    s = {to, 0, 0};
    return true;
}

void Fused::prepare_outputs(std::vector<Value>& slots, Room& room) const {
    room.results.clear();
    for (const Output& out : outputs_) {
        const DType dtype = members_[out.member].dtype;
        Value y;
        if (out.overwrites != none) {
            Value& x = slots[outside_[out.overwrites].operand];
            if (x.is_array && x.dtype == dtype && x.array->contiguous && x.array->exclusive() &&
                x.array->rank == shape_.rank &&
                std::equal(shape_.dims, shape_.dims + shape_.rank, x.array->shape()))
                y = std::move(x);
        }
        if (!y.is_array) y = make_value(dtype, shape_);
        room.streams[out.stream] = {y.mutable_data(), itemsize(dtype), 0};
        room.results.push_back(std::move(y));
    }
}

void Fused::run(std::vector<Value>& slots, const std::vector<Value>& constants, Room& room) const {
    room.streams.resize(first_output() + outputs_.size());
    room.readers.clear();
    room.held.clear();
    for (u32 k = 0; k < outside_.size(); ++k) {
        const Outside& given = outside_[k];
        if (given.numbers.is_array) {
            room.streams[k] = {given.numbers.array->data, 0, 0};
            continue;
        }
        const Value& v = given.operand & is_constant ? constants[given.operand & ~is_constant]
                                                     : slots[given.operand];
        if (v.size() != given.size)
            fail("an array of shape " + v.shape().text() + " in a program had " +
                 std::to_string(given.size) + " elements when that was recorded");
        if (prepare(k, v, room)) continue;
        // What lies otherwise than the result is copied first.
        const bool is_scattered =
            v.size() == n_ && v.array->strides()[v.rank() - 1] != itemsize(v.dtype);
        if (!is_scattered && room.readers.size() < most_readers) {
            room.readers.emplace_back(k, &v);
            continue;
        }
        const Value copy = is_scattered ? fresh_copy(v) : contiguous(broadcast_to(v, shape_));
        prepare(k, copy, room);
        room.held.push_back(copy);
    }
    prepare_outputs(slots, room);
    const i64 blocks = (n_ + most_block - 1) / most_block;
    if (!totals_.empty()) room.sums.resize(totals_.size() * static_cast<std::size_t>(blocks) * 8);
    auto part = [&](i64 begin, i64 end) {
        if (scratch_bytes() <= static_cast<i64>(small_scratch))
            run_part<small_scratch>(room, begin, end);
        else
            run_part<large_scratch>(room, begin, end);
    };
    parallel_for(n_, part);
    for (std::size_t k = 0; k < outputs_.size(); ++k)
        slots[outputs_[k].slot] = std::move(room.results[k]);
    for (std::size_t t = 0; t < totals_.size(); ++t)
        slots[totals_[t].slot] = sum_of_blocks(
            totals_[t].dtype, n_, room.sums.data() + t * static_cast<std::size_t>(blocks) * 8,
            totals_[t].shape);
    room.held.clear();
}

template <std::size_t Bytes>
void Fused::run_part(Room& room, i64 begin, i64 end) const {
    alignas(64) char scratch[Bytes];
    Stream streams[most_members * 5];
    std::copy(room.streams.begin(), room.streams.end(), streams);
    for (u32 k = 0; k < wide_places_ + places_; ++k)
        streams[first_place() + k] = {scratch + place_offset(k),
                                      k < wide_places_ ? wide_items_[k] : 0, 0};
    // Readers hold 32 extents each: they are made in place and only where needed.
    alignas(Reader) char space[most_readers][sizeof(Reader)];
    Reader* readers[most_readers];
    char* buffers = scratch + place_offset(wide_places_ + places_);
    for (std::size_t r = 0; r < room.readers.size(); ++r) {
        readers[r] = new (space[r]) Reader(*room.readers[r].second, shape_);
        readers[r]->seek(begin);
        streams[room.readers[r].first] = {buffers + static_cast<i64>(r) * block_ * 16, 0, 0};
    }
    const i64 sums = (n_ + most_block - 1) / most_block * 8;
    for (i64 first = begin; first < end; first += most_block) {
        const i64 stop = std::min(first + most_block, end);
        for (u32 k = 0; k < wide_places_; ++k) streams[first_place() + k].origin = first;
        for (i64 start = first; start < stop; start += block_) {
            const i64 count = std::min(block_, stop - start);
            for (std::size_t r = 0; r < room.readers.size(); ++r)
                readers[r]->read(count, streams[room.readers[r].first].base);
            run_block(streams, start, count);
        }
        for (std::size_t t = 0; t < totals_.size(); ++t) {
            const Stream& s = streams[totals_[t].stream];
            const i64 item = itemsize(totals_[t].dtype);
            sum_block(totals_[t].dtype, n_, first, stop - first,
                      s.base + (first - s.origin) * s.step,
                      room.sums.data() + static_cast<i64>(t) * sums + first / most_block * item);
        }
    }
}

void Fused::run_block(const Stream* streams, i64 start, i64 count) const {
    const auto at = [&](u32 k) {
        const Stream& s = streams[k];
        return s.base + (start - s.origin) * s.step;
    };
    for (const Member& m : members_) {
        if (m.kind == Kind::loop) {
            const void* const in[] = {at(m.in[0]), at(m.in[1]), at(m.in[2])};
            m.loop(count, in, at(m.out));
        } else if (m.kind == Kind::convert) {
            convert_run(m.from, at(m.in[0]), m.dtype, at(m.out), count);
        }
    }
}

}  // namespace ag
