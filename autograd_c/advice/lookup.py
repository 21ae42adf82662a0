"""What is said of a name, an argument, a dtype or a value that does not go, and what goes instead.

For those who come from TensorFlow, PyTorch, NumPy or JAX: asked when an attribute of a tensor was
missed, by error messages, and by ``python -m autograd_c where NAME``. Nothing imports this module
before somebody has missed something.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
import numbers
import re
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd_c as tf
from autograd_c import arrays
from autograd_c.advice.table import (
    ASSIGN,
    ATTRIBUTES,
    FUNCTIONS,
    KEYWORDS,
    NOT_YET,
    OF_VARIABLES,
    OPTIMIZER,
    TAPE,
)
from autograd_c.core import _core

_PATH = re.compile(r"tf(\.\w+)+")
_EXPRESSION = re.compile(r"(tf|x|v|np|pickle|optimizer|tape|isinstance)\b|[-`\d]")
_CODE = re.compile(r"(tf|x|v|np|optimizer|tape)\b[^;:|`]*[)\]\w]|\d[^;:|`]*|-tf[^;:|`]*")
_OTHERS = {"np", "numpy", "jnp", "jax", "torch", "tensorflow", "autograd_c", "scipy", "Tensor", "F"}


def _namespaces() -> Iterator[tuple[str, types.ModuleType]]:
    """The public namespaces, the package first."""
    yield "tf", tf
    for name in sorted(tf.__all__):
        module = _attribute(tf, name)
        if isinstance(module, types.ModuleType):
            yield f"tf.{name}", module
    for name in (
        "autograph.experimental",
        "config.experimental",
        "numpy.fft",
        "numpy.linalg",
        "optimizers.schedules",
        "random.experimental",
    ):
        module_name = name.replace("numpy.", "arrays.")
        yield f"tf.{name}", importlib.import_module(f"autograd_c.{module_name}")


def _attribute(thing: Any, name: str) -> Any:
    """That of a thing. For `tf.numpy` it is the room behind it: to ask for a name must not let
    kinds of dtypes mix, as using the namespace does."""
    return arrays if thing is tf and name == "numpy" else getattr(thing, name)


def find(name: str) -> list[str]:
    """Where the package has a name: dotted paths, the shortest first, each thing once.

    >>> from autograd_c.advice import lookup
    >>> lookup.find("log")
    ['tf.math.log', 'tf.numpy.log']
    """
    found: dict[int, str] = {}
    for prefix, module in _namespaces():
        if name in module.__all__:
            found.setdefault(id(getattr(module, name)), f"{prefix}.{name}")
    for cls in (tf.Tensor, tf.Variable, tf.GradientTape):
        if not name.startswith("_"):
            thing = vars(cls).get(name)
            if thing is not None and not isinstance(thing, _core.Absent):
                found.setdefault(id(thing), f"tf.{cls.__name__}.{name}")
    return list(found.values())


# What is in these is no function of TensorFlow's of a tensor.
_OTHER_SPACES = ("Tensor", "Variable", "GradientTape", "func", "test", "nest", "numpy", "scipy")


def _functions(name: str) -> list[str]:
    """Where the package has a function of TensorFlow's of that name that takes a tensor first."""
    return [
        path
        for path in find(name)
        if path.count(".") <= 2
        and path.split(".")[1] not in _OTHER_SPACES
        and not isinstance(_resolved(path), (type, types.ModuleType))
    ]


def _numpys(name: str) -> str | None:
    """The function of `tf.numpy` of that name, if there is one; parts of the name as NumPy's."""
    try:
        thing = _resolved(f"tf.numpy.{name}")
    except AttributeError:
        return None
    return f"tf.numpy.{name}" if callable(thing) and not isinstance(thing, type) else None


def _scipys(parts: list[str]) -> list[str]:
    """What of `tf.scipy` has that name: in the namespace that stands before it, or in any."""
    spaces = parts[:-1] if parts[:-1] else tf.scipy.__all__
    return [
        f"tf.scipy.{space}.{parts[-1]}"
        for space in spaces
        if space in tf.scipy.__all__ and parts[-1] in getattr(tf.scipy, space).__all__
    ]


