// How instructions on small arrays become a stream of loops.

#include <unordered_map>
#include <unordered_set>

#include "array_code.h"
#include "elements.h"
#include "ops/ops.h"
#include "ops/reduction.h"
#include "ops/walk.h"
#include "simplify.h"

namespace ag {

namespace {

constexpr u32 none = 0xffffffffu;

bool is_number(const TypeEntry& type) { return type.shape.rank == 0 && fits_inline(type.dtype); }

void stride(const TypeEntry& type, std::vector<i64>& strides) {
    strides.resize(static_cast<std::size_t>(type.shape.rank));
    own_strides(type.shape, itemsize(type.dtype), strides.data());
}

}  // namespace

const ArrayOps& array_ops() {
    static const ArrayOps all;
    return all;
}

ViewSpec unviewed(const Instruction& i) {
    return unviewed(i.attributes.data(), i.attributes.size());
}

bool ArrayCode::takes(const Code& code, const Instruction& i) {
    if (host_of(i) != nullptr || i.inputs.empty()) return false;
    const TypeEntry& type = code.type(i.output);
    if (type.shape.size() == 0 || !is_small(type)) return false;
    for (const u32 slot : i.inputs)
        if (code.type(slot).shape.size() == 0) return false;
    const TypeEntry& first = code.type(i.inputs[0]);
    const ArrayOps& form = array_ops();
    if (form.is_view(i.op)) return first.shape.rank > 0 || is_number(first);
    if (i.op == form.matmul)
        return first.shape.rank == 2 && code.type(i.inputs[1]).shape.rank == 2 &&
               (is_float(type.dtype) || is_complex(type.dtype));
    for (const u32 slot : i.inputs)
        if (!is_small(code.type(slot))) return false;
    if (i.op == form.sum)
        return is_float(type.dtype) && first.shape.rank > 0 &&
               sums_in_place(ReducedRows(first.shape, reduced_axes(i), true));
    if (type.shape.rank == 0) return false;
    if (i.op == form.unview) return repeats_nothing(unviewed(i));
    if (i.op == form.put || form.joins(i.op)) return true;
    return goes_by_elements(code, i);
}

class ArrayCode::Maker {
   public:
    Maker(ArrayCode& to, const Code& code, const Simplified& simplified,
          const std::vector<Member>& members, Constants& constants)
        : to_(to), code_(code), simplified_(simplified), members_(members), constants_(constants) {}

    void make() {
        for (const Member& m : members_)
            for (const u32 slot : code_.instructions[m.instruction].inputs) ++readers_[same(slot)];
        for (at_ = 0; at_ < members_.size(); ++at_) find_place(members_[at_]);
        for (const Member& m : members_)
            if (m.stored) store(code_.instructions[m.instruction].output);
        ending_.resize(members_.size() + 1);
        for (u32 s = 0; s < storages_.size(); ++s)
            if (storages_[s].in == In::memory) ending_[storages_[s].last].push_back(s);
        for (at_ = 0; at_ < members_.size(); ++at_) {
            emit(members_[at_]);
            for (const u32 s : ending_[at_]) release(s);
            for (const u32 s : passing_) release(s);
            passing_.clear();
        }
        for (const Member& m : members_)
            if (m.stored) hand_out(code_.instructions[m.instruction].output);
        to_.count_ = pointers_;
        to_.bytes_ = end_;
    }

   private:
    enum class In : u8 { memory, import, result, constant };
    // Memory that holds an array, and maybe views of it.
    struct Storage {
        In in;
        u32 index;  // of an import, a result or a constant
        i64 bytes;
        u32 made_for = none;  // slot
        u32 last = 0;         // the last member that reads it
        i64 offset = -1;      // in memory
    };
    struct Place {
        u32 storage;
        i64 offset;
        bool in_c_order;
        std::vector<i64> strides;
    };

    ArrayCode& to_;
    const Code& code_;
    const Simplified& simplified_;
    const std::vector<Member>& members_;
    Constants& constants_;
    u32 at_ = 0, pointers_ = 0;
    std::vector<Storage> storages_;
    std::unordered_map<u32, Place> places_;  // by slot
    std::vector<std::vector<u32>> ending_;   // by member: storages that it reads last
    std::vector<u32> passing_;               // that are needed for one member alone
    std::map<i64, std::vector<i64>> free_;   // by size
    i64 end_ = 0;
    std::map<std::pair<u32, i64>, u32> pointer_of_;

