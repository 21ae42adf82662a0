"""Compiles what is exported, and calls it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile

import numpy as np
import pytest

from autograd_c.exporting.files import source_text
from autograd_c.exporting.helpers import Helpers
from autograd_c.exporting.program import Argument, CFunction

STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
CC = os.environ.get("CC", "cc").split()

needs_compiler = pytest.mark.skipif(shutil.which(CC[0]) is None, reason="there is no C compiler")

SCALARS = {
    "bool": ctypes.c_bool,
    "float32": ctypes.c_float,
    "float64": ctypes.c_double,
    **{f"{u}int{n}": getattr(ctypes, f"c_{u}int{n}") for u in ("", "u") for n in (8, 16, 32, 64)},
}


def exported(name, program, helpers):
    """A recorded program as a function of C; its arguments are called x0, x1, ..."""
    code = program.code()
    kinds = dict(enumerate(code["inputs"]))
    kinds.update({slot: (t.dtype.name, tuple(t.shape)) for slot, t in code["constants"]})
    for _, _, _, written, *_ in code["instructions"]:
        kinds.update({slot: (dtype, shape) for slot, dtype, shape in written})
    inputs = [(k, Argument(f"x{k}", f"x{k}", *kind)) for k, kind in enumerate(code["inputs"])]
    results = [Argument(f"y{k}_", f"y{k}_", *kinds[s]) for k, s in enumerate(code["outputs"])]
    return CFunction(name, program.simplified_code(), inputs, results, [], helpers)


class Library:
    """Functions in one file, compiled with all warnings as errors."""

    def __init__(self, functions, helpers, options=("-O1",)):
        self.folder = tempfile.mkdtemp()
        self.source = source_text(functions, helpers)
        source, binary = (os.path.join(self.folder, f"f.{x}") for x in ("c", "so"))
        with open(source, "w") as file:
            file.write(self.source)
        command = [*CC, *STRICT, *options, "-fPIC", "-shared", source, "-o", binary, "-lm"]
        subprocess.run(command, check=True)
        self.library = ctypes.CDLL(binary)
        shutil.rmtree(self.folder)
        self.functions = {f.name: f for f in functions}

    def call(self, name, *arrays):
        """The results, as arrays; RuntimeError if the function says that it failed."""
        f = self.functions[name]
        given = []
        keep = []
        for argument, array in zip(f.inputs, arrays, strict=True):
            array = np.ascontiguousarray(array, argument.dtype).reshape(argument.shape)
            if argument.shape == ():
                given.append(SCALARS[argument.dtype](array.item()))
            else:
                keep.append(array)
                given.append(ctypes.c_void_p(array.ctypes.data))
        results = [np.full(r.shape, 77).astype(r.dtype) for r in f.results]
        given += [ctypes.c_void_p(r.ctypes.data) for r in results]
        if f.work:
            keep.append(np.full(f.work_bytes + 64, 0xA5, np.uint8))
            given.append(ctypes.c_void_p(keep[-1].ctypes.data))
        status = getattr(self.library, name)(*given)
        if status != 0:
            raise RuntimeError(f"{name} failed: {status}")
        if f.work:
            assert (keep[-1][f.work_bytes :] == 0xA5).all()
        return results


def library_of(programs, **options):
    """A library of programs by name."""
    helpers = Helpers()
    return Library([exported(name, p, helpers) for name, p in programs.items()], helpers, **options)
