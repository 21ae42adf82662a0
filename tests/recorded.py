"""AUTOGRAD_C_FUNCTION=1: whole tests of tapes and transformations through `tf.function`.

What a test does is recorded, as if it were the body of a function, and must pass meanwhile. Then
the record is run: each value that the test has looked at is a guard of it, so that the run takes
the recorded path if, and only if, all of them are the same, bit by bit. Tensors and Variables that
the test makes are kept, so that they are inputs of the record, and no constants.
"""

from __future__ import annotations

import collections
import functools

import pytest

import autograd_c as tf

# How many tests ran from their records, and why others did not.
OUTCOMES: collections.Counter[str] = collections.Counter()
FROM_RECORD = "run from the record"
MAKES_VARIABLES = "it makes Variables otherwise than by tf.Variable"

# How reasons begin for which a function is called each time; see docs/function.md.
CALLED_BECAUSE = (
    "[custom",
    "an operation failed",
    "another thread computes",
    "it assigns to elements",
    "it draws random numbers",
    "it uses tf.recompute_grad",
    "Python reads",
)

FOLDERS = ("core", "transforms")
# What asks for the memory of the process, which records need more of.
_MEASURES = {"assert_flat", "resident_bytes"}
# Files of tests, and tests, that are not to be recorded, and why.
NOT_MEANT: dict[str, str] = {
    "test_growth.py": "they count what the engine does, which for a program is more",
    "test_instruction_sets.py": "they start processes",
    "test_mixing.py": "arrays become tensors where they are arguments of a function",
    "test_nested_maps.py": "they count calls, and whose tensors are kept is called for each row",
    "test_threads.py": "what other threads compute is called",
    "test_tracebacks.py": "they look at frames",
    "test_a_rule_in_python_is_called_with_one_cotangent_at_a_time": "it counts calls of a rule",
    "test_a_rule_that_wants_only_what_is_asked_for": "it counts calls of a rule",
    "test_batch_jacobian_with_a_rule_in_python": "it counts calls of a rule",
    "test_rules_in_python_are_asked_for_what_is_tracked": "it counts calls of a rule",
    "test_a_chain_of_a_million_numbers_in_a_nest": "it takes a minute",
    "test_a_deep_chain_is_differentiated_without_recursion": "it takes long",
    "test_ctrl_c_interrupts_a_long_sweep": "it is interrupted",
    "test_a_python_float_is_float64_whatever_the_default": "it changes the default",
    "test_a_variable_dies_when_its_last_name_does": "records keep Variables",
    "test_an_accumulator_made_here_and_entered_there": "threads",
    "test_detached_warnings_name_each_line_once": "warnings of a place come once",
    "test_eight_threads_get_what_one_gets": "threads, whose sweeps are not recorded",
    "test_entering_again_inside_a_recorder_that_was_opened_since": "the record is a recorder, too",
    "test_it_is_in_place_where_nobody_else_holds_the_elements": "it looks at addresses",
    "test_references_are_given_back_by_a_block_that_fails": "records keep tensors",
    "test_references_to_what_was_watched_are_given_back": "records keep tensors",
    "test_tangents_of_elementwise_operations_by_differences": "each takes a second",
    "test_memory_stays_flat": "records need more",
    "test_what_programs_print": "it asks whether anything is recorded",
}


class _KeptVariables:
    """In the place of the class: gives the same Variables, in order, in each run of a test."""

    def __init__(self, original, given):
        self._original = original
        # With their first values: those that the test is given, and those that it makes.
        self._given = [(x, x.numpy()) for x in given]
        self._kept, self._used = [], 0

    def start(self):
        self._used = 0
        for variable, value in self._given:
            variable.assign(value)
        for variable, value in self._kept:
            variable.assign(value)

    def made(self):
        return bool(self._kept)

    def __call__(self, *args, **kwargs):
        if self._used == len(self._kept):
            made = self._original(*args, **kwargs)
            self._kept.append((made, made.numpy()))
        self._used += 1
        return self._kept[self._used - 1][0]

    def __instancecheck__(self, thing):
        return isinstance(thing, self._original)

    def __mro_entries__(self, bases):
        return (self._original,)

    def __getattr__(self, name):
        return getattr(self._original, name)


def _keeping(function, kept):
    @functools.wraps(function)
    def made(*args, **kwargs):
        kept.append(function(*args, **kwargs))
        return kept[-1]

    return made


def run_recorded(test, arguments):
    """Record a test, and run the record. Returns what came of it, a key of `OUTCOMES`."""
    kept, runs = [], []
    variables = _KeptVariables(
        tf.Variable, [x for x in arguments.values() if isinstance(x, tf.Variable)]
    )

    def body():
        runs.append(None)
        test(**arguments)

    recorded = tf.function(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tf, "Variable", variables)
        patch.setattr(tf, "constant", _keeping(tf.constant, kept))
        recorded()
        try:
            if variables.made():  # a call that makes Variables is not recorded
                kept.clear()
                variables.start()
                recorded()
            problem = next((t.problem for t, _ in recorded._trees.values()), None)
            if problem is not None:
                assert problem.startswith(CALLED_BECAUSE)
                return problem
            count = len(runs)
            variables.start()
            recorded()
        except ValueError as error:
            if "singleton tf.Variables" in str(error):
                return MAKES_VARIABLES
            raise
    if len(runs) != count:
        pytest.fail("The record has met other values than those that it was recorded with.")
    return FROM_RECORD


def is_meant(item):
    """Whether a test can be recorded. One that measures what the process holds cannot."""
    names = {item.path.name, item.originalname}
    code = getattr(item.function, "__code__", None)
    measures = code is not None and _MEASURES & {*code.co_names, *code.co_freevars}
    return not names & set(NOT_MEANT) and not measures


def pytest_collection_modifyitems(items):
    """Leave out what is not meant."""
    items[:] = [item for item in items if is_meant(item)]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run the test, or, if it draws examples, let each of them be run, from a record."""
    if not is_recorded(pyfuncitem):
        return None
    test = pyfuncitem.obj
    if hasattr(test, "hypothesis"):
        inner = test.hypothesis.inner_test
        if not hasattr(inner, "recorded"):

            @functools.wraps(inner)
            def each(**arguments):
                OUTCOMES[run_recorded(inner, arguments)] += 1

            each.recorded = True
            test.hypothesis.inner_test = each
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    outcome = run_recorded(test, arguments)
    OUTCOMES[outcome] += 1
    pyfuncitem.user_properties.append(("recorded", outcome))
    return True


def is_recorded(item):
    return item.path.relative_to(item.config.rootpath / "tests").parts[0] in FOLDERS
