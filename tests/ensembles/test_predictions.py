import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, LinearSVC

from skhp.ensembles._predictions import (
    Prediction,
    average,
    method_of,
    predicted,
    predicted_and_decided,
    votes,
    with_all_classes,
)

X = np.arange(12.0).reshape(-1, 1)
THREE = np.repeat(["a", "b", "c"], 4)


@pytest.mark.parametrize(
    ("models", "method"),
    [
        ([Ridge()], "predict"),
        ([LogisticRegression()], "predict_proba"),
        ([LinearSVC()], "decision_function"),
        ([LinearSVC(), LogisticRegression()], "decision_function"),
        ([LinearSVC(), KNeighborsClassifier()], "votes"),
    ],
)
def test_models_are_averaged_by_what_all_of_them_have(models, method):
    assert method_of(models) == method


@pytest.mark.parametrize("model", [LogisticRegression(), LinearSVC(), SVC()])
@pytest.mark.parametrize("y", [THREE, X.ravel() > 6])
def test_the_labels_of_one_prediction_are_the_models_own(model, y):
    model.fit(X, y)
    found = predicted(model, X, method_of([model]), has_labels=False)
    assert (found.labels() == model.predict(X)).all()


def test_a_decision_function_of_pairs_of_classes_becomes_votes():
    model = SVC(decision_function_shape="ovo").fit(
        np.arange(16.0).reshape(-1, 1), np.repeat([1, 2, 3, 4], 4)
    )
    found = predicted(model, X, "decision_function", has_labels=False)
    assert found.method == "votes"
    assert (found.labels() == model.predict(X)).all()


def test_a_decision_function_of_as_many_pairs_as_classes_becomes_votes():
    model = SVC(decision_function_shape="ovo").fit(X, THREE)
    found = predicted_and_decided(model, X, "decision_function", has_labels=False)
    assert found.method == "votes"
    assert (found.labels() == model.predict(X)).all()


def test_labels_of_a_threshold_are_kept_beside_the_probabilities():
    model = FixedThresholdClassifier(LogisticRegression(), threshold=0.9)
    model.fit(X, X.ravel() > 6)
    found = predicted_and_decided(model, X, "predict_proba", has_labels=False)
    assert (found.labels() == model.predict(X)).all()
    assert (found.values == model.predict_proba(X)).all()
    other = Prediction("predict_proba", np.eye(2)[[1] * 12], found.classes)
    mean = average([found, other, found], [1, 1, 1])
    assert (mean.labels() == model.predict(X)).all()
    assert mean.values[:, 1] == pytest.approx((2 * found.values[:, 1] + 1) / 3)


class Tied(KNeighborsClassifier):
    """Predicts something of its own for the last rows."""

    n_own = 0

    def predict(self, X):
        return np.repeat([0, 1], [len(X) - self.n_own, self.n_own])


@pytest.mark.parametrize(("n_own", "is_same"), [(0, True), (1, True), (5, False)])
def test_both_labels_of_a_tie_are_what_the_values_say_if_ties_are_rare(n_own, is_same):
    model = Tied(2).fit([[0.0], [0.0]], [0, 1])
    model.n_own = n_own
    found = predicted_and_decided(model, X, "predict_proba", has_labels=False)
    assert (found.own_labels is None) == is_same
    assert (found.labels() == model.predict(X)).all() or is_same


def test_a_decision_function_that_breaks_ties_otherwise_is_kept():
    rows, classes = make_classification(
        300, n_classes=4, n_informative=4, flip_y=0.3, random_state=0
    )
    model = SVC().fit(rows[::2], classes[::2])
    found = predicted_and_decided(model, rows, "decision_function", has_labels=False)
    assert found.own_labels is not None
    assert (found.labels() == model.predict(rows)).all()
    assert (found.values == model.decision_function(rows)).all()


LABELS = np.column_stack([X.ravel() > 3, X.ravel() > 7]).astype(int)


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(3, random_state=0),
        MLPClassifier((3,), max_iter=1, solver="sgd", random_state=0),
    ],
)
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_several_labels_are_predicted_as_the_model_predicts_them(model):
    model.fit(X, LABELS)
    found = predicted_and_decided(model, X, "predict_proba", has_labels=True)
    assert found.own_labels is None
    assert (average([found, found], [1, 2]).labels() == model.predict(X)).all()


def test_votes_of_several_outputs_are_counted_for_each():
    labels = np.array([["a", "x"], ["b", "y"]])
    other = np.array([["a", "y"], ["c", "y"]])
    mean = average([votes(labels), votes(other), votes(other)], [1, 1, 1])
    assert mean.labels().tolist() == [["a", "y"], ["c", "y"]]


def test_a_class_that_a_model_does_not_know_has_no_probability():
    few = Prediction("predict_proba", np.array([[0.5, 0.5]]), np.array(["a", "c"]))
    all_ = Prediction(
        "predict_proba", np.array([[0.2, 0.6, 0.2]]), np.array(list("abc"))
    )
    mean = average([few, all_], [1, 3])
    assert mean.values == pytest.approx(np.array([[0.275, 0.45, 0.275]]))
    assert mean.labels().tolist() == ["b"]


@pytest.mark.parametrize("n", [2, 3])
def test_a_class_that_no_model_knows_has_the_least_decision_value(n):
    model = LinearSVC().fit(X, np.array(["a", "b", "d"])[np.arange(12) % n])
    found = predicted(model, X, "decision_function", has_labels=False)
    wide = with_all_classes(found, np.array(list("abcd")))
    assert wide.values.shape == (12, 4)
    assert (wide.values[:, 2] == np.finfo(np.float64).min).all()
    assert (wide.labels() == model.predict(X)).all()


def test_decisions_of_different_classes_are_replaced_by_votes():
    two = Prediction("decision_function", np.array([1.0, -1.0]), np.array(["a", "b"]))
    three = Prediction("decision_function", np.eye(3)[1:], np.array(["a", "b", "c"]))
    mean = average([two, three], [1, 1])
    assert mean.method == "votes"
    assert mean.values.tolist() == [[0, 1, 0], [0.5, 0, 0.5]]


def test_decisions_of_probabilities_say_the_same_as_these():
    values = np.array([[0.9, 0.1], [0.5, 0.5], [0.0, 1.0]])
    decisions = Prediction("predict_proba", values, np.array([0, 1])).decisions()
    assert np.isfinite(decisions).all()
    assert (decisions > 0).tolist() == [False, False, True]
    assert decisions[0] == pytest.approx(-np.log(9))


def test_a_column_is_predicted_like_a_row_of_values():
    model = Ridge().fit(X, X)
    found = predicted(model, X, "predict", has_labels=False)
    assert found.values.shape == (12,)
