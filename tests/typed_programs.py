"""Programs with annotations, as users write them: mypy --strict accepts all of it, and they run.

tests/package/test_stubs.py checks and runs the file: what is in PROGRAMS needs no arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import autograd_c as tf
from autograd_c import func

Array = npt.NDArray[np.float64]


# ---------------------------------------------------------------- training


class Dense(tf.Module):
    """A layer of a network."""

    def __init__(self, inputs: int, outputs: int, name: str | None = None) -> None:
        super().__init__(name=name)
        start = tf.initializers.GlorotUniform(seed=1)
        self.kernel = tf.Variable(start([inputs, outputs], dtype=tf.float64), name="kernel")
        self.bias = tf.Variable(tf.zeros([outputs], tf.float64), name="bias")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        return tf.matmul(x, self.kernel) + self.bias


class Network(tf.Module):
    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        self.layers = [Dense(m, n) for m, n in zip(sizes, sizes[1:])]

    def __call__(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        for layer in self.layers[:-1]:
            x = tf.nn.relu(layer(x))
            if training:
                x = tf.nn.dropout(x, rate=0.1, seed=3)
        return self.layers[-1](x)

    @tf.function(reduce_retracing=True)
    def predict(self, x: tf.Tensor) -> tf.Tensor:
        return self(x)


def batches(x: Array, y: Array, size: int) -> Iterator[tuple[tf.Tensor, tf.Tensor]]:
    for start in range(0, len(x), size):
        yield tf.constant(x[start : start + size]), tf.constant(y[start : start + size])


def training_loop() -> float:
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(32, 3))
    y = np.sin(x[:, :1])
    network = Network([3, 8, 1])
    rate = tf.keras.optimizers.schedules.ExponentialDecay(0.05, 10, 0.9)
    optimizer = tf.optimizers.Adam(learning_rate=rate)
    squared = tf.losses.MeanSquaredError()
    average = tf.metrics.Mean(name="loss")

    @tf.function
    def step(inputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            outputs = network(inputs, training=True)
            loss = squared(targets, outputs)
            loss += 1e-4 * tf.add_n([tf.nn.l2_loss(v) for v in network.trainable_variables])
        gradients = tape.gradient(loss, network.trainable_variables)
        clipped, norm = tf.clip_by_global_norm(gradients, 1.0)
        optimizer.apply_gradients(zip(clipped, network.trainable_variables))
        return loss + 0.0 * norm

    for _ in range(3):
        average.reset_state()
        for inputs, targets in batches(x, y, 8):
            average.update_state(step(inputs, targets))
    assert step.experimental_get_tracing_count() == 1
    error = tf.reduce_mean(tf.abs(network.predict(tf.constant(x)) - y))
    return float(average.result()) + float(error)


def weighted_classification() -> float:
    labels = tf.constant([0, 2, 1])
    logits = tf.Variable(tf.random.normal([3, 3], seed=1, dtype=tf.float32))
    entropy = tf.losses.SparseCategoricalCrossentropy(from_logits=True)
    accuracy = tf.metrics.SparseCategoricalAccuracy()
    optimizer = tf.optimizers.SGD(0.5, momentum=0.9)
    for _ in range(4):
        optimizer.minimize(lambda: entropy(labels, logits), [logits])
        accuracy.update_state(labels, logits)
    predicted = tf.argmax(logits, axis=-1, output_type=tf.int32)
    right = tf.reduce_mean(tf.cast(tf.equal(predicted, labels), tf.float32))
    assert right.shape == []
    return float(accuracy.result().numpy()) + float(right)


# ---------------------------------------------------------------- statistics


class Parameters(NamedTuple):
    length: tf.Variable
    noise: tf.Variable


def kernel(a: tf.Tensor, b: tf.Tensor, length: tf.Tensor | tf.Variable) -> tf.Tensor:
    squares = tf.math.squared_difference(a[:, tf.newaxis], b[tf.newaxis, :])
    return tf.exp(-0.5 * squares / tf.square(length))


def gaussian_process() -> tuple[Array, float]:
    x = tf.linspace(tf.constant(0.0, tf.float64), 1.0, 12)
    y = tf.sin(6.0 * x)
    p = Parameters(tf.Variable(0.3, dtype=tf.float64), tf.Variable(0.1, dtype=tf.float64))

    def loss() -> tf.Tensor:
        k = kernel(x, x, p.length) + p.noise**2 * tf.eye(12, dtype=tf.float64)
        lower = tf.linalg.cholesky(k)
        z = tf.linalg.triangular_solve(lower, y[:, None])
        logs = tf.math.log(tf.linalg.diag_part(lower))
        return 0.5 * tf.reduce_sum(z * z) + tf.reduce_sum(logs)

    with tf.GradientTape(persistent=True) as tape:
        value = loss()
    slope = tape.gradient(value, p.length)
    assert slope is not None
    p.length.assign_sub(0.001 * slope)
    gradients = tape.gradient(value, list(p), unconnected_gradients=tf.UnconnectedGradients.ZERO)
    found: Array = tf.stack(gradients).numpy()
    return found, float(value)


def likelihoods() -> tf.Tensor:
    x = tf.constant([0.5, 1.5, 2.5], dtype=tf.float64)
    shape, rate = tf.Variable(2.0, dtype=tf.float64), 1.5
    gamma = shape * np.log(rate) - tf.math.lgamma(shape) + (shape - 1.0) * tf.math.log(x) - rate * x
    below = tf.math.igamma(shape, rate * x)
    beta = tf.math.betainc(2.0, 3.0, tf.sigmoid(x)) - tf.math.lbeta([2.0, 3.0])
    normal = tf.math.xlogy(x, tf.math.ndtri(tf.sigmoid(x)) + 3.0)
    mean, variance = tf.nn.moments(x, axes=[0])
    return tf.reduce_sum(gamma + below + beta + normal) + mean * variance


def counts() -> list[int]:
    words = tf.constant([3, 1, 3, 0, 1, 3])
    numbers, places = tf.unique(words)
    values, indices = tf.math.top_k(tf.math.bincount(words), k=2, sorted=True)
    table = tf.math.unsorted_segment_sum(tf.ones_like(places), places, tf.size(numbers))
    bins: tf.Tensor = tf.histogram_fixed_width([0.1, 0.6, 0.7], [0.0, 1.0], nbins=2)
    order = tf.argsort(words, direction="DESCENDING", stable=True)
    sets = [each.numpy().tolist() for each in tf.dynamic_partition(order, words // 2, 2)]
    return [int(values[0]), int(indices[1]), int(table[0]), int(bins[1]), len(sets)]


# ---------------------------------------------------------------- derivatives


@tf.custom_gradient
def clipped_exp(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    y = tf.exp(tf.minimum(x, 10.0))

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        return upstream * y

    return y, gradient


def custom_gradients() -> Array:
    x = tf.constant([1.0, 20.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = clipped_exp(x)
        z = tf.recompute_grad(lambda t: tf.tanh(t) * t)(x)
        w = tf.grad_pass_through(tf.round)(x)
        total = tf.reduce_sum(y + z + w + tf.stop_gradient(x))
    slope = tape.gradient(total, x)
    assert slope is not None
    return np.asarray(slope)


def energy(x: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.square(x[1:] - x[:-1]) + tf.cos(x[1:]))


def functional() -> Array:
    x = tf.constant([0.1, 0.2, 0.4], tf.float64)
    v = tf.ones_like(x)
    slope = func.grad(energy)(x)
    value, same = func.value_and_grad(energy)(x)
    curved = func.hessian(energy)(x)
    product = func.hvp(energy, (x,), (v,))
    y, tangent = func.jvp(energy, (x,), (v,))
    again, pull = func.vjp(energy, x)
    (back,) = pull(tf.ones_like(again))
    rows = func.jacrev(lambda t: t * t)(x)
    columns = func.jacfwd(lambda t: t * t)(x)
    tf.debugging.assert_near(rows, columns)
    tf.debugging.assert_near(tf.linalg.matvec(curved, v), product)
    return np.asarray(slope + same + back + value + y + tangent)


def second_order() -> Array:
    x = tf.Variable([1.0, 2.0], dtype=tf.float64)
    with tf.GradientTape() as outer, tf.GradientTape() as inner:
        y = tf.reduce_sum(x**3)
    # Inside of the outer tape's context no more: recorded all the same is what comes before.
    first = inner.gradient(y, x)
    del outer
    with tf.GradientTape(persistent=True) as tape:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(x**3) * tf.reduce_sum(x)
        slope = inner.gradient(y, x)
    assert slope is not None
    jacobian = tape.jacobian(slope, x, unconnected_gradients="zero")
    assert first is not None
    with tf.autodiff.ForwardAccumulator(x, tf.ones([2], tf.float64)) as accumulator:
        z = tf.sin(x)
    moved = accumulator.jvp(z)
    return np.add(jacobian, first) + np.asarray(moved, np.float64)


# ---------------------------------------------------------------- matrices, signals, random numbers


def operators() -> float:
    a = tf.linalg.LinearOperatorFullMatrix(
        [[4.0, 1.0], [1.0, 3.0]], is_self_adjoint=True, is_positive_definite=True
    )
    d = tf.linalg.LinearOperatorDiag(tf.constant([1.0, 2.0]))
    both = tf.linalg.LinearOperatorKronecker([a, d])
    x = both.solve(tf.ones([4, 1]))
    assert both.shape == [4, 4]
    lower = a.cholesky()
    s, u, v = tf.linalg.svd(a.to_dense())
    values, vectors = tf.linalg.eigh(a.to_dense())
    q, r = tf.linalg.qr(a.matmul(vectors))
    sign, logarithm = tf.linalg.slogdet(q @ r)
    total = tf.reduce_sum(x) + a.log_abs_determinant() + lower.trace() + d.determinant()
    total += tf.reduce_sum(s) + tf.linalg.trace(u @ tf.transpose(v)) + tf.norm(values, ord=1)
    total += tf.einsum("ij,jk->", a.to_dense(), d.to_dense()) + sign * logarithm
    return float(total)


def random_numbers() -> Array:
    tf.random.set_seed(7)
    generator = tf.random.Generator.from_seed(3)
    first, second = generator.split(2)
    x = generator.normal([3, 2], mean=1.0, stddev=0.5, dtype=tf.float64)
    x += first.uniform([3, 2], minval=-1, maxval=1, dtype=tf.float64)
    x += tf.random.stateless_uniform([3, 2], seed=[1, 2], dtype=tf.float64)
    x += tf.random.gamma([3, 2], alpha=2.0, dtype=tf.float64)
    drawn = tf.random.categorical(tf.math.log([[0.2, 0.8]]), 4)
    x += tf.cast(second.binomial([3, 2], counts=5.0, probs=0.5), tf.float64)
    order = tf.random.shuffle(tf.range(3))
    return np.asarray(tf.gather(x, order) + tf.cast(tf.reduce_max(drawn), x.dtype))


def spectrum() -> Array:
    t = tf.range(64, dtype=tf.float32) / 64.0
    x = tf.sin(2.0 * np.pi * 5.0 * t)
    stft = tf.signal.stft(x, frame_length=16, frame_step=8, window_fn=tf.signal.hann_window)
    power = tf.math.log(tf.abs(stft) ** 2 + 1e-6)
    back = tf.signal.irfft(tf.signal.rfft(x))
    mixed = tf.signal.ifft(tf.signal.fft(tf.complex(x, back)))
    cosines = tf.signal.dct(x, type=2, norm="ortho")
    frames = tf.signal.overlap_and_add(tf.signal.frame(x, 8, 4, pad_end=True), 4)
    total = tf.reduce_sum(power) + tf.reduce_sum(tf.math.real(mixed)) + tf.reduce_sum(cosines)
    return np.asarray(total + tf.reduce_sum(frames), np.float64)


def image() -> tf.TensorShape:
    x = tf.random.stateless_normal([2, 8, 8, 1], seed=(1, 2))
    filters = tf.Variable(tf.initializers.HeNormal(seed=4)(shape=[3, 3, 1, 4]))
    y = tf.nn.conv2d(x, filters, strides=1, padding="SAME")
    y = tf.nn.bias_add(y, tf.zeros(4))
    y = tf.nn.max_pool2d(tf.nn.leaky_relu(y, alpha=0.1), ksize=2, strides=2, padding="VALID")
    mean, variance = tf.nn.moments(y, axes=[0, 1, 2])
    y = tf.nn.batch_normalization(y, mean, variance, None, None, 1e-3)
    padded = tf.pad(y, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    flat = tf.reshape(padded, [padded.shape[0], -1])
    up = tf.nn.conv2d_transpose(y, filters, [2, 8, 8, 1], strides=2)
    return tf.concat([flat, tf.reshape(up, [2, -1])], axis=1).shape


# ---------------------------------------------------------------- selection and control


def selection() -> tf.Tensor:
    x = tf.reshape(tf.range(12.0), [3, 4])
    v = tf.Variable(x)
    v[0, 1:3].assign([5.0, 6.0])
    v.scatter_nd_add([[1, 1]], [2.0])
    rows = tf.gather(v, [2, 0], axis=0)
    some = tf.boolean_mask(x, x > 4.0)
    new = tf.tensor_scatter_nd_update(x, [[0, 0], [2, 3]], [1.0, 2.0])
    first, rest = tf.split(x, [1, 2], axis=0)
    a, b = tf.meshgrid(tf.range(2.0), tf.range(3.0), indexing="ij")
    hot = tf.one_hot([1, 0], depth=4, on_value=2.0)
    parts = tf.unstack(x, axis=1)
    picked = tf.where(x > 3.0, x, tf.zeros_like(x))
    places = tf.where(x > 10.0)
    total: tf.Tensor = tf.reduce_sum(rows) + tf.reduce_sum(some) + tf.reduce_sum(new[..., ::2])
    total += tf.reduce_sum(first) + tf.reduce_sum(rest) + tf.reduce_sum(a * b)
    total += tf.reduce_sum(hot) + parts[0][1] + tf.reduce_sum(picked)
    return total + tf.cast(tf.shape(places)[0], tf.float32) + float(tf.rank(x))


class State(NamedTuple):
    steps: tf.Tensor
    value: tf.Tensor


def control() -> float:
    x = tf.constant(2.0)
    chosen = tf.cond(x > 1.0, lambda: tf.sqrt(x), lambda: x)
    case = tf.case([(x < 0.0, lambda: -x)], default=lambda: x)
    switched = tf.switch_case(tf.constant(1), [lambda: x, lambda: x * 2.0])

    def body(i: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return i + 1, 0.5 * (y + x / y)

    _, root = tf.while_loop(lambda i, y: i < 6, body, (tf.constant(0), x), maximum_iterations=10)
    rows = tf.map_fn(lambda row: row * tf.reduce_sum(row), tf.ones([3, 2]))
    faster = tf.vectorized_map(lambda row: tf.sin(row), rows)
    sums = tf.scan(lambda total, each: total + each, faster)
    last = tf.foldl(lambda total, each: total + each, sums)
    history = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    state = State(tf.constant(0), x)
    for k in range(3):
        state = State(state.steps + 1, tf.sin(state.value))
        history = history.write(k, state.value)
    nested = tf.nest.map_structure(lambda t: t * 2, {"a": x, "b": [x, chosen]})
    total = chosen + case + switched + root + tf.reduce_sum(last) + tf.reduce_sum(history.stack())
    return float(total + tf.add_n(tf.nest.flatten(nested)) + history.size().numpy())


@tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
def with_a_signature(x: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(x, axis=0)


def errors() -> str:
    try:
        tf.debugging.assert_equal(tf.constant(1), tf.constant(2), message="unlike")
        tf.linalg.inv(tf.zeros([2, 2]))
    except tf.errors.InvalidArgumentError as error:
        return error.message or str(error)
    finally:
        tf.print("done", with_a_signature(tf.ones([3, 2])), output_stream=_nowhere())
    raise AssertionError


def _nowhere() -> Any:
    import io

    return io.StringIO()


def learning_to_fit(
    loss: Callable[[tf.Variable], tf.Tensor] = lambda v: tf.reduce_sum(tf.abs(v - 3.0)),
) -> list[Array]:
    found = []
    for optimizer in (
        tf.optimizers.SGD(0.1),
        tf.optimizers.RMSprop(learning_rate=0.1, rho=0.8),
        tf.optimizers.Adagrad(0.1),
        tf.keras.optimizers.AdamW(0.1, weight_decay=1e-3),
    ):
        v = tf.Variable([0.0, 1.0], dtype=tf.float64, trainable=True)
        for _ in range(3):
            with tf.GradientTape() as tape:
                y = loss(v)
            slope = tape.gradient(y, v)
            optimizer.apply_gradients([(slope, v)])
        found.append(v.numpy())
    return found


PROGRAMS: list[Callable[[], object]] = [
    training_loop,
    weighted_classification,
    gaussian_process,
    likelihoods,
    counts,
    custom_gradients,
    functional,
    second_order,
    operators,
    random_numbers,
    spectrum,
    image,
    selection,
    control,
    errors,
    learning_to_fit,
]
