"""What people are told who make the usual mistakes: the type of the error, and what to do."""

from __future__ import annotations

import ast
import decimal
import fractions
import inspect
import numbers as numbers_module
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.advice import lookup, table
from autograd_c.core import _core

NEVER_ENTERED = "with tf.GradientTape() as tape"


class Expression:
    """What sympy's expressions look like from outside."""

    __module__ = "sympy.core.symbol"
    free_symbols = frozenset("a")

    def __repr__(self):
        return "a + 1"


class Gradient:
    """Nothing that could be converted."""


def watched(function):
    """The function of a vector that a tape watches."""
    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        return function(x)


def assign_item(x):
    x[0] = 1.0


def delete_item(x):
    del x[0]


def if_all(x):
    return 1 if x > 0 else 0


def set_attribute(x):
    x.requires_grad = True


def vector():
    return tf.constant([1.0, 2.0, 3.0])


def numbers():
    return tf.constant([1, 2, 3])


def bools():
    return tf.constant([True, False])


def variable():
    return tf.Variable([1.0, 2.0])


def objects(*items):
    a = np.empty(len(items), dtype=object)
    a[:] = items
    return a


# (what is done, the exception, what the message must have in it)
MISTAKES = [
    # items
    (lambda: delete_item(vector()), TypeError, "item deletion"),
    (lambda: assign_item(variable()), TypeError, "item assignment", "v.assign"),
    # dtypes
    (lambda: tf.sqrt(4), TypeError, "[sqrt]", "int32", "2.0", "tf.cast"),
    (lambda: tf.math.log(numbers()), TypeError, "[log]", "int32", "tf.cast(x, tf.float32)"),
    (lambda: tf.norm(numbers()), TypeError, "int32", "tf.cast(x, tf.float32)"),
    (lambda: tf.reduce_logsumexp(numbers()), TypeError, "[reduce_logsumexp]", "tf.cast"),
    (lambda: tf.reduce_sum(bools()), TypeError, "[reduce_sum]", "bool", "tf.cast(x, tf.int32)"),
    (lambda: tf.reduce_mean(bools()), TypeError, "[reduce_mean]", "bool", "tf.cast"),
    (lambda: tf.reduce_prod(bools()), TypeError, "[reduce_prod]", "bool", "tf.cast"),
    (lambda: tf.reduce_max(bools()), TypeError, "[reduce_max]", "tf.reduce_any"),
    (lambda: tf.reduce_min(bools()), TypeError, "[reduce_min]", "tf.reduce_all"),
    (lambda: tf.argmin(tf.constant([1j])), TypeError, "[argmin]", "complex128", "tf.abs"),
    (lambda: bools() + bools(), TypeError, "[add]", "tf.cast", "|"),
    (lambda: bools() / bools(), TypeError, "[divide]", "tf.cast"),
    (lambda: -bools(), TypeError, "[negative]", "~x"),
    (lambda: tf.matmul([[True]], [[True]]), TypeError, "[matmul]", "tf.cast"),
    (lambda: vector() ^ 2, TypeError, "x ** y"),
    (lambda: 2 ^ vector(), TypeError, "x ** y"),
    (lambda: variable() ^ vector(), TypeError),
    (lambda: vector() & vector(), TypeError, "conditions"),
    (lambda: ~vector(), TypeError, "conditions"),
    (lambda: tf.maximum(1j, 2j), TypeError, "[maximum]", "tf.math.real"),
    (lambda: tf.logical_and(numbers(), numbers()), TypeError, "x != 0"),
    (lambda: vector() << 1, TypeError, "[left_shift]", "tf.cast(x, tf.int32)"),
    # shapes
    (lambda: tf.zeros(2, 3), TypeError, "one shape", "tf.zeros([2, 3])"),
    (lambda: tf.ones(2, 3), TypeError, "one shape", "tf.ones([2, 3])"),
    (lambda: tf.zeros(2, 3, 4), TypeError, "one shape"),
    (lambda: tf.zeros(2.5), TypeError, "integers", "2.5"),
    (lambda: tf.constant(1.0, 2), TypeError, "DType", "shape"),
    (lambda: tf.fill(2, 3, 0.5), TypeError, "one shape", "tf.fill([2, 3]"),
    (lambda: tf.reshape(vector(), 3, 1), TypeError, "one shape"),
    (lambda: tf.broadcast_to(vector(), 2, 3), TypeError, "one shape"),
    (lambda: tf.transpose(vector(), 1, 0), TypeError, "perm", "list"),
    (lambda: tf.concat(vector(), vector()), TypeError, "[x, y]"),
    (lambda: tf.stack(vector(), vector()), TypeError, "[x, y]"),
    (lambda: tf.maximum(vector(), vector(), vector()), TypeError, "name", "one by one"),
    (lambda: tf.tanh(input=vector()), TypeError, "'input'", "takes x"),
    # values
    (lambda: tf.constant(fractions.Fraction(1, 2)), TypeError, "Fraction", "float(x)"),
    (lambda: tf.constant([decimal.Decimal(1)]), TypeError, "Decimal", "float(x)"),
    (lambda: vector() * fractions.Fraction(1, 2), TypeError, "Fraction", "float(x)"),
    (lambda: decimal.Decimal(2) - vector(), TypeError, "Decimal", "float(x)"),
    (lambda: decimal.Decimal(2) / variable(), TypeError, "Decimal", "float(x)"),
    (lambda: tf.constant(Expression()), TypeError, "sympy", "lambdify"),
    (lambda: vector() * Expression(), TypeError, "sympy", "lambdify"),
    (lambda: Expression() ** vector(), TypeError, "sympy", "lambdify"),
    (lambda: tf.sin(Expression()), TypeError, "sympy", "lambdify"),
    (lambda: tf.constant(objects(1, fractions.Fraction(1, 2))), TypeError, "element 1", "Fraction"),
    (lambda: tf.constant(objects(1.0, None)), TypeError, "element 1", "None"),
    (lambda: tf.constant(objects(1, 2)), TypeError, "object", "a.astype(float)"),
    (lambda: objects(1, 2, 3) * vector(), TypeError, "object", "a.astype(float)"),
    (lambda: tf.constant(objects([1], [2, 3])), TypeError, "sequences"),
    (lambda: tf.constant([1.0, None]), TypeError, "None"),
    (lambda: vector() * None, TypeError, "None", "unconnected_gradients"),
    (lambda: tf.sqrt(None), TypeError, "None", "unconnected_gradients"),
    (lambda: tf.constant("1.0"), TypeError, "text"),
    (lambda: tf.constant(np.array(["1"])), TypeError, "text", "a.astype(float)"),
    (lambda: tf.constant(np.array(["2020-01-01"], "M8[D]")), TypeError, "timedelta64"),
    (lambda: tf.constant(np.zeros(2, np.longdouble)), TypeError, "a.astype(np.float64)"),
    (lambda: tf.constant(abs), TypeError, "call it"),
    (lambda: tf.constant(Gradient()), TypeError, "Gradient"),
    # truth
    (lambda: bool(vector()), ValueError, "tf.reduce_any(x)", "tf.reduce_all(x)", "(3,)"),
    (lambda: bool(variable()), ValueError, "tf.reduce_any"),
    (lambda: if_all(vector()), ValueError, "tf.reduce_any", "tf.where"),
    (lambda: 0 < vector() < 1, ValueError, "(x > 0) & (x < 1)"),
    (lambda: not tf.constant([]), ValueError, "x.size > 0"),
    # tapes
    (lambda: tf.GradientTape().gradient(vector(), vector()), RuntimeError, NEVER_ENTERED),
    (lambda: tf.GradientTape(True).jacobian(vector(), vector()), RuntimeError, NEVER_ENTERED),
    (lambda: tf.GradientTape().batch_jacobian(vector(), vector()), RuntimeError, NEVER_ENTERED),
    (lambda: tf.GradientTape().watch(vector()), RuntimeError, NEVER_ENTERED),
    (lambda: tf.GradientTape().stop_recording(), RuntimeError, NEVER_ENTERED),
    (lambda: tf.GradientTape().backward(), AttributeError, "tape.gradient"),
    # functions of others
    (lambda: watched(np.frexp), TypeError, "numpy.frexp has"),
    (lambda: watched(lambda x: np.copyto(np.ones(3), x)), TypeError, "numpy.copyto has"),
    (lambda: watched(lambda x: np.sum(x, out=np.ones(()))), TypeError, "out = numpy.sum(...)"),
    # optimizers
    (lambda: tf.optimizers.Adam(lr=0.1), ValueError, "not recognized", "lr= is learning_rate"),
    (lambda: tf.optimizers.SGD(lr=0.1), ValueError, "learning_rate"),
    (lambda: tf.optimizers.SGD(0.1, momentun=0.9), ValueError, "is momentum here"),
    (lambda: tf.optimizers.Adam(momentum=0.9), ValueError, "is beta_1 here"),
    (lambda: tf.optimizers.Adam(betas=(0.9, 0.99)), ValueError, "beta_1 and beta_2"),
    (lambda: tf.optimizers.Adam(eps=1e-3), ValueError, "epsilon"),
    (lambda: tf.optimizers.RMSprop(alpha=0.9), ValueError, "rho"),
    (lambda: tf.optimizers.Adam(decay=0.9), ValueError, "schedules"),
    (lambda: tf.optimizers.SGD(clip_norm=1.0), ValueError, "clipnorm"),
    (lambda: tf.optimizers.SGD([variable()]), ValueError, "minimize"),
    (lambda: tf.optimizers.SGD(dampening=0.0), ValueError, "is not needed"),
    (
        lambda: tf.optimizers.SGD(0.1).apply_gradients(zip([variable()], [vector()])),
        TypeError,
        "(gradient, Variable)",
    ),
    (lambda: tf.optimizers.SGD(0.1).step(), AttributeError, "apply_gradients"),
    (lambda: tf.optimizers.SGD(0.1).zero_grad(), AttributeError, "starts from zero"),
    (lambda: tf.optimizers.SGD(0.1).lr, AttributeError, "learning_rate"),
    # attributes
    (lambda: vector().detach(), AttributeError, "use tf.stop_gradient(x)"),
    (lambda: vector().backward(), AttributeError, "tape.gradient"),
    (lambda: vector().log(), AttributeError, "use tf.math.log(x)"),
    (lambda: vector().mul_(2), AttributeError, "x[...] = tf.multiply(x, y)"),
    (lambda: vector().median(), AttributeError, "use tf.numpy.median(x)"),
    (lambda: vector().partition(1), AttributeError, "np.partition"),
    (lambda: vector().choose(1), AttributeError, "tf.numpy.choose(x, "),
    (lambda: vector().byteswap(), AttributeError, "none yet", "x.numpy()"),
    (lambda: vector().cuda(), AttributeError, "not needed"),
    (lambda: vector()[0].assign(1.0), AttributeError, "v.assign"),
    (lambda: set_attribute(vector()), AttributeError, "tape.watch"),
    (lambda: variable().log(), AttributeError, "'Variable'", "use tf.math.log(v)"),
    (lambda: variable().grad, AttributeError, "tape.gradient"),
    (lambda: tf.Tensor.log, AttributeError, "type object 'Tensor'", "tf.math.log"),
    (lambda: variable().add_(1), AttributeError, "v.assign(tf.add(v, y))"),
]


