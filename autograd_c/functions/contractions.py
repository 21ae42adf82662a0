"""``tf.tensordot`` and ``tf.einsum``, made of transpositions, sums and matrix products.

They need no derivative of their own: what they are made of is recorded.
"""

from __future__ import annotations

import functools
import math
import operator
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values.dtypes import NARROW
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.typing import TensorLike

convert = _core.convert_to_tensor


def tensordot(a: TensorLike, b: TensorLike, axes: Any, name: str | None = None) -> Tensor:
    """Products of elements of `a` and `b` summed over pairs of axes.

    Args:
        a, b: tensors of one dtype, or of dtypes that promote.
        axes: an int n, for the last n axes of `a` with the first n of `b`; or a pair of lists of
            axes (or of ints).
        name: ignored.

    Returns:
        A tensor whose shape is the other axes of `a`, then those of `b`.

    Raises:
        ValueError: for axes out of range, or extents that differ.

    >>> import autograd_c as tf
    >>> tf.tensordot(tf.ones([2, 3]), tf.ones([3, 4]), 1).shape
    TensorShape([2, 4])
    """
    x, y = _core.operands_of("tensordot", a, b)
    if _core.is_tensor(axes) or isinstance(axes, np.ndarray):
        axes = _core.plain_array(axes).tolist()
    if isinstance(axes, (list, tuple)):
        if len(axes) != 2:
            raise ValueError(f"`axes` must be an integer or have length 2. Received: {axes}.")
        left, right = (tuple(k) if hasattr(k, "__iter__") else (k,) for k in axes)
    else:
        count = operator.index(axes)
        if count < 0:
            raise ValueError(f"`axes` must be at least 0. Received: {axes}.")
        if count > min(x.ndim, y.ndim):
            raise ValueError(
                f"`axes` must not be larger than the number of dimensions of tensor {x} or {y}. "
                f"Received: {axes}."
            )
        left, right = tuple(range(x.ndim - count, x.ndim)), tuple(range(count))
    return dotted(x, y, left, right)


def dotted(x: Tensor, y: Tensor, left: tuple[int, ...], right: tuple[int, ...]) -> Tensor:
    """`tensordot` of tensors of one dtype, over pairs of axes."""
    return _dotted(tuple(x.shape), tuple(y.shape), left, right).run([x, y])


def _make_dotted(
    first: tuple[int, ...], second: tuple[int, ...], left: tuple[int, ...], right: tuple[int, ...]
) -> _Plan:
    """What `tensordot` does with tensors of some shapes and pairs of axes."""
    if len(left) != len(right):
        raise ValueError(
            f"Different number of contraction axes `a` and `b`, {len(left)} != {len(right)}."
        )
    pairs = []
    for shape, which in ((first, left), (second, right)):
        for k in which:
            if not -len(shape) <= k < len(shape):
                raise InvalidArgumentError(
                    f"[tensordot] axis {k} is out of range for a tensor of rank {len(shape)}"
                )
        pairs.append([k % len(shape) for k in which])
    of_first, of_second = pairs
    if [first[k] for k in of_first] != [second[k] for k in of_second]:
        raise InvalidArgumentError(
            f"[tensordot] Matrix size-incompatible: axes {of_first} of shape {first} against axes "
            f"{of_second} of shape {second}"
        )
    plan = _Plan((first, second))
    x, y = plan.operands
    free_first = [k for k in range(len(first)) if k not in of_first]
    free_second = [k for k in range(len(second)) if k not in of_second]
    inner = math.prod(first[k] for k in of_first)
    rows, columns = [first[k] for k in free_first], [second[k] for k in free_second]
    x = plan.reshaped(plan.transposed(x, free_first + of_first), [math.prod(rows), inner])
    y = plan.reshaped(plan.transposed(y, of_second + free_second), [inner, math.prod(columns)])
    product = plan.add(_core.matmul, [x, y], (math.prod(rows), math.prod(columns)))
    plan.result = plan.reshaped(product, rows + columns).place
    return plan


_dotted = functools.lru_cache(512)(_make_dotted)


# Compiled when first used: that takes a millisecond, which `import` need not pay.
_EQUATION = r"(?:[a-zA-Z]*(?:\.\.\.)?[a-zA-Z]*,?)*(?:->[a-zA-Z]*(?:\.\.\.)?[a-zA-Z]*)?"


def _expand(term: str, rank: int | None, wide: int, position: int) -> tuple[str, int]:
    """The labels of one term, one an axis; those of `...` are digits, aligned at the right."""
    if "..." not in term:
        if rank is not None and len(term) != rank:
            raise InvalidArgumentError(
                f"[einsum] Expected input {position} to have rank {len(term)} but got: {rank}"
            )
        return term, 0
    count = wide if rank is None else rank - (len(term) - 3)
    if count < 0:
        raise InvalidArgumentError(
            f"[einsum] Expected input {position} to have rank at least {len(term) - 3} but got: "
            f"{rank}"
        )
    # Private characters, so that any number of axes fits and they cannot meet a user's label.
    labels = "".join(chr(0xE000 + wide - count + k) for k in range(count))
    return term.replace("...", labels), count


