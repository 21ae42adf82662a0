// Python's GIL, for threads that may outlive the interpreter.
#pragma once

#include <Python.h>

#include <chrono>
#include <thread>

namespace ag::core {

// Until nothing is left of the interpreter, and from then on.
inline bool interpreter_ends() {
#if PY_VERSION_HEX >= 0x030D0000
    const bool ends = Py_IsFinalizing();
#else
    const bool ends = _Py_IsFinalizing();
#endif
    return ends || !Py_IsInitialized();
}

// By the thread whose state this is.
inline bool holds_gil(void* thread_state) {
#if PY_VERSION_HEX >= 0x030D0000
    PyThreadState* const holder = PyThreadState_GetUnchecked();
#else
    PyThreadState* const holder = _PyThreadState_UncheckedGet();
#endif
    return holder != nullptr && holder == thread_state;
}

[[noreturn]] inline void wait_for_the_end() {
    while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

// What `f` gives, which asks for the GIL of an interpreter that may end meanwhile. Before 3.14
// CPython ends a thread there, by pthread_exit, and the C library then destroys what is in the
// thread's frames, as for an exception: though none of it may be touched without the GIL, and many
// of the frames let no exception pass, at which the whole process is terminated. As in
// CPython 3.14, the thread waits instead for the end of the process.
template <class F>
inline auto or_wait_for_the_end(F f) {
    try {
        return f();
    } catch (...) {  // nothing else passes through functions of CPython
        wait_for_the_end();
    }
}

// While the interpreter ends, one thread has the GIL, and does not let go of it (WithoutLock).
inline PyGILState_STATE ensure_gil() {
    // What asks for it does not know an interpreter that has gone.
    if (interpreter_ends() && !holds_gil(PyGILState_GetThisThreadState())) wait_for_the_end();
    return or_wait_for_the_end([] { return PyGILState_Ensure(); });
}

inline void* release_gil() { return PyEval_SaveThread(); }
inline void acquire_gil(void* saved) {
    if (interpreter_ends()) wait_for_the_end();
    or_wait_for_the_end([=] { PyEval_RestoreThread(static_cast<PyThreadState*>(saved)); });
}

// For what a thread leaves behind: where the interpreter has gone there is no lock, and nobody left
// to be careful of.
inline bool enter_gil(int* state) {
    if (interpreter_ends()) return false;
    *state = static_cast<int>(ensure_gil());
    return true;
}
inline void exit_gil(int state) { PyGILState_Release(static_cast<PyGILState_STATE>(state)); }

}  // namespace ag::core

// What Cython makes of `with gil` asks so too.
#define PyGILState_Ensure() ::ag::core::ensure_gil()
