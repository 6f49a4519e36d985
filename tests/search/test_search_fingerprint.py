import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils import Bunch

from skhp import BayesSearchCV
from skhp.journal import difference
from skhp.search._search_fingerprint import fingerprint_of, objective_of
from skhp.search._strategy import Data
from tests._toys import Echo, X, y

SEARCH = BayesSearchCV(Echo(), {"value": (0.0, 1.0)}, random_state=0)


def tree_of(search=SEARCH, X=X, y=y, **fit_params):
    routed = Bunch(
        estimator=Bunch(fit=fit_params),
        scorer=Bunch(score={}),
        splitter=Bunch(split={}),
    )
    return fingerprint_of(search, Data(X, y, routed)).tree


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_jobs", 2),
        ("verbose", 3),
        ("journal", "other.jsonl"),
        ("callbacks", print),
        ("time_budget", 5.0),
        ("fit_timeout", 5.0),
        ("threads_per_fit", 1),
        ("warm_start", True),
        ("pre_dispatch", "all"),
        ("n_iter", 99),
        ("refit", False),
        ("ensemble", "greedy"),
        ("keep_folds", True),
    ],
)
def test_what_changes_neither_candidates_nor_scores_does_not_matter(name, value):
    assert (
        difference(tree_of(), tree_of(clone(SEARCH).set_params(**{name: value})))
        is None
    )


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("search_spaces", {"value": (0.0, 2.0)}, "search.search_spaces"),
        ("scoring", "accuracy", "search.scoring"),
        ("error_score", 0.0, "search.error_score"),
        ("return_train_score", True, "search.return_train_score"),
        ("n_points", 3, "search.n_points"),
        ("random_state", 1, "random_state"),
        ("refit", "accuracy", "objective"),
        ("estimator__other", 3, "estimator.params.other"),
    ],
)
def test_what_decides_candidates_or_scores_is_named(name, value, where):
    other = tree_of(clone(SEARCH).set_params(**{name: value}))
    assert difference(tree_of(), other).startswith(f"{where} was")


@pytest.mark.parametrize(
    ("other", "where"),
    [
        ({"X": X + 1}, "data.X"),
        ({"y": 1 - y}, "data.y"),
        ({"X": X[:6], "y": y[:6]}, "data.rows"),
        ({"sample_weight": np.ones(12)}, "data.fit_params.estimator.sample_weight"),
    ],
)
def test_other_data_are_named(other, where):
    assert difference(tree_of(), tree_of(**other)).startswith(f"{where} was")


@pytest.mark.parametrize(
    ("refit", "metric"), [("f1", "f1"), (True, None), (False, None), (max, None)]
)
def test_the_metric_that_refit_names_is_maximised(refit, metric):
    assert objective_of(clone(SEARCH).set_params(refit=refit)) == metric
