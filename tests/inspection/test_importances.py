import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.base import BaseEstimator
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import ElasticNet
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import skhp
from skhp import Integer, Real
from skhp.exceptions import InvalidParameterError
from skhp.inspection import _encoded, parameter_importances, to_optuna
from tests._toys import Echo, X, y
from tests.inspection._searches import fitted, random

SPLIT = [(np.arange(6), np.arange(6, 12))]


class Ishigami(BaseEstimator):
    """Its scores have known Sobol indices, and it has a parameter without effect."""

    def __init__(self, a=0.0, b=0.0, c=0.0, idle=0.0):
        self.a = a
        self.b = b
        self.c = c
        self.idle = idle

    def fit(self, X, y=None):
        return self

    def score(self, X, y=None):
        a = np.sin(self.a)
        return a + 7 * np.sin(self.b) ** 2 + 0.1 * self.c**4 * a


class SobolG(Ishigami):
    """The product of ``(|4 x_i - 2| + k_i) / (1 + k_i)``, with k = 0, 1, 4.5 and 99."""

    K = np.array([0, 1, 4.5, 99])

    def score(self, X, y=None):
        x = np.array([self.a, self.b, self.c, self.idle])
        return np.prod((np.abs(4 * x - 2) + self.K) / (1 + self.K))


def searched(estimator, low, high, n_iter):
    space = {name: Real(low, high) for name in ("idle", "c", "b", "a")}
    search = skhp.RandomizedSearchCV(
        estimator, space, n_iter=n_iter, cv=SPLIT, random_state=0, sampler="sobol"
    )
    return search.fit(X, y)


def test_indices_of_the_ishigami_function_are_found():
    found = parameter_importances(searched(Ishigami(), -np.pi, np.pi, 256))
    main, total = (
        dict(zip(found.names, shares.tolist(), strict=True))
        for shares in (found.main, found.total)
    )
    assert sorted(main, key=main.get)[::-1][:2] == ["b", "a"]
    assert found.names == ["a", "b", "c", "idle"]
    assert main == pytest.approx({"a": 0.314, "b": 0.442, "c": 0, "idle": 0}, abs=0.06)
    true = {"a": 0.558, "b": 0.442, "c": 0.244, "idle": 0}
    assert total == pytest.approx(true, abs=0.06)
    assert found.explained > 0.9


def test_indices_of_the_g_function_of_sobol_are_found():
    found = parameter_importances(searched(SobolG(), 0, 1, 128))
    assert found.names == ["a", "b", "c", "idle"]
    variances = 1 / 3 / (1 + SobolG.K) ** 2
    variance = np.prod(1 + variances) - 1
    np.testing.assert_allclose(found.main, variances / variance, atol=0.06)
    others = (variance + 1) / (1 + variances)
    np.testing.assert_allclose(found.total, variances * others / variance, atol=0.06)


def digits():
    digits = load_digits()
    return digits.data[:300], digits.target[:300]


