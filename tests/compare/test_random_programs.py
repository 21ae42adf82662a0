"""Random programs of the whole table, here and in TensorFlow, JAX and PyTorch, in float64.

Compared are values, gradients (by tapes and `func.grad`), products with tangents (`func.jvp`,
accumulators) and second derivatives (tapes in tapes, forward over reverse, reverse over forward).
``AUTOGRAD_C_PROGRAMS=5000 make compare`` takes five thousand with PyTorch and with TensorFlow, and
fewer with JAX, which compiles each; ``make fuzz`` takes many more.
"""

from __future__ import annotations

import os
import random

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow")
torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

import autograd_c as tf  # noqa: E402
from autograd_c import func  # noqa: E402

from .random_programs import (  # noqa: E402
    OURS,
    PEERS,
    NotComparable,
    compare,
    differences,
    loss,
    made,
    table,
)

COUNT = int(os.environ.get("AUTOGRAD_C_PROGRAMS", "300"))
FIRST = int(os.environ.get("AUTOGRAD_C_FIRST_PROGRAM", "0"))  # to go on where others ended
COUNTS = {"tensorflow": COUNT, "torch": COUNT, "jax": max(COUNT // 20, 1)}
PARTS = 10


@pytest.mark.parametrize("row", table("torch"), ids=lambda row: row.name)
def test_one_against_torch(row):
    for seed in range(3):
        differences(made(seed, [row]), PEERS["torch"]())


@pytest.mark.parametrize("row", table("tensorflow"), ids=lambda row: row.name)
def test_one_against_tensorflow(row):
    differences(made(1, [row]), PEERS["tensorflow"]())


@pytest.mark.parametrize("part", range(25))
def test_each_against_jax(part):
    """In programs of several, each of which is compiled once."""
    rows = table("jax")[part::25]
    differences(made(part, rows), PEERS["jax"]())


@pytest.mark.parametrize("part", range(25))
def test_batches_of_batches_against_jax(part):
    """Values and gradients of each program for rows of rows of sources."""
    rows = table("jax")[part::25]
    program = made(part, rows)
    numbers = np.random.default_rng(part)
    sources = [x * numbers.uniform(0.9, 1.1, (2, 3, *[1] * x.ndim)) for x in program.sources]
    places = tuple(range(len(sources)))

    def of_one(library):
        return lambda *x: loss(library, program.run(library, x))

    ours = func.value_and_grad(of_one(OURS), places)
    found = func.vmap(func.vmap(ours))(*map(tf.constant, sources))
    theirs = jax.value_and_grad(of_one(PEERS["jax"]()), places)
    expected = jax.jit(jax.vmap(jax.vmap(theirs)))(*sources)
    compare("value", "value", found[0], expected[0], program, 1e-7)
    compare("gradient", "gradient", list(found[1]), list(expected[1]), program, 1e-7)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("peer", PEERS)
def test_programs(peer, part):
    compared = left = 0
    for seed in range(FIRST + part, FIRST + COUNTS[peer], PARTS):
        rows = random.Random(seed).choices(table(peer), k=2 + seed % 7)
        try:
            differences(made(seed, rows), PEERS[peer]())
            compared += 1
        except NotComparable:
            left += 1
    assert left <= 2 + compared / 10  # most are compared
