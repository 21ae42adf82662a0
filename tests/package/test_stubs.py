"""The type stubs: that they are current, agree with what is there, and say what they should."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.optimizers import _optimizer
from autograd_c.typing import TensorLike

from ..typed_programs import PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = Path(tf.__file__).resolve().parent

# A user's program. Where a line ends with "#>", the type revealed, or that mypy must refuse it.
PROGRAM = """\
import numpy as np
import autograd_c as tf
from autograd_c import UnconnectedGradients as Unconnected
from autograd_c.typing import DTypeLike, ShapeLike, TensorLike

x = tf.constant([1.0, 2.0])
v = tf.Variable(3.0)
a = np.ones(2)

reveal_type(x * 2.0)  #> Tensor
reveal_type(2 * x)  #> Tensor
reveal_type(2.0**x + v)  #> Tensor
reveal_type(a * x)  #> Tensor
reveal_type(np.float64(2) - x)  #> Tensor
reveal_type(a @ v)  #> Tensor
reveal_type(-v)  #> Tensor
reveal_type(divmod(x, 2))  #> tuple[Tensor, Tensor]
reveal_type(x == 1.0)  #> Tensor
reveal_type(x < [1, 2])  #> Tensor
reveal_type(abs(x))  #> Tensor
reveal_type(round(x))  #> Tensor
reveal_type(float(x))  #> float
reveal_type([1, 2][tf.constant(1)])  #> int
reveal_type(x[0])  #> Tensor
reveal_type(x[..., None, 1:2, [1, 2], a > 0, x > 0])  #> Tensor
reveal_type([each for each in x])  #> list[Tensor]
reveal_type(x.shape)  #> TensorShape
reveal_type(x.shape[0])  #> int
reveal_type(x.dtype)  #> DType
reveal_type(x.ref().deref())  #> Tensor
reveal_type(tf.bool)  #> DType

reveal_type(tf.tanh(x))  #> Tensor
reveal_type(tf.math.erf([0.5, (x, v)]))  #> Tensor
reveal_type(tf.nn.relu(features=1))  #> Tensor
reveal_type(tf.bitwise.invert(3, name="n"))  #> Tensor
reveal_type(tf.linalg.matmul(x, a, transpose_b=True))  #> Tensor
reveal_type(tf.reduce_sum([[1.0, x], (v, 2)], axis=[0, 1]))  #> Tensor
reveal_type(tf.stack([x, v]))  #> Tensor
reveal_type(tf.unstack(x))  #> list[Tensor]
reveal_type(tf.add_n([x, v]))  #> Tensor
reveal_type(tf.cast(x, "float64"))  #> Tensor
reveal_type(tf.cast(x, np.float32))  #> Tensor
reveal_type(tf.cast(x, float))  #> Tensor
reveal_type(tf.constant(1, dtype=a.dtype, shape=x.shape))  #> Tensor
reveal_type(tf.zeros(np.array([2, 3])))  #> Tensor
reveal_type(tf.executing_eagerly())  #> bool

reveal_type(tf.numpy.sin(a))  #> Tensor
reveal_type(tf.numpy.dot(x, [1, 2]))  #> Tensor
reveal_type(tf.numpy.linalg.solve(a, x))  #> Tensor
reveal_type(tf.numpy.linalg.svdvals(a))  #> Tensor
reveal_type(tf.numpy.divmod(x, 2))  #> tuple[Tensor, Tensor]
tf.numpy.sin(x, out=a)

@tf.function
def energy(a: tf.Tensor, b: float = 1.0) -> tf.Tensor:
    return a * b


class Model(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([2])])
    def __call__(self, a: tf.Tensor) -> tf.Tensor:
        return a


reveal_type(energy(x, b=2.0))  #> Tensor
reveal_type(energy.get_concrete_function(x))  #> ConcreteFunction
reveal_type(Model()(x))  #> Tensor
energy("x")  #> error
tf.function(energy, autograhp=True)  #> error

with tf.GradientTape(persistent=True) as tape:
    tape.watch([x, {"v": v}])
    y = x * v
    with tape.stop_recording():
        pass

optimizer = tf.optimizers.Adam(tf.keras.optimizers.schedules.CosineDecay(0.1, 10))
reveal_type(optimizer)  #> Adam
reveal_type(optimizer.apply_gradients(zip(tape.gradient(y, [v]), [v])))  #> Variable
reveal_type(optimizer.minimize(lambda: v * v, [v]))  #> Variable
reveal_type(optimizer.variables)  #> list[Variable]
reveal_type(tf.optimizers.SGD.from_config(optimizer.get_config()))  #> SGD
reveal_type(tf.Module("m").trainable_variables)  #> tuple[Variable, ...]
reveal_type(tf.Module().submodules)  #> tuple[Module, ...]
with tf.name_scope("s") as scope:
    reveal_type(scope)  #> str

