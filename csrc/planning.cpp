// How a plan is made.

#include "elements.h"
#include "grouping.h"
#include "kept_calls.h"
#include "plan.h"
#include "simplify.h"
#include "ops/ops.h"
#include "ops/walk.h"

namespace ag {

namespace {

constexpr u32 none = 0xffffffffu;

// What the arrays of a run hold, as it goes on.
class MemoryCount {
   public:
    explicit MemoryCount(u32 slots) : held_(slots) {}
    void make(u32 slot, i64 bytes) {
        held_[slot].bytes = bytes;
        held_[slot].holders = 1;
        now_ += bytes;
        most_ = std::max(most_, now_);
    }
    // A value that may be a view of another.
    void hold(u32 slot, u32 base) {
        if (held_[base].holders == 0) return;
        ++held_[base].holders;
        held_[slot].bases.push_back(base);
    }
    // Whether its memory is of so many bytes, and nobody else's. What is handed to a run is not.
    bool is_own(u32 slot, i64 bytes) const {
        const Held& h = held_[slot];
        return h.holders == 1 && h.bases.empty() && h.bytes == bytes;
    }
    void drop(u32 slot) {
        std::vector<u32> left{slot};
        while (!left.empty()) {
            Held& h = held_[left.back()];
            left.pop_back();
            if (h.holders == 0 || --h.holders > 0) continue;
            now_ -= h.bytes;
            left.insert(left.end(), h.bases.begin(), h.bases.end());
            h.bases.clear();
        }
    }
    // What is there for a moment.
    void pass(i64 bytes) { most_ = std::max(most_, now_ + bytes); }
    i64 most() const { return most_; }

   private:
    struct Held {
        i64 bytes = 0;
        u32 holders = 0;
        std::vector<u32> bases;
    };
    std::vector<Held> held_;
    i64 now_ = 0, most_ = 0;
};

// Whether the result may be a view of an input: its elements are the input's.
bool may_be_view(const Instruction& i) {
    static const OpCode real = op_named("real"), imaginary = op_named("imag");
    return op_table[i.op].checks != Checked::all || i.op == real || i.op == imaginary;
}

}  // namespace

// Goes through the groups in the order in which they are run.
class Plan::Builder {
   public:
    Builder(Plan& plan, const Code& code, u32 begin, u32 end, const std::vector<u8>& needed)
        : plan_(plan),
          code_(code),
          needed_(needed),
          simplified_(code, begin, end, needed),
          groups_(code, simplified_, needed),
          slots_(code.slot_count()),
          memory_(code.slot_count()),
          pairs_room_(code.slot_count()) {}

    void build() {
        plan_.size_ = simplified_.kept.size();
        plan_.lets_go_ = is_long_and_alone();
        find_uses();
        kept_ = KeptCalls(code_, simplified_.same, composites());
        plan_.kept_places_ = kept_.size();
        for (u32 at = 0; at < groups_.order().size(); ++at) {
            const u32 g = groups_.order()[at];
            work_ = 0;
            for (const u32 k : groups_[g].members) work_ += work_of(code_.instructions[k]);
            switch (groups_[g].kind) {
                case Group::scalars: add_scalars(g); break;
                case Group::arrays: add_arrays(at, g); break;
                case Group::columns: add_columns(at, g); break;
                case Group::fused: add_fused(at, g); break;
                case Group::call: add_call(at, groups_[g].members[0]); break;
            }
        }
        copy_needed();
        plan_.peak_bytes_ = memory_.most();
        plan_.scalars_.finish(static_cast<u32>(plan_.registers_.size()));
    }

   private:
    // What is known of a slot that holds its own value.
    struct Slot {
        u32 reg = none;
        u32 last_group = none;   // the last one, by its place in the order, that reads it there
        u32 last_scalar = none;  // or the last instruction that reads it in its register
        u32 constant = none;     // among the plan's
        u32 outside = none;      // of what is being fused
        bool is_stored = false;  // read from the slot, or needed
        bool is_needed = false;  // it, or one that holds the same
    };

