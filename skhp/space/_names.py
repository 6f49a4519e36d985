"""A check that the names in a search space are parameters of the estimator."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from skhp.exceptions import InvalidSpaceError

# More names than this would hide the one the user looks for.
MAX_LISTED = 30


def check_names(
    names: Iterable[Collection[str]], valid_names: Iterable[str], owner: str
) -> None:
    """Check that each searched name is a parameter of the estimator.

    Parameters
    ----------
    names : iterable of collection of str
        The names in each sub-space: ``Space.names``, or dicts.
    valid_names : iterable of str
        Names that the estimator has, as in ``estimator.get_params()``.
    owner : str
        Name of the estimator in the message.

    Raises
    ------
    InvalidSpaceError
        If a name is unknown; the message has the valid names closest to it.

    Notes
    -----
    ``clf__C`` is not checked if ``clf`` is itself in the space, since its parameters
    depend on the chosen object.

    Examples
    --------
    >>> from skhp.space import check_names
    >>> check_names([{"alhpa": (0.0, 1.0)}], ["alpha", "fit_intercept"], "Ridge")
    Traceback (most recent call last):
    skhp.exceptions.InvalidSpaceError: Parameter 'alhpa' is not a parameter of Ridge. \
Did you mean 'alpha'?
    """
    valid = set(valid_names)
    for searched in names:
        for name in searched:
            if name not in valid and not is_below_searched(name, searched):
                raise InvalidSpaceError(
                    f"Parameter {name!r} is not a parameter of {owner}. "
                    + _suggestion(name, valid)
                )


def is_below_searched(name: str, names: Collection[str]) -> bool:
    """Whether ``name`` is a parameter of an object that another name is set to."""
    parts = name.split("__")
    return any("__".join(parts[:i]) in names for i in range(1, len(parts)))


def near_names(name: str, valid_names: Iterable[str]) -> list[str]:
    """Return at most five of the valid names, which may have been meant."""
    valid = sorted(valid_names)
    by_lower = {candidate.lower(): candidate for candidate in valid}
    close = difflib.get_close_matches(name.lower(), by_lower, n=3)
    # "C" for "svc__C" and the other way round: the step is missing or too much.
    close += [v.lower() for v in valid if _last(v) == _last(name)]
    return list(dict.fromkeys(by_lower[lower] for lower in close))[:5]


def _suggestion(name: str, valid: set[str]) -> str:
    if found := near_names(name, valid):
        return f"Did you mean {' or '.join(map(repr, found))}?"
    listed = sorted(valid)
    more = ", ..." if len(listed) > MAX_LISTED else ""
    return f"It has {', '.join(listed[:MAX_LISTED])}{more}."


def _last(name: str) -> str:
    return name.rpartition("__")[2]
