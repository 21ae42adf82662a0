// What special_loops.inl asks for, of vectors of AG_VECTOR_BYTES, which the vector ABI names by
// AG_DOUBLES.

typedef double Doubles __attribute__((vector_size(AG_VECTOR_BYTES)));

// Of vector_math.cpp.
Doubles vector_exp(Doubles) __asm__("_ZGV" AG_DOUBLES "v_autograd_c_exp");
Doubles vector_log(Doubles) __asm__("_ZGV" AG_DOUBLES "v_autograd_c_log");

AG_INLINE Doubles exp(Doubles x) { return vector_exp(x); }
AG_INLINE Doubles log(Doubles x) { return vector_log(x); }
AG_INLINE Doubles sqrt(Doubles x) {
    double each[AG_VECTOR_BYTES / 8];
    std::memcpy(each, &x, sizeof x);
    for (double& number : each) number = __builtin_sqrt(number);
    std::memcpy(&x, each, sizeof x);
    return x;
}
template <class Mask>
AG_INLINE bool any(Mask mask) {
    i64 found = 0;
    for (int k = 0; k < AG_VECTOR_BYTES / 8; ++k) found |= mask[k];
    return found != 0;
}
template <class Mask>
AG_INLINE bool all(Mask mask) {
    return !any(~mask);
}
AG_INLINE void repair(const Doubles& x, Doubles& y, double (*f)(double)) {
    repair_lanes(reinterpret_cast<const double*>(&x), reinterpret_cast<double*>(&y),
                 AG_VECTOR_BYTES / 8, f);
}

#include "special_loops.inl"
