import numpy as np
import pytest

from skhp.surrogate import Prior, _evidence

# Numeric, numeric, categorical of four values, numeric.
IS_CATEGORICAL = np.array([False, False, True, False])


def draw_rows(rng, n, is_conditional):
    rows = rng.random((n, 4))
    rows[:, 2] = (rng.integers(4, size=n) + 0.5) / 4
    active = np.ones((n, 4), dtype=bool)
    if is_conditional:
        active[:, 2:] = rng.random((n, 2)) < 0.6
        rows[~active] = 0.5
    return rows, active


@pytest.fixture(params=[False, True], ids=["plain", "conditional"])
def data(request):
    """Return 25 rows with targets, 40 rows to predict, and which columns are active."""
    rng = np.random.default_rng(0)
    X, active = draw_rows(rng, 25, request.param)
    rows, rows_active = draw_rows(rng, 40, request.param)
    z = np.sin(5 * X[:, 0]) + X[:, 1] + (X[:, 2] > 0.5) * active[:, 2]
    z = (z - z.mean()) / z.std()
    theta = np.array([-0.9, -0.2, -0.4, 0.4, 2.5, -1.0, 0.0, 0.0, 0.3, -7.0])
    return X, z, active, rows, rows_active, theta, request.param


def density(data, theta):
    """Return the log density of theta given the data, and its gradient."""
    X, z, active, _, _, _, is_conditional = data
    mask = np.ascontiguousarray(active.T, float) if is_conditional else None
    kinds = IS_CATEGORICAL.astype(np.uint8)
    prior, gradient = Prior(), np.empty(10)
    work = np.empty(_evidence.workspace(25, 4))
    value = _evidence.log_density(
        np.ascontiguousarray(X.T),
        mask,
        kinds,
        1 - kinds,
        z,
        prior.centre(4),
        prior.spread(4),
        theta,
        work,
        gradient,
    )
    return value, gradient
