// The sweeps as a whole: slots, random programs, and depth.

#include "allocation.h"
#include "derivatives.h"
#include "ops/scalar.h"

using namespace test;

namespace {

#if defined(AG_SANITIZE)
constexpr int deep = 200'000;
#else
constexpr int deep = 10'000'000;
#endif

u32 count_of(const Value& v) { return v.array->refs.load(); }

}  // namespace

// ---------------------------------------------------------------- slots

TEST(slots_know_a_range_and_a_few_nodes_outside) {
    Nodes outside;
    outside.push_back(3);
    outside.push_back(7);
    Slots slots(100, 50, outside, false);
    CHECK_EQUAL(slots.index(100), 0u);
    CHECK_EQUAL(slots.index(149), 49u);
    CHECK_EQUAL(slots.index(3), 50u);
    CHECK_EQUAL(slots.index(7), 51u);
    for (u32 node : {0u, 4u, 8u, 99u, 150u, no_node})
        CHECK_EQUAL(slots.index(node), Slots::nowhere);
}

TEST(slots_take_only_what_is_wanted) {
    Nodes none;
    Slots slots(0, 4, none, false);
    slots.state(1) |= Slots::wanted;
    slots.add(0, Value::number(1.0));
    slots.add(1, Value::number(1.0));
    slots.add(1, Value::number(2.5));
    slots.add(9, Value::number(1.0));
    CHECK(!slots.filled(0));
    CHECK(slots.wants(1) && !slots.wants(2));
    CHECK_EQUAL(item(slots.get(1, DType::float64, true)), Number(3.5));
    slots.add_number(1, 0.5);
    CHECK_EQUAL(item(slots.get(1, DType::float64, false)), Number(4));
    CHECK(!slots.filled(1));
}

TEST(slots_add_in_place_only_to_what_nobody_else_holds) {
    Nodes none;
    const Value a = values(DType::float64, Shape{2}, {1, 2}),
                b = values(DType::float64, Shape{2}, {10, 20});
    {
        Slots slots(0, 2, none, false);
        slots.state(0) |= Slots::wanted;
        slots.add(0, Value(a));  // shared with the caller
        Value space;
        CHECK(slots.borrow(0, space) == nullptr);
        slots.add(0, Value(b));  // a new array
        CHECK_VALUES(a, values(DType::float64, Shape{2}, {1, 2}), 0);
        CHECK_VALUES(b, values(DType::float64, Shape{2}, {10, 20}), 0);
        Value* target = slots.borrow(0, space);
        CHECK(target != nullptr);
        if (target != nullptr) {
            const Array* buffer = target->array;
            slots.give_back(0, space);
            slots.add(0, Value(b));
            const Value total = slots.get(0, DType::float64, true);
            CHECK(total.array == buffer);
            CHECK_VALUES(total, values(DType::float64, Shape{2}, {21, 42}), 0);
        }
        slots.state(1) |= Slots::wanted;
        slots.add(1, broadcast_to(Value::number(1.0), Shape{2}));  // stride 0
        slots.add(1, fresh_copy(a));
        slots.add(1, Value(b));
        CHECK_VALUES(slots.get(1, DType::float64, true), values(DType::float64, Shape{2}, {12, 23}),
                     0);
    }
    CHECK_EQUAL(count_of(a), 1u);
    CHECK_EQUAL(count_of(b), 1u);
}

TEST(slots_let_go_of_what_is_left_in_them) {
    Nodes none;
    const Value a = values(DType::float64, Shape{2}, {1, 2});
    for (u32 count : {4u, 1000u})
        for (bool recorded : {false, true}) {
            Slots slots(0, count, none, recorded);
            slots.state(count - 1) |= Slots::wanted;
            slots.add(count - 1, Value(a));
            CHECK_EQUAL(count_of(a), 2u);
        }
    CHECK_EQUAL(count_of(a), 1u);
}

// ---------------------------------------------------------------- random programs

namespace {

// A program of `length` operations on a pool of values, always the same for one seed.
class Program {
   public:
    Program(u64 seed, int length, bool complex_ops)
        : seed_(seed), length_(length), complex_(complex_ops) {}

