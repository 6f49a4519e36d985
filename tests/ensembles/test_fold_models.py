"""Whole searches that keep their fold models."""

import os

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.datasets import (
    load_iris,
    make_classification,
    make_multilabel_classification,
    make_regression,
)
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer, log_loss
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GroupKFold,
    KFold,
    PredefinedSplit,
    RepeatedKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.metaestimators import available_if

from skhp import (
    BayesSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HyperbandSearchCV,
    RandomizedSearchCV,
)
from skhp.callbacks import ForEachCandidate
from skhp.ensembles import AveragingClassifier, Ensemble
from skhp.exceptions import SearchInterruptedWarning
from skhp.testing import check_search

X, y = make_classification(90, random_state=0, flip_y=0.2)
DEPTHS = {"max_depth": [1, 2, 3, 5]}
TREE = DecisionTreeClassifier(random_state=0)


def grid(model=TREE, space=DEPTHS, **kwargs):
    return GridSearchCV(model, space, **{"cv": 3, "ensemble": "greedy", **kwargs})


@pytest.fixture
def shelf(monkeypatch, tmp_path):
    """Where temporary folders go."""
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("scoring", ["roc_auc", "neg_log_loss", "accuracy"])
def test_scores_of_out_of_fold_predictions_are_those_of_the_search(scoring):
    search = grid(scoring=scoring, keep_folds=True, ensemble=None).fit(X, y)
    scorer = get_scorer(scoring)
    for k, (train, test) in enumerate(splits()):
        model = search.fold_estimators_[k]
        known = search.cv_results_[f"split{k}_test_score"][search.best_index_]
        assert scorer(model, X[test], y[test]) == known
        predicted = search.oof_predictions_[test]
        assert (predicted == model.predict_proba(X[test])).all()
        assert (model.fit(X[train], y[train]).predict_proba(X[test]) == predicted).all()
    assert search.oof_method_ == "predict_proba"
    assert not hasattr(search, "ensemble_")


def splits():
    return StratifiedKFold(3).split(X, y)


def test_the_ensemble_is_no_worse_out_of_fold_than_the_winner():
    search = grid(scoring="neg_log_loss").fit(X, y)
    told = search.ensemble_info_
    assert told["best_score"] == pytest.approx(search.best_score_)
    assert told["score"] >= told["best_score"]
    assert sum(told["weights"]) == pytest.approx(1)
    assert search.best_index_ in told["candidates"]
    assert told["n_models"] == 3 * len(told["candidates"])
    assert told["n_bytes"] > told["best_n_bytes"] > 0
    assert told["seconds_per_1000_rows"] > 0
    assert told["best_n_models"] == 1
    assert len(search.ensemble_.estimators_) == told["n_models"]


def test_its_score_is_that_of_the_mean_prediction():
    search = grid(scoring="neg_log_loss", ensemble=2).fit(X, y)
    rows = search.ensemble_info_["candidates"]
    assert len(rows) == 2
    scores = []
    for train, test in splits():
        each = [
            DecisionTreeClassifier(random_state=0, **search.cv_results_["params"][i])
            .fit(X[train], y[train])
            .predict_proba(X[test])
            for i in rows
        ]
        scores.append(-log_loss(y[test], np.mean(each, axis=0)))
    assert search.ensemble_info_["score"] == pytest.approx(np.mean(scores))


@pytest.mark.parametrize(
    "backend", [pytest.param("loky", marks=pytest.mark.slow), "threading"]
)
def test_workers_do_not_matter(backend, shelf):
    alone = grid(keep_folds=True).fit(X, y)
    with joblib.parallel_config(backend):
        search = grid(keep_folds=True, n_jobs=2).fit(X, y)
    assert search.ensemble_info_["weights"] == alone.ensemble_info_["weights"]
    assert (search.predict_proba(X) == alone.predict_proba(X)).all()
    assert os.listdir(shelf) == []


def test_members_can_be_fitted_again_on_all_rows():
    search = grid(ensemble=Ensemble("best", n_candidates=2, refit=True)).fit(X, y)
    assert len(search.ensemble_.estimators_) == 2
    assert search.ensemble_.estimators_[0] is search.best_estimator_
    again = AveragingClassifier(search.ensemble_.estimators, search.ensemble_.weights)
    expected = again.fit(X, y).predict_proba(X)
    assert (search.predict_proba(X) == expected).all()


