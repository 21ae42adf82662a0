"""Programs in files: what is written is read, and what is not exactly that is refused."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.programs.functions import record
from autograd_c.programs.saving import load, save

from ..operations import assert_same_bits
from .mutations import arrays_like, changed, is_refused_or_runs

DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
DTYPES += ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]


def layer(x, y):
    w = tf.constant(np.random.default_rng(0).normal(size=(30, 20)))
    hidden = tf.tanh(x @ w) * 0.5
    return tf.reduce_sum(hidden * y, 1), tf.where(hidden > 0.1, hidden, y)


def arrays(seed):
    random = np.random.default_rng(seed)
    return [random.normal(size=shape) for shape in ((4, 30), (4, 20))]


def loops_and_branches():
    """A program with each kind of composite, within each other, and constants in them."""

    def cell(h, x):
        grown = tf.while_loop(
            lambda y: tf.reduce_sum(y) < 3.0, lambda y: (y * 1.5 + x,), (h,), maximum_iterations=5
        )[0]
        return tf.cond(x[0] > 0.0, lambda: tf.sin(grown), lambda: grown * tf.constant([0.5, 0.2]))

    def f(rows, h, number):
        with tf.GradientTape() as tape:
            tape.watch([rows, h])
            states = tf.scan(cell, rows, h, swap_memory=True)
            chosen = tf.switch_case(number, [lambda: states[0], lambda: h, lambda: states[-1]])
            y = tf.reduce_sum(states * states) + tf.reduce_sum(chosen)
        with tf.autodiff.ForwardAccumulator(h, tf.ones_like(h)) as accumulator:
            z = tf.foldr(cell, rows, h)
        return [y, *tape.gradient(y, [rows, h]), accumulator.jvp(z)]

    rows = np.random.default_rng(3).normal(size=(4, 2)).astype("f")
    return record(f, rows, np.array([0.1, -0.2], "f"), tf.constant(1)).program


@pytest.fixture
def path(tmp_path):
    return tmp_path / "program.agc"


@pytest.fixture
def saved(path):
    save(_core.Program(layer, arrays(0)), path)
    return path


def parts_of(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def write_parts(path, parts, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, part in parts.items():
            file.writestr(name, part)


def write_manifest(path, manifest, parts):
    """The file with another manifest, whose checksum is right."""
    text = manifest if isinstance(manifest, bytes) else json.dumps(manifest, default=str).encode()
    checksum = hashlib.sha256(text).hexdigest().encode()
    write_parts(path, {**parts, "manifest.json": text, "manifest.sha256": checksum})


def manifest_of(parts):
    return json.loads(parts["manifest.json"])


def assert_same_program(first, second, *seeds):
    for seed in seeds:
        for y, z in zip(first.run(arrays(seed)), second.run(arrays(seed)), strict=True):
            assert_same_bits(y, z)


# ---------------------------------------------------------------- there and back


def test_a_program_is_loaded_as_it_was_saved(saved):
    program = _core.Program(layer, arrays(0))
    made = load(saved)
    assert_same_program(made, program, 0, 1, 2)
    assert made.code()["instructions"] == program.code()["instructions"]


def test_the_same_program_makes_the_same_file(saved, tmp_path):
    save(load(saved), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == saved.read_bytes()


def test_loops_and_branches_are_loaded_as_they_were_saved(path, tmp_path):
    program = loops_and_branches()
    assert {each.kind for each in program.composites.values()} >= {
        *("scan", "cond", "gradient", "tangent")
    }
    save(program, path)
    made = load(path)
    for seed in range(5):
        given = arrays_like(program.code()["inputs"], random.Random(seed))
        for y, z in zip(made.run(given), program.run(given), strict=True):
            assert_same_bits(y, z)
    save(made, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    manifest = manifest_of(parts_of(path))
    assert manifest["version"] == 2
    composites = manifest["content"]["composites"]
    assert len(composites) == len({json.dumps(each) for each in composites})  # each is there once


def test_files_without_loops_are_of_the_first_version(saved):
    """So that earlier versions of the package read them."""
    manifest = manifest_of(parts_of(saved))
    assert manifest["version"] == 1 and "composites" not in manifest["content"]


def test_composites_are_made_of_earlier_ones(path):
    save(loops_and_branches(), path)
    parts = parts_of(path)
    for change in (
        lambda composites: composites.reverse(),
        lambda composites: composites[-1].update(of=len(composites) - 1),
        lambda composites: composites[-1].update(of=-1),
        lambda composites: composites[0].update(more=1),
        lambda composites: composites[0].pop("of"),
        lambda composites: composites[0].update(kind="gradient"),
        lambda composites: composites.append(None),
        lambda composites: composites.clear(),
    ):
        manifest = manifest_of(parts)
        change(manifest["content"]["composites"])
        write_manifest(path, manifest, parts)
        with pytest.raises(ValueError, match="no program|cannot be made"):
            load(path)


def test_a_loaded_program_has_derivatives_and_takes_batches(saved):
    program, made = _core.Program(layer, arrays(0)), load(saved)
    stacked = [np.stack(pair) for pair in zip(arrays(1), arrays(2), strict=True)]
    batches = [each.run(stacked, [True, True], 2) for each in (made, program)]
    for y, z in zip(*batches, strict=True):
        assert_same_bits(y, z)
    gradients = []
    for each in (program, made):
        x, y = map(tf.constant, arrays(3))
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            total = tf.reduce_sum(each.run([x, y])[1])
        gradients.append(tape.gradient(total, [x, y]))
    for g, h in zip(*gradients, strict=True):
        assert_same_bits(g, h)


@pytest.mark.parametrize("dtype", DTYPES)
def test_constants_of_each_dtype(dtype, path):
    values = np.arange(-3, 9).reshape(3, 4)
    some = tf.cast(tf.constant(values), dtype)
    many = tf.cast(tf.range(3000), dtype)
    number, nothing = tf.cast(tf.constant(5.0), dtype), tf.zeros([0, 3], dtype)
    constants = [some, many, number, nothing]
    save(_core.Program(lambda x: [*constants, tf.sin(x)], [1.0]), path)
    for made, constant in zip(load(path).run([1.0]), constants):
        assert made.dtype == constant.dtype
        assert_same_bits(made, constant)


def test_special_values(path):
    constant = tf.constant([np.nan, np.inf, -np.inf, -0.0, 5e-324])
    save(_core.Program(lambda x: constant * x, [1.0]), path)
    assert_same_bits(load(path).run([1.0])[0], constant * 1.0)


def test_nothing_goes_in_and_nothing_comes_out(path):
    save(_core.Program(lambda x: [], [1.0]), path)
    assert load(path).run([1.0]) == []


def test_operations_of_other_modules_are_found(path):
    pytest.importorskip("scipy")
    recorded = """
