#include "plan.h"

#include "composite.h"
#include "ops/call.h"
#include "ops/host.h"
#include "patience.h"

namespace ag {

Plan::~Plan() { delete spare_.load(); }

// The workspace of the last run, or, if another thread has that, a new one.
class Plan::Borrowed {
   public:
    explicit Borrowed(const Plan& plan) : plan_(plan), work_(plan.spare_.exchange(nullptr)) {
        if (work_ != nullptr) return;
        auto made = std::make_unique<Workspace>();
        made->registers = plan.registers_;
        work_ = made.release();
    }
    ~Borrowed() {
        work_->kept.clear();
        // What a run has left that failed, maybe for want of memory.
        work_->room.held.clear();
        work_->room.results.clear();
        delete plan_.spare_.exchange(work_);
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Workspace& operator*() { return *work_; }

   private:
    const Plan& plan_;
    Workspace* work_;
};

void Plan::run_call(const PlannedCall& planned, Workspace& work, std::vector<Value>& slots) const {
    const Instruction& i = planned.instruction;
    work.operands.clear();
    for (const u32 k : i.inputs)
        work.operands.push_back(k & is_constant ? &constants_[k & ~is_constant] : &slots[k]);
    const Call call(i.attributes.data(), i.attributes.size(), work.operands.data(),
                    work.operands.size(), planned.gives_up ? &slots[i.inputs[0]] : nullptr);
    if (host_of(i) != nullptr) return call_into(i, call, slots.data() + i.output);
    const Computing scope;
    slots[i.output] = call_any(i.op, call);
}

std::vector<Value> Plan::operands(const Instruction& i, std::size_t first,
                                  const std::vector<Value>& slots) const {
    std::vector<Value> values;
    for (std::size_t k = first; k < i.inputs.size(); ++k) {
        const u32 from = i.inputs[k];
        values.push_back(from & is_constant ? constants_[from & ~is_constant] : slots[from]);
    }
    return values;
}

void Plan::run_kept(const PlannedKept& planned, Workspace& work, std::vector<Value>& slots) const {
    const Instruction& i = calls_[planned.call].instruction;
    work.kept.resize(kept_places_);
    auto& kept = work.kept[planned.place];
    kept = call_and_keep(i.own, operands(i, 0, slots), planned.known, slots.data() + i.output);
    if (kept == nullptr) run_call(calls_[planned.call], work, slots);
}

void Plan::run_gradient(const PlannedKept& planned, Workspace& work,
                        std::vector<Value>& slots) const {
    const Instruction& i = calls_[planned.call].instruction;
    auto& kept = work.kept[planned.place];
    if (kept == nullptr) return run_call(calls_[planned.call], work, slots);
    call_gradient(i.own, *kept, operands(i, planned.known.size(), slots), slots.data() + i.output);
    if (planned.is_last) kept.reset();
}

void Plan::place_arrays(Workspace& work) const {
    work.arrays.memory = make_value(DType::uint8, Shape{std::max<i64>(array_bytes_, 1)});
    work.arrays.pointers.resize(arrays_.back().code.end());
    for (const PlannedArrays& a : arrays_) a.code.place(work.arrays);
}

void Plan::run_arrays(const PlannedArrays& planned, Workspace& work,
                      std::vector<Value>& slots) const {
    const Computing scope;
    if (AG_LIKELY(planned.code.run(slots, work.arrays))) return;
    run_calls(planned.calls, planned.inner, work, slots);
}

void Plan::run_columns(const PlannedColumns& planned, Workspace& work,
                       std::vector<Value>& slots) const {
    const Computing scope;
    if (AG_LIKELY(planned.columns.run(slots, constants_, work.room))) return;
    run_calls(planned.calls, planned.inner, work, slots);
}

void Plan::run_calls(Range calls, Range inner, Workspace& work, std::vector<Value>& slots) const {
    for (u32 k = calls.begin; k < calls.end; ++k) run_call(calls_[k], work, slots);
    for (u32 k = inner.begin; k < inner.end; ++k) slots[inner_[k]] = Value();
}

i64 Plan::offset_of(const PlannedView& view, const std::vector<Value>& slots) const {
    if (view.index == no_index) return view.offset;
    const Value& v =
        view.index & is_constant ? constants_[view.index & ~is_constant] : slots[view.index];
    i64 row = v.dtype == DType::int32 ? v.as<std::int32_t>() : v.as<i64>();
    if (row < 0) row += view.rows;
    return row < 0 || row >= view.rows ? -1 : row * view.stride;
}

void Plan::run_view(const PlannedView& view, Workspace& work, std::vector<Value>& slots) const {
    const PlannedCall& planned = calls_[view.call];
    const u32 from = planned.instruction.inputs[0];
    const Value& x = from & is_constant ? constants_[from & ~is_constant] : slots[from];
    const i64 offset = offset_of(view, slots);
    if (!x.is_array || !x.array->contiguous || x.array->size != view.size || offset < 0)
        return run_call(planned, work, slots);
    char* const data = x.array->data + offset;
    Value& y = slots[planned.instruction.output];
    if (view.rank == 0) {
        y = number_at(data, view.dtype);
        return;
    }
    const i64* const layout = layouts_.data() + view.layout;
    y = Value::take(Array::view(x.array, view.dtype, data,
                                Shape(layout, static_cast<int>(view.rank)), layout + view.rank));
}

inline void Plan::run_scalars(const Step& step, u64* registers, std::vector<Value>& slots) const {
    for (u32 k = step.loads.begin; k < step.loads.end; ++k)
        registers[loads_[k].at] = slots[loads_[k].slot].bits;
    scalars_.run(step.code.begin, step.code.end, registers);
    for (u32 k = step.stores.begin; k < step.stores.end; ++k)
        slots[stores_[k].slot] = Value::from_bits(stores_[k].dtype, registers[stores_[k].at]);
}

void Plan::run(std::vector<Value>& slots) const {
    const WithoutLock others(lets_go_);
    Patience patience;
    Borrowed borrowed(*this);
    Workspace& work = *borrowed;
    u64* const registers = work.registers.data();
    if (!arrays_.empty() && !work.arrays.memory.is_array) place_arrays(work);
    for (const Step& step : steps_) {
        patience.spend(step.work);
        if (step.kind == Kind::call) {
            run_call(calls_[step.code.begin], work, slots);
        } else if (step.kind == Kind::kept) {
            run_kept(kept_[step.code.begin], work, slots);
        } else if (step.kind == Kind::gradient) {
            run_gradient(kept_[step.code.begin], work, slots);
        } else if (step.kind == Kind::arrays) {
            run_arrays(arrays_[step.code.begin], work, slots);
        } else if (step.kind == Kind::columns) {
            run_columns(columns_[step.code.begin], work, slots);
        } else if (step.kind == Kind::view) {
            run_view(views_[step.code.begin], work, slots);
        } else if (step.kind == Kind::fused) {
            const Computing scope;
            fused_[step.code.begin].run(slots, constants_, work.room);
        } else {
            run_scalars(step, registers, slots);
        }
        for (u32 k = step.drops.begin; k < step.drops.end; ++k) slots[drops_[k]] = Value();
    }
    if (array_bytes_ > most_kept) work.arrays.memory = Value();
    for (const auto& [slot, from] : copies_)
        slots[slot] = from & is_constant ? constants_[from & ~is_constant] : slots[from];
}

Plan::Numbers::Numbers(const Plan& plan, u32 inputs)
    : plan_(plan), registers_(plan.registers_), inputs_(inputs) {}

const u64* Plan::Numbers::value_of(u32 slot) const {
    for (const auto& [copy, from] : plan_.copies_)
        if (copy == slot)
            return from & is_constant ? &plan_.constants_[from & ~is_constant].bits
                                      : value_of(from);
    for (const Transfer& store : plan_.stores_)
        if (store.slot == slot) return &registers_[store.at];
    return slot < inputs_.size() ? &inputs_[slot] : nullptr;
}

// ---------------------------------------------------------------- at places that are given

static bool lies_in_c_order(const Value& v) { return v.is_array && v.array->contiguous; }

bool Plan::Placed::fits(const Plan& plan) {
    for (const Step& step : plan.steps_) {
        if (step.kind == Kind::arrays) {
            if (!plan.arrays_[step.code.begin].code.can_be_placed()) return false;
        } else if (step.kind == Kind::view) {
            const PlannedView& view = plan.views_[step.code.begin];
            const i64* const layout = plan.layouts_.data() + view.layout;
            const int rank = static_cast<int>(view.rank);
            const u32 from = plan.calls_[view.call].instruction.inputs[0];
            if (from & is_constant && !lies_in_c_order(plan.constants_[from & ~is_constant]))
                return false;
            if (rank > 0 && !in_c_order({view.dtype, Shape(layout, rank)}, layout + rank))
                return false;
        } else if (step.kind != Kind::scalars) {
            return false;
        }
    }
    for (const auto& copy : plan.copies_) {
        if (!(copy.second & is_constant)) continue;
        const Value& v = plan.constants_[copy.second & ~is_constant];
        if (v.is_array && !v.array->contiguous) return false;
    }
    return !plan.arrays_.empty();
}

Plan::Placed::Placed(const Plan& plan, std::vector<Value>& slots)
    : plan_(plan),
      slots_(slots),
      registers_(plan.registers_),
      places_(slots.size()),
      targets_(slots.size()) {
    Workspace work;
    plan.place_arrays(work);
    room_ = std::move(work.arrays);
    constexpr i64 line = 64;
    const auto lines = [](i64 bytes) { return (std::max<i64>(bytes, 1) + line - 1) / line * line; };
    std::vector<std::vector<ArrayCode::ResultPlace>> given;
    i64 all = 0;
    for (const PlannedArrays& a : plan.arrays_) {
        given.push_back(a.code.result_places());
        for (const ArrayCode::ResultPlace& r : given.back()) all += lines(r.bytes);
    }
    memory_ = make_value(DType::uint8, Shape{std::max<i64>(all, 1)});
    char* next = memory_.mutable_data();
    for (const auto& part : given) {
        results_.emplace_back();
        for (const ArrayCode::ResultPlace& r : part) {
            char** target = r.slot == ArrayCode::ResultPlace::none ? &unnamed_.emplace_back()
                                                                   : &targets_[r.slot];
            *target = next;
            results_.back().push_back(target);
            next += lines(r.bytes);
        }
    }
}

void Plan::Placed::run_view(const PlannedView& view) {
    const Instruction& i = plan_.calls_[view.call].instruction;
    const u32 from = i.inputs[0];
    char* const base =
        from & is_constant ? plan_.constants_[from & ~is_constant].array->data : places_[from];
    const i64 offset = plan_.offset_of(view, slots_);
    if (AG_UNLIKELY(offset < 0)) {
        // The call says what is wrong.
        const i64* const extents = plan_.layouts_.data() + view.layout + 2 * view.rank;
        Value x = make_value(view.dtype, Shape(extents, static_cast<int>(view.input_rank)));
        copy_bytes(x.mutable_data(), base, x.size() * itemsize(view.dtype));
        if (!(from & is_constant)) slots_[from] = std::move(x);
        Workspace work;
        plan_.run_call(plan_.calls_[view.call], work, slots_);
        fail("a row that is not there was found");
    }
    if (view.rank > 0) {
        places_[i.output] = base + offset;
        return;
    }
    slots_[i.output] = number_at(base + offset, view.dtype);
}

void Plan::Placed::run() {
    for (const Step& step : plan_.steps_) {
        if (step.kind == Kind::arrays) {
            const u32 k = step.code.begin;
            plan_.arrays_[k].code.run_placed(slots_, places_.data(), results_[k].data(), room_);
        } else if (step.kind == Kind::view) {
            run_view(plan_.views_[step.code.begin]);
        } else {
            plan_.run_scalars(step, registers_.data(), slots_);
        }
    }
    for (const auto& [slot, from] : plan_.copies_) {
        const bool is_one = from & is_constant;
        const Value& v = is_one ? plan_.constants_[from & ~is_constant] : slots_[from];
        char* const place = !is_one ? places_[from] : v.is_array ? v.array->data : nullptr;
        if (place != nullptr)
            places_[slot] = place;
        else
            slots_[slot] = v;
    }
}

}  // namespace ag
