from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from skhp.evaluation import Task
from skhp.evaluation._fit_and_score import evaluate, lost_result, short_traceback
from skhp.evaluation._sklearn import MultimetricScorer
from skhp.optimizers import Trial
from tests._toys import SPLITS, Echo, X, echo_score, make_job, y


def broken_metric(estimator, X, y):
    raise ZeroDivisionError("this metric never works")


def several(**scorers):
    return MultimetricScorer(scorers=scorers, raise_exc=False)


def run(job, params=None, split=0):
    return evaluate(job, Task(Trial(0, params or {}), split))


def test_result_holds_score_times_and_size_of_the_split():
    result = run(make_job(), {"value": 0.25}, split=1)
    assert result.test_scores == 0.25
    assert result.train_scores is None
    assert result.error is None
    assert result.n_test_samples == len(SPLITS[1][1])
    assert result.fit_time >= 0 <= result.score_time


@pytest.mark.parametrize("error_score", [np.nan, -7.5, 0])
def test_failing_fit_gets_the_error_score_and_its_traceback(error_score):
    job = make_job(error_score=error_score, return_train_score=True)
    result = run(job, {"fails": "fit", "value": 3})
    np.testing.assert_equal(result.test_scores, float(error_score))
    np.testing.assert_equal(result.train_scores, float(error_score))
    assert "RuntimeError: no fit with 3" in result.fit_error.splitlines()[-1]
    assert result.n_test_samples == 4
    assert np.isnan(result.score_of(None))


@pytest.mark.parametrize("stage", ["fit", "score"])
def test_error_score_raise_lets_the_exception_through(stage):
    with pytest.raises(RuntimeError, match=f"no {stage} with"):
        run(make_job(error_score="raise"), {"fails": stage})


def test_failing_score_is_not_a_failing_fit():
    result = run(make_job(error_score=-1), {"fails": "score"})
    assert result.test_scores == -1.0
    assert result.fit_error is None
    assert "no score with" in result.score_error
    assert np.isnan(result.score_of(None))


def test_set_params_that_fails_is_a_result():
    result = run(make_job(), {"no_such_parameter": 1})
    assert "no_such_parameter" in result.fit_error
    assert np.isnan(result.test_scores)


def test_of_several_metrics_only_the_failing_one_gets_the_error_score():
    job = make_job(scorer=several(good=echo_score, bad=broken_metric), error_score=-9)
    result = run(job, {"value": 0.5})
    assert result.test_scores == {"good": 0.5, "bad": -9.0}
    assert result.failed_metrics == ("bad",)
    assert "never works" in result.score_error
    assert result.score_of("good") == 0.5
    assert np.isnan(result.score_of("bad"))


def test_failing_fit_gives_every_metric_the_error_score():
    job = make_job(scorer=several(a=echo_score, b=echo_score), error_score=-2)
    assert run(job, {"fails": "fit"}).test_scores == {"a": -2.0, "b": -2.0}


@pytest.mark.parametrize("score", ["high", None, [1.0, 2.0], np.ones(2), {"a": {}}])
def test_scorer_that_returns_no_number_is_an_error_at_once(score):
    job = make_job(scorer=lambda estimator, X, y: score)
    with pytest.raises(ValueError, match="scoring must return a number, got"):
        run(job)


def test_scorer_that_returns_no_metric_is_an_error_at_once():
    job = make_job(scorer=lambda estimator, X, y: {})
    with pytest.raises(ValueError, match="scoring must return at least one number"):
        run(job)


@pytest.mark.parametrize(
    "score",
    [
        *(np.float32(0.5), np.longdouble(0.5), np.array(0.5), np.array([0.5])),
        *(Decimal("0.5"), Fraction(1, 2), pd.Series([0.5]), np.ma.array(0.5)),
    ],
    ids=repr,
)
def test_scores_of_any_type_of_number_become_floats(score):
    result = run(make_job(scorer=lambda estimator, X, y: score))
    assert result.test_scores == 0.5
    assert type(result.test_scores) is float
    result = run(make_job(scorer=lambda estimator, X, y: {"a": True, 3: score}))
    assert result.test_scores == {"a": 1.0, "3": 0.5}
    assert set(map(type, result.test_scores.values())) == {float}


NO_FLOATS = [
    *(1j, np.complex64(0.5), 10**400, -(10**5000), Fraction(10**400)),
    *(Decimal("sNaN"), np.ma.masked, np.ma.array(0.5, mask=True)),
]


