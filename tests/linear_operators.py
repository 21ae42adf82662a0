"""Linear operators of every kind, and everything that can be done with them, for any library."""

from __future__ import annotations

import numpy as np

REAL, COMPLEX = "float64", "complex128"


class Numbers:
    """Parameters of operators: Variables of a library, the same numbers for each."""

    def __init__(self, tf, dtype, seed=0):
        self.tf, self.dtype = tf, dtype
        self.random = np.random.default_rng(seed)
        self.variables = []

    def array(self, *shape):
        x = self.random.normal(size=shape)
        return x + 1j * self.random.normal(size=shape) if self.dtype == COMPLEX else x

    def variable(self, x):
        self.variables.append(self.tf.Variable(np.asarray(x, self.dtype)))
        return self.variables[-1]

    def numbers(self, *shape):
        return self.variable(self.array(*shape))

    def regular(self, *shape):
        return self.variable(self.array(*shape) + 4 * np.eye(shape[-1]))

    def positive(self, *shape):
        a = self.array(*shape)
        return self.variable(a @ np.conj(np.swapaxes(a, -1, -2)) + 4 * np.eye(shape[-1]))

    def full(self, *batch, size=3):
        return self.tf.linalg.LinearOperatorFullMatrix(self.regular(*batch, size, size))

    def diagonal(self, *shape):
        return self.tf.linalg.LinearOperatorDiag(self.variable(self.array(*shape) + 4))


POSITIVE = {"is_self_adjoint": True, "is_positive_definite": True}


def _block_triangle(n, la, b):
    rectangle = la.LinearOperatorFullMatrix
    return la.LinearOperatorBlockLowerTriangular(
        [
            [n.full(size=2)],
            [rectangle(n.numbers(*b, 3, 2)), n.full(*b)],
            [rectangle(n.numbers(2, 2)), rectangle(n.numbers(2, 3)), n.diagonal(*b, 2)],
        ]
    )


# By name: an operator of the batch b, made with numbers n.
MAKERS = {
    "FullMatrix": lambda n, la, b: n.full(*b),
    "FullMatrix, positive": lambda n, la, b: la.LinearOperatorFullMatrix(
        n.positive(*b, 3, 3), **POSITIVE
    ),
    "FullMatrix, wide": lambda n, la, b: la.LinearOperatorFullMatrix(n.numbers(*b, 2, 4)),
    "LowerTriangular": lambda n, la, b: la.LinearOperatorLowerTriangular(n.regular(*b, 4, 4)),
    "Diag": lambda n, la, b: n.diagonal(*b, 3),
    "Diag, positive": lambda n, la, b: la.LinearOperatorDiag(
        n.variable(np.abs(n.array(*b, 3)) + 1), **POSITIVE
    ),
    "Identity": lambda n, la, b: la.LinearOperatorIdentity(3, list(b), dtype=n.dtype),
    "ScaledIdentity": lambda n, la, b: la.LinearOperatorScaledIdentity(3, n.numbers(*b)),
    "Zeros": lambda n, la, b: la.LinearOperatorZeros(3, batch_shape=list(b), dtype=n.dtype),
    "Circulant": lambda n, la, b: la.LinearOperatorCirculant(n.numbers(*b, 4), COMPLEX),
    "Circulant2D": lambda n, la, b: la.LinearOperatorCirculant2D(n.numbers(*b, 2, 3), COMPLEX),
    "Circulant3D": lambda n, la, b: la.LinearOperatorCirculant3D(n.numbers(*b, 2, 1, 3), COMPLEX),
    "Kronecker": lambda n, la, b: la.LinearOperatorKronecker(
        [n.full(*b, size=2), n.diagonal(3), n.full(size=2)]
    ),
    "Kronecker, positive": lambda n, la, b: la.LinearOperatorKronecker(
        [la.LinearOperatorFullMatrix(n.positive(*shape, 2, 2), **POSITIVE) for shape in (b, ())]
    ),
    "Kronecker, wide": lambda n, la, b: la.LinearOperatorKronecker(
        [la.LinearOperatorFullMatrix(n.numbers(*b, 2, 3)), n.full(size=2)]
    ),
    "BlockDiag": lambda n, la, b: la.LinearOperatorBlockDiag([n.full(*b, size=2), n.diagonal(3)]),
    "BlockDiag, positive": lambda n, la, b: la.LinearOperatorBlockDiag(
        [la.LinearOperatorFullMatrix(n.positive(*shape, 2, 2), **POSITIVE) for shape in (b, ())]
    ),
    "BlockLowerTriangular": _block_triangle,
    "Composition": lambda n, la, b: la.LinearOperatorComposition(
        [n.full(*b), n.diagonal(3), n.full()]
    ),
    "Composition, wide": lambda n, la, b: la.LinearOperatorComposition(
        [n.full(*b, size=2), la.LinearOperatorFullMatrix(n.numbers(2, 3))]
    ),
    "Householder": lambda n, la, b: la.LinearOperatorHouseholder(n.numbers(*b, 3)),
    "Adjoint": lambda n, la, b: la.LinearOperatorAdjoint(n.full(*b)),
    "Inversion": lambda n, la, b: la.LinearOperatorInversion(n.full(*b)),
    "LowRankUpdate": lambda n, la, b: la.LinearOperatorLowRankUpdate(
        n.full(*b, size=4), n.numbers(4, 2), n.numbers(2), n.numbers(*b, 4, 2)
    ),
    "LowRankUpdate, positive": lambda n, la, b: la.LinearOperatorLowRankUpdate(
        la.LinearOperatorFullMatrix(n.positive(*b, 4, 4), **POSITIVE), n.numbers(*b, 4, 2)
    ),
    "Permutation": lambda n, la, b: la.LinearOperatorPermutation(
        np.argsort(n.random.random((*b, 4)), -1).astype(np.int32), n.dtype
    ),
    "Toeplitz": lambda n, la, b: la.LinearOperatorToeplitz(
        n.variable(n.array(*b, 4) + [6, 0, 0, 0]), n.numbers(*b, 4)
    ),
    "Tridiag": lambda n, la, b: la.LinearOperatorTridiag(n.numbers(*b, 3, 4)),
    "Tridiag, matrix": lambda n, la, b: la.LinearOperatorTridiag(n.regular(*b, 4, 4), "matrix"),
    "Tridiag, sequence": lambda n, la, b: la.LinearOperatorTridiag(
        [n.numbers(*b, 4), n.numbers(*b, 4), n.numbers(*b, 4)], "sequence"
    ),
}


