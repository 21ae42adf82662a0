"""What metrics have in common: state, updates and results; means and sums."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.values import nest
from autograd_c.values.dtypes import as_dtype
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autograd_c.core._core import Tensor, Variable
    from autograd_c.typing import DTypeLike, TensorLike

_lock = Lock()
_counts: dict[str, int] = {}


def name_of(name: str) -> str:
    """The name of a class in lower case."""
    words = re.sub(r"(?<=[A-Za-z0-9])(?=[A-Z][a-z])|(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return words.lower()


def _numbered(words: str) -> str:
    """A name, with a number from its second object on."""
    with _lock:
        number = _counts[words] = _counts.get(words, -1) + 1
    return f"{words}_{number}" if number else words


def numbers(x: TensorLike, dtype: str | None = None) -> NDArray[Any]:
    """A tensor as an array: what metrics count has no derivatives."""
    t = _core.convert_to_tensor(x)
    return _core.array_of(t if dtype is None else _core.cast(t, dtype))


def quotient(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """x / y, and 0 where y is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(y == 0, 0, x / y))


def same_rank(x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Two arrays of one rank, where one of them has an axis of 1 more at the end."""
    if x.ndim == y.ndim + 1 and x.shape[-1] == 1:
        return (x, y[:, None]) if y.ndim == 1 else (x[..., 0], y)
    if y.ndim == x.ndim + 1 and y.shape[-1] == 1:
        return (x[:, None], y) if x.ndim == 1 else (x, y[..., 0])
    return x, y


def spread(weights: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Weights broadcast to a shape."""
    try:
        return np.broadcast_to(weights, shape)
    except ValueError:
        raise InvalidArgumentError(
            f"sample_weight has shape {weights.shape}, which does not go with {shape}"
        ) from None


def _recordable(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method that computes with arrays; what is recorded of its call is that it is called."""

    @functools.wraps(method)
    def called(self: Metric, *args: Any, **kwargs: Any) -> Any:
        if not _core.is_recording():
            return method(self, *args, **kwargs)
        given = nest.map_structure(
            lambda x: _core.convert_to_tensor(x) if isinstance(x, np.ndarray) else x, (args, kwargs)
        )
        return _core.effect(method, (self, *given[0]), given[1], touched=self.variables)

    return called


class Metric:
    """What metrics have in common; for metrics of one's own, with `update_state` and `result`.

    State is in Variables, and threads may update one metric.

    Args:
        dtype: of the state and the results; by default float32, or `tf.set_default_float`'s.
        name: of the metric; by default that of the class.

    >>> import autograd_c as tf
    >>> class Largest(tf.metrics.Metric):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.found = self.add_weight(name="found")
    ...     def update_state(self, values):
    ...         self.found.assign(tf.maximum(self.found, tf.reduce_max(values)))
    ...     def result(self):
    ...         return tf.convert_to_tensor(self.found)
    >>> largest = Largest()
    >>> largest.update_state([1.0, 3.0])
    >>> print(largest([2.0]).numpy())
    3.0
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("autograd_c.metrics."):
            for name in {"update_state", "result"} & set(vars(cls)):
                setattr(cls, name, _recordable(vars(cls)[name]))

    def __init__(self, dtype: DTypeLike | None = None, name: str | None = None) -> None:
        self._variables: list[Variable] = []
        self._metrics: list[Metric] = []
        self.name = _numbered(name_of(type(self).__name__)) if name is None else name
        self._dtype = as_dtype(_core.get_default_float() if dtype is None else dtype).name

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Metric):
            self._metrics.append(value)
        elif isinstance(value, _core.Variable):
            if not any(value is known for known in self._variables):
                self._variables.append(value)
        object.__setattr__(self, name, value)

    @property
    def dtype(self) -> str:
        """The name of the dtype of the state."""
        return self._dtype

    @property
    def variables(self) -> list[Variable]:
        """The state: that of the metric, and of metrics that are its attributes."""
        return [*self._variables, *(v for each in self._metrics for v in each.variables)]

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any,
        dtype: DTypeLike | None = None,
        aggregation: Any = "sum",
        name: str | None = None,
    ) -> Variable:
        """A Variable of the state.

        Args:
            shape: of the Variable.
            initializer: an initializer or its name; None for zeros.
            dtype: of the Variable; by default the metric's.
            aggregation: ignored: there is one replica.
            name: of the Variable.
        """
        wanted = as_dtype(self.dtype if dtype is None else dtype)
        if initializer in (None, "zeros"):
            value: Any = _core.full(shape, 0, wanted)
        else:
            from autograd_c import initializers

            value = initializers.get(initializer)(shape, dtype=wanted)
        made = _core.Variable(value, trainable=False, dtype=wanted, name=name)
        self._variables.append(made)
        return made

    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: Any = None,
        dtype: DTypeLike | None = None,
        name: str | None = None,
    ) -> Variable:
        """As `add_variable`."""
        return self.add_variable(shape, initializer, dtype, name=name)

    def reset_state(self) -> None:
        """Set the state to zeros."""
        if _core.is_recording() and not self.variables:
            # There may be some when the record is run: the first update makes them.
            _core.effect(Metric.reset_state, (self,))
            return
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype.as_numpy_dtype))

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Add to the state; for a class of one's own to write."""
        raise NotImplementedError

    def result(self) -> Any:
        """What the state says; for a class of one's own to write."""
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A metric from what `get_config` gave."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"

    def _add(self, variable: Variable, amount: Any) -> None:
        variable.assign_add(np.asarray(amount, variable.dtype.as_numpy_dtype))

    def _tensor(self, value: Any) -> Tensor:
        return _core.convert_to_tensor(np.asarray(value, as_dtype(self.dtype).as_numpy_dtype))


