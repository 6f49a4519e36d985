import html
import re
import warnings

import pytest
import sklearn
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_html_repr

import skhp
from skhp.notebook._summary import summary_html
from tests._toys import Echo, X, y

GRID = {"value": [1.0, 2.0, 3.0], "fails": ["", "fit"]}


@pytest.fixture
def search():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return skhp.GridSearchCV(Echo(), GRID, cv=2).fit(X, y)


def test_a_fitted_search_shows_its_best_below_the_diagram(search):
    for text in (search._repr_html_(), search._repr_mimebundle_()["text/html"]):
        assert "sk-container-id" in text
        assert "3, of candidate 2<" in text
        assert "6, 3 without a score" in text
        assert "▁▃█···" in text


def without_ids(text):
    return re.sub(r"sk-(container|estimator)-id-\d+", "", text)


def test_an_unfitted_search_shows_what_scikit_learn_shows(search):
    unfitted = clone(search)
    assert summary_html(unfitted) == ""
    bundle = unfitted._repr_mimebundle_()
    assert bundle["text/plain"] == repr(unfitted)
    assert without_ids(bundle["text/html"]) == without_ids(
        estimator_html_repr(unfitted)
    )


def test_where_no_diagram_is_wanted_there_is_no_html(search):
    with sklearn.config_context(display="text"):
        assert not hasattr(search, "_repr_html_")
        assert search._repr_mimebundle_() == {"text/plain": repr(search)}


def test_within_a_pipeline_the_diagram_is_all(search):
    assert "without a score" not in make_pipeline(search)._repr_html_()


def test_texts_are_escaped():
    evil = "<img src=x>"
    search = skhp.GridSearchCV(Echo(), {"other": [evil * 9]}, cv=2).fit(X, y)
    text = summary_html(search)
    assert evil not in text
    assert html.escape(evil) in text
    assert "…" in text


def test_without_a_best_candidate_there_is_no_summary():
    scoring = {"a": lambda e, X, y: 1.0, "b": lambda e, X, y: 2.0}
    search = skhp.GridSearchCV(
        Echo(), {"value": [1]}, scoring=scoring, refit=False, cv=2
    )
    assert summary_html(search.fit(X, y)) == ""


def test_of_several_metrics_the_chosen_one_is_shown():
    scoring = {"a": lambda e, X, y: 1.0, "b": lambda e, X, y: 2.0}
    search = skhp.GridSearchCV(Echo(), {"value": [1]}, scoring=scoring, refit="b", cv=2)
    assert "best b</th>" in summary_html(search.fit(X, y))
