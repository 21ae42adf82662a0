// Plans: instructions give what they give when they are called one after the other.

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <thread>

#include "allocation.h"
#include "plan_writer.h"
#include "support.h"

using namespace test;

namespace {

const std::vector<double>& special_numbers() {
    static const std::vector<double> all = {0.0,
                                            -0.0,
                                            1.0,
                                            -1.0,
                                            0.3,
                                            -2.5,
                                            7.0,
                                            1e-320,
                                            1e300,
                                            -1e300,
                                            std::numeric_limits<double>::infinity(),
                                            -std::numeric_limits<double>::infinity(),
                                            std::numeric_limits<double>::quiet_NaN()};
    return all;
}

}  // namespace

TEST(plans_run_every_row_on_numbers) {
    each_row([&](OpCode row, const OpInfo& op, DType dtype) {
        Writer w;
        std::vector<u32> inputs;
        if (is_differentiable(dtype))
            for (const double x : special_numbers())
                inputs.push_back(w.input(number(dtype, {x, is_complex(dtype) ? 0.5 : 0})));
        else
            for (const double x : {1.0, 0.0, 3.0, 2.0})
                if (x != 0 || dtype == DType::boolean) inputs.push_back(w.input(number(dtype, x)));
        for (const u32 a : inputs) {
            if (op.arity == 1) {
                w.add(row, {a});
                continue;
            }
            for (const u32 b : inputs) w.add(row, {a, b});
        }
        w.need_all();
        w.check();
    });
}

TEST(plans_mix_numbers_and_arrays) {
    Random random(1);
    Writer w;
    const u32 x = w.input(number(DType::float64, 0.7));
    const u32 v = w.input(random_value(random, DType::float64, Shape{5}, -1, 1));
    const u32 two = w.constant(number(DType::float64, 2));
    const u32 a = w.add("multiply", {x, two});
    const u32 b = w.add("sin", {a});
    const u32 c = w.add("multiply", {v, b});
    const u32 d = w.add("reduce_sum", {c}, {1, 0});
    const u32 e = w.add("add", {d, a});
    const u32 f = w.add("less", {e, b});
    const u32 g = w.add("where", {e, b, f});
    const u32 h = w.add("cast", {g}, {static_cast<i64>(DType::float32)});
    const u32 i = w.add("multiply", {h, h});
    const u32 j = w.add("cast", {f}, {static_cast<i64>(DType::int64)});
    const u32 k = w.add("multiply", {c, e});
    for (const u32 slot : {a, i, j, k, e}) w.need(slot);
    w.check();
    w.need_all();
    w.check();
}

TEST(plans_of_random_instructions) {
    for (u64 seed = 0; seed < 60; ++seed) {
        const Note at("seed", static_cast<i64>(seed));
        Random random(seed);
        Writer w;
        std::vector<u32> all;
        for (int k = 0; k < 3; ++k) {
            all.push_back(w.input(number(DType::float64, random.between(-2, 2))));
            all.push_back(w.constant(number(DType::float64, random.between(-2, 2))));
            const Shape shape = k == 0 ? Shape{3} : k == 1 ? Shape{1, 1} : Shape{2, 3};
            all.push_back(w.input(random_value(random, DType::float64, shape, -2, 2)));
        }
        all.push_back(w.constant(number(DType::float64, 1)));
        all.push_back(w.constant(number(DType::float64, -0.0)));
        const char* const unary[] = {"sin", "negative", "square", "tanh", "stop_gradient"};
        const char* const binary[] = {"add", "multiply", "subtract", "maximum", "divide"};
        const auto any = [&] {
            return all[static_cast<std::size_t>(random.below(static_cast<i64>(all.size())))];
        };
        for (int n = 0; n < 80; ++n) {
            const u32 a = any();
            const int rank = w.value(a).rank();
            switch (random.below(5)) {
                case 0: all.push_back(w.add(unary[random.below(5)], {a})); break;
                case 1:
                    if (rank == 1) break;
                    all.push_back(w.add("reduce_sum", {a},
                                        {static_cast<i64>(random.below(i64{1} << rank)), 1}));
                    break;
                default: all.push_back(w.add(binary[random.below(5)], {a, any()}));
            }
        }
        for (int n = 0; n < 10; ++n) w.need(any());
        w.check();
    }
}

