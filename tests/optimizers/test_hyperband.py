import heapq

import numpy as np
import pytest

from skhp.exceptions import InvalidParameterError
from skhp.optimizers import HyperbandOptimizer, Outcome, _configurations
from skhp.space import Space
from skhp.testing import check_optimizer

SPACE = Space({"x": (0.0, 1.0), "y": (1e-3, 1.0, "log-uniform"), "kind": ["a", "b"]})


def make(seed=0, **kwargs):
    settings = {"max_resources": 27, "sampler": "random", **kwargs}
    return HyperbandOptimizer(SPACE, random_state=seed, **settings)


def quality(trial):
    return -abs(trial.params["x"] - 0.3) - 1.0 / trial.resource


def simulate(optimizer, n_workers, score=quality, seed=0):
    """Run with workers whose fits take their resource, times a random factor."""
    rng = np.random.default_rng(seed)
    running, trials, now = [], [], 0.0
    while True:
        for trial in optimizer.ask(n_workers - len(running)):
            ends = now + trial.resource * rng.uniform(0.5, 2.0)
            heapq.heappush(running, (ends, trial.number, trial))
            trials.append(trial)
        if not running:
            assert optimizer.done
            return trials
        now, _, trial = heapq.heappop(running)
        optimizer.tell(trial, Outcome(np.array([score(trial)])))


@pytest.mark.slow
@pytest.mark.parametrize("asynchronous", [True, False])
@pytest.mark.parametrize("sampler", ["random", "bayes"])
def test_it_keeps_the_contract(asynchronous, sampler):
    def optimizer(seed):
        return make(seed, asynchronous=asynchronous, sampler=sampler, max_resources=9)

    check_optimizer(optimizer, space=SPACE, n_most=25)


@pytest.mark.parametrize("asynchronous", [True, False])
@pytest.mark.parametrize("n_workers", [1, 3, 100])
def test_the_plan_is_carried_out_whatever_the_workers(asynchronous, n_workers):
    optimizer = make(asynchronous=asynchronous)
    trials = simulate(optimizer, n_workers)
    assert len(trials) == optimizer.n_trials
    done = {}
    for trial in trials:
        key = trial.labels["bracket"], trial.labels["n_resources"]
        done[key] = done.get(key, 0) + 1
    assert done == {
        (bracket.number, amount): n
        for bracket in optimizer.brackets
        for n, amount in zip(bracket.n_candidates, bracket.n_resources, strict=True)
    }


@pytest.mark.parametrize("asynchronous", [True, False])
def test_a_promoted_trial_knows_the_rungs_below(asynchronous):
    trials = simulate(make(asynchronous=asynchronous), 3)
    assert any(len(trial.lower_resources) == 2 for trial in trials)
    for trial in trials:
        first = trials[trial.number if trial.origin is None else trial.origin]
        evaluated = [t for t in trials if first.number in (t.number, t.origin)]
        below = [t.resource for t in evaluated if t.resource < trial.resource]
        assert list(trial.lower_resources) == sorted(below)


@pytest.mark.parametrize("sampler", ["random", "bayes"])
def test_without_asynchrony_the_workers_make_no_difference(sampler):
    runs = [
        simulate(make(asynchronous=False, sampler=sampler), n, seed=n)
        for n in (1, 4, 50)
    ]
    described = [[(t.number, t.resource, dict(t.params)) for t in run] for run in runs]
    assert described[0] == described[1] == described[2]


