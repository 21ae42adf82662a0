// Who may touch a log while another thread sweeps it, with a mutex for the lock of the layer above.

#include "sharing.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "support.h"

using namespace test;

namespace {

std::mutex the_lock;
thread_local bool holds_lock = false;
std::atomic<bool> ending{false};

void take_lock() {
    the_lock.lock();
    holds_lock = true;
}
void give_lock() {
    holds_lock = false;
    the_lock.unlock();
}

// The hooks are there in its scope, and the thread has the lock.
class Locked {
   public:
    Locked() {
        take_lock();
        lock_hooks = {[]() -> void* {
                          give_lock();
                          return nullptr;
                      },
                      [](void*) { return holds_lock; },
                      [](void*) { take_lock(); },
                      [](int*) {
                          take_lock();
                          return true;
                      },
                      [](int) { give_lock(); },
                      [] { return ending.load(); }};
    }
    ~Locked() {
        lock_hooks = {};
        give_lock();
    }
};

template <class F>
std::thread with_lock(F f) {
    return std::thread([f] {
        take_lock();
        f();
        give_lock();
    });
}

// Long enough to be swept without the lock.
Value chain(Value x) {
    for (int k = 0; k < 30'000; ++k) x = binary(Op::multiply, x, Value::number(1.0));
    return x;
}

}  // namespace

TEST(a_tape_that_is_destroyed_while_its_log_is_swept_goes_afterwards) {
    for (const bool open : {false, true}) {
        Locked locked;
        const Value array = fresh_copy(full(DType::float64, Shape{3}, 2));
        {
            Recording outer, swept;
            const Value x = swept.watch(Value::number(1.0));
            auto other = std::make_unique<Recording>();
            const Value z = other->watch(array);
            for (int k = 0; k < 100; ++k) unary(Op::square, z);
            const Value y = chain(x);
            CHECK(array.array->refs.load() > 100);
            if (!open) other->tape.leave();
            swept.tape.leave();
            Recording* const destroyed = other.release();
            std::thread thread = with_lock([destroyed] { delete destroyed; });
            for (int k = 0; k < 50; ++k)
                CHECK_EQUAL(item(gradient(swept.tape, y, Value::number(1.0), x)), Number(1));
            WithoutLock wait;
            thread.join();
        }
        CHECK_EQUAL(array.array->refs.load(), 1u);
    }
}

TEST(who_would_change_what_a_sweep_reads_waits_for_it) {
    Locked locked;
    Recording swept;
    const Value x = swept.watch(Value::number(1.0));
    const Value y = chain(x);
    swept.tape.leave();
    std::thread thread = with_lock([&] {
        Tensor late(Value::number(2.0));
        for (int k = 0; k < 20; ++k) {
            swept.tape.enter();
            swept.tape.watch(late);
            unary(Op::sin, traced(late));
            swept.tape.leave();
        }
    });
    for (int k = 0; k < 50; ++k)
        CHECK_EQUAL(item(gradient(swept.tape, y, Value::number(1.0), x)), Number(1));
    WithoutLock wait;
    thread.join();
}

// `meanwhile(tape, sweep, refused)` runs while another thread waits to enter a tape that is swept,
// or has been refused: it has the lock again as soon as it ends the sweep.
template <class F>
void while_another_waits(F meanwhile) {
    Locked locked;
    Recording swept;
    swept.watch(Value::number(1.0));
    swept.tape.leave();
    std::optional<SweepScope> sweep(std::in_place, swept.tape, false, true);
    std::atomic<bool> begun{false}, refused{false};
    std::thread thread = with_lock([&] {
        begun = true;  // the lock is free again when the thread waits
        try {
            swept.tape.enter();
            swept.tape.leave();
        } catch (const Error& error) {
            refused = error.kind() == ErrorKind::busy;
        }
    });
    while (!begun) std::this_thread::yield();
    meanwhile(swept.tape, sweep, refused);
    sweep.reset();
    WithoutLock wait;
    thread.join();
}

TEST(sweeps_one_after_the_other_do_not_keep_a_thread_waiting) {
    while_another_waits([](const Tape& tape, std::optional<SweepScope>& sweep, const auto&) {
        CHECK_EQUAL(tape.log()->use.readers, 1);
        sweep.reset();
        sweep.emplace(tape, false, true);
        CHECK_EQUAL(tape.log()->use.readers, 0);  // it keeps the lock
    });
}

TEST(nobody_waits_for_a_thread_that_does_not_get_the_lock_any_more) {
    while_another_waits([](const auto&, const auto&, const std::atomic<bool>& refused) {
        ending = true;
        while (!refused) std::this_thread::yield();
        ending = false;
    });
}

TEST(a_claim_refuses_a_second_one_that_would_use_the_tape_up) {
    Recording t;
    const Value x = t.watch(Value::number(3.0));
    binary(Op::multiply, x, x);
    t.tape.leave();
    {
        Claim first, second, third;
        CHECK(first.take(t.tape, true));
        CHECK(!second.take(t.tape, true));
        CHECK(third.take(t.tape, false));
        CHECK(!first.alone());
        CHECK_FAILS(busy, t.tape.reset());
        first.use_up();
        CHECK(!t.tape.entered());
        CHECK(t.tape.log() != nullptr);  // for the third
    }
    CHECK(t.tape.log() == nullptr);
}

TEST(a_tape_left_on_another_thread_no_longer_records) {
    Locked locked;
    Recording t;
    const Value x = t.watch(Value::number(3.0));
    std::thread thread = with_lock([&] { t.tape.leave(); });
    {
        WithoutLock wait;
        thread.join();
    }
    CHECK(active_log == nullptr);
    CHECK_EQUAL(binary(Op::multiply, x, x).node, no_node);
}
