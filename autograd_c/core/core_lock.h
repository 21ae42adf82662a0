// Python's GIL, for threads that may outlive the interpreter.
#pragma once

#include <Python.h>

#include <chrono>
#include <thread>

namespace ag::core {

// What `ask` gives, which asks for the GIL. Before 3.14 CPython ends a thread there whose
// interpreter is ending: by pthread_exit, and the C library then destroys what is in the thread's
// frames, as for an exception, though none of it may be touched without the GIL and many of the
// frames let no exception pass, at which the whole process is terminated. As in CPython 3.14, the
// thread waits instead for the end of the process.
template <class Ask>
inline auto with_gil_or_never(Ask ask) {
    try {
        return ask();
    } catch (...) {  // nothing else passes through these functions of CPython
        while (true) std::this_thread::sleep_for(std::chrono::hours(1));
    }
}

inline PyGILState_STATE ensure_gil() {
    return with_gil_or_never([] { return PyGILState_Ensure(); });
}

inline bool holds_gil() { return PyGILState_Check() != 0; }
inline void* release_gil() { return PyEval_SaveThread(); }
inline void acquire_gil(void* saved) {
    with_gil_or_never([=] { PyEval_RestoreThread(static_cast<PyThreadState*>(saved)); });
}

inline bool interpreter_ends() {
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing();
#else
    return _Py_IsFinalizing();
#endif
}

// Where the interpreter has gone there is no lock, and nobody left to be careful of.
inline bool enter_gil(int* state) {
    if (!Py_IsInitialized() || interpreter_ends()) return false;
    *state = static_cast<int>(ensure_gil());
    return true;
}
inline void exit_gil(int state) { PyGILState_Release(static_cast<PyGILState_STATE>(state)); }

}  // namespace ag::core

// What Cython makes of `with gil` asks so too.
#define PyGILState_Ensure() ::ag::core::ensure_gil()
