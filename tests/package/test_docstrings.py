"""Everything public is documented, and what the documentation shows is what happens."""

from __future__ import annotations

import doctest
import importlib
import inspect
import io
import types

import pytest

import autograd_c as tf

from ..operations import ROWS, is_nameless, public

NAMESPACES = [name for name in tf.__all__ if isinstance(getattr(tf, name), types.ModuleType)]
NESTED = {"autograph.experimental", "config.experimental", "optimizers.schedules"}
NESTED |= {"numpy.linalg", "numpy.fft"}
NESTED |= {"scipy.integrate", "scipy.interpolate", "scipy.linalg", "scipy.ndimage"}
NESTED |= {"scipy.signal", "scipy.special", "scipy.stats"}
MODULES = sorted({*NAMESPACES, *NESTED, "values.shape"})
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def names_of(module):
    return getattr(module, "__all__", [n for n in vars(module) if not n.startswith("_")])


def is_documented_kind(thing):
    """A function or a class; the rest of a namespace are values and modules."""
    others = getattr(thing, "__module__", None) in ("numpy", "numpy.linalg", "builtins")  # as it is
    return callable(thing) and not isinstance(thing, tf.DType) and not others


def public_things():
    """{dotted name: function or class}, each object under the first name by which it is found."""
    seen, found = set(), {}
    modules = [("tf", tf)] + [
        (f"tf.{m}", importlib.import_module(f"autograd_c.{m}")) for m in MODULES
    ]
    for prefix, module in modules:
        for name in names_of(module):
            thing = getattr(module, name)
            if is_documented_kind(thing) and id(thing) not in seen:
                seen.add(id(thing))
                found[f"{prefix}.{name}"] = thing
    return found


def public_members(things):
    """{dotted name: method or property} of the public classes, by whichever of them defines it."""
    found = {}
    for name, cls in things.items():
        if isinstance(cls, type):
            # A base in a file of its own, which nobody imports, is a part of the class.
            parts = [b for b in cls.__bases__ if "._" in b.__module__]
            members = [pair for each in [cls, *parts] for pair in vars(each).items()]
            for member, thing in dict(reversed(members)).items():
                if isinstance(thing, (staticmethod, classmethod)):
                    thing = thing.__func__
                is_member = callable(thing) or isinstance(
                    thing, (property, types.GetSetDescriptorType)
                )
                if not member.startswith("_") and is_member and not isinstance(thing, type):
                    found[f"{name}.{member}"] = thing
    return found


THINGS = public_things()
FUNCTIONS = {name: f for name, f in THINGS.items() if not isinstance(f, type)}
MEMBERS = public_members(THINGS)


def each(things):
    return pytest.mark.parametrize(
        "name, thing", [pytest.param(name, thing, id=name) for name, thing in things.items()]
    )


def doctest_of(name, thing):
    doc = inspect.getdoc(thing) or ""
    return doctest.DocTestParser().get_doctest(doc, {"__name__": "__main__"}, name, None, 0)


def run(test):
    """What the doctest runner reports; empty if all is well."""
    report = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    runner.run(test, out=report.write)
    return report.getvalue()


def test_the_namespaces_are_those_of_tensorflow():
    expected = {"math", "nn", "linalg", "bitwise", "nest", "errors", "autodiff", "dtypes"}
    assert expected <= set(NAMESPACES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_a_docstring(name):
    module = importlib.import_module(f"autograd_c.{name}")
    assert len(module.__doc__.splitlines()[0]) > 20


@pytest.mark.parametrize("name", MODULES)
def test_a_module_lists_what_it_has(name):
    module = importlib.import_module(f"autograd_c.{name}")
    names = names_of(module)
    assert len(set(names)) == len(names)
    for each_name in names:
        assert hasattr(module, each_name)


@each({**THINGS, **MEMBERS})
def test_it_has_a_docstring(name, thing):
    doc = inspect.getdoc(thing)
    assert doc, f"{name} has no docstring"
    assert "TODO" not in doc


@each(FUNCTIONS)
def test_a_function_shows_an_example(name, thing):
    assert doctest_of(name, thing).examples, f"the docstring of {name} has no example"


@each({n: t for n, t in {**THINGS, **MEMBERS}.items() if doctest_of(n, t).examples})
def test_its_examples_are_true(name, thing):
    report = run(doctest_of(name, thing))
    assert not report, report


def test_wrong_examples_are_found():
    def wrong():
        """Wrong.

        >>> 1 + 1
        3
        """

    assert "Expected:" in run(doctest_of("wrong", wrong))


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in ROWS if not is_nameless(r)])
def test_an_elementwise_function_has_a_signature(row):
    signature = inspect.signature(public(row))
    assert list(signature.parameters) == [*row["arguments"], "name"]
    assert signature.parameters["name"].default is None


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in ROWS if r["names"]])
def test_the_docstring_of_an_elementwise_function_comes_from_its_row(row):
    f = public(row)
    assert f.__name__ == row["names"][0].rpartition(".")[2]
    doc = inspect.getdoc(f)
    assert doc.startswith(row["summary"])
    assert "Returns:" in doc and "Raises:" in doc


@each(FUNCTIONS)
def test_a_function_has_a_signature(name, thing):
    assert inspect.signature(thing).parameters is not None
