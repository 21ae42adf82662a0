"""Special functions."""

from __future__ import annotations

import numpy as np
from scipy import special

import autograd_c as tf
from autograd_c.core import _core

from ..operations import Entry


def _special():
    def polygamma(a, x):
        return special.polygamma(np.asarray(a, float), x)

    for name, function, numpy in [
        ("lgamma", tf.math.lgamma, special.gammaln),
        ("digamma", tf.math.digamma, special.psi),
    ]:
        for shape in [(), (3, 4), (0, 2)]:
            yield Entry(
                f"{name}({shape})",
                lambda x, f=function: f(x),
                lambda x, f=numpy: f(x),
                (shape,),
                "f",
                analytic=False,
                low=0.4,
                high=4.0,
            )
    for order in (0.0, 1.0, 2.0, 5.0):
        yield Entry(
            f"polygamma({order})",
            lambda x, a=order: tf.math.polygamma(a, x),
            lambda x, a=order: polygamma(a, x),
            ((2, 3),),
            "f",
            analytic=False,
            low=0.8,
            high=3.0,
        )
    yield Entry(
        "polygamma of several orders",
        lambda x: tf.math.polygamma(np.arange(3, dtype=x.dtype.name)[:, None], x),
        lambda x: polygamma(np.arange(3.0)[:, None], x),
        ((4,),),
        "f",
        analytic=False,
        low=0.8,
        high=3.0,
    )
    yield Entry(
        "zeta",
        lambda q: tf.math.zeta(np.asarray(3.0, q.dtype.name), q),
        lambda q: special.zeta(3.0, q),
        ((2, 3),),
        "f",
        analytic=False,
        low=0.8,
        high=3.0,
    )

    for name, numpy, low, high in [
        ("math.erfinv", special.erfinv, -0.8, 0.8),
        ("math.erfcinv", special.erfcinv, 0.2, 1.8),
        ("math.ndtri", special.ndtri, 0.1, 0.9),
        ("math.bessel_i0", special.i0, -2, 2),
        ("math.bessel_i0e", special.i0e, 0.2, 2),
        ("math.bessel_i1", special.i1, -2, 2),
        ("math.bessel_i1e", special.i1e, 0.2, 2),
        ("math.special.bessel_j0", special.j0, -2, 2),
        ("math.special.bessel_j1", special.j1, -2, 2),
        ("math.special.bessel_k0", special.k0, 0.6, 2),
        ("math.special.bessel_k0e", special.k0e, 0.6, 2),
        ("math.special.bessel_k1", special.k1, 0.6, 2),
        ("math.special.bessel_k1e", special.k1e, 0.6, 2),
        ("math.special.bessel_y0", special.y0, 0.6, 2),
        ("math.special.bessel_y1", special.y1, 0.6, 2),
        ("math.special.dawsn", special.dawsn, -2, 2),
        ("math.special.expint", special.expi, 0.6, 2),
        ("math.special.fresnel_cos", lambda x: special.fresnel(x)[1], -2, 2),
        ("math.special.fresnel_sin", lambda x: special.fresnel(x)[0], -2, 2),
        ("math.special.spence", special.spence, 0.4, 2.5),
    ]:
        function = tf
        for part in name.split("."):
            function = getattr(function, part)
        yield Entry(
            name,
            lambda x, f=function: f(x),
            lambda x, f=numpy: f(x),
            ((2, 3),),
            "f",
            analytic=False,
            low=low,
            high=high,
        )
    for name, numpy, low in [
        ("i0_fall", lambda x: special.i0e(x) - special.i1e(x), 0.2),
        ("k0_fall", lambda x: special.k1e(x) - special.k0e(x), 0.6),
        ("dawson_slope", lambda x: 1 - 2 * x * special.dawsn(x), -2.0),
    ]:
        yield Entry(
            name,
            _apply(name, (1,)),
            numpy,
            ((2, 3),),
            "f",
            analytic=False,
            low=low,
            high=2.0,
        )
    for name, numpy in [("iv", special.iv), ("jv", special.jv)]:
        yield Entry(
            f"bessel_{name}",
            lambda x, n=name: _bessel(n, x),
            lambda x, f=numpy: f(2.0, x),
            ((2, 3),),
            "f",
            analytic=False,
            low=0.2,
            high=2.0,
        )


def _bessel(name, x):
    _core.load_special_functions()
    return _core.apply(f"bessel_{name}", [x, np.asarray(2.0, x.dtype.name)])


def _apply(name, attributes=()):
    def function(*tensors):
        _core.load_special_functions()
        return _core.apply(name, _core.operands_of(name, *tensors), attributes)

    return function


def _integral(f, x):
    """Of f from 0 to x, by a rule that turns both ends into tails (tanh-sinh)."""
    s = np.linspace(-4.0, 4.0, 401)
    v = np.pi * np.sinh(s)
    t = 1 / (1 + np.exp(-v))
    weight = np.pi * np.cosh(s) * t / (1 + np.exp(v)) * (s[1] - s[0])
    return np.sum(f(x[..., None] * t) * weight, -1) * x


def _gamma_by_a(a, x):
    c = a[..., None]

    def slope(t):
        return t ** (c - 1) * np.exp(-t) * (np.log(t) - special.psi(c))

    return _integral(slope, x) / special.gamma(a)


def _beta_by_b(a, b, x):
    c, d = a[..., None], b[..., None]

    def slope(t):
        level = np.log1p(-t) - special.psi(d) + special.psi(c + d)
        return t ** (c - 1) * (1 - t) ** (d - 1) * level

    return _integral(slope, x) / special.beta(a, b)


def _incomplete():
    positive = {"kinds": "f", "analytic": False, "low": 0.6, "high": 2.5}
    fraction = {"kinds": "f", "analytic": False, "low": 0.55, "high": 0.9}
    yield Entry(
        "lbeta",
        tf.math.lbeta,
        lambda x: np.sum(special.gammaln(x), -1) - special.gammaln(np.sum(x, -1)),
        ((2, 3),),
        **positive,
    )
    yield Entry("igamma", tf.math.igamma, special.gammainc, ((2, 1), (3,)), **positive)
    yield Entry("igammac", tf.math.igammac, special.gammaincc, ((3,), (3,)), **positive)
    yield Entry("betainc", tf.math.betainc, special.betainc, ((2, 1), (3,), (3,)), **fraction)
    yield Entry(
        "gamma_density",
        _apply("gamma_density"),
        lambda a, x: x ** (a - 1) * np.exp(-x) / special.gamma(a),
        ((2, 1), (3,)),
        **positive,
    )
    yield Entry(
        "beta_density",
        _apply("beta_density"),
        lambda a, b, x: x ** (a - 1) * (1 - x) ** (b - 1) / special.beta(a, b),
        ((3,), (2, 1), (3,)),
        **fraction,
    )
    yield Entry("igamma_by_a", _apply("igamma_by_a", [1]), _gamma_by_a, ((3,), (3,)), **positive)
    yield Entry(
        "betainc_by_ab", _apply("betainc_by_ab", [0, 1]), _beta_by_b, ((3,), (3,), (3,)), **fraction
    )


ENTRIES = [*_special(), *_incomplete()]
