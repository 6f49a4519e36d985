import time
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer

from skhp.ensembles._candidates import Candidates, FinishedSearch
from skhp.ensembles._fold_store import FoldStore
from skhp.evaluation import Job, Record, Task
from skhp.evaluation._fit_and_score import evaluate
from skhp.optimizers import Trial
from tests._toys import result_of

X = np.arange(12.0).reshape(12, 1)
y = np.array([0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1])
SPLITS = [(np.arange(6, 12), np.arange(6)), (np.arange(6), np.arange(6, 12))]


class Workers:
    """One worker, which counts what it is given."""

    n_slots = 1

    def __init__(self, job):
        self.job, self.batches = job, []

    def submit(self, batch):
        self.batches.append(batch)

    def collect(self):
        return [(task, evaluate(self.job, task)) for task in self.batches[-1]]


@pytest.fixture
def opened():
    return []


@pytest.fixture
def candidates(opened):
    """Two candidates of an earlier run, so that nothing is kept of them."""
    record = Record(2)
    for number, score in enumerate([0.5, 0.7]):
        trial = Trial(number, {"C": 10.0**number}, None)
        record.open(trial)
        for split in range(2):
            record.put(number, split, result_of(score))

    @contextmanager
    def open_workers(job):
        opened.append(Workers(job))
        yield opened[-1]

    with FoldStore(2, 10**6, has_labels=False) as store:
        store.watch(record)
        store.started()
        job = Job(
            LogisticRegression(),
            X,
            y,
            SPLITS,
            get_scorer("neg_log_loss"),
            keeping=store.for_workers(),
        )
        yield Candidates(store, FinishedSearch(job, record, 1, None, open_workers))


def test_the_winner_comes_first(candidates):
    assert candidates.winner == 1
    assert candidates.rivals(2) == [1, 0]


def test_what_is_missing_is_fitted_once(candidates, opened):
    candidates.fit_missing([1, 0])
    candidates.fit_missing([1, 0])
    assert len(opened) == 1
    assert len(opened[0].batches) == 4
    assert candidates.averageable([1, 0]) == [1, 0]


def test_what_cannot_be_fitted_in_time_is_left_out(candidates, opened, monkeypatch):
    finished = replace(candidates._finished, deadline=time.perf_counter() + 1000)
    late = Candidates(candidates.store, finished)
    late.fit_missing([1])
    monkeypatch.setattr(time, "perf_counter", lambda: finished.deadline)
    with pytest.warns(UserWarning, match="no time for 2 fits of candidates"):
        late.fit_missing([1, 0])
    assert len(opened) == 1
    assert late.averageable([1, 0]) == [1]


def test_the_mean_of_predictions_is_scored_as_the_search_scores(candidates):
    candidates.fit_missing([1, 0])
    found = candidates.score([1, 0], np.array([0, 1]))
    job, task = candidates.job, Task(candidates.record.rows[0].trial, 0)
    scores = [evaluate(job, Task(task.trial, split)).test_scores for split in range(2)]
    assert found == pytest.approx(np.mean(scores))
    assert not candidates.predicts_numbers


def test_costs_are_told_by_candidate(candidates):
    candidates.fit_missing([1, 0])
    one = candidates.cost({1: 1.0}, refitted=True)
    both = candidates.cost({1: 0.5, 0: 0.5}, refitted=False)
    assert (one["n_models"], both["n_models"]) == (1, 4)
    assert both["n_bytes"] == pytest.approx(4 * one["n_bytes"], rel=0.1)