    Value operator()(const std::vector<Value>& inputs) const {
        Random random(seed_);
        std::vector<Value> pool = inputs;
        const auto any = [&]() -> const Value& {
            // The latest more often than others: programs are deep, not wide.
            const auto n = static_cast<i64>(pool.size());
            return pool[static_cast<std::size_t>(random.below(2) ? n - 1 : random.below(n))];
        };
        for (int step = 0; step < length_; ++step) pool.push_back(next(random, any(), any()));
        Value total = Value::constant(inputs[0].dtype, 0);
        for (const Value& v : pool)
            total = binary(Op::add, total, sum(v, all_axes(v.rank()), false));
        return total;
    }

   private:
    u64 seed_;
    int length_;
    bool complex_;

    // Keeps numbers near 1, so that derivatives stay of one size.
    Value tame(const Value& x) const {
        if (!complex_) return unary(Op::tanh, x);
        const Value modulus = binary(Op::multiply, x, conj(x));
        return binary(Op::divide, x, binary(Op::add, modulus, Value::constant(x.dtype, 1)));
    }

    Value next(Random& random, const Value& x, const Value& other) const {
        const DType dtype = x.dtype;
        const int axis = x.rank() ? static_cast<int>(random.below(x.rank())) : 0;
        const i64 choice = random.below(complex_ ? 18 : 23);
        switch (choice) {
            case 0: return unary(Op::sin, tame(x));
            case 1: return tame(unary(Op::exp, tame(x)));
            case 2: return unary(Op::square, tame(x));
            case 3: return unary(Op::negative, x);
            case 4: return x.rank() ? sum(x, Axes{1} << axis, random.below(2)) : identity(x);
            case 5: return x.rank() < 3 ? tame(expand_dims(x, axis)) : reshape(x, Shape{x.size()});
            case 6: return x.rank() > 1 ? swap_last_axes(x) : conj(x);
            case 7:
                return x.rank() ? slice_axis(x, axis, 0, (x.extent(axis) + 1) / 2, random.below(2))
                                : x;
            case 8: return x.rank() ? concat({x, tame(x), x}, axis) : stack({x, tame(x)}, 0);
            case 9: {
                if (x.rank() == 0) return x;
                const double last = static_cast<double>(x.extent(0) - 1);
                return gather(x, values(DType::int64, Shape{3}, {0, last, -1}));
            }
            case 10: {
                if (x.rank() == 0) return x;
                std::vector<double> rows;
                for (i64 k = 0; k < x.extent(0); ++k) rows.push_back(static_cast<double>(k % 2));
                return scatter_add(tame(x), values(DType::int32, Shape{x.extent(0)}, rows), 3);
            }
            case 11:
                return x.rank() == 2 ? tame(matmul(x, x, random.below(2), false, true)) : tame(x);
            case 12: return x.rank() ? tame(prod(x, Axes{1} << axis, false)) : x;
            case 13: return x.rank() ? broadcast_to(mean(x, Axes{1} << axis, true), x.shape()) : x;
            case 14:
            case 15:
            case 16:
            case 17: {
                const OpCode codes[] = {Op::add, Op::subtract, Op::multiply, Op::multiply};
                const OpCode code = codes[choice - 14];
                try {
                    return tame(binary(code, x, other));
                } catch (const Error&) {  // shapes that do not broadcast
                    return tame(binary(code, x, sum(other, all_axes(other.rank()), false)));
                }
            }
            case 18: return binary(Op::maximum, x, Value::constant(dtype, 0.1));
            case 19:
                return x.rank() ? extremum(x, Axes{1} << axis, random.below(2), true)
                                : unary(Op::relu, x);
            case 20: return select(binary(Op::greater, x, Value::constant(dtype, 0.2)), tame(x), x);
            case 21:
                return x.rank() ? logsumexp(x, Axes{1} << axis, false) : unary(Op::softplus, x);
            default:
                return tame(
                    binary(Op::divide, x,
                           binary(Op::add, unary(Op::square, x), Value::constant(dtype, 1))));
        }
    }

