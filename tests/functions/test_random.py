"""Random numbers: their distributions, seeds, states and threads, and derivatives of samples."""

from __future__ import annotations

import copy
import pickle
import threading

import numpy as np
import pytest
from scipy import special, stats

import autograd_c as tf
from autograd_c.functions import random_implicit, random_streams

FLOATS = ("float16", "float32", "float64")
SEED = [3, 4]
N = 20000


def generator():
    return tf.random.Generator.from_seed(11)


# ---------------------------------------------------------------- distributions


def between(mean, deviation, low, high):
    a, b = (low - mean) / deviation, (high - mean) / deviation
    return stats.truncnorm(a, b, mean, deviation)


CONTINUOUS = {
    "normal": (lambda r, d: r.normal([N], 2.0, 3.0, d), stats.norm(2, 3)),
    "uniform": (lambda r, d: r.uniform([N], 2.0, 5.0, d), stats.uniform(2, 3)),
    "truncated": (lambda r, d: r.truncated_normal([N], 2.0, 3.0, d), between(2, 3, -4, 8)),
}
GAMMAS = [(0.7, 2.0), (1.0, None), (4.0, [1.0] * N), ([30.0] * N, 5.0)]


class Stateless:
    """The stateless functions as methods, with one seed."""

    def __getattr__(self, name):
        function = getattr(tf.random, f"stateless_{name}")
        return lambda shape, *rest: function(shape, SEED, *rest)


@pytest.mark.parametrize("source", [tf.random, Stateless(), generator()], ids=["", "less", "own"])
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", CONTINUOUS)
def test_numbers_have_their_distribution(name, dtype, source):
    tf.random.set_seed(5)
    draw, distribution = CONTINUOUS[name]
    x = draw(source, dtype)
    assert x.dtype == dtype and x.shape == (N,)
    assert stats.kstest(x.numpy().astype(float), distribution.cdf).pvalue > 1e-3


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("alpha", "beta"), GAMMAS, ids=range(4))
def test_gamma_numbers_have_their_distribution(alpha, beta, dtype):
    x = tf.random.stateless_gamma([N], SEED, alpha, beta, dtype)
    assert x.dtype == dtype and x.shape == (N,)
    distribution = stats.gamma(
        np.ravel(alpha)[0], 0, 1 / np.ravel(1.0 if beta is None else beta)[0]
    )
    assert stats.kstest(x.numpy().astype(float), distribution.cdf).pvalue > 1e-3


BOUNDS = [(-1, 1), (0.1, 0.3), (5, 6), (-7, -6.5), (-np.inf, 0.5), (3, np.inf), (9, 40)]


@pytest.mark.parametrize(("low", "high"), [*BOUNDS, (-np.inf, np.inf)])
@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (0.4, 0.5)])
def test_truncated_normal_numbers_have_their_distribution(low, high, mean, deviation):
    x = tf.random.stateless_parameterized_truncated_normal(
        [N], SEED, tf.constant(mean, tf.float64), deviation, low, high
    ).numpy()
    assert np.all((x >= low) & (x <= high))
    distribution = between(mean, deviation, low, high)
    assert stats.kstest(x, distribution.cdf).pvalue > 1e-3


def test_counts_have_their_distribution():
    tf.random.set_seed(6)
    for rate in (0.3, 7.0, 400.0):
        for x in (tf.random.poisson([N], rate), tf.random.stateless_poisson([N], SEED, rate)):
            assert abs(np.mean(x) - rate) < 5 * np.sqrt(rate / N)
            assert abs(np.var(x.numpy().astype(float)) / rate - 1) < 0.1
    x = tf.random.stateless_binomial([N, 2], SEED, [10.0, 100.0], [0.25, 0.5], tf.float64)
    np.testing.assert_allclose(np.mean(x, 0), [2.5, 50], rtol=0.02)
    np.testing.assert_allclose(np.var(x, 0), [1.875, 25], rtol=0.05)


@pytest.mark.parametrize("rows", [1, 3])
def test_classes_have_their_probabilities(rows):
    logits = np.log([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1], [0.25] * 4])[:rows] + 30.0
    x = tf.random.stateless_categorical(logits, N, SEED).numpy()
    for row, classes in zip(logits, x, strict=True):
        found = np.bincount(classes, minlength=4) / N
        np.testing.assert_allclose(found, np.exp(row - 30), atol=0.02)


