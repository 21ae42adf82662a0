#include "blas.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include "array.h"

#if defined(__linux__)
#include <dlfcn.h>
#include <link.h>
#endif

namespace ag::blas {

namespace {

// Fortran's interface: all arguments by reference. The hidden lengths of the two characters follow,
// as gfortran passes them.
template <class Int>
using Gemm = void (*)(const char*, const char*, const Int*, const Int*, const Int*, const void*,
                      const void*, const Int*, const void*, const Int*, const void*, void*,
                      const Int*, std::size_t, std::size_t);

template <class Int>
using Potrf = void (*)(const char*, const Int*, void*, const Int*, Int*, std::size_t);
template <class Int>
using Trsm = void (*)(const char*, const char*, const char*, const char*, const Int*, const Int*,
                      const void*, const void*, const Int*, void*, const Int*, std::size_t,
                      std::size_t, std::size_t, std::size_t);
template <class Int>
using Getri = void (*)(const Int*, void*, const Int*, const Int*, void*, const Int*, Int*);
template <class Int>
using Getrf = void (*)(const Int*, const Int*, void*, const Int*, Int*, Int*);

struct Library {
    void* gemm[4] = {};   // float32, float64, complex64, complex128
    void* potrf[4] = {};  // null if it is a BLAS alone
    void* getrf[4] = {};
    void* getri[4] = {};
    void* trsm[4] = {};
    bool wide = false;  // 64-bit integers
    std::string where = "none";
};

#if defined(__linux__)

bool take(Library& library, void* handle, const std::string& prefix, const std::string& suffix) {
    const char* names[4] = {"sgemm", "dgemm", "cgemm", "zgemm"};
    for (int k = 0; k < 4; ++k) {
        library.gemm[k] = dlsym(handle, (prefix + names[k] + suffix).c_str());
        if (library.gemm[k] == nullptr) return false;
    }
    for (int k = 0; k < 4; ++k) {
        const std::string type(1, names[k][0]);
        library.potrf[k] = dlsym(handle, (prefix + type + "potrf" + suffix).c_str());
        library.getrf[k] = dlsym(handle, (prefix + type + "getrf" + suffix).c_str());
        library.getri[k] = dlsym(handle, (prefix + type + "getri" + suffix).c_str());
        library.trsm[k] = dlsym(handle, (prefix + type + "trsm" + suffix).c_str());
    }
    library.wide = suffix == "_64_" || suffix == "64_";
    return true;
}

int collect(dl_phdr_info* info, std::size_t, void* out) {
    const std::string path = info->dlpi_name;
    for (const char* word : {"openblas", "libmkl_rt", "libblis", "libblas", "libcblas"})
        if (path.find(word) != std::string::npos) {
            static_cast<std::vector<std::string>*>(out)->push_back(path);
            break;
        }
    return 0;
}

Library find() {
    Library library;
    std::vector<std::string> paths;
    dl_iterate_phdr(collect, &paths);
    for (const std::string& path : paths) {
        void* handle = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
        if (handle == nullptr) continue;
        // The names under which NumPy's and SciPy's wheels, conda and distributions export it.
        for (const char* prefix : {"scipy_", ""})
            for (const char* suffix : {"_64_", "_"})
                if (take(library, handle, prefix, suffix)) {
                    library.where = path;
                    return library;
                }
        dlclose(handle);
    }
    return library;
}

#else

Library find() { return {}; }

#endif

const float one32[2] = {1, 0}, zero32[2] = {0, 0}, minus32[2] = {-1, 0};
const double one64[2] = {1, 0}, zero64[2] = {0, 0}, minus64[2] = {-1, 0};

int float_position(DType dtype) {
    return static_cast<int>(dtype) - static_cast<int>(DType::float32);
}

const Library& library() {
    static const Library* found = new Library(find());
    return *found;
}

bool fits(const Library& found, std::initializer_list<i64> extents) {
    return found.wide || std::max(extents) <= std::numeric_limits<int>::max();
}

template <class Int>
void call(void* function, i64 m, i64 n, i64 k, const void* by, const void* before, const Operand& a,
          const Operand& b, void* c, i64 ld) {
    // A row-major product is the column-major product of the transposes, in reverse order.
    const auto rows = static_cast<Int>(n), columns = static_cast<Int>(m),
               inner = static_cast<Int>(k);
    const auto ldb = static_cast<Int>(b.ld), lda = static_cast<Int>(a.ld),
               ldc = static_cast<Int>(ld);
    const auto letter = [](const Operand& x) {
        return x.conjugated ? 'C' : x.transposed ? 'T' : 'N';
    };
    const char trans_b = letter(b), trans_a = letter(a);
    reinterpret_cast<Gemm<Int>>(function)(&trans_b, &trans_a, &rows, &columns, &inner, by, b.data,
                                          &ldb, a.data, &lda, before, c, &ldc, 1, 1);
}

// c = c - a b if `off`, else a b.
bool multiply(DType dtype, i64 m, i64 n, i64 k, const Operand& a, const Operand& b, bool off,
              void* c, i64 ld) {
    const Library& found = library();
    const int index = float_position(dtype);
    if (index < 0 || found.gemm[index] == nullptr || !fits(found, {m, n, k, a.ld, b.ld, ld}))
        return false;
    const bool single = real_dtype(dtype) == DType::float32;
    const void* one = single ? static_cast<const void*>(one32) : one64;
    const void* zero = single ? static_cast<const void*>(zero32) : zero64;
    const void* minus = single ? static_cast<const void*>(minus32) : minus64;
    (found.wide ? call<i64> : call<int>)(found.gemm[index], m, n, k, off ? minus : one,
                                         off ? one : zero, a, b, c, ld);
    return true;
}

}  // namespace

bool gemm(DType dtype, i64 m, i64 n, i64 k, const Operand& a, const Operand& b, void* c) {
    return multiply(dtype, m, n, k, a, b, false, c, n);
}

bool gemm_off(DType dtype, i64 m, i64 n, i64 k, const Operand& a, const Operand& b, void* c,
              i64 ld) {
    return multiply(dtype, m, n, k, a, b, true, c, ld);
}

namespace {

template <class Int>
bool factor(void* function, i64 n, void* a) {
    // Row-major lower is column-major upper, of the conjugate matrix.
    const auto extent = static_cast<Int>(n);
    Int info = 0;
    reinterpret_cast<Potrf<Int>>(function)("U", &extent, a, &extent, &info, 1);
    return info == 0;
}

template <class Int>
void solve(void* function, i64 n, i64 m, const void* one, const void* a, i64 ld, bool lower,
           bool unit, bool adjoint, void* b) {
    // The transposes: X^T A^T = B^T, of which column-major storage is the row-major one of X, A, B.
    const auto rows = static_cast<Int>(m), columns = static_cast<Int>(n),
               distance = static_cast<Int>(ld);
    reinterpret_cast<Trsm<Int>>(function)("R", lower ? "U" : "L", adjoint ? "C" : "N",
                                          unit ? "U" : "N", &rows, &columns, one, a, &distance, b,
                                          &rows, 1, 1, 1, 1);
}

// The transposes again: A^T X^T = B^T.
template <class Int>
void solve_right(void* function, i64 n, i64 m, const void* one, const void* a, i64 lda, void* b,
                 i64 ldb) {
    const auto rows = static_cast<Int>(n), columns = static_cast<Int>(m),
               of_a = static_cast<Int>(lda), of_b = static_cast<Int>(ldb);
    reinterpret_cast<Trsm<Int>>(function)("L", "U", "N", "N", &rows, &columns, one, a, &of_a, b,
                                          &of_b, 1, 1, 1, 1);
}

template <class Int>
bool invert(void* function, DType dtype, i64 n, void* a, const i64* exchanged) {
    // As many columns at once as LAPACK takes.
    constexpr i64 block = 64;
    const auto extent = static_cast<Int>(n), length = static_cast<Int>(n * block);
    Int info = 0;
    std::vector<Int> pivots(static_cast<std::size_t>(n));
    for (std::size_t k = 0; k < pivots.size(); ++k) pivots[k] = static_cast<Int>(exchanged[k] + 1);
    Value work = make_value(dtype, Shape{n * block});
    reinterpret_cast<Getri<Int>>(function)(&extent, a, &extent, pivots.data(), work.mutable_data(),
                                           &length, &info);
    return info == 0;
}

template <class Int>
void eliminate(void* function, i64 n, void* a, i64* exchanged) {
    const auto extent = static_cast<Int>(n);
    Int info = 0;
    std::vector<Int> pivots(static_cast<std::size_t>(n));
    reinterpret_cast<Getrf<Int>>(function)(&extent, &extent, a, &extent, pivots.data(), &info);
    for (std::size_t k = 0; k < pivots.size(); ++k) exchanged[k] = static_cast<i64>(pivots[k]) - 1;
}

}  // namespace

bool cholesky(DType dtype, i64 n, void* a, bool* definite) {
    const Library& found = library();
    void* const function = found.potrf[float_position(dtype)];
    if (function == nullptr || !fits(found, {n})) return false;
    *definite = found.wide ? factor<i64>(function, n, a) : factor<int>(function, n, a);
    return true;
}

bool triangular_solve(DType dtype, i64 n, i64 m, const void* a, i64 ld, bool lower, bool unit,
                      bool adjoint, void* b) {
    const Library& found = library();
    void* const function = found.trsm[float_position(dtype)];
    if (function == nullptr || !fits(found, {n, m, ld})) return false;
    if (m == 0) return true;
    const void* const one =
        real_dtype(dtype) == DType::float32 ? static_cast<const void*>(one32) : one64;
    if (found.wide)
        solve<i64>(function, n, m, one, a, ld, lower, unit, adjoint, b);
    else
        solve<int>(function, n, m, one, a, ld, lower, unit, adjoint, b);
    return true;
}

bool triangular_solve_right(DType dtype, i64 n, i64 m, const void* a, i64 lda, void* b, i64 ldb) {
    const Library& found = library();
    void* const function = found.trsm[float_position(dtype)];
    if (function == nullptr || !fits(found, {n, m, lda, ldb})) return false;
    if (m == 0) return true;
    const void* const one =
        real_dtype(dtype) == DType::float32 ? static_cast<const void*>(one32) : one64;
    (found.wide ? solve_right<i64> : solve_right<int>)(function, n, m, one, a, lda, b, ldb);
    return true;
}

bool inverts(DType dtype) { return library().getri[float_position(dtype)] != nullptr; }

bool inverse_of_factors(DType dtype, i64 n, void* a, const i64* exchanged) {
    const Library& found = library();
    void* const function = found.getri[float_position(dtype)];
    if (function == nullptr || !fits(found, {n * 64})) return false;
    return (found.wide ? invert<i64> : invert<int>)(function, dtype, n, a, exchanged);
}

bool lu(DType dtype, i64 n, void* a, i64* exchanged) {
    const Library& found = library();
    void* const function = found.getrf[float_position(dtype)];
    if (function == nullptr || !fits(found, {n})) return false;
    if (found.wide)
        eliminate<i64>(function, n, a, exchanged);
    else
        eliminate<int>(function, n, a, exchanged);
    return true;
}

const char* description() { return library().where.c_str(); }

}  // namespace ag::blas
