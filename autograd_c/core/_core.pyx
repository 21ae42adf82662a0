# cython: language_level=3, wraparound=False, initializedcheck=False, nonecheck=True
# cython: c_api_binop_methods=True, auto_pickle=False, embedsignature=False, always_allow_keywords=True
# distutils: language = c++
"""The compiled core: the only place where Python objects and the engine meet.

`Tensor`, `Variable` and `GradientTape` are extension types here; the rest of the package is a thin
layer of Python over the functions of this module. It is split by subject into files that are
included below.

An attribute of a None, and an item that a list does not have, are exceptions (`nonecheck` above, and
no `boundscheck=False`): a class that is derived from one of these need not call its `__init__`. The
functions that every operation goes through make sure by other means.
"""

cimport cython
from cpython.buffer cimport (
    PyBUF_ANY_CONTIGUOUS, PyBUF_C_CONTIGUOUS, PyBUF_F_CONTIGUOUS, PyBUF_FORMAT, PyBUF_ND,
    PyBUF_STRIDES, PyBUF_WRITABLE,
)
from cpython.object cimport PyObject
from cpython.pythread cimport PyThread_get_thread_ident
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset
from libcpp cimport bool as cbool
from libcpp.memory cimport shared_ptr
from libcpp.string cimport string
from libcpp.utility cimport move, pair
from libcpp.vector cimport vector

cimport numpy as cnp

from autograd_c.core.engine cimport *

import functools
import importlib
import operator
import sys

import numpy as np

from autograd_c.values import dtypes, errors, nest
from autograd_c.values.distribution import VariableAggregation, VariableSynchronization
from autograd_c.values.handlers import raise_if_of_handler
from autograd_c.values.names import scoped
from autograd_c.values.shape import TensorShape
from autograd_c.values.unconnected import UnconnectedGradients

cnp.import_array()
initialise()
install_hooks()
set_exceptions((
    errors.InvalidArgumentError,
    errors.InvalidDTypeError,
    errors.InvalidIndexError,
    errors.ResourceExhaustedError,
    KeyboardInterrupt,
    RuntimeError,
    errors.IntegerOverflowError,
    errors.UnimplementedError,
    errors.UnknownError,
    RuntimeError,
))

cdef class Tensor
cdef class Variable
cdef class GradientTape
cdef class ForwardAccumulator
cdef class FunctionRecording

include "warnings.pxi"
include "dtypes.pxi"
include "conversion.pxi"
include "tensor.pxi"
include "operators.pxi"
include "numpy_functions.pxi"
include "leaving.pxi"
include "creators.pxi"
include "variable.pxi"
include "ops/elementwise.pxi"
include "ops/table.pxi"
include "ops/making.pxi"
include "ops/shape.pxi"
include "ops/arrange.pxi"
include "ops/pieces.pxi"
include "ops/reduction.pxi"
include "ops/contraction.pxi"
include "ops/indexing.pxi"
include "ops/methods.pxi"
include "parts.pxi"
include "tape.pxi"
include "sweep.pxi"
include "forward.pxi"
include "host.pxi"
include "custom.pxi"
include "external.pxi"
include "numerics.pxi"
include "program.pxi"
include "composed.pxi"
include "code.pxi"
include "tape_records.pxi"
include "call_keys.pxi"
include "recording.pxi"
include "closures.pxi"
include "open_extents.pxi"
include "loops.pxi"
include "part_results.pxi"
include "pure.pxi"
include "recorded_rules.pxi"
include "paths.pxi"
include "path_code.pxi"
include "compiled.pxi"
include "function.pxi"
include "ufuncs.pxi"
include "optimizer.pxi"
include "absent.pxi"


def set_module(thing, str module not None):
    """Let a class or function say that it is from the module by which users know it."""
    cdef TypeObject* cls = <TypeObject*><PyObject*>thing
    if not isinstance(thing, type):
        thing.__module__ = module
    elif thing.__flags__ & Py_TPFLAGS_HEAPTYPE:
        set_in_dict(cls.tp_dict, "__module__", module)
        PyType_Modified(thing)
    else:
        name = f"{module}.{thing.__name__}".encode()
        keep_alive.append(name)
        cls.tp_name = <const char*>name


def build_info():
    """What this build and this machine have, by name."""
    return {
        "compiler": compiler_name().decode(),
        "vector": instruction_set().decode(),
        "vector math": vector_math().decode(),
        "blas": blas_description().decode(),
    }


def available_instruction_sets():
    """The instruction sets that loops are compiled for and this processor has, by name.

    ``build_info()["vector"]`` is the one in use: the last, or the one that the environment variable
    AUTOGRAD_C_ISA names.
    """
    cdef size_t k
    return [
        instruction_sets()[k].name.decode()
        for k in range(instruction_sets().size())
        if instruction_sets()[k].present
    ]


def work():
    """What this thread has done so far, as two counts, for tests of how that grows.

    The first is of records that walks over a tape have looked at, the second of bytes of arrays
    and of a sweep's slots, in blocks of more than 1 KB.
    """
    return work_done.records, work_done.bytes


def free_cached_memory():
    """Give blocks of memory that are kept for reuse back to the system."""
    trim()
