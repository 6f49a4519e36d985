import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.metrics import get_scorer

from skhp.resources._partial_model import PartialModel

PROBABILITIES = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
CLASSES = np.array(["a", "b"])


def classifier(**responses):
    return PartialModel(HistGradientBoostingClassifier(), CLASSES, responses)


def test_it_is_what_its_model_is():
    assert is_classifier(classifier(predict_proba=PROBABILITIES))
    model = PartialModel(HistGradientBoostingRegressor(), None, {})
    assert is_regressor(model)
    assert not hasattr(model, "classes_")


def test_the_class_is_the_most_probable_one():
    model = classifier(predict_proba=PROBABILITIES)
    assert model.predict(None).tolist() == ["a", "b", "b"]
    assert model.score(None, ["a", "a", "b"]) == pytest.approx(2 / 3)


def test_it_has_no_method_without_an_answer():
    model = classifier(predict_proba=PROBABILITIES)
    assert not hasattr(model, "decision_function")
    assert not hasattr(classifier(decision_function=np.ones(3)), "predict_proba")


def test_scorers_choose_the_response_that_they_prefer():
    raw = np.array([3.0, 2.0, 1.0])  # says the opposite of the probabilities
    model = classifier(predict_proba=PROBABILITIES, decision_function=raw)
    score = get_scorer("roc_auc")
    assert score(model, np.empty((3, 1)), ["a", "b", "b"]) == 0.0
    model = classifier(predict_proba=PROBABILITIES)
    assert score(model, np.empty((3, 1)), ["a", "b", "b"]) == 1.0


def test_regressor_is_scored_by_r2():
    values = np.array([1.0, 2.0, 3.0])
    model = PartialModel(HistGradientBoostingRegressor(), None, {"predict": values})
    assert model.score(None, values) == 1.0
    assert model.score(None, values + 1.0) == pytest.approx(1 - 3 / 2)
