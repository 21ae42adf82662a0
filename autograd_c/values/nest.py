"""Structures as flat lists, and back (the namespace `tf.nest`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, MappingView, Sequence
from typing import Any

import numpy as np

from autograd_c.values.shape import TensorShape

# Types known to be leaves, which saves looking any further. The others are found out each time:
# remembering them would keep classes alive that were made on the fly.
LEAVES: set[type] = {
    *(int, float, complex, bool, str, bytes, bytearray, memoryview, type(None)),
    *(np.ndarray, np.float32, np.float64, np.int32, np.int64, np.bool_),
    *(TensorShape, type(TensorShape(None))),
}
_only_leaves = LEAVES.issuperset


def register_leaf(cls: type) -> type:
    """Says that direct instances of ``cls`` are leaves, which makes `flatten` fast for them.

    Returns:
      ``cls``, so that it may be used as a decorator.

    >>> import autograd_c as tf
    >>> @tf.nest.register_leaf
    ... class Point:
    ...     pass
    >>> len(tf.nest.flatten([Point(), Point()]))
    2
    """
    LEAVES.add(cls)
    return cls


def _field_names(cls: type) -> list[str] | None:
    """The fields of a dataclass or an attrs class, None for other classes."""
    if hasattr(cls, "__dataclass_fields__"):
        from dataclasses import fields

        return [f.name for f in fields(cls)]
    attributes = getattr(cls, "__attrs_attrs__", None)
    return None if attributes is None else [a.name for a in attributes]


def _has_protocol(cls: type) -> bool:
    return hasattr(cls, "__tf_flatten__") and hasattr(cls, "__tf_unflatten__")


def _is_namedtuple(x: object) -> bool:
    return isinstance(x, tuple) and hasattr(type(x), "_fields")


def sorted_keys(mapping: Mapping[Any, Any]) -> list[Any]:
    """The keys in the order in which `flatten` goes through them."""
    try:
        return sorted(mapping)
    except TypeError:
        raise TypeError(
            f"nest only supports dicts with sortable keys, got keys {list(mapping)!r}"
        ) from None


def _children(x: Any) -> Iterable[Any] | None:
    """What a structure consists of, in order; None for a leaf. Every type is decided upon here."""
    cls = type(x)
    if cls in LEAVES:
        return None
    if cls is list or cls is tuple:
        return x  # type: ignore[no-any-return]
    if isinstance(x, Mapping):
        return [x[key] for key in sorted_keys(x)]
    if _has_protocol(cls):
        return x.__tf_flatten__()[1]  # type: ignore[no-any-return]
    names = _field_names(cls)
    if names is not None:
        return [getattr(x, name) for name in names]
    if isinstance(x, (str, bytes, bytearray, memoryview, TensorShape)):  # subclasses of leaves
        return None
    if isinstance(x, MappingView):
        return list(x)  # type: ignore[call-overload, no-any-return]
    return x if isinstance(x, Sequence) else None


def form(x: Any) -> tuple[Any, Iterable[Any]] | None:
    """What a structure consists of, and what it is besides; None for a leaf.

    Two of one type with equal forms differ in what they consist of alone.
    """
    children = _children(x)
    if children is None:
        return None
    cls = type(x)
    if isinstance(x, Mapping):
        # In its own order, in which it is iterated.
        return (list(x), getattr(x, "default_factory", None)), [x[key] for key in x]
    if _has_protocol(cls):
        return x.__tf_flatten__()[0], children
    names = _field_names(cls)
    if names is None:
        return None, children
    return {
        name: y for name, y in getattr(x, "__dict__", {}).items() if name not in names
    }, children


def _rebuild(x: Any, children: list[Any]) -> Any:
    """A structure of the type of ``x`` with other children."""
    cls = type(x)
    if cls is list:
        return children
    if cls is tuple:
        return tuple(children)
    if isinstance(x, Mapping):
        values = dict(zip(sorted_keys(x), children, strict=True))
        ordered = {key: values[key] for key in x}
        if cls is dict:
            return ordered
        if isinstance(x, defaultdict):
            return cls(x.default_factory, ordered)
        return cls(ordered)
    if _has_protocol(cls):
        return cls.__tf_unflatten__(x.__tf_flatten__()[0], tuple(children))
    names = _field_names(cls)
    if names is not None:
        # The constructor is not run: it may check or convert what a gradient, None say, is not.
        from copy import copy

        result = copy(x)
        for name, child in zip(names, children, strict=True):
            object.__setattr__(result, name, child)
        return result
    if _is_namedtuple(x):
        return x._make(children)
    if isinstance(x, (range, MappingView)):
        return children
    return cls(children)


def is_nested(seq: object) -> bool:
    """Whether ``seq`` is a structure, which `flatten` opens up, rather than a leaf.

    >>> import autograd_c as tf
    >>> tf.nest.is_nested([]), tf.nest.is_nested({"a": 1}), tf.nest.is_nested("text")
    (True, True, False)
    """
    return _children(seq) is not None


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves of a structure, in a new list.

    Args:
      structure: any structure, or a leaf.
      expand_composites: accepted for TensorFlow's sake; there are no composite tensors.

    Returns:
      The list of leaves; ``[structure]`` for a leaf.

    Raises:
      TypeError: the keys of a mapping cannot be sorted.
      RecursionError: the structure contains itself, or is hundreds of levels deep.

    >>> import autograd_c as tf
    >>> tf.nest.flatten([1, (2, {"y": 4, "x": 3})])
    [1, 2, 3, 4]
    """
    cls = type(structure)
    if (cls is list or cls is tuple) and _only_leaves(map(type, structure)):
        return list(structure)
    leaves: list[Any] = []
    _collect(structure, leaves)
    return leaves


