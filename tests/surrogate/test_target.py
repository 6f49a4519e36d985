import numpy as np
import pytest

from skhp.surrogate import warp_scores


def test_the_good_half_keeps_its_proportions():
    scores = np.random.default_rng(0).normal(size=41)
    good = scores >= np.median(scores)
    slope, offset = np.polyfit(scores[good], warp_scores(scores)[good], 1)
    np.testing.assert_allclose(warp_scores(scores)[good], slope * scores[good] + offset)


def test_the_order_of_scores_survives():
    scores = np.random.default_rng(0).standard_cauchy(50)
    order = np.argsort(scores)
    assert np.all(np.diff(warp_scores(scores)[order]) > 0)


def test_one_disaster_does_not_flatten_the_rest():
    scores = np.append(np.linspace(0.8, 0.9, 20), -1e9)
    assert np.ptp(warp_scores(scores)[:20]) > 2.0


def test_the_target_is_standardised():
    target = warp_scores(np.random.default_rng(0).exponential(size=30))
    np.testing.assert_allclose([target.mean(), target.std()], [0, 1], atol=1e-12)


def test_failed_trials_get_one_less_than_the_worst():
    target = warp_scores(np.array([0.5, np.nan, 0.7, 0.1]))
    assert target[1] == target[3] - 1.0


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_the_unit_of_the_scores_does_not_matter(scale):
    scores = np.array([0.1, 0.9, 0.4, -0.7, 0.2])
    np.testing.assert_allclose(warp_scores(scores * scale), warp_scores(scores))


def test_the_range_of_scores_may_overflow():
    target = warp_scores(np.array([-1.7e308, 1.7e308, 0.0, 1.0e308]))
    assert np.all(np.isfinite(target))
    assert np.argsort(target).tolist() == [0, 2, 3, 1]


def test_infinite_scores_stay_beyond_the_finite_ones():
    target = warp_scores(np.array([0.3, -np.inf, 0.5, np.inf, 0.4]))
    assert np.all(np.isfinite(target))
    assert np.argsort(target).tolist() == [1, 0, 4, 2, 3]


@pytest.mark.parametrize(
    "scores", [[], [0.5], [0.5, 0.5], [np.inf, np.inf], [0.1 + 0.2, 0.3]]
)
def test_scores_of_one_height_teach_nothing(scores):
    np.testing.assert_array_equal(warp_scores(np.array(scores)), np.zeros(len(scores)))


def test_all_failed_is_all_zero():
    np.testing.assert_array_equal(warp_scores(np.full(3, np.nan)), np.zeros(3))