def _resolved(path: str) -> Any:
    thing: Any = tf
    for name in path.split(".")[1:]:
        thing = _attribute(thing, name)
    return thing


def _call(path: str) -> str:
    """The call of a function of a tensor x, with the other arguments that it must have."""
    try:
        parameters = list(inspect.signature(_resolved(path)).parameters.values())
    except (TypeError, ValueError):
        return f"{path}(x)"
    needed = [p.name for p in parameters[1:] if p.default is p.empty and p.kind < p.VAR_POSITIONAL]
    return f"{path}({', '.join(['x', *('y' if n == 'x' else n for n in needed)])})"


def _use(advice: str) -> str:
    """Advice as it stands after a colon."""
    if advice.startswith("nothing: "):
        return f"it is not needed, {advice.removeprefix('nothing: ')}"
    return f"use {advice}" if _EXPRESSION.match(advice) else advice


@functools.cache
def of_attribute(cls: str, name: str) -> str:
    """What to write in the place of an attribute of a tensor, Variable, tape or optimizer."""
    return _use(_of_attribute(cls, name))


def _of_attribute(cls: str, name: str) -> str:
    if cls == "GradientTape":
        return TAPE[name]
    if cls not in ("Tensor", "Variable"):
        return OPTIMIZER[name]
    advice = ATTRIBUTES.get(name)
    if advice is None:
        advice = _function_form(name)
    if advice is None and name.endswith("_"):
        form = None if name in ("fill_", "zero_") else _function_form(name[:-1])
        if cls == "Variable":
            value = "value" if form is None else _of_variable(form)
            return f"v.assign({value})"
        advice = ASSIGN if form is None else ASSIGN.replace("value", form)
    if advice is None:
        advice = "there is none yet; x.numpy() is an array for NumPy, without a gradient"
    if cls == "Variable":
        return OF_VARIABLES.get(advice) or _of_variable(advice)
    return advice


def _of_variable(text: str) -> str:
    return re.sub(r"\bx\b", "v", text)


def _function_form(name: str) -> str | None:
    paths = [FUNCTIONS[name]] if name in FUNCTIONS else _functions(name)
    if not paths:
        paths = [path for path in (_numpys(name),) if path is not None]
    if not paths:
        return None
    return _call(paths[0]) if _PATH.fullmatch(paths[0]) else paths[0]


def of_function(name: str) -> str | None:
    """The function or expression here that does what NumPy's of that name does, or None."""
    found = FUNCTIONS.get(name) or next(iter(_functions(name)), None)
    return found if found is not None and re.match(r"tf|x|-|\d", found) else None


def of_keywords(given: dict[str, Any], accepted: set[str]) -> str:
    """What to call keyword arguments that a function does not know; "" if nobody knows."""
    parts = []
    for name in given:
        known = KEYWORDS.get(name)
        if known is None or (known.isidentifier() and known not in accepted):
            close = difflib.get_close_matches(name, sorted(accepted), 1)
            known = close[0] if close else None
        if known is None:
            continue
        if known.startswith("nothing: "):
            parts.append(f"{name}= is not needed: {known.removeprefix('nothing: ')}")
        else:
            parts.append(f"{name}= is {known} here")
    return "; ".join(parts)


def of_dtype(operation: str, dtype: str, kinds: int) -> str:
    """What to do when an operation takes other kinds of dtypes: bits 1 bool, 2 integers, 4, 8."""
    takes = " or ".join(
        word
        for bit, word in ((1, "bool"), (2, "integer"), (4, "floating"), (8, "complex"))
        if kinds & bit
    )
    text = f"it takes {takes} dtypes. "
    if dtype == "bool":
        if operation in ("reduce_max", "reduce_min"):
            better = "tf.reduce_any" if operation == "reduce_max" else "tf.reduce_all"
            return f"{text}For bools that is {better}(x)"
        if operation == "negative":
            return f"{text}The opposite of a bool is ~x"
        also = "; conditions are combined by &, | and ^" if operation in ("add", "multiply") else ""
        number = "tf.int32" if kinds & 2 else "tf.float32"
        return f"{text}Cast bools first: tf.cast(x, {number}){also}"
    if kinds & 1 and not kinds & 14:
        return f"{text}Make it a condition, such as x != 0, or tf.cast(x, tf.bool)"
    if operation == "bitwise_xor":
        return f"{text}`^` is the exclusive or of bits; a power is written x ** y"
    if operation in ("bitwise_and", "bitwise_or", "invert") and not dtype.startswith("int"):
        return f"{text}`&`, `|` and `~` combine bits or conditions, as in (x > 0) & (x < 1)"
    if kinds == 8:
        return f"{text}Make it complex: tf.cast(x, tf.complex64), or tf.complex(x, y)"
    if dtype.startswith("complex"):
        return f"{text}Take tf.math.real(x), tf.math.imag(x) or tf.abs(x) first"
    if kinds & 4:
        return f"{text}Pass a float, as 2.0 for 2, or cast: tf.cast(x, tf.float32)"
    return f"{text}Cast it: tf.cast(x, tf.int32)"


