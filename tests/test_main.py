"""The command as a user runs it: a process, its output, the files it leaves."""

import csv
import gzip
import io
import os
import re
import signal
import subprocess
import sys
import time
import zipfile

import joblib
import numpy as np
import pandas as pd
import pytest

import skhp._cli
from skhp.__main__ import main
from skhp._cli import build_model, read_table, search_settings

# Threads that wait for each other on busy cores make seconds of milliseconds.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def run(folder, *arguments):
    command = [sys.executable, "-m", "skhp", *map(str, arguments), "--n-jobs", "1"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=ENVIRONMENT
    )


def small_table(n_rows=120, seed=0):
    """Mixed columns with holes, a date, an identifier, an empty column."""
    rng = np.random.default_rng(seed)
    number = rng.normal(size=n_rows)
    color = rng.choice(["red", "green", "blue"], size=n_rows).astype(object)
    kind = np.where(number + (color == "red") + rng.normal(size=n_rows) > 0.5, "a", "b")
    frame = pd.DataFrame({"number": number, "color": color, "kind": kind})
    frame["size"] = 10 * number + rng.normal(size=n_rows)
    frame["grade"] = np.clip(np.round(number), -1, 1).astype(int)
    frame["open"] = rng.choice(["True", "False", ""], size=n_rows)
    frame["day"] = pd.date_range("2024-01-01", periods=n_rows).astype(str)
    frame["empty"] = np.nan
    frame.loc[::7, "number"] = np.nan
    frame.loc[::5, "color"] = np.nan
    return frame


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    frame = small_table()
    frame.to_csv(folder / "table.csv", index=False)
    frame.to_csv(folder / "table.csv.gz", index=False)
    frame.to_csv(folder / "semicolons.csv", index=False, sep=";")
    frame.assign(kind=np.nan).to_csv(folder / "no_target.csv", index=False)
    frame.assign(kind="a").to_csv(folder / "one_class.csv", index=False)
    frame.assign(kind=["a"] + ["b"] * 119).to_csv(folder / "lonely.csv", index=False)
    frame.head(5).to_csv(folder / "short.csv", index=False)
    frame[["kind", "empty"]].to_csv(folder / "nothing.csv", index=False)
    (folder / "empty.csv").write_text("")
    (folder / "header.csv").write_text("number,kind\n")
    (folder / "ragged.csv").write_text("number,kind\n1,a\n2,b,c,d\n")
    (folder / "binary.csv").write_bytes(bytes(range(256)) * 20)
    (folder / "broken.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n" * 99)[:20])
    for name in ("broken.zip", "broken.bz2", "broken.xz"):
        (folder / name).write_bytes(b"PK\x03\x04 BZh not at all")
    with zipfile.ZipFile(folder / "two.zip", "w") as archive:
        archive.writestr("a.csv", "number,kind\n")
        archive.writestr("b.csv", "number,kind\n")
    (folder / "a_folder").mkdir()
    (folder / "a_file").write_text("")
    return folder


