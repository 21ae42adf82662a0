"""The paths of a function for arguments of one kind, as they are put into files."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.control.function import Function
from autograd_c.control.specs import TensorSpec
from autograd_c.core import _core
from autograd_c.functions.arrays import zeros
from autograd_c.programs.kinds import Recorded, of_arguments
from autograd_c.programs.structures import DEEPEST, described_result
from autograd_c.values import errors

# How long another thread may take to add a path, in seconds.
_PATIENCE = 60.0


def record_paths(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Recorded:
    """The paths that `tf.function` has recorded for arguments like these, and the one of these.

    What is recorded for calls of the function stays as it is, and so do Variables.

    Args:
        function: or what `tf.function` has made of one.
        args, kwargs: as of `functions.save`.

    Returns:
        A program, if no value is read and no Variable; else paths.

    Raises:
        InvalidArgumentError, UnimplementedError: as `functions.save`.
    """
    plain = getattr(function, "python_function", function)
    examples = Examples(function)
    args = tuple([examples.of(x, 0) for x in args])
    kwargs = {key: examples.of(x, 0) for key, x in kwargs.items()}
    tree, recorded = _core.PathTree(), None
    if isinstance(function, Function):
        known, recorded, args, kwargs = function._recorded_for(args, kwargs)
        if known is not None:
            tree = _copy(known)
    made, call = of_arguments(plain, args, kwargs)
    tensors = made.inputs
    order = _order_of(tensors, tensors if recorded is None else recorded)
    if order is None:
        tree, order = _core.PathTree(), list(range(len(tensors)))

    def checked(*given: Any) -> Any:
        result = call([given[k] for k in order])
        described_result(result, [])
        return result

    if tree.paths == 0 or examples.are_given:
        inputs = [tensors[order.index(k)] for k in range(len(order))]
        _core.record_path(tree, checked, inputs, examples.are_given)
    code = _core.paths_as_code(tree, order)
    made.take_code(code, results_of(code))
    return made


class Examples:
    """Tensors for leaves of the arguments of a function, each one of its own.

    Attributes:
      are_given: whether all of them have values.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        # Otherwise a signature says of which dtype arrays become tensors.
        self._makes_tensors = getattr(function, "input_signature", None) is None
        self.are_given = True
        self._seen: dict[int, Any] = {}

    def of(self, x: Any, depth: int) -> Any:
        if depth > DEEPEST:
            return x  # which is refused later
        if type(x) is list or type(x) is tuple:
            return type(x)([self.of(item, depth + 1) for item in x])
        if type(x) is dict:
            return {key: self.of(item, depth + 1) for key, item in x.items()}
        if isinstance(x, TensorSpec):
            self.are_given = False
            x = self.of_spec(x)
        is_array = isinstance(x, (np.ndarray, np.generic)) and self._makes_tensors
        if is_array or isinstance(x, (_core.Tensor, _core.Variable)):
            tensor = _core.convert_to_tensor(x)
            if id(tensor) in self._seen:
                tensor = _core.identity(tensor)
            return self._seen.setdefault(id(tensor), tensor)
        return x

    def of_spec(self, spec: TensorSpec) -> Any:
        if not spec.shape.is_fully_defined():
            raise errors.InvalidArgumentError(f"[save] the shape of {spec} is not known")
        return zeros(spec.shape, spec.dtype)


def _order_of(tensors: list[Any], arguments: list[Any]) -> list[int] | None:
    """Of each of some tensors its place among others; None if these are not the same ones."""
    places = {id(tensor): k for k, tensor in enumerate(arguments)}
    order = [places.get(id(tensor), -1) for tensor in tensors]
    return order if sorted(order) == list(range(len(arguments))) else None


def _copy(tree: _core.PathTree) -> _core.PathTree:
    limit = time.monotonic() + _PATIENCE
    copy = _core.copy_paths(tree)
    while copy is None:  # another thread is adding a path
        if time.monotonic() > limit:
            raise errors.InvalidArgumentError("[save] the function is being recorded all the time")
        time.sleep(0.001)
        copy = _core.copy_paths(tree)
    return copy


def results_of(code: dict[str, Any]) -> list[Any]:
    """What is returned at the end of each path, as structures; code is without that afterwards."""
    made, segments = [], []
    results = iter(code.pop("results"))
    for segment in code["segments"]:
        if segment[0] == "return":
            kind, end, slots, assigned = segment
            structure, stand_ins = next(results)
            found: list[Any] = []
            made.append(described_result(structure, found))
            places = {id(tensor): slot for tensor, slot in zip(stand_ins, slots, strict=True)}
            segment = (kind, end, tuple([places[id(tensor)] for tensor in found]), assigned)
        segments.append(segment)
    code["segments"] = tuple(segments)
    return made
