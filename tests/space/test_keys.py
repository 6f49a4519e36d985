import itertools
import math
import pickle

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from skhp.space import Space

from ._written import written_spaces


@settings(max_examples=50, deadline=None)
@given(written_spaces, st.integers(0, 2**32 - 1))
def test_keys_agree_exactly_when_params_do(written, seed):
    space = Space(written)
    rows = space.sample(12, np.random.default_rng(seed))
    params = space.to_params(rows)
    keys = [space.key(row) for row in rows]
    assert keys == [pickle.loads(pickle.dumps(space)).key(row) for row in rows]
    for (key, one), (other_key, other) in itertools.product(
        zip(keys, params, strict=True), repeat=2
    ):
        # 1, 1.0 and True are different choices: max_features tells them apart.
        typed = [[(n, type(p[n]), p[n]) for n in sorted(p)] for p in (one, other)]
        assert (key == other_key) == (typed[0] == typed[1])


class Estimator:
    def __init__(self, alpha=1.0):
        self.alpha = alpha


def keys_of(space, *params):
    return [space.key(row) for row in space.to_rows(params)]


def test_equal_values_of_different_types_have_different_keys():
    values = [1, 1.0, True, np.int64(1), "1", None, math.nan]
    keys = keys_of(Space({"a": values}), *({"a": value} for value in values))
    # to the estimator a NumPy integer is the integer
    assert keys[0] == keys[3]
    assert len(set(keys)) == len(values) - 1


def test_a_constant_and_a_choice_of_equal_value_have_one_key():
    space = Space([{"a": "rbf", "b": [1, 2]}, {"b": (1, 3), "a": ["rbf", "poly"]}])
    rows = np.array([[0.25, 0.1, 0.5, 0.5], [0.75, 0.5, 0.1, 0.1]])
    assert space.to_params(rows) == [{"a": "rbf", "b": 1}] * 2
    assert space.key(rows[0]) == space.key(rows[1])


def test_keys_of_objects_survive_pickling():
    space = Space({"clf": [Estimator(1.0), Estimator(2.0), len, [3]]})
    rows = list(space.enumerate())
    copy = pickle.loads(pickle.dumps(space))
    assert [copy.key(row) for row in rows] == [space.key(row) for row in rows]
    assert len({space.key(row) for row in rows}) == 4


def test_columns_of_another_subspace_do_not_count():
    space = Space([{"a": (0.0, 1.0)}, {"b": (0.0, 1.0)}])
    assert space.key([0.25, 0.3, 0.1]) == space.key([0.25, 0.3, 0.9])
    assert space.key([0.25, 0.3, 0.1]) != space.key([0.75, 0.3, 0.1])


def test_the_same_value_under_another_name_is_another_key():
    space = Space([{"a": [1, 2]}, {"b": [1, 2]}])
    assert len({space.key(row) for row in space.enumerate()}) == 4


def test_what_is_sampled_is_told_apart_by_its_seed():
    class Frozen:
        def rvs(self, random_state=None):
            return random_state.uniform()

    space = Space({"a": Frozen()})
    assert space.key([0.25]) == space.key([0.25])
    assert space.key([0.25]) != space.key([0.75])


@pytest.mark.parametrize("outside", [-0.5, 0.0, 1.0, 1.5])
def test_positions_at_and_beyond_the_ends_have_the_key_of_the_end(outside):
    space = Space({"a": ["x", "y"], "b": (1, 9), "c": scipy.stats.randint(0, 3)})
    end = min(max(outside, 0.0), 1.0)
    assert space.key([outside] * 3) == space.key(space.snap([[end] * 3])[0])
