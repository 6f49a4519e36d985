"""A search that ended early, whatever the reason, goes on as if it had not."""

import warnings
from contextlib import nullcontext
from fractions import Fraction

import joblib
import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import KFold, ShuffleSplit, cross_val_score
from sklearn.tree import DecisionTreeClassifier

import skhp
from skhp.exceptions import (
    InvalidParameterError,
    JournalError,
    JournalWarning,
    SpaceExhaustedWarning,
)
from tests._toys import Echo, X, y
from tests.journal._forged import assert_one_sentence, entries_of, lines_of, sealed

SPACE = {"value": (0.0, 1.0), "other": ["a", "b", (1, 2), None]}
REALS = {"value": skhp.Real(0.0, 1.0), "other": SPACE["other"]}
GRID = {"value": [0.1, 0.5, 0.3, 0.9, 0.7], "other": ["a", (1, 2)]}
DRAWN = {"value": uniform(), "other": ["a", "b", (1, 2), None]}

MAKERS = {
    "grid": lambda **kwargs: skhp.GridSearchCV(Echo(), GRID, cv=2, **kwargs),
    "random": lambda **kwargs: skhp.RandomizedSearchCV(
        Echo(), DRAWN, n_iter=10, cv=2, **{"random_state": 3, **kwargs}
    ),
    "sobol": lambda **kwargs: skhp.RandomizedSearchCV(
        Echo(), REALS, n_iter=10, cv=2, sampler="sobol", random_state=3, **kwargs
    ),
    "bayes": lambda **kwargs: skhp.BayesSearchCV(
        Echo(), SPACE, cv=2, **{"n_iter": 10, "random_state": 3, **kwargs}
    ),
    "batches": lambda **kwargs: skhp.BayesSearchCV(
        Echo(), SPACE, n_iter=10, cv=2, random_state=3, n_points=4, **kwargs
    ),
}
CAN_EXTEND = ["random", "sobol", "bayes", "batches"]


def assert_same(a, b):
    assert a.cv_results_["params"] == b.cv_results_["params"]
    for k in range(2):
        name = f"split{k}_test_score"
        np.testing.assert_array_equal(a.cv_results_[name], b.cv_results_[name])
    assert a.best_params_ == b.best_params_


@pytest.mark.parametrize("kind", MAKERS)
def test_journal_changes_nothing(kind, tmp_path):
    search = MAKERS[kind](journal=tmp_path / "journal").fit(X, y)
    assert_same(search, MAKERS[kind]().fit(X, y))


@pytest.mark.parametrize("kind", MAKERS)
def test_resumed_from_any_line_it_is_the_search_that_never_stopped(kind, tmp_path):
    whole = MAKERS[kind](journal=tmp_path / "whole").fit(X, y)
    lines = lines_of(tmp_path / "whole")
    for n in range(1, len(lines) + 1, 4 if kind == "grid" else 1):
        path = tmp_path / f"cut{n}"
        path.write_bytes(b"".join(lines[:n]))
        assert_same(MAKERS[kind](journal=path).fit(X, y), whole)
        resumed = entries_of(path)
        assert [e.get("fit") for e in resumed] == [
            e.get("fit") for e in entries_of(tmp_path / "whole")
        ]
        assert path.read_bytes().startswith(b"".join(lines[:n]))


def test_finished_search_is_read_and_nothing_is_fitted(tmp_path):
    whole = MAKERS["bayes"](journal=tmp_path / "journal").fit(X, y)
    before = (tmp_path / "journal").read_bytes()
    again = MAKERS["bayes"](journal=tmp_path / "journal", refit=False).fit(X, y)
    assert_same(again, whole)
    assert (tmp_path / "journal").read_bytes() == before
    for name in ("mean_fit_time", "mean_score_time"):
        np.testing.assert_array_equal(again.cv_results_[name], whole.cv_results_[name])


def test_unseeded_search_goes_on_with_the_same_draws_and_splits(tmp_path):
    def make(**kwargs):
        return skhp.BayesSearchCV(
            DecisionTreeClassifier(random_state=0),
            {"max_depth": (1, 9), "min_samples_leaf": (1, 30)},
            n_iter=8,
            cv=KFold(2, shuffle=True),
            **kwargs,
        )

    data = load_iris(return_X_y=True)
    whole = make(journal=tmp_path / "whole").fit(*data)
    lines = lines_of(tmp_path / "whole")
    (tmp_path / "cut").write_bytes(b"".join(lines[:12]))
    assert_same(make(journal=tmp_path / "cut").fit(*data), whole)


