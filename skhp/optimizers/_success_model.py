"""Where trials fail: a Gaussian process of its own, beside that of the scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skhp.acquisition import Success
from skhp.surrogate import Prior, fit_gaussian_process

_Floats = NDArray[np.float64]

# Failures are partly noise until there is evidence of a pattern.
_PRIOR = Prior(signal=1.0, noise=0.3, noise_spread=1.0)
_MAX_EVALUATIONS = 30
_LEAST = 0.01
# The first power leaves a region too late in which all trials fail, the fifth keeps
# away from good rows next to which one has failed at random: benchmarks/failures.py.
_POWER = 3.0


def fit_success(
    warped: _Floats,
    active: _Floats | None,
    has_failed: NDArray[np.bool_],
    is_categorical: NDArray[np.bool_],
    theta: _Floats | None,
) -> Success:
    """Return the probability of success, as trials that are told suggest it.

    Least squares on 1 for a success and 0 for a failure, about their mean (Rasmussen
    and Williams, 2006, section 6.5): failures at random leave the probability level,
    those that depend on parameters do not.

    Parameters
    ----------
    warped : ndarray of shape (n, D)
        Rows on the warped scale of the scores' posterior.
    active : ndarray of shape (n, D) or None
    has_failed : bool ndarray of shape (n,)
    is_categorical : bool ndarray of shape (D,)
    theta : ndarray of shape (2 D + 2,) or None
        Hyperparameters to take as they are; None learns them.
    """
    succeeded = 1.0 - has_failed
    # With one more success: a first failure alone is no reason to expect more
    share = (succeeded.sum() + 1.0) / (len(succeeded) + 1.0)
    spread = float(np.sqrt(share * (1.0 - share)))
    posterior = fit_gaussian_process(
        warped,
        (succeeded - share) / spread,
        is_categorical=is_categorical,
        active=active,
        starts=None if theta is None else [theta],
        prior=_PRIOR,
        max_evaluations=_MAX_EVALUATIONS if theta is None else 0,
        learn_warp=False,
    )
    return Success(posterior, share, spread, _LEAST, _POWER)
