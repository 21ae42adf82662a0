"""``scipy.stats`` of tensors: densities, probabilities and quantiles of distributions.

>>> from autograd_c.scipy import stats
>>> import autograd_c as tf
>>> print(tf.func.grad(lambda mean: stats.norm.logpdf(1.0, mean))(0.5).numpy())
0.5
"""

from __future__ import annotations

import sys as _sys
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from autograd_c.scipy._continuous import DISTRIBUTIONS as _CONTINUOUS
from autograd_c.scipy._discrete import DISTRIBUTIONS as _OTHERS

_DISTRIBUTIONS = {**_CONTINUOUS, **_OTHERS}
globals().update(_DISTRIBUTIONS)
# They are modules in HIPS autograd, whose users write `import autograd.scipy.stats.norm as norm`.
_sys.modules.update({f"{__name__}.{name}": it for name, it in _DISTRIBUTIONS.items()})

__all__ = sorted(_DISTRIBUTIONS)  # noqa: PLE0605

if _TYPE_CHECKING:

    def __getattr__(name: str) -> _Any:
        """What is made above, which type checkers do not see."""
