import pickle

import numpy as np
import pytest

from skhp.evaluation import Racing
from skhp.exceptions import OptimizerError
from skhp.optimizers import Outcome, Proposal
from skhp.selection._refine_optimizer import RefineOptimizer, pooled_best, table_of

RNG = np.random.default_rng(0)


def optimizer_of(levels, n_repeats=3, noise=0.1, **kwargs):
    scores = np.array(levels)[:, None] + noise * RNG.standard_normal((len(levels), 5))
    params = {10 + i: {"level": level} for i, level in enumerate(levels)}
    return RefineOptimizer(params, scores, n_repeats, **kwargs)


def run(optimizer, noise=0.1):
    """Return which candidates were evaluated on each shuffle."""
    shuffles = {}
    while not optimizer.done:
        for trial in optimizer.ask(2):
            row = trial.labels["candidate"]
            shuffles.setdefault(trial.resource, []).append(row)
            scores = trial.params["level"] + noise * RNG.standard_normal(5)
            optimizer.tell(trial, Outcome(scores))
    return shuffles


def test_who_is_far_behind_is_left_out_of_the_next_shuffle():
    optimizer = optimizer_of([0.0, 0.01, -1.0], racing=Racing(1e-4))
    shuffles = run(optimizer)
    assert sorted(shuffles[0]) == [10, 11, 12]
    assert sorted(shuffles[1]) == sorted(shuffles[2]) == [10, 11]
    assert [len(scores) for scores in optimizer.scores.values()] == [20, 20, 10]


def test_race_ends_when_one_is_left():
    assert len(run(optimizer_of([0.0, -5.0]))) == 1


def test_single_candidate_has_all_shuffles():
    assert len(run(optimizer_of([0.0]))) == 3


def test_truly_best_is_left_out_in_at_most_the_promised_share():
    racing, n_wrong = Racing(0.1), 0
    for _ in range(100):
        optimizer = optimizer_of([0.0, -0.3, -0.3, -0.3], noise=1.0, racing=racing)
        run(optimizer, noise=1.0)
        most = max(map(len, optimizer.scores.values()))
        n_wrong += len(optimizer.scores[10]) < most
    assert n_wrong <= 10


def test_no_shuffle_begins_before_the_last_has_ended():
    optimizer = optimizer_of([0.0, 0.0], noise=0.0)
    first, second = optimizer.ask(5)
    assert optimizer.ask(1) == []
    optimizer.tell(first, Outcome(np.zeros(5)))
    assert optimizer.ask(1) == []
    optimizer.tell(second, Outcome(np.zeros(5)))
    assert len(optimizer.ask(5)) == 2


def test_failed_candidates_drop_out():
    optimizer = optimizer_of([0.0, 0.0])
    for trial, score in zip(optimizer.ask(2), (np.nan, 0.0), strict=True):
        optimizer.tell(trial, Outcome(np.full(5, score)))
    assert optimizer.done
    assert pooled_best(optimizer.scores) == 11


def test_copy_goes_on_in_the_same_way():
    optimizer = optimizer_of([0.0, 0.1])
    optimizer.ask(1)
    copy = pickle.loads(pickle.dumps(optimizer))
    assert copy.ask(1)[0].labels == optimizer.ask(1)[0].labels


def test_impossible_calls_are_refused():
    optimizer = optimizer_of([0.0])
    trial = optimizer.adopt(Proposal())
    with pytest.raises(OptimizerError, match="no trial"):
        optimizer.adopt(Proposal())
    optimizer.tell(trial, Outcome(np.zeros(5)))
    with pytest.raises(OptimizerError, match="not running"):
        optimizer.tell(trial, Outcome(np.zeros(5)))
    optimizer.extend(0)
    with pytest.raises(OptimizerError, match="extended"):
        optimizer.extend(1)


def test_only_candidates_with_all_shuffles_can_win():
    scores = {0: np.array([1.0, 1.0]), 1: np.zeros(4), 2: np.full(4, 0.5)}
    assert pooled_best(scores) == 2
    table = table_of(scores, 2, [{"a": i} for i in range(3)])
    assert table["candidate"].tolist() == [2, 1, 0]
    assert table["params"][0] == {"a": 2}
    assert table["n_repeats_evaluated"].tolist() == [1, 1, 0]
    assert np.isnan(table["fresh_mean_score"][2])
    assert np.isnan(table["repeat0_split1_score"][2])


def test_if_all_fail_in_a_shuffle_those_before_decide():
    early, late = [0.9, 0.1], [0.8, 0.9]
    scores = {0: np.array(early), 1: np.array([*late, np.nan, np.nan])}
    assert pooled_best(scores) == 1
    assert pooled_best({0: scores[1], 1: scores[1]}) == 0
