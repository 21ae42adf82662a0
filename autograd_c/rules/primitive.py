"""Operations of the user's own, in HIPS autograd's style: `primitive`, `defvjp` and `defjvp`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import GradientTape, Tensor, Variable
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.values import nest

__all__ = [
    "def_linear",
    "defjvp",
    "defjvp_argnum",
    "defjvp_argnums",
    "defvjp",
    "defvjp_argnum",
    "defvjp_argnums",
    "notrace_primitive",
    "primitive",
]

_F = TypeVar("_F", bound=Callable[..., Any])
_Rule: TypeAlias = Callable[..., Any] | None


def primitive(f: _F) -> _F:
    """Make a function of NumPy arrays one operation, whose derivatives `defvjp` and `defjvp` give.

    Args:
        f: takes arrays, numbers, structures of them (see `tf.nest`) and anything else, and returns
            an array, a number, or a structure of them. It may call any library.

    Returns:
        A function that takes tensors and Variables as well. `f` gets read-only arrays in their
        places, NumPy scalars for those of shape []; the result is then tensors, and one record on
        the tapes. Without a tensor among its arguments it is `f`.

    Derivatives are taken by positional arguments. To ask for one by an argument without a rule, or
    by a keyword argument or a tensor that `f` closes over, is a NotImplementedError.

    Raises:
        TypeError: if `f` is no function, or returns what is no array with tensors as arguments.

    >>> import autograd_c as tf
    >>> import numpy as np
    >>> @tf.func.primitive
    ... def logsumexp(x):
    ...     high = np.max(x)
    ...     return high + np.log(np.sum(np.exp(x - high)))
    >>> tf.func.defvjp(logsumexp, lambda ans, x: lambda g: g * tf.exp(x - ans))
    >>> print(tf.func.grad(logsumexp)(np.array([0.0, 0.0])).numpy())
    [0.5 0.5]
    """
    if not callable(f):
        raise TypeError(f"primitive needs a function, not {f!r}")
    return cast(_F, _Primitive(f))


def defvjp(
    fun: Callable[..., Any], *vjpmakers: _Rule, argnums: Iterable[int] | None = None
) -> None:
    """Say how cotangents flow back through a `primitive`.

    Args:
        fun: the primitive.
        vjpmakers: a function for each positional argument. `vjpmaker(ans, *args, **kwargs)` gets
            the result and the arguments of a call, tensors for tensors, and returns a function of
            the cotangent of the result. That returns the cotangent of the argument: a tensor of its
            shape, or what becomes one; a structure of them for a structure. None instead of a
            function: the derivative is zero.
        argnums: the positions of those arguments, if they are not the first ones.

    If the functions compute with tensors, they are differentiated for derivatives of higher order.
    If they return NumPy arrays, those are an error.

    Raises:
        TypeError: if `fun` is no primitive, or a vjpmaker no function.

    >>> import autograd_c as tf
    >>> import numpy as np
    >>> power = tf.func.primitive(np.power)
    >>> tf.func.defvjp(power, lambda ans, x, n: lambda g: g * n * power(x, n - 1), None)
    >>> print(tf.func.grad(power)(3.0, 2.0).numpy())
    6.0
    """
    _define(fun, "vjps", vjpmakers, argnums)


def defjvp(
    fun: Callable[..., Any], *jvpfuns: _Rule | str, argnums: Iterable[int] | None = None
) -> None:
    """Say how tangents are pushed through a `primitive`.

    Args:
        fun: the primitive.
        jvpfuns: a function for each positional argument. `jvpfun(g, ans, *args, **kwargs)` gets the
            tangent of the argument, and the result and the arguments of a call, tensors for
            tensors; it returns the contribution to the tangent of the result. None instead of a
            function: the derivative is zero. "same": `fun` is linear in the argument.
        argnums: the positions of those arguments, if they are not the first ones.

    Where there is no `defvjp` for an argument, cotangents flow back through this function too: it
    is linear in `g`, and the tape transposes it. It must compute with tensors then.

    Raises:
        TypeError: if `fun` is no primitive, or a jvpfun no function.

    >>> import autograd_c as tf
    >>> import numpy as np
    >>> sine = tf.func.primitive(np.sin)
    >>> tf.func.defjvp(sine, lambda g, ans, x: g * tf.cos(x))
    >>> print(tf.func.grad(sine)(0.0).numpy())
    1.0
    """
    _define(fun, "jvps", jvpfuns, argnums)


def defvjp_argnum(fun: Callable[..., Any], vjpmaker: Callable[..., Any]) -> None:
    """Say with one function how cotangents flow back to any argument of a `primitive`.

    Args:
        fun: the primitive, which may take any number of arguments.
        vjpmaker: `vjpmaker(argnum, ans, args, kwargs)` returns a function of the cotangent of the
            result, as those of `defvjp` do, for the positional argument of that number.

    Raises:
        TypeError: if `fun` is no primitive, or `vjpmaker` no function.

    >>> import autograd_c as tf
    >>> from autograd_c.extend import defvjp_argnum, primitive
    >>> total = primitive(lambda *terms: sum(terms))
    >>> defvjp_argnum(total, lambda argnum, ans, args, kwargs: lambda g: g)
    >>> print(tf.grad(lambda x: total(x, 2.0 * x, x))(1.0).numpy())
    4.0
    """
    _check_primitive(fun, "defvjp_argnum", vjpmaker)

    def of_argument(k: int) -> _Rule:
        return lambda ans, *args, **kwargs: vjpmaker(k, ans, args, kwargs)

    fun.vjps = _ForEach(of_argument)  # type: ignore[attr-defined]


def defjvp_argnum(fun: Callable[..., Any], jvpmaker: Callable[..., Any]) -> None:
    """Say with one function how tangents of any argument are pushed through a `primitive`.

    Args:
        fun: the primitive.
        jvpmaker: `jvpmaker(argnum, g, ans, args, kwargs)` returns what the tangent `g` of the
            positional argument of that number contributes to the tangent of the result.

    Raises:
        TypeError: if `fun` is no primitive, or `jvpmaker` no function.

    >>> import autograd_c as tf
    >>> from autograd_c.extend import defjvp_argnum, primitive
    >>> total = primitive(lambda *terms: sum(terms))
    >>> defjvp_argnum(total, lambda argnum, g, ans, args, kwargs: g)
    >>> print(tf.jvp(total, (1.0, 2.0), (1.0, 3.0))[1].numpy())
    4.0
    """
    _check_primitive(fun, "defjvp_argnum", jvpmaker)

    def of_argument(k: int) -> _Rule:
        return lambda g, ans, *args, **kwargs: jvpmaker(k, g, ans, args, kwargs)

    fun.jvps = _ForEach(of_argument)  # type: ignore[attr-defined]


def defvjp_argnums(fun: Callable[..., Any], vjpmaker: Callable[..., Any]) -> None:
    """Say with one function how cotangents flow back to several arguments of a `primitive` at once.

    Args:
        fun: the primitive.
        vjpmaker: `vjpmaker(argnums, ans, args, kwargs)` gets a tuple of numbers of positional
            arguments, and returns a function of the cotangent of the result, which returns one
            cotangent for each of them. It is asked for one argument at a time.

    Raises:
        TypeError: if `fun` is no primitive, or `vjpmaker` no function.

    >>> import autograd_c as tf
    >>> from autograd_c.extend import defvjp_argnums, primitive
    >>> total = primitive(lambda *terms: sum(terms))
    >>> defvjp_argnums(total, lambda argnums, ans, args, kwargs: lambda g: [g] * len(argnums))
    >>> print(tf.grad(lambda x: total(x, 2.0 * x, x))(1.0).numpy())
    4.0
    """
    _check_primitive(fun, "defvjp_argnums", vjpmaker)

    def of_argument(k: int) -> _Rule:
        def maker(ans: Any, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
            vjp = vjpmaker((k,), ans, args, kwargs)
            return lambda g: next(iter(vjp(g)))

        return maker

    fun.vjps = _ForEach(of_argument)  # type: ignore[attr-defined]


def defjvp_argnums(fun: Callable[..., Any], jvpmaker: Callable[..., Any]) -> None:
    """Say with one function how tangents of several arguments are pushed through a `primitive`.

    Args:
        fun: the primitive.
        jvpmaker: `jvpmaker(argnums, gs, ans, args, kwargs)` gets a tuple of numbers of positional
            arguments, and a tuple of their tangents, and returns the tangent of the result. It is
            asked for one argument at a time.

    Raises:
        TypeError: if `fun` is no primitive, or `jvpmaker` no function.

    >>> import autograd_c as tf
    >>> from autograd_c.extend import defjvp_argnums, primitive
    >>> total = primitive(lambda *terms: sum(terms))
    >>> defjvp_argnums(total, lambda argnums, gs, ans, args, kwargs: sum(gs))
    >>> print(tf.jvp(total, (1.0, 2.0), (1.0, 3.0))[1].numpy())
    4.0
    """
    _check_primitive(fun, "defjvp_argnums", jvpmaker)

    def of_argument(k: int) -> _Rule:
        return lambda g, ans, *args, **kwargs: jvpmaker((k,), (g,), ans, args, kwargs)

    fun.jvps = _ForEach(of_argument)  # type: ignore[attr-defined]


def def_linear(fun: Callable[..., Any]) -> None:
    """Say that a `primitive` is linear in each of its arguments: its tangents are of the same form.

    For cotangents `defvjp` is needed, too.

    Raises:
        TypeError: if `fun` is no primitive.

    >>> import autograd_c as tf
    >>> from autograd_c.extend import def_linear, primitive
    >>> product = primitive(lambda x, y: x * y)
    >>> def_linear(product)
    >>> print(tf.jvp(product, (2.0, 3.0), (1.0, 10.0))[1].numpy())
    23.0
    """
    _check_primitive(fun, "def_linear")
    fun.jvps = _ForEach(lambda k: "same")  # type: ignore[attr-defined]


def notrace_primitive(f: _F) -> _F:
    """Make a function of NumPy arrays one whose result is a constant, whatever it computes with.

    Args:
        f: takes arrays, numbers and anything else, and returns what it likes.

    Returns:
        A function that takes tensors and Variables as well; `f` gets read-only arrays for them.

    Raises:
        TypeError: if `f` is no function.

    >>> import autograd_c as tf
    >>> import numpy as np
    >>> from autograd_c.extend import notrace_primitive
    >>> highest = notrace_primitive(np.argmax)
    >>> print(tf.grad(lambda x: x[highest(x)] ** 2)(np.array([1.0, 3.0])).numpy())
    [0. 6.]
    """
    if not callable(f):
        raise TypeError(f"notrace_primitive needs a function, not {f!r}")

    @functools.wraps(f)
    def of_values(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = nest.map_structure(_as_array, (args, kwargs))
        return f(*args, **kwargs)

    return cast(_F, of_values)


class _ForEach:
    """A rule for each positional argument, of whatever number; in the place of a dict of rules."""

    def __init__(self, rule: Callable[[int], Any]) -> None:
        self.rule = rule

    def __contains__(self, k: object) -> bool:
        return isinstance(k, int)

    def __getitem__(self, k: int) -> Any:
        return self.rule(k)

    def get(self, k: Any, default: Any = None) -> Any:
        return self.rule(k) if k in self else default


def _check_primitive(fun: Any, name: str, rule: Any = len) -> None:
    if not isinstance(fun, _Primitive):
        raise TypeError(f"{name} needs a function made by `primitive`, not {fun!r}")
    if not callable(rule):
        raise TypeError(f"{name} of {fun.name}: a rule must be callable, not {rule!r}")


def _define(
    fun: Any, kind: str, rules: Iterable[_Rule | str], argnums: Iterable[int] | None
) -> None:
    _check_primitive(fun, f"def{kind[:-1]}")
    rules = list(rules)
    for rule in rules:
        if not (rule is None or callable(rule) or (kind == "jvps" and rule == "same")):
            raise TypeError(f"def{kind[:-1]} of {fun.name}: a rule must be callable, not {rule!r}")
    places = count() if argnums is None else argnums
    setattr(fun, kind, dict(zip(places, rules)))


class _Primitive:
    """A function of arrays that is one operation."""

    __wrapped__: Callable[..., Any]

    def __init__(self, f: Callable[..., Any]) -> None:
        functools.update_wrapper(cast(Any, self), f)
        self.name: str = getattr(f, "__name__", repr(f))
        self.vjps: dict[int, Any] | _ForEach = {}
        self.jvps: dict[int, Any] | _ForEach = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves = nest.flatten((args, kwargs))
        inputs = [x for x in leaves if _is_tensor(x)]
        if not inputs:
            return self.__wrapped__(*args, **kwargs)
        since = _core.log_position()
        arrays = [_as_array(x) for x in leaves]
        array_args, array_kwargs = nest.pack_sequence_as((args, kwargs), arrays)
        result = self.__wrapped__(*array_args, **array_kwargs)
        call = _Call(self, args, kwargs, result)
        outputs = [self._tensor(y) for y in nest.flatten(result)]
        outputs = _core.record_custom(call.inputs, outputs, call, since, self.name)
        call.answer = nest.pack_sequence_as(result, outputs)
        return call.answer

    def _tensor(self, y: Any) -> Tensor:
        try:
            return _core.convert_to_tensor(y, "float64" if type(y) is float else None)
        except TypeError:
            raise TypeError(
                f"the primitive {self.name} must return arrays or numbers, not {y!r}"
            ) from None


def _is_tensor(x: object) -> bool:
    return isinstance(x, (Tensor, Variable, IndexedSlices))


def _as_array(x: Any) -> Any:
    """What a function of arrays gets: for a tensor, a view that cannot be written to."""
    if not _is_tensor(x):
        return x
    t = x if type(x) is Tensor else _core.convert_to_tensor(x)
    return _core.array_of(t) if t.ndim else t.numpy()


class _Call:
    """One call of a primitive: the rule of its record."""

    def __init__(
        self, operation: _Primitive, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        self.operation, self.result = operation, result
        self.args: list[Any]
        self.args, self.kwargs = nest.map_structure(_frozen, (list(args), kwargs))
        self.answer: Any = None  # the result in recorded tensors
        self.inputs: list[Tensor] = []
        self.places: list[tuple[int | str, int]] = []  # of an input: argument, leaf of it
        for k, x in [*enumerate(self.args), *self.kwargs.items()]:
            for n, leaf in enumerate(nest.flatten(x)):
                if _is_tensor(leaf):
                    self.inputs.append(leaf)
                    self.places.append((k, n))

    def __call__(self, cotangents: list[Tensor], wanted: list[bool]) -> list[Tensor | None]:
        """The cotangents of the inputs."""
        others = len(wanted) - len(self.inputs)
        if any(wanted[len(self.inputs) :]):
            raise self._closed_over()
        g = nest.pack_sequence_as(self.result, cotangents)
        asked = {k for (k, _), w in zip(self.places, wanted) if w}
        found = {k: self._pull(k, g) for k in asked}
        answers: list[Tensor | None] = []
        for x, (k, n), w in zip(self.inputs, self.places, wanted):
            part = found[k][n] if w else None
            what = f"VJP of the primitive {self.operation.name} wrt argnum {k}"
            answers.append(None if part is None else self._checked(part, x, what, cotangents))
        return answers + [None] * others

    def _closed_over(self) -> NotImplementedError:
        return NotImplementedError(
            f"the primitive {self.operation.name} computes with a watched tensor that it closes "
            "over, and has no derivative by it: pass it as an argument, or tf.stop_gradient of it"
        )

    def push(self, tangents: list[Tensor | None], output: int) -> Any:
        """The tangent of an output; NotImplemented where `defjvp` has not said all."""
        if any(t is not None for t in tangents[len(self.inputs) :]):
            raise self._closed_over()
        jvps = self.operation.jvps
        given = [(k, n, t) for (k, n), t in zip(self.places, tangents) if t is not None]
        if not all(k in jvps for k, _, _ in given):
            return NotImplemented
        like = nest.flatten(self.answer)
        total = None
        for k in {k: None for k, _, _ in given if isinstance(k, int) and jvps[k] is not None}:
            leaves = [_zero(x) for x in nest.flatten(self.args[k])]
            for j, n, t in given:
                if j == k:
                    leaves[n] = t
            pushed = nest.flatten(self._push(k, leaves))
            what = f"JVP of the primitive {self.operation.name} wrt argnum {k}"
            if len(pushed) != len(like):
                raise ValueError(
                    f"the {what} returned {len(pushed)} tensors for a result of {len(like)}"
                )
            known = [t for _, _, t in given]
            part = self._checked(pushed[output], like[output], what, known)
            total = part if total is None else total + part
        return total

    def _pull(self, k: int | str, g: Any) -> list[Any]:
        """The cotangents of the leaves of an argument."""
        name = self.operation.name
        if isinstance(k, str):
            raise NotImplementedError(
                f"the primitive {name} has no derivative by a keyword argument ({k}): pass it by "
                "position, or without a watched tensor in it"
            )
        leaves = nest.flatten(self.args[k])
        if k in self.operation.vjps:
            maker = self.operation.vjps[k]
            if maker is None:
                return [None] * len(leaves)
            answer = nest.flatten(maker(self.answer, *self.args, **self.kwargs)(g))
            if len(answer) != len(leaves):
                raise ValueError(
                    f"the VJP of the primitive {name} wrt argnum {k} returned {len(answer)} "
                    f"tensors for an argument of {len(leaves)}"
                )
            return answer
        rule = self.operation.jvps.get(k, "same")
        if rule is None:
            return [None] * len(leaves)
        if rule == "same":
            raise NotImplementedError(f"VJP of {name} wrt argnum {k} not defined: see defvjp")
        return self._transposed(k, leaves, g)

    def _transposed(self, k: int, leaves: list[Any], g: Any) -> list[Any]:
        """The same by way of the rule for tangents, which is linear in them."""
        zeros = [_zero(x) for x in leaves]
        sources = [x for x in zeros if type(x) is Tensor]
        with GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources)
            pushed = self._push(k, zeros)
            targets = []
            for y, like in zip(nest.flatten(pushed), nest.flatten(self.answer)):
                if not _is_tensor(y) and type(y) not in (int, float):
                    raise NotImplementedError(
                        f"the JVP of the primitive {self.operation.name} wrt argnum {k} did not "
                        "return tensors, and cannot serve as its VJP: let it compute with tensors, "
                        "or see defvjp"
                    )
                targets.append(_core.cast(y, like.dtype) if _is_tensor(y) else y)
        found = iter(tape.gradient(targets, sources, nest.flatten(g)))
        return [next(found) if type(x) is Tensor else None for x in zeros]

    def _push(self, k: int, leaves: list[Any]) -> Any:
        """The tangent of the result, for those of the leaves of an argument."""
        tangent = nest.pack_sequence_as(self.args[k], leaves)
        rule = self.operation.jvps[k]
        if rule == "same":
            return self.operation(*self.args[:k], tangent, *self.args[k + 1 :], **self.kwargs)
        return rule(tangent, self.answer, *self.args, **self.kwargs)

    def _checked(self, x: Any, like: Tensor, what: str, known: list[Tensor]) -> Tensor:
        """What a rule made of the `known` tensors, of the shape and in the dtype of another one."""
        is_constant = isinstance(x, (int, float)) and not isinstance(x, np.generic)
        is_tensor = _is_tensor(x)
        t = _core.convert_to_tensor(x, like.dtype if is_constant else None)
        if t.shape != like.shape or (t.dtype.is_complex and not like.dtype.is_complex):
            raise ValueError(
                f"the {what} has shape {tuple(t.shape)} and dtype {t.dtype.name}, where shape "
                f"{tuple(like.shape)} and dtype {like.dtype.name} is expected"
            )
        t = _core.cast(t, like.dtype)
        if is_tensor or is_constant:
            return t

        def fail(cotangents: list[Tensor], wanted: list[bool]) -> list[Tensor | None]:
            raise NotImplementedError(
                f"the {what} returned a NumPy array, which cannot be differentiated again: let it "
                "compute with tensors"
            )

        # Derivatives of this one would be lost.
        answers = [y for y in nest.flatten(self.answer) if _is_tensor(y)]
        return _core.record_custom([*known, *self.inputs, *answers], [t], fail)[0]


def _zero(x: Any) -> Any:
    """The tangent of a leaf of an argument that has none."""
    if _is_tensor(x):
        return _core.full(x.shape, 0, x.dtype)
    is_number = isinstance(x, (int, float, complex, np.ndarray, np.generic))
    return x * 0 if is_number else x


def _frozen(x: Any) -> Any:
    """A Variable as the value that it has now; a later assignment must not change derivatives."""
    return _core.identity(x) if isinstance(x, (Variable, IndexedSlices)) else x