def of_value(x: Any) -> str:
    """What to do with a value that no tensor can be made of; "" if nothing better is known."""
    if isinstance(x, np.ndarray):
        return _of_array(x)
    kind = type(x)
    if x is None:
        return (
            "None is no number: tape.gradient gives None for a source that the target does not "
            'depend on (unconnected_gradients="zero" makes it zeros)'
        )
    if isinstance(x, (str, bytes)):
        return "text is no number: float(text) makes one"
    if kind.__module__.partition(".")[0] == "sympy" and getattr(x, "free_symbols", None):
        return (
            "it is a sympy expression: make a function of it, "
            "f = sympy.lambdify(symbols, expression, modules=[tf.math, tf]), and call that with "
            "tensors"
        )
    if isinstance(x, numbers.Number) or kind.__module__.partition(".")[0] in ("sympy", "mpmath"):
        return f"convert the {kind.__name__} first, with float(x)"
    if isinstance(x, (dict, set, frozenset)):
        return "take its values one by one, or give a list of them"
    if kind.__name__ == "SparseTensor":
        return "tf.sparse.to_dense(x) is a tensor; functions of tf.sparse take it as it is"
    if _core.is_sparse(x):
        return (
            "x.toarray() is taken, and tf.SparseTensor.from_value(x); operators (A @ x, x @ A, "
            "A * x) and tf.matmul take it as it is"
        )
    if callable(x):
        return "it is a function: call it"
    return ""


def _of_array(a: Any) -> str:
    kind = a.dtype.kind
    if kind == "O":
        for place, item in enumerate(a.flat):
            if isinstance(item, (tf.Tensor, tf.Variable)):
                return "it holds tensors: tf.stack(list(a)) joins them"
            if item is None:
                return f"its element {place} is None, which is no number"
            if isinstance(item, (list, tuple, np.ndarray)):
                return "it holds sequences, perhaps of different lengths: convert them one by one"
            if type(item) not in (int, float, complex, bool):
                return (
                    f"its element {place} is {item!r} of type {type(item).__name__!r}; where all "
                    "elements are numbers, a.astype(float) makes it an array of floats"
                )
        return "it holds Python objects; a.astype(float) makes them floats"
    if kind in "USa":
        return "text is no number: a.astype(float) makes numbers of it"
    if kind == "M":
        return "count time from a start, in a unit: (a - a[0]) / np.timedelta64(1, 's')"
    if kind == "m":
        return "count time in a unit: a / np.timedelta64(1, 's')"
    if kind == "V":
        return "take its fields one by one, as a['field']"
    if kind in "fc":
        return f"a.astype(np.{'float64' if kind == 'f' else 'complex128'}) has less precision"
    return ""


