"""Products, factors, equations and functions of matrices."""

from __future__ import annotations

import jax.numpy as jnp
import jax.scipy.linalg as scipy_linalg
import torch

from .row import Row, one

SQUARE = one((3, 3), (2, 3, 3), (2, 2), (1, 1))
WITH_RIGHT_SIDES = (
    ((3, 3), (3, 2)),
    ((2, 3, 3), (2, 3, 1)),
    ((2, 2), (2, 2)),
)


def _mT(x):
    return jnp.swapaxes(x, -1, -2)


def _sines(library, values, vectors, transposed):
    """A function of a symmetric matrix, which no sign of a vector changes."""
    return (vectors * library.sin(values)[..., None, :]) @ transposed(vectors)


def _eigh_of_tensors(tf, x):
    values, vectors = tf.linalg.eigh(x)
    scaled = vectors * tf.sin(values)[..., None, :]
    return [values, tf.matmul(scaled, vectors, adjoint_b=True)]


def _eigh_of_jax(x):
    values, vectors = jnp.linalg.eigh(x)
    return [values, _sines(jnp, values, vectors, lambda v: jnp.conj(_mT(v)))]


def _eigh_of_torch(x):
    values, vectors = torch.linalg.eigh(x)
    return [values, _sines(torch, values, vectors, lambda v: v.mH)]


def _svd_of_tensors(tf, x):
    s, u, v = tf.linalg.svd(x)
    return [s, tf.matmul(u * tf.sin(s)[..., None, :], v, transpose_b=True)]


def _svd_of_jax(x):
    u, s, vh = jnp.linalg.svd(x, full_matrices=False)
    return [s, (u * jnp.sin(s)[..., None, :]) @ vh]


def _svd_of_torch(x):
    u, s, vh = torch.linalg.svd(x, full_matrices=False)
    return [s, (u * torch.sin(s)[..., None, :]) @ vh]


def _tridiagonal(library, x):
    """A matrix whose diagonal outweighs what is beside it, of rows of these."""
    return library.diag(x[0, :2], 1) + library.diag(x[1] + 4.0) + library.diag(x[2, 1:], -1)


