import pickle

import numpy as np
import pytest

from skhp.surrogate import Prior, fit_gaussian_process

from . import reference_process as twin
from .conftest import IS_CATEGORICAL, density


def fit(X, z, active, **options):
    return fit_gaussian_process(
        X, z, is_categorical=IS_CATEGORICAL, active=active, **options
    )


def as_mask(active, is_conditional):
    return active.astype(float) if is_conditional else None


def at(data, theta=None):
    """Return the posterior of the data at given hyperparameters."""
    X, z, active, _, _, default, is_conditional = data
    theta = default if theta is None else theta
    mask = active if is_conditional else None
    return fit(X, z, mask, starts=[theta], max_evaluations=0)


def test_prediction_agrees_with_the_numpy_twin(data):
    X, z, active, rows, rows_active, theta, is_conditional = data
    mean, std = at(data).predict(rows, as_mask(rows_active, is_conditional))
    expected = twin.predict(X, z, theta, IS_CATEGORICAL, active, rows, rows_active)
    np.testing.assert_allclose(mean, expected[0], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(std, expected[1], rtol=1e-10)


def test_gradient_of_the_prediction_agrees_with_finite_differences(data):
    _, _, _, rows, rows_active, _, is_conditional = data
    posterior, step = at(data), 1e-6
    mask = as_mask(rows_active[:1], is_conditional)
    gradients = posterior.gradient(rows[0], None if mask is None else mask[0])
    for j in np.flatnonzero(~IS_CATEGORICAL & rows_active[0]):
        axis = np.eye(4)[j] * step
        above = posterior.predict(rows[:1] + axis, mask)
        below = posterior.predict(rows[:1] - axis, mask)
        for gradient, high, low in zip(gradients, above, below, strict=True):
            slope = (high[0] - low[0]) / (2 * step)
            np.testing.assert_allclose(gradient[j], slope, rtol=1e-6)


def test_gradient_is_zero_where_a_column_is_categorical_or_inactive(data):
    _, _, _, rows, rows_active, _, is_conditional = data
    if not is_conditional:
        pytest.skip("every column is active")
    i = int(np.argmin(rows_active.sum(axis=1)))
    gradients = at(data).gradient(rows[i], rows_active[i].astype(float))
    for gradient in gradients:
        assert np.all(gradient[IS_CATEGORICAL | ~rows_active[i]] == 0)


def test_fit_climbs_to_where_the_gradient_vanishes(data):
    X, z, active, _, _, _, is_conditional = data
    posterior = fit(X, z, active if is_conditional else None)
    value, gradient = density(data, posterior.theta)
    assert np.max(np.abs(gradient * Prior().spread(4))) < 0.1
    assert value >= density(data, Prior().centre(4))[0]


def test_conditioning_keeps_the_mean_and_shrinks_the_std(data):
    _, _, _, rows, rows_active, _, is_conditional = data
    mask = as_mask(rows_active, is_conditional)
    before = at(data)
    after = before.condition(rows[:3], None if mask is None else mask[:3])
    mean, std = before.predict(rows, mask)
    mean_after, std_after = after.predict(rows, mask)
    np.testing.assert_allclose(mean_after, mean, rtol=1e-9, atol=1e-9)
    assert np.all(std_after <= std + 1e-9)
    assert np.all(std_after[:3] < 0.2 * std[:3])


def test_appending_with_the_true_target_equals_fitting_all_rows(data):
    X, z, active, rows, rows_active, theta, is_conditional = data
    mask = as_mask(active, is_conditional)
    whole = at(data)
    first = fit(
        X[:20],
        z[:20],
        active[:20] if is_conditional else None,
        starts=[theta],
        max_evaluations=0,
    )
    grown = first.condition(X[20:], None if mask is None else mask[20:]).with_target(z)
    rows_mask = as_mask(rows_active, is_conditional)
    for a, b in zip(
        grown.predict(rows, rows_mask), whole.predict(rows, rows_mask), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-10)


def test_fitted_mean_is_the_prediction_at_the_observed_rows(data):
    X, _, active, _, _, _, is_conditional = data
    posterior = at(data)
    mean, _ = posterior.predict(X, as_mask(active, is_conditional))
    np.testing.assert_allclose(posterior.fitted_mean, mean, rtol=1e-8, atol=1e-10)


def test_skill_is_that_of_leaving_out_one_row_after_the_other(data):
    X, z, active, _, _, theta, _ = data
    errors, differences = [], []
    for i in range(len(z)):
        rest = np.arange(len(z)) != i
        mean, _ = twin.predict(
            X[rest], z[rest], theta, IS_CATEGORICAL, active[rest], X[[i]], active[[i]]
        )
        errors.append(z[i] - mean[0])
        differences.append(z[i] - z[rest].mean())
    expected = 1 - np.sum(np.square(errors)) / np.sum(np.square(differences))
    assert at(data).skill == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("n", [1, 3])
def test_nothing_is_predicted_of_what_does_not_vary(n):
    rows = np.random.default_rng(0).random((n, 4))
    assert fit(rows, np.zeros(n), None).skill == 0.0


def test_repeated_rows_without_noise_still_have_a_factor():
    X = np.repeat(np.random.default_rng(0).random((4, 4)), 10, axis=0)
    theta = np.array([3.0] * 4 + [0.0] * 5 + [-700.0])
    posterior = fit(X, np.zeros(40), None, starts=[theta], max_evaluations=0)
    assert np.all(np.isfinite(posterior.W))
    assert posterior.sn2 > np.exp(-700.0)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_handful_of_rows_can_be_fitted(n):
    X = np.random.default_rng(0).random((n, 4))
    mean, std = fit(X, np.linspace(-1, 1, n), None).predict(X)
    assert np.all(np.isfinite([mean, std]))


def test_a_row_without_neighbours_is_predicted_by_the_prior():
    posterior = fit(
        np.zeros((2, 4)),
        np.ones(2),
        None,
        starts=[np.array([-7.0] * 4 + [0.0] * 4 + [np.log(2.0), -7.0])],
        max_evaluations=0,
    )
    mean, std = posterior.predict(np.ones((1, 4)))
    np.testing.assert_allclose([mean[0], std[0]], [0.0, np.sqrt(2.0)], atol=1e-12)


def test_a_posterior_is_frozen_and_pickles(data):
    posterior = at(data)
    copy = pickle.loads(pickle.dumps(posterior))
    rows = data[3]
    mask = as_mask(data[4], data[6])
    for a, b in zip(
        copy.predict(rows, mask), posterior.predict(rows, mask), strict=True
    ):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(AttributeError):
        posterior.sn2 = 1.0


def test_a_logarithmic_scale_is_found():
    X = np.random.default_rng(0).random((40, 4))
    z = -((np.log1p(1000 * X[:, 0]) - 3.0) ** 2)
    posterior = fit(X, (z - z.mean()) / z.std(), None)
    assert posterior.tau[0] > 2.0
    assert np.argmax(posterior.weight) == 0