def _collect(structure: Any, leaves: list[Any]) -> None:
    children = _children(structure)
    if children is None:
        leaves.append(structure)
        return
    for child in children:
        if type(child) in LEAVES:
            leaves.append(child)
        else:
            _collect(child, leaves)


def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """The structure with other leaves: the opposite of `flatten`.

    A dict keeps the order of its keys, and mappings, named tuples and other classes keep their
    type. An instance of a dataclass is copied and its fields are set; its constructor and
    ``__post_init__`` are not run. A range and the views of a dict become lists.

    Args:
      structure: any structure, or a leaf.
      flat_sequence: as many new leaves as the structure has, in a list, tuple or other sequence.
      expand_composites: accepted for TensorFlow's sake; there are no composite tensors.

    Returns:
      The new structure; the only item of ``flat_sequence`` if ``structure`` is a leaf.

    Raises:
      TypeError: ``flat_sequence`` is no sequence, or the keys of a mapping cannot be sorted.
      ValueError: it has another number of items than ``structure`` has leaves.

    >>> import autograd_c as tf
    >>> tf.nest.pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
    {'b': 3, 'a': (1, 2)}
    """
    if type(flat_sequence) is list or type(flat_sequence) is tuple:
        items: Sequence[Any] = flat_sequence
    else:
        found = None if isinstance(flat_sequence, Mapping) else _children(flat_sequence)
        if found is None:
            raise TypeError(
                f"Attempted to pack value:\n  {flat_sequence!r}\ninto a structure, but found "
                f"incompatible type `{type(flat_sequence)}` instead."
            )
        items = list(found)
    cls = type(structure)
    if cls in LEAVES and len(items) == 1:
        return items[0]
    if (
        (cls is list or cls is tuple)
        and len(items) == len(structure)
        and _only_leaves(map(type, structure))
    ):
        return cls(items)
    count = len(flatten(structure))
    if count != len(items):
        if not is_nested(structure):
            raise ValueError(
                f"The target structure is of type `{type(structure)}`\n  {structure!r}\nHowever "
                f"the input is a sequence ({type(flat_sequence)}) of length {len(items)}.\n  "
                f"{_shorten(flat_sequence)}\nnest cannot guarantee that it is safe to map one to "
                "the other."
            )
        raise ValueError(
            f"Could not pack sequence. Structure had {count} atoms, but flat_sequence had "
            f"{len(items)} items.  Structure: {_shorten(structure)}, "
            f"flat_sequence: {_shorten(flat_sequence)}."
        )
    return _pack(structure, iter(items))


def _pack(structure: Any, leaves: Iterator[Any]) -> Any:
    children = _children(structure)
    if children is None:
        return next(leaves)
    return _rebuild(structure, [_pack(child, leaves) for child in children])


