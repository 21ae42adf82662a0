"""SciPy's solvers given functions of tensors and their derivatives, as they are."""

from __future__ import annotations

import sys
import threading
import warnings

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.func import grad, hessian, hvp, jacobian, value_and_grad

optimize = pytest.importorskip("scipy.optimize")
integrate = pytest.importorskip("scipy.integrate")
linalg = pytest.importorskip("scipy.sparse.linalg")

START = np.array([1.3, 0.7, 0.8, 1.9])
TIMES = np.linspace(0.0, 1.0, 20)
DATA = 2.0 * np.exp(-1.5 * TIMES) + 0.1
ONES = np.ones(4)


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def rosen(x):
    assert x.dtype == np.float64
    return tf.reduce_sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


both = value_and_grad(rosen)


def product(x, p):
    return hvp(rosen, (x,), (p,))


def as_operator(x):
    return linalg.LinearOperator((4, 4), lambda p: product(x, p.ravel()), dtype=float)


def constraint(x):
    return tf.stack([tf.reduce_sum(x**2), x[0] * x[1]])


def model(t, a, b, c):
    return a * tf.exp(-b * t) + c


def residual(p):
    return model(TIMES, *tf.unstack(p)) - DATA


def columns(t, *p):
    return tf.stack(jacobian(model, (1, 2, 3))(t, *p), axis=1)


def equations(x):
    return tf.stack([x[0] + x[1] ** 2 - 4.0, tf.exp(x[0]) + x[0] * x[1] - 3.0])


MINIMA = [
    *[(method, {"jac": True}) for method in "BFGS CG L-BFGS-B TNC SLSQP Newton-CG".split()],
    ("trust-constr", {"jac": True, "hess": optimize.BFGS()}),
    ("trust-constr", {"jac": True, "hess": as_operator}),
    *[
        (method, {"jac": True, "hess": hessian(rosen)})
        for method in "Newton-CG trust-ncg trust-krylov trust-exact trust-constr".split()
    ],
    *[
        (method, {"jac": True, "hessp": product})
        for method in "Newton-CG trust-ncg trust-krylov trust-constr".split()
    ],
    ("L-BFGS-B", {"jac": True, "bounds": [(0.0, 2.0)] * 4}),
    ("L-BFGS-B", {}),
    ("Nelder-Mead", {"options": {"maxiter": 20000}}),
]


@pytest.mark.parametrize(("method", "options"), MINIMA, ids=lambda each: str(each)[:40])
def test_minima(method, options):
    function = both if options.get("jac") else rosen
    found = optimize.minimize(function, START, method=method, **options)
    np.testing.assert_allclose(found.x, ONES, atol=2e-3)
    assert type(found.x) is np.ndarray
    assert found.x.dtype == np.float64
    assert isinstance(found.fun, float)
    if method == "trust-exact":
        assert found.nit < 30


def test_minima_of_two_functions():
    for method in ("BFGS", "L-BFGS-B", "SLSQP", "trust-constr"):
        found = optimize.minimize(rosen, START, jac=grad(rosen), method=method)
        np.testing.assert_allclose(found.x, ONES, atol=2e-3)


@pytest.mark.parametrize("start", [tf.constant(START), tf.Variable(START), START.tolist()])
def test_where_it_starts(start):
    found = optimize.minimize(both, start, jac=True, method="L-BFGS-B")
    np.testing.assert_allclose(found.x, ONES, atol=1e-4)


