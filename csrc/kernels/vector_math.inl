// Vector versions of the functions of elementary.def for one instruction set, inside its namespace.
// The including file has set AG_VECTOR_BYTES, and how the vector ABI names vectors of that many
// bytes: AG_DOUBLES and AG_FLOATS.

typedef double Doubles __attribute__((vector_size(AG_VECTOR_BYTES)));
typedef float Floats __attribute__((vector_size(AG_VECTOR_BYTES)));

// Where the versions jump to.
void* target[function_count];

template <class T, class V>
V in_lanes(V x, T (*f)(T)) {
    each(reinterpret_cast<T*>(&x), sizeof x / sizeof(T), f);
    return x;
}
template <class T, class V>
V in_lanes(V x, V y, T (*f)(T, T)) {
    each(reinterpret_cast<T*>(&x), reinterpret_cast<const T*>(&y), sizeof x / sizeof(T), f);
    return x;
}

#define AG_VERSION1(T, V, NAME, PREFIX)                                           \
    V plain_##NAME(V x) { return in_lanes<T>(x, ::NAME); }                        \
    V vector_##NAME(V) __asm__("_ZGV" PREFIX "v_autograd_c_" #NAME);              \
    V vector_##NAME(V x) {                                                        \
        return reinterpret_cast<V (*)(V)>(target[static_cast<int>(at::NAME)])(x); \
    }
#define AG_VERSION2(T, V, NAME, PREFIX)                                                 \
    V plain_##NAME(V x, V y) { return in_lanes<T>(x, y, ::NAME); }                      \
    V vector_##NAME(V, V) __asm__("_ZGV" PREFIX "vv_autograd_c_" #NAME);                \
    V vector_##NAME(V x, V y) {                                                         \
        return reinterpret_cast<V (*)(V, V)>(target[static_cast<int>(at::NAME)])(x, y); \
    }
#define FUNCTION1(NAME)                            \
    AG_VERSION1(double, Doubles, NAME, AG_DOUBLES) \
    AG_VERSION1(float, Floats, NAME##f, AG_FLOATS)
#define FUNCTION2(NAME)                            \
    AG_VERSION2(double, Doubles, NAME, AG_DOUBLES) \
    AG_VERSION2(float, Floats, NAME##f, AG_FLOATS)
#include "elementary.def"
#undef FUNCTION1
#undef FUNCTION2
#undef AG_VERSION1
#undef AG_VERSION2

#include "tanh.inl"

void* own(at function) {
    return function == at::tanh ? reinterpret_cast<void*>(&own_tanh) : nullptr;
}

const Version table[function_count] = {
#define FUNCTION1(NAME)                                                                    \
    {"_ZGV" AG_DOUBLES "v_" #NAME, reinterpret_cast<void*>(&plain_##NAME), own(at::NAME)}, \
        {"_ZGV" AG_FLOATS "v_" #NAME "f", reinterpret_cast<void*>(&plain_##NAME##f), nullptr},
#define FUNCTION2(NAME)                                                               \
    {"_ZGV" AG_DOUBLES "vv_" #NAME, reinterpret_cast<void*>(&plain_##NAME), nullptr}, \
        {"_ZGV" AG_FLOATS "vv_" #NAME "f", reinterpret_cast<void*>(&plain_##NAME##f), nullptr},
#include "elementary.def"
#undef FUNCTION1
#undef FUNCTION2
};

#undef AG_VECTOR_BYTES
#undef AG_DOUBLES
#undef AG_FLOATS
