"""A call of a function, of which the derivative is asked: what goes in, what comes out, the tape.

What users are told of arguments and results is in ``autograd_c/func.py``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd_c.control.recorded import recorded_batch
from autograd_c.core import _core
from autograd_c.core._core import GradientTape, Tensor, Variable
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.values import nest
from autograd_c.values.dtypes import DType, array_dtype

Function: TypeAlias = Callable[..., Any]
Argnums: TypeAlias = int | Sequence[int]

_LEAVES = {Tensor, float, np.ndarray}  # the most frequent ones, without a question to tf.nest

# A column of a Jacobian, pushed forward, costs about as much as so many rows of a batched sweep.
_ROWS_FOR_A_COLUMN = 4

# Columns that are pushed at once, where they become a program: no more than so many elements.
_ELEMENTS_AT_ONCE = 1 << 20


def check_callable(who: str, fun: object) -> None:
    if not callable(fun):
        raise TypeError(f"{who} needs a function, not {fun!r}")


def _are_numbers(tensors: list[Tensor]) -> bool:
    """Whether all are floats of one dtype and of shape []."""
    dtype = tensors[0].dtype
    return dtype.is_floating and all(t.ndim == 0 and t.dtype == dtype for t in tensors)


def any_complex(tensors: list[Tensor]) -> bool:
    for t in tensors:  # faster than any() of a generator
        if t.dtype.is_complex:
            return True
    return False


def is_smooth(dtype: DType) -> bool:
    return dtype.is_floating or dtype.is_complex


def _source(x: Any, who: str) -> Tensor:
    """A leaf of an argument as a tensor that nobody else has, or a TypeError."""
    if type(x) is Tensor or isinstance(x, Variable):
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
    if not is_smooth(t.dtype):
        raise TypeError(
            f"{who} takes derivatives by floats and complex numbers, not by an argument of dtype "
            f"{t.dtype.name}: convert it with tf.cast, or leave it out of argnums"
        )
    return t


def _sources(structure: Any, who: str) -> list[Tensor]:
    nested = nest.is_nested(structure)
    return [_source(x, who) for x in nest.flatten(structure) if not (x is None and nested)]


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
    leaves = nest.flatten(given)
    if len(leaves) > len(like):
        leaves = [x for x, s in zip(leaves, nest.flatten(structure)) if s is not None]
    return [
        _zeros(t) if x is None else _given(x, t, who, f"a {what}") for x, t in zip(leaves, like)
    ]


def _zeros(t: Tensor) -> Tensor:
    return _core.full(t.shape, 0, t.dtype)


def _dense(x: Any) -> Tensor:
    return x if type(x) is Tensor else _core.convert_to_tensor(x)


def indices_of(argnums: Argnums, count: int, who: str) -> list[int]:
    """The positions of arguments, counted from the start."""
    several: Any = argnums if is_several(argnums) else [argnums]
    try:
        given = [operator.index(k) for k in several]
    except TypeError:
        raise TypeError(f"{who}: argnums must be an integer or several, not {argnums!r}") from None
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


def one_of(argnums: Argnums, argnum: Argnums | None) -> Argnums:
    """What was given by one of two names."""
    if argnum is None:
        return argnums
    if argnums != 0:
        raise TypeError("argnum is another name of argnums: give one of them")
    return argnum


def is_several(argnums: Argnums) -> bool:
    return isinstance(argnums, (tuple, list))


def pack_like(structure: Any, leaves: list[Any]) -> Any:
    """A structure with other leaves in the places of those that are not None."""
    if type(structure) in _LEAVES:
        return leaves[0]
    places = nest.flatten(structure)
    if len(places) > len(leaves):
        new = iter(leaves)
        leaves = [None if x is None else next(new) for x in places]
    return nest.pack_sequence_as(structure, leaves)


class Arguments:
    """The positional arguments of a call, with tensors of their own in the places of argnums."""

    __slots__ = ("args", "picked", "sources", "who")

    def __init__(self, args: Sequence[Any], argnums: Argnums, who: str) -> None:
        self.who = who
        self.args = list(args)
        # The structure of the results: that of one argument, or a tuple of those of several.
        if type(argnums) is int and 0 <= argnums < len(args):
            picked = self.picked = args[argnums]
            if type(picked) in _LEAVES:
                self.args[argnums] = source = _source(picked, who)
                self.sources = [source]
            else:
                self.sources = _sources(picked, who)
                self.args[argnums] = self.pack(self.sources)
            return
        places = indices_of(argnums, len(args), who)
        several = tuple([args[k] for k in places])
        self.sources = _sources(several, who)
        for k, x in zip(places, pack_like(several, self.sources)):
            self.args[k] = x
        self.picked = several if is_several(argnums) else several[0]

    def vectors(self, tangents: Any) -> list[Tensor]:
        """A tangent for each source, from a structure like the arguments."""
        return _all_given(tangents, self.picked, self.sources, self.who, "tangent")

    def pack(self, leaves: list[Any]) -> Any:
        """Results, one for each source, in the structure of the arguments."""
        return pack_like(self.picked, leaves)


def split_aux(result: Any, has_aux: bool, who: str) -> tuple[Any, Any]:
    if not has_aux:
        return result, None
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise TypeError(
            f"{who}: with has_aux=True the function must return a pair, its output and what is "
            f"handed on, not {result!r}"
        )
    return result[0], result[1]


def outputs_of(structure: Any, who: str) -> list[Tensor]:
    if type(structure) is Tensor:
        return [structure]
    nested = nest.is_nested(structure)
    leaves = nest.flatten(structure)
    return [_output(y, who) for y in leaves if not (y is None and nested)]


class Trace(Arguments):
    """A call of a function on a tape of its own: what it returned, and the derivatives of that."""

    __slots__ = ("aux", "joined", "outputs", "result", "tape")

    def __init__(
        self,
        who: str,
        fun: Function,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        argnums: Argnums = 0,
        has_aux: bool = False,
        persistent: bool = False,
        join: bool = False,
    ) -> None:
        super().__init__(args, argnums, who)
        self.tape = GradientTape(persistent, False)
        _core.be_strict(self.tape)
        with self.tape:
            self.tape.watch(self.sources)
            # The function may assign to parts of its arguments.
            self.sources = _core.same_values(self.sources)
            self.result, self.aux = split_aux(fun(*self.args, **kwargs), has_aux, who)
            self.outputs = outputs_of(self.result, who)
            # Numbers in one tensor have their Jacobians in one sweep.
            self.joined: Tensor | None = None
            if join and len(self.outputs) > 1 and _are_numbers(self.outputs):
                self.joined = _core.stack(self.outputs, 0)
        self.args = []

    def pack_outputs(self, leaves: list[Any]) -> Any:
        """Results, one for each output, in the structure of what the function returned."""
        return pack_like(self.result, leaves)

    @property
    def value(self) -> Any:
        """What the function returned, in tensors."""
        return self.pack_outputs(self.outputs)

    def covectors(self, cotangents: Any) -> list[Tensor]:
        """A cotangent for each output, from a structure like what the function returned."""
        return _all_given(cotangents, self.result, self.outputs, self.who, "cotangent")

    def is_tall(self) -> bool:
        """Whether the Jacobian is better computed by columns."""
        width = height = 0
        for x in self.sources:
            width += x.size
        for y in self.outputs:
            height += y.size
        return width * _ROWS_FOR_A_COLUMN <= height

    def is_plain(self) -> bool:
        """Whether it is a function of one real tensor to another one."""
        if len(self.outputs) != 1 or len(self.sources) != 1:
            return False
        return self.outputs[0].dtype.is_floating and self.sources[0].dtype.is_floating

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
                if not (is_smooth(t.dtype) and (may_be_complex or not t.dtype.is_complex)):
                    raise TypeError(
                        f"{self.who} requires real-valued {kind} (floats), but got {t.dtype.name}"
                        + ("; see holomorphic=True, vjp and jvp" if t.dtype.is_complex else "")
                    )

    def scalar(self) -> Tensor:
        """The output, if it is one scalar."""
        if type(self.result) is not Tensor and nest.is_nested(self.result):
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

    def is_of_one(self) -> bool:
        """Whether it is what most are: of one tensor, array or number to one real tensor."""
        y = self.result
        return type(y) is Tensor and type(self.picked) in _LEAVES and y.dtype.is_floating

    def pull_of_one(self, cotangent: Tensor | None = None) -> Tensor:
        """`pull` where `is_of_one`, without the lists."""
        x = self.sources[0]
        found: Any = self.tape.gradient(self.result, x, cotangent)
        return _zeros(x) if found is None else _dense(found)

    def pull(self, cotangents: list[Tensor] | None = None) -> list[Tensor]:
        """The cotangents of the sources, for those of the outputs (or ones)."""
        targets, sources = self.outputs, self.sources
        if cotangents is not None and not all(is_smooth(y.dtype) for y in targets):
            pairs = [(y, g) for y, g in zip(targets, cotangents) if is_smooth(y.dtype)]
            targets, cotangents = [y for y, _ in pairs], [g for _, g in pairs]
        answers: list[Any] = self.tape.gradient(targets, sources, cotangents)
        return [_zeros(x) if g is None else _dense(g) for g, x in zip(answers, sources)]

    def push(self, tangents: list[Tensor]) -> list[Tensor]:
        """The tangents of the outputs, for those of the sources."""
        return self._push(self.sources, tangents)

    def _push(self, sources: list[Tensor], tangents: list[Tensor]) -> list[Tensor]:
        smooth = [y for y in self.outputs if is_smooth(y.dtype)]
        found = iter(self.tape._jvp(smooth, sources, tangents))
        pushed = [next(found) if is_smooth(y.dtype) else None for y in self.outputs]
        return [_zeros(y) if t is None else t for y, t in zip(self.outputs, pushed)]

    def vjp(self, cotangents: Any) -> Any:
        """The cotangents of the arguments, for those of what the function returned."""
        if type(cotangents) is Tensor and self.is_of_one():
            return self.pull_of_one(_given(cotangents, self.result, self.who, "a cotangent"))
        return self.pack(self.pull(self.covectors(cotangents)))

    def jvp(self, tangents: Any) -> Any:
        """The tangents of what the function returned, for those of the arguments."""
        return self.pack_outputs(self.push(self.vectors(tangents)))

    def hvp(self, vector: Any) -> Any:
        """For a function that is a gradient: the product of the Hessian with a vector."""
        return self.pack(self.pull(self.vectors(vector)))

    def rows(self, holomorphic: bool) -> Any:
        """The Jacobian, in reverse mode."""
        jacobians: list[list[Tensor]]
        if len(self.outputs) == 1 and self.outputs[0].ndim == 0:
            jacobians = [self.pull()]
        elif len(self.outputs) == len(self.sources) == 1:  # the most frequent case, and the fastest
            (y,), (x,) = self.outputs, self.sources
            j: Tensor | None = self.tape.jacobian(y, x)
            jacobians = [[_core.full((*y.shape, *x.shape), 0, x.dtype) if j is None else j]]
        elif self.joined is not None:
            rows = self.tape.jacobian(self.joined, self.sources, unconnected_gradients="zero")
            jacobians = [[j[k] for j in rows] for k in range(len(self.outputs))]
        else:
            jacobians = self.tape.jacobian(self.outputs, self.sources, unconnected_gradients="zero")
        if holomorphic:
            jacobians = [[_core.conj(j) for j in row] for row in jacobians]
        return self._pack_jacobians(jacobians)

    def columns(self, same_dtype: bool = False) -> Any:
        """The Jacobian, in forward mode."""
        jacobians: list[list[Tensor]] = [[] for _ in self.outputs]
        for source in self.sources:
            stacked = self._pushed_at_once(source)
            if stacked is None:
                pushed = [self._push([source], [unit]) for unit in _basis(source)]
                columns = zip(*pushed, strict=True)
                stacked = [_core.stack(list(each), -1) for each in columns] if pushed else None
            for k, (y, row) in enumerate(zip(self.outputs, jacobians)):
                shape = (*y.shape, *source.shape)
                if stacked is None:
                    j = _core.full(shape, 0, y.dtype)
                else:
                    j = _core.reshape(stacked[k], shape)
                row.append(_core.cast(j, source.dtype) if same_dtype else j)
        return self._pack_jacobians(jacobians)

    def _pushed_at_once(self, source: Tensor) -> list[Tensor] | None:
        """The columns by a source, stacked behind each output, as one batch of operations.

        None where no function is recorded, and where they would be few or large.
        """
        count = source.size
        height = max([source.size, *(y.size for y in self.outputs)])
        if not _core.is_recording() or count < 2 or count * height > _ELEMENTS_AT_ONCE:
            return None
        every = _core.reshape(_core.constant(np.eye(count), source.dtype), (count, *source.shape))

        def push(unit: Tensor) -> list[Tensor]:
            return self._push([source], [unit])

        found = recorded_batch(push, [every], [True], [every[0]], count, pushes=True)
        if found is None:
            return None
        return [_core.transpose(x, (*range(1, x.ndim), 0)) for x in found]

    def _pack_jacobians(self, jacobians: list[list[Tensor]]) -> Any:
        if type(self.result) is Tensor and type(self.picked) in _LEAVES:
            return jacobians[0][0]
        return self.pack_outputs([self.pack(row) for row in jacobians])


def _basis(t: Tensor) -> Iterator[Tensor]:
    """The tensors of the shape and dtype of another one with a single one in them."""
    if t.ndim == 0:
        yield _core.full((), 1, t.dtype)
        return
    unit = np.zeros(t.shape, array_dtype(t.dtype))
    flat = unit.reshape(-1)
    for k in range(flat.size):
        flat[k] = 1
        yield _core.constant(unit, t.dtype)
        flat[k] = 0