TEST(plans_fuse_every_row_on_arrays) {
    Random random(7);
    each_row([&](OpCode row, const OpInfo& op, DType dtype) {
        for (const i64 columns : {1, 7, 1'100}) {
            Writer w;
            const auto some = [&](const Shape& shape) {
                return w.input(random_value(random, dtype, shape, 1, 3));
            };
            const u32 a = some(Shape{3, columns}), b = some(Shape{3, columns});
            const u32 line = some(Shape{columns}), column = some(Shape{3, 1});
            const u32 one = some(Shape{});
            for (const u32 x : {a, b, line, column, one}) {
                if (op.arity == 1) {
                    w.add(row, {x});
                    continue;
                }
                w.add(row, {a, x});
                w.add(row, {x, b});
            }
            w.need_all();
            w.check();
        }
    });
}

TEST(plans_of_random_instructions_on_arrays) {
    const char* const unary[] = {"sin", "negative", "square", "tanh", "exp"};
    const char* const binary[] = {"add", "multiply", "subtract", "maximum", "divide"};
    for (u64 seed = 0; seed < 120; ++seed) {
        const Note at("seed", static_cast<i64>(seed));
        Random random(seed);
        const auto choose = [&](const char* const* names) { return names[random.below(5)]; };
        const DType dtype = seed % 3 ? DType::float64 : DType::float32;
        const DType other = seed % 3 ? DType::float32 : DType::int64;
        const Shape shapes[] = {{5}, {40, 3}, {1'025}, {3, 700}, {2, 3, 41}, {140'003}};
        const Shape& shape = shapes[seed % 20 == 19 ? 5 : seed % 5];
        Writer w;
        std::vector<u32> all;
        for (int k = 0; k < 3; ++k)
            all.push_back(w.input(laid_out(random_value(random, dtype, shape, -2, 2),
                                           k == 2 ? layouts[seed % 5] : Layout::contiguous)));
        Shape broadcast(shape);
        broadcast[0] = 1;
        all.push_back(w.input(random_value(random, dtype, broadcast, -2, 2)));
        all.push_back(w.input(random_value(random, dtype, Shape{shape[shape.rank - 1]}, -2, 2)));
        all.push_back(w.constant(random_value(random, dtype, shape, -2, 2)));
        all.push_back(w.constant(full(dtype, shape, 1)));
        all.push_back(w.input(number(dtype, 0.5)));
        const auto any = [&] {
            return all[static_cast<std::size_t>(random.below(static_cast<i64>(all.size())))];
        };
        const int count = seed % 10 == 3 ? 300 : 30;
        for (int n = 0; n < count; ++n) {
            const u32 a = any(), b = any();
            switch (random.below(9)) {
                case 0:
                case 1: all.push_back(w.add(choose(unary), {a})); break;
                case 2:
                    if (w.value(a).rank() > 0)
                        all.push_back(w.add("reduce_sum", {a},
                                            {all_axes(w.value(a).rank()), random.below(2)}));
                    break;
                case 3: all.push_back(w.add("where", {a, b, w.add("less", {b, any()})})); break;
                case 4:
                    all.push_back(w.add("cast", {w.add("cast", {a}, {static_cast<i64>(other)})},
                                        {static_cast<i64>(dtype)}));
                    break;
                case 5:
                    all.push_back(w.add("cumsum", {w.add("add", {a, all[0]})}, {0, 0, 0}));
                    break;
                default: all.push_back(w.add(choose(binary), {a, b}));
            }
            if (w.value(all.back()).size() > shape.size()) all.pop_back();
        }
        w.need(all.back());
        for (int n = 0; n < 6; ++n) w.need(any());
        w.check();
    }
}

// Parts of arrays, in and out of them, with whatever is computed of these.
TEST(plans_of_random_instructions_on_small_arrays) {
    const char* const unary[] = {"sin", "negative", "square", "tanh", "exp"};
    const char* const binary[] = {"add", "multiply", "subtract", "maximum", "add"};
    for (u64 seed = 0; seed < 300; ++seed) {
        const Note at("seed", static_cast<i64>(seed));
        Random random(seed);
        const DType dtype = seed % 4 == 3   ? DType::complex128
                            : seed % 4 == 2 ? DType::float32
                                            : DType::float64;
        const i64 rows = seed % 5 + 1, columns = seed % 3 ? 6 : 18;
        const bool is_real = !is_complex(dtype);
        Writer w;
        // Matrices, lines, columns and numbers, by their rank.
        std::vector<u32> all[3];
        const auto keep = [&](u32 slot) {
            const int rank = w.value(slot).rank();
            if (rank < 3 && w.value(slot).size() <= 200) all[rank].push_back(slot);
        };
        const auto some = [&](const Shape& shape) {
            return random_value(random, dtype, shape, -1, 1);
        };
        const auto layout_of = [&] { return seed % 2 ? layouts[random.below(5)] : Layout{}; };
        for (int k = 0; k < 3; ++k) {
            keep(w.input(laid_out(some(Shape{rows, columns}), layout_of())));
            keep(w.input(laid_out(some(Shape{columns}), layout_of())));
            keep(k == 0 ? w.input(some(Shape{})) : w.constant(some(Shape{})));
        }
        keep(w.constant(some(Shape{rows, columns})));
        keep(w.constant(full(dtype, Shape{columns}, 0)));
        keep(w.constant(full(dtype, Shape{rows, columns}, -0.0)));
        const auto any = [&](int rank) {
            return all[rank]
                      [static_cast<std::size_t>(random.below(static_cast<i64>(all[rank].size())))];
        };
        // One of that very shape, if one is found.
        const auto like = [&](u32 slot) {
            const int rank = w.value(slot).rank();
            for (int k = 0; k < 8; ++k) {
                const u32 other = any(rank);
                if (w.value(other).shape() == w.value(slot).shape()) return other;
            }
            return slot;
        };
        const auto extent = [&](u32 slot, int axis) { return w.value(slot).extent(axis); };
        for (int n = 0; n < 60; ++n) {
            const u32 line = any(1), matrix = any(2), number = any(0);
            const i64 length = extent(line, 0), m = extent(matrix, 0), p = extent(matrix, 1);
            const i64 start = random.below(length), count = random.below(length - start) + 1;
            const i64 step = random.below(3) ? 1 : -1,
                      first = step > 0 ? start : length - 1 - start;
            switch (random.below(14)) {
                case 0: keep(w.add(unary[random.below(is_real ? 5 : 3)], {line})); break;
                case 1: keep(w.add(unary[random.below(is_real ? 5 : 3)], {matrix})); break;
                case 2:
                    keep(w.add(binary[random.below(is_real ? 5 : 3)], {matrix, like(matrix)}));
                    keep(w.add(binary[random.below(is_real ? 5 : 3)], {number, line}));
                    break;
                case 3: keep(w.add(binary[random.below(3)], {line, like(line)})); break;
                case 4: {  // a part, what is made of it, and where it came from
                    const u32 part = w.add("view", {line}, {1, first, step, 0, count});
                    const u32 made = w.add("multiply", {part, number});
                    keep(part);
                    keep(w.add("put", {line, made}, {1, first, step, 0, count}));
                    const u32 wide = w.add("unview", {made}, {1, length, 1, first, step, 0, count});
                    keep(random.below(2) ? w.add("add", {line, wide}) : w.add("add", {wide, line}));
                    if (random.below(3) == 0) keep(wide);
                    break;
                }
                case 5: {  // a row or a column of a matrix
                    const i64 row = random.below(m), column = random.below(p);
                    const u32 a = w.add("view", {matrix}, {2, row, 0, -1, 0, 1, 0, p});
                    const u32 b = w.add("view", {matrix}, {2, 0, 1, 0, column, 0, -1, m});
                    keep(a);
                    keep(w.add("square", {b}));
                    keep(w.add("put", {matrix, b}, {2, 0, 1, 0, column, 0, -1, m}));
                    keep(w.add("add", {matrix, w.add("unview", {a},
                                                     {2, m, p, 2, row, 0, -1, 0, 1, 0, p})}));
                    keep(w.add("view", {matrix}, {2, row, 0, -1, column, 0, -1}));
                    break;
                }
                case 6: keep(w.add("view", {matrix}, {2, 0, 1, 1, 0, 1, 0, p, m})); break;
                case 7:
                    keep(w.add("reshape", {matrix}, {m * p}));
                    keep(w.add("reshape", {line}, {length, 1}));
                    break;
                case 8:
                    keep(w.add("broadcast_to", {line}, {2, length}));
                    keep(w.add("broadcast_to", {number}, {3}));
                    break;
                case 9: keep(w.add("concat", {line, line}, {0, 0, length, length})); break;
                case 10: keep(w.add("stack", {line, line}, {random.below(2), 1, 1, 1})); break;
                case 11: {
                    const u32 other = like(matrix);
                    keep(w.add("matmul", {matrix, other}, {0, 1}));
                    keep(w.add("matmul", {matrix, other}, {1, 0}));
                    break;
                }
                case 12:
                    keep(w.add("reduce_sum", {matrix}, {random.below(3) + 1, random.below(2)}));
                    keep(w.add("reduce_sum", {line}, {1, random.below(2)}));
                    break;
                default:
                    if (is_real)
                        keep(w.add("where",
                                   {line, w.add("sin", {line}), w.add("less", {line, number})}));
                    keep(w.add("cumsum", {line}, {0, 0, 0}));
            }
        }
        for (int n = 0; n < 8; ++n) w.need(any(n % 3));
        w.check();
        w.need_all();
        w.check();
    }
}

TEST(plans_sum_as_eager_execution_does) {
    Random random(9);
    for (const DType dtype : {DType::float32, DType::float64})
        for (const i64 n : {1, 2, 15, 16, 17, 1'023, 1'024, 1'025, 1'040, 4'096, 65'536, 65'540,
                            131'071, 131'072, 131'080, 196'618, 1'000'001}) {
            const Note at("elements", n);
            Writer w;
            const u32 x = w.input(random_value(random, dtype, Shape{n}, -1, 1));
            const u32 zero = w.input(full(dtype, Shape{n}, 0));
            const u32 y = w.add("negative", {x}), z = w.add("negative", {zero});
            const u32 a = w.add("reduce_sum", {y}, {1, 0}), b = w.add("reduce_sum", {y}, {1, 1});
            const u32 c = w.add("reduce_sum", {z}, {1, 0});
            for (const u32 slot : {a, b, c, w.add("divide", {y, a})}) w.need(slot);
            if (n % 2) w.need(y);
            w.check();
        }
}

// What arithmetic makes lies in C order, even if it changes nothing, and sums are rounded by that.
TEST(plans_sum_what_lies_otherwise_as_eager_execution_does) {
    Random random(10);
    for (const Layout layout : layouts) {
        const Note at("layout", name(layout));
        Writer w;
        const u32 x =
            w.input(laid_out(random_value(random, DType::float32, Shape{999, 3}, -1, 1), layout));
        const u32 from[] = {x, w.add("view", {w.add("sin", {x})}, {2, 0, 1, 0, 2, -1, 1, 999, 3})};
        const u32 numbers[] = {w.constant(number(DType::float32, 1)),
                               w.constant(number(DType::float32, 0)),
                               w.constant(number(DType::float32, -0.0))};
        for (const u32 y : from) {
            u32 results[] = {w.add("multiply", {numbers[0], y}), w.add("divide", {y, numbers[0]}),
                             w.add("subtract", {y, numbers[1]}), w.add("add", {y, numbers[2]}),
                             w.add("concat", {y}, {0, 0, 999})};
            for (const u32 z : results) {
                w.need(w.add("reduce_sum", {z}, {1, 0}));
                w.need(w.add("reduce_sum", {w.add("reshape", {z}, {333, 9})}, {1, 0}));
            }
            // Others may add it up, when it has been given to them.
            w.need(results[0]);
        }
        w.check();
        std::vector<Value> slots = w.slots();
        w.plan().run(slots);
        for (u32 k = 0; k < w.needed.size(); ++k)
            if (w.needed[k]) CHECK(slots[k].contiguous());
    }
}

TEST(plans_leave_out_what_changes_nothing) {
    Writer w;
    const u32 x = w.input(number(DType::float64, 0.7));
    const u32 two = w.constant(number(DType::float64, 2));
    const u32 one = w.constant(number(DType::float64, 1));
    const u32 a = w.add("sin", {x});
    const u32 again = w.add("sin", {w.add("stop_gradient", {x})});
    const u32 folded = w.add("exp", {two});
    const u32 y = w.add("multiply", {w.add("multiply", {a, one}), w.add("identity", {again})});
    const u32 z = w.add("add", {y, folded});
    w.add("cos", {z});
    for (const u32 slot : {a, again, folded, z}) w.need(slot);
    CHECK_EQUAL(w.plan().size(), 3u);  // sin, multiply, add
    w.check();
}

TEST(plans_keep_signs_of_zero) {
    Writer w;
    const u32 x = w.input(number(DType::float64, -0.0));
    for (const double c : {0.0, -0.0, 1.0})
        for (const char* op : {"add", "subtract", "multiply", "divide"}) {
            const u32 k = w.constant(number(DType::float64, c));
            w.add(op, {x, k});
            w.add(op, {k, x});
        }
    w.need_all();
    w.check();
}

TEST(plans_of_parts_of_instructions) {
    Writer w;
    const u32 x = w.input(number(DType::float64, 0.7));
    const u32 a = w.add("sin", {x});
    const u32 b = w.add("multiply", {a, x});
    const u32 c = w.add("exp", {b});
    w.need(a);
    w.need(b);
    const Plan first(w.code, 0, 2, w.needed);
    w.need(c);
    const Plan second(w.code, 2, 3, w.needed);
    std::vector<Value> slots = w.slots();
    first.run(slots);
    second.run(slots);
    for (const u32 slot : {a, b, c}) CHECK(identical(slots[slot], w.value(slot)));
}

TEST(plans_with_many_registers) {
    Writer w;
    std::vector<u32> all = {w.input(number(DType::float64, 0.5))};
    for (int k = 0; k < 70'000; ++k)
        all.push_back(w.add(k % 2 ? Op::sin : Op::square, {all.back()}));
    u32 total = all[0];
    for (std::size_t k = all.size(); k-- > 0;) total = w.add(Op::add, {total, all[k]});
    w.need(total);
    w.check();
}

TEST(plans_allocate_nothing_for_numbers) {
    if (!allocations_are_counted()) return;
    Writer w;
    u32 x = w.input(number(DType::float64, 0.5));
    for (int k = 0; k < 100; ++k) x = w.add(k % 2 ? Op::sin : Op::square, {x});
    w.need(x);
    const Plan plan = w.plan();
    std::vector<Value> slots = w.slots();
    plan.run(slots);
    const std::vector<Value> again = w.slots();
    std::copy(again.begin(), again.end(), slots.begin());
    {
        const FailAllocation all(0, true);
        plan.run(slots);
        CHECK(!all.happened());
    }
    CHECK(identical(slots[x], w.value(x)));
}

TEST(plans_say_how_much_memory_they_need) {
    Random random(11);
    constexpr i64 n = 200'000, large = n * 8;
    const auto measure = [&](const Writer& w, i64 expected) {
        const Plan plan = w.plan();
        CHECK_EQUAL(plan.peak_bytes(), expected);
        for (int k = 0; k < 2; ++k) {
            std::vector<Value> slots = w.slots();
            const i64 before = memory::bytes_in_use();
            memory::most_in_use();
            plan.run(slots);
            const i64 most = memory::most_in_use() - before;
            // Large blocks are rounded up to 64 KB.
            CHECK(most > expected / 2 && most <= expected + 0x10000 * (expected / large + 1));
        }
        w.check(plan);
    };
    {
        Writer w;  // what lies between is never stored
        u32 x = w.input(random_value(random, DType::float64, Shape{n}, -1, 1));
        for (int k = 0; k < 20; ++k) x = w.add("sin", {x});
        w.need(x);
        measure(w, large);
    }
    {
        Writer w;  // a result in the memory of what dies
        u32 x = w.input(random_value(random, DType::float64, Shape{n}, -1, 1));
        for (int k = 0; k < 10; ++k) {
            x = w.add("sin", {x});
            const u32 mean = w.add("reduce_sum", {x}, {1, 0});
            x = w.add("subtract", {x, mean});
        }
        w.need(x);
        measure(w, large);
    }
    {
        Writer w;  // calls: one result beside its input
        u32 x = w.input(random_value(random, DType::float64, Shape{n}, -1, 1));
        for (int k = 0; k < 5; ++k) x = w.add("cumsum", {x}, {0, 0, 0});
        w.need(x);
        measure(w, 2 * large);
    }
    {
        Writer w;  // all is needed
        u32 x = w.input(random_value(random, DType::float64, Shape{n}, -1, 1));
        for (int k = 0; k < 5; ++k) w.need(x = w.add("sin", {x}));
        measure(w, 5 * large);
    }
}

TEST(plans_view_arrays_of_any_layout) {
    Random random(13);
    for (const Layout layout : layouts) {
        const Note at("layout", name(layout));
        Writer w;
        const u32 x =
            w.input(laid_out(random_value(random, DType::float32, Shape{4, 6}, -1, 1), layout));
        const u32 made = w.add("sin", {x});
        const u32 constant =
            w.constant(laid_out(random_value(random, DType::float32, Shape{4, 6}, -1, 1), layout));
        for (const u32 from : {x, made, constant}) {
            const u32 y = w.add("reshape", {from}, {2, 12});
            w.add("broadcast_to", {from}, {3, 4, 6});
            w.add("broadcast_to", {w.add("reshape", {from}, {4, 1, 6})}, {4, 5, 6});
            // [1:3, ::-2], transposed, an element, a diagonal.
            const u32 z = w.add("view", {from}, {2, 1, 1, 0, 5, -2, 1, 2, 3});
            w.add("view", {from}, {2, 0, 1, 1, 0, 1, 0, 6, 4});
            const u32 a = w.add("view", {from}, {2, 3, 0, -1, 2, 0, -1});
            w.add("view", {from}, {2, 0, 1, 0, 0, 1, 0, 4});
            w.add("multiply", {y, w.add("add", {y, a})});
            w.add("cumsum", {z}, {0, 0, 0});
            w.add("square", {a});
        }
        w.need_all();
        w.check();
    }
}

TEST(plans_refuse_arrays_of_another_size) {
    Writer w;
    const u32 x = w.input(full(DType::float64, Shape{5}, 2));
    w.need(w.add("sin", {x}));
    const Plan plan = w.plan();
    for (const i64 size : {1, 4, 6}) {
        std::vector<Value> slots = w.slots();
        slots[x] = full(DType::float64, Shape{size}, 2);
        CHECK_FAILS(invalid_argument, plan.run(slots));
    }
    w.check(plan);
}

TEST(plans_write_to_what_dies_and_to_nothing_else) {
    Random random(12);
    Writer w;
    const u32 x = w.input(random_value(random, DType::float64, Shape{3, 4}, -1, 1));
    const u32 a = w.add("sin", {x});
    const u32 view = w.add("reshape", {a}, {12});
    const u32 b = w.add("cos", {w.add("cumsum", {a}, {0, 0, 0})});
    const u32 c = w.add("exp", {view});
    const u32 d = w.add("square", {w.add("cumsum", {b}, {0, 0, 0})});
    for (const u32 slot : {c, d, w.add("multiply", {b, d}), x}) w.need(slot);
    w.check();
}

TEST(plans_are_run_by_several_threads) {
    Writer w;
    Random random(3);
    const u32 v = w.input(random_value(random, DType::float64, Shape{2'000}, -1, 1));
    u32 x = w.input(number(DType::float64, 0.5));
    for (int k = 0; k < 100; ++k) x = w.add(k % 2 ? Op::sin : Op::square, {x});
    const u32 y = w.add(Op::multiply, {w.add(Op::sin, {v}), x});
    w.need(y);
    const Plan plan = w.plan();
    std::vector<std::thread> threads;
    std::atomic<int> right{0};
    for (int k = 0; k < 4; ++k)
        threads.emplace_back([&] {
            for (int n = 0; n < 50; ++n) {
                std::vector<Value> slots = w.slots();
                plan.run(slots);
                right += identical(slots[y], w.value(y));
            }
        });
    for (std::thread& t : threads) t.join();
    CHECK_EQUAL(right.load(), 200);
}
