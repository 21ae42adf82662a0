"""The systematic test: every operation, by every route to its value and to its derivatives.

Elementwise operations come from the engine's table, structural ones from `operations.ENTRIES`.
"""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

from ..derivatives import (
    check_derivatives,
    flat,
    forward,
    gradient_of,
    listed,
    random_like,
    reverse,
    tangent_of,
)
from ..entries import ENTRIES
from ..operations import (
    BEYOND,
    DTYPES,
    KINDS,
    REFERENCES,
    REFUSED_INTEGERS,
    ROWS,
    arguments,
    assert_close,
    assert_same_bits,
    dtypes_of,
    expected_value,
    is_analytic,
    is_nameless,
    layouts,
    public,
    reference,
    widened,
)

# Around the widths of vectors and the length of the blocks in which loops run; () is a number.
SIZES = [(), (1,), (7,), (8,), (9,), (511,), (512,), (513,), (1025,)]
BROADCASTS = [
    ((3, 4), ()),
    ((), (3, 4)),
    ((5, 1), (1, 6)),
    ((4,), (3, 4)),
    ((2, 1, 3), (4, 1)),
    ((1,), (1, 1)),
    ((1,), ()),
]
LOW_PRECISION = {"float16": "float64", "float32": "float64", "complex64": "complex128"}


def rows(keep=lambda row: True):
    return pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in ROWS if keep(r)])


def rows_by_dtype(choose):
    """Each row with each of the dtypes that `choose(row)` names."""
    return pytest.mark.parametrize(
        "row, dtype",
        [pytest.param(r, d, id=f"{r['name']}-{d}") for r in ROWS for d in choose(r)],
    )


def is_differentiable(row):
    return bool(row["differentiable"])


def is_binary(row):
    return row["arity"] == 2


def wide_dtypes(row):
    """Where differences are precise enough to compare with."""
    if not is_differentiable(row):
        return []
    return [d for kind, d in (("f", "float64"), ("c", "complex128")) if kind in row["kinds"]]


def low_precision_dtypes(row):
    return [d for d in LOW_PRECISION if is_differentiable(row) and d in dtypes_of(row["kinds"])]


def tensors_of(arrays):
    return [tf.constant(a) for a in arrays]


def watched_value(f, tensors):
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        return f(*tensors)


# ---------------------------------------------------------------- elementwise: the table itself


@rows()
def test_a_row_has_a_reference(row):
    assert callable(reference(row))
    assert not (row["numpy"] and row["name"] in REFERENCES), "one reference is enough"


@rows()
def test_a_row_is_public_under_each_of_its_names(row):
    assert callable(public(row))
    for name in row["names"]:
        found = tf
        for part in name.split("."):
            found = getattr(found, part)
        assert found.__doc__ == public(row).__doc__
        assert name.rpartition(".")[0] in ("", "math", "nn", "bitwise")


@rows()
def test_a_row_has_consistent_fields(row):
    assert len(row["arguments"]) == row["arity"]
    assert row["kinds"] and set(row["kinds"]) <= set("bifc")
    assert row["low"] < row["high"]
    assert row["summary"].endswith(".")
    assert row["differentiable"] < 1 << row["arity"]
    if row["boolean"]:
        assert not is_differentiable(row)


# ---------------------------------------------------------------- elementwise: values


@rows_by_dtype(lambda row: dtypes_of(row["kinds"]))
def test_value(row, dtype):
    f = public(row)
    for shape in [*SIZES, (3, 5), (2, 3, 4)]:
        arrays = arguments(row, [shape] * row["arity"], dtype)
        tensors = tensors_of(arrays)
        value = f(*tensors)
        expected = expected_value(row, arrays)
        assert value.dtype == ("bool" if row["boolean"] else dtype)
        assert tuple(value.shape) == shape
        assert_close(value, expected, dtype if not row["boolean"] else None, ulps=8)
        if "f" in row["kinds"] or "c" in row["kinds"]:
            assert_same_bits(watched_value(f, tensors), value)


