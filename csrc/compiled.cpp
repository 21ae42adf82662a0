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

void Compiled::begin(std::vector<Value>& slots, Run& run) const {
    for (const u32 slot : reads_) {
        const Value& v = slots[slot];
        if (!v.contiguous()) {
            run.copies.push_back(contiguous(v.detached()));
            run.from.push_back(run.copies.back().data());  // an array's, which stays where it is
        } else {
            run.from.push_back(v.data());
        }
    }
    for (std::size_t k = 0; k < writes_.size(); ++k) {
        Value& v = slots[writes_[k]];
        v = make_value(types_[k].dtype, types_[k].shape);
        run.to.push_back(v.mutable_data());
    }
    if (work_bytes_ > 0) run.work = make_value(DType::uint8, Shape{work_bytes_});
}

bool Compiled::call(Run& run) const noexcept {
    void* const work = work_bytes_ > 0 ? run.work.mutable_data() : nullptr;
    return function_(run.from.begin(), run.to.begin(), work) == 0;
}

}  // namespace ag
