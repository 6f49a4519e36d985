import json

import numpy as np
import pytest

from skhp.inspection._parameters import axes_of
from skhp.inspection._results import results_of
from skhp.inspection.page import _figures as figures
from skhp.inspection.page._candidates import shown_of
from tests.inspection._searches import KINDS, fitted


def drawn(kind):
    """Return all figures of a search by their names."""
    search = fitted(kind)
    results = results_of(search, None, "report")
    axes = axes_of(search, results.params)
    shown = shown_of(results, axes)
    found = [
        figures.history(results, shown),
        *figures.slices(results, axes, list(axes)[:12], shown),
        figures.resources(search, results),
        figures.folds(results),
        figures.trade_off(results, shown),
    ]
    return {figure.name: figure for figure in found if figure is not None}


@pytest.mark.parametrize("kind", KINDS)
def test_every_search_has_figures_that_are_json(kind):
    found = drawn(kind)
    n = len(fitted(kind).cv_results_["params"])
    assert {"history", "slice0"} <= found.keys()
    for figure in found.values():
        json.dumps(figure.on_page(), allow_nan=False)
        for trace in figure.data:
            y = trace["y"] if "customdata" not in trace else trace["customdata"]
            assert len(trace["x"]) == len(y)
            assert all(0 <= row < n for row in trace.get("customdata", []))


def points_of(figure):
    return [trace for trace in figure.data if "customdata" in trace]


def test_points_are_where_their_parameter_is():
    values = [params["value"] for params in fitted("grid").cv_results_["params"]]
    (points,) = points_of(drawn("grid")["slice0"])
    assert points["x"] == [values[row] for row in points["customdata"]]
    assert points["y"] is None  # the score of the candidate


def test_what_has_no_score_is_marked_by_what_happened():
    (points, failed) = points_of(drawn("failing")["history"])
    assert failed["name"] == "failed"
    assert len(points["x"]) + len(failed["x"]) == 8


def test_rungs_have_a_colour_each_and_lines_through_them():
    found = drawn("hyperband")
    points = points_of(found["history"])
    assert [trace["name"] for trace in points] == [
        "resource 1",
        "resource 3",
        "resource 9",
    ]
    assert len({trace["marker"]["color"] for trace in points}) == 3
    assert found["resources"].layout["xaxis"]["type"] == "log"


def test_boosting_rounds_have_the_chosen_number():
    figure = drawn("rounds")["resources"]
    search = fitted("rounds")
    chosen = search.cv_results_["n_resources"][
        int(np.argmax(search.cv_results_["mean_test_score"]))
    ]
    assert figure.layout["shapes"][0]["x0"] == chosen


def test_there_is_nothing_to_compare_without_scores_or_with_one_candidate():
    for kind in ("nan", "one"):
        assert not {"folds", "tradeoff", "resources"} & drawn(kind).keys()


def test_places_of_values_that_are_not_numbers_have_labels():
    axis = drawn("conditional")["slice2"].layout["xaxis"]
    assert "not set" in axis["ticktext"]
    assert len(axis["tickvals"]) == len(axis["ticktext"])
