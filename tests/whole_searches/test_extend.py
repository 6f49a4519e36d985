"""What an extension that is refused, or that fails, leaves behind; what is shown."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import skhp
from skhp.exceptions import InvalidParameterError
from tests._toys import Echo, X, y

RANGE = {"value": (0.0, 1.0)}


def bayes(**params):
    settings = {"n_iter": 6, "cv": 2, "random_state": 0, **params}
    return skhp.BayesSearchCV(Echo(), RANGE, **settings)


def fitted_attributes(search):
    return {name: vars(search)[name] for name in vars(search) if name.endswith("_")}


def fail(search):
    raise RuntimeError("a callback fails")


def refused_grid():
    search = skhp.GridSearchCV(Echo(), {"value": [0.1, 0.3]}, cv=2).fit(X, y)
    return search, lambda: search.extend(X, y, n_iter=5), InvalidParameterError


def refused_counts():
    search = bayes().set_params(search_spaces=[(RANGE, 3)]).fit(X, y)
    return search, lambda: search.extend(X, y, n_iter=5), InvalidParameterError


def failing_callback():
    search = bayes().fit(X, y)
    search.set_params(callbacks=fail)
    return search, lambda: search.extend(X, y, n_iter=3), RuntimeError


def failing_fit():
    search = bayes().fit(X, y)
    search.set_params(estimator__fails="fit", error_score="raise")
    return search, lambda: search.fit(X, y), RuntimeError


def all_fits_fail():
    search = bayes().fit(X, y)
    search.set_params(estimator__fails="fit")
    return search, lambda: search.fit(X, y), skhp.exceptions.AllFitsFailedError


@pytest.mark.parametrize(
    "case",
    [refused_grid, refused_counts, failing_callback, failing_fit, all_fits_fail],
    ids=lambda case: case.__name__,
)
def test_a_search_stays_what_it_was_when_another_fit_comes_to_nothing(case):
    search, again, error = case()
    before, state = fitted_attributes(search), search._state
    with pytest.raises(error):
        again()
    after = fitted_attributes(search)
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)
    assert search._state is state
    assert not hasattr(search, "_session")


def test_what_was_wanted_counts_though_it_failed():
    search = bayes().fit(X, y)
    with pytest.raises(RuntimeError, match="a callback fails"):
        search.set_params(callbacks=fail).extend(X, y, n_iter=4)
    search.set_params(callbacks=None).extend(X, y)  # finishes what was wanted
    assert len(search.cv_results_["params"]) == 10
    search.set_params(n_iter=12, warm_start=True).fit(X, y)
    assert len(search.cv_results_["params"]) == 12


def test_a_new_file_is_no_journal_to_extend_by(tmp_path):
    path = tmp_path / "new.jsonl"
    search = bayes().fit(X, y).set_params(journal=path)
    results = search.cv_results_
    with pytest.raises(InvalidParameterError, match="'journal' parameter of Bayes"):
        search.extend(X, y, n_iter=2)
    assert search.cv_results_ is results
    with pytest.raises(NotFittedError, match="not fitted yet"):
        bayes().extend(X, y, n_iter=2)


def test_progress_counts_what_there_was_and_what_is_wanted(capsys):
    search = bayes(verbose=1).fit(X, y)
    capsys.readouterr()
    search.extend(X, y, n_iter=3)
    lines = [line for line in capsys.readouterr().out.splitlines() if "[" in line[:1]]
    assert [line.split("]")[0] + "]" for line in lines] == ["[7/9]", "[8/9]", "[9/9]"]
    assert "-" not in lines[-1].rpartition("|")[2]


def test_a_callback_may_fit_the_search_it_is_called_with():
    scores, inner = [], []

    def callback(search):
        if not inner:
            inner.append(True)
            search.fit(X, y)
        scores.append(search.best_score_)

    search = bayes(callbacks=callback).fit(X, y)
    assert len(search.cv_results_["params"]) == 6
    assert len(scores) == 12
    assert np.isfinite(scores).all()


def test_the_history_is_told_to_those_alone_who_are_new():
    called, search = [], bayes().fit(X, y)

    class Counting(skhp.Stopper):
        hears_replay = True

        def __call__(self, search):
            called.append(len(search.cv_results_["params"]))
            return False

    search.set_params(callbacks=Counting()).extend(X, y, n_iter=2)
    assert called == [7, 8]


def test_splits_are_counted_once():
    class Counting:
        n_calls = 0

        def get_n_splits(self, X=None, y=None, groups=None):
            self.n_calls += 1
            return 1

        def split(self, X, y=None, groups=None):
            yield np.arange(8), np.arange(8, 12)

    cv = Counting()
    bayes(cv=cv).fit(X, y)
    assert cv.n_calls == 1
