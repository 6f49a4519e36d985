"""Wrong calls, and what is said to whoever makes them.

Each case is a call as a newcomer writes it, and the sentence that answers it. None of
them costs a fit.
"""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhp import (
    BayesSearchCV,
    Categorical,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    Integer,
    NoImprovement,
    RandomizedSearchCV,
    Real,
)
from skhp.exceptions import SkhpWarning
from tests._toys import Echo

X, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
GRID = {"C": [1, 10]}
RANGE = {"C": (0.1, 10.0)}
STEPS = make_pipeline(StandardScaler(), SVC())


class Unfittable(SVC):
    def fit(self, X, y=None):
        raise AssertionError("A wrong call was found out only after a fit.")


WRONG_NAMES = {
    "of OptunaSearchCV": (
        lambda: BayesSearchCV(SVC(), RANGE, n_trials=20),
        "BayesSearchCV got an unexpected keyword argument 'n_trials': it is called "
        "'n_iter' here.",
    ),
    "of OptunaSearchCV, for time": (
        lambda: RandomizedSearchCV(SVC(), RANGE, timeout=60),
        "RandomizedSearchCV got an unexpected keyword argument 'timeout': it is called "
        "'time_budget' here.",
    ),
    "of TuneSearchCV": (
        lambda: BayesSearchCV(SVC(), RANGE, search_optimization="bayesian"),
        "BayesSearchCV got an unexpected keyword argument 'search_optimization': each "
        "kind of search is a class of its own, such as BayesSearchCV, "
        "RandomizedSearchCV and HyperbandSearchCV.",
    ),
    "of dask-ml": (
        lambda: HyperbandSearchCV(SVC(), RANGE, max_iter=81),
        "HyperbandSearchCV got an unexpected keyword argument 'max_iter': it is called "
        "'max_resources' here.",
    ),
    "of dask-ml, to stop early": (
        lambda: HyperbandSearchCV(SVC(), RANGE, patience=5),
        "HyperbandSearchCV got an unexpected keyword argument 'patience': pass "
        "callbacks=[NoImprovement(patience)] to stop early.",
    ),
    "of hyperopt-sklearn": (
        lambda: BayesSearchCV(SVC(), RANGE, max_evals=30),
        "BayesSearchCV got an unexpected keyword argument 'max_evals': it is called "
        "'n_iter' here.",
    ),
    "of sklearn-genetic-opt": (
        lambda: BayesSearchCV(SVC(), RANGE, generations=30),
        "BayesSearchCV got an unexpected keyword argument 'generations': the number of "
        "candidates is n_iter.",
    ),
    "of a sister class": (
        lambda: HyperbandSearchCV(SVC(), param_grid=GRID),
        "HyperbandSearchCV got an unexpected keyword argument 'param_grid': it is "
        "called 'param_distributions' here.",
    ),
    "of old versions of scikit-learn": (
        lambda: GridSearchCV(SVC(), GRID, iid=False),
        "GridSearchCV got an unexpected keyword argument 'iid': the mean of the folds' "
        "scores is always used.",
    ),
    "misspelt": (
        lambda: GridSearchCV(SVC(), GRID, n_job=2),
        "GridSearchCV got an unexpected keyword argument 'n_job'. Did you mean "
        "'n_jobs'?",
    ),
    "of nobody": (
        lambda: GridSearchCV(SVC(), GRID, zzz=2),
        "GridSearchCV got an unexpected keyword argument 'zzz'.",
    ),
}


@pytest.mark.parametrize("case", WRONG_NAMES)
def test_an_argument_that_does_not_exist(case):
    call, sentence = WRONG_NAMES[case]
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == sentence


def is_small(params):
    return params["C"] < 5


def is_large(params):
    return params["C"] > 5


def is_nothing(params):
    return False


def fitted(cls, space, *, estimator=None, **params):
    return lambda: cls(estimator or Unfittable(), space, **params).fit(X, y)


