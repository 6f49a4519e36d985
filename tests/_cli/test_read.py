import gzip
import zipfile

import numpy as np
import pandas as pd
import pytest

from skhp._cli import bundled_table, read_table
from skhp.exceptions import InvalidParameterError
from tests._cli._tables import small_frame


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files that nothing can be learned from."""
    folder = tmp_path_factory.mktemp("tables")
    frame = small_frame()
    lonely = ["a"] + ["b"] * (len(frame) - 1)
    tables = {
        "table": frame,
        "no_target": frame.assign(kind=np.nan),
        "one_class": frame.assign(kind="a"),
        "lonely": frame.assign(kind=lonely),
        "short": frame.head(5),
        "nothing": frame[["kind", "empty"]],
        "alone": frame[["kind"]],
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
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
    return folder


@pytest.mark.parametrize(
    ("name", "target", "task", "message"),
    [
        ("absent.csv", "kind", "auto", "must be an existing file. Got 'absent.csv'"),
        ("a_folder", "kind", "auto", "or Excel file. Got the folder 'a_folder'"),
        ("table.csv", None, "auto", "must be a column of table.csv. None was given"),
        ("table.csv", "knid", "auto", "did you mean 'kind'?"),
        ("table.csv", "zzz", "auto", "it has 'number', 'color', 'kind'"),
        ("empty.csv", "kind", "auto", "It is empty"),
        ("header.csv", "kind", "auto", "must have rows. Got none"),
        ("ragged.csv", "kind", "auto", "must be a readable CSV file"),
        ("binary.csv", "kind", "auto", "must be a readable CSV file"),
        ("broken.csv.gz", "kind", "auto", "must be a readable CSV file"),
        ("broken.zip", "kind", "auto", "must be a readable CSV file"),
        ("broken.bz2", "kind", "auto", "must be a readable CSV file"),
        ("broken.xz", "kind", "auto", "must be a readable CSV file"),
        ("two.zip", "kind", "auto", "must be a readable CSV file. Got: Multiple files"),
        ("no_target.csv", "kind", "auto", "must have values. All 60 are missing"),
        ("one_class.csv", "kind", "auto", "two different values. All are 'a'"),
        ("short.csv", "kind", "auto", "at least 10 rows with 'kind'. Got 5"),
        ("nothing.csv", "kind", "auto", "All others are left out: 'empty' (empty)."),
        ("alone.csv", "kind", "auto", "from. There are no others"),
        ("table.csv", "day", "auto", "must repeat a few values to be classes"),
        ("table.csv", "kind", "regression", "must be numbers"),
        ("table.csv", "size", "classification", "must repeat a few"),
    ],
)
def test_what_cannot_be_learned_from_gets_one_sentence(
    folder, monkeypatch, name, target, task, message
):
    monkeypatch.chdir(folder)
    with pytest.raises(InvalidParameterError) as caught:
        read_table(name, target, task)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def read(tmp_path, frame, target="y", task="auto"):
    frame.to_csv(tmp_path / "t.csv", index=False)
    return read_table(str(tmp_path / "t.csv"), target, task)


def of_target(tmp_path, values, task="auto"):
    """Return a table of 198 rows that has these values, over and over, as target."""
    y = [values[i % len(values)] for i in range(198)]
    return read(tmp_path, pd.DataFrame({"x": np.arange(198) % 7, "y": y}), task=task)


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
    table = of_target(tmp_path, values)
    assert table.task == task
    expected = [float(values[i % len(values)]) for i in range(198)]
    assert table.y.astype(float).tolist() == expected


@pytest.mark.parametrize(
    ("values", "task", "why", "is_doubtful"),
    [
        (["a", "b"], "binary", "2 text values", False),
        ([True, False], "binary", "2 truth values", False),
        ([0, 1], "binary", "2 whole numbers", False),
        (list(range(20)), "multiclass", "20 whole numbers", True),
        (list(range(21)), "regression", "21 numbers", False),
        ([0.5, 1.5], "regression", "2 numbers", False),
    ],
)
def test_kind_of_problem_is_seen_from_the_target(
    tmp_path, values, task, why, is_doubtful
):
    table = of_target(tmp_path, values)
    assert (table.task, table.why, table.is_doubtful) == (task, why, is_doubtful)


def test_user_knows_better_what_whole_numbers_are(tmp_path):
    table = of_target(tmp_path, [0, 1, 2], task="regression")
    assert (table.task, table.y.dtype) == ("regression", np.float64)
    table = of_target(tmp_path, list(range(30)), task="classification")
    assert (table.task, table.is_doubtful) == ("multiclass", False)


def test_columns_are_sorted_by_what_they_hold(tmp_path):
    table = read(tmp_path, small_frame(), "kind")
    days = ["day", "day (month)", "day (weekday)"]
    assert table.numeric == ["number", "size", "grade", *days]
    assert table.categorical == ["color", "open"]
    assert table.columns.endswith("; left out: 'empty' (empty)")
    assert table.notes == []


@pytest.mark.parametrize(
    ("n_missing", "note"),
    [(1, "Left out 1 row without 'y'."), (10, "Left out 10 rows without 'y'.")],
)
def test_rows_without_a_target_are_left_out(tmp_path, n_missing, note):
    y = np.arange(60.0)
    y[:n_missing] = np.nan
    table = read(tmp_path, pd.DataFrame({"x": np.arange(60) % 7, "y": y}))
    assert table.notes == [note]
    assert table.y.tolist() == y[n_missing:].tolist()
    assert len(table.X) == 60 - n_missing


@pytest.mark.parametrize("hole", ["?", "", "NA", "inf", "-inf"])
def test_holes_may_be_written_in_many_ways(tmp_path, hole):
    x = [hole, *map(str, range(59))]
    table = read(tmp_path, pd.DataFrame({"x": x, "y": np.arange(60) % 2}))
    assert table.numeric == ["x"]
    assert np.isnan(table.X["x"][0])


def test_bundled_table_is_a_regression_of_numbers():
    table = bundled_table()
    assert (table.task, table.X.shape) == ("regression", (442, 10))
    assert len(table.numeric) == 10


@pytest.mark.parametrize(
    ("last", "task", "y_type"),
    [("unknown", "regression", float), ("err", "regression", float)],
)
def test_rows_whose_target_is_no_number_are_left_out(tmp_path, last, task, y_type):
    y = [*map(str, range(59)), last]
    table = read(tmp_path, pd.DataFrame({"x": np.arange(60) % 7, "y": y}))
    assert (table.task, table.y.dtype) == (task, y_type)
    assert "Left out 1 row whose 'y' is no number." in table.notes
    assert len(table.X) == len(table.y) == 59


def test_words_among_a_few_numbers_are_classes(tmp_path):
    table = of_target(tmp_path, ["1", "2", "none"])
    assert sorted(set(table.y)) == ["1", "2", "none"]


def test_targets_may_have_decimal_commas_and_currency(tmp_path):
    y = [f"{i},5 €" for i in range(60)]
    table = read(tmp_path, pd.DataFrame({"x": np.arange(60) % 7, "y": y}))
    assert table.y.tolist() == [i + 0.5 for i in range(60)]


def test_repeated_target_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("x,y,y\n" + "1,2,3\n" * 20)
    with pytest.raises(InvalidParameterError, match=r"one column of t\.csv\. Got 'y'"):
        read_table(str(tmp_path / "t.csv"), "y", "auto")


def test_one_class_is_shown_as_it_is_written(tmp_path):
    with pytest.raises(InvalidParameterError, match=r"values\. All are 1\.$"):
        of_target(tmp_path, [1])
