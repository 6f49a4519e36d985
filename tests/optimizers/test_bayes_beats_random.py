"""Bayesian search beats random search: a t-test on three kinds of spaces.

Both get 30 evaluations with 12 seeds. What is compared is the logarithm of the gap
between the best value found and the optimum, which is near normal over seeds where the
gap itself is not. Welch's one-sided test must reject at 1e-3: if the two were equal,
one run of this file in 300 would pass. The measured p are below 1e-6, which leaves room
for another NumPy to draw other numbers.
"""

import math

import numpy as np
import pytest
from scipy import stats

from skhp.optimizers import BayesOptimizer, Outcome, RandomOptimizer
from skhp.space import Integer, Real, Space

BUDGET = 30
SEEDS = range(12)


def continuous(params):
    """Branin's function, negated, its optimum at 0."""
    x, y = params["x"], params["y"]
    ridge = y - 5.1 * x**2 / (4 * math.pi**2) + 5 * x / math.pi - 6
    return 0.397887 - ridge**2 - 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) - 10


def mixed(params):
    """A valley in log C whose depth depends on a choice and on an integer."""
    penalty = {"a": 0.0, "b": 0.4, "c": 0.8}[params["c"]]
    return (
        -((math.log10(params["C"]) - 1) ** 2) / 4
        - ((params["k"] - 23) / 20) ** 2
        - penalty * (1 + params["r"]) / 2
        - (params["r"] - 0.7) ** 2
    )


def conditional(params):
    """Two models with parameters of their own; the deeper one is better when tuned."""
    if params["model"] == "line":
        return -0.3 - (params["alpha"] - 0.2) ** 2
    depth, rate = (params["depth"] - 6) / 8, (math.log10(params["rate"]) + 2) / 2
    return -(depth**2) - rate**2


PROBLEMS = {
    continuous: {"x": Real(-5.0, 10.0), "y": Real(0.0, 15.0)},
    mixed: {
        "C": Real(1e-3, 1e3, "log-uniform"),
        "k": Integer(1, 60),
        "r": Real(0.0, 1.0),
        "c": ["a", "b", "c"],
    },
    conditional: [
        {"model": ["line"], "alpha": Real(0.0, 1.0)},
        {
            "model": ["tree"],
            "depth": Integer(1, 12),
            "rate": Real(1e-4, 1.0, "log-uniform"),
        },
    ],
}


def log_gap(optimizer, objective):
    best = -np.inf
    while not optimizer.done:
        for trial in optimizer.ask(1):
            score = objective(trial.params)
            best = max(best, score)
            optimizer.tell(trial, Outcome(np.array([score])))
    return math.log(max(-best, 1e-9))


@pytest.mark.parametrize("objective", PROBLEMS, ids=lambda f: f.__name__)
def test_bayes_beats_random(objective):
    space = Space(PROBLEMS[objective])
    gaps = {
        kind: [log_gap(kind(space, BUDGET, random_state=s), objective) for s in SEEDS]
        for kind in (BayesOptimizer, RandomOptimizer)
    }
    test = stats.ttest_ind(
        gaps[BayesOptimizer],
        gaps[RandomOptimizer],
        equal_var=False,
        alternative="less",
    )
    assert test.pvalue < 1e-3