@pytest.mark.parametrize("kind", ["random", "sobol", "bayes", "batches"])
def test_search_goes_on_with_a_random_state_that_has_moved_on(kind, tmp_path):
    lines = []
    for n in (None, 12):
        random_state, path = np.random.RandomState(3), tmp_path / f"{n}"
        search = MAKERS[kind](journal=path).set_params(random_state=random_state)
        if n is not None:
            search.set_params(callbacks=lambda s: len(s.cv_results_["params"]) > 4)
        search.fit(X, y)
        lines.append(search.set_params(callbacks=None).fit(X, y))
    assert_same(*lines)
    with pytest.raises(JournalError, match="random_state was"):
        search.set_params(random_state=3).fit(X, y)


@pytest.mark.parametrize("cv", [ShuffleSplit(2), KFold(2, shuffle=True)])
def test_splits_that_cannot_be_made_again_are_kept_for_extending(cv):
    search = MAKERS["random"]().set_params(cv=cv).fit(X, y)
    assert len(search.extend(X, y, n_iter=2).cv_results_["params"]) == 12


def test_failed_fits_and_many_metrics_are_remembered(tmp_path):
    def make(path):
        return skhp.GridSearchCV(
            Echo(),
            {"fails": ["", "fit"], "value": [0.5, np.nan, np.inf, -np.inf]},
            scoring={"a": lambda e, X, y=None: e.value, "b": lambda e, X, y=None: 1},
            refit=False,
            cv=2,
            return_train_score=True,
            journal=path,
        )

    tables = []
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tables.append(make(tmp_path / "journal").fit(X, y).cv_results_)
    assert str(tables[0]) == str(tables[1])


