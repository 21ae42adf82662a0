"""Functions have TensorFlow's arguments: their names, order and defaults."""

from __future__ import annotations

import inspect
import os

import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

SPACES = (
    "",
    "math",
    "math.special",
    "linalg",
    "nn",
    "random",
    "random.experimental",
    "signal",
    "bitwise",
    "nest",
    "debugging",
    "dtypes",
    "image",
    "losses",
    "metrics",
    "initializers",
    "config",
    "test",
)
# What differs on purpose, with the reason.
DIFFERENT = {
    "DType": "made by name",
    "dtypes.DType": "made by name",
    "eye": "the default dtype can be set",
    "ones": "the default dtype can be set",
    "zeros": "the default dtype can be set",
    "linalg.eye": "the default dtype can be set",
}
# Arguments at the end that choose between devices.
NOT_HERE = {"layout", "bad_indices_policy"}


def space_of(module, path):
    for part in filter(None, path.split(".")):
        module = getattr(module, part, None)
    return module


def shared():
    for space in SPACES:
        ours, theirs = space_of(autograd_c, space), space_of(tensorflow, space)
        if ours is None or theirs is None:
            continue
        for name in sorted(dir(ours)):
            mine, other = getattr(ours, name), getattr(theirs, name, None)
            if name.startswith("_") or inspect.ismodule(mine) or not callable(other):
                continue
            yield f"{space}.{name}".lstrip("."), mine, other


def parameters(function):
    try:
        found = inspect.signature(function).parameters.values()
    except ValueError:  # a builtin type
        return None
    return [p for p in found if p.name not in {"self", *NOT_HERE}]


def plain(default):
    """A default as it can be compared: dtypes and functions by name."""
    if isinstance(default, tuple):
        return list(default)
    return getattr(default, "name", None) or getattr(default, "__name__", None) or default


CASES = {name: (mine, other) for name, mine, other in shared()}


@pytest.mark.parametrize("name", CASES)
def test_the_arguments_are_tensorflows(name):
    if name in DIFFERENT:
        pytest.skip(DIFFERENT[name])
    mine, other = map(parameters, CASES[name])
    if mine is None or other is None:
        pytest.skip("a type without a signature")
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in (*mine, *other)):
        pytest.skip("takes anything")
    assert [p.name for p in mine[: len(other)]] == [p.name for p in other]
    for a, b in zip(mine, other):
        if a.name == "name":
            continue  # names are accepted and without effect
        if (
            name.startswith(("random.", "signal."))
            and a.name.endswith("dtype")
            and a.default is None
        ):
            continue  # the default dtype can be set
        assert (a.default is a.empty) == (b.default is b.empty), a.name
        assert plain(a.default) == plain(b.default), a.name
    # More of ours come behind, and are optional.
    assert all(p.default is not p.empty for p in mine[len(other) :])
