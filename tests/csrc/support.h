// Values, tapes and sweeps as the tests write them.
#pragma once

#include <deque>
#include <vector>

#include "check.h"
#include "jacobian.h"
#include "ops/host.h"
#include "ops/ops.h"
#include "reverse.h"
#include "sweep.h"
#include "tape.h"

namespace test {

using namespace ag;

using Number = std::complex<double>;

// Records a custom gradient; `release(object)` is called when nobody needs it, whatever fails.
template <class Pull, class Push>
bool record_rule(const std::vector<Value>& inputs, std::vector<Value>& outputs, void* object,
                 Pull pull, Push push, void (*release)(void*),
                 std::size_t own = static_cast<std::size_t>(-1)) {
    struct Made {
        Host* host;
        ~Made() { host->drop(); }
    };
    Host* host = nullptr;
    try {
        HostSpec spec;
        spec.name = "rule";
        host = make_host(spec, object, {nullptr, pull, push, release});
    } catch (...) {
        release(object);
        throw;
    }
    const Made made{host};
    return record_custom(*host, inputs, outputs, own);
}

// Reproducible random numbers.
class Random {
   public:
    explicit Random(u64 seed) : state_(seed * 0x9e3779b97f4a7c15ull + 1) {}
    u64 bits();
    double between(double low, double high) {
        return low + (high - low) * static_cast<double>(bits() >> 11) / 9007199254740992.0;
    }
    i64 below(i64 n) { return static_cast<i64>(bits() % static_cast<u64>(n)); }

   private:
    u64 state_;
};

// ---- values

Value number(DType dtype, Number x);
// A value of this shape with these elements in C order.
Value values(DType dtype, const Shape& shape, const std::vector<double>& elements);
Value complex_values(DType dtype, const Shape& shape, const std::vector<Number>& elements);
// Random elements, real or complex, with both parts in the range.
Value random_value(Random& random, DType dtype, const Shape& shape, double low, double high);
// The elements in C order, as the widest type.
std::vector<Number> elements(const Value& x);
Number element(const Value& x, i64 index);
inline Number item(const Value& x) { return element(x, 0); }
// Element `index` in C order as a 0-d value.
Value scalar(const Value& x, i64 index);

// The same elements, laid out otherwise: behind a transposition, backwards, with gaps, or out of
// the middle of a larger array.
enum class Layout { contiguous, transposed, backwards, gaps, inside };
constexpr Layout layouts[] = {Layout::contiguous, Layout::transposed, Layout::backwards,
                              Layout::gaps, Layout::inside};
const char* name(Layout layout);
Value laid_out(const Value& x, Layout layout);

// All elements agree to the tolerance, relative to the larger of 1 and the element.
bool near(const char* file, int line, const char* source, const Value& a, const Value& b,
          double tolerance);
// The same dtype, shape and bits.
bool identical(const Value& a, const Value& b);
// Re(sum(conj(a) * b)): the inner product in which the reverse sweep is adjoint to the forward one.
double inner(const Value& a, const Value& b);

// A few units in the last place of the dtype, as a relative tolerance.
double tolerance(DType dtype);

// The operation of this name.
OpCode code_of(const std::string& name);

// ---- tapes

// A tensor as the Python side holds it, watched by nobody yet.
struct Tensor : TensorData {
    explicit Tensor(const Value& x) { value = x.detached(); }
};

// An open tape, and the tensors that it watches.
class Recording {
   public:
    Recording() { tape.enter(); }
    Value watch(const Value& x) {
        watched_.emplace_back(x);
        tape.watch(watched_.back());
        return traced(watched_.back());
    }
    Log& log() { return *tape.log(); }

   private:
    std::deque<Tensor> watched_;

   public:
    Tape tape;
};

std::vector<Answer> reverse(const Tape& tape, const std::vector<Seed>& seeds,
                            const std::vector<u32>& sources, bool consume = false, i64 batch = -1);
std::vector<Answer> forward(const Tape& tape, const std::vector<Seed>& seeds,
                            const std::vector<u32>& targets);
// The cotangent of x for the cotangent g of y; an unconnected x fails the test and gives zeros.
Value gradient(const Tape& tape, const Value& y, const Value& g, const Value& x);
// The tangent of y for the tangent t of x.
Value tangent(const Tape& tape, const Value& x, const Value& t, const Value& y);
inline Value ones_like(const Value& y) { return full(y.dtype, y.shape(), 1); }

// ---- dtypes

constexpr DType all_dtypes[] = {DType::boolean, DType::int8,      DType::int16,     DType::int32,
                                DType::int64,   DType::uint8,     DType::uint16,    DType::uint32,
                                DType::uint64,  DType::float16,   DType::bfloat16,  DType::float32,
                                DType::float64, DType::complex64, DType::complex128};
constexpr DType float_dtypes[] = {DType::float32, DType::float64};
constexpr DType inexact_dtypes[] = {DType::float16, DType::bfloat16,  DType::float32,
                                    DType::float64, DType::complex64, DType::complex128};

}  // namespace test

#define CHECK_VALUES(A, B, TOLERANCE) test::near(__FILE__, __LINE__, #A " ~ " #B, A, B, TOLERANCE)
