"""A fitted search is pickled as its history, and goes on as if it had not been."""

import copy
import pickle

import cloudpickle
import joblib
import numpy as np
import pytest
import sklearn.model_selection
from numpy.random import RandomState
from scipy.stats import uniform
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import KFold

import skhp
from skhp.exceptions import InvalidParameterError
from skhp.search._history import History
from skhp.search._session import State
from tests._toys import Echo

X, y = load_iris(return_X_y=True)
RANGE = {"value": (0.0, 1.0), "other": ["a", "b", None]}
DISTRIBUTION = {"value": uniform(0, 1), "other": ["a", "b", None]}
GRID = {"value": [1.0, 2.0, 2.0, 3.0], "other": ["a", "b"]}
RUNGS = {"resource": "other", "max_resources": 9, "min_resources": 1}
LEVELS = {"value": (0.0, 1.0)}
TWO = [{"value": (0.0, 0.5)}, {"value": (0.2, 1.0), "other": ["a"]}]


def random(**params):
    return skhp.RandomizedSearchCV(Echo(), DISTRIBUTION, n_iter=5, **params)


def bayes(space=RANGE, **params):
    return skhp.BayesSearchCV(Echo(), space, **{"n_iter": 14, **params})


def hyperband(**params):
    return skhp.HyperbandSearchCV(Echo(), LEVELS, **RUNGS, n_candidates=30, **params)


SEARCHES = {
    "grid": lambda: skhp.GridSearchCV(Echo(), GRID),
    "random": lambda: random(random_state=0),
    "random, no seed": lambda: random(),
    "random, a RandomState": lambda: random(random_state=RandomState(0)),
    "random choices": lambda: skhp.RandomizedSearchCV(
        Echo(), GRID, n_iter=3, random_state=0
    ),
    "sobol": lambda: skhp.RandomizedSearchCV(
        Echo(), DISTRIBUTION, n_iter=5, sampler="sobol", random_state=0
    ),
    "bayes": lambda: bayes(random_state=0),
    "bayes, a RandomState": lambda: bayes(random_state=RandomState(0)),
    "bayes in batches": lambda: bayes(random_state=0, n_points=4),
    "bayes in sub-spaces": lambda: bayes(TWO, random_state=0),
    "bayes with a forest": lambda: bayes(
        random_state=0, optimizer_kwargs={"surrogate": "lightgbm"}
    ),
    "halving grid": lambda: skhp.HalvingGridSearchCV(
        Echo(), {"value": [1.0, 2.0, 2.0, 4.0]}, **RUNGS
    ),
    "halving": lambda: skhp.HalvingRandomSearchCV(
        Echo(), {"value": uniform(0, 1)}, n_candidates=9, random_state=0, **RUNGS
    ),
    "hyperband": lambda: hyperband(random_state=0),
    "hyperband in step": lambda: hyperband(random_state=0, asynchronous=False),
}
CAN_EXTEND = [name for name in SEARCHES if name[:5] in ("rando", "sobol", "bayes")]


def joblib_round_trip(search, folder):
    joblib.dump(search, folder / "search")
    return joblib.load(folder / "search")


def skops_round_trip(search, folder):
    io = pytest.importorskip("skops.io")
    dumped = io.dumps(search)
    return io.loads(dumped, trusted=io.get_untrusted_types(data=dumped))


COPIES = {
    "pickle": lambda search, folder: pickle.loads(pickle.dumps(search)),
    "twice": lambda search, folder: copy.copy(pickle.loads(pickle.dumps(search))),
    "deepcopy": lambda search, folder: copy.deepcopy(search),
    "cloudpickle": lambda search, folder: pickle.loads(cloudpickle.dumps(search)),
    "joblib": joblib_round_trip,
    "skops": skops_round_trip,
}


class StopsAfter:
    """Stops a search after so many candidates."""

    def __init__(self, n):
        self.n = n

    def __call__(self, search):
        self.n -= 1
        return self.n == 0


def assert_same_results(found, expected, n_old=0):
    """Compare two tables; times are equal for the first `n_old` candidates alone."""
    assert list(found) == list(expected)
    assert repr(found["params"]) == repr(expected["params"])
    for name, column in expected.items():
        n = n_old if "time" in name else len(column)
        np.testing.assert_array_equal(found[name][:n], column[:n], err_msg=name)


def copied_and_live(search, make_copy, folder):
    """Return a copy of a search that was fitted, and the search itself."""
    twin = make_copy(search, folder)
    assert isinstance(search._state, State)
    assert isinstance(twin._state, History)
    assert_same_results(twin.cv_results_, search.cv_results_, 999)
    return twin, search


