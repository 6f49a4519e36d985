"""What each column of a table holds, and the step of a pipeline that reads it.

A column is a number, a date, a category or a text, or it is left out. That is decided
once, from the table that a model is fitted to; other tables are read in the same way.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from skhp._cli._cells import (
    NEARLY_ALL,
    DecimalMark,
    date_format,
    decimal_mark,
    known_cells,
    look_like_numbers,
    read_dates,
    read_numbers,
    without_words_for_missing,
)
from skhp._cli._number_format import counted, listed
from skhp.exceptions import InvalidParameterError

Kind = Literal["number", "date", "category", "text"]

# Strings that are different in so much of the rows name the rows.
SHARE_OF_IDENTIFIERS = 0.95
# Texts are strings of at least two words each, half of them different.
SHARE_OF_TEXTS = 0.5
WORDS_OF_TEXTS = 2
MOST_COMPONENTS = 20
# Words of so many rows are in all folds, but for rare exceptions.
ROWS_OF_FREQUENT_WORDS = 10
_DATE_PARTS = ("month", "weekday", "hour")
_UNREAD_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Column:
    """How one column is read.

    ``example`` shows how a cell is read that is no plain number or date; ``unread`` are
    the cells that are neither missing nor what the column holds, and how often they
    occur: they become missing.
    """

    name: str
    kind: Kind
    decimal: DecimalMark = "."
    date_format: str = ""
    first_date: Any = None
    date_parts: tuple[str, ...] = ()
    n_components: int = 0
    example: str = ""
    unread: tuple[tuple[str, int], ...] = ()

    def read(self, values: Any) -> dict[str, Any]:
        """Return what is learned from, by the names of the columns it becomes."""
        if self.kind == "number":
            return {self.name: _numbers(values, known_cells(values), self.decimal)}
        cells = known_cells(values)
        if self.kind == "date":
            return self._days(read_dates(cells, self.date_format), values.index)
        missing = "" if self.kind == "text" else np.nan
        cells = cells.astype(object).reindex(values.index)
        return {self.name: cells.where(cells.notna(), missing)}

    def names(self) -> list[str]:
        """Return the names of the columns that this one becomes."""
        return [self.name, *(f"{self.name} ({part})" for part in self.date_parts)]

    def _days(self, dates: Any, index: Any) -> dict[str, Any]:
        days = (dates - self.first_date) / np.timedelta64(1, "D")
        parts = [days, *(_part(dates, part) for part in self.date_parts)]
        columns = (part.astype(float).reindex(index) for part in parts)
        return dict(zip(self.names(), columns, strict=True))


class ColumnReader(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turns a table as it was written into numbers, categories and texts.

    Parameters
    ----------
    decimal : {".", ","}, default="."
        The decimal mark of the columns of numbers that do not tell theirs.

    Attributes
    ----------
    columns_ : list of Column
        Those that are used.
    left_out_ : dict
        The others, by name, and why.
    """

    def __init__(self, decimal: DecimalMark = ".") -> None:
        self.decimal = decimal

    def fit(self, X: Any, y: Any = None) -> "ColumnReader":
        """Decide what each column of a data frame holds."""
        self.columns_: list[Column] = []
        self.left_out_: dict[str, str] = {}
        for name in X.columns:
            found = _column(name, X[name].reset_index(drop=True), self.decimal)
            if isinstance(found, Column):
                self.columns_.append(found)
            else:
                self.left_out_[name] = found
        return self

    def transform(self, X: Any) -> Any:
        """Return a data frame of what the columns hold.

        Raises
        ------
        InvalidParameterError
            If columns are missing: one sentence.
        """
        import pandas as pd

        wanted = [column.name for column in self.columns_]
        if absent := [name for name in wanted if name not in X.columns]:
            raise InvalidParameterError(
                f"The table must have the columns that the model was fitted to. "
                f"{listed(absent)} {'is' if len(absent) == 1 else 'are'} missing."
            )
        X = X.reset_index(drop=True)
        read: dict[str, Any] = {}
        for column in self.columns_:
            read |= column.read(X[column.name])
        return pd.DataFrame(read, index=X.index)

    def names_of(self, *kinds: Kind) -> list[str]:
        """Return the names of the columns that these kinds become."""
        of_kinds = [column for column in self.columns_ if column.kind in kinds]
        return [name for column in of_kinds for name in column.names()]


