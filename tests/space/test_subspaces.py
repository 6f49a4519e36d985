import math

import numpy as np
import pytest
import scipy.stats

from skhp.exceptions import InvalidSpaceError
from skhp.space import Real, Space
from skhp.space._subspaces import FIXED, may_share_points, read


def test_subspaces_share_equal_dimensions():
    space = Space(
        [
            {"kernel": "linear", "C": (0.1, 10.0)},
            ({"kernel": "rbf", "C": (0.1, 10.0), "gamma": (0.1, 1.0)}, 20),
            {"C": (0.1, 5.0)},
        ]
    )
    assert space.column_names == ("", "C", "gamma", "C")
    assert space.iterations == (None, 20, None)
    assert space.is_categorical.tolist() == [True, False, False, False]
    rows = (np.arange(3)[:, None] + 0.5) / 3 * [1, 0, 0, 0]
    assert space.active(rows).tolist() == [
        [True, True, False, False],
        [True, True, True, False],
        [True, False, False, True],
    ]
    assert space.subspace_of(rows).tolist() == [0, 1, 2]


def test_of_overlapping_sub_spaces_the_one_that_has_the_very_value_is_found():
    rounding = scipy.stats.uniform(1, 1)  # its values have fewer digits
    space = Space([{"c": rounding}, {"c": Real(1.0, 2.0)}])
    params = [{"c": 1.9127555772777}]
    assert space.to_params(space.to_rows(params)) == params


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (3, "must be a dict or a list of dicts"),
        ("C", "must be a dict or a list of dicts"),
        ([], "at least one dict"),
        ([3], "Each sub-space must be a dict or a tuple"),
        ({1: [2]}, "names in a search space must be strings. Got 1."),
        ([({"a": [1]}, 0)], "n_iter of a sub-space must be a positive integer. Got 0"),
        ([({"a": [1]}, 2.5)], "positive integer. Got 2.5"),
        ([({"a": [1]}, True)], "positive integer. Got True"),
    ],
)
def test_a_bad_description_is_explained(written, message):
    with pytest.raises(InvalidSpaceError, match=message):
        Space(written)


def subspaces_of(*written):
    return read(list(written))[1]


def test_entries_keep_the_order_written_and_say_what_is_fixed():
    columns, (subspace,), _ = read({"c": 3, "a": (0.0, 1.0), "b": ["x", "y"]})
    assert [column.name for column in columns] == ["a", "b"]
    assert [entry[:2] for entry in subspace.entries] == [
        ("c", FIXED),
        ("a", 0),
        ("b", 1),
    ]
    assert subspace.entries[0][2] == 3
    assert subspace.names == ["c", "a", "b"]


def test_column_zero_is_left_to_the_choice_of_several_subspaces():
    assert read({"a": [1, 2]})[1][0].entries[0][1] == 0
    assert subspaces_of({"a": [1, 2]}, {"a": [1, 2]})[1].entries[0][1] == 1


@pytest.mark.parametrize("n_iter", [1, 7, np.int64(7)])
def test_a_subspace_may_have_its_own_number_of_iterations(n_iter):
    for written in (({"a": [1]}, n_iter), [({"a": [1]}, n_iter)]):
        (subspace,) = read(written)[1]
        assert subspace.n_iter == n_iter
        assert type(subspace.n_iter) is int


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"a": 1, "b": [1, 2]}, {"b": [2, 3], "a": 1}, True),
        ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1.0}, True),  # equal numbers
        ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 2}, False),
        ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": [1, 2]}, True),
        ({"a": [1, 2]}, {"a": [1, 2], "b": 1}, False),
        ({"a": math.nan}, {"a": float("nan")}, True),
        ({}, {}, True),
    ],
)
def test_subspaces_may_overlap_unless_names_or_constants_differ(one, other, expected):
    a, b = subspaces_of(one, other)
    assert may_share_points(a, b) is may_share_points(b, a) is expected


def test_subspaces_are_equal_iff_entries_and_iterations_are():
    written = [{"a": 1}, {"a": 1}, {"a": 2}, ({"a": 1}, 3), {"b": 1}, {"a": [1, 2]}]
    found = subspaces_of(*written)
    assert [found[0] == other for other in found] == [True, True, *[False] * 4]
    assert hash(found[0]) == hash(found[1])
    assert found[0] != {"a": 1}
