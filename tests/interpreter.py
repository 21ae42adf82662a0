"""An interpreter of what programs recorded: one operation after the other, as users call them.

It knows no optimisation: nothing is left out, shared, fused or computed in place, loops go round by
round, and their derivatives are those of a tape that has seen all rounds. What a plan, a loop or a
kept call gives is to be what this gives.
"""

from __future__ import annotations

import autograd_c as tf
from autograd_c.core import _core


def run(program, inputs):
    """What a `_core.Program` gives for inputs, a list of tensors."""
    return run_code(program.code(), inputs)


def run_code(code, inputs):
    """The same of a dict as `Program.code` or `Program.simplified_code` returns it."""
    slots = dict(code["constants"])
    for k, kind in enumerate(code["inputs"]):
        slot, dtype, shape = (k, *kind) if len(kind) == 2 else kind
        assert (inputs[slot].dtype.name, tuple(inputs[slot].shape)) == (dtype, tuple(shape))
        slots[slot] = inputs[slot]
    for name, attributes, reads, writes, *more in code["instructions"]:
        operands = [slots[slot] for slot in reads]
        if more and more[-1] is not None:
            results = call(more[-1], operands)
        else:
            results = call_row(name, attributes, operands, [kind for _, *kind in writes])
        for (slot, dtype, shape), result in zip(writes, results, strict=True):
            assert (result.dtype.name, tuple(result.shape)) == (dtype, tuple(shape)), name
            slots[slot] = result
    return [slots[slot] for slot in code["outputs"]]


def call_row(name, attributes, operands, kinds):
    """What one operation gives: a program of it alone, which a batch of one call does not plan."""
    inputs = [(x.dtype.name, tuple(x.shape)) for x in operands]
    code = {
        "inputs": inputs,
        "constants": [],
        "instructions": [
            (
                name,
                attributes,
                list(range(len(inputs))),
                [(len(inputs) + k, *kind) for k, kind in enumerate(kinds)],
            )
        ],
        "outputs": [len(inputs) + k for k in range(len(kinds))],
    }
    found = _core.Program.from_code(code).run(operands, [False] * len(operands), 1)
    return [tf.squeeze(x, 0) for x in found]


def is_known(program):
    """Whether all that it does can be interpreted: no rule of Python's is a part of it."""
    return all(is_known_composite(c) for c in program.composites.values())


def is_known_composite(composite):
    return (
        composite.kind in KINDS
        and all(is_known(program) for program in composite.programs)
        and (composite.of is None or is_known_composite(composite.of))
    )


def call(composite, inputs):
    """What a loop, a branch or a derivative of one gives."""
    return KINDS[composite.kind](composite, inputs)


def branch(composite, inputs):
    number, last = int(inputs[0]), len(composite.programs) - 1
    if not 0 <= number <= last:
        number = last
    return run(composite.programs[number], inputs[1:])


def loop(composite, inputs):
    carried, rows, count, backwards, _ = composite.numbers
    program = composite.programs[0]
    state, given, rest = inputs[:carried], inputs[carried:][:rows], inputs[carried + rows :]
    found = []

    def goes_on():
        if count >= 0 and len(found) >= count:
            return False
        if len(composite.programs) == 1:
            return True
        return bool(run(composite.programs[1], [*state, *rest])[0])

    while goes_on():
        row = count - 1 - len(found) if backwards else len(found)
        made = run(program, [*state, *[x[row] for x in given], *rest])
        state = made[:carried]
        found.append(made[carried:])
    if backwards:
        found.reverse()
    code = program.code()
    stacked = []
    for k, slot in enumerate(code["outputs"][carried:]):
        if found:
            stacked.append(tf.stack([made[k] for made in found]))
        else:
            stacked.append(no_rows(code, slot))
    return [*state, *stacked]


def no_rows(code, slot):
    """The results of a loop without a round."""
    for k, (dtype, shape) in enumerate(code["inputs"]):
        if k == slot:
            return tf.zeros([0, *shape], dtype)
    for *_, writes in (i[:4] for i in code["instructions"]):
        for made, dtype, shape in writes:
            if made == slot:
                return tf.zeros([0, *shape], dtype)
    constant = dict(code["constants"])[slot]
    return tf.zeros([0, *constant.shape], constant.dtype)


def input_count(composite):
    if composite.of is None:
        has_number = composite.kind == "cond"
        return len(composite.programs[0].code()["inputs"]) + has_number
    by, of = flags(composite)
    return len(by) + sum(by if composite.kind == "tangent" else of)


def flags(derivative):
    """By which inputs, and of which outputs, of the composite it is."""
    count = input_count(derivative.of)
    return derivative.numbers[:count], derivative.numbers[count:]


def picked(values, which):
    return [x for x, is_asked in zip(values, which, strict=True) if is_asked]


def gradient(composite, inputs):
    by, of = flags(composite)
    given, cotangents = [tf.identity(x) for x in inputs[: len(by)]], inputs[len(by) :]
    sources = picked(given, by)
    with tf.GradientTape() as tape:
        tape.watch(sources)
        targets = picked(call(composite.of, given), of)
    return tape.gradient(targets, sources, cotangents, unconnected_gradients="zero")


def tangent(composite, inputs):
    by, of = flags(composite)
    given, tangents = [tf.identity(x) for x in inputs[: len(by)]], inputs[len(by) :]
    with tf.autodiff.ForwardAccumulator(picked(given, by), tangents) as accumulator:
        targets = picked(call(composite.of, given), of)
    return [accumulator.jvp(y, unconnected_gradients="zero") for y in targets]


KINDS = {
    "cond": branch,
    "scan": loop,
    "while_loop": loop,
    "gradient": gradient,
    "tangent": tangent,
}
