"""The command as a user runs it: its exit code, its output, the files it leaves."""

import csv
import os
import re
import signal
import subprocess
import sys
import warnings

import joblib
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from threadpoolctl import threadpool_limits

import skhp.__main__
from skhp.__main__ import main
from skhp.exceptions import InvalidParameterError, SearchInterruptedWarning
from tests._cli._tables import awkward_files, small_frame

# Threads that wait for each other on busy cores make seconds of milliseconds.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
LAST_WORD = "skhp: interrupted, the best so far was saved.\n"


def started(folder, *arguments):
    command = [sys.executable, "-m", "skhp", "--estimator", "ridge", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, start_new_session=True, **pipes
    )


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    frame = small_frame()
    rare = ["rare", *frame["kind"][1:]]
    frame.assign(rare=rare, huge=frame["size"] * 1e20).to_csv(path, index=False)
    return path


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Return what runs the command here and gives its status and what it said."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        try:
            with threadpool_limits(1):
                one = [] if arguments[:1] == ("predict",) else ["--n-jobs", "1"]
                status = main([*map(str, arguments), *one])
        except SystemExit as stop:  # argparse
            status = stop.code
        return status, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("target", "estimator", "kind"),
    [
        ("kind", "lightgbm", "classification, two classes"),
        ("grade", "logistic", "classification (if not: --task regression)"),
        ("size", "svm", "regression"),
    ],
)
def test_tables_are_tuned(run, table, target, estimator, kind):
    status, said, errors = run(
        table, "--target", target, "--estimator", estimator, "--n-iter", 2, "--cv", 2
    )
    assert (status, errors) == (0, "")
    assert f"-> {kind}\n" in said
    assert "2 folds, 2 candidates, 1 worker\n" in said
    assert "1 date (as days, month, weekday); left out: 'empty' (empty)\n" in said
    assert re.search(r"\n  defaults  [-\d.]+ ± [\d.]+\n2 candidates in \d+ s\.", said)


@pytest.mark.slow
def test_model_and_results_are_kept(run, table, tmp_path):
    arguments = ["--target", "grade", "--estimator", "logistic", "--n-iter", 2]
    assert run(table, *arguments, "--output", "out")[0] == 0
    frame = pd.read_csv(table)
    predicted = joblib.load(tmp_path / "out" / "model.joblib").predict(frame)
    assert set(predicted) <= set(frame["grade"])
    with open(tmp_path / "out" / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["candidate"] for row in rows) == ["1", "2", "defaults"]
    scores = [float(row["mean_test_score"]) for row in rows]
    assert scores == sorted(scores, reverse=True)


def test_model_predicts_what_is_in_another_file(run, table, tmp_path):
    run(table, "--target", "kind", "--estimator", "logistic", "--n-iter", 1)
    frame = pd.read_csv(table)
    frame.drop(columns="kind").head(7).to_csv(tmp_path / "new.tsv", sep="\t")
    for name in ("predictions.csv", "predictions-2.csv"):
        status, said, errors = run("predict", "skhp-output", "new.tsv")
        assert (status, said, errors) == (0, f"{name}  7 predictions\n", "")
    predicted = pd.read_csv(tmp_path / "predictions.csv")
    assert list(predicted) == ["prediction", "probability of a", "probability of b"]
    model = joblib.load(tmp_path / "skhp-output" / "model.joblib")
    assert predicted["prediction"].tolist() == model.predict(frame.head(7)).tolist()


def test_results_of_before_are_kept(run, tmp_path):
    for name in ("skhp-output", "skhp-output-2"):
        assert f"\n{name}/model.joblib" in run("--n-iter", 1, "--estimator", "ridge")[1]
        assert (tmp_path / name / "results.csv").exists()
        assert (tmp_path / name / "report.html").exists()


