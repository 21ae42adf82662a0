/*
 * Operations of your own, for autograd_c: functions in C (or what has C's calling convention) that
 * compute a value and its derivatives. They run inside of the sweeps, without Python.
 *
 * Fill in an autograd_c_operation and hand it to autograd_c.func.c_operation, as a pointer (ctypes)
 * or in a PyCapsule of the name AUTOGRAD_C_OPERATION_CAPSULE. It is copied; what it points to is
 * not. The folder of this file is autograd_c.func.get_include().
 */
#ifndef AUTOGRAD_C_H
#define AUTOGRAD_C_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AUTOGRAD_C_OPERATION_VERSION 1
#define AUTOGRAD_C_OPERATION_CAPSULE "autograd_c_operation"

enum autograd_c_dtype {
    AUTOGRAD_C_FLOAT32 = 1,
    AUTOGRAD_C_FLOAT64 = 2,
    AUTOGRAD_C_COMPLEX64 = 3,
    AUTOGRAD_C_COMPLEX128 = 4
};

/*
 * All functions get
 *   inputs      a pointer for each input to its elements,
 *   dimensions  how many problems to solve in this call, n, then the extents that the letters of
 *               the signature stand for, in the order in which they first appear,
 *   user_data   the pointer from the structure.
 * All elements are of the operation's dtype, contiguous and in C order: n times those of the
 * signature, so that element i of problem p of an input of signature (m) is input[p * m + i].
 * Memory to be written to is full of NaN before the call.
 *
 * They return 0, or another number if they failed, which the caller of the operation or of the
 * gradient then sees in an exception. They may be called from any thread, from several at once, and
 * without the GIL.
 */

/* Computes the output. */
typedef int32_t (*autograd_c_value)(const void *const *inputs, void *output,
                                    const int64_t *dimensions, void *user_data);

/*
 * Vector-Jacobian product: for the cotangent of the output, writes the cotangent of each input k
 * to cotangents[k], unless that is null because nobody asks for it.
 * (Complex: the conjugate of the Jacobian, transposed, times the cotangent.)
 */
typedef int32_t (*autograd_c_vjp)(const void *const *inputs, const void *output,
                                  const void *cotangent, void *const *cotangents,
                                  const int64_t *dimensions, void *user_data);

/*
 * Jacobian-vector product: for the tangents of the inputs, those that are zero being null, writes
 * the tangent of the output.
 */
typedef int32_t (*autograd_c_jvp)(const void *const *inputs, const void *output,
                                  const void *const *tangents, void *tangent,
                                  const int64_t *dimensions, void *user_data);

typedef struct autograd_c_operation {
    int32_t version; /* AUTOGRAD_C_OPERATION_VERSION */
    int32_t dtype;   /* one of autograd_c_dtype */
    const char *name;
    /*
     * Extents of one problem, as of NumPy's generalized universal functions: "()->()" is one number
     * to one number, "(m,n),(n)->(m)" a matrix and a vector to a vector, "(3),(3)->(3)" takes fixed
     * extents. Further axes in front are problems, broadcast against each other.
     */
    const char *signature;
    autograd_c_value value;
    autograd_c_vjp vjp; /* null: no gradients */
    autograd_c_jvp jvp; /* null: no forward mode. For numbers to a number, one of the two will do. */
    void *user_data;
    void (*release)(void *user_data); /* called once, when nothing needs user_data; or null */
} autograd_c_operation;

#ifdef __cplusplus
}
#endif

#endif
