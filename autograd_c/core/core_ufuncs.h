// What a ufunc object of NumPy begins with (numpy/ufuncobject.h, the same since NumPy 1.7). It is
// compared with what the object says of itself in Python before anything is taken from it.
#pragma once

#include <Python.h>

#include <cstring>

#include "ops/ufunc.h"

namespace ag::core {

struct UfuncHead {
    PyObject_HEAD
    int nin, nout, nargs;
    int identity;
    decltype(UfuncLoop::function)* functions;
    void* const* data;
    int ntypes;
    int reserved1;
    const char* name;
    const char* types;
};

// Loop k of a ufunc that says that it has such a name, number of arguments and of loops; null if the
// object is laid out otherwise.
inline bool ufunc_loop(PyObject* ufunc, const char* name, int arguments, int count, int k,
                       UfuncLoop* loop) {
    const auto* head = reinterpret_cast<const UfuncHead*>(ufunc);
    if (head->nargs != arguments || head->ntypes != count || k < 0 || k >= count) return false;
    if (head->name == nullptr || std::strcmp(head->name, name) != 0) return false;
    loop->function = head->functions[k];
    loop->data = head->data == nullptr ? nullptr : head->data[k];
    return loop->function != nullptr;
}

}  // namespace ag::core
