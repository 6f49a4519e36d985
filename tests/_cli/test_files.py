import sys

import pandas as pd
import pytest

from skhp._cli import read_table
from skhp._cli._files import read_file
from skhp.exceptions import InvalidParameterError
from tests._cli._tables import small_frame


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".zip", ".xz", ".tar.gz"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found_in_compressed_files_too(tmp_path, suffix, separator):
    path = tmp_path / f"table.csv{suffix}"
    small_frame().to_csv(path, index=False, sep=separator)
    assert list(read_table(str(path), "kind", "auto").X)[:2] == ["number", "color"]


def test_separator_is_not_looked_for_in_quotes(tmp_path):
    path = tmp_path / "table.csv"
    frame = small_frame().rename(columns={"number": "size, in mm, and so on"})
    frame = frame.rename(columns={"color": 'what "colour, or tint", it has'})
    frame.to_csv(path, index=False, sep=";")
    assert "size, in mm, and so on" in read_table(str(path), "kind", "auto").X


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("suffix", ["", ".gz", ".zip"])
def test_encoding_is_found(tmp_path, encoding, suffix):
    path = tmp_path / f"t.csv{suffix}"
    frame = pd.DataFrame({"größe": ["1 €", "2 €"], "b": ["x", "y"]})
    frame.to_csv(path, index=False, encoding=encoding, sep=";")
    raw = read_file(str(path))
    assert raw.frame.to_dict("list") == frame.to_dict("list")
    note = f"{path.name} is not in UTF-8; it is read as cp1252."
    assert raw.notes == ([note] if encoding == "cp1252" else [])


def test_bytes_that_no_other_encoding_has_are_latin_1(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"a,b\n\xe9\x81,1\n")
    raw = read_file(str(tmp_path / "t.csv"))
    assert raw.frame["a"][0] == "\xe9\x81"


def test_cells_are_kept_as_they_were_written(tmp_path):
    (tmp_path / "t.csv").write_text("a;b\n1,50;007\n")
    raw = read_file(str(tmp_path / "t.csv"))
    assert raw.frame.iloc[0].tolist() == ["1,50", "007"]
    assert raw.separator == ";"


def test_tabs_separate_tsv_files_whatever_the_header_holds(tmp_path):
    (tmp_path / "t.tsv").write_text("a, or b, or c\td\n1\t2\n")
    assert list(read_file(str(tmp_path / "t.tsv")).frame) == ["a, or b, or c", "d"]


def test_columns_of_the_same_name_are_told_apart(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,a\n1,2,3\n")
    raw = read_file(str(tmp_path / "t.csv"))
    assert list(raw.frame) == ["a", "b", "a.1"]
    assert raw.repeated == ["a"]
    assert raw.notes == ["Columns of the same name are told apart as 'a', 'a.1'."]


def test_parquet_is_read_with_its_types(tmp_path):
    frame = small_frame()
    frame["day"] = pd.to_datetime(frame["day"])
    frame.to_parquet(tmp_path / "t.parquet")
    table = read_table(str(tmp_path / "t.parquet"), "kind", "auto")
    assert table.columns == (
        "3 numbers, 2 categories, 1 date (as days, month, weekday); "
        "left out: 'empty' (empty)"
    )


def test_excel_files_are_read(tmp_path, monkeypatch):
    (tmp_path / "t.xlsx").write_bytes(b"")
    monkeypatch.setattr(pd, "read_excel", lambda file, dtype: small_frame())
    table = read_table(str(tmp_path / "t.xlsx"), "kind", "auto")
    assert table.categorical == ["color", "open"]


@pytest.mark.parametrize(
    ("name", "reader", "package"),
    [
        ("t.xlsx", "read_excel", "openpyxl"),
        ("t.xls", "read_excel", "xlrd"),
        ("t.ods", "read_excel", "odfpy"),
        ("t.parquet", "read_parquet", "pyarrow"),
    ],
)
def test_missing_package_is_named(tmp_path, monkeypatch, name, reader, package):
    def needs_another_package(*args, **kwargs):
        raise ImportError("Missing optional dependency")

    monkeypatch.setattr(pd, reader, needs_another_package)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InvalidParameterError, match=f"^Reading .*--upgrade {package}"):
        read_file(str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "kind"), [("t.parquet", "Parquet"), ("t.csv", "CSV"), ("t.pq", "Parquet")]
)
def test_what_is_in_the_file_must_be_what_its_name_says(tmp_path, name, kind):
    (tmp_path / name).write_bytes(b"\x00\x01\x02")
    with pytest.raises(InvalidParameterError, match=f"must be a readable {kind} file"):
        read_file(str(tmp_path / name))


def test_pandas_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InvalidParameterError, match=r"skhp\[pandas\]"):
        read_file("t.csv")
