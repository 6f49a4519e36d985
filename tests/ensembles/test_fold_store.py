import os

import numpy as np
import pytest

from skhp.ensembles._fold_store import FoldStore
from skhp.ensembles._keeping import KeptFold
from skhp.ensembles._predictions import Prediction
from skhp.evaluation import Record, Task
from skhp.optimizers import Trial
from tests._toys import result_of


def trial(number, **kwargs):
    return Trial(number, {"C": number}, None, **kwargs)


class Search:
    """The part of a search that a store sees: two splits, files of 10 bytes."""

    def __init__(self, store):
        self.store, self.record = store, Record(2)
        store.watch(self.record)
        store.started()

    def finish(self, number, score, *, kept=True, **kwargs):
        """Finish a trial on both splits."""
        new = trial(number, **kwargs)
        rows = [] if self.record.open(new) else self.record.settle_repeats()
        for split in range(2) if new.repeats is None else ():
            content = KeptFold(10, 8, b"0123456789") if kept else None
            result = result_of(score, kept=content)
            self.store.split_done(Task(new, split), result)
            rows = self.record.put(number, split, result)
        for row in rows:
            self.store.trial_done(row)


def files(store):
    return len(os.listdir(store.for_workers().folder))


@pytest.fixture
def store():
    with FoldStore(2, 1000, has_labels=False) as store:
        yield store


def test_the_best_are_kept_and_all_others_dropped(store):
    search = Search(store)
    for number, score in enumerate([0.5, 0.1, 0.7, float("nan"), 0.6]):
        search.finish(number, score)
        assert files(store) == 2 * len(store.leaders(0))
    assert store.leaders(0) == [2, 4]


def test_of_equal_scores_the_earlier_is_kept(store):
    search = Search(store)
    for number in range(4):
        search.finish(number, 0.5)
    assert store.leaders(0) == [0, 1]


def test_a_candidate_that_repeats_another_is_no_rival(store):
    search = Search(store)
    search.finish(0, 0.5)
    search.finish(1, 0.5, repeats=0)
    assert store.leaders(0) == [0]


def test_under_a_limit_fewer_are_kept_and_the_best_always():
    with FoldStore(3, 45, has_labels=False) as store:
        search = Search(store)
        for number in range(4):
            search.finish(number, 0.5 + number / 10)
        assert store.leaders(0) == [3, 2]
        assert store.n_dropped_for_room
    with FoldStore(3, 5, has_labels=False) as store:
        search = Search(store)
        search.finish(0, 0.5)
        search.finish(1, 0.4)
        assert store.leaders(0) == [0]


def test_candidates_of_an_earlier_run_compete_but_their_models_are_missing(store):
    search = Search(store)
    search.finish(0, 0.9)
    with FoldStore(2, 1000, has_labels=False) as later:
        later.watch(search.record)
        later.started()
        assert later.leaders(0) == [0]
        assert later.missing(0, 2) == [0, 1]


def test_nothing_is_left_when_it_is_closed(store):
    search = Search(store)
    search.finish(0, 0.9)
    folder = store.for_workers().folder
    assert os.path.exists(folder)
    store.__exit__(None, None, None)
    assert not os.path.exists(folder)


def test_it_knows_why_nothing_was_kept(store):
    result = result_of(0.5, kept=KeptFold(error="Traceback\nTypeError: not me\n"))
    store.split_done(Task(trial(0), 0), result)
    assert store.why_not(0) == "TypeError: not me"
    assert store.folds(0) == {}


@pytest.mark.parametrize(("limit", "n_files"), [(10**6, 0), (100, 2)])
def test_models_of_this_process_are_written_only_if_they_are_large(
    store, monkeypatch, limit, n_files
):
    monkeypatch.setattr("skhp.ensembles._fold_store._MEMORY_BYTES", limit)
    record, one = Record(2), trial(0)
    store.watch(record)
    record.open(one)
    for split in range(2):
        live = Prediction("predict", np.arange(3.0) + split), {"a model": split}
        result = result_of(0.5, kept=KeptFold(live=live))
        store.split_done(Task(one, split), result)
        rows = record.put(0, split, result)
    store.trial_done(rows[0])
    assert files(store) == n_files
    assert store.model(0, 1) == {"a model": 1}
    assert store.prediction(0, 1).values.tolist() == [1, 2, 3]
    assert store.model_size(0) > 10
    store.drop(0)
    assert files(store) == 0
