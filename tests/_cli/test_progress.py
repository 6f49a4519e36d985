import dataclasses
import io

import pytest

from skhp._cli._progress import SearchProgress
from skhp.evaluation import Row, Task
from skhp.optimizers import Trial
from tests._toys import result_of


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Shown:
    """What is shown of trials with these scores, by number, one each `seconds`."""

    def __init__(self, stream, scores, *, n_candidates=9, seconds=2.0, **kwargs):
        clock, self.stream = Clock(), stream
        self.progress = SearchProgress(stream, n_candidates, clock=clock, **kwargs)
        self.progress.started()
        for number, score in scores.items():
            clock.now += seconds
            results = [
                one if hasattr(one, "error") else result_of(one) for one in score
            ]
            trial = Trial(number, {})
            for split, result in enumerate(results):
                each = dataclasses.replace(
                    result, fit_time=seconds / len(results), score_time=0.0
                )
                assert self.progress.split_done(Task(trial, split), each) is False
            done = self.progress.trial_done(Row(trial, results, 0))
            assert done is False

    @property
    def lines(self):
        return self.stream.getvalue().splitlines()

    @property
    def updates(self):
        return self.stream.getvalue().split("\r\x1b[K")[1:]


def test_score_of_the_defaults_stays():
    assert Shown(io.StringIO(), {0: [0.25, 0.75]}).lines == [
        "  defaults  0.5000 ± 0.2500"
    ]


def test_files_and_pipes_get_a_line_now_and_then():
    scores = {number: [0.5] for number in range(16)}
    lines = Shown(io.StringIO(), scores, n_candidates=20).lines
    assert lines[1:] == [
        "  [ 4/20] best 0.5000 (defaults) | last 0.5000 | 2.0s each | 32.0s left",
        "  [ 9/20] best 0.5000 (defaults) | last 0.5000 | 2.0s each | 22.0s left",
        "  [14/20] best 0.5000 (defaults) | last 0.5000 | 2.0s each | 12.0s left",
    ]


def test_terminal_has_one_line_that_changes_in_its_place():
    shown = Shown(Terminal(), {0: [0.25], 1: [0.5], 2: [0.125]})
    assert shown.updates == [
        "  defaults  0.2500 ± 0.0000\n",
        "  [0/9] best 0.2500 (defaults) | last 0.2500 | 2.0s each | 18.0s left",
        "  [1/9] best 0.5000 (#1) | last 0.5000 | 2.0s each | 16.0s left",
        "  [2/9] best 0.5000 (#1) | last 0.1250 | 2.0s each | 14.0s left",
    ]


def test_line_of_a_terminal_changes_at_most_ten_times_a_second():
    scores = {number: [0.5] for number in range(1000)}
    updates = Shown(Terminal(), scores, seconds=0.001).updates
    assert 10 <= len(updates) <= 12


def test_closed_a_terminal_shows_no_line_any_more():
    shown = Shown(Terminal(), {0: [0.5]})
    shown.progress.close()
    assert shown.updates[-1] == ""


def test_closed_a_file_is_left_as_it_is():
    shown = Shown(io.StringIO(), {0: [0.5]})
    before = list(shown.lines)
    shown.progress.close()
    assert shown.lines == before


def test_defaults_need_not_be_the_first_to_finish():
    shown = Shown(Terminal(), {1: [0.5], 0: [0.5]})
    assert shown.updates[0].startswith("  [1/9] best 0.5000 (#1)")
    assert shown.updates[-1].startswith("  [1/9] best 0.5000 (defaults)")


def test_a_bound_of_candidates_is_not_shown():
    shown = Shown(Terminal(), {0: [0.5], 1: [0.5]}, n_candidates=None, deadline=60.0)
    assert shown.updates[-1] == (
        "  [1] best 0.5000 (defaults) | last 0.5000 | 2.0s each | 56.0s left"
    )


@pytest.mark.parametrize(
    "failed", [result_of(0.0, fit_error="E"), result_of(0.0, score_error="E")]
)
def test_failures_are_counted_and_never_the_best(failed):
    shown = Shown(Terminal(), {0: [0.5, 0.5], 1: [0.9, failed], 2: [0.25, 0.25]})
    assert "[1/9] best 0.5000 (defaults) | last nan | 1 failed" in shown.updates[-2]
    assert "[2/9] best 0.5000 (defaults) | last 0.2500 | 1 failed" in shown.updates[-1]


def test_best_is_not_claimed_where_nothing_has_a_score():
    failed = result_of(0.0, fit_error="E")
    assert "[1/9] best - | last nan" in Shown(Terminal(), {1: [failed]}).updates[-1]


def test_time_left_is_that_of_all_slots_and_without_the_start_of_the_workers():
    clock, stream = Clock(), Terminal()
    progress = SearchProgress(stream, 9, n_slots=2, clock=clock)
    progress.started()
    clock.now = 60.0
    trial, result = Trial(1, {}), result_of(0.5, fit_time=3.0, score_time=1.0)
    progress.split_done(Task(trial, 0), result)
    progress.trial_done(Row(trial, [result], 0))
    assert stream.getvalue().endswith(" | 2.0s each | 18.0s left")
