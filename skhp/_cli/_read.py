"""From a file to columns, a target, and the kind of problem it poses."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np

from skhp._cli._cells import DecimalMark, known_cells
from skhp._cli._columns import (
    ColumnReader,
    cleaning_notes,
    common_decimal_mark,
    describe_columns,
    describe_left_out,
    number_column,
)
from skhp._cli._files import RawTable, read_file
from skhp._cli._number_format import counted, listed
from skhp.exceptions import InvalidParameterError

Task = Literal["binary", "multiclass", "regression"]

# Whole numbers with at most so many different values are read as classes.
MOST_WHOLE_NUMBER_CLASSES = 20
# More classes than this are names or identifiers, not classes.
MOST_CLASSES = 1000
FEWEST_ROWS = 10
# Floats below this are whole numbers that an int holds too.
EXACT_FLOATS = 2.0**53


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to be learned from.

    ``numeric`` and ``categorical`` name columns of ``X`` (numbers if it is an array),
    ``n_components`` those of text, with how many numbers each becomes; ``columns`` says
    all that in words; ``reader`` turned the file into ``X``; ``notes`` are sentences
    for the user; it is ``is_doubtful`` whether whole numbers were rightly taken for
    classes.
    """

    name: str
    target: str
    X: Any
    y: Any
    task: Task
    why: str
    is_doubtful: bool
    numeric: list[Any]
    categorical: list[Any]
    columns: str
    notes: list[str]
    reader: ColumnReader | None = None
    n_components: dict[str, int] = field(default_factory=dict)


def bundled_table() -> Table:
    """Return the diabetes data that scikit-learn ships; needs no pandas."""
    from sklearn.datasets import load_diabetes

    data = load_diabetes()
    n_columns = data.data.shape[1]
    return Table(
        name="scikit-learn's diabetes data",
        target="disease progression",
        X=data.data,
        y=data.target,
        task="regression",
        why="numbers",
        is_doubtful=False,
        numeric=list(range(n_columns)),
        categorical=[],
        columns=f"{n_columns} numbers",
        notes=[],
    )


def read_table(path: str, target: str | None, task: str) -> Table:
    """Return the table in a file, split at ``target``.

    Parameters
    ----------
    path : str
        The file: text (compressed or not) in which comma, semicolon, tab or bar
        separate the columns, Parquet or Excel.
    target : str or None
        The column to predict.
    task : {"auto", "classification", "regression"}
        "auto" decides by the target's values.

    Raises
    ------
    InvalidParameterError
        If there is nothing to learn from: one sentence.
    """
    raw = read_file(path)
    _check_target(raw, target)
    reader = ColumnReader(common_decimal_mark(raw.frame, raw.separator))
    frame, notes = _rows_with_target(raw, target)
    numbers = _target_numbers(frame[target], task, reader.decimal)
    if numbers is not None and (n_lost := int(numbers.isna().sum())):
        notes.append(
            f"Left out {counted(n_lost, 'row')} whose '{target}' is no number."
        )
        frame, numbers = frame[numbers.notna()], numbers.dropna()
    y, found, why = _target_values(frame[target], numbers, task, raw.name)
    X = frame.drop(columns=[target])
    reader.fit(X)
    _check_columns(reader, raw.name, target)
    return Table(
        name=raw.name,
        target=str(target),
        X=reader.transform(X),
        y=y,
        task=found,
        why=why,
        is_doubtful=task == "auto" and found == "multiclass" and y.dtype != object,
        numeric=reader.names_of("number", "date"),
        categorical=reader.names_of("category"),
        columns=describe_columns(reader),
        notes=[*raw.notes, *notes, *cleaning_notes(reader.columns_)],
        reader=reader,
        n_components={
            column.name: column.n_components
            for column in reader.columns_
            if column.kind == "text"
        },
    )


def _check_target(raw: RawTable, target: str | None) -> None:
    """Raise if the target is none of the columns, or several of them."""
    columns = list(raw.frame.columns)
    if target in raw.repeated:
        raise InvalidParameterError(
            f"The --target must be one column of {raw.name}. "
            f"Got '{target}', the name of several."
        )
    if target in columns:
        return
    if target is None:
        given = "None was given"
    else:
        given = f"Got '{target}' instead"
        if close := _close_names(target, columns):
            raise InvalidParameterError(
                f"The --target must be a column of {raw.name}. {given}; "
                f"did you mean {' or '.join(repr(c) for c in close)}?"
            )
    raise InvalidParameterError(
        f"The --target must be a column of {raw.name}. {given}; "
        f"it has {listed(columns)}."
    )