    Plan& plan_;
    const Code& code_;
    const std::vector<u8>& needed_;
    Simplified simplified_;
    Grouping groups_;
    std::vector<Slot> slots_;
    MemoryCount memory_;
    Pairs::Room pairs_room_;
    i64 work_ = 0;  // of the group that is being added
    ArrayCode::Constants spread_;
    std::vector<u32> free_;  // registers
    std::unordered_map<u64, u32> constant_registers_;
    KeptCalls kept_;

    u32 same(u32 slot) const { return simplified_.same[slot]; }
    Slot& at(u32 slot) { return slots_[same(slot)]; }
    bool is_constant_slot(u32 slot) const { return simplified_.constant(same(slot)) != nullptr; }

    void find_uses() {
        for (u32 slot = 0; slot < slots_.size(); ++slot)
            if (needed_[slot]) at(slot).is_needed = at(slot).is_stored = true;
        for (u32 place = 0; place < groups_.order().size(); ++place) {
            const u32 g = groups_.order()[place];
            const bool scalar = groups_[g].kind == Group::scalars;
            for (const u32 k : groups_[g].members)
                for (const u32 slot : code_.instructions[k].inputs) {
                    Slot& s = at(slot);
                    if (scalar) {
                        s.last_scalar = k;
                    } else if (groups_.maker(same(slot)) != g) {
                        s.last_group = place;
                        s.is_stored = true;
                    }
                }
        }
    }

    // In the order in which they are run.
    std::vector<u32> composites() const {
        std::vector<u32> calls;
        for (const u32 g : groups_.order()) {
            const u32 k = groups_[g].members[0];
            if (groups_[g].kind == Group::call && code_.instructions[k].own.get() != nullptr)
                calls.push_back(k);
        }
        return calls;
    }

    // In elements, more or less.
    i64 work_of(const Instruction& i) const {
        static const OpCode matmul = op_named("matmul");
        i64 work = 1;
        for (u32 n = 0; n < output_count(i); ++n) work += code_.type(i.output + n).shape.size();
        for (const u32 slot : i.inputs) work = std::max(work, code_.type(slot).shape.size());
        if (i.op == matmul) {  // eight multiplications count as one of them
            const Shape& a = code_.type(i.inputs[0]).shape;
            work = std::max(work, code_.type(i.output).shape.size() *
                                      a[a.rank - (i.attributes[0] != 0 ? 2 : 1)] / 8);
        }
        return work;
    }
    // Less is over before another thread could make use of the lock; and hosts may want it.
    bool is_long_and_alone() const {
        constexpr i64 least = 200'000;
        i64 work = 0;
        for (const u32 k : simplified_.kept) {
            const Instruction& i = code_.instructions[k];
            if (host_of(i) != nullptr) return false;
            work += work_of(i);
        }
        return work >= least;
    }

    // ---- constants

    u32 operand(u32 slot) {
        slot = same(slot);
        if (!is_constant_slot(slot)) return slot;
        Slot& s = slots_[slot];
        if (s.constant == none) {
            s.constant = static_cast<u32>(plan_.constants_.size());
            plan_.constants_.push_back(*simplified_.constant(slot));
        }
        return s.constant | is_constant;
    }

    // ---- registers

    u32 new_register() {
        if (!free_.empty()) {
            const u32 r = free_.back();
            free_.pop_back();
            return r;
        }
        plan_.registers_.push_back(0);
        return static_cast<u32>(plan_.registers_.size() - 1);
    }

    u32 constant_register(u64 bits) {
        const auto found = constant_registers_.emplace(bits, 0);
        if (found.second) {
            found.first->second = static_cast<u32>(plan_.registers_.size());
            plan_.registers_.push_back(bits);
        }
        return found.first->second;
    }

