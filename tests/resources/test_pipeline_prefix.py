import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skhp.evaluation import Task
from skhp.optimizers import Trial
from skhp.resources._pipeline_prefix import PrefixCache, params_of_last_step

X = np.arange(12.0).reshape(6, 2)
Y = np.arange(6.0)


class Counts(TransformerMixin, BaseEstimator):
    fits = 0

    def __init__(self, factor=1.0):
        self.factor = factor

    def fit(self, X, y=None):
        type(self).fits += 1
        return self

    def transform(self, X):
        return X * self.factor


@pytest.fixture
def count():
    Counts.fits = 0
    return lambda: Counts.fits


def pipeline(**params):
    return Pipeline([("step", Counts()), ("model", LinearRegression())]).set_params(
        **params
    )


def fitted(cache, *, split=0, **params):
    task = Task(Trial(0, params), split)
    return cache.fitted(task, pipeline(**params), X, Y, X[:2])


def test_candidates_that_differ_in_the_last_step_share_the_steps_before(count):
    cache = PrefixCache()
    first = fitted(cache, model__fit_intercept=True)
    assert fitted(cache, model__fit_intercept=False) is first
    assert count() == 1


def test_other_splits_and_other_parameters_have_their_own(count):
    cache = PrefixCache()
    fitted(cache, step__factor=2.0)
    fitted(cache, step__factor=3.0)
    fitted(cache, step__factor=3.0, split=1)
    fitted(cache, step__factor=3.0, split=1)
    assert count() == 3


def test_test_rows_are_transformed_too():
    found = fitted(PrefixCache(), step__factor=2.0)
    np.testing.assert_array_equal(found.X, 2 * X)
    np.testing.assert_array_equal(found.X_test, 2 * X[:2])


def test_shared_rows_cannot_be_written_to():
    found = fitted(PrefixCache(), step__factor=2.0)
    for values in (found.X, found.X_test):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0.0


def test_a_pipeline_of_one_step_passes_the_rows_on():
    task = Task(Trial(0, {}), 0)
    found = PrefixCache().fitted(task, make_pipeline(LinearRegression()), X, Y, X)
    assert found.X is X
    assert found.X_test is X


def test_parameters_of_fit_are_those_of_the_last_step():
    model, weight = pipeline(), np.ones(6)
    assert params_of_last_step(model, "model", {}) == {}
    params = {"model__sample_weight": weight}
    assert params_of_last_step(model, "model", params) == {"sample_weight": weight}


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (LinearRegression(), {}),
        (pipeline(), {"step__sample_weight": 1}),
        (make_pipeline(StandardScaler(), LinearRegression()), {}),
    ],
)
def test_elsewhere_it_is_unclear_whose_they_are(model, params):
    assert params_of_last_step(model, "model", params) is None


def test_routed_parameters_are_unclear():
    with config_context(enable_metadata_routing=True):
        assert params_of_last_step(pipeline(), "model", {"model__a": 1}) is None
        assert params_of_last_step(pipeline(), "model", {}) == {}
