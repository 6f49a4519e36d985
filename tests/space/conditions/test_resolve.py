import re

import numpy as np
import pytest
import scipy.stats

from skhp.exceptions import InvalidSpaceError
from skhp.space import Conditional, Integer, OneOf, Real, Space

GAMMA = Real(0.0, 1.0)


class Model:
    """Has the parameters kernel, gamma and C."""

    def get_params(self, deep=True):
        return {"kernel": "rbf", "gamma": 1.0, "C": 1.0}


def given(**when):
    return Real(0.0, 1.0, when=when)


BAD = {
    "'when' must name parameters of the search space. Got 'kernl'. Did you mean "
    "'kernel'?": {"kernel": ["rbf"], "gamma": given(kernl="rbf")},
    "'when' must name values that 'kernel' can have. Got 'poly': 'kernel' must be one "
    "of ['rbf', 'linear'].": {
        "kernel": ["rbf", "linear"],
        "gamma": given(kernel="poly"),
    },
    "Got 'poly': 'kernel' is always 'rbf'.": {
        "kernel": "rbf",
        "gamma": given(kernel=["rbf", "poly"]),
    },
    "'when' must not go in a circle. Got a -> b -> a.": {
        "a": Integer(0, 1, when={"b": 1}),
        "b": Integer(0, 1, when={"a": 1}),
    },
    "Got a -> a.": {"a": Integer(0, 1, when={"a": 1})},
    "Parameter 'C', on which others depend, must be a choice or have at most 1000 "
    "values. Got Real(": {"C": Real(0.1, 1.0), "gamma": given(C=0.5)},
    "at most 1000 values. Got Integer(": {"n": Integer(1, 9999), "x": given(n=5)},
    "Parameter 'c' would never be searched": {
        "a": [1, 2],
        "b": Conditional([1, 2], when={"a": 1}),
        "c": given(a=2, b=1),
    },
    "Parameter 'm__C' must have one meaning wherever it is active.": {
        "m": OneOf({"one": (Model(), {"C": GAMMA}), "other": "passthrough"}),
        "m__C": GAMMA,
    },
}


@pytest.mark.parametrize(("message", "written"), BAD.items(), ids=range(len(BAD)))
def test_conditions_that_cannot_hold_are_refused(message, written):
    with pytest.raises(InvalidSpaceError, match=re.escape(message)):
        Space(written)


def draws(written, n=60):
    space = Space(written)
    return space.to_params(space.sample(n, np.random.default_rng(0)))


def test_several_names_are_and_and_several_values_are_or():
    written = {"a": [1, 2, 3], "b": ["x", "y"], "c": given(a=[1, 2], b="x")}
    for params in draws(written):
        assert ("c" in params) == (params["a"] < 3 and params["b"] == "x")


def test_a_parent_may_be_conditional_and_come_later():
    written = {
        "z": Conditional([7], when={"y": True}),
        "y": Conditional([True, False], when={"x": 1}),
        "x": [1, 2],
    }
    found = {tuple(params.items()) for params in draws(written)}
    assert found == {
        (("z", 7), ("y", True), ("x", 1)),
        (("y", False), ("x", 1)),
        (("x", 2),),
    }


@pytest.mark.parametrize(
    ("parent", "value", "others"),
    [
        (Integer(1, 4, "log-uniform"), 3, {1, 2, 4}),
        (Integer(1, 4, powers_of=2), 4, {1, 2}),
        (scipy.stats.binom(3, 0.5), 1, {0, 2, 3}),
        ([None, True, 1.5], None, {True, 1.5}),
        ([3, 1, 2], 1, {2, 3}),
    ],
)
def test_whatever_has_values_can_decide(parent, value, others):
    found = draws({"a": parent, "b": given(a=value)}, 200)
    assert {params["a"] for params in found if "b" in params} == {value}
    assert {params["a"] for params in found if "b" not in params} == others


def test_names_in_a_branch_are_its_own_before_those_outside():
    model = {"kernel": ["rbf", "linear"], "gamma": given(kernel="rbf", size="big")}
    written = {
        "kernel": ["out"],
        "size": ["big", "small"],
        "m": OneOf({"s": (Model(), model)}),
    }
    for params in draws(written):
        active = params["m__kernel"] == "rbf" and params["size"] == "big"
        assert ("m__gamma" in params) == active


def test_a_condition_may_name_the_label_of_a_choice_or_the_object():
    model = Model()
    written = {
        "m": OneOf({"one": model, "two": "passthrough"}),
        "a": given(m="one"),
        "b": given(m=model),
        "c": given(m=["two"]),
    }
    for params in draws(written):
        is_one = params["m"] is model
        assert set(params) == {"m"} | ({"a", "b"} if is_one else {"c"})


def test_one_name_may_have_another_range_in_each_branch():
    low, high = Real(0.0, 1.0), Real(2.0, 3.0)
    models = Model(), Model()
    written = {
        "m": OneOf({"low": (models[0], {"C": low}), "high": (models[1], {"C": high})}),
        "x": given(m="low"),
    }
    for params in draws(written):
        is_low = params["m"] is models[0]
        assert (params["m__C"] <= 1.0) == is_low == ("x" in params)


def test_a_parameter_may_depend_on_one_that_several_branches_have():
    kernels = {"kernel": ["rbf", "linear"]}
    models = {name: (Model(), kernels) for name in ("a", "b")}
    written = {"m": OneOf({**models, "c": Model()}), "x": given(m__kernel="rbf")}
    for params in draws(written):
        assert ("x" in params) == (params.get("m__kernel") == "rbf")
