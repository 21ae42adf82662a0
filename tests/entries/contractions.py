"""Products of matrices and tensors."""

from __future__ import annotations

import numpy as np

import autograd_c as tf

from ..operations import Entry


def _contractions():
    for a, b in [
        ((2, 3), (3, 4)),
        ((1, 3), (3, 1)),
        ((5, 2, 3), (5, 3, 2)),
        ((5, 2, 3), (3, 2)),
        ((2, 3), (4, 3, 2)),
        ((2, 1, 2, 3), (3, 3, 2)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
        ((0, 2, 3), (3, 2)),
    ]:
        for ta, tb in [(False, False), (True, False), (False, True), (True, True)]:
            shapes = (
                (*a[:-2], a[-1], a[-2]) if ta else a,
                (*b[:-2], b[-1], b[-2]) if tb else b,
            )
            yield Entry(
                f"matmul({shapes}, {ta}, {tb})",
                lambda x, y, ta=ta, tb=tb: tf.matmul(x, y, transpose_a=ta, transpose_b=tb),
                lambda x, y, ta=ta, tb=tb: np.matmul(
                    np.swapaxes(x, -1, -2) if ta else x, np.swapaxes(y, -1, -2) if tb else y
                ),
                shapes,
                "ifc",
            )
    yield Entry(
        "matmul(adjoint)",
        lambda x, y: tf.matmul(x, y, adjoint_a=True, adjoint_b=True),
        lambda x, y: np.matmul(np.conj(x).T, np.conj(y).T),
        ((3, 2), (4, 3)),
        "ifc",
        analytic=False,
    )
    yield Entry("x @ x", lambda x: x @ x, lambda x: x @ x, ((3, 3),), "ifc")
    for a, b in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((3,), (2, 3, 4)), ((0,), (0,))]:
        yield Entry(f"{a} @ {b}", lambda x, y: x @ y, lambda x, y: x @ y, (a, b), "ifc")
    for a, b, axes in [
        ((2, 3), (3, 2), 1),
        ((2, 3), (2, 3), 2),
        ((2,), (3,), 0),
        ((2, 3, 4), (4, 2), ([0, 2], [1, 0])),
        ((2, 3), (4, 2), (0, 1)),
        ((), (2,), 0),
        ((2, 0), (0, 3), 1),
    ]:
        yield Entry(
            f"tensordot({a}, {b}, {axes})",
            lambda x, y, n=axes: tf.tensordot(x, y, n),
            lambda x, y, n=axes: np.tensordot(x, y, n),
            (a, b),
            "ifc",
        )
    for equation, *shapes in [
        ("ij,jk->ik", (2, 3), (3, 4)),
        ("ij,jk", (2, 3), (3, 2)),
        ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
        ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)),
        ("i,i->", (3,), (3,)),
        ("i,j->ij", (3,), (2,)),
        ("i,j->ji", (3,), (2,)),
        ("ij,ij->ij", (2, 3), (2, 3)),
        ("ij,k->j", (2, 3), (2,)),
        ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
        ("i,i,i->i", (3,), (3,), (3,)),
        ("ab,bc,ca->", (2, 3), (3, 2), (2, 2)),
        (",ij->ij", (), (2, 3)),
    ]:
        yield Entry(
            f"einsum({equation!r})",
            lambda *x, e=equation: tf.einsum(e, *x),
            lambda *x, e=equation: np.einsum(e, *x),
            tuple(shapes),
            "ifc",
        )
    for equation, shape in [
        ("ii", (3, 3)),
        ("ii->i", (3, 3)),
        ("iij->j", (2, 2, 3)),
        ("iji->ji", (2, 3, 2)),
        ("ij->ji", (2, 3)),
        ("ij->", (2, 3)),
        ("ij->j", (2, 3)),
        ("...i->...", (2, 2, 3)),
        ("->", ()),
    ]:
        # A view or a permutation takes any dtype; a sum does not take bool.
        view = equation in ("ii->i", "iji->ji", "ij->ji", "->")
        yield Entry(
            f"einsum({equation!r})",
            lambda x, e=equation: tf.einsum(e, x),
            lambda x, e=equation: np.einsum(e, x),
            (shape,),
            "bifc" if view else "ifc",
        )


ENTRIES = [*_contractions()]
