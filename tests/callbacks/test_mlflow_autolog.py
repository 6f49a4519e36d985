"""What the real MLflow records of our searches, beside scikit-learn's own."""

import json
import re
import subprocess
import sys

import pytest

from tests.callbacks import _autologged

pytestmark = pytest.mark.foreign


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What the real MLflow has recorded, by the name of the case."""
    pytest.importorskip("mlflow.sklearn", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("mlflow")
    done = subprocess.run(
        [sys.executable, _autologged.__file__, "."],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def parts(record):
    """Return the run that has no parent, and its children."""
    (top,) = [run for run in record["runs"] if run["parent"] is None]
    return top, [run for run in record["runs"] if run["parent"] == top["id"]]


KINDS = ["grid", "random", "bayes", "halving random", "halving grid", "hyperband"]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_every_search_is_one_run_with_a_child_for_each_candidate(kind, n_jobs, found):
    record = found[f"{kind} {n_jobs}"]
    top, children = parts(record)
    assert len(record["runs"]) == 1 + record["n_candidates"]
    assert len(children) == record["n_candidates"]
    assert {run["status"] for run in record["runs"]} == {"FINISHED"}
    best = top["metrics"]["best_cv_score"]
    assert 0 < best <= max(run["metrics"]["mean_test_score"] for run in children)
    assert top["tags"]["estimator_class"].startswith("skhp.")
    names = {n for n in top["params"] if n.startswith("best_")}
    assert names in (
        {"best_max_depth", "best_min_samples_leaf"},
        {"best_max_depth", "best_max_leaf_nodes"},  # with its resource
    )


def without_times(run):
    metrics = {n: v for n, v in run["metrics"].items() if "time" not in n}
    return {**run["params"], **metrics}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_grid_is_recorded_as_scikit_learns(n_jobs, found):
    ours, theirs = (parts(found[f"{name} {n_jobs}"]) for name in ("grid", "theirs"))
    assert ours[0]["metrics"] == theirs[0]["metrics"]
    assert ours[0]["params"].items() >= theirs[0]["params"].items()
    key = str
    own = sorted((str(sorted(without_times(run).items())) for run in ours[1]), key=key)
    other = sorted((str(sorted(without_times(r).items())) for r in theirs[1]), key=key)
    assert own == other


def test_the_models_are_those_of_scikit_learns_searches(found):
    assert sorted(found["theirs model"]["models"]) == ["best_estimator", "model"]
    for name in ("grid", "halving grid"):
        assert sorted(found[f"{name} model"]["models"]) == ["best_estimator", "model"]
        assert len(parts(found[f"{name} model"])[1]) == 2  # max_tuning_runs


def test_a_run_of_the_user_is_used(found):
    top, children = parts(found["nested run"])
    assert top["params"]["mine"] == "1"
    assert "best_max_depth" in top["params"]
    assert len(children) == 6


def test_a_search_within_another_call_is_not_recorded_by_itself(found):
    top, children = parts(found["pipeline"])
    assert top["tags"]["estimator_name"] == "Pipeline"
    assert children == []
    assert found["nested search"]["runs"] == []  # in cross_val_score


def test_a_fit_that_raises_is_a_failed_run(found):
    top, children = parts(found["failure"])
    assert (top["status"], children) == ("FAILED", [])


def test_scores_after_the_fit_are_noted_in_its_run(found):
    top, _ = parts(found["score"])
    assert [name for name in top["metrics"] if re.match("GridSearchCV_score", name)]


def test_extending_is_a_run_of_its_own(found):
    assert len([r for r in found["extended"]["runs"] if r["parent"] is None]) == 2


def test_nothing_is_recorded_once_autologging_is_off(found):
    assert found["disabled"]["runs"] == []
