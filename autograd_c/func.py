"""Derivatives as functions of functions: ``grad``, ``vjp``, ``jacobian``, ``hessian`` and others.

>>> import autograd_c as tf
>>> from autograd_c.func import grad
>>> def f(x):
...     return tf.sin(x) * x
>>> print(grad(f)(0.0).numpy(), grad(grad(f))(0.0).numpy())
0.0 2.0

The names, arguments and results are those of JAX and ``torch.func``; the ones that begin with
``make_``, ``primitive`` and its relatives, ``checkpoint`` and ``check_grads`` are those of HIPS
autograd. What holds for all of them:

**Arguments** by which a derivative is taken are tensors, Variables, NumPy arrays, Python floats and
complex numbers, and nested structures of them (lists, tuples, dicts, named tuples, dataclasses: see
``tf.nest``; a list of numbers is a structure of scalars). The function is called with tensors in
their places. NumPy arrays and scalars keep their dtype; Python floats become float64, Python
complex numbers complex128, whatever ``tf.get_default_float()`` says. Integers and bools have no
derivative: TypeError. All other arguments, by position or keyword, are handed on as they are.

**Functions** return a tensor, a Python number (a constant), or a nested structure of them; what else
they return is a TypeError. That includes NumPy arrays and scalars, through which no derivative can
flow: whatever left the tensors by ``.numpy()`` or ``np.sum`` would be lost silently.

**Results** are tensors, whatever the arguments were, in the structure of the arguments. What the
function does not depend on has the derivative zero. They are dense: ``IndexedSlices`` are made so.

**Composition**: each call takes the derivative along its own arguments, of copies of them, and
everything else that the function reads is a constant to it; but all that it computes is seen by
tapes, accumulators and functions of this module around it. So they nest in any order, to any depth.

**Complex numbers** follow TensorFlow's convention: a gradient is the conjugate of the derivative,
and so the direction of steepest ascent of a real function. With ``holomorphic=True`` the result is
the complex derivative itself.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd_c import _core, nest
from autograd_c._core import ForwardAccumulator, GradientTape, Tensor, Variable
from autograd_c._primitive import defjvp, defvjp, primitive
from autograd_c.custom import recompute_grad
from autograd_c.dtypes import DType
from autograd_c.indexed_slices import IndexedSlices
from autograd_c.unconnected import UnconnectedGradients

__all__ = [
    "check_grads",
    "checkpoint",
    "defjvp",
    "defvjp",
    "elementwise_grad",
    "ggn_vp",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_vjp",
    "primitive",
    "value_and_grad",
    "vjp",
]

_Function: TypeAlias = Callable[..., Any]
_Argnums: TypeAlias = int | Sequence[int]

# A column of a Jacobian, pushed forward, costs about as much as so many rows of a batched sweep.
_ROWS_FOR_A_COLUMN = 4


# ---------------------------------------------------------------- what goes in and comes out


def _is_smooth(dtype: DType) -> bool:
    return dtype.is_floating or dtype.is_complex


def _source(x: Any, who: str) -> Tensor:
    """A leaf of an argument as a tensor that nobody else has, or a TypeError."""
    if isinstance(x, (Tensor, Variable)):
        t = _core.identity(x)
    elif isinstance(x, (bool, int)):
        raise TypeError(
            f"{who} takes derivatives by floats and complex numbers, not by the "
            f"{type(x).__name__} {x!r}: pass a float, or leave it out of argnums"
        )
    else:
        dtype = "float64" if type(x) is float else "complex128" if type(x) is complex else None
        try:
            t = _core.convert_to_tensor(x, dtype)
        except TypeError:
            raise TypeError(
                f"{who} takes derivatives by tensors, arrays, numbers and nested structures of "
                f"them, not by {x!r} of type {type(x).__name__!r}"
            ) from None
    if not _is_smooth(t.dtype):
        raise TypeError(
            f"{who} takes derivatives by floats and complex numbers, not by an argument of dtype "
            f"{t.dtype.name}: convert it with tf.cast, or leave it out of argnums"
        )
    return t


def _output(y: Any, who: str) -> Tensor:
    """A leaf of what a function returned as a tensor, or a TypeError."""
    if type(y) is Tensor:
        return y
    if isinstance(y, (Variable, IndexedSlices)):
        return _core.convert_to_tensor(y)
    if isinstance(y, (np.ndarray, np.generic)):
        raise TypeError(
            f"{who}: the function returned a NumPy {type(y).__name__}, through which no derivative "
            "flows. Let it compute with tensors to the end (tf.reduce_sum for np.sum); if it is a "
            "constant, return tf.constant of it"
        )
    if isinstance(y, (bool, int, float, complex)):
        kind = "float64" if isinstance(y, float) else None
        return _core.convert_to_tensor(y, kind)
    raise TypeError(
        f"{who}: the function must return a tensor, a number or a nested structure of them, not "
        f"{y!r} of type {type(y).__name__!r}"
    )


def _given(x: Any, like: Tensor, who: str, what: str) -> Tensor:
    """A tangent or cotangent that the user gave, as a tensor that fits another one."""
    if isinstance(x, (Tensor, Variable, IndexedSlices)):
        t = _core.convert_to_tensor(x)
        fits = t.dtype == like.dtype
    else:
        try:
            t = _core.convert_to_tensor(x)
        except TypeError:
            raise TypeError(f"{who}: {what} must be a tensor, not {x!r}") from None
        fits = not t.dtype.is_complex or like.dtype.is_complex
        if fits and t.dtype != like.dtype:
            t = _core.convert_to_tensor(x, like.dtype)
    if not fits:
        raise TypeError(
            f"{who}: {what} has dtype {t.dtype.name} where {like.dtype.name} is expected"
        )
    if t.shape != like.shape:
        raise ValueError(
            f"{who}: {what} has shape {tuple(t.shape)} where {tuple(like.shape)} is expected"
        )
    return t


def _all_given(given: Any, structure: Any, like: list[Tensor], who: str, what: str) -> list[Tensor]:
    """The leaves of a structure of tangents or cotangents like that of the tensors."""
    try:
        nest.assert_same_structure(structure, given, check_types=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{who}: the {what}s have another structure. {error}") from None
    return [
        zeros(t) if x is None else _given(x, t, who, f"a {what}")
        for x, t in zip(nest.flatten(given), like)
    ]


def zeros(t: Tensor) -> Tensor:
    return _core.full(t.shape, 0, t.dtype)


def _dense(x: Any) -> Tensor:
    return x if type(x) is Tensor else _core.convert_to_tensor(x)


def _indices(argnums: _Argnums, count: int, who: str) -> list[int]:
    """The positions of arguments, counted from the start."""
    try:
        given = [operator.index(k) for k in (argnums if _is_several(argnums) else [argnums])]  # type: ignore[union-attr, list-item]
    except TypeError:
        raise TypeError(
            f"{who}: argnums must be an integer or several, not {argnums!r}"
        ) from None
    for k in given:
        if not -count <= k < count:
            raise TypeError(
                f"{who}: argnums={argnums} needs more positional arguments than the {count} of "
                "this call"
            )
    found = [k % count for k in given]
    if len(set(found)) < len(found):
        raise ValueError(f"{who}: argnums={argnums} names an argument twice")
    return found


def _is_several(argnums: _Argnums) -> bool:
    return isinstance(argnums, (tuple, list))


class _Arguments:
    """The positional arguments of a call, with tensors of their own in the places of argnums."""

    __slots__ = ("args", "picked", "sources")

    def __init__(self, args: Sequence[Any], argnums: _Argnums, who: str) -> None:
        self.args = list(args)
        # The structure of the results: that of one argument, or a tuple of those of several.
        if type(argnums) is int and 0 <= argnums < len(args):
            picked = self.picked = args[argnums]
            self.sources = [_source(x, who) for x in nest.flatten(picked)]
            self.args[argnums] = nest.pack_sequence_as(picked, self.sources)
            return
        places = _indices(argnums, len(args), who)
        several = tuple([args[k] for k in places])
        self.sources = [_source(x, who) for x in nest.flatten(several)]
        for k, x in zip(places, nest.pack_sequence_as(several, self.sources)):
            self.args[k] = x
        self.picked = several if _is_several(argnums) else several[0]

    def pack(self, leaves: list[Any]) -> Any:
        """Results, one for each source, in the structure of the arguments."""
        return nest.pack_sequence_as(self.picked, leaves)


def _split_aux(result: Any, has_aux: bool, who: str) -> tuple[Any, Any]:
    if not has_aux:
        return result, None
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise TypeError(
            f"{who}: with has_aux=True the function must return a pair, its output and what is "
            f"handed on, not {result!r}"
        )
    return result[0], result[1]


def _outputs(structure: Any, who: str) -> list[Tensor]:
    if type(structure) is Tensor:
        return [structure]
    return [_output(y, who) for y in nest.flatten(structure)]


class _Trace(_Arguments):
    """A call of a function on a tape of its own: what it returned, and the derivatives of that."""

    __slots__ = ("aux", "outputs", "result", "tape", "who")

    def __init__(
        self,
        who: str,
        fun: _Function,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        argnums: _Argnums = 0,
        has_aux: bool = False,
        persistent: bool = False,
    ) -> None:
        super().__init__(args, argnums, who)
        self.who = who
        self.tape = GradientTape(persistent, False)
        with self.tape:
            self.tape.watch(self.sources)
            self.result, self.aux = _split_aux(fun(*self.args, **kwargs), has_aux, who)
            self.outputs = _outputs(self.result, who)

    @property
    def value(self) -> Any:
        """What the function returned, in tensors."""
        return nest.pack_sequence_as(self.result, self.outputs)

    def check_dtypes(self, holomorphic: bool, complex_sources: bool, complex_outputs: bool) -> None:
        """A TypeError for complex numbers where the derivative would not be a complex number."""
        for kind, tensors, may_be_complex in (
            ("arguments", self.sources, complex_sources),
            ("outputs", self.outputs, complex_outputs),
        ):
            for t in tensors:
                if holomorphic and not t.dtype.is_complex:
                    raise TypeError(
                        f"{self.who} with holomorphic=True requires complex {kind}, but got "
                        f"{t.dtype.name}"
                    )
                if not (_is_smooth(t.dtype) and (may_be_complex or not t.dtype.is_complex)):
                    raise TypeError(
                        f"{self.who} requires real-valued {kind} (floats), but got {t.dtype.name}"
                        + ("; see holomorphic=True, vjp and jvp" if t.dtype.is_complex else "")
                    )

    def scalar(self) -> Tensor:
        """The output, if it is one scalar."""
        if nest.is_nested(self.result):
            raise TypeError(
                f"{self.who}: Gradient only defined for scalar-output functions. Output was: "
                f"{self.result!r}"
            )
        y = self.outputs[0]
        if y.ndim:
            raise TypeError(
                f"{self.who}: Gradient only defined for scalar-output functions. Output had "
                f"shape: {tuple(y.shape)}"
            )
        return y

    def pull(self, cotangents: list[Tensor] | None = None) -> list[Tensor]:
        """The cotangents of the sources, for those of the outputs (or ones)."""
        targets = self.outputs
        if cotangents is not None and not all(_is_smooth(y.dtype) for y in targets):
            pairs = [(y, g) for y, g in zip(targets, cotangents) if _is_smooth(y.dtype)]
            targets, cotangents = [y for y, _ in pairs], [g for _, g in pairs]
        answers = self.tape.gradient(
            targets, self.sources, cotangents, unconnected_gradients="zero"
        )
        return [_dense(g) for g in answers]

    def push(self, tangents: list[Tensor]) -> list[Tensor]:
        """The tangents of the outputs, for those of the sources."""
        return [self._push(y, self.sources, tangents) for y in self.outputs]

    def _push(self, y: Tensor, sources: list[Tensor], tangents: list[Tensor]) -> Tensor:
        found = self.tape._jvp(y, sources, tangents) if _is_smooth(y.dtype) else None
        return zeros(y) if found is None else found

    def rows(self, holomorphic: bool) -> Any:
        """The Jacobian, in reverse mode."""
        jacobians: list[list[Tensor]]
        if len(self.outputs) == 1 and self.outputs[0].ndim == 0:
            jacobians = [self.pull()]
        else:
            jacobians = self.tape.jacobian(
                self.outputs, self.sources, unconnected_gradients="zero"
            )
        if holomorphic:
            jacobians = [[_core.conj(j) for j in row] for row in jacobians]
        return self._pack_jacobians(jacobians)

    def columns(self, same_dtype: bool = False) -> Any:
        """The Jacobian, in forward mode."""
        jacobians: list[list[Tensor]] = [[] for _ in self.outputs]
        for source in self.sources:
            units = list(_basis(source))
            for y, row in zip(self.outputs, jacobians):
                shape = (*y.shape, *source.shape)
                columns = [self._push(y, [source], [unit]) for unit in units]
                if columns:
                    j = _core.reshape(_core.stack(columns, -1), shape)
                else:
                    j = _core.full(shape, 0, y.dtype)
                row.append(_core.cast(j, source.dtype) if same_dtype else j)
        return self._pack_jacobians(jacobians)

    def _pack_jacobians(self, jacobians: list[list[Tensor]]) -> Any:
        return nest.pack_sequence_as(self.result, [self.pack(row) for row in jacobians])


def _basis(t: Tensor) -> Iterator[Tensor]:
    """The tensors of the shape and dtype of another one with a single one in them."""
    if t.ndim == 0:
        yield _core.full((), 1, t.dtype)
        return
    unit = np.zeros(t.shape, t.dtype.as_numpy_dtype)
    flat = unit.reshape(-1)
    for k in range(flat.size):
        flat[k] = 1
        yield _core.constant(unit)
        flat[k] = 0
