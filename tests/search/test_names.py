import re

import pytest
from scipy.stats import norm
from sklearn.base import BaseEstimator
from sklearn.metrics import accuracy_score, make_scorer, mean_squared_error
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import skhp
from skhp.exceptions import InvalidParameterError, SkhpWarning
from skhp.search._names import (
    check_parameters_exist,
    check_scorer_names,
    warn_of_tuples,
    warn_of_unmodelled,
    warn_of_untransformed,
)
from tests._toys import Echo, X, y

PIPELINE = make_pipeline(StandardScaler(), SVC())


class Liberal(BaseEstimator):
    """Lets more be set than it lists, as LightGBM does."""

    def __init__(self, num_leaves=31, **others):
        self.num_leaves = num_leaves

    def set_params(self, **params):
        return self


@pytest.mark.parametrize(
    ("estimator", "names"),
    [
        (SVC(), [["C", "gamma"]]),
        (PIPELINE, [["svc__C"], ["standardscaler__with_mean", "svc"]]),
        (PIPELINE, [["svc", "svc__alpha"]]),  # of what is searched below
        (Liberal(), [["reg_sqrt"]]),
    ],
)
def test_names_that_can_be_set_pass(estimator, names):
    check_parameters_exist(estimator, names)


@pytest.mark.parametrize(
    ("estimator", "names", "near"),
    [
        (SVC(), [["gama"]], "gamma"),
        (PIPELINE, [["svc__C"], ["svc__c"]], "svc__C"),
        (PIPELINE, [["svm__C"]], "svc__C"),
    ],
)
def test_a_name_that_the_estimator_lacks_is_refused_with_a_near_one(
    estimator, names, near
):
    with pytest.raises(InvalidParameterError, match=near):
        check_parameters_exist(estimator, names)


@pytest.mark.parametrize("step", ["", "liberal__"])
def test_a_name_that_is_taken_as_any_other_is_warned_of_if_near_another(step):
    estimator = make_pipeline(StandardScaler(), Liberal()) if step else Liberal()
    check_parameters_exist(estimator, [[f"{step}num_leaf"]])  # LightGBM's alias
    with pytest.warns(SkhpWarning, match=f"Did you mean '{step}num_leaves'"):
        check_parameters_exist(estimator, [[f"{step}num_leavs"]])


@pytest.mark.parametrize(
    "scoring",
    [
        None,
        "accuracy",
        ["f1", "r2"],
        ("f1", "r2"),
        {"a": "f1", "b": make_scorer(max)},
        make_scorer(max),
        lambda estimator, X, y: 1.0,
        5,
    ],
)
def test_names_that_exist_and_what_is_no_name_are_left_to_scikit_learn(scoring):
    check_scorer_names("A", scoring)


@pytest.mark.parametrize(
    ("scoring", "hint"),
    [
        ("accuarcy", "Got 'accuarcy' instead. Did you mean 'accuracy'?"),
        ("f1_score", "Got 'f1_score' instead. Did you mean 'f1'?"),
        ("mean_squared_error", "Did you mean 'neg_mean_squared_error'?"),
        ("rmse", "Did you mean 'neg_root_mean_squared_error'?"),
        (["f1", "r2_score"], "Got 'r2_score' instead. Did you mean 'r2'?"),
        ({"a": "r2", "b": "xyzxyz"}, "Got 'xyzxyz' instead."),
    ],
)
def test_names_that_do_not_exist_are_refused_with_the_nearest(scoring, hint):
    with pytest.raises(InvalidParameterError, match="parameter of A must be") as caught:
        check_scorer_names("A", scoring)
    assert str(caught.value).endswith(hint)


@pytest.mark.parametrize("metric", [accuracy_score, mean_squared_error])
def test_a_metric_is_refused_where_a_scorer_is_wanted(metric):
    with pytest.raises(InvalidParameterError, match=f"make_scorer.{metric.__name__}"):
        check_scorer_names("A", metric)


class Drawn:
    def rvs(self, random_state=None):
        return random_state.uniform()


def test_what_can_only_be_drawn_is_warned_of_by_name():
    space = skhp.Space({"a": Drawn(), "b": (0.0, 1.0), "c": Drawn()})
    with pytest.warns(SkhpWarning, match="learns nothing about 'a', 'c': what has"):
        warn_of_unmodelled(space)


def test_what_is_modelled_is_not_warned_of(recwarn):
    warn_of_unmodelled(skhp.Space({"b": (0.0, 1.0), "c": norm(), "d": ["x", "y"]}))
    assert not recwarn.list


@pytest.mark.parametrize(
    ("kind", "warns"),
    [
        ("BayesSearchCV", True),
        ("HyperbandSearchCV", True),
        ("RandomizedSearchCV", False),
    ],
)
def test_only_searches_that_learn_warn(kind, warns, recwarn):
    settings = (
        {"n_iter": 2}
        if kind != "HyperbandSearchCV"
        else {"resource": "other", "max_resources": 3}
    )
    search = getattr(skhp, kind)(Echo(), {"value": Drawn()}, cv=2, **settings)
    search.fit(X, y)
    assert [w.category for w in recwarn] == [SkhpWarning] * warns
    assert all(w.filename == __file__ for w in recwarn)


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ({"a": (1, 100)}, "Write skhp.Integer(1, 100) for the range or [1, 100] for"),
        ([{"a": [1]}, {"a": (0.1, 5)}], "Write skhp.Real(0.1, 5) for the range or"),
        ([({"a": (0.5, 1.0)}, 9)], "in A, the tuple (0.5, 1.0) means two choices"),
    ],
)
def test_a_tuple_of_two_numbers_is_warned_of_where_it_means_choices(written, advice):
    with pytest.warns(SkhpWarning, match=re.escape(advice)):
        warn_of_tuples("A", written)


@pytest.mark.parametrize(
    "value", [[1, 100], (1, 2, 3), (5, 1), (True, False), ("a", "b"), (1, None), 7]
)
def test_what_can_only_be_choices_is_not_warned_of(value, recwarn):
    warn_of_tuples("A", {"a": value})
    assert not recwarn.list


class Validated(SVC):
    def fit(self, X, y, eval_set=None, X_val=None):
        return super().fit(X, y)


STEPS = [("scale", StandardScaler()), ("model", Validated())]


@pytest.mark.parametrize("name", ["model__eval_set", "model__X_val"])
def test_validation_rows_that_pass_by_the_steps_are_warned_of(name):
    search = skhp.GridSearchCV(Pipeline(STEPS), {"model__C": [1, 2]}, cv=2)
    said = f"'{name}' is not transformed: Validated gets it as it is, without Standard"
    with pytest.warns(SkhpWarning, match=said) as caught:
        search.fit(X, y, **{name: X[:3]})
    assert [w.filename for w in caught] == [__file__]


@pytest.mark.parametrize(
    ("estimator", "fit_params"),
    [
        (Validated(), {"eval_set": [1]}),
        (Pipeline(STEPS), {"model__eval_set": None}),
        (Pipeline(STEPS), {"model__sample_weight": [1]}),
        (Pipeline(STEPS[1:]), {"model__eval_set": [1]}),
        (Pipeline([("none", "passthrough"), STEPS[1]]), {"model__eval_set": [1]}),
        (Pipeline([STEPS[1], ("last", SVC())]), {"model__eval_set": [1]}),
        (Pipeline(STEPS, transform_input=["X_val"]), {"X_val": [1]}),
    ],
)
def test_validation_rows_that_no_step_would_change_are_not_warned_of(
    estimator, fit_params, recwarn
):
    warn_of_untransformed(estimator, fit_params)
    assert not recwarn.list
