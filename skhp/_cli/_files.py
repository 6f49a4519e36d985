"""From a file to a data frame whose cells are as they were written."""

import csv
import lzma
import re
import tarfile
import warnings
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skhp._cli._number_format import listed
from skhp.exceptions import InvalidParameterError

# The byte order marks of UTF-16, read as Latin-1.
_MARKS_OF_UTF_16 = ("\xff\xfe", "\xfe\xff")
_PARQUET = (".parquet", ".pq")
_EXCEL = (".xlsx", ".xlsm", ".xls", ".ods")
_UNREADABLE = (
    OSError,
    ValueError,  # ParserError and UnicodeDecodeError are among them
    EOFError,
    KeyError,  # of what is no Excel file
    ImportError,  # of what decompresses
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class RawTable:
    """A data frame of cells as they were written, and how they were separated.

    ``repeated`` are the names that more than one column has; pandas numbers these.
    """

    name: str
    frame: Any
    separator: str
    repeated: list[str]
    notes: list[str]


def read_file(path: str) -> RawTable:
    """Return the table in a file: text, compressed or not, Parquet or Excel.

    Raises
    ------
    InvalidParameterError
        If it cannot be read: one sentence.
    """
    try:
        import pandas as pd
    except ImportError:
        raise InvalidParameterError(
            "Reading a table needs pandas, which is not installed: "
            "pip install 'skhp[pandas]'."
        ) from None
    file = Path(path)
    if file.is_dir():
        raise InvalidParameterError(
            "The table must be a CSV, Parquet or Excel file. "
            f"Got the folder '{path}' instead."
        )
    if not file.exists():
        raise InvalidParameterError(
            f"The table must be an existing file. Got '{path}' instead."
        )
    suffix = file.suffix.lower()
    try:
        if suffix in (*_PARQUET, *_EXCEL):
            return _read_typed(pd, file, suffix)
        return _read_text(pd, file)
    except InvalidParameterError:  # a ValueError too; it says all
        raise
    except pd.errors.EmptyDataError:
        raise InvalidParameterError(
            f"The table '{path}' must have a header and rows. It is empty."
        ) from None
    except (*_UNREADABLE, pd.errors.ParserWarning) as error:
        kind = {True: "Parquet", False: "CSV"}[suffix in _PARQUET]
        kind = "Excel" if suffix in _EXCEL else kind
        raise InvalidParameterError(
            f"The table '{path}' must be a readable {kind} file. "
            f"Got: {_first_line(error)}."
        ) from None


def _read_typed(pd: Any, file: Path, suffix: str) -> RawTable:
    """Return a table whose cells have types; of Excel files the first sheet."""
    try:
        if suffix in _PARQUET:
            frame = pd.read_parquet(file)
        else:
            frame = pd.read_excel(file, dtype=object)
    except ImportError as error:
        raise InvalidParameterError(_missing_package(suffix, error)) from None
    frame.columns = [str(column) for column in frame.columns]
    return RawTable(file.name, frame.reset_index(drop=True), "", [], [])


def _missing_package(suffix: str, error: ImportError) -> str:
    """Return which package has to be installed to read files of this kind."""
    packages = {".xls": "xlrd", ".ods": "odfpy", ".xlsx": "openpyxl"}
    package = packages.get(suffix, "openpyxl")
    if suffix in _PARQUET:
        package = "pyarrow"
    return (
        f"Reading {suffix} files needs the package {package}, which is not installed "
        f"or too old: pip install --upgrade {package}."
    )


def _read_text(pd: Any, file: Path) -> RawTable:
    """Return a table of text, in the first encoding that it can be read in."""
    header = _first_line_of(pd, file)
    encodings = ["utf-8-sig", "cp1252", "latin-1"]  # every file is in the last one
    if header.startswith(_MARKS_OF_UTF_16):
        encodings = ["utf-16"]
    elif "\0" in header:
        raise ValueError("It holds bytes that are no text")
    separator = _separator(header, file)
    for encoding in encodings:
        try:
            frame = _read_csv(pd, file, separator, encoding)
            names = _read_csv(pd, file, separator, encoding, header=None, nrows=1)
            break
        except UnicodeError:
            if encoding == encodings[-1]:
                raise
    notes = []
    if encoding in ("cp1252", "latin-1"):
        notes.append(f"{file.name} is not in UTF-8; it is read as {encoding}.")
    counts = Counter(names.iloc[0].dropna().tolist())
    repeated = [name for name, n in counts.items() if n > 1]
    if repeated:
        columns = [
            new
            for new, old in zip(frame.columns, names.iloc[0], strict=False)
            if old in repeated
        ]
        notes.append(f"Columns of the same name are told apart as {listed(columns)}.")
    return RawTable(file.name, frame, separator, repeated, notes)


def _read_csv(pd: Any, file: Path, separator: str, encoding: str, **kwargs: Any) -> Any:
    with warnings.catch_warnings():
        # Lines longer than the header: pandas would cut them and go on.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            file,
            sep=separator,
            index_col=False,
            skipinitialspace=True,
            dtype=str,
            encoding=encoding,
            **kwargs,
        )


def _first_line_of(pd: Any, file: Path) -> str:
    """Return the first line, whatever it is encoded in.

    pandas reads the line, as it will the rest, because it knows how to decompress it.
    """
    whole_line = pd.read_csv(
        file,
        sep="\x1f",
        header=None,
        nrows=1,
        dtype=str,
        quoting=csv.QUOTE_NONE,
        encoding="latin-1",
    )
    return "".join(map(str, whole_line.iloc[0]))


def _separator(header: str, file: Path) -> str:
    """Return the separator that is most frequent in the first line, a comma at best."""
    unquoted = re.sub('"[^"]*"', "", header)
    if ".tsv" in file.suffixes and "\t" in unquoted:
        return "\t"
    return max(",;\t|", key=unquoted.count)  # the first of equals


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")