@pytest.mark.parametrize("method", ["trust-constr", "SLSQP"])
def test_constraints(method):
    second = {}
    if method == "trust-constr":
        second["hess"] = lambda x, v: hessian(lambda x: tf.tensordot(v, constraint(x), 1))(x)
    for each in (
        optimize.NonlinearConstraint(
            constraint, [1.0, 0.0], [2.0, 1.0], jac=jacobian(constraint), **second
        ),
        {
            "type": "ineq",
            "fun": lambda x: 2.0 - constraint(x)[0],
            "jac": grad(lambda x: 2.0 - constraint(x)[0]),
        },
        {
            "type": "ineq",
            "fun": lambda x: [2.0, 1.0] - constraint(x),
            "jac": jacobian(lambda x: -constraint(x)),
        },
    ):
        options = {"hess": hessian(rosen)} if second else {}
        found = optimize.minimize(both, START, jac=True, method=method, constraints=each, **options)
        assert found.success
        np.testing.assert_allclose(np.sum(found.x**2), 2.0, rtol=1e-4)


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
@pytest.mark.parametrize("options", [{}, {"loss": "soft_l1"}, {"tr_solver": "lsmr"}], ids=str)
def test_least_squares(method, options):
    if method == "lm" and options:
        options = {}
    found = optimize.least_squares(
        residual, [1.0, 1.0, 0.0], jac=jacobian(residual), method=method, **options
    )
    np.testing.assert_allclose(found.x, [2.0, 1.5, 0.1], rtol=1e-5)
    assert type(found.jac) is np.ndarray


@pytest.mark.parametrize("method", ["lm", "trf", "dogbox"])
def test_curves(method):
    found, covariance = optimize.curve_fit(
        model, TIMES, DATA, p0=[1.0, 1.0, 0.0], jac=columns, method=method
    )
    np.testing.assert_allclose(found, [2.0, 1.5, 0.1], rtol=1e-5)
    assert type(covariance) is np.ndarray


def cubic(x):
    return x**3 - 2.0


ROOTS = {
    **{
        method: lambda method=method: (
            optimize.root(
                equations,
                [0.7, 1.5],
                jac=jacobian(equations) if method in ("hybr", "lm") else None,
                method=method,
            ).x
        )
        for method in "hybr lm broyden1 krylov df-sane".split()
    },
    "both": lambda: (
        optimize.root(lambda x: (equations(x), jacobian(equations)(x)), [0.7, 1.5], jac=True).x
    ),
    "fsolve": lambda: optimize.fsolve(equations, [0.7, 1.5], fprime=jacobian(equations)),
}


@pytest.mark.parametrize("name", ROOTS)
def test_roots(name):
    found = ROOTS[name]()
    assert type(found) is np.ndarray
    np.testing.assert_allclose(found, [0.62034452, 1.83838393], rtol=1e-5)


def test_roots_of_numbers():
    for options in (
        {"fprime": grad(cubic), "method": "newton"},
        {"fprime": grad(cubic), "fprime2": grad(grad(cubic)), "method": "halley"},
        {"bracket": (1.0, 2.0)},
    ):
        found = optimize.root_scalar(cubic, x0=1.0, **options)
        np.testing.assert_allclose(found.root, 2 ** (1 / 3))
    found = optimize.root_scalar(value_and_grad(cubic), x0=1.0, fprime=True)
    np.testing.assert_allclose(found.root, 2 ** (1 / 3))
    np.testing.assert_allclose(
        optimize.newton(tf.math.sin, np.array([3.0, 6.0]), fprime=tf.math.cos), [np.pi, 2 * np.pi]
    )
    for options in ({}, {"bounds": (0.0, 1.0), "method": "bounded"}):
        found = optimize.minimize_scalar(lambda x: (tf.exp(x) - 2.0) ** 2, **options)
        np.testing.assert_allclose(found.x, np.log(2), rtol=1e-5)