# Ranges on a logarithmic scale would not be comparable: Optuna's fANOVA draws from them
# on a linear one.
TASKS = {
    "trees": (
        DecisionTreeClassifier(random_state=0),
        {
            "max_depth": Integer(1, 12),
            "min_samples_leaf": Integer(1, 60),
            "max_features": Real(0.05, 1),
            "min_impurity_decrease": Real(0, 0.1),
            "criterion": ["gini", "entropy"],
        },
        digits(),
    ),
    "support vectors": (
        SVC(),
        {
            "C": Real(0.01, 3),
            "gamma": Real(1e-4, 0.01),
            "kernel": ["rbf", "sigmoid"],
            "shrinking": [True, False],
            "tol": Real(1e-4, 1e-2),
        },
        digits(),
    ),
    "linear": (
        ElasticNet(),
        {
            "alpha": Real(0.001, 1),
            "l1_ratio": Real(0.1, 1),
            "fit_intercept": [True, False],
            "selection": ["cyclic", "random"],
        },
        load_diabetes(return_X_y=True),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_the_order_is_that_of_fanova_in_optuna(task):
    optuna = pytest.importorskip("optuna")
    pytest.importorskip("optuna.importance")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    estimator, space, data = TASKS[task]
    search = skhp.RandomizedSearchCV(
        estimator, space, n_iter=60, cv=3, random_state=0, refit=False
    ).fit(*data)
    found = parameter_importances(search)
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    theirs = optuna.importance.get_param_importances(
        to_optuna(search), evaluator=evaluator
    )
    their_order = [theirs[name] for name in found.names]
    assert spearmanr(found.main, their_order).statistic >= 0.8


@pytest.mark.parametrize(
    "kind", ["theirs", "grid", "metrics", "one split", "their halving"]
)
def test_every_search_with_enough_candidates_has_importances(kind):
    found = parameter_importances(fitted(kind))
    assert found.names[0] == "value"
    assert found.total[0] > 0.8
    low, high = found.total_intervals.T
    assert np.all((low <= found.total) & (found.total <= high))


@pytest.mark.parametrize("kind", ["one", "nan", "200 parameters", "failing"])
def test_few_scores_are_not_enough(kind):
    with pytest.raises(InvalidParameterError, match="At least 8 candidates must have"):
        parameter_importances(fitted(kind))


def test_equal_scores_have_no_variance_to_share():
    with pytest.raises(InvalidParameterError, match="have the same score"):
        parameter_importances(fitted("objects"))


def test_a_search_that_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError):
        parameter_importances(random({"value": Real(0, 1)}))


def test_what_was_not_varied_among_the_scored_has_no_share():
    space = {"value": Real(0, 1), "other": [1, 2], "fails": ["", "fit"]}
    search = random(space, n_iter=24)
    with pytest.warns(FitFailedWarning):
        search.fit(X, y)
    found = parameter_importances(search)
    assert set(found.names) == {"value", "other"}
    assert found.n_candidates < 24


def test_a_parameter_that_is_set_in_places_has_its_share():
    space = {
        "fails": ["", "none"],
        "value": Real(0, 1, when={"fails": "none"}),
        "other": Real(0, 1),
    }
    search = random(space, Echo(), n_iter=40).fit(X, y)
    found = parameter_importances(search)
    shares = dict(zip(found.names, found.total, strict=True))
    assert shares["value"] > 0.3
    assert shares["fails"] > 0.5
    assert shares["other"] < 0.02


def test_parts_of_a_list_of_spaces_share_their_parameters():
    grid = [
        {"other": ["a"], "value": [0.0, 0.1, 0.2, 0.3, 0.4]},
        {"other": ["b"], "value": [5.0, 5.1, 5.2, 5.3, 5.4]},
    ]
    search = skhp.GridSearchCV(Echo(), grid, cv=2, refit=False).fit(X, y)
    found = parameter_importances(search)
    assert found.names == ["other", "value"]


def test_values_that_only_their_space_can_draw_are_placed_on_axes():
    class Drawn:
        def rvs(self, random_state=None):
            return random_state.uniform()

    search = random({"value": Drawn(), "other": ["a", "b"]}, Echo(), n_iter=20)
    found = parameter_importances(search.fit(X, y))
    assert found.names == ["value", "other"]
    assert found.total[0] > 0.9


def test_of_many_candidates_a_part_is_modelled(monkeypatch):
    monkeypatch.setattr(_encoded, "MOST", 20)  # not 300, which take seconds
    values = np.linspace(0, 1, 30)
    search = skhp.GridSearchCV(Echo(), {"value": values}, cv=2, refit=False).fit(X, y)
    found = parameter_importances(search)
    assert (found.n_modelled, found.n_candidates) == (20, 30)


def test_the_importances_are_always_the_same():
    one, other = (parameter_importances(fitted("grid")) for _ in range(2))
    np.testing.assert_array_equal(one.total, other.total)
