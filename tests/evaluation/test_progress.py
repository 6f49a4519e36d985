import io
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from skhp.evaluation import Progress, Record, Task
from skhp.evaluation._progress import _duration, _NotebookLine
from skhp.optimizers import Trial
from tests._toys import result_of

PARAMS = {"b": "x", "a": 1}


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def of(n_trials):
    """Return what knows of so many trials."""
    return SimpleNamespace(n_trials=n_trials)


def lines_of(capsys, verbose, scores, n_trials=2, seconds=2.0, n_splits=1):
    """Return what is printed of trials with these results, one each `seconds`."""
    clock, record = Clock(), Record(n_splits)
    progress = Progress(record, verbose, of(n_trials), clock=clock)
    progress.started()
    for number, score in enumerate(scores):
        clock.now += seconds
        trial = Trial(number, {**PARAMS, "a": number})
        record.open(trial)
        progress.asked(trial, 0.0)
        for k in range(n_splits):
            result = score if hasattr(score, "error") else result_of(score)
            progress.split_done(Task(trial, k), result)
            for row in record.put(number, k, result):
                progress.trial_done(row)
    return capsys.readouterr().out.splitlines()


def test_silence_by_default(capsys):
    assert lines_of(capsys, 0, [0.5, 0.6]) == []


def test_a_line_for_each_candidate(capsys):
    assert lines_of(capsys, 1, [0.5, 0.25]) == [
        "Fitting 1 folds for each of 2 candidates, totalling 2 fits",
        "[1/2] best 0.5 (#0) | last 0.5 | 1.5s each | 1.5s left",
        "[2/2] best 0.5 (#0) | last 0.25 | 2.0s each",
    ]


def test_number_of_candidates_may_be_unknown(capsys):
    lines = lines_of(capsys, 1, [0.5], n_trials=None)
    assert lines == ["[1/?] best 0.5 (#0) | last 0.5 | 1.5s each"]


def test_best_is_not_claimed_where_all_failed(capsys):
    failed = result_of(float("nan"), fit_error="Traceback")
    assert "best - | last nan | 1 failed" in lines_of(capsys, 1, [failed])[-1]


def run_on(clock, record, progress, scores):
    for score in scores:
        trial = Trial(len(record.rows), {"a": len(record.rows)})
        record.open(trial)
        clock.now += 2.0
        result = result_of(score)
        progress.split_done(Task(trial, 0), result)
        for row in record.put(trial.number, 0, result):
            progress.trial_done(row)


def test_time_left_counts_only_what_this_run_has_done(capsys):
    clock, record = Clock(), Record(1)
    silent = Progress(record, 0, of(10), clock=clock)
    run_on(clock, record, silent, [0.5] * 6)  # of an earlier run
    clock.now = 1000.0
    progress = Progress(record, 1, of(10), clock=clock)
    progress.started()
    run_on(clock, record, progress, [0.7, 0.6])
    lines = capsys.readouterr().out.splitlines()[1:]
    assert lines == [
        "[ 7/10] best 0.7 (#6) | last 0.7 | 1.5s each | 4.5s left",
        "[ 8/10] best 0.7 (#6) | last 0.6 | 2.0s each | 4.0s left",
    ]


def test_time_left_is_that_of_all_slots_and_without_the_start_of_the_workers(capsys):
    clock, record = Clock(), Record(1)
    progress = Progress(record, 1, of(10), n_slots=3, clock=clock)
    progress.started()
    clock.now = 60.0
    run_on(clock, record, progress, [0.5])
    assert capsys.readouterr().out.endswith(" | 0.50s each | 4.5s left\n")


def test_no_less_than_nothing_is_left(capsys):
    clock, record, optimizer = Clock(), Record(1), of(2)
    progress = Progress(record, 1, optimizer, clock=clock)
    progress.started()
    optimizer.n_trials = 1  # as where no more are found
    run_on(clock, record, progress, [0.5, 0.5])
    assert " left" not in "".join(capsys.readouterr().out.splitlines()[-2:])


@pytest.mark.parametrize(
    ("n_trials", "left"), [(99, "5.0s"), (2, "1.5s"), (None, "5.0s")]
)
def test_time_left_is_that_of_the_budget_where_it_is_less(capsys, n_trials, left):
    clock, record = Clock(), Record(1)
    progress = Progress(record, 1, of(n_trials), clock=clock, deadline=7.0)
    progress.started()
    run_on(clock, record, progress, [0.5])
    assert capsys.readouterr().out.splitlines()[-1].endswith(f" | {left} left")


