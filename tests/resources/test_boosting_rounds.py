import os
import pickle
import signal

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
)
from sklearn.metrics import get_scorer, make_scorer
from sklearn.model_selection import KFold

from skhp import GridSearchCV
from skhp.evaluation import Job, Rounds, Standing, Task
from skhp.exceptions import InvalidParameterError
from skhp.optimizers import Trial
from skhp.resources._boosting_rounds import BoostingRounds
from skhp.resources._curve import Stopping
from skhp.workers._threads import ThreadPlan

X, Y = make_classification(150, 6, n_informative=4, flip_y=0.2, random_state=0)
SPLITS = list(KFold(3).split(X))


def hist(**params):
    return HistGradientBoostingClassifier(random_state=0, **params)


def evaluate(model=None, *, splits=(0, 1, 2), standing=None, patience=None, **job):
    rounds = BoostingRounds("max_iter", Stopping(40, 10, patience), None)
    scorer = get_scorer("neg_log_loss")
    job = Job(model or hist(), X, Y, SPLITS, scorer, together=rounds, **job)
    tasks = [
        Task(Trial(0, {"learning_rate": 0.3}), k, standing=standing) for k in splits
    ]
    return rounds.evaluate(job, tasks)


def test_all_splits_have_the_number_of_rounds_with_the_best_mean():
    results = evaluate()
    mean = np.mean([result.curve for result in results], axis=0)
    best = 10 * (1 + int(np.argmax(mean)))
    for result in results:
        assert result.n_resources == best
        assert result.n_trained == 40
        assert result.test_scores == result.curve[best // 10 - 1]


@pytest.mark.slow
def test_missing_splits_are_trained_as_the_others_were():
    """After a kill: what other splits have decided holds, whatever is best now."""
    whole = evaluate(patience=10)
    rounds = Rounds(whole[0].n_resources, whole[0].n_trained, whole[0].stopped)
    for k in range(3):
        standing = Standing(incumbent=(0.0, 0.0, 0.0), settled=rounds)
        [alone] = evaluate(splits=[k], standing=standing, patience=10)
        assert alone.curve == whole[k].curve
        assert alone.test_scores == whole[k].test_scores
        assert (alone.n_resources, alone.n_trained, alone.stopped) == (
            rounds.best,
            rounds.trained,
            rounds.stopped,
        )


def test_incumbent_is_compared_split_by_split():
    standing = Standing(incumbent=(0.0, 0.0, 0.0))  # a log loss of zero
    results = evaluate(standing=standing, patience=1000)
    assert {result.stopped for result in results} == {"hopeless"}
    assert {result.n_trained for result in results} == {30}


def test_folds_whose_training_ends_by_itself_keep_their_last_score():
    class Short(HistGradientBoostingClassifier):
        """On one of the splits it has fewer rounds."""

        def fit(self, X, y, **params):
            if len(X) and X[0, 0] == SHORT:
                self.max_iter = 25
            return super().fit(X, y, **params)

    SHORT = X[SPLITS[0][0][0], 0]
    results = evaluate(Short(random_state=0))
    assert [len(result.curve) for result in results] == [3, 4, 4]
    assert len({result.n_resources for result in results}) == 1
    assert all(result.error is None for result in results)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_result_does_not_depend_on_the_threads(threads):
    plain = evaluate()
    planned = evaluate(threads=ThreadPlan(1, threads, threads))
    assert [r.curve for r in planned] == [r.curve for r in plain]


def test_it_can_be_pickled_without_what_it_has_kept():
    rounds = BoostingRounds("max_iter", Stopping(40, 10, 50), "accuracy")
    copied = pickle.loads(pickle.dumps(rounds))
    assert (copied.param, copied.stopping, copied.objective) == (
        rounds.param,
        rounds.stopping,
        rounds.objective,
    )


@pytest.mark.slow
def test_nan_scores_fail_no_candidate_but_are_never_the_best():
    def odd(y, p):
        calls.append(1)
        return np.nan if len(calls) <= 3 else -float(len(calls))

    calls = []
    rounds = BoostingRounds("max_iter", Stopping(40, 10, None), None)
    job = Job(hist(), X, Y, SPLITS, make_scorer(odd), together=rounds)
    results = rounds.evaluate(job, [Task(Trial(0, {}), k) for k in range(3)])
    assert {result.n_resources for result in results} == {20}


@pytest.mark.slow
def test_a_candidate_over_its_time_ends_at_its_next_point(monkeypatch):
    monkeypatch.setattr("skhp.resources._lockstep.time.perf_counter", Clock())
    results = evaluate(soft_fit_timeout=3.0)
    assert {result.status for result in results} == {"timeout"}
    assert "took over fit_timeout=3 seconds" in results[0].error


class Clock:
    """Goes on by a second whenever it is looked at."""

    now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


class Deadly(GradientBoostingClassifier):
    """Kills its process at a learning rate of 0.5, at round 15."""

    def fit(self, X, y, monitor=None, **params):
        def deadly(i, model, frame):
            if self.learning_rate == 0.5 and i == 15:
                os.kill(os.getpid(), signal.SIGKILL)
            return monitor is not None and monitor(i, model, frame)

        return super().fit(X, y, monitor=deadly, **params)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_candidate_that_kills_its_worker_costs_no_other():
    search = GridSearchCV(
        Deadly(random_state=0),
        {"learning_rate": [0.5, 0.1, 0.2]},
        resource="n_estimators",
        max_resources=30,
        cv=SPLITS,
        n_jobs=2,
    ).fit(X, Y)
    assert search.cv_results_["status"].tolist() == ["crashed", "ok", "ok"]
    assert np.isnan(search.cv_results_["mean_test_score"][0])
    assert search.cv_results_["n_resources"][0] == 0


class Hangs(GradientBoostingClassifier):
    def fit(self, X, y, monitor=None, **params):
        def hanging(i, model, frame):
            while self.learning_rate == 0.5:
                signal.pause()
            return monitor is not None and monitor(i, model, frame)

        return super().fit(X, y, monitor=hanging, **params)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "pause"), reason="pauses")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_candidate_that_hangs_is_ended_after_the_time_of_all_its_splits():
    search = GridSearchCV(
        Hangs(random_state=0),
        {"learning_rate": [0.5, 0.1]},
        resource="n_estimators",
        max_resources=10,
        cv=SPLITS,
        n_jobs=2,
        fit_timeout=3.0,
    ).fit(X, Y)
    assert search.cv_results_["status"][0] == "timeout"
    assert "for each of 3 splits" in search.cv_results_["error"][0]


