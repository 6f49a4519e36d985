"""Where the values of a parameter lie on an axis, and what they are called there."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real as AnyReal
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator

from skhp.exceptions import InvalidParameterError, InvalidSpaceError
from skhp.inspection._results import Floats, searched_space
from skhp.journal import text_of
from skhp.space import Categorical, Constant, Integer, Real, meanings_of

NOT_SET = "not set"
_MOST_NUMBERS = 20  # beside other values: with more of them, numbers keep their scale
_MOST_CATEGORIES = 15
_MOST_LETTERS = 24
_FEW_CATEGORIES = 8  # with more of them, there is less room for each
_FEWER_LETTERS = 14
_WIDE = 50.0  # a list of numbers is on a log scale if it spans so many times its least
_STEP = 0.2  # of the axis, between its end and each of the other values


@dataclass(frozen=True, eq=False)
class ParameterAxis:
    """The values of one parameter on an axis.

    Attributes
    ----------
    name : str
    scale : {"linear", "log", "category"}
    places : ndarray of shape (n,)
        Coordinates of the candidates' values. A category is at its number.
    ends : tuple of float
        Least and greatest coordinate of the range.
    ticks : dict of float to str
        Labels of categories, or of values that are not numbers, beyond the range.
    n_distinct : int
        Number of distinct values.
    """

    name: str
    scale: Literal["linear", "log", "category"]
    places: Floats
    ends: tuple[float, float]
    ticks: dict[float, str]
    n_distinct: int

    @property
    def is_whole(self) -> bool:
        """Whether all numbers are whole ones."""
        low, high = self.ends
        within = [p for p in self.places.tolist() if low <= p <= high]
        return all(place.is_integer() for place in within)

    @property
    def shares(self) -> Floats:
        """The places as shares of the range; those of other values are above 1."""
        return np.array([self.share(place) for place in self.places.tolist()])

    def share(self, place: float) -> float:
        """Return a coordinate as a share of the range."""
        low, high = self.ends
        if self.scale == "log":
            low, high, place = math.log(low), math.log(high), math.log(place)
        return (place - low) / (high - low)


@dataclass(eq=False)
class _Written:
    """What the search space says about one parameter, in all its parts together."""

    ends: list[float] = field(default_factory=list)
    is_log: bool = True
    choices: list[Any] = field(default_factory=list)

    def add(self, meaning: Any) -> None:
        if isinstance(meaning, Categorical):
            self.choices += meaning.choices
        elif isinstance(meaning, Constant):
            self.choices.append(meaning.value)
        elif isinstance(meaning, (Real, Integer)):
            self.is_log &= meaning.prior == "log-uniform" or (
                isinstance(meaning, Integer) and meaning.powers_of is not None
            )
            self.ends += [float(meaning.low), float(meaning.high)]


def axes_of(
    search: Any, params: Sequence[Mapping[str, Any]]
) -> dict[str, ParameterAxis]:
    """Return the axis of every parameter that was set, in the order of the space."""
    written = _written(search)
    tried = dict.fromkeys(name for each in params for name in each)
    names = [name for name in written if name in tried]
    names += [name for name in tried if name not in written]
    return {
        name: _axis(
            name,
            [each.get(name, _Unset) for each in params],
            written.get(name, _Written()),
        )
        for name in names
    }


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Return each name without the steps of the pipeline, where it is unique."""
    last = {name: name.rpartition("__")[2] for name in names}
    counts = Counter(last.values())
    return {name: last[name] if counts[last[name]] == 1 else name for name in names}


def value_label(value: Any, most: int = _MOST_LETTERS) -> str:
    """Return a short text for a value: a number, a name, or its ``repr`` cut short."""
    if value is _Unset:
        return NOT_SET
    if isinstance(value, (bool, np.bool_, str)) or value is None:
        text = str(value) or "''"
    elif isinstance(value, AnyReal):
        text = f"{float(value):.4g}" if not _is_int(value) else str(value)
    elif callable(value) and isinstance(getattr(value, "__name__", None), str):
        text = value.__name__
    elif isinstance(value, np.ndarray):
        text = f"array of {value.shape}"
    elif isinstance(value, BaseEstimator) and len(repr(value)) > most:
        text = type(value).__name__ + "(…)"
    else:
        text = repr(value)
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


class _Unset:
    """Stands for the value of a parameter that is not set."""


