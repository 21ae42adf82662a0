"""The elementwise functions of ``scipy.special`` of what arrays are made of, as SciPy takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from autograd_c.arrays import _ufuncs
from autograd_c.arrays._arguments import cast, is_scalar, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._rows import library
from autograd_c.scipy._special_rules import RULES, SEVERAL
from autograd_c.values import dtypes


def call(name: str, inputs: tuple[Any, ...]) -> Any:
    """SciPy's universal function of that name, recorded.

    Raises:
        ImportError: without SciPy.
        TypeError: for complex tensors that are recorded, and dtypes that SciPy does not take.
    """
    ufunc = getattr(library("special"), name)
    numbers = [x if is_scalar(x) else tensor(x) for x in inputs]
    kinds = [type(x) if is_scalar(x) else x.dtype for x in numbers]
    if not any(kind is complex or (kind in _COMPLEX) for kind in kinds):
        result = dtypes.as_dtype(_result(ufunc, *kinds))
        if result.is_floating:
            given = [cast(x, result) for x in numbers]
            if name in SEVERAL:
                return tuple([operation(*given) for operation in SEVERAL[name]])
            return RULES[name](*given)
    _ufuncs.refuse_tracked(numbers, f"scipy.special.{name} of complex numbers", name)
    arrays = [x if is_scalar(x) else _core.array_of(x) for x in numbers]
    found = ufunc(*arrays)
    if isinstance(found, tuple):
        return tuple([_core.convert_to_tensor(y) for y in found])
    return _core.convert_to_tensor(found)


_COMPLEX = (dtypes.complex64, dtypes.complex128)
_results: dict[Any, Any] = {}


def _result(ufunc: np.ufunc, *kinds: Any) -> Any:
    """The dtype that SciPy's function makes of dtypes and of the types of Python's numbers."""
    key = (ufunc, *kinds)
    found = _results.get(key)
    if found is None:
        plain = [dtypes.float32 if kind is dtypes.bfloat16 else kind for kind in kinds]
        samples = [kind(1) if isinstance(kind, type) else np.ones(0, kind.dtype) for kind in plain]
        with np.errstate(all="ignore"):
            made = ufunc(*samples)
        _results[key] = found = np.asarray(made[0] if isinstance(made, tuple) else made).dtype
    return found


def _of_one(name: str) -> Callable[..., Any]:
    operation = RULES.get(name)

    def function(x: Any, /, out: Any = None) -> Any:
        if type(x) is Tensor and out is None and operation is not None and x.dtype in _FLOATS:
            return operation(x)
        _refuse(name, out)
        return call(name, (x,))

    return function


_FLOATS = (dtypes.float64, dtypes.float32)


def _of_several(name: str, count: int) -> Callable[..., Any]:
    operation = RULES[name]

    def function(*inputs: Any, out: Any = None) -> Any:
        x = inputs[0] if inputs else None
        if type(x) is Tensor and x.dtype in _FLOATS and len(inputs) == count and out is None:
            for other in inputs:
                if type(other) is not Tensor or other.dtype is not x.dtype:
                    break
            else:
                return operation(*inputs)
        if len(inputs) != count:
            raise TypeError(f"scipy.special.{name} takes {count} arguments, not {len(inputs)}")
        _refuse(name, out)
        return call(name, inputs)

    return function


def _refuse(name: str, out: Any) -> None:
    if out is not None and out != (None,):
        raise TypeError(f"scipy.special.{name} cannot write into `out`: its result is a new tensor")


@cache
def table() -> dict[np.ufunc, Callable[..., Any]]:
    """What answers for each of SciPy's universal functions when it is given a tensor."""
    from autograd_c.scipy._special_functions import zeta

    special = library("special")
    found: dict[np.ufunc, Callable[..., Any]] = {}
    for name, function in functions():
        thing = getattr(special, name, None)
        thing = getattr(thing, "__wrapped__", thing)  # around it, with SCIPY_ARRAY_API=1
        if isinstance(thing, np.ufunc):
            found[thing] = function
    hurwitz = getattr(getattr(special, "_ufuncs", None), "_zeta", None)  # what its zeta calls
    if isinstance(hurwitz, np.ufunc):
        found[hurwitz] = zeta
    return found


# How many arguments they have: SciPy itself is not imported to find out.
_COUNTS = {
    2: """beta betaln binom boxcox boxcox1p chdtr chdtrc chdtri eval_chebyt eval_chebyu eval_hermite
    eval_hermitenorm eval_laguerre eval_legendre expn gammainc gammaincc gammainccinv gammaincinv
    huber hyp0f1 inv_boxcox inv_boxcox1p iv ive jn jv jve kl_div kn kv kve owens_t pdtr pdtrc poch
    powm1 pseudo_huber rel_entr stdtr stdtrit xlog1py xlogy yn yv yve""".split(),
    3: """bdtr bdtrc betainc betaincc betaincinv eval_gegenbauer eval_genlaguerre fdtr fdtrc gdtr
    gdtrc hyp1f1 hyperu nbdtr nbdtrc""".split(),
    4: ["eval_jacobi", "hyp2f1"],
}
_NUMBERS = {
    1: "0.5",
    2: "2, 0.5",
    3: "2, 3, 0.5",
    4: "2, 3, 4, 0.5",
}


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each function by its name."""
    counts = {name: n for n, names in _COUNTS.items() for name in names}
    for name in sorted({*RULES, *SEVERAL}):
        n = counts.get(name, 1)
        function = _of_one(name) if n == 1 else _of_several(name, n)
        function.__name__ = function.__qualname__ = name
        function.__module__ = "autograd_c.scipy.special"
        function.__doc__ = _documentation(name, n)
        yield name, function


def _documentation(name: str, n: int) -> str:
    values = _NUMBERS[n]
    arguments = "x: a tensor" if n == 1 else f"*inputs: {n} tensors that broadcast"
    return f"""SciPy's ``special.{name}`` of tensors, elementwise, with its arguments and dtypes.

    Args:
        {arguments}, or what `asarray` takes.
        out: must be None: tensors are not written to.

    Returns:
        A tensor{", or a tuple of them," if name in SEVERAL else ""} with derivatives of all orders
        by real arguments; by orders and degrees there are none, and recorded ones are refused.

    Raises:
        ImportError: without SciPy, which computes it.
        TypeError: for complex tensors that are recorded.
        ValueError: for shapes that do not broadcast.

    >>> from autograd_c import scipy as ours
    >>> import numpy, scipy.special
    >>> found, expected = ours.special.{name}({values}), scipy.special.{name}({values})
    >>> numpy.allclose(found, expected, equal_nan=True)
    True
    """
