"""``tf.debugging``: checks that raise where values, shapes or dtypes are not what they should be.

A check returns None, or, where it says so, its tensor; it is not recorded, but for the gradient of
`check_numerics`. What it raises says what was asked for and shows the elements that fail:

>>> import autograd_c as tf
>>> try:
...     tf.debugging.assert_less([1.0, 5.0], 3.0, message="too hot")
... except tf.errors.InvalidArgumentError as error:
...     print(error)
too hot
Condition x < y did not hold for 1 of 2 elements.
Indices of the first 1: [[1]]
x there: [5.]
y there: [3.]
x (shape=(2,) dtype=float32) = [1. 5.]
y (shape=() dtype=float32) = [3.]
"""

from __future__ import annotations

from autograd_c.checks.elements import (
    Assert,
    assert_all_finite,
    assert_equal,
    assert_greater,
    assert_greater_equal,
    assert_less,
    assert_less_equal,
    assert_near,
    assert_negative,
    assert_non_negative,
    assert_non_positive,
    assert_none_equal,
    assert_positive,
    check_numerics,
)
from autograd_c.checks.kinds import (
    assert_integer,
    assert_proper_iterable,
    assert_rank,
    assert_rank_at_least,
    assert_rank_in,
    assert_same_float_dtype,
    assert_scalar,
    assert_shapes,
    assert_type,
    is_numeric_tensor,
)
from autograd_c.checks.numerics import disable_check_numerics, enable_check_numerics
from autograd_c.checks.switches import (
    disable_detached_warnings,
    disable_mixed_float_warnings,
    disable_traceback_filtering,
    enable_detached_warnings,
    enable_mixed_float_warnings,
    enable_traceback_filtering,
    get_log_device_placement,
    is_traceback_filtering_enabled,
    set_log_device_placement,
)

__all__ = [
    "Assert",
    "assert_all_finite",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_shapes",
    "assert_type",
    "check_numerics",
    "disable_check_numerics",
    "disable_detached_warnings",
    "disable_mixed_float_warnings",
    "disable_traceback_filtering",
    "enable_check_numerics",
    "enable_detached_warnings",
    "enable_mixed_float_warnings",
    "enable_traceback_filtering",
    "get_log_device_placement",
    "is_numeric_tensor",
    "is_traceback_filtering_enabled",
    "set_log_device_placement",
]
