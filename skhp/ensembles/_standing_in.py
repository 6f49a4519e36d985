"""Stand-ins that answer scorers with predictions that were made before."""

from __future__ import annotations

from typing import Any

import numpy as np

from skhp.ensembles._averaging import AveragingClassifier, AveragingRegressor
from skhp.ensembles._predictions import Prediction


class _Stored:
    """Answers scorers with a prediction that was made before, for fixed rows."""

    prediction: Prediction

    def predict(self, X: Any) -> Any:
        return self.prediction.labels()

    def _averaged(self, X: Any) -> Prediction:
        return self.prediction

    @property
    def _method(self) -> str:
        return self.prediction.method

    def __sklearn_is_fitted__(self) -> bool:
        return True


class _StoredClassifier(_Stored, AveragingClassifier):
    @property
    def classes_(self) -> Any:
        given = self.prediction
        if given.classes is None:  # each column is a label
            return [np.array([0, 1]) for _ in range(given.values.shape[1])]
        return given.classes


class _StoredRegressor(_Stored, AveragingRegressor):
    pass


def standing_in(estimator: Any, prediction: Prediction) -> Any:
    """Return what predicts as given, whatever rows it is asked about.

    Parameters
    ----------
    estimator : estimator
        What it is: a classifier or a regressor.
    prediction : Prediction
    """
    is_regressor = prediction.method == "predict"
    model = (_StoredRegressor if is_regressor else _StoredClassifier)([estimator])
    model.prediction = prediction
    model._has_labels = prediction.is_of_several_outputs
    return model
