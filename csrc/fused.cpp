#include "fused.h"

#include <atomic>
#include <memory>
#include <new>

#include "elements.h"
#include "kernels/loops.h"
#include "kernels/reader.h"
#include "ops/ops.h"
#include "ops/reduction.h"
#include "parallel.h"
#include "small_block.h"

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
    outside_.push_back({operand, dies && !(operand & is_constant), size, numbers, none_of});
    return outside | static_cast<u32>(outside_.size() - 1);
}

u32 Fused::add_number(u32 operand, i64 size, i64 element) {
    outside_.push_back({operand, false, size, Value(), element});
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
    return add(m);
}

u32 Fused::add_pair(Loop loop, DType dtype, const u32* inputs) {
    return add(Member{Kind::loop, 3, dtype, dtype, loop, {inputs[0], inputs[1], inputs[2]}, 0});
}

void Fused::keep(u32 member, u32 slot, const Shape& shape) {
    outputs_.push_back({member, slot, 0, none, members_[member].dtype, shape});
}

u32 Fused::add_pick(u32 from, DType dtype, i64 place) {
    const i64 item = itemsize(dtype), row = outside_[from & ~outside].size / n_ * item;
    return add(Member{Kind::pick, 1, dtype, dtype, nullptr, {from}, 0, place * item, row});
}

void Fused::add_loop_on_way(const Code& code, const Instruction& i, u32 width) {
    const u32 inputs[3] = {way, way | 1, way};
    Member& m = members_[add(code, i, inputs)];
    m.kind = Kind::wide;
    m.out = way;
    m.together = width;
}

u32 Fused::pick_on_way(DType dtype, u32 width, i64 place) {
    const i64 item = itemsize(dtype);
    return add(Member{Kind::pick, 1, dtype, dtype, nullptr, {way}, 0, place * item, width * item});
}

void Fused::put_on_way(u32 from, u32 on_way, DType dtype, u32 width, i64 place) {
    const i64 item = itemsize(dtype);
    way_bytes_ = std::max(way_bytes_, width * item);
    add(Member{
        Kind::put, 1, dtype, dtype, nullptr, {from}, way | on_way, place * item, width * item});
}

u32 Fused::add_rows(u32 slot, DType dtype, const Shape& shape) {
    outputs_.push_back({none, slot, 0, none, dtype, shape});
    return static_cast<u32>(outputs_.size() - 1);
}

void Fused::put(u32 from, u32 rows, i64 place) {
    const Output& out = outputs_[rows];
    const i64 item = itemsize(out.dtype), row = out.shape.size() / n_ * item;
    add(Member{Kind::put, 1, out.dtype, out.dtype, nullptr, {from}, rows, place * item, row});
}

void Fused::refuse_if(u32 member) {
    has_checks_ = true;
    add(Member{Kind::check, 1, DType::boolean, DType::boolean, nullptr, {member}, 0});
}

u32 Fused::add(const Member& m) {
    members_.push_back(m);
    return static_cast<u32>(members_.size() - 1);
}

void Fused::finish() {
    for (u32 m = 0; m < members_.size(); ++m)
        for (u32 j = 0; j < members_[m].inputs; ++j)
            if (members_[m].in[j] & outside) outside_[members_[m].in[j] & ~outside].last_read = m;
    choose_overwritten();
    note_together();
    assign_places();
}

void Fused::note_together() {
    for (std::size_t n = members_.size(); n-- > 1;) {
        Member& before = members_[n - 1];
        const Member& m = members_[n];
        const bool goes_on = m.kind == before.kind && m.together < most_together &&
                             m.offset == before.offset + itemsize(m.dtype) &&
                             ((m.kind == Kind::pick && m.in[0] == before.in[0]) ||
                              (m.kind == Kind::put && m.out == before.out));
        if (goes_on) before.together = m.together + 1;
    }
}

