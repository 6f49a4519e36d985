import pytest

from skhp.exceptions import InvalidSpaceError
from skhp.space import Integer
from skhp.space._bounds import decimals, powers_between


@pytest.mark.parametrize("base", [2, 3, 10])
@pytest.mark.parametrize(("low", "high"), [(1, 1), (1, 1000), (9, 81), (10, 100)])
def test_powers_are_those_within_the_bounds(base, low, high):
    expected = [base**i for i in range(12) if low <= base**i <= high]
    if expected:
        assert list(powers_between(low, high, base)) == expected
    else:
        with pytest.raises(InvalidSpaceError, match=f"a power of {base} must lie"):
            powers_between(low, high, base)


def test_powers_are_equally_likely_and_found_again():
    batch = Integer(10, 600, powers_of=2)
    values = [16, 32, 64, 128, 256, 512]
    assert (batch.low, batch.high, batch.n_values) == (16, 512, 6)
    assert batch.values(batch.positions()) == values
    assert [batch.value(batch.position(v)) for v in values] == values
    with pytest.raises(ValueError, match="must be one of"):
        batch.position(48)
    assert repr(batch) == "Integer(low=16, high=512, prior='uniform', powers_of=2)"


@pytest.mark.parametrize("base", [1, 0, 2.0, "2", True])
def test_the_base_of_powers_is_checked(base):
    with pytest.raises(InvalidSpaceError, match="powers_of must be an integer of at"):
        Integer(1, 64, powers_of=base)


def test_wide_ranges_are_rounded_to_fewer_decimals():
    assert (decimals(0.0, 1.0), decimals(0.0, 1000.0)) == (14, 11)
    assert decimals(0.0, 0.0) is None
    assert decimals(1e9, 1e9 + 1e-4) is None
