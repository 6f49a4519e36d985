"""The effort of a proposal follows what it costs, and what an evaluation costs."""

import itertools
from types import SimpleNamespace

import pytest

from skhp import BayesSearchCV
from skhp.evaluation import Row, SplitResult
from skhp.optimizers import Trial
from skhp.search._effort import EffortGovernor
from tests._toys import Echo, X, y

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


@pytest.mark.parametrize(
    ("seed", "n_points", "is_governed"),
    [(None, None, True), (0, None, False), (None, 2, False)],
)
def test_only_a_search_that_is_not_to_be_reproduced_is_governed(
    seed, n_points, is_governed
):
    search = BayesSearchCV(
        Echo(), {"value": (0.0, 1.0)}, n_iter=3, random_state=seed, n_points=n_points
    )
    strategy = search.fit(X, y)._state.strategy
    governors = [o for o in strategy.observers if isinstance(o, EffortGovernor)]
    assert len(governors) == is_governed


def test_a_running_search_spends_less_on_proposals_that_are_dear(monkeypatch):
    efforts, seconds = [], itertools.count(0.0)
    # Each proposal takes a second by this clock, and so does each fit
    monkeypatch.setattr("time.perf_counter", lambda: next(seconds))
    BayesSearchCV(
        Echo(),
        {"value": (0.0, 1.0)},
        n_iter=6,
        cv=2,
        callbacks=lambda s: efforts.append(s._session.optimizer.effort),
    ).fit(X, y)
    assert efforts[0] == 2
    assert efforts[-1] == 0
