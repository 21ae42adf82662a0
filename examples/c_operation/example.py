"""An operation in C in the middle of operations of tensors: compile it, load it, differentiate it.

Run as ``python example.py``; it needs a C compiler (the environment variable CC, else ``cc``).
"""

import ctypes
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import autograd_c as tf

FOLDER = Path(__file__).resolve().parent


def compiled(folder: str) -> ctypes.CDLL:
    """Compile operations.c in `folder` and load it."""
    library = Path(folder) / "operations.so"
    command = [
        *shlex.split(os.environ.get("CC", "cc")),
        *("-O2", "-shared", "-fPIC", f"-I{tf.func.get_include()}"),
        *(str(FOLDER / "operations.c"), "-o", str(library), "-lm"),
    ]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(library))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        library = compiled(folder)
        sine = tf.func.c_operation(tf.func.COperation.in_dll(library, "sine_operation"))
        product = tf.func.c_operation(tf.func.COperation.in_dll(library, "product_operation"))

        a = np.array([[1.0, 2.0], [3.0, 4.0]])
        x = tf.constant([0.1, 0.2], dtype="float64")
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(sine(product(a, x)) ** 2)
        print("value   ", y.numpy())
        print("gradient", tape.gradient(y, x).numpy())
        print("expected", a.T @ np.sin(2 * a @ x.numpy()))


if __name__ == "__main__":
    main()
