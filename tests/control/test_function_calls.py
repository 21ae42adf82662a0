"""tf.function: how the record for a call is found, whatever its arguments look like.

A key of a call is to be another one where a record could not be used, and the same elsewhere.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import gc
import threading
import weakref
from collections.abc import Hashable
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import autograd_c as tf
from autograd_c.core import _core


def key(*args, **kwargs):
    return _core.CallKey(args, kwargs).value()


class Counted:
    """A function that counts how often Python runs it, and what `tf.function` makes of it."""

    def __init__(self, function):
        self.function, self.runs = function, 0
        self.recorded = tf.function(self.called)

    def called(self, *args, **kwargs):
        self.runs += 1
        return self.function(*args, **kwargs)


# ---------------------------------------------------------------- keys

TENSORS = [tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0]), tf.constant(1), tf.zeros([2, 0])]
TENSORS += [tf.constant([1.0, 2.0], tf.float64), tf.constant(True), tf.ones([1, 2])]
Pair = collections.namedtuple("Pair", "first second")


@dataclasses.dataclass
class Point:
    x: Any
    y: Any = None


class Thing:
    """Of which each one is another."""


THINGS = [Thing(), Thing(), Thing, len, tf.float32, tf.int32, np.dtype("f"), range(3), range(4)]
THINGS += [tf.TensorSpec([2]), tf.TensorSpec([3]), tf.Variable(1.0), tf.Variable(1.0)]
numbers = st.sampled_from([0, 1, -1, 2**40, 2**63, 2**64, 2**80, True, False, None, 0.0, -0.0, 1.0])
leaves = st.one_of(
    st.sampled_from(TENSORS),
    st.sampled_from(THINGS),
    numbers,
    st.sampled_from([float("nan"), 1j, -1j, "", "a", "b", "ab", "\udc80", "ä", b"a", ...]),
)
structures = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=2).map(collections.OrderedDict),
        st.builds(Pair, inner, inner),
        st.builds(Point, inner, inner),
    ),
    max_leaves=6,
)
calls = st.tuples(
    st.lists(structures, max_size=3).map(tuple),
    st.dictionaries(st.sampled_from(["a", "b"]), structures, max_size=2),
)


def described(x: Any, met: list[Any]) -> Hashable:
    """What `CallKey` is to say, in Python."""
    if isinstance(x, tf.Tensor):
        met.append(x)
        first = next(k for k, other in enumerate(met) if other is x)
        return "tensor", x.dtype.name, tuple(x.shape), None if first == len(met) - 1 else first
    if isinstance(x, (float, complex)):
        return type(x), repr(x)
    if isinstance(x, (list, tuple)):
        return type(x), tuple(described(y, met) for y in x)
    if isinstance(x, dict):
        return type(x), tuple((name, described(y, met)) for name, y in x.items())
    if isinstance(x, Point):
        return Point, described(x.x, met), described(x.y, met)
    if isinstance(x, (Thing, tf.Variable)):
        return type(x), id(x)
    return type(x), x


@hypothesis.given(calls, calls)
def test_keys_are_equal_where_calls_are_of_one_kind(a, b):
    plain = []
    for args, kwargs in (a, b):
        met = []
        named = [(name, described(x, met)) for name, x in kwargs.items()]
        plain.append(([described(x, met) for x in args], named))
    assert (key(*a[0], **a[1]) == key(*b[0], **b[1])) == (plain[0] == plain[1])
    assert key(*a[0], **a[1]) == key(*a[0], **a[1])


def test_keys_of_many_tensors_know_which_are_given_twice():
    xs = [tf.constant(float(k)) for k in range(100)]
    assert key(xs) == key([tf.constant(0.0) for _ in xs])
    for k in (0, 1, 40, 98):
        twice = [*xs[:99], xs[k]]
        others = [*xs[:99], xs[(k + 1) % 99]]
        assert len({key(xs), key(twice), key(others)}) == 3


def test_texts_and_names_are_told_apart():
    assert key("a", 1) != key(a=1)
    assert key("a", "b") != key("ab") != key("a", b="")
    assert key([1], 2) != key([1, 2]) != key([[1], 2])


def test_arguments_that_contain_themselves():
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(RecursionError, match="contains itself"):
        tf.function(lambda x: 1.0)(endless)
    names: dict[str, Any] = {}
    names["itself"] = names
    deep: Any = 1.0
    for _ in range(10_000):
        deep = {"in": deep}
    for argument in (names, deep, Point(names)):
        with pytest.raises(RecursionError):
            tf.function(lambda x: 1.0)(argument)


def test_objects_that_know_themselves_besides_their_fields():
    f = Counted(lambda p: p.x * p.owner[0].scale)
    for scale in (2.0, 2.0, 5.0):
        point = Point(tf.constant(3.0))
        point.owner, point.scale = [point], scale
        assert float(f.recorded(point)) == 3.0 * scale
    assert f.runs == 2


def test_arrays_of_texts_and_objects_are_handed_on_as_they_are():
    f = Counted(lambda x, names: x * len(names))
    x = tf.constant(2.0)
    for _ in range(2):
        for names in (np.array(["a", "bc"]), np.array(["abc"]), np.array([])):
            assert float(f.recorded(x, names)) == 2.0 * len(names)
        for name in np.array(["ab", "abc"]):
            assert float(f.recorded(x, name)) == 2.0 * len(name)
    assert f.runs == 5
    things = np.array([None, "abc"], dtype=object)
    assert [float(f.recorded(x, things)) for _ in range(2)] == [4.0, 4.0] and f.runs == 6
    f = Counted(lambda x, day: x * day.astype(np.float32))
    for _ in range(2):
        for day in (2, 3):
            assert float(f.recorded(x, np.datetime64(day, "D"))) == 2.0 * day
    assert f.runs == 2


def test_dataclasses_are_compared_by_all_that_they_have():
    f = Counted(lambda p: p.x * p.y * getattr(p, "z", 1.0))
    point = Point(tf.constant(2.0), 3.0)
    assert [float(f.recorded(point)) for _ in range(3)] == [6.0] * 3
    assert float(f.recorded(Point(tf.constant(4.0), 3.0))) == 12.0 and f.runs == 1
    point.y = 5.0
    assert float(f.recorded(point)) == 10.0 and f.runs == 2
    point.z = 7.0
    assert float(f.recorded(point)) == 70.0 and f.runs == 3
    point.x = tf.constant([1.0, 2.0])
    np.testing.assert_array_equal(f.recorded(point).numpy(), [35.0, 70.0])


def test_tensors_that_objects_have_besides_their_parts_are_other_ones():
    f = Counted(lambda p: p.x * p.scale + tf.reduce_sum(p.array))
    points = []
    for k in (2.0, 5.0):
        point = Point(tf.constant(3.0))
        point.scale, point.array = tf.constant(k), np.array([k], np.float32)
        point.number = np.float32(k)
        points.append(point)
    for _ in range(3):
        assert [float(f.recorded(p)) for p in points] == [8.0, 20.0]
    assert f.runs == 2


def test_default_factories_are_part_of_a_dict():
    f = tf.function(lambda x, names: x * names["missing"])
    for factory, expected in ((lambda: 2.0, 4.0), (lambda: 9.0, 18.0)):
        names = collections.defaultdict(factory, a=1.0)
        assert float(f(tf.constant(2.0), names)) == expected


class Text(str):
    """With an attribute."""


class Amount(float):
    """The same."""


class Slotted(str):
    __slots__ = ("scale",)


class CaseInsensitive(str):
    scale = property(lambda self: 1.0 if self.isupper() else 2.0)

    def __eq__(self, other):
        return self.lower() == str(other).lower()

    def __hash__(self):
        return hash(self.lower())


class Unhashable(str):
    scale = property(len)

    def __eq__(self, other):
        return str(self) == str(other)

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "a, b",
    [
        (Text("a"), Text("a")),
        (Slotted("a"), Slotted("a")),
        (Amount(1.0), Amount(1.0)),
        (CaseInsensitive("A"), CaseInsensitive("a")),
        (Unhashable("a"), Unhashable("ab")),
    ],
)
def test_values_of_derived_classes_are_told_apart(a, b):
    f = Counted(lambda x, value: x * value.scale)
    x = tf.constant(2.0)
    for k, value in enumerate((a, b)):
        if isinstance(value, (Text, Slotted, Amount)):
            value.scale = 3.0 + k
    for _ in range(2):
        assert [float(f.recorded(x, v)) for v in (a, b)] == [2.0 * v.scale for v in (a, b)]
    assert f.runs == 2


def test_values_of_derived_classes_without_more_have_one_record():
    class Name(str):
        pass

    f = Counted(lambda x, name: x * len(name))
    assert [float(f.recorded(tf.constant(2.0), Name("abc"))) for _ in range(3)] == [6.0] * 3
    assert f.runs == 1


class Comparing:
    def __init__(self, scale, answer):
        self.scale, self.answer = scale, answer

    def __eq__(self, other):
        return self.answer()

    def __hash__(self):
        return 7


def refuse():
    raise RuntimeError("it is not to be compared")


@pytest.mark.parametrize("answer", [refuse, lambda: np.array([True, False]), lambda: True])
def test_objects_that_compare_themselves(answer):
    f = tf.function(lambda x, thing: x * thing.scale)
    x, things = tf.constant(2.0), [Comparing(k, answer) for k in (1.0, 2.0)]
    assert [float(f(x, t)) for t in things] == [2.0, 4.0]
    assert [float(f.get_concrete_function(x, t)(x)) for t in things] == [2.0, 4.0]
    assert f.get_concrete_function(x, things[0]) is f.get_concrete_function(x, things[0])


def test_indexed_slices_and_sparse_tensors_are_compared_by_their_parts():
    f = Counted(lambda s: tf.reduce_sum(s.values * 2.0))
    for n in (1.0, 2.0):
        slices = tf.IndexedSlices(tf.constant([[n]]), tf.constant([0]), tf.constant([3, 1]))
        assert float(f.recorded(slices)) == 2.0 * n
    for n in (1.0, 2.0):
        assert float(f.recorded(tf.SparseTensor([[0, 1]], [n], [2, 2]))) == 2.0 * n
    assert f.runs == 2


def test_objects_live_as_long_as_their_addresses_are_compared():
    class Model:
        def __init__(self, scale):
            self.scale = scale

    f = tf.function(lambda model, x: x * model.scale)
    x = tf.constant(2.0)
    for k in range(30):  # an address would be used again
        assert float(f(Model(float(k)), x)) == 2.0 * k == float(f(Model(float(k)), x))


# ---------------------------------------------------------------- calls


def test_calls_that_mean_the_same_have_one_record():
    f = Counted(lambda x, y=2.0: x * y)
    g = tf.function(lambda x, y=2.0: f.called(x, y))
    x, y = tf.constant(3.0), tf.constant(4.0)
    for _ in range(2):
        assert [float(z) for z in (g(x, y), g(x, y=y), g(y=y, x=x))] == [12.0] * 3
    assert f.runs == 1
    assert float(g(y, y=x)) == 12.0 and float(g(y=x, x=x)) == 9.0


@pytest.mark.parametrize("signature", [False, True])
def test_arguments_in_another_order_than_they_are_given(signature):
    """Names and dicts are sorted where tensors are told apart by their places."""
    spec = tf.TensorSpec([], tf.float32)
    specs = [{"b": spec, "a": spec}, spec, spec] if signature else None
    f = tf.function(lambda d, x, y: [d["a"], d["b"], x, y], input_signature=specs)
    for _ in range(3):
        a, b, x, y = (tf.constant(v) for v in np.random.default_rng(0).normal(size=4).astype("f"))
        for found in (f({"b": b, "a": a}, x, y), f(y=y, d={"a": a, "b": b}, x=x)):
            assert [float(v) for v in found] == [float(v) for v in (a, b, x, y)]


def test_arrays_and_numbers_for_a_signature():
    spec = tf.TensorSpec([None], tf.float64)
    f = tf.function(lambda x: tf.reduce_sum(x), input_signature=[spec])
    for given in ([1.0, 2.0], np.float32([1, 2]), np.array([1, 2]), tf.constant([1.0, 2.0], "f8")):
        for _ in range(2):
            assert f(given).dtype == tf.float64 and float(f(given)) == 3.0
    for _ in range(2):
        with pytest.raises(TypeError, match="Can not cast"):
            f(tf.constant([1.0, 2.0]))


def test_arrays_are_read_at_each_call():
    f = Counted(lambda x, scale: x * scale)
    array = np.array([1.0, 2.0])
    for k in range(4):
        array[0] = k
        np.testing.assert_array_equal(f.recorded(array, np.float64(2.0)).numpy(), [2.0 * k, 4.0])
    assert f.runs == 1


def test_results_of_any_structure():
    x = tf.constant(2.0)
    for result in (
        (),
        [],
        {},
        {"b": [1.0, (x, None)], "a": {}},
        Pair([x], {"a": x}),
        collections.OrderedDict(b=x, a=x),
        [Point(x, [x])],
        tf.IndexedSlices(x, tf.constant(0)),
        [tf.IndexedSlices(x, tf.constant(0)), (x,)],
    ):
        f = tf.function(lambda result=result: result)
        for found in (f(), f(), f()):
            tf.nest.assert_same_structure(result, found)
            assert list(found) == list(result) if isinstance(result, dict) else True
    f = tf.function(lambda x: {"b": [x + 1.0, (x + 2.0, x + 3.0)], "a": x})
    for _ in range(3):
        found = f(x)
        assert list(found) == ["b", "a"] and type(found["b"][1]) is tuple
        assert [float(v) for v in tf.nest.flatten(found)] == [2.0, 3.0, 4.0, 5.0]
    assert f(x)["b"] is not f(x)["b"]


def test_methods_know_their_object_and_do_not_keep_it():
    class Scaled:
        def __init__(self, scale):
            self.scale, self.runs = scale, 0

        @tf.function
        def by(self, x, shift=0.0):
            """Scaled and shifted."""
            self.runs += 1
            return x * self.scale + shift

    a, b, x = Scaled(2.0), Scaled(3.0), tf.constant(5.0)
    for _ in range(3):
        assert [float(m.by(x)) for m in (a, b)] == [10.0, 15.0]
        assert [float(m.by(x, shift=1.0)) for m in (a, b)] == [11.0, 16.0]
    assert a.runs == b.runs == 2 and a.by.experimental_get_tracing_count() == 2
    assert a.by.__doc__ == "Scaled and shifted." and a.by.__wrapped__.__self__ is a
    assert float(a.by.get_concrete_function(x)(x)) == 10.0 and a.runs == 2
    known, lives = a.by, weakref.ref(a)
    del a
    assert float(known(x)) == 10.0
    del known
    gc.collect()
    assert lives() is None


def test_concrete_functions_check_each_kind_of_call():
    f = tf.function(lambda x, n=2: x * float(n))
    one = f.get_concrete_function(tf.TensorSpec([None], tf.float32), 3)
    for _ in range(2):
        for n in (1, 2):
            np.testing.assert_array_equal(one(tf.ones([n])).numpy(), np.full(n, 3.0))
        np.testing.assert_array_equal(one(x=np.ones(2, "f")).numpy(), [3.0, 3.0])
        for wrong in ((tf.ones([2, 2]),), (tf.ones([2], tf.float64),), (tf.ones([2]), 4), ()):
            with pytest.raises(TypeError, match="Binding inputs"):
                one(*wrong)
    assert f.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("numbers", [(1, 1.0, True, 1 + 0j), (0.0, -0.0, 0, False)])
def test_concrete_functions_of_numbers_that_are_equal(numbers):
    def of(x, n):
        scale = {int: 2.0, float: 3.0, bool: 4.0, complex: 5.0}[type(n)]
        return x * scale * np.copysign(1.0, n.real)

    f, x = tf.function(of), tf.constant(2.0)
    expected = [float(of(x, n)) for n in numbers]
    assert [float(f(x, n)) for n in numbers] == expected
    made = [f.get_concrete_function(x, n) for n in numbers]
    assert [float(one(x)) for one in made] == expected
    assert made[0] is f.get_concrete_function(x, numbers[0])
    with pytest.raises(TypeError, match="Can not cast"):
        made[0](x, numbers[1])


def test_defaults_are_those_of_the_function_that_is_called():
    def widened(f):
        @functools.wraps(f)
        def call(x, *rest, **named):
            return f(x, *rest, **{"scale": 5.0, **named}) if not rest else f(x, *rest)

        return call

    def fixed(f):
        @functools.wraps(f)
        def call(x):
            return f(x, scale=3.0)

        return call

    def scaled(x, scale=2.0):
        return x * scale

    x = tf.constant(2.0)
    for wrap, expected in ((widened, 10.0), (fixed, 6.0)):
        f = tf.function(wrap(scaled))
        for _ in range(2):
            assert float(f(x)) == float(f(x=x)) == expected
        assert float(f.get_concrete_function(x)(x)) == expected


# ---------------------------------------------------------------- many kinds


def test_kinds_that_are_met_once_are_not_recorded(warned):
    f = Counted(lambda x: tf.reduce_sum(x) * 2.0)
    for n in range(1, 40):
        assert float(f.recorded(tf.ones([n]))) == 2.0 * n
    assert f.runs == 39 and len(f.recorded._trees) == 8
    for _ in range(2):
        for n in range(1, 40):
            assert float(f.recorded(tf.ones([n]))) == 2.0 * n
    assert f.runs == 39 + 31 and f.recorded.experimental_get_tracing_count() == 39


def test_records_that_are_given_up_are_let_go_of(warned):
    class Scale:
        factor = 2.0

    f = tf.function(lambda x, s: x * s.factor)
    x, lives = tf.constant(3.0), []
    for _ in range(300):
        scale = Scale()
        lives.append(weakref.ref(scale))
        assert float(f(x, scale)) == float(f(x, scale)) == 6.0
    del scale
    gc.collect()
    assert len(f._trees) == 128 == sum(r() is not None for r in lives)
    assert "128 kinds" in warned()[0]


def test_threads_with_arguments_of_many_kinds(warned):
    f = tf.function(
        lambda xs, k, flag=True: sum(tf.reduce_sum(x) for x in xs) * k * (2 if flag else 3)
    )
    wrong = []

    def run(seed):
        random = np.random.default_rng(seed)
        for _ in range(300):
            xs = [tf.ones([int(n)]) for n in random.integers(1, 5, random.integers(1, 4))]
            k, flag = int(random.integers(1, 4)), bool(random.integers(2))
            expected = sum(x.shape[0] for x in xs) * k * (2 if flag else 3)
            if float(f(xs, k, flag=flag)) != expected:
                wrong.append((xs, k, flag))

    threads = [threading.Thread(target=run, args=(k,)) for k in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not wrong
    warned()


def test_further_keywords_come_in_the_order_of_the_call():
    f = Counted(lambda **named: tf.stack([*named.values()]))
    x, y = tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])
    for _ in range(3):
        assert f.recorded(a=x, b=y)[:, 0].numpy().tolist() == [1.0, 3.0]
        assert f.recorded(b=y, a=x)[:, 0].numpy().tolist() == [3.0, 1.0]
    assert f.runs == 2


def test_arrays_that_are_defaults_are_tensors_as_those_that_are_given():
    factors, offset = np.array([3.0, 4.0], "f"), np.float32(1.0)
    f = tf.function(lambda x, w=factors, *, b=offset: x * w + b)
    x = tf.constant([1.0, 2.0])
    for _ in range(2):
        assert f(x).numpy().tolist() == [4.0, 9.0]
        assert f(x, np.zeros(2, "f")).numpy().tolist() == [1.0, 1.0]
        assert f(x, b=np.float32(2.0)).numpy().tolist() == [5.0, 10.0]
        assert f(x, w=tf.constant([5.0, 0.0]), b=tf.constant(-1.0)).numpy().tolist() == [4.0, -1.0]
        assert f(x).numpy().tolist() == [4.0, 9.0]


def test_shapes_of_unknown_rank_are_values():
    f = Counted(lambda x, shape: x if shape.rank is None else x * float(shape.rank))
    x = tf.constant([1.0, 2.0])
    shapes = [tf.TensorShape(None), tf.TensorShape([None, 2]), tf.TensorShape([None])]
    for general in (False, True):
        recorded = tf.function(f.called, reduce_retracing=general)
        for shape in (*shapes, tf.TensorShape(None)):
            factor = 1.0 if shape.rank is None else shape.rank
            assert recorded(x, shape).numpy().tolist() == [factor, 2.0 * factor]
        assert recorded.experimental_get_tracing_count() == 3
    assert f.runs == 6


def test_results_that_contain_themselves():
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(RecursionError):
        tf.function(lambda: endless)()
    with pytest.raises(TypeError, match="sortable"):
        tf.function(lambda x: {1: x, "a": x})(tf.constant(1.0))
