import pytest

from skhp.exceptions import OptimizerError
from skhp.optimizers import Trial
from skhp.optimizers._pending import PendingTrials


def test_trials_are_numbered_and_keep_what_is_said_of_them():
    pending = PendingTrials()
    trials = [pending.add({"a": i}, resource=i, origin=0) for i in range(3)]
    assert [trial.number for trial in trials] == [0, 1, 2]
    assert [trial.resource for trial in trials] == [0, 1, 2]
    assert list(pending.trials.values()) == trials
    assert pending.n_asked == 3


def test_told_trials_are_pending_no_more():
    pending = PendingTrials()
    first, second = pending.add({}), pending.add({})
    pending.remove(first)
    assert list(pending.trials) == [second.number]
    assert pending.n_asked == 2


@pytest.mark.parametrize(
    ("number", "reason"), [(0, "was told already"), (7, "was never asked for")]
)
def test_a_tell_that_is_repeated_or_unknown_is_refused(number, reason):
    pending = PendingTrials()
    pending.remove(pending.add({}))
    with pytest.raises(OptimizerError, match=f"Trial {number} {reason}"):
        pending.remove(Trial(number, {}))
