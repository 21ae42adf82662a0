"""Pages for users of other libraries: what they write there, and here, gives the same."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from autograd_c.core import _core

from .. import pages

DOCS = Path(__file__).resolve().parents[2] / "docs"
LIBRARIES = {
    "from_autograd.md": "autograd",
    "from_casadi.md": "casadi",
    "from_jax.md": "jax",
    "from_pytorch.md": "torch",
    "from_tensorflow.md": "tensorflow",
}


def rows():
    for page in LIBRARIES:
        for row in pages.rows((DOCS / page).read_text("utf-8")):
            yield pytest.param(page, row, id=f"{page}:{row.line}")


OPAQUE = object()


def plain(value):
    """As numbers, arrays and tuples, whosever they are; OPAQUE for what is none of these."""
    if isinstance(value, (bool, int, float, complex, str)):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(plain(each) for each in value)
    if isinstance(value, dict):
        return tuple((key, plain(value[key])) for key in sorted(value))
    for name in ("detach", "resolve_conj"):
        value = getattr(value, name, lambda value=value: value)()
    array = np.asarray(value)
    return OPAQUE if array.dtype == object else array


def assert_alike(there, here, squeezed):
    if isinstance(there, tuple) and isinstance(here, tuple):
        assert len(there) == len(here)
        for one, other in zip(there, here):
            assert_alike(one, other, squeezed)
    elif isinstance(there, str):
        assert there == here
    else:
        there, here = np.asarray(there), np.asarray(here)
        if squeezed:  # CasADi's values are all matrices
            there, here = there.squeeze(), here.squeeze()
        assert there.shape == here.shape
        np.testing.assert_allclose(here, there, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("page, row", rows())
def test_both_sides_of_a_row_give_the_same(page, row):
    pytest.importorskip(LIBRARIES[page])
    theirs, ours = pages.prepared((DOCS / page).read_text("utf-8"))
    assert theirs and ours
    there = [plain(v) for v in pages.values_of(theirs, row.there) if v is not None]
    # Whether kinds of dtypes mix is what a program says by importing `autograd_c.numpy`.
    _core.mix_kinds(re.search(r"autograd_c(\.| import )numpy", ours) is not None)
    here = [plain(v) for v in pages.values_of(ours, row.here) if v is not None]
    if len(there) != len(here):  # one needs more expressions than the other on the way
        there, here = there[-1:], here[-1:]
    for one, other in zip(there, here):
        if one is not OPAQUE and other is not OPAQUE:
            assert_alike(one, other, squeezed=page == "from_casadi.md")


def test_libraries_are_those_of_the_pages():
    assert {page.name for page in DOCS.glob("from_*.md")} <= {*LIBRARIES, "from_scipy.md"}
    for page, library in LIBRARIES.items():
        theirs, _ = pages.prepared((DOCS / page).read_text("utf-8"))
        assert f"import {library}" in theirs or f"from {library}" in theirs
