import pickle

import numpy as np
import pytest

from skhp.evaluation import Job, Task
from skhp.optimizers import Trial
from tests._toys import SPLITS, Echo, X, echo_score, make_job, result_of, y


@pytest.mark.parametrize(
    ("errors", "status", "error"),
    [
        ({}, "ok", None),
        ({"fit_error": "a"}, "failed", "a"),
        ({"score_error": "b"}, "failed", "b"),
        ({"fit_error": "a", "score_error": "b"}, "failed", "a"),
        ({"fit_error": "late", "ending": "timeout"}, "timeout", "late"),
        ({"fit_error": "gone", "ending": "crashed"}, "crashed", "gone"),
    ],
)
def test_status_says_what_became_of_it(errors, status, error):
    result = result_of(0.5, **errors)
    assert (result.status, result.error) == (status, error)


@pytest.mark.parametrize("metric", [None, "score", "anything"])
def test_the_only_score_is_that_of_every_metric(metric):
    assert result_of(0.25).score_of(metric) == 0.25


@pytest.mark.parametrize(("metric", "score"), [("a", 1.0), ("b", 2.0), (None, 1.0)])
def test_of_several_scores_the_metric_has_its_own(metric, score):
    assert result_of({"a": 1.0, "b": 2.0}).score_of(metric) == score


def test_metric_that_a_scorer_left_out_has_no_score():
    assert np.isnan(result_of({"a": 1.0}).score_of("b"))


@pytest.mark.parametrize("metric", [None, "a", "b"])
@pytest.mark.parametrize("scores", [-7.0, {"a": -7.0, "b": -7.0}])
def test_failed_fit_has_no_score_whatever_stands_for_it(scores, metric):
    # error_score is for the user: the optimizer must not learn from it.
    assert np.isnan(result_of(scores, fit_error="Traceback").score_of(metric))


def test_failed_score_is_none_of_the_others():
    assert np.isnan(result_of(-7.0, score_error="no").score_of(None))
    several = result_of(
        {"a": -7.0, "b": 2.0}, score_error="no a", failed_metrics=("a",)
    )
    assert np.isnan(several.score_of("a"))
    assert several.score_of("b") == 2.0


def test_job_goes_to_other_processes_with_the_caller_that_is_meant_for_them():
    job = make_job(caller=Echo(1), caller_elsewhere=Echo(2))
    there = pickle.loads(pickle.dumps(job))
    assert there.caller.value == 2
    assert there.caller_elsewhere is None
    assert job.caller.value == 1  # this one is as it was
    again = pickle.loads(pickle.dumps(make_job(caller=Echo(1))))
    assert again.caller is None


def test_job_arrives_whole():
    fit_params = {"sample_weight": np.arange(12.0)}
    job = Job(Echo(3), X, y, SPLITS, echo_score, fit_params, error_score=-1.0)
    there = pickle.loads(pickle.dumps(job))
    assert there.estimator.value == 3
    assert there.scorer is echo_score
    assert there.error_score == -1.0
    np.testing.assert_array_equal(there.X, X)
    np.testing.assert_array_equal(there.fit_params["sample_weight"], np.arange(12.0))


def test_task_and_result_are_small_on_their_way():
    task = Task(Trial(3, {"C": 1.0}, 9, {"iter": 1}, 0), 2)
    there = pickle.loads(pickle.dumps(task))
    assert (there.trial.params, there.trial.resource) == ({"C": 1.0}, 9)
    assert (there.trial.origin, there.split, there.context) == (0, 2, None)
    assert len(pickle.dumps(task)) < 400
    assert len(pickle.dumps(result_of(0.5))) < 400
