import numpy as np
import pytest

from skhp.resources._curve import HOPELESS, NO_IMPROVEMENT, Stopping, best_point


def rising(n_folds=3, n_points=10, gain=0.01):
    return np.tile(np.arange(n_points) * gain, (n_folds, 1))


def test_points_are_every_tenth_round_and_the_last():
    stopping = Stopping(25, 10, 50)
    assert [n for n in range(1, 26) if stopping.is_point(n)] == [10, 20, 25]
    np.testing.assert_array_equal(stopping.rounds(3), [10, 20, 25])


def test_best_point_is_the_first_maximum_of_the_mean_of_the_folds():
    curves = np.array([[1.0, 5.0, 3.0, 5.0], [1.0, 1.0, 5.0, 1.0]])
    assert best_point(curves) == 2
    assert best_point(np.ones((2, 4))) == 0


def test_a_point_without_a_score_is_the_worst():
    assert best_point(np.array([[np.nan, 1.0], [9.0, 1.0]])) == 1
    assert best_point(np.full((2, 3), np.nan)) == 0


def test_training_goes_on_as_long_as_the_mean_improves():
    assert Stopping(1000, 10, 50).reason(rising()) == ""


@pytest.mark.parametrize(("n_flat", "stops"), [(4, ""), (5, NO_IMPROVEMENT)])
def test_training_ends_after_as_many_rounds_without_a_better_mean(n_flat, stops):
    curves = np.hstack([rising(), np.zeros((3, n_flat))])
    assert Stopping(1000, 10, 50).reason(curves) == stops


def test_one_fold_that_does_not_improve_ends_nothing():
    curves = rising()
    curves[0] = 0.0
    assert Stopping(1000, 10, 50).reason(curves) == ""


def test_without_patience_training_never_ends_early():
    curves = np.zeros((3, 90))
    assert Stopping(1000, 10, None).reason(curves, [1.0, 1.0, 1.0]) == ""


def test_a_candidate_far_behind_the_incumbent_is_hopeless_from_30_rounds():
    curves, incumbent = np.full((3, 3), 0.5), [0.9, 0.91, 0.92]
    stopping = Stopping(1000, 10, 50)
    assert stopping.reason(curves[:, :2], incumbent) == ""
    assert stopping.reason(curves, incumbent) == HOPELESS


def test_hopeless_is_what_the_formula_says():
    """Slow, and written again: the gap against its error and the gains to come."""
    rng = np.random.default_rng(0)
    stopping, found = Stopping(640, 10, 10_000), set()
    for _ in range(300):
        n_points = int(rng.integers(3, 40))
        curves = 0.5 + rng.uniform(0, 0.03) * np.log(np.arange(1, n_points + 1))
        curves = curves + 0.02 * rng.normal(size=(5, 1))
        incumbent = (0.5 + rng.uniform(0, 0.3) + 0.02 * rng.normal(size=5)).tolist()
        mean = [np.mean(curves[:, i]) for i in range(n_points)]
        best = mean.index(max(mean))
        gaps = [incumbent[k] - curves[k, best] for k in range(5)]
        now = 10 * n_points
        until_half = [m for i, m in enumerate(mean) if 10 * (i + 1) <= now / 2]
        gain = max(mean) - max(until_half)
        reach = 2 * np.std(gaps, ddof=1) / 5**0.5 + 0.5 * gain * np.log2(640 / now)
        expected = HOPELESS if np.mean(gaps) > reach else ""
        assert stopping.reason(curves, incumbent) == expected
        found.add(expected)
    assert found == {"", HOPELESS}


def test_a_candidate_that_still_gains_as_much_as_it_lacks_is_not_hopeless():
    curves = np.tile([0.5, 0.6, 0.7, 0.8], (3, 1))
    incumbent = [0.9, 0.9, 0.9]
    assert Stopping(1000, 10, 50).reason(curves, incumbent) == ""


def test_one_fold_is_enough():
    curves = np.full((1, 5), 0.5)
    assert Stopping(1000, 10, 100).reason(curves, [0.9]) == HOPELESS


def test_nothing_is_decided_without_a_point():
    assert Stopping(1000, 10, 50).reason(np.empty((0, 0))) == ""
