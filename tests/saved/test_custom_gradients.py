"""Functions in files that have gradients of their own, or are computed again for theirs."""

from __future__ import annotations

import json

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.programs.functions import load, save
from autograd_c.viz import text

from ..operations import assert_same_bits
from .mutations import REFUSALS
from .test_files import manifest_of, parts_of, write_manifest
from .test_paths import changed_functions

X = tf.constant(np.array([0.3, -1.2, 2.0]))
TANGENT = tf.constant(np.array([1.0, 0.5, -2.0]))
W = tf.Variable(np.array([1.0, 2.0, 3.0]), name="w")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "function.agc"


@tf.custom_gradient
def log1pexp(x):
    e = tf.exp(x)
    return tf.math.log(1.0 + e), lambda upstream: upstream * (1.0 - 1.0 / (1.0 + e))


@tf.custom_gradient
def clipped(x):
    return x, lambda upstream: tf.clip_by_value(upstream, -0.5, 0.5)


@tf.custom_gradient
def pair(x, y):
    """The gradient by y is not the derivative, so that nobody can take one for the other."""
    return (x * y, tf.sin(x)), lambda u, v: (u * y + v * tf.cos(x), u * x * 2.0)


@tf.custom_gradient
def of_integers(x, k):
    return x * tf.cast(k, x.dtype), lambda u: (u * 3.0, None)


rounded = tf.grad_pass_through(tf.round)
again = tf.recompute_grad(lambda x: tf.tanh(x * W) * x)

FUNCTIONS = {
    "its own": lambda x: log1pexp(x),
    "of a cotangent": lambda x: clipped(x * 3.0) ** 2,
    "several": lambda x: sum(pair(x, x + 1.0)),
    "an argument without": lambda x: of_integers(x, tf.constant([1, 2, 3])),
    "passed through": lambda x: rounded(x * 1.7) * x,
    "computed again": lambda x: again(again(x)),
    "in a loop": lambda x: tf.while_loop(
        lambda k, y: k < 3, lambda k, y: (k + 1, log1pexp(y) * again(x)), (0, x)
    )[1],
    "in a branch": lambda x: tf.cond(x[0] > 0.0, lambda: log1pexp(x), lambda: again(x)),
    "behind a guard": lambda x: log1pexp(x) if x[0] > 0.0 else again(x),
    "in a gradient": tf.func.grad(lambda x: tf.reduce_sum(log1pexp(x) * x + again(x))),
    "in a second one": tf.func.grad(
        lambda x: tf.reduce_sum(tf.func.grad(lambda y: tf.reduce_sum(pair(y, again(y))[0]))(x) ** 2)
    ),
    "in forward mode": lambda x: tf.func.jvp(
        lambda y: log1pexp(y) * again(y), [x], [tf.ones_like(x)]
    )[1],
    "in rows": lambda x: tf.vectorized_map(lambda y: log1pexp(y) * again(x), tf.stack([x, -x])),
}


