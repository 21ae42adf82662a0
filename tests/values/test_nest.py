from __future__ import annotations

import collections
import dataclasses
import random
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_c import nest
from autograd_c.values.nest import LEAVES
from autograd_c.values.shape import TensorShape
from autograd_c.values.unconnected import UnconnectedGradients


class Pair(NamedTuple):
    a: Any
    b: Any


OtherPair = collections.namedtuple("OtherPair", "a b")
TwinPair = collections.namedtuple("Pair", "a b")  # noqa: PYI024
ThirdPair = collections.namedtuple("Pair", "a c")


class MyList(list[Any]):
    pass


class MyTuple(tuple[Any, ...]):
    pass


class MyDict(dict[Any, Any]):
    pass


class FixedMapping(collections.abc.Mapping[str, Any]):
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def __iter__(self) -> Any:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


@dataclasses.dataclass
class Model:
    w: Any
    b: Any = 0
    shared: ClassVar[int] = 1


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: Any
    y: Any = dataclasses.field(default=2, init=False)

    def __post_init__(self) -> None:
        float(self.x)  # which None would not survive


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    x: Any
    y: Any


class WithProtocol:
    def __init__(self, static: str, child: Any) -> None:
        self.static, self.child = static, child

    def __tf_flatten__(self) -> tuple[Any, Any]:
        return (self.static,), (self.child,)

    @classmethod
    def __tf_unflatten__(cls, metadata: Any, components: Any) -> WithProtocol:
        return cls(*metadata, *components)


class Field(NamedTuple):
    name: str


class LikeAttrs:
    __attrs_attrs__ = (Field("second"), Field("first"))

    def __init__(self, first: Any, second: Any) -> None:
        self.first, self.second = first, second


ARRAY = np.zeros(2)


@pytest.mark.parametrize(
    ("structure", "leaves"),
    [
        (1, [1]),
        (None, [None]),
        ([], []),
        ((), []),
        ({}, []),
        ([1, None, (2,)], [1, None, 2]),
        ([1, 2, 3], [1, 2, 3]),
        ([[[[1]]], []], [1]),
        ({"b": 1, "a": 2}, [2, 1]),
        ({2: "b", 1: ["a"]}, ["a", "b"]),
        (collections.OrderedDict([("b", 1), ("a", 2)]), [2, 1]),
        (collections.defaultdict(int, {"b": 1, "a": (2, 3)}), [2, 3, 1]),
        (MyDict(b=1, a=2), [2, 1]),
        (FixedMapping({"b": 1, "a": 2}), [2, 1]),
        (Pair(1, [2, 3]), [1, 2, 3]),
        (MyList([1, (2,)]), [1, 2]),
        (MyTuple([1, (2,)]), [1, 2]),
        (collections.deque([1, 2]), [1, 2]),
        (collections.UserList([1, 2]), [1, 2]),
        (range(3), [0, 1, 2]),
        ({"b": 1, "a": 2}.values(), [1, 2]),
        ({"b": 1, "a": 2}.keys(), ["b", "a"]),
        ({"b": 1}.items(), ["b", 1]),
        (Model([1, 2], Model(3)), [1, 2, 3, 0]),
        (Frozen(1), [1, 2]),
        (WithProtocol("name", [1, 2]), [1, 2]),
        (LikeAttrs(1, 2), [2, 1]),
        ("text", ["text"]),
        (b"text", [b"text"]),
        (bytearray(b"x"), [bytearray(b"x")]),
    ],
)
def test_flatten(structure: Any, leaves: list[Any]) -> None:
    assert nest.flatten(structure) == leaves
    assert nest.flatten([structure, 99]) == [*leaves, 99]
    assert nest.flatten(structure, expand_composites=True) == leaves


