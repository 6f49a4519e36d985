import numpy as np
import pytest

from skhp.exceptions import InvalidParameterError
from skhp.inspection import ParallelCoordinatesDisplay
from skhp.inspection._parallel_coordinates import _broken, _ticks
from skhp.inspection._parameters import ParameterAxis
from tests.inspection._searches import KINDS, LAID_OUT, fitted


@pytest.mark.parametrize("kind", KINDS)
def test_every_search_can_be_drawn(kind):
    display = ParallelCoordinatesDisplay.from_search(fitted(kind))
    if kind in LAID_OUT:
        display.figure_.draw_without_rendering()
    assert (display.lines_ is None) == (kind == "nan")
    assert len(display.axes) <= 10


def test_each_candidate_is_a_line_the_best_one_last():
    search = fitted("conditional")
    display = ParallelCoordinatesDisplay.from_search(search)
    lines = display.lines_.get_segments()
    order = np.argsort(search.cv_results_["mean_test_score"], kind="stable")
    assert len(lines) == len(order)
    values = list(display.axes).index("value")
    for line, row in zip(lines, order, strict=True):
        share = display.axes["value"].shares[row]
        assert line[values, 1] == pytest.approx(share, abs=0.02)
    assert [line[-1, 1] for line in lines] == sorted(line[-1, 1] for line in lines)
    assert lines[-1][-1, 1] == 1.0


def test_what_is_not_set_goes_through_a_place_above_the_range():
    search = fitted("conditional")
    display = ParallelCoordinatesDisplay.from_search(search)
    column = list(display.axes).index("other")
    order = np.argsort(search.cv_results_["mean_test_score"], kind="stable")
    for line, row in zip(display.lines_.get_segments(), order, strict=True):
        is_set = "other" in search.cv_results_["params"][row]
        assert (line[column, 1] > 1.1) == (not is_set)


def test_candidates_without_a_score_are_not_drawn():
    search = fitted("failing")
    lines = ParallelCoordinatesDisplay.from_search(search).lines_
    n_known = np.isfinite(search.cv_results_["mean_test_score"]).sum()
    assert len(lines.get_segments()) == n_known < 8


def test_parameters_are_shown_in_the_order_asked_for():
    names = ["value", "other"]
    display = ParallelCoordinatesDisplay.from_search(fitted("grid"), parameters=names)
    assert list(display.axes) == names
    labels = [text.get_text() for text in display.ax_.get_xticklabels()]
    assert labels == [*names, "Mean test score"]
    with pytest.raises(InvalidParameterError, match="must be None or a list of"):
        ParallelCoordinatesDisplay.from_search(fitted("grid"), parameters=["C"])


@pytest.mark.parametrize(
    ("scale", "ends", "texts"),
    [
        ("log", (0.01, 100.0), ["0.01", "0.1", "1", "10", "100"]),
        ("log", (2.0, 5.0), ["2", "5"]),
        ("linear", (0.0, 1.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ("linear", (1.0, 4.0), ["1", "2", "3", "4"]),
        ("linear", (-50001.0, -49999.0), ["-50001", "-50000", "-49999"]),
    ],
)
def test_ticks_are_round_numbers_within_the_range(scale, ends, texts):
    places = np.array([1.0, 3.0]) if ends == (1.0, 4.0) else np.array([0.5, 2.5])
    axis = ParameterAxis("C", scale, places, ends, {}, 2)
    assert list(_ticks(axis)) == texts


def test_long_names_are_broken_after_underscores():
    assert _broken("a_rather_long_name_of_a_parameter") == (
        "a_rather_long_\nname_of_a_\nparameter"
    )
    assert _broken("C") == "C"
