// The loops for each instruction set that this processor has agree; so do sums, small products,
// and loops on several threads.

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "kernel_sets.h"
#include "parallel.h"

using namespace test;

namespace {

// Runs both loops on the same inputs and compares n results of the given type.
void compare(Loop a, Loop b, i64 n, const void* const* in, DType out, const Value& start,
             double tolerance) {
    Value x = fresh_copy(start), y = fresh_copy(start);
    a(n, in, x.mutable_data());
    b(n, in, y.mutable_data());
    CHECK_VALUES(y, x, tolerance);
    CHECK(x.dtype == out);
}

// Calls f(loops) for each instruction set that this processor has, with libmvec and without.
template <class F>
void each_way(F f) {
    for (const char* math : vector_maths()) {
        const VectorMath chosen(math);
        for (const InstructionSet& set : instruction_sets()) {
            const Note at("set", set.name);
            if (set.present)
                f(kernels_of(set));
            else
                std::printf("(this processor has no %s)\n", set.name);
        }
    }
}

}  // namespace

TEST(instruction_sets_agree_on_every_loop) {
    Random random(30);
    const std::vector<Kernels> expected = kernels_of(instruction_sets()[0]);
    each_way([&](const std::vector<Kernels>& table) {
        for (int code = 1; code < Op::elementwise_end; ++code)
            for (DType dtype : all_dtypes) {
                const OpInfo& op = op_table[code];
                const Note a("op", op_text[code].name), b("dtype", name(dtype));
                const auto index = static_cast<std::size_t>(code);
                const Loop loop = table[index].forward[static_cast<int>(dtype)];
                const Loop old = expected[index].forward[static_cast<int>(dtype)];
                CHECK_EQUAL(loop == nullptr, old == nullptr);
                if (loop == nullptr) continue;
                const DType out = op.to_boolean ? DType::boolean : dtype;
                const double allowed = op.to_boolean ? 0 : 8 * tolerance(dtype);
                const double low =
                    is_integer(dtype) ? std::max(op_text[code].low, 1.0) : op_text[code].low;
                // Lengths around the widest vectors, from a place that is not aligned.
                for (i64 n : {0, 1, 3, 7, 8, 15, 16, 17, 31, 33, 64, 65, 200}) {
                    const Note length("n", n);
                    Value x[4];
                    const void* in[4];
                    for (int k = 0; k < 4; ++k) {
                        x[k] = random_value(random, dtype, Shape{n + 1}, low, op_text[code].high);
                        in[k] = x[k].data() + itemsize(dtype);
                    }
                    compare(old, loop, n, in, out, zeros(out, Shape{n}), allowed);
                    if (!is_differentiable(dtype) || is_narrow(dtype)) continue;
                    for (int input = 0; input < op.arity; ++input)
                        for (int adds : {0, 1}) {
                            const Loop r = table[index].reverse[input][adds][float_index(dtype)];
                            const Loop s = expected[index].reverse[input][adds][float_index(dtype)];
                            CHECK_EQUAL(r == nullptr, s == nullptr);
                            if (r != nullptr)
                                compare(s, r, n, in, dtype,
                                        random_value(random, dtype, Shape{n}, -1, 1), 4 * allowed);
                        }
                }
            }
    });
}

TEST(instruction_sets_agree_on_special_values) {
    const std::vector<double> special = {
        0.0, -0.0, 1,    -1,   0.5,  -0.5,  INFINITY, -INFINITY, NAN, 1e300, -1e300, 1e-300,
        710, -745, 88.9, -104, 1e10, -1e10, 0.25,     2.5,       3.5, -2.5,  1e-8,   -1e-8};
    const i64 n = static_cast<i64>(special.size());
    const std::vector<Kernels> expected = kernels_of(instruction_sets()[0]);
    each_way([&](const std::vector<Kernels>& table) {
        for (DType dtype : float_dtypes)
            for (int code = 1; code < Op::elementwise_end; ++code) {
                const OpInfo& op = op_table[code];
                const Note a("op", op_text[code].name), b("dtype", name(dtype));
                const Loop loop =
                    table[static_cast<std::size_t>(code)].forward[static_cast<int>(dtype)];
                if (loop == nullptr) continue;
                const Value x = values(dtype, Shape{n}, special);
                for (i64 turn = 0; turn < (op.arity == 1 ? 1 : n); ++turn) {  // each with each
                    const Value y = concat(
                        {slice_axis(x, 0, turn, n - turn, false), slice_axis(x, 0, 0, turn, false)},
                        0);
                    const void* in[] = {x.data(), y.data()};
                    const DType out = op.to_boolean ? DType::boolean : dtype;
                    compare(
                        expected[static_cast<std::size_t>(code)].forward[static_cast<int>(dtype)],
                        loop, n, in, out, zeros(out, Shape{n}),
                        op.to_boolean ? 0 : 8 * tolerance(dtype));
                }
            }
    });
}

