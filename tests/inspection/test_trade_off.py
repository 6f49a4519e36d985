import numpy as np
import pytest

from skhp.exceptions import InvalidParameterError
from skhp.inspection import TradeOffDisplay
from skhp.inspection._trade_off import pareto_front
from tests.inspection._searches import KINDS, LAID_OUT, fitted


@pytest.mark.parametrize("kind", KINDS)
def test_every_search_can_be_drawn(kind):
    search = fitted(kind)
    display = TradeOffDisplay.from_search(search)
    if kind in LAID_OUT:
        display.figure_.draw_without_rendering()
    if kind == "nan":
        assert len(display.front) == 0
    else:
        best = display.scores[display.front[-1]]
        assert best == display.scores[search.best_index_]


def test_nobody_is_both_faster_and_better_than_the_front():
    rng = np.random.default_rng(0)
    costs, scores = rng.integers(1, 20, (2, 60)).astype(float)
    scores[::7], costs[5] = np.nan, np.nan
    front = pareto_front(costs, scores)
    for i in range(60):
        dominates = (costs[i] <= costs[front]) & (scores[i] > scores[front])
        dominates |= (costs[i] < costs[front]) & (scores[i] >= scores[front])
        assert not dominates.any()
    known = np.flatnonzero(np.isfinite(costs) & np.isfinite(scores))
    for i in known:
        assert ((costs[front] <= costs[i]) & (scores[front] >= scores[i])).any()
    assert (np.diff(costs[front]) > 0).all()
    assert (np.diff(scores[front]) > 0).all()


def test_the_cost_is_that_of_fits_or_of_scoring():
    search = fitted("grid")
    for cost in ("fit_time", "score_time"):
        display = TradeOffDisplay.from_search(search, cost=cost)
        assert display.costs.tolist() == search.cv_results_[f"mean_{cost}"].tolist()
    with pytest.raises(InvalidParameterError, match="'fit_time' or 'score_time'"):
        TradeOffDisplay.from_search(search, cost="memory")


@pytest.mark.parametrize(("longest", "scale"), [(2.0, "linear"), (90.0, "log")])
def test_costs_of_many_magnitudes_are_on_a_log_scale(longest, scale):
    costs, scores = np.array([1.0, longest]), np.array([0.5, 0.7])
    display = TradeOffDisplay(costs=costs, scores=scores, front=np.array([0, 1]))
    assert display.plot().ax_.get_xscale() == scale
    costs[0] = 0.0
    assert display.plot().ax_.get_xscale() == "linear"


def test_only_candidates_with_the_most_resource_are_compared():
    search = fitted("hyperband")
    display = TradeOffDisplay.from_search(search)
    most = search.cv_results_["n_resources"] == 9
    assert np.isfinite(display.scores).tolist() == most.tolist()
