import re

import numpy as np
import pytest
from matplotlib import pyplot as plt

import skhp
from skhp.exceptions import InvalidParameterError
from skhp.inspection import PartialDependenceDisplay, SliceDisplay
from skhp.inspection._averages import Averages
from tests._toys import Echo, X, y
from tests.inspection._searches import KINDS, LAID_OUT, fitted, random

FEW = [kind for kind in KINDS if kind not in ("one split", "metrics", "theirs")]


@pytest.mark.parametrize("kind", FEW)
def test_every_search_can_be_drawn(kind):
    names = list(SliceDisplay.from_search(fitted(kind)).axes)[:1]
    display = PartialDependenceDisplay.from_search(fitted(kind), names)
    if kind in LAID_OUT:
        display.figure_.draw_without_rendering()
    if display.averages is None:
        assert display.problem in [text.get_text() for text in display.ax_.texts]


@pytest.mark.parametrize("kind", ["grid", "conditional", "200 parameters"])
def test_two_parameters_have_a_mean_and_a_deviation(kind):
    search = fitted(kind)
    names = list(SliceDisplay.from_search(search).axes)[:2]
    display = PartialDependenceDisplay.from_search(search, names)
    assert len(display.axes_) == 2
    assert display.axes_[0].get_xlabel() == names[0]
    assert display.axes_[0].get_ylabel() == names[1]
    assert not display.ax_.axison


@pytest.fixture(scope="module")
def conditional():
    space = {
        "fails": ["", "none"],
        "value": skhp.Real(1, 2, when={"fails": "none"}),
        "other": skhp.Real(1, 100, "log-uniform", when={"fails": ""}),
    }
    return random(space, Echo(), n_iter=16).fit(X, y)


def test_a_curve_and_what_is_not_set_are_drawn_on_the_scale_of_the_space(conditional):
    display = PartialDependenceDisplay.from_search(conditional, ["other"])
    labels = display.ax_.get_legend_handles_labels()[1]
    assert {"candidate", "best", "model, mean", "± its deviation"} <= set(labels)
    assert display.ax_.get_xscale() == "log"


def test_categories_have_marks(conditional):
    display = PartialDependenceDisplay.from_search(conditional, ["fails"])
    labels = display.ax_.get_legend_handles_labels()[1]
    assert "model, mean ± deviation" in labels


def test_parameters_that_are_never_set_together_say_so(conditional):
    display = PartialDependenceDisplay.from_search(conditional, ["value", "other"])
    texts = [panel.texts[0].get_text() for panel in display.axes_]
    assert texts == ["They are never set together."] * 2


def test_scales_are_set_along_both_axes(conditional):
    display = PartialDependenceDisplay.from_search(conditional, ["fails", "other"])
    for panel in display.axes_:
        assert panel.get_yscale() == "log"
        assert [t.get_text() for t in panel.get_xticklabels()] == ["''", "none"]


def test_a_choice_that_goes_with_a_number_has_a_row_of_its_own(conditional):
    display = PartialDependenceDisplay.from_search(conditional, ["value", "fails"])
    (mesh,) = (c for c in display.axes_[0].collections if c.get_array() is not None)
    assert mesh.get_array().shape == (2, 15)
    assert np.isfinite(mesh.get_array().filled(np.nan)).all(axis=1).tolist() == [
        False,
        True,
    ]
    assert mesh.get_coordinates()[:, 0, 1].tolist() == [-0.5, 0.5, 1.5]


@pytest.mark.parametrize("wrong", ["value", [], ["value", "other", "value"], ["none"]])
def test_other_parameters_are_refused(wrong):
    with pytest.raises(InvalidParameterError, match="'parameters' parameter of Part"):
        PartialDependenceDisplay.from_search(fitted("grid"), wrong)


@pytest.mark.parametrize("wrong", [["value", "value"], "value", "other", None])
def test_what_is_no_list_of_one_or_two_names_is_refused(wrong):
    expected = re.escape(f"one or two different names. Got {wrong!r} instead.")
    with pytest.raises(InvalidParameterError, match=expected):
        PartialDependenceDisplay.from_search(fitted("grid"), wrong)


def test_of_many_candidates_a_part_is_drawn():
    axis = skhp.inspection.ParameterAxis
    n = 5000
    places = np.linspace(0, 1, n)
    ends = np.array([0.0, 1.0])
    display = PartialDependenceDisplay(
        axes=[axis("value", "linear", places, (0, 1), {}, n)],
        averages=Averages((ends,), ends, np.zeros(2)),
        scores=places,
    ).plot()
    labels = display.ax_.get_legend_handles_labels()[1]
    assert "candidate (2,000 of 5,000)" in labels


def test_given_axes_are_drawn_on():
    _, ax = plt.subplots()
    display = PartialDependenceDisplay.from_search(fitted("grid"), ["value"], ax=ax)
    assert display.ax_ is ax
