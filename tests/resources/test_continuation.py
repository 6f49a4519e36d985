import pickle

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Perceptron, SGDClassifier
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhp.evaluation._fit_and_score import evaluate
from skhp.evaluation._task import Job, Task
from skhp.optimizers import Trial
from skhp.resources._continuation import Continuation
from skhp.resources._continued_training import method_for
from skhp.resources._model_cache import FoldModel

X, Y = make_classification(n_samples=200, n_informative=6, random_state=0)


def lightgbm(**kwargs):
    lgb = pytest.importorskip("lightgbm")
    return lgb.LGBMClassifier(verbose=-1, n_jobs=1, **kwargs)


def xgboost(**kwargs):
    xgb = pytest.importorskip("xgboost")
    return xgb.XGBClassifier(n_jobs=1, **kwargs)


def job_of(estimator, param, *, resource=None, most=100):
    splits = list(KFold(2).split(X))
    resource = resource or Continuation(param, most)
    return Job(
        estimator, X, Y, splits, _Keeping(), error_score="raise", resource=resource
    )


class _Keeping:
    """A scorer that keeps the model it was given."""

    def __call__(self, estimator, X, y):
        self.model = pickle.loads(pickle.dumps(estimator))
        return 0.0


def climb(estimator, param, *resources, continued=True, kept=None, home=True):
    """Return the model after the last of several rungs, on one split."""
    job = job_of(estimator, param, resource=kept)
    if not home:
        pickle.dumps(job.resource)
        job.resource._home = -1  # as if this were a worker: models go through files
    for number, resource in enumerate(resources):
        origin, lower = (0, resources[:number]) if number and continued else (None, ())
        trial = Trial(
            number, {param: resource}, resource, origin=origin, lower_resources=lower
        )
        evaluate(job, Task(trial, 0))
    return job.scorer.model


EQUAL = {
    "lightgbm": (lightgbm, "n_estimators"),
    "xgboost": (xgboost, "n_estimators"),
    "forest": (
        lambda: RandomForestRegressor(random_state=0, max_depth=3),
        "n_estimators",
    ),
    "extra trees": (
        lambda: ExtraTreesClassifier(random_state=0, bootstrap=True),
        "n_estimators",
    ),
    "bagging": (lambda: BaggingClassifier(random_state=0), "n_estimators"),
    "boosting": (lambda: GradientBoostingClassifier(random_state=0), "n_estimators"),
    "stochastic boosting": (
        lambda: GradientBoostingClassifier(
            random_state=0, subsample=0.5, max_features=0.5
        ),
        "n_estimators",
    ),
    "histograms": (
        lambda: HistGradientBoostingClassifier(random_state=0, early_stopping=False),
        "max_iter",
    ),
}


def values_of(model):
    for name in ("decision_function", "predict_proba", "predict"):
        if hasattr(model, name):
            return getattr(model, name)(X)
    raise AssertionError("it predicts nothing")


@pytest.mark.parametrize("name", EQUAL)
@pytest.mark.parametrize("home", [True, False])
def test_a_continued_model_is_the_fresh_one(name, home):
    make, param = EQUAL[name]
    continued = climb(make(), param, 3, 9, 20, home=home)
    fresh = climb(make(), param, 20)
    np.testing.assert_allclose(values_of(continued), values_of(fresh), rtol=1e-6)
    assert repr(continued.get_params()) == repr(fresh.get_params())


class Counting(GradientBoostingClassifier):
    n_trained = 0

    def _fit_stage(self, *args, **kwargs):
        Counting.n_trained += 1
        return super()._fit_stage(*args, **kwargs)


@pytest.mark.parametrize(("continued", "n"), [(True, 20), (False, 32)])
def test_what_was_trained_is_not_trained_again(continued, n):
    Counting.n_trained = 0
    climb(Counting(random_state=0), "n_estimators", 3, 9, 20, continued=continued)
    assert Counting.n_trained == n


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "estimator",
    [
        SGDClassifier(random_state=0),
        MLPClassifier((4,), random_state=0),
    ],
)
def test_epochs_add_up_though_the_model_differs(estimator):
    model = climb(estimator, "max_iter", 2, 6, 18)
    assert model.max_iter == 18
    assert model.t_ >= (18 * 100 if isinstance(model, MLPClassifier) else 1700)
    assert model.get_params() == estimator.set_params(max_iter=18).get_params()


