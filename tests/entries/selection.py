"""Parts of tensors by numbers, and tensors with other ones in their parts."""

from __future__ import annotations

import numpy as np

import autograd_c as tf

from ..operations import Entry


def _paddings():
    for mode, numpy, pairs, shape in [
        ("CONSTANT", "constant", [[1, 2], [0, 1]], (2, 3)),
        ("CONSTANT", "constant", [[1, 0], [0, 0]], (0, 3)),
        ("reflect", "reflect", [[1, 0], [2, 1]], (2, 3)),
        ("SYMMETRIC", "symmetric", [[2, 1], [0, 3]], (2, 3)),
        ("SYMMETRIC", "symmetric", [[2, 1], [0, 0]], (2, 3)),
    ]:
        yield Entry(
            f"pad({shape}, {mode}, {pairs})",
            lambda x, m=mode, p=pairs: tf.pad(x, p, m),
            lambda x, m=numpy, p=pairs: np.pad(x, p, m),
            (shape,),
        )
    yield Entry(
        "pad with a value",
        lambda x, y: tf.pad(x, [[1, 2], [0, 1]], constant_values=y),
        lambda x, y: np.pad(x, [[1, 2], [0, 1]], constant_values=y),
        ((2, 3), ()),
    )


def _moves():
    for shift, axis in [(1, 0), (-2, -1), ([1, 2, 1], [0, 1, 0])]:
        yield Entry(
            f"roll({shift}, {axis})",
            lambda x, s=shift, a=axis: tf.roll(x, s, a),
            lambda x, s=shift, a=axis: np.roll(x, s, a),
            ((3, 4),),
        )
    for repeats, axis in [(2, None), (2, 0), ([1, 0, 2], 1)]:
        yield Entry(
            f"repeat({repeats}, {axis})",
            lambda x, n=repeats, a=axis: tf.repeat(x, n, a),
            lambda x, n=repeats, a=axis: np.repeat(x, n, a),
            ((2, 3),),
        )
    for indexing in ("xy", "ij"):
        yield Entry(
            f"meshgrid({indexing})",
            lambda x, y, i=indexing: tf.meshgrid(x, y, indexing=i),
            lambda x, y, i=indexing: list(np.meshgrid(x, y, indexing=i)),
            ((2,), (3,)),
        )
    yield Entry(
        "reverse_sequence",
        lambda x: tf.reverse_sequence(x, [2, 0, 3], 0, 2),
        lambda x: np.stack([x[[1, 0, 2], :, 0], x[:, :, 1], x[::-1, :, 2]], -1),
        ((3, 2, 3),),
    )
    yield Entry(
        "boolean_mask",
        lambda x: tf.boolean_mask(x, [True, False, True], 1),
        lambda x: x[:, [0, 2]],
        ((2, 3, 2),),
    )
    yield Entry(
        "slice",
        lambda x: tf.slice(x, [1, 0], [2, -1]),
        lambda x: x[1:3],
        ((3, 2),),
    )
    yield Entry(
        "strided_slice",
        lambda x: tf.strided_slice(x, [2, 1], [0, 2], [-1, 1], shrink_axis_mask=2),
        lambda x: x[2:0:-1, 1],
        ((3, 2),),
    )
    yield Entry(
        "dynamic_partition",
        lambda x: tf.dynamic_partition(x, [1, 0, 1], 3),
        lambda x: [x[1:2], x[::2], x[:0]],
        ((3, 2),),
    )
    yield Entry(
        "dynamic_stitch",
        lambda x, y: tf.dynamic_stitch([[0, 2, 1], [[2], [3]]], [x, y]),
        lambda x, y: np.stack([x[0], x[2], y[0, 0], y[1, 0]]),
        ((3, 2), (2, 1, 2)),
    )


