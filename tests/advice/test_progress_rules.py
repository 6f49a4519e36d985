import itertools

import numpy as np
import pytest

from skhp.advice import _progress_rules as progress_rules
from skhp.advice._progress_rules import _expected_best, climbing, flat
from tests.advice._findings import findings, folds

RISING = np.linspace(0.5, 0.8, 40)
EARLY = np.r_[np.linspace(0.5, 0.8, 8), np.linspace(0.797, 0.7999, 32)]


def test_a_score_that_rises_to_the_end_may_rise_further():
    found = climbing(findings(folds(RISING)))
    assert found.text.startswith(
        "The best score was still rising: the last 10 of 40 candidates raised it by "
        "0.0769 (standard error "
    )
    assert found.text.endswith("raise it further: search.extend(X, y, n_iter=40).")
    assert found.figures["n_last"] == 10
    assert flat(findings(folds(RISING))) is None


def test_searches_of_others_are_not_extended():
    found = climbing(findings(folds(RISING), can_extend=False))
    assert found.text.endswith("raise it further: a larger n_iter.")


def test_candidates_that_brought_nothing_are_counted():
    found = flat(findings(folds(EARLY)))
    assert found.text.startswith(
        "The last 30 of 40 candidates brought nothing: after 10 the best score was "
    )
    assert found.figures["gain"] == 0
    assert climbing(findings(folds(EARLY))) is None


def test_a_gain_that_is_far_below_its_error_is_nothing():
    found = flat(findings(folds(np.r_[EARLY, 0.8001])))
    assert "brought only 0.0001: after 10 the best score" in found.text


@pytest.mark.parametrize("rule", [climbing, flat])
@pytest.mark.parametrize(
    "found",
    [
        findings(folds(RISING)[-19:]),
        findings(folds(EARLY)[:19]),
        findings(folds(RISING), is_drawn=False),
        findings(folds(EARLY), is_drawn=False),
        findings(folds(RISING)[:, :1]),
    ],
    ids=["few", "few, early", "a grid", "a grid, early", "one split"],
)
def test_nothing_is_said_of_a_course_that_cannot_be_seen(rule, found):
    assert rule(found) is None


def test_a_gain_within_the_noise_is_no_climb():
    assert climbing(findings(folds(RISING, noise=1.0))) is None


def test_a_gain_in_the_middle_is_neither_late_nor_early():
    found = findings(folds(np.r_[EARLY[8:], 0.85, EARLY[8:]]))
    assert climbing(found) is None
    assert flat(found) is None


def test_a_best_that_was_found_early_by_luck_is_no_reason_to_stop():
    lucky = np.r_[np.linspace(0.5, 0.8, 8), np.linspace(0.7, 0.79, 32)]
    assert flat(findings(folds(lucky))) is None


@pytest.mark.parametrize("m", [1, 3, 7])
def test_the_expected_best_of_some_is_the_mean_over_all_choices_of_them(m):
    means = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0])
    choices = itertools.combinations(means, m)
    assert _expected_best(means, m) == pytest.approx(np.mean([*map(max, choices)]))


def test_equal_scores_are_no_course():
    found = findings(np.ones((40, 5)))
    assert climbing(found) is None
    assert flat(found) is None


def test_of_a_long_search_few_counts_are_looked_at(monkeypatch):
    looked_at = []

    def expected_best(means, m):
        looked_at.append(m)
        return _expected_best(means, m)

    monkeypatch.setattr(progress_rules, "_expected_best", expected_best)
    rng = np.random.default_rng(0)
    scores = rng.random((400, 1)) + 0.05 * rng.standard_normal((400, 5))
    scores = scores[np.argsort(-scores.mean(axis=1))]
    found = findings(scores)
    figures = flat(found).figures
    first = figures["n_candidates"] - figures["n_last"]
    enough = found.means.max() - 0.25 * figures["standard_error"]
    best = [_expected_best(found.means, m) for m in (first - 1, first)]
    assert best[0] < enough <= best[1]
    assert len(looked_at) < 20
