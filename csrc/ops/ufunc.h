// Inner loops of ufuncs of NumPy and SciPy. The layer above finds them and hands them over; they
// are called without it.
#pragma once

#include <cstdint>

namespace ag {

// As NumPy's C API has it (PyUFuncGenericFunction): pointers to the first elements, the number of
// elements, steps in bytes.
struct UfuncLoop {
    void (*function)(char** pointers, const std::intptr_t* count, const std::intptr_t* steps,
                     void* data) = nullptr;
    void* data = nullptr;
};

// The rows that are to be given loops, and the names of their ufuncs in scipy.special.
int ufunc_row_count();
const char* ufunc_row_name(int row);
// For float32 or float64. To be called before the operation is.
void set_ufunc_loop(int row, bool is_double, UfuncLoop loop);

}  // namespace ag