def _blocks():
    yield Entry(
        "space_to_depth",
        lambda x: tf.nn.space_to_depth(x, 2),
        lambda x: x.reshape(1, 1, 2, 2, 2, 1).swapaxes(2, 3).reshape(1, 1, 2, 4),
        ((1, 2, 4, 1),),
    )
    yield Entry(
        "space_to_depth(NCHW)",
        lambda x: tf.nn.space_to_depth(x, 2, "NCHW"),
        lambda x: np.concatenate([x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)], 1),
        ((1, 2, 2, 4),),
    )
    yield Entry(
        "depth_to_space",
        lambda x: tf.nn.depth_to_space(x, 2),
        lambda x: x.reshape(1, 1, 2, 2, 2, 1).swapaxes(2, 3).reshape(1, 2, 4, 1),
        ((1, 1, 2, 4),),
    )
    yield Entry(
        "depth_to_space(NCHW)",
        lambda x: tf.nn.space_to_depth(tf.nn.depth_to_space(x, 2, "NCHW"), 2, "NCHW"),
        lambda x: x,
        ((1, 8, 1, 2),),
    )
    yield Entry(
        "space_to_batch",
        lambda x: tf.space_to_batch(x, [2], [[1, 0]]),
        lambda x: np.stack([np.stack([np.zeros_like(x[0, 0]), x[0, 1]]), x[0, ::2]]),
        ((1, 3, 2),),
    )
    yield Entry(
        "batch_to_space",
        lambda x: tf.batch_to_space(x, [2], [[1, 0]]),
        lambda x: np.stack([x[1, 0], x[0, 1], x[1, 1]])[None],
        ((2, 2, 2),),
    )
    yield Entry(
        "extract_patches",
        lambda x: tf.image.extract_patches(x, [1, 2, 1, 1], [1, 1, 2, 1], [1, 2, 1, 1], "VALID"),
        lambda x: np.concatenate([x[:, :1, ::2], x[:, 2:, ::2]], -1),
        ((1, 3, 3, 2),),
    )


def _scatters():
    yield Entry(
        "gather_nd in batches",
        lambda x: tf.gather_nd(x, [[[2, 0], [1, 1]], [[0, 1], [0, 1]]], batch_dims=1),
        lambda x: x[[[0], [1]], [[2, 1], [0, 0]], [[0, 1], [1, 1]]],
        ((2, 3, 2),),
    )
    yield Entry(
        "gather in batches",
        lambda x: tf.gather(x, [[2, 0], [1, 1]], axis=2, batch_dims=1),
        lambda x: np.stack([x[0][:, [2, 0]], x[1][:, [1, 1]]]),
        ((2, 3, 3),),
    )
    yield Entry(
        "scatter_nd",
        lambda x: tf.scatter_nd([[1], [3], [1]], x, [5, 2]),
        lambda x: np.stack(
            [np.zeros_like(x[0]), x[0] + x[2], *np.zeros_like(x[:1]), x[1], *np.zeros_like(x[:1])]
        ),
        ((3, 2),),
    )

    def replaced(x, y):
        x = x.copy()
        x[[1, 0], 2] = y[1:]
        return x

    yield Entry(
        "tensor_scatter_nd_update",
        lambda x, y: tf.tensor_scatter_nd_update(x, [[1, 2], [1, 2], [0, 2]], y),
        replaced,
        ((2, 3, 2), (3, 2)),
    )
    for name, ufunc in [
        ("add", np.add),
        ("sub", np.subtract),
        ("min", np.minimum),
        ("max", np.maximum),
    ]:

        def reference(x, y, ufunc=ufunc):
            x = x.copy()
            ufunc.at(x, [1, 0, 1], y)
            return x

        f = getattr(tf, f"tensor_scatter_nd_{name}")
        for shapes in [((2, 3), (3, 3)), ((2,), (3,)), ((2, 0), (3, 0))]:
            yield Entry(
                f"tensor_scatter_nd_{name}({shapes})",
                lambda x, y, f=f: f(x, [[1], [0], [1]], y),
                reference,
                shapes,
                "ifc" if name in ("add", "sub") else "if",
            )


_MOVES = [*_paddings(), *_moves(), *_blocks()]
ENTRIES = [*_MOVES, *_scatters()]
# They compute nothing: their results are their inputs' elements.
MOVING = {e.name for e in ENTRIES if not e.name.startswith(("scatter", "tensor_scatter"))}
MOVING.add("tensor_scatter_nd_update")
