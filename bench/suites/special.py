"""Special functions by size: value, and value with gradient."""

from bench.operation import Operation, problems, uniform

OPERATIONS = (
    Operation(
        name="log_gamma",
        arrays=uniform(0.5, 5),
        tensorflow=lambda tf, x: tf.math.lgamma(x),
        numpy=lambda np, special, x: special.gammaln(x),
        torch=lambda torch, x: torch.lgamma(x),
    ),
    Operation(
        name="digamma",
        arrays=uniform(0.5, 5),
        tensorflow=lambda tf, x: tf.math.digamma(x),
        numpy=lambda np, special, x: special.psi(x),
        torch=lambda torch, x: torch.digamma(x),
    ),
    Operation(
        name="erf",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.math.erf(x),
        numpy=lambda np, special, x: special.erf(x),
        torch=lambda torch, x: torch.erf(x),
    ),
    Operation(
        name="inverse_erf",
        arrays=uniform(-0.9, 0.9),
        tensorflow=lambda tf, x: tf.math.erfinv(x),
        numpy=lambda np, special, x: special.erfinv(x),
        torch=lambda torch, x: torch.erfinv(x),
    ),
    Operation(
        name="incomplete_gamma",
        arrays=uniform(0.5, 5, 2),
        tensorflow=lambda tf, x, a: tf.math.igamma(a, x),
        numpy=lambda np, special, x, a: special.gammainc(a, x),
        torch=lambda torch, x, a: torch.special.gammainc(a, x),
    ),
    Operation(
        name="incomplete_beta",
        arrays=lambda size: [*uniform(0.1, 0.9)(size), *uniform(0.5, 5, 2)(size)],
        tensorflow=lambda tf, x, a, b: tf.math.betainc(a, b, x),
        numpy=lambda np, special, x, a, b: special.betainc(a, b, x),
    ),
    Operation(
        name="normal_quantile",
        arrays=uniform(0.1, 0.9),
        tensorflow=lambda tf, x: tf.math.ndtri(x),
        numpy=lambda np, special, x: special.ndtri(x),
        torch=lambda torch, x: torch.special.ndtri(x),
    ),
    Operation(
        name="bessel_i0e",
        arrays=uniform(0.5, 5),
        tensorflow=lambda tf, x: tf.math.bessel_i0e(x),
        numpy=lambda np, special, x: special.i0e(x),
        torch=lambda torch, x: torch.special.i0e(x),
    ),
    Operation(
        name="xlogy",
        arrays=uniform(0.5, 2, 2),
        tensorflow=lambda tf, x, y: tf.math.xlogy(x, y),
        numpy=lambda np, special, x, y: special.xlogy(x, y),
        torch=lambda torch, x, y: torch.xlogy(x, y),
        differentiable=2,
    ),
)

PROBLEMS = problems(OPERATIONS)
