import numpy as np
import pandas as pd
import pytest

from skhp._cli._cells import (
    date_format,
    decimal_mark,
    known_cells,
    read_dates,
    read_numbers,
    without_words_for_missing,
)


def cells(*values):
    return pd.Series(values, dtype=object)


@pytest.mark.parametrize("missing", ["", " ", "-", "--", ".", "?", "NA", "null", None])
def test_cells_that_say_nothing_are_missing(missing):
    assert known_cells(cells("a", missing, " b ")).to_dict() == {0: "a", 2: "b"}


@pytest.mark.parametrize("word", ["unknown", "None", "MISSING", "n.a.", "tbd"])
def test_words_are_missing_among_numbers_only(word):
    assert without_words_for_missing(cells("1", word)).tolist() == ["1"]


@pytest.mark.parametrize(
    ("values", "text"),
    [([1.0, 2.5], ["1", "2.5"]), ([3, 4], ["3", "4"]), ([True], ["True"])],
)
def test_whole_numbers_have_one_text(values, text):
    assert known_cells(pd.Series([*values, None])).tolist() == text


@pytest.mark.parametrize(
    ("cell", "decimal", "number"),
    [
        ("1.5", ".", 1.5),
        ("-1e3", ".", -1000),
        ("1,234", ".", 1234),
        ("1,234,567.5", ".", 1234567.5),
        ("$1,234", ".", 1234),
        ("-$ 5", ".", -5),
        ("$-5", ".", -5),
        ("5 USD", ".", 5),
        ("12 %", ".", 12),
        ("12.5%", ".", 12.5),
        ("(1,234)", ".", -1234),
        ("\N{MINUS SIGN}5", ".", -5),
        ("1 234 567", ".", 1234567),
        ("1\N{NO-BREAK SPACE}234", ".", 1234),
        ("1'234.5", ".", 1234.5),
        (".5", ".", 0.5),
        ("5.", ".", 5),
        ("1,5", ",", 1.5),
        ("1.234,5", ",", 1234.5),
        ("1.234", ",", 1234),
        ("-0,123 €", ",", -0.123),
        (",5e2", ",", 50),
        ("7", ",", 7),
    ],
)
def test_numbers_are_read_as_they_are_written(cell, decimal, number):
    assert read_numbers(cells(cell), decimal).tolist() == [number]


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("start", ["", "(", "-", "$", "1", "1,", "(" + 9 * " $"])
def test_long_texts_are_no_numbers_and_are_soon_known_to_be_none(start, decimal):
    long = [
        start + n * blank + "x" for blank in " \t\N{NO-BREAK SPACE}" for n in (50, 9999)
    ]
    assert np.isnan(read_numbers(cells(*long), decimal)).all()


def test_there_may_be_many_blanks_around_a_number():
    written = cells(
        "$" + 99 * " " + "5", "-" + 9 * "\t" + "1,234.5", "7" + 9 * " " + "%"
    )
    assert read_numbers(written, ".").tolist() == [5, -1234.5, 7]


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize(
    "cell",
    [
        *["", "a", "-", ".", ",", "$", "e5", "1,2,3", "1.2.3", "12-34", "(5", "1 2"],
        *["inf", "0,123,456.5.6", "5 apples", "True", "2024-01-01"],
    ],
)
def test_what_is_no_number_is_missing(cell, decimal):
    assert np.isnan(read_numbers(cells(cell), decimal)[0])


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        (["1.5", "2"], "."),
        (["1,5", "2"], ","),
        (["1,234.5"], "."),
        (["1.234,5"], ","),
        (["0,123"], ","),
        (["1,234", "5"], None),
        (["1.234", "5"], None),
        (["1", "2"], None),
        (["a", "b", "1,5"], None),
    ],
)
def test_decimal_mark_is_told_by_what_cannot_be_thousands(values, mark):
    assert decimal_mark(cells(*values)) == mark


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024-03-14", "2024-03-14"),
        ("2024-03-14T15:09:26+02:00", "2024-03-14"),
        ("2024/03/14", "2024-03-14"),
        ("14.03.2024", "2024-03-14"),
        ("14.3.24 15:09", "2024-03-14"),
        ("03/14/2024", "2024-03-14"),
        ("14/03/2024", "2024-03-14"),
        ("14-Mar-2024", "2024-03-14"),
        ("14 March 2024", "2024-03-14"),
        ("Mar 14, 2024", "2024-03-14"),
        ("3/14/2024 3:09 PM", "2024-03-14"),
        ("03/04/2024", "2024-03-04"),  # the month first, if it may be either
    ],
)
def test_dates_are_read_as_they_are_written(cell, day):
    found = date_format(cells(cell))
    assert str(read_dates(cells(cell), found)[0].date()) == day


def test_one_format_is_found_for_the_whole_column():
    days = cells("03/04/2024", "25/04/2024")
    found = date_format(days)
    assert read_dates(days, found).dt.month.tolist() == [4, 4]


@pytest.mark.parametrize("cell", ["12-34", "10:30", "a", "1.2", "v1.2.3", "x" * 99])
def test_what_is_no_date_has_no_format(cell):
    assert date_format(cells(cell)) is None


def test_a_few_cells_may_be_no_dates():
    days = cells(*[f"2024-01-{day:02}" for day in range(1, 21)], "some day 99")
    assert date_format(days) == "ISO8601"
    assert read_dates(days, "ISO8601").isna().sum() == 1
