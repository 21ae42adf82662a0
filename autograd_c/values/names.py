"""Names of variables and modules: ``tf.name_scope``."""

from __future__ import annotations

import re
from _thread import _local  # `threading.local`, without the import of the rest
from types import TracebackType

__all__ = ["name_scope"]


class _Current(_local):
    scope = ""  # with a slash at its end, or empty


_current = _Current()


def current_scope() -> str:
    """The name of the open scope, with a slash at its end, or empty."""
    return _current.scope


def scoped(name: str) -> str:
    """The name, within the scope that is open."""
    return _current.scope + name


def snake_case(name: str) -> str:
    """A class's name as a variable's: "GatedUnit" becomes "gated_unit"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class name_scope:  # noqa: N801 (TensorFlow's name)
    """A context manager in which Variables get a name that begins with that of the scope.

    Scopes nest. A name that ends with "/" is taken as it is, whatever scope is open; the empty name
    closes all scopes. Names are labels: nothing is looked up by them.

    Args:
        name: a string.

    Raises:
        ValueError: for a name that is no string.

    >>> import autograd_c as tf
    >>> with tf.name_scope("encoder"):
    ...     with tf.name_scope("layer") as scope:
    ...         v = tf.Variable(1.0, name="w")
    >>> scope, v.name
    ('encoder/layer/', 'encoder/layer/w:0')
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise ValueError("name for name_scope must be a string.")
        self._name = name
        self._outer: list[str] = []

    @property
    def name(self) -> str:
        """The name that was given."""
        return self._name

    def __enter__(self) -> str:
        outer = _current.scope
        self._outer.append(outer)
        absolute = not self._name or self._name.endswith("/")
        _current.scope = self._name if absolute else f"{outer}{self._name}/"
        return _current.scope

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _current.scope = self._outer.pop()