    u32 same(u32 slot) const { return simplified_.same[slot]; }
    const TypeEntry& type(u32 slot) const { return code_.type(slot); }
    i64 bytes(u32 slot) const { return bytes_of(type(slot)); }

    // ---- where everything is

    u32 add_storage(In in, u32 index, i64 bytes, u32 made_for = none) {
        storages_.push_back({in, index, bytes, made_for, at_});
        return static_cast<u32>(storages_.size() - 1);
    }
    Place whole(u32 slot, u32 storage) const {
        Place p{storage, 0, true, {}};
        stride(type(slot), p.strides);
        return p;
    }

    Place& place_of(u32 slot) {
        slot = same(slot);
        const auto found = places_.find(slot);
        if (found != places_.end()) return found->second;
        Place p;
        if (const Value* const v = simplified_.constant(slot)) {
            // A number is an array of one.
            Value array = v->is_array ? *v : Value::take(as_array_of_one(*v));
            p = {add_storage(In::constant, static_cast<u32>(to_.constants_.size()), 0),
                 0,
                 array.array->contiguous,
                 {}};
            const i64* const strides = array.array->strides();
            p.strides.assign(strides, strides + v->rank());
            to_.constants_.push_back(std::move(array));
        } else {
            p = whole(slot, add_storage(In::import, static_cast<u32>(to_.imports_.size()), 0));
            to_.imports_.push_back(
                {slot, type(slot).dtype, is_number(type(slot)), type(slot).shape.size()});
        }
        return places_.emplace(slot, std::move(p)).first->second;
    }
    static Array* as_array_of_one(const Value& v) {
        Array* const array = Array::create(v.dtype, Shape{1});
        std::memcpy(array->data, v.data(), static_cast<std::size_t>(itemsize(v.dtype)));
        return array;
    }

    // Of a pair, what its loop reads.
    std::vector<u32> inputs_of(const Member& member) const {
        const Instruction& i = code_.instructions[member.instruction];
        if (member.first == none) return i.inputs;
        const Instruction& first = code_.instructions[member.first];
        u32 other = none;
        Pairs::loop(code_, first, i, simplified_.same, &other);
        return {first.inputs[0], first.inputs.back(), other};
    }

    void find_place(const Member& member) {
        if (member.is_first) return;
        const Instruction& i = code_.instructions[member.instruction];
        for (const u32 slot : inputs_of(member)) storages_[place_of(slot).storage].last = at_;
        const ArrayOps& form = array_ops();
        const TypeEntry& made = type(i.output);
        if (i.op == form.unview && !member.stored && readers_[i.output] == 1)
            widened_.emplace(i.output, &i);
        if (i.op == Op::add) find_widened(i);
        if (form.is_view(i.op)) {
            const u32 from = same(i.inputs[0]);
            Place p = place_of(from);
            // Of a number, or what does not lie as it has to, a copy.
            const bool copied = is_number(type(from)) || (i.op == form.reshape && !p.in_c_order);
            if (copied) p = whole(from, add_storage(In::memory, 0, bytes(from), from));
            Place q{p.storage, p.offset, true, std::vector<i64>(rank_of(made))};
            if (i.op == form.view) {
                q.offset += layout(unpack(i.attributes), p.strides.data(), q.strides.data());
            } else if (i.op == form.reshape) {
                stride(made, q.strides);
            } else {
                const Shape& shape = type(from).shape;
                const int lead = made.shape.rank - shape.rank;
                for (int k = 0; k < shape.rank; ++k)
                    if (shape[k] == made.shape[lead + k])
                        q.strides[static_cast<std::size_t>(lead + k)] =
                            p.strides[static_cast<std::size_t>(k)];
            }
            q.in_c_order = in_c_order(made, q.strides.data());
            places_.emplace(i.output, std::move(q));
            return;
        }
        places_.emplace(i.output,
                        whole(i.output, add_storage(In::memory, 0, bytes(i.output), i.output)));
    }

