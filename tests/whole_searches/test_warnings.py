import re
import warnings

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

import skhp
from skhp.exceptions import AllFitsFailedError
from tests._toys import Echo, X, y


@pytest.mark.parametrize(
    ("grid", "kwargs", "category"),
    [
        ({"fails": ["", "fit"]}, {}, FitFailedWarning),
        ({"fails": ["", "score"]}, {}, UserWarning),
        ({"value": [1.0, np.nan]}, {}, UserWarning),
    ],
)
def test_warnings_point_at_the_line_of_the_user(grid, kwargs, category):
    search = skhp.GridSearchCV(Echo(), grid, cv=2, **kwargs)
    with pytest.warns(category) as caught:
        search.fit(X, y)
    assert [warning.filename for warning in caught] == [__file__]


BACKENDS = [None, "threading", "loky", "multiprocessing"]
IRIS = load_iris(return_X_y=True)
MODELS = {
    "lbfgs failed to converge": (LogisticRegression(max_iter=2), "C"),
    "Stochastic Optimizer": (MLPClassifier(max_iter=2, random_state=0), "alpha"),
}


def unconverged(backend, text="lbfgs failed to converge", **kwargs):
    """Return a search of four candidates that do not converge, and what it shows."""
    model, name = MODELS[text]
    search = skhp.GridSearchCV(model, {name: [0.1, 1, 10, 100]}, cv=3, **kwargs)
    n_jobs = 1 if backend is None else 2
    with warnings.catch_warnings(record=True) as shown:
        with joblib.parallel_config(backend or "loky", n_jobs=n_jobs):
            search.fit(*IRIS)
    return search, [(w.category, str(w.message), w.filename) for w in shown]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("text", MODELS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_warnings_of_fits_are_one_line_at_the_end(backend, text):
    _, [(category, line, filename)] = unconverged(backend, text, refit=False)
    assert (category, filename) == (ConvergenceWarning, __file__)
    assert line.startswith(text)
    assert re.search(r"\[12 of 12 fits, for example with (C|alpha)=[\d.]+\]$", line)


@pytest.mark.filterwarnings("default")
def test_the_refit_warns_for_itself():
    _, shown = unconverged(None)
    assert [filename == __file__ for _, _, filename in shown] == [False, True]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("backend", BACKENDS)
def test_each_warning_is_shown_with_the_scores_of_each_fit(backend, capsys):
    _, shown = unconverged(backend, refit=False, verbose=3)
    assert len(shown) == 12
    assert {filename.rpartition("/")[2] for _, _, filename in shown} == {"_logistic.py"}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_ignored_is_not_told(backend):
    assert unconverged(backend)[1] == []


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_warning_made_an_error_fails_its_fit(backend):
    with pytest.raises(AllFitsFailedError, match="ConvergenceWarning"):
        unconverged(backend)


@pytest.mark.filterwarnings("default")
def test_warnings_are_told_where_the_search_fails_too():
    model = make_pipeline(LogisticRegression(max_iter=2))
    search = skhp.GridSearchCV(model, {}, cv=3, scoring=lambda *_: 1 / 0, n_jobs=2)
    with pytest.warns(ConvergenceWarning, match="3 of 3 fits, .* with the defaults"):
        with pytest.raises(AllFitsFailedError):
            search.fit(*IRIS)


@pytest.mark.filterwarnings("default")
def test_a_resumed_search_tells_of_its_own_fits_only(tmp_path):
    journal = tmp_path / "journal"
    assert len(unconverged(None, refit=False, journal=journal)[1]) == 1
    assert len(unconverged(None, refit=False, journal=journal)[1]) == 0