@pytest.mark.parametrize(
    ("mistake", "kind", "words"),
    [pytest.param(f, kind, words, id=str(n)) for n, (f, kind, *words) in enumerate(MISTAKES)],
)
def test_a_usual_mistake_is_told_what_to_do(mistake, kind, words):
    with pytest.raises(kind) as error:
        mistake()
    message = str(error.value)
    assert [word for word in words if word not in message] == [], message


def test_a_function_of_scipy_is_called_by_its_name():
    special = pytest.importorskip("scipy.special")
    with pytest.raises(TypeError, match=r"^scipy\.special\.itj0y0 has no derivative here"):
        watched(special.itj0y0)
    own = np.frompyfunc(lambda x: x, 1, 1)
    with pytest.raises(TypeError, match=r"^the ufunc <lambda>"):
        watched(own)


def test_a_power_that_is_a_fraction_is_a_number():
    np.testing.assert_allclose(vector() ** fractions.Fraction(1, 2), np.sqrt([1, 2, 3]), rtol=1e-6)


def test_numbers_of_somebody_elses_answer_for_themselves():
    class Dual(numbers_module.Number):
        def __rmul__(self, other):
            return "dual"

    assert vector() * Dual() == "dual"


def test_comparisons_with_what_is_no_number_are_pythons():
    assert (vector() == None) is False  # noqa: E711
    assert (vector() != decimal.Decimal(1)) is True