    // An array with zeros around it that is added to another of its shape is added to a part of
    // that.
    void find_widened(const Instruction& i) {
        for (std::size_t k = 0; k < 2; ++k) {
            const auto found = widened_.find(same(i.inputs[k]));
            const u32 other = same(i.inputs[1 - k]);
            if (found == widened_.end() || type(other).shape != type(i.output).shape) continue;
            const Place& x = place_of(other);
            const u32 part = place_of(found->second->inputs[0]).storage;
            i64 from, to;
            if (!x.in_c_order || x.storage == part || widened_.count(other) ||
                !is_one_run(unviewed(*found->second), whole(i.output, 0), type(i.output), from, to))
                continue;
            storages_[part].last = at_;
            added_.emplace(i.output, k);
            skipped_.insert(found->first);
            return;
        }
    }
    std::unordered_map<u32, u32> readers_;                 // how many there are, by slot
    std::unordered_map<u32, const Instruction*> widened_;  // by what they make
    std::unordered_map<u32, std::size_t> added_;           // which input is one, by the sum
    std::unordered_set<u32> skipped_;

    static std::size_t rank_of(const TypeEntry& type) {
        return static_cast<std::size_t>(type.shape.rank);
    }

    // What is read from slots afterwards lies in arrays of its own; numbers are there to the end.
    void store(u32 slot) {
        Storage& s = storages_[places_.at(slot).storage];
        if (is_number(type(slot))) {
            s.last = static_cast<u32>(members_.size());
        } else if (s.in == In::memory) {
            s.in = In::result;
            s.index = static_cast<u32>(to_.results_.size());
            const TypeEntry& made = type(s.made_for);
            const bool is_one = made.shape.rank == 0;
            to_.results_.push_back({made.dtype, is_one ? Shape{1} : made.shape});
        }
    }

    void hand_out(u32 slot) {
        const Place& p = places_.at(slot);
        const Storage& s = storages_[p.storage];
        Export e{slot,     Of::number, none, p.offset, true, type(slot).dtype, type(slot).shape,
                 p.strides};
        if (is_number(type(slot))) {
            e.from = pointer(p.storage, p.offset);
        } else {
            e.of = s.in == In::result ? Of::result : s.in == In::import ? Of::import : Of::constant;
            e.from = s.index;
            e.is_view = s.in != In::result || s.made_for != slot;
            if (s.in == In::result && !counted_[p.storage]) {
                counted_[p.storage] = slot + 1;
                to_.made_.emplace_back(slot, s.bytes);
            } else if (s.in == In::result) {
                to_.viewed_.emplace_back(slot, counted_[p.storage] - 1);
            } else if (s.in == In::import) {
                to_.viewed_.emplace_back(slot, to_.imports_[s.index].slot);
            }
        }
        to_.exports_.push_back(std::move(e));
    }
    std::unordered_map<u32, u32> counted_;  // storages, by the slot that they are counted for

    // ---- memory

    static i64 rounded(i64 size) { return (size + 63) / 64 * 64; }
    i64 take(i64 size) {
        const auto found = free_.lower_bound(rounded(size));
        if (found == free_.end() || found->first > 2 * rounded(size)) {
            end_ += rounded(size);
            return end_ - rounded(size);
        }
        const i64 offset = found->second.back();
        // Of what is larger, the rest stays unused.
        sizes_[offset] = found->first;
        found->second.pop_back();
        if (found->second.empty()) free_.erase(found);
        return offset;
    }
    std::unordered_map<i64, i64> sizes_;  // of what is larger than what was asked for

    void release(u32 storage) {
        Storage& s = storages_[storage];
        if (s.in != In::memory || s.offset < 0) return;
        i64 size = rounded(s.bytes);
        const auto larger = sizes_.find(s.offset);
        if (larger != sizes_.end()) {
            size = larger->second;
            sizes_.erase(larger);
        }
        free_[size].push_back(s.offset);
        s.offset = -1;
    }

    // Memory that is needed for this member alone.
    u32 passing(i64 size) {
        const u32 storage = add_storage(In::memory, 0, size);
        storages_[storage].offset = take(size);
        passing_.push_back(storage);
        return storage;
    }

    void begin(u32 storage) {
        Storage& s = storages_[storage];
        if (s.in == In::memory && s.offset < 0) s.offset = take(s.bytes);
    }