@pytest.mark.parametrize(
    "scoring",
    [
        lambda e, X, y=None: {"a": 1, "b": 2} if e.value == 0.1 else {"b": 3, "c": 0},
        lambda e, X, y=None: {"a": 1 / 0} if e.value == 0.5 else {"a": 1},
        lambda e, X, y=None: {0.5: 10**400, 0.3: 1j}.get(e.value, e.value),
        lambda e, X, y=None: {1: 0.5, "two": Fraction(1, 3)},
    ],
    ids=["other metrics", "raises", "no floats", "names"],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_whatever_a_scorer_returned_is_gone_on_with(scoring, tmp_path):
    def make(path):
        search = MAKERS["grid"](journal=path, refit=False)
        return search.set_params(param_grid={"value": [0.1, 0.5, 0.3, 0.9]}).set_params(
            scoring=scoring
        )

    whole = make(tmp_path / "whole").fit(X, y).cv_results_
    lines = lines_of(tmp_path / "whole")
    for n in range(1, len(lines) + 1):
        path = tmp_path / f"cut{n}"
        path.write_bytes(b"".join(lines[:n]))
        resumed = make(path).fit(X, y).cv_results_
        assert resumed.keys() == whole.keys()
        for name in (name for name in whole if "_test_" in name):
            np.testing.assert_array_equal(resumed[name], whole[name])


# --- extending ------------------------------------------------------------------


@pytest.mark.parametrize("kind", CAN_EXTEND)
def test_extended_in_memory_from_a_pickle_and_from_a_journal_is_the_same(
    kind, tmp_path
):
    search = MAKERS[kind]().fit(X, y)
    joblib.dump(search, tmp_path / "pickle")
    search.extend(X, y, n_iter=4)
    assert len(search.cv_results_["params"]) == 14
    loaded = joblib.load(tmp_path / "pickle").extend(X, y, n_iter=4)
    assert_same(loaded, search)
    MAKERS[kind](journal=tmp_path / "journal").fit(X, y)
    extended = MAKERS[kind](journal=tmp_path / "journal").extend(X, y, n_iter=4)
    assert_same(extended, search)
    assert_same(MAKERS[kind](journal=tmp_path / "journal").fit(X, y), search)


@pytest.mark.parametrize("how", ["warm_start", "journal"])
@pytest.mark.parametrize("kind", ["random", "bayes"])
def test_raising_n_iter_goes_on(kind, how, tmp_path):
    value = True if how == "warm_start" else tmp_path / "journal"
    search = MAKERS[kind](**{how: value}).fit(X, y)
    first = search.cv_results_["params"]
    search.set_params(n_iter=13).fit(X, y)
    assert search.cv_results_["params"][:10] == first
    assert_same(search, MAKERS[kind]().fit(X, y).extend(X, y, n_iter=3))


@pytest.mark.parametrize("how", ["warm_start", "journal"])
@pytest.mark.parametrize("kind", ["random", "bayes"])
def test_lowering_n_iter_is_refused(kind, how, tmp_path):
    value = True if how == "warm_start" else tmp_path / "journal"
    search = MAKERS[kind](**{how: value}).fit(X, y)
    with pytest.raises(
        InvalidParameterError, match=r"at least .* 10\. Got 9"
    ) as caught:
        search.set_params(n_iter=9).fit(X, y)
    assert_one_sentence(caught.value)
    search.set_params(n_iter=12).fit(X, y)  # and now lower than it became
    search.set_params(n_iter=10).fit(X, y)
    assert len(search.cv_results_["params"]) == 12


def test_extending_does_not_repeat_a_choice_and_says_when_all_are_tried():
    search = skhp.RandomizedSearchCV(Echo(), GRID, n_iter=6, cv=2, random_state=0)
    search.fit(X, y).extend(X, y, n_iter=2)
    with pytest.warns(SpaceExhaustedWarning, match="10 points"):
        search.extend(X, y, n_iter=5)
    seen = {str(params) for params in search.cv_results_["params"]}
    assert len(seen) == len(search.cv_results_["params"]) == 10


def test_extending_other_data_is_refused():
    search = MAKERS["random"]().fit(X, y)
    with pytest.raises(InvalidParameterError, match=r"data\.X was"):
        search.extend(X + 1, y, n_iter=1)
    with pytest.raises(InvalidParameterError, match=r"estimator\.params\.value was"):
        search.set_params(estimator__value=4.0).extend(X, y, n_iter=1)


def test_extending_what_is_not_there_is_refused():
    with pytest.raises(NotFittedError, match="not fitted yet"):
        MAKERS["bayes"]().extend(X, y)
    with pytest.raises(InvalidParameterError, match="known beforehand"):
        MAKERS["grid"]().fit(X, y).extend(X, y, n_iter=1)
    with pytest.raises(InvalidParameterError, match="'n_iter' parameter"):
        MAKERS["bayes"]().fit(X, y).extend(X, y, n_iter=-1)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_search_that_a_callback_stopped_is_finished_by_extend(kind):
    stopped = MAKERS[kind](callbacks=lambda s: len(s.cv_results_["params"]) > 3)
    stopped.fit(X, y)
    assert len(stopped.cv_results_["params"]) < 10
    assert_same(
        stopped.set_params(callbacks=None).extend(X, y), MAKERS[kind]().fit(X, y)
    )


# --- other searches, and damage ---------------------------------------------------

CHANGES = {
    "data.rows": (lambda s: s, X[:-1], y[:-1]),
    "data.X": (lambda s: s, X + 1, y),
    "data.y": (lambda s: s, X, 1 - y),
    "splits.n_splits": (lambda s: s.set_params(cv=3), X, y),
    "splits.rows": (
        lambda s: s.set_params(cv=KFold(2, shuffle=True, random_state=0)),
        X,
        y,
    ),
    "estimator.params.fails": (lambda s: s.set_params(estimator__fails="fit"), X, y),
    "estimator.class": (lambda s: s.set_params(estimator=Another()), X, y),
    "search.search_spaces": (
        lambda s: s.set_params(search_spaces={**SPACE, "value": (0.0, 2.0)}),
        X,
        y,
    ),
    "search.scoring": (lambda s: s.set_params(scoring=lambda *a: 0.0), X, y),
    "random_state": (lambda s: s.set_params(random_state=4), X, y),
    "search.constraints": (lambda s: s.set_params(constraints=[bool]), X, y),
}


class Another(Echo):
    pass


@pytest.mark.parametrize("what", CHANGES)
def test_another_search_is_refused_and_nothing_overwritten(what, tmp_path):
    path = tmp_path / "journal"
    MAKERS["bayes"](journal=path).fit(X, y)
    before = path.read_bytes()
    change, X2, y2 = CHANGES[what]
    with pytest.raises(JournalError, match=rf"of another search: {what} was"):
        change(MAKERS["bayes"](journal=path)).fit(X2, y2)
    assert path.read_bytes() == before


def test_clones_of_nested_cross_validation_do_not_share_a_journal(tmp_path):
    search = MAKERS["grid"](journal=tmp_path / "journal")
    with pytest.raises(JournalError, match="nested cross-validation"):
        cross_val_score(search, X, y, cv=3, error_score="raise")


def test_other_versions_only_warn(tmp_path):
    path = tmp_path / "journal"
    whole = MAKERS["bayes"](journal=path).fit(X, y)
    entries = entries_of(path)
    entries[0]["versions"]["numpy"] = "1.0"
    path.write_bytes(sealed(entries[:8]))
    with pytest.warns(JournalWarning, match=r"written with numpy '1\.0'"):
        assert_same(MAKERS["bayes"](journal=path).fit(X, y), whole)


def test_two_searches_on_one_journal_are_refused(tmp_path):
    path = tmp_path / "journal"

    def second(search):
        with pytest.raises(JournalError, match="one search at a time"):
            MAKERS["grid"](journal=path).fit(X, y)

    MAKERS["grid"](journal=path, callbacks=second).fit(X, y)
    MAKERS["grid"](journal=path).fit(X, y)  # the lock is gone


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", None])
def test_path_of_something_else_is_refused_before_the_first_fit(content, tmp_path):
    path = tmp_path / "data"
    path.mkdir() if content is None else path.write_bytes(content)
    search = MAKERS["grid"](journal=path).set_params(estimator=NeverFitted())
    with pytest.raises(JournalError, match=r"^The (file|journal) .* must be a"):
        search.fit(X, y)
    assert content is None or path.read_bytes() == content


class NeverFitted(Echo):
    def fit(self, X, y=None):
        raise AssertionError("fitted")


@pytest.mark.parametrize("where", ["end of a line", "within a line", "flipped"])
def test_last_line_that_is_torn_is_run_again(where, tmp_path):
    path = tmp_path / "journal"
    whole = MAKERS["random"](journal=path).fit(X, y)
    content = bytearray(path.read_bytes()[:-1])
    if where != "end of a line":
        content = content[:-20]
    if where == "flipped":
        content[-9] ^= 1
    path.write_bytes(content)
    with nullcontext() if where == "end of a line" else pytest.warns(JournalWarning):
        assert_same(MAKERS["random"](journal=path).fit(X, y), whole)
    assert_same(MAKERS["random"](journal=path).fit(X, y), whole)
    assert path.read_bytes().startswith(content)


@pytest.mark.parametrize("n", [1, 5])
def test_line_that_was_changed_is_refused_and_left_as_it_is(n, tmp_path):
    path = tmp_path / "journal"
    MAKERS["random"](journal=path).fit(X, y)
    lines = lines_of(path)
    lines[n] = lines[n].replace(b"0.", b"1.")
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalError, match=f"Line {n + 1} of .* is damaged"):
        MAKERS["random"](journal=path).fit(X, y)
    assert path.read_bytes() == b"".join(lines)


