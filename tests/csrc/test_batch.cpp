// Calls with an axis in front. tests/functions/test_batches.py has all operations; here is what
// they do without a function of their own.

#include "ops/batch.h"
#include "support.h"

using namespace test;

namespace {

// What `name` gives for a batch with its own function, and row by row.
template <class Check>
void both_ways(const char* name, std::initializer_list<i64> attributes,
               const std::vector<Value>& inputs, const std::vector<u8>& has_axis, i64 extent,
               const TypeEntry& row, Check check) {
    const OpCode op = code_of(name);
    std::vector<const Value*> pointers;
    for (const Value& v : inputs) pointers.push_back(&v);
    const Call call(attributes.begin(), attributes.size(), pointers.data(), pointers.size());
    const auto batched = op_table[op].batched;
    const Value all = call_batched(op, call, has_axis.data(), extent, row);
    op_table[op].batched = nullptr;
    const Value each = call_batched(op, call, has_axis.data(), extent, row);
    op_table[op].batched = batched;
    check(all, each);
}

}  // namespace

TEST(batches_without_a_function_are_called_row_by_row) {
    Random random(90);
    for (const i64 extent : {0, 1, 4}) {
        const Note at("extent", extent);
        const Value x = random_value(random, DType::float64, Shape{extent, 3, 2}, -1, 1),
                    y = random_value(random, DType::float64, Shape{2, 5}, -1, 1);
        const auto near_each_other = [](const Value& a, const Value& b) {
            CHECK(a.shape() == b.shape());
            CHECK_VALUES(a, b, tolerance(DType::float64));
        };
        both_ways("matmul", {0, 0}, {x, y}, {1, 0}, extent, {DType::float64, Shape{3, 5}},
                  near_each_other);
        both_ways("matmul", {1, 1}, {y, x}, {0, 1}, extent, {DType::float64, Shape{5, 3}},
                  near_each_other);
        both_ways("reduce_sum", {1, 0}, {x}, {1}, extent, {DType::float64, Shape{2}},
                  near_each_other);
        both_ways("multiply", {}, {x, x}, {1, 1}, extent, {DType::float64, Shape{3, 2}},
                  near_each_other);
    }
}

TEST(batches_row_by_row_have_derivatives) {
    Random random(91);
    const Value x = random_value(random, DType::float64, Shape{3, 4}, -1, 1),
                y = random_value(random, DType::float64, Shape{4}, -1, 1),
                g = random_value(random, DType::float64, Shape{3, 4}, -1, 1);
    Recording recording;
    const Value a = recording.watch(x), b = recording.watch(y);
    both_ways("multiply", {}, {a, b}, {1, 0}, 3, {DType::float64, Shape{4}},
              [&](const Value& all, const Value& each) {
                  for (const Value& v : {a, b})
                      CHECK_VALUES(gradient(recording.tape, all, g, v),
                                   gradient(recording.tape, each, g, v), tolerance(DType::float64));
              });
}

TEST(indices_in_batches_are_those_of_their_row) {
    const Value x = values(DType::float64, Shape{2, 3}, {0, 1, 2, 3, 4, 5});
    const auto gather = [&](std::vector<double> indices) {
        const Value i = values(DType::int32, Shape{2, 2}, indices);
        const Value* inputs[] = {&x, &i};
        const i64 attributes[] = {0, 1};
        const u8 has_axis[] = {1, 1};
        return call_batched(code_of("gather"), Call(attributes, 2, inputs, 2), has_axis, 2,
                            {DType::float64, Shape{2}});
    };
    CHECK(identical(gather({-1, 0, 2, -3}), values(DType::float64, Shape{2, 2}, {2, 0, 5, 3})));
    CHECK_FAILS(index, gather({0, 1, 3, 0}));
    CHECK_FAILS(index, gather({0, -4, 0, 0}));
}
