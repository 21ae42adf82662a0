"""Random programs of the table in `spellings`, run by each library.

A program is a list of steps, each of which applies a row to values made before it (a graph, not a
chain). Before a row gets an operand, that is brought to its shape and into its domain, by the same
few operations in every library. A step's results that have grown are squashed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

import autograd_c
from autograd_c import func

from .spellings import ROWS
from .spellings.row import Row

LARGEST = 3.0
MOST = 48  # elements of a value
NOISE = np.random.default_rng(5).uniform(0.6, 1.6, 4096)
DOMAINS = {  # what a logistic function's values are mapped to
    "unit": (0.05, 0.95),
    "open": (-0.9, 0.9),
    "positive": (0.3, 2.8),
    "above": (1.2, 3.5),
}


def noise(shape: tuple[int, ...], start: int = 0) -> np.ndarray:
    """Fixed numbers of which no two are equal."""
    count = int(np.prod(shape))
    return NOISE[start : start + count].reshape(shape)


# ---------------------------------------------------------------- what programs need of a library


class Tensors:
    """TensorFlow, or ours."""

    def __init__(self, tf: Any, name: str) -> None:
        self.tf, self.name = tf, name
        self.constant, self.sigmoid, self.tanh = tf.constant, tf.sigmoid, tf.tanh
        self.real, self.imag, self.complex = tf.math.real, tf.math.imag, tf.complex
        self.sin, self.sqrt, self.sum = tf.sin, tf.sqrt, tf.reduce_sum

    def adjoint(self, x: Any) -> Any:
        return self.tf.linalg.adjoint(x)

    def fitted(self, x: Any, indices: np.ndarray) -> Any:
        return self.tf.gather(self.tf.reshape(x, [-1]), indices)

    def apply(self, row: Row, *operands: Any, **options: Any) -> Any:
        return row.tensorflow(self.tf, *operands, **options)

    def derivatives(self, program: Program, loss: Any, x: list, v: list, second: bool) -> dict:
        tf = self.tf
        x, v = [tf.constant(each) for each in x], [tf.constant(each) for each in v]
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                values = program.run(self, x)
                scalar = loss(self, values)
            slopes = inner.gradient(scalar, x, unconnected_gradients="zero")
            slopes = [tf.convert_to_tensor(each) for each in slopes]  # of IndexedSlices
            share = tf.add_n([tf.reduce_sum(g * d) for g, d in zip(slopes, v)])
        found = {"values": values, "gradient": slopes, "slope": share}
        if second:
            found["hvp"] = outer.gradient(share, x, unconnected_gradients="zero")
        return found


class Ours(Tensors):
    """Every way to each derivative that there is."""

    def __init__(self) -> None:
        super().__init__(autograd_c, "autograd_c")

    def more(self, program: Program, loss: Any, x: list, v: list, second: bool) -> dict:
        tf = self.tf
        x, v = tuple(map(tf.constant, x)), tuple(map(tf.constant, v))
        places = tuple(range(len(x)))

        def values(*x: Any) -> Any:
            return program.run(self, x)

        def scalar(*x: Any) -> Any:
            return loss(self, values(*x))

        found = {"func.grad": ("gradient", func.grad(scalar, places)(*x))}
        _, moved = func.jvp(values, x, v)
        found["func.jvp"] = ("jvp", moved)
        with tf.autodiff.ForwardAccumulator(list(x), list(v)) as accumulator:
            y = scalar(*x)
        found["accumulator"] = ("slope", accumulator.jvp(y, unconnected_gradients="zero"))
        if second:
            _, products = func.jvp(func.grad(scalar, places), x, v)
            found["forward over reverse"] = ("hvp", products)

            def slope(*x: Any) -> Any:
                return func.jvp(scalar, x, v)[1]

            found["reverse over forward"] = ("hvp", func.grad(slope, places)(*x))
        return found


class Jax:
    name = "jax"
    constant, sigmoid, tanh = staticmethod(jnp.asarray), jax.nn.sigmoid, staticmethod(jnp.tanh)
    real, imag = staticmethod(jnp.real), staticmethod(jnp.imag)
    sin, sqrt, sum = staticmethod(jnp.sin), staticmethod(jnp.sqrt), staticmethod(jnp.sum)
    complex = staticmethod(jax.lax.complex)
    sigmoid = staticmethod(jax.nn.sigmoid)

    def adjoint(self, x: Any) -> Any:
        return jnp.conj(jnp.swapaxes(x, -1, -2))

    def fitted(self, x: Any, indices: np.ndarray) -> Any:
        return jnp.reshape(x, -1)[indices]

    def apply(self, row: Row, *operands: Any, **options: Any) -> Any:
        return row.jax(*operands, **options)

    def derivatives(self, program: Program, loss: Any, x: list, v: list, second: bool) -> dict:
        # Compiled whole: one by one, operations are compiled for each of their shapes.
        @jax.jit
        def everything(x: Any, v: Any) -> dict:
            return self.traced(program, loss, x, v, second)

        found = everything(tuple(map(jnp.asarray, x)), tuple(map(jnp.asarray, v)))
        return {key: [np.asarray(y) for y in listed(each)] for key, each in found.items()}

    def traced(self, program: Program, loss: Any, x: Any, v: Any, second: bool) -> dict:
        def values(*x: Any) -> Any:
            return program.run(self, x)

        def scalar(*x: Any) -> Any:
            return loss(self, values(*x))

        gradient = jax.grad(scalar, tuple(range(len(x))))
        primals, tangents = jax.jvp(values, x, v)
        found = {"values": primals, "jvp": tangents}
        if second:
            found["gradient"], found["hvp"] = jax.jvp(gradient, x, v)
        else:
            found["gradient"] = gradient(*x)
        found["slope"] = sum(jnp.sum(g * d) for g, d in zip(found["gradient"], v))
        return found


class Torch:
    name = "torch"
    sigmoid, tanh = staticmethod(torch.sigmoid), staticmethod(torch.tanh)
    real, imag, complex = map(staticmethod, (torch.real, torch.imag, torch.complex))
    sin, sqrt, sum = map(staticmethod, (torch.sin, torch.sqrt, torch.sum))

    def constant(self, x: Any) -> Any:
        return torch.from_numpy(np.array(x))

    def adjoint(self, x: Any) -> Any:
        return x.mH

    def fitted(self, x: Any, indices: np.ndarray) -> Any:
        return torch.reshape(x, (-1,))[torch.from_numpy(indices)]

    def apply(self, row: Row, *operands: Any, **options: Any) -> Any:
        return row.torch(*operands, **options)

    def derivatives(self, program: Program, loss: Any, x: list, v: list, second: bool) -> dict:
        x = [torch.tensor(each, requires_grad=True) for each in x]
        v = [torch.tensor(each) for each in v]
        values = program.run(self, x)
        scalar = loss(self, values)

        def gradient(y: Any, again: bool) -> list:
            if not y.requires_grad:
                return [torch.zeros_like(each) for each in x]
            found = torch.autograd.grad(y, x, create_graph=again, allow_unused=True)
            return [torch.zeros_like(e) if g is None else g for g, e in zip(found, x)]

        slopes = gradient(scalar, second)
        share = sum(torch.sum(g * d) for g, d in zip(slopes, v))
        found = {"values": values, "gradient": slopes, "slope": share}
        if second:
            found["hvp"] = gradient(share, False)
        return {
            key: [np.asarray(y.detach().resolve_conj().resolve_neg()) for y in listed(each)]
            for key, each in found.items()
        }


def listed(y: Any) -> list:
    return list(y) if isinstance(y, (list, tuple)) else [y]


# ---------------------------------------------------------------- programs


@dataclass
class Operand:
    """A value that was made before, and how a row gets it."""

    value: int
    shape: tuple[int, ...]
    domain: str
    complex: bool
    fit: bool = False  # whether elements are repeated or left out to have the shape
    start: int = 0

    def __call__(self, library: Any, x: Any, is_complex: bool) -> Any:
        if is_complex and not self.complex:
            x = library.real(x) + 0.5 * library.imag(x)
        if self.fit:
            count = int(np.prod(self.shape))
            size = int(np.prod(x.shape))
            x = library.fitted(x, np.arange(count) % size)
            x = reshaped(
                x
                * library.constant(
                    noise((count,), self.start).astype(
                        "complex128" if is_complex and self.complex else "float64"
                    )
                ),
                self.shape,
                library,
            )
        if self.complex and not is_complex:
            x = library.complex(x, x * library.constant(0.7 - noise(self.shape, self.start)))
        return self.mapped(library, x)

    def mapped(self, library: Any, x: Any) -> Any:
        """In the domain."""
        if self.domain == "real":
            return x
        if self.domain in DOMAINS:
            low, high = DOMAINS[self.domain]
            return low + (high - low) * library.sigmoid(x)
        dtype = "complex128" if self.complex else "float64"
        if self.domain == "apart":  # from zeros, and from each other
            return x + library.constant(0.4 * noise(self.shape, self.start).astype(dtype))
        rows, columns = self.shape[-2:]
        if self.domain == "definite":
            spread = np.diag(1.0 + 2.0 * np.arange(rows)).astype(dtype)
            return 0.1 * (x @ library.adjoint(x)) + library.constant(spread)
        if self.domain == "regular":
            spread = np.diag([(-1) ** k * (2.0 + 1.5 * k) for k in range(rows)]).astype(dtype)
            return 0.3 * x + library.constant(spread)
        assert self.domain == "full"
        return 0.3 * x + library.constant(
            np.eye(rows, columns) * 1.5 + 0.2 * noise((rows, columns))
        )


def reshaped(x: Any, shape: tuple[int, ...], library: Any) -> Any:
    return library.tf.reshape(x, shape) if isinstance(library, Tensors) else x.reshape(shape)


@dataclass
class Step:
    row: Row
    options: dict[str, Any]
    operands: list[Operand]
    # Of each result: whether it is kept, and whether it is squashed.
    results: list[tuple[bool, bool]] = field(default_factory=list)

    def __repr__(self) -> str:
        given = ", ".join(
            f"v{o.value}{' fitted to ' + str(o.shape) if o.fit else ''} {o.domain}"
            f"{' complex' if o.complex else ''}"
            for o in self.operands
        )
        return f"{self.row.name}({given}; {self.options}) -> {self.results}"


def squashed(library: Any, x: Any, is_complex: bool) -> Any:
    if not is_complex:
        return 1.5 * library.tanh(x)
    re, im = library.real(x), library.imag(x)
    scale = 1.5 / library.sqrt(1.0 + re * re + im * im)
    return library.complex(re * scale, im * scale)


@dataclass
class Program:
    sources: list[np.ndarray]
    steps: list[Step] = field(default_factory=list)
    complex: list[bool] = field(default_factory=list)  # by value

    def run(self, library: Any, sources: Any) -> list:
        """The last three values; others are the way to them, or lead nowhere."""
        values = list(sources)
        for step in self.steps:
            values += self.results(library, step, values)
        return values[-3:]

    def results(self, library: Any, step: Step, values: list) -> list:
        operands = [o(library, values[o.value], self.complex[o.value]) for o in step.operands]
        made = listed(library.apply(step.row, *operands, **step.options))
        kept = []
        for y, (keep, squash) in zip(made, step.results):
            if keep:
                is_complex = "complex" in str(y.dtype)
                kept.append(squashed(library, y, is_complex) if squash else y)
        return kept

    def __repr__(self) -> str:
        lines = [f"    v{k} = {x.tolist()}" for k, x in enumerate(self.sources)]
        number = len(lines)
        for step in self.steps:
            count = sum(keep for keep, _ in step.results)
            names = ", ".join(f"v{k}" for k in range(number, number + count))
            lines.append(f"    {names} = {step}")
            number += count
        return "\n".join(["Program:", *lines])


SHAPES = ((), (3,), (2, 3), (3, 3), (3, 1), (4, 2), (2, 3, 2), (1, 4))
OURS = Ours()


def operands_of(row: Row, values: list, shuffled: random.Random) -> list[Operand]:
    """Operands among values, most often late ones; of the row's shapes, or some that broadcast."""
    last = len(values) - 1
    chosen = [shuffled.choice((last, shuffled.randint(0, last))) for _ in range(row.operands)]
    is_complex = "c" in row.kinds and (
        row.kinds == "c" or any("complex" in values[k].dtype.name for k in chosen)
    )
    if row.shapes:
        shapes = shuffled.choice(row.shapes)
    else:
        first = tuple(values[chosen[0]].shape)
        shapes = [first]
        for k in chosen[1:]:
            other = tuple(values[k].shape)
            try:
                fits = np.prod(np.broadcast_shapes(first, other), dtype=int) <= MOST
            except ValueError:
                fits = False
            if not fits:
                # Some axes of the first, or fewer.
                other = tuple(n if shuffled.random() < 0.6 else 1 for n in first)
                other = other[shuffled.randint(0, len(other)) :]
            shapes.append(other)
    return [
        Operand(
            value,
            tuple(shape),
            row.domain(k),
            is_complex,
            tuple(values[value].shape) != tuple(shape),
            shuffled.randint(0, 500),
        )
        for k, (value, shape) in enumerate(zip(chosen, shapes))
    ]