    u32 register_of(u32 slot) {
        slot = same(slot);
        Slot& s = slots_[slot];
        if (s.reg != none) return s.reg;
        if (const Value* const v = simplified_.constant(slot)) {
            s.reg = constant_register(v->bits);
            return s.reg;
        }
        // One that nothing has used in this step, since it is filled at the step's beginning.
        s.reg = static_cast<u32>(plan_.registers_.size());
        plan_.registers_.push_back(0);
        plan_.loads_.push_back({slot, s.reg, code_.type(slot).dtype});
        return s.reg;
    }

    // ---- steps

    template <class T>
    static u32 size(const std::vector<T>& list) {
        return static_cast<u32>(list.size());
    }
    Step begin_step(Kind kind, u32 place) const {
        Step step{};
        step.kind = kind;
        step.code.begin = place;
        step.loads.begin = size(plan_.loads_);
        step.stores.begin = size(plan_.stores_);
        step.drops.begin = size(plan_.drops_);
        return step;
    }
    void end_step(Step& step) {
        step.loads.end = size(plan_.loads_);
        step.work = work_;
        step.stores.end = size(plan_.stores_);
        step.drops.end = size(plan_.drops_);
        plan_.steps_.push_back(step);
    }

    void add_scalars(u32 g) {
        const Group& group = groups_[g];
        Step step = begin_step(Kind::scalars, plan_.scalars_.size());
        std::vector<u32> freed;  // what is stored is in its register at the step's end
        const Pairs pairs = pairs_of_numbers(g);
        for (u32 n = 0; n < group.members.size(); ++n) {
            if (pairs.is_first(n)) continue;
            const u32 k = group.members[n];
            const Instruction& i = code_.instructions[k];
            const bool is_pair = pairs.first_of(n) != Pairs::none;
            std::vector<u32> given = i.inputs;
            u8 forms[2] = {};
            if (is_pair) {
                const Instruction& first = code_.instructions[group.members[pairs.first_of(n)]];
                u32 other = none;
                Pairs::forms(code_, first, i, simplified_.same, &forms[0], &forms[1], &other);
                given = {first.inputs[0], first.inputs.back(), other};
            }
            u32 inputs[3];
            for (std::size_t j = 0; j < given.size(); ++j) inputs[j] = register_of(given[j]);
            for (const u32 slot : given) {
                Slot& s = at(slot);
                if (s.last_scalar != k || is_constant_slot(slot)) continue;
                s.last_scalar = none;  // once, if it is read twice
                (s.is_stored ? freed : free_).push_back(s.reg);
            }
            Slot& s = slots_[i.output];
            s.reg = new_register();
            if (is_pair)
                plan_.scalars_.append_pair(forms[0], forms[1], code_.type(i.output).dtype, inputs,
                                           s.reg);
            else
                plan_.scalars_.append(code_, i, inputs, s.reg);
            if (s.is_stored) plan_.stores_.push_back({i.output, s.reg, code_.type(i.output).dtype});
            if (s.last_scalar == none) freed.push_back(s.reg);
        }
        free_.insert(free_.end(), freed.begin(), freed.end());
        step.code.end = plan_.scalars_.size();
        end_step(step);
    }

    // What a pair reads is read when its second instruction is run.
    Pairs pairs_of_numbers(u32 g) {
        const Group& group = groups_[g];
        const auto is_here = [&](u32 k) {
            return k != none && groups_.maker(code_.instructions[k].output) == g;
        };
        std::vector<u8> stored;
        for (const u32 k : group.members) {
            const Slot& s = slots_[code_.instructions[k].output];
            stored.push_back(s.is_stored || !is_here(s.last_scalar));
        }
        Pairs pairs(code_, group.members, stored, simplified_.same, pairs_room_);
        for (u32 n = 0; n < group.members.size(); ++n) {
            if (pairs.first_of(n) == Pairs::none) continue;
            for (const u32 slot : code_.instructions[group.members[pairs.first_of(n)]].inputs) {
                u32& last = at(slot).last_scalar;
                if (last < group.members[n] && is_here(last)) last = group.members[n];
            }
        }
        return pairs;
    }

