"""Elementwise and special functions, of real and of complex numbers."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.scipy.special as special
import torch
import torch.nn.functional as F

from .row import Row, named

# name, by JAX, by PyTorch, domain, kinds
UNARY = [
    ("sin", jnp.sin, torch.sin, "real", "fc"),
    ("cos", jnp.cos, torch.cos, "real", "fc"),
    ("tan", jnp.tan, torch.tan, "unit", "f"),
    ("sinh", jnp.sinh, torch.sinh, "real", "fc"),
    ("cosh", jnp.cosh, torch.cosh, "real", "fc"),
    ("tanh", jnp.tanh, torch.tanh, "real", "f"),
    ("asin", jnp.arcsin, torch.asin, "open", "f"),
    ("acos", jnp.arccos, torch.acos, "open", "f"),
    ("atan", jnp.arctan, torch.atan, "real", "f"),
    ("asinh", jnp.arcsinh, torch.asinh, "real", "f"),
    ("acosh", jnp.arccosh, torch.acosh, "above", "f"),
    ("atanh", jnp.arctanh, torch.atanh, "open", "f"),
    ("exp", jnp.exp, torch.exp, "real", "fc"),
    ("math.expm1", jnp.expm1, torch.expm1, "real", "f"),
    ("math.log", jnp.log, torch.log, "positive", "f"),
    ("math.log1p", jnp.log1p, torch.log1p, "positive", "f"),
    ("sqrt", jnp.sqrt, torch.sqrt, "positive", "f"),
    ("math.rsqrt", jax.lax.rsqrt, torch.rsqrt, "positive", "f"),
    ("square", jnp.square, torch.square, "real", "fc"),
    ("math.reciprocal", jnp.reciprocal, torch.reciprocal, "positive", "f"),
    ("math.reciprocal_no_nan", jnp.reciprocal, torch.reciprocal, "positive", "f"),
    ("negative", jnp.negative, torch.neg, "real", "fc"),
    ("abs", jnp.abs, torch.abs, "apart", "fc"),
    ("math.angle", jnp.angle, torch.angle, "real", "c"),
    ("math.conj", jnp.conj, torch.conj, "real", "c"),
    ("math.real", jnp.real, torch.real, "real", "c"),
    ("math.imag", jnp.imag, torch.imag, "real", "c"),
    ("sigmoid", jax.nn.sigmoid, torch.sigmoid, "real", "f"),
    ("math.log_sigmoid", jax.nn.log_sigmoid, F.logsigmoid, "real", "f"),
    ("nn.softplus", jax.nn.softplus, F.softplus, "real", "f"),
    ("nn.softsign", jax.nn.soft_sign, F.softsign, "apart", "f"),
    ("nn.relu", jax.nn.relu, F.relu, "apart", "f"),
    ("nn.relu6", jax.nn.relu6, F.relu6, "apart", "f"),
    ("nn.elu", jax.nn.elu, F.elu, "apart", "f"),
    ("nn.selu", jax.nn.selu, F.selu, "apart", "f"),
    ("nn.silu", jax.nn.silu, F.silu, "real", "f"),
    ("math.erf", jax.lax.erf, torch.erf, "real", "f"),
    ("math.erfc", jax.lax.erfc, torch.erfc, "real", "f"),
    ("math.erfinv", special.erfinv, torch.erfinv, "open", "f"),
    ("math.ndtri", special.ndtri, torch.special.ndtri, "unit", "f"),
    ("math.erfcinv", lambda x: special.erfinv(1 - x), lambda x: torch.erfinv(1 - x), "unit", "f"),
    ("math.lgamma", special.gammaln, torch.lgamma, "positive", "f"),
    ("math.digamma", special.digamma, torch.digamma, "positive", "f"),
    ("math.bessel_i0", special.i0, torch.special.i0, "real", "f"),
    ("math.bessel_i0e", special.i0e, torch.special.i0e, "real", "f"),
    ("math.bessel_i1", special.i1, torch.special.i1, "real", "f"),
    ("math.bessel_i1e", special.i1e, torch.special.i1e, "real", "f"),
    # JAX's derivative of spence is NaN for some numbers.
    ("math.special.spence", None, None, "positive", "f"),
    ("math.special.expint", special.expi, None, "positive", "f"),
    ("math.special.dawsn", None, None, "real", "f"),
    ("math.special.fresnel_cos", lambda x: special.fresnel(x)[1], None, "real", "f"),
    ("math.special.fresnel_sin", lambda x: special.fresnel(x)[0], None, "real", "f"),
    ("math.special.bessel_j0", None, None, "positive", "f"),
    ("math.special.bessel_j1", None, None, "positive", "f"),
    ("math.special.bessel_k0e", None, None, "positive", "f"),
    ("math.special.bessel_k1", None, None, "positive", "f"),
    ("math.special.bessel_y0", None, None, "positive", "f"),
    ("math.special.bessel_y1", None, None, "positive", "f"),
    ("identity", lambda x: x, lambda x: x, "real", "fc"),
]
BINARY = [
    ("add", jnp.add, torch.add, ("real",), "fc"),
    ("subtract", jnp.subtract, torch.sub, ("real",), "fc"),
    ("multiply", jnp.multiply, torch.mul, ("real",), "fc"),
    ("divide", jnp.divide, torch.div, ("real", "positive"), "f"),
    ("math.divide_no_nan", jnp.divide, torch.div, ("real", "positive"), "f"),
    ("math.multiply_no_nan", jnp.multiply, torch.mul, ("real",), "f"),
    ("math.xdivy", jnp.divide, torch.div, ("apart", "positive"), "f"),
    ("math.xlogy", special.xlogy, torch.xlogy, ("apart", "positive"), "f"),
    ("math.xlog1py", special.xlog1py, torch.special.xlog1py, ("apart", "positive"), "f"),
    ("pow", jnp.power, torch.pow, ("positive", "real"), "f"),
    ("maximum", jnp.maximum, torch.maximum, ("real", "apart"), "f"),
    ("minimum", jnp.minimum, torch.minimum, ("real", "apart"), "f"),
    ("atan2", jnp.arctan2, torch.atan2, ("real", "apart"), "f"),
    ("math.floormod", jnp.mod, torch.remainder, ("apart", "positive"), "f"),
    ("truncatemod", jnp.fmod, torch.fmod, ("apart", "positive"), "f"),
    ("math.igamma", special.gammainc, None, ("positive", "positive"), "f"),
    ("math.igammac", special.gammaincc, None, ("positive", "positive"), "f"),
]


# JAX differentiates incomplete gammas by `a` once, and some libraries others once.
ONCE = {
    "math.igamma": ("jax", "tensorflow"),
    "math.igammac": ("jax", "tensorflow"),
    "nn.softsign": ("tensorflow",),
}


def _polynomial(x, y):
    return (x * y + y) * y + 0.3


def _rows():
    for path, by_jax, by_torch, domain, kinds in UNARY:
        yield Row(
            name=path,
            tensorflow=named(path),
            jax=by_jax,
            torch=by_torch,
            domains=(domain,),
            kinds=kinds,
            first_only=ONCE.get(path, ()),
        )
    for path, by_jax, by_torch, domains, kinds in BINARY:
        yield Row(
            name=path,
            tensorflow=named(path),
            jax=by_jax,
            torch=by_torch,
            operands=2,
            domains=domains,
            kinds=kinds,
            first_only=ONCE.get(path, ()),
            without=("tensorflow",) if path == "truncatemod" else (),
        )


ROWS = [
    *_rows(),
    Row(
        name="igamma of fixed a",
        tensorflow=lambda tf, x: tf.math.igamma(1.3, x),
        jax=lambda x: special.gammainc(1.3, x),
        torch=lambda x: torch.special.gammainc(torch.tensor(1.3, dtype=x.dtype), x),
        domains=("positive",),
    ),
    Row(
        name="zeta",
        tensorflow=lambda tf, q: tf.math.zeta(2.3, q),
        jax=lambda q: special.zeta(2.3, q),
        domains=("positive",),
    ),
    Row(
        name="betainc",
        tensorflow=lambda tf, x: tf.math.betainc(1.3, 2.1, x),
        jax=lambda x: special.betainc(1.3, 2.1, x),
        domains=("unit",),
    ),
    Row(
        name="polygamma",
        tensorflow=lambda tf, x, n: tf.math.polygamma(float(n), x),
        jax=lambda x, n: special.polygamma(n, x),
        torch=lambda x, n: torch.polygamma(n, x),
        options=({"n": 1}, {"n": 2}),
        domains=("positive",),
    ),
    Row(
        name="gelu",
        tensorflow=lambda tf, x, approximate: tf.nn.gelu(x, approximate),
        jax=lambda x, approximate: jax.nn.gelu(x, approximate=approximate),
        torch=lambda x, approximate: F.gelu(x, approximate="tanh" if approximate else "none"),
        options=({"approximate": True}, {"approximate": False}),
        first_only=("tensorflow",),
    ),
    Row(
        name="leaky_relu",
        tensorflow=lambda tf, x, alpha: tf.nn.leaky_relu(x, alpha),
        jax=lambda x, alpha: jax.nn.leaky_relu(x, alpha),
        torch=lambda x, alpha: F.leaky_relu(x, alpha),
        options=({"alpha": 0.2}, {"alpha": 0.01}),
        domains=("apart",),
    ),
    Row(
        name="swish of beta",
        tensorflow=lambda tf, x: tf.nn.swish(x, beta=0.7),
        jax=lambda x: x * jax.nn.sigmoid(0.7 * x),
        torch=lambda x: x * torch.sigmoid(0.7 * x),
    ),
    Row(
        name="squared_difference",
        tensorflow=named("math.squared_difference"),
        jax=lambda x, y: (x - y) ** 2,
        torch=lambda x, y: (x - y) ** 2,
        operands=2,
    ),
    Row(
        name="polyval",
        tensorflow=lambda tf, x, y: tf.math.polyval([x, y, tf.constant(0.3, y.dtype)], y),
        jax=_polynomial,
        torch=_polynomial,
        operands=2,
    ),
    Row(
        name="add_n",
        tensorflow=lambda tf, x, y: tf.add_n([x, y, x]),
        jax=lambda x, y: x + y + x,
        torch=lambda x, y: x + y + x,
        operands=2,
        shapes=(((2, 3), (2, 3)), ((4,), (4,))),
    ),
    Row(
        name="power of a number",
        tensorflow=lambda tf, x, power: x**power,
        jax=lambda x, power: x**power,
        torch=lambda x, power: x**power,
        options=({"power": 2}, {"power": 3.0}, {"power": 1.5}, {"power": -1}, {"power": 0.5}),
        domains=("positive",),
    ),
    Row(
        name="base of a power",
        tensorflow=lambda tf, x: 1.5**x - x / 2.0,
        jax=lambda x: 1.5**x - x / 2.0,
        torch=lambda x: 1.5**x - x / 2.0,
    ),
    Row(
        name="clip_by_value",
        tensorflow=lambda tf, x: tf.clip_by_value(x, -0.71, 0.93),
        jax=lambda x: jnp.clip(x, -0.71, 0.93),
        torch=lambda x: torch.clamp(x, -0.71, 0.93),
        domains=("apart",),
    ),
    Row(
        name="where",
        tensorflow=lambda tf, x, y: tf.where(x > y, x * y, tf.sin(y)),
        jax=lambda x, y: jnp.where(x > y, x * y, jnp.sin(y)),
        torch=lambda x, y: torch.where(x > y, x * y, torch.sin(y)),
        operands=2,
        domains=("real", "apart"),
    ),
    Row(
        name="stop_gradient",
        tensorflow=lambda tf, x: x * tf.stop_gradient(tf.cos(x)),
        jax=lambda x: x * jax.lax.stop_gradient(jnp.cos(x)),
        torch=lambda x: x * torch.cos(x).detach(),
    ),
    Row(
        name="complex",
        tensorflow=named("complex"),
        jax=jax.lax.complex,
        torch=torch.complex,
        operands=2,
        shapes=(((2, 3), (2, 3)), ((), ())),
    ),
    Row(
        name="divide of complex",
        tensorflow=lambda tf, x, y: x / (y * tf.math.conj(y) + 0.5),
        jax=lambda x, y: x / (y * jnp.conj(y) + 0.5),
        torch=lambda x, y: x / (y * torch.conj(y) + 0.5),
        operands=2,
        kinds="c",
    ),
    Row(
        name="logarithm and root of complex",
        tensorflow=lambda tf, x: tf.math.log(3.0 + tf.tanh(x * 0.2)) * tf.sqrt(3.0 + tf.sin(x)),
        jax=lambda x: jnp.log(3.0 + jnp.tanh(x * 0.2)) * jnp.sqrt(3.0 + jnp.sin(x)),
        torch=lambda x: torch.log(3.0 + torch.tanh(x * 0.2)) * torch.sqrt(3.0 + torch.sin(x)),
        kinds="c",
    ),
]