def _is_int(value: Any) -> bool:
    return isinstance(value, (int, np.integer))


def is_number(value: Any) -> bool:
    """Whether a value has a place on a scale of numbers."""
    is_real = isinstance(value, AnyReal) and not isinstance(value, (bool, np.bool_))
    return is_real and math.isfinite(value)


def _written(search: Any) -> dict[str, _Written]:
    found: dict[str, _Written] = {}
    try:
        for meanings in meanings_of(searched_space(search)):
            for name, meaning in meanings.items():
                found.setdefault(name, _Written()).add(meaning)
    except (InvalidSpaceError, KeyError, TypeError, AttributeError):
        return {}  # of a class that writes its space in a way of its own
    return found


def _axis(name: str, values: Sequence[Any], written: _Written) -> ParameterAxis:
    numbers = sorted({float(value) for value in values if is_number(value)})
    others = [value for value in values if not is_number(value)]
    is_plain = all(value is _Unset for value in others)
    if numbers and (is_plain or len(numbers) > _MOST_NUMBERS):
        return _axis_of_numbers(name, values, numbers, written)
    return _axis_of_categories(name, values, written)


def _axis_of_numbers(
    name: str, values: Sequence[Any], numbers: list[float], written: _Written
) -> ParameterAxis:
    choices = [float(value) for value in written.choices if is_number(value)]
    reached = [*numbers, *written.ends, *choices]
    low, high = min(reached), max(reached)
    if written.ends:
        is_log = written.is_log and low > 0
    else:
        is_log = _looks_log(sorted({*numbers, *choices}))
    if low == high:
        low, high = (low / 2, high * 2) if is_log else (low - 0.5, high + 0.5)
    others = _distinct(value for value in values if not is_number(value))
    beyond = {}
    for i, key in enumerate(others):
        share = 1 + _STEP * (i + 1)
        at = low + share * (high - low)
        beyond[key] = low * (high / low) ** share if is_log else at
    keys = _keys(values)
    places = [
        float(value) if is_number(value) else beyond[key]
        for key, value in zip(keys, values, strict=True)
    ]
    return ParameterAxis(
        name,
        "log" if is_log else "linear",
        np.array(places),
        (low, high),
        {beyond[key]: value_label(value) for key, value in others.items()},
        len(numbers) + len(others),
    )


def _looks_log(numbers: Sequence[float]) -> bool:
    """Whether a list of numbers is on a log scale, such as 1, 10, 100."""
    if len(numbers) < 3 or numbers[0] <= 0 or numbers[-1] < _WIDE * numbers[0]:
        return False
    steps = np.diff(numbers)
    ratios = np.diff(np.log(numbers))
    # More even on the log scale than on the other.
    return bool(ratios.std() / ratios.mean() < steps.std() / steps.mean())


def _axis_of_categories(
    name: str, values: Sequence[Any], written: _Written
) -> ParameterAxis:
    tried = _distinct(values)
    order = {k: v for k, v in _distinct(written.choices).items() if k in tried}
    order |= {k: v for k, v in tried.items() if k not in order}
    numbers = sorted(
        (k for k, v in order.items() if is_number(v)), key=order.__getitem__
    )
    rest = [k for k, v in order.items() if not is_number(v) and v is not _Unset]
    if all(isinstance(order[k], (bool, np.bool_)) for k in rest):
        rest.sort(key=order.__getitem__)
    keys = numbers + rest + [k for k in order if order[k] is _Unset]
    place: dict[Hashable, float] = {key: float(i) for i, key in enumerate(keys)}
    letters = _MOST_LETTERS if len(keys) <= _FEW_CATEGORIES else _FEWER_LETTERS
    labels = _distinct_labels([value_label(order[key], letters) for key in keys])
    if len(keys) > _MOST_CATEGORIES:
        labels = _thinned(keys, place, values, labels)
    high = max(place.values())
    return ParameterAxis(
        name,
        "category",
        np.array([place[key] for key in _keys(values)]),
        (0.0, high) if high > 0 else (-0.5, 0.5),
        {float(i): label for i, label in enumerate(labels)},
        len(keys),
    )


