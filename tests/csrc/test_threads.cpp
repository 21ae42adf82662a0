// Threads: each has its tapes; what they share is constant, or guarded as Python's lock guards it.

#include <mutex>
#include <thread>

#include "support.h"

using namespace test;

namespace {

constexpr int thread_count_ = 8;
#if defined(AG_SANITIZE)
constexpr int rounds = 20;
#else
constexpr int rounds = 100;
#endif

template <class F>
void on_threads(F f) {
    std::vector<std::thread> threads;
    for (int k = 0; k < thread_count_; ++k) threads.emplace_back([&f, k] { f(k); });
    for (std::thread& t : threads) t.join();
}

// A small network with all kinds of records; `c` is shared between threads.
Value network(const Value& x, const Value& c) {
    Value y = unary(Op::tanh, matmul(x, c, false, false));
    y = concat({y, binary(Op::multiply, y, c)}, 0);
    y = gather(y, values(DType::int32, Shape{3}, {0, 2, -1}));
    Value total = sum(logsumexp(y, 2, false), 1, false);
    for (int k = 0; k < 100; ++k)
        total = unary(Op::sin, binary(Op::add, total, Value::number(0.1)));
    return total;
}

Value inputs(int thread, int round) {
    Random random(static_cast<u64>(thread * 1000 + round + 1));
    return random_value(random, DType::float64, Shape{3, 3}, -1, 1);
}

// First derivative, and the second along ones.
std::pair<Value, Value> derivatives(const Value& input, const Value& c) {
    Recording outer;
    const Value x = outer.watch(input);
    Tensor inner_x(input);
    Tape inner;
    inner.enter();
    inner_x.epoch = outer.log().epoch;
    inner_x.value.node = x.node;
    inner.watch(inner_x);
    const Value y = network(x, c);
    inner.leave();
    const Value first = gradient(inner, y, Value::number(1.0), x);
    inner.discard();
    outer.tape.leave();
    return {first, gradient(outer.tape, first, ones_like(first), x)};
}

}  // namespace

TEST(eight_threads_differentiate_at_once_as_one_does) {
    Random random(100);
    const Value c = random_value(random, DType::float64, Shape{3, 3}, -1, 1);
    std::vector<std::pair<Value, Value>> serial(thread_count_ * rounds), parallel(serial.size());
    const auto place = [](int thread, int round) {
        return static_cast<std::size_t>(thread * rounds + round);
    };
    for (int k = 0; k < thread_count_; ++k)
        for (int r = 0; r < rounds; ++r) serial[place(k, r)] = derivatives(inputs(k, r), c);
    on_threads([&](int k) {
        for (int r = 0; r < rounds; ++r) parallel[place(k, r)] = derivatives(inputs(k, r), c);
    });
    for (std::size_t k = 0; k < serial.size(); ++k) {
        CHECK(identical(serial[k].first, parallel[k].first));
        CHECK(identical(serial[k].second, parallel[k].second));
    }
    CHECK_EQUAL(c.array->refs.load(), 1u);
}

TEST(threads_watch_one_array_each_through_its_own_tensor) {
    const Value shared = values(DType::float64, Shape{3}, {1, 2, 3});
    on_threads([&](int k) {
        for (int r = 0; r < rounds; ++r) {
            Recording t;
            const Value x = t.watch(shared);
            const Value y =
                binary(Op::multiply, x, binary(Op::multiply, x, Value::number(k + 1.0)));
            t.tape.leave();
            const auto g = reverse(t.tape, {{y.node, ones_like(y)}}, {x.node}, true);
            if (!identical(g[0].value, values(DType::float64, Shape{3},
                                              {2.0 * (k + 1), 4.0 * (k + 1), 6.0 * (k + 1)})))
                CHECK(false);
        }
    });
    CHECK_EQUAL(shared.array->refs.load(), 1u);
}

TEST(threads_watch_one_tensor_at_the_same_time) {
    // Everything that reads or writes the tensor, or opens and closes tapes, holds the lock; what
    // computes and sweeps does not.
    Tensor shared(Value::number(3.0));
    std::mutex lock;
    on_threads([&](int k) {
        for (int r = 0; r < rounds; ++r) {
            Tape t;
            Value x;
            {
                std::lock_guard<std::mutex> guard(lock);
                t.enter();
                t.watch(shared);
                x = traced(shared);
            }
            Value y = x;
            for (int n = 0; n < k + 1; ++n) y = binary(Op::add, y, binary(Op::multiply, x, x));
            {
                std::lock_guard<std::mutex> guard(lock);
                CHECK_EQUAL(traced(shared).node, x.node);
                t.leave();
            }
            const auto g = reverse(t, {{y.node, Value::number(1.0)}}, {x.node}, true);
            CHECK_EQUAL(item(g[0].value), Number(1 + 6 * (k + 1)));
            std::lock_guard<std::mutex> guard(lock);
            t.discard();
        }
    });
    Recording after;
    CHECK_EQUAL(traced(shared).node, no_node);
}

TEST(threads_sweep_one_persistent_tape_at_once) {
    Recording t;
    Random random(101);
    const Value x = t.watch(random_value(random, DType::float64, Shape{3, 3}, -1, 1));
    const Value c = random_value(random, DType::float64, Shape{3, 3}, -1, 1);
    const Value y = network(x, c);
    t.tape.leave();
    const Value expected = gradient(t.tape, y, Value::number(1.0), x);
    on_threads([&](int) {
        for (int r = 0; r < rounds; ++r)
            if (!identical(gradient(t.tape, y, Value::number(1.0), x), expected)) CHECK(false);
    });
}

TEST(large_arrays_are_swept_by_several_threads_at_once) {
    const i64 n = 200'000;  // large enough for loops on several processors
    on_threads([&](int k) {
        for (int r = 0; r < 3; ++r) {
            Recording t;
            const Value x = t.watch(fresh_copy(full(DType::float64, Shape{n}, k + 0.5)));
            const Value y = binary(Op::multiply, binary(Op::add, x, x), x);
            t.tape.leave();
            const auto g = reverse(t.tape, {{y.node, ones_like(y)}}, {x.node}, true);
            CHECK_EQUAL(element(g[0].value, n - 1), Number(4 * k + 2));
        }
    });
}

TEST(arrays_pass_from_thread_to_thread) {
    std::vector<Value> made(thread_count_);
    on_threads([&](int k) {
        Recording t;
        const Value x = t.watch(full(DType::float64, Shape{k + 1}, 2));
        made[static_cast<std::size_t>(k)] = fresh_copy(unary(Op::square, x));
    });
    on_threads([&](int k) {
        Value& v = made[static_cast<std::size_t>((k + 3) % thread_count_)];
        CHECK_EQUAL(item(v), Number(4));
        v = Value();
    });
}
