"""A search that is killed at any moment ends as if it had not been."""

import json
import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
KINDS = ["grid", "random", "bayes", "halving", "hyperband"]


@pytest.fixture(scope="module")
def said(request, tmp_path_factory):
    """What the program has to tell of each search."""
    folder = tmp_path_factory.mktemp("killed")
    (folder / "temporary").mkdir()
    run = subprocess.run(
        [sys.executable, "-m", "tests.whole_searches._killed", folder],
        env={**os.environ, "JOBLIB_TEMP_FOLDER": str(folder / "temporary")},
        cwd=request.config.rootpath,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told = map(json.loads, run.stdout.splitlines())
    return {search["kind"]: search for search in told}


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_moment_it_ends_as_if_it_had_not_been(kind, said):
    search = said[kind]
    assert search["killed"] >= 10
    assert search["torn"] >= 2  # some in the middle of a line
    assert search["same params"]
    assert search["same scores"]
    assert search["n_fits"] == 3 * search["n_rows"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_costs_the_fit_in_flight_and_no_other(kind, said):
    assert set(said[kind]["lost"]) == {0, 1}


def test_killed_with_its_workers_it_loses_nothing_that_was_finished(said):
    search = said["two workers"]
    assert search["code"] == -signal.SIGKILL
    assert search["held"] >= 6
    assert search["kept"]
    assert search["n_fits"] == 40  # none is run twice
    assert search["n_scores"] == 20
