"""What ``python -m skhp`` is made of: from a table to a tuned model and predictions.

Nothing here is public. The modules are pure of argument parsing (that is
``skhp.__main__``) and raise InvalidParameterError, one sentence each, for
everything a user of the command can get wrong.
"""

from skhp._cli._models import ESTIMATORS, Model, build_model
from skhp._cli._number_format import counted, without_numpy
from skhp._cli._predict import load_model, predict_table, save_predictions
from skhp._cli._read import Table, bundled_table, read_table
from skhp._cli._report import (
    describe_files,
    describe_job,
    describe_result,
    prepare_folder,
    save,
    save_page,
)
from skhp._cli._settings import Settings, search_settings
from skhp._cli._tune import Result, tune

__all__ = [
    "ESTIMATORS",
    "Model",
    "Result",
    "Settings",
    "Table",
    "build_model",
    "bundled_table",
    "counted",
    "describe_files",
    "describe_job",
    "describe_result",
    "load_model",
    "predict_table",
    "prepare_folder",
    "read_table",
    "save",
    "save_page",
    "save_predictions",
    "search_settings",
    "tune",
    "without_numpy",
]
