"""One use of an operation, as each library spells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A function of some tensors, which gives one or a list of them.

    `tensorflow` gets the library before the tensors: TensorFlow or ours. Those without a spelling
    take no part in programs that are compared with that library. `options` are keyword arguments of
    all spellings, of which one set is drawn.
    """

    name: str
    tensorflow: Callable[..., Any]
    jax: Callable[..., Any] | None = None
    torch: Callable[..., Any] | None = None
    operands: int = 1
    # Shapes of the operands, one of these; where there are none, any that broadcast.
    shapes: tuple[Shapes, ...] = ()
    # What each operand is mapped into, see programs.DOMAINS; the last is that of all others.
    domains: tuple[str, ...] = ("real",)
    kinds: str = "f"  # of the operands: f for real, c for complex
    options: tuple[dict[str, Any], ...] = ({},)
    # Libraries that have no second derivative of it, or a wrong one: of what, says a comment.
    first_only: tuple[str, ...] = ()
    # Libraries that do not have it for float64, or not with these arguments.
    without: tuple[str, ...] = ()

    def domain(self, operand: int) -> str:
        return self.domains[min(operand, len(self.domains) - 1)]


def named(path: str) -> Callable[..., Any]:
    """The function of either library at a path like "math.lgamma"."""

    def function(tf: Any, *operands: Any, **options: Any) -> Any:
        found = tf
        for part in path.split("."):
            found = getattr(found, part)
        return found(*operands, **options)

    return function


def one(shape: tuple[int, ...], *others: tuple[int, ...]) -> tuple[Shapes, ...]:
    """Shapes of one operand."""
    return tuple((each,) for each in (shape, *others))
