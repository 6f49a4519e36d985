"""A search space written once, and in the dialect of each library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Params = dict[str, Any]


@dataclass(frozen=True)
class Dimension:
    """One hyperparameter: a range, or a choice if `choices` are given.

    With `when`, it is active only if all the named parameters have one of the values.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    is_integer: bool = False
    is_log: bool = False
    choices: tuple[Any, ...] = ()
    when: Mapping[str, tuple[Any, ...]] | None = None

    def is_active(self, params: Params) -> bool:
        """Return whether it is active, given the parameters before it."""
        wanted = self.when or {}
        return all(params.get(name) in values for name, values in wanted.items())

    def draw(self, rng: np.random.Generator) -> Any:
        """Draw a value."""
        if self.choices:
            return self.choices[rng.integers(len(self.choices))]
        low, high = self.low, self.high
        if self.is_integer:
            low, high = low - 0.499, high + 0.499
        if self.is_log:
            value = math.exp(rng.uniform(math.log(low), math.log(high)))
        else:
            value = rng.uniform(low, high)
        return round(value) if self.is_integer else value


def real(name: str, low: float, high: float, *, log: bool = False, when=None):
    """Return a dimension of real numbers."""
    return Dimension(name, low, high, False, log, (), when)


def integer(name: str, low: int, high: int, *, log: bool = False, when=None):
    """Return a dimension of whole numbers."""
    return Dimension(name, low, high, True, log, (), when)


def choice(name: str, *choices: Any, when=None):
    """Return a dimension of choices without an order."""
    return Dimension(name, choices=choices, when=when)


def draw(dimensions: Sequence[Dimension], rng: np.random.Generator) -> Params:
    """Draw parameters; those that are inactive are left out."""
    params: Params = {}
    for dimension in dimensions:
        if dimension.is_active(params):
            params[dimension.name] = dimension.draw(rng)
    return params


def active(dimensions: Sequence[Dimension], params: Params) -> Params:
    """Return the active ones of parameters."""
    kept: Params = {}
    for dimension in dimensions:
        if dimension.is_active(kept):
            kept[dimension.name] = params[dimension.name]
    return kept


def for_skhp(dimensions: Sequence[Dimension]) -> dict[str, Any]:
    """Return the space for skhp, with its conditions."""
    import skhp

    def written(d: Dimension) -> Any:
        when = d.when and {name: list(values) for name, values in d.when.items()}
        if d.choices:
            return skhp.Categorical(list(d.choices), when=when)
        prior = "log-uniform" if d.is_log else "uniform"
        if d.is_integer:
            return skhp.Integer(int(d.low), int(d.high), prior, when=when)
        return skhp.Real(d.low, d.high, prior, when=when)

    return {d.name: written(d) for d in dimensions}


class _RoundedLogUniform:
    """A distribution of whole numbers whose logarithm is nearly uniform."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def rvs(self, size=None, random_state=None):
        from scipy.stats import loguniform

        real_numbers = loguniform(self.low - 0.499, self.high + 0.499)
        return int(np.rint(real_numbers.rvs(random_state=random_state)))


def for_sklearn(dimensions: Sequence[Dimension]) -> dict[str, Any]:
    """Return distributions for scikit-learn, which knows no conditions."""
    from scipy.stats import loguniform, randint, uniform

    def written(d: Dimension) -> Any:
        if d.choices:
            return list(d.choices)
        if d.is_integer:
            low, high = int(d.low), int(d.high)
            return _RoundedLogUniform(low, high) if d.is_log else randint(low, high + 1)
        return loguniform(d.low, d.high) if d.is_log else uniform(d.low, d.high - d.low)

    return {d.name: written(d) for d in dimensions}


def for_optuna(dimensions: Sequence[Dimension]) -> dict[str, Any]:
    """Return distributions for OptunaSearchCV, which knows no conditions."""
    from optuna import distributions

    def written(d: Dimension) -> Any:
        if d.choices:
            return distributions.CategoricalDistribution(d.choices)
        if d.is_integer:
            return distributions.IntDistribution(int(d.low), int(d.high), log=d.is_log)
        return distributions.FloatDistribution(d.low, d.high, log=d.is_log)

    return {d.name: written(d) for d in dimensions}


def suggested_by_optuna(dimensions: Sequence[Dimension], trial: Any) -> Params:
    """Return what a trial of Optuna suggests, asking only for what is active."""
    params: Params = {}
    for d in dimensions:
        if not d.is_active(params):
            continue
        if d.choices:
            params[d.name] = trial.suggest_categorical(d.name, d.choices)
        elif d.is_integer:
            low, high = int(d.low), int(d.high)
            params[d.name] = trial.suggest_int(d.name, low, high, log=d.is_log)
        else:
            params[d.name] = trial.suggest_float(d.name, d.low, d.high, log=d.is_log)
    return params


def for_skopt(dimensions: Sequence[Dimension]) -> dict[str, Any]:
    """Return dimensions for scikit-optimize, which knows no conditions."""
    from skopt.space import Categorical, Integer, Real

    def written(d: Dimension) -> Any:
        if d.choices:
            return Categorical(d.choices, name=d.name)
        prior = "log-uniform" if d.is_log else "uniform"
        if d.is_integer:
            return Integer(int(d.low), int(d.high), prior, name=d.name)
        return Real(d.low, d.high, prior, name=d.name)

    return {d.name: written(d) for d in dimensions}


def for_smac(dimensions: Sequence[Dimension], seed: int) -> Any:
    """Return a ConfigSpace, with its conditions."""
    import ConfigSpace

    space = ConfigSpace.ConfigurationSpace(seed=seed)
    for d in dimensions:
        if d.choices:
            space.add(ConfigSpace.CategoricalHyperparameter(d.name, list(d.choices)))
        elif d.is_integer:
            bounds = int(d.low), int(d.high)
            space.add(
                ConfigSpace.UniformIntegerHyperparameter(d.name, *bounds, log=d.is_log)
            )
        else:
            space.add(
                ConfigSpace.UniformFloatHyperparameter(
                    d.name, d.low, d.high, log=d.is_log
                )
            )
    for d in dimensions:
        conditions = [
            ConfigSpace.InCondition(space[d.name], space[parent], list(values))
            for parent, values in (d.when or {}).items()
        ]
        if len(conditions) > 1:
            space.add(ConfigSpace.AndConjunction(*conditions))
        elif conditions:
            space.add(conditions[0])
    return space