def test_huge_targets_are_tuned(run, table):
    status, said, errors = run(
        table, "--target", "huge", "--n-iter", 1,
        "--estimator", "ridge", "--scoring", "neg_root_mean_squared_error",
    )  # fmt: skip
    assert (status, errors) == (0, "")
    assert re.search(r"defaults  -[\d.]+e\+\d\d\n", said)


def test_rare_classes_are_tuned_without_warnings(run, table):
    status, said, errors = run(
        table, "--target", "rare", "--n-iter", 1, "--estimator", "logistic"
    )
    assert (status, errors) == (0, "")
    assert "1 of 3 classes" in said


def score_of_lightgbm(path):
    """Return the mean score of LightGBM on what pandas reads, words as codes."""
    encoding = "cp1252" if path.stem == "latin-1" else "utf-8"
    frame = pd.read_csv(path, sep=None, engine="python", encoding=encoding)
    X, y = frame.drop(columns="y"), frame["y"]
    for name in X.select_dtypes(exclude="number").columns:
        X[name] = X[name].astype("category").cat.codes
    model, folds, scoring = LGBMClassifier, StratifiedKFold, "roc_auc"
    if path.stem == "dates":
        model, folds, scoring = LGBMRegressor, KFold, "r2"
    model = model(verbose=-1, n_jobs=1, random_state=0)
    cv = folds(5, shuffle=True, random_state=0)
    return cross_val_score(model, X.to_numpy(), y, cv=cv, scoring=scoring).mean()


@pytest.fixture(scope="module")
def awkward(tmp_path_factory):
    return awkward_files(tmp_path_factory.mktemp("awkward"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "gain"),
    [
        # At least so much better than LightGBM. The folds do not see all of its 100
        # rounds where 50 after the best one brought nothing.
        ("commas", -0.002),
        ("dashes", 0.0),
        ("dates", 0.5),
        ("text", 0.2),
        ("latin-1", 0.0),
        ("ids", 0.0),
        ("repeated", 0.0),
    ],
)
def test_awkward_tables_end_in_a_good_model(run, awkward, tmp_path, name, gain):
    status, _, errors = run(awkward[name], "--target", "y", "--n-iter", 3)
    assert (status, errors) == (0, "")
    scores = pd.read_csv(tmp_path / "skhp-output" / "results.csv")["mean_test_score"]
    with threadpool_limits(1):
        assert scores.max() >= score_of_lightgbm(awkward[name]) + gain
    assert run("predict", "skhp-output", awkward[name])[0] == 0


@pytest.mark.slow
def test_two_hundred_classes_end_in_a_good_model(run, awkward):
    status, said, errors = run(
        awkward["200_classes"], "--target", "y", "--n-iter", 1,
        "--estimator", "extra_trees", "--cv", 2,
    )  # fmt: skip
    assert (status, errors) == (0, "")
    assert float(re.search(r"\n  defaults  ([\d.]+)\n", said)[1]) > 0.67  # LightGBM's


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("one_class", "must have at least two different values. All are 1.\n"),
        ("five_rows", "must have at least 10 rows with 'y'. Got 5.\n"),
    ],
)
def test_awkward_tables_end_in_one_sentence(run, awkward, name, sentence):
    status, said, errors = run(awkward[name], "--target", "y")
    assert (status, said) == (2, "")
    assert errors.endswith(sentence)
    assert errors.count("\n") == 1


