"""What the cells of a column say: that nothing is known, a number, a date."""

import math
import re
from typing import Any, Literal

import numpy as np

DecimalMark = Literal[".", ","]

# As pandas has them, and what else is written where nothing is known.
_OF_PANDAS = "NA N/A n/a <NA> #N/A #NA nan NaN -nan -NaN NULL null None NaT #N/A_N/A"
_DASHES = ("-", "--", "---", "\N{EN DASH}", "\N{EM DASH}")
MISSING = frozenset(
    ["", ".", "..", "?", *_DASHES]
    + [word.replace("_", " ") for word in _OF_PANDAS.split()]
)
# Words that may be categories where they are not among numbers; casefolded.
_WORDS = "none unknown unk missing na n.a. nil not_available not_applicable tbd * x"
MISSING_AMONG_NUMBERS = frozenset(word.replace("_", " ") for word in _WORDS.split())
# A column is numbers, or dates, if so much of what is known can be read as that.
NEARLY_ALL = 0.9
# Different cells that a decimal mark or the format of dates is found from.
SAMPLE = 500

_CURRENCY = r"[$€£¥₹]|USD|EUR|GBP|CHF|JPY|CAD|AUD|INR"
_SIGN = "[-+\N{MINUS SIGN}]"
_THOUSANDS = {".": r"[,\s'\N{RIGHT SINGLE QUOTATION MARK}]"}
_THOUSANDS[","] = _THOUSANDS["."].replace(",", ".")


def _number_pattern(decimal: DecimalMark) -> re.Pattern[str]:
    thousands = _THOUSANDS[decimal]
    # \s*+ takes all blanks: \s* would try every way to divide them among several.
    return re.compile(
        rf"(?P<open>\()?\s*+(?P<sign>{_SIGN}?)\s*+(?:{_CURRENCY})?\s*+(?P<sign2>{_SIGN}?)\s*+"
        rf"(?P<whole>[1-9]\d{{0,2}}(?:{thousands}\d{{3}})+|\d*)"
        rf"(?:{re.escape(decimal)}(?P<fraction>\d*))?(?P<exponent>[eE][-+]?\d+)?"
        rf"\s*+(?:{_CURRENCY}|%)?\s*+(?(open)\))"
    )


_NUMBER = {".": _number_pattern("."), ",": _number_pattern(",")}

# Of formats that read equally many dates, the first is taken.
_DAYS = (
    *("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y"),
    *("%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%Y.%m.%d"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_DATE_FORMATS = ("ISO8601", *(day + time for day in _DAYS for time in _TIMES))


def known_cells(column: Any) -> Any:
    """Return the text of the cells that are not missing, without blanks around it."""
    from pandas.api import types

    known = column.dropna()
    if not types.is_string_dtype(known):
        known = known.astype(object).map(_text_of)
    known = known.str.strip()
    return known[~known.isin(MISSING)]


def _text_of(value: Any) -> str:
    """Return the text of a value; of whole numbers the same, be they floats or not."""
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole else str(value)


def read_numbers(cells: Any, decimal: DecimalMark) -> Any:
    """Return the cells as floats, nan where there is no number to be read."""
    import pandas as pd

    if decimal == ".":
        numbers = pd.to_numeric(cells, errors="coerce").astype(float)
        rest = cells[numbers.isna()]
    else:
        numbers = pd.Series(np.nan, cells.index, dtype=float)
        rest = cells
    read = {cell: _number_in(cell, decimal) for cell in rest.unique()}
    numbers.loc[rest.index] = rest.map(read).astype(float)
    return numbers.replace([np.inf, -np.inf], np.nan)


def _number_in(cell: str, decimal: DecimalMark) -> float:
    """Return the number in a cell such as "$ 1,234.50" or "12 %"; nan if none."""
    match = _NUMBER[decimal].fullmatch(cell)
    if match is None or not (match["whole"] or match["fraction"]):
        return math.nan
    whole = re.sub(_THOUSANDS[decimal], "", match["whole"]) or "0"
    number = float(f"{whole}.{match['fraction'] or 0}{match['exponent'] or ''}")
    signs = (match["sign"] + match["sign2"]).replace("+", "")
    return -number if match["open"] or signs else number


def decimal_mark(cells: Any) -> DecimalMark | None:
    """Return the decimal mark of a column of numbers; None if it may be either."""
    sample = cells.drop_duplicates().head(SAMPLE)
    n_point = int(read_numbers(sample, ".").notna().sum())
    n_comma = int(read_numbers(sample, ",").notna().sum())
    if n_point == n_comma or max(n_point, n_comma) < NEARLY_ALL * len(sample):
        return None
    return "." if n_point > n_comma else ","


def look_like_numbers(cells: Any) -> bool:
    """Return whether half of some cells can be read as numbers, with either mark."""
    sample = cells.iloc[:: max(1, len(cells) // SAMPLE)]
    marks: tuple[DecimalMark, ...] = (".", ",")
    return any(read_numbers(sample, mark).notna().mean() >= 0.5 for mark in marks)


def without_words_for_missing(cells: Any) -> Any:
    """Return the cells without words that mean missing among numbers."""
    return cells[~cells.str.casefold().isin(MISSING_AMONG_NUMBERS)]


def read_dates(cells: Any, date_format: str) -> Any:
    """Return the cells as timestamps without a time zone, NaT where there is none."""
    import pandas as pd

    dates = pd.to_datetime(cells, format=date_format, errors="coerce", utc=True)
    return dates.dt.tz_localize(None)


def date_format(cells: Any) -> str | None:
    """Return the format that reads most cells as dates; None if they are no dates."""
    sample = cells.drop_duplicates().head(SAMPLE)
    # A date has at least two digits and is not a long text.
    if not sample.str.match(r"(?=.*\d.*\d).{5,35}$").mean() >= NEARLY_ALL:
        return None
    n_read = {one: int(read_dates(sample, one).notna().sum()) for one in _DATE_FORMATS}
    best = max(n_read, key=lambda one: n_read[one])  # the first of equals
    return best if n_read[best] >= NEARLY_ALL * len(sample) else None
