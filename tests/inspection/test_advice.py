import numpy as np
import pytest
import sklearn.model_selection
from sklearn.datasets import load_wine
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.tree import DecisionTreeClassifier

import skhp
from skhp.inspection import advice
from tests._toys import Echo, X, y
from tests.inspection._searches import KINDS, fitted, random


def topics(search, **kwargs):
    return [each.topic for each in advice(search, **kwargs)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_search_can_be_asked(kind):
    for each in advice(fitted(kind)):
        assert each.text.endswith(".")
        assert each.figures or each.topic == "edge"


@pytest.mark.parametrize(
    "module", [skhp, sklearn.model_selection], ids=["ours", "theirs"]
)
def test_the_edge_is_seen_in_any_search(module):
    values = {"value": [1.0, 2.0, 4.0]}
    search = module.GridSearchCV(Echo(), values, cv=2, refit=False).fit(X, y)
    assert "edge" in topics(search)
    values = {"value": [1.0, 2.0, 4.0], "other": [1]}
    middle = module.GridSearchCV(
        Echo(), values, cv=2, refit=False, scoring=lambda e, X, y: -abs(e.value - 2)
    ).fit(X, y)
    assert "edge" not in topics(middle)


def test_the_metric_decides_which_candidate_is_the_best():
    search = fitted("metrics")
    assert advice(search, metric="up")[0].figures == {"value": 10.0}
    assert advice(search, metric="down")[0].figures == {"value": 0.01}


@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_failures_of_scikit_learns_searches_are_scores_that_are_missing():
    space = {"fails": ["", "fit"], "value": [1.0, 2.0, 1.5]}
    search = sklearn.model_selection.GridSearchCV(Echo(), space, cv=2)
    with pytest.warns(FitFailedWarning):
        search.fit(X, y)
    texts = [each.text for each in advice(search)]
    assert "3 of 6 candidates have no score. All of them have fails='fit'." in texts


def test_a_parameter_that_does_nothing_is_named():
    space = {"value": skhp.Real(0, 1), "other": skhp.Real(0, 1), "fails": ["", "no"]}
    search = random(space, Echo(), n_iter=30).fit(X, y)
    (found,) = [each for each in advice(search) if each.topic == "idle parameters"]
    assert found.text.startswith(
        "Over the whole search space, other, fails made no difference to speak of: each"
    )
    assert set(found.figures) == {"other", "fails"}


def test_few_candidates_are_not_enough_to_call_a_parameter_idle():
    space = {"value": skhp.Real(0, 1), "other": skhp.Real(0, 1), "fails": ["", "no"]}
    search = random(space, Echo(), n_iter=11).fit(X, y)
    assert "idle parameters" not in topics(search)


def test_parameters_that_matter_are_not_named():
    space = {"value": skhp.Real(0, 1), "other": skhp.Real(0, 1)}
    search = random(
        space, Echo(), n_iter=30, scoring=lambda e, X, y: e.value + e.other
    ).fit(X, y)
    assert "idle parameters" not in topics(search)


def test_a_parameter_that_is_rarely_set_is_not_called_idle():
    space = {
        "value": skhp.Real(0, 1),
        "fails": ["", "no", "none"],
        "other": skhp.Real(0, 1, when={"fails": "none"}),
    }
    search = random(space, Echo(), n_iter=40).fit(X, y)
    (found,) = [each for each in advice(search) if each.topic == "idle parameters"]
    assert set(found.figures) == {"fails"}


def test_overfitting_is_seen_in_training_scores():
    data = load_wine(return_X_y=True)
    noise = np.random.default_rng(0).permutation(data[1])
    tree = DecisionTreeClassifier(random_state=0)
    search = sklearn.model_selection.GridSearchCV(
        tree, {"min_samples_leaf": [1, 2]}, return_train_score=True
    ).fit(data[0], noise)
    assert "overfitting" in topics(search)
    search.set_params(param_grid={"max_depth": [2, 3]}).fit(*data)
    assert "overfitting" not in topics(search)


def test_a_search_that_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError):
        advice(random({"value": skhp.Real(0, 1)}))
