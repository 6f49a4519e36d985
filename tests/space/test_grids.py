import numpy as np
import pytest
from scipy.stats import randint, uniform
from sklearn.model_selection import ParameterGrid

from skhp.exceptions import InvalidSpaceError
from skhp.space import Categorical, Conditional, Integer, Real, grid_space, with_lists


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        (Integer(1, 3), [1, 2, 3]),
        (Integer(1, 4, "log-uniform"), [1, 2, 3, 4]),
        (Integer(2, 2), [2]),
        (Categorical(["a", None]), ["a", None]),
        (Categorical([3, 1, 2]), [3, 1, 2]),
        (Real(1, 1), [1.0]),
        ([3, 1], [3, 1]),
        ((3, 1), (3, 1)),
        (5, 5),
    ],
)
def test_dimensions_become_the_lists_of_their_values(written, listed):
    assert with_lists({"a": written}) == {"a": listed}
    assert with_lists([{"a": written}, {"b": [1]}]) == [{"a": listed}, {"b": [1]}]


def test_what_is_no_grid_is_left_to_others():
    drawn = {"a": randint(1, 3), "b": uniform()}
    assert with_lists(drawn) == drawn
    assert with_lists(5) == 5


@pytest.mark.parametrize("written", [Real(0, 1), Integer(1, 1001)])
def test_too_many_values_are_refused(written):
    with pytest.raises(InvalidSpaceError, match="Parameter 'a': a grid tries every"):
        with_lists({"a": written})


def test_a_grid_with_conditions_has_every_point_once_in_alphabetical_order():
    grid = {
        "kernel": ["rbf", "poly", "linear"],
        "gamma": Conditional([0.1, 1.0], when={"kernel": ["rbf", "poly"]}),
        "degree": Integer(2, 3, when={"kernel": "poly"}),
        "C": (1, 10),
    }
    space = grid_space(grid)
    points = space.to_params(np.array(list(space.enumerate())))
    flat = ParameterGrid({**grid, "gamma": [0.1, 1.0], "degree": [2, 3]})
    dropped = {"rbf": {"degree"}, "poly": set(), "linear": {"degree", "gamma"}}
    expected = []
    for params in flat:
        left = dropped[params["kernel"]]
        point = {name: v for name, v in params.items() if name not in left}
        if point not in expected:
            expected.append(point)
    assert len(points) == len(expected) == 14
    assert all(point in expected for point in points)
    assert [point["C"] for point in points] == [1] * 7 + [10] * 7


@pytest.mark.parametrize("endless", [Real(0.0, 1.0), uniform()])
def test_a_grid_with_conditions_must_be_finite(endless):
    grid = {"a": [1, 2], "b": Conditional(endless, when={"a": 1})}
    with pytest.raises(InvalidSpaceError, match="'b': a grid tries every value"):
        grid_space(grid)
