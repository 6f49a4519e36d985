"""BayesSearchCV as a search estimator; what it finds is tested with the optimizer."""

import pickle
import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import GroupKFold, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import skhp
from skhp.exceptions import (
    AllFitsFailedError,
    InvalidParameterError,
    InvalidSpaceError,
    SpaceExhaustedWarning,
)

X, y = make_classification(n_samples=80, n_features=5, random_state=0)
SPACE = {"C": (1e-3, 1e3, "log-uniform"), "kernel": ["linear", "rbf"]}


class Scripted(BaseEstimator):
    """Its score is a function of its parameters; no data are looked at."""

    def __init__(self, a=0.5, b=0.5, kind="x", score_of=None):
        self.a, self.b, self.kind, self.score_of = a, b, kind, score_of

    def fit(self, X, y=None):
        if self.score_of == "raise":
            raise RuntimeError("as scripted")
        return self

    def predict(self, X):
        return np.zeros(len(X))

    def score(self, X, y=None):
        if callable(self.score_of):
            return self.score_of(self)
        return -((self.a - 0.3) ** 2) - (self.b - 0.7) ** 2


def search(score_of=None, space=None, **kwargs):
    space = {"a": (0.0, 1.0), "b": (0.0, 1.0)} if space is None else space
    settings = {"n_iter": 12, "cv": 2, "random_state": 0, **kwargs}
    return skhp.BayesSearchCV(Scripted(score_of=score_of), space, **settings)


def test_first_candidate_is_the_estimator_as_it_is():
    results = search().fit(X, y).cv_results_
    assert results["params"][0] == {"a": 0.5, "b": 0.5}


def test_estimator_outside_the_space_is_not_evaluated():
    results = search(space={"a": (0.6, 1.0), "b": (0.0, 1.0)}).fit(X, y).cv_results_
    assert all(params["a"] >= 0.6 for params in results["params"])


def test_no_candidate_is_evaluated_twice():
    space = {"a": [0.1, 0.3, 0.5], "b": skhp.Integer(0, 1), "kind": ["x", "y"]}
    fitted = search(space=space, n_iter=12).fit(X, y)
    assert len({tuple(p.values()) for p in fitted.cv_results_["params"]}) == 12


def test_small_space_ends_early_with_a_warning():
    with pytest.warns(SpaceExhaustedWarning, match="3 points"):
        fitted = search(space={"a": [0.1, 0.3, 0.5]}, n_iter=10).fit(X, y)
    assert len(fitted.cv_results_["params"]) == 3
    assert fitted.best_params_ == {"a": 0.3}


def test_same_seed_gives_the_same_search():
    first, again = (search().fit(X, y).cv_results_["params"] for _ in range(2))
    assert first == again


@pytest.mark.parametrize("n_points", [1, 3])
def test_n_points_makes_workers_irrelevant(n_points):
    alone = search(n_points=n_points, n_jobs=1).fit(X, y)
    together = search(n_points=n_points, n_jobs=2).fit(X, y)
    assert alone.cv_results_["params"] == together.cv_results_["params"]


def test_parallel_search_evaluates_every_candidate():
    fitted = search(n_jobs=2, n_iter=15).fit(X, y)
    assert np.all(np.isfinite(fitted.cv_results_["mean_test_score"]))
    assert len(fitted.cv_results_["params"]) == 15


def test_ask_time_and_overhead_are_reported():
    fitted = search().fit(X, y)
    assert fitted.cv_results_["ask_time"].shape == (12,)
    assert np.all(fitted.cv_results_["ask_time"] >= 0)
    assert 0 < fitted.overhead_ < 1


def test_one_budget_is_shared_by_sub_spaces():
    spaces = [{"a": (0.0, 0.4)}, {"b": (0.0, 1.0)}]
    fitted = search(space=spaces, n_iter=10).fit(X, y)
    assert fitted.total_iterations == len(fitted.cv_results_["params"]) == 10


