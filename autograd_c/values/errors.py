"""The exceptions of the namespace `tf.errors`."""

from __future__ import annotations

from typing import Any

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OpError(Exception):
    """The base of all errors that an operation raises.

    Construct it with the message alone, ``OpError(message)``, or as TensorFlow does,
    ``OpError(node_def, op, message, error_code)``; the subclasses know their code and take
    ``(node_def, op, message)``. The arguments may also be given by name.

    Attributes:
      message: the text, which is also ``str(error)``.
      error_code: one of the integers of this module, such as ``INVALID_ARGUMENT``.
      op, node_def: whatever the caller passed; None in errors that this package raises.

    Raises:
      TypeError: the positional arguments fit neither form.

    >>> import autograd_c as tf
    >>> error = tf.errors.NotFoundError(None, None, "no such file")
    >>> error.message, error.error_code == tf.errors.NOT_FOUND
    ('no such file', True)
    """

    error_code: int = UNKNOWN
    message: str
    node_def: Any
    op: Any

    def __init__(
        self,
        *args: Any,
        node_def: Any = None,
        op: Any = None,
        message: Any = None,
        error_code: int | None = None,
    ) -> None:
        if len(args) in (3, 4):  # TensorFlow's form
            node_def, op, message, *rest = args
            error_code = rest[0] if rest else error_code
        elif len(args) == 2 and message is not None:  # the same, with the message by name
            node_def, op = args
        elif len(args) == 1 and message is None:
            (message,) = args
        elif args:
            raise TypeError(
                f"{type(self).__name__} takes (message) or (node_def, op, message), "
                f"got {len(args)} positional arguments"
            )
        self.message = "" if message is None else str(message)
        self.node_def = node_def
        self.op = op
        if error_code is not None:
            self.error_code = error_code
        super().__init__(self.message)  # args decide what repr shows and what pickle rebuilds

    def __str__(self) -> str:
        return self.message


class CancelledError(OpError):
    """The work was cancelled before it ended."""

    error_code = CANCELLED


class UnknownError(OpError):
    """An error of which nothing better is known."""

    error_code = UNKNOWN


class InvalidArgumentError(OpError, ValueError):
    """An argument has a value or a shape that the operation does not accept.

    It is a ``ValueError`` too.
    """

    error_code = INVALID_ARGUMENT


class InvalidDTypeError(InvalidArgumentError, TypeError):
    """A dtype that the operation does not accept, or dtypes that it cannot combine.

    It is an ``InvalidArgumentError``, as in TensorFlow, and so a ``ValueError``; and it is a
    ``TypeError``.
    """


class InvalidIndexError(InvalidArgumentError, IndexError):
    """An index outside of its axis.

    It is an ``InvalidArgumentError``, as in TensorFlow, and so a ``ValueError``; and it is an
    ``IndexError``, so that Python's own protocols understand it.
    """


class IntegerOverflowError(InvalidArgumentError, OverflowError):
    """An integer that does not fit the dtype.

    It is a ``ValueError``, as in TensorFlow, and an ``OverflowError``, as in NumPy.
    """


class DeadlineExceededError(OpError):
    """The time allowed for the work ran out."""

    error_code = DEADLINE_EXCEEDED


class NotFoundError(OpError):
    """Something that was asked for, such as a file, is not there."""

    error_code = NOT_FOUND


class AlreadyExistsError(OpError):
    """Something that was to be made, such as a file, is there already."""

    error_code = ALREADY_EXISTS


class PermissionDeniedError(OpError):
    """The caller may not do this."""

    error_code = PERMISSION_DENIED


class ResourceExhaustedError(OpError, MemoryError):
    """Memory or another resource cannot be had. It is a ``MemoryError`` too."""

    error_code = RESOURCE_EXHAUSTED


class FailedPreconditionError(OpError):
    """The system is not in the state that the operation needs."""

    error_code = FAILED_PRECONDITION


class AbortedError(OpError):
    """The operation was aborted, typically by something that runs at the same time."""

    error_code = ABORTED


class OutOfRangeError(OpError, IndexError):
    """An operation went past the end of its input. It is an ``IndexError`` too.

    An index that is out of range raises ``InvalidIndexError`` instead, as TensorFlow's does.
    """

    error_code = OUT_OF_RANGE


class UnimplementedError(OpError, NotImplementedError):
    """There is no implementation for this case. It is a ``NotImplementedError`` too."""

    error_code = UNIMPLEMENTED


class InternalError(OpError):
    """An invariant of the package is broken: a bug, which should be reported."""

    error_code = INTERNAL


class UnavailableError(OpError):
    """A service is not available just now."""

    error_code = UNAVAILABLE


class DataLossError(OpError):
    """Data cannot be recovered: a damaged file, say."""

    error_code = DATA_LOSS


class UnauthenticatedError(OpError):
    """The request has no valid credentials."""

    error_code = UNAUTHENTICATED
