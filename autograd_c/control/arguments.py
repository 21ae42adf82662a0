"""Arguments of ``tf.function``: what signatures make of them, and the keys of their records."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Hashable
from inspect import CO_VARARGS, CO_VARKEYWORDS
from typing import Any

import numpy as np

from autograd_c.control.specs import TensorSpec, TypeSpec
from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.values import nest
from autograd_c.values.errors import InvalidDTypeError
from autograd_c.values.shape import TensorShape

_NUMBERS_AND_TEXTS = {bool, int, float, complex, str, bytes, type(None)}


def _cast(given: Any, spec: TypeSpec) -> Any:
    """What a function with that spec in its signature gets."""
    if not isinstance(spec, TensorSpec):
        if not spec.is_compatible_with(given):
            raise TypeError(f"Can not cast {given!r} to {spec}")
        return given
    tensor = _core.convert_to_tensor(
        given, None if isinstance(given, (Tensor, Variable)) else spec.dtype
    )
    if tensor.dtype is not spec.dtype or not spec.shape.is_compatible_with(tensor.shape):
        error = TypeError if tensor.dtype is spec.dtype else InvalidDTypeError
        raise error(f"Can not cast {TensorSpec(tensor.shape, tensor.dtype)} to {spec}")
    return tensor


def cast_structure(given: Any, specs: Any) -> Any:
    if isinstance(specs, TypeSpec):
        return _cast(given, specs)
    nest.assert_same_structure(specs, given)
    leaves = zip(nest.flatten(given), nest.flatten(specs), strict=True)
    cast = [_cast(x, spec) if isinstance(spec, TypeSpec) else x for x, spec in leaves]
    return nest.pack_sequence_as(specs, cast)


def is_equal(a: Any, b: Any) -> bool:
    if isinstance(a, (float, complex)):
        return type(a) is type(b) and exact_key(a) == exact_key(b)
    return a is b or (type(a) is type(b) and bool(np.all(a == b)))


def exact_key(x: Any) -> Hashable:
    """What tells arguments apart that `key_of_kind` takes for one another, as TensorFlow does.

    These are types of numbers, signs of zeros, and objects that are equal and may differ.
    """
    if isinstance(x, float):
        return type(x), float.hex(x)
    if isinstance(x, complex):
        return type(x), x.real.hex(), x.imag.hex()
    if type(x) in _NUMBERS_AND_TEXTS or isinstance(x, (Tensor, Variable, np.ndarray, TypeSpec)):
        return (type(x),) if isinstance(x, int) else None
    return type(x), id(x)


def key_of_kind(x: Any) -> Hashable:
    """What TensorFlow would trace a function anew for, if it changed."""
    if type(x) is Tensor or isinstance(x, Variable):
        return type(x), x.dtype, tuple(x.shape)
    if isinstance(x, np.ndarray):
        return Tensor, x.dtype.name, x.shape
    if isinstance(x, TypeSpec):
        shape = getattr(x, "shape", None)
        extents = None if shape is None or shape.rank is None else tuple(shape)
        return Tensor, getattr(x, "dtype", None), extents
    if isinstance(x, TensorShape):
        return TensorShape, str(x)
    if isinstance(x, (list, tuple)):
        return type(x), *map(key_of_kind, x)
    if isinstance(x, dict):
        return dict, *[(key, key_of_kind(value)) for key, value in x.items()]
    if type(x) in _NUMBERS_AND_TEXTS:
        found: Hashable = x
        return found
    try:
        made = hash(x)
    except Exception:  # whatever a class of the user's raises
        return id(x)
    if getattr(type(x), "__eq__", None) is object.__eq__ and hasattr(x, "__weakref__"):
        return weakref.ref(x)  # another object, should it be gone
    return _Compared(x, made)


class _Compared:
    """An object as its class compares it, which may raise an error or answer with an array."""

    def __init__(self, x: Any, made: int) -> None:
        self.x, self.made = x, made

    def __hash__(self) -> int:
        return self.made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Compared):
            return False
        try:
            return self.x is other.x or bool(self.x == other.x)
        except Exception:
            return False


def general_key(new: Any, old: Any) -> Any:
    """A key that both fit, with None for what differs: extents, or a shape; or None."""
    if new == old:
        return old
    if not isinstance(new, tuple) or not isinstance(old, tuple) or len(new) != len(old):
        return None
    if len(new) == 3 and new[:2] == old[:2] and new[0] in (Tensor, Variable):
        if new[2] is None or old[2] is None or len(new[2]) != len(old[2]):
            return *new[:2], None
        shape = tuple(a if a == b else None for a, b in zip(new[2], old[2], strict=True))
        return *new[:2], shape
    parts = [general_key(a, b) for a, b in zip(new, old, strict=True)]
    missing = any(p is None and a is not None for p, a in zip(parts, new, strict=True))
    return None if missing else tuple(parts)


def parameter_kind(parameter: inspect.Parameter) -> str:
    return parameter.kind.name


def positional_count(func: Callable[..., Any]) -> int:
    """How many arguments it takes, if all can be given by position, and no others; or -1."""
    code = getattr(func, "__code__", None)
    if code is None or code.co_kwonlyargcount or code.co_flags & (CO_VARARGS | CO_VARKEYWORDS):
        return -1
    return int(code.co_argcount) - inspect.ismethod(func)


class Signature:
    """The parameters of a function, and the specs of those that `input_signature` is about."""

    def __init__(self, func: Callable[..., Any], specs: Any) -> None:
        if not isinstance(specs, (list, tuple)):
            raise TypeError(f"input_signature must be either a tuple or a list, got {type(specs)}.")
        leaves = nest.flatten(list(specs))
        if not all(isinstance(x, TypeSpec) for x in leaves):
            wrong = [x for x in leaves if not isinstance(x, TypeSpec)]
            raise TypeError(
                "input_signature must be a possibly nested sequence of TensorSpec objects, got "
                f"invalid args {wrong} with types {[type(x) for x in wrong]}."
            )
        self.specs = tuple(specs)
        self.of_function = inspect.signature(func)
        parameters = list(self.of_function.parameters.values())
        if parameters and parameters[0].name == "self" and not inspect.ismethod(func):
            parameters = parameters[1:]  # it is called on what it is bound to
            self.of_function = self.of_function.replace(parameters=parameters)
        positional = [
            p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
        rest = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        for p in positional[len(specs) :]:
            if p.default is p.empty:
                raise TypeError(f"input_signature missing type constraint for {p.name}")
        if len(specs) > len(positional) and not rest:
            extra = len(specs) - len(positional)
            raise TypeError(f"input_signature contains {extra} extra type constraints.")
        for p in parameters:
            if p.kind is p.KEYWORD_ONLY and p.default is p.empty:
                raise TypeError(
                    f"Since input_signature is defined, keyword-only parameter `{p.name}` must "
                    "have a default value"
                )
        self.parameters = parameters
        self.by_name = {p.name: s for p, s in zip(positional, specs, strict=False)}

    def __str__(self) -> str:
        texts = []
        for p in self.parameters:
            spec = self.by_name.get(p.name)
            text = p.name if spec is None else f"{p.name}: {spec}"
            texts.append(
                text if p.default is p.empty or spec is not None else f"{text}={p.default}"
            )
        return f"({', '.join(texts)})"

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """The arguments of a call, as what the signature says; a TypeError if they are not."""
        try:
            if not kwargs and len(args) == len(self.specs):
                pairs = zip(args, self.specs, strict=True)
                return [cast_structure(x, spec) for x, spec in pairs], kwargs
            bound = self.of_function.bind(*args, **kwargs)
            for name, given in bound.arguments.items():
                parameter = self.of_function.parameters[name]
                if name in self.by_name:
                    bound.arguments[name] = cast_structure(given, self.by_name[name])
                elif parameter.kind is parameter.VAR_POSITIONAL:
                    specs = self.specs[len(self.by_name) :]
                    pairs = zip(given, specs, strict=True)
                    bound.arguments[name] = tuple(cast_structure(x, s) for x, s in pairs)
                elif not is_equal(given, parameter.default):
                    raise TypeError(f"Can not cast {given!r} to Literal[{parameter.default!r}]")
            for name, spec in self.by_name.items():
                if name not in bound.arguments:
                    default = self.of_function.parameters[name].default
                    bound.arguments[name] = cast_structure(default, spec)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"Binding inputs to tf.function failed due to `{error}`. Received args: {args} and "
                f"kwargs: {kwargs} for signature: {self}."
            ) from error
        return bound.args, bound.kwargs
