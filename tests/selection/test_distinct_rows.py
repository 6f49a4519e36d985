import numpy as np
import pytest

from skhp.selection import distinct_rows


@pytest.mark.parametrize("n", [1, 2, 50])
def test_rows_are_those_that_numpy_finds(n):
    rng = np.random.default_rng(n)
    for values in (rng.integers(3, size=(n, 3)), rng.integers(2, size=(n, 2)) - 0.5):
        expected = np.unique(values, axis=0, return_counts=True)
        for found, wanted in zip(distinct_rows(values), expected, strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_rows_with_nan_are_equal_to_none():
    rows, counts = distinct_rows(np.array([[1.0, np.nan], [1.0, np.nan], [0.0, 2.0]]))
    assert rows[0].tolist() == [0.0, 2.0]
    assert counts.tolist() == [1, 1, 1]


def test_of_no_rows_there_are_none():
    rows, counts = distinct_rows(np.zeros((0, 3)))
    assert rows.shape == (0, 3)
    assert len(counts) == 0
