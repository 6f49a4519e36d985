import numpy as np
import pytest
from scipy.stats import loguniform, norm, randint, uniform

from skhp.space import Categorical, Integer, Real, Space, edges_of


def ends(searched, **params):
    return {edge.name: edge.end for edge in edges_of(searched, params)}


@pytest.mark.parametrize(
    ("dimension", "low", "inside", "high"),
    [
        (Real(2, 12), 2.09, 2.2, 11.91),
        (Real(1e-2, 1e2, "log-uniform"), 0.0109, 0.0115, 92.0),
        (Integer(2, 5), 2, 3, 5),
        (Integer(2, 1001), 11, 13, 993),
        (Integer(2, 4096, "log-uniform"), 2, 3, 4000),
        (Categorical([100, 0.1, 10]), 0.1, 10, 100),
        ([8, 2, 4], 2, 4, 8),
        (np.array([0.1, 1.0, 10.0]), 0.1, 1.0, 10.0),
        (range(2, 9, 3), 2, 5, 8),
        (loguniform(1e-2, 1e2), 0.01, 1.0, 99.9),
        (uniform(2, 10), 2.0, 7.0, 12.0),
        (randint(2, 6), 2, 3, 5),
    ],
)
@pytest.mark.parametrize("form", [lambda dict_: dict_, Space, lambda dict_: [dict_]])
def test_ends_are_those_of_the_range_in_its_own_scale(
    dimension, low, inside, high, form
):
    searched = form({"a": dimension})
    assert ends(searched, a=low) == {"a": "low"}
    assert ends(searched, a=inside) == {}
    assert ends(searched, a=high) == {"a": "high"}


@pytest.mark.parametrize(
    ("dimension", "value"),
    [
        ([1, 10], 10),  # each of two is an end
        (Integer(1, 2), 2),
        (["a", "b", "c"], "c"),
        ([1, 2, "auto"], 2),
        ([True, False], True),
        (Categorical([1, 2, 3], ordered=False), 3),
        (norm(0, 1), 4.0),  # it thins out by itself
        ([5], 5),
    ],
)
def test_other_parameters_have_no_end(dimension, value):
    assert ends({"a": dimension}, a=value) == {}


@pytest.mark.parametrize(
    ("dimension", "value", "is_natural"),
    [
        (Real(0.1, 1), 1.0, True),
        (Real(0, 10), 0.0, True),
        (Real(1e-3, 1, "log-uniform"), 1.0, False),
        ([0.5, 0.75, 1.0], 1.0, True),
        ([0.001, 0.1, 1.0], 1.0, False),
        (Integer(1, 9), 1, True),
        (Integer(1, 9), 9, False),
        ([1, 2, 3], 1, True),
        ([1.0, 10.0, 100.0], 1.0, False),
    ],
)
def test_fractions_and_counts_end_where_they_end(dimension, value, is_natural):
    (edge,) = edges_of({"a": dimension}, {"a": value})
    assert edge.looks_natural == is_natural


def test_tuples_in_a_dict_are_choices_unless_they_name_a_prior():
    assert ends({"a": (1, 4, 10)}, a=4) == {}
    assert ends({"a": (1, 4, 10)}, a=10) == {"a": "high"}
    assert ends({"a": (1e-2, 1e2, "log-uniform")}, a=95.0) == {"a": "high"}
    assert ends(Space({"a": (1, 10)}), a=10) == {"a": "high"}


@pytest.mark.parametrize("form", [list, Space])
def test_ends_are_those_of_the_dict_that_holds_the_candidate(form):
    spaces = [
        {"kernel": ["linear"], "C": [1, 2, 3]},
        {"kernel": ["rbf"], "C": [1, 3, 9], "gamma": [2, 4, 8]},
        {"kernel": ["rbf"], "C": [3, 27, 81]},
    ]
    assert ends(form(spaces), kernel="linear", C=3) == {"C": "high"}
    assert ends(form(spaces), kernel="rbf", C=3, gamma=8) == {"gamma": "high"}
    assert ends(form(spaces), kernel="rbf", C=3, max_iter=7) == {"C": "low"}


def test_what_only_scikit_learn_can_read_has_no_end():
    assert ends([{"a": np.eye(2)}], a=np.eye(2)[0]) == {}


@pytest.mark.parametrize(
    ("dimension", "value", "text", "beyond"),
    [
        (Real(1e-2, 1e2, "log-uniform"), 99.5, "a=99.5 of [0.01, 100]", 100.9999),
        (Integer(2, 8), 8, "a=8 of [2, 8]", 9),
        ([np.int64(2), np.int64(4), np.int64(8)], np.int64(2), "a=2 of [2, 8]", 1),
    ],
)
def test_it_says_where_it_is(dimension, value, text, beyond):
    (edge,) = edges_of({"a": dimension}, {"a": value})
    assert str(edge) == text
    assert edge.beyond == pytest.approx(beyond)
    assert isinstance(edge.beyond, int) == isinstance(beyond, int)