# Special values of nameless rows are those of what they are for.
@rows_by_dtype(
    lambda row: (
        [] if is_nameless(row) else sorted({"float32", "float64"} & set(dtypes_of(row["kinds"])))
    )
)
def test_value_of_special_floats(row, dtype):
    limits = np.finfo(dtype)
    special = [np.nan, np.inf, 0, 0.5, 1, 1.5, 2, 2.5, 3, 8, 1e-8, 20, 88, 700, 1e20]
    special += [limits.max, limits.tiny, limits.smallest_subnormal, limits.eps]
    with np.errstate(over="ignore"):
        points = np.array([*special, *(-x for x in special)], dtype)
    arrays = [points]
    if is_binary(row):
        arrays = [a.ravel() for a in np.meshgrid(points, points)]
    value = public(row)(*tensors_of(arrays)).numpy()
    expected = expected_value(row, arrays)
    assert value.dtype == expected.dtype
    wrong = ~np.isclose(value, expected, rtol=16 * limits.eps, atol=limits.tiny, equal_nan=True)
    if value.dtype == bool:
        wrong = value != expected
    report = [(*(a[k] for a in arrays), value[k], expected[k]) for k in np.flatnonzero(wrong)]
    assert not report, f"(arguments, value, expected): {report[:12]}"
    # The path of single numbers agrees with the loops.
    single = [public(row)(*[tf.constant(a[k]) for a in arrays]).numpy() for k in range(value.size)]
    np.testing.assert_allclose(single, value, rtol=8 * limits.eps, atol=limits.tiny)


@rows_by_dtype(lambda row: [d for d in KINDS["i"] if "i" in row["kinds"]])
def test_value_at_the_limits_of_integers(row, dtype):
    limits = np.iinfo(dtype)
    points = {limits.min, limits.min + 1, limits.max - 1, limits.max, limits.bits - 1, limits.bits}
    points |= {-3, -2, -1, 0, 1, 2, 3, 7}
    points = np.array(sorted(x for x in points if limits.min <= x <= limits.max), dtype)
    arrays = [points]
    if is_binary(row):
        arrays = [a.ravel() for a in np.meshgrid(points, points)]
    if row["name"] in REFUSED_INTEGERS:
        refused = REFUSED_INTEGERS[row["name"]](*arrays)
        for a, b in zip(arrays[0][refused], arrays[1][refused]):
            with pytest.raises(tf.errors.InvalidArgumentError):
                public(row)(tf.constant(a), tf.constant(b))
        arrays = [a[~refused] for a in arrays]
    with np.errstate(all="ignore"):
        expected = reference(row)(*arrays)
    np.testing.assert_array_equal(public(row)(*tensors_of(arrays)).numpy(), expected)


@rows_by_dtype(
    lambda row: [
        d for d in DTYPES if d not in dtypes_of(row["kinds"] + BEYOND.get(row["name"], ""))
    ]
)
def test_other_dtypes_are_refused(row, dtype):
    for shape in [(), (3,)]:
        tensors = [tf.ones(shape, dtype)] * row["arity"]
        with pytest.raises(TypeError, match=dtype):
            public(row)(*tensors)


@rows(is_binary)
def test_value_of_broadcast_arguments(row):
    for dtype in dtypes_of(row["kinds"]):
        for shapes in [*BROADCASTS, ((513, 1), (1, 3)), ((3, 1), (1, 513))]:
            arrays = arguments(row, shapes, dtype)
            value = public(row)(*tensors_of(arrays))
            expected = expected_value(row, arrays)
            assert_close(value, expected, dtype if not row["boolean"] else None, ulps=8)


@rows()
def test_value_of_empty_arguments(row):
    f = public(row)
    pairs = [((0,), (1,)), ((0, 3), (1, 3)), ((2, 0), ()), ((), (0,)), ((0,), (0,))]
    for dtype in dtypes_of(row["kinds"]):
        for shapes in pairs if is_binary(row) else [[(0,)], [(0, 3)], [(2, 0, 1)]]:
            arrays = arguments(row, shapes, dtype)
            value = f(*tensors_of(arrays))
            assert value.shape == np.broadcast_shapes(*shapes)
            assert value.dtype == ("bool" if row["boolean"] else dtype)


@rows()
def test_value_of_any_layout(row):
    f = public(row)
    for dtype in [
        d for d in ("float64", "float32", "int16", "bool") if d in dtypes_of(row["kinds"])
    ]:
        arrays = arguments(row, [(5, 40)] * row["arity"], dtype)
        for k, given in enumerate(arrays):
            for name, tensor, array in layouts(given):
                moved = [array if j == k else a for j, a in enumerate(arrays)]
                tensors = [tensor if j == k else tf.constant(a) for j, a in enumerate(arrays)]
                assert_close(
                    f(*tensors), f(*tensors_of(moved)), ulps=4, err_msg=f"{name}, argument {k}"
                )


