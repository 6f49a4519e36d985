import numpy as np
import pytest

from skhp.advice._time_rules import failures, slow, timeouts
from tests.advice._findings import findings, folds

MEANS = np.linspace(0.3, 0.9, 20)
KERNELS = [{"kernel": "poly" if i < 4 else "rbf"} for i in range(20)]


def with_lost(n, status="failed", **what):
    scores = folds(MEANS)
    scores[:n] = np.nan
    words = [status] * n + ["ok"] * (20 - n)
    return findings(scores, status=words, **what)


@pytest.mark.parametrize(
    ("rule", "status", "verb"),
    [
        (failures, "failed", "failed"),
        (timeouts, "timeout", "timed out"),
        (failures, "no score", "have no score"),
    ],
)
def test_what_was_lost_is_counted_with_its_time(rule, status, verb):
    found = rule(with_lost(4, status, params=KERNELS))
    assert found.text == (
        f"4 of 20 candidates {verb}, which took 20% of the time of all fits (20 s). "
        "All of them have kernel='poly'."
    )
    assert found.figures["share"] == pytest.approx(0.2)


def test_what_is_not_set_is_nothing_to_have_in_common():
    params = [{} if i < 4 else {"gamma": 1.0} for i in range(20)]
    found = failures(with_lost(4, params=params))
    assert "All of them" not in found.text


def test_a_single_candidate_may_take_much_of_the_time():
    seconds = np.r_[100.0, np.ones(19)]
    found = timeouts(with_lost(1, "timeout", fit_seconds=seconds))
    assert found.text == (
        "1 of 20 candidates timed out, which took 84% of the time of all fits (8 min)."
    )


def test_of_short_searches_the_time_is_not_spoken_of():
    found = failures(with_lost(3, fit_seconds=np.full(20, 1e-3)))
    assert found.text == "3 of 20 candidates failed."


def test_nothing_is_said_of_a_single_short_failure():
    assert failures(with_lost(1)) is None
    assert failures(with_lost(0)) is None
    assert timeouts(with_lost(4)) is None


def test_few_candidates_that_took_most_of_the_time_and_are_worse_are_named():
    seconds = np.r_[30.0, 40.0, np.full(18, 1.0)]
    found = slow(findings(folds(MEANS), fit_seconds=seconds))
    assert found.text.startswith(
        "2 of 20 candidates took 80% of the time of all fits, 30 s and more for a fit "
        "where 1 s is usual"
    )


@pytest.mark.parametrize(
    "seconds",
    [
        np.r_[np.full(18, 1.0), 30.0, 40.0],
        np.linspace(1, 2, 20),
        np.r_[30.0, 40.0, np.full(18, 1.0)] / 1000,
    ],
    ids=["the best are slow", "no great difference", "a short search"],
)
def test_nothing_is_said_of_time_that_was_well_spent(seconds):
    assert slow(findings(folds(MEANS), fit_seconds=seconds)) is None
