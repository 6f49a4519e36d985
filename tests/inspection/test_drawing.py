import sys

import numpy as np
import pytest
from matplotlib import pyplot as plt

import skhp
from skhp.inspection import FoldsDisplay, ParallelCoordinatesDisplay, SliceDisplay
from skhp.inspection._drawing import axes_for, gradient, is_dark, lay_out, score_floor
from skhp.inspection._parameters import ParameterAxis
from tests._toys import Echo, X, y


def test_without_matplotlib_one_sentence_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot")
    with pytest.raises(ImportError, match=r"^ADisplay needs matplotlib: pip"):
        axes_for(None, "ADisplay")


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_every_colour_is_told_from_the_background(style):
    with plt.style.context(style):
        ax = axes_for(None, "ADisplay")
        assert is_dark(ax) == (style != "default")
        brightness = gradient(ax)(np.linspace(0, 1, 9))[:, :3].mean(axis=1)
    ground = 0.0 if style != "default" else 1.0
    assert (abs(brightness - ground) > 0.25).all()


def test_far_outliers_are_left_below_the_axis():
    scores = np.r_[np.linspace(0.8, 0.9, 30), -1e9, np.nan]
    assert 0.7 < score_floor(scores) < 0.8
    assert score_floor(scores[:30]) == -np.inf
    assert score_floor(np.r_[0.8, 0.9, -1e9]) == -np.inf
    assert score_floor(np.full(3, np.nan)) == -np.inf


@pytest.mark.parametrize("scale", ["linear", "log", "category"])
def test_other_values_have_a_label_beyond_the_range(scale):
    ax = axes_for(None, "ADisplay")
    axis = ParameterAxis(
        "C", scale, np.array([1.0, 9.0, 12.0]), (1.0, 9.0), {12.0: "not set"}, 3
    )
    lay_out(ax, axis, "C")
    ax.figure.draw_without_rendering()
    labels = [text.get_text() for text in [*ax.texts, *ax.get_xticklabels()]]
    assert "not set" in labels
    assert ax.get_xlabel() == "C"
    assert ax.get_xlim()[0] < 1 < 12 < ax.get_xlim()[1]


@pytest.mark.parametrize(
    "display", [SliceDisplay, ParallelCoordinatesDisplay, FoldsDisplay]
)
def test_names_and_values_with_dollars_are_no_formulas(display):
    grid = {"other": ["$", "$\\none$", "a$b$c", "<b>"]}
    scoring = {"$\\none$": lambda estimator, X, y: X[0, 0] + len(estimator.other)}
    search = skhp.GridSearchCV(Echo(), grid, cv=2, scoring=scoring, refit=False)
    drawn = display.from_search(search.fit(X, y))
    drawn.figure_.draw_without_rendering()