def lightgbm(**params):
    library = pytest.importorskip("lightgbm")
    return library.LGBMClassifier(verbose=-1, n_jobs=1, **params)


def xgboost(**params):
    library = pytest.importorskip("xgboost", exc_type=ImportError)
    return library.XGBClassifier(n_jobs=1, **params)


def catboost(**params):
    library = pytest.importorskip("catboost", exc_type=ImportError)
    silent = {"verbose": False, "allow_writing_files": False, "thread_count": 1}
    return library.CatBoostClassifier(random_seed=0, **silent, **params)


@pytest.mark.parametrize(
    "model",
    [
        lightgbm,
        pytest.param(xgboost, marks=pytest.mark.foreign),
        hist,
        GradientBoostingClassifier,
        pytest.param(catboost, marks=pytest.mark.foreign),
    ],
)
def test_models_of_the_folds_are_kept(model):
    search = GridSearchCV(
        model(learning_rate=0.5),
        {"learning_rate": [0.5]},
        resource="auto",
        max_resources=20,
        cv=SPLITS,
        keep_folds=True,
    ).fit(X, Y)
    assert len(search.fold_estimators_) == 3
    n_rounds = list(search.best_params_.values())[-1]
    for k, fold in enumerate(search.fold_estimators_):
        assert n_rounds in fold.get_params().values()
        rows = SPLITS[k][1]
        score = search.cv_results_[f"split{k}_test_score"][0]
        assert fold.score(X[rows], Y[rows]) == score


@pytest.mark.parametrize(
    ("model", "space"),
    [
        (lambda: lightgbm(boosting_type="dart"), {"boosting_type": ["goss"]}),
        (lambda: lightgbm(boosting="dart"), {"boosting": ["gbdt"]}),
        (lambda: lightgbm(objective=print), {"objective": ["binary"]}),
        (lambda: hist(early_stopping=True), {"early_stopping": [False]}),
        pytest.param(catboost, {"learning_rate": [0.5]}, marks=pytest.mark.foreign),
        pytest.param(
            lambda: catboost(learning_rate=0.1, langevin=True),
            {"langevin": [False]},
            marks=pytest.mark.foreign,
        ),
    ],
)
def test_what_the_space_sets_is_not_judged_as_it_is_given(model, space):
    settings = {"resource": "auto", "max_resources": 10, "cv": SPLITS}
    search = GridSearchCV(model(), space, refit=False, **settings).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    with pytest.raises(InvalidParameterError, match=r"'resource'|resource="):
        GridSearchCV(model(), {"random_state": [1]}, **settings).fit(X, Y)
    if model is catboost:  # not one of the parts leaves it open
        with pytest.raises(InvalidParameterError, match="learning_rate"):
            GridSearchCV(model(), [space, {"depth": [2]}], **settings).fit(X, Y)
