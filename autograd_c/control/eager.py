"""What orders and places operations in graphs, and is nearly nothing where they run at once."""

from __future__ import annotations

import re
import time
from _thread import RLock
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.values import nest
from autograd_c.values.errors import InvalidArgumentError
from autograd_c.values.names import current_scope

if TYPE_CHECKING:
    import logging

__all__ = [
    "AggregationMethod",
    "CriticalSection",
    "control_dependencies",
    "device",
    "get_current_name_scope",
    "get_logger",
    "get_static_value",
    "group",
    "guarantee_const",
    "init_scope",
    "inside_function",
    "is_symbolic_tensor",
    "no_op",
    "nondifferentiable_batch_function",
    "timestamp",
    "tuple",
]


# A context in which everything is as it is outside.
_nothing = nullcontext()


def group(*inputs: Any, **kwargs: Any) -> None:
    """None: the operations whose results are given have run already.

    >>> import autograd_c as tf
    >>> v = tf.Variable(1.0)
    >>> tf.group(v.assign_add(1.0))
    """


def no_op(name: str | None = None) -> None:
    """None: nothing is to be done.

    >>> import autograd_c as tf
    >>> tf.no_op()
    """


def tuple(tensors: Any, control_inputs: Any = None, name: str | None = None) -> list[Any]:  # noqa: A001
    """The tensors, as a list: all of them have been computed.

    Args:
        tensors: a list of tensors.
        control_inputs, name: ignored.

    >>> import autograd_c as tf
    >>> [x.numpy().item() for x in tf.tuple([tf.constant(1), tf.constant(2)])]
    [1, 2]
    """
    return list(tensors)


def control_dependencies(control_inputs: Any) -> nullcontext[None]:
    """A context manager without effect: operations run in the order in which they are called.

    Args:
        control_inputs: a list of tensors, or None. Functions in it are called.

    Raises:
        TypeError: for what is no list.

    >>> import autograd_c as tf
    >>> with tf.control_dependencies([tf.constant(1.0)]):
    ...     y = tf.constant(2.0)
    """
    for control in () if control_inputs is None else control_inputs:
        if callable(control):
            control()
    return _nothing


_DEVICE = (
    r"(?i)(/?(job:[a-z]\w*|replica:\d+|task:\d+|(device:)?(cpu|gpu|tpu|xla_\w+)(:(\d+|\*))?))+"
)


def device(device_name: Any) -> nullcontext[None]:
    """A context manager without effect: everything runs on the processor, whatever is asked for.

    Args:
        device_name: such as "/CPU:0" or "GPU:0"; or None.

    Raises:
        ValueError: for what is no such name.
        RuntimeError: for a function.
        InvalidArgumentError: for a device of another process.

    >>> import autograd_c as tf
    >>> with tf.device("/GPU:0"):
    ...     x = tf.constant(1.0)
    >>> x.device
    '/job:localhost/replica:0/task:0/device:CPU:0'
    """
    if device_name is None or device_name == "":
        return _nothing
    if not isinstance(device_name, str):
        if callable(device_name):
            raise RuntimeError("tf.device does not support functions.")
        raise ValueError(
            f"Expecting a string device name. Got {type(device_name)}({device_name!r})"
        )
    if not re.fullmatch(_DEVICE, device_name):
        raise ValueError(
            f"Unknown attribute is encountered while parsing the device spec: {device_name!r}: "
            "names are such as '/CPU:0', 'GPU:0' and '/job:localhost/replica:0/task:0/device:CPU:0'"
        )
    job = re.search(r"job:(\w+)", device_name)
    if job is not None and job[1] != "localhost":
        raise InvalidArgumentError(f"{device_name} unknown device.")
    return _nothing


def init_scope() -> nullcontext[None]:
    """A context manager without effect: nothing is being traced that one could step out of.

    >>> import autograd_c as tf
    >>> with tf.init_scope():
    ...     v = tf.Variable(1.0)
    """
    return _nothing


def inside_function() -> bool:
    """False: no function is being traced.

    >>> import autograd_c as tf
    >>> tf.inside_function()
    False
    """
    return False


