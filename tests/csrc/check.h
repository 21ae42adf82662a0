// The whole test framework: cases that register themselves, and checks that count.
#pragma once

#include <cmath>
#include <complex>
#include <cstdio>
#include <string>

namespace test {

struct Case {
    Case(const char* name, const char* file, void (*run)());
    const char* name;
    const char* file;
    void (*run)();
    Case* next = nullptr;
};

// Reports one failed check of the case that is running; from any thread.
void report(const char* file, int line, const std::string& what);
// Leaves the running case out, with a reason.
void skip(const std::string& why);

// What a loop is at, for the report of a failure in it: Note at("dtype", name(dtype));
class Note {
   public:
    Note(const char* key, const char* value) : key_(key), text_(value) { enter(); }
    Note(const char* key, long long value) : key_(key), number_(value) { enter(); }
    ~Note();
    Note(const Note&) = delete;
    Note& operator=(const Note&) = delete;
    static std::string all();

   private:
    const char* key_;
    const char* text_ = nullptr;
    long long number_ = 0;
    Note* outer_ = nullptr;
    void enter();
};

inline std::string text(bool x) { return x ? "true" : "false"; }
inline std::string text(const std::string& x) { return x; }
inline std::string text(const char* x) { return x; }
template <class T>
std::enable_if_t<std::is_integral_v<T>, std::string> text(T x) {
    return std::to_string(x);
}
inline std::string text(double x) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.17g", x);
    return buffer;
}
inline std::string text(const std::complex<double>& z) {
    return text(z.real()) + (z.imag() < 0 ? "" : "+") + text(z.imag()) + "j";
}

template <class A, class B>
bool equal(const char* file, int line, const char* source, const A& a, const B& b) {
    if (a == b) return true;
    report(file, line, std::string(source) + ": " + text(a) + " is not " + text(b));
    return false;
}

// |a - b| <= tolerance * max(1, |b|); infinities and NaN must agree.
bool near(std::complex<double> a, std::complex<double> b, double tolerance);
inline bool near(const char* file, int line, const char* source, std::complex<double> a,
                 std::complex<double> b, double tolerance) {
    if (near(a, b, tolerance)) return true;
    report(file, line, std::string(source) + ": " + text(a) + " is not near " + text(b));
    return false;
}

}  // namespace test

// TEST(what_the_rule_says) { ... }
#define TEST(NAME)                                              \
    static void NAME();                                         \
    static const test::Case case_##NAME(#NAME, __FILE__, NAME); \
    static void NAME()

#define CHECK(CONDITION)                                                           \
    do {                                                                           \
        if (!(CONDITION)) test::report(__FILE__, __LINE__, "not so: " #CONDITION); \
    } while (0)
#define CHECK_EQUAL(A, B) test::equal(__FILE__, __LINE__, #A " == " #B, A, B)
#define CHECK_NEAR(A, B, TOLERANCE) test::near(__FILE__, __LINE__, #A " ~ " #B, A, B, TOLERANCE)
// The statement throws an ag::Error of this kind.
#define CHECK_FAILS(KIND, ...)                                                                   \
    do {                                                                                         \
        try {                                                                                    \
            __VA_ARGS__;                                                                         \
            test::report(__FILE__, __LINE__, "no error: " #__VA_ARGS__);                         \
        } catch (const ag::Error& error) {                                                       \
            if (error.kind() != ag::ErrorKind::KIND)                                             \
                test::report(__FILE__, __LINE__, std::string("another error: ") + error.what()); \
        }                                                                                        \
    } while (0)
