import itertools

import numpy as np
import pytest

from skhp.exceptions import InvalidSpaceError
from skhp.space import Categorical, Integer, Layers, Space

SIZES = [4, 8, 16]


def points(**options):
    space = Space({"sizes": Layers(units=SIZES, **options)})
    return [p["sizes"] for p in space.to_params(np.array(list(space.enumerate())))]


@pytest.mark.parametrize("low", [0, 1, 2])
@pytest.mark.parametrize("non_increasing", [False, True])
def test_all_tuples_of_sizes_are_there_once(low, non_increasing):
    expected = [
        sizes
        for n in range(low, 4)
        for sizes in itertools.product(SIZES, repeat=n)
        if not non_increasing or list(sizes) == sorted(sizes, reverse=True)
    ]
    found = points(low=low, high=3, non_increasing=non_increasing)
    assert sorted(found) == sorted(expected)


def test_sizes_that_do_not_increase_are_as_likely_as_if_others_were_thrown_away():
    space = Space({"s": Layers(2, 2, units=Integer(1, 9999), non_increasing=True)})
    rows = space.sample(4000, np.random.default_rng(0))
    first, second = np.array([p["s"] for p in space.to_params(rows)]).T
    assert np.all(first >= second)
    # of two uniform numbers, the greater has mean 2/3 and the less 1/3
    np.testing.assert_allclose([first.mean(), second.mean()], [6667, 3333], atol=150)


def test_layers_may_be_conditional_and_others_may_depend_on_a_sibling():
    space = Space(
        {"kind": ["net", "tree"], "s": Layers(1, 2, units=SIZES, when={"kind": "net"})}
    )
    params = space.to_params(space.sample(20, np.random.default_rng(0)))
    assert all(("s" in p) == (p["kind"] == "net") for p in params)
    assert space.names == (("kind", "s"),)


def test_a_fixed_number_of_layers_and_a_fixed_size_are_possible():
    assert points(low=2, high=2) == list(itertools.product(SIZES, repeat=2))
    space = Space({"s": Layers(1, 2, units=64)})
    rows = np.array(list(space.enumerate()))
    assert space.to_params(rows) == [{"s": (64,)}, {"s": (64, 64)}]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((1, 2, 3), "must be a tuple of 1 to 2 sizes"),
        (8, "must be a tuple of 1 to 2 sizes"),
        ((4, 8), "must be a tuple of sizes that do not increase"),
        ((5,), "must be one of"),
    ],
)
def test_a_tuple_outside_the_space_is_refused(value, message):
    space = Space({"s": Layers(1, 2, units=SIZES, non_increasing=True)})
    with pytest.raises(InvalidSpaceError, match=message):
        space.to_rows([{"s": value}])
    assert not space.contains({"s": value})
    assert space.project({"s": value, "other": 1}) is None


@pytest.mark.parametrize(
    "arguments", [(2, 1, [8]), (-1, 2, [8]), (1, 99, [8]), (1.0, 2, [8]), (0, 0, [8])]
)
def test_the_numbers_of_layers_are_checked(arguments):
    with pytest.raises(InvalidSpaceError, match="Layers: low and high must be"):
        Layers(*arguments)


@pytest.mark.parametrize(
    "units",
    [
        ["a", "b"],
        (0.5, 1.5),
        "8",
        Categorical([None]),
        [3.5, 4.5],
        [8, 16.0],
        [0, 8],
        3.5,
        0,
        True,
        Integer(-3, 4),
        Integer(0, 4),
    ],
)
def test_units_must_be_integers_of_at_least_one(units):
    with pytest.raises(InvalidSpaceError, match="Layers: units must be"):
        Layers(1, 2, units)


@pytest.mark.parametrize(
    "units", [Integer(3, 4, when={"a": 1}), Categorical([3, 4], when={"a": 1})]
)
def test_a_condition_of_the_units_is_refused(units):
    with pytest.raises(InvalidSpaceError, match="give 'when' to Layers"):
        Layers(1, 2, units)


def test_it_is_written_as_it_was_made():
    layers = Layers(1, 2, [8], non_increasing=True, when={"a": 1})
    assert repr(layers) == "Layers(1, 2, units=[8], non_increasing=True, when={'a': 1})"