ANY = {
    **EQUAL,
    "lightgbm, drawing": (
        lambda: lightgbm(subsample=0.5, subsample_freq=1, colsample_bytree=0.5),
        "n_estimators",
    ),
    "sgd": (lambda: SGDClassifier(random_state=0, average=9), "max_iter"),
    "perceptron": (lambda: Perceptron(random_state=0), "max_iter"),
    "network": (lambda: MLPClassifier((4,), random_state=0), "max_iter"),
    "network, sgd": (
        lambda: MLPClassifier((4,), random_state=0, solver="sgd"),
        "max_iter",
    ),
}


class Forgets(Continuation):
    """Has lost the models of the rungs in `lost`."""

    lost = ()

    def _take(self, task):
        model = super()._take(task)
        return None if model is None or model.resource in self.lost else model


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", ANY)
@pytest.mark.parametrize("lost", [(3,), (9,), (3, 9)])
def test_model_that_is_lost_is_trained_again_in_the_same_way(name, lost):
    make, param = ANY[name]
    kept = Forgets(param, 100)
    kept.lost = lost
    again = climb(make(), param, 3, 9, 20, kept=kept)
    continued = climb(make(), param, 3, 9, 20)
    np.testing.assert_array_equal(values_of(again), values_of(continued))
    assert repr(again.get_params()) == repr(continued.get_params())


class CountedFits(ExtraTreesClassifier):
    n_fits = 0

    def fit(self, X, y, sample_weight=None):
        CountedFits.n_fits += 1
        return super().fit(X, y, sample_weight)


@pytest.mark.parametrize(("seed", "n_fits"), [(0, 1), (np.random.RandomState(0), 3)])
def test_model_that_is_lost_is_fitted_once_where_that_is_the_same(seed, n_fits):
    CountedFits.n_fits = 0
    job = job_of(CountedFits(random_state=seed), "n_estimators")
    trial = Trial(2, {"n_estimators": 9}, 9, origin=0, lower_resources=(1, 3))
    evaluate(job, Task(trial, 0))
    assert CountedFits.n_fits == n_fits


@pytest.mark.parametrize("home", [True, False])
@pytest.mark.parametrize("memory_bytes", [0, 2**20])
def test_in_a_pipeline_the_last_step_goes_on(home, memory_bytes):
    pipeline = make_pipeline(
        StandardScaler(), PCA(5, random_state=0), ExtraTreesClassifier(random_state=0)
    )
    param = "extratreesclassifier__n_estimators"
    kept = Continuation(param, 100, memory_bytes=memory_bytes)
    continued = climb(pipeline, param, 3, 9, 20, kept=kept, home=home)
    fresh = climb(pipeline, param, 20)
    np.testing.assert_allclose(values_of(continued), values_of(fresh), rtol=1e-6)


class CountedScaler(StandardScaler):
    n_fits = 0

    def fit(self, X, y=None, sample_weight=None):
        CountedScaler.n_fits += 1
        return super().fit(X, y, sample_weight)


def test_the_steps_before_are_fitted_once_per_split():
    CountedScaler.n_fits = 0
    pipeline = make_pipeline(CountedScaler(), ExtraTreesClassifier(random_state=0))
    job = job_of(pipeline, "extratreesclassifier__n_estimators")
    for number in range(6):
        params = {
            "extratreesclassifier__n_estimators": 3,
            "extratreesclassifier__max_depth": 1 + number,
        }
        for split in range(2):
            evaluate(job, Task(Trial(number, params, 3), split))
    assert CountedScaler.n_fits == 2


