import numpy as np
import pytest

from skhp.advice._tie_rules import noise, ties
from tests.advice._findings import findings, folds

CLEAR = np.linspace(0.3, 0.9, 12)
CLOSE = 0.9 + np.linspace(0, 1e-4, 12)


def test_folds_that_disagree_more_than_candidates_are_the_limit():
    found = noise(findings(folds(CLOSE, noise=0.02)))
    assert found.text.startswith(
        "The folds disagree more than the candidates: the means of the better half "
        "differ by 1.7e-05 (standard deviation), and each of them is only known to 0.0"
    )
    assert "refine_top=5 with folds that are shuffled, more folds" in found.text
    assert (
        "refine_top"
        not in noise(findings(folds(CLOSE, noise=0.02), can_refine=False)).text
    )


@pytest.mark.parametrize(
    "scores",
    [folds(CLEAR), folds(CLOSE)[:8], folds(CLOSE)[:, :1], np.ones((12, 5))],
    ids=["clear", "few", "one split", "equal"],
)
def test_nothing_is_said_of_folds_that_can_tell(scores):
    assert noise(findings(scores)) is None


def test_a_difference_that_all_folds_share_is_no_disagreement():
    scores = CLEAR[:, None] + np.array([-5.0, 0, 5])
    assert noise(findings(scores)) is None


def test_the_simplest_and_the_fastest_of_those_that_are_tied_are_named():
    params = [{"m__max_depth": depth, "m__alpha": 1.0} for depth in range(1, 13)]
    found = ties(
        findings(
            folds(CLOSE), params=params, fit_seconds=np.linspace(1, 12, 12), best=11
        )
    )
    assert found.text == (
        "11 of the 11 other candidates cannot be told from the best one by these "
        "folds. The simplest of them is candidate 0: m__max_depth=1 instead of 12. It "
        "fits in 1 s instead of 12 s."
    )
    assert found.figures["simplest"] == found.figures["fastest"] == 0


@pytest.mark.parametrize(
    "params",
    [
        [{"other": i + 1} for i in range(12)],
        [{"max_depth": i + 1, "kernel": "ab"[i % 2] * (i + 1)} for i in range(12)],
        [{"max_depth": i + 1, "min_samples_leaf": i + 1} for i in range(12)],
        [{"max_depth": i + 1} if i == 11 else {} for i in range(12)],
        [{"max_depth": None if i == 11 else i + 1} for i in range(12)],
    ],
    ids=["unknown", "other choices", "both ways", "not set", "no number"],
)
def test_what_may_not_be_simpler_is_not_called_so(params):
    found = ties(findings(folds(CLOSE), params=params))
    assert found.figures == {"n_tied": 11, "n_candidates": 12}


def test_a_smaller_alpha_is_not_simpler():
    found = ties(findings(folds(CLOSE), params=[{"alpha": i + 1} for i in range(12)]))
    assert "simplest" not in found.figures
    found = ties(findings(folds(CLOSE), params=[{"alpha": 12 - i} for i in range(12)]))
    assert found.figures["simplest"] == 0


@pytest.mark.parametrize(
    "scores",
    [folds(CLEAR), folds(CLOSE)[:1], folds(CLOSE)[:, :1]],
    ids=["clear", "one candidate", "one split"],
)
def test_nothing_is_said_of_a_clear_winner(scores):
    assert ties(findings(scores)) is None


def test_few_that_are_tied_are_not_worth_a_word():
    assert ties(findings(folds(np.r_[CLEAR, 0.8995]))) is None
