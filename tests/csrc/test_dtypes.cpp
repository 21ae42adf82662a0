// Element types: float16's bits and rounding, and every conversion between two types.

#include <limits>

#include "kernels/loops.h"
#include "support.h"

using namespace test;

namespace {

// The value of a bit pattern, by the definition.
double half_value(u16 bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 31) return fraction ? std::nan("") : sign * INFINITY;
    if (exponent == 0) return sign * std::ldexp(fraction, -24);
    return sign * std::ldexp(1024 + fraction, exponent - 25);
}

u16 half_of_double(double x) {
    Half h;
    convert_run(DType::float64, &x, DType::float16, &h, 1);
    return h.bits;
}

template <class To, class From>
To converted(From x) {
    To y;
    convert_run(TypeOf<From>::value, &x, TypeOf<To>::value, &y, 1);
    return y;
}

}  // namespace

TEST(every_half_pattern_has_its_ieee_value) {
    for (u32 bits = 0; bits < 65536; ++bits) {
        const float x = to_float(Half{static_cast<u16>(bits)});
        const double expected = half_value(static_cast<u16>(bits));
        if (std::isnan(expected))
            CHECK(std::isnan(x));
        else if (x != expected || std::signbit(x) != std::signbit(expected))
            test::report(__FILE__, __LINE__, "pattern " + std::to_string(bits));
    }
}

TEST(every_half_comes_back_from_float32_and_float64) {
    for (u32 bits = 0; bits < 65536; ++bits) {
        const Half h{static_cast<u16>(bits)};
        const u16 from_float = to_half(to_float(h)).bits;
        const u16 from_double = half_of_double(to_float(h));
        if (std::isnan(to_float(h))) {  // a quiet NaN of the same sign
            CHECK((from_float & 0xfe00) == ((bits & 0x8000) | 0x7e00));
            CHECK((from_double & 0xfe00) == ((bits & 0x8000) | 0x7e00));
        } else {
            CHECK_EQUAL(from_float, bits);
            CHECK_EQUAL(from_double, bits);
        }
    }
}

TEST(float32_rounds_to_the_nearest_half_and_ties_to_even) {
    for (u32 sign = 0; sign <= 0x8000; sign += 0x8000)
        for (u32 low = 0; low < 0x7c00; ++low) {  // every finite half and its successor
            const u16 below = static_cast<u16>(low | sign), above = static_cast<u16>(below + 1);
            const double next = low == 0x7bff ? 65536 : std::fabs(half_value(above));
            const double middle = (std::fabs(half_value(below)) + next) / 2;
            const float tie = static_cast<float>(sign ? -middle : middle);
            const float inside = std::nextafter(tie, 0.0f);
            const float outside = std::nextafter(tie, sign ? -INFINITY : INFINITY);
            CHECK_EQUAL(to_half(tie).bits, low & 1 ? above : below);
            CHECK_EQUAL(to_half(inside).bits, below);
            CHECK_EQUAL(to_half(outside).bits, above);
        }
    CHECK_EQUAL(to_half(1e30f).bits, 0x7c00);
    CHECK_EQUAL(to_half(-INFINITY).bits, 0xfc00);
    CHECK_EQUAL(to_half(1e-30f).bits, 0);
    CHECK_EQUAL(to_half(-1e-30f).bits, 0x8000);
}

TEST(float64_rounds_to_half_once_not_by_way_of_float32) {
    for (u32 low = 0; low < 0x7c00; ++low) {
        const double next = low == 0x7bff ? 65536 : half_value(static_cast<u16>(low + 1));
        const double tie = (half_value(static_cast<u16>(low)) + next) / 2;
        CHECK_EQUAL(half_of_double(tie), low & 1 ? low + 1 : low);
        CHECK_EQUAL(half_of_double(std::nextafter(tie, 0.0)), low);
        CHECK_EQUAL(half_of_double(std::nextafter(tie, INFINITY)), low + 1);
        CHECK_EQUAL(half_of_double(-std::nextafter(tie, INFINITY)), (low + 1) | 0x8000);
    }
    CHECK_EQUAL(half_of_double(1e300), 0x7c00);
    CHECK_EQUAL(half_of_double(1e-300), 0);
    CHECK_EQUAL(half_of_double(-INFINITY), 0xfc00);
}

TEST(bfloat16_is_the_upper_half_of_a_float) {
    for (u32 bits = 0; bits < 0x10000; ++bits) {
        const Brain b{static_cast<u16>(bits)};
        const float x = to_float(b);
        if (x != x) {
            const float back = to_float(to_brain(x));
            CHECK(back != back);
            continue;
        }
        CHECK_EQUAL(to_brain(x).bits, b.bits);
        if (std::isinf(x)) continue;
        // Between two neighbours: to the nearest, ties to the even one.
        const float next = to_float(Brain{static_cast<u16>(bits + 1)});
        const float tie = x / 2 + (std::isinf(next) ? std::copysign(0x1p127f, x) : next / 2);
        const u32 even = bits & 1 ? bits + 1 : bits;
        CHECK_EQUAL(to_brain(tie).bits, even);
        CHECK_EQUAL(to_brain(std::nextafter(tie, 0.0f)).bits, bits);
    }
}

