"""``tf.Module``: what holds Variables and other modules."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from autograd_c.core._core import Variable
from autograd_c.values.names import name_scope, scoped, snake_case

__all__ = ["Module"]

_F = TypeVar("_F", bound=Callable[..., Any])


class Module:
    """A base for classes that hold Variables, and find them again.

    Variables and other modules are found in the attributes of an object, and in lists, tuples and
    dictionaries there, at any depth: attributes in alphabetical order, dictionaries in that of
    their keys. An object's own come before those of the modules that it holds. Each is found once.

    Args:
        name: a Python identifier; by default the name of the class, in lower case.

    Raises:
        ValueError: for a name that is no identifier.

    >>> import autograd_c as tf
    >>> class Dense(tf.Module):
    ...     def __init__(self, inputs, outputs, name=None):
    ...         super().__init__(name)
    ...         with self.name_scope:
    ...             self.w = tf.Variable(tf.ones([inputs, outputs]), name="w")
    ...             self.b = tf.Variable(tf.zeros([outputs]), name="b")
    ...     def __call__(self, x):
    ...         return tf.tanh(x @ self.w + self.b)
    >>> class Network(tf.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.layers = [Dense(2, 3, "first"), Dense(3, 1, "second")]
    >>> [v.name for v in Network().trainable_variables]
    ['first/b:0', 'first/w:0', 'second/b:0', 'second/w:0']
    """

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = snake_case(type(self).__name__)
        if not str(name).isidentifier():
            raise ValueError(
                f"{name!r} is not a valid module name. Module names must be valid Python "
                "identifiers (e.g. a valid class name)."
            )
        self._name = name
        self._scope_name = scoped(f"{name}/")

    @property
    def name(self) -> str:
        """The name that was given, or that of the class."""
        return self._name

    @property
    def name_scope(self) -> name_scope:
        """A `tf.name_scope` of the module's name, within the scope in which it was made."""
        return name_scope(self._scope_name)

    @classmethod
    def with_name_scope(cls, method: _F) -> _F:
        """A decorator of methods: Variables made there have the module's name in front.

        >>> import autograd_c as tf
        >>> class Bias(tf.Module):
        ...     @tf.Module.with_name_scope
        ...     def __call__(self, x):
        ...         if not hasattr(self, "b"):
        ...             self.b = tf.Variable(tf.zeros(x.shape), name="b")
        ...         return x + self.b
        >>> bias = Bias()
        >>> _ = bias(tf.constant([1.0]))
        >>> print(bias.b.name)
        bias/b:0
        """

        @functools.wraps(method)
        def scoped_method(self: Module, *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        return cast(_F, scoped_method)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All Variables of this module and those that it holds."""
        return tuple(x for x in _walk(self) if isinstance(x, Variable))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """Those that are trainable."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def non_trainable_variables(self) -> tuple[Variable, ...]:
        """Those that are not."""
        return tuple(v for v in self.variables if not v.trainable)

    @property
    def submodules(self) -> tuple[Module, ...]:
        """All modules that this one holds, directly or through others.

        >>> import autograd_c as tf
        >>> outer, inner = tf.Module("outer"), tf.Module("inner")
        >>> outer.parts = {"a": inner}
        >>> [m.name for m in outer.submodules]
        ['inner']
        """
        return tuple(x for x in _walk(self) if isinstance(x, Module))


def _walk(root: Module) -> Iterator[Module | Variable]:
    """Variables and modules below a module, each once."""
    seen = {id(root)}

    def below(module: Module) -> Iterator[Module | Variable]:
        held = []
        for name, value in sorted(vars(module).items()):
            for leaf in _leaves(value, name):
                if id(leaf) not in seen:
                    seen.add(id(leaf))
                    yield leaf
                    if isinstance(leaf, Module):
                        held.append(leaf)
        for inner in held:
            yield from below(inner)

    return below(root)


def _leaves(value: Any, name: str) -> Iterator[Module | Variable]:
    """Variables and modules in an attribute."""
    inner: Any
    if isinstance(value, (Module, Variable)):
        yield value
        return
    if isinstance(value, Mapping):
        try:
            inner = [value[key] for key in sorted(value)]
        except TypeError as error:
            raise ValueError(
                f"Error processing property {name!r}: its keys cannot be sorted: {list(value)!r}"
            ) from error
    elif isinstance(value, (list, tuple)):
        inner = value
    else:
        return
    for each in inner:
        yield from _leaves(each, name)
