import numpy as np
import pytest

from skhp.acquisition import log_ei, log_h


def test_log_ei_keeps_the_shape_of_its_arguments():
    value, dmean, dstd = log_ei(np.zeros((2, 3)), 1.0, 0.0)
    assert value.shape == dmean.shape == dstd.shape == (2, 3)
    assert log_h(0.0).shape == ()


def test_nan_stays_nan():
    assert np.isnan(log_h(np.nan))


def test_what_is_written_is_broadcast():
    whole = log_ei(np.zeros((2, 3)), np.ones((2, 3)), 1.0)
    for mean, std in (([[0], [0]], [1, 1, 1]), (np.zeros((2, 3)), 1)):
        for a, b in zip(log_ei(mean, std, 1.0), whole, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("view", [np.s_[::2], np.s_[::-1], np.s_[3:4], np.s_[:0]])
def test_views_are_read_in_their_own_order(view):
    mean, std = np.random.default_rng(0).random((2, 9))
    alone = [log_ei(m, s, 0.5) for m, s in zip(mean, std, strict=True)]
    expected = np.array(alone)[view].T
    np.testing.assert_array_equal(log_ei(mean[view], std[view], 0.5), expected)
    np.testing.assert_array_equal(log_h(mean[view]), log_h(mean)[view])


def test_nothing_given_is_changed():
    mean, std = np.array([0.0, 1.0]), np.array([1.0, 2.0])
    log_ei(mean, std, 0.5)
    assert (mean.tolist(), std.tolist()) == ([0.0, 1.0], [1.0, 2.0])
