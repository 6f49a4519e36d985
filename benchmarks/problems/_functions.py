"""Functions to be maximised, whose best value is known; mixed, conditional, noisy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.peers._spaces import (
    Dimension,
    Params,
    active,
    choice,
    draw,
    integer,
    real,
)
from skhp.testing import branin, hartmann6


@dataclass(frozen=True)
class Problem:
    """A function of hyperparameters, to be maximised.

    Parameters
    ----------
    name : str
        Its name.
    dimensions : tuple of Dimension
        The space.
    function : callable
        Returns the score of the active parameters, without noise.
    best : float
        The highest score there is.
    noise : float
        Standard deviation of what is added to each observed score.
    median : float, optional
        The median score of random parameters, if it is known.
    """

    name: str
    dimensions: tuple[Dimension, ...]
    function: Callable[[Params], float]
    best: float
    noise: float = 0.0
    median: float | None = None

    def score(self, params: Params) -> float:
        """Return the score without noise; inactive parameters are ignored."""
        return float(self.function(active(self.dimensions, params)))

    @cached_property
    def random_median(self) -> float:
        """The median score of random parameters."""
        if self.median is not None:
            return self.median
        rng = np.random.default_rng(0)
        return float(
            np.median([self.score(draw(self.dimensions, rng)) for _ in range(2000)])
        )

    def regret(self, score: float) -> float:
        """Return 0 for the best score, and 1 for the median of random parameters."""
        return (self.best - score) / (self.best - self.random_median)


def _shift(codes: str, value: str) -> float:
    """Return what a choice adds to a distance: 0 for one, no order in the others."""
    return {name: step for name, step in zip(codes, (1.5, 0.0, 2.5, 0.7), strict=True)}[
        value
    ]


def _ackley(params: Params) -> float:
    z = [params["x0"] - 0.3, params["x1"] + 0.2, (params["n0"] - 7) / 4]
    z += [(params["n1"] - 3) / 4, _shift("abcd", params["kind"])]
    squares = sum(v * v for v in z) / len(z)
    cosines = sum(math.cos(2 * math.pi * v) for v in z) / len(z)
    ackley = 20 + math.e - 20 * math.exp(-0.2 * math.sqrt(squares)) - math.exp(cosines)
    return -ackley


def _levy(params: Params) -> float:
    offset = _shift("pqrs", params["method"]) + 0.8 * (params["scaled"] == "no")
    x = [params["x0"], params["x1"], params["n0"] - 4, params["n1"] - 9]
    w = [1 + (v + offset - 1) / 4 for v in x]
    value = math.sin(math.pi * w[0]) ** 2
    for v in w[:-1]:
        value += (v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2)
    value += (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    return -value


def _valley(params: Params) -> float:
    """Return a curved ridge in two logarithms, like the C and gamma of a machine."""
    c, gamma = math.log10(params["C"]), math.log10(params["gamma"])
    ridge = (c + 1.3 * gamma + 2.0 + 0.15 * c * c) ** 2
    return -ridge - 0.05 * (gamma + 2.0) ** 2


def _booster(params: Params) -> float:
    """Return a score that depends on three to seven of nine parameters."""
    rate = math.log10(params["rate"])
    if params["model"] == "linear":
        return 0.80 - 0.05 * (rate + 1) ** 2 - 0.02 * math.log10(params["l2"]) ** 2
    depth, n_leaves = params["depth"], math.log2(params["leaves"])
    score = 0.95 - 0.08 * (rate + 1.4) ** 2 - 0.004 * (depth - 7) ** 2
    score -= 0.02 * (n_leaves - 0.6 * depth - 0.8) ** 2
    score -= 0.1 * (params["rows"] - 0.7) ** 2
    if params["model"] == "trees":
        return score - 0.03
    score -= 0.3 * (params["drop"] - 0.15) ** 2
    return score - 0.02 * {"few": 1.0, "some": 0.0, "all": 2.0}[params["dropped"]]


_TREES = {"model": ("trees", "dropping trees")}
_DROPPING = {"model": ("dropping trees",)}
_HARTMANN = tuple(real(name, 0.0, 1.0) for name in ("x0", "x1", "x2", "x3", "x4", "x5"))

PROBLEMS = (
    Problem(
        "branin",
        (real("x", -5.0, 10.0), real("y", 0.0, 15.0)),
        branin,
        best=-0.397887,
    ),
    Problem("hartmann6", _HARTMANN, hartmann6, best=3.322368),
    Problem("noisy_hartmann6", _HARTMANN, hartmann6, best=3.322368, noise=0.15),
    Problem(
        "valley",
        (real("C", 1e-3, 1e3, log=True), real("gamma", 1e-5, 1e1, log=True)),
        _valley,
        best=0.0,
    ),
    Problem(
        "mixed_ackley",
        (
            real("x0", -2.0, 2.0),
            real("x1", -2.0, 2.0),
            integer("n0", 1, 16),
            integer("n1", 0, 12),
            choice("kind", "a", "b", "c", "d"),
        ),
        _ackley,
        best=0.0,
    ),
    Problem(
        "mixed_levy",
        (
            real("x0", -5.0, 5.0),
            real("x1", -5.0, 5.0),
            integer("n0", 0, 10),
            integer("n1", 4, 16),
            choice("method", "p", "q", "r", "s"),
            choice("scaled", "yes", "no"),
        ),
        _levy,
        best=0.0,
    ),
    Problem(
        "conditional_booster",
        (
            choice("model", "linear", "trees", "dropping trees"),
            real("rate", 1e-3, 1.0, log=True),
            real("l2", 1e-3, 1e3, log=True, when={"model": ("linear",)}),
            integer("depth", 2, 12, when=_TREES),
            integer("leaves", 4, 256, log=True, when=_TREES),
            real("rows", 0.3, 1.0, when=_TREES),
            real("drop", 0.0, 0.5, when=_DROPPING),
            choice("dropped", "few", "some", "all", when=_DROPPING),
        ),
        _booster,
        best=0.95,
    ),
)
