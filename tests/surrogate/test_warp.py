import numpy as np
import pytest

from skhp.surrogate._warp import unwarp, warp, warp_slope

U = np.linspace(0.0, 1.0, 21)[:, None]
DEGREES = [-8.0, -2.5, -1e-6, 0.0, 1e-13, 1e-6, 0.5, 8.0]


@pytest.mark.parametrize("tau", DEGREES)
def test_the_ends_stay_and_the_order_too(tau):
    w = warp(U, np.array([tau]))[:, 0]
    np.testing.assert_allclose(w[[0, -1]], [0.0, 1.0], atol=1e-15)
    assert np.all(np.diff(w) > 0)


@pytest.mark.parametrize("tau", DEGREES)
def test_unwarp_undoes_warp(tau):
    degree = np.array([tau])
    np.testing.assert_allclose(unwarp(warp(U, degree), degree), U, atol=1e-12)


@pytest.mark.parametrize("tau", DEGREES)
def test_the_slope_agrees_with_finite_differences(tau):
    degree, inner, step = np.array([tau]), U[1:-1], 1e-6
    rise = warp(inner + step, degree) - warp(inner - step, degree)
    np.testing.assert_allclose(warp_slope(inner, degree), rise / (2 * step), rtol=1e-6)


def test_the_right_degree_is_the_logarithmic_scale():
    low, high = 1e-3, 10.0
    values = np.geomspace(low, high, 9)
    u = ((values - low) / (high - low))[:, None]
    w = warp(u, np.array([np.log(high / low)]))
    np.testing.assert_allclose(w[:, 0], np.linspace(0, 1, 9), atol=1e-12)


def test_opposite_degrees_mirror_each_other():
    degree = np.array([3.0])
    np.testing.assert_allclose(
        warp(U, -degree), 1.0 - warp(1.0 - U, degree), atol=1e-14
    )