def _parse(equation: str, ranks: list[int]) -> tuple[list[str], str]:
    text = equation.replace(" ", "")
    if not re.fullmatch(_EQUATION, text):
        raise ValueError(f"Subscripts have incorrect format: {equation}")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise ValueError(
            f'Got {len(ranks)} inputs for equation "{equation}", expecting {len(terms)}'
        )
    wide = max([r - (len(t) - 3) for t, r in zip(terms, ranks) if "..." in t], default=0)
    inputs = [_expand(t, r, wide, k)[0] for k, (t, r) in enumerate(zip(terms, ranks))]
    broadcast = "".join(chr(0xE000 + k) for k in range(wide))
    if not arrow:
        # Implicit: labels that appear once, in alphabetical order, after those of `...`.
        joined = "".join(inputs)
        single = sorted(c for c in set(joined) if joined.count(c) == 1 and c < "\ue000")
        return inputs, broadcast + "".join(single)
    if wide > 0 and "..." not in right:
        raise InvalidArgumentError(
            f"[einsum] the output of {equation!r} has no '...' for the axes that '...' stands for "
            "in the inputs; to sum over them, name them"
        )
    output = _expand(right, None, wide, -1)[0]
    for label in output:
        if output.count(label) > 1:
            raise ValueError(f"Output subscripts contain a label appearing more than once: {text}")
        if not any(label in t for t in inputs):
            raise ValueError(
                f"Output subscripts contain the label {label} not present in the input subscripts."
            )
    return inputs, output


class _Operand(NamedTuple):
    """A value of a plan: its place among all of them, and its shape."""

    place: int
    shape: tuple[int, ...]


class _Plan:
    """The operations that an equation is made of, for operands of some shapes.

    It is made once, and run for all operands of these shapes: finding out takes longer than small
    operands do.
    """

    def __init__(self, shapes: tuple[tuple[int, ...], ...]) -> None:
        self.operands = [_Operand(k, tuple(shape)) for k, shape in enumerate(shapes)]
        self.count = len(shapes)
        self.steps: list[tuple[Callable[..., Tensor], tuple[int, ...], tuple[Any, ...]]] = []
        self.result = 0

    def add(
        self, function: Callable[..., Tensor], of: Sequence[_Operand], shape: Any, *arguments: Any
    ) -> _Operand:
        self.steps.append((function, tuple(x.place for x in of), arguments))
        self.count += 1
        return _Operand(self.count - 1, tuple(shape))

    def transposed(self, x: _Operand, axes: list[int]) -> _Operand:
        if axes == list(range(len(axes))):
            return x
        return self.add(_core.transpose, [x], [x.shape[k] for k in axes], axes)

    def reshaped(self, x: _Operand, shape: list[int]) -> _Operand:
        return x if list(x.shape) == shape else self.add(_core.reshape, [x], shape, shape)

    def multiplied(self, x: _Operand, y: _Operand) -> _Operand:
        shape = np.broadcast_shapes(x.shape, y.shape)
        return self.add(operator.mul, [x, y], shape)

    def run(self, tensors: list[Tensor]) -> Tensor:
        values = tensors
        for function, of, arguments in self.steps:
            if len(of) == 1:
                values.append(function(values[of[0]], *arguments))
            else:
                values.append(function(values[of[0]], values[of[1]], *arguments))
        return values[self.result]


def _sum_out(plan: _Plan, x: _Operand, labels: str, keep: set[str]) -> tuple[_Operand, str]:
    """Repeated labels become diagonals; labels that nobody else needs are summed."""
    unique = "".join(dict.fromkeys(labels))
    if unique != labels:
        for c in unique:
            extents = {x.shape[k] for k, d in enumerate(labels) if d == c}
            if len(extents) > 1:
                raise InvalidArgumentError(
                    f"[einsum] label {c} has extents {sorted(extents)} in one input of shape "
                    f"{x.shape}"
                )
        shape = [x.shape[labels.index(c)] for c in unique]
        x = plan.add(_core.diagonal_view, [x], shape, labels, unique)
    gone = [k for k, c in enumerate(unique) if c not in keep]
    if gone:
        shape = [n for k, n in enumerate(x.shape) if k not in gone]
        x = plan.add(_sum, [x], shape, gone)
    return x, "".join(c for c in unique if c in keep)


def _sum(x: Tensor, axes: list[int]) -> Tensor:
    return _core.reduce("reduce_sum", x, axes, False)


def _align(plan: _Plan, x: _Operand, labels: str, order: str) -> _Operand:
    """Axes in the order of `order`, of which those that x lacks have extent 1."""
    present = [c for c in order if c in labels]
    x = plan.transposed(x, [labels.index(c) for c in present])
    extents = iter(x.shape)
    return plan.reshaped(x, [next(extents) if c in labels else 1 for c in order])


