import sys

import numpy as np
import pytest
from matplotlib import pyplot as plt

from skhp.exceptions import InvalidParameterError
from skhp.inspection import ImportanceDisplay, Importances
from tests.inspection._searches import KINDS, fitted

FEW = [kind for kind in KINDS if kind not in ("one split", "metrics", "theirs")]


def importances(n=3, **what):
    shares, intervals = np.linspace(0.6, 0.1, n), np.tile([0.1, 0.7], (n, 1))
    names = [f"step__p{i}" for i in range(n)]
    given = (shares, intervals, shares, intervals)
    return Importances(
        names,
        *given,
        **{"explained": 0.9, "n_candidates": 60, "n_modelled": 60, **what},
    )


@pytest.mark.parametrize("kind", FEW)
def test_every_search_can_be_drawn(kind):
    display = ImportanceDisplay.from_search(fitted(kind))
    if display.importances is None:
        assert display.ax_.texts[0].get_text() == display.problem
    else:
        labels = [text.get_text() for text in display.ax_.get_yticklabels()]
        assert labels == display.importances.names


def test_what_the_bars_are_from_is_said():
    display = ImportanceDisplay(importances=importances()).plot()
    title = display.ax_.get_title(loc="left")
    assert title == "From 60 candidates, of whose variance 90% can be predicted"
    few = importances(n_candidates=20000, n_modelled=300, explained=-0.1)
    title = ImportanceDisplay(importances=few).plot().ax_.get_title(loc="left")
    assert title == (
        "From 300 of 20,000 candidates, of whose variance 0% can be predicted: too "
        "little to tell"
    )


@pytest.mark.parametrize("kind", [list, np.array])
def test_the_parameters_can_be_chosen(kind):
    wanted = kind(["other", "value"])
    assert ImportanceDisplay.from_search(fitted("grid"), parameters=wanted).importances
    display = ImportanceDisplay.from_search(fitted("grid"), parameters=["other"])
    assert display.importances.names == ["other"]
    assert display.importances.n_left_out == 1
    assert "1 more parameter is not shown" in display.ax_.get_xlabel()
    for wrong in (["none"], "value", []):
        with pytest.raises(InvalidParameterError, match="which are 'value', 'other'"):
            ImportanceDisplay.from_search(fitted("grid"), parameters=wrong)


def test_names_lose_their_steps():
    display = ImportanceDisplay(importances=importances()).plot()
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == ["p0", "p1", "p2"]


def test_given_axes_are_drawn_on():
    _, ax = plt.subplots()
    assert ImportanceDisplay(importances=importances()).plot(ax=ax).ax_ is ax


def test_without_matplotlib_it_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        ImportanceDisplay(importances=importances()).plot()


def test_few_candidates_tell_nothing_of_many_parameters():
    few = importances(n_candidates=20, n_left_out=8)
    title = ImportanceDisplay(importances=few).plot().ax_.get_title(loc="left")
    assert title.endswith(": too little to tell")
