"""tf.viz of tapes: as graphs, and where the time of their sweeps goes."""

from __future__ import annotations

import re
import shutil
import threading

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core


def recorded(persistent=True):
    x, w = tf.constant([[1.0, 2.0]]), tf.Variable([[3.0], [4.0]], name="w")
    with tf.GradientTape(persistent=persistent) as tape:
        tape.watch(x)
        hidden = tf.tanh(x @ w)
        y = hidden * 2.0 + tf.exp(x)
        tf.sin(hidden)
    return tape, y, [x, w]


# ---------------------------------------------------------------- graphs


def test_a_tape_is_a_tree_of_text():
    tape, y, _ = recorded()
    shown = str(tf.viz.graph(tape)).splitlines()
    assert shown[0] == "result 0" and shown.count("result 1") == 1  # the sum and the sine
    for leaf in ("w:0", "watched 0", "constant"):
        assert any(line.endswith(f"─ {leaf}") for line in shown)
    assert any(line.endswith("tanh  float32[1, 1]  %3") for line in shown)
    assert repr(tf.viz.graph(tape)) == "<Graph of 6 operations>"
    assert repr(tf.viz.graph(tape, y)) == "<Graph of 5 operations>"
    assert repr(tf.viz.graph(tape, {"a": y, "b": [y]})) == "<Graph of 5 operations>"


def test_a_tape_in_graphviz_language(tmp_path):
    tape, y, _ = recorded()
    graph = tf.viz.graph(tape, y)
    edges = re.findall(r"^  (\w+) -> (\w+);$", graph.dot, re.M)
    nodes = re.findall(r"^  (\w+) \[label=", graph.dot, re.M)
    assert {name for edge in edges for name in edge} == set(nodes)
    assert len(nodes) == len(set(nodes)) == 2 + 1 + 5 + 1
    if shutil.which("dot") is not None:
        assert graph.svg().count("<svg") == 1


def test_operations_of_several_results_and_recorded_sweeps():
    a = tf.constant([[2.0, 1.0], [1.0, 3.0]])
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(a)
        with tf.GradientTape() as inner:
            inner.watch(a)
            values, vectors = tf.linalg.eigh(a)
            y = tf.reduce_sum(values * vectors)
        gradient = inner.gradient(y, a)
        z = tf.reduce_sum(gradient**2)
    shown = str(tf.viz.graph(outer, z))
    assert "eigh" in shown and "watched 0" in shown
    found = tf.viz.profile(outer)(z, a)
    assert found.seconds > 0 and "eigh" in {name for name, _, _ in found.operations}


def test_what_a_tape_does_not_know():
    tape, y, sources = recorded(persistent=False)
    with pytest.raises(ValueError, match="target 1"):
        tf.viz.graph(tape, [y, tf.constant(1.0)])
    with pytest.raises(ValueError, match="no tensor"):
        tf.viz.graph(tape, [3.0])
    assert tape.gradient(y, sources)[0] is not None
    assert str(tf.viz.graph(tape)) == ""
    with pytest.raises(ValueError, match="used up"):
        tf.viz.graph(tape, y)
    assert str(tf.viz.graph(tf.GradientTape())) == ""


def test_a_tape_that_shares_its_log_shows_its_own_records():
    x, v = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(v)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.sin(v) * tf.cos(x)
    assert set(re.findall(r"\w+(?=  float)", str(tf.viz.graph(inner)))) == {"multiply", "cos"}
    assert set(re.findall(r"\w+(?=  float)", str(tf.viz.graph(outer)))) == {"multiply", "sin"}
    assert float(outer.gradient(y, v)) == float(tf.cos(v) * tf.cos(x))


# ---------------------------------------------------------------- profiles


@pytest.mark.parametrize("persistent", [False, True])
def test_where_the_time_of_a_sweep_goes(persistent):
    with tf.viz.record_lines():
        tape, y, sources = recorded(persistent)
        result = tf.viz.profile(tape, runs=2)(y, sources)
    assert result.seconds > 0
    calls = {name: count for name, count, _ in result.operations}
    assert calls == {"add": 1, "exp": 1, "multiply": 1, "tanh": 1, "matmul": 1}  # no sine
    assert sum(count for _, count, _ in result.lines) == 5
    assert {line.partition("  ")[2] for line, _, _ in result.lines} == {
        "hidden = tf.tanh(x @ w)",
        "y = hidden * 2.0 + tf.exp(x)",
    }
    assert sum(seconds for _, _, seconds in result.lines) == pytest.approx(result.seconds)
    assert str(result).startswith("5 records, ")
    if not persistent:
        with pytest.raises(RuntimeError, match="non-persistent"):
            tf.viz.profile(tape)(y, sources)


def test_lines_are_noted_where_that_is_asked_for():
    tape, y, sources = recorded()
    assert tf.viz.profile(tape)(y, sources).lines == []
    with tf.viz.record_lines(), tf.viz.record_lines():
        tape, y, sources = recorded()
    assert tf.viz.profile(tape)(y, sources).lines == []  # gone with the scope


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_sweep_that_is_timed_gives_the_same(dtype):
    x = tf.constant(np.linspace(0.1, 1.0, 5), dtype)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x
        for k in range(20):
            y = tf.sin(y) * x[k % 5] + y[::-1]
        z = tf.reduce_sum(y * tf.gather(y, [0, 0, 3])[0])
    for ask in (lambda: tape.gradient(z, x), lambda: tape.jacobian(y, x)):
        wanted = ask().numpy()
        found, entries = _core.time_sweeps(ask)
        assert found.numpy().tobytes() == wanted.tobytes()
        assert len(entries) >= 60 and all(entry[-1] >= 0 for entry in entries)


def test_numbers_are_timed_as_they_are_run():
    x = tf.constant(1.5)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x
        for _ in range(1000):
            y = tf.sin(y) * x
    result = tf.viz.profile(tape)(y, x)
    assert {name: calls for name, calls, _ in result.operations} == {"sin": 1000, "multiply": 1000}
    assert result.seconds < 2000 * 5e-6


def test_large_operations_take_the_time():
    x = tf.constant(np.random.default_rng(0).normal(size=(300, 300)))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.reduce_sum(x @ x + 1.0)
    assert tf.viz.profile(tape)(y, x).operations[0][0] == "matmul"


def test_sweeps_of_other_threads_are_none_of_it():
    tape, y, sources = recorded()
    other = threading.Thread(target=lambda: tape.gradient(y, sources))

    def ask():
        other.start()
        other.join()
        return tape.gradient(y, sources)

    _, entries = _core.time_sweeps(ask)
    assert len(entries) == 5


def test_a_gradient_that_fails_is_an_error():
    @tf.custom_gradient
    def f(x):
        def grad(g):
            raise KeyError("mine")

        return x * 2.0, grad

    x = tf.constant(1.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
    with pytest.raises(KeyError, match="mine"):
        tf.viz.profile(tape)(y, x)
    assert _core.time_sweeps(lambda: 3) == (3, [])
