"""What a journal takes for the same search, and what it does not."""

import threading

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skhp
from skhp.exceptions import InvalidParameterError, JournalError, JournalWarning
from tests._toys import Echo, X, y
from tests.journal._forged import entries_of, sealed
from tests.journal._processes import in_another_process

IRIS = load_iris(return_X_y=True)

SCRIPT = """
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.preprocessing import FunctionTransformer
from sklearn.pipeline import make_pipeline
import skhp

FACTOR = 2
NAMES = frozenset({"a", "b", "c", "d"})

def helper(value):
    return value * FACTOR

class Model(BaseEstimator):
    def __init__(self, value=0.0):
        self.value = value

    def fit(self, X, y=None):
        self.fitted_ = self.value + 1
        return self

    def score(self, X, y=None):
        return self.fitted_

def scorer(estimator, X, y=None):
    inner = lambda value: value - 1
    return inner(helper(estimator.score(X))) if "a" in NAMES else 0

def search(journal):
    return skhp.RandomizedSearchCV(
        make_pipeline(FunctionTransformer(lambda X: X + 3), Model()),
        {"model__value": [0.1, 0.2, 0.3]},
        n_iter=3,
        cv=2,
        random_state=0,
        scoring=scorer,
        journal=journal,
    ).fit(np.zeros((8, 2)), np.zeros(8))
"""
MOVED = "# moved\n" * 300 + SCRIPT.replace("def fit", "# a comment\n\n    def fit")
CHANGES = [
    ("value - 1", "value + 1", "search.scoring"),
    ("value - 1", "value - 2", "search.scoring"),
    ("value * FACTOR", "value / FACTOR", "search.scoring"),
    ("FACTOR = 2", "FACTOR = 3", "search.scoring"),
    ('"c", "d"', '"c", "e"', "search.scoring"),
    ("X + 3", "X - 3", "estimator.params.steps"),
    ("X + 3", "X + 4", "estimator.params.steps"),
    ("self.value + 1", "self.value - 1", "estimator.params.steps"),
]


def run_all(scripts, journal):
    """Return what each script says when it is run with a journal: "" or an error."""
    said = []
    for script in scripts:
        names = {"__name__": "__main__"}
        exec(script, names)
        try:
            names["search"](journal)
            said.append("")
        except JournalError as error:
            said.append(str(error))
    return said


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0", "1"])
def test_a_script_goes_on_wherever_its_lines_are_but_not_with_other_code(
    seed, tmp_path
):
    path = tmp_path / "journal"
    assert run_all([SCRIPT, SCRIPT], path) == ["", ""]
    before = path.read_bytes()
    scripts = [SCRIPT, MOVED, *(SCRIPT.replace(a, b) for a, b, _ in CHANGES)]
    said = in_another_process(
        __name__, f"run_all({scripts!r}, {str(path)!r})", hash_seed=seed
    )
    assert said[:2] == ["", ""]
    for text, (*_, where) in zip(said[2:], CHANGES, strict=True):
        assert f"is of another search: the code of {where}" in text
    assert path.read_bytes() == before


class Mean(BaseEstimator):
    """Its score says what the frozen step has learnt."""

    def __init__(self, step=None, value=0.0):
        self.step = step
        self.value = value

    def fit(self, X, y=None):
        return self

    def score(self, X, y=None):
        return float(self.step.mean_[0])


def frame(**kwargs):
    return pd.DataFrame({"a": pd.Series(np.arange(12) % 3, **kwargs), "b": X[:, 0]})


def frozen(data):
    return Mean(FrozenEstimator(StandardScaler().fit(data)))


IN_DATA = {
    "data of a frozen step": ((frozen(X), X), (frozen(X + 1), X)),
    "categories": ((Echo(), frame()), (Echo(), frame(dtype="category"))),
    "their order": (
        (Echo(), frame(dtype=pd.CategoricalDtype([0, 1, 2]))),
        (Echo(), frame(dtype=pd.CategoricalDtype([2, 1, 0]))),
    ),
}


def searched(estimator, data, path, **params):
    space = {"value": [0.1, 0.2]}
    search = skhp.GridSearchCV(estimator, space, cv=2, journal=path, **params)
    return search.fit(data, y)


@pytest.mark.parametrize("what", IN_DATA)
def test_what_hides_in_data_and_frozen_steps_is_found(what, tmp_path):
    (estimator, data), (other, other_data) = IN_DATA[what]
    searched(estimator, data, tmp_path / "journal")
    searched(estimator, data, tmp_path / "journal")
    with pytest.raises(JournalError, match="is of another search"):
        searched(other, other_data, tmp_path / "journal")


def test_what_cannot_be_told_is_said_when_it_begins_and_when_it_goes_on(tmp_path):
    for _ in range(2):
        with pytest.warns(JournalWarning, match=r"of estimator\.params\.other cannot"):
            searched(Echo(other=[iter_of()]), X, tmp_path / "journal", refit=False)


def iter_of():
    """Return what can be copied but not told."""
    return Untold()


class Untold:
    def __deepcopy__(self, memo):
        return self

    def __reduce_ex__(self, protocol):
        raise TypeError


def test_what_cannot_be_told_is_said_when_a_search_is_extended():
    search = skhp.RandomizedSearchCV(
        Echo(other=Untold()), {"value": [0.1, 0.2, 0.3]}, n_iter=1, cv=2
    ).fit(X, y)
    with pytest.warns(JournalWarning, match=r"estimator\.params\.other"):
        search.extend(X, y, n_iter=1)