def test_sub_spaces_may_have_counts_of_their_own():
    spaces = [({"a": (0.0, 1.0)}, 4), ({"b": (0.0, 1.0)}, 6)]
    fitted = search(space=spaces, n_iter=99).fit(X, y)
    names = [next(iter(params)) for params in fitted.cv_results_["params"]]
    assert (names.count("a"), names.count("b")) == (4, 6)
    assert fitted.total_iterations == 10


def test_total_iterations_are_no_more_than_there_are_points():
    space = {"a": [0.1, 0.2, 0.3], "b": [0.0, 1.0]}
    kwargs = {"optimizer_kwargs": {"space_constraint": lambda p: sum(p) < 1.25}}
    for n_points, more in ((6, {}), (5, kwargs)):
        small = search(space=space, n_iter=20, **more)
        assert small.total_iterations == n_points
        with pytest.warns(SpaceExhaustedWarning):
            small.fit(X, y)
        assert len(small.cv_results_["params"]) == n_points


def test_training_scores_are_ranked_as_in_scikit_optimize():
    results = search(return_train_score=True).fit(X, y).cv_results_
    assert list(results)[-1] == "rank_train_score"
    best = np.argmax(results["mean_train_score"])
    assert results["rank_train_score"][best] == 1
    assert "rank_train_score" not in search().fit(X, y).cv_results_


def test_constraints_hold():
    fitted = search(constraints=lambda p: p["a"] + p["b"] <= 1, n_iter=20).fit(X, y)
    assert all(p["a"] + p["b"] <= 1 for p in fitted.cv_results_["params"])


def test_callback_sees_the_history_and_stops():
    seen = []

    def stop_after_five(result):
        seen.append((len(result.x_iters), result.fun, list(result.x)))
        return len(result.x_iters) == 5

    fitted = search().fit(X, y, callback=stop_after_five)
    assert [n for n, _, _ in seen] == [1, 2, 3, 4, 5]
    assert len(fitted.cv_results_["params"]) == 5
    assert -seen[-1][1] == fitted.best_score_
    assert seen[-1][2] == [fitted.best_params_["a"], fitted.best_params_["b"]]


def test_best_so_far_is_readable_in_a_callback():
    running = search()
    seen = []

    def look(result):
        seen.append(running.best_score_)
        assert (
            running.best_params_ == running.cv_results_["params"][running.best_index_]
        )

    running.fit(X, y, callback=[look])
    assert seen == sorted(seen)
    assert seen[-1] == running.best_score_


def test_best_so_far_is_readable_in_another_thread():
    go_on, seen = threading.Event(), []

    def wait(estimator):
        if not go_on.is_set() and estimator.a != 0.5:
            go_on.wait(20)
        return -estimator.a

    running = search(wait)
    thread = threading.Thread(target=running.fit, args=(X, y))
    thread.start()
    while not seen:
        if hasattr(running, "best_score_"):
            seen.append((running.best_score_, running.best_params_["a"]))
    go_on.set()
    thread.join()
    assert seen == [(-0.5, 0.5)]


def test_initial_points_come_after_the_default():
    points = [{"a": 0.1, "b": 0.2}, {"a": 0.9, "b": 0.8}]
    params = search(initial_points=points).fit(X, y).cv_results_["params"]
    assert params[1:3] == points


@pytest.mark.parametrize("as_frame", [False, True])
def test_an_earlier_search_gives_its_best_points(as_frame):
    earlier = search(random_state=1).fit(X, y)
    given = pd.DataFrame(earlier.cv_results_) if as_frame else earlier
    params = search(initial_points=given).fit(X, y).cv_results_["params"]
    best = np.argsort(earlier.cv_results_["rank_test_score"], kind="stable")[:6]
    wanted = [earlier.cv_results_["params"][i] for i in best]
    assert all(p in params[:7] for p in wanted)


