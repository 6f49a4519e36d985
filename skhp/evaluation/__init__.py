"""The engine: fitting and scoring one split, workers, the loop, and the record."""

from skhp.evaluation._failures import report_failures, warn_of_non_finite
from skhp.evaluation._loop import Loop, Observer
from skhp.evaluation._progress import Progress
from skhp.evaluation._record import Record, Row
from skhp.evaluation._table import metric_names, to_cv_results
from skhp.evaluation._task import Job, SplitResult, Task, unfitted_copy
from skhp.evaluation._workers import Workers, open_workers

__all__ = [
    "Job",
    "Loop",
    "Observer",
    "Progress",
    "Record",
    "Row",
    "SplitResult",
    "Task",
    "Workers",
    "metric_names",
    "open_workers",
    "report_failures",
    "to_cv_results",
    "unfitted_copy",
    "warn_of_non_finite",
]
