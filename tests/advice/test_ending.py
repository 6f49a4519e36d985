import numpy as np
import pytest

import skhp
from skhp.advice import train_scores
from tests._toys import Echo, X, y

EDGE = "The best candidate is at the edge of the search space: value="


def lines(capsys, search):
    search.fit(X, y)
    printed = capsys.readouterr().out.splitlines()
    return [line for line in printed if not line.startswith(("[", "Fitting "))]


def grid(**kwargs):
    given = {"cv": 3, "verbose": 1, "refit": False, **kwargs}
    return skhp.GridSearchCV(Echo(), {"value": [0.0, 1.0, 2.0, 4.0]}, **given)


def test_a_search_ends_with_its_advice(capsys):
    (line,) = lines(capsys, grid())
    assert line.startswith(EDGE)


def test_a_silent_search_gives_none(capsys):
    assert lines(capsys, grid(verbose=0)) == []


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.parametrize("error_score", [np.nan, 0.0, 9.0])
def test_failures_are_told_whatever_error_score_is(capsys, error_score):
    search = grid(error_score=error_score).set_params(
        param_grid={"value": [1.0, 2.0, 1.5], "fails": ["", "fit"]}
    )
    found = lines(capsys, search)
    assert "3 of 6 candidates failed. All of them have fails='fit'." in found


def test_a_chooser_among_several_metrics_is_only_told_of_the_edge(capsys):
    search = grid(
        scoring={"a": lambda e, X, y: e.value, "b": lambda e, X, y: -e.value},
        refit=lambda results: int(np.argmax(results["mean_test_a"])),
    )
    (line,) = lines(capsys, search)
    assert line.startswith(EDGE)


def test_infinite_scores_end_no_search(capsys):
    values = [-np.inf, 0.0, 1.0, np.inf]
    search = grid().set_params(param_grid={"value": values})
    with pytest.warns(UserWarning, match="non-finite"):
        lines(capsys, search)


def test_training_scores_are_a_table_if_there_are_some():
    search = grid(return_train_score=True, verbose=0).fit(X, y)
    assert train_scores(search.cv_results_, "score").shape == (4, 3)
    assert train_scores({}, "score") is None
