"""Logistic regression on a pandas DataFrame, by Newton's method with exact second derivatives.

A table holds a patient in each row: age, blood pressure, whether he or she smokes, and whether the
illness came back. The model says that the logarithm of the odds is linear,

    log(p / (1 - p)) = b_0 + b_1 age + b_2 pressure + b_3 smokes,

and the coefficients b have the least

    L(b) = sum_i log(1 + exp(-s_i x_i b)),     s_i = +1 if it came back, else -1.

L is convex, so Newton's method finds the one minimum in a few steps: b <- b - H^-1 g, with the
gradient g and the Hessian H of L. Statisticians know the method as iteratively reweighted least
squares, and derive its weights with pencil and paper, again for each model. With exact derivatives
one writes the model down, and changes it (a penalty, interactions, another link) without a thought
for H. As the inverse of H is the covariance of b, the table of a statistics package follows at
once.

Columns of a DataFrame go into functions of NumPy's as they are; results go back into a DataFrame.
"""

from __future__ import annotations

import numpy
import pandas

from autograd_c import grad, hessian
from autograd_c import numpy as np

TRUE = numpy.array([-1.0, 0.8, 0.5, 1.2])
FEATURES = ["age", "pressure", "smokes"]


def patients(count=400):
    """A table as it might be read from a file."""
    random = numpy.random.default_rng(5)
    table = pandas.DataFrame(
        {
            "age": random.normal(55.0, 12.0, count).round(),
            "pressure": random.normal(130.0, 15.0, count).round(),
            "smokes": random.random(count) < 0.3,
        }
    )
    odds = design(table).to_numpy() @ TRUE
    table["relapse"] = random.random(count) < 1.0 / (1.0 + numpy.exp(-odds))
    return table


def design(table):
    """The columns that the model multiplies with coefficients, in comparable units."""
    return pandas.DataFrame(
        {
            "intercept": 1.0,
            "age": (table["age"] - 55.0) / 12.0,
            "pressure": (table["pressure"] - 130.0) / 15.0,
            "smokes": table["smokes"].astype(float),
        }
    )


def newton(loss, b, tolerance=1e-10):
    """Minimise a convex function; returns where, and how many steps it took."""
    slope, curvature = grad(loss), hessian(loss)
    change, steps = np.array(np.inf), 0
    while np.max(np.abs(change)) > tolerance and steps < 30:
        change = np.linalg.solve(curvature(b), slope(b))
        b, steps = b - change, steps + 1
    return b, steps


def main():
    """Fit the model, and return the table of coefficients."""
    table = patients()
    x = design(table)
    signs = np.where(table["relapse"], 1.0, -1.0)

    def loss(b):
        return np.sum(np.logaddexp(0.0, -signs * np.matmul(x, b)))

    b, steps = newton(loss, np.zeros(x.shape[1]))
    errors = np.sqrt(np.diag(np.linalg.inv(hessian(loss)(b))))
    coefficients = pandas.DataFrame(
        {
            "coefficient": b.numpy(),
            "error": errors.numpy(),
            "odds ratio": np.exp(b).numpy(),
            "z": (b / errors).numpy(),
        },
        index=x.columns,
    )
    probability = 1.0 / (1.0 + np.exp(-np.matmul(x, b)))
    table["probability"] = probability.numpy()
    return {
        "table": table,
        "coefficients": coefficients,
        "steps": steps,
        "loss": float(loss(b)),
        "slope": grad(loss)(b).numpy(),
    }


def draw(results):
    """Odds ratios with two standard errors, and the predicted beside the true frequencies."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    rows = results["coefficients"].loc[FEATURES]
    left.errorbar(rows["coefficient"], rows.index, xerr=2 * rows["error"], fmt="o")
    left.axvline(0.0, color="grey", linewidth=0.8)
    left.set(xlabel="coefficient", title="what matters")
    table = results["table"]
    tenths = pandas.qcut(table["probability"], 10)
    means = table.groupby(tenths, observed=True)[["probability", "relapse"]].mean()
    right.plot(means["probability"], means["relapse"], "o")
    right.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    right.set(xlabel="predicted", ylabel="observed", title="calibration")
    return figure


if __name__ == "__main__":
    found = main()
    print(found["coefficients"].round(3))
    draw(found).savefig("logistic_regression.png")
