import pickle

import numpy as np
import pandas as pd
import pytest

from skhp._cli._columns import (
    ColumnReader,
    cleaning_notes,
    common_decimal_mark,
    describe_columns,
)
from skhp.exceptions import InvalidParameterError

DAYS = [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(40)]
TEXTS = [f"the {i} quick brown foxes jump over {i * 7} lazy dogs" for i in range(40)]
COLUMNS = {
    "number": [str(i / 8) for i in range(40)],
    "kind": ["red", "blue"] * 20,
    "day": DAYS,
    "text": TEXTS,
    "id": [f"u{i}" for i in range(40)],
    "almost": ["u0", *(f"u{i}" for i in range(39))],
    "row": [str(i) for i in range(40)],
    "same": ["1.0"] * 40,
    "word": ["a"] * 40,
    "none": [None] * 40,
}


def frame_of(**columns):
    return pd.DataFrame(columns or COLUMNS).astype(object)


def read(values, decimal="."):
    """Return the reader of one column, and what it makes of it."""
    frame = frame_of(x=values)
    reader = ColumnReader(decimal).fit(frame)
    return reader, reader.transform(frame)


def test_columns_are_told_apart_by_what_they_hold():
    reader = ColumnReader().fit(frame_of())
    kinds = {column.name: column.kind for column in reader.columns_}
    assert kinds == {
        "number": "number", "kind": "category", "day": "date", "text": "text",
    }  # fmt: skip
    assert reader.left_out_ == {
        "id": "different in every row",
        "almost": "different in nearly every row",
        "row": "row numbers",
        "same": "constant",
        "word": "constant",
        "none": "empty",
    }


def test_what_was_made_of_the_columns_is_one_line():
    assert describe_columns(ColumnReader().fit(frame_of())) == (
        "1 number, 1 category, 1 date (as days, month, weekday), "
        "1 text (as 20 components); left out: 'id' (different in every row), "
        "'almost' (different in nearly every row), 'row' (row numbers), "
        "'same', 'word' (constant), 'none' (empty)"
    )


@pytest.mark.parametrize("word", ["-", "unknown", "n/a", "?", "oops"])
def test_a_word_among_numbers_is_missing(word):
    reader, X = read([word, *map(str, range(19))])
    assert X["x"].tolist()[1:] == list(range(19))
    assert np.isnan(X["x"][0])
    assert cleaning_notes(reader.columns_) == [
        f"'x' is read as numbers; 1 cell without one became missing: '{word}'."
    ]


def test_numbers_among_words_are_categories():
    reader, X = read(["a", "b", "1", "2"] * 10)
    assert reader.names_of("category") == ["x"]
    assert set(X["x"]) == {"a", "b", "1", "2"}


def test_missing_categories_are_nan():
    _, X = read(["a", "-", None, "b"] * 10)
    assert X["x"].isna().tolist()[:4] == [False, True, True, False]


def test_an_example_shows_how_numbers_are_read():
    reader, X = read([f"${i},234" for i in range(1, 21)])
    assert X["x"][0] == 1234
    notes = cleaning_notes(reader.columns_)
    assert notes == ["'x' is read as numbers ('$1,234' as 1234)."]


def test_an_example_shows_how_dates_are_read():
    reader, _ = read([f"{i:02}/01/2024" for i in range(1, 13)])
    notes = cleaning_notes(reader.columns_)
    assert notes == ["'x' is read as dates ('01/01/2024' as 2024-01-01)."]


def test_notes_are_not_endless():
    columns = {f"x{i}": [f"{j},5" for j in range(20)] for i in range(10)}
    notes = cleaning_notes(ColumnReader().fit(frame_of(**columns)).columns_)
    assert len(notes) == 9
    assert notes[-1] == "So are 2 other columns."


def test_dates_are_days_since_the_first_and_what_varies():
    _, X = read(["2024-01-01", "2024-01-02", None, "2024-01-08 12:00"] * 5)
    assert list(X) == ["x", "x (weekday)", "x (hour)"]
    np.testing.assert_array_equal(X["x"][:4], [0, 1, np.nan, 7.5])
    np.testing.assert_array_equal(X["x (weekday)"][:4], [0, 1, np.nan, 0])


def test_missing_texts_are_empty():
    reader, X = read([*TEXTS, None])
    assert reader.names_of("text") == ["x"]
    assert X["x"].iloc[-1] == ""


def test_texts_of_few_words_have_few_components():
    values = ["a b", "b c", "c d", "d a", "a c", "b d", "d b", "c a", "a d", "d c"] * 2
    reader, _ = read(values)
    assert reader.columns_[0].n_components == 2


@pytest.mark.parametrize(
    ("columns", "separator", "mark"),
    [
        ({"a": ["1,5"], "b": ["1.234"]}, ";", ","),
        ({"a": ["1.5"], "b": ["1,234"]}, ";", "."),
        ({"b": ["1,234"]}, ";", ","),
        ({"b": ["1,234"]}, ",", "."),
        ({"b": ["1.234"]}, ";", "."),
        ({"b": ["word, and word"]}, ";", "."),
    ],
)
def test_columns_that_tell_their_decimal_mark_speak_for_the_others(
    columns, separator, mark
):
    assert common_decimal_mark(frame_of(**columns), separator) == mark


def test_thousands_are_read_by_the_mark_of_the_other_columns():
    assert read(["1.234", "5.678"], ",")[1]["x"].tolist() == [1234, 5678]
    assert read(["1.234", "5.678"], ".")[1]["x"].tolist() == [1.234, 5.678]


def test_other_tables_are_read_in_the_same_way():
    reader = pickle.loads(pickle.dumps(ColumnReader().fit(frame_of())))
    one = frame_of().iloc[[9]].drop(columns=["id", "same"]).assign(extra=1)
    expected = reader.transform(frame_of()).iloc[[9]].reset_index(drop=True)
    pd.testing.assert_frame_equal(reader.transform(one), expected)


def test_tables_that_pandas_has_read_are_taken_too(tmp_path):
    reader = ColumnReader().fit(frame_of())
    frame_of().to_csv(tmp_path / "t.csv")
    parsed = pd.read_csv(tmp_path / "t.csv", parse_dates=["day"])
    pd.testing.assert_frame_equal(
        reader.transform(parsed), reader.transform(frame_of())
    )


@pytest.mark.parametrize(
    ("absent", "words"),
    [(["kind"], "'kind' is missing"), (["kind", "day"], "'kind', 'day' are missing")],
)
def test_missing_columns_are_named(absent, words):
    reader = ColumnReader().fit(frame_of())
    with pytest.raises(InvalidParameterError, match=words):
        reader.transform(frame_of().drop(columns=absent))
