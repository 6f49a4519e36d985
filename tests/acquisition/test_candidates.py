import numpy as np
import pytest
from scipy.stats import qmc

from skhp.acquisition._candidates import near_rows, spread_rows
from skhp.space import Integer, Real, Space

SPACES = {
    "continuous": {"a": Real(0.0, 1.0), "b": Real(0.0, 1.0)},
    "mixed": {"a": Real(0.0, 1.0), "k": Integer(1, 300), "c": ["x", "y", "z"]},
    "conditional": [
        {"kind": ["flat"], "a": Real(0.0, 1.0)},
        {"kind": ["deep"], "a": Real(0.0, 1.0), "k": Integer(1, 9)},
        {"b": Real(0.0, 1.0)},
    ],
}


class Frozen:
    """A distribution that can only be sampled."""

    def rvs(self, random_state=None):
        return random_state.uniform()


@pytest.fixture(params=SPACES)
def space(request):
    return Space(SPACES[request.param])


def everywhere(space):
    return np.arange(space.n_subspaces)


def both(space, subspaces, seed=0):
    """Return spread rows, and rows near three points of the space."""
    rng = np.random.default_rng(seed)
    design = qmc.Sobol(space.n_columns, seed=0).random(64)
    centres = space.sample(3, np.random.default_rng(1))
    return [
        spread_rows(space, design, subspaces, rng),
        near_rows(space, centres, 40, subspaces, rng),
    ]


def test_candidates_are_rows_of_the_space(space):
    for rows in both(space, everywhere(space)):
        np.testing.assert_array_equal(space.snap(rows), rows)


def test_a_generator_fixes_the_candidates(space):
    for one, other in zip(
        both(space, everywhere(space), 3),
        both(space, everywhere(space), 3),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("allowed", [[0], [2], [0, 2], [0, 1, 2]])
def test_candidates_stay_in_the_subspaces_allowed(allowed):
    space = Space(SPACES["conditional"])
    for rows in both(space, np.array(allowed)):
        assert set(space.subspace_of(rows)) == set(allowed)


@pytest.mark.parametrize("seed", range(5))
def test_a_shifted_design_stays_as_even_as_it_was(seed):
    space = Space(SPACES["continuous"])
    design = qmc.Sobol(2, seed=0).random(256)
    rng = np.random.default_rng(seed)
    rows = spread_rows(space, design, everywhere(space), rng)
    # 256 random points have 0.05 to 0.13
    assert qmc.discrepancy(rows, method="L2-star") < 0.01
    assert not np.array_equal(rows, design)


def test_every_near_row_moves_and_most_moves_are_short():
    space = Space(SPACES["continuous"])
    centre = np.full((1, 2), 0.5)
    rows = near_rows(space, centre, 2000, everywhere(space), np.random.default_rng(0))
    steps = np.abs(rows - centre).max(axis=1)
    assert np.all(steps > 0.0)
    # a mixture of four scales: a quarter of the steps is of about 0.01
    assert 0.01 < np.median(steps) < 0.1
    assert np.quantile(steps, 0.2) < 0.02 < 0.3 < np.quantile(steps, 0.95)


def test_steps_in_many_columns_leave_most_of_them_alone():
    space = Space({f"a{i}": (0.0, 1.0) for i in range(20)})
    centre = np.full((1, 20), 0.5)
    rows = near_rows(space, centre, 500, everywhere(space), np.random.default_rng(0))
    moved = (rows != centre).sum(axis=1)
    assert moved.min() >= 1
    # 0.3 of 20, and the one that always moves; six standard errors
    assert abs(moved.mean() - (1 + 0.3 * 19)) < 6 * moved.std() / np.sqrt(500) + 0.05


def test_choices_are_drawn_anew_or_kept():
    space = Space({"c": [f"v{i}" for i in range(50)]})
    centre = space.to_rows([{"c": "v7"}])
    rows = near_rows(space, centre, 2000, np.arange(1), np.random.default_rng(0))
    kept = np.mean(rows == centre)
    # probability 0.7 + 0.3 / 50; six standard errors
    assert abs(kept - 0.706) < 6 * np.sqrt(0.706 * 0.294 / 2000)
    assert len(np.unique(rows)) == 50


def test_what_is_sampled_is_drawn_anew_all_over_its_range():
    space = Space({"a": (0.0, 1.0), "s": Frozen()})
    centre = np.full((1, 2), 0.5)
    rows = near_rows(space, centre, 400, np.arange(1), np.random.default_rng(0))
    # quartiles of 400 uniform numbers; six standard errors
    np.testing.assert_allclose(
        np.quantile(rows[:, 1], [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.15
    )


def test_what_was_inactive_starts_anywhere_when_the_subspace_changes():
    space = Space(SPACES["conditional"])
    centre = space.to_rows([{"kind": "flat", "a": 0.5}])
    rows = near_rows(space, centre, 900, np.array([2]), np.random.default_rng(0))
    b = rows[:, space.column_names.index("b")]
    np.testing.assert_allclose(
        np.quantile(b, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.1
    )


def test_near_a_corner_rows_end_at_the_bounds():
    space = Space(SPACES["continuous"])
    corner = np.array([[0.0, 1.0]])
    rows = near_rows(space, corner, 200, np.arange(1), np.random.default_rng(0))
    assert np.all((rows >= 0.0) & (rows <= 1.0))
    assert np.any((rows == corner).any(axis=1) & (rows != corner).any(axis=1))


def test_without_centres_there_is_nothing_near(space):
    rows = near_rows(
        space,
        np.empty((0, space.n_columns)),
        10,
        everywhere(space),
        np.random.default_rng(0),
    )
    assert rows.shape == (0, space.n_columns)
