"""Operations on every n-th element of space: ``tf.nn.with_space_to_batch``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.blocks import (
    batch_to_space,
    required_space_to_batch_paddings,
    space_to_batch,
)
from autograd_c.functions.sliding import plain
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike

__all__ = ["with_space_to_batch"]


def with_space_to_batch(
    input: TensorLike,
    dilation_rate: Any,
    padding: str,
    op: Callable[..., Any],
    filter_shape: Any = None,
    spatial_dims: Any = None,
    data_format: str | None = None,
) -> Tensor:
    """An operation that slides over images, dilated: it sees every n-th element.

    The elements that it sees together become images of their own in the batch, and go back.

    Args:
        input: a tensor of rank 3 at least.
        dilation_rate: n, one for each axis of space.
        padding: "SAME" or "VALID".
        op: a function of a tensor, of `num_spatial_dims` and of `padding`, which is "VALID" unless
            all rates are 1.
        filter_shape: the extents of what slides; needed for "SAME".
        spatial_dims: the axes of space, ascending; by default all but the first and last one, or
            those behind the second for "NC..." formats.
        data_format: a name that begins with "NC" for channels before space.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.

    >>> import autograd_c as tf
    >>> x = tf.reshape(tf.range(6.0), [1, 6, 1])
    >>> def pairs(y, num_spatial_dims, padding):
    ...     return tf.nn.pool(y, [2], "AVG", padding=padding)
    >>> print(tf.nn.with_space_to_batch(x, [2], "VALID", pairs).numpy().ravel())
    [1. 2. 3. 4.]
    """
    x = _core.convert_to_tensor(input)
    rates = list(np.reshape(np.asarray(plain(dilation_rate)), -1).tolist())
    if min(rates) < 1:
        raise InvalidArgumentError(f"dilation_rate must be positive, got {rates}")
    first = data_format is not None and data_format.startswith("NC")
    begin = 2 if first else 1
    dims = list(range(begin, begin + len(rates))) if spatial_dims is None else list(spatial_dims)
    if len(dims) != len(rates) or dims != sorted(set(dims)) or dims[0] < 1 or dims[-1] >= x.ndim:
        raise InvalidArgumentError(
            f"spatial_dims {dims} do not go with dilation_rate {rates} and shape {tuple(x.shape)}"
        )
    if all(rate == 1 for rate in rates):
        return op(x, num_spatial_dims=len(rates), padding=padding)  # type: ignore[no-any-return]
    kind = padding.upper()
    if kind not in ("SAME", "VALID"):
        raise InvalidArgumentError(f"padding is 'SAME' or 'VALID', not {padding!r}")
    around: Any = np.zeros((len(rates), 2), np.int32)
    if kind == "SAME":
        if filter_shape is None:
            raise InvalidArgumentError("filter_shape must be given for padding 'SAME'")
        sizes = np.reshape(np.asarray(plain(filter_shape)), -1)[: len(rates)]
        missing = (sizes - 1) * np.asarray(rates)
        around = np.stack([missing // 2, missing - missing // 2], 1).astype(np.int32)
    extents = [x.shape[axis] for axis in dims]
    paddings, crops = required_space_to_batch_paddings(extents, rates, around)
    # `space_to_batch` takes all axes from the first one on.
    blocks = np.ones(dims[-1], np.int32)
    before, after = (np.zeros((dims[-1], 2), np.int32) for _ in range(2))
    for k, axis in enumerate(dims):
        blocks[axis - 1] = rates[k]
        before[axis - 1], after[axis - 1] = paddings.numpy()[k], crops.numpy()[k]
    done = op(space_to_batch(x, blocks, before), num_spatial_dims=len(rates), padding="VALID")
    return batch_to_space(done, blocks, after)
