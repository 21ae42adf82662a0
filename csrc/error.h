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

[[noreturn]] inline void fail(ErrorKind kind, std::string message) {
    throw Error(kind, std::move(message));
}
[[noreturn]] inline void fail(std::string message) {
    throw Error(ErrorKind::invalid_argument, std::move(message));
}

}  // namespace ag
