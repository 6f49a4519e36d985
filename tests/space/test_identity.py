import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skhp.space import configuration_key

NUMBERS = [0, 1, 0.0, 1.0, True, False, np.int64(1), np.int32(1), np.float64(1.0)]
FLAT = st.one_of(
    st.none(),
    st.sampled_from([*NUMBERS, float("nan"), float("inf"), "1", b"1", ""]),
    st.integers(-2, 2),
    st.floats(allow_nan=True),
    st.text(max_size=2),
)
ITEMS = st.recursive(
    FLAT,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.lists(inner, max_size=2).map(tuple),
        st.dictionaries(st.sampled_from([1, True, 1.0, "a"]), inner, max_size=2),
    ),
    max_leaves=4,
)


def same(a, b):
    """Say the obvious way whether two values are one setting."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    return a == b or (a != a and b != b)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(ITEMS, ITEMS)
def test_keys_are_equal_iff_type_and_value_are(a, b):
    keys = configuration_key({"p": a}), configuration_key({"p": b})
    assert (keys[0] == keys[1]) == same(a, b)
    if keys[0] == keys[1]:
        assert hash(keys[0]) == hash(keys[1])


@settings(max_examples=100, deadline=None)
@given(ITEMS)
def test_key_of_a_copy_is_the_same(value):
    copy = pickle.loads(pickle.dumps(value))
    assert configuration_key({"p": value}) == configuration_key({"p": copy})


ARRAYS = [
    np.zeros(4),
    np.ones(4),
    np.ones((2, 2)),
    np.ones(4, dtype=np.float32),
    np.ones(4, dtype=int),
    np.array([1, np.nan, 1, 1]),
    np.ma.masked_array(np.ones(4), mask=[0, 0, 0, 1]),
    np.ones(1, dtype=[("a", "f8")]),
    np.ones(1, dtype=[("b", "f8")]),
]


@pytest.mark.parametrize("i", range(len(ARRAYS)))
def test_arrays_are_told_apart_by_content_shape_and_type(i):
    keys = [configuration_key({"p": array}) for array in ARRAYS]
    assert keys.count(keys[i]) == 1


@pytest.mark.parametrize("array", [np.ones(4), np.array([np.nan]), np.ones((2, 3)).T])
def test_equal_arrays_share_a_key(array):
    assert configuration_key({"p": array}) == configuration_key({"p": array.copy()})


@pytest.mark.parametrize("make", [object, set, lambda: lambda x: x, lambda: [set()]])
def test_other_objects_are_compared_by_identity(make):
    one, other = make(), make()
    assert configuration_key({"p": one}) == configuration_key({"p": one})
    assert configuration_key({"p": one}) != configuration_key({"p": other})


def test_order_of_the_names_does_not_matter():
    assert configuration_key({"a": 1, "b": 2}) == configuration_key({"b": 2, "a": 1})


def test_missing_and_none_are_two_settings():
    assert configuration_key({}) != configuration_key({"a": None})