def test_classes_that_cannot_be():
    inf, nan = np.inf, np.nan
    logits = [[0.0, -inf, inf, nan], [-inf, nan, 1.0, -inf], [nan] * 4]
    x = tf.random.categorical(logits, 50, tf.int32)
    assert x.dtype == tf.int32
    assert np.unique(x[0]) == 0 and np.unique(x[1]) == 2 and np.unique(x[2]) == 4


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32", "uint64"])
def test_integers(dtype):
    x = generator().uniform_full_int([N], dtype)
    y = tf.random.stateless_uniform([N], SEED, None, None, dtype)
    for z in (x, y):
        assert z.dtype == dtype
        limits = np.iinfo(dtype)
        unit = (z.numpy().astype(float) - limits.min) / (float(limits.max) - limits.min)
        assert stats.kstest(unit, stats.uniform.cdf).pvalue > 1e-3
    if dtype.startswith("int"):
        die = tf.random.uniform([N], 1, 7, dtype)
        assert die.dtype == dtype and set(die.numpy().tolist()) == set(range(1, 7))


def test_half_precision_stays_below_one():
    x = tf.random.stateless_uniform([200000], SEED, dtype=tf.float16).numpy()
    assert 0 <= x.min() and x.max() < 1


def test_values_at_the_edges():
    tiny = np.finfo("float32").tiny
    x = tf.random.gamma([3], [-1.0, 0.0, np.nan, 1e-5]).numpy()
    assert np.isnan(x[:, [0, 2]]).all() and (x[:, 1] == tiny).all() and (x[:, 3] >= tiny).all()
    x = tf.random.poisson([2], [-1.0, 0.0, np.nan, np.inf, 1e17]).numpy()
    np.testing.assert_array_equal(x[0, :4], [0, 0, np.nan, np.inf])
    assert abs(x[0, 4] / 1e17 - 1) < 1e-6
    counts, chances = [5.0, 5.0, -1.0, np.nan], [2.0, -1.0, 0.5, 0.5]
    x = tf.random.stateless_binomial([4], SEED, counts, chances, "float32")
    np.testing.assert_array_equal(x, [5, 0, 0, np.nan])
    for draw in (tf.random.normal, tf.random.uniform, tf.random.truncated_normal):
        assert draw([0, 3]).shape == (0, 3) and draw([]).shape == ()
        assert draw(tf.TensorShape([2])).shape == draw(tf.constant([2])).shape == (2,)
        assert draw([tf.constant(2), 3]).shape == draw(np.array([2, 3])).shape == (2, 3)
    assert tf.random.uniform([0], 3, 3, tf.int32).shape == (0,)
    assert tf.random.normal([2], tf.zeros([3, 1])).shape == (3, 2)
    assert tf.random.normal([2], 1e30, 1e30).dtype == tf.float32
    assert tf.random.shuffle(5).numpy() == 5 and tf.random.shuffle([[1]]).shape == (1, 1)


# ---------------------------------------------------------------- seeds


def draws_without_a_seed():
    return [
        tf.random.normal([3]), tf.random.uniform([2], dtype=tf.float64), tf.random.normal([3]),
        tf.random.gamma([2], 2.0), tf.random.uniform([3], 0, 100, tf.int32),
        tf.random.categorical([[0.0, 1.0]], 9), tf.random.poisson([2], 50.0),
        tf.random.shuffle(tf.range(20)), tf.random.truncated_normal([2]),
    ]  # fmt: skip


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_the_program_begins_anew_with_its_seed():
    tf.random.set_seed(1)
    first, second = draws_without_a_seed(), draws_without_a_seed()
    assert not np.array_equal(first[0], first[2]) and not same(first, second)
    tf.random.set_seed(tf.constant(1))
    assert same(first, draws_without_a_seed()) and same(second, draws_without_a_seed())
    tf.random.set_seed(2)
    assert not same(first, draws_without_a_seed())
    tf.random.set_seed(None)
    third = draws_without_a_seed()
    tf.random.set_seed(None)
    assert not same(third, draws_without_a_seed())