    // In the memory of what is read here for the last time, all of it, if it is as large.
    bool begin_in(u32 storage, const Place& from) {
        Storage &s = storages_[storage], &given = storages_[from.storage];
        const bool fits = s.in == In::memory && given.in == In::memory && given.last == at_ &&
                          from.in_c_order && from.offset == 0 && given.bytes == s.bytes;
        if (!fits || given.offset < 0) return false;
        s.offset = given.offset;
        given.offset = -1;
        return true;
    }

    u32 pointer(u32 storage, i64 offset) {
        const auto found = pointer_of_.emplace(std::make_pair(storage, offset), pointers_);
        if (!found.second) return found.first->second;
        const Storage& s = storages_[storage];
        switch (s.in) {
            case In::memory: to_.fixed_.push_back({pointers_, s.offset + offset}); break;
            case In::import: to_.imported_.push_back({pointers_, s.index, offset}); break;
            case In::result: to_.resulting_.push_back({pointers_, s.index, offset}); break;
            case In::constant: to_.constant_.push_back({pointers_, s.index, offset}); break;
        }
        return pointers_++;
    }
    u32 pointer(const Place& p) { return pointer(p.storage, p.offset); }

    // ---- steps

    void step(Kind kind, DType from, DType to, i64 n, u32 in, u32 out, Loop loop = nullptr) {
        to_.steps_.push_back({kind, from, to, static_cast<u32>(n), {in, in, in}, out, loop});
    }

    // Elements of a place, to others of the same shape.
    void copy(const Place& from, const Shape& shape, DType dtype, const Place& target) {
        Shape merged;
        std::vector<i64> a, b;
        for (int k = 0; k < shape.rank; ++k) {
            if (shape[k] == 1) continue;
            const i64 x = from.strides[static_cast<std::size_t>(k)],
                      y = target.strides[static_cast<std::size_t>(k)];
            const int last = merged.rank - 1;
            if (last >= 0 && a.back() == x * shape[k] && b.back() == y * shape[k]) {
                merged[last] *= shape[k];
                a.back() = x;
                b.back() = y;
            } else {
                a.push_back(x);
                b.push_back(y);
                merged.push(shape[k]);
            }
        }
        const i64 item = itemsize(dtype);
        const u32 in = pointer(from), out = pointer(target);
        const i64 n = merged.size();
        if (merged.rank == 0 || (merged.rank == 1 && a[0] == item && b[0] == item)) {
            step(Kind::move, dtype, dtype, n * item, in, out);
        } else if (merged.rank == 1 && a[0] == 0 && b[0] == item) {
            step(Kind::fill, dtype, dtype, n, in, out);
        } else {
            to_.copies_.push_back({static_cast<int>(item), merged, a, b});
            step(Kind::copy, dtype, dtype, static_cast<i64>(to_.copies_.size() - 1), in, out);
        }
    }

    // An operand of a loop over all elements of `shape`: a pointer to so many, one after the other.
    u32 operand(u32 slot, const Shape& shape) {
        slot = same(slot);
        const TypeEntry& given = type(slot);
        Place p = place_of(slot);
        if (p.in_c_order && given.shape.size() == shape.size()) return pointer(p);
        if (const Value* const v = simplified_.constant(slot)) {
            const Value all = constants_.spread(*v, shape);
            const u32 storage =
                add_storage(In::constant, static_cast<u32>(to_.constants_.size()), 0);
            to_.constants_.push_back(all);
            return pointer(storage, 0);
        }
        Place from{p.storage, p.offset, false, std::vector<i64>(rank_of({given.dtype, shape}))};
        const int lead = shape.rank - given.shape.rank;
        for (int k = 0; k < given.shape.rank; ++k)
            if (given.shape[k] == shape[lead + k])
                from.strides[static_cast<std::size_t>(lead + k)] =
                    p.strides[static_cast<std::size_t>(k)];
        const TypeEntry wide{given.dtype, shape};
        Place target{passing(shape.size() * itemsize(given.dtype)), 0, true, {}};
        stride(wide, target.strides);
        copy(from, shape, given.dtype, target);
        return pointer(target);
    }

