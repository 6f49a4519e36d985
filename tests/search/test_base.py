"""What `fit` leaves behind, and what a subclass may not do."""

import numpy as np
import pytest

from skhp import GridSearchCV, RandomizedSearchCV
from tests._toys import Echo, X, y


class FailsOnAll(Echo):
    """Fits parts of the data, and not all of them once it is told so."""

    def fit(self, X, y=None):
        if self.other == "fail" and len(X) == 12:
            raise RuntimeError("too many rows")
        self.fitted_ = True
        return self


def test_refit_that_fails_leaves_results_but_no_old_estimator():
    search = GridSearchCV(FailsOnAll(), {"value": [1.0, 2.0]}, cv=2).fit(X, y)
    assert search.best_estimator_.value == 2.0
    search.set_params(estimator__other="fail", param_grid={"value": [3.0, 4.0, 5.0]})
    with pytest.raises(RuntimeError, match="too many rows"):
        search.fit(X, y)
    assert search.best_params_ == {"value": 5.0}
    assert len(search.cv_results_["params"]) == 3
    assert not hasattr(search, "best_estimator_")
    assert not hasattr(search, "refit_time_")


def test_without_refit_nothing_of_an_earlier_refit_is_left():
    search = GridSearchCV(Echo(), {"value": [1.0, 2.0]}, cv=2).fit(X, y)
    search.set_params(refit=False).fit(X, y)
    assert not hasattr(search, "best_estimator_")
    assert search.best_index_ == 1


def test_run_search_of_a_subclass_is_refused_when_the_class_is_made():
    with pytest.raises(TypeError, match="Mine must not define _run_search"):

        class Mine(RandomizedSearchCV):
            def _run_search(self, evaluate_candidates):
                evaluate_candidates([{"value": 1}])


def test_time_of_making_the_splits_is_part_of_the_budget(monkeypatch):
    class SlowSplits:
        def get_n_splits(self, X=None, y=None, groups=None):
            return 1

        def split(self, X, y=None, groups=None):
            clock.now += 100.0
            yield np.arange(8), np.arange(8, 12)

    class Clock:
        now = 0.0

        def __call__(self):
            self.now += 0.001
            return self.now

    clock = Clock()
    monkeypatch.setattr("time.perf_counter", clock)
    search = GridSearchCV(
        Echo(), {"value": [1.0, 2.0, 3.0]}, cv=SlowSplits(), time_budget=50.0
    )
    search.fit(X, y)
    assert len(search.cv_results_["params"]) == 1
