"""GradBench's objectives, compiled: derivatives beside C++ that somebody has written by hand."""

from functools import partial

from bench.gradbench import problems
from bench.problem import Timing
from bench.suites.function import compiled

MIXTURE = Timing(
    name="mixture",
    title="mixture of 25 Gaussians in 10 dimensions, 1,000 points, and the gradient",
    function="mixture",
    inputs=partial(problems.mixture_inputs, 10, 25, 1000),
    expected=problems.mixture_expected,
)
RECURRENT = Timing(
    name="recurrent",
    title="gradient of an LSTM of two layers of 14, 1,024 letters",
    function="recurrent",
    inputs=partial(problems.recurrent_inputs, 2, 1024),
    expected=problems.recurrent_expected,
)
CAMERAS = Timing(
    name="cameras",
    title="bundle adjustment, 49 cameras, 31,843 observations: rows of the Jacobian",
    function="cameras",
    inputs=partial(problems.cameras_inputs, 49, 7776, 31843),
    expected=problems.cameras_expected,
)
HAND = Timing(
    name="hand",
    title="Jacobian of a hand of 22 bones by 26 parameters, 100 points",
    function="hand",
    inputs=partial(problems.hand_inputs, 544, 100),
    expected=problems.hand_expected,
)

PROBLEMS = (
    compiled(MIXTURE, {"jax jit": 1.0, "cpp": 1.5}),
    compiled(RECURRENT, {"cpp": 2.0}),
    compiled(CAMERAS, {"cpp": 2.0}),
    compiled(HAND, {"cpp": 2.0}),
)
