"""Functions to files and from them, and as text: methods of tf.function's, and ``tf.load``."""

from __future__ import annotations

import os
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
        for. Tapes record it as any other.

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
        docs/program-files.md. Variables are saved with the values that they have now.

        Args:
            path: of the file.
            *args, **kwargs: tensors, arrays and `tf.TensorSpec`s of known shapes, of which the
                function is saved for all values; lists, tuples and dicts of them; None, texts,
                bools and numbers, which it is saved for.

        Raises:
            InvalidArgumentError: (`ValueError`) if an argument or a result is something else, or
                the way that the function goes depends on values.
            UnimplementedError: (`NotImplementedError`) if an operation needs Python: a custom
                gradient, say.
            OSError: if the file cannot be written.
        """
        from autograd_c.programs.functions import save

        function: Any = self
        save(function, path, *self._or_specs(args, kwargs), **kwargs)

    def _or_specs(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        specs = self.input_signature
        return args if specs is None or args or kwargs else tuple(specs)
