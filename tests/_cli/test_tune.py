import io

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.pipeline import Pipeline

from skhp._cli import build_model, bundled_table, tune
from skhp._cli._tune import Result, _ObservedSearch
from skhp.exceptions import InvalidParameterError
from skhp.search import BayesSearchCV
from tests._cli._tables import model_of, settings_of, table_of

TABLE = table_of(np.arange(30.0))


class Level(RegressorMixin, BaseEstimator):
    """Predicts a number; has no fit with what is below `fails_below`."""

    def __init__(self, level=15.0, fails_below=-1.0):
        self.level = level
        self.fails_below = fails_below

    def fit(self, X, y):
        if self.level < self.fails_below:
            raise RuntimeError(f"too low: {self.level}")
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.full(len(X), self.level)


LEVELS = {"model__level": (0.0, 30.0)}


def tuned(estimator, table=TABLE, **kwargs):
    settings = settings_of(table, scoring="neg_mean_absolute_error", **kwargs)
    stream = io.StringIO()
    return tune(table, model_of(estimator, LEVELS), settings, stream), stream


@pytest.mark.parametrize("estimator", ["lightgbm", "ridge"])  # in their spaces or not
def test_defaults_are_the_first_candidate_and_the_only_one_without_time(estimator):
    table = bundled_table()
    model = build_model(estimator, table, 0)
    settings = settings_of(table, time_budget=1e-9, n_iter=None)
    result = tune(table, model, settings, io.StringIO())
    assert [row["candidate"] for row in result.rows] == ["defaults"]
    known = model.pipeline.get_params()
    params = result.rows[0]["params"]
    assert params.pop(model.rounds, 0) == result.rows[0].get("n_resources", 0)
    assert params == {name: known[name] for name in model.space}
    assert (result.best, result.n_candidates) == (0, 0)


@pytest.mark.parametrize("level", [3.0, -1.0])  # in the space or not
def test_candidates_are_as_many_as_were_asked_for_beside_the_defaults(level):
    result, _ = tuned(Level(level), n_iter=4)
    assert [row["candidate"] for row in result.rows] == ["defaults", 1, 2, 3, 4]
    assert result.rows[0]["params"] == {"model__level": level}
    assert (result.n_candidates, result.n_failed) == (4, 0)


def test_progress_is_shown_where_it_is_wanted_and_nowhere_else(capsys):
    _, stream = tuned(Level())
    assert stream.getvalue().startswith("  defaults  -7.")
    assert capsys.readouterr().out == ""


def test_what_is_kept_is_the_best_pipeline_fitted():
    result, _ = tuned(Level(level=0.0), n_iter=4)
    assert type(result.model) is Pipeline
    assert result.model["model"].fitted_
    assert result.best == np.argmax([row["mean_test_score"] for row in result.rows])
    best = result.rows[result.best]["params"]["model__level"]
    assert result.model["model"].level == best


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_candidates_that_fail_are_counted_and_not_the_best():
    result, _ = tuned(Level(level=20.0, fails_below=15.0), n_iter=6)
    statuses = [row["status"] for row in result.rows]
    assert 0 < result.n_failed == statuses.count("failed")
    assert result.n_candidates == 6
    assert result.rows[result.best]["params"]["model__level"] >= 15.0


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_defaults_must_fit(n_jobs):
    message = (
        "The defaults of ridge must fit and have a neg_mean_absolute_error. "
        "Got RuntimeError: too low: 3.0"
    )
    with joblib.parallel_config("threading"):
        with pytest.raises(InvalidParameterError) as caught:
            tuned(Level(level=3.0, fails_below=4.0), n_jobs=n_jobs)
    assert str(caught.value) == message


def test_defaults_must_have_the_score():
    table = table_of(np.arange(1.0, 31.0))
    settings = settings_of(table, scoring="neg_mean_gamma_deviance")
    with pytest.raises(
        InvalidParameterError, match=r"gamma_deviance\. Got ValueError: "
    ):
        tune(table, model_of(Level(-1.0), LEVELS), settings, io.StringIO())


@pytest.mark.filterwarnings("ignore:R.2 score is not well-defined")
def test_defaults_must_have_a_score_in_every_fold():
    table = table_of(np.arange(3.0))  # one row to a fold: no r2
    with pytest.raises(InvalidParameterError, match=r"every fold\. Got nan from r2"):
        tune(table, model_of(Level(), LEVELS), settings_of(table), io.StringIO())


def test_observed_search_is_cloned_like_any_other():
    search = _ObservedSearch(Level(), LEVELS, n_iter=3)
    search.observers = (object(),)
    copied = clone(search)
    assert copied.observers == ()
    plain = BayesSearchCV(Level(), LEVELS, n_iter=3).get_params(deep=False)
    assert list(copied.get_params(deep=False)) == list(plain)


def test_what_was_stopped_was_not_tried_to_the_end():
    statuses = ["ok", "ok", "failed", "timeout", "stopped"]
    result = Result([{"status": status} for status in statuses], 0, None, 1.0)
    assert (result.n_candidates, result.n_failed) == (3, 2)
