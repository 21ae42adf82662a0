"""``tf.test.TestCase``: unittest's, with assertions about tensors."""

from __future__ import annotations

import contextlib
import random
import re
import tempfile
import unittest
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.values import nest
from autograd_c.values.dtypes import as_dtype
from autograd_c.values.errors import InvalidArgumentError, OpError

__all__ = ["TestCase", "main"]

_Array = np.ndarray[Any, Any]
_SEED = 87654321


def _array(x: Any) -> _Array:
    if isinstance(x, IndexedSlices):
        x = _core.convert_to_tensor(x)
    if isinstance(x, (list, tuple)):
        x = nest.map_structure(lambda y: _array(y) if _core.is_tensor(y) else y, x)
    return np.asarray(_core.array_of(x) if _core.is_tensor(x) else x)


def _text(message: str, msg: Any) -> str:
    return message if msg is None else f"{message} : {msg}"


class TestCase(unittest.TestCase):
    """A unittest.TestCase whose assertions take tensors, arrays, numbers and structures of them.

    Each test begins with the same state of `random` and `numpy.random`.

    >>> import autograd_c as tf
    >>> class SquareTest(tf.test.TestCase):
    ...     def test_values(self):
    ...         self.assertAllClose(tf.square([1.0, 2.0]), [1.0, 4.0])
    >>> SquareTest("test_values").run().wasSuccessful()
    True
    """

    def setUp(self) -> None:
        """Set the seeds."""
        super().setUp()
        random.seed(_SEED)
        np.random.seed(_SEED)

    # ------------------------------------------------------------ values

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors as NumPy arrays, in the same structure.

        Raises:
            ValueError: for leaves that are neither tensors nor None.
        """

        def value(x: Any) -> Any:
            if x is None or isinstance(x, (np.ndarray, np.generic)):
                return x
            if isinstance(x, (Tensor, Variable, IndexedSlices)):
                return x.numpy()
            raise ValueError(f"Unsupported type {type(x).__name__!r}.")

        return nest.map_structure(value, tensors)

    def get_temp_dir(self) -> str:
        """A folder for the files of this test, which is removed after it."""
        if not hasattr(self, "_folder"):
            folder = tempfile.TemporaryDirectory()
            self.addCleanup(folder.cleanup)
            self._folder = folder.name
        return self._folder

    @contextlib.contextmanager
    def session(
        self,
        graph: Any = None,
        config: Any = None,
        use_gpu: bool = True,
        force_gpu: bool = False,
    ) -> Iterator[None]:
        """A context manager without effect: there are no sessions."""
        yield

    cached_session = session

    def test_session(self, *args: Any, **kwargs: Any) -> Any:
        """The same. As a test, which its name makes it, it is skipped."""
        if self._testMethodName == "test_session":
            self.skipTest("Not a test.")
        return self.session(*args, **kwargs)

    # ------------------------------------------------------------ equal and close

    def _same_shape(self, a: _Array, b: _Array, msg: Any) -> None:
        self.assertEqual(
            a.shape, b.shape, _text(f"Shape mismatch: expected {a.shape}, got {b.shape}", msg)
        )

    def assertAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:  # noqa: N802
        """Shapes and elements are the same; NaN is the same as NaN."""
        a, b = _array(a), _array(b)
        self._same_shape(a, b, msg)
        same = a == b
        if a.dtype.kind in "fc" and b.dtype.kind in "fc":
            same = same | (np.isnan(a) & np.isnan(b))
        if not np.all(same):
            where = np.argwhere(np.atleast_1d(~np.asarray(same)))
            self.fail(
                _text(
                    f"Arrays are not equal at {len(where)} of {a.size} elements, the first at "
                    f"{where[0].tolist()}\nlhs = {a}\nrhs = {b}",
                    msg,
                )
            )

    def assertNotAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:  # noqa: N802
        """Shapes or elements differ."""
        self._not(self.assertAllEqual, "equal", a, b, msg)

    def _not(self, check: Callable[..., None], word: str, a: Any, b: Any, msg: Any) -> None:
        try:
            check(a, b)
        except AssertionError:
            return
        self.fail(_text(f"The two values are {word} at all elements.", msg))

    def assertAllClose(  # noqa: N802
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: Any = None
    ) -> None:
        """Structures of the same shapes, whose elements differ by at most atol + rtol * |b|."""
        if isinstance(a, Mapping) or isinstance(b, Mapping):
            self.assertIsInstance(a, Mapping, msg)
            self.assertIsInstance(b, Mapping, msg)
            self.assertCountEqual(a, b, _text("mismatched keys", msg))
            for key in a:
                self.assertAllClose(a[key], b[key], rtol, atol, _text(f"at {key!r}", msg))
            return
        lists = isinstance(a, (list, tuple)) and isinstance(b, (list, tuple))
        if lists and any(isinstance(x, (Mapping, list, tuple)) or _core.is_tensor(x) for x in a):
            self.assertEqual(len(a), len(b), _text("different lengths", msg))
            for k, (x, y) in enumerate(zip(a, b, strict=True)):
                self.assertAllClose(x, y, rtol, atol, _text(f"at {k}", msg))
            return
        self._close(_array(a), _array(b), rtol, atol, msg)

    def _close(self, a: _Array, b: _Array, rtol: float, atol: float, msg: Any) -> None:
        self._same_shape(a, b, msg)
        if a.dtype.kind == "b" or b.dtype.kind == "b":
            return self.assertAllEqual(a, b, msg)
        if a.dtype == np.float16 or b.dtype == np.float16:
            a, b = a.astype(np.float64), b.astype(np.float64)
        close = np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
        if np.all(close):
            return None
        where = np.argwhere(np.atleast_1d(~close))
        largest = np.max(np.abs(a - b)[~close])
        self.fail(
            _text(
                f"Not equal to tolerance rtol={rtol}, atol={atol} at {len(where)} of {a.size} "
                f"elements, the first at {where[0].tolist()}; the largest difference is "
                f"{largest}\nlhs = {a}\nrhs = {b}",
                msg,
            )
        )

    def assertNotAllClose(  # noqa: N802
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: Any = None
    ) -> None:
        """Some elements differ by more."""

        def check(a: Any, b: Any) -> None:
            self.assertAllClose(a, b, rtol, atol)

        self._not(check, "close", a, b, msg)

    def assertAllCloseAccordingToType(  # noqa: N802
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        float_rtol: float = 1e-6,
        float_atol: float = 1e-6,
        half_rtol: float = 1e-3,
        half_atol: float = 1e-3,
        bfloat16_rtol: float = 1e-2,
        bfloat16_atol: float = 1e-2,
        msg: Any = None,
    ) -> None:
        """The same, by the tolerances for the narrower dtype of the two."""
        names = {
            as_dtype(x).name if _core.is_tensor(x) else _array(x).dtype.name
            for x in [*nest.flatten(a), *nest.flatten(b)]
        }
        for narrow, r, t in (
            ({"float32", "complex64"}, float_rtol, float_atol),
            ({"float16"}, half_rtol, half_atol),
            ({"bfloat16"}, bfloat16_rtol, bfloat16_atol),
        ):
            if names & narrow:
                rtol, atol = max(rtol, r), max(atol, t)
        self.assertAllClose(a, b, rtol, atol, msg)

    def assertNear(self, f1: Any, f2: Any, err: float, msg: Any = None) -> None:  # noqa: N802
        """Two numbers differ by no more than `err`."""
        difference = abs(float(f1) - float(f2))
        if not (f1 == f2 or difference <= err):
            self.fail(_text(f"{f1} != {f2} +/- {err} (difference: {difference})", msg))

    def assertArrayNear(  # noqa: N802
        self, farray1: Any, farray2: Any, err: float, msg: Any = None
    ) -> None:
        """Two lists of numbers differ by no more than `err` anywhere."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for x, y in zip(farray1, farray2, strict=True):
            self.assertNear(x, y, err, msg)

    def assertNDArrayNear(  # noqa: N802
        self, ndarray1: Any, ndarray2: Any, err: float, msg: Any = None
    ) -> None:
        """Two arrays differ by less than `err`, in the norm of all elements."""
        difference = np.linalg.norm(_array(ndarray1) - _array(ndarray2))
        if not difference < err:
            self.fail(_text(f"the arrays differ by {difference}, not by less than {err}", msg))

    # ------------------------------------------------------------ ranges

    def _each(self, holds: Any, target: _Array, message: str) -> None:
        wrong = np.argwhere(np.atleast_1d(~np.asarray(holds)))
        if len(wrong):
            where = wrong[:6].tolist()
            self.fail(
                f"{len(wrong)} of the {target.size} element(s) {message}, at {where}: {target}"
            )

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:  # noqa: N802
        """All elements are greater."""
        a = _array(a)
        self._each(a > comparison_target, a, f"are not greater than {comparison_target}")

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:  # noqa: N802
        """All elements are less."""
        a = _array(a)
        self._each(a < comparison_target, a, f"are not less than {comparison_target}")

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:  # noqa: N802
        """All elements are greater or equal."""
        a = _array(a)
        self._each(a >= comparison_target, a, f"are less than {comparison_target}")

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:  # noqa: N802
        """All elements are less or equal."""
        a = _array(a)
        self._each(a <= comparison_target, a, f"are greater than {comparison_target}")

    def assertAllInRange(  # noqa: N802
        self,
        target: Any,
        lower_bound: Any,
        upper_bound: Any,
        open_lower_bound: bool = False,
        open_upper_bound: bool = False,
    ) -> None:
        """All elements are within the bounds, or, where these are open, strictly."""
        a = _array(target)
        above = a > lower_bound if open_lower_bound else a >= lower_bound
        below = a < upper_bound if open_upper_bound else a <= upper_bound
        left, right = "(["[not open_lower_bound], ")]"[not open_upper_bound]
        bounds = f"{left}{lower_bound}, {upper_bound}{right}"
        self._each(above & below, a, f"are outside the range {bounds}")

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:  # noqa: N802
        """All elements are in the set."""
        a = _array(target)
        held = [x in expected_set for x in a.ravel().tolist()]
        self._each(np.reshape(held, a.shape), a, f"are not in the set {expected_set}")

    def assertBetween(self, value: Any, minv: Any, maxv: Any, msg: Any = None) -> None:  # noqa: N802
        """minv <= value <= maxv."""
        if not minv <= value <= maxv:
            self.fail(_text(f"{value} unexpectedly not between {minv} and {maxv}", msg))

    # ------------------------------------------------------------ kinds

    def assertShapeEqual(self, input_a: Any, input_b: Any, msg: Any = None) -> None:  # noqa: N802
        """Two tensors or arrays have the same shape."""
        self.assertEqual(tuple(input_a.shape), tuple(input_b.shape), msg)

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:  # noqa: N802
        """A tensor or array has this dtype."""
        found = target.dtype if _core.is_tensor(target) else as_dtype(_array(target).dtype)
        self.assertEqual(found, as_dtype(expected_dtype))

    def assertSameStructure(  # noqa: N802
        self, a: Any, b: Any, aname: str = "a", bname: str = "b", msg: Any = None
    ) -> None:
        """Two structures differ in their leaves alone."""
        try:
            nest.assert_same_structure(a, b)
        except (TypeError, ValueError) as error:
            self.fail(_text(f"{aname} and {bname}: {error}", msg))

    def assertEmpty(self, container: Any, msg: Any = None) -> None:  # noqa: N802
        """It has no elements."""
        self.assertLen(container, 0, msg)

    def assertNotEmpty(self, container: Any, msg: Any = None) -> None:  # noqa: N802
        """It has elements."""
        self.assertNotEqual(len(container), 0, msg)

    def assertLen(self, container: Any, expected_len: int, msg: Any = None) -> None:  # noqa: N802
        """It has so many elements."""
        self.assertEqual(len(container), expected_len, msg)

    # ------------------------------------------------------------ errors

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(  # noqa: N802
        self, exception_type: Any, expected_err_re_or_predicate: Any
    ) -> Iterator[None]:
        """The block raises such an exception, whose text a pattern finds or a function accepts."""
        expected = expected_err_re_or_predicate
        try:
            yield
        except exception_type as error:
            found = (
                expected(error)
                if callable(expected)
                else re.search(expected, str(error)) is not None
            )
            if not found:
                raise AssertionError(f"Exception of type {type(error)}: {error}") from error
        except Exception as error:
            raise AssertionError(f"Exception of type {type(error)}: {error}") from error
        else:
            self.fail(f"{exception_type.__name__} not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:  # noqa: N802
        """The same, of `tf.errors.OpError`."""
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)

    def assertRaisesIncompatibleShapesError(  # noqa: N802
        self, exception_type: Any = InvalidArgumentError
    ) -> Any:
        """The same, of shapes that do not fit each other."""
        return self.assertRaisesWithPredicateMatch(
            exception_type, r"(?i)shape|dimension|broadcast|incompatible"
        )


def main(argv: list[str] | None = None) -> None:
    """Run all tests of the program's main module: `unittest.main`.

    Args:
        argv: what the program was called with; `sys.argv` by default.

    >>> import autograd_c as tf
    >>> if __name__ == "__main__":  # in a file of tests
    ...     tf.test.main()  # doctest: +SKIP
    """
    unittest.main(argv=argv)