// An output may be written to the memory of what dies here, from the last member on that reads it.
void Fused::choose_overwritten() {
    std::vector<u8> taken(outside_.size());
    if (has_checks_) return;
    for (Output& out : outputs_) {
        if (out.member == none || members_[out.member].kind == Kind::total) continue;
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
            if (is_member(members_[m].in[j])) last[members_[m].in[j]] = m;
    std::vector<u8> kept(members_.size()), summed(members_.size());
    for (const Output& out : outputs_)
        if (out.member != none) kept[out.member] = true;
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
                if (!is_member(from) || last[from] != m || kept[from] || summed[from]) continue;
                if ((members_[from].dtype == member.dtype) != same) continue;
                last[from] = none;  // once
                free.push_back(stream[from]);
            }
        };
        // A loop may write to what it reads, if that is of one dtype.
        give_back(true);
        const bool gives =
            member.kind != Kind::put && member.kind != Kind::check && member.kind != Kind::wide;
        if (gives && !kept[m]) item_ = std::max<i64>(item_, itemsize(member.dtype));
        if (gives && !kept[m] && !summed[m]) {
            if (free.empty()) free.push_back(first_place() + wide_places_ + places_++);
            stream[m] = free.back();
            free.pop_back();
            if (last[m] == none) free.push_back(stream[m]);
        }
        give_back(false);
    }
    u32 next = first_output();
    for (Output& out : outputs_) {
        out.stream = next++;
        if (out.member != none) stream[out.member] = out.stream;
    }
    for (Total& t : totals_) t.stream = stream[t.member];
    for (u32 m = 0; m < members_.size(); ++m) {
        Member& member = members_[m];
        const auto stream_of = [&](u32 from) {
            if (from & outside) return from & ~outside;
            return from & way ? first_on_way() + (from & ~way) : stream[from];
        };
        for (u32 j = 0; j < member.inputs; ++j) member.in[j] = stream_of(member.in[j]);
        for (u32 j = member.inputs; j < 3; ++j) member.in[j] = member.in[0];
        if (member.kind == Kind::put || member.kind == Kind::wide)
            member.out = member.out & way ? stream_of(member.out) : outputs_[member.out].stream;
        else if (member.kind != Kind::total)
            member.out = stream[m];
    }
    // The second-level cache is to hold the scratch memory. Smaller blocks, which fit the
    // first-level one, gain nothing: a call of each loop on each of them costs as much.
    constexpr i64 cache = 131'072, least = 256;
    while (block_ > 64 && block_ / 2 >= n_) block_ /= 2;
    while (block_ > least && places_ * item_ * block_ > cache) block_ /= 2;
    // But loops with elementary functions are to begin where they begin on whole arrays.
    while (block_ > 64 && scratch_bytes() > static_cast<i64>(large_scratch)) block_ /= 2;
}

i64 Fused::place_offset(u32 place) const {
    return place < wide_places_
               ? place * most_block * item_
               : wide_places_ * most_block * item_ + (place - wide_places_) * block_ * item_;
}

i64 Fused::readers_offset() const { return place_offset(wide_places_ + places_); }

i64 Fused::scratch_bytes() const {
    return readers_offset() + (most_readers * 16 + 2 * way_bytes_) * block_;
}

// ---------------------------------------------------------------- running

namespace {

template <class Item>
void fill(const char* number, i64 count, char* to) {
    std::fill_n(reinterpret_cast<Item*>(to), count, *reinterpret_cast<const Item*>(number));
}

}  // namespace

static bool repeats(const Value& v) {
    for (int k = 0; k < v.rank(); ++k)
        if (v.array->strides()[k] == 0 && v.array->shape()[k] > 1) return true;
    return false;
}

// How what is outside is read; false if that takes a reader.
bool Fused::prepare(u32 k, const Value& v, Room& room) const {
    Stream& s = room.streams[k];
    const i64 item = itemsize(v.dtype);
    const i64 element = outside_[k].element;
    // Of rows, how many numbers there are in each.
    const i64 width = std::max<i64>(outside_[k].size / n_, 1);
    if (element == none_of && v.size() == width * n_ && v.contiguous()) {
        s = {const_cast<char*>(v.data()), width * item, 0};
        return true;
    }
    if (element == none_of && (width > 1 || !is_one_number(v))) return false;
    // A block of equal numbers.
    const i64 count = std::min(block_, n_);
    const Value numbers = element == none_of ? v : contiguous(v);
    const char* const from = numbers.data() + std::max<i64>(element, 0) * item;
    room.held.push_back(make_value(v.dtype, Shape{count}));
    char* const to = room.held.back().mutable_data();
    switch (item) {
        case 1: fill<u8>(from, count, to); break;
        case 2: fill<u16>(from, count, to); break;
        case 4: fill<u32>(from, count, to); break;
        case 8: fill<u64>(from, count, to); break;
        default: fill<Complex128>(from, count, to);
    }
    s = {to, 0, 0};
    return true;
}

