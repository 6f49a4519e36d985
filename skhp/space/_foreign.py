"""Conversion of dimensions of other libraries, such as Optuna and ConfigSpace.

Their objects are recognised by their classes' names and packages and read by their
public attributes; none of these packages is imported.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from numbers import Integral
from typing import Any, Literal

from skhp.exceptions import InvalidSpaceError
from skhp.space._dimensions import MAX_TABLE, Categorical, Dimension, Integer, Real
from skhp.space._distributions import from_distribution


@dataclass(frozen=True, eq=False)
class Constant:
    """A parameter that is set but not searched."""

    value: Any


def from_foreign(written: Any) -> Dimension | Constant | None:
    """Return what an object of another library means, None if it is of none.

    Raises
    ------
    InvalidSpaceError
        If the library is known, but what the object means cannot be said in ours.
    """
    packages = _packages(written)
    for package, read in _READERS.items():
        if package in packages:
            return read(written)
    return _by_name(written)


def is_foreign(written: Any) -> bool:
    """Whether an object is of a library whose dimensions are known by its package."""
    return not _READERS.keys().isdisjoint(_packages(written))


def _packages(written: Any) -> set[str]:
    return {cls.__module__.partition(".")[0] for cls in type(written).__mro__}


def _names(written: Any) -> set[str]:
    return {cls.__name__ for cls in type(written).__mro__}


def _range(low: Any, high: Any, *, whole: bool, log: bool) -> Dimension:
    prior: Literal["uniform", "log-uniform"] = "log-uniform" if log else "uniform"
    return Integer(low, high, prior) if whole else Real(low, high, prior)


def _no_counterpart(library: str, written: Any) -> InvalidSpaceError:
    return InvalidSpaceError(
        f"{library}: must be a range, evenly spaced values or equally likely choices "
        "to be read from another library; write a list, Real, Integer or a frozen "
        f"distribution of scipy.stats instead. Got {_one_line(written)}."
    )


def _one_line(written: Any) -> str:
    return " ".join(repr(written).split())


# scikit-optimize and Optuna


def _by_name(written: Any) -> Dimension | None:
    """Read a dimension of scikit-optimize or a distribution of Optuna."""
    names = _names(written)
    if names & {"CategoricalDistribution", "Categorical"}:
        choices = getattr(written, "choices", getattr(written, "categories", None))
        return None if choices is None else Categorical(choices)
    if not (hasattr(written, "low") and hasattr(written, "high")):
        return None
    low, high = written.low, written.high
    if names & {"Real", "Integer"} and hasattr(written, "prior"):
        return (Real if "Real" in names else Integer)(low, high, written.prior)
    whole = bool(names & _OPTUNA_INTEGERS)
    if not whole and not names & _OPTUNA_FLOATS:
        return None
    is_log = bool(getattr(written, "log", False)) or bool(names & _OPTUNA_LOG)
    step = getattr(written, "step", getattr(written, "q", None))
    if step is not None and not (whole and step == 1):
        return _stepped(low, high, step, whole=whole)
    return _range(low, high, whole=whole, log=is_log)


_OPTUNA_INTEGERS = {
    "IntDistribution",
    "IntUniformDistribution",
    "IntLogUniformDistribution",
}
_OPTUNA_FLOATS = {
    "FloatDistribution",
    "UniformDistribution",
    "LogUniformDistribution",
    "DiscreteUniformDistribution",
}
_OPTUNA_LOG = {"LogUniformDistribution", "IntLogUniformDistribution"}


def _stepped(low: Any, high: Any, step: Any, *, whole: bool) -> Dimension:
    """Values low, low + step, ..., in decimal so that 0.1 + 2 * 0.1 is 0.3."""
    start, stride = Decimal(str(low)), Decimal(str(step))
    if not stride > 0:
        raise InvalidSpaceError(f"step: must be positive. Got {step!r}.")
    count = int((Decimal(str(high)) - start) / stride) + 1
    if count > MAX_TABLE:
        raise InvalidSpaceError(
            f"step: must cut the range into at most {MAX_TABLE} values. "
            f"Got step={step!r}, low={low!r}, high={high!r}."
        )
    kind = int if whole else float
    return Categorical([kind(start + i * stride) for i in range(count)])


def _rounded_to(low: float, high: float, step: float, *, whole: bool) -> Dimension:
    """Multiples of `step` to which numbers from `low` to `high` are rounded."""
    first, last = (Decimal(str(step)) * round(bound / step) for bound in (low, high))
    if whole and step == 1:
        return Integer(int(first), int(last))
    return _stepped(first, last, step, whole=whole)


# ConfigSpace


def _from_config_space(written: Any) -> Dimension | Constant:
    names = _names(written)
    if "Constant" in names:
        return Constant(written.value)
    if "OrdinalHyperparameter" in names:
        return Categorical(written.sequence, ordered=True)
    if "CategoricalHyperparameter" in names:
        weights = written.weights
        if weights is not None and len(set(weights)) > 1:
            raise _no_counterpart("ConfigSpace", written)
        return Categorical(written.choices, ordered=False)
    whole = "IntegerHyperparameter" in names
    if names & {"UniformFloatHyperparameter", "UniformIntegerHyperparameter"}:
        return _range(written.lower, written.upper, whole=whole, log=written.log)
    if whole or written.log or not hasattr(written, "lower"):
        raise _no_counterpart("ConfigSpace", written)
    return from_distribution(_bounded(written, names))


def _bounded(written: Any, names: set[str]) -> Any:
    """Return the normal or beta distribution of a hyperparameter of ConfigSpace."""
    from scipy import stats

    low, high = written.lower, written.upper
    if "NormalFloatHyperparameter" in names:
        mean, sd = written.mu, written.sigma
        ends = (low - mean) / sd, (high - mean) / sd
        return stats.truncnorm(*ends, loc=mean, scale=sd)
    if "BetaFloatHyperparameter" in names:
        return stats.beta(written.alpha, written.beta, loc=low, scale=high - low)
    raise _no_counterpart("ConfigSpace", written)


# hyperopt, whose spaces are expressions


def _from_hyperopt(written: Any) -> Dimension | Constant:
    node, whole = written, False
    while node.name in ("int", "float"):
        whole = whole or node.name == "int"
        (node,) = node.pos_args
    if node.name == "literal":
        return Constant(node.obj)
    if node.name == "switch":
        index, *options = node.pos_args
        values = [getattr(option, "obj", option) for option in options]
        is_even = index.pos_args[1].name == "randint"
        is_cut = whole and not all(isinstance(value, Integral) for value in values)
        is_nested = any("hyperopt" in _packages(value) for value in values)
        if not is_even or is_cut or is_nested:
            raise _no_counterpart("hyperopt", written)
        return Categorical(values)
    if node.name != "hyperopt_param":
        raise _no_counterpart("hyperopt", written)
    drawn = node.pos_args[1]
    numbers = [*drawn.pos_args, *(value for _, value in drawn.named_args)]
    make = _HYPEROPT.get(drawn.name)
    if make is None or not all(hasattr(number, "obj") for number in numbers):
        raise _no_counterpart("hyperopt", written)
    values = [number.obj for number in numbers]
    if whole and not _draws_integers(drawn.name, values):
        raise _no_counterpart("hyperopt", written)
    return make(whole, *values)


def _draws_integers(name: str, numbers: list[Any]) -> bool:
    """Whether a distribution of hyperopt has only integers, which int() leaves."""
    is_stepped = name == "quniform" and float(numbers[-1]).is_integer()
    return name == "randint" or is_stepped


def _hyperopt_randint(whole: bool, low: int, high: int | None = None) -> Dimension:
    low, high = (0, low) if high is None else (low, high)
    return Integer(low, high - 1)


def _hyperopt_normal(whole: bool, mean: float, sd: float) -> Dimension:
    from scipy import stats

    return from_distribution(stats.norm(mean, sd))


def _hyperopt_lognormal(whole: bool, mean: float, sd: float) -> Dimension:
    from scipy import stats

    return from_distribution(stats.lognorm(sd, scale=math.exp(mean)))


_HYPEROPT: dict[str, Callable[..., Dimension]] = {
    "uniform": lambda whole, low, high: Real(low, high),
    "loguniform": lambda whole, low, high: Real(
        math.exp(low), math.exp(high), "log-uniform"
    ),
    "quniform": lambda whole, low, high, q: _rounded_to(low, high, q, whole=whole),
    "randint": _hyperopt_randint,
    "normal": _hyperopt_normal,
    "lognormal": _hyperopt_lognormal,
}


# Ray Tune


def _from_ray(written: Any) -> Dimension | None:
    names = _names(written)
    if "Categorical" in names:
        return Categorical(written.categories)
    if not names & {"Float", "Integer"}:
        raise _no_counterpart("ray", written)
    sampler, low, high = written.sampler, written.lower, written.upper
    kinds = _names(sampler)
    whole = "Integer" in names
    if "Quantized" in kinds:
        inner = _names(sampler.sampler)
        if inner & {"LogUniform", "Normal"}:
            raise _no_counterpart("ray", written)
        return _rounded_to(low, high, sampler.q, whole=whole)
    if "Normal" in kinds:
        return _hyperopt_normal(whole, sampler.mean, sampler.sd)
    high = high - 1 if whole else high  # the upper bound is left out
    return _range(low, high, whole=whole, log="LogUniform" in kinds)


# skrub, sklearn-genetic-opt


def _from_skrub(written: Any) -> Dimension | None:
    names = _names(written)
    if "Choice" in names:
        return Categorical(written.outcomes)
    kind = int if getattr(written, "to_int", False) else float
    if "DiscretizedNumericChoice" in names:
        return Categorical([kind(value) for value in written])
    if "NumericChoice" in names:
        low, high = written.low, written.high
        return _range(low, high, whole=written.to_int, log=written.log)
    return None  # such as an estimator


def _from_genetic(written: Any) -> Dimension | None:
    names = _names(written)
    if "Categorical" in names:
        priors = written.priors
        if priors is not None and len(set(priors)) > 1:
            raise _no_counterpart("sklearn_genetic", written)
        return Categorical(written.choices)
    if not names & {"Continuous", "Integer"}:
        return None
    log = "log" in str(written.distribution)
    low, high = written.lower, written.upper
    return _range(low, high, whole="Integer" in names, log=log)


_READERS: dict[str, Callable[[Any], Dimension | Constant | None]] = {
    "ConfigSpace": _from_config_space,
    "hyperopt": _from_hyperopt,
    "ray": _from_ray,
    "skrub": _from_skrub,
    "sklearn_genetic": _from_genetic,
}
