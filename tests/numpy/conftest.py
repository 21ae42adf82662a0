"""These programs use `autograd_c.numpy`."""

import pytest

from autograd_c.core import _core


@pytest.fixture(autouse=True)
def kinds_of_dtypes_mix(kinds_of_dtypes_do_not_mix):
    _core.mix_kinds(True)