@rows_by_dtype(
    lambda row: [d for d in ("float64", "float32", "int64") if d in dtypes_of(row["kinds"])]
)
def test_large_arrays(row, dtype):
    """Loops on several threads: what they give is what they give for pieces."""
    f, size, cut = public(row), 200_003, 40_001
    arrays = arguments(row, [size] * row["arity"], dtype)
    pieces = [[tf.constant(a[k : k + cut]) for a in arrays] for k in range(0, size, cut)]
    value = f(*tensors_of(arrays)).numpy()
    assert_close(value, np.concatenate([f(*piece).numpy() for piece in pieces]), ulps=4)
    if not is_differentiable(row) or dtype == "int64":
        return
    [u] = random_like([value])
    parts = [u[k : k + cut] for k in range(0, size, cut)]
    gradients = [reverse(f, piece, [part]) for piece, part in zip(pieces, parts)]
    for k, g in enumerate(reverse(f, tensors_of(arrays), [u])):
        assert_close(g, np.concatenate([piece[k].numpy() for piece in gradients]), ulps=16)
    pushed = [
        forward(f, piece, [part] * len(piece))[0].numpy() for piece, part in zip(pieces, parts)
    ]
    [t] = forward(f, tensors_of(arrays), [u] * len(arrays))
    assert_close(t, np.concatenate(pushed), ulps=16)


@rows(is_binary)
def test_large_arrays_of_any_layout(row):
    """Broadcast and turned arguments of a size that several threads share."""
    f = public(row)
    dtype = next(d for d in ("float64", "int64", "bool") if d in dtypes_of(row["kinds"]))
    for shapes in [
        ((300, 700), (700,)),
        ((300, 1), (1, 700)),
        ((300, 700), ()),
        ((2, 1, 350), (300, 1)),
    ]:
        arrays = arguments(row, shapes, dtype)
        expected = f(*tensors_of(map(np.array, np.broadcast_arrays(*arrays))))
        turned = [tf.transpose(tf.constant(a.T)) for a in arrays]
        assert_close(f(*tensors_of(arrays)), expected, ulps=4)
        assert_close(f(*turned), expected, ulps=4)
        if is_differentiable(row):
            upstream = random_like([expected])
            straight = reverse(f, tensors_of(arrays), upstream)
            for g, h in zip(reverse(f, turned, upstream), straight):
                # Sums of up to 210,000 elements, in another order perhaps.
                assert_close(g, h, ulps=16, atol=1e-15 * expected.size)


@rows(lambda row: row["numpy"] and isinstance(getattr(np, row["numpy"]), np.ufunc))
def test_numpys_universal_function_is_the_operation(row):
    ufunc = getattr(np, row["numpy"])
    dtype = dtypes_of(row["kinds"])[-1]
    tensors = tensors_of(arguments(row, [(4,)] * row["arity"], dtype))
    value = ufunc(*tensors)
    assert isinstance(value, tf.Tensor)
    assert_same_bits(value, public(row)(*tensors))
    if is_differentiable(row):
        upstream = random_like([value])
        assert_same_bits(
            reverse(ufunc, tensors, upstream)[0], reverse(public(row), tensors, upstream)[0]
        )


# ---------------------------------------------------------------- elementwise: derivatives


@rows_by_dtype(wide_dtypes)
def test_derivatives(row, dtype):
    for shape in [(), (1,), (2, 3)]:
        arrays = arguments(row, [shape] * row["arity"], dtype)
        check_derivatives(public(row), *arrays)


@rows_by_dtype(wide_dtypes)
def test_derivatives_of_tangents(row, dtype):
    """The forward sweep can be recorded like anything else."""
    for shapes in [[(), ()], [(3,), (3,)], [(2, 1), (3,)]]:
        arrays = arguments(row, shapes[: row["arity"]], dtype)
        tangents = random_like(arrays)
        check_derivatives(tangent_of(public(row), row["arity"]), *arrays, *tangents, order=1)


@rows_by_dtype(lambda row: wide_dtypes(row)[:1])
def test_third_derivatives(row, dtype):
    arrays = arguments(row, [(2,)] * row["arity"], dtype)
    check_derivatives(public(row), *arrays, order=3, rtol=1e-5, atol=1e-6)


