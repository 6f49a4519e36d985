import numpy as np
import pytest

from skhp import HalvingGridSearchCV
from skhp.exceptions import InvalidParameterError, SpaceExhaustedWarning
from skhp.optimizers import HalvingOptimizer, Outcome
from skhp.search._halving_rungs import RungLevels, _attributes
from tests._toys import Echo

X, Y = np.arange(240.0).reshape(120, 2), np.arange(120) % 2


def search(**params):
    grid = {"value": [float(i) for i in range(9)]}
    return HalvingGridSearchCV(Echo(), grid, cv=2, random_state=0, **params)


def played(n_told):
    """Return an optimizer of nine candidates that was told so many results."""
    candidates = [{"value": i} for i in range(9)]
    optimizer = HalvingOptimizer(candidates, min_resources=1, max_resources=9)
    for _ in range(n_told):
        (trial,) = optimizer.ask(1)
        optimizer.tell(trial, Outcome(np.array([float(trial.params["value"])])))
    return optimizer


@pytest.mark.parametrize(
    ("n_told", "unsettled"),
    [(0, 0), (5, 0), (9, 1), (11, 1), (12, None), (13, None)],
)
def test_only_the_last_rung_counts_before_it_is_complete(n_told, unsettled):
    levels = RungLevels(played(n_told))
    assert (levels.top, levels.unsettled) == (2, unsettled)


@pytest.mark.parametrize(
    ("n_stopped", "best"),
    [(5, 4.0), (11, 8.0), (13, 6.0)],
)
@pytest.mark.parametrize("cv", [2, 3])
def test_what_a_callback_sees_last_is_the_result(n_stopped, best, cv):
    """On the second rung 6 to 8 score less, and on the last one 6 is what is left."""

    class Sinks(Echo):
        def score(self, X, y=None):
            return self.value if len(X) < 10 else -self.value

    seen = []

    def stop(search):
        seen.append((search.best_score_, search.best_index_, search.best_params_))
        seen.append(search.cv_results_["rank_test_score"].tolist())
        return len(search.cv_results_["params"]) == n_stopped

    fitted = (
        search(min_resources=12, max_resources=108, refit=False, callbacks=stop)
        .set_params(estimator=Sinks(), subsample_test=True, cv=2)
        .fit(X, Y)
    )
    assert len(fitted.cv_results_["params"]) == n_stopped
    assert fitted.best_params_ == {"value": best}
    assert seen[-2] == (fitted.best_score_, fitted.best_index_, fitted.best_params_)
    assert seen[-1] == fitted.cv_results_["rank_test_score"].tolist()


@pytest.mark.parametrize(
    ("n_told", "n_candidates", "n_remaining"),
    [(4, [9], 3), (9, [9, 3], 1), (13, [9, 3, 1], 1)],
)
def test_attributes_tell_of_the_rungs_that_there_were(
    n_told, n_candidates, n_remaining
):
    found = _attributes(played(n_told), 9)
    assert found["n_candidates_"] == n_candidates
    assert found["n_resources_"] == [1, 3, 9][: len(n_candidates)]
    assert found["n_iterations_"] == len(n_candidates)
    assert found["n_remaining_candidates_"] == n_remaining
    assert (found["min_resources_"], found["max_resources_"]) == (1, 9)


def test_bounds_have_two_names_for_samples():
    one = search(min_resources=20, max_resources=60).fit(X, Y)
    other = search(min_n_samples=20, max_n_samples=60).fit(X, Y)
    assert one.n_resources_ == other.n_resources_ == [20, 60]


def test_bounds_in_samples_make_no_sense_for_another_resource():
    with pytest.raises(InvalidParameterError, match="'min_n_samples' parameter"):
        search(resource="other", max_resources=9, min_n_samples=3).fit(X, Y)


def test_exhausting_begins_as_high_as_ends_at_the_top():
    fitted = search(min_resources="exhaust").fit(X, Y)
    assert fitted.n_resources_ == [13, 39, 117]


@pytest.mark.parametrize(
    ("low", "high", "last"), [(1, 81, 9), (3, 250, 27), (4, 400, 36)]
)
def test_a_last_rung_far_below_what_was_set_is_told(low, high, last):
    message = rf"n_resources={last}, although max_resources={high}, because 9 candid.*"
    message += rf"min_resources such as {high * low // last}, "
    bounds = {"min_resources": low, "max_resources": high, "resource": "other"}
    with pytest.warns(SpaceExhaustedWarning, match=message):
        low_end = search(**bounds).fit(X, Y)
    assert low_end.n_resources_[-1] == last
    bounds["min_resources"] = high * low // last
    assert search(**bounds).fit(X, Y).n_resources_[-1] * 3 > high


def test_a_last_rung_below_all_samples_is_not_told_where_nothing_was_set():
    assert search(min_resources=4).fit(X, Y).n_resources_[-1] == 36
    assert search(max_resources=100).fit(X, Y).n_resources_[-1] == 99  # "exhaust"
    assert search(min_resources=2, max_resources=60).fit(X, Y).n_resources_[-1] == 18