both = [x, v]
reveal_type(tape)  #> GradientTape
reveal_type(tape.gradient(y, x))  #> Tensor | None
reveal_type(tape.gradient([y, y], v, output_gradients=[y, None]))  #> Tensor | None
reveal_type(tape.gradient(y, [v]))  #> list[Tensor | None]
reveal_type(tape.gradient(y, both))  #> list[Tensor | None]
reveal_type(tape.gradient(y, (x, v)))  #> tuple[Tensor | None, ...]
reveal_type(tape.gradient(y, {"x": x, "v": v}))  #> dict[str, Tensor | None]
reveal_type(tape.gradient(y, [[x], v]))  #> Any
reveal_type(tape.gradient(y, x, unconnected_gradients="zero"))  #> Tensor
reveal_type(tape.gradient(y, both, unconnected_gradients=Unconnected.ZERO))  #> list[Tensor]
reveal_type(tape.gradient(y, x, unconnected_gradients=Unconnected.NONE))  #> Tensor | None
reveal_type(tape.jacobian(y, x))  #> Tensor | None
reveal_type(tape.jacobian(y, both, unconnected_gradients="zero"))  #> list[Tensor]
reveal_type(tape.jacobian([y, y], x))  #> Any
reveal_type(tape.batch_jacobian(y, x, unconnected_gradients="zero"))  #> Tensor
reveal_type(tape.watched_variables())  #> tuple[Variable, ...]
with tf.autodiff.ForwardAccumulator([x], [x]) as accumulator:
    reveal_type(accumulator.jvp(x * x))  #> Tensor | None
    reveal_type(accumulator.jvp([x, v]))  #> list[Tensor | None]
    reveal_type(accumulator.jvp((x, v), unconnected_gradients="zero"))  #> tuple[Tensor, ...]

reveal_type(v.assign_add(1.0))  #> Variable
reveal_type(v.assign(1.0, read_value=False))  #> None


def scaled(z: TensorLike, dtype: DTypeLike | None = None, shape: ShapeLike = ()) -> tf.Tensor:
    if tf.is_tensor(z):
        reveal_type(z)  #> Tensor | Variable
    return tf.convert_to_tensor(z, dtype) * tf.ones(shape)


scaled(a)
scaled([1, (2.0, x)], tf.float64, 3)
scaled(range(3), x.dtype, [1, 2])
scaled(tf.nest.flatten(both))

scaled("1.0")  #> error
scaled([["1.0"]])  #> error
scaled(None)  #> error
scaled({"x": x})  #> error
scaled(a, 1)  #> error
scaled(a, shape="2")  #> error
tf.tanh(x, x, x)  #> error
tf.tanh(y=x)  #> error
x + "1"  #> error
x + None  #> error
v += 1.0  #> error
x.values  #> error
tf.Tensor()  #> error
tf.elementwise  #> error
tape.gradient(y, x).numpy()  #> error
tape.gradient(y, x, unconnected_gradients="ones")  #> error
"""

# What stubtest finds and is meant.
ALLOWED = r"""
# NumPy's stubs would take it as a sign that `array * tensor` is an array.
autograd_c\.core\._core\.(Tensor|Variable)\.__array__
# The buffer protocol has no name before Python 3.12.
autograd_c\.core\._core\.Tensor\.__buffer__
# Cython's.
autograd_c\.core\._core\.__test__
# Each of one function inside.
autograd_c\.core\._core\.(CodeMaker|PartsOf)
# A type that mypy makes up where a name may be called.
autograd_c\.transforms\.calls\.<callable.*
# A class in a function, and a shape that refuses to be looked into.
autograd_c\.values\.nest\..*
autograd_c\.values\.shape
# What raises an error: nobody is to write it.
autograd_c\.core\._core\.(Tensor|Variable)\.__(set|del)item__
autograd_c\.core\._core\.AbsentAlways\.__delete__
# A function of a class that is told what the base class has.
autograd_c\.losses\._classes\..*\._function
# What cannot be written in the class, where its name is that of a type.
autograd_c\.values\.dtypes\.DType\.str
# Functions with a cache.
autograd_c\.advice\.lookup\.of_attribute
autograd_c\.arrays\.(_arguments\._common|_reductions\._added_in|_ufuncs\.resolved)
autograd_c\.arrays\._ufunc_methods\.(_is_reorderable|_result)
autograd_c\.scipy\.(_rows\.library|_special_ufuncs\.table)
autograd_c\.exporting\.expressions\.rows
# Types that are there for mypy alone.
autograd_c\.arrays\._ufuncs\.Operation
autograd_c\.functions\.array_methods\.Axis
autograd_c\.exporting\.(compiler\.Compiled|expressions\.Tree|writer\.Place)
# What is NumPy's, or a list that is made when it is imported.
autograd_c\.arrays\._types\..*
autograd_c\.(arrays|numpy)\.random\..*
autograd_c\.numpy\.(fft|linalg)\.__all__
autograd_c\.experimental\.numpy.*
autograd_c\.scipy\.(special|stats)\..*
"""
# What is not there, and says what to use.
ALLOWED += "".join(
    f"{re.escape(module.__name__)}\\.{cls.__name__}\\.{name}\n"
    for module, cls in [
        (_core, tf.Tensor),
        (_core, tf.Variable),
        (_core, tf.GradientTape),
        (_optimizer, tf.optimizers.Optimizer),
    ]
    for name, thing in vars(cls).items()
    if isinstance(thing, _core.Absent)
)


def mypy(module, *arguments, folder):
    """Run a module of mypy's that sees the package under test; its status and lines."""
    # NumPy's stubs are part of what mypy sees, so it is not run with any NumPy that there may be.
    pytest.importorskip("mypy", reason="run by `make types`, with the NumPy of pyproject.toml")
    environment = {**os.environ, "MYPY_CACHE_DIR": str(folder / "cache"), "NO_COLOR": "1"}
    if INSTALLED.parent.name != "site-packages":  # where mypy looks by itself
        environment["MYPYPATH"] = environment["PYTHONPATH"] = str(INSTALLED.parent)
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("mypy")


