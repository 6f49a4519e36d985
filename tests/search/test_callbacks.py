"""scikit-learn's callbacks (1.9 and newer) see our searches as they see its own."""

import io
import pickle
import threading
from contextlib import redirect_stdout

import pytest
import sklearn.model_selection
from sklearn.datasets import make_classification
from sklearn.tree import DecisionTreeClassifier

import skhp
from skhp.search._callbacks import shippable

callback = pytest.importorskip("sklearn.callback")
utils = pytest.importorskip("sklearn.callback.tests._utils")

X, y = make_classification(40, 4, random_state=0)
GRID = {"max_depth": [1, 2, 3]}
HOOKS = ["setup", "on_fit_task_begin", "on_fit_task_end", "teardown"]


def search_of(module, **kwargs):
    tree = DecisionTreeClassifier(random_state=0)
    return module.GridSearchCV(tree, GRID, cv=2, **kwargs)


def events_of(search):
    recorder = utils.RecordingCallback()
    search.set_callbacks(recorder).fit(X, y)
    return recorder


def tasks_of(recorder):
    """Return name, number and parent of every task that was begun."""
    return sorted(
        (
            context.task_name,
            str(context.task_id),
            getattr(context.parent, "task_name", ""),
        )
        for entry in recorder.record
        if entry["name"] == "on_fit_task_begin"
        for context in [entry["context"]]
    )


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("refit", [True, False])
def test_events_are_those_of_scikit_learn(n_jobs, refit):
    ours = events_of(search_of(skhp, n_jobs=n_jobs, refit=refit))
    theirs = events_of(search_of(sklearn.model_selection, n_jobs=n_jobs, refit=refit))
    for hook in HOOKS:
        assert ours.count_hooks(hook) == theirs.count_hooks(hook) > 0
    assert tasks_of(ours) == tasks_of(theirs)


@pytest.mark.filterwarnings("ignore:The estimator .* does not support callbacks")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_progress_bar_comes_to_its_end(n_jobs):
    pytest.importorskip("rich")
    search = search_of(skhp, n_jobs=n_jobs).set_callbacks(callback.ProgressBar())
    with redirect_stdout(io.StringIO()) as out:
        search.fit(X, y)
    assert "GridSearchCV" in out.getvalue()
    assert "100%" in out.getvalue()


def test_search_with_callbacks_gives_the_same_table():
    plain = search_of(skhp).fit(X, y)
    watched = search_of(skhp).set_callbacks(utils.RecordingCallback()).fit(X, y)
    assert plain.best_score_ == watched.best_score_
    assert list(plain.cv_results_) == list(watched.cv_results_)
    assert plain.cv_results_["params"] == watched.cv_results_["params"]


def test_callback_that_raises_ends_the_fit():
    class Broken(utils.RecordingCallback):
        def on_fit_task_end(self, estimator, context, **kwargs):
            raise ZeroDivisionError("in the callback")

    with pytest.raises(ZeroDivisionError, match="in the callback"):
        search_of(skhp).set_callbacks(Broken()).fit(X, y)


class StopsAfter:
    """A callback in scikit-learn's protocol that asks to stop at its n-th fit."""

    def __init__(self, n):
        self.n = n

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, **kwargs):
        pass

    def on_fit_task_end(self, estimator, context, **kwargs):
        self.n -= context.task_name == "candidate-split-evaluation"
        return self.n <= 0

    def teardown(self, estimator, context):
        pass


def test_callback_that_asks_to_stop_is_obeyed():
    search = search_of(skhp).set_callbacks(StopsAfter(4)).fit(X, y)
    assert search.cv_results_["params"] == [{"max_depth": 1}, {"max_depth": 2}]


def test_what_goes_to_workers_has_nothing_of_the_main_process(tmp_path):
    lock, copies = threading.Lock(), []

    class Watcher:
        def __init__(self):
            self.file, self.lock = open(tmp_path / "log", "w"), lock

        def __call__(self, search):
            copies.append(shippable(search))
            score = copies[-1].best_score_
            assert score == search.best_score_
            assert copies[-1].cv_results_["params"] == search.cv_results_["params"]

    def allowed(params):
        return lock is not None

    watcher = Watcher()
    search = skhp.BayesSearchCV(
        DecisionTreeClassifier(),
        {"max_depth": (1, 9)},
        n_iter=3,
        cv=((rows, rows) for rows in [list(range(20)), list(range(10, 40))]),
        callbacks=watcher,
        constraints=allowed,
        initial_points=[{"max_depth": 2}],
    )
    search.fit(X, y, callback=lambda result: lock.locked())
    watcher.file.close()
    twin = pickle.loads(pickle.dumps(copies[-1]))
    assert type(twin) is skhp.BayesSearchCV
    assert (twin.n_iter, twin.n_splits_, twin.cv) == (3, 2, None)
    assert not hasattr(twin, "best_score_")
    assert search.callbacks is watcher  # and the search itself is as it was
    assert search.constraints is allowed


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_hooks_and_callbacks_that_cannot_be_pickled_live_side_by_side(n_jobs):
    lock = threading.Lock()
    search = search_of(skhp, n_jobs=n_jobs, callbacks=lambda search: lock.locked())
    assert events_of(search).count_hooks("on_fit_task_end") == 9