def table(peer: str) -> list[Row]:
    """The rows that a library has a spelling of."""
    return [r for r in ROWS if getattr(r, peer) is not None and peer not in r.without]


def made(seed: int, rows: Sequence[Row]) -> Program:
    """A program that applies the rows, one after the other."""
    shuffled = random.Random(seed)
    numbers = np.random.default_rng(seed)
    shapes = [shuffled.choice(SHAPES) for _ in range(shuffled.randint(1, 3))]
    program = Program([np.asarray(numbers.uniform(-1.5, 1.5, shape)) for shape in shapes])
    program.complex = [False] * len(shapes)
    values = [autograd_c.constant(x) for x in program.sources]
    for row in rows:
        step = Step(row, shuffled.choice(row.options), operands_of(row, values, shuffled))
        operands = [o(OURS, values[o.value], program.complex[o.value]) for o in step.operands]
        results = listed(OURS.apply(row, *operands, **step.options))
        for y in results:
            array = np.asarray(y)
            assert np.isfinite(array).all(), f"{step}\n{operands}\n{array}"
            keep = 0 < array.size <= 2 * MOST
            step.results.append((keep, float(np.abs(array).max(initial=0)) > LARGEST))
            if keep:
                is_complex = array.dtype.kind == "c"
                program.complex.append(is_complex)
                squash = step.results[-1][1]
                values.append(squashed(OURS, y, is_complex) if squash else y)
        program.steps.append(step)
    return program


