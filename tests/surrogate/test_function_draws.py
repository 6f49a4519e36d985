import numpy as np
import pytest

from skhp.surrogate import Prior, draw_functions, fit_gaussian_process
from skhp.surrogate._function_draws import _draw, _matern, coordinates

KINDS = np.array([False, True, False])
N_VALUES = np.array([0, 3, 0])


def mixed(n, seed=0):
    """Return rows of two numbers and a choice, which are not always active."""
    rng = np.random.default_rng(seed)
    X = rng.random((n, 3))
    X[:, 1] = (np.floor(X[:, 1] * 3) + 0.5) / 3
    active = np.ones((n, 3))
    active[rng.random(n) < 0.4, 1] = 0.0
    active[rng.random(n) < 0.4, 2] = 0.0
    return np.where(active > 0, X, 0.5), active


def target(X):
    z = np.sin(5 * X[:, 0]) + X[:, 1]
    return (z - z.mean()) / z.std()


def fitted(n=30, **what):
    X, active = mixed(n)
    return fit_gaussian_process(
        X, target(X), is_categorical=KINDS, active=active, **what
    )


def test_distances_of_coordinates_are_those_of_the_kernel():
    posterior = fitted()
    rows, active = mixed(20, seed=1)
    observed = coordinates(posterior, posterior.columns.T, posterior.active.T, N_VALUES)
    k = _matern(coordinates(posterior, rows, active, N_VALUES), observed, posterior.sf2)
    mean, std = posterior.predict(rows, active)
    np.testing.assert_allclose(k @ posterior.alpha, mean, atol=1e-9)
    variance = posterior.sf2 - ((k @ posterior.W.T) ** 2).sum(axis=1)
    np.testing.assert_allclose(np.sqrt(variance), std, rtol=1e-6)


def test_draws_have_the_mean_and_the_deviation_of_the_posterior():
    posterior = fitted(12)
    rows, active = mixed(6, seed=1)
    rng = np.random.default_rng(0)
    n = 2000
    values = [_draw(posterior, N_VALUES, rng)(rows, active) for _ in range(n)]
    mean, std = posterior.predict(rows, active)
    # Four standard errors, and a little for the features
    np.testing.assert_allclose(np.mean(values, axis=0), mean, atol=0.1 * std.max())
    np.testing.assert_allclose(np.std(values, axis=0), std, rtol=0.12)


def test_draws_go_through_the_observations():
    X, active = mixed(30)
    z = target(X)
    draws = draw_functions(
        X,
        z,
        is_categorical=KINDS,
        n_values=N_VALUES,
        active=active,
        n_draws=5,
        rng=np.random.default_rng(0),
    )
    values = np.array([draw(X, active) for draw in draws])
    assert np.abs(values - z).max() < 0.5
    assert len({tuple(draw.posterior.theta) for draw in draws}) == 5


@pytest.mark.parametrize("n_most", [10, 128])
def test_the_same_seed_draws_the_same(n_most):
    X, _ = mixed(20)

    def drawn():
        rng = np.random.default_rng(3)
        return draw_functions(
            X,
            target(X),
            is_categorical=KINDS,
            n_values=N_VALUES,
            n_draws=2,
            rng=rng,
            n_most=n_most,
        )

    for one, other in zip(drawn(), drawn(), strict=True):
        np.testing.assert_array_equal(one(X), other(X))


def test_columns_without_effect_are_drawn_with_greater_lengths():
    rng = np.random.default_rng(0)
    X = rng.random((60, 2))
    z = target(np.column_stack([X[:, 0], np.zeros(60)]))
    draws = draw_functions(
        X,
        z,
        is_categorical=np.zeros(2, dtype=bool),
        n_values=np.zeros(2, dtype=np.int64),
        n_draws=10,
        rng=rng,
        prior=Prior(length_spread=1.5),
    )
    lengths = np.array([draw.posterior.theta[:2] for draw in draws])
    assert np.all(lengths[:, 1] > lengths[:, 0])
