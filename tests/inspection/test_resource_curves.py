import numpy as np
import pytest

from skhp.exceptions import InvalidParameterError
from skhp.inspection import ResourceDisplay
from tests.inspection._searches import fitted


@pytest.mark.parametrize("kind", ["their halving", "hyperband"])
def test_each_configuration_is_a_line_through_its_rungs(kind):
    search = fitted(kind)
    results = search.cv_results_
    display = ResourceDisplay.from_search(search)
    assert sum(len(r) for r, _ in display.curves) == len(results["params"])
    resources, scores = display.curves[display.best]
    assert resources[-1] == 9
    assert scores[-1] == search.best_score_
    assert display.ax_.get_xlabel() == "other"
    assert (display.kinds is not None) == (kind == "hyperband")


def test_curves_of_boosting_rounds_are_means_of_the_splits():
    search = fitted("rounds")
    display = ResourceDisplay.from_search(search)
    display.figure_.draw_without_rendering()
    scores = search.boosting_curves_["test_score"].astype(float)
    for (resources, curve), expected in zip(display.curves, scores, strict=True):
        assert resources.tolist() == search.boosting_curves_["n_resources"].tolist()
        np.testing.assert_allclose(curve, expected.mean(axis=0))
    assert display.best == search.best_index_
    assert display.chosen == search.best_params_["n_estimators"]


@pytest.mark.parametrize("kind", ["grid", "theirs"])
def test_a_search_without_a_resource_is_refused(kind):
    with pytest.raises(InvalidParameterError, match="halving or Hyperband search, or"):
        ResourceDisplay.from_search(fitted(kind))


def test_without_scores_there_are_no_curves():
    curves = [(np.array([1.0, 3.0]), np.full(2, np.nan))]
    display = ResourceDisplay(curves=curves).plot()
    assert display.ax_.texts[0].get_text() == "No candidate has a score."
