import numpy as np

from skhp.advice import Advice
from tests.advice._findings import findings


def test_advice_is_read_as_its_text():
    assert str(Advice("edge", "Look further.", {"C": 1.0})) == "Look further."


def test_candidates_without_a_score_do_not_compete():
    found = findings([[1, 2], [np.nan, 2], [3, 4]], rivals=np.array([2, 1]))
    assert found.competing.tolist() == [2]
    np.testing.assert_array_equal(found.means, [1.5, np.nan, 3.5])


def test_seconds_are_those_of_all_fits():
    seconds = np.array([1.0, np.nan])
    found = findings(np.ones((2, 3)), fit_seconds=seconds, score_seconds=seconds / 2)
    assert found.seconds.tolist() == [4.5, 0.0]