def test_failures_are_learned_from_and_not_fatal():
    def fails_at_the_left(estimator):
        if estimator.a < 0.4:
            raise ValueError("too far left")
        return -estimator.a

    with pytest.warns(UserWarning, match="Scoring failed"):
        fitted = search(fails_at_the_left, n_iter=20).fit(X, y)
    assert fitted.best_params_["a"] >= 0.4
    assert "failed" in set(fitted.cv_results_["status"])


@pytest.mark.parametrize(
    "score_of",
    [
        lambda e: 1.0,
        lambda e: 1e300 * (e.a - 0.5),
        lambda e: 1e-300 * e.a,
        lambda e: e.a if e.b < 0.5 else 1e9,
    ],
    ids=["constant", "huge", "tiny", "step"],
)
def test_odd_scores_neither_crash_nor_warn(score_of):
    fitted = search(score_of, n_iter=15).fit(X, y)
    assert len(fitted.cv_results_["params"]) == 15


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_non_finite_scores_are_warned_of_once(value):
    def sometimes(estimator):
        return value if estimator.b > 0.5 else estimator.a

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = search(sometimes, n_iter=15).fit(X, y)
    assert len(fitted.cv_results_["params"]) == 15
    assert [w.category for w in caught] == [UserWarning]


def test_all_candidates_failing_says_why():
    estimator = Scripted(score_of="raise")
    failing = skhp.BayesSearchCV(estimator, {"a": (0.0, 1.0)}, n_iter=5, cv=2)
    with pytest.raises(AllFitsFailedError, match="as scripted"):
        failing.fit(X, y)


@pytest.mark.parametrize("n_iter", [1, 2, 3])
def test_few_iterations(n_iter):
    fitted = search(n_iter=n_iter).fit(X, y)
    assert len(fitted.cv_results_["params"]) == n_iter


def test_space_of_one_point():
    fitted = search(space={"a": 0.25, "b": [0.5]}, n_iter=1).fit(X, y)
    assert fitted.cv_results_["params"] == [{"a": 0.25, "b": 0.5}]


def test_sixty_dimensions():
    class Wide(Scripted):
        def __init__(self, **params):
            self.params = params

        def get_params(self, deep=True):
            return dict(self.params)

        def set_params(self, **params):
            self.params.update(params)
            return self

        def fit(self, X, y=None):
            return self

        def score(self, X, y=None):
            return -sum(self.params.values())

    names = [f"p{i}" for i in range(60)]
    wide = Wide(**dict.fromkeys(names, 0.5))
    space = dict.fromkeys(names, (0.0, 1.0))
    fitted = skhp.BayesSearchCV(wide, space, n_iter=15, cv=2, random_state=0).fit(X, y)
    assert fitted.best_score_ > fitted.cv_results_["mean_test_score"][0]


def test_categorical_with_two_hundred_values():
    values = [f"v{i}" for i in range(200)]
    fitted = search(
        lambda e: float(e.kind == "v7"), space={"kind": values}, n_iter=200
    ).fit(X, y)
    assert fitted.best_params_ == {"kind": "v7"}


def test_two_equal_columns():
    fitted = search(lambda e: -abs(e.a - 0.3), n_iter=20).fit(X, y)
    assert fitted.best_score_ > -0.1


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"space": {"a": (1.0, 0.0)}}, "'a'"),
        ({"space": {"alpha": (0.0, 1.0)}}, "It has a, b"),
        ({"space": {"a": []}}, "'a'"),
        ({"n_iter": 0}, "n_iter"),
        ({"n_points": 0}, "n_points"),
        ({"optimizer_kwargs": {"kappa": 1}}, "kappa"),
        ({"optimizer_kwargs": {"surrogate": "forest"}}, "surrogate"),
        ({"initial_points": 3}, "initial_points"),
        ({"initial_points": [{"a": 5.0, "b": 0.5}]}, "'a'"),
        ({"time_budget": -1}, "time_budget"),
        ({"pre_dispatch": "import os"}, "pre_dispatch"),
        ({"constraints": 3}, "constraints"),
    ],
)
def test_bad_arguments_are_refused_before_the_first_fit(kwargs, message):
    estimator = search("raise", **kwargs)  # a fit would be told from the message
    with pytest.raises(ValueError, match=message) as caught:
        estimator.fit(X, y)
    assert not isinstance(caught.value, AllFitsFailedError)


