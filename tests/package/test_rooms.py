"""The rooms of the package: what is where, who knows whom, and what users see of it."""

from __future__ import annotations

import ast
import importlib
import pickle
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

import autograd_c as tf

PACKAGE = Path(tf.__file__).resolve().parent
NAMESPACES = [name for name in tf.__all__ if isinstance(getattr(tf, name), types.ModuleType)]
# Namespaces in namespaces.
NESTED = [
    *("autograph.experimental", "config.experimental", "optimizers.schedules"),
    *("random.experimental", "numpy.linalg", "numpy.fft"),
    *("scipy.integrate", "scipy.interpolate", "scipy.linalg", "scipy.ndimage", "scipy.signal"),
    *("scipy.sparse", "scipy.sparse.linalg", "scipy.special", "scipy.stats"),
]
# Each room may know those before it.
ORDER = ["values", "core", "functions", "control", "rules", "transforms", "checks"]
# What holds no code of its own.
FACES = {"math", "typing"}
# What knows a room above its own: `Module` has to tell Variables from other attributes.
ABOVE = {"values/module.py": {"core"}}
# What knows a room beside its own: errors of which metrics take the mean are losses,
# tf.experimental.numpy is autograd_c.numpy, and SciPy's functions are made of NumPy's; equations
# that steps, events and roots solve have derivatives by their own. What is exported is recorded as
# what is saved, with its derivatives.
BESIDE = {
    "metrics": {"losses"},
    "experimental": {"numpy"},
    "numpy": {"arrays", "scipy"},
    "scipy": {"arrays", "rules", "transforms"},
    "misc": {"rules"},
    "advice": {"arrays"},
    "exporting": {"programs", "transforms"},
}
FILES = sorted(p.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("*.py"))


def tree(file):
    return ast.parse((PACKAGE / file).read_text("utf-8"))


def imported(file):
    """What a file imports of the package when it is imported itself, as paths in the package."""
    for node in tree(file).body:
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "autograd_c":
            for name in node.names:
                yield [*node.module.split(".")[1:], name.name]


# ------------------------------------------------------------------ who knows whom


@pytest.mark.parametrize("file", [f for f in FILES if "/" in f])
def test_a_room_knows_those_below_it(file):
    room = file.partition("/")[0]
    below = ORDER[: ORDER.index(room) + 1] if room in ORDER else [*ORDER[:4], room]
    for path in imported(file):
        allowed = {*below, *FACES, *ABOVE.get(file, ()), *BESIDE.get(room, ())}
        assert path[0] in allowed, path


@pytest.mark.parametrize("file", [f for f in FILES if f.endswith("/__init__.py")])
def test_a_room_says_what_it_holds(file):
    first, *rest = tree(file).body
    assert isinstance(first, ast.Expr) and isinstance(first.value.value, str)
    if file.partition("/")[0] not in ("core", "arrays", *NAMESPACES):
        assert not rest
        assert "\n" not in first.value.value


@pytest.mark.parametrize("name", sorted({*NAMESPACES}))
def test_a_namespace_is_a_face(name):
    """It imports, lists and installs; what it has is written elsewhere."""
    file = f"{name}.py" if f"{name}.py" in FILES else f"{name}/__init__.py"
    for node in tree(file).body:
        assert not isinstance(node, (ast.FunctionDef, ast.ClassDef)), node.name
    assert getattr(tf, name).__all__


@pytest.mark.parametrize("suffix", ["py", "pyx", "pxi"])
def test_no_file_is_long(suffix):
    for path in (Path(__file__).resolve().parents[2] / "autograd_c").rglob(f"*.{suffix}"):
        assert len(path.read_text("utf-8").splitlines()) <= 650, path


# ------------------------------------------------------------------ what users see


def public_things():
    """Every public function and class by its path, of each namespace that has it."""
    for space in ["", *NAMESPACES, *NESTED]:
        module = importlib.import_module(f"autograd_c.{space}".rstrip("."))
        for name in module.__all__:
            thing = getattr(module, name)
            others = getattr(thing, "__module__", None) in ("numpy", "numpy.linalg", "builtins")
            if space.startswith(("numpy", "scipy", "builtins")) and (
                others or name in ("s_", "index_exp", "ndarray")
            ):
                continue  # NumPy's own and Python's, under their names
            if callable(thing) and not isinstance(thing, tf.DType):
                yield pytest.param(thing, id=f"tf.{space}.{name}".replace("..", "."))


@pytest.mark.parametrize("thing", list(public_things()))
def test_a_thing_is_from_where_it_is_imported(thing):
    public = {"autograd_c", *(f"autograd_c.{name}" for name in [*NAMESPACES, *NESTED])}
    assert thing.__module__ in public
    module = importlib.import_module(thing.__module__)
    assert thing.__name__ in module.__all__
    assert getattr(module, thing.__name__) is thing
    if not isinstance(thing, types.BuiltinFunctionType):  # of elementwise operations
        assert thing.__qualname__ == thing.__name__
    assert pickle.loads(pickle.dumps(thing)) is thing


@pytest.mark.parametrize(
    "value",
    [
        *(tf.float32, tf.bool, tf.TensorShape([1, None]), tf.UnconnectedGradients.ZERO),
        *(tf.constant([1.0]), tf.Variable([1.0]), tf.IndexedSlices([[1.0]], [0])),
        *(tf.optimizers.Adam(0.5), tf.errors.NotFoundError(None, None, "no such file")),
        *(tf.optimizers.schedules.CosineDecay(0.5, 10), tf.Module("m"), tf.einsum, tf.Tensor),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_pickles_name_what_users_import(value, protocol):
    """They are kept longer than any room."""
    made = pickle.dumps(value, protocol=protocol)
    assert type(pickle.loads(made)) is type(value)
    public = {f"autograd_c.{name}" for name in [*NAMESPACES, *NESTED]}
    named = {text.decode() for text in re.findall(rb"autograd_c[\w.]*", made)}
    assert named and named <= {"autograd_c", *public}


def test_types_say_where_they_are_from():
    assert repr(tf.Tensor) == "<class 'autograd_c.Tensor'>"
    assert repr(type(tf.Variable(1.0))) == "<class 'autograd_c.Variable'>"
    assert (
        repr(tf.autodiff.ForwardAccumulator) == "<class 'autograd_c.autodiff.ForwardAccumulator'>"
    )
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        tf.reshape([1.0], [2])
    assert type(caught.value).__module__ == "autograd_c.errors"


@pytest.mark.parametrize("name", ["", *NAMESPACES])
def test_dir_shows_what_users_are_meant_to_see(name):
    module = importlib.import_module(f"autograd_c.{name}".rstrip("."))
    shown = {n for n in dir(module) if not n.startswith("_")}
    assert shown == {n for n in module.__all__ if not n.startswith("_")}
    assert "__name__" in dir(module)


def test_namespaces_wait_until_they_are_used():
    """Importing the package loads none of these; two threads that touch one both see all of it."""
    program = """\
import sys, threading
import autograd_c as tf
rooms = ["functions.equations", "functions.pooling", "optimizers._rules", "checks.test_case"]
assert not {f"autograd_c.{room}" for room in rooms} & set(sys.modules)
found, barrier = [], threading.Barrier(4)
def touch():
    barrier.wait()
    found.append(tf.test.TestCase)
threads = [threading.Thread(target=touch) for _ in range(4)]
for each in threads: each.start()
for each in threads: each.join()
assert len(found) == 4 and type(tf.test) is type(sys)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