@pytest.mark.parametrize(
    "leaf",
    [
        ARRAY,
        np.float32(1),
        np.float16(1),
        {1, 2},
        (x for x in [1]),
        TensorShape([1, 2]),
        TensorShape(None),
        Model,  # the class, not an instance
        Pair,
        object(),
        type("Text", (str,), {})("text"),
        memoryview(b"abc"),
        UnconnectedGradients.ZERO,
    ],
)
def test_leaves(leaf: Any) -> None:
    assert not nest.is_nested(leaf)
    (only,) = nest.flatten(leaf)
    assert only is leaf
    assert nest.flatten([leaf, leaf])[1] is leaf


def test_flatten_makes_a_new_list() -> None:
    leaves = [1, 2]
    assert nest.flatten(leaves) is not leaves


def test_is_nested() -> None:
    for structure in ([], (), {}, {"a": 1}, Pair(1, 2), Model(1), range(2), {}.values(), MyList()):
        assert nest.is_nested(structure)
    for leaf in (1, None, "a", ARRAY, {1}):
        assert not nest.is_nested(leaf)


def test_registered_leaves() -> None:
    class Tensor(list[Any]):
        pass

    assert nest.is_nested(Tensor())
    try:
        assert nest.register_leaf(Tensor) is Tensor
        assert not nest.is_nested(Tensor())
        assert len(nest.flatten([Tensor(), Tensor()])) == 2
    finally:
        LEAVES.discard(Tensor)


def test_keys_that_cannot_be_sorted() -> None:
    with pytest.raises(TypeError, match=r"sortable keys, got keys \[1, 'a'\]"):
        nest.flatten({1: 1, "a": 2})


def test_a_structure_that_contains_itself() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    with pytest.raises(RecursionError):
        nest.flatten(loop)


@pytest.mark.parametrize(
    ("structure", "flat", "expected"),
    [
        (1, [10], 10),
        (None, [10], 10),
        ([], [], []),
        ([1, (2, {"b": 3, "a": 4})], [10, 20, 30, 40], [10, (20, {"b": 40, "a": 30})]),
        ([1, 2], (10, 20), [10, 20]),
        ([1, 2], range(2), [0, 1]),
        (collections.OrderedDict(b=1, a=2), [10, 20], collections.OrderedDict(b=20, a=10)),
        (Pair(1, (2,)), [10, 20], Pair(10, (20,))),
        (MyList([1, 2]), [10, 20], MyList([10, 20])),
        (MyTuple([1, 2]), [10, 20], MyTuple([10, 20])),
        (MyDict(a=1), [10], MyDict(a=10)),
        (collections.deque([1, 2]), [10, 20], collections.deque([10, 20])),
        (range(2), [10, 20], [10, 20]),
        ({"b": 1, "a": 2}.values(), [10, 20], [10, 20]),
        ({"a": 1, "b": 2}, [[1, 2], 3], {"a": [1, 2], "b": 3}),
        (Model([1], 2), [None, 20], Model([None], 20)),
    ],
)
def test_pack(structure: Any, flat: Any, expected: Any) -> None:
    packed = nest.pack_sequence_as(structure, flat)
    assert packed == expected
    assert type(packed) is type(expected)
    if isinstance(packed, dict):
        assert list(packed) == list(structure)  # the order of the keys


def test_pack_keeps_the_default_factory() -> None:
    packed = nest.pack_sequence_as(collections.defaultdict(list, b=1, a=2), [10, 20])
    assert packed == {"b": 20, "a": 10}
    assert packed["c"] == []


def test_pack_mapping_without_items_to_set() -> None:
    packed = nest.pack_sequence_as(FixedMapping({"b": 1, "a": 2}), [10, 20])
    assert isinstance(packed, FixedMapping)
    assert packed.data == {"b": 20, "a": 10}


def test_pack_does_not_run_the_constructor_of_a_dataclass() -> None:
    frozen = Frozen(1)
    packed = nest.pack_sequence_as(frozen, [None, 3])
    assert (type(packed), packed.x, packed.y) == (Frozen, None, 3)
    assert (frozen.x, frozen.y) == (1, 2)
    slotted = nest.pack_sequence_as(Slotted(1, (2, 3)), [None, 5, 6])
    assert (slotted.x, slotted.y) == (None, (5, 6))


