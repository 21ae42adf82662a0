"""What moves elements: shapes, joins and parts."""

from __future__ import annotations

import numpy as np

import autograd_c as tf

from ..operations import Entry


def _shapes():
    for shape, target in [
        ((2, 3, 4), (6, 4)),
        ((2, 3), (6,)),
        ((6,), (-1, 2)),
        ((2, 3), (1, 2, 1, 3)),
        ((), (1, 1)),
        ((1,), ()),
        ((0, 3), (3, 0)),
    ]:
        yield Entry(
            f"reshape({shape}, {target})",
            lambda x, t=target: tf.reshape(x, t),
            lambda x, t=target: np.reshape(x, t),
            (shape,),
        )
    for shape, order in [
        ((2, 3, 4), None),
        ((2, 3, 4), (1, 0, 2)),
        ((2, 3, 4), (2, 0, 1)),
        ((2, 3), (0, 1)),
        ((), None),
        ((0, 2), None),
    ]:
        yield Entry(
            f"transpose({shape}, {order})",
            lambda x, p=order: tf.transpose(x, p),
            lambda x, p=order: np.transpose(x, p),
            (shape,),
        )
    yield Entry("T", lambda x: x.T, lambda x: x.T, ((2, 3),))
    yield Entry("mT", lambda x: x.mT, lambda x: np.swapaxes(x, -1, -2), ((2, 3, 4),))
    yield Entry(
        "transpose(conjugate=True)",
        lambda x: tf.transpose(x, conjugate=True),
        lambda x: np.conj(x).T if x.dtype.kind == "c" else x.T,
        ((2, 3),),
        analytic=False,
    )
    for axis in (0, 1, -1, -3):
        yield Entry(
            f"expand_dims({axis})",
            lambda x, a=axis: tf.expand_dims(x, a),
            lambda x, a=axis: np.expand_dims(x, a),
            ((2, 3),),
        )
    yield Entry(
        "expand_dims(0-d)",
        lambda x: tf.expand_dims(x, 0),
        lambda x: np.expand_dims(x, 0),
        ((),),
    )
    for axis in (None, 0, (0, 2)):
        yield Entry(
            f"squeeze({axis})",
            lambda x, a=axis: tf.squeeze(x, a),
            lambda x, a=axis: np.squeeze(x, a),
            ((1, 3, 1),),
        )
    for shape, target in [
        ((3, 1), (2, 3, 4)),
        ((), (2, 2)),
        ((1,), (3,)),
        ((2, 3), (2, 3)),
        ((0, 1), (0, 3)),
        ((1, 1), (0, 3)),
    ]:
        yield Entry(
            f"broadcast_to({shape}, {target})",
            lambda x, t=target: tf.broadcast_to(x, t),
            lambda x, t=target: np.broadcast_to(x, t),
            (shape,),
        )
    for shape, multiples in [((2, 3), (2, 1)), ((2, 3), (1, 3)), ((2,), (0,)), ((), ())]:
        yield Entry(
            f"tile({shape}, {multiples})",
            lambda x, m=multiples: tf.tile(x, m),
            lambda x, m=multiples: np.tile(x, m),
            (shape,),
        )
    for axes in ((0,), (-1,), (0, 1), ()):
        yield Entry(
            f"reverse({axes})",
            lambda x, a=axes: tf.reverse(x, a),
            lambda x, a=axes: np.flip(x, a),
            ((2, 3),),
        )


def _joins():
    for shapes, axis in [
        (((2, 3), (2, 3)), 0),
        (((2, 3), (2, 1), (2, 2)), 1),
        (((2, 3), (4, 3)), -2),
        (((2, 3),), 0),
        (((0, 3), (2, 3)), 0),
        (((2,), (0,), (1,)), 0),
        (((2, 0), (3, 0)), 0),
    ]:
        yield Entry(
            f"concat({shapes}, {axis})",
            lambda *parts, a=axis: tf.concat(parts, a),
            lambda *parts, a=axis: np.concatenate(parts, a),
            shapes,
        )
    yield Entry(
        "concat(x, y, x)",
        lambda x, y: tf.concat([x, y, x], 1),
        lambda x, y: np.concatenate([x, y, x], 1),
        ((2, 3), (2, 2)),
    )
    for shape, count, axis in [
        ((), 3, 0),
        ((2, 3), 2, 0),
        ((2, 3), 3, 1),
        ((2, 3), 2, -1),
        ((0, 2), 2, 1),
    ]:
        yield Entry(
            f"stack({count} of {shape}, {axis})",
            lambda *parts, a=axis: tf.stack(parts, a),
            lambda *parts, a=axis: np.stack(parts, a),
            (shape,) * count,
        )
    yield Entry(
        "nested lists of tensors",
        lambda x, y: tf.convert_to_tensor([[x, y], [y, x]]),
        lambda x, y: np.array([[x, y], [y, x]]),
        ((), ()),
    )
    for axis in (0, 1, -1):
        yield Entry(
            f"unstack({axis})",
            lambda x, a=axis: tf.unstack(x, axis=a),
            lambda x, a=axis: list(np.moveaxis(x, a, 0)),
            ((2, 3),),
        )
    yield Entry("iteration", list, list, ((3, 2),))
    for parts, axis in [(2, 0), (3, 1), ((1, 3), 0), ((2, 0, -1), -1)]:
        edges = {(1, 3): [1], (2, 0, -1): [2, 2]}.get(parts, parts)
        yield Entry(
            f"split({parts}, {axis})",
            lambda x, n=parts, a=axis: tf.split(x, n, a),
            lambda x, n=edges, a=axis: np.split(x, n, a),
            ((4, 3),),
        )


ENTRIES = [*_shapes(), *_joins()]
# They compute nothing: their results are their inputs' elements.
MOVING = {e.name for e in ENTRIES}
