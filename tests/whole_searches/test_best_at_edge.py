"""Every search says where its best candidate is at an end of a range."""

import pytest
from sklearn.pipeline import Pipeline

import skhp
from tests._toys import Echo, X, y


def value_of(model, X, y):
    return model.get_params()["model__value"]


def nearest_four(model, X, y):
    return -abs(value_of(model, X, y) - 4)


STEPS = Pipeline([("model", Echo())])
GRID = {"model__value": [2.0, 4.0, 8.0]}
RANGE = {"model__value": skhp.Real(2.0, 8.0, "log-uniform")}
FIRST = [{"model__value": 8.0}]  # the best there is
ROWS = {"resource": "n_samples", "min_resources": 4, "max_resources": 12}
SEARCHES = {
    "grid": lambda **kwargs: skhp.GridSearchCV(STEPS, GRID, **kwargs),
    "random": lambda **kwargs: skhp.RandomizedSearchCV(
        STEPS, GRID, n_iter=3, random_state=0, **kwargs
    ),
    "random from ranges": lambda **kwargs: skhp.RandomizedSearchCV(
        STEPS, {"model__value": skhp.Integer(2, 8)}, n_iter=7, random_state=0, **kwargs
    ),
    "bayes": lambda **kwargs: skhp.BayesSearchCV(
        STEPS, RANGE, n_iter=3, random_state=0, initial_points=FIRST, **kwargs
    ),
    "halving grid": lambda **kwargs: skhp.HalvingGridSearchCV(
        STEPS, GRID, random_state=0, **ROWS, **kwargs
    ),
    "halving random": lambda **kwargs: skhp.HalvingRandomSearchCV(
        STEPS, GRID, n_candidates=3, random_state=0, **ROWS, **kwargs
    ),
    "hyperband": lambda **kwargs: skhp.HyperbandSearchCV(
        STEPS, GRID, random_state=0, **ROWS, **kwargs
    ),
}


@pytest.mark.parametrize("kind", SEARCHES)
def test_best_at_an_end_is_told_in_a_line_and_an_attribute(kind, capsys):
    search = SEARCHES[kind](cv=2, verbose=1, scoring=value_of).fit(X, y)
    assert search.best_params_ == {"model__value": 8.0}
    assert search.best_at_edge_ == {"model__value": "high"}
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == (
        "The best candidate is at the edge of the search space: model__value=8 of "
        "[2, 8]. A wider range may hold a better one."
    )


def test_nothing_is_printed_of_a_silent_search(capsys):
    search = SEARCHES["grid"](cv=2, scoring=value_of).fit(X, y)
    assert search.best_at_edge_ == {"model__value": "high"}
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("kind", ["grid", "random", "halving grid", "hyperband"])
def test_nothing_is_said_of_a_best_within_its_range(kind, capsys):
    search = SEARCHES[kind](cv=2, verbose=1, scoring=nearest_four).fit(X, y)
    assert search.best_at_edge_ == {}
    assert "edge" not in capsys.readouterr().out


def test_nothing_is_said_of_a_value_that_makes_no_difference(capsys):
    search = SEARCHES["grid"](cv=2, verbose=1, scoring=lambda *_: 1.0).fit(X, y)
    assert search.best_params_ == {"model__value": 2.0}
    assert search.best_at_edge_ == {}


def test_without_a_best_candidate_there_is_no_edge():
    scoring = {"a": nearest_four, "b": nearest_four}
    search = SEARCHES["grid"](cv=2, scoring=scoring, refit=False)
    search.best_at_edge_ = {"of": "an earlier fit"}
    assert not hasattr(search.fit(X, y), "best_at_edge_")