def is_symbolic_tensor(tensor: Any) -> bool:
    """False: every tensor has its value.

    >>> import autograd_c as tf
    >>> tf.is_symbolic_tensor(tf.constant(1.0))
    False
    """
    return False


def get_current_name_scope() -> str:
    """The name of the open `name_scope`, without a slash at its end.

    >>> import autograd_c as tf
    >>> with tf.name_scope("encoder"):
    ...     print(tf.get_current_name_scope())
    encoder
    """
    return current_scope().rstrip("/")


def get_logger() -> logging.Logger:
    """The logger that warnings of this package go to.

    >>> import autograd_c as tf
    >>> tf.get_logger().name
    'autograd_c'
    """
    import logging

    return logging.getLogger("autograd_c")


def timestamp(name: str | None = None) -> Tensor:
    """Seconds since 1970, a float64 tensor.

    >>> import autograd_c as tf
    >>> tf.timestamp().dtype
    tf.float64
    """
    return _core.constant(time.time(), "float64")


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The value of a tensor as a NumPy array; None of a Variable; anything else as it is.

    Args:
        tensor: whose value is asked for.
        partial: ignored: values are known whole.

    >>> import autograd_c as tf
    >>> tf.get_static_value(tf.constant([1, 2]))
    array([1, 2], dtype=int32)
    """
    if isinstance(tensor, Variable):
        return None
    return tensor.numpy() if isinstance(tensor, Tensor) else tensor


def guarantee_const(input: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The tensor as it is.

    >>> import autograd_c as tf
    >>> print(tf.guarantee_const(tf.constant(2.0)).numpy())
    2.0
    """
    return _core.identity(input)


class AggregationMethod:
    """How gradients were to be added up: accepted, and without effect.

    >>> import autograd_c as tf
    >>> tf.AggregationMethod.ADD_N == tf.AggregationMethod.DEFAULT
    True
    """

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class CriticalSection:
    """A lock: of the functions that it executes, one runs at a time.

    Args:
        name: a label.
        shared_name, critical_section_def, import_scope: ignored.

    >>> import autograd_c as tf
    >>> section, v = tf.CriticalSection(), tf.Variable(1.0)
    >>> print(section.execute(lambda: v.assign_add(1.0)).numpy())
    2.0
    """

    def __init__(
        self,
        name: str | None = None,
        shared_name: str | None = None,
        critical_section_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        self._name = "critical_section" if name is None else name
        self._lock = RLock()

    @property
    def name(self) -> str:
        """The label."""
        return self._name

    def execute(
        self,
        fn: Callable[[], Any],
        exclusive_resource_access: bool = True,
        name: str | None = None,
    ) -> Any:
        """What `fn()` returns, with tensors for what can be one. No other runs meanwhile.

        Args:
            fn: a function without arguments.
            exclusive_resource_access, name: ignored.
        """
        with self._lock:
            result = fn()
        kept = (Tensor, Variable, type(None))
        return nest.map_structure(
            lambda x: x if isinstance(x, kept) else _core.convert_to_tensor(x), result
        )


def nondifferentiable_batch_function(
    num_batch_threads: int,
    max_batch_size: int,
    batch_timeout_micros: int,
    allowed_batch_sizes: Any = None,
    max_enqueued_batches: int = 10,
    autograph: bool = True,
    enable_large_batch_splitting: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator of functions of batches, through which no derivative flows.

    TensorFlow gathers the calls of several threads; here each call is a batch of its own. All
    arguments are accepted for TensorFlow's sake.

    >>> import autograd_c as tf
    >>> @tf.nondifferentiable_batch_function(1, 8, 100)
    ... def double(x):
    ...     return 2.0 * x
    >>> print(double(tf.constant([1.0, 2.0])).numpy())
    [2. 4.]
    """

    def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
        def batched(*args: Any) -> Any:
            return nest.map_structure(_core.stop_gradient, fn(*map(_core.stop_gradient, args)))

        return batched

    return decorate
