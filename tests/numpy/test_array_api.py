"""The names of the Array API standard 2025.12 in `autograd_c.numpy`, and their arguments."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

# Each function as the standard calls it; the names of what is positional alone are open.
OF_ONE = """
    abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag
    isfinite isinf isnan log log10 log1p log2 logical_not matrix_transpose negative nonzero positive
    real reciprocal round sign signbit sin sinh sqrt square tan tanh trunc unique_all unique_counts
    unique_inverse unique_values linalg.det linalg.eig linalg.eigh linalg.eigvals linalg.eigvalsh
    linalg.inv linalg.matrix_transpose linalg.slogdet linalg.svdvals
"""
OF_TWO = """
    add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign
    divide equal floor_divide greater greater_equal hypot less less_equal logaddexp logical_and
    logical_or logical_xor matmul maximum minimum multiply nextafter not_equal pow remainder
    subtract linalg.matmul linalg.matrix_power linalg.outer linalg.solve
"""
OTHERS = """
    all(x, /, *, axis=None, keepdims=False)
    any(x, /, *, axis=None, keepdims=False)
    arange(start, /, stop=None, step=1, *, dtype=None, device=None)
    argmax(x, /, *, axis=None, keepdims=False)
    argmin(x, /, *, axis=None, keepdims=False)
    argsort(x, /, *, axis=-1, descending=False, stable=True)
    asarray(obj, /, *, dtype=None, device=None, copy=None)
    astype(x, dtype, /, *, copy=True, device=None)
    broadcast_arrays(x, y, /)
    broadcast_shapes(x, y, /)
    broadcast_to(x, /, shape)
    can_cast(from_, to, /)
    clip(x, /, min=None, max=None)
    concat(arrays, /, *, axis=0)
    count_nonzero(x, /, *, axis=None, keepdims=False)
    cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False)
    cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False)
    diff(x, /, *, axis=-1, n=1, prepend=None, append=None)
    empty(shape, *, dtype=None, device=None)
    empty_like(x, /, *, dtype=None, device=None)
    expand_dims(x, /, axis)
    eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None)
    finfo(type, /)
    flip(x, /, *, axis=None)
    from_dlpack(x, /, *, device=None, copy=None)
    full(shape, fill_value, *, dtype=None, device=None)
    full_like(x, /, fill_value, *, dtype=None, device=None)
    iinfo(type, /)
    isdtype(dtype, kind)
    isin(x1, x2, /, *, invert=False)
    linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True)
    max(x, /, *, axis=None, keepdims=False)
    mean(x, /, *, axis=None, keepdims=False)
    meshgrid(x, y, /, *, indexing='xy')
    min(x, /, *, axis=None, keepdims=False)
    moveaxis(x, source, destination, /)
    ones(shape, *, dtype=None, device=None)
    ones_like(x, /, *, dtype=None, device=None)
    permute_dims(x, /, axes)
    prod(x, /, *, axis=None, dtype=None, keepdims=False)
    repeat(x, repeats, /, *, axis=None)
    reshape(x, /, shape, *, copy=None)
    result_type(x, y, /)
    roll(x, /, shift, *, axis=None)
    searchsorted(x1, x2, /, *, side='left', sorter=None)
    sort(x, /, *, axis=-1, descending=False, stable=True)
    squeeze(x, /, axis)
    stack(arrays, /, *, axis=0)
    std(x, /, *, axis=None, correction=0.0, keepdims=False)
    sum(x, /, *, axis=None, dtype=None, keepdims=False)
    take(x, indices, /, *, axis=None)
    take_along_axis(x, indices, /, *, axis=-1)
    tensordot(x1, x2, /, *, axes=2)
    tile(x, repetitions, /)
    tril(x, /, *, k=0)
    triu(x, /, *, k=0)
    unstack(x, /, *, axis=0)
    var(x, /, *, axis=None, correction=0.0, keepdims=False)
    vecdot(x1, x2, /, *, axis=-1)
    where(condition, x1, x2, /)
    zeros(shape, *, dtype=None, device=None)
    zeros_like(x, /, *, dtype=None, device=None)
    linalg.cholesky(x, /, *, upper=False)
    linalg.cross(x1, x2, /, *, axis=-1)
    linalg.diagonal(x, /, *, offset=0)
    linalg.matrix_norm(x, /, *, keepdims=False, ord='fro')
    linalg.matrix_rank(x, /, *, rtol=None)
    linalg.pinv(x, /, *, rtol=None)
    linalg.qr(x, /, *, mode='reduced')
    linalg.svd(x, /, *, full_matrices=True)
    linalg.tensordot(x1, x2, /, *, axes=2)
    linalg.trace(x, /, *, offset=0, dtype=None)
    linalg.vecdot(x1, x2, /, *, axis=-1)
    linalg.vector_norm(x, /, *, axis=None, keepdims=False, ord=2)
    fft.fft(x, /, *, n=None, axis=-1, norm='backward')
    fft.fftfreq(n, /, *, d=1.0, dtype=None, device=None)
    fft.fftn(x, /, *, s=None, axes=None, norm='backward')
    fft.fftshift(x, /, *, axes=None)
    fft.hfft(x, /, *, n=None, axis=-1, norm='backward')
    fft.ifft(x, /, *, n=None, axis=-1, norm='backward')
    fft.ifftn(x, /, *, s=None, axes=None, norm='backward')
    fft.ifftshift(x, /, *, axes=None)
    fft.ihfft(x, /, *, n=None, axis=-1, norm='backward')
    fft.irfft(x, /, *, n=None, axis=-1, norm='backward')
    fft.irfftn(x, /, *, s=None, axes=None, norm='backward')
    fft.rfft(x, /, *, n=None, axis=-1, norm='backward')
    fft.rfftfreq(n, /, *, d=1.0, dtype=None, device=None)
    fft.rfftn(x, /, *, s=None, axes=None, norm='backward')