@pytest.mark.parametrize("name", CAN_EXTEND)
def test_a_copy_is_extended_as_the_search_itself(name, tmp_path):
    search = SEARCHES[name]().set_params(cv=2).fit(X, y)
    n_old = len(search.cv_results_["params"])
    twin, live = copied_and_live(search, COPIES["pickle"], tmp_path)
    for _ in range(2):
        twin.extend(X, y, n_iter=2)
        live.extend(X, y, n_iter=2)
        assert_same_results(twin.cv_results_, live.cv_results_, n_old)
        twin = pickle.loads(pickle.dumps(twin))


@pytest.mark.parametrize("name", SEARCHES)
def test_a_copy_of_a_search_that_was_stopped_is_finished_the_same_way(name, tmp_path):
    search = SEARCHES[name]().set_params(cv=2, callbacks=StopsAfter(4)).fit(X, y)
    search.set_params(callbacks=None)
    n_old = len(search.cv_results_["params"])
    twin, live = copied_and_live(search, COPIES["pickle"], tmp_path)
    assert_same_results(
        twin.extend(X, y).cv_results_, live.extend(X, y).cv_results_, n_old
    )


@pytest.mark.parametrize("kind", COPIES)
@pytest.mark.parametrize(
    "name", ["grid", "random", "bayes", "halving grid", "halving", "hyperband"]
)
def test_every_kind_of_copy_works(name, kind, tmp_path):
    search = SEARCHES[name]().set_params(cv=2, callbacks=StopsAfter(6)).fit(X, y)
    search.set_params(callbacks=None)
    twin, live = copied_and_live(search, COPIES[kind], tmp_path)
    for attribute in ("best_score_", "best_index_", "best_params_", "n_splits_"):
        assert getattr(twin, attribute) == getattr(live, attribute)
    assert twin.score(X, y) == live.score(X, y)
    assert_same_results(twin.extend(X, y).cv_results_, live.extend(X, y).cv_results_)


def test_warm_start_goes_on_with_a_copy(tmp_path):
    twin, live = copied_and_live(bayes(random_state=0).fit(X, y), COPIES["pickle"], 0)
    for search in (twin, live):
        search.set_params(warm_start=True, n_iter=17).fit(X, y)
    assert_same_results(twin.cv_results_, live.cv_results_, 14)
    twin.set_params(warm_start=False, n_iter=3).fit(X, y)
    assert len(twin.cv_results_["params"]) == 3


def test_failures_and_several_scores_survive(tmp_path):
    def scorer(estimator, X, y):
        if estimator.value < 0.4:
            raise RuntimeError("too small")
        return {"value": estimator.value, "half": estimator.value / 2}

    search = bayes(
        random_state=0, scoring=scorer, refit="half", return_train_score=True
    )
    search.set_params(error_score=-1.0, cv=3)
    with pytest.warns(Warning, match="failed"):
        search.fit(X, y)
    assert "failed" in search.cv_results_["status"]
    twin, live = copied_and_live(search, COPIES["cloudpickle"], tmp_path)
    for each in (twin, live):
        with pytest.warns(Warning, match="failed"):
            each.extend(X, y, n_iter=2)
    assert_same_results(twin.cv_results_, live.cv_results_, 14)


@pytest.mark.filterwarnings("ignore:One or more of the")
def test_a_metric_that_a_scorer_left_out_of_some_fits_is_still_left_out():
    def scorer(estimator, X, y):
        scores = {"value": estimator.value}
        if estimator.value < 0.3:
            return scores
        scores["half"] = estimator.value / 2
        return scores if estimator.value < 0.8 else {**scores, "more": 1.0}

    search = skhp.GridSearchCV(
        Echo(),
        {"value": [0.5, 0.1, 0.9, 0.6]},
        scoring=scorer,
        refit="value",
        return_train_score=True,
        cv=2,
    ).fit(X, y)
    twin, live = copied_and_live(search, COPIES["cloudpickle"], None)
    twin.extend(X, y)
    assert_same_results(twin.cv_results_, live.cv_results_, 4)
    for ours, theirs in zip(
        twin._state.record.rows, live._state.record.rows, strict=True
    ):
        for found, expected in zip(ours.results, theirs.results, strict=True):
            assert found.test_scores == expected.test_scores
            assert found.train_scores == expected.train_scores


class FailsOnce:
    """Fails the search that calls it after so many results, but only once."""

    def __init__(self, n):
        self.n = n

    def __call__(self, search):
        self.n -= 1
        if self.n == 0:
            raise RuntimeError("not now")