FORGED = [
    *(("n_iter", value) for value in (-1, 0, True, 10**30, "10", None)),
    *(("seed", value) for value in (-1, 2**40, True, 10**400, 0.5)),
    *(("splits", value) for value in (3, [], [[]], [["x"]], [["x", "y"]], {"a": 1})),
    *(("fingerprint", value) for value in (None, [], {}, {"data": [1]}, {"data": 3})),
    *(("versions", value) for value in (None, [], {"numpy": [1]})),
]


@pytest.mark.filterwarnings("ignore::skhp.exceptions.JournalWarning")
@pytest.mark.parametrize(("name", "value"), FORGED)
@pytest.mark.parametrize("kind", ["drawn", "bayes"])
def test_forged_first_line_says_the_same_or_is_refused(kind, name, value, tmp_path):
    def make():
        if kind == "bayes":
            return MAKERS["bayes"](journal=path)
        cv = ShuffleSplit(2)  # without a seed: the journal has it, and the splits
        return MAKERS["random"](journal=path, random_state=None).set_params(cv=cv)

    path = tmp_path / "journal"
    whole = make().fit(X, y)
    entries = entries_of(path)
    path.write_bytes(sealed([{**entries[0], name: value}, *entries[1:]]))
    try:
        assert_same(make().fit(X, y), whole)
    except (JournalError, InvalidParameterError) as error:
        assert_one_sentence(error)
