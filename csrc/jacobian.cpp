#include "jacobian.h"

#include <algorithm>

#include "kernels/loops.h"
#include "reverse.h"
#include "sharing.h"

namespace ag {

namespace {

// Adds up the rows that a sweep has kept for a source of so many.
void make_dense(Answer& a, i64 extent) {
    for (std::size_t k = 0; k < a.rows.size(); ++k) {
        const Value g = scatter_add(a.rows[k].values, a.rows[k].indices, extent);
        a.value = k == 0 ? g : binary(Op::add, a.value, g);
    }
    a.rows.clear();
}

// Copies a block of rows into an array of `count` rows, which is made with the first block.
void put_rows(Value& all, const Value& block, i64 first, i64 count) {
    Shape shape = block.shape();
    if (first == 0) {
        shape[0] = count;
        all = make_value(block.dtype, shape);
    }
    const i64 bytes = all.array->bytes() / count;
    convert_into(block, block.shape(), block.dtype, all.mutable_data() + first * bytes);
}

// How many cotangents go through one sweep: as many as keep each array within 64 MB of float64.
i64 batch_size(const Tape& tape, i64 elements) {
    constexpr i64 limit = i64{8} << 20;
    i64 largest = 1;
    const Log& log = *tape.log();
    tape.each_interval(no_node, [&](u32 begin, u32 end) {
        for (u32 i = begin; i < end; ++i)
            if (!(log[i].flags & Record::scalar))
                largest = std::max(largest, log.type(log[i].type).shape.size());
    });
    return std::max<i64>(1, std::min(elements, limit / largest));
}

}  // namespace

void jacobian_sweep(const Tape& tape, const Seed& target, const u32* sources,
                    std::size_t source_count, Answer* answers, bool shared_rows) {
    SweepScope sweep(tape, false, true);
    const Log& log = *tape.log();
    const Shape shape = target.value.shape();
    const i64 rows = shared_rows ? shape[0] : 1;
    const i64 elements = rows == 0 ? 0 : shape.size() / rows;
    const i64 block = batch_size(tape, elements);
    // Blocks are joined by an operation where that has to be recorded, else put in their place.
    const bool joined = active_log != nullptr;
    std::vector<std::vector<Value>> parts(source_count);
    std::vector<Answer> found(source_count);
    for (i64 first = 0; first < std::max<i64>(elements, 1); first += block) {
        const i64 count = std::min(block, elements - first);
        const Seed seed{target.node, Value()};
        const Scattered unit = scattered_identity(target.value.dtype, shape, rows, first, count);
        for (Answer& a : found) a = Answer();
        sweep_back(tape, &seed, 1, sources, source_count, found.data(), false, count, &unit);
        for (std::size_t k = 0; k < source_count; ++k) {
            if (!found[k].connected) continue;
            if (!found[k].rows.empty()) make_dense(found[k], log.type_of_node(sources[k]).shape[0]);
            answers[k].connected = true;
            if (joined || count == elements)
                parts[k].push_back(found[k].value);
            else
                put_rows(answers[k].value, found[k].value, first, elements);
        }
    }
    for (std::size_t k = 0; k < source_count; ++k)
        if (!parts[k].empty())
            answers[k].value = parts[k].size() == 1 ? parts[k][0] : concat(parts[k], 0);
}

}  // namespace ag
