"""Derivatives of functions against central differences, to any order: ``tf.func.check_grads``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.transforms.calls import (
    Argnums,
    Arguments,
    Function,
    check_callable,
    indices_of,
    is_several,
    is_smooth,
    one_of,
    outputs_of,
)
from autograd_c.transforms.products import jvp, vjp


def check_grads(
    fun: Function,
    argnums: Argnums = 0,
    modes: Sequence[str] = ("fwd", "rev"),
    order: int = 2,
    *,
    eps: float | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    argnum: Argnums | None = None,
) -> Callable[..., None]:
    """HIPS autograd's `test_util.check_grads`: derivatives against central differences.

    Along a random direction, tangents in forward mode must be what differences of the function say,
    and products with random cotangents in reverse mode as well; then the same of these derivatives
    as functions of the arguments and of the directions, up to the order.

    Args:
        fun: returns a tensor of a float or complex dtype, or a structure of them. It must not be at
            a kink.
        argnums: as for `grad`.
        modes: what to check: "fwd" for `jvp`, "rev" for `vjp`, or both.
        order: the highest order of derivatives.
        eps: the step of the differences; by default 1e-5 for float64, 1e-2 for float32.
        rtol, atol: the relative and absolute tolerance; by default both are 1e-6 for float64, 2e-2
            for float32.
        argnum: HIPS autograd's name of `argnums`.

    Returns:
        A function of the arguments of `fun` that returns None.

    Raises:
        AssertionError: from the function, if a derivative is wrong; the message says which.
        TypeError: from the function, as `grad`.
        ValueError: for other modes.

    >>> import autograd_c as tf
    >>> tf.func.check_grads(tf.sin, modes=["fwd", "rev"], order=3)(0.5)
    >>> half = tf.func.primitive(lambda x: x / 2)
    >>> tf.func.defvjp(half, lambda ans, x: lambda g: g / 3)
    >>> tf.func.check_grads(half, modes=["rev"])(1.0)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    AssertionError: the vjp of <lambda>...
    """
    check_callable("check_grads", fun)
    argnums = one_of(argnums, argnum)
    if not modes or not set(modes) <= {"fwd", "rev"}:
        raise ValueError(f"check_grads: modes are 'fwd' and 'rev', not {modes!r}")
    name = getattr(fun, "__name__", repr(fun))

    def check(*args: Any, **kwargs: Any) -> None:
        arguments = Arguments(args, argnums, "check_grads")

        def flat(*leaves: Tensor) -> list[Tensor]:
            """The outputs that have derivatives, as a function of the leaves of the arguments."""
            # The function may assign to its arguments.
            picked = arguments.pack(_core.same_values(list(leaves)))
            several = picked if is_several(argnums) else (picked,)
            given = list(arguments.args)
            for k, x in zip(indices_of(argnums, len(args), "check_grads"), several):
                given[k] = x
            outputs = outputs_of(fun(*given, **kwargs), "check_grads")
            return [y for y in outputs if is_smooth(y.dtype)]

        coarse = any(x.dtype.real_dtype.name != "float64" for x in arguments.sources)
        tolerance = 2e-2 if coarse else 1e-6
        check = _Check(
            modes,
            eps or (1e-2 if coarse else 1e-5),
            tolerance if rtol is None else rtol,
            tolerance if atol is None else atol,
        )
        check(flat, arguments.sources, order, name)

    return check


def check_vjp(f: Function, x: Any) -> None:
    """Check the products with the Jacobian from the left, of a function of one argument.

    Args:
        f, x: as `fun` of `check_grads`, and its argument.

    Raises:
        AssertionError: if they are not what differences say.

    >>> import autograd_c as tf
    >>> from autograd_c.test_util import check_vjp
    >>> check_vjp(tf.sin, 0.5)
    """
    check_grads(f, modes=["rev"], order=1)(x)


def check_jvp(f: Function, x: Any) -> None:
    """Check the products with the Jacobian from the right, of a function of one argument.

    Args:
        f, x: as `fun` of `check_grads`, and its argument.

    Raises:
        AssertionError: if they are not what differences say.

    >>> import autograd_c as tf
    >>> from autograd_c.test_util import check_jvp
    >>> check_jvp(tf.sin, 0.5)
    """
    check_grads(f, modes=["fwd"], order=1)(x)


def combo_check(fun: Function, *args: Any, **kwargs: Any) -> Callable[..., None]:
    """`check_grads` with all combinations of arguments.

    Args:
        fun: as for `check_grads`.
        args, kwargs: its further arguments.

    Returns:
        A function of lists of what the arguments of `fun` may be, by position or keyword.

    Raises:
        AssertionError: from the function, if a derivative is wrong.

    >>> from autograd_c import numpy as np
    >>> from autograd_c.test_util import combo_check
    >>> combo_check(np.sum, 0)([np.ones((2, 3)), np.ones((3, 1))], axis=[None, 0, 1])
    """

    def check(*given: Iterable[Any], **named: Iterable[Any]) -> None:
        for values in itertools.product(*given, *named.values()):
            some, others = values[: len(given)], values[len(given) :]
            check_grads(fun, *args, **kwargs)(*some, **dict(zip(named, others)))

    return check


class _Check:
    """Compares the derivatives of functions of tensors that return lists of tensors."""

    def __init__(self, modes: Sequence[str], eps: float, rtol: float, atol: float) -> None:
        self.modes, self.eps, self.rtol, self.atol = modes, eps, rtol, atol
        self.random = np.random.default_rng(0)

    def __call__(self, f: Function, point: list[Tensor], order: int, name: str) -> None:
        if order < 1:
            return
        tangents = self.like(point)
        cotangents = self.like(f(*point))
        slope = self.differences(f, point, tangents)
        n = len(point)
        if "fwd" in self.modes:

            def push(*both: Tensor) -> list[Tensor]:
                found: list[Tensor] = jvp(f, both[:n], both[n:])[1]
                return found

            for k, (t, wanted) in enumerate(zip(push(*point, *tangents), slope)):
                self.compare(t.numpy(), wanted, f"the jvp of {name}, output {k}")
            self(push, [*point, *tangents], order - 1, f"the jvp of {name}")
        if "rev" in self.modes:

            def pull(*both: Tensor) -> list[Tensor]:
                found: tuple[Tensor, ...] = vjp(f, *both[:n])[1](list(both[n:]))
                return list(found)

            found = pull(*point, *cotangents)
            for k, (g, x) in enumerate(zip(found, point)):
                if g.shape != x.shape or g.dtype != x.dtype:
                    raise AssertionError(
                        f"the vjp of {name}: the cotangent of argument {k} has shape "
                        f"{tuple(g.shape)} and dtype {g.dtype.name}, the argument has shape "
                        f"{tuple(x.shape)} and dtype {x.dtype.name}"
                    )
            self.compare(
                _inner([g.numpy() for g in found], [t.numpy() for t in tangents]),
                _inner([g.numpy() for g in cotangents], slope),
                f"the vjp of {name}",
            )
            self(pull, [*point, *cotangents], order - 1, f"the vjp of {name}")

    def like(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Random tensors of the same shapes and dtypes."""
        answer = []
        for t in tensors:
            x = self.random.normal(size=t.shape)
            if t.dtype.is_complex:
                x = x + 1j * self.random.normal(size=t.shape)
            answer.append(_core.constant(np.asarray(x), t.dtype))
        return answer

    def differences(self, f: Function, point: list[Tensor], by: list[Tensor]) -> list[Any]:
        """The derivatives of the outputs along a direction."""
        above = f(*[x + self.eps * v for x, v in zip(point, by)])
        below = f(*[x - self.eps * v for x, v in zip(point, by)])
        return [(a.numpy() - b.numpy()) / (2 * self.eps) for a, b in zip(above, below)]

    def compare(self, found: Any, wanted: Any, what: str) -> None:
        if not np.allclose(found, wanted, self.rtol, self.atol):
            raise AssertionError(f"{what} is {found}, and {wanted} by differences")


def _inner(xs: list[Any], ys: list[Any]) -> float:
    """The real inner product."""
    return sum(float(np.vdot(x, y).real) for x, y in zip(xs, ys))