def test_who_asks_twice_is_not_told_that_the_tape_was_never_entered():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    for ask in (tape.gradient, tape.jacobian):
        with pytest.raises(RuntimeError, match="only be used to compute one set"):
            ask(y, x)


# ---------------------------------------------------------------- attributes

CLASSES = {"Tensor": vector, "Variable": variable, "GradientTape": tf.GradientTape}
ABSENT = [
    (cls, name)
    for cls in CLASSES
    for name, thing in vars(getattr(tf, cls)).items()
    if isinstance(thing, _core.Absent)
]


def test_absent_attributes_are_many():
    assert len(ABSENT) > 500
    assert {name for cls, name in ABSENT if cls == "Tensor"} >= {
        name
        for name in dir(np.ndarray)
        if not name.startswith("_") and not hasattr(tf.Tensor, name)
    }


def test_every_line_about_attributes_is_reached():
    assert set(table.ATTRIBUTES) == set(table.ATTRIBUTES) & {name for _, name in ABSENT}
    assert set(table.TAPE) == {name for cls, name in ABSENT if cls == "GradientTape"}


@pytest.mark.parametrize("cls", CLASSES)
def test_absent_attributes_are_absent(cls):
    thing = CLASSES[cls]()
    for owner, name in ABSENT:
        if owner == cls:
            assert not hasattr(thing, name)
            assert not hasattr(type(thing), name)
            assert getattr(thing, name, 5) == 5
            assert name not in dir(thing)
    assert "__class__" in dir(thing)


