import pickle

import numpy as np
import pytest

from skhp.optimizers import (
    BatchedOptimizer,
    BayesOptimizer,
    GridOptimizer,
    HalvingOptimizer,
    HyperbandOptimizer,
    Optimizer,
    Outcome,
    Proposal,
    RandomOptimizer,
    SobolOptimizer,
    Trial,
)
from skhp.space import Space

SPACE = Space({"x": (0.0, 1.0)})
OPTIMIZERS = [
    GridOptimizer({"x": [1, 2]}),
    RandomOptimizer(SPACE, 3),
    SobolOptimizer(SPACE, 3),
    BayesOptimizer(SPACE, 3),
    BatchedOptimizer(BayesOptimizer(SPACE, 3), 2),
    HalvingOptimizer([{"x": 1}], min_resources=1, max_resources=9),
    HyperbandOptimizer(SPACE, max_resources=9),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_every_optimizer_has_all_that_the_protocol_declares(optimizer):
    assert isinstance(optimizer, Optimizer)


@pytest.mark.parametrize(
    ("scores", "mean"), [([1.0, 2.0, 6.0], 3.0), ([1.0, np.nan], np.nan), ([], np.nan)]
)
def test_mean_of_an_outcome_is_nan_as_soon_as_a_split_has_no_score(scores, mean):
    np.testing.assert_equal(Outcome(np.array(scores)).mean, mean)


def test_proposal_of_a_trial_is_what_cannot_be_told_from_the_past():
    trial = Trial(4, {"x": 0.5}, 9, origin=1, row=(0.5,), surrogate=(1.0, 2.0))
    assert trial.proposal == Proposal((0.5,), 1, (1.0, 2.0))
    assert Trial(0, {}).proposal == Proposal()


def test_trials_cannot_be_changed_and_can_be_pickled():
    trial = Trial(0, {"x": 1}, labels={"iter": 0}, row=(0.25,))
    with pytest.raises(AttributeError):
        trial.number = 1
    again = pickle.loads(pickle.dumps(trial))
    assert (again.params, again.labels, again.row) == ({"x": 1}, {"iter": 0}, (0.25,))
