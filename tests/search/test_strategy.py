"""A search class is a constructor and the strategy that it makes."""

import pickle

import numpy as np
import pytest
import sklearn.base
import sklearn.model_selection

import skhp
from skhp.optimizers import Optimizer
from skhp.search._base import SearchMixin
from skhp.search._strategy import Data
from tests._toys import Echo, X, y

RANGE = {"value": skhp.Real(0.0, 1.0)}
RUNGS = {"max_resources": 9, "resource": "other"}
SEARCHES = {
    "grid": skhp.GridSearchCV(Echo(), {"value": [1.0, 2.0]}),
    "random": skhp.RandomizedSearchCV(Echo(), RANGE, n_iter=3),
    "bayes": skhp.BayesSearchCV(Echo(), RANGE, n_iter=3),
    "batches": skhp.BayesSearchCV(Echo(), RANGE, n_iter=3, n_points=2),
    "halving grid": skhp.HalvingGridSearchCV(Echo(), {"value": [1.0, 2.0]}, **RUNGS),
    "halving": skhp.HalvingRandomSearchCV(Echo(), RANGE, n_candidates=3, **RUNGS),
    "hyperband": skhp.HyperbandSearchCV(Echo(), RANGE, **RUNGS),
}
CLASSES = list(dict.fromkeys(map(type, SEARCHES.values())))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_nothing_of_the_engine_is_overridden_but_the_strategy(cls):
    engine = {name for name, value in vars(SearchMixin).items() if callable(value)}
    ours = [c for c in cls.__mro__ if c.__module__.startswith("skhp.search._")]
    below = ours[: ours.index(SearchMixin)]
    overridden = {name for c in below for name in vars(c)} & engine
    # BayesSearchCV's fit and extend take scikit-optimize's arguments, too
    assert overridden - {"fit", "extend"} == {"_make_strategy"}


@pytest.mark.parametrize("name", SEARCHES)
def test_strategy_of_a_fit_is_kept_and_can_be_pickled(name):
    search = (
        SEARCHES[name].set_params(cv=2, random_state=0)
        if name != "grid"
        else (SEARCHES[name].set_params(cv=2))
    )
    strategy = search.fit(X, y)._state.strategy
    assert isinstance(strategy.optimizer, Optimizer)
    again = pickle.loads(pickle.dumps(strategy))
    assert again.optimizer.n_trials == strategy.optimizer.n_trials
    assert list(again.attributes()) == list(strategy.attributes())
    for attribute, value in again.attributes().items():
        assert repr(getattr(search, attribute)) == repr(value)


@pytest.mark.parametrize("name", SEARCHES)
def test_a_fit_leaves_no_state_but_its_own(name):
    search = SEARCHES[name].set_params(cv=2).fit(X, y)
    private = {a for a in vars(search) if a.startswith("_") and "sklearn" not in a}
    assert private - {"_metadata_request", "_skl_callbacks"} == {"_state"}


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_works_where_the_names_of_scikit_learn_are_replaced(name, monkeypatch):
    for replaced in {cls.__name__ for cls in CLASSES}:
        if hasattr(sklearn.model_selection, replaced):
            monkeypatch.setattr(sklearn.model_selection, replaced, Echo)
    monkeypatch.setattr(sklearn.base, "is_classifier", None)
    search = SEARCHES[name]
    again = type(search)(**search.get_params(deep=False)).set_params(cv=2)
    assert again.fit(X, y).n_splits_ == 2


def test_callbacks_see_sample_weights_beside_the_data():
    weight = np.ones(3)
    assert Data(X, y, None).metadata is None
    assert Data(X, y, None, weight).metadata == {"sample_weight": weight}
