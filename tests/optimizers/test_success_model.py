import numpy as np
import pytest

from skhp.optimizers._success_model import fit_success

N = 60
KINDS = np.array([False, False, True])


def history(fails, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.random((N, 3))
    rows[:, 2] = rng.choice([0.25, 0.75], N)
    return rows, np.array([fails(row, rng) for row in rows])


def chances(fails, rows, seed=0):
    """Return the probability of success at rows, after a history of failures."""
    told, has_failed = history(fails, seed)
    success = fit_success(told, None, has_failed, KINDS, None)
    return success.probability(np.array(rows), None)


@pytest.mark.parametrize("seed", range(5))
def test_failures_at_random_say_little_of_any_place(seed):
    anywhere, _ = history(lambda row, rng: False, seed + 100)
    chance = chances(lambda row, rng: rng.random() < 0.16, anywhere, seed)
    assert 0.7 < chance.mean() < 0.95
    assert chance.min() > 0.3


@pytest.mark.parametrize("seed", range(5))
def test_where_trials_always_fail_they_are_expected_to_and_elsewhere_not(seed):
    chance = chances(
        lambda row, rng: row[0] > 0.6,
        [[0.9, 0.2, 0.25], [0.9, 0.8, 0.75], [0.2, 0.2, 0.25], [0.2, 0.8, 0.75]],
        seed,
    )
    assert np.all(chance[:2] < 0.15)
    assert np.all(chance[2:] > 0.85)


@pytest.mark.parametrize("seed", range(5))
def test_a_choice_that_always_fails_is_found_out(seed):
    chance = chances(
        lambda row, rng: row[2] > 0.5, [[0.4, 0.4, 0.25], [0.4, 0.4, 0.75]], seed
    )
    assert chance[0] > 0.85
    assert chance[1] < 0.15


def test_the_probability_is_never_nothing_and_never_above_one():
    rows, _ = history(lambda row, rng: False, 7)
    for fails in (lambda row, rng: True, lambda row, rng: row[0] > 0.1):
        chance = chances(fails, rows)
        assert np.all((chance > 0.0) & (chance <= 1.0))


def test_parameters_that_are_given_are_taken_as_they_are():
    rows, has_failed = history(lambda row, rng: row[0] > 0.6)
    learnt = fit_success(rows, None, has_failed, KINDS, None).posterior.theta
    other = fit_success(rows[:30], None, has_failed[:30], KINDS, learnt).posterior
    np.testing.assert_array_equal(other.theta, learnt)
    assert not np.any(learnt[3:6])  # nothing is warped: the rows are already
