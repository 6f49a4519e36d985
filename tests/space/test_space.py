import copy
import pickle

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from skhp.exceptions import InvalidSpaceError
from skhp.space import Categorical, Integer, Real, Space

from ._written import OBJECTS, written_spaces


@settings(max_examples=100, deadline=None)
@given(written_spaces, st.integers(0, 2**32 - 1))
def test_params_become_rows_and_come_back(written, seed):
    space = Space(written)
    rows = space.sample(8, np.random.default_rng(seed))
    params = space.to_params(rows)
    assert space.to_params(space.to_rows(params)) == params
    np.testing.assert_array_equal(space.snap(rows), rows)
    assert np.all((rows >= 0) & (rows <= 1))
    assert np.all(rows[~space.active(rows)] == 0.5)
    assert all(map(space.contains, params))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from("abc"),
            st.one_of(
                st.lists(st.sampled_from(OBJECTS), min_size=1, max_size=4),
                st.sampled_from([(1, 4), range(2), (1, 5, "log-uniform"), 1]),
            ),
            max_size=3,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_finite_space_knows_its_size(written):
    space = Space(written)
    rows = list(space.enumerate())
    assert len(rows) == space.size == len({space.key(row) for row in rows})
    np.testing.assert_array_equal(space.snap(np.array(rows)), rows)


def test_points_are_enumerated_as_parameter_grid_would():
    from sklearn.model_selection import ParameterGrid

    grid = [{"a": [3, 1, 2], "b": ["x", "y"]}, {"a": [5]}]
    space = Space(grid)
    assert space.to_params(np.array(list(space.enumerate()))) == list(
        ParameterGrid(grid)
    )


def test_an_infinite_space_cannot_be_enumerated():
    space = Space({"a": (0.0, 1.0), "b": [1, 2]})
    assert space.size is None
    with pytest.raises(InvalidSpaceError, match=r"continuum for .'a'"):
        space.enumerate()


def test_an_empty_dict_is_one_point():
    space = Space({})
    assert (space.size, space.n_columns) == (1, 0)
    rows = space.sample(3, np.random.default_rng(0))
    assert rows.shape == (3, 0)
    assert space.to_params(rows) == [{}, {}, {}]


def test_columns_are_described():
    space = Space({"a": (0.0, 1.0), "b": ["x", "y"], "c": 3, "d": [1, 2, 3]})
    assert space.column_names == ("a", "b", "d")
    assert space.n_values.tolist() == [0, 2, 3]
    assert space.is_categorical.tolist() == [False, True, False]
    assert space.to_params([[0.5, 0.1, 0.9]]) == [{"a": 0.5, "b": "x", "c": 3, "d": 3}]


def test_snap_blanks_what_is_inactive_and_from_uniform_keeps_it():
    space = Space([{"a": (0.0, 1.0)}, {"b": (0.0, 1.0)}])
    u = [[0.1, 0.2, 0.3], [0.9, 0.2, 0.3]]
    assert space.snap(u).tolist() == [[0.25, 0.2, 0.5], [0.75, 0.5, 0.3]]
    assert space.from_uniform(u).tolist() == [[0.25, 0.2, 0.3], [0.75, 0.2, 0.3]]


def test_a_sample_can_be_kept_to_one_subspace():
    space = Space([{"a": (0.0, 1.0)}, {"b": (0.0, 1.0)}])
    rng = np.random.default_rng(0)
    assert set(space.subspace_of(space.sample(20, rng, subspace=1))) == {1}
    assert set(space.subspace_of(space.sample(20, rng))) == {0, 1}


