import numpy as np
import pytest

import skhp

from ..evaluation._toys import Slow, X, y


def search_for(seconds, n, *, each=0.02, n_jobs=1, **kwargs):
    grid = {"value": [float(i) for i in range(n)]}
    return skhp.GridSearchCV(
        Slow(other=each), grid, cv=2, n_jobs=n_jobs, time_budget=seconds, **kwargs
    )


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("refit", [True, False])
def test_search_ends_early_with_the_best_of_what_was_run(n_jobs, refit):
    search = search_for(0.4, 500, n_jobs=n_jobs, refit=refit).fit(X, y)
    table = search.cv_results_
    n = len(table["params"])
    assert 1 <= n < 500
    scores = table["mean_test_score"]
    assert search.best_score_ == np.nanmax(scores)
    assert search.best_params_ == table["params"][search.best_index_]
    assert hasattr(search, "best_estimator_") == refit


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_tiny_budget_still_gives_a_fitted_search(n_jobs):
    search = search_for(1e-9, 50, n_jobs=n_jobs).fit(X, y)
    assert search.best_score_ >= 0
    assert search.predict if hasattr(search.best_estimator_, "predict") else True


def test_ample_budget_changes_nothing():
    with_budget = search_for(1e6, 4, each=0).fit(X, y).cv_results_
    without = search_for(None, 4, each=0).fit(X, y).cv_results_
    assert list(with_budget) == list(without)
    assert with_budget["params"] == without["params"]


def test_candidates_that_were_cut_off_are_marked_and_rank_last():
    search = search_for(0.3, 500, n_jobs=2).fit(X, y)
    table = search.cv_results_
    stopped = table.get("status", np.full(len(table["params"]), "ok")) == "stopped"
    assert np.isnan(table["mean_test_score"][stopped]).all()
    ranks = table["rank_test_score"]
    assert stopped.all() or ranks[~stopped].max(initial=0) <= ranks[stopped].min(
        initial=10**6
    )
