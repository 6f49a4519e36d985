import numpy as np
import pytest

from skhp.exceptions import InvalidSpaceError
from skhp.space import Space


def small_trees(params):
    return params["num_leaves"] <= 2 ** params["max_depth"]


TREES = {"num_leaves": (2, 64), "max_depth": (1, 6)}


def test_every_sampler_respects_constraints():
    space = Space(TREES, constraints=small_trees)
    sampled = space.sample(200, np.random.default_rng(0))
    listed = list(space.enumerate())
    assert all(map(small_trees, space.to_params(sampled)))
    assert len(listed) == sum(map(small_trees, space.to_params(np.array(listed))))
    assert len(listed) == sum(min(2**d, 64) - 1 for d in range(1, 7))


def test_size_does_not_count_constraints():
    assert Space(TREES, constraints=small_trees).size == Space(TREES).size == 63 * 6


def test_feasible_answers_for_each_row():
    space = Space(TREES, constraints=[small_trees, lambda p: p["max_depth"] > 2])
    rows = space.to_rows(
        [
            {"num_leaves": 4, "max_depth": 2},
            {"num_leaves": 8, "max_depth": 3},
            {"num_leaves": 9, "max_depth": 3},
        ]
    )
    assert space.feasible(rows).tolist() == [False, True, False]
    assert not space.contains({"num_leaves": 4, "max_depth": 2})
    assert space.project({"num_leaves": 4, "max_depth": 2}) is None


def test_constraints_that_leave_nothing_are_found_out():
    space = Space(TREES, constraints=lambda params: False)
    with pytest.raises(InvalidSpaceError, match=r"leave .almost. nothing"):
        space.sample(1, np.random.default_rng(0))


def test_a_constraint_on_a_parameter_of_another_subspace_is_explained():
    space = Space([{"a": [1, 2]}, {"b": [1, 2]}], constraints=lambda p: p["a"] > 0)
    with pytest.raises(InvalidSpaceError, match=r"constraints\[0\].*params.get\('a'"):
        space.sample(50, np.random.default_rng(0))


def test_an_exception_names_the_constraint_and_the_params():
    space = Space({"a": [1, 2]}, constraints=[lambda p: True, lambda p: 1 / 0])
    with pytest.raises(InvalidSpaceError, match=r"constraints\[1\].*Zero.*'a': 1"):
        space.feasible(space.to_rows([{"a": 1}]))


@pytest.mark.parametrize("constraints", [3, "a", [small_trees, 3], {"a": small_trees}])
def test_constraints_must_be_callable(constraints):
    with pytest.raises(InvalidSpaceError, match="constraints"):
        Space(TREES, constraints=constraints)
