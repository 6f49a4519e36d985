import numpy as np
import pytest

from skhp.exceptions import OptimizerError
from skhp.optimizers import BatchedOptimizer, BayesOptimizer, Outcome
from skhp.space import Space
from tests._toys import Scripted


def outcome(score):
    return Outcome(np.array([float(score)]))


def tell(optimizer, trials):
    for trial in trials:
        optimizer.tell(trial, outcome(trial.number))


def test_the_other_is_told_a_whole_batch_in_order():
    inner = Scripted(6)
    optimizer = BatchedOptimizer(inner, 3)
    trials = optimizer.ask(10)
    assert [trial.number for trial in trials] == [0, 1, 2]
    tell(optimizer, [trials[2], trials[0]])
    assert inner.told == []
    assert optimizer.ask(1) == []
    tell(optimizer, [trials[1]])
    assert [number for number, _ in inner.told] == [0, 1, 2]
    assert [trial.number for trial in optimizer.ask(10)] == [3, 4, 5]
    assert optimizer.done


@pytest.mark.parametrize("again", [True, False])
def test_a_tell_that_is_repeated_or_unknown_is_refused(again):
    optimizer = BatchedOptimizer(Scripted(6), 3)
    trials = optimizer.ask(2)
    tell(optimizer, trials[:1])
    stranger = trials[0] if again else Scripted(6).ask(5)[4]
    with pytest.raises(OptimizerError, match="told already, or was never asked"):
        optimizer.tell(stranger, outcome(0))


@pytest.mark.parametrize("n_known", range(1, 12))
def test_a_batch_that_was_begun_before_is_completed_as_it_was(n_known):
    space = Space({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    one, other = (
        BatchedOptimizer(BayesOptimizer(space, 14, random_state=0), 4) for _ in range(2)
    )
    whole = []
    while not one.done:
        trial = one.ask(1)[0]
        whole.append(trial)
        tell(one, [trial])
    for trial in whole[:n_known]:
        tell(other, [other.adopt(trial.proposal)])
    rest = []
    while not other.done:
        rest += other.ask(1)
        tell(other, rest[-1:])
    assert [t.params for t in rest] == [t.params for t in whole[n_known:]]


def test_no_more_is_adopted_than_belongs_to_a_batch():
    optimizer = BatchedOptimizer(Scripted(9), 2)
    trial = optimizer.ask(1)[0]
    with pytest.raises(OptimizerError, match="batch must be told"):
        optimizer.adopt(trial.proposal)


def test_it_speaks_for_the_other():
    inner = BayesOptimizer(Space({"x": (0.0, 1.0)}), 5, random_state=0)
    optimizer = BatchedOptimizer(inner, 2)
    assert optimizer.can_extend
    assert optimizer.learns
    optimizer.extend(4)
    assert optimizer.n_trials == inner.n_trials == 9
    assert not optimizer.exhausted


@pytest.mark.parametrize("n_known", [8, 9, 10])
def test_a_short_last_batch_stays_short_when_more_is_wanted(n_known):
    space = Space({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    one, other = (
        BatchedOptimizer(BayesOptimizer(space, 10, random_state=0), 4) for _ in range(2)
    )
    trials = []
    for _ in range(n_known):
        trials += one.ask(1)
        tell(one, trials[-1:])
        tell(other, [other.adopt(trials[-1].proposal)])
    found = []
    for optimizer in (one, other):
        optimizer.extend(4)
        rest = []
        while not optimizer.done:
            rest += optimizer.ask(1)
            tell(optimizer, rest[-1:])
        found.append([trial.params for trial in rest])
    assert found[0] == found[1]
    assert len(found[0]) == 14 - n_known