@pytest.mark.parametrize("n_fits", [3])
def test_other_parameters_of_the_steps_before_fit_them_anew(n_fits):
    CountedScaler.n_fits = 0
    pipeline = make_pipeline(CountedScaler(), ExtraTreesClassifier(random_state=0))
    job = job_of(pipeline, "extratreesclassifier__n_estimators")
    for number, with_mean in enumerate([True, False, 1]):
        params = {
            "extratreesclassifier__n_estimators": 3,
            "countedscaler__with_mean": bool(with_mean),
            "countedscaler__with_std": with_mean == 1 and with_mean is not True,
        }
        evaluate(job, Task(Trial(number, params, 3), 0))
    assert CountedScaler.n_fits == n_fits


class Restless(StandardScaler):
    """Comes out different each time."""

    random_state = None

    def get_params(self, deep=True):
        return {**super().get_params(deep), "random_state": None}


def test_steps_that_come_out_different_elsewhere_are_not_continued_there():
    Counting.n_trained = 0
    pipeline = make_pipeline(Restless(), Counting(random_state=0))
    climb(pipeline, "counting__n_estimators", 3, 9)
    assert Counting.n_trained == 9
    kept = Continuation("counting__n_estimators", 100, memory_bytes=0)
    climb(pipeline, "counting__n_estimators", 3, 9, kept=kept)
    assert Counting.n_trained == 9 + 12


def test_a_continuation_that_fails_is_a_fresh_fit():
    class Fragile(Counting):
        def fit(self, *args, **kwargs):
            if self.warm_start:
                raise RuntimeError
            return super().fit(*args, **kwargs)

    job = job_of(Fragile(random_state=0), "n_estimators")
    job = Job(
        job.estimator,
        X,
        Y,
        job.splits,
        lambda m, X, y: m.n_estimators_,
        resource=job.resource,
    )
    evaluate(job, Task(Trial(0, {"n_estimators": 3}, 3), 0))
    for split in (0, 1):  # with the model of the rung below, and without
        promoted = Trial(1, {"n_estimators": 9}, 9, origin=0, lower_resources=(3,))
        result = evaluate(job, Task(promoted, split))
        assert result.error is None
        assert result.test_scores == 9


def test_models_of_the_top_are_not_kept():
    kept = Continuation("n_estimators", 9)
    climb(Counting(random_state=0), "n_estimators", 9, kept=kept)
    assert len(kept._models) == 0


@pytest.mark.parametrize(
    ("estimator", "param"),
    [
        (LogisticRegression(), "max_iter"),
        (HistGradientBoostingClassifier(), "max_iter"),
        (GradientBoostingClassifier(n_iter_no_change=3), "n_estimators"),
        (GradientBoostingClassifier(), "max_depth"),
        (MLPClassifier(early_stopping=True), "max_iter"),
    ],
)
def test_others_are_fitted_anew(estimator, param):
    assert method_for(estimator, param, {}) is None


@pytest.mark.parametrize(
    "settings",
    [
        {"boosting_type": "dart"},
        {"boosting_type": "rf"},
        {"boosting": "dart"},
        {"early_stopping_round": 5},
    ],
)
def test_boosters_whose_training_changes_on_its_way_are_fitted_anew(settings):
    assert method_for(lightgbm(**settings), "n_estimators", {}) is None
    assert method_for(lightgbm(), "n_estimators", {"callbacks": []}) is None
    assert method_for(lightgbm(), "n_estimators", {}) is not None


def test_only_what_goes_to_other_processes_makes_a_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    plan = Continuation("n_estimators", 9)
    assert not list(tmp_path.iterdir())
    pickle.dumps(plan)
    (folder,) = tmp_path.iterdir()
    pickle.dumps(plan)
    assert list(tmp_path.iterdir()) == [folder]
    del plan
    assert not list(tmp_path.iterdir())


def test_a_pickled_plan_leaves_models_behind_and_finds_files():
    kept = Continuation("n_estimators", 9)
    kept._models.put((0, 0), FoldModel(3, "", "here"), 1)
    twin = pickle.loads(pickle.dumps(kept))
    assert len(twin._models) == 0
    twin._home = -1
    twin._keep(Task(Trial(5, {}, 3), 1), FoldModel(3, "", "there"))
    other = pickle.loads(pickle.dumps(kept))
    other._home = -2
    assert other._take(Task(Trial(9, {}, 9, origin=5), 1)).model == "there"
