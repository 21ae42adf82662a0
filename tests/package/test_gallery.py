"""The programs of examples/gallery find what is known to be right, and draw their pictures."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours
from autograd_c.core import _core

optimize = pytest.importorskip("scipy.optimize")
stats = pytest.importorskip("scipy.stats")

ROOT = Path(__file__).resolve().parents[2]
PATHS = sorted((ROOT / "examples" / "gallery").glob("*.py"))
PAGE = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
KEPT = {}


@pytest.fixture
def program():
    """program(name): the module, and what its main() returns; each is run once."""

    def load(name):
        if name == "logistic_regression":
            pytest.importorskip("pandas")
        path = ROOT / "examples" / "gallery" / f"{name}.py"
        # As in a process in which nothing else runs.
        _core.mix_kinds("from autograd_c import numpy" in path.read_text(encoding="utf-8"))
        if name not in KEPT:
            spec = importlib.util.spec_from_file_location(f"gallery_{name}", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            KEPT[name] = module, module.main()
        return KEPT[name]

    return load


def test_curve_fit(program):
    module, found = program("curve_fit")
    t, counts = module.measured()
    theirs, covariance = optimize.curve_fit(
        lambda t, *p: p[0] * np.exp(-t / p[1]) + p[2],
        *(t, counts, [80.0, 40.0, 10.0]),
        sigma=np.full(t.size, module.SIGMA),
        absolute_sigma=True,
    )
    np.testing.assert_allclose(found["parameters"], theirs, rtol=1e-5)
    # Theirs leaves out of the Hessian what is multiplied by the residuals.
    np.testing.assert_allclose(found["errors"], np.sqrt(np.diag(covariance)), rtol=0.1)
    assert np.all(np.abs(found["parameters"] - module.TRUE) < 3 * found["errors"])
    slope = np.stack([np.exp(-50 / 60), 100 * 50 / 60**2 * np.exp(-50 / 60), 1.0])
    near = np.sqrt(slope @ found["covariance"] @ slope)
    assert abs(np.interp(50.0, found["fine"], found["band"]) / near - 1.0) < 0.1


def test_logistic_regression(program):
    module, found = program("logistic_regression")
    x = module.design(found["table"]).to_numpy()
    signs = np.where(found["table"]["relapse"], 1.0, -1.0)
    theirs = optimize.minimize(lambda b: np.sum(np.logaddexp(0.0, -signs * (x @ b))), np.zeros(4))
    rows = found["coefficients"]
    np.testing.assert_allclose(rows["coefficient"], theirs.x, atol=1e-4)
    p = found["table"]["probability"].to_numpy()
    weighted = np.linalg.inv(x.T @ (x * (p * (1.0 - p))[:, None]))
    np.testing.assert_allclose(rows["error"], np.sqrt(np.diag(weighted)), rtol=1e-9)
    np.testing.assert_allclose(rows["odds ratio"], np.exp(rows["coefficient"]))
    np.testing.assert_allclose(found["slope"], 0.0, atol=1e-10)
    assert found["steps"] < 10
    assert np.all(np.abs(rows["coefficient"] - module.TRUE) < 4 * rows["error"])


def test_gaussian_process(program):
    module, found = program("gaussian_process")
    y, covariance = found["y"], found["covariance"]
    density = stats.multivariate_normal(np.zeros(y.size), covariance).logpdf(y)
    np.testing.assert_allclose(found["surprise"], -density, rtol=1e-9)
    np.testing.assert_allclose(found["slopes"], 0.0, atol=1e-3)
    inside = np.abs(found["new"]) < 3
    error = np.abs(found["mean"] - module.truth(found["new"]))[inside]
    assert np.mean(error < 2 * found["deviation"][inside]) > 0.9
    assert 0.1 < found["noise"] < 0.25


def test_hamiltonian_monte_carlo(program):
    module, found = program("hamiltonian_monte_carlo")
    assert found["accepted"] > 0.9 and found["correlation"] < 0.6
    np.testing.assert_allclose(found["mean"], [0.0, 1.0], atol=0.25)
    np.testing.assert_allclose(found["variance"], [1.0, 2.0 + module.WIDTH**2], rtol=0.35)


def test_leapfrog_keeps_the_energy_and_can_be_reversed(program):
    module, _ = program("hamiltonian_monte_carlo")
    q, p = np.array([0.5, 0.3]), np.array([0.7, -0.4])
    there, momentum, energy, _ = module.trajectory(q, p, 0.01, 200)
    assert abs(energy + 0.5 * momentum @ momentum - float(module.potential(q)) - 0.325) < 1e-3
    np.testing.assert_allclose(module.trajectory(there, -momentum, 0.01, 200)[0], q, atol=1e-12)


def test_ode_fit(program):
    module, found = program("ode_fit")
    assert np.all(np.abs(found["parameters"] - module.TRUE) < 4 * found["errors"])
    assert np.all(found["errors"] < 0.1)
    np.testing.assert_allclose(found["slope"], 0.0, atol=0.05)
    assert found["evaluations"] < 20
    scale = found["counts"].size - 6  # 2 * cost is distributed like chi2
    assert abs(2 * found["cost"] - scale) < 4 * np.sqrt(2 * scale)
    slopes = tf.jacobian(lambda p: module.populations(p)[-1])(module.TRUE)
    for k in range(6):
        step = np.where(np.arange(6) == k, 1e-5, 0.0)
        above, below = (module.populations(module.TRUE + s)[-1].numpy() for s in (step, -step))
        np.testing.assert_allclose(slopes[:, k], (above - below) / 2e-5, rtol=1e-3, atol=1e-3)


def test_image_deblurring(program):
    module, found = program("image_deblurring")
    errors = found["errors"]
    assert errors["found"] < 0.5 * errors["filtered"] < 0.5 * errors["blurred"]
    loss = module.objective(found["blurred"], module.quadratic, 2e-3)
    np.testing.assert_allclose(tf.grad(loss)(found["filtered"]), 0.0, atol=1e-12)
    assert np.max(np.abs(tf.grad(loss)(found["blurred"]).numpy())) > 1e-3
    np.testing.assert_allclose(np.sum(module.blur(found["true"])), np.sum(found["true"]))


def test_direct_collocation(program):
    module, found = program("direct_collocation")
    assert abs(found["time"] / module.SHORTEST - 1.0) < 1e-3
    assert found["violated"] < 1e-8
    angle = np.linspace(0.0, np.pi, module.INTERVALS + 1)
    cycloid = np.stack([angle - np.sin(angle), 1.0 - np.cos(angle)], axis=1)
    np.testing.assert_allclose(found["states"][:, :2], cycloid, atol=0.02)
    straight = np.linspace(np.pi / 2, 0.0, module.INTERVALS + 1)
    np.testing.assert_allclose(found["slopes"][1:-1], straight[1:-1], atol=0.02)


def test_neural_network(program):
    _, found = program("neural_network")
    assert found["accuracy"] > 0.99
    assert found["losses"][-1] < 0.01 < 0.5 < found["losses"][0]
    assert found["parameters"] == 3 * 32 + 33 * 32 + 33
    spacing = found["line"][1] - found["line"][0]
    down, right = np.gradient(found["score"], spacing)
    steepness = np.hypot(down, right)[1:-1, 1:-1]
    assert np.median(np.abs(steepness / found["steepness"][1:-1, 1:-1] - 1.0)) < 0.05


def test_heat_equation(program):
    module, found = program("heat_equation")
    np.testing.assert_allclose(found["conductivities"], module.TRUE, rtol=0.05)
    degrees = found["measured"].size
    assert abs(2 * found["misfit"] - degrees) < 5 * np.sqrt(2 * degrees)
    # A sine stays one, and shrinks by the same factor in each step.
    mode = np.sin(np.pi * np.arange(module.CELLS) / (module.CELLS - 1))
    decay = 4.0 * module.RATE * np.sin(0.5 * np.pi / (module.CELLS - 1)) ** 2

    def height(k):
        return module.simulate(mode, k, 50)[-1, 10]

    value, slope = tf.value_and_grad(height)(0.8)
    np.testing.assert_allclose(value, mode[10] * (1.0 - 0.8 * decay) ** 50)
    np.testing.assert_allclose(slope, -50 * decay * mode[10] * (1.0 - 0.8 * decay) ** 49)
    second = 50 * 49 * decay**2 * mode[10] * (1.0 - 0.8 * decay) ** 48
    np.testing.assert_allclose(tf.grad(tf.grad(height))(0.8), second)


def test_wave_equation(program):
    module, found = program("wave_equation")
    first, last = found["misfits"]
    assert last < 0.01 * first
    off = [np.sqrt(np.mean((x - found["true"]) ** 2)) for x in (found["found"], module.BACKGROUND)]
    assert off[0] < 0.7 * off[1]
    true = module.of_blocks(found["true"])
    heard = [module.simulate(true, source)[0].numpy() for source in module.SOURCES]
    misfit = module.objective(heard)
    values = np.full(found["true"].size, module.BACKGROUND)
    for k in (0, 40, 137, values.size - 1):
        step = np.where(np.arange(values.size) == k, 1e-5, 0.0)
        difference = (float(misfit(values + step)) - float(misfit(values - step))) / 2e-5
        np.testing.assert_allclose(found["slope"].ravel()[k], difference, rtol=1e-4, atol=1e-6)


def test_tensors_and_arrays_give_the_same_waves(program):
    """The simulation is NumPy's own code: with its arrays, too."""
    module, found = program("wave_equation")
    speed = module.of_blocks(found["true"])
    theirs = {**vars(module), "np": np}
    plain = type(module.simulate)(module.simulate.__code__, theirs)
    mine, other = module.simulate(ours.array(speed), (6, 2)), plain(speed, (6, 2))
    np.testing.assert_allclose(mine[0], other[0], rtol=1e-12, atol=1e-12)


