"""Loops and branches in programs: recorded as one instruction each, shown, and made again."""

from __future__ import annotations

import re

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.programs.functions import record
from autograd_c.programs.text import memory_of

from ..control.test_function_loops import BEGIN, DERIVATIVES, LOOPS, ROWS, WEIGHTS
from ..operations import assert_same_bits

GIVEN = (WEIGHTS, ROWS, BEGIN)


def steps(x, n):
    return tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y + tf.sin(y)), (0, x))[1]


def slope_of_steps(x, n):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = steps(x, n)
    return y, tape.gradient(y, x)


NUMBER, COUNT = tf.constant(0.1, tf.float64), tf.constant(3)


def same(found, expected):
    for x, y in zip(found, tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("name", LOOPS)
def test_programs_with_loops_are_made_again(name, derivative):
    """From what `code` says: the same results for the values that they were recorded with, and
    others; in a batch; and the same derivative."""
    f = DERIVATIVES[derivative](LOOPS[name])
    program = record(f, *GIVEN).program
    assert program.composites and not program.bound
    again = _core.Program.from_code(program.code())
    for scale in (1.0, 0.4, 1.7):
        given = [x * scale for x in GIVEN]
        same(program.run(given), f(*given))
        for x, y in zip(again.run(given), program.run(given), strict=True):
            assert_same_bits(x, y)
    with tf.GradientTape() as tape:
        tape.watch(GIVEN)
        y = sum(tf.reduce_sum(x * x) for x in again.run(GIVEN))
    found = tape.gradient(y, GIVEN, unconnected_gradients="zero")
    with tf.GradientTape() as tape:
        tape.watch(GIVEN)
        y = sum(tf.reduce_sum(x * x) for x in tf.nest.flatten(f(*GIVEN)))
    same(found, tape.gradient(y, GIVEN, unconnected_gradients="zero"))


def test_the_first_run_may_be_a_derivative_or_a_batch():
    program = record(LOOPS["nested"], *GIVEN).program
    again = _core.Program.from_code(program.code())
    batched = again.run([WEIGHTS, tf.stack([ROWS, ROWS * 2.0]), BEGIN], [False, True, False], 2)
    same([batched[0][1]], program.run([WEIGHTS, ROWS * 2.0, BEGIN])[0])
    again = _core.Program.from_code(program.code())
    with tf.autodiff.ForwardAccumulator(BEGIN, tf.ones_like(BEGIN)) as accumulator:
        y = again.run(GIVEN)[0]
    with tf.autodiff.ForwardAccumulator(BEGIN, tf.ones_like(BEGIN)) as other:
        expected = LOOPS["nested"](*GIVEN)
    same([accumulator.jvp(y)], other.jvp(expected))


# ---------------------------------------------------------------- recording


def test_a_loop_is_not_run_to_be_recorded():
    """Neither one of very many rounds, nor one that would never end."""
    many = tf.constant(2**31 - 1)
    assert len(record(steps, NUMBER, many).program) == 1
    assert len(record(slope_of_steps, NUMBER, many).program) == 2

    def endless(x):
        grown = tf.while_loop(lambda y: y < 10.0, lambda y: (y * 2.0,), (x,))[0]
        return tf.scan(lambda a, b: a + b * grown, tf.ones([1000]), x)

    program = record(endless, tf.TensorSpec([], tf.float32)).program
    assert float(program.run([1.0])[0][-1]) == 1.0 + 16.0 * 1000.0
    none = record(
        lambda rows: tf.scan(lambda a, b: a + b, rows, tf.constant(0.0)), tf.zeros([0])
    ).program
    assert none.run([np.zeros(0, np.float32)])[0].shape == [0]


def test_what_a_loop_of_constants_gives_is_no_sample(tmp_path):
    """Of a loaded function, whose constants no record has made."""

    def f(x):
        rows = tf.constant([0.5, -1.0, 2.0], tf.float64)
        half = tf.scan(lambda a, row: 0.5 * a + tf.sin(row), rows, tf.constant(2.0, tf.float64))
        return x * half

    x = tf.constant(3.0, tf.float64)
    tf.function(f).save(tmp_path / "once", x)
    loaded = tf.load(tmp_path / "once")
    tf.function(lambda x: loaded(x)).save(tmp_path / "twice", x)
    same([loaded(x), tf.load(tmp_path / "twice")(x)], [f(x), f(x)])


def test_values_that_are_read_are_those_of_a_run():
    """Then it is for these values alone, and shown as it goes with them."""

    def f(x, n):
        y = steps(x, n)
        return y * 2.0 if y > 1.0 else y + 3.0

    assert "multiply(" in tf.viz.text(f, NUMBER, tf.constant(30)).splitlines()[-3]
    program = record(f, NUMBER, tf.constant(1)).program
    assert program.bound
    assert float(program.outputs[0]) == float(f(NUMBER, tf.constant(1)))


def test_what_binds_a_program_and_what_does_not():
    weight, constant = tf.Variable(2.0), tf.constant(3.0)

    def reads_what_is_the_same(x):
        scale = 1.0 if weight > 1.0 and constant * 2.0 > 5.0 and tf.constant(1) > 0 else 2.0
        return x * scale

    def assigns(x):
        weight.assign(weight + x)
        return weight * 1.0

    def prints(x):
        tf.print(x, output_stream=lambda text: None)
        return x * 2.0

    x = tf.constant(1.0)
    assert not record(reads_what_is_the_same, x).program.bound
    assert not record(prints, x).program.bound
    assert record(assigns, x).program.bound
    assert record(lambda x: x + tf.random.normal([]), x).program.bound
    assert record(lambda x: x if x > 0 else -x, x).program.bound
    for f in (tf.numpy_function, tf.py_function):
        with pytest.raises(NotImplementedError, match="function"):
            record(lambda x, f=f: f(np.sin, [x], tf.float32), x)
    with pytest.raises(RuntimeError, match="recorded"):
        _core.Program(lambda x: record(tf.sin, x).program.outputs[0], [x])


def test_what_is_used_behind_its_loop_is_written_out():
    def last(x):
        kept = []
        tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, kept.append(y) or y * 2.0), (0, x))
        return kept[-1]

    program = record(last, NUMBER).program
    assert not program.composites or program.bound
    assert float(last(NUMBER)) == float(program.run([NUMBER])[0])


