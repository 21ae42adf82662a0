"""Files of data with checksums: JSON and NumPy arrays in a ZIP archive; nothing is run.

docs/program-files.md describes the format. Whatever is not exactly that is refused, before memory
is taken that the file itself does not have.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import zipfile
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.lib import format as npy

from autograd_c.values import errors

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

FORMAT = "autograd_c"
VERSION = 5
_MANIFEST, _CHECKSUM = "manifest.json", "manifest.sha256"
# The same content makes the same bytes, whenever it is written.
_DATE = (1980, 1, 1, 0, 0, 0)
# Of arrays in files; bfloat16 is written as the bits that it is.
DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
DTYPES += ["float16", "float32", "float64", "complex64", "complex128"]


def write(
    path: str | os.PathLike[str], kind: str, content: Any, arrays: Sequence[Array], version: int
) -> None:
    """Write a file of some kind in one step: what was there stays if that fails.

    Args:
        path: of the file.
        kind: a word that `read` has to be given.
        content: dicts with text as keys, lists, text, integers, bools and None.
        arrays: of one axis each.
        version: the first one of the format that has all of it.
    """
    from autograd_c import __version__

    parts = [_array_as_bytes(array) for array in arrays]
    manifest = {
        "format": FORMAT,
        "version": version,
        "kind": kind,
        "written_by": __version__,
        "arrays": [{"bytes": len(part), "sha256": checksum(part)} for part in parts],
        "content": content,
    }
    text = json.dumps(manifest, separators=(",", ":"), allow_nan=False).encode("ascii")

    def put(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            _put(archive, _MANIFEST, text)
            _put(archive, _CHECKSUM, checksum(text).encode("ascii"))
            for k, part in enumerate(parts):
                _put(archive, _name_of(k), part)

    write_in_one_step(path, put)


def write_in_one_step(path: str | os.PathLike[str], put: Callable[[BinaryIO], object]) -> None:
    """Write a file beside its place and move it there: what was there stays if that fails."""
    path = os.fspath(path)
    folder, name = os.path.split(path)
    fresh = os.path.join(folder, f".{name}.{secrets.token_hex(8)}")
    try:
        with open(fresh, "xb") as file:
            put(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except BaseException:
        if os.path.exists(fresh):
            os.remove(fresh)
        raise


def read(path: str | os.PathLike[str], kind: str) -> tuple[Any, list[Array]]:
    """What `write` was given: the content, and the arrays.

    Raises:
        OSError: if the file cannot be read.
        DataLossError: (`tf.errors`) if it is no such file, or not as it was written.
        InvalidArgumentError: (`ValueError`) if it is one of another kind.
        UnimplementedError: (`NotImplementedError`) if it is of a later version of the format.
    """
    path = os.fspath(path)
    with open(path, "rb") as file:
        try:
            parts = _parts_of(file)
            manifest = _manifest_of(parts)
        except (errors.OpError, MemoryError):
            raise
        except Exception as error:  # zipfile and json raise a dozen kinds for what is no archive
            raise _damaged(path, f"{type(error).__name__}: {error}") from error
    if manifest["version"] > VERSION:
        raise errors.UnimplementedError(
            f"{path!r} has version {manifest['version']} of the format, and this version of "
            f"autograd_c knows version {VERSION}: it takes a later one"
        )
    if manifest["kind"] != kind:
        raise errors.InvalidArgumentError(f"{path!r} is no {kind}, but a {manifest['kind']!r:.50}")
    try:
        return manifest["content"], _arrays_of(parts, manifest["arrays"])
    except (errors.OpError, MemoryError):
        raise
    except Exception as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error


# ---------------------------------------------------------------- parts


def _name_of(k: int) -> str:
    return f"arrays/{k}.npy"


def checksum(part: bytes) -> str:
    return hashlib.sha256(part).hexdigest()


def _put(archive: zipfile.ZipFile, name: str, part: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _DATE), part)


def _damaged(path: object, what: str) -> errors.DataLossError:
    return errors.DataLossError(f"{path!r} is damaged, or no file of autograd_c: {what:.300}")


def _parts_of(file: io.BufferedReader) -> dict[str, bytes]:
    """The parts by name. Nothing is compressed, so that they are no larger than the file."""
    size = os.fstat(file.fileno()).st_size
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > size:
            raise _damaged(file.name, "parts that are larger than it is")
        for entry in entries:
            plain = entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1
            if not plain or entry.file_size != entry.compress_size or entry.filename in parts:
                raise _damaged(file.name, f"the part {entry.filename!r:.50} is none of such a file")
            parts[entry.filename] = archive.read(entry)
    return parts


def _manifest_of(parts: dict[str, bytes]) -> dict[str, Any]:
    text = parts[_MANIFEST]
    if parts[_CHECKSUM] != checksum(text).encode("ascii"):
        raise ValueError("the manifest has another checksum")
    manifest = json.loads(text, parse_int=_integer, parse_float=_refuse, parse_constant=_refuse)
    if type(manifest) is not dict or manifest["format"] != FORMAT:
        raise ValueError("the manifest is none of this format")
    if type(manifest["version"]) is not int or manifest["version"] < 1:
        raise ValueError("it has no version")
    if manifest["version"] <= VERSION and not {"kind", "arrays", "content"} <= set(manifest):
        raise ValueError("the manifest lacks something")
    return manifest


def _integer(text: str) -> int:
    if len(text) > 20:
        raise ValueError("an integer that is too large")
    return int(text)


def _refuse(text: str) -> Any:
    raise ValueError(f"{text:.20} is no integer")


# ---------------------------------------------------------------- arrays


def _array_as_bytes(array: Array) -> bytes:
    assert array.ndim == 1 and array.dtype.name in DTYPES
    file = io.BytesIO()
    whole = np.ascontiguousarray(array)
    npy.write_array(file, whole, (1, 0), allow_pickle=False)  # type: ignore[no-untyped-call]
    return file.getvalue()


def _arrays_of(parts: dict[str, bytes], described: Any) -> list[Array]:
    if type(described) is not list:
        raise ValueError("the manifest describes no arrays")
    if set(parts) != {_MANIFEST, _CHECKSUM, *map(_name_of, range(len(described)))}:
        raise ValueError("there are other parts than the manifest says")
    arrays = []
    for k, said in enumerate(described):
        name = _name_of(k)
        part = parts.pop(name)
        if said["bytes"] != len(part) or said["sha256"] != checksum(part):
            raise ValueError(f"{name} has another size or checksum")
        arrays.append(_array_of(part))
    return arrays


def _array_of(part: bytes) -> Array:
    """The array of a part, which is as long as that says."""
    file = io.BytesIO(part)
    if npy.read_magic(file) != (1, 0):  # type: ignore[no-untyped-call]
        raise ValueError("an array of another version of NumPy's format")
    shape, in_columns, dtype = npy.read_array_header_1_0(file)  # type: ignore[no-untyped-call]
    data = memoryview(part)[file.tell() :]
    if dtype.name not in DTYPES or dtype.hasobject or len(shape) != 1 or in_columns:
        raise ValueError(f"an array of dtype {dtype} and shape {shape}")
    if type(shape[0]) is not int or shape[0] * dtype.itemsize != len(data):
        raise ValueError("an array of another length than it says")
    if dtype.name == "bool":
        return np.asarray(np.frombuffer(data, np.uint8) != 0)
    array: Array = np.frombuffer(data, dtype)
    return array.astype(dtype.newbyteorder("="), copy=False)
