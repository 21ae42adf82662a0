// The loops of special.h, in the namespace of one instruction set, which has `Doubles` and the
// functions that special.inl asks for.

#include "special.inl"

constexpr i64 lanes = sizeof(Doubles) / sizeof(double);

// `count` numbers from x, the other lanes filled up; and back.
template <class T>
AG_INLINE Doubles load(const T* x, i64 count) {
    double wide[lanes];
    for (i64 k = 0; k < lanes; ++k) wide[k] = k < count ? static_cast<double>(x[k]) : 0.5;
    Doubles v;
    std::memcpy(&v, wide, sizeof v);
    return v;
}
template <class T>
AG_INLINE void store(const Doubles& v, T* y, i64 count) {
    double wide[lanes];
    std::memcpy(wide, &v, sizeof v);
    for (i64 k = 0; k < count; ++k) y[k] = static_cast<T>(wide[k]);
}

// One function a kernel, called by all of its loops.
#define KERNEL(NAME)                                             \
    AG_NOINLINE Doubles NAME##_of(Doubles x) { return NAME(x); } \
    template <class T>                                           \
    void NAME##_loop(i64 n, const void* const* in, void* out) {  \
        const T* x = static_cast<const T*>(in[0]);               \
        T* y = static_cast<T*>(out);                             \
        for (; n >= lanes; n -= lanes, x += lanes, y += lanes)   \
            store(NAME##_of(load(x, lanes)), y, lanes);          \
        if (n > 0) store(NAME##_of(load(x, n)), y, n);           \
    }
AG_SPECIAL_KERNELS(KERNEL)
#undef KERNEL

constexpr SpecialLoops loops = {
#define KERNEL(NAME) {NAME##_loop<float>, NAME##_loop<double>},
    AG_SPECIAL_KERNELS(KERNEL)
#undef KERNEL
};
