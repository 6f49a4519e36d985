import numpy as np
import pytest

from skhp.surrogate import _matern

from . import reference_process as twin
from .conftest import IS_CATEGORICAL, draw_rows

KINDS = IS_CATEGORICAL.astype(np.uint8)
LENGTH = np.array([0.3, 0.8, 0.7, 1.5])
SF2, SN2 = 1.3, 1e-3
THETA = np.concatenate([np.log(LENGTH), np.zeros(4), np.log([SF2, SN2])])


def as_columns(X, active, is_conditional):
    mask = np.ascontiguousarray(active.T, float) if is_conditional else None
    return np.ascontiguousarray(X.T), mask


def pairs(n):
    return [(i, j) for i in range(n) for j in range(i)]


def process(data):
    """Return what the kernels take, and the rows to predict with their mask."""
    X, z, active, rows, rows_active, _, is_conditional = data
    K = twin.kernel(X, X, THETA, IS_CATEGORICAL, active, active)
    W = np.linalg.inv(np.linalg.cholesky(K + SN2 * np.eye(len(X))))
    columns, mask = as_columns(X, active, is_conditional)
    rows_mask = rows_active.astype(float) if is_conditional else None
    arrays = columns, mask, KINDS, LENGTH**-2.0, SF2, np.ascontiguousarray(W)
    return (*arrays, W.T @ (W @ z)), rows, rows_mask


def test_distances_of_pairs_agree_with_the_numpy_twin(data):
    X, _, active, _, _, _, is_conditional = data
    columns, mask = as_columns(X, active, is_conditional)
    d2 = np.full((4, len(pairs(25))), np.nan)
    _matern.pair_distances(columns, mask, KINDS, d2)
    for j in range(4):
        expected = [
            twin.squared_gap(X[a], X[b], j, IS_CATEGORICAL, active[a], active[b])
            for a, b in pairs(25)
        ]
        np.testing.assert_allclose(d2[j], expected, rtol=1e-14)


def test_the_kernel_matrix_agrees_with_the_numpy_twin(data):
    X, _, active, _, _, _, is_conditional = data
    d2, scratch = np.empty((4, 300)), np.full(300, np.nan)
    _matern.pair_distances(*as_columns(X, active, is_conditional), KINDS, d2)
    K = np.full((25, 25), np.nan)
    _matern.kernel_matrix(d2, LENGTH**-2.0, SF2, scratch, K)
    expected = twin.kernel(X, X, THETA, IS_CATEGORICAL, active, active)
    np.testing.assert_allclose(np.tril(K), np.tril(expected), rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_kernel_of_distinct_rows_is_positive_definite(seed):
    # sub-spaces are distances in a Euclidean space too
    X, active = draw_rows(np.random.default_rng(seed), 60, True)
    d2, K = np.empty((4, 1770)), np.zeros((60, 60))
    _matern.pair_distances(*as_columns(X, active, True), KINDS, d2)
    _matern.kernel_matrix(d2, LENGTH**-2.0, 1.0, np.empty(1770), K)
    eigenvalues = np.linalg.eigvalsh(K + np.tril(K, -1).T)
    assert eigenvalues.min() > -1e-13


def test_a_single_row_has_no_pairs_and_the_variance_of_the_signal():
    d2, K = np.empty((2, 0)), np.full((1, 1), np.nan)
    _matern.pair_distances(np.zeros((2, 1)), None, np.zeros(2, np.uint8), d2)
    _matern.kernel_matrix(d2, np.ones(2), 2.5, np.empty(0), K)
    assert K[0, 0] == 2.5


@pytest.mark.parametrize(
    ("gap", "expected"), [(0.0, 1.0), (1e-300, 1.0), (1e-9, 1.0), (400.0, 0.0)]
)
def test_equal_rows_correlate_fully_and_distant_ones_not_at_all(gap, expected):
    K = np.empty((2, 2))
    _matern.kernel_matrix(np.array([[gap**2]]), np.ones(1), 1.0, np.empty(1), K)
    np.testing.assert_allclose(K[1, 0], expected, atol=1e-15)


def test_rows_are_predicted_as_the_numpy_twin_does(data):
    X, z, active, _, rows_active, _, _ = data
    arrays, rows, mask = process(data)
    mean, std = np.empty((2, len(rows)))
    Wk = np.empty((len(rows), len(X)))
    _matern.predict_rows(*arrays, rows, mask, Wk, mean, std)
    kinds = IS_CATEGORICAL
    expected = twin.predict(X, z, THETA, kinds, active, rows, rows_active)
    np.testing.assert_allclose(mean, expected[0], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(std, expected[1], rtol=1e-9)
    k = twin.kernel(rows, X, THETA, kinds, rows_active, active)
    np.testing.assert_allclose(Wk, k @ arrays[5].T, rtol=1e-9, atol=1e-10)


def slopes_at(arrays, row, mask):
    dmean, dstd = np.full((2, 4), np.nan)
    work = np.full((3, 25), np.nan)
    mean, std = _matern.predict_slopes(*arrays, row, mask, work, dmean, dstd)
    return np.array([mean, std]), np.array([dmean, dstd])


@pytest.mark.parametrize("i", range(6))
def test_slopes_agree_with_finite_differences_and_are_zero_elsewhere(data, i):
    arrays, rows, masks = process(data)
    mask = None if masks is None else masks[i]
    _, slopes = slopes_at(arrays, rows[i], mask)
    for j in range(4):
        if IS_CATEGORICAL[j] or not data[4][i, j]:
            np.testing.assert_array_equal(slopes[:, j], 0.0)
            continue
        step = 1e-6 * np.eye(4)[j]
        above, below = (slopes_at(arrays, rows[i] + s, mask)[0] for s in (step, -step))
        np.testing.assert_allclose(
            slopes[:, j], (above - below) / 2e-6, rtol=1e-6, atol=1e-8
        )


def test_at_an_observed_row_the_std_is_that_of_the_noise(data):
    arrays, _, _ = process(data)
    active = data[2][0].astype(float) if data[6] else None
    (_, std), slopes = slopes_at(arrays, data[0][0], active)
    assert 0.0 < std < np.sqrt(SN2)
    assert np.all(np.isfinite(slopes))
