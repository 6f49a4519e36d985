import numpy as np
import pytest

from skhp.optimizers import HalvingOptimizer, Outcome
from skhp.testing import check_optimizer


def make(n=20, **kwargs):
    settings = {"min_resources": 10, "max_resources": 100, **kwargs}
    return HalvingOptimizer([{"a": i} for i in range(n)], **settings)


def follow(optimizer, score):
    trials = []
    while not optimizer.done:
        trials += (batch := optimizer.ask(4))
        for trial in batch:
            optimizer.tell(trial, Outcome(np.array([score(trial)])))
    return trials


@pytest.mark.slow
def test_it_keeps_the_contract():
    check_optimizer(lambda seed: make(resource_param="c"))
    check_optimizer(lambda seed: make(9, factor=2))


def test_the_best_go_on_and_the_very_best_is_last():
    trials = follow(make(), lambda trial: -abs(trial.params["a"] - 10.2))
    assert [t.params["a"] for t in trials[20:27]] == [7, 13, 8, 12, 9, 11, 10]
    assert [t.params["a"] for t in trials[27:]] == [9, 11, 10]
    assert [t.labels["iter"] for t in trials] == [0] * 20 + [1] * 7 + [2] * 3
    assert [t.resource for t in trials] == [10] * 20 + [30] * 7 + [90] * 3


def test_a_promoted_trial_names_the_one_it_continues():
    trials = follow(make(), lambda trial: trial.params["a"])
    for trial in trials[20:]:
        assert trials[trial.origin].params == trial.params
        assert trials[trial.origin].origin is None


def test_a_promoted_trial_knows_the_rungs_below():
    trials = follow(make(), lambda trial: trial.params["a"])
    below = [()] * 20 + [(10,)] * 7 + [(10, 30)] * 3
    assert [trial.lower_resources for trial in trials] == below


def test_the_resource_is_set_where_it_is_a_parameter():
    for trial in follow(make(resource_param="c"), lambda trial: 0.0):
        assert trial.params["c"] == trial.resource == trial.labels["n_resources"]


def test_a_rung_is_a_barrier():
    optimizer = make(3)
    first, second, third = optimizer.ask(10)
    optimizer.tell(first, Outcome(np.array([1.0])))
    optimizer.tell(third, Outcome(np.array([0.0])))
    assert optimizer.ask(1) == []
    optimizer.tell(second, Outcome(np.array([0.5])))
    assert [trial.params for trial in optimizer.ask(10)] == [first.params]
    assert optimizer.done


@pytest.mark.parametrize("n_good", [1, 2, 6, 7, 19])
def test_nan_is_never_promoted(n_good):
    optimizer = make()
    score = {i: float(i) if i < n_good else np.nan for i in range(20)}
    trials = follow(optimizer, lambda trial: score[trial.params["a"]])
    assert all(trial.params["a"] < n_good for trial in trials[20:])
    assert optimizer.n_candidates[1] == min(7, n_good)
    assert optimizer.n_trials == len(trials)


def test_where_all_are_nan_some_go_on_and_may_have_a_score_there():
    optimizer = make()
    trials = follow(optimizer, lambda t: np.nan if t.resource < 30 else 1.0)
    assert optimizer.n_candidates == [20, 7, 3]
    assert len(trials) == 30


def test_infinite_scores_are_ranked():
    score = {0: np.inf, 1: -np.inf}
    trials = follow(make(3), lambda trial: score.get(trial.params["a"], 0.0))
    assert trials[3].params == {"a": 0}
