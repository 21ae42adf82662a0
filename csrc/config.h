// What differs between compilers and platforms lives in this header and nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ag {

using i64 = std::int64_t;
using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

}  // namespace ag

#if defined(__GNUC__)
#define AG_LIKELY(x) __builtin_expect(!!(x), 1)
#define AG_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define AG_INLINE inline __attribute__((always_inline))
#define AG_NOINLINE __attribute__((noinline))
#elif defined(_MSC_VER)
#define AG_LIKELY(x) (x)
#define AG_UNLIKELY(x) (x)
#define AG_INLINE __forceinline
#define AG_NOINLINE __declspec(noinline)
#else
#define AG_LIKELY(x) (x)
#define AG_UNLIKELY(x) (x)
#define AG_INLINE inline
#define AG_NOINLINE
#endif

// One pointer per thread is read by every operation. The initial-exec model makes that read one
// instruction; a shared library may use it for a few bytes, which glibc keeps in reserve.
#if defined(__GNUC__) && defined(__linux__)
#define AG_THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))
#elif defined(__GNUC__)
#define AG_THREAD_LOCAL __thread
#else
#define AG_THREAD_LOCAL thread_local
#endif

// `omp simd` promises that iterations are independent: it lets a loop write in place over one of
// its inputs, which `restrict` would forbid. MSVC knows it only under /openmp:experimental.
#if defined(__GNUC__)
#define AG_SIMD _Pragma("omp simd")
#if defined(__clang__)  // which warns wherever it does not make use of the permission
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#else
#define AG_SIMD
#endif

// Clones of the hot loops for wider vectors, chosen at run time. The pragmas below apply to the
// functions between BEGIN and END; headers must be included before BEGIN, so that no inline
// function of theirs is compiled for a processor that may not be there.
#if defined(__x86_64__) && defined(__clang__)
#define AG_HAVE_X86_CLONES 1
#define AG_PRAGMA(...) _Pragma(#__VA_ARGS__)  // Clang takes one string literal, not several
#define AG_BEGIN_CLONE(isa) \
    AG_PRAGMA(clang attribute push(__attribute__((target(isa))), apply_to = function))
#define AG_BEGIN_AVX2 AG_BEGIN_CLONE("avx2,fma,f16c")
#define AG_BEGIN_AVX512 AG_BEGIN_CLONE("avx512f,avx512dq,avx512vl,avx512bw,fma")
#define AG_END_CLONE _Pragma("clang attribute pop")
#elif defined(__x86_64__) && defined(__GNUC__)
#define AG_HAVE_X86_CLONES 1
#define AG_BEGIN_AVX2 _Pragma("GCC push_options") _Pragma("GCC target(\"avx2,fma\")")
#define AG_BEGIN_AVX512         \
    _Pragma("GCC push_options") \
        _Pragma("GCC target(\"avx512f,avx512dq,avx512vl,avx512bw,fma,prefer-vector-width=512\")")
#define AG_END_CLONE _Pragma("GCC pop_options")
#else
#define AG_HAVE_X86_CLONES 0
#endif

// Whether loops call vector versions of the elementary functions (kernels/vector_math.h). Clang
// does not, where it sees `declare simd`; without glibc there is no libmvec.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#include <features.h>
#if defined(__GLIBC__)
#define AG_VECTOR_MATH 1
#endif
#endif
#ifndef AG_VECTOR_MATH
#define AG_VECTOR_MATH 0
#endif

// A broken invariant of the engine itself; a caller's mistake throws ag::Error instead.
#if defined(AG_DEBUG)
#include <cstdio>
#include <cstdlib>
#define AG_ASSERT(condition)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                          \
        }                                                                                          \
    } while (0)
#else
#define AG_ASSERT(condition) ((void)0)
#endif
