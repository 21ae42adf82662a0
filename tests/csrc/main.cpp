// Runs the engine's tests, without Python.
//
//     engine-tests [-v] [part of a test's name or file] ...

#include <chrono>
#include <cstring>
#include <mutex>

#include "check.h"
#include "kernels/select.h"
#include "kernels/vector_math.h"

namespace test {

namespace {

Case* first = nullptr;
Case** last = &first;

constexpr int reports_per_case = 10;
std::mutex report_mutex;
int reports = 0;
std::string skipped;

thread_local Note* innermost = nullptr;

}  // namespace

Case::Case(const char* case_name, const char* case_file, void (*run_case)())
    : name(case_name), file(case_file), run(run_case) {
    *last = this;
    last = &next;
}

void Note::enter() {
    outer_ = innermost;
    innermost = this;
}

Note::~Note() { innermost = outer_; }

std::string Note::all() {
    std::string out;
    for (const Note* note = innermost; note != nullptr; note = note->outer_) {
        const std::string value = note->text_ ? note->text_ : std::to_string(note->number_);
        out = std::string(note->key_) + " " + value + (out.empty() ? "" : ", ") + out;
    }
    return out.empty() ? out : "  [" + out + "]";
}

void report(const char* file, int line, const std::string& what) {
    const std::string notes = Note::all();
    std::lock_guard<std::mutex> lock(report_mutex);
    if (++reports <= reports_per_case)
        std::printf("%s:%d: %s%s\n", file, line, what.c_str(), notes.c_str());
    else if (reports == reports_per_case + 1)
        std::printf("(more of it)\n");
}

void skip(const std::string& why) { skipped = why; }

bool near(std::complex<double> a, std::complex<double> b, double tolerance) {
    const auto part = [tolerance](double x, double y, double scale) {
        if (std::isnan(x) || std::isnan(y)) return std::isnan(x) && std::isnan(y);
        if (std::isinf(x) || std::isinf(y)) return x == y;
        return std::fabs(x - y) <= tolerance * std::max(1.0, scale);
    };
    const double scale = std::abs(b);
    return part(a.real(), b.real(), scale) && part(a.imag(), b.imag(), scale);
}

}  // namespace test

namespace {

bool is_chosen(const test::Case& each, int count, char** words) {
    bool any = false;
    for (int k = 1; k < count; ++k) {
        if (words[k][0] == '-') continue;
        any = true;
        if (std::strstr(each.name, words[k]) || std::strstr(each.file, words[k])) return true;
    }
    return !any;
}

// What one case says: nothing thrown, no check failed.
bool passes(const test::Case& each) {
    test::reports = 0;
    test::skipped.clear();
    try {
        each.run();
    } catch (const std::exception& error) {
        test::report(each.file, 0, std::string("thrown: ") + error.what());
    }
    return test::reports == 0;
}

}  // namespace

int main(int count, char** words) {
    bool verbose = false;
    for (int k = 1; k < count; ++k) verbose = verbose || std::strcmp(words[k], "-v") == 0;
    ag::initialise();
    int passed = 0, failed = 0;
    for (const test::Case* each = test::first; each != nullptr; each = each->next) {
        if (!is_chosen(*each, count, words)) continue;
        const auto begin = std::chrono::steady_clock::now();
        const bool ok = passes(*each);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        ++(ok ? passed : failed);
        if (!ok) std::printf("FAILED  %s\n", each->name);
        if (!test::skipped.empty())
            std::printf("skipped %s: %s\n", each->name, test::skipped.c_str());
        else if (verbose || took.count() > 5)
            std::printf("%7.2f s  %s\n", took.count(), each->name);
        std::fflush(stdout);
    }
    std::printf("%d passed, %d failed (%s, vector math: %s)\n", passed, failed,
                ag::instruction_set(), ag::vector_math());
    return failed == 0 ? 0 : 1;
}
