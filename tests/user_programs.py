"""Programs as users of TensorFlow have them: what they call must be here, under its name.

Each takes the module that is called `tf` and gives a dictionary of results. None draws TensorFlow's
random numbers, so that the results of two libraries can be compared.
"""

from __future__ import annotations

import numpy as np

PROGRAMS = {}


def program(function):
    """Enter a program under its name."""
    PROGRAMS[function.__name__] = function
    return function


def _numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


@program
def gaussian_process(tf):
    """Marginal likelihood of a Gaussian process, with its gradient and a prediction."""
    x = tf.constant(np.sort(_numbers(1, 20, 1), axis=0))
    y = tf.sin(3.0 * x[:, 0]) + 0.1 * _numbers(2, 20)
    log_length = tf.Variable(0.0, dtype=tf.float64)
    log_noise = tf.Variable(-1.0, dtype=tf.float64)

    def kernel(a, b):
        squares = tf.math.squared_difference(a[:, tf.newaxis, :], b[tf.newaxis, :, :])
        return tf.exp(-0.5 * tf.reduce_sum(squares, axis=-1) / tf.exp(2.0 * log_length))

    with tf.GradientTape() as tape:
        k = kernel(x, x)
        k = tf.linalg.set_diag(k, tf.linalg.diag_part(k) + tf.exp(2.0 * log_noise))
        factor = tf.linalg.cholesky(k)
        alpha = tf.linalg.cholesky_solve(factor, y[:, tf.newaxis])
        loss = 0.5 * tf.reduce_sum(y[:, tf.newaxis] * alpha)
        loss += tf.reduce_sum(tf.math.log(tf.linalg.diag_part(factor)))
    slopes = tape.gradient(loss, [log_length, log_noise])
    new = tf.linspace(tf.constant(-1.0, tf.float64), 1.0, 5)[:, tf.newaxis]
    mean = tf.squeeze(kernel(new, x) @ alpha, axis=-1)
    half = tf.linalg.triangular_solve(factor, kernel(x, new), lower=True)
    variance = tf.linalg.diag_part(kernel(new, new)) - tf.reduce_sum(half**2, axis=0)
    return {"loss": loss, "slopes": slopes, "mean": mean, "variance": variance}


@program
def kalman_filter(tf):
    """Likelihood of a state-space model, step by step in a while_loop."""
    observations = tf.constant(_numbers(3, 12, 1))
    q = tf.Variable(0.1, dtype=tf.float64)
    transition = tf.constant([[1.0, 0.1], [0.0, 1.0]], tf.float64)
    h = tf.constant([[1.0, 0.0]], tf.float64)

    with tf.GradientTape() as tape:

        def step(i, mean, covariance, loss):
            mean = tf.linalg.matvec(transition, mean)
            covariance = transition @ covariance @ tf.transpose(transition)
            covariance += q * tf.eye(2, dtype=tf.float64)
            s = h @ covariance @ tf.linalg.matrix_transpose(h) + tf.eye(1, dtype=tf.float64)
            gain = tf.transpose(tf.linalg.solve(s, h @ covariance))
            error = tf.gather(observations, i) - tf.linalg.matvec(h, mean)
            quadratic = tf.tensordot(error, tf.linalg.inv(s) @ error[:, None], 1)[0]
            loss += 0.5 * (tf.linalg.logdet(s) + quadratic)
            mean += tf.linalg.matvec(gain, error)
            covariance -= gain @ h @ covariance
            return i + 1, mean, covariance, loss

        start = (tf.constant(0), tf.zeros(2, tf.float64), tf.eye(2, dtype=tf.float64))
        _, mean, covariance, loss = tf.while_loop(
            lambda i, *_: i < 12, step, (*start, tf.constant(0.0, tf.float64))
        )
    return {"loss": loss, "slope": tape.gradient(loss, q), "mean": mean, "covariance": covariance}


@program
def mixture_of_gaussians(tf):
    """Log-likelihood of a mixture; weights by softmax, scales by softplus."""
    data = tf.constant(_numbers(4, 50, 2))
    logits = tf.Variable(_numbers(5, 3))
    means = tf.Variable(_numbers(6, 3, 2))
    raw = tf.Variable(_numbers(7, 3, 2))
    with tf.GradientTape() as tape:
        scales = tf.nn.softplus(raw) + 1e-3
        z = (data[:, None] - means) / scales
        component = -0.5 * tf.reduce_sum(z**2 + 2 * tf.math.log(scales), axis=-1)
        weighted = tf.nn.log_softmax(logits) + component
        loss = -tf.reduce_mean(tf.reduce_logsumexp(weighted, axis=1))
    responsibility = tf.nn.softmax(weighted, axis=-1)
    counts = tf.math.bincount(tf.cast(tf.argmax(responsibility, axis=1), tf.int32), minlength=3)
    return {
        "loss": loss,
        "slopes": tape.gradient(loss, [logits, means, raw]),
        "responsibility": responsibility,
        "counts": counts,
    }


