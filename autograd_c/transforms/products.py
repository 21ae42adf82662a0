"""Products of Jacobians, Hessians and Gauss-Newton matrices with vectors."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from autograd_c.core import _core
from autograd_c.core._core import ForwardAccumulator
from autograd_c.transforms.calls import (
    Argnums,
    Arguments,
    Function,
    Trace,
    check_callable,
    outputs_of,
    pack_like,
    split_aux,
)
from autograd_c.transforms.gradients import gradient_of
from autograd_c.values import nest


def vjp(fun: Function, *primals: Any, has_aux: bool = False, **kwargs: Any) -> tuple[Any, ...]:
    """The value of a function, and a function for products with its Jacobian from the left.

    Args:
        fun: returns a tensor or a structure of them, of any shapes and dtypes.
        primals: its positional arguments. Derivatives are taken by all of them.
        has_aux: whether `fun` returns a pair, its output and anything else, which is handed on.
        kwargs: its keyword arguments.

    Returns:
        A pair: the output of `fun`, and a function that takes cotangents in the structure, shapes
        and dtypes of the output and returns those of the primals, as a tuple with one for each;
        with `has_aux` three, the last of them what is handed on. In a cotangent, None stands for
        zeros, and cotangents of integers do not count. The function may be called any number of
        times; the records that it needs are kept as long as it is.

    Raises:
        TypeError: if a primal is of integers or bools, or `fun` does not return tensors; from the
            function, if a cotangent has another dtype.
        ValueError: from the function, if the cotangents have another structure or another shape.

    >>> import autograd_c as tf
    >>> x = tf.constant([1.0, 2.0, 3.0])
    >>> y, pull = tf.func.vjp(tf.tensordot, x, tf.ones(3), axes=1)
    >>> by_x, by_ones = pull(10.0)
    >>> print(y.numpy(), by_x.numpy(), by_ones.numpy())
    6.0 [10. 10. 10.] [10. 20. 30.]
    """
    check_callable("vjp", fun)
    trace = Trace("vjp", fun, primals, kwargs, tuple(range(len(primals))), has_aux, True)
    return (trace.value, trace.vjp, trace.aux) if has_aux else (trace.value, trace.vjp)


def jvp(
    fun: Function,
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: bool = False,
    **kwargs: Any,
) -> tuple[Any, ...]:
    """The value of a function, and the product of its Jacobian with a vector.

    Args:
        fun: returns a tensor or a structure of them, of any shapes and dtypes.
        primals: a tuple or list of its positional arguments.
        tangents: a tuple or list of the vector's parts for each of them, in their structure, shapes
            and dtypes (Python numbers and NumPy arrays become of the dtype). None stands for zeros.
        has_aux: whether `fun` returns a pair, its output and anything else, which is handed on.
        kwargs: its keyword arguments.

    Returns:
        A pair: the output of `fun`, and its tangent of the same structure, shapes and dtypes; with
        `has_aux` three, the last of them what is handed on.

    Raises:
        TypeError: if a primal is of integers or bools, a tangent has another dtype, `primals` or
            `tangents` are no tuple or list, or `fun` does not return tensors.
        ValueError: if the tangents have another structure or another shape.

    >>> import autograd_c as tf
    >>> value, tangent = tf.func.jvp(tf.multiply, (3.0, 4.0), (1.0, 10.0))
    >>> print(value.numpy(), tangent.numpy())
    12.0 34.0
    """
    check_callable("jvp", fun)
    _check_several("jvp", primals, tangents)
    arguments = Arguments(primals, tuple(range(len(primals))), "jvp")
    accumulator = ForwardAccumulator(arguments.sources, arguments.vectors(tuple(tangents)))
    _core.be_strict(accumulator)
    with accumulator:
        result, aux = split_aux(fun(*arguments.args, **kwargs), has_aux, "jvp")
        outputs = outputs_of(result, "jvp")
    value, tangent = pack_like(result, outputs), pack_like(result, accumulator.jvp(outputs, "zero"))
    return (value, tangent, aux) if has_aux else (value, tangent)


def linearize(
    fun: Function, *primals: Any, has_aux: bool = False, **kwargs: Any
) -> tuple[Any, ...]:
    """The value of a function, and its linear approximation there as a function of tangents.

    Args:
        fun: returns a tensor or a structure of them, of any shapes and dtypes.
        primals: its positional arguments.
        has_aux: whether `fun` returns a pair, its output and anything else, which is handed on.
        kwargs: its keyword arguments.

    Returns:
        A pair: the output of `fun`, and a function that takes a tangent for each primal, in its
        structure, shapes and dtypes, and returns the tangent of the output; with `has_aux` three,
        the last of them what is handed on. That function does not run `fun` again: it pushes the
        tangents along the records of the one call, and keeps those.

    Raises:
        TypeError: if a primal is of integers or bools, or `fun` does not return tensors; from the
            function, if a tangent has another dtype, or there is another number of them.
        ValueError: from the function, if the tangents have another structure or another shape.

    >>> import autograd_c as tf
    >>> y, push = tf.func.linearize(tf.square, 3.0)
    >>> print(y.numpy(), push(1.0).numpy(), push(10.0).numpy())
    9.0 6.0 60.0
    """
    check_callable("linearize", fun)
    trace = Trace("linearize", fun, primals, kwargs, tuple(range(len(primals))), has_aux, True)

    def push(*tangents: Any) -> Any:
        if len(tangents) != len(primals):
            raise TypeError(f"linearize: {len(tangents)} tangents for {len(primals)} arguments")
        return trace.jvp(tangents)

    return (trace.value, push, trace.aux) if has_aux else (trace.value, push)


def hvp(fun: Function, primals: Sequence[Any], tangents: Sequence[Any], **kwargs: Any) -> Any:
    """The product of the Hessian of a scalar function with a vector.

    It costs a few gradients, whatever the number of arguments; the Hessian is not made.

    Args:
        fun: returns a tensor of shape [] and a float dtype, or a Python float.
        primals: a tuple or list of its positional arguments. The Hessian is that by all of them.
        tangents: a tuple or list of the vector's parts for each of them, in their structure, shapes
            and dtypes. None stands for zeros.
        kwargs: its keyword arguments.

    Returns:
        A tensor of the shape and dtype of the primal (a structure of them for a structure); a tuple
        for several primals.

    Raises:
        TypeError: if the output is no scalar or not real, a primal is of integers or bools, or a
            tangent has another dtype.
        ValueError: if the tangents have another structure or another shape.

    >>> import autograd_c as tf
    >>> x, v = tf.constant([1.0, 2.0]), tf.constant([1.0, 0.0])
    >>> print(tf.func.hvp(lambda x: tf.reduce_prod(x) ** 2, (x,), (v,)).numpy())
    [8. 8.]
    """
    check_callable("hvp", fun)
    argnums, vector = _all_or_only("hvp", primals, tangents)
    trace = Trace("hvp", gradient_of("hvp", fun, argnums), primals, kwargs, argnums)
    return trace.hvp(vector)


def ggn_vp(
    fun: Function,
    primals: Sequence[Any],
    tangents: Sequence[Any],
    loss: Function | None = None,
    **kwargs: Any,
) -> Any:
    """The product of the Gauss-Newton matrix of a model and a loss with a vector.

    The matrix is JᵀHJ, with the Jacobian J of the model, and the Hessian H of the loss at its
    output: the part of the Hessian of loss(fun(x)) that is positive semidefinite for a convex loss.

    Args:
        fun: the model; it returns a tensor of a float dtype, or a structure of them.
        primals: a tuple or list of its positional arguments.
        tangents: a tuple or list of the vector's parts for each of them, in their structure, shapes
            and dtypes. None stands for zeros.
        loss: takes the output of the model and returns a scalar. By default H is the identity, as
            for half the sum of squares.
        kwargs: keyword arguments of the model.

    Returns:
        A tensor of the shape and dtype of the primal (a structure of them for a structure); a tuple
        for several primals.

    Raises:
        TypeError: if an output or a primal is not real, the loss is no scalar, or a tangent has
            another dtype.
        ValueError: if the tangents have another structure or another shape.

    >>> import autograd_c as tf
    >>> x, v = tf.constant([1.0, 2.0]), tf.constant([1.0, 0.0])
    >>> print(tf.func.ggn_vp(lambda x: x * x, (x,), (v,)).numpy())
    [4. 0.]
    """
    check_callable("ggn_vp", fun)
    argnums, vector = _all_or_only("ggn_vp", primals, tangents)
    trace = Trace("ggn_vp", fun, primals, kwargs, argnums, persistent=True)
    return _gauss_newton(trace, loss)(vector)


def _gauss_newton(trace: Trace, loss: Function | None) -> Function:
    """The product of the matrix at the point of a call with a vector like its arguments."""
    trace.check_dtypes(False, False, False)
    curvature: Any = None if loss is None else make_hvp(loss)(trace.value)[0]

    def product(vector: Any) -> Any:
        pushed = trace.push(trace.vectors(vector))
        if curvature is not None:
            pushed = nest.flatten(curvature(trace.pack_outputs(pushed)))
        return trace.pack(trace.pull(pushed))

    return product


def _all_or_only(who: str, primals: Any, tangents: Any) -> tuple[Argnums, Any]:
    """The numbers of all arguments and what is like them; of an only one, itself and no tuple."""
    _check_several(who, primals, tangents)
    if len(primals) != 1:
        return tuple(range(len(primals))), tuple(tangents)
    return 0, tangents[0] if len(tangents) == 1 else tuple(tangents)


def _check_several(who: str, primals: object, tangents: object) -> None:
    for name, x in (("primals", primals), ("tangents", tangents)):
        if not isinstance(x, (tuple, list)):
            raise TypeError(f"{who}: the {name} must be a tuple or a list, not {x!r}")


# ---------------------------------------------------------------- in HIPS autograd's style


def make_vjp(fun: Function, argnum: Argnums = 0) -> Function:
    """HIPS autograd's `vjp`: products with the Jacobian from the left.

    Args:
        fun: returns a tensor or a structure of them.
        argnum: which positional arguments to take derivatives by, as `argnums` of `grad`.

    Returns:
        A function of the arguments of `fun` that returns a pair: a function, and the output. That
        function takes a cotangent of the output and returns that of the argument (a tuple for
        several), and may be called any number of times.

    Raises:
        TypeError, ValueError: as `vjp`.

    >>> import autograd_c as tf
    >>> pull, y = tf.func.make_vjp(tf.square)(3.0)
    >>> print(y.numpy(), pull(1.0).numpy())
    9.0 6.0
    """
    check_callable("make_vjp", fun)

    @functools.wraps(fun, updated=())
    def prepare(*args: Any, **kwargs: Any) -> tuple[Function, Any]:
        trace = Trace("make_vjp", fun, args, kwargs, argnum, persistent=True)
        return trace.vjp, trace.value

    return prepare


def make_jvp(fun: Function, argnum: Argnums = 0) -> Function:
    """HIPS autograd's `jvp`: products with the Jacobian from the right.

    Args:
        fun: returns a tensor or a structure of them.
        argnum: which positional arguments to take derivatives by, as `argnums` of `grad`.

    Returns:
        A function of the arguments of `fun` that returns a function, which takes a tangent of the
        argument (a tuple for several) and returns a pair: the output, and its tangent. `fun` runs
        once, as in `linearize`.

    Raises:
        TypeError, ValueError: as `linearize`.

    >>> import autograd_c as tf
    >>> y, tangent = tf.func.make_jvp(tf.square)(3.0)(10.0)
    >>> print(y.numpy(), tangent.numpy())
    9.0 60.0
    """
    check_callable("make_jvp", fun)

    @functools.wraps(fun, updated=())
    def prepare(*args: Any, **kwargs: Any) -> Function:
        trace = Trace("make_jvp", fun, args, kwargs, argnum, persistent=True)

        return lambda tangent: (trace.value, trace.jvp(tangent))

    return prepare


def make_hvp(fun: Function, argnum: Argnums = 0) -> Function:
    """HIPS autograd's Hessian-vector product, for several vectors at one point.

    Args:
        fun: returns a tensor of shape [] and a float dtype, or a Python float.
        argnum: which positional arguments to take derivatives by, as `argnums` of `grad`.

    Returns:
        A function of the arguments of `fun` that returns a pair: a function, and the gradient. That
        function takes a vector like the argument (a tuple for several) and returns the product of
        the Hessian with it; it may be called any number of times.

    Raises:
        TypeError, ValueError: as `hvp`.

    >>> import autograd_c as tf
    >>> product, gradient = tf.func.make_hvp(lambda x: x**3)(2.0)
    >>> print(gradient.numpy(), product(1.0).numpy())
    12.0 12.0
    """
    gradient = gradient_of("make_hvp", fun, argnum)

    @functools.wraps(fun, updated=())
    def prepare(*args: Any, **kwargs: Any) -> tuple[Function, Any]:
        trace = Trace("make_hvp", gradient, args, kwargs, argnum, persistent=True)
        return trace.hvp, trace.value

    return prepare


def make_ggnvp(f: Function, g: Function | None = None, f_argnum: Argnums = 0) -> Function:
    """HIPS autograd's Gauss-Newton product, for several vectors at one point.

    Args:
        f: the model; it returns a tensor of a float dtype, or a structure of them.
        g: the loss, as of `ggn_vp`.
        f_argnum: which positional arguments of `f` to take derivatives by, as `argnums` of `grad`.

    Returns:
        A function of the arguments of `f` that returns a function, which takes a vector like the
        argument (a tuple for several) and returns the product.

    Raises:
        TypeError, ValueError: as `ggn_vp`.

    >>> import autograd_c as tf
    >>> product = tf.func.make_ggnvp(lambda x: x**2, lambda y: tf.reduce_sum(y**3))(1.0)
    >>> print(product(1.0).numpy())
    24.0
    """
    check_callable("make_ggnvp", f)

    @functools.wraps(f, updated=())
    def prepare(*args: Any, **kwargs: Any) -> Function:
        trace = Trace("make_ggnvp", f, args, kwargs, f_argnum, persistent=True)
        return _gauss_newton(trace, g)

    return prepare
