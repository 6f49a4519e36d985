"""A whole ConfigurationSpace, with its conditions and forbidden clauses."""

import itertools
import pickle

import numpy as np
import pytest
from sklearn.svm import SVC

from skhp import BayesSearchCV, RandomizedSearchCV
from skhp.exceptions import InvalidSpaceError
from skhp.space import Space

cs = pytest.importorskip("ConfigSpace")
pytestmark = pytest.mark.foreign


def of_svm():
    """Kernels, some of which have a gamma, one of which a degree."""
    space = cs.ConfigurationSpace(
        {
            "C": (0.1, 10.0),
            "kernel": ["linear", "rbf", "poly"],
            "gamma": (0.01, 1.0),
            "degree": (2, 5),
        }
    )
    kernel = space["kernel"]
    space.add(cs.InCondition(space["gamma"], kernel, ["rbf", "poly"]))
    space.add(cs.EqualsCondition(space["degree"], kernel, "poly"))
    return space


def draws(space, n=400):
    return space.to_params(space.sample(n, np.random.default_rng(0)))


def test_what_a_condition_leaves_out_is_not_set():
    space = Space(of_svm())
    assert space.n_subspaces == 3
    wanted = {
        "linear": {"C", "kernel"},
        "rbf": {"C", "kernel", "gamma"},
        "poly": {"C", "kernel", "gamma", "degree"},
    }
    seen = {params["kernel"]: set(params) for params in draws(space)}
    assert seen == wanted


def test_values_with_equal_conditions_share_a_sub_space():
    space = cs.ConfigurationSpace({"k": ["a", "b", "c"], "x": (0.0, 1.0)})
    space.add(cs.InCondition(space["x"], space["k"], ["a", "b"]))
    (one, other) = sorted(Space(space).names, key=len, reverse=True)
    assert (set(one), set(other)) == ({"k", "x"}, {"k"})
    assert {p["k"] for p in draws(Space(space)) if "x" in p} == {"a", "b"}


def test_conditions_on_conditional_parameters_and_their_conjunctions():
    space = cs.ConfigurationSpace(
        {"k": ["a", "b"], "d": (1, 4), "m": ["x", "y"], "e": (0.0, 1.0)}
    )
    d, k, m = space["d"], space["k"], space["m"]
    both = cs.AndConjunction(
        cs.EqualsCondition(m, k, "a"), cs.GreaterThanCondition(m, d, 2)
    )
    space.add(cs.EqualsCondition(d, k, "a"), both)
    space.add(cs.EqualsCondition(space["e"], m, "x"))
    for params in draws(Space(space)):
        assert ("d" in params) == (params["k"] == "a")
        assert ("m" in params) == (params.get("d", 0) > 2)
        assert ("e" in params) == (params.get("m") == "x")


def test_every_configuration_of_a_finite_space_is_one_of_theirs():
    space = cs.ConfigurationSpace({"k": ["a", "b"], "n": (1, 3), "f": [True, False]})
    space.add(cs.NotEqualsCondition(space["n"], space["k"], "a"))
    space.add(
        cs.ForbiddenAndConjunction(
            cs.ForbiddenEqualsClause(space["k"], "b"),
            cs.ForbiddenInClause(space["n"], [2, 3]),
        )
    )
    found = {tuple(sorted(p.items())) for p in draws(Space(space))}
    theirs = {tuple(sorted(dict(c).items())) for c in space.sample_configuration(400)}
    assert found == theirs


def test_forbidden_values_are_never_proposed():
    space = of_svm()
    space.add(cs.ForbiddenInClause(space["kernel"], ["poly"]))
    space.add(cs.ForbiddenGreaterThanRelation(space["gamma"], space["C"]))
    for params in draws(Space(space, lambda params: params["C"] < 5)):
        assert params["kernel"] != "poly"
        assert params.get("gamma", 0) <= params["C"] < 5


def test_the_order_of_sub_spaces_is_that_of_the_values():
    names = [list(map(sorted, Space(of_svm()).names)) for _ in range(3)]
    assert names[0] == names[1] == names[2]
    assert [len(group) for group in names[0]] == [2, 3, 4]


def test_a_condition_on_a_range_is_refused():
    space = cs.ConfigurationSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    space.add(cs.GreaterThanCondition(space["y"], space["x"], 0.5))
    with pytest.raises(InvalidSpaceError, match="'x', on which others depend, must be"):
        Space(space)


def test_it_can_be_pickled():
    space = of_svm()
    space.add(cs.ForbiddenInClause(space["kernel"], ["poly"]))
    twin = pickle.loads(pickle.dumps(Space(space)))
    assert all(params["kernel"] != "poly" for params in draws(twin, 50))


@pytest.mark.parametrize("kind", [BayesSearchCV, RandomizedSearchCV])
def test_searches_take_it(kind):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), np.arange(60) % 2
    space = of_svm()
    space.add(cs.ForbiddenInClause(space["kernel"], ["poly"]))
    search = kind(SVC(), space, n_iter=8, cv=2, random_state=0).fit(X, y)
    params = search.cv_results_["params"]
    assert len(params) == 8
    assert {p["kernel"] for p in params} <= {"linear", "rbf"}
    for one, other in itertools.combinations(params, 2):
        assert one != other
