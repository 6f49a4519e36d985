"""What MLflow has after a search with a logger; skipped without MLflow."""

import copy
import pickle
import sys
import warnings

import pytest

import skhp
from skhp.callbacks import ForEachCandidate, MLflowLogger
from skhp.exceptions import SkhpWarning
from tests._toys import Echo, X, y

GRID = {"value": [1.0, 3.0, 2.0]}
# What MLflow uses warns of its own future.
pytestmark = [
    pytest.mark.foreign,
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def search_with(*callbacks, estimator=None, **kwargs):
    settings = {"cv": 2, "callbacks": list(callbacks), **kwargs}
    return skhp.GridSearchCV(estimator or Echo(), GRID, **settings)


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory):
    mlflow = pytest.importorskip("mlflow", exc_type=ImportError)
    before = mlflow.get_tracking_uri()
    database = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    mlflow.set_tracking_uri(f"sqlite:///{database}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.MlflowClient().search_experiments()  # makes the database
    yield mlflow
    mlflow.set_tracking_uri(before)


@pytest.fixture
def runs(mlflow, request):
    """A function that returns the runs of this test, those without a parent first."""
    experiment = mlflow.set_experiment(request.node.name).experiment_id

    def read():
        found = mlflow.MlflowClient().search_runs([experiment])
        return sorted(found, key=lambda run: run.data.tags.get("skhp.index", ""))

    yield read
    assert mlflow.active_run() is None


def test_the_search_is_a_run_and_each_candidate_a_child(runs):
    search_with(MLflowLogger(run_name="mine")).fit(X, y)
    top, *children = runs()
    assert top.info.run_name == "mine"
    assert top.data.metrics == {"best_cv_score": 3.0}
    assert top.data.params["best_value"] == "3.0"
    assert top.data.params["cv"] == "2"
    assert [run.data.params for run in children] == [
        {"value": str(value)} for value in GRID["value"]
    ]
    assert {r.data.tags["mlflow.parentRunId"] for r in children} == {top.info.run_id}
    assert {run.info.status for run in (top, *children)} == {"FINISHED"}


def test_a_child_has_the_numbers_of_its_row(runs):
    rows = []
    search_with(MLflowLogger(), ForEachCandidate(rows.append)).fit(X, y)
    for run, row in zip(runs()[1:], rows, strict=True):
        names = row.keys() - {"index", "params", "status", "error"}
        assert run.data.metrics == {name: row[name] for name in names}
        assert run.data.tags["skhp.status"] == "ok"
        fits = 2 * (row["mean_fit_time"] + row["mean_score_time"])
        took = run.info.end_time - run.info.start_time
        assert took == int(1000 * fits)


def test_the_duration_does_not_depend_on_the_number_of_metrics():
    from skhp.callbacks._mlflow import _seconds_of

    times = {"mean_fit_time": 2.0, "mean_score_time": 1.0}
    one = {f"split{k}_test_score": 0.0 for k in range(3)} | {"mean_test_score": 0.0}
    two = {f"split{k}_test_{m}": 0.0 for k in range(3) for m in "ab"}
    means = {"mean_test_a": 0.0, "mean_test_b": 0.0}
    assert _seconds_of(times | one) == _seconds_of(times | two | means) == 9.0


def test_an_active_run_is_the_parent_and_is_left_as_it_is(mlflow, runs):
    with mlflow.start_run() as active:
        search_with(MLflowLogger()).fit(X, y)
        search_with(MLflowLogger()).fit(X, y)
        assert mlflow.active_run().info.run_id == active.info.run_id
    top, *children = runs()
    assert (top.data.params, top.data.metrics) == ({}, {})
    assert len(children) == 6


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_failed_candidate_is_a_failed_run(runs):
    class FailsAtThree(Echo):
        def fit(self, X, y=None):
            if self.value == 3.0:
                raise RuntimeError("no threes" + 9999 * "!")
            return self

    search_with(MLflowLogger(), estimator=FailsAtThree()).fit(X, y)
    top, first, failed, last = runs()
    assert [run.info.status for run in (top, first, failed, last)] == [
        "FINISHED",
        "FINISHED",
        "FAILED",
        "FINISHED",
    ]
    assert failed.data.tags["skhp.status"] == "failed"
    assert failed.data.tags["skhp.error"].endswith("!!!\n")
    assert "mean_test_score" not in failed.data.metrics


def test_a_search_that_fails_is_a_failed_run(runs):
    def fails(search):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        search_with(MLflowLogger(), fails).fit(X, y)
    assert [run.info.status for run in runs()] == ["FAILED", "FINISHED"]


def test_a_run_that_the_user_ends_meanwhile_is_no_trouble(mlflow, runs):
    search_with(MLflowLogger(), lambda search: mlflow.end_run()).fit(X, y)
    top, *children = runs()
    assert top.info.status == "FINISHED"
    assert len(children) == 3


def test_candidates_of_a_journal_are_not_logged_twice(runs, tmp_path):
    journal = tmp_path / "journal"
    search_with(MLflowLogger(), skhp.TargetReached(2.5), journal=journal).fit(X, y)
    search_with(MLflowLogger(), journal=journal).fit(X, y)
    indices = [run.data.tags.get("skhp.index") for run in runs()]
    assert indices == [None, None, "0", "1", "2"]


def test_every_rung_of_hyperband_is_a_child_with_its_resource(runs):
    search = skhp.HyperbandSearchCV(
        Echo(),
        {"value": skhp.Real(0, 1)},
        resource="other",
        max_resources=9,
        cv=2,
        n_jobs=2,
        random_state=0,
        callbacks=MLflowLogger(),
    ).fit(X, y)
    resources = [run.data.metrics["n_resources"] for run in runs()[1:]]
    assert sorted(resources) == sorted(search.cv_results_["n_resources"])


def test_what_cannot_be_written_is_one_warning_and_the_search_goes_on(
    mlflow, runs, monkeypatch
):
    def fails(self, *args, **kwargs):
        raise ConnectionError("no server")

    mlflow.start_run()
    monkeypatch.setattr(mlflow.MlflowClient, "create_run", fails)
    with pytest.warns(SkhpWarning, match="candidate 0, and the search goes on") as got:
        search = search_with(MLflowLogger()).fit(X, y)
    mlflow.end_run()
    assert len(got) == 1
    assert len(search.cv_results_["params"]) == 3


def test_without_mlflow_the_first_fit_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(ImportError, match="pip install mlflow"):
        search_with(MLflowLogger()).fit(X, y)


def test_a_logger_can_be_copied_and_pickled_while_it_logs(mlflow, runs):
    logger, copies = MLflowLogger(run_name="mine"), []

    def copies_it(search):
        copies.extend([copy.deepcopy(logger), pickle.loads(pickle.dumps(logger))])

    search_with(logger, copies_it).fit(X, y)
    assert {repr(twin) for twin in copies} == {"MLflowLogger(run_name='mine')"}
