from dataclasses import dataclass, replace

import numpy as np
import pytest

from skhp.acquisition import _local_search, log_ei
from skhp.surrogate import Posterior, fit_gaussian_process

from ..surrogate import reference_climb

BEST = 0.8
SHARE, SPREAD, LEAST, POWER = 0.7, 0.4, 0.02, 2.0


@dataclass
class Search:
    """A process over columns, their grids, and what may move."""

    posterior: Posterior
    grids: list  # positions of each column; none: continuous
    movable: list
    success: Posterior | None = None

    @property
    def D(self):
        return len(self.grids)

    def height(self, rows, active=None):
        rows = np.atleast_2d(rows)
        mask = None if active is None else np.tile(active, (len(rows), 1))
        height = log_ei(*self.posterior.predict(rows, mask), BEST)[0]
        if self.success is not None:
            mean, _ = self.success.predict(rows, mask)
            chance = np.clip(SHARE + SPREAD * mean, LEAST, 1.0)
            height = height + POWER * np.log(chance)
        return height

    def climb(self, rows, active=None, max_evaluations=100):
        rows = np.array(rows, dtype=float)
        values = np.empty(len(rows))
        sizes = [len(grid) for grid in self.grids]
        n, chance = self.posterior.columns.shape[1], None
        if self.success is not None:
            chance = (self.success.arrays, SHARE, SPREAD, LEAST, POWER)
        n_success = 0 if self.success is None else self.success.columns.shape[1]
        _local_search.climb_rows(
            *self.posterior.arrays,
            BEST,
            np.concatenate([*self.grids, [0.0]]),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
            np.array(self.movable, dtype=np.uint8),
            max_evaluations,
            np.full(_local_search.workspace(n, self.D, n_success), np.nan),
            active,
            rows,
            values,
            chance,
        )
        return rows, values


def search_over(*sizes, n=15, categorical=(), active=None, length=0.3, seed=0):
    """Return a search over a continuum where a size is 0, else over so many values."""
    rng = np.random.default_rng(seed)
    grids = [(np.arange(size) + 0.5) / size for size in sizes]
    X = rng.random((n, len(sizes)))
    for j, grid in enumerate(grids):
        if len(grid):
            X[:, j] = rng.choice(grid, n)
    kinds = np.isin(np.arange(len(sizes)), categorical)
    D = len(sizes)
    theta = np.concatenate([np.full(D, np.log(length)), np.zeros(D), [0.0, -7.0]])
    posterior = fit_gaussian_process(
        X,
        np.sin(9.0 * X).sum(axis=1) / D,
        is_categorical=kinds,
        active=active,
        starts=[theta],
        max_evaluations=0,
    )
    return Search(posterior, grids, [1] * D)


def with_failures(search, n=9, seed=3):
    """Return the search where some trials failed, more of them in a corner."""
    rows = draw(search, n, seed)
    mask = None
    if search.posterior.active is not None:
        mask = np.random.default_rng(seed).random(rows.shape) < 0.7
    success = fit_gaussian_process(
        rows,
        np.where(rows.mean(axis=1) > 0.55, -1.0, 0.5),
        is_categorical=search.posterior.is_categorical > 0,
        active=mask,
        starts=[np.concatenate([np.full(search.D, -1.0), np.zeros(search.D), [0, -3]])],
        max_evaluations=0,
    )
    return replace(search, success=success)


def draw(search, n=8, seed=1):
    rng = np.random.default_rng(seed)
    rows = rng.random((n, search.D))
    for j, grid in enumerate(search.grids):
        if len(grid):
            rows[:, j] = rng.choice(grid, n)
    return rows


SHAPES = [(0, 0), (0, 7), (0, 300, 3), (2, 5), (1, 0)]


@pytest.mark.parametrize("sizes", SHAPES)
@pytest.mark.parametrize("n", [1, 15])
def test_summits_are_as_high_as_they_say_and_no_lower_than_their_starts(sizes, n):
    search = search_over(*sizes, n=n)
    starts = draw(search)
    rows, values = search.climb(starts)
    np.testing.assert_allclose(values, search.height(rows), rtol=1e-9, atol=1e-9)
    assert np.all(values >= search.height(starts) - 1e-9)
    assert np.all((rows >= 0.0) & (rows <= 1.0))


def test_among_continuous_columns_it_goes_where_the_numpy_twin_goes():
    search = search_over(0, 0)

    def function(x):
        mean, std = search.posterior.predict(x[None])
        value, dmean, dstd = log_ei(mean, std, BEST)
        slopes = search.posterior.gradient(x)
        return value[0], dmean * slopes[0] + dstd * slopes[1]

    starts, box = draw(search), (np.zeros(2), np.ones(2))
    rest = np.minimum(1.0 / search.posterior.weight, 1.0), 100, 1e-2
    for start, row, value in zip(starts, *search.climb(starts), strict=True):
        summit, height = reference_climb.climb(function, start, *box, *rest)
        np.testing.assert_allclose(row, summit, atol=1e-5)
        np.testing.assert_allclose(value, height, rtol=1e-7)


