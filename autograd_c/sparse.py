"""``tf.sparse``: tensors of which most elements are 0, with derivatives by those that are not."""

from __future__ import annotations

from autograd_c.functions.sparse.arithmetic import add, map_values, maximum, minimum, softmax
from autograd_c.functions.sparse.making import bincount, eye, from_dense, to_dense, to_indicator
from autograd_c.functions.sparse.matrices import sparse_dense_matmul
from autograd_c.functions.sparse.rearranging import (
    concat,
    expand_dims,
    fill_empty_rows,
    mask,
    reorder,
    reset_shape,
    reshape,
    retain,
    slice,
    split,
    transpose,
)
from autograd_c.functions.sparse.reductions import (
    reduce_max,
    reduce_sum,
    segment_mean,
    segment_sqrt_n,
    segment_sum,
)
from autograd_c.functions.sparse.tensor import SparseTensor

__all__ = [
    "SparseTensor",
    "add",
    "bincount",
    "concat",
    "expand_dims",
    "eye",
    "fill_empty_rows",
    "from_dense",
    "map_values",
    "mask",
    "maximum",
    "minimum",
    "reduce_max",
    "reduce_sum",
    "reorder",
    "reset_shape",
    "reshape",
    "retain",
    "segment_mean",
    "segment_sqrt_n",
    "segment_sum",
    "slice",
    "softmax",
    "sparse_dense_matmul",
    "split",
    "to_dense",
    "to_indicator",
    "transpose",
]