def test_pack_keeps_what_is_no_field() -> None:
    model = Model(1)
    model.note = "kept"  # type: ignore[attr-defined]
    assert nest.pack_sequence_as(model, [10, 20]).note == "kept"


def test_pack_by_protocol_and_attrs() -> None:
    packed = nest.pack_sequence_as(WithProtocol("name", [1, 2]), [10, 20])
    assert (packed.static, packed.child) == ("name", [10, 20])
    like = nest.pack_sequence_as(LikeAttrs(1, 2), [20, 10])
    assert (like.first, like.second) == (10, 20)


def test_real_attrs() -> None:
    attr = pytest.importorskip("attr")
    Point = attr.make_class("Point", ["x", "y"])
    assert nest.flatten(Point(1, [2, 3])) == [1, 2, 3]
    assert nest.pack_sequence_as(Point(1, [2, 3]), [4, 5, 6]) == Point(4, [5, 6])


@pytest.mark.parametrize(
    ("structure", "flat", "error", "text"),
    [
        (1, [10, 20], ValueError, "The target structure is of type `<class 'int'>`"),
        (1, [], ValueError, "of length 0"),
        ([1, 2], [10], ValueError, "Structure had 2 atoms, but flat_sequence had 1 items"),
        ([1, [2, 3]], [10, 20, 30, 40], ValueError, "had 3 atoms, but flat_sequence had 4 items"),
        ([], [1], ValueError, "had 0 atoms"),
        ([1, 2], 10, TypeError, "found incompatible type `<class 'int'>` instead"),
        (1, 10, TypeError, "Attempted to pack value"),
        ([1], ARRAY, TypeError, "Attempted to pack value"),
        ({"a": 1}, {"a": 1}, TypeError, "Attempted to pack value"),
    ],
)
def test_pack_refuses(structure: Any, flat: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        nest.pack_sequence_as(structure, flat)


def test_map_structure() -> None:
    assert nest.map_structure(lambda x: x + 1, [1, (2,)]) == [2, (3,)]
    assert nest.map_structure(lambda x, y: x + y, 1, 2) == 3
    assert nest.map_structure(lambda x: x, None) is None
    assert nest.map_structure(
        lambda x, y: x + y, {"a": 1, "b": 2}, collections.OrderedDict(b=10, a=20)
    ) == {"a": 21, "b": 12}
    calls: list[Any] = []
    nest.map_structure(calls.append, {"b": 1, "a": [2, 3]})
    assert calls == [2, 3, 1]
    assert nest.map_structure(
        lambda x, y: x + y, [1, (2,)], [3, [4]], check_types=False, expand_composites=True
    ) == [4, (6,)]


@pytest.mark.parametrize(
    ("args", "kwargs", "error", "text"),
    [
        ((3, [1]), {}, TypeError, "func must be callable, got: 3"),
        ((abs,), {}, ValueError, "Must provide at least one structure"),
        ((abs, [1]), {"foo": 1}, ValueError, "Only valid keyword arguments .* not: `foo`"),
        ((max, [1, (2,)], [3, [4]]), {}, TypeError, "don't have the same sequence type"),
        ((max, [1, 2], [3]), {}, ValueError, "the same number of elements"),
        ((max, [1, 2], [3, [4]]), {}, ValueError, "is a sequence, while substructure"),
    ],
)
def test_map_structure_refuses(args: Any, kwargs: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        nest.map_structure(*args, **kwargs)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, None),
        ([1, 2], [3, 4]),
        ({"a": 1}, collections.OrderedDict(a=1)),
        ({"a": 1}, collections.defaultdict(int, a=1)),
        ({"a": 1, "b": 2}, {"b": 1, "a": 2}),
        (MyList([1]), [3]),
        (Pair(1, 2), Pair(3, 4)),
        (Pair(1, 2), TwinPair(3, 4)),
        (Model(1, 2), Model(3, 4)),
    ],
)
def test_same_structure(a: Any, b: Any) -> None:
    nest.assert_same_structure(a, b)
    nest.assert_same_structure(b, a)
    nest.assert_same_structure([0, a], [0, b], check_types=False, expand_composites=True)


