"""Searches whose fits choose the number of boosting rounds of each candidate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.pipeline import Pipeline

from skhp.evaluation import Record
from skhp.evaluation._sklearn import Interval
from skhp.exceptions import InvalidParameterError
from skhp.resources import (
    Booster,
    BoostingRounds,
    Stopping,
    booster_for,
    params_of_last_step,
    what_stops_by_itself,
)
from skhp.search._base import SearchMixin
from skhp.search._search_fingerprint import objective_of
from skhp.search._strategy import FitInputs

STEP = 10  # boosting rounds from one score to the next
_KNOWN = (
    "boosting of LightGBM, XGBoost, CatBoost or scikit-learn, by itself or as the "
    "last step of a pipeline"
)


@dataclass(frozen=True)
class ByRounds:
    """The number of boosting rounds is chosen by the fits of a candidate.

    Attributes
    ----------
    param : str
        The parameter that holds the number.
    stopping : Stopping
        Says where scores are taken, and when training ends.
    fixed : dict of str to object
        Parameters that the estimator must have, also in the refit.
    """

    param: str
    stopping: Stopping
    fixed: Mapping[str, Any]

    def open(self, search: Any) -> BoostingRounds:
        """Return what evaluates candidates."""
        return BoostingRounds(self.param, self.stopping, objective_of(search))

    def curves(self, record: Record) -> dict[str, Any]:
        """Return the scores of all candidates by number of rounds."""
        results = [
            (i, k, cell.curve)
            for i, row in enumerate(record.rows)
            for k, cell in enumerate(row.results)
            if cell is not None
        ]
        n_points = max((len(curve) for _, _, curve in results), default=0)
        shape = (len(record.rows), record.n_splits, n_points)
        scores = np.full(shape, np.nan, dtype=np.float32)
        for i, k, curve in results:
            scores[i, k, : len(curve)] = curve
        n_resources = self.stopping.rounds(n_points).astype(np.int64)
        return {"n_resources": n_resources, "test_score": scores}


class RoundsMixin(SearchMixin):
    """A search that can score every prefix of the boosting models it fits."""

    _extra_constraints: ClassVar[dict[str, Any]] = {
        **SearchMixin._extra_constraints,
        "resource": [str, None],
        "max_resources": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean"],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    }

    resource: str | None
    max_resources: int
    early_stopping: bool
    n_iter_no_change: int
    boosting_curves_: dict[str, Any]

    def _rounds_rule(
        self, inputs: FitInputs, searched: Sequence[Collection[str]]
    ) -> ByRounds | None:
        """Return how the number of boosting rounds is chosen; None if it is not.

        Parameters
        ----------
        inputs : FitInputs
        searched : sequence of collection of str
            The names of the searched parameters, for each part of the space.
        """
        if self.resource is None:
            return None
        name = type(self).__name__
        model, booster = self._boosting_model()
        param = self._rounds_param(model, booster)
        stem = param.removesuffix(booster.param)
        names = {param, *(stem + alias for alias in booster.aliases)}
        if any(names & set(group) for group in searched):
            raise InvalidParameterError(
                f"The 'resource' parameter of {name} must not be searched at the same "
                f"time: the fits choose it. Leave {param!r} out of the search space."
            )
        given = model.get_params(deep=False)
        for alias in sorted(booster.aliases):
            if given.get(alias) is not None:
                raise InvalidParameterError(
                    f"With resource={param!r}, {name} sets {booster.param!r}, which "
                    f"{type(model).__name__} must not also have as {alias!r}. Got "
                    f"{alias}={given[alias]!r}: leave it out."
                )
        if self.max_resources < STEP:
            raise InvalidParameterError(
                f"The 'max_resources' parameter of {name} must be at least {STEP}, "
                "because models are scored after every tenth boosting round. Got "
                f"{self.max_resources} instead."
            )
        always = set.intersection(*map(set, searched)) if searched else set()
        own = {each.removeprefix(stem) for each in always if each.startswith(stem)}
        if problem := booster.problem(model, own):
            raise InvalidParameterError(
                f"The 'resource' parameter of {name} must be None for this "
                f"{type(model).__name__}: {problem}."
            )
        self._check_fit_params(param, inputs.data.routed.estimator.fit, own)
        if inputs.data.y is None:
            raise InvalidParameterError(f"{name} needs y for resource={param!r}.")
        patience = int(self.n_iter_no_change) if self.early_stopping else None
        fixed = {stem + key: value for key, value in booster.fixed.items()}
        stopping = Stopping(int(self.max_resources), STEP, patience)
        return ByRounds(param, stopping, fixed)

    def _boosting_model(self) -> tuple[Any, Booster]:
        """Return the model whose rounds are chosen, and its kind."""
        name, model = type(self).__name__, self.estimator
        if isinstance(model, Pipeline):
            if type(model) is not Pipeline or getattr(model, "transform_input", None):
                raise InvalidParameterError(
                    f"With 'resource', {name} takes a sklearn.pipeline.Pipeline "
                    "without transform_input, not one of another class. Got "
                    f"{type(model).__module__}.{type(model).__name__} with "
                    f"transform_input={getattr(model, 'transform_input', None)}."
                )
            model = model.steps[-1][1]
        booster = booster_for(model)
        if booster is None:
            raise InvalidParameterError(
                f"The 'resource' parameter of {name} must be None unless the estimator "
                f"is {_KNOWN}. Got {self.resource!r} with {type(model).__name__}: "
                "HyperbandSearchCV and HalvingRandomSearchCV take any parameter that "
                "counts iterations, and a forest is best with all its trees."
            )
        return model, booster

    def _rounds_param(self, model: Any, booster: Booster) -> str:
        """Return the full name of the parameter that holds the number of rounds."""
        name, stem = type(self).__name__, ""
        if model is not self.estimator:
            stem = f"{self.estimator.steps[-1][0]}__"
        param = stem + booster.param
        if self.resource not in ("auto", param):
            raise InvalidParameterError(
                f"The 'resource' parameter of {name} must be 'auto' or {param!r}, the "
                f"number of boosting rounds of {type(model).__name__}. Got "
                f"{self.resource!r} instead."
            )
        return param

    def _check_fit_params(
        self, param: str, params: Mapping[str, Any], searched: Collection[str]
    ) -> None:
        """Raise if training would end early by itself, or if it is unclear for whom."""
        name, model, own = type(self).__name__, self.estimator, dict(params)
        stem = param.rpartition("__")[0]
        if stem:
            found = params_of_last_step(model, stem, params)
            if found is None:
                raise InvalidParameterError(
                    f"With resource={param!r}, {name} can only pass parameters to the "
                    f"last step of the pipeline, as in fit(X, y, {stem}__sample_weight="
                    f"...), and not by metadata routing. Got {sorted(params)}."
                )
            model, own = model.steps[-1][1], found
        if stopper := what_stops_by_itself(model, own, searched):
            raise InvalidParameterError(
                f"With resource={param!r}, {name} chooses the number of boosting "
                f"rounds on the test folds of its own splits, so {stopper!r} must not "
                "be set: it would end each fit at another number. Remove it; "
                "early_stopping=True and n_iter_no_change of the search take its place."
            )