def _of_samples(
    values: NDArray[Any], weights: NDArray[Any] | None, reduce: Callable[..., Any]
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """A number for each sample, times its weight; and the weights."""

    def rest(x: NDArray[Any], first: int) -> NDArray[Any]:
        if x.ndim <= first:
            return x
        return np.asarray(reduce(x, axis=tuple(range(first, x.ndim))))

    if weights is not None:
        values, weights = same_rank(values, weights)
        values = rest(values, weights.ndim)
        weights = spread(weights, values.shape)
        values = values * weights
        weights = rest(weights, 1)
    return rest(values, 1), weights


class Mean(Metric):
    """The mean of values, or of what they are with weights.

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> mean = tf.metrics.Mean()
    >>> mean.update_state([1.0, 3.0])
    >>> mean.update_state([5.0], sample_weight=[2.0])
    >>> print(mean.result().numpy())
    3.5
    """

    def __init__(self, name: str | None = "mean", dtype: DTypeLike | None = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_weight(name="total")
        self.count = self.add_weight(name="count")

    def update_state(self, values: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add values, each with its weight.

        Args:
            values: a tensor.
            sample_weight: None, or a tensor that goes with the first axes of the values.

        Raises:
            InvalidArgumentError: for weights that do not go with the values.
        """
        weights = None if sample_weight is None else numbers(sample_weight, self.dtype)
        found, weights = _of_samples(numbers(values, self.dtype), weights, np.mean)
        self._add(self.total, found.sum())
        self._add(self.count, found.size if weights is None else weights.sum())

    def result(self) -> Tensor:
        """The mean so far; 0 of nothing."""
        return self._tensor(quotient(np.asarray(self.total), np.asarray(self.count)))


class Sum(Metric):
    """The sum of values, or of what they are with weights.

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.Sum()([1.0, 3.0], sample_weight=[1.0, 2.0]).numpy())
    7.0
    """

    def __init__(self, name: str | None = "sum", dtype: DTypeLike | None = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_weight(name="total")

    def update_state(self, values: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add values, each with its weight; as `Mean`'s."""
        weights = None if sample_weight is None else numbers(sample_weight, self.dtype)
        self._add(self.total, _of_samples(numbers(values, self.dtype), weights, np.sum)[0].sum())

    def result(self) -> Tensor:
        """The sum so far."""
        return self._tensor(self.total)


class MeanMetricWrapper(Mean):
    """The mean of a function of what is true and what is predicted.

    Args:
        fn: the function; it returns a tensor of a value for each sample.
        name: of the metric.
        dtype: of the state and the result.
        kwargs: more arguments of the function.

    >>> import autograd_c as tf
    >>> error = tf.metrics.MeanMetricWrapper(tf.losses.mse, name="error")
    >>> print(error([[0.0, 1.0]], [[1.0, 3.0]]).numpy())
    2.5
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: DTypeLike | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(  # type: ignore[override]
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Add the values of a batch, each with its weight.

        Args:
            y_true: a tensor of what is true.
            y_pred: a tensor of what is predicted.
            sample_weight: None, or a tensor that goes with the first axes of the values.

        Raises:
            InvalidArgumentError: for weights that do not go with the values.
        """
        t, p = (_core.convert_to_tensor(x) for x in (y_true, y_pred))
        super().update_state(self._fn(t, p, **self._fn_kwargs), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        if type(self) is not MeanMetricWrapper:
            return {**super().get_config(), **self._fn_kwargs}
        from autograd_c.metrics._names import serialize

        return {**super().get_config(), "fn": serialize(self._fn), **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A metric from what `get_config` gave."""
        arguments = dict(config)
        if isinstance(arguments.get("fn"), Mapping):
            from autograd_c.metrics._names import deserialize

            arguments["fn"] = deserialize(arguments["fn"])
        return cls(**arguments)
