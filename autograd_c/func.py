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
derivative: TypeError. None in a structure, of arguments or results, stays None.

All other arguments, by position or keyword, are handed on as they are. Python floats among them,
and those that the function makes itself, take the dtype of the tensors that they meet; but where
they meet none, as in ``tf.exp(0.1)``, they are float32. For float64 throughout, as in HIPS
autograd, call ``tf.set_default_float("float64")``.

**Inside the function** nothing that it computes from the arguments becomes a plain number or array
without being asked to, since the derivative would be lost: TypeError for ``float(x)`` and so
``math.exp(x)``, ``np.asarray(x)``, ``np.array([x, y])``, ``array[0] = x``, functions of SciPy,
buffers and pickling. The ways to ask are ``x.numpy()``, ``x.item()``, ``x.tolist()`` and
``tf.stop_gradient(x)``; conditions, ``int(x)``, printing and formatting are free. Work with it on
another thread, where nothing is recorded, is a RuntimeError. In functions whose derivative is given
(``custom_gradient``, ``primitive``) all is allowed.

**Functions** return a tensor, a Python number (a constant), or a nested structure of them; anything
else is a TypeError. That includes NumPy arrays and scalars, through which no derivative can flow:
whatever left the tensors, by ``.numpy()`` say, would be lost silently.

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

from autograd_c.core import _core
from autograd_c.core._core import ForwardAccumulator, GradientTape, Tensor, Variable
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.rules.c_operation import COperation, c_operation, get_include
from autograd_c.rules.custom import recompute_grad
from autograd_c.rules.primitive import defjvp, defvjp, primitive
from autograd_c.values import nest
from autograd_c.values.dtypes import DType

