"""When the callbacks of a search are called."""

import pytest

import skhp
from skhp.callbacks import CandidateLogger
from tests._toys import Echo, X, y


class Diary(CandidateLogger):
    """Writes down what it is told, and what can be read of the search then."""

    def __init__(self):
        self.lines = []

    def begin(self, search):
        self.lines.append(("begin", hasattr(search, "best_score_")))

    def __call__(self, candidate):
        self.lines.append(candidate["params"]["value"])

    def end(self, search, error):
        best = getattr(search, "best_params_", None)
        self.lines.append(("end", best, error and str(error)))


def search_with(*callbacks, estimator=None):
    grid = {"value": [1.0, 3.0, 2.0]}
    callbacks = list(callbacks)
    return skhp.GridSearchCV(estimator or Echo(), grid, cv=2, callbacks=callbacks)


def test_a_logger_hears_the_beginning_all_candidates_and_the_end():
    diary = Diary()
    search_with(diary).fit(X, y)
    end = ("end", {"value": 3.0}, None)
    assert diary.lines == [("begin", False), 1.0, 3.0, 2.0, end]


def test_a_logger_hears_why_a_search_failed():
    def fails(search):
        raise ZeroDivisionError("in the callback")

    diary = Diary()
    with pytest.raises(ZeroDivisionError):
        search_with(diary, fails).fit(X, y)
    assert diary.lines[-1] == ("end", {"value": 1.0}, "in the callback")


def test_a_logger_that_cannot_begin_ends_the_fit_before_the_first_candidate():
    class NoServer(Diary):
        def begin(self, search):
            raise ConnectionError("no server")

    first, last = Diary(), NoServer()
    with pytest.raises(ConnectionError, match="no server"):
        search_with(first, last).fit(X, y)
    assert first.lines == [("begin", False), ("end", None, "no server")]
    assert last.lines == []


def test_stoppers_and_loggers_live_side_by_side():
    diary = Diary()
    search_with(skhp.TargetReached(2.5), diary).fit(X, y)
    assert diary.lines[1:-1] == [1.0, 3.0]


def test_a_logger_hears_what_extends_a_search():
    diary = Diary()
    search = search_with(skhp.TargetReached(2.5), diary).fit(X, y)
    diary.lines.clear()
    search.extend(X, y)
    assert diary.lines[1:-1] == [2.0]
