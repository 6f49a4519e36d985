"""Predictions of a search that has an ensemble."""

from __future__ import annotations

from typing import Any


class _ByEnsemble:
    """A method of scikit-learn's search classes, with the ensemble in its place.

    All that the method does besides, such as saying what is not available, remains
    scikit-learn's.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, search: Any, owner: type) -> Any:
        inherited: Any
        if search is None:
            inherited = super(PredictsByEnsemble, owner)
        elif "ensemble_" not in vars(search):
            inherited = super(PredictsByEnsemble, search)
        else:
            twin = object.__new__(type(search))
            vars(twin).update(vars(search))
            if "best_estimator_" in vars(search):
                vars(twin)["best_estimator_"] = vars(twin)["ensemble_"]
            inherited = super(PredictsByEnsemble, twin)
        return getattr(inherited, self._name)


class PredictsByEnsemble:
    """Lets ``ensemble_`` predict in place of ``best_estimator_``, if there is one.

    Without `refit` neither does, as in scikit-learn.
    """

    predict = _ByEnsemble()
    predict_proba = _ByEnsemble()
    predict_log_proba = _ByEnsemble()
    decision_function = _ByEnsemble()
    score = _ByEnsemble()
