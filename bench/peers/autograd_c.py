"""autograd_c, the library of this clone."""

import runpy
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import autograd_c as tf
from bench import gradient_tape
from bench.autograd_programs import Library
from bench.gradbench import tensors as gradbench
from bench.problem import Arrays, Task

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "c_operation" / "example.py"


def about() -> str:
    """Say which installation is measured."""
    return str(Path(tf.__file__).parent)


def __getattr__(name: str) -> Any:
    """Take every other problem from `gradient_tape`."""
    return partial(getattr(gradient_tape, name), tf)


def _matrix(result: Any) -> Arrays:
    return [result]


def _with_tapes(function: Any, of_tapes: Task, x: np.ndarray) -> dict[str, Task]:
    """Make the task of a function of `tf.func`, beside what tapes do."""
    source = tf.constant(x)
    return {"": Task(lambda: function(source), _matrix), "tapes": of_tapes}


# By problem, what it is computed with, and its further ways.
WAYS = {
    "recurrent": {"": "recurrent_loop", "unrolled": "recurrent"},
    "cameras": {"": "mapped_cameras", "tape": "cameras"},
    "hand": {"": "pushed_hand", "tape": "hand"},
}


def _plain(of: str, **inputs: Any) -> dict[str, Task]:
    """Make a problem's tasks as they are, without `tf.function`."""
    module = gradbench if hasattr(gradbench, of) else gradient_tape
    ways = WAYS.get(of, {"": of})
    return {name: getattr(module, way)(tf, **inputs) for name, way in ways.items()}


def compiled(of: str, **inputs: Any) -> dict[str, Task]:
    """Make a problem's tasks with `tf.function`, and the first of them as it is.

    That one has Variables of its own.
    """
    plain = _plain(of, **inputs)
    tasks = {name: Task(tf.function(task.run), task.arrays) for name, task in plain.items()}
    return {**tasks, "eager": _plain(of, **inputs)[""]}


def descent(**inputs: Any) -> dict[str, Task]:
    """Make the step with `tf.function`, and as it is."""
    tensors = tf.nest.map_structure(tf.constant, list(inputs.values()))
    return {
        "": gradient_tape.descent(tf.function, *tensors),
        "eager": gradient_tape.descent(lambda step: step, *tensors),
    }


def machine_code(of: str, **inputs: Any) -> dict[str, Task]:
    """Make a problem's task with the system's compiler, and with `tf.function` alone."""
    task = _plain(of, **inputs)[""]
    compiled_task = Task(tf.function(task.run, jit_compile=True), task.arrays)
    for _ in range(2):  # the compiler is called at the second run
        compiled_task.run()
    return {"": compiled_task, "function": Task(tf.function(task.run), task.arrays)}


def jacobian_layer(w: np.ndarray, x: np.ndarray) -> dict[str, Task]:
    """Make the Jacobian of the layer."""
    matrix = tf.constant(w)
    function = tf.func.jacobian(lambda x: tf.tanh(tf.tensordot(matrix, x, 1)))
    return _with_tapes(function, gradient_tape.jacobian_layer(tf, w, x), x)


def jacobian_scalars(x: np.ndarray) -> dict[str, Task]:
    """Make the Jacobian of the scalar code."""
    function = tf.func.jacobian(partial(gradient_tape.broyden, tf))
    return _with_tapes(function, gradient_tape.jacobian_scalars(tf, x), x)


def pairs(x: np.ndarray, y: np.ndarray) -> dict[str, Task]:
    """Map the gradient of the kernel over points, and over other points."""
    slope = tf.func.grad(lambda x, y: tf.exp(-tf.reduce_sum((x - y) ** 2)))
    every = tf.func.vmap(tf.func.vmap(slope, (None, 0)), (0, None))
    points, others = tf.constant(x), tf.constant(y)
    return {
        name: Task(lambda function=function: function(points, others), _matrix)
        for name, function in {"": every, "function": tf.function(every)}.items()
    }


def hessian_scalars(x: np.ndarray) -> dict[str, Task]:
    """Make the Hessian of the scalar code."""
    function = tf.func.hessian(partial(gradient_tape.rosenbrock_scalars, tf))
    return _with_tapes(function, gradient_tape.hessian_scalars(tf, x), x)


