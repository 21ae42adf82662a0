"""``tf.function``: functions that are recorded and run again; see docs/function.md."""

from __future__ import annotations

import copy
import functools
import inspect
import weakref
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

import numpy as np

from autograd_c.control.arguments import (
    Signature,
    cast_structure,
    exact_key,
    general_key,
    is_equal,
    key_of_kind,
    parameter_kind,
    positional_count,
)
from autograd_c.control.files import Savable
from autograd_c.control.specs import TensorSpec, TypeSpec
from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.values import nest
from autograd_c.values.errors import InvalidDTypeError

__all__ = [
    "do_not_convert",
    "function",
    "functions_run_eagerly",
    "run_functions_eagerly",
    "set_loop_options",
    "set_verbosity",
]

if TYPE_CHECKING:
    from typing import Concatenate

_P = ParamSpec("_P")
_Q = ParamSpec("_Q")
_R = TypeVar("_R")

_eagerly = False


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Whether what `tf.function` makes is to call the Python function each time.

    Args:
        run_eagerly: whether nothing is recorded, and no record run, from now on.

    >>> import autograd_c as tf
    >>> tf.config.run_functions_eagerly(True)
    >>> tf.config.functions_run_eagerly()
    True
    >>> tf.config.run_functions_eagerly(False)
    """
    global _eagerly
    _eagerly = bool(run_eagerly)
    _core.call_functions(_eagerly)


def functions_run_eagerly() -> bool:
    """What `run_functions_eagerly` was last given; False at first.

    >>> import autograd_c as tf
    >>> tf.config.functions_run_eagerly()
    False
    """
    return _eagerly


def do_not_convert(func: Callable[..., Any] | None = None) -> Any:
    """The function as it is: there is no AutoGraph. Also a decorator, with and without parentheses.

    >>> import autograd_c as tf
    >>> @tf.autograph.experimental.do_not_convert
    ... def double(x):
    ...     return 2.0 * x
    >>> print(double(tf.constant(3.0)).numpy())
    6.0
    """
    return do_not_convert if func is None else func


# ---------------------------------------------------------------- functions


# Kinds of arguments whose records a function keeps; and those that are recorded when they are first
# met. Where shapes change from call to call, most are met once, and a record takes longer to make
# than the call.
_TREES_KEPT = 128
_TREES_AT_ONCE = 8


class Function(_core.RecordedFunction, Savable, Generic[_P, _R]):
    """What `tf.function` makes: records what the Python function does, and does it again."""

    _python_function: Callable[_P, _R]

    def __init__(
        self,
        python_function: Callable[_P, _R],
        input_signature: Any,
        reduce_retracing: bool,
        jit_compile: bool = False,
    ) -> None:
        super().__init__(python_function)
        self._reduces = reduce_retracing
        self._converts_arrays = input_signature is None
        self._compiler = None
        if jit_compile:
            from autograd_c.exporting.compiler import Compiler  # what it imports is not for all

            self._compiler = Compiler(getattr(python_function, "__name__", "a function"))
        self._signature = (
            None if input_signature is None else Signature(python_function, input_signature)
        )
        # What TensorFlow would have traced; of those bound to objects, by object.
        self._traces: dict[Hashable, None] = {}
        # Of them, those that were asked for: by that, and by the types of numbers, too.
        self._concrete: dict[Hashable, ConcreteFunction] = {}
        # Their records, with what must live as long as their keys.
        self._trees: dict[Hashable, tuple[_core.PathTree, Any]] = {}
        # Keys of calls that were not recorded, but will be when they are met again.
        self._met: set[Hashable] = set()
        self._of_objects: dict[int, tuple[weakref.ref[Any], Function[Any, Any]]] = {}
        self._is_bound = False
        # What runs after the call has ended cannot be recorded in it.
        self._is_recorded = not (
            inspect.isgeneratorfunction(python_function)
            or inspect.iscoroutinefunction(python_function)
            or inspect.isasyncgenfunction(python_function)
        )
        self._parameter_count = positional_count(python_function)
        self._warned = False
        functools.update_wrapper(self, python_function)

    if TYPE_CHECKING:

        def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R: ...

    def _tree(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The record for arguments, and these as the function gets them."""
        if self._signature is not None:
            args, kwargs = self._signature.bind(args, kwargs)
            key: Hashable = ()
        else:
            args, kwargs = self._by_position(args, kwargs)
            key = _key_of(args, kwargs)
        self._note(key)
        if _eagerly or not self._is_recorded:
            return None, args, kwargs
        exact = _core.CallKey(tuple(args), kwargs)
        key = exact.value()
        found = self._trees.get(key)
        if found is None and self._is_to_be_recorded(key):
            found = self._trees.setdefault(key, (self._new_tree(), exact.kept))
        return None if found is None else found[0], args, kwargs

    def _recorded_for(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The record for arguments, or None, without a note that they were met; the tensors that it
        takes, in its order; and the arguments as a signature casts them."""
        if self._signature is not None:
            args, kwargs = self._signature.bind(args, kwargs)
        every, by_name = self._by_position(tuple(args), kwargs)
        found = self._trees.get(_core.CallKey(tuple(every), by_name).value())
        tensors = [x for x in nest.flatten((tuple(every), by_name)) if type(x) is Tensor]
        return None if found is None else found[0], tensors, tuple(args), kwargs

    def _is_to_be_recorded(self, key: Hashable) -> bool:
        """Whether a new kind of arguments is. Makes room for it then."""
        if len(self._trees) < _TREES_AT_ONCE:
            return True
        if key not in self._met:
            if len(self._met) >= _TREES_KEPT:
                self._warn_of_many()
                self._met.clear()
            self._met.add(key)
            return False
        self._met.discard(key)
        if len(self._trees) >= _TREES_KEPT:
            self._warn_of_many()
            oldest = self._trees.pop(next(iter(self._trees)), None)
            if oldest is not None:
                self._forget(oldest[0])
        return True

    def _new_tree(self) -> _core.PathTree:
        tree = _core.PathTree()
        tree.compiler = self._compiler
        return tree

    def _by_position(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments as all calls have them that mean the same, with defaults."""
        if not kwargs and len(args) == self._parameter_count:
            return args, kwargs
        try:
            # What it is called with is what it takes, and not what a function that it wraps does.
            signature = inspect.signature(self._python_function, follow_wrapped=False)
            bound = signature.bind(*args, **kwargs)
        except (TypeError, ValueError):  # the function's own error is better
            return args, kwargs
        bound.apply_defaults()
        if not self._converts_arrays:
            return bound.args, bound.kwargs
        # Of the defaults, too: what is given in their place is no other kind of arguments.
        every: tuple[tuple[Any, ...], dict[str, Any]] = nest.map_structure(
            _core.tensor_of_array, (bound.args, bound.kwargs)
        )
        return every

    def _warn(self, problem: str) -> None:
        """Once for each function, why it is called each time."""
        if not self._warned:
            self._warned = True
            import logging  # not sooner: it takes a while

            logging.getLogger("autograd_c").warning(
                "tf.function: %s is called each time with these arguments, and not run from its "
                "record: %s. See docs/function.md",
                self.name,
                problem,
            )

    def _warn_of_many(self) -> None:
        if not self._warned:
            self._warned = True
            import logging  # not sooner: it takes a while

            logging.getLogger("autograd_c").warning(
                "tf.function: %s has been called with more than %d kinds of arguments: it is "
                "called as it is with those that it meets for the first time, and keeps records "
                "of no more than that. Numbers that change from call to call are to be tensors: "
                "f(tf.constant(0.1)) is recorded once, f(0.1) for each number",
                self.name,
                _TREES_KEPT,
            )

    @overload
    def __get__(self, instance: None, owner: Any = None) -> Function[_P, _R]: ...

    @overload
    def __get__(
        self: Function[Concatenate[Any, _Q], _R], instance: object, owner: Any = None
    ) -> Function[_Q, _R]: ...

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        found = self._of_objects.get(id(instance))
        if found is not None:
            own = found[1]
        else:
            own = self._copy(self._python_function)
            own._is_bound = True
            own._parameter_count -= 1
            objects, key = self._of_objects, id(instance)
            try:
                reference = weakref.ref(instance, lambda _: objects.pop(key, None))
                own = objects.setdefault(key, (reference, own))[1]
            except TypeError:  # it has no weak references
                pass
        # What is kept for the object must not keep that.
        return own._bound_to(instance)

    def _copy(self, python_function: Any) -> Function[Any, Any]:
        other: Function[Any, Any] = Function.__new__(Function)
        _core.RecordedFunction.__init__(other, python_function)
        other._converts_arrays = self._converts_arrays
        other.__dict__.update(self.__dict__)
        other.__dict__["__wrapped__"] = python_function
        other._traces, other._concrete, other._trees, other._met = {}, {}, {}, set()
        return other

    def _unnoted(self) -> Function[Any, Any]:
        """The same function and records, of which no call counts as a trace."""
        other = self._copy(self._python_function)
        other._share_records(self)
        other._trees, other._met = self._trees, self._met
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> Function[_P, _R]:
        """One of a copy of the function, which is recorded anew."""
        specs = None if self._signature is None else self._signature.specs
        plain = copy.deepcopy(self._python_function, memo)
        return Function(plain, specs, self._reduces, self._compiler is not None)

    def __reduce__(self) -> str:
        """By its name in its module, as functions are pickled."""
        name: str = self._python_function.__qualname__
        return name

    def _note(self, key: Hashable, is_asked_for: bool = False) -> None:
        if key in self._traces:
            return
        if self._reduces and not is_asked_for:
            for old in self._traces:
                general = general_key(key, old)
                if general is not None:
                    if general not in self._traces:
                        self._traces[general] = None
                    return
        self._traces[key] = None

    @property
    def python_function(self) -> Callable[_P, _R]:
        """The Python function."""
        return self._python_function

    @property
    def input_signature(self) -> Any:
        """The specs that were given, or None."""
        return None if self._signature is None else self._signature.specs

    @property
    def name(self) -> str:
        """The function's name."""
        return getattr(self._python_function, "__name__", type(self._python_function).__name__)

    def experimental_get_tracing_count(self) -> int:
        """How often TensorFlow would have traced it: for each kind of arguments."""
        return len(self._traces)

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The function for arguments of these specs, which refuses others."""
        if self._signature is not None:
            if args or kwargs:
                args = tuple(args)
            else:
                args = self._signature.specs
        try:
            bound = inspect.signature(self._python_function).bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(
                f"Binding inputs to tf.function failed due to `{error}`. Received args: {args} and "
                f"kwargs: {kwargs}."
            ) from error
        made = ConcreteFunction(self, bound)
        key: Hashable = () if self._signature is not None else _key_of(bound.args, bound.kwargs)
        self._note(key, is_asked_for=True)
        # TensorFlow takes 1, 1.0 and True for one another, which a function need not do.
        exact = key, tuple(map(exact_key, nest.flatten((bound.args, bound.kwargs))))
        found = self._concrete.get(exact)
        if found is not None:
            return found
        # The object that it is bound to must not be kept by what is remembered of it.
        if not self._is_bound:
            self._concrete[exact] = made
        return made

    def pretty_printed_concrete_signatures(self) -> str:
        """The signatures of what `get_concrete_function` has made."""
        return "\n\n".join(f.pretty_printed_signature() for f in self._concrete.values())

    def __repr__(self) -> str:
        return f"<tf.function {self.name}>"


class ConcreteFunction(_core.RecordedFunction):
    """A function for tensors of certain specs; other arguments are as they were."""

    def __init__(self, function: Function[..., Any], bound: inspect.BoundArguments) -> None:
        super().__init__(function.python_function)
        self._share_variables(function)
        self._function = function._unnoted()
        if not hasattr(function.python_function, "__wrapped__"):  # else they may be another's
            bound.apply_defaults()
        self._bound = bound
        self._specs: dict[str, Any] = {}
        for name, given in bound.arguments.items():
            specs = nest.map_structure(_spec_of, given)
            if any(isinstance(x, TypeSpec) for x in nest.flatten(specs)):
                self._specs[name] = specs

    @property
    def name(self) -> str:
        """The function's name."""
        return self._function.name

    @property
    def structured_input_signature(self) -> tuple[Any, dict[str, Any]]:
        """The specs and values of the arguments by position, and those by name."""
        named = {n: self._specs.get(n, v) for n, v in self._bound.arguments.items()}
        kinds = self._bound.signature.parameters
        by_name = {n: v for n, v in named.items() if kinds[n].kind is kinds[n].KEYWORD_ONLY}
        return tuple(v for n, v in named.items() if n not in by_name), by_name

    def pretty_printed_signature(self, verbose: bool = True) -> str:
        """The parameters with their specs and values, a line each."""
        lines = ["Input Parameters:"]
        for name, parameter in self._bound.signature.parameters.items():
            value = self._specs.get(name)
            text = f"Literal[{self._bound.arguments.get(name)!r}]" if value is None else value
            lines.append(f"  {name} ({parameter_kind(parameter)}): {text}")
        return "\n".join(lines)

    def _tree(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The record for arguments, and those of the function."""
        arguments = dict(self._bound.arguments)
        names = list(self._specs) if len(args) <= len(self._specs) else list(arguments)
        labels = {getattr(s, "name", None): n for n, s in self._specs.items()}
        try:
            if len(args) > len(names):
                raise TypeError("too many positional arguments")
            given = dict(zip(names, args, strict=False))
            for name, value in kwargs.items():
                known = name if name in arguments else labels.get(name)
                if known is None:
                    raise TypeError(f"got an unexpected keyword argument {name!r}")
                if known in given:
                    raise TypeError(f"multiple values for argument {known!r}")
                given[known] = value
            for name, specs in self._specs.items():
                if name not in given:
                    raise TypeError(f"missing a required argument: {name!r}")
                arguments[name] = cast_structure(given[name], specs)
            for name in given:
                if name not in self._specs and not is_equal(given[name], arguments[name]):
                    raise TypeError(f"Can not cast {given[name]!r} to Literal[{arguments[name]!r}]")
        except (TypeError, ValueError) as error:
            kind = InvalidDTypeError if isinstance(error, InvalidDTypeError) else TypeError
            raise kind(
                f"Binding inputs to tf.function failed due to `{error}`. Received args: {args} and "
                f"kwargs: {kwargs} for signature: {self.pretty_printed_signature()}."
            ) from error
        bound = inspect.BoundArguments(self._bound.signature, arguments)
        return self._function._tree(bound.args, bound.kwargs)

    def _warn(self, problem: str) -> None:
        self._function._warn(problem)

    def __repr__(self) -> str:
        return f"<ConcreteFunction {self.name}>"


def _key_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hashable:
    """What calls have in common that TensorFlow would trace once."""
    key: Hashable = tuple([key_of_kind(x) for x in args])
    if kwargs:
        key = (key, *[(name, key_of_kind(kwargs[name])) for name in sorted(kwargs)])
    return key


def _spec_of(x: Any) -> Any:
    if isinstance(x, (Tensor, Variable)):
        return TensorSpec(x.shape, x.dtype)
    return TensorSpec(x.shape, x.dtype) if isinstance(x, np.ndarray) else x


@overload
def function(
    func: Callable[_P, _R],
    input_signature: Any = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: str | None = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: bool | None = None,
    experimental_compile: bool | None = None,
    experimental_follow_type_hints: bool | None = None,
) -> Function[_P, _R]: ...


@overload
def function(
    func: None = None,
    input_signature: Any = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: str | None = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: bool | None = None,
    experimental_compile: bool | None = None,
    experimental_follow_type_hints: bool | None = None,
) -> Callable[[Callable[_P, _R]], Function[_P, _R]]: ...


def function(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: str | None = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: bool | None = None,
    experimental_compile: bool | None = None,
    experimental_follow_type_hints: bool | None = None,
) -> Any:
    """A function that is recorded when it is first called, and run from its record after that.

    The first call runs the Python function and records what it does with tensors; further calls
    with tensors of the same dtypes and shapes, and equal other arguments, do that again without
    Python. Where the function reads a value (`if x > 0`, `int(x)`), each way to go on is recorded
    when it is first gone. Variables are read and assigned, and numbers drawn, at each call.
    Derivatives of any order go through calls. What cannot be recorded is called each time, with a
    warning in the log "autograd_c". docs/function.md has all of it.

    Arrays among the arguments become tensors, and so do numbers and arrays in the result.

    It is a decorator, with and without parentheses, of functions and of methods. What it gives has
    the members `python_function`, `input_signature`, `get_concrete_function`,
    `experimental_get_tracing_count` (how often TensorFlow would have traced it) and
    `pretty_printed_concrete_signatures`.

    Args:
        func: the function.
        input_signature: a list of `tf.TensorSpec`, or structures of them, one for each argument.
            Arguments become tensors of these dtypes; others are refused, as in TensorFlow.
        reduce_retracing: whether calls that differ in shapes alone are counted as one kind.
        jit_compile: whether records are compiled by the system's C compiler, for runs where no tape
            knows what they take. Without a compiler, or for operations that cannot be compiled,
            there is a warning in the log "autograd_c", and all runs as without it.
        experimental_compile: an old name of `jit_compile`.
        autograph: accepted for TensorFlow's sake, without effect: nothing is read of the function's
            source.
        experimental_implements, experimental_autograph_options: likewise.
        experimental_attributes, experimental_relax_shapes: likewise.
        experimental_follow_type_hints: likewise.

    Raises:
        TypeError: for what cannot be called, and for a signature that does not fit the function;
            when it is called, for arguments that do not fit the signature.
        ValueError: if a call but the first makes a Variable.

    >>> import autograd_c as tf
    >>> @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    ... def energy(x):
    ...     return tf.reduce_sum(x * x)
    >>> x = tf.constant([1.0, 2.0])
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = energy(x)
    >>> print(y.numpy(), tape.gradient(y, x).numpy())
    5.0 [2. 4.]
    """
    reduces = bool(reduce_retracing or experimental_relax_shapes)
    compiles = bool(jit_compile or experimental_compile)

    def decorate(func: Callable[..., Any]) -> Function[..., Any]:
        if not callable(func):
            raise TypeError(f"{func!r} is not a callable object")
        return Function(func, input_signature, reduces, compiles)

    return decorate if func is None else decorate(func)


def set_loop_options(
    parallel_iterations: Any = None,
    swap_memory: Any = None,
    maximum_iterations: Any = None,
    shape_invariants: Any = None,
) -> None:
    """Nothing: a loop in Python is recorded as it runs, without AutoGraph's options.

    >>> import autograd_c as tf
    >>> for _ in range(2):
    ...     tf.autograph.experimental.set_loop_options(maximum_iterations=10)
    """


def set_verbosity(level: int, alsologtostdout: bool = False) -> None:
    """Nothing: there is no AutoGraph that could tell what it does.

    >>> import autograd_c as tf
    >>> tf.autograph.set_verbosity(0)
    """
