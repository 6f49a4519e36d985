"""Predictions for the rows of another table, by a model that was saved."""

import csv
from pathlib import Path
from typing import Any

import joblib
from sklearn.pipeline import Pipeline

from skhp._cli._columns import ColumnReader
from skhp._cli._files import read_file
from skhp._cli._report import MODEL_FILE, replacing, unused_path
from skhp.exceptions import InvalidParameterError


def load_model(path: str) -> Pipeline:
    """Return the pipeline in a file, or in the folder that a search left.

    Raises
    ------
    InvalidParameterError
        If it is no model that was fitted to a table.
    """
    file = Path(path)
    if file.is_dir():
        file = file / MODEL_FILE
    if not file.exists():
        raise InvalidParameterError(
            f"The MODEL must be a model that was saved by python -m skhp, or the "
            f"folder of one. '{file}' does not exist."
        )
    try:
        model = joblib.load(file)
    except Exception as error:  # whatever unpickling may raise
        raise InvalidParameterError(
            f"The MODEL must be a model that was saved by python -m skhp. "
            f"'{file}' cannot be loaded: {type(error).__name__}."
        ) from None
    is_pipeline = isinstance(model, Pipeline)
    if not is_pipeline or not isinstance(model.steps[0][1], ColumnReader):
        raise InvalidParameterError(
            f"The MODEL must have been fitted to a table by python -m skhp. "
            f"'{file}' was not."
        )
    return model


def predict_table(model: Pipeline, path: str) -> tuple[list[str], list[list[Any]]]:
    """Return the names and the rows of the predictions for the table in a file.

    Of classes there are the probabilities too, if the model knows them.

    Raises
    ------
    InvalidParameterError
        If the table cannot be read, has no rows, or lacks columns.
    """
    raw = read_file(path)
    if not len(raw.frame):
        raise InvalidParameterError(
            f"The table {raw.name} must have rows. It has none."
        )
    names, columns = ["prediction"], [model.predict(raw.frame).tolist()]
    if hasattr(model, "predict_proba"):
        names += [f"probability of {name}" for name in model.classes_.tolist()]
        columns += model.predict_proba(raw.frame).T.tolist()
    return names, [list(row) for row in zip(*columns, strict=True)]


def save_predictions(names: list[str], rows: list[list[Any]], path: str) -> Path:
    """Write predictions to a CSV file that was not there, and return its path.

    Raises
    ------
    InvalidParameterError
        If nothing can be written there.
    """
    file = unused_path(Path(path))
    try:
        with replacing(file) as part:
            with open(part, "w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(names)
                writer.writerows(rows)
    except OSError as error:
        raise InvalidParameterError(
            f"The --output must be a file that can be written. "
            f"Got '{path}': {error.strerror}."
        ) from None
    return file
