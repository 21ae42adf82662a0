"""Derivatives as the tape gives them, as differences give them, and what compares the two.

A function here takes tensors and returns a tensor or a list of tensors. Its Jacobian is taken by
real and imaginary parts of complex arguments apart, so that it is defined for functions that are
not analytic as well: TensorFlow's gradient for the cotangent g is then
Re(conj(g) df/dx) + i Re(conj(g) df/dy), which is g conj(f') where f is analytic.
"""

from __future__ import annotations

import numpy as np

import autograd_c as tf


def listed(outputs):
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


def flat(outputs):
    """All elements of all outputs, one after the other."""
    return np.concatenate([np.ravel(np.asarray(y)) for y in listed(outputs)])


def random_like(arrays, seed=1):
    """Arrays of the same shapes and dtypes, normally distributed."""
    random = np.random.default_rng(seed)
    answer = []
    for a in map(np.asarray, arrays):
        x = random.normal(size=a.shape)
        if np.iscomplexobj(a):
            x = x + 1j * random.normal(size=a.shape)
        answer.append(np.asarray(x, a.dtype))
    return answer


# ---------------------------------------------------------------- by the tape


def reverse(f, tensors, upstream, unconnected="zero"):
    """The gradients of f by each tensor, for the cotangents `upstream` of its outputs (or ones)."""
    if upstream is not None:
        upstream = [tf.convert_to_tensor(u) for u in upstream]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        outputs = listed(f(*tensors))
    return tape.gradient(
        outputs,
        list(tensors),
        output_gradients=upstream,
        unconnected_gradients=unconnected,
    )


def forward(f, tensors, tangents):
    """The tangents of f's outputs, for tangents of all its arguments."""
    tangents = [tf.convert_to_tensor(t) for t in tangents]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(tensors)
        outputs = listed(f(*tensors))
    pushed = tape._jvp(outputs, list(tensors), tangents)
    return [tf.zeros_like(y) if t is None else t for y, t in zip(outputs, pushed)]


def gradient_of(f, count):
    """The gradients of f as a function of its `count` arguments and the cotangents after them."""

    def gradients(*arguments):
        answers = reverse(f, arguments[:count], arguments[count:])
        return [tf.convert_to_tensor(g) for g in answers]  # IndexedSlices too

    return gradients


def tangent_of(f, count):
    """The tangents of f as a function of its `count` arguments and of their tangents after them."""

    def tangents(*arguments):
        return forward(f, arguments[:count], arguments[count:])

    return tangents


def adjoint_of(function, arrays):
    """The gradients as a function of the cotangents alone."""
    gradient = gradient_of(function, len(arrays))
    return lambda *upstream: gradient(*map(tf.constant, arrays), *upstream)


def row_of_outputs(function):
    """The function with all of its outputs' elements one after the other, as one tensor."""

    def one_row(*inputs):
        outputs = listed(function(*inputs))
        return tf.concat([tf.reshape(y, [-1]) for y in outputs], 0)

    return one_row


def gradients_by_element(function, arrays):
    """Jacobians [outputs' elements, *input], each row by a sweep of its own."""
    tensors = [tf.constant(a) for a in arrays]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(tensors)
        y = row_of_outputs(function)(*tensors)
    rows = [
        tape.gradient(y, tensors, e, unconnected_gradients="zero")
        for e in np.eye(y.shape[0], dtype=y.dtype.name)
    ]
    shapes = [(y.shape[0], *a.shape) for a in arrays]
    return [
        np.reshape([tf.convert_to_tensor(row[k]) for row in rows], shape).astype(arrays[k].dtype)
        for k, shape in enumerate(shapes)
    ]


# ---------------------------------------------------------------- by differences