void Fused::prepare_outputs(std::vector<Value>& slots, Room& room) const {
    room.results.clear();
    for (const Output& out : outputs_) {
        const Shape& shape = out.shape;
        Value y;
        if (out.overwrites != none) {
            Value& x = slots[outside_[out.overwrites].operand];
            if (x.is_array && x.dtype == out.dtype && x.array->contiguous && x.array->exclusive() &&
                x.array->rank == shape.rank &&
                std::equal(shape.dims, shape.dims + shape.rank, x.array->shape()))
                y = std::move(x);
        }
        if (!y.is_array) y = make_value(out.dtype, shape);
        room.streams[out.stream] = {y.mutable_data(), shape.size() / n_ * itemsize(out.dtype), 0};
        room.results.push_back(std::move(y));
    }
}

bool Fused::run(std::vector<Value>& slots, const std::vector<Value>& constants, Room& room) const {
    room.streams.resize(streams());
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
        if (given.must_not_repeat && repeats(v)) {
            room.held.clear();
            return false;
        }
        if (prepare(k, v, room)) continue;
        // What lies otherwise than the result is copied first.
        const bool is_scattered =
            v.rank() > shape_.rank ||
            (v.size() == n_ && v.array->strides()[v.rank() - 1] != itemsize(v.dtype));
        if (!is_scattered && room.readers.size() < most_readers) {
            room.readers.emplace_back(k, &v);
            continue;
        }
        const Value copy = is_scattered ? fresh_copy(v) : contiguous(broadcast_to(v, shape_));
        if (!prepare(k, copy, room)) fail("an operand in a program is not as long as its result");
        room.held.push_back(copy);
    }
    prepare_outputs(slots, room);
    const i64 blocks = (n_ + most_block - 1) / most_block;
    if (!totals_.empty()) room.sums.resize(totals_.size() * static_cast<std::size_t>(blocks) * 8);
    std::atomic<bool> refused{false};
    const bool is_large =
        scratch_bytes() > static_cast<i64>(large_scratch) || room.streams.size() > most_members * 5;
    auto part = [&](i64 begin, i64 end) {
        const bool runs = is_large ? run_on_heap(room, begin, end)
                          : scratch_bytes() <= static_cast<i64>(small_scratch)
                              ? run_on_stack<small_scratch>(room, begin, end)
                              : run_on_stack<large_scratch>(room, begin, end);
        if (!runs) refused.store(true, std::memory_order_relaxed);
    };
    parallel_for(n_, part);
    if (refused.load()) {
        room.held.clear();
        room.results.clear();
        return false;
    }
    for (std::size_t k = 0; k < outputs_.size(); ++k)
        slots[outputs_[k].slot] = std::move(room.results[k]);
    for (std::size_t t = 0; t < totals_.size(); ++t)
        slots[totals_[t].slot] = sum_of_blocks(
            totals_[t].dtype, n_, room.sums.data() + t * static_cast<std::size_t>(blocks) * 8,
            totals_[t].shape);
    room.held.clear();
    return true;
}

template <std::size_t Bytes>
bool Fused::run_on_stack(Room& room, i64 begin, i64 end) const {
    alignas(64) char scratch[Bytes];
    Stream streams[most_members * 5];
    return run_part(room, begin, end, scratch, streams);
}

// Of many columns. Without memory it is refused, as a part must not throw.
bool Fused::run_on_heap(Room& room, i64 begin, i64 end) const {
    const std::unique_ptr<Stream[]> streams(new (std::nothrow) Stream[room.streams.size()]);
    constexpr std::size_t line = 64;
    std::size_t bytes = static_cast<std::size_t>(scratch_bytes()) + line;
    const std::unique_ptr<char[]> memory(new (std::nothrow) char[bytes]);
    void* scratch = memory.get();
    return streams != nullptr && scratch != nullptr &&
           run_part(room, begin, end,
                    static_cast<char*>(std::align(line, bytes - line, scratch, bytes)),
                    streams.get());
}

