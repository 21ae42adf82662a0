"""Branches and loops by values: ``tf.cond``, ``tf.case``, ``tf.switch_case``, ``tf.while_loop``."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd_c.control.recorded import recorded_branch, recorded_while
from autograd_c.control.tensor_array import TensorArray
from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.values import nest
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

__all__ = ["case", "cond", "switch_case", "while_loop"]


def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """What `true_fn()` returns if `pred` holds, else what `false_fn()` does.

    Only that function is called. What it returns is handed on as it is.

    Args:
        pred: a tensor of one element, or whatever has a truth value.
        true_fn: a function without arguments.
        false_fn: the same.
        name: ignored.

    Raises:
        TypeError: for a branch that is missing or cannot be called.
        ValueError: for a `pred` of several elements, or None.

    >>> import autograd_c as tf
    >>> x = tf.constant(3.0)
    >>> print(tf.cond(x > 2.0, lambda: x * x, lambda: -x).numpy())
    9.0
    """
    if true_fn is None:
        raise TypeError("cond(): 'true_fn' argument required")
    if false_fn is None:
        raise TypeError("cond(): 'false_fn' argument required")
    if not callable(true_fn):
        raise TypeError("'true_fn' must be callable.")
    if not callable(false_fn):
        raise TypeError("'false_fn' must be callable.")
    if pred is None:
        raise ValueError("Attempt to convert a value (None) with an unsupported type to a Tensor.")
    found = recorded_branch(pred, (false_fn, true_fn)) if _core.is_recording() else None
    if found is not None:
        return found[0]
    return true_fn() if pred else false_fn()


def _pairs(pred_fn_pairs: Any, exclusive: bool) -> list[tuple[Any, Callable[[], Any]]]:
    if not isinstance(pred_fn_pairs, (list, tuple, dict)):
        raise TypeError(
            f"'pred_fn_pairs' must be a list, tuple, or dict. Received: {type(pred_fn_pairs)}"
        )
    if isinstance(pred_fn_pairs, dict):
        if not exclusive and not isinstance(pred_fn_pairs, OrderedDict):
            raise ValueError(
                "Unordered dictionaries are not supported for the 'pred_fn_pairs' argument when "
                "`exclusive=False` and eager mode is enabled."
            )
        pred_fn_pairs = list(pred_fn_pairs.items())
    for pair in pred_fn_pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"Each entry in 'pred_fn_pairs' must be a 2-tuple. Received {pair}.")
        pred, fn = pair
        if not isinstance(pred, (Tensor, Variable)):
            raise TypeError(f"pred must be a Tensor, got: {pred}")
        if not pred.dtype.is_bool:
            raise TypeError(f"pred must be a bool Tensor, got: {pred}")
        if not callable(fn):
            raise TypeError(f"fn for pred {pred} must be callable.")
    return list(pred_fn_pairs)


def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """What the function beside the first predicate that holds returns.

    Args:
        pred_fn_pairs: a list or tuple of pairs (a bool tensor of one element, a function without
            arguments).
        default: the function to call if none holds.
        exclusive: whether it is an error that more than one holds.
        strict: ignored: results are handed on as they are.
        name: ignored.

    Raises:
        TypeError: for what is no such pair, and for a default that cannot be called.
        ValueError: for an unordered dict, or no pairs.
        InvalidArgumentError: if none holds and there is no default, or several do and `exclusive`.

    >>> import autograd_c as tf
    >>> x = tf.constant(2.0)
    >>> pairs = [(x < 1.0, lambda: x), (x < 3.0, lambda: x * 10.0)]
    >>> print(tf.case(pairs, default=lambda: -x).numpy())
    20.0
    """
    pairs = _pairs(pred_fn_pairs, exclusive)
    if default is not None and not callable(default):
        raise TypeError("'default' must be callable.")
    if not pairs:
        raise ValueError("'pred_fn_pairs' must have at least one pair")
    if _core.is_recording() and default is not None and not exclusive:
        rest = default
        for pred, fn in reversed(pairs):
            rest = partial(cond, pred, fn, rest)
        return rest()
    held = []
    for pred, fn in pairs:
        if pred:
            held.append(fn)
            if not exclusive:
                break
    if len(held) > 1:
        raise InvalidArgumentError(
            f"Input error: exclusive=True: more than 1 conditions ({len(held)} of {len(pairs)}) "
            "evaluated as True"
        )
    if held:
        return held[0]()
    if default is None:
        raise InvalidArgumentError(
            f"Input error: None of conditions evaluated as True: {len(pairs)} of them are False, "
            "and there is no default"
        )
    return default()


def _branches(branch_fns: Any) -> list[Callable[[], Any]]:
    """Functions in the order of their indices."""
    if isinstance(branch_fns, Mapping):
        items = list(branch_fns.items())
    elif isinstance(branch_fns, (list, tuple)):
        items = list(branch_fns)
        if all(callable(fn) for fn in items):
            items = list(enumerate(items))
    else:
        raise TypeError("'branch_fns' must be a list, tuple, or dict")
    if not items:
        raise ValueError("Must provide at least one item in 'branch_fns'")
    for item in items:
        if not isinstance(item, tuple) or len(item) != 2:
            raise TypeError(f"Each entry in 'branch_fns' must be a 2-tuple. Received {item}.")
        key, fn = item
        if not isinstance(key, int):
            raise TypeError(f"key must be a Python `int`, got {type(key)}")
        if not callable(fn):
            raise TypeError(f"fn for key {key} must be callable.")
    keys = [key for key, _ in items]
    if sorted(keys) != list(range(len(keys))):
        raise ValueError(
            f"branch indices (keys) must form contiguous range of [0 to {len(keys)}) but found "
            f"{{{','.join(map(str, sorted(keys)))}}}"
        )
    return [fn for _, fn in sorted(items, key=lambda item: item[0])]


def switch_case(
    branch_index: Any,
    branch_fns: Any,
    default: Callable[[], Any] | None = None,
    name: str = "switch_case",
) -> Any:
    """What the function of that index returns.

    Args:
        branch_index: a 0-d integer tensor.
        branch_fns: functions without arguments: a list, a list of pairs (index, function), or a
            dict by index. The indices are 0 to n - 1.
        default: what is called for any other index; the last of the functions if it is None.
        name: ignored.

    Raises:
        TypeError: for an index that is no integer tensor, and for what is no function.
        ValueError: for indices of functions that leave gaps or repeat, and if there are none.
        InvalidArgumentError: for an index that is not 0-d.

    >>> import autograd_c as tf
    >>> x = tf.constant(3.0)
    >>> print(tf.switch_case(tf.constant(1), [lambda: x, lambda: x * x]).numpy())
    9.0
    """
    functions = _branches(branch_fns)
    if not isinstance(branch_index, (Tensor, Variable)):
        raise TypeError(f"'branch_index' must be a Tensor, got {type(branch_index)}")
    if not branch_index.dtype.is_integer:
        raise InvalidDTypeError(
            f"'branch_index' must be an integer Tensor, got {branch_index.dtype!r}"
        )
    if branch_index.ndim != 0:
        raise InvalidArgumentError(
            f"'branch_index' must be a scalar, not of shape {tuple(branch_index.shape)}"
        )
    if default is not None:
        if not callable(default):
            raise TypeError("'default' must be callable.")
        functions.append(default)
    if _core.is_recording():
        found = recorded_branch(_core.convert_to_tensor(branch_index), functions)
        if found is not None:
            return found[0]
    index = int(branch_index)
    return functions[index if 0 <= index < len(functions) else -1]()


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Sequence[Any],
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:
    """`loop_vars = body(*loop_vars)` for as long as `cond(*loop_vars)` holds.

    Args:
        cond: a function of the loop's variables, whose result has a truth value.
        body: a function of them that returns them anew: a list or tuple of the same structure. If
            there is one alone, it may be returned by itself.
        loop_vars: a list or tuple of what is to be carried: tensors, numbers, `TensorArray`, or
            structures of these.
        maximum_iterations: an integer at which the loop stops in any case.
        swap_memory: in a function that `tf.function` records, derivatives of the loop keep what
            was carried of some rounds alone, about the square root of their number, and compute the
            others again.
        shape_invariants, parallel_iterations, back_prop, name: accepted for TensorFlow's sake,
            without effect.

    In a function that `tf.function` records, the loop is one instruction, which runs `body` as
    often as it has to, if `cond` and `body` are made of operations on tensors alone. They are
    called once for that.

    Returns:
        The variables after the last round, in the structure that `body` returns them in; what can
        be a tensor is one.

    Raises:
        TypeError: for functions that cannot be called, and for a `body` that returns no sequence.
        ValueError: if there are no variables, or `body` returns another structure.

    >>> import autograd_c as tf
    >>> x = tf.constant(2.0)
    >>> i, y = tf.while_loop(lambda i, y: i < 4, lambda i, y: (i + 1, y * x), (0, x))
    >>> print(i.numpy(), y.numpy())
    4 32.0
    """
    if not callable(cond):
        raise TypeError("'cond' must be callable.")
    if not callable(body):
        raise TypeError("'body' must be callable.")
    if not isinstance(parallel_iterations, int) or parallel_iterations < 1:
        raise TypeError("'parallel_iterations' must be a positive integer.")
    if not isinstance(loop_vars, (list, tuple)) or not loop_vars:
        raise ValueError("'loop_vars' must be provided.")
    limit = None
    if maximum_iterations is not None:
        limit = np.asarray(_core.array_of(maximum_iterations))
        if limit.ndim != 0:
            raise ValueError(
                f"'maximum_iterations' must be a scalar. Received shape: {limit.shape}"
            )
    if _core.is_recording():
        most = None if limit is None else max(int(limit), 0)
        found = recorded_while(cond, body, loop_vars, most, swap_memory)
        if found is not None:
            return found
    given: Any = list(loop_vars)
    current: Any = loop_vars
    done = 0
    while (limit is None or done < limit) and cond(*current):
        found = body(*current)
        if not isinstance(found, (list, tuple)):
            if len(given) != 1:
                raise TypeError(
                    f"'body' must return a list or tuple of {len(given)} values, one for each of "
                    f"'loop_vars'. Received: {type(found)}"
                )
            found = type(loop_vars)((found,))
        # Structures are compared only where there are any.
        if len(found) != len(given) or any(
            type(x) is not Tensor and nest.is_nested(x) or nest.is_nested(x0)
            for x, x0 in zip(found, given, strict=True)
        ):
            nest.assert_same_structure(given, list(found))
        current = found
        done += 1
    return nest.map_structure(_result, current)


def _result(x: Any) -> Any:
    return x if type(x) is Tensor or isinstance(x, TensorArray) else _core.convert_to_tensor(x)
