import json

import numpy as np
import pytest

import skhp
from skhp.callbacks import CandidateLogger, ForEachCandidate
from skhp.exceptions import InvalidParameterError
from tests._toys import Echo, X, y

KINDS = {
    "grid": (skhp.GridSearchCV, {"value": [1.0, 3.0, 2.0]}, {}),
    "random": (skhp.RandomizedSearchCV, {"value": skhp.Real(0, 1)}, {"n_iter": 4}),
    "bayes": (skhp.BayesSearchCV, {"value": (0.0, 1.0)}, {"n_iter": 4}),
    "halving": (
        skhp.HalvingRandomSearchCV,
        {"value": skhp.Real(0, 1)},
        {"resource": "other", "max_resources": 9},
    ),
    "halving grid": (
        skhp.HalvingGridSearchCV,
        {"value": [float(i) for i in range(9)]},
        {"resource": "other", "max_resources": 9},
    ),
    "hyperband": (
        skhp.HyperbandSearchCV,
        {"value": skhp.Real(0, 1)},
        {"resource": "other", "max_resources": 9},
    ),
}


def search_of(kind, estimator=None, **kwargs):
    make, space, own = KINDS[kind]
    if kind not in ("grid", "halving grid"):
        own = {**own, "random_state": 0}
    return make(estimator or Echo(), space, cv=2, refit=False, **own, **kwargs)


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_every_candidate_of_every_search_is_a_row_of_its_results(kind, n_jobs):
    rows = []
    callbacks = [ForEachCandidate(rows.append), lambda search: False]
    search = search_of(kind, n_jobs=n_jobs, callbacks=callbacks).fit(X, y)
    results = search.cv_results_
    assert sorted(row["index"] for row in rows) == list(range(len(results["params"])))
    names = {n for n in results if not n.startswith(("param_", "rank_"))}
    for row in rows:
        assert row.keys() == names | {"index", "status", "error"}
        assert (row["status"], row["error"]) == ("ok", None)
        for name in names - {"hyperband"}:
            assert row[name] == results[name][row["index"]]


def test_a_row_holds_plain_values_only():
    rows = []
    search = search_of("hyperband", callbacks=ForEachCandidate(rows.append))
    search.fit(X, y)
    assert json.loads(json.dumps(rows)) == rows
    numbers = [v for row in rows for v in row.values() if isinstance(v, np.generic)]
    assert not numbers


def test_each_of_several_metrics_has_its_columns():
    def two(estimator, X, y):
        return {"up": estimator.value, "down": -estimator.value}

    rows = []
    search_of("grid", scoring=two, callbacks=ForEachCandidate(rows.append)).fit(X, y)
    assert [row["mean_test_up"] for row in rows] == [1.0, 3.0, 2.0]
    assert [row["split1_test_down"] for row in rows] == [-1.0, -3.0, -2.0]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_failed_candidate_has_its_status_and_traceback():
    class FailsAtThree(Echo):
        def fit(self, X, y=None):
            if self.value == 3.0:
                raise RuntimeError("no threes")
            return self

    rows = []
    callback = ForEachCandidate(rows.append)
    search_of("grid", FailsAtThree(), callbacks=callback).fit(X, y)
    assert [row["status"] for row in rows] == ["ok", "failed", "ok"]
    assert "no threes" in rows[1]["error"]
    assert np.isnan(rows[1]["mean_test_score"])


def test_what_the_function_returns_does_not_stop_the_search():
    search = search_of("grid", callbacks=ForEachCandidate(lambda candidate: True))
    assert len(search.fit(X, y).cv_results_["params"]) == 3


def test_what_the_function_raises_ends_the_search():
    def fails(candidate):
        raise ZeroDivisionError("in the tracker")

    with pytest.raises(ZeroDivisionError, match="in the tracker"):
        search_of("grid", callbacks=ForEachCandidate(fails)).fit(X, y)


def test_a_function_that_cannot_be_called_is_refused():
    with pytest.raises(InvalidParameterError, match=r"callable\. Got 3 instead"):
        ForEachCandidate(3)


def test_candidates_of_a_journal_are_given_only_to_who_wants_them(tmp_path):
    path = tmp_path / "journal"
    old, new = [], []
    search_of("grid", journal=path, callbacks=skhp.TargetReached(2.5)).fit(X, y)
    callbacks = [
        ForEachCandidate(new.append),
        ForEachCandidate(old.append, hears_replay=True),
    ]
    search_of("grid", journal=path, callbacks=callbacks).fit(X, y)
    assert [row["index"] for row in new] == [2]
    assert [row["index"] for row in old] == [0, 1, 2]


def test_a_logger_must_say_what_it_does_with_a_candidate():
    with pytest.raises(NotImplementedError):
        search_of("grid", callbacks=CandidateLogger()).fit(X, y)
