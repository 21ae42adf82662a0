"""Control flow, functions and their relatives against TensorFlow's: values, structures, errors."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

X = np.float32([[1, 2], [3, 4]])


def plain(tf, result):
    """A result as something to be compared: arrays, numbers and structures of them."""
    if isinstance(result, (tf.TypeSpec, tf.DType, tf.TensorShape)):
        return repr(result)
    if isinstance(result, (list, tuple)):
        return type(result).__name__, [plain(tf, x) for x in result]
    if isinstance(result, dict):
        return {key: plain(tf, x) for key, x in result.items()}
    if isinstance(result, (tf.Tensor, tf.Variable)):
        return result.dtype.name, tuple(result.shape), result.numpy().tolist()
    return result


ERRORS = {
    *("InvalidArgumentError", "OutOfRangeError", "UnimplementedError"),
    *("TypeError", "ValueError", "NotImplementedError", "ZeroDivisionError"),
}


def outcome(tf, case):
    try:
        return plain(tf, case(tf))
    except Exception as error:
        return {cls.__name__ for cls in type(error).__mro__} & ERRORS


def check(case):
    """The same result, or an error of whatever kinds TensorFlow's is."""
    found, expected = outcome(autograd_c, case), outcome(tensorflow, case)
    if isinstance(expected, set) and isinstance(found, set):
        assert expected and expected <= found
    else:
        assert found == expected


def written(tf, **options):
    array = tf.TensorArray(tf.float32, size=3, **options)
    for i in range(3):
        array = array.write(i, [1.0 * i, 2.0])
    return array


def twice(tf, **options):
    array = written(tf, **options)
    return array.read(1), array.read(1)


def pairs(tf, *held):
    return [(tf.constant(p), lambda k=k: tf.constant(k)) for k, p in enumerate(held)]


def ones(tf):
    return [lambda: tf.constant(17), lambda: tf.constant(23)]