@program
def convolutional_network(tf):
    """A small LeNet, trained for some steps by Adam."""
    images = tf.constant(_numbers(8, 4, 12, 12, 1), tf.float32)
    labels = tf.constant([0, 2, 1, 2])
    filters = tf.Variable(tf.cast(0.3 * _numbers(9, 3, 3, 1, 4), tf.float32))
    bias = tf.Variable(tf.zeros([4]))
    weights = tf.Variable(tf.cast(0.1 * _numbers(10, 144, 3), tf.float32))
    variables = [filters, bias, weights]
    optimizer = tf.optimizers.Adam(0.01)
    losses = []

    @tf.function
    def train():
        with tf.GradientTape() as tape:
            x = tf.nn.conv2d(images, filters, strides=1, padding="SAME")
            x = tf.nn.relu(tf.nn.bias_add(x, bias))
            x = tf.nn.max_pool2d(x, ksize=2, strides=2, padding="VALID")
            logits = tf.reshape(x, [4, -1]) @ weights
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            )
        gradients = tape.gradient(loss, variables)
        gradients, norm = tf.clip_by_global_norm(gradients, 1.0)
        optimizer.apply_gradients(zip(gradients, variables))
        return loss, norm

    for _ in range(5):
        losses.append(tf.stack(train()))
    hits = tf.equal(tf.argmax(tf.reshape(tf.zeros([4, 3]), [4, 3]), 1), tf.cast(labels, tf.int64))
    accuracy = tf.reduce_mean(tf.cast(hits, tf.float32))
    return {"losses": tf.stack(losses), "weights": variables, "accuracy": accuracy}


@program
def recurrent_network(tf):
    """An Elman network over a sequence by tf.scan, its cost by a mask of lengths."""
    sequence = tf.constant(_numbers(11, 6, 3, 2))
    lengths = [6, 2, 4]
    u, w = tf.Variable(_numbers(12, 2, 5)), tf.Variable(0.5 * _numbers(13, 5, 5))
    with tf.GradientTape() as tape:
        states = tf.scan(
            lambda h, x: tf.tanh(x @ u + h @ w), sequence, tf.zeros([3, 5], tf.float64)
        )
        outputs = tf.transpose(states, [1, 0, 2])
        mask = tf.sequence_mask(lengths, maxlen=6, dtype=tf.float64)
        energy = tf.reduce_sum(tf.square(outputs), axis=-1) * mask
        loss = tf.math.divide_no_nan(tf.reduce_sum(energy), tf.reduce_sum(mask))
    backwards = tf.reverse_sequence(outputs, lengths, seq_axis=1, batch_axis=0)
    return {"loss": loss, "slopes": tape.gradient(loss, [u, w]), "backwards": backwards}


@program
def attention(tf):
    """Scaled dot-product attention with causal and padding masks, and layer normalisation."""
    x = tf.Variable(_numbers(14, 2, 5, 8))
    weights = [tf.Variable(0.3 * _numbers(15 + k, 8, 8)) for k in range(3)]
    with tf.GradientTape() as tape:
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        y = tf.nn.batch_normalization(x, mean, variance, None, None, 1e-6)
        q, k, v = (
            tf.transpose(tf.reshape(tf.einsum("btd,de->bte", y, w), [2, 5, 2, 4]), [0, 2, 1, 3])
            for w in weights
        )
        scores = tf.matmul(q, k, transpose_b=True) / tf.math.sqrt(tf.cast(4.0, tf.float64))
        causal = tf.linalg.band_part(tf.ones([5, 5], tf.float64), -1, 0)
        scores = tf.where(causal > 0, scores, tf.fill(tf.shape(scores), scores.dtype.min))
        probabilities = tf.nn.softmax(scores)
        z = tf.reshape(tf.transpose(probabilities @ v, [0, 2, 1, 3]), [2, 5, 8])
        loss = tf.reduce_sum(tf.nn.gelu(z) ** 2)
    return {"loss": loss, "slopes": tape.gradient(loss, [x, *weights]), "p": probabilities}