import sys
import autograd_c as tf
from autograd_c.core._core import Program
from autograd_c.programs.saving import save
def f(x):
    s, u, v = tf.linalg.svd(x)
    return tf.scipy.special.gamma(s), tf.numpy.hypot(u, v), tf.signal.fft(tf.cast(s, tf.complex64))
save(Program(f, [[[1.0, 2.0], [3.0, 5.0]]]), sys.argv[1])
"""
    run = """
import sys
from autograd_c.programs.saving import load
print([y.numpy().tolist() for y in load(sys.argv[1]).run([[[1.0, 2.0], [3.0, 5.0]]])])
"""
    subprocess.run([sys.executable, "-c", recorded, path], check=True)
    found = subprocess.run([sys.executable, "-c", run, path], check=True, capture_output=True)
    assert found.stdout.count(b",") > 5


# ---------------------------------------------------------------- writing


def test_what_cannot_be_saved_says_so(path):
    @tf.custom_gradient
    def own(x):
        return x * 2.0, lambda g: g

    with pytest.raises(NotImplementedError, match="custom"):
        save(_core.Program(own, [1.0]), path)
    with pytest.raises(ValueError, match="values alone"):
        save(_core.Program(lambda x: x * 2.0 if x > 0.0 else x, [1.0]), path)
    matrix = tf.sparse.from_dense([[0.0, 2.0], [1.0, 0.0]])
    product = _core.Program(
        lambda x: tf.sparse.sparse_dense_matmul(matrix, x), [np.ones((2, 2), "f")]
    )
    with pytest.raises(NotImplementedError, match="sparse_product"):
        save(product, path)
    assert os.listdir(path.parent) == []


def test_a_file_is_replaced_in_one_step(saved, monkeypatch):
    before = saved.read_bytes()

    def fails(*arguments):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="full"):
        save(_core.Program(tf.sin, [1.0]), saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]
    monkeypatch.undo()
    save(_core.Program(tf.sin, [1.0]), saved)
    assert load(saved).run([0.0])[0] == 0.0
    with pytest.raises(FileNotFoundError):
        save(_core.Program(tf.sin, [1.0]), saved.parent / "nowhere" / "file")
    with pytest.raises(FileNotFoundError):
        load(saved.parent / "nothing")


# ---------------------------------------------------------------- damage and malice


def refuses(path, match=None, kind=tf.errors.DataLossError):
    with pytest.raises(kind, match=match):
        load(path)


def test_what_is_no_such_file(path):
    for bytes_ in (b"", b"PK", b"no archive", b"\x93NUMPY", os.urandom(0) + b"\0" * 5000):
        path.write_bytes(bytes_)
        refuses(path, "damaged, or no file")
    write_parts(path, {"other.txt": b"something"})
    refuses(path)


def test_a_file_that_is_cut_off(saved):
    whole = saved.read_bytes()
    for length in [*range(0, 200, 7), *range(200, len(whole), 97), len(whole) - 1]:
        saved.write_bytes(whole[:length])
        refuses(saved)


def test_each_part_has_a_checksum(saved):
    parts = parts_of(saved)
    for name, part in parts.items():
        for place in {0, len(part) // 2, len(part) - 1}:
            other = bytearray(part)
            other[place] ^= 1
            write_parts(saved, {**parts, name: bytes(other)})
            refuses(saved, "checksum|size")
        write_parts(saved, {key: value for key, value in parts.items() if key != name})
        refuses(saved)
    write_parts(saved, {**parts, "../../more.npy": b"x"})
    refuses(saved, "other parts")
    write_parts(saved, {**parts, "/etc/passwd": b"x"})
    refuses(saved, "other parts")


def test_nothing_is_unpacked(saved):
    parts = parts_of(saved)
    write_parts(saved, parts, zipfile.ZIP_DEFLATED)
    refuses(saved, "none of such a file|larger")
    write_parts(saved, {**parts, "manifest.json": b" " * 10_000_000}, zipfile.ZIP_DEFLATED)
    refuses(saved, "larger")
    write_manifest(saved, b" " * 1_000_000, parts)
    refuses(saved)


def test_parts_that_share_their_bytes(saved):
    """Entries that overlap would be more than the file has."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("manifest.json", b"x" * 10_000)
        entry = zipped.infolist()[0]
        for k in range(50):
            other = zipfile.ZipInfo(f"arrays/{k}.npy")
            other.file_size = other.compress_size = entry.file_size
            other.CRC, other.header_offset = entry.CRC, entry.header_offset
            zipped.filelist.append(other)
    saved.write_bytes(file.getvalue())
    refuses(saved, "larger")


