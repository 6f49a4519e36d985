"""What is begun within a time budget, on a clock that only fits move."""

import functools

import numpy as np
import pytest

import skhp
import skhp.search._base
from skhp.evaluation import Loop
from tests._toys import Echo, Slow, X, y


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


CLOCK = Clock()


class Ticks(Echo):
    """An Echo that takes `other` seconds, or each of them in turn, of that clock.

    They are those of a fit on half of the rows.
    """

    def fit(self, X, y=None):
        seconds = np.ravel(self.other)
        share = len(X) / 6
        CLOCK.now += float(seconds[int(self.value) % len(seconds)]) * share
        return self


@pytest.fixture(autouse=True)
def _clock(request, monkeypatch):
    if "n_jobs" in request.fixturenames:
        return  # processes have clocks of their own
    CLOCK.now = 1000.0
    monkeypatch.setattr("time.perf_counter", CLOCK)
    loop = functools.partial(Loop, clock=CLOCK)
    monkeypatch.setattr(skhp.search._base, "Loop", loop)


def make_search(kind, seconds, each, n=200, **kwargs):
    kwargs = {"cv": 2, "time_budget": seconds, **kwargs}
    if kind == "grid":
        return skhp.GridSearchCV(Ticks(other=each), {"value": range(n)}, **kwargs)
    space, kwargs = {"value": (0, 10**6)}, {"n_iter": n, "random_state": 0, **kwargs}
    if kind == "bayes":
        return skhp.BayesSearchCV(Ticks(other=each), space, **kwargs)
    space = {"value": skhp.Integer(0, 10**6)}
    return skhp.RandomizedSearchCV(Ticks(other=each), space, **kwargs)


def status(search):
    table = search.cv_results_
    return list(table.get("status", ["ok"] * len(table["params"])))


@pytest.mark.parametrize("kind", ["grid", "random", "bayes"])
@pytest.mark.parametrize(
    ("refit", "expected"),
    [(False, ["ok"] * 10), (True, ["ok"] * 9)],
)
def test_budget_is_used_up_and_never_exceeded(kind, refit, expected):
    search = make_search(kind, 20.0, 1.0, refit=refit).fit(X, y)
    assert status(search) == expected
    assert CLOCK.now == 1020.0  # the refit is in it


@pytest.mark.parametrize("budget", [20.0, 33.0, 50.0, 101.5])
def test_fits_of_unequal_length_do_not_exceed_it_either(budget):
    search = make_search("grid", budget, [1.0, 4.0, 2.0, 4.0], refit=False).fit(X, y)
    assert budget - 10.0 < CLOCK.now - 1000.0 <= budget
    assert "ok" in status(search)


@pytest.mark.parametrize("budget", [1e-9, 1.0, 100.0])
def test_one_candidate_is_finished_however_late_it_is(budget):
    search = make_search("grid", budget, 100.0).fit(X, y)
    assert status(search) == ["ok"]
    assert CLOCK.now == 1400.0  # two fits and the refit, on twice the rows
    assert search.best_estimator_.value == 0


@pytest.mark.parametrize("budget", [30.0, 47.0, 100.0])
def test_refit_of_a_slow_candidate_is_in_it(budget):
    # The best so far takes ten times as long as most, and its refit twenty times.
    search = make_search("grid", budget, [1.0] * 4 + [10.0] + [1.0] * 195)
    search.set_params(scoring=lambda search, X, y: -abs(search.value - 4)).fit(X, y)
    assert search.best_params_ == {"value": 4}
    assert budget - 4.0 <= CLOCK.now - 1000.0 <= max(budget, 48.0)


def test_ample_budget_changes_nothing():
    with_budget = make_search("grid", 1e6, 1.0, n=4).fit(X, y).cv_results_
    without = make_search("grid", None, 1.0, n=4).fit(X, y).cv_results_
    assert list(with_budget) == list(without)
    assert with_budget["params"] == without["params"]


def test_candidate_that_was_cut_off_is_marked_and_ranks_last():
    search = make_search("grid", 21.0, 1.0).fit(X, y)
    table = search.cv_results_
    assert np.isnan(table["mean_test_score"][-1])
    assert not np.isnan(table["split0_test_score"][-1])
    assert table["rank_test_score"].tolist() == [9, 8, 7, 6, 5, 4, 3, 2, 1, 10]
    assert search.best_index_ == 8


@pytest.mark.filterwarnings("ignore:The journal .* was written when CLOCK")
def test_each_fit_has_the_budget_anew(tmp_path):
    search = make_search(
        "grid", 6.0, 1.0, n=20, refit=False, journal=tmp_path / "journal"
    )
    n_done = [len(status(search.fit(X, y))) for _ in range(3)]
    assert n_done == [3, 6, 9]
    assert CLOCK.now == 1018.0
    assert len(status(search.extend(X, y))) == 12


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (20.0, ["ok"] * 7),
        (4.0, ["ok"] * 6),
        (1.5, ["ok"] * 4 + ["stopped"]),
    ],
)
@pytest.mark.parametrize("kind", ["random", "bayes"])
def test_extension_knows_what_earlier_fits_took(kind, budget, expected):
    search = make_search(kind, None, 1.0, n=4, refit=False).fit(X, y)
    search.set_params(time_budget=budget)
    start = CLOCK.now
    search.extend(X, y, n_iter=3)
    assert status(search) == expected
    assert CLOCK.now <= start + budget


@pytest.mark.parametrize("seconds", [0.4, 1e-9])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_workers_of_any_kind_keep_to_it(n_jobs, seconds):
    grid = {"value": [float(i) for i in range(2000)]}  # of 20 seconds at the least
    search = skhp.GridSearchCV(
        Slow(other=0.01), grid, cv=2, n_jobs=n_jobs, time_budget=seconds
    ).fit(X, y)
    ended = status(search)
    assert 1 <= ended.count("ok") < 1000
    assert search.best_score_ == np.nanmax(search.cv_results_["mean_test_score"])
    assert search.best_params_ == search.cv_results_["params"][search.best_index_]