@pytest.mark.parametrize("sizes", SHAPES)
def test_where_trials_have_failed_summits_are_as_high_as_they_say(sizes):
    search = with_failures(search_over(*sizes))
    rows, values = search.climb(draw(search))
    np.testing.assert_allclose(values, search.height(rows), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("conditional", [False, True])
def test_where_trials_have_failed_a_summit_is_one_of_ei_times_success(conditional):
    mask = np.random.default_rng(2).random((15, 2)) < 0.7 if conditional else None
    search = with_failures(search_over(0, 0, active=mask))
    active = np.ones((8, 2)) if conditional else None
    rows, values = search.climb(draw(search), active)
    np.testing.assert_allclose(values, search.height(rows, np.ones(2)), rtol=1e-9)
    step = 1e-4 * np.vstack([np.eye(2), -np.eye(2)])
    for row, value in zip(rows, values, strict=True):
        around = np.clip(row + step, 0.0, 1.0)
        assert np.all(search.height(around, np.ones(2)) <= value + 1e-5)
    without, _ = replace(search, success=None).climb(draw(search), active)
    assert not np.allclose(rows, without, atol=1e-2)


@pytest.mark.parametrize("sizes", [(0, 7), (0, 300, 3), (2, 5), (16, 17)])
def test_discrete_columns_end_on_their_grid(sizes):
    search = search_over(*sizes)
    rows, _ = search.climb(np.random.default_rng(0).random((8, len(sizes))))
    for j, grid in enumerate(search.grids):
        assert len(grid) == 0 or np.all(np.isin(rows[:, j], grid))


@pytest.mark.parametrize(
    ("sizes", "categorical"), [((4, 5), ()), ((4, 5), (0, 1)), ((30, 3), (0,))]
)
def test_no_single_change_of_a_short_column_or_a_choice_is_better(sizes, categorical):
    search = search_over(*sizes, categorical=categorical)
    rows, values = search.climb(draw(search))
    for j, grid in enumerate(search.grids):
        others = np.repeat(rows, len(grid), axis=0)
        others[:, j] = np.tile(grid, len(rows))
        best = search.height(others).reshape(len(rows), -1).max(axis=1)
        assert np.all(values >= best - 1e-8)


@pytest.mark.parametrize(
    # with one evaluation the gradient is of no use: only the walk gets anywhere
    ("sizes", "max_evaluations"),
    [((200, 50), 100), ((200,), 1)],
)
def test_neighbours_on_a_long_grid_are_no_better(sizes, max_evaluations):
    search = search_over(*sizes)
    rows, values = search.climb(draw(search), None, max_evaluations)
    for j, grid in enumerate(search.grids):
        for step in (-1, 1):
            at = np.clip(np.searchsorted(grid, rows[:, j]) + step, 0, len(grid) - 1)
            others = rows.copy()
            others[:, j] = grid[at]
            assert np.all(search.height(others) <= values + 1e-8)


@pytest.mark.parametrize("sizes", [(0, 0, 0), (5, 0, 0), (40, 0, 3)])
def test_what_may_not_move_does_not(sizes):
    search = replace(search_over(*sizes), movable=[0, 1, 1])
    starts = draw(search)
    rows, _ = search.climb(starts)
    np.testing.assert_array_equal(rows[:, 0], starts[:, 0])
    assert np.any(rows[:, 1] != starts[:, 1])


@pytest.mark.parametrize("sizes", [(0, 0), (0, 5), (0, 40)])
def test_inactive_columns_stay_and_do_not_count(sizes):
    mask = np.random.default_rng(2).random((15, 2)) < [1.1, 0.5]
    search = search_over(*sizes, active=mask)
    starts, active = draw(search), np.array([1.0, 0.0])
    starts[:, 1] = 0.5
    rows, values = search.climb(starts, np.tile(active, (len(starts), 1)))
    np.testing.assert_array_equal(rows[:, 1], 0.5)
    np.testing.assert_allclose(values, search.height(rows, active), rtol=1e-9)
    assert np.any(rows[:, 0] != starts[:, 0])


@pytest.mark.parametrize("x", [0.0, 0.1, 0.2, 0.201, 0.5, 0.6, 0.99, 1.0])
def test_off_the_grid_the_nearest_position_is_where_it_starts(x):
    search = replace(search_over(5), movable=[0])
    rows, _ = search.climb([[x]])
    grid = search.grids[0]
    assert rows[0, 0] in grid
    np.testing.assert_allclose(abs(rows[0, 0] - x), np.abs(grid - x).min(), rtol=1e-12)


def test_where_nothing_is_expected_the_climb_still_has_numbers():
    # log EI of some -1e6: every improvement underflows
    search = search_over(0, 5, length=30.0)
    target = np.full(15, -1e3)
    flat = replace(search, posterior=search.posterior.with_target(target))
    rows, values = flat.climb(draw(flat))
    assert np.all(np.isfinite(rows))
    assert np.all(np.isfinite(values))


def test_rows_climb_by_themselves():
    search = search_over(0, 7, 0)
    starts = draw(search)
    rows, values = search.climb(starts)
    for i in range(len(starts)):
        alone, value = search.climb(starts[i : i + 1])
        np.testing.assert_array_equal(alone[0], rows[i])
        assert value[0] == values[i]
