import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhp import HyperbandSearchCV
from skhp.exceptions import InvalidParameterError
from skhp.testing import check_search

X, Y = make_classification(n_samples=150, n_informative=5, random_state=0)
SPACE = {"max_depth": (1, 12), "max_features": (0.1, 1.0)}
LOGISTIC = {"C": (1e-3, 1e3, "log-uniform")}


def search_of(**kwargs):
    settings = {
        "resource": "n_estimators",
        "max_resources": 9,
        "min_resources": 1,
        "cv": 2,
        "random_state": 0,
        **kwargs,
    }
    return HyperbandSearchCV(ExtraTreesClassifier(random_state=0), SPACE, **settings)


@pytest.mark.slow
@pytest.mark.parametrize("asynchronous", [True, False])
@pytest.mark.parametrize("sampler", ["random", "bayes"])
def test_it_gives_what_searches_give(asynchronous, sampler):
    check_search(search_of(asynchronous=asynchronous, sampler=sampler))
    check_search(
        HyperbandSearchCV(
            LogisticRegression(solver="liblinear"),
            LOGISTIC,
            cv=2,
            sampler=sampler,
            random_state=0,
        )
    )


def test_the_plan_is_what_happens():
    search = search_of()
    plan = search.plan(n_splits=2)
    results = search.fit(X, Y).cv_results_
    assert len(results["params"]) == plan.n_trials
    assert 2 * results["n_resources"].sum() == plan.cost
    assert search.brackets_ == plan.brackets
    assert str(plan).splitlines()[-1].startswith("17 candidates, 44 fits")


def test_columns_tell_where_a_candidate_stood():
    results = search_of().fit(X, Y).cv_results_
    assert list(results)[:3] == ["bracket", "rung", "n_resources"]
    assert list(results["param_n_estimators"]) == list(results["n_resources"])
    assert set(results["bracket"]) == {0, 1, 2}
    top = results["n_resources"] == 9
    assert (
        results["rank_test_score"][top].max() < results["rank_test_score"][~top].min()
    )


def test_the_best_has_the_most_resource():
    search = search_of().fit(X, Y)
    assert search.best_params_["n_estimators"] == 9
    assert search.best_estimator_.n_estimators == 9


def params_of(search):
    return [(p["max_depth"], p["max_features"]) for p in search.cv_results_["params"]]


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["random", "bayes"])
def test_without_asynchrony_workers_make_no_difference(sampler):
    searches = [
        search_of(asynchronous=False, sampler=sampler, n_jobs=n).fit(X, Y)
        for n in (1, 2)
    ]
    assert params_of(searches[0]) == params_of(searches[1])


def test_two_workers_continue_what_the_other_began():
    search = search_of(n_jobs=2, sampler="random").fit(X, Y)
    for params, score in zip(
        search.cv_results_["params"][-5:],
        search.cv_results_["split0_test_score"][-5:],
        strict=True,
    ):
        train, test = next(iter(search_splits()))
        fresh = ExtraTreesClassifier(random_state=0, **params).fit(X[train], Y[train])
        assert fresh.score(X[test], Y[test]) == score


def search_splits():
    from sklearn.model_selection import StratifiedKFold

    return StratifiedKFold(2).split(X, Y)


def test_samples_are_the_resource_unless_said_otherwise():
    search = HyperbandSearchCV(
        LogisticRegression(solver="liblinear"), LOGISTIC, cv=2
    ).fit(X, Y)
    assert search.max_resources_ == 150
    assert search.min_resources_ == 16  # 150 / 3 / 3, of 8 at least
    assert np.all(search.cv_results_["n_resources"] <= 150)
    assert str(search.plan(X, Y, n_splits=2)).endswith("n_samples")
    assert repr(search.plan(csr_array(X), Y)) == repr(search.plan(X, Y))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("resource", "cv"),
    [
        ("n_samples", None),
        ("n_samples", ShuffleSplit(2)),
        ("n_estimators", 3),
        ("n_estimators", KFold(4)),
    ],
)
def test_the_plan_is_what_fit_does(resource, cv):
    search = search_of(resource=resource, cv=cv)
    if resource == "n_samples":
        search.set_params(max_resources="auto", min_resources="smallest")
    plan = search.plan(X, Y)
    search.fit(X, Y)
    assert plan.brackets == search.brackets_
    assert plan.n_trials == len(search.cv_results_["params"])
    assert plan.n_fits == plan.n_trials * search.n_splits_


def test_a_plan_uses_up_no_iterator_and_guesses_no_classes():
    search = search_of(cv=iter(search_splits()))
    with pytest.raises(InvalidParameterError, match="where 'cv' is an iterator"):
        search.plan()
    assert search.plan(n_splits=2).n_fits == 2 * search.plan(n_splits=1).n_fits
    search = HyperbandSearchCV(LogisticRegression(), LOGISTIC)
    with pytest.raises(InvalidParameterError, match="plan must be given y"):
        search.plan(X)


@pytest.mark.slow
@pytest.mark.parametrize("n_values", [1, 2, 5, 12])
def test_a_small_space_is_searched_up_to_the_largest_resource(n_values):
    search = HyperbandSearchCV(
        ExtraTreesClassifier(random_state=0),
        {"max_depth": list(range(1, n_values + 1))},
        resource="n_estimators",
        max_resources=81,
        cv=2,
    ).fit(X, Y)
    assert search.cv_results_["n_resources"].max() == 81
    assert search.best_params_["n_estimators"] == 81
    assert len({p["max_depth"] for p in search.cv_results_["params"]}) == n_values


def test_one_bracket_is_asynchronous_halving():
    search = search_of(n_brackets=1, max_resources=4, factor=2).fit(X, Y)
    assert [b.n_candidates for b in search.brackets_] == [(4, 2, 1)]


def test_a_pipeline_and_several_metrics():
    pipeline = make_pipeline(StandardScaler(), ExtraTreesClassifier(random_state=0))
    search = HyperbandSearchCV(
        pipeline,
        {"extratreesclassifier__max_depth": (1, 9)},
        resource="extratreesclassifier__n_estimators",
        max_resources=9,
        min_resources=3,
        scoring=["roc_auc", "accuracy"],
        refit="roc_auc",
        cv=2,
    ).fit(X, Y)
    assert search.cv_results_["rank_test_roc_auc"][search.best_index_] == 1


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"max_resources": "auto"}, "resource can only be 'n_samples'"),
        ({"min_resources": 10}, "min_resources_=10 is greater"),
        ({"resource": "max_depth"}, "it is part of the searched parameters"),
        ({"factor": 1.0}, "'factor' parameter"),
        ({"resource": "nothing"}, "not supported by estimator"),
    ],
)
def test_bad_parameters_are_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        search_of(**kwargs).fit(X, Y)
