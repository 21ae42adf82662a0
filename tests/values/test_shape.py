from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_c.values.shape import TensorShape

UNKNOWN = TensorShape(None)
dims = st.lists(st.none() | st.integers(0, 4), max_size=4)
shapes = st.none() | dims


class Index:
    def __index__(self) -> int:
        return 7


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((2, 3), [2, 3]),
        ([2, None], [2, None]),
        ((None, 3), [None, 3]),
        ([], []),
        ((), []),
        (5, [5]),
        (np.int64(5), [5]),
        (Index(), [7]),
        ([Index(), np.uint8(3), True], [7, 3, 1]),
        (np.array([4, 5]), [4, 5]),
        (range(3), [0, 1, 2]),
        (iter([2, 3]), [2, 3]),
        (TensorShape([1, 2]), [1, 2]),
        ([2**70], [2**70]),
    ],
)
def test_construction(given: Any, expected: list[int | None]) -> None:
    shape = TensorShape(given)
    assert type(shape) is TensorShape
    assert list(shape) == expected
    assert all(d is None or type(d) is int for d in shape)


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ([-1], ValueError, "Dimension -1 must be >= 0"),
        ((2, -3), ValueError, "Dimension -3 must be >= 0"),
        (-1, ValueError, "must be >= 0"),
        (["a"], TypeError, "Dimension value must be integer or None"),
        ([1.0], TypeError, "got value 1.0 with type 'float'"),
        ((2, 1.5), TypeError, "Dimension value must be integer or None"),
        (2.5, TypeError, "Dimension value must be integer or None"),
        ("ab", TypeError, "Failed to convert 'ab' to a shape"),
        ([[1]], TypeError, "Dimension value must be integer or None"),
        (object(), TypeError, "Dimension value must be integer or None"),
    ],
)
def test_construction_refuses(given: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        TensorShape(given)


def test_it_is_a_tuple() -> None:
    shape = TensorShape([2, 3])
    assert isinstance(shape, tuple)
    assert shape == (2, 3) and (2, 3) == shape
    assert shape == [2, 3] and [2, 3] == shape
    assert shape == TensorShape((2, 3))
    assert shape != (3, 2) and shape != [2] and shape != TensorShape([2, None])
    assert not (shape != (2, 3)) and not (shape != [2, 3])
    assert shape not in (None, 2, "ab")
    assert hash(shape) == hash((2, 3))
    assert {(2, 3): 1}[shape] == 1
    assert np.zeros(shape).shape == shape
    assert np.broadcast_shapes(shape, (1,)) == shape
    rows, columns = shape
    assert (rows, columns) == (2, 3)
    assert not TensorShape([])  # as a tuple
    assert not hasattr(shape, "__dict__")


def test_make_is_the_quick_way() -> None:
    shape = TensorShape._make((2, 3))
    assert type(shape) is TensorShape
    assert shape == (2, 3)


def test_text() -> None:
    assert repr(TensorShape([2, 3])) == "TensorShape([2, 3])"
    assert repr(TensorShape([None])) == "TensorShape([None])"
    assert repr(UNKNOWN) == "TensorShape(None)"
    assert str(TensorShape([2, 3])) == "(2, 3)"
    assert str(TensorShape([1])) == "(1,)"
    assert str(TensorShape([None, 3])) == "(None, 3)"
    assert str(UNKNOWN) == "<unknown>"
    assert f"{TensorShape([2, 3])}" == "(2, 3)"


@pytest.mark.parametrize("given", [[2, 3], [], [None, 3], None])
def test_pickle_and_copy(given: Any) -> None:
    shape = TensorShape(given)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(shape, protocol))
        assert type(again) is type(shape)
        assert again == shape
    assert copy.copy(shape) == shape
    assert copy.deepcopy(shape) == shape


def test_rank_and_elements() -> None:
    shape = TensorShape([2, 3])
    assert (shape.rank, shape.ndims, shape.dims, shape.as_list()) == (2, 2, [2, 3], [2, 3])
    assert shape.num_elements() == 6
    assert TensorShape([]).num_elements() == 1
    assert TensorShape([0, 3]).num_elements() == 0
    assert TensorShape([None, 3]).num_elements() is None
    assert TensorShape([None]).as_list() == [None]
    assert shape.is_fully_defined()
    assert not TensorShape([None]).is_fully_defined()
    shape.assert_is_fully_defined()
    with pytest.raises(ValueError, match=r"Shape \(2, None\) is not fully defined"):
        TensorShape([2, None]).assert_is_fully_defined()


def test_indexing() -> None:
    shape = TensorShape([2, 3, 4])
    assert shape[0] == 2 and shape[-1] == 4 and shape[np.int64(1)] == 3
    for part in (shape[1:], shape[:-1], shape[::-1], shape[:], shape[5:]):
        assert type(part) is TensorShape
    assert shape[1:] == (3, 4)
    assert shape[::2] == (2, 4)
    with pytest.raises(IndexError):
        shape[3]
    with pytest.raises(TypeError):
        shape[None]  # type: ignore[call-overload]


def test_concatenation() -> None:
    shape = TensorShape([2, 3])
    for result, expected in [
        (shape + [4], (2, 3, 4)),
        (shape + (4,), (2, 3, 4)),
        (shape + TensorShape([4]), (2, 3, 4)),
        (shape + 4, (2, 3, 4)),
        ([4] + shape, (4, 2, 3)),
        ((4,) + shape, (4, 2, 3)),
        (4 + shape, (4, 2, 3)),
        (shape.concatenate([None]), (2, 3, None)),
    ]:
        assert type(result) is TensorShape
        assert result == expected
    assert (shape + None) is UNKNOWN
    assert (UNKNOWN + shape) is UNKNOWN
    with pytest.raises(TypeError):
        shape + "a"


