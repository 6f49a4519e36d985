import numpy as np
import pytest

import skhp
from skhp.exceptions import InvalidParameterError
from skhp.inspection import FoldsDisplay
from tests._toys import Echo, X, y
from tests.inspection._searches import KINDS, LAID_OUT, fitted


@pytest.mark.parametrize("kind", KINDS)
def test_every_search_can_be_drawn(kind):
    display = FoldsDisplay.from_search(fitted(kind))
    if kind in LAID_OUT:
        display.figure_.draw_without_rendering()
    assert len(display.candidates) == len(display.labels) <= 15


class Uneven(Echo):
    """An Echo with some noise, which is worse if `other` is."""

    def score(self, X, y=None):
        noise = np.random.default_rng(int(X.sum() + 1000 * self.value)).normal()
        return noise - (self.other or 0)


@pytest.fixture(scope="module")
def uneven():
    grid = {"value": list(range(6)), "other": [0.0, 9.0]}
    return skhp.GridSearchCV(Uneven(), grid, cv=6).fit(X, y)


def test_who_cannot_be_told_from_the_best_is_as_in_the_search(uneven):
    display = FoldsDisplay.from_search(uneven)
    assert display.tied.tolist() == uneven.tied_.tolist()
    assert 1 < len(display.tied) < 12
    _, labels = display.ax_.get_legend_handles_labels()
    assert labels == ["cannot be told from it", "worse"]
    title = display.ax_.get_title(loc="left")
    assert title.startswith(f"{len(display.tied) - 1} of 11 candidates cannot be told")


def test_intervals_of_those_who_cannot_be_told_reach_zero(uneven):
    display = FoldsDisplay.from_search(uneven)
    ends = display.differences.mean(axis=1) + display.half_widths
    is_tied = np.isin(display.candidates, display.tied)
    assert ((ends >= 0) == is_tied).all()


def test_the_best_come_first_and_the_rest_is_counted(uneven):
    display = FoldsDisplay.from_search(uneven, n_candidates=3)
    means = uneven.cv_results_["mean_test_score"]
    assert display.candidates.tolist() == np.argsort(-means)[1:4].tolist()
    assert display.n_rivals == 12
    assert display.tied.tolist() == uneven.tied_.tolist()


def test_labels_say_in_what_a_candidate_differs_from_the_best(uneven):
    display = FoldsDisplay.from_search(uneven)
    best = uneven.best_params_
    for row, label in zip(display.candidates, display.labels, strict=True):
        params = uneven.cv_results_["params"][row]
        different = [name for name in params if params[name] != best[name]]
        assert [text.partition("=")[0] for text in label.split(", ")] == different


def test_labels_have_the_digits_that_tell_values_apart():
    grid = {"value": [0.1234561, 0.1234562], "other": [np.zeros(3), np.ones(3)]}
    search = skhp.GridSearchCV(Echo(), grid, cv=3).fit(X, y)
    value, other = "value=0.1234561", "other=array of (3,)"
    labels = FoldsDisplay.from_search(search).labels
    assert sorted(labels) == [other, f"{other}, {value}", value]


def test_with_a_single_split_nothing_can_be_told_apart():
    display = FoldsDisplay.from_search(fitted("one split"))
    assert len(display.tied) == 8
    assert display.ax_.get_title(loc="left").startswith("With a single split")


def test_a_single_candidate_is_compared_with_none():
    display = FoldsDisplay.from_search(fitted("one"))
    assert len(display.candidates) == 0
    assert "nothing to compare" in display.ax_.texts[0].get_text()


@pytest.mark.parametrize("n", [0, 2.5, True])
def test_an_invalid_number_of_candidates_is_refused(n):
    with pytest.raises(InvalidParameterError, match="int of at least 1"):
        FoldsDisplay.from_search(fitted("grid"), n_candidates=n)
