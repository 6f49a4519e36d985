import numpy as np
import pytest

from skhp.inspection._parameters import ParameterAxis
from skhp.inspection.page._traces import (
    axis_of,
    band,
    briefs,
    ground_beyond,
    joined,
    label,
)


def axis(scale, places, ends, ticks=()):
    return ParameterAxis("C", scale, np.array(places), ends, dict(ticks), 2)


def test_names_are_no_markup_of_plotly():
    assert label("<b>a</b> & b") == "&lt;b&gt;a&lt;/b&gt; &amp; b"


def test_numbers_are_short_and_nan_is_none():
    assert briefs([1 / 3, np.nan, 1e-300]) == [0.333333, None, 1e-300]


def test_a_log_axis_has_its_ends_as_exponents():
    found = axis_of(axis("log", [0.01, 100.0], (0.01, 100.0)))
    assert found["type"] == "log"
    assert found["range"] == pytest.approx([-2.24, 2.24])


def test_few_whole_numbers_have_no_halves_between_them():
    assert axis_of(axis("linear", [1.0, 4.0], (1.0, 4.0)))["dtick"] == 1
    assert "dtick" not in axis_of(axis("linear", [1.0, 90.0], (1.0, 90.0)))
    assert "dtick" not in axis_of(axis("linear", [0.5, 4.0], (0.0, 4.0)))


def test_values_that_are_not_numbers_have_a_label_and_ground_beyond_the_range():
    parameter = axis("log", [1.0, 100.0, 250.0], (1.0, 100.0), {250.0: "<none>"})
    found = axis_of(parameter)
    assert found["ticktext"] == ["1", "10", "100", "&lt;none&gt;"]
    (ground,) = ground_beyond(parameter)
    assert 100 < ground["x0"] < 250 < ground["x1"]
    assert ground_beyond(axis("log", [1.0], (1.0, 100.0))) == []


def test_categories_stand_at_whole_numbers():
    found = axis_of(axis("category", [0.0, 1.0], (0.0, 1.0), {0.0: "a", 1.0: "b"}))
    assert (found["tickvals"], found["ticktext"]) == ([0, 1], ["a", "b"])


def test_a_band_is_as_wide_as_the_errors_and_missing_without_any():
    low, high = band([0, 1], np.array([1.0, 2.0]), np.array([0.5, 0.25]))
    assert (low["y"], high["y"]) == ([0.5, 1.75], [1.5, 2.25])
    assert band([0], np.array([1.0]), np.array([np.nan])) == []


def test_curves_are_one_trace_with_gaps_and_without_missing_scores():
    curve = (np.array([1.0, 3.0, 9.0]), np.array([0.5, np.nan, 0.75]))
    found = joined([curve, curve], "bracket", "blue")
    assert found["x"] == [1, 9, None] * 2
    assert found["y"] == [0.5, 0.75, None] * 2