    // A product that fits for any matrix.
    static Value matmul(const Value& a, const Value& b, bool ta, bool, bool) {
        return ag::matmul(a, b, ta, !ta);
    }
};

}  // namespace

TEST(random_programs_have_every_derivative) {
    Random random(90);
#if defined(AG_SANITIZE)
    const u64 programs = 40;
#else
    const u64 programs = 300;
#endif
    for (u64 seed = 1; seed <= programs; ++seed)
        for (DType dtype : {DType::float64, DType::complex128}) {
            const Note a("seed", static_cast<long long>(seed)), b("dtype", name(dtype));
            const Program program(seed, 4 + static_cast<int>(seed % 9), is_complex(dtype));
            check_derivatives(program, {random_value(random, dtype, Shape{2, 3}, 0.1, 0.9),
                                        random_value(random, dtype, Shape{3}, 0.1, 0.9),
                                        random_value(random, dtype, Shape(), 0.1, 0.9)});
        }
}

TEST(random_programs_of_float32_are_adjoint) {
    Random random(91);
    for (u64 seed = 1; seed <= 60; ++seed) {
        const Note at("seed", static_cast<long long>(seed));
        const Program program(seed, 20, false);
        const Value x = random_value(random, DType::float32, Shape{2, 3}, 0.1, 0.9);
        const Value v = random_value(random, DType::float32, Shape{2, 3}, -1, 1);
        Recording t;
        const Value w = t.watch(x);
        const Value y = program({w});
        t.tape.leave();
        const Value g = gradient(t.tape, y, Value::number(1.0f), w);
        const double pushed = item(tangent(t.tape, w, v, y)).real(), expected = inner(g, v);
        CHECK_NEAR(pushed / std::max(1.0, std::fabs(expected)),
                   expected / std::max(1.0, std::fabs(expected)), 1e-4);
    }
}

TEST(the_same_program_gives_the_same_bits) {
    Random random(92);
    for (u64 seed = 1; seed <= 30; ++seed) {
        const Value x = random_value(random, DType::float64, Shape{2, 3}, 0.1, 0.9);
        Value first;
        for (int round = 0; round < 3; ++round) {
            Recording t;
            const Value w = t.watch(x);
            const Value y = Program(seed, 20, false)({w});
            t.tape.leave();
            const Value g =
                reverse(t.tape, {{y.node, Value::number(1.0)}}, {w.node}, round == 2)[0].value;
            if (round == 0) first = g;
            CHECK(identical(g, first));
        }
    }
}

TEST(derivatives_of_any_order_are_exact) {
    // x^5, differentiated five times, under five nested tapes.
    for (const Shape& shape : {Shape(), Shape{3}}) {
        Tensor x(full(DType::float64, shape, 2));
        Tape tapes[5];
        for (Tape& t : tapes) {
            t.enter();
            t.watch(x);
        }
        const Value v = traced(x);
        Value y = v;
        for (int k = 1; k < 5; ++k) y = binary(Op::multiply, y, v);
        const double expected[] = {80, 160, 240, 240, 120};
        for (int k = 0; k < 5; ++k) {
            Tape& t = tapes[4 - k];
            t.leave();
            y = gradient(t, y, full(DType::float64, shape, 1), v);
            CHECK_VALUES(y, full(DType::float64, shape, expected[k]), 1e-14);
            t.discard();
        }
    }
}

TEST(an_intermediate_is_a_source_of_a_forward_sweep) {
    for (DType dtype : {DType::float32, DType::float64, DType::complex128})
        for (const Shape& shape : {Shape(), Shape{3}}) {
            const Note at("dtype", name(dtype));
            Recording t;
            const Value x = t.watch(full(dtype, shape, 2));
            const Value u = binary(Op::multiply, x, x), s = sum(u, all_axes(u.rank()), true);
            const Value y = binary(Op::multiply, s, u);
            t.tape.leave();
            const Value one = full(dtype, shape, 1);
            // Along u alone, along s alone, and along x and u at once.
            const double n = static_cast<double>(u.size());
            CHECK_VALUES(tangent(t.tape, u, one, y), full(dtype, shape, 8 * n), 1e-6);
            CHECK_VALUES(tangent(t.tape, s, ones_like(s), y), full(dtype, shape, 4), 1e-6);
            const auto both = forward(t.tape, {{x.node, one}, {u.node, one}}, {y.node, u.node});
            CHECK_VALUES(both[1].value, full(dtype, shape, 5), 1e-6);
            CHECK_VALUES(both[0].value, full(dtype, shape, 5 * 8 * n), 1e-6);
        }
}

