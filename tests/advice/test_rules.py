import numpy as np

from skhp.advice import advice_of
from skhp.space import Edge
from tests.advice._findings import findings, folds

EDGE = Edge("C", 10.0, 1.0, 10.0, "high", False)


def topics(found):
    return [each.topic for each in advice_of(found)]


def test_the_edge_of_the_space_comes_first():
    found = findings(folds(np.linspace(0.5, 0.8, 40)), edges=[EDGE])
    assert topics(found) == ["edge", "climbing"]
    assert advice_of(found)[0].figures == {"C": 10.0}


def test_a_clear_result_needs_no_advice():
    rng = np.random.default_rng(0)
    means = np.r_[rng.uniform(0.5, 0.7, 25), 0.9, rng.uniform(0.5, 0.7, 14)]
    assert topics(findings(folds(means))) == []


def test_without_a_score_only_failures_are_spoken_of():
    assert topics(findings(np.full((4, 3), np.nan), edges=[EDGE])) == ["failures"]


def test_infinite_scores_do_no_harm():
    scores = folds(np.linspace(0.5, 0.8, 40))
    scores[3], scores[5, 0] = -np.inf, np.inf
    scores[7, :2] = np.inf, -np.inf
    advice_of(findings(scores, train_scores=scores))
    advice_of(findings(scores, best=5))
