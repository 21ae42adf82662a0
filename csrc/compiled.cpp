#include "compiled.h"

namespace ag {

Compiled::Compiled(const Code& code, Function function, std::vector<u32> reads,
                   std::vector<u32> writes, i64 work_bytes)
    : function_(function),
      reads_(std::move(reads)),
      writes_(std::move(writes)),
      work_bytes_(work_bytes) {
    for (const u32 slot : writes_) types_.push_back(code.type(slot));
}

void Compiled::begin(const std::vector<Value>& slots, Run& run) const {
    run.inputs.reserve(reads_.size());  // numbers stand in the values themselves
    for (const u32 slot : reads_) {
        run.inputs.push_back(contiguous(slots[slot].detached()));
        run.from.push_back(run.inputs.back().data());
    }
    run.results.reserve(types_.size());
    for (const TypeEntry& type : types_) {
        run.results.push_back(make_value(type.dtype, type.shape));
        run.to.push_back(run.results.back().mutable_data());
    }
    if (work_bytes_ > 0) run.work = make_value(DType::uint8, Shape{work_bytes_});
}

bool Compiled::call(Run& run) const noexcept {
    void* const work = work_bytes_ > 0 ? run.work.mutable_data() : nullptr;
    return function_(run.from.data(), run.to.data(), work) == 0;
}

void Compiled::end(Run& run, std::vector<Value>& slots) const {
    for (std::size_t k = 0; k < writes_.size(); ++k) slots[writes_[k]] = std::move(run.results[k]);
}

}  // namespace ag