def test_without_asynchrony_only_the_best_of_a_rung_go_on():
    trials = simulate(make(asynchronous=False), 4)
    first = [t for t in trials if t.labels["bracket"] == 3]
    entered = sorted((t for t in first if t.resource == 1), key=quality, reverse=True)
    promoted = {t.origin for t in first if t.resource == 3}
    assert promoted == {t.number for t in entered[: len(entered) // 3]}


def test_a_promotion_waits_for_nobody():
    optimizer = make()
    trials = optimizer.ask(4)
    for trial in trials[:3]:
        optimizer.tell(trial, Outcome(np.array([float(trial.number)])))
    (promoted,) = optimizer.ask(1)
    assert promoted.origin == 2
    assert promoted.resource == 3
    assert promoted.params == trials[2].params


def test_nan_is_never_promoted():
    trials = simulate(make(), 4, lambda t: np.nan if t.params["kind"] == "a" else 1.0)
    assert all(trial.params["kind"] == "b" for trial in trials if trial.origin)


def test_a_search_of_failures_ends():
    optimizer = make()
    trials = simulate(optimizer, 4, lambda trial: np.nan)
    assert len(trials) == sum(b.n_candidates[0] for b in optimizer.brackets)


def test_a_finite_space_is_drawn_from_once():
    space = Space({"a": list(range(7))})
    optimizer = HyperbandOptimizer(space, max_resources=27, random_state=0)
    trials = simulate(optimizer, 3, lambda trial: float(trial.params["a"]))
    assert sorted(t.params["a"] for t in trials if t.origin is None) == list(range(7))
    assert len(trials) == optimizer.n_trials


def test_the_surrogate_draws_near_what_was_good():
    def later(sampler):
        optimizer = make(sampler=sampler, max_resources=9, n_candidates=60)
        new = [t for t in simulate(optimizer, 1) if t.origin is None]
        return np.median([abs(t.params["x"] - 0.3) for t in new[30:]])

    assert later("bayes") < 0.5 * later("random")  # of a seeded run: 0.05 against 0.3


def test_an_unknown_sampler_is_refused():
    with pytest.raises(InvalidParameterError, match="'sampler' parameter"):
        make(sampler="grid")


def adopted_and_told(optimizer, events):
    """Have an optimizer adopt what another asked for, and tell it the same."""
    trials = []
    for what, trial in events:
        if what == "ask":
            trials.append(optimizer.adopt(trial.proposal))
        else:
            mine = trials[trial.number]
            optimizer.tell(mine, Outcome(np.array([quality(mine)])))
    return trials


def played(optimizer):
    """Return what is asked and told, with one worker."""
    events = []
    while not optimizer.done:
        for trial in optimizer.ask(1):
            events.append(("ask", trial))
            optimizer.tell(trial, Outcome(np.array([quality(trial)])))
            events.append(("tell", trial))
    return events


def params_of(events):
    return [trial.params for what, trial in events if what == "ask"]


@pytest.mark.parametrize("asynchronous", [True, False])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.8, 0.9, 0.97])
def test_taken_up_anywhere_it_goes_on_the_same(asynchronous, part):
    def fresh():
        return make(sampler="bayes", asynchronous=asynchronous, n_brackets=6)

    events = played(fresh())
    assert len({t.surrogate[0] for _, t in events if t.surrogate}) > 1  # two guides
    n = 2 * int(part * len(events) / 2)
    other = fresh()
    adopted_and_told(other, events[:n])
    assert params_of(played(other)) == params_of(events[n:])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_known", "asynchronous"),
    [(6, False), (9, True), (10, False), (10, True), (12, True)],
)
def test_a_space_that_was_found_to_be_used_up_is_taken_up(
    n_known, asynchronous, monkeypatch
):
    monkeypatch.setattr(_configurations, "MAX_ENUMERATED", 8)  # so that it is found out
    space = Space({"x": range(30)}, constraints=lambda params: params["x"] < 10)

    def fresh():
        return HyperbandOptimizer(
            space,
            max_resources=27,
            sampler="random",
            asynchronous=asynchronous,
            random_state=0,
        )

    one = fresh()
    events = played(one)
    assert one.exhausted
    assert sum(what == "ask" and t.origin is None for what, t in events) == 10
    other = fresh()
    adopted_and_told(other, events[: 2 * n_known])
    assert params_of(played(other)) == params_of(events[2 * n_known :])
