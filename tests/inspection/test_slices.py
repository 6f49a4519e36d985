import numpy as np
import pytest
from matplotlib import pyplot as plt

import skhp
from skhp.exceptions import InvalidParameterError
from skhp.inspection import SliceDisplay
from tests._toys import Echo, X, y
from tests.inspection._searches import KINDS, LAID_OUT, fitted


@pytest.mark.parametrize("kind", KINDS)
def test_every_search_can_be_drawn(kind):
    display = SliceDisplay.from_search(fitted(kind))
    if kind in LAID_OUT:
        display.figure_.draw_without_rendering()
    assert len(display.axes_) == len(display.axes) <= 12


def test_each_parameter_has_its_scale():
    display = SliceDisplay.from_search(fitted("conditional"))
    scales = dict(zip(display.axes, display.axes_, strict=True))
    assert scales["value"].get_xscale() == "log"
    assert scales["other"].get_xscale() == "linear"
    labels = [text.get_text() for text in scales["fails"].get_xticklabels()]
    assert labels == ["''", "none"]


def test_of_many_parameters_twelve_are_shown():
    display = SliceDisplay.from_search(fitted("200 parameters"))
    assert len(display.axes) == 12
    assert display.n_left_out == 188
    text = display.figure_.get_supxlabel()
    assert text == "188 more parameters are not shown"


def test_the_parameters_can_be_chosen():
    chosen = SliceDisplay.from_search(fitted("grid"), parameters=["value"])
    assert list(chosen.axes) == ["value"]
    for wrong in (["none"], "value", []):
        with pytest.raises(InvalidParameterError, match="which are 'value', 'other'"):
            SliceDisplay.from_search(fitted("grid"), parameters=wrong)


def test_what_never_differs_is_left_out():
    display = SliceDisplay.from_search(fitted("nan"))
    assert "other" not in display.axes
    assert display.figure_.get_supxlabel() == "1 more parameter is not shown"
    assert list(SliceDisplay.from_search(fitted("one")).axes) == ["value"]


def test_a_search_over_nothing_is_refused():
    search = skhp.GridSearchCV(Echo(), {}, cv=2).fit(X, y)
    with pytest.raises(InvalidParameterError, match="over at least one parameter"):
        SliceDisplay.from_search(search)


def test_panels_take_the_place_of_given_axes():
    figure, (left, right) = plt.subplots(ncols=2)
    place = left.get_position()
    display = SliceDisplay.from_search(fitted("grid"), ax=left)
    assert display.ax_ is left
    assert not left.axison
    assert all(panel.figure is figure for panel in display.axes_)
    assert max(panel.get_position().x1 for panel in display.axes_) <= place.x1 + 1e-9
    assert right.axison


def test_panels_take_the_place_of_axes_that_stand_anywhere():
    figure = plt.figure()
    ax = figure.add_axes((0.5, 0.5, 0.4, 0.4))
    display = SliceDisplay.from_search(fitted("200 parameters"), ax=ax)
    for panel in display.axes_:
        assert panel.get_position().x0 >= 0.5 - 1e-9
    assert not figure.get_supxlabel()


def test_far_outliers_do_not_squeeze_the_others():
    values = [*np.linspace(0.8, 0.9, 20), -1e9]
    search = skhp.GridSearchCV(Echo(), {"value": values}, cv=2).fit(X, y)
    panel = SliceDisplay.from_search(search).axes_[0]
    assert panel.get_ylim()[0] > 0.7
    assert "lower, down to -1e+09 (1)" in panel.get_legend_handles_labels()[1]