def test_a_subclass_has_what_it_defines():
    class Named(tf.Variable):
        median = 4.0

        def __init__(self):
            super().__init__([1.0, 2.0])
            self.grad = self.data = 3.0

        def sum(self):
            return tf.reduce_sum(self)

    v = Named()
    assert (v.grad, v.data, v.median, float(v.sum())) == (3.0, 3.0, 4.0, 3.0)
    assert {"grad", "data", "median", "sum"} <= set(dir(v))
    assert "unsqueeze" not in dir(v)
    with pytest.raises(AttributeError, match="'Named' object has no attribute 'unsqueeze'"):
        v.unsqueeze()


def test_a_subclass_may_answer_for_what_is_absent():
    class Forwarding(tf.Variable):
        def __getattr__(self, name):
            return name

    assert Forwarding(1.0).unsqueeze == "unsqueeze"


def test_attributes_keep_the_interpreters_short_cuts():
    # A `__getattr__` would show here, and cost every method call some 60 ns.
    for cls in (tf.Tensor, tf.Variable, tf.GradientTape):
        assert "__getattr__" not in vars(cls)
        assert "__getattribute__" not in vars(cls)


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True)


def test_nobody_imports_the_advice_before_it_is_needed():
    program = """
import sys
import autograd_c as tf
print("autograd_c.advice" in sys.modules)
print(hasattr(tf.constant(1.0), "unsqueeze"))
print("autograd_c.advice" in sys.modules)
"""
    assert run("-c", program).stdout.split() == ["False", "False", "True"]


