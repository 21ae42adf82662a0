"""Functions that come with their own derivative."""

from __future__ import annotations

import autograd_c as tf

from ..operations import Entry


@tf.custom_gradient
def _cube(x):
    return x * x * x, lambda upstream: upstream * tf.math.conj(x * x) * 3


@tf.custom_gradient
def _product_and_sum(x, y):
    def grad(by_product, by_sum):
        return by_product * tf.math.conj(y) + by_sum, by_product * tf.math.conj(x) + by_sum

    return (x * y, x + y), grad


def _customs():
    for shape in [(), (2, 3)]:
        yield Entry(f"custom_gradient({shape})", _cube, lambda x: x * x * x, (shape,), "ifc")
        yield Entry(
            f"custom_gradient of two ({shape})",
            lambda x, y: list(_product_and_sum(x, y)),
            lambda x, y: [x * y, x + y],
            (shape, shape),
            "ifc",
        )
        yield Entry(
            f"recompute_grad({shape})",
            tf.recompute_grad(lambda x: x * x * x),
            lambda x: x * x * x,
            (shape,),
            "ifc",
        )


ENTRIES = [*_customs()]