def test_amount_of_the_resource_is_said_of_scores_that_cannot_be_compared(capsys):
    record = Record(1)
    progress = Progress(record, 1, of(2), clock=Clock())
    progress.started()
    for number, (score, amount) in enumerate([(0.75, 81), (0.5, 27)]):
        record.open(Trial(number, {}, resource=amount))
        for row in record.put(number, 0, result_of(score)):
            progress.trial_done(row)
    assert (
        capsys.readouterr()
        .out.splitlines()[-1]
        .startswith(
            "[2/2] best 0.75 (#0, n_resources=81) | last 0.5 (n_resources=27) | "
        )
    )


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_terminal_has_one_line_that_changes_in_its_place(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    clock, record = Clock(), Record(1)
    progress = Progress(record, 1, of(3), clock=clock)
    progress.started()
    run_on(clock, record, progress, [0.5, 0.75, 0.25])
    progress.ended()
    header, *updates = sys.stdout.getvalue().split("\r\x1b[K")
    assert header == "Fitting 1 folds for each of 3 candidates, totalling 3 fits\n"
    assert updates[0] == "[1/3] best 0.5 (#0) | 1.5s each | 3.0s left"
    assert updates[-1] == "[3/3] best 0.75 (#1) | 2.0s each\n"
    assert "\n" not in "".join(updates[:-1])


def test_line_of_a_terminal_changes_at_most_ten_times_a_second(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    clock, record = Clock(), Record(1)
    progress = Progress(record, 1, of(1000), clock=clock)
    progress.started()
    for i in range(1000):
        trial = Trial(i, {"a": i})
        record.open(trial)
        clock.now += 0.001
        for row in record.put(i, 0, result_of(float(i))):
            progress.trial_done(row)
    progress.ended()
    updates = sys.stdout.getvalue().split("\r\x1b[K")[1:]
    assert 9 <= len(updates) <= 12
    assert updates[-1].startswith("[1000/1000] best 999 ")


class Display:
    """A notebook's `display`, whose outputs can be updated."""

    def __init__(self):
        self.outputs, self.n_updates = [], 0

    def __call__(self, data, *, raw, display_id):
        assert raw
        assert display_id
        self.outputs.append(data)
        return self

    def update(self, data, *, raw):
        self.outputs[-1] = data
        self.n_updates += 1


def test_notebook_has_one_output_of_one_line_that_changes_in_its_place():
    display = Display()
    line = _NotebookLine(display)
    for n in range(5):
        line.show(n / 4, f"[{n}/4] best 1")
        (output,) = display.outputs
        bar = "█" * 5 * n + "░" * (20 - 5 * n)
        assert output == {"text/plain": f"{bar} [{n}/4] best 1"}
    line.close()
    assert display.n_updates == 4


def test_notebook_shows_the_scores_at_the_end_of_the_line_from_the_third_on():
    display = Display()
    for scores, history in (([0.5, 0.75], ""), ([0.5, np.nan, 0.75], " | ▁·█")):
        _NotebookLine(display).show(None, "[4/?] best 1", scores)
        assert display.outputs[-1] == {"text/plain": f"[4/?] best 1{history}"}


class ZMQInteractiveShell:
    """What a kernel runs; that of Colab is a subclass."""


class Shell(ZMQInteractiveShell):
    pass


@pytest.mark.parametrize("shell", [ZMQInteractiveShell(), Shell()])
def test_every_kernel_is_taken_for_a_notebook(shell, monkeypatch, capsys):
    display = Display()
    ipython = SimpleNamespace(
        get_ipython=lambda: shell, display=SimpleNamespace(display=display)
    )
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    clock, record = Clock(), Record(1)
    progress = Progress(record, 1, of(2), clock=clock)
    progress.started()
    run_on(clock, record, progress, [0.5, 0.75])
    progress.ended()
    (output,) = display.outputs
    assert output["text/plain"].endswith(" [2/2] best 0.75 (#1) | 2.0s each")
    assert capsys.readouterr().out.count("\n") == 1  # what is fitted


def test_notebook_has_no_bar_where_the_number_of_candidates_is_unknown():
    display = Display()
    _NotebookLine(display).show(None, "[4/?] best 1")
    assert display.outputs == [{"text/plain": "[4/?] best 1"}]


def test_line_is_cut_to_the_width_of_the_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "20")
    clock, record = Clock(), Record(1)
    progress = Progress(record, 1, of(3), clock=clock)
    progress.started()
    run_on(clock, record, progress, [0.5])
    assert sys.stdout.getvalue().endswith("\r\x1b[K[1/3] best 0.5 (#0)")


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


def test_what_is_wanted_is_read_when_the_search_starts(capsys):
    record, optimizer = Record(2), of(3)
    progress = Progress(record, 1, optimizer)
    assert capsys.readouterr().out == ""
    optimizer.n_trials = 5  # as when a search is extended
    progress.started()
    assert capsys.readouterr().out == (
        "Fitting 2 folds for each of 5 candidates, totalling 10 fits\n"
    )
