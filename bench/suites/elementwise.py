"""Elementwise operations by size: value, and value with gradient."""

from bench.operation import Operation, problems, square, uniform

OPERATIONS = (
    Operation(
        name="add",
        arrays=uniform(-2, 2, 2),
        tensorflow=lambda tf, x, y: tf.add(x, y),
        numpy=lambda np, special, x, y: np.add(x, y),
        torch=lambda torch, x, y: torch.add(x, y),
        differentiable=2,
    ),
    Operation(
        name="multiply",
        arrays=uniform(-2, 2, 2),
        tensorflow=lambda tf, x, y: tf.multiply(x, y),
        numpy=lambda np, special, x, y: np.multiply(x, y),
        torch=lambda torch, x, y: torch.mul(x, y),
        differentiable=2,
    ),
    Operation(
        name="divide",
        arrays=uniform(0.5, 2, 2),
        tensorflow=lambda tf, x, y: x / y,
        numpy=lambda np, special, x, y: x / y,
        torch=lambda torch, x, y: x / y,
        differentiable=2,
    ),
    Operation(
        name="exp",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.exp(x),
        numpy=lambda np, special, x: np.exp(x),
        torch=lambda torch, x: torch.exp(x),
    ),
    Operation(
        name="log",
        arrays=uniform(0.5, 2),
        tensorflow=lambda tf, x: tf.math.log(x),
        numpy=lambda np, special, x: np.log(x),
        torch=lambda torch, x: torch.log(x),
    ),
    Operation(
        name="sin",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.sin(x),
        numpy=lambda np, special, x: np.sin(x),
        torch=lambda torch, x: torch.sin(x),
    ),
    Operation(
        name="tanh",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.tanh(x),
        numpy=lambda np, special, x: np.tanh(x),
        torch=lambda torch, x: torch.tanh(x),
    ),
    Operation(
        name="sigmoid",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.sigmoid(x),
        numpy=lambda np, special, x: special.expit(x),
        torch=lambda torch, x: torch.sigmoid(x),
    ),
    Operation(
        name="softplus",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.nn.softplus(x),
        numpy=lambda np, special, x: np.logaddexp(x, 0.0),
        torch=lambda torch, x: torch.nn.functional.softplus(x),
    ),
    Operation(
        name="power",
        arrays=uniform(0.5, 2, 2),
        tensorflow=lambda tf, x, y: tf.pow(x, y),
        numpy=lambda np, special, x, y: np.power(x, y),
        torch=lambda torch, x, y: torch.pow(x, y),
        differentiable=2,
    ),
    Operation(
        name="where",
        arrays=uniform(-2, 2, 2),
        tensorflow=lambda tf, x, y: tf.where(x > y, x, y),
        numpy=lambda np, special, x, y: np.where(x > y, x, y),
        torch=lambda torch, x, y: torch.where(x > y, x, y),
        differentiable=2,
    ),
    Operation(
        name="transposed",
        arrays=square(),
        tensorflow=lambda tf, x: x + tf.transpose(x),
        numpy=lambda np, special, x: x + x.T,
        torch=lambda torch, x: x + x.T,
    ),
    Operation(
        name="centred",
        arrays=square(),
        tensorflow=lambda tf, x: x - tf.reduce_mean(x, 1, keepdims=True),
        numpy=lambda np, special, x: x - np.mean(x, 1, keepdims=True),
        torch=lambda torch, x: x - torch.mean(x, 1, keepdim=True),
    ),
)

PROBLEMS = problems(OPERATIONS)