@program
def variational_autoencoder(tf):
    """The evidence's lower bound with a sampled code, as a Module with its variables."""

    class Encoder(tf.Module):
        def __init__(self, name=None):
            super().__init__(name=name)
            with self.name_scope:
                self.w = tf.Variable(0.3 * _numbers(21, 6, 4), name="w")
                self.b = tf.Variable(tf.zeros([4], tf.float64), name="b")

        @tf.Module.with_name_scope
        def __call__(self, x):
            return tf.split(tf.linalg.matmul(x, self.w) + self.b, 2, axis=-1)

    encoder, decoder = Encoder(), tf.Variable(0.3 * _numbers(22, 2, 6))
    x = tf.constant((_numbers(23, 7, 6) > 0).astype(float))
    noise = tf.constant(_numbers(24, 7, 2))
    variables = [*encoder.trainable_variables, decoder]
    with tf.GradientTape() as tape:
        mean, log_variance = encoder(x)
        z = mean + tf.exp(0.5 * log_variance) * noise
        logits = z @ decoder
        cross = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
        divergence = -0.5 * tf.reduce_sum(1 + log_variance - mean**2 - tf.exp(log_variance), axis=1)
        loss = tf.reduce_mean(tf.reduce_sum(cross, axis=1) + divergence)
    return {"loss": loss, "slopes": tape.gradient(loss, variables)}


@program
def hamiltonian_dynamics(tf):
    """Leapfrog steps of a correlated normal distribution, differentiated by the step's size."""
    precision = tf.constant([[2.0, 0.6], [0.6, 1.0]], tf.float64)
    size = tf.Variable(0.15, dtype=tf.float64)

    def force(position):
        with tf.GradientTape() as tape:
            tape.watch(position)
            energy = 0.5 * tf.reduce_sum(position * tf.linalg.matvec(precision, position))
        return -tape.gradient(energy, position)

    with tf.GradientTape() as outer:
        q, p = tf.constant([1.0, -1.0], tf.float64), tf.constant([0.3, 0.2], tf.float64)
        trace = tf.TensorArray(tf.float64, size=0, dynamic_size=True, element_shape=[2])
        for i in tf.range(10):
            p = p + 0.5 * size * force(q)
            q = q + size * p
            p = p + 0.5 * size * force(q)
            trace = trace.write(i, q)
        path = trace.stack()
        loss = tf.reduce_sum(tf.norm(path, axis=1))
    return {"path": path, "slope": outer.gradient(loss, size)}


@program
def physics_informed_network(tf):
    """The residual of a differential equation by nested tapes, and its gradient."""
    t = tf.constant(np.linspace(0, 1, 8)[:, None])
    weights = [tf.Variable(_numbers(31, 1, 6)), tf.Variable(_numbers(32, 6, 1))]
    with tf.GradientTape() as outer:
        with tf.GradientTape() as second:
            second.watch(t)
            with tf.GradientTape() as first:
                first.watch(t)
                u = tf.matmul(tf.tanh(tf.matmul(t, weights[0])), weights[1])
            velocity = first.gradient(u, t)
        acceleration = second.gradient(velocity, t)
        loss = tf.reduce_mean(tf.square(acceleration + u)) + tf.reduce_sum(tf.square(u[0] - 1.0))
    return {"loss": loss, "slopes": outer.gradient(loss, weights), "a": acceleration}


@program
def policy_gradient(tf):
    """Discounted returns by a reversed scan; logits of the actions taken by one_hot."""
    logits = tf.Variable(_numbers(41, 6, 3))
    rewards = tf.constant(_numbers(42, 6))
    actions = tf.constant([0, 2, 1, 1, 0, 2])
    returns = tf.scan(lambda total, r: r + 0.9 * total, rewards[::-1])[::-1]
    returns = (returns - tf.math.reduce_mean(returns)) / (tf.math.reduce_std(returns) + 1e-8)
    with tf.GradientTape() as tape:
        chosen = tf.reduce_sum(
            tf.one_hot(actions, 3, dtype=tf.float64) * tf.nn.log_softmax(logits), axis=1
        )
        entropy = -tf.reduce_sum(tf.nn.softmax(logits) * tf.nn.log_softmax(logits), axis=1)
        loss = -tf.reduce_mean(chosen * tf.stop_gradient(returns) + 0.01 * entropy)
    same = tf.gather(logits, actions, batch_dims=1)
    return {"returns": returns, "slope": tape.gradient(loss, logits), "same": same}


