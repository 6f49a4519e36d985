import numpy as np
import pytest

from skhp.acquisition import ForestSurface, Geometry, log_ei
from skhp.space import Integer, Real, Space
from skhp.surrogate import fit_forest, warp_scores

MIXED = {"a": Real(0.0, 1.0), "k": Integer(1, 30), "c": [f"v{i}" for i in range(40)]}
CONDITIONAL = [
    {"kind": "flat", "a": Real(0.0, 1.0)},
    {"kind": "deep", "a": Real(0.0, 1.0), "k": Integer(1, 9)},
]


def surface_over(written, seed=0, n=150):
    """Return the surface of a forest after n scores of a smooth function."""
    space = Space(written)
    geometry = Geometry.of(space)
    rows = space.sample(n, np.random.default_rng(0))
    z = warp_scores(-np.sum((rows - 0.37) ** 2 * space.active(rows), axis=1))
    n_values = np.where(geometry.is_categorical, space.n_values[geometry.columns], 0)
    forest = fit_forest(
        geometry.rows(rows), z, n_values=n_values, active=geometry.active(space, rows)
    )
    rng = np.random.default_rng(seed)
    return ForestSurface(space, geometry, forest, float(z.max()), rng)


@pytest.mark.parametrize("written", [MIXED, CONDITIONAL], ids=["mixed", "conditional"])
def test_values_are_log_ei_of_the_moments_over_the_trees(written):
    surface = surface_over(written)
    rows = surface.space.sample(20, np.random.default_rng(1))
    active = surface.space.active(rows).astype(float)
    mean, std = surface.forest.predict(rows, active)
    expected = log_ei(mean, std, surface.best)[0]
    np.testing.assert_array_equal(surface.values(rows), expected)


@pytest.mark.parametrize("written", [MIXED, CONDITIONAL], ids=["mixed", "conditional"])
def test_a_climb_never_descends_and_says_how_high_it_is(written):
    surface = surface_over(written)
    starts = surface.space.sample(10, np.random.default_rng(2))
    before = starts.copy()
    rows, values = surface.climb(starts, 60)
    np.testing.assert_array_equal(starts, before)
    assert np.all(values >= surface.values(starts))
    np.testing.assert_array_equal(surface.values(rows), values)
    np.testing.assert_array_equal(surface.space.snap(rows), rows)


def test_a_longer_climb_gets_higher():
    starts = Space(MIXED).sample(20, np.random.default_rng(2))
    short, long = (surface_over(MIXED).climb(starts, n)[1] for n in (10, 100))
    assert np.all(long >= short)
    assert long.mean() > short.mean()


@pytest.mark.parametrize("kind", [0, 1])
def test_a_climb_keeps_to_the_subspaces_it_starts_in(kind):
    surface = surface_over(CONDITIONAL)
    starts = surface.space.sample(5, np.random.default_rng(2), kind)
    rows, _ = surface.climb(starts, 60)
    assert set(surface.space.subspace_of(rows)) == {kind}


def test_the_generator_fixes_the_climb():
    starts = Space(MIXED).sample(5, np.random.default_rng(2))
    one, other, third = (surface_over(MIXED, s).climb(starts, 60)[0] for s in (3, 3, 4))
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, third)


def test_one_row_can_climb():
    surface = surface_over(MIXED)
    start = surface.space.sample(1, np.random.default_rng(2))
    rows, values = surface.climb(start, 1)
    assert rows.shape == start.shape
    assert values.shape == (1,)
