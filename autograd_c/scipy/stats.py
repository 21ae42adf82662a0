"""``scipy.stats`` of tensors: densities, probabilities and quantiles of distributions.

>>> from autograd_c.scipy import stats
>>> import autograd_c as tf
>>> print(tf.func.grad(lambda mean: stats.norm.logpdf(1.0, mean))(0.5).numpy())
0.5
"""

from __future__ import annotations

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from autograd_c.scipy._continuous import DISTRIBUTIONS as _CONTINUOUS
from autograd_c.scipy._discrete import DISTRIBUTIONS as _OTHERS

_DISTRIBUTIONS = {**_CONTINUOUS, **_OTHERS}
globals().update(_DISTRIBUTIONS)

__all__ = sorted(_DISTRIBUTIONS)  # noqa: PLE0605

if _TYPE_CHECKING:

    def __getattr__(name: str) -> _Any:
        """What is made above, which type checkers do not see."""
