import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skhp.exceptions import InvalidSpaceError
from skhp.space import Categorical, Integer, Real

unit = st.floats(0.0, 1.0)
bounds = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).map(sorted)
positive_bounds = st.tuples(st.floats(-300, 300), st.floats(-300, 300)).map(
    lambda exponents: [10.0**e for e in sorted(exponents)]
)


@settings(deadline=None)
@given(bounds, unit)
def test_a_float_survives_the_way_to_its_position_and_back(ends, u):
    real = Real(*ends)
    value = real.value(u)
    assert type(value) is float
    assert real.low <= value <= real.high
    assert real.value(real.position(value)) == value


@settings(deadline=None)
@given(positive_bounds, unit)
def test_a_float_on_a_log_scale_survives_too(ends, u):
    real = Real(*ends, prior="log-uniform")
    value = real.value(u)
    assert real.low <= value <= real.high
    assert real.value(real.position(value)) == value


@pytest.mark.parametrize("value", [0.1, 1.0, 10, 0.3, 1e-3, 1e3, np.float64(0.7)])
def test_a_number_as_users_write_it_comes_back_exactly(value):
    real = Real(1e-3, 1e3, "log-uniform")
    assert real.value(real.position(value)) == value


@pytest.mark.parametrize("prior", ["uniform", "log-uniform"])
def test_the_ends_of_a_range_are_exact(prior):
    real = Real(0.1, 0.7, prior)
    assert [real.value(u) for u in (-1.0, 0.0, 1.0, 2.0)] == [0.1, 0.1, 0.7, 0.7]


def test_log_uniform_gives_each_decade_the_same_share():
    real = Real(1e-3, 1e3, "log-uniform")
    np.testing.assert_allclose(
        [real.value(u) for u in np.linspace(0, 1, 7)], 10.0 ** np.arange(-3, 4)
    )


@settings(deadline=None)
@given(
    st.integers(1, 10**6),
    st.integers(0, 10**6),
    st.sampled_from(["uniform", "log-uniform"]),
    unit,
)
def test_an_integer_survives_the_way_to_its_position_and_back(low, width, prior, u):
    dimension = Integer(low, low + width, prior)
    value = dimension.value(u)
    assert type(value) is int
    assert low <= value <= low + width
    position = dimension.position(value)
    assert dimension.value(position) == value
    snapped = dimension.snap(np.array([u, position]))
    np.testing.assert_array_equal(snapped, position)


@pytest.mark.parametrize("prior", ["uniform", "log-uniform"])
@pytest.mark.parametrize("high", [1, 2, 50, 70_000])
def test_positions_of_integers_are_inside_and_increase(prior, high):
    positions = Integer(1, high, prior).positions()
    assert len(positions) == high
    assert np.all(np.diff(positions) > 0)
    assert 0 < positions[0] <= positions[-1] < 1


def test_log_integers_are_spaced_by_their_logarithm():
    positions = Integer(1, 64, "log-uniform").positions()
    octaves = positions[[0, 1, 3, 7, 15, 31, 63]]
    np.testing.assert_allclose(np.diff(octaves), np.diff(octaves)[0])


@settings(deadline=None)
@given(unit)
def test_log_integers_are_rounded_from_the_log_uniform_range(u):
    start, stop = math.log(0.5), math.log(1000.5)
    rounded = math.floor(math.exp(start + u * (stop - start)) + 0.5)
    expected = min(max(rounded, 1), 1000)
    assert abs(Integer(1, 1000, "log-uniform").value(u) - expected) <= (u in (0, 1))


def test_the_widest_integers_keep_their_bins():
    dimension = Integer(0, 2**50 - 1)
    for value in (0, 1, 2**49, 2**50 - 2, 2**50 - 1):
        assert dimension.value(dimension.position(value)) == value


@pytest.mark.parametrize("high", [2**16 + 1, 2**40])
def test_the_widest_log_integers_keep_their_bins(high):
    dimension = Integer(1, high, "log-uniform")
    for value in (1, 2, 1000, high - 1, high):
        assert dimension.value(dimension.position(value)) == value


def test_numbers_are_ordered_by_value_and_enumerated_as_written():
    dimension = Categorical([100, 1, 10])
    assert not dimension.is_categorical
    assert [dimension.value(u) for u in (0.1, 0.5, 0.9)] == [1, 10, 100]
    np.testing.assert_allclose(dimension.positions(), [5 / 6, 1 / 6, 3 / 6])


@pytest.mark.parametrize(
    "choices", [["a", "b"], [True, False], [1, None], [1.0, math.nan], [(1,), (2,)]]
)
def test_other_choices_have_no_order(choices):
    assert Categorical(choices).is_categorical


