import pickle

import numpy as np

from skhp.surrogate import fit_forest

# Two numbers, then a choice of 50 values.
N_VALUES = np.array([0, 0, 50])


def draw(n, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.random((n, 3))
    code = rng.integers(50, size=n)
    X[:, 2] = (code + 0.5) / 50
    return X, -((X[:, 0] - 0.4) ** 2) * 4 + 0.5 * (code % 2)


def test_the_mean_follows_the_target():
    forest = fit_forest(*draw(1000), n_values=N_VALUES)
    rows, target = draw(500, seed=1)
    mean, _ = forest.predict(rows)
    assert np.corrcoef(mean, target)[0, 1] > 0.95


def test_the_mean_is_the_prediction_of_lightgbm():
    forest = fit_forest(*draw(200), n_values=N_VALUES)
    rows, _ = draw(50, seed=1)
    features = rows.copy()
    features[:, 2] = np.floor(rows[:, 2] * 50)
    np.testing.assert_allclose(
        forest.predict(rows)[0], forest.booster.predict(features), rtol=1e-12
    )


def test_an_inactive_column_does_not_matter():
    X, z = draw(200)
    active = np.ones(X.shape)
    active[::2, 1] = 0.0
    forest = fit_forest(X, z, n_values=N_VALUES, active=active)
    other = np.where(active > 0, X, 0.123)
    for a, b in zip(
        forest.predict(X, active), forest.predict(other, active), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_a_forest_is_reproducible_and_pickles():
    X, z = draw(100)
    forest = fit_forest(X, z, n_values=N_VALUES, seed=3)
    for other in (
        fit_forest(X, z, n_values=N_VALUES, seed=3),
        pickle.loads(pickle.dumps(forest)),
    ):
        np.testing.assert_array_equal(other.predict(X), forest.predict(X))


def test_few_or_equal_targets_are_no_trouble():
    X, _ = draw(3)
    mean, std = fit_forest(X, np.zeros(3), n_values=N_VALUES).predict(X)
    np.testing.assert_allclose(mean, 0.0, atol=1e-12)
    assert np.all(std > 0)
