/* Operations for autograd_c, in C: build with
 *     cc -O2 -shared -fPIC -I<autograd_c.func.get_include()> operations.c -o operations.so -lm
 * and see example.py. */
#include <math.h>

#include "autograd_c.h"

/* sine: a number to a number, "()->()". */

static int32_t sine(const void *const *inputs, void *output, const int64_t *dimensions,
                    void *user_data) {
    const double *x = inputs[0];
    double *y = output;
    (void)user_data;
    for (int64_t i = 0; i < dimensions[0]; ++i) y[i] = sin(x[i]);
    return 0;
}

static int32_t sine_vjp(const void *const *inputs, const void *output, const void *cotangent,
                        void *const *cotangents, const int64_t *dimensions, void *user_data) {
    const double *x = inputs[0], *g = cotangent;
    double *gx = cotangents[0];
    (void)output, (void)user_data;
    if (gx == 0) return 0;
    for (int64_t i = 0; i < dimensions[0]; ++i) gx[i] = g[i] * cos(x[i]);
    return 0;
}

/* product: a matrix times a vector, times the number in user_data, "(m,n),(n)->(m)". */

static int32_t product(const void *const *inputs, void *output, const int64_t *dimensions,
                       void *user_data) {
    const int64_t m = dimensions[1], n = dimensions[2];
    const double *a = inputs[0], *x = inputs[1], scale = *(const double *)user_data;
    double *y = output;
    if (isnan(scale)) return 7;
    for (int64_t p = 0; p < dimensions[0]; ++p, a += m * n, x += n, y += m)
        for (int64_t i = 0; i < m; ++i) {
            y[i] = 0;
            for (int64_t j = 0; j < n; ++j) y[i] += scale * a[i * n + j] * x[j];
        }
    return 0;
}

static int32_t product_vjp(const void *const *inputs, const void *output, const void *cotangent,
                           void *const *cotangents, const int64_t *dimensions, void *user_data) {
    const int64_t m = dimensions[1], n = dimensions[2];
    const double scale = *(const double *)user_data;
    (void)output;
    if (isnan(scale)) return 8;
    for (int64_t p = 0; p < dimensions[0]; ++p) {
        const double *a = (const double *)inputs[0] + p * m * n;
        const double *x = (const double *)inputs[1] + p * n;
        const double *g = (const double *)cotangent + p * m;
        if (cotangents[0]) {
            double *ga = (double *)cotangents[0] + p * m * n;
            for (int64_t i = 0; i < m; ++i)
                for (int64_t j = 0; j < n; ++j) ga[i * n + j] = scale * g[i] * x[j];
        }
        if (cotangents[1]) {
            double *gx = (double *)cotangents[1] + p * n;
            for (int64_t j = 0; j < n; ++j) {
                gx[j] = 0;
                for (int64_t i = 0; i < m; ++i) gx[j] += scale * g[i] * a[i * n + j];
            }
        }
    }
    return 0;
}

static int32_t product_jvp(const void *const *inputs, const void *output,
                           const void *const *tangents, void *tangent, const int64_t *dimensions,
                           void *user_data) {
    const int64_t m = dimensions[1], n = dimensions[2];
    const double scale = *(const double *)user_data;
    (void)output;
    for (int64_t p = 0; p < dimensions[0]; ++p) {
        const double *a = (const double *)inputs[0] + p * m * n;
        const double *x = (const double *)inputs[1] + p * n;
        double *t = (double *)tangent + p * m;
        for (int64_t i = 0; i < m; ++i) {
            t[i] = 0;
            for (int64_t j = 0; j < n; ++j) {
                if (tangents[0])
                    t[i] += scale * ((const double *)tangents[0])[p * m * n + i * n + j] * x[j];
                if (tangents[1]) t[i] += scale * a[i * n + j] * ((const double *)tangents[1])[p * n + j];
            }
        }
    }
    return 0;
}

/* The structures that Python takes a pointer to. */

static double one = 1.0;

autograd_c_operation sine_operation = {
    AUTOGRAD_C_OPERATION_VERSION, AUTOGRAD_C_FLOAT64, "sine", "()->()", sine, sine_vjp, 0, 0, 0};

autograd_c_operation product_operation = {
    AUTOGRAD_C_OPERATION_VERSION, AUTOGRAD_C_FLOAT64, "product",   "(m,n),(n)->(m)", product,
    product_vjp,                  product_jvp,        (void *)&one, 0};
