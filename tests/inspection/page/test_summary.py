import numpy as np
import pytest
import sklearn.model_selection
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

import skhp
from skhp.inspection._parameters import axes_of
from skhp.inspection._results import results_of
from skhp.inspection.page._summary import duration, number, public_class, summary_of
from tests._toys import X, y
from tests.inspection._searches import KINDS, Noisy, fitted, random

IMPROVEMENT = "Better than the defaults by"


def summed_up(search):
    results = results_of(search, None, "report")
    return summary_of(search, results, axes_of(search, results.params))


@pytest.mark.parametrize("kind", KINDS)
def test_every_search_can_be_summed_up(kind):
    summary = summed_up(fitted(kind))
    texts = [summary.title, summary.subtitle]
    texts += [text for row in (*summary.tiles, *summary.facts) for text in row]
    assert not [text for text in texts if "nan" in text.lower().split()]
    assert len(summary.parameters) <= 40


def tiles_of(search):
    return {what: (figure, note) for what, figure, note in summed_up(search).tiles}


def test_best_score_is_told_with_its_error():
    search = fitted("conditional")
    figure, note = tiles_of(search)["Mean test score"]
    assert figure == number(search.best_score_)
    assert note.endswith(f"(standard error), candidate {search.best_index_}")


@pytest.mark.parametrize("module", [skhp, sklearn.model_selection])
def test_improvement_is_told_where_the_defaults_were_tried(module):
    assert tiles_of(fitted("conditional"))[IMPROVEMENT][0] == "not known"
    grid = {"value": [0.0, 1.0]}  # the first one is the default
    search = module.GridSearchCV(Noisy(), grid, cv=3).fit(X, y)
    first, second = search.cv_results_["mean_test_score"]
    assert tiles_of(search)[IMPROVEMENT][0] == number(max(second - first, 0))


def test_failures_are_counted():
    tiles = {what: note for what, _, note in summed_up(fitted("failing")).tiles}
    n_failed = sum(p["fails"] == "fit" for p in fitted("failing").cv_results_["params"])
    assert tiles["Candidates"] == f"{n_failed} failed"


def test_time_that_is_not_known_is_told_of():
    search = skhp.GridSearchCV(Noisy(), {"value": [0.0, 1.0]}, cv=3).fit(X, y)
    what = "Time of all fits, added up"
    assert "without" not in tiles_of(search)[what][1]
    search.cv_results_["mean_fit_time"][0] = np.nan  # as of one that was raced out
    note = tiles_of(search)[what][1]
    assert note.endswith(
        "refit, without those of 1 candidate, not all of which were run"
    )


def test_ranges_are_told_with_the_value_of_the_best():
    search = fitted("conditional")
    rows = {
        name: (searched, best) for name, searched, best in summed_up(search).parameters
    }
    assert rows["value"][0] == "0.01 to 1, log scale"
    assert rows["other"][0] == "1 to 9, or not set"
    assert rows["fails"][0] == "'', none"


def test_title_names_the_last_step_of_a_pipeline():
    space = {"svc__C": [1.0, 2.0]}
    search = random(space, make_pipeline(SVC()), n_iter=2).fit(X, y)
    assert summed_up(search).title == "RandomizedSearchCV of a pipeline with SVC"


def test_class_is_the_first_that_is_public():
    class _Observed(SVC):
        pass

    assert public_class(_Observed()) is SVC


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.123, "0.12 s"),
        (9.4, "9.4 s"),
        (59, "59 s"),
        (61, "1 min 01 s"),
        (7500, "2 h 05 min"),
    ],
)
def test_durations_are_as_people_write_them(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.98765, "0.9877"),
        (-12.5, "\N{MINUS SIGN}12.5000"),
        (1.234e-7, "1.234e\N{MINUS SIGN}07"),
        (2e6, "2e+06"),
    ],
)
def test_scores_are_short(value, text):
    assert number(value) == text
