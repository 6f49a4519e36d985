"""How much of the differences between scores is due to which parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc
from threadpoolctl import threadpool_limits

from skhp.exceptions import InvalidParameterError
from skhp.inspection._model import Model, model_of
from skhp.inspection._results import Floats, Results, results_of

_N_DRAWS = 20
_MOST_ROWS = 8192  # at which each draw is evaluated, if there are many parameters
_LEAST_POINTS, _MOST_POINTS = 32, 128
_QUANTILES = (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class Importances:
    """Shares of the variance of the score that are due to each parameter.

    What `parameter_importances` returns, the most important parameter first.

    Attributes
    ----------
    names : list of str
        The parameters.
    main : ndarray of shape (n_parameters,)
        Share of the variance that a parameter explains alone: its first-order Sobol
        index.
    main_intervals : ndarray of shape (n_parameters, 2)
        Where it is with a probability of 90 %.
    total : ndarray of shape (n_parameters,)
        Share that would be left if only this parameter varied and all others were
        known, interactions included: its total Sobol index.
    total_intervals : ndarray of shape (n_parameters, 2)
        Where it is with a probability of 90 %.
    explained : float
        How much of the variance between candidates the model predicts, each being left
        out (R2). Near 0, the importances mean nothing.
    n_candidates : int
        Candidates with a score.
    n_modelled : int
        How many of them the model was fitted to.
    n_left_out : int, default=0
        Parameters that are not among these: of many, those along which the scores
        differ least.
    """

    names: list[str]
    main: Floats
    main_intervals: Floats
    total: Floats
    total_intervals: Floats
    explained: float
    n_candidates: int
    n_modelled: int
    n_left_out: int = 0

    def some(self, positions: Sequence[int]) -> Importances:
        """Return the importances of the parameters at these positions."""
        rows = np.asarray(positions, dtype=np.intp)
        return replace(
            self,
            n_left_out=self.n_left_out + len(self.names) - len(rows),
            names=[self.names[i] for i in rows],
            main=self.main[rows],
            main_intervals=self.main_intervals[rows],
            total=self.total[rows],
            total_intervals=self.total_intervals[rows],
        )


def parameter_importances(search: Any, *, metric: str | None = None) -> Importances:
    """Return how much of the variance of the score is due to each parameter.

    The scores are modelled by a Gaussian process, from whose posterior 20 functions are
    drawn. The importances are Sobol indices of these functions over the whole search
    space, as its priors draw from it: not only where the search has looked most.

    Parameters
    ----------
    search : estimator
        A fitted search of skhp or scikit-learn.
    metric : str, default=None
        The metric to use if there are several. None takes the one of ``refit``, or else
        the first.

    Returns
    -------
    importances : Importances
        Of the parameters that differ between the candidates that have a score.

    Raises
    ------
    InvalidParameterError
        If fewer than 8 candidates have a score, or all have the same.

    Notes
    -----
    Of more than 300 candidates, 300 are modelled, and of more than 30 parameters those
    along which the scores differ most. Scores that are further below the
    median than three times the distance from the median to the best are raised to that
    bound, so that disasters do not hide all else. Where a parameter is not set, it has
    no effect; constraints are not looked at. In a search with rungs, the model knows
    the resource, and the importances are those with the most of it.

    References
    ----------
    .. [1] A. Saltelli et al., "Variance based sensitivity analysis of model output",
       Computer Physics Communications 181, 2010.
    .. [2] L. Le Gratiet, C. Cannamela and B. Iooss, "A Bayesian approach for global
       sensitivity analysis of (multifidelity) computer codes", SIAM/ASA Journal on
       Uncertainty Quantification 2, 2014.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhp import RandomizedSearchCV
    >>> from skhp.inspection import parameter_importances
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "shrinking": [True, False]}
    >>> search = RandomizedSearchCV(SVC(), space, n_iter=20, random_state=0).fit(X, y)
    >>> found = parameter_importances(search)
    >>> found.names
    ['C', 'shrinking']
    >>> [round(float(share), 1) for share in found.total]
    [1.0, 0.0]
    """
    results = results_of(search, metric, "parameter_importances")
    with threadpool_limits(1):  # for small matrices, threads only wait for each other
        found = importances_of(search, results)
    if isinstance(found, str):
        raise InvalidParameterError(
            "The 'search' parameter of parameter_importances must have scores that a "
            f"model can learn from. {found}"
        )
    return found


def importances_of(
    search: Any, results: Results, wanted: Sequence[str] = ()
) -> Importances | str:
    """Return the importances, or a sentence why there are none.

    Those of the parameters that are `wanted` are among them if they differ at all.
    """
    model = model_of(search, results, _N_DRAWS, wanted=wanted)
    if isinstance(model, str):
        return model
    found = model.encoded
    owners = np.array(found.owners)
    # What has not been varied among the scored stays as it is
    varies = np.ptp(found.rows, axis=0) > 0
    n_varying = len(set(owners[varies].tolist()))
    varies &= np.isin(np.arange(len(owners)), model.columns)
    names = list(dict.fromkeys(owners[varies].tolist()))
    groups = [varies & (owners == name) for name in names]
    if not names:
        return "No parameter differs between the candidates that have a score."
    indices = np.array([_indices(model, i, groups) for i in range(len(model.draws))])
    main, total = indices.mean(axis=0)
    order = np.argsort(-total, kind="stable")
    intervals = np.quantile(indices, _QUANTILES, axis=0)  # (2, 2, n)
    return Importances(
        names=[names[i] for i in order],
        main=main[order],
        main_intervals=intervals[:, 0, order].T,
        total=total[order],
        total_intervals=intervals[:, 1, order].T,
        explained=_explained(model),
        n_candidates=model.n_scored,
        n_modelled=len(found.candidates),
        n_left_out=n_varying - len(names),
    )


def _indices(
    model: Model, draw: int, groups: Sequence[NDArray[np.bool_]]
) -> tuple[Floats, Floats]:
    """Return the first-order and total Sobol indices (n,) of one drawn function.

    The columns of each parameter are exchanged together between two samples A and B of
    rows (Saltelli et al., 2010, table 2, b and f)::

        V_i = mean(f(B) (f(AB_i) - f(A)))           f centred
        VT_i = mean((f(A) - f(AB_i))^2) / 2
    """
    space, rows = model.encoded.space, model.encoded.rows
    n_columns, n = space.n_columns, _n_points(len(groups))
    both = qmc.Sobol(2 * n_columns, seed=np.random.default_rng(draw)).random(n)
    both = np.where(np.tile(np.any(groups, axis=0), 2), both, np.tile(rows[0], 2))
    A, B = both[:, :n_columns], both[:, n_columns:]
    mixed = [np.where(group, B, A) for group in groups]
    rows = space.snap(np.concatenate([A, B, *mixed]))
    values = model.draws[draw](*model.inputs(rows)).reshape(len(groups) + 2, n)
    values = values - values[:2].mean()
    a, b, ab = values[0], values[1], values[2:]
    variance = max(float(np.mean(values[:2] ** 2)), np.finfo(np.float64).tiny)
    main: Floats = np.clip((b * (ab - a)).mean(axis=1) / variance, 0, 1)
    total: Floats = np.clip(((a - ab) ** 2).mean(axis=1) / 2 / variance, 0, 1)
    return main, total


def _n_points(n_groups: int) -> int:
    """Return the number of points in each sample, a power of two."""
    most = int(np.log2(_MOST_ROWS / (n_groups + 2)))
    return int(np.clip(2**most, _LEAST_POINTS, _MOST_POINTS))


def _explained(model: Model) -> float:
    """Return R2 of predictions of each modelled candidate from the others.

    The error of a prediction is ``alpha / diag(K^-1)`` (Rasmussen and Williams, 2006,
    eq. 5.12).
    """
    shares = []
    for draw in model.draws:
        posterior = draw.posterior
        errors = posterior.alpha / np.square(posterior.W).sum(axis=0)
        shares.append(1 - np.mean(errors**2) / posterior.z.var())
    return float(np.median(shares))
