import numpy as np
import pytest

from skhp.evaluation import RefitTime
from skhp.optimizers import Trial
from tests._toys import filled_record, make_job, result_of

# The toy data have 12 rows, of which each split trains on 8.


class FewerRows:
    """A resource that is the number of rows to train on."""

    def rows(self, splits, task):
        train, test = splits[task.split]
        return train[: task.trial.resource], test


class SameRows:
    def rows(self, splits, task):
        return splits[task.split]


def estimate(trials, seconds, mean=0.0, job=None):
    """Return the estimate after trials with these seconds on two splits."""
    results = [
        [result_of(trial.number, fit_time=each)] * 2
        for trial, each in zip(trials, seconds, strict=True)
    ]
    record = filled_record(trials, results, 2)
    return RefitTime(job or make_job(), record).seconds(mean)


def test_it_grows_with_the_number_of_rows():
    assert estimate([Trial(0, {})], [2.0]) == 3.0


def test_it_is_that_of_the_best_candidate_and_no_less_than_average():
    trials = [Trial(0, {}), Trial(1, {})]  # the second is the best
    assert estimate(trials, [1.0, 4.0], mean=2.5) == 6.0
    assert estimate(trials, [4.0, 1.0], mean=2.5) == 3.75


def test_the_time_of_scoring_is_no_part_of_it():
    record = filled_record([Trial(0, {})], [[result_of(1.0, score_time=60.0)]], 1)
    assert RefitTime(make_job(), record).seconds(0.0) == 1.5


def test_it_follows_the_best_candidate():
    trials, results = [Trial(0, {}), Trial(1, {})], [[None], [None]]
    record = filled_record(trials, results, 1)
    expected = RefitTime(make_job(), record)
    assert expected.seconds(2.0) == 3.0
    record.put(0, 0, result_of(0.5, fit_time=4.0))
    assert expected.seconds(2.0) == 6.0
    record.put(1, 0, result_of(0.75, fit_time=8.0))
    assert expected.seconds(2.0) == 12.0


def test_fewer_rows_of_a_lower_rung_are_accounted_for():
    trials = [Trial(0, {}, resource=2)]
    assert estimate(trials, [1.0], job=make_job(resource=FewerRows())) == 6.0
    trials.append(Trial(1, {}, resource=4, origin=0))
    assert estimate(trials, [1.0, 2.0], job=make_job(resource=FewerRows())) == 6.0


def test_a_model_that_was_trained_further_is_trained_in_one_go():
    trials = [
        Trial(0, {}, resource=1),
        Trial(1, {}, resource=1),
        Trial(2, {}, resource=3, origin=0),
        Trial(3, {}, resource=9, origin=0),
    ]
    job = make_job(resource=SameRows())
    assert estimate(trials, [1.0, 50.0, 2.0, 6.0], job=job) == 1.5 * (1.0 + 2.0 + 6.0)


@pytest.mark.parametrize(
    "train",
    [slice(0, 8), np.arange(12) < 8, list(range(8)), range(8), np.arange(8)],
    ids=["slice", "mask", "list", "range", "numbers"],
)
def test_rows_may_be_chosen_in_any_way(train):
    job = make_job(splits=[(train, slice(8, 12))])
    record = filled_record([Trial(0, {})], [[result_of(1.0, fit_time=2.0)]], 1)
    assert RefitTime(job, record).seconds(0.0) == 3.0
