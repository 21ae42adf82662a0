// Places in the user's Python program, as numbers: what the engine notes of each record while
// results are checked.
#pragma once

#include <Python.h>
#include <frameobject.h>  // PyFrame_GetBack, in Python 3.10

#include <cstring>
#include <unordered_map>
#include <vector>

#include "core_lock.h"
#include "numerics.h"

namespace ag::core {

// Where a frame is: the code that runs in it, and the last instruction (before Python 3.11, the
// line). To find the line of an instruction takes long, and is left for later.
struct FramePlace {
    PyCodeObject* code;  // kept alive by Places::library
    int at;
    bool operator==(const FramePlace& other) const { return code == other.code && at == other.at; }
};

using Stack = std::vector<FramePlace>;  // from the inside out

// Guarded by the GIL. Numbers are never given twice, so that those forgotten stay unknown.
struct Places {
    std::vector<Stack> stacks;
    std::unordered_multimap<u64, u64> by_hash;
    u64 first = 1;                                    // the number of stacks[0]
    std::unordered_map<PyCodeObject*, bool> library;  // code of this package
    PyObject* folder = nullptr;
};
inline Places& places() {
    static Places* shared = new Places;
    return *shared;
}

static thread_local int place_limit = 30;  // frames

inline void set_place_limit(int limit) { place_limit = limit; }

// Code in files below it is not the user's.
inline void set_library_folder(PyObject* folder) {
    Py_INCREF(folder);
    places().folder = folder;
}

inline bool in_folder(PyCodeObject* code) {
    PyObject* folder = places().folder;
    const Py_ssize_t length = folder == nullptr ? 0 : PyUnicode_GetLength(folder);
    return length > 0 && PyUnicode_Tailmatch(code->co_filename, folder, 0, PY_SSIZE_T_MAX, -1) == 1;
}

inline bool is_library(PyCodeObject* code) {
    Places& p = places();
    const auto known = p.library.find(code);
    if (known != p.library.end()) return known->second;
    const bool inside = in_folder(code);
    p.library.emplace(code, inside);
    Py_INCREF(code);
    return inside;
}

inline u64 number_of(const Stack& stack) {
    Places& p = places();
    u64 hash = 0;
    for (const FramePlace& f : stack)
        hash = (hash ^ reinterpret_cast<std::uintptr_t>(f.code) ^ static_cast<u64>(f.at)) *
               0x9e3779b97f4a7c15ull;
    const auto range = p.by_hash.equal_range(hash);
    for (auto it = range.first; it != range.second; ++it)
        if (p.stacks[it->second - p.first] == stack) return it->second;
    const u64 number = p.first + p.stacks.size();
    p.stacks.push_back(stack);
    p.by_hash.emplace(hash, number);
    return number;
}

// The place that runs now; 0 if no Python code of the user's does. With the GIL or without.
inline u64 place_here() noexcept {
    const PyGILState_STATE state = ensure_gil();
    PyFrameObject* frame = PyEval_GetFrame();
    Py_XINCREF(frame);
    u64 number = 0;
    try {
        static Stack stack;  // its memory is used again
        stack.clear();
        while (frame != nullptr && static_cast<int>(stack.size()) < place_limit) {
            PyCodeObject* code = PyFrame_GetCode(frame);
            Py_DECREF(code);  // the frame holds it
            if (!is_library(code)) {
#if PY_VERSION_HEX >= 0x030B0000
                stack.push_back({code, PyFrame_GetLasti(frame)});
#else
                stack.push_back({code, PyFrame_GetLineNumber(frame)});
#endif
            }
            PyFrameObject* back = PyFrame_GetBack(frame);
            Py_DECREF(frame);
            frame = back;
        }
        if (!stack.empty()) number = number_of(stack);
    } catch (const std::bad_alloc&) {  // the record is then from an unknown place
    }
    Py_XDECREF(frame);
    PyGILState_Release(state);
    return number;
}

// Code of the packages that programs hand tensors to.
inline bool is_array_package(PyCodeObject* code) {
    const char* name = PyUnicode_AsUTF8(code->co_filename);
    if (name == nullptr) PyErr_Clear();
    const char* packages = name == nullptr ? nullptr : std::strstr(name, "-packages");
    if (packages == nullptr) return false;
    for (const char* package : {"numpy", "scipy", "pandas"}) {
        const std::size_t length = std::strlen(package);
        const char* const folder = packages + std::strlen("-packages/");
        if (std::strncmp(folder, package, length) == 0 &&
            (folder[length] == '/' || folder[length] == '\\'))
            return true;
    }
    return false;
}

// (file, line, function) of the innermost frame of the user's program; None if there is none.
inline PyObject* user_frame() {
    PyFrameObject* frame = PyEval_GetFrame();
    Py_XINCREF(frame);
    while (frame != nullptr) {
        PyCodeObject* code = PyFrame_GetCode(frame);
        PyObject* found = nullptr;
        const bool inside = in_folder(code) || is_array_package(code);
        if (!inside)
            found = Py_BuildValue("(OiO)", code->co_filename, PyFrame_GetLineNumber(frame),
                                  code->co_name);
        PyFrameObject* back = inside ? PyFrame_GetBack(frame) : nullptr;
        Py_DECREF(code);
        Py_DECREF(frame);
        if (!inside) return found;
        frame = back;
    }
    Py_RETURN_NONE;
}

// (file, line, function) of each frame, from the inside out; an empty list for what is not known.
inline PyObject* place_frames(u64 number) {
    Places& p = places();
    PyObject* list = PyList_New(0);
    if (list == nullptr || number < p.first || number - p.first >= p.stacks.size()) return list;
    for (const FramePlace& f : p.stacks[number - p.first]) {
#if PY_VERSION_HEX >= 0x030B0000
        const int line = PyCode_Addr2Line(f.code, f.at);
#else
        const int line = f.at;
#endif
        PyObject* item = Py_BuildValue("(OiO)", f.code->co_filename, line, f.code->co_name);
        if (item == nullptr || PyList_Append(list, item) < 0) {
            Py_XDECREF(item);
            Py_DECREF(list);
            return nullptr;
        }
        Py_DECREF(item);
    }
    return list;
}

inline void forget_places() {
    Places& p = places();
    p.first += p.stacks.size();
    std::vector<Stack>().swap(p.stacks);
    p.by_hash.clear();
    std::unordered_map<PyCodeObject*, bool> library;
    library.swap(p.library);
    for (const auto& entry : library) Py_DECREF(entry.first);
}

}  // namespace ag::core