# ---------------------------------------------------------------- the table

TABLES = ("FUNCTIONS", "ATTRIBUTES", "TAPE", "OPTIMIZER", "KEYWORDS")


@pytest.mark.parametrize("rows", TABLES)
def test_what_is_recommended_is_there(rows):
    for name, advice in getattr(table, rows).items():
        for path in re.findall(r"\btf(?:\.[A-Za-z_]\w*)+", advice):
            assert lookup._resolved(path) is not None, name


def test_what_is_here_is_not_called_missing():
    for name in table.FUNCTIONS:
        assert not lookup._functions(name), name
    for namespace, names in table.NOT_YET.items():
        path = f"tf.{namespace}" if namespace else "tf"
        for name in names.split():
            with pytest.raises(AttributeError):
                lookup._resolved(f"{path}.{name}")


def test_no_name_has_two_lines():
    tree = ast.parse(Path(inspect.getsourcefile(table)).read_text("utf-8"))
    tables = [
        n for n in tree.body if isinstance(n, ast.AnnAssign) and isinstance(n.value, ast.Dict)
    ]
    assert len(tables) == len(TABLES) + 1
    for rows in tables:
        keys = [key.value for key in rows.value.keys]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("log", ["tf.math.log"]),
        ("tf.log", ["tf.math.log"]),
        ("tf.math.log", ["tf.math.log"]),
        ("tf.sum", ["tf.reduce_sum"]),
        ("np.sum", ["tf.numpy.sum", "np.sum itself"]),
        ("np.linalg.norm", ["tf.numpy.linalg.norm"]),
        ("scipy.special.gammaln", ["tf.scipy.special.gammaln"]),
        ("scipy.stats.norm", ["tf.scipy.stats.norm"]),
        ("multigammaln", ["tf.scipy.special.multigammaln"]),
        ("torch.cat", ["tf.concat"]),
        ("torch.Tensor.backward", ["tape.gradient"]),
        ("jax.grad", ["tf.grad"]),
        ("tf.placeholder", ["arguments"]),
        ("tf.cholesky", ["tf.linalg.cholesky"]),
        ("tf.nn.ctc_loss", ["not here yet"]),
        ("tf.nn.collapse_repeated", ["tf.boolean_mask"]),
        ("tf.version.VERSION", ["tf.__version__"]),
        ("tf.keras.utils.to_categorical", ["use tf.one_hot"]),
        ("tf.keras.backend.epsilon", ["use 1e-7"]),
        ("tf.nn.experimental.stateless_dropout", ["tf.random.stateless_uniform"]),
        ("losses", ["tf.losses"]),
        ("add_", ["x[...] = value", "tf.add"]),
        ("numpy", ["tf.Tensor.numpy"]),
        ("lr", ["learning_rate"]),
        ("zero_grad", ["starts from zero"]),
        ("redcue_sum", ["did you mean tf.reduce_sum"]),
        ("zzzzzz", ["not here"]),
    ],
)
def test_where_a_name_is(name, words):
    text = "\n".join(lookup.where(name))
    assert all(word in text for word in words), text


def test_every_name_of_the_package_is_found():
    for name in tf.__all__:
        if not name.startswith("_"):
            assert any(line.startswith("tf") for line in lookup.where(name)), name


def test_the_command_line_tells_where_a_name_is():
    done = run("-m", "autograd_c", "where", "tf.log", "torch.cat")
    assert done.stdout.splitlines()[0] == "tf.math.log"
    assert "tf.concat" in done.stdout
    assert done.returncode == 0
    wrong = run("-m", "autograd_c", "whither", "log")
    assert wrong.returncode != 0
    assert "where NAME" in wrong.stderr


def test_the_documentation_has_the_table():
    page = Path(__file__).resolve().parents[2] / "docs" / "names.md"
    assert page.read_text("utf-8") == lookup.page(), "python -m autograd_c where > docs/names.md"
