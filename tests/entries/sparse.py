"""Products with sparse matrices."""

from __future__ import annotations

import numpy as np

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.functions.sparse.products import sampled_product, sparse_product

from ..operations import Entry

_PLACES = np.array([[0, 1], [0, 3], [2, 0], [2, 1], [2, 3]])
_POINTERS, _COLUMNS = np.array([0, 2, 2, 5]), _PLACES[:, 1].copy()
_F = {"kinds": "fc"}


def _dense(values):
    a = np.zeros((*values.shape[:-1], 3, 4), values.dtype)
    a[..., _PLACES[:, 0], _PLACES[:, 1]] = values
    return a


def _product(transposed, vector):
    given = {"rows": 3, "columns": 4, "transposed": transposed, "vector": vector}

    def ours(values, x):
        values, x = _core.operands_of("sparse_product", values, x)
        return sparse_product(values, x, _POINTERS, _COLUMNS, **given)

    def reference(values, x):
        a = _dense(values)
        a = np.swapaxes(a, -1, -2) if transposed else a
        return (a @ x[..., None])[..., 0] if vector else a @ x

    return ours, reference


def _sampled(vector):
    def ours(by_row, by_column):
        by_row, by_column = _core.operands_of("sampled_product", by_row, by_column)
        return sampled_product(by_row, by_column, _POINTERS, _COLUMNS, vector=vector)

    def reference(by_row, by_column):
        if vector:
            by_row, by_column = by_row[..., None], by_column[..., None]
        return (by_row @ np.swapaxes(by_column, -1, -2))[(..., *_PLACES.T)]

    return ours, reference


def _sparse(values):
    return tf.SparseTensor(_PLACES, values, [3, 4])


ENTRIES = [
    Entry("sparse_product", *_product(0, 0), ((5,), (4, 2)), **_F),
    Entry("sparse_product, vector", *_product(0, 1), ((5,), (4,)), **_F),
    Entry("sparse_product, transposed", *_product(1, 0), ((5,), (3, 2)), **_F),
    Entry("sparse_product, transposed, vector", *_product(1, 1), ((5,), (3,)), **_F),
    Entry("sampled_product", *_sampled(0), ((3, 2), (4, 2)), **_F),
    Entry("sampled_product, vector", *_sampled(1), ((3,), (4,)), **_F),
    Entry("sparse.to_dense", lambda x: tf.sparse.to_dense(_sparse(x)), _dense, ((5,),)),
]
