"""The effort of a proposal follows what it costs, and what an evaluation costs."""

from types import SimpleNamespace

import pytest

from skhp.evaluation import Row, SplitResult
from skhp.optimizers import Trial
from skhp.search._effort import EffortGovernor

TRIAL = Trial(0, {})


def effort_after(ask_seconds, fit_seconds, n_trials=30):
    optimizer = SimpleNamespace(effort=2)
    governor = EffortGovernor(optimizer)
    for _ in range(n_trials):
        governor.asked(TRIAL, ask_seconds)
        result = SplitResult(0.5, None, fit_seconds, 0.0, 10)
        governor.trial_done(Row(TRIAL, [result], 0))
    return optimizer.effort


@pytest.mark.parametrize(
    ("ask_seconds", "fit_seconds", "effort"),
    [
        (0.1, 0.2, 0),  # half the time would go into choosing
        (0.1, 1e3, 3),  # next to nothing would
        (0.1, 3.0, 2),  # a thirtieth: as it should be
        (0.002, 0.001, 2),  # dear, but too little to save anything
    ],
)
def test_effort_is_a_matter_of_proportion(ask_seconds, fit_seconds, effort):
    assert effort_after(ask_seconds, fit_seconds) == effort
