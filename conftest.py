"""What examples in docstrings see: Python's own `print`, where a module has one of TensorFlow's."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="session")
def _plain_print(doctest_namespace):
    doctest_namespace["print"] = print
