import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skhp.ensembles._predictions import (
    Prediction,
    method_of,
    predicted_and_decided,
)
from skhp.ensembles._standing_in import standing_in

X, y = load_iris(return_X_y=True)
LABELLED, LABELS = make_multilabel_classification(60, n_classes=2, random_state=0)


@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss", "roc_auc_ovr"])
def test_scorers_are_answered_with_a_given_prediction(scoring):
    model = LogisticRegression(max_iter=1000).fit(X, y)
    given = Prediction("predict_proba", model.predict_proba(X), model.classes_)
    scorer = get_scorer(scoring)
    assert scorer(standing_in(model, given), X, y) == scorer(model, X, y)


def test_scorers_of_decisions_are_answered_by_probabilities():
    model = LogisticRegression().fit(X[:100], y[:100])
    given = Prediction("predict_proba", model.predict_proba(X[:100]), model.classes_)
    scorer = get_scorer("average_precision")
    found = scorer(standing_in(model, given), X[:100], y[:100])
    assert found == pytest.approx(scorer(model, X[:100], y[:100]))


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(max_depth=3, random_state=0),
        ClassifierChain(LogisticRegression()),
        OneVsRestClassifier(LogisticRegression()),
        OneVsRestClassifier(LinearSVC()),
    ],
)
@pytest.mark.parametrize("scoring", ["roc_auc", "average_precision", "f1_macro"])
def test_scorers_of_several_labels_are_answered_as_by_the_model(model, scoring):
    model = clone(model).fit(LABELLED, LABELS)
    method = method_of([model])
    given = predicted_and_decided(model, LABELLED, method, has_labels=True)
    scorer = get_scorer(scoring)
    found = scorer(standing_in(model, given), LABELLED, LABELS)
    assert found == scorer(model, LABELLED, LABELS)