bool Fused::run_part(Room& room, i64 begin, i64 end, char* scratch, Stream* streams) const {
    std::copy(room.streams.begin(), room.streams.end(), streams);
    for (u32 k = 0; k < wide_places_ + places_; ++k)
        streams[first_place() + k] = {scratch + place_offset(k),
                                      k < wide_places_ ? wide_items_[k] : 0, 0};
    // Readers hold 32 extents each: they are made in place and only where needed.
    alignas(Reader) char space[most_readers][sizeof(Reader)];
    Reader* readers[most_readers];
    char* buffers = scratch + readers_offset();
    for (u32 k = 0; k < 2; ++k)
        streams[first_on_way() + k] = {buffers + (most_readers * 16 + k * way_bytes_) * block_, 0,
                                       0};
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
            if (!run_block(streams, start, count)) return false;
        }
        for (std::size_t t = 0; t < totals_.size(); ++t) {
            const Stream& s = streams[totals_[t].stream];
            const i64 item = itemsize(totals_[t].dtype);
            sum_block(totals_[t].dtype, n_, first, stop - first,
                      s.base + (first - s.origin) * s.step,
                      room.sums.data() + static_cast<i64>(t) * sums + first / most_block * item);
        }
    }
    return true;
}

namespace {

// Numbers that are side by side in rows of so many bytes go to columns; or they come from there.
template <class Item, bool Back>
void move_columns(u32 count, char* rows, i64 row, char* const* columns, i64 n) {
    constexpr i64 item = sizeof(Item), small = SmallBlock<Item>::size;
    const auto move_one = [&](u32 k, i64 begin) {
        char* lying = rows + begin * row + k * item;
        char* column = columns[k] + begin * item;
        for (i64 i = begin; i < n; ++i, lying += row, column += item)
            std::memcpy(Back ? lying : column, Back ? column : lying, sizeof(Item));
    };
    u32 k = 0;
    for (; small > 1 && k + small <= count; k += small) {
        const i64 whole = n - n % small;
        for (i64 i = 0; i < whole; i += small) {
            const char* from[small];
            char* to[small];
            for (i64 j = 0; j < small; ++j) {
                char* const lying = rows + (i + j) * row + k * item;
                char* const column = columns[k + j] + i * item;
                from[j] = Back ? column : lying;
                to[j] = Back ? lying : column;
            }
            SmallBlock<Item>::transpose(from, to);
        }
        for (u32 j = 0; j < small; ++j) move_one(k + j, whole);
    }
    for (; k < count; ++k) move_one(k, 0);
}

template <bool Back>
void move_columns(i64 item, u32 count, char* rows, i64 row, char* const* columns, i64 n) {
    switch (item) {
        case 1: return move_columns<u8, Back>(count, rows, row, columns, n);
        case 2: return move_columns<u16, Back>(count, rows, row, columns, n);
        case 4: return move_columns<u32, Back>(count, rows, row, columns, n);
        case 8: return move_columns<u64, Back>(count, rows, row, columns, n);
        default: return move_columns<Complex128, Back>(count, rows, row, columns, n);
    }
}

bool any_true(const char* flags, i64 count) {
    char any = 0;
    for (i64 i = 0; i < count; ++i) any = static_cast<char>(any | flags[i]);
    return any != 0;
}

}  // namespace

bool Fused::run_block(const Stream* streams, i64 start, i64 count) const {
    const auto at = [&](u32 k) {
        const Stream& s = streams[k];
        return s.base + (start - s.origin) * s.step;
    };
    char* columns[most_together];
    for (std::size_t n = 0; n < members_.size(); ++n) {
        const Member& m = members_[n];
        if (m.kind == Kind::loop) {
            const void* const in[] = {at(m.in[0]), at(m.in[1]), at(m.in[2])};
            m.loop(count, in, at(m.out));
        } else if (m.kind == Kind::convert) {
            convert_run(m.from, at(m.in[0]), m.dtype, at(m.out), count);
        } else if (m.kind == Kind::pick || m.kind == Kind::put) {
            const bool picks = m.kind == Kind::pick;
            for (u32 k = 0; k < m.together; ++k)
                columns[k] = at(picks ? members_[n + k].out : members_[n + k].in[0]);
            char* const rows = at(picks ? m.in[0] : m.out) + m.offset;
            const auto move = picks ? move_columns<false> : move_columns<true>;
            move(itemsize(m.dtype), m.together, rows, m.row, columns, count);
            n += m.together - 1;
        } else if (m.kind == Kind::wide) {
            const void* const in[] = {at(m.in[0]), at(m.in[1]), at(m.in[0])};
            m.loop(count * m.together, in, at(m.out));
        } else if (m.kind == Kind::check && any_true(at(m.in[0]), count)) {
            return false;
        }
    }
    return true;
}

}  // namespace ag
