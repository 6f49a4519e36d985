import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skhp.space._bins import Table, equal_bins, invert, snap_equal_bins

UNIT = st.floats(0.0, 1.0)


@settings(max_examples=50, deadline=None)
@given(UNIT, st.integers(1, 1000))
def test_a_number_snaps_to_the_nearest_centre_of_equal_bins(u, n):
    centres = equal_bins(n)
    snapped = float(snap_equal_bins(np.array([u]), n)[0])
    assert snapped in centres
    assert abs(snapped - u) <= np.abs(centres - u).min() + 1e-12


def test_a_table_finds_bins_of_unequal_width():
    table = Table(np.array([0.1, 0.7]), np.array([0.05, 0.4, 0.85]))
    u = np.array([0.0, 0.0999, 0.1, 0.69, 0.7, 1.0])
    assert [table.index(x) for x in u.tolist()] == [0, 0, 1, 1, 2, 2]
    assert table.snap(u).tolist() == [0.05, 0.05, 0.4, 0.4, 0.85, 0.85]


@pytest.mark.parametrize("value", [1.0, 1.5, 9.999, 10.0])
def test_the_position_of_a_value_is_found_from_a_poor_guess(value):
    def decode(u):
        return 10.0**u

    u = invert(decode, value, math.log10(value) + 3e-8)
    assert decode(u) == pytest.approx(value, rel=1e-14)
