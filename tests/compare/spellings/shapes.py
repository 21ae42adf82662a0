"""Shapes, selection, scattering."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F

from .row import Row, one

MATRICES = one((3, 3), (2, 3), (4, 2))
ROWS_OF_THREE = one((3, 3), (3, 2), (3, 2, 2))
PADDINGS = ((1, 0), (2, 1))
# A mask that reads and leaves out elements of each row.
MASK = [True, False, True]


def _torch_pad(x, mode, **options):
    sizes = (PADDINGS[1][0], PADDINGS[1][1], PADDINGS[0][0], PADDINGS[0][1])
    return F.pad(x[None], sizes, mode=mode, **options)[0]


SCATTERS = {  # by TensorFlow's name: JAX's method, PyTorch's index_* and reduction
    "tensor_scatter_nd_update": ("set", lambda x, i, y: x.index_copy(0, i, y)),
    "tensor_scatter_nd_add": ("add", lambda x, i, y: x.index_add(0, i, y)),
    "tensor_scatter_nd_sub": ("subtract", lambda x, i, y: x.index_add(0, i, -y)),
    "tensor_scatter_nd_max": ("max", lambda x, i, y: x.index_reduce(0, i, y, "amax")),
    "tensor_scatter_nd_min": ("min", lambda x, i, y: x.index_reduce(0, i, y, "amin")),
}


def _scatters():
    for name, (method, by_torch) in SCATTERS.items():
        yield Row(
            name=name,
            tensorflow=lambda tf, x, y, n=name: getattr(tf, n)(x, [[2], [0]], y),
            jax=lambda x, y, m=method: getattr(x.at[np.array([2, 0])], m)(y),
            torch=lambda x, y, f=by_torch: f(x, torch.tensor([2, 0]), y),
            operands=2,
            shapes=(((3, 3), (2, 3)), ((4,), (2,))),
            domains=("real", "apart"),
        )


ROWS = [
    *_scatters(),
    Row(
        name="reshape",
        tensorflow=lambda tf, x: tf.reshape(x, [-1, 2]),
        jax=lambda x: jnp.reshape(x, (-1, 2)),
        torch=lambda x: torch.reshape(x, (-1, 2)),
        shapes=one((2, 3), (4,), (2, 2, 3)),
        kinds="fc",
    ),
    Row(
        name="transpose",
        tensorflow=lambda tf, x: [tf.transpose(x, [2, 0, 1]), tf.linalg.matrix_transpose(x)],
        jax=lambda x: [jnp.transpose(x, (2, 0, 1)), jnp.swapaxes(x, 1, 2)],
        torch=lambda x: [x.permute(2, 0, 1), x.mT],
        shapes=one((2, 3, 4), (1, 3, 2)),
        kinds="fc",
    ),
    Row(
        name="expand_dims and squeeze",
        tensorflow=lambda tf, x: [tf.expand_dims(x, 1), tf.squeeze(x[:1], 0)],
        jax=lambda x: [jnp.expand_dims(x, 1), jnp.squeeze(x[:1], 0)],
        torch=lambda x: [x.unsqueeze(1), x[:1].squeeze(0)],
        shapes=MATRICES,
    ),
    Row(
        name="broadcast_to and tile",
        tensorflow=lambda tf, x: [tf.broadcast_to(x, [2, 2, 3]), tf.tile(x, [2, 1])],
        jax=lambda x: [jnp.broadcast_to(x, (2, 2, 3)), jnp.tile(x, (2, 1))],
        torch=lambda x: [x.expand(2, 2, 3), x.tile(2, 1)],
        shapes=one((2, 3), (1, 3), (2, 1)),
    ),
    Row(
        name="repeat",
        tensorflow=lambda tf, x: tf.repeat(x, [2, 0, 1], axis=0),
        jax=lambda x: jnp.repeat(x, np.array([2, 0, 1]), axis=0),
        torch=lambda x: torch.repeat_interleave(x, torch.tensor([2, 0, 1]), 0),
        shapes=ROWS_OF_THREE,
    ),
    Row(
        name="reverse and roll",
        tensorflow=lambda tf, x: [tf.reverse(x, [0]), tf.roll(x, [1, -1], [0, 1])],
        jax=lambda x: [jnp.flip(x, 0), jnp.roll(x, (1, -1), (0, 1))],
        torch=lambda x: [torch.flip(x, [0]), torch.roll(x, (1, -1), (0, 1))],
        shapes=MATRICES,
        kinds="fc",
    ),
    Row(
        name="pad",
        tensorflow=lambda tf, x: tf.pad(x, PADDINGS, constant_values=0.5),
        jax=lambda x: jnp.pad(x, PADDINGS, constant_values=0.5),
        torch=lambda x: _torch_pad(x, "constant", value=0.5),
        shapes=MATRICES,
    ),
    Row(
        name="pad by reflection",
        tensorflow=lambda tf, x: tf.pad(x, PADDINGS, "REFLECT"),
        jax=lambda x: jnp.pad(x, PADDINGS, "reflect"),
        torch=lambda x: _torch_pad(x, "reflect"),
        shapes=one((3, 3), (2, 4)),
    ),
    Row(
        name="pad symmetrically",
        tensorflow=lambda tf, x: tf.pad(x, PADDINGS, "SYMMETRIC"),
        jax=lambda x: jnp.pad(x, PADDINGS, "symmetric"),
        shapes=one((3, 3), (2, 4)),
    ),
    Row(
        name="concat",
        tensorflow=lambda tf, x, y: tf.concat([x, y, x], 0),
        jax=lambda x, y: jnp.concatenate([x, y, x], 0),
        torch=lambda x, y: torch.cat([x, y, x], 0),
        operands=2,
        shapes=(((2, 3), (1, 3)), ((2,), (3,)), ((1, 2, 2), (1, 2, 2))),
        kinds="fc",
    ),
    Row(
        name="stack and unstack",
        tensorflow=lambda tf, x, y: [tf.stack([x, y], 1), *tf.unstack(x * y, axis=1)],
        jax=lambda x, y: [jnp.stack([x, y], 1), *jnp.moveaxis(x * y, 1, 0)],
        torch=lambda x, y: [torch.stack([x, y], 1), *torch.unbind(x * y, 1)],
        operands=2,
        shapes=(((3, 2), (3, 2)),),
        kinds="fc",
    ),
    Row(
        name="split",
        tensorflow=lambda tf, x: tf.split(x, [1, 3], 0) + tf.split(x, 2, 1),
        jax=lambda x: [*jnp.split(x, [1], 0), *jnp.split(x, 2, 1)],
        torch=lambda x: [*torch.split(x, [1, 3], 0), *torch.split(x, 1, 1)],
        shapes=one((4, 2)),
    ),
    Row(
        name="gather",
        tensorflow=lambda tf, x, axis: tf.gather(x, [[0, 2], [2, 1]], axis=axis),
        jax=lambda x, axis: jnp.take(x, np.array([[0, 2], [2, 1]]), axis),
        torch=lambda x, axis: torch.stack(
            [torch.index_select(x, axis, torch.tensor(i)) for i in ([0, 2], [2, 1])], axis
        ),
        options=({"axis": 0}, {"axis": 1}),
        shapes=one((3, 3), (3, 4)),
        kinds="fc",
    ),
    Row(
        name="gather of batches",
        tensorflow=lambda tf, x: tf.gather(x, [[0, 2, 1], [1, 1, 0]], batch_dims=1),
        jax=lambda x: jnp.take_along_axis(x, np.array([[0, 2, 1], [1, 1, 0]]), 1),
        torch=lambda x: torch.gather(x, 1, torch.tensor([[0, 2, 1], [1, 1, 0]])),
        shapes=one((2, 3), (2, 4)),
    ),
    Row(
        name="gather_nd",
        tensorflow=lambda tf, x: tf.gather_nd(x, [[0, 1], [1, 1], [0, 1]]),
        jax=lambda x: x[np.array([0, 1, 0]), np.array([1, 1, 1])],
        torch=lambda x: x[torch.tensor([0, 1, 0]), torch.tensor([1, 1, 1])],
        shapes=one((2, 3), (3, 2, 2)),
        kinds="fc",
    ),
    Row(
        name="scatter_nd",
        tensorflow=lambda tf, x: tf.scatter_nd([[2], [0], [2]], x, [4, 2]),
        jax=lambda x: jnp.zeros((4, 2), x.dtype).at[np.array([2, 0, 2])].add(x),
        torch=lambda x: x.new_zeros(4, 2).index_add(0, torch.tensor([2, 0, 2]), x),
        shapes=one((3, 2)),
        kinds="fc",
    ),
    Row(
        name="boolean_mask",
        tensorflow=lambda tf, x: tf.boolean_mask(x, MASK),
        jax=lambda x: x[np.array(MASK)],
        torch=lambda x: x[torch.tensor(MASK)],
        shapes=ROWS_OF_THREE,
    ),
    Row(
        name="slices",
        tensorflow=lambda tf, x: [tf.slice(x, [1, 0], [1, -1]), x[1:, ::2], x[..., None, 1]],
        jax=lambda x: [x[1:2], x[1:, ::2], x[..., None, 1]],
        torch=lambda x: [x[1:2], x[1:, ::2], x[..., None, 1]],
        shapes=MATRICES,
        kinds="fc",
    ),
    Row(
        name="slices backwards",
        tensorflow=lambda tf, x: tf.strided_slice(x, [2, 0], [-4, 3], [-2, 1]),
        jax=lambda x: x[2::-2, 0:3],
        torch=lambda x: torch.flip(x[0::2, 0:3], [0]),
        shapes=one((3, 3), (3, 4)),
    ),
    Row(
        name="one_hot",
        tensorflow=lambda tf, x: tf.one_hot([0, 2, 1], 4, dtype=tf.float64, axis=0) @ x,
        jax=lambda x: jnp.concatenate([x[np.array([0, 2, 1])], 0 * x[:1]]),
        torch=lambda x: torch.cat([x[[0, 2, 1]], 0 * x[:1]]),
        shapes=one((3, 3), (3, 2)),
    ),
    Row(
        name="reverse_sequence",
        tensorflow=lambda tf, x: tf.reverse_sequence(x, [1, 3, 2], seq_axis=1, batch_axis=0),
        jax=lambda x: jnp.take_along_axis(x, np.array([[0, 1, 2], [2, 1, 0], [1, 0, 2]]), 1),
        torch=lambda x: torch.gather(x, 1, torch.tensor([[0, 1, 2], [2, 1, 0], [1, 0, 2]])),
        shapes=one((3, 3)),
    ),
    Row(
        name="dynamic_partition and stitch",
        tensorflow=lambda tf, x: tf.dynamic_stitch(
            [[0], [2, 1]], tf.dynamic_partition(x, [0, 1, 1], 2)
        ),
        jax=lambda x: x[np.array([0, 2, 1])],
        torch=lambda x: x[[0, 2, 1]],
        shapes=ROWS_OF_THREE,
    ),
    Row(
        name="space_to_depth",
        tensorflow=lambda tf, x: tf.nn.space_to_depth(x, 2),
        jax=lambda x: x.reshape(1, 2, 2, 1, 2, 2).transpose(0, 1, 3, 2, 4, 5).reshape(1, 2, 1, 8),
        torch=lambda x: x.reshape(1, 2, 2, 1, 2, 2).permute(0, 1, 3, 2, 4, 5).reshape(1, 2, 1, 8),
        shapes=one((1, 4, 2, 2)),
    ),
    Row(
        name="meshgrid",
        tensorflow=lambda tf, x, y: tf.meshgrid(x, y),
        jax=lambda x, y: jnp.meshgrid(x, y),
        torch=lambda x, y: torch.meshgrid(x, y, indexing="xy"),
        operands=2,
        shapes=(((2,), (3,)), ((4,), (1,))),
    ),
    Row(
        name="matrices by index",
        tensorflow=lambda tf, x: x[tf.constant([1, 0, 1])] + x[tf.constant([0, 0, 1])],
        jax=lambda x: x[np.array([1, 0, 1])] + x[np.array([0, 0, 1])],
        torch=lambda x: x[[1, 0, 1]] + x[[0, 0, 1]],
        shapes=MATRICES,
        without=("tensorflow",),
    ),
    Row(
        name="sequence_mask",
        tensorflow=lambda tf, x: x * tf.sequence_mask([1, 3, 0], 3, tf.float64),
        jax=lambda x: x * np.array([[1, 0, 0], [1, 1, 1], [0, 0, 0.0]]),
        torch=lambda x: x * torch.tensor([[1, 0, 0], [1, 1, 1], [0, 0, 0.0]]),
        shapes=one((3, 3)),
    ),
    Row(
        name="diagonals",
        tensorflow=lambda tf, x: [
            tf.linalg.diag(x[0]),
            tf.linalg.diag_part(x),
            tf.linalg.trace(x),
            tf.linalg.band_part(x, 1, 0),
        ],
        jax=lambda x: [jnp.diag(x[0]), jnp.diagonal(x), jnp.trace(x), _band(jnp, x)],
        torch=lambda x: [torch.diag(x[0]), torch.diagonal(x), torch.trace(x), _band(torch, x)],
        shapes=one((3, 3), (2, 2)),
        kinds="fc",
    ),
    Row(
        name="set_diag",
        tensorflow=lambda tf, x, y: tf.linalg.set_diag(x, y),
        jax=lambda x, y: x - jnp.diag(jnp.diagonal(x)) + jnp.diag(y),
        torch=lambda x, y: x - torch.diag(torch.diagonal(x)) + torch.diag(y),
        operands=2,
        shapes=(((3, 3), (3,)),),
    ),
    Row(
        name="diagonals by number",
        tensorflow=lambda tf, x: [tf.linalg.diag(x, k=1), tf.linalg.diag_part(tf.linalg.diag(x))],
        jax=lambda x: [jnp.diag(x, 1), x],
        torch=lambda x: [torch.diag(x, 1), x],
        shapes=one((3,), (2,)),
    ),
    Row(
        name="identity_n",
        tensorflow=lambda tf, x, y: tf.identity_n([x, y]),
        jax=lambda x, y: [x, y],
        torch=lambda x, y: [x, y],
        operands=2,
    ),
    Row(
        name="while_loop",
        tensorflow=lambda tf, x: tf.while_loop(
            lambda i, y: i < 3, lambda i, y: (i + 1, tf.sin(y) * x), (0, x)
        )[1],
        jax=lambda x: jnp.sin(jnp.sin(jnp.sin(x) * x) * x) * x,
        torch=lambda x: torch.sin(torch.sin(torch.sin(x) * x) * x) * x,
        shapes=MATRICES,
    ),
    Row(
        name="map_fn",
        tensorflow=lambda tf, x: [
            tf.map_fn(lambda r: r * tf.reduce_sum(r), x),
            tf.vectorized_map(lambda r: tf.sin(r) * tf.reduce_max(r), x),
        ],
        jax=lambda x: [
            x * jnp.sum(x, 1, keepdims=True),
            jnp.sin(x) * jnp.max(x, 1, keepdims=True),
        ],
        torch=lambda x: [
            x * torch.sum(x, 1, keepdim=True),
            torch.sin(x) * torch.amax(x, 1, keepdim=True),
        ],
        shapes=MATRICES,
        domains=("apart",),
    ),
    Row(
        name="scan",
        tensorflow=lambda tf, x: tf.scan(lambda a, r: 0.5 * a + tf.sin(r), x),
        jax=lambda x: _scanned(jnp, x),
        torch=lambda x: _scanned(torch, x),
        shapes=MATRICES,
    ),
    Row(
        name="cond",
        tensorflow=lambda tf, x: tf.cond(
            tf.reduce_sum(x) > 0.0, lambda: tf.sin(x), lambda: tf.cos(x)
        ),
        jax=lambda x: jnp.where(jnp.sum(x) > 0.0, jnp.sin(x), jnp.cos(x)),
        torch=lambda x: torch.sin(x) if torch.sum(x) > 0.0 else torch.cos(x),
        shapes=MATRICES,
    ),
    Row(
        name="cast",
        tensorflow=lambda tf, x: tf.math.real(tf.cast(x, tf.complex128) * (1 - 2j)),
        jax=lambda x: jnp.real(x.astype("complex128") * (1 - 2j)),
        torch=lambda x: torch.real(x.to(torch.complex128) * (1 - 2j)),
        shapes=MATRICES,
    ),
]


def _band(library, x):
    """The diagonal, and the one below it."""
    return library.tril(x) - library.tril(x, -2)


def _scanned(library, x):
    rows = [x[0]]
    for row in x[1:]:
        rows.append(0.5 * rows[-1] + library.sin(row))
    return library.stack(rows)