# ---------------------------------------------------------------- made of parts


def square():
    return _core.Program(lambda x, y: x * y, [1.0, 2.0])


def less():
    return _core.Program(lambda x, y: x < y, [1.0, 2.0])


def loop(count=2):
    return _core.Composite("while_loop", [1, 0, count, 0, 0], [square(), less()])


@pytest.mark.parametrize(
    ("kind", "numbers", "programs", "match"),
    [
        ("for", [], [], "kind"),
        ("cond", [], [], "one program or more"),
        ("cond", [1], [square()], "no numbers"),
        ("cond", [], [square(), less()], "different types"),
        ("scan", [1, 0, 2, 0], [square()], "five numbers"),
        ("scan", [1, 0, 2, 0, 0], [square(), less()], "five numbers"),
        ("scan", [1, 0, -1, 0, 0], [square()], "number of rounds"),
        ("scan", [1, 0, 2**41, 0, 0], [square()], "number of rounds"),
        ("scan", [1, 0, 2, 2, 0], [square()], "number of rounds"),
        ("scan", [2, 0, 2, 0, 0], [square()], "fewer values"),
        ("scan", [-1, 0, 2, 0, 0], [square()], "fewer values"),
        ("scan", [1, 2, 2, 0, 0], [square()], "fewer values"),
        ("scan", [1, -1, 2, 0, 0], [square()], "fewer values"),
        ("scan", [1, 0, 2, 0, 0], [less()], "other types"),
        ("scan", [0, 1, 2**40, 0, 0], [_core.Program(tf.sin, [np.zeros(2**20)])], "no array"),
        ("while_loop", [1, 0, -2, 0, 0], [square(), less()], "number of rounds"),
        ("while_loop", [1, 0, 2, 1, 0], [square(), less()], "no rows"),
        ("while_loop", [1, 1, 2, 0, 0], [square(), less()], "no rows"),
        ("while_loop", [0, 0, 2, 0, 0], [square(), less()], "no rows"),
        ("while_loop", [1, 0, 2, 0, 0], [square(), square()], "no bool"),
        ("gradient", [], [], "another one"),
        ("tangent", [], [square()], "another one"),
    ],
)
def test_what_is_no_loop(kind, numbers, programs, match):
    with pytest.raises(ValueError, match=match):
        _core.Composite(kind, numbers, programs)