TEST(what_does_not_depend_is_not_connected) {
    Recording t;
    const Value x = t.watch(Value::number(2.0)),
                z = t.watch(values(DType::float64, Shape{2}, {1, 2}));
    const Value y = binary(Op::multiply, x, x), w = binary(Op::add, z, z);
    const auto back = reverse(t.tape, {{y.node, Value::number(1.0)}}, {z.node, x.node, w.node});
    CHECK(!back[0].connected && back[1].connected && !back[2].connected);
    const auto ahead =
        forward(t.tape, {{x.node, Value::number(1.0)}}, {w.node, y.node, z.node, x.node});
    CHECK(!ahead[0].connected && ahead[1].connected && !ahead[2].connected && ahead[3].connected);
    CHECK(reverse(t.tape, {}, {x.node})[0].connected == false);
    CHECK(forward(t.tape, {}, {y.node})[0].connected == false);
}

// ---------------------------------------------------------------- depth

TEST(a_chain_of_ten_million_numbers_needs_no_recursion) {
    Recording t;
    Tensor x(Value::number(1.0f));
    t.tape.watch(x);
    TensorData y;
    y.value = x.value;
    y.epoch = x.epoch;
    const u64 half = float_bits(DType::float32, 0.5), one = float_bits(DType::float32, 1);
    for (int k = 0; k < deep / 2; ++k) {
        scalar_binary(Op::multiply, DType::float32, y.value.bits, active_node(y), half, no_node, y);
        scalar_binary(Op::add, DType::float32, y.value.bits, active_node(y), one, no_node, y);
        if (k < 100)
            scalar_binary(Op::multiply, DType::float32, y.value.bits, active_node(y),
                          float_bits(DType::float32, 2), no_node, y);
        if (k < 100) y.value.bits = one;
    }
    const u32 last = active_node(y);
    CHECK_EQUAL(static_cast<int>(last) - static_cast<int>(x.value.node), deep + 100);
    t.tape.leave();
    const auto answers = reverse(t.tape, {{last, Value::number(1.0f)}}, {x.value.node}, true);
    CHECK(answers[0].connected);
    CHECK_EQUAL(item(answers[0].value), Number(0));  // 0.5 to so high a power
}

TEST(a_deep_chain_of_arrays_needs_no_recursion) {
    const int length = deep / 50;
    Recording t;
    const Value x = t.watch(values(DType::float64, Shape{2}, {0.5, 1}));
    Value y = x;
    for (int k = 0; k < length; ++k) y = k % 2 ? reshape(y, Shape{2}) : stack({y}, 0);
    if (length % 2) y = reshape(y, Shape{2});
    t.tape.leave();
    const Value g = values(DType::float64, Shape{2}, {3, 4});
    CHECK(identical(tangent(t.tape, x, g, y), g));
    CHECK(identical(reverse(t.tape, {{y.node, g}}, {x.node}, true)[0].value, g));
}

TEST(a_wide_fan_in_adds_up) {
    Recording t;
    const Value x = t.watch(values(DType::float32, Shape{3}, {1, 2, 3}));
    Value y = unary(Op::square, x);
    for (int k = 1; k < 3000; ++k) y = binary(Op::add, y, unary(Op::negative, x));
    t.tape.leave();
    CHECK_VALUES(gradient(t.tape, y, ones_like(y), x),
                 values(DType::float32, Shape{3}, {2 - 2999, 4 - 2999, 6 - 2999}), 0);
}