@rows(is_analytic)
def test_derivatives_by_complex_steps(row):
    arrays = arguments(row, [(9,)] * row["arity"], "float64")
    check_derivatives(public(row), *arrays, order=1, complex_step=True, rtol=1e-13, atol=1e-13)


@rows_by_dtype(lambda row: wide_dtypes(row) if is_binary(row) else [])
def test_derivatives_of_broadcast_arguments(row, dtype):
    for shapes in BROADCASTS:
        check_derivatives(public(row), *arguments(row, shapes, dtype))


@rows_by_dtype(low_precision_dtypes)
def test_derivatives_of_low_precision(row, dtype):
    """As those of the same numbers in float64 or complex128, to a few units of the last place."""
    f, arity = public(row), row["arity"]
    for shapes in [[()] * arity, [(9,)] * arity, [(3, 1), (4,)][:arity]]:
        arrays = arguments(row, shapes, dtype)
        upstream = random_like([expected_value(row, arrays)])
        tangents = random_like(arrays, 2)
        wide = [widened(a) for a in arrays]
        for g, exact in zip(
            reverse(f, tensors_of(arrays), upstream),
            reverse(f, tensors_of(wide), map(widened, upstream)),
        ):
            assert g.dtype == dtype
            assert_close(g, exact, dtype, ulps=64)
        [t] = forward(f, tensors_of(arrays), tangents)
        [exact] = forward(f, tensors_of(wide), map(widened, tangents))
        assert t.dtype == dtype
        assert_close(t, exact, dtype, ulps=64)
        # And once more: the recorded rule, for a second derivative.
        gradients = gradient_of(f, arity)
        again = random_like(arrays, 3)
        for g, exact in zip(
            reverse(gradients, tensors_of([*arrays, *upstream]), again),
            reverse(gradients, tensors_of(map(widened, [*arrays, *upstream])), map(widened, again)),
        ):
            assert g.dtype == dtype
            assert_close(g, exact, dtype, ulps=256)