    void emit(const Member& member) {
        if (member.is_first) return;
        const Instruction& i = code_.instructions[member.instruction];
        const ArrayOps& form = array_ops();
        if (form.is_view(i.op)) return emit_view(i);
        if (skipped_.count(i.output)) return;
        const Place out = places_.at(i.output);
        const DType dtype = type(i.output).dtype;
        const auto added = added_.find(i.output);
        if (added != added_.end()) {
            emit_added(i, added->second, out);
        } else if (i.op == form.sum) {
            begin(out.storage);
            const Shape& shape = type(i.inputs[0]).shape;
            const u32 in = operand(i.inputs[0], shape);
            step(Kind::sum, dtype, dtype, static_cast<i64>(to_.sums_.size()), in, pointer(out));
            const ReducedRows rows(shape, reduced_axes(i), true);
            to_.sums_.push_back({rows.outer, rows.n, rows.inner});
        } else if (i.op == form.matmul) {
            emit_product(i, out);
        } else if (i.op == form.put) {
            emit_put(i, out);
        } else if (i.op == form.unview) {
            emit_unview(i, out);
        } else if (form.joins(i.op)) {
            emit_join(i, out);
        } else {
            emit_loop(member, out);
        }
    }

    void emit_view(const Instruction& i) {
        const u32 from = same(i.inputs[0]);
        const Place& given = place_of(from);
        const Place& made = places_.at(i.output);
        if (made.storage == given.storage) return;
        begin(made.storage);
        copy(given, type(from).shape, type(from).dtype, whole(from, made.storage));
    }

    Place part(const ViewSpec& spec, const Place& of) const {
        Place p{of.storage, of.offset, false,
                std::vector<i64>(static_cast<std::size_t>(spec.out.rank))};
        p.offset += layout(spec, of.strides.data(), p.strides.data());
        return p;
    }

    // Whether a part of what lies in C order is one run; where it begins and ends.
    bool is_one_run(const ViewSpec& spec, const Place& of, const TypeEntry& whole_type, i64& from,
                    i64& to) const {
        const Place p = part(spec, of);
        i64 run = itemsize(whole_type.dtype);
        for (int k = spec.out.rank; k-- > 0;) {
            if (spec.out[k] == 1) continue;
            if (p.strides[static_cast<std::size_t>(k)] != run) return false;
            run *= spec.out[k];
        }
        from = p.offset;
        to = p.offset + run;
        return true;
    }

    void emit_unview(const Instruction& i, const Place& out) {
        begin(out.storage);
        const ViewSpec spec = unviewed(i);
        const auto zero = [&](i64 from, i64 to) {
            if (from == to) return;
            const u32 place = pointer(out.storage, from);
            step(Kind::zero, DType::uint8, DType::uint8, to - from, place, place);
        };
        i64 from = 0, to = 0;
        if (is_one_run(spec, out, type(i.output), from, to)) zero(0, from);
        zero(to, bytes(i.output));
        copy(place_of(i.inputs[0]), spec.out, type(i.output).dtype, part(spec, out));
    }

    // Zeros are added, too: that makes 0 of -0.
    void emit_added(const Instruction& i, std::size_t k, const Place& out) {
        const TypeEntry& made = type(i.output);
        const Instruction& widened = *widened_.at(same(i.inputs[k]));
        const ViewSpec spec = unviewed(widened);
        const u32 values = operand(widened.inputs[0], spec.out);
        const Place x = place_of(i.inputs[1 - k]);
        i64 from, to;
        is_one_run(spec, out, made, from, to);
        const i64 item = itemsize(made.dtype), size = bytes(i.output);
        const Loop loop = op_table[Op::add].kernels->forward[static_cast<int>(made.dtype)];
        u32 zeros = 0;
        const i64 longest = std::max(from, size - to) / item;
        if (longest > 0) {
            zeros =
                pointer(add_storage(In::constant, static_cast<u32>(to_.constants_.size()), 0), 0);
            to_.constants_.push_back(
                constants_.spread(Value::constant(made.dtype, 0), Shape{longest}));
        }
        // Pointers to x, before its memory may become the result's.
        const u32 before = pointer(x.storage, x.offset),
                  there = pointer(x.storage, x.offset + from),
                  behind = pointer(x.storage, x.offset + to);
        if (storages_[out.storage].in != In::memory || !begin_in(out.storage, x))
            begin(out.storage);
        const auto add = [&](i64 begin, i64 end, u32 a, u32 b) {
            if (begin == end) return;
            if (k == 0) std::swap(a, b);
            to_.steps_.push_back({Kind::loop,
                                  made.dtype,
                                  made.dtype,
                                  static_cast<u32>((end - begin) / item),
                                  {a, b, a},
                                  pointer(out.storage, begin),
                                  loop});
        };
        add(0, from, before, zeros);
        add(from, to, there, values);
        add(to, size, behind, zeros);
    }