def test_a_seed_fixes_the_sample():
    space = Space({"a": (0.0, 1.0)}, constraints=lambda p: p["a"] > 0.5)
    first, again = (space.sample(5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_one_row_snaps_as_in_a_block():
    space = Space({"a": (1, 10**6, "log-uniform"), "b": (1, 9), "c": (0.1, 1.0)})
    u = np.random.default_rng(0).random((200, 3))
    alone = np.concatenate([space.snap(row[None]) for row in u])
    np.testing.assert_array_equal(space.snap(u), alone)


@pytest.mark.parametrize(
    "written", [(1, 9), (1, 9, "log-uniform"), [5, 1, 3], scipy.stats.poisson(2)]
)
def test_the_grid_of_a_column_is_sorted_and_snapped(written):
    space = Space({"a": written})
    grid = space.grid_of(0)
    assert len(grid) == space.n_values[0] == len(np.unique(grid))
    np.testing.assert_array_equal(np.sort(grid), grid)
    np.testing.assert_array_equal(space.snap(grid[:, None])[:, 0], grid)


@pytest.mark.parametrize("written", [(0.0, 1.0), (1, 5000)])
def test_a_long_column_has_no_grid(written):
    assert Space({"a": written}).grid_of(0) is None


DEFAULTS = {"C": 1.0, "kernel": "rbf", "degree": 3, "tol": 1e-3}


@pytest.mark.parametrize(
    ("written", "params"),
    [
        ({"C": [0.1, 1, 10]}, {"C": 1}),
        ({"C": (0.1, 10.0, "log-uniform"), "kernel": "rbf"}, {"C": 1.0}),
        ([{"kernel": ["rbf"]}, {"kernel": "rbf", "degree": (1, 5)}], {"degree": 3}),
        ([{"kernel": ["poly"]}, {"kernel": ["rbf", "linear"]}], {"kernel": "rbf"}),
    ],
)
def test_parameters_of_an_estimator_are_projected(written, params):
    space = Space(written)
    (found,) = space.to_params(space.project(DEFAULTS)[None])
    assert params.items() <= found.items()


@pytest.mark.parametrize(
    "written",
    [{"C": (2.0, 3.0)}, {"kernel": ["linear", "poly"]}, {"kernel": "poly"}, {"x": 3}],
)
def test_parameters_outside_have_no_projection(written):
    assert Space(written).project(DEFAULTS) is None


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"a": 2.0, "b": "x"}, "'a' must lie between 0.0 and 1.0. Got 2.0."),
        ({"a": 0.5, "b": "z"}, "'b' must be one of .'x', 'y'.. Got 'z'."),
        ({"a": 0.5}, "'b' is missing"),
        ({"a": 0.5, "b": "x", "c": 1}, "'c' is not in the search space"),
        ({"e": 5}, "'e' must be 4. Got 5."),
    ],
)
def test_params_outside_are_explained(params, message):
    space = Space([{"a": (0.0, 1.0), "b": ["x", "y"]}, {"e": 4}])
    assert not space.contains(params)
    with pytest.raises(InvalidSpaceError, match=message):
        space.to_rows([params])


@pytest.mark.parametrize("junk", [None, 3, "ab", [1], {1: 2}])
def test_contains_never_raises(junk):
    assert not Space({"a": [1, 2]}).contains(junk)


def test_rows_of_a_wrong_shape_are_rejected():
    with pytest.raises(InvalidSpaceError, match=r"shape \(n, 1\). Got \(1, 2\)"):
        Space({"a": (0.0, 1.0)}).to_params([[0.1, 0.2]])


def positive(params):
    return params["a"] > 0


def test_spaces_are_values():
    space = Space([{"a": (0.0, 1.0), "b": ["x", None]}, ({"a": 3}, 5)], positive)
    for twin in (
        pickle.loads(pickle.dumps(space)),
        copy.deepcopy(space),
        Space(space),
        eval(repr(space).replace(repr((positive,)), "positive")),
    ):
        assert twin == space
        assert hash(twin) == hash(space)
    assert space != Space([{"a": (0.0, 1.0), "b": ["x", None]}, {"a": 3}], positive)
    assert space != Space({"a": (0.0, 1.0)})


def test_spaces_cannot_be_changed():
    space = Space({"a": Categorical(["x", "y"])})
    with pytest.raises(AttributeError):
        space.n_columns = 3
    with pytest.raises(ValueError, match="read-only"):
        space.n_values[0] = 3


def test_nothing_given_is_changed():
    written = {"a": [3, 1, 2], "b": np.array([3, 1, 2])}
    u = np.array([[0.3, 0.3]])
    Space(written).snap(u)
    assert written["a"] == [3, 1, 2]
    assert written["b"].tolist() == [3, 1, 2]
    assert u.tolist() == [[0.3, 0.3]]


def test_integers_beyond_floats():
    huge = 10**400
    space = Space({"a": [huge, 1, 2.5]})
    assert space.to_params(space.to_rows([{"a": huge}])) == [{"a": huge}]
    for make in (Real, Integer):
        with pytest.raises(InvalidSpaceError, match="must be finite floats"):
            make(0, huge)
    with pytest.raises(InvalidSpaceError, match="'b' must lie between"):
        Space({"b": Integer(0, 5)}).to_rows([{"b": huge}])


def test_sampling_may_be_allowed_to_find_less():
    space = Space({"a": (0.0, 1.0)}, lambda params: params["a"] == 0.123)
    rng = np.random.default_rng(0)
    assert space.sample(5, rng, allow_fewer=True).shape == (0, 1)
    with pytest.raises(InvalidSpaceError, match="draws in a row"):
        space.sample(5, rng)
