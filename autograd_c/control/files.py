"""Functions to files and from them, and as text: methods of tf.function's, and ``tf.load``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_c.programs.functions import LoadedFunction


def load(path: str | os.PathLike[str]) -> LoadedFunction:
    """A function that was saved to a file, in this process or another.

    A file may come from anywhere: nothing in it is run as code, it is checked before memory is
    taken that the file does not have, and what is damaged or does not fit raises an error. What the
    function computes is up to who wrote it, and so are the time and the memory that this takes:
    `tf.viz.text` shows both before it is called. docs/program-files.md describes the format.

    Args:
        path: of the file.

    Returns:
        A function of the same arguments, for tensors of the dtypes and shapes that it was saved
        for (of any extents where these were None), and for values for which it goes one of the ways
        that it was saved with; others are an `InvalidArgumentError`. Tapes record it as any other.
        Its `variables`, and of these its `trainable_variables`, are tuples of the Variables that it
        reads and assigns; its `save(path)` writes it again, with the values that these have then.

    Raises:
        OSError: if the file cannot be read.
        DataLossError: (`tf.errors`) if it is damaged, or no such file.
        InvalidArgumentError: (`ValueError`) if it holds no function that can be run.
        UnimplementedError: (`NotImplementedError`) if it takes a later version of this package.

    >>> import os, tempfile
    >>> import autograd_c as tf
    >>> from autograd_c.programs.functions import save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "waves.agc")
    ...     save(lambda x: tf.sin(x) * 2.0, path, tf.TensorSpec([], tf.float32))
    ...     waves = tf.load(path)
    >>> x = tf.Variable(0.0)
    >>> with tf.GradientTape() as tape:
    ...     y = waves(x)
    >>> print(tape.gradient(y, x).numpy())
    2.0
    """
    # The libraries behind it are loaded when they are needed.
    from autograd_c.programs.functions import load

    return load(path)


class Savable:
    """Of what `tf.function` makes: functions as text and in files."""

    @property
    def input_signature(self) -> Any:
        """The specs of its arguments, or None."""
        return None

    def program(self, *args: Any, most_lines: int | None = None, **kwargs: Any) -> str:
        """What the function does with arguments like these, as text: see `tf.viz.text`.

        Without arguments those of the input signature are taken.
        """
        from autograd_c.programs.shown import text

        return text(self, *self._or_specs(args, kwargs), most_lines=most_lines, **kwargs)

    def save(self, path: str | os.PathLike[str], *args: Any, **kwargs: Any) -> None:
        """Write the function to a file, for arguments like these; `tf.load` reads it.

        Without arguments those of the input signature are taken. The file holds data alone: see
        docs/program-files.md. Where the function goes by values that Python reads, the ways are
        saved that it has gone in calls with arguments of the same dtypes, shapes and Python values,
        and the one that it goes for these. Variables are saved with the values that they have now,
        and have them afterwards; what is printed is left out.

        Where a `tf.TensorSpec` has extents that are None, the function is saved for all of them. It
        is called several times for that, with different ones, which it does not see: they are None
        in the shapes that it asks for, as in TensorFlow, and tensors in `tf.shape`.

        Args:
            path: of the file.
            *args, **kwargs: tensors, arrays and `tf.TensorSpec`s, of which the function is saved
                for all values; lists, tuples and dicts of them; None, texts, bools and numbers,
                which it is saved for. Up to three extents that are None may be independent of each
                other; if there are more, or the function cannot be called so, those of axes in the
                same place are the same, or else all of them; a warning in the log "autograd_c"
                says so.

        Raises:
            InvalidArgumentError: (`ValueError`) if an argument or a result is something else; if
                the way that the function goes depends on values, where it has never been called and
                a `tf.TensorSpec` is given; if Python goes by unknown extents, or something depends
                on these otherwise than polynomials do; if it draws random numbers, or assigns to
                Variables otherwise than by `assign`, `assign_add` and `assign_sub`.
            UnimplementedError: (`NotImplementedError`) if an operation needs Python: a custom
                gradient, say.
            OSError: if the file cannot be written.

        >>> import os, tempfile
        >>> import autograd_c as tf
        >>> n = tf.Variable(0, trainable=False)
        >>> @tf.function
        ... def f(x):
        ...     n.assign_add(1)
        ...     return x * 2.0 if x > 0.0 else x
        >>> y = f(tf.constant(3.0))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "f.agc")
        ...     f.save(path, tf.constant(-1.0))
        ...     loaded = tf.load(path)
        >>> print([float(loaded(tf.constant(x))) for x in (5.0, -5.0)])
        [10.0, -5.0]
        >>> loaded.variables[0].numpy()
        np.int32(3)

        >>> @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
        ... def mean(x):
        ...     return tf.reduce_sum(x, 0) / tf.cast(tf.shape(x)[0], tf.float32)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "mean.agc")
        ...     mean.save(path)
        ...     loaded = tf.load(path)
        >>> print(loaded(tf.constant([[1.0, 2.0]])).numpy(), loaded(tf.ones([100, 2])).numpy())
        [1. 2.] [1. 1.]
        """
        from autograd_c.programs.functions import save

        function: Any = self
        save(function, path, *self._or_specs(args, kwargs), **kwargs)

    def export_c(
        self,
        path: str | os.PathLike[str],
        *args: Any,
        derivatives: str | Iterable[str] = (),
        c_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the function as a file of C99, for arguments like these; docs/exported-c.md.

        The file needs no other one and no library but libm, takes no memory of its own while it
        runs, and may be called from several threads. Beside it stands a header with the
        declarations. Without arguments those of the input signature are taken. Variables are
        constants, with the values that they have now.

        Args:
            path: of the file, such as "energy.c"; the header is "energy.h" then.
            *args, **kwargs: as of `save`.
            derivatives: of "gradient" (with the value), "jacobian" and "hvp" (the product of the
                Hessian with a direction), by all arguments of floats: a further function for each,
                called as the function with that word behind it.
            c_name: of the function in C; by default its name.

        Raises:
            InvalidArgumentError: (`ValueError`) as `save`; for an unknown derivative, one of a
                function without arguments of floats, and a gradient or hvp of one that returns
                something else than a single number.
            UnimplementedError: (`NotImplementedError`) if an operation or a dtype cannot be written
                as C.
            OSError: if a file cannot be written.

        >>> import os, tempfile
        >>> import autograd_c as tf
        >>> @tf.function
        ... def energy(x):
        ...     return tf.reduce_sum(x * x) / 2.0
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "energy.c")
        ...     energy.export_c(path, tf.TensorSpec([3], tf.float64), derivatives=["gradient"])
        ...     with open(os.path.join(folder, "energy.h")) as file:
        ...         header = file.read()
        >>> print([line for line in header.splitlines() if line.startswith("int energy(")][0])
        int energy(const double *restrict x, double *restrict result);
        """
        from autograd_c.exporting.files import export_c

        given = self._or_specs(args, kwargs)
        export_c(self, path, given, kwargs, derivatives, c_name)  # type: ignore[arg-type]

    def _or_specs(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        specs = self.input_signature
        return args if specs is None or args or kwargs else tuple(specs)