def jacobians(f, arrays, step=1e-6):
    """By central differences: for each array [part, element of the array, element of the outputs].

    There is one part for real arrays and there are two for complex ones.
    """

    def value(k, shifted):
        return flat(f(*[tf.constant(shifted if j == k else a) for j, a in enumerate(arrays)]))

    size = flat(f(*map(tf.constant, arrays))).size
    answer = []
    for k, a in enumerate(arrays):
        parts = []
        for unit in (1, 1j) if np.iscomplexobj(a) else (1,):
            rows = []
            for index in np.ndindex(a.shape):
                shift = np.zeros_like(a)
                shift[index] = unit * step
                rows.append((value(k, a + shift) - value(k, a - shift)) / (2 * step))
            parts.append(rows)
        answer.append(np.array(parts).reshape(len(parts), a.size, size))
    return answer


def complex_step_jacobians(f, arrays):
    """The same for an analytic f of real arrays: exact but for rounding."""
    step = 1e-30
    size = flat(f(*map(tf.constant, arrays))).size
    answer = []
    for k, a in enumerate(arrays):
        rows = []
        for index in np.ndindex(a.shape):
            moved = [b.astype(np.complex128) for b in arrays]
            moved[k][index] += 1j * step
            rows.append(flat(f(*[tf.constant(b) for b in moved])).imag / step)
        answer.append(np.array(rows).reshape(1, a.size, size))
    return answer


def pull(jacobian, cotangent, like):
    """The gradient by one array."""
    parts = (np.conj(cotangent) * jacobian).real.sum(axis=-1)
    gradient = parts[0] + 1j * parts[1] if len(parts) == 2 else parts[0]
    return gradient.reshape(like.shape)


def push(jacobians, tangents):
    """The tangent of all outputs, flat."""
    total = 0
    for jacobian, tangent in zip(jacobians, tangents):
        t = np.ravel(tangent)
        total = total + t.real @ jacobian[0]
        if len(jacobian) == 2:
            total = total + t.imag @ jacobian[1]
    return total


# ---------------------------------------------------------------- compared


def check_derivatives(
    f, *arrays, order=2, rtol=1e-6, atol=1e-7, step=1e-6, complex_step=False, path=""
):
    """Reverse and forward derivatives of f up to an order, against differences.

    The derivatives of order n + 1 are those of the gradients of order n, as a function of the
    arguments and of the cotangents. Both modes must agree to rounding errors.
    """
    arrays = [np.asarray(a) for a in arrays]
    tensors = [tf.constant(a) for a in arrays]
    outputs = listed(f(*tensors))
    upstream = random_like(outputs, 1)
    tangents = random_like(arrays, 2)
    if complex_step:
        expected = complex_step_jacobians(f, arrays)
    else:
        expected = jacobians(f, arrays, step)

    gradients = reverse(f, tensors, upstream)
    for k, (gradient, array) in enumerate(zip(gradients, arrays)):
        assert gradient.dtype == array.dtype and tuple(gradient.shape) == array.shape
        np.testing.assert_allclose(
            gradient.numpy(),
            pull(expected[k], flat(upstream), array),
            rtol=rtol,
            atol=atol,
            err_msg=f"{path}gradient by argument {k}",
        )

    pushed = forward(f, tensors, tangents)
    for t, y in zip(pushed, outputs):
        assert t.dtype == y.dtype and t.shape == y.shape
    np.testing.assert_allclose(
        flat(pushed),
        push(expected, tangents),
        rtol=rtol,
        atol=atol,
        err_msg=f"{path}tangent",
    )
    np.testing.assert_allclose(
        np.vdot(flat(upstream), flat(pushed)).real,
        np.vdot(flat(gradients), flat(tangents)).real,
        rtol=1e-10,
        atol=1e-10,
        err_msg=f"{path}reverse against forward",
    )
    if order > 1:
        check_derivatives(
            gradient_of(f, len(arrays)),
            *arrays,
            *upstream,
            order=order - 1,
            rtol=rtol,
            atol=atol,
            step=step,
            path=path + "gradient of ",
        )
