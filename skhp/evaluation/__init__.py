"""The engine: fitting and scoring one split, workers, the loop, and the record."""

from skhp.evaluation._failures import report_failures, warn_of_non_finite
from skhp.evaluation._fingerprint import (
    difference,
    text_of,
    tree_of_data,
    tree_of_params,
)
from skhp.evaluation._folds import (
    Splits,
    digest_of_splits,
    pack_splits,
    unpack_splits,
)
from skhp.evaluation._interrupt import Interrupt, or_enough
from skhp.evaluation._journal import Header, Journal
from skhp.evaluation._loop import Loop, Observer
from skhp.evaluation._progress import Progress
from skhp.evaluation._record import Record, Row
from skhp.evaluation._replay import Replay
from skhp.evaluation._table import metric_names, to_cv_results
from skhp.evaluation._task import Job, SplitResult, Task, unfitted_copy
from skhp.evaluation._workers import Workers, open_workers

__all__ = [
    "Header",
    "Interrupt",
    "Job",
    "Journal",
    "Loop",
    "Observer",
    "Progress",
    "Record",
    "Replay",
    "Row",
    "SplitResult",
    "Splits",
    "Task",
    "Workers",
    "difference",
    "digest_of_splits",
    "metric_names",
    "open_workers",
    "or_enough",
    "pack_splits",
    "report_failures",
    "text_of",
    "to_cv_results",
    "tree_of_data",
    "tree_of_params",
    "unfitted_copy",
    "unpack_splits",
    "warn_of_non_finite",
]
