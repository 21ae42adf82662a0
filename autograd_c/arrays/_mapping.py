"""Functions of the user's, applied along axes and to all elements."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.arrays._arguments import axis_within, cast, dtype_of, promoted, tensor
from autograd_c.arrays._shapes import integers
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = ["apply_along_axis", "apply_over_axes", "vectorize"]


def apply_along_axis(
    func1d: Callable[..., Any], axis: Any, arr: Any, *args: Any, **kwargs: Any
) -> Tensor:
    """What a function makes of each line along an axis, in the place of the line; recorded.

    Args:
        func1d: takes a vector, and `args` and `kwargs`.
        axis: an int, negative ones from the end.
        arr: a tensor, or what `asarray` takes.

    Raises:
        ValueError: if there is no line.

    >>> from autograd_c import numpy as np
    >>> np.apply_along_axis(lambda v: v.sum() if hasattr(v, "sum") else np.sum(v), 0,
    ...                     [[1.0, 2.0], [3.0, 4.0]]).tolist()
    [4.0, 6.0]
    """
    x = tensor(arr)
    place = axis_within(axis, x.ndim)
    order = [k for k in range(x.ndim) if k != place]
    rest = [x.shape[k] for k in order]
    rows = _core.reshape(_core.transpose(x, [*order, place]), [-1, x.shape[place]])
    if not rows.shape[0]:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    parts = promoted(*[tensor(func1d(row, *args, **kwargs)) for row in _core.unstack(rows)])
    y = _core.stack(parts, 0)
    inner = list(y.shape[1:])
    y = _core.reshape(y, [*rest, *inner])
    count, width = len(rest), len(inner)
    return _core.transpose(y, [*range(place), *range(count, count + width), *range(place, count)])


def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Tensor:
    """What a function func(a, axis) makes over one axis after the other, which stay.

    Raises:
        ValueError: if the function changes the rank by more than one.

    >>> from autograd_c import numpy as np
    >>> np.apply_over_axes(np.sum, [[1.0, 2.0], [3.0, 4.0]], [0, 1]).tolist()
    [[10.0]]
    """
    x = tensor(a)
    rank = x.ndim
    for axis in integers(axes):
        place = axis_within(axis, rank)
        y = tensor(func(x, place))
        if y.ndim == rank - 1:
            y = _core.reshape(y, [*y.shape[:place], 1, *y.shape[place:]])
        if y.ndim != rank:
            raise ValueError("function is not returning an array of the correct shape")
        x = y
    return x


class vectorize:
    """A function of numbers as one of tensors: it is called for each element, or for each part.

    Args:
        pyfunc: the function; without it, the result is a decorator.
        otypes: the dtypes of the results.
        doc: the docstring.
        excluded: numbers and names of arguments that are passed on as they are.
        cache: ignored: the first result is used in any case.
        signature: such as "(m,n),(n)->(m)": the function takes and returns tensors of these axes.

    Raises:
        ValueError: for no elements without `otypes`, and shapes that do not broadcast.

    >>> from autograd_c import numpy as np
    >>> np.vectorize(lambda a, b: a if a > b else b)([1.0, 4.0], 2.0).tolist()
    [2.0, 4.0]
    """

    pyfunc: Callable[..., Any]

    def __init__(
        self,
        pyfunc: Any = None,
        otypes: Any = None,
        doc: str | None = None,
        excluded: Any = None,
        cache: bool = False,
        signature: str | None = None,
    ) -> None:
        self.otypes = None if otypes is None else [dtype_of(t) for t in otypes]
        self.excluded = set(excluded or ())
        self.cache = cache
        self.signature = signature
        self._cores = None if signature is None else _parsed(signature)
        self._given = doc
        if callable(pyfunc):
            self._adopt(pyfunc)

    def _adopt(self, pyfunc: Callable[..., Any]) -> None:
        self.pyfunc = pyfunc
        self.__name__ = getattr(pyfunc, "__name__", "vectorize")
        self.__doc__ = pyfunc.__doc__ if self._given is None else self._given

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not hasattr(self, "pyfunc"):
            self._adopt(args[0])
            return self
        names: list[Any] = [k for k in range(len(args)) if k not in self.excluded]
        keys = [k for k in kwargs if k not in self.excluded]
        tensors = [tensor(args[k]) for k in names] + [tensor(kwargs[k]) for k in keys]

        def call(*parts: Any) -> Any:
            taken, named = list(args), dict(kwargs)
            for k, part in zip(names, parts):
                taken[k] = part
            for key, part in zip(keys, parts[len(names) :]):
                named[key] = part
            return self.pyfunc(*taken, **named)

        inputs = [()] * len(tensors) if self._cores is None else self._cores[0]
        if len(inputs) != len(tensors):
            raise TypeError(
                f"wrong number of positional arguments: expected {len(inputs)}, got {len(tensors)}"
            )
        return self._over(call, tensors, inputs)

    def _over(self, call: Callable[..., Any], tensors: list[Tensor], inputs: list[Any]) -> Any:
        extents: dict[str, int] = {}
        for x, core in zip(tensors, inputs):
            if x.ndim < len(core):
                raise ValueError(
                    f"{x.ndim}-dimensional argument does not have enough dimensions "
                    f"for all core dimensions {core}"
                )
            for name, n in zip(core, x.shape[x.ndim - len(core) :]):
                if extents.setdefault(name, n) != n:
                    raise ValueError(
                        f"inconsistent size for core dimension {name!r}: {n} vs {extents[name]}"
                    )
        outer = np.broadcast_shapes(
            *[tuple(x.shape[: x.ndim - len(core)]) for x, core in zip(tensors, inputs)]
        )
        count = int(np.prod(outer))
        rows = []
        for x, core in zip(tensors, inputs):
            inner = list(x.shape[x.ndim - len(core) :])
            wide = _core.broadcast_to(x, [*outer, *inner])
            rows.append(_core.unstack(_core.reshape(wide, [count, *inner])))
        if count == 0:
            return self._of_nothing(list(outer))
        results = [call(*parts) for parts in zip(*rows)] if rows else [call()]
        several = isinstance(results[0], tuple)
        columns = list(zip(*results)) if several else [results]
        answers = []
        for k, column in enumerate(columns):
            y = _core.stack(promoted(*[tensor(v) for v in column]), 0)
            y = _core.reshape(y, [*outer, *y.shape[1:]])
            answers.append(y if self.otypes is None else cast(y, self.otypes[k]))
        return tuple(answers) if several else answers[0]

    def _of_nothing(self, outer: list[int]) -> Any:
        if self.otypes is None or self._cores is not None:
            raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
        answers = [_core.full(outer, 0, dtype) for dtype in self.otypes]
        return tuple(answers) if len(answers) > 1 else answers[0]


def _parsed(signature: str) -> tuple[list[list[str]], list[list[str]]]:
    compact = re.sub(r"\s+", "", signature)
    group = r"\((?:\w+(?:,\w+)*)?\)"
    if not re.fullmatch(rf"(?:{group}(?:,{group})*)?->{group}(?:,{group})*", compact):
        raise ValueError(f"not a valid gufunc signature: {signature}")
    sides = []
    for side in compact.split("->"):
        sides.append([[n for n in g.split(",") if n] for g in re.findall(r"\(([^)]*)\)", side)])
    return sides[0], sides[1]
