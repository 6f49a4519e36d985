"""Whether more candidates, or fewer, would have been better."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from typing import Any

import numpy as np
from scipy.special import gammaln, stdtr

from skhp.advice._findings import Advice, Findings, Floats
from skhp.selection import moderated_errors

_FEWEST = 20  # candidates, in fewer of which there is no course to see
_LATE = 0.25  # of the candidates are the last ones, where a climbing search improves
_EARLY = 0.5  # of the candidates, after which a flat one has gained nothing
_LEVEL = 0.05
_NOTHING = 0.25  # standard errors: a gain that is less is nothing
_LEAST_NEEDED = 10  # candidates; fewer are luck


def climbing(found: Findings) -> Advice | None:
    """Say if the best score was still rising at the end.

    The best candidate is among the last quarter, and better than the best one of the
    first three quarters by more than chance (a paired t test).
    """
    rows = found.competing
    n, best = len(rows), found.best
    if not found.is_drawn or n < _FEWEST or found.n_splits < 2 or best is None:
        return None
    n_late = int(_LATE * n)
    early, late = rows[:-n_late], rows[-n_late:]
    if best not in late:
        return None
    gain, error, degrees = _gain(found, best, early)
    if not (error > 0 and 1 - stdtr(degrees, gain / error) < _LEVEL):
        return None
    how = f"search.extend(X, y, n_iter={n})" if found.can_extend else "a larger n_iter"
    return Advice(
        "climbing",
        f"The best score was still rising: the last {n_late} of {n} candidates raised "
        f"it by {gain:.3g} (standard error {error:.2g}). More may raise it further: "
        f"{how}.",
        {"n_last": n_late, "n_candidates": n, "gain": gain, "standard_error": error},
    )


def flat(found: Findings) -> Advice | None:
    """Say if the later half of the candidates, or more, brought nothing.

    The best score gained less than a quarter of the standard error after them, and
    would have on average if the candidates had come in any other order: that it was
    found early may be luck.
    """
    rows = found.competing
    n, best = len(rows), found.best
    if not found.is_drawn or n < _FEWEST or found.n_splits < 2 or best is None:
        return None
    means = found.means[rows]
    so_far = np.maximum.accumulate(means)
    errors, _ = moderated_errors(found.scores[rows] - found.scores[best], found.rho)
    usual = float(np.median(errors))
    enough = so_far[-1] - _NOTHING * usual
    n_needed = max(int(np.flatnonzero(so_far >= enough)[0]) + 1, _LEAST_NEEDED)
    most = int(_EARLY * n)
    if not usual > 0 or n_needed > most or _expected_best(means, most) < enough:
        return None
    # The more there are, the better is the best of them
    counts = range(n_needed, most + 1)
    n_needed = counts[bisect_left(counts, enough, key=partial(_expected_best, means))]
    gain = float(so_far[-1] - so_far[n_needed - 1])
    brought = "nothing" if gain == 0 else f"only {gain:.2g}"
    return Advice(
        "flat",
        f"The last {n - n_needed} of {n} candidates brought {brought}: after "
        f"{n_needed} the best score was {so_far[n_needed - 1]:.4g}, in the end "
        f"{so_far[-1]:.4g}, and differences are known to {usual:.2g}. Fewer would do.",
        {
            "n_last": n - n_needed,
            "n_candidates": n,
            "gain": gain,
            "standard_error": usual,
        },
    )


def _expected_best(means: Floats, m: int) -> float:
    """Return the best of `m` of the candidates, on average over the choice of these.

    The k-th best of n is the best of the m chosen with probability
    ``C(n - k, m - 1) / C(n, m)``.
    """
    n = len(means)
    k = np.arange(1, n - m + 2)
    shares = np.exp(_log_choose(n - k, m - 1) - _log_choose(n, m))
    return float(np.sort(means)[::-1][: len(k)] @ shares)


def _log_choose(n: Any, m: int) -> Any:
    return gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1)


def _gain(found: Findings, best: int, early: np.ndarray) -> tuple[float, float, float]:
    """Return by how much the best is better than the best of the early ones.

    With its standard error and degrees of freedom, from moderated variances.
    """
    before = int(np.argmax(found.means[early]))
    d = found.scores[best] - found.scores[early]
    errors, degrees = moderated_errors(d, found.rho)
    return float(d[before].mean()), float(errors[before]), degrees
