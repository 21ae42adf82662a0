"""Programs as text, as graphs and as profiles."""

from __future__ import annotations

import html.parser
import os
import re
import stat
import sys

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.programs.graphs import Graph
from autograd_c.programs.text import bytes_text, memory_of, text_of


def layer(x, w):
    hidden = tf.tanh(x @ w)
    return tf.reduce_sum(hidden * hidden, 1), hidden


def gradient(x, w):
    with tf.GradientTape() as tape:
        tape.watch(w)
        value = tf.reduce_sum(layer(x, w)[0])
    return value, tape.gradient(value, w)


ARRAYS = [np.ones((4, 3)), np.ones((3, 2))]


@pytest.fixture
def program():
    return _core.Program(layer, ARRAYS, places=True)


# ---------------------------------------------------------------- text


def test_each_instruction_has_a_line(program):
    shown = text_of(program, ["x", "w"]).splitlines()
    assert re.fullmatch(r"%0 = x +float64\[4, 3\]", shown[0])
    assert any(re.fullmatch(r"%\d+ = tanh\(%\d+\) +float64\[4, 2\]", line) for line in shown)
    assert shown[-2].startswith("return %")
    assert shown[-1].startswith("4 instructions; 0 bytes of constants")
    with pytest.raises(ValueError, match="1 names for 2"):
        text_of(program, ["x"])


def test_lines_of_the_users_program_are_told(program):
    shown = tf.viz.text(program)
    assert re.search(r"# test_shown.py:\d+  hidden = tf.tanh\(x @ w\)\n%2 = matmul", shown)
    assert re.search(r"# test_shown.py:\d+  return tf.reduce_sum.*\n%\d+ = multiply", shown)
    assert all(place[2] == "layer" for place in program.places)
    without = _core.Program(layer, ARRAYS)
    assert without.places == []
    assert "#" not in tf.viz.text(without)


def test_noting_places_checks_nothing_and_ends():
    nan = _core.Program(lambda x: tf.math.log(x) * 1.0, [-1.0], places=True)
    assert len(nan.places) == 2
    with pytest.raises(ZeroDivisionError):
        _core.Program(lambda x: 1 / 0, [1.0], places=True)
    assert not _core.checks_are_on()
    tf.debugging.enable_check_numerics()
    try:
        program = _core.Program(layer, ARRAYS, places=True)
        assert _core.checks_are_on() and len(program.places) == 4
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.math.log(tf.constant(-1.0))
    finally:
        tf.debugging.disable_check_numerics()
    assert len(_core.Program(gradient, ARRAYS, places=True).places) > 8
    assert len(_core.Program(layer, ARRAYS).places) == 0


def test_long_programs_are_cut_in_the_middle():
    def chain(x):
        for _ in range(1000):
            x = tf.sin(x)
        return x

    program = _core.Program(chain, [1.0])
    assert len(tf.viz.text(program).splitlines()) == 1003
    shown = tf.viz.text(program, most_lines=10).splitlines()
    assert len(shown) == 14
    assert shown[6] == "... 990 instructions ..."
    assert len(str(tf.viz.graph(program))) < 100_000