OTHERS = {
    "fmin_bfgs": lambda: optimize.fmin_bfgs(rosen, START, fprime=grad(rosen), disp=0),
    "fmin_l_bfgs_b": lambda: optimize.fmin_l_bfgs_b(both, START)[0],
    "fmin_ncg": lambda: optimize.fmin_ncg(rosen, START, grad(rosen), fhess=hessian(rosen), disp=0),
    "fmin_tnc": lambda: optimize.fmin_tnc(both, START, disp=0)[0],
    "fmin_slsqp": lambda: optimize.fmin_slsqp(rosen, START, fprime=grad(rosen), disp=0),
    "basinhopping": lambda: (
        optimize.basinhopping(
            both, START, niter=1, minimizer_kwargs={"jac": True, "method": "L-BFGS-B"}
        ).x
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_by_other_names(name):
    np.testing.assert_allclose(OTHERS[name](), ONES, atol=2e-3)


def oscillator(t, y):
    return tf.stack([y[1], 10.0 * (1.0 - y[0] ** 2) * y[1] - y[0]])


@pytest.mark.parametrize("method", ["RK45", "DOP853", "Radau", "BDF", "LSODA"])
def test_differential_equations(method):
    options = {"jac": jacobian(oscillator, 1)} if method in ("Radau", "BDF", "LSODA") else {}
    if method == "LSODA":  # which asks for the number of arguments, before SciPy 1.17
        options["jac"] = lambda t, y: jacobian(oscillator, 1)(t, y)
    found = integrate.solve_ivp(
        oscillator,
        (0.0, 1.0),
        [2.0, 0.0],
        method=method,
        rtol=1e-6,
        events=lambda t, y: y[0] - 1.95,
        dense_output=True,
        **options,
    )
    assert found.success
    np.testing.assert_allclose(found.y[:, -1], [1.93385, -0.07042], atol=1e-4)
    assert type(found.y) is np.ndarray
    assert len(found.t_events[0]) == 1


def test_integrals():
    np.testing.assert_allclose(integrate.quad(lambda x: tf.exp(-x * x), 0, np.inf)[0], 0.88622693)
    np.testing.assert_allclose(
        integrate.dblquad(lambda y, x: tf.exp(-x * y), 0, 1, 0, 1)[0], 0.79659960
    )
    states = integrate.odeint(
        oscillator, [2.0, 0.0], [0.0, 1.0], tfirst=True, Dfun=jacobian(oscillator, 1)
    )
    np.testing.assert_allclose(states[-1], [1.93385, -0.07042], atol=1e-4)
    found = integrate.solve_bvp(
        lambda x, y: tf.stack([y[1], -tf.exp(y[0])]),
        lambda a, b: tf.stack([a[0], b[0]]),
        np.linspace(0, 1, 5),
        np.zeros((2, 5)),
    )
    assert found.success


def test_what_a_tape_records_stays_recorded():
    """SciPy's code then gets tensors, and an error where it wants arrays: nothing is lost."""
    with tf.GradientTape() as tape:
        scale = tf.Variable(2.0, dtype=tf.float64)
        integral = integrate.fixed_quad(lambda x: tf.exp(-scale * x), 0.0, 1.0)[0]
    assert isinstance(integral, tf.Tensor)
    expected = (np.exp(-2.0) * 3.0 - 1.0) / 4.0
    np.testing.assert_allclose(tape.gradient(integral, scale), expected, rtol=1e-6)


def test_the_users_functions_get_tensors_all_the_same():
    x = tf.constant(START)
    assert isinstance(np.atleast_1d(x), tf.Tensor)
    assert isinstance(np.sin(x), tf.Tensor)
    module = type(sys)("scipy.something")
    code = (
        "import numpy\ndef first(x): return numpy.atleast_1d(x)\ndef sine(x): return numpy.sin(x)"
    )
    exec(code, module.__dict__)
    for function in (module.first, module.sine):
        assert type(function(x)) is np.ndarray
        assert isinstance(tf.func.vjp(function, x)[0], tf.Tensor)
    array = np.zeros(4)
    exec("def add(x, out): return numpy.add(x, 1.0, out=out)", module.__dict__)
    assert module.add(x, array) is array
    np.testing.assert_array_equal(array, START + 1.0)


def test_two_threads():
    found, errors = {}, []

    def work(k):
        try:
            for _ in range(3):
                found[k] = optimize.minimize(both, START + k / 10, jac=True, method="L-BFGS-B").x
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    for k in range(2):
        np.testing.assert_allclose(found[k], ONES, atol=1e-3)
