import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

import skhp
from skhp.inspection._parameters import (
    ParameterAxis,
    axes_of,
    chosen_parameters,
    short_names,
    value_label,
)
from skhp.space import Categorical
from tests._toys import Echo, X, y
from tests.inspection._searches import LONG, fitted, random


def axis_of(written, n_iter=8, name="other"):
    search = random({name: written}, Echo(), n_iter=n_iter).fit(X, y)
    return axes_of(search, search.cv_results_["params"])[name]


@pytest.mark.parametrize(
    ("written", "scale", "ends"),
    [
        (skhp.Real(1, 100), "linear", (1, 100)),
        (skhp.Real(1, 100, "log-uniform"), "log", (1, 100)),
        (skhp.Integer(16, 256, powers_of=2), "log", (16, 256)),
        ([1, 2, 3], "linear", (1, 3)),
        ([0.1, 10, 1, 100], "log", (0.1, 100)),
        ([1, 50, 100], "linear", (1, 100)),
        ([0, 1, 1000], "linear", (0, 1000)),
        ([7], "linear", (6.5, 7.5)),
    ],
)
@pytest.mark.filterwarnings("ignore::skhp.exceptions.SpaceExhaustedWarning")
@pytest.mark.filterwarnings("ignore:The total space of parameters:UserWarning")
def test_numbers_have_the_scale_and_the_range_of_the_space(written, scale, ends):
    axis = axis_of(written, n_iter=3)
    assert (axis.scale, axis.ends) == (scale, ends)
    assert axis.ticks == {}
    assert ((axis.shares >= 0) & (axis.shares <= 1)).all()


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        (["b", "a", "c"], ["b", "a", "c"]),
        ([True, False], ["False", "True"]),
        ([None, 3, "sqrt", 0.5], ["0.5", "3", "None", "sqrt"]),
        ([np.mean, SVC(C=3.0)], ["mean", "SVC(C=3.0)"]),
        ([LONG + "1", LONG + "2"], [f"{LONG[:23]}… ({i})" for i in (1, 2)]),
    ],
    ids=["texts", "truth values", "types", "objects", "long texts"],
)
def test_categories_are_in_order_and_have_short_distinct_labels(written, labels):
    axis = axis_of(written, n_iter=len(written))
    assert axis.scale == "category"
    assert list(axis.ticks.values()) == labels
    assert sorted(axis.places) == list(range(len(written)))


def columns_and(name):
    """Return a transformer that differs in the middle of its long description."""
    columns = [f"column {i}" for i in range(40)]
    parts = [("a", StandardScaler(), [*columns, name]), ("b", MinMaxScaler(), columns)]
    return ColumnTransformer(parts)


@pytest.mark.parametrize(
    "choices",
    [
        [np.zeros(2000), np.arange(2000) == 1000, np.arange(2000) == 1001],
        [columns_and("x"), columns_and("y")],
    ],
    ids=["arrays", "estimators"],
)
def test_values_whose_description_is_cut_short_are_told_apart(choices):
    axis = axis_of(choices, n_iter=len(choices))
    assert axis.n_distinct == len(choices)
    assert len(set(axis.places)) == len(set(axis.ticks.values())) == len(choices)


def test_a_parameter_that_is_not_set_has_a_place_beyond_the_range():
    search = fitted("conditional")
    params = search.cv_results_["params"]
    axis = axes_of(search, params)["other"]
    is_set = np.array(["other" in each for each in params])
    assert list(axis.ticks.values()) == ["not set"]
    assert (axis.places[~is_set] == next(iter(axis.ticks))).all()
    assert ((axis.shares > 1) == ~is_set).all()


def test_many_numbers_keep_their_scale_beside_other_values():
    axis = axis_of([None, *np.linspace(1, 9, 30)], n_iter=31)
    assert axis.scale == "linear"
    assert list(axis.ticks.values()) == ["None"]


def test_of_many_categories_the_rarest_share_a_place():
    choices = [f"c{i}" for i in range(40)]
    axis = axis_of(Categorical(choices), n_iter=40)
    assert len(axis.ticks) == 15
    assert axis.ticks[14.0] == "26 others"
    assert axis.places.max() == 14
    assert axis.n_distinct == 40


def test_a_space_that_only_its_class_can_read_is_made_up_from_what_was_tried():
    search = random({"other": [1, 2, 3]}, Echo(), n_iter=3).fit(X, y)
    search.param_distributions = object()
    assert axes_of(search, search.cv_results_["params"])["other"].ends == (1, 3)


def test_names_lose_the_steps_where_they_stay_unique():
    names = ["model__C", "a__degree", "b__degree"]
    assert list(short_names(names).values()) == ["C", "a__degree", "b__degree"]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (0.123456789, "0.1235"),
        (np.float64(1e-5), "1e-05"),
        (np.int64(12), "12"),
        ("", "''"),
        ("a\nb", "a b"),
        (float, "float"),
        (np.zeros((3, 2)), "array of (3, 2)"),
        (LogisticRegression(C=1.25, max_iter=12345), "LogisticRegression(…)"),
        ((1, 2), "(1, 2)"),
        (np.nan, "nan"),
    ],
    ids=str,
)
def test_labels_of_values_are_short(value, label):
    assert value_label(value) == label


def test_of_many_parameters_those_are_chosen_along_which_scores_differ_most():
    n, rng = 300, np.random.default_rng(0)
    places = {f"p{i}": rng.random(n) for i in range(30)}
    axes = {k: ParameterAxis(k, "linear", x, (0, 1), {}, n) for k, x in places.items()}
    kinds = np.arange(float(n)) % 3
    axes["kind"] = ParameterAxis("kind", "category", kinds, (0, 2), {}, 3)
    means = 16 * (places["p7"] - 0.5) ** 2 + 4 * places["p11"] + 2 * kinds
    means[:5] = np.nan
    assert chosen_parameters(axes, means, None, 3, "a display") == ["p7", "p11", "kind"]
    assert chosen_parameters(axes, means, ["p3"], 3, "a display") == ["p3"]
    nothing = np.full(n, np.nan)
    assert len(chosen_parameters(axes, nothing, None, 3, "a display")) == 3


def test_parameters_are_in_the_order_in_which_they_were_written():
    grid = {"value": [1.0, 2.0], "other": [1], "fails": ["", "none"]}
    search = skhp.GridSearchCV(Echo(), grid, cv=2, refit=False).fit(X, y)
    assert list(axes_of(search, search.cv_results_["params"])) == list(grid)


@pytest.mark.parametrize("make", [skhp.RandomizedSearchCV, skhp.BayesSearchCV])
def test_ranges_of_alternatives_are_known_in_every_search(make):
    range_of_value = skhp.Real(0.01, 1, "log-uniform")
    alternatives = {"none": Echo(), "echo": (Echo(), {"value": range_of_value})}
    space = {"other": skhp.OneOf(alternatives), "value": skhp.Real(2, 3)}
    search = make(Echo(), space, n_iter=12, cv=2, refit=False, random_state=0)
    search.fit(X, y)
    axes = axes_of(search, search.cv_results_["params"])
    assert axes["value"].ends == (2, 3)
    assert (axes["other__value"].scale, axes["other__value"].ends) == ("log", (0.01, 1))
    assert "not set" in axes["other__value"].ticks.values()
