"""Grids in which dimensions stand for the lists of their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skhp.exceptions import InvalidSpaceError
from skhp.space._dialects import interpret
from skhp.space._dimensions import Dimension
from skhp.space._foreign import Constant, is_foreign
from skhp.space._space import Space
from skhp.space.conditions import mapped

MAX_LISTED = 1000  # values of one parameter


def with_lists(grid: Any) -> Any:
    """Return a grid with a list in place of each dimension; the rest is left as it is.

    Raises
    ------
    InvalidSpaceError
        If a dimension has too many values, or infinitely many.
    """
    if isinstance(grid, Mapping):
        return {name: _listed(name, value) for name, value in grid.items()}
    if isinstance(grid, (list, tuple)):
        return [with_lists(each) for each in grid]
    return grid


def grid_space(grid: Any, constraints: Any = None) -> Space:
    """Return the space whose points are those of a grid with conditions.

    Names are in alphabetical order, as `sklearn.model_selection.ParameterGrid` goes
    through them.

    Raises
    ------
    InvalidSpaceError
        If a parameter has too many values, or infinitely many.
    """
    if isinstance(grid, Mapping):
        return Space(_as_choices(grid), constraints)
    return Space([_as_choices(each) for each in grid], constraints)


def _as_choices(grid: Mapping[str, Any]) -> dict[str, Any]:
    ordered = {name: grid[name] for name in sorted(grid)}
    return mapped(ordered, _listed_in_conditions)


def _listed_in_conditions(name: str, written: Any) -> Any:
    listed = _listed(name, written)
    if hasattr(listed, "rvs"):
        raise _too_many(name, listed)
    return list(listed) if isinstance(listed, tuple) else listed


def _listed(name: str, written: Any) -> Any:
    is_dimension = isinstance(written, Dimension) or is_foreign(written)
    if not is_dimension and not _is_range(written):
        return written
    meaning = interpret(name, written)
    if isinstance(meaning, Constant):
        return [meaning.value]
    if not 1 <= meaning.n_values <= MAX_LISTED:
        raise _too_many(name, meaning)
    return meaning.values(meaning.positions())


def _too_many(name: str, meaning: Any) -> InvalidSpaceError:
    return InvalidSpaceError(
        f"Parameter {name!r}: a grid tries every value, at most {MAX_LISTED} of a "
        "parameter; write a list of those to try, such as np.geomspace(1e-3, 1, "
        f"7), or use BayesSearchCV or RandomizedSearchCV. Got {meaning!r}."
    )


def _is_range(written: Any) -> bool:
    """Whether this is a range of scikit-optimize with its prior, and not choices."""
    return (
        isinstance(written, tuple)
        and len(written) in (3, 4)
        and isinstance(written[2], str)
        and written[2] in ("uniform", "log-uniform")
    )
