import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn import config_context
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import has_fit_parameter

from skhp.ensembles import AveragingClassifier, AveragingRegressor
from skhp.ensembles._averaging import mean_of_fitted

X, y = load_iris(return_X_y=True)
CLASSIFIERS = [LogisticRegression(max_iter=1000), GaussianNB()]
REGRESSORS = [Ridge(), KNeighborsRegressor(2)]


checks = parametrize_with_checks(
    [
        AveragingClassifier([LogisticRegression(tol=1e-10), BernoulliNB()]),
        AveragingRegressor([Ridge(), LinearRegression()], [1, 2]),
    ]
)
names, values = checks.args


# Listed, because in scikit-learn 1.6 they are a generator, which pytest is to refuse.
@pytest.mark.parametrize(names, list(values), **checks.kwargs)
def test_scikit_learns_contract(estimator, check):
    check(estimator)


def test_probabilities_are_the_weighted_mean():
    both = AveragingClassifier(CLASSIFIERS, [3, 1]).fit(X, y)
    each = [clone(model).fit(X, y).predict_proba(X) for model in CLASSIFIERS]
    assert both.predict_proba(X) == pytest.approx(0.75 * each[0] + 0.25 * each[1])
    assert both.predict_log_proba(X) == pytest.approx(np.log(both.predict_proba(X)))
    assert (both.predict(X) == both.decision_function(X).argmax(axis=1)).all()


def test_predictions_of_a_regressor_are_the_mean():
    both = AveragingRegressor(REGRESSORS).fit(X, y)
    each = [clone(model).fit(X, y).predict(X) for model in REGRESSORS]
    assert both.predict(X) == pytest.approx((each[0] + each[1]) / 2)


def test_what_is_missing_in_one_is_missing_in_the_mean():
    both = AveragingClassifier([LinearSVC(), LogisticRegression()])
    assert not hasattr(both, "predict_proba")
    assert both.fit(X[50:], y[50:]).decision_function(X).shape == (len(X),)


def test_a_clone_is_not_fitted_and_fits_each_once():
    both = AveragingClassifier(CLASSIFIERS)
    models = [model.fit(X, y) for model in map(clone, [*CLASSIFIERS, *CLASSIFIERS])]
    mean_of_fitted(both, models, [1, 1, 2, 2], [], has_labels=False)
    with pytest.raises(NotFittedError):
        clone(both).predict(X)
    assert len(clone(both).fit(X, y).estimators_) == 2


def test_it_is_what_its_estimators_are():
    assert is_classifier(AveragingClassifier(CLASSIFIERS))
    assert is_regressor(AveragingRegressor(REGRESSORS))
    tags = get_tags(AveragingClassifier([*CLASSIFIERS, LogisticRegression()]))
    assert not tags.input_tags.sparse  # GaussianNB takes none
    both = pickle.loads(pickle.dumps(AveragingClassifier(CLASSIFIERS).fit(X, y)))
    assert both.n_features_in_ == 4
    assert both.classes_.tolist() == [0, 1, 2]


def test_classifiers_with_thresholds_of_their_own_vote_for_labels():
    strict = FixedThresholdClassifier(LogisticRegression(), threshold=0.99)
    rows, kinds = X[50:, :2], y[50:]
    both = AveragingClassifier([strict, strict]).fit(rows, kinds)
    alone = strict.fit(rows, kinds)
    assert (both.predict(rows) == alone.predict(rows)).all()
    assert both.predict_proba(rows) == pytest.approx(alone.predict_proba(rows))


@pytest.mark.parametrize(
    "weights", [[1], [1, -1], [0, 0], [1, np.inf], [1, np.nan], "a", ["a", "b"], 1]
)
def test_weights_are_checked(weights):
    with pytest.raises(ValueError, match="'weights' parameter of AveragingRegressor"):
        AveragingRegressor(REGRESSORS, weights).fit(X, y)


@pytest.mark.parametrize(
    "given",
    [
        [],
        GaussianNB(),
        GaussianNB,
        [GaussianNB],
        [("nb", GaussianNB())],
        [Ridge()],
        "a",
    ],
)
def test_estimators_are_a_list_of_classifiers(given):
    model = AveragingClassifier(given)
    assert is_classifier(model)
    with pytest.raises(
        ValueError, match="must be a list of classifiers, without names"
    ):
        model.fit(X, y)


def test_the_mean_of_numbers_is_not_taken_of_classes():
    with pytest.raises(ValueError, match="must be a list of regressors"):
        AveragingRegressor(CLASSIFIERS).fit(X, y)


def test_rows_can_have_weights():
    weight = np.where(y == 1, 5.0, 1.0)
    both = AveragingClassifier(CLASSIFIERS).fit(X, y, sample_weight=weight)
    alone = clone(CLASSIFIERS[1]).fit(X, y, sample_weight=weight)
    assert has_fit_parameter(both, "sample_weight")
    assert both.estimators_[1].theta_ == pytest.approx(alone.theta_)


def test_weights_of_rows_go_where_they_are_requested():
    weight = np.where(y == 1, 5.0, 1.0)
    with config_context(enable_metadata_routing=True):
        asking = GaussianNB().set_fit_request(sample_weight=True)
        other = GaussianNB().set_fit_request(sample_weight=False)
        both = AveragingClassifier([asking, other]).fit(X, y, sample_weight=weight)
    priors = [model.class_prior_[1] for model in both.estimators_]
    assert priors == pytest.approx([5 / 7, 1 / 3])


LABELLED, LABELS = make_multilabel_classification(60, n_classes=2, random_state=0)


def test_probabilities_of_several_outputs_are_no_decision_function():
    both = AveragingClassifier([DecisionTreeClassifier(max_depth=2)])
    assert not hasattr(both.fit(LABELLED, LABELS), "decision_function")
    assert len(both.predict_proba(LABELLED)) == 2


def test_labels_may_be_sparse():
    model = OneVsRestClassifier(LogisticRegression())
    both = AveragingClassifier([model, model]).fit(LABELLED, csr_matrix(LABELS))
    alone = model.fit(LABELLED, LABELS)
    assert (both.predict(LABELLED) == alone.predict(LABELLED)).all()
