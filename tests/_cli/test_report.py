import csv
import dataclasses
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest

import skhp
from skhp._cli import (
    Result,
    describe_files,
    describe_job,
    describe_result,
    prepare_folder,
    save,
    save_page,
)
from skhp.exceptions import InvalidParameterError
from skhp.inspection.page._assembly import packed_library
from tests._cli._tables import model_of, settings_of, table_of
from tests._toys import Echo, X, y

TABLE = table_of(np.arange(30.0))


def row_of(candidate, score, status="ok"):
    return {
        "candidate": candidate,
        "params": {"model__alpha": 1 / 3},
        "mean_test_score": score,
        "std_test_score": 0.1,
        "status": status,
    }


def result_with(*scores, seconds=3.4):
    """Return a result with these scores, of the defaults first; nan: failed."""
    rows = [
        row_of(i or "defaults", score, "failed" if np.isnan(score) else "ok")
        for i, score in enumerate(scores)
    ]
    return Result(rows, int(np.nanargmax(scores)), {"a": "model"}, seconds)


def described(result):
    return describe_result(model_of(), settings_of(TABLE), result).splitlines()


def test_job_is_told_in_three_lines_and_what_was_decided():
    table = table_of(np.arange(1200.0), columns="2 numbers", notes=["A note."])
    settings = settings_of(table, n_iter=8, n_jobs=2)
    assert describe_job(table, model_of(), settings).splitlines() == [
        "t.csv: 1,200 rows; 2 numbers",
        "'y': numbers -> regression",
        "ridge, r2, 3 folds, 8 candidates, 2 workers",
        "A note.",
    ]


def test_boosting_rounds_are_told_before_the_search_and_of_the_best():
    model = dataclasses.replace(model_of(), rounds="model__n_estimators")
    settings = settings_of(TABLE)
    assert describe_job(TABLE, model, settings).splitlines()[-1] == (
        "The folds choose the number of boosting rounds of each candidate, and of the "
        "defaults: at most 1,000."
    )
    result = result_with(0.5, 0.75)
    result.rows[1]["params"]["model__n_estimators"] = 40
    assert describe_result(model, settings, result).splitlines()[-2:] == [
        "  n_estimators  40",
        "  alpha         0.3333",
    ]


def test_one_of_a_kind_is_singular():
    text = describe_job(TABLE, model_of(), settings_of(TABLE))
    assert "30 rows; 1 number\n" in text
    assert text.endswith("3 folds, 1 candidate, 1 worker\n")


def test_a_time_budget_is_said_in_place_of_candidates():
    settings = settings_of(TABLE, n_iter=None, time_budget=60.0)
    assert "3 folds, 60 seconds, 1 worker" in describe_job(TABLE, model_of(), settings)


def test_doubtful_classes_come_with_the_way_out():
    table = table_of(np.arange(30) % 3, "multiclass", is_doubtful=True)
    text = describe_job(table, model_of(), settings_of(table))
    assert "-> classification (if not: --task regression)" in text


def test_best_is_shown_beside_the_defaults_with_its_parameters():
    assert described(result_with(0.5, 0.25, 0.75)) == [
        "2 candidates in 3 s. r2, mean of 3 folds:",
        "",
        "  defaults  0.5000",
        "  best      0.7500  (+0.2500)",
        "",
        "  alpha  0.3333",
    ]


def test_defaults_that_are_the_best_are_kept():
    assert described(result_with(0.5, 0.25, seconds=0.1)) == [
        "1 candidate in 1 s. r2, mean of 3 folds:",
        "",
        "  defaults  0.5000",
        "",
        "Nothing better was found: keeping the defaults.",
    ]


def test_failures_are_told():
    assert (
        "2 candidates in 3 s, 1 of them failed."
        in described(result_with(0.5, np.nan, 0.75))[0]
    )


def test_results_are_saved_the_best_first_and_failures_last(tmp_path):
    model, results = save(result_with(0.5, np.nan, 0.75), tmp_path)
    assert joblib.load(model) == {"a": "model"}
    with open(results, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["candidate"] for row in rows] == ["2", "defaults", "1"]
    assert [row["rank_test_score"] for row in rows] == ["1", "2", "3"]
    assert {row["param_model__alpha"] for row in rows} == {str(1 / 3)}
    assert {path.name for path in tmp_path.iterdir()} == {model.name, results.name}


def test_files_of_before_stay_if_the_new_ones_cannot_be_written(tmp_path):
    save(result_with(0.5, 0.75), tmp_path)
    before = (tmp_path / "model.joblib").read_bytes()
    unpicklable = Result(result_with(0.5).rows, 0, (i for i in "a"), 1.0)
    with pytest.raises(TypeError, match="generator"):
        save(unpicklable, tmp_path)
    assert (tmp_path / "model.joblib").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2


def test_a_page_is_written_beside_the_model(tmp_path):
    search = skhp.GridSearchCV(Echo(), {"value": [1.0, 2.0]}, cv=2).fit(X, y)
    result = dataclasses.replace(result_with(0.5), search=search)
    page = save_page(result, tmp_path)
    assert page == tmp_path / "report.html"
    assert "GridSearchCV of Echo" in page.read_text(encoding="utf-8")
    line = f"{page}  a page with figures, for a browser"
    paths = [tmp_path / "a", tmp_path / "b"]
    assert line in describe_files(paths, page=page).splitlines()


def test_without_plotly_one_line_says_how_to_get_the_page(tmp_path, monkeypatch):
    packed_library.cache_clear()
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    search = skhp.GridSearchCV(Echo(), {"value": [1.0, 2.0]}, cv=2).fit(X, y)
    result = dataclasses.replace(result_with(0.5), search=search)
    assert save_page(result, tmp_path) is None
    assert not list(tmp_path.iterdir())
    lines = describe_files([tmp_path / "a", tmp_path / "b"]).splitlines()
    assert "For a page with figures too: pip install 'skhp[report]'" in lines


def test_use_of_the_files_is_shown(tmp_path):
    text = describe_files(save(result_with(0.5), tmp_path))
    assert f'joblib.load("{tmp_path / "model.joblib"}").predict(X)' in text


def test_folder_is_made_with_its_parents(tmp_path):
    folder = prepare_folder(str(tmp_path / "new" / "one"))
    assert folder.is_dir()
    assert list(folder.iterdir()) == []


def test_results_of_before_are_not_overwritten(tmp_path):
    for name in ("out", "out-2", "out-3"):
        folder = prepare_folder(str(tmp_path / "out"))
        assert folder == tmp_path / name
        save(result_with(0.5), folder)


def test_a_folder_of_other_things_is_used(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    assert prepare_folder(str(tmp_path)) == tmp_path


def test_this_folder_has_a_number_after_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(prepare_folder(str(tmp_path / "out")))
    save(result_with(0.5), Path("."))
    assert prepare_folder(".") == tmp_path / "out-2"


def test_folder_must_be_one(tmp_path):
    (tmp_path / "a_file").write_text("")
    with pytest.raises(InvalidParameterError, match="must be a folder that can be"):
        prepare_folder(str(tmp_path / "a_file"))