@pytest.mark.parametrize(
    "search",
    [
        grid(LogisticRegression(), {"C": [0.1, 1.0]}),
        RandomizedSearchCV(
            TREE, DEPTHS, n_iter=3, random_state=0, cv=2, ensemble="folds"
        ),
        BayesSearchCV(
            TREE, {"max_depth": (1, 6)}, n_iter=3, random_state=0, cv=2, ensemble=2
        ),
        HalvingGridSearchCV(TREE, DEPTHS, random_state=0, cv=2, ensemble="greedy"),
        HyperbandSearchCV(
            GradientBoostingClassifier(random_state=0),
            {"max_depth": [1, 2, 3]},
            resource="n_estimators",
            max_resources=4,
            factor=2,
            random_state=0,
            cv=2,
            ensemble="greedy",
        ),
    ],
    ids=lambda search: type(search).__name__,
)
def test_every_search_keeps_its_contract(search):
    check_search(search)


def test_only_candidates_with_the_most_resource_take_part():
    search = HalvingGridSearchCV(TREE, DEPTHS, random_state=0, cv=2, ensemble=5)
    search.fit(X, y)
    iters = search.cv_results_["iter"][search.ensemble_info_["candidates"]]
    assert set(iters) == {search.n_iterations_ - 1}


def test_boosting_rounds_are_those_of_the_candidate():
    search = grid(
        GradientBoostingClassifier(random_state=0),
        {"max_depth": [1, 3]},
        resource="n_estimators",
        max_resources=20,
        keep_folds=True,
        scoring="neg_log_loss",
    ).fit(X, y)
    best = search.best_index_
    n_rounds = search.best_params_["n_estimators"]
    for k, (_, test) in enumerate(splits()):
        model = search.fold_estimators_[k]
        assert len(model.estimators_) == n_rounds
        known = search.cv_results_[f"split{k}_test_score"][best]
        assert get_scorer("neg_log_loss")(model, X[test], y[test]) == known


def test_after_a_resume_what_is_gone_is_fitted_again(tmp_path):
    journal = str(tmp_path / "search.skhp")
    whole = grid(journal=journal).fit(X, y)
    before = os.path.getsize(journal)
    again = grid(journal=journal).fit(X, y)
    assert os.path.getsize(journal) == before
    assert again.ensemble_info_["weights"] == whole.ensemble_info_["weights"]
    assert (again.predict_proba(X) == whole.predict_proba(X)).all()


def test_an_ensemble_can_be_made_of_a_search_that_had_none(tmp_path):
    journal = str(tmp_path / "search.skhp")
    grid(journal=journal, ensemble=None).fit(X, y)
    search = grid(journal=journal, keep_folds=True).fit(X, y)
    assert len(search.fold_estimators_) == 3
    assert (search.predict(X) == grid().fit(X, y).predict(X)).all()


def test_after_ctrl_c_nothing_is_left_and_what_there_is_is_used(shelf):
    seen = []

    def interrupt(candidate):
        seen.append(candidate["index"])
        if len(seen) == 2:
            raise KeyboardInterrupt

    search = grid(ensemble=3, callbacks=ForEachCandidate(interrupt))
    with pytest.warns(SearchInterruptedWarning):
        search.fit(X, y)
    assert set(search.ensemble_info_["candidates"]) == {0, 1}
    assert os.listdir(shelf) == []


def test_nothing_is_left_of_a_fit_that_fails(shelf):
    with pytest.raises(ValueError, match="max_depth"):
        grid(space={"max_depth": [1, -1]}, error_score="raise").fit(X, y)
    assert os.listdir(shelf) == []


def test_with_too_little_room_fewer_take_part():
    settings = Ensemble("best", n_candidates=4, max_bytes=1)
    with pytest.warns(UserWarning, match="more than max_bytes=1, so that only 1 of"):
        search = grid(ensemble=settings).fit(X, y)
    assert search.ensemble_info_["candidates"] == [search.best_index_]


def test_the_limit_holds_for_what_is_fitted_again_too(tmp_path):
    journal = str(tmp_path / "search.skhp")
    grid(journal=journal, ensemble=None).fit(X, y)
    settings = Ensemble("best", n_candidates=4, max_bytes=1)
    with pytest.warns(UserWarning, match="more than max_bytes=1, so that only 1 of"):
        grid(journal=journal, ensemble=settings, refit=False).fit(X, y)


