import numpy as np
import pytest

import skhp
from skhp.inspection._importances import importances_of
from skhp.inspection._model import model_of
from skhp.inspection._results import results_of
from tests._toys import Echo, X, y
from tests.inspection._searches import Wide, fitted, random


def model(search, n_draws=4):
    return model_of(search, results_of(search, None, "a display"), n_draws)


def predicted(found):
    values = [draw(*found.inputs(found.encoded.rows)) for draw in found.draws]
    return found.centre + found.scale * np.mean(values, axis=0)


def test_the_scores_of_candidates_are_predicted():
    search = fitted("grid")
    found = model(search)
    means = search.cv_results_["mean_test_score"]
    np.testing.assert_allclose(predicted(found), means, atol=0.3 * means.std())
    assert (len(found.draws), found.n_scored) == (4, 8)


def test_disasters_do_not_hide_the_differences_between_others():
    values = [*np.linspace(0, 1, 20), -1e12]
    search = skhp.GridSearchCV(Echo(), {"value": values}, cv=2, refit=False).fit(X, y)
    found = model(search)
    np.testing.assert_allclose(predicted(found)[:20], values[:20], atol=0.15)


def test_the_model_is_of_scores_with_all_of_the_resource():
    found = model(fitted("hyperband"))
    X_in, _ = found.inputs(found.encoded.rows)
    assert X_in.shape[1] == 2
    assert np.all(X_in[:, 1] == 1)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("one", "At least 8 candidates must have a score, and 1 have."),
        ("nan", "At least 8 candidates must have a score, and 0 have."),
        ("objects", "All candidates have the same score."),
    ],
)
def test_what_cannot_be_modelled_has_a_reason(kind, reason):
    assert model(fitted(kind)) == reason


def test_of_many_parameters_some_are_modelled():
    search = random(
        {f"p{i}": skhp.Real(0, 1) for i in range(40)} | {"value": skhp.Real(0, 1)},
        Wide(),
        n_iter=12,
    ).fit(X, y)
    results = results_of(search, None, "a display")
    found = model_of(search, results, 1)
    assert len(found.names) == len(found.columns) == 30
    left_out = next(f"p{i}" for i in range(40) if f"p{i}" not in found.names)
    wanted = model_of(search, results, 1, wanted=[left_out])
    assert wanted.names == [*found.names, left_out]
    assert importances_of(search, results).n_left_out == 11


@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_scores_may_be_huge_or_tiny(scale):
    values = scale * np.linspace(-1, 1, 12)
    search = skhp.GridSearchCV(Echo(), {"value": values}, cv=2, refit=False).fit(X, y)
    np.testing.assert_allclose(
        predicted(model(search)) / scale, values / scale, atol=0.2
    )
