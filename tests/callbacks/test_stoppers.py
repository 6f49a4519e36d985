import pickle
import time

import numpy as np
import pytest
from sklearn.base import clone

import skhp
from skhp.exceptions import InvalidParameterError
from tests._toys import Echo, Slow, X, y

VALUES = [1.0, 3.0, 2.0, 3.0, 3.5, 0.0, 0.0, 0.0, 9.0]


def n_tried(callbacks, estimator=None, **kwargs):
    search = skhp.GridSearchCV(
        estimator or Echo(), {"value": VALUES}, cv=2, callbacks=callbacks, **kwargs
    )
    return len(search.fit(X, y).cv_results_["params"])


@pytest.mark.parametrize(
    ("callbacks", "n"),
    [
        (None, 9),
        ([], 9),
        (skhp.NoImprovement(2), 4),
        ([skhp.NoImprovement(3)], 8),
        (skhp.NoImprovement(3, min_delta=1.0), 5),
        (skhp.TargetReached(3.2), 5),
        (skhp.TargetReached(99), 9),
        (lambda search: search.best_score_ > 1, 2),
        ([lambda search: None, lambda search: True], 1),
        (skhp.TimeLimit(3600), 9),
    ],
)
def test_search_ends_when_a_callback_says_so(callbacks, n):
    assert n_tried(callbacks) == n
    assert n_tried(callbacks) == n  # a stopper begins anew with each fit


@pytest.mark.parametrize("kind", ["random", "bayes"])
def test_every_search_class_has_callbacks(kind):
    kinds = {"random": skhp.RandomizedSearchCV, "bayes": skhp.BayesSearchCV}
    space = {"value": skhp.Real(0, 1)}
    search = kinds[kind](Echo(), space, n_iter=9, cv=2, random_state=0)
    search.set_params(callbacks=lambda s: len(s.cv_results_["params"]) == 4)
    assert len(search.fit(X, y).cv_results_["params"]) == 4


def test_time_limit_ends_a_slow_search():
    start = time.monotonic()
    assert n_tried(skhp.TimeLimit(0.1), Slow(other=0.04)) < 5
    assert time.monotonic() - start < 5


def test_callbacks_see_what_is_known():
    seen = []
    n_tried(lambda s: seen.append((s.best_score_, s.best_params_, s.best_index_)))
    assert seen[2] == (3.0, {"value": 3.0}, 1)
    assert seen[-1] == (9.0, {"value": 9.0}, 8)


def test_stopped_search_with_a_journal_stops_at_the_same_place(tmp_path):
    kwargs = {"journal": tmp_path / "journal"}
    assert n_tried(skhp.NoImprovement(2), **kwargs) == 4
    before = (tmp_path / "journal").read_bytes()
    assert n_tried(skhp.NoImprovement(2), **kwargs) == 4
    assert (tmp_path / "journal").read_bytes() == before
    assert n_tried(None, **kwargs) == 9


@pytest.mark.parametrize("given", [3, "stop", [None], skhp.NoImprovement])
def test_what_cannot_be_called_is_refused(given):
    with pytest.raises(ValueError, match="'callbacks' parameter of GridSearchCV must"):
        n_tried(given)


@pytest.mark.parametrize(
    ("make", "args"),
    [
        (skhp.NoImprovement, (0,)),
        (skhp.NoImprovement, (1.5,)),
        (skhp.NoImprovement, (1, -1)),
        (skhp.TargetReached, ("high",)),
        (skhp.TimeLimit, (0,)),
    ],
)
def test_stoppers_refuse_what_they_cannot_do(make, args):
    with pytest.raises(InvalidParameterError, match=f"of {make.__name__} must be"):
        make(*args)


def test_stoppers_can_be_cloned_and_pickled():
    search = skhp.GridSearchCV(Echo(), {"value": [1]}, callbacks=skhp.NoImprovement(2))
    for twin in (clone(search), pickle.loads(pickle.dumps(search))):
        assert repr(twin.callbacks) == "NoImprovement(patience=2, min_delta=0.0)"