def test_models_of_an_earlier_run_are_not_fitted_again_after_the_time_limit(tmp_path):
    journal = str(tmp_path / "search.skhp")
    grid(journal=journal).fit(X, y)
    again = grid(journal=journal, time_budget=1e-6)
    with (
        pytest.warns(UserWarning, match="time_budget leaves no time for 12 fits"),
        pytest.warns(UserWarning, match="could not be kept.*they were not fitted"),
    ):
        again.fit(X, y)
    assert not hasattr(again, "ensemble_")
    assert again.predict(X).shape == y.shape


class OneFitOnAllRows(DecisionTreeClassifier):
    """Fits all rows for max_depth=1 alone."""

    def fit(self, X, y, sample_weight=None, check_input=True):
        if len(X) == 90 and self.max_depth > 1:
            raise RuntimeError("all rows are too many")
        return super().fit(X, y, sample_weight, check_input)


def test_an_ensemble_that_cannot_be_made_does_not_end_a_finished_search():
    search = grid(OneFitOnAllRows(), ensemble=Ensemble("best", refit=True))
    search.set_params(refit=lambda results: 0, keep_folds=True)
    with pytest.warns(UserWarning, match="could not be made use of(.|\n)*too many"):
        search.fit(X, y)
    assert not hasattr(search, "ensemble_")
    assert search.predict(X).shape == search.oof_predictions_[:, 0].shape


def test_a_winner_that_another_rule_chooses_is_fitted_again():
    search = grid(
        ensemble="folds", keep_folds=True, refit=lambda results: 0, scoring="accuracy"
    ).fit(X, y)
    assert search.ensemble_info_["candidates"] == [0]
    assert search.ensemble_.estimators[0].max_depth == 1


