// Errors of the engine. Each has a kind, which the Python side turns into an exception class.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace ag {

enum class ErrorKind : int {
    invalid_argument = 0,  // shapes, axes, values
    dtype = 1,             // no rule for this dtype
    index = 2,             // out of range
    memory = 3,            // could not be allocated
    interrupted = 4,       // the user asked to stop (Ctrl-C)
    foreign = 5,           // a callback failed and has set its own (Python) exception
    overflow = 6,          // a size or a value that does not fit
    unimplemented = 7,     // a derivative that nobody gave
    external = 8,          // a C function of the user's failed
    busy = 9,              // another sweep is in the way
};

class Error : public std::exception {
   public:
    Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
    ErrorKind kind() const noexcept { return kind_; }
    const char* what() const noexcept override { return message_.c_str(); }

   private:
    ErrorKind kind_;
    std::string message_;
};

// An operation that does not take numbers of this kind. What to do instead depends on how users
// write things, which is known above.
class NoRule : public Error {
   public:
    // `kinds` has a bit for each kind that the operation takes (Kinds in ops/table.h).
    NoRule(const std::string& operation, const char* dtype, int kinds)
        : Error(ErrorKind::dtype, "[" + operation + "] has no rule for dtype " + dtype),
          operation_(operation),
          dtype_(dtype),
          kinds_(kinds) {}
    const std::string& operation() const noexcept { return operation_; }
    const char* dtype() const noexcept { return dtype_; }
    int kinds() const noexcept { return kinds_; }

   private:
    std::string operation_;
    const char* dtype_;
    int kinds_;
};

[[noreturn]] inline void fail(ErrorKind kind, std::string message) {
    throw Error(kind, std::move(message));
}
[[noreturn]] inline void fail(std::string message) {
    throw Error(ErrorKind::invalid_argument, std::move(message));
}

}  // namespace ag