# ------------------------------------------------------------------ pictures and text


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("error")
def test_pictures(program, path, tmp_path):
    pytest.importorskip("matplotlib")
    module, results = program(path.stem)
    target = tmp_path / f"{path.stem}.png"
    module.draw(results).savefig(target)
    assert target.stat().st_size > 5_000


PLOTS = {
    "plot": lambda axes, x, y: axes.plot(x, y, "o", x, -y),
    "bar": lambda axes, x, y: axes.bar(x, y),
    "hist": lambda axes, x, y: axes.hist(y),
    "scatter": lambda axes, x, y: axes.scatter(x, y, c=y),
    "errorbar": lambda axes, x, y: axes.errorbar(x, y, yerr=abs(y)),
    "fill_between": lambda axes, x, y: axes.fill_between(x, y - 1, y, where=y > 0),
    "contour": lambda axes, x, y: axes.contour(x, x, x[:, None] * y),
    "imshow": lambda axes, x, y: axes.imshow(x[:, None] * y, extent=[x[0], x[-1], 0, y[-1]]),
    "semilogy": lambda axes, x, y: axes.semilogy(x, abs(y)),
}


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.filterwarnings("error")
def test_tensors_can_be_drawn(name, tmp_path):
    """Programs for HIPS autograd draw what its functions return."""
    figures = pytest.importorskip("matplotlib.figure")
    _core.mix_kinds(True)
    drawn = []
    for take in (ours.asarray, np.asarray):
        figure = figures.Figure(figsize=(3, 3))
        x = np.linspace(0.1, 3.0, 12)
        PLOTS[name](figure.subplots(), take(x), take(np.cos(x)))
        figure.savefig(tmp_path / "figure.png", metadata={"Software": None})
        drawn.append((tmp_path / "figure.png").read_bytes())
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_program_can_be_read(path):
    text = path.read_text(encoding="utf-8")
    assert 50 <= len(text.splitlines()) <= 150
    words = text.split('"""')[1]
    assert len(words.splitlines()) >= 12  # what the problem is, and why its derivatives matter
    assert f'savefig("{path.stem}.png")' in text


def test_the_page_shows_each_program():
    assert sorted(re.findall(r"\(\.\./examples/gallery/(\w+)\.py\)", PAGE)) == [
        path.stem for path in PATHS
    ]
    pictures = re.findall(r"!\[[^]]+\]\((gallery/\w+\.png)\)", PAGE)
    assert sorted(pictures) == [f"gallery/{path.stem}.png" for path in PATHS]
    for name in pictures:
        assert 1_000 < (ROOT / "docs" / name).stat().st_size < 40_000