@rows_by_dtype(lambda row: wide_dtypes(row) + low_precision_dtypes(row))
def test_derivatives_at_any_size(row, dtype):
    """Each element of a loop's result is what the element alone gives, added up or not."""
    f, arity = public(row), row["arity"]
    for shape in SIZES[1:]:
        arrays = arguments(row, [shape] * arity, dtype)
        tensors = tensors_of(arrays)
        upstream = random_like([np.zeros(shape, dtype)])
        tangents = random_like(arrays, 2)
        gradients = reverse(f, tensors, upstream)
        [pushed] = forward(f, tensors, tangents)
        for k in {0, shape[0] // 2, shape[0] - 1}:
            alone = [tf.constant(a[k]) for a in arrays]
            for g, h in zip(gradients, reverse(f, alone, [upstream[0][k]])):
                assert_close(g.numpy()[k], h, dtype, ulps=32)
            [t] = forward(f, alone, [t[k] for t in tangents])
            assert_close(pushed.numpy()[k], t, dtype, ulps=32)
        # Elements in another place have the same derivatives.
        flipped = reverse(f, tensors_of(a[::-1] for a in arrays), [upstream[0][::-1]])
        for g, h in zip(gradients, flipped):
            assert_close(g, h.numpy()[::-1], dtype, ulps=32)
        # A second use adds to the gradient in place.
        twice = reverse(lambda *x: [f(*x), f(*x)], tensors, [upstream[0], 2 * upstream[0]])
        for g, h in zip(gradients, twice):
            assert_close(h, 3 * g.numpy(), dtype, ulps=64)


@rows_by_dtype(lambda row: wide_dtypes(row) + low_precision_dtypes(row))
def test_derivatives_of_any_layout(row, dtype):
    """Arguments, cotangents and tangents may all be strided views."""
    f = public(row)
    arrays = arguments(row, [(3, 11)] * row["arity"], dtype)
    [u] = random_like([expected_value(row, arrays)])
    for k, given in enumerate(arrays):
        for (name, tensor, array), (_, u_tensor, u_array) in zip(layouts(given), layouts(u)):
            moved = tensors_of(array if j == k else a for j, a in enumerate(arrays))
            tensors = [tensor if j == k else tf.constant(a) for j, a in enumerate(arrays)]
            for g, h in zip(reverse(f, tensors, [u_tensor]), reverse(f, moved, [u_array])):
                assert_close(g, h, ulps=16, err_msg=f"{name}, argument {k}")
            tangents = [u_tensor] * row["arity"]
            [t] = forward(f, tensors, tangents)
            [s] = forward(f, moved, [u_array] * row["arity"])
            assert_close(t, s, ulps=32, err_msg=f"{name}, argument {k}")


@rows_by_dtype(lambda row: wide_dtypes(row) if is_binary(row) else [])
def test_derivatives_of_one_tensor_on_both_sides(row, dtype):
    f = public(row)
    for shape in [(), (4,)]:
        [array] = arguments(row, [shape], dtype)
        check_derivatives(lambda x: f(x, x), array)


@rows_by_dtype(lambda row: wide_dtypes(row) if is_binary(row) else [])
def test_derivatives_with_a_constant_on_one_side(row, dtype):
    f = public(row)
    for shapes in [((), ()), ((5,), (5,)), ((5,), ()), ((), (5,)), ((3, 1), (1, 4))]:
        arrays = arguments(row, shapes, dtype)
        a, b = tensors_of(arrays)
        upstream = random_like([expected_value(row, arrays)])
        both = reverse(f, [a, b], upstream)
        [left] = reverse(lambda x, b=b: f(x, b), [a], upstream)
        [right] = reverse(lambda y, a=a: f(a, y), [b], upstream)
        assert_same_bits(left, both[0])
        assert_same_bits(right, both[1])
        if row["differentiable"] & 1:
            check_derivatives(lambda x, b=b: f(x, b), arrays[0])
        if row["differentiable"] & 2:
            check_derivatives(lambda y, a=a: f(a, y), arrays[1])
    # A Python number stands for a constant of the tensor's dtype.
    number = 1.25
    same = tf.constant(number, dtype)
    for shape in [(), (5,)]:
        [x] = tensors_of(arguments(row, [shape], dtype))
        upstream = random_like([x])
        for plain, wrapped in [
            (lambda x: f(x, number), lambda x: f(x, same)),
            (lambda x: f(number, x), lambda x: f(same, x)),
        ]:
            assert_same_bits(plain(x), wrapped(x))
            assert_same_bits(reverse(plain, [x], upstream)[0], reverse(wrapped, [x], upstream)[0])


@rows_by_dtype(lambda row: wide_dtypes(row) + low_precision_dtypes(row))
def test_derivatives_of_empty_arguments(row, dtype):
    f = public(row)
    pairs = [((0,), (1,)), ((0, 3), (1, 3)), ((2, 0), ()), ((0,), (0,))]
    for shapes in pairs if is_binary(row) else [[(0,)], [(2, 0)]]:
        arrays = arguments(row, shapes, dtype)
        tensors = tensors_of(arrays)
        upstream = [np.zeros(np.broadcast_shapes(*shapes), dtype)]
        for g, a in zip(reverse(f, tensors, upstream), arrays):
            assert g.dtype == dtype
            assert_same_bits(g, np.zeros_like(a))
        [t] = forward(f, tensors, arrays)
        assert t.dtype == dtype and t.shape == upstream[0].shape


@rows(lambda row: "f" in row["kinds"])
def test_what_is_connected_is_what_the_table_says(row):
    f = public(row)
    for shape in [(), (3,)]:
        tensors = tensors_of(arguments(row, [shape] * row["arity"], "float64"))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(tensors)
            y = f(*tensors)
        if row["boolean"]:
            continue
        for k, g in enumerate(tape.gradient(y, tensors)):
            assert (g is not None) == bool(row["differentiable"] >> k & 1)
            [t] = tape._jvp([y], [tensors[k]], [tensors[k]])
            assert (t is not None) == bool(row["differentiable"] >> k & 1)


@rows(lambda row: is_binary(row) and is_differentiable(row))
def test_derivatives_across_dtypes(row):
    """Dtypes are promoted on the tape: each gradient has the dtype of its source."""
    f = public(row)
    pairs = [("float32", "float64"), ("float64", "float16"), ("float16", "float32")]
    if "c" in row["kinds"]:
        pairs += [("float64", "complex128"), ("complex64", "float32"), ("complex64", "float64")]
    for shapes in [((), ()), ((3,), (3,)), ((3, 1), (2,))]:
        for dtypes in pairs:
            arrays = [arguments(row, shapes, d, seed=k)[k] for k, d in enumerate(dtypes)]
            tensors = tensors_of(arrays)
            promoted = np.result_type(*dtypes)
            y = f(*tensors)
            assert y.dtype == promoted
            wide = [a.astype(promoted) for a in arrays]
            assert_same_bits(y, f(*tensors_of(wide)))
            upstream = random_like([y])
            expected = reverse(f, tensors_of(wide), upstream)
            for g, h, a in zip(reverse(f, tensors, upstream), expected, arrays):
                h = h.numpy()
                assert g.dtype == a.dtype
                assert_close(g, h if a.dtype.kind == "c" else h.real, a.dtype, ulps=4)


# ---------------------------------------------------------------- structural operations


def entries(keep=lambda entry: True):
    return pytest.mark.parametrize(
        "entry", [pytest.param(e, id=e.name) for e in ENTRIES if keep(e)]
    )


def has_derivatives(entry):
    return entry.differentiable and any(d in entry.accepted() for d in ("float64", "complex128"))


def test_entries_have_names_of_their_own():
    names = [e.name for e in ENTRIES]
    assert len(set(names)) == len(names)


@entries()
def test_structural_value(entry):
    for dtype in entry.accepted():
        arrays = entry.arrays(dtype)
        tensors = tensors_of(arrays)
        values = listed(entry.function(*tensors))
        expected = listed(entry.expected(arrays))
        assert len(values) == len(expected)
        for value, wanted in zip(values, expected):
            wanted = np.asarray(wanted)
            assert value.dtype == wanted.dtype
            assert_close(value, wanted, ulps=16)
        if entry.differentiable and np.dtype(dtype).kind in "fc":
            for value, watched in zip(values, listed(watched_value(entry.function, tensors))):
                assert_same_bits(watched, value)


@entries(lambda entry: entry.refused())
def test_structural_operation_refuses_other_dtypes(entry):
    for dtype in entry.refused():
        with pytest.raises(TypeError):
            entry.function(*[tf.ones(shape, dtype) for shape in entry.shapes])


@entries(has_derivatives)
def test_structural_derivatives(entry):
    for dtype in ("float64", "complex128"):
        if dtype in entry.accepted():
            check_derivatives(entry.function, *entry.arrays(dtype))


@entries(
    lambda entry: (
        has_derivatives(entry)
        and entry.analytic
        and {"float64", "complex128"} <= set(entry.accepted())
    )
)
def test_structural_derivatives_by_complex_steps(entry):
    check_derivatives(
        entry.function,
        *entry.arrays("float64"),
        order=1,
        complex_step=True,
        rtol=1e-13,
        atol=1e-13,
    )


@entries(has_derivatives)
def test_structural_derivatives_of_tangents(entry):
    for dtype in ("float64", "complex128"):
        if dtype in entry.accepted():
            arrays = entry.arrays(dtype)
            f = tangent_of(entry.function, len(arrays))
            check_derivatives(f, *arrays, *random_like(arrays), order=1)


@entries(has_derivatives)
def test_structural_derivatives_of_low_precision(entry):
    f = entry.function
    for dtype in LOW_PRECISION:
        if dtype not in entry.accepted():
            continue
        arrays = entry.arrays(dtype)
        upstream = random_like(listed(f(*tensors_of(arrays))))
        tangents = random_like(arrays, 2)
        gradients = reverse(f, tensors_of(arrays), upstream)
        exact = reverse(f, tensors_of(map(widened, arrays)), map(widened, upstream))
        for g, h in zip(gradients, exact):
            assert g.dtype == dtype
            assert_close(g, h, dtype, ulps=64)
        pushed = forward(f, tensors_of(arrays), tangents)
        exact = forward(f, tensors_of(map(widened, arrays)), map(widened, tangents))
        for t, s in zip(pushed, exact):
            assert_close(t, s, dtype, ulps=64)


@entries()
def test_structural_operation_of_any_layout(entry):
    f = entry.function
    dtype = next(d for d in ("float64", "complex128", "bool") if d in entry.accepted())
    arrays = entry.arrays(dtype)
    outputs = listed(f(*tensors_of(arrays)))
    upstream = random_like(outputs)
    views = []
    for u in upstream:
        views.append(next((t for name, t, _ in layouts(u) if name == "strided"), tf.constant(u)))
    for k, given in enumerate(arrays):
        for name, tensor, array in layouts(given):
            message = f"{name}, argument {k}"
            moved = tensors_of(array if j == k else a for j, a in enumerate(arrays))
            tensors = [tensor if j == k else tf.constant(a) for j, a in enumerate(arrays)]
            for y, z in zip(listed(f(*tensors)), listed(f(*moved))):
                assert_close(y, z, ulps=16, err_msg=message)
            if not has_derivatives(entry):
                continue
            for g, h in zip(reverse(f, tensors, views), reverse(f, moved, upstream)):
                assert_close(g, h, ulps=64, err_msg=message)
            for t, s in zip(forward(f, tensors, arrays), forward(f, moved, arrays)):
                assert_close(t, s, ulps=64, err_msg=message)


@entries(lambda entry: not entry.differentiable and "float64" in entry.accepted())
def test_structural_operation_without_derivative_is_not_connected(entry):
    tensors = tensors_of(entry.arrays("float64"))
    assert reverse(entry.function, tensors, None, unconnected="none") == [None] * len(tensors)


# ---------------------------------------------------------------- conversions of dtypes


@pytest.mark.parametrize("to", DTYPES)
@pytest.mark.parametrize("start", DTYPES)
def test_cast(start, to):
    points = np.array([0, 1, 2, 3, 100, 0.25, 1.75, 2.5], start)
    if points.dtype.kind in "ifc":
        points = np.concatenate([points, -points])
    if np.dtype(to).kind == "u":
        points = points[points.real >= 0]
    real = points if np.dtype(to).kind in "cb" else points.real
    for shape in [(), (points.size,)]:
        given = points[1] if shape == () else points
        y = tf.cast(tf.constant(given), to)
        assert y.dtype == to and y.shape == shape
        assert_same_bits(y, np.asarray(real[1] if shape == () else real).astype(to))
    if not {points.dtype.kind, np.dtype(to).kind} <= set("fc"):
        return
    x = tf.constant(points)
    upstream = random_like([np.zeros(points.shape, to)])
    [g] = reverse(lambda x: tf.cast(x, to), [x], upstream)
    assert g.dtype == start
    u = upstream[0] if points.dtype.kind == "c" else upstream[0].real
    assert_same_bits(g, u.astype(start))
    [t] = forward(lambda x: tf.cast(x, to), [x], [points])
    assert_same_bits(t, real.astype(to))


@pytest.mark.parametrize("to", KINDS["i"])
@pytest.mark.parametrize("start", KINDS["i"])
def test_integers_wrap_when_cast(start, to):
    limits = np.iinfo(start)
    points = np.array([limits.min, limits.min // 2, limits.max // 2, limits.max], start)
    assert_same_bits(tf.cast(tf.constant(points), to), points.astype(to))


@pytest.mark.parametrize("start", ["float32", "float64"])
def test_cast_to_half_precision_rounds_to_even(start):
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(start)
    between = (halves[:-1] + halves[1:]) / 2
    step = np.spacing(between)
    points = np.concatenate([halves, between, between - step, between + step])
    points = np.concatenate([points, -points, [65519, 65520, 1e9, np.inf, np.nan]]).astype(start)
    with np.errstate(over="ignore"):
        expected = points.astype(np.float16)
    assert_same_bits(tf.cast(tf.constant(points), "float16"), expected)


# ---------------------------------------------------------------- reductions of some size


SUM_SIZES = [1, 7, 8, 9, 511, 512, 513, 1025, 200_003]


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128", "int64"])
@pytest.mark.parametrize("size", SUM_SIZES)
def test_sums_of_any_size(size, dtype):
    exact = "complex128" if dtype.startswith("c") else "int64" if dtype == "int64" else "float64"
    for shape, axis in [((size,), 0), ((size, 3), 0), ((size, 17), 0), ((3, size), 1)]:
        if size * 17 > 300_000 and shape != (size,):
            continue
        random = np.random.default_rng(size)
        x = (random.normal(size=shape) * 8).astype(dtype)
        value = tf.reduce_sum(tf.constant(x), axis)
        assert value.dtype == dtype
        error = 0 if dtype == "int64" else 2 * np.finfo(dtype).eps
        wrong = np.abs(value.numpy() - np.sum(x, axis, dtype=exact))
        assert np.all(wrong <= error * np.sum(np.abs(x), axis, dtype=float))


@pytest.mark.parametrize("shape, axis", [((1_000_000,), 0), ((2, 500_000), 1), ((300_000, 16), 0)])
@pytest.mark.parametrize("dtype", ["float32", "complex64"])
def test_rounding_errors_of_a_sum_grow_slowly(dtype, shape, axis):
    """As the docstring says: with the logarithm of the count. One by one it would be 2e-5."""
    x = np.random.default_rng(0).uniform(0, 1, shape).astype(dtype)
    exact = x.sum(axis, dtype="complex128" if dtype == "complex64" else "float64")
    for tensor in (tf.constant(x), tf.constant(np.repeat(x, 2, -1))[..., ::2]):
        error = np.abs(tf.reduce_sum(tensor, axis).numpy() - exact) / np.abs(exact)
        assert np.all(error < 1e-6)


@pytest.mark.parametrize("zeros", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [2, 3, 5, 8])
def test_derivatives_of_a_product_with_zeros(size, zeros):
    x = np.random.default_rng(size).uniform(0.5, 2, size)
    x[:zeros] = 0
    check_derivatives(tf.reduce_prod, x)
    check_derivatives(lambda x: tf.reduce_prod(x, axis=1, keepdims=True), np.stack([x, x + 1]))


def test_logsumexp_of_nothing_is_minus_infinity():
    np.testing.assert_array_equal(tf.reduce_logsumexp(tf.zeros((0, 2)), 0).numpy(), [-np.inf] * 2)
    assert tf.reduce_logsumexp(tf.zeros(0, "float64")).numpy() == -np.inf


def test_extrema_of_nothing_are_the_limits_of_the_dtype():
    for dtype in ("int8", "uint16", "int64", "float32", "float64"):
        empty = tf.zeros((0, 2), dtype)
        limits = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else None
        low, high = (limits.min, limits.max) if limits else (-np.inf, np.inf)
        np.testing.assert_array_equal(tf.reduce_max(empty, 0).numpy(), [low, low])
        np.testing.assert_array_equal(tf.reduce_min(empty, 0).numpy(), [high, high])


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128", "int32"])
@pytest.mark.parametrize(
    "m, k, n",
    [(1, 1, 1), (1, 7, 1), (8, 9, 7), (17, 33, 5), (64, 64, 64), (65, 65, 65), (3, 300, 130)],
)
def test_matrix_products_of_any_size(m, k, n, dtype):
    """Through our own kernel and through the BLAS, with and without transpositions."""
    random = np.random.default_rng(m * k * n)
    a, b = ((random.normal(size=s) * 4).astype(dtype) for s in ((m, k), (k, n)))
    if dtype.startswith("c"):
        a = a + 1j * a[::-1]
    exact = np.matmul(widened(a), widened(b))
    error = 4 * (0 if dtype == "int32" else np.finfo(dtype).eps) * np.matmul(np.abs(a), np.abs(b))
    for ta in (False, True):
        for tb in (False, True):
            left, right = (a.T.copy() if ta else a), (b.T.copy() if tb else b)
            product = tf.matmul(left, right, transpose_a=ta, transpose_b=tb)
            assert product.dtype == dtype
            turned = tf.matmul(tf.transpose(left), right, transpose_a=not ta, transpose_b=tb)
            strided = tf.constant(np.repeat(right, 2, 1))[:, ::2]
            strided = tf.matmul(left, strided, transpose_a=ta, transpose_b=tb)
            for c in (product, turned, strided):
                assert np.all(np.abs(c.numpy() - exact) <= error)


def test_the_table_lists_structural_operations_by_unique_names():
    names = [row["name"] for row in _core.operation_table()]
    assert len(set(names)) == len(names)
    assert {"reduce_sum", "matmul", "gather", "concat"} <= set(names)


def test_the_comparison_finds_wrong_derivatives():
    """A wrong derivative must not pass, of the first order or of the second."""

    def wrong(x):
        return x * x + tf.stop_gradient(x)

    with pytest.raises(AssertionError, match="gradient by argument 0"):
        check_derivatives(wrong, np.array([1.0, 2.0]))
    with pytest.raises(AssertionError, match="gradient of gradient"):
        # The first derivative is right, the second one is lost.
        check_derivatives(
            lambda x: x * tf.stop_gradient(x) * 2 - tf.stop_gradient(x * x), np.array([1.0])
        )
    assert flat([np.ones((2, 2)), 3.0]).shape == (5,)