def test_another_version_of_the_estimators_package_is_said_once(tmp_path):
    lightgbm = pytest.importorskip("lightgbm")
    model = make_pipeline(lightgbm.LGBMClassifier(n_estimators=2, verbose=-1))
    space, path = {"lgbmclassifier__max_depth": [1, 2]}, tmp_path / "journal"
    search = skhp.GridSearchCV(model, space, cv=2, journal=path, refit=False)
    search.fit(*IRIS)
    first, *rest = entries_of(path)
    assert first["versions"]["lightgbm"] == lightgbm.__version__
    old = {"lightgbm": "1.0", "sklearn": "1.1", "python": "3.1.1"}
    first["versions"].update(old)
    path.write_bytes(sealed([first, *rest]))
    with pytest.warns(JournalWarning) as caught:
        search.fit(*IRIS)
    assert len([w for w in caught if w.category is JournalWarning]) == 1
    said = str(caught[0].message)
    assert all(f"{name} '{version}'" in said for name, version in old.items())


def test_code_of_another_python_is_not_refused(tmp_path):
    path = tmp_path / "journal"
    searched(Echo(), X, path, scoring=lambda e, X, y: 1.0)
    first, *rest = entries_of(path)
    first["versions"]["python"] = "3.1.1"
    path.write_bytes(sealed([first, *rest]))
    said = r"code cannot be compared .* estimator\.class, search\.scoring"
    with pytest.warns(JournalWarning, match=said):
        searched(Echo(), X, path, scoring=lambda e, X, y: 1.0 - 0.5 * e.value)
    with pytest.raises(JournalError, match=r"data\.X was"):
        searched(Echo(), X + 1, path, scoring=lambda e, X, y: 1.0)


def test_large_data_are_compared_by_a_sample_when_a_search_is_extended():
    large = np.arange(60_000.0).reshape(20_000, 3)
    target = np.arange(20_000) % 2
    search = skhp.RandomizedSearchCV(
        DummyClassifier(), {"strategy": ["prior", "stratified"]}, n_iter=1, cv=2
    ).fit(large, target)
    search.extend(large.copy(), target, n_iter=1)
    for other in (large + 1, large.astype("f4"), large[:, :2], large[:-2]):
        with pytest.raises(InvalidParameterError, match="can only continue"):
            search.extend(other, target[: len(other)], n_iter=1)


def test_a_cell_of_large_data_is_noticed_by_warm_start():
    large, target = np.zeros((20_000, 3)), np.arange(20_000) % 2
    search = skhp.RandomizedSearchCV(
        DummyClassifier(),
        {"strategy": ["prior", "stratified"]},
        n_iter=1,
        cv=2,
        warm_start=True,
    ).fit(large, target)
    large[12_345, 1] = 1
    with pytest.raises(InvalidParameterError, match=r"data\.X was"):
        search.set_params(n_iter=2).fit(large, target)


def test_a_scorer_that_counts_its_calls_can_be_extended():
    search = skhp.RandomizedSearchCV(
        Echo(), {"value": [0.1, 0.2, 0.3]}, n_iter=1, cv=2, scoring=counted
    )
    search.fit(X, y).extend(X, y, n_iter=1)
    assert len(search.cv_results_["params"]) == 2


def test_extending_with_other_code_is_refused():
    plus, minus = (eval(f"lambda e, X, y: {sign}1.0") for sign in "+-")
    search = skhp.RandomizedSearchCV(
        Echo(), {"value": [0.1, 0.2, 0.3]}, n_iter=1, cv=2, scoring=plus
    ).fit(X, y)
    with pytest.raises(InvalidParameterError, match=r"code of search\.scoring"):
        search.set_params(scoring=minus).extend(X, y, n_iter=1)


CALLS = []


def counted(estimator, X, y):
    CALLS.append(estimator)
    return 0.0


def test_searches_over_estimators_and_functions_go_on(tmp_path):
    space = {
        "clf": [LogisticRegression(), RandomForestClassifier(2, random_state=0)],
        "scale": [FunctionTransformer(lambda X: X + 1), FunctionTransformer(np.log1p)],
    }
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.steps = [("scale", model.steps[0][1]), ("clf", model.steps[1][1])]
    tables = [
        skhp.GridSearchCV(model, space, cv=2, journal=tmp_path / "journal")
        .fit(*IRIS)
        .cv_results_["mean_test_score"]
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*tables)


def test_a_lock_in_a_scorer_is_said_and_does_no_harm(tmp_path):
    lock = threading.Lock()

    def scorer(estimator, X, y):
        with lock:
            return estimator.value

    for _ in range(2):
        with pytest.warns(JournalWarning, match=r"of search\.scoring cannot be told"):
            searched(Echo(), X, tmp_path / "journal", scoring=scorer)


CACHE = {}


def remembering(estimator, X, y=None):
    return CACHE.setdefault(estimator.constant, float(estimator.constant))


def test_a_scorer_that_changes_a_global_value_goes_on_with_a_warning(tmp_path):
    CACHE.clear()
    search = skhp.GridSearchCV(
        DummyClassifier(strategy="constant"),
        {"constant": [0, 1]},
        cv=2,
        scoring=remembering,
        journal=tmp_path / "journal",
        refit=False,
    )
    X, y = np.zeros((8, 1)), np.arange(8) % 2
    first = search.fit(X, y).cv_results_["mean_test_score"]
    assert list(CACHE) == [0, 1]
    with pytest.warns(JournalWarning, match="written when CACHE, which the code of"):
        search.fit(X, y)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], first)