@pytest.mark.parametrize(
    ("table", "target", "estimator", "kind"),
    [
        ("table.csv", "kind", "lightgbm", "classification"),
        ("table.csv.gz", "size", "hist_gradient_boosting", "regression"),
        ("semicolons.csv", "grade", "logistic", "classification"),
        ("table.csv", "size", "svm", "regression"),
    ],
)
def test_tables_are_tuned_and_the_model_is_kept(
    folder, tmp_path, table, target, estimator, kind
):
    done = run(
        folder, table, "--target", target, "--estimator", estimator, "--n-iter", 2,
        "--cv", 3, "--output", tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert f"-> {kind}" in done.stdout
    assert "2 candidates" in done.stdout
    assert "Left out 'day', 'empty'" in done.stdout

    frame = pd.read_csv(folder / "table.csv")
    predicted = joblib.load(tmp_path / "model.joblib").predict(frame)
    assert set(predicted) <= set(frame[target]) or kind == "regression"
    with open(tmp_path / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["candidate"] for row in rows) == ["1", "2", "defaults"]
    scores = [float(row["mean_test_score"]) for row in rows]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("absent.csv --target kind", "must be an existing file. Got 'absent.csv'"),
        ("a_folder --target kind", "must be a CSV file. Got the folder 'a_folder'"),
        ("table.csv", "--target must be a column of table.csv. None was given"),
        ("table.csv --target knid", "did you mean 'kind'?"),
        ("table.csv --target zzz", "it has 'number', 'color', 'kind'"),
        ("empty.csv --target kind", "It is empty"),
        ("header.csv --target kind", "must have values"),
        ("ragged.csv --target kind", "must be a readable CSV file"),
        ("binary.csv --target kind", "must be a readable CSV file"),
        ("broken.csv.gz --target kind", "must be a readable CSV file"),
        ("no_target.csv --target kind", "must have values. All 120 are missing"),
        ("one_class.csv --target kind", "two different values. All are 'a'"),
        ("lonely.csv --target kind", "two rows of each class. Got one of 'a'"),
        ("short.csv --target kind", "at least 10 rows with 'kind'. Got 5"),
        ("nothing.csv --target kind", "must have a column to predict 'kind' from"),
        ("table.csv --target day", "must repeat a few values to be classes"),
        ("table.csv --target kind --task regression", "must be numbers"),
        ("table.csv --target size --task classification", "must repeat a few"),
        ("table.csv --target size --estimator logistic", "be able to do regression"),
        ("table.csv --target kind --scoring accuarcy", "one of scikit-learn's scorers"),
        ("table.csv --target kind --scoring r2", "The defaults of lightgbm must fit"),
        ("table.csv --target kind --n-iter 0", "must be greater than 0. Got 0"),
        ("table.csv --target kind --time-budget -1", "must be greater than 0. Got -1"),
        ("table.csv --target kind --cv 1", "must be at least 2. Got 1"),
        ("table.csv --target kind --n-iter ten", "invalid int value: 'ten'"),
        ("table.csv --target kind --estimator xgb", "invalid choice: 'xgb'"),
        ("table.csv --target kind --output a_file", "must be a folder that can be"),
        ("table.csv --target kind --seed -1", "must be from 0 to 4294967295. Got -1"),
        ("table.csv --target kind --seed 4294967296", "must be from 0 to 4294967295"),
        ("table.csv --target kind --n-jobs 0", "-1 for all cores. Got 0"),
        ("--target kind", "The --target needs a TABLE"),
        ("--task regression", "The --task needs a TABLE"),
        ("broken.zip --target kind", "must be a readable CSV file"),
        ("broken.bz2 --target kind", "must be a readable CSV file"),
        ("broken.xz --target kind", "must be a readable CSV file"),
        ("two.zip --target kind", "must be a readable CSV file. Got: Multiple files"),
    ],
)
def test_bad_input_gets_one_sentence(
    folder, tmp_path, arguments, message, capsys, monkeypatch
):
    monkeypatch.chdir(folder)
    words = arguments.split()
    if "--output" not in words:
        words += ["--output", str(tmp_path)]
    try:
        status = main(words)
    except SystemExit as stop:  # argparse
        status = stop.code
    said = capsys.readouterr().err
    assert status == 2
    assert message in said
    assert said.startswith("skhp: ")
    assert said.count("\n") == 1


def test_bad_input_of_the_process_exits_with_2(folder):
    done = run(folder, "absent.csv", "--target", "kind")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".zip", ".xz", ".tar.gz"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found_in_compressed_files_too(tmp_path, suffix, separator):
    path = tmp_path / f"table.csv{suffix}"
    small_table().to_csv(path, index=False, sep=separator)
    assert list(read_table(str(path), "kind", "auto").X)[:2] == ["number", "color"]


