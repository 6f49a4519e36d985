import mpmath
import numpy as np
import pytest

from skhp.acquisition import log_ei, log_h

# The seams between the formulas, and far out.
SEAMS = [-1e8, -1e3, -30.5, -30.0, -29.9, -5.0, -1.0, -0.999, 0.0, 0.5, 5.0, 40.0, 1e8]


def points():
    rng = np.random.default_rng(0)
    far = -(10.0 ** rng.uniform(0, 8, 100))
    return np.concatenate([SEAMS, rng.uniform(-60, 5, 200), far])


def exact(z):
    """Return log h, Phi / h and phi / h in 60-digit arithmetic."""
    with mpmath.workdps(60):
        z = mpmath.mpf(float(z))
        pdf = mpmath.exp(-z * z / 2) / mpmath.sqrt(2 * mpmath.pi)
        cdf = mpmath.erfc(-z / mpmath.sqrt(2)) / 2
        h = pdf + z * cdf
        return float(mpmath.log(h)), float(cdf / h), float(pdf / h)


def test_log_h_agrees_with_60_digit_arithmetic():
    z = points()
    expected = [exact(v)[0] for v in z]
    # log h crosses zero at z = 0.9: next to it only the absolute error means anything
    np.testing.assert_allclose(log_h(z), expected, rtol=1e-13, atol=1e-15)


def test_derivatives_agree_with_60_digit_arithmetic():
    z = points()
    _, ratio_cdf, ratio_pdf = np.array([exact(v) for v in z]).T
    _, dmean, dstd = log_ei(3.0 * z + 2.0, np.full(z.shape, 3.0), 2.0)
    # forming z = (mean - best) / std rounds, and phi / h falls as exp(-z^2 / 2)
    near = z < 6
    np.testing.assert_allclose(dmean, ratio_cdf / 3.0, rtol=1e-11)
    np.testing.assert_allclose(dstd[near], ratio_pdf[near] / 3.0, rtol=1e-11)


@pytest.mark.parametrize("mean", [-40.0, -31.0, -3.0, 0.0, 2.0])
@pytest.mark.parametrize("std", [0.3, 1.0, 2.0])
def test_derivatives_agree_with_finite_differences(mean, std):
    step = 1e-5
    _, dmean, dstd = log_ei(mean, std, 0.5)
    by_mean, _, _ = log_ei([mean - step, mean + step], [std, std], 0.5)
    by_std, _, _ = log_ei([mean, mean], [std - step, std + step], 0.5)
    np.testing.assert_allclose(dmean, np.diff(by_mean)[0] / (2 * step), rtol=1e-6)
    np.testing.assert_allclose(
        dstd, np.diff(by_std)[0] / (2 * step), rtol=1e-6, atol=1e-10
    )


def test_log_h_never_decreases():
    z = np.concatenate([-np.logspace(8, -3, 4000), np.logspace(-3, 8, 4000)])
    assert np.all(np.diff(log_h(z)) > 0)


def test_log_ei_is_finite_when_the_improvement_underflows():
    value, dmean, dstd = log_ei([-1e6, -1e3, 1e6], [1e-2, 1e-6, 1e-6], 0.0)
    assert np.all(np.isfinite([value, dmean, dstd]))


@pytest.mark.parametrize("std", [1e-300, 1e-150, 1e150, 1e300])
def test_log_ei_scales_with_its_unit(std):
    value, dmean, dstd = log_ei([-2.0 * std, 0.0, 3.0 * std], std, 0.0)
    unit = log_ei([-2.0, 0.0, 3.0], 1.0, 0.0)
    np.testing.assert_allclose(value, unit[0] + np.log(std), rtol=1e-13)
    np.testing.assert_allclose(dmean * std, unit[1], rtol=1e-13)
    np.testing.assert_allclose(dstd * std, unit[2], rtol=1e-13)


def test_expected_improvement_is_the_mean_of_improvements():
    draws = np.random.default_rng(0).normal(0.3, 0.8, 400_000)
    improvement = np.maximum(draws - 0.5, 0.0)
    # five standard errors
    error = 5 * improvement.std() / np.sqrt(len(draws))
    value, _, _ = log_ei(0.3, 0.8, 0.5)
    assert abs(np.exp(value) - improvement.mean()) < error
