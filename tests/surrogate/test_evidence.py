import numpy as np
import pytest

from skhp.surrogate import Prior, _evidence

from . import reference_process as twin
from .conftest import IS_CATEGORICAL, density


def test_density_agrees_with_the_numpy_twin(data):
    X, z, active, _, _, theta, _ = data
    expected = twin.log_density(X, z, theta, IS_CATEGORICAL, active, Prior())
    np.testing.assert_allclose(density(data, theta)[0], expected, rtol=1e-10)


def test_gradient_of_the_density_agrees_with_finite_differences(data):
    theta, step = data[5], 1e-5
    _, gradient = density(data, theta)
    for t, axis in enumerate(np.eye(10) * step):
        rise = density(data, theta + axis)[0] - density(data, theta - axis)[0]
        np.testing.assert_allclose(gradient[t], rise / (2 * step), rtol=1e-6, atol=1e-7)


def arguments(X, z, prior):
    """Return what the kernels take of data without categories or sub-spaces."""
    D = X.shape[1]
    kinds = np.zeros(D, np.uint8)
    columns = np.ascontiguousarray(X.T)
    return columns, None, kinds, 1 - kinds, z, prior.centre(D), prior.spread(D)


def value_at(X, z, theta, prior):
    work = np.full(_evidence.workspace(*X.shape), np.nan)  # nothing is read unwritten
    gradient = np.empty(len(theta))
    given = arguments(X, z, prior)
    return _evidence.log_density(*given, theta, work, gradient), gradient


def plain(n, D=2, seed=0):
    X = np.random.default_rng(seed).random((n, D))
    z = np.linspace(-1.0, 1.0, n)
    return X, z, np.array([-1.0] * D + [0.5] * D + [0.2, -4.0])


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("D", [1, 3])
def test_a_handful_of_rows_agrees_with_the_numpy_twin(n, D):
    X, z, theta = plain(n, D)
    kinds, active = np.zeros(D, bool), np.ones((n, D), bool)
    expected = twin.log_density(X, z, theta, kinds, active, Prior())
    value, gradient = value_at(X, z, theta, Prior())
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    for t, axis in enumerate(np.eye(len(theta)) * 1e-5):
        ends = [value_at(X, z, theta + side * axis, Prior())[0] for side in (1, -1)]
        slope = (ends[0] - ends[1]) / 2e-5
        np.testing.assert_allclose(gradient[t], slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("z", [np.zeros(5), np.ones(5), np.full(5, 1e-300)])
def test_a_constant_target_agrees_with_the_numpy_twin(z):
    X, _, theta = plain(5)
    kinds, active = np.zeros(2, bool), np.ones((5, 2), bool)
    expected = twin.log_density(X, z, theta, kinds, active, Prior())
    np.testing.assert_allclose(value_at(X, z, theta, Prior())[0], expected, rtol=1e-12)


def test_repeated_rows_without_noise_have_no_density():
    X, z, theta = np.zeros((6, 2)), np.ones(6), np.array([0.0] * 5 + [-700.0])
    assert value_at(X, z, theta, Prior())[0] == -np.inf


@pytest.mark.parametrize("tau", [1e-13, 1e-9, 1e-6, 1e-4])
def test_the_slope_by_the_warp_has_no_seam_at_zero(tau):
    X, z, theta = plain(8)
    gradients = []
    for degree in (-tau, 0.0, tau):
        theta[2:4] = degree
        gradients.append(value_at(X, z, theta, Prior())[1][2:4])
    middle = 0.5 * (gradients[0] + gradients[2])
    np.testing.assert_allclose(middle, gradients[1], rtol=1e-6, atol=1e-8)


def climbed(X, z, start, max_evaluations, lower=-9.0, upper=9.0):
    prior, theta = Prior(), np.array(start)
    work, size = np.full(_evidence.workspace(*X.shape), np.nan), len(theta)
    value = _evidence.climb_density(
        *arguments(X, z, prior),
        np.full(size, lower),
        np.full(size, upper),
        np.square(prior.spread(X.shape[1])),
        max_evaluations,
        1e-3,
        work,
        theta,
    )
    return value, theta


def test_the_climb_returns_the_density_at_a_theta_without_slope():
    X, z, start = plain(12)
    value, theta = climbed(X, z, start, 200)
    expected, gradient = value_at(X, z, theta, Prior())
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    assert np.all(np.abs(gradient * Prior().spread(2)) < 1e-2)
    assert value > value_at(X, z, start, Prior())[0]


def test_the_climb_ends_at_the_bounds():
    X, z, start = plain(12)
    free, bound = climbed(X, z, start, 200), climbed(X, z, start, 200, -4.0, 0.5)
    assert np.all((bound[1] >= -4.0) & (bound[1] <= 0.5))
    assert np.any(bound[1] == 0.5)
    assert bound[0] < free[0]


def test_one_evaluation_only_looks():
    X, z, start = plain(12)
    value, theta = climbed(X, z, start, 1)
    np.testing.assert_array_equal(theta, start)
    np.testing.assert_allclose(value, value_at(X, z, start, Prior())[0], rtol=1e-12)
