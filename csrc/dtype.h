// Element types: their codes, sizes, names, and the C++ type behind each.
#pragma once

#include <cmath>
#include <complex>
#include <cstring>
#include <type_traits>

#include "config.h"
#include "error.h"

namespace ag {

// The order is shared with autograd_c/values/dtypes.py.
enum class DType : u8 {
    boolean,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    float16,
    bfloat16,
    float32,
    float64,
    complex64,
    complex128,
};
constexpr int dtype_count = 15;

// float16 and bfloat16 as they are stored. They are computed in float32.
struct Half {
    u16 bits;
};
struct Brain {
    u16 bits;
};

using Complex64 = std::complex<float>;
using Complex128 = std::complex<double>;

inline float to_float(Half h) {
    const u32 sign = static_cast<u32>(h.bits & 0x8000u) << 16;
    const u32 exponent = (h.bits >> 10) & 0x1fu;
    u32 fraction = h.bits & 0x3ffu;
    u32 out;
    if (exponent == 0x1f) {
        out = sign | 0x7f800000u | (fraction << 13);
    } else if (exponent != 0) {
        out = sign | ((exponent + 112) << 23) | (fraction << 13);
    } else {
        const float value = static_cast<float>(fraction) * 5.9604644775390625e-8f;  // 2**-24
        std::memcpy(&out, &value, sizeof out);
        out |= sign;
    }
    float result;
    std::memcpy(&result, &out, sizeof result);
    return result;
}

// Rounds to nearest, ties to even, as IEEE 754 asks.
inline Half to_half(float value) {
    u32 bits;
    std::memcpy(&bits, &value, sizeof bits);
    const u16 sign = static_cast<u16>((bits >> 16) & 0x8000u);
    bits &= 0x7fffffffu;
    if (bits >= 0x7f800000u) {  // infinity or NaN
        const u16 payload = bits > 0x7f800000u ? static_cast<u16>(0x200u | (bits >> 13)) : 0;
        return {static_cast<u16>(sign | 0x7c00u | (payload & 0x3ffu))};
    }
    if (bits >= 0x477ff000u) return {static_cast<u16>(sign | 0x7c00u)};  // rounds past the largest
    if (bits >= 0x38800000u) {                                           // normal
        const u32 rounded = bits + 0xfffu + ((bits >> 13) & 1u);
        return {static_cast<u16>(sign | ((rounded - 0x38000000u) >> 13))};
    }
    // Subnormal: adding 0.5 lines the fraction up with the last bits, and rounds it on the way.
    float magnitude;
    std::memcpy(&magnitude, &bits, sizeof magnitude);
    magnitude += 0.5f;
    u32 shifted;
    std::memcpy(&shifted, &magnitude, sizeof shifted);
    return {static_cast<u16>(sign | (shifted - 0x3f000000u))};
}

inline float to_float(Brain b) {
    const u32 bits = static_cast<u32>(b.bits) << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

// The same for bfloat16, which is the upper half of a float.
inline Brain to_brain(float value) {
    u32 bits;
    std::memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return {static_cast<u16>((bits >> 16) | 0x40u)};  // NaN
    return {static_cast<u16>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

// Types that are stored only.
template <class T>
constexpr bool is_narrow_type = std::is_same_v<T, Half> || std::is_same_v<T, Brain>;

template <class T>
T narrowed(float value) {
    if constexpr (std::is_same_v<T, Half>)
        return to_half(value);
    else
        return to_brain(value);
}

constexpr int itemsize(DType t) {
    constexpr int sizes[dtype_count] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16};
    return sizes[static_cast<int>(t)];
}

constexpr const char* name(DType t) {
    constexpr const char* names[dtype_count] = {
        "bool",   "int8",    "int16",    "int32",   "int64",   "uint8",     "uint16",    "uint32",
        "uint64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128"};
    return names[static_cast<int>(t)];
}

constexpr bool is_complex(DType t) { return t >= DType::complex64; }
constexpr bool is_floating(DType t) { return t >= DType::float16 && t <= DType::float64; }
constexpr bool is_narrow(DType t) { return t == DType::float16 || t == DType::bfloat16; }
constexpr bool is_differentiable(DType t) { return t >= DType::float16; }
constexpr bool is_integer(DType t) { return t >= DType::int8 && t <= DType::uint64; }
constexpr DType real_dtype(DType t) {
    return t == DType::complex64 ? DType::float32 : t == DType::complex128 ? DType::float64 : t;
}

template <class T>
struct TypeOf;
template <DType D>
struct CType;
#define AG_DTYPE(CODE, TYPE)                        \
    template <>                                     \
    struct TypeOf<TYPE> {                           \
        static constexpr DType value = DType::CODE; \
    };                                              \
    template <>                                     \
    struct CType<DType::CODE> {                     \
        using type = TYPE;                          \
    };
AG_DTYPE(boolean, bool)
AG_DTYPE(int8, std::int8_t)
AG_DTYPE(int16, std::int16_t)
AG_DTYPE(int32, std::int32_t)
AG_DTYPE(int64, std::int64_t)
AG_DTYPE(uint8, std::uint8_t)
AG_DTYPE(uint16, std::uint16_t)
AG_DTYPE(uint32, std::uint32_t)
AG_DTYPE(uint64, std::uint64_t)
AG_DTYPE(float16, Half)
AG_DTYPE(bfloat16, Brain)
AG_DTYPE(float32, float)
AG_DTYPE(float64, double)
AG_DTYPE(complex64, Complex64)
AG_DTYPE(complex128, Complex128)
#undef AG_DTYPE
template <DType D>
using c_type = typename CType<D>::type;

template <class T>
struct Tag {
    using type = T;
};

// Calls f(Tag<T>{}) with the C++ type of `t`.
template <class F>
decltype(auto) dispatch(DType t, F&& f) {
    switch (t) {
        case DType::boolean: return f(Tag<bool>{});
        case DType::int8: return f(Tag<std::int8_t>{});
        case DType::int16: return f(Tag<std::int16_t>{});
        case DType::int32: return f(Tag<std::int32_t>{});
        case DType::int64: return f(Tag<std::int64_t>{});
        case DType::uint8: return f(Tag<std::uint8_t>{});
        case DType::uint16: return f(Tag<std::uint16_t>{});
        case DType::uint32: return f(Tag<std::uint32_t>{});
        case DType::uint64: return f(Tag<std::uint64_t>{});
        case DType::float16: return f(Tag<Half>{});
        case DType::bfloat16: return f(Tag<Brain>{});
        case DType::float32: return f(Tag<float>{});
        case DType::float64: return f(Tag<double>{});
        case DType::complex64: return f(Tag<Complex64>{});
        case DType::complex128: break;
    }
    return f(Tag<Complex128>{});
}

}  // namespace ag
