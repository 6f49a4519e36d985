import numpy as np
import pytest

from skhp.acquisition import EFFORTS, Geometry, Surface, ranked_rows
from skhp.space import Integer, Real, Space
from skhp.surrogate import fit_gaussian_process, warp_scores

CONTINUOUS = {"a": Real(0.0, 1.0), "b": Real(0.0, 1.0)}
MIXED = {"a": Real(0.0, 1.0), "k": Integer(1, 300), "c": ["x", "y", "z"]}
CONDITIONAL = [
    {"kind": ["flat"], "a": Real(0.0, 1.0)},
    {"kind": ["deep"], "a": Real(0.0, 1.0), "k": Integer(1, 9), "c": ["x", "y"]},
]
SPACES = [CONTINUOUS, MIXED, CONDITIONAL]


def surface_over(spaces, n=20):
    """Return the surface of log EI after n scores of a smooth function."""
    space = Space(spaces)
    geometry = Geometry.of(space)
    rows = space.sample(n, np.random.default_rng(0))
    z = warp_scores(-np.sum((rows - 0.37) ** 2 * space.active(rows), axis=1))
    posterior = fit_gaussian_process(
        geometry.rows(rows),
        z,
        is_categorical=geometry.is_categorical,
        active=geometry.active(space, rows),
    )
    return Surface(space, geometry, posterior, float(posterior.fitted_mean.max())), rows


def propose(surface, rows, seed=0, subspaces=None):
    rng = np.random.default_rng(seed)
    D = surface.space.n_columns
    if subspaces is None:
        subspaces = np.arange(surface.space.n_subspaces)
    return ranked_rows(surface, rng.random((2048, D)), rows, subspaces, EFFORTS[2], rng)


@pytest.mark.parametrize("spaces", SPACES)
def test_the_first_row_beats_a_dense_sample(spaces):
    surface, rows = surface_over(spaces)
    first = next(propose(surface, rows))
    sample = surface.space.sample(20_000, np.random.default_rng(1))
    assert surface.values(first[None])[0] >= surface.values(sample).max() - 1e-3


@pytest.mark.parametrize("spaces", SPACES)
def test_climbing_never_descends(spaces):
    surface, _ = surface_over(spaces)
    starts = surface.space.sample(10, np.random.default_rng(2))
    summits, values = surface.climb(starts, 30)
    assert np.all(values >= surface.values(starts) - 1e-9)
    np.testing.assert_allclose(surface.values(summits), values, rtol=1e-9)


@pytest.mark.parametrize("spaces", SPACES)
def test_a_summit_has_no_better_discrete_neighbour(spaces):
    surface, rows = surface_over(spaces)
    summit = next(propose(surface, rows))
    height = surface.values(summit[None])[0]
    for j in range(surface.space.n_columns):
        grid = surface.space.grid_of(j)
        if grid is None or not surface.geometry.movable[j]:
            continue
        others = np.repeat(summit[None], len(grid), axis=0)
        others[:, j] = grid
        others = surface.space.snap(others)
        near = np.abs(grid - summit[j]) < 1.5 / len(grid)
        near |= surface.space.is_categorical[j]
        assert np.all(surface.values(others)[near] <= height + 1e-8)


@pytest.mark.parametrize("spaces", SPACES)
def test_every_row_is_a_point_of_the_space(spaces):
    surface, rows = surface_over(spaces)
    ranked = np.array(list(propose(surface, rows)))
    np.testing.assert_array_equal(surface.space.snap(ranked), ranked)


def test_climbing_stays_in_its_subspace():
    surface, rows = surface_over(CONDITIONAL)
    summits, _ = surface.climb(rows, 30)
    np.testing.assert_array_equal(summits[:, 0], rows[:, 0])


@pytest.mark.parametrize("subspace", [0, 1])
def test_only_the_allowed_subspaces_are_proposed(subspace):
    surface, rows = surface_over(CONDITIONAL)
    ranked = np.array(list(propose(surface, rows, subspaces=np.array([subspace]))))
    assert np.all(surface.space.subspace_of(ranked) == subspace)


def test_the_same_generator_gives_the_same_rows():
    surface, rows = surface_over(MIXED)
    a, b = list(propose(surface, rows, 3)), list(propose(surface, rows, 3))
    np.testing.assert_array_equal(a, b)


def test_a_long_choice_does_not_stop_the_climb():
    surface, _ = surface_over({"a": Real(0, 1), "c": [f"v{i}" for i in range(200)]})
    summits, values = surface.climb(
        surface.space.sample(3, np.random.default_rng(0)), 30
    )
    assert np.all(np.isfinite(values))
    np.testing.assert_array_equal(surface.space.snap(summits), summits)
