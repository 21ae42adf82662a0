#include "vector_math.h"

#include <stdexcept>
#include <string>

#if AG_VECTOR_MATH
#include <dlfcn.h>
#include <immintrin.h>
#include <math.h>

// What loops call for single numbers, and the vector versions of it: a jump each, to libmvec's
// function if there is one, or else to a call of libm's for each lane.
#define FUNCTION1(NAME)                                                          \
    extern "C" double autograd_c_##NAME(double x) noexcept { return ::NAME(x); } \
    extern "C" float autograd_c_##NAME##f(float x) noexcept { return ::NAME##f(x); }
#define FUNCTION2(NAME)                                                                       \
    extern "C" double autograd_c_##NAME(double x, double y) noexcept { return ::NAME(x, y); } \
    extern "C" float autograd_c_##NAME##f(float x, float y) noexcept { return ::NAME##f(x, y); }
#include "elementary.def"
#undef FUNCTION1
#undef FUNCTION2

namespace ag {

// Not a nameless one: the vector versions are called from other files.
namespace versions {

struct Version {
    const char* name;  // libmvec's
    void* plain;
    void* own;  // in the place of libmvec's, or null
};

enum class at : int {
#define FUNCTION1(NAME) NAME, NAME##f,
#define FUNCTION2(NAME) NAME, NAME##f,
#include "elementary.def"
#undef FUNCTION1
#undef FUNCTION2
    count
};
constexpr int function_count = static_cast<int>(at::count);

// Compiled for any processor, as libm is: vectors have gone to memory before.
template <class T>
__attribute__((noinline)) void each(T* x, int n, T (*f)(T)) {
    for (int i = 0; i < n; ++i) x[i] = f(x[i]);
}
template <class T>
__attribute__((noinline)) void each(T* x, const T* y, int n, T (*f)(T, T)) {
    for (int i = 0; i < n; ++i) x[i] = f(x[i], y[i]);
}

namespace sse {
#define AG_VECTOR_BYTES 16
#define AG_DOUBLES "bN2"
#define AG_FLOATS "bN4"
#include "vector_math.inl"
}  // namespace sse
AG_BEGIN_AVX2
namespace avx2 {
#define AG_VECTOR_BYTES 32
#define AG_DOUBLES "dN4"
#define AG_FLOATS "dN8"
#include "vector_math.inl"
}  // namespace avx2
AG_END_CLONE
AG_BEGIN_AVX512
namespace avx512 {
#define AG_VECTOR_BYTES 64
#define AG_DOUBLES "eN8"
#define AG_FLOATS "eN16"
#include "vector_math.inl"
}  // namespace avx512
AG_END_CLONE

}  // namespace versions

namespace {

using namespace versions;

struct Width {
    const Version* versions;
    void** target;
};
constexpr Width widths[] = {
    {sse::table, sse::target}, {avx2::table, avx2::target}, {avx512::table, avx512::target}};

std::string description = "none";

// Takes what `library` has, or what calls libm where that is null. Says how many functions it has,
// in vectors of all widths.
int take(void* library) {
    int complete = 0;
    for (int k = 0; k < function_count; ++k) {
        bool everywhere = true;
        for (const Width& width : widths) {
            const Version& version = width.versions[k];
            void* found = library == nullptr ? nullptr : dlsym(library, version.name);
            width.target[k] = found == nullptr         ? version.plain
                              : version.own != nullptr ? version.own
                                                       : found;
            everywhere = everywhere && found != nullptr;
        }
        complete += everywhere;
    }
    return complete;
}

}  // namespace

void choose_vector_math(const char* wanted) {
    const std::string word = wanted == nullptr ? "" : wanted;
    if (!word.empty() && word != "libmvec" && word != "none")
        throw std::runtime_error("AUTOGRAD_C_VECTOR_MATH=" + word + ": expected libmvec or none");
    // Stays open: its functions are called until the process ends.
    void* library = word == "none" ? nullptr : dlopen("libmvec.so.1", RTLD_LAZY | RTLD_LOCAL);
    const int found = take(library);
    if (word == "libmvec" && found == 0)
        throw std::runtime_error(
            "AUTOGRAD_C_VECTOR_MATH=libmvec: this system has no libmvec.so.1, which comes with "
            "glibc 2.22 and newer");
    description = found == 0 ? "none" : "libmvec";
    if (found != 0 && found != function_count)
        description += " (" + std::to_string(found / 2) + " of " +
                       std::to_string(function_count / 2) + " functions)";
}

const char* vector_math() { return description.c_str(); }

}  // namespace ag

#else

namespace ag {

void choose_vector_math(const char* wanted) {
    const std::string word = wanted == nullptr ? "" : wanted;
    if (word == "libmvec")
        throw std::runtime_error(
            "AUTOGRAD_C_VECTOR_MATH=libmvec: only builds by GCC for x86-64 and glibc can use it");
    if (!word.empty() && word != "none")
        throw std::runtime_error("AUTOGRAD_C_VECTOR_MATH=" + word + ": expected libmvec or none");
}

const char* vector_math() { return "none"; }

}  // namespace ag

#endif