@pytest.mark.parametrize("program", [None, 1])
def test_operations_with_a_seed_have_a_stream_of_their_own(program):
    tf.random.set_seed(program)
    a, b = tf.random.uniform([2], seed=1), tf.random.uniform([2], seed=1)
    c = tf.random.uniform([2], seed=2)
    assert not np.array_equal(a, b) and not np.array_equal(a, c)
    tf.random.set_seed(program)
    tf.random.uniform([9])
    assert same([a], [tf.random.uniform([2], seed=1)])
    tf.random.normal([9], seed=1)
    assert same([c, b], [tf.random.uniform([2], seed=np.int64(2)), tf.random.uniform([2], seed=1)])


def test_stateless_numbers_depend_on_their_arguments_alone():
    tf.random.set_seed(1)
    draw = tf.random.stateless_normal
    x = draw([100], SEED)
    tf.random.normal([5])
    assert same([x, x, x], [draw([100], s) for s in (SEED, tf.constant(SEED), np.array(SEED))])
    assert same([x[:60]], [draw([60], SEED)]) and not same([x], [draw([100], SEED[::-1])])
    # What other machines and later versions have to give, too.
    np.testing.assert_allclose(draw([2], [1, 2], dtype="float64"), STATELESS, rtol=1e-15)
    seeds = tf.random.split(SEED, 50)
    assert seeds.shape == (50, 2) and seeds.dtype == tf.int32
    assert len({tuple(s) for s in seeds.numpy().tolist()}) == 50
    folded = [tf.random.fold_in(SEED, k).numpy().tolist() for k in range(50)]
    assert len({tuple(s) for s in folded}) == 50
    assert tf.random.fold_in(SEED, 2**40).dtype == tf.int64


STATELESS = [0.17447178262200874, 0.7717731956672363]


def test_indices_are_put_into_an_order():
    shuffle = tf.random.experimental.index_shuffle
    for n in (1, 2, 3, 17, 256, 1000):
        order = shuffle(tf.range(n), SEED, n - 1).numpy()
        assert sorted(order) == list(range(n))
        assert n < 17 or np.corrcoef(order, np.arange(n))[0, 1] < 0.6
    assert shuffle(3, SEED, tf.constant(2**50, tf.int64)).dtype == tf.int64
    many = tf.random_index_shuffle(tf.range(2), [[1, 2, 3], [4, 5, 6]], [9, 99])
    one = tf.random_index_shuffle(1, [4, 5, 6], 99)
    assert many[1] == one and one.shape == ()


# ---------------------------------------------------------------- generators


def test_states_are_as_in_tensorflow():
    make = tf.random.Generator.from_seed
    for seed, state in [
        (5, [5, 0, 0]), (-1, [-1, -1, -1]), (2**70, [0, 64, 0]), ([5, 6], [0, 5, 6]),
        ([5, 6, 7, 8], [5, 6, 7]), (np.int64(7), [7, 0, 0]),
    ]:  # fmt: skip
        assert make(seed).state.numpy().tolist() == state
    g = make(5)
    assert g.algorithm == 1 and g.key.numpy() == 0 and not g.state.trainable
    assert make(5, "threefry").state.numpy().tolist() == [5, 0]
    assert g.skip(3).numpy().tolist() == [5, 0, 0]
    for draw, count in [
        (lambda: g.uniform([2, 3]), 6), (lambda: g.split(3), 3), (lambda: g.make_seeds(4), 4),
        (lambda: g.normal([0]), 0), (lambda: g.uniform_full_int([4]), 4),
    ]:  # fmt: skip
        before = g.state.numpy()
        draw()
        assert (g.state.numpy() - before).tolist() == [256 * count, 0, 0]
    g.reset([-1, 5, 6])
    g.skip(1)
    assert g.state.numpy().tolist() == [255, 6, 6]
    g.reset_from_key_counter(3, [4, 5])
    assert g.state.numpy().tolist() == [4, 5, 3]
    h = tf.random.Generator.from_key_counter(1, 2, "threefry")
    h.reset([-1, 7])
    h.skip(1)
    assert h.state.numpy().tolist() == [255, 7]
    assert tf.random.create_rng_state([1], "philox").numpy().tolist() == [0, 0, 1]