__all__ = [
    "COperation",
    "c_operation",
    "get_include",
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

_LEAVES = {Tensor, float, np.ndarray}  # the most frequent ones, without a question to tf.nest

# A column of a Jacobian, pushed forward, costs about as much as so many rows of a batched sweep.
_ROWS_FOR_A_COLUMN = 4


# ---------------------------------------------------------------- what goes in and comes out


def _are_numbers(tensors: list[Tensor]) -> bool:
    """Whether all are floats of one dtype and of shape []."""
    dtype = tensors[0].dtype
    return dtype.is_floating and all(t.ndim == 0 and t.dtype == dtype for t in tensors)


def _any_complex(tensors: list[Tensor]) -> bool:
    for t in tensors:  # faster than any() of a generator
        if t.dtype.is_complex:
            return True
    return False


def _is_smooth(dtype: DType) -> bool:
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
    if not _is_smooth(t.dtype):
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


def _indices(argnums: _Argnums, count: int, who: str) -> list[int]:
    """The positions of arguments, counted from the start."""
    several: Any = argnums if _is_several(argnums) else [argnums]
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


def _is_several(argnums: _Argnums) -> bool:
    return isinstance(argnums, (tuple, list))


def _pack(structure: Any, leaves: list[Any]) -> Any:
    """A structure with other leaves in the places of those that are not None."""
    if type(structure) in _LEAVES:
        return leaves[0]
    places = nest.flatten(structure)
    if len(places) > len(leaves):
        new = iter(leaves)
        leaves = [None if x is None else next(new) for x in places]
    return nest.pack_sequence_as(structure, leaves)


class _Arguments:
    """The positional arguments of a call, with tensors of their own in the places of argnums."""

    __slots__ = ("args", "picked", "sources")

    def __init__(self, args: Sequence[Any], argnums: _Argnums, who: str) -> None:
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
        places = _indices(argnums, len(args), who)
        several = tuple([args[k] for k in places])
        self.sources = _sources(several, who)
        for k, x in zip(places, _pack(several, self.sources)):
            self.args[k] = x
        self.picked = several if _is_several(argnums) else several[0]

    def vectors(self, tangents: Any, who: str) -> list[Tensor]:
        """A tangent for each source, from a structure like the arguments."""
        return _all_given(tangents, self.picked, self.sources, who, "tangent")

    def pack(self, leaves: list[Any]) -> Any:
        """Results, one for each source, in the structure of the arguments."""
        return _pack(self.picked, leaves)


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
    nested = nest.is_nested(structure)
    leaves = nest.flatten(structure)
    return [_output(y, who) for y in leaves if not (y is None and nested)]


class _Trace(_Arguments):
    """A call of a function on a tape of its own: what it returned, and the derivatives of that."""

    __slots__ = ("aux", "joined", "outputs", "result", "tape", "who")

    def __init__(
        self,
        who: str,
        fun: _Function,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        argnums: _Argnums = 0,
        has_aux: bool = False,
        persistent: bool = False,
        join: bool = False,
    ) -> None:
        super().__init__(args, argnums, who)
        self.who = who
        self.tape = GradientTape(persistent, False)
        _core.be_strict(self.tape)
        with self.tape:
            self.tape.watch(self.sources)
            self.result, self.aux = _split_aux(fun(*self.args, **kwargs), has_aux, who)
            self.outputs = _outputs(self.result, who)
            # Numbers in one tensor have their Jacobians in one sweep.
            self.joined: Tensor | None = None
            if join and len(self.outputs) > 1 and _are_numbers(self.outputs):
                self.joined = _core.stack(self.outputs, 0)
        self.args = []

    def pack_outputs(self, leaves: list[Any]) -> Any:
        """Results, one for each output, in the structure of what the function returned."""
        return _pack(self.result, leaves)

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
                if not (_is_smooth(t.dtype) and (may_be_complex or not t.dtype.is_complex)):
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

    def pull(self, cotangents: list[Tensor] | None = None) -> list[Tensor]:
        """The cotangents of the sources, for those of the outputs (or ones)."""
        targets, sources = self.outputs, self.sources
        if cotangents is not None and not all(_is_smooth(y.dtype) for y in targets):
            pairs = [(y, g) for y, g in zip(targets, cotangents) if _is_smooth(y.dtype)]
            targets, cotangents = [y for y, _ in pairs], [g for _, g in pairs]
        answers: list[Any]
        if len(targets) == 1 and len(sources) == 1 and cotangents is None:
            answers = [self.tape.gradient(targets[0], sources[0])]
        else:
            answers = self.tape.gradient(targets, sources, cotangents)
        return [_zeros(x) if g is None else _dense(g) for g, x in zip(answers, sources)]

    def push(self, tangents: list[Tensor]) -> list[Tensor]:
        """The tangents of the outputs, for those of the sources."""
        return self._push(self.sources, tangents)

    def _push(self, sources: list[Tensor], tangents: list[Tensor]) -> list[Tensor]:
        smooth = [y for y in self.outputs if _is_smooth(y.dtype)]
        found = iter(self.tape._jvp(smooth, sources, tangents))
        pushed = [next(found) if _is_smooth(y.dtype) else None for y in self.outputs]
        return [_zeros(y) if t is None else t for y, t in zip(self.outputs, pushed)]

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
            pushed = [self._push([source], [unit]) for unit in _basis(source)]
            for k, (y, row) in enumerate(zip(self.outputs, jacobians)):
                shape = (*y.shape, *source.shape)
                if pushed:
                    j = _core.reshape(_core.stack([column[k] for column in pushed], -1), shape)
                else:
                    j = _core.full(shape, 0, y.dtype)
                row.append(_core.cast(j, source.dtype) if same_dtype else j)
        return self._pack_jacobians(jacobians)

    def _pack_jacobians(self, jacobians: list[list[Tensor]]) -> Any:
        if type(self.result) is Tensor and type(self.picked) in _LEAVES:
            return jacobians[0][0]
        return self.pack_outputs([self.pack(row) for row in jacobians])


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


# ---------------------------------------------------------------- gradients


def grad(
    fun: _Function, argnums: _Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> _Function:
    """A function that computes the gradient of a scalar function.

    Args:
        fun: returns a tensor of shape [] and a float dtype, or a Python float.
        argnums: which positional arguments to take the gradient by: an int, or several; negative
            ones count from the end.
        has_aux: whether `fun` returns a pair, its output and anything else, which is handed on.
        holomorphic: whether `fun` is a holomorphic function of complex arguments; the result is
            then its complex derivative.

    Returns:
        A function of the arguments of `fun`. It returns a tensor of the shape and dtype of the
        argument (a structure of them for a structure; a tuple for several argnums); with `has_aux`
        a pair of that and what is handed on.

    Raises:
        TypeError: from the function, if the output is no scalar or not real, an argument is of
            integers or bools, or there is no argument of that number.
        ValueError: if `argnums` names an argument twice.

    >>> import autograd_c as tf
    >>> def loss(w, x, power=2):
    ...     return tf.reduce_sum((w["a"] * x + w["b"]) ** power)
    >>> gradient = tf.func.grad(loss)({"a": 2.0, "b": 1.0}, tf.constant([1.0, 2.0]), power=2)
    >>> print(gradient["a"].numpy(), gradient["b"].numpy())
    26.0 16.0
    """
    both = _value_and_grad("grad", fun, argnums, has_aux, holomorphic)

    @functools.wraps(fun, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(args, kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def value_and_grad(
    fun: _Function, argnums: _Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> _Function:
    """A function that computes a scalar function together with its gradient.

    Args:
        fun, argnums, has_aux, holomorphic: as for `grad`.

    Returns:
        A function of the arguments of `fun` that returns a pair: the output of `fun` as a tensor
        (with `has_aux`, the pair of that and what is handed on), and the gradient as `grad` has it.

    Raises:
        TypeError, ValueError: as `grad`.

    >>> import autograd_c as tf
    >>> value, gradient = tf.func.value_and_grad(lambda x: x**3)(2.0)
    >>> print(value.numpy(), gradient.numpy(), gradient.dtype.name)
    8.0 12.0 float64
    """
    both = _value_and_grad("value_and_grad", fun, argnums, has_aux, holomorphic)

    @functools.wraps(fun, updated=())
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        return both(args, kwargs)

    return value_and_gradient


def _value_and_grad(
    who: str, fun: _Function, argnums: _Argnums, has_aux: bool, holomorphic: bool
) -> Callable[[tuple[Any, ...], dict[str, Any]], tuple[Any, Any]]:
    _check_callable(who, fun)

    def both(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        trace = _Trace(who, fun, args, kwargs, argnums, has_aux)
        value = trace.scalar()
        trace.check_dtypes(holomorphic, True, holomorphic)
        found = trace.pull()
        if holomorphic:
            found = [_core.conj(g) for g in found]
        return (value, trace.aux) if has_aux else value, trace.pack(found)

    return both


def _check_callable(who: str, fun: object) -> None:
    if not callable(fun):
        raise TypeError(f"{who} needs a function, not {fun!r}")


def _check_several(who: str, primals: object, tangents: object) -> None:
    for name, x in (("primals", primals), ("tangents", tangents)):
        if not isinstance(x, (tuple, list)):
            raise TypeError(f"{who}: the {name} must be a tuple or a list, not {x!r}")


def elementwise_grad(fun: _Function, argnums: _Argnums = 0) -> _Function:
    """A function that computes the derivative of a function that works element by element.

    Args:
        fun: returns a tensor of a float dtype, each element of which depends on the element of the
            argument in the same place only. If it does not, the result is the sum over the rows of
            the Jacobian.
        argnums: as for `grad`.

    Returns:
        A function of the arguments of `fun` that returns a tensor of the shape and dtype of the
        argument (a structure of them for a structure; a tuple for several argnums).

    Raises:
        TypeError: from the function, if the output is no single tensor or not real, or as `grad`.
        ValueError: as `grad`.

    >>> import autograd_c as tf
    >>> slope = tf.func.elementwise_grad(lambda x: x**3)
    >>> print(slope(tf.constant([1.0, 2.0, 3.0])).numpy())
    [ 3. 12. 27.]
    """
    _check_callable("elementwise_grad", fun)

    @functools.wraps(fun, updated=())
    def derivative(*args: Any, **kwargs: Any) -> Any:
        trace = _Trace("elementwise_grad", fun, args, kwargs, argnums)
        if nest.is_nested(trace.result):
            raise TypeError(
                f"elementwise_grad needs a function that returns one tensor, not {trace.result!r}"
            )
        trace.check_dtypes(False, True, False)
        return trace.pack(trace.pull())

    return derivative


# ---------------------------------------------------------------- products with the Jacobian


def vjp(fun: _Function, *primals: Any, has_aux: bool = False, **kwargs: Any) -> tuple[Any, ...]:
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
    _check_callable("vjp", fun)
    trace = _Trace("vjp", fun, primals, kwargs, tuple(range(len(primals))), has_aux, True)

    def pull(cotangents: Any) -> Any:
        return trace.pack(trace.pull(trace.covectors(cotangents)))

    return (trace.value, pull, trace.aux) if has_aux else (trace.value, pull)


def jvp(
    fun: _Function,
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
    _check_callable("jvp", fun)
    arguments, vectors = _point_and_vectors("jvp", primals, tangents)
    accumulator = ForwardAccumulator(arguments.sources, vectors)
    _core.be_strict(accumulator)
    with accumulator:
        result, aux = _split_aux(fun(*arguments.args, **kwargs), has_aux, "jvp")
        outputs = _outputs(result, "jvp")
    value, tangent = _pack(result, outputs), _pack(result, accumulator.jvp(outputs, "zero"))
    return (value, tangent, aux) if has_aux else (value, tangent)


def _point_and_vectors(who: str, primals: Any, tangents: Any) -> tuple[_Arguments, list[Tensor]]:
    """All positional arguments as sources, and a tangent for each."""
    _check_several(who, primals, tangents)
    arguments = _Arguments(primals, tuple(range(len(primals))), who)
    return arguments, arguments.vectors(tuple(tangents), who)


def linearize(
    fun: _Function, *primals: Any, has_aux: bool = False, **kwargs: Any
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
    _check_callable("linearize", fun)
    trace = _Trace("linearize", fun, primals, kwargs, tuple(range(len(primals))), has_aux, True)

    def push(*tangents: Any) -> Any:
        if len(tangents) != len(primals):
            raise TypeError(f"linearize: {len(tangents)} tangents for {len(primals)} arguments")
        return trace.pack_outputs(trace.push(trace.vectors(tangents, "linearize")))

    return (trace.value, push, trace.aux) if has_aux else (trace.value, push)


# ---------------------------------------------------------------- Jacobians and Hessians


def jacrev(
    fun: _Function, argnums: _Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> _Function:
    """A function that computes the Jacobian of a function row by row, in reverse mode.

    All rows go through one compiled sweep together. Use it where there are fewer outputs than
    inputs; `jacobian` decides by itself.

    Args:
        fun: returns a tensor of a float dtype, or a structure of them.
        argnums, has_aux, holomorphic: as for `grad`.

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
    fun: _Function, argnums: _Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> _Function:
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
    fun: _Function, argnums: _Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> _Function:
    """A function that computes the Jacobian of a function, in the cheaper mode.

    The function runs once. Then it is forward mode if there are many more elements in the outputs
    than in the arguments, and reverse mode otherwise.

    Args:
        fun: returns a tensor of a float dtype, or a structure of them; of a complex dtype if the
            arguments are real.
        argnums, has_aux: as for `grad`.
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
    return _jacobian("jacobian", fun, argnums, has_aux, holomorphic)


def hessian(
    fun: _Function, argnums: _Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> _Function:
    """A function that computes the second derivatives of a function: the Jacobian of its gradient.

    Args:
        fun: returns a scalar of a float dtype; or a tensor, or a structure of them.
        argnums, has_aux, holomorphic: as for `grad`.

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
    inner = _jacobian("hessian", fun, argnums, has_aux, holomorphic, "jacrev")
    return _jacobian("hessian", inner, argnums, has_aux, holomorphic, "jacrev")


def _jacobian(
    who: str,
    fun: _Function,
    argnums: _Argnums,
    has_aux: bool,
    holomorphic: bool,
    mode: str | None = None,
) -> _Function:
    _check_callable(who, fun)
    mode = mode or who

    @functools.wraps(fun, updated=())
    def derivative(*args: Any, **kwargs: Any) -> Any:
        trace = _Trace(who, fun, args, kwargs, argnums, has_aux, True, mode != "jacfwd")
        forward, reverse = mode == "jacfwd", mode == "jacrev"
        plain = trace.is_plain()
        if plain and not holomorphic:  # the most frequent case
            complex_outputs = False
            forward = forward or not (reverse or not trace.is_tall())
        elif not (forward or reverse):
            complex_outputs = _any_complex(trace.outputs)
            complex_sources = _any_complex(trace.sources)
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


# ---------------------------------------------------------------- products with second derivatives


def hvp(fun: _Function, primals: Sequence[Any], tangents: Sequence[Any], **kwargs: Any) -> Any:
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
    _check_callable("hvp", fun)
    _check_several("hvp", primals, tangents)
    argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    trace = _Trace("hvp", _gradient_of("hvp", fun, argnums), primals, kwargs, argnums)
    return trace.pack(trace.pull(trace.vectors(_only(argnums, tangents), "hvp")))


def _only(argnums: _Argnums, x: Sequence[Any]) -> Any:
    """A sequence, or its item if it stands for a single argument."""
    return tuple(x) if _is_several(argnums) or len(x) != 1 else x[0]


def _gradient_of(who: str, fun: _Function, argnums: _Argnums) -> _Function:
    """The gradient of a real function, to be differentiated in turn."""
    both = _value_and_grad(who, fun, argnums, False, False)
    return lambda *args, **kwargs: both(args, kwargs)[1]


def ggn_vp(
    fun: _Function,
    primals: Sequence[Any],
    tangents: Sequence[Any],
    loss: _Function | None = None,
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
    _check_callable("ggn_vp", fun)
    _check_several("ggn_vp", primals, tangents)
    argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    trace = _Trace("ggn_vp", fun, primals, kwargs, argnums, persistent=True)
    product = _gauss_newton(trace, loss)
    return trace.pack(product(trace.vectors(_only(argnums, tangents), "ggn_vp")))


def _gauss_newton(trace: _Trace, loss: _Function | None) -> Callable[[list[Tensor]], list[Tensor]]:
    trace.check_dtypes(False, False, False)
    curvature: Any = None if loss is None else make_hvp(loss)(trace.value)[0]

    def product(vectors: list[Tensor]) -> list[Tensor]:
        pushed = trace.push(vectors)
        if curvature is not None:
            pushed = nest.flatten(curvature(trace.pack_outputs(pushed)))
        return trace.pull(pushed)

    return product


# ---------------------------------------------------------------- in HIPS autograd's style


def make_vjp(fun: _Function, argnum: _Argnums = 0) -> _Function:
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
    _check_callable("make_vjp", fun)

    @functools.wraps(fun, updated=())
    def prepare(*args: Any, **kwargs: Any) -> tuple[_Function, Any]:
        trace = _Trace("make_vjp", fun, args, kwargs, argnum, persistent=True)

        def pull(cotangent: Any) -> Any:
            return trace.pack(trace.pull(trace.covectors(cotangent)))

        return pull, trace.value

    return prepare


def make_jvp(fun: _Function, argnum: _Argnums = 0) -> _Function:
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
    _check_callable("make_jvp", fun)

    @functools.wraps(fun, updated=())
    def prepare(*args: Any, **kwargs: Any) -> _Function:
        trace = _Trace("make_jvp", fun, args, kwargs, argnum, persistent=True)

        def push(tangent: Any) -> tuple[Any, Any]:
            vectors = trace.vectors(tangent, "make_jvp")
            return trace.value, trace.pack_outputs(trace.push(vectors))

        return push

    return prepare


def make_hvp(fun: _Function, argnum: _Argnums = 0) -> _Function:
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
    gradient = _gradient_of("make_hvp", fun, argnum)

    @functools.wraps(fun, updated=())
    def prepare(*args: Any, **kwargs: Any) -> tuple[_Function, Any]:
        trace = _Trace("make_hvp", gradient, args, kwargs, argnum, persistent=True)

        def product(vector: Any) -> Any:
            return trace.pack(trace.pull(trace.vectors(vector, "make_hvp")))

        return product, trace.value

    return prepare


def make_ggnvp(f: _Function, g: _Function | None = None, f_argnum: _Argnums = 0) -> _Function:
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
    _check_callable("make_ggnvp", f)

    @functools.wraps(f, updated=())
    def prepare(*args: Any, **kwargs: Any) -> _Function:
        trace = _Trace("make_ggnvp", f, args, kwargs, f_argnum, persistent=True)
        product = _gauss_newton(trace, g)
        return lambda v: trace.pack(product(trace.vectors(v, "make_ggnvp")))

    return prepare


def checkpoint(fun: _Function) -> _Function:
    """HIPS autograd's and JAX's name of `tf.recompute_grad`: compute again instead of remembering.

    Args:
        fun: a function of tensors, as of `tf.recompute_grad`.

    Returns:
        A function with the values and derivatives of `fun`, of which a tape keeps the arguments
        alone.

    Raises:
        RuntimeError, ValueError: as `tf.recompute_grad`.

    >>> import autograd_c as tf
    >>> print(tf.func.grad(tf.func.checkpoint(lambda x: tf.sin(x) * x))(0.0).numpy())
    0.0
    """
    return recompute_grad(fun)


# ---------------------------------------------------------------- checked


def check_grads(
    fun: _Function,
    argnums: _Argnums = 0,
    modes: Sequence[str] = ("fwd", "rev"),
    order: int = 2,
    *,
    eps: float | None = None,
    rtol: float | None = None,
    atol: float | None = None,
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
    _check_callable("check_grads", fun)
    if not modes or not set(modes) <= {"fwd", "rev"}:
        raise ValueError(f"check_grads: modes are 'fwd' and 'rev', not {modes!r}")
    name = getattr(fun, "__name__", repr(fun))

    def check(*args: Any, **kwargs: Any) -> None:
        arguments = _Arguments(args, argnums, "check_grads")

        def flat(*leaves: Tensor) -> list[Tensor]:
            """The outputs that have derivatives, as a function of the leaves of the arguments."""
            picked = arguments.pack(list(leaves))
            several = picked if _is_several(argnums) else (picked,)
            given = list(arguments.args)
            for k, x in zip(_indices(argnums, len(args), "check_grads"), several):
                given[k] = x
            outputs = _outputs(fun(*given, **kwargs), "check_grads")
            return [y for y in outputs if _is_smooth(y.dtype)]

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


class _Check:
    """Compares the derivatives of functions of tensors that return lists of tensors."""

    def __init__(self, modes: Sequence[str], eps: float, rtol: float, atol: float) -> None:
        self.modes, self.eps, self.rtol, self.atol = modes, eps, rtol, atol
        self.random = np.random.default_rng(0)

    def __call__(self, f: _Function, point: list[Tensor], order: int, name: str) -> None:
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
            answer.append(_core.constant(np.asarray(x, t.dtype.as_numpy_dtype)))
        return answer

    def differences(self, f: _Function, point: list[Tensor], by: list[Tensor]) -> list[Any]:
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
