import numpy as np
import pytest

from skhp.selection._paired import (
    first_metric,
    moderated_errors,
    rho_of,
    split_scores,
    standard_errors,
    tied_with_best,
    usual_rho,
)


def folds_of(truth, n_splits, noise, rng):
    """Return scores with a common effect of each split."""
    shape = (len(truth), n_splits)
    residual = noise * rng.standard_normal(shape)
    return truth[:, None] + 10 * rng.standard_normal(n_splits) + residual


def test_scores_are_read_from_the_table_in_the_order_of_splits():
    results = {"mean_test_auc": [0.5], "split1_test_auc": [2], "split0_test_auc": [1]}
    assert first_metric(results) == "auc"
    assert split_scores(results, "auc").tolist() == [[1.0, 2.0]]


def test_rho_is_the_share_of_rows_that_are_tested():
    rows = np.arange(10)
    assert rho_of([(rows[:8], rows[8:])], 10) == 0.25
    assert rho_of([(rows < 8, rows >= 8)], 10) == 0.25
    assert rho_of([(rows[:0], rows)], 10) == 10.0
    assert rho_of([(slice(8), slice(8, None))], 10) == 0.25
    assert rho_of([(range(8), [8, 9])], 10) == 0.25
    assert usual_rho(5) == 0.25
    assert usual_rho(1) == np.inf


def test_standard_errors_are_those_of_nadeau_and_bengio():
    d = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
    expected = np.std(d, ddof=1) * np.sqrt(1 / 5 + 1 / 4)
    assert standard_errors(d, 0.25) == pytest.approx([expected])
    assert np.isnan(standard_errors(d[:, :1], 0.25)).all()


def test_the_truly_best_is_among_the_tied_in_at_least_the_promised_share():
    rng, found = np.random.default_rng(0), 0
    truth = np.zeros(30)
    truth[0] = 0.3  # small beside the noise: somebody else often wins
    for _ in range(400):
        scores = folds_of(truth, 5, 1.0, rng)
        best = int(np.argmax(scores.mean(axis=1)))
        found += 0 in tied_with_best(scores, best, usual_rho(5))
    assert found >= 0.95 * 400


def test_candidates_that_are_clearly_worse_are_not_tied():
    rng = np.random.default_rng(0)
    truth = np.repeat([0.0, -20.0], 10)
    scores = folds_of(truth, 5, 1.0, rng)
    best = int(np.argmax(scores.mean(axis=1)))
    tied = tied_with_best(scores, best, usual_rho(5))
    assert tied[0] == best
    assert set(tied) == set(range(10))


def test_equal_scores_are_tied_and_nan_is_not():
    scores = np.array([[1.0, 1.0], [1.0, 1.0], [np.nan, 1.0], [0.0, 0.0]])
    assert tied_with_best(scores, 1, 1.0).tolist() == [1, 0]


def test_with_one_split_nothing_can_be_told_apart():
    scores = np.array([[1.0], [3.0], [2.0]])
    assert tied_with_best(scores, 1, 0.25).tolist() == [1, 2, 0]


def test_variances_are_averaged_with_the_median_one():
    d = np.array([[0.0, 2.0, 4.0], [1.0, 1.0, 1.0], [0.0, 1.0, 2.0]])
    errors, degrees = moderated_errors(d, rho=0.5)
    assert degrees == 6
    variances = (4 * 1.0 + 2 * np.array([4.0, 0.0, 1.0])) / 6
    np.testing.assert_allclose(errors, np.sqrt(variances * (1 / 3 + 0.5)))