def test_generated_stubs_are_current():
    spec = importlib.util.spec_from_file_location("make_stubs", ROOT / "tools" / "make_stubs.py")
    make_stubs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_stubs)
    made = make_stubs.stubs(_core.operation_table(), INSTALLED)
    names = {"__init__.pyi", "math.pyi", "nn.pyi", "bitwise.pyi"}
    for name in ("arrays/__init__.pyi", "numpy/__init__.pyi"):  # an old NumPy has not all of them
        made.setdefault(name, (INSTALLED / name).read_text("utf-8"))
        names.add(name)
    assert set(made) == names
    for name, text in made.items():
        for package in (INSTALLED, ROOT / "autograd_c"):
            assert (package / name).read_text("utf-8") == text, f"{package / name}: make stubs"


def test_the_package_is_marked_as_typed():
    assert (INSTALLED / "py.typed").exists()


@pytest.mark.slow
def test_stubs_agree_with_what_is_there(folder):
    (folder / "allowed").write_text(ALLOWED)
    status, lines = mypy(
        "mypy.stubtest",
        *("autograd_c", "--concise", "--ignore-disjoint-bases"),
        *("--allowlist", "allowed", "--ignore-unused-allowlist"),
        folder=folder,
    )
    assert status == 0, "\n".join(lines)


@pytest.mark.slow
def test_a_typed_program(folder):
    (folder / "program.py").write_text(PROGRAM)
    _, lines = mypy("mypy", "--strict", "--config-file=", "program.py", folder=folder)
    found = {}
    for line in lines:
        where = re.match(r"program\.py:(\d+): (?:error|note: Revealed type is \"(.*)\")", line)
        if where:
            revealed = re.sub(r"(\w+\.)+(?=\w)", "", where[2]) if where[2] else "error"
            found[int(where[1])] = revealed
        else:
            assert re.match(r"program\.py:\d+: note:|Found ", line), line
    wanted = {
        number: line.partition("  #> ")[2]
        for number, line in enumerate(PROGRAM.splitlines(), start=1)
        if "  #> " in line
    }
    assert found == wanted, "\n".join(lines)


@pytest.mark.slow
def test_typical_uses(folder):
    path = ROOT / "tests" / "typed_programs.py"
    (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    status, lines = mypy("mypy", "--strict", "--config-file=", path.name, folder=folder)
    assert status == 0, "\n".join(lines)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_typical_uses_run(program):
    pytest.importorskip("scipy", reason="some of them compute special functions")
    for x in tf.nest.flatten(program()):
        assert x is not None


@pytest.mark.parametrize(
    "value",
    [
        *(True, 1, 1.5, 1j, np.float32(2), np.arange(3), [2, 3], (1.0, 2.0), range(3)),
        *(tf.constant(1.0), tf.Variable(1.0), [tf.constant(1.0), 2.0], memoryview(b"ab")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_tensor_like_promises_is_taken(value):
    assert type(tf.convert_to_tensor(value)) is tf.Tensor


def test_tensor_like_is_there_at_run_time():
    assert isinstance(tf.constant(1.0), tf.Tensor | tf.Variable)
    assert (TensorLike | None) != TensorLike
    assert tf.Tensor in TensorLike.__args__
