"""First values of variables, under Keras's names: constants and random numbers."""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.random_numbers import uniform
from autograd_c.functions.random_stateless import (
    stateless_normal,
    stateless_truncated_normal,
    stateless_uniform,
)
from autograd_c.functions.sliding import plain
from autograd_c.values.dtypes import as_dtype

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, ShapeLike


def _extents(shape: ShapeLike) -> tuple[int, ...]:
    given = plain(shape)
    return (given,) if isinstance(given, int) else tuple(given)


def _dtype(dtype: DTypeLike | None) -> Any:
    return as_dtype(_core.get_default_float() if dtype is None else dtype)


class Initializer:
    """What initializers have in common; for those of one's own, with a method `__call__`.

    >>> import autograd_c as tf
    >>> class Twos(tf.initializers.Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return tf.fill(shape, 2.0)
    >>> print(Twos()([2]).numpy())
    [2. 2.]
    """

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None) -> Tensor:
        raise NotImplementedError("An initializer of one's own has a method `__call__`")

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """An initializer from what `get_config` gave."""
        return cls(**config)

    def clone(self) -> Any:
        """Another one with the same arguments."""
        return type(self).from_config(self.get_config())


class Constant(Initializer):
    """Tensors of one value, or of an array that is broadcast.

    Args:
        value: that.
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None) -> Tensor:
        wanted = _dtype(dtype)
        value = _core.cast(_core.convert_to_tensor(self.value, dtype_hint=wanted), wanted)
        return _core.broadcast_to(value, _extents(shape))

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {"value": self.value}


class Zeros(Initializer):
    """Tensors of zeros."""

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None) -> Tensor:
        return _core.full(_extents(shape), 0, _dtype(dtype))


class Ones(Initializer):
    """Tensors of ones."""

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None) -> Tensor:
        return _core.full(_extents(shape), 1, _dtype(dtype))


class Identity(Initializer):
    """Matrices with `gain` on the diagonal.

    Args:
        gain: that.
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None) -> Tensor:
        extents = _extents(shape)
        if len(extents) != 2:
            raise ValueError(
                f"[Identity] a matrix has two axes, and the shape {extents} has {len(extents)}"
            )
        return _core.constant(self.gain * np.eye(*extents), _dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {"gain": self.gain}


# ---------------------------------------------------------------- random numbers


class _Random(Initializer):
    """With a seed: each call gives the same numbers. Without, each object has a seed of its own."""

    def __init__(self, seed: int | None) -> None:
        self.seed = seed
        drawn = uniform([], 0, 2**31 - 1, "int32") if seed is None else seed
        self._key = [int(drawn), 0]

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {"seed": self.seed}


class RandomNormal(_Random):
    """Tensors of normal deviates.

    Args:
        mean: their mean.
        stddev: their standard deviation.
        seed: an integer; None for one drawn from the stream of `tf.random`.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed)

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None) -> Tensor:
        kind = _dtype(dtype)
        return stateless_normal(_extents(shape), self._key, self.mean, self.stddev, kind)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {"seed": self.seed, "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(_Random):
    """Tensors of normal deviates within two standard deviations.

    Args:
        mean: the mean of all.
        stddev: the standard deviation of all, before those outside are drawn again.
        seed: an integer; None for one drawn from the stream of `tf.random`.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed)

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None) -> Tensor:
        kind = _dtype(dtype)
        return stateless_truncated_normal(_extents(shape), self._key, self.mean, self.stddev, kind)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {"seed": self.seed, "mean": self.mean, "stddev": self.stddev}