def test_rows_that_are_never_held_out_are_nan():
    search = grid(
        DecisionTreeRegressor(random_state=0), cv=TimeSeriesSplit(3), keep_folds=True
    ).fit(X, X[:, 0])
    n_first = len(X) - 3 * (len(X) // 4)
    assert np.isnan(search.oof_predictions_).tolist() == [
        i < n_first for i in range(len(X))
    ]
    assert search.ensemble_.predict(X).shape == (len(X),)


def test_repeats_and_groups():
    cv = RepeatedKFold(n_splits=2, n_repeats=2, random_state=0)
    search = grid(Ridge(), {"alpha": [0.1, 10]}, cv=cv, keep_folds=True)
    search.fit(X, X[:, 0] + X[:, 1])
    assert len(search.fold_estimators_) == 4
    assert np.isfinite(search.oof_predictions_).all()
    search = grid(cv=GroupKFold(3)).fit(X, y, groups=np.arange(90) % 5)
    assert search.predict(X).shape == (90,)


def test_a_class_that_is_missing_from_a_fold():
    iris, kinds = load_iris(return_X_y=True)  # in order of class
    cv = [(np.arange(100), np.arange(60, 100)), (np.arange(50, 150), np.arange(40, 60))]
    search = grid(cv=cv, keep_folds=True, scoring="accuracy").fit(iris, kinds)
    assert search.oof_predictions_.shape == (150, 3)
    assert search.ensemble_.classes_.tolist() == [0, 1, 2]
    assert search.predict_proba(iris).sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("ensemble", ["folds", Ensemble("best", refit=True)])
@pytest.mark.parametrize("model", [SVC(), LogisticRegression(max_iter=500)])
def test_a_class_that_no_fold_model_knows(model, ensemble):
    iris, kinds = load_iris(return_X_y=True)
    cv = PredefinedSplit(np.where((kinds == 2) | (np.arange(150) % 2), 0, -1))
    search = grid(model, {"C": [1, 10]}, cv=cv, ensemble=ensemble, keep_folds=True)
    search.set_params(scoring="accuracy").fit(iris, kinds)
    assert search.classes_.tolist() == search.ensemble_.classes_.tolist() == [0, 1, 2]
    assert search.oof_predictions_.shape == search.decision_function(iris).shape
    if search.oof_method_ == "predict_proba":
        assert search.predict_proba(iris).shape == (150, 3)


def test_a_rare_class_that_a_fold_lacks_does_not_end_the_search():
    iris, kinds = load_iris(return_X_y=True)
    kinds = np.repeat([0, 1, 2], [50, 50, 1])
    cv = KFold(3, shuffle=True, random_state=0)
    search = grid(SVC(), {"C": [1, 10]}, cv=cv, ensemble="folds", keep_folds=True)
    search.fit(iris[:101], kinds)
    assert search.oof_predictions_.shape == (101, 3)
    assert (search.oof_predictions_.argmax(axis=1)[:100] == kinds[:100]).mean() > 0.9
    assert search.score(iris[:101], kinds) > 0.9


def test_several_outputs():
    wide, targets = make_regression(60, 4, n_targets=2, random_state=0)
    search = grid(DecisionTreeRegressor(), keep_folds=True).fit(wide, targets)
    assert search.oof_predictions_.shape == search.predict(wide).shape == (60, 2)
    labels = (targets > 0).astype(int)
    search = grid(keep_folds=True, scoring="f1_macro").fit(wide, labels)
    assert search.predict(wide).shape == (60, 2)
    assert [each.shape for each in search.oof_predictions_] == [(60, 2), (60, 2)]


def test_an_ensemble_is_selected_and_scored_by_probabilities_of_several_labels():
    rows, labels = make_multilabel_classification(80, n_classes=3, random_state=0)
    search = grid(scoring="roc_auc").fit(rows, labels)
    told = search.ensemble_info_
    assert told["best_score"] == pytest.approx(search.best_score_)
    assert search.score(rows, labels) > 0.5


def test_classifiers_without_probabilities_and_with_names_of_classes():
    names = np.array(["no", "yes"])[y]
    search = grid(LinearSVC(), {"C": [0.01, 1]}, keep_folds=True).fit(X, names)
    assert search.oof_method_ == "decision_function"
    assert set(search.predict(X)) == {"no", "yes"}


def test_a_decision_function_of_pairs_of_classes_is_voted_on():
    iris, kinds = load_iris(return_X_y=True)
    model = SVC(decision_function_shape="ovo")
    search = grid(model, {"C": [1, 10]}, ensemble="folds").fit(iris, kinds)
    assert search.score(iris, kinds) > 0.9
    assert search.ensemble_info_["score"] == pytest.approx(search.best_score_)


def test_an_ensemble_keeps_the_threshold_of_its_members():
    model = FixedThresholdClassifier(LogisticRegression(), threshold=0.9)
    space = {"estimator__C": [1, 10]}
    search = grid(model, space, ensemble="folds", scoring="recall").fit(X, y)
    assert search.ensemble_info_["score"] == pytest.approx(search.best_score_)
    votes = [each.predict(X) for each in search.ensemble_.estimators_]
    assert (search.predict(X) == (np.sum(votes, axis=0) >= 2)).all()
    assert search.predict_proba(X).shape == (90, 2)


class Choice(DecisionTreeClassifier):
    """Has no probabilities if it is deep."""

    @available_if(lambda self: self.max_depth <= 2)
    def predict_proba(self, X, check_input=True):
        return super().predict_proba(X, check_input)


def test_members_all_predict_in_the_way_of_the_winner():
    search = grid(Choice(random_state=0), {"max_depth": [1, 2, 5]}, ensemble=4)
    with pytest.warns(UserWarning, match="1 of the 3 best.*by predict_proba, as"):
        search.fit(X, y)
    chosen = search.ensemble_info_["candidates"]
    depths = [search.cv_results_["params"][i]["max_depth"] for i in chosen]
    assert sorted(depths) == [1, 2]


def test_if_the_winner_can_only_vote_all_vote():
    search = grid(Choice(random_state=0), {"max_depth": [5, 1]}, ensemble=2)
    search.set_params(refit=lambda results: 0).fit(X, y)
    votes = [each.predict(X) for each in search.ensemble_.estimators_]
    assert len(votes) == 6
    assert (search.predict(X) == (np.mean(votes, axis=0) > 0.5)).all()


MIXTURE = {"model": [LinearSVC(), LogisticRegression()], "model__C": [0.01, 1.0]}


@pytest.mark.parametrize("winner", [0, 3])
def test_models_with_and_without_probabilities_are_averaged_by_decisions(winner):
    pipeline = Pipeline([("model", LinearSVC())])
    search = grid(pipeline, MIXTURE, ensemble=4, scoring="roc_auc")
    search.set_params(refit=lambda results: winner).fit(X, y)
    told = search.ensemble_info_
    assert sorted(told["candidates"]) == [0, 1, 2, 3]
    assert told["best_score"] == search.cv_results_["mean_test_score"][winner]
    each = [model.decision_function(X) for model in search.ensemble_.estimators_]
    assert search.decision_function(X) == pytest.approx(np.mean(each, axis=0))


def test_members_that_all_have_probabilities_are_averaged_by_them():
    pipeline = Pipeline([("model", LinearSVC())])
    search = grid(pipeline, MIXTURE, ensemble=Ensemble(max_members=1))
    search.set_params(refit=lambda results: 3).fit(X, y)
    assert search.ensemble_info_["candidates"] == [3]
    assert search.predict_proba(X).shape == (90, 2)


class Odd(DecisionTreeClassifier):
    @property
    def depth(self):
        return self.tree_.max_depth


def test_a_scorer_that_wants_a_model_gets_the_winner_alone():
    def depth(model, X, y):
        return -model.depth

    with pytest.warns(UserWarning, match="the ensemble consists of the best candidate"):
        search = grid(Odd(random_state=0), scoring=depth).fit(X, y)
    assert search.ensemble_info_["candidates"] == [search.best_index_]


class Closed(DecisionTreeClassifier):
    def __reduce__(self):
        raise TypeError("this is never pickled")


def test_models_that_cannot_be_kept_are_told_of():
    search = HalvingGridSearchCV(Closed(), DEPTHS, cv=2, ensemble="folds")
    with pytest.warns(UserWarning, match="could not be kept.*never pickled"):
        search.fit(X, y)
    assert not hasattr(search, "ensemble_")
    assert search.predict(X).shape == y.shape


class Silent(BaseEstimator):
    def fit(self, X, y=None):
        return self

    def score(self, X, y=None):
        return 0.0


@pytest.mark.parametrize(
    ("search", "target", "message"),
    [
        (grid(KMeans(), {"n_clusters": [2]}), None, "must be None without y"),
        (grid(KMeans(), {"n_clusters": [2]}), y, "a classifier or a regressor"),
        (grid(StandardScaler(), {}), y, "a classifier or a regressor"),
        (grid(SVC(kernel="precomputed"), {"C": [1]}), y, "precomputed kernels"),
        (grid(Silent(), {}, ensemble=None, keep_folds=True), y, "does not predict"),
        (grid(ensemble="mean"), y, "'ensemble' parameter of GridSearchCV"),
        (grid(keep_folds="yes"), y, "'keep_folds' parameter of GridSearchCV"),
    ],
)
def test_what_is_impossible_is_said_before_the_first_fit(search, target, message):
    with pytest.raises(ValueError, match=message):
        search.fit(X, target)


def test_clusters_can_be_kept_too():
    search = grid(
        KMeans(2, n_init=1, random_state=0),
        {"n_clusters": [2, 3]},
        ensemble=None,
        keep_folds=True,
    ).fit(X)
    assert search.oof_predictions_.shape == (90,)


def test_a_search_with_an_ensemble_is_cross_validated():
    scores = cross_val_score(grid(scoring="neg_log_loss"), X, y, cv=2)
    assert np.isfinite(scores).all()
    by_hand = grid(scoring="neg_log_loss").fit(X[::2], y[::2])
    assert by_hand.score(X, y) == -log_loss(y, by_hand.ensemble_.predict_proba(X))


def test_results_of_an_earlier_fit_do_not_stay():
    search = grid(keep_folds=True).fit(X, y)
    search.set_params(ensemble=None, keep_folds=False).fit(X, y)
    for name in ("ensemble_", "ensemble_info_", "fold_estimators_", "oof_method_"):
        assert not hasattr(search, name)


def test_what_the_space_puts_in_place_is_judged_and_not_what_it_replaces():
    space = {"m": [DecisionTreeClassifier(max_depth=2), GaussianNB()]}
    empty = Pipeline([("m", "passthrough")])
    search = grid(empty, space, keep_folds=True, scoring="accuracy").fit(X, y)
    assert search.ensemble_.predict(X).shape == search.oof_predictions_[:, 0].shape
    with pytest.raises(ValueError, match="a classifier or a regressor"):
        grid(Pipeline([("m", GaussianNB())]), {"m": [StandardScaler()]}).fit(X, y)
