import pytest
from sklearn.svm import SVC

from skhp.exceptions import InvalidSpaceError
from skhp.space import Categorical, Conditional, Integer, Layers, OneOf, Real
from skhp.space.conditions import (
    choices_of,
    has_conditions,
    mapped,
    parts_of,
    without_conditions,
)

CHOICE = OneOf({"svm": (SVC(), {"C": (1, 2)}), "no": None})


@pytest.mark.parametrize(
    "written",
    [
        {"a": Conditional([1], when={"b": 1})},
        {"a": Real(0.0, 1.0, when={"b": 1})},
        {"a": Categorical([1], when={"b": 1})},
        {"a": Layers(1, 2, [8])},
        [{"x": [1]}, ({"a": CHOICE}, 5)],
    ],
)
def test_conditions_are_noticed(written):
    assert has_conditions(written)


@pytest.mark.parametrize("written", [{"a": [1], "b": Real(0.0, 1.0)}, [], 3, [{}]])
def test_no_conditions_are_noticed(written):
    assert not has_conditions(written)


def test_conditions_inside_each_other_all_count():
    inner = Integer(1, 3, when={"a": 1})
    bare, conditions = without_conditions(Conditional(inner, when={"b": 2}))
    assert bare == Integer(1, 3)
    assert conditions == [{"b": 2}, {"a": 1}]


def test_everything_without_conditions_can_be_changed():
    written = {"m": CHOICE, "x": Conditional((3, 4), when={"m": "svm"}), "y": (5, 6)}
    found = mapped(written, lambda name, value: [name, *value])
    assert found["y"] == ["y", 5, 6]
    assert found["x"].values == ["x", 3, 4]
    assert found["x"].when == {"m": "svm"}
    assert found["m"].alternatives["svm"][1] == {"C": ["C", 1, 2]}


def test_names_must_be_strings():
    with pytest.raises(InvalidSpaceError, match=r"must be strings\. Got 1"):
        parts_of({1: [1]})


def test_estimators_that_may_be_chosen_come_with_their_spaces():
    nested = OneOf({"outer": (SVC(), {"inner": CHOICE})})
    names = [sorted(own) for _, own in choices_of([{"m": nested}, {"x": [1]}])]
    assert names == [["inner"], ["C"]]