def _pair(
    plan: _Plan, x: _Operand, a: str, y: _Operand, b: str, keep: set[str]
) -> tuple[_Operand, str]:
    """The product of two operands, summed over the labels that nobody else needs."""
    x, a = _sum_out(plan, x, a, keep | set(b))
    y, b = _sum_out(plan, y, b, keep | set(a))
    sizes_a, sizes_b = dict(zip(a, x.shape)), dict(zip(b, y.shape))
    summed = [c for c in a if c in b and c not in keep]
    batch = [c for c in a if c in b and c in keep]
    rows = [c for c in a if c not in b]
    columns = [c for c in b if c not in a]
    # Axes of `...` broadcast; a product that is summed along one first needs its full extent.
    if any(sizes_a[c] != sizes_b[c] for c in summed):
        order = "".join(rows + batch + summed + columns)
        product = plan.multiplied(_align(plan, x, a, order), _align(plan, y, b, order))
        return _sum_out(plan, product, order, keep)
    if not summed and not (rows and columns):
        order = "".join(batch + rows + columns)
        return plan.multiplied(_align(plan, x, a, order), _align(plan, y, b, order)), order
    first = plan.transposed(x, [a.index(c) for c in batch + rows + summed])
    second = plan.transposed(y, [b.index(c) for c in batch + summed + columns])
    inner = math.prod(sizes_a[c] for c in summed)
    shape_rows = [sizes_a[c] for c in rows]
    shape_columns = [sizes_b[c] for c in columns]
    of_first, of_second = ([sizes[c] for c in batch] for sizes in (sizes_a, sizes_b))
    first = plan.reshaped(first, [*of_first, math.prod(shape_rows), inner])
    second = plan.reshaped(second, [*of_second, inner, math.prod(shape_columns)])
    batch_shape = list(np.broadcast_shapes(tuple(of_first), tuple(of_second)))
    shape = [*batch_shape, math.prod(shape_rows), math.prod(shape_columns)]
    product = plan.add(_core.matmul, [first, second], shape)
    product = plan.reshaped(product, batch_shape + shape_rows + shape_columns)
    return product, "".join(batch + rows + columns)


def _make_plan(equation: str, shapes: tuple[tuple[int, ...], ...]) -> _Plan:
    terms, output = _parse(equation, [len(shape) for shape in shapes])
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes):
        for axis, (c, n) in enumerate(zip(term, shape)):
            known = sizes.setdefault(c, n)
            if known != n:
                if c < "\ue000" or 1 not in (known, n):
                    raise InvalidArgumentError(
                        f"[einsum] Expected dimension {known} at axis {axis} of the input shaped "
                        f"{tuple(shape)} but got dimension {n} ({equation})"
                    )
                sizes[c] = n if known == 1 else known
    plan = _Plan(shapes)
    x, a = plan.operands[0], terms[0]
    for k in range(1, len(shapes)):
        keep = set(output).union(*terms[k + 1 :])
        x, a = _pair(plan, x, a, plan.operands[k], terms[k], keep)
    x, a = _sum_out(plan, x, a, set(output))
    plan.result = plan.transposed(x, [a.index(c) for c in output]).place
    return plan


_planned = functools.lru_cache(512)(_make_plan)


def einsum(
    equation: str, *inputs: TensorLike, name: str | None = None, optimize: Any = None
) -> Tensor:
    """Sums of products, in Einstein's notation.

    Args:
        equation: for example "bij,bjk->bik". A label that is repeated in one input takes its
            diagonal; labels that are not in the output are summed; "..." stands for axes that
            broadcast; without "->" the output has the labels that appear once, sorted.
        *inputs: one tensor for each term.
        name: ignored.
        optimize: ignored; operands are contracted from left to right.

    Raises:
        ValueError: for an equation that is not valid or does not fit the inputs.

    >>> import autograd_c as tf
    >>> tf.einsum("bij,bjk->bik", tf.ones([5, 2, 3]), tf.ones([5, 3, 4])).shape
    TensorShape([5, 2, 4])
    >>> print(tf.einsum("ii", tf.constant([[1.0, 2.0], [3.0, 4.0]])).numpy())
    5.0
    """
    if not isinstance(equation, str):
        raise TypeError(f"[einsum] the equation must be a string, not {type(equation).__name__}")
    if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)) and "," in equation:
        inputs = tuple(inputs[0])
    if not inputs:
        raise ValueError("einsum needs at least one input")
    tensors = _core.operands_of("einsum", *inputs)
    plan = _planned(equation, tuple([t.shape for t in tensors]))
    if not plan.steps:
        return _core.identity(tensors[plan.result])
    narrow = tensors[0].dtype
    if narrow.name in NARROW:  # sums on the way are of float32
        return _core.cast(plan.run([_core.cast(t, "float32") for t in tensors]), narrow)
    return plan.run(tensors)