WRONG_VALUES = {
    "misspelt metric": (
        fitted(GridSearchCV, GRID, scoring="accuarcy"),
        "The 'scoring' parameter of GridSearchCV must be a str among the names that "
        "sklearn.metrics.get_scorer_names() returns, or a callable. Got 'accuarcy' "
        "instead. Did you mean 'accuracy'?",
    ),
    "misspelt metric among others": (
        fitted(BayesSearchCV, RANGE, scoring=["f1", "auc_roc"], refit="f1"),
        "Got 'auc_roc' instead.",
    ),
    "a metric's function in quotes": (
        fitted(GridSearchCV, GRID, scoring={"a": "f1_score"}, refit="a"),
        "Got 'f1_score' instead. Did you mean 'f1'?",
    ),
    "a metric's name in conversation": (
        fitted(GridSearchCV, GRID, scoring="mse"),
        "Got 'mse' instead. Did you mean 'neg_mean_squared_error'?",
    ),
    "a metric's function": (
        fitted(GridSearchCV, GRID, scoring=accuracy_score),
        "The 'scoring' parameter of GridSearchCV must be the name of a metric, or be "
        "called with an estimator, X and y. Got the function accuracy_score, of which "
        "make_scorer(accuracy_score) or a name makes a scorer.",
    ),
    "misspelt parameter": (
        fitted(GridSearchCV, {"c": [1]}),
        "Parameter 'c' is not a parameter of Unfittable. Did you mean 'C'?",
    ),
    "parameter without its step": (
        fitted(BayesSearchCV, RANGE, estimator=STEPS),
        "Parameter 'C' is not a parameter of Pipeline. Did you mean 'svc__C'?",
    ),
    "parameter with a step that is not there": (
        fitted(BayesSearchCV, {"svc__C": (0.1, 1.0)}),
        "Parameter 'svc__C' is not a parameter of Unfittable. Did you mean 'C'?",
    ),
    "endless dimension in a grid": (
        fitted(GridSearchCV, {"C": Real(0.1, 10)}),
        "Parameter 'C': a grid tries every value, at most 1000 of a parameter; write a "
        "list of those to try, such as np.geomspace(1e-3, 1, 7), or use BayesSearchCV "
        "or RandomizedSearchCV. Got Real(low=0.1, high=10.0, prior='uniform').",
    ),
    "endless dimension in a halving grid": (
        fitted(HalvingGridSearchCV, {"C": Integer(1, 10_000)}),
        "Parameter 'C': a grid tries every value, at most 1000",
    ),
    "range with its prior in a grid": (
        fitted(GridSearchCV, {"C": (0.1, 10.0, "log-uniform")}),
        "Parameter 'C': a grid tries every value, at most 1000 of a parameter; write a "
        "list of those to try, such as np.geomspace(1e-3, 1, 7), or use BayesSearchCV "
        "or RandomizedSearchCV. Got Real(low=0.1, high=10.0, prior='log-uniform').",
    ),
    "distribution in a grid": (
        fitted(GridSearchCV, {"C": loguniform(0.1, 10)}),
        "Parameter grid for parameter 'C' needs to be a list or a numpy array",
    ),
    "single value in a grid": (
        fitted(GridSearchCV, {"C": 3}),
        "Single values need to be wrapped in a list with one element.",
    ),
    "bounds the wrong way round": (
        fitted(BayesSearchCV, {"C": (10.0, 0.1)}),
        "Parameter 'C': ",
    ),
    "logarithm of nothing": (
        fitted(BayesSearchCV, {"C": (0.0, 1.0, "log-uniform")}),
        "Parameter 'C': ",
    ),
    "misspelt prior": (
        fitted(BayesSearchCV, {"C": (0.1, 1.0, "loguniform")}),
        "Parameter 'C': ",
    ),
    "initial point with another name": (
        fitted(BayesSearchCV, RANGE, initial_points=[{"c": 1}]),
        "The 'initial_points' parameter of BayesSearchCV must hold points of the "
        "search space. Parameter 'C' is missing. Got {'c': 1}. Did you mean 'C'?",
    ),
    "initial point outside": (
        fitted(BayesSearchCV, RANGE, initial_points=[{"C": 11}]),
        "The 'initial_points' parameter of BayesSearchCV must hold points of the "
        "search space. Parameter 'C' must lie between 0.1 and 10.0. Got 11.",
    ),
    "initial points that are none": (
        fitted(BayesSearchCV, RANGE, initial_points=5),
        "The 'initial_points' parameter of BayesSearchCV must be a list of dicts or an "
        "earlier search (fitted, as a DataFrame, a Study of Optuna or the path of a "
        "journal), or a list of these. Got 5 instead.",
    ),
    "resource without an end": (
        fitted(HyperbandSearchCV, RANGE, resource="max_iter"),
        "resource can only be 'n_samples' when max_resources='auto'. Set max_resources "
        "to the largest max_iter of a candidate.",
    ),
    "resource that is no parameter": (
        fitted(HalvingRandomSearchCV, GRID, resource="epochs", max_resources=9),
        "Cannot use resource=epochs which is not supported by estimator Unfittable",
    ),
    "resource of a step": (
        fitted(
            HyperbandSearchCV,
            {"svc__C": (0.1, 1.0)},
            resource="max_iter",
            max_resources=9,
            estimator=STEPS,
        ),
        "Cannot use resource=max_iter which is not supported by estimator Pipeline. "
        "Did you mean 'svc__max_iter'?",
    ),
    "resource that is searched": (
        fitted(
            HyperbandSearchCV,
            {"max_iter": (1, 9)},
            resource="max_iter",
            max_resources=9,
            estimator=SGDClassifier(),
        ),
        "Cannot use parameter max_iter as the resource since it is part of the "
        "searched parameters.",
    ),
    "constraint that nothing satisfies": (
        fitted(BayesSearchCV, RANGE, constraints=lambda p: p["C"] > 99),
        "The 'constraints' parameter of BayesSearchCV must allow at least one "
        "candidate of the search space, and no candidate was found that satisfies "
        "<lambda>.",
    ),
    "constraint that nothing in a grid satisfies": (
        fitted(GridSearchCV, GRID, constraints=[is_small, is_large]),
        "The constraints must leave some point of the grid. Of its 2, none satisfies "
        "is_small and is_large.",
    ),
    "constraint that nothing drawn satisfies": (
        fitted(RandomizedSearchCV, GRID, n_iter=2, constraints=is_nothing),
        "The constraints must leave some configuration of the space. In 2 points, none "
        "satisfies is_nothing.",
    ),
    "constraint on a name that is not there": (
        fitted(BayesSearchCV, RANGE, constraints=lambda p: p["gamma"] > 0),
        "constraints[0] (<lambda>) must hold or fail for every sub-space, also where "
        "'gamma' is not searched; read it with params.get('gamma', default).",
    ),
    "constraint that is no function": (
        fitted(BayesSearchCV, RANGE, constraints=["C < 5"]),
        "constraints[0] must be callable. Got 'C < 5'.",
    ),
    "stopper as a class": (
        fitted(GridSearchCV, GRID, callbacks=NoImprovement),
        "The 'callbacks' parameter of GridSearchCV must be callable or a list of "
        "callables. Got <class 'skhp.callbacks._stoppers.NoImprovement'> instead.",
    ),
    "time in words": (
        fitted(GridSearchCV, GRID, time_budget="1h"),
        "The 'time_budget' parameter of GridSearchCV must be a float in the range "
        "(0.0, inf) or None. Got '1h' instead.",
    ),
    "no candidates": (
        fitted(BayesSearchCV, RANGE, n_iter=0),
        "The 'n_iter' parameter of BayesSearchCV must be an int in the range [1, inf). "
        "Got 0 instead.",
    ),
    "more folds than rows": (
        fitted(GridSearchCV, GRID, cv=50),
        "Cannot have number of splits n_splits=50 greater than the number of",
    ),
    "class instead of an estimator": (
        lambda: GridSearchCV(SVC, GRID).fit(X, y),
        "You should provide an instance of scikit-learn estimator instead of a class.",
    ),
    "settings of nobody": (
        fitted(BayesSearchCV, RANGE, optimizer_kwargs={"kappa": 3}),
        "The 'optimizer_kwargs' parameter of BayesSearchCV may hold 'n_initial_points' "
        "and 'surrogate'. Got 'kappa'.",
    ),
    "several metrics, none to refit by": (
        fitted(GridSearchCV, GRID, scoring=["f1", "accuracy"]),
        "the parameter refit must be set to a scorer key",
    ),
    "set of choices": (
        fitted(BayesSearchCV, {"kernel": {"rbf", "linear"}}),
        "Parameter 'kernel': must be a list, whose order is fixed.",
    ),
    "no choices": (
        fitted(BayesSearchCV, {"kernel": []}),
        "Parameter 'kernel': choices must not be empty. Got [].",
    ),
    "names that are no strings": (
        fitted(BayesSearchCV, {1: [2, 3]}),
        "The names in a search space must be strings. Got 1.",
    ),
}


