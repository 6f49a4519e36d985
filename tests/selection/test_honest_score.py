import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier
from sklearn.svm import SVC

from skhp import GridSearchCV, HyperbandSearchCV
from skhp.selection._honest_score import corrected_score
from skhp.selection._paired import usual_rho


def test_correction_removes_the_optimism_of_choosing():
    rng, errors = np.random.default_rng(0), []
    for _ in range(200):
        truth = rng.normal(0, 0.3, size=40)
        scores = truth[:, None] + rng.standard_normal((40, 5))
        best = int(np.argmax(scores.mean(axis=1)))
        corrected, *_ = corrected_score(scores, best, usual_rho(5))
        errors.append([scores[best].mean() - truth[best], corrected - truth[best]])
    raw, honest = np.mean(errors, axis=0)
    assert raw > 0.6
    assert abs(honest) < 0.15  # three standard errors are 0.1


def test_correction_is_that_of_enumerated_bootstrap_samples():
    scores = np.array([[0.0, 4.0], [3.0, 2.0], [np.nan, 9.0]])
    # Only both draws of one split leave something out: 4 and then 0, 3 and then 2
    assert corrected_score(scores, 1, 1.0)[0] == pytest.approx(1.0, abs=0.2)


def test_correction_never_raises_the_score():
    scores = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    assert corrected_score(scores, 0, 0.5)[0] == 2.0


def test_interval_is_that_of_the_t_distribution():
    scores = np.array([[1.0, 2.0, 3.0]])
    corrected, low, high = corrected_score(scores, 0, 0.5)
    half = 4.302652729749464 * np.sqrt(1 / 3 + 1 / 2)
    assert (corrected - low, high - corrected) == pytest.approx((half, half))


@pytest.mark.parametrize("scores", [[[1.0], [2.0]], [[1.0, 1.0], [np.nan, 1.0]]])
def test_without_scores_to_compare_there_is_no_correction(scores):
    assert np.isnan(corrected_score(np.array(scores), 1, 0.25)).all()


def test_search_says_what_its_score_is_worth(iris):
    search = GridSearchCV(SVC(), {"C": [1e-3, 1.0, 10]}, return_train_score=True)
    search.fit(*iris)
    means = search.cv_results_["mean_test_score"]
    assert 0 not in search.tied_
    assert search.best_score_corrected_ <= search.best_score_
    low, high = search.best_score_interval_
    assert low < search.best_score_corrected_ < high
    assert search.train_test_gap_.size == "none"
    gain = search.improvement_over_default_
    assert gain.difference == pytest.approx(means.max() - means[1])
    assert gain.standard_error >= 0


def test_gap_has_a_word_for_its_size(iris):
    X, y = iris
    noise = np.random.default_rng(0).permutation(y)
    search = GridSearchCV(SVC(C=1e3, gamma=10.0), {"tol": [1e-3]}, cv=3)
    search.set_params(return_train_score=True).fit(X, noise)
    assert search.train_test_gap_.size == "large"


def test_what_was_not_scored_is_not_claimed(iris):
    search = GridSearchCV(SVC(), {"C": [2, 3]}, cv=2).fit(*iris)
    assert not hasattr(search, "improvement_over_default_")
    assert not hasattr(search, "train_test_gap_")


@pytest.mark.parametrize(("tried", "is_default"), [(1, False), (1.0, True)])
def test_one_feature_is_not_all_features(iris, tried, is_default):
    model = ExtraTreesClassifier(n_estimators=2, max_features=1.0, random_state=0)
    search = GridSearchCV(model, {"max_features": [tried]}, cv=2).fit(*iris)
    assert hasattr(search, "improvement_over_default_") == is_default


def test_all_equal_scores_are_tied(iris):
    search = GridSearchCV(DummyClassifier(), {"strategy": ["prior", "most_frequent"]})
    search.fit(*iris)
    assert search.tied_.tolist() == [0, 1]
    assert search.best_score_corrected_ == search.best_score_
    assert search.improvement_over_default_ == (0.0, 0.0)


def test_only_candidates_with_as_much_of_the_resource_are_compared(iris):
    space = {"C": (1e-2, 1e2, "log-uniform")}
    search = HyperbandSearchCV(SVC(), space, min_resources=30, random_state=0)
    search.fit(*iris)
    amounts = search.cv_results_["n_resources"]
    assert set(amounts[search.tied_]) == {max(amounts)}


def test_choice_of_the_number_of_rounds_is_corrected_too():
    rng, errors = np.random.default_rng(0), []
    for _ in range(200):
        points = rng.standard_normal((4, 10, 5))  # no point is better than another
        rounds = points.mean(axis=2).argmax(axis=1)
        scores = points[np.arange(4), rounds]
        best = int(np.argmax(scores.mean(axis=1)))
        for among in (None, points.reshape(40, 5)):
            errors.append(corrected_score(scores, best, usual_rho(5), among)[0])
    candidates_alone, honest = np.mean(np.reshape(errors, (200, 2)), axis=0)
    assert candidates_alone > 0.3
    assert abs(honest) < 0.15


def test_candidates_need_not_be_among_what_else_was_chosen_from():
    scores = np.random.default_rng(0).standard_normal((9, 5))
    best = int(np.argmax(scores.mean(axis=1)))
    expected = corrected_score(scores, best, 0.25)
    assert corrected_score(scores, best, 0.25, scores[:1]) == expected


def test_search_corrects_for_the_number_of_rounds_that_its_fits_have_chosen():
    X, y = make_classification(90, 4, flip_y=0.5, random_state=0)
    search = GridSearchCV(
        GradientBoostingClassifier(random_state=0),
        {"max_depth": [2]},
        resource="auto",
        max_resources=50,
        early_stopping=False,
        cv=3,
    ).fit(X, y)
    curves = search.boosting_curves_["test_score"][0]  # (3, 5)
    best = search.best_params_["n_estimators"] // 10 - 1
    expected, *_ = corrected_score(curves[:, [best]].T, 0, usual_rho(3), curves.T)
    assert search.best_score_corrected_ == pytest.approx(expected, abs=1e-6)
    assert search.best_score_corrected_ < search.best_score_