def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Applies a function to the leaves of one structure, or to those of several side by side.

    Args:
      func: takes as many arguments as there are structures. It is called in the order of
        `flatten`.
      structure: one or more structures of the same form.
      check_types: whether the structures must agree in their types too, True unless told; see
        `assert_same_structure`.
      expand_composites: accepted for TensorFlow's sake; there are no composite tensors.

    Returns:
      A structure of the form of the first, with the results as leaves.

    Raises:
      TypeError: ``func`` cannot be called, or the structures differ in their types.
      ValueError: there is no structure, or they differ in their form, or an argument by another
        name.

    >>> import autograd_c as tf
    >>> tf.nest.map_structure(lambda x, y: x + y, [1, (2,)], [30, (40,)])
    [31, (42,)]
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    check_types = kwargs.pop("check_types", True)
    kwargs.pop("expand_composites", None)
    if kwargs:
        raise ValueError(
            "Only valid keyword arguments are `check_types` and `expand_composites`, not: `"
            + "`, `".join(kwargs)
            + "`"
        )
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types=check_types)
    results = [func(*leaves) for leaves in zip(*map(flatten, structure), strict=True)]
    return _pack(structure[0], iter(results))


def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Raises unless two structures have the same form, their leaves apart.

    Args:
      nest1, nest2: structures, or leaves.
      check_types: whether the types of sequences must agree too: a list is then no tuple. Lists
        and their subclasses agree; so do named tuples of the same name and fields. Mappings
        agree if they have the same keys, whatever their types.
      expand_composites: accepted for TensorFlow's sake; there are no composite tensors.

    Raises:
      ValueError: the numbers of elements or the keys differ, or one has a leaf where the other
        has a structure.
      TypeError: the types differ, and ``check_types`` is True.

    >>> import autograd_c as tf
    >>> tf.nest.assert_same_structure([1, (2, 3)], ["x", ("y", None)])
    """
    error = _difference(nest1, nest2, check_types)
    if error is not None:
        kind, detail = error
        raise kind(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: {_describe(nest1)}\n\nSecond structure: {_describe(nest2)}\n\n"
            f"More specifically: {detail}\n"
            f"Entire first structure:\n{_outline(nest1)}\n"
            f"Entire second structure:\n{_outline(nest2)}"
        )


def _difference(a: Any, b: Any, check_types: bool) -> tuple[type[Exception], str] | None:
    """The first difference of two structures in depth-first order: exception type and text."""
    first, second = _children(a), _children(b)
    if first is None or second is None:
        if first is second:
            return None
        nested, leaf = (a, b) if second is None else (b, a)
        return ValueError, (
            f'Substructure "{_describe(nested)}" is a sequence, while substructure '
            f'"{_describe(leaf)}" is not'
        )
    if check_types and not _same_type(a, b):
        return TypeError, (
            "The two structures don't have the same sequence type. First structure "
            f"{_describe(a)} has type {type(a).__name__}, while second structure "
            f"{_describe(b)} has type {type(b).__name__}"
        )
    if isinstance(a, Mapping) and isinstance(b, Mapping) and set(a) != set(b):
        return ValueError, (
            "The two dictionaries don't have the same set of keys. First structure has keys "
            f"{_describe(list(a))}, while second structure has keys {_describe(list(b))}"
        )
    first, second = list(first), list(second)
    if len(first) != len(second):
        return ValueError, (
            "The two structures don't have the same number of elements. "
            f"First structure: {_describe(a)}. Second structure: {_describe(b)}"
        )
    for x, y in zip(first, second, strict=True):
        if type(x) in LEAVES and type(y) in LEAVES:
            continue
        error = _difference(x, y, check_types)
        if error is not None:
            return error
    return None


def _same_type(a: Any, b: Any) -> bool:
    if type(a) is type(b):
        return True
    if _is_namedtuple(a) and _is_namedtuple(b):
        return type(a).__name__ == type(b).__name__ and a._fields == b._fields
    return any(isinstance(a, kind) and isinstance(b, kind) for kind in (Mapping, list))


def _describe(x: object) -> str:
    return f"type={type(x).__name__} str={_shorten(x)}"


def _shorten(x: object) -> str:
    text = str(x)
    return text if len(text) <= 400 else f"{text[:200]} … {text[-200:]}"


def _outline(structure: Any) -> str:
    """The structure with a dot for each leaf."""

    class Dot:
        def __repr__(self) -> str:
            return "."

    return _shorten(map_structure(lambda _: Dot(), structure))