def test_what_is_no_derivative():
    with pytest.raises(ValueError, match="no derivative"):
        _core.Composite("scan", [1, 0, 2, 0, 0], [square()], loop())
    for numbers, match in [
        ([1, 0], "other values"),
        ([1, 0, 2], "no derivative"),
        ([0, 0, 1], "nothing"),
        ([1, 1, 0], "nothing"),
    ]:
        with pytest.raises(ValueError, match=match):
            _core.Composite("gradient", numbers, [], loop())
    chosen = _core.Composite("cond", [], [square(), square()])
    with pytest.raises(ValueError, match="has no derivative"):  # by the number of the branch
        _core.Composite("gradient", [1, 1, 0, 1], [], chosen)
    deep = loop()
    with pytest.raises(ValueError, match="within each other"):
        for _ in range(100):
            deep = _core.Composite("tangent", [1, *[0] * (len(deep_inputs(deep)) - 1), 1], [], deep)


def deep_inputs(composite):
    if composite.of is None:
        return composite.programs[0].code()["inputs"]
    return [*deep_inputs(composite.of), None]


def test_an_instruction_fits_what_it_does():
    def code(**other):
        instruction = {
            "name": "while_loop",
            "attributes": [],
            "read": [0, 1],
            "written": [(2, "float32", ())],
            "composite": loop(),
            **other,
        }
        given = {"inputs": [("float32", ()), ("float32", ())], "constants": [], "outputs": [2]}
        return {**given, "instructions": [list(instruction.values())]}

    assert float(_core.Program.from_code(code()).run([2.0, 9.0])[0]) == 18.0
    for wrong in (
        {"name": "scan"},
        {"attributes": [1]},
        {"read": [0]},
        {"read": [0, 1, 1]},
        {"read": [0, 2]},
        {"written": [(2, "float64", ())]},
        {"written": [(2, "float32", (1,))]},
        {"written": [(2, "float32", ()), (3, "float32", ())]},
        {"composite": square()},
        {"composite": None},
    ):
        with pytest.raises((ValueError, NotImplementedError)):
            _core.Program.from_code(code(**wrong))


def code_of(name, attributes, inputs, given, shape):
    """Of one operation, which says what shape its result has."""
    return {
        "inputs": [("float64", given)],
        "constants": [],
        "instructions": [(name, attributes, inputs, [(1, "float64", shape)])],
        "outputs": [1],
    }


def test_what_a_round_is_said_to_give_is_compared():
    """Before it is run by a plan, which takes that for granted."""
    # `concat` is believed what it says of its result until it is run.
    wrong = code_of("concat", [0, 0, 2, 2], [0, 0], (2,), (2,))
    for kind, numbers in [("scan", [1, 0, 3, 0, 0]), ("scan", [0, 1, 3, 0, 0])]:
        round_ = _core.Composite(kind, numbers, [_core.Program.from_code(wrong)])
        given = ("float64", (2,) if numbers[0] else (3, 2))
        program = _core.Program.from_code(
            {
                "inputs": [given],
                "constants": [],
                "instructions": [(kind, [], [0], [(1, *given)], round_)],
                "outputs": [1],
            }
        )
        for _ in range(2):
            with pytest.raises(ValueError, match=r"gave float64\[4\]|gave float64"):
                program.run([np.ones(given[1])])


def test_what_a_branch_is_said_to_give_is_compared_before_it_becomes_machine_code():
    """Or C for a file, even if it has never been taken."""
    right = code_of("cumsum", [0, 0, 0], [0], (2,), (2,))
    wrong = code_of("concat", [0, 0, 2, 2], [0, 0], (2,), (2,))
    with pytest.raises(ValueError, match="gave float64.*said to give"):
        _core.Program.from_code(wrong).simplified_code()
    branches = _core.Composite("cond", [], [_core.Program.from_code(x) for x in (right, wrong)])
    inputs = [("int64", ()), ("float64", (2,))]
    instructions = [("cond", [], [0, 1], [(2, "float64", (2,))], branches)]
    code = {"inputs": inputs, "constants": [], "instructions": instructions, "outputs": [2]}
    program = _core.Program.from_code(code)
    f = tf.function(lambda k, x: program.run([k, x])[0] + 1.0, jit_compile=True)
    x = tf.constant([1.0, 2.0], tf.float64)
    for k in (0, 0, 1, 1, 0):
        if k == 0:
            assert f(tf.constant(k, tf.int64), x).numpy().tolist() == [2.0, 4.0]
            continue
        with pytest.raises(ValueError, match="gave float64.*said to give"):
            f(tf.constant(k, tf.int64), x)