@program
def count_regression(tf):
    """Poisson and negative-binomial likelihoods with their Hessian."""
    x = tf.constant(np.c_[np.ones(15), _numbers(51, 15)])
    counts = tf.constant(np.random.default_rng(52).poisson(3.0, 15).astype(float))
    beta = tf.Variable([0.5, 0.2], dtype=tf.float64)
    shape = tf.Variable(2.0, dtype=tf.float64)
    with tf.GradientTape() as outer:
        with tf.GradientTape(persistent=True) as tape:
            eta = tf.linalg.matvec(x, beta)
            poisson = tf.reduce_sum(tf.nn.log_poisson_loss(counts, eta, compute_full_loss=False))
            rate = tf.exp(eta)
            log_p = (
                tf.math.lgamma(counts + shape)
                - tf.math.lgamma(shape)
                - tf.math.lgamma(counts + 1.0)
                + tf.math.xlogy(shape, shape / (shape + rate))
                + tf.math.xlogy(counts, rate / (shape + rate))
            )
            negative_binomial = -tf.reduce_sum(log_p)
        slope = tape.gradient(poisson, beta)
    hessian = outer.jacobian(slope, beta)
    errors = tf.sqrt(tf.linalg.diag_part(tf.linalg.inv(hessian)))
    slopes = tape.gradient(negative_binomial, [beta, shape])
    tail = tf.math.igammac(counts + 1.0, tf.exp(eta))
    return {"slope": slope, "hessian": hessian, "errors": errors, "s": slopes, "tail": tail}


@program
def spectral_denoising(tf):
    """A signal's spectrum, shrunk towards 0, back in time; the gradient by the threshold."""
    signal = tf.constant(np.sin(np.arange(32) / 2.0) + 0.3 * _numbers(61, 32))
    threshold = tf.Variable(1.0, dtype=tf.float64)
    with tf.GradientTape() as tape:
        spectrum = tf.signal.rfft(signal)
        size = tf.abs(spectrum)
        kept = tf.nn.relu(size - threshold)
        shrunk = spectrum * tf.cast(tf.math.divide_no_nan(kept, size), tf.complex128)
        clean = tf.signal.irfft(shrunk, fft_length=[32])
        loss = tf.nn.l2_loss(clean - signal) + tf.reduce_sum(tf.abs(clean[1:] - clean[:-1]))
    frames = tf.signal.frame(signal, frame_length=8, frame_step=4)
    window = tf.signal.hann_window(8, dtype=tf.float64)
    rebuilt = tf.signal.overlap_and_add(frames * window, 4)
    return {"clean": clean, "slope": tape.gradient(loss, threshold), "rebuilt": rebuilt}


@program
def option_prices(tf):
    """Black-Scholes prices and Greeks to the second order, and paths by cumulative sums."""
    spot = tf.Variable([90.0, 100.0, 110.0], dtype=tf.float64)
    sigma = tf.Variable(0.2, dtype=tf.float64)

    def cdf(x):
        return 0.5 * (1.0 + tf.math.erf(x / tf.sqrt(tf.constant(2.0, x.dtype))))

    with tf.GradientTape() as outer:
        with tf.GradientTape() as tape:
            d1 = (tf.math.log(spot / 100.0) + 0.5 * sigma**2) / sigma
            price = spot * cdf(d1) - 100.0 * cdf(d1 - sigma)
        delta, vega = tape.gradient(price, [spot, sigma])
    gamma = outer.gradient(delta, spot)
    steps = tf.constant(0.05 * _numbers(71, 4, 10))
    with tf.GradientTape() as tape:
        paths = 100.0 * tf.exp(tf.math.cumsum(sigma * steps, axis=1))
        barrier = tf.reduce_max(paths, axis=1)
        payoff = tf.where(barrier < 108.0, tf.maximum(paths[:, -1] - 98.0, 0.0), 0.0)
        value = tf.reduce_mean(tf.sort(payoff, direction="DESCENDING")[:3])
    median = tf.math.top_k(payoff, k=2)
    return {
        "price": price,
        "greeks": [delta, vega, gamma],
        "slope": tape.gradient(value, sigma),
        "top": [median.values, median.indices],
    }


