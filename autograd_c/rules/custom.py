"""Functions whose derivatives are not those of what they compute: `custom_gradient` and what stands
on it.

On a tape, a call is one record (one for each output, to be exact) whose rule is a Python function.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast, overload

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import ForwardAccumulator, GradientTape, Tensor, Variable
from autograd_c.functions import random_repeats
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.values import nest
from autograd_c.values.dtypes import DType
from autograd_c.values.handlers import raise_if_of_handler

if TYPE_CHECKING:
    from typing import ParamSpec, TypeAlias, TypeVar

    _P = ParamSpec("_P")
    _R = TypeVar("_R")
    _WithGradient: TypeAlias = tuple[_R, Callable[..., Any]]
    _Answer: TypeAlias = Tensor | np.ndarray[Any, Any] | None

__all__ = ["custom_gradient", "grad_pass_through", "recompute_grad"]

# Stands for arguments that no tape can know, in the list of a record's inputs.
_CONSTANT = _core.no_argument


class _Wrapper:
    """What the decorators here make of a function: it can be called, and be a method."""

    __wrapped__: Callable[..., Any]

    def __init__(self, f: Callable[..., Any]) -> None:
        functools.update_wrapper(cast(Any, self), f)

    def __get__(self, instance: object, owner: type | None = None) -> _Wrapper:
        f = self.__wrapped__
        bound = f.__get__(instance, owner) if hasattr(f, "__get__") else f
        if bound is f:
            return self
        method = object.__new__(type(self))
        method.__dict__.update(self.__dict__, __wrapped__=bound)
        return method

    def _of_class(self, cls: type) -> Any:
        """The method, if this is the function of a class method of `cls`; else None.

        From Python 3.13 on a classmethod does not ask for `__get__`: it calls with the class as
        first argument, which is none that `grad_fn` knows of.
        """
        for base in cls.__mro__:
            for thing in vars(base).values():
                if isinstance(thing, classmethod) and cast(object, thing.__func__) is self:
                    return self.__get__(cls, type(cls))
        return None

    def __reduce__(self) -> str:
        return self.__wrapped__.__qualname__  # by name, as functions


# ---------------------------------------------------------------- custom_gradient


@overload
def custom_gradient(f: Callable[_P, _WithGradient[_R]]) -> Callable[_P, _R]: ...
@overload
def custom_gradient(
    f: None = None,
) -> Callable[[Callable[_P, _WithGradient[_R]]], Callable[_P, _R]]: ...
def custom_gradient(f: Any = None) -> Any:
    """Let a function say how its gradient is computed.

    Args:
        f: a function or method that returns a pair: its result, a tensor or a nested structure of
            them, and a function `grad_fn`. For a gradient, `grad_fn(*cotangents)` is called with a
            tensor for each tensor of the result, in the order of `tf.nest.flatten` and of the same
            shape and dtype; zeros for those that the target does not depend on. It returns the
            gradients of the positional arguments of `f`: a structure with as many leaves as they
            have. Each is a tensor of the shape and dtype of its argument, a number or an array that
            becomes one, or None. Without `f`, the decorator itself.

    Returns:
        A function that returns what `f` returns first, in new tensors.

    If `f` reads trainable Variables that are no arguments, `grad_fn` is also given the keyword
    argument `variables`, the list of them in the order of first reading, and returns a pair: the
    gradients of the arguments, and the list of those of the Variables.

    If `grad_fn` is made of recorded operations, it is differentiated for derivatives of higher
    order, through the tensors that it closes over as well. A Variable that it reads may have been
    assigned since: close over `variable.read_value()` for the value that `f` read.

    There is no gradient by a watched tensor that `f` gets by keyword or closes over: to ask for one
    is an error. Of a call without positional arguments, or with none that is watched, `grad_fn`
    returns the gradients of the keyword arguments as well, in the order of the parameters of `f`
    (those that are no tensors may be left out if all are given by keyword). A call none of whose
    arguments and Variables are watched has the gradients of what `f` computes.

    Raises:
        TypeError: if `f` does not return such a pair, or reads Variables and `grad_fn` takes no
            `variables`; from a gradient, if `grad_fn` returns what is no tensor.
        ValueError: from a gradient, if `grad_fn` returns another number of gradients, or one of
            another shape or dtype. Whatever it raises, a short tape keeps its records; of a long
            one the sweep has let go of what it passed, and the tape is used up.
        NotImplementedError: from a gradient by what is no positional argument; from one of higher
            order, if `grad_fn` returned a NumPy array.

    >>> import autograd_c as tf
    >>> @tf.custom_gradient
    ... def log1pexp(x):
    ...     e = tf.exp(x)
    ...     def grad(upstream):
    ...         return upstream * (1.0 - 1.0 / (1.0 + e))
    ...     return tf.math.log(1.0 + e), grad
    >>> x = tf.constant(100.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = log1pexp(x)
    >>> print(tape.gradient(y, x).numpy())
    1.0
    """
    return custom_gradient if f is None else _CustomGradient(f)


class _CustomGradient(_Wrapper):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], type) and (method := self._of_class(args[0])):
            return method(*args[1:], **kwargs)
        finish = functools.partial(_finish, f=self.__wrapped__) if kwargs else _finish
        return _core.call_custom(self.__wrapped__, args, kwargs, finish, _checked_answers)


def _finish(
    pair: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    reads: list[Variable],
    since: tuple[int, int] | None,
    f: Callable[..., Any] | None = None,
) -> Any:
    """What f returned, a result and a function for the gradients, as one record."""
    result, grad_fn = _checked_pair(pair)
    leaves = nest.flatten(args)
    positional = len(leaves)
    if by_keyword := bool(kwargs) and _counts_keywords(leaves, kwargs):
        leaves += nest.flatten(_in_order(kwargs, f))
    variables: list[Variable] = []
    if reads:
        variables = _not_among([*leaves, *nest.flatten(kwargs)], reads)
        variables = [v for v in variables if v.trainable]
        if variables and not _takes_variables(grad_fn):
            raise TypeError(
                "@tf.custom_gradient grad_fn must accept keyword argument 'variables', since "
                f"function uses variables: {variables}"
            )
    inputs = [x if isinstance(x, (Tensor, Variable)) else _CONSTANT for x in leaves]
    inputs += variables
    dtypes = [x.dtype for x in inputs]  # the rule must not keep the inputs alive
    tensors = [x is not _CONSTANT for x in inputs[: len(leaves)]]
    if grad_fn is _pass_through:  # constants by intent
        since = None

    def rule(cotangents: list[Tensor], wanted: list[bool]) -> list[_Answer]:
        if any(wanted[len(dtypes) :]):
            raise _core.closed_over()
        of_variables: Sequence[Any] = []
        if variables:
            answer = grad_fn(*cotangents, variables=list(variables))
            answer, of_variables = _split_off(answer, variables)
        else:
            answer = grad_fn(*cotangents)
        if by_keyword:
            answer = _one_each(nest.flatten(answer), tensors, positional, wanted)
        answers = _checked_answers(answer, dtypes[: len(leaves)])
        answers += [_answer(x, v.dtype) for x, v in zip(of_variables, variables)]
        return answers + [None] * (len(wanted) - len(answers))

    outputs = _core.record_custom(inputs, nest.flatten(result), rule, since)
    return nest.pack_sequence_as(result, outputs)


def _counts_keywords(leaves: list[Any], kwargs: dict[str, Any]) -> bool:
    """Whether what a function got by keyword are arguments with gradients, as by position.

    They are if it got nothing by position, or nothing there that a tape knows, but here.
    """
    return not leaves or (
        not any(map(_core.would_lose_derivative, leaves))
        and any(map(_core.would_lose_derivative, nest.flatten(list(kwargs.values()))))
    )


def _in_order(kwargs: dict[str, Any], f: Callable[..., Any] | None) -> list[Any]:
    """The values of keyword arguments in the order of the function's parameters."""
    from inspect import signature

    try:
        names = [] if f is None else list(signature(f).parameters)
    except (TypeError, ValueError):  # of some built-in functions
        names = []
    known = [name for name in names if name in kwargs]
    return [kwargs[name] for name in dict.fromkeys([*known, *kwargs])]


def _one_each(flat: list[Any], tensors: list[bool], positional: int, wanted: list[bool]) -> Any:
    """One gradient for each argument, from one for each, for each tensor by keyword, or, as in
    TensorFlow, for each by position; the latter only if no other is wanted."""
    if len(flat) == len(tensors):
        return flat
    if len(flat) == positional:
        if any(wanted[positional : len(tensors)]):
            raise _core.closed_over()
        return flat + [None] * (len(tensors) - positional)
    if positional == 0 and len(flat) == sum(tensors):
        given = iter(flat)
        return [next(given) if is_tensor else None for is_tensor in tensors]
    return flat


def _checked_answers(gradients: Any, dtypes: list[DType]) -> list[_Answer]:
    """What grad_fn returned, one for each argument, with the derivatives that they have."""
    flat = nest.flatten(gradients)
    if len(flat) != len(dtypes):
        raise ValueError(
            f"custom_gradient function expected to return {len(dtypes)} gradients, but returned "
            f"{len(flat)} instead."
        )
    return [_answer(x, dtype) for x, dtype in zip(flat, dtypes)]


def _answer(x: Any, dtype: DType) -> _Answer:
    """What grad_fn returned for one input, with the derivatives that it has."""
    if x is None or type(x) is Tensor:
        return x
    t = _core.convert_to_tensor(x, dtype)
    has_derivatives = isinstance(x, (Variable, IndexedSlices, int, float, complex))
    return t if has_derivatives and not isinstance(x, np.generic) else np.asarray(t)


def _checked_pair(pair: Any) -> _WithGradient[Any]:
    """What the user's function returned, if it is a result and a function."""
    if isinstance(pair, (tuple, list)) and len(pair) == 2 and callable(pair[1]):
        return pair[0], pair[1]
    kind = ValueError if isinstance(pair, (tuple, list)) and len(pair) != 2 else TypeError
    raise kind(
        "A function decorated with @tf.custom_gradient must return a pair: its result, and a "
        f"function that computes the gradients. It returned {pair!r}."
    )


def _split_off(answer: Any, variables: list[Variable]) -> tuple[Any, Sequence[Any]]:
    """The answer of a grad_fn that takes Variables, if it is a pair with a list of gradients."""
    if not (
        isinstance(answer, (tuple, list))
        and len(answer) == 2
        and isinstance(answer[1], (tuple, list))
    ):
        raise TypeError(
            "@tf.custom_gradient grad_fn must return a pair, the gradients of the arguments and a "
            f"list of those of the variables, since function uses variables: {variables}. It "
            f"returned {answer!r}."
        )
    if len(answer[1]) != len(variables):
        raise ValueError(
            "Must return gradient for each variable from @custom_gradient grad_fn: "
            f"{len(answer[1])} for {len(variables)} variables."
        )
    return answer[0], answer[1]


def _takes_variables(grad_fn: Callable[..., Any]) -> bool:
    from inspect import Parameter, signature

    try:
        parameters = signature(grad_fn).parameters
    except ValueError:  # of a built-in function
        return False
    if any(p.kind is Parameter.VAR_KEYWORD for p in parameters.values()):
        return True
    found = parameters.get("variables")
    return found is not None and found.kind in (
        Parameter.POSITIONAL_OR_KEYWORD,
        Parameter.KEYWORD_ONLY,
    )


def _not_among(arguments: list[Any], reads: Iterable[Variable]) -> list[Variable]:
    return [v for v in reads if all(v is not x for x in arguments)]


# ---------------------------------------------------------------- recompute_grad


def recompute_grad(f: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let a function be computed again for the gradient, to save the memory of what lies between.

    Nothing is recorded while `f` runs; a tape keeps the tensors among the arguments, and nothing
    that was computed from them. A gradient runs `f` once more, under a tape of its own, when it
    comes to this call. A chain of n layers in sqrt(n) such functions needs memory for about
    2 sqrt(n) layers instead of n, and the time of computing it once more. Derivatives of higher
    order do the same. While a `ForwardAccumulator` is open, `f` is just called.

    Args:
        f: a function or method of tensors, Variables, nested structures of them, and whatever else,
            positional and by keyword. It returns a tensor or a nested structure of them, equal ones
            for equal arguments. What it draws with `tf.random.normal` and the like, from the
            program's streams, are the same numbers both times (in TensorFlow they are others); a
            `tf.random.Generator` would have to be set back by `f` itself.

    Returns:
        A function with the values and gradients of `f`. Gradients flow to the arguments, to the
        Variables that `f` reads, and to watched tensors that it closes over; they are zeros where
        it does not depend on them.

    Raises:
        RuntimeError: from a gradient, if a Variable was assigned after `f` read it.
        ValueError: from a gradient, if `f` now returns another number of tensors, or other shapes.

    >>> import autograd_c as tf
    >>> w = tf.Variable(2.0)
    >>> @tf.recompute_grad
    ... def layer(x):
    ...     print("running")
    ...     return tf.sin(x * w) * w
    >>> x = tf.constant(0.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = layer(x)
    running
    >>> print(tape.gradient(y, x).numpy())
    running
    4.0
    """
    return cast("Callable[_P, _R]", _Recomputed(f))


def checkpoint(fun: Callable[..., Any]) -> Callable[..., Any]:
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


class _Recomputed(_Wrapper):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], type) and (method := self._of_class(args[0])):
            return method(*args[1:], **kwargs)
        return _checkpoint(self.__wrapped__, args, kwargs)


def _checkpoint(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """f(*args, **kwargs) as one record, whose rule computes it again."""
    if _core.is_recording():
        if (recorded := _recorded(f, args, kwargs)) is not None:
            return recorded[0]
        # Written out, the record of the function would keep all that f computes.
        _core.unrecordable("it uses tf.recompute_grad of a function that can be no program")
        args, kwargs = nest.map_structure(_copied, (args, kwargs))
        return f(*args, **kwargs)
    recorders = _core.set_tapes_aside()
    if recorders:  # a program would have none of what they are to know, and a map calls f by itself
        _core.bind_program()
    forward = any(type(r) is ForwardAccumulator for r in recorders)
    try:
        if not forward:
            call = _Call(f, args, kwargs)
            result = call.first(recorders)
    finally:
        _core.take_tapes_up(recorders)
    if forward:  # tangents are pushed along with what is computed
        return f(*args, **kwargs)
    count = len(call.tensors)

    def rule(cotangents: list[Tensor], wanted: list[bool]) -> list[_Answer]:
        def gradients(*values: Tensor) -> list[Tensor]:
            return call.gradients(values[:count], values[count:], wanted)

        gradients.__name__ = call.name
        # As a checkpoint of its own, for derivatives of higher order.
        answers = iter(_checkpoint(gradients, (*call.tensors, *cotangents), {}))
        return [next(answers) if w else None for w in wanted]

    inputs = [*call.tensors, *call.others, *call.variables]
    outputs = _core.record_custom(inputs, nest.flatten(result), rule)
    return nest.pack_sequence_as(result, outputs)


def _recorded(
    f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any] | None:
    """What f returns, in a tuple, as one instruction of a function that is recorded; or None."""
    call = _Call(f, args, kwargs)
    call.find_tensors()
    recorders = _core.set_tapes_aside()  # none of them is to know of what f computes
    part = _core.begin_part(call.tensors)
    _core.watch_reads(call.reads)
    try:
        if part is None:
            return None
        args, kwargs = call.arguments(part.inputs)
        result = f(*args, **kwargs)
        call_again = part.checkpoint([_core.convert_to_tensor(x) for x in nest.flatten(result)])
    except Exception as error:  # whatever it is, it happens again where f is just called
        raise_if_of_handler(error)
        return None
    finally:
        _core.unwatch_reads(call.reads)
        if part is not None:
            part.give_up()
        _core.take_tapes_up(recorders)
    if call_again is None:
        return None
    for v in call.reads:
        v.value()  # so that the tapes watch it, as if they had seen f read it
    return (nest.pack_sequence_as(result, call_again()),)


def _copied(x: Any) -> Any:
    return _core.identity(x) if type(x) is Tensor else x


class _Call:
    """A call of a function that can be made once more, with other tensors."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]):
        self.f, self.args, self.kwargs = f, args, kwargs
        self.name = getattr(f, "__name__", repr(f))
        self.leaves = nest.flatten(args)
        self.positional = len(self.leaves)
        if kwargs:
            self.leaves += nest.flatten(kwargs)
        self.reads: list[Variable] = []  # in f
        self.values: list[Tensor] = []  # that they had then
        # What gradients flow to, each once.
        self.tensors: list[Tensor] = []  # among the arguments
        self.others: list[Tensor] = []  # that f closes over
        self.variables: list[Variable] = []
        self.places: list[tuple[int, int]] = []  # of a tensor in `leaves`, and in `tensors`
        self.drawn: random_repeats.Notes = {}  # random numbers
        self.strict = False  # it runs inside a function of tf.func

    def first(self, recorders: list[GradientTape | ForwardAccumulator]) -> Any:
        """The result; it is not kept. The recorders are those that were set aside for the call."""
        self.strict = _core.strict_are(recorders)
        self.find_tensors()
        _core.watch_reads(self.reads, self.values)
        try:
            # Copies: what f assigns to its arguments is not the caller's, recorded or not.
            args, kwargs = self.arguments([_core.identity(x) for x in self.tensors])
            if recorders:
                with random_repeats.noted() as self.drawn, _core.TensorReads(recorders) as reads:
                    result = self.f(*args, **kwargs)
                    reads.note(nest.flatten(result))
                self.others = reads.tensors(self.reads)
            else:
                result = self.f(*args, **kwargs)
        finally:
            _core.unwatch_reads(self.reads)
        for x in [*self.leaves, *self.reads]:
            if isinstance(x, Variable):
                self.variables += _not_among(self.variables, [x])
        return result

    def find_tensors(self) -> None:
        found: dict[int, int] = {}
        for place, x in enumerate(self.leaves):
            if type(x) is Tensor:
                if id(x) not in found:
                    found[id(x)] = len(self.tensors)
                    self.tensors.append(x)
                self.places.append((place, found[id(x)]))

    def arguments(self, tensors: list[Tensor]) -> tuple[Any, Any]:
        """The arguments with other tensors in the places of theirs."""
        leaves = list(self.leaves)
        for place, k in self.places:
            leaves[place] = tensors[k]
        args = nest.pack_sequence_as(self.args, leaves[: self.positional])
        return args, self.kwargs and nest.pack_sequence_as(self.kwargs, leaves[self.positional :])

    def gradients(
        self, tensors: Sequence[Tensor], cotangents: Sequence[Tensor], wanted: list[bool]
    ) -> list[Tensor]:
        """Of a call with these tensors, for the tensors and Variables that are wanted."""
        self.check_variables()
        # Copies: their derivatives are those along the arguments alone, whatever f closes over.
        copies = [_core.identity(x) for x in tensors]
        args, kwargs = self.arguments(copies)
        sources = [x for x, w in zip([*copies, *self.others, *self.variables], wanted) if w]
        tape = GradientTape(watch_accessed_variables=False)
        if self.strict:
            _core.be_strict(tape)
        with tape, random_repeats.repeated(self.drawn):
            tape.watch(sources)
            sources = _core.same_values(sources)  # f may assign to its arguments
            outputs = nest.flatten(self.f(*args, **kwargs))
        if len(outputs) != len(cotangents):
            raise ValueError(
                f"recompute_grad: {self.name} returned {len(cotangents)} tensors, and "
                f"{len(outputs)} when it was run again for the gradient."
            )
        pairs = [(y, g) for y, g in zip(outputs, cotangents) if _is_differentiable(g)]
        answers = tape.gradient(
            [y for y, _ in pairs],
            sources,
            output_gradients=[g for _, g in pairs],
            unconnected_gradients="zero",
        )
        return [_core.convert_to_tensor(x) for x in answers]  # IndexedSlices too

    def check_variables(self) -> None:
        """Raises unless the Variables that were read still have the values of then."""
        for v, value in zip(self.reads, self.values):
            now, then = _core.array_of(v), _core.array_of(value)
            # The same memory, unless it was assigned; to assign the same numbers does no harm.
            if not np.may_share_memory(now, then) and now.tobytes() != then.tobytes():
                raise RuntimeError(
                    f"recompute_grad cannot run {self.name} again for the gradient: it read the "
                    f"Variable {v.name!r}, which was assigned since. Take the gradient before "
                    "Variables are assigned, and let the function assign none that it reads."
                )


def _is_differentiable(x: Tensor) -> bool:
    return x.dtype.is_floating or x.dtype.is_complex


# ---------------------------------------------------------------- grad_pass_through


def grad_pass_through(f: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let gradients pass through a function as if it returned its arguments.

    Args:
        f: a function or method that returns as many tensors as it has positional arguments, of
            their shapes and dtypes, alone or in a nested structure.

    Returns:
        A function with the values of `f` and the gradients of the identity. Variables that `f`
        reads, arguments by keyword, and what it closes over get none: that is what it is for.

    Raises:
        ValueError: from a gradient, if the number, shape or dtype of the tensors differ.

    >>> import autograd_c as tf
    >>> x = tf.constant([0.4, 1.6])
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = tf.grad_pass_through(tf.round)(x) * x
    >>> y.numpy(), tape.gradient(y, x).numpy()
    (array([0. , 3.2], dtype=float32), array([0.4, 3.6], dtype=float32))
    """
    return cast("Callable[_P, _R]", _PassThrough(f))


class _PassThrough(_Wrapper):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], type) and (method := self._of_class(args[0])):
            return method(*args[1:], **kwargs)

        def f(*args: Any, **kwargs: Any) -> Any:
            return self.__wrapped__(*args, **kwargs), _pass_through

        return _core.call_custom(f, args, kwargs, _finish, None)


def _pass_through(*upstream: Tensor, variables: Sequence[Variable] = ()) -> Any:
    return (upstream, [None] * len(variables)) if variables else upstream