"""
STANDARD = {
    **dict.fromkeys(OF_ONE.split(), "x, /"),
    **dict.fromkeys(OF_TWO.split(), "x1, x2, /"),
    **dict(line.strip().rstrip(")").split("(") for line in OTHERS.strip().splitlines()),
}


def found(name, space=ours):
    for part in name.split("."):
        space = getattr(space, part)
    return space


def of_text(parameters):
    scope = {}
    exec(f"def f({parameters}): ...", scope)
    return inspect.signature(scope["f"]).parameters.values()


@pytest.mark.parametrize("name", STANDARD)
def test_a_function_has_the_arguments_of_the_standard(name):
    if inspect.isclass(found(name)):
        return  # finfo and iinfo, of NumPy's
    parameters = of_text(STANDARD[name])
    signature = inspect.signature(found(name))
    required = [p for p in parameters if p.default is p.empty]
    signature.bind(*required)
    optional = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    signature.bind(*required, **dict.fromkeys(optional))
    placed = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
    signature.bind(*placed)
    first = [p for p in placed if p.kind is p.POSITIONAL_ONLY]
    signature.bind(*first, **{p.name: None for p in placed[len(first) :]})


# Where NumPy's own default is another, which the standard lets stand as None.
OTHER_DEFAULTS = {"argsort", "sort", "clip", "std", "var", "diff", "from_dlpack"}


@pytest.mark.parametrize("name", STANDARD)
def test_defaults_are_those_of_the_standard(name):
    if inspect.isclass(found(name)) or name in OTHER_DEFAULTS:
        return
    given = inspect.signature(found(name)).parameters
    for p in of_text(STANDARD[name]):
        if p.kind is p.KEYWORD_ONLY and p.name in given:
            own = given[p.name].default
            same = own == p.default or (own is None and p.default == "backward")
            assert same or p.name == "dtype", p.name  # that of `eye` is float


def test_constants_and_dtypes():
    assert (ours.pi, ours.e, ours.inf, ours.newaxis) == (np.pi, np.e, np.inf, None)
    assert ours.nan != ours.nan
    names = ours.__array_namespace_info__().dtypes()
    assert len(names) == 13
    for name, dtype in names.items():
        assert ours.zeros(2, dtype=getattr(ours, name)).dtype == dtype == getattr(ours, name)
    assert ours.__array_api_version__ == "2025.12"


def test_what_a_namespace_says_of_itself():
    info = ours.__array_namespace_info__()
    assert info.default_device() in info.devices()
    x = ours.ones(2, device=info.default_device())
    assert ours.zeros(2, device=x.device).device == x.device
    assert info.capabilities()["boolean indexing"]
    defaults = info.default_dtypes(device="cpu")
    assert ours.asarray(1.0).dtype == defaults["real floating"]
    assert ours.asarray(1).dtype == defaults["integral"]
    assert ours.asarray(1j).dtype == defaults["complex floating"]
    assert ours.argmax(ours.ones(2)).dtype == defaults["indexing"]
    assert set(info.dtypes(kind=("bool", "real floating"))) == {"bool", "float32", "float64"}
    with pytest.raises(ValueError, match="cpu"):
        info.dtypes(device="gpu")


def test_results_have_the_fields_of_the_standard():
    x = ours.asarray([1.0, 2.0, 2.0])
    assert ours.unique_all(x)._fields == ("values", "indices", "inverse_indices", "counts")
    assert ours.unique_counts(x)._fields == ("values", "counts")
    assert ours.unique_inverse(x)._fields == ("values", "inverse_indices")
    square = ours.eye(2)
    for name, fields in (
        ("eigh", ("eigenvalues", "eigenvectors")),
        ("eig", ("eigenvalues", "eigenvectors")),
        ("qr", ("Q", "R")),
        ("slogdet", ("sign", "logabsdet")),
        ("svd", ("U", "S", "Vh")),
    ):
        assert found(f"linalg.{name}")(square)._fields == fields


PAIRS = [(a, b) for a in tf.dtypes.ALL for b in tf.dtypes.ALL if tf.bfloat16 not in (a, b)]


def test_dtypes_promote_as_the_standard_says():
    for a, b in PAIRS:
        expected = np.result_type(a.dtype, b.dtype)
        x, y = tf.zeros((), a), tf.zeros((), b)
        assert ours.result_type(x, y) == ours.result_type(a, b) == expected
        assert ours.promote_types(a, b) == expected
        assert ours.multiply(x, y).dtype == expected, (a, b)
        assert ours.can_cast(x, b) == np.can_cast(a.dtype, b.dtype)
