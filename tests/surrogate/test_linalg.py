import numpy as np
import pytest

from skhp.surrogate._linalg import inverse_factor


def positive_definite(n, seed=0, scale=1.0):
    A = np.random.default_rng(seed).normal(size=(n, n + 2))
    return scale * (A @ A.T / n + np.eye(n))


@pytest.mark.parametrize("n", [1, 2, 7, 65])
@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_the_inverse_factor_is_that_of_numpy(n, scale):
    K = positive_definite(n, scale=scale)
    W = K.copy()
    assert inverse_factor(W)
    np.testing.assert_allclose(W @ np.linalg.cholesky(K), np.eye(n), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(W, np.tril(W))


def test_only_the_lower_half_is_read():
    K = positive_definite(5)
    lower, whole = np.tril(K) + np.triu(np.full((5, 5), np.nan), 1), K.copy()
    assert inverse_factor(lower)
    assert inverse_factor(whole)
    np.testing.assert_array_equal(lower, whole)


@pytest.mark.parametrize(
    "K",
    [
        np.zeros((1, 1)),
        -np.eye(2),
        np.ones((3, 3)),  # three equal rows, no noise
        np.array([[1.0, 2.0], [2.0, 1.0]]),
    ],
)
def test_a_matrix_without_a_factor_is_told(K):
    assert not inverse_factor(np.array(K))