def test_a_state_is_all_that_a_generator_has():
    g = generator()
    g.normal([3])
    state = g.state.numpy()
    others = [
        tf.random.Generator(g), tf.random.Generator.from_state(state, "philox"),
        copy.deepcopy(g), pickle.loads(pickle.dumps(g)),
    ]  # fmt: skip
    x, y = g.normal([4]), g.normal([4])
    assert not same([x], [y])
    for other in others:
        assert same([x, y], [other.normal([4]), other.normal([4])])
    g.state.assign(state)
    assert same([x], [g.normal([4])])
    # The state that `skip` leaves is that of a draw.
    g.reset(state)
    g.skip(4)
    assert same([y], [g.normal([4])])
    a, b = tf.random.Generator.from_non_deterministic_state(), g.split(2)
    streams = [k.normal([50]).numpy().tolist() for k in (a, g, *b)]
    assert len({tuple(s) for s in streams}) == 4


def test_generators_of_one_variable_draw_from_one_stream():
    state = tf.Variable(np.array([1, 2, 3]))
    make = tf.random.Generator.from_state
    g, h = make(state, "philox"), make(state, "philox")
    alone = make([1, 2, 3], "philox")
    assert g.state is h.state is state
    assert same([g.normal([2]), h.normal([2])], [alone.normal([2]), alone.normal([2])])
    assert state.numpy().tolist() == [1 + 4 * 256, 2, 3]
    state.assign([1, 2, 3])
    alone.reset([1, 2, 3])
    assert same([h.normal([2])], [alone.normal([2])])
    h.reset_from_seed(4)
    assert g.state.numpy().tolist() == [4, 0, 0]
    # A copy has a stream of its own, as has a generator of integers of another dtype.
    copied = tf.random.Generator(g)
    assert copied.state is not state
    small = tf.Variable(np.array([1, 2, 3], np.int32))
    assert make(small, "philox").state is not small
    with pytest.raises(ValueError, match="a state of PHILOX has 3 integers"):
        make(tf.Variable(np.array([1, 2])), "philox")


@pytest.mark.parametrize("source", ["own", "program", "operation"])
def test_threads_draw_different_numbers(source):
    g = generator()
    draw = {
        "own": lambda: g.uniform([500], dtype=tf.float64),
        "program": lambda: tf.random.uniform([500], dtype=tf.float64),
        "operation": lambda: tf.random.uniform([500], dtype=tf.float64, seed=1),
    }[source]
    drawn = []

    def work():
        drawn.extend(draw().numpy() for _ in range(100))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(np.unique(np.concatenate(drawn))) == 4 * 100 * 500
    if source == "own":
        assert g.state.numpy()[0] == 11 + 256 * 4 * 100 * 500


def test_a_child_process_goes_on_by_itself():
    tf.random.set_seed(1)
    tf.random.normal([3])
    before = random_streams._program
    random_streams._after_fork()
    child = tf.random.normal([3])
    random_streams._program = before
    assert same([child], [tf.random.normal([3])])


# ---------------------------------------------------------------- errors