    // Whether nobody asks for what is in the slot after a group.
    bool dies(u32 slot, u32 place) {
        const Slot& s = at(slot);
        return s.last_group == place && !s.is_needed && !is_constant_slot(slot);
    }
    void drop(u32 slot, u32 place) {
        if (!dies(slot, place) || is_in_register(slot)) return;
        at(slot).last_group = none;
        plan_.drops_.push_back(same(slot));
        memory_.drop(same(slot));
    }
    i64 bytes(u32 slot) const { return is_in_register(slot) ? 0 : bytes_of(code_.type(slot)); }

    Pairs pairs_of(const Group& group) {
        std::vector<u8> stored;
        for (const u32 k : group.members) stored.push_back(is_read(code_.instructions[k].output));
        return Pairs(code_, group.members, stored, simplified_.same, pairs_room_);
    }
    // From its slot, after the group that makes it.
    bool is_read(u32 slot) const {
        return slots_[slot].is_stored || slots_[slot].last_scalar != none;
    }

    void add_fused(u32 place, u32 g) {
        Step step = begin_step(Kind::fused, size(plan_.fused_));
        const Group& group = groups_[g];
        Fused fused(code_.type(code_.instructions[group.members[0]].output).shape);
        std::unordered_map<u32, u32> members;
        std::vector<u32> outside;
        const auto input = [&](u32 slot) {
            slot = same(slot);
            const auto member = members.find(slot);
            if (member != members.end()) return member->second;
            Slot& s = slots_[slot];
            if (s.outside == none) {
                s.outside =
                    fused.add_outside(operand(slot), code_.type(slot).shape.size(),
                                      dies(slot, place), numbers(slot, fused.numbers_in_block()));
                outside.push_back(slot);
            }
            return s.outside;
        };
        const Pairs pairs = pairs_of(group);
        for (u32 n = 0; n < group.members.size(); ++n) {
            if (pairs.is_first(n)) continue;
            const Instruction& i = code_.instructions[group.members[n]];
            const u32 m = fused.add(code_, group.members, n, pairs, simplified_.same, input);
            members.emplace(i.output, m);
            if (slots_[i.output].is_stored && !Fused::takes_total(code_, i))
                fused.keep(m, i.output);
        }
        fused.finish();
        for (const u32 k : group.members) {
            const u32 slot = code_.instructions[k].output, from = fused.overwritten_for(slot);
            if (!slots_[slot].is_stored) continue;
            // What is overwritten goes before what it becomes comes.
            if (from != none && memory_.is_own(from, bytes(slot)) &&
                code_.type(from).dtype == code_.type(slot).dtype &&
                code_.type(from).shape == code_.type(slot).shape)
                memory_.drop(from);
            memory_.make(slot, bytes(slot));
        }
        plan_.fused_.push_back(std::move(fused));
        for (const u32 slot : outside) {
            slots_[slot].outside = none;
            drop(slot, place);
        }
        end_step(step);
    }

    void add_arrays(u32 place, u32 g) {
        Step step = begin_step(Kind::arrays, size(plan_.arrays_));
        std::vector<ArrayCode::Member> members;
        const Pairs pairs = pairs_of(groups_[g]);
        for (u32 n = 0; n < groups_[g].members.size(); ++n) {
            const u32 k = groups_[g].members[n], f = pairs.first_of(n);
            members.push_back({k, is_read(code_.instructions[k].output),
                               f == Pairs::none ? none : groups_[g].members[f], pairs.is_first(n)});
        }
        const u32 first = plan_.arrays_.empty() ? 0 : plan_.arrays_.back().code.end();
        ArrayCode code(code_, simplified_, members, first, spread_);
        plan_.array_bytes_ = std::max(plan_.array_bytes_, code.bytes());
        for (const auto& [slot, bytes_] : code.made()) memory_.make(slot, bytes_);
        for (const auto& [slot, base] : code.views()) {
            memory_.make(slot, 0);
            memory_.hold(slot, base);
        }
        memory_.pass(code.bytes());
        Range calls{size(plan_.calls_), 0}, inner{size(plan_.inner_), 0};
        for (const ArrayCode::Member& m : members) {
            if (!code.reads_arrays()) break;
            const Instruction& i = code_.instructions[m.instruction];
            plan_.calls_.push_back(called(i));
            if (!m.stored) plan_.inner_.push_back(i.output);
        }
        calls.end = size(plan_.calls_);
        inner.end = size(plan_.inner_);
        plan_.arrays_.push_back({std::move(code), calls, inner});
        for (const u32 k : groups_[g].members)
            for (const u32 slot : code_.instructions[k].inputs) drop(slot, place);
        end_step(step);
    }