def test_manifests_that_are_none(saved):
    parts = parts_of(saved)
    manifest = manifest_of(parts)
    deep = b"[" * 100_000 + b"]" * 100_000
    many = b'{"format":"autograd_c","version":' + b"1" * 100_000 + b"}"
    for text in (b"", b"{}", b"[]", b"null", deep, many, b"\xff\xfe", b'{"version":1e999}', b"NaN"):
        write_manifest(saved, text, parts)
        refuses(saved)
    for change in (
        {"format": "other"},
        {"version": 0},
        {"version": "1"},
        {"version": True},
        {"arrays": None},
        {"arrays": []},
        {"arrays": [{}] * len(manifest["arrays"])},
        {"arrays": [[]] * len(manifest["arrays"])},
    ):
        write_manifest(saved, {**manifest, **change}, parts)
        refuses(saved)
    for key in manifest:
        if key != "written_by":
            write_manifest(saved, {k: v for k, v in manifest.items() if k != key}, parts)
            refuses(saved)
    write_manifest(saved, {**manifest, "version": 6}, parts)
    refuses(saved, "takes a later one", tf.errors.UnimplementedError)
    write_manifest(saved, {**manifest, "kind": "other"}, parts)
    refuses(saved, "is no program", ValueError)


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"\0" * 8),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }", b"\0" * 8),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", b"\0" * 8),
        ("{'descr': '<f8', 'fortran_order': True, 'shape': (1, 1), }", b"\0" * 8),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (True,), }", b"\0" * 8),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", b"\0" * 8),
        ("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", b"\0" * 8),
        ("{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1,), }", b"\0" * 8),
        ("{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }", b"\0" * 8),
        ("__import__('os').getcwd()", b""),
        ("(" * 5000 + ")" * 5000, b""),
    ],
)
def test_arrays_that_are_none(header, data, path):
    text = header.encode().ljust(117) + b"\n"
    part = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data
    described = [{"bytes": len(part), "sha256": hashlib.sha256(part).hexdigest()}]
    manifest = {"format": "autograd_c", "version": 1, "kind": "program", "arrays": described}
    write_manifest(path, {**manifest, "content": {}}, {"arrays/0.npy": part})
    refuses(path)