def test_what_is_known_of_code_that_has_not_been_run():
    """Numbers that are computed with are ones, indices zeros, constants what they are."""
    n = tf.constant([7, 8])

    def f(x, k):
        y = tf.gather(x, k) // tf.reduce_sum(k)
        return tf.reduce_mean(y) + n[0] // 2

    program = _core.Program(f, [tf.constant([4, 5]), tf.constant([1, 1])])
    again = _core.Program.from_code(program.code())
    assert str(again.simplified_code()) == str(program.simplified_code())
    for f in (tf.linalg.cholesky, tf.linalg.logm):
        program = _core.Program(f, [tf.eye(2, dtype=tf.complex128)])
        again = _core.Program.from_code(program.code())
        with pytest.raises(NotImplementedError, match="not known before it has been run"):
            again.simplified_code()
        again.run([tf.eye(2, dtype=tf.complex128)])
        assert str(again.simplified_code()) == str(program.simplified_code())


# ---------------------------------------------------------------- shown


def test_programs_of_a_loop_stand_below_its_line():
    shown = tf.viz.text(steps, NUMBER, COUNT)
    assert re.search(
        r"(?s)%3, %4 = while_loop\(%2, %0, %1\) +int32, float64\n"
        r"    while:\n        %0 = carried 0 +int32\n.*"
        r"        %3 = less\(%0, %2\) +bool\n        return %3\n"
        r"    round:\n.*        %5 = sin\(%1\) +float64\n.*        return %4, %6\nreturn %4\n",
        shown,
    )
    assert shown.count("# test_parts.py") == 1  # all of it is one line
    assert "1 instruction, and 4 in loops and branches; 8 bytes of constants" in shown
    shown = tf.viz.text(slope_of_steps, NUMBER, COUNT)
    assert re.search(
        r"while_loop: gradient\(.* \| of 1 by 1\).*\n    of while_loop %3 above", shown
    )
    assert "; 12 bytes for each round of a gradient" in shown
    shown = tf.viz.text(LOOPS["cases"], *GIVEN)
    for part in ("scan(%1", "| 6 rounds)", "%0 = row 0", "branch 0:", "branch 2:", "given 0"):
        assert part in shown
    assert "50" in tf.viz.text(LOOPS["while_loop"], *GIVEN)
    shown = tf.viz.text(LOOPS["while_loop with checkpoints"], *GIVEN)
    assert "| at most 100 rounds, checkpoints)" in shown
    assert "| 6 rounds, backwards)" in tf.viz.text(LOOPS["scan backwards"], *GIVEN)
    only = tf.viz.text(DERIVATIVES["tangent of gradient"](LOOPS["scan"]), *GIVEN)
    assert re.search(r"(?s): tangent\(.*\n    of gradient \| of .*:\n        of scan", only)
    tf.viz.text(steps, NUMBER, COUNT, most_lines=1)


def test_memory_of_a_loop_is_that_of_a_round_and_of_what_its_gradient_keeps():
    def chain(x):
        return tf.scan(lambda a, _: tf.sin(tf.cos(a)), tf.zeros([100]), x)[-1]

    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(chain(x))
        return tape.gradient(y, x)

    x = tf.ones([1000], tf.float64)
    _, most = memory_of(record(chain, x).program.code())
    rows = 100 * 8000
    assert rows < most < rows + 6 * 8000
    _, most = memory_of(record(slope, x).program.code())
    assert rows < most < 3 * rows


def test_a_graph_has_a_cluster_for_each_program():
    graph = tf.viz.graph(slope_of_steps, NUMBER, COUNT)
    assert re.findall(r'label="(while_loop: \w+)";', graph.dot) == [
        "while_loop: while",
        "while_loop: round",
    ]
    edges = re.findall(r"^ +(\w+) -> (\w+)( \[lhead=cluster\d+)?", graph.dot, re.M)
    nodes = re.findall(r"^ +(\w+) \[label=", graph.dot, re.M)
    assert {name for edge in edges for name in edge[:2]} <= set(nodes)
    assert len(nodes) == len(set(nodes))
    assert sum(bool(edge[2]) for edge in edges) == 2  # the loop, and its gradient
    assert graph.dot.count("{") == graph.dot.count("}") == 3
    shown = str(graph)
    assert "while_loop: gradient | of 1 by 1  float64" in shown
    assert re.search(r"\n\nwhile_loop, while\nresult 0\n└─ less  bool\n", shown)
    assert "\n\nwhile_loop, round\n" in shown


def test_a_profile_has_the_time_of_all_rounds():
    result = tf.viz.profile(slope_of_steps, runs=2)(NUMBER, tf.constant(20_000))
    assert [name for name, _, _ in result.instructions] == ["while_loop", "while_loop: gradient"]
    assert result.seconds > 20_000 * 10e-9
    assert len(result.lines) == 2
