#include "tangent_run.h"

#include "ops/table.h"
#include "parallel.h"

namespace ag {

namespace {

constexpr i64 block = 1'024;  // parts of a parallel loop begin at its multiples
constexpr int most_places = 16;
constexpr std::size_t most_steps = 256;

}  // namespace

TangentRun::TangentRun(const Log& log, u32 type)
    : log_(log), type_(type), dtype_(log.type(type).dtype), size_(log.type(type).shape.size()) {}

bool TangentRun::suits(const Log& log, u32 node) {
    const Record& r = log[node];
    const TypeEntry& type = log.type(r.type);
    return op_table[r.op].elementwise &&
           (type.dtype == DType::float32 || type.dtype == DType::float64) &&
           type.shape.size() >= least;
}

int TangentRun::step_of(u32 node) const {
    const auto found = std::lower_bound(nodes_.begin(), nodes_.end(), node);
    return found == nodes_.end() || *found != node ? -1 : static_cast<int>(found - nodes_.begin());
}

// `v` as the loops can read it; false if that is not an array of the type, or a number.
bool TangentRun::operand(const Value& v, Operand& out) {
    if (v.dtype != dtype_) return false;
    if (v.is_array && v.size() == size_ && v.shape() == log_.type(type_).shape && size_ > 1) {
        const i64* const strides = v.array->strides();
        const bool constant =
            std::all_of(strides, strides + v.rank(), [](i64 stride) { return stride == 0; });
        if (!constant) {
            held_.push_back(contiguous(v.detached()));
            out.data = held_.back().data();
            out.moves = true;
            return true;
        }
    } else if (v.size() != 1) {
        return false;
    }
    Value numbers = make_value(dtype_, Shape{block});
    const auto item = static_cast<std::size_t>(itemsize(dtype_));
    for (i64 i = 0; i < block; ++i)
        std::memcpy(numbers.array->data + static_cast<std::size_t>(i) * item, v.data(), item);
    held_.push_back(std::move(numbers));
    out.data = held_.back().data();
    return true;
}

bool TangentRun::take(u32 node, const Value* const* tangent) {
    const Record& r = log_[node];
    const OpInfo& op = op_table[r.op];
    if (!op.elementwise || r.type != type_ || steps_.size() == most_steps) return false;
    Step step;
    step.op = &op;
    const std::size_t held = held_.size();
    bool fits = true;
    u8 used = 0;
    for (int k = 0; k < op.arity && fits; ++k) {
        const int within = r.in[k] == no_node ? -1 : step_of(r.in[k]);
        if (op.partial[k] == PartialKind::none || (within < 0 && tangent[k] == nullptr)) continue;
        step.pushes[k] = true;
        step.tangent[k].step = within;
        used |= op.uses[k];
        // A tangent that was broadcast is left to the general way.
        if (within < 0)
            fits = tangent[k]->is_array && tangent[k]->size() == size_ &&
                   operand(*tangent[k], step.tangent[k]);
    }
    for (int k = 0; k < 2 && fits; ++k) {
        if (!r.has(k)) continue;
        const int name = op.y_slot == k ? 2 : k;  // of a, b, y
        if (used >> name & 1) fits = operand(r.load(k, no_node), step.kept[name]);
    }
    if (!fits || !(step.pushes[0] || step.pushes[1])) {
        held_.resize(held);
        return false;
    }
    nodes_.push_back(node);
    steps_.push_back(step);
    return true;
}

// Gives each step that has no array of its own a place in the scratch memory, for as long as it is
// read.
void TangentRun::assign_places(const u8* wanted) {
    std::vector<int> last(steps_.size(), -1);
    for (std::size_t i = 0; i < steps_.size(); ++i)
        for (const Operand& t : steps_[i].tangent)
            if (t.step >= 0) last[static_cast<std::size_t>(t.step)] = static_cast<int>(i);
    std::vector<int> free;
    int places = 0;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        if (!wanted[i]) {
            if (free.empty()) free.push_back(places++);
            steps_[i].place = free.back();
            free.pop_back();
        }
        for (int k = 0; k < 2; ++k) {
            const int from = steps_[i].tangent[k].step;
            const bool again = k == 1 && from == steps_[i].tangent[0].step;
            if (from < 0 || again || last[static_cast<std::size_t>(from)] != static_cast<int>(i))
                continue;
            const int place = steps_[static_cast<std::size_t>(from)].place;
            if (place >= 0) free.push_back(place);
        }
    }
}

void TangentRun::run_block(i64 begin, i64 count, char* scratch) const {
    const i64 item = itemsize(dtype_);
    const int index = float_index(dtype_);
    const auto place_of = [&](const Step& s) {
        return s.target != nullptr ? s.target + begin * item : scratch + s.place * block * item;
    };
    const auto data_of = [&](const Operand& o) -> const char* {
        if (o.step >= 0) return place_of(steps_[static_cast<std::size_t>(o.step)]);
        return o.moves ? o.data + begin * item : o.data;
    };
    for (const Step& s : steps_) {
        bool accumulate = false;
        for (int k = 0; k < s.op->arity; ++k) {
            if (!s.pushes[k]) continue;
            const void* const inputs[] = {data_of(s.tangent[k]), data_of(s.kept[0]),
                                          data_of(s.kept[1]), data_of(s.kept[2])};
            s.op->kernels->push[k][accumulate][index](count, inputs, place_of(s));
            accumulate = true;
        }
    }
}

void TangentRun::run(const u8* wanted, Value* results) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        if (!wanted[i]) continue;
        results[i] = make_value(dtype_, log_.type(type_).shape);
        steps_[i].target = results[i].mutable_data();
    }
    assign_places(wanted);
    // The scratch memory of a part is on its thread's stack; more is an array for each place.
    std::vector<Value> spilled;
    for (Step& s : steps_) {
        if (s.place < most_places) continue;
        spilled.push_back(make_value(dtype_, log_.type(type_).shape));
        s.target = spilled.back().mutable_data();
    }
    auto part = [&](i64 begin, i64 end) {
        alignas(64) char scratch[most_places * block * 8];
        for (i64 start = begin; start < end; start += block)
            run_block(start, std::min(block, end - start), scratch);
    };
    parallel_for(size_, part);
}

}  // namespace ag
