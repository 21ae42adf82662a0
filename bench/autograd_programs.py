"""The programs that HIPS autograd measures itself with, for any library with its names.

They are what the folder ``benchmarks`` of its repository takes the time of, written anew. Both
``peers/autograd.py`` and ``peers/autograd_c.py`` run these very lines: each function takes the
library first, then its data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

from bench.problem import Arrays, Task


class Library(NamedTuple):
    """HIPS autograd, or what has its names.

    `package` has ``grad``, ``value_and_grad`` and ``make_vjp``, `np` NumPy's functions, and
    `flatten` is that of ``misc``.
    """

    package: Any
    np: Any
    flatten: Callable[[Any], tuple[Any, Callable[[Any], Any]]]


def _one(result: Any) -> Arrays:
    return [result]


# ---------------------------------------------------------------- numbers


def short_function(library: Library, x: float) -> Task:
    """Differentiate one operation: what a call of `grad` costs."""

    def run() -> Any:
        return library.package.grad(lambda x: x**2)(x)

    return Task(run, _one)


def long_function(library: Library, x: float, count: int) -> Task:
    """Differentiate a sine of sines."""
    np = library.np

    def nested(x: Any) -> Any:
        for _ in range(count):
            x = np.sin(x)
        return x

    return Task(lambda: library.package.grad(nested)(x), _one)


def fan_out_fan_in(library: Library, x: float, count: int) -> Task:
    """Differentiate means of a number and itself, where paths double at each operation."""

    def doubled(x: Any) -> Any:
        for _ in range(count):
            x = (x + x) / 2.0
        return library.np.sum(x)

    return Task(lambda: library.package.grad(doubled)(x), _one)


def exponential_of_number(library: Library, x: float, count: int) -> Task:
    """Call a function with a number that nobody differentiates."""
    exponential = library.np.exp

    def run() -> Any:
        for _ in range(count):
            y = exponential(x)
        return y

    return Task(run, _one, forward_only=True)


# ---------------------------------------------------------------- products


def product_cotangent(
    library: Library,
    arrays: Sequence[numpy.ndarray],
    product: str,
    by: int,
    again: int | None = None,
) -> Task:
    """Pull a cotangent back through a product of arrays, or another one through that.

    `arrays` are both factors and the cotangent of the product; `by` is the factor. `again` says by
    which of the three the result is differentiated, for a cotangent like the factor.
    """
    np, make_vjp = library.np, library.package.make_vjp
    a, b, g = map(np.array, arrays)

    def first(a: Any, b: Any, g: Any) -> Any:
        function = np.dot if product == "dot" else lambda a, b: np.tensordot(a, b, 2)
        return make_vjp(function, argnum=by)(a, b)[0](g)

    if again is None:
        return Task(lambda: first(a, b, g), _one)
    like = (a, b)[by]
    return Task(lambda: make_vjp(first, argnum=again)(a, b, g)[0](like), _one)


# ---------------------------------------------------------------- structures


def flattened(library: Library, structure: Any, derivative: bool) -> Task:
    """Make a vector of a structure of arrays and numbers, or differentiate the sum of that."""
    flatten, np = library.flatten, library.np
    if not derivative:
        return Task(lambda: flatten(structure)[0], _one, forward_only=True)
    gradient = library.package.grad(lambda structure: np.sum(flatten(structure)[0]))
    return Task(lambda: gradient(structure), lambda result: [flatten(result)[0]])


def unflattened(library: Library, structure: Any, derivative: bool) -> Task:
    """Make a structure of a vector, or differentiate the sum of two of its arrays."""
    flatten, np = library.flatten, library.np
    vector, unflatten = flatten(structure)
    if not derivative:
        return Task(
            lambda: unflatten(vector), lambda result: [flatten(result)[0]], forward_only=True
        )

    def two(vector: Any) -> Any:
        made = unflatten(vector)
        return np.sum(made["vector"]) + np.sum(made["matrix"])

    gradient = library.package.grad(two)
    return Task(lambda: gradient(vector), _one)


# ---------------------------------------------------------------- losses


def needless_nodes(library: Library, side: int, count: int) -> Task:
    """Differentiate a sum of ones that are added to a matrix: nothing of it needs keeping."""
    np = library.np

    def total(x: Any) -> Any:
        for _ in range(count):
            x = x + 1
        return np.sum(x)

    gradient, x = library.package.grad(total), np.zeros((side, side))
    return Task(lambda: gradient(x), _one)


def loss_with_gradient(library: Library, kernel: Callable[[Any], Any]) -> Task:
    """Compute a loss and its gradient by the first argument, a structure of arrays."""
    loss, arguments = kernel(library.np)
    function = library.package.value_and_grad(loss)

    def arrays(result: Any) -> Arrays:
        value, gradient = result
        return [value, library.flatten(gradient)[0]]

    return Task(lambda: function(*arguments), arrays)


def recurrent_network(np: Any) -> Any:
    """The loss of a recurrent network of 1,024 units over 50 steps, float32."""
    random = numpy.random.default_rng(30)

    def drawn(*shape: int) -> Any:
        return np.array(0.01 * random.standard_normal(shape), dtype="float32")

    size, batch = 1024, 16
    start = drawn(batch, size)
    labels = np.array(random.uniform(size=(batch, 1)) > 0.5, dtype="float32")

    def loss(parameters: Any) -> Any:
        weights, bias, last_weights, last_bias = parameters
        state = start
        for _ in range(50):
            state = np.tanh(np.dot(state, weights) + bias)
        logits = np.dot(state, last_weights) + last_bias
        return np.sum(logits + np.log(1 + np.exp(-logits)) - labels * logits)

    return loss, ((drawn(size, size), drawn(size), drawn(size, 1), drawn(1)),)
