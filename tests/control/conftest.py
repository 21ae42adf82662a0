"""Fixtures of tests of control flow and functions."""

import logging

import pytest


@pytest.fixture
def warned(caplog):
    """The warnings of a test: none may be left that it has not asked for."""
    caplog.set_level(logging.WARNING, "autograd_c")
    texts = []
    yield lambda: texts.extend(r.getMessage() for r in caplog.records) or texts
    if not texts:
        assert not caplog.records
