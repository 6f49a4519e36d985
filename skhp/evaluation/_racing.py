"""Racing: whether the missing splits of a candidate can still make it the best.

Notation::

    y       scores, greater is better; a row for each candidate, a column for each split
    K, r    number of splits, and of those that the candidate has been evaluated on
    d       (r,) differences to the best candidate so far on the same splits
    s2      variance of the residuals of the additive model
                y_ik = a_i + b_k + e_ik
    V       variance of the mean of all K differences, given r of them
    nu      degrees of freedom

Some splits are harder for all candidates. In differences this effect b_k is gone, which
is why few splits are enough to see that a candidate is worse. Splits that are known to
be the K that decide are a finite population, so that with the moderated variance s_d^2

    s_d^2 = (4 * 2 s2 + sum (d - mean d)^2) / (4 + r - 1)
    V     = s_d^2 (1/r - 1/K)
    P(mean of all K differences > 0) = T_nu(mean d / sqrt(V)),   nu = 4 + r - 1

(M. Kuhn, "Futility analysis in the cross-validation of machine learning models",
arXiv:1405.6974, races with a mixed model of all splits; W. Cochran, "Sampling
Techniques", 1977, section 2.6, has the correction for finite populations.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

_Floats = NDArray[np.float64]

# A variance of few differences is averaged with what is usual among the candidates, as
# if that were known from so many: with five splits, one difference in fifty has a tenth
# of its true deviation by chance.
PRIOR_DEGREES = 4
# Who is more likely than this to become the best gets the missing splits at once.
PROMISING = 0.5


@dataclass(frozen=True)
class Racing:
    """When to give a candidate up.

    Parameters
    ----------
    risk : float
        Probability of giving up the candidate that would have become the best.
    min_complete : int
        Nobody is judged before so many candidates have all their splits: their
        residuals say how much is luck.
    most_complete : int
        So many of the newest say it.
    """

    risk: float = 0.1
    min_complete: int = 5
    most_complete: int = 200

    @classmethod
    def of(cls, given: bool | float) -> Racing | None:
        """Return how candidates race, given the parameter of a search."""
        if isinstance(given, (bool, np.bool_)):
            return cls() if given else None
        return cls(float(given))

    def burn_in(self, n_splits: int) -> int:
        """Return on how many splits every candidate is evaluated."""
        return min(n_splits, 2 if n_splits <= 5 else 3)

    def is_hopeless(self, chance: float, n_splits: int) -> bool:
        """Whether to give up a candidate with this chance of becoming the best.

        The risk is shared out among the times that a candidate is judged.
        """
        n_times = max(1, n_splits - self.burn_in(n_splits))
        return bool(chance < self.risk / n_times)


def residual_variance(complete: _Floats) -> float:
    """Return s2, pooled over the better half of candidates (n, K), at least three."""
    n = max(3, (len(complete) + 1) // 2)
    better: _Floats = complete[np.argsort(-complete.mean(axis=1), kind="stable")[:n]]
    n, n_splits = better.shape
    residuals = better - better.mean(axis=1, keepdims=True) - better.mean(axis=0)
    residuals += better.mean()
    return float(np.sum(residuals**2) / max(1, (n - 1) * (n_splits - 1)))


def chance_of(d: _Floats, n_splits: int, s2: float) -> float:
    """Return how likely the mean of K differences is to be positive, given r of them.

    Parameters
    ----------
    d : ndarray of shape (r,)
    n_splits : int
        K.
    s2 : float
    """
    r = len(d)
    mean = float(d.mean())
    degrees = PRIOR_DEGREES + r - 1
    variance = PRIOR_DEGREES * 2 * s2 + float(np.sum((d - mean) ** 2))
    deviation = sqrt(variance / degrees * (1 / r - 1 / n_splits))
    if not deviation > 0:  # no candidate differs from another in more than its level
        return 0.5 * (1.0 + float(np.sign(mean)))
    return float(stdtr(degrees, mean / deviation))


def estimate_of(scores: _Floats, complete: Sequence[_Floats]) -> tuple[float, float]:
    """Return what the mean over all splits would be, and the variance of this estimate.

    Parameters
    ----------
    scores : ndarray of shape (r,)
        On the first r splits.
    complete : sequence of ndarray of shape (K,)
        Scores of the candidates that have them all; they tell how hard the splits are.
    """
    r, known = len(scores), np.array(complete)
    effects = known.mean(axis=0)
    easier = float(effects[:r].mean() - effects.mean())
    variance = residual_variance(known) * (1 / r - 1 / known.shape[1])
    return float(scores.mean()) - easier, variance