def test_order_can_be_declared():
    assert Categorical([1, 2, 3], ordered=False).is_categorical
    sizes = Categorical(["small", "medium", "large"], ordered=True)
    assert not sizes.is_categorical
    assert sizes.value(0.5) == "medium"


class Estimator:
    def __init__(self, alpha=1.0):
        self.alpha = alpha


@pytest.mark.parametrize(
    "choices",
    [
        [None, "a", (1, 2), [3], {"k": 1}, len],
        [1, 1.0, True, np.int64(1), np.float64(1)],
        [np.array([1, 2]), np.array([1, 3])],
        [Estimator(1), Estimator(2), Estimator],
        [math.nan, math.inf, 0.0],
    ],
)
def test_a_choice_is_handed_over_as_the_very_object(choices):
    dimension = Categorical(choices)
    assert dimension.n_values == len(choices)
    for choice in choices:
        assert dimension.value(dimension.position(choice)) is choice


def test_repeated_choices_count_once():
    assert Categorical(["a", "b", "a", math.nan, float("nan")]).n_values == 3


@pytest.mark.parametrize(
    ("given_value", "choice"),
    [(1.0, 1), (np.int64(10), 10), (np.float32(0.5), 0.5), (np.str_("a"), "a")],
)
def test_an_equal_value_of_another_type_finds_its_choice(given_value, choice):
    dimension = Categorical([1, 10, 0.5, "a"])
    assert dimension.value(dimension.position(given_value)) is choice


def test_an_estimator_of_equal_content_finds_its_choice():
    choices = [Estimator(1.0), Estimator(2.0)]
    dimension = Categorical(choices)
    assert dimension.value(dimension.position(Estimator(2.0))) is choices[1]
    with pytest.raises(ValueError, match="must be one of"):
        dimension.position(Estimator(3.0))


@pytest.mark.parametrize(
    ("dimension", "value", "why"),
    [
        (Real(0, 1), 2.0, "must lie between 0.0 and 1.0"),
        (Real(0, 1), math.nan, "must lie between"),
        (Real(0, 1), True, "must be a number"),
        (Real(0, 1), "a", "must be a number"),
        (Integer(0, 9), 10, "must lie between 0 and 9"),
        (Integer(0, 9), 1.5, "must be an integer"),
        (Categorical(["a"]), "b", "must be one of"),
        (Categorical([0, 1]), False, "must be one of"),
    ],
)
def test_a_value_outside_has_no_position(dimension, value, why):
    with pytest.raises(ValueError, match=why):
        dimension.position(value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Real(10, 1), "Real: low must be less than high. Got low=10, high=1."),
        (lambda: Real(0, 1, "log-uniform"), "Real: low must be positive"),
        (lambda: Real(0, 1, "normal"), "Real: prior must be 'uniform' or"),
        (lambda: Real(0, math.inf), "Real: low and high must be finite"),
        (lambda: Real(math.nan, 1), "Real: low and high must be finite"),
        (lambda: Real("a", 1), "Real: low and high must be numbers"),
        (lambda: Real(False, True), "Real: low and high must be numbers"),
        (lambda: Real(-1.7e308, 1.7e308), "Real: high - low must be a finite"),
        (lambda: Integer(3, 1), "Integer: low must be less than high"),
        (lambda: Integer(1, 2.5), "Integer: low and high must be integers"),
        (lambda: Integer(0, 9, "log-uniform"), "Integer: low must be positive"),
        (lambda: Integer(0, 2**50), r"Integer: high - low must be below 2\*\*50"),
        (lambda: Integer(1, 2**41, "log-uniform"), r"Integer: high must be at most 2"),
        (lambda: Categorical([]), "Categorical: choices must not be empty"),
        (lambda: Categorical("abc"), "Categorical: choices must be a list"),
        (lambda: Categorical(3), "Categorical: choices must be a list"),
    ],
)
def test_a_bad_dimension_says_what_must_hold(make, message):
    with pytest.raises(InvalidSpaceError, match=message):
        make()


DIMENSIONS = [
    Real(0, 1),
    Real(1e-3, 1, "log-uniform"),
    Integer(0, 9),
    Integer(1, 9, "log-uniform"),
    Categorical(["a", None, (1, [2])]),
    Categorical([1, 2, 3]),
    Categorical([1, 2, 3], ordered=False),
]


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=repr)
def test_dimensions_are_values(dimension):
    for twin in (
        pickle.loads(pickle.dumps(dimension)),
        copy.deepcopy(dimension),
        eval(repr(dimension)),
    ):
        assert twin == dimension
        assert hash(twin) == hash(dimension)
    assert [dimension == other for other in DIMENSIONS].count(True) == 1


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=repr)
def test_dimensions_cannot_be_changed(dimension):
    with pytest.raises(AttributeError):
        dimension.low = 3
    with pytest.raises(AttributeError):
        dimension.prior = "uniform"
