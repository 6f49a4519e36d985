import dataclasses
import json

import numpy as np
import pytest

from skhp.inspection._parameters import ParameterAxis, axes_of
from skhp.inspection._results import results_of
from skhp.inspection.page._candidates import (
    axes_on_page,
    cell,
    columns_of,
    round_numbers,
    shown_of,
)
from tests._toys import Echo
from tests.inspection._searches import KINDS, fitted


def on_page(kind, most=1000):
    search = fitted(kind)
    results = results_of(search, None, "report")
    axes = axes_of(search, results.params)
    shown = shown_of(results, axes, most)
    return (
        results,
        shown,
        axes_on_page(results, axes, shown),
        columns_of(search, results, shown),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_columns_and_axes_have_a_value_for_each_row(kind):
    results, shown, axes, columns = on_page(kind)
    assert {len(column["values"]) for column in columns} == {len(shown.rows)}
    assert {len(axis["places"]) for axis in axes} <= {len(shown.rows)}
    json.dumps([axes, columns], allow_nan=False)
    assert len(axes) == len(shown.on_axes) + (results.best is not None)
    assert len(shown.on_axes) <= 10
    assert len(shown.parameters) <= 30


def test_what_is_not_set_is_none_and_has_a_place_on_its_axis():
    _, _, axes, columns = on_page("conditional")
    other = next(column for column in columns if column["label"] == "other")
    axis = next(axis for axis in axes if axis["name"] == "other")
    places = dict(axis["others"])
    for value, place in zip(other["values"], axis["places"], strict=True):
        assert (value is None) == (places.get(place) == "not set")


def large(n):
    """Return results of many candidates, in which the best is somewhere."""
    results = results_of(fitted("grid"), None, "report")
    means = np.random.default_rng(0).normal(size=n)
    means[::7] = np.nan
    return dataclasses.replace(
        results,
        means=means,
        rivals=np.flatnonzero(np.isfinite(means)),
        best=int(np.nanargmax(means)),
    )


def test_of_many_candidates_the_best_and_some_of_every_time_are_shown():
    results = large(20_000)
    shown = shown_of(results, {})
    assert len(shown.rows) == 1000
    assert shown.n_rows == 20_000
    assert (np.diff(shown.rows) > 0).all()
    best = np.argsort(-np.nan_to_num(results.means, nan=-9))[:500]
    assert set(best) <= set(shown.rows)
    others = np.setdiff1d(shown.rows, best)
    counts, _ = np.histogram(others, bins=10, range=(0, 20_000))
    assert counts.min() > 40


def test_few_candidates_are_all_shown():
    np.testing.assert_array_equal(shown_of(large(30), {}).rows, np.arange(30))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1 / 3, 0.333333),
        (np.float32(0.5), 0.5),
        (np.nan, None),
        (np.inf, None),
        (np.int64(3), 3),
        (10**20, str(10**20)),
        (True, "True"),
        (None, "None"),
        ("</script>", "</script>"),
        (Echo(3.0), "Echo(value=3.0)"),
        pytest.param(np.mean, "mean", id="function"),
    ],
    ids=str,
)
def test_cells_are_numbers_or_texts(value, expected):
    assert cell(value) == expected


@pytest.mark.parametrize(
    ("scale", "ends", "expected"),
    [
        ("log", (0.01, 100.0), [0.01, 0.1, 1, 10, 100]),
        ("log", (2.0, 5.0), [2, 5]),
        ("log", (1e-12, 1e12), [1e-12, 1e-8, 1e-4, 1, 1e4, 1e8, 1e12]),
        ("linear", (0.0, 1.0), [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ("linear", (1.0, 4.0), [1, 2, 3, 4]),
        ("linear", (-0.31, 0.29), [-0.2, 0, 0.2]),
    ],
)
def test_numbers_on_an_axis_are_round_and_within_it(scale, ends, expected):
    places = np.array([*ends, 0.5]) if ends == (0.0, 1.0) else np.array(ends)
    axis = ParameterAxis("C", scale, places, ends, {}, 2)
    assert round_numbers(axis) == pytest.approx(expected, abs=1e-15)
