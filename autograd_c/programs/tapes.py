"""Tapes as graphs, and where the time of their sweeps goes: what ``tf.viz`` has of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from autograd_c.core import _core
from autograd_c.core._core import GradientTape, Tensor, Variable
from autograd_c.programs.graphs import Graph
from autograd_c.programs.profiles import Profile
from autograd_c.programs.text import Code, type_text
from autograd_c.values import errors, nest


@contextmanager
def record_lines() -> Iterator[None]:
    """In its scope, it is noted from which line of the program each record of a tape is.

    `tf.viz.profile(tape)` tells them, for as long as the scope lasts. Operations on single numbers
    take longer in it. It is for this thread.

    >>> import autograd_c as tf
    >>> x = tf.constant([3.0, 4.0])
    >>> with tf.viz.record_lines():
    ...     with tf.GradientTape() as tape:
    ...         tape.watch(x)
    ...         y = tf.sin(x) * x
    ...     result = tf.viz.profile(tape)(y, x)
    >>> sum(calls for line, calls, seconds in result.lines)
    2
    """
    _core.note_lines(True)
    try:
        yield
    finally:
        _core.note_lines(False)


def graph_of(tape: GradientTape, target: Any = None) -> Graph:
    """What a tape has recorded, as a graph: all of it, or what a target was computed from."""
    targets = nest.flatten(target) if target is not None else []
    for x in targets:
        if not isinstance(x, (Tensor, Variable)):
            raise errors.InvalidArgumentError(
                f"[viz.graph] a target is {x!r}, and no tensor or Variable"
            )
    records, names, nodes = _core.tape_records(tape, targets)
    if None in nodes:
        raise errors.InvalidArgumentError(
            f"[viz.graph] the tape knows no records of target {nodes.index(None)}: it depends on "
            "nothing that is watched, or the tape was used up, as one that is not persistent is by "
            "its gradient"
        )
    if targets:
        wanted = {node for node in nodes if node is not None}
        for node, _, _, read, *_ in reversed(records):
            if node in wanted:
                wanted.update(k for k in read if k is not None)
        records = [record for record in records if record[0] in wanted]
    else:
        used = {k for _, _, _, read, *_ in records for k in read}
        nodes = [node for node, name, *_ in records if node not in used and name != "input"]
    code, labels = _as_code(records, names, nodes)
    return Graph(code, labels)


def _as_code(
    records: list[Any], names: dict[int, str], nodes: list[int | None]
) -> tuple[Code, list[str]]:
    """Records in the place of instructions; what a tape does not know are constants, as None."""
    watched = [record for record in records if record[1] == "input"]
    slots: dict[int | None, int] = {record[0]: k for k, record in enumerate(watched)}
    count = len(watched)
    labels = [names.get(record[0], f"watched {k}") for k, record in enumerate(watched)]
    code: Code = {
        "inputs": [(dtype, shape) for _, _, _, _, dtype, shape, _ in watched],
        "constants": [],
        "instructions": [],
    }
    for node, name, attributes, read, dtype, shape, _ in records:
        if name == "input":
            continue
        operands = []
        for k in read:
            if k in slots:
                operands.append(slots[k])
            else:
                operands.append(count)
                code["constants"].append((count, None))
                count += 1
        slots[node] = count
        count += 1
        code["instructions"].append((name, attributes, operands, [(slots[node], dtype, shape)]))
    code["outputs"] = [slots[node] for node in nodes]
    return code, labels


def profile_of(tape: GradientTape, runs: int) -> Callable[..., Profile]:
    """A function of targets and sources, which says where the time of their gradient goes."""

    def run(target: Any, sources: Any, output_gradients: Any = None) -> Profile:
        def gradient() -> Any:
            return tape.gradient(target, sources, output_gradients)

        rounds = [_core.time_sweeps(gradient)[1]]
        if tape._persistent:  # the first one was to bring memory and caches into their state
            rounds = [_core.time_sweeps(gradient)[1] for _ in range(runs)]
        rows = rounds[0]
        times = [min(found) * 1e-9 for found in zip(*([row[-1] for row in r] for r in rounds))]
        instructions = [
            (name, type_text(dtype, shape), t)
            for (name, dtype, shape, _, _), t in zip(rows, times, strict=True)
        ]
        inputs = nest.flatten(sources)
        title = ", ".join(type_text(x.dtype.name, tuple(x.shape)) for x in inputs)
        places = [row[3] for row in rows]
        return Profile(instructions, places if any(places) else [], "record", f"by {title}")

    return run