def test_bytes_of_bools_are_any(path):
    save(_core.Program(lambda x: tf.constant([True, False, True]) & x, [True]), path)
    parts = parts_of(path)
    part = parts["arrays/0.npy"][:-3] + bytes([7, 0, 200])
    manifest = manifest_of(parts)
    manifest["arrays"] = [{"bytes": len(part), "sha256": hashlib.sha256(part).hexdigest()}]
    write_manifest(path, manifest, {**parts, "arrays/0.npy": part})
    assert_same_bits(load(path).run([True])[0], tf.constant([True, False, True]))


def test_what_a_program_is_said_to_give_is_compared(saved):
    parts = parts_of(saved)
    manifest = manifest_of(parts)
    types = manifest["content"]["types"]
    number = next(k for k, (dtype, shape) in enumerate(types) if shape == [4, 20] and k > 1)
    types[number] = ["float64", [4, 21]]
    write_manifest(saved, manifest, parts)
    try:
        made = load(saved)
    except ValueError:
        return
    with pytest.raises(ValueError, match="is said to give"):
        made.run(arrays(0))
    with pytest.raises(ValueError, match="is said to give"):
        made.patterns()


NAMES = [row["name"] for row in _core.operation_table()]


def test_changed_bytes_and_manifests(saved):
    check_changes(saved, range(400))


def test_changed_files_of_loops(path):
    save(loops_and_branches(), path)
    check_changes(path, range(400))


def check_changes(path, seeds):
    """Any bytes: a program, or an error. What has been changed behind a checksum is the first."""
    whole, parts = path.read_bytes(), parts_of(path)
    original = load(path)
    manifest = manifest_of(parts)
    for seed in seeds:
        chance = random.Random(seed)
        if chance.random() < 0.5:
            write_manifest(path, changed(manifest, chance, NAMES), parts)
            is_refused_or_runs(lambda: load(path), chance)
            continue
        changed_bytes = bytearray(whole)
        for _ in range(chance.choice([1, 1, 2, 10])):
            changed_bytes[chance.randrange(len(whole))] = chance.randrange(256)
        if chance.random() < 0.3:
            begin, end = sorted(chance.randrange(len(whole)) for _ in range(2))
            changed_bytes[begin:end] = chance.randbytes(chance.randrange(20))
        path.write_bytes(changed_bytes)
        try:
            made = load(path)
        except (ValueError, tf.errors.OpError):
            continue
        # What was changed is of the archive's alone.
        given = arrays_like(original.code()["inputs"], chance)
        for y, z in zip(made.run(given), original.run(given), strict=True):
            assert_same_bits(y, z)
