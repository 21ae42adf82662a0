"""``numpy.einsum`` of tensors."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_c.arrays._arguments import cast, dtype_of, is_inexact, promoted, tensor
from autograd_c.arrays._outputs import written
from autograd_c.arrays._products import by_numpy
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import contractions
from autograd_c.values.errors import InvalidArgumentError

__all__ = ["einsum", "einsum_path"]


def _spelled(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """The equation and the operands, of either of the spellings that NumPy knows."""
    if not operands:
        raise ValueError("must specify the einstein sum subscripts string and at least one operand")
    if isinstance(operands[0], str):
        return operands[0], list(operands[1:])
    terms = [_term(labels) for labels in operands[1::2]]
    values = list(operands[: 2 * (len(operands) // 2) : 2])
    equation = ",".join(terms)
    if len(operands) % 2:
        equation += "->" + _term(operands[-1])
    return equation, values


def _term(labels: Sequence[Any]) -> str:
    """Labels that are numbers as letters, in their order."""
    letters = string.ascii_uppercase + string.ascii_lowercase
    return "".join("..." if n is Ellipsis else letters[n.__index__()] for n in labels)


def einsum(
    *operands: Any,
    out: Any = None,
    optimize: Any = False,
    dtype: Any = None,
    order: Any = "K",
    casting: Any = "safe",
) -> Tensor:
    """Sums of products, in Einstein's notation, as ``numpy.einsum``.

    Args:
        *operands: an equation such as "ij,jk->ik" and a tensor, or what `asarray` takes, for each
            term of it; or each operand followed by the list of its labels, which are numbers and
            ``...``, and, last, the labels of the result.
        out: a tensor that gets the result.
        optimize: False: from left to right. True, "greedy", "optimal", or a path of
            `einsum_path`: in the order that costs least.
        dtype: in which the operands are taken.
        order, casting: ignored.

    Returns:
        A tensor. "..." stands for axes that broadcast.

    Raises:
        ValueError: for an equation that is not valid or does not fit the operands.
        TypeError: for an array as `out`.

    >>> from autograd_c import numpy as np
    >>> print(np.einsum("ij,j", [[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]).numpy())
    [3. 7.]
    >>> print(np.einsum([[1.0, 2.0], [3.0, 4.0]], [0, 0]).numpy())
    5.0
    """
    if out is not None:
        return written(out, einsum(*operands, optimize=optimize, dtype=dtype), "numpy.einsum")
    equation, given = _spelled(operands)
    if dtype is None:
        values = _promoted(given)
    else:
        values = [cast(tensor(x), dtype_of(dtype)) for x in given]
    if not values or not is_inexact(values[0].dtype):
        return by_numpy(lambda *arrays: np.einsum(equation, *arrays, optimize=optimize), *values)  # type: ignore[no-any-return]
    if optimize is not False and len(values) > 2:
        return _in_order(equation, values, optimize)
    return _einsum(equation, values)


def _einsum(equation: str, values: list[Tensor]) -> Tensor:
    try:
        return contractions.einsum(equation, *values)
    except InvalidArgumentError:
        fitting = _without_ones(equation, values)
        if fitting is None:
            raise
    return contractions.einsum(fitting[0], *fitting[1])


def _without_ones(equation: str, values: list[Tensor]) -> tuple[str, list[Tensor]] | None:
    """The same without axes of extent 1 that meet longer ones, to which NumPy broadcasts them."""
    terms, result = _terms(equation)
    if "..." in equation or [len(term) for term in terms] != [x.ndim for x in values]:
        return None
    extents: dict[str, int] = {}
    for term, x in zip(terms, values, strict=True):
        for label, n in zip(term, x.shape, strict=True):
            extents[label] = max(n, extents.get(label, 0))
    fitting, kept = [], []
    for term, x in zip(terms, values, strict=True):
        places = [k for k, label in enumerate(term) if x.shape[k] == extents[label]]
        if any(x.shape[k] != 1 for k in range(x.ndim) if k not in places):
            return None
        kept.append("".join(term[k] for k in places))
        fitting.append(_core.reshape(x, [x.shape[k] for k in places]))
    return f"{','.join(kept)}->{result}", fitting


def _terms(equation: str) -> tuple[list[str], str]:
    """The labels of the operands, and of the result."""
    left, arrow, result = equation.replace(" ", "").partition("->")
    if not arrow:
        result = "".join(sorted(c for c in set(left) - {","} if left.count(c) == 1))
    return left.split(","), result


def _promoted(given: list[Any]) -> list[Tensor]:
    first = given[0] if given else None
    if type(first) is Tensor:
        dtype = first.dtype
        if all(type(x) is Tensor and x.dtype is dtype for x in given):
            return list(given)
    return promoted(*map(tensor, given))


def _in_order(equation: str, values: list[Tensor], optimize: Any) -> Tensor:
    """The pairs that a path names, one after the other."""
    plain = [np.broadcast_to(np.zeros(()), x.shape) for x in values]
    path = np.einsum_path(equation, *plain, optimize=optimize)[0][1:]
    if "..." in equation:
        return contractions.einsum(equation, *values)
    terms, result = _terms(equation)
    values = list(values)
    for places in path:
        taken = sorted(places, reverse=True)
        some = [terms.pop(k) for k in taken]
        operands = [values.pop(k) for k in taken]
        needed = set(result).union(*terms)
        kept = "".join(sorted(set("".join(some)) & needed)) if terms else result
        values.append(_einsum(f"{','.join(some)}->{kept}", operands))
        terms.append(kept)
    return values[0]


def einsum_path(
    *operands: Any, optimize: Any = "greedy", einsum_call: bool = False
) -> tuple[list[Any], str]:
    """The order in which `einsum` would multiply, as ``numpy.einsum_path``.

    Args:
        *operands, optimize: as of `einsum`.
        einsum_call: must be False.

    Returns:
        A list, "einsum_path" and the pairs of operands, which `einsum` takes for `optimize`; and a
        text that tells of it.

    Raises:
        ValueError: for an equation that is not valid or does not fit the operands.

    >>> from autograd_c import numpy as np
    >>> np.einsum_path("ij,jk,kl", np.ones((2, 9)), np.ones((9, 9)), np.ones((9, 2)))[0]
    ['einsum_path', (0, 1), (0, 1)]
    """
    if einsum_call:
        raise TypeError("einsum_path of tensors takes no `einsum_call`")
    equation, given = _spelled(operands)
    plain = [np.broadcast_to(np.zeros(()), tensor(x).shape) for x in given]
    path, text = np.einsum_path(equation, *plain, optimize=optimize)
    return list(path), text
