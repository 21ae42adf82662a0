"""Structures: lists, tuples, dicts and the like, nested in each other, as one flat list.

What is opened up: lists, tuples, named tuples and other sequences (not strings), dicts and other
mappings, the views of a dict, instances of dataclasses and of attrs classes, and of classes with
TensorFlow's ``__tf_flatten__`` and ``__tf_unflatten__``. Everything else is a leaf: tensors,
arrays, strings, sets, generators, ``None``.

The order is that of the structure; for mappings it is that of their sorted keys, as in
TensorFlow, and for dataclasses and attrs classes that of their fields.

>>> import autograd_c as tf
>>> weights = {"b": 1.0, "a": [2.0, (3.0, None)]}
>>> tf.nest.flatten(weights)
[2.0, 3.0, None, 1.0]
>>> tf.nest.map_structure(lambda x: 10 * x if x else x, weights)
{'b': 10.0, 'a': [20.0, (30.0, None)]}
"""

from __future__ import annotations

from autograd_c.values.nest import (
    assert_same_structure,
    flatten,
    is_nested,
    map_structure,
    pack_sequence_as,
    register_leaf,
)

__all__ = [
    "assert_same_structure",
    "flatten",
    "is_nested",
    "map_structure",
    "pack_sequence_as",
    "register_leaf",
]
