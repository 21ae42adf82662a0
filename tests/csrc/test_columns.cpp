// Plans of many short rows: instructions give what they give when they are called one by one.

#include "allocation.h"
#include "plan_writer.h"
#include "support.h"

using namespace test;

namespace {

constexpr i64 rows = 2'503, width = 3;

// Columns [begin, end) of a matrix.
u32 part(Writer& w, u32 x, i64 begin, i64 end) {
    return w.add("view", {x}, {2, 0, 1, 0, begin, 1, 1, rows, end - begin});
}

// Its columns, the first one last: enough of that for rows to go by columns.
u32 turned(Writer& w, u32 x) {
    return w.add("concat", {part(w, x, 1, width), part(w, x, 0, 1)}, {1, 0, width - 1, 1});
}

}  // namespace

TEST(columns_of_every_row) {
    Random random(17);
    each_row([&](OpCode row, const OpInfo& op, DType dtype) {
        Writer w;
        const auto some = [&](const Shape& shape) {
            return w.input(random_value(random, dtype, shape, 1, 3));
        };
        const u32 a = turned(w, some(Shape{rows, width}));
        const u32 b = turned(w, some(Shape{rows, width}));
        const u32 column = part(w, a, 1, 2), line = some(Shape{width}), one = some(Shape{});
        const u32 constant = w.constant(random_value(random, dtype, Shape{1, width}, 1, 3));
        for (const u32 x : {a, b, column, line, one, constant}) {
            if (op.arity == 1) {
                if (x == a || x == column) w.need(w.add(row, {x}));
                continue;
            }
            const u32 y = w.add(row, {a, x});
            w.need(w.add(row, {x, b}));
            w.need(turned(w, y));
        }
        w.check();
    });
}

TEST(columns_store_results_alone) {
    Random random(18);
    constexpr i64 bytes = rows * width * 8;
    Writer w;
    u32 x = w.input(random_value(random, DType::float64, Shape{rows, width}, -1, 1));
    for (int k = 0; k < 40; ++k) {
        const u32 size = w.add("norm", {x}, {2, 1}), total = w.add("reduce_sum", {x}, {2, 1});
        x = w.add("subtract", {w.add("divide", {turned(w, x), size}), w.add("tanh", {total})});
    }
    w.need(x);
    CHECK_EQUAL(w.plan().peak_bytes(), bytes);
    w.check();
}

TEST(columns_of_small_matrices) {
    Random random(21);
    for (const DType dtype : {DType::float32, DType::float64})
        for (const i64 transposed : {0, 1, 2, 3}) {
            Writer w;
            const auto some = [&](i64 m, i64 n, bool is_turned) {
                Value v = random_value(random, dtype,
                                       is_turned ? Shape{100, n, m} : Shape{100, m, n}, -1, 1);
                const i64 item = itemsize(dtype);
                for (i64 k = 0; k < v.size(); k += 5) {  // -0
                    char* const number = v.mutable_data() + k * item;
                    std::fill_n(number, item, '\0');
                    number[item - 1] = '\x80';
                }
                return w.input(v);
            };
            const i64 a = transposed & 1, b = transposed >> 1;
            u32 x = some(2, 3, a != 0);
            for (int k = 0; k < 6; ++k) {
                const u32 y = some(3, 3, b != 0);
                x = w.add("matmul", {x, y}, {a, b});
                w.need(x);
                if (a != 0) x = w.add("view", {x}, {3, 0, 1, 0, 0, 1, 2, 0, 1, 1, 100, 3, 2});
            }
            w.check();
        }
}

TEST(columns_that_cannot_be_summed_are_called) {
    Random random(19);
    for (const double special : {0.0, 1e-200, 1e200, std::numeric_limits<double>::infinity(),
                                 std::numeric_limits<double>::quiet_NaN()}) {
        Writer w;
        Value given = random_value(random, DType::float64, Shape{rows, width}, -1, 1);
        const auto numbers = reinterpret_cast<double*>(given.mutable_data());
        for (i64 k = 0; k < width; ++k) numbers[(rows - 1) * width + k] = k == 0 ? special : 0.0;
        const u32 x = w.input(given);
        const u32 size = w.add("norm", {x}, {2, 1});
        w.need(w.add("divide", {turned(w, turned(w, x)), size}));
        w.need(size);
        w.check();
    }
}

TEST(columns_without_memory) {
    if (!allocations_are_counted()) return;
    Random random(20);
    Writer w;
    u32 x = w.input(random_value(random, DType::float64, Shape{rows, width}, -1, 1));
    for (int k = 0; k < 200; ++k) w.need(x = turned(w, x));
    w.need(w.add("sin", {x}));
    const Plan plan = w.plan();
    bool fails = true;
    w.check(plan);
    const long long before = live_blocks();
    for (int n = 0; fails; ++n) {
        {
            std::vector<Value> slots = w.slots();
            const FailAllocation one(n, false);
            try {
                plan.run(slots);
            } catch (const Error&) {
            } catch (const std::bad_alloc&) {
            }
            fails = one.happened();
        }
        CHECK_EQUAL(live_blocks(), before);
        if (!fails) w.check(plan);
        n += n / 4;
    }
}
