import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.model_selection import StratifiedKFold, TimeSeriesSplit, cross_val_score
from sklearn.tree import DecisionTreeClassifier

from skhp import BayesSearchCV, HyperbandSearchCV, RandomizedSearchCV
from skhp.exceptions import InvalidParameterError
from skhp.selection import _refining as refining
from skhp.selection._fresh_splits import fresh_splits

X, y = make_classification(120, 8, flip_y=0.2, random_state=0)
CV = StratifiedKFold(3, shuffle=True, random_state=0)
SPACE = {"max_depth": list(range(1, 9)), "min_samples_leaf": list(range(1, 30))}


def search_of(cls=RandomizedSearchCV, **params):
    params = {"n_iter": 8, "cv": CV, "refine_top": 3, "random_state": 0, **params}
    return cls(DecisionTreeClassifier(random_state=0), SPACE, **params)


def test_pooled_mean_decides_and_the_table_stays_that_of_the_search():
    plain = search_of(refine_top=0).fit(X, y)
    search = search_of().fit(X, y)
    for name, column in plain.cv_results_.items():
        if "time" not in name and name != "params":
            assert np.array_equal(column, search.cv_results_[name])
    table = search.refine_results_
    assert search.best_index_ == table["candidate"][0]
    assert search.best_params_ == table["params"][0]
    means = search.cv_results_["mean_test_score"]
    assert search.best_score_ == means[search.best_index_]
    top = np.argsort(-means, kind="stable")[:3]
    assert set(table["candidate"]) == set(top)
    assert search.best_score_corrected_ <= table["fresh_mean_score"][0]
    assert not hasattr(plain, "refine_results_")


def test_fresh_scores_are_those_of_cross_validation_on_the_fresh_splits():
    search = search_of(BayesSearchCV).fit(X, y)
    splits = list(CV.split(X, y))
    cv = fresh_splits(search, X, y, {}, splits, 2)[0]
    model = DecisionTreeClassifier(random_state=0, **search.best_params_)
    expected = cross_val_score(model, X, y, cv=cv)
    names = [f"repeat0_split{k}_score" for k in range(3)]
    assert [search.refine_results_[n][0] for n in names] == pytest.approx(expected)


@pytest.mark.parametrize("top", [1, 100])
def test_one_and_more_than_there_are_can_be_refined(top):
    search = search_of(refine_top=top, n_iter=4).fit(X, y)
    assert len(search.refine_results_["candidate"]) == min(top, 4)


def test_given_up_candidates_are_not_refined():
    cv = StratifiedKFold(5, shuffle=True, random_state=0)
    search = search_of(racing=0.4, n_iter=14, cv=cv, refine_top=14, refine_repeats=1)
    search.fit(X, y)
    n = search.cv_results_["n_splits_evaluated"]
    assert n.min() < 5
    assert set(n[search.refine_results_["candidate"]]) == {5}


def test_the_metric_of_the_refit_decides():
    search = search_of(scoring=["accuracy", "roc_auc"], refit="roc_auc").fit(X, y)
    means = search.cv_results_["mean_test_roc_auc"]
    top = np.argsort(-means, kind="stable")[:3]
    assert set(search.refine_results_["candidate"]) == set(top)


def test_candidates_of_the_highest_rung_are_refined_on_all_rows():
    search = HyperbandSearchCV(
        DecisionTreeClassifier(random_state=0), SPACE, cv=CV, min_resources=40
    )
    search.set_params(random_state=0, refine_top=3).fit(X, y)
    amounts = search.cv_results_["n_resources"]
    assert set(amounts[search.refine_results_["candidate"]]) == {max(amounts)}


@pytest.mark.parametrize("n_lost", [0, 1, 8, 14, 25])
def test_resumed_journal_runs_no_fit_again(tmp_path, n_lost):
    whole, part = tmp_path / "whole", tmp_path / "part"
    first = search_of(journal=whole).fit(X, y)
    lines = whole.read_text().splitlines(keepends=True)
    part.write_text("".join(lines[: len(lines) - n_lost]))
    second = search_of(journal=part).fit(X, y)
    assert len(part.read_text().splitlines()) == len(lines)
    for name, column in first.refine_results_.items():
        assert np.array_equal(column, second.refine_results_[name])


def test_journal_can_be_refined_later(tmp_path):
    search_of(journal=tmp_path / "j", refine_top=0).fit(X, y)
    search = search_of(journal=tmp_path / "j").fit(X, y)
    assert search.best_index_ == search_of().fit(X, y).best_index_


def test_ctrl_c_leaves_the_choice_to_what_is_finished(monkeypatch):
    class Interrupted(refining.Loop):
        def run(self):
            raise KeyboardInterrupt

    monkeypatch.setattr(refining, "Loop", Interrupted)
    search = search_of().fit(X, y)
    assert search.best_index_ == search_of(refine_top=0).fit(X, y).best_index_
    assert not hasattr(search, "refine_results_")


def test_without_time_nothing_is_refined():
    search = search_of(time_budget=1e-6).fit(X, y)
    assert not hasattr(search, "refine_results_")


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"cv": 3}, "'refine_top'.*shuffles"),
        ({"cv": TimeSeriesSplit(3)}, "'refine_top'.*shuffles"),
        ({"refit": lambda results: 0}, "'refine_top'.*callable"),
        ({"refine_top": -1}, "'refine_top' parameter"),
        ({"refine_repeats": 0}, "'refine_repeats' parameter"),
    ],
)
def test_what_cannot_be_is_refused_before_the_first_fit(params, problem):
    search = search_of(**params)
    with pytest.raises(ValueError, match=problem) as caught:
        search.fit(X, y)
    assert "refine" in str(caught.value)
    assert not hasattr(search, "cv_results_")
    assert issubclass(InvalidParameterError, ValueError)