def test_separator_is_not_looked_for_in_quotes(tmp_path):
    path = tmp_path / "table.csv"
    frame = small_table().rename(columns={"number": "size, in mm, and so on"})
    frame = frame.rename(columns={"color": 'what "colour, or tint", it has'})
    frame.to_csv(path, index=False, sep=";")
    assert "size, in mm, and so on" in read_table(str(path), "kind", "auto").X


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["1e20", "-1e20"], "binary"),
        (["100000000000000000000", "2"], "binary"),
        (["18446744073709551615", "2", "3"], "multiclass"),
        ([f"{i}e20" for i in range(1, 100)], "regression"),
        ([f"{i}00000000000000000000" for i in range(1, 100)], "regression"),
    ],
)
def test_targets_may_be_huge(tmp_path, values, task):
    lines = [f"{i % 7},{values[i % len(values)]}" for i in range(198)]
    (tmp_path / "huge.csv").write_text("\n".join(["number,y", *lines]))
    table = read_table(str(tmp_path / "huge.csv"), "y", "auto")
    assert table.task == task
    expected = [float(values[i % len(values)]) for i in range(198)]
    assert table.y.astype(float).tolist() == expected


def test_huge_targets_are_tuned(tmp_path):
    frame = small_table()
    frame["size"] *= 1e20
    frame.to_csv(tmp_path / "huge.csv", index=False)
    done = run(
        tmp_path, "huge.csv", "--target", "size", "--n-iter", 1,
        "--estimator", "ridge", "--scoring", "neg_root_mean_squared_error",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"defaults  -[\d.]+e\+\d\d\n", done.stdout)


def settings_with(**kwargs):
    fixed = {"start": 0.0, "scoring": None, "cv": 3, "n_iter": 1, "time_budget": None}
    return search_settings(
        skhp._cli.bundled_table(), **{"n_jobs": None, "seed": 0, **fixed, **kwargs}
    )


@pytest.mark.parametrize(
    ("n_jobs", "n_workers"),
    [
        (1, 1),
        (3, 3),
        (64, 64),
        (None, joblib.cpu_count()),
        (-1, joblib.cpu_count()),
        (-999, 1),
    ],
)
def test_workers_are_as_many_as_were_asked_for(n_jobs, n_workers):
    assert settings_with(n_jobs=n_jobs).n_jobs == n_workers


@pytest.mark.parametrize("estimator", ["lightgbm", "ridge"])  # in their spaces or not
def test_defaults_are_the_first_candidate_and_the_only_one_without_time(estimator):
    table = skhp._cli.bundled_table()
    model = build_model(estimator, table, 0)
    settings = settings_with(time_budget=1e-9, n_iter=None, n_jobs=1)
    result = skhp._cli.tune(table, model, settings, io.StringIO())
    assert [row["candidate"] for row in result.rows] == ["defaults"]
    known = model.pipeline.get_params()
    assert result.rows[0]["params"] == {name: known[name] for name in model.space}
    assert result.best == 0
    assert "Nothing better" in skhp._cli.describe_result(model, settings, result)


def test_rows_without_a_target_are_left_out(folder, tmp_path):
    frame = small_table()
    frame.loc[:9, "size"] = np.nan
    frame.to_csv(tmp_path / "holes.csv", index=False)
    done = run(
        tmp_path, "holes.csv", "--target", "size", "--n-iter", 1, "--estimator", "ridge"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Left out 10 rows without 'size'" in done.stdout
    assert (tmp_path / "skhp-output" / "model.joblib").exists()


def test_rare_classes_are_tuned_without_warnings(tmp_path):
    frame = small_table()
    frame["kind"] = ["rare"] + ["a", "b"] * 59 + ["a"]
    frame.to_csv(tmp_path / "rare.csv", index=False)
    done = run(tmp_path, "rare.csv", "--target", "kind", "--n-iter", 1)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 of 3 classes" in done.stdout


def test_a_time_budget_ends_the_search(tmp_path):
    start = time.perf_counter()
    done = run(tmp_path, "--time-budget", 3)
    assert (done.returncode, done.stderr) == (0, "")
    assert time.perf_counter() - start < 20  # the import alone takes a few


def test_interrupted_says_so_in_one_line(tmp_path):
    command = [sys.executable, "-m", "skhp", "--n-iter", "5000"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if "defaults" in line:
            break
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to workers too
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    # What is saved depends on whether a candidate was finished by then.
    assert said.strip().splitlines()[-1] in {
        "skhp: interrupted, the best so far was saved.",
        "skhp: interrupted, nothing was saved.",
    }
