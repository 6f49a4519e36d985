import re

import numpy as np
import pytest

from skhp.evaluation import Progress, Record, Task
from skhp.evaluation._progress import _duration
from skhp.optimizers import Trial

from ._toys import result_of

PARAMS = {"b": "x", "a": 1}


def lines_of(capsys, verbose, scores, n_trials=2, seconds=2.0, n_splits=1):
    """Return what is printed of trials with these results, one each `seconds`."""
    now = iter(np.arange(100) * seconds)
    record = Record(n_splits)
    progress = Progress(record, verbose, n_trials, clock=lambda: next(now))
    for number, score in enumerate(scores):
        trial = Trial(number, {**PARAMS, "a": number})
        record.open(trial)
        progress.asked(trial, 0.0)
        for k in range(n_splits):
            result = score if hasattr(score, "error") else result_of(score)
            progress.split_done(Task(number, k, trial.params), result)
            for row in record.put(number, k, result):
                progress.trial_done(row)
    return capsys.readouterr().out.splitlines()


def test_silence_by_default(capsys):
    assert lines_of(capsys, 0, [0.5, 0.6]) == []


def test_a_line_for_each_candidate(capsys):
    assert lines_of(capsys, 1, [0.5, 0.25]) == [
        "Fitting 1 folds for each of 2 candidates, totalling 2 fits",
        "[1/2] best 0.5 (#0) | last 0.5 | 2.0s each | 2.0s left",
        "[2/2] best 0.5 (#0) | last 0.25 | 2.0s each",
    ]


def test_number_of_candidates_may_be_unknown(capsys):
    lines = lines_of(capsys, 1, [0.5], n_trials=None)
    assert lines == ["[1/?] best 0.5 (#0) | last 0.5 | 2.0s each"]


def test_best_is_not_claimed_where_all_failed(capsys):
    failed = result_of(0.0, fit_error="Traceback")
    assert "best - | last nan" in lines_of(capsys, 1, [failed])[-1]


@pytest.mark.parametrize(
    ("verbose", "expected"),
    [
        (2, "[CV] END a=0, b=x; total time=1.5s"),
        (3, "[CV 1/1] END a=0, b=x;, score=0.500 total time=1.5s"),
        (10, "[CV 1/1; 1/2] END a=0, b=x;, score=0.500 total time=1.5s"),
    ],
)
def test_a_line_for_each_fit(capsys, verbose, expected):
    lines = lines_of(capsys, verbose, [0.5])
    assert expected in lines
    assert ("[candidate 1] START a=0, b=x" in lines) == (verbose > 9)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (result_of(0.5, train=0.75), ", score=(train=0.750, test=0.500)"),
        (result_of({"v": 1.0, "u": 0.5}), " u: (test=0.500) v: (test=1.000)"),
        (result_of({"u": 0.5}, train={"u": 1.0}), " u: (train=1.000, test=0.500)"),
    ],
)
def test_scores_of_a_fit_are_written_as_scikit_learn_does(capsys, result, expected):
    assert expected in lines_of(capsys, 3, [result])[1]


def test_every_line_is_of_one_width_of_numbers(capsys):
    lines = lines_of(capsys, 1, [0.5] * 12, n_trials=12)[1:]
    assert [re.match(r"\[( ?\d+)/12\]", line)[1] for line in lines] == [
        f"{i:2d}" for i in range(1, 13)
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00s"),
        (0.123, "0.12s"),
        (3.44, "3.4s"),
        (59.94, "59.9s"),
        (59.99, "1m00s"),
        (60, "1m00s"),
        (310, "5m10s"),
        (3599.6, "1h00m"),
        (7500, "2h05m"),
        (360000, "100h00m"),
    ],
)
def test_durations_are_written_as_people_say_them(seconds, text):
    assert _duration(seconds) == text
