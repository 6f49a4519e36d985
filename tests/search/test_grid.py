import numpy as np
import pytest
from sklearn.model_selection import ParameterGrid

from skhp import GridSearchCV
from skhp.exceptions import InvalidParameterError
from tests._toys import Echo, X, y

GRIDS = [
    {"value": [3.0, 1.0, 2.0], "other": ["a", None]},
    [{"value": [1.0]}, {"value": [2.0, 3.0], "other": [1]}],
]


@pytest.mark.parametrize("grid", GRIDS)
def test_candidates_are_those_of_the_grid_in_its_order(grid):
    search = GridSearchCV(Echo(), grid, cv=2).fit(X, y)
    assert search.cv_results_["params"] == list(ParameterGrid(grid))


@pytest.mark.parametrize("grid", GRIDS)
def test_constraints_leave_points_out(grid):
    search = GridSearchCV(
        Echo(), grid, cv=2, constraints=lambda params: params["value"] > 1.5
    ).fit(X, y)
    expected = [p for p in ParameterGrid(grid) if p["value"] > 1.5]
    assert search.cv_results_["params"] == expected


def test_a_value_that_is_listed_twice_is_fitted_once_and_shown_twice():
    fits = []

    def score(estimator, X, y):
        fits.append(estimator.value)
        return estimator.value

    search = GridSearchCV(Echo(), {"value": [1.0, 2.0, 1.0]}, cv=2, scoring=score)
    search.set_params(refit=False).fit(X, y)
    assert fits == [1.0, 1.0, 2.0, 2.0]
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], [1, 2, 1])


def test_constraints_that_leave_nothing_are_refused():
    search = GridSearchCV(Echo(), GRIDS[0], constraints=lambda params: False)
    with pytest.raises(InvalidParameterError, match="leave some point of the grid"):
        search.fit(X, y)


def test_more_candidates_than_the_grid_has_cannot_be_had():
    search = GridSearchCV(Echo(), GRIDS[0], cv=2).fit(X, y)
    with pytest.raises(InvalidParameterError, match=r"GridSearchCV\.extend must be 0"):
        search.extend(X, y, n_iter=1)