@pytest.mark.parametrize(
    ("a", "b", "error", "text"),
    [
        ([1, 2], [3], ValueError, "same number of elements"),
        ([1, 2], 3, ValueError, 'Substructure "type=list str=.1, 2.*" is a sequence'),
        ([1, [2]], [3, 4], ValueError, 'substructure "type=int str=4" is not'),
        ([[1, 2], [3]], [[1], [2, 3]], ValueError, "same number of elements"),
        ({"a": 1}, {"b": 1}, ValueError, "same set of keys"),
        ({"a": 1}, {"a": 1, "b": 1}, ValueError, "same set of keys"),
        ([1, 2], (3, 4), TypeError, "has type list, while second .* has type tuple"),
        ([], (), TypeError, "same sequence type"),
        ((1, 2), MyTuple([1, 2]), TypeError, "has type MyTuple"),
        (Pair(1, 2), OtherPair(1, 2), TypeError, "OtherPair"),
        (Pair(1, 2), ThirdPair(1, 2), TypeError, "same sequence type"),
        (Pair(1, 2), (1, 2), TypeError, "same sequence type"),
        (Model(1, 2), Frozen(1), TypeError, "Frozen"),
    ],
)
def test_different_structures(a: Any, b: Any, error: type[Exception], text: str) -> None:
    for first, second in ((a, b), ([0, a], [0, b])):
        with pytest.raises(error, match=text) as caught:
            nest.assert_same_structure(first, second)
        assert str(caught.value).startswith(
            "The two structures don't have the same nested structure.\n\nFirst structure: type="
        )
    with pytest.raises(error):
        nest.assert_same_structure(b, a)
    if error is TypeError:
        nest.assert_same_structure(a, b, check_types=False)


def test_the_message_shows_the_outline() -> None:
    with pytest.raises(ValueError) as caught:
        nest.assert_same_structure([1, {"a": (2, 3)}], [1, {"a": 4}])
    assert str(caught.value).endswith(
        "Entire first structure:\n[., {'a': (., .)}]\nEntire second structure:\n[., {'a': .}]"
    )
    with pytest.raises(ValueError) as caught:
        nest.assert_same_structure(list(range(10**4)), [])
    assert len(str(caught.value)) < 4000


structures = st.recursive(
    st.integers() | st.none() | st.text(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.builds(Pair, inner, inner)
        | st.builds(Model, inner, inner)
    ),
    max_leaves=12,
)


@given(structures, st.randoms(use_true_random=False))
def test_pack_is_the_opposite_of_flatten(structure: Any, rng: random.Random) -> None:
    leaves = nest.flatten(structure)
    assert nest.pack_sequence_as(structure, leaves) == structure
    assert nest.map_structure(lambda x: x, structure) == structure
    nest.assert_same_structure(structure, structure)
    other = [rng.random() for _ in leaves]
    packed = nest.pack_sequence_as(structure, other)
    assert nest.flatten(packed) == other
    nest.assert_same_structure(structure, packed)
    assert nest.map_structure(lambda x, y: (y, x)[0], structure, packed) == packed


def test_unconnected_gradients() -> None:
    assert UnconnectedGradients("none") is UnconnectedGradients.NONE
    assert UnconnectedGradients(UnconnectedGradients.ZERO) is UnconnectedGradients.ZERO
    assert [u.value for u in UnconnectedGradients] == ["none", "zero"]
    for wrong in ("x", None, 0):
        with pytest.raises(ValueError, match="Unknown value for unconnected_gradients: "):
            UnconnectedGradients(wrong)
