import numpy as np
import pytest

import skhp
from skhp.inspection._encoded import MOST, encoded
from skhp.inspection._results import results_of
from tests._toys import Echo, X, y
from tests.inspection._searches import fitted, random


def encode(search):
    return encoded(search, results_of(search, None, "a display"))


@pytest.mark.parametrize("kind", ["grid", "theirs", "conditional", "pickled"])
def test_rows_are_those_of_the_space_of_the_search(kind):
    search = fitted(kind)
    found = encode(search)
    params = found.space.to_params(found.rows)
    tried = search.cv_results_["params"]
    assert params == [
        pytest.approx(tried[i]) if kind in ("grid", "theirs") else tried[i]
        for i in found.candidates
    ]
    assert set(found.owners) == set(found.axes)
    assert found.levels is None


def test_candidates_without_a_score_have_no_row():
    search = fitted("failing")
    found = encode(search)
    assert all(search.cv_results_["status"][i] == "ok" for i in found.candidates)


def test_the_resource_goes_from_0_to_1():
    found = encode(fitted("hyperband"))
    assert (found.levels.min(), found.levels.max()) == (0, 1)
    assert found.owners == ("value",)


def test_values_that_have_no_row_are_placed_by_their_axes():
    search = random({"value": [1, 2, 3], "other": ["a", None, 2]}, Echo(), n_iter=9)
    search.fit(X, y)
    search.param_distributions = object()
    found = encode(search)
    assert set(found.owners) == {"value", "other"}
    point = found.space.to_params(found.rows)[3]
    tried = search.cv_results_["params"][3]
    axis = found.axes["other"]
    assert axis.ticks[found.place("other", point)] == str(tried["other"])
    assert found.place("value", point) == pytest.approx(tried["value"])


def test_values_beside_a_range_of_numbers_are_of_another_kind():
    values = [None, *np.linspace(1, 9, 30)]
    search = random({"other": values}, Echo(), n_iter=31).fit(X, y)
    search.param_distributions = object()
    found = encode(search)
    assert found.owners == ("other", "other") == tuple(sorted(found.owners))
    points = found.space.to_params(found.rows)
    places = [found.place("other", point) for point in points]
    np.testing.assert_allclose(places, found.axes["other"].places[found.candidates])


def test_places_are_those_of_the_axes():
    search = fitted("conditional")
    found = encode(search)
    points = found.space.to_params(found.rows)
    for name, axis in found.axes.items():
        places = [found.place(name, point) for point in points]
        np.testing.assert_allclose(places, axis.places[found.candidates])
    assert np.isnan(found.place("fails", {"fails": "never tried"}))


def test_the_parts_of_layers_belong_to_one_parameter():
    space = {"other": skhp.space.Layers(1, 2, units=(4, 16)), "value": skhp.Real(0, 1)}
    search = skhp.BayesSearchCV(
        Echo(), space, n_iter=5, cv=2, refit=False, random_state=0
    ).fit(X, y)
    assert set(encode(search).owners) == {"other", "value"}


def test_of_many_candidates_a_part_is_taken_and_the_best():
    values = np.linspace(0, 1, MOST + 5)
    search = skhp.GridSearchCV(Echo(), {"value": values}, cv=2, refit=False).fit(X, y)
    found = encode(search)
    assert len(found.rows) == MOST == len(set(found.candidates))
    assert MOST + 4 in found.candidates


def test_without_anything_that_differs_there_is_nothing_to_encode():
    search = skhp.GridSearchCV(Echo(), {"value": [1.0]}, cv=2, refit=False).fit(X, y)
    search.param_grid = object()
    assert encode(search) is None
