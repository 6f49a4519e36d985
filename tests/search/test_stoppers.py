import pickle
import time

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


@pytest.mark.parametrize("given", [3, "stop", [None, 3], skhp.NoImprovement])
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
