"""The estimators that a search may fit, as far as its space says which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sklearn.base import clone

from skhp.space import Categorical, Conditional, OneOf

_SPACES = ("param_grid", "param_distributions", "search_spaces")


def searched_models(search: Any) -> list[Any]:
    """Return the estimators of a search, each step that the space replaces replaced.

    Each of the estimators and texts that a part of the space has for choices is in one
    of them. Where it has none, the estimator is as it was given.
    """
    params = search.get_params(deep=False)
    space = next((params[name] for name in _SPACES if name in params), None)
    found: list[Any] = []
    for part in _parts_of(space):
        choices = {name: _choices(values) for name, values in part.items()}
        choices = {name: chosen for name, chosen in choices.items() if chosen}
        for i in range(max(map(len, choices.values()), default=1)):
            model = search.estimator
            if choices:
                values = {name: each[i % len(each)] for name, each in choices.items()}
                try:
                    model = clone(model).set_params(**values)
                except Exception:  # what is wrong with the space is said elsewhere
                    model = search.estimator
            found.append(model)
    return found or [search.estimator]


def _parts_of(space: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(space, Mapping):
        yield space
    elif isinstance(space, list | tuple):  # of dicts, or of pairs (dict, int)
        for each in space:
            yield from _parts_of(each)


def _choices(written: Any) -> list[Any]:
    """Return the estimators and texts among the choices of a parameter."""
    while isinstance(written, Conditional):
        written = written.values
    if isinstance(written, OneOf):
        return [chosen for chosen, _ in written.alternatives.values()]
    if isinstance(written, Categorical):
        written = written.choices
    if not isinstance(written, list | tuple):
        return []
    return [each for each in written if isinstance(each, str) or hasattr(each, "fit")]
