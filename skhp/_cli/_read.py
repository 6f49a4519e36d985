"""From a CSV file to columns, a target, and the kind of problem it poses."""

import csv
import lzma
import re
import tarfile
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import numpy as np

from skhp._cli._number_format import counted
from skhp.exceptions import InvalidParameterError

Task = Literal["binary", "multiclass", "regression"]

# Whole numbers with at most so many different values are read as classes.
MOST_WHOLE_NUMBER_CLASSES = 20
# More classes than this are names or identifiers, not classes.
MOST_CLASSES = 1000
FEWEST_ROWS = 10
# Floats below this are whole numbers that an int holds too.
EXACT_FLOATS = 2.0**53

_UNREADABLE = (
    OSError,
    ValueError,  # ParserError and UnicodeDecodeError are among them
    EOFError,
    ImportError,  # of what decompresses
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to be learned from.

    ``numeric`` and ``categorical`` name the columns of ``X`` (numbers if it is an
    array) that are used; ``notes`` are sentences for the user; it is ``is_doubtful``
    whether whole numbers were rightly taken for classes.
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
    notes: list[str]


def bundled_table() -> Table:
    """Return the diabetes data that scikit-learn ships; needs no pandas."""
    from sklearn.datasets import load_diabetes

    data = load_diabetes()
    return Table(
        name="scikit-learn's diabetes data",
        target="disease progression",
        X=data.data,
        y=data.target,
        task="regression",
        why="numbers",
        is_doubtful=False,
        numeric=list(range(data.data.shape[1])),
        categorical=[],
        notes=[],
    )


def read_table(path: str, target: str | None, task: str) -> Table:
    """Return the table in a CSV file (compressed or not), split at ``target``.

    Parameters
    ----------
    path : str
        The file. Comma, semicolon, tab or bar may separate its columns.
    target : str or None
        The column to predict.
    task : {"auto", "classification", "regression"}
        "auto" decides by the target's values.

    Raises
    ------
    InvalidParameterError
        If there is nothing to learn from: one sentence.
    """
    frame = _read_csv(Path(path))
    name = Path(path).name
    _check_target(frame, target, name)
    notes = []
    is_known = frame[target].notna()
    if not is_known.any():
        raise InvalidParameterError(
            f"The target column '{target}' of {name} must have values. "
            f"All {len(frame):,} are missing."
        )
    if n_missing := int((~is_known).sum()):
        notes.append(f"Left out {counted(n_missing, 'row')} without '{target}'.")
        frame = frame[is_known]
    if len(frame) < FEWEST_ROWS:
        raise InvalidParameterError(
            f"The table {name} must have at least {FEWEST_ROWS} rows with "
            f"'{target}'. Got {len(frame)}."
        )
    y, found, why = _target_values(frame[target], task, name)
    X = frame.drop(columns=[target]).reset_index(drop=True)
    numeric, categorical, unused = _sort_columns(X)
    if not numeric and not categorical:
        raise InvalidParameterError(
            f"The table {name} must have a column to predict '{target}' from. "
            f"Got {len(X.columns)} columns that vary."
            if not len(X.columns)
            else f"The table {name} must have a column to predict '{target}' from. "
            f"Its {len(X.columns)} other columns are constant, empty or identifiers."
        )
    if unused:
        notes.append(
            f"Left out {_some(unused)}: constant, empty or different in every row."
        )
    return Table(
        name=name,
        target=str(target),
        X=X,
        y=y,
        task=found,
        why=why,
        is_doubtful=task == "auto" and found == "multiclass" and y.dtype != object,
        numeric=numeric,
        categorical=categorical,
        notes=notes,
    )


def _read_csv(path: Path) -> Any:
    try:
        import pandas as pd
    except ImportError:
        raise InvalidParameterError(
            "Reading a table needs pandas, which is not installed: "
            "pip install 'skhp[pandas]'."
        ) from None
    if path.is_dir():
        raise InvalidParameterError(
            f"The table must be a CSV file. Got the folder '{path}' instead."
        )
    try:
        with warnings.catch_warnings():
            # Lines longer than the header: pandas would cut them and go on.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path,
                sep=_separator(pd, path),
                index_col=False,
                low_memory=False,
                skipinitialspace=True,
                na_values=["?"],
            )
    except FileNotFoundError:
        raise InvalidParameterError(
            f"The table must be an existing file. Got '{path}' instead."
        ) from None
    except pd.errors.EmptyDataError:
        raise InvalidParameterError(
            f"The table '{path}' must have a header and rows. It is empty."
        ) from None
    except (*_UNREADABLE, pd.errors.ParserWarning) as err:
        raise InvalidParameterError(
            f"The table '{path}' must be a readable CSV file. Got: {_first_line(err)}."
        ) from None
    frame.columns = [str(column) for column in frame.columns]
    for name in filter(lambda n: pd.api.types.is_object_dtype(frame[n]), frame):
        frame[name] = _huge_numbers(pd, frame[name])
    numbers = frame.select_dtypes("number").columns
    frame[numbers] = frame[numbers].replace([np.inf, -np.inf], np.nan)
    return frame