@program
def graph_network(tf):
    """Messages along edges, gathered, weighed and added up by node."""
    nodes = tf.Variable(_numbers(81, 5, 3))
    weights = tf.Variable(_numbers(82, 3, 3))
    senders, receivers = tf.constant([0, 1, 1, 3, 4, 2]), tf.constant([1, 0, 2, 2, 3, 4])
    with tf.GradientTape() as tape:
        messages = tf.nn.elu(tf.gather(nodes, senders) @ weights)
        total = tf.math.unsorted_segment_sum(messages, receivers, num_segments=5)
        largest = tf.math.unsorted_segment_max(messages, receivers, num_segments=5)
        scores = tf.reduce_sum(messages, axis=1)
        shifted = tf.exp(scores - tf.gather(tf.math.segment_max(scores, tf.range(6)), tf.range(6)))
        share = shifted / tf.gather(tf.math.unsorted_segment_sum(shifted, receivers, 5), receivers)
        updated = tf.tensor_scatter_nd_add(nodes, [[0], [2]], 0.1 * messages[:2])
        loss = tf.reduce_sum(tf.nn.l2_normalize(updated + total, axis=1) * largest)
        loss += tf.reduce_sum(share**2)
    adjacency = tf.scatter_nd(tf.stack([senders, receivers], 1), tf.ones(6), [5, 5])
    slopes = tape.gradient(loss, [nodes, weights])
    return {"loss": loss, "slopes": slopes, "adjacency": adjacency, "updated": updated}


@program
def matrix_factorisation(tf):
    """Ratings fitted by embeddings and sparse gradients; Hessian-free curvature forwards."""
    users, items = tf.Variable(_numbers(91, 6, 2)), tf.Variable(_numbers(92, 4, 2))
    pairs = np.array([[0, 1], [5, 3], [2, 2], [5, 0]])
    ratings = tf.constant([1.0, -1.0, 0.5, 2.0], tf.float64)
    optimizer = tf.optimizers.SGD(0.1)
    for _ in range(3):
        with tf.GradientTape() as tape:
            u = tf.nn.embedding_lookup(users, pairs[:, 0])
            v = tf.nn.embedding_lookup(items, pairs[:, 1])
            loss = tf.reduce_mean((tf.reduce_sum(u * v, 1) - ratings) ** 2)
        gradients = tape.gradient(loss, [users, items])
        optimizer.apply_gradients(zip(gradients, [users, items]))
    singular = tf.linalg.svd(tf.matmul(users, items, transpose_b=True), compute_uv=False)
    dense = tf.math.confusion_matrix([0, 1, 2, 2], [0, 2, 2, 1])
    return {"users": users, "items": items, "singular": singular[:2], "confusion": dense}


@program
def sliced_variables(tf):
    """Variables changed by slices and scatters, and the shape helpers around them."""
    v = tf.Variable(tf.zeros([4, 3]))
    v[1].assign([1.0, 2.0, 3.0])
    v[2:, 0].assign(tf.constant([5.0, 6.0]))
    v.scatter_add(tf.IndexedSlices(tf.ones([2, 3]), tf.constant([0, 3])))
    v.scatter_nd_update([[0, 0]], [9.0])
    padded = tf.pad(v, [[1, 0], [0, 2]], mode="CONSTANT", constant_values=-1.0)
    mirrored = tf.pad(v, [[1, 1], [1, 1]], "REFLECT")
    rolled = tf.roll(v, shift=[1, -1], axis=[0, 1])
    repeated = tf.repeat(v, repeats=[1, 0, 2, 1], axis=0)
    chosen = tf.boolean_mask(v, tf.reduce_sum(v, 1) > 3.0)
    grid = tf.meshgrid(tf.range(3), tf.range(2), indexing="ij")
    parts = tf.dynamic_partition(tf.range(6), [0, 1, 0, 1, 1, 0], 2)
    joined = tf.dynamic_stitch([[0, 2], [1, 3]], [[10, 30], [20, 40]])
    window = tf.strided_slice(v, [0, 0], [4, 3], [2, 2])
    part = tf.slice(v, [1, 0], [2, -1])
    values, index = tf.unique([3, 1, 3, 2])
    return {
        "v": v,
        "pads": [padded, mirrored],
        "moved": [rolled, repeated, chosen, window, part],
        "grid": grid,
        "parts": [*parts, joined, values, index],
    }


