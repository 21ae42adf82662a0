"""TensorFlow, eager, on the processor."""

import os
from functools import partial
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from bench import gradient_tape
from bench.gradbench import tensors as gradbench
from bench.problem import Task

tf.config.set_visible_devices([], "GPU")


def __getattr__(name: str) -> Any:
    """Take every other problem from `gradient_tape`."""
    return partial(getattr(gradient_tape, name), tf)


# What XLA compiles for minutes, as it is written out.
WITHOUT_XLA = ("runge_kutta", "heat_steps", "hand")
LOOPS = {"recurrent": "recurrent_loop"}


def compiled(of: str, **inputs: Any) -> dict[str, Task]:
    """Make a problem's tasks with `tf.function`, with XLA and without."""
    module = gradbench if hasattr(gradbench, of) else gradient_tape

    def recorded(**options: Any) -> Task:
        task: Task = getattr(module, LOOPS.get(of, of))(tf, **inputs)
        return Task(tf.function(task.run, **options), task.arrays)

    tasks = {"function": recorded()}
    if of not in WITHOUT_XLA:
        tasks["XLA"] = recorded(jit_compile=True)
    return tasks


def descent(**inputs: Any) -> dict[str, Task]:
    """Make the step with `tf.function`."""
    tensors = tf.nest.map_structure(tf.constant, list(inputs.values()))
    return {"function": gradient_tape.descent(tf.function, *tensors)}


def _both_ways(problem: Any, *inputs: np.ndarray) -> dict[str, Task]:
    """Make the tasks with all rows of a Jacobian in one graph, and with one row at a time."""
    return {
        "pfor": problem(tf, *inputs),
        "loop": problem(tf, *inputs, experimental_use_pfor=False),
    }


def jacobian_layer(w: np.ndarray, x: np.ndarray) -> dict[str, Task]:
    """Make the Jacobian of the layer, both ways."""
    return _both_ways(gradient_tape.jacobian_layer, w, x)


def jacobian_scalars(x: np.ndarray) -> dict[str, Task]:
    """Make the Jacobian of the scalar code, both ways."""
    return _both_ways(gradient_tape.jacobian_scalars, x)


def hessian_scalars(x: np.ndarray) -> dict[str, Task]:
    """Make the Hessian of the scalar code, both ways."""
    return _both_ways(gradient_tape.hessian_scalars, x)


def hessian_vector(x: np.ndarray) -> dict[str, Task]:
    """Make the Hessian of the vector code, both ways."""
    return _both_ways(gradient_tape.hessian_vector, x)
