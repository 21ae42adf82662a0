"""Arrays and matrices of scipy.sparse as constants: what records keep of them."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values.dtypes import DType
from autograd_c.values.errors import InvalidArgumentError


def extents(a: Any) -> tuple[int, int]:
    """Rows and columns of a sparse array; one of one axis is a row.

    Raises:
        ValueError: for more than two axes.
    """
    if a.ndim > 2:
        raise InvalidArgumentError(
            f"sparse arrays of {a.ndim} axes are not taken, of shape {a.shape}: matrices are"
        )
    return (1, a.shape[0]) if a.ndim == 1 else (a.shape[0], a.shape[1])


class Constant:
    """The non-zeros of a sparse matrix by rows, or those of its transpose, as tensors.

    Tensors cannot be written to: however the matrix changes, records read what it was.
    """

    __slots__ = ("_by_dtype", "columns", "indices", "pointers", "rows", "transposed", "values")

    def __init__(self, a: Any) -> None:
        rows, columns = extents(a)
        if a.format != "csc":
            a = a.tocsr()
        self.transposed = a.format == "csc"  # the columns of a matrix are its transpose's rows
        self.rows, self.columns = (columns, rows) if self.transposed else (rows, columns)
        indices = np.asarray(a.indices)
        if indices.size and not 0 <= indices.min() <= indices.max() < self.columns:
            raise InvalidArgumentError(
                f"a sparse array of shape {a.shape} has indices outside of it"
            )
        pointers = np.asarray(a.indptr)
        # Fewer elements may be meant than the arrays have room for.
        count = int(pointers[-1]) if pointers.size else 0
        if (
            pointers.size != self.rows + 1
            or pointers[0] != 0
            or (np.diff(pointers) < 0).any()
            or not count <= min(indices.size, a.data.size)
        ):
            raise InvalidArgumentError(f"a sparse array of shape {a.shape} has bad row pointers")
        common = np.promote_types(indices.dtype, pointers.dtype)
        self.values = _core.convert_to_tensor(np.asarray(a.data)[:count])
        self.indices = _core.convert_to_tensor(indices[:count].astype(common, copy=False))
        self.pointers = _core.convert_to_tensor(pointers.astype(common, copy=False))
        self._by_dtype: dict[str, Tensor] = {}

    def of_dtype(self, dtype: DType) -> Tensor:
        """The values in a dtype."""
        if self.values.dtype == dtype:
            return self.values
        found = self._by_dtype.get(dtype.name)
        if found is None:
            found = self._by_dtype[dtype.name] = _core.cast(self.values, dtype)
        return found


# ---------------------------------------------------------------- shared by many records


class _Known:
    """A matrix that was seen, as it was then."""

    __slots__ = ("constant", "described", "parts", "reference")

    def __init__(self, a: Any, described: Any, parts: list[Any], reference: Any) -> None:
        self.described = described
        self.reference = reference
        self.constant = Constant(a)
        self.parts = [np.array(x) for x in parts]
        if a.format in ("csr", "csc"):  # the tensors have the same elements
            c = self.constant
            for k, t in enumerate((c.values, c.indices, c.pointers)):
                held = _core.array_of(t)
                if held.dtype == self.parts[k].dtype and held.shape == self.parts[k].shape:
                    self.parts[k] = held


_known: dict[int, _Known] = {}


def _parts(a: Any) -> list[Any] | None:
    """The arrays that a sparse array is made of; None if it is made of lists."""
    if a.format in ("csr", "csc", "bsr"):
        return [a.data, a.indices, a.indptr]
    if a.format == "dia":
        return [a.data, a.offsets]
    if a.format == "coo":
        return [a.data, *(a.coords if hasattr(a, "coords") else (a.row, a.col))]
    return None


def _same(x: Any, y: Any) -> bool:
    if x.dtype != y.dtype or x.shape != y.shape:
        return False
    if x.nbytes < 1024:
        return x.tobytes() == y.tobytes()  # type: ignore[no-any-return]
    x = np.ascontiguousarray(x)
    return _core.same_bytes(x.reshape(-1).view(np.uint8), y.reshape(-1).view(np.uint8))


def constant_of(a: Any) -> Constant:
    """What a sparse array holds now.

    Calls share it for as long as the array keeps its elements, which takes a third to two thirds of
    the time of a product with a vector to find out; so a tape holds one copy of a matrix, however
    often it was used.
    """
    parts = _parts(a)
    if parts is None:  # lists and dictionaries
        return Constant(a)
    described = (a.format, a.shape)
    key = id(a)
    known = _known.get(key)
    if (
        known is not None
        and known.reference() is a
        and known.described == described
        and all(map(_same, parts, known.parts))
    ):
        return known.constant
    made = _Known(a, described, parts, weakref.ref(a, lambda _: _known.pop(key, None)))
    _known[key] = made
    return made.constant