def _close_names(wanted: str, names: list[str]) -> list[str]:
    by_folded = {name.casefold().replace(" ", "_"): name for name in names}
    folded = wanted.casefold().replace(" ", "_")
    return [by_folded[name] for name in get_close_matches(folded, by_folded, n=3)]


def _rows_with_target(raw: RawTable, target: str | None) -> tuple[Any, list[str]]:
    """Return the rows whose target is known, and how many others were left out."""
    frame, notes = raw.frame, []
    if not len(frame):
        raise InvalidParameterError(f"The table {raw.name} must have rows. Got none.")
    known = frame.index.isin(known_cells(frame[target]).index)
    if not known.any():
        raise InvalidParameterError(
            f"The target column '{target}' of {raw.name} must have values. "
            f"All {len(frame):,} are missing."
        )
    if n_missing := int((~known).sum()):
        notes.append(f"Left out {counted(n_missing, 'row')} without '{target}'.")
        frame = frame[known].reset_index(drop=True)
    if len(frame) < FEWEST_ROWS:
        raise InvalidParameterError(
            f"The table {raw.name} must have at least {FEWEST_ROWS} rows with "
            f"'{target}'. Got {len(frame)}."
        )
    return frame, notes


def _check_columns(reader: ColumnReader, name: str, target: str | None) -> None:
    """Raise if there is nothing to predict the target from."""
    if reader.columns_:
        return
    others = describe_left_out(reader)
    raise InvalidParameterError(
        f"The table {name} must have a column to predict '{target}' from. "
        f"{f'All others are {others}' if others else 'There are no others'}."
    )


def _target_numbers(values: Any, task: str, decimal: DecimalMark) -> Any:
    """Return the target as numbers, nan where there is none; None if it is classes.

    A few different numbers among other words are classes as those are.
    """
    column = number_column(str(values.name), values, known_cells(values), decimal)
    if column is None:
        return None
    numbers = column.read(values)[column.name]
    n_missing = int(numbers.isna().sum())
    are_classes = numbers.nunique() <= MOST_WHOLE_NUMBER_CLASSES
    if n_missing and (task == "classification" or (task == "auto" and are_classes)):
        return None
    return numbers


def _target_values(
    values: Any, numbers: Any, task: str, name: str
) -> tuple[Any, Task, str]:
    """Return the target as an array, the kind of problem, and why it is that."""
    is_number = numbers is not None
    cells = known_cells(values)
    column = numbers if is_number else cells
    n_values = int(column.nunique())
    if n_values < 2:
        raise InvalidParameterError(
            f"The target column '{values.name}' of {name} must have at least two "
            f"different values. All are {_shown(cells, is_number)}."
        )
    is_whole = is_number and bool((column == column.round()).all())
    if task == "auto":
        few = is_whole and n_values <= MOST_WHOLE_NUMBER_CLASSES
        task = "regression" if is_number and not few else "classification"
    if task == "regression":
        if not is_number:
            raise InvalidParameterError(
                f"The target column '{values.name}' of {name} must be numbers for "
                f"--task regression. Got {_shown(cells, is_number)} among its values."
            )
        return column.to_numpy(dtype=float), "regression", f"{n_values:,} numbers"
    if n_values > min(MOST_CLASSES, len(column) // 2) or (is_number and not is_whole):
        raise InvalidParameterError(
            f"The target column '{values.name}' of {name} must repeat a few values to "
            f"be classes. Got {n_values:,} different values in {len(column):,} rows."
        )
    y = column.to_numpy(float) if is_whole else column.to_numpy(object)
    if is_whole and np.all(np.abs(y) < EXACT_FLOATS):
        y = y.astype(int)
    why = f"{n_values} {_kind_of_classes(cells, is_whole)}"
    return y, "binary" if n_values == 2 else "multiclass", why


def _shown(cells: Any, is_number: bool) -> str:
    """Return the first cell as a person would write it: numbers without quotes."""
    return str(cells.iloc[0]) if is_number else f"'{cells.iloc[0]}'"


def _kind_of_classes(cells: Any, is_whole: bool) -> str:
    if is_whole:
        return "whole numbers"
    is_truth = set(cells.str.casefold()) == {"true", "false"}
    return "truth values" if is_truth else "text values"
