"""The ensemble of a search, made of its candidates' fold models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.ensembles._averaging import (
    AveragingClassifier,
    AveragingRegressor,
    mean_of_fitted,
)
from skhp.ensembles._candidates import Candidates
from skhp.ensembles._greedy import select_greedily
from skhp.ensembles._predictions import Prediction, classes_of, has_several_columns
from skhp.ensembles._settings import Ensemble
from skhp.evaluation import fit_plainly
from skhp.exceptions import warn_user


def ensemble_of(
    settings: Ensemble, folds: Candidates, wanted: Sequence[int]
) -> dict[str, Any]:
    """Return the ensemble, and what is told of it, as attributes by name.

    Parameters
    ----------
    settings : Ensemble
    folds : Candidates
    wanted : sequence of int
        Numbers of the candidates that may be in it, the winner first.
    """
    rivals = folds.averageable(wanted)
    if folds.store.n_dropped_for_room and len(rivals) < settings.n_candidates:
        warn_user(
            f"The models of the {settings.n_candidates} best candidates take more than "
            f"max_bytes={settings.max_bytes}, so that only {len(rivals)} of them take "
            "part in the ensemble."
        )
    counts = _counts(settings, folds, rivals)
    weights = {
        number: float(share)
        for number, share in zip(rivals, counts / counts.sum(), strict=True)
        if share
    }
    folds.averageable(list(weights))  # perhaps there is more that all of these have
    return {
        "ensemble_": _estimator(settings, folds, weights),
        "ensemble_info_": _told(settings, folds, rivals, counts, weights),
    }


def _counts(
    settings: Ensemble, folds: Candidates, rivals: Sequence[int]
) -> NDArray[np.int64]:
    """Return how often each candidate counts."""
    if settings.kind != "greedy" or len(rivals) == 1:
        return np.ones(len(rivals), dtype=np.int64)
    winner = _alone(len(rivals))
    if np.isnan(folds.score(rivals, winner)):
        warn_user(
            "The scorer wants more of a model than its predictions, so that no mean of "
            "models can be scored: the ensemble consists of the best candidate alone."
        )
        return winner
    return select_greedily(
        lambda counts: folds.score(rivals, counts),
        len(rivals),
        n_rounds=settings.n_rounds,
        max_members=settings.max_members,
    )


def _alone(n: int) -> NDArray[np.int64]:
    """Return the counts of the first of `n` candidates alone."""
    counts = np.zeros(n, dtype=np.int64)
    counts[0] = 1
    return counts


def _estimator(
    settings: Ensemble, folds: Candidates, weights: Mapping[int, float]
) -> Any:
    """Return the ensemble, fitted."""
    models, shares = [], []
    examples: list[Prediction] = []
    for number, weight in weights.items():
        examples += folds.predictions(number)
        if settings.refit:
            models.append(_refitted(folds, number))
            shares.append(weight)
            continue
        splits = list(folds.store.folds(number))
        models += [folds.model(number, split) for split in splits]
        shares += [weight / len(splits)] * len(splits)
    y, is_regressor = folds.job.y, folds.predicts_numbers
    kind = AveragingRegressor if is_regressor else AveragingClassifier
    members = [folds.unfitted(number) for number in weights]
    return mean_of_fitted(
        kind(members, list(weights.values())),
        models,
        shares,
        examples,
        has_labels=has_several_columns(y),
        classes=None if is_regressor else classes_of(y),
    )


def _refitted(folds: Candidates, number: int) -> Any:
    if number == folds.winner and folds.best_estimator is not None:
        return folds.best_estimator
    job = folds.job
    return fit_plainly(folds.unfitted(number), job.X, job.y, job.fit_params)


def _told(
    settings: Ensemble,
    folds: Candidates,
    rivals: Sequence[int],
    counts: NDArray[np.int64],
    weights: Mapping[int, float],
) -> dict[str, Any]:
    """Return what the ensemble is made of, beside the best candidate refitted."""
    cost = folds.cost(weights, refitted=settings.refit)
    of_winner = folds.cost({rivals[0]: 1.0}, refitted=True)
    return {
        "candidates": list(weights),
        "weights": list(weights.values()),
        "score": folds.score(rivals, counts),
        "best_score": folds.score(rivals, _alone(len(rivals))),
        **cost,
        **{f"best_{name}": value for name, value in of_winner.items()},
    }