class Counter(skhp.Stopper):
    """Stops after so many candidates of one search."""

    def __init__(self, n):
        self.n, self.n_restarts = n, 0

    def restart(self):
        self.n_restarts += 1
        self.n_seen = 0

    def __call__(self, search):
        self.n_seen += 1
        return self.n_seen >= self.n


class CounterOfAll(Counter):
    hears_replay = True


@pytest.mark.parametrize(("make", "n"), [(Counter, 3 + 4), (CounterOfAll, 4)])
def test_own_stopper_restarts_and_hears_a_journal_if_it_wants(make, n, tmp_path):
    path = tmp_path / "journal"
    assert n_tried(Counter(3), journal=path) == 3
    stopper = make(4)
    assert n_tried(stopper, journal=path) == n
    assert stopper.n_restarts == 1


def test_a_stopper_must_say_when_to_stop():
    with pytest.raises(NotImplementedError):
        n_tried(skhp.Stopper())


def ladder(kind, callbacks, estimator=None):
    """Return a fitted search whose candidates all have a score of their own."""
    estimator = estimator or Echo()
    shared = {
        "resource": "other",
        "max_resources": 9,
        "cv": 2,
        "refit": False,
        "random_state": 0,
        "callbacks": callbacks,
    }
    if kind == "halving":
        grid = {"value": [float(-i) for i in range(18)]}
        return skhp.HalvingGridSearchCV(estimator, grid, **shared).fit(X, y)
    space = {"value": skhp.Real(0, 1)}
    return skhp.HyperbandSearchCV(estimator, space, **shared).fit(X, y)


@pytest.mark.parametrize("kind", ["halving", "hyperband"])
@pytest.mark.parametrize("stopper", [skhp.TargetReached(-99), skhp.NoImprovement(1)])
def test_ready_made_stoppers_judge_the_highest_rung(kind, stopper):
    search = ladder(kind, stopper)
    results = search.cv_results_
    at_top = results["n_resources"] == 9
    assert at_top[search.best_index_]
    scores = results["mean_test_score"][at_top]
    if isinstance(stopper, skhp.TargetReached):
        assert len(scores) == 1
    else:
        assert scores[-1] <= scores[-2] or kind == "halving"  # the best comes last
        assert (np.diff(scores[:-1]) > 0).all()


@pytest.mark.parametrize("kind", ["halving", "hyperband"])
def test_other_callbacks_are_called_on_every_rung(kind):
    n_calls = []
    search = ladder(kind, [lambda _: n_calls.append(1), CounterOfAll(999)])
    assert len(n_calls) == len(search.cv_results_["params"])
    assert search.callbacks[1].n_seen == len(n_calls)


@pytest.mark.parametrize("kind", ["halving", "hyperband"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_score_of_a_lower_rung_is_not_judged_where_the_highest_has_none(kind):
    class FailsAtTheTop(Echo):
        def fit(self, X, y=None):
            if self.other == 9:
                raise RuntimeError("too much")
            return self

    def search(stopper):
        return ladder(kind, stopper, estimator=FailsAtTheTop())

    n_all = len(search(None).cv_results_["params"])
    assert len(search(skhp.TargetReached(-99)).cv_results_["params"]) == n_all


@pytest.mark.parametrize("where", ["memory", "journal"])
def test_extending_goes_on_past_a_stopper(where, tmp_path):
    journal = tmp_path / "journal" if where == "journal" else None
    search = skhp.GridSearchCV(
        Echo(), {"value": VALUES}, cv=2, callbacks=skhp.NoImprovement(2)
    ).set_params(journal=journal)
    assert len(search.fit(X, y).cv_results_["params"]) == 4
    search.set_params(callbacks=skhp.NoImprovement(4))
    assert len(search.extend(X, y).cv_results_["params"]) == 9