@pytest.mark.parametrize("case", WRONG_VALUES)
def test_a_value_that_cannot_be(case):
    call, sentence = WRONG_VALUES[case]
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    text = str(caught.value)
    assert sentence in text
    assert "\n" not in text
    assert "np.int64(" not in text
    assert len(text) < 500


@pytest.mark.parametrize(
    ("dimension", "values"),
    [
        (Categorical([0.5, 2.0]), [0.5, 2.0]),
        (Integer(1, 3), [1, 2, 3]),
        (Categorical([7.0]), [7.0]),
    ],
)
@pytest.mark.parametrize("cls", [GridSearchCV, HalvingGridSearchCV])
def test_a_dimension_with_few_values_is_a_list_in_a_grid(cls, dimension, values):
    search = cls(Echo(), {"value": dimension}, cv=2).fit(X, y)
    tried = [params["value"] for params in search.cv_results_["params"]]
    assert tried[: len(values)] == values


DOUBTFUL = {
    "range of scikit-optimize": (
        lambda: RandomizedSearchCV(SVC(), {"C": (1, 100)}, n_iter=2, cv=2).fit(X, y),
        "Parameter 'C': in RandomizedSearchCV, the tuple (1, 100) means two choices, "
        "as in scikit-learn. Write skhp.Integer(1, 100) for the range or [1, 100] for "
        "the choices.",
    ),
    "validation data that no step transforms": (
        lambda: GridSearchCV(
            make_pipeline(StandardScaler(), Validated()),
            {"validated__C": [1, 2]},
            cv=2,
        ).fit(X, y, validated__eval_set=[(X, y)]),
        "'validated__eval_set' is not transformed: Validated gets it as it is, without "
        "StandardScaler, which comes before it in the pipeline. A Pipeline transforms "
        "what its 'transform_input' names; the guide shows how, under validation data.",
    ),
}


class Validated(SVC):
    def fit(self, X, y, eval_set=None):
        return super().fit(X, y)


@pytest.mark.parametrize("case", DOUBTFUL)
def test_a_call_that_is_likely_a_mistake(case):
    call, sentence = DOUBTFUL[case]
    with pytest.warns(SkhpWarning) as caught:
        call()
    assert [(str(w.message), w.filename) for w in caught] == [(sentence, __file__)]