TEST(numbers_that_both_types_hold_survive_every_conversion) {
    const double numbers[] = {0, 1, 2, 3, 42, 127, 100, -1, -2, -100, -128, 255, 1024, -2048, 0.5};
    for (DType from : all_dtypes)
        for (DType to : all_dtypes)
            for (double x : numbers) {
                const Note a("from", name(from)), b("to", name(to));
                const auto holds = [x](DType t) {
                    if (t == DType::boolean) return x == 0 || x == 1;
                    if (t >= DType::float16) return true;
                    const bool is_signed = t <= DType::int64;
                    const double limit = std::ldexp(1.0, itemsize(t) * 8 - is_signed);
                    return x == std::floor(x) && x < limit && x >= (is_signed ? -limit : 0);
                };
                if (!holds(from) || !holds(to)) continue;
                char in[16], out[16];
                const Number z = x;
                convert_run(DType::complex128, &z, from, in, 1);
                convert_run(from, in, to, out, 1);
                Number back;
                convert_run(to, out, DType::complex128, &back, 1);
                CHECK_EQUAL(back, z);
            }
}

TEST(conversions_to_bool_ask_whether_the_number_is_zero) {
    CHECK(converted<bool>(0.25f));
    CHECK(converted<bool>(std::nan("")));
    CHECK(!converted<bool>(-0.0));
    CHECK(converted<bool>(Complex64(0, 1)));
    CHECK(!converted<bool>(Half{0x8000}));
    CHECK(converted<bool>(Half{1}));
    CHECK(converted<bool>(static_cast<std::int8_t>(-128)));
}

TEST(conversions_between_integers_keep_the_low_bits) {
    CHECK_EQUAL(converted<u8>(i64{-1}), 255);
    CHECK_EQUAL(converted<std::int8_t>(i64{200}), -56);
    CHECK_EQUAL(converted<i64>(u64{1} << 63), std::numeric_limits<i64>::min());
    CHECK_EQUAL(converted<u64>(std::int8_t{-1}), ~u64{0});
    CHECK_EQUAL(converted<std::int32_t>(u32{4294967295u}), -1);
}

TEST(conversions_from_floats_truncate) {
    CHECK_EQUAL(converted<std::int32_t>(2.99f), 2);
    CHECK_EQUAL(converted<std::int32_t>(-2.99), -2);
    CHECK_EQUAL(converted<std::int8_t>(-128.9f), -128);
    CHECK_EQUAL(converted<u64>(18446744073709549568.0), 18446744073709549568u);
    CHECK_EQUAL(converted<u32>(4294967295.0), 4294967295u);
    CHECK_EQUAL(converted<i64>(Complex128(7.5, 3)), 7);
}

TEST(floats_that_fit_no_integer_give_the_most_negative_one) {
    for (double x : {static_cast<double>(NAN), static_cast<double>(INFINITY), 1e300, -1e300}) {
        CHECK_EQUAL(converted<i64>(x), std::numeric_limits<i64>::min());
        CHECK_EQUAL(converted<std::int32_t>(x), std::numeric_limits<std::int32_t>::min());
        CHECK_EQUAL(converted<u64>(x), u64{1} << 63);
    }
    CHECK_EQUAL(converted<i64>(9223372036854775808.0), std::numeric_limits<i64>::min());
    CHECK_EQUAL(converted<std::int32_t>(2147483648.0f), std::numeric_limits<std::int32_t>::min());
}

TEST(conversions_read_every_layout_and_broadcast) {
    Random random(1);
    const Shape shape{3, 1, 5}, wide{2, 3, 400, 5};
    for (DType from : all_dtypes)
        for (DType to : all_dtypes) {
            const Note a("from", name(from)), b("to", name(to));
            const Value x = random_value(random, from, shape, 0, 4);
            const Value expected = cast(x, to);
            for (Layout layout : layouts) {
                const Note at("layout", name(layout));
                CHECK(identical(cast(laid_out(x, layout), to), expected));
            }
            const Value y = cast(broadcast_to(x, wide), to);
            const i64 k = ((1 * 3 + 2) * 400 + 123) * 5 + 4;
            CHECK(identical(scalar(y, k), scalar(expected, 14)));
            CHECK(identical(slice_axis(slice_axis(y, 0, 1, 1, true), 1, 399, 1, false), expected));
        }
}

TEST(a_constant_is_the_number_in_every_dtype) {
    for (DType dtype : all_dtypes) {
        const Note at("dtype", name(dtype));
        const Value v = Value::constant(dtype, 1);
        CHECK(v.dtype == dtype);
        CHECK_EQUAL(v.rank(), 0);
        CHECK_EQUAL(item(v), Number(1));
        CHECK_EQUAL(v.is_array, dtype == DType::complex128);
    }
}