CASES = {
    "cond": lambda tf: tf.cond(tf.constant(True), lambda: [1], lambda: 2),
    "cond of a number": lambda tf: tf.cond(0, lambda: [1], lambda: 2),
    "cond of a vector": lambda tf: tf.cond(tf.constant([True, False]), lambda: 1, lambda: 2),
    "cond of None": lambda tf: tf.cond(None, lambda: 1, lambda: 2),
    "cond, nothing to call": lambda tf: tf.cond(True, 1, lambda: 2),
    "cond, no branch": lambda tf: tf.cond(True, lambda: 2),
    "case": lambda tf: tf.case(pairs(tf, False, True), default=lambda: tf.constant(-1)),
    "case, default": lambda tf: tf.case(pairs(tf, False), default=lambda: tf.constant(-1)),
    "case, none": lambda tf: tf.case(pairs(tf, False, False)),
    "case, both": lambda tf: tf.case(pairs(tf, True, True)),
    "case of a dict": lambda tf: tf.case({}, default=lambda: 3),
    "case of nothing": lambda tf: tf.case([], default=lambda: 3),
    "case of text": lambda tf: tf.case("ab", default=lambda: 3),
    "case of triples": lambda tf: tf.case([(tf.constant(True),)], default=lambda: 3),
    "case of numbers": lambda tf: tf.case([(True, lambda: 1)], default=lambda: 3),
    **{
        f"switch_case {k}": lambda tf, k=k: tf.switch_case(tf.constant(k), ones(tf))
        for k in (0, 1, -1, 7)
    },
    "switch_case, default": lambda tf: tf.switch_case(
        tf.constant(7), ones(tf), lambda: tf.constant(5)
    ),
    "switch_case by keys": lambda tf: tf.switch_case(tf.constant(1), dict(enumerate(ones(tf)))),
    "switch_case by pairs": lambda tf: tf.switch_case(tf.constant(1), list(enumerate(ones(tf)))),
    "switch_case, a gap": lambda tf: tf.switch_case(
        tf.constant(1), {0: ones(tf)[0], 5: ones(tf)[1]}
    ),
    "switch_case of a number": lambda tf: tf.switch_case(1, ones(tf)),
    "switch_case of a float": lambda tf: tf.switch_case(tf.constant(1.0), ones(tf)),
    "switch_case of text": lambda tf: tf.switch_case(tf.constant(1), {"a": ones(tf)[0]}),
    "switch_case of nothing": lambda tf: tf.switch_case(tf.constant(1), []),
    "switch_case of 5": lambda tf: tf.switch_case(tf.constant(1), 5),
    "while_loop": lambda tf: tf.while_loop(
        lambda i, s: i < 5, lambda i, s: (i + 1, {"a": s["a"] * 2}), (0, {"a": tf.constant(1.0)})
    ),
    "while_loop, lists": lambda tf: tf.while_loop(lambda i: i < 3, lambda i: [i + 1], [0]),
    "while_loop, at most": lambda tf: tf.while_loop(
        lambda i, s: True,
        lambda i, s: [i + 1, s * 2.0],
        [tf.constant(0), tf.constant(1.0)],
        maximum_iterations=3,
    ),
    "while_loop, never": lambda tf: tf.while_loop(
        lambda i: True, lambda i: [i + 1], [7], maximum_iterations=0
    ),
    "while_loop, a vector of rounds": lambda tf: tf.while_loop(
        lambda i: i < 3, lambda i: [i + 1], [0], maximum_iterations=[3]
    ),
    "while_loop, another length": lambda tf: tf.while_loop(
        lambda i, s: i < 5, lambda i, s: [i + 1], (0, 1)
    ),
    "while_loop, another structure": lambda tf: tf.while_loop(
        lambda i, s: i < 5, lambda i, s: [i + 1, (s, s)], (0, 1)
    ),
    "while_loop, no sequence": lambda tf: tf.while_loop(lambda i, s: i < 5, lambda i, s: 3, (0, 1)),
    "while_loop without variables": lambda tf: tf.while_loop(lambda: False, lambda: (), []),
    "while_loop, nothing to call": lambda tf: tf.while_loop(1, lambda i: i, [1]),
    "while_loop, no parallel iterations": lambda tf: tf.while_loop(
        lambda i: False, lambda i: i, [1], parallel_iterations=0
    ),
    "while_loop, another shape": lambda tf: tf.while_loop(
        lambda i, x: i < 3,
        lambda i, x: (i + 1, tf.concat([x, x], 0)),
        (0, tf.constant([1.0])),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])),
    ),
    "map_fn": lambda tf: tf.map_fn(tf.reduce_sum, tf.constant(X)),
    "map_fn, dtype": lambda tf: tf.map_fn(lambda r: tf.cast(r, tf.int32), X, dtype=tf.int32),
    "map_fn, another dtype": lambda tf: tf.map_fn(lambda r: tf.cast(r, tf.int32), X),
    "map_fn to numbers": lambda tf: tf.map_fn(lambda r: 1, X),
    "map_fn to a float for int32": lambda tf: tf.map_fn(
        lambda r: 1.5, X, fn_output_signature=tf.int32
    ),
    "map_fn of a pair": lambda tf: tf.map_fn(lambda e: e[0] + e[1], (X, X)),
    "map_fn of a pair to one": lambda tf: tf.map_fn(
        lambda e: e[0] + e[1], (X, X), fn_output_signature=tf.float32
    ),
    "map_fn to a pair": lambda tf: tf.map_fn(
        lambda e: (e, -e), X, fn_output_signature=(tf.float32, "float32")
    ),
    "map_fn to a list for a pair": lambda tf: tf.map_fn(
        lambda e: [e, -e], X, fn_output_signature=(tf.float32, tf.float32)
    ),
    "map_fn of a dict": lambda tf: tf.map_fn(
        lambda e: {"a": e["b"]}, {"b": X}, fn_output_signature={"a": tf.float32}
    ),
    "map_fn, a spec": lambda tf: tf.map_fn(
        lambda e: e, X, fn_output_signature=tf.TensorSpec([2], tf.float32)
    ),
    "map_fn, another spec": lambda tf: tf.map_fn(
        lambda e: e, X, fn_output_signature=tf.TensorSpec([3], tf.float32)
    ),
    "map_fn, shapes": lambda tf: tf.map_fn(tf.range, tf.constant([1, 2])),
    "map_fn, shapes at last": lambda tf: tf.map_fn(
        tf.range, tf.constant([1, 2]), infer_shape=False
    ),
    "map_fn of no rows": lambda tf: tf.map_fn(lambda e: e, tf.zeros([0, 3])),
    "map_fn of no rows, a dtype": lambda tf: tf.map_fn(
        lambda e: e, tf.zeros([0, 3]), fn_output_signature=tf.float64
    ),
    "map_fn of no rows, a spec": lambda tf: tf.map_fn(
        lambda e: e, tf.zeros([0, 3]), fn_output_signature=tf.TensorSpec([5], tf.float64)
    ),
    "map_fn of a scalar": lambda tf: tf.map_fn(lambda e: e, tf.constant(1.0)),
    "map_fn of two lengths": lambda tf: tf.map_fn(lambda e: e[0], (X, X[:1])),
    "map_fn of a list": lambda tf: tf.map_fn(lambda e: e, [1, 2, 3]),
    "map_fn of nothing": lambda tf: tf.map_fn(lambda e: e, []),
    "map_fn to None": lambda tf: tf.map_fn(lambda e: None, X),
    "map_fn, no dtype": lambda tf: tf.map_fn(lambda e: e, X, fn_output_signature="foo"),
    "foldl": lambda tf: tf.foldl(lambda a, b: 10 * a + b, tf.constant([1, 2, 3])),
    "foldl from": lambda tf: tf.foldl(lambda a, b: 10 * a + b, tf.constant([1, 2, 3]), 7),
    "foldl of pairs": lambda tf: tf.foldl(
        lambda a, b: (a[0] + b[0], a[1] * b[1]), (tf.constant([1, 2]), tf.constant([1.0, 2.0]))
    ),
    "foldl of no rows": lambda tf: tf.foldl(lambda a, b: a + b, tf.zeros([0])),
    "foldl of no rows from": lambda tf: tf.foldl(lambda a, b: a + b, tf.zeros([0]), 3.0),
    "foldl, another structure": lambda tf: tf.foldl(lambda a, b: (a, b), tf.constant([1.0, 2.0])),
    "foldr": lambda tf: tf.foldr(lambda a, b: 10 * a + b, tf.constant([1, 2, 3])),
    "foldr from": lambda tf: tf.foldr(lambda a, b: 10 * a + b, tf.constant([1, 2, 3]), 7),
    **{
        f"scan {reverse} {initializer}": lambda tf, r=reverse, i=initializer: tf.scan(
            lambda a, b: 10 * a + b, tf.constant([1, 2, 3]), i, reverse=r
        )
        for reverse in (False, True)
        for initializer in (None, 7)
    },
    "scan of numbers": lambda tf: tf.scan(
        lambda a, _: (a[1], a[0] + a[1]), np.zeros(6), (tf.constant(0), tf.constant(1))
    ),
    "scan of a list": lambda tf: tf.scan(
        lambda a, b: [a[0] + b, a[1] * 2], tf.constant([1, 2, 3]), [0, 1.0]
    ),
    "scan of a dict": lambda tf: tf.scan(
        lambda a, b: {"s": a["s"] + b}, tf.constant([1, 2, 3]), {"s": 0}
    ),
    "scan of pairs": lambda tf: tf.scan(
        lambda a, b: (a[0] + b[0], a[1] - b[1]), (tf.constant([1, 2]), tf.constant([1.0, 2.0]))
    ),
    "scan to numbers": lambda tf: tf.scan(lambda a, b: 5, tf.constant([1, 2, 3]), 0),
    "scan, another structure": lambda tf: tf.scan(
        lambda a, b: a[0], tf.constant([1, 2, 3]), (0, 1.0)
    ),
    "scan, another dtype": lambda tf: tf.scan(
        lambda a, b: tf.cast(a, tf.float64), tf.constant([1, 2, 3]), 0
    ),
    "scan, another shape": lambda tf: tf.scan(
        lambda a, b: tf.concat([a, a], 0), tf.constant([1, 2, 3]), tf.constant([0])
    ),
    "scan of no rows": lambda tf: tf.scan(lambda a, b: a + b, tf.zeros([0])),
    "scan of no rows from": lambda tf: tf.scan(lambda a, b: a + b, tf.zeros([0]), 3.0),
    "vectorized_map": lambda tf: tf.vectorized_map(
        lambda r: {"a": (r[0] + r[1], r[0])}, (tf.constant(X), tf.constant(X[:1]))
    ),
    "vectorized_map to None": lambda tf: tf.vectorized_map(lambda r: None, X),
    "vectorized_map to a number": lambda tf: tf.vectorized_map(lambda r: 1.0, X),
    "vectorized_map of no rows": lambda tf: tf.vectorized_map(tf.reduce_sum, tf.zeros([0, 2])),
    "vectorized_map of one row": lambda tf: tf.vectorized_map(lambda r: r * 2, X[:1]),
    "vectorized_map of two lengths": lambda tf: tf.vectorized_map(
        lambda r: r[0] + r[1], (tf.constant(X), tf.constant([1.0, 2.0, 3.0]))
    ),
    "stack": lambda tf: written(tf).stack(),
    "concat": lambda tf: written(tf).concat(),
    "gather": lambda tf: written(tf).gather([2, 0]),
    "size": lambda tf: written(tf).size(),
    "element_shape": lambda tf: written(tf).element_shape,
    "element_shape at first": lambda tf: tf.TensorArray(tf.float32, 3).element_shape,
    "dynamic_size": lambda tf: tf.TensorArray(tf.float32, 3, True).dynamic_size,
    "read twice": twice,
    "read twice, kept": lambda tf: twice(tf, clear_after_read=False),
    "write outside": lambda tf: tf.TensorArray(tf.float32, 3).write(5, 1.0),
    "write before": lambda tf: tf.TensorArray(tf.float32, 3).write(-1, 1.0),
    "write behind": lambda tf: (
        tf.TensorArray(tf.float32, 3, dynamic_size=True).write(5, 1.0).stack()
    ),
    "read outside": lambda tf: written(tf).read(3),
    "read before": lambda tf: written(tf).read(-1),
    "read what is not there": lambda tf: tf.TensorArray(tf.float32, 3).read(0),
    "read zeros": lambda tf: tf.TensorArray(tf.float32, 3, element_shape=[2]).read(0),
    "stack nothing": lambda tf: tf.TensorArray(tf.float32, 3).stack(),
    "stack some": lambda tf: tf.TensorArray(tf.float32, 3).write(1, [1.0, 2.0]).stack(),
    "stack of size 0": lambda tf: tf.TensorArray(tf.float32, 0, element_shape=[2]).stack(),
    "concat of size 0": lambda tf: tf.TensorArray(tf.float32, 0).concat(),
    "write again": lambda tf: tf.TensorArray(tf.float32, 3).write(1, 1.0).write(1, 2.0).read(1),
    "write another dtype": lambda tf: tf.TensorArray(tf.float32, 3).write(1, tf.constant(1)),
    "write an int": lambda tf: tf.TensorArray(tf.float32, 3).write(tf.constant(1), 1).read(1),
    "write another shape": lambda tf: written(tf).write(0, [1.0]),
    "write another element_shape": lambda tf: tf.TensorArray(
        tf.float32, 3, element_shape=[2]
    ).write(1, [1.0]),
    "write at 1.5": lambda tf: tf.TensorArray(tf.float32, 3).write(1.5, 1.0),
    "unstack": lambda tf: tf.TensorArray(tf.float32, 5).unstack(X).size(),
    "unstack too many": lambda tf: tf.TensorArray(tf.float32, 0).unstack(X),
    "unstack more": lambda tf: tf.TensorArray(tf.float32, 0, dynamic_size=True).unstack(X).read(1),
    "unstack a scalar": lambda tf: tf.TensorArray(tf.float32, 0, True).unstack(1.0),
    "without a size": lambda tf: tf.TensorArray(tf.float32, dynamic_size=True),
    "scatter": lambda tf: tf.TensorArray(tf.float32, 3).scatter([2, 0], X).stack(),
    "scatter outside": lambda tf: tf.TensorArray(tf.float32, 2).scatter([2, 0], X),
    "split": lambda tf: (
        tf.TensorArray(tf.float32, 2, infer_shape=False).split([1.0, 2.0, 3.0], [1, 2]).read(1)
    ),
    "split, another sum": lambda tf: tf.TensorArray(tf.float32, 2, infer_shape=False).split(
        [1.0, 2.0, 3.0], [1, 1]
    ),
    "split, another size": lambda tf: tf.TensorArray(tf.float32, 3, infer_shape=False).split(
        [1.0, 2.0, 3.0], [1, 2]
    ),
    "split by a scalar": lambda tf: tf.TensorArray(tf.float32, 2).split([1.0, 2.0], 2),
    "grad": lambda tf: written(tf).grad("x"),
    "spec of an array": lambda tf: tf.type_spec_from_value(written(tf)),
    "spec": lambda tf: tf.TensorSpec([2, None], "float64", "n"),
    "spec of any shape": lambda tf: tf.TensorSpec(None),
    "spec of a length": lambda tf: tf.TensorSpec(3),
    "spec without a dtype": lambda tf: tf.TensorSpec([2], None),
    "equal specs": lambda tf: [
        tf.TensorSpec([2]) == tf.TensorSpec([2]),
        tf.TensorSpec([2]) == tf.TensorSpec([2], name="a"),
        len({tf.TensorSpec([2]), tf.TensorSpec([2])}),
    ],
    "from_tensor": lambda tf: tf.TensorSpec.from_tensor(tf.constant([1.0]), "q"),
    "from_tensor of a list": lambda tf: tf.TensorSpec.from_tensor([1.0]),
    "from_spec": lambda tf: tf.TensorSpec.from_spec(tf.TensorSpec([2], name="s")),
    "compatible": lambda tf: [
        tf.TensorSpec([None]).is_compatible_with(x)
        for x in (
            *(tf.constant([1.0]), tf.constant([1]), [1.0], tf.TensorSpec([3]), None),
            *(tf.constant(1.0), tf.Variable([1.0])),
        )
    ],
    "subtypes": lambda tf: [
        tf.TensorSpec([None]).is_subtype_of(tf.TensorSpec([3])),
        tf.TensorSpec([3]).is_subtype_of(tf.TensorSpec([None])),
    ],
    "supertypes": lambda tf: [
        tf.TensorSpec([3]).most_specific_common_supertype([tf.TensorSpec([4])]),
        tf.TensorSpec([3]).most_specific_common_supertype([tf.TensorSpec([4], tf.int32)]),
    ],
    "most_specific_compatible_type": lambda tf: tf.TensorSpec([3]).most_specific_compatible_type(
        tf.TensorSpec([4], tf.int32)
    ),
    "specs of values": lambda tf: [
        tf.type_spec_from_value(x)
        for x in (
            *(tf.constant(1.0), 1.0, np.ones(3), None, [1, 2]),
            tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0])),
            tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0]), tf.constant([3, 1])),
        )
    ],
    "spec of an object": lambda tf: tf.type_spec_from_value(object()),
    "other specs": lambda tf: [
        tf.IndexedSlicesSpec([2, 3]),
        tf.TensorArraySpec([2]),
        tf.NoneTensorSpec(),
        tf.NoneTensorSpec() == tf.NoneTensorSpec(),
    ],
    "no spec": lambda tf: tf.TypeSpec(),
    "py_function": lambda tf: tf.py_function(lambda x: [x * 2, 3], [1.0], [tf.float32, "int32"]),
    "py_function of None": lambda tf: tf.py_function(lambda x: None, [1.0], []),
    "py_function, too few": lambda tf: tf.py_function(lambda x: [x], [1.0], ["float32"] * 2),
    "py_function, another dtype": lambda tf: tf.py_function(
        lambda x: tf.cast(x, tf.int32), [1.0], tf.float32
    ),
    "py_function, no Tout": lambda tf: tf.py_function(lambda x: x, [1.0]),
    "py_function of a number": lambda tf: tf.py_function(lambda x: x, 1.0, tf.float32),
    "numpy_function": lambda tf: tf.numpy_function(
        lambda x: [np.sinh(x), x], [tf.constant([1.0])], ["float32"] * 2
    ),
    "numpy_function, another dtype": lambda tf: tf.numpy_function(
        lambda x: np.float64(2), [1.0], tf.float32
    ),
    "numpy_function of None": lambda tf: tf.numpy_function(lambda x: None, [1.0], []),
    "numpy_function raises": lambda tf: tf.numpy_function(lambda x: 1 / 0, [1.0], tf.float32),
    "group": lambda tf: tf.group(tf.constant(1)),
    "no_op": lambda tf: tf.no_op(),
    "tuple": lambda tf: tf.tuple([tf.constant(1), None]),
    "get_static_value": lambda tf: tf.get_static_value(tf.constant([1])).tolist(),
    "get_static_value of a Variable": lambda tf: tf.get_static_value(tf.Variable([1])),
    "AggregationMethod": lambda tf: vars(tf.AggregationMethod)["EXPERIMENTAL_TREE"],
    "VariableAggregation": lambda tf: [(m.name, m.value) for m in tf.VariableAggregation],
    "VariableSynchronization": lambda tf: [(m.name, m.value) for m in tf.VariableSynchronization],
    "CriticalSection": lambda tf: tf.CriticalSection().execute(lambda: 3),
    **{
        f"device {name!r}": lambda tf, name=name: tf.device(name).__enter__()
        for name in (
            *("CPU:0", "/cpu:0", "/device:CPU:0", "cpu", "GPU:0", "", None, "foo", 3),
            *("/job:localhost/replica:0/task:0/device:CPU:0", "CPU:1"),
        )
    },
    "physical devices": lambda tf: [
        (d.name, d.device_type) for d in tf.config.list_physical_devices()
    ],
    "physical devices of a type": lambda tf: tf.config.list_physical_devices("foo"),
    "logical devices": lambda tf: [
        (d.name, d.device_type) for d in tf.config.list_logical_devices()
    ],
    "memory growth": lambda tf: tf.config.experimental.set_memory_growth(
        tf.config.list_physical_devices()[0], True
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_outcomes(case):
    check(CASES[case])


# ---------------------------------------------------------------- gradients


def _array(tf, x):
    array = tf.TensorArray(tf.float64, size=0, dynamic_size=True, clear_after_read=False)
    array = array.unstack(x)
    array = array.scatter([4, 3], x[:2] ** 2)
    array = array.write(0, array.read(0) * array.read(3))
    return array.stack() * array.gather([1, 1, 4, 0, 0])


PROGRAMS = {
    "cond": lambda tf, x: tf.cond(x[0] > 0, lambda: x * x, lambda: -x),
    "while_loop": lambda tf, x: tf.while_loop(
        lambda i, y: i < 4, lambda i, y: (i + 1, tf.sin(y) * x), (0, x)
    )[1],
    "map_fn": lambda tf, x: tf.map_fn(lambda v: v * x, x),
    "foldl": lambda tf, x: tf.foldl(lambda a, b: tf.sin(a) * b, x),
    "foldr": lambda tf, x: tf.foldr(lambda a, b: tf.sin(a) * b, x, x[0]),
    "scan": lambda tf, x: tf.scan(lambda a, b: tf.sin(a) * b, x, x[1] * 2, reverse=True),
    "vectorized_map": lambda tf, x: tf.vectorized_map(
        lambda v: tf.reduce_sum(tf.tensordot(tf.sin(v * x), x, 1) * tf.exp(v)), x
    ),
    "TensorArray": _array,
    "py_function": lambda tf, x: tf.py_function(lambda y: y * y * y, [x], tf.float64),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_gradients(program):
    def everything(tf):
        x = tf.constant([0.5, -1.0, 2.0], tf.float64)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = PROGRAMS[program](tf, x)
            slope = inner.gradient(y, x)
        if program == "py_function":  # TensorFlow has no second derivative
            return [y.numpy(), slope.numpy()]
        return [y.numpy(), slope.numpy(), outer.gradient(slope, x).numpy()]

    for found, expected in zip(everything(autograd_c), everything(tensorflow)):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


# ---------------------------------------------------------------- tf.function


def signature(tf):
    return [tf.TensorSpec([None], tf.float32), tf.TensorSpec([], tf.int32)]


def product(tf):
    def f(x, n):
        return x * tf.cast(n, tf.float32)

    return tf.function(f, input_signature=signature(tf))


def counted(tf, *calls):
    f = tf.function(lambda x, k=1: x)
    for args in calls:
        f(*args)
    return f.experimental_get_tracing_count()


FUNCTIONS = {
    "tensors": lambda tf: product(tf)(tf.constant([1.0]), tf.constant(2)),
    "numbers": lambda tf: product(tf)([1.0, 2.0], 2),
    "keywords": lambda tf: product(tf)(n=2, x=[1.0, 2.0]),
    "a wider array": lambda tf: product(tf)(np.ones(2), 2),
    "a Variable": lambda tf: product(tf)(tf.Variable([1.0]), 2),
    "another dtype": lambda tf: product(tf)(tf.constant([1]), 2),
    "another shape": lambda tf: product(tf)([[1.0]], 2),
    "a float for an int": lambda tf: product(tf)([1.0], 2.5),
    "too few": lambda tf: product(tf)([1.0]),
    "too many": lambda tf: product(tf)([1.0], 2, 3),
    "an unknown keyword": lambda tf: product(tf)([1.0], 2, z=3),
    "None": lambda tf: product(tf)(None, 2),
    "text": lambda tf: product(tf)("a", 2),
    "its signature": lambda tf: list(product(tf).input_signature),
    "concrete": lambda tf: product(tf).get_concrete_function()(tf.constant([3.0]), tf.constant(3)),
    "concrete, by name": lambda tf: product(tf).get_concrete_function()(n=2, x=[3.0]),
    "concrete, another shape": lambda tf: product(tf).get_concrete_function()([[3.0]], 3),
    "concrete, too few": lambda tf: product(tf).get_concrete_function()(tf.constant([3.0])),
    "concrete, of a spec": lambda tf: tf.function(lambda x, k=2: x * k).get_concrete_function(
        tf.TensorSpec([], name="inp")
    )(inp=tf.constant(2.0)),
    "a spec is missing": lambda tf: tf.function(
        lambda x, y: x, input_signature=[tf.TensorSpec([])]
    ),
    "a spec is missing for a default": lambda tf: tf.function(
        lambda x, y=2: x * y, input_signature=[tf.TensorSpec([])]
    )(3.0),
    "a default of a spec": lambda tf: tf.function(
        lambda x, y=2: x * y, input_signature=[tf.TensorSpec([]), tf.TensorSpec([])]
    )(3.0),
    "a default that is not of its spec": lambda tf: tf.function(
        lambda x, y=None: x, input_signature=[tf.TensorSpec([]), tf.TensorSpec([])]
    )(3.0),
    "a spec too many": lambda tf: tf.function(lambda: 1, input_signature=[tf.TensorSpec([])]),
    "no spec": lambda tf: tf.function(lambda x: x, input_signature=[tf.float32]),
    "no list": lambda tf: tf.function(lambda x: x, input_signature=tf.TensorSpec([])),
    "a structure": lambda tf: tf.function(
        lambda x: x["a"] + x["b"][0],
        input_signature=[{"a": tf.TensorSpec([]), "b": [tf.TensorSpec([])]}],
    )({"a": 1.0, "b": [2.0]}),
    "another structure": lambda tf: tf.function(
        lambda x: x["a"], input_signature=[{"a": tf.TensorSpec([]), "b": [tf.TensorSpec([])]}]
    )({"a": 1.0}),
    "any number": lambda tf: tf.function(
        lambda *x: x[0] + x[1], input_signature=[tf.TensorSpec([]), tf.TensorSpec([])]
    )(1.0, 2.0),
    "another constant": lambda tf: tf.function(
        lambda x, *, k=1: x * k, input_signature=[tf.TensorSpec([])]
    )(1.0, k=2),
    "a keyword without a default": lambda tf: tf.function(
        lambda x, *, k: x * k, input_signature=[tf.TensorSpec([])]
    ),
    "no function": lambda tf: tf.function(3),
    "traces of shapes": lambda tf: counted(tf, *[(tf.zeros([n]),) for n in (2, 3, 2, 3)]),
    "traces of dtypes": lambda tf: counted(tf, (tf.constant(1),), (tf.constant(1.0),)),
    "traces of numbers": lambda tf: counted(tf, (1,), (2,), (2,), (np.zeros(3),), (np.ones(3),)),
    "traces of structures": lambda tf: counted(
        tf, ([1, 2],), ([1, 2],), ([1, 3],), ({"a": tf.constant(1.0)},), ({"a": tf.constant(3.0)},)
    ),
    "traces of a signature": lambda tf: [
        (f := product(tf))([1.0], 2).numpy().tolist(),
        f([1.0, 2.0], 3).numpy().tolist(),
        f.experimental_get_tracing_count(),
    ],
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_functions(case):
    check(FUNCTIONS[case])


def test_functions_that_retrace_less():
    def count(tf):
        f = tf.function(lambda x: x, reduce_retracing=True)
        for n in range(2, 8):
            f(tf.zeros([n]))
        return f.experimental_get_tracing_count()

    assert count(autograd_c) == count(tensorflow) == 2


def test_methods():
    def results(tf):
        class M:
            @tf.function
            def a(self, x):
                return x * 2

            @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
            def b(self, x):
                return x * 3

        m = M()
        return [
            *(m.a(tf.constant(2.0)), m.b(2), m.b(x=2), M.a(m, tf.constant(1.0))),
            m.a.get_concrete_function(tf.TensorSpec([]))(tf.constant(1.0)),
            m.a.experimental_get_tracing_count(),
        ]

    assert plain(autograd_c, results(autograd_c)) == plain(tensorflow, results(tensorflow))


# ---------------------------------------------------------------- tf.print


PRINTED = {
    "numbers": lambda tf: ("a", 1, 2.5, None, True, tf.constant(3), 1e-8, 1e20),
    "float32": lambda tf: (tf.constant([1.0, 2.5, 1e-8, 1e10, 123456.789, 0.1]), tf.constant(1e7)),
    "float64": lambda tf: (tf.constant([1 / 3, 1e17, 1e16, 123456789.0, 0.1], tf.float64),),
    "float16": lambda tf: (tf.constant([1.5, 1 / 3], tf.float16),),
    "not finite": lambda tf: (tf.constant(np.nan), tf.constant(np.inf), tf.constant(-np.inf)),
    "minus zero": lambda tf: (tf.constant(-0.0),),
    "bools": lambda tf: (tf.constant(True), tf.constant([True, False])),
    "a row": lambda tf: tuple(tf.range(n) for n in (0, 1, 6, 7, 10)),
    "a matrix": lambda tf: (tf.reshape(tf.range(100), [10, 10]), tf.constant([[1, 2], [3, 4]])),
    "blocks": lambda tf: (tf.reshape(tf.range(24), [2, 3, 4]),),
    "many blocks": lambda tf: (tf.reshape(tf.range(8 * 8 * 2), [8, 2, 8]),),
    "structures": lambda tf: (
        [tf.constant(1), tf.constant([2, 3])],
        {"a": tf.constant(1), "b": "s"},
    ),
    "tuples": lambda tf: ((tf.constant(1),), [1, 2], {"k": [tf.constant(1.0), 2.0]}),
    "variables and arrays": lambda tf: (tf.Variable([1.0, 2.0]), np.arange(3)),
    "formats": lambda tf: ("%s {}", tf.constant(1)),
    "nothing": lambda tf: (),
}


@pytest.mark.parametrize(
    "options", [{}, {"summarize": -1}, {"summarize": 1, "sep": ", ", "end": "!"}]
)
@pytest.mark.parametrize("case", PRINTED)
def test_print(case, options, capfd):
    texts = []
    for tf in (autograd_c, tensorflow):
        tf.print(*PRINTED[case](tf), output_stream=sys.stdout, **options)
        sys.stdout.flush()
        texts.append(capfd.readouterr().out)
    assert texts[0] == texts[1]