def where(name: str) -> list[str]:
    """Lines that tell where a name is, or what to use.

    Args:
        name: of TensorFlow, NumPy, PyTorch or JAX, with or without what stands before it.

    >>> from autograd_c.advice import lookup
    >>> lookup.where("tf.log")
    ['tf.math.log', 'tf.numpy.log']
    >>> lookup.where("np.sum")
    ['tf.numpy.sum; np.sum itself takes tensors too']
    """
    parts = name.strip().rstrip("()").split(".")
    if parts[0] in ("np", "numpy", "jnp") and (path := _numpys(".".join(parts[1:]))):
        taken = _taken(parts[1:])
        return [f"{path}; np.{'.'.join(parts[1:])} itself takes tensors too" if taken else path]
    if parts[0] in ("scipy", "jsp") and (paths := _scipys(parts[1:] or [""])):
        return paths
    if parts[0] == "tf" and len(parts) > 1:
        try:
            _resolved(".".join(parts))
            return [".".join(parts)]
        except AttributeError:
            pass
    while len(parts) > 1 and (parts[0] in _OTHERS or parts[0] == "tf"):
        parts = parts[1:]
    short = parts[-1]
    lines = find(short)
    if short in FUNCTIONS:
        others = [path for path in lines if not path.startswith("tf.numpy.")]
        lines = [*others, f"not here under this name: {_use(FUNCTIONS[short])}"]
        lines += [f"as NumPy has it: {path}" for path in find(short) if path not in others]
    if short in ATTRIBUTES:
        lines.append(f"of a tensor: {of_attribute('Tensor', short)}")
    if short in TAPE:
        lines.append(f"of a tape: {_use(TAPE[short])}")
    if short in OPTIMIZER:
        lines.append(f"of an optimizer: {_use(OPTIMIZER[short])}")
    if short in KEYWORDS:
        lines.append(f"as an argument: {_use(KEYWORDS[short])}")
    if not lines:
        spaces = [n for n, names in NOT_YET.items() if short in names.split()]
        lines = [f"tf.{n}{'.' if n else ''}{short} of TensorFlow is not here yet" for n in spaces]
    if not lines and short in NOT_YET:
        lines = [f"the namespace tf.{short} of TensorFlow is not here yet"]
    if not lines and short.endswith("_") and not short.startswith("_"):
        return [f"{ASSIGN}; see {short[:-1]}", *where(short[:-1])]
    if not lines:
        lines = _scipys([short])
    if not lines:
        known = {n for _, module in _namespaces() for n in module.__all__} | set(FUNCTIONS)
        close = difflib.get_close_matches(short, sorted(known), 3)
        near = [find(n)[0] if find(n) else f"{n} ({FUNCTIONS[n]})" for n in close]
        lines = ["not here" + (f"; did you mean {' or '.join(near)}?" if near else "")]
    return lines


# Functions of NumPy's that make arrays of what they are given, or of nothing.
_MAKERS = frozenset(
    """arange array asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray bartlett
    blackman empty eye frombuffer from_dlpack fromfunction fromiter fromstring full hamming hanning
    identity indices ones require tri zeros
    """.split()
)


def _taken(parts: list[str]) -> bool:
    """Whether NumPy's own function of that name takes tensors, and gives one."""
    from autograd_c.arrays import _overrides

    if parts[-1] in _MAKERS:
        return False
    thing: Any = np
    for name in parts:
        thing = getattr(thing, name, None)
    return isinstance(thing, np.ufunc) or thing in _overrides.FUNCTIONS


def page() -> str:
    """All of it, as the page docs/names.md."""
    lines = [
        "# Names from elsewhere",
        "",
        "What to write here for names of TensorFlow 1, NumPy, PyTorch and JAX. The page is what",
        "`python -m autograd_c where` prints; `python -m autograd_c where NAME` tells of one name.",
        "TensorFlow 2's names that are here are here under the same name, and NumPy's functions",
        "are in `tf.numpy` under theirs; [numpy.md](numpy.md) tells of them.",
    ]
    parts = (
        ("Functions", FUNCTIONS),
        ("Attributes and methods of tensors and Variables", ATTRIBUTES),
        ("Of a GradientTape", TAPE),
        ("Of an optimizer", OPTIMIZER),
        ("Keyword arguments", KEYWORDS),
    )
    for title, rows in parts:
        lines += ["", f"## {title}", "", "| there | here |", "|---|---|"]
        for name in sorted(rows, key=str.lower):
            advice = rows[name]
            here = f"`{advice}`" if _CODE.fullmatch(advice) else advice.replace("|", "\\|")
            lines.append(f"| `{name}` | {here} |")
    lines += ["", "## Of TensorFlow, and not here yet"]
    for space, names in NOT_YET.items():
        title = f"tf.{space}" if space else "tf"
        lines += ["", f"`{title}`: {', '.join(names.split())}."]
    return "\n".join(lines) + "\n"
