"""What ``python -m skhp`` is made of: read a table, choose a model, tune, report.

Nothing here is public. The modules are pure of argument parsing (that is
``skhp.__main__``) and raise InvalidParameterError, one sentence each, for
everything a user of the command can get wrong.
"""

from skhp._cli._models import ESTIMATORS, Model, build_model
from skhp._cli._read import Table, bundled_table, read_table
from skhp._cli._report import (
    describe_files,
    describe_job,
    describe_result,
    prepare_folder,
    save,
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
    "describe_files",
    "describe_job",
    "describe_result",
    "prepare_folder",
    "read_table",
    "save",
    "search_settings",
    "tune",
]
