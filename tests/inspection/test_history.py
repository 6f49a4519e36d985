import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba

from skhp.exceptions import InvalidParameterError
from skhp.inspection import SearchHistoryDisplay
from tests.inspection._searches import KINDS, LAID_OUT, fitted


@pytest.mark.parametrize("kind", KINDS)
def test_every_search_can_be_drawn(kind):
    display = SearchHistoryDisplay.from_search(fitted(kind))
    if kind in LAID_OUT:
        display.figure_.draw_without_rendering()
    assert (display.line_ is None) == (kind == "nan")


def test_the_best_so_far_never_gets_worse_and_ends_at_the_best_score():
    search = fitted("conditional")
    best = SearchHistoryDisplay.from_search(search).best_scores
    assert (np.diff(best) >= 0).all()
    assert best[-1] == search.best_score_


def test_more_of_the_resource_counts_more_than_the_score():
    display = SearchHistoryDisplay.from_search(fitted("their halving"))
    top = display.resources == 9
    assert display.best_scores[-1] == display.scores[top].max()
    first = np.flatnonzero(top)[0]
    assert display.best_scores[first] == display.scores[first]


def test_failures_are_marked_and_counted():
    display = SearchHistoryDisplay.from_search(fitted("failing"))
    n_failed = np.isnan(display.scores).sum()
    _, labels = display.ax_.get_legend_handles_labels()
    assert n_failed
    assert f"failed ({n_failed})" in labels


def test_what_lost_the_race_is_no_failure():
    display = SearchHistoryDisplay.from_search(fitted("racing"))
    (marks,) = [
        points
        for points in display.ax_.collections
        if str(points.get_label()).startswith("given up in the race (")
    ]
    assert len(marks.get_offsets()) == np.isnan(display.scores).sum() > 0
    assert not np.isclose(marks.get_facecolor(), to_rgba("C3")).all()


def test_seconds_add_up_all_fits():
    search = fitted("grid")
    results = search.cv_results_
    x = SearchHistoryDisplay.from_search(search, x="seconds").x
    total = 3 * (results["mean_fit_time"] + results["mean_score_time"]).sum()
    assert (np.diff(x) > 0).all()
    assert x[-1] == pytest.approx(total)


def test_it_is_drawn_where_it_is_told_to_and_can_be_drawn_again():
    figure, (left, right) = plt.subplots(ncols=2)
    display = SearchHistoryDisplay.from_search(fitted("grid"), ax=left)
    assert (display.ax_, display.figure_) == (left, figure)
    assert display.plot(ax=right) is display
    assert display.ax_ is right
    assert plt.get_fignums() == [figure.number]


def test_another_metric_can_be_shown():
    display = SearchHistoryDisplay.from_search(fitted("metrics"), metric="up")
    assert display.ax_.get_ylabel() == "Mean test up"


def test_an_unknown_x_is_refused():
    with pytest.raises(InvalidParameterError, match="'candidate' or 'seconds'"):
        SearchHistoryDisplay.from_search(fitted("grid"), x="hours")
