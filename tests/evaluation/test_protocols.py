"""What the loop asks of workers and observers, and that those there are have it."""

import inspect

import numpy as np
import pytest

from skhp.evaluation import Loop, Observer, Record, Workers
from skhp.optimizers import Trial
from tests._toys import Scripted, Simulated, result_of


def public(cls):
    return {name for name in dir(cls) if not name.startswith("_")}


def subclasses(cls):
    for sub in cls.__subclasses__():
        yield sub
        yield from subclasses(sub)


def test_observer_that_hears_nothing_changes_nothing():
    def rows(observers):
        record = Record(2)
        Loop(Scripted(5), Simulated(2), record, observers=observers).run()
        return [[r.test_scores for r in row.results] for row in record.rows]

    assert rows([Observer()]) == rows([])


class Everything(Observer):
    """Writes down the name of all it is told."""

    hears_replay = True

    def __init__(self):
        self.heard = []

    def __getattribute__(self, name):
        if name in public(Observer) - {"hears_replay"}:
            self.heard.append(name)
        return super().__getattribute__(name)


def test_loop_tells_all_that_an_observer_may_hear():
    observer = Everything()
    loop = Loop(Scripted(2), Simulated(1), Record(1), observers=[observer])
    loop.run()
    loop.restart()
    trial = ["asked", "split_done", "trial_done"]
    assert observer.heard == ["started", *trial, *trial, "ended", "restarted"]
    in_races = {"dropped"}  # see test_races.py
    assert set(observer.heard) | in_races == public(Observer) - {"hears_replay"}


@pytest.mark.parametrize("hears_replay", [True, False])
def test_who_hears_replays_is_told_of_them(hears_replay):
    observer = Everything()
    observer.hears_replay = hears_replay
    record = Record(1)
    optimizer = Scripted(2)
    loop = Loop(optimizer, Simulated(1), record, observers=[observer])
    (trial,) = optimizer.ask(1)
    loop.replay_trial(trial, 0.0)
    loop.replay_result(0, 0, result_of(0.5))
    replayed = ["asked", "split_done", "trial_done"] if hears_replay else []
    assert observer.heard == replayed
    assert record.n_finished == 1


def test_observer_is_told_of_the_end_by_an_exception():
    class Breaks(Simulated):
        def collect(self):
            raise RuntimeError

    observer = Everything()
    with pytest.raises(RuntimeError):
        Loop(Scripted(2), Breaks(1), Record(1), observers=[observer]).run()
    assert observer.heard == ["started", "asked", "ended"]


def test_observers_override_what_there_is_and_take_what_they_are_given():
    import skhp.journal
    import skhp.search

    known = [cls for cls in subclasses(Observer) if cls.__module__.startswith("skhp.")]
    assert skhp.journal.Journal in known
    assert len(known) >= 4
    for cls in known:
        for name in public(Observer) - {"hears_replay", "dropped"}:
            declared = inspect.signature(getattr(Observer, name))
            found = inspect.signature(getattr(cls, name))
            assert list(found.parameters) == list(declared.parameters), (cls, name)


def test_workers_of_every_kind_have_what_is_asked_of_them():
    from skhp.workers._in_process import InProcessWorkers
    from skhp.workers._loky import LokyWorkers

    declared = public(Workers) | set(Workers.__annotations__)
    methods = {name for name in declared if callable(getattr(Workers, name, None))}
    for cls in (InProcessWorkers, LokyWorkers):
        assert methods <= public(cls), cls


def test_toys_have_what_a_loop_asks_for():
    record = Record(1)
    Loop(Scripted(1), Simulated(1), record).run()
    assert record.rows[0].trial.number == 0
    assert np.isfinite(record.best_score)
    assert isinstance(record.rows[0].trial, Trial)
