import numpy as np
import pytest
from scipy.stats import uniform

from skhp.optimizers._extension import more_of_lists, more_of_space
from skhp.space import Integer, Space, configuration_key


def keys(candidates):
    return set(map(configuration_key, candidates))


@pytest.mark.parametrize("n", [1, 5, 20])
def test_a_continuum_gives_as_many_more_as_are_wanted(n):
    space = Space({"x": (0.0, 1.0)})
    more = more_of_space(space, [{"x": 0.5}], n, np.random.default_rng(0))
    assert len(keys(more)) == n
    assert all(space.contains(params) for params in more)


@pytest.mark.parametrize("most", [10, 10_000])
def test_a_finite_space_gives_none_that_is_known(most):
    space = Space({"k": Integer(1, most)})
    known = [{"k": k} for k in range(1, 7)]
    more = more_of_space(space, known, 50, np.random.default_rng(0))
    assert len(more) == len(keys(more)) == min(50, most - 6)
    assert not keys(more) & keys(known)


@pytest.mark.parametrize("values", [[1, 2, 3, 4, 5], [[1], [2], [3], [4], [5]]])
def test_lists_give_none_that_is_known_and_no_more_than_there_are(values):
    grid = {"a": values, "b": ["x", "y"]}
    known = [{"a": value, "b": "x"} for value in values[:4]]
    more = more_of_lists(grid, known, 20, np.random.RandomState(0))
    assert len(more) == 6
    assert not keys(more) & keys(known)


def test_lists_that_are_too_long_to_go_through_are_drawn_from():
    grid = {"a": range(200), "b": range(200)}
    known = [{"a": 0, "b": b} for b in range(5)]
    more = more_of_lists(grid, known, 30, np.random.RandomState(0))
    assert len(keys(more)) == 30
    assert not keys(more) & keys(known)


def test_distributions_are_drawn_from():
    more = more_of_lists({"a": uniform(0, 1)}, [], 7, np.random.RandomState(0))
    assert len(keys(more)) == 7


def test_all_known_leaves_nothing():
    assert more_of_lists({"a": [1]}, [{"a": 1}], 3, None) == []