def _numbers(values: Any, cells: Any, decimal: DecimalMark) -> Any:
    """Return a column as floats, nan where nothing is known or can be read."""
    from pandas.api import types

    if types.is_numeric_dtype(values) and not types.is_bool_dtype(values):
        numbers = values.astype(float)
        return numbers.replace([np.inf, -np.inf], np.nan)
    return read_numbers(cells, decimal).reindex(values.index)


def common_decimal_mark(frame: Any, separator: str) -> DecimalMark:
    """Return the decimal mark of those columns that tell theirs, a point at best.

    A comma that separates columns is no decimal mark. Where semicolons do, commas are.
    """
    marks: Counter[Any] = Counter()
    has_comma = False
    for name in frame.columns:
        cells = known_cells(frame[name])
        mark = decimal_mark(cells)
        marks[mark] += 1
        has_comma |= mark is None and _holds_commas(cells)
    if marks["."] == marks[","]:
        return "," if separator == ";" and has_comma else "."
    return "." if marks["."] > marks[","] else ","


def _holds_commas(cells: Any) -> bool:
    """Return whether these are numbers with commas, of thousands or decimals."""
    with_comma = cells[cells.str.contains(",", regex=False)]
    return len(with_comma) > 0 and bool(read_numbers(with_comma, ".").notna().all())


def number_column(
    name: str, values: Any, cells: Any, decimal: DecimalMark
) -> Column | None:
    """Return how a column of numbers is read; None if it is not numbers.

    Words for missing values may outnumber the numbers.
    """
    meant = without_words_for_missing(cells)
    if not len(meant) or not look_like_numbers(meant):
        return None
    decimal = decimal_mark(cells) or decimal
    numbers = _numbers(values, cells, decimal)
    if numbers.notna().sum() < NEARLY_ALL * len(meant):
        return None
    example = _example(cells, numbers)
    unread = _unread(values, numbers)
    return Column(name, "number", decimal=decimal, example=example, unread=unread)


def _example(cells: Any, numbers: Any) -> str:
    """Return how the first cell is read that as it stands is no number, or another."""
    import pandas as pd

    plain = pd.to_numeric(cells, errors="coerce")
    read = numbers.reindex(cells.index).dropna()
    changed = read[read != plain.reindex(read.index)]
    if changed.empty:
        return ""
    return f"'{cells[changed.index[0]]}' as {changed.iloc[0]:.15g}"


def _unread(values: Any, read: Any) -> tuple[tuple[str, int], ...]:
    lost = values[values.notna() & read.isna()].astype(object).map(str)
    lost = lost[~lost.str.strip().str.casefold().isin(["inf", "-inf", ""])]
    return tuple(Counter(lost).most_common())


def _column(name: str, values: Any, decimal: DecimalMark) -> Column | str:
    """Return how a column is read, or why it is left out."""
    cells = known_cells(values)
    if not len(cells):
        return "empty"
    column = number_column(name, values, cells, decimal)
    column = column or _date_column(name, values, cells)
    if column is None:
        return _words_column(name, values, cells)
    first = next(iter(column.read(values).values()))
    if first.nunique(dropna=False) == 1:
        return "constant"
    is_row_number = first[0] in (0, 1) and bool((first.diff()[1:] == 1).all())
    return "row numbers" if column.kind == "number" and is_row_number else column


