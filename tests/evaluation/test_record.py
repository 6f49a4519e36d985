import numpy as np
import pytest

from skhp.evaluation import Record
from skhp.optimizers import Trial
from tests._toys import filled_record, result_of


def trial(number, repeats=None):
    return Trial(number, {"value": number}, repeats=repeats)


def record_of(scores):
    """Return a record of one split with these scores, entered in this order."""
    trials = [trial(i) for i in range(len(scores))]
    return filled_record(trials, [[result_of(score)] for score in scores], 1)


def test_a_row_is_complete_when_its_last_split_is_in():
    record = Record(n_splits=3)
    assert record.open(trial(0))
    assert record.put(0, 2, result_of(1.0)) == []
    assert record.put(0, 0, result_of(2.0)) == []
    (row,) = record.put(0, 1, result_of(3.0))
    assert record.n_finished == 1
    np.testing.assert_array_equal(record.outcome(row).scores, [2.0, 3.0, 1.0])


def test_repeat_of_a_running_trial_is_completed_with_it():
    record = Record(n_splits=1)
    assert record.open(trial(0))
    assert record.open(trial(1))
    assert not record.open(trial(2, repeats=0))
    assert record.settle_repeats() == []
    rows = record.put(0, 0, result_of(1.0))
    assert [row.trial.number for row in rows] == [0, 2]
    assert record.rows[2].results == record.rows[0].results


def test_repeat_of_a_finished_trial_is_settled_once():
    record = Record(n_splits=1)
    record.open(trial(0))
    record.put(0, 0, result_of(1.0))
    assert not record.open(trial(1, repeats=0))
    assert [row.trial.number for row in record.settle_repeats()] == [1]
    assert record.settle_repeats() == []
    assert record.n_finished == 2


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([1.0, 3.0, 2.0], 1),
        ([np.nan, 2.0, np.nan], 1),
        ([2.0, 2.0], 0),
        ([-np.inf, np.nan], 0),
        ([np.inf, np.inf], 0),
        ([np.nan, np.nan], None),
    ],
)
def test_best_is_the_first_of_the_greatest_and_never_nan(scores, best):
    found = record_of(scores).best
    assert (found and found.trial.number) == best


def test_of_equals_the_one_asked_first_is_best_whoever_finished_first():
    record = Record(n_splits=1)
    for number in range(2):
        record.open(trial(number))
    record.put(1, 0, result_of(1.0))
    record.put(0, 0, result_of(1.0))
    assert record.best.trial.number == 0


def test_failed_split_makes_the_outcome_failed_and_its_mean_nan():
    failed = result_of(0.0, fit_error="Traceback: no")
    record = filled_record([trial(0)], [[result_of(5.0), failed]], 2)
    outcome = record.outcome(record.rows[0])
    assert (outcome.status, outcome.error) == ("failed", "Traceback: no")
    np.testing.assert_array_equal(outcome.scores, [5.0, np.nan])
    assert np.isnan(outcome.mean)


@pytest.mark.parametrize(("error_score", "best"), [(np.nan, 1), (-1.0, 1), (9.0, 0)])
def test_a_failed_fit_counts_with_its_error_score(error_score, best):
    failed = result_of(error_score, fit_error="Traceback: no")
    record = filled_record([trial(0), trial(1)], [[failed], [result_of(2.0)]], 1)
    assert record.best.trial.number == best
    assert record.best_score == max(2.0, np.nan_to_num(error_score))


class Tens:
    """Levels of ten trials each."""

    top = 9
    unsettled = None

    def of(self, trial):
        return trial.number // 10


@pytest.mark.parametrize(
    ("unsettled", "best"), [(None, 21), (2, 15), (1, 21), (0, 21), (3, 21)]
)
def test_best_is_on_the_highest_level_that_is_settled(unsettled, best):
    scores = {0: 9.0, 15: 5.0, 16: 4.0, 20: 1.0, 21: 2.0, 30: np.nan}
    record = Record(1, levels=Tens())
    for number in range(31):
        record.open(trial(number))
        record.put(number, 0, result_of(scores.get(number, 0.0)))
    record.levels.unsettled = unsettled
    assert record.best.trial.number == best


def test_an_unsettled_level_counts_if_there_is_no_other():
    record = record_of([1.0, 3.0])
    assert record.levels.of(record.rows[0].trial) == 0
    record.levels.unsettled = 0
    assert record.best.trial.number == 1


@pytest.mark.parametrize(("metric", "mean"), [("b", 3.0), ("a", 1.5), (None, 1.5)])
def test_mean_score_is_that_of_one_metric(metric, mean):
    results = [result_of({"a": 1.0, "b": 2.0}), result_of({"a": 2.0, "b": 4.0})]
    record = filled_record([trial(0)], [results], 2)
    assert record.rows[0].mean_score(metric) == mean


def test_a_row_that_lacks_a_fit_has_no_mean_score():
    record = Record(n_splits=2)
    record.open(trial(0))
    record.put(0, 1, result_of(1.0))
    assert np.isnan(record.rows[0].mean_score(None))


@pytest.mark.parametrize(
    ("objective", "expected"), [("b", 2.0), ("a", 1.0), (None, 1.0)]
)
def test_objective_says_which_metric_the_optimizer_sees(objective, expected):
    record = filled_record(
        [trial(0)], [[result_of({"a": 1.0, "b": 2.0})]], 1, objective
    )
    assert record.outcome(record.rows[0]).mean == expected


def test_first_metric_is_that_of_the_first_result():
    record = filled_record(
        [Trial(0, {}), Trial(1, {}), Trial(2, {})],
        [
            [result_of({"b": 0.5, "a": 9.0})],
            [result_of({"a": 9.0, "b": 0.75})],
            [result_of({"a": 9.0})],
        ],
        1,
    )
    means = [record.outcome(row).mean for row in record.rows]
    np.testing.assert_equal(means, [0.5, 0.75, np.nan])
    assert record.best.trial.number == 1
    assert record.best_score == 0.75


def test_outcome_holds_the_mean_fit_time():
    results = [result_of(1.0, fit_time=2.0), result_of(1.0, fit_time=4.0)]
    record = filled_record([trial(0)], [results], 2)
    assert record.outcome(record.rows[0]).fit_seconds == 3.0


def test_the_order_of_events_is_known():
    record = Record(n_splits=1)
    record.open(trial(0))
    record.open(trial(1))
    record.put(1, 0, result_of(1.0))
    record.extended(5)
    record.open(trial(2, repeats=1))
    record.settle_repeats()
    record.put(0, 0, result_of(1.0))
    assert [row.asked_after for row in record.rows] == [0, 0, 1]
    assert [row.finished_as for row in record.rows] == [2, 0, 1]
    assert record.extensions == [[2, 1, 5]]


def test_times_have_the_digits_of_32_bits():
    record = Record(n_splits=1)
    record.open(trial(0))
    (row,) = record.put(0, 0, result_of(1.0, fit_time=1 / 3, score_time=0.1))
    seconds = [row.results[0].fit_time, row.results[0].score_time]
    assert all(type(s) is float and s == np.float32(s) for s in seconds)
    np.testing.assert_allclose(seconds, [1 / 3, 0.1], rtol=1e-7)
