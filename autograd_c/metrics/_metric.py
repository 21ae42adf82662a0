"""What metrics have in common: state, updates and results; means and sums."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from autograd_c.core import _core
from autograd_c.functions.guarded import divide_no_nan
from autograd_c.losses._pairs import same_rank
from autograd_c.values.dtypes import as_dtype
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
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


def counted(x: TensorLike, dtype: DTypeLike | None = None) -> Tensor:
    """A tensor of what is counted, which has no derivative."""
    t = _core.stop_gradient(x)
    return t if dtype is None else _core.cast(t, dtype)


def sum_of(x: Tensor, axis: Any = None) -> Tensor:
    """The sum over axes."""
    return _core.reduce("reduce_sum", x, axis, False)


def spread(weights: Tensor, shape: Sequence[int]) -> Tensor:
    """Weights broadcast to a shape."""
    if weights.shape == shape:
        return weights
    try:
        return _core.broadcast_to(weights, shape)
    except InvalidArgumentError:
        raise InvalidArgumentError(
            f"sample_weight has shape {tuple(weights.shape)}, which does not go with {tuple(shape)}"
        ) from None


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

    def __init__(self, dtype: DTypeLike | None = None, name: str | None = None) -> None:
        self._variables: list[Variable] = []
        self._metrics: list[Metric] = []
        self._is_of_record = _core.is_recording()
        self.name = _numbered(name_of(type(self).__name__)) if name is None else name
        self._dtype = as_dtype(_core.get_default_float() if dtype is None else dtype)

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
        return self._dtype.name

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
        wanted = self._dtype if dtype is None else as_dtype(dtype)
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

    def _make_state(self, make: Callable[[int], None], count: int) -> None:
        """Let the first update make Variables.

        In a record they are as if they had been there, if the metric was.
        """
        if self._is_of_record:
            make(count)
        else:
            _core.beside_recording(make, count)

    def _is_built(self) -> bool:
        """Whether all of the state is there, which the first update of some metrics makes."""
        return bool(self.variables) and all(each._is_built() for each in self._metrics)

    def reset_state(self) -> None:
        """Set the state to zeros."""
        if _core.records_effects() and not self._is_built():
            # What is not there yet is no part of the record, and is to be reset when that is run.
            _core.effect(Metric.reset_state, (self,), touched=None)
            return
        for variable in self.variables:
            shape = tuple(variable.shape)
            variable.assign(_core.full(shape, 0, variable.dtype) if shape else 0)

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

    def _add(self, variable: Variable, amount: Tensor) -> None:
        variable.assign_add(_core.cast(amount, variable.dtype))

    def _result(self, value: Tensor) -> Tensor:
        return _core.cast(value, self._dtype)

    def _of_nothing(self, result: Callable[[Any], Tensor]) -> Tensor:
        """What a method returns before the first update has made the state: 0."""
        if _core.records_effects():
            # Where the record is run there may be a state.
            found: Tensor = _core.effect(result, (self,))
            return found
        return _core.constant(0, self._dtype)


def _of_samples(
    values: Tensor, weights: Tensor | None, reduction: str
) -> tuple[Tensor, Tensor | None]:
    """A number for each sample, times its weight; and the weights."""

    def rest(x: Tensor, first: int) -> Tensor:
        if x.ndim <= first:
            return x
        return _core.reduce(reduction, x, tuple(range(first, x.ndim)), False)

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
        weights = None if sample_weight is None else self._measured(sample_weight)
        found, weights = _of_samples(self._measured(values), weights, "reduce_mean")
        amount = sum_of(found)
        if weights is None:
            self._add(self.total, amount)
            self.count.assign_add(found.size)
        else:
            number = sum_of(weights)
            self._add(self.total, amount)
            self._add(self.count, number)

    def _measured(self, x: TensorLike) -> Tensor:
        """What is counted, in the dtype of the state; means of integers are not rounded."""
        t = counted(x, self._dtype)
        return _core.cast(t, "float64") if self._dtype.is_integer else t

    def result(self) -> Tensor:
        """The mean so far; 0 of nothing."""
        return self._result(divide_no_nan(self.total, self.count))


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
        weights = None if sample_weight is None else counted(sample_weight, self._dtype)
        found, _ = _of_samples(counted(values, self._dtype), weights, "reduce_sum")
        self.total.assign_add(sum_of(found))

    def result(self) -> Tensor:
        """The sum so far."""
        return _core.identity(self.total)


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
        found = self._fn(counted(y_true), counted(y_pred), **self._fn_kwargs)
        super().update_state(found, sample_weight)

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
