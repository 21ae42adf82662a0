// Each row of AG_ROWS, which is all of elementwise.def or one group, as a type, inside the
// namespace of one instruction set: the expressions find the functions of that namespace.

#define UNARY(NAME, KINDS, VALUE, PARTIAL, ...)                                     \
    struct NAME##_row {                                                             \
        static constexpr int arity = 1;                                             \
        static constexpr u8 kinds = KINDS;                                          \
        template <class T>                                                          \
        static AG_INLINE constexpr auto value(const T& x) {                         \
            return VALUE;                                                           \
        }                                                                           \
        template <int K, class T>                                                   \
        static AG_INLINE constexpr auto partial(const T& x, const T&, const T& y) { \
            (void)x;                                                                \
            (void)y;                                                                \
            return PARTIAL;                                                         \
        }                                                                           \
    };
#define BINARY(NAME, KINDS, VALUE, PARTIAL_A, PARTIAL_B, ...)                         \
    struct NAME##_row {                                                               \
        static constexpr int arity = 2;                                               \
        static constexpr u8 kinds = KINDS;                                            \
        template <class T>                                                            \
        static AG_INLINE constexpr auto value(const T& a, const T& b) {               \
            return VALUE;                                                             \
        }                                                                             \
        template <int K, class T>                                                     \
        static AG_INLINE constexpr auto partial(const T& a, const T& b, const T& y) { \
            (void)a;                                                                  \
            (void)b;                                                                  \
            (void)y;                                                                  \
            if constexpr (K == 0)                                                     \
                return PARTIAL_A;                                                     \
            else                                                                      \
                return PARTIAL_B;                                                     \
        }                                                                             \
    };
#include AG_ROWS
#undef UNARY
#undef BINARY
