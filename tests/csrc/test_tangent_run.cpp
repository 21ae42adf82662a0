// Tangents pushed through several elementwise records on large arrays at once.

#include "support.h"
#include "tangent_run.h"

using namespace test;

namespace {

// Operations of all kinds on x; every value on the way.
std::vector<Value> chain(const Value& x) {
    const Value half = Value::constant(x.dtype, 0.5);
    std::vector<Value> steps = {unary(Op::sin, x)};
    steps.push_back(binary(Op::multiply, steps.back(), x));
    steps.push_back(binary(Op::subtract, steps.back(), steps[0]));
    steps.push_back(binary(Op::divide, half, binary(Op::add, unary(Op::exp, steps.back()), half)));
    steps.push_back(sum(steps.back(), Axes{2}, true));  // of axis 1; ends a run
    steps.push_back(binary(Op::multiply, steps.back(), steps[3]));
    for (int k = 0; k < 300; ++k) steps.push_back(binary(Op::multiply, steps.back(), half));
    return steps;
}

}  // namespace

TEST(runs_agree_with_single_records) {
    for (DType dtype : float_dtypes) {
        Random random(7);
        const Value few = random_value(random, dtype, Shape{3}, 0.5, 1.5);
        const Value direction = random_value(random, dtype, Shape{3}, -1, 1);
        const i64 times = TangentRun::least;  // so that the large array is above the limit
        const auto large = [&](const Value& v) {
            return fresh_copy(broadcast_to(expand_dims(v, 1), Shape{3, times}));
        };
        Recording t;
        const Value small = t.watch(expand_dims(few, 1)), x = t.watch(large(few));
        const std::vector<Value> one = chain(small), all = chain(x);
        t.tape.leave();
        for (const bool backwards : {false, true}) {
            TangentTable table(t.tape), expected(t.tape);
            table.seed(x.node, large(direction));
            expected.seed(small.node, expand_dims(direction, 1));
            table.advance(all[2].node + 1);  // in the middle of a run
            table.advance(t.log().size());
            expected.advance(t.log().size());
            for (std::size_t i = 0; i < all.size(); ++i) {
                const std::size_t k = backwards ? all.size() - 1 - i : i;
                if (k == 4 || k > 5) continue;  // sums over another number of elements
                table.require(all[k].node);
                const Value* const pushed = table.find(all[k].node);
                CHECK(pushed != nullptr);
                CHECK_VALUES(slice_axis(*pushed, 1, times - 1, 1, false),
                             k < 4 ? *expected.find(one[k].node)
                                   : binary(Op::multiply, *expected.find(one[k].node),
                                            Value::constant(dtype, static_cast<double>(times))),
                             10 * tolerance(dtype) * static_cast<double>(k < 4 ? 1 : times));
            }
            table.require(all.back().node);
            CHECK(table.find(all.back().node) != nullptr);
        }
    }
}

TEST(a_seed_on_what_a_run_passed_over_is_added) {
    const Value ones = full(DType::float64, Shape{TangentRun::least}, 1);
    Recording t;
    const Value x = t.watch(fresh_copy(ones));
    const Value a = unary(Op::exp, x), b = binary(Op::multiply, a, a);
    t.tape.leave();
    TangentTable table(t.tape);
    table.seed(x.node, ones);
    table.advance(b.node + 1);
    CHECK(table.find(a.node) == nullptr);
    table.seed(a.node, ones);
    CHECK_VALUES(*table.find(a.node), binary(Op::add, a.detached(), ones), 1e-15);
    const Value two =
        binary(Op::multiply, a.detached(), binary(Op::multiply, a.detached(), Value::number(2.0)));
    CHECK_VALUES(*table.find(b.node), two, 1e-15);
    table.seed(b.node, ones);
    CHECK_VALUES(*table.find(b.node), binary(Op::add, two, ones), 1e-15);
}