@pytest.mark.parametrize("score", NO_FLOATS, ids=lambda score: type(score).__name__)
def test_number_that_cannot_be_a_float_is_a_failed_score(score):
    job = make_job(scorer=lambda estimator, X, y: score, error_score=-2)
    result = run(job)
    assert (result.test_scores, result.status) == (-2.0, "failed")
    assert "ValueError: scoring must return a number that can" in result.score_error
    assert np.isnan(result.score_of(None))
    scorer = several(good=echo_score, bad=lambda estimator, X, y: score)
    result = run(make_job(scorer=scorer, error_score=-2), {"value": 0.5})
    assert result.test_scores == {"good": 0.5, "bad": -2.0}
    assert result.failed_metrics == ("bad",)


@pytest.mark.parametrize("score", NO_FLOATS, ids=lambda score: type(score).__name__)
def test_number_that_cannot_be_a_float_is_raised_on_demand(score):
    job = make_job(scorer=lambda estimator, X, y: score, error_score="raise")
    with pytest.raises(ValueError, match="number that can be a float, got one of"):
        run(job)


def test_train_score_is_that_of_the_training_rows():
    job = make_job(
        scorer=lambda estimator, X, y: float(len(X)), return_train_score=True
    )
    result = run(job)
    assert (result.test_scores, result.train_scores) == (4.0, 8.0)


def test_without_y_the_scorer_is_called_without_y():
    calls = []
    job = make_job(y=None, scorer=lambda *args: calls.append(len(args)) or 1.0)
    assert run(job).test_scores == 1.0
    assert calls == [2]


def test_neither_the_estimator_nor_a_value_of_the_space_is_fitted():
    inner = SVC()
    job = make_job(Pipeline([("model", Echo())]), y=y)
    result = run(job, {"model": inner})
    assert result.error is None
    assert not hasattr(inner, "support_")
    assert isinstance(job.estimator.named_steps["model"], Echo)


class Vandal(Echo):
    def fit(self, X, y=None):
        X[:], y[:] = -1, -1
        return self


def test_fit_that_writes_to_its_input_does_not_change_the_data():
    before = X.copy(), y.copy()
    assert run(make_job(Vandal())).error is None
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_parameters_along_the_rows_are_split_and_others_are_not():
    class Weighted(Echo):
        def fit(self, X, y=None, weight=None, constant=None):
            assert weight.tolist() == list(range(4, 12))
            assert constant == [1, 2]
            return self

    params = {"weight": np.arange(12), "constant": [1, 2]}
    assert run(make_job(Weighted(), fit_params=params)).error is None


@pytest.mark.parametrize(("depth", "n_frames"), [(0, 2), (1, 3), (30, 3)])
def test_short_traceback_keeps_the_last_frames(depth, n_frames):
    def dive(left):
        return dive(left - 1) if left else {}["key"]

    try:
        dive(depth)
    except KeyError:
        text = short_traceback(frames=3)
    assert text.count('  File "') == n_frames
    assert text.startswith("Traceback (most recent call last):\n")
    assert text.endswith("KeyError: 'key'\n")


@pytest.mark.parametrize(
    "test", [np.arange(8, 12), slice(8, 12), np.arange(12) >= 8, list(range(8, 12))]
)
def test_lost_fit_knows_how_many_rows_it_had_to_be_scored_on(test):
    job = make_job(splits=[(np.arange(8), test)], error_score=-1.0)
    result = lost_result(job, Task(Trial(0, {}), 0), "crashed", "it died", 0.0)
    assert (result.n_test_samples, result.test_scores) == (4, -1.0)
    assert (result.status, result.fit_error) == (
        "crashed",
        "skhp.exceptions.WorkerCrashedError: it died\n",
    )


class Keeps:
    @contextmanager
    def listening(self, scorer, model, X_test):
        yield lambda: (type(model).__name__, len(X_test))


def test_what_is_to_be_kept_of_a_fit_is_part_of_its_result():
    task = Task(Trial(0, {"value": 1.0}, None), 0)
    assert evaluate(make_job(keeping=Keeps()), task).kept == ("Echo", 4)
    assert evaluate(make_job(Echo(fails="fit"), keeping=Keeps()), task).kept is None
    assert evaluate(make_job(), task).kept is None