R, G = tf.random, generator()
INVALID, VALUE, TYPE = tf.errors.InvalidArgumentError, ValueError, TypeError
WRONG = [
    (lambda: R.normal(3), INVALID), (lambda: R.normal([-1]), INVALID),
    (lambda: R.normal([2.5]), INVALID), (lambda: R.normal([2], dtype=tf.int32), TYPE),
    (lambda: R.normal([2], tf.constant(1.0, tf.float64)), VALUE),
    (lambda: R.normal([2], seed="a"), TYPE), (lambda: R.set_seed("a"), TYPE),
    (lambda: R.uniform([2], dtype=tf.int32), VALUE), (lambda: R.uniform([2], dtype=tf.bool), VALUE),
    (lambda: R.uniform([2], 3, 3, tf.int32), INVALID),
    (lambda: R.uniform([2], 0.5, 3, tf.int32), TYPE),
    (lambda: R.uniform([2], [0, 1], 3, tf.int32), INVALID),
    (lambda: R.gamma(2, 1.0), INVALID), (lambda: R.gamma([2], 1.0, dtype=tf.int32), TYPE),
    (lambda: R.poisson([2], 1.0, tf.uint8), VALUE), (lambda: R.poisson([2], 1j), TYPE),
    (lambda: R.poisson([2], np.nan, tf.int32), INVALID),
    (lambda: R.poisson([2], 1e15, tf.int32), INVALID),
    (lambda: R.categorical([0.0], 3), INVALID), (lambda: R.categorical([[0, 1]], 3), TYPE),
    (lambda: R.categorical(tf.zeros([2, 0]), 3), INVALID),
    (lambda: R.categorical([[0.0]], -1), INVALID), (lambda: R.categorical([[0.0]], [3]), INVALID),
    (lambda: R.categorical([[0.0]], 3, tf.float32), VALUE),
    (lambda: R.stateless_normal([2], [1, 2, 3]), INVALID),
    (lambda: R.stateless_normal([2], [1.0, 2.0]), INVALID),
    (lambda: R.stateless_normal([2], [1, 2], alg="none"), VALUE),
    (lambda: R.stateless_uniform([2], SEED, dtype=tf.int32), VALUE),
    (lambda: R.stateless_uniform([2], SEED, 1, 5, tf.uint32), VALUE),
    (lambda: R.stateless_uniform([2], SEED, None, 5), VALUE),
    (lambda: R.stateless_gamma([2], SEED, [1.0, 2.0, 3.0]), INVALID),
    (lambda: R.stateless_poisson([2], SEED, [1.0] * 3), INVALID),
    (lambda: R.stateless_binomial([2], SEED, [1.0] * 3, 0.5), INVALID),
    (lambda: R.stateless_parameterized_truncated_normal([2], SEED, minvals=2.0), INVALID),
    (lambda: R.stateless_parameterized_truncated_normal([2], SEED, stddevs=-1.0), INVALID),
    (lambda: R.stateless_parameterized_truncated_normal([2], SEED, tf.zeros([3, 1])), INVALID),
    (lambda: R.fold_in(SEED, [1, 2]), INVALID), (lambda: R.split(1), INVALID),
    (lambda: R.experimental.index_shuffle(5, SEED, 4), INVALID),
    (lambda: R.experimental.index_shuffle(-1, SEED, 4), INVALID),
    (lambda: tf.random_index_shuffle(1, SEED, 4), INVALID),
    (lambda: tf.random_index_shuffle([1, 2], [1, 2, 3], [4, 5, 6]), INVALID),
    (lambda: R.Generator(), VALUE), (lambda: R.Generator(G, alg=1), VALUE),
    (lambda: R.Generator.from_seed(1, alg=7), VALUE), (lambda: R.Generator.from_seed("a"), TYPE),
    (lambda: R.Generator.from_state([1, 2], "philox"), VALUE), (lambda: G.reset([1, 2]), VALUE),
    (lambda: R.Generator.from_key_counter(1, 2, "philox"), VALUE),
    (lambda: G.uniform([2], dtype=tf.int32), VALUE), (lambda: G.normal(2), INVALID),
    (lambda: G.uniform_full_int([2], tf.float32), VALUE),
    (lambda: R.set_global_generator(1), TYPE),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_mistakes_are_errors(case):
    call, error = WRONG[case]
    state = G.state.numpy()
    with pytest.raises(error):
        call()
    assert np.array_equal(state, G.state.numpy())


# ---------------------------------------------------------------- derivatives


def gradient(function, *sources):
    sources = [tf.constant(s, tf.float64) for s in sources]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        y = function(*sources)
    return y, tape.gradient(y, sources)


@pytest.mark.parametrize("alpha", [0.003, 0.1, 0.9, 1.0, 2.5, 30.0, 49.0, 80.0, 3e3, 2e5])
def test_gamma_numbers_move_with_their_quantile(alpha):
    a = np.full(30, alpha)
    x, (slope,) = gradient(lambda a: tf.random.stateless_gamma([30], SEED, a, dtype="float64"), a)
    x = x.numpy()
    # At a fixed probability, by the tail that is the smaller one.
    lower, upper = special.gammainc(a, x), special.gammaincc(a, x)

    def quantile(a):
        return np.where(lower < 0.5, special.gammaincinv(a, lower), special.gammainccinv(a, upper))

    h = 1e-5 * alpha if alpha < 0.1 else 1e-4 * alpha
    expected = (
        8 * (quantile(a + h) - quantile(a - h)) - quantile(a + 2 * h) + quantile(a - 2 * h)
    ) / (12 * h)
    known = x > 1e-290
    np.testing.assert_allclose(slope.numpy()[known], expected[known], rtol=2e-7)


@pytest.mark.parametrize("alpha", [0.1, 0.9, 2.5, 30.0, 80.0])
def test_second_derivatives_of_gamma_numbers(alpha):
    a = tf.constant(np.full(10, alpha))
    x = tf.random.stateless_gamma([10], SEED, a, dtype="float64").numpy()

    def slope(a, x):
        return random_implicit._slope(tf.constant(a), tf.constant(x)).numpy()

    with tf.GradientTape() as outer:
        outer.watch(a)
        with tf.GradientTape() as tape:
            tape.watch(a)
            y = tf.random.stateless_gamma([10], SEED, a, dtype="float64")
        first = tape.gradient(y, a)
    second = outer.gradient(first, a).numpy()
    # The path of a sample has the slope as its differential equation.
    h = 1e-4 * alpha
    s = first.numpy()
    ahead, behind = (slope(a.numpy() + k, x + k * s + 0.5 * k * k * second) for k in (h, -h))
    np.testing.assert_allclose((ahead - behind) / (2 * h), second, rtol=1e-5, atol=1e-8)
    accumulated = tf.autodiff.ForwardAccumulator(a, tf.ones_like(a))
    with accumulated as accumulator:
        y = tf.random.stateless_gamma([10], SEED, a, dtype="float64")
    np.testing.assert_allclose(accumulator.jvp(y), s, rtol=1e-12)


@pytest.mark.parametrize(
    ("mean", "deviation", "low", "high"),
    [(0.0, 1.0, -2.0, 2.0), (0.5, 2.0, 3.0, 9.0), (1.0, 0.5, -4.0, -1.0), (0.0, 1.0, 0.1, 0.2)],
)
def test_truncated_normal_numbers_move_with_their_quantile(mean, deviation, low, high):
    given = [np.full(20, p) for p in (mean, deviation, low, high)]

    def sample(*parameters):
        return tf.random.stateless_parameterized_truncated_normal([20], SEED, *parameters)

    x, slopes = gradient(sample, *given)
    where = between(*given).cdf(x.numpy())
    for k, slope in enumerate(slopes):
        h = 1e-4

        def quantile(step, k=k):
            moved = [p + (step if j == k else 0) for j, p in enumerate(given)]
            return between(*moved).ppf(where)

        expected = (quantile(h) - quantile(-h)) / (2 * h)
        np.testing.assert_allclose(slope, expected, rtol=1e-5, atol=1e-6)
    sources = [tf.constant(p) for p in given]
    forward = [tf.ones_like(p) for p in sources]
    with tf.autodiff.ForwardAccumulator(sources, forward) as accumulator:
        y = sample(*sources)
    np.testing.assert_allclose(accumulator.jvp(y), sum(s.numpy() for s in slopes), rtol=1e-9)


def test_derivatives_far_from_the_mean_and_with_one_bound():
    def sample(m, d, low, high):
        return tf.random.stateless_parameterized_truncated_normal([9], SEED, m, d, low, high)

    x, (m, d, low, high) = gradient(sample, 0.0, 1.0, 30.0, 31.0)
    # An exponential distribution behind 30, nearly: it moves with the bound.
    np.testing.assert_allclose(low, 9, rtol=0.01)
    assert np.isfinite([m, d, high]).all()
    x, (m, d, low, high) = gradient(sample, 0.0, 1.0, -np.inf, np.inf)
    np.testing.assert_allclose([m, d, low, high], [9, np.sum(x), 0, 0], atol=1e-12)


def test_samples_that_arithmetic_makes():
    for r in (tf.random, generator()):
        x, (mean, deviation) = gradient(lambda m, s, r=r: r.normal([5], m, s, "float64"), 2.0, 3.0)
        np.testing.assert_allclose([mean, deviation], [5, np.sum((x - 2.0) / 3.0)])
        x, (low, high) = gradient(lambda a, b, r=r: r.uniform([5], a, b, "float64"), 2.0, 3.0)
        np.testing.assert_allclose([low, high], [np.sum(3.0 - x), np.sum(x - 2.0)])
    _, (beta,) = gradient(lambda b: tf.random.gamma([5], 1.0, b, "float64"), 2.0)
    assert beta < 0
    x = tf.constant([1.0, 2.0, 3.0])
    for shuffle in (tf.random.shuffle, lambda x: tf.random.experimental.stateless_shuffle(x, SEED)):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = shuffle(x) ** 2
        np.testing.assert_array_equal(tape.gradient(y, x), 2 * x)


def test_records_give_the_same_numbers_again():
    a = tf.constant([0.5, 1.5])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(a)
        y = tf.random.gamma([3], a)
    assert same([tape.jacobian(y, a)], [tape.jacobian(y, a)])
    assert tape.jacobian(y, a).shape == (3, 2, 2)


# ---------------------------------------------------------------- what calls leave behind

FAILING = [
    lambda r: r.normal([2, 3], tf.zeros([4])),
    lambda r: r.normal([2], "mean"),
    lambda r: r.truncated_normal([2, 3], 0.0, tf.ones([2, 2])),
    lambda r: r.uniform([2, 3], tf.zeros([4]), 1.0),
    lambda r: r.uniform([2], 0.0, tf.ones([2], tf.int32)),
    lambda r: r.uniform([2], 5, 5, tf.int32),
]


@pytest.mark.parametrize("call", FAILING)
def test_a_failed_call_uses_up_no_numbers(call):
    R.set_seed(3)
    expected = R.normal([4]).numpy()
    R.set_seed(3)
    with pytest.raises((ValueError, TypeError)):
        call(R)
    assert np.array_equal(R.normal([4]).numpy(), expected)
    generator = R.Generator.from_seed(1)
    before = generator.state.numpy()
    with pytest.raises((ValueError, TypeError)):
        call(generator)
    assert np.array_equal(generator.state.numpy(), before)


def test_counts_that_no_integer_holds_use_up_no_numbers():
    R.set_seed(3)
    expected = R.normal([4]).numpy()
    for rate in (np.nan, np.inf, 1e12):
        R.set_seed(3)
        with pytest.raises(tf.errors.InvalidArgumentError):
            R.poisson([2], rate, tf.int32)
        assert np.array_equal(R.normal([4]).numpy(), expected)


@pytest.mark.parametrize("dtype", ("float16", "bfloat16", "float32", "float64"))
def test_uniform_numbers_stay_below_the_upper_bound(dtype):
    step = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}
    for low, high in ((1.0, 2.0), (-3.0, -1.0), (1.0, 1.0 + 2 * step[dtype]), (-1.0, 7.0)):
        for bounds in ((low, high), (tf.constant(low, dtype), tf.constant(high, dtype))):
            x = R.uniform([5000], *bounds, dtype)
            assert x.dtype.name == dtype
            wide = tf.cast(x, "float64").numpy()
            assert wide.min() >= low and wide.max() < high
    low = tf.constant(1.0, dtype)
    with tf.GradientTape() as tape:
        tape.watch(low)
        y = tf.reduce_sum(tf.cast(R.uniform([5000], low, 2.0, dtype), "float64"))
    x = float(y) / 5000
    np.testing.assert_allclose(float(tape.gradient(y, low)) / 5000, 2 - x, rtol=0.01)


