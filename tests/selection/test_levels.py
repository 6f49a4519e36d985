from functools import cmp_to_key

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skhp.selection import best_at_top, rank_by_level

SCORES = st.sampled_from([0.0, 0.5, 0.5, 1.0, -1e300, 1e-300, np.inf, -np.inf, np.nan])
BOUNDED = settings(max_examples=200, deadline=None, derandomize=True)


def slow_ranks(means, levels):
    """1 and the number of candidates that stand before, one by one."""

    def stands_before(i, j):
        if np.isnan(means[i]) or np.isnan(means[j]):
            return np.isnan(means[j]) and not np.isnan(means[i])
        return (levels[i], means[i]) > (levels[j], means[j])

    n = range(len(means))
    return [1 + sum(stands_before(i, j) for i in n) for j in n]


def slow_best(means, levels):
    """The first of the candidates sorted by level and score, one by one."""

    def compare(i, j):
        for values in (~np.isnan(means), levels, np.nan_to_num(means, nan=-np.inf)):
            if values[i] != values[j]:
                return -1 if values[i] > values[j] else 1
        return i - j

    return min(range(len(means)), key=cmp_to_key(compare))


@st.composite
def candidates(draw):
    n = draw(st.integers(1, 12))
    means = draw(hnp.arrays(np.float64, n, elements=SCORES))
    levels = draw(hnp.arrays(np.int64, n, elements=st.integers(-1, 3)))
    return means, levels


@BOUNDED
@given(candidates())
def test_ranks_are_those_of_comparing_one_by_one(drawn):
    means, levels = drawn
    ranks = rank_by_level(means, levels)
    assert ranks.dtype == np.int32
    assert ranks.tolist() == slow_ranks(means, levels)


@BOUNDED
@given(candidates())
def test_best_is_the_first_of_the_best_with_a_score(drawn):
    means, levels = drawn
    results = {"mean_test_score": means, "params": [{}] * len(means)}
    best = best_at_top(True, results, "score", levels)
    if np.isnan(means).all():
        assert levels[best] == levels.max()
    else:
        assert best == slow_best(means, levels)
        assert rank_by_level(means, levels)[best] == 1


def table():
    return {
        "params": [{"a": i} for i in range(5)],
        "mean_test_auc": np.array([0.9, 0.1, 0.3, np.nan, 0.2]),
        "mean_test_loss": np.array([0.1, 0.2, 0.3, 0.4, 0.5]),
        "n_resources": np.array([1, 3, 3, 9, 3]),
    }


LEVELS = np.array([0, 1, 1, 2, 1])


def test_more_of_the_resource_stands_before_a_higher_score():
    means = table()["mean_test_auc"]
    assert rank_by_level(means, LEVELS).tolist() == [4, 3, 1, 5, 2]


@pytest.mark.parametrize(("metric", "best"), [("auc", 2), ("loss", 3)])
def test_metric_decides_on_which_level_there_are_scores(metric, best):
    assert best_at_top(metric, table(), metric, LEVELS) == best


def test_callable_sees_the_candidates_of_the_top_alone():
    seen = []

    def refit(results):
        seen.append(results)
        return int(np.argmin(results["mean_test_auc"]))

    assert best_at_top(refit, table(), "auc", LEVELS) == 1
    assert seen[0]["params"] == [{"a": 1}, {"a": 2}, {"a": 4}]
    assert seen[0]["mean_test_auc"].tolist() == [0.1, 0.3, 0.2]
    assert seen[0]["n_resources"].tolist() == [3, 3, 3]


@pytest.mark.parametrize("place", [0, 2, np.int64(2)])
def test_callable_counts_from_the_first_of_the_top(place):
    best = best_at_top(lambda _: place, table(), "auc", LEVELS)
    assert best == [1, 2, 4][place]
    assert type(best) is int


@pytest.mark.parametrize(
    ("place", "error"),
    [(3, IndexError), (-1, IndexError), (1.0, TypeError), (None, TypeError)],
)
def test_callable_that_returns_no_row_is_an_error(place, error):
    with pytest.raises(error, match="best_index_"):
        best_at_top(lambda _: place, table(), "auc", LEVELS)