def test_callback_must_be_callable():
    with pytest.raises(InvalidParameterError, match="callback"):
        search().fit(X, y, callback=3)


def test_objective_is_the_metric_of_refit():
    scoring = {"acc": "accuracy", "auc": "roc_auc"}
    fitted = skhp.BayesSearchCV(
        SVC(), SPACE, n_iter=6, scoring=scoring, refit="auc", cv=3, random_state=0
    ).fit(X, y)
    assert fitted.best_score_ == fitted.cv_results_["mean_test_auc"].max()
    assert fitted.optimizer_results_[0].fun == -fitted.best_score_


def test_several_metrics_without_refit():
    fitted = skhp.BayesSearchCV(
        SVC(), SPACE, n_iter=4, scoring=["accuracy", "f1"], refit=False, cv=2
    ).fit(X, y)
    assert not hasattr(fitted, "best_index_")
    assert len(fitted.optimizer_results_[0].func_vals) == 4


def test_groups_reach_the_splitter():
    groups = np.repeat(np.arange(8), 10)
    grouped = search(cv=GroupKFold(4), n_iter=3).fit(X, y, groups=groups)
    assert grouped.n_splits_ == 4


def test_pickle_clone_and_repr():
    fitted = search().fit(X, y)
    copy = pickle.loads(pickle.dumps(fitted))
    assert copy.best_params_ == fitted.best_params_
    assert copy.optimizer_results_[0].fun == fitted.optimizer_results_[0].fun
    assert clone(fitted).get_params()["n_iter"] == 12
    assert "BayesSearchCV" in repr(fitted)


def test_pipeline_with_models_as_choices():
    pipe = make_pipeline(StandardScaler(), SVC())
    spaces = [
        {"svc": [SVC()], "svc__C": loguniform(1e-2, 1e2)},
        {"svc": [LogisticRegression()], "svc__C": loguniform(1e-3, 1e1)},
    ]
    fitted = skhp.BayesSearchCV(pipe, spaces, n_iter=10, cv=3, random_state=0)
    assert fitted.fit(X, y).score(X, y) > 0.8


def test_name_below_no_parameter_is_refused():
    with pytest.raises(InvalidSpaceError, match="svc__CC"):
        skhp.BayesSearchCV(
            make_pipeline(StandardScaler(), SVC()), {"svc__CC": (0.1, 1.0)}
        ).fit(X, y)


def test_time_budget_ends_the_search_with_a_result():
    fitted = search(n_iter=100_000, time_budget=1.0).fit(X, y)
    assert 1 <= len(fitted.cv_results_["params"]) < 100_000
    assert hasattr(fitted, "best_estimator_")


@pytest.mark.parametrize("is_nested", [False, True])
def test_metadata_is_routed(is_nested):
    groups, weight = np.repeat(np.arange(8), 10), np.linspace(0.5, 1.5, 80)
    with config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        grouped = skhp.BayesSearchCV(
            model, {"C": (0.1, 10.0)}, n_iter=3, cv=GroupKFold(4), scoring="accuracy"
        )
        scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
        grouped.set_params(scoring=scorer)
        if is_nested:
            metadata = {"sample_weight": weight, "groups": groups}
            scores = cross_validate(grouped, X, y, cv=2, params=metadata)
            assert np.all(np.isfinite(scores["test_score"]))
        else:
            grouped.fit(X, y, sample_weight=weight, groups=groups)
            assert grouped.n_splits_ == 4


def test_nested_cross_validation_is_stratified():
    ordered = np.sort(y)
    nested = skhp.BayesSearchCV(SVC(), SPACE, n_iter=3, cv=3, random_state=0)
    scores = cross_val_score(nested, X[np.argsort(y, kind="stable")], ordered, cv=3)
    assert scores.min() > 0.6