@program
def control_flow(tf):
    """Newton's method by while_loop, branches, maps and folds."""
    a = tf.constant(7.0, tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(a)
        root = tf.while_loop(
            lambda x: tf.abs(x * x - a) > 1e-12, lambda x: [0.5 * (x + a / x)], [a]
        )[0]
        branch = tf.cond(a > 3.0, lambda: a * 2.0, lambda: a / 2.0)
        case = tf.case([(a < 0.0, lambda: -a)], default=lambda: tf.sqrt(a))
        switched = tf.switch_case(tf.constant(1), [lambda: a, lambda: a**3])
        mapped = tf.map_fn(lambda x: x * a, tf.constant([1.0, 2.0], tf.float64))
        folded = tf.foldl(lambda t, x: t * a + x, tf.constant([1.0, 2.0, 3.0], tf.float64))
        vectorised = tf.vectorized_map(
            lambda x: tf.reduce_sum(x) * a, tf.constant(_numbers(95, 4, 3))
        )
    results = [root, branch, case, switched, mapped, folded, vectorised]
    return {"results": results, "slopes": [tape.gradient(r, a) for r in results]}


@program
def losses_and_metrics(tf):
    """Keras's losses and metrics around a logistic regression."""
    x, y = tf.constant(_numbers(96, 10, 3), tf.float32), tf.constant([[0.0], [1.0]] * 5)
    w = tf.Variable(tf.zeros([3, 1]))
    loss_function = tf.losses.BinaryCrossentropy(from_logits=True)
    accuracy, mean = tf.metrics.BinaryAccuracy(), tf.metrics.Mean()
    for _ in range(4):
        with tf.GradientTape() as tape:
            logits = tf.matmul(x, w)
            loss = loss_function(y, logits)
        w.assign_sub(0.5 * tape.gradient(loss, w))
        accuracy.update_state(y, tf.sigmoid(logits))
        mean.update_state(loss)
    three = tf.losses.SparseCategoricalCrossentropy(from_logits=True)
    several = three(tf.constant([0, 2]), tf.constant(_numbers(97, 2, 3), tf.float32))
    squares = tf.losses.MeanSquaredError()(y, logits)
    huber = tf.losses.Huber()(y, 3.0 * logits)
    return {"w": w, "m": [accuracy.result(), mean.result(), several, squares, huber]}


@program
def implicit_functions(tf):
    """Least squares, matrix functions and eigenvalues, differentiated."""
    a = tf.Variable(_numbers(98, 5, 3))
    b = tf.constant(_numbers(99, 5, 1))
    with tf.GradientTape(persistent=True) as tape:
        gram = tf.matmul(a, a, transpose_a=True)
        solution = tf.linalg.lstsq(a, b, fast=True)
        results = [
            tf.reduce_sum(solution**2),
            tf.reduce_sum(tf.linalg.eigvalsh(gram)[:2]),
            tf.linalg.trace(tf.linalg.expm(0.1 * gram)),
            tf.reduce_sum(tf.linalg.sqrtm(gram)),
            tf.linalg.slogdet(gram)[1],
            tf.linalg.det(gram),
            tf.reduce_sum(tf.linalg.qr(a)[1] ** 2),
            tf.reduce_sum(tf.linalg.pinv(a) ** 2),
            tf.reduce_sum(tf.linalg.cross(a[:2], a[2:4])),
            tf.reduce_sum(tf.linalg.tensor_diag_part(gram)),
        ]
    diagonal = tf.linalg.diag(tf.range(3.0))
    return {
        "results": results,
        "slopes": [tape.gradient(r, a) for r in results],
        "diagonal": diagonal,
        "adjoint": tf.linalg.adjoint(diagonal),
    }


@program
def custom_layers(tf):
    """Custom gradients, straight-through rounding, gradient penalties and recomputation."""

    @tf.custom_gradient
    def clip_slope(x):
        return tf.identity(x), lambda upstream: tf.clip_by_value(upstream, -0.1, 0.1)

    w = tf.Variable(_numbers(100, 4, 4))
    x = tf.constant(_numbers(101, 3, 4))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as tape:
            tape.watch(x)
            hidden = tf.nn.swish(x @ w)
            rounded = hidden + tf.stop_gradient(tf.round(hidden) - hidden)
            score = tf.reduce_sum(clip_slope(tf.nn.leaky_relu(rounded, alpha=0.3)), axis=1)
        slope = tape.gradient(score, x)
        penalty = tf.reduce_mean((tf.norm(slope, axis=1) - 1.0) ** 2)
    with tf.GradientTape() as tape:
        deep = tf.recompute_grad(lambda z: tf.nn.selu(z @ w))(x)
        again = tf.reduce_sum(deep**2)
    return {
        "slope": slope,
        "penalty": penalty,
        "by": [outer.gradient(penalty, w), tape.gradient(again, w)],
    }
