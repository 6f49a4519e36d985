"""What a search makes of its fold models: an ensemble, and out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from sklearn.base import is_classifier, is_regressor
from sklearn.utils import get_tags

from skhp.ensembles._candidates import Candidates, FinishedSearch, OpenWorkers
from skhp.ensembles._fold_store import FoldStore
from skhp.ensembles._making import ensemble_of
from skhp.ensembles._predictions import has_several_columns
from skhp.ensembles._searched_models import searched_models
from skhp.ensembles._settings import MAX_BYTES, Ensemble, ensemble_settings
from skhp.evaluation import Job, Observer, Record
from skhp.evaluation._fit_and_score import short_traceback
from skhp.exceptions import InvalidParameterError, warn_user


class FoldModels:
    """Keeps the fold models of a search, if it wants them, and makes use of them.

    It is a context manager: what is kept lies in a temporary folder inside.

    Parameters
    ----------
    search : estimator
        The search, with its parameters `ensemble` and `keep_folds`.
    y : array-like or None

    Attributes
    ----------
    job : Job or None
        What the fits have in common, once that is known.
    may_fit_again : bool
        Whether models of an earlier run are fitted again, for the ensemble alone; not
        after Ctrl-C.

    Raises
    ------
    InvalidParameterError
        If there can be no ensemble of the estimator.
    """

    def __init__(self, search: Any, y: Any) -> None:
        name = type(search).__name__
        self._ensemble = ensemble_settings(name, search.ensemble)
        self._keeps_folds = bool(search.keep_folds)
        if self._ensemble is not None:
            _check_can_be_averaged(name, search, y, self._ensemble)
        if self._keeps_folds and not any(map(_can_predict, searched_models(search))):
            raise InvalidParameterError(
                f"The 'keep_folds' parameter of {name} must be False for an estimator "
                f"that does not predict. Got {type(search.estimator).__name__}."
            )
        self.job: Job | None = None
        self.may_fit_again = True
        self._deadline: float | None = None
        self._record: Record | None = None
        self._store: FoldStore | None = None
        if self._ensemble is not None or self._keeps_folds:
            settings = self._ensemble or Ensemble("folds")
            self._store = FoldStore(
                settings.n_leaders,
                settings.max_bytes if self._ensemble else MAX_BYTES,
                has_labels=has_several_columns(y),
            )
        self._stack = ExitStack()

    def __enter__(self) -> FoldModels:
        if self._store is not None:
            self._stack.enter_context(self._store)
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self._stack.__exit__(*exc_info)

    def kept(self, job: Job, deadline: float | None = None) -> Job:
        """Return the job of the search, with its models kept if they are wanted.

        Parameters
        ----------
        job : Job
        deadline : float, default=None
            When all fits should have ended, by `time.perf_counter`.
        """
        if self._store is not None:
            # A model may be trained further, or be a part of another, with a resource.
            is_live = job.resource is None and job.together is None
            job = replace(job, keeping=self._store.for_workers(is_live=is_live))
        self.job, self._deadline = job, deadline
        return job

    def observers(self, record: Record) -> list[Observer]:
        """Return the observers that the loop needs."""
        self._record = record
        if self._store is None:
            return []
        self._store.watch(record)
        return [self._store]

    def attributes(self, search: Any, open_workers: OpenWorkers) -> dict[str, Any]:
        """Return the attributes that a search gets when it is over, by name.

        Parameters
        ----------
        search : estimator
            With its results, and refitted if it is to be.
        open_workers : callable
            Opens workers for a job.
        """
        if self._store is None:
            return {}
        found: dict[str, Any] = {}
        try:
            for attributes in self._parts(self._store, search, open_workers):
                found |= attributes
        except Exception:  # the search itself is finished
            warn_user(
                "The fold models of the search could not be made use of:\n"
                f"{short_traceback()}"
            )
        return found

    def _parts(
        self, store: FoldStore, search: Any, open_workers: OpenWorkers
    ) -> Iterator[dict[str, Any]]:
        """Yield attributes, as soon as they are there."""
        assert self.job is not None
        assert self._record is not None
        finished = FinishedSearch(
            self.job,
            self._record,
            vars(search).get("best_index_"),
            vars(search).get("best_estimator_"),
            open_workers,
            self.may_fit_again,
            self._deadline,
        )
        folds = Candidates(store, finished)
        if folds.winner is None:
            return
        wanted = [folds.winner]
        if self._ensemble is not None and self._ensemble.kind != "folds":
            wanted = folds.rivals(self._ensemble.n_leaders)
        folds.fit_missing(wanted)
        if not store.folds(folds.winner):
            why = store.why_not(folds.winner) or "they were not fitted"
            warn_user(
                "The fold models of the best candidate could not be kept, so there is "
                f"neither an ensemble nor an out-of-fold prediction: {why}"
            )
            return
        if self._keeps_folds:
            yield folds.of_the_best()
        if self._ensemble is not None:
            yield ensemble_of(self._ensemble, folds, wanted)


def _can_predict(estimator: Any) -> bool:
    methods = ("predict", "predict_proba", "decision_function")
    return any(hasattr(estimator, method) for method in methods)


def _check_can_be_averaged(name: str, search: Any, y: Any, settings: Ensemble) -> None:
    """Raise, before the first fit, if no model that is searched has a mean."""
    stem = f"The 'ensemble' parameter of {name} must be None"
    if y is None:
        raise InvalidParameterError(f"{stem} without y: there is nothing to predict.")
    problems = [_problem(model, settings) for model in searched_models(search)]
    if all(problems):
        raise InvalidParameterError(
            f"{stem} {problems[0]}. Got {type(search.estimator).__name__}."
        )


def _problem(model: Any, settings: Ensemble) -> str | None:
    """Return for what models there is no ensemble, if this is one; else None."""
    if not (is_classifier(model) or is_regressor(model)):
        return "unless the estimator is a classifier or a regressor"
    if not hasattr(model, "predict"):
        return "for an estimator that does not predict"
    if get_tags(model).input_tags.pairwise and not settings.refit:
        return (
            "for an estimator of precomputed kernels or distances, whose fold models "
            "take those of their own training rows only; or members must be fitted "
            "again, with Ensemble(refit=True)"
        )
    return None