    void add_columns(u32 place, u32 g) {
        Step step = begin_step(Kind::columns, size(plan_.columns_));
        const Columns::Outside outside{
            [this](u32 slot) { return operand(slot); },
            [this](const Value& v, i64 count) { return spread_.spread(v, Shape{count}); }};
        std::vector<Columns::Member> members;
        for (const u32 k : groups_[g].members)
            members.push_back({k, is_read(code_.instructions[k].output)});
        Columns columns(code_, simplified_, members, outside);
        Range calls{size(plan_.calls_), 0}, inner{size(plan_.inner_), 0};
        for (const Columns::Member& m : members) {
            const u32 slot = code_.instructions[m.instruction].output;
            plan_.calls_.push_back(called(code_.instructions[m.instruction]));
            if (m.stored)
                memory_.make(slot, bytes(slot));
            else
                plan_.inner_.push_back(slot);
        }
        calls.end = size(plan_.calls_);
        inner.end = size(plan_.inner_);
        plan_.columns_.push_back({std::move(columns), calls, inner});
        for (const u32 k : groups_[g].members)
            for (const u32 slot : code_.instructions[k].inputs) drop(slot, place);
        end_step(step);
    }

    // The call of an instruction that is done otherwise as a rule.
    PlannedCall called(const Instruction& i) {
        PlannedCall planned{{i.op, i.attributes, {}, i.output}, false};
        for (const u32 slot : i.inputs) planned.instruction.inputs.push_back(operand(slot));
        return planned;
    }

    // A constant as an array of equal numbers, one for all that use it.
    Value numbers(u32 slot, i64 count) {
        if (!is_constant_slot(slot) || !is_in_register(slot)) return Value();
        return spread_.spread(*simplified_.constant(slot), Shape{count});
    }

    void add_call(u32 place, u32 k) {
        const Instruction& i = code_.instructions[k];
        Step step = begin_step(Kind::call, size(plan_.calls_));
        PlannedCall planned{{i.op, i.attributes, {}, i.output, i.own}, gives_up(place, i)};
        for (const u32 slot : i.inputs) planned.instruction.inputs.push_back(operand(slot));
        plan_.calls_.push_back(std::move(planned));
        if (add_view(i)) {
            step.kind = Kind::view;
            step.code.begin = size(plan_.views_) - 1;
        } else if (const KeptCalls::Kept* const kept = kept_.kept(k)) {
            add_kept(step, Kind::kept, *kept, false);
        } else if (const KeptCalls::Kept* const used = kept_.used(k)) {
            add_kept(step, Kind::gradient, *used, used->last == k);
        }
        for (u32 n = 0; n < output_count(i); ++n) memory_.make(i.output + n, bytes(i.output + n));
        if (may_be_view(i) || step.kind == Kind::view)
            for (const u32 slot : i.inputs) memory_.hold(i.output, same(slot));
        for (const u32 slot : i.inputs) drop(slot, place);
        for (u32 n = 0; n < output_count(i); ++n) {
            const Slot& s = slots_[i.output + n];
            if (s.is_stored || s.last_scalar != none) continue;
            plan_.drops_.push_back(i.output + n);
            memory_.drop(i.output + n);
        }
        end_step(step);
    }

