import copy
import pickle

import numpy as np
import pytest

from skhp.exceptions import InvalidSpaceError
from skhp.space import Categorical, Conditional, Integer, Layers, OneOf, Real
from skhp.space._when import alternatives

MAKERS = {
    "Real": lambda when: Real(0.0, 1.0, when=when),
    "Integer": lambda when: Integer(1, 2, when=when),
    "Categorical": lambda when: Categorical([1, 2], when=when),
    "Layers": lambda when: Layers(1, 2, [8], when=when),
    "OneOf": lambda when: OneOf({"a": 1}, when=when),
    "Conditional": lambda when: Conditional([1], when=when),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("kernel", "when must be a dict of names and values"),
        ({1: 2}, "when must be a dict of names and values"),
        ({}, "when must name a parameter"),
        ({"kernel": []}, "when must hold at least one value of 'kernel'"),
    ],
)
def test_what_is_no_condition_is_refused(name, when, message):
    with pytest.raises(InvalidSpaceError, match=f"{name}: {message}"):
        MAKERS[name](when)


@pytest.mark.parametrize("name", MAKERS)
def test_conditions_are_shown_copied_and_pickled(name):
    made = MAKERS[name]({"kernel": ["rbf"]})
    assert repr(made).endswith("when={'kernel': ['rbf']})")
    for other in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert other.when == {"kernel": ["rbf"]}
        assert repr(other) == repr(made)


def test_dimensions_differ_by_their_conditions():
    for make in list(MAKERS.values())[:3]:
        assert make({"a": 1}) == make({"a": 1}) != make({"a": 2})
        assert make({"a": 1}).without_when() == make(None)
        hash(make({"a": 1}))


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("rbf", ["rbf"]),
        (["rbf", "poly"], ["rbf", "poly"]),
        (None, [None]),
        ((64, 32), [(64, 32)]),
        (range(2), [0, 1]),
        (np.array([1, 2]), [1, 2]),
    ],
)
def test_a_list_is_several_values_and_a_tuple_is_one(written, values):
    assert alternatives(written) == values
