"""A model of the first rounds of a fit, known by its predictions for some rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_classifier
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if


def _has(name: str) -> Any:
    return available_if(lambda self: name in self.responses)


class PartialModel(BaseEstimator):
    """Answers scikit-learn's scorers in place of a model, for fixed rows.

    Parameters
    ----------
    model : estimator
        The model that it stands for: is it a classifier, how does it score?
    classes : ndarray of shape (n_classes,) or None
        The classes of a classifier.
    responses : mapping of str to ndarray
        What the model predicts for the rows that are scored, by method.
    """

    def __init__(
        self,
        model: Any,
        classes: NDArray[Any] | None,
        responses: Mapping[str, NDArray[Any]],
    ) -> None:
        self.model = model
        self.classes = classes
        self.responses = responses

    def __sklearn_tags__(self) -> Any:
        return get_tags(self.model)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes, in the order of probabilities."""
        if self.classes is None:
            raise AttributeError("a regressor has no classes")
        return self.classes

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the predicted values or classes."""
        if "predict" in self.responses:
            return self.responses["predict"]
        codes = np.argmax(self.responses["predict_proba"], axis=1)
        return np.asarray(self.classes_[codes])

    @_has("predict_proba")
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return the probabilities of the classes."""
        return self.responses["predict_proba"]

    @_has("decision_function")
    def decision_function(self, X: Any) -> NDArray[Any]:
        """Return the raw predictions of a classifier."""
        return self.responses["decision_function"]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy or R2, as all models that it stands for do."""
        metric = accuracy_score if is_classifier(self) else r2_score
        return float(metric(y, self.predict(X), sample_weight=sample_weight))