class RandomUniform(_Random):
    """Tensors of numbers uniformly distributed in [minval, maxval).

    Args:
        minval: the least.
        maxval: the bound.
        seed: an integer; None for one drawn from the stream of `tf.random`.
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed)

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None) -> Tensor:
        kind = _dtype(dtype)
        return stateless_uniform(_extents(shape), self._key, self.minval, self.maxval, kind)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {"seed": self.seed, "minval": self.minval, "maxval": self.maxval}


_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")
# The standard deviation of what is left of a standard normal distribution within two of them.
_OF_TRUNCATED = 0.8796256610342398


def _fans(extents: tuple[int, ...], inputs: Any, outputs: Any) -> tuple[float, float]:
    """How many numbers each output depends on, and each input goes to."""
    if inputs is None and outputs is None:
        if len(extents) < 2:
            n = float(math.prod(extents))
            return n, n
        inputs, outputs = -2, -1

    def chosen(axes: Any) -> set[int]:
        listed = [] if axes is None else [axes] if isinstance(axes, int) else axes
        return {axis % len(extents) for axis in listed}

    of_input, of_output = chosen(inputs), chosen(outputs)
    field = math.prod(n for k, n in enumerate(extents) if k not in of_input | of_output)
    return (
        float(field * math.prod(extents[k] for k in of_input)),
        float(field * math.prod(extents[k] for k in of_output)),
    )


class VarianceScaling(_Random):
    """Random numbers of variance `scale` / n, n the number of inputs or outputs, or their mean.

    Args:
        scale: a positive number.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
        seed: an integer; None for one drawn from the stream of `tf.random`.
        input_axes: the axes of inputs; the last but one by default.
        output_axes: the axes of outputs; the last by default.

    Raises:
        ValueError: for arguments that are none of these.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None:
        if not scale > 0:
            raise ValueError(f"[VarianceScaling] scale must be above 0, not {scale!r}")
        if mode not in _MODES:
            raise ValueError(f"[VarianceScaling] mode is one of {_MODES}, not {mode!r}")
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in _DISTRIBUTIONS:
            raise ValueError(
                f"[VarianceScaling] distribution is one of {_DISTRIBUTIONS}, not {distribution!r}"
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes
        super().__init__(seed)

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None) -> Tensor:
        extents, kind = _extents(shape), _dtype(dtype)
        inputs, outputs = _fans(extents, self.input_axes, self.output_axes)
        n = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}[self.mode]
        variance = float(_core.array_of(self.scale)) / max(n, 1.0)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return stateless_uniform(extents, self._key, -limit, limit, kind)
        deviation = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return stateless_normal(extents, self._key, 0.0, deviation, kind)
        return stateless_truncated_normal(extents, self._key, 0.0, deviation / _OF_TRUNCATED, kind)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {
            "seed": self.seed,
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class _Scaled(VarianceScaling):
    """One of a few choices of `VarianceScaling`."""

    _choice: tuple[float, str, str]

    def __init__(
        self,
        seed: int | None = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None:
        super().__init__(*self._choice, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {
            "seed": self.seed,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class GlorotNormal(_Scaled):
    """The choice of Glorot and Bengio (2010).

    `VarianceScaling(1.0, "fan_avg", "truncated_normal")`.

    Args:
        seed: an integer; None for one drawn from the stream of `tf.random`.
        input_axes: the axes of inputs; the last but one by default.
        output_axes: the axes of outputs; the last by default.
    """

    _choice = (1.0, "fan_avg", "truncated_normal")


class GlorotUniform(_Scaled):
    """The choice of Glorot and Bengio (2010).

    `VarianceScaling(1.0, "fan_avg", "uniform")`.

    Args:
        seed: an integer; None for one drawn from the stream of `tf.random`.
        input_axes: the axes of inputs; the last but one by default.
        output_axes: the axes of outputs; the last by default.
    """

    _choice = (1.0, "fan_avg", "uniform")


class HeNormal(_Scaled):
    """The choice of He and others (2015).

    `VarianceScaling(2.0, "fan_in", "truncated_normal")`.

    Args:
        seed: an integer; None for one drawn from the stream of `tf.random`.
        input_axes: the axes of inputs; the last but one by default.
        output_axes: the axes of outputs; the last by default.
    """

    _choice = (2.0, "fan_in", "truncated_normal")


class HeUniform(_Scaled):
    """The choice of He and others (2015).

    `VarianceScaling(2.0, "fan_in", "uniform")`.

    Args:
        seed: an integer; None for one drawn from the stream of `tf.random`.
        input_axes: the axes of inputs; the last but one by default.
        output_axes: the axes of outputs; the last by default.
    """

    _choice = (2.0, "fan_in", "uniform")


class LecunNormal(_Scaled):
    """The choice of LeCun and others (1998).

    `VarianceScaling(1.0, "fan_in", "truncated_normal")`.

    Args:
        seed: an integer; None for one drawn from the stream of `tf.random`.
        input_axes: the axes of inputs; the last but one by default.
        output_axes: the axes of outputs; the last by default.
    """

    _choice = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_Scaled):
    """The choice of LeCun and others (1998).

    `VarianceScaling(1.0, "fan_in", "uniform")`.

    Args:
        seed: an integer; None for one drawn from the stream of `tf.random`.
        input_axes: the axes of inputs; the last but one by default.
        output_axes: the axes of outputs; the last by default.
    """

    _choice = (1.0, "fan_in", "uniform")


class Orthogonal(_Random):
    """Matrices with orthogonal rows or columns, whichever are fewer.

    Args:
        gain: a factor.
        seed: an integer; None for one drawn from the stream of `tf.random`.
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        self.gain = gain
        super().__init__(seed)

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None) -> Tensor:
        extents = _extents(shape)
        if len(extents) < 2:
            raise ValueError(
                f"[Orthogonal] a matrix has two axes or more, and the shape {extents} has "
                f"{len(extents)}"
            )
        rows, columns = math.prod(extents[:-1]), extents[-1]
        tall = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(np.asarray(stateless_normal(tall, self._key, dtype="float64")))
        q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)  # each matrix as likely as any other
        matrix = q if rows >= columns else q.T
        return _core.constant(self.gain * matrix.reshape(extents), _dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {"seed": self.seed, "gain": self.gain}


def _window(name: str, length: int, periodic: bool) -> np.ndarray[Any, Any]:
    """A window by its name: SciPy's, but for the two that need no SciPy."""
    if name in ("hann", "hamming"):
        middle = {"hann": 0.5, "hamming": 0.54}[name]
        steps = length if periodic else length - 1
        turns = 2 * np.pi * np.arange(length) / max(steps, 1)
        return middle - (1 - middle) * np.cos(turns) if length > 1 else np.ones(length)
    found = importlib.import_module("scipy.signal").get_window(name, length, periodic)
    return np.asarray(found, np.float64)


class STFT(Initializer):
    """Kernels of a convolution that takes short-time Fourier transforms.

    Args:
        side: "real" or "imag": of which part of the transforms.
        window: by what frames are multiplied: "hann", "hamming", another name that
            `scipy.signal.get_window` knows, an array, or None.
        scaling: "density", by the window's Euclidean norm; "spectrum", by the sum of its moduli;
            None, by nothing.
        periodic: whether the window is periodic, rather than symmetric.

    Raises:
        ValueError: for other arguments, and for windows whose length is not that of the frames.
        ImportError: for other names of windows, without SciPy.

    >>> import autograd_c as tf
    >>> tf.initializers.STFT("imag")([128, 1, 65]).shape
    TensorShape([128, 1, 65])
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ) -> None:
        if side not in ("real", "imag"):
            raise ValueError(f"side is 'real' or 'imag', not {side!r}")
        if scaling not in ("density", "spectrum", None):
            raise ValueError(f"scaling is 'density', 'spectrum' or None, not {scaling!r}")
        if isinstance(window, str):
            _window(window, 1, periodic)
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None) -> Tensor:
        extents = _extents(shape)
        if len(extents) != 3:
            raise ValueError(f"Expected a shape [frame, 1, frequencies], got {extents}")
        frame, _, frequencies = extents
        turns = np.outer(np.arange(frame), np.arange(frequencies)) / max(2 * frequencies - 2, 1)
        kernel = np.cos(2 * np.pi * turns) if self.side == "real" else -np.sin(2 * np.pi * turns)
        if self.window is not None:
            named = isinstance(self.window, str)
            given = _window(self.window, frame, self.periodic) if named else self.window
            window = _core.array_of(given).astype(np.float64)
            if window.shape != (frame,):
                raise ValueError(f"A window of shape {window.shape} is not one of {frame} elements")
            size = {
                "density": np.sqrt((window * window).sum()),
                "spectrum": np.abs(window).sum(),
                None: 1.0,
            }[self.scaling]
            kernel = kernel * window[:, None] / size
        return _core.constant(kernel[:, None, :], _dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {
            "side": self.side,
            "window": self.window,
            "periodic": self.periodic,
            "scaling": self.scaling,
        }


constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFTInitializer = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros
