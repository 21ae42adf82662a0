// Small blocks of which rows and columns change places.
#pragma once

#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "config.h"

namespace ag {

// As many rows as columns: in registers where there are instructions for it. The elements of a
// source are side by side, and so are those of a target.
template <class Item>
struct SmallBlock {
    static constexpr i64 size = 1;
    static void transpose(const char* const* from, char* const* to) {
        std::memcpy(to[0], from[0], sizeof(Item));
    }
};
#if defined(__SSE2__)
template <>
struct SmallBlock<u32> {
    static constexpr i64 size = 4;
    static void transpose(const char* const* from, char* const* to) {
        __m128 row[4];
        for (int k = 0; k < 4; ++k) row[k] = _mm_loadu_ps(reinterpret_cast<const float*>(from[k]));
        _MM_TRANSPOSE4_PS(row[0], row[1], row[2], row[3]);
        for (int k = 0; k < 4; ++k) _mm_storeu_ps(reinterpret_cast<float*>(to[k]), row[k]);
    }
};
template <>
struct SmallBlock<u64> {
    static constexpr i64 size = 2;
    static void transpose(const char* const* from, char* const* to) {
        const __m128d a = _mm_loadu_pd(reinterpret_cast<const double*>(from[0]));
        const __m128d b = _mm_loadu_pd(reinterpret_cast<const double*>(from[1]));
        _mm_storeu_pd(reinterpret_cast<double*>(to[0]), _mm_unpacklo_pd(a, b));
        _mm_storeu_pd(reinterpret_cast<double*>(to[1]), _mm_unpackhi_pd(a, b));
    }
};
#endif

}  // namespace ag
