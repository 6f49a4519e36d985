"""Whether the names in a search space are parameters of the estimator."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from skhp.exceptions import InvalidSpaceError

# More names than this would hide the one the user looks for.
MAX_LISTED = 30


def check_names(
    names: Iterable[Collection[str]], valid_names: Iterable[str], owner: str
) -> None:
    """Check that each name that is searched is a parameter of its owner.

    Parameters
    ----------
    names : iterable of collection of str
        The names in each sub-space: ``Space.names``, or dicts.
    valid_names : iterable of str
        Names that the estimator has, as in ``estimator.get_params()``.
    owner : str
        What to call the estimator in the message.

    Raises
    ------
    InvalidSpaceError
        Naming the parameter and the valid names closest to it.

    Notes
    -----
    ``clf__C`` is not checked where ``clf`` is itself in the space: which parameters it
    has depends on what is chosen for it.

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
    """Whether ``name`` is a parameter of what another of the names is set to."""
    parts = name.split("__")
    return any("__".join(parts[:i]) in names for i in range(1, len(parts)))


def _suggestion(name: str, valid: set[str]) -> str:
    by_lower = {candidate.lower(): candidate for candidate in sorted(valid)}
    close = difflib.get_close_matches(name.lower(), by_lower, n=3)
    # "C" for "svc__C" and the other way round: the step is missing or too much.
    close += [v.lower() for v in sorted(valid) if _last(v) == _last(name)]
    found = list(dict.fromkeys(by_lower[lower] for lower in close))[:5]
    if found:
        return f"Did you mean {' or '.join(map(repr, found))}?"
    listed = sorted(valid)
    more = ", ..." if len(listed) > MAX_LISTED else ""
    return f"It has {', '.join(listed[:MAX_LISTED])}{more}."


def _last(name: str) -> str:
    return name.rpartition("__")[2]
