import pickle

import pytest

from skhp.ensembles import Ensemble
from skhp.ensembles._settings import ensemble_settings


@pytest.mark.parametrize(
    ("given", "means"),
    [
        (None, None),
        ("greedy", Ensemble()),
        ("folds", Ensemble("folds")),
        (3, Ensemble("best", n_candidates=3)),
        (Ensemble("greedy", refit=True), Ensemble(refit=True)),
    ],
)
def test_short_forms(given, means):
    assert ensemble_settings("Search", given) == means


@pytest.mark.parametrize("given", [0, -1, True, 2.5, "best", ["greedy"]])
def test_what_means_no_ensemble_is_refused(given):
    with pytest.raises(ValueError, match="'ensemble' parameter of Search must be None"):
        ensemble_settings("Search", given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "mean"),
        ("n_candidates", 0),
        ("n_rounds", 1.5),
        ("max_members", 0),
        ("max_bytes", None),
        ("refit", "yes"),
    ],
)
def test_settings_are_checked_one_by_one(name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter of Ensemble must be"):
        Ensemble(**{name: value})


def test_the_winner_refitted_is_no_ensemble():
    with pytest.raises(ValueError, match="is best_estimator_"):
        Ensemble("folds", refit=True)


@pytest.mark.parametrize("kind", ["best", "folds"])
def test_a_limit_of_the_greedy_selection_is_none_of_others(kind):
    with pytest.raises(ValueError, match="must be None unless 'kind' is 'greedy'"):
        Ensemble(kind, max_members=1)


def test_settings_can_be_pickled():
    assert pickle.loads(pickle.dumps(Ensemble(n_candidates=4))).n_leaders == 4