def test_messages_of_libraries_are_shown_without_their_types(run, monkeypatch):
    def refuse(*args):
        raise InvalidParameterError("Got label np.int64(3).")

    monkeypatch.setattr(skhp.__main__.job, "bundled_table", refuse)
    assert run("--n-iter", 1)[2] == "skhp: Got label 3.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("absent.csv --target kind", "must be an existing file. Got 'absent.csv'"),
        ("--n-iter 1 --scoring accuarcy", "one of scikit-learn's scorers"),
        (
            "--n-iter 1 --scoring roc_auc",
            "(numbers), as do r2, neg_mean_absolute_error",
        ),
        ("--estimator logistic", "be able to do regression"),
        ("--n-iter 0", "must be greater than 0. Got 0"),
        ("--n-iter ten", "invalid int value: 'ten'"),
        ("--n-iter 1 --time-budget 1", "not allowed with argument"),
        ("--time-budget -1", "must be greater than 0. Got -1"),
        ("--time-budget inf", "must be greater than 0. Got inf"),
        ("--cv 1", "must be at least 2. Got 1"),
        ("--estimator xgb", "invalid choice: 'xgb'"),
        ("--cv 1000", "at most the number of rows, 442. Got 1000"),
        ("--output a_file", "must be a folder that can be"),
        ("--seed -1", "must be from 0 to 4294967295. Got -1"),
        ("--seed 4294967296", "must be from 0 to 4294967295"),
        ("--n-jobs 0", "-1 for all cores. Got 0"),
        ("predict", "arguments are required: MODEL, TABLE (see python -m skhp predict"),
        ("predict absent t.csv", "'absent' does not exist"),
        ("--target kind", "The --target needs a TABLE"),
        ("--task regression", "The --task needs a TABLE"),
    ],
)
def test_bad_input_gets_one_sentence(run, tmp_path, arguments, message):
    (tmp_path / "a_file").write_text("")
    status, _, errors = run(*arguments.split())
    assert status == 2
    assert message in errors
    assert errors.startswith("skhp: ")
    assert errors.count("\n") == 1


def test_ctrl_c_before_there_is_anything_says_so(run, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(skhp.__main__.job, "tune", interrupted)
    status, _, errors = run("--n-iter", 1)
    assert (status, errors) == (130, "\nskhp: interrupted, nothing was saved.\n")


def test_ctrl_c_in_the_search_keeps_the_best_so_far(run, monkeypatch, tmp_path):
    tune = skhp.__main__.job.tune

    def interrupted(*args):
        warnings.warn("interrupted", SearchInterruptedWarning, stacklevel=1)
        return tune(*args)

    monkeypatch.setattr(skhp.__main__.job, "tune", interrupted)
    status, _, errors = run("--n-iter", 1, "--estimator", "ridge")
    assert (status, errors) == (130, LAST_WORD)
    assert (tmp_path / "skhp-output" / "model.joblib").exists()


def test_ctrl_c_after_the_search_costs_the_page_alone(run, monkeypatch, tmp_path):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(skhp.__main__.job, "save_page", interrupted)
    status, _, errors = run("--n-iter", 1, "--estimator", "ridge")
    assert (status, errors) == (130, LAST_WORD)
    assert (tmp_path / "skhp-output" / "model.joblib").exists()


def test_reader_of_the_output_may_go_away(monkeypatch, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as closed_pipe:
        monkeypatch.setattr(sys, "stdout", closed_pipe)
        assert main(["--n-iter", "1", "--output", str(tmp_path)]) == 1


@pytest.mark.slow
def test_process_ends_by_its_time_budget(tmp_path):
    process = started(tmp_path, "--time-budget", "0.1", "--n-jobs", "1")
    said, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert "5 folds, 0.1 seconds, 1 worker\n" in said
    assert "defaults" in said


@pytest.mark.slow
def test_process_says_what_is_wrong_with_its_input(tmp_path):
    process = started(tmp_path, "absent.csv", "--target", "kind")
    said, errors = process.communicate()
    assert (process.returncode, said) == (2, "")
    assert errors.count("\n") == 1


@pytest.mark.slow
def test_process_ends_in_a_result_at_ctrl_c(tmp_path):
    process = started(tmp_path, "--n-iter", "5000", "--n-jobs", "2")
    for line in process.stdout:
        if "defaults" in line:
            break
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to workers too
    said, errors = process.communicate()
    assert (process.returncode, errors) == (130, LAST_WORD)
    assert re.search(r"^\d+ candidates? in \d+ s", said, flags=re.M)
    assert (tmp_path / "skhp-output" / "model.joblib").exists()