def hessian_vector(x: np.ndarray) -> dict[str, Task]:
    """Make the Hessian of the vector code."""
    function = tf.func.hessian(partial(gradient_tape.rosenbrock_vector, tf))
    return _with_tapes(function, gradient_tape.hessian_vector(tf, x), x)


def hessian_product(x: np.ndarray, v: np.ndarray, part: str) -> dict[str, Task]:
    """Make the product with `tf.func.hvp`, beside the ways of tapes and accumulators."""
    tasks = gradient_tape.hessian_product(tf, x, v, part)
    if part == "product":
        primal, vector = tf.constant(x), tf.constant(v)

        def total(x: Any) -> Any:
            return tf.reduce_sum(tf.tanh(x) * x)

        tasks[""] = Task(lambda: tf.func.hvp(total, (primal,), (vector,)), _matrix)
    return tasks


def c_chain(x: float, n: int, part: str) -> Task:
    """Make the chain of the sine of examples/c_operation, or of the built-in one."""
    sine: Any = tf.sin
    if part == "custom":
        with tempfile.TemporaryDirectory() as folder:
            example = runpy.run_path(str(EXAMPLE))
            library = example["compiled"](folder)
            sine = tf.func.c_operation(tf.func.COperation.in_dll(library, "sine_operation"))
    return gradient_tape.unary_chain(tf, sine, np.float64(x), n)


# ---------------------------------------------------------------- NumPy's names


def autograd_program(program: Callable[..., Task], **data: Any) -> Task:
    """Run a program of HIPS autograd's own benchmarks."""
    from autograd_c import numpy as anp
    from autograd_c.misc import flatten

    return program(Library(tf, anp, flatten), **data)


def _calls(function: Callable[[Any], Any], x: np.ndarray, count: int) -> Task:
    """Call a function of one array under a tape; the gradient is that of the last result."""
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            for _ in range(count):
                y = function(source)
        return tape, y

    def arrays(result: Any) -> Arrays:
        tape, y = result
        return [tape.gradient(y, source)]

    return Task(run, arrays)


def sine_calls(x: np.ndarray, count: int, part: str) -> dict[str, Task]:
    """Call NumPy's own sine, and that of `autograd_c.numpy`; or TensorFlow's name of it."""
    if part == "tensorflow":
        return {"": _calls(tf.sin, x, count)}
    from autograd_c import numpy as anp

    return {"": _calls(np.sin, x, count), "own": _calls(anp.sin, x, count)}


def sum_calls(x: np.ndarray, count: int, part: str) -> dict[str, Task]:
    """Call the method, and NumPy's own function; or TensorFlow's name of it."""
    if part == "tensorflow":
        return {"": _calls(tf.reduce_sum, x, count)}
    from autograd_c import numpy as anp

    return {
        "": _calls(lambda x: x.sum(), x, count),
        "numpy.sum": _calls(np.sum, x, count),
        "own": _calls(anp.sum, x, count),
    }


def fill(x: np.ndarray, weights: np.ndarray) -> dict[str, Task]:
    """Assign the elements one by one, or stack a list of them."""
    from autograd_c import numpy as anp

    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = anp.zeros(len(x))
            for i in range(len(x)):
                y[i] = source[i] * source[i]
            total = anp.dot(y, weights)
        return tape.gradient(total, source)

    return {"": Task(run, _matrix), "list": gradient_tape.fill(tf, x, weights)}


def heat(start: np.ndarray, wanted: np.ndarray, rate: float, steps: int) -> dict[str, Task]:
    """Update the inner points in place, or put each step together."""
    source = tf.constant(start)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            u = source + 0.0
            for _ in range(steps):
                u[1:-1] += rate * (u[2:] - 2.0 * u[1:-1] + u[:-2])
            distance = ((u - wanted) ** 2).sum()
        return tape.gradient(distance, source)

    joined = gradient_tape.heat(tf, start, wanted, rate, steps)
    return {"": Task(run, _matrix), "concat": joined}