def derivatives(f, x, variables):
    """Of first and second order, backwards and forwards."""
    with tf.GradientTape() as outer:
        outer.watch([x, variables])
        with tf.GradientTape() as tape:
            tape.watch([x, variables])
            y = f(x)
            total = tf.reduce_sum(tf.sin(y))
        slopes = tape.gradient(total, [x, variables], unconnected_gradients="zero")
        along = tf.reduce_sum(slopes[0] * TANGENT)
    second = outer.gradient(along, [x, variables], unconnected_gradients="zero")
    with tf.autodiff.ForwardAccumulator(x, TANGENT) as accumulator:
        z = f(x)
    return [y, *slopes, *second, accumulator.jvp(z)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_of_what_is_loaded(name, path, tmp_path):
    f = tf.function(FUNCTIONS[name])
    for x in (X, -X):
        f(x)
    f.save(path, X)
    loaded = load(path)
    variables = loaded.trainable_variables[0] if loaded.trainable_variables else W
    for x in (X, -X):
        for a, b in zip(derivatives(loaded, x, variables), derivatives(f, x, W), strict=True):
            assert_same_bits(tf.convert_to_tensor(a), tf.convert_to_tensor(b))
    if name != "behind a guard":
        rows = tf.stack([X, 2.0 * X])
        assert_same_bits(tf.func.vmap(loaded)(rows), tf.func.vmap(f)(rows))
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_around_what_is_loaded(name, path):
    """They are recorded many times, so that a reference that is let go of too often is noticed."""
    f = tf.function(FUNCTIONS[name])
    for x in (X, -X):
        f(x)
    f.save(path, X)
    loaded, expected = load(path), f(X)
    for _ in range(200):
        around = tf.function(lambda x: loaded(x) * 2.0)
        for _ in range(2):
            assert_same_bits(around(X), expected * 2.0)


def test_unknown_extents(path):
    def f(x):
        return tf.func.grad(lambda y: tf.reduce_sum(tf.sin(log1pexp(y)) * clipped(y)))(x)

    save(f, path, tf.TensorSpec([None], tf.float64))
    loaded = load(path)
    for n in (1, 2, 7):
        x = tf.constant(np.linspace(-1.0, 2.0, n))
        assert_same_bits(loaded(x), f(x))
        slope = tf.func.grad(lambda y: tf.reduce_sum(loaded(y) ** 2))(x)
        np.testing.assert_allclose(
            slope, tf.func.grad(lambda y: tf.reduce_sum(f(y) ** 2))(x), rtol=1e-12
        )


def test_what_has_no_derivative_says_so_in_a_loaded_function_too(path):
    @tf.custom_gradient
    def of_another(x):
        return x * doubled, lambda upstream: upstream

    def f(x, y):
        nonlocal doubled
        doubled = y * 2.0
        return of_another(x)

    doubled = None
    f = tf.function(f)
    f(X, TANGENT)
    f.save(path, X, TANGENT)
    for each in (f, load(path)):
        np.testing.assert_array_equal(tf.func.grad(lambda x: tf.reduce_sum(each(x, X)))(X), 1.0)  # noqa: B023
        with pytest.raises(NotImplementedError, match="closes over"):
            with tf.GradientTape() as tape:
                tape.watch([X, TANGENT])
                z = each(X, TANGENT)
            tape.gradient(z, [X, TANGENT])


def test_a_gradient_that_reads_variables_cannot_be_saved(path):
    """It would read what they are when the gradient is taken."""

    @tf.custom_gradient
    def f(x):
        return x * 2.0, lambda upstream: upstream * W

    recorded = tf.function(lambda x: f(x))
    recorded(X)
    with pytest.raises(NotImplementedError, match="reads Variables"):
        recorded.save(path, X)


def test_its_file_is_of_the_fifth_version(path):
    save(lambda x: log1pexp(x), path, X)
    manifest = manifest_of(parts_of(path))
    assert manifest["version"] == 5
    (own,) = manifest["content"]["programs"][0]["program"]["composites"]
    assert own["kind"] == "custom_gradient" and own["name"] == "custom_gradient"


def test_it_is_shown_with_its_gradient(path):
    save(lambda x: log1pexp(x) * again(x), path, X)
    shown = text(load(path))
    assert "    gradient:\n        %0 = cotangent 0" in shown and "program:" in shown


@pytest.mark.parametrize(
    "change",
    [
        lambda own: own["numbers"].append(-1),
        lambda own: own["numbers"].pop(),
        lambda own: own["numbers"].__setitem__(0, 2),
        lambda own: own["numbers"].__setitem__(0, -1),
        lambda own: own["numbers"].__setitem__(0, 2**61),
        lambda own: own["numbers"].__setitem__(1, 2),
        lambda own: own["numbers"].__setitem__(4, 1),
        lambda own: own["numbers"].__setitem__(4, -2),
        lambda own: own["programs"].reverse(),
        lambda own: own["programs"].clear(),
        lambda own: own["programs"].pop(),
        lambda own: own["programs"].append(own["programs"][1]),
        lambda own: own["programs"][0].update(outputs=[0]),
        lambda own: own["programs"][1].update(inputs=own["programs"][1]["inputs"][:1]),
        lambda own: own["programs"][1].update(outputs=[]),
        lambda own: own.update(of=0),
        lambda own: own.update(kind="call"),
        lambda own: own.update(kind="recompute_grad"),
        lambda own: own.update(name=3),
    ],
)
def test_gradients_that_fit_nothing_are_refused(change, path):
    save(lambda x: log1pexp(x), path, X)
    parts = parts_of(path)
    manifest = manifest_of(parts)
    (own,) = manifest["content"]["programs"][0]["program"]["composites"]
    change(own)
    write_manifest(path, manifest, parts)
    with pytest.raises((ValueError, TypeError)):
        load(path)


def slope_of(f):
    return tf.func.grad(lambda x: tf.reduce_sum(f(x)))


@pytest.mark.parametrize("kind", ["custom_gradient", "while_loop"])
def test_only_calls_are_computed_again(kind, path):
    save(FUNCTIONS["in a loop"], path, X)
    parts = parts_of(path)
    manifest = manifest_of(parts)
    composites = manifest["content"]["programs"][0]["program"]["composites"]
    (other,) = [k for k, each in enumerate(composites) if each["kind"] == kind]
    composites.append(
        {"kind": "recompute_grad", "numbers": [], "programs": [], "of": other, "name": ""}
    )
    write_manifest(path, manifest, parts)
    with pytest.raises(ValueError, match="no call"):
        load(path)


@pytest.mark.parametrize("name", ["several", "in a second one", "computed again", "in rows"])
def test_any_change_of_a_manifest(name, path):
    """What is loaded runs, and has derivatives, or is an error."""
    save(FUNCTIONS[name], path, X)
    assert json.dumps(manifest_of(parts_of(path))).count("_grad")
    for made in changed_functions(path, range(300)):
        for call in (made, slope_of(made)):
            try:
                call(X)
            except REFUSALS:
                pass


def test_parts_are_composites_again():
    f = tf.function(lambda x: pair(x, again(x))[0])
    f(X)
    program = _core.Program(lambda x: f(x), [X])
    found = []

    def look(composites):
        for each in composites.values():
            label = {"label": each.label} if each.label else {}
            made = _core.Composite(each.kind, each.numbers, each.programs, each.of, **label)
            assert (made.kind, made.name, made.label) == (each.kind, each.name, each.label)
            assert made.numbers == each.numbers and len(made.programs) == len(each.programs)
            found.append(each.kind)
            for program in each.programs:
                look(program.composites)

    look(program.composites)
    assert found
