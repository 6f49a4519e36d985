"""Quick scores are those of scikit-learn's scorers to the last digit."""

import numpy as np
import pytest
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.metrics import get_scorer, make_scorer, roc_auc_score
from sklearn.metrics._scorer import _MultimetricScorer, _PassthroughScorer

from skhp.evaluation._quick_scores import QuickScorer
from skhp.resources._partial_model import PartialModel

CLASSIFIER = HistGradientBoostingClassifier()
REGRESSOR = HistGradientBoostingRegressor()
LABELS = np.array(["a", "b", "c"])


def probabilities(rng, n_rows, n_classes, digits):
    raw = np.round(rng.random((n_rows, n_classes)), digits) + 0.001
    if n_classes > 2:
        return raw / raw.sum(axis=1, keepdims=True)
    return np.column_stack([1 - raw[:, 1] / 1.1, raw[:, 1] / 1.1])


def draws(n_classes=None, *, n_rows=173, digits=9, dtype=np.float64):
    """True values, and what a model responds at twenty points of its training."""
    rng = np.random.default_rng(0)
    if n_classes is None:
        y = rng.normal(size=n_rows)
        return y, [
            {"predict": rng.normal(size=n_rows).astype(dtype)} for _ in range(20)
        ]
    y = LABELS[rng.integers(0, n_classes, n_rows)]
    proba = [probabilities(rng, n_rows, n_classes, digits) for _ in range(20)]
    return y, [{"predict_proba": p.astype(dtype)} for p in proba]


def both(scorer, model, y, responses):
    """Scores by a quick scorer that has seen the first responses, and by the scorer."""
    classes = None if model is REGRESSOR else np.unique(y)
    quick = QuickScorer(scorer, model, classes, y)
    X = np.zeros((len(y), 1))
    slow = [scorer(PartialModel(model, classes, each), X, y) for each in responses]
    assert quick.scores(responses[0]) is None  # nothing is known yet
    quick.compare(responses[0], slow[0])
    return [quick.scores(each) for each in responses], slow


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("digits", [1, 9])  # equal predictions, and none
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", ["roc_auc", "neg_log_loss", "accuracy"])
def test_scores_of_classes_are_the_same_bits(name, n_classes, digits, dtype):
    if (name, n_classes) == ("roc_auc", 3):
        pytest.skip("it is of two classes")
    y, responses = draws(n_classes, digits=digits, dtype=dtype)
    quick, slow = both(get_scorer(name), CLASSIFIER, y, responses)
    if (name, dtype) == ("neg_log_loss", np.float32) and quick[0] is None:
        slow = [None] * len(slow)  # scikit-learn 1.6 rounds otherwise, which is noticed
    assert quick == slow


@pytest.mark.parametrize(
    "name",
    [
        "r2",
        "neg_mean_squared_error",
        "neg_root_mean_squared_error",
        "neg_mean_absolute_error",
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("y_dtype", [np.float64, np.float32, np.int64])
def test_scores_of_numbers_are_the_same_bits(name, y_dtype, dtype):
    y, responses = draws(dtype=dtype)
    y = (10 * y).astype(y_dtype)
    quick, slow = both(get_scorer(name), REGRESSOR, y, responses)
    assert quick == slow


def test_raw_predictions_and_classes_are_used_as_scorers_use_them():
    y, responses = draws(2)
    for each in responses:
        each["decision_function"] = -each["predict_proba"][:, 1]  # says the opposite
        each["predict"] = np.where(each["predict_proba"][:, 1] > 0.2, "b", "a")
    for name in ("roc_auc", "accuracy"):
        quick, slow = both(get_scorer(name), CLASSIFIER, y, responses)
        assert quick == slow


def test_several_metrics_and_the_score_of_the_model_itself():
    y, responses = draws(2)
    each = {name: get_scorer(name) for name in ("roc_auc", "accuracy")}
    quick, slow = both(_MultimetricScorer(scorers=each), CLASSIFIER, y, responses)
    assert quick == slow
    assert quick[0].keys() == each.keys()
    quick, slow = both(_PassthroughScorer(CLASSIFIER), CLASSIFIER, y, responses)
    assert quick == slow


@pytest.mark.parametrize(
    "scorer",
    [
        get_scorer("balanced_accuracy"),
        make_scorer(roc_auc_score, max_fpr=0.5, response_method="predict_proba"),
        make_scorer(roc_auc_score),  # of predicted classes
        lambda model, X, y: 1.0,
    ],
)
def test_other_scorers_are_asked_each_time(scorer):
    y, responses = draws(2)
    y = (y == "b").astype(int)
    quick, _ = both(scorer, CLASSIFIER, y, responses)
    assert set(quick) == {None}


def test_the_scorer_is_asked_where_something_is_not_as_usual():
    y, responses = draws(2)
    scorer, classes = get_scorer("roc_auc"), np.unique(y)
    unknown = QuickScorer(scorer, CLASSIFIER, classes, np.append(y[1:], "new"))
    unknown.compare(responses[0], 0.5)
    assert unknown.scores(responses[0]) is None
    known = QuickScorer(scorer, CLASSIFIER, classes, y)
    known.compare(
        responses[0], roc_auc_score(y == "b", responses[0]["predict_proba"][:, 1])
    )
    assert known.scores(responses[0]) is not None
    responses[1]["predict_proba"][3] = np.nan
    assert known.scores(responses[1]) is None