def test_memory_is_that_of_what_lives_at_a_time():
    n = 1000

    def chain(x):
        for _ in range(5):
            x = tf.sin(x)
        return tf.reduce_sum(tf.reshape(x, [10, -1]) + tf.ones([10, n // 10], tf.float64))

    code = _core.Program(chain, [np.ones(n)]).code()
    assert memory_of(code) == (8 * n, 2 * 8 * n)
    forward = _core.Program(lambda x: [tf.sin(x), tf.cos(x), x], [np.ones(n)]).code()
    assert memory_of(forward) == (0, 2 * 8 * n)
    assert memory_of(_core.Program(lambda x: x, [1.0]).code()) == (0, 0)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1 KB"), (999_499, "999 KB")]
    + [(999_500, "1 MB"), (12_345_678, "12.3 MB"), (10**15, "1e+03 TB")],
)
def test_sizes_as_people_write_them(count, shown):
    assert bytes_text(count) == shown


# ---------------------------------------------------------------- graphs


def test_to_look_at_a_function_changes_no_variable(tmp_path):
    """Nor does what cannot be saved."""
    w, n, mean = tf.Variable([1.0, 2.0]), tf.Variable(0), tf.metrics.Mean()
    optimizer = tf.optimizers.Adam(0.1)
    optimizer.build([w])

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((x * w) ** 2)
        optimizer.apply_gradients([(tape.gradient(loss, w), w)])
        mean.update_state(loss)
        n.assign_add(1)
        w.scatter_nd_add([[0]], [1.0])
        return loss

    def state():
        return [v.numpy().tolist() for v in [w, n, *optimizer.variables, *mean.variables]]

    before = state()
    x = tf.constant(2.0)
    assert "multiply" in step.program(x)
    assert "multiply" in step.program(tf.TensorSpec([], tf.float32))
    tf.viz.text(step.python_function, x)
    tf.viz.graph(step, x)
    assert state() == before
    for refused in (step.save, step.export_c):
        with pytest.raises(tf.errors.InvalidArgumentError, match="assigned to"):
            refused(tmp_path / "step", x)
        assert state() == before
    step(x)
    assert n.numpy() == 1


def test_a_graph_is_a_tree_of_text(program):
    shown = str(Graph(program, ["x", "w"]))
    assert shown.splitlines()[0] == "result 0"
    assert "matmul | 0, 0  float64[4, 2]" in shown
    assert re.search(r"tanh  float64\[4, 2\]  %3", shown)
    assert shown.count("%3, as above") == 2
    assert repr(tf.viz.graph(program)) == "<Graph of 4 operations>"


def test_a_graph_in_graphviz_language(program, tmp_path):
    graph = Graph(program, ['a "name"', "back\\slash"])
    assert '"a \\"name\\"\\nfloat64[4, 3]"' in graph.dot
    assert '"back\\\\slash\\nfloat64[3, 2]"' in graph.dot
    edges = re.findall(r"^  (\w+) -> (\w+);$", graph.dot, re.M)
    nodes = re.findall(r"^  (\w+) \[label=", graph.dot, re.M)
    assert {name for edge in edges for name in edge} <= set(nodes)
    assert len(nodes) == len(set(nodes)) == 2 + 4 + 2
    graph.save(tmp_path / "graph.dot")
    assert (tmp_path / "graph.dot").read_text() == graph.dot


def test_a_further_output_is_an_arrow_from_its_operation():
    program = _core.Program(lambda x: tf.linalg.eigh(x)[1] * 2.0, [np.eye(2)])
    dot = tf.viz.graph(program).dot
    nodes = set(re.findall(r"^  (\w+) \[label=", dot, re.M))
    assert {name for edge in re.findall(r"(\w+) -> (\w+);", dot) for name in edge} <= nodes


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script of the shell")
def test_pictures_are_drawn_by_dot(program, tmp_path, monkeypatch):
    graph = tf.viz.graph(program)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(tf.errors.UnavailableError, match="not installed"):
        graph.svg()
    assert set(graph._repr_mimebundle_()) == {"text/plain"}
    script = tmp_path / "dot"
    script.write_text('#!/bin/sh\necho "<svg>$1"\nwhile read -r line; do echo "$line"; done\n')
    script.chmod(script.stat().st_mode | stat.S_IEXEC)
    assert graph.svg().startswith("<svg>-Tsvg\ndigraph program {")
    graph.save(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text() == graph.svg()
    assert graph._repr_mimebundle_()["image/svg+xml"] == graph.svg()
    script.write_text("#!/bin/sh\necho nothing goes >&2\nexit 3\n")
    with pytest.raises(tf.errors.UnavailableError, match="nothing goes"):
        graph.svg()


@pytest.mark.skipif(not os.environ.get("PATH"), reason="there is no program to be found")
def test_the_picture_of_graphviz(program):
    try:
        shown = tf.viz.graph(program).svg()
    except tf.errors.UnavailableError:
        pytest.skip("Graphviz is not installed")
    assert "<svg" in shown and "matmul" in shown


# ---------------------------------------------------------------- profiles


def test_where_the_time_goes():
    program = _core.Program(gradient, ARRAYS, places=True)
    result = tf.viz.profile(program, runs=2)(*ARRAYS)
    assert result.seconds > 0
    assert sum(calls for _, calls, _ in result.operations) == len(program)
    assert sum(calls for _, calls, _ in result.lines) == len(program)
    for rows in (result.operations, result.lines):
        times = [seconds for _, _, seconds in rows]
        assert times == sorted(times, reverse=True)
        assert sum(times) == pytest.approx(result.seconds)
    shown = str(result)
    assert "matmul" in shown and "hidden = tf.tanh(x @ w)" in shown
    with pytest.raises(ValueError, match="recorded with"):
        tf.viz.profile(program)(np.ones((5, 3)), ARRAYS[1])
    with pytest.raises(ValueError, match="positive"):
        tf.viz.profile(program, runs=0)


def test_large_operations_take_the_time():
    x = np.random.default_rng(0).normal(size=(300, 300))
    program = _core.Program(lambda a, b: tf.reduce_sum(a @ b) + 1.0, [x, x])
    assert tf.viz.profile(program)(x, x).operations[0][0] == "matmul"


def test_a_profile_is_a_page_of_its_own(program, tmp_path):
    result = tf.viz.profile(program)(*ARRAYS)
    result.save(tmp_path / "profile.html")
    page = (tmp_path / "profile.html").read_text("utf-8")
    assert result._repr_html_() in page

    class Reader(html.parser.HTMLParser):
        found: set[str] = set()

        def handle_starttag(self, tag, attributes):
            self.found.add(tag)
            assert not {"src", "href"} & {name for name, _ in attributes}

    Reader().feed(page)
    assert "table" in Reader.found and "script" not in Reader.found


def test_a_loaded_program_is_shown_and_timed(program, tmp_path):
    from autograd_c.programs.saving import load, save

    save(program, tmp_path / "program")
    made = load(tmp_path / "program")
    plain = _core.Program(layer, ARRAYS)
    assert tf.viz.text(made) == tf.viz.text(plain)
    assert tf.viz.graph(made).dot == tf.viz.graph(plain).dot
    assert len(tf.viz.profile(made)(*ARRAYS).instructions) == 4