def arguments(operator, batch):
    """Tensors that fit an operator, with the batch in front."""
    n = Numbers(None, operator.dtype.name, 7)
    rows, columns = operator.shape[-2:]
    return {
        "columns": n.array(*batch, columns, 2),
        "rows": n.array(*batch, rows, 2),
        "turned": n.array(*batch, 2, columns),
        "column": n.array(*batch, columns),
        "row": n.array(*batch, rows),
        "whole": n.array(*batch, rows, columns),
    }


METHODS = {
    "to_dense": lambda a, x: a.to_dense(),
    "matmul": lambda a, x: a.matmul(x["columns"]),
    "matmul of the adjoint": lambda a, x: a.matmul(x["rows"], adjoint=True),
    "matmul with the adjoint": lambda a, x: a.matmul(x["turned"], adjoint_arg=True),
    "matvec": lambda a, x: a.matvec(x["column"]),
    "matvec of the adjoint": lambda a, x: a.matvec(x["row"], adjoint=True),
    "@": lambda a, x: a @ x["columns"],
    "solve": lambda a, x: a.solve(x["rows"]),
    "solve of the adjoint": lambda a, x: a.solve(x["columns"], adjoint=True),
    "solve with the adjoint": lambda a, x: a.solve(x["turned"], adjoint_arg=True),
    "solvevec": lambda a, x: a.solvevec(x["row"]),
    "solvevec of the adjoint": lambda a, x: a.solvevec(x["row"], adjoint=True),
    "determinant": lambda a, x: a.determinant(),
    "log_abs_determinant": lambda a, x: a.log_abs_determinant(),
    "diag_part": lambda a, x: a.diag_part(),
    "trace": lambda a, x: a.trace(),
    "add_to_tensor": lambda a, x: a.add_to_tensor(x["whole"]),
    "eigvals": lambda a, x: a.eigvals(),
    "cond": lambda a, x: a.cond(),
    "adjoint": lambda a, x: a.adjoint().to_dense(),
    "H": lambda a, x: a.H.matmul(x["rows"]),
    "inverse": lambda a, x: a.inverse().matmul(x["rows"]),
    "dense inverse": lambda a, x: a.inverse().to_dense(),
    "cholesky": lambda a, x: a.cholesky().to_dense(),
    "product": lambda a, x: (a @ a.H).to_dense(),
    "quotient": lambda a, x: a.solve(a.H).to_dense(),
    "part of the batch": lambda a, x: a[..., -1:].to_dense(),
}


def outcome(tf, function, variables):
    """A value with its gradients by Variables, or the error that is raised."""
    with tf.GradientTape() as tape:
        try:
            y = function()
        except Exception as error:  # noqa: BLE001 (its kind is compared)
            return error
        weights = np.cos(np.arange(y.numpy().size).reshape(y.shape)).astype(y.dtype.name)
        loss = tf.reduce_sum(y * weights)
        loss = tf.math.real(loss) if y.dtype.is_complex else loss
    slopes = tape.gradient(loss, variables, unconnected_gradients="zero")
    return y.numpy(), [tf.convert_to_tensor(slope).numpy() for slope in slopes]