def loss(library: Any, values: list) -> Any:
    """A sum of sines of all values, each of another weight."""
    total: Any = 0.0
    for k, y in enumerate(values):
        parts = [library.real(y), library.imag(y)] if "complex" in str(y.dtype) else [y]
        for j, part in enumerate(parts):
            weights = library.constant(noise(tuple(part.shape), 7 * k + 100 * j))
            total = total + library.sum(library.sin(part) * weights)
    return total


# ---------------------------------------------------------------- comparison


class NotComparable(Exception):
    """The peer's derivatives are not finite, or huge: a program at the edge of its range."""


def differences(program: Program, peer: Any, tolerance: float = 1e-7) -> None:
    """Compare all that both compute."""
    numbers = np.random.default_rng(len(program.steps))
    v = [np.asarray(numbers.uniform(-1, 1, x.shape)) for x in program.sources]
    lacking = {name for step in program.steps for name in step.row.first_only}
    second = peer.name not in lacking
    try:
        theirs = peer.derivatives(program, loss, program.sources, v, second)
    except (LookupError, TypeError):  # TensorFlow's, of derivatives that are IndexedSlices
        if peer.name != "tensorflow" or not second:
            raise
        theirs = peer.derivatives(program, loss, program.sources, v, False)
    for each in theirs.values():
        for y in listed(each):
            if not np.isfinite(np.asarray(y)).all() or np.abs(y).max(initial=0) > 1e5:
                raise NotComparable
    ours = OURS.derivatives(program, loss, program.sources, v, True)
    for key, each in ours.items():
        if key in theirs:
            compare(key, key, each, theirs[key], program, tolerance)
    for way, (key, each) in OURS.more(program, loss, program.sources, v, True).items():
        compare(way, key, each, theirs.get(key, ours.get(key)), program, tolerance)


def compare(way: str, key: str, mine: Any, other: Any, program: Program, tolerance: float) -> None:
    if other is None:  # tangents of values, where the peer has no forward mode
        return
    mine, other = listed(mine), listed(other)
    assert len(mine) == len(other), (way, program)
    for a, b in zip(mine, other):
        a, b = np.asarray(a), np.asarray(b)
        assert a.dtype == b.dtype and a.shape == b.shape, (way, a.dtype, b.dtype, a.shape, b.shape)
        scale = max(1.0, *(float(np.abs(np.asarray(y)).max(initial=0)) for y in other))
        np.testing.assert_allclose(
            a, b, rtol=tolerance, atol=tolerance * scale, err_msg=f"{way}\n{program}"
        )


PEERS: dict[str, Callable[[], Any]] = {
    "jax": Jax,
    "torch": Torch,
    "tensorflow": lambda: Tensors(__import__("tensorflow"), "tensorflow"),
}