def _noisy(x):
    scale = R.normal([3], seed=5) + R.uniform([3])
    return x * scale * R.truncated_normal([3])


def test_what_is_computed_again_has_the_same_numbers():
    x = tf.constant([1.0, -2.0, 3.0], tf.float32)
    answers = []
    for f in (_noisy, tf.recompute_grad(_noisy), tf.recompute_grad(tf.recompute_grad(_noisy))):
        R.set_seed(7)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = f(x) ** 2
            slope = tape.gradient(y, x)
        second = outer.gradient(slope, x)
        # The streams are where they would be without.
        answers.append([y, slope, second, R.normal([2]), R.normal([2], seed=5)])
    for again in answers[1:]:
        for a, b in zip(answers[0], again):
            assert np.array_equal(a.numpy(), b.numpy())


def test_one_drawn_in_between_is_not_drawn_again():
    R.set_seed(7)
    f = tf.recompute_grad(lambda x: x * R.normal([]))
    x = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y = f(x)
        z = f(x)
        noise = R.normal([])
    R.set_seed(7)
    expected = [R.normal([]).numpy() for _ in range(4)]
    R.set_seed(7)
    for _ in range(3):
        R.normal([])
    assert tape.gradient(y, x) == expected[0] and tape.gradient(z, x) == expected[1]
    assert noise == expected[2] and R.normal([]) == expected[3]
