"""What goes wrong has a type: the exceptions of ``tf.errors``.

Each class of TensorFlow is here under its name and with its ``error_code``. A few of them are
also the built-in exception that a Python programmer would catch, so that both kinds of code work:

>>> import autograd_c as tf
>>> try:
...     raise tf.errors.InvalidArgumentError("shapes (2,) and (3,) do not broadcast")
... except ValueError as error:
...     print(error)
shapes (2,) and (3,) do not broadcast

=============================  ===========================================  ====
class                          is also                                      code
=============================  ===========================================  ====
``OpError``                    ``Exception``; base of all the others        2
``CancelledError``                                                          1
``UnknownError``                                                            2
``InvalidArgumentError``       ``ValueError``                               3
``InvalidDTypeError``          ``InvalidArgumentError`` and ``TypeError``   3
``InvalidIndexError``          ``InvalidArgumentError`` and ``IndexError``  3
``IntegerOverflowError``       ``InvalidArgumentError``, ``OverflowError``  3
``DeadlineExceededError``                                                   4
``NotFoundError``                                                           5
``AlreadyExistsError``                                                      6
``PermissionDeniedError``                                                   7
``ResourceExhaustedError``     ``MemoryError``                              8
``FailedPreconditionError``                                                 9
``AbortedError``                                                            10
``OutOfRangeError``            ``IndexError``                               11
``UnimplementedError``         ``NotImplementedError``                      12
``InternalError``                                                           13
``UnavailableError``                                                        14
``DataLossError``                                                           15
``UnauthenticatedError``                                                    16
=============================  ===========================================  ====

``InvalidDTypeError``, ``InvalidIndexError`` and ``IntegerOverflowError`` are not TensorFlow's: it
raises ``InvalidArgumentError`` or ``ValueError`` in their places, and so do these, being
subclasses. The qualified name of every class is ``autograd_c.errors.<name>``.
"""

from __future__ import annotations

from autograd_c.values.errors import (
    ABORTED,
    ALREADY_EXISTS,
    CANCELLED,
    DATA_LOSS,
    DEADLINE_EXCEEDED,
    FAILED_PRECONDITION,
    INTERNAL,
    INVALID_ARGUMENT,
    NOT_FOUND,
    OK,
    OUT_OF_RANGE,
    PERMISSION_DENIED,
    RESOURCE_EXHAUSTED,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNIMPLEMENTED,
    UNKNOWN,
    AbortedError,
    AlreadyExistsError,
    CancelledError,
    DataLossError,
    DeadlineExceededError,
    FailedPreconditionError,
    IntegerOverflowError,
    InternalError,
    InvalidArgumentError,
    InvalidDTypeError,
    InvalidIndexError,
    NotFoundError,
    OpError,
    OutOfRangeError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
    UnknownError,
)

__all__ = [
    "ABORTED",
    "ALREADY_EXISTS",
    "CANCELLED",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "FAILED_PRECONDITION",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "OK",
    "OUT_OF_RANGE",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
    "AbortedError",
    "AlreadyExistsError",
    "CancelledError",
    "DataLossError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "IntegerOverflowError",
    "InternalError",
    "InvalidArgumentError",
    "InvalidDTypeError",
    "InvalidIndexError",
    "NotFoundError",
    "OpError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownError",
]
