// Operations of the user's own, given as C functions (autograd_c/include/autograd_c.h).
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "../../autograd_c/include/autograd_c.h"
#include "host.h"

namespace ag {

// The functions of one such operation, and its signature taken apart. Shared by its records.
class External final : public Host {
   public:
    // Throws if a field makes no sense. `release(owner)` is called when nothing needs the functions
    // any more, after their own `release`.
    static External* create(const autograd_c_operation& functions, void* owner,
                            void (*release)(void*));

    const char* name() const { return spec.name.c_str(); }
    const char* signature() const { return signature_.c_str(); }
    DType dtype() const { return dtype_; }
    std::size_t input_count() const { return inputs_.size(); }

    // The operation on values of its dtype: computed, without the lock if that may take long, and
    // recorded if one is tracked.
    Value call(const Value* x);
    // Whether a call for a number was seen to take so long that others should run meanwhile.
    bool is_slow() const { return slow_.load(std::memory_order_relaxed); }

    bool pull(HostPull& call) override;
    bool push(HostPush& call) override;
    std::string no_further_derivative() const override;

    // The same for numbers to a number: a word for each input, and then the result.
    void vjp_of_numbers(const u64* words, const u64& g, void* const* cotangents) const;
    u64 jvp_of_numbers(const u64* words, const u64* const* tangents) const;

   private:
    // Cotangents of the wanted inputs, all of the shape that the inputs broadcast to; `batch` is
    // the extent of an axis in front of the cotangent's own, or -1. The rest stays as it is.
    void vjp(const Value* x, const Value& y, const Value& g, i64 batch, const u8* wanted,
             Value* cotangents) const;
    // The tangent of the output, for those of the inputs that have one (the others are null).
    Value jvp(const Value* x, const Value& y, const Value* const* tangents) const;

    using Extents = std::vector<int>;  // indices into letters_
    struct Letter {
        std::string name;
        i64 extent;  // -1: any
    };

    autograd_c_operation functions_{};
    void* owner_ = nullptr;
    void (*release_owner_)(void*) = nullptr;
    std::string signature_;
    DType dtype_ = DType::float64;
    bool elementwise_ = false;
    bool numbers_ = false;  // at most two floats to a float
    u64 nan_ = 0;           // of the dtype
    std::atomic<bool> slow_{false};
    std::atomic<u32> calls_{0};
    std::vector<Extents> inputs_;
    Extents output_;
    std::vector<Letter> letters_;

    // The shapes of a call.
    struct Frame {
        bool one_number = false;  // all operands are numbers: the shapes are not filled in
        std::vector<Shape> inputs;
        Shape output;
        SmallVector<i64, 8> dimensions;

        // Null instead of a shape: a number.
        const Shape* of_input(std::size_t k) const { return one_number ? nullptr : &inputs[k]; }
        const Shape* of_output() const { return one_number ? nullptr : &output; }
    };
    class Operands;

    explicit External(const std::string& name);
    ~External() override;
    Extents parse_extents(const char*& at);
    void parse();
    [[noreturn]] void bad_signature(const char* why) const;
    // What a function is to write to. What it forgets must not pass for a number: all is NaN.
    Value unwritten(const Shape* shape) const;
    void make_frame(const Value* x, i64 batch, Frame& frame) const;
    void check(std::int32_t status, const char* function) const {
        if (AG_UNLIKELY(status != 0)) failed(status, function);
    }
    Value call_for_number(const Value* x);
    [[noreturn]] void failed(std::int32_t status, const char* function) const;
    void check_finite(const Value* x, const Value& y) const;
    void require_vjp() const;
    void require_jvp() const;
};

}  // namespace ag
