"""Indexing, gathering and choosing."""

from __future__ import annotations

import numpy as np

import autograd_c as tf

from ..operations import Entry

MASK = np.array([[True, False, True], [False, False, True]])
KEYS = {
    "0": (0,),
    "-1": (-1,),
    "1, 2": (1, 2),
    "1:": (slice(1, None),),
    "::2": (slice(None, None, 2),),
    "::-1, ::-2": (slice(None, None, -1), slice(None, None, -2)),
    "3:0:-1": (slice(3, 0, -1),),
    "2:2": (slice(2, 2),),
    "..., 1": (..., 1),
    "None, ..., None, 0": (None, ..., None, 0),
    ":, None": (slice(None), None),
    "0, ..., 1:": (0, ..., slice(1, None)),
    "...": (...,),
    "[0, 2, 0]": ([0, 2, 0],),
    "[]": ([],),
    "[[0, -1], [1, 1]]": ([[0, -1], [1, 1]],),
    ":, [2, 0, 2, 2]": (slice(None), [2, 0, 2, 2]),
    "[0, 1, 1], [2, 0, 0]": ([0, 1, 1], [2, 0, 0]),
    "[[0], [2]], [0, 2]": ([[0], [2]], [0, 2]),
    "[0, 2], :, [1, 0]": ([0, 2], slice(None), [1, 0]),
    "1, [0, 2]": (1, [0, 2]),
    "::-1, [1, 0, 0], None": (slice(None, None, -1), [1, 0, 0], None),
    "mask of rows": (np.array([True, False, True, True]),),
    "mask of two axes": (np.arange(12).reshape(4, 3) % 5 < 2,),
    "all false": (np.zeros((4, 3), bool),),
    "..., mask": (..., np.array([True, False])),
}


def _tensor_key(key):
    """Arrays and lists as tensors, the rest as it is."""
    return tuple(tf.constant(k, tf.int64) if isinstance(k, list) else k for k in key)


def _indexing():
    def numpy_key(key):
        return tuple(np.array(k, np.int64) if isinstance(k, list) else k for k in key)

    for text, key in KEYS.items():
        plain = numpy_key(key)
        yield Entry(
            f"x[{text}]",
            lambda x, k=key: x[k],
            lambda x, k=plain: x[k],
            ((4, 3, 2),),
        )
        if any(isinstance(k, list) for k in key):
            yield Entry(
                f"x[{text}] by tensors",
                lambda x, k=key: x[_tensor_key(k)],
                lambda x, k=plain: x[k],
                ((4, 3, 2),),
            )
    yield Entry("0-d x[...]", lambda x: x[...], lambda x: x[...], ((),))
    yield Entry("0-d x[None]", lambda x: x[None], lambda x: x[None], ((),))
    yield Entry("v[2]", lambda x: x[2], lambda x: x[2], ((3,),))
    yield Entry("v[-1:]", lambda x: x[-1:], lambda x: x[-1:], ((3,),))
    yield Entry("v[[1, 1, 0]]", lambda x: x[[1, 1, 0]], lambda x: x[[1, 1, 0]], ((3,),))
    for shapes in [((2, 3), (2, 3)), ((), (3,)), ((2, 1), ()), ((4, 1, 3), (2, 1))]:
        yield Entry(
            f"where({shapes})",
            lambda x, y: tf.where(MASK, x, y),
            lambda x, y: np.where(MASK, x, y),
            shapes,
        )
    yield Entry(
        "where(0-d condition)",
        lambda x, y: tf.where(True, x, y),
        lambda x, y: np.where(True, x, y),
        ((2, 3), (3,)),
    )
    yield Entry(
        "where(x, x)", lambda x: tf.where(MASK, x, x), lambda x: np.where(MASK, x, x), ((2, 3),)
    )


def _gathers():
    for indices, axis in [
        ([2, 0, 2], 0),
        ([[1, 0], [0, 1]], 1),
        ([1], -1),
        (3, 0),
        ([], 0),
        ([-1, 0], 0),
    ]:
        yield Entry(
            f"gather({indices}, axis={axis})",
            lambda x, i=indices, a=axis: tf.gather(x, tf.constant(i, tf.int32), axis=a),
            lambda x, i=indices, a=axis: np.take(x, np.array(i, np.int32), axis=a),
            ((4, 3, 2),),
        )
    yield Entry(
        "embedding_lookup",
        lambda x: tf.nn.embedding_lookup(x, [[1, 1], [0, 3]]),
        lambda x: x[[[1, 1], [0, 3]]],
        ((4, 3),),
    )
    yield Entry(
        "gather_nd",
        lambda x: tf.gather_nd(x, [[1, 2], [0, 0], [1, 2]]),
        lambda x: x[[1, 0, 1], [2, 0, 2]],
        ((4, 3, 2),),
    )


ENTRIES = [*_indexing(), *_gathers()]
# They compute nothing: their results are their inputs' elements.
MOVING = {e.name for e in ENTRIES}