def test_compatible() -> None:
    shape = TensorShape([2, 3])
    for other in ([2, 3], [None, 3], [None, None], None, UNKNOWN, (2, 3)):
        assert shape.is_compatible_with(other)
        assert TensorShape(other).is_compatible_with(shape)
        shape.assert_is_compatible_with(other)
    for other in ([2, 4], [2], [], [None], [2, 3, 1], 2):
        assert not shape.is_compatible_with(other)
        with pytest.raises(ValueError, match=r"Shapes \(2, 3\) and .* are incompatible"):
            shape.assert_is_compatible_with(other)


def test_merge_with() -> None:
    assert TensorShape([2, None]).merge_with([None, 3]) == [2, 3]
    assert UNKNOWN.merge_with([2]) == [2]
    assert TensorShape([2]).merge_with(None) == [2]
    for other in ([2, 4], [2]):
        with pytest.raises(ValueError, match=r"Shapes \(2, 3\) and .* are not compatible"):
            TensorShape([2, 3]).merge_with(other)


def test_common_shapes() -> None:
    shape = TensorShape([2, 3])
    assert shape.most_specific_compatible_shape([2, 4]) == [2, None]
    assert shape.most_specific_compatible_shape([2, 3]) == [2, 3]
    assert shape.most_specific_compatible_shape([2]) is UNKNOWN
    assert shape.most_specific_compatible_shape(None) is UNKNOWN
    assert shape.most_specific_common_supertype([TensorShape([2, 4])]) == [2, None]
    assert shape.most_specific_common_supertype([]) == shape
    assert shape.most_specific_common_supertype([(2, 3)]) is None


def test_subtypes() -> None:
    assert TensorShape([2, 3]).is_subtype_of(TensorShape([2, None]))
    assert TensorShape([2, 3]).is_subtype_of(UNKNOWN)
    assert UNKNOWN.is_subtype_of(UNKNOWN)
    assert not UNKNOWN.is_subtype_of(TensorShape([2]))
    assert not TensorShape([2, None]).is_subtype_of(TensorShape([2, 3]))
    assert not TensorShape([2]).is_subtype_of(TensorShape([2, 3]))
    assert not TensorShape([2, 3]).is_subtype_of([2, 3])


def test_ranks() -> None:
    shape = TensorShape([2, 3])
    assert shape.with_rank(2) is shape
    assert shape.with_rank_at_least(2) is shape
    assert shape.with_rank_at_most(2) is shape
    assert UNKNOWN.with_rank(2) == [None, None]
    assert UNKNOWN.with_rank_at_least(2) is UNKNOWN
    assert UNKNOWN.with_rank_at_most(2) is UNKNOWN
    shape.assert_has_rank(2)
    shape.assert_same_rank([1, 1])
    shape.assert_same_rank(None)
    UNKNOWN.assert_has_rank(3)
    with pytest.raises(ValueError, match=r"Shape \(2, 3\) must have rank 3"):
        shape.assert_has_rank(3)
    with pytest.raises(ValueError, match=r"Shape \(2, 3\) must have rank 3"):
        shape.with_rank(3)
    with pytest.raises(ValueError, match="must have rank at least 3"):
        shape.with_rank_at_least(3)
    with pytest.raises(ValueError, match="must have rank at most 1"):
        shape.with_rank_at_most(1)
    with pytest.raises(ValueError, match="must have the same rank"):
        shape.assert_same_rank([1])


def test_unknown_rank() -> None:
    assert TensorShape(None) is UNKNOWN
    assert isinstance(UNKNOWN, TensorShape)
    assert UNKNOWN.rank is None and UNKNOWN.ndims is None and UNKNOWN.dims is None
    assert UNKNOWN.num_elements() is None
    assert not UNKNOWN and not UNKNOWN.is_fully_defined()
    assert UNKNOWN == UNKNOWN and UNKNOWN == None and UNKNOWN != TensorShape([None])  # noqa: E711
    assert UNKNOWN != () and UNKNOWN != (None,) and (None,) != UNKNOWN
    assert hash(UNKNOWN) == hash(TensorShape(None))
    assert UNKNOWN[0] is None and UNKNOWN[-1] is None
    assert UNKNOWN[1:3] == [None, None]
    assert UNKNOWN[1:] is UNKNOWN and UNKNOWN[:-1] is UNKNOWN
    for use in (len, list, lambda s: 2 in s, TensorShape.as_list):
        with pytest.raises(ValueError):
            use(UNKNOWN)
    with pytest.raises(TypeError):
        np.zeros(UNKNOWN)  # C code reads the tuple itself: it must not take it for ()


@given(shapes, shapes)
def test_compatibility_and_merging_agree(a: Any, b: Any) -> None:
    x, y = TensorShape(a), TensorShape(b)
    assert x.is_compatible_with(y) == y.is_compatible_with(x)
    if x.is_compatible_with(y):
        merged = x.merge_with(y)
        assert merged == y.merge_with(x)
        assert merged.is_subtype_of(x) and merged.is_subtype_of(y)
    common = x.most_specific_compatible_shape(y)
    assert common == y.most_specific_compatible_shape(x)
    assert x.is_subtype_of(common) and y.is_subtype_of(common)
    assert x.most_specific_compatible_shape(x) == x


@given(dims, st.slices(4))
def test_slices_are_those_of_a_tuple(d: list[Any], s: slice) -> None:
    assert TensorShape(d)[s] == tuple(d)[s]
