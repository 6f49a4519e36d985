import numpy as np
import pytest

from skhp.advice._fit_rules import overfitting, underfitting
from tests.advice._findings import findings, folds

MEANS = np.linspace(0.5, 0.7, 6)


def with_train(train, means=MEANS):
    return findings(folds(means), train_scores=folds(train))


def test_a_large_gap_is_overfitting():
    found = overfitting(with_train(np.full(6, 0.99)))
    assert found.text.startswith("The best candidate overfits: it scores 0.9")
    assert found.figures["train"] - found.figures["test"] > 0.2


def test_no_gap_and_nobody_who_fits_better_is_underfitting():
    found = underfitting(with_train(MEANS + 0.005))
    assert found.text.startswith("The best candidate may underfit: it scores 0.6988 ")


@pytest.mark.parametrize(
    "found",
    [
        with_train(MEANS + 0.1),
        with_train(MEANS - 0.1),
        with_train(MEANS - 1.9, MEANS - 2),
        findings(folds(MEANS)),
        findings(folds(MEANS)[:, :1], train_scores=folds(MEANS + 0.3)[:, :1]),
        findings(folds(MEANS), train_scores=np.full((6, 5), np.nan)),
    ],
    ids=["a small gap", "the other way", "of errors", "no scores", "one split", "nan"],
)
def test_nothing_is_said_of_other_gaps(found):
    assert overfitting(found) is None


@pytest.mark.parametrize(
    "found",
    [
        with_train(MEANS + 0.1),
        with_train(np.r_[np.full(5, 0.95), 0.7]),
        with_train(MEANS + 0.25, MEANS + 0.25),
        with_train(MEANS - 2, MEANS - 2),
        findings(folds(MEANS)),
    ],
    ids=["a gap", "others fit better", "good scores", "errors", "no scores"],
)
def test_nothing_is_said_of_a_best_that_may_fit_well_enough(found):
    assert underfitting(found) is None