def _date_column(name: str, values: Any, cells: Any) -> Column | None:
    found = date_format(cells)
    if found is None:
        return None
    dates = read_dates(cells, found)
    if dates.notna().sum() < NEARLY_ALL * len(dates):
        return None
    parts = [part for part in _DATE_PARTS if _part(dates, part).nunique() > 1]
    unread = _unread(values, dates.reindex(values.index))
    first = dates.first_valid_index()
    example = "" if found == "ISO8601" else f"'{cells[first]}' as {dates[first].date()}"
    return Column(
        name,
        "date",
        date_format=found,
        first_date=dates.min(),
        date_parts=tuple(parts),
        example=example,
        unread=unread,
    )


def _part(dates: Any, part: str) -> Any:
    return getattr(dates.dt, {"weekday": "day_of_week"}.get(part, part))


def _words_column(name: str, values: Any, cells: Any) -> Column | str:
    """Return a text or a category, or why the column is neither."""
    n_different = cells.nunique()
    share = n_different / len(cells)
    if n_different == 1 and len(cells) == len(values):
        return "constant"
    if share >= SHARE_OF_TEXTS and (n_components := _n_components(cells)):
        return Column(name, "text", n_components=n_components)
    if share >= SHARE_OF_IDENTIFIERS and n_different > 2:
        nearly = "" if n_different == len(values) else "nearly "
        return f"different in {nearly}every row"

    return Column(name, "category")


def _n_components(cells: Any) -> int:
    """Return how many components texts have; 0 if these are no texts.

    There have to be as many different words in the rows of every fold.
    """
    words = cells.str.casefold().str.split()
    if words.str.len().mean() < WORDS_OF_TEXTS:
        return 0
    n_rows_with = Counter(word for text in words for word in set(text))
    n_frequent = sum(n >= ROWS_OF_FREQUENT_WORDS for n in n_rows_with.values())
    n_components = max(n_frequent - 1, len(n_rows_with) // 4)
    return min(MOST_COMPONENTS, n_components) if n_components >= 2 else 0


def describe_columns(reader: ColumnReader) -> str:
    """Return how many columns of which kind there are, and which are left out.

    For example "12 numbers, 1 date (as days, month); left out: 'id' (constant)".
    """
    parts = []
    for kind, plural in [
        ("number", "numbers"),
        ("category", "categories"),
        ("date", "dates"),
        ("text", "texts"),
    ]:
        columns = [column for column in reader.columns_ if column.kind == kind]
        if columns:
            noun = kind if len(columns) == 1 else plural
            parts.append(f"{len(columns):,} {noun}{_as_what(columns)}")
    kinds = ", ".join(parts)
    return "; ".join(part for part in (kinds, describe_left_out(reader)) if part)


def describe_left_out(reader: ColumnReader) -> str:
    """Return the columns that are left out, those of the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in reader.left_out_.items():
        by_reason.setdefault(reason, []).append(name)
    parts = [f"{listed(names)} ({why})" for why, names in by_reason.items()]
    return f"left out: {', '.join(parts)}" if parts else ""


def _as_what(columns: list[Column]) -> str:
    """Return what dates or texts are turned into, in parentheses."""
    if columns[0].kind == "date":
        found = {part for column in columns for part in column.date_parts}
        parts = ["days", *(part for part in _DATE_PARTS if part in found)]
        return f" (as {', '.join(parts)})"
    if columns[0].kind == "text":
        n_components = sum(column.n_components for column in columns)
        return f" (as {n_components} components)"
    return ""


def cleaning_notes(columns: list[Column], most: int = 8) -> list[str]:
    """Return a sentence for each column that is not read as it stands."""
    cleaned = [column for column in columns if column.example or column.unread]
    notes = [_cleaning_note(column) for column in cleaned[:most]]
    if len(cleaned) > most:
        notes.append(f"So are {counted(len(cleaned) - most, 'other column')}.")
    return notes


def _cleaning_note(column: Column) -> str:
    example = f" ({column.example})" if column.example else ""
    note = f"'{column.name}' is read as {column.kind}s{example}"
    if column.unread:
        n_unread = sum(n for _, n in column.unread)
        shown = listed([cell for cell, _ in column.unread], most=_UNREAD_SHOWN)
        note += f"; {counted(n_unread, 'cell')} without one became missing: {shown}"
    return f"{note}."