ROWS = [
    Row(
        name="matmul",
        tensorflow=lambda tf, x, y: tf.matmul(x, y),
        jax=jnp.matmul,
        torch=torch.matmul,
        operands=2,
        shapes=(((2, 3), (3, 2)), ((2, 2, 3), (3, 2)), ((3, 1), (2, 1, 3)), ((3, 3), (3, 3))),
        kinds="fc",
    ),
    Row(
        name="matmul of transposes",
        tensorflow=lambda tf, x, y: tf.matmul(x, y, transpose_a=True, adjoint_b=True),
        jax=lambda x, y: _mT(x) @ jnp.conj(_mT(y)),
        torch=lambda x, y: x.mT @ y.mH,
        operands=2,
        shapes=(((3, 2), (2, 3)), ((2, 3, 2), (2, 2, 3))),
        kinds="fc",
    ),
    Row(
        name="matvec",
        tensorflow=lambda tf, x, y: [tf.linalg.matvec(x, y), tf.tensordot(y, x, [[0], [1]])],
        jax=lambda x, y: [x @ y, x @ y],
        torch=lambda x, y: [x @ y, x @ y],
        operands=2,
        shapes=(((2, 3), (3,)), ((3, 3), (3,))),
    ),
    Row(
        name="einsum",
        tensorflow=lambda tf, x, y, text: tf.einsum(text, x, y),
        jax=lambda x, y, text: jnp.einsum(text, x, y),
        torch=lambda x, y, text: torch.einsum(text, x, y),
        operands=2,
        shapes=(((3, 3), (3, 3)),),
        options=tuple(
            {"text": text}
            for text in ("ij,jk->ik", "ij,ij->j", "ii,ij->j", "ij,kl->kj", "...i,ik->k...", "ij,ji")
        ),
        kinds="fc",
    ),
    Row(
        name="tensordot",
        tensorflow=lambda tf, x, y: tf.tensordot(x, y, 2),
        jax=lambda x, y: jnp.tensordot(x, y, 2),
        torch=lambda x, y: torch.tensordot(x, y, 2),
        operands=2,
        shapes=(((2, 3, 2), (3, 2)), ((3, 2), (3, 2, 2))),
    ),
    Row(
        name="cholesky",
        tensorflow=lambda tf, x: tf.linalg.cholesky(x),
        jax=lambda x: jnp.linalg.cholesky(x),
        torch=torch.linalg.cholesky,
        shapes=SQUARE,
        domains=("definite",),
        kinds="fc",
    ),
    Row(
        name="inv",
        tensorflow=lambda tf, x: tf.linalg.inv(x),
        jax=jnp.linalg.inv,
        torch=torch.linalg.inv,
        shapes=SQUARE,
        domains=("regular",),
        kinds="fc",
    ),
    Row(
        name="solve",
        tensorflow=lambda tf, x, y: tf.linalg.solve(x, y),
        jax=jnp.linalg.solve,
        torch=torch.linalg.solve,
        operands=2,
        shapes=WITH_RIGHT_SIDES,
        domains=("regular", "real"),
        kinds="fc",
    ),
    Row(
        name="determinants",
        tensorflow=lambda tf, x: [tf.linalg.det(x), tf.linalg.slogdet(x)[1]],
        jax=lambda x: [jnp.linalg.det(x), jnp.linalg.slogdet(x)[1]],
        torch=lambda x: [torch.linalg.det(x), torch.linalg.slogdet(x)[1]],
        shapes=SQUARE,
        domains=("regular",),
    ),
    Row(
        name="logdet",
        tensorflow=lambda tf, x: tf.linalg.logdet(x),
        jax=lambda x: jnp.linalg.slogdet(x)[1],
        torch=torch.logdet,
        shapes=SQUARE,
        domains=("definite",),
    ),
    Row(
        name="eigh",
        tensorflow=_eigh_of_tensors,
        jax=_eigh_of_jax,
        torch=_eigh_of_torch,
        shapes=SQUARE,
        domains=("definite",),
    ),
    Row(
        name="svd",
        tensorflow=_svd_of_tensors,
        jax=_svd_of_jax,
        torch=_svd_of_torch,
        shapes=SQUARE,
        domains=("regular",),
    ),
    Row(
        name="qr",
        # Up to signs of rows of r.
        tensorflow=lambda tf, x: [tf.abs(each) for each in tf.linalg.qr(x)],
        jax=lambda x: [jnp.abs(each) for each in jnp.linalg.qr(x)],
        torch=lambda x: [torch.abs(each) for each in torch.linalg.qr(x)],
        shapes=SQUARE,
        domains=("full",),
    ),
    Row(
        name="expm",
        tensorflow=lambda tf, x: tf.linalg.expm(0.3 * x),
        jax=lambda x: scipy_linalg.expm(0.3 * x),
        torch=lambda x: torch.linalg.matrix_exp(0.3 * x),
        shapes=one((3, 3), (2, 2)),
    ),
    Row(
        name="sqrtm",
        tensorflow=lambda tf, x: tf.linalg.sqrtm(x),
        jax=lambda x: _root_of_jax(x),
        torch=lambda x: _root_of_torch(x),
        shapes=SQUARE,
        domains=("definite",),
    ),
    Row(
        name="triangular_solve",
        tensorflow=lambda tf, x, y, lower, adjoint: tf.linalg.triangular_solve(
            x, y, lower=lower, adjoint=adjoint
        ),
        jax=lambda x, y, lower, adjoint: jnp.linalg.solve(
            _mT(jnp.tril(x) if lower else jnp.triu(x))
            if adjoint
            else (jnp.tril(x) if lower else jnp.triu(x)),
            y,
        ),
        torch=lambda x, y, lower, adjoint: torch.linalg.solve_triangular(
            (torch.tril(x) if lower else torch.triu(x)).mT
            if adjoint
            else (torch.tril(x) if lower else torch.triu(x)),
            y,
            upper=lower == adjoint,
        ),
        operands=2,
        shapes=WITH_RIGHT_SIDES,
        options=tuple(
            {"lower": lower, "adjoint": adjoint}
            for lower in (False, True)
            for adjoint in (False, True)
        ),
        domains=("regular", "real"),
    ),
    Row(
        name="cholesky_solve",
        tensorflow=lambda tf, x, y: tf.linalg.cholesky_solve(tf.linalg.cholesky(x), y),
        jax=jnp.linalg.solve,
        torch=lambda x, y: torch.cholesky_solve(y, torch.linalg.cholesky(x)),
        operands=2,
        shapes=WITH_RIGHT_SIDES,
        domains=("definite", "real"),
    ),
    Row(
        name="lstsq",
        tensorflow=lambda tf, x, y: tf.linalg.lstsq(x, y),
        jax=lambda x, y: jnp.linalg.solve(_mT(x) @ x, _mT(x) @ y),
        torch=lambda x, y: torch.linalg.solve(x.mT @ x, x.mT @ y),
        operands=2,
        shapes=(((3, 2), (3, 1)), ((3, 3), (3, 2)), ((2, 3, 2), (2, 3, 2))),
        domains=("full", "real"),
    ),
    Row(
        name="pinv",
        tensorflow=lambda tf, x: tf.linalg.pinv(x),
        jax=lambda x: jnp.linalg.solve(_mT(x) @ x, _mT(x)),
        torch=torch.linalg.pinv,
        shapes=one((3, 2), (3, 3)),
        domains=("full",),
    ),
    Row(
        name="lu",
        tensorflow=lambda tf, x: tf.linalg.lu(x)[0],
        jax=lambda x: _lu_of_jax(x),
        torch=lambda x: torch.linalg.lu_factor(x)[0],
        shapes=SQUARE,
        domains=("regular",),
        without=("tensorflow",),
    ),
    Row(
        name="cross",
        tensorflow=lambda tf, x, y: tf.linalg.cross(x, y),
        jax=jnp.cross,
        torch=torch.linalg.cross,
        operands=2,
        shapes=(((3,), (3,)), ((2, 3), (2, 3))),
    ),
    Row(
        name="tridiagonal_solve",
        tensorflow=lambda tf, x, y: tf.linalg.tridiagonal_solve(_diagonals(tf, x), y),
        jax=lambda x, y: jnp.linalg.solve(_tridiagonal(jnp, x), y),
        torch=lambda x, y: torch.linalg.solve(_tridiagonal(torch, x), y),
        operands=2,
        shapes=(((3, 3), (3, 2)),),
        domains=("open", "real"),
    ),
    Row(
        name="tridiagonal_matmul",
        tensorflow=lambda tf, x, y: tf.linalg.tridiagonal_matmul(_diagonals(tf, x), y),
        jax=lambda x, y: _tridiagonal(jnp, x) @ y,
        torch=lambda x, y: _tridiagonal(torch, x) @ y,
        operands=2,
        shapes=(((3, 3), (3, 2)),),
    ),
    Row(
        name="kronecker product",
        tensorflow=lambda tf, x, y: tf.linalg.LinearOperatorKronecker(
            [tf.linalg.LinearOperatorFullMatrix(x), tf.linalg.LinearOperatorFullMatrix(y)]
        ).to_dense(),
        jax=jnp.kron,
        torch=torch.kron,
        operands=2,
        shapes=(((2, 2), (3, 3)),),
    ),
    Row(
        name="spectral norms",
        tensorflow=lambda tf, x: [tf.norm(x, 2, [-2, -1]), tf.linalg.global_norm([x, x])],
        jax=lambda x: [jnp.linalg.norm(x, 2, (-2, -1)), jnp.sqrt(2 * jnp.sum(x * x))],
        torch=lambda x: [torch.linalg.matrix_norm(x, 2), torch.sqrt(2 * torch.sum(x * x))],
        shapes=one((3, 3), (2, 2)),
        domains=("regular",),
    ),
]


def _diagonals(tf, x):
    """The three rows as they are taken: what is above the last and below the first is unread."""
    above = tf.concat([x[0, :2], x[0, :1]], 0)
    below = tf.concat([x[2, :1], x[2, 1:]], 0)
    return tf.stack([above, x[1] + 4.0, below])


def _lu_of_jax(x):
    if x.ndim > 2:
        return jnp.stack([_lu_of_jax(each) for each in x])
    return scipy_linalg.lu_factor(x)[0]


def _root_of_jax(x):
    values, vectors = jnp.linalg.eigh((x + _mT(x)) / 2)
    return (vectors * jnp.sqrt(values)[..., None, :]) @ _mT(vectors)


def _root_of_torch(x):
    values, vectors = torch.linalg.eigh(x)
    return (vectors * torch.sqrt(values)[..., None, :]) @ vectors.mT
