"""One call of fit: what it begins with, and what it leaves behind."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils import Bunch

from skhp import BayesSearchCV, HalvingGridSearchCV, RandomizedSearchCV, Real
from skhp.exceptions import JournalError, SpaceExhaustedWarning
from skhp.journal import Header
from skhp.optimizers import Trial
from skhp.search._session import Session, warn_if_exhausted
from skhp.search._strategy import Data
from tests._toys import Echo, X, result_of, y

RANGE = {"value": Real(0.0, 1.0)}


def search_of(cls=RandomizedSearchCV, **params):
    settings = {"n_iter": 4, "cv": 2, "random_state": 0, **params}
    return cls(Echo(), RANGE, **settings)


def data():
    nothing = Bunch(fit={}, score={}, split={})
    routed = Bunch(estimator=nothing, scorer=nothing, splitter=nothing)
    return Data(X, y, routed)


def finished(session):
    """Ask and tell all trials of a session; the score of a trial is its number."""
    optimizer, record = session.optimizer, session.record
    while not optimizer.done:
        for trial in optimizer.ask(1):
            record.open(trial, ask_seconds=0.5)
            for k in range(record.n_splits):
                for row in record.put(trial.number, k, result_of(float(trial.number))):
                    optimizer.tell(trial, record.outcome(row))
    return session


def test_strategy_splits_and_record_are_there_once_it_is_entered():
    search = search_of()
    with Session(search, data(), None) as session:
        assert session.optimizer.n_trials == 4
        assert len(session.splits) == search.n_splits_ == session.record.n_splits == 2
        assert session.journal is None


def test_what_a_class_adds_to_the_table_is_in_it():
    with Session(search_of(BayesSearchCV), data(), None) as session:
        results = finished(session).results(session.record)
    np.testing.assert_array_equal(results["ask_time"], [0.5] * 4)
    np.testing.assert_array_equal(results["rank_test_score"], [4, 3, 2, 1])


def test_candidates_are_ranked_by_how_far_they_have_come():
    grid = {"value": [float(i) for i in range(4)]}
    search = HalvingGridSearchCV(
        Echo(), grid, factor=2, resource="other", max_resources=4, cv=2
    )
    with Session(search, data(), None) as session:
        results = finished(session).results(session.record)
    assert list(results["iter"]) == [0, 0, 0, 0, 1, 1, 2]
    assert list(results["rank_test_score"]) == [7, 6, 5, 4, 3, 2, 1]


def test_a_journal_is_locked_and_let_go(tmp_path):
    search = search_of(journal=tmp_path / "search.jsonl")
    with Session(search, data(), None):
        with pytest.raises(JournalError, match="one search at a time"):
            Session(search, data(), None).__enter__()
    with Session(search, data(), None) as session:
        assert isinstance(session.journal.header, Header)


def test_a_journal_is_let_go_where_the_session_cannot_begin(tmp_path):
    search = search_of(journal=tmp_path / "search.jsonl", cv=[])
    for _ in range(2):
        with pytest.raises(ValueError, match="No fits were performed"):
            Session(search, data(), None).__enter__()


@pytest.mark.parametrize("n_more", [0, 3])
def test_only_what_was_fitted_can_be_extended(n_more):
    with pytest.raises(NotFittedError, match="RandomizedSearchCV instance is not"):
        Session(search_of(), data(), n_more)


def test_an_unseeded_search_gets_a_seed_for_its_journal(tmp_path):
    search = search_of(random_state=None, journal=tmp_path / "search.jsonl")
    found = []
    for _ in range(2):
        with Session(search, data(), None) as session:
            found.append([t.params["value"] for t in session.optimizer.ask(9)])
    assert found[0] == found[1]


def test_a_search_that_found_no_more_says_so():
    with Session(search_of(BayesSearchCV), data(), None) as session:
        session.optimizer.exhausted = True
        session.record.open(Trial(0, {}))
        with pytest.warns(SpaceExhaustedWarning, match="after 1 of 4 candidates"):
            warn_if_exhausted(session, Bunch(stopped=None))


def test_an_earlier_fit_is_gone_on_with_only_where_that_is_wanted():
    search = search_of().fit(X, y)
    state = search._state
    for params, n_more, is_kept in (
        ({}, None, False),
        ({"warm_start": True}, None, True),
        ({}, 2, True),
    ):
        search.set_params(warm_start=False).set_params(**params)
        with Session(search, data(), n_more) as session:
            assert (session.record is state.record) == is_kept
            assert (session.strategy is state.strategy) == is_kept