def _thinned(
    keys: Sequence[Hashable],
    place: dict[Hashable, float],
    values: Sequence[Any],
    labels: list[str],
) -> list[str]:
    """Put the categories that were tried least in one place; return the labels."""
    counts = Counter(_keys(values))
    by_count = sorted(keys, key=lambda key: -counts[key])
    shown = set(by_count[: _MOST_CATEGORIES - 1])
    kept = [key for key in keys if key in shown]
    for key in keys:
        place[key] = float(kept.index(key) if key in shown else len(kept))
    texts = [label for key, label in zip(keys, labels, strict=True) if key in shown]
    return [*texts, f"{len(keys) - len(kept)} others"]


def _distinct(values: Iterable[Any]) -> dict[Hashable, Any]:
    values = list(values)
    found: dict[Hashable, Any] = {}
    for key, value in zip(_keys(values), values, strict=True):
        found.setdefault(key, value)
    return found


def keys_of(params: Sequence[Mapping[str, Any]], name: str) -> list[Hashable]:
    """Return for each candidate what is equal if a parameter has equal values."""
    return _keys([each.get(name, _Unset) for each in params])


def are_alike(value: Any, other: Any) -> bool:
    """Whether two values are at the same place on an axis."""
    return value is other or _key(value) == _key(other)


def _keys(values: Sequence[Any]) -> list[Hashable]:
    """Return the key of each value; that of an object only once, as it takes long."""
    known: dict[int, Hashable] = {}
    for value in values:
        if id(value) not in known:
            known[id(value)] = _key(value)
    return [known[id(value)] for value in values]


def _key(value: Any) -> Hashable:
    """Return what is equal for values that look the same."""
    if is_number(value):
        return float(value)
    if isinstance(value, (BaseEstimator, np.ndarray)):  # whose repr may be cut short
        return type(value), repr(value), text_of(value)
    return value if value is _Unset else (type(value), repr(value))


def _distinct_labels(labels: Sequence[str]) -> list[str]:
    """Return the labels, with a number where several values have the same one."""
    counts, seen, found = Counter(labels), Counter[str](), []
    for label in labels:
        seen[label] += 1
        found.append(f"{label} ({seen[label]})" if counts[label] > 1 else label)
    return found


def chosen_parameters(
    axes: Mapping[str, ParameterAxis],
    means: Floats,
    names: Sequence[str] | None,
    most: int,
    owner: str,
) -> list[str]:
    """Return the parameters to show, in their order.

    Those that were asked for; else all that differ between candidates, or if there are
    more than `most`, those along which the scores differ most.

    Raises
    ------
    InvalidParameterError
        If one is not there, or if there is none at all.
    """
    if not axes:
        raise InvalidParameterError(
            f"The 'search' parameter of {owner} must be a search over at least one "
            "parameter. Got one with none."
        )
    if names is not None:
        unknown = [name for name in names if name not in axes]
        if isinstance(names, str) or unknown or not len(names):
            raise InvalidParameterError(
                f"The 'parameters' parameter of {owner} must be None or a list of "
                f"searched parameters, which are {_listed(axes)}. Got {names!r} "
                "instead."
            )
        return list(names)
    differing = [name for name, axis in axes.items() if axis.n_distinct > 1]
    found = differing or list(axes)
    if len(found) <= most:
        return found
    by_effect = sorted(found, key=lambda name: -_effect(axes[name], means))
    kept = set(by_effect[:most])
    return [name for name in found if name in kept]


def _listed(names: Iterable[str], most: int = 20) -> str:
    texts = [repr(name) for name in names]
    more = [f"{len(texts) - most} more"] if len(texts) > most else []
    return ", ".join(texts[:most] + more)


def _effect(axis: ParameterAxis, means: Floats) -> float:
    """Return the share of the variance of scores that lies between parts of an axis.

    Corrected for the number of parts, like the R2 of a regression.
    """
    known = np.isfinite(means)
    scores = means[known]
    if axis.scale == "category":
        parts = axis.places[known]
    else:
        parts = np.minimum(np.floor(axis.shares[known] * 4), 4.0)
    _, part, counts = np.unique(parts, return_inverse=True, return_counts=True)
    total = ((scores - scores.mean()) ** 2).sum() if len(scores) else 0.0
    left = len(scores) - len(counts)
    if total == 0 or left <= 0:
        return -np.inf
    centres = np.bincount(part, scores) / counts
    within = ((scores - centres[part]) ** 2).sum()
    return float(1 - within / left / (total / (len(scores) - 1)))