TEST(sums_are_exact_to_a_few_units_and_the_same_again) {
    Random random(31);
    for (const InstructionSet& set : instruction_sets()) {
        if (!set.present) continue;
        const Note at("set", set.name);
        DenseKernels dense;
        set.fill_dense(dense);
        for (i64 n : {0, 1, 5, 16, 1000, 1023, 1024, 1025, 5000, 100'003}) {
            const Note length("n", n);
            const Value x = random_value(random, DType::float64, Shape{n}, 0, 1);
            const Value f = cast(x, DType::float32);
            const auto* wide = reinterpret_cast<const double*>(x.data());
            const auto* narrow = reinterpret_cast<const float*>(f.data());
            long double exact = 0, exact32 = 0;
            for (i64 k = 0; k < n; ++k) exact += wide[k], exact32 += narrow[k];
            CHECK_NEAR(dense.sum_f64(n, wide), static_cast<double>(exact), 1e-14);
            CHECK_NEAR(dense.sum_f32(n, narrow), static_cast<double>(exact32), 4e-6);
            CHECK(dense.sum_f64(n, wide) == dense.sum_f64(n, wide));
        }
    }
}

namespace {

template <class T, class Gemm>
void check_gemm(Random& random, Gemm gemm, i64 m, i64 n, i64 k, bool a_transposed) {
    const i64 ldb = n + 3, ldc = n + 2, lda = (a_transposed ? m : k) + 1;
    const i64 a_row = a_transposed ? 1 : lda, a_column = a_transposed ? lda : 1;
    const auto filled = [&](i64 count) {
        std::vector<T> out(static_cast<std::size_t>(count));
        for (T& x : out) x = static_cast<T>(random.between(-1, 1));
        return out;
    };
    const std::vector<T> a = filled(lda * std::max(m, k) + 1), b = filled(ldb * k + 1);
    std::vector<T> c = filled(ldc * m + 1);
    std::vector<T> expected = c;
    for (i64 i = 0; i < m; ++i)
        for (i64 j = 0; j < n; ++j) {
            long double total = c[static_cast<std::size_t>(i * ldc + j)];
            for (i64 p = 0; p < k; ++p)
                total += static_cast<long double>(
                             a[static_cast<std::size_t>(i * a_row + p * a_column)]) *
                         b[static_cast<std::size_t>(p * ldb + j)];
            expected[static_cast<std::size_t>(i * ldc + j)] = static_cast<T>(total);
        }
    gemm(m, n, k, a.data(), a_row, a_column, b.data(), ldb, c.data(), ldc);
    for (std::size_t q = 0; q < c.size(); ++q)  // the gaps between the rows too
        CHECK_NEAR(c[q], expected[q], 10 * tolerance(TypeOf<T>::value));
}

}  // namespace

TEST(small_products_are_right_at_every_edge_of_a_tile) {
    Random random(32);
    for (const InstructionSet& set : instruction_sets()) {
        if (!set.present) continue;
        DenseKernels dense;
        set.fill_dense(dense);
        for (i64 m : {0, 1, 3, 4, 5, 9})
            for (i64 n : {0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 37, 70})
                for (i64 k : {0, 1, 2, 7, 20})
                    for (bool transposed : {false, true}) {
                        const Note a("set", set.name), b("m", m), c("n", n), d("k", k);
                        check_gemm<double>(random, dense.gemm_f64, m, n, k, transposed);
                        check_gemm<float>(random, dense.gemm_f32, m, n, k, transposed);
                    }
    }
}

TEST(a_column_on_the_right_needs_no_copy) {
    Random random(33);
    DenseKernels dense;
    for (const InstructionSet& set : instruction_sets()) {
        if (!set.present) continue;
        set.fill_dense(dense);
        const Value a = random_value(random, DType::float64, Shape{6, 40}, -1, 1);
        const Value b = random_value(random, DType::float64, Shape{40}, -1, 1);
        std::vector<double> c(6, 0.5);
        dense.gemm_f64(6, 1, 40, reinterpret_cast<const double*>(a.data()), 40, 1,
                       reinterpret_cast<const double*>(b.data()), 1, c.data(), 1);
        for (i64 i = 0; i < 6; ++i) {
            double total = 0.5;
            for (i64 p = 0; p < 40; ++p)
                total += element(a, i * 40 + p).real() * element(b, p).real();
            CHECK_NEAR(c[static_cast<std::size_t>(i)], total, 1e-14);
        }
    }
}

TEST(parallel_loops_visit_each_element_once) {
    for (i64 n : {0, 1, 1000, 65'535, 65'536, 65'537, 1'000'001}) {
        const Note at("n", n);
        std::vector<u8> visits(static_cast<std::size_t>(n));
        std::atomic<bool> aligned{true};
        auto body = [&](i64 begin, i64 end) {
            if (begin % 1024 != 0) aligned = false;
            for (i64 k = begin; k < end; ++k) ++visits[static_cast<std::size_t>(k)];
        };
        parallel_for(n, body);
        CHECK(aligned);
        CHECK_EQUAL(std::count(visits.begin(), visits.end(), 1), n);
    }
}

TEST(parallel_loops_of_several_threads_do_not_wait_for_each_other) {
    std::vector<std::thread> threads;
    std::atomic<i64> total{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int round = 0; round < 20; ++round) {
                auto body = [&](i64 begin, i64 end) { total += end - begin; };
                parallel_for(100'000, body);
            }
        });
    for (std::thread& t : threads) t.join();
    CHECK_EQUAL(total.load(), 4 * 20 * 100'000);
}

#if defined(__linux__) && !defined(AG_SANITIZE)
TEST(a_forked_process_has_workers_of_its_own) {
    std::atomic<i64> total{0};
    auto body = [&](i64 begin, i64 end) { total += end - begin; };
    parallel_for(500'000, body);
    const pid_t child = fork();
    if (child == 0) {
        total = 0;
        parallel_for(500'000, body);
        _exit(total == 500'000 ? 0 : 1);
    }
    int status = -1;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
#endif
