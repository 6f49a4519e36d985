import numpy as np
import pytest

from skhp.evaluation._racing import (
    Racing,
    chance_of,
    estimate_of,
    residual_variance,
)


def test_burn_in_is_two_splits_of_five_and_three_of_more():
    racing = Racing()
    assert [racing.burn_in(k) for k in (1, 2, 5, 10)] == [1, 2, 2, 3]


def test_parameter_of_a_search_is_read():
    assert Racing.of(False) is None
    assert Racing.of(np.False_) is None
    assert Racing.of(True) == Racing()
    assert Racing.of(0.2) == Racing(0.2)


def test_residual_variance_knows_nothing_of_how_hard_a_split_is():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((200, 5))
    hard = np.array([0.0, 0.0, -50.0, 0.0, 3.0])
    level = rng.normal(0, 9, size=(200, 1))
    assert residual_variance(level + hard + noise) == pytest.approx(1.0, abs=0.15)


def test_chance_is_how_often_the_remaining_splits_turn_it_round():
    rng = np.random.default_rng(0)
    d = rng.normal(size=(200_000, 5)) * np.sqrt(2)  # of two with residuals of 1
    first, whole = d[:, :2], d.mean(axis=1)
    chances = np.array([chance_of(row, 5, 1.0) for row in first[:20_000]])
    told = chances < 0.1
    # What is believed to happen in a tenth of the cases at most does not happen more
    # often. Three standard errors are 0.03.
    assert np.mean(whole[:20_000][told] > 0) < 0.1
    assert np.mean(chances) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("scores", "chance"), [([1.0, 1.0], 0.5), ([0.9, 0.9], 0.0), ([1.1, 1.1], 1.0)]
)
def test_without_any_variance_the_sign_decides(scores, chance):
    assert chance_of(np.array(scores) - 1.0, 5, 0.0) == chance


def test_all_splits_leave_no_doubt():
    assert chance_of(np.array([0.0, 0.0, 0.1]), 3, 1.0) == 1.0


def test_estimate_allows_for_how_hard_the_missing_splits_are():
    effects = np.array([0.0, 1.0, 5.0])
    complete = [level + effects for level in (0.0, 1.0, 2.0, 3.0)]
    estimate, variance = estimate_of(7.0 + effects[:2], complete)
    assert estimate == pytest.approx(9.0)
    assert variance == pytest.approx(0.0, abs=1e-20)


def draw(kind, n, n_splits, rng):
    """Return additive scores with residuals of some kind, and one very hard split."""
    residuals = rng.standard_normal((n, n_splits))
    if kind == "heavy tails":
        residuals = rng.standard_t(3, size=(n, n_splits))
    elif kind == "heteroscedastic":
        residuals *= np.exp(rng.normal(0, 0.7, size=(n, 1)))
    effects = rng.normal(0, 2, size=n_splits)
    effects[rng.integers(n_splits)] -= 20
    return rng.normal(0, 0.7, size=(n, 1)) + effects + residuals


def race(scores, racing):
    """Return who was given up, and the share of splits that were needed."""
    n_splits = scores.shape[1]
    complete, best, dropped, n_used = [], scores[0], [], 0
    for i, row in enumerate(scores):
        r = racing.burn_in(n_splits)
        while r < n_splits:
            if len(complete) >= racing.min_complete:
                s2 = residual_variance(np.array(complete))
                chance = chance_of((row - best)[:r], n_splits, s2)
                if racing.is_hopeless(chance, n_splits):
                    dropped.append(i)
                    break
            r += 1
        else:
            complete.append(row)
            best = max(best, row, key=np.mean)
        n_used += r
    return dropped, n_used / scores.size


@pytest.mark.parametrize("n_splits", [5, 10])
@pytest.mark.parametrize("kind", ["normal", "heavy tails", "heteroscedastic"])
def test_the_best_is_given_up_in_at_most_the_promised_share(kind, n_splits):
    rng, racing = np.random.default_rng(0), Racing()
    n_wrong, used = 0, []
    for _ in range(60):
        scores = draw(kind, 30, n_splits, rng)
        dropped, share = race(scores, racing)
        n_wrong += int(np.argmax(scores.mean(axis=1))) in dropped
        used.append(share)
    assert n_wrong <= 60 * racing.risk
    assert np.mean(used) < 0.8
