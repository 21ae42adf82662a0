from __future__ import annotations

import copy
import pickle

import pytest

from autograd_c import errors

CODES = {
    "CancelledError": 1,
    "UnknownError": 2,
    "InvalidArgumentError": 3,
    "InvalidDTypeError": 3,
    "InvalidIndexError": 3,
    "IntegerOverflowError": 3,
    "DeadlineExceededError": 4,
    "NotFoundError": 5,
    "AlreadyExistsError": 6,
    "PermissionDeniedError": 7,
    "ResourceExhaustedError": 8,
    "FailedPreconditionError": 9,
    "AbortedError": 10,
    "OutOfRangeError": 11,
    "UnimplementedError": 12,
    "InternalError": 13,
    "UnavailableError": 14,
    "DataLossError": 15,
    "UnauthenticatedError": 16,
}
ALSO = {
    "InvalidArgumentError": (ValueError,),
    "InvalidDTypeError": (errors.InvalidArgumentError, ValueError, TypeError),
    "InvalidIndexError": (errors.InvalidArgumentError, ValueError, IndexError),
    "IntegerOverflowError": (errors.InvalidArgumentError, ValueError, OverflowError),
    "ResourceExhaustedError": (MemoryError,),
    "OutOfRangeError": (IndexError,),
    "UnimplementedError": (NotImplementedError,),
}
by_class = pytest.mark.parametrize("name", CODES)


@by_class
def test_class(name: str) -> None:
    cls = getattr(errors, name)
    assert issubclass(cls, errors.OpError)
    for base in ALSO.get(name, ()):
        assert issubclass(cls, base)
    assert (cls.__module__, cls.__qualname__) == ("autograd_c.errors", name)
    assert cls.__doc__


@by_class
def test_forms_of_construction(name: str) -> None:
    cls = getattr(errors, name)
    for error in (
        cls("text"),
        cls(message="text"),
        cls(None, None, "text"),
        cls(None, None, message="text"),
        cls(node_def=None, op=None, message="text"),
    ):
        assert str(error) == error.message == "text"
        assert (error.op, error.node_def) == (None, None)
        assert error.error_code == CODES[name]
        assert repr(error) == f"{name}('text')"
        assert error.args == ("text",)
    error = cls("a node", "an op", "text")
    assert (error.node_def, error.op, error.message) == ("a node", "an op", "text")


@by_class
def test_pickle_and_copy(name: str) -> None:
    error = getattr(errors, name)("node", "op", "text")
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is type(error)
        assert vars(again) == vars(error)
        assert str(again) == "text"


def test_base_class() -> None:
    assert errors.OpError("text").error_code == errors.UNKNOWN
    assert errors.OpError(None, None, "text", errors.INTERNAL).error_code == 13
    assert errors.OpError("text", error_code=errors.ABORTED).error_code == 10
    assert str(errors.OpError()) == ""
    assert str(errors.OpError(None, None, message="")) == ""


@pytest.mark.parametrize("args", [(1, 2), (1, 2, 3, 4, 5)])
def test_other_numbers_of_arguments(args: tuple[int, ...]) -> None:
    with pytest.raises(TypeError, match=r"\(message\) or \(node_def, op, message\)"):
        errors.InvalidArgumentError(*args)


def test_a_message_twice() -> None:
    with pytest.raises(TypeError):
        errors.InvalidArgumentError("text", message="more text")


def test_caught_by_either_name() -> None:
    for error, kinds in (
        (errors.InvalidIndexError("i"), (IndexError, ValueError, errors.InvalidArgumentError)),
        (errors.InvalidDTypeError("t"), (TypeError, ValueError, errors.InvalidArgumentError)),
        (errors.ResourceExhaustedError("m"), (MemoryError, errors.OpError)),
    ):
        for kind in kinds:
            with pytest.raises(kind):
                raise error


def test_codes_have_their_names() -> None:
    values = {getattr(errors, name): name for name in errors.__all__ if name.isupper()}
    assert sorted(values) == list(range(17))
    for name, code in CODES.items():
        assert getattr(errors, name).error_code == code
    assert set(errors.__all__) == set(values.values()) | set(CODES) | {"OpError"}
