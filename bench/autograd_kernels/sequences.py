"""Models of sequences: texts and chains of hidden states."""

from __future__ import annotations

from typing import Any

from ._registry import kernel, of_same_library


def _text(np: Any, length: int, letters: int) -> Any:
    """Three sequences of letters, as [step, sequence, letter] of zeros and ones."""
    indices = np.random.RandomState(6).randint(letters, size=(length, 3))
    return np.array(indices[:, :, None] == np.arange(letters), dtype=float)


@kernel
def recurrent_net(np: Any) -> Any:
    """The next letter of a text by a recurrent network."""
    logsumexp = of_same_library(np, "scipy.special.logsumexp")
    random = np.random.RandomState(7)
    text, states = _text(np, 12, 5), 8
    parameters = {
        "start": 0.1 * random.randn(1, states),
        "change": 0.3 * random.randn(5 + states + 1, states),
        "read": 0.3 * random.randn(states + 1, 5),
    }

    def affine(weights: Any, *parts: Any) -> Any:
        return np.dot(np.hstack(parts + (np.ones((parts[0].shape[0], 1)),)), weights)

    def loss(parameters: Any, text: Any) -> Any:
        hidden = np.repeat(parameters["start"], text.shape[1], axis=0)
        total = 0.0
        for letters, following in zip(text[:-1], text[1:]):
            hidden = np.tanh(affine(parameters["change"], letters, hidden))
            outputs = affine(parameters["read"], hidden)
            outputs = outputs - logsumexp(outputs, axis=1, keepdims=True)
            total = total - np.sum(following * outputs)
        return total / (text.shape[0] * text.shape[1])

    return loss, (parameters, text)


@kernel
def long_short_term_memory(np: Any) -> Any:
    """The same by a network with gates."""
    logsumexp = of_same_library(np, "scipy.special.logsumexp")
    random = np.random.RandomState(8)
    text, states = _text(np, 12, 5), 6
    gates = ("change", "forget", "take", "show")
    parameters = {name: 0.3 * random.randn(5 + states + 1, states) for name in gates}
    parameters["read"] = 0.3 * random.randn(states + 1, 5)

    def sigmoid(x: Any) -> Any:
        return 0.5 * (np.tanh(x) + 1.0)

    def loss(parameters: Any, text: Any) -> Any:
        ones = np.ones((text.shape[1], 1))
        hidden = cells = np.zeros((text.shape[1], states))
        outputs = []
        for letters in text[:-1]:
            known = np.concatenate((letters, hidden, ones), axis=1)
            change = np.tanh(np.dot(known, parameters["change"]))
            forget, take, show = (sigmoid(np.dot(known, parameters[name])) for name in gates[1:])
            cells = cells * forget + take * change
            hidden = show * np.tanh(cells)
            outputs.append(np.dot(np.hstack((hidden, ones)), parameters["read"]))
        scores = np.array(outputs)
        return -np.mean((scores - logsumexp(scores, axis=-1, keepdims=True)) * text[1:])

    return loss, (parameters, text)


@kernel
def hidden_markov_model(np: Any) -> Any:
    """The likelihood of a chain of hidden states; the gradient is the expected counts."""
    logsumexp = of_same_library(np, "scipy.special.logsumexp")
    random = np.random.RandomState(9)

    def normalised(x: Any) -> Any:
        return x / x.sum(axis=-1, keepdims=True)

    shapes = ((4,), (4, 4), (4, 6))
    logarithms = [np.log(normalised(random.rand(*shape))) for shape in shapes]
    sequences = [random.randint(6, size=length) for length in (10, 15)]

    def loss(logarithms: Any, sequences: Any) -> Any:
        start, change, emit = logarithms
        total = 0.0
        for sequence in sequences:
            alpha = start
            for letter in sequence:
                alpha = logsumexp(alpha[:, None] + change, axis=0) + emit[:, letter]
            total = total + logsumexp(alpha)
        return total

    return loss, (logarithms, sequences)
