"""Whole objectives, compiled: GradBench's, beside what NumPy computes by other means."""

from __future__ import annotations

import pytest

import autograd_c as tf

from ..objectives import Timing, problems, tensors

MIXTURE = problems.mixture_inputs(3, 4, 20), problems.mixture_expected
RECURRENT = problems.recurrent_inputs(2, 9), problems.recurrent_expected
CAMERAS = problems.cameras_inputs(3, 7, 40), problems.cameras_expected
HAND = problems.hand_inputs(12, 5), problems.hand_expected

WAYS = {
    "mixture": MIXTURE,
    "recurrent": RECURRENT,
    "recurrent_loop": RECURRENT,
    "cameras": CAMERAS,
    "mapped_cameras": CAMERAS,
    "hand": HAND,
    "pushed_hand": HAND,
}


@pytest.mark.parametrize("way", WAYS)
def test_derivatives(way):
    inputs, expected = WAYS[way]
    task = getattr(tensors, way)(tf, **inputs)
    problem = Timing(name=way, title=way, function=way, inputs=dict, expected=expected, rtol=1e-11)
    recorded = tf.function(task.run)
    for run in (task.run, recorded, recorded):
        problem.check(inputs, task, run())
    ((tree, _),) = recorded._trees.values()
    assert tree.problem is None and tree.paths == 1
