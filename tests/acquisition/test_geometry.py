import numpy as np
import pytest
import scipy.stats

from skhp.acquisition import Geometry
from skhp.space import Integer, Real, Space
from skhp.surrogate import warp


class Frozen:
    """A distribution that can only be sampled."""

    def rvs(self, random_state=None):
        return random_state.uniform()


MIXED = {"a": Real(0.0, 1.0), "s": Frozen(), "k": Integer(1, 4), "c": ["x", "y"]}
CONDITIONAL = [{"a": (0.0, 1.0)}, {"k": (1, 3), "c": ["x", "y"]}]


def stretches(geometry):
    """Return the positions of each column."""
    return np.split(geometry.grid[:-1], geometry.grid_start[1:-1])


def test_what_is_sampled_is_left_out():
    geometry = Geometry.of(Space(MIXED))
    assert geometry.columns.tolist() == [0, 2, 3]
    assert geometry.is_categorical.tolist() == [False, False, True]
    rows = geometry.rows(np.arange(8.0).reshape(2, 4))
    assert rows.tolist() == [[0, 2, 3], [4, 6, 7]]
    assert rows.flags["C_CONTIGUOUS"]


def test_a_grid_has_the_positions_of_discrete_columns_and_no_others():
    numbers, integers, choices = stretches(Geometry.of(Space(MIXED)))
    assert numbers.tolist() == []
    np.testing.assert_allclose(integers, [1 / 8, 3 / 8, 5 / 8, 7 / 8])
    np.testing.assert_allclose(choices, [1 / 4, 3 / 4])


@pytest.mark.parametrize("written", [{}, {"a": (0.0, 1.0)}, {"a": (1, 10**6)}])
def test_without_a_grid_the_array_still_has_an_address(written):
    geometry = Geometry.of(Space(written))
    assert geometry.grid.tolist() == [0.0]
    assert geometry.grid_start.tolist() == [0] * (len(written) + 1)


def test_only_the_choice_of_the_subspace_is_immovable():
    assert Geometry.of(Space(MIXED)).movable.tolist() == [1, 1, 1]
    assert Geometry.of(Space(CONDITIONAL)).movable.tolist() == [0, 1, 1, 1]


def test_masks_are_for_conditional_spaces_only():
    plain, conditional = Space(MIXED), Space(CONDITIONAL)
    rows = plain.sample(3, np.random.default_rng(0))
    assert Geometry.of(plain).active(plain, rows) is None
    mask = Geometry.of(conditional).active(conditional, [[0.25, 0, 0, 0], [0.75] * 4])
    assert mask.tolist() == [[1, 1, 0, 0], [1, 0, 1, 1]]


@pytest.mark.parametrize("tau", [-3.0, 0.0, 2.0])
def test_each_column_of_the_grid_is_warped_to_its_degree(tau):
    space = Space({"k": (1, 5), "a": (0.0, 1.0), "m": scipy.stats.randint(0, 3)})
    geometry = Geometry.of(space)
    warped = geometry.warped_grid(np.array([tau, 9.0, -tau]))
    starts = geometry.grid_start
    for j, degree in ((0, tau), (2, -tau)):
        column = slice(starts[j], starts[j + 1])
        expected = warp(geometry.grid[column, None], np.array([degree]))[:, 0]
        np.testing.assert_allclose(warped[column], expected, rtol=1e-14)
    assert warped[-1] == 0.0
