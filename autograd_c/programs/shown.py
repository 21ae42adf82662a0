"""Functions as text, as graphs and as profiles: what ``tf.viz`` has.

Each takes a Python function, what `tf.function` has made of one, a function from a file, or a
recorded program; `graph` and `profile` a tape, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_c.core._core import GradientTape
from autograd_c.programs.functions import program_for
from autograd_c.programs.graphs import Graph
from autograd_c.programs.profiles import RUNS, Profile, timed
from autograd_c.programs.tapes import graph_of, profile_of
from autograd_c.programs.text import text_of, text_of_paths


def text(function: Any, *args: Any, most_lines: int | None = None, **kwargs: Any) -> str:
    """What a function does with arguments like these, as text.

    Each line is an operation: its result, what it reads, its attributes behind a bar, and dtype and
    shape of the result. Before them stand the lines of Python that they are from. A loop or a
    branch (`tf.while_loop`, `tf.scan`, `tf.cond`) is one of them, and its programs stand below it.
    The last lines say what is returned, and how much memory a run takes: that of constants, and the
    most at a time for results, if each is let go of after it has been read last. The arguments are
    not counted.

    Of a function from a file that goes by values, all paths are shown: where a value is read, what
    is done for each of those that are known.

    Args:
        function: any, or a program.
        *args, **kwargs: tensors, arrays, `tf.TensorSpec`s, and structures of them.
        most_lines: of operations; those in the middle are left out beyond that.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if an argument or a result is none that
            programs have.
        NotImplementedError: (`tf.errors.UnimplementedError`) if an operation needs Python.

    >>> import autograd_c as tf
    >>> def f(x, w):
    ...     return tf.reduce_sum(tf.tanh(x @ w) * 0.5, 1)
    >>> print(tf.viz.text(f, tf.ones([1, 3]), tf.ones([3, 1])))
    %0 = x                        float32[1, 3]
    %1 = w                        float32[3, 1]
    %4 = 0.5                      float32
    # ...  return tf.reduce_sum(tf.tanh(x @ w) * 0.5, 1)
    %2 = matmul(%0, %1 | 0, 0)    float32[1, 1]
    %3 = tanh(%2)                 float32[1, 1]
    %5 = multiply(%3, %4)         float32[1, 1]
    %6 = reduce_sum(%5 | 2, 0)    float32[1]
    return %6
    4 instructions; 4 bytes of constants, and at most 8 bytes for results
    """
    made = program_for(function, args, kwargs)
    if made.is_single:
        return text_of(made.program, made.names, most_lines)
    return text_of_paths(made.code(), made.names, most_lines)


def graph(function: Any, *args: Any, **kwargs: Any) -> Graph:
    """What a function does with arguments like these, or what a tape has recorded, as a graph.

    Args:
        function: any, or a program; or a `tf.GradientTape`.
        *args, **kwargs: as of `text`; of a tape none, or a target, or a structure of targets: then
            the graph is of what these were computed from.

    Loops and branches are single operations, with graphs of their own for what they do.

    Returns:
        A `Graph`: a picture in a notebook, `svg()` and `save(path)` by Graphviz's program `dot`,
        `str` of it a tree of text, for which nothing has to be installed.

    Raises:
        ValueError, NotImplementedError: as `text`; for a target that the tape knows no records of.

    >>> import autograd_c as tf
    >>> def f(x):
    ...     y = tf.sin(x)
    ...     return y * tf.exp(y + 1.0)
    >>> print(tf.viz.graph(f, tf.constant(2.0)))
    result 0
    └─ multiply  float32
       ├─ sin  float32  %1
       │  └─ x
       └─ exp  float32
          └─ add  float32
             ├─ %1, as above
             └─ 1.

    >>> x = tf.Variable(2.0, name="x")
    >>> with tf.GradientTape() as tape:
    ...     y = tf.sin(x) * 3.0
    >>> print(tf.viz.graph(tape))
    result 0
    └─ multiply  float32
       ├─ sin  float32
       │  └─ x:0
       └─ constant
    """
    if isinstance(function, GradientTape):
        return graph_of(function, *args, **kwargs)
    made = program_for(function, args, kwargs)
    return Graph(made.program, made.names)


def profile(function: Any, runs: int = RUNS) -> Callable[..., Profile]:
    """A function that says where the time of a call goes, by operation and by line.

    Operations are run one by one, several times, and the least time of each counts: what several of
    them save when they are run together is not in it.

    Of a tape it is the time of a gradient, at each record that the sweep passes; lines of the
    program are those that were noted by `tf.viz.record_lines`. The gradient is computed several
    times if the tape is persistent, else once, and then it is used up. What a clock takes, some
    30 ns, is in the time of each record.

    Args:
        function: any, or a program; or a `tf.GradientTape`.
        runs: how many times it is run, after a first one.

    Returns:
        A function of the arguments; of a tape one of target, sources and output_gradients, as
        `GradientTape.gradient` has them. It returns a `Profile`: `print` shows a table, a notebook
        one with bars, and `save(path)` writes a page of HTML.

    Raises:
        ValueError: if `runs` is not positive; by the function, as `text`, or as `gradient`.

    >>> import autograd_c as tf
    >>> def f(x):
    ...     return tf.reduce_sum(tf.sin(x) * tf.cos(x))
    >>> result = tf.viz.profile(f)(tf.constant([3.0, 4.0]))
    >>> sorted((name, calls) for name, calls, seconds in result.operations)
    [('cos', 1), ('multiply', 1), ('reduce_sum', 1), ('sin', 1)]

    >>> x = tf.constant([3.0, 4.0])
    >>> with tf.GradientTape(persistent=True) as tape:
    ...     tape.watch(x)
    ...     y = tf.reduce_sum(tf.sin(x) * x)
    >>> result = tf.viz.profile(tape)(y, x)
    >>> [(name, types) for name, types, seconds in result.instructions]
    [('reduce_sum', 'float32'), ('multiply', 'float32[2]'), ('sin', 'float32[2]')]
    """
    if runs < 1:
        raise ValueError(f"runs = {runs} must be positive")
    if isinstance(function, GradientTape):
        return profile_of(function, runs)

    def run(*args: Any, **kwargs: Any) -> Profile:
        made = program_for(function, args, kwargs)
        return timed(made.program, made.inputs, runs)

    return run
