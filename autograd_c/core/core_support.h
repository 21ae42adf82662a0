// What the Cython core needs of C++ and Python at once: errors, and Ctrl-C.
#pragma once

#include <Python.h>

#include <chrono>
#include <new>

#include "core_lock.h"
#include "error.h"
#include "program.h"
#include "sharing.h"

// Cython adds a frame to tracebacks for each of its functions that an error passes. Their source is
// not installed, and IPython says so of each; without them the last line is the user's own. Builds
// for debugging keep them. What the core raises itself then has no traceback where the core catches
// it, so the build looks first whether Cython's code can do without (tools/tracebacks.py).
#if defined(AG_TRACEBACKS_MAY_BE_MISSING) && !defined(AG_DEBUG)
#define PyTraceBack_Here(frame) ((void)(frame), 0)
#endif

namespace ag::core {

// Exception classes by ErrorKind; set once at import.
inline PyObject* exception_classes = nullptr;

inline void set_exceptions(PyObject* kinds) {
    Py_INCREF(kinds);
    exception_classes = kinds;
}

// The message of `error` and what to do about it, as autograd_c.advice has it; a new reference, or
// null if that cannot be had.
inline PyObject* with_advice(const NoRule& error) {
    PyObject* module = PyImport_ImportModule("autograd_c.advice.lookup");
    PyObject* advice = module == nullptr ? nullptr
                                         : PyObject_CallMethod(module, "of_dtype", "ssi",
                                                               error.operation().c_str(),
                                                               error.dtype(), error.kinds());
    Py_XDECREF(module);
    if (advice == nullptr) {
        PyErr_Clear();
        return nullptr;
    }
    PyObject* text = PyUnicode_FromFormat("%s: %U", error.what(), advice);
    Py_DECREF(advice);
    return text;
}

// Turns the C++ exception in flight into a Python one. Called with the GIL.
inline void raise_error() {
    // Whether it fails depends on values, and the program may catch the error.
    bind_program("an operation failed, and the function went on");
    try {
        throw;
    } catch (const NoRule& error) {
        PyObject* cls = PyTuple_GetItem(exception_classes, static_cast<int>(error.kind()));
        if (PyObject* text = with_advice(error)) {
            PyErr_SetObject(cls, text);
            Py_DECREF(text);
        } else {
            PyErr_SetString(cls, error.what());
        }
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::foreign) {
            if (PyErr_Occurred()) return;
        }
        PyObject* cls = PyTuple_GetItem(exception_classes, static_cast<int>(error.kind()));
        PyErr_SetString(cls, error.what());
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    } catch (...) {  // CPython ends this thread
        if (interpreter_ends()) wait_for_the_end();
        throw;
    }
}

// Lets go of a Python object that memory or records of the engine needed.
inline void release_owner(void* owner) {
    const PyGILState_STATE state = ensure_gil();
    or_wait_for_the_end([=] { Py_DECREF(static_cast<PyObject*>(owner)); });
    PyGILState_Release(state);
}

inline u64 current_thread_generation() { return thread_state().generation; }

// How many errors signal handlers have raised on this thread where the engine has let them run.
inline u64& errors_of_handlers() {
    static thread_local u64 count = 0;
    return count;
}
inline u64 count_errors_of_handlers() { return errors_of_handlers(); }

// Runs pending signal handlers, Ctrl-C's among them; works with the GIL and without.
inline bool check_signals() {
    const PyGILState_STATE state = ensure_gil();
    const bool stop = PyErr_CheckSignals() != 0;
    PyGILState_Release(state);
    if (stop) ++errors_of_handlers();
    return stop;
}

// The same for machine code, which asks in its loops: looks every 50 ms at most.
inline int machine_code_is_to_stop() {
    using Clock = std::chrono::steady_clock;
    static thread_local Clock::time_point last;
    const auto now = Clock::now();
    if (now - last < std::chrono::milliseconds(50)) return 0;
    last = now;
    return check_signals() ? 1 : 0;
}
inline std::size_t address_of_machine_code_is_to_stop() {
    return reinterpret_cast<std::size_t>(&machine_code_is_to_stop);
}

inline void install_hooks() {
    interrupted = check_signals;
    lock_hooks = {release_gil, holds_gil, acquire_gil, enter_gil, exit_gil, interpreter_ends};
}

// How many functions run on this thread, one in the other, whose derivative the user gives: what
// they do with arrays loses none.
inline int& given_derivatives() {
    static thread_local int depth = 0;
    return depth;
}
inline void enter_given_derivative() { ++given_derivatives(); }
inline void leave_given_derivative() { --given_derivatives(); }

// Lets a type with `__getitem__` not pass for a sequence where C code asks.
inline void be_no_sequence(PyObject* type) {
    reinterpret_cast<PyTypeObject*>(type)->tp_as_sequence->sq_item = nullptr;
}

inline const char* compiler_name() {
#if defined(__clang__)
    return "Clang " __clang_version__;
#elif defined(__GNUC__)
    return "GCC " __VERSION__;
#else
    return "MSVC";
#endif
}

}  // namespace ag::core
