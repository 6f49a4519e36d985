"""Along each chain of nested estimators, the threads multiply to those planned."""

import os

import joblib
import lightgbm
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import RFECV
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF
from sklearn.impute import KNNImputer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from skhp import BayesSearchCV
from skhp.workers._thread_parameters import (
    is_thread_parameter,
    thread_parameters,
    with_threads_of,
)
from skhp.workers._threads import make_plan

LGBM, FOREST, TREE = (
    lightgbm.LGBMClassifier(),
    RandomForestClassifier(),
    DecisionTreeClassifier(),
)
SCALERS = [("a", StandardScaler()), ("b", make_pipeline(StandardScaler()))]
COLUMNS = [(name, scaler, [0]) for name, scaler in SCALERS]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (LGBM, {"n_jobs": 4}),
        (TREE, {}),
        (object(), {}),
        (LogisticRegression(), {}),  # it would warn of its n_jobs
        (RandomForestClassifier(n_jobs=-1), {"n_jobs": 4}),
        (RandomForestClassifier(n_jobs=3), {}),
        (GaussianProcessClassifier(RBF()), {"n_jobs": 4}),
        (make_pipeline(KNNImputer(), FOREST), {"randomforestclassifier__n_jobs": 4}),
        (BaggingClassifier(), {"n_jobs": 4}),
        (BaggingClassifier(TREE), {"n_jobs": 4}),
        (BaggingClassifier(LGBM), {"n_jobs": 1, "estimator__n_jobs": 4}),
        (
            BaggingClassifier(make_pipeline(LGBM)),
            {"n_jobs": 1, "estimator__lgbmclassifier__n_jobs": 4},
        ),
        (BaggingClassifier(HistGradientBoostingClassifier()), {"n_jobs": 1}),
        (CalibratedClassifierCV(LGBM), {"n_jobs": 1, "estimator__n_jobs": 4}),
        (OneVsRestClassifier(FOREST), {"n_jobs": 1, "estimator__n_jobs": 4}),
        (OneVsRestClassifier(LogisticRegression()), {"n_jobs": 4}),
        (RFECV(FOREST), {"n_jobs": 1, "estimator__n_jobs": 4}),
        (
            BayesSearchCV(LGBM, {"num_leaves": (2, 9)}),
            {"n_jobs": 1, "estimator__n_jobs": 4},
        ),
        (
            VotingClassifier([("l", LGBM), ("f", FOREST), ("t", TREE)]),
            {"n_jobs": 1, "l__n_jobs": 4, "f__n_jobs": 4},
        ),
        (
            StackingClassifier([("t", TREE)], final_estimator=LGBM),
            {"n_jobs": 1, "final_estimator__n_jobs": 4},
        ),
        (
            make_pipeline(ColumnTransformer(COLUMNS), FeatureUnion(SCALERS), LGBM),
            {
                "columntransformer__n_jobs": 4,
                "featureunion__n_jobs": 4,
                "lgbmclassifier__n_jobs": 4,
            },
        ),
    ],
)
def test_threads_go_to_the_innermost_that_can_use_them(model, expected):
    assert thread_parameters(model, 4) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (BaggingClassifier(LGBM, n_jobs=2), {"estimator__n_jobs": 2}),
        (BaggingClassifier(LGBM, n_jobs=3), {"estimator__n_jobs": 1}),
        (BaggingClassifier(LGBM, n_jobs=9), {"estimator__n_jobs": 1}),
        (BaggingClassifier(RandomForestClassifier(n_jobs=2)), {"n_jobs": 2}),
        (
            OneVsRestClassifier(BaggingClassifier(LGBM, n_jobs=2)),
            {"n_jobs": 1, "estimator__estimator__n_jobs": 2},
        ),
        (
            OneVsRestClassifier(
                BaggingClassifier(RandomForestClassifier(n_jobs=2), n_jobs=2)
            ),
            {"n_jobs": 1},
        ),
    ],
)
def test_what_the_user_has_set_counts(model, expected):
    assert thread_parameters(model, 4) == expected


def test_what_the_user_has_set_below_zero_is_read_as_joblib_does(monkeypatch):
    monkeypatch.setattr("joblib.cpu_count", lambda: 3)
    assert thread_parameters(BaggingClassifier(LGBM, n_jobs=-2), 4) == {
        "estimator__n_jobs": 2
    }


def test_none_is_left_alone_where_it_is_one_already():
    forest = RandomForestClassifier(n_jobs=-1)
    bagging = BaggingClassifier(forest)
    assert thread_parameters(bagging, 1, none_is_one=True) == {"estimator__n_jobs": 1}
    assert thread_parameters(bagging, 4, none_is_one=True) == {"estimator__n_jobs": 4}
    assert thread_parameters(FOREST, 1, none_is_one=True) == {}
    assert thread_parameters(LGBM, 1, none_is_one=True) == {"n_jobs": 1}


def test_a_number_of_threads_that_is_not_listed_is_found():
    class Unlisted(BaseEstimator):  # as CatBoost
        def __init__(self, thread_count=None):
            pass

        def get_params(self, deep=True):
            return dict(vars(self))

        def set_params(self, **params):
            vars(self).update(params)
            return self

    steps = make_pipeline(StandardScaler(), Unlisted())
    assert thread_parameters(steps, 3) == {"unlisted__thread_count": 3}
    assert thread_parameters(Unlisted().set_params(thread_count=2), 3) == {}


def test_thread_parameters_are_known_by_their_names():
    assert is_thread_parameter("n_jobs")
    assert is_thread_parameter("model__num_threads")
    assert not is_thread_parameter("n_jobs__a")


def n_threads():
    return len(os.listdir("/proc/self/task"))


class Counting(lightgbm.LGBMClassifier):
    """Notes how many threads there are after its fit: OpenMP keeps its own."""

    def fit(self, X, y):
        super().fit(X, y)
        self.n_threads_ = n_threads()
        return self


@pytest.mark.skipif(not os.path.exists("/proc"), reason="reads /proc")
@pytest.mark.parametrize("outer", [None, -1])
def test_bagging_of_lightgbm_starts_no_thread_that_is_not_in_the_plan(
    outer, monkeypatch
):
    monkeypatch.setattr("joblib.cpu_count", lambda: 8)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 3)), np.arange(200) % 2
    model = BaggingClassifier(
        Counting(n_estimators=2, verbose=-1), n_estimators=6, n_jobs=outer
    )
    plan = make_plan("auto", 2, model, "threads")
    plan.apply(model, {})
    before = n_threads()
    with threadpool_limits(1), joblib.parallel_config("threading"):
        model.fit(X, y)
    most = max(one.n_threads_ for one in model.estimators_)
    assert most - before <= plan.threads - 1  # the thread of the fit is one of them


def test_a_fitted_model_gets_back_the_threads_that_the_user_wrote():
    written = make_pipeline(StandardScaler(), RandomForestClassifier(2))
    model = make_pipeline(StandardScaler(), RandomForestClassifier(2, n_jobs=1))
    model.fit([[0.0], [1.0]], [0, 1])
    assert with_threads_of(model, written)[-1].n_jobs is None
    assert model.predict([[0.0]]).shape == (1,)


def test_a_model_that_refuses_stays_as_it_is():
    class Refuses(LogisticRegression):
        def set_params(self, **params):
            raise ValueError("fitted")

    assert with_threads_of(Refuses(n_jobs=1), LogisticRegression()).n_jobs == 1
