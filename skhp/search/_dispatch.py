"""joblib's ``pre_dispatch``, read without evaluating it as code."""

from __future__ import annotations

import re
from numbers import Integral
from typing import Any

from skhp.exceptions import InvalidParameterError

_FORM = re.compile(
    r"\s*(?:(?P<k>\d+(?:\.\d+)?)\s*\*\s*)?n_jobs(?:\s*\*\s*(?P<m>\d+(?:\.\d+)?))?\s*"
)


def max_in_flight(pre_dispatch: Any, n_jobs: int) -> int | None:
    """Return how many batches may be dispatched at once; None means any number.

    Parameters
    ----------
    pre_dispatch : int or str
        A number, "all", or a multiple of "n_jobs" such as "2*n_jobs".
    n_jobs : int
        The number of workers.

    Raises
    ------
    InvalidParameterError
        If it is none of these.
    """
    if isinstance(pre_dispatch, Integral) and not isinstance(pre_dispatch, bool):
        number = int(pre_dispatch)
    elif pre_dispatch == "all":
        return None
    elif isinstance(pre_dispatch, str) and pre_dispatch.strip().isdigit():
        number = int(pre_dispatch)
    elif isinstance(pre_dispatch, str) and (match := _FORM.fullmatch(pre_dispatch)):
        number = int(float(match["k"] or 1) * float(match["m"] or 1) * n_jobs)
    else:
        raise InvalidParameterError(
            "The 'pre_dispatch' parameter must be a positive int, 'all', or a multiple "
            f"of n_jobs such as '2*n_jobs'. Got {pre_dispatch!r} instead."
        )
    if number < 1:
        raise InvalidParameterError(
            "The 'pre_dispatch' parameter must allow at least one task. "
            f"Got {pre_dispatch!r} instead."
        )
    return number