    void add_kept(Step& step, Kind kind, const KeptCalls::Kept& kept, bool is_last) {
        plan_.kept_.push_back({step.code.begin, kept.place, kept.known, is_last});
        step.kind = kind;
        step.code.begin = size(plan_.kept_) - 1;
    }

    // Whether the instruction whose call was added last is a view of an array in C order.
    bool add_view(const Instruction& i) {
        static const OpCode viewing = op_named("view"), shaping = op_named("reshape"),
                            repeating = op_named("broadcast_to"), picking = op_named("gather");
        const bool picks = i.op == picking;
        if (i.op != viewing && i.op != shaping && i.op != repeating && !picks) return false;
        const TypeEntry &from = code_.type(i.inputs[0]), &to = code_.type(i.output);
        if (from.shape.rank == 0 || from.shape.size() == 0 || to.shape.size() == 0) return false;
        if (to.shape.rank == 0 && !fits_inline(to.dtype)) return false;
        i64 given[max_rank], strides[max_rank] = {}, offset = 0;
        own_strides(from.shape, itemsize(from.dtype), given);
        Plan::PlannedView view{size(plan_.calls_) - 1,
                               to.dtype,
                               from.shape.size(),
                               0,
                               static_cast<u32>(to.shape.rank),
                               size(plan_.layouts_),
                               static_cast<u32>(from.shape.rank),
                               no_index,
                               0,
                               0};
        if (i.op == viewing) {
            offset = layout(unpack(i.attributes), given, strides);
        } else if (i.op == shaping) {
            own_strides(to.shape, itemsize(to.dtype), strides);
        } else if (picks) {
            // Of the first axes, by one number.
            const TypeEntry& index = code_.type(i.inputs[1]);
            const int lead = from.shape.rank - to.shape.rank;
            if (index.shape.rank != 0 || i.attributes[1] != (1 << lead) - 1) return false;
            if (index.dtype != DType::int32 && index.dtype != DType::int64) return false;
            own_strides(to.shape, itemsize(to.dtype), strides);
            view.index = operand(i.inputs[1]);
            view.rows = from.shape.size() / to.shape.size();
            view.stride = to.shape.size() * itemsize(to.dtype);
        } else {
            const int lead = to.shape.rank - from.shape.rank;
            for (int k = 0; k < from.shape.rank; ++k)
                if (from.shape[k] == to.shape[lead + k]) strides[lead + k] = given[k];
        }
        view.offset = offset;
        plan_.views_.push_back(view);
        plan_.layouts_.insert(plan_.layouts_.end(), to.shape.dims, to.shape.dims + to.shape.rank);
        plan_.layouts_.insert(plan_.layouts_.end(), strides, strides + to.shape.rank);
        plan_.layouts_.insert(plan_.layouts_.end(), from.shape.dims,
                              from.shape.dims + from.shape.rank);
        return true;
    }

    // Nobody reads its first input afterwards, nor is it another one too.
    bool gives_up(u32 place, const Instruction& i) {
        if (host_of(i) != nullptr || i.inputs.empty() || !dies(i.inputs[0], place)) return false;
        return std::none_of(i.inputs.begin() + 1, i.inputs.end(),
                            [&](u32 slot) { return same(slot) == same(i.inputs[0]); });
    }

    // Numbers hold no memory.
    bool is_in_register(u32 slot) const {
        const TypeEntry& type = code_.type(slot);
        return type.shape.rank == 0 && fits_inline(type.dtype);
    }

    void copy_needed() {
        for (u32 slot = 0; slot < slots_.size(); ++slot)
            if (needed_[slot] && (same(slot) != slot || is_folded(slot)))
                plan_.copies_.emplace_back(slot, operand(slot));
    }
    // Constants of the code are where they are.
    bool is_folded(u32 slot) const {
        return simplified_.constant(slot) != nullptr &&
               simplified_.constant_of[slot] >= code_.constants.size();
    }
};

Plan::Plan(const Code& code, u32 begin, u32 end, const std::vector<u8>& needed) {
    Builder(*this, code, begin, end, needed).build();
}

}  // namespace ag
