"""A neural network that tells two spirals apart, trained with Adam.

Points in the plane lie on one of two arms of a spiral. No line parts them, and no polynomial of a
low degree. A network of two hidden layers,

    h_1 = tanh(x W_1 + b_1),     h_2 = tanh(h_1 W_2 + b_2),     s = h_2 w_3 + b_3,

bends the plane until a line does. The score s is the logarithm of the odds that a point is on the
second arm, and training makes the cross entropy between odds and truth small, by steps of Adam:
each parameter moves by about the same small amount, in the direction in which the loss falls.

There are some 1,200 parameters; a gradient by differences would take as many evaluations of the
network. In reverse mode it takes the time of about three. The program is written as for TensorFlow,
with Variables in a Module, a GradientTape and an optimiser, and runs there with another import. At
the end the tape turns round: the gradient of the score by the *inputs* says where the network
changes its mind.
"""

from __future__ import annotations

import numpy as np

import autograd_c as tf


def spirals(count=150):
    """Points [2 * count, 2] on two arms with some noise, and 0.0 or 1.0 for the arm of each."""
    random = np.random.default_rng(19)
    angle = np.sqrt(random.uniform(0.03, 1.0, count)) * 2.5 * np.pi
    arm = np.stack([angle * np.cos(angle), angle * np.sin(angle)], axis=1) / (2.5 * np.pi)
    points = np.concatenate([arm, -arm]) + random.normal(0.0, 0.015, (2 * count, 2))
    return points.astype(np.float32), np.repeat([0.0, 1.0], count).astype(np.float32)


class Network(tf.Module):
    """Layers of weights and biases."""

    def __init__(self, sizes, seed):
        super().__init__()
        random = np.random.default_rng(seed)
        self.weights, self.biases = [], []
        for fan_in, fan_out in zip(sizes, sizes[1:]):
            weights = random.normal(0.0, fan_in**-0.5, (fan_in, fan_out))
            self.weights.append(tf.Variable(weights, dtype=tf.float32))
            self.biases.append(tf.Variable(tf.zeros([fan_out])))

    def __call__(self, points):
        """The score of each point."""
        x = 6.0 * points
        for weights, bias in zip(self.weights[:-1], self.biases[:-1]):
            x = tf.tanh(tf.matmul(x, weights) + bias)
        return tf.squeeze(tf.matmul(x, self.weights[-1]) + self.biases[-1], axis=1)


def train(network, points, labels, steps):
    """Train, and return the losses on the way."""
    optimizer = tf.optimizers.Adam(learning_rate=0.01)
    losses = []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(
                tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=network(points))
            )
        slopes = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(slopes, network.trainable_variables))
        losses.append(float(loss))
    return losses


def main(steps=600):
    """Train a network, and return the losses and what it says of all points of the plane."""
    points, labels = map(tf.constant, spirals())
    network = Network([2, 32, 32, 1], seed=23)
    losses = train(network, points, labels, steps)
    right = tf.equal(network(points) > 0.0, labels > 0.5)
    line = np.linspace(-1.15, 1.15, 90, dtype=np.float32)
    plane = tf.constant(np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2))
    with tf.GradientTape() as tape:
        tape.watch(plane)
        score = network(plane)
    slope = tape.gradient(score, plane)  # of each score by its own point
    return {
        "points": points.numpy(),
        "labels": labels.numpy(),
        "losses": losses,
        "accuracy": float(tf.reduce_mean(tf.cast(right, tf.float32))),
        "parameters": sum(int(tf.size(v)) for v in network.trainable_variables),
        "line": line,
        "score": score.numpy().reshape(90, 90),
        "steepness": tf.norm(slope, axis=1).numpy().reshape(90, 90),
    }


def draw(results):
    """The losses, and the plane as the network sees it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.semilogy(results["losses"])
    left.set(xlabel="step", ylabel="cross entropy", title="training")
    line, labels = results["line"], results["labels"]
    right.contourf(line, line, results["score"], [-100, 0, 100], colors=["#c6dbef", "#fdd0a2"])
    for label, colour in ((0.0, "tab:blue"), (1.0, "tab:orange")):
        right.plot(*results["points"][labels == label].T, ".", color=colour, markersize=4)
    right.set(xticks=[], yticks=[], aspect="equal", title="two arms told apart")
    return figure


if __name__ == "__main__":
    found = main()
    print(f"{found['parameters']} parameters, {found['accuracy']:.1%} of the points are right")
    draw(found).savefig("neural_network.png")