@pytest.mark.parametrize("n_before", [1, 3])
@pytest.mark.parametrize("make", [random, bayes], ids=["random", "bayes"])
def test_a_copy_goes_on_after_a_failed_fit_as_the_search_itself(make, n_before):
    search = make(random_state=0, warm_start=True).set_params(n_iter=4).fit(X, y)
    twin, live = copied_and_live(search, COPIES["pickle"], None)
    for each in (twin, live):
        each.set_params(n_iter=8, callbacks=FailsOnce(n_before))
        with pytest.raises(RuntimeError, match="not now"):
            each.fit(X, y)
        assert len(each.cv_results_["params"]) == 4
        assert sum(not row.n_missing for row in each._state.record.rows) == 4 + n_before
        each.set_params(callbacks=None).fit(X, y)
        assert len(each.cv_results_["params"]) == 8
    assert_same_results(twin.cv_results_, live.cv_results_, 4)


def test_what_a_journal_has_added_is_in_the_history(tmp_path):
    search = bayes(random_state=0, journal=tmp_path / "journal").fit(X, y)
    search.extend(X, y, n_iter=3).extend(X, y, n_iter=1)
    twin, live = copied_and_live(search, COPIES["pickle"], tmp_path)
    for each in (twin, live):
        each.set_params(journal=None).extend(X, y, n_iter=2)
    assert_same_results(twin.cv_results_, live.cv_results_, 18)
    assert len(twin.cv_results_["params"]) == 20


def test_splits_that_cannot_be_made_again_survive(tmp_path):
    search = bayes(random_state=0, cv=KFold(3, shuffle=True)).fit(X, y)
    twin, live = copied_and_live(search, COPIES["pickle"], tmp_path)
    twin.extend(X, y, n_iter=2)
    assert_same_results(twin.cv_results_, live.extend(X, y, n_iter=2).cv_results_, 14)


def test_a_copy_is_of_the_same_search(tmp_path):
    twin = pickle.loads(pickle.dumps(bayes(random_state=0).fit(X, y)))
    with pytest.raises(InvalidParameterError, match="can only continue the search"):
        twin.extend(X[:100], y[:100], n_iter=1)
    assert isinstance(twin._state, History)


def test_history_does_not_follow_what_becomes_of_the_table(tmp_path):
    twin, live = copied_and_live(random(random_state=0).fit(X, y), COPIES["pickle"], 0)
    twin.cv_results_["split0_test_score"][:] = 9.0
    del twin.cv_results_["split1_test_score"]
    again = pickle.loads(pickle.dumps(twin))
    live.extend(X, y, n_iter=1)
    for each in (twin, again):
        each.extend(X, y, n_iter=1)
        assert_same_results(each.cv_results_, live.cv_results_, 5)


def test_histories_of_sub_spaces_can_be_read_from_a_copy():
    search = bayes(TWO, random_state=0).fit(X, y)
    twin = pickle.loads(pickle.dumps(search))
    for found, expected in zip(
        twin.optimizer_results_, search.optimizer_results_, strict=True
    ):
        assert found.x_iters == expected.x_iters
        np.testing.assert_array_equal(found.func_vals, expected.func_vals)
    assert twin.overhead_ == search.overhead_


def test_clone_has_no_history():
    search = random(random_state=0).fit(X, y)
    assert "_state" not in vars(clone(search))
    assert "_state" not in vars(clone(pickle.loads(pickle.dumps(search))))


FROM_0_TO_1 = {"value": uniform(0, 1), "fails": ["", 0]}
THEIRS = {
    "GridSearchCV": lambda n: ({"value": [i / n for i in range(n)], "fails": ["", 0]},),
    "RandomizedSearchCV": lambda n: (FROM_0_TO_1, {"n_iter": n}),
    "HalvingRandomSearchCV": lambda n: (FROM_0_TO_1, {"n_candidates": n, **RUNGS}),
}
OURS = {
    **{name: (name, make) for name, make in THEIRS.items()},
    "BayesSearchCV": ("RandomizedSearchCV", THEIRS["RandomizedSearchCV"]),
    "HyperbandSearchCV": ("HalvingRandomSearchCV", THEIRS["HalvingRandomSearchCV"]),
}


def bytes_per_candidate(cls, make):
    """Return how many bytes a pickle is longer for one more candidate."""
    sizes, counts = [], []
    for n in (20, 120):
        space, params = (*make(n), {})[:2]
        seed = {} if "Grid" in cls.__name__ else {"random_state": 0}
        search = cls(Echo(), space, cv=5, **params, **seed).fit(X, y)
        sizes.append(len(pickle.dumps(search)))
        counts.append(len(search.cv_results_["params"]))
    return np.diff(sizes)[0] / np.diff(counts)[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", OURS)
def test_a_pickled_search_is_hardly_larger_than_that_of_scikit_learn(name):
    reference, make = OURS[name]
    theirs = getattr(sklearn.model_selection, reference)
    limit = 1.5 * bytes_per_candidate(theirs, THEIRS[reference])
    assert bytes_per_candidate(getattr(skhp, name), make) < limit
