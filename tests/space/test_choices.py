import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skhp.exceptions import InvalidSpaceError
from skhp.space import Space
from skhp.space._choices import Choices, are_same, is_alike, is_number, is_same


class Estimator:
    def __init__(self, alpha=1.0):
        self.alpha = alpha


class Quarrelsome:
    def __eq__(self, other):
        raise RuntimeError("not with me")

    __hash__ = None


def cyclic_list():
    cyclic = []
    cyclic.append(cyclic)
    return cyclic


class Selfish:
    def __init__(self):
        self.me = self


@pytest.mark.parametrize("make", [cyclic_list, Selfish])
def test_choices_that_contain_themselves_are_told_apart_by_identity(make):
    first, second = make(), make()
    space = Space({"a": [first, second]})
    rows = space.to_rows([{"a": second}, {"a": first}])
    assert space.to_params(rows)[0]["a"] is second
    with pytest.raises(InvalidSpaceError, match="must be one of"):
        space.to_rows([{"a": make()}])


def test_an_object_is_found_by_identity_before_equality():
    equal = [[1], [1.0], (1,), np.array([1])]
    choices = Choices([*equal, *equal])
    assert len(choices.objects) == 4
    assert [choices.index(obj) for obj in equal] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("obj", "expected"),
    [(1, 0), (1.0, 1), (True, 2), (np.int64(1), 0), (2, None), ("1", 3), (None, None)],
)
def test_the_very_type_is_preferred_and_an_equal_number_will_do(obj, expected):
    assert Choices([1, 1.0, True, "1"]).index(obj) == expected


def test_every_nan_of_one_type_is_one_choice():
    choices = Choices([math.nan, float("nan"), np.float32("nan"), 0.0])
    assert len(choices.objects) == 3
    assert choices.index(float("nan")) == 0
    assert choices.index(np.float32("nan")) == 1


def test_objects_are_found_after_pickling():
    estimators = [Estimator(1.0), Estimator(2.0), len, {"k": 1}]
    choices = Choices(estimators)
    copy = pickle.loads(pickle.dumps(choices))
    assert copy == choices
    assert hash(copy) == hash(choices)
    assert [copy.index(obj) for obj in estimators] == [0, 1, 2, 3]
    assert [choices.index(obj) for obj in copy.objects] == [0, 1, 2, 3]


def test_choices_differ_by_order_type_and_number():
    assert Choices([1, 2]) == Choices([1, 2, 1])
    for other in ([2, 1], [1, 2.0], [1], [1, 2, 3]):
        assert Choices([1, 2]) != Choices(other)
    assert Choices([1, 2]) != (1, 2)


LEAVES = st.sampled_from([0, 0.0, False, 1, 1.0, True, "", "a", b"a", None, math.nan])
NESTED = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.lists(inner, max_size=2).map(tuple),
    max_leaves=4,
)


def typed(obj):
    """Return a text that says type and value of everything in `obj`."""
    if isinstance(obj, list | tuple):
        return f"{type(obj).__name__}({', '.join(map(typed, obj))})"
    return f"{type(obj).__name__} {obj!r}"


@settings(max_examples=100, deadline=None)
@given(NESTED, NESTED)
def test_two_choices_are_one_iff_types_and_values_are(a, b):
    assert is_same(a, b) == is_same(b, a) == (typed(a) == typed(b))
    assert len(Choices([a, b]).objects) == 2 - is_same(a, b)


@pytest.mark.parametrize(
    ("a", "b", "same", "alike"),
    [
        (1, 1.0, False, True),
        (1, True, False, False),
        (True, np.bool_(True), False, True),
        ("a", np.str_("a"), False, True),
        (Estimator(1.0), Estimator(1.0), False, True),
        (Estimator(1.0), Estimator(2.0), False, False),
        (Estimator(1), Estimator(1.0), False, True),
        (Estimator(Estimator(3)), Estimator(Estimator(3)), False, True),
        (np.ones(2), np.ones(2), True, False),
        (np.ones(2), np.ones(2, dtype=int), False, False),
        (Quarrelsome(), Quarrelsome(), False, False),
        (object(), object(), False, False),
        (lambda: 1, lambda: 1, False, False),
    ],
)
def test_same_and_alike(a, b, same, alike):
    assert is_same(a, b) is is_same(b, a) is same
    assert is_alike(a, b) is is_alike(b, a) is alike


@pytest.mark.parametrize("value", [0, -1.5, np.int8(1), np.float32(0.1), math.inf])
def test_numbers_are_numbers(value):
    assert is_number(value)


@pytest.mark.parametrize("value", [True, np.True_, "1", None, 1j, [1], np.ones(1)])
def test_everything_else_is_not(value):
    assert not is_number(value)


def test_params_are_the_same_iff_names_and_choices_are():
    params = {"a": 1, "b": None}
    assert are_same(params, {"b": None, "a": 1})
    for other in ({"a": 1}, {"a": 1.0, "b": None}, {**params, "c": 1}):
        assert not are_same(params, other)
