"""Jacobians and Hessians of functions, as tensors."""

from __future__ import annotations

import functools
from typing import Any

from autograd_c.transforms.calls import (
    Argnums,
    Function,
    Trace,
    any_complex,
    check_callable,
    one_of,
)


def jacrev(
    fun: Function, argnums: Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> Function:
    """A function that computes the Jacobian of a function row by row, in reverse mode.

    All rows go through one compiled sweep together. Use it where there are fewer outputs than
    inputs; `jacobian` decides by itself.

    Args:
        fun: returns a tensor of a float dtype, or a structure of them.
        argnums, has_aux, holomorphic, argnum: as for `grad`.

    Returns:
        A function of the arguments of `fun`. It returns a tensor of shape [*output.shape,
        *argument.shape] and the dtype of the argument; for structures, the structure of the
        argument (a tuple for several argnums) in each place of the structure of the output; with
        `has_aux` a pair of that and what is handed on.

    Raises:
        TypeError: from the function, if an output is not real, an argument is of integers or bools,
            or there is no argument of that number.
        ValueError: if `argnums` names an argument twice.

    >>> import autograd_c as tf
    >>> print(tf.func.jacrev(lambda x: x * x)(tf.constant([1.0, 2.0])).numpy())
    [[2. 0.]
     [0. 4.]]
    """
    return _jacobian("jacrev", fun, argnums, has_aux, holomorphic)


def jacfwd(
    fun: Function, argnums: Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> Function:
    """A function that computes the Jacobian of a function column by column, in forward mode.

    The function runs once; a tangent for each element of the arguments is pushed along its records.
    Use it where there are many more outputs than inputs; `jacobian` decides by itself.

    Args:
        fun: returns a tensor of a float or complex dtype, or a structure of them.
        argnums, has_aux: as for `grad`.
        holomorphic: whether `fun` is a holomorphic function of complex arguments.

    Returns:
        A function as that of `jacrev`, but that the Jacobian has the dtype of the output.

    Raises:
        TypeError: from the function, if an argument is complex and not `holomorphic`, an output is
            of integers or bools, or as `jacrev`.
        ValueError: if `argnums` names an argument twice.

    >>> import autograd_c as tf
    >>> print(tf.func.jacfwd(lambda t: tf.stack([t, t**2, t**3]))(2.0).numpy())
    [ 1.  4. 12.]
    """
    return _jacobian("jacfwd", fun, argnums, has_aux, holomorphic)


def jacobian(
    fun: Function,
    argnums: Argnums = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnum: Argnums | None = None,
) -> Function:
    """A function that computes the Jacobian of a function, in the cheaper mode.

    The function runs once. Then it is forward mode if there are many more elements in the outputs
    than in the arguments, and reverse mode otherwise.

    Args:
        fun: returns a tensor of a float dtype, or a structure of them; of a complex dtype if the
            arguments are real.
        argnums, has_aux, argnum: as for `grad`.
        holomorphic: whether `fun` is a holomorphic function of complex arguments.

    Returns:
        A function as that of `jacrev`. The Jacobian of a complex output by a real argument has the
        dtype of the output.

    Raises:
        TypeError: from the function, if outputs and arguments are complex and not `holomorphic`, or
            as `jacrev`.
        ValueError: if `argnums` names an argument twice.

    >>> import autograd_c as tf
    >>> def f(x, y):
    ...     return {"sum": x + y, "product": x * y}
    >>> found = tf.func.jacobian(f, argnums=(0, 1))(2.0, 3.0)
    >>> [[float(x) for x in found[key]] for key in ("sum", "product")]
    [[1.0, 1.0], [3.0, 2.0]]
    """
    return _jacobian("jacobian", fun, one_of(argnums, argnum), has_aux, holomorphic)


def hessian(
    fun: Function,
    argnums: Argnums = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnum: Argnums | None = None,
) -> Function:
    """A function that computes the second derivatives of a function: the Jacobian of its gradient.

    Args:
        fun: returns a scalar of a float dtype; or a tensor, or a structure of them.
        argnums, has_aux, holomorphic, argnum: as for `grad`.

    Returns:
        A function of the arguments of `fun`. It returns a tensor of shape [*output.shape,
        *argument.shape, *argument.shape] and the dtype of the argument; for structures, the
        structure of the argument in each place of the structure of the argument, and that in each
        place of the output's; with `has_aux` a pair of that and what is handed on.

    Raises:
        TypeError: from the function, if an output or an argument is not real, or there is no
            argument of that number.
        ValueError: if `argnums` names an argument twice.

    >>> import autograd_c as tf
    >>> print(tf.func.hessian(lambda x: tf.reduce_prod(x))(tf.constant([2.0, 3.0, 5.0])).numpy())
    [[0. 5. 3.]
     [5. 0. 2.]
     [3. 2. 0.]]
    """
    argnums = one_of(argnums, argnum)
    inner = _jacobian("hessian", fun, argnums, has_aux, holomorphic, "jacrev")
    return _jacobian("hessian", inner, argnums, has_aux, holomorphic, "jacrev")


def _jacobian(
    who: str,
    fun: Function,
    argnums: Argnums,
    has_aux: bool,
    holomorphic: bool,
    mode: str | None = None,
) -> Function:
    check_callable(who, fun)
    mode = mode or who

    @functools.wraps(fun, updated=())
    def derivative(*args: Any, **kwargs: Any) -> Any:
        trace = Trace(who, fun, args, kwargs, argnums, has_aux, True, mode != "jacfwd")
        forward, reverse = mode == "jacfwd", mode == "jacrev"
        plain = trace.is_plain()
        if plain and not holomorphic:  # the most frequent case
            complex_outputs = False
            forward = forward or not (reverse or not trace.is_tall())
        elif not (forward or reverse):
            complex_outputs = any_complex(trace.outputs)
            complex_sources = any_complex(trace.sources)
            reverse = complex_sources and not holomorphic
            forward = not reverse and (complex_outputs and not holomorphic or trace.is_tall())
        if holomorphic or not plain:
            trace.check_dtypes(holomorphic, holomorphic or not forward, holomorphic or forward)
        if not forward:
            found = trace.rows(holomorphic)
        elif mode == "jacfwd" or complex_outputs:
            found = trace.columns()
        else:
            try:
                found = trace.columns(same_dtype=True)
            except NotImplementedError:  # a rule in Python that can only be run backwards
                found = trace.rows(holomorphic)
        return (found, trace.aux) if has_aux else found

    return derivative