def _huge_numbers(pd: Any, column: Any) -> Any:
    """Return a column as floats if it holds whole numbers that no integer type does."""
    known = column.dropna()
    if known.map(type).isin([int, str]).all():
        numbers = pd.to_numeric(known, errors="coerce")
        if len(known) and numbers.notna().all():
            return numbers.astype(float).reindex(column.index)
    return column


def _separator(pd: Any, path: Path) -> str:
    """Return the separator that is most frequent in the first line, a comma at best.

    pandas reads the line, as it will the rest, because it knows how to decompress it.
    """
    whole_line = pd.read_csv(
        path, sep="\x1f", header=None, nrows=1, dtype=str, quoting=csv.QUOTE_NONE
    )
    unquoted = re.sub('"[^"]*"', "", "".join(map(str, whole_line.iloc[0])))
    return max(",;\t|", key=unquoted.count)  # the first of equals


def _check_target(frame: Any, target: str | None, name: str) -> None:
    columns = list(frame.columns)
    if target in columns:
        return
    if target is None:
        given = "None was given"
    else:
        given = f"Got '{target}' instead"
        if close := _close_names(target, columns):
            raise InvalidParameterError(
                f"The --target must be a column of {name}. {given}; "
                f"did you mean {' or '.join(repr(c) for c in close)}?"
            )
    raise InvalidParameterError(
        f"The --target must be a column of {name}. {given}; it has {_some(columns)}."
    )


def _close_names(wanted: str, names: list[str]) -> list[str]:
    by_folded = {name.casefold().replace(" ", "_"): name for name in names}
    folded = wanted.casefold().replace(" ", "_")
    return [by_folded[name] for name in get_close_matches(folded, by_folded, n=3)]


def _target_values(column: Any, task: str, name: str) -> tuple[Any, Task, str]:
    """Return the target as an array, the kind of problem, and why it is that."""
    from pandas.api import types

    n_values = int(column.nunique())
    if n_values < 2:
        raise InvalidParameterError(
            f"The target column '{column.name}' of {name} must have at least two "
            f"different values. All are {column.iloc[0]!r}."
        )
    is_number = types.is_numeric_dtype(column) and not types.is_bool_dtype(column)
    is_whole = is_number and bool((column == column.round()).all())
    if task == "auto":
        few = is_whole and n_values <= MOST_WHOLE_NUMBER_CLASSES
        task = "regression" if is_number and not few else "classification"
    if task == "regression":
        if not is_number:
            raise InvalidParameterError(
                f"The target column '{column.name}' of {name} must be numbers for "
                f"--task regression. Got {column.iloc[0]!r} among its values."
            )
        return column.to_numpy(dtype=float), "regression", f"{n_values:,} numbers"
    if n_values > min(MOST_CLASSES, len(column) // 2) or (is_number and not is_whole):
        raise InvalidParameterError(
            f"The target column '{column.name}' of {name} must repeat a few values to "
            f"be classes. Got {n_values:,} different values in {len(column):,} rows."
        )
    kind = "whole numbers" if is_whole else "text values"
    if types.is_bool_dtype(column):
        kind = "truth values"
    y = column.to_numpy() if is_whole else column.astype(str).to_numpy(object)
    if y.dtype.kind == "f" and np.all(np.abs(y) < EXACT_FLOATS):
        y = y.astype(int)
    return y, "binary" if n_values == 2 else "multiclass", f"{n_values} {kind}"


def _sort_columns(X: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the numeric, the categorical, and the columns that say nothing."""
    from pandas.api import types

    numeric, categorical, unused = [], [], []
    for name in X.columns:
        column = X[name]
        n_values = column.nunique(dropna=False)
        if n_values == 1:
            unused.append(name)
        elif types.is_numeric_dtype(column):
            numeric.append(name)
        elif n_values == len(column):
            unused.append(name)
        else:
            categorical.append(name)
    return numeric, categorical, unused


def _some(names: list[Any], most: int = 8) -> str:
    """Return the first names, and how many there are beyond them."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")
