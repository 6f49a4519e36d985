import numpy as np

from skhp.ensembles._greedy import select_greedily

TARGET = np.array([1.0, 2.0, 3.0])
PREDICTIONS = np.array([[1.0, 2.0, 4.0], [1.0, 2.0, 2.5], [9.0, 9.0, 9.0]])


def error_of_mean(counts):
    mean = counts @ PREDICTIONS / counts.sum()
    return -float(np.sum((mean - TARGET) ** 2))


def test_candidates_are_added_that_make_the_mean_better():
    counts = select_greedily(error_of_mean, 3, n_rounds=3)
    assert counts.tolist() == [1, 2, 0]  # 4 and twice 2.5 make 3


def test_the_first_candidate_is_always_chosen():
    assert select_greedily(error_of_mean, 3, n_rounds=1).tolist() == [1, 0, 0]


def test_no_more_distinct_candidates_are_chosen_than_may_be():
    counts = select_greedily(error_of_mean, 3, n_rounds=5, max_members=1)
    assert counts.tolist() == [5, 0, 0]


def test_of_equal_candidates_the_first_is_chosen():
    counts = select_greedily(lambda counts: 1.0, 3, n_rounds=4)
    assert counts.tolist() == [4, 0, 0]


def test_what_cannot_be_scored_is_not_chosen():
    def score(counts):
        return np.nan if counts[1] else error_of_mean(counts)

    assert select_greedily(score, 3, n_rounds=3)[1] == 0
    assert select_greedily(lambda counts: np.nan, 3, n_rounds=3).tolist() == [1, 0, 0]


def test_the_same_mean_is_scored_once():
    asked = []

    def score(counts):
        asked.append((counts / counts.sum()).tolist())
        return error_of_mean(counts)

    select_greedily(score, 3, n_rounds=8)
    assert len(asked) == len({tuple(shares) for shares in asked})