    void emit_put(const Instruction& i, const Place& out) {
        const Place x = place_of(i.inputs[0]), values = place_of(i.inputs[1]);
        const TypeEntry& made = type(i.output);
        const bool apart = x.storage != values.storage;
        if (!apart || !begin_in(out.storage, x)) {
            begin(out.storage);
            copy(x, made.shape, made.dtype, out);
        }
        const ViewSpec spec = unpack(i.attributes);
        copy(values, spec.out, made.dtype, part(spec, out));
    }

    void emit_join(const Instruction& i, const Place& out) {
        begin(out.storage);
        const auto axis = static_cast<std::size_t>(i.attributes[0]);
        const bool is_new = i.attributes[1] != 0;
        i64 offset = 0;
        for (std::size_t k = 0; k < i.inputs.size(); ++k) {
            const TypeEntry& given = type(i.inputs[k]);
            Place target{out.storage, offset, false, out.strides};
            if (is_new) target.strides.erase(target.strides.begin() + i.attributes[0]);
            copy(place_of(i.inputs[k]), given.shape, given.dtype, target);
            offset += i.attributes[2 + k] * out.strides[axis];
        }
    }

    void emit_product(const Instruction& i, const Place& out) {
        begin(out.storage);
        Product product{type(i.output).dtype, {}, {}};
        Matrix* const matrices[] = {&product.a, &product.b};
        u32 in[2];
        for (std::size_t k = 0; k < 2; ++k) {
            const TypeEntry& given = type(i.inputs[k]);
            const Place& p = place_of(i.inputs[k]);
            const i64 item = itemsize(given.dtype);
            Matrix& m = *matrices[k];
            m = {nullptr, given.shape[0], given.shape[1], p.strides[0] / item, p.strides[1] / item};
            if (i.attributes[k] != 0) {
                std::swap(m.rows, m.columns);
                std::swap(m.row_stride, m.column_stride);
            }
            in[k] = pointer(p);
        }
        to_.steps_.push_back({Kind::product,
                              product.dtype,
                              product.dtype,
                              static_cast<u32>(to_.products_.size()),
                              {in[0], in[1], in[0]},
                              pointer(out),
                              nullptr});
        to_.products_.push_back(product);
    }

    void emit_loop(const Member& member, const Place& out) {
        const Instruction& i = code_.instructions[member.instruction];
        const TypeEntry& made = type(i.output);
        const std::vector<u32> inputs = inputs_of(member);
        u32 in[3];
        for (std::size_t k = 0; k < inputs.size(); ++k) in[k] = operand(inputs[k], made.shape);
        bool has_begun = storages_[out.storage].in != In::memory;
        for (std::size_t k = 0; k < inputs.size() && !has_begun; ++k)
            has_begun =
                type(inputs[k]).dtype == made.dtype && begin_in(out.storage, place_of(inputs[k]));
        if (!has_begun) begin(out.storage);
        const DType from = type(inputs[0]).dtype;
        Step s{Kind::loop,
               from,
               made.dtype,
               static_cast<u32>(made.shape.size()),
               {in[0], in[0], in[0]},
               pointer(out),
               nullptr};
        std::copy_n(in, inputs.size(), s.in);
        u32 other = none;
        if (member.first != none) {
            s.loop =
                Pairs::loop(code_, code_.instructions[member.first], i, simplified_.same, &other);
        } else if (i.op == element_ops().cast) {
            s.kind = Kind::convert;
        } else if (i.op == element_ops().select) {
            s.loop = select_loop_for(made.dtype);
            std::rotate(s.in, s.in + 2, s.in + 3);  // the condition comes first
        } else {
            s.loop = op_table[i.op].kernels->forward[static_cast<int>(from)];
        }
        to_.steps_.push_back(s);
    }
};

ArrayCode::ArrayCode(const Code& code, const Simplified& simplified,
                     const std::vector<Member>& members, u32 first, Constants& constants)
    : first_(first) {
    Maker(*this, code, simplified, members, constants).make();
}

}  // namespace ag
